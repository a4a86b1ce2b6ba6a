"""Rule 14, the Director: the Assistant Director informs them, in one click that is recorded.

The Director gets an email at once, and can read the challenge from then on. They can also read
one that ended unresolved and was not referred: they hear about that as well. After silence at the
last stage it is the Assistant Director's task, which stops nothing.

Guidance: G66.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Challenge, ask, settle
from domain.deadlines import Deadline, deadline_in
from domain.events import Event, Fact
from domain.ladder import Role
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Seen,
    Tell,
    Timer,
    Written,
    on,
)
from domain.people import DIRECTOR_INFORMED
from domain.rules.endings import Closed, is_unresolved_and_not_referred
from domain.rules.serving import counted_from
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "DIRECTOR",
    "DirectorInformed",
    "DirectorToBeInformed",
    "InformDirector",
]

#: The key of the question whether the Director was informed.
_KEY = "inform-director"


@value
class DirectorToBeInformed(Fact):
    """The last stage was silent: the Assistant Director informs the Director by ``inform_by``."""

    inform_by: Deadline

    news = "the Director has to be informed"
    told = (Tell(Audience.SENIOR),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the Assistant Director asked to inform the Director; nothing stops."""
        return ask(
            *(challenge, Purpose.INFORM_DIRECTOR, self.inform_by, event, _KEY),
            whose=Capacity.ASSISTANT_DIRECTOR,
        )

    def line(self, _seen: Seen) -> str:
        """Return who has to inform whom."""
        return "The Assistant Director has to inform the Director of Children’s Services"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("Director to be informed by", self.inform_by.why, EVERYBODY)


@value
class DirectorInformed(Fact):
    """The Assistant Director informed the Director of the challenge."""

    news = "the Director was informed"
    told = (
        Tell(Audience.DIRECTOR, at_once=True),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the Director informed, who reads it from now on."""
        return settle(challenge, _KEY).keep(DIRECTOR_INFORMED, value=True)

    def line(self, seen: Seen) -> str:
        """Return who informed them."""
        return f"{seen.who} informed the Director of Children’s Services"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _ended(fact: Closed, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with the Director informed, if they hear how it ended (rule 10)."""
    told = is_unresolved_and_not_referred(fact)
    return challenge.keep(DIRECTOR_INFORMED, value=True) if told else challenge


def _nobody_else_can(challenge: Challenge, council: Council) -> bool:
    """Whether it is a task, and the Assistant Director's post is vacant."""
    directory = council.directory
    posts = council.posts(challenge, Role.ASSISTANT_DIRECTOR)
    vacant = all(directory.posts[post].holder not in directory.officers for post in posts)
    return vacant and challenge.question_by(_KEY) is not None


_VACANT = If(
    "it is a task, and the Assistant Director’s post is vacant (rule 14)", _nobody_else_can
)


@value
class InformDirector(Command):
    """Inform the Director, who gets an email at once."""

    called = "Inform the Director"
    who = (May(Capacity.ASSISTANT_DIRECTOR, OPEN), May(Capacity.SRSM, OPEN, _VACANT))
    settles = (Purpose.INFORM_DIRECTOR,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[DirectorInformed]:
        """Yield that they are informed."""
        yield DirectorInformed()


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield the task after silence at the last stage, once for each challenge.

    Where the Director was asked at that stage themselves, they know.
    """
    request, directory = challenge.request, council.directory
    silent = request.missed and request.stage is council.ladder.last.stage
    known = challenge[DIRECTOR_INFORMED] or challenge.question_by(_KEY)
    asked = [directory.posts.get(post) for post in request.posts]
    if known or not silent or any(post and post.role is Role.DIRECTOR for post in asked):
        return
    due = request.deadline
    start = counted_from(due.day, now, council)
    by = deadline_in(council.procedure.inform_director_within, start, council.calendar)
    fact = DirectorToBeInformed(by)
    yield Timer(due.lapses_at, "the Director has to be informed", due.at, (fact,))


DIRECTOR = Part(
    14,
    "The Director",
    facts=(DirectorToBeInformed, DirectorInformed),
    acts=(InformDirector,),
    changes=(on(Closed, _ended),),
    timers=_timers,
)
