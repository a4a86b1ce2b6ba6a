"""Every email that the table of notices requires, written for challenges that really happened."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, cast

import pytest
from bs4 import BeautifulSoup

from adapters.letters import asked_about, context_for, takes_link, write
from adapters.owner_letters import owner_context
from domain import directory as directories
from domain import notices as table
from domain.challenge import OWN, AgreedAction, Challenge, Owner
from domain.directory import Cover
from domain.events import CLOCK, Actor
from domain.fold import read
from domain.form import Child, GoodPractice, Urgency, Way
from domain.ladder import Role, Stage
from domain.moments import day_in_words, local_day
from domain.notices import Notice
from domain.part import Tell, kind_of
from domain.people import outside_id, people_asked
from domain.privileged import Sealed
from domain.procedure import Procedure, ReplyLinks
from domain.rulebook import FACTS, PARTS
from domain.rules.absence import Absence, SayNoCoverNeeded, Sign, facts_of_absence
from domain.rules.accepting import AcceptActions, ActionsAccepted
from domain.rules.actions import (
    ConfirmAction,
    GiveUpAction,
    ReportAction,
    SayNotResolved,
    SendBackAction,
)
from domain.rules.appointing import AgreeToAnotherIro, AppointIro, ObjectToIro
from domain.rules.asking_to_accept import AcceptanceAsked, AskToAccept, DeclineToAccept
from domain.rules.briefing import Brief, Briefed, ConfirmDirector, DirectorNotified
from domain.rules.cafcass import (
    AskCafcass,
    CafcassAnswer,
    RecordCafcassAnswer,
    RecordJudicialReview,
    ReferToCafcass,
)
from domain.rules.considering import DoNotRefer, FindUnresolved
from domain.rules.corrections import Correct
from domain.rules.deciding import AskAgain, GiveView, ManagerView
from domain.rules.director import InformDirector
from domain.rules.discussions import Means, RecordConversation
from domain.rules.endings import (
    ActionEnd,
    ActionFate,
    ChildTold,
    Close,
    Closed,
    RecordChildTold,
    Resolve,
)
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.holidays import DeadlineMoved
from domain.rules.impact import Impact, RecordImpact
from domain.rules.legal import (
    AskForAdvice,
    ConflictSaid,
    GiveAdvice,
    NameLawyer,
    OpenAdvice,
    SayConflict,
    SayManagerConflict,
    SayNoAdviceNeeded,
)
from domain.rules.life import LifeChange, RecordLifeChange, SayHowToGoOn
from domain.rules.meetings import (
    ArrangeMeeting,
    CancelMeeting,
    ChangeMeeting,
    ConsiderChair,
    MeetingCancelled,
    RecordMeeting,
    SendActions,
)
from domain.rules.missed_actions import ActionMissed, ActionRedated, NoNewDate
from domain.rules.moving import MoveChild
from domain.rules.notes import WriteNote
from domain.rules.owners import NameOwner, OwnerNeeded
from domain.rules.period import ResolutionPeriodEnding, StayOnLadder
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.reopening import Reopen
from domain.rules.replies import Answer, Reply
from domain.rules.revising import DeadlineRevised, DecideObjection, Object, ReviseDeadline
from domain.rules.sealing import (
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    CheckTexts,
    DeclineToSeal,
    FormalEntryKept,
    RightChild,
    TextsToCheck,
)
from domain.rules.serving import Bounced, NotServed, NotServedCause
from domain.rules.skipping import ChooseSkip
from domain.rules.stages import StageBegan
from domain.rules.timescales import (
    ConfirmDate,
    DeclineDate,
    NewDateSet,
    ProposeDate,
    RecordDiscussion,
    SetNewDate,
)
from domain.rules.urgency import RecordContact
from domain.timeline import turn_to
from domain.vocabulary import Capacity, Letter, Outcome, Purpose
from infra import tables
from tests.builders import (
    ADA,
    CAS,
    DANA,
    HEDY,
    IRA,
    IVO,
    LENA,
    LEO,
    NEIL,
    NORTH,
    SANDY,
    SARA,
    SENNA,
    SOUTH,
    TAM,
    TOM,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
    with_lawyers,
)

if TYPE_CHECKING:
    from adapters.mail import Written
    from domain.council import Council
    from domain.events import Fact

#: One worker writes all emails (``post``), once.
pytestmark = pytest.mark.xdist_group("letters")

#: What somebody typed: in every field that a person fills in, and never in an email.
TYPED = "Zyxwords"
CHILD = Child("CASE-998877", "Q.Z.", "Quilla Zebedee", date(2014, 3, 9), "North Sample Team")
NEVER = (TYPED, "998877", "Q.Z", "QZ", "Quilla", "Zebedee", "2014", "9 March")

COUNCIL = "Marsh & <Fen> Council"
LINK = "https://challenges.example/reply/4xvZ-91_abcDEF"
ACTION_LINK = "https://challenges.example/action/"
PAGE = "https://challenges.example/challenges/PCE-7K3M-9QXT"


@dataclass(frozen=True)
class Post:
    """One email as it went out: about what, by which rule, to whom, and its text."""

    kind: type[Fact]
    rule: int
    notice: Notice
    challenge: Challenge
    council: Council
    written: Written


def _write(case: Case, notice: Notice) -> Written:
    if notice.letter.is_owners:
        owners = owner_context(
            *(notice, case.challenge, case.council, case.now),
            link_to=lambda action, owner: f"{ACTION_LINK}{action}-{owner}",
            council_name=COUNCIL,
        )
        return write(notice.letter, owners, training=False)
    replies = takes_link(notice, case.challenge, case.council, case.now)
    link = LINK if replies else PAGE
    said = context_for(
        notice, case.challenge, case.council, case.now, link=link, council_name=COUNCIL
    )
    return write(notice.letter, said, training=False)


class Story:
    """A case whose emails are written after each step, as the service writes them."""

    def __init__(self, case: Case) -> None:
        form = case.challenge.events[0]
        assert isinstance(form.fact, Raised)
        concerns = [replace(one, what=TYPED, outcome_wanted=TYPED) for one in form.fact.concerns]
        told = replace(
            form.fact,
            child=CHILD,
            entry_reason=TYPED,
            concerns=tuple(concerns),
            tried=TYPED,
            views=TYPED,
        )
        events = (replace(form, fact=told), *case.challenge.events[1:])
        case.challenge = read(case.challenge.reference, events)
        self.case = case
        self.letters: list[Post] = []
        self._written = 0
        self.deliver()

    def does(
        self, officer: str, command: object, at: str | None = None, via: str = "page"
    ) -> Story:
        if at:
            self.until(at)
        self.case.does(officer, command, via=via)  # type: ignore[arg-type]  # any command
        return self.deliver()

    def until(self, at: str) -> Story:
        self.case.until(at)
        return self.deliver()

    def records(self, fact: Fact, by: Actor = CLOCK) -> Story:
        self.case.records(fact, by)
        return self.deliver()

    def of(self, changed: Council) -> Story:
        self.case.council = changed
        return self

    def deliver(self, after: int | None = None) -> Story:
        """Write the emails about every event since the last delivery, or since ``after``."""
        challenge = self.case.challenge
        since = self._written if after is None else after
        for event in challenge.events[since:]:
            for number, rule in enumerate(kind_of(event.fact).told):
                if not rule.when(challenge, event):
                    continue
                people = table._people(
                    challenge, event, rule.audience, self.case.council, self.case.now
                )
                for officer in people:
                    mail = table._Mail(event, officer, rule.letter, table.Channel.AT_ONCE)
                    if table._settled(challenge, mail, self.case.council, self.case.now):
                        continue
                    notice = Notice(event, officer, rule.letter, self.case.now)
                    written = _write(self.case, notice)
                    about = (type(event.fact), number, notice, challenge, self.case.council)
                    self.letters.append(Post(*about, written))
        self._written = challenge.version
        return self


def _reply(story: Story, answer: Answer = Answer.CHALLENGED, *actions: AgreedAction) -> Reply:
    return Reply(story.case.request.number, answer, TYPED, actions)


def _action(by: str) -> AgreedAction:
    return AgreedAction(TYPED, TYPED, day(by), Owner(WYN))


def informal() -> Story:
    """QAP, a decision five days late, a late reply, a second question, and its resolution."""
    story = Story(raised(Stage.QAP))
    for n in (5, 6, 9, 10, 11, 12, 13, 16):
        story.until(f"2026-11-{n:02} 10:00")
    story.does(TAM, _reply(story)).does(IRA, AskAgain(TYPED, 3))
    story.does(TAM, _reply(story)).does(SARA, GiveView(resolved=False, words=TYPED))
    return story.does(IRA, Resolve(TYPED, ChildTold.YES, TYPED))


def missed_at_qap() -> Story:
    """Nobody replies, twice; a date is declined, another confirmed; and an outcome is missed."""
    story = Story(raised(Stage.QAP)).until("2026-11-04 09:30")
    story.does(SARA, RecordDiscussion(TYPED))
    story.does(IRA, SetNewDate(OWN, day("2026-11-06"), TYPED)).does(SARA, DeclineDate(OWN, TYPED))
    story.does(IRA, SetNewDate(OWN, day("2026-11-05"), TYPED)).does(SARA, ConfirmDate(OWN))
    story.until("2026-11-06 09:30")
    story.does(IRA, SetNewDate(OWN, day("2026-12-10"), TYPED, TYPED, TYPED))
    story.does(SARA, ConfirmDate(OWN)).until("2026-12-03 09:30")
    story.does(IRA, SetNewDate("outcome-1", day("2026-12-18"), TYPED, TYPED, TYPED))
    story.does(SARA, ConfirmDate("outcome-1"))
    return story.does(TAM, _reply(story)).does(IRA, Escalate(Stage.ONE, TYPED, TYPED))


def asked_to_accept() -> Story:
    """The SRSM is asked to accept an action after the limit, and declines."""
    story = Story(raised(Stage.ONE))
    story.does(TAM, _reply(story, Answer.ACTIONS, _action("2026-12-11")))
    return story.does(IRA, AskToAccept(TYPED)).does(SARA, DeclineToAccept(TYPED))


def the_iro_leaves() -> Story:
    story = Story(raised(Stage.ONE)).until("2026-11-03 10:00")
    story.of(council(people=directory(iro_one=None))).until("2026-11-10 10:00")
    story.of(council()).until("2026-11-11 10:00")
    story.of(council(people=directory(iro_one=None))).until("2026-11-17 10:00")
    return story.does(SARA, AppointIro(IVO, TYPED))


def the_child_is_adopted() -> Story:
    story = Story(raised(Stage.ONE)).until("2026-11-03 10:00")
    story.does(IRA, RecordLifeChange(LifeChange.ADOPTED, day("2026-11-02")))
    return story.does(IRA, SayHowToGoOn(TYPED))


def the_child_moves() -> Story:
    """The question goes to the new area; the question of the next stage is everybody's."""
    story = Story(raised(Stage.ONE)).until("2026-11-03 10:00")
    story.does(IRA, MoveChild(SOUTH, "sw-south", question_goes=True))
    story.does(IRA, MoveChild(NORTH, "sw-north", question_goes=False))
    return story.does(TOM, _reply(story))


