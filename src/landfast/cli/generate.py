"""`landfast generate`: one take between two real frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.options import (
    END,
    START,
    EmbeddingFile,
    Footage,
    FootageSpan,
    GeneratorName,
    Json,
    Profiles,
    Prompt,
    Seed,
    footage_span,
    positive,
    use_embedding,
    use_profiles,
    warn_of,
)
from landfast.cli.screen import bars, pairs, print_json
from landfast.conduct.take import generate
from landfast.media.files import check_target, refuse_sources

EXAMPLE = (
    "Example: [bold]landfast generate --start a.png --end b.png --frames 31 --fps 30000/1001 "
    "-o take.mp4[/]"
)

Count = Annotated[int, typer.Option("--frames", min=2, help="Frames, both ends included.")]
Rate = Annotated[str, typer.Option("--fps", help="Frames per second: 25, 29.97 or 30000/1001.")]
Video = Annotated[
    Path, typer.Option("-o", "--out", metavar="FILE", help="Video to write: .mp4, .mov or .mkv.")
]
Order = Annotated[
    str,
    typer.Option(
        "--job",
        metavar="ID",
        help="What became of an order that was never answered: its number at the service, or none.",
    ),
]


def generate_command(
    start: Annotated[Path, START],
    end: Annotated[Path, END],
    frames: Count,
    fps: Rate,
    out: Video,
    generator: GeneratorName = "geometry",
    footage: Footage = None,
    span: FootageSpan = None,
    prompt: Prompt = "",
    seed: Seed = 0,
    profiles_file: Profiles = None,
    embedding: EmbeddingFile = None,
    job: Order = "",
    as_json: Json = False,
) -> None:
    """Generate one take between two real frames; with the footage around it, motion continues."""
    check_target(out)
    refuse_sources(out, start, end, footage, profiles_file)
    use_profiles(profiles_file)
    use_embedding(embedding)
    warn_of(prompt)
    with bars() as progress:
        take = generate(
            start=start,
            end=end,
            frames=frames,
            fps=positive(fps, "--fps"),
            out=out,
            generator=generator,
            footage=footage,
            span=footage_span(footage, span),
            prompt=prompt,
            seed=seed,
            job=job,
            progress=progress,
        )
    result = {
        "frames": take.frames,
        "took_s": take.took_s,
        "cost_usd": float(take.cost_usd),
        "generator": take.generator,
        "file": str(out),
        "sha256": take.sha256,
    }
    (print_json if as_json else pairs)(result)
