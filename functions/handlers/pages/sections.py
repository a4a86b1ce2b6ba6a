"""The form that raises a challenge, section by section: what each asks, and in which order.

Each section is a short page of its own (``handlers.pages.raising``). ``handlers.forms`` checks the
answers of all sections together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.form import Way
from domain.ladder import Role, either
from domain.people import iros_for_whom
from domain.rules.lateness import days_in_words
from domain.values import Value, value
from domain.writing import capitalised
from handlers.form_fields import (
    ACTIONS,
    CHILD_TOLD,
    CONCERNS,
    FIELD_LABELS,
    NOT_YET,
    SHORT,
    SIGNED_IN,
    WORDS,
    read_by,
    shown_by_link,
)
from handlers.pages import family
from handlers.pages.kit import Field, Kind, Option, Rows, Section, working_day
from handlers.pages.owner_fields import owner_fields

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from domain.council import Council
    from domain.directory import Officer
    from handlers.pages.kit import Part

__all__ = [
    "ACTION",
    "CHILD",
    "CONCERN",
    "SIBLINGS",
    "FormSection",
    "of_too_late",
    "of_way",
    "on_one_page",
    "section_of",
    "typed_in",
]

#: The rows of concerns, and of actions.
CONCERN, ACTION = "concern", "action"

#: The sections that say who the child is, and who the brothers and sisters are.
CHILD, SIBLINGS = "child", "brothers-and-sisters"


@value
class FormSection(Value):
    """One section of the form: its key in addresses, its title, and its parts.

    ``sentences`` stand below the title. ``optional``: it may be left blank. ``hint`` is what the
    list says about it.
    """

    key: str
    title: str
    parts: tuple[Part, ...]
    sentences: tuple[str, ...] = ()
    optional: bool = False
    hint: str = ""

    def has(self, name: str) -> bool:
        """Whether ``name`` is one of its controls or rows, or a control of a row."""
        return any(
            name == one.name or name in one.controls
            if isinstance(one, Field)
            else isinstance(one, Rows) and (name == one.name or name.startswith(f"{one.name}-"))
            for one in self.parts
        )


def section_of(name: str, sections: tuple[FormSection, ...]) -> FormSection | None:
    """Return the section with the field, control or rows ``name``; ``None`` if there is none."""
    return next((one for one in sections if one.has(name)), None)


def typed_in(section: FormSection, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into a section, blank answers too."""
    return {name: text for name, text in typed.items() if section.has(name)}


def on_one_page(sections: tuple[FormSection, ...]) -> tuple[Part, ...]:
    """Return the parts of all sections, each under its title.

    Brothers and sisters come last, as on the one page of releases up to 2026-11.12. A form of
    theirs that is still open in a browser means the first rows by ``add`` and ``remove-1``.
    """
    in_order = sorted(sections, key=lambda one: one.key == SIBLINGS)
    return tuple(
        part for one in in_order for part in (Section(one.title, one.sentences), *one.parts)
    )


def of_way(
    way: Way, officer: Officer, today: date, council: Council, typed: Mapping[str, str]
) -> tuple[FormSection, ...]:
    """Return the sections of the form for this way in, in order.

    ``typed`` is what was typed so far: the social workers of the child's team are listed first.
    """
    child = _of_child(today, council, typed.get("team", ""))
    if way is Way.GOOD_PRACTICE:
        # There is no reply link that could show anything of it.
        child = tuple(_seen_signed_in(one) for one in child)
    if way is Way.ACTIONS:
        of_this = _of_actions(today, council, typed.get("team", ""))
    elif way is Way.RESOLVED:
        of_this = _of_resolved(today, council)
    elif way is Way.GOOD_PRACTICE:
        of_this = _of_good_practice(council)
    else:
        of_this = _of_concerns(today, council)
    (worker,) = (one for one in child if one.name == "social-worker")
    of_children = [
        FormSection(CHILD, "The child", tuple(one for one in child if one != worker)),
        FormSection("social-worker", "The social worker", (worker,)),
    ]
    if way is not Way.GOOD_PRACTICE:
        why, rows = family.rows(child)
        sentences = why.sentences if isinstance(why, Section) else ()
        of_children.append(
            FormSection(SIBLINGS, "Brothers and sisters", (rows,), sentences, optional=True)
        )
    return (*_of_cover(officer, today, council), *of_children, *of_this)


