"""Which takes a study asks for, and what it refuses before it spends."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from landfast.conduct.study.brief import StudyBrief, StudyOptions, parse_seeds, read_prompts
from landfast.conduct.study.grid import cells, refuse_beyond_budget
from landfast.errors import BudgetSpent, InputError, Unsupported
from landfast.generators.profiles import shipped_profile

SEEDED = shipped_profile("fake").model_copy(update={"prompt": True})
SEEDLESS = shipped_profile("geometry")
CLIP = Path("clip.mp4")


def brief(**options: object) -> StudyBrief:
    return StudyBrief.of(CLIP, StudyOptions(**{"generators": ("fake",)} | options))


def planned(asked: StudyBrief, profile=SEEDED):
    return cells(asked, dict.fromkeys(asked.generators, profile), ["gap_0010"])


def test_ten_takes_count_up_the_seed() -> None:
    found = planned(brief())
    assert [(one.seed, one.repeat) for one in found] == [(seed, 0) for seed in range(10)]


def test_without_seeds_the_request_is_repeated() -> None:
    found = planned(brief(takes=3), SEEDLESS)
    assert [(one.seed, one.repeat) for one in found] == [(None, 0), (None, 1), (None, 2)]


def test_a_grid_is_whole_and_its_first_part_is_fair() -> None:
    found = planned(brief(seeds=(4, 7), prompts=("a", "b", "c"), takes=2))
    assert len(set(found)) == len(found) == 12
    assert {(one.seed, one.prompt) for one in found[:6]} == {
        (seed, prompt) for seed in (4, 7) for prompt in "abc"
    }
    assert {one.repeat for one in found[:6]} == {0}
    assert {one.seed for one in found[:3]} == {4}


def test_seeds_and_prompts_need_a_generator_that_takes_them() -> None:
    with pytest.raises(Unsupported, match="--takes repeats"):
        planned(brief(seeds=(1, 2)), SEEDLESS)
    with pytest.raises(Unsupported, match="takes no prompt"):
        planned(brief(prompts=("push in",)), SEEDLESS)


def test_the_budget_is_looked_at_before_anything_is_spent() -> None:
    found = planned(brief(takes=10))
    price = {("fake", "gap_0010"): Fraction(3, 10)}
    assert refuse_beyond_budget(found, price, Fraction(3)) == 3
    with pytest.raises(BudgetSpent, match=r"10 takes cost 3\.00 USD .* 2\.99 USD; nothing was"):
        refuse_beyond_budget(found, price, Fraction(299, 100))


@pytest.mark.parametrize(
    "options",
    [{"takes": 0}, {"takes": -1}, {"takes": 10_001}, {"seeds": (1, 1)}, {"generators": ("a", "a")}],
)
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        brief(**options)


@pytest.mark.parametrize("name", ["auto", "auto,luma", "luma,geometry"])
def test_a_study_asks_one_generator_at_a_time(name: str) -> None:
    with pytest.raises(InputError, match="one many times"):
        StudyBrief.of(Path("a.mp4"), StudyOptions(generators=(name,)))


def test_too_many_cells() -> None:
    with pytest.raises(InputError, match="at most 10,000"):
        planned(brief(takes=200, seeds=tuple(range(60))))


def test_seeds_are_read() -> None:
    assert parse_seeds("1,2,5") == (1, 2, 5)
    assert parse_seeds("3-6, 9") == (3, 4, 5, 6, 9)


@pytest.mark.parametrize("text", ["", "a", "1,,2", "5-3", "-1", "1.5", "0-99999999999", "²"])
def test_seeds_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match="--seeds"):
        parse_seeds(text)


def test_prompts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes(b"\xef\xbb\xbfslow push in\r\n\n   \n# a note\n  orbit <left> & 'up'; $(rm)\n")
    assert read_prompts(path) == ("slow push in", "orbit <left> & 'up'; $(rm)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "holds no prompt"),
        (b"\n \n# only a note\n", "holds no prompt"),
        (b"a\nb\na\n", "line 3"),
        (b"fine\nbell \x07\n", r"line 2.*U\+0007"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"x" * 2001, "2001 characters"),
        ("turn \u202e around".encode(), r"U\+202E"),
    ],
)
def test_prompts_that_are_refused(text: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes(text)
    with pytest.raises(InputError, match=words):
        read_prompts(path)
