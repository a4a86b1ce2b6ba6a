"""The form that raises a challenge, whatever way it comes in: page, and later interface or email.

Each mistake is a sentence that says what to enter; :func:`problems` gives them by field.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from domain import events
from domain.ladder import Role, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.council import Council

__all__ = ["CONCERNS", "ConcernForm", "RaiseForm", "Surroundings", "problems"]

#: Characters of a written answer, of a name, and of an ID.
WORDS, NAME, ID = 5_000, 200, 50
#: Characters of a child's initials: "J.-P. van der B." fits.
INITIALS = 20
#: Concerns on one form.
CONCERNS = 20
#: Years: nobody older is still in the care of a council.
OLDEST = 25
#: Years ahead within which an outcome can be wanted; more is a slip of the keyboard.
AHEAD = 10

_UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\N{REPLACEMENT CHARACTER}]")


@dataclass(frozen=True)
class Surroundings:
    """What the answers are checked against: the local date, and the council as it stands."""

    today: date
    council: Council


def _around(info: ValidationInfo) -> Surroundings:
    surroundings: Surroundings = info.context  # type: ignore[assignment]  # RaiseForm.checked gives it
    return surroundings


def _wrong(sentence: str) -> PydanticCustomError:
    # As a value of its own: what was typed may hold braces, which a template would read.
    return PydanticCustomError("answer", "{sentence}", {"sentence": sentence})


# Kinds of answers --------------------------------------------------------------------------------


def _text(what: str, most: int, *, enter: str = "", lines: bool = False) -> BeforeValidator:
    """A text of at most ``most`` characters; one that must not be missing says ``enter``."""

    def check(value: object) -> str:
        text = unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""
        if _UNKEEPABLE.search(text):
            mark = "\N{REPLACEMENT CHARACTER}"
            raise _wrong(
                f"{what} held something that cannot be kept, now marked {mark}. Replace each {mark}"
            )
        text = text if lines else " ".join(text.split())
        if not text and enter:
            raise _wrong(enter)
        if len(text) > most:
            raise _wrong(f"{what} must be {most:,} characters or fewer. You have {len(text):,}")
        return text

    return BeforeValidator(check)


_BOXES = ("day", "month", "year")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIGURES_OF_A_YEAR = 4


def _day(what: str, enter: str) -> BeforeValidator:
    """A date: ISO text, or its three boxes as typed (``day``, ``month``, ``year``)."""

    def check(value: object) -> date:
        if isinstance(value, dict):
            return _day_of_boxes(value, what, enter)
        if not value:
            raise _wrong(enter)
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise _wrong(f"{what} must be a real date, like 2027-03-27") from error

    return BeforeValidator(check)


def _day_of_boxes(typed: Mapping[str, str], what: str, enter: str) -> date:
    """The date in the boxes; a month may be written out."""
    boxes = {box: str(typed.get(box, "")).strip() for box in _BOXES}
    missing = [box for box, text in boxes.items() if not text]
    if len(missing) == len(_BOXES):
        raise _wrong(enter)
    if missing:
        raise _wrong(f"{what} must include a {' and a '.join(missing)}")
    month = boxes["month"][:3].lower()
    figures = [boxes["year"], boxes["month"], boxes["day"]]
    if month in _MONTHS:
        figures[1] = str(_MONTHS.index(month) + 1)
    real = all(text.isascii() and text.isdigit() for text in figures)
    if real and len(boxes["year"]) != _FIGURES_OF_A_YEAR:
        raise _wrong(f"{what} must have a year of 4 figures, like 2027")
    try:
        return date(*map(int, figures if real else ()))
    except (TypeError, ValueError) as error:
        raise _wrong(f"{what} must be a real date, like 27 3 2027") from error


def _later(day: date, years: int) -> date:
    """The same day ``years`` later; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _born(day: date, info: ValidationInfo) -> date:
    today = _around(info).today
    if day >= today:
        raise _wrong("Date of birth must be in the past")
    if _later(day, OLDEST + 1) <= today:
        raise _wrong(f"Check the year of birth: the child would be older than {OLDEST}")
    return day


def _wanted(day: date, info: ValidationInfo) -> date:
    today = _around(info).today
    if day < today:
        raise _wrong("The date by which you want the outcome must be today or later")
    if day > _later(today, AHEAD):
        raise _wrong(f"Check the year: the outcome would be more than {AHEAD} years away")
    return day


# The form ----------------------------------------------------------------------------------------


class _Answers(BaseModel):
    # Nothing that was typed may reach a log by way of an error.
    model_config = ConfigDict(frozen=True, validate_default=True, hide_input_in_errors=True)


