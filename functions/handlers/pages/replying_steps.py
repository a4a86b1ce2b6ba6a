"""The pages of a reply after its first: what belongs to the answer, and one action at a time.

All of them are steps of one form (``handlers.pages.replying``). Each page asks for a part of it and
carries the rest in hidden fields, so nothing is lost where a link may keep no more forms. A form
that an earlier release showed sends all its fields at once, and is taken as well.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.moments import day_in_words, local_day
from domain.rules.replies import Answer
from domain.values import Value, value
from handlers import dates, owner_names
from handlers.pages import web
from handlers.pages.kit import ADD, REMOVE, Field, Form, Reading
from handlers.pages.owner_fields import read_action
from handlers.pages.shortened import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from handlers.pages.kit import Part
    from handlers.pages.linked import Way
    from handlers.pages.shortened import Shortened

__all__ = [
    "ACTION",
    "DETAILS",
    "NEXT",
    "NOT_MINE",
    "Listed",
    "action_of",
    "action_page",
    "beyond_the_limit",
    "details_page",
    "errors_of",
    "leads",
    "limit_of",
    "listed",
    "of_actions",
    "part_of",
    "problems_of_row",
    "step_of",
    "words_asked",
]

#: What the names of an action's fields begin with, before its number.
ACTION = "action"
#: The value of the answer that is no reply (rule 15).
NOT_MINE = "not mine"
#: The step at which the chosen answer's own fields are asked for, and the button that leads there.
DETAILS, NEXT = "details", "next"
#: The steps of one action: its page, and its page after *Save*, which leads on if nothing is wrong.
_OF_ACTION = re.compile(rf"({ACTION}|saved)-([1-9][0-9]?)")
_NUMBERED = re.compile(r"(change|save)-([1-9][0-9]?)")

#: What is asked for in the writer's own words: answer → label and hint.
_WORDS = {
    Answer.RESOLVED: ("What was done?", "Say what shows that it is resolved."),
    Answer.ACTIONS: ("How will the actions put right what is wrong?", ""),
    Answer.CHALLENGED: ("Why do you disagree?", ""),
    NOT_MINE: ("Why is this not yours to answer?", "Say who should reply, if you know."),
}


def words_asked(answer: str) -> tuple[str, str]:
    """Return what to ask for in the writer's own words: the label, and a hint or nothing."""
    return _WORDS.get(answer, ("In your own words", ""))


# Where the buttons lead ---------------------------------------------------------------------------


def leads(form: Form, button: str) -> tuple[dict[str, str], str] | None:
    """Return the answers after a button that leads to another step, and that step.

    ``None`` for every other button.
    """
    answers = form.answers()
    if button == NEXT:
        return answers, DETAILS
    if button == ADD:
        most = form.rows.most if form.rows else 1
        return answers, f"{ACTION}-{min(len(form.filled()) + 1, most)}"
    if button.startswith(f"{REMOVE}-") and (removed := form.pressed(button)):
        return removed[0], DETAILS
    if named := _NUMBERED.fullmatch(button):
        return answers, f"{'saved' if named[1] == 'save' else ACTION}-{named[2]}"
    return None


def action_of(form: Form, step: str) -> tuple[int, bool] | None:
    """Return the number of the action that the step is about, and whether it was just saved.

    ``None`` for every other step. A number beyond the actions so far is that of the next.
    """
    named = _OF_ACTION.fullmatch(step)
    if named is None or form.rows is None:
        return None
    next_one = min(len(form.filled()) + 1, form.rows.most)
    return min(int(named[2]), next_one), named[1] == "saved"


def problems_of_row(form: Form, number: int, problems: Mapping[str, str]) -> dict[str, str]:
    """Return what to correct in the action of this number; in a blank one, all of it."""
    if number not in form.filled():
        return {
            f"{ACTION}-{number}-what": "Enter what will be done.",
            f"{ACTION}-{number}-owner": "Enter who will do it.",
            f"{ACTION}-{number}-by": "Enter a date.",
        }
    before = f"{ACTION}-{number}-"
    return {name: text for name, text in problems.items() if name.startswith(before)}


def of_actions(problems: Mapping[str, str], before: str = "") -> dict[str, str]:
    """Return what to correct in the actions; their fields' names begin with ``before``."""
    return {n: text for n, text in problems.items() if n.startswith(f"{before}{ACTION}-")}


# The pages --------------------------------------------------------------------------------------


