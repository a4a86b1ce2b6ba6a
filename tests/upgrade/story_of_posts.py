"""The part of the story that is about posts: who is asked, who is away, and where the child is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import boto3

from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.settings import read_procedure
from domain.directory import Cover
from domain.ladder import Stage
from domain.rules.absence import SayNoCoverNeeded
from domain.rules.history import OpenHistory
from domain.rules.moving import MoveChild
from domain.rules.posts import Reassign
from domain.rules.skipping import ChooseSkip
from infra.local.emulator import TABLE
from tests.doors.post import mail
from tests.workflow.service import CHILD, SAMPLE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.directory import Directory
    from tests.workflow.service import Service

__all__ = ["of_october"]


def of_october(service: Service, at: Callable[[int, int, int], None]) -> dict[str, str]:
    """Play it from 5 October on; ``at`` moves to an hour (UTC) of a day in 2026.

    Return the references by their names. The directory is the sample again when it ends.
    """
    council = _council()
    council.load_directory(_short_of_people())
    told = {
        "nobody for the last stage": service.raise_at(Stage.FOUR),
        "the same person twice": service.raise_at(
            Stage.ONE, child=replace(CHILD, team="South Team"), social_worker="sw-south-1"
        ),
        "moved": service.raise_at(Stage.ONE),
        "moved alone": service.raise_at(Stage.ONE),
        "somebody is away": service.raise_at(Stage.TWO),
        "somebody is away too": service.raise_at(Stage.ONE),
        "not theirs": service.raise_at(Stage.TWO),
    }
    act = service.act
    act(told["the same person twice"], "iro-1", ChooseSkip(skip=True, reason="She knows it all."))
    act(told["moved"], "iro-1", MoveChild("South Team", "sw-south-1", question_goes=True))
    act(told["moved alone"], "iro-1", MoveChild("South Team", "sw-south-2", question_goes=False))
    for name, officer in (("somebody is away", "csm"), ("somebody is away too", "tm-n")):
        _seems_away(service, told[name], officer)
    act(told["somebody is away too"], "srsm", SayNoCoverNeeded("tm-n", "She is back at noon."))
    service.not_mine(told["not theirs"], "csm")
    act(told["not theirs"], "iro-1", Reassign("hos", "The head of service holds the money."))

    left = replace(council.current().directory.posts["iro-post-1"], holder=None)
    now = council.current()
    posts = {**now.directory.posts, "iro-post-1": left}
    council.load_directory(replace(now.directory, posts=posts), after=now.change)
    at(10, 5, 12)
    council.load_directory(now.directory)
    at(10, 6, 10)
    now = council.current()
    away = Cover("csm", "hos", date(2026, 10, 6), date(2026, 10, 9))
    for_ira = Cover("iro-post-1", "iro-2", date(2026, 10, 6), date(2026, 10, 9))
    council.set_cover((*now.directory.cover, away, for_ira), who="srsm", after=now.change)
    act(told["moved"], "iro-2", OpenHistory("To see what was raised before."))
    at(10, 6, 11)
    at(10, 16, 10)
    council.load_directory(from_csv(SAMPLE_DIRECTORY))
    at(10, 16, 11)
    return told


def _seems_away(service: Service, reference: str, officer: str) -> None:
    """Let the officer's mail system answer the request by itself."""
    asked = next(one for one in service.mails(officer) if one.tags.get("reference") == reference)
    words = "I am out of the office until Friday 9 October. Please contact Hollis Sample-Head."
    (sender,) = asked.to
    subject = f"Automatic reply: {asked.subject}"
    headers = {"Auto-Submitted": "auto-replied"}
    raw = mail(words, sender=sender, subject=subject, message_id=f"<{officer}@x>", headers=headers)
    service.receive(raw, message_id=f"away-{officer}")
    service.emulator.clock.settle()


def _short_of_people() -> Directory:
    """Return the sample without its directors, where one person has two posts of the ladder."""
    people = from_csv(SAMPLE_DIRECTORY)
    holders = {"ad": None, "director": None, "tm-south": "csm"}
    posts = {id_: replace(people.posts[id_], holder=who) for id_, who in holders.items()}
    return replace(people, posts={**people.posts, **posts})


def _council() -> CouncilStore:
    return CouncilStore(lambda: boto3.resource("dynamodb").Table(TABLE), read_procedure)
