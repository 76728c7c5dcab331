"""One take: real frames in, a generated clip on disk."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from landfast.conduct.depth import Image
from landfast.conduct.fitting import fitted, needs_fitting
from landfast.conduct.ladder import open_rungs
from landfast.conduct.pair import load_pair
from landfast.conduct.patching import Patching
from landfast.conduct.progress import Progress, stage
from landfast.conduct.refusal import refuse_unrelated
from landfast.conduct.rungs import FootageRung
from landfast.conduct.surroundings import around, ends
from landfast.conduct.wanted import Wanted
from landfast.conduct.writing import WRITTEN_AS, Grid, write_take
from landfast.errors import InputError, Unsupported
from landfast.generators.base import CONTEXT, Generator, Material
from landfast.generators.remote.generator import RemoteGenerator
from landfast.media.decode import decode
from landfast.media.files import sha256_file
from landfast.media.probe import probe
from landfast.media.stills import image_id
from landfast.model.clip import Clip, Colour
from landfast.model.constraint import Constraint
from landfast.model.take import Footage, Request, Take
from landfast.model.time import Span
from landfast.planning.constraints import constraints
from landfast.planning.request import refuse_dropping

Frames = Callable[[], Iterator[Image]]
"""A take's frames, each time from the first."""
_RATED = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
"""What a take is tagged with where no footage says otherwise."""


@dataclass(frozen=True, slots=True)
class _Around:
    clip: Clip | None = None
    before: tuple[Image, ...] = ()
    after: tuple[Image, ...] = ()
    footage: Footage | None = None


def generate(
    *,
    start: Path,
    end: Path,
    frames: int,
    fps: Fraction,
    out: Path,
    generator: str = "geometry",
    footage: Path | None = None,
    span: Span | None = None,
    prompt: str = "",
    seed: int = 0,
    job: str = "",
    progress: Progress | None = None,
) -> Take:
    """Generate one take between two pictures and write it to `out`.

    Args:
        start: First frame, a picture.
        end: Last frame, a picture of the same size.
        frames: Frames of the take, both ends included.
        fps: Frames per second.
        out: `.mp4` (H.264), `.mov` (ProRes) or `.mkv` (FFV1, lossless).
        generator: `NAME` or `NAME:MODEL`; of several, or with `auto`, the first that can do it.
        footage: The real clip around the gap; its motion is continued.
        span: Where the take belongs in it: `start` is on screen at its start, `end` at its end.
        prompt: Words, where the generator takes them.
        seed: Seed, where the generator has one.
        job: What became of an order that a service never answered: its number there, or `none`.
        progress: Told how far the work is.

    Raises:
        InputError: Pictures, footage or options that cannot be used.
        Unsupported: The generator cannot honour the request; nothing was spent.
        GeneratorError: It did not deliver.
    """
    if out.suffix.lower() not in WRITTEN_AS:
        raise InputError(
            "cannot be written as a video", subject=str(out), remedy="name it .mp4, .mov or .mkv"
        )
    first, last = load_pair(start, end)
    height, width = first.shape[:2]
    around = _around(footage, span, width)
    material = Material(first, last, around.before, around.after)
    wanted = Wanted(
        grid=Grid(frames, fps, width, height),
        first=image_id(first),
        last=image_id(last),
        constraints=_constraints(material),
        prompt=prompt,
        seed=seed,
        footage=around.footage,
        job=job,
    )
    colour = around.clip.colour if around.clip else _RATED
    asked = _Asked(material, wanted, out, colour, progress)
    return asked.by_first_of(_makers(generator, width, height))


def _constraints(material: Material) -> tuple[Constraint, ...]:
    return constraints(
        image_id(material.first),
        image_id(material.last),
        real_before=len(material.before) + 1,
        real_after=len(material.after) + 1,
    )


