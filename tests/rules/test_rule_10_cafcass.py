"""Rule 10: whether to refer to Cafcass, the referral, and Cafcass's answer.

Guidance: G7, G40, G41, G42, G43, G51.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.wiring import council_store
from domain.challenge import ActionState
from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.moments import local_day
from domain.notices import notices
from domain.people import capacities
from domain.privileged import Sealed
from domain.rulebook import marks_of
from domain.rules.accepting import AcceptActions
from domain.rules.cafcass import (
    AskCafcass,
    CafcassAnswer,
    CafcassAnswered,
    CafcassAsked,
    CafcassToBeAsked,
    CourtDocuments,
    JudicialReview,
    RecordCafcassAnswer,
    RecordJudicialReview,
    Referred,
    ReferToCafcass,
    referrals,
)
from domain.rules.considering import (
    DoNotRefer,
    FindUnresolved,
    FoundUnresolved,
    NotReferred,
    ReferralDue,
)
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.escalating import Escalate
from domain.rules.lateness import Chased
from domain.rules.legal import AdviceAsked, AskForAdvice
from domain.rules.missed_actions import LastStageUnresolved, NoNewDate
from domain.rules.naming import LastStageNotServed
from domain.rules.reopening import Reopen
from domain.rules.replies import Answer, Reply
from domain.rules.serving import NotServed, NotServedCause
from domain.tasks import is_theirs, tasks
from domain.timeline import details, headline, next_step
from domain.vocabulary import Capacity, Outcome, Purpose, Standing
from handlers.pages.acts import Scene
from handlers.pages.acts.cafcass import REFER_TO_CAFCASS
from handlers.pages.acts.legal import ASK_FOR_ADVICE
from tests.builders import (
    ADA,
    AUDLEY,
    DAILY,
    DANA,
    HEDY,
    IRA,
    NOT_REFERRED,
    SARA,
    SENNA,
    TAM,
    Case,
    an_action,
    council,
    day,
    directory,
    raised,
    with_lawyers,
)
from tests.pages.visitor import Visitor
from tests.rules.test_rule_20_the_child_s_file import scene
from tests.workflow.service import CHILD

if TYPE_CHECKING:
    from datetime import date

    from domain.part import Command
    from tests.workflow.service import Service

_TOLD = (ChildTold.YES, "At the visit.")
_FAILURE, _ATTENTION = "The plan drifts for a year.", "The Head of Service, since May."
_NAMED = "Cafcass Intake, intake@cafcass.example, by secure email"


def refer(sent: str = "2026-11-02", **says: object) -> ReferToCafcass:
    """Return a referral that was sent on that day."""
    said = {"route": "Secure email", "address": _NAMED, "sent_on": day(sent), **says}
    return ReferToCafcass(failure=_FAILURE, attention=_ATTENTION, **said)  # type: ignore[arg-type]


def answered(answer: CafcassAnswer = CafcassAnswer.REFUSED) -> RecordCafcassAnswer:
    """Return an answer of Cafcass that came on the Monday on which the silent stage 4 has ended."""
    return RecordCafcassAnswer(answer, day("2026-11-10"), "They write that it can wait.")


def silent(at: str = "2026-11-10 10:00") -> Case:
    """Return it after a silent stage 4, whose reply was due by Monday 9 November."""
    return raised(Stage.FOUR).until(at)


def due(case: Case, purpose: Purpose) -> date | None:
    """Return by when somebody has a task of this purpose; ``None`` if nobody has."""
    found = [one for one in tasks(case.challenge, case.council) if one.purpose is purpose]
    return found[0].deadline.day if found else None


def whether(case: Case) -> date | None:
    """Return by when the IRO has to decide whether to refer."""
    return due(case, Purpose.CONSIDER_CAFCASS)


# Referring ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(Stage))
def test_the_iro_may_refer_to_cafcass_at_any_time(stage: Stage) -> None:
    assert raised(stage).does(IRA, refer()).facts(Referred)
    ended = raised(stage).does(IRA, Resolve("It was done.", *_TOLD))
    assert ended.does(IRA, refer()).facts(Referred)


def test_referring_is_the_iro_s_alone() -> None:
    case = silent()
    for other in (SARA, SENNA, ADA, TAM, HEDY):
        with pytest.raises(NotAllowedError):
            case.does(other, refer())
    case.until("2026-12-01 10:00")
    assert Resolve in case.acts(SARA), "she decides in the IRO's place"
    assert ReferToCafcass not in case.acts(SARA) | case.acts(SENNA)


def test_a_referral_takes_three_clicks_and_the_iro_checks_what_was_sent(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    whole = f"/challenges/{reference}"
    address = f"{whole}/refer-to-cafcass"
    iro = Visitor(service, "iro-1")
    first = iro.get(whole).link("Refer to Cafcass")
    typed = {"failure": _FAILURE, "attention": _ATTENTION, "address": _NAMED}
    page = iro.get(first).form(address).fill(typed).press(through=False)
    for said in ("Check what was sent to Cafcass", reference, _NAMED, "secure email"):
        assert said in page.text
    assert not referrals(service.challenge(reference))
    page.form(address).press("Refer to Cafcass")
    assert len(referrals(service.challenge(reference))) == 1


def test_the_page_lists_all_reports_about_the_child_and_the_iro_changes_them(
    service: Service,
) -> None:
    """The first comes from another IRO and has ended; another child's is not there."""
    first = service.raise_at(Stage.QAP, iro="srsm")
    service.act(first, "srsm", Resolve("It was done.", *_TOLD))
    second, reference = service.raise_at(Stage.QAP), service.raise_at(Stage.ONE)
    another = service.raise_at(Stage.QAP, child=replace(CHILD, case_id="CASE-98432"))
    address = f"/challenges/{reference}/refer-to-cafcass"
    form = Visitor(service, "iro-1").get(address).form(address)
    assert set(form.fields["others"].split()) == {first, second}
    assert another not in form.fields["others"]
    typed = {"failure": _FAILURE, "attention": _ATTENTION, "address": _NAMED, "others": first}
    form.fill(typed).press()
    (fact,) = (
        event.fact
        for event in service.challenge(reference).events
        if isinstance(event.fact, Referred)
    )
    assert fact.reports == (reference, first)
    # Whoever covers for the IRO opens the others first, with a reason (rule 25).
    store = council_store()
    cover = Cover("iro-post-1", "iro-2", local_day(service.now), local_day(service.now))
    store.load_directory(replace(store.current().directory, cover=(cover,)))
    covering = Visitor(service, "iro-2").get(address).form(address)
    assert covering.fields["others"] == ""


