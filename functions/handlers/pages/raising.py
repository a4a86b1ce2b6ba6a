"""Raising a challenge: one form, a page to check it, and a page that says what happens next.

What was typed is kept at the form's own address (``handlers.pages.unsent``). The form's id
(``once``) goes from page to page, so that a form that is sent twice raises one challenge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.drafts import EMAIL
from adapters.left_out import fact_without_keys
from adapters.settings import environment
from adapters.wiring import casebook
from domain.errors import NotAllowedError
from domain.form import Way
from domain.ladder import Role, Stage
from domain.moments import local_day
from domain.people import iros_for_whom, may_raise
from domain.rules.entry import as_raiser
from domain.rules.lateness import days_in_words
from domain.rules.urgency import at_risk_today, too_late_from
from domain.timeline import next_step
from domain.writing import capitalised
from handlers import dates, request
from handlers.form_fields import (
    ACTIONS,
    CHILD_TOLD,
    CONCERNS,
    FIELD_LABELS,
    NOT_YET,
    PAGES,
    WAYS,
    Surroundings,
    WrongAnswersError,
    allowed,
    by_link,
    once_of,
    page_name,
    read_by,
)
from handlers.pages import unsent, web
from handlers.pages.gate import seen
from handlers.pages.kit import Field, Form, Kind, Option, Rows, Section, working_day
from handlers.pages.owner_fields import OWNER_PARTS, owner_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from domain.council import Council
    from domain.directory import Officer
    from handlers.forms import RaiseForm
    from handlers.pages.kit import Part

__all__ = ["router"]

router = APIGatewayRouter()

_PAGE = "/raise"

#: The page of the form for each way in which a challenge starts (rule 2).
_WAYS = {page: way for way, page in PAGES.items()}

#: The button ``raise-as-it-is`` leaves the marked words that may tell who the child is.
_AS_IT_IS = "as-it-is"
_CONCERN, _ACTION = "concern", "action"


# The form ----------------------------------------------------------------------------------------


def _parts(way: Way, officer: Officer, today: date, council: Council) -> tuple[Part, ...]:
    """Return the parts of the form, in the order of its page. ``handlers.forms`` checks them."""
    if way is Way.RESOLVED:
        return _of_resolved(officer, today, council)
    if way is Way.ACTIONS:
        return _of_actions(officer, today, council)
    return (
        *_of_cover(officer, today, council),
        Section("The child"),
        *_of_child(today, council),
        Section("Where it starts"),
        *_of_stage(council),
        Section("What is wrong"),
        Rows(_CONCERN, "Concern", _of_concern(today, council), least=1, most=CONCERNS),
        Section("What came before"),
        *_of_before(council),
        _RIGHTS,
        *_of_rights(council),
        Section("How urgent it is"),
        *_of_urgency(council),
        *_folded("There is a date after which it is too late", _of_too_late(today, council)),
        *_folded(
            "It comes from a review, or there are court proceedings", _of_court(today, council)
        ),
    )


def _of_resolved(officer: Officer, today: date, council: Council) -> tuple[Part, ...]:
    """Return the parts of the form for what was resolved before the review (rule 2)."""
    tried, views, rights = _of_before(council)
    done = tuple(
        Field(name, Kind.RADIOS, "", options=_YES_NO)
        for name in ("file-checked", "documents-read", "child-consulted")
    )
    told = tuple(Option(one, text) for one, text in zip(CHILD_TOLD, _TOLD, strict=True))
    ended = (
        Field("resolution", Kind.WORDS, ""),
        Field("child-told", Kind.RADIOS, "", options=told),
        Field("how-told", Kind.WORDS, "", "Not needed for “not yet”.", lines=3),
    )
    without_date = _of_concern(today, council)[:-1]
    return (
        *_of_cover(officer, today, council),
        Section("The child"),
        *_of_child(today, council),
        Section("What was wrong"),
        Rows(_CONCERN, "Concern", without_date, least=1, most=CONCERNS),
        Section("Before the review"),
        *_labelled((*done, Field("why-not", Kind.WORDS, "", lines=3)), council),
        tried,
        views,
        rights,
        _RIGHTS,
        *_of_rights(council)[1:],
        Section("How it ended"),
        *_labelled(ended, council),
        *_folded(
            "It comes from a review, or there are court proceedings", _of_court(today, council)
        ),
    )


def _of_actions(officer: Officer, today: date, council: Council) -> tuple[Part, ...]:
    """Return the parts of the form for actions that the review agreed (rule 2)."""
    readers = read_by("actions.0.what", council.procedure)
    action = (
        Field("what", Kind.WORDS, "What will be done?", readers=readers, lines=2),
        *owner_fields(council, today),
        working_day("by", "By when?", today, council.calendar),
    )
    how = "By phone, by email or at the review, and what they said."
    confirmed = Field("confirmed", Kind.WORDS, "", how, lines=3)
    return (
        *_of_cover(officer, today, council),
        Section("The child"),
        *_of_child(today, council),
        Section("What is wrong"),
        Rows(_CONCERN, "Concern", _of_concern(today, council), least=1, most=CONCERNS),
        Section("What the review agreed"),
        Rows(_ACTION, "Action", action, least=1, most=ACTIONS),
        *_labelled((confirmed,), council),
        Section("What came before"),
        *_of_before(council),
        _RIGHTS,
        *_of_rights(council),
        Section("How urgent it is"),
        *_of_urgency(council),
        *_folded("There is a date after which it is too late", _of_too_late(today, council)),
        *_folded("When the review was, and court proceedings", _of_court(today, council)),
    )


#: The words for whether the child was told, in the order of ``CHILD_TOLD``.
_TOLD = ("Yes", "Not yet", "No, and they will not be")


def _folded(title: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return fields that few forms need: people open them by their title."""
    return tuple(replace(one, folded=title) for one in fields)


