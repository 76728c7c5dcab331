"""`landfast controls`: depth, edge and mask videos in a model's own grid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast, get_args

import typer

from landfast.cli.options import ClipPath, FocalLength, Folder, Json, focal, span
from landfast.cli.screen import bars, print_json, say, table
from landfast.conduct.controls.depth import How
from landfast.conduct.controls.export import CameraFormat, DepthFormat
from landfast.conduct.controls.kinds import Fill
from landfast.conduct.controls.write import DOCUMENT, Wanted, make_controls
from landfast.errors import InputError
from landfast.model.controls import ControlKind, Controls
from landfast.vision.depth import Engine

EXAMPLE = (
    "Example: [bold]landfast controls flight.mp4 --span 3-8 --kind depth,edges,mask --for vace "
    "-o controls[/]"
)

T = TypeVar("T", bound=str)

Where = Annotated[str, typer.Option("--span", metavar="A-B", help="Which part of the clip.")]
Kinds = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="K,K,…",
        help="depth, edges, mask, labels, source (real frames, the gap blanked), known.",
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="MODEL",
        help="vace, ltx, cosmos-transfer, wan-fun-control … or a name from "
        "[bold]landfast generators[/]; without it the footage's own grid.",
    ),
]
Missing = Annotated[
    str | None,
    typer.Option("--gap", metavar="A-B", help="What is to be generated; the rest is kept."),
]
Region = Annotated[
    str,
    typer.Option(
        "--mask",
        metavar="LABEL|FILE",
        help="Generate only there: sky, water, vegetation, built, moving, ground, or the bright "
        "part of a picture or video.",
    ),
]
Inside = Annotated[
    Fill, typer.Option("--fill", help="What source shows where the picture is generated.")
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Picture size, instead of the model's.")
]
Format = Annotated[
    Literal["auto", "mkv", "mp4"],
    typer.Option("--format", help="mkv: lossless FFV1; mp4: H.264, CRF 10."),
]
DepthHow = Annotated[
    How,
    typer.Option(
        "--depth", help="auto: measured, and learned (--depth-model) where that knows nothing."
    ),
]
DepthModel = Annotated[
    str,
    typer.Option(
        "--depth-model",
        metavar="FILE",
        help="Depth network: an ONNX file, or hf:OWNER/NAME@REVISION/FILE.onnx.",
    ),
]
LabelModel = Annotated[
    str,
    typer.Option(
        "--label-model",
        metavar="FILE",
        help="Segmenter for labels and --mask LABEL: an ONNX file; its .json names the classes.",
    ),
]
CameraEngine = Annotated[
    Engine,
    typer.Option("--engine", help="Who finds the cameras: landfast, or COLMAP (landfast\\[sfm])."),
]
DepthFormats = Annotated[
    str,
    typer.Option("--depth-format", metavar="F,F", help="Depth a frame: png16, exr, exr-half."),
]
Cameras = Annotated[
    str, typer.Option("--cameras", metavar="C,C", help="Camera path: colmap, nerfstudio.")
]


def controls_command(
    clip: ClipPath,
    span_text: Where,
    out: Folder,
    kind: Kinds = "depth,edges,mask",
    model: Model = "",
    gap: Missing = None,
    mask: Region = "",
    fill: Inside = "grey",
    size: Size = None,
    format: Format = "auto",
    depth: DepthHow = "auto",
    depth_model: DepthModel = "",
    label_model: LabelModel = "",
    focal_text: FocalLength = None,
    engine: CameraEngine = "measured",
    depth_format: DepthFormats = "",
    cameras: Cameras = "",
    as_json: Json = False,
) -> None:
    """Write control videos of a span: depth, edges, masks, and controls.json that explains them."""
    wanted = Wanted(
        span=span(span_text, "--span"),
        kinds=_chosen(kind, get_args(ControlKind), "--kind"),
        model=model,
        gap=None if gap is None else span(gap, "--gap"),
        mask=mask,
        fill=fill,
        size=None if size is None else _size(size),
        container=None if format == "auto" else format,
        depth=depth,
        depth_model=depth_model,
        label_model=label_model,
        focal=focal(focal_text),
        engine=engine,
        depth_formats=_chosen(depth_format, get_args(DepthFormat), "--depth-format"),
        cameras=_chosen(cameras, get_args(CameraFormat), "--cameras"),
    )
    if not (wanted.kinds or wanted.depth_formats or wanted.cameras):
        raise InputError("asks for nothing", subject="--kind", remedy="name one, such as depth")
    with bars() as progress:
        made = make_controls(clip, out, wanted, progress=progress)
    _warn(made)
    if as_json:
        print_json(made)
    else:
        _show(made, out)


def _chosen(text: str, allowed: Sequence[T], option: str) -> tuple[T, ...]:
    """The comma-separated names of an option, each once, in the order given.

    Raises:
        InputError: Another name.
    """
    names = [part.strip().lower() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in allowed:
            raise InputError(
                f"knows no {name!r}", subject=option, remedy=f"choose from {', '.join(allowed)}"
            )
    return tuple(dict.fromkeys(cast(list[T], names)))


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text.strip())
    if match is None:
        raise InputError(
            f"is not a size: {text!r}", subject="--size", remedy="write it like 832x480"
        )
    return int(match[1]), int(match[2])


def _warn(made: Controls) -> None:
    for note in made.notes:
        say(note)
    for file in made.files:
        if file.state == "unknown":
            say(f"{file.kind}: no file, because it could not be measured: {file.reason}")
        elif file.taken.startswith("not "):
            say(f"{file.kind}: {file.taken}")


def _show(made: Controls, out: Path) -> None:
    grid = made.grid
    rate = f"{float(grid.fps):g} frames per second" if grid.fps else "the footage's own times"
    rows: list[tuple[str, str, str, str]] = [
        (file.kind, file.file or "none", file.meaning or file.reason, file.taken)
        for file in made.files
    ]
    rows += [(one.format, one.folder, one.meaning, "") for one in made.exports]
    title = f"{grid.frames} frames of {grid.width}x{grid.height}, {rate}; see {out / DOCUMENT}"
    table(title, ("control", "file", "meaning", "how the model takes it"), rows)
