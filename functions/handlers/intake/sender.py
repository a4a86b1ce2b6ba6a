"""Who an email says it is from: the one address of a header, by RFC 5322.

Computers differ in how they read a header that breaks the rules, and an email's checks are about
the address that *they* read. So a header that could be read in two ways names nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from handlers.errors import HandlerError

__all__ = ["address_of", "named_by_ses"]

#: The address itself: a dot-atom at a domain. One in quotes, or at a number, counts as nobody's.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?P<domain>[A-Za-z0-9.-]+)")
#: The parts of a header: ``"a name"`` with its escapes, white space, brackets, words.
#: A comment, ``(…)``, may hold others and is read by hand.
_PART = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<space>\s+)|(?P<sign>[<>()])|[^\s"<>()]+')
#: What no name has outside its quotes: a list, a group, another address, half a quote.
_NO_NAME = re.compile(r'[,;:@\\"\[\]]')
#: What could be taken for an address within a name or a comment.
_LIKE_ADDRESS = re.compile(r"@[\s\\]*(?P<domain>[^\s\"\\<>()@,;:]+)")


class _DoubtError(HandlerError):
    """The header is not one mailbox, or could be read as another."""


@dataclass
class _Parts:
    """The words of the name, what is in ``<…>``, and the comments."""

    words: list[str] = field(default_factory=list)
    bracketed: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def address_of(header: str) -> str:
    """Return the one address in ``header`` (``From``, ``Sender`` …) in lower case, or empty.

    It is empty if in doubt.

    A quoted name or a comment may hold anything and is never the sender. But if it holds an address
    of another domain, nobody can tell which of the two was checked.
    """
    try:
        names, address, beside = _mailbox(_parts(header))
    except _DoubtError:
        return ""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return ""
    domain = found["domain"].lower()
    others = {
        other["domain"].rstrip(".'").lower()
        for text in (*names, *beside)
        for other in _LIKE_ADDRESS.finditer(text)
    }
    # "North @ Work" is no address; a domain has a dot.
    foreign = {other for other in others if "." in other.strip(".")} - {domain}
    return "" if foreign else address.lower()


def _mailbox(parts: _Parts) -> tuple[list[str], str, list[str]]:
    """Return the name, the address and the comments. Raise ``_DoubtError``."""
    if parts.bracketed:
        if any(not word.startswith('"') and _NO_NAME.search(word) for word in parts.words):
            raise _DoubtError
        return parts.words, parts.bracketed[0], parts.comments
    # Only an address. Another program would look for it after a "<" in a comment.
    if len(parts.words) != 1 or any("<" in comment for comment in parts.comments):
        raise _DoubtError
    return [], parts.words[0], parts.comments


def _parts(header: str) -> _Parts:
    """Return the parts of the header, in one pass. Raise ``_DoubtError``."""
    parts, at = _Parts(), 0
    while at < len(header):
        part = _PART.match(header, at)
        if part is None:
            raise _DoubtError  # half a quote
        at = part.end()
        if part["sign"] == "(":
            end = _end_of_comment(header, at)
            parts.comments.append(header[at : end - 1])
            at = end
        elif part["sign"] == "<" and not parts.bracketed:
            end = header.find(">", at)
            parts.bracketed.append(header[at:end].strip() if end >= 0 else "")
            at = end + 1 if end >= 0 else len(header)
        elif part["sign"] or (parts.bracketed and not part["space"]):
            raise _DoubtError  # a bracket that was never opened, or words after the address
        elif not part["space"]:
            parts.words.append(part[0])
    return parts


def _end_of_comment(header: str, at: int) -> int:
    """Return where the comment opened just before ``at`` ends. Raise ``_DoubtError``."""
    depth = 1
    while at < len(header):
        if header[at] == "\\":
            at += 1
        elif header[at] == "(":
            depth += 1
        elif header[at] == ")":
            depth -= 1
        at += 1
        if depth == 0:
            return at
    raise _DoubtError


def named_by_ses(text: str) -> str:
    """Return the address that SES names, behind a name that it writes in its own way."""
    return address_of(text) or text.strip().rpartition("<")[2].rstrip("> ").lower()
