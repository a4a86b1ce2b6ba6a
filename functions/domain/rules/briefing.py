"""Rule 11, the briefing: the SRSM briefs the Assistant Director for Safer & Partnerships.

She does so once the IRO has considered legal advice, whether or not it is sought. The Assistant
Director confirms that the Director was notified. No word of the advice belongs into a briefing.
Whoever was briefed does not oversee the challenge any more (rule 15).

Guidance: G12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge, ask, settle
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.ladder import Role
from domain.lawyers import LEGAL, briefed_posts, nobody_holds
from domain.part import (
    EVERYBODY,
    IN_CONFIDENCE,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Written,
)
from domain.values import value
from domain.vocabulary import Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "BRIEFING",
    "BRIEF_KEY",
    "READ_BRIEFINGS",
    "Brief",
    "Briefed",
    "BriefingDue",
    "ConfirmDirector",
    "DirectorNotified",
    "briefing_due",
    "briefings",
]

#: The keys of the questions: to brief, and to confirm that the Director was notified.
BRIEF_KEY = "brief"
_DIRECTOR_KEY = "confirm-director"

#: Who reads a briefing.
READ_BRIEFINGS = IN_CONFIDENCE | {Capacity.BRIEFED, Capacity.TOLD}


# The SRSM briefs ---------------------------------------------------------------------------------


@value
class BriefingDue(Fact):
    """The IRO has considered legal advice: the SRSM has to brief by ``brief_by``."""

    brief_by: Deadline

    news = "a briefing is due"
    told = (Tell(Audience.LEGAL_SUPPORT, Letter.DECIDE),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the SRSM asked to brief, or who supports instead; nothing stops."""
        conflicted = challenge[LEGAL].conflicted
        whose = Capacity.SENIOR_IRO_MANAGER if conflicted else Capacity.SRSM
        return ask(
            *(challenge, Purpose.BRIEF, self.brief_by, event, BRIEF_KEY),
            outlives=True,
            whose=whose,
        )

    def line(self, _seen: Seen) -> str:
        """Return who has to be briefed."""
        return f"{_TITLE} has to be briefed"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("Briefing due by", self.brief_by.why, EVERYBODY)


_TITLE = "The Assistant Director for Safer & Partnerships"


def briefing_due(challenge: Challenge, now: datetime, council: Council) -> Iterator[BriefingDue]:
    """Yield that a briefing is due, unless one is due already: that one covers both."""
    if challenge.question_by(BRIEF_KEY) is None:
        yield BriefingDue(council.within(council.procedure.brief_within, now))


@value
class Briefed(Fact):
    """``officers`` (ids) were briefed; one of them confirms by ``confirm_by``."""

    words: str
    officers: tuple[str, ...]
    confirm_by: Deadline

    news = "you were briefed about a challenge"
    told = (Tell(Audience.BRIEFED, Letter.DECIDE),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with whoever was briefed asked to confirm that the Director was notified."""
        legal = challenge[LEGAL]
        after = settle(challenge, BRIEF_KEY)
        after = after.keep(LEGAL, replace(legal, briefed=legal.briefed | {*self.officers}))
        return ask(
            *(after, Purpose.CONFIRM_DIRECTOR, self.confirm_by, event, _DIRECTOR_KEY),
            outlives=True,
            whose=Capacity.BRIEFED,
        )

    def line(self, seen: Seen) -> str:
        """Return who briefed whom."""
        names = " and ".join(seen.officer(one) for one in self.officers)
        return f"{seen.who} briefed {names}"

    def written(self) -> Iterator[Written]:
        """Yield the briefing, and the sum behind the date."""
        yield Written("Briefing", self.words, READ_BRIEFINGS)
        yield Written("Director’s notice to be confirmed by", self.confirm_by.why, EVERYBODY)


def briefings(challenge: Challenge) -> tuple[Event, ...]:
    """Return the briefings of the challenge, newest first."""
    return tuple(one for one in reversed(challenge.events) if isinstance(one.fact, Briefed))


@value
class Brief(Command):
    """Brief the Assistant Director for Safer & Partnerships on the child's circumstances."""

    words: str

    called = "Brief the Assistant Director for Safer & Partnerships"
    who = (Asked(),)
    settles = (Purpose.BRIEF,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Briefed]:
        """Yield the briefing, to whoever acts for the post today."""
        council, problems = hand.council, Problems()
        people = {
            person.id: person
            for post in briefed_posts(challenge, council, hand.today)
            for person in council.directory.people(post, hand.today)
        }
        problems.need("words", self.words, "Enter what they need to know about the child’s case.")
        nobody = (
            f"Nobody holds the post of {_TITLE[4:]}, nor the Director’s. "
            "Ask a directory administrator to enter who does, then brief them."
        )
        problems.refuse_if("words", not people, nobody)
        problems.check()
        by = council.within(council.procedure.brief_within, hand.now)
        yield Briefed(self.words, tuple(people), by)


# The Director ------------------------------------------------------------------------------------


@value
class DirectorNotified(Fact):
    """Whoever was briefed confirmed that the Director was notified."""

    news = "the Director was notified"
    told = (Tell(Audience.DIRECTOR, at_once=True), Tell(Audience.IRO), Tell(Audience.LEGAL_SUPPORT))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with nothing more to confirm: the Director may read the briefing."""
        after = settle(challenge, _DIRECTOR_KEY)
        return after.keep(LEGAL, replace(challenge[LEGAL], told=True))

    def line(self, seen: Seen) -> str:
        """Return who confirmed it."""
        return f"{seen.who} confirmed that the Director was notified"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


_NOBODY_TO_CONFIRM = If(
    "they have to confirm it, because the posts that were briefed are vacant (rule 11)",
    lambda challenge, council: (
        challenge.question_by(_DIRECTOR_KEY) is not None
        and nobody_holds(Role.SAFER_PARTNERSHIPS, Role.DIRECTOR)(challenge, council)
    ),
)


@value
class ConfirmDirector(Command):
    """Confirm, as whoever was briefed, that the Director was notified.

    If they have left, and their posts are vacant, the SRSM does it.
    """

    called = "Confirm that the Director was notified"
    who = (Asked(), May(Capacity.SRSM, tuple(Standing), _NOBODY_TO_CONFIRM))
    settles = (Purpose.CONFIRM_DIRECTOR,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[DirectorNotified]:
        """Yield the confirmation."""
        yield DirectorNotified()


BRIEFING = Part(
    11,
    "The briefing",
    facts=(BriefingDue, Briefed, DirectorNotified),
    acts=(Brief, ConfirmDirector),
)
