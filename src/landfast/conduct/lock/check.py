"""Whether the overlay over a film swims: files in, a verdict out."""

from __future__ import annotations

from pathlib import Path

from landfast.conduct.lock.measure import straightened
from landfast.conduct.lock.pairing import pair, paired, refuse_cuts
from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.layer import Layer
from landfast.media.layers.read import open_overlay
from landfast.media.picture import Picture
from landfast.media.probe import probe
from landfast.model.time import Span
from landfast.model.verdict import Verdict
from landfast.verify.checks.lock import lock_verdict
from landfast.vision.overlay.drawing.view import (
    box_of,
    measured_to_footage,
    overlay_view,
    to_footage,
)
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.measure import WORKING_WIDTH, LockObserver
from landfast.vision.overlay.sensing import Known
from landfast.vision.overlay.sensor.sensor import Sensor


def verify_overlay(
    overlay: Path,
    on: Path,
    *,
    matte: Path | None = None,
    is_shown: bool = False,
    span: Span | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Judge whether an overlay stays where it belongs on the scene.

    Args:
        overlay: Video with alpha or numbered pictures; any video with `matte`.
        on: The footage that it lies over, or a film that shows it.
        matte: Video whose luma says where the overlay is.
        is_shown: `on` shows the overlay: the scene is measured outside of its box alone.
        span: Where in `on` it lies.
        progress: Told how far the work is.

    Raises:
        InputError: No alpha, clear in every frame, a cut, sizes or lengths that do not fit.
    """
    tell = stage(progress, "verify")
    clip = probe(on)
    layers = open_overlay(overlay, matte=matte)
    pairing = pair(layers, clip, span)
    size, own = (clip.width, clip.height), (layers.width, layers.height)
    there, whole = measured_to_footage(own, size), to_footage(own, size)

    def look(sensor: Sensor | None) -> LockObserver:
        observer = LockObserver(size, there, sensor=sensor, is_shown=is_shown)
        shown = 0
        frames = zip(decode(on, clip, span=span), paired(layers, pairing), strict=True)
        for number, (picture, layer) in enumerate(frames, start=1):
            shown += _shown_to(observer, picture, layer, layers.storage, whole)
            tell(number, len(pairing.footage))
        if not shown:
            subject = str(matte or overlay)
            raise InputError("is clear in every frame", subject=subject, remedy="render it again")
        return observer

    observer, _ = straightened(look, Known(), size)
    measure = observer.finish(times=pairing.times)
    refuse_cuts(measure, pairing.footage, clip, on, remedy="judge")
    return lock_verdict(measure, size=size, fps=clip.fps)


def _shown_to(
    observer: LockObserver, picture: Picture, layer: Layer, storage: str, there: Map
) -> bool:
    """Whether the overlay shows anything in the frame that was seen."""
    view = overlay_view(layer, storage=storage)
    box = None if view is None else box_of(layer, there)
    observer.see(picture.gray(WORKING_WIDTH), view, box)
    return view is not None
