"""Rule 15, absence: an automatic reply to a request is evidence that whoever was asked is away.

The IRO and the SRSM are told at once, and the SRSM is asked who covers. That stops nothing: an
automatic reply is no reply, and the request was served. It is settled by cover in the directory, by
a word of the SRSM that none is needed, or when the request is answered or put to somebody else.
``facts_of_absence`` takes what was seen, from emails that came in and from Amazon SES.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot, ask, settle
from domain.deadlines import Deadline
from domain.events import AboutRequest, Event, Fact
from domain.moments import day_in_words, local_day
from domain.part import EVERYBODY, Asked, Command, Hand, Part, Problems, Seen, Tell, Written, on
from domain.people import people_asked
from domain.rules.deciding import AskedAgain
from domain.rules.moving import ChildMoved
from domain.rules.naming import WentToDirector
from domain.rules.posts import NotMine, Reassigned
from domain.rules.replies import Replied
from domain.rules.serving import NotServed
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.values import Value, value
from domain.vocabulary import Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "ABSENCE",
    "Absence",
    "CoverFound",
    "NoCoverNeeded",
    "SayNoCoverNeeded",
    "SeemedAway",
    "Sign",
    "absences",
    "cover_to_set",
    "facts_of_absence",
    "is_asked",
]

#: The key of the question who covers, before the id of the officer who seems to be away.
_KEY = "cover-"


class Sign(StrEnum):
    """What showed that somebody is away. The value is stored."""

    AUTOMATIC_REPLY = "an automatic reply"
    PASSING_BOUNCE = "an email that their mail system turned back for now"


@value
class Absence(Value):
    """What was seen ``at`` a moment (UTC) of ``officer`` (an id), who was asked to reply.

    They are away from ``first`` on and back on the day ``back_on``, and named ``colleague``, an
    officer's id: each if it is known.
    """

    officer: str
    at: datetime
    sign: Sign
    first: date | None = None
    back_on: date | None = None
    colleague: str = ""


#: Who seemed to be away when which request was put to them, with the day on which they are back.
_TOLD: Slot[tuple[tuple[int, str, date | None], ...]] = Slot("absences", ())


@value
class SeemedAway(AboutRequest):
    """``officer``, who was asked to reply, seems to be away, as ``sign`` shows.

    ``first``, ``back_on`` and ``colleague`` are those of :class:`Absence`. The SRSM says by
    ``cover_by`` who covers.
    """

    request: int
    officer: str
    sign: Sign
    cover_by: Deadline
    first: date | None = None
    back_on: date | None = None
    colleague: str = ""

    news = "somebody who was asked to reply seems to be away"
    told = (
        Tell(Audience.SRSM, Letter.DECIDE, at_once=True),
        Tell(Audience.IRO, at_once=True),
    )

    @property
    def asks_once(self) -> str:
        """Who is away until when: cover set once counts for every request put to them."""
        return f"away-{self.officer}-{self.back_on or ''}"

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked who covers, which stops nothing."""
        told = (*challenge[_TOLD], (self.request, self.officer, self.back_on))
        after = challenge.keep(_TOLD, told)
        key = f"{_KEY}{self.officer}"
        return ask(after, Purpose.NAME_COVER, self.cover_by, event, key, whose=Capacity.SRSM)

    def line(self, seen: Seen) -> str:
        """Return who, with the days and the colleague, if they are known."""
        first = f" from {day_in_words(self.first)}" if self.first else ""
        back = f", and back on {day_in_words(self.back_on)}" if self.back_on else ""
        said = f"{seen.officer(self.officer)} seems to be away{first}{back}"
        names = f". The reply names {seen.officer(self.colleague)}" if self.colleague else ""
        return f"{said}{names}"

    def written(self) -> Iterator[Written]:
        """Yield what showed it, and the sum behind the deadline."""
        yield Written("What showed it", self.sign, EVERYBODY)
        yield Written("Cover to be named by", self.cover_by.why, EVERYBODY)


def is_asked(challenge: Challenge, officer: str, council: Council, today: date) -> bool:
    """Whether a reply is due from ``officer`` (an id) today."""
    return challenge.awaiting_reply and any(
        person.id == officer
        for post in challenge.request.posts
        for person in people_asked(challenge, post, council, today)
    )


def facts_of_absence(
    challenge: Challenge, seen: Iterable[Absence], now: datetime, council: Council
) -> Iterator[tuple[Fact, datetime]]:
    """Yield the absences that are not on the record yet, each with its moment.

    ``seen`` are of emails since the current request was made. The same absence is told once: what
    names no later day of return than is on the record adds nothing.
    """
    today, request = local_day(now), challenge.request
    told = {who: back for of, who, back in challenge[_TOLD] if of == request.number}
    for one in sorted(seen, key=lambda absence: absence.at):
        is_back = one.back_on is not None and one.back_on <= today
        if is_back or not is_asked(challenge, one.officer, council, today):
            continue
        known = told.get(one.officer)
        if one.officer in told and (one.back_on is None or (known and one.back_on <= known)):
            continue
        if _covered(challenge, one, council, today):
            continue
        told[one.officer] = one.back_on
        by = council.within(council.procedure.name_somebody_within, now)
        colleague = one.colleague if one.colleague in council.directory.officers else ""
        fact = SeemedAway(
            *(request.number, one.officer, one.sign, by), one.first, one.back_on, colleague
        )
        yield fact, min(one.at, now)


# Who covers --------------------------------------------------------------------------------------


def absences(challenge: Challenge) -> dict[str, SeemedAway]:
    """Return the absences for which nobody covers yet: the id of who is away → the fact."""
    asked = (one for one in challenge.questions if one.purpose is Purpose.NAME_COVER)
    facts = (challenge.events[question.since - 1].fact for question in asked)
    return {fact.officer: fact for fact in facts if isinstance(fact, SeemedAway)}


