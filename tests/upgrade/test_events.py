"""Every event that was ever written can be read today, and says the same as then."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest

from adapters.codec import event_of
from adapters.settings import read_procedure
from domain.chain import canonical
from domain.rulebook import FACTS
from tests.upgrade.freeze import choices
from tests.upgrade.frozen import differences, load, releases, says

EVENTS = [
    pytest.param(event, id=f"{release} {event['kind']}")
    for release in releases("events.json")
    for event in load(release, "events.json")
]


@pytest.mark.parametrize("frozen", EVENTS)
def test_an_event_says_today_what_it_said_when_it_was_written(frozen: dict[str, Any]) -> None:
    read = event_of(frozen["text"])
    assert type(read.fact).__name__ == frozen["kind"]
    assert differences(frozen["says"], read) == []


@pytest.mark.parametrize("frozen", EVENTS)
def test_its_text_is_canonical_still(frozen: dict[str, Any]) -> None:
    """Whoever verifies a chain may write the text again from what it says."""
    assert canonical(json.loads(frozen["text"])) == frozen["text"]


@pytest.mark.parametrize("frozen", EVENTS)
def test_it_is_read_without_the_fields_that_have_a_default(frozen: dict[str, Any]) -> None:
    """As it was written before there were such fields."""
    body = json.loads(frozen["text"])
    defaults = {
        field.name: field.default
        for field in fields(FACTS[body["kind"]])
        if field.default is not MISSING
    }
    for name in defaults:
        body["fact"].pop(name, None)
    fact = event_of(canonical(body)).fact
    assert {name: getattr(fact, name) for name in defaults} == defaults


@pytest.mark.parametrize("release", releases("words.json"))
def test_every_word_that_stands_on_a_record_for_a_choice_still_means_one(release: str) -> None:
    known = choices()
    lost = {
        name: gone
        for name, words in load(release, "words.json").items()
        if (gone := set(words) - known.get(name, set()))
    }
    assert lost == {}


#: What a field of the code was called in earlier releases, by its present name: nothing is stored
#: under these names.
_NAMED_BEFORE = {"rungs": "in_order"}


def _as_named_today(frozen: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(frozen, dict):
        return {_NAMED_BEFORE.get(name, name): _as_named_today(frozen[name]) for name in frozen}
    if isinstance(frozen, list):
        return [_as_named_today(one) for one in frozen]
    return frozen


@pytest.mark.parametrize("release", releases("procedure.json"))
def test_a_version_of_the_procedure_is_known_still_with_the_settings_it_had(release: str) -> None:
    """A challenge keeps the version it was raised under, so a default may not change in it."""
    frozen = load(release, "procedure.json")
    kept = read_procedure().under(frozen["version"])
    changed = {
        name: says(getattr(kept, name))
        for name, value in frozen.items()
        if says(getattr(kept, name)) != _as_named_today(value)
    }
    assert changed == {}, "raise the version, and keep what it had as [earlier.…] (procedure.toml)"
