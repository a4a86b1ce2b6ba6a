"""The real state machine, functions and emails, under a clock that jumps."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv, to_csv
from adapters.errors import CouncilMovedOnError
from adapters.executions import Executions
from adapters.figures import figures
from adapters.mail import Mail, MailUnavailableError
from adapters.settings import read_procedure
from adapters.sweep import doubling
from domain.challenge import AgreedAction, Owner
from domain.directory import Cover
from domain.errors import NotAllowedError
from domain.form import Answered, ChildsRights
from domain.ladder import FORMAL_STAGES, OF_THE_GUIDANCE, Stage
from domain.moments import end_of_day, local_day
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, ReportAction
from domain.rules.childs_rights import RecordChildsRights
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Close, RecordChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.holidays import DeadlineMoved
from domain.rules.posts import Reassign
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.stages import StageBegan
from domain.vocabulary import Outcome, Standing
from infra.local.emulator import FunctionError
from tests.workflow.service import (
    CHILD,
    RESPONDERS,
    SAMPLE_DIRECTORY,
    Service,
    running,
    write_logs_to,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("entry", FORMAL_STAGES)
def test_a_silent_ladder_climbs_from_each_entry_stage_to_the_iro(
    service: Service, entry: Stage
) -> None:
    """Rule 5: no reply by the deadline, stage after stage; after stage 4 the IRO is asked."""
    reference = service.raise_at(entry)
    for stage in (entry, *OF_THE_GUIDANCE.after(entry)):
        challenge = service.challenge(reference)
        assert challenge.stage is stage
        assert service.rung(reference) == stage.title
        service.jump_past(challenge.request.deadline.at)
    assert service.rung(reference) == "IRO to decide"
    assert service.challenge(reference).stage is Stage.FOUR
    names = [execution["name"] for execution in service.executions(reference)]
    assert names == [f"{reference}_1"], "the ladder climbs by itself in one execution"


def test_qap_never_goes_formal_by_itself(service: Service) -> None:
    """Rule 2: the software asks somebody to decide that."""
    reference = service.raise_at(Stage.QAP)
    assert service.rung(reference) == "QAP"
    service.jump(timedelta(days=30))
    assert service.challenge(reference).stage is Stage.QAP
    assert service.rung(reference) == "IRO to decide"


@pytest.mark.parametrize("stage", list(Stage))
def test_a_reply_at_each_stage_comes_back_to_the_iro_who_resolves(
    service: Service, stage: Stage
) -> None:
    """Rule 4: after a reply the IRO decides."""
    reference = service.raise_at(stage)
    service.reply(reference, RESPONDERS[stage])
    assert service.rung(reference) == "IRO to decide"
    command = Resolve("Seen at the visit.", ChildTold.YES, "By me, at the visit.")
    closed = service.act(reference, "iro-1", command)
    assert closed.outcome in (Outcome.RESOLVED_INFORMALLY, Outcome.RESOLVED_AT_STAGE)
    assert service.place_on_file(reference).standing is Standing.ENDED_TO_ASK
    assert service.rung(reference) == "Ended: one question to come", "what changed (rule 24)"
    statuses = [execution["status"] for execution in service.executions(reference)]
    assert statuses == [*["ABORTED"] * 4, "RUNNING"]


def test_each_stopped_leg_says_which_event_took_over(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    stopped = service.executions(reference)[0]
    described = boto3.client("stepfunctions").describe_execution(
        executionArn=stopped["executionArn"]
    )
    assert described["status"] == "ABORTED"
    assert "Replied" in described["cause"]


@pytest.mark.parametrize(
    ("decision", "kind", "rung"),
    [
        (Escalate(Stage.TWO), "StageBegan", "Stage 2"),
        (Escalate(Stage.FOUR, "No time is left."), "StageBegan", "Stage 4"),
        (AskAgain("Please send the plan.", 3), "AskedAgain", "Stage 1"),
    ],
)
def test_the_iros_decisions_each_light_their_rung(
    service: Service, decision: Escalate | AskAgain, kind: str, rung: str
) -> None:
    """Rule 4: not resolved, or ask again."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.act(reference, "iro-1", decision)
    assert kind in service.kinds(reference)
    assert service.rung(reference) == rung


