"""Who gets which email about what, and when: read from what each kind of fact says.

Source: the ladder's "informed", rules 3 to 9, 15 and 16; the procedure, "Deadlines": emails about
what people did go out at once; reminders and emails about automatic facts at 09:00 local on a
working day. An email is identified by its event and its recipient, and is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.deadlines import office_time
from domain.events import AboutRequest
from domain.ladder import Role
from domain.moments import OFFICE_HOUR, local_day, to_local
from domain.part import kind_of
from domain.people import people_asked, people_who_do
from domain.rulebook import PARTS
from domain.vocabulary import Audience, Letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.events import Event
    from domain.working_days import WorkingDays

__all__ = ["Notice", "letters_due_after", "notice_key", "notices", "request_of"]


@dataclass(frozen=True)
class Notice:
    """``officer`` has to get ``letter`` about ``event``, not before ``not_before`` (UTC)."""

    event: Event
    officer: Officer
    letter: Letter
    not_before: datetime

    @property
    def key(self) -> str:
        """Its key within its challenge: ``000007#officer``."""
        return notice_key(self.event.number, self.officer.id)


def notice_key(event: int, officer: str) -> str:
    """Return the key of the notice about event number ``event`` to ``officer`` (an id)."""
    return f"{event:06d}#{officer}"


def notices(
    challenge: Challenge, now: datetime, council: Council, after: int = 0
) -> Iterator[Notice]:
    """Yield the emails that follow from the record, to the people who hold the posts ``now``.

    Everybody has had the emails up to event ``after``. Of those events only the current request is
    looked at again, so that somebody new on the post is asked as well. An email that asks for
    something already settled is left out: a newer event has an email about that.
    """
    today = local_day(now)
    for event in challenge.events:
        if event.number <= after and event.number != challenge.request.event:
            continue
        told = {id_ for part in PARTS for id_ in part.knows(challenge, event, council, today)}
        for tell in kind_of(event.fact).told:
            if not tell.when(challenge, event) or _settled(challenge, event, tell.letter):
                continue
            if event.number <= after and tell.letter is not Letter.PLEASE_REPLY:
                continue
            for officer in _people(challenge, event, tell.audience, council, now):
                if officer.id not in told:
                    told.add(officer.id)
                    when = _not_before(event, council.calendar)
                    yield Notice(event, officer, tell.letter, when)


def letters_due_after(challenge: Challenge, now: datetime, council: Council) -> list[datetime]:
    """Return the moments after ``now`` at which emails wait to be sent."""
    held = (
        _not_before(event, council.calendar)
        for event in challenge.events
        if kind_of(event.fact).told
    )
    return [moment for moment in held if moment > now]


def _not_before(event: Event, calendar: WorkingDays) -> datetime:
    """Return the moment (UTC) from which the emails about ``event`` may go out."""
    if event.actor.via != "clock" or event.fact.at_once:
        return event.recorded
    due = office_time(event.effective, calendar)
    if due >= event.recorded:
        return due
    local = to_local(event.recorded)
    in_hours = calendar.is_working_day(local.date()) and local.time() >= OFFICE_HOUR
    return event.recorded if in_hours else office_time(event.recorded, calendar)


def _settled(challenge: Challenge, event: Event, letter: Letter) -> bool:
    """Whether what the email asks for has been settled since."""
    fact = event.fact
    if letter in (Letter.PLEASE_REPLY, Letter.REMINDER):
        present = challenge.request
        about = fact.request if isinstance(fact, AboutRequest) else present.number
        over = not challenge.open or challenge.stage_clock_stopped
        return about != present.number or over or present.answered
    if letter in (Letter.YOUR_ACTION, Letter.ACTION_REMINDER):
        actions = [challenge.action_number(number) for number in fact.of_actions]
        return not challenge.open or not any(one.state.running for one in actions if one)
    if letter is Letter.MISSED:
        request = challenge.request_number(request_of(challenge, event))
        return not challenge.open or (request is not None and request.answered)
    return False


def request_of(challenge: Challenge, event: Event) -> int:
    """Return the number of the request that ``event`` is about, or of the one current then."""
    if isinstance(event.fact, AboutRequest):
        return event.fact.request
    made = [one.number for one in challenge.requests if one.event <= event.number]
    return made[-1] if made else 1


def _people(
    challenge: Challenge, event: Event, audience: Audience, council: Council, now: datetime
) -> list[Officer]:
    directory = council.directory
    if audience is Audience.IRO:
        iro = directory.officers.get(challenge.iro)
        return [iro] if iro else []
    if audience is Audience.WHO_DID_IT:
        did = directory.officers.get(event.actor.officer)
        return [did] if did else []
    if audience is Audience.SRSM and council.is_srsms_own(challenge):
        audience = Audience.SENIOR
    today = local_day(now)
    if audience is Audience.OWNER:
        return _owners(challenge, event, council, today)
    posts = _posts(challenge, event, audience, council)
    if audience in (Audience.ASKED, Audience.ASKED_NOW, Audience.EVERYONE_ASKED):
        return [one for post in posts for one in people_asked(challenge, post, council, today)]
    return [officer for post in posts for officer in directory.people(post, today)]


def _owners(challenge: Challenge, event: Event, council: Council, today: date) -> list[Officer]:
    """Return who does the actions that ``event`` is about today, each person once.

    Somebody outside has an id for each action: one email to their address is enough.
    """
    about = (challenge.action_number(number) for number in event.fact.of_actions)
    found = [
        person
        for action in about
        if action
        for person in people_who_do(action, challenge, council, today)
    ]
    return list({person.email.casefold(): person for person in reversed(found)}.values())


def _posts(
    challenge: Challenge, event: Event, audience: Audience, council: Council
) -> tuple[str, ...]:
    request = challenge.request_number(request_of(challenge, event))
    stage = request.stage if request else challenge.stage
    if audience is Audience.ASKED:
        return request.posts if request else ()
    if audience is Audience.ASKED_NOW:
        return challenge.request.posts
    if audience is Audience.EVERYONE_ASKED:
        return tuple(p for r in challenge.requests if r.stage is stage for p in r.posts)
    roles: dict[Audience, tuple[Role, ...]] = {
        Audience.SRSM: (Role.SRSM,),
        Audience.SENIOR: (Role.SENIOR_IRO_MANAGER,),
        Audience.INFORMED: council.ladder[stage].informed,
        Audience.BELOW: council.ladder.below(stage),
    }
    return tuple(post for role in roles[audience] for post in council.posts(challenge, role))
