"""`python -m benchmarks [NAME …]`: those benchmarks in turn; all of them, as in `make bench`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

BENCHMARKS = {
    "analysis": "analyze: speed at 4K beside the bare decode, memory over length",
    "registration": "register: error at the corners of 4K pairs beside peers",
    "stills": "frames: a still a second beside ffmpeg",
    "interpolation": "generate: the geometry generator beside minterpolate",
    "verdicts": "generate: the verifier on its takes and on cross-dissolves",
    "gaps": "plan: are the stated chances borne out",
    "savings": "plan: what keeping the real frames saves",
    "depth": "controls: depth against exact truth, beside two-view stereo",
    "labels": "labels and edges against exact truth, beside simple peers",
    "horizon": "horizon against exact truth, beside Hough",
    "lock": "lock: swim left in overlays beside peers",
    "seams": "seams: spoilt takes brought back to the footage",
    "verify.speed": "verify: seconds a frame at 960 wide",
    "compose": "compose: a 4K film beside a plain transcode",
    "verify": "verify: faults found and clean takes passed, beside simple metrics",
}
"""Module of this package to what it measures, in the order in which they run."""


def main() -> int:
    """Run each benchmark in a process of its own, so that none warms another's caches."""
    failed = []
    for name in _wanted():
        module = f"benchmarks.{name}"
        print(f"\n== {BENCHMARKS[name]}\n   python -m {module}\n", flush=True)
        began = time.perf_counter()
        if subprocess.run([sys.executable, "-m", module], check=False).returncode:
            failed.append(module)
        print(f"\n   {module} took {time.perf_counter() - began:.0f} s", flush=True)
    if failed:
        print(f"did not finish: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _wanted() -> list[str]:
    """Names from the command line, all where there are none."""
    width = max(map(len, BENCHMARKS))
    listed = "\n".join(f"  {name:{width}}  {title}" for name, title in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Prints the figures that README and docs quote, beside their peers. All of it "
        "takes more than an hour on two cores.",
        epilog=f"benchmarks:\n{listed}\n\n`python -m benchmarks.NAME --help` lists the options of "
        "one that has any.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="which to run; all by default")
    names: list[str] = parser.parse_args().names
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(
            f"error: {unknown[0]}: no such benchmark; choose from {', '.join(BENCHMARKS)}",
            file=sys.stderr,
        )
        sys.exit(2)
    return names or list(BENCHMARKS)


if __name__ == "__main__":
    sys.exit(main())
