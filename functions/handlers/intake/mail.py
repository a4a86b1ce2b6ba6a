"""A mail as it came in: who sent it, and the lines that its sender wrote.

Anybody can send anything. Whatever the bytes are, :func:`read` answers; what cannot be read is
left out, and the mail as it came is kept as evidence in any case.
"""

from __future__ import annotations

import email
import email.policy
import re
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

__all__ = ["Mail", "read"]

#: Characters of a body that are looked at. A long challenge with ten concerns is a tenth of it.
LONGEST = 400_000
_LONGEST_HEADER = 1_000
#: Parts of a mail, and parts within parts, that are looked at.
_PARTS = 200
_DEEPEST = 20

#: ``Ira Sample <ira@council.example>``, or the address alone. A name in quotes may hold a comma;
#: none may hold what could be taken for another address.
_ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+"
_SENDER = re.compile(rf'\s*(?:(?:"[^"\\<>@]*"|[^"\\<>@,;:]*?)\s*<({_ADDRESS})>|({_ADDRESS}))\s*')

#: Values of ``Precedence`` by which programs that answer by themselves, and lists, are known.
_BY_PROGRAMS = {"auto_reply", "bulk", "junk", "list"}
#: Headers that only such programs set.
_ONLY_PROGRAMS = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Loop")


@dataclass(frozen=True)
class Mail:
    """What a mail says.

    ``sender`` is the one address it says it is from, in lower case; empty if it names none, or
    several. ``text`` are the lines that were written, without files. ``automatic``: a program sent
    it by itself (RFC 3834), so that no answer may be sent. ``key`` is the same whenever the same
    mail is delivered, and no other's.
    """

    sender: str
    subject: str
    message_id: str
    text: str
    automatic: bool
    readable: bool
    key: str


def read(raw: bytes) -> Mail:
    """What the mail ``raw`` (RFC 5322) says."""
    # compat32 hands over what stands there; the newer policies raise for headers they cannot read.
    message = email.message_from_bytes(b"", policy=email.policy.compat32)
    text, readable = "", False
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        text = _tidied("\n".join(_texts(message, 0, iter(range(_PARTS)))))
        readable = True
    except (MessageError, RecursionError, ValueError, LookupError):
        # Parts within parts without end: the headers alone can still be read.
        head = raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
        message = email.message_from_bytes(head, policy=email.policy.compat32)
    sender = _sender(message)
    message_id = _header(message, "Message-ID")
    # Without an id: what it says, and when it says that it was written.
    content = [
        _header(message, "Date"),
        _header(message, "Subject"),
        text or sha256(raw).hexdigest(),
    ]
    parts = [sender, message_id] if message_id else [sender, *content]
    return Mail(
        sender=sender,
        subject=_header(message, "Subject"),
        message_id=message_id,
        text=text,
        automatic=_automatic(message),
        readable=readable,
        key=sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest(),
    )


# Headers -----------------------------------------------------------------------------------------


def _raw_header(message: Message, name: str) -> str:
    values = message.get_all(name) or [""]
    return " ".join(str(values[0]).split())[:_LONGEST_HEADER]


def _header(message: Message, name: str) -> str:
    """The header in one line, decoded; empty if there is none."""
    value = _raw_header(message, name)
    try:
        decoded = str(make_header(decode_header(value)))
    except (MessageError, ValueError, LookupError, AssertionError):
        decoded = value
    return " ".join(decoded.encode("utf-8", "replace").decode().split())


def _sender(message: Message) -> str:
    """The one address of the one ``From``: what DMARC vouched for."""
    if len(message.get_all("From") or []) != 1:
        return ""
    found = _SENDER.fullmatch(_raw_header(message, "From"))
    return (found[1] or found[2]).lower() if found else ""


def _automatic(message: Message) -> bool:
    """RFC 3834: whether a program sent it by itself, or nobody waits for an answer."""
    submitted = _raw_header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    returns_to_nobody = _raw_header(message, "Return-Path").replace(" ", "") == "<>"
    return (
        submitted not in ("", "no")
        or returns_to_nobody
        or _raw_header(message, "Precedence").lower() in _BY_PROGRAMS
        or any(message.get(name) is not None for name in _ONLY_PROGRAMS)
        or message.get_content_type() == "multipart/report"
    )


# The body ----------------------------------------------------------------------------------------


def _texts(part: Message, depth: int, left: Iterator[int]) -> Iterator[str]:
    """The written parts, in their order: of alternatives one, of a page with its pictures the page.

    Files, and mails within the mail, are left out.
    """
    if depth > _DEEPEST or next(left, None) is None:
        return
    kind = part.get_content_type()
    if part.is_multipart():
        inner = [one for one in part.get_payload() if not isinstance(one, str)]
        if kind == "multipart/alternative":
            yield _alternative(inner, depth, left)
        elif kind == "multipart/related":
            yield from _texts(inner[0], depth + 1, left) if inner else ()
        elif not kind.startswith("message/"):
            for one in inner:
                yield from _texts(one, depth + 1, left)
    elif part.get_content_disposition() != "attachment" and not part.get_filename():
        if kind == "text/plain":
            yield _plain(part)
        elif kind == "text/html":
            yield _lines_of_html(_decoded(part))


def _alternative(inner: list[Message], depth: int, left: Iterator[int]) -> str:
    """The plain text, where there is any in it: it is what was written, without a layout."""
    plain_first = sorted(inner, key=lambda one: one.get_content_type() != "text/plain")
    for one in plain_first:
        text = "\n".join(_texts(one, depth + 1, left))
        if text.strip():
            return text
    return ""


#: Mail programs say these and mean Windows' code page, as browsers have long known.
_MEANT = {"ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin-1": "cp1252"}


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    declared = str(part.get_content_charset() or "utf-8").lower()
    for charset in (_MEANT.get(declared, declared), "utf-8"):
        try:
            # Where nothing says what it is, it is UTF-8 if it can be.
            return (raw.decode("utf-8") if raw.isascii() else raw.decode(charset))[:LONGEST]
        except (UnicodeError, LookupError):
            continue
    return raw.decode("cp1252", "replace")[:LONGEST]


def _plain(part: Message) -> str:
    """Plain text; lines that a mail program broke (format=flowed, RFC 3676) are whole again."""
    text = _decoded(part).replace("\r\n", "\n")
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    whole: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        soft = line.endswith(" ") and line != "-- "
        if goes_on and whole:
            whole[-1] += line
        else:
            whole.append(line)
        goes_on = soft
    return "\n".join(whole)


_TAG = re.compile(r"<[^<>]*>")


def _lines_of_html(page: str) -> str:
    """What a page of HTML says, as lines."""
    from inscriptis import get_text
    from lxml.etree import LxmlError

    if not page.strip():
        return ""
    text = ""
    with suppress(LxmlError, ValueError, AssertionError, RecursionError, LookupError):
        text = str(get_text(page))
    # A page that is broken, or nested without end: nothing that anybody wrote in it is lost.
    return text if text.strip() else _TAG.sub(" ", page)


_INVISIBLE = dict.fromkeys(map(ord, "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\u2060"))


def _tidied(text: str) -> str:
    """The text with plain spaces and line ends, and without what nobody can see."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\N{NO-BREAK SPACE}", " ")
    lines = (line.rstrip() for line in text.translate(_INVISIBLE).split("\n"))
    return "\n".join(lines).strip("\n")[:LONGEST]
