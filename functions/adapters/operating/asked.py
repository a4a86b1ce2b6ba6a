"""What an operator asks: ``{"command": "show", "reference": "PCE-7K3M-9QXT"}``, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from adapters.errors import QuestionError
from domain.ladder import Stage
from domain.reference import tidied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["COMMANDS", "Asked", "read_day", "read_question", "read_reference", "read_stage"]


@dataclass(frozen=True)
class Asked:
    """One question. A field that was not given is empty.

    ``everything`` is the field ``all``; ``after`` is how far an earlier answer came.
    """

    command: str
    reference: str = ""
    everything: bool = False
    after: str = ""
    late: bool = False
    stuck: bool = False
    person: str = ""
    stage: Stage | None = None
    date: date | None = None


@dataclass(frozen=True)
class _Takes:
    """The fields a command takes; one of ``needs`` is required, at most one of ``either``."""

    may: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


#: What can be asked. No command here writes to the record.
COMMANDS: Mapping[str, _Takes] = {
    "show": _Takes(needs=("reference",)),
    "list": _Takes(may=("stage",), either=("late", "stuck", "person")),
    "timeline": _Takes(needs=("reference",)),
    "verify": _Takes(may=("after",), needs=("reference", "all"), either=("reference", "all")),
    "mails": _Takes(needs=("date",)),
    "dead-letters": _Takes(),
    "redrive": _Takes(),
    "sweep": _Takes(may=("all", "after")),
    "wake": _Takes(needs=("reference",)),
    "fingerprint": _Takes(),
}


def read_reference(text: str) -> str:
    """Return a reference as it is stored. Raise ``ValueError``, saying what one looks like."""
    reference = tidied(text)
    if reference is None:
        message = f"{text!r} is no reference; they look like PCE-7K3M-9QXT"
        raise ValueError(message)
    return reference


def read_stage(text: str) -> Stage:
    """Return a stage. Raise ``ValueError``, saying which there are."""
    try:
        return Stage(text.upper())
    except ValueError as error:
        message = f"{text!r} is no stage; write QAP, 1, 2, 3 or 4"
        raise ValueError(message) from error


def read_day(text: str) -> date:
    """Return a day. Raise ``ValueError``, saying how to write one."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no date; write it as 2026-12-24"
        raise ValueError(message) from error


def _read_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    message = f"{value!r} is not true or false"
    raise ValueError(message)


def _text(read: Callable[[str], object]) -> Callable[[object], object]:
    def of_text(value: object) -> object:
        if isinstance(value, str):
            return read(value)
        message = f"{value!r} is not text in quotation marks"
        raise ValueError(message)

    return of_text


_READ: Mapping[str, Callable[[object], object]] = {
    "reference": _text(read_reference),
    "all": _read_flag,
    "after": _text(str),
    "late": _read_flag,
    "stuck": _read_flag,
    "person": _text(str),
    "stage": _text(read_stage),
    "date": _text(read_day),
}


def read_question(question: Mapping[str, object]) -> Asked:
    """Return a question as read.

    Raise ``QuestionError``, which names the field and says what to write there.
    """
    fields = dict(question)
    command = fields.pop("command", None)
    if not isinstance(command, str) or command not in COMMANDS:
        message = f"command is {command!r}: write one of {', '.join(COMMANDS)}."
        raise QuestionError(message)
    takes = COMMANDS[command]
    known = {*takes.may, *takes.needs, *takes.either}
    if unknown := sorted(set(fields) - known):
        offered = ", ".join(sorted(known)) or "no field"
        message = f"{command} does not take {', '.join(unknown)}: it takes {offered}."
        raise QuestionError(message)
    given = {name: _field(name, value) for name, value in fields.items()}
    given = {name: value for name, value in given.items() if value not in (False, "")}
    if takes.needs and not set(takes.needs) & set(given):
        message = f"{command} needs {' or '.join(takes.needs)}."
        raise QuestionError(message)
    if len(both := [name for name in takes.either if name in given]) > 1:
        message = f"{command} takes one of {' and '.join(both)}, not both."
        raise QuestionError(message)
    if given.get("after") and not given.get("all"):
        message = f"after goes on with all: add all to {command}."
        raise QuestionError(message)
    named: dict[str, Any] = {"everything" if n == "all" else n: v for n, v in given.items()}
    return Asked(command, **named)


def _field(name: str, value: object) -> object:
    try:
        return _READ[name](value)
    except ValueError as error:
        message = f"{name}: {error}."
        raise QuestionError(message) from error
