"""Nothing is lost, whatever fails, dies, races or comes late.

Hypothesis plays the world against the service: people act at the same time, send twice, send
late; executions wake, are stopped by hand, or are never started; calls of AWS fail before or
after they took effect; processes die between any two calls; time passes by seconds or by days.
After every step, and once everything has come to rest, what :class:`Truth` lists must hold.

`make test` plays a few examples, always the same; `make ci` plays new ones each time,
``PROPERTY_EXAMPLES`` for each of its tests; `make night` goes on for minutes (``tests/soak.py``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from adapters import clock, wiring
from adapters.record.places import NoticePlace
from domain.acting import carry_out
from domain.challenge import AgreedAction, Owner
from domain.directory import Cover, Directory
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import OF_THE_GUIDANCE, Role
from domain.ladder import Stage as ProcedureStage
from domain.moments import OFFICE_HOUR, at_local, local_day
from domain.part import Command, Hand
from domain.people import capacities, capacities_of
from domain.permissions import may
from domain.rules import reopening
from domain.rules.absence import SayNoCoverNeeded, absences
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, GiveUpAction, ReportAction, SendBackAction
from domain.rules.appointing import AgreeToAnotherIro, AppointIro
from domain.rules.deciding import AskAgain
from domain.rules.endings import (
    ActionEnd,
    ActionFate,
    ChildTold,
    Close,
    RecordChildTold,
    Resolve,
)
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.holidays import REQUEST_KEY
from domain.rules.moving import MoveChild
from domain.rules.owners import NameOwner
from domain.rules.posts import Reassign, SayNotMine, posts_to_name
from domain.rules.reopening import AcceptLateActions, Reopen, ended_actions, late_actions
from domain.rules.replies import Answer, Reply
from domain.rules.revising import (
    DecideObjection,
    Object,
    ReviseDeadline,
    objectable,
    objections,
    revisable,
)
from domain.rules.skipping import ChooseSkip
from domain.rules.timescales import ConfirmDate, DeclineDate, SetNewDate, missed, unconfirmed
from domain.rules.urgency import RecordContact
from domain.vocabulary import Capacity, Outcome
from infra.blueprint import DELIVERY
from infra.local.outbox import Envelope, comes_back
from tests.patience import LONG_LIMIT
from tests.property.about_the_child import about_the_child
from tests.property.beside import beside_the_ladder
from tests.property.players import CHILD, Person, actor, challenge_of, invoking, sweeping
from tests.property.stage import How, Stage, Task
from tests.property.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.directory import Officer

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "12"))
STEPS = 20

PROFILE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

#: Picks one of several: taken modulo how many there are.
SOME = st.integers(0, 7)

#: After which day it is too late (rule 23): mostly none; a Sunday; the last day but one.
TOO_LATE = st.sampled_from([None, None, None, date(2026, 11, 15), date(2026, 11, 27)])

#: How a call ends that is meant to end badly, and how any other may end.
BADLY = st.sampled_from([how for how in How if how is not How.THROUGH])
HOW = st.one_of(st.just(How.THROUGH), BADLY)

#: The calls whose loss has a name: a start lost, a stop lost, an email that may have gone …
MATTERS = ("StartExecution", "StopExecution", "SendEmail", "TransactWriteItems", "UpdateItem")

TOLD = ChildTold.NOT_YET


def _today() -> date:
    return local_day(clock.now())


def _morning(days: int) -> datetime:
    """Return half a minute past the first 09:00 to come, so many days later."""
    at = at_local(_today() + timedelta(days=days), OFFICE_HOUR) + timedelta(seconds=30)
    return at if at > clock.now() else at + timedelta(days=1)


def _one_of(people: Iterable[Officer], challenge: Challenge, otherwise: str) -> str:
    """Return one of ``people``, at each version of the challenge perhaps another."""
    ids = [person.id for person in people]
    return ids[challenge.version % len(ids)] if ids else otherwise


def _who_is_asked(challenge: Challenge, number: int) -> str:
    """Return somebody whom request ``number`` asks to reply."""
    directory = wiring.casebook().council().directory
    request = challenge.request_number(number)
    posts = request.posts if request else ()
    asked = (person for post in posts for person in directory.people(post, _today()))
    return _one_of(asked, challenge, "tm-n")


def _iro(challenge: Challenge) -> str:
    """Return the IRO, or somebody who covers for them."""
    directory = wiring.casebook().council().directory
    posts = (p.id for p in directory.posts_of(Role.IRO) if p.holder == challenge.iro)
    covers = [person for post in posts for person in directory.people(post, _today())]
    here = [directory.officers[challenge.iro]] if challenge.iro in directory.officers else []
    return _one_of([*covers, *here], challenge, challenge.iro)


def _overseer(challenge: Challenge, capacity: Capacity) -> str:
    """Return somebody who may act as the SRSM or the Senior IRO Manager."""
    council, today = wiring.casebook().council(), _today()
    line = (Role.SRSM, Role.SENIOR_IRO_MANAGER, Role.DIRECTOR)
    posts = [post for role in line for post in council.directory.posts_of(role)]
    people = [person for post in posts for person in council.directory.people(post.id, today)]
    able = (one for one in people if capacity in capacities(challenge, one.id, council, today))
    return next((one.id for one in able), "srsm")


def _srsm(challenge: Challenge) -> str:
    return _overseer(challenge, Capacity.SRSM)


def _senior(challenge: Challenge) -> str:
    return _overseer(challenge, Capacity.SENIOR_IRO_MANAGER)


def _owner(challenge: Challenge) -> str:
    """Return somebody who has to do the first of the actions."""
    directory = wiring.casebook().council().directory
    who = challenge.open_actions[0].who if challenge.open_actions else None
    party = who.party if who else ""
    return _one_of(directory.people(party, _today()), challenge, party or "sw-n1")


def _agreed() -> tuple[AgreedAction, ...]:
    """Return what a reply or a meeting agrees."""
    today = _today()
    later = wiring.casebook().council().calendar.on_or_after(today + timedelta(days=6))
    return (AgreedAction("Look for a placement", "Willow", later, Owner("sw-n1")),)


def _replies(challenge: Challenge, answer: Answer) -> tuple[str, Reply]:
    number = challenge.request.number
    actions = _agreed() if answer is Answer.ACTIONS else ()
    reply = Reply(number, answer, "In a test.", actions)
    return _who_is_asked(challenge, number), reply


def _replies_late(challenge: Challenge) -> tuple[str, Command]:
    _, reply = _replies(challenge, Answer.ACTIONS)
    return _who_is_asked(challenge, 1), replace(reply, request=1)


def _moves_up(challenge: Challenge) -> tuple[str, Command]:
    later = OF_THE_GUIDANCE.after(challenge.stage)
    return _iro(challenge), Escalate(later[0] if later else challenge.stage, "It does not move.")


def _revises(challenge: Challenge, days: int) -> tuple[str, Command]:
    request = challenge.request
    who = _senior if request.revisions else _srsm
    return who(challenge), ReviseDeadline(request.deadline.day + timedelta(days=days), "In a test.")


def _ends(challenge: Challenge) -> tuple[ActionEnd, ...]:
    """Return that each open action is dropped."""
    dropped = ActionFate.DROPPED
    return tuple(ActionEnd(one.number, dropped, "In a test.") for one in challenge.open_actions)


def _ends_as_a_duplicate(challenge: Challenge) -> tuple[str, Command]:
    """Let the last of the child's other open challenges go on."""
    rows = wiring.casebook().record.lists.every_open()
    others = [row.reference for row in rows if row.reference != challenge.reference]
    on = others[-1] if others else challenge.reference
    return _iro(challenge), Close(Outcome.DUPLICATE, "In a test.", TOLD, goes_on=on)


