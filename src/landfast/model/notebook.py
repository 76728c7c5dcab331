"""How records show themselves in a notebook: a heading and plain tables, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape

Row = Sequence[object]


def shown(title: str, *tables: str) -> str:
    """A heading over tables, as HTML."""
    return f"<div><h4>{escape(title)}</h4>{''.join(tables)}</div>"


def pairs(rows: Iterable[tuple[str, object]]) -> str:
    """Names and values, a row each; values that are None are left out."""
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(str(value))}</td></tr>"
        for name, value in rows
        if value is not None
    )
    return f"<table>{body}</table>"


def grid(header: Sequence[str], rows: Iterable[Row]) -> str:
    """A table with a header; None becomes a dash."""
    head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in header)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td style='text-align:left'>{'–' if cell is None else escape(str(cell))}</td>"
            for cell in row
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def seconds(value: Fraction | float) -> str:
    """Seconds with three decimals."""
    return f"{float(value):.3f} s"
