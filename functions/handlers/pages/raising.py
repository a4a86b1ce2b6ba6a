"""Raising a challenge: a list of sections, a page for each, a page to check them, and what is next.

Each section is saved when it is sent, mistakes included, as a draft (``handlers.pages.saved``)::

    /raise?form=<id>                   the list of the sections, each with how far it is
    /raise?form=<id>&step=child        one section; what to correct, if anything was typed in it
    /raise?form=<id>&step=child-check  the same, also if nothing was typed
    /raise?form=<id>&step=earlier      the children to choose from, to fill in who the child is
    /raise?form=<id>&step=check        the page to check all answers, or the list of what to correct

A section's form carries its key (``section``), and only that section's fields. A form that carries
none is the whole form, from the page to check it, or from a page of an earlier release.

The form's id (``once``) goes from page to page, so that a form that is sent twice raises one
challenge.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.drafts import EMAIL, FORM, draft_id
from adapters.errors import NoSuchChallengeError
from adapters.left_out import fact_without_keys
from adapters.settings import environment
from adapters.wiring import casebook, drafts
from domain.errors import NotAllowedError
from domain.form import Way
from domain.ladder import Stage
from domain.moments import local_day
from domain.people import may_raise
from domain.reference import tidied
from domain.rules.entry import as_raiser
from domain.rules.urgency import at_risk_today, too_late_from
from domain.timeline import next_step
from domain.timetable import ahead
from domain.values import Value, value
from domain.vocabulary import ENDED, Purpose
from handlers import dates, request
from handlers.form_fields import (
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
from handlers.pages import done, earlier_child, family, saved, sections, unsent, web
from handlers.pages.gate import found as may_see_it
from handlers.pages.gate import seen, siblings
from handlers.pages.kit import Form, Kind
from handlers.pages.owner_fields import OWNER_PARTS
from handlers.pages.sections import ACTION, CONCERN, SIBLINGS, FormSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.council import Council
    from domain.directory import Officer
    from domain.form import Child
    from domain.rules.entry import Raised
    from handlers.forms import PraiseForm, RaiseForm

__all__ = ["router"]

router = APIGatewayRouter()

_PAGE = "/raise"

#: The page of the form for each way in which a challenge starts (rule 2).
_WAYS = {page: way for way, page in PAGES.items()}

#: The button ``raise-as-it-is`` leaves the marked words that may tell who the child is.
_AS_IT_IS = "as-it-is"

#: The hidden fields of a section's form: its key, and the draft whose section it is.
_SECTION, _OF_DRAFT = "section", "of"
#: The parameter, and the field, with the id of a section that was kept when a session had ended.
_LEFT = "left"
#: The steps at which a section shows what to correct, and at which a child is chosen.
_CHECKED, _EARLIER = "-check", "earlier"
#: What the child's section says once after a child was chosen.
_FILLED = "filled"


# What was typed ----------------------------------------------------------------------------------


@value
class _Scene(Value):
    """Who raises a challenge today, and their form, its place and what was typed into it.

    ``way`` is how it starts: each has its own page. ``found`` is what was saved of it before, and
    ``form`` all its sections together. ``edits`` is the number of the child whose text was sent, if
    not the whole form (rule 17).
    """

    way: Way
    officer: Officer
    today: date
    council: Council
    at: unsent.Place
    found: unsent.Found
    sections: tuple[FormSection, ...]
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
        """Save what was typed, for the form's next page."""
        saved.keep(self.at, {**typed, **self.form.hidden}, self.found)

    def see(self, section: FormSection, *, asks: bool = False, anchor: str = "") -> Response[str]:
        """Return a redirect (303) to the page of a section; ``asks`` for what to correct."""
        return self.at.see(f"{section.key}{_CHECKED if asks else ''}", anchor)

    def section(self, key: str) -> FormSection | None:
        """Return the section with this key."""
        return next((one for one in self.sections if one.key == key), None)

    def alone(self, section: FormSection) -> Form:
        """Return the form of one section, as its page shows it."""
        hidden = {_SECTION: section.key, _OF_DRAFT: self.at.draft or self.at.id}
        hidden |= {unsent.KEPT: self.form.hidden[unsent.KEPT]}
        typed = sections.typed_in(section, self.form.typed)
        return Form(section.parts, self.at.address(), typed, hidden=hidden)


