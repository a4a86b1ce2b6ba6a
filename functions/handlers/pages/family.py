"""Brothers and sisters on the form that raises a challenge, and the text of each (rule 17).

The form's own answers are about the first child. Each brother or sister is a row of it
(``sibling-1-name``). Their text is that of the first child until somebody changes something
in it: then that answer, or all rows of its kind, are kept apart, as ``child-2-tried``. What
concerns one child alone (:data:`OF_ONE_CHILD`) is never taken over. The first child is number 0 in
the code, and 1 for people.

An approved text is kept as a hash of all that it says and of who the other children are, so that it
has to be approved again when any of this changes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from adapters.record.table import ITEMS_AT_ONCE
from domain.siblings import MOST_CHILDREN
from domain.writing import as_id
from handlers.pages.kit import Field, Form, Rows, Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.form import Child
    from domain.rules.entry import Raised
    from handlers.pages.kit import Part

__all__ = [
    "APPROVED",
    "EDITS",
    "ROWS",
    "count",
    "digest",
    "hidden_after",
    "is_copy",
    "numbered",
    "of_child",
    "own_field",
    "place",
    "problems",
    "rows",
    "text_form",
    "texts_moved",
    "whose",
]

#: The rows of brothers and sisters.
ROWS = "sibling"
#: The hidden fields with the hashes of approved texts, and with the child whose text is edited.
APPROVED, EDITS = "approved", "edits"

#: The answers that say who a child is: a brother's or sister's are in their row.
IDENTITY = ("case-id", "initials", "name", "date-of-birth", "team", "social-worker")
#: What concerns one child alone, and is asked about each.
OF_ONE_CHILD = (
    *("views", "child-knows", "advocate-offered", "knows-complaints", "rights-why"),
    *("wants-court", "legal-help"),
    *("file-checked", "documents-read", "child-consulted", "why-not", "child-told", "how-told"),
)
#: What is asked once for all children.
_OF_ALL = ("for-iro",)

#: The most items that are written for a challenge besides what its rows need: HEAD, events, their
#: kind, trays.
_WRITES = 11

_OWN = re.compile(r"child-([2-9])-(.*)", re.DOTALL)


def rows(fields: Sequence[Field]) -> tuple[Part, ...]:
    """Return the part of the form that names brothers and sisters; ``fields`` are a child's."""
    why = (
        "If the same is wrong for a brother or sister, add them here. Each child gets a challenge "
        "of their own. On the next pages you check, change and approve the text for each child."
    )
    # What is read of the row stands in the child's own fields, with who reads it.
    asked = tuple(one for one in fields if one.name in IDENTITY)
    return (
        Section("Brothers and sisters", (why,)),
        Rows(ROWS, "Brother or sister", asked, least=0, most=MOST_CHILDREN - 1),
    )


def count(form: Form) -> int:
    """Return how many brothers and sisters the form names."""
    named = _rows_of(form)
    return len(named.filled(form.answers())) if named else 0


def place(number: int, name: str) -> str:
    """Return the page's name for an answer about child ``number`` (0 is the first)."""
    if not number:
        return name
    whole = next((one for one in IDENTITY if name == one or name.startswith(f"{one}-")), "")
    return f"{ROWS}-{number}-{name}" if whole else own_field(number, name)


def own_field(number: int, name: str = "") -> str:
    """Return the name of an answer in the text of child ``number``."""
    return f"child-{number + 1}-{name}" if number else name


def whose(name: str) -> int:
    """Return the number of the child in whose text this field is; 0 for the form's own fields."""
    found = _OWN.fullmatch(name)
    return int(found[1]) - 1 if found else 0


def numbered(step: str, of: str) -> int | None:
    """Return the child's number of a step or button like ``text-2``; ``None`` if it is no such."""
    found = re.fullmatch(rf"{of}-([0-9])", step)
    return int(found[1]) if found else None


# Texts -------------------------------------------------------------------------------------------


def text_form(form: Form, number: int) -> Form:
    """Return the form for the text of child ``number``, from 1, with what ``form`` has of it."""
    hidden = {
        **{name: text for name, text in form.hidden.items() if whose(name) != number},
        **form.answers(),
        EDITS: str(number),
    }
    typed = {own_field(number, name): text for name, text in _texts(form, number).items()}
    parts = tuple(_renamed(one, number) for one in _text_parts(form))
    return replace(form, parts=parts, typed=typed, hidden=hidden, problems={})


def of_child(form: Form, number: int) -> Form:
    """Return the form as if it were about child ``number`` alone, without any other."""
    parts = tuple(one for one in form.parts if not _is_rows(one))
    if not number:
        return replace(form, parts=parts)
    answers = form.answers()
    about = {
        control: answers.get(f"{ROWS}-{number}-{control}", "")
        for one in form.alone
        if one.name in IDENTITY
        for control in one.controls
    }
    shared = {name: answers[name] for name in _OF_ALL if name in answers}
    return replace(form, parts=parts, typed={**shared, **about, **_texts(form, number)})


