"""Who is told of what, by which letter, and when: one table, and the functions that read it.

Source: the ladder's "informed", rules 3 to 9, 15 and 16; the procedure, "Deadlines": letters go
out at once for what people did; reminders, and what the clock did, at 09:00 local on a working
day. A letter is told apart by its event and the officer it goes to, and is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain import events as facts
from domain.challenge import REQUEST, Challenge
from domain.deadlines import office_time
from domain.ladder import LADDER, Role, below
from domain.moments import OFFICE_HOUR, local_day, to_local
from domain.permissions import people_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from domain.council import Council
    from domain.directory import Officer
    from domain.events import Event, Fact
    from domain.working_days import WorkingDays

__all__ = ["NOTICES", "Audience", "Letter", "Notice", "Rule", "letters_due_after", "notices"]


class Letter(StrEnum):
    """The letters. Each has its template; the value is the template's name."""

    PLEASE_REPLY = "please_reply"
    REMINDER = "reminder"
    MISSED = "missed"
    DECIDE = "decide"
    THANK_YOU = "thank_you"
    TOLD = "told"
    RAISED = "raised"
    NOTED = "noted"

    @property
    def carries_link(self) -> bool:
        """Whether it carries a reply link, for its recipient alone."""
        return self in (Letter.PLEASE_REPLY, Letter.REMINDER, Letter.MISSED)


class Audience(StrEnum):
    """A part in the challenge, resolved to posts and people when something is sent."""

    ASKED = "those asked to reply"
    EVERYONE_ASKED = "those asked to reply at this stage, now or before"
    WHO_DID_IT = "the officer whose act it was"
    IRO = "the IRO"
    SRSM = "the Safeguarding & Review Service Manager"
    SENIOR = "the Senior IRO Manager"
    INFORMED = "those the ladder names as informed at the stage"
    BELOW = "the Social Worker and the posts below the stage"


@dataclass(frozen=True)
class Rule:
    """``audience`` gets ``letter`` if ``when`` holds of the challenge and the event."""

    audience: Audience
    letter: Letter = Letter.TOLD
    when: Callable[[Challenge, Event], bool] = lambda _challenge, _event: True


@dataclass(frozen=True)
class Notice:
    """``officer`` is to get ``letter`` about ``event``, not before ``not_before`` (UTC)."""

    event: Event
    officer: Officer
    letter: Letter
    not_before: datetime

    @property
    def key(self) -> str:
        """What tells this notice apart within its challenge: ``000007#officer``."""
        return f"{self.event.number:06d}#{self.officer.id}"


def _formal(challenge: Challenge, event: Event) -> bool:
    """Whether it stood at a formal stage when ``event`` happened, wherever it stands by now."""
    request = challenge.request_number(_request_of(challenge, event))
    return (request.stage if request else challenge.stage).formal


def _asks_the_iro(_challenge: Challenge, event: Event) -> bool:
    return getattr(event.fact, "decide_by", None) is not None


def _moved_on(challenge: Challenge, event: Event) -> bool:
    return not _asks_the_iro(challenge, event)


def _others_were_reached(challenge: Challenge, event: Event) -> bool:
    """Rule 15: of a request that reached nobody at all, ``NotServed`` tells."""
    request = challenge.request_number(_request_of(challenge, event))
    return request is not None and bool(request.served)


def _views_differ(challenge: Challenge, event: Event) -> bool:
    """Rule 4: where the SRSM's view and the IRO's decision differ, the Senior IRO Manager knows."""
    fact = event.fact
    if isinstance(fact, facts.ManagerView):
        return _decided_resolved(challenge, fact.request) not in (None, fact.resolved)
    asked = [r for r in challenge.requests if r.manager_view and r.opened < event.effective]
    view = asked[-1].manager_view if asked else None
    if view is None:
        return False
    if isinstance(fact, facts.Closed):
        return view.resolved is not fact.outcome.resolved
    return isinstance(fact, facts.StageBegan) and view.resolved


def _decided_resolved(challenge: Challenge, request: int) -> bool | None:
    """Whether the IRO took the reply for a resolution; ``None`` while undecided."""
    if challenge.outcome:
        return challenge.outcome.resolved
    return False if request < challenge.request.number else None


def _key_point(challenge: Challenge, event: Event) -> bool:
    return _formal(challenge, event) or _views_differ(challenge, event)


def _tell_senior(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, facts.Chased) and event.fact.tell_senior


def _about_the_reply(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, facts.DeadlineMoved) and event.fact.what == REQUEST


def _by_email(_challenge: Challenge, event: Event) -> bool:
    return event.actor.via == "email"


def _may_tell_the_iro(challenge: Challenge, event: Event) -> bool:
    """Whether it is not the IRO who wrote it, in one of more emails than are answered in a day."""
    return event.actor.via != facts.UNANSWERED or event.actor.officer != challenge.iro


_A, _L = Audience, Letter