def _of_cover(officer: Officer, today: date, council: Council) -> tuple[Part, ...]:
    """Return the question whose challenge it is, for those who can raise one for several IROs."""
    iros = iros_for_whom(officer.id, council, today)
    if len(iros) == 1:
        return ()
    named = [council.directory.officers[iro] for iro in iros if iro in council.directory.officers]
    options = tuple(
        Option(one.id, "Mine" if one == officer else f"{one.name}, for whom I cover")
        for one in named
    )
    why = "The record says who the IRO is, and that you typed it. You lose it when your cover ends."
    field = Field("for-iro", Kind.RADIOS, "", why, options=options)
    return (Section("The IRO"), *_labelled((field,), council))


def _of_child(today: date, council: Council) -> tuple[Field, ...]:
    teams = tuple(Option(team, team) for team in council.directory.teams)
    like = "For example, 27 3 2013."
    fields = (
        Field("case-id", Kind.LINE, "", "As it is in the case system.", width=20),
        Field("initials", Kind.LINE, "", width=5),
        Field("name", Kind.LINE, ""),
        Field("date-of-birth", Kind.DAY, "", like),
        Field("team", Kind.SELECT, "", options=teams),
        Field("social-worker", Kind.SELECT, "", options=_workers(today, council)),
    )
    named = _labelled(fields, council)
    neither = "Emails never show the initials or the name."
    return tuple(
        replace(one, readers=f"{one.readers} {neither}") if one.name == "initials" else one
        for one in named
    )


def _of_stage(council: Council) -> tuple[Field, ...]:
    urgent = (
        "Choose by how urgent it is, and who can decide. Stages 1 to 4 have 20 working days in "
        "all, from the day the formal process starts."
    )
    fields = (
        Field("stage", Kind.RADIOS, "", urgent, options=_stages(council)),
        Field("reason", Kind.WORDS, "", "Needed for stages 1 to 4.", lines=3),
    )
    return _labelled(fields, council)


def _of_concern(today: date, council: Council) -> tuple[Field, ...]:
    themes = tuple(Option(theme, capitalised(theme)) for theme in council.procedure.themes)
    fields = (
        Field("theme", Kind.SELECT, "", options=themes),
        Field("what", Kind.WORDS, ""),
        Field("outcome", Kind.WORDS, "", lines=3),
        working_day("by", "", today, council.calendar),
    )
    return _labelled(fields, council, f"{_CONCERN}-#-")