def missed_by_an_srsm_who_covers() -> Story:
    """She covered for the IRO and set a date, which releases before 2026-11.10 asked the Senior."""
    story = Story(raised(Stage.QAP)).until("2026-11-04 09:30")
    by, now = story.case.council.within(2, story.case.now), story.case.now
    senior, sara = Capacity.SENIOR_IRO_MANAGER, Actor(SARA, "Sara Sample-Three", "the IRO", "page")
    fact = NewDateSet(OWN, day("2026-11-06"), TYPED, by, senior, TYPED)
    story.case._record(fact, sara, now, "covered")
    return story.deliver().does(SENNA, ConfirmDate(OWN))


def missed_again_and_again() -> Story:
    """An action is missed three times; a bank holiday moves its date, the SRSM confirms one."""
    story = Story(raised(Stage.TWO))
    story.does(CAS, _reply(story, Answer.ACTIONS, _action("2026-11-06")))
    story.does(IRA, AcceptActions(TYPED)).until("2026-11-09 09:30")
    story.does(IRA, SetNewDate("action-1", day("2026-11-11"), TYPED))
    story.of(council(Procedure(bank_holidays={day("2026-11-11"): "A holiday"})))
    story.until("2026-11-13 09:30").does(IRA, SetNewDate("action-1", day("2026-11-16"), TYPED))
    story.until("2026-11-17 09:30").does(IRA, SetNewDate("action-1", day("2026-12-10"), TYPED))
    return story.does(SARA, ConfirmDate("action-1"))


def informal_and_never_served() -> Story:
    story = Story(raised(Stage.QAP, of=council(people=directory(sw_north=None, tm_north=None))))
    by = story.case.council.within(1, story.case.now)
    story.records(NotServed(1, NotServedCause.VACANT, by)).until("2026-11-06 09:30")
    return story.does(SARA, Reassign("tm-south", TYPED))


def given_back_and_nobody_named() -> Story:
    """The IRO names nobody, nor does the SRSM, and the challenge moves up."""
    story = Story(raised(Stage.ONE)).does(TAM, SayNotMine(1, TYPED))
    story.until("2026-11-05 09:30").does(IRA, Reassign("tm-south", TYPED))
    story.does(TOM, SayNotMine(2, TYPED))
    return story.until("2026-11-09 09:30").until("2026-11-12 09:30")


