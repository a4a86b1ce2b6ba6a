"""Who hears of what, how and when: read from what each kind of fact says.

Source: the procedure, "Emails". This module alone decides it::

    at once     a request or question to whoever has to act, the receipt of what came by email, and
                that a stage began, was answered or ended, to the SRSM and the ladder's "informed":
                where a person acted
    at 09:00    the new responder's request, the IRO's question, reminders: where the clock acted
    the daily   everything else, on the next working day (``told_in_the_morning``)

A ``Tell`` may say ``at_once``. An officer gets one email a challenge and moment, the most urgent;
nobody gets one about their own act. An email is identified by its event and its recipient.

Guidance: G31, G54.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import time
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from domain.deadlines import office_time
from domain.events import AboutRequest
from domain.ladder import Role
from domain.lawyers import LEGAL, briefed_posts
from domain.moments import OFFICE_HOUR, local_day, to_local
from domain.part import kind_of
from domain.people import (
    IROS_BEFORE,
    actions_of,
    does_outside,
    informed_before,
    overseers,
    people_asked,
    people_who_do,
    supporters,
)
from domain.rules.meetings import meeting_of
from domain.values import Value, value
from domain.vocabulary import Audience, Capacity, Letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from domain.challenge import Action, Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.events import Event, Fact
    from domain.part import Tell
    from domain.working_days import WorkingDays

__all__ = [
    "LAST_FOR_TODAY",
    "Channel",
    "News",
    "Notice",
    "about_actions",
    "channel",
    "emailed_whole",
    "letters_due_after",
    "next_morning",
    "notice_key",
    "notices",
    "request_of",
    "told_in_the_morning",
    "way_of",
]


class Channel(Enum):
    """How somebody hears of an event: by an email of its own at once or at 09:00, or the daily."""

    AT_ONCE = auto()
    OFFICE_HOUR = auto()
    DAILY = auto()


@value
class Notice(Value):
    """``officer`` has to get ``letter`` about ``event``, not before ``not_before`` (UTC).

    ``instead`` are the keys of emails of the same moment that are as urgent: whoever had one of
    those needs no other. ``since`` is the first event of the moment. ``also`` are the other events
    of the moment about which they would have the same email: this one is about them as well.
    """

    event: Event
    officer: Officer
    letter: Letter
    not_before: datetime
    instead: frozenset[str] = frozenset()
    since: int = 0
    also: tuple[Event, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """All events that it is about, in order."""
        return tuple(sorted((self.event, *self.also), key=lambda event: event.number))

    @property
    def asks_once(self) -> str:
        """What it asks, if other challenges may ask the same of its reader today; or empty."""
        asks = self.letter is Letter.DECIDE and not self.also
        return self.event.fact.asks_once if asks else ""

    @property
    def day(self) -> date:
        """The local day from which it may go out: on which one email asks for all, if one does.

        It stays the same when an email is tried again after midnight.
        """
        return local_day(self.not_before)

    @property
    def key(self) -> str:
        """Its key within its challenge: ``000007#officer``."""
        return notice_key(self.event.number, self.officer.id)


@value
class News(Value):
    """``officers`` (ids) have to hear of ``event`` in their daily email.

    ``adds`` is a sentence for them after the event's line. ``what_next``: they also have to hear
    what happens next.
    """

    event: Event
    officers: frozenset[str]
    adds: str = ""
    what_next: bool = False


def notice_key(event: int, officer: str) -> str:
    """Return the key of the notice about event number ``event`` to ``officer`` (an id)."""
    return f"{event:06d}#{officer}"


# How and when ------------------------------------------------------------------------------------

#: Who hears at once that a stage began, was answered or ended.
_AT_KEY_POINTS = (Audience.SRSM, Audience.INFORMED)


def channel(challenge: Challenge, event: Event, tell: Tell) -> Channel:
    """Return how those of ``tell`` hear of ``event``."""
    new = any(request.event == event.number for request in challenge.requests)
    return way_of(type(event.fact), tell, automatic=event.automatic, new_request=new)


def way_of(kind: type[Fact], tell: Tell, *, automatic: bool, new_request: bool) -> Channel:
    """Return how those of ``tell`` hear of a fact of this kind.

    ``automatic``: the clock did it, not a person. ``new_request``: it asks for a reply for the
    first time, and does not only move the deadline.
    """
    letter = tell.letter
    if tell.at_once:
        return Channel.AT_ONCE
    if not automatic:
        at_key_point = kind.key_point and tell.audience in _AT_KEY_POINTS
        own = not letter.for_information or at_key_point
        return Channel.AT_ONCE if own else Channel.DAILY
    own = (
        letter.reminds
        or (letter is Letter.PLEASE_REPLY and new_request)
        or (letter is Letter.DECIDE and tell.audience is Audience.IRO)
    )
    return Channel.OFFICE_HOUR if own else Channel.DAILY


