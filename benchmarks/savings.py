"""What keeping the real frames saves: plans for real clips, beside generating everything.

For each clip and each priced model: the share of frames that stay real, and what the plan costs
beside generating the whole clip anew and beside buying one take for each fault without choosing
anchors, the billing quantum taken into account. Practitioners speak of 70 % saved.

    python -m benchmarks.savings [--footage DIR] [--faulty 0.1]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import as_file, files
from pathlib import Path

from landfast.conduct.analyse import Analysed, analyse
from landfast.conduct.planner import PlanOptions, plan_measured
from landfast.errors import LandfastError
from landfast.generators.registry import profiles
from landfast.model.plan import Plan
from landfast.model.time import Span

FAULT_S = Fraction(1)
"""Length of a planted fault."""


def main() -> None:
    """Print the table."""
    options = _options()
    saved: list[float] = []
    print(
        f"{'clip':<26} {'model':<22} {'kept':>6} {'plan $':>8} {'all $':>8} {'gaps $':>8}"
        f" {'saved on all':>13} {'on gaps':>8}"
    )
    for path in _clips(options.footage):
        try:
            measured = analyse(path)
        except LandfastError as error:
            print(f"{path.name:<26} {error}")
            continue
        spans = _planted(measured.clip.duration, options.faulty)
        for model in _models():
            saved += _row(measured, spans, model)
    if saved:
        print(
            f"\nsaved on generating everything: median {statistics.median(saved):.0%}, "
            f"{min(saved):.0%} to {max(saved):.0%}, {len(saved)} plans; practitioners say 70 %"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.savings", description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of videos to plan for as well")
    parser.add_argument(
        "--faulty", type=float, default=0.1, help="share of each clip that is to be replaced"
    )
    return parser.parse_args()


def _clips(folder: Path | None) -> Iterator[Path]:
    with as_file(files("landfast") / "data" / "karma.mp4") as bundled:
        yield bundled
    if folder is not None:
        yield from sorted(folder.rglob("*.mp4"))


def _planted(duration: Fraction, share: float) -> tuple[Span, ...]:
    """Faults of a second, evenly over the clip, that cover the share."""
    count = max(1, round(float(duration) * share / float(FAULT_S)))
    step = duration / count
    middles = [step * k + step / 2 for k in range(count)]
    half = min(FAULT_S, duration / 3) / 2
    return tuple(Span(start=middle - half, stop=middle + half) for middle in middles)


def _models() -> list[str]:
    """One model of each service that has a price."""
    found: dict[str, str] = {}
    for profile in profiles():
        if profile.usable and profile.price is not None and profile.generator != "fake":
            found.setdefault(profile.generator, profile.name)
    return list(found.values())


def _row(measured: Analysed, spans: tuple[Span, ...], model: str) -> list[float]:
    try:
        plan = plan_measured(measured, PlanOptions(replace=spans, generator=model))
    except LandfastError as error:
        print(f"{measured.path.name:<26} {model:<22} {error}")
        return []
    if not plan.generated:
        print(f"{measured.path.name:<26} {model:<22} refused: {plan.refusals[0].reason}")
        return []
    clip = measured.clip
    generated = sum(len(clip.indices_in(segment.span)) for segment in plan.generated)
    whole, gaps = (_against(plan, model, way) for way in ("everything", "each gap"))
    cost = float(plan.cost_usd)
    print(
        f"{measured.path.name:<26} {model:<22} {1 - generated / clip.frames:>6.1%} {cost:>8.2f} "
        f"{whole:>8.2f} {gaps:>8.2f} {1 - cost / whole:>13.0%} {1 - cost / gaps:>8.0%}"
    )
    return [1 - cost / whole]


def _against(plan: Plan, model: str, way: str) -> float:
    return next(
        float(one.cost_usd) for one in plan.naive if one.way == way and one.profile == model
    )


if __name__ == "__main__":
    main()
