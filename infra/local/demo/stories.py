"""Forty made-up challenges: what was raised when, and what people then did, in working days.

Nobody in them is real. A story is raised so many working days before the last one that has passed,
and its steps follow each other: each says how many working days after the one before somebody does
something. What nobody does is left to the service: it moves a stage up after silence, reminds, and
ends holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

from domain.agreed import AgreedAction, Owner
from domain.ladder import Stage
from domain.moments import at_local
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, ReportAction
from domain.rules.cafcass import CafcassAnswer, RecordCafcassAnswer, ReferToCafcass
from domain.rules.considering import DoNotRefer
from domain.rules.deciding import AskAgain, GiveView
from domain.rules.discussions import Means, RecordConversation
from domain.rules.endings import (
    ActionEnd,
    ActionFate,
    ChildTold,
    Close,
    RecordChildTold,
    Resolve,
)
from domain.rules.escalating import Escalate
from domain.rules.filing import PlaceOnFile
from domain.rules.holds import AgreeHold, ProposeHold
from domain.rules.impact import Impact, RecordImpact
from domain.rules.meetings import ArrangeMeeting
from domain.rules.notes import WriteNote
from domain.rules.posts import SayNotMine
from domain.rules.reopening import Reopen
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.urgency import RecordContact
from domain.vocabulary import Outcome, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from domain.challenge import Challenge
    from domain.part import Command
    from domain.working_days import WorkingDays

__all__ = ["ASKED", "CHILDREN", "IRO", "STORIES", "At", "Concern", "Step", "Story"]

_TWO_O_CLOCK = time(14)

#: Who acts: the officer who is asked to reply, or the IRO of the challenge. Others are named by id.
ASKED, IRO = "asked", "iro"


@dataclass(frozen=True)
class At:
    """A challenge as it is when a step is done, on the local day ``today``."""

    challenge: Challenge
    today: date
    calendar: WorkingDays

    def ahead(self, days: int) -> date:
        """Return the working day that is ``days`` working days from today."""
        return self.calendar.add(self.today, days)


@dataclass(frozen=True)
class Step:
    """``after`` working days, ``who`` does what ``does`` returns: ``ASKED``, ``IRO`` or an id.

    Where it returns nothing, there is nothing to do.
    """

    after: int
    who: str
    does: Callable[[At], Command | None]


@dataclass(frozen=True)
class Concern:
    """What is wrong, its theme, and the outcome that is wanted within so many working days."""

    theme: str
    what: str
    outcome: str
    within: int = 20


@dataclass(frozen=True)
class Story:
    """A challenge ``raised`` so many working days ago by ``iro`` about the child of this number.

    ``stage`` is where it starts. ``more`` are answers of the form that few stories give.
    """

    raised: int
    child: int
    concern: Concern
    steps: tuple[Step, ...] = ()
    iro: str = "iro-1"
    stage: Stage = Stage.QAP
    more: dict[str, object] = field(default_factory=dict)


# What people do ----------------------------------------------------------------------------------


def _replies(after: int, answer: Answer, words: str, *actions: tuple[str, str, int]) -> Step:
    """Return a reply; an action is what will be done, who does it (an id), and in how many days."""

    def reply(at: At) -> Reply:
        agreed = tuple(
            AgreedAction(what, "", at.ahead(days), Owner(party=owner))
            for what, owner, days in actions
        )
        return Reply(at.challenge.request.number, answer, words, agreed)

    return Step(after, ASKED, reply)


def _agrees(after: int, what: str, owner: str, days: int) -> Step:
    return _replies(
        after, Answer.ACTIONS, "We agree. This is what we will do.", (what, owner, days)
    )


def _disagrees(after: int, words: str) -> Step:
    return _replies(after, Answer.CHALLENGED, words)


def _says_done(after: int, words: str) -> Step:
    return _replies(after, Answer.RESOLVED, words)


def _accepts(after: int) -> Step:
    return Step(after, IRO, lambda _: AcceptActions())


def _reports(after: int, owner: str, shown_by: str, action: int = 1) -> Step:
    return Step(after, owner, lambda _: ReportAction(action, shown_by))


def _confirms(after: int, action: int = 1) -> Step:
    return Step(after, IRO, lambda _: ConfirmAction(action))


def _resolves(after: int, reason: str, told: ChildTold = ChildTold.YES) -> Step:
    how = "At a visit." if told is ChildTold.YES else ""
    return Step(after, IRO, lambda _: Resolve(reason, told, how))


def _moves_up(after: int, to: Stage, reason: str) -> Step:
    return Step(after, IRO, lambda _: Escalate(to, reason))


def _ends(after: int, outcome: Outcome, reason: str) -> Step:
    """Return an end without resolution, in which every open action is dropped."""

    def end(at: At) -> Close:
        dropped = tuple(
            ActionEnd(one.number, ActionFate.DROPPED, "It is no longer needed.")
            for one in at.challenge.open_actions
        )
        return Close(outcome, reason, ChildTold.NOT_YET, "", dropped)

    return Step(after, IRO, end)


def _notes(after: int, who: str, words: str) -> Step:
    return Step(after, who, lambda _: WriteNote(words))


def _talks(after: int, who: str, with_whom: str, words: str) -> Step:
    return Step(after, who, lambda at: RecordConversation(with_whom, Means.PHONE, at.today, words))


def _does_not_refer(after: int) -> Step:
    return Step(
        after,
        IRO,
        lambda _: DoNotRefer("None yet.", "The manager has not answered so far.", "Nobody so far."),
    )


def _refers(after: int) -> Step:
    return Step(
        after,
        IRO,
        lambda at: ReferToCafcass(
            "The plan has not been carried out for half a year.",
            "The Assistant Director was told at stage 4.",
            at.today,
            "The council’s secure email",
            "Cafcass, a named officer",
        ),
    )


def _cafcass_answers(after: int, answer: CafcassAnswer) -> Step:
    return Step(
        after, IRO, lambda at: RecordCafcassAnswer(answer, at.today, "Their letter is on the file.")
    )


def _says_what_changed(after: int, impact: Impact, words: str) -> Step:
    return Step(after, IRO, lambda _: RecordImpact(impact, words))


def _if_asked(purpose: Purpose, command: Command) -> Callable[[At], Command | None]:
    """Return what somebody does if a question with this purpose is open."""
    return lambda at: (
        command if purpose in {one.purpose for one in at.challenge.questions} else None
    )


#: What is left after an end, and is done some days and some weeks later.
_AFTERWARDS = (
    Step(2, IRO, _if_asked(Purpose.PLACE_OUTCOME, PlaceOnFile())),
    Step(0, "srsm", _if_asked(Purpose.PLACE_DECISIONS, PlaceOnFile())),
    Step(3, IRO, _if_asked(Purpose.TELL_CHILD, RecordChildTold(ChildTold.YES, "At a visit."))),
    Step(
        17,
        IRO,
        _if_asked(
            Purpose.WHAT_CHANGED, RecordImpact(Impact.BETTER, "The child says that it is better.")
        ),
    ),
)


# Concerns ----------------------------------------------------------------------------------------

_DRIFT = Concern(
    "drift in permanence",
    "The permanence plan was due in spring. No panel date has been set.",
    "A panel date is set and the plan is agreed.",
)
_PLAN = Concern(
    "care plan not implemented",
    "Three actions of the last review are not done.",
    "Each action is done, or has a new date that is kept.",
)
_PLACEMENT = Concern(
    "placement",
    "The placement was meant for two weeks. It is now the ninth.",
    "A long-term placement is found and the child has seen it.",
)
_HEALTH = Concern(
    "health",
    "The health assessment is four months late.",
    "The assessment is done and its advice is in the plan.",
)
_SCHOOL = Concern(
    "education (PEP)",
    "There has been no education plan since the change of school.",
    "A meeting is held and the plan is written.",
)
_VISITS = Concern(
    "visits and contact with the social worker",
    "Two visits in a row did not take place.",
    "Visits take place as the plan says.",
)
_REPORT = Concern(
    "reports late or missing",
    "The report for the review came on the morning of the review.",
    "Reports come five working days before the review.",
)
_PATHWAY = Concern(
    "pathway plan",
    "The pathway plan is not started. The birthday is in three months.",
    "The plan is written with the young person.",
)
_FAMILY = Concern(
    "family time",
    "Time with the grandparents was stopped and nobody said why.",
    "Family time starts again, or the reason is written down.",
)
_NO_WORKER = Concern(
    "worker not allocated",
    "There has been no allocated worker for five weeks.",
    "A worker is named and has met the child.",
)
_VOICE = Concern(
    "participation of the child",
    "The child was not asked before the plan was changed.",
    "The child is asked, and the plan says what they want.",
)
_LEGAL = Concern(
    "legal status",
    "The order should have been discharged last year.",
    "The application is made.",
)
_MONEY = Concern(
    "resources",
    "The therapy that the review agreed has no funding.",
    "Funding is agreed and the first session is booked.",
)

_BY_PHONE = "We spoke on the phone, and it will be put right."
_TOO_LONG = "It has waited too long for an informal answer."
_NOT_ENOUGH = "The reply does not say when it will be done."


# The stories -------------------------------------------------------------------------------------


def _settled_informally() -> tuple[Story, ...]:
    """Return challenges that ended at QAP."""
    return (
        Story(
            *(248, 0, _REPORT),
            (_says_done(1, _BY_PHONE), _resolves(1, "The report came the same day.")),
        ),
        Story(
            *(239, 1, _VISITS),
            (
                _agrees(1, "Visit this week and next week", "sw-n1", 8),
                _accepts(1),
                _reports(7, "sw-n1", "Both visits are on the file."),
                _confirms(1),
                _resolves(1, "Both visits took place."),
                _says_what_changed(21, Impact.BETTER, "Visits have been kept since."),
            ),
        ),
        Story(
            *(221, 2, _SCHOOL),
            (_says_done(1, "The meeting is on Thursday."), _resolves(6, "The meeting was held.")),
            "iro-2",
        ),
        Story(
            *(206, 3, _HEALTH),
            (
                _agrees(1, "Book the assessment", "sw-s1", 5),
                _accepts(2),
                _reports(3, "sw-s1", "Booked for next month."),
                _confirms(2),
                _resolves(0, "It is booked.", ChildTold.NOT_YET),
                _says_what_changed(21, Impact.NOTHING, "The assessment was called off again."),
            ),
            "iro-2",
        ),
        Story(
            *(187, 4, _FAMILY),
            (_says_done(1, "It starts again on Saturday."), _resolves(2, "It took place.")),
        ),
        Story(*(170, 5, _VOICE), (_ends(1, Outcome.RAISED_IN_ERROR, "The child was asked."),)),
        Story(
            *(158, 6, _REPORT),
            (_says_done(1, _BY_PHONE), _resolves(1, "It came in time for the new date.")),
            "iro-2",
        ),
        Story(
            *(96, 7, _VISITS),
            (
                _agrees(1, "Visit every week in this month", "sw-n2", 20),
                _accepts(1),
                _reports(18, "sw-n2", "Four visits are on the file."),
                _confirms(2),
                _resolves(1, "Four visits took place."),
                _says_what_changed(21, Impact.PARTLY, "One visit was missed since."),
            ),
        ),
    )


def _up_the_ladder() -> tuple[Story, ...]:
    """Return challenges that went formal and have ended."""
    silent = (_does_not_refer(1),)
    return (
        Story(
            *(244, 8, _DRIFT),
            (
                _disagrees(3, "The panel is full until June."),
                _moves_up(2, Stage.TWO, _NOT_ENOUGH),
                _agrees(3, "Ask the panel for an extra date", "csm", 8),
                _accepts(1),
                _reports(6, "csm", "The panel sits on the 12th."),
                _confirms(1),
                _resolves(5, "The panel agreed the plan."),
                _says_what_changed(22, Impact.BETTER, "The plan is agreed and under way."),
            ),
            stage=Stage.ONE,
        ),
        Story(
            *(232, 9, _PLACEMENT),
            (
                *silent,
                _refers(26),
                _cafcass_answers(14, CafcassAnswer.TAKEN),
                _ends(5, Outcome.CLOSED_AFTER_CAFCASS, "The court has made directions."),
            ),
            "iro-2",
            Stage.ONE,
        ),
        Story(
            *(214, 10, _MONEY),
            (
                *silent,
                _agrees(13, "Sign the funding request", "hos", 5),
                _accepts(1),
                _reports(4, "hos", "Signed, and sent to the provider."),
                _confirms(1),
                _resolves(2, "The first session took place."),
                _says_what_changed(21, Impact.WORSE, "The provider has closed its list."),
            ),
            stage=Stage.ONE,
        ),
        Story(
            *(201, 11, _NO_WORKER),
            (
                _says_done(2, "A worker starts on Monday."),
                Step(1, "srsm", lambda _: GiveView(True, "The worker has started.")),  # noqa: FBT003
                _resolves(4, "The worker has met the child."),
            ),
            "iro-2",
            Stage.TWO,
        ),
        Story(
            *(190, 12, _LEGAL),
            (
                _disagrees(2, "Our lawyers see it differently."),
                Step(1, IRO, lambda _: AskAgain("What do your lawyers say, and since when?", 3)),
                _agrees(2, "Make the application", "tm-s", 10),
                _accepts(1),
                _reports(9, "tm-s", "The court has confirmed it."),
                _confirms(2),
                _resolves(1, "The application is with the court."),
            ),
            "iro-2",
            Stage.ONE,
        ),
        Story(
            *(176, 13, _PATHWAY),
            (_ends(4, Outcome.WITHDRAWN, "The young person has asked us to wait."),),
            stage=Stage.ONE,
        ),
        Story(
            *(164, 14, _PLAN),
            (
                *silent,
                _says_done(7, "All three actions are done."),
                _resolves(3, "I have seen all three.", ChildTold.YES),
                Step(
                    30,
                    IRO,
                    lambda at: Reopen(
                        Stage.TWO,
                        "Two of the three have lapsed again.",
                        at.challenge.raised.child,
                        at.challenge.area.social_worker,
                    ),
                ),
            ),
            stage=Stage.ONE,
        ),
        Story(
            *(150, 15, _DRIFT),
            (
                *silent,
                _refers(27),
                _cafcass_answers(12, CafcassAnswer.REFUSED),
                _ends(4, Outcome.CLOSED_AFTER_CAFCASS, "The new plan was agreed meanwhile."),
            ),
            stage=Stage.ONE,
        ),
        Story(
            *(139, 16, _HEALTH),
            (
                _agrees(4, "Ask the clinic for an early date", "tm-s", 4),
                _accepts(1),
                _reports(3, "tm-s", "The clinic has given a date."),
                _confirms(3),
                _resolves(6, "The assessment is done."),
                _says_what_changed(22, Impact.BETTER, "Its advice is in the plan."),
            ),
            "iro-2",
            Stage.ONE,
        ),
        Story(
            *(121, 17, _SCHOOL),
            (
                _disagrees(5, "The school has to call the meeting."),
                _moves_up(1, Stage.THREE, "The school has waited for us since July."),
                _says_done(4, "I have called the meeting myself."),
                _resolves(3, "The plan is written."),
            ),
            stage=Stage.ONE,
        ),
        Story(
            *(108, 18, _PLACEMENT),
            (
                *silent,
                _agrees(16, "Approve the placement", "ad", 2),
                _accepts(1),
                _reports(1, "ad", "Approved, and the move is planned."),
                _confirms(1),
                _resolves(4, "The child has moved, and likes it.", ChildTold.YES),
            ),
            "iro-2",
            Stage.ONE,
        ),
        Story(
            *(84, 19, _MONEY),
            (
                _says_done(3, "The funding is agreed."),
                _resolves(2, "The first session took place.", ChildTold.NOT_YET),
            ),
            "iro-2",
            Stage.THREE,
        ),
    )


def _still_open() -> tuple[Story, ...]:
    """Return challenges that are open today, in as many states as there are."""
    held = (
        Step(1, IRO, lambda _: ProposeHold(3, "The new worker starts on Monday.")),
        Step(0, "srsm", lambda _: AgreeHold()),
    )
    meeting = Step(
        6,
        "srsm",
        lambda at: ArrangeMeeting(
            at_local(at.ahead(9), _TWO_O_CLOCK),
            60,
            "Room 4, County Hall",
            "srsm",
            ("hos", "csm", "iro-1"),
        ),
    )
    return (
        Story(*(0, 20, _VISITS)),
        Story(*(1, 21, _REPORT), iro="iro-2"),
        Story(*(3, 22, _FAMILY), (_says_done(1, "It starts again on Sunday."),)),
        Story(
            *(9, 23, _VOICE),
            (_agrees(1, "Ask the child, and write it down", "sw-s2", 12), _accepts(1)),
        ),
        Story(*(2, 24, _HEALTH), (), "iro-2", Stage.ONE),
        Story(
            *(4, 25, _NO_WORKER),
            (_disagrees(3, "We cannot recruit before spring."),),
            stage=Stage.ONE,
        ),
        Story(
            *(7, 26, _PLAN),
            (_agrees(2, "Do all three actions of the review", "tm-n", 9), _accepts(1)),
            stage=Stage.ONE,
        ),
        Story(
            *(10, 27, _SCHOOL),
            (_agrees(1, "Hold the education meeting", "sw-s1", 3), _accepts(2)),
            "iro-2",
            Stage.ONE,
        ),
        Story(*(2, 28, _PLACEMENT), held, stage=Stage.TWO),
        Story(
            *(1, 29, _PATHWAY),
            (
                Step(
                    0,
                    ASKED,
                    lambda at: SayNotMine(at.challenge.request.number, "I left that team."),
                ),
            ),
            "iro-2",
            Stage.TWO,
        ),
        Story(*(13, 30, _LEGAL), (_does_not_refer(1),), "iro-2", Stage.ONE),
        Story(*(12, 31, _DRIFT), (_does_not_refer(1), meeting), stage=Stage.ONE),
        Story(*(17, 32, _MONEY), (_does_not_refer(2),), stage=Stage.ONE),
        Story(*(23, 33, _PLACEMENT), (_does_not_refer(1),), "iro-2", Stage.ONE),
        Story(
            *(4, 34, _DRIFT),
            (
                Step(
                    1,
                    "srsm",
                    lambda at: ReviseDeadline(at.ahead(7), "The Head of Service is away."),
                ),
            ),
            stage=Stage.THREE,
        ),
        Story(*(9, 35, _REPORT), (_disagrees(2, "The report was in time."),), "iro-2", Stage.ONE),
        Story(*(40, 36, _HEALTH), (_does_not_refer(1), _refers(26)), stage=Stage.ONE),
        Story(
            *(1, 37, _PLACEMENT),
            (
                Step(0, IRO, lambda at: RecordContact("The front door", at.today, "10:40")),
                _talks(0, IRO, "The Team Manager", "She will visit today."),
            ),
            stage=Stage.ONE,
            more={"at_risk": "yes"},
        ),
        Story(
            *(5, 38, _PATHWAY),
            (_notes(1, "srsm", "Please tell me how the visit went."),),
            stage=Stage.TWO,
            more={
                "too_late_after": timedelta(days=40),
                "too_late_why": "The young person will be 18.",
            },
        ),
        Story(
            *(6, 39, _FAMILY), (_agrees(1, "Speak with the grandparents", "sw-n2", 10),), "iro-2"
        ),
    )


#: Every story, in no order: they are played by their days.
STORIES = (
    *(
        replace(story, steps=(*story.steps, *_AFTERWARDS))
        for story in (*_settled_informally(), *_up_the_ladder())
    ),
    *_still_open(),
)


# The children ------------------------------------------------------------------------------------

_GIVEN = ("Robin", "Sky", "Ash", "Rowan", "River", "Jules", "Quinn", "Marley")
_COLOURS = ("Amber", "Blue", "Coral", "Denim", "Emerald")


@dataclass(frozen=True)
class MadeUpChild:
    """A child of a story: nobody has such a name."""

    case_id: str
    initials: str
    name: str
    born: int
    worker: str
    team: str


def _child(number: int) -> MadeUpChild:
    given, colour = _GIVEN[number % len(_GIVEN)], _COLOURS[number % len(_COLOURS)]
    area = ("north", "south")[number % 2]
    return MadeUpChild(
        f"CASE-{10_001 + 37 * number}",
        f"{given[0]}.{colour[0]}.",
        f"{given} Sample-{colour}",
        2010 + number % 12,
        f"sw-{area}-{1 + number // 2 % 2}",
        f"{area.capitalize()} Team",
    )


#: The children, by their number in the stories.
CHILDREN = tuple(map(_child, range(len(STORIES))))
