"""The service's settings: the environment, the council's procedure file, the shipped calendar."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from adapters.errors import SettingsError
from domain.ladder import Ladder, LadderStage, Role, Stage
from domain.procedure import OF_TODAY, OnNoReply, Procedure, ReplyLinks
from domain.training import LONGEST_DAY, SHORTEST_DAY
from domain.words import LONGEST, Words
from domain.working_days import WorkingDays

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = ["environment", "read_procedure", "shipped_calendar", "working_day"]

_FUNCTIONS = Path(__file__).parent.parent
_BANK_HOLIDAYS = _FUNCTIONS / "data" / "bank_holidays.json"
_PROCEDURE = _FUNCTIONS / "procedure.toml"

_KINDS = {
    int: "a whole number",
    bool: "true or false",
    str: "text in quotation marks",
    tuple: "a list",
}

#: Settings that take one of a few words.
_WORDS: dict[str, type[StrEnum]] = {"on_no_reply": OnNoReply, "reply_links": ReplyLinks}

#: Spans that 0 turns off.
_OFF_AT_ZERO = ("impact_after",)


def environment(name: str) -> str:
    """Return the environment variable ``name``. Raise ``SettingsError`` if it is not set."""
    value = os.environ.get(name, "")
    if not value:
        message = f"The environment variable {name} is not set. The stack in infra/ sets it."
        raise SettingsError(message)
    return value


def working_day() -> timedelta | None:
    """Return how long a working day lasts in a training run by default, or ``None``.

    ``WORKING_DAY_SECONDS`` makes an environment one for training. Without it, as in a live one,
    there are no training runs, and what the table may hold about them is not even read.
    Raise ``SettingsError`` if the value cannot be right.
    """
    text = os.environ.get("WORKING_DAY_SECONDS", "")
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 6:  # noqa: PLR2004 - digits
        lasts = timedelta(seconds=int(text))
        if SHORTEST_DAY <= lasts <= LONGEST_DAY:
            return lasts
    message = (
        f"The environment variable WORKING_DAY_SECONDS is {text!r}. Set it to a whole number from "
        f"{SHORTEST_DAY.seconds} to {LONGEST_DAY.seconds}, or not at all."
    )
    raise SettingsError(message)


def read_procedure(path: str | None = None) -> Procedure:
    """Return the council's procedure file (TOML). Raise ``SettingsError`` naming what is wrong."""
    file = Path(path or os.environ.get("PROCEDURE_FILE") or _PROCEDURE)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        message = f"The procedure file {file} cannot be read: {error}."
        raise SettingsError(message) from error
    try:
        return _procedure(table)
    except ValueError as error:
        message = f"{file}: {error}."
        raise SettingsError(message) from error


def _procedure(table: dict[str, Any]) -> Procedure:
    """Return the version in force, with the earlier ones. Raise ``ValueError``."""
    earlier = table.pop("earlier", {})
    if not isinstance(earlier, dict):
        message = "earlier has to be a table for each version"
        raise ValueError(message)  # noqa: TRY004 - a mistake in the file, like the others
    present = _version(table, {f.name for f in fields(Procedure)} - {"earlier"})
    if present.version in earlier:
        message = f"earlier.{present.version} is the version in force: raise version"
        raise ValueError(message)
    kept = {f.name for f in fields(Procedure)} - {*OF_TODAY, "version", "earlier"}
    versions = {
        name: replace(_version(of, kept, f"earlier.{name}."), version=name)
        for name, of in earlier.items()
    }
    return replace(present, earlier=MappingProxyType(versions))


def _version(table: Any, known: set[str], at: str = "") -> Procedure:  # noqa: ANN401 - whatever TOML holds
    """Return one version of the procedure, with the ``known`` settings. Raise ``ValueError``."""
    if not isinstance(table, dict):
        message = f"{at.rstrip('.')} has to be a table of settings"
        raise ValueError(message)  # noqa: TRY004 - a mistake in the file, like the others
    if unknown := sorted(set(table) - known):
        names = ", ".join(at + name for name in unknown)
        message = f"no such setting: {names}. Known: {', '.join(sorted(known))}"
        raise ValueError(message)
    return Procedure(**{name: _setting(name, value) for name, value in table.items()})


