"""Rule 22: a record about the wrong child is sealed. A test for each sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.challenge import SEALED, Owner
from domain.decide import timers
from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.fold import read
from domain.form import Answered, Child, ChildsRights, GoodPractice, Urgency
from domain.ladder import Stage
from domain.moments import local_day
from domain.notices import letters_due_after, notices, told_in_the_morning
from domain.people import capacities
from domain.permissions import may_see, may_see_looks, may_see_to_reply
from domain.rules.accepting import AcceptActions
from domain.rules.childs_rights import childs_rights
from domain.rules.endings import ChildTold, Close
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.filing import PlaceOnFile
from domain.rules.good_practice import GoodPracticeRecorded
from domain.rules.lateness import Chased
from domain.rules.notes import WriteNote
from domain.rules.period import ResolutionPeriodOver
from domain.rules.replies import Answer, Reply
from domain.rules.sealing import (
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    CheckTexts,
    DeclineToSeal,
    LooksChecked,
    RecordSealed,
    RightChild,
    SealAsked,
    SealDeclined,
    TextsToCheck,
    raised_instead,
    texts_to_check,
)
from domain.rules.stages import StageBegan
from domain.rules.taking_over import formal_at, formal_since
from domain.rules.urgency import RecordContact, RiskToday, StagesEndTooLate, risk_today
from domain.tasks import is_theirs, tasks
from domain.timeline import details, headline, next_step
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from handlers.pages.acts.sealing import elsewhere
from handlers.pages.whole import clocks
from tests.builders import (
    AUDLEY,
    CAS,
    DAILY,
    DANA,
    IRA,
    SARA,
    SENNA,
    SOUTH,
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
from tests.rules.test_rule_18_good_practice import praised
from tests.rules.test_rule_20_the_child_s_file import scene

if TYPE_CHECKING:
    from collections.abc import Callable

WHY = "I chose the wrong twin in the list."
RIGHT = Child("CASE-7", "R.C.", "Robin Sample-Child", day("2014-05-06"), SOUTH)


def _ask(case: Case, stage: Stage = Stage.ONE, reason: str = WHY, **other: object) -> AskToSeal:
    form = case.challenge.raised
    right = RightChild(
        *(RIGHT, "sw-south", stage, "As before.", form.concerns, form.tried, form.views)
    )
    return AskToSeal(reason, replace(right, **other))  # type: ignore[arg-type]  # the names are the fields'


def _asked(case: Case, stage: Stage = Stage.ONE) -> Case:
    return case.does(IRA, _ask(case, stage))


def _sealed(stage: Stage = Stage.ONE) -> Case:
    return _asked(raised(stage), stage).does(SENNA, AgreeToSeal())


def _new(case: Case) -> Case:
    assert case.went_on is not None
    return case.went_on


def _sees(case: Case) -> set[str]:
    today, found = local_day(case.now), set()
    for officer in case.council.directory.officers:
        who = capacities(case.challenge, officer, case.council, today)
        args = case.challenge, case.council
        if may_see(who, *args) or may_see_to_reply(officer, who, *args, today):
            found.add(officer)
    return found


# Who asks and agrees -----------------------------------------------------------------------------


def test_the_iro_asks_with_a_reason_to_seal_a_record_about_the_wrong_child() -> None:
    case = raised()
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, _ask(case, reason=" "))
    assert set(refused.value.fields) == {"reason"}
    for officer in (SARA, SENNA, TAM, AUDLEY, DANA):
        assert AskToSeal not in case.acts(officer)
    assert AskToSeal in case.acts(IRA)
    assert AskToSeal not in _asked(case).acts(IRA), "once is enough"


def test_the_senior_iro_manager_decides_within_one_working_day_and_can_decline() -> None:
    case = _asked(raised())
    assert case.asks == ((Purpose.SEAL.name, day("2026-11-03")),)
    assert case.letters(SealAsked) == {SENNA: Letter.DECIDE}
    soon = " ".join(next_step(case.challenge, case.now, case.council, SENNA))
    assert "You need to decide whether to seal the record, by Tuesday 3 November 2026" in soon
    assert "the Senior IRO Manager is told" not in soon, "whose task it is"
    for officer in (IRA, SARA, TAM, DANA):
        assert not {AgreeToSeal, DeclineToSeal} & case.acts(officer)
    case.does(SENNA, DeclineToSeal("It is this child."))
    assert not case.challenge.sealed
    assert case.hears(SealDeclined) == {IRA: DAILY}
    assert AskToSeal in case.acts(IRA)


def test_nothing_waits_for_that_decision() -> None:
    case = _asked(raised())
    assert case.standing is Standing.STAGE_1
    assert case.until("2026-11-10 09:30").standing is Standing.STAGE_2


def test_no_responder_reads_who_the_right_child_is() -> None:
    case = _asked(raised())
    fact = case.the(SealAsked)
    readers = {who for who in Capacity if details(fact, frozenset({who}))}
    inspect = {Capacity.AUDITOR, Capacity.DATA_PROTECTION_OFFICER}
    assert readers == {Capacity.IRO, Capacity.SENIOR_IRO_MANAGER, *inspect}
    line = headline(case.events(SealAsked)[0], case.challenge, case.council)
    assert RIGHT.name not in line
    assert RIGHT.initials not in line


def test_it_can_be_sealed_after_its_end_too() -> None:
    case = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "No need."))
    _asked(case).does(SENNA, AgreeToSeal())
    assert case.challenge.sealed
    assert case.challenge.outcome is Outcome.WITHDRAWN, "what it ended as stays"


# What stops --------------------------------------------------------------------------------------


def test_the_ladder_stops_when_a_record_is_sealed() -> None:
    case = _sealed().does(DANA, CheckLooks("Nobody but the team."))
    assert case.standing is Standing.CLOSED
    assert case.wakes() is None, "its execution ends"
    version = case.challenge.version
    assert case.until("2027-02-01 10:00").challenge.version == version


def test_a_sealed_record_emails_only_the_data_protection_officer_and_calls_off_a_meeting() -> None:
    case = raised(Stage.TWO)
    case.does(CAS, Reply(1, Answer.ACTIONS, "We will.", (an_action(),)))
    _asked(case, Stage.TWO).does(SENNA, AgreeToSeal())
    args = case.challenge, case.now, case.council
    assert {(one.officer.id, one.letter) for one in notices(*args)} == {(DANA, Letter.DECIDE)}
    assert list(told_in_the_morning(*args, 0)) == []
    assert letters_due_after(*args) == []
    case.until("2026-11-20 10:00")
    args = case.challenge, case.now, case.council
    assert {one.officer.id for one in notices(*args)} == {DANA}
    assert list(told_in_the_morning(*args, 0)) == []


def test_nobody_has_anything_to_do_in_a_sealed_record_but_the_data_protection_officer() -> None:
    case = raised()
    case.does(TAM, Reply(1, Answer.ACTIONS, "We will.", (an_action(),)))
    _asked(case).does(SENNA, AgreeToSeal())
    assert [task.purpose for task in tasks(case.challenge, case.council)] == [Purpose.CHECK_LOOKS]
    assert case.challenge.open_actions == ()
    assert [timer.facts for timer in timers(case.challenge, case.now, case.council)] == [
        (Chased("looks", 3, Purpose.CHECK_LOOKS),)
    ]
    for officer in case.council.directory.officers:
        assert case.acts(officer) == ({CheckLooks} if officer == DANA else set()), officer
    with pytest.raises(NotAllowedError):
        case.does(TAM, WriteNote("And now?"))
    with pytest.raises(NotAllowedError):
        case.does(TAM, Reply(1, Answer.RESOLVED, "Late."))


def test_only_an_auditor_and_the_data_protection_officer_see_a_sealed_record() -> None:
    assert _sees(_sealed()) == {AUDLEY, DANA}
    ended = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "No need."))
    assert _sees(_asked(ended).does(SENNA, AgreeToSeal())) == {AUDLEY, DANA}
    cover = Cover("auditor", TAM, day("2026-11-01"), day("2026-11-30"))
    case = raised(of=council(people=directory(cover)))
    assert TAM in _sees(_asked(case).does(SENNA, AgreeToSeal())), "who covers for them, too"


def test_only_an_auditor_and_the_data_protection_officer_see_who_looked_at_a_sealed_record() -> (
    None
):
    case = _sealed()
    today, officers = local_day(case.now), case.council.directory.officers
    who = {one: capacities(case.challenge, one, case.council, today) for one in officers}
    see = {one for one in who if may_see_looks(who[one], case.challenge, case.council)}
    assert see == {AUDLEY, DANA}


def test_nothing_of_a_sealed_record_is_deleted() -> None:
    case = _asked(raised())
    before = case.challenge.events
    case.does(SENNA, AgreeToSeal())
    assert case.challenge.events[: len(before)] == before
    assert case.challenge.raised == before[0].fact


# Who looked --------------------------------------------------------------------------------------


def test_the_data_protection_officer_has_a_task_the_same_day() -> None:
    case = _asked(raised()).does(SENNA, AgreeToSeal(), "2026-11-03 16:40")
    (task,) = tasks(case.challenge, case.council)
    assert (task.purpose, task.deadline.day) == (Purpose.CHECK_LOOKS, day("2026-11-03"))
    assert is_theirs(task, DANA, case.challenge, case.council, local_day(case.now))
    assert case.letters(RecordSealed) == {DANA: Letter.DECIDE}
    assert case.letters_go_out(RecordSealed) == case.now, "at once"
    with pytest.raises(BadSubmissionError):
        case.does(DANA, CheckLooks(" "))
    case.does(DANA, CheckLooks("The team was told."))
    assert tasks(case.challenge, case.council) == ()
    assert details(case.the(LooksChecked), frozenset({Capacity.AUDITOR}))


def test_the_data_protection_officer_is_told_what_of_the_record_is_elsewhere_too() -> None:
    case = raised()
    assert not elsewhere(scene(_asked(raised()).does(SENNA, AgreeToSeal()), DANA))
    outside = Owner(name="Pat Sample", organisation="Sample School")
    action = replace(an_action(), who=outside, owner="Pat Sample, Sample School")
    case.does(TAM, Reply(1, Answer.ACTIONS, "We will.", (action,)))
    case.does(IRA, AcceptActions("Good."))
    case.does(IRA, Escalate(Stage.TWO, "It is urgent."))
    case.does(IRA, PlaceOnFile(), "2026-11-03 10:00")
    told = elsewhere(scene(_asked(case, Stage.TWO).does(SENNA, AgreeToSeal()), DANA))
    assert (
        "Ira Sample-One put how each stage ended on the child’s file, Tuesday 3 November 2026."
        in told
    )
    assert "Pat Sample, Sample School" in told[-1]


def test_where_nobody_holds_that_post_the_task_waits_for_whoever_does_next() -> None:
    case = raised(of=council(people=directory(dpo=None)))
    _asked(case).does(SENNA, AgreeToSeal())
    case.council = council()
    (task,) = tasks(case.challenge, case.council)
    assert is_theirs(task, DANA, case.challenge, case.council, local_day(case.now))


# The right child ---------------------------------------------------------------------------------


def test_the_right_child_s_challenge_is_raised_in_the_same_step() -> None:
    case = _sealed()
    new = _new(case)
    assert raised_instead(case.challenge) == new.challenge.reference
    assert new.challenge.raised.child == RIGHT
    assert new.challenge.iro == IRA
    assert new.challenge.open
    assert new.hears(StageBegan)["tom"] is Letter.PLEASE_REPLY
    assert case.challenge[SEALED] == new.challenge.raised_at


def test_the_right_child_s_challenge_names_the_sealed_one_nowhere() -> None:
    case = _sealed()
    new = _new(case).challenge
    assert case.challenge.reference not in repr(new)
    assert case.challenge.raised.child.name not in repr(new)


def test_good_practice_is_recorded_for_the_right_child_in_the_same_step() -> None:
    case = praised()
    words = GoodPractice("She rang every week.", "They trust her.")
    nothing = {"stage": Stage.QAP, "stage_reason": "", "concerns": (), "tried": "", "views": ""}
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, _ask(case, **nothing))  # type: ignore[arg-type]
    assert set(refused.value.fields) == {"well", "difference"}
    case.does(IRA, _ask(case, **nothing, good_practice=words))  # type: ignore[arg-type]
    soon = " ".join(next_step(case.challenge, case.now, case.council, SENNA))
    assert "You need to decide whether to seal the record" in soon
    case.does(SENNA, AgreeToSeal())
    assert _sees(case) == {AUDLEY, DANA}
    new = _new(case)
    assert new.challenge.raised.good_practice == words
    assert new.challenge.raised.child == RIGHT
    assert new.challenge.outcome is Outcome.GOOD_PRACTICE
    assert new.asks == ()
    assert "tom" in new.hears(GoodPracticeRecorded), "the right child’s manager is told"


def test_what_is_not_done_yet_for_the_right_child_is_a_task_of_the_iro() -> None:
    rights = ChildsRights(Answered.YES, Answered.NOT_YET, Answered.YES, Answered.NO)
    new = _new(raised().does(IRA, _ask(raised(), childs_rights=rights)).does(SENNA, AgreeToSeal()))
    assert [purpose for purpose, _ in new.asks] == [Purpose.OFFER_ADVOCATE.name]
    assert childs_rights(new.challenge) == rights
    before_it_was_asked = {purpose for purpose, _ in _new(_sealed()).asks}
    assert before_it_was_asked == {
        *(Purpose.TELL_OF_CHALLENGE.name, Purpose.OFFER_ADVOCATE.name),
        *(Purpose.EXPLAIN_COMPLAINTS.name, Purpose.FIND_ADVICE.name),
    }
    for wrong, field in (
        (ChildsRights(knows=Answered.NO), "why"),
        (ChildsRights(legal_help="Her advocate."), "legal_help"),
    ):
        with pytest.raises(BadSubmissionError) as refused:
            raised().does(IRA, _ask(raised(), childs_rights=wrong))
        assert set(refused.value.fields) == {field}


def test_a_date_after_which_it_is_too_late_goes_over_to_the_right_child() -> None:
    urgency = Urgency(day("2026-11-16"), "The placement ends.")
    case = raised().does(IRA, _ask(raised(), urgency=urgency)).does(SENNA, AgreeToSeal())
    new = _new(case)
    assert new.challenge.raised.urgency == urgency
    assert new.facts(StagesEndTooLate)
    for wrong, fields in (
        (Urgency(None, "It ends."), {"too_late_after"}),
        (Urgency(day("2026-11-01"), "It ends."), {"too_late_after"}),
        (Urgency(day("2199-11-01"), "It ends."), {"too_late_after"}),
        (Urgency(day("2026-11-16")), {"too_late_why"}),
    ):
        with pytest.raises(BadSubmissionError) as refused:
            raised().does(IRA, _ask(raised(), urgency=wrong))
        assert set(refused.value.fields) == fields


def test_a_risk_about_which_nobody_has_recorded_a_contact_goes_over_to_the_right_child() -> None:
    case = raised().records(risk_today(moment("2026-11-02 10:00")))
    new = _new(_asked(case).does(SENNA, AgreeToSeal(), "2026-11-03 10:00"))
    assert (Purpose.RECORD_CONTACT.name, day("2026-11-03")) in new.asks
    assert new.letters(RiskToday)[SARA] is Letter.AT_RISK
    case = raised().records(risk_today(moment("2026-11-02 10:00")))
    case.does(IRA, RecordContact("The duty team.", day("2026-11-02"), "10am"))
    new = _new(_asked(case).does(SENNA, AgreeToSeal()))
    assert not new.facts(RiskToday)
    assert not new.challenge.raised.urgency.at_risk


def test_it_keeps_the_first_formal_entry() -> None:
    case = raised(Stage.TWO)
    entered = case.challenge.raised_at
    _asked(case, Stage.TWO).does(SENNA, AgreeToSeal(), "2026-11-09 10:00")
    new = _new(case)
    assert formal_at(new.challenge) == entered
    assert formal_since(new.challenge) == day("2026-11-02")
    assert new.challenge.period == case.challenge.period
    assert new.due == day("2026-11-16"), "whoever is asked has their days"
    assert new.until("2026-12-08 10:00").facts(ResolutionPeriodOver)
    informal = _new(_sealed(Stage.QAP))
    assert formal_at(informal.challenge) is None


def test_a_challenge_that_has_gone_formal_goes_on_at_a_formal_stage() -> None:
    case = raised(Stage.TWO)
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, _ask(case, Stage.QAP))
    assert set(refused.value.fields) == {"stage"}


def test_the_texts_of_siblings_are_listed_for_the_iro_to_check_within_one_working_day() -> None:
    case = raised()
    first, *rest = case.challenge.events
    linked = replace(first.fact, siblings=("PCE-2B3C-4D5E",))  # type: ignore[call-arg]  # the form
    case.challenge = read(case.challenge.reference, [replace(first, fact=linked), *rest])
    new = _new(_asked(case).does(SENNA, AgreeToSeal()))
    assert texts_to_check(new.challenge) == ("PCE-2B3C-4D5E",)
    assert (Purpose.CHECK_TEXTS.name, day("2026-11-03")) in new.asks
    assert new.hears(TextsToCheck) == {IRA: Letter.DECIDE}
    with pytest.raises(BadSubmissionError):
        new.does(IRA, CheckTexts(""))
    assert Purpose.CHECK_TEXTS.name not in dict(new.does(IRA, CheckTexts("All is right.")).asks)
    assert TextsToCheck not in {type(one.fact) for one in _new(_sealed()).challenge.events}


def test_those_who_are_asked_to_reply_do_not_learn_that_other_texts_are_checked() -> None:
    new = _new(_sealed())
    new.records(TextsToCheck(("PCE-2B3C-4D5E",), new.council.within(1, new.now)))
    (check,) = (one for one in tasks(new.challenge, new.council) if one.purpose is _CHECKS)
    shown = {who: _shown(new, who) for who in (IRA, SENNA, "tom")}
    assert check.in_words in shown[IRA]
    assert check.in_words in shown[SENNA]
    assert "PCE-2B3C-4D5E" in shown[SENNA]
    for word in (check.in_words, "text", "PCE-2B3C-4D5E"):
        assert word not in shown["tom"]
    new.until("2026-11-06 09:30")
    assert Purpose.CHECK_TEXTS in {fact.about for fact in new.facts(Chased)}, "it is late"
    late = "3 working days late: the IRO has yet to check something in other challenges"
    assert late in _shown(new, "tom")
    for word in (check.in_words, "text", "PCE-2B3C-4D5E"):
        assert word not in _shown(new, "tom")


_CHECKS = Purpose.CHECK_TEXTS


def _shown(case: Case, officer: str) -> str:
    """Return what happens next, the clocks and the record, as ``officer`` sees them."""
    here = scene(case, officer)
    written = [
        text for one in case.challenge.events for _, text in details(one.fact, here.capacities)
    ]
    lines = [headline(one, case.challenge, case.council) for one in case.challenge.events]
    soon = next_step(case.challenge, case.now, case.council, officer)
    return " ".join([*written, *lines, *soon, *(clock.title for clock in clocks(here))])


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (lambda form: {"child": replace(RIGHT, case_id=form.child.case_id)}, {"case_id"}),
        (
            lambda _: {"child": replace(RIGHT, case_id="", initials=" ", name="")},
            {"case_id", "initials", "name"},
        ),
        (
            lambda _: {"child": replace(RIGHT, date_of_birth=day("2030-01-01"))},
            {"date_of_birth"},
        ),
        (lambda _: {"social_worker": "sw-north"}, {"social_worker"}),
        (
            lambda form: {"concerns": (replace(form.concerns[0], what="", outcome_wanted=" "),)},
            {"what-1", "outcome-1"},
        ),
        (lambda _: {"tried": "", "views": "", "stage_reason": ""},
         {"tried", "views", "stage_reason"}),
    ],
)  # fmt: skip
def test_what_is_wrong_about_the_right_child_is_said_at_its_field(
    wrong: Callable[[Raised], dict[str, object]], fields: set[str]
) -> None:
    case = raised()
    form = case.challenge.events[0].fact
    assert isinstance(form, Raised)
    with pytest.raises(BadSubmissionError) as refused:
        case.does(IRA, _ask(case, **wrong(form)))  # type: ignore[arg-type]  # the names are the fields'
    assert set(refused.value.fields) == fields
    assert WYN in _sees(case)
