"""Rule 6: emails to the owners of actions, and what happens when one reaches nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from adapters import wiring
from adapters.record.beside import sealable
from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.moments import LOCAL
from domain.rules.accepting import AcceptActions
from domain.rules.owners import ActionReminded, NameOwner, OwnerCause, OwnerNeeded
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Purpose

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.events import Fact
    from infra.local.outbox import SentMail
    from tests.workflow.service import Service

JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")
ELSEWHERE = "sw-s1"


def accepted(service: Service, *owners: Owner) -> str:
    """Return the reference of a challenge in which each owner has an action under way."""
    reference = service.raise_at(Stage.ONE)
    actions = tuple(AgreedAction("Visit", "Somebody", date(2026, 11, 12), one) for one in owners)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", actions))
    service.act(reference, "iro-1", AcceptActions())
    return reference


def to(service: Service, email: str) -> list[SentMail]:
    return [mail for mail in service.mails() if email in str(mail.to)]


def facts(challenge: Challenge, kind: type[Fact]) -> list[Fact]:
    return [event.fact for event in challenge.events if isinstance(event.fact, kind)]


def asks(reference: str, party: str) -> list[str]:
    rows = wiring.casebook().record.lists.in_tray(party)
    return [row.asks for row in rows if row.reference == reference]


def test_an_owner_outside_is_asked_at_once_and_reminded_one_working_day_before(
    service: Service,
) -> None:
    reference = accepted(service, JO)
    (asked,) = to(service, JO.email)
    assert asked.subject == f"Please do your action by Thursday 12 November 2026: {reference}"
    assert "Jo" not in asked.text, "nothing that anybody wrote"
    service.jump(datetime(2026, 11, 11, 8, 59, tzinfo=LOCAL))
    assert len(to(service, JO.email)) == 1
    service.jump(datetime(2026, 11, 11, 9, 1, tzinfo=LOCAL))
    reminder = to(service, JO.email)[-1]
    assert reminder.subject.startswith("Reminder, please do your action by Thursday 12")
    assert facts(service.challenge(reference), ActionReminded) == [ActionReminded((1,))]
    assert asked.links != reminder.links, "each email has a link of its own"


def test_an_owner_whose_email_comes_back_is_replaced_and_the_team_manager_has_the_action_meanwhile(
    service: Service,
) -> None:
    reference = accepted(service, JO)
    (asked,) = to(service, JO.email)
    service.comes_back(asked)
    service.comes_back(asked)  # EventBridge delivers at least once
    (needed,) = facts(service.challenge(reference), OwnerNeeded)
    assert isinstance(needed, OwnerNeeded)
    assert needed.cause is OwnerCause.BOUNCED
    assert str(Purpose.NAME_OWNER) in asks(reference, "iro-1")
    assert asks(reference, "tm-north") == [str(Purpose.DO_ACTION)]
    assert "yours as the child’s Team Manager" in service.mails("tm-n")[-1].text
    service.act(reference, "iro-1", NameOwner(1, Owner(ELSEWHERE)))
    assert asks(reference, "tm-north") == []
    assert asks(reference, ELSEWHERE) == [str(Purpose.DO_ACTION)]
    assert "You have been named" in service.mails(ELSEWHERE)[-1].text
    service.jump(timedelta(days=1))
    assert len(facts(service.challenge(reference), OwnerNeeded)) == 1


def test_an_out_of_office_answer_replaces_nobody(service: Service) -> None:
    reference = accepted(service, JO)
    (asked,) = to(service, JO.email)
    service.comes_back(asked, kind="Transient", subtype="General")
    assert facts(service.challenge(reference), OwnerNeeded) == []


def test_an_owner_who_leaves_the_directory_is_replaced(service: Service) -> None:
    reference = accepted(service, Owner(ELSEWHERE))
    store = wiring.casebook()._council
    directory = store.current().directory
    officers = {id_: one for id_, one in directory.officers.items() if id_ != ELSEWHERE}
    posts = {
        id_: replace(one, holder=None) if one.holder == ELSEWHERE else one
        for id_, one in directory.posts.items()
    }
    store.load_directory(replace(directory, officers=officers, posts=posts))
    assert service.emulator.invoke("sweep", {})["swept"] == 1
    service.emulator.clock.settle()
    (needed,) = facts(service.challenge(reference), OwnerNeeded)
    assert isinstance(needed, OwnerNeeded)
    assert needed.cause is OwnerCause.LEFT


def test_the_seal_covers_the_action_of_a_link() -> None:
    link = {"PK": "LINK#0", "SK": "LINK", "reference": "PCE-7K3M-9QXT", "officer": "outside-1-5"}
    of_one, of_two = sealable({**link, "action": 1, "as_of": 5}), sealable({**link, "action": 2})
    assert len({of_one, of_two, sealable({**link, "action": 1, "as_of": 6})}) == 3