def _of_before(council: Council) -> tuple[Field, ...]:
    tried = "What you did to resolve it with the people concerned, and what happened."
    views = "If they are not known, say why."
    rights = "A formal challenge usually means that they may have been."
    fields = (
        Field("tried", Kind.WORDS, "", tried),
        Field("views", Kind.WORDS, "", views),
        Field("rights-breached", Kind.RADIOS, "", rights, options=_YES_NO),
    )
    return _labelled(fields, council)


_YES_NO = (Option("yes", "Yes"), Option("no", "No"))


#: Rule 19: what the child knows, and who helps them.
_RIGHTS = Section(
    "What the child knows, and who helps them",
    ("None of this delays the challenge. What is “not yet” or left blank becomes a task for you.",),
)

#: The words for whether something was done for the child, in the order of ``NOT_YET``.
_DONE_YET = tuple(Option(one, capitalised(one)) for one in NOT_YET)


def _of_rights(council: Council) -> tuple[Field, ...]:
    unsure = tuple(
        replace(one, text="Not asked yet") if one.value == "not yet" else one for one in _DONE_YET
    )
    fields = (
        Field("child-knows", Kind.RADIOS, "", options=_DONE_YET),
        Field("advocate-offered", Kind.RADIOS, "", options=_DONE_YET),
        Field("knows-complaints", Kind.RADIOS, "", options=_DONE_YET),
        Field("rights-why", Kind.WORDS, "", lines=2),
        Field("wants-court", Kind.RADIOS, "", options=unsure),
        Field("legal-help", Kind.LINE, "", "Only if they want to go to court."),
    )
    return _labelled(fields, council)


def _of_urgency(council: Council) -> tuple[Field, ...]:
    """Return the question whether the child is at risk, with whom to contact then (rule 23)."""
    route = council.procedure.at_risk_route
    hint = f"If so, act now. {route} This challenge replaces no call to them."
    return _labelled((Field("at-risk", Kind.RADIOS, "", hint, options=_YES_NO),), council)


def _of_too_late(today: date, council: Council) -> tuple[Field, ...]:
    after = f"For example, 27 3 {today.year + 1}."
    why = "For example: the placement ends, there is a hearing, or the child will be 18."
    fields = (
        Field("too-late-after", Kind.DAY, "", after),
        Field("too-late-why", Kind.WORDS, "", why, lines=2),
    )
    return _labelled(fields, council)


def _of_court(today: date, council: Council) -> tuple[Field, ...]:
    fields = (
        Field("review-date", Kind.DAY, "", f"For example, 27 3 {today.year}."),
        Field("decision-number", Kind.LINE, "", width=20),
        Field("next-hearing", Kind.DAY, "", f"For example, 27 3 {today.year + 1}."),
        Field("guardian", Kind.LINE, "", width=20),
    )
    return _labelled(fields, council)


def _labelled(fields: tuple[Field, ...], council: Council, before: str = "") -> tuple[Field, ...]:
    """Return the fields with their labels, and with who reads what is written in each."""
    return tuple(
        replace(
            one,
            label=FIELD_LABELS[f"{before}{one.name}"],
            readers=read_by(one.name.replace("-", "_"), council.procedure),
        )
        for one in fields
    )


def _workers(today: date, council: Council) -> tuple[Option, ...]:
    """Return the social workers' posts by team, with who holds or covers each today."""
    directory = council.directory
    return tuple(
        Option(
            post.id,
            " and ".join(p.name for p in directory.people(post.id, today))
            or f"Vacant post ({post.id})",
            group=team,
        )
        for team in directory.teams
        for post in directory.posts_of(Role.SOCIAL_WORKER, team)
    )


