"""Reporting an agreed action done: by an emailed link, or signed in (rule 6).

Whoever comes by the link alone, or has nothing to do with the challenge but this action, sees the
words and the date of the action, and nothing else of the challenge. As with reply links
(``handlers.pages.replying``), GET changes nothing but the look that is noted, an empty form is
refused, and the form's button only leads to a page to check the report, whose button records it.

An owner outside the council has no account here. So their link opens without a sign-in, also where
the setting ``reply_links`` asks officers for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import NoSuchChallengeError
from adapters.left_out import fact_without_keys
from adapters.links import ActionLinkState
from adapters.unsent import of_link
from adapters.wiring import casebook
from domain.directory import Officer
from domain.errors import BadSubmissionError, NotAllowedError
from domain.moments import day_in_words, local_day
from domain.people import capacities, does_action
from domain.permissions import may_see
from domain.procedure import ReplyLinks
from domain.reference import tidied
from domain.rules.actions import ActionDone, ReportAction
from handlers.pages import unsent, web
from handlers.pages.kit import Field, Form, Kind, Reading
from handlers.pages.lines import days_left
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.links import ActionLink
    from domain.challenge import Action, Challenge
    from domain.council import Council

__all__ = ["router"]

router = APIGatewayRouter()

#: The button that puts the report on the record.
_SEND = "send"

_WHAT_SHOWS_IT = (
    "For example: who saw it, when, and where it is written down. It goes on the child’s record, "
    "where the people who work on this challenge read it. Write initials, not names; no date of "
    "birth, school or address."
)


@dataclass(frozen=True)
class _Way:
    """How the owner of an action came in: by their link, or signed in.

    ``state`` says whether the action can be reported; ``address`` is the path to come back to.
    ``sees_all`` says that they may see the whole challenge, signed in.
    """

    challenge: Challenge
    action: Action
    officer: Officer
    council: Council
    now: datetime
    address: str
    state: ActionLinkState
    sees_all: bool
    link: ActionLink | None = None

    @property
    def reportable(self) -> bool:
        """Whether the action can be reported done this way."""
        return self.state is ActionLinkState.LIVE

    @property
    def signed_in(self) -> Officer | None:
        """Return who is signed in; ``None`` if they came by their link alone."""
        links = self.council.procedure.reply_links
        alone = self.link and (self.link.is_outside or links is ReplyLinks.LINK)
        return None if alone else self.officer

    @property
    def iro(self) -> Officer | None:
        """Return the challenge's IRO, whom people can contact; ``None`` if unknown."""
        return self.council.directory.officers.get(self.challenge.iro)

    @property
    def whole(self) -> str:
        """Return the address of the whole challenge; empty if they may not see it."""
        return f"/challenges/{quote(self.challenge.reference)}" if self.sees_all else ""

    @property
    def report(self) -> ActionDone | None:
        """Return the latest report that the action is done, if there is one."""
        facts = (event.fact for event in reversed(self.challenge.events))
        mine = (fact for fact in facts if isinstance(fact, ActionDone))
        return next((fact for fact in mine if fact.action == self.action.number), None)


# The four routes --------------------------------------------------------------------------------


@router.get("/action/<token>")
def show_by_link(token: str) -> Response[str]:
    """Show the action and the form to report it, or why nothing more is needed."""
    way = _by_link(token, clock.now())
    if not isinstance(way, _Way):
        return way
    if way.reportable and not unsent.is_named(router):
        return unsent.to_own_place(router, way.address)
    _note_look(way)
    return _shown(way)


@router.post("/action/<token>")
def report_by_link(token: str) -> Response[str]:
    """Take one step of the form. A report counts from the moment we receive it."""
    way = _by_link(token, clock.now())
    return _taken(way) if isinstance(way, _Way) else way


@router.get("/challenges/<reference>/action")
def show_signed_in(reference: str) -> Response[str]:
    """Show the same to an owner who is signed in."""
    if not unsent.is_named(router):
        web.officer(router)
        return unsent.to_own_place(router)
    way = _signed_in(reference, clock.now())
    _note_look(way)
    return _shown(way)


@router.post("/challenges/<reference>/action")
def report_signed_in(reference: str) -> Response[str]:
    """Take one step of the form for an owner who is signed in."""
    return _taken(_signed_in(reference, clock.now()))


def _note_look(way: _Way) -> None:
    """Record the look, also if nothing is to be done: the page shows something."""
    via = "link" if way.link else "page"
    casebook().record.beside.note_look(way.challenge.reference, way.officer.id, via, way.now)


# Who came in, and whether they can report --------------------------------------------------------


