"""The drafts of a person: every form that is kept for them, to go on with or to discard."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.drafts import DISCARDED, EMAIL, draft_id, form_id
from adapters.errors import NoSuchChallengeError
from adapters.wiring import drafts, unsent_forms
from domain.form import Way
from domain.moments import local_day
from domain.values import Value, value
from handlers.form_fields import PAGES
from handlers.pages import done, web
from handlers.pages.gate import found

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.drafts import Draft
    from domain.council import Council
    from domain.directory import Officer
    from domain.form import Child

__all__ = ["DraftLine", "lines", "router"]

router = APIGatewayRouter()

#: What is raised or recorded at the address of each form.
_CALLED = {
    PAGES[Way.CONCERN]: "A challenge to raise",
    PAGES[Way.RESOLVED]: "A matter that is resolved",
    PAGES[Way.ACTIONS]: "Actions from a review",
    PAGES[Way.GOOD_PRACTICE]: "Good practice",
}
#: What is sent at the pages of a challenge that are no act's, by the end of their address.
_CALLED_ABOUT = {
    "reply": "A reply to",
    "reply-together": "Replies about brothers and sisters:",
    "action": "A report that an action is done:",
}
#: What somebody does to a challenge at an address like ``/challenges/PCE-…/reply``.
_ABOUT = re.compile(r"/challenges/(?P<reference>PCE-[0-9A-Z]{4}-[0-9A-Z]{4})(?:/(?P<act>[a-z-]+))?")

#: The fields that tell which child a form is about.
_OF_CHILD = ("initials", "case-id")

#: The most characters that a list shows of a Case ID or of initials.
_LONGEST_ID = 50


@value
class DraftLine(Value):
    """A draft as a list shows it: ``title``, ``child`` (``A.B.``, Case ID), ``how_far`` it is.

    It was ``kept_at`` this moment (UTC), and ``until`` is the last day on which it is kept.
    ``discard`` is the address to discard it.
    """

    id: str
    title: str
    initials: str
    case_id: str
    how_far: str
    address: str
    discard: str
    kept_at: datetime
    until: date | None

    @property
    def child(self) -> str:
        """Return ``A.B. (Case ID 12345)``, as far as it was typed; empty if nothing was."""
        case_id = f"Case ID {self.case_id}" if self.case_id else ""
        return (
            f"{self.initials} ({case_id})"
            if self.initials and case_id
            else (self.initials or case_id)
        )


def lines(kept: Sequence[Draft], at_most: int) -> tuple[DraftLine, ...]:
    """Return the first drafts as the front page shows them, without how far each is: that is slow.

    ``kept`` are all drafts of the person.
    """
    return tuple(_line(_with_child(one, kept)) for one in kept[:at_most])


def _with_child(draft: Draft, among: Iterable[Draft]) -> Draft:
    """Return a draft of one section with the child of the form that the section is of."""
    of = draft_id(draft.form.get("of", "")) if "section" in draft.form else ""
    whole = next((one for one in among if of and one.id == of), draft)
    child = {name: whole.form.get(name, "") for name in _OF_CHILD}
    return replace(draft, form={**child, **draft.form})


def _title(draft: Draft) -> str:
    """Return what would be sent, as the page of the form calls it."""
    about = _ABOUT.search(draft.path)
    if about is None:
        return _CALLED.get(draft.path.partition("?")[0], "A form")
    slug = about["act"] or ""
    called = _CALLED_ABOUT.get(slug, "A form for")
    if slug not in _CALLED_ABOUT:
        from handlers.pages.acts import page_at

        act = page_at(slug)
        called = f"{act.act.called}:" if act else called
    return f"{called} {about['reference']}"


def _line(draft: Draft, how_far: str = "", child: Child | None = None) -> DraftLine:
    title = _title(draft)
    if "section" in draft.form:
        title += ", one section, kept when you were signed out"
    if draft.origin == EMAIL:
        title += ", from your email"
    if draft.typed_by:
        title += f", written for you by {draft.typed_by}"
    about = _ABOUT.search(draft.path)
    known = {"initials": child.initials, "case-id": child.case_id} if child else {}
    initials, case_id = (
        (known if about else draft.form).get(name, "").strip()[:_LONGEST_ID] for name in _OF_CHILD
    )
    return DraftLine(
        *(draft.id, title, initials, case_id, how_far, draft.address),
        f"/drafts/{draft.id}/discard",
        draft.kept_at,
        local_day(draft.until) if draft.until else None,
    )


def _child(draft: Draft, officer: Officer, council: Council) -> Child | None:
    """Return the child of the challenge that a draft is about, if its owner may still see it.

    Lists say no more of a child than initials and Case ID, so this records no look.
    """
    about = _ABOUT.search(draft.path)
    if about is None:
        return None
    try:
        return found(about["reference"], officer, council, clock.now())[0].raised.child
    except NoSuchChallengeError:
        return None


def _how_far(draft: Draft, officer: Officer, today: date, council: Council) -> str:
    """Return how many sections of a form that raises something were started, in words."""
    from handlers.pages import sections

    ways = {page: way for way, page in PAGES.items()}
    way = ways.get(draft.path)
    if way is None or "section" in draft.form:
        return ""
    of_form = sections.of_way(way, officer, today, council, draft.form)
    started = sum(
        any(text.strip() for text in sections.typed_in(one, draft.form).values()) for one in of_form
    )
    return f"{started} of {len(of_form)} sections started"


@router.get("/drafts")
def show_drafts() -> Response[str]:
    """Show every draft of the person, the newest first."""
    officer, council = web.officer_and_council(router)
    today = local_day(clock.now())
    found = drafts().of(officer.id)
    kept = [
        _line(
            _with_child(one, found),
            _how_far(one, officer, today, council),
            _child(one, officer, council),
        )
        for one in found
    ]
    said = done.said_of_many(router, "discarded")
    return web.render("drafts.html", officer=officer, drafts=kept, done=said)


@router.get("/drafts/<id_>/discard")
def ask_to_discard(id_: str) -> Response[str]:
    """Show which draft would be discarded, and ask."""
    officer, council = web.officer_and_council(router)
    draft = drafts().find(officer.id, id_)
    if draft is None:
        return web.see_other("/drafts")
    today = local_day(clock.now())
    how_far, child = _how_far(draft, officer, today, council), _child(draft, officer, council)
    line = _line(_with_child(draft, drafts().of(officer.id)), how_far, child)
    return web.render("draft_discard.html", officer=officer, draft=line)


@router.post("/drafts/<id_>/discard")
def discard(id_: str) -> Response[str]:
    """Empty a draft, and what was typed since into the form that it gives back."""
    officer = web.officer_and_council(router, keep=False)[0]
    draft = drafts().find(officer.id, id_)
    if draft:
        forms, now = unsent_forms(), clock.wall()
        if typed := forms.find(officer.id, form_id(id_), now):
            forms.use_up(officer.id, form_id(id_), typed.mark, now)
        drafts().use_up(officer.id, id_, DISCARDED)
    return web.see_other("/drafts", [done.note_many("discarded")] if draft else [])
