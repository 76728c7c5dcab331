"""The look that all pages share: templates with everything escaped, style and script inlined."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from landfast.report import numbers
from landfast.report.charts import extent
from landfast.report.view import Image

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """Templates with everything escaped, undefined names refused, and the look of all pages."""
    # Loaded here: pages are written last, and not by every command.
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    env = Environment(
        loader=PackageLoader("landfast.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        src=data_uri,
        clock=numbers.clock,
        took=numbers.took,
        share=numbers.share,
        money=numbers.money,
        number=numbers.number,
        quantity=numbers.quantity,
        count=numbers.count,
        extent=extent,
        seconds=numbers.seconds,
        sentence=numbers.sentence,
        day_and_time=numbers.day_and_time,
        limit=numbers.limit,
    )
    script = _asset("page.js")
    env.globals.update(
        between=numbers.between,
        style=Markup(_asset("style.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return env


def data_uri(image: Image) -> str:
    """A picture as a `data:` address."""
    return f"data:{image.about.media_type};base64,{base64.b64encode(image.data).decode()}"


def _asset(name: str) -> str:
    return (resources.files("landfast.report") / name).read_text(encoding="utf-8")
