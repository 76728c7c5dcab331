"""Numbers as people read them. A quantity that is None is never shown as a number."""

from __future__ import annotations

import math
from fractions import Fraction

NBSP = "\u00a0"
"""No-break space, between a number and its unit."""
UNKNOWN = "not measured"

Number = float | Fraction


def number(value: Number | None, *, digits: int = 3) -> str:
    """Three significant digits, without an exponent where it can be helped; 0.05, not 0.0500."""
    if value is None:
        return UNKNOWN
    if value == 0 or not math.isfinite(value):
        return f"{float(value):.0f}"
    places = digits - 1 - math.floor(math.log10(abs(float(value))))
    if places > 6:
        return f"{float(value):.1e}"
    text = f"{float(value):.{max(0, places)}f}"
    return text.rstrip("0") if places > digits else text


def quantity(value: Number | None, unit: str = "") -> str:
    """A number with its unit; a share is shown in percent."""
    if unit == "share" and value is not None:
        return f"{number(value * 100)}{NBSP}%"
    text = number(value)
    return text if value is None or not unit else f"{text}{NBSP}{unit}"


def limit(value: Number | None, unit: str = "") -> str:
    """A limit as somebody set it: `1 px`, not `1.00 px`."""
    if value is None:
        return "no limit"
    if unit == "share":
        value, unit = value * 100, "%"
    return f"{float(value):.4g}{NBSP}{unit}".rstrip(NBSP)


def clock(time: Number) -> str:
    """A time within the clip: `4.033 s`, from a minute on `2:05.250`."""
    thousandths = round(time * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    seconds = f"{rest // 1000}.{rest % 1000:03d}"
    return f"{minutes}:{seconds.zfill(6)}" if minutes else f"{seconds}{NBSP}s"


def between(start: Number, stop: Number) -> str:
    """A span: `3.500 to 4.500 s`."""
    return f"{clock(start).removesuffix(NBSP + 's')} to {clock(stop)}"


def took(seconds: float | None) -> str:
    """How long something took, from microseconds to hours."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return quantity(seconds * 1000, "ms")
    if seconds < 60:
        return quantity(seconds, "s")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d}{NBSP}s"


def share(part: Number | None, whole: Number = 1) -> str:
    """Percent with one decimal; only all is `100 %` and only nothing is `0 %`."""
    if part is None or whole == 0:
        return UNKNOWN
    ratio = float(part / whole)
    if ratio in (0.0, 1.0):
        return f"{ratio * 100:.0f}{NBSP}%"
    if 0 < ratio < 0.001:
        return f"under 0.1{NBSP}%"
    shown = round(ratio * 100, 1)
    if shown >= 100 and ratio < 1:
        shown = 99.9
    return f"{shown:.1f}{NBSP}%"


def money(usd: Number | None) -> str:
    """US dollars, to the cent; below a cent with the digits it takes."""
    if usd is None:
        return "unknown"
    if 0 < abs(float(usd)) < 0.01:
        return f"${number(usd, digits=2)}"
    return f"${float(usd):,.2f}"


def day_and_time(stamp: str) -> str:
    """A recorded moment, `2026-11-23 06:20:59 UTC`."""
    return stamp.replace("T", " ").replace("+00:00", " UTC")


def seconds(value: Number) -> str:
    """A round number of seconds, as services bill them."""
    return f"{float(value):.4g}{NBSP}s"


def sentence(text: str) -> str:
    """A reason as a sentence: a capital first, a full stop last."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def count(amount: int, noun: str) -> str:
    """`1 take`, `2 takes`."""
    return f"{amount:,}{NBSP}{noun if amount == 1 else noun + 's'}"