def _going_on(challenge: Challenge) -> tuple[reopening.GoesOn, ...]:
    return tuple(reopening.GoesOn(one.number, goes_on=True) for one in ended_actions(challenge))


def _reopens(challenge: Challenge) -> tuple[str, Command]:
    stage, ends = ProcedureStage.TWO, _going_on(challenge)
    return _iro(challenge), Reopen(stage, "It came back.", CHILD, "sw-north-1", ends)


def _accepts_late_actions(challenge: Challenge) -> tuple[str, Command]:
    stage, ends = ProcedureStage.TWO, _going_on(challenge)
    event = next((late.event for late in late_actions(challenge)), 1)
    again = AcceptLateActions(event, stage, "It will move.", CHILD, "sw-north-1", ends)
    return _iro(challenge), again


def _records_contact(challenge: Challenge) -> tuple[str, Command]:
    today = _today()
    return _iro(challenge), RecordContact("The duty team.", today, "4pm")


def _action(challenge: Challenge) -> int:
    return challenge.open_actions[0].number if challenge.open_actions else 1


def _sets_a_new_date(challenge: Challenge) -> tuple[str, Command]:
    what = next((question.key for question in missed(challenge)), "action-1")
    today = _today()
    later = wiring.casebook().council().calendar.add(today, 4)
    return _iro(challenge), SetNewDate(what, later, "In a test.", "By phone.", "It moves.")