class ConcernForm(_Answers):
    """One concern: its theme, what is wrong, the outcome wanted, and by when."""

    theme: str = ""
    what: Annotated[str, _text("What is wrong", WORDS, enter="Enter what is wrong", lines=True)] = (
        ""
    )
    outcome: Annotated[
        str, _text("The outcome", WORDS, enter="Enter the outcome you want", lines=True)
    ] = ""
    by: Annotated[
        date,
        AfterValidator(_wanted),
        _day("The date by which you want the outcome", "Enter by when you want the outcome"),
    ] = Field(default=None)  # type: ignore[assignment]  # validated too: it says what to enter

    @field_validator("theme")
    @classmethod
    def _known_theme(cls, theme: str, info: ValidationInfo) -> str:
        if theme not in _around(info).council.procedure.themes:
            raise _wrong("Select what this concern is about")
        return theme


class RaiseForm(_Answers):
    """Rule 1: what an IRO says when raising a challenge.

    ``team`` is a team's name, ``social_worker`` the id of a post of that team, ``stage`` a value
    of :class:`~domain.ladder.Stage`.
    """

    case_id: Annotated[
        str,
        _text("The child’s ID", ID, enter="Enter the child’s ID, as it stands in the case system"),
    ] = ""
    initials: Annotated[
        str, _text("The child’s initials", INITIALS, enter="Enter the child’s initials")
    ] = ""
    name: Annotated[str, _text("The child’s name", NAME, enter="Enter the child’s name")] = ""
    date_of_birth: Annotated[
        date,
        AfterValidator(_born),
        _day("Date of birth", "Enter the child’s date of birth"),
    ] = Field(default=None)  # type: ignore[assignment]  # validated too: it says what to enter
    team: str = ""
    social_worker: str = ""
    stage: str = ""
    reason: Annotated[str, _text("The reason for this stage", WORDS, lines=True)] = ""
    concerns: tuple[ConcernForm, ...] = ()
    tried: Annotated[
        str,
        _text(
            "What was tried",
            WORDS,
            enter="Enter what you have already tried with the people concerned",
            lines=True,
        ),
    ] = ""
    views: Annotated[
        str,
        _text(
            "The child’s views",
            WORDS,
            enter="Enter the child’s views, or why they are not known",
            lines=True,
        ),
    ] = ""

    @field_validator("team")
    @classmethod
    def _known_team(cls, team: str, info: ValidationInfo) -> str:
        if team not in _around(info).council.directory.teams:
            raise _wrong("Select the child’s team")
        return team

    @field_validator("social_worker")
    @classmethod
    def _of_the_team(cls, social_worker: str, info: ValidationInfo) -> str:
        post = _around(info).council.directory.posts.get(social_worker)
        if post is None or post.role is not Role.SOCIAL_WORKER:
            raise _wrong("Select the child’s social worker")
        team = info.data.get("team")
        if team is not None and not post.serves(team):
            raise _wrong(f"Select a social worker of {team}, or the team of this social worker")
        return social_worker

    @field_validator("stage")
    @classmethod
    def _known_stage(cls, stage: str) -> str:
        if stage not in set(Stage):
            raise _wrong("Select the stage at which the challenge starts")
        return stage

    @field_validator("reason")
    @classmethod
    def _formal_entry_gives_its_reason(cls, reason: str, info: ValidationInfo) -> str:
        stage = info.data.get("stage")
        if stage and Stage(stage).formal and not reason:
            title = Stage(stage).title
            raise _wrong(f"Enter why the challenge starts at {title}")
        return reason

    @field_validator("concerns")
    @classmethod
    def _at_least_one(cls, concerns: tuple[ConcernForm, ...]) -> tuple[ConcernForm, ...]:
        if not concerns:
            raise _wrong("Add at least one concern")
        if len(concerns) > CONCERNS:
            raise _wrong(f"Put at most {CONCERNS} concerns on one form, and the others on another")
        return concerns

    def raised(self, iro: str, council: Council) -> events.Raised:
        """The fact that goes on the record; ``iro`` is the id of the officer who raises it."""
        child = events.Child(self.case_id, self.initials, self.name, self.date_of_birth, self.team)
        concerns = tuple(events.Concern(c.theme, c.what, c.outcome, c.by) for c in self.concerns)
        return events.Raised(
            child,
            iro,
            self.social_worker,
            Stage(self.stage),
            self.reason,
            concerns,
            self.tried,
            self.views,
            council.procedure.version,
        )


def problems(error: ValidationError) -> dict[str, str]:
    """What to mend: field → a sentence. A concern's field is ``concerns.0.what``."""
    return {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