def test_the_page_says_how_the_challenge_goes_on_once_it_is_referred() -> None:
    def says(case: Case) -> str:
        ira = case.council.directory.officers[IRA]
        who = capacities(case.challenge, IRA, case.council, case.today)
        scene = Scene(case.challenge, case.council, ira, who, case.now)
        return " ".join(REFER_TO_CAFCASS.guidance(scene))

    assert "no deadline or reminder changes" in says(raised())
    assert "waits for Cafcass’s answer" in says(silent())
    assert "no deadline" not in says(silent())
    assert "stays ended" in says(_not_referred())


def test_a_referral_runs_beside_the_ladder_and_changes_no_deadline_reminder_or_task() -> None:
    """A referral at stage 1 silences nobody, to the end of the silent ladder and past it."""

    def heard(case: Case) -> list[tuple[str, object, object, frozenset[tuple[str, str]]]]:
        sent = list(notices(case.challenge, case.now, case.council))
        return [
            (
                type(event.fact).__name__,
                event.effective,
                getattr(event.fact, "deadline", None),
                frozenset((one.officer.id, one.letter) for one in sent if event in one.events),
            )
            for event in case.challenge.events
            if not isinstance(event.fact, _OF_CAFCASS) and not _chases_cafcass(event.fact)
        ]

    def asked(case: Case) -> set[tuple[Purpose, date]]:
        found = tasks(case.challenge, case.council)
        return {(one.purpose, one.deadline.day) for one in found if "cafcass" not in one.key}

    with_it, without = raised().does(IRA, refer(), "2026-11-03 10:00"), raised()
    for at in ("2026-11-04 10:00", "2026-11-12 10:00", "2026-11-27 10:00"):
        assert heard(with_it.until(at)) == heard(without.until(at))
        assert asked(with_it) == asked(without)
        assert with_it.standing is without.standing
    assert with_it.challenge.stage is Stage.FOUR


_OF_CAFCASS = (Referred, CafcassToBeAsked, CafcassAsked, ReferralDue)