def _what_to_confirm(challenge: Challenge) -> str:
    return next((one.key for one in unconfirmed(challenge)), "action-1")


def _reassigns(challenge: Challenge) -> Reassign:
    """Ask the first post that may be asked, of those that were not."""
    council, asked = wiring.casebook().council(), challenge.request.posts
    found = [post.id for post in posts_to_name(challenge, council, _today())]
    others = [post for post in found if post not in asked]
    return Reassign([*others, *found, "tm-south"][0], "It is theirs.")


def _moves_the_child(challenge: Challenge, *, goes: bool) -> tuple[str, Command]:
    """Move the child to the other team, and back."""
    south = challenge.area.team != "South Team"
    to = ("South Team", "sw-south-1") if south else ("North Team", "sw-north-2")
    return _iro(challenge), MoveChild(*to, question_goes=goes)


def _objection(challenge: Challenge, *, upheld: bool) -> Command:
    what = next((one.what for one in objections(challenge)), REQUEST_KEY)
    return DecideObjection(what, upheld, "In a test.")


def _revises_another(challenge: Challenge) -> tuple[str, Command]:
    """Revise the last date that is not a reply's: an action's, or that of a question."""
    others = [one for one in revisable(challenge) if one.key != REQUEST_KEY]
    what = others[-1].key if others else REQUEST_KEY
    later = wiring.casebook().council().calendar.add(_today(), 5)
    who = _senior if others and others[-1].revisions else _srsm
    return who(challenge), ReviseDeadline(later, "In a test.", what)


def _objects_to_another(challenge: Challenge) -> tuple[str, Command]:
    others = [one.key for one in objectable(challenge) if one.key != REQUEST_KEY]
    return _iro(challenge), Object("The child cannot wait.", others[-1] if others else REQUEST_KEY)


def _no_cover_needed(challenge: Challenge) -> Command:
    away = next(iter(absences(challenge)), "tm-n")
    return SayNoCoverNeeded(away, "They are back.")


def _another_iro(challenge: Challenge) -> Command:
    return AppointIro("iro-2" if challenge.iro == "iro-1" else "iro-1", "In a test.")


def _who_checks_looks(_challenge: Challenge) -> str:
    """Return the data protection officer, or who covers for them."""
    directory = wiring.casebook().council().directory
    posts = directory.posts_of(Role.DATA_PROTECTION_OFFICER)
    found = [person.id for post in posts for person in directory.people(post.id, _today())]
    return next(iter(found), "dpo")


