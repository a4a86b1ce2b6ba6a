"""Rule 12, meetings: at stages 2 to 4 a formal meeting may be held, to agree what will be done.

Whoever arranges it chooses the chair and who is asked to attend. They get an invitation for their
calendar, which says nothing of the child; another follows if the meeting is moved or cancelled. It
is cancelled when the challenge ends or is sealed. At stages 3 and 4 the SRSM says whether the
Senior IRO Manager should chair. Once it was held, IRO or SRSM record it, with the actions that were
agreed: when its time has passed, that is the SRSM's task. The actions are followed as in rule 6,
beside the ladder: a meeting is no reply. Chair or SRSM then send them to all concerned.

Guidance: G53, G56, G57, G64, G65.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from domain.challenge import (
    AgreedAction,
    Challenge,
    Slot,
    ask,
    settle,
    with_agreed,
)
from domain.deadlines import Deadline
from domain.errors import AlreadyAnsweredError, NotAllowedError
from domain.events import Event, Fact
from domain.ladder import Role, Stage
from domain.lawyers import has_conflict
from domain.moments import day_in_words, local_day, moment_in_words
from domain.part import (
    EVERYBODY,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
)
from domain.people import owner_named
from domain.rules.endings import Close, Resolve
from domain.rules.replies import check_action, undertaking
from domain.rules.sealing import AgreeToSeal
from domain.values import Value, value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from domain.challenge import Action
    from domain.council import Council

__all__ = [
    "CHAIR_AT",
    "LONGEST_MEETING",
    "MEETINGS",
    "ActionsSent",
    "ArrangeMeeting",
    "CancelMeeting",
    "ChairConsidered",
    "ChairToBeConsidered",
    "ChangeMeeting",
    "ConsiderChair",
    "Meeting",
    "MeetingArranged",
    "MeetingCancelled",
    "MeetingChanged",
    "MeetingHeld",
    "MeetingOver",
    "RecordMeeting",
    "SendActions",
    "agreed_at",
    "asked_to_attend",
    "called_off",
    "chair_to_consider",
    "meeting_of",
    "meetings",
    "meetings_ahead",
    "to_send",
    "to_send_by",
]

#: The longest that a meeting can be arranged for, in minutes.
LONGEST_MEETING = 480

#: The stages at which a formal meeting may be held, and those at which the SRSM says who chairs.
_AT = (Stage.TWO, Stage.THREE, Stage.FOUR)
CHAIR_AT = (Stage.THREE, Stage.FOUR)

#: Who is asked to attend as required, by stage (rule 12).
_ATTENDS = {
    Stage.TWO: (Role.SRSM, Role.CHILDRENS_SERVICE_MANAGER),
    Stage.THREE: (Role.SRSM, Role.CHILDRENS_SERVICE_MANAGER, Role.HEAD_OF_SERVICE),
    Stage.FOUR: (Role.SRSM, Role.HEAD_OF_SERVICE),
}


# What is known of them ---------------------------------------------------------------------------


@value
class Meeting(Value):
    """A meeting of the challenge, numbered from 1. Officers are ids of the directory.

    It begins ``at`` a moment (UTC), ``None`` if it was never arranged here, and lasts ``minutes``.
    ``invitations`` are who has to attend by which event, by its number, the last of which counts.
    ``changes`` counts its moves and changes. ``held`` is the day on which it was held.
    """

    number: int
    at: datetime | None = None
    minutes: int = 0
    where: str = ""
    chair: str = ""
    invitations: tuple[tuple[int, tuple[str, ...]], ...] = ()
    changes: int = 0
    cancelled: bool = False
    held: date | None = None

    @property
    def invited(self) -> tuple[str, ...]:
        """All who have to attend, the chair among them."""
        return self.invitations[-1][1] if self.invitations else ()

    def invite(self, event: Event, invited: tuple[str, ...]) -> Meeting:
        """Return it with these people, by ``event``."""
        return replace(self, invitations=(*self.invitations, (event.number, invited)))

    def to_hear(self, event: Event) -> tuple[str, ...]:
        """Return who has to hear of ``event``: who attends by it, and who attended before it."""
        if self.cancelled or isinstance(event.fact, ActionsSent):
            return self.invited
        known = [invited for number, invited in self.invitations if number <= event.number]
        return tuple(dict.fromkeys(one for invited in known[-2:] for one in invited))

    @property
    def ends(self) -> datetime | None:
        """When it ends (UTC), as it was arranged."""
        return self.at and self.at + timedelta(minutes=self.minutes)

    @property
    def ahead(self) -> bool:
        """Whether it is arranged, and nobody has cancelled it or recorded that it was held."""
        return self.at is not None and not self.cancelled and self.held is None


_MEETINGS: Slot[tuple[Meeting, ...]] = Slot("meetings", ())


def meetings(challenge: Challenge) -> tuple[Meeting, ...]:
    """Return all meetings of the challenge, in the order in which they came on the record."""
    return challenge[_MEETINGS]


def meetings_ahead(challenge: Challenge) -> tuple[Meeting, ...]:
    """Return the meetings that are arranged and were neither held nor cancelled."""
    return tuple(one for one in challenge[_MEETINGS] if one.ahead)


def meeting_of(challenge: Challenge, fact: Fact) -> Meeting | None:
    """Return the meeting that a fact is about, as it is now; ``None`` if it is about none."""
    number: int = getattr(fact, "meeting", 0)
    return next((one for one in challenge[_MEETINGS] if one.number == number), None)


def asked_to_attend(challenge: Challenge, council: Council, today: date) -> tuple[str, ...]:
    """Return the ids of those who are asked to attend at the present stage, as required."""
    return tuple(
        dict.fromkeys(
            person.id
            for role in _ATTENDS.get(challenge.stage, ())
            for person in council.people(challenge, role, today)
        )
    )


def _with_meeting(challenge: Challenge, meeting: Meeting) -> Challenge:
    others = tuple(one for one in challenge[_MEETINGS] if one.number != meeting.number)
    found = sorted((*others, meeting), key=lambda one: one.number)
    return challenge.keep(_MEETINGS, tuple(found))


def _known(challenge: Challenge, number: int) -> Meeting:
    """Return the meeting of this number, as the record says; an empty one if there is none."""
    found = (one for one in challenge[_MEETINGS] if one.number == number)
    return next(found, Meeting(number))


def _arranged_for(number: int, challenge: Challenge) -> str:
    """Return `` of Tuesday 3 November 2026 at 2:00pm``; empty if it was never arranged here."""
    at = _known(challenge, number).at
    return f" of {moment_in_words(at)}" if at else ""


def _chair_key(number: int) -> str:
    return f"chair-{number}-meeting"


def _send_key(number: int) -> str:
    return f"send-{number}-meeting"


def _record_key(number: int) -> str:
    return f"record-{number}-meeting"


def _settled(challenge: Challenge, number: int) -> Challenge:
    """Return it with nothing asked about a meeting that is recorded or cancelled."""
    return settle(settle(challenge, _chair_key(number)), _record_key(number))


# Arranged, changed, cancelled --------------------------------------------------------------------


@value
class MeetingArranged(Fact):
    """A formal meeting begins ``at`` a moment (UTC), for ``minutes``, with ``chair`` and others.

    ``invited`` are the ids of all who have to attend, the chair among them. At stages 3 and 4 the
    SRSM says by ``chair_by`` whether the Senior IRO Manager should chair.
    """

    meeting: int
    at: datetime
    minutes: int
    where: str
    chair: str
    invited: tuple[str, ...]
    chair_by: Deadline | None = None

    news = "a meeting has been arranged"
    told = (
        Tell(Audience.INVITED, Letter.MEETING, own=True),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the meeting, and the SRSM asked who chairs; nothing stops for that."""
        meeting = Meeting(self.meeting, self.at, self.minutes, self.where, self.chair)
        after = _with_meeting(challenge, meeting.invite(event, self.invited))
        return ask(
            *(after, Purpose.CONSIDER_CHAIR, self.chair_by, event, _chair_key(self.meeting)),
            whose=Capacity.SRSM,
        )

    def line(self, seen: Seen) -> str:
        """Return who arranged it, when it is, and who chairs."""
        chair = seen.officer(self.chair)
        when = moment_in_words(self.at)
        return f"{seen.who} arranged a meeting: {when}, chaired by {chair}"

    def written(self) -> Iterator[Written]:
        """Yield where it is, and the sum behind the date."""
        yield Written("Where", self.where, EVERYBODY)
        if self.chair_by:
            yield Written("Chair to be considered by", self.chair_by.why, EVERYBODY)


