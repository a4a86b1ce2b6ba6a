"""The form that raises a challenge, whatever way it comes in: by page, by interface or by email.

Each mistake is a sentence that says what to enter; :func:`problems` gives them by field, and
:func:`allowed` says beside it what may stand there, for those who see no form with choices.
"""

from __future__ import annotations

import json
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
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from domain import events
from domain.ladder import FORMAL_STAGES, Role, Stage
from domain.permissions import may_raise
from handlers import dates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.council import Council
    from domain.directory import Post

__all__ = [
    "CONCERNS",
    "FORM_BYTES",
    "ConcernForm",
    "RaiseForm",
    "SentForm",
    "Surroundings",
    "allowed",
    "chosen",
    "kept_bytes",
    "page_name",
    "problems",
]

#: Characters of a written answer, of a name, and of an ID.
WORDS, NAME, ID = 5_000, 200, 50
#: Characters of a child's initials: "J.-P. van der B." fits.
INITIALS = 20
#: Concerns on one form.
CONCERNS = 20
#: Bytes of all concerns together, and of all that a form holds, as they are kept, whatever way it
#: comes in: an event of the record, which is one item of the table, holds 400 kB. A form in which
#: every answer is as long as it may be fits.
CONCERNS_BYTES = 200_000
FORM_BYTES = 300_000
#: Years: nobody older is still in the care of a council.
OLDEST = 25
#: Years ahead within which an outcome can be wanted; more is a slip of the keyboard.
AHEAD = 10
#: How many names a sentence lists at most.
_LISTED = 40

#: What no answer may hold: it could not be kept, or not be shown.
UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\N{REPLACEMENT CHARACTER}]")


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


def kept_bytes(*values: object) -> int:
    """How many bytes the values take where they are kept, which is as JSON: a quote takes two."""
    texts = (json.dumps(value, ensure_ascii=False) for value in values)
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


# Kinds of answers --------------------------------------------------------------------------------


def _text(
    what: str, most: int, *, enter: str = "", lines: bool = False
) -> tuple[BeforeValidator, WithJsonSchema]:
    """A text of at most ``most`` characters; one that must not be missing says ``enter``."""

    def check(value: object) -> str:
        if not isinstance(value, str | None):
            raise _wrong(f"{what} must be text")
        text = unicodedata.normalize("NFC", value or "").strip()
        if UNKEEPABLE.search(text):
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

    least = {"minLength": 1} if enter else {}
    schema = {"type": "string", **least, "maxLength": most, "description": enter or what}
    return BeforeValidator(check), WithJsonSchema(schema)


