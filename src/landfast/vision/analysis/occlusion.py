"""Something close that suddenly hides the picture from an edge inwards: a finger, a strap, a leaf.

A thing at the lens does not move with the scene. Where the frame before, moved by the camera's
motion, should show the same and does not, and the unexplained patch touches an edge and is plain
inside (it is far out of focus), something has come between. It stays for as long as the patch
keeps its tone at the same place.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8
from landfast.vision.analysis.continuity import Aligned
from landfast.vision.analysis.table import SIDES

Gray = UInt8[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]

_UNEXPLAINED = 14.0
"""Grey levels beyond what a shift of a pixel explains."""
_PLAIN_SLOPE = 5.0
"""Mean slope, grey levels a pixel, up to which the inside of a patch is plain."""
_TONE = 20.0
_CONTRAST = 10.0
_LEAST_SHARE = 0.004
_MOST_SHARE = 0.85
_WORST_SHARE = 0.7
"""Where more than this share of the picture is unexplained, it is another picture."""
_FLASHED_SHARE = 0.9
_FLASHED_LEVELS = 3.0
_FLASHED_GAIN = 0.1
_CLIPPED = (8, 247)
"""Light has changed everywhere where nine tenths of the picture went the same way, by 3 grey levels
and a tenth: what hides leaves more than that as it was. Levels outside 8 to 247 follow no light."""
_SPARSELY = 3
"""Every third pixel of every third row is asked."""
_TOLD_SHARE = 0.4
"""Share of the picture that must tell."""
_CHANGED = 4.0
"""Grey levels off what was expected from which a patch may have grown there."""
_STEP = 25
"""Twice as many half working pixels as a patch may grow by in a frame."""
_MEMORY = 24
"""Frames that are remembered."""
_SAME_OUTLINE = 0.6
"""Correlation of slopes before and after beyond which a patch has kept its outline."""
_SAME_AGAIN = 0.5
"""The same where the tone is as it was, too."""
_SAME_STRENGTH = 0.3
"""And how much of them must have been there before."""
_LEAST_DEPTH = 0.02
"""A patch reaches at least this share of the picture's width inwards."""


class Occlusion(NamedTuple):
    """Share of the picture that is hidden, and the code of the edge it comes from."""

    occluded: float
    occluded_side: int


CLEAR = Occlusion(0.0, 0)


