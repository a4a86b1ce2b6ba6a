"""Files that somebody uploads with a form: ``multipart/form-data`` (RFC 7578)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.wiring import identity
from handlers import request
from handlers.form_fields import FORM_BYTES, kept_bytes
from handlers.pages import web

if TYPE_CHECKING:
    from domain.directory import Officer
    from handlers.request import App

__all__ = ["uploaded"]


def uploaded(app: App, officer: Officer) -> dict[str, str]:
    """Return the fields and files of the form that was sent: name → text, without empty ones.

    Files of spreadsheets are in UTF-8, with or without its mark, or in Windows-1252. What cannot be
    kept becomes ``�``, as in :func:`web.form`. Raise ``UnreadableFormError``, ``TooLargeError``, or
    ``OthersFormError`` if the form was not shown to ``officer``.
    """
    from email import message_from_bytes
    from email.policy import HTTP

    kind = request.header(app, "content-type")
    if not kind.startswith("multipart/form-data"):
        raise web.UnreadableFormError
    try:
        raw = request.body(app)
    except ValueError as error:
        raise web.UnreadableFormError from error
    if len(raw) > web.LARGEST_BODY:
        raise web.TooLargeError({})
    head = f"Content-Type: {kind}\r\n\r\n".encode("ascii", "replace")
    message = message_from_bytes(head + raw, policy=HTTP)
    found: dict[str, str] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and content:
            found[name] = web.cleaned(_text(content))
    shown = identity().was_shown(found.pop(web.SHOWN_TO, ""))
    if shown is None or shown.officer != officer.id:
        raise web.OthersFormError(kept=False)
    if kept_bytes(found) > FORM_BYTES:
        raise web.TooLargeError({})
    return found


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
