"""Drafts: forms that somebody filled in and that could not be sent yet.

``PK=DRAFT#<officer> SK=<id>``: only their owner finds them. Once a draft has been sent it is
emptied, because its words are on the record.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from adapters.codec import moment_text
from adapters.left_out import form_without_keys, without_keys
from domain.moments import parse_moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.record.beside import Beside

__all__ = ["EMAIL", "PAGE", "Draft", "Drafts", "draft_id", "form_id"]

#: Where a draft came from: a page whose session had ended, or an email that raised no challenge.
PAGE, EMAIL = "page", "email"

#: The ids of drafts: UUIDs, and hashes of emails.
_ID = re.compile("[0-9a-z-]{1,64}")


@dataclass(frozen=True)
class Draft:
    """A form as it was typed: field → text, with the field names of the page at ``path``.

    ``beside`` is text that fits none of its fields and is shown with them. ``typed_by`` names who
    wrote it for its owner, as in :class:`domain.events.Actor`. ``labels`` are the labels that its
    fields had, as in :class:`adapters.identity.Shown`.
    """

    id: str
    path: str
    form: Mapping[str, str]
    origin: str
    kept_at: datetime
    beside: str = ""
    typed_by: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return the address of the page that gives the draft back, without the host."""
        return f"{self.path}{'&' if '?' in self.path else '?'}draft={self.id}"


def draft_id(text: str) -> str:
    """Return ``text`` if it can be a draft's id, or else an empty text.

    Addresses and forms hold whatever somebody sends, and DynamoDB refuses keys that are too long.
    """
    return text if _ID.fullmatch(text) else ""


def form_id(draft_id: str) -> str:
    """Return the id of the form that gives a draft back; sent from two tabs, it acts once."""
    return str(uuid5(NAMESPACE_OID, draft_id))


class Drafts:
    """Keeps drafts and finds them again."""

    def __init__(self, beside: Beside) -> None:
        """Take the part of the record where they are kept, beside the chains."""
        self._beside = beside

    def keep(self, owner: str, draft: Draft) -> None:
        """Keep a draft for ``owner`` (an officer's id), without the keys of links.

        A draft that was kept before stays unchanged.
        """
        item = {
            "path": draft.path,
            "form": json.dumps(form_without_keys(draft.form), ensure_ascii=False),
            "origin": draft.origin,
            "kept_at": moment_text(draft.kept_at),
            "beside": without_keys(draft.beside),
            "typed_by": draft.typed_by,
            "labels": json.dumps(dict(draft.labels), ensure_ascii=False),
        }
        self._beside.keep_new(f"DRAFT#{owner}", draft.id, item)

    def find(self, owner: str, id_: str) -> Draft | None:
        """Return the draft; ``None`` if it is not ``owner``'s, or has been sent."""
        item = self._beside.kept(f"DRAFT#{owner}", id_) if draft_id(id_) else None
        return _draft(item) if item and "used" not in item else None

    def was_kept(self, owner: str, draft_id: str) -> bool:
        """Whether ``owner`` has or had this draft, including one that has been sent."""
        return self._beside.kept(f"DRAFT#{owner}", draft_id) is not None

    def of(self, owner: str) -> list[Draft]:
        """Return all drafts that ``owner`` has not sent, newest first."""
        items = self._beside.all_kept(f"DRAFT#{owner}")
        found = [_draft(item) for item in items if "used" not in item]
        return sorted(found, key=lambda draft: draft.kept_at, reverse=True)

    def use_up(self, owner: str, id_: str) -> None:
        """Empty a draft that was sent, and the drafts it came from: the record has its words."""
        while found := self.find(owner, id_):
            emptied = {"used": "yes", "form": "{}", "beside": ""}
            self._beside.change(f"DRAFT#{owner}", id_, emptied)
            id_ = found.form.get("draft", "")


def _draft(item: dict[str, str]) -> Draft:
    return Draft(
        str(item["SK"]),
        str(item["path"]),
        json.loads(str(item["form"])),
        str(item["origin"]),
        parse_moment(str(item["kept_at"])),
        str(item["beside"]),
        str(item.get("typed_by", "")),
        json.loads(str(item.get("labels", "{}"))),
    )
