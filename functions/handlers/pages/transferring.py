"""The challenges of an IRO who has left: all in one list, and to another IRO in one step (rule 15).

Each challenge has its own record, so each is appointed another IRO by an act of its own. One that
cannot be done just then stays in the list, and the page says so.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import AdapterError
from adapters.wiring import casebook
from domain.errors import NotAllowedError, ProcedureError
from domain.moments import local_day
from domain.people import IROS_BEFORE, capacities
from domain.permissions import may
from domain.rules.appointing import AppointIro, iros_to_appoint
from domain.values import Value, value
from domain.writing import can_be_seen
from handlers.pages import unsent, web
from handlers.pages.kit import Field, Form, Kind, Option, Reading
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.record.lists import Row
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.vocabulary import Capacity

__all__ = ["leavers", "router"]

router = APIGatewayRouter()

_AT, _DONE = "/transfer", "/transfer/done"

#: The answers for each challenge.
_YES, _NO = "yes", "no"


@value
class _Left(Value):
    """A challenge whose IRO has left, and in what capacities the reader may appoint another."""

    challenge: Challenge
    who: frozenset[Capacity]

    @property
    def field(self) -> str:
        return f"take-{self.challenge.reference}"


@value
class _Scene(Value):
    """Who transfers the challenges of ``iro`` (an officer's id), and their form."""

    officer: Officer
    council: Council
    iro: str
    left: tuple[_Left, ...]
    at: unsent.Place
    form: Form

    @property
    def name(self) -> str:
        known = self.council.directory.officers.get(self.iro)
        events = (event for one in self.left for event in one.challenge.events)
        recorded = (event.actor.name for event in events if event.actor.officer == self.iro)
        return known.name if known else next(recorded, "An IRO who has left")


def leavers(rows: Iterable[Row], council: Council) -> list[tuple[str, str]]:
    """Return the IROs who have left of the open challenges in ``rows``: (words, address)."""
    challenges = Counter(row.iro for row in rows if council.directory.has_left(row.iro))
    found = []
    for iro, count in sorted(challenges.items()):
        known = council.directory.officers.get(iro)
        of = "1 challenge" if count == 1 else f"{count} challenges"
        text = f"{known.name if known else 'An IRO'} has left: appoint another IRO for {of}"
        found.append((text, f"{_AT}?{urlencode({'iro': iro})}"))
    return found


def _of(iro: str, officer: Officer, council: Council, now: datetime) -> Iterator[_Left]:
    """Yield the open challenges of ``iro`` for which ``officer`` may appoint another IRO.

    An address that names no IRO yields none: no index can be asked for an empty key.
    """
    book, today = casebook(), local_day(now)
    for row in book.record.lists.of_iro(iro) if iro else ():
        challenge = book.record.chain.load(row.reference).challenge
        of = council.under(challenge.raised.procedure)
        who = capacities(challenge, officer.id, of, today)
        if challenge.iro == iro and may(AppointIro, who, challenge, of):
            yield _Left(challenge, who)


@router.get(_AT)
def show_form() -> Response[str]:
    """Show the list and the form as it was typed last; at the step ``check``, what will happen.

    Raise ``NotAllowedError`` if there is nothing for the reader to transfer.
    """
    officer, council = web.officer_and_council(router)
    if not unsent.is_named(router):
        _left(officer, council)
        return unsent.to_own_place(router)
    at = unsent.place(router, officer.id)
    found = unsent.found(at)
    if found.sent:
        return web.see_other("/")
    scene = _scene(officer, council, at, found.form, found.mark)
    if query(router).get("step") != unsent.CHECK:
        return _form(scene)
    command, problems = _checked(scene)
    if problems:
        return _form(replace(scene, form=replace(scene.form, problems=problems)))
    return web.render(
        "transfer_check.html",
        officer=officer,
        name=scene.name,
        iro=council.directory.officers[command.iro].name,
        reason=command.reason,
        chosen=[one.challenge.reference for one in _chosen(scene)],
        address=scene.form.address,
        hidden={**scene.form.answers(), **scene.form.hidden},
        telling=False,
    )


@router.post(_AT)
def post_form() -> Response[str]:
    """Do what the pressed button says. What was typed is kept for the next page."""
    officer, council = web.officer_and_council(router)
    typed = web.form(router)
    at, press = unsent.place(router, officer.id, typed), typed.get("press", "")
    if press == "send" and unsent.found(at).sent:
        return web.see_other("/")  # pressed twice
    scene = _scene(officer, council, at, typed, typed.get(unsent.KEPT, ""))
    if press == "send":
        command, problems = _checked(scene)
        if not problems:
            return _transferred(scene, command)
    unsent.keep(at, {**scene.form.answers(), **scene.form.hidden})
    return at.see() if press == "change" else at.see(unsent.CHECK)


def _transferred(scene: _Scene, command: AppointIro) -> Response[str]:
    """Appoint the IRO for each chosen challenge, as far as that can be done now."""
    now = clock.now()
    for one in _chosen(scene):
        reference = one.challenge.reference
        actor = web.actor(scene.officer, ", ".join(sorted(one.who)))
        # What cannot be done stays in the list: the next page says so.
        with suppress(AdapterError, ProcedureError):
            id_ = f"{scene.form.hidden[unsent.KEPT]}-{command.iro}-{reference}"
            casebook().act(reference, command, actor, id_, received=now)
    unsent.use_up(scene.at, scene.form.hidden, scene.officer)
    to = urlencode({"iro": scene.iro, "to": command.iro})
    return web.see_other(f"{_DONE}?{to}")


@router.get(_DONE)
def show_done() -> Response[str]:
    """Show what has gone from one IRO to the other, as the records say, and what is left."""
    officer, council = web.officer_and_council(router)
    asked, now = query(router), clock.now()
    iro, to = asked.get("iro", ""), asked.get("to", "")
    names = {id_: one.name for id_, one in council.directory.officers.items()}
    done = [
        one.challenge.reference
        for one in _of(to, officer, council, now)
        if [before.officer for before in one.challenge[IROS_BEFORE]][-1:] == [iro]
    ]
    left = _of(iro, officer, council, now) if council.directory.has_left(iro) else ()
    return web.render(
        "transfer_done.html",
        officer=officer,
        iro=names.get(to, to),
        done=done,
        not_done=[one.challenge.reference for one in left],
        again=f"{_AT}?{urlencode({'iro': iro})}",
    )


def _form(scene: _Scene) -> Response[str]:
    return web.render(
        "transfer_form.html",
        officer=scene.officer,
        name=scene.name,
        references=[one.challenge.reference for one in scene.left],
        form=scene.form,
        errors=scene.form.errors,
    )


def _left(officer: Officer, council: Council) -> tuple[str, tuple[_Left, ...]]:
    """Return the IRO of the address, and what the reader may transfer of theirs.

    Raise ``NotAllowedError`` if that is nothing: the IRO is here, or it is not the reader's to do.
    """
    iro = query(router).get("iro", "")
    gone = council.directory.has_left(iro)
    left = tuple(_of(iro, officer, council, clock.now())) if gone else ()
    if not left:
        message = (
            "There are no challenges of an IRO who has left for you to transfer. Your front page "
            "lists what is there."
        )
        raise NotAllowedError(message)
    return iro, left


def _scene(
    officer: Officer, council: Council, at: unsent.Place, typed: Mapping[str, str], mark: str
) -> _Scene:
    iro, left = _left(officer, council)
    hidden = {"draft": at.draft, unsent.KEPT: mark}
    form = Form(tuple(_fields(left, council)), at.address(), typed, hidden=hidden)
    return _Scene(officer, council, iro, left, at, replace(form, typed=form.answers()))


def _fields(left: tuple[_Left, ...], council: Council) -> Iterator[Field]:
    today = local_day(clock.now())
    iros = iros_to_appoint(left[0].challenge, council, today)
    options = tuple(Option(id_, name) for id_, name in iros.items())
    yield Field("iro", Kind.SELECT, "Who is the IRO from now on?", options=options)
    hint = "It is on the record of each challenge. Do not name any child."
    yield Field("reason", Kind.WORDS, "Why are you appointing them?", hint)
    for one in left:
        challenge = one.challenge
        title = council.ladder.title(challenge.stage)
        yield Field(
            one.field,
            Kind.RADIOS,
            f"{challenge.reference}, {title}",
            options=(Option(_YES, "Transfer"), Option(_NO, "Leave it for now")),
            value=_YES,
        )


def _chosen(scene: _Scene) -> list[_Left]:
    return [one for one in scene.left if scene.form.typed.get(one.field) == _YES]


def _checked(scene: _Scene) -> tuple[AppointIro, dict[str, str]]:
    """Return the command, and what to correct: the field's name → sentence."""
    read = Reading(scene.form.typed, web.damaged(scene.form.typed))
    iro = read.key("iro", "Choose who is the IRO from now on.")
    reason = read.words("reason")
    known = iros_to_appoint(scene.left[0].challenge, scene.council, local_day(clock.now()))
    if iro and iro not in known:
        read.problems["iro"] = "Choose one of the IROs in the list."
    if not can_be_seen(reason):
        read.problems["reason"] = "Enter why you are appointing them."
    if not _chosen(scene):
        read.problems[scene.left[0].field] = "Choose at least one challenge to transfer."
    return AppointIro(iro, reason), read.problems
