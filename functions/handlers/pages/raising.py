"""Raising a challenge: one form, a page to check it, and a page that says what happens next.

What was typed is kept at the form's own address (``handlers.pages.unsent``). The form's id
(``once``) goes from page to page, so that a form that is sent twice raises one challenge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.drafts import EMAIL
from adapters.errors import NoSuchChallengeError
from adapters.left_out import fact_without_keys
from adapters.settings import environment
from adapters.wiring import casebook
from domain.errors import NotAllowedError
from domain.form import Way
from domain.ladder import Role, Stage, either
from domain.moments import local_day
from domain.people import iros_for_whom, may_raise
from domain.rules.entry import as_raiser
from domain.rules.lateness import days_in_words
from domain.rules.urgency import at_risk_today, too_late_from
from domain.timeline import next_step
from domain.values import Value, value
from domain.writing import capitalised
from handlers import dates, request
from handlers.form_fields import (
    ACTIONS,
    CHILD_TOLD,
    CONCERNS,
    FIELD_LABELS,
    NOT_YET,
    PAGES,
    SIGNED_IN,
    WAYS,
    Surroundings,
    WrongAnswersError,
    allowed,
    by_link,
    once_of,
    page_name,
    read_by,
)
from handlers.pages import family, unsent, web
from handlers.pages.gate import found as may_see_it
from handlers.pages.gate import seen, siblings
from handlers.pages.kit import Field, Form, Kind, Option, Rows, Section, working_day
from handlers.pages.owner_fields import OWNER_PARTS, owner_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.council import Council
    from domain.directory import Officer
    from domain.form import Child
    from domain.rules.entry import Raised
    from handlers.forms import PraiseForm, RaiseForm
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
    if way is Way.GOOD_PRACTICE:
        return _of_good_practice(officer, today, council)
    of_way = {Way.RESOLVED: _of_resolved, Way.ACTIONS: _of_actions}.get(way, _of_concerns)
    return (*of_way(officer, today, council), *family.rows(_of_child(today, council)))


def _of_concerns(officer: Officer, today: date, council: Council) -> tuple[Part, ...]:
    """Return the parts of the form for a concern that is not resolved."""
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


#: Who reads a record of good practice: nobody replies to it, and it is no challenge.
_OF_RECORD = SIGNED_IN.replace("work on this challenge", "work with this child")


def _of_good_practice(officer: Officer, today: date, council: Council) -> tuple[Part, ...]:
    """Return the parts of the form for good practice (rule 18)."""
    fields = (Field("well", Kind.WORDS, ""), Field("difference", Kind.WORDS, "", lines=3))
    # There is no reply link that could show anything of it.
    child = []
    for one in _of_child(today, council):
        no_email = f" {_IN_NO_EMAIL}" if one.name == "initials" else ""
        child += [replace(one, readers=f"{_OF_RECORD}{no_email}" if one.readers else "")]
    return (
        *_of_cover(officer, today, council),
        Section("The child"),
        *child,
        Section("Good practice"),
        *(replace(one, readers=_OF_RECORD) for one in _labelled(fields, council)),
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


_IN_NO_EMAIL = "Emails never show the initials or the name."


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
    return tuple(
        replace(one, readers=f"{one.readers} {_IN_NO_EMAIL}") if one.name == "initials" else one
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
    hint = f"If so, act now. {route} Raising a challenge does not contact them: call them yourself."
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
            f"{either(one.responders)} to reply within {days_in_words(one.working_days)}",
        )
        for one in council.ladder.in_order
    )


# What was typed ----------------------------------------------------------------------------------


@value
class _Scene(Value):
    """Who raises a challenge today, and their form, its place and what was typed into it.

    ``way`` is how it starts: each has its own page. ``edits`` is the number of the child whose text
    was sent, if not the whole form (rule 17).
    """

    way: Way
    officer: Officer
    today: date
    council: Council
    at: unsent.Place
    form: Form
    edits: int = 0

    @property
    def children(self) -> range:
        """Return the numbers of the children on the form; the first is 0."""
        return range(family.count(self.form) + 1)

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
    own = family.texts_moved(form, typed)
    if approved := typed.get(family.APPROVED):
        own[family.APPROVED] = approved
    form = replace(form, typed=form.answers(), hidden={**ids, **own})
    edits = family.numbered(f"text-{typed.get(family.EDITS, '')}", "text") or 0
    scene = _Scene(way, officer, today, council, at, form)
    return replace(scene, edits=edits) if edits in scene.children else scene


def _boxes(answers: Mapping[str, str], name: str) -> dict[str, str]:
    return {box: answers.get(f"{name}-{box}", "") for box in dates.BOXES}


def _checked(scene: _Scene, child: int = 0) -> RaiseForm | PraiseForm:
    """Return the values about a child, by number. Raise ``WrongAnswersError`` if any are wrong.

    Concerns that were left blank do not count. If all are blank, the first one is required.
    """
    from handlers.forms import PraiseForm, RaiseForm

    form = family.of_child(scene.form, child)
    answers, asks_when = form.answers(), scene.way is not Way.RESOLVED
    around = Surroundings(scene.today, scene.council, scene.officer.id)
    if scene.way is Way.GOOD_PRACTICE:
        return PraiseForm.checked(_alone(form, answers), around)
    concerns = [
        {
            **{part: answers.get(f"{_CONCERN}-{n}-{part}", "") for part in _WRITTEN},
            "by": _boxes(answers, f"{_CONCERN}-{n}-by") if asks_when else str(scene.today),
        }
        for n in form.filled() or [1]
    ]
    fields = _alone(form, answers)
    if scene.way is Way.ACTIONS:
        fields["actions"] = _actions(form, answers)
    if scene.way is not Way.CONCERN:
        fields |= {"stage": Stage.QAP, "way": _NAMED[scene.way]}
    return RaiseForm.checked({**fields, "concerns": concerns}, around)


def _alone(form: Form, answers: Mapping[str, str]) -> dict[str, object]:
    """Return the answers that are in no row, by the names of the form's fields."""
    return {
        one.name.replace("-", "_"): _boxes(answers, one.name)
        if one.kind is Kind.DAY
        else answers.get(one.name, "")
        for one in form.alone
    }