def _kept_texts(form: Form, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept apart of the texts of brothers and sisters: only fields of this form."""
    found: dict[str, str] = {}
    for number in range(1, MOST_CHILDREN):
        if not any(whose(name) == number for name in typed):
            continue
        for part in _text_parts(form):
            if not isinstance(part, Section):
                named = _renamed(part, number)
                found |= _typed_in(named, typed)
    return found


def texts_moved(form: Form, typed: Mapping[str, str], without: int = 0) -> dict[str, str]:
    """Return the texts kept apart in ``typed``, numbered like the rows of the form's answers.

    ``typed`` is the form as it was sent; blank rows, and row ``without``, are not among the
    answers.
    """
    named = _rows_of(form)
    filled = [number for number in named.filled(typed) if number != without] if named else []
    now = {before: after for after, before in enumerate(filled, start=1)}
    found: dict[str, str] = {}
    for name, text in _kept_texts(form, typed).items():
        before = whose(name)
        if before in now:
            found[own_field(now[before], name.removeprefix(own_field(before)))] = text
    return found


def hidden_after(form: Form, number: int) -> dict[str, str]:
    """Return the form's hidden fields once the text of child ``number`` was edited.

    What is the same as in the first child's text is not kept apart, and goes on following it.
    """
    hidden, common = dict(form.hidden), form.answers()
    for part in _text_parts(form):
        if isinstance(part, Section) or part.name in OF_ONE_CHILD:
            continue
        own = _typed_in(_renamed(part, number), form.hidden)
        plain = {name.removeprefix(own_field(number)): text for name, text in own.items()}
        if _filled(part, plain) == _filled(part, common):
            for name in own:
                del hidden[name]
    return hidden


def is_copy(form: Form, number: int) -> bool:
    """Whether the text of child ``number`` is the first child's, word for word.

    What is asked about each child alone does not count.
    """
    common = form.answers()
    return number > 0 and all(
        _filled(part, _said(form, part, number)) == _filled(part, common)
        for part in _text_parts(form)
        if not isinstance(part, Section) and part.name not in OF_ONE_CHILD
    )


def problems(form: Form) -> dict[str, str]:
    """Return what is wrong with the children together: the field's name → sentence."""
    answers, found = form.answers(), {}
    known = {as_id(answers.get("case-id", "")).casefold()}
    for number in range(1, count(form) + 1):
        name = f"{ROWS}-{number}-case-id"
        case_id = as_id(answers.get(name, "")).casefold()
        if case_id and case_id in known:
            found[name] = "Another child on this form has this Case ID. Enter this child’s own"
        known.add(case_id)
    children = [of_child(form, number) for number in range(count(form) + 1)]
    actions = sum(len(rows.filled(one.answers())) for one in children for rows in one.all_rows)
    if len(children) > MOST_CHILDREN:
        found[ROWS] = f"Put at most {MOST_CHILDREN} children on one form, and the others on another"
    elif len(children) > 1 and len(children) * _WRITES + actions > ITEMS_AT_ONCE:
        found[ROWS] = (
            "These are too many children and actions to record in one step. Take some children out "
            "of this form, and use another form for them"
        )
    return found


def digest(raised: Raised, others: Sequence[Child]) -> str:
    """Return a short hash of a child's text and of who the ``others`` are."""
    said = repr((replace(raised, procedure=""), *others))
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _rows_of(form: Form) -> Rows | None:
    """Return the rows of brothers and sisters; a form about good practice has none (rule 18)."""
    return next((one for one in form.all_rows if _is_rows(one)), None)


def _is_rows(part: Part) -> bool:
    return isinstance(part, Rows) and part.name == ROWS


def _text_parts(form: Form) -> tuple[Part, ...]:
    """Return the parts of the form that are a child's text, with their headings."""
    found: list[Part] = []
    for part in form.parts:
        if isinstance(part, Section):
            if found and isinstance(found[-1], Section):
                found.pop()
            found.append(part)
        elif part.name not in (*IDENTITY, *_OF_ALL, ROWS):
            found.append(part)
    return tuple(found[:-1] if found and isinstance(found[-1], Section) else found)


def _renamed(part: Part, number: int) -> Part:
    return part if isinstance(part, Section) else replace(part, name=own_field(number, part.name))


def _typed_in(part: Part, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into one part, if it was sent at all."""
    if isinstance(part, Rows):
        sent = any(name.startswith(f"{part.name}-") for name in typed)
        return part.tidied(typed) if sent else {}
    if isinstance(part, Field):
        return {name: typed[name] for name in part.controls if name in typed}
    return {}


def _texts(form: Form, number: int) -> dict[str, str]:
    """Return the whole text of child ``number``, under the form's own names."""
    return {
        name: text
        for part in _text_parts(form)
        if not isinstance(part, Section)
        for name, text in _said(form, part, number).items()
    }


def _said(form: Form, part: Field | Rows, number: int) -> dict[str, str]:
    """Return what the text of child ``number`` says in one part, under the form's own names."""
    before = own_field(number)
    own = _typed_in(_renamed(part, number), form.hidden)
    if own:
        return {name.removeprefix(before): text for name, text in own.items()}
    return {} if part.name in OF_ONE_CHILD else _typed_in(part, form.answers())


def _filled(part: Field | Rows, typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what was typed into one part, without blanks and the numbers of blank rows."""
    said = part.tidied(typed) if isinstance(part, Rows) else _typed_in(part, typed)
    return sorted((name, text.strip()) for name, text in said.items() if text.strip())
