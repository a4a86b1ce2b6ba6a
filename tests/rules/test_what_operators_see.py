"""Who may do what: operators see how the service runs, and nothing about a child.

They are asked about the story behind the frozen tables (``tests/upgrade/story.py``). It takes long,
so it is played once, and what else is known of it is tested here: it leaves out nothing that can
happen.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from adapters.operating.asked import COMMANDS
from domain.challenge import Owner
from domain.moments import local_day
from domain.people import owner_named
from domain.rulebook import FACTS
from domain.vocabulary import Purpose, Standing
from tests.upgrade.freeze import unfrozen_items
from tests.upgrade.frozen import HOW_TO_FREEZE
from tests.upgrade.story import BEGINS, items, story
from tests.workflow.service import CHILD, running
from tests.workflow.test_operate import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflow.service import Service

#: The story takes a minute: one worker plays it once.
pytestmark = [pytest.mark.ci, pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, dict[str, Any]]]:
    """Return the service in which the story was played, and what it told."""
    with running(tmp_path_factory.mktemp("story"), start_at=BEGINS) as service:
        yield service, story(service)


def test_everything_happens_in_it_and_all_that_it_leaves_has_a_shape_that_is_frozen(
    played: tuple[Service, dict[str, Any]],
) -> None:
    service, told = played
    references = told["challenges"].values()
    kinds = {kind for reference in references for kind in service.kinds(reference)}
    of_today = {name for name, kind in FACTS.items() if not kind.recorded_until}
    missing = sorted(of_today - kinds)
    assert not missing, f"let it happen in tests/upgrade/story.py: {', '.join(missing)}"
    ended = {service.challenge(one).standing for one in references}
    missing = sorted(set(Standing) - ended)
    assert not missing, f"let a story of tests/upgrade/story.py end at: {', '.join(missing)}"
    assert unfrozen_items(items()) == {}, HOW_TO_FREEZE


def test_operators_see_no_details_of_a_child(
    played: tuple[Service, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some record of the story has a fact of every kind. It is asked last: that does things."""
    service, told = played
    queue = boto3.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
    monkeypatch.setenv("DEAD_LETTERS", queue)
    references = [*told["challenges"].values()]
    questions: list[tuple[str, dict[str, Any]]] = [
        *((name, {"reference": one}) for name in ("show", "timeline", "verify", "wake")
          for one in references),
        *(("list", {how: True}) for how in ("late", "stuck")),
        ("list", {}), ("list", {"person": "iro-1"}), ("list", {"person": "tm-n"}),
        ("mails", {"date": str(service.now.date())}),
        ("verify", {"all": True}), ("dead-letters", {}), ("redrive", {}), ("sweep", {"all": True}),
        ("fingerprint", {}),
    ]  # fmt: skip
    assert {name for name, _ in questions} == set(COMMANDS)
    said = json.dumps([ask(service, name, **how) for name, how in questions])
    assert all(reference in said for reference in references), "it was asked about all of them"
    words = set[str]()
    for reference in references:
        for event in service.challenge(reference).events:
            words |= set(_texts(event.fact))
    council = wiring.casebook().council()
    officers, today = council.directory.officers, local_day(service.now)
    names = {text for one in officers.values() for text in (one.name, one.id)}
    names |= {owner_named(Owner(one), council, today) for one in officers}
    names |= {post.title for post in council.directory.posts.values()}
    said_titles = [one for one in council.directory.posts.values() if one.title in said]
    names |= {team for post in said_titles for team in post.teams}  # its title names the team
    free = {text for text in words if " " in text or text in vars(CHILD).values()} - names
    assert {CHILD.name, "Marigoldwrongtext", "The panel's letter."} <= words
    assert len(free) > 20
    assert {text for text in free | {"Marigold"} if text in said} == set()
    assert {token for token in told["links"].values() if token in said} == set()


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a fact that somebody wrote, without the software's own words and sums."""
    if isinstance(value, str):
        if not isinstance(value, StrEnum) and value not in [*Purpose]:
            yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value) and type(value).__name__ != "Deadline":
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
