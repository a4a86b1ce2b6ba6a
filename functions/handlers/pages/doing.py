"""Reporting an agreed action done, or proposing another date for it: by link or signed in (rule 6).

Whoever comes by the link alone, or has nothing to do with the challenge but this action, sees the
words and the date of the action, and nothing else of the challenge. Both forms go the same steps as
a reply (``handlers.pages.linked``); the one to propose a date is at the same address with
``about=date``. A proposal leaves the link as it is.

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
from adapters.wiring import casebook
from domain.challenge import ActionState
from domain.directory import Officer
from domain.errors import BadSubmissionError, NotAllowedError
from domain.looks import Via
from domain.moments import day_in_words, local_day
from domain.people import capacities, does_action
from domain.permissions import may_see
from domain.procedure import ReplyLinks
from domain.reference import tidied
from domain.rules.actions import ActionDone, ReportAction, owned_by_iro
from domain.rules.endings import review_of
from domain.rules.timescales import DateProposed, ProposeDate, proposed, to_propose
from handlers.pages import unsent, web
from handlers.pages.acts.timescales import to_propose_by
from handlers.pages.kit import Field, Form, Kind, Reading
from handlers.pages.lines import days_left
from handlers.pages.linked import Steps, Way, note_look, stopped
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.links import ActionLink
    from domain.challenge import Action

__all__ = ["router"]

router = APIGatewayRouter()

_WHAT_SHOWS_IT = (
    "For example: who saw it, when, and where it is written down. It goes on the child’s record, "
    "where the people who work on this challenge read it. Write initials, not names; no date of "
    "birth, school or address."
)


_WHY_ANOTHER_DATE = (
    "It goes on the child’s record, where the people who work on this challenge read it. Write "
    "initials, not names; no date of birth, school or address."
)


@dataclass(frozen=True, kw_only=True)
class _Way(Way):
    """How the owner of an action came in. ``state`` says whether the action can be reported.

    ``sees_all`` says that they may see the whole challenge, signed in. Whoever ``proposes`` a date
    is on the page for that.
    """

    action: Action
    state: ActionLinkState
    sees_all: bool
    link: ActionLink | None = None
    proposes: bool = False
    looks_via = Via.ACTION_LINK

    @property
    def takes_form(self) -> bool:
        """Whether the action can be reported done this way, or another date proposed for it."""
        live = self.state is ActionLinkState.LIVE
        return live and (self.may_propose or not self.proposes)

    @property
    def due(self) -> tuple[str, date]:
        """Return the action and the day by which it is to be done."""
        what = f"Action {self.action.number} of {self.challenge.reference}"
        return what, self.action.deadline.day

    @property
    def may_propose(self) -> bool:
        """Whether another date can be proposed for the action now."""
        return self.action in to_propose(self.challenge)

    @property
    def afterwards(self) -> str:
        """Return the address of the action: once a date is proposed, it says so."""
        return self.address.replace(f"?{_ABOUT_DATE}", "").replace(f"&{_ABOUT_DATE}", "")

    @property
    def to_propose(self) -> str:
        """Return the address of the form to propose another date."""
        base = self.afterwards
        return f"{base}{'&' if '?' in base else '?'}{_ABOUT_DATE}"

    @property
    def has_proposed(self) -> str:
        """Return the date, in words, that this reader proposed last and that is not decided on."""
        one = proposed(self.challenge, self.action.key)
        return day_in_words(one.by) if one and one.officer == self.officer.id else ""

    @property
    def who_confirms(self) -> str:
        """Return who confirms that the action was done: the IRO, or the SRSM if the IRO owns it."""
        if owned_by_iro(self.action, self.challenge, self.council):
            return "The Safeguarding & Review Service Manager"
        return f"{self.iro.name}, the IRO," if self.iro else "The IRO"

    @property
    def signed_in(self) -> Officer | None:
        """Return who is signed in; ``None`` if they came by their link alone."""
        links = self.council.procedure.reply_links
        alone = self.link and (self.link.is_outside or links is ReplyLinks.LINK)
        return None if alone else self.officer

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


#: In the address of the form to propose another date.
_ABOUT_DATE = "about=date"


def _is_about_date() -> bool:
    return query(router).get("about", "") == "date"


# The four routes --------------------------------------------------------------------------------


@router.get("/action/<token>")
def show_by_link(token: str) -> Response[str]:
    """Show the action and the form to report it, or why nothing more is needed."""
    return _steps().show_by_link(token, clock.now())


@router.post("/action/<token>")
def report_by_link(token: str) -> Response[str]:
    """Take one step of the form. A report counts from the moment we receive it."""
    return _steps().take_by_link(token, clock.now())


@router.get("/challenges/<reference>/action")
def show_signed_in(reference: str) -> Response[str]:
    """Show the same to an owner who is signed in."""
    if not unsent.is_named(router):
        # What was typed belongs to one action, so the form's id is made from its number.
        own = _signed_in(reference, clock.now()).address
        page = "" if query(router).get("action") else own
        return unsent.to_own_place(router, page, web.id_of(own, {}))
    way = _signed_in(reference, clock.now())
    note_look(way)
    return _steps().show(way)


@router.post("/challenges/<reference>/action")
def report_signed_in(reference: str) -> Response[str]:
    """Take one step of the form for an owner who is signed in."""
    return _steps().take(_signed_in(reference, clock.now()))


def _steps() -> Steps[_Way]:
    """Return what is a report's own in the steps of its form."""
    return Steps(router, _by_link, _form, _page, _checked, _is_recorded, _capacity)


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
    if challenge.sealed:
        return stopped(router)
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
    about_date = _is_about_date()
    return _Way(
        challenge=challenge,
        officer=officer,
        council=council,
        now=now,
        address=f"/action/{token}" + (f"?{_ABOUT_DATE}" if about_date else ""),
        link=link,
        proposes=about_date,
        uses_up=not about_date,
        action=action,
        state=link.state(challenge, now, council),
        sees_all=may_see(who, challenge, council),
    )


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
    about_date = _is_about_date()
    own = _address(challenge.reference, action.number)
    return _Way(
        challenge=challenge,
        officer=officer,
        council=council,
        now=now,
        address=f"{own}&{_ABOUT_DATE}" if about_date else own,
        proposes=about_date,
        action=action,
        state=ActionLinkState.LIVE if action.state.running else ActionLinkState.REPORTED,
        sees_all=sees_all,
    )


