"""A form that an emailed link opens, or its reader signed in: shown, kept, checked and sent.

Replies (``handlers.pages.replying``) and reports of actions (``handlers.pages.doing``) go these
same steps. GET changes nothing but the look that is noted. The form's own button leads to a page to
check what was typed, and only that page's button (``press=send``) records it. What was typed is
kept at the form's own address (``handlers.pages.unsent``).

Whoever opens the page again goes on where they were: signed in at any computer, by the link in the
browser in which they began. A cookie that is sent to that link alone has the id of the form there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from adapters.unsent import of_link
from adapters.wiring import casebook, identity
from domain.errors import NotAllowedError
from domain.looks import Via
from handlers.pages import unsent, web
from handlers.pages.calendar_entry import AS_CALENDAR, calendar_entry
from handlers.request import cookies, query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.links import ActionLink, ReplyLink
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.part import Command
    from handlers.pages.kit import Form
    from handlers.request import App

__all__ = ["AGAIN", "Steps", "Way", "note_look", "stopped"]

#: The button that puts what was checked on the record.
_SEND = "send"
#: The button that empties a form that was begun.
AGAIN = "again"


@dataclass(frozen=True, kw_only=True)
class Way(ABC):
    """How somebody came in: by their ``link``, or signed in (``None``).

    ``address`` is the path to come back to. ``keeps``: what is typed is kept for later; a link
    keeps only so many forms a day. ``begun``: something was typed into it before. A form
    ``uses_up`` its link if it can be sent by it only once. A look by the link is stored as
    ``looks_via``.
    """

    challenge: Challenge
    officer: Officer
    council: Council
    now: datetime
    address: str
    link: ReplyLink | ActionLink | None = None
    keeps: bool = True
    begun: bool = False
    uses_up: bool = True
    looks_via: ClassVar[Via]

    @property
    def afterwards(self) -> str:
        """Return the address that is shown once the form is recorded."""
        return self.address

    @property
    @abstractmethod
    def takes_form(self) -> bool:
        """Whether the form can still be sent this way."""

    @property
    @abstractmethod
    def due(self) -> tuple[str, date]:
        """Return what is to be done by which day, as a calendar names it: ``Reply to PCE-…``."""

    @property
    def to_calendar(self) -> str:
        """Return the address of the entry for a calendar."""
        return f"{self.address}{'&' if '?' in self.address else '?'}{AS_CALENDAR}"

    @property
    @abstractmethod
    def signed_in(self) -> Officer | None:
        """Return who is signed in; ``None`` if they came by their link alone."""

    @property
    def iro(self) -> Officer | None:
        """Return the challenge's IRO, whom people can contact; ``None`` if unknown."""
        return self.council.directory.officers.get(self.challenge.iro)

    @property
    def via(self) -> str:
        """Return the way in, ``link`` or ``page``, as the record has it."""
        return "link" if self.link else "page"

    @property
    def looked_via(self) -> Via:
        """Return the way in, as it is stored with the look."""
        return self.looks_via if self.link else Via.PAGE


_Way = TypeVar("_Way", bound=Way)


def stopped(app: App) -> Response[str]:
    """Return the page of a link whose record is sealed (rule 22): it shows nothing of it.

    What somebody has just sent is on the page, to be copied.
    """
    posted = app.current_event.http_method == "POST"
    typed = web.form(app) if posted else {}
    written = [typed[name] for name in ("words", "shown_by", "reason") if typed.get(name)]
    return web.render("link_stopped.html", HTTPStatus.GONE, written=written)


def note_look(way: Way) -> None:
    """Record the look, also if nothing is to be done: the page shows something."""
    looked = way.challenge.reference, way.officer.id, way.looked_via, way.now
    casebook().record.beside.note_look(*looked)