def _stages(council: Council) -> tuple[Option, ...]:
    """Return the stages at which a challenge can start, with who replies and how fast."""
    return tuple(
        Option(
            one.stage,
            one.title if one.stage.formal else f"{one.title} (informal)",
            f"{_either(one.responders)} to reply within {days_in_words(one.working_days)}",
        )
        for one in council.ladder.in_order
    )


def _either(roles: tuple[Role, ...]) -> str:
    return " or ".join(roles)


# What was typed ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """Who raises a challenge today, and their form, its place and what was typed into it.

    ``way`` is how it starts: each has its own page.
    """

    way: Way
    officer: Officer
    today: date
    council: Council
    at: unsent.Place
    form: Form

    def typed(self) -> dict[str, str]:
        """Return the answers of the form with its hidden fields."""
        return {**self.form.answers(), **self.form.hidden}

    def keep(self, typed: Mapping[str, str]) -> None:
        """Keep what was typed, for the form's next page."""
        unsent.keep(self.at, {**typed, **self.form.hidden})


def _found() -> tuple[_Scene, unsent.Found]:
    """Return the form as it was typed last."""
    officer, today, council = _iro()
    at = unsent.place(router, officer.id)
    found = unsent.found(at)
    return _scene(officer, today, council, at, found.form, found.mark), found


def _sent() -> tuple[_Scene, str]:
    """Return the form as it has just been sent, and the button that was pressed."""
    officer, today, council = _iro()
    typed = web.form(router)
    at = unsent.place(router, officer.id, typed)
    mark = typed.get(unsent.KEPT, "")
    return _scene(officer, today, council, at, typed, mark), typed.get("press", "")


def _scene(
    officer: Officer,
    today: date,
    council: Council,
    at: unsent.Place,
    typed: Mapping[str, str],
    mark: str,
) -> _Scene:
    ids = {
        "once": web.command_id({"once": at.id, **typed}, "once"),
        "draft": at.draft,
        unsent.KEPT: mark,
    }
    way = _WAYS[at.page]
    form = Form(_parts(way, officer, today, council), at.address(), typed, hidden=ids)
    return _Scene(way, officer, today, council, at, replace(form, typed=form.answers()))


def _boxes(answers: Mapping[str, str], name: str) -> dict[str, str]:
    return {box: answers.get(f"{name}-{box}", "") for box in dates.BOXES}


def _checked(scene: _Scene) -> RaiseForm:
    """Return the form's values. Raise ``WrongAnswersError`` if any are wrong.

    Concerns that were left blank do not count. If all are blank, the first one is required.
    """
    from handlers.forms import RaiseForm

    answers, asks_when = scene.form.answers(), scene.way is not Way.RESOLVED
    concerns = [
        {
            **{part: answers.get(f"{_CONCERN}-{n}-{part}", "") for part in _WRITTEN},
            "by": _boxes(answers, f"{_CONCERN}-{n}-by") if asks_when else str(scene.today),
        }
        for n in scene.form.filled() or [1]
    ]
    fields: dict[str, object] = {
        one.name.replace("-", "_"): _boxes(answers, one.name)
        if one.kind is Kind.DAY
        else answers.get(one.name, "")
        for one in scene.form.alone
    }
    if scene.way is Way.ACTIONS:
        fields["actions"] = _actions(scene, answers)
    if scene.way is not Way.CONCERN:
        fields |= {"stage": Stage.QAP, "way": _NAMED[scene.way]}
    around = Surroundings(scene.today, scene.council, scene.officer.id)
    return RaiseForm.checked({**fields, "concerns": concerns}, around)


