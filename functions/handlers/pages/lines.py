"""Events as lines of a page: what happened, who in what capacity, when, and what they wrote."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from domain.events import CLOCK
from domain.moments import date_in_words, local_day, moment_in_words
from domain.rules.childs_rights import ChildsRightsRecorded
from domain.rules.corrections import Corrected
from domain.rules.discussions import ConversationRecorded
from domain.rules.filing import PlacedOnFile
from domain.rules.history import HistoryOpened
from domain.rules.lateness import Chased
from domain.rules.letters_to_child import ChildWrittenTo
from domain.rules.notes import Noted
from domain.rules.owners import ActionReminded
from domain.rules.serving import Served
from domain.rules.stages import Reminded
from domain.rules.supervision import DiscussedInSupervision
from domain.timeline import details_of, headline
from domain.values import Value, value
from domain.vocabulary import Capacity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event

__all__ = ["Reminders", "TimelineEntry", "anchor_of", "days_left", "grouped", "is_decision", "line"]

#: An event that was recorded later than this after it took effect says when it was recorded.
_AT_ONCE = timedelta(minutes=5)

#: What only says that something is due, or late.
_REMINDERS = (Chased, Reminded, ActionReminded)

#: What people do that decides nothing.
_RECORDED_ONLY = (
    *(ChildsRightsRecorded, ChildWrittenTo, ConversationRecorded, Corrected, HistoryOpened),
    *(DiscussedInSupervision, Noted, PlacedOnFile, Served),
)

#: Capacities in which somebody acts because of their post.
_OF_A_POST = (Capacity.RESPONDER, Capacity.INFORMED, Capacity.INFORMED_BEFORE, Capacity.OWNER)

_WAYS_IN = {"link": " (by emailed link)"}


@value
class TimelineEntry(Value):
    """One event, in words. ``details`` are (label, text) pairs.

    ``corrected`` are its corrections (rule 16): each the number of its event, and its line. ``day``
    is the local day on which it took effect; ``reminds``: it only says that something is due, or
    late; ``decides``: a person decided something by it.
    """

    number: int
    headline: str
    who: str
    when: str
    details: tuple[tuple[str, str], ...]
    corrected: tuple[tuple[int, str], ...] = ()
    day: date = date.min
    reminds: bool = False
    decides: bool = False

    group = False


@value
class Reminders(Value):
    """Reminders that follow each other on the record, in one line: ``7 reminders, 3 to 11 …``."""

    headline: str
    entries: tuple[TimelineEntry, ...]

    group = True


def grouped(entries: Sequence[TimelineEntry]) -> list[TimelineEntry | Reminders]:
    """Return the lines of a record, newest first, with those in one that only remind."""
    found: list[TimelineEntry | Reminders] = []
    for reminds, some in groupby(entries, lambda one: one.reminds):
        together = tuple(some)
        if reminds and len(together) > 1:
            days = _from_to(together[-1].day, together[0].day)
            found.append(Reminders(f"{len(together)} reminders, {days}", together))
        else:
            found += together
    return found


def _from_to(first: date, last: date) -> str:
    """Return ``3 to 11 December 2026``, or with both months; of one day that day."""
    end = date_in_words(last)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    return f"{date_in_words(first)} to {end}"


def is_decision(event: Event) -> bool:
    """Whether a stage began, was answered or ended by it, or a person decided something."""
    fact = event.fact
    return fact.key_point or (not event.automatic and not isinstance(fact, _RECORDED_ONLY))


def line(
    event: Event,
    challenge: Challenge,
    council: Council,
    who: frozenset[Capacity],
    corrected: tuple[Event, ...] = (),
) -> TimelineEntry:
    """Return ``event`` of ``challenge`` in words, for ``who`` to read, with what corrected it."""
    actor = event.actor
    author = f"{actor.name}, {_role(event, challenge, council)}{_WAYS_IN.get(actor.via, '')}"
    if actor.typed_by:
        author += f"; written for them by {actor.typed_by}"
    when = moment_in_words(event.effective)
    if event.recorded - event.effective > _AT_ONCE:
        when += f", recorded {moment_in_words(event.recorded)}"
    return TimelineEntry(
        event.number,
        headline(event, challenge, council),
        "Automatic" if actor == CLOCK else author,
        when,
        details_of(event, challenge, who),
        tuple(
            (one.number, f"{one.actor.name} corrected this on {moment_in_words(one.effective)}")
            for one in corrected
        ),
        local_day(event.effective),
        isinstance(event.fact, _REMINDERS),
        is_decision(event),
    )


def _role(event: Event, challenge: Challenge, council: Council) -> str:
    """Return what somebody was when they acted: ``Social Worker``, ``IRO``, or by what they did it.

    Whoever was asked or informed has the role of their post, if they hold one still.
    """
    capacity = event.actor.capacity
    if capacity in _OF_A_POST:
        day = local_day(event.effective)
        held = council.directory.posts_held(event.actor.officer, day)
        asked = {post for request in challenge.requests for post in request.posts}
        first = sorted(held, key=lambda post: post.id not in asked)
        return str(first[0].role) if first else capacity
    return "IRO" if capacity == Capacity.IRO else capacity.removeprefix("the ")


def anchor_of(task: str) -> str:
    """Return the place on a challenge's page where what settles a task is: ``to-do-action-2``.

    ``task`` is its key.
    """
    return f"to-do-{task}"


def days_left(day: date, today: date, council: Council) -> str:
    """Return ``2 working days left``, ``due today`` or ``1 working day late``."""
    if day == today:
        return "due today"
    days = council.calendar.between(today, day)
    unit = "working day" if abs(days) == 1 else "working days"
    if day < today:
        return f"{-days} {unit} late" if days else "late"
    return f"{days} {unit} left" if days else "due before the next working day"
