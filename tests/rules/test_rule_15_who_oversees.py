"""Rule 15: nobody oversees their own challenge, and cover for an IRO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.challenge import AgreedAction, Owner
from domain.directory import Cover, Directory, Officer, Post
from domain.errors import BadSubmissionError
from domain.ladder import Role, Stage
from domain.people import capacities, may_raise, oversees_as
from domain.permissions import acts, may_see
from domain.rules.accepting import AcceptActions
from domain.rules.appointing import AppointIro
from domain.rules.deciding import AskAgain, GiveView
from domain.rules.endings import ActionEnd, ActionFate, ChildTold, Close, Resolve
from domain.rules.escalating import Escalate
from domain.rules.holds import ProposeHold
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.serving import NotServed, NotServedCause
from domain.rules.timescales import ConfirmDate, SetNewDate
from domain.tasks import is_theirs, owner_in_words, tasks, trays
from domain.vocabulary import Capacity, Letter, Outcome, Purpose
from tests.builders import (
    ADA,
    CAS,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    TOM,
    WYN,
    Case,
    council,
    day,
    directory,
    moment,
    raised,
)

if TYPE_CHECKING:
    from domain.council import Council

DORA = "dora"
NOVEMBER = day("2026-11-01"), day("2026-11-30")
THREE_DAYS = day("2026-11-03"), day("2026-11-05")
AS_SRSM = {Capacity.SRSM}
AS_BOTH = {Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER}


def of(*cover: Cover, **holders: str | None) -> Council:
    """Return a council that has a Director as well."""
    people = directory(*cover, **holders)
    posts = {**people.posts, "director": Post("director", Role.DIRECTOR, (), DORA)}
    dora = Officer(DORA, "Dora Sample-Thirteen", "dora@council.example")
    return council(people=replace(people, officers={**people.officers, DORA: dora}, posts=posts))


def who(case: Case, officer: str) -> set[Capacity]:
    return set(capacities(case.challenge, officer, case.council, case.today))


def overseers_of(case: Case) -> set[str]:
    """Return who has the SRSM's capacity today."""
    return {one for one in case.council.directory.officers if Capacity.SRSM in who(case, one)}


def owners(case: Case, purpose: Purpose) -> set[str]:
    (task,) = (t for t in tasks(case.challenge, case.council) if t.purpose is purpose)
    args = case.challenge, case.council, case.today
    return {one for one in case.council.directory.officers if is_theirs(task, one, *args)}


def nobody_asked(case: Case) -> Case:
    """Return it with a task for the SRSM: to name somebody to ask."""
    return case.records(NotServed(1, NotServedCause.VACANT, case.council.within(1, case.now)))


def vacant(*cover: Cover, **holders: str | None) -> Case:
    """Return a challenge for which nobody could be asked, so that the SRSM has a task."""
    return nobody_asked(raised(of=of(*cover, tm_north=None, **holders), served=False))


# Nobody oversees their own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "people",
    [
        {"srsm": IRA},
        {"cover": Cover("iro-one", SARA, *NOVEMBER)},
        {"cover": Cover("srsm", IRA, *NOVEMBER)},
    ],
    ids=["the SRSM is the IRO", "the SRSM covers the IRO", "the IRO covers the SRSM"],
)
def test_nobody_oversees_a_challenge_whose_iro_they_are_or_cover(people: dict[str, object]) -> None:
    cover = [one for one in people.values() if isinstance(one, Cover)]
    holders = {id_: one for id_, one in people.items() if isinstance(one, str)}
    case = vacant(*cover, **holders)
    acting = people.get("srsm", SARA if cover and cover[0].post == "iro-one" else IRA)
    assert Capacity.SRSM not in who(case, str(acting))
    assert SENNA in overseers_of(case)
    assert owners(case, Purpose.NAME_SOMEBODY) == {SENNA}
    assert case.letters(NotServed)[SENNA] is Letter.DECIDE


