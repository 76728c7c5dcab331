"""The page as HTML: whole, self-contained, escaped, the same for the same view."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from typing import Any

import pytest

from landfast.ledger.rows import TakeRow
from landfast.report.look import data_uri
from landfast.report.page import PICTURE_BYTES, film_link, render
from landfast.report.view import Image, RunView, fit
from report import run_views as views
from report.markup import Page, parse

SECTIONS = ("film", "transitions", "unusable", "cost", "comparison", "timings", "made")
BUDGET = "the hard cap of $3.00 is reached; raise --budget and resume"
ALL: dict[str, Callable[[], RunView]] = {
    "full": views.full_view,
    "untouched": views.untouched_view,
    "refused": views.refused_view,
    "budget": lambda: views.stopped_view("budget spent", BUDGET),
    "interrupted": lambda: views.stopped_view("running", ""),
    "failed": lambda: views.stopped_view("failed", "karma.mp4: does not exist; check the path"),
    "nothing": RunView,
}


@pytest.fixture(scope="module", params=sorted(ALL))
def html(request: pytest.FixtureRequest) -> str:
    """Each kind of run."""
    return render(ALL[request.param]())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    """The same, read strictly."""
    return parse(html)


@pytest.fixture(scope="module")
def full() -> Page:
    """A run with everything in it."""
    return parse(render(views.full_view()))


def test_every_part_is_there_in_order(page: Page) -> None:
    found = [name for name in page.ids() if name in SECTIONS]
    assert found == list(SECTIONS)
    assert page.all("html")[0].attributes["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == 1


def test_headings_skip_no_level(page: Page) -> None:
    levels = [int(e.tag[1]) for e in page.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), levels


def test_no_address_leads_to_a_network(html: str, page: Page) -> None:
    for element in page.elements:
        for name in ("src", "href", "srcset", "action", "poster", "data", "xlink:href"):
            address = element.attributes.get(name, "#")
            assert address.startswith(("data:", "#", "./")), (element.tag, address)
    style = page.all("style")[0].text
    assert "url(" not in style and "@import" not in style
    assert not re.search(r"https?://", html)


def test_the_browser_is_told_to_load_nothing(page: Page) -> None:
    policy = next(
        e.attributes["content"]
        for e in page.all("meta")
        if e.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "'unsafe-inline'" not in policy.split("script-src")[1]


def test_the_policy_admits_this_script_and_no_other(html: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.S)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(page: Page) -> None:
    ids = page.ids()
    assert len(ids) == len(set(ids))
    targets = [e.attributes["href"] for e in page.all("a") if e.attributes["href"][0] == "#"]
    assert targets and {target[1:] for target in targets} <= set(ids)


def test_pictures_have_words_and_a_size(full: Page) -> None:
    pictures = full.all("img")
    assert len(pictures) == 12 + 2 + 9 + 1 + 2 * 9 + 1 + 2 * 2
    for picture in pictures:
        assert picture.attributes["alt"]
        assert int(picture.attributes["width"]) > 0 and int(picture.attributes["height"]) > 0
        assert picture.attributes["src"].startswith("data:image/jpeg;base64,")


def test_what_can_be_operated_has_a_name(full: Page) -> None:
    for element in [*full.all("input"), *full.all("svg")]:
        assert element.attributes["aria-label"]
    for element in full.elements:
        if element.attributes.get("tabindex") == "0":
            assert element.attributes["aria-label"]


def test_a_state_is_a_word_and_not_a_colour_alone(full: Page) -> None:
    badges = [e for e in full.elements if e.attributes.get("class", "").startswith("badge")]
    assert len(badges) > 20
    assert all(re.search(r"[a-z]{4}", badge.text) for badge in badges)


def test_the_same_view_gives_the_same_bytes() -> None:
    assert render(views.full_view()) == render(views.full_view())


def test_the_order_of_pictures_in_the_ledger_does_not_matter() -> None:
    view = views.full_view()
    assert render(view) == render(replace(view, images=view.images[::-1]))


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title></head>{{ 7*7 }}{% raw %}",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "&lt;b&gt; \u202e\u0000 <!--",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_stays_text(text: str) -> None:
    view = _hostile(text)
    html = render(view)
    page = parse(html)
    plain = parse(render(_hostile("harmless")))
    assert [e.tag for e in page.elements] == [e.tag for e in plain.elements]
    assert [list(e.attributes) for e in page.elements] == [
        list(e.attributes) for e in plain.elements
    ]
    if "\u0000" not in text:
        assert page.text.count(" ".join(text.split())) > 15
    assert "49" not in page.all("title")[0].text


def _hostile(text: str) -> RunView:
    """A run in which every free text is `text`."""
    view = views.full_view()
    gap = views.GAP.model_copy(update={"reason": text})
    fault = views.FAULTS[0].model_copy(update={"reason": text})
    made = views.generate()
    made = made.model_copy(
        update={
            "prompt": text,
            "negative_prompt": text,
            "gap": gap,
            "replaces": (fault,),
            "start": made.start.model_copy(update={"reason": text}),
            "end": made.end.model_copy(update={"reason": text}),
        }
    )
    plan = views.plan()
    refusal = plan.refusals[0].model_copy(update={"reason": text, "gap": gap})
    shot = plan.shots[0].model_copy(update={"reason": text})
    segments = (plan.segments[0], made, plan.segments[2])
    plan = plan.model_copy(
        update={
            "segments": segments,
            "refusals": (refusal,),
            "unusable": (fault,),
            "shots": (shot,),
            "clip_name": text,
        }
    )
    failed = views.take_view(3, state="failed", take=None, verdict=None, error=text)
    run = views.RUN.model_copy(
        update={
            "clip_path": text,
            "message": text,
            "machine": text,
            "versions": {text: text},
            "state": "failed",
        }
    )
    film = views.FILM.model_copy(update={"file": text, "audio": text, "reason": text})
    return replace(
        view,
        plan=plan,
        run=run,
        clip=views.clip(text),
        film=film,
        profile=views.PROFILE.model_copy(update={"title": text}),
        takes=(_judged(view.takes[0], text), view.takes[1], failed),
        series=(view.series[0].model_copy(update={"title": text, "unit": text}),),
    )


def _judged(take: TakeRow, text: str) -> TakeRow:
    assert take.verdict
    findings = tuple(
        one.model_copy(update={"reason": text, "unit": text}) for one in take.verdict.findings
    )
    return replace(take, verdict=take.verdict.model_copy(update={"findings": findings}))


def changed(view: RunView, part: str, **fields: Any) -> RunView:
    """The view with fields of one of its records changed."""
    record = getattr(view, part)
    return replace(view, **{part: record.model_copy(update=fields)})


def timed(view: RunView, index: int, **fields: Any) -> RunView:
    """The view with one timing changed."""
    rows = list(view.timings)
    rows[index] = rows[index].model_copy(update=fields)
    return replace(view, timings=tuple(rows))


NUMBERS: list[tuple[str, Callable[[RunView], RunView], str, str]] = [
    ("exact frames", lambda v: changed(v, "film", exact=327), "", "4 kept frames not bit"),
    ("analysis time", lambda v: timed(v, 1, seconds=7.77), "timings", "7.77 s"),
    ("latency a frame", lambda v: timed(v, 1, seconds=36.2), "comparison", "100 ms"),
    ("generation time", lambda v: timed(v, 3, seconds=33.0), "comparison", "1.00 s"),
    ("vision failures", lambda v: timed(v, 1, failures=17), "comparison", "17 of 362"),
    ("clip frames", lambda v: changed(v, "clip", width=1920), "made", "1920 × 480"),
    ("budget", lambda v: changed(v, "plan", budget_usd=Fraction(7, 2)), "", "budget of $3.50"),
    ("plan's price", lambda v: changed(v, "plan", cost_usd=Fraction(11, 8)), "cost", "$1.38"),
    ("film's hash", lambda v: changed(v, "film", sha256="ab" * 32), "made", "ab" * 32),
]


@pytest.mark.parametrize(
    ("change", "part", "text"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS]
)
def test_numbers_come_from_the_view(
    change: Callable[[RunView], RunView], part: str, text: str
) -> None:
    view = views.full_view()
    before, after = parse(render(view)), parse(render(change(view)))
    text = text.replace(" ", "\u00a0") if re.match(r"[\d.]+ m?s$", text) else text
    shown = after.section(part) if part else after.text
    earlier = before.section(part) if part else before.text
    assert before.text != after.text
    if text:
        assert " ".join(text.split()) in shown and " ".join(text.split()) not in earlier


def test_findings_show_state_value_limit_and_reason(full: Page) -> None:
    text = full.section("gap_0010")
    for words in ("4.21 px", "limit 1 px", "The rocks move 4.2 px", "not measured", "3.870 to"):
        assert words in text
    assert text.index("Scene One camera") < text.index("Endpoints The first")


def test_a_finding_changed_is_a_page_changed() -> None:
    view = views.full_view()
    verdict = view.takes[0].verdict
    assert verdict
    worse = verdict.findings[1].model_copy(update={"value": 9.87, "limit": 1.25})
    findings = (verdict.findings[0], worse, *verdict.findings[2:])
    take = replace(view.takes[0], verdict=verdict.model_copy(update={"findings": findings}))
    text = parse(render(replace(view, takes=(take, view.takes[1])))).text
    assert "9.87 px" in text and "limit 1.25 px" in text and "4.21 px" not in text


def test_what_was_recorded_beside_the_picture_is_told(full: Page) -> None:
    told = "Karma, 120 positions, path 81.3 m, height range 4.2 m, speed 5.1 to 7.4 m/s"
    assert "Recorded beside it" in full.text and told in full.text


def test_nothing_is_called_saved_without_a_film() -> None:
    text = parse(render(views.stopped_view("running", ""))).section("cost")
    assert "There is no film yet. The plan generates 31 of 362 frames" in text
    assert "100 %" not in text


def test_a_rejected_take_in_the_wipe_is_said_not_to_be_in_the_film() -> None:
    view = views.full_view()
    alone = replace(view, takes=view.takes[:1])
    assert "it is not in the film" in parse(render(alone)).section("gap_0010")
    assert "it is not in the film" not in parse(render(view)).section("gap_0010")


def test_the_page_stays_small_and_says_what_it_left_out() -> None:
    view = views.full_view(lambda about: b"x" * (60 * about.width))
    big = replace(view, images=tuple(Image(i.about, i.data * 8) for i in view.images))
    shown = fit(big, PICTURE_BYTES)
    assert sum(len(image.data) for image in shown.images) <= PICTURE_BYTES
    assert 0 < shown.images_left_out < len(big.images)
    html = render(big)
    assert len(html) < 6_000_000
    assert f"{shown.images_left_out} pictures left out" in parse(html).text


def test_pictures_of_rejected_takes_go_first() -> None:
    view = views.full_view()
    total = sum(len(image.data) for image in view.images)
    shown = fit(view, total - 1)
    gone = set(view.images) - set(shown.images)
    assert {image.about.subject for image in gone} == {view.takes[0].key}
    assert fit(view, total) == view


def test_data_uri_holds_the_bytes() -> None:
    image = views.full_view().images[0]
    head, _, body = data_uri(image).partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(body) == image.data


@pytest.mark.parametrize(
    ("file", "link"),
    [
        ("final.mp4", "./final.mp4"),
        ("a b/?#.mp4", "./a%20b/%3F%23.mp4"),
        ("/etc/passwd", ""),
        ("../else.mp4", ""),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
    ],
)
def test_the_film_is_linked_beside_the_page_only(file: str, link: str) -> None:
    assert film_link(views.FILM.model_copy(update={"file": file})) == link


def _palette(css: str, start: str) -> dict[str, str]:
    block = css[css.index(start) :]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})\b", block[: block.index("}")]))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("start", [":root {", "@media screen and (prefers-color-scheme: dark)"])
def test_words_stand_out_in_light_and_dark(start: str) -> None:
    css = (resources.files("landfast.report") / "style.css").read_text(encoding="utf-8")
    c = _palette(css, start)
    grounds = ("paper", "card", "well")
    pairs = [(ink, ground) for ink in ("ink", "soft", "link") for ground in grounds]
    pairs += [(tone, f"{tone}-well") for tone in ("pass", "fail", "unknown")]
    pairs += [("keep-ink", "keep"), ("made-ink", "made"), ("fail", "card")]
    for one, other in pairs:
        assert _contrast(c[one], c[other]) >= 4.5, (one, other, _contrast(c[one], c[other]))
    for mark in ("keep", "made", "fail"):
        assert _contrast(c[mark], c["card"]) >= 3, mark