def _setting(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    """Return one setting of the file in its own type. Raise ``ValueError``, naming it."""
    if name in _WORDS:
        return _word(name, value)
    if name in ("bank_holidays", "closure_days"):
        return _days(name, value)
    if name == "ladder":
        return _ladder(value)
    if name == "words":
        return _council_words(value)
    if name == "cut_off_hour" and not (type(value) is int and 0 < value < 24):  # noqa: PLR2004 - hours
        message = "cut_off_hour has to be a whole hour from 1 to 23"
        raise ValueError(message)
    value = tuple(value) if isinstance(value, list) else value
    kind = type(getattr(Procedure(), name))
    if name != "cut_off_hour" and type(value) is not kind:
        message = f"{name} is {value!r}, and has to be {_KINDS[kind]}"
        raise ValueError(message)
    least = 0 if name in _OFF_AT_ZERO else 1
    if kind is int and value < least:
        message = f"{name} is {value}, and has to be {least} or more"
        raise ValueError(message)
    if kind is tuple and not all(isinstance(one, str) for one in value):
        message = f"{name} has to be a list of texts in quotation marks"
        raise ValueError(message)
    return value


def _council_words(value: Any) -> Words:  # noqa: ANN401 - whatever TOML holds
    """Return the council's own words, ``[words]``. Raise ``ValueError``, naming what is wrong."""
    known = Words.__made_of__
    if not isinstance(value, dict):
        message = "words has to be a table: [words], with a text for each name"
        raise ValueError(message)  # noqa: TRY004 - a mistake in the file, like the others
    if unknown := sorted(set(value) - set(known)):
        message = f"words has no setting {', '.join(unknown)}. Known: {', '.join(known)}"
        raise ValueError(message)
    for name, text in value.items():
        _check_words(f"words.{name}", text, LONGEST.get(name, LONGEST[""]))
    if not value.get("service_name", "-").strip():
        message = "words.service_name has to be a name; leave it out for the usual one"
        raise ValueError(message)
    if not value.get("privacy_notice", "https://").startswith("https://"):
        message = "words.privacy_notice has to be an address that begins with https://"
        raise ValueError(message)
    return Words(**{name: text.strip() for name, text in value.items()})


def _check_words(name: str, text: Any, at_most: int) -> None:  # noqa: ANN401 - whatever TOML holds
    """Raise ``ValueError`` unless it is one paragraph of plain text that is not too long."""
    if not isinstance(text, str):
        message = f"{name} is {text!r}, and has to be text in quotation marks"
        raise ValueError(message)  # noqa: TRY004 - a mistake in the file, like the others
    if not text.isprintable() or set("<>") & set(text):
        message = f"{name} has to be one line of plain text, without < and >"
        raise ValueError(message)
    if len(text) > at_most:
        message = f"{name} has {len(text)} characters, and can have {at_most}"
        raise ValueError(message)


def _ladder(value: Any) -> Ladder:  # noqa: ANN401 - whatever TOML holds
    """Return the stages of ``[[ladder]]``, from first to last. Raise ``ValueError``."""
    if not isinstance(value, list) or not value:
        message = "ladder has to be a list of stages: [[ladder]] before each"
        raise ValueError(message)
    in_order = tuple(_ladder_stage(place, one) for place, one in enumerate(value, start=1))
    stages = [one.stage for one in in_order]
    if stages != sorted(set(stages), key=list(Stage).index):
        message = "ladder has to name each of its stages once, in their order"
        raise ValueError(message)
    if not any(stage.formal for stage in stages):
        message = "ladder needs at least one formal stage"
        raise ValueError(message)
    return Ladder(in_order)


def _ladder_stage(place: int, value: Any) -> LadderStage:  # noqa: ANN401 - whatever TOML holds
    """Return the ladder's stage number ``place``. Raise ``ValueError``, naming what is wrong."""
    at = f"ladder, stage {place}: "
    known = {field.name: field.type for field in fields(LadderStage)}
    if not isinstance(value, dict) or set(value) - set(known):
        message = f"{at}it can have {', '.join(known)}"
        raise ValueError(message)
    if value.get("stage") not in list(Stage):
        message = f"{at}stage has to be one of {', '.join(Stage)}"
        raise ValueError(message)
    days = value.get("working_days")
    if type(days) is not int or days < 1:
        message = f"{at}working_days has to be a whole number, 1 or more"
        raise ValueError(message)
    roles = {name: _roles(at, name, value.get(name, [])) for name in _OF_ROLES}
    if not roles["responders"]:
        message = f"{at}responders has to name at least one role"
        raise ValueError(message)
    climbs, called = value.get("climbs", True), value.get("called", "")
    if type(climbs) is not bool or type(called) is not str:
        message = f"{at}climbs has to be true or false, called a text"
        raise ValueError(message)
    stage = Stage(value["stage"])
    if not stage.formal and value.get("climbs"):
        message = f"{at}climbs cannot be true: a challenge never goes formal by itself"
        raise ValueError(message)
    return LadderStage(stage, working_days=days, climbs=climbs, called=called, **roles)


_OF_ROLES = ("responders", "informed", "may_reply")


def _roles(at: str, name: str, value: Any) -> tuple[Role, ...]:  # noqa: ANN401 - whatever TOML holds
    if not isinstance(value, list) or not all(one in list(Role) for one in value):
        message = f"{at}{name} has to be a list of roles out of: {', '.join(Role)}"
        raise ValueError(message)
    return tuple(Role(one) for one in value)


def _word(name: str, value: Any) -> StrEnum:  # noqa: ANN401 - whatever TOML holds
    words = _WORDS[name]
    if value not in list(words):
        known = " or ".join(f'"{word}"' for word in words)
        message = f"{name} is {value!r}, and has to be {known}"
        raise ValueError(message)
    return words(value)


def _days(name: str, value: Any) -> dict[date, str]:  # noqa: ANN401 - whatever TOML holds
    if not isinstance(value, dict):
        message = f"{name} has to be a table of days with their names"
        raise ValueError(message)  # noqa: TRY004 - a mistake in the file, like the others
    days = {}
    for text, called in value.items():
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            message = f"{name}.{text} has to be a day, like 2027-06-04"
            raise ValueError(message) from error
        if not isinstance(called, str):
            message = f"{name}.{text} is {called!r}, and has to be the day's name"
            raise ValueError(message)  # noqa: TRY004 - as above
        days[day] = called
    return days


def shipped_calendar(procedure: Procedure) -> WorkingDays:
    """Return the computed bank holidays, with the days of the council's settings."""
    data = json.loads(_BANK_HOLIDAYS.read_text(encoding="utf-8"))
    days = {date.fromisoformat(day): name for day, name in data["days"].items()}
    return WorkingDays({**days, **procedure.not_worked}, data["first_year"], data["last_year"])
