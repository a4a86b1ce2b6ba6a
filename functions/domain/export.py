"""The export of a challenge's record: a file that anybody can check, for as long as it is kept.

It holds every event as it was kept, with its hash and that of the event before it, so that a reader
with nothing but SHA-256 finds the first event that does not fit. Only those who may read every word
of the challenge may have one. An event may be left out, with the reason: then its hash is there and
its text is not, and the copy says that it does not verify whole. Legal advice is in no event
(``domain.privileged``), so no export can hold it.

The file is signed, so that the export itself cannot be rewritten. ``docs/export.schema.json`` is
its schema, made from the classes here; ``functions/data/verify_export.py`` checks a file.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.chain import canonical
from domain.part import IN_CONFIDENCE, READS_ALL, May, kind_of
from domain.values import Value, value
from domain.vocabulary import Capacity, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.chain import Link
    from domain.challenge import Challenge

__all__ = [
    "ALGORITHM",
    "FORMAT",
    "MAY_EXPORT",
    "EventLeftOut",
    "Export",
    "ExportFile",
    "ExportedEvent",
    "LeftOut",
    "Maker",
    "NoticedEmail",
    "NoticedLook",
    "Signature",
    "exported_events",
    "exporting",
    "file_text",
    "fingerprint_of",
    "may_export",
    "not_for",
    "statement",
]

#: The name and number of the format. A change that older checkers cannot read has another number.
FORMAT = "positive-challenge-record/1"

#: How the statement about an export is signed (RFC 8017), as the file names it.
ALGORITHM = "RSASSA-PKCS1-v1_5 with SHA-256"

#: Those who may read every word of a challenge that they see. Somebody who covers for the IRO is
#: one of them; somebody who reads only up to a certain day is not.
_READ_EVERY_WORD = IN_CONFIDENCE | READS_ALL

#: Who may export a challenge, and open the packs for Cafcass that were made of it, when.
MAY_EXPORT = tuple(May(one, tuple(Standing)) for one in Capacity if one in _READ_EVERY_WORD)

#: Why an event is left out whose words are not for the person who makes the export.
NOT_FOR_YOU = "It holds words that whoever made this copy may not read."


# The shape of the file ---------------------------------------------------------------------------


@value
class ExportedEvent(Value):
    """One event: its canonical text as it was kept, and the two hashes (hex)."""

    number: int
    text: str
    previous_hash: str
    hash: str


@value
class EventLeftOut(Value):
    """One event whose text was left out, and why. Its hashes still hold the chain together."""

    number: int
    left_out: str
    previous_hash: str
    hash: str


@value
class Maker(Value):
    """Who made the export: an officer (an id of the directory), and in what capacity."""

    officer: str
    name: str
    capacity: str


@value
class NoticedLook(Value):
    """A look at the challenge, beside the chain: by whom, when (UTC) and by what way."""

    officer: str
    at: str
    via: str


@value
class NoticedEmail(Value):
    """An email about the challenge, beside the chain: about which event, and to whom (an id).

    ``sent_at`` (UTC) is empty if it was not sent. ``fates`` is what happened to it after that:
    ``came_back``, ``in_doubt``, ``delayed`` or ``complaint``.
    """

    event: int
    officer: str
    sent_at: str
    fates: tuple[str, ...]


@value
class Export(Value):
    """What is signed: the record of one challenge up to its last event here, and who made this.

    ``beside`` the chain, and proved by no hash of it, are the looks and the emails; a copy for
    somebody outside the council has neither. ``whole`` says that no event was left out.
    """

    format: str
    council: str
    reference: str
    made_by: Maker
    made_at: str
    whole: bool
    events: tuple[ExportedEvent | EventLeftOut, ...]
    looks: tuple[NoticedLook, ...] = ()
    emails: tuple[NoticedEmail, ...] = ()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its canonical JSON, in hex."""
        return sha256(canonical(asdict(self)).encode()).hexdigest()


@value
class Signature(Value):
    """The signature of the :func:`statement` about an export.

    ``public_key`` is a DER SubjectPublicKeyInfo and ``value`` the signature, both in base64.
    ``fingerprint`` is the key's, as it is printed in every document of the service.
    """

    algorithm: str
    fingerprint: str
    public_key: str
    value: str


@value
class ExportFile(Value):
    """The whole file."""

    export: Export
    signature: Signature


def file_text(file: ExportFile) -> str:
    """Return the file. There is only one way to write it, so that any changed byte shows."""
    return json.dumps(asdict(file), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def statement(export: Export) -> bytes:
    """Return what is signed: one line that names the challenge and the export's digest."""
    return f"Record of {export.reference}: SHA-256 {export.digest}\n".encode()


def fingerprint_of(public_key: bytes) -> str:
    """Return the SHA-256 of a public key (DER) as sixteen groups of four hex digits."""
    digest = sha256(public_key).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


# What goes into it -------------------------------------------------------------------------------


@value
class LeftOut(Value):
    """Event ``number`` is left out, because of ``reason``."""

    number: int
    reason: str


def exporting(who: frozenset[Capacity]) -> str:
    """Return the first of these capacities in which somebody may export; empty if they may not."""
    return next((str(one) for one in sorted(who & _READ_EVERY_WORD)), "")


def may_export(who: frozenset[Capacity]) -> bool:
    """Whether somebody in these capacities, who may see the challenge, may export its record."""
    return any(row.who in who for row in MAY_EXPORT)


def not_for(who: frozenset[Capacity], challenge: Challenge) -> tuple[LeftOut, ...]:
    """Return the events with any words that are not for somebody in these capacities.

    For those who may read every word there are none; this holds should a rule one day keep words
    from one of them.
    """
    return tuple(
        LeftOut(event.number, NOT_FOR_YOU)
        for event in challenge.events
        if any(one.text and not one.is_for(who) for one in kind_of(event.fact).written())
    )


def exported_events(
    links: Sequence[Link], left_out: Iterable[LeftOut]
) -> tuple[ExportedEvent | EventLeftOut, ...]:
    """Return the links of a chain as the export has them."""
    why = {one.number: one.reason for one in left_out}
    return tuple(
        EventLeftOut(one.number, why[one.number], one.previous_hash, one.hash)
        if one.number in why
        else ExportedEvent(one.number, one.text, one.previous_hash, one.hash)
        for one in links
    )