def _makers(names: str, width: int, height: int) -> list[Generator]:
    """Those that can be asked without footage between the anchors."""
    rungs = open_rungs(names, width, height)
    return [one for one in rungs if not isinstance(one, FootageRung)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One take as the user wants it, whoever makes it."""

    material: Material
    wanted: Wanted
    out: Path
    colour: Colour
    progress: Progress | None

    def by_first_of(self, makers: Sequence[Generator]) -> Take:
        """The take of the first that can make it; the last one's error counts."""
        for maker in makers[:-1]:
            with contextlib.suppress(Unsupported):
                return self.by(maker)
        return self.by(makers[-1])

    def by(self, maker: Generator) -> Take:
        """The take of one generator."""
        refuse_dropping(maker.profile, prompt=self.wanted.prompt)
        place = (self.material, self.out)
        if not isinstance(maker, RemoteGenerator):
            request = self.wanted.request(maker, self.out.stem)
            return make_take(maker, request, *place, colour=self.colour, progress=self.progress)
        from landfast.conduct.single import generate_ordered

        refuse_unrelated(self.material.first, self.material.last)
        return generate_ordered(
            maker, self.wanted, *place, colour=self.colour, progress=self.progress
        )


def make_take(
    maker: Generator,
    request: Request,
    material: Material,
    out: Path,
    *,
    colour: Colour,
    grid: Grid | None = None,
    patching: Patching | None = None,
    progress: Progress | None = None,
) -> Take:
    """Have one take made and written; the file appears whole or not at all.

    Args:
        maker: The generator.
        request: What is asked of it.
        material: The real frames.
        out: The file.
        colour: Its tags.
        grid: Frames as they are wanted, where a model's own are others; the request's without it.
        patching: The take that a part is laid into, where only that part is asked for.
        progress: Told how far the work is.

    Raises:
        Unsupported: The generator cannot honour the request; nothing was spent.
        GeneratorError: It did not deliver.
        InputError: The file cannot be written.
    """
    began = time.perf_counter()
    images = maker.make(request, material, progress=stage(progress, "generate"))
    asked = Grid(request.frames, request.fps, request.width, request.height)
    grid = grid or asked
    adjustments: tuple[str, ...] = ()
    if needs_fitting(maker) or patching is not None:
        fits = partial(fitted, material=material, length=grid.frames)
        fit = fits if needs_fitting(maker) else _as_it_is
        written, adjustments = _write_fitted(out, images, (asked, grid), colour, patching, fit)
    else:
        grid, written = asked, write_take(out, images, asked, colour)
    return Take(
        request=request.key,
        generator=request.generator,
        file=out.name,
        sha256=sha256_file(out),
        frames=written,
        width=grid.width,
        height=grid.height,
        cost_usd=maker.profile.cost_usd(request.frames / request.fps),
        took_s=round(time.perf_counter() - began, 3),
        adjustments=adjustments,
    )


def _as_it_is(images: Frames, _: int) -> tuple[Frames, tuple[str, ...]]:
    """What meets the anchors by construction."""
    return images, ()


def _write_fitted(
    out: Path,
    images: Iterable[Image],
    grids: tuple[Grid, Grid],
    colour: Colour,
    patching: Patching | None,
    fit: Callable[[Frames, int], tuple[Frames, tuple[str, ...]]],
) -> tuple[int, tuple[str, ...]]:
    """Write a take on the second grid, through a lossless file on its own."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".", suffix=".part") as folder:
        raw = Path(folder) / "take.mkv"
        count = write_take(raw, images, grids[0], colour)
        clip = probe(raw)

        def shown() -> Iterator[Image]:
            return (picture.rgb() for picture in decode(raw, clip))

        laid, words = fit(shown, count)
        if patching is None:
            return write_take(out, laid(), grids[1], colour), words
        patched, share = patching.lay(laid)
        return write_take(out, patched, grids[1], colour), (*words, share)


def _around(footage: Path | None, span: Span | None, width: int) -> _Around:
    if footage is None or span is None:
        return _Around()
    clip = probe(footage)
    gap = ends(clip, span)
    return _Around(
        clip,
        *around(footage, clip, gap, CONTEXT, width),
        Footage(clip=clip.content, span=span),
    )