def _address(reference: str, action: int) -> str:
    """Return the address at which somebody signed in reports this action."""
    return f"/challenges/{quote(reference)}/action?action={action}"


# Showing ----------------------------------------------------------------------------------------


def _form(way: _Way, at: unsent.Place, typed: Mapping[str, str], mark: str) -> Form:
    """Return the form of a report, or of a proposal, with what was typed into it."""
    label = "What shows that it was done?"
    fields: tuple[Field, ...] = (Field("shown_by", Kind.WORDS, label, _WHAT_SHOWS_IT, lines=6),)
    if way.proposes:
        day, why = to_propose_by(local_day(way.now), way.council.calendar)
        fields = (day, replace(why, hint=_WHY_ANOTHER_DATE))
    ids = {"command_id": web.command_id(typed), "draft": at.draft, unsent.KEPT: mark}
    form = Form(fields, at.address(), typed, hidden=ids)
    return replace(form, typed=form.answers())


def _page(way: _Way, form: Form, step: str) -> Response[str]:
    if not way.takes_form:
        typed = form.answers()
        return _over(way, typed.get("reason" if way.proposes else "shown_by", "").strip())
    if step != unsent.CHECK:
        return _action(way, form)
    command, problems = _checked(way, form)
    if problems:
        return _action(way, replace(form, problems=problems))
    return _to_check(way, form, command)


