import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from landfast.compose.avc import Syntax
from landfast.compose.bits import Bits, Reader, escaped, unescaped
from landfast.compose.nal import from_annex_b
from landfast.compose.pcm import Place, can_write, picture, picture_set

NUMBER = 9


def _header(size: tuple[int, int], pixel_format: str, extra: str) -> bytes:
    """The parameter sets that x264 would write for such footage."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = pixel_format
    context.framerate = 25
    context.flags |= av.codec.context.Flags.global_header
    context.options = {"x264-params": extra}
    context.open()
    return bytes(context.extradata or b"")


@pytest.mark.parametrize(
    ("size", "pixel_format", "extra"),
    [
        ((16, 16), "yuv420p", "bframes=0"),
        ((18, 34), "yuvj420p", "bframes=3"),
        ((160, 92), "yuv420p", "tff=1"),
        ((160, 90), "yuv420p10le", "keyint=20"),
        ((50, 22), "yuv422p10le", "fake-interlaced=1"),
        ((33, 17), "yuv444p", "cabac=0"),
    ],
)
def test_samples_come_back_bit_for_bit(
    size: tuple[int, int], pixel_format: str, extra: str
) -> None:
    header = _header(size, pixel_format, extra)
    sequence = Syntax.of(from_annex_b(header)).only
    assert sequence is not None and can_write(sequence)
    rng = np.random.default_rng(size[0])
    most = 1 << sequence.depth
    frames = []
    # Zeros and small numbers look like start codes and must be escaped.
    for top in (most, 3, 1):
        frame = VideoFrame(*size, pixel_format)
        for plane in frame.planes:
            dtype = np.uint8 if most == 256 else np.uint16
            count = plane.buffer_size // np.dtype(dtype).itemsize
            plane.update(rng.integers(0, top, count).astype(dtype).tobytes())
        frames.append(frame)
    units = [header, b"\0\0\0\1" + picture_set(sequence, number=NUMBER)]
    for k, frame in enumerate(frames):
        units.append(b"\0\0\0\1" + picture(sequence, frame, Place(reset=k % 2), number=NUMBER))
    decoder = av.CodecContext.create("h264", "r")
    packets = [*decoder.parse(b"".join(units)), *decoder.parse(None)]
    shown = [frame for packet in packets for frame in decoder.decode(packet)]
    shown += decoder.decode(None)
    assert len(shown) == len(frames)
    for result, frame in zip(shown, frames, strict=True):
        assert (result.width, result.height, result.format.name) == (*size, pixel_format)
        assert np.array_equal(result.to_ndarray(), frame.to_ndarray())


def test_exponential_golomb_numbers() -> None:
    for value in (-7, 0, 3):
        assert Reader(Bits().se(value).closed()).se() == value
    for value in (0, 1, 2, 25, 1000):
        assert Reader(Bits().u(5, 3).ue(value).closed(), 3).ue() == value


@pytest.mark.parametrize("payload", [bytes(9), b"\0\0\1\0\0\3\x80", b"\0\0\0\0\1", b"\5\0\0\2\0\0"])
def test_escaping_leaves_no_start_code_and_is_undone(payload: bytes) -> None:
    unit = escaped(payload)
    assert b"\0\0\0" not in unit
    assert b"\0\0\1" not in unit
    assert b"\0\0\2" not in unit
    assert unescaped(unit) == payload