def test_agreed_actions_are_followed_until_done_and_confirmed(service: Service) -> None:
    """Rule 6: a promise is not a resolution."""
    reference = service.raise_at(Stage.ONE)
    by = local_day(service.now) + timedelta(days=10)
    actions = (AgreedAction("Visit", "The social worker", by, Owner("sw-n1")),)
    number = service.challenge(reference).request.number
    service.act(reference, "tm-n", Reply(number, Answer.ACTIONS, "We will.", actions))
    service.act(reference, "iro-1", AcceptActions())
    assert service.rung(reference) == "Actions under way"
    service.jump_past(end_of_day(by))
    assert service.rung(reference) == "IRO to decide", "the date was missed"
    service.act(reference, "sw-n1", ReportAction(1, "The visit's record."))
    assert service.rung(reference) == "IRO to decide", "the IRO is to confirm"
    confirmed = service.act(reference, "iro-1", ConfirmAction(1, "Seen."))
    assert confirmed.open, "a promise that was kept is not a resolution either"
    resolved = Resolve("The child was visited.", ChildTold.YES, "By me.")
    closed = service.act(reference, "iro-1", resolved)
    assert closed.outcome is Outcome.RESOLVED_BY_ACTIONS


def test_not_mine_waits_for_the_iro_and_goes_to_another_post(service: Service) -> None:
    """Rule 15: meanwhile it does not move up by itself, for four working days."""
    reference = service.raise_at(Stage.ONE)
    old_deadline = service.challenge(reference).request.deadline.at
    service.jump(old_deadline - timedelta(hours=2))
    service.not_mine(reference, "tm-n")
    assert service.rung(reference) == "To be reassigned"
    service.jump_past(old_deadline)
    assert service.challenge(reference).stage is Stage.ONE
    service.act(reference, "iro-1", Reassign("tm-south", "The child has moved team."))
    assert service.rung(reference) == "Stage 1"
    assert "Please reply" in service.mails("tm-s")[-1].subject
    service.reply(reference, "tm-s")


def test_a_reply_in_the_same_second_as_its_deadline_is_in_time(service: Service) -> None:
    """A reply's moment is its receipt: Decide lapses a deadline a minute after it."""
    reference = service.raise_at(Stage.ONE)
    deadline = service.challenge(reference).request.deadline.at
    service.jump(deadline + timedelta(seconds=1))
    number = service.challenge(reference).request.number
    command = Reply(number, Answer.RESOLVED, "Done.")
    service.act(reference, "tm-n", command, received=deadline)
    service.jump(timedelta(hours=1))
    challenge = service.challenge(reference)
    assert challenge.stage is Stage.ONE
    reply = challenge.request.reply
    assert reply is not None
    assert reply.effective == deadline
    assert not getattr(reply.fact, "late")  # noqa: B009 - one field of a union


def test_a_reply_after_the_lapse_is_recorded_and_undoes_nothing(service: Service) -> None:
    """Rule 5: a late reply is always accepted and put on the record."""
    reference = service.raise_at(Stage.ONE)
    service.jump_past(service.challenge(reference).request.deadline.at)
    service.act(reference, "tm-n", Reply(1, Answer.RESOLVED, "Sorry, late."))
    challenge = service.challenge(reference)
    assert challenge.stage is Stage.TWO
    assert challenge.requests[0].late_replies
    assert service.rung(reference) == "Stage 2"


@pytest.mark.parametrize("days", [-3, +7])
def test_a_revision_in_flight_moves_the_wait(service: Service, days: int) -> None:
    """Rule 7: shorter or longer, and never silently."""
    reference = service.raise_at(Stage.ONE)
    first = service.challenge(reference).request.deadline
    day = first.day + timedelta(days=days)
    service.act(reference, "srsm", ReviseDeadline(day, "Agreed with the service."))
    assert any("changed" in mail.text for mail in service.mails("tm-n")[1:])
    earlier, later = sorted([first.at, end_of_day(day)])
    service.jump_past(earlier)
    expected = Stage.TWO if days < 0 else Stage.ONE
    assert service.challenge(reference).stage is expected
    service.jump_past(later)
    assert service.challenge(reference).stage is Stage.TWO
    began = service.challenge(reference).events
    stage_two = next(e for e in began if isinstance(e.fact, StageBegan) and e.fact.stage == "2")
    assert stage_two.effective == end_of_day(day)


