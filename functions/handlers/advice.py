"""The pages of legal advice (rule 11), the only ones that show it: a function of its own.

Nobody else's role can open what the advice is kept as. So everything that shows, sends, exports or
searches a challenge runs in functions that could not show the advice even by mistake, and this one
does nothing else. ``domain.rules.legal.reads_advice`` says who reads it, and each look is recorded
before a word is shown.

What is typed here is kept nowhere but in the compartment: no draft, no form to go back to. A page
that says what to correct holds it, and so does the page for somebody who was signed out meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.privileged import ChangedWordsError, LostWordsError
from adapters.wiring import casebook, privileged
from domain.acting import check_open, standing_in_words
from domain.errors import BadSubmissionError, NotAllowedError
from domain.events import Actor
from domain.looks import Via
from domain.privileged import Sealed
from domain.rules.legal import AskForAdvice, GiveAdvice, pieces, pieces_for, reads_advice
from handlers import request
from handlers.pages import done, problems, web
from handlers.pages.acts import ACT_PAGES, ActPage, Scene, capacity, offers
from handlers.pages.gate import seen
from handlers.pages.kit import Form, Reading
from handlers.pages.lines import line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from domain.events import Event
    from domain.rules.legal import Piece

__all__ = ["app", "handler"]

_log = Logger()

#: The acts whose words are kept here, by the end of their address.
_ACTS = {"ask": AskForAdvice, "give": GiveAdvice}
_PAGES = {page.elsewhere: page for page in ACT_PAGES if page.elsewhere in _ACTS}

#: Below each box: who will read what is written in it.
_READERS = (
    "Legal advice is privileged. Only the IRO, the manager who supports them and the lawyer acting "
    "can read this, after signing in."
)

#: In the place of the words while it is checked whether the act can be done.
_NOT_SEALED_YET = Sealed(0, "")

router = APIGatewayRouter()


# Reading -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shown:
    """One piece as the page shows it: ``text`` is what was written, or why it is not shown."""

    what: str
    who: str
    when: datetime
    text: str
    whole: bool = True


@router.get("/advice/<reference>")
def show_advice(reference: str) -> Response[str]:
    """Show the questions and the advice that the person may read. The look is recorded."""
    scene = _scene(reference)
    challenge = scene.challenge
    beside = casebook().record.beside
    beside.note_look(challenge.reference, scene.officer.id, Via.ADVICE, scene.now)
    mine = pieces_for(challenge, scene.officer.id, scene.council, scene.today)
    return web.render(
        "advice.html",
        officer=scene.officer,
        reference=challenge.reference,
        record=_record(scene),
        pieces=[_shown(piece, scene) for piece in reversed(mine)],
        left_out=len(pieces(challenge)) - len(mine),
        acts=[(page, _address(scene, page)) for page in _PAGES.values() if page in offers(scene)],
        done=done.said_of_many(router, "advice"),
    )


def _shown(piece: Piece, scene: Scene) -> _Shown:
    """Return a piece with its words; if they are lost or were changed, it says so instead."""
    who = scene.officer_named(piece.officer)
    try:
        words = privileged().read(scene.challenge.reference, piece.sealed)
    except (LostWordsError, ChangedWordsError) as error:
        _log.error("advice not as written", extra={"error": type(error).__name__})
        return _Shown(piece.what, who, piece.at, str(error), whole=False)
    return _Shown(piece.what, who, piece.at, "\n\n".join(words.values()))


def _scene(reference: str) -> Scene:
    """Return the challenge and who is looking, if they may read its legal advice.

    Raise ``NoSuchChallengeError`` if they may not see the challenge, and ``NotAllowedError`` if
    they may see it but not its advice.
    """
    scene = seen(router, reference, shows=False, keep=False)
    challenge = scene.challenge
    if scene.until or not reads_advice(challenge, scene.officer.id, scene.council, scene.today):
        message = (
            f"The legal advice on {challenge.reference} is privileged: only the IRO, the manager "
            "who supports them and the lawyer acting can read it. The challenge’s page shows what "
            "you can do."
        )
        raise NotAllowedError(message)
    return scene


def _record(scene: Scene) -> str:
    return f"/challenges/{quote(scene.challenge.reference)}"


def _address(scene: Scene, page: ActPage | None = None) -> str:
    """Return the address of the advice, or of the page of an act."""
    below = f"/{page.elsewhere}" if page else ""
    return f"/advice/{quote(scene.challenge.reference)}{below}"


# Asking and advising -----------------------------------------------------------------------------


def _page(slug: str, scene: Scene) -> ActPage:
    """Return the page of an act that can be done now.

    Raise ``NotFoundError`` if there is no such act here, and ``NotAllowedError`` if it cannot be
    done now, or not by this officer.
    """
    page = _PAGES.get(slug)
    if page is None:
        raise NotFoundError
    if page not in offers(scene):
        check_open(scene.challenge)
        message = (
            f"“{page.act.called}” cannot be done now on {scene.challenge.reference}, or not by "
            "you. Open its page to see what can be done."
        )
        raise NotAllowedError(message)
    return page


@router.get("/advice/<reference>/<slug>")
def show_form(reference: str, slug: str) -> Response[str]:
    """Show the empty form of an act."""
    scene = seen(router, reference, keep=False)
    page = _page(slug, scene)
    return _form(scene, page, {}, {}, [])


@router.post("/advice/<reference>/<slug>")
def do_act(reference: str, slug: str) -> Response[str]:
    """Do the act, or show what to correct or to look at first.

    Raise ``TryAgainError`` if the challenge keeps changing meanwhile.
    """
    return web.retried(reference, lambda: _done(reference, slug))


def _done(reference: str, slug: str) -> Response[str]:
    """Do the act once. Raise ``MovedOnError`` if the challenge has changed since we read it."""
    scene = seen(router, reference, shows=False, keep=False)
    typed, challenge = web.form(router), scene.challenge
    command_id = web.sent_id(typed, scene.officer.id, f"advice {slug}")
    if command_id in challenge.commands:  # the same form, sent twice
        return _led_on(scene, slug, command_id)
    page = _page(slug, scene)
    found, since = _problems(scene, page, typed), _since(scene, typed)
    if found or since:
        return _form(scene, page, typed, found, since)
    words = {field.name: Reading(typed).words(field.name) for field in page.fields(scene)}
    sealed = privileged().keep(challenge.reference, command_id, words)
    casebook().act(
        *(challenge.reference, _ACTS[slug](sealed), _actor(scene, page), command_id),
        received=scene.now,
        seen=challenge.version,
    )
    return _led_on(scene, slug, command_id)


def _led_on(scene: Scene, slug: str, command_id: str) -> Response[str]:
    """Lead to the advice, or to the challenge if they may not read what they wrote.

    That is so for whoever covers for the IRO, until it is opened to them.
    """
    page = _PAGES[slug]
    challenge = casebook().record.chain.load(scene.challenge.reference).challenge
    if reads_advice(challenge, scene.officer.id, scene.council, scene.today):
        return web.see_other(_address(scene), [done.note_many("advice")])
    noted = done.note(challenge.reference, command_id, page.slug)
    return web.see_other(_record(scene), [noted])


def _problems(scene: Scene, page: ActPage, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what has to be corrected: field → sentence. Raise ``NotAllowedError``."""
    own = [field.name for field in page.fields(scene)]
    found = web.damaged({name: typed.get(name, "") for name in own})
    read = Reading(typed, found)
    for name in own:
        if not read.words(name) and name not in found:
            found[name] = f"Enter your {name}."
    command = _ACTS[page.elsewhere](_NOT_SEALED_YET)
    try:
        casebook().rehearse(
            *(scene.challenge, scene.council, command, _actor(scene, page), scene.now)
        )
    except BadSubmissionError as error:
        return {**error.fields, **found}
    return found