@dataclass(slots=True)
class OcclusionFinder:
    """Watches the edges of the picture, frame by frame, at half the working size."""

    _hidden: Mask | None = None
    _tone: float = 0.0
    _side: int = 0
    _past: deque[tuple[Gray, Mask | None]] = field(default_factory=lambda: deque(maxlen=_MEMORY))
    """The last frames and what was hidden in them."""
    _kernel: np.ndarray = field(default_factory=lambda: np.ones((3, 3), np.uint8))

    def see(self, gray: Gray, aligned: Aligned | None) -> Occlusion:
        """Take the next frame.

        Args:
            gray: Luma of the frame.
            aligned: The frame before moved onto this one; None after a break.
        """
        if aligned is None or min(gray.shape) < 24:
            self._hidden = None
            self._past.clear()
            return CLEAR
        seen = self._look(gray, aligned)
        self._past.append((gray, self._hidden))
        return seen

    def _look(self, gray: Gray, aligned: Aligned) -> Occlusion:
        if _flashes(gray, aligned):
            # What clips follows no change of light and looks new, while what hides stays.
            return self._kept(gray, self._hidden)
        fresh = self._fresh(gray, aligned)
        if fresh is not None and self._uncovers(gray, fresh):
            fresh = None
        hidden = self._lasting(gray, aligned)
        if fresh is not None:
            hidden = fresh if hidden is None else hidden | fresh
        return self._kept(gray, hidden)

    def _kept(self, gray: Gray, hidden: Mask | None) -> Occlusion:
        """Remember what is hidden, and in which tone."""
        self._hidden = hidden
        if hidden is None:
            return CLEAR
        self._tone = float(np.median(gray[hidden]))
        return Occlusion(float(hidden.mean()), self._side)

    def _fresh(self, gray: Gray, aligned: Aligned) -> Mask | None:
        """A new plain patch that the frame before does not explain, from an edge inwards."""
        # What is beyond lies within this, and mostly nothing of it is as large as the kernel.
        off = (aligned.off > _UNEXPLAINED).view(np.uint8)
        if not cv2.countNonZero(cv2.erode(off, self._kernel)):
            return None
        beyond = _beyond(aligned)
        if beyond.mean() > _WORST_SHARE:
            return None
        whole = cv2.morphologyEx(beyond.astype(np.uint8), cv2.MORPH_OPEN, self._kernel)
        if cv2.countNonZero(whole) < _LEAST_SHARE / 10 * gray.size:
            return None
        whole = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=4)
        best: Mask | None = None
        for label in range(1, count):
            side = _side_of(stats[label], gray.shape)
            share = stats[label, cv2.CC_STAT_AREA] / gray.size
            if side == 0 or not _LEAST_SHARE <= share <= _MOST_SHARE:
                continue
            patch = labels == label
            if best is not None and patch.sum() <= best.sum():
                continue
            if not (_is_plain(gray, patch) and _stands_out(gray, patch)):
                continue
            if self._was_there(gray, aligned, patch):
                continue
            best, self._side = patch, side
        return best

    def _was_there(self, gray: Gray, aligned: Aligned, patch: Mask) -> bool:
        """True where the patch is not new: only its light is, or it was in the shade for a while.

        A part of a vehicle or a reflection in its windscreen stays at its place, and comes back in
        the tone that it had.
        """
        area = cv2.dilate(patch.view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
        if _has_outline(gray, aligned.moved, area & aligned.valid, _SAME_OUTLINE):
            return True
        now = gray[patch].astype(np.int16)
        return any(
            (hidden is None or not (hidden & patch).any())
            and float(np.median(np.abs(now - before[patch]))) < _TONE
            and _has_outline(gray, before, area, _SAME_AGAIN)
            for before, hidden in self._past
        )

    def _uncovers(self, gray: Gray, patch: Mask) -> bool:
        """True where the patch is what the last one hid: another tone at the same place."""
        if self._hidden is None:
            return False
        shared = float((patch & self._hidden).sum() / patch.sum())
        return shared > 0.5 and abs(float(np.median(gray[patch])) - self._tone) > _TONE

    def _lasting(self, gray: Gray, aligned: Aligned) -> Mask | None:
        """What of the patch in the frame before is still there, in the same tone, and has grown."""
        if self._hidden is None:
            return None
        alike = np.asarray(np.abs(gray.astype(np.float32) - self._tone) < _TONE)
        still = self._hidden & alike
        if still.mean() < _LEAST_SHARE or still.sum() < 0.3 * self._hidden.sum():
            return None
        for patch in (_grown(still, alike & (aligned.off > _CHANGED)), still):
            if _is_plain(gray, patch) and _stands_out(gray, patch):
                return patch
        return None


def _grown(patch: Mask, into: Mask) -> Mask:
    """The patch with what lies beside it of the pixels it may grow into, at most a step wide."""
    near = cv2.dilate(patch.view(np.uint8), np.ones((_STEP, _STEP), np.uint8))
    whole = (near.view(np.bool_) & into) | patch
    whole = cv2.morphologyEx(whole.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(whole, connectivity=4)
    return np.isin(labels, np.unique(labels[patch]))


def _has_outline(now: Gray, then: Gray, area: Mask, least: float) -> bool:
    """True where a picture had the outline before: a surface in another light.

    A shadow, the shade under a bridge or a reflection in a windscreen changes the tone of what is
    in sight, and its outline stays. What comes between draws an outline where there was none.
    """
    a, b = _slopes(now, area), _slopes(then, area)
    both, alone = abs(float((a * b).sum())), float(np.square(a).sum())
    alike = both / math.sqrt(max(alone * float(np.square(b).sum()), 1e-9))
    return alike > least and both > _SAME_STRENGTH * alone


def _slopes(picture: Gray, area: Mask) -> Float32[np.ndarray, "2 pixel"]:
    """Slope right and down of the blurred picture at some of its pixels."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    ways = (cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    return np.stack([way[area] for way in ways])


def _flashes(gray: Gray, aligned: Aligned) -> bool:
    """True where the light of the whole picture is another than in the frame before."""
    low, high = _CLIPPED
    part = (slice(None, None, _SPARSELY), slice(None, None, _SPARSELY))
    valid, now, then = aligned.valid[part], gray[part], aligned.moved[part]
    changed = np.count_nonzero(cv2.absdiff(now, then) > _FLASHED_LEVELS)
    if changed < _FLASHED_SHARE * _TOLD_SHARE * valid.size:
        return False
    seen, before = now[valid], then[valid]
    told = (np.minimum(seen, before) < high) & (np.maximum(seen, before) > low)
    if told.sum() < _TOLD_SHARE * valid.size:
        return False
    a, b = before[told].astype(np.float32), seen[told].astype(np.float32)
    most = _FLASHED_LEVELS + _FLASHED_GAIN * np.minimum(a, b)
    ways = (b - a > most).mean(), (a - b > most).mean()
    return bool(max(ways) > _FLASHED_SHARE)


def _beyond(aligned: Aligned) -> Mask:
    """Pixels outside the range that the expected picture takes within two pixels."""
    expected = np.clip(aligned.expected, 0, 255)
    kernel = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(expected, kernel), cv2.dilate(expected, kernel)
    off = cv2.max(cv2.subtract(low, aligned.seen), cv2.subtract(aligned.seen, high))
    return np.asarray((off > _UNEXPLAINED) & aligned.valid)


def _side_of(stats: np.ndarray, shape: tuple[int, ...]) -> int:
    """Code of the edge along which the patch's box runs, 0 where it touches none."""
    x, y, width, height = (int(stats[k]) for k in range(4))
    margin = max(2, shape[1] // 60)
    contact = {
        "left": height if x <= margin else 0,
        "right": height if x + width >= shape[1] - margin else 0,
        "top": width if y <= margin else 0,
        "bottom": width if y + height >= shape[0] - margin else 0,
    }
    side = max(contact, key=lambda name: contact[name])
    depth = width if side in ("left", "right") else height
    if contact[side] == 0 or depth < _LEAST_DEPTH * shape[1]:
        return 0
    return SIDES.index(side)


def _is_plain(gray: Gray, patch: Mask) -> bool:
    """True where the inside of the patch, its rim left out, hardly has texture."""
    inner = cv2.erode(patch.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if inner.sum() < 12:
        return False
    right = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=0.125)[inner]
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=0.125)[inner]
    return float(np.hypot(right, down).mean()) < _PLAIN_SLOPE


def _stands_out(gray: Gray, patch: Mask) -> bool:
    """True where the patch has another tone than what lies around it, unlike uncovered sky."""
    filled = _whole(gray, patch).astype(np.uint8)
    near = cv2.dilate(filled, np.ones((5, 5), np.uint8))
    around = (cv2.dilate(near, np.ones((5, 5), np.uint8)) > 0) & (near == 0)
    if not around.any():
        return False
    return abs(float(np.median(gray[patch])) - float(np.median(gray[around]))) > _CONTRAST


def _whole(gray: Gray, patch: Mask) -> Mask:
    """The patch with what has its tone inside its box: gaps where the scene looked alike.

    A box that comes near an edge of the picture is taken to reach it: what the camera has just
    turned to is not compared, so the patch may end short of the edge.
    """
    box = tuple(_reach(np.asarray(patch.any(axis=1 - axis))) for axis in (0, 1))
    whole = patch.copy()
    whole[box] |= np.abs(gray[box].astype(np.float32) - np.median(gray[patch])) < _TONE / 2
    return np.asarray(whole)


def _reach(taken: Bool[np.ndarray, " place"]) -> slice:
    """From the first to the last place taken, on to the ends where these are near."""
    places = np.flatnonzero(taken)
    near = len(taken) // 8
    first, last = int(places[0]), int(places[-1])
    return slice(
        0 if first < near else first, len(taken) if last >= len(taken) - near else last + 1
    )