#: What people do: who, and which command, given the challenge as it is.
ACTS: dict[str, Callable[[Challenge], tuple[str, Command]]] = {
    "replies that it is resolved": lambda c: _replies(c, Answer.RESOLVED),
    "agrees actions": lambda c: _replies(c, Answer.ACTIONS),
    "disagrees": lambda c: _replies(c, Answer.CHALLENGED),
    "replies to the first question, perhaps late": _replies_late,
    "says that it is not theirs": lambda c: (
        _who_is_asked(c, c.request.number),
        SayNotMine(c.request.number, "Not mine."),
    ),
    "gives it to another post": lambda c: (_iro(c), _reassigns(c)),
    "names somebody to reply": lambda c: (_srsm(c), _reassigns(c)),
    "names somebody to reply, as the Senior IRO Manager": lambda c: (_senior(c), _reassigns(c)),
    "records that the child moved, with the question": lambda c: _moves_the_child(c, goes=True),
    "records that the child moved": lambda c: _moves_the_child(c, goes=False),
    "appoints another IRO": lambda c: (_srsm(c), _another_iro(c)),
    "appoints another IRO as the Senior IRO Manager": lambda c: (_senior(c), _another_iro(c)),
    "agrees to another IRO": lambda c: (c.iro, AgreeToAnotherIro("In a test.")),
    "skips the next stage": lambda c: (_iro(c), ChooseSkip(skip=True, reason="In a test.")),
    "does not skip the next stage": lambda c: (_iro(c), ChooseSkip(skip=False)),
    "says that no cover is needed": lambda c: (_srsm(c), _no_cover_needed(c)),
    "objects to the new deadline": lambda c: (_iro(c), Object("The child cannot wait.")),
    "upholds the objection": lambda c: (_senior(c), _objection(c, upheld=True)),
    "lets the new deadline stand": lambda c: (_senior(c), _objection(c, upheld=False)),
    "revises another deadline": _revises_another,
    "objects to another new deadline": _objects_to_another,
    "revises the deadline to a later day": lambda c: _revises(c, 6),
    "revises the deadline to an earlier day": lambda c: _revises(c, -3),
    "moves it up": _moves_up,
    "records it as resolved": lambda c: (_iro(c), Resolve("Seen.", TOLD, ends=_ends(c))),
    "withdraws it": lambda c: (
        _iro(c),
        Close(Outcome.WITHDRAWN, "In a test.", TOLD, ends=_ends(c)),
    ),
    "ends it as a duplicate": _ends_as_a_duplicate,
    "asks again": lambda c: (_iro(c), AskAgain("What about the panel?", 3)),
    "asks again as the SRSM": lambda c: (_srsm(c), AskAgain("What about the panel?", 5)),
    "records it as resolved in the IRO's place": lambda c: (
        _srsm(c),
        Resolve("Seen.", TOLD, ends=_ends(c)),
    ),
    "moves it up in the IRO's place": lambda c: (_srsm(c), _moves_up(c)[1]),
    "accepts the actions in the IRO's place": lambda c: (_srsm(c), AcceptActions("Good.")),
    "accepts the actions": lambda c: (_iro(c), AcceptActions("Good.")),
    "reports an action done": lambda c: (_owner(c), ReportAction(_action(c), "A letter.")),
    "confirms an action": lambda c: (_iro(c), ConfirmAction(_action(c), "Seen.")),
    "sends an action back": lambda c: (_iro(c), SendBackAction(_action(c), "Not seen.")),
    "drops an action": lambda c: (_iro(c), GiveUpAction(_action(c), "It is not needed.")),
    "names another owner": lambda c: (_iro(c), NameOwner(_action(c), Owner("tm-n"), "In a test.")),
    "sets a new date": _sets_a_new_date,
    "confirms the new date": lambda c: (_srsm(c), ConfirmDate(_what_to_confirm(c))),
    "declines the new date": lambda c: (_srsm(c), DeclineDate(_what_to_confirm(c), "Too late.")),
    "proposes a hold": lambda c: (_iro(c), ProposeHold(2, "The panel meets on Thursday.")),
    "agrees to the hold": lambda c: (_srsm(c), AgreeHold()),
    "ends the hold": lambda c: (_iro(c), EndHold()),
    "records that the child was told": lambda c: (
        _iro(c),
        RecordChildTold(ChildTold.YES, "At the visit."),
    ),
    "records whom they contacted": _records_contact,
    "reopens it": _reopens,
    "accepts the actions of a late reply": _accepts_late_actions,
    **beside_the_ladder(_iro, _srsm, _senior, _agreed),
    **about_the_child(_iro, _srsm, _senior, _who_checks_looks),
}


class To(Enum):
    """How far a task gets in one step."""

    HERE = "no further"
    NEXT_CALL = "up to its next call"
    NEXT_WRITE = "up to its next write"
    WRITE_AFTER = "up to the write after its next"
    END = "to its end"


