"""How models read control videos, as data."""

from __future__ import annotations

from fractions import Fraction

import pytest

from landfast.errors import InputError
from landfast.generators.conventions import (
    OWN,
    convention_for,
    convention_of,
    shipped_conventions,
)
from landfast.generators.profiles import shipped_profiles
from landfast.model.profile import Profile

RATE = Fraction(30000, 1001)


def _profile(name: str) -> Profile:
    return next(one for one in shipped_profiles() if one.name == name)


def test_no_name_is_the_footages_own_grid():
    assert convention_for("", (), RATE) is OWN
    assert (OWN.fps, OWN.size_multiple, OWN.container) == (None, 1, "mkv")


def test_vace_is_as_its_guide_says():
    vace = convention_for("vace", (), RATE)
    assert vace.size_multiple == 16
    assert vace.fps == 16
    assert (vace.frame_rule.step, vace.frame_rule.offset) == (4, 1)
    assert vace.mask_polarity == "white is generated"
    assert vace.unknown_level == 127
    assert vace.depth_polarity == "near is bright"
    assert {"depth", "edges", "mask", "source"} <= set(vace.takes)


def test_ltx_is_on_its_own_grid():
    ltx = convention_for("LTX-2", (), RATE)
    assert (ltx.size_multiple, ltx.frame_rule.step, ltx.frame_rule.offset) == (32, 8, 1)
    assert "source" not in ltx.takes


@pytest.mark.parametrize("one", shipped_conventions(), ids=lambda one: one.name)
def test_every_convention_agrees_with_itself(one):
    assert one.source
    assert one.read_on is not None
    assert one.takes
    for width, height in one.sizes:
        assert width % one.size_multiple == height % one.size_multiple == 0
        assert width >= height
        assert width % 2 == height % 2 == 0
    assert one.frame_rule.fit(one.frame_rule.least) == one.frame_rule.least
    if one.frame_rule.most is not None:
        assert one.frame_rule.fit(one.frame_rule.most) == one.frame_rule.most


def test_names_and_aliases_are_used_once():
    names = [name for one in shipped_conventions() for name in (one.name, *one.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["vace", "VACE", "wan_vace", "wan-vace-14b", " vace "])
def test_a_family_answers_to_its_aliases(name):
    assert convention_for(name, (), RATE).name == "vace"


def test_a_profile_brings_its_grid_and_its_family_the_levels():
    found = convention_for("fal:wan-vace-14b", shipped_profiles(), RATE)
    profile = _profile("fal:wan-vace-14b")
    assert found.name == profile.name
    assert found.frame_rule == profile.frame_rule
    assert found.unknown_level == 127
    assert found.takes


def test_a_profile_of_no_family_takes_no_controls():
    found = convention_of(_profile("runway:veo3.1"), RATE)
    assert (found.fps, found.takes) == (24, {})
    assert found.durations_s == _profile("runway:veo3.1").durations_s


def test_where_a_profile_leaves_the_rate_the_nearest_is_taken():
    profile = _profile("runway:veo3.1").model_copy(
        update={"fps": (Fraction(24), Fraction(30), Fraction(60))}
    )
    assert convention_of(profile, RATE).fps == 30


def test_unknown_models_are_refused_with_the_known_ones():
    with pytest.raises(InputError, match="no model 'sora'; choose from vace, "):
        convention_for("sora", shipped_profiles(), RATE)