def cover_to_set(
    away: SeemedAway, challenge: Challenge, council: Council, today: date
) -> Mapping[str, str]:
    """Return what the form for cover can be filled in with: ids, and days as ISO 8601 writes them.

    These are ``post`` and ``first``, and ``officer`` and ``last`` if they are known. Empty if the
    officer acts for no post that was asked any more.
    """
    acting = {post: council.directory.people(post, today) for post in challenge.request.posts}
    posts = [post for post, people in acting.items() if away.officer in {one.id for one in people}]
    if not posts:
        return {}
    found = {"post": posts[0], "officer": away.colleague}
    found["first"] = max(away.first or today, today).isoformat()
    if away.back_on and away.back_on > today:
        found["last"] = (away.back_on - timedelta(days=1)).isoformat()
    return {name: value for name, value in found.items() if value}


def _covered(
    challenge: Challenge, away: Absence | SeemedAway, council: Council, today: date
) -> bool:
    """Whether somebody else acts for them at the posts that were asked, or will in their absence.

    If it is not known when they are back, cover counts that begins before the reply is overdue: it
    is no help that somebody covers their next leave.
    """
    directory, posts, officer = council.directory, challenge.request.posts, away.officer
    theirs = [p for p in posts if officer in {one.id for one in directory.people(p, today)}]
    if not theirs:
        return any(people_asked(challenge, post, council, today) for post in posts)
    first = max(away.first or today, today)
    last = away.back_on - timedelta(days=1) if away.back_on else challenge.request.deadline.day
    return any(
        cover.post in theirs
        and cover.officer != officer
        and cover.first <= max(last, first)
        and cover.last >= first
        for cover in directory.in_force
    )


@value
class CoverFound(Fact):
    """Somebody else acts for ``officer``, who seemed to be away, or soon will."""

    officer: str

    news = "somebody covers for a colleague who seems to be away"
    told = (Tell(Audience.IRO),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with nothing asked about their cover."""
        return settle(challenge, f"{_KEY}{self.officer}")

    def line(self, seen: Seen) -> str:
        """Return for whom cover was found."""
        return f"Cover is set for {seen.officer(self.officer)}, who seems to be away"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _first(challenge: Challenge, now: datetime, council: Council) -> Iterator[CoverFound]:
    """Yield each absence for which the directory has cover by now."""
    if challenge.open:
        for officer, away in absences(challenge).items():
            if _covered(challenge, away, council, local_day(now)):
                yield CoverFound(officer)


@value
class NoCoverNeeded(Fact):
    """The SRSM said that nobody needs to cover for ``officer``."""

    officer: str
    reason: str

    news = "nobody needs to cover for a colleague who seemed to be away"
    told = (Tell(Audience.IRO),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with nothing asked about their cover."""
        return settle(challenge, f"{_KEY}{self.officer}")

    def line(self, seen: Seen) -> str:
        """Return who said so, and of whom."""
        return f"{seen.who} said that nobody needs to cover for {seen.officer(self.officer)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


@value
class SayNoCoverNeeded(Command):
    """Say that nobody needs to cover for ``officer`` (an id), who seems to be away."""

    officer: str
    reason: str

    called = "Say that no cover is needed"
    who = (Asked(),)
    settles = (Purpose.NAME_COVER,)

    def follows(self, challenge: Challenge, _hand: Hand) -> Iterator[NoCoverNeeded]:
        """Yield what is recorded."""
        problems = Problems()
        known = self.officer in absences(challenge)
        problems.refuse_if("officer", not known, "Choose somebody who seems to be away.")
        problems.need("reason", self.reason, "Enter why nobody needs to cover for them.")
        problems.check()
        yield NoCoverNeeded(self.officer, self.reason)


# What settles it as well -------------------------------------------------------------------------


def _asks_no_more(challenge: Challenge) -> Challenge:
    for question in challenge.questions:
        if question.purpose is Purpose.NAME_COVER:
            challenge = settle(challenge, question.key)
    return challenge


def _is_over(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with nothing asked about cover: somebody else has to act from now on."""
    return _asks_no_more(challenge)


def _is_not_theirs(fact: NotMine, challenge: Challenge, event: Event) -> Challenge:
    """Return it with nothing asked about who said so, nor about others who no longer have to reply.

    If others still have to (at QAP), one of them may be away.
    """
    if fact.others:
        return settle(challenge, f"{_KEY}{event.actor.officer}")
    return _asks_no_more(challenge)


def _is_reassigned(fact: Reassigned, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with nothing asked about cover, unless others still have to reply."""
    return challenge if fact.others else _asks_no_more(challenge)


def _is_moved(fact: ChildMoved, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with nothing asked about cover, if the new area is asked from now on."""
    return _asks_no_more(challenge) if fact.deadline else challenge


def _is_answered(fact: Replied, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with nothing asked about cover, if the reply was to the current request."""
    return _asks_no_more(challenge) if fact.request == challenge.request.number else challenge


ABSENCE = Part(
    15,
    "Absence",
    facts=(SeemedAway, CoverFound, NoCoverNeeded),
    acts=(SayNoCoverNeeded,),
    changes=(
        on(Replied, _is_answered),
        on(StageBegan, _is_over),
        on(AskedAgain, _is_over),
        on(NotMine, _is_not_theirs),
        on(Reassigned, _is_reassigned),
        on(NotServed, _is_over),
        on(DeadlineMissed, _is_over),
        on(WentToDirector, _is_over),
        on(ChildMoved, _is_moved),
    ),
    first=_first,
)
