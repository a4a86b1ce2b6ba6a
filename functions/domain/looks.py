"""Looks at a challenge: in which way somebody saw it, and who they are, in words.

Source: the procedure, "Who may do what": every look is recorded, one by link too.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.fold import read
from domain.people import outside_id, outside_named
from domain.values import Value, value

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.challenge import Challenge, Owner
    from domain.council import Council

__all__ = ["Look", "Looker", "Via", "is_document", "looker", "way"]


class Via(StrEnum):
    """The way in which somebody saw a challenge, as it is stored with the look."""

    PAGE = "page"
    REPLY_LINK = "reply link"
    ACTION_LINK = "action link"
    #: Any link in an email, until release 2026-11.11.
    LINK = "link"
    ADVICE = "advice"
    INTERFACE = "interface"
    DOCUMENT = "document"
    EXPORT = "export"


_IN_WORDS = {
    Via.PAGE: "signed in",
    Via.REPLY_LINK: "by an emailed link to reply",
    Via.ACTION_LINK: "by an emailed link about an action",
    Via.LINK: "by an emailed link",
    Via.ADVICE: "on the legal advice page",
    Via.INTERFACE: "through the interface for other systems",
    Via.DOCUMENT: "as a document",
    Via.EXPORT: "as an export of the record",
}


#: What stands between the way and which document was opened, as it is stored.
_OF = ": "

#: A stage, or the number of a meeting.
_NUMBER = re.compile("QAP|[0-9]{1,3}")

#: The documents, by the first word of their names; some have a number or a stage behind it.
_DOCUMENTS = {
    "report": "the report of the whole challenge",
    "stage": "the report of stage {}",
    "meeting": "the minutes of meeting {}",
    "print": "the print of the challenge",
    "pack": "the pack for Cafcass",
    "supervision": "the supervision pack",
}


def way(via: str, document: str = "") -> str:
    """Return the way as it is stored with a look, with which ``document`` was opened.

    A document is named like ``report`` or ``meeting 2``. Raise ``ValueError`` for another, and if
    there is no such way.
    """
    known = str(Via(via))
    if not document:
        return known
    if not is_document(document):
        message = "there is no document of this name"
        raise ValueError(message)
    return f"{known}{_OF}{document}"


def is_document(name: str) -> bool:
    """Whether a document can have this name: part of it comes from an address."""
    kind, _, number = name.partition(" ")
    needs_one = "{}" in _DOCUMENTS.get(kind, "")
    return kind in _DOCUMENTS and bool(_NUMBER.fullmatch(number) if needs_one else not number)


@value
class Look(Value):
    """One look at a challenge. ``at`` is UTC, ``officer`` an id, ``via`` as it is stored."""

    at: datetime
    officer: str
    via: str

    @property
    def in_words(self) -> str:
        """Return how they saw it: ``by an emailed link to reply``."""
        via, _, document = self.via.partition(_OF)
        kind, _, number = document.partition(" ")
        if via == Via.DOCUMENT and is_document(document):
            return f"opened {_DOCUMENTS[kind].format(number)} (PDF)"
        return _IN_WORDS[Via(self.via)] if self.via in tuple(Via) else self.via


@value
class Looker(Value):
    """Who looked: their ``name``, and the posts they hold or cover, or their organisation."""

    name: str
    known_as: str = ""


def looker(officer: str, challenge: Challenge, council: Council, day: date) -> Looker:
    """Return who looked on ``day``, by the id that is stored with the look.

    Somebody who has left has the name that is on the record, or else their id.
    """
    known = council.directory.officers.get(officer)
    if known:
        posts = council.directory.posts_held(officer, day)
        return Looker(known.name, " and ".join(post.title for post in posts))
    if owner := _owner_outside(officer, challenge):
        return Looker(owner.name, owner.organisation)
    return Looker(challenge.name_on_record(officer) or officer)


def _owner_outside(officer: str, challenge: Challenge) -> Owner | None:
    """Return the owner outside with this id, also if another owns the action now."""
    named = outside_named(officer)
    if named is None:
        return None
    number, event = named
    action = read(challenge.reference, challenge.events[:event]).action_number(number)
    return action.who if action and outside_id(action) == officer else None