def _actions(scene: _Scene, answers: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the actions that were filled in; if none was, the first one is required."""
    rows = next(rows for rows in scene.form.all_rows if rows.name == _ACTION)
    return [
        {
            **{
                part.replace("-", "_"): answers.get(f"{_ACTION}-{n}-{part}", "")
                for part in ("what", *OWNER_PARTS)
            },
            "by": _boxes(answers, f"{_ACTION}-{n}-by"),
        }
        for n in scene.form.filled(rows) or [1]
    ]


#: The words for each way, in programs, emails and the form.
_NAMED = {way: name for name, way in WAYS.items()}

#: The parts of a concern that are not dates.
_WRITTEN = ("theme", "what", "outcome")


def _problems(scene: _Scene) -> dict[str, str]:
    """Return what to correct in the form: the field's name → sentence."""
    try:
        _checked(scene)
    except WrongAnswersError as error:
        return {page_name(path): text for path, text in error.problems.items()}
    return {}


# The pages ---------------------------------------------------------------------------------------


def _iro() -> tuple[Officer, date, Council]:
    """Return who is signed in, the local date and the council.

    Rule 1: only an IRO raises a challenge. Raise ``NotAllowedError`` if the person does not hold or
    cover an IRO's post today.
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


@router.get("/raise/actions")
@router.get("/raise/resolved")
@router.get(_PAGE)
def show_form() -> Response[str]:
    """Show the form as it was typed last; at the step ``check``, its problems or the page to check.

    A form that comes from an email shows its problems at once, because the answer to that email
    has already listed them.
    """
    if not unsent.is_named(router):
        _iro()
        return unsent.to_own_place(router)
    scene, found = _found()
    if found.sent:
        return _form_sent(scene)
    by_email = found.untouched and found.draft is not None and found.draft.origin == EMAIL
    checks = request.query(router).get("step") == unsent.CHECK
    problems = _problems(scene) if checks or by_email else {}
    if checks and not problems:
        return _check(scene, found.form.get("earlier", ""))
    return _form(scene, found, problems)


def _form_sent(scene: _Scene) -> Response[str]:
    """Return the page for somebody who goes back to a form that has raised a challenge."""
    once = once_of(scene.officer.id, scene.form.hidden["once"])
    raised = casebook().record.chain.once(once)
    reference = raised.reference if raised else ""
    return web.render(
        "form_sent.html",
        officer=scene.officer,
        record=f"/challenges/{quote(reference)}",
        reference=reference,
        new_form=scene.at.page,
    )


@router.get("/raise/by-email")
def show_template() -> Response[str]:
    """Show the lines to copy into an email, and what can be entered in each."""
    from handlers.intake.labelled import label_of, paths, template

    officer, today, council = _iro()

    def lines(paths: Iterable[str]) -> list[tuple[str, str, str]]:
        return [
            (label_of(path), allowed(path, around), read_by(path, council.procedure))
            for path in paths
        ]

    around = Surroundings(today, council, officer.id)
    intake = environment("INTAKE_ADDRESS")
    subject = "Raise a challenge"
    return web.render(
        "raise_by_email.html",
        officer=officer,
        intake=intake,
        mailto=f"mailto:{quote(intake)}?subject={quote(subject)}&body={quote(template())}",
        to_copy=template(),
        example=template(filled=True),
        lines=lines(paths()),
        seldom=lines(paths(seldom=True)),
    )


@router.post("/raise/actions")
@router.post("/raise/resolved")
@router.post(_PAGE)
def post_form() -> Response[str]:
    """Do what the pressed button says. What was typed is kept for the next page."""
    scene, button = _sent()
    if after := scene.form.pressed(button):
        answers, anchor = after
        scene.keep(answers)
        return scene.at.see(anchor=anchor)
    pressed, _, which = button.partition("-")
    if pressed == "raise":
        return _raise(scene, as_it_is=which == _AS_IT_IS)
    scene.keep(scene.form.answers())
    return scene.at.see(anchor=which) if pressed == "change" else scene.at.see(unsent.CHECK)


def _form(scene: _Scene, found: unsent.Found, problems: Mapping[str, str]) -> Response[str]:
    """Return the page of the form, with what was typed and what to correct."""
    draft, form = found.draft, replace(scene.form, problems=problems)
    return web.render(
        "raise_form.html",
        officer=scene.officer,
        way=scene.way.name,
        form=form,
        beside=draft.beside if draft else "",
        typed_by=draft.typed_by if draft else "",
        from_draft=draft is not None,
        gone=found.gone,
        errors=form.errors,
    )


def _check(scene: _Scene, earlier: str) -> Response[str]:
    """Return the page to check the answers before the challenge is raised.

    ``earlier`` is the reference of a challenge that the same form has already raised, or empty.
    """
    from domain.identifying import details_in_words, found_in, parts, read_by_link

    form, council = _checked(scene), scene.council
    people = council.directory.people(form.social_worker, scene.today)
    raised = form.raised(council, scene.today)
    found, entry = found_in(raised), council.ladder[raised.entry]
    now = clock.now()
    late = too_late_from(raised.entry, raised.urgency.too_late_after, council.day_of(now), council)
    return web.render(
        "raise_check.html",
        officer=scene.officer,
        form=form,
        address=scene.at.address(),
        worker=" and ".join(person.name for person in people) or "Vacant post",
        iro=_covered(scene.officer, raised.iro, council),
        too_late=late.in_words(council) if late else "",
        route=council.procedure.at_risk_route if raised.urgency.at_risk else "",
        stage=entry.title,
        asks=_either(entry.responders),
        within=days_in_words(entry.working_days),
        pieces={
            page_name(path): parts(text, found.get(path, ())) for path, text in read_by_link(raised)
        },
        telling={page_name(path): details_in_words(some) for path, some in found.items()},
        readers=by_link(council.procedure, words=False),
        typed=scene.typed(),
        earlier=earlier,
        way=scene.way.name,
        agreed=raised.from_review.actions if raised.from_review else (),
        same_child=[
            row.reference
            for row in casebook().record.lists.of_child(form.case_id)
            if row.iro == raised.iro and row.due and row.reference != earlier
        ],
    )


def _covered(officer: Officer, iro: str, council: Council) -> str:
    """Return the name of the IRO for whom the officer raises it; empty if it is their own."""
    covered = council.directory.officers.get(iro)
    return covered.name if covered and covered != officer else ""


def _raise(scene: _Scene, *, as_it_is: bool) -> Response[str]:
    """Raise the challenge, or find that this form has already raised it.

    If words may tell who the child is, the officer has to see them marked first, and then choose to
    leave them (``as_it_is``).
    """
    from domain.identifying import found_in

    officer, typed = scene.officer, scene.typed()
    try:
        form = _checked(scene)
    except WrongAnswersError:
        scene.keep(typed)
        return scene.at.see(unsent.CHECK)
    raised = fact_without_keys(form.raised(scene.council, scene.today))
    if not as_it_is and found_in(raised):
        scene.keep(typed)
        return scene.at.see(unsent.CHECK)
    actor = web.actor(officer, as_raiser(raised.iro, officer.id, scene.council), typed=typed)
    reference = (
        casebook().raise_challenge(raised, actor, once_of(officer.id, typed["once"])).reference
    )
    earlier = casebook().record.chain.load(reference).challenge.raised
    # Ignore the procedure's version, which may be newer although the officer changed nothing.
    if earlier != replace(raised, procedure=earlier.procedure):
        # They went back, changed an answer and sent it again, so the change is kept separately.
        apart = unsent.apart(scene.at, typed)
        unsent.keep(apart, {**typed, "once": apart.id, "earlier": reference})
        return apart.see(unsent.CHECK)
    unsent.use_up(scene.at, typed, officer)
    return web.see_other(f"/raised/{reference}")


@router.get("/raised/<reference>")
def show_raised(reference: str) -> Response[str]:
    """Show the new reference, and what happens next."""
    scene = seen(router, reference)
    challenge, officer = scene.challenge, scene.officer
    if officer.id not in (challenge.raised.iro, challenge.raised_by):
        message = f"Only who raised {challenge.reference}, and its IRO, see this page."
        raise NotAllowedError(message)
    return web.render(
        "raise_done.html",
        officer=officer,
        reference=challenge.reference,
        stage=scene.council.ladder.title(challenge.stage),
        way=challenge.raised.way.name,
        sum=challenge.request.deadline.why,
        next_step=next_step(challenge, scene.now, scene.council, officer.id),
        route=scene.council.procedure.at_risk_route if at_risk_today(challenge) else "",
    )
