"""A form that is being filled in has an address, where it is found with all that was typed into it.

So every answer to a POST can be a redirect (303): what was typed is kept, and the page that follows
is opened by GET. Back and reload ask nobody whether to send it again, and lose nothing. Such a page
works out anew what there is to correct, to check or to know, and writes nothing::

    /raise                       leads on to an address of its own
    /raise?form=<id>             the form, as it was typed last
    /raise?form=<id>&step=check  what is to be corrected in it; or else the page to check it on
    /raise?draft=<id>            a draft: it leads on to a form in which that stands

The id is no key: a form is given back to whose it is alone. But whoever opens a reply link once
more, as mail scanners do, comes to another form, and finds nothing in it to send.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from adapters import clock
from adapters.drafts import form_id
from adapters.unsent import Unsent
from adapters.wiring import drafts, unsent_forms
from handlers import request
from handlers.pages import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from adapters.drafts import Draft
    from handlers.request import App

__all__ = [
    "CHECK",
    "KEPT",
    "Found",
    "Place",
    "apart",
    "found",
    "is_named",
    "keep",
    "place",
    "to_own_place",
    "use_up",
]

#: The step at which a form is looked over.
CHECK = "check"
#: The hidden field of a form that was kept between its pages: what stands for its words.
KEPT = "kept"

_ID = re.compile("[0-9a-f-]{32,36}")


@dataclass(frozen=True)
class Place:
    """Where a form stands: whose it is (:mod:`adapters.unsent`), its id, and its page's address.

    ``draft`` is the id of the draft that it came from, or empty.
    """

    whose: str
    id: str
    page: str
    draft: str = ""

    def address(self, step: str = "", anchor: str = "") -> str:
        """The address of the form at this step, and of a place on that page."""
        said = {"draft": self.draft, "form": self.id, "step": step}
        query = urlencode({name: text for name, text in said.items() if text})
        joined = f"{self.page}{'&' if '?' in self.page else '?'}{query}"
        return f"{joined}#{anchor}" if anchor else joined

    def see(self, step: str = "", anchor: str = "") -> Response[str]:
        """Go and see the form at this step (303)."""
        return web.see_other(self.address(step, anchor))


@dataclass(frozen=True)
class Found:
    """What was found at a form's place: ``form`` is empty if nothing was typed yet.

    ``sent``: the form has been sent since. ``gone``: it was to come from a draft that was sent, or
    is not theirs. ``draft`` is that draft; ``untouched``: what it holds stands there as it was.
    ``mark`` stands for what was typed, in the form's hidden field :data:`KEPT`.
    """

    form: Mapping[str, str]
    sent: bool = False
    gone: bool = False
    draft: Draft | None = None
    untouched: bool = False
    mark: str = ""


def is_named(app: App) -> bool:
    """Whether the address that was asked for says which form is to be shown."""
    return _ID.fullmatch(request.query(app).get("form", "")) is not None


def to_own_place(app: App, page: str = "") -> Response[str]:
    """Lead on to an address that says which form is to be shown (303): that of a new one.

    Or of the one in which a draft stands. ``page`` is by default what was asked for.
    """
    asked = request.query(app)
    draft = asked.get("draft", "")
    id_ = form_id(draft) if draft else web.new_id()
    return Place("", id_, page or web.own_address(app), draft).see(asked.get("step", ""))


def place(app: App, whose: str, typed: Mapping[str, str] | None = None, page: str = "") -> Place:
    """The place of the form that was asked for, or sent (``typed``), on its ``page``.

    ``page`` is by default what was asked for. A form that was sent without an address of its own
    is known by its words.
    """
    asked, page, sent = request.query(app), page or web.own_address(app), typed or {}
    id_ = asked["form"] if is_named(app) else web.id_of(page, sent)
    return Place(whose, id_, page, asked.get("draft", "") or sent.get("draft", ""))


def found(at: Place) -> Found:
    """What was typed into the form at its place, or stands in the draft that it comes from."""
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
    """Keep what was typed into the form: its page gives it back."""
    unsent_forms().keep(at.whose, at.id, Unsent(typed, web.labels_sent()), clock.wall())


def use_up(at: Place, typed: Mapping[str, str]) -> None:
    """Empty the form, which has been sent: its words stand on the record now."""
    unsent_forms().use_up(at.whose, at.id, typed.get(KEPT, ""), clock.wall())


def apart(at: Place, typed: Mapping[str, str]) -> Place:
    """A place of its own for what was changed in a form that has been sent meanwhile.

    Whoever sent that empties its place, and must not find this there.
    """
    return replace(at, id=web.id_of(at.page, typed))
