"""The labelled lines of an email as the form they fill in, and as a draft of its page."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING

from domain.form import Way
from handlers import dates
from handlers.form_fields import (
    ACTIONS,
    CONCERNS,
    WAYS,
    WrongAnswersError,
    chosen,
    owners,
    page_name,
)
from handlers.intake.labelled import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from handlers.form_fields import Surroundings
    from handlers.forms import RaiseForm
    from handlers.intake.labelled import Labelled

__all__ = ["as_draft", "checked", "may_be_at_risk", "meant", "way_of"]

#: The most characters of one field of a draft, and beside its fields: the email keeps the rest.
_LONGEST_FIELD = 6_000
_LONGEST_BESIDE = 20_000
#: The most bytes of a draft's fields together; DynamoDB takes 400 kB in one item.
_LONGEST_DRAFT = 120_000

#: The most characters that are kept in place of a date.
_LONGEST_DATE = 60

#: What an email that leaves the line out says as much as a page that leaves the answer blank does:
#: not yet (rule 19).
_OF_THE_CHILD = ("child_knows", "advocate_offered", "knows_complaints", "wants_court")

#: Fields that are chosen on the page, so that no other text fits into them.
_CHOSEN = (
    *("team", "social_worker", "stage", "for_iro", "rights_breached", "at_risk", "way"),
    *("file_checked", "documents_read", "child_consulted", "child_told"),
    *_OF_THE_CHILD,
)
#: Fields that are dates, which the page asks for in three boxes.
_DATES = ("date_of_birth", "by", "too_late_after", "review_date", "next_hearing")

_TWICE = (
    "Your email gives two answers to this. The first is on the form: check it. If you sent two "
    "forms in one email, send each in an email of its own"
)


def checked(form: Labelled, around: Surroundings) -> RaiseForm:
    """Return the form that the lines fill in. Raise ``WrongAnswersError``.

    A field that was answered twice is wrong, whichever answer is right.
    """
    from handlers.forms import RaiseForm

    # Without any concern, an empty first one makes the errors name its parts.
    concerns = form.concerns or [{}]
    not_on_page = _NOT_ON_PAGE[way_of(form, around)]
    blank = {name: "" for name in _OF_THE_CHILD if name not in not_on_page}
    twice = dict.fromkeys(form.twice, _TWICE)
    try:
        given = {**blank, **form.answers, "concerns": concerns, "actions": form.actions}
        filled = RaiseForm.checked(given, around)
    except WrongAnswersError as error:
        raise WrongAnswersError({**twice, **error.problems}) from error
    if twice:
        raise WrongAnswersError(twice)
    return filled


#: The fields that the page of each way does not ask for.
_NOT_ON_PAGE = {
    Way.CONCERN: (
        *("way", "resolution", "file_checked", "documents_read", "child_consulted", "why_not"),
        *("child_told", "how_told", "confirmed", "actions"),
    ),
    Way.ACTIONS: (
        *("way", "reason", "resolution", "file_checked", "documents_read", "child_consulted"),
        *("why_not", "child_told", "how_told"),
    ),
    Way.RESOLVED: (
        "way",
        "reason",
        "by",
        "at_risk",
        "too_late_after",
        "too_late_why",
        "confirmed",
        "actions",
        "child_knows",
    ),
}


def meant(path: str, form: Labelled, around: Surroundings) -> str:
    """Return the choice that the field of this path nearly names, as people read it; or empty.

    So that a typo in a team’s name is answered by the team. What was typed is not in it.
    """
    part, names = path.rpartition(".")[2], _names(path, around)
    of_concern = path.split(".")[:2]
    rows = {"concerns": form.concerns, "actions": form.actions}.get(of_concern[0])
    text = form.answers.get(path, "")
    if rows is not None and of_concern[-1].isdigit() and int(of_concern[-1]) < len(rows):
        text = rows[int(of_concern[-1])].get(part, "")
    wanted = " ".join(text.split()).casefold()
    near = get_close_matches(wanted[:_LONGEST_NAME], {*names}, n=1, cutoff=_NEAR)
    return names[near[0]] if near and near[0] != wanted else ""


#: How near a name has to be, of 1: one letter of six may be wrong.
_NEAR = 0.8
_LONGEST_NAME = 100


def _names(path: str, around: Surroundings) -> dict[str, str]:
    """Return what the field can be answered with: in lower case → as people read it."""
    council, part = around.council, path.rpartition(".")[2]
    found: Iterable[str] = ()
    if part == "team":
        found = council.directory.teams
    elif part == "theme":
        found = council.procedure.themes
    elif part in ("social_worker", "for_iro", "owner"):
        found = (officer.name for officer in council.directory.officers.values())
    return {name.casefold(): name for name in found}


def may_be_at_risk(form: Labelled) -> bool:
    """Whether the line about a risk today holds anything but a plain no.

    What is neither yes nor no is taken for a yes until the sender says otherwise.
    """
    text = " ".join(form.answers.get("at_risk", "").split()).casefold()
    return text not in ("", "no") or "at_risk" in form.twice


def way_of(form: Labelled, around: Surroundings) -> Way:
    """Return how the challenge starts, as far as the lines say so."""
    return WAYS.get(chosen("way", form.answers.get("way", ""), around), Way.CONCERN)


def as_draft(form: Labelled, around: Surroundings) -> tuple[dict[str, str], str]:
    """Return what was written under the page's field names, and what fits into none of them."""
    way = way_of(form, around)
    fields: dict[str, str] = {}
    beside: list[str] = []
    left = _LONGEST_DRAFT
    for path, text in _paths(form):
        name, part, of = page_name(path), path.rpartition(".")[2], path.partition(".")[0]
        if path.startswith("concerns.") and int(path.split(".")[1]) >= CONCERNS:
            fits = False  # the page takes no more concerns
        elif of == "actions" and int(path.split(".")[1]) >= ACTIONS:
            fits = False
        elif part in _NOT_ON_PAGE[way] or of in _NOT_ON_PAGE[way]:
            fits = part == "way" and way is not Way.CONCERN  # then the page itself says so
        elif part == "owner":
            found = owners(text, around)
            fits = len(found) == 1
            fields[name] = found[0] if fits else ""
        elif part in (*_CHOSEN, "theme"):
            choice = chosen(part, text, around, fields.get("team", ""))
            fits = bool(choice)
            fields[name] = "yes" if part == "at_risk" and may_be_at_risk(form) else choice
        elif part in _DATES:
            boxes = {f"{name}-{box}": figures for box, figures in _boxes(text).items()}
            fields |= boxes
            fits = len(text) <= _LONGEST_DATE
        else:
            fields[name] = text[: max(0, min(_LONGEST_FIELD, left))]
            left -= len(json.dumps(fields[name], ensure_ascii=False).encode())
            fits = fields[name] == text
        if text and not fits:
            beside.append(f"{label_of(path, form.numbers, form.action_numbers)}: {text}")
    text = "\n\n".join([*beside, form.rest]).strip()
    if len(text) > _LONGEST_BESIDE:
        text = f"{text[:_LONGEST_BESIDE]} … (The rest is in the email as it was kept.)"
    return fields, text


def _paths(form: Labelled) -> Iterator[tuple[str, str]]:
    """Yield every field with its text, as ``RaiseForm`` names them; the team before its worker."""
    yield from sorted(form.answers.items(), key=lambda pair: pair[0] != "team")
    for number, concern in enumerate(form.concerns):
        for part, text in concern.items():
            yield f"concerns.{number}.{part}", text
    for number, action in enumerate(form.actions):
        for part, text in action.items():
            yield f"actions.{number}.{part}", text


def _boxes(text: str) -> dict[str, str]:
    """Return a date in its boxes, "32 March" too: then the page says that March has 31 days.

    Anything else goes into the first, to be seen and corrected.
    """
    try:
        day = dates.of_text(text)
    except dates.NoDateError:
        return dates.parts_of(text) or {"day": text[:_LONGEST_DATE], "month": "", "year": ""}
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
