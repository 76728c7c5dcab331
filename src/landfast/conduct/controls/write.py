"""`landfast controls`: the control videos of one span, and `controls.json` that explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, get_args

from landfast.conduct.controls.depth import How, Unknown
from landfast.conduct.controls.export import (
    CameraFormat,
    DepthFormat,
    export_cameras,
    export_depth,
)
from landfast.conduct.controls.kinds import Fill, Made, make
from landfast.conduct.controls.reel import Reel
from landfast.conduct.controls.video import write_video
from landfast.conduct.controls.work import Work
from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError, Unsupported
from landfast.generators.conventions import convention_for
from landfast.generators.registry import profiles
from landfast.media.files import (
    check_folder,
    input_error,
    make_folder,
    sha256_file,
    write_text,
)
from landfast.media.probe import probe
from landfast.model.camera import Focal
from landfast.model.clip import Clip
from landfast.model.controls import (
    Container,
    ControlFile,
    ControlKind,
    Controls,
    Convention,
    DepthExport,
)
from landfast.model.time import Span
from landfast.planning.control_grid import control_frames, control_gap, control_grid
from landfast.vision.depth import Engine

DOCUMENT: Final = "controls.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a call of `landfast controls` asks for."""

    span: Span
    kinds: tuple[ControlKind, ...]
    model: str = ""
    gap: Span | None = None
    mask: str = ""
    fill: Fill = "grey"
    size: tuple[int, int] | None = None
    container: Container | None = None
    depth: How = "auto"
    depth_model: str = ""
    label_model: str = ""
    focal: Focal | None = None
    engine: Engine = "measured"
    depth_formats: tuple[DepthFormat, ...] = ()
    cameras: tuple[CameraFormat, ...] = ()


def make_controls(
    path: Path, out: Path, wanted: Wanted, *, progress: Progress | None = None
) -> Controls:
    """Measure a span and write its control videos; `controls.json` comes last.

    A kind that could not be measured has no file: its entry says `unknown` and why.

    Raises:
        InputError: Footage, span, model, mask or folder that cannot be used.
        Unsupported: The model takes no such span or size, or nothing that was asked for could be
            measured.
    """
    check_folder(out)
    _refuse_own(out, path, wanted)
    clip = probe(path)
    work = _work(path, clip, wanted, progress)
    makings = {kind: make(work, kind, fill=wanted.fill) for kind in wanted.kinds}
    _refuse_nothing(path, wanted, makings, work)
    _clear(make_folder(out))
    files = tuple(_file(out, work, kind, made, wanted) for kind, made in makings.items())
    exports = _exports(out, work, wanted)
    controls = _document(clip, wanted, work, files, exports)
    write_text(out / DOCUMENT, controls.to_json())
    return controls


def _work(path: Path, clip: Clip, wanted: Wanted, progress: Progress | None) -> Work:
    convention = convention_for(wanted.model, profiles() if wanted.model else (), clip.fps)
    frames = control_frames(clip, wanted.span, convention)
    grid = control_grid(clip, len(frames), convention, size=wanted.size)
    gap = control_gap(frames, wanted.span, convention, wanted.gap)
    return Work(
        Reel(path, clip, grid, frames),
        convention,
        gap,
        mask=wanted.mask,
        how=wanted.depth,
        depth_model=wanted.depth_model,
        label_model=wanted.label_model,
        focal=wanted.focal,
        engine=wanted.engine,
        progress=progress,
    )


def _names() -> tuple[str, ...]:
    """Every name that a call may write under, exports left out."""
    videos = [f"{kind}.{end}" for kind in get_args(ControlKind) for end in get_args(Container)]
    return (DOCUMENT, *videos)


def _refuse_own(out: Path, path: Path, wanted: Wanted) -> None:
    """Footage or mask may not be one of the files that are written.

    Raises:
        InputError: It is.
    """
    written = {(out / name).resolve() for name in _names()}
    for given in (path, Path(wanted.mask)):
        if given.resolve() in written:
            raise InputError(
                "would be overwritten", subject=str(given), remedy="write to another folder"
            )