def _actions(form: Form, answers: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the actions that were filled in; if none was, the first one is required."""
    rows = next(rows for rows in form.all_rows if rows.name == _ACTION)
    return [
        {
            **{
                part.replace("-", "_"): answers.get(f"{_ACTION}-{n}-{part}", "")
                for part in ("what", *OWNER_PARTS)
            },
            "by": _boxes(answers, f"{_ACTION}-{n}-by"),
        }
        for n in form.filled(rows) or [1]
    ]


#: The words for each way, in programs, emails and the form.
_NAMED = {way: name for name, way in WAYS.items()}

#: The parts of a concern that are not dates.
_WRITTEN = ("theme", "what", "outcome")


def _problems(scene: _Scene) -> dict[str, str]:
    """Return what to correct in the form: the field's name → sentence.

    What is wrong in the text of a brother or sister is shown there (:func:`_of_text`).
    """
    found = _of_one(scene, 0)
    for child in scene.children[1:]:
        rows = f"{family.ROWS}-{child}-"
        found |= {name: text for name, text in _of_one(scene, child).items() if name[:10] == rows}
    return found | family.problems(scene.form)


def _of_text(scene: _Scene, child: int) -> dict[str, str]:
    """Return what to correct in the text of a brother or sister: the field's name → sentence."""
    return {name: text for name, text in _of_one(scene, child).items() if family.whose(name)}


def _of_one(scene: _Scene, child: int) -> dict[str, str]:
    try:
        _checked(scene, child)
    except WrongAnswersError as error:
        return {family.place(child, page_name(path)): text for path, text in error.problems.items()}
    return {}


def _raised(scene: _Scene, child: int = 0) -> Raised:
    """Return what is recorded about a child, by number. Raise ``WrongAnswersError``."""
    return fact_without_keys(_checked(scene, child).raised(scene.council, scene.today))


def _others(scene: _Scene, child: int) -> list[Child]:
    """Return the other children on the form. Raise ``WrongAnswersError`` if a row is wrong."""
    from handlers.forms import ChildForm

    around = Surroundings(scene.today, scene.council, scene.officer.id)
    found = []
    for other in scene.children:
        answers = family.of_child(scene.form, other).answers()
        named = {
            name: answers.get(name.replace("_", "-"), "")
            for name in ("case_id", "initials", "name")
        }
        born = {"date_of_birth": _boxes(answers, "date-of-birth")}
        if other != child:
            found.append(
                ChildForm.checked({**named, **born}, around).child(answers.get("team", ""))
            )
    return found


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


@router.get("/raise/good-practice")
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
    step = request.query(router).get("step", "")
    edits, checks = family.numbered(step, _TEXT), family.numbered(step, _OF)
    asks = step == unsent.CHECK or edits in scene.children or checks in scene.children
    problems = _problems(scene) if asks or by_email else {}
    if not asks or problems:
        return _form(scene, found, problems)
    earlier = found.form.get("earlier", "")
    if len(scene.children) > 1 and checks is None:
        return _text(scene, edits, {}) if edits else _children(scene, earlier)
    wrong = _of_text(scene, checks or 0)
    return _text(scene, checks or 0, wrong) if wrong else _check(scene, earlier, checks or 0)


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


@router.post("/raise/good-practice")
@router.post("/raise/actions")
@router.post("/raise/resolved")
@router.post(_PAGE)
def post_form() -> Response[str]:
    """Do what the pressed button says. What was typed is kept for the next page."""
    scene, button = _sent()
    if scene.edits:
        return _take_text(scene, button)
    if after := scene.form.pressed(button):
        answers, anchor = after
        _without(scene, button).keep(answers)
        return scene.at.see(anchor=anchor)
    pressed, _, which = button.partition("-")
    if pressed == "raise":
        return _raise(scene, as_it_is=which == _AS_IT_IS)
    if pressed == "approve":
        return _approve(scene, which)
    scene.keep(scene.form.answers())
    if pressed == "change" and (child := family.whose(which)):
        return scene.at.see(f"{_TEXT}-{child}", anchor=which)
    return scene.at.see(anchor=which) if pressed == "change" else scene.at.see(unsent.CHECK)


def _without(scene: _Scene, button: str) -> _Scene:
    """Return the scene after this button of the rows: if it removes a child, without their text."""
    child = family.numbered(button, f"remove-{family.ROWS}")
    if not child:
        return scene
    own = family.texts_moved(scene.form, scene.typed(), without=child)
    rest = {name: text for name, text in scene.form.hidden.items() if not family.whose(name)}
    return replace(scene, form=replace(scene.form, hidden={**rest, **own}))


# Brothers and sisters ----------------------------------------------------------------------------

#: The steps at which the text of one child is edited, and checked: ``text-1``, ``of-0``.
_TEXT, _OF = "text", "of"


def _take_text(scene: _Scene, button: str) -> Response[str]:
    """Keep the text of a brother or sister as it was sent; lead to the page to check it."""
    edited = family.text_form(scene.form, scene.edits)
    if after := edited.pressed(button):
        answers, anchor = after
        scene.keep({**scene.form.answers(), **answers})
        return scene.at.see(f"{_TEXT}-{scene.edits}", anchor)
    hidden = family.hidden_after(scene.form, scene.edits)
    replace(scene, form=replace(scene.form, hidden=hidden)).keep(scene.form.answers())
    return scene.at.see(f"{_OF}-{scene.edits}")


def _text(scene: _Scene, child: int, problems: Mapping[str, str]) -> Response[str]:
    """Return the page on which the text of a brother or sister is edited."""
    form = replace(family.text_form(scene.form, child), problems=problems)
    return web.render(
        "raise_text.html",
        officer=scene.officer,
        form=form,
        child=_checked_child(scene, child),
        first=_checked_child(scene, 0),
        which=f"{child + 1} of {len(scene.children)}",
        errors=form.errors,
        back=scene.at.address(unsent.CHECK),
    )


def _checked_child(scene: _Scene, child: int) -> dict[str, str]:
    """Return how the page calls a child: its initials and Case ID."""
    answers = family.of_child(scene.form, child).answers()
    return {name: answers.get(name, "") for name in ("initials", "case-id")}


def _approved(scene: _Scene) -> list[str]:
    return scene.form.hidden.get(family.APPROVED, "").split()


def _children(scene: _Scene, earlier: str) -> Response[str]:
    """Return the page that lists the children, each with whether their text is approved."""
    rows = []
    for child in scene.children:
        state = _state(scene, child)
        step = f"{_TEXT}-{child}" if state == _TO_WRITE else f"{_OF}-{child}"
        rows.append((_checked_child(scene, child), state, scene.at.address(step)))
    return web.render(
        "raise_children.html",
        officer=scene.officer,
        way=scene.way.name,
        rows=rows,
        address=scene.at.address(),
        typed=scene.typed(),
        ready=all(state == _IS_APPROVED for _, state, _ in rows),
        earlier=earlier,
    )


_TO_WRITE, _TO_APPROVE, _IS_APPROVED = "Not complete", "To approve", "Approved"


def _state(scene: _Scene, child: int) -> str:
    """Return whether the text of a child has to be written, or approved, or is approved."""
    if _of_text(scene, child):
        return _TO_WRITE
    return _IS_APPROVED if _mark(scene, child) in _approved(scene) else _TO_APPROVE


def _mark(scene: _Scene, child: int) -> str:
    """Return the hash by which the text of a child is approved. Raise ``WrongAnswersError``."""
    return family.digest(_raised(scene, child), _others(scene, child))


def _approve(scene: _Scene, which: str) -> Response[str]:
    """Approve the text of one child as it was sent, and lead to the next one.

    If words may tell who a child is, the officer has to see them marked first, and then choose to
    leave them: ``which`` is ``0``, or ``as-it-is-0``.
    """
    from domain.identifying import found_in, names_others

    child = family.numbered(f"{_OF}-{which.removeprefix(f'{_AS_IT_IS}-')}", _OF)
    if child is None or child not in scene.children or _problems(scene) or _of_text(scene, child):
        scene.keep(scene.form.answers())
        return scene.at.see(unsent.CHECK)
    mine, others = _raised(scene, child), _others(scene, child)
    if not which.startswith(_AS_IT_IS) and (found_in(mine, others) or names_others(mine, others)):
        scene.keep(scene.form.answers())
        return scene.at.see(f"{_OF}-{child}")
    complete = [one for one in scene.children if not _of_text(scene, one)]
    marks = {one: _mark(scene, one) for one in complete}
    approved = [mark for one, mark in marks.items() if one == child or mark in _approved(scene)]
    hidden = {**scene.form.hidden, family.APPROVED: " ".join(approved)}
    replace(scene, form=replace(scene.form, hidden=hidden)).keep(scene.form.answers())
    left = [one for one in scene.children if marks.get(one) not in approved]
    if not left:
        return scene.at.see(unsent.CHECK)
    return scene.at.see(f"{_OF if left[0] in marks else _TEXT}-{left[0]}")


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


def _check(scene: _Scene, earlier: str, child: int = 0) -> Response[str]:
    """Return the page to check the answers about a child, by number, before anything is raised.

    ``earlier`` is the reference of a challenge that the same form has already raised, or empty.
    """
    from domain.identifying import (
        details_in_words,
        found_in,
        names_others,
        parts,
        read_by_link,
        signed_in_only,
    )

    form, council = _checked(scene, child), scene.council
    people = council.directory.people(form.social_worker, scene.today)
    raised, others = form.raised(council, scene.today), _others(scene, child)
    by_link_found, naming = found_in(raised, others), names_others(raised, others)
    found, entry = {**naming, **by_link_found}, council.ladder[raised.entry]
    words = (*read_by_link(raised), *signed_in_only(raised)) if others else read_by_link(raised)
    rows = [
        row for row in casebook().record.lists.of_child(form.case_id) if row.reference != earlier
    ]
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
        asks=either(entry.responders),
        within=days_in_words(entry.working_days),
        pieces={page_name(path): parts(text, found.get(path, ())) for path, text in words},
        reveals=bool(by_link_found),
        names_others=bool(naming),
        copied_from=_checked_child(scene, 0) if family.is_copy(scene.form, child) else None,
        child=child,
        children=len(scene.children),
        before=family.own_field(child),
        back=scene.at.address(unsent.CHECK),
        telling={page_name(path): details_in_words(some) for path, some in found.items()},
        readers=by_link(council.procedure, words=False),
        typed=scene.typed(),
        earlier=earlier,
        way=scene.way.name,
        agreed=raised.from_review.actions if raised.from_review else (),
        others_child=_others_child(scene, raised, rows),
        same_child=[
            row.reference
            for row in rows
            if row.iro == raised.iro and row.due
            if not raised.good_practice  # it repeats nothing
        ],
    )