def _chases_cafcass(fact: object) -> bool:
    """Whether it is about Cafcass, or the child's file, which is said when something wakes it."""
    return isinstance(fact, Chased) and ("cafcass" in fact.question or "file-" in fact.question)


# Whether to refer --------------------------------------------------------------------------------


def test_at_formal_entry_the_iro_is_asked_whether_to_refer() -> None:
    assert whether(raised()) == day("2026-11-04")
    assert whether(raised(Stage.QAP)) is None
    from_qap = raised(Stage.QAP).does(IRA, Escalate(Stage.ONE, "It is urgent."))
    assert whether(from_qap) == day("2026-11-04")


def test_at_each_change_of_stage_the_iro_is_asked_whether_to_refer() -> None:
    case = raised().does(IRA, NOT_REFERRED)
    for first, by in (("2026-11-10", "2026-11-11"), ("2026-11-17", "2026-11-18")):
        assert whether(case) is None
        assert whether(case.until(f"{first} 10:00")) == day(by), "counted like the stage"
        case.does(IRA, NOT_REFERRED)
    case.does(IRA, Escalate(Stage.FOUR, "It is urgent."))
    assert whether(case) == day("2026-11-19")


def test_at_each_missed_action_of_a_formal_challenge_the_iro_is_asked_whether_to_refer() -> None:
    case = raised().does(IRA, NOT_REFERRED)
    case.does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-05"),)))
    case.does(IRA, AcceptActions("Good."))
    assert whether(case) is None
    assert whether(case.until("2026-11-06 10:00")) == day("2026-11-09")
    informal = raised(Stage.QAP)
    informal.does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-05"),)))
    informal.does(IRA, AcceptActions("Good.")).until("2026-11-06 10:00")
    assert informal.challenge.actions[0].state is ActionState.MISSED
    assert whether(informal) is None


def _answered_at_stage_1() -> Case:
    case = raised().does(IRA, NOT_REFERRED)
    return case.does(TAM, Reply(1, Answer.CHALLENGED, "It is not ours to call."))


def test_when_the_20_working_days_are_over_the_iro_is_asked_whether_to_refer() -> None:
    case = _answered_at_stage_1().until("2026-11-30 23:00")
    assert whether(case) is None
    assert whether(case.until("2026-12-01 10:00")) == day("2026-12-02")


def test_every_20_working_days_after_that_the_iro_is_asked_whether_to_refer() -> None:
    case = _answered_at_stage_1().until("2026-12-01 10:00").does(IRA, NOT_REFERRED)
    for first, by in (("2026-12-30", "2027-01-04"), ("2027-01-28", "2027-02-01")):
        assert whether(case.until(f"{first} 08:00")) is None
        assert whether(case.until(f"{first} 10:00")) == day(by)
        case.does(IRA, NOT_REFERRED)


def test_a_question_whether_to_refer_that_is_still_open_keeps_its_date() -> None:
    case = raised().until("2026-11-19 10:00")
    assert case.challenge.stage is Stage.THREE
    assert whether(case) == day("2026-11-04"), "it is as late as it is"
    late = [one.days_over for one in case.facts(Chased) if "cafcass" in one.question]
    assert late == [3, 5, 10]


def test_whether_to_refer_stops_nothing() -> None:
    case = raised()
    assert case.standing is Standing.STAGE_1
    (task,) = [
        one
        for one in tasks(case.challenge, case.council)
        if one.purpose is Purpose.CONSIDER_CAFCASS
    ]
    assert (task.whose, task.stops) == (Capacity.IRO, False)
    assert is_theirs(task, IRA, case.challenge, case.council, case.today)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (DoNotRefer("", "The manager can decide it."), "failure"),
        (ReferToCafcass("", _ATTENTION, day("2026-11-02"), "Secure email", _NAMED), "failure"),
        (ReferToCafcass(_FAILURE, "", day("2026-11-02"), "Secure email", _NAMED), "attention"),
    ],
)
def test_it_asks_what_significant_failure_there_is_and_who_has_known_of_it_since_when(
    command: Command, field: str
) -> None:
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(IRA, command)
    assert set(refused.value.fields) == {field}


def test_a_no_is_recorded_with_its_reason() -> None:
    case = raised()
    with pytest.raises(BadSubmissionError, match="why you do not refer"):
        case.does(IRA, DoNotRefer("None so far.", " "))
    case.does(IRA, DoNotRefer("None so far.", "The manager can decide it.", ""))
    assert case.the(NotReferred).reason == "The manager can decide it."
    assert whether(case) is None
    assert case.hears(NotReferred) == {SARA: DAILY}


