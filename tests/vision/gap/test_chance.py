"""The calibration that ships, and how a chance comes from it."""

from __future__ import annotations

from datetime import date

import pytest

from landfast.vision.gap.chance import FEATURES, Calibration, Term, calibration, chance_of
from planning.footage import gap_of

GAP = {"frames": 30, "turn_px": 1.0, "unsteady_px": 0.3, "overlap": 0.8}


def test_what_ships_says_where_it_comes_from():
    known = calibration()
    assert date.fromisoformat(known.fitted_on) >= date(2026, 11, 1)
    assert known.takes >= 80
    assert len(known.sources) >= 3
    assert set(known.terms) <= set(FEATURES)
    assert all(term.weight <= 0 for term in known.terms.values()), "harder is never likelier"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("frames", (8, 30, 120)),
        ("turn_px", (0.1, 3.0, 30.0)),
        ("unsteady_px", (0.1, 3.0, 30.0)),
        ("overlap", (1.0, 0.6, 0.2)),
    ],
)
def test_a_harder_gap_is_not_likelier(name, values):
    chances = [chance_of(gap_of(**{**GAP, name: value}), width=854) for value in values]
    assert all(chance is not None and 0 < chance < 1 for chance in chances)
    assert chances == sorted(chances, reverse=True)


NEEDED = {"length": "frames", "turn": "turn_px", "unsteady": "unsteady_px", "unmatched": "overlap"}


@pytest.mark.parametrize("term", FEATURES)
def test_what_is_not_known_is_not_guessed(term):
    known = Calibration(3.0, {term: Term(-0.5, low=0.0)}, 100, "2026-11-22", ())
    assert 0 < known.chance(gap_of(**GAP), 854) < 1
    assert known.chance(gap_of(**{**GAP, NEEDED[term]: None}), 854) is None


def test_motion_counts_in_shares_of_the_width():
    small = chance_of(gap_of(**GAP), width=640)
    large = chance_of(gap_of(**{**GAP, "turn_px": 4.0, "unsteady_px": 1.2}), width=2560)
    assert small == pytest.approx(large)


def test_an_easier_gap_than_any_seen_gains_nothing():
    known = Calibration(3.0, {"length": Term(-0.5, low=3.0)}, 100, "2026-11-22", ())
    chances = [known.chance(gap_of(frames=frames), 854) for frames in (2, 8, 16, 64)]
    assert chances[0] == chances[1] > chances[2] > chances[3]
    assert chances[1] == pytest.approx(0.8176, abs=1e-4)