def _by_link(token: str, now: datetime) -> _Way | Response[str]:
    """Return the way in of a link's owner; a page if the link is unknown, or not theirs."""
    book = casebook()
    link, council = book.links.find_for_action(token), book.council()
    if link is None:
        return web.render("action_unknown.html", HTTPStatus.NOT_FOUND)
    if council.procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN and not link.is_outside:
        own = _address(link.reference, link.action)
        reader = web.officer_and_council(router, alone=link.officer, given_back_at=own)[0]
        if reader.id != link.officer:
            return web.render("action_not_yours.html", HTTPStatus.NOT_FOUND, officer=reader)
    challenge = book.record.chain.load(link.reference).challenge
    action = challenge.action_number(link.action)
    council = council.under(challenge.raised.procedure)
    name = action.who.name if action and action.who else ""
    officer = (
        Officer(link.officer, name, "")
        if link.is_outside
        else council.directory.officers.get(link.officer)
    )
    if action is None or officer is None:
        return web.render("action_unknown.html", HTTPStatus.NOT_FOUND)
    who = capacities(challenge, officer.id, council, local_day(now))
    state, sees_all = link.state(challenge, now, council), may_see(who, challenge, council)
    address = f"/action/{token}"
    return _Way(challenge, action, officer, council, now, address, state, sees_all, link)


def _signed_in(reference: str, now: datetime) -> _Way:
    """Return the way in of somebody signed in, to the action in the address.

    Without one in the address, it is the first due of those that they still have to do.
    Raise ``NoSuchChallengeError`` if there is no such challenge, or it has nothing that is theirs
    and they may not see it; and ``NotAllowedError`` if they may see it.
    """
    officer, council = web.officer_and_council(router)
    challenge = casebook().record.chain.load(tidied(reference) or reference).challenge
    today = local_day(now)
    sees_all = may_see(capacities(challenge, officer.id, council, today), challenge, council)
    theirs = [
        action
        for action in (challenge.open_actions if challenge.open else ())
        if does_action(officer.id, action, challenge, council, today)
    ]
    if not theirs and not sees_all:
        raise NoSuchChallengeError(reference)
    wanted = query(router).get("action", "")
    named = [action for action in theirs if str(action.number) == wanted]
    if not theirs or (wanted and not named):
        message = "No open action of this challenge is yours. Open its page to see them all."
        raise NotAllowedError(message)
    council = council.under(challenge.raised.procedure)
    by_date = sorted(theirs, key=lambda one: (not one.state.running, one.deadline.day, one.number))
    action = (named or by_date)[0]
    state = ActionLinkState.LIVE if action.state.running else ActionLinkState.REPORTED
    address = _address(challenge.reference, action.number)
    return _Way(challenge, action, officer, council, now, address, state, sees_all)


def _address(reference: str, action: int) -> str:
    """Return the address at which somebody signed in reports this action."""
    return f"/challenges/{quote(reference)}/action?action={action}"


# Showing ----------------------------------------------------------------------------------------


def _shown(way: _Way) -> Response[str]:
    """Return the page with the action, with the report, or with why none is needed."""
    at = _place(way)
    found = unsent.found(at)
    return _page(way, _form(at, found.form, found.mark), query(router).get("step", ""))


def _place(way: _Way, typed: Mapping[str, str] | None = None) -> unsent.Place:
    """Return where the form is kept: for the link's digest, or for whoever is signed in."""
    whose = of_link(way.link.digest) if way.link and not way.signed_in else way.officer.id
    return unsent.place(router, whose, typed, way.address)


def _form(at: unsent.Place, typed: Mapping[str, str], mark: str) -> Form:
    """Return the form of a report, with what was typed into it."""
    label = "What shows that it was done?"
    field = Field("shown_by", Kind.WORDS, label, _WHAT_SHOWS_IT, lines=6)
    ids = {"command_id": web.command_id(typed), "draft": at.draft, unsent.KEPT: mark}
    form = Form((field,), at.address(), typed, hidden=ids)
    return replace(form, typed=form.answers())


def _page(way: _Way, form: Form, step: str) -> Response[str]:
    if not way.reportable:
        return _over(way, form.answers().get("shown_by", "").strip())
    if step != unsent.CHECK:
        return _action(way, form)
    command, problems = _checked(way, form)
    if problems:
        return _action(way, replace(form, problems=problems))
    return _to_check(way, form, command)


def _action(way: _Way, form: Form) -> Response[str]:
    ledger, today = way.action.ledger, local_day(way.now)
    return web.render(
        "action_report.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        due=day_in_words(ledger.deadline.day),
        days_left=days_left(ledger.deadline.day, today, way.council),
        late=ledger.deadline.day < today,
        first_due=day_in_words(ledger.first.day) if ledger.first.day != ledger.deadline.day else "",
        others=_others(way),
        form=form,
        errors=form.errors,
    )


def _others(way: _Way) -> list[tuple[str, str]]:
    """Return what else somebody signed in has to do in this challenge: date and address."""
    if way.link:
        return []
    today = local_day(way.now)
    return [
        (day_in_words(one.deadline.day), _address(way.challenge.reference, one.number))
        for one in way.challenge.open_actions
        if one.state.running and one.number != way.action.number
        if does_action(way.officer.id, one, way.challenge, way.council, today)
    ]