def test_the_srsm_never_declines_cafcass() -> None:
    case = silent("2026-12-01 10:00")
    assert due(case, Purpose.REFER_OR_SAY_WHY)
    for other in (SARA, SENNA):
        with pytest.raises(NotAllowedError):
            case.does(other, NOT_REFERRED)


def test_an_srsm_who_covers_the_iro_may_refer_but_does_not_decline_it() -> None:
    people = directory(Cover("iro-one", SARA, day("2026-11-01"), day("2026-12-31")))
    case = raised(Stage.FOUR, of=council(people=people))
    with pytest.raises(NotAllowedError, match="not decline it"):
        case.does(SARA, NOT_REFERRED)
    assert case.does(SARA, refer()).facts(Referred)


#: What others have to do after stage 4, or beside it (rules 14 and 20).
_OF_OTHERS = (Purpose.INFORM_DIRECTOR, Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS)


# After stage 4 -----------------------------------------------------------------------------------


def test_stage_4_has_ended_unresolved_when_it_was_silent() -> None:
    assert due(silent("2026-11-09 23:00"), Purpose.REFER_OR_SAY_WHY) is None
    case = silent()
    assert due(case, Purpose.REFER_OR_SAY_WHY) == day("2026-11-12")
    assert whether(case) is None, "it is no longer whether, but why not"
    stage_3 = raised(Stage.THREE).until("2026-11-10 10:00")
    assert stage_3.facts(ReferralDue) == []


def _replied() -> Case:
    case = raised(Stage.FOUR)
    return case.does(ADA, Reply(1, Answer.CHALLENGED, "It is as it is."), "2026-11-04 10:00")


def test_stage_4_has_ended_unresolved_when_the_iro_found_the_reply_wanting() -> None:
    case = _replied()
    assert due(case, Purpose.REFER_OR_SAY_WHY) is None, "it may be resolved"
    with pytest.raises(BadSubmissionError, match="what is still wrong"):
        case.does(IRA, FindUnresolved(""))
    case.does(IRA, FindUnresolved("The child still waits."))
    assert case.asks == (("AFTER_LAST_STAGE", day("2026-11-06")),)
    assert due(case, Purpose.REFER_OR_SAY_WHY) == day("2026-11-06")
    assert {SARA, SENNA, ADA, HEDY} <= case.hears(FoundUnresolved).keys()
    assert FindUnresolved not in case.acts(IRA) | _replied().acts(SARA)
    assert FindUnresolved not in _answered_at_stage_1().acts(IRA), "a later stage is left"


def test_stage_4_has_ended_unresolved_when_it_could_not_be_served() -> None:
    vacant = council(people=directory(ad=None))
    case = raised(Stage.FOUR, of=vacant)
    case.records(NotServed(1, NotServedCause.VACANT, vacant.within(1, case.now)))
    assert case.until("2026-11-06 10:00").facts(ReferralDue) == []
    case.until("2026-11-10 10:00")
    assert len(case.facts(LastStageNotServed)) == 1
    assert due(case, Purpose.REFER_OR_SAY_WHY) == day("2026-11-12")


def test_stage_4_has_ended_unresolved_when_its_missed_action_gets_no_new_date() -> None:
    case = raised(Stage.FOUR)
    case.does(ADA, Reply(1, Answer.ACTIONS, "We will.", (an_action(by="2026-11-05"),)))
    case.does(IRA, AcceptActions("Good.")).until("2026-11-06 10:00")
    assert case.facts(ReferralDue) == []
    case.does(IRA, NoNewDate(1, "Nobody can say when."))
    assert len(case.facts(LastStageUnresolved)) == 1
    assert due(case, Purpose.REFER_OR_SAY_WHY) == day("2026-11-10")
    case.does(IRA, refer())
    assert case.standing is Standing.AT_CAFCASS


