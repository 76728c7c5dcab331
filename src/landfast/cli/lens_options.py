"""Options of lens and shutter."""

from __future__ import annotations

from math import isfinite
from typing import Annotated

import typer

from landfast.errors import InputError

AUTO = "auto"

DistortionTerms = Annotated[
    str,
    typer.Option(
        "--distortion", metavar="auto|K1,K2",
        help="Lens: r' = r (1 + K1 r^2 + K2 r^4), radii in focal lengths (see --focal); 0 for "
        "none. auto looks for it in the footage's motion.",
    ),
]  # fmt: skip
Shutter = Annotated[
    str,
    typer.Option(
        "--rolling-shutter", metavar="auto|MS",
        help="Milliseconds in which the sensor reads a frame's rows; 0 for all at once. auto "
        "looks for it in how the footage shakes.",
    ),
]  # fmt: skip


def readout(text: str) -> float | None:
    """Seconds; None where they are to be looked for.

    Raises:
        InputError: Neither auto nor a time.
    """
    if text == AUTO:
        return None
    try:
        time = float(text)
    except ValueError:
        time = -1.0
    if not isfinite(time) or time < 0:
        remedy = "write milliseconds, 0 for none, or auto"
        raise InputError("is no time", subject=f"--rolling-shutter {text}", remedy=remedy)
    return time / 1000


def two_numbers(option: str, text: str) -> tuple[float, float]:
    """Two numbers with a comma between; the second is 0 where only one is given for a lens.

    Raises:
        InputError: They are not.
    """
    try:
        first, *rest = (float(part) for part in text.split(","))
        if len(rest) > 1 or (not rest and option == "--at") or not isfinite(sum(rest, first)):
            raise ValueError(text)
    except ValueError as error:
        remedy = "write it as X,Y in pixels" if option == "--at" else "write it as K1,K2, or auto"
        raise InputError("is not two numbers", subject=f"{option} {text}", remedy=remedy) from error
    return first, (rest[0] if rest else 0.0)