@pytest.mark.parametrize("role", [SARA, SENNA])
def test_nobody_oversees_a_challenge_in_which_they_were_asked_to_reply(role: str) -> None:
    """Also once the challenge has moved on, and when they only covered the post that was asked."""
    cover = Cover("tm-north", role, day("2026-11-01"), day("2026-11-03"))
    case = raised(of=of(cover))
    assert not who(case, role) & AS_BOTH
    assert Capacity.RESPONDER in who(case, role)
    case.does(IRA, Escalate(Stage.TWO, "It is urgent."), "2026-11-04 10:00")
    assert not who(case, role) & AS_BOTH, "they were asked"
    other = raised(of=of(Cover("tm-south", role, *NOVEMBER)))
    assert who(other, role) & AS_BOTH, "another team's post is another challenge's"


@pytest.mark.parametrize("owner", [SARA, "srsm"], ids=["by name", "by post"])
def test_nobody_oversees_a_challenge_in_which_they_own_an_action(owner: str) -> None:
    action = AgreedAction("Find a placement", "Sara", day("2026-11-12"), Owner(owner))
    case = raised(of=of()).does(TAM, Reply(1, Answer.ACTIONS, "We will.", (action,)))
    assert who(case, SARA) == AS_SRSM, "nothing is accepted yet"
    case.does(IRA, AcceptActions())
    assert who(case, SARA) == {Capacity.OWNER, Capacity.INFORMED}
    assert overseers_of(case) == {SENNA}
    ends = (ActionEnd(1, ActionFate.DROPPED, "Not needed."),)
    case.does(IRA, Resolve("It is settled.", ChildTold.YES, "By me.", ends))
    assert who(case, SARA) == AS_SRSM, "the action has ended"


def test_where_the_srsm_may_not_act_the_senior_iro_manager_does_and_above_them_the_director() -> (
    None
):
    case = vacant(srsm=IRA)
    assert who(case, SENNA) == AS_BOTH
    assert who(case, DORA) == set()
    neither = vacant(Cover("senior", IRA, *NOVEMBER), srsm=IRA)
    assert who(neither, DORA) == AS_BOTH
    assert owners(neither, Purpose.NAME_SOMEBODY) == {DORA}
    assert neither.letters(NotServed)[DORA] is Letter.DECIDE
    assert "director" in trays(neither.challenge, neither.council, neither.today)
    found = tasks(neither.challenge, neither.council)
    (task,) = [one for one in found if one.purpose is Purpose.NAME_SOMEBODY]
    said = owner_in_words(task, neither.challenge, neither.council, neither.today)
    assert said == "Dora Sample-Thirteen, Director of Children’s Services"
    alone = vacant(Cover("director", IRA, *NOVEMBER), srsm=IRA, senior=IRA)
    assert owners(alone, Purpose.NAME_SOMEBODY) == {IRA}, "nothing is lost"
    assert oversees_as(Capacity.SRSM, alone.challenge, alone.council, alone.today) is None


def test_where_nobody_has_the_post_the_next_above_acts() -> None:
    case = vacant(srsm=None)
    assert owners(case, Purpose.NAME_SOMEBODY) == {SENNA}
    assert who(case, SENNA) == AS_BOTH
    above = vacant(srsm=None, senior=None)
    assert owners(above, Purpose.NAME_SOMEBODY) == {DORA}


def test_whoever_covers_the_manager_acts_unless_it_is_their_own() -> None:
    case = vacant(Cover("srsm", IVO, *NOVEMBER))
    assert owners(case, Purpose.NAME_SOMEBODY) == {IVO}
    own = vacant(Cover("srsm", IVO, *NOVEMBER), Cover("srsm", IRA, *NOVEMBER))
    assert owners(own, Purpose.NAME_SOMEBODY) == {IVO}, "the IRO has the same post, and may not"
    assert own.letters(NotServed) == {IVO: Letter.DECIDE, IRA: Letter.TOLD}


