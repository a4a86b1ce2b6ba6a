"""Who may do what: operators see how the service runs, and nothing about a child."""

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
from domain.vocabulary import Purpose
from tests.upgrade.story import BEGINS, story
from tests.workflow.service import CHILD, running
from tests.workflow.test_operate import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflow.service import Service

#: The story takes a minute.
pytestmark = pytest.mark.ci


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return it on the morning on which the story begins."""
    with running(tmp_path, start_at=BEGINS) as service:
        yield service


def test_operators_see_no_details_of_a_child(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some record of the story has a fact of every kind."""
    told = story(service)
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
