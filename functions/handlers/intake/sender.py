"""Who a mail says it is from: the one address of a header, by RFC 5322.

Computers read a header that breaks the rules each in its own way, and the checks of a mail were
made for the address that *they* read. So what could be read in two ways names nobody.
"""

from __future__ import annotations

import re

__all__ = ["address_of", "named_by_ses"]

#: The address itself: a dot-atom at a domain. One in quotes, or at a number, is nobody's here.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?P<domain>[A-Za-z0-9.-]+)")
#: The parts of a header: ``"a name"`` with what is escaped in it, white space, brackets, words.
#: A comment, ``(…)``, may hold others and is read by hand.
_PART = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<space>\s+)|(?P<sign>[<>()])|[^\s"<>()]+')
#: What no name holds outside of its quotes: a list, a group, another address, half a quote.
_NO_NAME = re.compile(r'[,;:@\\"\[\]]')
#: What could be taken for an address, within a name or a comment.
_LIKE_ADDRESS = re.compile(r"@[\s\\]*(?P<domain>[^\s\"\\<>()@,;:]+)")


def address_of(header: str) -> str:
    """The one address in ``header`` (of ``From``, ``Sender`` …) in lower case; empty if in doubt.

    A name in quotes may hold anything, so may a comment; neither is ever the sender. But where
    they hold an address of another domain, nobody can tell which of the two was checked.
    """
    parts = _parts(header)
    if parts is None:
        return ""
    names, address, beside = parts
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


def _parts(header: str) -> tuple[list[str], str, list[str]] | None:
    """The words of the name, the address, and the comments; ``None`` if it is no one mailbox."""
    names: list[str] = []
    comments: list[str] = []
    bracketed: str | None = None
    at = 0
    while at < len(header):
        part = _PART.match(header, at)
        if part is None:
            return None
        at = part.end()
        if part["space"]:
            continue
        if part["sign"] == "(":
            end = _end_of_comment(header, at)
            if end is None:
                return None
            comments.append(header[at : end - 1])
            at = end
        elif part["sign"] == "<":
            end = header.find(">", at)
            if end < 0 or bracketed is not None:
                return None
            bracketed, at = header[at:end].strip(), end + 1
        elif part["sign"] or bracketed is not None:
            return None  # a bracket that was never opened, or words behind the address
        else:
            names.append(part[0])
    if bracketed is None:
        # The address alone. "<" in a comment is where another program would look for it.
        alone = len(names) == 1 and not any("<" in comment for comment in comments)
        return ([], names[0], comments) if alone else None
    if any(not name.startswith('"') and _NO_NAME.search(name) for name in names):
        return None
    return names, bracketed, comments


def _end_of_comment(header: str, at: int) -> int | None:
    """Where the comment ends that was opened just before ``at``; ``None`` if it never does."""
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
    return None


def named_by_ses(text: str) -> str:
    """The address that SES names: it writes the name as it pleases, and the address behind it."""
    return address_of(text) or text.strip().rpartition("<")[2].rstrip("> ").lower()
