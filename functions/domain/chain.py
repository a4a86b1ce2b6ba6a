"""The chain: each event's hash covers its text and the hash of the event before it.

The text is canonical JSON, stored as it was hashed, so that anybody can verify a chain at any time
with nothing but SHA-256.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.errors import BrokenChainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["START", "Link", "canonical", "link", "verify"]

#: The previous hash of the first event.
START = "0" * 64


@dataclass(frozen=True)
class Link:
    """One event as it is stored: its number, canonical text, and the two hashes (hex)."""

    number: int
    text: str
    previous_hash: str
    hash: str


def canonical(body: Mapping[str, object]) -> str:
    """Return ``body`` as canonical JSON: keys sorted, no spaces, characters as they are."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def link(number: int, text: str, previous_hash: str) -> Link:
    """Return the link that puts ``text`` at ``number``, after the event whose hash is given."""
    return Link(number, text, previous_hash, _hash(previous_hash, text))


def _hash(previous_hash: str, text: str) -> str:
    return sha256(f"{previous_hash}\n{text}".encode()).hexdigest()


def verify(links: Iterable[Link]) -> str:
    """Verify the chain and return its last hash.

    Raise ``BrokenChainError``, which names the first event that does not fit.
    """
    previous = START
    for number, one in enumerate(links, start=1):
        if one.number != number:
            raise BrokenChainError(number, f"event {one.number} is in its place.")
        if one.previous_hash != previous:
            raise BrokenChainError(number, "it does not follow the event before it.")
        if one.hash != _hash(previous, one.text):
            raise BrokenChainError(number, "its text is not what was recorded.")
        if json.loads(one.text).get("number") != number:
            raise BrokenChainError(number, "its text belongs to another event.")
        previous = one.hash
    return previous
