"""What a release left open is brought to its end today: by people, in silence, and by a link."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.challenge import ActionState, AgreedAction, Owner
from domain.errors import AlreadyAnsweredError
from domain.ladder import FORMAL_STAGES
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, ReportAction
from domain.rules.endings import ChildTold, RecordChildTold, Resolve
from domain.rules.owners import NameOwner
from domain.rules.posts import Reassign
from domain.rules.replies import Answer, Reply
from domain.rules.urgency import CONTACT_KEY, RecordContact
from domain.vocabulary import ENDED, Purpose, Standing
from tests.upgrade.frozen import releases
from tests.upgrade.restored import Upgraded, upgraded
from tests.workflow.service import RESPONDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflow.service import Service

#: What lawyers, managers and the IRO may still have to do after an end, in a challenge of today.
OUTLIVES = {
    *(Purpose.GIVE_ADVICE, Purpose.SAY_CONFLICT, Purpose.NAME_LAWYER, Purpose.BRIEF),
    *(Purpose.CONFIRM_DIRECTOR, Purpose.CHECK_TEXTS, Purpose.SEND_ACTIONS, Purpose.HOW_TO_GO_ON),
    *(Purpose.TELL_OF_CHALLENGE, Purpose.OFFER_ADVOCATE, Purpose.EXPLAIN_COMPLAINTS),
    *(Purpose.FIND_ADVICE, Purpose.ASK_CAFCASS, Purpose.SEAL, Purpose.WHAT_CHANGED),
}

RESOLVED = Resolve("Seen at the visit.", ChildTold.YES, "By me, at the visit.")


@pytest.fixture(params=releases("table.jsonl"))
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Upgraded]:
    with upgraded(request.param, tmp_path) as upgraded_:
        yield upgraded_


def test_every_open_challenge_can_be_brought_to_its_end_by_people(table: Upgraded) -> None:
    """From whatever state it was in, by the acts that belong there."""
    for name, stood in table.frozen["challenges"].items():
        sealed = table.service.challenge(stood["reference"]).sealed
        if stood["standing"] != "CLOSED" and not sealed:
            _bring_to_its_end(table.service, stood["reference"])
            table.service.place_on_file(stood["reference"])
            challenge = table.service.challenge(stood["reference"])
            assert challenge.standing in ENDED, name
            left = {one.purpose for one in challenge.asked}
            assert left <= OUTLIVES, name
            assert challenge.outcome is not None
            assert challenge.outcome.resolved or stood["standing"] in ENDED, name
            kinds = table.service.kinds(stood["reference"])
            assert kinds[: len(stood["kinds"])] == stood["kinds"], "nothing of it was rewritten"
    assert table.service.open_challenges() == []


def _bring_to_its_end(service: Service, reference: str) -> None:
    challenge = service.challenge(reference)
    iro = challenge.iro
    if challenge.question_by(CONTACT_KEY):
        service.act(reference, iro, RecordContact("The duty team.", service.now.date(), "Noon"))
    if challenge.standing is Standing.ENDED_TO_DO:
        if challenge.question_by("tell-child"):
            service.act(reference, iro, RecordChildTold(ChildTold.YES, "By me."))
        return
    if challenge.standing is Standing.TO_BE_REASSIGNED:
        service.act(reference, iro, Reassign("tm-north", "It is theirs after all."))
        challenge = service.challenge(reference)
    if challenge.awaiting_reply:
        by = AgreedAction("Visit", "Tessa", date(2026, 12, 11), Owner("tm-n"))
        answer = Reply(challenge.request.number, Answer.ACTIONS, "A visit.", (by,))
        service.act(reference, RESPONDERS[challenge.stage], answer)
        beyond = challenge.period is not None and by.by > challenge.period.day
        service.act(reference, "srsm" if beyond else iro, AcceptActions())
    for action in service.challenge(reference).open_actions:
        if action.state is not ActionState.DONE:
            if action.who and action.who.party not in ("tm-n", "tm-north"):
                sooner = NameOwner(action.number, Owner("tm-north"), "They can do it sooner.")
                service.act(reference, iro, sooner)
            service.act(reference, "tm-n", ReportAction(action.number, "Its report."))
        service.act(reference, iro, ConfirmAction(action.number, "Seen."))
    if service.challenge(reference).open:
        service.act(reference, iro, RESOLVED)


@pytest.mark.parametrize("release", releases("table.jsonl"))
def test_what_waits_in_silence_climbs_to_the_iro(release: str, tmp_path: Path) -> None:
    with upgraded(release, tmp_path, only="waiting at Stage 1") as table:
        reference = table.reference("waiting at Stage 1")
        head, _ = wiring.casebook().record.legs.head(reference)
        table.service.emulator.invoke("sweep", {"all": True})
        table.service.emulator.clock.settle()
        for stage in FORMAL_STAGES:
            challenge = table.service.challenge(reference)
            assert challenge.stage is stage
            table.service.jump_past(challenge.request.deadline.at)
        assert table.service.rung(reference) == "IRO to decide"
        legs = [one["name"] for one in table.service.executions(reference)]
        assert legs == [f"{reference}_{head.leg + 1}"], "in the one leg that Sweep began"


def test_the_link_of_a_letter_that_was_sent_before_takes_the_answer_once(table: Upgraded) -> None:
    reference = table.reference("waiting at Stage 1")
    digest = sha256(table.frozen["links"]["waiting at Stage 1"].encode()).hexdigest()
    answer = Reply(1, Answer.RESOLVED, "By the link.")
    actor = table.service.actor("tm-n", "link")
    wiring.casebook().act(reference, answer, actor, "form-3", link=digest)
    table.service.emulator.clock.settle()
    assert table.service.rung(reference) == "IRO to decide"
    with pytest.raises(AlreadyAnsweredError):
        wiring.casebook().act(reference, answer, actor, "form-4", link=digest)