def test_after_an_unresolved_stage_4_the_iro_refers_or_says_why_not() -> None:
    case = silent().does(IRA, refer())
    assert due(case, Purpose.REFER_OR_SAY_WHY) is None
    no = silent().does(IRA, NOT_REFERRED).until("2026-11-20 10:00")
    assert due(no, Purpose.REFER_OR_SAY_WHY) is None
    assert due(no, Purpose.DECIDE_SILENCE), "how the challenge goes on is still to be decided"
    late = silent().does(ADA, Reply(1, Answer.CHALLENGED, "It is as it is."))
    assert due(late, Purpose.REFER_OR_SAY_WHY) is None, "the reply is to be judged first"
    late.does(IRA, FindUnresolved("The child still waits."))
    assert due(late, Purpose.REFER_OR_SAY_WHY)


def test_the_srsm_and_the_senior_iro_manager_see_that_this_is_due() -> None:
    case = silent()
    assert case.hears(ReferralDue) == {IRA: DAILY, SARA: DAILY, SENNA: DAILY}
    assert "Refer to Cafcass, or say why not" in [one.called for one in marks_of(case.challenge)]
    case.does(IRA, NOT_REFERRED)
    assert case.hears(NotReferred) == {SARA: DAILY, SENNA: DAILY}
    assert "refer" not in [one.key for one in marks_of(case.challenge)]


def test_a_referral_that_cafcass_refused_before_stage_4_ended_does_not_settle_that() -> None:
    case = raised(Stage.FOUR).does(IRA, refer())
    refused = RecordCafcassAnswer(CafcassAnswer.REFUSED, day("2026-11-04"), "Not yet, they write.")
    case.does(IRA, refused, "2026-11-04 10:00").until("2026-11-10 10:00")
    assert due(case, Purpose.REFER_OR_SAY_WHY) == day("2026-11-12"), "the silence is new"
    assert case.does(IRA, refer("2026-11-10")).standing is Standing.AT_CAFCASS


@pytest.mark.parametrize("first", ["before", "after"])
def test_while_a_referral_after_stage_4_awaits_its_answer_the_iro_is_not_late(first: str) -> None:
    case = raised(Stage.FOUR)
    if first == "before":
        case.does(IRA, refer())
    case.until("2026-11-10 10:00")
    if first == "after":
        case.does(IRA, refer())
    assert case.standing is Standing.AT_CAFCASS
    by = day("2026-11-16" if first == "before" else "2026-11-24")
    assert due(case, Purpose.ASK_CAFCASS) == by
    (task,) = [one for one in tasks(case.challenge, case.council) if one.stops]
    assert task.purpose is Purpose.ASK_CAFCASS, "nothing else goes on"
    says = " ".join(next_step(case.challenge, case.now, case.council))
    assert "Ira Sample-One, the IRO, needs to ask Cafcass for its answer" in says
    before = len(case.facts(Chased))
    case.does(IRA, AskCafcass("They are on it.")).until("2026-11-24 10:00")
    assert {one.about for one in case.facts(Chased)[before:]} <= {*_OF_OTHERS}
    assert case.acts(SARA) & {Resolve, Close} == set()


def test_every_10_working_days_there_is_a_task_to_ask_cafcass() -> None:
    case = raised().does(IRA, refer())
    assert due(case, Purpose.ASK_CAFCASS) == day("2026-11-16")
    case.does(IRA, AskCafcass("They are on it."), "2026-11-13 10:00")
    assert due(case, Purpose.ASK_CAFCASS) == day("2026-11-27")
    with pytest.raises(BadSubmissionError, match="who you asked"):
        case.does(IRA, AskCafcass(""))
    ended = case.does(IRA, Resolve("It was done.", *_TOLD))
    assert ended.standing is Standing.ENDED_TO_DO
    assert due(ended, Purpose.ASK_CAFCASS) == day("2026-11-27")
    late = silent().does(IRA, refer()).does(ADA, Reply(1, Answer.CHALLENGED, "As it is."))
    assert due(late, Purpose.DECIDE)
    assert due(late, Purpose.ASK_CAFCASS) == day("2026-11-24"), "also while a reply is judged"
    late.does(IRA, FindUnresolved("The child still waits."))
    assert late.standing is Standing.AT_CAFCASS
    assert late.does(IRA, Close(Outcome.WITHDRAWN, "So.", *_TOLD)).standing is Standing.ENDED_TO_DO
    assert due(late, Purpose.ASK_CAFCASS) == day("2026-11-24")


# What is sent ------------------------------------------------------------------------------------


