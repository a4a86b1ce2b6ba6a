"""The witness: it sees each call of AWS, reads each record after it, and knows what must hold.

:class:`Truth` lists what must hold. What concerns one write is checked when that write takes
effect; what concerns a record, after every step (:meth:`Witness.looks`); and what holds once all
has come to rest, at the end (:meth:`Witness.at_rest`).

It reads the table itself, not through the adapters, and computes deadlines on its own, so that a
fault in those cannot hide itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from adapters import wiring
from adapters.codec import event_of
from adapters.errors import TryAgainError
from adapters.mail import MailUnavailableError
from adapters.sweep import LOOK_AGAIN_AT_MOST
from domain.chain import Link, verify
from domain.challenge import ActionState
from domain.errors import BadSubmissionError, BrokenChainError, NotAllowedError
from domain.events import INTERFACE
from domain.fold import apply, read
from domain.ladder import Role
from domain.moments import OFFICE_HOUR, at_local, local_day, parse_moment
from domain.notices import notices
from domain.people import capacities, does_action
from domain.permissions import may
from domain.rulebook import settled_by
from domain.rules.accepting import ActionsAccepted
from domain.rules.actions import ActionConfirmed, ActionGivenUp
from domain.rules.appointing import IroAppointed
from domain.rules.briefing import Briefed, BriefingDue, DirectorNotified
from domain.rules.cafcass import (
    CafcassAnswered,
    CafcassAsked,
    CafcassToBeAsked,
    JudicialReview,
    Referred,
)
from domain.rules.childs_rights import ChildsRightsRecorded
from domain.rules.considering import NotReferred
from domain.rules.corrections import Corrected
from domain.rules.deciding import AskedAgain
from domain.rules.discussions import ConversationRecorded
from domain.rules.endings import ChildTold, ChildWasTold, Closed
from domain.rules.filing import PlacedOnFile
from domain.rules.history import HistoryOpened
from domain.rules.holds import HoldBegan, HoldEnded
from domain.rules.holidays import DeadlineMoved
from domain.rules.impact import IMPACT_KEY
from domain.rules.lateness import Chased
from domain.rules.leaving import IroIsBack, IroLeft
from domain.rules.legal import (
    AdviceAsked,
    AdviceGiven,
    AdviceOpened,
    ConflictSaid,
    ManagerConflicted,
    NeighbourNamed,
    NoAdviceSought,
)
from domain.rules.letters_to_child import ChildWrittenTo
from domain.rules.life import LifeChanged
from domain.rules.meetings import ActionsSent, MeetingCancelled
from domain.rules.missed_actions import ActionMissed
from domain.rules.notes import Noted
from domain.rules.owners import ActionReminded
from domain.rules.period import ResolutionPeriodEnding, ResolutionPeriodOver, StagesDoNotFit
from domain.rules.posts import WAITS_KEY
from domain.rules.reopening import Reopened
from domain.rules.replies import Replied
from domain.rules.revising import DeadlineRevised, Objected, ObjectionDecided
from domain.rules.sealing import (
    LooksChecked,
    RecordSealed,
    SealAsked,
    SealDeclined,
    TextsChecked,
)
from domain.rules.serving import SERVE_KEY, Served
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.rules.stepping_in import InIrosPlace
from domain.rules.supervision import DiscussedInSupervision
from domain.rules.timescales import (
    NewDateConfirmed,
    NewDateSet,
    OutcomeMissed,
    followed_outcomes,
    outcomes,
)
from domain.rules.urgency import ContactRecorded, StagesEndTooLate
from domain.tasks import tasks
from domain.vocabulary import Capacity, Purpose, Standing
from tests.property.stage import How, NotDoneError, State, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from domain.challenge import Action, Challenge, Question, Request
    from domain.council import Council
    from domain.events import Event, Fact
    from domain.notices import Notice
    from domain.part import Task as WhatToDo
    from tests.property.players import Executions, Person
    from tests.property.stage import Call, Stage, Task

#: A deadline counts as missed only after this long.
_GRACE = timedelta(minutes=1)

_NEVER = "9999-12-31T00:00:00Z"

#: What people may still put on the record after the end (rule 16), a late reply too (rule 5), whom
#: they contacted about a risk (rule 23), what is about the child (rules 19, 20, 22 and 25), about
#: Cafcass (rule 10) and legal advice (rule 11), what was discussed, and the actions of a meeting.
_AFTER_THE_END = (
    *(ChildWasTold, ContactRecorded, Corrected, Noted, Reopened, Replied),
    *(ChildsRightsRecorded, ChildWrittenTo, HistoryOpened, LifeChanged, PlacedOnFile),
    *(SealAsked, SealDeclined, RecordSealed, TextsChecked, LooksChecked),
    *(Referred, NotReferred, CafcassAsked, CafcassAnswered, JudicialReview),
    *(AdviceAsked, NoAdviceSought, ConflictSaid, NeighbourNamed, AdviceGiven, ManagerConflicted),
    *(AdviceOpened, BriefingDue, Briefed, DirectorNotified),
    *(ConversationRecorded, DiscussedInSupervision, ActionsSent, MeetingCancelled),
)

#: Past the resolution period it is said again after each so many working days (rule 9).
_AGAIN_EVERY = 20

__all__ = ["BrokenTruthError", "Truth", "Witness"]


class Truth(Enum):
    """What must hold, whatever fails."""

    KEPT = "what is on the record stays there unchanged"
    CHAINED = "the chain verifies, and HEAD matches the events"
    ONE_OUTCOME = "there is one outcome at most, and after it only what outlives it"
    ACCEPTED = "what was accepted is on the record, once"
    SEEN = "the current leg has decided on what is on the record"
    CURRENT_LEG = "only the leg that HEAD names writes what the clock brings"
    FACT_FIRST = "no leg is started before the record names it"
    SENT_ONCE = "no email is sent twice, unless its sender failed before it was marked"
    ALL_SENT = "every email that is due has been sent"
    ALL_KEPT = "what the daily emails have to tell of each event is kept"
    NOT_BEFORE_DUE = "what the clock does takes effect at its deadline, and is written after it"
    NO_SILENT_DEADLINE = "a reply's deadline changes only by an event that says so"
    SOMEBODY = "an open challenge waits for somebody who can act, and a date wakes it"
    FOLLOWED = "an action is followed until it is confirmed, dropped, or its challenge ends"
    ASKED = "whatever misses its date is asked about"
    OUTLIVES = "what has to be done after the end is still asked for"
    SEALED = "in a sealed record nothing is left but to check who looked"
    MARKED = "who decides in the IRO's place may, and it is marked"
    ASKED_AGAIN_TWICE = "a stage is asked again by the IRO once, by the SRSM once, and briefly"
    WARNED = "it is said as soon as the stages that are left end too late"
    AWAKE_IN_TIME = "an open challenge wakes by its next deadline"
    AT_REST = "it comes to rest"
    NO_SURPRISE = "nothing fails but AWS, and what the procedure refuses"


class BrokenTruthError(AssertionError):
    """One of the truths does not hold."""

    def __init__(self, truth: Truth, what: str) -> None:
        super().__init__(f"{truth.name} ({truth.value}): {what}")
        self.truth = truth


#: What moves the deadline of a reply by a person's hand, later or earlier.
_BY_HAND = (DeadlineRevised, HoldEnded, Objected, ObjectionDecided)


def _must(truth: Truth, holds: object, what: str) -> None:
    if not holds:
        raise BrokenTruthError(truth, what)


@dataclass(eq=False)
class _Sent:
    """An email that SES accepted: by which task, whether it was marked, whether anything failed."""

    task: Task
    marked: bool = False
    excused: bool = False


@dataclass
class Witness(Watcher):
    """Watches one example, from its beginning."""

    stage: Stage
    sent: dict[tuple[str, str], list[_Sent]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    councils: dict[int, Council] = field(default_factory=dict)
    _accepted: dict[str, str] = field(default_factory=dict)
    _settled: dict[str, tuple[int, int]] = field(default_factory=dict)
    _waited: dict[str, tuple[int, int, date]] = field(default_factory=dict)
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _read: dict[str, Challenge] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    # Each call -------------------------------------------------------------------------------

    def about_to(self, task: Task | None, call: Call) -> Any:  # noqa: ANN401 - for took_effect
        """Return HEAD just before a Decide writes."""
        if task is None or "leg" not in task.notes or not call.writes:
            return None
        return self._head(task.notes["leg"][0])

    def took_effect(self, task: Task | None, call: Call, before: Any) -> None:  # noqa: ANN401
        """Check what concerns this one call."""
        if call.service == "dynamodb" and call.writes:
            self._wrote(task, call, before)
        elif call.operation == "SendEmail" and task:
            self._took_letter(task, call)
        elif call.operation == "StartExecution":
            reference, _, leg = call.request["name"].rpartition("_")
            named = self._head(reference).get("leg", 0)
            _must(
                Truth.FACT_FIRST,
                int(leg) <= named,
                f"leg {leg} of {reference} was started while HEAD named {named}.",
            )

    def ended(self, task: Task, how: How) -> None:
        """Note a sender's failure between SES's answer and its mark: it may send again."""
        if how is How.THROUGH:
            return
        for one in self._sent_by(task):
            one.excused = one.excused or not one.marked

    def over(self, task: Task) -> None:
        """Note a task's end: its answer counts from now on."""
        for one in self._sent_by(task):
            one.excused = one.excused or (task.state is not State.DONE and not one.marked)
        person: Person | None = task.notes.get("person")
        allowed: tuple[type[BaseException], ...] = (
            *(BotoCoreError, ClientError, TryAgainError),
            *(MailUnavailableError, NotDoneError),
        )
        if person:
            allowed += (NotAllowedError, BadSubmissionError)
        if task.state is State.FAILED:
            _must(
                Truth.NO_SURPRISE,
                isinstance(task.error, allowed),
                f"{task.name} failed with {task.error!r}.",
            )
        if person and task.state is State.DONE:
            known = self._accepted.setdefault(person.sent, task.answer)
            _must(
                Truth.ACCEPTED,
                known == task.answer,
                f"{person.sent} was answered with {known}, and with {task.answer}.",
            )

    def _sent_by(self, task: Task) -> Iterator[_Sent]:
        return (one for found in self.sent.values() for one in found if one.task is task)

    def _wrote(self, task: Task | None, call: Call, before: dict[str, Any] | None) -> None:
        for kind, write in _writes(call):
            key = write.get("Key") or write["Item"]
            whole, sort = str(key["PK"]), str(key["SK"])
            partition, _, reference = whole.partition("#")
            if task and kind == "Update":
                self._noted(task, (whole, sort), write["ExpressionAttributeValues"])
            if partition == "LINK" and "Item" in write:
                self.links[reference] = write["Item"]
            if partition == "CHALLENGE":
                self._changed.add(reference)
            if task and sort == "HEAD" and before is not None:
                # It settles alone, or in one step with the trays that a new directory moves.
                settles = ":told" in write.get("ExpressionAttributeValues", {})
                self._decided(task, reference, before, settles=settles)

    def _decided(
        self, task: Task, reference: str, before: dict[str, Any], *, settles: bool
    ) -> None:
        _, leg = task.notes["leg"]
        _must(
            Truth.CURRENT_LEG,
            leg == before["leg"],
            f"leg {leg} of {reference} wrote while HEAD named {before['leg']}.",
        )
        if settles:
            head, challenge = self._head(reference), self._fold(reference)
            self._settled[reference] = (head["version"], leg)
            # It may have read the council, and the date, before the present ones.
            council, begun = self.councils.get(head["council"]), task.notes["begun"]
            unsent = [
                notice.key
                for notice in self._unsent(challenge, before["told"], council)
                if notice.event.number <= head["told"]
                and notice.key in self._keys_of(challenge, begun, council)
            ]
            _must(Truth.ALL_SENT, not unsent, f"{reference}: {unsent} count as sent, and are not.")

    def _noted(self, task: Task, letter: tuple[str, str], values: dict[str, Any]) -> None:
        """Note that an email is claimed before it is sent, and marked after it was."""
        if {":until", ":one"} <= values.keys():
            task.notes["claimed"] = letter
        elif ":message_id" in values:
            for one in self.sent.get(letter, []):
                one.marked = one.marked or one.task is task

    def _took_letter(self, task: Task, call: Call) -> None:
        before = self.sent[task.notes["claimed"]]
        (to,) = call.request["Destination"]["ToAddresses"]
        _must(
            Truth.SENT_ONCE,
            all(one.excused and not one.marked for one in before),
            f"the letter {task.notes['claimed']} went to {to} again.",
        )
        # botocore itself tried again: neither SES nor the sender can tell.
        before.append(_Sent(task, excused=task.hows[-1] is How.TWICE))

    # Each record -----------------------------------------------------------------------------

    def looks(self) -> None:
        """Read each changed record again, and check what must always hold."""
        council = wiring.casebook().council()
        self.councils[council.change] = council
        while self._changed:
            self._look(self._changed.pop(), council)
        for reference in self.stage.references():
            self._waits(reference, council)
        for command, reference in self._accepted.items():
            self._once(command, reference)

    def _head(self, reference: str) -> dict[str, Any]:
        return self.stage.item(f"CHALLENGE#{reference}", "HEAD") or {}

    def _look(self, reference: str, council: Council) -> None:
        challenge = self._fold(reference)
        head = self._head(reference)
        closed = [event for event in challenge.events if isinstance(event.fact, Closed)]
        _must(Truth.ONE_OUTCOME, len(closed) <= 1, f"{reference} has {len(closed)} outcomes.")
        seen = self._settled.get(reference) == (head["version"], head["leg"])
        soon = min(timedelta(minutes=2 ** int(head.get("faults", 0))), LOOK_AGAIN_AT_MOST)
        _must(
            Truth.SEEN,
            seen or parse_moment(head.get("wake_at", _NEVER)) <= self.stage.now + soon,
            f"{reference}: nobody has decided on it, or would before {head.get('wake_at')}.",
        )
        if challenge.open:
            wake = head.get("wake_at")
            _must(Truth.AWAKE_IN_TIME, wake and head.get("open"), f"{reference}: no wake_at.")
            due = min(_due(challenge, self.stage.now, council))
            latest = max(due, self.stage.now + LOOK_AGAIN_AT_MOST)
            _must(
                Truth.AWAKE_IN_TIME,
                parse_moment(str(wake)) <= latest,
                f"{reference} wakes at {wake}, and is due at {due}.",
            )

    def _fold(self, reference: str) -> Challenge:
        """Return the challenge as in the table; check each new event as it is read."""
        items = self.stage.items(f"CHALLENGE#{reference}")
        links = [_link(item) for sort, item in sorted(items.items()) if sort.startswith("EVENT#")]
        texts = [link.text for link in links]
        known = self._texts.get(reference, [])
        if texts == known:
            return self._read[reference]
        _must(Truth.KEPT, texts[: len(known)] == known, f"{reference} has changed.")
        head = items["HEAD"]
        try:
            last = verify(links)
        except BrokenChainError as error:
            raise BrokenTruthError(Truth.CHAINED, f"{reference}: {error}") from error
        matches = head["version"] == len(links) and head["last_hash"] == last
        _must(Truth.CHAINED, matches, f"HEAD of {reference} does not match.")
        events = [event_of(text) for text in texts]
        challenge = self._read.get(reference) or read(reference, events[:1])
        for event in events[challenge.version :]:
            after = apply(challenge, event)
            self._check(challenge, event, after)
            challenge = after
        self._texts[reference], self._read[reference] = texts, challenge
        return challenge

    def _check(self, before: Challenge, event: Event, after: Challenge) -> None:
        where = f"event {event.number} of {before.reference}, {type(event.fact).__name__}"
        by_people = _by_somebody(event) and isinstance(event.fact, _AFTER_THE_END)
        asks = isinstance(event.fact, Replied) and event.fact.decide_by is not None
        may_be = before.open or (by_people and not asks) or _outlives(before, event.fact)
        _must(Truth.ONE_OUTCOME, may_be, f"{where} came after the end.")
        _must(
            Truth.NOT_BEFORE_DUE,
            event.effective <= event.recorded <= self.stage.now,
            f"{where}, is effective {event.effective}, recorded {event.recorded}, "
            f"and now it is {self.stage.now}.",
        )
        missed = _missed_deadline(before, event)
        if missed:
            due, earliest = missed
            _must(
                Truth.NOT_BEFORE_DUE,
                event.effective == due and event.recorded >= earliest,
                f"{where}, was due {due}: effective {event.effective}, recorded {event.recorded}.",
            )
        for eve in _eves(before, event):
            _must(
                Truth.NOT_BEFORE_DUE,
                event.effective == eve,
                f"{where}, was due {eve}: effective {event.effective}.",
            )
        for request in before.requests:
            self._check_deadline(request, event, after, where)
        _check_actions(before, event, after, where)
        _check_questions(before, event, after, where)
        _check_sealed(before, event, after, where)
        self._check_place(before, event, where)
        self._check_asked_again(before, event, where)

    def _acts_for_iro(self, challenge: Challenge, event: Event) -> bool:
        """Whether whoever did it is the IRO, or covered for them by a directory known so far."""
        by, day = event.actor.officer, local_day(event.effective)
        return by == challenge.iro or any(
            by == person.id
            for council in self.councils.values()
            for post in council.directory.posts_of(Role.IRO)
            if post.holder == challenge.iro
            for person in council.directory.people(post.id, day)
        )

    def _has_post(self, role: Role, event: Event) -> bool:
        """Whether whoever did it held or covered a post of this role."""
        by, day = event.actor.officer, local_day(event.effective)
        return any(
            post.role is role
            for council in self.councils.values()
            for post in council.directory.posts_held(by, day)
        )

    @staticmethod
    def _check_deadline(request: Request, event: Event, after: Challenge, where: str) -> None:
        now = after.request_number(request.number)
        _must(Truth.KEPT, now, f"{where} took away request {request.number}.")
        if now is None or now.deadline.day == request.deadline.day:
            return
        by_hand = isinstance(event.fact, _BY_HAND) and bool(event.actor.officer)
        lengthened = now.deadline.day > request.deadline.day and (
            isinstance(event.fact, DeadlineMoved | HoldBegan | HoldEnded)
            or (isinstance(event.fact, NewDateSet | NewDateConfirmed) and bool(event.actor.officer))
            or (isinstance(event.fact, Served) and event.fact.deadline is not None)
        )
        _must(
            Truth.NO_SILENT_DEADLINE,
            by_hand or lengthened,
            f"{where} moved {request.deadline.day} to {now.deadline.day}.",
        )

    def _once(self, command: str, reference: str) -> None:
        challenge = self._fold(reference)
        events = [e for e in challenge.events if e.command == command and _by_somebody(e)]
        kinds = [type(event.fact) for event in events]
        each = {(kind, _of_which(event.fact)) for kind, event in zip(kinds, events, strict=True)}
        together = all(b.number == a.number + 1 for a, b in pairwise(events))
        _must(
            Truth.ACCEPTED,
            kinds and len(each) == len(kinds) and together,
            f"{command} is on the record of {reference} as {[k.__name__ for k in kinds]}.",
        )
        others = [
            other
            for other in self._read
            if other not in (reference, *challenge.raised.siblings)
            and command in self._read[other].commands
        ]
        _must(Truth.ACCEPTED, not others, f"{command} is on the record of {others} as well.")

    def _check_place(self, before: Challenge, event: Event, where: str) -> None:
        """Check that nobody decides for the IRO too early, unmarked, or on an end unresolved."""
        fact, question, by = event.fact, before.question, event.actor.officer
        decided = isinstance(fact, Closed | StageBegan | AskedAgain | ActionsAccepted)
        if not decided or not by or question is None or self._acts_for_iro(before, event):
            return
        if isinstance(fact, AskedAgain) and question.chased < _IRO_IS_LATE:
            return  # her own second time
        if isinstance(fact, ActionsAccepted) and question.purpose is Purpose.ACCEPT_BEYOND:
            return  # the IRO asked her to
        unresolved = isinstance(fact, Closed) and not fact.outcome.resolved
        may = question.purpose in (Purpose.DECIDE, Purpose.DECIDE_SILENCE) and not unresolved
        beside = before.events[-1]
        marked = isinstance(beside.fact, InIrosPlace) and beside.command == event.command
        late = question.chased >= _IRO_IS_LATE
        _must(
            Truth.MARKED, may and late and marked, f"{where} by {by} in the place of {before.iro}."
        )

    def _check_asked_again(self, before: Challenge, event: Event, where: str) -> None:
        """Check whose turn it is to ask again, and for how long."""
        fact, council = event.fact, self._council()
        if not isinstance(fact, AskedAgain) or council is None:
            return
        kinds = [type(one.fact) for one in before.events]
        began = max((i for i, kind in enumerate(kinds) if kind is StageBegan), default=0)
        times, by_iro = kinds[began:].count(AskedAgain), self._acts_for_iro(before, event)
        senior = self._has_post(Role.SENIOR_IRO_MANAGER, event)
        late = before.question is not None and before.question.chased >= _IRO_IS_LATE
        first = senior or late or by_iro
        theirs = times < _AGAIN_IN_ALL and (first if times == 0 else not by_iro)
        days = council.calendar.between(local_day(event.effective), fact.deadline.day)
        beyond = before.period is not None and fact.deadline.day > before.period.day
        brief = 0 < days <= _AGAIN_AT_MOST and (senior or not beyond)
        _must(
            Truth.ASKED_AGAIN_TWICE,
            theirs and brief,
            f"{where} by {event.actor.officer}, after {times} times, for {days} working days.",
        )

    # At rest ---------------------------------------------------------------------------------

    def unrest(self, executions: Executions) -> list[str]:
        """Return the challenges with something left to do now, or that nothing would wake.

        A challenge is at rest when its current leg has decided on everything, every due email has
        been sent, and, while it is open, an execution of that leg waits for ``wake_at``.
        """
        council = wiring.casebook().council()
        return [r for r in self.stage.references() if not self._rests(r, executions, council)]

    def _rests(self, reference: str, executions: Executions, council: Council) -> bool:
        head, challenge = self._head(reference), self._fold(reference)
        if self._settled.get(reference) != (head["version"], head["leg"]):
            return False
        behind = challenge.open and head["council"] != council.change
        if behind or self._overdue(challenge, head["told"]):
            return False
        if "wake_at" not in head:
            return not challenge.open
        leg = executions.legs().get(f"{reference}_{head['leg']}")
        wakes = parse_moment(head["wake_at"])
        if leg is None:
            # Sweep sends the emails due at nine; what is left to do needs a leg of its own.
            needs_leg = challenge.open or bool(challenge.questions)
            return not needs_leg and wakes > self.stage.now
        # An execution waits for whole seconds: in the fraction before, it is not at rest.
        return wakes > self.stage.now and self.stage.now < leg.due <= wakes + timedelta(seconds=1)

    def _council(self) -> Council | None:
        """Return the council as last read; asking for it would be a call of AWS."""
        council = wiring.casebook()._council._read
        if council:
            self.councils[council.change] = council
        return council

    def _keys_of(self, challenge: Challenge, now: datetime, council: Council | None) -> set[str]:
        council = council or self._council()
        return {one.key for one in notices(challenge, now, council)} if council else set()

    def _unsent(
        self, challenge: Challenge, told: int, council: Council | None = None
    ) -> list[Notice]:
        """Return the emails about events after ``told`` that have not been sent, due or not."""
        items = self.stage.items(f"CHALLENGE#{challenge.reference}")
        council = council or self._council()
        if council is None:
            return []
        return [
            notice
            for notice in notices(challenge, self.stage.now, council, told)
            if not any(
                "sent_at" in items.get(f"NOTICE#{key}", {}) for key in (notice.key, *notice.instead)
            )
            and not self._asked_once(notice)
        ]

    def _asked_once(self, notice: Notice) -> bool:
        """Whether it is one email for several challenges, and was sent since its event."""
        first = local_day(notice.event.recorded)
        return notice.asks_once != "" and any(
            "sent_at" in item and item["SK"].endswith(f"#{notice.asks_once}")
            for item in self.stage.items(f"SHARED#{notice.officer.id}").values()
            if item["SK"] >= f"{first}"
        )

    def _overdue(self, challenge: Challenge, told: int) -> list[str]:
        """Return those that should have been sent by now."""
        unsent = self._unsent(challenge, told)
        return [notice.key for notice in unsent if notice.not_before <= self.stage.now]

    def at_rest(self, executions: Executions) -> None:
        """Check what must hold once all has come to rest."""
        self.looks()
        council, now = wiring.casebook().council(), self.stage.now
        for reference in self.stage.references():
            version = wiring.casebook().record.chain.load(reference)
            challenge, head = version.challenge, version.head
            here = (head.version, head.leg)
            _must(
                Truth.SEEN,
                self._settled.get(reference) == here,
                f"{reference} is at {here}; decided was {self._settled.get(reference)}.",
            )
            unsent = self._overdue(challenge, head.emailed_up_to)
            _must(Truth.ALL_SENT, not unsent, f"{reference}: {unsent} were not sent.")
            _must(
                Truth.ALL_KEPT,
                head.news_up_to == head.version,
                f"{reference}: only what there was to tell up to event {head.news_up_to} is kept.",
            )
            warned = _told_too_late(challenge) or not _ends_too_late(challenge, council, now)
            _must(Truth.WARNED, warned, f"{reference} ends too late, which nobody was told.")
            if challenge.open or challenge.questions:
                self._wakes(challenge, council, executions)

    def _waits(self, reference: str, council: Council) -> None:
        """Check that whatever an open challenge waits for can be done by somebody today.

        If not, somebody must have been asked to find such a person, or it must be about to decide:
        on what is new on its record, on a change of the council, or on a new day.
        """
        challenge, head = self._fold(reference), self._head(reference)
        today = local_day(self.stage.now)
        seen = (challenge.version, council.change, today)
        if not challenge.open or self._waited.get(reference) == seen:
            return
        council = council.under(challenge.raised.procedure)
        found = tasks(challenge, council)
        stopping = [task for task in found if task.stops]
        _must(Truth.SOMEBODY, stopping, f"{reference}, {challenge.standing}, waits for nothing.")
        able = {task.key: _who_can(task, challenge, council, today) for task in found}
        found_by = [one.key for one in found if one.purpose in _FINDS_SOMEBODY and able[one.key]]
        nobodys = [str(one.purpose) for one in stopping if not able[one.key]]
        if not nobodys or found_by:
            self._waited[reference] = seen
            return
        settled = self._settled.get(reference) == (head["version"], head["leg"])
        if not settled or head["council"] != council.change:
            return
        morning = next_office_hour(self.stage.now, council)
        _must(
            Truth.SOMEBODY,
            parse_moment(head["wake_at"]) <= morning,
            f"{reference}, {challenge.standing}, waits until {head['wake_at']} for somebody to "
            f"{nobodys}, and today, {today}, nobody can.",
        )

    def _wakes(self, challenge: Challenge, council: Council, executions: Executions) -> None:
        head, now = self._head(challenge.reference), self.stage.now
        wakes = parse_moment(head["wake_at"])
        due = min(_due(challenge, now, council))
        _must(
            Truth.AWAKE_IN_TIME,
            now < wakes <= due,
            f"{challenge.reference} wakes at {wakes}, and is due at {due}; now it is {now}.",
        )
        leg = executions.legs().get(f"{challenge.reference}_{head['leg']}")
        _must(
            Truth.AWAKE_IN_TIME,
            leg and leg.due <= wakes + timedelta(seconds=1),
            f"no execution of {challenge.reference} waits for {wakes}.",
        )


