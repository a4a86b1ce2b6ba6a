"""The form that raises a challenge, checked the same way from a page, a program or an email.

For each mistake there is a sentence that says what to enter. The limits, choices and labels are in
``handlers.form_fields``, which loads quickly. This module is loaded only when there is a form to
check, so that no other request waits for pydantic when its function starts cold.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Self

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

from domain.form import Child, Concern
from domain.ladder import Stage
from domain.moments import day_in_words
from domain.people import may_raise
from domain.rules.entry import Raised
from domain.writing import as_id, can_be_seen, kept
from handlers import dates
from handlers.form_fields import (
    AHEAD,
    CONCERNS,
    CONCERNS_BYTES,
    ID,
    INITIALS,
    NAME,
    OLDEST,
    UNKEEPABLE,
    WORDS,
    WrongAnswersError,
    chosen,
    kept_bytes,
    social_workers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.council import Council
    from handlers.form_fields import Surroundings

__all__ = ["ConcernForm", "RaiseForm", "SentForm"]


def _around(info: ValidationInfo) -> Surroundings:
    surroundings: Surroundings = info.context  # type: ignore[assignment]  # RaiseForm.checked gives it
    return surroundings


def _wrong(sentence: str) -> PydanticCustomError:
    # Passed as a value, because pydantic would read braces in what was typed as a template.
    return PydanticCustomError("answer", "{sentence}", {"sentence": sentence})


# Kinds of answers --------------------------------------------------------------------------------


def _text(
    what: str, most: int, *, enter: str = "", lines: bool = False, is_id: bool = False
) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of a text of at most ``most`` characters.

    ``enter`` is the error if nothing was typed; without it, the text is optional. ``lines`` keeps
    line breaks. ``is_id`` removes invisible characters, so that the text can be found again.
    """

    def check(value: object) -> str:
        if not isinstance(value, str | None):
            raise _wrong(f"{what} must be text")
        text = (value or "").strip()
        if UNKEEPABLE.search(text):
            mark = "\N{REPLACEMENT CHARACTER}"
            raise _wrong(
                f"{what} held something that cannot be kept, now marked {mark}. Replace each {mark}"
            )
        text = as_id(text) if is_id else kept(text).strip()
        text = text if lines else " ".join(text.split())
        if not can_be_seen(text):
            text = ""
        if not text and enter:
            raise _wrong(enter)
        if len(text) > most:
            raise _wrong(f"{what} must be {most:,} characters or fewer. You have {len(text):,}")
        return text

    least = {"minLength": 1} if enter else {}
    schema = {"type": "string", **least, "maxLength": most, "description": enter or what}
    return BeforeValidator(check), WithJsonSchema(schema)


def _choice(what: str, described: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of a choice; the form's own validator knows the choices."""

    def check(value: object) -> str:
        if not isinstance(value, str | None):
            raise _wrong(f"{what} must be text")
        return " ".join(kept(value or "").split())

    schema = {"type": "string", "minLength": 1, "maxLength": NAME, "description": described}
    return BeforeValidator(check), WithJsonSchema(schema)


def _day(what: str, enter: str, described: str = "") -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of a date, ``described`` by default as ``enter``.

    It comes as one line of text, or as the text of three boxes (``day``, ``month``, ``year``).
    """

    def check(value: object) -> date:
        if value is None or value == "":
            raise _wrong(enter)
        try:
            if isinstance(value, dict):
                return dates.of_boxes(*(str(value.get(box, "")) for box in dates.BOXES))
            if isinstance(value, str):
                return dates.of_text(kept(value))
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

    schema = {"type": "string", "format": "date", "description": described or enter}
    return BeforeValidator(check), WithJsonSchema(schema)


def _later(day: date, years: int) -> date:
    """Return the same day ``years`` later; 1 March if that year has no 29 February."""
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
    return _worked("The date by which you want the outcome", day, info)


def _worked(what: str, day: date, info: ValidationInfo) -> date:
    """Return ``day`` if it is a working day: people set no other (the procedure, "Deadlines")."""
    calendar = _around(info).council.calendar
    if day.year >= calendar.last_year:
        raise _wrong(f"{what} must be before {calendar.last_year}")
    if not calendar.is_working_day(day):
        # Emails say this too, and they repeat nothing that somebody wrote.
        before, after = map(day_in_words, calendar.around(day))
        raise _wrong(f"{what} must be a working day. The nearest are {before} and {after}")
    return day


# The form ----------------------------------------------------------------------------------------


class _Answers(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        validate_default=True,
        # An unknown field is a mistake in the sending program, and its text would be lost.
        extra="forbid",
        # An error may be logged, and logs must not hold what somebody typed.
        hide_input_in_errors=True,
    )

    @classmethod
    def checked(cls, answers: Mapping[str, Any], around: Surroundings) -> Self:
        """Return the form with these answers. Raise ``WrongAnswersError`` if any are wrong."""
        try:
            return cls.model_validate(answers, context=around)
        except ValidationError as error:
            raise WrongAnswersError(_problems(error)) from error


class ConcernForm(_Answers):
    """One concern: its theme, what is wrong, the outcome wanted, and the date it is wanted by."""

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
        *_day(
            "The date by which you want the outcome",
            "Enter by when you want the outcome",
            "The working day by whose end you want the outcome",
        ),
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

    ``team`` is a team's name. ``social_worker`` is a post in that team, given by its id, or by the
    name or email address of somebody who holds or covers it today; the id is kept. ``stage`` is
    kept as a value of :class:`~domain.ladder.Stage`.
    """

    case_id: Annotated[
        str,
        *_text(
            "The Case ID",
            ID,
            enter="Enter the child’s Case ID",
            is_id=True,
        ),
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
        found = social_workers(social_worker, _around(info))
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
            title = _around(info).council.ladder.title(Stage(stage))
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

    def raised(self, iro: str, council: Council) -> Raised:
        """Return the fact to record; ``iro`` is the id of the officer who raises the challenge."""
        child = Child(self.case_id, self.initials, self.name, self.date_of_birth, self.team)
        concerns = tuple(Concern(c.theme, c.what, c.outcome, c.by) for c in self.concerns)
        return Raised(
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
    """The form as another program sends it. Nobody is signed in, so it names the IRO.

    ``iro`` is an officer's email address or id; the id is kept.
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


# What to correct ---------------------------------------------------------------------------------

#: Our sentences for the errors that pydantic finds itself, by their type.
_SHAPES = {
    "tuple_type": "Give the concerns as a list",
    "model_type": "Give each concern with theme, what, outcome and by",
    "model_attributes_type": "Give each concern with theme, what, outcome and by",
    "extra_forbidden": "There is no such field. Check how it is written",
}


def _problems(error: ValidationError) -> dict[str, str]:
    return {
        ".".join(map(str, one["loc"])): _SHAPES.get(one["type"], one["msg"])
        for one in error.errors()
    }
