"""A page to draw on: lines, boxes and text in logical pixels, drawn at twice the size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from landfast.model.arrays import Float64, UInt8

Ink = tuple[int, int, int]
"""RGB, 0 to 255."""
Align = Literal["left", "centre", "right"]

SCALE = 2
"""Real pixels per logical pixel."""
_FRACTION_BITS = 4


@dataclass(slots=True)
class Page:
    """A white page; every position and length is in logical pixels."""

    pixels: UInt8[np.ndarray, "height width 3"]
    face: Any

    @classmethod
    def blank(cls, width: int, height: int, *, ink: Ink = (255, 255, 255)) -> Page:
        """An empty page."""
        shape = (height * SCALE, width * SCALE, 3)
        page = cls(np.empty(shape, np.uint8), cv2.FontFace("sans"))
        page.box(0, 0, width, height, ink)
        return page

    def box(self, x: float, y: float, width: float, height: float, ink: Ink) -> None:
        """A filled rectangle."""
        left, top = max(0, round(x * SCALE)), max(0, round(y * SCALE))
        right, bottom = round((x + width) * SCALE), round((y + height) * SCALE)
        corner = max(right, left + 1) - 1, max(bottom, top + 1) - 1
        cv2.rectangle(self.pixels, (left, top), corner, ink, cv2.FILLED)

    def line(
        self, points: Float64[np.ndarray, "point 2"], ink: Ink, *, thickness: float = 1.0
    ) -> None:
        """An open line through points (x, y)."""
        if len(points) == 0:
            return
        fixed = np.rint(points * SCALE * (1 << _FRACTION_BITS)).astype(np.int32)
        cv2.polylines(
            self.pixels,
            [fixed.reshape(-1, 1, 2)],
            False,
            ink,
            max(1, round(thickness * SCALE)),
            cv2.LINE_AA,
            _FRACTION_BITS,
        )

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, ink: Ink, *, thickness: float = 0.5
    ) -> None:
        """A straight line."""
        self.line(np.array([[x0, y0], [x1, y1]], np.float64), ink, thickness=thickness)

    def diamond(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """A filled diamond."""
        corners = np.array([[x, y - radius], [x + radius, y], [x, y + radius], [x - radius, y]])
        fixed = np.rint(corners * SCALE * (1 << _FRACTION_BITS)).astype(np.int32)
        cv2.fillConvexPoly(self.pixels, fixed, ink, cv2.LINE_AA, _FRACTION_BITS)

    def text(
        self,
        words: str,
        x: float,
        y: float,
        ink: Ink,
        *,
        size: float = 11,
        weight: int = 400,
        align: Align = "left",
    ) -> None:
        """One line of text; y is the base line."""
        shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * self.width_of(
            words, size=size, weight=weight
        )
        origin = (round((x - shift) * SCALE), round(y * SCALE))
        cv2.putText(self.pixels, words, origin, ink, self.face, round(size * SCALE), weight)

    def width_of(self, words: str, *, size: float = 11, weight: int = 400) -> float:
        """Length of a line of text."""
        shape = (self.pixels.shape[1], self.pixels.shape[0])
        box = cv2.getTextSize(shape, words, (0, 0), self.face, round(size * SCALE), weight)
        return float(box[2]) / SCALE

    def image(
        self, picture: UInt8[np.ndarray, "h w 3"], x: float, y: float, width: float, height: float
    ) -> None:
        """A picture that fills the box, its overhang cut off evenly."""
        wide, high = round(width * SCALE), round(height * SCALE)
        factor = max(wide / picture.shape[1], high / picture.shape[0])
        size = (
            max(wide, round(picture.shape[1] * factor)),
            max(high, round(picture.shape[0] * factor)),
        )
        filter_ = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(picture, size, interpolation=filter_)
        left, top = (size[0] - wide) // 2, (size[1] - high) // 2
        at_x, at_y = round(x * SCALE), round(y * SCALE)
        self.pixels[at_y : at_y + high, at_x : at_x + wide] = scaled[
            top : top + high, left : left + wide
        ]
