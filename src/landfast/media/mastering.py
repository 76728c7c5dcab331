"""HDR10's static metadata: how footage was mastered, read off a frame and told by a new file.

SMPTE ST 2086 (mastering display) and CTA-861.3 (content light level). HEVC carries them in its own
stream; of ProRes and FFV1 the container tells them, MOV in the boxes `mdcv` and `clli`, Matroska in
`MasteringMetadata`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Final, cast

import av
from av.container import OutputContainer
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_CHROMATICITY: Final = 50000
_LUMINANCE: Final = 10000
"""Units to one, and to a candela per square metre."""
_RATIONALS: Final = 10
"""FFmpeg's record: red, green, blue and white point, each x and y, least and most luminance."""
_WAY: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_SIDE_PX: Final = 64
_FOURCC: Final = {"ffv1": b"FFV1"}


@dataclass(frozen=True, slots=True)
class Mastering:
    """How footage was mastered.

    Attributes:
        display: x and y of green, blue, red and white point in 1/50000, then most and least
            luminance in 1/10000 cd/m2; None where not known.
        light: Brightest pixel and brightest frame's mean, cd/m2; None where not known.
    """

    display: tuple[int, ...] | None
    light: tuple[int, int] | None

    @property
    def x265(self) -> str:
        """As parameters of libx265."""
        words = []
        if self.display is not None:
            words.append("master-display=G({},{})B({},{})R({},{})WP({},{})L({},{})")
            words[-1] = words[-1].format(*self.display)
        if self.light is not None:
            words.append("max-cll={},{}".format(*self.light))
        return ":".join(words)

    @property
    def boxes(self) -> bytes:
        """As boxes of a MOV's sample entry."""
        made = b""
        if self.display is not None:
            made += _box(b"mdcv", struct.pack(">8H2I", *self.display))
        if self.light is not None:
            made += _box(b"clli", struct.pack(">2H", *self.light))
        return made


def mastering_of(frame: VideoFrame) -> Mastering | None:
    """What a decoded frame says of how it was mastered; None where it says nothing."""
    display: tuple[int, ...] | None = None
    light: tuple[int, int] | None = None
    # PyAV's annotations take its side data for a mapping of names.
    beside = cast("Mapping[Type, SideData]", frame.side_data)
    if (told := beside.get(Type.MASTERING_DISPLAY_METADATA)) is not None:
        display = _display(bytes(told))
    if (told := beside.get(Type.CONTENT_LIGHT_LEVEL)) is not None:
        most, mean = struct.unpack_from("=2I", bytes(told))
        light = min(most, 0xFFFF), min(mean, 0xFFFF)
    return None if display is None and light is None else Mastering(display, light)


def _display(record: bytes) -> tuple[int, ...] | None:
    values = struct.unpack_from(f"={2 * _RATIONALS + 2}i", record)
    pairs = list(zip(values[0:-2:2], values[1:-2:2], strict=True))
    if not all(values[-2:]) or any(bottom <= 0 or top < 0 for top, bottom in pairs):
        return None
    exact = [Fraction(*pair) for pair in pairs]
    red, green, blue, white = (exact[k : k + 2] for k in range(0, 8, 2))
    places = [round(_CHROMATICITY * one) for one in (*green, *blue, *red, *white)]
    if max(places) > 0xFFFF:
        return None
    return (*places, round(_LUMINANCE * exact[9]), round(_LUMINANCE * exact[8]))


def track_with(
    output: OutputContainer, encoder: str, pixel_format: str, mastering: Mastering
) -> VideoStream:
    """A track of ProRes or FFV1 whose header will say it; an encoder of its own has to feed it.

    PyAV gives a new track what a template's header says, and writes such a header for none:
    the template is one black frame in a MOV in memory, into which the boxes are put.
    """
    told = BytesIO(_with_boxes(_black(pixel_format), mastering.boxes, _FOURCC.get(encoder)))
    with av.open(told) as template:
        return output.add_stream_from_template(template.streams.video[0])


def _black(pixel_format: str) -> bytes:
    """One frame of ProRes as MOV, in a profile that holds the format."""
    sampling = "yuv444p10le" if "444" in pixel_format else "yuv422p10le"
    file = BytesIO()
    with av.open(file, "w", format="mov") as film:
        stream = film.add_stream("prores_ks", 30)
        stream.codec_context.width = stream.codec_context.height = _SIDE_PX
        stream.codec_context.pix_fmt = sampling
        frame = VideoFrame(_SIDE_PX, _SIDE_PX, sampling)
        frame.pts = 0
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return file.getvalue()


def _with_boxes(film: bytes, boxes: bytes, fourcc: bytes | None) -> bytes:
    """The MOV with boxes at the end of its sample entry, and another name for its codec."""
    made, at, path = bytearray(film), 0, []
    for name in _WAY:
        while bytes(made[at + 4 : at + 8]) != name:
            at += int.from_bytes(made[at : at + 4], "big")
        path.append(at)
        at += 8
    at += 8  # version, flags and the number of entries
    path.append(at)
    if fourcc is not None:
        made[at + 4 : at + 8] = fourcc
    end = at + int.from_bytes(made[at : at + 4], "big")
    for start in path:
        size = int.from_bytes(made[start : start + 4], "big") + len(boxes)
        made[start : start + 4] = size.to_bytes(4, "big")
    return bytes(made[:end]) + boxes + bytes(made[end:])


def _box(name: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + name + body
