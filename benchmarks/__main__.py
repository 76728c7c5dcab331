"""`python -m benchmarks`: every benchmark in turn, in the quick setting that `make bench` uses."""

from __future__ import annotations

import subprocess
import sys
import time

BENCHMARKS = (
    ("analyze: speed at 4K beside the bare decode, memory over length", "benchmarks.analysis"),
    ("register: error at the corners of 4K pairs beside peers", "benchmarks.registration"),
    ("frames: a still a second beside ffmpeg", "benchmarks.stills"),
    ("generate: the geometry generator beside minterpolate", "benchmarks.interpolation"),
    ("generate: the verifier on its takes and on cross-dissolves", "benchmarks.verdicts"),
    ("plan: are the stated chances borne out", "benchmarks.gaps"),
    ("plan: what keeping the real frames saves", "benchmarks.savings"),
    ("controls: depth against exact truth, beside two-view stereo", "benchmarks.depth"),
    ("labels and edges against exact truth, beside simple peers", "benchmarks.labels"),
    ("horizon against exact truth, beside Hough", "benchmarks.horizon"),
    ("lock: swim left in overlays beside peers", "benchmarks.lock"),
    ("seams: spoilt takes brought back to the footage", "benchmarks.seams"),
    ("verify: seconds a frame at 960 wide", "benchmarks.verify.speed"),
    ("compose: a 4K film beside a plain transcode", "benchmarks.compose"),
    ("verify: faults found and clean takes passed, beside simple metrics", "benchmarks.verify"),
)


def main() -> int:
    """Run each benchmark in a process of its own, so that none warms another's caches."""
    failed = []
    for title, module in BENCHMARKS:
        print(f"\n== {title}\n   python -m {module}\n", flush=True)
        began = time.perf_counter()
        if subprocess.run([sys.executable, "-m", module], check=False).returncode:
            failed.append(module)
        print(f"\n   {module} took {time.perf_counter() - began:.0f} s", flush=True)
    if failed:
        print(f"did not finish: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