def test_a_court_document_is_sent_only_if_the_iro_confirms_that_the_court_s_rules_allow_it() -> (
    None
):
    case = raised().does(IRA, refer())
    assert case.the(Referred).court_documents is CourtDocuments.NONE
    assert set(CourtDocuments) == {CourtDocuments.NONE, CourtDocuments.ALLOWED}
    allowed = raised().does(IRA, refer(court_documents=CourtDocuments.ALLOWED))
    assert ("Court documents", "sent, as the court's rules allow") in details(
        allowed.the(Referred), frozenset({Capacity.IRO})
    )


def test_it_goes_by_the_council_s_secure_route_to_a_named_address() -> None:
    with pytest.raises(BadSubmissionError) as refused:
        raised().does(IRA, refer(route="", address=" "))
    assert set(refused.value.fields) == {"route", "address"}
    case = raised().does(IRA, refer())
    assert (case.the(Referred).route, case.the(Referred).address) == ("Secure email", _NAMED)


def test_what_was_sent_is_kept() -> None:
    case = raised()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, refer("2026-11-03", others="PCE-7K3M-9QXT and some"))
    assert set(refused.value.fields) == {"others", "sent_on"}
    case.does(IRA, refer(others="pce-4t6w-8yz2, PCE-7K3M-9QXT", documents="A chronology."))
    fact = case.the(Referred)
    assert fact.reports == ("PCE-7K3M-9QXT", "PCE-4T6W-8YZ2")
    shown = dict(details(fact, frozenset({Capacity.SRSM})))
    assert shown["Reports sent"] == "PCE-7K3M-9QXT, PCE-4T6W-8YZ2"
    assert (shown["Also sent"], shown["Sent to"]) == ("A chronology.", _NAMED)
    line = headline(case.events(Referred)[0], case.challenge, case.council)
    assert line.endswith("It was sent on Monday 2 November 2026")


def test_only_the_iro_and_those_who_oversee_it_read_what_was_written_about_cafcass() -> None:
    case = raised().does(IRA, NOT_REFERRED).does(IRA, refer()).does(IRA, AskCafcass("Soon."))
    case.does(IRA, RecordCafcassAnswer(CafcassAnswer.TAKEN, day("2026-11-02"), "They take it."))
    case.does(IRA, RecordJudicialReview(day("2026-11-02"), "A claim was issued."))
    of = (NotReferred, Referred, CafcassAsked, CafcassAnswered, JudicialReview)
    readers = {IRA, SARA, SENNA, AUDLEY, DANA}
    for officer in case.council.directory.officers:
        who = capacities(case.challenge, officer, case.council, case.today)
        for kind in of:
            words = [text for label, text in details(case.the(kind), who) if label != _BY]
            assert bool(words) is (officer in readers), (officer, kind)


_BY = "IRO to ask Cafcass by"


# The answer --------------------------------------------------------------------------------------


def test_cafcass_s_answer_is_recorded_after_the_end_too() -> None:
    case = silent()
    assert RecordCafcassAnswer not in case.acts(IRA)
    case.does(IRA, refer())
    late = RecordCafcassAnswer(CafcassAnswer.TAKEN, day("2026-11-11"), "")
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, late)
    assert set(refused.value.fields) == {"day", "words"}
    case.does(IRA, answered(CafcassAnswer.TAKEN))
    assert case.hears(CafcassAnswered).keys() >= {SARA, SENNA, HEDY}
    assert RecordCafcassAnswer not in case.acts(IRA)
    ended = raised().does(IRA, refer()).does(IRA, Resolve("It was done.", *_TOLD))
    ended.until("2026-11-10 10:00").does(IRA, answered(CafcassAnswer.TAKEN))
    assert due(ended, Purpose.ASK_CAFCASS) is due(ended, Purpose.AFTER_CAFCASS) is None


def test_a_judicial_review_is_recorded_after_the_end_too() -> None:
    issued = RecordJudicialReview(day("2026-11-02"), "A claim was issued.")
    with pytest.raises(NotAllowedError):
        raised().does(IRA, issued)
    case = raised().does(IRA, refer()).does(IRA, issued)
    case.does(IRA, Resolve("It was done.", *_TOLD))
    case.does(IRA, RecordJudicialReview(day("2026-11-02"), "It was withdrawn."))
    assert [fact.words for fact in case.facts(JudicialReview)] == [
        "A claim was issued.",
        "It was withdrawn.",
    ]
    assert case.hears(JudicialReview) == {SARA: DAILY, SENNA: DAILY}