def test_a_manager_who_may_not_act_goes_on_reading() -> None:
    case = raised(of=of(Cover("tm-north", SARA, *THREE_DAYS))).until("2026-11-03 10:00")
    case.does(IRA, Escalate(Stage.TWO, "It is urgent."), "2026-11-06 10:00")
    assert may_see(frozenset(who(case, SARA)), case.challenge, case.council)
    for act in (GiveView, ReviseDeadline, ProposeHold, AskAgain):
        assert act not in case.acts(SARA)
    assert GiveView in case.acts(SENNA)


def test_what_was_asked_of_the_srsm_before_is_the_next_above_s_from_then_on() -> None:
    """She is asked to name somebody, and covers the IRO from the next day."""
    case = vacant(Cover("iro-one", SARA, *THREE_DAYS))
    assert owners(case, Purpose.NAME_SOMEBODY) == {SARA}
    case.until("2026-11-03 08:00")
    assert owners(case, Purpose.NAME_SOMEBODY) == {SENNA}
    case.until("2026-11-06 08:00")
    assert Capacity.SRSM in who(case, SARA), "the cover has ended"


# Cover for an IRO --------------------------------------------------------------------------------


@pytest.mark.parametrize("officer", [WYN, TAM, CAS, HEDY, ADA, SENNA])
def test_only_another_iro_or_the_srsm_covers_for_an_iro(officer: str) -> None:
    case = raised(of=of(Cover("iro-one", officer, *NOVEMBER)))
    assert not who(case, officer) & {Capacity.IRO, Capacity.COVER}
    assert not may_raise(officer, case.council, case.today)
    for cover in (IVO, SARA):
        covered = raised(of=of(Cover("iro-one", cover, *NOVEMBER)))
        assert who(covered, cover) == {Capacity.IRO, Capacity.COVER}


def test_cover_that_an_older_directory_gave_to_anybody_else_counts_for_nothing() -> None:
    """It lies in the table since a release that took it: the IRO keeps their tasks and emails."""
    case = raised(of=of(Cover("iro-one", TAM, *NOVEMBER)))
    case.does(TAM, Reply(1, Answer.CHALLENGED, "No."))
    assert owners(case, Purpose.DECIDE) == {IRA}
    assert case.letters(Replied)[IRA] is Letter.DECIDE
    assert TAM not in case.letters(Replied)
    people: Directory = case.council.directory
    assert people.trays(TAM, case.today) == (TAM, "tm-north")
    assert [one.id for one in people.people("iro-one", case.today)] == [IRA]


@pytest.mark.parametrize("officer", [IVO, SARA])
def test_whoever_covers_gets_the_iro_s_emails_and_tasks(officer: str) -> None:
    case = raised(of=of(Cover("iro-one", officer, *NOVEMBER)))
    case.does(TAM, Reply(1, Answer.CHALLENGED, "No."))
    letters = case.letters(Replied)
    assert letters[officer] is letters[IRA] is Letter.DECIDE, "the IRO as well: it stays theirs"
    assert owners(case, Purpose.DECIDE) == {IRA, officer}


def test_whoever_covers_loses_them_when_cover_ends() -> None:
    case = raised(of=of(Cover("iro-one", IVO, *THREE_DAYS)))
    case.does(TAM, Reply(1, Answer.CHALLENGED, "No."), "2026-11-05 23:00")
    assert case.letters(Replied)[IVO] is Letter.DECIDE
    assert owners(case, Purpose.DECIDE) == {IRA, IVO}
    case.until("2026-11-06 00:00")
    assert owners(case, Purpose.DECIDE) == {IRA}
    assert who(case, IVO) == set()
    assert case.acts(IVO) == set()
    late = raised(of=of(Cover("iro-one", IVO, *THREE_DAYS)))
    late.does(TAM, Reply(1, Answer.CHALLENGED, "No."), "2026-11-06 10:00")
    assert IVO not in late.hears(Replied)


