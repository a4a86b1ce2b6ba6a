"""Raising a challenge: one form, a page to check it on, and what happens next.

Nothing is kept here between the pages: the form carries its answers and its own id (``once``) from
page to page, so that a double post raises one challenge.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.drafts import EMAIL, form_id
from adapters.left_out import fact_without_keys
from adapters.settings import environment
from adapters.wiring import casebook, drafts
from domain.errors import NotAllowedError
from domain.ladder import Role
from domain.moments import day_in_words, local_day
from domain.people import may_raise
from domain.timeline import next_step
from domain.vocabulary import Capacity
from handlers import request
from handlers.form_fields import (
    CONCERNS,
    FIELD_LABELS,
    Surroundings,
    WrongAnswersError,
    allowed,
    by_link,
    once_of,
    page_name,
    read_by,
)
from handlers.pages import web
from handlers.pages.gate import seen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from domain.council import Council
    from domain.directory import Officer
    from handlers.forms import RaiseForm

__all__ = ["router"]

router = APIGatewayRouter()

#: The parts of a concern, as the page names its fields: ``concern-1-what``.
_PARTS = ("theme", "what", "outcome", "by-day", "by-month", "by-year")
_CONCERN = re.compile(rf"concern-([0-9]{{1,3}})-({'|'.join(_PARTS)})")
_FIELDS = (
    "case-id",
    "initials",
    "name",
    "date-of-birth-day",
    "date-of-birth-month",
    "date-of-birth-year",
    "team",
    "social-worker",
    "stage",
    "reason",
    "tried",
    "views",
)
#: Behind ``raise-``: what tells who the child is was marked, and is to stay.
_AS_IT_IS = "as-it-is"
#: What the form asks after the concerns.
_AFTER_CONCERNS = ("tried", "views")


# What was typed ----------------------------------------------------------------------------------


def _concern_numbers(typed: Mapping[str, str]) -> list[int]:
    found = (_CONCERN.fullmatch(name) for name in typed)
    return sorted({int(match[1]) for match in found if match})


def _tidied(typed: Mapping[str, str], *, without: int = 0) -> dict[str, str]:
    """The answers alone, their concerns numbered from 1 without gaps, at least one.

    ``without`` is the number of a concern to leave out.
    """
    answers = {name: typed.get(name, "") for name in _FIELDS}
    numbers = [number for number in _concern_numbers(typed) if number != without] or [0]
    for new, old in enumerate(numbers, start=1):
        for part in _PARTS:
            answers[f"concern-{new}-{part}"] = typed.get(f"concern-{old}-{part}", "")
    return answers


def _with_another(answers: dict[str, str]) -> dict[str, str]:
    """``answers`` with one more concern, empty."""
    number = len(_concern_numbers(answers)) + 1
    return {**answers, **{f"concern-{number}-{part}": "" for part in _PARTS}}


def _boxes(answers: Mapping[str, str], name: str) -> dict[str, str]:
    return {box: answers.get(f"{name}-{box}", "") for box in ("day", "month", "year")}


def _checked(answers: Mapping[str, str], today: date, council: Council) -> RaiseForm:
    """The answers as a form; raises ``WrongAnswersError``."""
    from handlers.forms import RaiseForm

    concerns = [
        {
            **{part: answers[f"concern-{n}-{part}"] for part in ("theme", "what", "outcome")},
            "by": _boxes(answers, f"concern-{n}-by"),
        }
        for n in _concern_numbers(answers)
    ]
    fields = {
        name.replace("-", "_"): answers[name]
        for name in _FIELDS
        if not name.startswith("date-of-birth-")
    }
    born = _boxes(answers, "date-of-birth")
    return RaiseForm.checked(
        {**fields, "date_of_birth": born, "concerns": concerns}, Surroundings(today, council)
    )


def _found(typed: Mapping[str, str], today: date, council: Council) -> dict[str, str]:
    """What is to be mended in the answers: the field's name → sentence."""
    try:
        _checked(_tidied(typed), today, council)
    except WrongAnswersError as error:
        return _named(error)
    return {}


def _named(error: WrongAnswersError) -> dict[str, str]:
    return {page_name(path): text for path, text in error.problems.items()}


# The pages ---------------------------------------------------------------------------------------


def _iro() -> tuple[Officer, date, Council]:
    """Who is signed in, if they hold or cover the post of an IRO today.

    Rule 1: the IRO raises a challenge. Raises ``NotAllowedError``.
    """
    officer, council = web.officer_and_council(router)
    today = local_day(clock.now())
    if not may_raise(officer.id, council, today):
        message = (
            "Only an Independent Reviewing Officer, or somebody who covers for one, can raise a "
            "challenge. If you have a concern about a child’s care plan, tell the child’s IRO. If "
            "you are an IRO, ask the Safeguarding & Review Service Manager to have your post put "
            "right in the directory."
        )
        raise NotAllowedError(message)
    return officer, today, council


