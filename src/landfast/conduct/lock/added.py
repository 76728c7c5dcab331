"""`lock --baked` without a mask: a take pulled back, or what was added to it found and locked."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from landfast.conduct.lock.dewarp import dewarp
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.conduct.progress import Progress
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.stills import save_image
from landfast.model.clip import Clip
from landfast.model.lock import Lock
from landfast.vision.overlay.added import AddedFinder
from landfast.vision.overlay.measure import WORKING_WIDTH


def mended(order: LockOrder, *, progress: Progress | None = None) -> Lock:
    """A whole take against its footage.

    Where it is warped it is pulled back. Where it lies on the footage, the one thing that was added
    to it is looked for and locked; where that is none, more than one, or cannot be locked, the take
    stays as it is, and the reason says so.

    Raises:
        InputError: Films that do not fit each other.
    """
    whole = dewarp(order, progress=progress)
    if whole.state != "steady":
        return whole
    with tempfile.TemporaryDirectory() as folder:
        if not _mask_written(order, Path(folder)):
            return whole.model_copy(update={"reason": f"{whole.reason}; {_NOTHING}"})
        found = _locked(replace(order, matte=Path(folder), baked=True), progress)
    if isinstance(found, Lock) and found.state != "unknown":
        return found.model_copy(update={"reason": f"{found.reason}; {_FOUND}"})
    why = found if isinstance(found, str) else found.reason
    return whole.model_copy(update={"reason": f"{whole.reason}; {_NOT_LOCKED}: {why}"})


_NOTHING = "no single thing was found that stands in the take and not in the footage"
_NOT_LOCKED = "something that was added could not be locked (--mask says what it is)"
_FOUND = "what was added was found by laying the take over its footage; --mask says it exactly"


def _locked(order: LockOrder, progress: Progress | None) -> Lock | str:
    """What came of it, or in words why nothing did: the take itself is sound."""
    try:
        return lock(order, progress=progress)
    except InputError as error:
        return str(error)


def _mask_written(order: LockOrder, folder: Path) -> bool:
    """Put mattes of what was added into a folder; whether there is such a thing."""
    take = probe(order.overlay)
    mattes = _compared(order, take).mattes()
    for number, matte in enumerate(mattes or ()):
        whole = np.asarray(cv2.resize(matte, (take.width, take.height)))
        save_image(folder / f"mask_{number:06d}.png", whole, content="drawing")
    return mattes is not None


def _compared(order: LockOrder, take: Clip) -> AddedFinder:
    """Frame for frame, at working size."""
    finder = AddedFinder()
    width = min(WORKING_WIDTH, take.width)
    footage = decode(order.on, probe(order.on), span=order.span)
    for under, shown in zip(footage, decode(order.overlay, take), strict=True):
        image = shown.rgb(width)
        ground = cv2.resize(under.rgb(width), image.shape[1::-1], interpolation=cv2.INTER_AREA)
        finder.see(np.asarray(ground), image)
    return finder