def _action(way: _Way, form: Form) -> Response[str]:
    ledger, today = way.action.ledger, local_day(way.now)
    return web.render(
        "action_date.html" if way.proposes else "action_report.html",
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


def _shown_as(way: _Way, *, waits: bool) -> str:
    """Return which page it is, by its name in the template."""
    if waits:
        return "date asked"
    if way.state is ActionLinkState.ENDED and way.action.state is ActionState.HANDED:
        return "handed"
    return str(way.state)


def _over(way: _Way, words: str = "") -> Response[str]:
    """Return the page of an action that is reported, or that this reader need not do any more.

    ``words`` is what somebody typed and sent too late, so that they can still copy it. Nobody
    proposes a date while somebody else is asked to confirm another.
    """
    waits = way.proposes and way.state is ActionLinkState.LIVE
    reported = way.state is ActionLinkState.REPORTED
    status = HTTPStatus.OK if reported or waits else HTTPStatus.GONE
    if waits:
        status = HTTPStatus.CONFLICT if words else status
    elif reported and words and words != (way.report.shown_by if way.report else ""):
        status = HTTPStatus.CONFLICT
    else:
        words = "" if reported else words
    review = review_of(way.action, way.challenge) if way.signed_in else None
    return web.render(
        "action_over.html",
        status,
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        state=_shown_as(way, waits=waits),
        review=day_in_words(review) if review else "",
        words=words,
        due=day_in_words(way.action.deadline.day),
        report=way.report,
        others=_others(way),
    )


def _to_check(way: _Way, form: Form, command: ReportAction | ProposeDate) -> Response[str]:
    """Return the page to check what was typed, and to send or change it. It records nothing."""
    from domain.identifying import parts, passages

    # Nobody may learn the child's name by trying which names get marked.
    child = way.challenge.raised.child if way.sees_all and way.signed_in else None
    text = command.reason if isinstance(command, ProposeDate) else command.shown_by
    pieces = parts(text, passages(text, child))
    return web.render(
        "action_check.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        words=pieces,
        by=day_in_words(command.by) if isinstance(command, ProposeDate) else "",
        telling=any(part.details for part in pieces),
        address=form.address,
        hidden={**form.answers(), **form.hidden},
    )


# Reporting ---------------------------------------------------------------------------------------


def _command(way: _Way, form: Form) -> tuple[ReportAction | ProposeDate, dict[str, str]]:
    """Return the command that the form asks for, and the problems: field → what to correct."""
    typed = form.answers()
    read = Reading(typed, web.damaged(typed))
    if way.proposes:
        by = read.day("by", local_day(way.now))
        return ProposeDate(way.action.number, by, read.words("reason")), read.problems
    return ReportAction(way.action.number, read.words("shown_by")), read.problems


def _checked(way: _Way, form: Form) -> tuple[ReportAction | ProposeDate, dict[str, str]]:
    """Return the command, and everything to correct: field → sentence. It writes nothing."""
    command, problems = _command(way, form)
    actor = web.actor(way.officer, _capacity(way), way.via)
    try:
        casebook().rehearse(way.challenge, way.council, command, actor, way.now)
    except BadSubmissionError as error:
        problems = {**error.fields, **problems}
    return command, problems


def _is_recorded(way: _Way, form: Form) -> bool:
    """Whether the record has a report from the form with this id, with the same words as now."""
    command, problems = _command(way, form)
    said = fact_without_keys(command)
    kind = DateProposed if way.proposes else ActionDone
    fields = ("by", "reason") if way.proposes else ("shown_by",)
    return not problems and any(
        isinstance(event.fact, kind)
        and all(getattr(event.fact, name) == getattr(said, name) for name in fields)
        for event in way.challenge.events
        if event.command == form.hidden["command_id"]
    )


def _capacity(way: _Way) -> str:
    """Return what the reader is to the action: its owner, from outside or of the council."""
    owner = f"the owner of action {way.action.number}"
    if way.link and way.link.is_outside and way.action.who:
        return f"{owner}, {way.action.who.organisation}"
    return owner
