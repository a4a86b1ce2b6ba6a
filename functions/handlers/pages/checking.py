"""The page to check an act before it is done: what changes, and who is asked or told by when.

It is worked out from the act itself, which the casebook rehearses without writing anything: the
challenge as it is and as it would be, its tasks and its emails. So no table here knows any act.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import ActionState
from domain.moments import day_in_words, moment_in_words
from domain.rules.lateness import days_in_words
from domain.rules.revising import revisable
from domain.tasks import is_theirs, tasks
from domain.values import Value, value
from domain.writing import capitalised, isolated
from handlers import dates
from handlers.pages import whole
from handlers.pages.kit import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from adapters.casebook import Foreseen
    from domain.challenge import Action, Challenge
    from domain.council import Council
    from domain.part import Task
    from handlers.pages.acts.page import ActPage, Confirm, Scene
    from handlers.pages.kit import Field

__all__ = ["Change", "Check", "check_of"]


@value
class Change(Value):
    """Something that becomes different: what it is called, what it was, and what it will be."""

    what: str
    was: str
    becomes: str


@value
class Check(Value):
    """What the page says: each part a heading's worth of it.

    ``answers``: (label, text), as they were typed. ``changes``: what it was, and will be. ``asked``
    and ``told``: who, for what or how, by when. ``actions``: (action, what happens to it).
    """

    title: str
    answers: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    asked: tuple[str, ...]
    told: tuple[tuple[str, tuple[str, ...]], ...]
    actions: tuple[tuple[str, str], ...]
    button: str

    def words(self) -> Iterator[str]:
        """Yield all its words, but for the days that are left: those change by themselves."""
        yield from (self.title, self.button, *self.asked)
        for label, text in (*self.answers, *self.actions):
            yield from (label, text)
        for one in self.changes:
            yield from (one.what, one.was, one.becomes)
        for how, names in self.told:
            yield from (how, *names)


def check_of(
    page: ActPage,
    scene: Scene,
    typed: Mapping[str, str],
    foreseen: Sequence[Foreseen],
    confirm: Confirm | None,
) -> Check:
    """Return the page to check an act: ``foreseen`` is what would be so afterwards."""
    button = confirm.button if confirm else page.button
    title = confirm.title if confirm else ""
    named = button if confirm else page.called(scene)
    first = foreseen[0]
    return Check(
        title or f"Check before you {named[0].lower()}{named[1:]}",
        confirm.rows if confirm and confirm.rows else tuple(_answers(page.fields(scene), typed)),
        tuple(_changes(first, scene)),
        tuple(dict.fromkeys(line for one in foreseen for line in _asked(one, scene))),
        _told(foreseen, scene),
        tuple(_actions(first)),
        button,
    )


# What was typed ----------------------------------------------------------------------------------


def _answers(fields: Iterable[Field], typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each answer with its label; a choice by its text, a date in words."""
    for field in fields:
        text = typed.get(field.name, field.value).strip()
        if field.kind is Kind.DAY:
            text = _day(field, typed)
        elif field.options:
            text = next((one.text for one in field.options if one.value == text), "")
        if text:
            yield field.label, text


def _day(field: Field, typed: Mapping[str, str]) -> str:
    before = dates.in_boxes(field.value)
    boxes = [typed.get(f"{field.name}-{box}", before[box]).strip() for box in dates.BOXES]
    try:
        return day_in_words(dates.of_boxes(*boxes)) if any(boxes) else ""
    except ValueError:
        return " ".join(boxes)


# What it was, and will be ------------------------------------------------------------------------


def _changes(foreseen: Foreseen, scene: Scene) -> Iterator[Change]:
    before, after = foreseen.before, foreseen.after
    if before is None:
        return
    was = whole.heading(replace(scene, challenge=before))
    becomes = whole.heading(replace(scene, challenge=after))
    if was != becomes:
        yield Change("The challenge", was, becomes)
    if before.iro != after.iro:
        yield Change("IRO", scene.officer_named(before.iro), scene.officer_named(after.iro))
    days = {one.key: (one.called, one.day) for one in revisable(before)}
    for one in revisable(after):
        called, day = days.get(one.key, (one.called, one.day))
        # Another question under the same key is no other date of the one before.
        if day != one.day and called == one.called:
            yield Change(capitalised(called), _by(day, scene), _by(one.day, scene))
    if before.period and after.period and before.period.day != after.period.day:
        yield Change(
            "The 20-working-day limit",
            _by(before.period.day, scene),
            _by(after.period.day, scene),
        )