def part_of(
    form: Form,
    parts: Iterable[Part],
    problems: Mapping[str, str] | None = None,
    step: str = "",
) -> Form:
    """Return the form of a page that asks for ``parts``, and carries the rest in hidden fields.

    It says at which ``step`` it is shown, so that it comes back there if the session has ended.
    """
    shown = Form(tuple(parts), form.address, form.typed, problems or {}, form.hidden)
    there = {name for one in shown.fields for name in one.controls}
    blank = {f"{ACTION}-{number}-" for number in set(_rows(form)) - set(form.filled())}
    rest = {
        name: text
        for name, text in form.answers().items()
        if name not in there and not any(name.startswith(row) for row in blank)
    }
    own = {**form.hidden, "step": step} if step else form.hidden
    return replace(shown, hidden={**rest, **own})


def step_of(form: Form, step: str) -> str:
    """Return the address of the form at a step."""
    if not step:
        return form.address
    return f"{form.address}{'&' if '?' in form.address else '?'}step={step}"


def _rows(form: Form) -> Iterable[int]:
    return form.rows.shown(form.answers()) if form.rows else ()


def limit_of(way: Way) -> str:
    """Return the end of the 20-working-day limit in words; empty while there is none."""
    return day_in_words(way.challenge.period.day) if way.challenge.period else ""


def beyond_the_limit(way: Way, by: date) -> bool:
    """Whether the date is after the 20-working-day limit, so that only the SRSM can accept it."""
    return way.challenge.period is not None and by > way.challenge.period.day


@value
class Listed(Value):
    """An action as the list shows it: what is done, by whom, by when, whether after the limit.

    ``key`` is what the buttons to change and remove it end with. ``fields`` are shown in its place
    while something in it has to be corrected.
    """

    number: int
    key: str
    what: Shortened
    owner: str
    by: str
    beyond: bool
    fields: tuple[Field, ...] = ()


def listed(way: Way, form: Form, wrong: Mapping[str, str], *, before: str = "") -> list[Listed]:
    """Return the actions of the form so far, with the fields of those that have something wrong.

    ``before`` is what the names of fields begin with on a page about several children.
    """
    today, found = local_day(way.now), []
    for number in form.filled():
        row = f"{ACTION}-{number}-"
        read = Reading(form.typed)
        action = read_action(read, number, way.council, today)
        boxes = " ".join(form.typed.get(f"{row}by-{box}", "").strip() for box in dates.BOXES)
        unreadable = f"{row}by" in read.problems
        to_correct = form.rows and any(name.startswith(row) for name in wrong)
        fields = form.rows.row(number) if form.rows and to_correct else ()
        found.append(
            Listed(
                number,
                f"{before}{number}",
                shortened(action.what),
                owner_names.with_holders(action.who, action.owner, way.council, today)
                or form.typed.get(f"{row}owner", "").strip(),
                boxes if unreadable else day_in_words(action.by),
                not unreadable and beyond_the_limit(way, action.by),
                tuple(replace(one, name=f"{before}{one.name}") for one in fields),
            )
        )
    return found


def details_page(way: Way, form: Form, problems: Mapping[str, str]) -> Response[str]:
    """Return the page with the chosen answer's own fields; ``problems`` is what it shows."""
    answer, rows = form.typed.get("answer", ""), form.rows
    actions = listed(way, form, problems)
    parts: list[Part] = [part for one in actions for part in one.fields]
    parts += [one for one in form.alone if one.name == "words"]
    page = part_of(form, parts, problems, DETAILS)
    return web.render(
        "reply_details.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        answer=answer,
        form=page,
        words=parts[-1],
        listed=actions,
        takes_actions=answer == Answer.ACTIONS,
        may_add=rows is not None and len(actions) < rows.most,
        problem=page.problem(ACTION),
        limit=limit_of(way),
        errors=errors_of(page, {ACTION: "#actions"}),
    )


def errors_of(page: Form, places: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the lines of the error summary; those of all actions lead to their list.

    ``places``: the name of such a problem → where it leads.
    """
    lead = {page.problems[name]: href for name, href in places.items() if name in page.problems}
    return [{**line, "href": lead.get(line["text"], line["href"])} for line in page.errors]


def action_page(way: Way, form: Form, number: int, problems: Mapping[str, str]) -> Response[str]:
    """Return the page that asks for one action: what, who, and by when."""
    fields = form.rows.row(number) if form.rows else ()
    page = part_of(form, fields, problems, f"{ACTION}-{number}")
    return web.render(
        "reply_action.html",
        officer=way.signed_in,
        way=way,
        form=page,
        number=number,
        key=str(number),
        listed=len(form.filled()),
        back=step_of(form, DETAILS if form.filled() else ""),
        limit=limit_of(way),
        errors=page.errors,
    )