@dataclass(frozen=True)
class Raises:
    """Somebody raises another challenge."""

    entry: ProcedureStage
    too_late_after: date | None


@dataclass(frozen=True)
class RaisesForTwo:
    """Somebody raises two challenges with one form, for a child and a sibling (rule 17)."""

    entry: ProcedureStage


@dataclass(frozen=True)
class Does:
    """Somebody does this to one of the challenges, by their reply link or on a page.

    If ``sensible``, only what is possible now: the next such act in ``ACTS``. For now it gets as
    far as ``to``, and its call there ends as ``how`` says.
    """

    which: int
    act: int
    sensible: bool
    by_link: bool
    to: To
    how: How


@dataclass(frozen=True)
class Overtakes:
    """Somebody acts while a leg decides, after some of its calls; the next leg decides first."""

    which: int
    act: int
    calls: int


@dataclass(frozen=True)
class SendsAgain:
    """Somebody sends again what was sent before, with the same id."""

    which: int


@dataclass(frozen=True)
class Wakes:
    """One of the executions that are due decides; the rest as above."""

    which: int
    to: To
    how: How


@dataclass(frozen=True)
class Sweeps:
    """Sweep is invoked; the rest as above."""

    to: To
    how: How


@dataclass(frozen=True)
class GoesOn:
    """A task goes on, and then the call it has come to ends as ``how`` says."""

    which: int
    to: To
    how: How


@dataclass(frozen=True)
class MeetsTrouble:
    """A task goes on to its next call of a kind, and that one ends badly: a start lost, a stop
    lost, the answer about an email lost, the answer to an append lost."""

    which: int
    operation: str
    how: How


@dataclass(frozen=True)
class AllToTheirWrites:
    """Every task goes on up to its next write: from there they race."""


@dataclass(frozen=True)
class StoppedByHand:
    """Somebody stops an execution."""

    which: int


@dataclass(frozen=True)
class TimePasses:
    """Time passes, with nothing running."""

    by: timedelta


@dataclass(frozen=True)
class TimeComes:
    """Time comes to the next wake of an execution, and a little later."""

    late: timedelta


@dataclass(frozen=True)
class DeadlineComes:
    """Time comes to just before or after a reply's deadline, with no failures on the way."""

    which: int
    by: timedelta


@dataclass(frozen=True)
class MorningComes:
    """Time comes to just after 09:00 of a day ahead, with no failures on the way."""

    days: int


@dataclass(frozen=True)
class Proclaimed:
    """A bank holiday is proclaimed, a number of days ahead."""

    days: int


@dataclass(frozen=True)
class Covers:
    """Somebody is to cover a post for some days, from a number of days ahead."""

    post: str
    officer: str
    ahead: int
    days: int

    def __call__(self, directory: Directory) -> Directory:
        """Return the directory with the cover, in place of what was known of this post."""
        first = _today() + timedelta(days=self.ahead)
        cover = Cover(self.post, self.officer, first, first + timedelta(days=self.days))
        others = [one for one in directory.cover if one.post != self.post]
        return replace(directory, cover=(*others, cover))


@dataclass(frozen=True)
class Gets:
    """A post gets another holder, or is vacant."""

    post: str
    officer: str | None

    def __call__(self, directory: Directory) -> Directory:
        """Return the directory with this holder."""
        post = replace(directory.posts[self.post], holder=self.officer)
        return replace(directory, posts={**directory.posts, self.post: post})


@dataclass(frozen=True)
class Leaves:
    """An officer leaves the council, and their posts are vacant."""

    officer: str

    def __call__(self, directory: Directory) -> Directory:
        """Return the directory without them."""
        here = [one for id_, one in directory.officers.items() if id_ != self.officer]
        theirs = [post for post in directory.posts.values() if post.holder == self.officer]
        return Directory(
            {
                one.id: replace(one, supervisor="") if one.supervisor == self.officer else one
                for one in here
            },
            {**directory.posts, **{post.id: replace(post, holder=None) for post in theirs}},
            tuple(one for one in directory.cover if one.officer != self.officer),
        )