#: Every kind of fact, and who is told of it. An officer in two audiences gets the first letter.
NOTICES: dict[type[Fact], tuple[Rule, ...]] = {
    # How it was raised is told with the stage that begins with it, but to whom has only an email
    # in hand: they learn that it was received, and under which reference.
    facts.Raised: (Rule(_A.WHO_DID_IT, _L.RAISED, _by_email),),
    facts.StageBegan: (
        Rule(_A.ASKED, _L.PLEASE_REPLY),
        Rule(_A.IRO),
        Rule(_A.SRSM),
        Rule(_A.SENIOR, when=_key_point),
        Rule(_A.INFORMED),
        Rule(_A.BELOW),
    ),
    # Seen by operators and in the timeline; nobody needs a letter about a letter.
    facts.Served: (),
    facts.Bounced: (
        Rule(_A.IRO, when=_others_were_reached),
        Rule(_A.SRSM, when=_others_were_reached),
    ),
    facts.NotServed: (Rule(_A.SRSM, _L.DECIDE), Rule(_A.IRO)),
    facts.Reminded: (Rule(_A.ASKED, _L.REMINDER), Rule(_A.IRO)),
    facts.DeadlineMissed: (
        Rule(_A.ASKED, _L.MISSED),
        Rule(_A.IRO, _L.DECIDE, _asks_the_iro),
        Rule(_A.SRSM, when=_asks_the_iro),
        Rule(_A.SENIOR, when=lambda c, e: _asks_the_iro(c, e) and _formal(c, e)),
    ),
    facts.Replied: (
        Rule(_A.WHO_DID_IT, _L.THANK_YOU),
        Rule(_A.IRO, _L.DECIDE, _asks_the_iro),
        Rule(_A.IRO, when=_moved_on),
        Rule(_A.SRSM),
        Rule(_A.ASKED),
    ),
    facts.NotMine: (
        Rule(_A.WHO_DID_IT, _L.THANK_YOU),
        Rule(_A.IRO, _L.DECIDE),
        Rule(_A.SRSM),
    ),
    facts.Reassigned: (
        Rule(_A.ASKED, _L.PLEASE_REPLY),
        Rule(_A.EVERYONE_ASKED),
        Rule(_A.IRO),
        Rule(_A.SRSM),
    ),
    facts.AskedAgain: (Rule(_A.ASKED, _L.PLEASE_REPLY), Rule(_A.IRO), Rule(_A.SRSM)),
    facts.ManagerView: (Rule(_A.IRO), Rule(_A.SENIOR, when=_views_differ)),
    facts.ActionsAccepted: (
        Rule(_A.ASKED),
        Rule(_A.IRO),
        Rule(_A.SRSM),
        Rule(_A.INFORMED),
        Rule(_A.BELOW),
    ),
    facts.ActionDone: (Rule(_A.IRO, _L.DECIDE), Rule(_A.SRSM), Rule(_A.WHO_DID_IT, _L.THANK_YOU)),
    facts.ActionConfirmed: (Rule(_A.ASKED), Rule(_A.SRSM)),
    facts.ActionGivenUp: (
        Rule(_A.IRO, _L.DECIDE, _asks_the_iro),
        Rule(_A.ASKED),
        Rule(_A.SRSM),
    ),
    facts.ActionMissed: (Rule(_A.IRO, _L.DECIDE), Rule(_A.SRSM), Rule(_A.ASKED)),
    facts.ActionRedated: (Rule(_A.IRO), Rule(_A.ASKED), Rule(_A.SRSM)),
    facts.DeadlineRevised: (
        Rule(_A.ASKED, _L.PLEASE_REPLY),
        Rule(_A.IRO),
        Rule(_A.SRSM),
        Rule(_A.INFORMED),
    ),
    facts.Objected: (Rule(_A.SRSM), Rule(_A.SENIOR)),
    facts.Noted: (Rule(_A.WHO_DID_IT, _L.NOTED, _by_email), Rule(_A.IRO, when=_may_tell_the_iro)),
    facts.DeadlineMoved: (
        Rule(_A.ASKED, _L.PLEASE_REPLY, _about_the_reply),
        Rule(_A.IRO),
        Rule(_A.SRSM),
    ),
    facts.Chased: (
        Rule(_A.IRO, _L.DECIDE),
        Rule(_A.SRSM, _L.DECIDE),
        Rule(_A.SENIOR, when=_tell_senior),
    ),
    facts.IroAppointed: (Rule(_A.IRO, _L.DECIDE), Rule(_A.SRSM), Rule(_A.SENIOR)),
    facts.ResolutionPeriodEnding: (
        Rule(_A.IRO),
        Rule(_A.SRSM),
        Rule(_A.SENIOR),
        Rule(_A.ASKED),
    ),
    facts.ResolutionPeriodOver: (
        Rule(_A.IRO),
        Rule(_A.SRSM),
        Rule(_A.SENIOR),
        Rule(_A.ASKED),
    ),
    facts.Closed: (
        Rule(_A.IRO),
        Rule(_A.SRSM),
        Rule(_A.SENIOR, when=_key_point),
        Rule(_A.ASKED),
        Rule(_A.INFORMED),
        Rule(_A.BELOW),
    ),
}

