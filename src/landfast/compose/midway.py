"""Colours of a take between its ends, held against the real frames that see the same things.

A drift that comes late, or goes beyond its ends and back, is not what both ends let expect. Both
anchors show the scene's real colours: their pixels are carried to where the take shows them, which
tells in mid-gap too by how much it is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from landfast.compose.cells import seen
from landfast.compose.colour import ColourLock, apart, grade_of
from landfast.compose.fill import Picture
from landfast.compose.placing import evened
from landfast.model.arrays import Float32
from landfast.vision.motion.flow import dense_flow, fetch, forward_backward_error, pixel_grid
from landfast.vision.tones import gray8

KEYS: Final = 4
"""Places between the ends; what lies between them goes over from one to the next."""
_WIDTH: Final = 320
"""Motion is measured at this width: colours need no more."""
_OFF: Final = 1.0
"""Delta E by which both ends must be off in between before more is believed than they: a colour
that is asked to be right within that is."""
_WORTH: Final = 0.7
"""And what is left of that, or the ends stay as they are."""


def key_frames(frames: int) -> tuple[int, ...]:
    """The frames of a take that are compared between its ends."""
    places = (round((k + 1) * (frames - 1) / (KEYS + 1)) for k in range(KEYS))
    return tuple(sorted({place for place in places if 0 < place < frames - 1}))


def midway(
    lock: ColourLock, shown: Mapping[float, Picture], first: Picture, last: Picture
) -> ColourLock:
    """The lock with corrections between its ends, where these alone leave a take off.

    Args:
        lock: By both ends.
        shown: The take as it is laid, by place from 0 (start) to 1 (end).
        first: The real start anchor.
        last: The real end anchor.
    """
    between, needed = [], False
    for place, image in sorted(shown.items()):
        small = _small(image)
        carried = [_carried(_small(anchor), small) for anchor in (first, last)]
        shares = 1 - place, place
        grade = grade_of([seen(small, *one) for one in carried], shares)
        held = apart([seen(lock.apply(small, place), *one) for one in carried], shares)
        needed |= held > _OFF and grade.after < _WORTH * held
        between.append((place, grade))
    return replace(lock, between=tuple(between)) if needed else lock


def _carried(anchor: Picture, image: Picture) -> tuple[Picture, Float32[np.ndarray, "_ _"]]:
    """An anchor's pixels where a picture shows them, and where that is known."""
    ours, theirs = (evened(gray8(one)) for one in (image, anchor))
    there = dense_flow(ours, theirs)
    known = forward_backward_error(there, dense_flow(theirs, ours)) < 1
    height, width = ours.shape
    places = pixel_grid(width, height) + there
    return fetch(anchor, places, resampling="linear"), known.astype(np.float32)


def _small(image: Picture) -> Picture:
    height = max(1, round(_WIDTH * image.shape[0] / image.shape[1]))
    return np.asarray(cv2.resize(image, (_WIDTH, height), interpolation=cv2.INTER_AREA))
