"""Rule 6, owners: who does an agreed action, and how they are asked, reminded and replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.acting import carry_out
from domain.challenge import ActionState, AgreedAction, Owner
from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.events import Actor
from domain.ladder import Stage
from domain.moments import local_day
from domain.part import Hand
from domain.people import actions_of, capacities, does_action, outside_id, people_who_do
from domain.permissions import may_see
from domain.rules.accepting import AcceptActions, ActionsAccepted
from domain.rules.actions import (
    ActionDone,
    ActionGivenUp,
    GiveUpAction,
    ReportAction,
    SendBackAction,
)
from domain.rules.corrections import Correct, Corrected
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.missed_actions import ActionMissed
from domain.rules.owners import (
    ActionReminded,
    NameOwner,
    OwnerCause,
    OwnerNamed,
    OwnerNeeded,
    facts_of_owners_emails,
    matters_to_owners,
)
from domain.rules.replies import Answer, Reply
from domain.rules.revising import DeadlineRevised, ReviseDeadline
from domain.rules.serving import Delivery
from domain.rules.timescales import NewDateSet, SetNewDate
from domain.tasks import is_theirs, tasks, trays
from domain.timeline import headline
from domain.vocabulary import Capacity, Letter, Purpose, Standing
from tests.builders import (
    ADA,
    CAS,
    DAILY,
    IRA,
    IVO,
    SARA,
    TAM,
    TOM,
    WIN,
    WYN,
    Case,
    council,
    day,
    directory,
    moment,
    raised,
)
from tests.pages.visitor import Visitor
from tests.workflow.service import CHILD, URL

if TYPE_CHECKING:
    from domain.council import Council
    from tests.workflow.service import Service

JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")
ALEX = Owner("", "Alex Sample", "Sample Clinic")


def owned(*owners: Owner | None, by: str = "2026-11-12", of: Council | None = None) -> Case:
    """Return a case in which each of ``owners`` has an accepted action, due on ``by``."""
    actions = tuple(
        AgreedAction(f"Step {number}", f"Owner {number}", day(by), owner or Owner(WYN))
        for number, owner in enumerate(owners, start=1)
    )
    case = raised(Stage.TWO, of=of).does(CAS, Reply(1, Answer.ACTIONS, "We will.", actions))
    case.leaves_words(*(number for number, owner in enumerate(owners, start=1) if owner is None))
    return case.does(IRA, AcceptActions())


def owns(case: Case, number: int = 1) -> set[str]:
    """Return the officers who have to do the action today."""
    action = case.challenge.action_number(number)
    assert action
    args = action, case.challenge, case.council, local_day(case.now)
    return {officer for officer in case.council.directory.officers if does_action(officer, *args)}


def reports_outside(case: Case, number: int) -> None:
    """Let the owner outside report the action by their link."""
    action = case.challenge.action_number(number)
    assert action
    id_, today = outside_id(action), local_day(case.now)
    who = capacities(case.challenge, id_, case.council, today)
    hand = Hand(Actor(id_, "Jo", "an owner", "link"), who, case.now, case.council)
    for fact in carry_out(ReportAction(number, "A letter."), case.challenge, hand):
        case._record(fact, hand.actor, case.now, "by link")


def purposes(case: Case) -> set[Purpose]:
    return {task.purpose for task in tasks(case.challenge, case.council)}


def emails(case: Case, *failed: str, refused: bool = False) -> dict[tuple[int, str], Delivery]:
    """Return what is known of the emails to owners; those to ``failed`` reached nobody."""
    today = local_day(case.now)
    return {
        (action.number, person.id): Delivery(
            person.id,
            None,
            case.now,
            refused=refused and person.id in failed,
            came_back_at=case.now if person.id in failed and not refused else None,
        )
        for action in case.challenge.open_actions
        for person in people_who_do(action, case.challenge, case.council, today)
    }


def come_back(case: Case, *failed: str, refused: bool = False) -> Case:
    """Let the emails to these people come back, or be refused."""
    known = emails(case, *failed, refused=refused)
    found = facts_of_owners_emails(case.challenge, known, case.now, case.council)
    for fact, _ in list(found):
        case.records(fact)
    return case


# Who it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "people"),
    [(Owner(WYN), {WYN}), (Owner("csm"), {CAS}), (Owner(IRA), {IRA}), (JO, set())],
)
def test_the_owner_is_an_officer_or_a_post_of_the_directory_or_somebody_outside(
    owner: Owner, people: set[str]
) -> None:
    case = owned(owner)
    assert owns(case) == people
    (action,) = case.challenge.actions
    outside = capacities(case.challenge, outside_id(action), case.council, local_day(case.now))
    assert outside == (set() if people else {Capacity.OWNER})


def test_an_owner_outside_has_a_name_an_organisation_and_an_email_address_if_there_is_one() -> None:
    case = owned(Owner(WYN))
    for wrong in (
        Owner(),
        Owner(name="Jo"),
        Owner(organisation="Sample School"),
        Owner("", "Jo", "Sample School", "jo at school"),
        Owner("", "Tam", "The council", f"{TAM}@council.example"),
        Owner("nobody-we-know"),
    ):
        with pytest.raises(BadSubmissionError) as error:
            case.does(IRA, NameOwner(1, wrong, "Wyn is away."))
        fields = {"owner", "owner-name", "owner-organisation", "owner-email"}
        assert error.value.fields.keys() <= fields
    for right in (JO, ALEX):
        case.does(IRA, NameOwner(1, right, "Wyn is away."))
    assert [fact.owner for fact in case.facts(OwnerNamed)] == [
        "Jo Sample, Sample School",
        "Alex Sample, Sample Clinic",
    ]


@pytest.mark.parametrize("name", ["S.S.’s mother", "Mum", "The child", "SAMPLE SAMPLESON"])
def test_no_child_or_parent_is_an_owner(name: str) -> None:
    case = owned(Owner(WYN))
    with pytest.raises(BadSubmissionError, match="no child or parent"):
        case.does(IRA, NameOwner(1, Owner("", name, "Home"), "They said so."))


# Asked, reminded, in the tray ---------------------------------------------------------------------


def test_the_owner_gets_an_email_with_a_link_to_report_by() -> None:
    case = owned(Owner(WYN), Owner("hos"), JO, ALEX)
    (_, _, third, _) = case.challenge.actions
    got = {id_: one for id_, one in case.letters(ActionsAccepted).items() if one.is_owners}
    assert got == dict.fromkeys((WYN, "hedy", outside_id(third)), Letter.YOUR_ACTION)


def test_an_owner_of_two_actions_gets_one_email_about_both() -> None:
    again = Owner("", "Jo S.", "Sample School", "JO@school.example")
    case = owned(JO, again, Owner(WYN), Owner(WYN))
    got = [id_ for id_, one in case.letters(ActionsAccepted).items() if one.is_owners]
    first, second = (outside_id(action) for action in case.challenge.actions[:2])
    assert sorted(got) == sorted([first, WYN])
    today = local_day(case.now)
    (person,) = people_who_do(case.challenge.actions[0], case.challenge, case.council, today)
    mine = actions_of(person, case.challenge, case.council, today)
    assert [(action.number, id_) for action, id_ in mine] == [(1, first), (2, second)]


def test_the_owner_is_reminded_one_working_day_before_the_date() -> None:
    case = owned(Owner(WYN), JO, by="2026-11-16").until("2026-11-13 08:59")
    assert case.facts(ActionReminded) == []
    case.until("2026-11-13 09:00")
    assert case.the(ActionReminded) == ActionReminded((1, 2))
    assert set(case.letters(ActionReminded).values()) == {Letter.ACTION_REMINDER}
    case.until("2026-11-16 23:00")
    assert len(case.facts(ActionReminded)) == 1, "and once"


def test_a_new_date_is_reminded_of_and_one_that_is_too_near_is_not() -> None:
    case = owned(Owner(WYN), by="2026-11-03").until("2026-11-04 10:00")
    assert case.facts(ActionReminded) == [], "it was agreed after the reminder would have been due"
    case.does(IRA, SetNewDate("action-1", day("2026-11-12"), "Illness."))
    case.until("2026-11-12 12:00")
    assert [event.effective for event in case.events(ActionReminded)] == [
        moment("2026-11-11 09:00")
    ]


def test_nobody_is_reminded_of_what_was_reported_or_has_nobody_to_email() -> None:
    case = owned(Owner(WYN), ALEX).does(WYN, ReportAction(1, "The minutes."))
    assert case.until("2026-11-12 12:00").facts(ActionReminded) == []


def test_the_owner_has_the_action_in_their_tray() -> None:
    case = owned(Owner(WYN), Owner("hos"), Owner(IRA), JO)
    today = local_day(case.now)
    found = trays(case.challenge, case.council, case.today)
    assert {WYN, "hos", IRA} <= found.keys()
    assert "" not in found
    for officer, number in ((WYN, 1), ("hedy", 2), (IRA, 3)):
        mine = [
            task.action
            for task in tasks(case.challenge, case.council)
            if is_theirs(task, officer, case.challenge, case.council, today) and task.action
        ]
        assert mine == [number]


def test_only_the_owner_reports_an_action() -> None:
    case = owned(Owner(WYN), Owner("tm-south"), JO)
    for officer, number in ((CAS, 1), (TOM, 1), (WYN, 2), (IRA, 3), (TAM, 3)):
        with pytest.raises(NotAllowedError):
            case.does(officer, ReportAction(number, "The minutes."))
    case.does(WYN, ReportAction(1, "The minutes.")).does(TOM, ReportAction(2, "The minutes."))
    with pytest.raises(NotAllowedError):
        reports_outside(owned(Owner(WYN), JO), 1)
    reports_outside(case, 3)
    assert {action.state for action in case.challenge.actions} == {ActionState.DONE}


def test_an_owner_who_is_nothing_else_in_the_challenge_sees_just_their_action() -> None:
    case = owned(Owner(WIN), JO)
    today = local_day(case.now)
    for id_ in (WIN, outside_id(case.challenge.actions[1])):
        who = capacities(case.challenge, id_, case.council, today)
        assert who == {Capacity.OWNER}
        assert not may_see(who, case.challenge, case.council)


def test_an_owner_outside_sees_the_words_and_the_date_of_their_action_and_nothing_else(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    two = tuple(AgreedAction(f"Step {n}", "Jo", day("2026-11-12"), JO) for n in (1, 2))
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreply", two))
    service.act(reference, "iro-1", AcceptActions())
    (email,) = [mail for mail in service.mails() if JO.email in str(mail.to)]
    links = [link.removeprefix(URL) for link in email.links if "/action/" in link]
    assert len(links) == 2, "one for each action"
    page = Visitor(service).get(links[0])
    assert "Step 1" in page.text
    assert "Thursday 12 November 2026" in page.text
    for other in ("Step 2", "Marigold", "Stage", CHILD.name, CHILD.initials, CHILD.case_id):
        assert other not in page.text
        assert other not in email.text.replace("Step 2", "")


# Outside, without an email ------------------------------------------------------------------------


def test_where_an_owner_outside_has_no_email_address_the_iro_reports_for_them() -> None:
    case = owned(ALEX, JO)
    (task,) = (t for t in tasks(case.challenge, case.council) if t.action == 1)
    assert (task.purpose, task.whose) == (Purpose.REPORT_FOR_OWNER, Capacity.IRO)
    with pytest.raises(NotAllowedError):
        case.does(IRA, ReportAction(2, "Jo reports that themselves."))
    case.does(IRA, ReportAction(1, "Alex rang me."))
    assert case.challenge.actions[0].state is ActionState.DONE


# Somebody else is needed --------------------------------------------------------------------------


def without(*officers: str, **holders: str | None) -> Council:
    """Return the council after these officers have left, with other holders of posts."""
    people = directory(**holders)
    left = {id_: one for id_, one in people.officers.items() if id_ not in officers}
    return council(people=replace(people, officers=left))


@pytest.mark.parametrize(
    ("owner", "later", "cause"),
    [
        (Owner(WIN), without(WIN), OwnerCause.LEFT),
        (Owner("hos"), without(hos=None), OwnerCause.VACANT),
        (None, without(), OwnerCause.ONLY_WORDS),
    ],
)
def test_when_an_owner_leaves_the_iro_names_another_within_two_working_days(
    owner: Owner | None, later: Council, cause: OwnerCause
) -> None:
    case = owned(owner, by="2026-11-20")
    case.council = later
    case.until("2026-11-05 10:00")
    case._decide()
    assert case.the(OwnerNeeded).cause is cause
    assert case.letters(OwnerNeeded)[IRA] is Letter.DECIDE
    (asked,) = (q for q in case.challenge.questions if q.purpose is Purpose.NAME_OWNER)
    assert asked.deadline.working_days == 2
    assert case.standing is Standing.ACTIONS_UNDER_WAY, "the ladder does not wait for it"
    case.until("2026-11-09 12:00")
    assert len(case.facts(OwnerNeeded)) == 1, "the IRO is asked once"
    case.does(IRA, NameOwner(1, JO))
    assert Purpose.NAME_OWNER not in purposes(case)
    assert case.challenge.actions[0].who == JO
    assert Letter.YOUR_ACTION in case.letters(OwnerNamed).values()


@pytest.mark.parametrize("refused", [True, False])
def test_when_an_owner_cannot_be_reached_the_iro_names_another_within_two_working_days(
    refused: bool,  # noqa: FBT001 - a case of the test
) -> None:
    case = owned(JO, Owner(WYN))
    outside = outside_id(case.challenge.actions[0])
    come_back(case, outside, refused=refused)
    needed = case.the(OwnerNeeded)
    assert needed.action == 1
    assert needed.cause is (OwnerCause.REFUSED if refused else OwnerCause.BOUNCED)
    assert needed.name_by.working_days == 2
    assert len(come_back(case, outside).facts(OwnerNeeded)) == 1, "and is asked once"
    case.does(IRA, NameOwner(1, Owner("", "Jo Sample", "Sample School", "jo2@school.example")))
    assert outside_id(case.challenge.actions[0]) != outside, "it is another link, and another email"


def test_a_post_that_two_people_answer_for_is_reached_by_one_of_them() -> None:
    always = (day("2026-01-01"), day("2028-01-01"))
    people = directory(Cover("hos", ADA, *always), Cover("hos", TOM, *always))
    case = owned(Owner("hos"), of=council(people=people))
    assert come_back(case, ADA).facts(OwnerNeeded) == []
    assert len(come_back(case, ADA, TOM).facts(OwnerNeeded)) == 1


def test_only_an_email_to_an_owner_of_today_matters_when_it_comes_back() -> None:
    case = owned(JO, Owner(WYN))
    first = case.challenge.actions[0]
    at, outside, today = first.owned_since, outside_id(first), local_day(case.now)

    def matters(event: int, officer: str) -> bool:
        return matters_to_owners(case.challenge, event, officer, case.council, today)

    assert matters(at, outside)
    assert matters(at, WYN)
    assert not matters(at - 1, WYN), "that email was about something else"
    assert not matters(at, TAM)
    case.does(IRA, NameOwner(1, ALEX, "Jo has moved."))
    assert not matters(at, outside)


def test_until_another_owner_is_named_the_action_is_the_child_s_team_manager_s() -> None:
    case = owned(Owner(WIN), None, by="2026-11-20")
    assert owns(case, 2) == {TAM}, "words are nobody"
    come_back(case, WIN)
    assert owns(case, 1) == {TAM}
    assert "tm-north" in trays(case.challenge, case.council, case.today)
    assert case.letters(OwnerNeeded)[TAM] is Letter.YOUR_ACTION
    with pytest.raises(NotAllowedError):
        case.does(WIN, ReportAction(1, "The minutes."))
    case.does(IRA, NameOwner(1, Owner(WYN)))
    assert owns(case, 1) == {WYN}


def test_a_new_owner_does_not_move_the_date() -> None:
    case = owned(Owner(WYN))
    before = case.challenge.actions[0].ledger
    case.does(IRA, NameOwner(1, JO, "Wyn has moved."))
    assert case.challenge.actions[0].ledger == before


def test_what_was_reported_or_has_ended_needs_no_owner() -> None:
    case = owned(Owner(WIN), by="2026-11-20")
    come_back(case, WIN)
    case.does(TAM, ReportAction(1, "The minutes."))
    assert Purpose.NAME_OWNER not in purposes(case)
    with pytest.raises(NotAllowedError):
        case.does(IRA, NameOwner(1, JO))
    case.does(IRA, SendBackAction(1, "Where are they?"))
    come_back(case, WIN)
    assert Purpose.NAME_OWNER in purposes(case), "it is open again, and its owner still away"
    case.does(IRA, GiveUpAction(1, "It is not needed."))
    assert Purpose.NAME_OWNER not in purposes(case)


def test_only_the_iro_names_an_owner_and_says_why_unless_asked() -> None:
    case = owned(Owner(WYN))
    for officer in (SARA, CAS, WYN, IVO):
        with pytest.raises(NotAllowedError):
            case.does(officer, NameOwner(1, JO, "So."))
    with pytest.raises(BadSubmissionError) as error:
        case.does(IRA, NameOwner(1, Owner(WYN), ""))
    assert set(error.value.fields) == {"owner", "reason"}
    with pytest.raises(NotAllowedError):
        case.does(IRA, NameOwner(9, JO, "So."))
    case.does(IRA, NameOwner(1, JO, "Wyn has moved."))
    assert case.the(OwnerNamed).reason == "Wyn has moved."


# Told what happens to it --------------------------------------------------------------------------


def test_at_a_missed_date_the_owner_is_told() -> None:
    case = owned(Owner(WYN), by="2026-11-06").until("2026-11-09 10:00")
    assert case.hears(ActionMissed)[WYN] == DAILY
    case = owned(JO, by="2026-11-06").until("2026-11-09 10:00")
    outside = outside_id(case.challenge.actions[0])
    assert case.letters(ActionMissed)[outside] is Letter.YOUR_ACTION, "they have no daily email"


def test_the_owner_is_told_of_a_new_date_a_report_sent_back_and_a_dropped_action() -> None:
    case = owned(Owner(WYN), by="2026-11-06").until("2026-11-09 10:00")
    case.does(IRA, SetNewDate("action-1", day("2026-11-13"), "Illness."))
    assert case.letters(NewDateSet)[WYN] is Letter.YOUR_ACTION
    case.does(SARA, ReviseDeadline(day("2026-11-16"), "Illness.", "do-action-1"))
    assert case.letters(DeadlineRevised)[WYN] is Letter.YOUR_ACTION
    case.does(IRA, GiveUpAction(1, "It is not needed."))
    assert case.hears(ActionGivenUp)[WYN] == DAILY
    case = owned(JO).does(IRA, GiveUpAction(1, "It is not needed."))
    outside = outside_id(case.challenge.actions[0])
    assert case.letters(ActionGivenUp)[outside] is Letter.ACTION_ENDED


def test_on_hold_no_owner_is_reminded() -> None:
    case = owned(Owner(WYN), by="2026-11-12")
    case.does(IRA, Escalate(Stage.THREE, "It is urgent."))
    case.does(IRA, ProposeHold(5, "The panel."), "2026-11-10 10:00").does(SARA, AgreeHold())
    assert case.until("2026-11-11 12:00").standing is Standing.ON_HOLD
    assert case.facts(ActionReminded) == []


def test_a_hold_that_ends_on_the_day_itself_brings_no_late_reminder() -> None:
    """It would say that one working day is left, when none is."""
    case = owned(Owner(WYN), by="2026-11-12")
    case.does(IRA, Escalate(Stage.THREE, "It is urgent."))
    case.does(IRA, ProposeHold(5, "The panel."), "2026-11-10 10:00").does(SARA, AgreeHold())
    case.does(SARA, EndHold(), "2026-11-12 08:00").until("2026-11-12 12:00")
    assert case.facts(ActionReminded) == []
    on_the_eve = owned(Owner(WYN), by="2026-11-12").does(IRA, Escalate(Stage.THREE, "It is so."))
    on_the_eve.does(IRA, ProposeHold(5, "The panel."), "2026-11-10 10:00").does(SARA, AgreeHold())
    on_the_eve.does(SARA, EndHold(), "2026-11-11 15:00")
    assert len(on_the_eve.facts(ActionReminded)) == 1


def test_whoever_corrects_the_report_of_an_owner_outside_does_not_name_them_in_emails() -> None:
    """Their name is what somebody typed, and the line of a correction stands in daily emails."""
    case = owned(JO)
    reports_outside(case, 1)
    case.does(IRA, Correct(case.events(ActionDone)[-1].number, "It was the day before."))
    said = headline(case.events(Corrected)[-1], case.challenge, case.council)
    assert said == (
        "Ira Sample-One corrected what the owner of an action recorded on Monday 2 November 2026"
    )
