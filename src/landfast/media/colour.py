"""Colour descriptions: FFmpeg's numbers, names, and what is assumed where a file says nothing.

RGB here is always the file's own RGB: the matrix and the range are undone, transfer and
primaries are left as they are. A PQ clip gives PQ-coded RGB; nothing is tone-mapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from landfast.errors import InputError
from landfast.model.clip import Colour

# ISO/IEC 23091-2 code points under the names that FFmpeg prints; 2 means "not stated".
PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
TRANSFERS = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
RANGES: dict[int, Literal["limited", "full"]] = {1: "limited", 2: "full"}

_COEFFICIENTS = {
    "bt709": Colorspace.ITU709,
    "fcc": Colorspace.FCC,
    "bt470bg": Colorspace.ITU601,
    "smpte170m": Colorspace.ITU601,
    "smpte240m": Colorspace.SMPTE240M,
    "bt2020nc": Colorspace.BT2020,
}

EXACT = (
    Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.BITEXACT
)
"""swscale flags for the same bytes on every machine and full chroma resolution."""


def stated(frame: VideoFrame) -> Colour:
    """What a decoded frame states; `yuvj…` formats state full range by their name.

    The decoder fills in what the container says where the bitstream is silent.
    """
    pixel_format = frame.format.name
    full_by_name = pixel_format.startswith("yuvj")
    return Colour(
        primaries=PRIMARIES.get(frame.color_primaries),
        transfer=TRANSFERS.get(frame.color_trc),
        matrix=_matrix(frame.colorspace, pixel_format),
        range="full" if full_by_name else RANGES.get(frame.color_range),
    )


def _matrix(code: int, pixel_format: str) -> str | None:
    # FFmpeg leaves code 0 (RGB) on streams that never said anything about YUV.
    return None if code == 0 and not is_rgb(pixel_format) else MATRICES.get(code)


def is_rgb(pixel_format: str) -> bool:
    """True for formats that hold RGB, packed, planar or by palette."""
    return any(part in pixel_format for part in ("rgb", "bgr", "gbr", "pal8", "rgba", "argb"))


def assumed_matrix(width: int, height: int) -> str:
    """Matrix taken where a file states none: BT.709 from 720 lines on, BT.601 below.

    The shorter side counts, so that an upright clip is treated like one that lies.
    """
    return "bt709" if min(width, height) >= 720 else "smpte170m"


def resolve(colour: Colour, width: int, height: int) -> Colour:
    """The description that conversion uses: matrix and range filled in where not stated.

    Not stated: `assumed_matrix`, and limited range as ITU-T H.264 E.2.1 infers it.
    """
    return colour.model_copy(
        update={
            "matrix": colour.matrix or assumed_matrix(width, height),
            "range": colour.range or "limited",
        }
    )


def sws_matrix(matrix: str, subject: str) -> Colorspace:
    """swscale's coefficients for a matrix.

    Raises:
        InputError: A matrix that swscale cannot undo (ICtCp, constant luminance …).
    """
    try:
        return _COEFFICIENTS[matrix]
    except KeyError:
        raise InputError(
            f"uses the colour matrix {matrix}, which cannot be converted",
            subject=subject,
            remedy="convert the file to bt709 or bt2020nc first",
        ) from None


def sws_range(value: Literal["limited", "full"] | None) -> ColorRange:
    """swscale's range."""
    return ColorRange.JPEG if value == "full" else ColorRange.MPEG


@dataclass(frozen=True, slots=True)
class ColourTags:
    """A colour description as the code points that encoders and containers write."""

    primaries: int
    transfer: int
    matrix: int
    range: int

    @classmethod
    def of(cls, colour: Colour, pixel_format: str) -> ColourTags:
        """The tags of a resolved description; RGB formats are tagged as such.

        Raises:
            InputError: FFmpeg has no such name.
        """
        rgb = is_rgb(pixel_format)
        return cls(
            primaries=_code(PRIMARIES, colour.primaries),
            transfer=_code(TRANSFERS, colour.transfer),
            matrix=0 if rgb else _code(MATRICES, colour.matrix),
            range=2 if rgb or colour.range == "full" else 1,
        )


def _code(names: dict[int, str], name: str | None) -> int:
    """The code point of a colour name, 2 (not stated) for None."""
    if name is None:
        return 2
    for code, known in names.items():
        if known == name:
            return code
    raise InputError(
        f"is not a name FFmpeg knows: {name!r}",
        subject="colour",
        remedy=f"use one of {', '.join(names.values())}",
    )