def _outside(event: Event) -> Channel:
    """Return how somebody outside the council hears of ``event``: they have no daily email."""
    return Channel.OFFICE_HOUR if event.automatic else Channel.AT_ONCE


def _not_before(event: Event, way: Channel, calendar: WorkingDays) -> datetime:
    """Return the moment (UTC) from which an email about ``event`` may go out."""
    if way is Channel.AT_ONCE:
        return event.recorded
    due = office_time(event.effective, calendar)
    if due >= event.recorded:
        return due
    local = to_local(event.recorded)
    in_hours = calendar.is_working_day(local.date()) and local.time() >= OFFICE_HOUR
    return event.recorded if in_hours else office_time(event.recorded, calendar)


def _moment(event: Event, way: Channel, calendar: WorkingDays) -> datetime | str:
    """Return what events have in common whose emails are of one moment.

    For what a person did it is their command. What happened by itself is told at the same time.
    """
    return _not_before(event, way, calendar) if event.automatic else event.command


# Emails of their own -----------------------------------------------------------------------------


def notices(
    challenge: Challenge, now: datetime, council: Council, after: int = 0
) -> Iterator[Notice]:
    """Yield the emails that follow from the record, to the people who hold the posts ``now``.

    Everybody has had the emails up to event ``after``. Of those events only the current request is
    looked at again, so that somebody new on the post is asked as well. An email that asks for
    something already settled is left out: a newer event has an email about that.
    """
    moments: dict[tuple[str, datetime | str], list[_Mail]] = defaultdict(list)
    since: dict[datetime | str, int] = {}
    for event in challenge.events:
        if event.number <= after and event.number != challenge.request.event:
            continue
        for tell, officer, way in _heard(challenge, event, council, now):
            asks = tell.letter is Letter.PLEASE_REPLY
            if way is not Channel.DAILY and (event.number > after or asks):
                moment = _moment(event, way, council.calendar)
                since.setdefault(moment, event.number)
                mail = _Mail(event, officer, tell.letter, way)
                moments[officer.id, moment].append(mail)
    for (_, moment), mails in moments.items():
        unsettled = [one for one in mails if not _settled(challenge, one, council, now)]
        if unsettled:
            first = min(unsettled, key=lambda one: one.place(challenge))
            also = {
                one.event.number: one.event
                for one in unsettled
                if one.letter is first.letter and one.event is not first.event
            }
            calendar, events = council.calendar, tuple(also.values())
            yield first.notice(mails, calendar, since[moment], events)


@value
class _Mail(Value):
    """One of the emails that an officer would get about the events of one moment."""

    event: Event
    officer: Officer
    letter: Letter
    way: Channel

    def place(self, challenge: Challenge) -> tuple[int, bool, int]:
        """Return its place among them: the most urgent first, then the present request's.

        Of several questions the first counts, of other emails the last.
        """
        present, number = self.event.number == challenge.request.event, self.event.number
        return self.letter.urgency, not present, number if self.letter is Letter.DECIDE else -number

    def notice(
        self, all_: list[_Mail], calendar: WorkingDays, since: int, also: tuple[Event, ...]
    ) -> Notice:
        """Return the notice, where it is the one of ``all_`` that is sent, ``also`` about these."""
        instead = frozenset(
            notice_key(one.event.number, one.officer.id)
            for one in all_
            if one.letter.urgency <= self.letter.urgency
        )
        when = _not_before(self.event, self.way, calendar)
        return Notice(self.event, self.officer, self.letter, when, instead, since, also)


def emailed_whole(challenge: Challenge, council: Council, up_to: int) -> int:
    """Return the last event up to ``up_to`` that does not part the events of one moment."""
    calendar, ways = council.calendar, (Channel.AT_ONCE, Channel.OFFICE_HOUR)
    first: dict[datetime | str, int] = {}
    spans = []
    for event in challenge.events:
        for way in ways:
            begins = first.setdefault(_moment(event, way, calendar), event.number)
            spans.append((begins, event.number))
    while parted := [begins for begins, ends in spans if begins <= up_to < ends]:
        up_to = min(parted) - 1
    return up_to