def _writes(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    if call.operation == "TransactWriteItems":
        for entry in call.request["TransactItems"]:
            yield from entry.items()
    elif call.operation in ("PutItem", "UpdateItem"):
        yield call.operation.removesuffix("Item"), dict(call.request)


def _link(item: dict[str, Any]) -> Link:
    return Link(item["number"], item["text"], item["previous_hash"], item["hash"])


def _outlives(before: Challenge, fact: Fact) -> bool:
    """Whether the fact is about a task that outlives the challenge and is still open.

    Whoever has that task may have left: then another IRO is appointed for it, and for nothing else.
    """
    if isinstance(fact, IroAppointed | IroLeft | IroIsBack):
        return any(question.outlives for question in before.asked)
    if isinstance(fact, Chased):
        return before.question_by(fact.question) is not None
    if isinstance(fact, LifeChanged):
        return bool(fact.recorded_in)
    if isinstance(fact, MeetingCancelled | CafcassToBeAsked):
        return True  # it is called off because of the end, or Cafcass has still not answered
    return isinstance(fact, DeadlineMoved) and bool(
        before.question_by(fact.what) or (fact.what == IMPACT_KEY and before.clock(IMPACT_KEY))
    )


def _by_somebody(event: Event) -> bool:
    """Whether a person did it, or the case system, and not the clock."""
    return bool(event.actor.officer) or event.actor.via == INTERFACE


def _of_which(fact: Fact) -> int:
    """Return which meeting a fact calls off: one end calls off each that is ahead, once."""
    return fact.meeting if isinstance(fact, MeetingCancelled) else 0


# Each event --------------------------------------------------------------------------------------


def _check_actions(before: Challenge, event: Event, after: Challenge, where: str) -> None:
    """Check that no action ends, unless it is confirmed, dropped, or its challenge ends."""
    if isinstance(event.fact, ActionConfirmed | ActionGivenUp | Closed | RecordSealed):
        return
    for action in before.open_actions:
        now = after.action_number(action.number)
        followed = now is not None and not now.state.ended
        _must(Truth.FOLLOWED, followed, f"{where} ended action {action.number}.")


def _check_questions(before: Challenge, event: Event, after: Challenge, where: str) -> None:
    """Check that a missed date is asked about, and that what outlives the end is still asked."""
    fact, asked = event.fact, {(one.key, one.whose) for one in after.asked}
    if isinstance(fact, ActionMissed):
        key = f"action-{fact.action}"
        _must(Truth.ASKED, (key, Capacity.IRO) in asked, f"{where} asks nothing about {key}.")
    if isinstance(fact, OutcomeMissed):
        new = len(after.asked) > len(before.asked)
        _must(Truth.ASKED, new, f"{where} asks nothing about concern {fact.concern}.")
    if isinstance(fact, Closed):
        wanted = {one.purpose for one in before.asked} & {Purpose.RECORD_CONTACT}
        if fact.child_told is ChildTold.NOT_YET:
            wanted.add(Purpose.TELL_CHILD)
        lost = wanted - {one.purpose for one in after.asked}
        _must(Truth.OUTLIVES, not lost, f"{where} lost {sorted(lost)}.")


def _check_sealed(before: Challenge, event: Event, after: Challenge, where: str) -> None:
    """Check that a sealed record stays sealed, asks one thing, and tells nobody else of it."""
    if not after.sealed:
        _must(Truth.SEALED, not before.sealed, f"{where} opened a sealed record.")
        return
    kinds = RecordSealed | LooksChecked | Chased | DeadlineMoved | MeetingCancelled
    may_be = isinstance(event.fact, kinds)
    asked = {one.purpose for one in after.questions} <= {Purpose.CHECK_LOOKS}
    _must(Truth.SEALED, may_be and asked, f"{where} came, or asks, after it was sealed.")


#: From so many working days on the SRSM may decide in the IRO's place (rule 4).
_IRO_IS_LATE = 3


#: A stage is asked again for at most so many working days, and so often in all (rule 4).
_AGAIN_AT_MOST = 5
_AGAIN_IN_ALL = 2


def _missed_deadline(before: Challenge, event: Event) -> tuple[datetime, datetime] | None:
    """Return the deadline this event says was missed, and when it may first say so."""
    fact = event.fact
    if isinstance(fact, DeadlineMissed):
        due = _missed_reply(fact, before)
        return due, due + _GRACE
    if isinstance(fact, ActionMissed):
        action = before.action_number(fact.action)
        if action is None:
            return None
        # A date that was past when the action was accepted or sent back is missed from then on.
        due = action.deadline.at
        return max(due, action.opened), max(due + _GRACE, action.opened)
    if isinstance(fact, ResolutionPeriodOver) and before.period:
        return before.period.at, before.period.at + _GRACE
    if isinstance(fact, OutcomeMissed):
        due = outcomes(before)[fact.concern - 1].deadline.at
        return due, due + _GRACE
    return None


def _missed_reply(fact: DeadlineMissed, before: Challenge) -> datetime:
    """Return when the reply was due, or by when somebody had to be named or reached (rule 15)."""
    request = before.request_number(fact.request) or before.request
    waits = (before.clock(key) for key in (WAITS_KEY, SERVE_KEY) if fact.unnamed)
    return max([request.deadline.at, *(one.deadline.at for one in waits if one)])


def _eves(before: Challenge, event: Event) -> Iterator[datetime]:
    """Yield when what this event tells beforehand had to be told: at 09:00 of a working day."""
    council = wiring.casebook()._council._read  # asking for it would be a call of AWS
    if isinstance(event.fact, ActionReminded) and council:
        for number in event.fact.actions:
            action = before.action_number(number)
            if action:
                yield _eve(action, council)
    if isinstance(event.fact, ResolutionPeriodEnding) and before.period:
        yield at_local(before.period.day, OFFICE_HOUR)


def _eve(action: Action, council: Council) -> datetime:
    """Return 09:00 on the working day before the action's date."""
    eve = council.calendar.add(action.deadline.day - timedelta(days=1), 0)
    return at_local(eve, OFFICE_HOUR)


#: What asks somebody to find whoever can do what nobody can do today (rules 4, 6 and 15).
_FINDS_SOMEBODY = (
    *(Purpose.NAME_SOMEBODY, Purpose.REASSIGN, Purpose.NAME_OWNER, Purpose.STEP_IN),
    Purpose.APPOINT_IRO,
)


def _who_can(task: WhatToDo, challenge: Challenge, council: Council, today: date) -> list[str]:
    """Return the officers of the directory who have this task today and may do what settles it."""
    directory = council.directory
    found = []
    for officer in directory.officers:
        who = capacities(challenge, officer, council, today)
        held = {post.id for post in directory.posts_held(officer, today)}
        asked = challenge.request_number(task.request)
        theirs = task.whose in who
        if task.whose is Capacity.RESPONDER:
            theirs = theirs and asked is not None and not held.isdisjoint(asked.posts)
        if task.whose is Capacity.OWNER:
            action = challenge.action_number(task.action)
            theirs = action is not None and does_action(officer, action, challenge, council, today)
        acts = settled_by(task.purpose)
        if theirs and any(may(act, who, challenge, council) for act in acts):
            found.append(officer)
    return found


def next_office_hour(now: datetime, council: Council) -> datetime:
    """Return 09:00 of the first working day on which it is still to come."""
    day = council.calendar.on_or_after(local_day(now))
    at = at_local(day, OFFICE_HOUR)
    return at if at > now else at_local(council.calendar.add(day, 1), OFFICE_HOUR)


def _late(question: Question, council: Council) -> Iterator[datetime]:
    """Yield when it counts as late: three and five working days after its day, then every five.

    Who is to reply counts after one as well, when it becomes the SRSM's to say.
    """
    whose = question.purpose in (Purpose.REASSIGN, Purpose.NAME_SOMEBODY)
    for days in (*([1] if whose else []), 3, *range(5, 1000, 5)):
        if days > question.chased:
            yield at_local(council.calendar.add(question.deadline.day, days), OFFICE_HOUR)


def _due(challenge: Challenge, now: datetime, council: Council) -> Iterator[datetime]:
    """Yield by when it has to be awake again: its deadlines, each with the minute of grace.

    And at 09:00 of a working day, where that is still to come: what is told beforehand or again.
    """
    if challenge.awaiting_reply:
        yield challenge.request.deadline.at + _GRACE
    for question in challenge.questions:
        yield next(at for at in _late(question, council) if at > now)
    if not challenge.open:
        return
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            yield max(action.deadline.at, action.opened) + _GRACE
    for _, ledger in followed_outcomes(challenge):
        yield ledger.deadline.at + _GRACE
    of_the_period = _of_the_period(challenge, now, council)
    too_late = _too_late_comes(challenge, now, council)
    for at in (*_eves_to_come(challenge, council), *of_the_period, *too_late):
        if at > now:
            yield at


# Too late after (rule 23) ------------------------------------------------------------------------


def _told_too_late(challenge: Challenge) -> bool:
    """Whether it was said since the stage began, or its deadline was last revised."""
    compared = (StageBegan, DeadlineRevised, Objected, ObjectionDecided)
    kinds = [type(event.fact) for event in challenge.events]
    last = max((i for i, kind in enumerate(kinds) if kind in compared), default=0)
    return StagesEndTooLate in kinds[last:]


def _ends_too_late(challenge: Challenge, council: Council, now: datetime) -> bool:
    """Whether the last stage ends too late: while a reply is awaited, counted from its deadline.

    Otherwise from today, if that is a working day and its office hours have begun.
    """
    limit, calendar = challenge.raised.urgency.too_late_after, council.calendar
    if limit is None or not challenge.open:
        return False
    stages = council.ladder.after(challenge.stage)
    needed = sum(council.ladder[stage].working_days for stage in stages)
    today = local_day(now)
    if challenge.awaiting_reply:
        start = max(today, challenge.request.deadline.day)
        return (calendar.add(start, needed) if needed else start) > limit
    if now < at_local(today, OFFICE_HOUR):
        today -= timedelta(days=1)
    worked = calendar.add(today, 0)
    return (calendar.add(worked, needed) if needed else worked) > limit


def _too_late_comes(challenge: Challenge, now: datetime, council: Council) -> Iterator[datetime]:
    """Yield when the last stage first ends too late, as days pass on which nothing is decided."""
    limit = challenge.raised.urgency.too_late_after
    if limit is None or challenge.awaiting_reply or _told_too_late(challenge):
        return
    day = council.calendar.on_or_after(local_day(now))
    while not _ends_too_late(challenge, council, at := at_local(day, OFFICE_HOUR)):
        day = council.calendar.add(day, 1)
    yield at


def _eves_to_come(challenge: Challenge, council: Council) -> Iterator[datetime]:
    """Yield when the owner of each action is reminded, unless the challenge is on hold (rule 6)."""
    on_hold = challenge.standing is Standing.ON_HOLD
    for action in challenge.actions:
        known = action.who and (action.who.party or action.who.email)
        if action.state is ActionState.OPEN and known and not on_hold:
            yield _eve(action, council)


def _of_the_period(challenge: Challenge, now: datetime, council: Council) -> Iterator[datetime]:
    """Yield when the resolution period is told about (rule 9)."""
    period, calendar = challenge.period, council.calendar
    if period is None:
        return
    yield at_local(period.day, OFFICE_HOUR)
    yield period.at + _GRACE
    again = (calendar.add(period.day, days) for days in count(_AGAIN_EVERY, _AGAIN_EVERY))
    yield next(at for day in again if (at := at_local(day, OFFICE_HOUR)) > now)
    stages = council.ladder.after(challenge.stage)
    needed = sum(council.ladder[stage].working_days for stage in stages)
    if needed and not challenge.awaiting_reply and not _was_told_that_they_do_not_fit(challenge):
        yield at_local(calendar.add(period.day, 1 - needed), OFFICE_HOUR)


def _was_told_that_they_do_not_fit(challenge: Challenge) -> bool:
    """Whether it was said, since the present stage began, that what is left does not fit."""
    kinds = [type(event.fact) for event in challenge.events]
    last = max((i for i, kind in enumerate(kinds) if kind is StageBegan), default=0)
    return StagesDoNotFit in kinds[last:]
