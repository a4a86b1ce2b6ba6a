"""The challenge in words: each event's line, what was written, and what happens next.

A *headline* and a *next step* name no child and quote nobody: letters use them. The *details*
are what people wrote, for the challenge's page alone.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from domain import events as facts
from domain.challenge import Challenge, Purpose
from domain.council import Council
from domain.decide import cannot_fit
from domain.events import Event, Fact
from domain.ladder import LADDER, Stage
from domain.moments import day_in_words
from domain.procedure import OnNoReply

if TYPE_CHECKING:
    from datetime import datetime


__all__ = ["details", "headline", "next_step", "waits_for"]


def headline(event: Event, challenge: Challenge, council: Council) -> str:
    """One sentence about ``event``, without a full stop: no child's details, nobody's words."""
    return _headline(event.fact, event, challenge, council)


@singledispatch
def _headline(fact: Fact, _event: Event, _challenge: Challenge, _council: Council) -> str:
    message = f"The timeline has no line for {type(fact).__name__}."
    raise TypeError(message)


def _posts(posts: tuple[str, ...], council: Council) -> str:
    return " and ".join(council.directory.title(post) for post in posts) or "nobody (no post)"


@_headline.register
def _(fact: facts.Raised, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} raised the challenge at {fact.entry.title}"


@_headline.register
def _(fact: facts.StageBegan, _event: Event, _challenge: Challenge, council: Council) -> str:
    why = {
        facts.Cause.RAISED: "began",
        facts.Cause.NOT_RESOLVED: "began: the IRO found the matter not resolved",
        facts.Cause.ESCALATED: "began: the IRO moved the challenge up",
        facts.Cause.NO_REPLY: "began: there was no reply by the deadline",
    }[fact.cause]
    due = day_in_words(fact.deadline.day)
    return f"{fact.stage.title} {why}. {_posts(fact.posts, council)} to reply by the end of {due}"


@_headline.register
def _(fact: facts.Served, _event: Event, _challenge: Challenge, council: Council) -> str:
    officer = council.directory.officers.get(fact.officer)
    name = officer.name if officer else fact.officer
    due = day_in_words(fact.deadline.day) if fact.deadline else ""
    late = f". The days count from now: due by the end of {due}" if due else ""
    return f"The request was accepted for delivery to {name}{late}"


@_headline.register
def _(fact: facts.NotServed, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"Nobody could be asked to reply: {fact.cause}"


@_headline.register
def _(fact: facts.Reminded, _event: Event, challenge: Challenge, _council: Council) -> str:
    request = challenge.request_number(fact.request) or challenge.request
    return f"{request.stage.title}: one working day left to reply"


@_headline.register
def _(_fact: facts.DeadlineMissed, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return "No reply came by the deadline"


@_headline.register
def _(fact: facts.Replied, event: Event, _challenge: Challenge, _council: Council) -> str:
    late = "after the deadline " if fact.late else ""
    return f"{event.actor.name} replied {late}: {fact.answer}".replace(" :", ":")


@_headline.register
def _(_fact: facts.NotMine, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} says that this is not theirs to answer"


@_headline.register
def _(fact: facts.Reassigned, _event: Event, _challenge: Challenge, council: Council) -> str:
    due = day_in_words(fact.deadline.day)
    return f"Put to {_posts((fact.post,), council)} instead, to reply by the end of {due}"


@_headline.register
def _(fact: facts.AskedAgain, _event: Event, _challenge: Challenge, _council: Council) -> str:
    due = day_in_words(fact.deadline.day)
    return f"Asked again at the same stage, to reply by the end of {due}"


@_headline.register
def _(fact: facts.ManagerView, event: Event, _challenge: Challenge, _council: Council) -> str:
    view = "resolved" if fact.resolved else "not resolved"
    return f"{event.actor.name} sees the matter as {view}"


@_headline.register
def _(fact: facts.ActionsAccepted, event: Event, _challenge: Challenge, _council: Council) -> str:
    count = len(fact.actions)
    actions = "1 agreed action" if count == 1 else f"{count} agreed actions"
    return f"{event.actor.name} accepted {actions}, to be followed until each is done"


@_headline.register
def _(fact: facts.ActionDone, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} reported action {fact.action} done"


@_headline.register
def _(fact: facts.ActionConfirmed, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} confirmed that action {fact.action} was done"


@_headline.register
def _(fact: facts.ActionGivenUp, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} gave action {fact.action} up"


@_headline.register
def _(fact: facts.ActionMissed, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"Action {fact.action} was not reported done by its date"


@_headline.register
def _(fact: facts.ActionRedated, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"Action {fact.action} has a new date: {day_in_words(fact.by)}"


@_headline.register
def _(fact: facts.DeadlineRevised, event: Event, _challenge: Challenge, _council: Council) -> str:
    due = day_in_words(fact.deadline.day)
    return f"{event.actor.name} revised the deadline to the end of {due}"


@_headline.register
def _(_fact: facts.Objected, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} objected to the revised deadline"


@_headline.register
def _(fact: facts.DeadlineMoved, _event: Event, _challenge: Challenge, _council: Council) -> str:
    due = day_in_words(fact.deadline.day)
    return f"A deadline moved to the end of {due}, because the bank holidays changed"


@_headline.register
def _(fact: facts.Chased, _event: Event, _challenge: Challenge, _council: Council) -> str:
    days = "1 working day" if fact.days_over == 1 else f"{fact.days_over} working days"
    return f"{days} past the date to {fact.about}"


@_headline.register
def _(fact: facts.IroAppointed, _event: Event, _challenge: Challenge, council: Council) -> str:
    iro = council.directory.officers.get(fact.iro)
    return f"{iro.name if iro else fact.iro} is the IRO from now on"


@_headline.register
def _(
    _fact: facts.ResolutionPeriodEnding, _event: Event, _challenge: Challenge, _council: Council
) -> str:
    return "The resolution period ends today"


@_headline.register
def _(
    _fact: facts.ResolutionPeriodOver, _event: Event, _challenge: Challenge, _council: Council
) -> str:
    return "The resolution period is over, and the challenge is still open"


@_headline.register
def _(fact: facts.Closed, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} closed the challenge: {fact.outcome}"


#: What somebody wrote, in each kind of fact: the field, and what a page calls it.
_WRITTEN = {
    "entry_reason": "Why at this stage",
    "tried": "What was tried",
    "views": "The child's views",
    "words": "In their words",
    "reason": "Reason",
    "shown_by": "What shows it",
    "because": "Why",
    "how_told": "How the child was told",
}


def details(fact: Fact) -> tuple[tuple[str, str], ...]:
    """What people wrote in ``fact``, and the sums behind its deadlines: (label, text) pairs."""
    written = [(label, getattr(fact, name, "")) for name, label in _WRITTEN.items()]
    pairs = [(label, text) for label, text in written if text]
    if isinstance(fact, facts.Replied | facts.ActionsAccepted):
        pairs += [
            (f"Action {number}", f"{action.what} ({action.owner}, by {day_in_words(action.by)})")
            for number, action in enumerate(fact.actions, start=1)
        ]
    if isinstance(fact, facts.Closed):
        pairs.append(("Was the child told", fact.child_told))
    sums = [("deadline", "How the deadline was counted"), ("period", "Resolution period")]
    sums += [("decide_by", "IRO to decide by"), ("reassign_by", "To be reassigned by")]
    sums += [("name_by", "Somebody to be named by"), ("confirm_by", "To be confirmed by")]
    for name, label in sums:
        deadline = getattr(fact, name, None)
        if deadline:
            pairs.append((label, deadline.why))
    return tuple(pairs)


def waits_for(challenge: Challenge, council: Council) -> str:
    """The person or post that the challenge waits for: ``Team Manager, North Team``."""
    if not challenge.open:
        return "nobody: it has ended"
    questions = challenge.questions
    iro = council.directory.officers.get(challenge.iro)
    name = f"{iro.name}, IRO" if iro else "the IRO"
    if questions:
        by_manager = questions[0].purpose is Purpose.NAME_SOMEBODY
        return "the Safeguarding & Review Service Manager" if by_manager else name
    if challenge.stage_clock_stopped:
        owners = [a.agreed.owner for a in challenge.open_actions]
        return " and ".join(dict.fromkeys(owners))
    return _posts(challenge.request.posts, council)


def next_step(challenge: Challenge, now: datetime, council: Council) -> tuple[str, ...]:
    """What happens next, as sentences: who has the ball, until when, and what follows then."""
    if not challenge.open:
        return (f"The challenge has ended: {challenge.outcome}. Nothing more is needed.",)
    sentences = [*_ball(challenge, council)]
    if challenge.period:
        end = day_in_words(challenge.period.day)
        over = "ended" if challenge.beyond_period else "ends"
        sentences.append(f"The resolution period of the formal process {over} on {end}.")
    if not challenge.beyond_period and cannot_fit(challenge, now, council.calendar):
        sentences.append("The stages that are left no longer fit into the days that are left.")
    return tuple(sentences)


def _ball(challenge: Challenge, council: Council) -> list[str]:
    waits = waits_for(challenge, council)
    if challenge.questions:
        question = challenge.questions[0]
        due = day_in_words(question.deadline.day)
        first = f"It waits for {waits} to {question.purpose}, by the end of {due}."
        return [first, "After that, a reminder goes out each working day until it is done."]
    if challenge.stage_clock_stopped:
        nearest = min(challenge.open_actions, key=lambda action: action.deadline.day)
        due = day_in_words(nearest.deadline.day)
        return [
            f"Agreed actions are under way; the next is due by the end of {due}.",
            "The challenge stays open until each is done and the IRO has confirmed it.",
        ]
    due = day_in_words(challenge.request.deadline.day)
    return [f"{waits} to reply by the end of {due}.", _after_silence(challenge, council)]


def _after_silence(challenge: Challenge, council: Council) -> str:
    """Rules 3 and 5: what happens at the deadline if there is no reply."""
    following: Stage | None = LADDER[challenge.stage].next
    climbs = council.procedure.on_no_reply is OnNoReply.ESCALATE and challenge.stage.formal
    if climbs and following:
        return f"If there is no reply by then, the challenge moves to {following.title}."
    return "If there is no reply by then, the IRO decides what follows."