@dataclass(frozen=True)
class Steps(Generic[_Way]):
    """The steps of one kind of form, and what is its own in them.

    ``by_link`` returns the way in of a link's reader, or the page for everybody else; ``form`` the
    form with what was typed and the mark of what was kept; ``page`` the page at a step.
    ``checked`` returns the command and everything to correct, field → sentence; ``is_recorded``
    whether the record has the same words from this form; ``capacity`` in what capacity they act.
    ``leads``, if there are more pages than two: the answers after a button that leads to another
    step, and that step; ``None`` for any other button.
    """

    app: App
    by_link: Callable[[str, datetime], _Way | Response[str]]
    form: Callable[[_Way, unsent.Place, Mapping[str, str], str], Form]
    page: Callable[[_Way, Form, str], Response[str]]
    checked: Callable[[_Way, Form], tuple[Command, dict[str, str]]]
    is_recorded: Callable[[_Way, Form], bool]
    capacity: Callable[[_Way], str]
    leads: Callable[[Form, str], tuple[dict[str, str], str] | None] = lambda _form, _button: None

    def show_by_link(self, token: str, now: datetime) -> Response[str]:
        """Return the page that the link opens, or a redirect to the form's own address."""
        way = self.by_link(token, now)
        if not isinstance(way, Way):
            return way
        for_calendar = self._for_calendar(way)
        if way.takes_form and not unsent.is_named(self.app) and not for_calendar:
            return unsent.to_own_place(self.app, way.address, self._begun(way))
        note_look(way)
        return self.show(way)

    def _begun(self, way: _Way) -> str:
        """Return the id of the form that the link's reader may have begun before, or empty."""
        if way.signed_in:
            return web.id_of(way.address, {})
        return identity().read_begun(cookies(self.app), way.address)

    def _for_calendar(self, way: _Way) -> bool:
        """Whether the day is asked for, to be put into a calendar."""
        return way.takes_form and query(self.app).get("as") == "calendar"

    def show(self, way: _Way) -> Response[str]:
        """Return the page with what was kept of the form, or the day. It records no look."""
        if self._for_calendar(way):
            what, day = way.due
            return calendar_entry(what.replace(" ", "-").replace(",", ""), what, day, way.now)
        at = self._place(way)
        found = unsent.found(at)
        form = self.form(way, at, found.form, found.mark)
        begun = any(text.strip() for text in form.answers().values())
        return self.page(replace(way, begun=begun), form, query(self.app).get("step", ""))

    def take_by_link(self, token: str, now: datetime) -> Response[str]:
        """Take one step of the form that came by the link. It counts from ``now`` (UTC)."""
        way = self.by_link(token, now)
        return self.take(way) if isinstance(way, Way) else way

    def take(self, way: _Way) -> Response[str]:
        """Do what the pressed button says, and lead to a page that is opened by GET."""
        typed = web.form(self.app)
        at, button = self._place(way, typed), typed.get("press", "")
        form = self.form(way, at, typed, typed.get(unsent.KEPT, ""))
        if form.hidden["command_id"] in way.challenge.commands:
            if self.is_recorded(way, form):  # the same form, sent twice
                # Perhaps this failed the first time.
                unsent.use_up(at, form.hidden, way.signed_in)
                return web.see_other(way.afterwards)
            # They went back and changed it, so it is kept separately and checked again before
            # sending.
            form = replace(form, hidden={**form.hidden, "command_id": web.new_id()})
            at, button = unsent.apart(at, form.typed), unsent.CHECK if button == _SEND else button
        if not way.takes_form:
            return self._kept(way, unsent.apart(at, form.typed), form)
        if led := self._led(form, button):
            answers, step, anchor = led
            return self._kept(way, at, replace(form, typed=answers), step, anchor)
        if button == _SEND:
            return self._sent(way, at, form)
        return self._kept(way, at, form, unsent.CHECK)

    def _led(self, form: Form, button: str) -> tuple[Mapping[str, str], str, str] | None:
        """Return the answers after a button that only leads to another page, its step and anchor.

        ``None`` for a button after which the form is checked.
        """
        if button == AGAIN:
            return {}, "", ""
        if led := self.leads(form, button):
            return *led, ""
        if after := form.pressed(button):
            return after[0], "", after[1]
        return (form.typed, "", "") if button == "change" else None

    def _place(self, way: _Way, typed: Mapping[str, str] | None = None) -> unsent.Place:
        """Return where the form is kept: for the link's digest, or for whoever is signed in."""
        whose = of_link(way.link.digest) if way.link and not way.signed_in else way.officer.id
        return unsent.place(self.app, whose, typed, way.address)

    def _kept(
        self, way: _Way, at: unsent.Place, form: Form, step: str = "", anchor: str = ""
    ) -> Response[str]:
        """Keep what was typed, and lead to its page; show that page if the link may keep no more.

        That page is the answer to a POST, with status 429, and its look is recorded.
        """
        if way.signed_in or unsent.may_keep(at):
            unsent.keep(at, {**form.answers(), **form.hidden})
            anonymous = way.takes_form and not way.signed_in
            begun = [identity().note_begun(way.address, at.id)] if anonymous else []
            return web.see_other(at.address(step, anchor), begun)
        # Who comes by the link alone is nobody we know, so they write only so much. The challenge
        # is read again, because it may have changed in this request.
        fresh = self.by_link(way.address.partition("?")[0].rpartition("/")[2], way.now)
        if not isinstance(fresh, Way):
            return fresh
        note_look(fresh)
        page = self.page(replace(fresh, keeps=False), form, step)
        if fresh.takes_form:
            page.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return page

    def _sent(self, way: _Way, at: unsent.Place, form: Form) -> Response[str]:
        """Record what was typed, unless something in it has to be corrected first."""
        try:
            command, problems = self.checked(way, form)
            if problems:
                return self._kept(way, at, form, unsent.CHECK)
            after = casebook().act(
                way.challenge.reference,
                command,
                web.actor(way.officer, self.capacity(way), way.via),
                form.hidden["command_id"],
                received=way.now,
                link=way.link.digest if way.link and way.uses_up else None,
            )
        except NotAllowedError:
            # The challenge changed after we checked the form. The next page says how.
            after = casebook().record.chain.load(way.challenge.reference).challenge
        if not self.is_recorded(replace(way, challenge=after), form):
            # Another one came first, perhaps from this same form in another tab.
            return self._kept(way, unsent.apart(at, form.typed), form, unsent.CHECK)
        unsent.use_up(at, form.hidden, way.signed_in)
        return web.see_other(way.afterwards)
