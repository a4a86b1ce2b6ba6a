"""The record, read and written: what a challenge becomes by its events, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.acting import carry_out, check_open, standing_in_words
from domain.challenge import ActionState, Request
from domain.decide import decide
from domain.errors import (
    AlreadyAnsweredError,
    BadSubmissionError,
    NotAllowedError,
    StuckClockError,
)
from domain.events import CLOCK, Actor, Event
from domain.fold import apply, read
from domain.ladder import Stage
from domain.part import Hand, Part, Timer
from domain.rules.accepting import AcceptActions
from domain.rules.actions import GiveUpAction, ReportAction
from domain.rules.appointing import AppointIro
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.missed_actions import ActionMissed
from domain.rules.notes import Noted, WriteNote
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.revising import DecideObjection, Object, ReviseDeadline
from domain.rules.stages import StageBegan
from domain.rules.timescales import DateProposed, ProposeDate
from domain.vocabulary import Capacity, Outcome
from tests.builders import (
    CAS,
    IRA,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    an_action,
    council,
    day,
    directory,
    moment,
    raised,
)

DONE = Reply(1, Answer.RESOLVED, "The visit took place.")


def promised(actions: int = 2) -> Case:
    agreed = tuple(an_action(f"Action {number}") for number in range(actions))
    case = raised().does(TAM, Reply(1, Answer.ACTIONS, "We will.", agreed))
    return case.does(IRA, AcceptActions())


# Read --------------------------------------------------------------------------------------------


def test_it_holds_every_event_in_its_order_and_every_command_that_made_one() -> None:
    case = raised().does(TAM, DONE).until("2026-11-11 10:00")
    challenge = case.challenge
    assert [event.number for event in challenge.events] == list(range(1, challenge.version + 1))
    assert challenge.commands == {event.command for event in challenge.events}
    assert {"raise", "command-1"} <= challenge.commands, "a retry finds its own id"
    assert read(challenge.reference, challenge.events) == challenge
    first = read(challenge.reference, challenge.events[:1])
    assert first.events == challenge.events[:1]
    assert first.commands == {"raise"}


def test_it_begins_with_how_it_was_raised() -> None:
    case = raised()
    with pytest.raises(TypeError, match="The record of PCE-7K3M-9QXT does not begin with how"):
        read("PCE-7K3M-9QXT", case.challenge.events[1:])


def test_what_it_never_heard_of_changes_nothing() -> None:
    case = raised()
    for number in (0, 2):
        assert case.challenge.request_number(number) is None
        assert case.challenge.action_number(number) is None
    assert case.challenge.question is None
    assert case.challenge.chased() == 0


def test_a_request_that_was_just_made_has_nothing_behind_it() -> None:
    request = raised(served=False).request
    assert request == Request(
        *(1, 2, Stage.ONE, ("tm-north",), moment("2026-11-02 10:00")),
        *(request.ledger, moment("2026-11-02 10:00")),
    )
    left = vars(request).keys() - {"number", "event", "stage", "posts", "opened", "ledger"}
    assert not any(getattr(request, name) for name in left - {"known_since"})
    assert request.deadline is request.ledger.first


def test_a_deadline_that_passed_in_silence_is_missed_until_it_is_revised() -> None:
    case = raised(Stage.QAP).until("2026-11-04 09:00")
    assert [one.missed for one in case.challenge.requests] == [True]
    case.does(SARA, ReviseDeadline(day("2026-11-06"), "The panel sits that day."))
    assert [one.missed for one in case.challenge.requests] == [False]
    assert raised().until("2026-11-10 09:00").challenge.requests[0].missed is True
    assert raised().does(TAM, DONE).until("2026-11-20 09:00").request.missed is False


def test_each_objection_to_a_revised_deadline_stays() -> None:
    case = raised().does(SARA, ReviseDeadline(day("2026-11-12"), "The panel sits that day."))
    case.does(IRA, Object("It cannot wait."))
    case.does(SENNA, DecideObjection("request", upheld=False, reason="It can."))
    case.does(SENNA, ReviseDeadline(day("2026-11-13"), "The panel sits then."))
    case.does(IRA, Object("It really cannot."))
    assert case.request.objections == ("It cannot wait.", "It really cannot.")


def test_an_event_knows_whether_it_came_by_email() -> None:
    case = raised().does(TAM, WriteNote("One."), via="email").does(TAM, WriteNote("Two."))
    assert [event.by_email for event in case.events(Noted)] == [True, False]


# Refused -----------------------------------------------------------------------------------------


def refused(case: Case, officer: str, command: object) -> str:
    with pytest.raises(NotAllowedError) as error:
        case.does(officer, command)  # type: ignore[arg-type]
    assert type(error.value) is NotAllowedError
    return str(error.value)


def test_what_cannot_be_done_says_where_it_stands_and_who_one_is() -> None:
    assert refused(raised(), CAS, DONE) == (
        "“Reply” cannot be done now: PCE-7K3M-9QXT is at “Stage 1”, and you are kept informed. "
        "Open the challenge’s page to see what you can do."
    )
    assert "is at “IRO to decide”, and you are asked to reply." in refused(
        raised().does(TAM, DONE), TAM, Escalate(Stage.TWO, "Now.")
    )
    assert "and you are not part of this challenge." in refused(raised(), "win", DONE)
    both = raised(of=council(people=directory(srsm=CAS)))
    said = refused(both, CAS, DONE)
    assert "you are kept informed, the Safeguarding & Review Service Manager." in said


def test_where_it_stands_is_the_stage_or_what_is_waited_for_in_its_place() -> None:
    def stands(case: Case) -> str:
        return standing_in_words(case.challenge, case.council, case.today)

    assert [stands(raised(stage)) for stage in (Stage.QAP, Stage.THREE)] == ["QAP", "Stage 3"]
    assert stands(raised().does(TAM, DONE)) == "IRO to decide"
    assert stands(promised()) == "Actions under way"


def test_after_the_end_what_belongs_to_the_ladder_is_refused() -> None:
    case = raised()
    check_open(case.challenge)
    case.does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They knew not."))
    with pytest.raises(AlreadyAnsweredError) as error:
        check_open(case.challenge)
    assert str(error.value) == (
        "PCE-7K3M-9QXT has ended: withdrawn. Open its page to see what can still be recorded. If "
        "the problem is not over, the IRO can reopen it."
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ActionState.DONE, "reported done, to be confirmed"),
        (ActionState.CONFIRMED, "confirmed done"),
        (ActionState.GIVEN_UP, "dropped"),
        (ActionState.OVERTAKEN, "overtaken by escalation"),
    ],
)
def test_an_action_that_cannot_be_reported_says_how_far_it_has_come(
    state: ActionState, words: str
) -> None:
    case = promised()
    first, second = case.challenge.actions
    case.challenge = replace(case.challenge, actions=(replace(first, state=state), second))
    with pytest.raises(AlreadyAnsweredError) as error:
        case.does(WYN, ReportAction(1, "A letter."))
    assert str(error.value) == f"Action 1 is {words}. Open the challenge's page to see it."


def test_an_action_that_was_never_reported_cannot_be_confirmed_and_says_why() -> None:
    assert str(ActionState.OPEN) == "under way"
    assert str(ActionState.MISSED) == "not done by its date"
    with pytest.raises(NotAllowedError, match="no action 7 on PCE-7K3M-9QXT"):
        promised().does(IRA, GiveUpAction(7, "No."))


@pytest.mark.parametrize(
    ("case", "officer", "command", "fields"),
    [
        (
            lambda: raised(Stage.TWO),
            *(IRA, Escalate(Stage.ONE, "Back.")),
            {"to": "Choose a stage after Stage 2."},
        ),
        (
            lambda: raised(Stage.FOUR),
            *(IRA, Escalate(Stage.FOUR, "Again.")),
            {"to": "Stage 4 is the last stage. Ask again, record a resolution, or end the "
             "challenge."},
        ),
        (
            lambda: raised().does(TAM, SayNotMine(1, "Not my team.")),
            *(IRA, Reassign("analyst", "Try.")),
            {"post": "Choose the post that should reply."},
        ),
        (
            lambda: raised(of=council(people=directory(tm_south=None))).does(
                TAM, SayNotMine(1, "Not my team.")
            ),
            *(IRA, Reassign("tm-south", "Try.")),
            {"post": "Nobody holds or covers that post today. Choose another post."},
        ),
        (
            lambda: raised(of=council(people=directory(tm_south=IRA))).does(
                TAM, SayNotMine(1, "Not my team.")
            ),
            *(IRA, Reassign("tm-south", "Try.")),
            {"post": "Nobody can reply to a challenge that they raised. Choose another post."},
        ),
        (
            raised,
            *(IRA, Close(Outcome.RESOLVED_AT_STAGE, "Done.", ChildTold.NO, "They knew not.")),
            {"outcome": "Choose an end without resolution, or record the matter as resolved "
             "instead."},
        ),
        (
            lambda: raised(Stage.QAP),
            *(IRA, Close(Outcome.CLOSED_AFTER_CAFCASS, "So.", ChildTold.NO, "They knew not.")),
            {"outcome": "There is no referral to Cafcass on the record."},
        ),
        (
            lambda: raised(Stage.QAP),
            *(IRA, Close(Outcome.UNRESOLVED_NOT_REFERRED, "So.", ChildTold.NO, "They knew not.")),
            {"outcome": "You can only choose this after a formal stage."},
        ),
        (
            lambda: raised(Stage.FOUR),
            *(IRA, Close(Outcome.UNRESOLVED_NOT_REFERRED, "So.", ChildTold.NO, "They knew not.")),
            {"outcome": "Stage 4 has not ended yet. Move the challenge up, or wait for the "
             "Assistant Director’s reply."},
        ),
        (
            raised,
            *(SENNA, AppointIro(IRA, " ")),
            {"iro": "Choose another officer who is an IRO.",
             "reason": "Enter why you are appointing another IRO."},
        ),
    ],
)  # fmt: skip
def test_what_is_refused_says_at_its_field_what_to_do_instead(
    case: object, officer: str, command: object, fields: dict[str, str]
) -> None:
    with pytest.raises(BadSubmissionError) as error:
        case().does(officer, command)  # type: ignore[operator]
    assert error.value.fields == fields


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("last year", None),
        ("horizon", "Enter a date before {year}."),
        ("beyond", "Enter a date before {year}."),
        ("today", None),
        ("yesterday", "Enter a date that is today or in the future."),
    ],
)
def test_a_day_is_from_today_on_and_not_so_far_off_that_nothing_could_be_counted_from_it(
    when: str, said: str | None
) -> None:
    year = council().calendar.last_year
    chosen = {
        "last year": council().calendar.add(day(f"{year - 1}-12-31"), 0),
        "horizon": day(f"{year}-01-01"),
        "beyond": day(f"{year + 1}-01-01"),
        "today": day("2026-11-02"),
        "yesterday": day("2026-11-01"),
    }[when]
    agreed = Reply(1, Answer.ACTIONS, "We will.", (an_action(),))
    case = raised().does(TAM, agreed).does(IRA, AcceptActions())
    propose = ProposeDate(1, chosen, "The panel sits that day.")
    if said is None:
        assert case.does(WYN, propose).the(DateProposed).by == chosen
        return
    with pytest.raises(BadSubmissionError) as error:
        case.does(WYN, propose)
    assert error.value.fields == {"by": said.format(year=year)}


def test_what_is_carried_out_is_what_the_hand_may_do_and_not_more() -> None:
    case = raised()
    sara = Actor(SARA, "Sara Sample-Three", "the SRSM", "page")
    for who in (frozenset[Capacity](), frozenset({Capacity.SRSM})):
        with pytest.raises(NotAllowedError):
            carry_out(DONE, case.challenge, Hand(sara, who, case.now, case.council))
    tam = Actor(TAM, "Tam Sample-Seven", "asked to reply", "page")
    hand = Hand(tam, frozenset({Capacity.RESPONDER}), case.now, case.council)
    (fact,) = carry_out(DONE, case.challenge, hand)
    assert fact.request == 1  # type: ignore[attr-defined]


# A clock that would not come to rest -------------------------------------------------------------


def test_as_many_actions_as_there_are_can_be_missed_at_once() -> None:
    case = promised(120).sleep_until("2026-12-01 10:00")
    assert len(case.facts(ActionMissed)) == 120


def restless(monkeypatch: pytest.MonkeyPatch, facts: int) -> Case:
    """A rule that puts a note on the record so many times, each after the last."""
    case = raised(served=False)
    now, left = case.now, iter(range(facts))

    def again(*_: object) -> list[Timer]:
        noted = [] if next(left, None) is None else [Timer(now, "a note", now, (Noted("Again."),))]
        return [*noted, Timer(moment("2026-12-01 10:00"), "later", now, ())]

    monkeypatch.setattr("domain.rulebook.PARTS", (Part(99, "Restless", timers=again),))
    return case


def test_a_clock_that_never_comes_to_rest_is_stopped_and_says_what_it_was_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = restless(monkeypatch, 10_000)
    with pytest.raises(
        StuckClockError, match=r"The clock of PCE-7K3M-9QXT never stops at .*: a note"
    ):
        decide(case.challenge, case.now, case.council, "clock")


def test_a_clock_that_comes_to_rest_after_many_facts_is_not_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """200 facts in one decision are more than the stages, their questions and the period make."""
    case = restless(monkeypatch, 200)
    decision = decide(case.challenge, case.now, case.council, "clock")
    assert len(decision.events) == 200
    assert {event.actor for event in decision.events} == {CLOCK}
    assert decision.whole_at == tuple(range(case.challenge.version + 1, 203))


def test_what_was_on_the_record_before_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    case = restless(monkeypatch, 150)
    for number in range(3, 403):
        note = Event(number, Noted("Before."), CLOCK, case.now, case.now, "before")
        case.challenge = apply(case.challenge, note)
    assert len(decide(case.challenge, case.now, case.council, "clock").events) == 150


def test_one_fact_more_is_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    case = restless(monkeypatch, 201)
    with pytest.raises(StuckClockError):
        decide(case.challenge, case.now, case.council, "clock")


def test_a_clock_that_is_due_and_has_nothing_to_do_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would be due again at once, for ever."""
    case = raised(served=False)
    idle = Timer(case.now, "nothing", case.now, ())
    monkeypatch.setattr("domain.rulebook.PARTS", (Part(99, "Idle", timers=lambda *_: [idle]),))
    with pytest.raises(StuckClockError, match="nothing"):
        decide(case.challenge, case.now, case.council, "clock")


def test_a_stage_that_began_is_one_whole_with_the_silence_before_it() -> None:
    case = raised()
    decision = decide(case.challenge, moment("2026-11-10 09:00"), case.council, "clock")
    began = next(event for event in decision.events if isinstance(event.fact, StageBegan))
    assert began.number in decision.whole_at
    assert began.number - 1 not in decision.whole_at
