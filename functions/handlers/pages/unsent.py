"""A form that is being filled in has its own address, which shows it with everything typed so far.

So every answer to a POST can be a redirect (303): what was typed is kept, and the next page is
opened by GET. With Back and reload, browsers do not ask whether to send the form again, and nothing
is lost. Each time it is opened, such a page works out again what to show, and writes nothing::

    /raise                       leads to a new form with its own address
    /raise?form=<id>             the form, as it was typed last
    /raise?form=<id>&step=check  the form with what to correct; if nothing, the page to check it
    /raise?draft=<id>            leads to a form that is filled in with the draft

Knowing the id is not enough: a form is given back only to the person who typed it. Somebody who
opens a reply link elsewhere, as email scanners do, gets a different, empty form.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from adapters import clock
from adapters.drafts import draft_id, form_id
from adapters.unsent import Unsent
from adapters.wiring import drafts, unsent_forms
from domain.moments import local_day
from domain.values import Value, value
from handlers import request
from handlers.pages import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from adapters.drafts import Draft
    from domain.directory import Officer
    from handlers.request import App

__all__ = [
    "CHECK",
    "KEPT",
    "Found",
    "Place",
    "address_of",
    "apart",
    "found",
    "is_named",
    "keep",
    "may_keep",
    "place",
    "to_own_place",
    "use_up",
]

#: The step at which a form is checked.
CHECK = "check"
#: The hidden field with the hash of what was kept of the form (``Unsent.mark``).
KEPT = "kept"

_ID = re.compile("[0-9a-f-]{32,36}")


@value
class Place(Value):
    """Where a form is kept: its owner (see :mod:`adapters.unsent`), its id, its page's address.

    ``draft`` is the id of the draft that it came from, or empty.
    """

    whose: str
    id: str
    page: str
    draft: str = ""

    def address(self, step: str = "", anchor: str = "") -> str:
        """Return the address of the form at this step, at ``anchor`` (the id of an element)."""
        said = {"draft": self.draft, "form": self.id, "step": step}
        query = urlencode({name: text for name, text in said.items() if text})
        joined = f"{self.page}{'&' if '?' in self.page else '?'}{query}"
        return f"{joined}#{anchor}" if anchor else joined

    def see(self, step: str = "", anchor: str = "") -> Response[str]:
        """Return a redirect (303) to the form at this step."""
        return web.see_other(self.address(step, anchor))


@value
class Found(Value):
    """What was kept of a form: ``form`` is field → text, empty if nothing was typed yet.

    ``sent``: the form has been sent since. ``draft`` is the draft that it came from. ``gone``: that
    draft has been sent, or is somebody else's. ``untouched``: the form still has exactly the
    draft's words. ``mark`` is the hash of what was kept, for the hidden field :data:`KEPT`.
    """

    form: Mapping[str, str]
    sent: bool = False
    gone: bool = False
    draft: Draft | None = None
    untouched: bool = False
    mark: str = ""


def is_named(app: App) -> bool:
    """Whether the requested address says which form to show."""
    return _ID.fullmatch(request.query(app).get("form", "")) is not None


def to_own_place(app: App, page: str = "", begun: str = "") -> Response[str]:
    """Return a redirect (303) to the address of a new form, or of the form for a draft.

    ``page`` is by default the requested address. ``begun`` is the id of the form that the person
    may have begun there before, or empty.
    """
    asked = request.query(app)
    draft = draft_id(asked.get("draft", ""))
    earlier = begun if _ID.fullmatch(begun) else ""
    id_ = form_id(draft) if draft else (earlier or web.new_id())
    return Place("", id_, page or web.own_address(app), draft).see(asked.get("step", ""))


def address_of(draft: Draft) -> str:
    """Return the address of the form that gives a draft back, without another redirect."""
    page, _, query = draft.address.rpartition("?")
    return (
        draft.address
        if query.startswith("form=")
        else Place("", form_id(draft.id), page, draft.id).address()
    )


def place(app: App, whose: str, typed: Mapping[str, str] | None = None, page: str = "") -> Place:
    """Return the place of the form that was requested, or that was sent (``typed``).

    ``page`` is by default the requested address. A form that was sent without an id in its address
    gets an id that is made from its words.
    """
    asked, page, sent = request.query(app), page or web.own_address(app), typed or {}
    id_ = asked["form"] if is_named(app) else web.id_of(page, sent)
    draft = draft_id(asked.get("draft", "")) or draft_id(sent.get("draft", ""))
    return Place(whose, id_, page, draft)


def found(at: Place) -> Found:
    """Return what was typed into the form, or the draft that it starts from."""
    kept = unsent_forms().find(at.whose, at.id, clock.wall())
    draft = drafts().find(at.whose, at.draft)
    if kept is None and draft:
        web.give_back(draft.form, draft.labels, draft.beside)
        return Found(draft.form, draft=draft, untouched=True)
    sent, gone = bool(kept and kept.sent), bool(at.draft) and draft is None and kept is None
    if kept and not kept.sent:
        web.give_back(kept.form, kept.labels, draft.beside if draft else "")
    typed, mark = (kept.form, kept.mark) if kept and not kept.sent else ({}, "")
    return Found(typed, sent=sent, gone=gone, draft=draft, mark=mark)


def keep(at: Place, typed: Mapping[str, str]) -> None:
    """Keep what was typed into the form, so that its page can give it back.

    The draft that it came from lives on with it: it says who wrote it for the officer.
    """
    if at.draft:
        drafts().prolong(at.whose, at.draft)
    unsent_forms().keep(at.whose, at.id, Unsent(typed, web.labels_sent()), clock.wall())


def may_keep(at: Place) -> bool:
    """Count one more form that is kept for a link; ``False`` if it has had its number for today."""
    return unsent_forms().count(at.whose, local_day(clock.wall()))


def use_up(at: Place, typed: Mapping[str, str], officer: Officer | None) -> None:
    """Empty a form that has been sent, and its draft, because the record has their words now.

    ``officer`` is who sent it; ``None`` if they came by a reply link alone, and have no drafts. The
    draft comes first: should this fail, the form still has its words, and sending it again does
    this again.
    """
    if officer:
        drafts().use_up(officer.id, at.draft)
    mark, now = typed.get(KEPT, ""), clock.wall()
    if mark or officer is None:  # the page of a link knows from the record what was sent
        unsent_forms().use_up(at.whose, at.id, mark, now)
    else:
        unsent_forms().note_sent(at.whose, at.id, now)


def apart(at: Place, typed: Mapping[str, str]) -> Place:
    """Return a separate place for a form that was changed after it had been sent.

    Sending a form empties its place, which must not empty these changes too.
    """
    return replace(at, id=web.id_of(at.page, typed))
