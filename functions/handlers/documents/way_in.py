"""How every document is opened and answered: who is looking, and the PDF as an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response

from adapters.wiring import casebook, exports
from domain.directory import Officer
from domain.errors import NotAllowedError
from domain.looks import Via, is_document
from domain.moments import moment_in_words
from handlers.pages import web
from handlers.pages.gate import seen

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from handlers.pages.acts import Scene
    from handlers.request import App

__all__ = ["LARGEST", "answered", "as_recorded", "fingerprint", "for_nobody", "made_from", "opened"]

#: The most bytes of a PDF: an answer of Lambda has 6 MB, and carries a PDF as text of 4/3 its size.
LARGEST = 4_400_000

#: Chromium shows a PDF within a page of its own making, to which the policy of the answer applies:
#: under that of our pages it would show a strip of the first page. There is nothing in a PDF that
#: could be run, and no browser takes it for a page (``nosniff``).
_VIEWERS_POLICY = "frame-ancestors 'none'; form-action 'none'; base-uri 'none'"

#: Nobody is addressed as "you" on paper: who made a document may give it to somebody else.
_NOBODY = Officer("", "", "")


def opened(app: App, reference: str, document: str) -> Scene:
    """Return the challenge and who is looking at it, and record which ``document`` they look at.

    Where its name cannot be right (a part comes from the address), the look names none.

    Raise whatever ``handlers.pages.gate.seen`` raises, and ``NotAllowedError`` for a sealed record.
    """
    scene = seen(app, reference, shows=False, keep=False)
    challenge = scene.challenge
    if challenge.sealed:
        message = (
            f"{challenge.reference} is sealed, so there are no documents of it. You can read the "
            "record on its page."
        )
        raise NotAllowedError(message)
    named = document if is_document(document) else ""
    casebook().record.beside.note_look(
        challenge.reference, scene.officer.id, Via.DOCUMENT, scene.now, named
    )
    return scene


def as_recorded(scene: Scene) -> Scene:
    """Return the scene at the moment of the last event, to nobody in particular.

    So the same record always gives the same document, and no date on it is counted from today.
    """
    return replace(for_nobody(scene), now=scene.challenge.events[-1].recorded)


def for_nobody(scene: Scene) -> Scene:
    """Return the scene to nobody in particular, as it is now."""
    return replace(scene, officer=_NOBODY)


def made_from(challenge: Challenge, officer: Officer) -> tuple[str, ...]:
    """Return the foot of each page: which record, who made the document, and how far it goes."""
    last = challenge.events[-1]
    return (
        f"{challenge.reference}. Made by {officer.name}.",
        f"The record up to event {last.number}, {moment_in_words(last.recorded)}.",
        fingerprint(),
    )


def fingerprint() -> str:
    """Return the line of the foot by which a signed export can be checked."""
    return f"Fingerprint of the council’s key: {exports().fingerprint}"


def answered(pdf: bytes, name: str) -> Response[bytes]:
    """Return the PDF, which browsers call ``name``. Raise ``NotAllowedError`` if it is too large.

    A name says nothing of the child: browsers keep it among downloads.
    """
    if len(pdf) > LARGEST:
        message = (
            "This document is too long to be made in one piece. Open the report of each stage "
            "instead: the challenge’s page has a link to each."
        )
        raise NotAllowedError(message)
    headers = {
        **web.SECURITY,
        "Content-Security-Policy": _VIEWERS_POLICY,
        "Content-Disposition": f'inline; filename="{name}.pdf"',
    }
    return Response(200, "application/pdf", pdf, headers)