@value
class MeetingChanged(Fact):
    """The meeting was moved, or has another chair or other people, for a reason."""

    meeting: int
    at: datetime
    minutes: int
    where: str
    chair: str
    invited: tuple[str, ...]
    reason: str

    news = "a meeting has changed"
    told = (
        Tell(Audience.INVITED, Letter.MEETING, own=True),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the meeting as it is now."""
        before = _known(challenge, self.meeting)
        after = replace(
            before,
            at=self.at,
            minutes=self.minutes,
            where=self.where,
            chair=self.chair,
            changes=before.changes + 1,
        )
        moved = settle(challenge, _record_key(self.meeting))
        return _with_meeting(moved, after.invite(event, self.invited))

    def line(self, seen: Seen) -> str:
        """Return who changed it, when it is now, and who chairs."""
        chair = seen.officer(self.chair)
        return f"{seen.who} changed the meeting: {moment_in_words(self.at)}, chaired by {chair}"

    def written(self) -> Iterator[Written]:
        """Yield where it is, and why it changed."""
        yield Written("Where", self.where, EVERYBODY)
        yield Written("Reason", self.reason, EVERYBODY)


@value
class MeetingCancelled(Fact):
    """The meeting is not held, for a reason."""

    meeting: int
    reason: str

    news = "a meeting has been cancelled"
    told = (
        Tell(Audience.INVITED, Letter.MEETING, own=True, of_sealed=True),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the meeting cancelled, and nothing asked about it."""
        before = _known(challenge, self.meeting)
        after = replace(before, cancelled=True, changes=before.changes + 1)
        return _settled(_with_meeting(challenge, after), self.meeting)

    def line(self, seen: Seen) -> str:
        """Return who cancelled which."""
        of = _arranged_for(self.meeting, seen.challenge)
        return f"{seen.who} cancelled the meeting{of}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


_AT_ITS_STAGES = If(
    "at stages 2 to 4 (rule 12)", lambda challenge, _council: challenge.stage in _AT
)
_AHEAD = If(
    "a meeting is arranged (rule 12)",
    lambda challenge, _council: bool(meetings_ahead(challenge)),
)

_ARRANGERS = (Capacity.IRO, Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER)


def _check(
    meeting: ArrangeMeeting | ChangeMeeting, challenge: Challenge, hand: Hand, problems: Problems
) -> None:
    """Note what is wrong with when a meeting is, how long, who chairs and who attends.

    A lawyer with a conflict of interest takes no part (rule 11).
    """
    officers = hand.council.directory.officers
    problems.refuse_if("day", meeting.at <= hand.now, "The meeting must be in the future.")
    beyond = hand.council.calendar.last_year
    problems.refuse_if(
        "day", local_day(meeting.at).year >= beyond, f"Enter a date before {beyond}."
    )
    length = not 1 <= meeting.minutes <= LONGEST_MEETING
    problems.refuse_if("minutes", length, f"Enter a number of minutes, at most {LONGEST_MEETING}.")
    problems.need("where", meeting.where, "Enter where the meeting is, or how to join it.")
    problems.refuse_if("chair", meeting.chair not in officers, "Choose who chairs the meeting.")
    unknown = any(one not in officers for one in meeting.invited)
    problems.refuse_if("invited", unknown, "Choose people of the list.")
    alone = not {*meeting.invited} - {meeting.chair}
    problems.refuse_if("invited", alone, "Choose at least one person besides the chair.")
    for field, people in (("chair", (meeting.chair,)), ("invited", meeting.invited)):
        barred = (
            officers[one].name
            for one in people
            if one in officers and has_conflict(one, challenge, hand.council, hand.today)
        )
        if name := next(barred, ""):
            sentence = f"Take out {name}: the legal team recorded a conflict of interest."
            problems.refuse_if(field, wrong=True, sentence=sentence)


def _everybody(meeting: ArrangeMeeting | ChangeMeeting) -> tuple[str, ...]:
    """Return all who have to attend, the chair first."""
    return tuple(dict.fromkeys((meeting.chair, *meeting.invited)))


@value
class ArrangeMeeting(Command):
    """Arrange a formal meeting ``at`` a moment (UTC); ``invited`` are the ids of officers."""

    at: datetime
    minutes: int
    where: str
    chair: str
    invited: tuple[str, ...]

    called = "Arrange a meeting"
    who = tuple(May(who, OPEN, _AT_ITS_STAGES) for who in _ARRANGERS)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[MeetingArranged]:
        """Yield the meeting."""
        problems = Problems()
        _check(self, challenge, hand, problems)
        problems.check()
        by = None
        if challenge.stage in CHAIR_AT:
            by = hand.council.within(hand.council.procedure.consider_chair_within, hand.now)
        number = len(challenge[_MEETINGS]) + 1
        yield MeetingArranged(
            *(number, self.at, self.minutes, self.where, self.chair, _everybody(self)), by
        )


def _still_ahead(challenge: Challenge, number: int) -> Meeting:
    """Return the meeting of this number. Raise ``AlreadyAnsweredError`` if it is not ahead."""
    meeting = _known(challenge, number)
    if not meeting.ahead:
        message = "That meeting was held or cancelled. Open the challenge’s page to see it."
        raise AlreadyAnsweredError(message)
    return meeting


@value
class ChangeMeeting(Command):
    """Move a meeting, or change its chair or who attends."""

    meeting: int
    at: datetime
    minutes: int
    where: str
    chair: str
    invited: tuple[str, ...]
    reason: str

    called = "Change a meeting"
    who = tuple(May(who, OPEN, _AHEAD) for who in _ARRANGERS)
    settles = (Purpose.RECORD_MEETING,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[MeetingChanged]:
        """Yield the meeting as it is from now on."""
        _still_ahead(challenge, self.meeting)
        problems = Problems()
        _check(self, challenge, hand, problems)
        problems.need("reason", self.reason, "Enter why the meeting changes.")
        problems.check()
        yield MeetingChanged(
            *(self.meeting, self.at, self.minutes, self.where, self.chair, _everybody(self)),
            self.reason,
        )


@value
class CancelMeeting(Command):
    """Cancel a meeting, with a reason."""

    meeting: int
    reason: str

    called = "Cancel a meeting"
    who = tuple(May(who, tuple(Standing), _AHEAD) for who in _ARRANGERS)
    settles = (Purpose.RECORD_MEETING,)

    def follows(self, challenge: Challenge, _hand: Hand) -> Iterator[MeetingCancelled]:
        """Yield that it is cancelled."""
        _still_ahead(challenge, self.meeting)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why the meeting is cancelled.")
        problems.check()
        yield MeetingCancelled(self.meeting, self.reason)


def called_off(challenge: Challenge, now: datetime) -> tuple[Meeting, ...]:
    """Return the meetings yet to begin, which the end of the challenge cancels."""
    return tuple(one for one in meetings_ahead(challenge) if one.at and one.at > now)


#: The acts that end a challenge, and why its meetings are then not held.
_ENDS: dict[type[Command], str] = {
    Resolve: "The challenge has ended.",
    Close: "The challenge has ended.",
    AgreeToSeal: "The record is sealed.",
}


def _beside(command: Command, challenge: Challenge, hand: Hand) -> Iterator[MeetingCancelled]:
    """Yield that each meeting yet to begin is cancelled, if ``command`` ends the challenge."""
    if why := _ENDS.get(type(command), ""):
        for meeting in called_off(challenge, hand.now):
            yield MeetingCancelled(meeting.number, why)


# Who chairs --------------------------------------------------------------------------------------


@value
class ChairConsidered(Fact):
    """The SRSM considered whether the Senior IRO Manager should chair the meeting (rule 12).

    If so ``chair`` (an officer's id) is them, and otherwise who chaired it before.
    """

    meeting: int
    senior: bool
    reason: str
    chair: str

    news = "it is decided who chairs a meeting"
    told = (Tell(Audience.INVITED, Letter.MEETING), Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the chair, and nothing asked about them."""
        before = _known(challenge, self.meeting)
        invited = tuple(dict.fromkeys((self.chair, *before.invited)))
        changed = before.changes + (self.chair != before.chair)
        after = replace(before, chair=self.chair, changes=changed).invite(event, invited)
        return settle(_with_meeting(challenge, after), _chair_key(self.meeting))

    def line(self, seen: Seen) -> str:
        """Return what she decided."""
        should = "should" if self.senior else "need not"
        return (
            f"{seen.who} decided that the Senior IRO Manager {should} chair the meeting: it is "
            f"chaired by {seen.officer(self.chair)}"
        )

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class ChairToBeConsidered(Fact):
    """The challenge has reached a stage at which the SRSM says who chairs, with a meeting ahead.

    She says by ``chair_by`` whether the Senior IRO Manager should chair it.
    """

    meeting: int
    chair_by: Deadline

    news = "it is asked who chairs a meeting"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked who chairs; nothing stops for that."""
        return ask(
            *(challenge, Purpose.CONSIDER_CHAIR, self.chair_by, event, _chair_key(self.meeting)),
            whose=Capacity.SRSM,
        )

    def line(self, seen: Seen) -> str:
        """Return what is asked, and of which meeting."""
        of = _arranged_for(self.meeting, seen.before())
        return (
            f"The service manager is to say whether the Senior IRO Manager chairs the meeting{of}"
        )

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("Chair to be considered by", self.chair_by.why, EVERYBODY)


def _not_considered(challenge: Challenge) -> tuple[Meeting, ...]:
    """Return the meetings ahead of which nobody has asked yet who chairs."""
    asked = {
        event.fact.meeting
        for event in challenge.events
        if isinstance(event.fact, ChairToBeConsidered)
        or (isinstance(event.fact, MeetingArranged) and event.fact.chair_by)
    }
    return tuple(one for one in meetings_ahead(challenge) if one.number not in asked)


def chair_to_consider(challenge: Challenge) -> tuple[Meeting, ...]:
    """Return the meetings of which the SRSM is asked whether the Senior IRO Manager chairs."""
    found = meetings_ahead(challenge)
    return tuple(one for one in found if challenge.question_by(_chair_key(one.number)))


@value
class ConsiderChair(Command):
    """Say whether the Senior IRO Manager should chair a meeting, with a reason."""

    meeting: int
    senior: bool
    reason: str

    called = "Say whether the Senior IRO Manager should chair"
    who = (Asked(),)
    settles = (Purpose.CONSIDER_CHAIR,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ChairConsidered]:
        """Yield who chairs."""
        meeting = _still_ahead(challenge, self.meeting)
        if meeting not in chair_to_consider(challenge):
            message = "Who chairs that meeting is decided. You can change the meeting instead."
            raise AlreadyAnsweredError(message)
        council, problems = hand.council, Problems()
        seniors = council.people(challenge, Role.SENIOR_IRO_MANAGER, hand.today)
        nobody = "Nobody is the Senior IRO Manager today. Choose “no”, and say who chairs instead."
        problems.refuse_if("senior", self.senior and not seniors, nobody)
        problems.need("reason", self.reason, "Enter why.")
        problems.check()
        chair = seniors[0].id if self.senior else meeting.chair
        yield ChairConsidered(self.meeting, self.senior, self.reason, chair)


# Held --------------------------------------------------------------------------------------------


@value
class MeetingOver(Fact):
    """The time of a meeting has passed: the SRSM records it by ``record_by``."""

    meeting: int
    record_by: Deadline

    news = "a meeting has to be recorded"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked to record the meeting; nothing stops for that."""
        return ask(
            *(challenge, Purpose.RECORD_MEETING, self.record_by, event, _record_key(self.meeting)),
            whose=Capacity.SRSM,
        )

    def line(self, seen: Seen) -> str:
        """Return which meeting has to be recorded."""
        of = _arranged_for(self.meeting, seen.before())
        return f"The time of the meeting{of} has passed: it has to be recorded"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("Meeting to be recorded by", self.record_by.why, EVERYBODY)


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield at once that the SRSM says who chairs, and later that a meeting has to be recorded."""
    if challenge.stage in CHAIR_AT:
        at = challenge.events[-1].effective
        by = council.within(council.procedure.consider_chair_within, now)
        for meeting in _not_considered(challenge):
            if meeting.at and meeting.at > now:
                asks = ChairToBeConsidered(meeting.number, by)
                yield Timer(at, "who chairs a meeting is to be considered", at, (asks,))
    for meeting in meetings_ahead(challenge):
        if meeting.ends and not challenge.question_by(_record_key(meeting.number)):
            by = council.within(council.procedure.send_actions_within, now)
            fact = MeetingOver(meeting.number, by)
            yield Timer(meeting.ends, "a meeting has to be recorded", meeting.ends, (fact,))


def _actions_were_agreed(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, MeetingHeld) and bool(event.fact.actions)


@value
class MeetingHeld(Fact):
    """A meeting was held on ``day``. Its ``actions`` are followed, numbered from ``first``.

    ``chair`` is an officer's id. If actions were agreed, ``whose`` sends them to all concerned by
    ``send_by``.
    """

    meeting: int
    day: date
    chair: str
    attended: str
    words: str
    first: int
    actions: tuple[AgreedAction, ...] = ()
    send_by: Deadline | None = None
    whose: Capacity = Capacity.SRSM

    news = "a meeting was held"
    told = (
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _actions_were_agreed),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.ASKED_NOW),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The numbers of the actions."""
        return tuple(range(self.first, self.first + len(self.actions)))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the actions under way beside the ladder, and asked to be sent."""
        before = _known(challenge, self.meeting)
        held = replace(before, held=self.day, chair=self.chair)
        after = _settled(_with_meeting(challenge, held), self.meeting)
        if not self.actions:
            return after
        after = with_agreed(after, self.first, self.actions, event)
        key = _send_key(self.meeting)
        return ask(after, Purpose.SEND_ACTIONS, self.send_by, event, key, whose=self.whose)

    def line(self, seen: Seen) -> str:
        """Return who recorded the meeting, of which day it is, and how many actions were agreed."""
        count = len(self.actions)
        agreed = {0: "", 1: ". 1 action was agreed"}.get(count, f". {count} actions were agreed")
        chair = seen.officer(self.chair)
        return (
            f"{seen.who} recorded the meeting of {day_in_words(self.day)}, chaired by {chair}"
            f"{agreed}"
        )

    def written(self) -> Iterator[Written]:
        """Yield who was there, what was decided, and each action."""
        yield Written("Who was there", self.attended, EVERYBODY)
        yield Written("What was discussed and decided", self.words, EVERYBODY)
        for number, action in enumerate(self.actions, start=self.first):
            yield Written(f"Action {number}", undertaking(action), EVERYBODY)
        if self.send_by:
            yield Written("Actions to be sent by", self.send_by.why, EVERYBODY)


@value
class RecordMeeting(Command):
    """Record a meeting that was held; ``meeting`` is 0 if it was not arranged here.

    The same meeting can be recorded again, with what was left out.
    """

    meeting: int
    day: date
    chair: str
    attended: str
    words: str
    actions: tuple[AgreedAction, ...] = ()

    called = "Record a meeting"
    who = tuple(May(who, OPEN, _AT_ITS_STAGES) for who in _ARRANGERS)
    settles = (Purpose.RECORD_MEETING,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[MeetingHeld]:
        """Yield the meeting, with its actions."""
        self._check(challenge, hand)
        council = hand.council
        number = self.meeting or len(challenge[_MEETINGS]) + 1
        actions = tuple(
            replace(action, owner=owner_named(action.who, council, hand.today))
            for action in self.actions
            if action.who
        )
        by = council.within(council.procedure.send_actions_within, hand.now) if actions else None
        whose = self._chairs_as(challenge, hand)
        first = len(challenge.actions) + 1
        yield MeetingHeld(
            *(number, self.day, self.chair, self.attended, self.words, first, actions, by, whose)
        )

    def _check(self, challenge: Challenge, hand: Hand) -> None:
        problems, council = Problems(), hand.council
        known = _known(challenge, self.meeting)
        gone = bool(self.meeting) and (known not in meetings(challenge) or known.cancelled)
        problems.refuse_if("meeting", gone, "Choose a meeting that was not cancelled.")
        ahead = self.day > hand.today
        problems.refuse_if("day", ahead, "The day of the meeting must be today or earlier.")
        unknown = self.chair not in council.directory.officers
        problems.refuse_if("chair", unknown, "Choose who chaired the meeting.")
        problems.need("attended", self.attended, "Enter who was there.")
        problems.need("words", self.words, "Enter what was discussed and decided.")
        for number, action in enumerate(self.actions, start=1):
            check_action(number, action, challenge.raised.child.name, hand, problems)
            field = f"action-{number}-by"
            self._refuse_beyond_the_period(field, action, challenge, hand, problems)
        problems.check()

    def _refuse_beyond_the_period(
        self, field: str, action: AgreedAction, challenge: Challenge, hand: Hand, found: Problems
    ) -> None:
        """Note an error where an action ends after the 20 days, which only the SRSM may agree."""
        end = challenge.period.day if challenge.period else None
        managers = {Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER}
        if end is not None and action.by > end and not hand.capacities & managers:
            sentence = (
                f"This date is after the 20-working-day limit, which ends on {day_in_words(end)}. "
                "The Safeguarding & Review Service Manager has to agree to that: ask them to "
                "record the meeting."
            )
            found.refuse_if(field, wrong=True, sentence=sentence)

    def _chairs_as(self, challenge: Challenge, hand: Hand) -> Capacity:
        """Return who sends the actions: the Senior IRO Manager if they chaired, or the SRSM."""
        seniors = hand.council.people(challenge, Role.SENIOR_IRO_MANAGER, hand.today)
        chaired = any(one.id == self.chair for one in seniors)
        return Capacity.SENIOR_IRO_MANAGER if chaired else Capacity.SRSM


# Sent --------------------------------------------------------------------------------------------


def to_send(challenge: Challenge) -> tuple[Meeting, ...]:
    """Return the meetings whose agreed actions have yet to be sent to all concerned."""
    found = meetings(challenge)
    return tuple(one for one in found if challenge.question_by(_send_key(one.number)))


def agreed_at(challenge: Challenge, meeting: Meeting) -> tuple[Action, ...]:
    """Return the actions that a meeting agreed, whatever became of them, in their order."""
    held = (one.fact for one in challenge.events if isinstance(one.fact, MeetingHeld))
    numbers = {
        number for fact in held if fact.meeting == meeting.number for number in fact.of_actions
    }
    return tuple(one for one in challenge.actions if one.number in numbers)


def to_send_by(challenge: Challenge, hand: Hand) -> tuple[Meeting, ...]:
    """Return those of :func:`to_send` whose actions ``hand`` may send: as manager, or as chair."""
    managers = {Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER} & hand.capacities
    found = to_send(challenge)
    return tuple(one for one in found if managers or one.chair == hand.actor.officer)


@value
class ActionsSent(Fact):
    """Chair or SRSM sent the actions that a meeting agreed to all concerned."""

    meeting: int

    news = "the actions that a meeting agreed are on the record"
    told = tuple(
        Tell(audience, at_once=True)
        for audience in (
            *(Audience.INVITED, Audience.EVERYONE_ASKED, Audience.INFORMED, Audience.BELOW),
            *(Audience.IRO, Audience.SRSM, Audience.SENIOR),
        )
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with nothing more to send."""
        return settle(challenge, _send_key(self.meeting))

    def line(self, seen: Seen) -> str:
        """Return who sent the actions of which meeting."""
        held = _known(seen.challenge, self.meeting).held
        of = f" of {day_in_words(held)}" if held else ""
        return f"{seen.who} sent the actions agreed at the meeting{of} to all concerned"

    def written(self) -> Iterator[Written]:
        """Yield nothing: the actions are on the record."""
        yield from ()


_TO_SEND = If(
    "agreed actions have yet to be sent (rule 12)",
    lambda challenge, _council: bool(to_send(challenge)),
)


_IRO_CHAIRED = If(
    "they chaired a meeting whose agreed actions have yet to be sent (rule 12)",
    lambda challenge, _council: any(one.chair == challenge.iro for one in to_send(challenge)),
)
_OTHERS_CHAIRED = If(
    _IRO_CHAIRED.words,
    lambda challenge, _council: any(one.chair != challenge.iro for one in to_send(challenge)),
)


@value
class SendActions(Command):
    """Send the actions that a meeting agreed to all concerned, as its chair or as the SRSM."""

    meeting: int

    called = "Send the agreed actions"
    who = (
        May(Capacity.SRSM, OPEN, _TO_SEND),
        May(Capacity.SENIOR_IRO_MANAGER, OPEN, _TO_SEND),
        May(Capacity.IRO, OPEN, _IRO_CHAIRED),
        May(Capacity.RESPONDER, OPEN, _OTHERS_CHAIRED),
        May(Capacity.INFORMED, OPEN, _OTHERS_CHAIRED),
    )
    settles = (Purpose.SEND_ACTIONS,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ActionsSent]:
        """Yield that they are sent."""
        if _known(challenge, self.meeting) not in to_send_by(challenge, hand):
            message = "Choose a meeting whose actions have not been sent yet."
            raise NotAllowedError(message)
        yield ActionsSent(self.meeting)


MEETINGS = Part(
    12,
    "Meetings",
    facts=(
        *(MeetingArranged, MeetingChanged, MeetingCancelled),
        *(ChairToBeConsidered, ChairConsidered),
        *(MeetingOver, MeetingHeld, ActionsSent),
    ),
    acts=(
        *(ArrangeMeeting, ChangeMeeting, CancelMeeting, ConsiderChair),
        *(RecordMeeting, SendActions),
    ),
    timers=_timers,
    beside=_beside,
)
