"""Records to put into a ledger."""

from fractions import Fraction
from pathlib import Path
from typing import Literal

from landfast.media.files import sha256_file
from landfast.model.outcome import Run
from landfast.model.take import Request, Take
from landfast.model.verdict import Verdict


def run_record() -> Run:
    return Run(
        clip_path="clip.mp4",
        started="2026-01-01T00:00:00+00:00",
        state="running",
        threads=0,
        versions={"landfast": "0"},
        machine="test",
    )


def request(segment: str, seed: int = 0) -> Request:
    return Request(
        segment=segment,
        generator="fake",
        first="a",
        last="b",
        constraints=(),
        width=4,
        height=2,
        frames=5,
        fps=Fraction(30),
        seed=seed,
    )


def done_take(folder: Path, asked: Request, cost: Fraction = Fraction(0)) -> Take:
    """A take whose file lies in the folder."""
    file = f"{asked.key[:8]}.mkv"
    (folder / file).write_bytes(asked.key.encode())
    return Take(
        request=asked.key,
        generator="fake",
        file=file,
        sha256=sha256_file(folder / file),
        frames=5,
        width=4,
        height=2,
        cost_usd=cost,
        took_s=0.5,
    )


def verdict(state: Literal["pass", "fail", "unknown"]) -> Verdict:
    score = {"pass": 0.1, "fail": 0.9, "unknown": 0.5}[state]
    return Verdict(state=state, score=score, coverage=0.8, findings=(), frames=())