def test_an_srsm_who_covers_may_do_everything_else_that_the_iro_may() -> None:
    """Everything but two endings, of which the next sentence is."""
    covered = raised(of=of(Cover("iro-one", SARA, *NOVEMBER)))
    for story in (covered, covered.does(TAM, Reply(1, Answer.CHALLENGED, "No."))):
        mine = acts(frozenset({Capacity.IRO}), story.challenge, story.council)
        assert set(mine) <= story.acts(SARA)
    covered.does(SARA, Escalate(Stage.TWO))
    assert covered.challenge.stage is Stage.TWO
    error = Close(Outcome.RAISED_IN_ERROR, "The wrong form.", ChildTold.NOT_YET)
    assert covered.does(SARA, error).challenge.outcome is Outcome.RAISED_IN_ERROR


@pytest.mark.parametrize("outcome", [Outcome.WITHDRAWN, Outcome.UNRESOLVED_NOT_REFERRED])
def test_withdrawing_and_ending_unresolved_wait_for_the_iro_or_an_appointed_one(
    outcome: Outcome,
) -> None:
    def answered(*cover: Cover) -> Case:
        return raised(Stage.FOUR, of=of(*cover)).does(ADA, Reply(1, Answer.CHALLENGED, "No."))

    close = Close(outcome, "Enough.", ChildTold.NOT_YET)
    covered = answered(Cover("iro-one", SARA, *NOVEMBER))
    with pytest.raises(BadSubmissionError, match="waits for the IRO, or for another"):
        covered.does(SARA, close)
    appointed = covered.does(SENNA, AppointIro(IVO, "Ira is on leave."))
    assert appointed.does(IVO, close).challenge.outcome is outcome
    assert answered().does(IRA, close).challenge.outcome is outcome
    by_an_iro = answered(Cover("iro-one", IVO, *NOVEMBER))
    assert by_an_iro.does(IVO, close).challenge.outcome is outcome


def test_what_an_srsm_who_covers_proposes_is_the_next_above_s_to_confirm() -> None:
    case = raised(Stage.QAP, of=of(Cover("iro-one", SARA, *NOVEMBER))).until("2026-11-04 10:00")
    talked = "Talked with Senna on Tuesday."
    case.does(
        SARA, SetNewDate("question", day("2026-11-06"), "Staff were ill.", talked, "It helps.")
    )
    assert ConfirmDate not in case.acts(SARA)
    case.does(SENNA, ConfirmDate("question"))
    assert case.due == day("2026-11-06")


@pytest.mark.parametrize(
    ("first", "last", "before", "after"),
    [
        ("2026-11-03", "2026-11-05", "srsm", "senior"),
        ("2026-11-01", "2026-11-02", "senior", "srsm"),
    ],
    ids=["begins", "has ended"],
)
def test_it_is_in_other_trays_from_the_morning_on_which_cover_begins_or_has_ended(
    first: str, last: str, before: str, after: str
) -> None:
    """Nothing happens that night: the challenge wakes for it, because trays are kept."""
    case = vacant(Cover("iro-one", SARA, day(first), day(last))).until("2026-11-02 23:00")
    assert {*trays(case.challenge, case.council, case.today)} == {before, IRA}
    assert case.wakes() == moment("2026-11-03 00:00")
    version = case.challenge.version
    case.until("2026-11-03 00:00")
    assert {*trays(case.challenge, case.council, case.today)} == {after, IRA}
    assert case.challenge.version == version


def test_cover_that_has_no_end_never_wakes_it() -> None:
    for_ever = Cover("iro-one", SARA, day("2026-01-01"), day("9999-12-31"))
    assert vacant(for_ever).wakes() == vacant().wakes()


def test_another_manager_who_only_covers_elsewhere_changes_nothing() -> None:
    case = raised(of=of(Cover("tm-south", TOM, *THREE_DAYS)))
    assert overseers_of(case) == {SARA}