#: Put on the record by the clock, and yet told at once (rule 15: "the SRSM is told at once").
_AT_ONCE = (facts.NotServed,)


def notices(
    challenge: Challenge, now: datetime, council: Council, after: int = 0
) -> Iterator[Notice]:
    """The letters that the record calls for, posts resolved to the people of ``now``.

    ``after`` is the event up to which everybody was told: of those, only the present request is
    looked at again, so that somebody new on the post is asked as well. A letter that asks for
    something already settled is left out: a newer event tells of that.
    """
    today = local_day(now)
    for event in challenge.events:
        if event.number <= after and event.number != challenge.request.event:
            continue
        told = _told_already(challenge, event, council, today)
        for rule in NOTICES[type(event.fact)]:
            if not rule.when(challenge, event) or _settled(challenge, event, rule.letter):
                continue
            if event.number <= after and rule.letter is not Letter.PLEASE_REPLY:
                continue
            for officer in _people(challenge, event, rule.audience, council, now):
                if officer.id not in told:
                    told.add(officer.id)
                    when = _not_before(event, council.calendar)
                    yield Notice(event, officer, rule.letter, when)


def _told_already(challenge: Challenge, event: Event, council: Council, today: date) -> set[str]:
    """Those whom another letter told that this stage began.

    After a silence that is the letter about the missed deadline; at entry, the receipt for the
    email by which the challenge was raised.
    """
    fact = event.fact
    if not isinstance(fact, facts.StageBegan):
        return set()
    if fact.cause is facts.Cause.RAISED and _by_email(challenge, event):
        return {event.actor.officer}
    if fact.cause is not facts.Cause.NO_REPLY:
        return set()
    before = challenge.request_number(fact.request - 1)
    if before is None or before.answered:
        return set()

    def asked(posts: tuple[str, ...]) -> set[str]:
        return {o.id for post in posts for o in people_asked(challenge, post, council, today)}

    return asked(before.posts) - asked(fact.posts)


def letters_due_after(challenge: Challenge, now: datetime, council: Council) -> list[datetime]:
    """The moments after ``now`` at which letters wait to be sent."""
    held = (_not_before(event, council.calendar) for event in challenge.events if _sends(event))
    return [moment for moment in held if moment > now]


def _sends(event: Event) -> bool:
    return bool(NOTICES[type(event.fact)])


def _not_before(event: Event, calendar: WorkingDays) -> datetime:
    """When the letters about ``event`` may go out."""
    if event.actor.via != "clock" or isinstance(event.fact, _AT_ONCE):
        return event.recorded
    due = office_time(event.effective, calendar)
    if due >= event.recorded:
        return due
    local = to_local(event.recorded)
    in_hours = calendar.is_working_day(local.date()) and local.time() >= OFFICE_HOUR
    return event.recorded if in_hours else office_time(event.recorded, calendar)


def _settled(challenge: Challenge, event: Event, letter: Letter) -> bool:
    """Whether what the letter asks for has been settled since."""
    if letter in (Letter.PLEASE_REPLY, Letter.REMINDER):
        number = getattr(event.fact, "request", challenge.request.number)
        return (
            number != challenge.request.number
            or not challenge.open
            or (challenge.request.answered or challenge.stage_clock_stopped)
        )
    if letter is Letter.MISSED:
        request = challenge.request_number(_request_of(challenge, event))
        return not challenge.open or (request is not None and request.answered)
    if isinstance(event.fact, facts.Chased):
        # The next question may have the same key: it has not been chased so often yet.
        chased = {question.key: question.chased for question in challenge.questions}
        return chased.get(event.fact.question, 0) < event.fact.days_over
    return False


def _request_of(challenge: Challenge, event: Event) -> int:
    """The number of the request that stood when ``event`` happened, or that it is about."""
    number = getattr(event.fact, "request", None)
    if isinstance(number, int):
        return number
    made = [
        getattr(e.fact, "request", 1)
        for e in challenge.events[: event.number]
        if isinstance(e.fact, facts.StageBegan | facts.AskedAgain | facts.Reassigned)
    ]
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
    posts = _posts(challenge, event, audience, council)
    if audience in (Audience.ASKED, Audience.EVERYONE_ASKED):
        return [one for post in posts for one in people_asked(challenge, post, council, today)]
    return [officer for post in posts for officer in directory.people(post, today)]


def _posts(
    challenge: Challenge, event: Event, audience: Audience, council: Council
) -> tuple[str, ...]:
    request = challenge.request_number(_request_of(challenge, event))
    stage = request.stage if request else challenge.stage
    if audience is Audience.ASKED:
        return request.posts if request else ()
    if audience is Audience.EVERYONE_ASKED:
        return tuple(p for r in challenge.requests if r.stage is stage for p in r.posts)
    roles: dict[Audience, tuple[Role, ...]] = {
        Audience.SRSM: (Role.SRSM,),
        Audience.SENIOR: (Role.SENIOR_IRO_MANAGER,),
        Audience.INFORMED: LADDER[stage].informed,
        Audience.BELOW: below(stage),
    }
    return tuple(post for role in roles[audience] for post in council.posts(challenge, role))