def _of_concerns(today: date, council: Council) -> tuple[FormSection, ...]:
    """Return what is asked about a concern that is not resolved."""
    return (
        _of_concern(today, council),
        FormSection("before", "What was tried, and the child’s views", _of_before(council)),
        _of_rights(council),
        # How urgent it is comes first, because the stage is chosen by it.
        _of_urgency(today, council),
        FormSection("stage", "Where it starts", _of_stage(council)),
        _of_court(today, council),
    )


def _of_resolved(today: date, council: Council) -> tuple[FormSection, ...]:
    """Return what is asked about a matter that was resolved before the review (rule 2)."""
    tried, views, rights = _of_before(council)
    done = tuple(
        Field(name, Kind.RADIOS, "", options=_YES_NO)
        for name in ("file-checked", "documents-read", "child-consulted")
    )
    told = tuple(Option(one, text) for one, text in zip(CHILD_TOLD, _TOLD, strict=True))
    ended = (
        Field("resolution", Kind.WORDS, ""),
        Field("child-told", Kind.RADIOS, "", options=told),
        Field("how-told", Kind.WORDS, "", "You need not say it for “not yet”.", lines=3),
    )
    before = _labelled((*done, Field("why-not", Kind.WORDS, "", lines=3)), council)
    rights_known = _of_rights(council)
    return (
        _of_concern(today, council, asks_when=False),
        FormSection("before", "Before the review", (*before, tried, views, rights)),
        replace(rights_known, parts=rights_known.parts[1:]),
        FormSection("ended", "How it ended", _labelled(ended, council)),
        _of_court(today, council),
    )


def _of_actions(today: date, council: Council, team: str) -> tuple[FormSection, ...]:
    """Return what is asked about actions that the review agreed (rule 2)."""
    readers = read_by("actions.0.what", council.procedure)
    action = (
        Field(
            *("what", Kind.WORDS, "What will be done?"),
            readers=readers,
            lines=2,
            limit=SHORT,
            warns=True,
        ),
        *owner_fields(council, today, team, by_iro=True),
        working_day("by", "By when?", today, council.calendar),
    )
    how = "By phone, by email or at the review, and what they said."
    confirmed = _labelled((Field("confirmed", Kind.WORDS, "", how, lines=3),), council)
    rows = Rows(ACTION, "Action", action, least=1, most=ACTIONS)
    agreed: tuple[Part, ...] = (rows, *confirmed)
    return (
        _of_concern(today, council),
        FormSection("agreed", "What the review agreed", agreed),
        FormSection("before", "What was tried, and the child’s views", _of_before(council)),
        _of_rights(council),
        _of_urgency(today, council),
        replace(_of_court(today, council), title="When the review was, and court proceedings"),
    )


#: Who reads a record of good practice: nobody replies to it, and it is no challenge.
_OF_RECORD = SIGNED_IN.replace("work on this challenge", "work with this child")


def _of_good_practice(council: Council) -> tuple[FormSection, ...]:
    """Return what is asked about good practice (rule 18)."""
    fields = (Field("well", Kind.WORDS, ""), Field("difference", Kind.WORDS, "", lines=3))
    said = tuple(replace(one, readers=_OF_RECORD) for one in _labelled(fields, council))
    return (FormSection("praise", "Good practice", said),)


def _seen_signed_in(one: Field) -> Field:
    no_email = f" {_IN_NO_EMAIL}" if one.name == "initials" else ""
    return replace(one, readers=f"{_OF_RECORD}{no_email}" if one.readers else "")


#: The words for whether the child was told, in the order of ``CHILD_TOLD``.
_TOLD = ("Yes", "Not yet", "No, and they will not be")


def _of_cover(officer: Officer, today: date, council: Council) -> tuple[FormSection, ...]:
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
    return (FormSection("iro", "The IRO", _labelled((field,), council)),)


_IN_NO_EMAIL = "Emails never show the initials or the name."