@value
class _OthersChild(Value):
    """A record with the same Case ID that gives another name or date of birth.

    ``reference`` and ``child`` are only for those who may see that record.
    """

    reference: str = ""
    child: Child | None = None


def _others_child(scene: _Scene, raised: Raised, rows: Iterable[Row]) -> list[_OthersChild]:
    """Return the records of ``rows`` that seem to be about somebody else, without details last."""
    council, now, found, unseen = scene.council, clock.now(), [], False
    for row in rows:
        record = casebook().record.chain.load(row.reference).challenge
        if record.raised.child.seems_to_be(raised.child):
            continue
        try:
            may_see_it(row.reference, scene.officer, council, now)
        except NoSuchChallengeError:
            unseen = True
        else:
            found.append(_OthersChild(record.reference, record.raised.child))
    return [*found, *([_OthersChild()] if unseen else [])]


def _covered(officer: Officer, iro: str, council: Council) -> str:
    """Return the name of the IRO for whom the officer raises it; empty if it is their own."""
    covered = council.directory.officers.get(iro)
    return covered.name if covered and covered != officer else ""


def _may_be_raised(scene: _Scene, *, as_it_is: bool) -> bool:
    """Whether all answers are right, and the officer has seen all marked words.

    Each of several children's texts has to be approved. One child's words may be left ``as_it_is``.
    """
    from domain.identifying import found_in

    if _problems(scene):
        return False
    if len(scene.children) > 1:
        return all(_state(scene, child) == _IS_APPROVED for child in scene.children)
    return as_it_is or not found_in(_raised(scene))


