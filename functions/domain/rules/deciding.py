"""Rule 4, after a reply: the IRO decides, and the SRSM can record their own view.

The IRO records a resolution (rule 16), moves the challenge up (rule 8), accepts the agreed actions
(rule 6) or asks again at the same stage. If the SRSM's view and the decision differ, the Senior IRO
Manager gets an email. The SRSM may appoint another IRO (rule 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, settle, superseded, with_request
from domain.deadlines import Deadline
from domain.events import AboutRequest, Event, Fact
from domain.ladder import Role
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Tell,
    Written,
)
from domain.rules.stages import new_request
from domain.values import value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council

__all__ = [
    "DECIDING",
    "AppointIro",
    "AskAgain",
    "AskedAgain",
    "GiveView",
    "IroAppointed",
    "ManagerView",
    "NotAgain",
    "iros_to_appoint",
    "why_not_again",
]

_DECIDING = (Standing.IRO_TO_DECIDE,)


# Ask again ---------------------------------------------------------------------------------------


@value
class AskedAgain(AboutRequest):
    """The same stage was asked again, by request ``request``."""

    request: int
    words: str
    deadline: Deadline

    news = "the question was asked again"
    told = (Tell(Audience.ASKED, Letter.PLEASE_REPLY), Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with another request to the same posts in place of the current one."""
        posts = challenge.request.posts
        after = new_request(
            *(superseded(settle(challenge)), self.request, event, challenge.stage),
            *(posts, self.deadline),
        )
        return with_request(after, self.request, again=True)

    def line(self, _seen: Seen) -> str:
        """Return when a reply is due."""
        due = day_in_words(self.deadline.day)
        return f"The question was asked again at the same stage. A reply is due by the end of {due}"

    def written(self) -> Iterator[Written]:
        """Yield what the IRO still needs to know, and the sum."""
        yield Written("In their words", self.words, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


class NotAgain(StrEnum):
    """Why a stage cannot be asked again."""

    ACTIONS_ACCEPTED = "Actions were accepted at this stage. Follow these up instead."
    ASKED_BEFORE = (
        "This stage has been asked again once already. Decide, move the challenge to a later "
        "stage, or ask the Safeguarding & Review Service Manager to ask again."
    )


def why_not_again(challenge: Challenge, by: frozenset[Capacity]) -> NotAgain | None:
    """Return why somebody with the capacities ``by`` cannot ask again; ``None`` if they can."""
    if challenge.stage_clock_stopped:
        return NotAgain.ACTIONS_ACCEPTED
    if Capacity.SRSM not in by and any(
        request.again for request in challenge.requests if request.stage is challenge.stage
    ):
        return NotAgain.ASKED_BEFORE
    return None


@value
class AskAgain(Command):
    """Ask the same stage again, once, for at most five working days."""

    words: str
    days: int

    called = "Ask again at this stage"
    who = (May(Capacity.IRO, _DECIDING), May(Capacity.SRSM, _DECIDING))
    settles = (Purpose.DECIDE, Purpose.DECIDE_SILENCE)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AskedAgain]:
        """Yield the new request, due in ``days`` working days."""
        problems = Problems()
        most = hand.council.procedure.ask_again_at_most
        is_manager = Capacity.SRSM in hand.capacities
        problems.need("words", self.words, "Enter what you still need to know or see.")
        problems.refuse_if("days", self.days < 1, "Enter at least 1 working day.")
        problems.refuse_if(
            "days",
            self.days > most and not is_manager,
            f"Enter at most {most} working days. Beyond that, the Safeguarding & Review Service "
            "Manager can ask.",
        )
        refusal = why_not_again(challenge, hand.capacities)
        problems.refuse_if("words", bool(refusal), refusal or "")
        problems.check()
        deadline = hand.council.within(self.days, hand.now)
        yield AskedAgain(len(challenge.requests) + 1, self.words, deadline)


# The SRSM's view ---------------------------------------------------------------------------------


