"""Evidence beside the chains, compared with what was sealed of it: only the digest's rules."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from domain.beside import LINKS, LOOKS, Beside, Counted
from domain.seals import Kept, next_night, read_nights

ONE, OTHER = "PCE-7K3M-9QXT", "PCE-2222-2222"
MOMENTS = ("2026-11-01T09:00", "2026-11-01T10:00", "2026-11-01T11:00")
NIGHT, NEXT = "2026-11-02T02:50", "2026-11-03T02:50"


def beside(*things: tuple[str, str], sealed: Beside | None = None, until: str = NIGHT) -> Beside:
    """Return looks at one challenge, each with its moment and its line."""
    found = Beside(noted(sealed) if sealed else {}, until)
    for moment, line in things:
        found.add(ONE, LOOKS, moment, line)
    return found


def noted(sealed: Beside) -> dict[tuple[str, str], Counted]:
    """Return what a night stores about it."""
    return {
        (reference, kind): Counted(date(2026, 11, 2), NIGHT, int(count), str(digest))
        for reference, kinds in sealed.to_seal().items()
        for kind, (count, digest) in kinds.items()
    }


LOOKED = tuple((moment, f"look at {moment}") for moment in MOMENTS)


def test_the_order_in_which_they_are_read_changes_nothing() -> None:
    seals = {str(beside(*things).to_seal()) for things in permutations(LOOKED)}
    assert len(seals) == 1
    assert beside(*LOOKED).to_seal()[ONE][LOOKS][0] == 3


def test_what_is_as_it_was_is_not_sealed_again() -> None:
    again = beside(*LOOKED, sealed=beside(*LOOKED), until=NEXT)
    assert again.changed() == {}
    assert again.to_seal() == {}


def test_more_of_them_are_sealed_together_with_those_before() -> None:
    later = ("2026-11-02T12:00", "a later look")
    again = beside(*LOOKED, later, sealed=beside(*LOOKED), until=NEXT)
    assert again.changed() == {}
    assert again.to_seal() == beside(*LOOKED, later, until=NEXT).to_seal()


@pytest.mark.parametrize(
    ("things", "said"),
    [
        (LOOKED[:2], "there are 2 now"),
        ((), "there are 0 now"),
        ((*LOOKED, (MOMENTS[0], "a look that is dated back")), "there are 4 now"),
        ((*LOOKED[:2], (MOMENTS[2], "another look")), "as many, but not the same now"),
        ((*LOOKED[:2], ("2026-11-02T12:00", LOOKED[2][1])), "there are 2 now"),
    ],
)
def test_one_that_is_gone_or_another_or_dated_back_shows_and_is_not_sealed_again(
    things: tuple[tuple[str, str], ...], said: str
) -> None:
    again = beside(*things, sealed=beside(*LOOKED), until=NEXT)
    assert said in again.changed()[ONE, LOOKS]
    assert "there were 3 looks when they were sealed on Monday 2 November" in str(again.changed())
    assert again.to_seal() == {}
    assert again.changed((LINKS,)) == {}


def test_what_is_noted_after_the_moment_waits_for_the_next_night() -> None:
    assert beside((NIGHT, "just now")).to_seal() == {}


def test_kinds_and_challenges_are_sealed_each_for_itself() -> None:
    found = beside(*LOOKED)
    found.add(ONE, LINKS, MOMENTS[0], "a link")
    found.add(OTHER, LOOKS, MOMENTS[0], "a look")
    counts = {r: {k: n for k, (n, _) in kinds.items()} for r, kinds in found.to_seal().items()}
    assert counts == {ONE: {LOOKS: 3, LINKS: 1}, OTHER: {LOOKS: 1}}


def test_a_night_keeps_them_and_the_last_night_counts() -> None:
    first = next_night(date(2026, 11, 2), read_nights([]), [], beside(*LOOKED), NIGHT)
    kept = [Kept("2026-11-02", first.text)]
    seals = read_nights(kept)
    assert seals.faults == ()
    assert seals.beside == noted(beside(*LOOKED))
    again = Beside(seals.beside, NEXT)
    for moment, line in LOOKED[:1]:
        again.add(ONE, LOOKS, moment, line)
    second = next_night(date(2026, 11, 3), seals, [], again, NEXT)
    assert list(second.changed) == [ONE]
    later = read_nights([*kept, Kept("2026-11-03", second.text)])
    assert later.faults == ()
    assert later.beside == seals.beside, "what was sealed first stands"