def _choice(what: str, described: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """One of several; which of them there are, a validator of the form's own says."""

    def check(value: object) -> str:
        if not isinstance(value, str | None):
            raise _wrong(f"{what} must be text")
        return " ".join((value or "").split())

    schema = {"type": "string", "minLength": 1, "maxLength": NAME, "description": described}
    return BeforeValidator(check), WithJsonSchema(schema)


def _day(what: str, enter: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """A date: in one line, or its three boxes as typed (``day``, ``month``, ``year``)."""

    def check(value: object) -> date:
        if value is None or value == "":
            raise _wrong(enter)
        try:
            if isinstance(value, dict):
                return dates.of_boxes(*(str(value.get(box, "")) for box in dates.BOXES))
            if isinstance(value, str):
                return dates.of_text(value)
        except dates.IncompleteDateError as error:
            if len(error.missing) == len(dates.BOXES):
                raise _wrong(enter) from error
            raise _wrong(f"{what} must include a {' and a '.join(error.missing)}") from error
        except dates.ShortYearError as error:
            raise _wrong(f"{what} must have a year of 4 figures, like 2027") from error
        except dates.NoDateError as error:
            like = "27 3 2027" if isinstance(value, dict) else "27 March 2027 or 2027-03-27"
            raise _wrong(f"{what} must be a real date, like {like}") from error
        raise _wrong(f"{what} must be a date as text, like 2027-03-27")

    schema = {"type": "string", "format": "date", "description": enter}
    return BeforeValidator(check), WithJsonSchema(schema)


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
    model_config = ConfigDict(
        frozen=True,
        validate_default=True,
        # A field that nobody knows is a slip of a program's author, and its words would be lost.
        extra="forbid",
        # Nothing that was typed may reach a log by way of an error.
        hide_input_in_errors=True,
    )


class ConcernForm(_Answers):
    """One concern: its theme, what is wrong, the outcome wanted, and by when."""

    theme: Annotated[str, *_choice("The theme", "What the concern is about: one of the themes")] = (
        ""
    )
    what: Annotated[
        str, *_text("What is wrong", WORDS, enter="Enter what is wrong", lines=True)
    ] = ""
    outcome: Annotated[
        str, *_text("The outcome", WORDS, enter="Enter the outcome you want", lines=True)
    ] = ""
    by: Annotated[
        date,
        AfterValidator(_wanted),
        *_day("The date by which you want the outcome", "Enter by when you want the outcome"),
    ] = Field(default=None)  # type: ignore[assignment]  # validated too: it says what to enter

    @field_validator("theme")
    @classmethod
    def _known_theme(cls, theme: str, info: ValidationInfo) -> str:
        known = chosen("theme", theme, _around(info))
        if not known:
            raise _wrong("Select what this concern is about")
        return known


class RaiseForm(_Answers):
    """Rule 1: what an IRO says when raising a challenge.

    ``team`` is a team's name. ``social_worker`` is a post of that team, given by its id, or by
    the name or email address of who answers for it today; it is kept by its id. ``stage`` is kept
    as a value of :class:`~domain.ladder.Stage`.
    """

    case_id: Annotated[
        str,
        *_text("The child’s ID", ID, enter="Enter the child’s ID, as it stands in the case system"),
    ] = ""
    initials: Annotated[
        str, *_text("The child’s initials", INITIALS, enter="Enter the child’s initials")
    ] = ""
    name: Annotated[str, *_text("The child’s name", NAME, enter="Enter the child’s name")] = ""
    date_of_birth: Annotated[
        date,
        AfterValidator(_born),
        *_day("Date of birth", "Enter the child’s date of birth"),
    ] = Field(default=None)  # type: ignore[assignment]  # validated too: it says what to enter
    team: Annotated[str, *_choice("The team", "The child’s team, by its name")] = ""
    social_worker: Annotated[
        str,
        *_choice(
            "The social worker",
            "The child’s social worker, by name, email address or the id of the post",
        ),
    ] = ""
    stage: Annotated[
        str, *_choice("The stage", "The stage at which the challenge starts: QAP, 1, 2, 3 or 4")
    ] = ""
    reason: Annotated[
        str,
        *_text("The reason for this stage", WORDS, lines=True),
    ] = ""
    concerns: tuple[ConcernForm, ...] = Field(
        default=(),
        json_schema_extra={
            "minItems": 1,
            "maxItems": CONCERNS,
            "description": f"Together at most {CONCERNS_BYTES:,} bytes",
        },
    )
    tried: Annotated[
        str,
        *_text(
            "What was tried",
            WORDS,
            enter="Enter what you have already tried with the people concerned",
            lines=True,
        ),
    ] = ""
    views: Annotated[
        str,
        *_text(
            "The child’s views",
            WORDS,
            enter="Enter the child’s views, or why they are not known",
            lines=True,
        ),
    ] = ""

    @field_validator("team", "stage")
    @classmethod
    def _known(cls, named: str, info: ValidationInfo) -> str:
        field = str(info.field_name)
        known = chosen(field, named, _around(info))
        if not known:
            raise _wrong(_SELECT[field])
        return known

    @field_validator("social_worker")
    @classmethod
    def _of_the_team(cls, social_worker: str, info: ValidationInfo) -> str:
        team = info.data.get("team")
        found = _social_workers(social_worker, _around(info))
        if not found:
            raise _wrong("Select the child’s social worker")
        of_team = [post for post in found if team is None or post.serves(team)]
        if not of_team:
            raise _wrong(f"Select a social worker of {team}, or the team of this social worker")
        if len(of_team) > 1:
            raise _wrong("Several social workers have this name. Give the email address instead")
        return of_team[0].id

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
        if sum(kept_bytes(one.what, one.outcome) for one in concerns) > CONCERNS_BYTES:
            raise _wrong(
                "The concerns together are longer than one form can hold. Shorten them, or put "
                "some of them on another form"
            )
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


class SentForm(RaiseForm):
    """The form as another program sends it: nobody is signed in, so it says who the IRO is.

    ``iro`` is an officer's email address, or id; it is kept as the id.
    """

    iro: Annotated[
        str, *_choice("The IRO", "The IRO who raises the challenge, by email address")
    ] = ""

    @field_validator("iro")
    @classmethod
    def _may_raise(cls, iro: str, info: ValidationInfo) -> str:
        around = _around(info)
        directory = around.council.directory
        officer = directory.officers.get(iro) or directory.by_email(iro)
        if officer is None:
            raise _wrong("Give the IRO who raises the challenge, by email address")
        if not may_raise(officer.id, around.council, around.today):
            raise _wrong("Only an IRO, or somebody who covers for one today, can raise a challenge")
        return officer.id


_SELECT = {
    "team": "Select the child’s team",
    "stage": "Select the stage at which the challenge starts",
}

#: What a stage may be called, in small letters.
_STAGES = {
    **{str(stage).casefold(): stage for stage in Stage},
    **{stage.title.casefold(): stage for stage in Stage},
    **{
        f"stage {word}": stage
        for word, stage in zip(("one", "two", "three", "four"), FORMAL_STAGES, strict=True)
    },
}


def chosen(field: str, text: str, around: Surroundings, team: str = "") -> str:
    """Which choice of ``field`` somebody means by ``text``, as it is kept; empty if none, or many.

    ``team`` is the one that a social worker is to belong to, if it is known.
    """
    wanted = " ".join(text.split()).casefold()
    if field == "social_worker":
        found = _social_workers(" ".join(text.split()), around)
        of_team = [post.id for post in found if not team or post.serves(team)]
        return of_team[0] if len(of_team) == 1 else ""
    if field == "stage":
        return str(_STAGES.get(wanted, ""))
    council = around.council
    choices = council.directory.teams if field == "team" else council.procedure.themes
    return next((one for one in choices if one.casefold() == wanted), "")


def _social_workers(named: str, around: Surroundings) -> list[Post]:
    """The posts that somebody may mean by ``named``: an id, a name, or an email address."""
    directory = around.council.directory
    posts = directory.posts_of(Role.SOCIAL_WORKER)
    by_id = [post for post in posts if post.id == named]
    if by_id:
        return by_id
    wanted = named.casefold()
    return [
        post
        for post in posts
        if any(
            wanted in (person.name.casefold(), person.email.casefold())
            for person in directory.people(post.id, around.today)
        )
    ]


# What to mend ------------------------------------------------------------------------------------

#: What pydantic itself may find wrong, in our words.
_SHAPES = {
    "tuple_type": "Give the concerns as a list",
    "model_type": "Give each concern with theme, what, outcome and by",
    "model_attributes_type": "Give each concern with theme, what, outcome and by",
    "extra_forbidden": "There is no such field. Check how it is written",
}


def problems(error: ValidationError) -> dict[str, str]:
    """What to mend: field → a sentence. A concern's field is ``concerns.0.what``."""
    return {
        ".".join(map(str, one["loc"])): _SHAPES.get(one["type"], one["msg"])
        for one in error.errors()
    }


def page_name(path: str) -> str:
    """The page's name for a field: ``concerns.0.what`` is ``concern-1-what``."""
    parts = path.replace("_", "-").split(".")
    if parts[0] == "concerns":
        parts = ["concern", *(str(int(part) + 1) for part in parts[1:2]), *parts[2:]]
    return "-".join(parts)


def allowed(field: str, around: Surroundings, team: str = "") -> str:
    """What may stand in ``field`` (its path, as in :func:`problems`), in one sentence.

    ``team`` is the child's, if it is known: it narrows down the social workers.
    """
    council, name = around.council, field.rpartition(".")[2]
    words = f"Text of up to {WORDS:,} characters"
    sentences = {
        "iro": "The email address of an officer who holds or covers an IRO’s post",
        "case_id": f"Text of up to {ID} characters",
        "initials": f"Text of up to {INITIALS} characters",
        "name": f"Text of up to {NAME} characters",
        "date_of_birth": f"A date in the past, like 27 March {around.today.year - 10}",
        "team": f"One of: {_listed(council.directory.teams)}",
        "social_worker": _allowed_workers(around, team),
        "stage": f"One of: {_listed(str(stage) for stage in Stage)}",
        "reason": f"{words}. Needed for stages 1 to 4",
        "concerns": f"From 1 to {CONCERNS} concerns",
        "theme": f"One of: {_listed(council.procedure.themes)}",
        "what": words,
        "outcome": words,
        "by": f"A date from today on, like 27 March {around.today.year + 1}",
        "tried": words,
        "views": words,
    }
    return sentences.get(name, "")


def _listed(names: Iterable[str]) -> str:
    """``Red, Green, Blue``: commas stand in some names, but hardly in those that are listed."""
    found = list(names)
    return ", ".join(found[:_LISTED]) + (" …" if len(found) > _LISTED else "")


def _allowed_workers(around: Surroundings, team: str) -> str:
    directory = around.council.directory
    posts = directory.posts_of(Role.SOCIAL_WORKER, team or None)
    people = [person.name for post in posts for person in directory.people(post.id, around.today)]
    of = f" of {team}" if team else " of the child’s team"
    return f"A social worker{of}, by name or email address: {_listed(dict.fromkeys(people))}"
