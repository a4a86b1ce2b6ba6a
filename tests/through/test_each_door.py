"""A challenge through each door, and all the way: on the real state machine, to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from domain.ladder import FORMAL_STAGES, Stage
from domain.rules.impact import Impact
from domain.rules.silence import DeadlineMissed
from domain.vocabulary import Outcome, Standing
from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, let_in
from tests.pages.sections import whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import RESPONDERS

if TYPE_CHECKING:
    from tests.workflow.service import Service


def _only(service: Service) -> str:
    (reference,) = service.open_challenges()
    return reference


def test_by_page_it_is_raised_answered_by_link_and_recorded_as_resolved(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    whole(iro.get("/raise")).fill(ANSWERS).press("Continue").form().press("Raise this challenge")
    reference = _only(service)
    assert service.rung(reference) == "Stage 1"

    link = reply_link(service, RESPONDERS[Stage.ONE])
    answer = {"answer": "resolved", "words": "A placement was found."}
    page = Visitor(service).get(link).form().whole(answer).press("Check your reply")
    page.form().press("Send your reply")
    assert service.rung(reference) == "IRO to decide"

    page = iro.get(f"/challenges/{reference}/resolve")
    why = {"reason": "I saw it.", "child_told": "yes", "how_told": "By me, at home."}
    page.form().fill(why).press()
    challenge = service.challenge(reference)
    assert challenge.outcome is Outcome.RESOLVED_AT_STAGE
    for who in (iro, Visitor(service, "srsm")):
        page = who.get(f"/challenges/{reference}/place-on-file").form().press("It is on the file")
        assert page.status == 200
    assert service.rung(reference) == "Ended: one question to come"
    service.jump(timedelta(days=30))
    asked = iro.get(f"/challenges/{reference}/what-changed")
    better = {"impact": Impact.BETTER, "words": "They moved in."}
    assert not asked.form().fill(better).press().errors
    assert service.challenge(reference).standing is Standing.CLOSED
    last = service.executions(reference)[-1]
    assert last["status"] == "SUCCEEDED"


def test_by_email_it_is_raised_and_left_in_silence_to_the_end_of_the_ladder(
    service: Service,
) -> None:
    service.receive(mail(form()))
    reference = _only(service)
    for stage in FORMAL_STAGES:
        assert service.challenge(reference).stage is stage
        service.jump_past(service.challenge(reference).request.deadline.at)
    challenge = service.challenge(reference)
    assert service.rung(reference) == "IRO to decide"
    assert challenge.period is not None
    missed = [e.effective for e in challenge.events if isinstance(e.fact, DeadlineMissed)]
    assert missed == sorted(missed)
    assert missed[-1] == challenge.period.at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


def test_by_json_it_is_raised_and_moves_up_when_nobody_replies(service: Service) -> None:
    status, _, answer = let_in(service).send(FORM)
    reference = _only(service)
    assert (status, answer["reference"]) == (201, reference)
    service.jump_past(service.challenge(reference).request.deadline.at)
    assert service.challenge(reference).stage is Stage.TWO
    service.reply(reference, RESPONDERS[Stage.TWO])
    assert service.rung(reference) == "IRO to decide"
    assert [e["status"] for e in service.executions(reference)] == ["ABORTED", "RUNNING"]
