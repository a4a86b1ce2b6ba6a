"""Rule 4, after a reply: the IRO decides, and the SRSM can record their own view.

The IRO records a resolution (rule 16), moves the challenge up (rule 8), accepts the agreed actions
(rule 6) or asks again at the same stage: the IRO once, the SRSM once more. If the SRSM's view and
the decision differ, the Senior IRO Manager gets an email.

Guidance: G5, G52, G58.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, settle, superseded, with_request
from domain.deadlines import Deadline
from domain.events import AboutRequest, Event
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    Command,
    Hand,
    If,
    Mark,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Tell,
    Written,
)
from domain.people import oversees_as
from domain.rules.lateness import iro_is_late
from domain.rules.stages import StageBegan, new_request
from domain.values import value
from domain.vocabulary import AWAITING, OPEN, Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council

__all__ = [
    "DECIDING",
    "AskAgain",
    "AskedAgain",
    "GiveView",
    "ManagerView",
    "NotAgain",
    "why_not_again",
]

#: The key of the mark of challenges in which the SRSM's view and the IRO's decision differ.
_VIEWS_DIFFER = "differ"

_DECIDING = (Standing.IRO_TO_DECIDE,)
_SILENT_BEFORE = If(
    "no reply came, and the deadline was revised since (rule 7)",
    lambda challenge, _council: challenge.decision is not None,
)


# Ask again ---------------------------------------------------------------------------------------


def _the_srsm_saw_it_as_resolved(challenge: Challenge, event: Event) -> bool:
    """Whether asking again differs from the SRSM's view of what was asked before."""
    fact = event.fact
    before = challenge.request_number(fact.request - 1) if isinstance(fact, AskedAgain) else None
    return before is not None and before.manager_view is True


@value
class AskedAgain(AboutRequest):
    """The same stage was asked again, by request ``request``.

    The reply to the request before counts no longer as one (rule 5); its actions can be accepted.
    """

    request: int
    words: str
    deadline: Deadline

    news = "the question was asked again"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_the_srsm_saw_it_as_resolved),
    )

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
    SILENT_AT_QAP = (
        "Nobody replied in time. Set a new date for the reply, or move the challenge to a formal "
        "stage."
    )
    IROS_TURN = (
        "This stage has not been asked again yet, which is for the IRO to do first. Once they "
        "have, you can ask again once more."
    )
    ASKED_BEFORE = (
        "This stage has been asked again once already. Decide, move the challenge to a later "
        "stage, or ask the Safeguarding & Review Service Manager to ask again."
    )
    ASKED_TWICE = (
        "This stage has been asked again twice already. It has to be decided now, or moved to a "
        "later stage."
    )


#: What is asked under the challenge's own key while nobody has replied: what follows the silence,
#: and at QAP whether the new date of the reply is confirmed.
_SILENT = (Purpose.DECIDE_SILENCE, Purpose.CONFIRM_DATE)


def why_not_again(
    challenge: Challenge, by: frozenset[Capacity], council: Council
) -> NotAgain | None:
    """Return why somebody with the capacities ``by`` cannot ask again; ``None`` if they can.

    The first time at a stage is the IRO's, or the SRSM's where she decides in their place; the
    second is the SRSM's. The Senior IRO Manager may stand in for either (``AskAgain``). A missed
    timescale at QAP gets a new date, which the SRSM confirms (rule 2).
    """
    if challenge.stage_clock_stopped:
        return NotAgain.ACTIONS_ACCEPTED
    question = challenge.decision
    if question and question.purpose in _SILENT and not challenge.stage.formal:
        return NotAgain.SILENT_AT_QAP
    times = _times_asked_again(challenge)
    turns = {
        Capacity.IRO: (0,),
        Capacity.SRSM: (0, 1) if iro_is_late(challenge, council) else (1,),
        Capacity.SENIOR_IRO_MANAGER: (0, 1),
    }
    if any(times in turns[who] for who in by & turns.keys()):
        return None
    if times == 0:
        return NotAgain.IROS_TURN
    return NotAgain.ASKED_BEFORE if times == 1 else NotAgain.ASKED_TWICE


def _times_asked_again(challenge: Challenge) -> int:
    """Return how often the present stage was asked again; a reassignment does not count."""
    asked = (
        challenge.request_number(event.fact.request)
        for event in challenge.events
        if isinstance(event.fact, AskedAgain)
    )
    return sum(request.stage is challenge.stage for request in asked if request)


