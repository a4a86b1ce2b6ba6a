"""The scenes: each is one thing that has to work on AWS, done by the doors that people use."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from adapters import clock
from adapters.record.places import NoticePlace
from data import verify_export
from domain.challenge import ActionState
from domain.events import INTERFACE
from domain.ladder import FORMAL_STAGES
from domain.moments import local_day
from domain.rules.replies import Answer, Replied
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.vocabulary import Standing
from infra.blueprint import AUDIT, DAILY, DELIVERY, SEAL, SWEEP
from infra.local.outbox import Envelope, comes_back
from infra.local.provider import CASE_SYSTEM
from tests.rehearsal.deployment import operate, run_fast
from tests.rehearsal.forms import form, form_by_mail, in_a_year
from tests.rehearsal.permissions import (
    each_role_allows_its_work_and_no_more,
    without_its_role_it_fails,
)
from tests.rehearsal.runbook import an_operator_follows_the_runbook
from tests.service.running import IRA, TESSA, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.challenge import Challenge
    from tests.rehearsal.council import Council

__all__ = ["SCENES"]

#: Seconds of a working day while the clock runs fast, and the minutes that it does at most.
_WORKING_DAY = 3
_FAST_FOR = 6

#: The address of the owner of an action outside the council.
_SCHOOL = "jo@school.example"

#: The officers asked at stages 2 to 4, in the sample directory.
_FURTHER_UP = (
    "celia.sample-service@sampleshire.example",
    "hollis.sample-head@sampleshire.example",
    "adair.sample-director@sampleshire.example",
)


def a_program_raises_a_challenge_with_its_token_and_but_once(council: Council) -> None:
    """Send JSON over HTTPS, with a token of the provider by client credentials."""
    refused = council.send_form(form(), "not-a-token", "rehearsal-1")
    assert refused.status_code == 401, refused.text
    token = council.token()
    raised = council.send_form(form(), token, "rehearsal-1")
    assert raised.status_code == 201, raised.text
    reference = raised.json()["reference"]
    again = council.send_form(form(), token, "rehearsal-1")
    assert again.json()["reference"] == reference, again.text
    assert council.challenge(reference).events[0].actor.via == "api"
    council.at_rest(reference, "Stage 1")
    council.note(f"{reference}, {raised.elapsed.total_seconds():.1f} s for the answer")


def the_case_system_takes_a_record_and_says_that_it_is_on_the_file(council: Council) -> None:
    """Read and answer over HTTPS, with a token of a client that can do nothing else."""
    raised = council.send_form(form(), council.token(), "rehearsal-2")
    reference = raised.json()["reference"]
    council.at_rest(reference, "Stage 1")
    refused = council.of_record(reference, council.token())
    assert refused.status_code == 401, refused.text
    token = council.token(CASE_SYSTEM)
    taken = council.of_record(reference, token)
    assert taken.status_code == 200, taken.text
    placed = council.of_record(f"{reference}/placed", token, placed=taken.json()["up_to"])
    assert placed.json()["placed_up_to"] == taken.json()["up_to"], placed.text
    ways = [event.actor.via for event in council.challenge(reference).events]
    assert ways.count(INTERFACE) == 1, ways
    council.note(reference)


def an_iro_signs_in_and_raises_a_challenge_on_the_page(council: Council) -> None:
    """Use the code flow with the provider, the form, and the page that checks it.

    Then open the report as a PDF, whose function has an asset of its own, and check the signed
    record with the program that goes with it.
    """
    reference = _raised_by_ira(council)
    page = council.ira.get(f"/challenges/{reference}")
    assert reference in page.text
    report = council.ira.get(f"/documents/{reference}/report.pdf")
    assert report.content.startswith(b"%PDF-")
    record = council.ira.get(f"/documents/{reference}/record.json")
    code, said = verify_export.check(record.content)
    assert code == 0, said
    assert Client(council).get(f"/challenges/{reference}").url.startswith(council.provider.issuer)
    council.at_rest(reference, "Stage 1")
    council.note(reference)


def a_manager_replies_and_an_owner_reports_by_the_links_in_their_letters(council: Council) -> None:
    """GET shows, POST checks, POST counts; a new leg waits for the IRO, and the old one ends.

    The action that was agreed is somebody's outside the council, who has only the email.
    """
    reference = _raised_by_ira(council)
    link = council.reply_link(TESSA, reference)
    first = council.at_rest(reference, "Stage 1")
    _sent_by_link(council, reference, link, _agreed(council.challenge(reference)))
    challenge = council.challenge(reference)
    (reply,) = [(e.fact, e.actor) for e in challenge.events if isinstance(e.fact, Replied)]
    assert (reply[0].answer, reply[1].officer) == (Answer.ACTIONS, "tm-n")
    council.at_rest(reference, "IRO to decide")
    council.until(lambda: first in council.executions("ABORTED"), f"{first} is stopped")
    council.ira.act(reference, "accept-actions", words="Good.")
    council.at_rest(reference, "Actions under way")
    link = council.action_link(_SCHOOL, reference)
    _sent_by_link(council, reference, link, {"shown_by": "It is in our minutes."})
    (action,) = council.challenge(reference).actions
    assert action.state is ActionState.DONE
    council.ira.act(reference, "confirm-action", action="1")
    (action,) = council.challenge(reference).actions
    assert action.state is ActionState.CONFIRMED
    council.at_rest(reference, "IRO to decide")
    council.note(reference)


def _agreed(challenge: Challenge) -> dict[str, str]:
    """Return a reply that agrees one action, by the day on which the reply is due."""
    by = challenge.request.deadline.day
    boxes = {"day": by.day, "month": by.month, "year": by.year}
    return {
        "answer": "actions agreed",
        "words": "We will.",
        "action-1-what": "Keep the place open",
        "action-1-owner-name": "Jo Sample",
        "action-1-owner-organisation": "Sample School",
        "action-1-owner-email": _SCHOOL,
        **{f"action-1-by-{box}": str(figure) for box, figure in boxes.items()},
    }


def _sent_by_link(council: Council, reference: str, link: str, typed: dict[str, str]) -> None:
    """Fill in the form that the link opens, check it, and send it. Nothing counts before."""
    anybody = Client(council)
    before = council.challenge(reference).version
    page = anybody.get(link)
    assert page.status_code == 200, page.text
    check = anybody.send(page, {**typed, "press": "check"})
    assert council.challenge(reference).version == before, "nothing counts before it is sent"
    done = anybody.send(check, {"press": "send"})
    assert done.status_code == 200, done.text
    assert council.challenge(reference).version > before, done.text


def a_mail_raises_a_challenge_and_is_answered(council: Council) -> None:
    """The email is in the bucket, and the function is called for it, as SES would."""
    council.mail_comes_in(form_by_mail("SAMPLE-50505"), IRA)
    (row,) = council.record.lists.of_child("SAMPLE-50505")
    challenge = council.challenge(row.reference)
    assert challenge.events[0].actor.via == "email"
    council.at_rest(row.reference, "Stage 1")
    council.until(lambda: council.letters(IRA, row.reference), "the mail is acknowledged")
    assert "raised" in operate(council.deployment, "mails", str(local_day(clock.now())))
    council.note(row.reference)


def a_request_that_came_back_was_served_on_nobody(council: Council) -> None:
    """The function gets the bounce, as SES would send it through EventBridge."""
    reference = _raised_by_ira(council)
    council.reply_link(TESSA, reference)
    council.at_rest(reference, "Stage 1")
    (key,) = [key for key in council.record.notices.known(reference, 0) if key.endswith("#tm-n")]
    (letter,) = [mail for mail in council.letters(TESSA, reference) if "reply" in mail["Subject"]]
    envelope = Envelope(
        letter["MessageId"], (TESSA,), NoticePlace(reference, key).tags, clock.wall()
    )
    council.invoke(DELIVERY, comes_back(envelope, clock.wall()))
    council.at_rest(reference, "To be reassigned")
    council.note(reference)


def the_night_is_sealed_and_the_morning_told(council: Council) -> None:
    """Call what the schedule calls daily: the seal of every chain, the audit, the daily emails."""
    sealed = council.invoke(SEAL, {})
    assert sealed["sealed"] == len(council.record.lists.every_open())
    assert (sealed["rewritten"], sealed["faults"]) == ([], 0)
    audited = council.invoke(AUDIT, {})
    assert audited["looked_at"] >= len(council.record.lists.every_open())
    assert (audited["wrong"], audited["faults"]) == ([], 0)
    told = council.invoke(DAILY, {})
    council.note(f"{sealed['sealed']} chains sealed, {told['sent']} letters")


def four_silent_stages_climb_by_themselves(council: Council) -> None:
    """Run the clock fast: each stage asks its manager, gets no reply, and moves up."""
    reference = _raised_by_ira(council)
    council.reply_link(TESSA, reference)
    run_fast(council.deployment, working_day=_WORKING_DAY, minutes=_FAST_FOR)

    def silent_to_the_end() -> bool:
        missed = _facts(council.challenge(reference), DeadlineMissed)
        return len(missed) == len(FORMAL_STAGES)

    council.until(silent_to_the_end, f"{reference} has climbed the ladder")
    operate(council.deployment, "training-run", "--stop")
    challenge = council.challenge(reference)
    begun = _facts(challenge, StageBegan)
    assert tuple(fact.stage for fact in begun) == FORMAL_STAGES
    assert [fact.request for fact in _facts(challenge, DeadlineMissed)] == [
        fact.request for fact in begun
    ]
    for fact in begun:
        due = challenge.request_number(fact.request)
        assert due is not None
        (took_effect,) = [
            event.effective
            for event in challenge.events
            if isinstance(event.fact, DeadlineMissed) and event.fact.request == fact.request
        ]
        assert took_effect == due.deadline.at, "a lapse takes effect at its deadline"
    for manager in (TESSA, *_FURTHER_UP):
        council.reply_link(manager, reference)
    council.at_rest(reference, "IRO to decide")
    last = local_day(challenge.events[-1].effective)
    council.note(
        f"{reference}, in service from {local_day(challenge.events[0].effective)} to {last}"
    )


def executions_that_were_killed_are_given_fresh_legs_by_the_sweep(council: Council) -> None:
    """Stop every running execution as an operator; Sweep renews each, and the challenge goes on."""
    reference = _raised_by_ira(council)
    link = council.reply_link(TESSA, reference)
    council.at_rest(reference, "Stage 1")
    machine = council.deployment.emulator.client("stepfunctions")
    killed = council.executions("RUNNING")
    for name in killed:
        machine.stop_execution(executionArn=council.execution(name), cause="In a rehearsal.")
    assert not council.executions("RUNNING")
    swept = council.invoke(SWEEP, {"all": True})
    # On a slow machine, a leg that another has taken over may still have been running.
    open_ = {name.rpartition("_")[0] for name in killed}
    assert swept == {"swept": len(open_), "failed": 0, "left": 0}, f"{swept}, of {sorted(killed)}"
    fresh = council.at_rest(reference, "Stage 1")
    assert fresh not in killed
    Client(council).reply(link)
    council.at_rest(reference, "IRO to decide")
    assert council.challenge(reference).standing is Standing.IRO_TO_DECIDE
    council.note(f"{len(killed)} killed, {swept['swept']} swept")


def every_chain_is_whole(council: Council) -> None:
    """Run the operator's ``verify --all``."""
    council.note(operate(council.deployment, "verify", "--all").strip())