@dataclass(frozen=True)
class ComesBack:
    """One of the emails that SES took comes back, for ever or for now."""

    which: int
    kind: str


def _seconds(*choices: float) -> st.SearchStrategy[timedelta]:
    return st.sampled_from([timedelta(seconds=seconds) for seconds in choices])


_ANY_ACT = st.integers(0, len(ACTS) - 1)
_MOSTLY = st.sampled_from([True, True, True, False])
_FAR = st.sampled_from([*To, To.NEXT_WRITE, To.END, To.END])
_RATHER = HOW
_NEAR = st.sampled_from([To.HERE, To.NEXT_CALL, To.NEXT_WRITE, To.WRITE_AFTER])

#: What changes in the directory: cover of everybody who acts here, also by who cannot reply, of the
#: IRO by another IRO and by the SRSM; posts that get another holder; people who leave.
_COVERS = st.builds(
    Covers,
    st.sampled_from(["tm-north", "tm-south", "csm", "hos", "ad", "iro-post-1", "srsm-post"]),
    st.sampled_from(["tm-s", "iro-1", "iro-2", "srsm", "senior", "hos"]),
    st.integers(0, 2),
    st.integers(0, 9),
)
_GETS = st.builds(
    Gets,
    st.sampled_from(["tm-north", "csm", "hos", "ad", "sw-north-1", "srsm-post", "senior-post"]),
    st.sampled_from([None, None, "tm-n", "tm-s", "hos", "iro-2", "srsm"]),
)
_LEAVES = st.builds(Leaves, st.sampled_from(["iro-1", "tm-n", "sw-n1", "csm", "hos", "ad", "srsm"]))
_CHANGES = st.one_of(_COVERS, _GETS, _LEAVES)

#: What may happen in one step, and how often compared with the others.
_MOVES: tuple[tuple[int, st.SearchStrategy[object]], ...] = (
    (6, st.builds(Does, SOME, _ANY_ACT, _MOSTLY, st.booleans(), _FAR, _RATHER)),
    (2, st.builds(Overtakes, SOME, _ANY_ACT, st.integers(1, 14))),
    (2, st.builds(SendsAgain, SOME)),
    (1, st.builds(Raises, st.sampled_from([ProcedureStage.ONE, ProcedureStage.QAP]), TOO_LATE)),
    (1, st.builds(RaisesForTwo, st.sampled_from([ProcedureStage.ONE, ProcedureStage.QAP]))),
    (5, st.builds(Wakes, SOME, _FAR, _RATHER)),
    (1, st.builds(Sweeps, _FAR, _RATHER)),
    (5, st.builds(GoesOn, SOME, _NEAR, HOW)),
    (5, st.builds(MeetsTrouble, SOME, st.sampled_from(MATTERS), BADLY)),
    (2, st.builds(AllToTheirWrites)),
    (3, st.builds(GoesOn, SOME, st.just(To.END), st.just(How.THROUGH))),
    (1, st.builds(StoppedByHand, SOME)),
    (1, st.builds(TimePasses, _seconds(0.5, 10, 40))),
    (1, st.builds(TimePasses, _seconds(61, 125, 700, 4000, 3 * 86_400, 9 * 86_400))),
    (2, st.builds(TimeComes, _seconds(0, 0, 1, 59, 3600))),
    (1, st.builds(DeadlineComes, SOME, _seconds(-0.5, 0.3, 0.9, 30, 60))),
    (1, st.builds(Proclaimed, st.integers(1, 12))),
    (1, st.builds(ComesBack, SOME, st.sampled_from(["Permanent", "Permanent", "Transient"]))),
    (4, _CHANGES),
    (3, st.builds(MorningComes, st.integers(0, 4))),
)
_KINDS = st.sampled_from([move for often, move in _MOVES for _ in range(often)])


@st.composite
def _moves(draw: st.DrawFn) -> object:
    return draw(draw(_KINDS))


MOVES = _moves()


