"""Rule 15, served: whether the current request reached anybody, and what follows if it did not.

A request counts as served once it was accepted for delivery to somebody and did not come back. If
the email was refused or came back, or the post is vacant, it is not served and the SRSM names
somebody. ``facts_of_delivery`` takes what is known about each email. If nobody is reached within
five working days after the stage began, the challenge goes on (``domain/rules/naming.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import (
    Challenge,
    Returned,
    ask,
    settle,
    start_clock,
    stop_clock,
    with_request,
)
from domain.deadlines import Deadline, How, deadline_in
from domain.events import AboutRequest, Event, Fact
from domain.moments import day_in_words, local_day
from domain.part import EVERYBODY, Part, Seen, Tell, Written
from domain.people import people_asked
from domain.rules.holds import held_after
from domain.values import Value, value
from domain.vocabulary import Audience, Letter, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from domain.council import Council

__all__ = [
    "SERVE_KEY",
    "SERVING",
    "Bounced",
    "Delivery",
    "NotServed",
    "NotServedCause",
    "Served",
    "asked_on",
    "counted_from",
    "facts_of_delivery",
    "matters_if_back",
    "to_be_served_by",
]

#: The key of the date by which somebody has to be reached.
SERVE_KEY = "serve-by"


class NotServedCause(StrEnum):
    """Why a responder could not be asked."""

    VACANT = "the post is vacant"
    THEIR_OWN = "only the IRO answers for the post, and nobody answers their own challenge"
    REFUSED = "the address was refused"
    NOT_SENT = "the request could not be sent before its deadline"
    BOUNCED = "the letter came back"

    @property
    def in_words(self) -> str:
        """Return it as people read it; the stored value of the last has an older word."""
        return "the email came back" if self is NotServedCause.BOUNCED else str(self)


@value
class Served(AboutRequest):
    """The request was accepted for delivery to ``officer``.

    ``deadline`` is set if that was on a later day than the assignment: the days count from the
    day when it was served.
    """

    request: int
    officer: str
    deadline: Deadline | None = None

    # Nobody needs an email about an email: this is for operators and the timeline.
    news = "a request was sent"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it served on them, without a question to name somebody else."""
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        news = self.deadline is not None or not request.served
        returned = request.returned
        ledger, late = request.ledger, self.deadline
        after = with_request(
            challenge,
            self.request,
            served=request.served | {self.officer},
            ledger=ledger.entered(How.SERVED_LATE, late, event.number) if late else ledger,
            known_since=event.effective if news else request.known_since,
            reminded=request.reminded and self.deadline is None,
            returned=None if returned is Returned.NOT_SERVED else returned,
        )
        if request != challenge.request:
            return after
        after, question = stop_clock(after, SERVE_KEY), challenge.question
        named = question is not None and question.purpose is Purpose.NAME_SOMEBODY
        return settle(after) if named else after

    def line(self, seen: Seen) -> str:
        """Return who it was sent to, and the new deadline if there is one."""
        due = day_in_words(self.deadline.day) if self.deadline else ""
        late = f". The days count from then: a reply is due by the end of {due}" if due else ""
        return f"The request was accepted for delivery to {seen.officer(self.officer)}{late}"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the new deadline."""
        if self.deadline:
            yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def _others_were_reached(challenge: Challenge, event: Event) -> bool:
    """Whether the request reached somebody; if nobody, ``NotServed`` has the emails."""
    fact = event.fact
    request = challenge.request_number(fact.request) if isinstance(fact, Bounced) else None
    return request is not None and bool(request.served)


@value
class Bounced(AboutRequest):
    """The request to ``officer`` was refused, or came back after it had been accepted.

    So it was not served on them. If it was served on nobody else, ``NotServed`` follows.
    """

    request: int
    officer: str

    news = "an email has come back"
    told = (
        Tell(Audience.IRO, when=_others_were_reached),
        Tell(Audience.SRSM, when=_others_were_reached),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it bounced for them, and not served."""
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        return with_request(
            challenge,
            self.request,
            served=request.served - {self.officer},
            bounced=request.bounced | {self.officer},
        )

    def line(self, seen: Seen) -> str:
        """Return who was not reached."""
        name = seen.officer(self.officer)
        return f"The request did not reach {name}: the email was refused, or came back"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class NotServed(AboutRequest):
    """Nobody could be asked. The SRSM names somebody by ``name_by``, and gets an email at once.

    If nobody is reached by ``serve_by`` the challenge goes on; ``None`` at QAP. A date that runs
    already stays.
    """

    request: int
    cause: NotServedCause
    name_by: Deadline
    serve_by: Deadline | None = None

    news = "nobody could be asked to reply"
    told = (
        Tell(Audience.SRSM, Letter.DECIDE, at_once=True),
        Tell(Audience.IRO, at_once=True),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked to name somebody."""
        after = with_request(challenge, self.request, returned=Returned.NOT_SERVED)
        after = ask(after, Purpose.NAME_SOMEBODY, self.name_by, event)
        if self.serve_by is None or challenge.clock(SERVE_KEY):
            return after
        called = "the date by which somebody has to be reached"
        return start_clock(after, SERVE_KEY, called, self.serve_by, event)

    def line(self, _seen: Seen) -> str:
        """Return why nobody could be asked."""
        return f"Nobody could be asked to reply: {self.cause.in_words}"

    def written(self) -> Iterator[Written]:
        """Yield the sums behind the dates."""
        yield Written("Somebody to be named by", self.name_by.why, EVERYBODY)
        if self.serve_by:
            yield Written("Somebody to be reached by", self.serve_by.why, EVERYBODY)


def counted_from(day: date, now: datetime, council: Council) -> date:
    """Return from when days count that follow a deadline of ``day`` which has lapsed by ``now``.

    That is the day itself. If the software slept through it, it is today: nobody can be reached in
    the past.
    """
    today = local_day(now)
    return day if today <= council.calendar.add(day, 1) else today


def asked_on(challenge: Challenge) -> date:
    """Return the day on which the present stage began, or was asked again.

    A reassignment goes on with the history of the deadline.
    """
    request = challenge.request
    return request.ledger.first.counted_from or local_day(request.opened)


def to_be_served_by(challenge: Challenge, today: date, council: Council) -> Deadline | None:
    """Return by when somebody has to be reached; ``None`` at QAP, where it waits.

    That is five working days after the stage began, and never before the SRSM and the Senior IRO
    Manager have had their time to name somebody.
    """
    if not challenge.stage.formal:
        return None
    procedure, calendar = council.procedure, council.calendar
    within = deadline_in(procedure.served_within, asked_on(challenge), calendar)
    least = deadline_in(2 * procedure.name_somebody_within, today, calendar)
    return council.later_of(within, least)


# What the post says ------------------------------------------------------------------------------


@value
class Delivery(Value):
    """What is known about the email that asks ``officer`` for the current reply.

    ``due`` is the moment from which it had to be sent, ``None`` if they are no longer asked because
    they have left the post. ``sent_at`` is when it was accepted for delivery; ``refused`` that it
    never will be; ``came_back_at`` when it came back after it had been accepted. Moments are UTC.
    """

    officer: str
    due: datetime | None
    sent_at: datetime | None = None
    refused: bool = False
    came_back_at: datetime | None = None


def _is_to_be_served(challenge: Challenge) -> bool:
    """Whether it still matters who has received the current request."""
    request = challenge.request
    return challenge.open and not request.answered and not request.superseded


def matters_if_back(challenge: Challenge, event: int, officer: str) -> bool:
    """Whether anything follows if the email about event number ``event`` to ``officer`` came back.

    Only for the current request, while it has no reply, and once for each officer.
    """
    request = challenge.request
    present = event == request.event and officer not in request.bounced
    return present and _is_to_be_served(challenge)


def facts_of_delivery(
    challenge: Challenge, deliveries: Sequence[Delivery], now: datetime, council: Council
) -> Iterator[tuple[Fact, datetime]]:
    """Yield the facts that follow from the emails and are not on the record, with their moments.

    ``deliveries`` say what happened to the email of each officer who is asked today, and of each on
    whom it was served; no other email matters. Nothing follows once the request is answered or the
    challenge has ended.
    """
    request = challenge.request
    if not _is_to_be_served(challenge):
        return
    asked = [one for one in deliveries if one.due is not None]
    came_back = _came_back(challenge, deliveries, now)
    for officer, moment in came_back.items():
        yield Bounced(request.number, officer), moment
    failed = request.bounced | came_back.keys()
    reached = request.served - came_back.keys()
    # Whoever was reached before has left the post, or somebody who may not reply covers it.
    served = frozenset[str]() if request.returned is Returned.NOT_SERVED else reached
    for one in asked:
        if one.sent_at and one.officer not in served | failed:
            late = None if served else _served_late(challenge, one, council)
            yield Served(request.number, one.officer, late), one.sent_at
            served |= {one.officer}
    if served & {one.officer for one in asked}:
        for one in asked:
            if one.refused and one.officer not in failed:
                yield Bounced(request.number, one.officer), now
    else:
        cause = _why_nobody(challenge, asked, now, council)
        if cause:
            name_by = council.within(council.procedure.name_somebody_within, now)
            serve_by = to_be_served_by(challenge, council.day_of(now), council)
            yield NotServed(request.number, cause, name_by, serve_by), now


def _came_back(
    challenge: Challenge, deliveries: Sequence[Delivery], now: datetime
) -> dict[str, datetime]:
    """Return whose email came back, and when, without those already on the record.

    This includes officers who have left the post since: they were asked, and not reached.
    """
    request = challenge.request
    return {
        one.officer: min(one.came_back_at, now)
        for one in sorted(deliveries, key=lambda one: one.officer)
        if one.came_back_at and one.officer not in request.bounced
        if one.due or one.officer in request.served
    }


def _why_nobody(
    challenge: Challenge, asked: Sequence[Delivery], now: datetime, council: Council
) -> NotServedCause | None:
    """Return why nobody can be asked, if so; ``None`` also while no reply is due."""
    if not challenge.awaiting_reply:
        return None
    if not asked:
        today, posts = local_day(now), challenge.request.posts
        if any(people_asked(challenge, post, council, today) for post in posts):
            return None  # they will get their own emails
        held = any(council.directory.people(post, today) for post in posts)
        return NotServedCause.THEIR_OWN if held else NotServedCause.VACANT
    if not all(one.refused or one.came_back_at for one in asked):
        return None
    refused = all(one.refused for one in asked)
    return NotServedCause.REFUSED if refused else NotServedCause.BOUNCED


#: Entries that set the days to reply; all other entries of a ledger move them.
_SETS = (
    *(How.FIRST, How.REVISED, How.NEW_DATE, How.REASSIGNED),
    *(How.OBJECTED, How.UPHELD),
)


def _served_late(challenge: Challenge, delivery: Delivery, council: Council) -> Deadline | None:
    """Return the new deadline, if it was first served on a later day than it should have been.

    The days to reply count from the day on which it was served, or from the next working day if
    that was after the cut-off hour. On hold, the working days of the
    hold after that day are added, but none before it: a hold moves the deadline by the days that it
    takes from the responder, and it takes none from somebody who has not been asked yet. If the
    hold ends early, unused days are taken back from this deadline as from any other. A day that a
    person set stays, with the days by which a hold has moved it. A deadline never becomes earlier.
    """
    entries = challenge.request.ledger.entries
    sets = max(number for number, entry in enumerate(entries) if entry.how in _SETS)
    days = entries[sets].deadline.working_days
    if not delivery.due or not delivery.sent_at or days is None:
        return None
    if local_day(delivery.sent_at) <= local_day(delivery.due):
        return None
    day = council.day_of(delivery.sent_at)
    if any(entry.how is How.HELD for entry in entries[sets + 1 :]):
        days += held_after(challenge, day, council)
    late = deadline_in(days, day, council.calendar)
    return late if late.day >= challenge.request.deadline.day else None


SERVING = Part(15, "Served", facts=(Served, Bounced, NotServed))