def _raise(scene: _Scene, *, as_it_is: bool) -> Response[str]:
    """Raise the challenge of each child, or find that this form has already raised them.

    If words may tell who the child is, the officer has to see them marked first, and then choose to
    leave them (``as_it_is``).
    """
    officer, typed = scene.officer, scene.typed()
    if not _may_be_raised(scene, as_it_is=as_it_is):
        scene.keep(typed)
        return scene.at.see(unsent.CHECK)
    forms = [_raised(scene, child) for child in scene.children]
    actor = web.actor(officer, as_raiser(forms[0].iro, officer.id, scene.council), typed=typed)
    book = casebook()
    reference = book.raise_together(forms, actor, once_of(officer.id, typed["once"])).reference
    first = book.record.chain.load(reference).challenge.raised
    rest = (book.record.chain.load(one).challenge.raised for one in first.siblings)
    # Ignore the procedure's version, which may be newer although the officer changed nothing.
    earlier = [replace(one, procedure="", siblings=()) for one in (first, *rest)]
    if earlier != [replace(one, procedure="") for one in forms]:
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
    together = [challenge, *siblings(challenge, officer, scene.council, scene.now)]
    return web.render(
        "raise_done.html",
        officer=officer,
        reference=challenge.reference,
        stage=scene.council.ladder.title(challenge.stage),
        way=challenge.raised.way.name,
        sum=challenge.request.deadline.why,
        next_step=next_step(challenge, scene.now, scene.council, officer.id),
        route=scene.council.procedure.at_risk_route if any(map(at_risk_today, together)) else "",
        children=[(one.reference, one.raised.child) for one in together],
        risks=[one.reference for one in together if at_risk_today(one)],
    )
