"""Takes of real generators, judged on their two anchors."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from landfast.media.stills import load_image
from landfast.verify import TakeFrames, judge


def generated(folder: Path) -> Iterator[str]:
    """One line a take: what was said about it."""
    for start in sorted(folder.glob("*.start.png")):
        name = start.name.removesuffix(".start.png")
        takes = [p for p in folder.glob(f"{name}.*") if p.suffix in {".gif", ".mp4"}]
        for path in takes:
            with av.open(str(path)) as container:
                rate = Fraction(container.streams.video[0].average_rate or 8)
                frames = [p.to_ndarray(format="rgb24") for p in container.decode(video=0)]
            found = judge(
                TakeFrames(frames, rate),
                start=load_image(start),
                end=load_image(folder / f"{name}.end.png"),
            ).verdict
            failed = [
                f"{f.check} {f.value} of {f.limit}" for f in found.findings if f.state == "fail"
            ]
            yield f"  {path.name}: {found.state}, score {found.score:.2f}: {'; '.join(failed)}"