class Trouble(RuleBasedStateMachine):
    """One example: hypothesis chooses who acts, whose turn it is, and what fails.

    There is one rule, which draws what happens: of many rules hypothesis leaves out some in each
    example, and an example in which nobody goes on, or nothing fails, proves less.
    """

    #: Where it is played, and the most challenges there may be; set by the caller.
    stage: ClassVar[Stage]
    at_most: ClassVar[int] = 1
    #: How much was played.
    examples: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    calls: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.stage)
        self.broken = False

    @initialize(
        entry=st.sampled_from(
            [ProcedureStage.ONE, ProcedureStage.THREE, ProcedureStage.FOUR, ProcedureStage.QAP]
        ),
        limit=TOO_LATE,
        changed=st.one_of(st.none(), _CHANGES),
        first=st.booleans(),
    )
    def a_challenge_was_raised(
        self,
        entry: ProcedureStage,
        limit: date | None,
        changed: Covers | Gets | Leaves | None,
        first: bool,  # noqa: FBT001 - hypothesis gives it by name
    ) -> None:
        if changed and first:
            self.stage.loads(changed)
        self.world.raised(entry, limit)
        if changed and not first:
            self.stage.loads(changed)

    @rule(move=MOVES)
    def step(self, move: Any) -> None:  # noqa: ANN401 - one of the moves above
        type(self).steps += 1
        self._make(move)
        self.broken = True
        self.world.witness.looks()
        self.broken = False

    def teardown(self) -> None:
        """End the example: everything comes to rest, and must be in order."""
        type(self).examples += 1
        if not (self.broken or self.stage.broken):
            self.world.drains()
        type(self).calls += self.stage.calls

    def _make(self, move: object) -> None:  # noqa: C901, PLR0912 - one case a move
        world, stage = self.world, self.stage
        match move:
            case Raises(entry, limit) if len(stage.references()) < self.at_most:
                self._sends(Person.who_raises(stage, f"form-{len(world.people)}", entry, limit))
            case RaisesForTwo(entry) if len(stage.references()) + 1 < self.at_most:
                form = f"form-{len(world.people)}"
                self._sends(Person.who_raises_for_two(stage, form, entry))
            case Does():
                self._somebody_does(move)
            case Overtakes():
                self._somebody_overtakes(move)
            case SendsAgain(which):
                world.people[-1 - which % len(world.people)].sends()
            case Wakes(which, to, how) if due := world.executions.due():
                self._go_on(world.executions.decides(due[which % len(due)]), to, how)
            case Sweeps(to, how):
                self._go_on(sweeping(stage), to, how)
            case AllToTheirWrites():
                for each in list(stage.tasks):
                    self._go_on(each, To.NEXT_WRITE, How.THROUGH)
            case GoesOn(which, to, how) if task := self._task(which):
                self._go_on(task, to, how)
            case MeetsTrouble(which, operation, how) if task := self._task(which):
                while not task.over and task.call.operation != operation:
                    stage.go_on(task)
                self._go_on(task, To.HERE, how)
            case StoppedByHand(which) if legs := list(world.executions.legs().values()):
                world.executions.killed(legs[which % len(legs)])
            case TimePasses(by):
                stage.pass_time(stage.now + by)
            case TimeComes(late) if moment := world.executions.next_due():
                stage.pass_time(moment + late)
            case DeadlineComes(which, by):
                moment = challenge_of(self._reference(which)).request.deadline.at + by
                if moment > stage.now:
                    world.all_well_until(moment)
            case MorningComes(days):
                world.all_well_until(_morning(days))
            case ComesBack():
                self._comes_back(move)
            case Covers() | Gets() | Leaves():
                stage.loads(move)
            case Proclaimed(days):
                stage.proclaim(stage.now + timedelta(days=days))
            case _:
                pass  # a move that is not possible now does nothing

    def _task(self, which: int) -> Task | None:
        """Return one of the tasks under way; if there is none, start one that is due."""
        tasks, due = self.stage.tasks, self.world.executions.due()
        if not tasks and due:
            self.world.executions.decides(due[which % len(due)])
        return tasks[which % len(tasks)] if tasks else None

    def _reference(self, which: int) -> str:
        references = self.stage.references()
        return references[which % len(references)]

    def _go_on(self, task: Task, to: To, how: How) -> None:
        """Bring ``task`` there; if ``how`` is bad, the call it then comes to ends that way."""
        if to in (To.NEXT_CALL, To.WRITE_AFTER) and not task.over:
            self.stage.go_on(task)
        if to in (To.NEXT_WRITE, To.WRITE_AFTER):
            while not task.over and not task.call.writes:
                self.stage.go_on(task)
        if how is not How.THROUGH and not task.over:
            self.stage.go_on(task, how)
        if to is To.END:
            self.stage.finish(task)

    def _comes_back(self, move: ComesBack) -> None:
        """Let Delivery hear that one of the emails came back."""
        emails = list(self.world.witness.sent)
        if not emails:
            return
        partition, sort = emails[-1 - move.which % len(emails)]
        letter = self.stage.item(partition, sort) or {}
        reference, notice = partition.partition("#")[2], sort.partition("#")[2]
        if not partition.startswith("CHALLENGE#") or "message_id" not in letter:
            return
        tags, now = NoticePlace(reference, notice).tags, self.stage.now
        envelope = Envelope(letter["message_id"], ("x@y.example",), tags, now)
        event = comes_back(envelope, now, kind=move.kind, subtype="General")
        self.stage.finish(invoking(self.stage, DELIVERY, event))

    def _somebody_does(self, move: Does) -> None:
        reference = self._reference(move.which)
        challenge = challenge_of(reference)
        acts = [*list(ACTS)[move.act :], *list(ACTS)[: move.act]]
        possible = (act for act in acts if self._can_be_done(act, challenge))
        act = next(possible, acts[0]) if move.sensible else acts[0]
        officer, command = ACTS[act](challenge)
        link = self._link(reference, officer, command) if move.by_link else None
        sent = f"act-{len(self.world.people)}"
        person = Person.who_does(self.stage, sent, officer, reference, command, link)
        self._go_on(self._sends(person), move.to, move.how)

    def _somebody_overtakes(self, move: Overtakes) -> None:
        executions, which = self.world.executions, move.which
        well = Does(which, move.act, sensible=True, by_link=False, to=To.END, how=How.THROUGH)
        if not executions.due():
            self._somebody_does(well)
        for leg in executions.due()[:1]:
            task = executions.decides(leg)
            for _ in range(move.calls):
                if not task.over:
                    self.stage.go_on(task)
        self._somebody_does(well)
        self.world.all_wake()

    def _can_be_done(self, act: str, challenge: Challenge) -> bool:
        officer, command = ACTS[act](challenge)
        council, now = wiring.casebook().council(), self.stage.now
        by = actor(officer, "page")
        who = capacities_of(challenge, by, council, local_day(now))
        if not may(type(command), who, challenge, council):
            return False
        other, _ = wiring.casebook()._other(command, now)
        try:
            return bool(carry_out(command, challenge, Hand(by, who, now, council, other)))
        except (NotAllowedError, BadSubmissionError):
            return False

    def _link(self, reference: str, officer: str, command: Command) -> str | None:
        """Return the last reply link that ``officer`` got about this."""
        if not isinstance(command, Reply):
            return None
        about = (reference, officer, command.request)
        found = [
            digest
            for digest, link in self.world.witness.links.items()
            if (link["reference"], link["officer"], link["request"]) == about
        ]
        return found[-1] if found else None

    def _sends(self, person: Person) -> Task:
        self.world.people.append(person)
        return person.sends()


def play(
    machine: type[Trouble],
    stage: Stage,
    at_most: int,
    **changes: Any,  # noqa: ANN401 - as settings() takes them
) -> None:
    """Play examples of ``machine`` on ``stage``, with at most ``at_most`` challenges."""
    machine.stage, machine.at_most = stage, at_most
    run_state_machine_as_test(machine, settings=settings(PROFILE, **changes))


@pytest.mark.timeout(LONG_LIMIT)
@pytest.mark.parametrize(
    "at_most",
    [
        pytest.param(1, id="one"),
        pytest.param(2, id="two", marks=pytest.mark.night),
        pytest.param(3, id="three"),
    ],
)
def test_nothing_is_lost_whatever_fails(stage: Stage, at_most: int) -> None:
    play(Trouble, stage, at_most)
