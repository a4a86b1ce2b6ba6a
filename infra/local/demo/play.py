"""Play the stories of the demonstration: in the order of their days, by the rules, nothing written.

Whoever acts is somebody whom the procedure lets act. A step that the rules refuse stops the play
with the story's number: the stories are kept true by a test.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from adapters import clock
from adapters.wiring import casebook
from domain.errors import ProcedureError
from domain.events import Actor
from domain.moments import at_local, local_day
from domain.people import may_answer, people_asked
from domain.permissions import may
from domain.vocabulary import Capacity
from handlers.form_fields import Surroundings, WrongAnswersError
from handlers.forms import RaiseForm
from infra.errors import InfraError
from infra.local.demo.stories import ASKED, CHILDREN, IRO, STORIES, At

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.part import Command
    from infra.local.demo.stories import Step, Story

__all__ = ["StoryError", "play"]

#: When in the day people act; what follows on the same day comes some minutes later.
_FIRST, _LATER = time(10, 15), timedelta(minutes=25)

#: The stories count back from the last day that has reached its evening, so that the time at which
#: they are played makes no difference.
_EVENING = timedelta(hours=17)


class StoryError(InfraError):
    """A story cannot be played: the rules refuse one of its steps."""


@dataclass(order=True)
class _Next:
    """What comes next in a story, and when: step -1 raises it."""

    at: datetime
    order: int
    number: int = field(compare=False)
    step: int = field(compare=False)
    reference: str = field(compare=False, default="")


def _days_before(days: int, today: date, council: Council) -> date:
    """Return the working day that is ``days`` working days before ``today`` or the last worked."""
    calendar, day = council.calendar, today
    while days or not calendar.is_working_day(day):
        day -= timedelta(days=1)
        days -= calendar.is_working_day(day) and days > 0
    return day


def play(
    until: datetime,
    move: Callable[[datetime], None],
    stories: Sequence[Story] = STORIES,
) -> Iterator[tuple[int, int]]:
    """Play every story up to the moment ``until``, and yield how many steps of how many are done.

    ``move`` moves the service's clock: what falls due on the way happens. A step that would come
    after ``until`` is not taken. Raise ``StoryError``.
    """
    today, order = local_day(until - _EVENING), count()
    council = casebook().council()
    ahead = [
        _Next(_begin(story, today, council), next(order), number, -1)
        for number, story in enumerate(stories)
    ]
    heapq.heapify(ahead)
    every, done = len(stories) + sum(len(story.steps) for story in stories), 0
    while ahead:
        one = heapq.heappop(ahead)
        done += 1
        if one.at > until:
            continue
        if one.at > clock.now():
            move(one.at)
        story = stories[one.number]
        try:
            reference = one.reference or _raise(story, one.number, council)
            if one.step >= 0:
                _do(story.steps[one.step], reference, f"{one.number}-{one.step}")
        except (ProcedureError, WrongAnswersError) as error:
            message = f"Story {one.number}, step {one.step}: {error!r} {vars(error)}"
            raise StoryError(message) from error
        if one.step + 1 < len(story.steps):
            at = _after(one.at, story.steps[one.step + 1].after, council)
            heapq.heappush(ahead, _Next(at, next(order), one.number, one.step + 1, reference))
        yield done, every
    move(until)


def _begin(story: Story, today: date, council: Council) -> datetime:
    return at_local(_days_before(story.raised, today, council), _FIRST)


def _after(at: datetime, days: int, council: Council) -> datetime:
    """Return the moment ``days`` working days later, or some minutes later on the same day."""
    if days == 0:
        return at + _LATER
    return at_local(council.calendar.add(local_day(at), days), _FIRST)


def _raise(story: Story, number: int, council: Council) -> str:
    """Raise the challenge of a story as its IRO does with the form; return its reference."""
    book, child = casebook(), CHILDREN[story.child]
    today = local_day(clock.now())
    wanted = council.calendar.add(today, story.concern.within)
    answers: dict[str, object] = {
        "case_id": child.case_id,
        "initials": child.initials,
        "name": child.name,
        "date_of_birth": f"{child.born}-05-{1 + story.child % 28:02}",
        "team": child.team,
        "social_worker": child.worker,
        "stage": str(story.stage),
        "reason": "It has waited too long for an informal answer." if story.stage.formal else "",
        "concerns": [
            {
                "theme": story.concern.theme,
                "what": story.concern.what,
                "outcome": story.concern.outcome,
                "by": str(wanted),
            }
        ],
        "tried": "I spoke with the social worker and the team manager, and wrote to both.",
        "views": "I want to know what will happen, and when.",
        "rights_breached": "yes" if story.stage.formal else "no",
        **{name: _answer(given, today) for name, given in story.more.items()},
    }
    form = RaiseForm.checked(answers, Surroundings(today, council, story.iro))
    iro = council.directory.officers[story.iro]
    actor = Actor(iro.id, iro.name, str(Capacity.IRO), "page")
    once = str(uuid5(NAMESPACE_OID, f"demonstration {number}"))
    return book.raise_challenge(form.raised(council, today), actor, once).reference


def _answer(given: object, today: date) -> object:
    """Return an answer of the form; a span of time is the date so far ahead."""
    return str(today + given) if isinstance(given, timedelta) else given


def _do(step: Step, reference: str, step_id: str) -> None:
    """Do one step in the challenge with this reference."""
    book = casebook()
    challenge = book.record.chain.load(reference).challenge
    council, today = book.council_for(challenge), local_day(clock.now())
    who = _who(step.who, challenge, council, today)
    officer = council.directory.officers[who]
    command = step.does(At(challenge, today, council.calendar))
    if command is None:
        return
    actor = Actor(
        who,
        officer.name,
        _capacity(type(command), book.capacities(challenge, who), challenge, council),
        "page",
    )
    book.act(reference, command, actor, str(uuid5(NAMESPACE_OID, f"{reference} {step_id}")))


def _who(who: str, challenge: Challenge, council: Council, today: date) -> str:
    """Return the id of the officer who does a step."""
    if who == IRO:
        return challenge.iro
    if who != ASKED:
        return who
    asked = [
        person.id
        for post in challenge.request.to_reply
        for person in people_asked(challenge, post, council, today)
        if may_answer(challenge.request, challenge, person.id, council, today)
    ]
    return asked[0]


def _capacity(
    command: type[Command], who: frozenset[Capacity], challenge: Challenge, council: Council
) -> str:
    """Return the first of these capacities that allows the command, as a page does."""
    return next(
        (str(one) for one in sorted(who) if may(command, frozenset({one}), challenge, council)), ""
    )
