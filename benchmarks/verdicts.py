"""What the verifier says of `geometry` takes, and of the cross-dissolve of the same anchors.

    python -m benchmarks.verdicts [--clip PATH]... [--gap 30]... [--starts 4]

The first should pass and the second be rejected. The verifier sees the real frames on both sides,
as in a run, and never the frames inside the gap.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.bridged import geometry
from benchmarks.interpolation import Frames, blend, bundled, starts
from landfast.errors import Unsupported
from landfast.media.probe import probe
from landfast.verify import FootageFrames, TakeFrames, judge

Image = NDArray[np.uint8]
AROUND = 12
"""Real frames on either side that the verifier sees."""


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each gap; 1 where a verdict is not what it should be."""
    options = _options(arguments)
    wrong = 0
    for path in options.clip or [bundled()]:
        frames, fps = Frames(path), probe(path).fps
        for gap in options.gap or [15, 30, 60]:
            for start in starts(frames.count, gap, options.starts):
                wrong += _line(path.name, frames, fps, start, gap)
    print(f"{wrong} of these verdicts are not what they should be")
    return 1 if wrong else 0


def _line(name: str, frames: Frames, fps: Fraction, start: int, gap: int) -> int:
    material = frames.material(start, gap)
    anchors = material.first, material.last
    footage = FootageFrames(
        frames.images(start - AROUND, start),
        frames.images(start + gap + 1, start + gap + 1 + AROUND),
        fps,
        Fraction(gap) / fps,
    )
    try:
        made = geometry(material, gap)
    except Unsupported as error:
        print(f"{name} {start:>5} {gap:>3}  {error}")
        return 0
    states = {}
    for way, inner in (("geometry", made), ("cross-dissolve", blend(*anchors, gap))):
        take = TakeFrames([anchors[0], *inner, anchors[1]], fps)
        verdict = judge(take, start=anchors[0], end=anchors[1], footage=footage).verdict
        failed = sorted({one.check for one in verdict.findings if one.state == "fail"})
        states[way] = verdict.state, ", ".join(failed)
    said = "; ".join(f"{way}: {state} {failed}".rstrip() for way, (state, failed) in states.items())
    print(f"{name} {start:>5} {gap:>3}  {said}", flush=True)
    return (states["geometry"][0] != "pass") + (states["cross-dissolve"][0] != "fail")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clip", type=Path, action="append", help="may be given several times")
    parser.add_argument("--gap", type=int, action="append", help="15, 30 and 60")
    parser.add_argument("--starts", type=int, default=4, help="gaps spread over the clip")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