def never_served_at_the_top() -> Story:
    """Nobody is at the last stage, and nobody is reached at the Director's post."""
    people = directory(ad=None)
    director = directories.Post("dcs", Role.DIRECTOR, (), HEDY)
    people = replace(people, posts={**people.posts, "dcs": director})
    story = Story(raised(Stage.FOUR, of=council(people=people)))
    within = story.case.council.within
    story.records(NotServed(1, NotServedCause.VACANT, within(1, story.case.now)))
    story.until("2026-11-04 09:30").until("2026-11-10 09:30").records(Bounced(2, HEDY))
    now = story.case.now
    story.records(NotServed(2, NotServedCause.BOUNCED, within(1, now), within(2, now)))
    return story.until("2026-11-12 09:30").until("2026-11-13 09:30")


def one_person_on_two_rungs() -> Story:
    """Cas is asked at stages 1 and 2; who covers for the IRO chooses to skip the second."""
    cover = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30"))
    people = directory(cover, tm_north=CAS)
    story = Story(raised(Stage.ONE, of=council(people=people)))
    story.does(IVO, ChooseSkip(skip=True, reason=TYPED))
    return story.until("2026-11-10 09:30")


def came_back_from_one_of_two() -> Story:
    """QAP, and the request did not reach the Team Manager."""
    return Story(raised(Stage.QAP)).records(Bounced(1, TAM))


def silent() -> Story:
    """Four stages without a reply, a late reply, and an end without resolution."""
    story = Story(raised(Stage.ONE))
    for at in ("2026-11-09 09:30", "2026-11-10 09:30", "2026-11-17 09:30", "2026-11-24 09:30"):
        story.until(at)
    story.does(TAM, Reply(1, Answer.CHALLENGED, TYPED)).does(CAS, SayNotMine(2, TYPED))
    story.until("2026-11-30 09:30").until("2026-12-01 09:30")
    ended = Close(Outcome.UNRESOLVED_NOT_REFERRED, TYPED, ChildTold.NO, "They never knew.")
    return story.does(IRA, ended)


def promised() -> Story:
    """Actions agreed: one sent back, done and confirmed, one missed, redated and dropped."""
    story = Story(raised(Stage.TWO))
    two = (_action("2026-11-09"), _action("2026-11-11"))
    story.does(CAS, _reply(story, Answer.ACTIONS, *two)).does(IRA, AcceptActions(TYPED))
    story.does(WYN, ReportAction(1, TYPED)).does(IRA, SendBackAction(1, TYPED))
    story.does(WYN, ReportAction(1, TYPED)).does(IRA, ConfirmAction(1, TYPED))
    story.until("2026-11-12 09:30").until("2026-11-17 09:30")
    story.does(WYN, ProposeDate(2, day("2026-11-20"), TYPED))
    story.does(IRA, SetNewDate("action-2", day("2026-11-20"), TYPED))
    story.records(ActionRedated(2, day("2026-11-20"), TYPED))  # as older releases recorded it
    story.does(SENNA, ReviseDeadline(day("2026-11-24"), TYPED, "do-action-2"))
    story.does(IRA, Object(TYPED, "do-action-2"))
    story.does(SENNA, DecideObjection("do-action-2", upheld=False, reason=TYPED))
    story.does(IRA, GiveUpAction(2, TYPED)).until("2026-11-20 09:30")
    return story.does(IRA, Escalate(Stage.FOUR, TYPED))


def owned() -> Story:
    """Actions of an officer, a post that becomes vacant, somebody outside and an old record."""
    story = Story(raised(Stage.TWO))
    outside = Owner("", TYPED, TYPED, f"{TYPED}@school.example")
    owners = (Owner(WYN), Owner("hos"), outside, Owner(WYN))
    four = (AgreedAction(TYPED, TYPED, day("2026-11-11"), who) for who in owners)
    story.does(CAS, _reply(story, Answer.ACTIONS, *four)).case.leaves_words(4)
    story.does(IRA, AcceptActions(TYPED))
    story.of(council(people=directory(hos=None))).until("2026-11-10 09:30")
    story.does(IRA, NameOwner(4, outside, TYPED)).does(IRA, NameOwner(2, Owner("ad"), TYPED))
    return story.until("2026-11-12 09:30")


def kept() -> Story:
    """Actions agreed and done, confirmed late, and the challenge resolved by them."""
    story = Story(raised(Stage.THREE))
    story.does(HEDY, _reply(story, Answer.ACTIONS, _action("2026-11-09")))
    story.does(IRA, AcceptActions(TYPED)).does(WYN, ReportAction(1, TYPED))
    story.until("2026-11-12 09:30").does(IRA, ConfirmAction(1, TYPED))
    return story.does(IRA, Resolve(TYPED, ChildTold.NO, TYPED))


def kept_beside_the_ladder() -> Story:
    """A late reply's action, accepted at the next stage; the next, moved up, is the IRO's own."""
    story = Story(raised(Stage.ONE)).until("2026-11-10 09:30")
    story.does(TAM, Reply(1, Answer.ACTIONS, TYPED, (_action("2026-11-13"),)))
    story.does(IRA, AcceptActions(TYPED, 1)).does(IRA, Escalate(Stage.THREE, TYPED))
    story.does(WYN, ReportAction(1, TYPED)).does(IRA, ConfirmAction(1, TYPED))
    story.does(SARA, GiveView(resolved=True, words=TYPED)).does(IRA, SayNotResolved(TYPED))
    own = AgreedAction(TYPED, TYPED, day("2026-11-13"), Owner(IRA))
    story.does(HEDY, _reply(story, Answer.ACTIONS, own)).does(IRA, AcceptActions(TYPED))
    story.does(IRA, ReportAction(2, TYPED))
    return story.does(SARA, SendBackAction(2, TYPED))


def missed_at_the_last_stage() -> Story:
    """An action of the last stage that is missed and gets no new date."""
    story = Story(raised(Stage.FOUR))
    story.does(ADA, _reply(story, Answer.ACTIONS, _action("2026-11-09")))
    story.does(IRA, AcceptActions(TYPED)).until("2026-11-10 09:30")
    return story.does(IRA, NoNewDate(1, TYPED))


def returned() -> Story:
    """Not mine, somebody else asked, asked again, and decided by another IRO."""
    story = Story(raised(Stage.ONE))
    story.does(TAM, SayNotMine(1, TYPED)).until("2026-11-06 09:30")
    story.does(IRA, Reassign("tm-south", TYPED)).does(IRA, AgreeToAnotherIro(TYPED))
    story.does(SARA, AppointIro(IVO, TYPED)).does(IRA, ObjectToIro(TYPED))
    story.does(TOM, _reply(story)).does(SENNA, AppointIro(IRA, TYPED))
    story.does(SARA, GiveView(resolved=True, words=TYPED))
    return story.does(IRA, Escalate(Stage.TWO, TYPED))


def decided_late() -> Story:
    """A reply on which the SRSM decides in the IRO's place."""
    story = Story(raised(Stage.ONE))
    story.does(TAM, _reply(story)).until("2026-11-12 09:30")
    return story.does(SARA, Escalate(Stage.TWO, TYPED))


def asked_again_against_the_view() -> Story:
    """The SRSM saw it as resolved, and the IRO asked again."""
    story = Story(raised(Stage.ONE)).does(SARA, GiveView(resolved=True, words=TYPED))
    return story.does(TAM, _reply(story)).does(IRA, AskAgain(TYPED, 3))


