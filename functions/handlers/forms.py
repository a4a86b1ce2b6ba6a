"""The form that raises a challenge, checked the same way from a page, a program or an email.

For each mistake there is a sentence that says what to enter. The limits, choices and labels are in
``handlers.form_fields``, which loads quickly. This module is loaded only when there is a form to
check, so that no other request waits for pydantic when its function starts cold.
"""

from __future__ import annotations

from dataclasses import replace
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

from domain.challenge import AgreedAction, Owner
from domain.form import (
    Answered,
    Before,
    Child,
    ChildsRights,
    Concern,
    Court,
    FromReview,
    GoodPractice,
    Review,
    RightsBreached,
    Urgency,
    Way,
)
from domain.ladder import Stage
from domain.moments import day_in_words
from domain.people import iros_for_whom, owner_named, owner_problems
from domain.rules.entry import Raised
from domain.writing import as_id, can_be_seen, kept
from handlers import dates
from handlers.form_fields import (
    ACTIONS,
    ACTIONS_BYTES,
    AHEAD,
    CONCERNS,
    CONCERNS_BYTES,
    ID,
    INITIALS,
    NAME,
    NOT_YET,
    OLDEST,
    SHORT,
    UNKEEPABLE,
    WAYS,
    WORDS,
    YES_OR_NO,
    WrongAnswersError,
    chosen,
    iro_named,
    kept_bytes,
    owners,
    social_workers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.council import Council
    from domain.directory import Officer
    from handlers.form_fields import Surroundings

__all__ = ["ChildForm", "ConcernForm", "PraiseForm", "RaiseForm", "SentForm"]


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


def _yes_or_no(described: str, enter: str = "") -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of an answer *yes* or *no*.

    It is ``None`` if it was not asked. If it was and the answer is blank, ``enter`` is the error;
    without that, it is not asked either.
    """

    def check(value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong("The answer must be yes or no, as text")
        answer = kept(value).strip().casefold().rstrip(".")
        if not answer and not enter:
            return None
        if answer not in YES_OR_NO:
            raise _wrong(enter or "Answer yes or no")
        return answer

    schema = {"type": "string", "enum": list(YES_OR_NO), "description": described}
    return BeforeValidator(check), WithJsonSchema(schema)


def _done_yet(described: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of an answer *yes*, *not yet* or *no*.

    It is ``None`` if it was not asked. If it was and the answer is blank, it is *not yet*: nothing
    about the child delays a challenge (rule 19).
    """

    def check(value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong("The answer must be yes, not yet or no, as text")
        answer = " ".join(kept(value).split()).casefold().rstrip(".") or Answered.NOT_YET
        if answer not in NOT_YET:
            raise _wrong("Answer yes, not yet or no")
        return answer

    schema = {"type": "string", "enum": list(NOT_YET), "description": described}
    return BeforeValidator(check), WithJsonSchema(schema)


#: The year of a date that is given as an example: one to come, and one in which a child was born.
_TO_COME, _BORN = 2027, 2013


def _day(
    what: str, enter: str, described: str = "", year: int = _TO_COME
) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of a date, ``described`` by default as ``enter``.

    It comes as one line of text, or as the text of three boxes (``day``, ``month``, ``year``). What
    is no date is answered with an example in ``year``.
    """
    schema = {"type": "string", "format": "date", "description": described or enter}
    check = BeforeValidator(lambda value: _read_day(value, what, enter, year))
    return check, WithJsonSchema(schema)


def _day_if_any(what: str, described: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the check and the schema of a date that may be left blank: then it is ``None``."""

    def check(value: object) -> date | None:
        boxes = value.values() if isinstance(value, dict) else [value]
        blank = all(one is None or (isinstance(one, str) and not one.strip()) for one in boxes)
        return None if blank else _read_day(value, what, described)

    schema = {"type": "string", "format": "date", "description": described}
    return BeforeValidator(check), WithJsonSchema(schema)


def _read_day(value: object, what: str, enter: str, year: int = _TO_COME) -> date:
    """Return the date; if nothing was entered, ``enter`` is the error. Examples are in ``year``."""
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
        raise _wrong(f"{what} must have a year of 4 figures, like {year}") from error
    except dates.NoSuchDayError as error:
        raise _wrong(f"{what} must be a real date: {error}") from error
    except dates.NoDateError as error:
        like = f"27 3 {year}" if isinstance(value, dict) else f"27 March {year} or {year}-03-27"
        raise _wrong(f"{what} must be a real date, like {like}") from error
    raise _wrong(f"{what} must be a date as text, like {year}-03-27")


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


def _in_time(what: str, day: date | None, around: Surroundings) -> date | None:
    """Return a day from today on, and not so far ahead that the year must be wrong."""
    if day is None:
        return None
    if day < around.today:
        raise _wrong(f"{what} must be today or later")
    # Its stages are counted in working days, which are known up to a year.
    last = around.council.calendar.last_year
    if day > _later(around.today, AHEAD) or day.year >= last:
        raise _wrong(f"Check the year: {what[:1].lower()}{what[1:]} is too far away")
    return day


def _too_late(day: date | None, info: ValidationInfo) -> date | None:
    return _in_time("The date after which it is too late", day, _around(info))


def _hearing(day: date | None, info: ValidationInfo) -> date | None:
    return _in_time("The date of the next hearing", day, _around(info))


def _reviewed(day: date | None, info: ValidationInfo) -> date | None:
    if day is None:
        return None
    today = _around(info).today
    if day > _later(today, 1) or _later(day, OLDEST) < today:
        raise _wrong("Check the year of the review")
    return day


def _wanted(day: date, info: ValidationInfo) -> date:
    today = _around(info).today
    if day < today:
        raise _wrong("The date by which you want the outcome must be today or later")
    if day > _later(today, AHEAD):
        raise _wrong(f"Check the year: the outcome would be more than {AHEAD} years away")
    return _worked("The date by which you want the outcome", day, info)


def _to_do(day: date, info: ValidationInfo) -> date:
    today = _around(info).today
    if day < today:
        raise _wrong("The date of the action must be today or later")
    if day > _later(today, AHEAD):
        raise _wrong(f"Check the year: the action would be more than {AHEAD} years away")
    return _worked("The date of the action", day, info)


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
            form = cls.model_validate(answers, context=around)
        except ValidationError as error:
            raise WrongAnswersError(_problems(error)) from error
        if problems := form.problems(around):
            raise WrongAnswersError(problems)
        return form

    def problems(self, _around: Surroundings) -> dict[str, str]:
        """Return what is wrong although each answer is right by itself: field → sentence."""
        return {}


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


class ActionForm(_Answers):
    """An action that a review agreed: what, who does it, and by when.

    ``owner`` is an officer or post of the council; without one, the other three say who outside
    does it. The id is kept.
    """

    what: Annotated[
        str, *_text("The action", SHORT, enter="Enter what will be done", lines=True)
    ] = ""
    owner: Annotated[
        str, *_choice("The owner", "Who does it: an officer or post, by name, email address or id")
    ] = ""
    owner_name: Annotated[str, *_text("The name", NAME)] = ""
    owner_organisation: Annotated[str, *_text("The organisation", NAME)] = ""
    owner_email: Annotated[str, *_text("The email address", NAME)] = ""
    by: Annotated[
        date,
        AfterValidator(_to_do),
        *_day("The date of the action", "Enter by when it will be done"),
    ] = Field(default=None)  # type: ignore[assignment]  # validated too: it says what to enter

    @field_validator("owner")
    @classmethod
    def _of_the_council(cls, owner: str, info: ValidationInfo) -> str:
        if not owner:
            return ""
        found = owners(owner, _around(info))
        if len(found) != 1:
            raise _wrong("Choose who will do it: an officer or post of the council")
        return found[0]

    @property
    def who(self) -> Owner:
        """Who does it."""
        return Owner(self.owner, self.owner_name, self.owner_organisation, self.owner_email)


#: The fields of what was resolved before the review, each with what to enter if it is needed.
_OF_RESOLVED = {
    "resolution": "Enter how it was resolved, and what shows it",
    "file_checked": "Select whether you checked the child’s file",
    "documents_read": "Select whether you read the relevant documents",
    "child_consulted": "Select whether you consulted the child",
    "why_not": "",
    "child_told": "Select whether the child was told",
    "how_told": "",
}


def _asked_before(info: ValidationInfo) -> list[str | None]:
    """Return whether file, documents and child were checked, read and consulted."""
    asked = ("file_checked", "documents_read", "child_consulted")
    return [info.data.get(name) for name in asked]


class ChildForm(_Answers):
    """Who the child is, when a challenge is raised (rule 1) and when it is reopened (rule 16)."""

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
        *_day("Date of birth", "Enter the child’s date of birth", year=_BORN),
    ] = Field(default=None)  # type: ignore[assignment]  # validated too: it says what to enter

    def child(self, team: str) -> Child:
        """Return the child, who is of this ``team``."""
        return Child(self.case_id, self.initials, self.name, self.date_of_birth, team)


def _for_whom(named: str, info: ValidationInfo) -> str:
    """Return the id of the IRO whose challenge it is; ``named`` may be left out if it is clear."""
    around = _around(info)
    choices = iros_for_whom(around.officer, around.council, around.today)
    if not named and len(choices) == 1:
        return choices[0]
    if not choices:
        return ""  # whoever raises it is unknown, or may not
    found = iro_named(named, around)
    if not found:
        people = (around.council.directory.officers.get(one) for one in choices)
        names = " or ".join(one.name for one in people if one)
        raise _wrong(f"Select whose challenge it is: {names}")
    return found


def _known(named: str, info: ValidationInfo) -> str:
    field = str(info.field_name)
    known = chosen(field, named, _around(info))
    if not known:
        raise _wrong(_SELECT[field])
    return known


def _of_the_team(social_worker: str, info: ValidationInfo) -> str:
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


class PraiseForm(ChildForm):
    """Rule 18: what an IRO says when recording good practice, instead of a concern.

    ``team``, ``social_worker`` and ``for_iro`` are as in :class:`RaiseForm`.
    """

    team: Annotated[
        str, AfterValidator(_known), *_choice("The team", "The child’s team, by its name")
    ] = ""
    social_worker: Annotated[
        str,
        AfterValidator(_of_the_team),
        *_choice("The social worker", "The child’s social worker, by the id of the post"),
    ] = ""
    well: Annotated[
        str, *_text("What was done well", WORDS, enter="Enter what was done well", lines=True)
    ] = ""
    difference: Annotated[
        str,
        *_text(
            "The difference it made",
            WORDS,
            enter="Enter what difference it made to the child",
            lines=True,
        ),
    ] = ""
    for_iro: Annotated[
        str, AfterValidator(_for_whom), *_choice("The IRO", "Whose record it is")
    ] = ""

    def raised(self, council: Council, _today: date) -> Raised:
        """Return the fact to record."""
        return Raised(
            self.child(self.team),
            self.for_iro,
            self.social_worker,
            Stage.QAP,
            "",
            (),
            "",
            "",
            council.procedure.version,
            way=Way.GOOD_PRACTICE,
            good_practice=GoodPractice(self.well, self.difference),
        )


class RaiseForm(ChildForm):
    """Rule 1: what an IRO says when raising a challenge.

    ``team`` is a team's name. ``social_worker`` is a post in that team, given by its id, or by the
    name or email address of somebody who holds or covers it today; the id is kept. ``stage`` is
    kept as a value of :class:`~domain.ladder.Stage`. ``for_iro`` is whose challenge it is, given by
    id, name or email address, and kept as an id; it is needed only from somebody who can raise one
    for several IROs.

    ``rights_breached`` is ``None`` where it was not asked: in a form of a program, or an email,
    that follows an older description.
    """

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

    rights_breached: Annotated[
        str | None,
        *_yes_or_no(
            "Whether the child’s human rights may have been breached",
            "Select whether the child’s human rights may have been breached",
        ),
    ] = None
    child_knows: Annotated[str | None, *_done_yet("Whether the child knows of the challenge")] = (
        None
    )
    advocate_offered: Annotated[
        str | None, *_done_yet("Whether the child was offered an advocate")
    ] = None
    knows_complaints: Annotated[
        str | None, *_done_yet("Whether the child knows how to complain")
    ] = None
    rights_why: Annotated[str, *_text("Why not", SHORT, lines=True)] = ""
    wants_court: Annotated[str | None, *_done_yet("Whether the child wants to go to court")] = None
    legal_help: Annotated[
        str, *_text("Who helps the child get legal advice, if they want to go to court", NAME)
    ] = ""
    at_risk: Annotated[
        str | None,
        *_yes_or_no(
            "Whether the child may be at risk today. The answer then says whom to contact: raising "
            "the challenge does not contact them"
        ),
    ] = None
    too_late_after: Annotated[
        date | None,
        AfterValidator(_too_late),
        *_day_if_any(
            "The date after which it is too late",
            "The date after which it is too late, such as the end of a placement",
        ),
    ] = None
    too_late_why: Annotated[str, *_text("Why it is too late then", SHORT, lines=True)] = ""
    review_date: Annotated[
        date | None,
        AfterValidator(_reviewed),
        *_day_if_any("The date of the review", "The review that it comes from, by date"),
    ] = None
    decision_number: Annotated[str, *_text("The number of the review’s decision", ID)] = ""
    next_hearing: Annotated[
        date | None,
        AfterValidator(_hearing),
        *_day_if_any(
            "The date of the next hearing",
            "The next hearing, where there are court proceedings",
        ),
    ] = None
    guardian: Annotated[str, *_text("The guardian’s name", NAME)] = ""
    way: Annotated[
        str,
        *_choice(
            "How it starts",
            "How it starts at QAP: concern (the default) or resolved. What was resolved before the "
            "review is recorded and ended in one step, and nobody is asked to reply",
        ),
    ] = ""
    resolution: Annotated[
        str,
        *_text("How it was resolved", WORDS, lines=True),
    ] = ""
    file_checked: Annotated[
        str | None, *_yes_or_no("Whether the child’s file was checked before the review")
    ] = None
    documents_read: Annotated[
        str | None, *_yes_or_no("Whether the relevant documents were read")
    ] = None
    child_consulted: Annotated[str | None, *_yes_or_no("Whether the child was consulted")] = None
    why_not: Annotated[str, *_text("Why not", SHORT, lines=True)] = ""
    child_told: Annotated[
        str, *_choice("Whether the child was told", "Whether the child was told how it ended")
    ] = ""
    how_told: Annotated[str, *_text("How the child was told, or why not", SHORT, lines=True)] = ""
    actions: tuple[ActionForm, ...] = Field(
        default=(),
        json_schema_extra={
            "maxItems": ACTIONS,
            "description": "The actions that the review agreed, if the challenge starts with them",
        },
    )
    confirmed: Annotated[
        str,
        *_text("How the actions were confirmed", SHORT, lines=True),
    ] = ""
    for_iro: Annotated[
        str,
        *_choice(
            "The IRO",
            "Whose challenge it is, by email address, where an officer raises it who covers for "
            "several IROs, or covers for one and is an IRO too",
        ),
    ] = ""

    @field_validator("rights_why")
    @classmethod
    def _a_no_says_why(cls, why: str, info: ValidationInfo) -> str:
        asked = ("child_knows", "advocate_offered", "knows_complaints")
        if not why and "no" in [info.data.get(name) for name in asked]:
            raise _wrong("Enter why one of the three answers is no")
        return why

    @field_validator("legal_help")
    @classmethod
    def _only_for_court(cls, who: str, info: ValidationInfo) -> str:
        if who and info.data.get("wants_court") not in ("yes", None):
            raise _wrong("This is only for a child who wants to go to court. Leave it blank")
        return who

    @field_validator("too_late_why")
    @classmethod
    def _a_date_and_why(cls, why: str, info: ValidationInfo) -> str:
        if "too_late_after" not in info.data:
            return why  # the date is wrong, and says so
        if info.data["too_late_after"] and not why:
            raise _wrong("Enter why it is too late then, for example: the placement ends")
        if why and not info.data["too_late_after"]:
            raise _wrong("Enter the date after which it is too late, or leave this blank")
        return why

    @field_validator("way")
    @classmethod
    def _only_at_qap(cls, way: str, info: ValidationInfo) -> str:
        known = chosen("way", way, _around(info)) if way else "concern"
        if not known:
            raise _wrong(f"Say how it starts: {' or '.join(WAYS)}")
        stage = info.data.get("stage")
        if known != "concern" and stage and Stage(stage).formal:
            raise _wrong("Only a challenge at QAP starts like this. Choose QAP, or leave this out")
        return known

    @field_validator(*_OF_RESOLVED)
    @classmethod
    def _only_if_resolved(cls, answer: str | None, info: ValidationInfo) -> str | None:
        field, way = str(info.field_name), info.data.get("way")
        if way is None:
            return answer  # it is not known how it starts, and that says so
        if way != "resolved":
            if answer:
                raise _wrong("This is only for what was resolved before the review. Leave it out")
            return answer
        if field == "child_told":
            answer = chosen(field, str(answer), _around(info))
        if not answer and field in _OF_RESOLVED and _OF_RESOLVED[field]:
            raise _wrong(_OF_RESOLVED[field])
        if field == "why_not" and not answer and "no" in _asked_before(info):
            raise _wrong("Enter why one of these was not done")
        told = {"yes": "Enter how the child was told", "no": "Enter why the child was not told"}
        if field == "how_told" and not answer and info.data.get("child_told") in told:
            raise _wrong(told[info.data["child_told"]])
        return answer

    @field_validator("actions")
    @classmethod
    def _only_from_a_review(
        cls, actions: tuple[ActionForm, ...], info: ValidationInfo
    ) -> tuple[ActionForm, ...]:
        way = info.data.get("way")
        if way and way != "actions" and actions:
            raise _wrong("Only actions from the review are entered here. Leave them out")
        if way == "actions" and not actions:
            raise _wrong("Add at least one action")
        if len(actions) > ACTIONS:
            raise _wrong(f"Put at most {ACTIONS} actions on one form")
        if sum(kept_bytes(one.what, one.owner_name) for one in actions) > ACTIONS_BYTES:
            raise _wrong("The actions together are longer than one form can hold. Shorten them")
        return actions

    @field_validator("confirmed")
    @classmethod
    def _actions_are_confirmed(cls, confirmed: str, info: ValidationInfo) -> str:
        way = info.data.get("way")
        if way == "actions" and not confirmed:
            raise _wrong(
                "Enter how you confirmed the actions with the Social Worker and the Team Manager"
            )
        if way and way != "actions" and confirmed:
            raise _wrong("This is only for actions from the review. Leave it out")
        return confirmed

    @field_validator("for_iro")
    @classmethod
    def _whose(cls, named: str, info: ValidationInfo) -> str:
        return _for_whom(named, info)

    @field_validator("team", "stage")
    @classmethod
    def _is_known(cls, named: str, info: ValidationInfo) -> str:
        return _known(named, info)

    @field_validator("social_worker")
    @classmethod
    def _is_of_the_team(cls, social_worker: str, info: ValidationInfo) -> str:
        return _of_the_team(social_worker, info)

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

    def problems(self, around: Surroundings) -> dict[str, str]:
        """Return what is wrong with the owners of actions: no child or parent is one (rule 6)."""
        found = {}
        for place, one in enumerate(self.actions):
            wrong = owner_problems(one.who, around.council, around.today, self.name)
            for part, sentence in wrong.items():
                found[f"actions.{place}.{part.replace('-', '_')}"] = sentence.rstrip(".")
        return found

    def raised(self, council: Council, today: date) -> Raised:
        """Return the fact to record ``today``, a local date."""
        concerns = tuple(Concern(c.theme, c.what, c.outcome, c.by) for c in self.concerns)
        return Raised(
            self.child(self.team),
            self.for_iro,
            self.social_worker,
            Stage(self.stage),
            self.reason,
            concerns,
            self.tried,
            self.views,
            council.procedure.version,
            RightsBreached(self.rights_breached or RightsBreached.NOT_ASKED),
            Review(self.review_date, self.decision_number),
            Court(self.next_hearing, self.guardian),
            Urgency(self.too_late_after, self.too_late_why, self.at_risk == "yes"),
            WAYS[self.way],
            self._before() if self.way == "resolved" else None,
            from_review=self._from_review(council, today) if self.way == "actions" else None,
            childs_rights=self._childs_rights(),
        )

    def _childs_rights(self) -> ChildsRights:
        not_asked = Answered.NOT_ASKED
        return ChildsRights(
            Answered(self.child_knows or not_asked),
            Answered(self.advocate_offered or not_asked),
            Answered(self.knows_complaints or not_asked),
            Answered(self.wants_court or not_asked),
            self.legal_help,
            self.rights_why,
        )

    def _from_review(self, council: Council, today: date) -> FromReview:
        agreed = (
            AgreedAction(one.what, owner_named(one.who, council, today), one.by, one.who)
            for one in self.actions
        )
        return FromReview(tuple(agreed), self.confirmed)

    def _before(self) -> Before:
        return Before(
            self.resolution,
            file_checked=self.file_checked == "yes",
            documents_read=self.documents_read == "yes",
            child_consulted=self.child_consulted == "yes",
            why_not=self.why_not,
            child_told=self.child_told,
            how_told=self.how_told,
        )


class SentForm(RaiseForm):
    """The form as another program sends it. Nobody is signed in, so it names who raises it.

    ``iro`` is an officer's email address or id; the id is kept.
    """

    iro: Annotated[
        str,
        *_choice(
            "The IRO",
            "The IRO who raises the challenge, or somebody who covers for one today, by email "
            "address",
        ),
    ] = ""

    @classmethod
    def checked(cls, answers: Mapping[str, Any], around: Surroundings) -> Self:
        """Return the form with these answers. Raise ``WrongAnswersError`` if any are wrong."""
        named = answers.get("iro")
        officer = _officer(named, around) if isinstance(named, str) else None
        return super().checked(answers, replace(around, officer=officer.id if officer else ""))

    @field_validator("iro")
    @classmethod
    def _may_raise(cls, iro: str, info: ValidationInfo) -> str:
        around = _around(info)
        officer = _officer(iro, around)
        if officer is None:
            raise _wrong("Give the IRO who raises the challenge, by email address")
        if not iros_for_whom(officer.id, around.council, around.today):
            raise _wrong("Only an IRO, or somebody who covers for one today, can raise a challenge")
        return officer.id


def _officer(named: str, around: Surroundings) -> Officer | None:
    """Return the officer with this id or email address."""
    directory = around.council.directory
    named = " ".join(kept(named).split())
    return directory.officers.get(named) or directory.by_email(named)


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


_SHAPES_OF_ACTIONS = {
    **_SHAPES,
    "tuple_type": "Give the actions as a list",
    "model_type": "Give each action with what, owner and by",
    "model_attributes_type": "Give each action with what, owner and by",
}


def _problems(error: ValidationError) -> dict[str, str]:
    found = {}
    for one in error.errors():
        shapes = _SHAPES_OF_ACTIONS if one["loc"][0] == "actions" else _SHAPES
        found[".".join(map(str, one["loc"]))] = shapes.get(one["type"], one["msg"])
    return found
