"""Ghosts: a spot of a frame that is a mixture of what the frames a quarter of a second before and
after show there, and neither of them."""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

Picture = UInt8[np.ndarray, "height width 3"]
Field = Float32[np.ndarray, "rows columns"]

_EVERY: Final = 2
"""Pixels from one that is looked at to the next: pictures come blurred."""
_SIDES: Final = (7, 21)
"""Sides of patches in such pixels. Surf and leaves fit a mixture by chance in smaller ones, and in
the larger ones hardly ever."""
_SMOOTH: Final = 33
"""Side of the square whose mean is taken out of both: light that moves over a surface makes its
brightness a mixture of before and after, but not its detail."""
_LEFT: Final = 0.1
_LEFT_SMALL: Final = 0.15
"""Most that mixing may leave of the squares that the nearer frame alone leaves in a large patch,
and in a small one by the large one's share. An edge on its way from one place to the other leaves
half of them, as it is never at both."""
_ALIKE: Final = 0.8
_CLEAR: Final = 3.0
_FEWEST: Final = 20
_MOST_CONTRAST: Final = 2.0
"""Contrast is read off patches that correlate so well, whose detail has so many grey levels."""


def mixture(
    frame: Picture, before: Picture, after: Picture, known: Bool[np.ndarray, "height width"]
) -> tuple[Field, Field]:
    """By how much patches are neither of two pictures though a mixture of both explains them, grey
    levels.

    A thing that moves is at one place or at another. One that is half at both was faded out here
    and in there (a blend fit, patch by patch). Small patches are explained by the share of a large
    one around them, and count less by what that one leaves: where a picture is laid beside its
    place, any patch may fit some mixture, but each another. As an exposure that changes makes every
    contrast a mixture of before and after, both pictures get this one's.

    Args:
        frame: Slightly blurred picture.
        before: An earlier one at its exposure, laid over it.
        after: The same of a later one.
        known: Where both show the place.

    Returns:
        Maps of every second row and column, by patches of 13 px and of 41 px.
    """
    shown = known[::_EVERY, ::_EVERY].astype(np.float32)
    here, one, two = (
        _detail(p[::_EVERY, ::_EVERY].astype(np.float32), shown) for p in (frame, before, after)
    )
    one, two = (p * _contrast(here, p) for p in (one, two))
    apart, left = one - two, here - two
    squares = [_product(*pair) for pair in ((apart, apart), (apart, left), (left, left))]
    small, large = (_Squares(*(cv2.blur(one, (side, side)) for one in squares)) for side in _SIDES)
    share = large.share
    around = large.mixed(share)
    found = (
        small.nearer - small.mixed(share) / _LEFT_SMALL - around,
        large.nearer - around / _LEFT,
    )
    least, most = (np.sqrt(np.maximum(one, 0) / 3).astype(np.float32) for one in found)
    return least, most


def _contrast(here: np.ndarray, other: np.ndarray) -> np.float32:
    """Times by which detail is stronger here, in the median over patches that both show alike."""
    rows, columns = (max(1, n // _SIDES[1]) for n in here.shape[:2])
    pairs = ((here, other), (other, other), (here, here))
    both, theirs, own = (
        cv2.resize(_product(*pair), (columns, rows), interpolation=cv2.INTER_AREA) for pair in pairs
    )
    alike = (both > _ALIKE * np.sqrt(theirs * own)) & (theirs > 3 * _CLEAR * _CLEAR)
    if np.count_nonzero(alike) < _FEWEST:
        return np.float32(1)
    median = np.median(both[alike] / theirs[alike])
    return np.float32(np.clip(median, 1 / _MOST_CONTRAST, _MOST_CONTRAST))


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Sum over the channels."""
    return np.asarray(cv2.transform(one * other, np.ones((1, 3))))


class _Squares(NamedTuple):
    """Mean squares in the patch around every pixel, of what both pictures differ by and what the
    frame differs from the later one by, and the mean product of both."""

    apart: np.ndarray
    both: np.ndarray
    own: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """The earlier picture's share of the mixture that comes nearest."""
        return np.asarray(np.clip(self.both / np.maximum(self.apart, 1e-3), 0, 1))

    def mixed(self, share: np.ndarray) -> np.ndarray:
        """What a mixture leaves."""
        left = self.own - 2 * share * self.both + share * share * self.apart
        return np.asarray(np.maximum(left, 0))

    @property
    def nearer(self) -> np.ndarray:
        """What the nearer picture leaves."""
        return np.asarray(np.minimum(self.own, self.own - 2 * self.both + self.apart))


def _detail(picture: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """What is left without the mean around, of what is shown there; zero elsewhere."""
    mean = cv2.blur(picture * shown[..., None], (_SMOOTH, _SMOOTH))
    share = np.maximum(cv2.blur(shown, (_SMOOTH, _SMOOTH)), np.float32(1e-3))
    return np.asarray((picture - mean / share[..., None]) * shown[..., None])