def revised() -> Story:
    """A deadline moved later by the SRSM, then earlier by the Senior IRO Manager."""
    story = Story(raised(Stage.ONE))
    story.does(SARA, ReviseDeadline(day("2026-11-13"), TYPED)).does(IRA, Object(TYPED))
    story.does(SENNA, DecideObjection("request", upheld=False, reason=TYPED))
    story.does(SENNA, ReviseDeadline(day("2026-11-05"), TYPED))
    return story.until("2026-11-04 09:30")


def told_late() -> Story:
    """Resolved before the child was told about it."""
    story = Story(raised(Stage.QAP)).does(IRA, Resolve(TYPED, ChildTold.NOT_YET))
    return story.until("2026-11-06 09:30").does(IRA, RecordChildTold(ChildTold.YES, TYPED))


def referred() -> Story:
    """Referred by whoever covers, whose answer comes after the last stage has ended."""
    cover = directory(Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30")))
    story = Story(raised(Stage.FOUR, of=council(people=cover)))
    sent = day("2026-11-02")
    story.does(IVO, ReferToCafcass(TYPED, TYPED, sent, TYPED, TYPED)).until("2026-11-10 09:30")
    story.does(IVO, AskCafcass(TYPED)).does(IVO, RecordJudicialReview(sent, TYPED))
    return story.does(IVO, RecordCafcassAnswer(CafcassAnswer.REFUSED, sent, TYPED))


def not_referred() -> Story:
    """The last stage is found wanting by whoever covers, and the IRO does not refer."""
    people = directory(Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30")))
    director = directories.Post("dcs", Role.DIRECTOR, (), TOM)
    people = replace(people, posts={**people.posts, "dcs": director})
    story = Story(raised(Stage.FOUR, of=council(people=people)))
    story.does(ADA, _reply(story)).does(IVO, FindUnresolved(TYPED))
    story.does(IRA, DoNotRefer(TYPED, TYPED, TYPED))
    outcome = Outcome.UNRESOLVED_NOT_REFERRED
    return story.does(IRA, Close(outcome, TYPED, ChildTold.YES, TYPED))


def held() -> Story:
    """A hold that ended early, after a proposal that lapsed; both proposed by the SRSM."""
    story = Story(raised(Stage.ONE))
    story.does(SARA, ProposeHold(3, TYPED)).until("2026-11-05 09:30")
    story.does(SARA, ProposeHold(3, TYPED)).does(IRA, AgreeHold())
    return story.does(IRA, EndHold())


def urgent() -> Story:
    """The child may be at risk, and the stages end too late; somebody typed it for the IRO."""
    urgency = Urgency(day("2026-11-21"), TYPED, at_risk=True)
    cover = directory(Cover("iro-one", SARA, day("2026-11-01"), day("2026-11-30")))
    story = Story(raised(Stage.ONE, of=council(people=cover), by=SARA, urgency=urgency))
    return story.does(SARA, RecordContact(TYPED, day("2026-11-02"), "4pm"))


def held_to_its_end() -> Story:
    """Proposed by the IRO, and agreed by the SRSM."""
    story = Story(raised(Stage.ONE)).does(IRA, ProposeHold(1, TYPED)).does(SARA, AgreeHold())
    return story.until("2026-11-04 09:30")


def held_beyond_the_period() -> Story:
    """The Senior IRO Manager has to agree."""
    story = Story(raised(Stage.FOUR, of=council(Procedure(resolution_period=5))))
    story.does(IRA, ProposeHold(1, TYPED))
    return story.does(SARA, ReviseDeadline(day("2026-11-05"), TYPED, "hold-answer"))


def proclaimed() -> Story:
    """A bank holiday proclaimed while a reply is due, and one while a decision is due."""
    story = Story(raised(Stage.ONE))
    first = Procedure(bank_holidays={day("2026-11-05"): "A holiday"})
    story.of(council(first)).until("2026-11-03 09:30").does(TAM, _reply(story))
    both = Procedure(bank_holidays={**first.bank_holidays, day("2026-11-06"): "Another"})
    return story.of(council(both)).until("2026-11-04 09:30")


def by_email() -> Story:
    """Raised by email, with notes by email: in place of a reply, late, and by the IRO."""
    story = Story(raised(Stage.QAP, via="email"))
    story.does(TAM, WriteNote(TYPED), via="email").does(IRA, WriteNote(TYPED), via="email")
    story.until("2026-11-04 09:30").does(TAM, WriteNote(TYPED), via="email")
    return story.does(CAS, WriteNote(TYPED))


def discussed_and_the_director_informed() -> Story:
    """Silence at stage 4; Director and Senior IRO Manager hear that the Director has to know."""
    dora = directories.Officer("dora", "Dora Sample-Top", "dora@council.example")
    post = directories.Post("dcs", Role.DIRECTOR, (), "dora")
    of = directory()
    of = replace(of, officers={**of.officers, "dora": dora}, posts={**of.posts, "dcs": post})
    story = Story(raised(Stage.FOUR, of=council(people=of)))
    story.does(ADA, RecordConversation(TYPED, Means.PHONE, day("2026-11-02"), TYPED))
    return story.until("2026-11-10 09:30").does(ADA, InformDirector())


def met() -> Story:
    """Three meetings: one moved, given to the Senior IRO Manager and held; one cancelled."""
    story = Story(raised(Stage.THREE))
    at = story.case.now + timedelta(days=2)
    story.does(IRA, ArrangeMeeting(at, 60, TYPED, HEDY, (SARA, CAS, IRA)))
    story.does(SENNA, ArrangeMeeting(at, 60, TYPED, SARA, (HEDY, IRA)))
    story.does(SENNA, ChangeMeeting(1, at, 90, TYPED, HEDY, (SARA, IRA), TYPED))
    story.does(SARA, ConsiderChair(1, senior=True, reason=TYPED))
    story.does(SENNA, CancelMeeting(2, TYPED)).until("2026-11-04 15:00")
    held = (day("2026-11-04"), SENNA, TYPED, TYPED, (_action("2026-11-11"),))
    story.does(IRA, RecordMeeting(1, *held)).does(SARA, SendActions(1))
    story.does(SARA, RecordMeeting(0, *held))
    return story.does(SENNA, SendActions(3))


def met_and_not_recorded() -> Story:
    """A meeting arranged at stage 2, of which the SRSM is asked who chairs, and to record it."""
    story = Story(raised(Stage.TWO))
    at = story.case.now + timedelta(days=9)
    story.does(IRA, ArrangeMeeting(at, 60, TYPED, SARA, (CAS, IRA)))
    return story.until("2026-11-10 09:30").until("2026-11-12 09:30")


def too_few_days() -> Story:
    """A decision that comes too late for every remaining stage, and a period long over."""
    story = Story(raised(Stage.ONE))
    story.does(TAM, _reply(story)).until("2026-11-10 09:30").does(IRA, StayOnLadder(TYPED))
    return story.until("2026-12-30 09:30")


def reopened() -> Story:
    """Corrected while it was open, withdrawn, and reopened."""
    story = Story(raised(Stage.ONE)).does(IRA, Correct(1, TYPED))
    story.does(IRA, Close(Outcome.WITHDRAWN, TYPED, ChildTold.NO, TYPED))
    return story.does(IRA, Reopen(Stage.TWO, TYPED, CHILD, "sw-north"))


def answered_what_changed() -> Story:
    """Resolved, and weeks later the IRO says that nothing changed for the child."""
    story = Story(raised(Stage.ONE)).does(IRA, Resolve(TYPED, ChildTold.YES, TYPED))
    return story.until("2026-11-30 09:30").does(IRA, RecordImpact(Impact.NOTHING, TYPED))


def praised_while_another_iro_covers() -> Story:
    """Good practice, which an IRO who covers for the child's IRO recorded."""
    good = GoodPractice(TYPED, TYPED)
    covers = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30"))
    of = council(people=directory(covers))
    way = Way.GOOD_PRACTICE
    return Story(raised(Stage.QAP, of=of, by=IVO, way=way, concerns=(), good_practice=good))


def about_the_wrong_child() -> Story:
    """Not sealed at first, then sealed; the right child's challenge begins."""
    story = Story(raised(Stage.ONE))
    form, child = story.case.challenge.raised, replace(CHILD, case_id="CASE-7")
    words = TYPED, form.concerns, TYPED, TYPED
    asks = AskToSeal(TYPED, RightChild(child, "sw-north", Stage.ONE, *words))
    story.does(IRA, asks).does(SENNA, DeclineToSeal(TYPED)).does(IRA, asks)
    return story.does(SENNA, AgreeToSeal()).until("2026-11-10 09:30").does(DANA, CheckLooks(TYPED))


def begun_for_the_right_child() -> Story:
    """It keeps the formal entry of a record about the wrong child."""
    story = Story(raised(Stage.ONE))
    story.records(FormalEntryKept(story.case.now, day("2026-10-28")))
    by = story.case.council.within(1, story.case.now)
    others = TextsToCheck(("PCE-2B3C-4D5E", "PCE-4T6W-8YZ2"), by)
    agreed = Actor(SENNA, "Senna Sample-Four", "Senior IRO Manager", "page")
    return story.records(others, agreed).does(IRA, CheckTexts(TYPED))


def gone_on() -> Story:
    """It takes over from a duplicate, with an action and an earlier formal entry."""
    duplicate = raised(Stage.ONE, reference="PCE-2B3C-4D5E", case_id=CHILD.case_id)
    done = AgreedAction(TYPED, TYPED, day("2026-11-12"), Owner(CAS))
    agreed = Reply(1, Answer.ACTIONS, TYPED, (_action("2026-11-12"), done))
    duplicate.does(TAM, agreed).does(IRA, AcceptActions(TYPED)).does(CAS, ReportAction(2, TYPED))
    story = Story(raised(Stage.TWO, "2026-11-04 10:00"))
    goes_on = story.case.challenge.reference
    end = Close(Outcome.DUPLICATE, TYPED, ChildTold.NO, TYPED, goes_on=goes_on)
    duplicate.does(IRA, end, "2026-11-04 11:00", other=story.case)
    return story.deliver()


def ended_with_open_actions() -> Story:
    """Withdrawn while three actions were open, of which one was handed to a review."""
    story = Story(raised(Stage.TWO))
    outside = Owner("", TYPED, TYPED, f"{TYPED}@school.example")
    owners = (Owner(WYN), outside, outside)
    three = (AgreedAction(TYPED, TYPED, day("2026-11-11"), who) for who in owners)
    story.does(CAS, _reply(story, Answer.ACTIONS, *three)).does(IRA, AcceptActions(TYPED))
    ends = (
        *(ActionEnd(number, ActionFate.DROPPED, TYPED) for number in (1, 2)),
        ActionEnd(3, ActionFate.HANDED, review=day("2026-12-01")),
    )
    return story.does(IRA, Close(Outcome.WITHDRAWN, TYPED, ChildTold.NO, TYPED, ends=ends))


def two_lost_owners() -> Story:
    """Two posts that have to do actions fall vacant at once."""
    story = Story(raised(Stage.TWO))
    two = (AgreedAction(TYPED, TYPED, day("2026-11-11"), Owner(who)) for who in ("hos", "ad"))
    story.does(CAS, _reply(story, Answer.ACTIONS, *two)).does(IRA, AcceptActions(TYPED))
    return story.of(council(people=directory(hos=None, ad=None))).until("2026-11-05 09:30")


def away(officer: str) -> Story:
    """A program replied for whoever was asked at stage 1, and named a colleague."""
    story = Story(raised(Stage.ONE))
    case = story.case
    seen = Absence(
        *(officer, case.now, Sign.AUTOMATIC_REPLY, day("2026-11-03"), day("2026-11-16"), CAS)
    )
    (fact, _), *_ = facts_of_absence(case.challenge, [seen], case.now, case.council)
    return story.records(fact)


def away_with_cover() -> Story:
    cover = Cover("tm-north", CAS, day("2026-11-03"), day("2026-11-13"))
    return (
        away(TAM)
        .of(council(people=directory(cover)))
        .does(IRA, WriteNote(TYPED), "2026-11-03 10:00")
    )


def away_without_cover() -> Story:
    return away(TAM).does(SARA, SayNoCoverNeeded(TAM, TYPED))


def _with_lawyers(*cover: Cover) -> Story:
    return Story(raised(Stage.ONE, of=council(people=with_lawyers(directory(*cover)))))


def advised() -> Story:
    """A lawyer of the council advises; the Assistant Director is briefed."""
    story = _with_lawyers().does(IRA, AskForAdvice(Sealed(1, "a")))
    story.does(LENA, SayConflict(conflict=False)).does(LENA, GiveAdvice(Sealed(2, "b")))
    return story.does(SARA, Brief(TYPED)).does(SANDY, ConfirmDirector())


def advised_by_a_neighbour() -> Story:
    """The council’s lawyers have a conflict of interest, and the SRSM as well; Ivo covers."""
    cover = Cover("iro-one", IVO, day("2026-11-01"), day("2026-11-30"))
    story = _with_lawyers(cover).does(IRA, SayNoAdviceNeeded())
    story.does(IRA, AskForAdvice(Sealed(1, "a"))).does(LENA, SayConflict(conflict=True))
    story.does(LEO, NameLawyer(NEIL)).does(NEIL, GiveAdvice(Sealed(2, "b")))
    story.does(IRA, SayManagerConflict(SARA)).does(IRA, OpenAdvice(IVO))
    return story.does(IRA, AskForAdvice(Sealed(3, "c"))).does(SENNA, Brief(TYPED))


STORIES = (
    referred,
    not_referred,
    advised,
    advised_by_a_neighbour,
    away_with_cover,
    away_without_cover,
    the_child_is_adopted,
    the_child_moves,
    the_iro_leaves,
    asked_to_accept,
    ended_with_open_actions,
    two_lost_owners,
    missed_at_qap,
    missed_by_an_srsm_who_covers,
    missed_again_and_again,
    discussed_and_the_director_informed,
    met,
    met_and_not_recorded,
    too_few_days,
    gone_on,
    about_the_wrong_child,
    begun_for_the_right_child,
    reopened,
    answered_what_changed,
    praised_while_another_iro_covers,
    by_email,
    informal,
    informal_and_never_served,
    given_back_and_nobody_named,
    never_served_at_the_top,
    one_person_on_two_rungs,
    came_back_from_one_of_two,
    silent,
    promised,
    owned,
    kept,
    kept_beside_the_ladder,
    missed_at_the_last_stage,
    returned,
    decided_late,
    asked_again_against_the_view,
    revised,
    told_late,
    held,
    held_to_its_end,
    held_beyond_the_period,
    proclaimed,
    urgent,
)


@cache
def post() -> tuple[Post, ...]:
    """Return every email of every story: as it was sent, and as it would have been at the end."""
    told = [story() for story in STORIES]
    return tuple(letter for story in told for letter in story.deliver(after=0).letters)


#: Who gets which email about each kind of fact.
TOLD: dict[type[Fact], tuple[Tell, ...]] = {
    FACTS[kind.__name__]: cast("tuple[Tell, ...]", kind.told)
    for part in PARTS
    for kind in part.facts
}


def _name(kind: type[Fact], number: int) -> str:
    rule = TOLD[kind][number]
    return f"{kind.__name__}-{number}-{rule.letter}-{rule.audience.name}"


@pytest.fixture(params=[kind for kind in TOLD if TOLD[kind]], ids=lambda kind: kind.__name__)
def letters(request: pytest.FixtureRequest) -> list[Post]:
    """Return the emails about one kind of fact, of each of its rules."""
    kind = request.param
    found = [letter for letter in post() if letter.kind is kind]
    for number in set(range(len(TOLD[kind]))) - {letter.rule for letter in found}:
        name = _name(kind, number)
        pytest.fail(f"add a story that sends {name} to STORIES in tests/unit/test_letters.py")
    return found


def _page(letter: Post) -> BeautifulSoup:
    return _parsed(letter.written.html)


@cache
def _parsed(html: str) -> BeautifulSoup:
    """Return the email, parsed. Several tests read it, and none changes it."""
    return BeautifulSoup(html, "html.parser")


def test_a_subject_is_one_short_line_with_reference_and_stage(letters: list[Post]) -> None:
    for letter in letters:
        subject = letter.written.subject
        stage = asked_about(letter.challenge, letter.notice.event).stage.title
        # An owner outside the council sees their action, and nothing of the ladder.
        which = "PCE-7K3M-9QXT" + ("" if letter.notice.letter.is_owners else f", {stage}")
        # One about all challenges of an IRO who has left names none of them.
        all_of_an_iro = letter.notice.asks_once and subject.startswith("Please appoint")
        assert subject.endswith(": an IRO has left" if all_of_an_iro else f": {which}")
        assert len(subject) <= 120, subject
        assert "\n" not in subject
        assert which in " ".join(letter.written.text.split())


def test_a_letter_that_asks_says_until_when_first(letters: list[Post]) -> None:
    for letter in letters:
        first = " ".join(letter.written.text.split("\n\n")[0].split())
        subject, kind = letter.written.subject, letter.notice.letter
        if kind.carries_link:
            due = asked_about(letter.challenge, letter.notice.event).deadline.day
            assert day_in_words(due) in subject
            assert f"by {day_in_words(due)}" in first
        elif kind in (Letter.YOUR_ACTION, Letter.ACTION_REMINDER):
            assert re.search(r" by \w+day \d|is late", subject), subject
            assert re.match(r"Please (still )?do your action.* by \w+day \d", first), first
        elif kind is Letter.DECIDE and not subject.startswith(("For information", "You are")):
            assert re.search(r" by \w+day \d|\d working days? late", subject), subject
            assert re.search(r"by \w+day \d", first), first
        else:
            asks = (
                "You do not need to do anything",
                "This email is for information",
                "Please attend a meeting",
                "You still",
                "Please still reply",
            )
            # What is followed in a review from now on is still asked of its owner.
            goes_on = ("Please still do",) if kind is Letter.ACTION_ENDED else ()
            assert first.startswith((*asks, *goes_on, "You are the IRO")), first


#: The emails of those who may see only one page of the challenge (rule 11): to that page.
_ONLY = {(Briefed, 0): "/briefing", (DirectorNotified, 0): "/briefing"}
_ONLY |= {(ConflictSaid, 0): "/name-lawyer"}


def test_a_letter_has_one_link_at_most_and_a_reply_link_for_who_has_to_reply(
    letters: list[Post],
) -> None:
    for letter in letters:
        links = [str(a["href"]) for a in _page(letter).find_all("a")]
        assert re.findall(r"https?://\S+", letter.written.text) == links
        if letter.notice.letter.carries_link or LINK in links:
            assert links == [LINK]
            own = f"only for you, {letter.notice.officer.name}. Do not forward it."
            assert own in " ".join(letter.written.text.split())
        elif letter.notice.letter in (Letter.YOUR_ACTION, Letter.ACTION_REMINDER):
            assert links
            assert all(link.startswith(ACTION_LINK) for link in links)
            assert len(set(links)) == len(links)
        else:
            assert links in ([], [f"{PAGE}{_ONLY.get((letter.kind, letter.rule), '')}"])


def test_the_button_comes_right_after_the_sentence_that_asks(letters: list[Post]) -> None:
    for letter in letters:
        first, second, *_ = letter.written.text.split("\n\n")
        asks, button, *_ = (part.find("a") for part in _page(letter).select("#letter > *"))
        assert asks is None, first
        if "https://" in letter.written.text:
            assert button is not None, second
            assert re.fullmatch(r"[A-Z][^:]+:\nhttps://\S+", second), second
            assert not re.search(r"https://", "".join(letter.written.text.split("\n\n")[4:]))


def test_somebody_who_holds_a_post_is_named(letters: list[Post]) -> None:
    for letter in letters:
        now = letter.challenge.events[-1].effective
        held = {
            str(post.role)
            for post in letter.council.directory.posts.values()
            if people_asked(letter.challenge, post.id, letter.council, local_day(now))
        }
        for line in letter.written.text.replace("\n  ", " ").splitlines():
            needs = re.match(r"- [Tt]he (.+?)(?:, [^,]+)? (?:still )?needs to ", line)
            assert not needs or needs[1] not in held, line


def test_every_apostrophe_is_curly(letters: list[Post]) -> None:
    for letter in letters:
        words = re.sub(r"\S+@\S+|https?://\S+", "", letter.written.text)
        assert "'" not in letter.written.subject + words


def test_the_colours_of_dark_mode_are_in_the_head(letters: list[Post]) -> None:
    for letter in letters:
        page = _page(letter)
        assert page.head
        assert page.head.find("meta", attrs={"name": "color-scheme", "content": "light dark"})
        style = page.head.find("style")
        assert style
        assert "@media (prefers-color-scheme: dark)" in style.get_text()
        for part in ("body", "#email", "#council", "#footer"):
            assert page.select(part)
            assert re.search(rf"(?m)^  .*{part}\b.* \{{ .*color: #", style.get_text()), part


def test_plain_text_and_html_carry_the_same_sentences(letters: list[Post]) -> None:
    for letter in letters:
        page = _page(letter)
        parts = page.select(":is(#letter, #footer) :is(p, li)")
        html = [" ".join(part.get_text().split()) for part in parts]
        text = letter.written.text.replace("\n--\n", "\n")
        text = re.sub(r":\nhttps?://\S+", "", text)
        plain = re.split(r"\n\s*\n|\n(?=- )", text.strip())
        assert [" ".join(part.removeprefix("- ").split()) for part in plain] == html
        assert all(len(line) <= 72 for line in text.splitlines())


def test_html_escapes_what_it_is_given_and_loads_nothing(letters: list[Post]) -> None:
    for letter in letters:
        html = letter.written.html
        page = _page(letter)
        assert "Marsh &amp; &lt;Fen&gt; Council" in html
        assert "<Fen>" not in html
        assert "&amp;amp;" not in html
        assert page.html
        assert page.html["lang"] == "en-GB"
        assert page.title
        assert page.title.get_text() == letter.written.subject
        assert not page.find_all(["img", "link", "script", "table", "iframe"])
        assert len(page.find_all("style")) == 1, "the colours of dark mode"
        assert "url(" not in html
        assert "src=" not in html


def test_a_letter_names_no_child_and_quotes_nobody(letters: list[Post]) -> None:
    for letter in letters:
        written = letter.written
        for part in (written.subject, written.text, written.html):
            for word in NEVER:
                assert word.casefold() not in part.casefold(), word
            assert not re.search(r"None|True|False|\{\{|\{%|\w+\.\w+\(", part)


def test_a_letter_has_no_slips_of_the_template(letters: list[Post]) -> None:
    for letter in letters:
        for paragraph in re.split(r"\n\s*\n|\n- ", letter.written.text):
            line = paragraph.strip().replace("\n", " ").removeprefix("- ")
            line = re.sub(r" +", " ", line) if "\n  " in paragraph else line
            assert ".." not in line
            assert "  " not in line
            assert not re.search(r" [.,:;]|,,|\(\)|“”", line), line
            assert line == "--" or re.search(r"[.:]$|https://\S+$", line), line


def test_the_page_of_tables_says_of_each_when_it_is_sent() -> None:
    found: dict[tuple[type[Fact], int], dict[bool, str]] = {}
    for letter in post():
        event, tell = letter.notice.event, TOLD[letter.kind][letter.rule]
        way = table.channel(letter.challenge, event, tell)
        said = tables.CHANNELS[way]
        found.setdefault((letter.kind, letter.rule), {})[event.automatic] = said
    for (kind, rule), moments in found.items():
        said = tables.moment(kind, TOLD[kind][rule])  # type: ignore[arg-type]  # a kind of a part
        person, _, clock = said.partition("; ")
        clock = clock.removesuffix(" if the clock did it") or person
        assert moments.get(False, person) == person, (kind.__name__, rule)
        assert moments.get(True, clock) == clock, (kind.__name__, rule)
    assert {kind for kind, _ in found} == {kind for kind in TOLD if TOLD[kind]}


def _of(kind: type[Fact], letter: Letter, officer: str, story: Story) -> list[Written]:
    return [
        one.written
        for one in story.letters
        if (one.kind, one.notice.letter, one.notice.officer.id) == (kind, letter, officer)
    ]


def _flat(written: Written) -> str:
    return " ".join(written.text.split())


def test_rule_7_a_revised_deadline_is_never_shortened_silently() -> None:
    later, earlier = _of(DeadlineRevised, Letter.PLEASE_REPLY, TAM, revised())
    assert later.subject.startswith("New deadline, please reply by Friday 13 November 2026: ")
    was = "it was Monday 9 November 2026, and is now Friday 13 November 2026"
    assert f"{was}, which is later." in _flat(later)
    assert "which is earlier." in _flat(earlier)
    assert "The first deadline was Monday 9 November 2026." in _flat(earlier)


def test_rule_6_no_email_asks_for_an_action_by_a_date_that_has_passed() -> None:
    """Another owner is named after the date: it is late, and theirs to do all the same."""
    case = owned().case
    case.until("2026-12-01 10:00")
    case.does(IRA, NameOwner(1, Owner(TAM), TYPED))
    (notice,) = (
        n
        for n in table.notices(case.challenge, case.now, case.council)
        if n.event.number == case.challenge.version
    )
    written = _write(case, notice)
    assert written.subject.startswith("Your action is late, please still do it: ")
    assert "You have been named to do this action" in _flat(written)


def test_a_proclaimed_bank_holiday_says_what_moved_and_from_when() -> None:
    story = proclaimed()
    (asked,) = _of(DeadlineMoved, Letter.PLEASE_REPLY, TAM, story)
    assert asked.subject.startswith("New deadline, please reply by Tuesday 10 November 2026: ")
    assert "with them the deadline to reply: it was Monday 9 November 2026" in _flat(asked)
    told = " ".join(_flat(one) for one in _of(DeadlineMoved, Letter.TOLD, SARA, story))
    assert "the 20-working-day limit: it was" in told
    assert "the deadline of a decision: it was" in told


def test_who_still_has_to_act_is_not_told_to_do_nothing() -> None:
    (ending, *_) = _of(ResolutionPeriodEnding, Letter.TOLD, ADA, silent())
    assert "not need to do anything" not in _flat(ending)
    assert "You still need to reply at Stage 4 by Monday 30 November 2026" in _flat(ending)
    (view, *_) = _of(ManagerView, Letter.TOLD, IRA, informal())
    assert "You still need to decide on the reply by" in _flat(view)
    (*_, began) = _of(StageBegan, Letter.TOLD, WYN, kept_beside_the_ladder())
    assert "You still need to do action 1 by Friday" in _flat(began)
    (told, *_) = _of(StageBegan, Letter.TOLD, WYN, silent())
    assert _flat(told).startswith("You do not need to do anything.")


def test_a_letter_links_to_no_page_that_its_reader_may_not_open() -> None:
    ended = Close(Outcome.WITHDRAWN, TYPED, ChildTold.NO, "They never knew.")
    at_the_last_stage = Story(raised(Stage.FOUR)).does(IRA, ended)
    (closed,) = _of(Closed, Letter.TOLD, ADA, at_the_last_stage)
    assert "https://" not in closed.text
    assert "contact the person named above" in _flat(closed)


def test_a_link_that_asks_for_a_sign_in_says_so() -> None:
    both = council(Procedure(reply_links=ReplyLinks.LINK_AND_SIGN_IN))
    (asked,) = _of(StageBegan, Letter.PLEASE_REPLY, TAM, Story(raised(of=both)))
    assert "You sign in to use it." in _flat(asked)
    assert "no password" not in _flat(asked)


def test_an_iro_turns_to_the_srsm_and_everybody_else_to_the_iro() -> None:
    case = raised()
    assert turn_to(case.challenge, TAM, case.council, case.now) == (
        "Ira Sample-One, the IRO (ira@council.example)"
    )
    assert turn_to(case.challenge, IRA, case.council, case.now) == (
        "Sara Sample-Three, the Safeguarding & Review Service Manager (sara@council.example)"
    )
    vacant = council(people=directory(srsm=None))
    assert turn_to(case.challenge, IRA, vacant, case.now) == (
        "Senna Sample-Four, the Senior IRO Manager (senna@council.example)"
    )
    nobody = council(people=directory(srsm=None, senior=None))
    assert turn_to(case.challenge, IRA, nobody, case.now) == (
        "the Safeguarding & Review Service Manager"
    )


def test_nobody_is_told_to_turn_to_themselves() -> None:
    people, today = council().directory, local_day(raised().now)
    assert people.contact(Role.SRSM, today, besides=SARA) == (
        "Senna Sample-Four, the Senior IRO Manager (senna@council.example)"
    )


def test_whoever_cannot_give_a_question_back_is_not_told_to() -> None:
    """Rule 15: *not mine* is said twice at one stage."""
    back = "Is this not for you? Open the link and say so."
    story = Story(raised()).does(TAM, SayNotMine(1, TYPED)).does(IRA, Reassign("tm-south", TYPED))
    first = [one for one in story.letters if one.notice.letter is Letter.PLEASE_REPLY][-1]
    assert first.notice.officer.id == TOM
    assert back in " ".join(first.written.text.split())
    story.does(TOM, SayNotMine(2, TYPED)).does(IRA, Reassign("csm", TYPED))
    asked = [one for one in story.letters if one.notice.letter is Letter.PLEASE_REPLY][-1]
    assert asked.notice.officer.id == CAS
    text = " ".join(asked.written.text.split())
    assert "You are now asked instead" in text
    assert back not in text


@pytest.mark.parametrize("purpose", Purpose)
def test_every_question_can_be_put_in_a_subject(purpose: Purpose) -> None:
    subject = f"Please {purpose} by Wednesday 30 September 2026: PCE-7K3M-9QXT, Stage 1"
    assert len(subject) <= 120


def _sent(case: Case, officer: str, *kinds: type[Fact]) -> list[str]:
    """Return the texts of the emails to ``officer`` that are about facts of these kinds."""
    found = table.notices(case.challenge, case.now, case.council)
    return [
        " ".join(_write(case, one).text.split())
        for one in found
        if one.officer.id == officer and isinstance(one.event.fact, kinds)
    ]


def test_an_email_about_a_cancelled_meeting_does_not_say_where_to_see_where_it_is() -> None:
    (text,) = _sent(met().case, HEDY, MeetingCancelled)
    assert "See the challenge: " in text
    assert "where it is" not in text


def test_one_email_about_two_actions_that_need_somebody_names_both() -> None:
    (text,) = _sent(two_lost_owners().case, IRA, OwnerNeeded)
    for number in (1, 2):
        assert f"- Say who will do action {number}, by Monday 9 November 2026." in text
        assert f"Action {number} needs somebody to do it: nobody holds the post" in text
    two = "Please do 2 things about challenge PCE-7K3M-9QXT, Stage 2, the first by Monday 9"
    assert two in text
    assert text.count("- Name who will do an action.") == 1


def test_the_email_asks_the_service_manager_to_decide_and_says_how() -> None:
    story = Story(raised(Stage.ONE))
    story.does(TAM, _reply(story, Answer.ACTIONS, _action("2026-12-11")))
    (text,) = _sent(story.does(IRA, AskToAccept(TYPED)).case, SARA, AcceptanceAsked)
    asks = "Please decide about actions after the 20-working-day limit by Wednesday 4 November 2026"
    assert asks in text
    assert "- Accept the agreed actions." in text
    assert "- Decline to accept the actions." in text


def test_one_email_about_two_missed_actions_names_both() -> None:
    story = Story(raised(Stage.TWO))
    two = (_action("2026-11-06"), _action("2026-11-06"))
    story.does(CAS, _reply(story, Answer.ACTIONS, *two)).does(IRA, AcceptActions(TYPED))
    (text,) = _sent(story.until("2026-11-09 09:30").case, IRA, ActionMissed)
    for number in (1, 2):
        assert f"- Decide about missed action {number} by Tuesday 10 November 2026." in text
        assert f"Action {number} was not reported done by its date." in text


def test_an_owner_reads_the_dates_of_their_own_actions_only() -> None:
    story = Story(raised(Stage.TWO))
    other = AgreedAction(TYPED, TYPED, day("2026-11-20"), Owner("hos"))
    story.does(CAS, _reply(story, Answer.ACTIONS, _action("2026-11-12"), other))
    story.does(IRA, AcceptActions(TYPED))
    (text,) = _sent(story.case, HEDY, ActionsAccepted)
    assert "Please do your action by Friday 20 November 2026" in text
    assert "12 November" not in text


def test_the_owner_of_actions_that_were_open_at_the_end_reads_what_happened_to_each() -> None:
    case = ended_with_open_actions().case
    (to_wyn,) = _sent(case, WYN, Closed)
    done = "You do not need to do anything more about your action in challenge PCE-7K3M-9QXT."
    assert done in to_wyn
    assert "- It was due by Wednesday 11 November 2026: the child’s IRO has dropped it." in to_wyn
    (to_outside,) = _sent(case, outside_id(case.challenge.actions[1]), Closed)
    assert to_outside.count("- The action was due by") == 2
    assert "has dropped it" in to_outside
    assert "please still do it, and the child’s review will ask about it" in to_outside
    assert "Please still do each action below that goes on." in to_outside
    assert "1 December" not in to_outside


def test_the_owner_of_an_action_that_a_review_looks_at_reads_that_it_goes_on() -> None:
    story = Story(raised(Stage.ONE))
    one = AgreedAction(TYPED, TYPED, day("2026-11-11"), Owner(WYN))
    story.does(TAM, _reply(story, Answer.ACTIONS, one)).does(IRA, AcceptActions(TYPED))
    ends = (ActionEnd(1, ActionFate.HANDED, review=day("2026-12-01")),)
    story.does(IRA, Close(Outcome.WITHDRAWN, TYPED, ChildTold.NO, TYPED, ends=ends))
    (sent,) = (post for post in story.letters if post.notice.letter is Letter.ACTION_ENDED)
    assert sent.written.subject.startswith(
        "Please still do your action, although the challenge has"
    )
    (text,) = _sent(story.case, WYN, Closed)
    assert "Please still do your action." in text
    assert "no longer needed" not in sent.written.subject + text
    assert "need to do anything more" not in text