def _of_child(today: date, council: Council, team: str) -> tuple[Field, ...]:
    teams = tuple(Option(one, one) for one in council.directory.teams)
    like = "For example, 27 3 2013."
    fields = (
        Field("case-id", Kind.LINE, "", "As it is in the case system.", width=20),
        Field("initials", Kind.LINE, "", width=5),
        Field("name", Kind.LINE, ""),
        Field("date-of-birth", Kind.DAY, "", like),
        Field("team", Kind.SELECT, "", options=teams),
        Field("social-worker", Kind.SELECT, "", options=_workers(today, council, team)),
    )
    named = _labelled(fields, council)
    return tuple(
        replace(one, readers=f"{one.readers} {_IN_NO_EMAIL}", warns=True)
        if one.name == "initials"
        else one
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


def _of_concern(today: date, council: Council, *, asks_when: bool = True) -> FormSection:
    themes = tuple(Option(theme, capitalised(theme)) for theme in council.procedure.themes)
    fields = (
        Field("theme", Kind.SELECT, "", options=themes),
        Field("what", Kind.WORDS, ""),
        Field("outcome", Kind.WORDS, "", lines=3),
        working_day("by", "", today, council.calendar),
    )
    asked = _labelled(fields if asks_when else fields[:-1], council, f"{CONCERN}-#-")
    title = "What is wrong" if asks_when else "What was wrong"
    return FormSection(CONCERN, title, (Rows(CONCERN, "Concern", asked, least=1, most=CONCERNS),))


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

#: The words for whether something was done for the child, in the order of ``NOT_YET``.
_DONE_YET = tuple(Option(one, capitalised(one)) for one in NOT_YET)


def _of_rights(council: Council) -> FormSection:
    """Return what the child knows, and who helps them (rule 19)."""
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
    why = (
        "None of this delays the challenge. What is “not yet” or left blank becomes a task for you."
    )
    return FormSection(
        *("rights", "What the child knows, and who helps them", _labelled(fields, council)),
        (why,),
        optional=True,
    )


def _of_urgency(today: date, council: Council) -> FormSection:
    """Return whether the child is at risk, with whom to contact, and when it is too late."""
    route = council.procedure.at_risk_route
    hint = f"If so, act now. {route} Raising a challenge does not contact them: call them yourself."
    risk = (Field("at-risk", Kind.RADIOS, "", hint, options=_YES_NO),)
    title = "There is a date after which it is too late"
    too_late = (replace(one, folded=title) for one in of_too_late(today, council))
    fields = (*_labelled(risk, council), *too_late)
    return FormSection(
        *("urgency", "How urgent it is", fields),
        optional=True,
        hint="Say if the child may be at risk today.",
    )


def of_too_late(today: date, council: Council) -> tuple[Field, ...]:
    """Return the date after which it is too late, and why (rule 23)."""
    after = f"For example, 27 3 {today.year + 1}."
    why = "For example: the placement ends, there is a hearing, or the child will be 18."
    fields = (
        Field("too-late-after", Kind.DAY, "", after),
        Field("too-late-why", Kind.WORDS, "", why, lines=2),
    )
    return _labelled(fields, council)


def _of_court(today: date, council: Council) -> FormSection:
    fields = (
        Field("review-date", Kind.DAY, "", f"For example, 27 3 {today.year}."),
        Field("decision-number", Kind.LINE, "", width=20),
        Field("next-hearing", Kind.DAY, "", f"For example, 27 3 {today.year + 1}."),
        Field("guardian", Kind.LINE, "", width=20),
    )
    sentences = ("Fill this in if it comes from a review, or if there are court proceedings.",)
    return FormSection(
        *("court", "Review and court", _labelled(fields, council), sentences), optional=True
    )


def _labelled(fields: tuple[Field, ...], council: Council, before: str = "") -> tuple[Field, ...]:
    """Return the fields with their labels and limits, and with who reads what is written there."""
    return tuple(
        replace(
            one,
            label=FIELD_LABELS[f"{before}{one.name}"],
            limit=_LIMITS.get(one.name, WORDS) if one.kind is Kind.WORDS else 0,
            readers=read_by(one.name.replace("-", "_"), council.procedure),
            warns=shown_by_link(one.name.replace("-", "_")),
        )
        for one in fields
    )


#: The fields for words that are shorter than the others.
_LIMITS = dict.fromkeys(("rights-why", "too-late-why", "why-not", "how-told", "confirmed"), SHORT)


def _workers(today: date, council: Council, team: str) -> tuple[Option, ...]:
    """Return the social workers' posts, with who holds or covers each today: this team's first."""
    directory = council.directory
    return tuple(
        Option(
            post.id,
            " and ".join(p.name for p in directory.people(post.id, today))
            or f"Vacant post ({post.id})",
            group=one,
        )
        for one in sorted(directory.teams, key=lambda one: one != team)
        for post in directory.posts_of(Role.SOCIAL_WORKER, one)
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