def _clear(out: Path) -> None:
    """Take away what an earlier call left under the names of this one's files.

    A folder without `controls.json` is unfinished, and no old video may pass for a new one.

    Raises:
        InputError: A file may not be removed.
    """
    for name in _names():
        try:
            (out / name).unlink(missing_ok=True)
        except OSError as error:
            raise input_error(error, out / name) from error


def _refuse_nothing(
    path: Path, wanted: Wanted, makings: dict[ControlKind, Made | Unknown], work: Work
) -> None:
    """Nothing to write is an error, with the reason of what could not be measured."""
    if any(isinstance(made, Made) for made in makings.values()):
        return
    reasons = {made.reason for made in makings.values() if isinstance(made, Unknown)}
    if not makings and isinstance(work.depth, Unknown):
        reasons = {work.depth.reason}
    if reasons:
        raise Unsupported(
            f"cannot be measured in {wanted.span}: {'; '.join(sorted(reasons))}",
            subject=f"{path.name}: {','.join(makings) or 'depth'}",
            remedy="choose another span, or ask for other kinds",
        )


def _file(
    out: Path, work: Work, kind: ControlKind, made: Made | Unknown, wanted: Wanted
) -> ControlFile:
    taken = _taken(work.convention, kind)
    if isinstance(made, Unknown):
        return ControlFile(kind=kind, state="unknown", reason=made.reason, taken=taken)
    container = wanted.container or work.convention.container
    target = out / f"{kind}.{container}"
    coding = write_video(
        target,
        made.control.frames(),
        kind,
        clip=work.reel.clip,
        grid=work.reel.grid,
        frames=work.reel.frames,
        container=container,
        progress=stage(work.progress, f"write {kind}"),
    )
    return ControlFile(
        kind=kind,
        state="written",
        reason=made.control.reason,
        file=target.name,
        sha256=sha256_file(target),
        coding=coding,
        meaning=made.meaning,
        polarity=made.polarity,
        origin=made.origin,
        normalisation=made.control.normalisation,
        unknown_share=made.unknown_share,
        labels=made.labels,
        taken=taken,
    )


def _taken(convention: Convention, kind: ControlKind) -> str:
    if not convention.name:
        return "no model was named"
    return convention.takes.get(kind, f"not taken by {convention.name}")


def _exports(out: Path, work: Work, wanted: Wanted) -> tuple[DepthExport, ...]:
    if not (wanted.depth_formats or wanted.cameras):
        return ()
    found = work.depth
    if isinstance(found, Unknown):
        return ()
    made = [
        export_depth(out, work, found, one, stage(work.progress, f"write {one}"))
        for one in wanted.depth_formats
    ]
    if found.cameras is not None:
        made += [
            export_cameras(out, work, found, found.cameras, one, stage(work.progress, one))
            for one in wanted.cameras
        ]
    return tuple(made)


def _document(
    clip: Clip,
    wanted: Wanted,
    work: Work,
    files: Sequence[ControlFile],
    exports: Sequence[DepthExport],
) -> Controls:
    frames = work.reel.frames
    last = clip.time_of(frames[-1].source_index + 1) if work.reel.grid.fps is None else None
    stop = last or frames[-1].time + 1 / (work.reel.grid.fps or Fraction(1))
    return Controls(
        clip=clip.content,
        name=clip.name,
        span=wanted.span,
        covers=Span(start=frames[0].time, stop=stop),
        model=wanted.model,
        convention=work.convention,
        grid=work.reel.grid,
        frames=frames,
        gap=work.gap,
        files=tuple(files),
        exports=tuple(exports),
        notes=_notes(work, wanted),
    )


def _notes(work: Work, wanted: Wanted) -> tuple[str, ...]:
    """What was asked for beside the controls and could not be written."""
    asked = (*wanted.depth_formats, *wanted.cameras)
    if not asked:
        return ()
    if isinstance(work.depth, Unknown):
        why = f"depth is unknown: {work.depth.reason}"
        return (f"{', '.join(asked)}: not written, because {why}",)
    if wanted.cameras and work.depth.cameras is None:
        why = "learned depth stands alone: no camera was measured"
        return (f"{', '.join(wanted.cameras)}: not written, because {why}",)
    return ()
