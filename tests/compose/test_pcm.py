from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from landfast.compose.bits import Bits, escaped, read_ue, unescaped
from landfast.compose.pcm import Sequence, parameter_sets, picture


def _sequence(width: int, height: int, *, profile: int, full: bool) -> Sequence:
    return Sequence(
        width=width,
        height=height,
        profile=profile,
        level=31,
        number=3,
        full_range=full,
        primaries=9,
        transfer=16,
        matrix=9,
        sample_aspect=Fraction(4, 3),
    )


@pytest.mark.parametrize("size", [(16, 16), (18, 34), (160, 90), (854, 480)])
@pytest.mark.parametrize(("profile", "full"), [(77, True), (100, False)])
def test_samples_come_back_bit_for_bit(size: tuple[int, int], profile: int, full: bool) -> None:
    rng = np.random.default_rng(size[0])
    shape = (size[1] * 3 // 2, size[0])
    # Zeros and small numbers look like start codes and must be escaped.
    arrays = [rng.integers(0, 256, shape, np.uint8), rng.integers(0, 3, shape, np.uint8)]
    arrays.append(np.zeros(shape, np.uint8))
    frames = [VideoFrame.from_ndarray(array, format="yuv420p") for array in arrays]
    sequence = _sequence(*size, profile=profile, full=full)
    units = [*parameter_sets(sequence)]
    units += [picture(sequence, frame, number=k) for k, frame in enumerate(frames)]
    decoder = av.CodecContext.create("h264", "r")
    packets = decoder.parse(b"".join(b"\0\0\0\1" + unit for unit in units))
    packets += decoder.parse(None)
    shown = [frame for packet in packets for frame in decoder.decode(packet)]
    shown += decoder.decode(None)
    assert len(shown) == len(arrays)
    for frame, array in zip(shown, arrays, strict=True):
        assert (frame.width, frame.height) == size
        assert frame.format.name == ("yuvj420p" if full else "yuv420p")
        assert np.array_equal(frame.to_ndarray(), array)
        assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (9, 16, 9)
    assert decoder.sample_aspect_ratio == Fraction(4, 3)


def test_exponential_golomb_numbers() -> None:
    for value in (0, 1, 2, 25, 1000):
        assert read_ue(Bits().u(5, 3).ue(value).closed(), 3)[0] == value


@pytest.mark.parametrize("payload", [bytes(9), b"\0\0\1\0\0\3\x80", b"\0\0\0\0\1", b"\5\0\0\2\0\0"])
def test_escaping_leaves_no_start_code_and_is_undone(payload: bytes) -> None:
    unit = escaped(payload)
    assert b"\0\0\0" not in unit
    assert b"\0\0\1" not in unit
    assert b"\0\0\2" not in unit
    assert unescaped(unit) == payload