def letters_due_after(challenge: Challenge, now: datetime, council: Council) -> list[datetime]:
    """Return the moments after ``now`` at which emails wait to be sent."""
    ways = (
        (event, _outside(event) if tell.audience is Audience.OWNER else way)
        for event in challenge.events
        for tell in _told(challenge, event)
        for way in (channel(challenge, event, tell),)
    )
    found = {
        _not_before(event, way, council.calendar) for event, way in ways if way is not Channel.DAILY
    }
    return sorted(moment for moment in found if moment > now)


# In the daily email ------------------------------------------------------------------------------


#: What is kept before this local time of a working day is in that morning's daily emails, which are
#: written at 09:30; what is kept later is in the next. In between lies more time than any function
#: that keeps it may run, so nothing is added to a morning that is being told.
LAST_FOR_TODAY = time(9, 20)


def next_morning(now: datetime, calendar: WorkingDays) -> date:
    """Return the working day in whose daily emails it is told what is kept ``now``."""
    local = to_local(now)
    today = local.date()
    in_time = calendar.is_working_day(today) and local.time() < LAST_FOR_TODAY
    return today if in_time else calendar.add(today, 1)


def told_in_the_morning(
    challenge: Challenge, now: datetime, council: Council, after: int
) -> Iterator[News]:
    """Yield what the daily emails have to tell of the events later than number ``after``.

    Whoever has an email of their own about an event is not told of it again, nor of what was done
    with it, if that email is about all of it.
    """
    of_all: dict[str, set[str]] = defaultdict(set)
    for event in challenge.events[after:]:
        news: dict[tuple[str, bool], set[str]] = defaultdict(set)
        told = list(_heard(challenge, event, council, now))
        of_all[event.command] |= {officer.id for tell, officer, _ in told if tell.of_all}
        heard = {officer.id for _, officer, way in told if way is not Channel.DAILY}
        heard |= of_all[event.command]
        for tell, officer, way in told:
            if way is Channel.DAILY and officer.id not in heard:
                heard.add(officer.id)
                news[tell.adds, tell.what_next].add(officer.id)
        for (adds, what_next), officers in news.items():
            yield News(event, frozenset(officers), adds, what_next)


# Who ---------------------------------------------------------------------------------------------


def _heard(
    challenge: Challenge, event: Event, council: Council, now: datetime
) -> Iterator[tuple[Tell, Officer, Channel]]:
    """Yield who hears of ``event``, by which ``Tell`` and how; some by more than one.

    Nobody hears of their own act, but for the receipt of what came by email and what their calendar
    needs. Whoever is asked to reply is asked in any case: it counts as served only then.
    """
    for tell in _told(challenge, event):
        if not tell.when(challenge, event):
            continue
        way = channel(challenge, event, tell)
        receipt = tell.letter.receipt
        if receipt and not event.by_email:
            continue
        for officer in _people(challenge, event, tell.audience, council, now):
            own = officer.id == event.actor.officer
            if not own or receipt or tell.own or tell.letter is Letter.PLEASE_REPLY:
                outside = way is Channel.DAILY and does_outside(officer.id, challenge)
                yield tell, officer, _outside(event) if outside else way


def _told(challenge: Challenge, event: Event) -> tuple[Tell, ...]:
    """Return who hears about ``event``: of a sealed record the data protection officer alone.

    Only that a meeting is called off is told to those who would go there.
    """
    told = kind_of(event.fact).told
    if not challenge.sealed:
        return told
    return tuple(one for one in told if one.of_sealed or one.audience is Audience.DATA_PROTECTION)


def _settled(challenge: Challenge, mail: _Mail, council: Council, now: datetime) -> bool:
    """Whether what the email asks for has been settled since."""
    event, fact, letter = mail.event, mail.event.fact, mail.letter
    if letter.is_owners:
        actions = about_actions(challenge, event)
        theirs = actions_of(mail.officer, challenge, council, local_day(now))
        running = {one.state.running and challenge.open for one, _ in theirs if one in actions}
        return (letter is not Letter.ACTION_ENDED) not in running
    if letter not in (Letter.PLEASE_REPLY, Letter.REMINDER):
        return False
    present = challenge.request
    about = fact.request if isinstance(fact, AboutRequest) else present.number
    over = not challenge.open or challenge.stage_clock_stopped
    return about != present.number or over or present.answered