def test_unresolved_after_stage_four_and_not_referred(service: Service) -> None:
    """Rule 16: with reasons, once stage 4 has ended."""
    reference = service.raise_at(Stage.FOUR)
    service.jump_past(service.challenge(reference).request.deadline.at)
    command = Close(
        Outcome.UNRESOLVED_NOT_REFERRED, "It came right late.", ChildTold.NO, "They never knew."
    )
    assert service.act(reference, "iro-1", command).outcome is Outcome.UNRESOLVED_NOT_REFERRED
    service.place_on_file(reference)
    assert service.executions(reference)[-1]["status"] == "RUNNING", "an advocate is to be offered"
    yes = Answered.YES
    service.act(reference, "iro-1", RecordChildsRights(ChildsRights(yes, yes, yes, Answered.NO)))
    assert service.executions(reference)[-1]["status"] == "SUCCEEDED"


@pytest.mark.parametrize("lost", ["start", "stop", "both"])
def test_a_lost_start_or_stop_leaves_one_running_leg_after_sweep(
    service: Service, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """If it never happens, no harm: the record says which leg is the current one."""
    reference = service.raise_at(Stage.ONE)

    def fails(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://states.example")

    with monkeypatch.context() as outage:
        for name in ("start", "stop"):
            if lost in (name, "both"):
                outage.setattr(Executions, name, fails)
        service.reply(reference, "tm-n")
    service.jump(timedelta(minutes=5))
    assert service.emulator.invoke("sweep", {})["failed"] == 0
    service.emulator.clock.settle()
    running_legs = [e["name"] for e in service.executions(reference) if e["status"] == "RUNNING"]
    current = wiring.casebook().record.chain.load(reference).head.leg
    assert f"{reference}_{current}" in running_legs
    if lost != "stop":
        assert len(running_legs) == 1
    service.jump(timedelta(days=8))
    running_legs = [e["name"] for e in service.executions(reference) if e["status"] == "RUNNING"]
    assert running_legs == [f"{reference}_{current}"], "a leg that was not stopped is superseded"
    assert service.rung(reference) == "IRO to decide"


def test_withdrawal_while_waiting_ends_it_for_good(service: Service) -> None:
    """Rule 16: withdrawn, with a reason; after it a late reply undoes nothing."""
    reference = service.raise_at(Stage.TWO)
    service.withdraw(reference)
    version = service.place_on_file(reference).version
    service.jump(timedelta(days=60))
    assert service.challenge(reference).version == version
    assert all(e["status"] != "RUNNING" for e in service.executions(reference))
    service.reply(reference, "csm")
    assert service.kinds(reference)[version:] == ["Replied"]
    ended = service.challenge(reference)
    assert ended.outcome is Outcome.WITHDRAWN
    assert not ended.questions
    assert all(e["status"] != "RUNNING" for e in service.executions(reference))


def test_on_no_reply_ask_asks_the_iro_and_waits(tmp_path: Path) -> None:
    """Rule 5: the other value of the setting."""
    with running(tmp_path, procedure='on_no_reply = "ask"') as service:
        reference = service.raise_at(Stage.ONE)
        service.jump_past(service.challenge(reference).request.deadline.at)
        assert service.challenge(reference).stage is Stage.ONE
        assert service.rung(reference) == "IRO to decide"
        service.act(reference, "iro-1", Escalate(Stage.TWO, "Silence."))
        assert service.rung(reference) == "Stage 2"


def test_the_same_command_twice_acts_once(service: Service) -> None:
    """After a time-out on a write that did happen, the retry finds its own id and succeeds."""
    reference = service.raise_at(Stage.ONE)
    command = Reply(1, Answer.RESOLVED, "Done.")
    service.act(reference, "tm-n", command, command_id="same")
    service.act(reference, "tm-n", command, command_id="same")
    assert service.kinds(reference).count("Replied") == 1


def test_a_double_post_raises_one_challenge(service: Service) -> None:
    """Raising writes ONCE in its transaction."""
    assert service.raise_at(Stage.ONE, once="k") == service.raise_at(Stage.ONE, once="k")


def test_a_responder_cannot_decide(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    command = Close(Outcome.WITHDRAWN, "No.", ChildTold.NO, "They never knew.")
    with pytest.raises(NotAllowedError):
        service.act(reference, "tm-n", command)


def test_what_has_ended_with_something_left_to_do_has_a_leg_and_is_open_in_no_list(
    service: Service,
) -> None:
    """Rule 16: *not yet told* continues after the end, at its own rung."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", Resolve("It is done.", ChildTold.NOT_YET))
    service.place_on_file(reference)
    assert service.rung(reference) == "Ended: something left to do"
    assert service.open_challenges() == []
    record = wiring.casebook().record
    assert [row.asks for row in record.lists.in_tray("iro-1")] == [
        "record whether the child was told"
    ]
    calendar = wiring.casebook().council().calendar
    assert sum(figures(list(record.lists.pulses()), calendar).open_at.values()) == 0
    service.jump(timedelta(days=7))
    assert "Chased" in service.kinds(reference)
    assert service.rung(reference) == "Ended: something left to do"
    told = RecordChildTold(ChildTold.YES, "By me, at the visit.")
    assert service.act(reference, "iro-1", told).standing is Standing.ENDED_TO_ASK
    assert record.lists.in_tray("iro-1") == []
    assert [row.reference for row in record.lists.every_leg()] == [reference]


def test_sweep_revives_an_execution_that_was_stopped_by_hand(service: Service) -> None:
    """Whatever happened to the execution, the record wakes it."""
    reference = service.raise_at(Stage.ONE)
    client = boto3.client("stepfunctions")
    client.stop_execution(executionArn=service.executions(reference)[0]["executionArn"])
    deadline = service.challenge(reference).request.deadline.at
    service.jump_past(deadline)
    assert service.challenge(reference).stage is Stage.ONE, "nobody is awake"
    assert service.emulator.invoke("sweep", {}) == {"swept": 1, "failed": 0, "left": 0}
    service.emulator.clock.settle()
    challenge = service.challenge(reference)
    assert challenge.stage is Stage.TWO
    assert challenge.events[-1].effective >= deadline
    assert service.emulator.invoke("sweep", {}) == {"swept": 0, "failed": 0, "left": 0}


def test_an_old_leg_that_was_never_stopped_ends_as_superseded(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    answer = service.emulator.invoke("decide", {"reference": reference, "leg": 0})
    assert answer["where"] == "SUPERSEDED"


def test_a_proclaimed_bank_holiday_moves_the_open_deadlines(service: Service) -> None:
    """Each deadline moves with an event that says why; Sweep carries the change to all."""
    reference = service.raise_at(Stage.ONE)
    before = service.challenge(reference).request.deadline.day
    store = CouncilStore(
        lambda: boto3.resource("dynamodb").Table("positive-challenge"), read_procedure
    )
    store.proclaim(before, "A day of celebration")
    assert service.emulator.invoke("sweep", {})["swept"] == 1
    service.emulator.clock.settle()
    challenge = service.challenge(reference)
    assert challenge.request.deadline.day > before
    moved = [e.fact for e in challenge.events if isinstance(e.fact, DeadlineMoved)]
    assert len(moved) == 2, "the reply's deadline, and the resolution period"
    assert all("A day of celebration" in fact.because for fact in moved)
    assert service.emulator.invoke("sweep", {})["swept"] == 0


def test_a_new_directory_reaches_the_open_challenges(service: Service) -> None:
    """Rule 15: a challenge is put to a post, and whoever holds it now is asked as well."""
    reference = service.raise_at(Stage.ONE)
    store = CouncilStore(
        lambda: boto3.resource("dynamodb").Table("positive-challenge"), read_procedure
    )
    old = from_csv(SAMPLE_DIRECTORY)
    moved = replace(old.posts["tm-north"], holder="tm-s")
    store.load_directory(replace(old, posts={**old.posts, "tm-north": moved}))
    assert service.mails("tm-s") == []
    assert service.emulator.invoke("sweep", {})["swept"] == 1
    service.emulator.clock.settle()
    assert "Please reply" in service.mails("tm-s")[-1].subject
    assert "tm-s" in service.challenge(reference).request.served
    with pytest.raises(NotAllowedError):
        service.reply(reference, "tm-n")
    assert service.emulator.invoke("sweep", {})["swept"] == 0


def test_of_two_directories_loaded_at_once_one_counts_and_it_is_whole(service: Service) -> None:
    table = boto3.resource("dynamodb").Table("positive-challenge")
    store, slower = (CouncilStore(lambda: table, read_procedure) for _ in range(2))
    sample = from_csv(SAMPLE_DIRECTORY)
    renamed = replace(
        sample,
        officers={id_: replace(one, name="Somebody Else") for id_, one in sample.officers.items()},
    )
    read_before = slower._pointer()
    slower._pointer = lambda: read_before  # type: ignore[method-assign]
    store.load_directory(sample)
    with pytest.raises(CouncilMovedOnError, match="Nothing of yours was loaded"):
        slower.load_directory(renamed)
    assert store.current().directory.officers == sample.officers
    assert [(one.what, one.who) for one in store.changed()][-1] == ("directory", "operator")
    assert service.emulator.invoke("sweep", {})["failed"] == 0


def test_what_somebody_saw_has_to_be_what_they_change(service: Service) -> None:
    """Cover set between somebody's look and their load is not lost: they look again."""
    table = boto3.resource("dynamodb").Table("positive-challenge")
    store = CouncilStore(lambda: table, read_procedure)
    seen = store.current()
    cover = (Cover("tm-north", "tm-s", date(2026, 11, 2), date(2026, 11, 6)),)
    store.set_cover(cover, who="tm-n", after=seen.change)
    with pytest.raises(CouncilMovedOnError):
        store.load_directory(seen.directory, after=seen.change)
    with pytest.raises(CouncilMovedOnError):
        store.set_cover((), who="tm-n", after=seen.change)
    now = store.current()
    assert (now.directory.cover, now.directory.posts) == (cover, seen.directory.posts)
    last = store.changed()[-1]
    assert (last.number, last.what, last.who) == (now.change, "cover", "tm-n")
    assert service.emulator.invoke("sweep", {})["failed"] == 0


def test_a_directory_that_was_written_as_files_is_read_as_it_was(
    service: Service, tmp_path: Path
) -> None:
    table = boto3.resource("dynamodb").Table("positive-challenge")
    store = CouncilStore(lambda: table, read_procedure)
    covered = Cover("iro-post-1", "iro-2", date(2026, 11, 2), date(2026, 11, 6))
    store.load_directory(replace(from_csv(SAMPLE_DIRECTORY), cover=(covered,)))
    to_csv(store.current().directory, tmp_path)
    assert from_csv(tmp_path) == store.current().directory
    assert service.emulator.invoke("sweep", {})["failed"] == 0


def test_closure_days_in_the_procedure_file_move_open_deadlines_once_an_operator_says_so(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    before = service.challenge(reference).request.deadline.day
    file = tmp_path / "procedure.toml"
    file.write_text(f'closure_days_count = false\n[closure_days]\n{before} = "Offices closed"\n')
    monkeypatch.setenv("PROCEDURE_FILE", str(file))
    wiring.forget()
    assert service.emulator.invoke("sweep", {})["swept"] == 0
    table = boto3.resource("dynamodb").Table("positive-challenge")
    CouncilStore(lambda: table, read_procedure).recount()
    assert service.emulator.invoke("sweep", {})["swept"] == 1
    service.emulator.clock.settle()
    assert service.challenge(reference).request.deadline.day > before


def test_an_outage_of_mail_does_not_hold_up_the_ladder(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost: emails go out when SES is back; a stage that was served climbs on."""
    reference = service.raise_at(Stage.ONE)
    deadline = service.challenge(reference).request.deadline.at
    with monkeypatch.context() as outage:

        def fails(*_: object) -> str:
            raise MailUnavailableError

        outage.setattr(Mail, "send", fails)
        service.jump_past(deadline)
        assert service.challenge(reference).stage is Stage.TWO
        sent = len(service.mails())
        service.jump(timedelta(hours=12))
    assert len(service.mails()) == sent
    service.jump(timedelta(hours=2))
    assert "Please reply" in service.mails("csm")[-1].subject
    assert service.challenge(reference).request.served


def test_a_letter_that_is_put_off_says_why(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A permission that a role lacks must not look like an outage that passes."""

    def refused(*_: object) -> str:
        message = "AccessDeniedException"
        raise MailUnavailableError(message)

    monkeypatch.setattr(Mail, "send", refused)
    reference = service.raise_at(Stage.ONE)
    logged = [vars(one) for one in caplog.records if one.message == "letter put off"]
    assert {(one["reference"], one["why"]) for one in logged} == {
        (reference, "AccessDeniedException")
    }
    kept = wiring.casebook().record.notices.known(reference, 0).values()
    assert "AccessDeniedException" in {one.get("failure") for one in kept}


def test_a_stage_that_was_not_served_does_not_move_up_by_itself(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules 5 and 15: the clock starts when served."""
    with monkeypatch.context() as outage:

        def fails(*_: object) -> str:
            raise MailUnavailableError

        outage.setattr(Mail, "send", fails)
        reference = service.raise_at(Stage.ONE)
        first = service.challenge(reference).request.deadline
        service.jump_past(first.at)
        assert service.challenge(reference).stage is Stage.ONE
        assert service.rung(reference) == "To be reassigned"
    service.jump(timedelta(hours=2))
    challenge = service.challenge(reference)
    assert challenge.request.served
    assert challenge.request.deadline.day > first.day
    assert service.rung(reference) == "Stage 1"


def test_nobody_is_told_twice_and_everybody_once(service: Service) -> None:
    """Each event is told to each recipient once."""
    reference = service.raise_at(Stage.ONE)
    service.jump(timedelta(days=60))
    service.emulator.invoke("sweep", {"all": True})
    service.emulator.clock.settle()
    told = [(str(m.to), m.subject, m.sent_at) for m in service.mails()]
    assert len(told) == len(set(told))
    keys = wiring.casebook().record.notices.known(reference, 1)
    assert len(keys) == len(told)


def test_no_letter_log_line_or_execution_shows_the_child(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Privacy: those who watch executions or emails need not know any child."""
    write_logs_to(sys.stdout, monkeypatch)
    reference = service.raise_at(Stage.ONE)
    service.jump(timedelta(days=40))
    service.withdraw(reference)
    mails = " ".join(m.subject + m.text + m.html + str(m.headers) for m in service.mails())
    printed = capsys.readouterr()
    seen = mails + service.everything_operators_see() + printed.out + printed.err
    assert reference in seen
    assert '"message":"decided"' in printed.out, "the log lines are searched"
    for secret in (CHILD.name, *CHILD.name.split(), "2013-04-05", "April 2013", "Marigold"):
        assert secret not in seen
    assert CHILD.case_id not in seen


def test_waking_for_nothing_changes_nothing(service: Service) -> None:
    """Waking twice, late, or without a reason must do no harm."""
    reference = service.raise_at(Stage.ONE)
    before = service.challenge(reference)
    for _ in range(3):
        service.emulator.invoke("decide", {"reference": reference, "leg": 1})
    assert service.challenge(reference) == before


def test_twenty_wakes_for_nothing_are_a_fault(service: Service) -> None:
    """A loop would cost money and stay hidden: operators see a failed execution instead."""
    reference = service.raise_at(Stage.ONE)

    def wake_often() -> None:
        for _ in range(25):
            service.emulator.invoke("decide", {"reference": reference, "leg": 1})

    with pytest.raises(FunctionError, match="for nothing"):
        wake_often()


def test_a_faulty_challenge_does_not_stop_the_rest(service: Service) -> None:
    """Sweep retries it with growing pauses, and shows it to operators."""
    broken, sound = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    table = boto3.resource("dynamodb").Table("positive-challenge")
    key = {"PK": f"CHALLENGE#{broken}", "SK": "EVENT#000001"}
    item = table.get_item(Key=key)["Item"]
    table.put_item(Item={**item, "text": str(item["text"]).replace("Marigold", "Changed")})
    asleep = service.executions(sound)[0]["executionArn"]
    boto3.client("stepfunctions").stop_execution(executionArn=asleep)
    service.jump(timedelta(days=10))
    assert service.challenge(sound).stage is Stage.ONE, "nobody is awake"
    for _ in range(3):
        assert service.emulator.invoke("sweep", {})["swept"] >= 1
        service.emulator.clock.settle()
        service.jump(timedelta(hours=1))
    assert service.challenge(sound).stage is Stage.TWO
    _, faults = wiring.casebook().record.legs.head(broken)
    assert faults == 3, "each time it is left alone for longer"
    failed = [e for e in service.executions(broken) if e["status"] == "FAILED"]
    assert failed, "operators see the fault"


@pytest.mark.parametrize("times", [0, 1, 5, 6, 40, 100_000])
def test_a_pause_doubles_up_to_its_limit_however_often(times: int) -> None:
    """An outage of days, or a fault that nobody corrects, must not itself become a fault."""
    limit = timedelta(hours=1)
    assert doubling(times, limit) == (timedelta(minutes=2**times) if times < 6 else limit)
