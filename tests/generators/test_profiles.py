"""Models as data: the package's, and the user's own."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from landfast.cli.prices import old_price
from landfast.errors import InputError
from landfast.generators.profiles import (
    known_profiles,
    remote_profile,
    shipped_profile,
    shipped_profiles,
)

CHANGED = """
[[profile]]
generator = "luma"
model = "ray-3.2"
concurrency = 7
sizes = [{ name = "720p", width = 1280, height = 720, usd_per_second = "1/2" }]
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDFAST_PROFILES", str(tmp_path / "mine.toml"))
    return tmp_path / "mine.toml"


def test_an_entry_that_names_a_known_model_holds_only_what_differs(mine):
    mine.write_text(CHANGED)
    found = remote_profile("luma", "ray-3.2")
    assert found.concurrency == 7
    assert found.sized(1920, 1080).cost_usd(Fraction(5)) == Fraction(5, 2)
    assert found.durations_s == shipped_profile("luma").durations_s
    assert len(known_profiles()) == len(shipped_profiles())


def test_landfast_toml_counts_too_and_the_named_file_comes_last(mine):
    (mine.parent / "landfast.toml").write_text(CHANGED)
    mine.write_text(CHANGED.replace("7", "3", 1))
    assert remote_profile("luma", "ray-3.2").concurrency == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[profile]", "not TOML"),
        ("profile = 3", r"write them as \[\[profile\]\]"),
        ('[[profile]]\ngenerator = "luma"\nmodel = "new"\n', "new model needs all"),
        (CHANGED.replace("concurrency", "concurency"), "concurency"),
    ],
)
def test_mistakes_are_named_with_their_file(mine, text, words):
    mine.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        known_profiles()
    assert "mine.toml" in str(caught.value)


def test_models_and_sizes_that_are_not_there_list_those_that_are():
    with pytest.raises(InputError, match=r"choose from ray-3\.2"):
        remote_profile("luma", "ray-9")
    with pytest.raises(InputError, match="it makes 360p, 540p"):
        remote_profile("luma", "ray-3.2@8k")


def test_an_old_price_says_so():
    found = shipped_profile("luma")
    assert found.price is not None
    stale = found.price.model_copy(update={"read_on": date.today() - timedelta(days=91)})
    fresh = found.price.model_copy(update={"read_on": date.today() - timedelta(days=89)})
    assert "91 days old" in old_price(found.model_copy(update={"price": stale}))
    assert old_price(found.model_copy(update={"price": fresh})) == ""


def test_every_service_says_how_its_pictures_travel_and_when_its_price_was_read():
    for one in shipped_profiles():
        if one.usable and one.price is not None:
            assert one.transports, one.name
            assert one.poll_s > 0
            assert one.price.source


def test_the_users_one_price_holds_for_every_size(mine):
    own = 'price = { usd_per_second = "1/2", read_on = "2026-11-22", source = "my invoice" }'
    mine.write_text(f'[[profile]]\ngenerator = "luma"\nmodel = "ray-3.2"\n{own}\n')
    for size in ("360p", "1080p"):
        price = remote_profile("luma", f"ray-3.2@{size}").price
        assert price is not None and price.usd_per_second == Fraction(1, 2)
    assert remote_profile("luma", "ray-3.2").billed_s(Fraction(10)) == 10


def test_ten_seconds_of_ray_cost_three_times_five():
    found = remote_profile("luma", "ray-3.2@720p").sized(1280, 720)
    assert found.cost_usd(Fraction(4)) == Fraction("0.3")
    assert found.cost_usd(Fraction(7)) == Fraction("0.9")
