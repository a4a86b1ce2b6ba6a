"""The chain: no event of a record is changed, taken out or put in without its being seen."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from domain.chain import START, Link, canonical, link, verify
from domain.errors import BrokenChainError

if TYPE_CHECKING:
    from collections.abc import Iterable


def chain(*words: str) -> list[Link]:
    """An event for each word, one after another."""
    made: list[Link] = []
    for number, word in enumerate(words, start=1):
        text = canonical({"number": number, "words": word})
        made.append(link(number, text, made[-1].hash if made else START))
    return made


WHOLE = chain("raised", "replied", "closed")


def fault(links: Iterable[Link]) -> tuple[int, str]:
    """At which event the chain is broken, and what is said of it."""
    with pytest.raises(BrokenChainError) as broken:
        verify(links)
    return broken.value.number, str(broken.value)


def test_a_whole_chain_ends_in_the_hash_of_its_last_event() -> None:
    assert verify(WHOLE) == WHOLE[-1].hash
    assert verify(iter(WHOLE[:2])) == WHOLE[1].hash


def test_a_chain_of_no_events_ends_where_every_chain_begins() -> None:
    assert verify([]) == START == "0" * 64


def test_anybody_can_count_a_hash_again_with_nothing_but_sha_256() -> None:
    """What stands here is in every record that was ever written: it must never change."""
    text = '{"number":1,"words":"Zoë said: “no”"}'
    first = link(1, text, "0" * 64)
    assert canonical({"words": "Zoë said: “no”", "number": 1}) == text
    assert first.hash == sha256(f"{'0' * 64}\n{text}".encode()).hexdigest()
    assert first == Link(1, text, "0" * 64, first.hash)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_text_that_was_changed_is_seen_at_its_own_event(place: int) -> None:
    links = [*WHOLE]
    links[place] = replace(links[place], text=links[place].text.replace("ed", "ing"))
    number, said = fault(links)
    assert number == place + 1
    assert "its text is not what was recorded" in said


@pytest.mark.parametrize("place", [0, 1])
def test_a_text_that_was_changed_with_its_hash_is_seen_at_the_next_event(place: int) -> None:
    links = [*WHOLE]
    before = links[place]
    links[place] = link(before.number, before.text.replace("ed", "ing"), before.previous_hash)
    number, said = fault(links)
    assert number == place + 2
    assert "it does not follow the event before it" in said


@pytest.mark.parametrize("hash_", ["0" * 64, "f" * 64])
def test_an_event_that_follows_another_hash_is_seen_whether_that_is_less_or_more(
    hash_: str,
) -> None:
    first, second, _ = WHOLE
    number, said = fault([first, link(2, second.text, hash_)])
    assert number == 2
    assert "it does not follow the event before it" in said


@pytest.mark.parametrize("taken", [0, 1])
def test_an_event_that_was_taken_out_is_missed(taken: int) -> None:
    number, said = fault(one for place, one in enumerate(WHOLE) if place != taken)
    assert number == taken + 1
    assert f"event {taken + 2} is in its place" in said


def test_an_event_that_was_put_in_twice_is_seen() -> None:
    number, said = fault([WHOLE[0], WHOLE[0]])
    assert number == 2
    assert "event 1 is in its place" in said


@pytest.mark.parametrize("written", [1, 3])
def test_a_text_that_says_another_number_is_another_events(written: int) -> None:
    first = WHOLE[0]
    number, said = fault([first, link(2, canonical({"number": written}), first.hash)])
    assert number == 2
    assert "its text belongs to another event" in said
