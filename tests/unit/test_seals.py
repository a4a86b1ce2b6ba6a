"""Seals: what was sealed of a chain counts, even if somebody rewrites the chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from domain.chain import START
from domain.errors import BrokenChainError
from domain.seals import Kept, Sealed, compare, next_night, night_of_ended, read_nights
from tests.builders import day

if TYPE_CHECKING:
    from domain.seals import Night

ONE, TWO = "PCE-7K3M-9QXT", "PCE-2222-2222"


def chain(reference: str, *hashes: str) -> list[tuple[str, int, str]]:
    """Return the events of a challenge, with these hashes."""
    return [(reference, number, hash_) for number, hash_ in enumerate(hashes, start=1)]


def sealed(*nights: tuple[str, list[tuple[str, int, str]]]) -> list[Kept]:
    """Return the nights as they are stored, each with all events there were on its day."""
    kept: list[Kept] = []
    for date, events in nights:
        night = next_night(day(date), read_nights(kept), events)
        kept.append(Kept(date, night.text))
    return kept


def after(kept: list[Kept], events: list[tuple[str, int, str]]) -> Night:
    """Return the night of 27 November, after those already stored."""
    return next_night(day("2026-11-27"), read_nights(kept), events)


# What a night holds ------------------------------------------------------------------------------


def test_a_night_holds_the_last_event_of_each_chain_and_no_word_more() -> None:
    events = [*chain(ONE, "a1", "a2"), *chain(TWO, "b1")]
    (night,) = sealed(("2026-11-25", events))
    assert json.loads(night.text) == {
        "day": "2026-11-25",
        "heads": {ONE: [2, "a2"], TWO: [1, "b1"]},
        "previous": START,
    }


def test_the_next_night_holds_only_what_is_new() -> None:
    before = [*chain(ONE, "a1", "a2"), *chain(TWO, "b1")]
    later = [*chain(ONE, "a1", "a2", "a3"), *chain(TWO, "b1")]
    night = after(sealed(("2026-11-25", before)), later)
    assert json.loads(night.text)["heads"] == {ONE: [3, "a3"]}
    assert night.sealed == 1
    assert night.rewritten == {}


def test_a_night_without_anything_new_is_sealed_too() -> None:
    events = chain(ONE, "a1")
    night = after(sealed(("2026-11-25", events)), events)
    assert json.loads(night.text)["heads"] == {}


def test_it_does_not_matter_in_which_order_the_events_are_found() -> None:
    events = [*chain(ONE, "a1", "a2", "a3"), *chain(TWO, "b1", "b2")]
    assert after([], events).text == after([], events[::-1]).text


# A rewritten chain -------------------------------------------------------------------------------


def test_a_chain_that_was_written_anew_is_found_and_never_sealed_again() -> None:
    kept = sealed(("2026-11-25", chain(ONE, "a1", "a2")))
    anew = chain(ONE, "x1", "x2", "x3", "x4")
    for date in ("2026-11-26", "2026-11-27", "2026-11-28"):
        night = next_night(day(date), read_nights(kept), anew)
        assert set(night.rewritten) == {ONE}
        assert json.loads(night.text)["heads"] == {}
        kept.append(Kept(date, night.text))


def test_a_challenge_that_was_closed_long_ago_is_still_held_against_its_last_seal() -> None:
    kept = sealed(
        ("2026-11-25", chain(ONE, "a1", "a2")),
        ("2026-11-26", [*chain(ONE, "a1", "a2"), *chain(TWO, "b1")]),
    )
    night = after(kept, [*chain(ONE, "a1", "x2"), *chain(TWO, "b1")])
    assert str(night.rewritten[ONE]) == (
        "Event 2 does not fit: it, or one before it, is not what was sealed on "
        "Wednesday 25 November 2026."
    )


def test_the_first_difference_is_said_as_closely_as_the_seals_allow() -> None:
    kept = sealed(
        ("2026-11-24", chain(ONE, "a1", "a2")),
        ("2026-11-25", chain(ONE, "a1", "a2", "a3", "a4", "a5")),
    )
    night = after(kept, chain(ONE, "a1", "a2", "x3", "x4", "x5", "x6"))
    assert night.rewritten[ONE].number == 5
    assert "it, or one after event 2, is not what was sealed" in str(night.rewritten[ONE])


@pytest.mark.parametrize("left", [chain(ONE, "a1"), []])
def test_events_that_are_gone_are_missed(left: list[tuple[str, int, str]]) -> None:
    kept = sealed(("2026-11-25", chain(ONE, "a1", "a2")))
    night = after(kept, left)
    assert "it is missing, and was sealed on Wednesday" in str(night.rewritten[ONE])


def test_one_rewritten_chain_does_not_keep_the_others_from_being_sealed() -> None:
    kept = sealed(("2026-11-25", [*chain(ONE, "a1"), *chain(TWO, "b1")]))
    night = after(kept, [*chain(ONE, "x1"), *chain(TWO, "b1", "b2")])
    assert json.loads(night.text)["heads"] == {TWO: [2, "b2"]}


def test_a_chain_that_grew_is_what_was_sealed() -> None:
    compare([Sealed(day("2026-11-25"), 2, "a2")], {1: "a1", 2: "a2", 3: "a3"})
    with pytest.raises(BrokenChainError):
        compare([Sealed(day("2026-11-25"), 2, "a2")], {1: "a1", 2: "x2", 3: "a3"})


# The chain of the nights -------------------------------------------------------------------------


def three_nights() -> list[Kept]:
    """Return three nights, on each of which a chain had grown by one."""
    hashes = ("a1", "a2", "a3")
    dates = ("2026-11-24", "2026-11-25", "2026-11-26")
    return sealed(*((date, chain(ONE, *hashes[: n + 1])) for n, date in enumerate(dates)))


def test_nights_that_follow_each_other_have_no_fault() -> None:
    seals = read_nights(three_nights())
    assert seals.faults == ()
    assert seals.nights == 3
    assert seals.last_day == day("2026-11-26")
    assert [one.number for one in seals.heads[ONE]] == [1, 2, 3]


def test_a_night_that_is_missing_is_noticed_by_the_one_after_it() -> None:
    first, _, third = three_nights()
    (fault,) = read_nights([first, third]).faults
    assert fault.startswith("The seal of 2026-11-26 does not follow that of Tuesday 24 November")


def test_the_first_night_cannot_be_taken_away_either() -> None:
    (fault,) = read_nights(three_nights()[1:]).faults
    assert "does not follow that of the beginning" in fault


def test_a_night_that_was_changed_is_noticed_by_the_one_after_it() -> None:
    first, second, third = three_nights()
    changed = Kept(second.day, second.text.replace("a2", "x2"))
    (fault,) = read_nights([first, changed, third]).faults
    assert fault.startswith("The seal of 2026-11-26 does not follow")


def test_a_night_that_was_written_over_or_deleted_is_said_and_still_counts() -> None:
    first, second, third = three_nights()
    touched = Kept(second.day, second.text, touched=True)
    seals = read_nights([first, touched, third])
    assert seals.faults == (
        "The seal of 2026-11-25 was written again, or deleted, after its night.",
    )
    assert [one.number for one in seals.heads[ONE]] == [1, 2, 3]


@pytest.mark.parametrize("text", ["", "x", "{}", "[]", '{"day": "2026-11-25", "heads": {"A": 1}}'])
def test_a_night_that_cannot_be_read_is_a_fault_and_the_others_still_count(text: str) -> None:
    first, second, third = three_nights()
    seals = read_nights([first, Kept(second.day, text), third])
    assert seals.faults[0] == "The seal of 2026-11-25 cannot be read."
    assert [one.number for one in seals.heads[ONE]] == [1, 3]


def test_a_night_under_another_nights_name_is_a_fault() -> None:
    (night,) = sealed(("2026-11-25", chain(ONE, "a1")))
    (fault,) = read_nights([Kept("2026-11-26", night.text)]).faults
    assert fault == "The seal of 2026-11-26 is another night’s."


def test_the_next_night_is_sealed_although_one_before_it_does_not_fit() -> None:
    first, _, third = three_nights()
    kept = [first, third]
    night = after(kept, chain(ONE, "a1", "a2", "a3", "a4"))
    (fault,) = read_nights([*kept, Kept("2026-11-27", night.text)]).faults
    assert "2026-11-26" in fault, "the fault of before, and none of the new night"


def test_nights_as_they_were_written_in_2026_are_read_for_as_long_as_they_are_kept() -> None:
    """They are locked for 75 years, so this test must never be changed."""
    first = (
        '{"day":"2026-11-25","heads":{"PCE-7K3M-9QXT":[2,"9f2c"]},"previous":'
        '"0000000000000000000000000000000000000000000000000000000000000000"}'
    )
    second = (
        '{"day":"2026-11-26","heads":{"PCE-2222-2222":[1,"51ab"],"PCE-7K3M-9QXT":[3,"07de"]},'
        '"previous":"35bd3ba73be3b081af27a20fbbcb59e0527ef139c54ba2d39f7d3deed328b2b4"}'
    )
    seals = read_nights([Kept("2026-11-25", first), Kept("2026-11-26", second)])
    assert seals.faults == ()
    assert seals.heads == {
        ONE: (Sealed(day("2026-11-25"), 2, "9f2c"), Sealed(day("2026-11-26"), 3, "07de")),
        TWO: (Sealed(day("2026-11-26"), 1, "51ab"),),
    }


# What was sealed ---------------------------------------------------------------------------------


def test_only_the_event_that_was_sealed_is_held_and_only_with_its_hash() -> None:
    seals = read_nights(three_nights()[:2])
    assert seals.holds(ONE, 1, "a1")
    assert seals.holds(ONE, 2, "a2")
    for number, hash_ in ((1, "a0"), (1, "a2"), (2, "a1"), (3, "a3"), (0, "a0")):
        assert not seals.holds(ONE, number, hash_), (number, hash_)
    assert not seals.holds(TWO, 1, "a1")


def test_the_last_that_was_sealed_of_a_chain_is_told() -> None:
    seals = read_nights(three_nights())
    assert seals.last(ONE) == Sealed(day("2026-11-26"), 3, "a3")
    assert seals.last(TWO) is None


def test_a_night_of_those_that_ended_holds_what_is_not_kept_already() -> None:
    ended = {ONE: (3, "a3"), TWO: (1, "b1")}
    first = night_of_ended(day("2026-11-24"), read_nights([]), ended)
    assert json.loads(first.text) == {
        "day": "2026-11-24",
        "heads": {ONE: [3, "a3"], TWO: [1, "b1"]},
        "previous": START,
    }
    assert (first.sealed, first.rewritten, first.day) == (2, {}, day("2026-11-24"))
    before = read_nights([Kept("2026-11-24", first.text)])
    later = night_of_ended(day("2026-11-25"), before, {**ended, ONE: (4, "a4")})
    assert json.loads(later.text)["heads"] == {ONE: [4, "a4"]}
    assert json.loads(later.text)["previous"] == before.last_hash != START
    assert read_nights([Kept("2026-11-24", first.text), Kept("2026-11-25", later.text)]).faults == (
        ()
    )


def test_what_is_sealed_stands_in_its_order_although_its_nights_are_read_in_another() -> None:
    seals = read_nights(three_nights()[::-1])
    assert seals.faults == ()
    assert [one.number for one in seals.heads[ONE]] == [1, 2, 3]
    assert (seals.nights, seals.last_day) == (3, day("2026-11-26"))


def test_the_last_event_is_the_one_of_the_highest_number_whatever_its_hash() -> None:
    night = after([], [(ONE, 2, "00"), (ONE, 1, "ff"), (ONE, 3, "77")])
    assert json.loads(night.text)["heads"] == {ONE: [3, "77"]}