def _since(scene: Scene, typed: Mapping[str, str]) -> list[Event]:
    """Return the questions and advice that came since the form was opened, by others."""
    came = {piece.event for piece in pieces(scene.challenge)}
    return [event for event in scene.since(typed) if event.number in came]


def _actor(scene: Scene, page: ActPage) -> Actor:
    """Return who acts, in the first of their capacities that allows the act."""
    return Actor(scene.officer.id, scene.officer.name, capacity(scene, page), "page")


def _form(
    scene: Scene,
    page: ActPage,
    typed: Mapping[str, str],
    found: Mapping[str, str],
    since: list[Event],
) -> Response[str]:
    """Return the page of the form, with what was typed, what to correct, and what came since."""
    challenge = scene.challenge
    hidden = {"command_id": web.command_id(typed), "seen": str(challenge.version)}
    fields = tuple(replace(field, readers=_READERS) for field in page.fields(scene))
    form = Form(fields, _address(scene, page), typed, found, hidden)
    return web.render(
        "act.html",
        422 if found or since else 200,
        officer=scene.officer,
        challenge=challenge,
        standing=standing_in_words(challenge, scene.council, scene.today),
        address=_record(scene),
        page=page,
        scene=scene,
        guidance=page.sentences(scene),
        form=form,
        since=[line(event, challenge, scene.council, scene.capacities) for event in since],
        errors=form.errors,
    )


# The function ------------------------------------------------------------------------------------

app = APIGatewayRestResolver()
app.use([web.looks_answered, web.marked, request.exactly, web.origin_checked, request.once])
app.include_router(router)
problems.answer_with_pages(app)


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(request.opened(event), context)