def _found() -> _Scene:
    """Return the form as it was saved last."""
    officer, today, council = _iro()
    at = unsent.place(router, officer.id, page=router.current_event.path)
    found = saved.found(at)
    return _scene(officer, today, council, at, found, found.form)


def _sent() -> tuple[_Scene, Mapping[str, str]]:
    """Return the form as it has just been sent, and everything that was sent.

    What was saved of the other sections is added to a section that was sent alone.
    """
    officer, today, council = _iro()
    typed = web.form(router)
    at = unsent.place(router, officer.id, typed, router.current_event.path)
    found = saved.found(at)
    if _SECTION not in typed:
        return _scene(officer, today, council, at, found, typed), typed
    before = _scene(officer, today, council, at, found, found.form)
    section = before.section(typed[_SECTION])
    if section is None:
        return before, typed
    rest = {name: text for name, text in found.form.items() if not section.has(name)}
    own = sections.typed_in(section, typed)
    return _scene(officer, today, council, at, found, {**rest, **own}), typed


def _scene(
    officer: Officer,
    today: date,
    council: Council,
    at: unsent.Place,
    found: unsent.Found,
    typed: Mapping[str, str],
) -> _Scene:
    ids = {
        "once": web.command_id({"once": at.id, **typed}, "once"),
        "draft": at.draft,
        unsent.KEPT: typed.get(unsent.KEPT, "") if typed is not found.form else found.mark,
    }
    # Only a reference becomes an address: the field comes with the form, so anything may be in it.
    if earlier := tidied(typed.get("earlier", "")):
        ids["earlier"] = earlier
    way = _WAYS[at.page]
    parts = sections.of_way(way, officer, today, council, typed)
    form = Form(sections.on_one_page(parts), at.address(), typed, hidden=ids)
    own = family.texts_moved(form, typed)
    if approved := typed.get(family.APPROVED):
        own[family.APPROVED] = approved
    form = replace(form, typed=form.answers(), hidden={**ids, **own})
    edits = family.numbered(f"text-{typed.get(family.EDITS, '')}", "text") or 0
    scene = _Scene(way, officer, today, council, at, found, parts, form)
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
            **{part: answers.get(f"{CONCERN}-{n}-{part}", "") for part in _WRITTEN},
            "by": _boxes(answers, f"{CONCERN}-{n}-by") if asks_when else str(scene.today),
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
    rows = next(rows for rows in form.all_rows if rows.name == ACTION)
    return [
        {
            **{
                part.replace("-", "_"): answers.get(f"{ACTION}-{n}-{part}", "")
                for part in ("what", *OWNER_PARTS)
            },
            "by": _boxes(answers, f"{ACTION}-{n}-by"),
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
    """Show the list of the sections, or the page that the step names.

    A form that comes from an email says at once what to correct, because the answer to that email
    has already listed it.
    """
    if not unsent.is_named(router):
        officer, _, _ = _iro()
        return _left_section(officer) or unsent.to_own_place(router, router.current_event.path)
    scene = _found()
    if scene.found.sent:
        return _form_sent(scene)
    step = request.query(router).get("step", "")
    if step.removesuffix(_CHECKED) == _EARLIER:
        return _earlier(scene, asks=step.endswith(_CHECKED))
    if section := scene.section(step.removesuffix(_CHECKED)):
        return _section(scene, section, asks=step.endswith(_CHECKED))
    return _together(scene, step)


def _together(scene: _Scene, step: str) -> Response[str]:
    """Return the list of the sections, or the page to check them all; children have their own."""
    edits, checks = family.numbered(step, _TEXT), family.numbered(step, _OF)
    asks = step == unsent.CHECK or edits in scene.children or checks in scene.children
    draft = scene.found.draft
    problems = _problems(scene) if any(scene.form.typed.values()) or asks else {}
    if not asks or problems:
        by_email = draft is not None and draft.origin == EMAIL and not draft.saved
        return _list(scene, problems, asks=asks or by_email)
    earlier = scene.form.hidden.get("earlier", "")
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
    """Do what the pressed button says. What was typed is saved for the next page."""
    scene, sent = _sent()
    button = sent.get("press", "")
    if sent.get(_SECTION) == _EARLIER:
        return _take_earlier(scene, sent.get(earlier_child.CHOSEN, ""))
    if section := scene.section(sent.get(_SECTION, "")):
        return _take_section(scene, section, sent)
    return _take_text(scene, button) if scene.edits else _take_all(scene, button)


def _take_all(scene: _Scene, button: str) -> Response[str]:
    """Do what the button of a form that was sent whole says."""
    if after := scene.form.pressed(button):
        answers, anchor = after
        _without(scene, button).keep(answers)
        return _to_field(scene, anchor)
    pressed, _, which = button.partition("-")
    if pressed == "raise":
        return _raise(scene, as_it_is=which == _AS_IT_IS)
    if pressed == "approve":
        return _approve(scene, which)
    scene.keep(scene.form.answers())
    if pressed == "change" and (child := family.whose(which)):
        return scene.at.see(f"{_TEXT}-{child}", anchor=which)
    return _to_field(scene, which) if pressed == "change" else scene.at.see(unsent.CHECK)


def _to_field(scene: _Scene, name: str) -> Response[str]:
    """Return a redirect (303) to the section with this field; to the list if there is none."""
    section = sections.section_of(name, scene.sections)
    return scene.see(section, anchor=name) if section else scene.at.see()


# Sections ----------------------------------------------------------------------------------------

#: How far a section is, in words.
_TO_START, _STARTED, _DONE, _TO_CORRECT = "Not started", "In progress", "Done", "To correct"
_OPTIONAL = "Optional"


@value
class _Line(Value):
    """A section in the list: its title, its address, how far it is, and a sentence about it."""

    key: str
    title: str
    address: str
    state: str
    hint: str = ""


def _list(scene: _Scene, problems: Mapping[str, str], *, asks: bool) -> Response[str]:
    """Return the list of the sections; if it ``asks``, with everything that is to be corrected."""
    draft = scene.found.draft
    lines = [_line(scene, one, problems) for one in scene.sections]
    wrong = [one for one in scene.sections if any(one.has(name) for name in problems)]
    untouched = not any(scene.form.typed.values())
    return web.render(
        "raise_list.html",
        officer=scene.officer,
        way=scene.way.name,
        lines=lines,
        finished=sum(line.state == _DONE for line in lines),
        started=sum(line.state == _STARTED for line in lines),
        to_correct=sum(line.state == _TO_CORRECT for line in lines),
        ready=not wrong and not untouched,
        check=scene.at.address(unsent.CHECK),
        drafted=draft is not None and draft.saved,
        until=local_day(draft.until) if draft and draft.until else None,
        beside=draft.beside if draft else "",
        typed_by=draft.typed_by if draft else "",
        from_draft=draft is not None and draft.origin != FORM,
        untouched=untouched,
        earlier=scene.form.hidden.get("earlier", ""),
        gone=scene.found.gone,
        errors=_errors(scene, problems) if asks and not untouched else [],
        missing=_errors(scene, problems) if asks and untouched else [],
    )


def _line(scene: _Scene, section: FormSection, problems: Mapping[str, str]) -> _Line:
    """Return a section as the list shows it."""
    wrong = {name: text for name, text in problems.items() if section.has(name)}
    filled = _is_filled(scene, section)
    state = _DONE
    if not filled:
        state = _OPTIONAL if section.optional and not wrong else _TO_START
    elif wrong:
        state = _TO_CORRECT if _has_mistake(scene, wrong) else _STARTED
    telling = ", ".join(dict.fromkeys(_telling(scene, section).values())) if filled else ""
    hint = f"It seems to contain {telling}." if telling else section.hint
    step = f"{section.key}{_CHECKED if wrong and filled else ''}"
    return _Line(section.key, section.title, scene.at.address(step), state, hint)


def _is_filled(scene: _Scene, section: FormSection) -> bool:
    """Whether anything was typed into a section."""
    return any(text.strip() for text in sections.typed_in(section, scene.form.typed).values())


def _has_mistake(scene: _Scene, problems: Mapping[str, str]) -> bool:
    """Whether something that was typed is wrong, and not only something left blank."""
    typed = scene.form.typed
    fields = {one.name: one.controls for one in scene.form.fields}
    return any(
        any(typed.get(control, "").strip() for control in fields.get(name, (name,)))
        for name in problems
    )


def _errors(scene: _Scene, problems: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the lines of the error summary on the list: each leads to the field in its section."""
    found = []
    for section in scene.sections:
        wrong = {name: text for name, text in problems.items() if section.has(name)}
        address = scene.at.address(f"{section.key}{_CHECKED}")
        lines = replace(scene.alone(section), problems=wrong).errors
        found += [{**line, "href": f"{address}{line['href']}"} for line in lines]
    return found


def _section(scene: _Scene, section: FormSection, *, asks: bool) -> Response[str]:
    """Return the page of one section; if it ``asks``, or was begun, with what is to be corrected.

    If a session had ended while somebody typed into it, it shows what they typed then.
    """
    left = drafts().find(scene.officer.id, draft_id(request.query(router).get(_LEFT, "")))
    if left and left.form.get(_SECTION) == section.key:
        scene, asks = _with_section(scene, section, left.form), False
    problems = {}
    if asks or (_is_filled(scene, section) and left is None):
        problems = {name: text for name, text in _problems(scene).items() if section.has(name)}
    telling = _telling(scene, section)
    warnings = {name: _warning(scene, details) for name, details in telling.items()}
    form = replace(scene.alone(section), problems=problems, warnings=warnings)
    if left:
        form = replace(form, hidden={**form.hidden, _LEFT: left.id})
    draft = scene.found.draft
    filled_from = done.noted(router, _FILLED) if section.key == sections.CHILD else ""
    return web.render(
        "raise_section.html",
        officer=scene.officer,
        section=section,
        form=form,
        place=[one.key for one in scene.sections].index(section.key) + 1,
        count=len(scene.sections),
        back=scene.at.address(),
        earlier_child=scene.at.address(_EARLIER) if section.key == sections.CHILD else "",
        filled_from=filled_from,
        worker=_worker(scene) if filled_from else "",
        beside=draft.beside if draft else "",
        errors=form.errors,
    )


def _worker(scene: _Scene) -> str:
    """Return the social worker who was chosen, as the form names them; empty if none was."""
    chosen = scene.form.typed.get("social-worker", "")
    fields = (one for one in scene.form.fields if one.name == "social-worker")
    return next((o.text for one in fields for o in one.options if o.value == chosen), "")


def _with_section(scene: _Scene, section: FormSection, typed: Mapping[str, str]) -> _Scene:
    """Return the scene with what was typed into a section in place of what was saved of it."""
    rest = {name: text for name, text in scene.found.form.items() if not section.has(name)}
    both = {**rest, **sections.typed_in(section, typed)}
    around = (scene.officer, scene.today, scene.council, scene.at, scene.found)
    return _scene(*around, both)


def _take_section(scene: _Scene, section: FormSection, sent: Mapping[str, str]) -> Response[str]:
    """Save a section as it was sent, and lead to what comes next: its mistakes come first."""
    scene = _apart_if_sent(scene)
    button, alone = sent.get("press", ""), scene.alone(section)
    if after := replace(alone, typed=sections.typed_in(section, sent)).pressed(button):
        answers, anchor = after
        if section.key == SIBLINGS and button.startswith("remove-"):
            scene = _without(scene, button.replace("remove-", f"remove-{family.ROWS}-"))
        rest = {n: text for n, text in scene.form.answers().items() if not section.has(n)}
        scene.keep({**rest, **answers})
        _use_up_left(scene, section, sent)
        return scene.see(section, anchor=anchor)
    scene.keep(scene.form.answers())
    _use_up_left(scene, section, sent)
    if button == "list":
        return scene.at.see()
    problems = _problems(scene)
    if any(section.has(name) for name in problems):
        return scene.see(section, asks=True)
    if _telling(scene, section) and _is_new(scene, section):
        return scene.see(section)
    place = scene.sections.index(section)
    later = (one for one in scene.sections[place + 1 :] if not _is_filled(scene, one))
    following = next(later, None)
    return scene.see(following) if following else scene.at.see()


def _is_new(scene: _Scene, section: FormSection) -> bool:
    """Whether a section says something else than what was saved of it before."""
    saying, said = (
        {name: text for name, text in sections.typed_in(section, typed).items() if text.strip()}
        for typed in (scene.form.typed, scene.found.form)
    )
    return saying != said


def _apart_if_sent(scene: _Scene) -> _Scene:
    """Return the scene in a place of its own if the form has raised a challenge already."""
    if not scene.found.sent:
        return scene
    raised = casebook().record.chain.once(once_of(scene.officer.id, scene.form.hidden["once"]))
    at = saved.apart(scene.at, scene.typed())
    hidden = {**scene.form.hidden, "once": at.id, "draft": ""}
    if raised:
        hidden["earlier"] = raised.reference
    form = replace(scene.form, address=at.address(), hidden=hidden)
    return replace(scene, at=at, form=form, found=unsent.Found({}))


def _telling(scene: _Scene, section: FormSection) -> dict[str, str]:
    """Return what in a section may tell who the child is: the field's name → what it seems to be.

    These are only the fields that a reply link shows.
    """
    asked = {one.name: one for one in scene.alone(section).fields if one.warns}
    typed = {name: scene.form.typed.get(name, "") for name in asked}
    if not any(text.strip() for text in typed.values()):
        return {}
    from domain.form import Child
    from domain.identifying import details_in_words, longer_than_initials, passages

    answers = scene.form.typed
    case_id, initials, name = (answers.get(one, "") for one in ("case-id", "initials", "name"))
    child = Child(case_id, initials, name, _born(scene), answers.get("team", ""))
    found = {name: passages(text, child) for name, text in typed.items()}
    if "initials" in found:
        found["initials"] = longer_than_initials(found["initials"])
    return {name: details_in_words(some) for name, some in found.items() if some}


def _born(scene: _Scene) -> date:
    """Return the date of birth that was typed; one that nobody has if it is none."""
    try:
        return dates.of_boxes(*_boxes(scene.form.typed, "date-of-birth").values())
    except dates.NoDateError:
        return date.min


def _warning(scene: _Scene, details: str) -> str:
    who = by_link(scene.council.procedure, words=False)
    return f"This seems to contain {details}. {who} Change it if you can."


# A section that was sent when the session had ended ----------------------------------------------


def _left_section(officer: Officer) -> Response[str] | None:
    """Return a redirect (303) to the form whose section was kept as the requested draft.

    ``None`` if it is no such draft, or the form is gone: then the section opens as a form.
    """
    left = drafts().find(officer.id, draft_id(request.query(router).get("draft", "")))
    if left is None or _SECTION not in left.form:
        return None
    whole = drafts().find(officer.id, draft_id(left.form.get(_OF_DRAFT, "")))
    if whole is None:
        return None
    step = {"step": left.form[_SECTION], _LEFT: left.id}
    return web.see_other(f"{unsent.address_of(whole)}&{urlencode(step)}")


def _use_up_left(scene: _Scene, section: FormSection, sent: Mapping[str, str]) -> None:
    """Empty what was kept of a section when the session had ended: it is saved now."""
    left = drafts().find(scene.officer.id, draft_id(sent.get(_LEFT, "")))
    if left and left.form.get(_SECTION) == section.key:
        drafts().use_up(scene.officer.id, left.id)


# An earlier child --------------------------------------------------------------------------------


def _earlier(scene: _Scene, *, asks: bool) -> Response[str]:
    """Return the page on which the officer chooses a child of one of their challenges."""
    children = earlier_child.of_officer(scene.officer, scene.council, scene.today)
    form = earlier_child.form(children, scene.at.address(), asks=asks and bool(children))
    hidden = {_SECTION: _EARLIER, _OF_DRAFT: scene.at.draft or scene.at.id}
    return web.render(
        "raise_earlier.html",
        officer=scene.officer,
        form=replace(form, hidden=hidden),
        children=children,
        back=scene.at.address(sections.CHILD),
        errors=form.errors,
    )


def _take_earlier(scene: _Scene, reference: str) -> Response[str]:
    """Fill in who the child is from the challenge that was chosen, which records the look."""
    filled = earlier_child.filled_from(reference, scene.officer, scene.council)
    if not filled:
        return scene.at.see(f"{_EARLIER}{_CHECKED}")
    scene = _apart_if_sent(scene)
    scene.keep({**scene.form.answers(), **filled})
    return web.see_other(
        scene.at.address(sections.CHILD), [done.note_of(_FILLED, tidied(reference) or "")]
    )


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
        all_sections=scene.at.address(),
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
    found = {**naming, **by_link_found}
    words = (*read_by_link(raised), *signed_in_only(raised)) if others else read_by_link(raised)
    rows = [
        row for row in casebook().record.lists.of_child(form.case_id) if row.reference != earlier
    ]
    of_iro = [row for row in rows if row.iro == raised.iro]
    now = clock.now()
    limit, start = raised.urgency.too_late_after, council.day_of(now)
    late = too_late_from(raised.entry, limit, start, council)
    dates_ahead = ahead(raised.entry, raised.child.team, raised.social_worker, start, council)
    return web.render(
        "raise_check.html",
        officer=scene.officer,
        form=form,
        address=scene.at.address(),
        worker=" and ".join(person.name for person in people) or "Vacant post",
        iro=_covered(scene.officer, raised.iro, council),
        too_late=late.in_words(council) if late else "",
        route=council.procedure.at_risk_route if raised.urgency.at_risk else "",
        stage=council.ladder.title(raised.entry),
        ahead=dates_ahead,
        falls_in=dates_ahead.at(limit) if limit else None,
        change=partial(_to_change, scene, child),
        unanswered=_unanswered(scene, child),
        left_empty=_left_empty(scene, child),
        all_sections=scene.at.address(),
        pieces={page_name(path): parts(text, found.get(path, ())) for path, text in words},
        reveals=bool(by_link_found),
        names_others=bool(naming),
        copied_from=_checked_child(scene, 0) if family.is_copy(scene.form, child) else None,
        child=child,
        children=len(scene.children),
        back=scene.at.address(unsent.CHECK),
        telling={page_name(path): details_in_words(some) for path, some in found.items()},
        readers=by_link(council.procedure, words=False),
        typed=scene.typed(),
        earlier=earlier,
        way=scene.way.name,
        agreed=raised.from_review.actions if raised.from_review else (),
        others_child=_others_child(scene, raised, rows),
        same_child=[row.reference for row in of_iro if row.due and not raised.good_practice],
        earlier_of_child=[row.reference for row in of_iro if row.standing in ENDED],
    )


def _unanswered(scene: _Scene, child: int) -> set[str]:
    """Return the fields that were left blank about a child."""
    answers = family.of_child(scene.form, child).answers()
    return {one.name for one in scene.form.alone if not answers.get(one.name)}


#: The sections whose questions are on the page to check also if nothing is answered.
_ALWAYS_SHOWN = {Way.CONCERN: ("rights", "urgency")}


def _left_empty(scene: _Scene, child: int) -> list[tuple[str, str]]:
    """Return the sections in which nothing is typed: the title of each, and its address."""
    answers = family.of_child(scene.form, child).answers() | scene.form.answers()
    shown = _ALWAYS_SHOWN.get(scene.way, ("rights",))
    return [
        (one.title, scene.at.address(one.key, "main-content"))
        for one in scene.sections
        if one.optional and one.key not in shown
        if not any(sections.typed_in(one, answers).values())
    ]


def _to_change(scene: _Scene, child: int, name: str) -> str:
    """Return the address at which what is said about a child in the field ``name`` is changed."""
    own = family.place(child, name)
    if family.whose(own):
        return scene.at.address(f"{_TEXT}-{child}", own)
    section = sections.section_of(own, scene.sections)
    boxes = f"{own}-{dates.BOXES[0]}"
    is_date = section is not None and boxes in {c for f in scene.form.fields for c in f.controls}
    return scene.at.address(section.key if section else "", boxes if is_date else own)


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
        apart = saved.apart(scene.at, typed)
        saved.keep(apart, {**typed, "once": apart.id, "earlier": reference}, unsent.Found({}))
        return apart.see(unsent.CHECK)
    saved.use_up(scene.at, typed)
    return web.see_other(f"/raised/{reference}")


@router.get("/raised/<reference>")
def show_raised(reference: str) -> Response[str]:
    """Show the new reference, and what happens next."""
    from domain.tasks import tasks
    from handlers.pages import whole

    scene = seen(router, reference)
    challenge, officer = scene.challenge, scene.officer
    if officer.id not in (challenge.raised.iro, challenge.raised_by):
        message = f"Only who raised {challenge.reference}, and its IRO, see this page."
        raise NotAllowedError(message)
    together = [challenge, *siblings(challenge, officer, scene.council, scene.now)]
    lists = [one for one in whole.clocks(scene) if one.yours and one.several]
    listed = [key for one in lists for key in one.keys]
    due = tasks(challenge, scene.council)
    asked = [one for one in due if one.purpose is Purpose.REPLY]
    return web.render(
        "raise_done.html",
        officer=officer,
        reference=challenge.reference,
        stage=scene.council.ladder.title(challenge.stage),
        way=challenge.raised.way.name,
        sum=next((one.ledger.why for one in asked), ""),
        lists=lists,
        next_step=next_step(challenge, scene.now, scene.council, officer.id, besides=listed),
        route=scene.council.procedure.at_risk_route if any(map(at_risk_today, together)) else "",
        children=[(one.reference, one.raised.child) for one in together],
        risks=[one.reference for one in together if at_risk_today(one)],
    )
