"""Names, profiles and third-party generators."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import EntryPoint

import pytest

from landfast.errors import InputError
from landfast.generators import registry
from landfast.generators.base import Image, Material, Progress
from landfast.generators.profiles import shipped_profile, shipped_profiles
from landfast.generators.registry import names, open_generator, profiles
from landfast.model.profile import Profile
from landfast.model.take import Request


class Mirror:
    """What another package would bring."""

    def __init__(self, model: str = "") -> None:
        changes = {"generator": "mirror", "model": model, "title": "Mirror"}
        self.profile: Profile = shipped_profile("geometry").model_copy(update=changes)

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        return iter([material.first] * request.frames)


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more entry points: one that works and one whose package is broken."""
    real = registry.entry_points

    def more(*, group: str) -> list[EntryPoint]:
        return [
            *real(group=group),
            EntryPoint("mirror", f"{__name__}:Mirror", group),
            EntryPoint("broken", "no_such_package:Generator", group),
        ]

    monkeypatch.setattr(registry, "entry_points", more)


def test_geometry_and_fake_come_with_landfast():
    assert {"fake", "geometry"} <= set(names())
    assert open_generator("geometry").profile.name == "geometry"
    assert open_generator("fake:flicker").profile.name == "fake:flicker"
    assert open_generator("fake").profile.name == "fake:good"


def test_another_package_adds_one(brought):
    assert "mirror" in names()
    assert open_generator("mirror:small").profile.name == "mirror:small"


def test_a_broken_package_is_named(brought):
    with pytest.raises(InputError, match="generator 'broken' cannot be loaded"):
        open_generator("broken")


def test_an_unknown_name_lists_the_known():
    with pytest.raises(InputError, match=r"no generator 'geomtry'; choose from .*geometry, luma"):
        open_generator("geomtry")


def test_a_price_only_name_says_so(monkeypatch):
    dear = shipped_profile("geometry").model_copy(update={"generator": "dear", "usable": False})
    monkeypatch.setattr(registry, "known_profiles", lambda: (dear,))
    with pytest.raises(InputError, match="stands in the list for its price alone"):
        open_generator("dear:model")


def test_profiles_list_usable_ones_first_and_once():
    listed = profiles()
    usable = [profile.usable for profile in listed]
    assert usable == sorted(usable, reverse=True)
    assert len({profile.name for profile in listed}) == len(listed)


def test_profiles_of_added_generators_are_listed(brought, monkeypatch):
    monkeypatch.setattr(registry, "names", lambda: ("geometry", "mirror"))
    assert "mirror" in {profile.generator for profile in profiles()}


def test_what_has_no_adapter_is_not_usable_and_the_rest_is():
    for profile in shipped_profiles():
        assert profile.usable == (profile.generator in names()), profile.name


def test_every_price_has_a_date_and_a_source():
    priced = [one.price for one in shipped_profiles() if one.price is not None]
    assert len(priced) >= 5
    assert all(price.usd_per_second > 0 and len(price.source) > 10 for price in priced)


@pytest.mark.parametrize(
    ("name", "seconds", "cost"),
    [
        ("luma:ray-3.2", Fraction(1), Fraction(6, 100)),
        ("luma:ray-3.2", Fraction(7), Fraction(18, 100)),
        ("luma-legacy:ray-2", Fraction(2), Fraction(71, 100)),
        ("runway:gen4.5", Fraction(5, 2), Fraction(36, 100)),
        ("runway:veo3.1", Fraction(5), Fraction(24, 10)),
        ("fal:wan-vace-14b", Fraction(1), Fraction(405, 1000)),
    ],
)
def test_list_prices_are_billed_by_their_quantum(name, seconds, cost):
    profile = next(one for one in shipped_profiles() if one.name == name)
    assert profile.cost_usd(seconds) == cost


def test_a_size_may_be_named_without_a_model():
    assert {one.name for one in open_generator("luma@360p").profile.sizes} == {"360p"}
    with pytest.raises(InputError, match="makes no '9p'"):
        open_generator("luma@9p")