@value
class AskAgain(Command):
    """Ask the same stage again, for at most five working days, within the resolution period.

    Beyond the period only the Senior IRO Manager asks, and she only does so beyond it.
    """

    words: str
    days: int

    called = "Ask again at this stage"
    who = (
        May(Capacity.IRO, _DECIDING),
        May(Capacity.SRSM, _DECIDING),
        May(Capacity.SENIOR_IRO_MANAGER, _DECIDING),
        May(Capacity.IRO, AWAITING, _SILENT_BEFORE),
        May(Capacity.SRSM, AWAITING, _SILENT_BEFORE),
        May(Capacity.SENIOR_IRO_MANAGER, AWAITING, _SILENT_BEFORE),
    )
    settles = (Purpose.DECIDE, Purpose.DECIDE_SILENCE, Purpose.STEP_IN)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AskedAgain]:
        """Yield the new request, due in ``days`` working days."""
        problems = Problems()
        most = hand.council.procedure.ask_again_at_most
        problems.need("words", self.words, "Enter what you still need to know or see.")
        problems.refuse_if("days", self.days < 1, "Enter at least 1 working day.")
        problems.refuse_if("days", self.days > most, f"Enter at most {most} working days.")
        refusal = why_not_again(challenge, hand.capacities, hand.council)
        problems.refuse_if("words", bool(refusal), refusal or "")
        problems.check()
        deadline = hand.council.within(self.days, hand.now)
        problems.refuse_if(*_beyond_or_within(challenge, deadline, hand.capacities))
        problems.check()
        yield AskedAgain(len(challenge.requests) + 1, self.words, deadline)


def _beyond_or_within(
    challenge: Challenge, deadline: Deadline, who: frozenset[Capacity]
) -> tuple[str, bool, str]:
    """Return whether ``deadline`` is not theirs to set: the field, whether, and what to do."""
    end = challenge.period.day if challenge.period else deadline.day
    if deadline.day > end:
        beyond = (
            f"That would end after the 20-working-day limit, {day_in_words(end)}. Only the Senior "
            "IRO Manager can ask again for so long: ask them to do it on this challenge’s page."
        )
        return "days", Capacity.SENIOR_IRO_MANAGER not in who, beyond
    within = (
        "That would end within the 20-working-day limit, so it is for the IRO or the Safeguarding "
        "& Review Service Manager to ask."
    )
    return "days", not who & {Capacity.IRO, Capacity.SRSM}, within


# The SRSM's view ---------------------------------------------------------------------------------


def _the_iro_decided_otherwise(challenge: Challenge, event: Event) -> bool:
    """Whether the SRSM's view and the IRO's decision differ."""
    fact = event.fact
    if not isinstance(fact, ManagerView):
        return False
    if challenge.outcome:
        return challenge.outcome.resolved is not fact.resolved
    following = challenge.request_number(fact.request + 1)
    decision = challenge.events[following.event - 1].fact if following else None
    return fact.resolved and isinstance(decision, StageBegan | AskedAgain)


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


@value
class GiveView(Command):
    """Record your own view, as the SRSM, before or after a reply."""

    resolved: bool
    words: str

    called = "Record your view"
    who = (May(Capacity.SRSM, OPEN),)
    settles = ()

    def follows(self, challenge: Challenge, _hand: Hand) -> Iterator[ManagerView]:
        """Yield the view; the decision stays with the IRO."""
        problems = Problems()
        problems.need("words", self.words, "Enter the reasons for your view.")
        problems.check()
        yield ManagerView(challenge.request.number, self.resolved, self.words)


def _it_waits_for_a_decision(challenge: Challenge) -> bool:
    return any(challenge.stopped_by(question) for question in challenge.asked)


def _who_is_to_decide(challenge: Challenge, council: Council, today: date) -> str:
    """Return ``IRO to decide``, or ``Safeguarding & Review Service Manager to decide``.

    All whom the challenge waits for, the most urgent first.
    """
    whose = [one.whose for one in challenge.questions if challenge.stopped_by(one)]
    roles = [oversees_as(one, challenge, council, today) for one in whose]
    named = dict.fromkeys(
        role.in_words if role else one.removeprefix("the ")
        for one, role in zip(whose, roles, strict=True)
    )
    return f"{' and '.join(named)} to decide" if named else ""


def _views_differ(challenge: Challenge) -> bool:
    """Whether it is open, and the SRSM has seen it as resolved where the IRO went on."""
    if not challenge.open:
        return False
    accepted = challenge.standing is Standing.ACTIONS_UNDER_WAY
    return (accepted and challenge.request.manager_view is True) or any(
        _the_iro_decided_otherwise(challenge, event) for event in challenge.events
    )


DECIDING = Part(
    4,
    "After a reply",
    facts=(AskedAgain, ManagerView),
    acts=(AskAgain, GiveView),
    rungs=(
        Rung(
            Standing.IRO_TO_DECIDE,
            "IRO to decide",
            "waiting for a decision",
            _it_waits_for_a_decision,
            whose=_who_is_to_decide,
        ),
    ),
    marks=(Mark(_VIEWS_DIFFER, "IRO and service manager differ", _views_differ, quiet=True),),
)