def test_a_refusal_by_cafcass_closes_nothing() -> None:
    case = silent().does(IRA, refer()).does(IRA, answered())
    assert case.challenge.open
    beside = raised().does(IRA, refer()).until("2026-11-10 10:00").does(IRA, answered())
    assert beside.standing is Standing.STAGE_2
    assert beside.until("2026-11-17 10:00").challenge.stage is Stage.THREE
    assert whether(beside), "it is asked again at the next change of stage"


def test_after_stage_4_the_iro_decides_within_5_working_days_of_cafcass_s_answer() -> None:
    for answer in CafcassAnswer:
        case = silent().does(IRA, refer()).does(IRA, answered(answer))
        assert due(case, Purpose.AFTER_CAFCASS) == day("2026-11-17")
        assert case.standing is Standing.IRO_TO_DECIDE
        assert {Close, Resolve, ReferToCafcass} <= case.acts(IRA)
        assert DoNotRefer not in case.acts(IRA), "that alone would leave it hanging"
    again = case.does(IRA, refer())
    assert again.standing is Standing.AT_CAFCASS
    closed = again.does(IRA, answered()).does(
        IRA, Close(Outcome.CLOSED_AFTER_CAFCASS, "It can wait.", *_TOLD)
    )
    assert closed.challenge.outcome is Outcome.CLOSED_AFTER_CAFCASS


def test_the_iro_may_ask_for_legal_advice_before_they_decide_which_moves_that_date_once() -> None:
    advised = council(people=with_lawyers(directory()))
    case = raised(Stage.FOUR, of=advised).until("2026-11-10 10:00").does(IRA, refer())
    case.does(IRA, answered())
    assert AskForAdvice in case.acts(IRA)
    question = AskForAdvice(Sealed(1, "a1" * 32))
    said = "until Tuesday 24 November 2026 to decide how to go on after Cafcass’s answer."
    assert said in " ".join(ASK_FOR_ADVICE.sentences(scene(case, IRA)))
    case.does(IRA, question)
    page = " ".join(ASK_FOR_ADVICE.sentences(scene(case, IRA)))
    assert "No deadline changes." in page, "asking again does not move it again"
    assert due(case, Purpose.AFTER_CAFCASS) == day("2026-11-24"), "1 + 2 + 2 days, and 5 more"
    assert case.standing is Standing.IRO_TO_DECIDE
    case.does(IRA, AskForAdvice(Sealed(2, "b2" * 32)), "2026-11-20 10:00")
    assert due(case, Purpose.AFTER_CAFCASS) == day("2026-11-24"), "it moves once"
    case.does(IRA, Close(Outcome.CLOSED_AFTER_CAFCASS, "It can wait.", *_TOLD))
    assert due(case, Purpose.AFTER_CAFCASS) is None
    ended = _not_referred().does(IRA, refer()).does(IRA, answered()).does(IRA, question)
    assert due(ended, Purpose.AFTER_CAFCASS) == day("2026-11-24"), "after the end too"
    beside = raised(of=advised).does(IRA, question)
    assert beside.the(AdviceAsked).decide_by is None


def _not_referred() -> Case:
    return silent().does(IRA, Close(Outcome.UNRESOLVED_NOT_REFERRED, "Nothing helps.", *_TOLD))


def test_after_the_end_too_a_refusal_asks_the_iro_to_reopen_it_refer_again_or_leave_it() -> None:
    child = raised().challenge.raised.child
    for command in (
        Reopen(Stage.FOUR, "It got worse.", child, "sw-north"),
        refer(),
        NOT_REFERRED,
    ):
        case = _not_referred().does(IRA, refer()).does(IRA, answered())
        assert due(case, Purpose.AFTER_CAFCASS) == day("2026-11-17")
        assert due(case.does(IRA, command), Purpose.AFTER_CAFCASS) is None


def test_a_no_can_be_changed_at_any_time_by_referring_after_the_end_too_without_reopening() -> None:
    beside = raised().does(IRA, NOT_REFERRED).does(IRA, refer())
    assert beside.facts(Referred)
    case = _not_referred()
    assert not case.challenge.open
    case.until("2027-03-01 10:00").does(IRA, refer())
    assert case.challenge.outcome is Outcome.UNRESOLVED_NOT_REFERRED
    assert case.standing is Standing.ENDED_TO_DO
    assert due(case, Purpose.ASK_CAFCASS) == day("2027-03-15")
