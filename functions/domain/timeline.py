"""The challenge in words: each event's line, what was written, and what happens next.

A *headline* and a *next step* name no child and quote nobody: letters use them. The *details*
are what people wrote, for the challenge's page alone.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from domain import events as facts
from domain.challenge import (
    PERIOD,
    REQUEST,
    ActionState,
    Challenge,
    Purpose,
    Question,
    Standing,
    read,
)
from domain.council import Council
from domain.decide import cannot_fit
from domain.events import Event, Fact
from domain.ladder import LADDER, Role, Stage
from domain.moments import day_in_words, local_day
from domain.permissions import Capacity, capacities, people_asked
from domain.procedure import OnNoReply
from domain.writing import isolated

if TYPE_CHECKING:
    from datetime import datetime

    from domain.deadlines import Deadline

__all__ = [
    "days_in_words",
    "decider",
    "details",
    "headline",
    "next_step",
    "still_to_do",
    "turn_to",
    "waits_for",
    "where_it_stands",
]


def headline(event: Event, challenge: Challenge, council: Council) -> str:
    """One sentence about ``event``, without a full stop: no child's details, nobody's words."""
    return _headline(event.fact, event, challenge, council)


@singledispatch
def _headline(fact: Fact, _event: Event, _challenge: Challenge, _council: Council) -> str:
    message = f"The timeline has no line for {type(fact).__name__}."
    raise TypeError(message)


def days_in_words(days: int) -> str:
    """``1 working day``; ``3 working days``."""
    return "1 working day" if days == 1 else f"{days} working days"


def decider(purpose: Purpose) -> Capacity:
    """Whose a question is: the IRO's, but where nobody could be asked the SRSM's (rule 15)."""
    return Capacity.SRSM if purpose is Purpose.NAME_SOMEBODY else Capacity.IRO


def _posts(posts: tuple[str, ...], council: Council) -> str:
    """Those who are asked; any one of them may reply."""
    titles = [f"the {council.directory.title(post)}" for post in posts]
    return " or ".join(titles) or "a post that the directory does not have"


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
    asked = _posts(fact.posts, council)
    return f"{fact.stage.title} {why}. A reply is due from {asked} by the end of {due}"


@_headline.register
def _(fact: facts.Served, _event: Event, _challenge: Challenge, council: Council) -> str:
    officer = council.directory.officers.get(fact.officer)
    name = officer.name if officer else fact.officer
    due = day_in_words(fact.deadline.day) if fact.deadline else ""
    late = f". The days count from then: a reply is due by the end of {due}" if due else ""
    return f"The request was accepted for delivery to {name}{late}"


@_headline.register
def _(fact: facts.Bounced, _event: Event, _challenge: Challenge, council: Council) -> str:
    officer = council.directory.officers.get(fact.officer)
    name = officer.name if officer else fact.officer
    return f"The request did not reach {name}: the letter was refused, or came back"


@_headline.register
def _(fact: facts.NotServed, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"Nobody could be asked to reply: {fact.cause}"


@_headline.register
def _(fact: facts.Reminded, _event: Event, challenge: Challenge, _council: Council) -> str:
    request = challenge.request_number(fact.request) or challenge.request
    return f"One working day is left to reply at {request.stage.title}"


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
    asked = _posts((fact.post,), council)
    return f"The question was put to {asked} instead, to reply by the end of {due}"


@_headline.register
def _(fact: facts.AskedAgain, _event: Event, _challenge: Challenge, _council: Council) -> str:
    due = day_in_words(fact.deadline.day)
    return f"The question was asked again at the same stage. A reply is due by the end of {due}"


@_headline.register
def _(fact: facts.ManagerView, event: Event, _challenge: Challenge, _council: Council) -> str:
    view = "resolved" if fact.resolved else "not resolved"
    return f"{event.actor.name} sees the matter as {view}"


@_headline.register
def _(fact: facts.ActionsAccepted, event: Event, _challenge: Challenge, _council: Council) -> str:
    count = len(fact.actions)
    actions = "1 agreed action" if count == 1 else f"{count} agreed actions"
    each = "it is" if count == 1 else "each is"
    return f"{event.actor.name} accepted {actions}, to be followed until {each} done"


@_headline.register
def _(fact: facts.ActionDone, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} reported action {fact.action} done"


@_headline.register
def _(fact: facts.ActionConfirmed, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} confirmed that action {fact.action} was done"


@_headline.register
def _(fact: facts.ActionGivenUp, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} gave up action {fact.action}"


@_headline.register
def _(fact: facts.ActionMissed, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"Action {fact.action} was not reported done by its date"


@_headline.register
def _(fact: facts.ActionRedated, _event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"Action {fact.action} has a new date: {day_in_words(fact.by)}"


@_headline.register
def _(fact: facts.DeadlineRevised, event: Event, challenge: Challenge, _council: Council) -> str:
    before = _before(event, challenge).request_number(fact.request)
    moved = _moved(before.deadline if before else None, fact.deadline)
    return f"{event.actor.name} revised the deadline to reply: {moved}"


def _before(event: Event, challenge: Challenge) -> Challenge:
    """The challenge as it was when ``event`` came."""
    return read(challenge.reference, challenge.events[: event.number - 1])


def _moved(old: Deadline | None, new: Deadline) -> str:
    """Rule 7: the first deadline stays visible, and none is shortened without a word."""
    to = f"the end of {day_in_words(new.day)}"
    if old is None:
        return f"it is {to}"
    which = "earlier" if new.day < old.day else "later"
    return f"it was the end of {day_in_words(old.day)}, and is now {to}, which is {which}"


@_headline.register
def _(_fact: facts.Objected, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} objected to the revised deadline"


@_headline.register
def _(fact: facts.DeadlineMoved, event: Event, challenge: Challenge, _council: Council) -> str:
    before = _before(event, challenge)
    asked = [question.deadline for question in before.questions if question.key == fact.what]
    what, old = {
        PERIOD: ("end of the resolution period", before.period),
        REQUEST: ("deadline to reply", before.request.deadline),
    }.get(fact.what, ("deadline of a decision", asked[0] if asked else None))
    return f"The bank holidays changed, and with them the {what}: {_moved(old, fact.deadline)}"


@_headline.register
def _(fact: facts.Chased, _event: Event, _challenge: Challenge, _council: Council) -> str:
    purpose = Purpose(fact.about)
    return f"{days_in_words(fact.days_over)} late: {decider(purpose)} has yet to {purpose}"


@_headline.register
def _(fact: facts.IroAppointed, _event: Event, _challenge: Challenge, council: Council) -> str:
    iro = council.directory.officers.get(fact.iro)
    return f"{iro.name if iro else fact.iro} is the IRO of this challenge from now on"


@_headline.register
def _(
    _fact: facts.ResolutionPeriodEnding, event: Event, _challenge: Challenge, _council: Council
) -> str:
    day = day_in_words(local_day(event.effective))
    return f"{day} is the last day of the resolution period, and the challenge is still open"


@_headline.register
def _(
    _fact: facts.ResolutionPeriodOver, _event: Event, _challenge: Challenge, _council: Council
) -> str:
    return "The resolution period is over, and the challenge is still open"


@_headline.register
def _(_fact: facts.Noted, event: Event, _challenge: Challenge, _council: Council) -> str:
    return f"{event.actor.name} wrote a note"


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
            (f"Action {number}", _undertaking(action))
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


def _undertaking(action: facts.AgreedAction) -> str:
    by = day_in_words(action.by)
    return f"{isolated(action.what)} ({isolated(action.owner)}, by {by})"


def waits_for(challenge: Challenge, council: Council) -> str:
    """The person or post that the challenge waits for: ``the Team Manager, North Team``.

    While agreed actions are under way it names their owners, as somebody typed them: for pages.
    """
    if not challenge.open:
        return "nobody: it has ended"
    if challenge.questions:
        return _decider_in_words(challenge.questions[0], challenge, council)
    if challenge.stage_clock_stopped:
        owners = [isolated(a.agreed.owner) for a in challenge.open_actions]
        return " and ".join(dict.fromkeys(owners))
    return _posts(challenge.request.posts, council)


def _decider_in_words(question: Question, challenge: Challenge, council: Council) -> str:
    who = decider(question.purpose)
    iro = council.directory.officers.get(challenge.iro)
    return f"{iro.name} ({who})" if iro and who is Capacity.IRO else str(who)


def still_to_do(challenge: Challenge, officer: str, council: Council, now: datetime) -> str:
    """What ``officer`` still has to do in this challenge, as sentences; empty if nothing."""
    if not challenge.open:
        return ""
    today = local_day(now)
    who = capacities(challenge, officer, council, today)
    for question in challenge.questions:
        if decider(question.purpose) in who:
            due = day_in_words(question.deadline.day)
            late = " That day has passed." if question.deadline.at < now else ""
            return f"You still have to {question.purpose}, by the end of {due}.{late}"
    posts = challenge.request.posts
    asked = {o.id for post in posts for o in people_asked(challenge, post, council, today)}
    if officer in asked and challenge.awaiting_reply:
        due = day_in_words(challenge.request.deadline.day)
        return (
            f"Your reply at {challenge.stage.title} is still due by the end of {due}: use the link "
            "in the letter that asked you for it."
        )
    undone = (ActionState.OPEN, ActionState.MISSED)
    if officer in asked and any(action.state in undone for action in challenge.actions):
        return "Actions were agreed: once one is done, report it on the challenge’s page."
    return ""


def turn_to(challenge: Challenge, officer: str, council: Council, now: datetime) -> str:
    """Who helps ``officer`` with this challenge: its IRO, and the IRO is helped by the SRSM."""
    directory = council.directory
    iro = directory.officers.get(challenge.iro)
    if iro and iro.id != officer:
        return f"{iro.name}, the IRO ({iro.email})"
    day, team = local_day(now), challenge.raised.child.team
    return directory.contact(Role.SRSM, day, team=team, besides=officer)


_STANDING = {
    Standing.IRO_TO_DECIDE: "IRO to decide",
    Standing.TO_BE_REASSIGNED: "Somebody to be named to reply",
    Standing.ACTIONS_UNDER_WAY: "Agreed actions under way",
    Standing.CLOSED: "Ended",
}


def where_it_stands(standing: Standing, stage: Stage) -> str:
    """``Stage 1: waiting for a reply``."""
    return f"{stage.title}: {_STANDING.get(standing, 'waiting for a reply')}"


def next_step(challenge: Challenge, now: datetime, council: Council) -> tuple[str, ...]:
    """What happens next, as sentences: who has the ball, until when, and what follows then."""
    if not challenge.open:
        return (f"The challenge has ended: {challenge.outcome}. Nothing more is needed.",)
    sentences = [*_ball(challenge, now, council)]
    if challenge.period:
        end = day_in_words(challenge.period.day)
        over = "ended" if challenge.beyond_period else "ends"
        sentences.append(f"The resolution period of the formal process {over} on {end}.")
    if not challenge.beyond_period and cannot_fit(challenge, now, council.calendar):
        sentences.append(
            "The stages that are left no longer fit into what is left of the resolution period."
        )
    return tuple(sentences)


def _ball(challenge: Challenge, now: datetime, council: Council) -> list[str]:
    if challenge.questions:
        question = challenge.questions[0]
        who = _decider_in_words(question, challenge, council)
        due = day_in_words(question.deadline.day)
        first = f"{_capitalised(who)} is to {question.purpose} by the end of {due}."
        if question.deadline.at < now:
            first = f"{_capitalised(who)} was to {question.purpose} by the end of {due}."
        return [first, *_after_no_decision(question, council)]
    if challenge.stage_clock_stopped:
        nearest = min(challenge.open_actions, key=lambda action: action.deadline.day)
        due = day_in_words(nearest.deadline.day)
        return [
            f"Agreed actions are under way. The next is due by the end of {due}.",
            "The challenge stays open until each is done and the IRO has confirmed it.",
        ]
    due = day_in_words(challenge.request.deadline.day)
    asked = _posts(challenge.request.posts, council)
    return [
        f"A reply is due from {asked} by the end of {due}.",
        _after_silence(challenge, council),
    ]


def _after_no_decision(question: Question, council: Council) -> list[str]:
    """Rules 4 and 15: what happens when a decision is late."""
    procedure = council.procedure
    chase = "Once that day has passed, a reminder goes out each working day until it is done."
    if question.purpose is Purpose.NAME_SOMEBODY:
        days = days_in_words(procedure.name_somebody_within)
        return [chase, f"If it is {days} late, the Senior IRO Manager is told."]
    if question.purpose is Purpose.REASSIGN:
        days = days_in_words(procedure.senior_told_after)
        return [chase, f"If it is {days} late, the Senior IRO Manager is told."]
    step_in = days_in_words(procedure.manager_may_decide_after)
    days = days_in_words(procedure.senior_told_after)
    return [
        chase,
        f"If it is {step_in} late, the {Role.SRSM} may decide instead.",
        f"If it is {days} late, the Senior IRO Manager is told.",
    ]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _after_silence(challenge: Challenge, council: Council) -> str:
    """Rules 3 and 5: what happens at the deadline if there is no reply."""
    following: Stage | None = LADDER[challenge.stage].next
    climbs = council.procedure.on_no_reply is OnNoReply.ESCALATE and challenge.stage.formal
    if climbs and following:
        return f"If there is no reply by then, the challenge moves to {following.title}."
    return "If there is no reply by then, the IRO decides what follows."