@router.get("/raise")
def show_form() -> Response[str]:
    """An empty form, or the one that was interrupted by the end of a session."""
    officer, today, council = _iro()
    draft = web.kept_draft(router, officer)
    if draft is None:
        gone = bool(request.query(router).get("draft"))
        return _form(officer, today, council, {"once": web.new_id()}, gone=gone)
    typed = {"once": form_id(draft.id), **draft.form, "draft": draft.id}
    if draft.origin == EMAIL:
        # Whoever sent the mail has been told what is to be mended: here it stands at its field.
        return _form(officer, today, council, typed, _found(typed, today, council), status=200)
    return _form(officer, today, council, typed)


@router.get("/raise/by-email")
def show_template() -> Response[str]:
    """The lines to copy into an email, and what may stand in each."""
    from handlers.intake.labelled import LABELS, PARTS, label_of, template

    officer, today, council = _iro()
    around = Surroundings(today, council)
    paths = [label.field for label in LABELS if label.field not in _AFTER_CONCERNS]
    paths += [f"concerns.0.{part.field}" for part in PARTS]
    paths += [label.field for label in LABELS if label.field in _AFTER_CONCERNS]
    intake = environment("INTAKE_ADDRESS")
    subject = "Raise a challenge"
    return web.render(
        "raise_by_email.html",
        officer=officer,
        intake=intake,
        mailto=f"mailto:{quote(intake)}?subject={quote(subject)}&body={quote(template())}",
        to_copy=template(),
        example=template(filled=True),
        lines=[
            (label_of(path), allowed(path, around), read_by(path, council.procedure))
            for path in paths
        ],
    )


@router.post("/raise")
def post_form() -> Response[str]:
    """Whatever button was pressed; what was typed goes with it."""
    officer, today, council = _iro()
    typed = web.form(router)
    pressed, _, number = typed.get("press", "").partition("-")
    match pressed:
        case "add":
            more = _with_another(_tidied(typed))
            return _form(officer, today, council, {**_ids(typed), **more})
        case "remove":
            without = int(number) if number.isdecimal() else 0
            fewer = _tidied(typed, without=without)
            return _form(officer, today, council, {**_ids(typed), **fewer})
        case "change":
            return _form(officer, today, council, {**_ids(typed), **_tidied(typed)})
        case "raise":
            return _raise(officer, today, council, typed, as_it_is=number == _AS_IT_IS)
        case _:
            return _check(officer, today, council, typed)


def _ids(typed: Mapping[str, str]) -> dict[str, str]:
    """What the form carries beside its answers."""
    return {"once": web.command_id(typed, "once"), "draft": typed.get("draft", "")}


def _form(
    officer: Officer,
    today: date,
    council: Council,
    typed: Mapping[str, str],
    found: Mapping[str, str] | None = None,
    *,
    status: int = 400,
    gone: bool = False,
) -> Response[str]:
    """The form with what was typed, and what was ``found`` to mend: the field's name → sentence.

    ``status`` is for the page that shows what is to be mended; ``gone``: the address names a draft
    that was sent, or is nobody's.
    """
    answers = _tidied(typed)
    numbers = _concern_numbers(answers)
    order = {name: place for place, name in enumerate(_order(numbers))}
    draft = drafts().find(officer.id, typed.get("draft", ""))
    mend = dict(sorted((found or {}).items(), key=lambda pair: order.get(pair[0], 0)))
    return web.render(
        "raise_form.html",
        status if mend else 200,
        officer=officer,
        labels=FIELD_LABELS,
        typed=answers,
        ids=_ids(typed),
        beside=draft.beside if draft else "",
        typed_by=draft.typed_by if draft else "",
        gone=gone,
        concerns=numbers,
        may_add=len(numbers) < CONCERNS,
        mend=mend,
        errors=[{"text": text, "href": f"#{_anchor(name)}"} for name, text in mend.items()],
        themes=council.procedure.themes,
        teams=council.directory.teams,
        workers=_workers(today, council),
        stages=_stages(council),
        readers={page_name(path): read_by(path, council.procedure) for path in _SHOWN_READERS},
        example=f"27 3 {today.year + 1}",
    )


#: The fields at which the form says who will read them; of a concern's parts, in every concern.
_SHOWN_READERS = (
    *("case_id", "initials", "name", "date_of_birth", "reason", "what", "outcome"),
    *("tried", "views"),
)


def _order(numbers: list[int]) -> list[str]:
    """The fields as they stand on the page."""
    dates = {"date-of-birth-day": "date-of-birth"}
    fields = [dates.get(name, name) for name in _FIELDS[:-2]]
    parts = ("theme", "what", "outcome", "by")
    return [
        *fields,
        "concern",
        *(f"concern-{number}-{part}" for number in numbers for part in parts),
        *_FIELDS[-2:],
    ]


