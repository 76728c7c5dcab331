"""`python -m benchmarks.gaps`: is the stated chance of acceptance borne out?

Stretches of real footage are cut out, bridged by `geometry` and judged by `verify`, their true
frames hidden from both. A chance is then stated for each take by coefficients that were fitted
without it, and set beside what came: on the *other* clips only, and on the other fifths of every
clip's time, which is how it is used on more footage of a kind that was seen. `--fit` prints the
coefficients of a fit on all clips, to be put into `src/landfast/vision/gap/chance.toml`.

Verdicts are kept in `benchmarks/out/gaps`; delete that folder after a change to `geometry` or
`verify`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from benchmarks.gaps.fit import Fitted, fit, reliability
from benchmarks.gaps.takes import AROUND, Outcome, Stretch, outcome, stretches, videos
from landfast.media.probe import probe
from landfast.model.measured import Gap
from landfast.vision.analysis.onepass import observe
from landfast.vision.analysis.table import FrameTable
from landfast.vision.gap.beside import motion_beside
from landfast.vision.gap.chance import FEATURES
from landfast.vision.gap.measure import End, measure_gap

GAPS = (8, 15, 30, 60, 90)
"""Frames from anchor to anchor."""
BUNDLED = Path(str(resources.files("landfast") / "data" / "karma.mp4"))


@dataclass(frozen=True)
class Row:
    """One take: what was measured beforehand, and what became of it."""

    clip: str
    start: int
    frames: int
    gap: Gap
    features: dict[str, float]
    outcome: Outcome

    @property
    def passed(self) -> bool:
        """True for a take that would have been accepted."""
        return self.outcome.state == "pass"


def main() -> int:
    """Make, judge, fit and print."""
    options = _options()
    paths = [BUNDLED, *(_others(options.footage) if options.footage else [])]
    rows = [row for path in paths for row in _rows(path, options)]
    bridged = [row for row in rows if row.features]
    _print_takes(rows)
    clips = sorted({row.clip for row in bridged})
    if len(clips) > 1:
        came = [row.passed for row in bridged]
        print("\nEach clip's chances stated by a fit on the others:")
        print("\n".join(reliability(_left_out(bridged, [row.clip for row in bridged]), came)))
        print("\nEach fifth of the clips by a fit on the other fifths:")
        print("\n".join(reliability(_left_out(bridged, _fifths(bridged)), came)))
    else:
        print("\none clip only: give --footage to hold clips out")
    if options.fit:
        print("\n" + _data(_fitted(bridged), bridged, clips))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gaps", description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of videos to use as well")
    parser.add_argument("--width", type=int, default=480, help="longer side of the takes")
    parser.add_argument("--starts", type=int, default=2, help="stretches a clip and gap length")
    parser.add_argument("--fit", action="store_true", help="print coefficients as TOML")
    return parser.parse_args()


def _others(folder: Path) -> list[Path]:
    """Videos of a folder but the one that is bundled."""
    return [path for path in videos(folder) if "karma" not in path.stem]


def _rows(path: Path, options: argparse.Namespace) -> Iterator[Row]:
    clip = probe(path)
    table: FrameTable | None = None
    for gap in GAPS:
        # Short clips would be cut into nearly the same stretch again and again.
        count = min(options.starts, max(1, clip.frames // 32))
        for stretch in stretches(path, gap, count, options.width):
            table = observe(path, clip).table if table is None else table
            yield _row(stretch, table, (clip.width, clip.height), options.width)
            print(f"{stretch.clip} {stretch.start}+{gap}", file=sys.stderr, flush=True)


def _row(stretch: Stretch, table: FrameTable, size: tuple[int, int], width: int) -> Row:
    first, last = stretch.start + AROUND, stretch.start + AROUND + stretch.gap
    across = stretch.anchors[0].shape[1]
    beside = motion_beside(table, first, last, size=size)
    ends = map(End.of, stretch.anchors)
    gap = measure_gap(*ends, frames=stretch.gap, seconds=stretch.gap / stretch.fps, beside=beside)
    features: dict[str, float] = {}
    if gap.state == "bridgeable" and beside.turn_px is not None:
        # Anchors are shrunk here, the motion beside them is in the clip's own pixels.
        wide = {"turn": size[0], "unsteady": size[0]}
        found = {name: read(gap, wide.get(name, across)) for name, read in FEATURES.items()}
        features = {name: value for name, value in found.items() if value is not None}
    return Row(stretch.clip, stretch.start, stretch.gap, gap, features, outcome(stretch, width))


def _fitted(rows: list[Row]) -> Fitted:
    return fit([row.features for row in rows], [row.passed for row in rows])


def _left_out(rows: list[Row], parts: Sequence[Hashable]) -> list[float]:
    """For each take the chance that a fit on all that lie in other parts states."""
    each = list(zip(rows, parts, strict=True))
    fits = {part: _fitted([row for row, other in each if other != part]) for part in set(parts)}
    return [fits[part].chance(row.features) for row, part in each]


def _fifths(rows: list[Row]) -> list[int]:
    """In which fifth of its clip the middle of each take lies, 0 to 4."""
    middles = [row.start + AROUND + row.frames / 2 for row in rows]
    ends = {
        clip: max(m for row, m in zip(rows, middles, strict=True) if row.clip == clip)
        for clip in {row.clip for row in rows}
    }
    return [min(4, int(5 * m / ends[row.clip])) for row, m in zip(rows, middles, strict=True)]


def _print_takes(rows: list[Row]) -> None:
    print(f"{'clip':32} takes bridgeable passed  failed checks")
    for clip in sorted({row.clip for row in rows}):
        own = [row for row in rows if row.clip == clip]
        good = [row for row in own if row.features]
        failed = sorted({check for row in good for check in row.outcome.failed})
        passed = sum(row.passed for row in good)
        print(f"{clip:32} {len(own):5} {len(good):10} {passed:6}  {', '.join(failed)}")
    others = [row for row in rows if not row.features]
    by = sorted({(row.gap.state, row.outcome.state) for row in others})
    for state, came in by:
        count = sum((row.gap.state, row.outcome.state) == (state, came) for row in others)
        print(f"judged {state!r} before, would have come out as {came!r}: {count}")


def _data(found: Fitted, rows: list[Row], clips: list[str]) -> str:
    lines = [
        f'fitted_on = "{date.today().isoformat()}"',
        f"takes = {len(rows)}",
        f"sources = {clips!r}".replace("'", '"'),
        f"bias = {found.bias:.4f}",
        "",
        "[terms]",
    ]
    lines += [
        f"{name} = {{ weight = {found.weights[name]:.4f}, low = {found.low[name]:.4f} }}"
        for name in sorted(found.weights)
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