Fact = TypeVar("Fact")


def _facts(challenge: Challenge, kind: type[Fact]) -> list[Fact]:
    """Return the facts of one kind on a challenge's record, in order."""
    return [event.fact for event in challenge.events if isinstance(event.fact, kind)]


def _raised_by_ira(council: Council) -> str:
    year = in_a_year()[:4]
    return council.ira.raise_challenge(**{"concern-1-by-year": year})


#: In this order.
SCENES: tuple[Callable[[Council], None], ...] = (
    # First, because the others' challenges would climb as well.
    four_silent_stages_climb_by_themselves,
    a_program_raises_a_challenge_with_its_token_and_but_once,
    the_case_system_takes_a_record_and_says_that_it_is_on_the_file,
    an_iro_signs_in_and_raises_a_challenge_on_the_page,
    a_manager_replies_and_an_owner_reports_by_the_links_in_their_letters,
    a_mail_raises_a_challenge_and_is_answered,
    a_request_that_came_back_was_served_on_nobody,
    executions_that_were_killed_are_given_fresh_legs_by_the_sweep,
    the_night_is_sealed_and_the_morning_told,
    an_operator_follows_the_runbook,
    each_role_allows_its_work_and_no_more,
    without_its_role_it_fails,
    every_chain_is_whole,
)