def about_actions(challenge: Challenge, event: Event) -> tuple[Action, ...]:
    """Return the actions that ``event`` is about: those that it names, or that began with it."""
    named, number = event.fact.of_actions, event.number
    return tuple(
        action
        for action in challenge.actions
        if action.number in named or action.ledger.entries[0].event == number
    )


def request_of(challenge: Challenge, event: Event) -> int:
    """Return the number of the request that ``event`` is about, or of the one current then."""
    if isinstance(event.fact, AboutRequest):
        return event.fact.request
    made = [one.number for one in challenge.requests if one.event <= event.number]
    return made[-1] if made else 1


def _neighbours(challenge: Challenge, council: Council, _today: date) -> tuple[Officer, ...]:
    lawyer = council.directory.officers.get(challenge[LEGAL].neighbour)
    return (lawyer,) if lawyer else ()


#: Audiences that are people, and not whoever acts for some posts.
_PEOPLE_OF: dict[Audience, Callable[[Challenge, Council, date], tuple[Officer, ...]]] = {
    Audience.SRSM: partial(overseers, Capacity.SRSM),
    Audience.SENIOR: partial(overseers, Capacity.SENIOR_IRO_MANAGER),
    Audience.LEGAL_SUPPORT: supporters,
    Audience.NEIGHBOUR_LAWYER: _neighbours,
}


def _people(
    challenge: Challenge, event: Event, audience: Audience, council: Council, now: datetime
) -> list[Officer]:
    directory = council.directory
    today = local_day(now)
    if audience is Audience.IRO:
        return list(directory.acting_for_iro(challenge.iro, today))
    if audience in (Audience.IRO_BEFORE, Audience.WHO_DID_IT, Audience.INVITED):
        ids = _named(challenge, event, audience)
        return [directory.officers[officer] for officer in ids if officer in directory.officers]
    if audience in _PEOPLE_OF:
        return list(_PEOPLE_OF[audience](challenge, council, today))
    if audience is Audience.OWNER:
        return _owners(challenge, event, council, today)
    posts = _posts(challenge, event, audience, council, today)
    if audience in (Audience.ASKED, Audience.ASKED_NOW, Audience.EVERYONE_ASKED):
        return [one for post in posts for one in people_asked(challenge, post, council, today)]
    return [officer for post in posts for officer in directory.people(post, today)]


def _named(challenge: Challenge, event: Event, audience: Audience) -> tuple[str, ...]:
    """Return the ids of an audience that consists of people, whatever posts they hold."""
    if audience is Audience.WHO_DID_IT:
        return (event.actor.officer,)
    if audience is Audience.IRO_BEFORE:
        return tuple(one.officer for one in challenge[IROS_BEFORE] if one.until == event.number)
    meeting = meeting_of(challenge, event.fact)
    return meeting.to_hear(event) if meeting else ()


def _owners(challenge: Challenge, event: Event, council: Council, today: date) -> list[Officer]:
    """Return who does the actions that ``event`` is about today, each person once.

    Somebody outside has an id for each action: one email to their address is enough.
    """
    found = [
        person
        for action in about_actions(challenge, event)
        for person in people_who_do(action, challenge, council, today)
    ]
    return list({person.email.casefold(): person for person in reversed(found)}.values())


def _posts(
    challenge: Challenge, event: Event, audience: Audience, council: Council, today: date
) -> tuple[str, ...]:
    request = challenge.request_number(request_of(challenge, event))
    stage = request.stage if request else challenge.stage
    if audience is Audience.DATA_PROTECTION:
        found = council.directory.posts_of(Role.DATA_PROTECTION_OFFICER)
        return tuple(post.id for post in found)
    if audience in (Audience.ASKED, Audience.ASKED_NOW):
        asked = request if audience is Audience.ASKED else challenge.request
        return asked.posts if asked else ()
    if audience is Audience.EVERYONE_ASKED:
        return tuple(p for r in challenge.requests if r.stage is stage for p in r.posts)
    if audience is Audience.AREA_BEFORE:
        moved = informed_before(challenge, council)
        return tuple(post for post, until in moved.items() if until == event.number)
    if audience is Audience.BRIEFED:
        return briefed_posts(challenge, council, today)
    roles: dict[Audience, tuple[Role, ...]] = {
        Audience.LEGAL_TEAM: (Role.LEGAL_TEAM,),
        Audience.INFORMED: council.ladder[stage].informed,
        Audience.BELOW: council.ladder.below(stage),
        Audience.DIRECTOR: (Role.DIRECTOR,),
    }
    return tuple(post for role in roles[audience] for post in council.posts(challenge, role))