def _over(way: _Way, words: str = "") -> Response[str]:
    """Return the page of an action that is reported, or that this reader need not do any more.

    ``words`` is what somebody typed and sent too late, so that they can still copy it.
    """
    reported = way.state is ActionLinkState.REPORTED
    status = HTTPStatus.OK if reported else HTTPStatus.GONE
    if reported and words and words != (way.report.shown_by if way.report else ""):
        status = HTTPStatus.CONFLICT
    else:
        words = "" if reported else words
    return web.render(
        "action_over.html",
        status,
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        state=str(way.state),
        words=words,
        due=day_in_words(way.action.deadline.day),
        report=way.report,
        others=_others(way),
    )


def _to_check(way: _Way, form: Form, command: ReportAction) -> Response[str]:
    """Return the page to check the report, and to send or change it. Nothing is recorded yet."""
    from domain.identifying import parts, passages

    # Nobody may learn the child's name by trying which names get marked.
    child = way.challenge.raised.child if way.sees_all and way.signed_in else None
    pieces = parts(command.shown_by, passages(command.shown_by, child))
    return web.render(
        "action_check.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        words=pieces,
        telling=any(part.details for part in pieces),
        address=form.address,
        hidden={**form.answers(), **form.hidden},
    )


# Reporting ---------------------------------------------------------------------------------------


def _taken(way: _Way) -> Response[str]:
    """Do what the pressed button says, and lead to a page that is opened by GET."""
    typed = web.form(router)
    at, button = _place(way, typed), typed.get("press", "")
    form = _form(at, typed, typed.get(unsent.KEPT, ""))
    if form.hidden["command_id"] in way.challenge.commands:
        if _is_recorded(way, form):  # the same form, sent twice
            unsent.use_up(at, form.hidden, way.signed_in)  # perhaps this failed the first time
            return web.see_other(way.address)
        # They went back and changed it, so it is kept separately and checked again before sending.
        form = replace(form, hidden={**form.hidden, "command_id": web.new_id()})
        at, button = unsent.apart(at, form.typed), unsent.CHECK if button == _SEND else button
    if not way.reportable:
        return _kept(way, unsent.apart(at, form.typed), form)
    if button == "change":
        return _kept(way, at, form)
    return _sent(way, at, form) if button == _SEND else _kept(way, at, form, unsent.CHECK)


def _kept(way: _Way, at: unsent.Place, form: Form, step: str = "") -> Response[str]:
    """Keep what was typed, and lead to its page; show that page if the link may keep no more."""
    if way.signed_in is None and not unsent.may_keep(at):
        # Who comes by the link alone is nobody we know, so they write only so much.
        fresh = _by_link(way.address.rpartition("/")[2], way.now)
        if not isinstance(fresh, _Way):
            return fresh
        _note_look(fresh)
        page = _page(fresh, form, step)
        if fresh.reportable:
            page.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return page
    unsent.keep(at, {**form.answers(), **form.hidden})
    return at.see(step)


def _sent(way: _Way, at: unsent.Place, form: Form) -> Response[str]:
    """Record the report, unless something in it has to be corrected first."""
    try:
        command, problems = _checked(way, form)
        if problems:
            return _kept(way, at, form, unsent.CHECK)
        after = casebook().act(
            *(way.challenge.reference, command, web.actor(way.officer, _capacity(way), _via(way))),
            form.hidden["command_id"],
            received=way.now,
            link=way.link.digest if way.link else None,
        )
    except NotAllowedError:
        # The challenge changed after we checked the form. The next page says how.
        after = casebook().record.chain.load(way.challenge.reference).challenge
    if not _is_recorded(replace(way, challenge=after), form):
        return _kept(way, unsent.apart(at, form.typed), form, unsent.CHECK)
    unsent.use_up(at, form.hidden, way.signed_in)
    return web.see_other(way.address)


def _command(way: _Way, form: Form) -> tuple[ReportAction, dict[str, str]]:
    """Return the command that the form asks for, and the problems: field → what to correct."""
    typed = form.answers()
    read = Reading(typed, web.damaged(typed))
    return ReportAction(way.action.number, read.words("shown_by")), read.problems


def _checked(way: _Way, form: Form) -> tuple[ReportAction, dict[str, str]]:
    """Return the command, and everything to correct: field → sentence. It writes nothing."""
    command, problems = _command(way, form)
    actor = web.actor(way.officer, _capacity(way), _via(way))
    try:
        casebook().rehearse(way.challenge, way.council, command, actor, way.now)
    except BadSubmissionError as error:
        problems = {**error.fields, **problems}
    return command, problems


def _is_recorded(way: _Way, form: Form) -> bool:
    """Whether the record has a report from the form with this id, with the same words as now."""
    command, problems = _command(way, form)
    said = fact_without_keys(command).shown_by
    return not problems and any(
        isinstance(event.fact, ActionDone) and event.fact.shown_by == said
        for event in way.challenge.events
        if event.command == form.hidden["command_id"]
    )


def _via(way: _Way) -> str:
    """Return the way in, ``link`` or ``page``, as the record has it."""
    return "link" if way.link else "page"


def _capacity(way: _Way) -> str:
    """Return what the reader is to the action: its owner, from outside or of the council."""
    owner = f"the owner of action {way.action.number}"
    if way.link and way.link.is_outside and way.action.who:
        return f"{owner}, {way.action.who.organisation}"
    return owner
