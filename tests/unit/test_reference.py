"""References like ``PCE-7K3M-9QXT``: easy to read aloud, and known again however written."""

from __future__ import annotations

from itertools import cycle
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reference import new_reference, tidied

#: What a phone line could confuse: 0 and O, 1 with I and L, U and V.
CONFUSED = set("01ILOUV")
EASY = "".join(sorted({*digits, *ascii_uppercase} - CONFUSED))


def test_it_is_made_of_eight_letters_that_nobody_confuses() -> None:
    asked: list[str] = []

    def choose(alphabet: str) -> str:
        asked.append(alphabet)
        return alphabet[len(asked)]

    assert new_reference(choose) == "PCE-3456-789A"
    assert {"".join(sorted(one)) for one in asked} == {EASY}
    assert len(asked) == 8, "and no more are asked for than are used"


@given(st.text(EASY, min_size=8, max_size=8))
def test_every_reference_that_can_be_made_is_one(letters: str) -> None:
    by_turns = cycle(letters)
    reference = new_reference(lambda _: next(by_turns))
    assert reference == f"PCE-{letters[:4]}-{letters[4:]}"
    assert tidied(reference) == reference


@pytest.mark.parametrize(
    "written",
    [
        "PCE-7K3M-9QXT",
        "pce-7k3m-9qxt",
        "7K3M9QXT",
        "7k3m 9qxt",
        " PCE 7K3M 9QXT.",
        "PCE–7K3M–9QXT",
        "pce7k3m9qxt",
    ],
)
def test_it_is_known_again_however_somebody_writes_it(written: str) -> None:
    assert tidied(written) == "PCE-7K3M-9QXT"


@pytest.mark.parametrize(
    "written",
    ["", "PCE", "PCE-7K3M", "PCE-7K3M-9QX", "PCE-7K3M-9QXTA", "PCE-7K3M-PCE-9QXT", "ABC-7K3M-9QXT"],
)
def test_what_is_too_short_or_too_long_is_none(written: str) -> None:
    assert tidied(written) is None


@pytest.mark.parametrize("letter", sorted(CONFUSED))
def test_what_holds_a_letter_that_could_be_confused_is_none(letter: str) -> None:
    for place in range(8):
        letters = "7K3M9QXT"[:place] + letter + "7K3M9QXT"[place + 1 :]
        assert tidied(f"PCE-{letters[:4]}-{letters[4:]}") is None