def _the_iro_decided_otherwise(challenge: Challenge, event: Event) -> bool:
    """Whether the SRSM's view and the IRO's decision differ."""
    fact = event.fact
    if not isinstance(fact, ManagerView):
        return False
    decided = False if fact.request < challenge.request.number else None
    if challenge.outcome:
        decided = challenge.outcome.resolved
    return decided not in (None, fact.resolved)


@value
class ManagerView(AboutRequest):
    """The SRSM recorded their own view, beside the IRO's decision."""

    request: int
    resolved: bool
    words: str

    news = "the service manager’s view is recorded"
    told = (Tell(Audience.IRO), Tell(Audience.SENIOR, when=_the_iro_decided_otherwise))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the view added to the request."""
        return with_request(challenge, self.request, manager_view=self.resolved)

    def line(self, seen: Seen) -> str:
        """Return whose view it is, and which."""
        view = "resolved" if self.resolved else "not resolved"
        return f"{seen.who} sees the matter as {view}"

    def written(self) -> Iterator[Written]:
        """Yield their reasons."""
        yield Written("In their words", self.words, EVERYBODY)


_REPLIED = If(
    "a reply is on the record (rule 4)",
    lambda challenge, _council: challenge.request.reply is not None,
)


@value
class GiveView(Command):
    """Record your own view of the reply, as the SRSM."""

    resolved: bool
    words: str

    called = "Record your view as service manager"
    who = (May(Capacity.SRSM, OPEN, _REPLIED),)
    settles = ()

    def follows(self, challenge: Challenge, _hand: Hand) -> Iterator[ManagerView]:
        """Yield the view; the decision stays with the IRO."""
        problems = Problems()
        problems.need("words", self.words, "Enter the reasons for your view.")
        problems.check()
        yield ManagerView(challenge.request.number, self.resolved, self.words)


# Another IRO -------------------------------------------------------------------------------------


@value
class IroAppointed(Fact):
    """Another IRO was appointed (rules 4 and 15)."""

    iro: str
    reason: str

    news = "another IRO is appointed"
    told = (Tell(Audience.IRO, Letter.DECIDE), Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the new IRO, who also has the old one's tasks."""
        return replace(challenge, iro=self.iro)

    def line(self, seen: Seen) -> str:
        """Return who the IRO is."""
        return f"{seen.officer(self.iro)} is the IRO of this challenge from now on"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


def iros_to_appoint(challenge: Challenge, council: Council, today: date) -> dict[str, str]:
    """Return the officers who may be appointed: id → name, sorted by name."""
    directory = council.directory
    found = {
        person.id: person.name
        for post in directory.posts_of(Role.IRO)
        for person in directory.people(post.id, today)
        if person.id != challenge.iro
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


@value
class AppointIro(Command):
    """Appoint another IRO (an officer's id), as the SRSM (rules 4 and 15)."""

    iro: str
    reason: str

    called = "Appoint another IRO"
    who = (May(Capacity.SRSM, OPEN),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[IroAppointed]:
        """Yield the appointment."""
        problems = Problems()
        known = self.iro in iros_to_appoint(challenge, hand.council, hand.today)
        problems.refuse_if("iro", not known, "Choose another officer who is an IRO.")
        problems.need("reason", self.reason, "Enter why you are appointing another IRO.")
        problems.check()
        yield IroAppointed(self.iro, self.reason)


def _it_waits_for_a_decision(challenge: Challenge) -> bool:
    return any(challenge.stopped_by(question) for question in challenge.asked)


DECIDING = Part(
    4,
    "After a reply",
    facts=(AskedAgain, ManagerView, IroAppointed),
    acts=(AskAgain, GiveView, AppointIro),
    rungs=(
        Rung(
            Standing.IRO_TO_DECIDE,
            "IRO to decide",
            "IRO to decide",
            _it_waits_for_a_decision,
        ),
    ),
)