def _by(day: date, scene: Scene) -> str:
    """Return ``Friday 4 December 2026 (3 working days left)``."""
    left = scene.council.calendar.between(scene.today, day)
    said = f" ({days_in_words(left)} left)" if day > scene.today else " (today)"
    return day_in_words(day) + (said if day >= scene.today else " (that day has passed)")


def _actions(foreseen: Foreseen) -> Iterator[tuple[str, str]]:
    """Yield what happens to each open action, and those that are followed from now on."""
    if foreseen.before is None:
        return
    before = {one.number for one in foreseen.before.open_actions}
    known = {one.number for one in foreseen.before.actions}
    for action in foreseen.after.actions:
        if action.number in before or action.number not in known:
            new = action.number not in known
            what = f"Action {action.number}: {isolated(action.agreed.what)}"
            yield what, _becomes(action, foreseen.after, new=new)


def _becomes(action: Action, after: Challenge, *, new: bool) -> str:
    if action.became:
        return isolated(action.became)
    running = action.state.running or action.state is ActionState.DONE
    if not running or not after.open:
        return capitalised(f"{action.state}.")
    due = f"{isolated(action.owner)}, by {day_in_words(action.deadline.day)}"
    said = f"Followed from now on. {due}." if new else f"Goes on. {due}."
    end = after.period
    if end is None or action.deadline.day <= end.day:
        return said
    return f"{said} That is after the 20-working-day limit, {day_in_words(end.day)}."


# Who is asked, and who is told -------------------------------------------------------------------


def _asked(foreseen: Foreseen, scene: Scene) -> Iterator[str]:
    """Yield what somebody has to do afterwards that they do not have to do now."""
    before, after, council = foreseen.before, foreseen.after, foreseen.council
    had = {(task.key, task.since) for task in tasks(before, council)} if before else set()
    for task in tasks(after, council):
        if (task.key, task.since) not in had and whole.may_know(task, scene):
            who = _who(task, after, council, scene)
            needs = "need" if who == "You" else "needs"
            comma = "," if "," in who else ""
            yield f"{who}{comma} {needs} to {task.in_words} by {day_in_words(task.deadline.day)}."


def _who(task: Task, challenge: Challenge, council: Council, scene: Scene) -> str:
    """Return ``You``, or by name and post who has the task."""
    if is_theirs(task, scene.officer.id, challenge, council, scene.today):
        return "You"
    return capitalised(whole.named(task, replace(scene, council=council), challenge))


def _told(foreseen: Sequence[Foreseen], scene: Scene) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return who gets an email, by when: at once, in the morning, or with the daily email."""
    from domain.notices import next_morning, notices, told_in_the_morning

    found: dict[str, dict[str, None]] = {}
    now = scene.now
    for one in foreseen:
        after, council = one.after, one.council
        known = one.before.version if one.before else 0
        for notice in notices(after, now, council, known):
            if notice.event.number > known:
                at_once = notice.not_before <= now
                when = "now" if at_once else f"on {moment_in_words(notice.not_before)}"
                name = whole.person_named(notice.officer, council, scene.today)
                found.setdefault(f"By email {when}", {})[name] = None
        morning = day_in_words(next_morning(now, council.calendar))
        for news in told_in_the_morning(after, now, council, known):
            officers = council.directory.officers
            names = [
                whole.person_named(officers[id_], council, scene.today)
                for id_ in sorted(news.officers)
                if id_ in officers
            ]
            found.setdefault(f"In the daily email of {morning}", {}).update(dict.fromkeys(names))
    return tuple((how, tuple(names)) for how, names in found.items() if names)