def _anchor(name: str) -> str:
    """The id of the field's first control."""
    if name == "date-of-birth" or name.endswith("-by"):
        return f"{name}-day"
    if name == "concern":
        return "concern-1-theme"
    return name


def _workers(today: date, council: Council) -> dict[str, list[tuple[str, str]]]:
    """The social workers' posts with who answers for each today, by team."""
    directory = council.directory
    grouped: dict[str, list[tuple[str, str]]] = {}
    for team in directory.teams:
        posts = directory.posts_of(Role.SOCIAL_WORKER, team)
        named = [
            (post.id, " and ".join(p.name for p in directory.people(post.id, today)))
            for post in posts
        ]
        grouped[team] = [(id_, name or f"Vacant post ({id_})") for id_, name in named]
    return grouped


def _stages(council: Council) -> list[dict[str, str]]:
    """The stages to enter at, each with who replies and within how long."""
    return [
        {
            "value": rung.stage,
            "text": rung.title if rung.stage.formal else f"{rung.title} (informal)",
            "hint": f"{_either(rung.responders)} to reply within "
            f"{_working_days(rung.working_days)}",
        }
        for rung in council.ladder.rungs
    ]


def _either(roles: tuple[Role, ...]) -> str:
    return " or ".join(roles)


def _working_days(days: int) -> str:
    return "1 working day" if days == 1 else f"{days} working days"


def _check(
    officer: Officer, today: date, council: Council, typed: Mapping[str, str], earlier: str = ""
) -> Response[str]:
    """The answers to check before they count; ``earlier`` was raised with the same form."""
    from domain.identifying import details_in_words, found_in, parts, read_by_link

    answers = _tidied(typed)
    try:
        form = _checked(answers, today, council)
    except WrongAnswersError as error:
        return _form(officer, today, council, typed, _named(error))
    people = council.directory.people(form.social_worker, today)
    raised = form.raised(officer.id, council)
    found, rung = found_in(raised), council.ladder[raised.entry]
    return web.render(
        "raise_check.html",
        officer=officer,
        form=form,
        worker=" and ".join(person.name for person in people) or "Vacant post",
        stage=rung.title,
        asks=_either(rung.responders),
        within=_working_days(rung.working_days),
        pieces={
            page_name(path): parts(text, found.get(path, ())) for path, text in read_by_link(raised)
        },
        telling={page_name(path): details_in_words(some) for path, some in found.items()},
        readers=by_link(council.procedure, words=False),
        typed=answers,
        ids={**_ids(typed), "once": web.new_id()} if earlier else _ids(typed),
        earlier=earlier,
        same_child=[
            row.reference
            for row in casebook().record.of_child(form.case_id)
            if row.iro == officer.id and row.due and row.reference != earlier
        ],
    )


def _raise(
    officer: Officer, today: date, council: Council, typed: Mapping[str, str], *, as_it_is: bool
) -> Response[str]:
    """Raise the challenge, or find that this very form already has.

    What tells who the child is has to have been seen, and chosen to stay (``as_it_is``).
    """
    from domain.identifying import found_in

    answers = _tidied(typed)
    try:
        form = _checked(answers, today, council)
    except WrongAnswersError:
        return _check(officer, today, council, typed)
    raised = fact_without_keys(form.raised(officer.id, council))
    if not as_it_is and found_in(raised):
        return _check(officer, today, council, typed)
    once = once_of(officer.id, web.command_id(typed, "once"))
    actor = web.actor(officer, Capacity.IRO, typed=typed)
    reference = casebook().raise_challenge(raised, actor, once).reference
    earlier = casebook().record.load(reference).challenge.raised
    # Not by the procedure: it may have a new version since, and the officer changed nothing.
    if earlier != replace(raised, procedure=earlier.procedure):
        # They went back, changed an answer, and sent it again: what they changed is not lost.
        return _check(officer, today, council, typed, earlier=reference)
    web.use_up_draft(officer, typed)
    return web.see_other(f"/raised/{reference}")


@router.get("/raised/<reference>")
def show_raised(reference: str) -> Response[str]:
    """The reference, and what happens next."""
    scene = seen(router, reference)
    challenge, officer = scene.challenge, scene.officer
    if officer.id != challenge.raised.iro:
        message = f"Only the IRO who raised {challenge.reference} sees this page."
        raise NotAllowedError(message)
    return web.render(
        "raise_done.html",
        officer=officer,
        reference=challenge.reference,
        stage=scene.council.ladder.title(challenge.stage),
        due=day_in_words(challenge.request.deadline.day),
        sum=challenge.request.deadline.why,
        next_step=next_step(challenge, scene.now, scene.council),
    )
