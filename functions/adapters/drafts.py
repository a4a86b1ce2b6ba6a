"""Drafts: forms that somebody filled in and has not sent yet, and that their owner finds listed.

``PK=DRAFT#<officer> SK=<id>``: only their owner finds them. Once a draft has been sent, or its
owner discards it, it is emptied: the record has its words, or nobody wants them. One that nobody
sends or goes on with is given back for :data:`LIFE`; then DynamoDB deletes it (``delete_after``),
which can take it two days.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from adapters.codec import moment_text
from adapters.left_out import form_without_keys, without_keys
from adapters.record.beside import DELETE_AFTER
from domain.moments import parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.record.beside import Beside

__all__ = [
    "DISCARDED",
    "EMAIL",
    "FORM",
    "LIFE",
    "PAGE",
    "SENT",
    "Draft",
    "Drafts",
    "draft_id",
    "form_id",
]

#: Where a draft came from: a page whose session had ended, an email that raised no challenge, or a
#: form that is saved section by section.
PAGE, EMAIL, FORM = "page", "email", "form"

#: Why a draft was emptied, as it is stored: its words are on the record, or nobody wants them.
SENT, DISCARDED = "yes", "discarded"

#: How long a draft is given back after it was kept or somebody last went on with it, by the
#: computers' clock. It is longer than a form's life, so a form never outlives its draft.
LIFE = timedelta(days=90)

#: The ids of drafts: UUIDs, and hashes of emails.
_ID = re.compile("[0-9a-z-]{1,64}")


@dataclass(frozen=True)
class Draft:
    """A form as it was typed: field → text, with the field names of the page at ``path``.

    ``beside`` is text that fits none of its fields and is shown with them. ``typed_by`` names who
    wrote it for its owner, as in :class:`domain.events.Actor`. ``labels`` are the labels that its
    fields had, as in :class:`adapters.identity.Shown`. ``saved``: its owner went on with it, and
    saved it here. ``until`` is its end by the computers' clock, once it is kept.
    """

    id: str
    path: str
    form: Mapping[str, str]
    origin: str
    kept_at: datetime
    beside: str = ""
    typed_by: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    saved: bool = False

    @property
    def address(self) -> str:
        """Return the address of the page that gives the draft back, without the host."""
        name = "form" if self.origin == FORM else "draft"
        return f"{self.path}{'&' if '?' in self.path else '?'}{name}={self.id}"


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

    def __init__(self, beside: Beside, wall: Callable[[], datetime]) -> None:
        """Take the part of the record where they are kept, and the computers' clock."""
        self._beside = beside
        self._wall = wall

    def keep(self, owner: str, draft: Draft) -> None:
        """Keep a draft for ``owner`` (an officer's id), without the keys of links.

        A draft that was kept before stays unchanged, and lives on from now.
        """
        item, until = _item(draft), self._wall() + LIFE
        if not (
            self._beside.keep_new(f"DRAFT#{owner}", draft.id, item, until)
            or self.prolong(owner, draft.id)
        ):
            self._beside.keep(f"DRAFT#{owner}", draft.id, item, until)

    def save(self, owner: str, draft: Draft) -> None:
        """Keep a draft as :meth:`keep` does, in place of what was kept of it before."""
        self._beside.keep(f"DRAFT#{owner}", draft.id, _item(draft), self._wall() + LIFE)

    def prolong(self, owner: str, id_: str) -> bool:
        """Let a draft live on from now, unless it has ended; return whether it does."""
        now = self._wall()
        return self._beside.prolong(f"DRAFT#{owner}", id_, now, now + LIFE)

    def find(self, owner: str, id_: str) -> Draft | None:
        """Return the draft; ``None`` if it is not ``owner``'s, or was sent, or has ended."""
        item = self._beside.kept(f"DRAFT#{owner}", id_) if draft_id(id_) else None
        return self._given_back(item) if item else None

    def look_for(self, owner: str, id_: str) -> tuple[Draft | None, str]:
        """Return the draft as :meth:`find` does, and whether it was :data:`SENT` or discarded."""
        item = self._beside.kept(f"DRAFT#{owner}", id_) if draft_id(id_) else None
        return (self._given_back(item), str(item.get("used", ""))) if item else (None, "")

    def was_kept(self, owner: str, draft_id: str) -> bool:
        """Whether ``owner`` has or had this draft, including one that has been sent."""
        return self._beside.kept(f"DRAFT#{owner}", draft_id) is not None

    def of(self, owner: str) -> list[Draft]:
        """Return all drafts that ``owner`` has not sent and that have not ended, newest first."""
        items = map(self._given_back, self._beside.all_kept(f"DRAFT#{owner}"))
        found = [draft for draft in items if draft]
        return sorted(found, key=lambda draft: draft.kept_at, reverse=True)

    def use_up(self, owner: str, id_: str, used: str = SENT) -> None:
        """Empty a draft that was sent, or :data:`DISCARDED`, and the drafts it came from."""
        while found := self.find(owner, id_):
            emptied = {"used": used, "form": "{}", "beside": "", "labels": "{}"}
            self._beside.change(f"DRAFT#{owner}", id_, emptied)
            id_ = found.form.get("draft", "")

    def _given_back(self, item: dict[str, str]) -> Draft | None:
        """Return the draft; ``None`` if it was sent, or has ended: DynamoDB deletes it late."""
        if "used" in item:
            return None
        draft = _draft(item)
        return draft if draft.until and draft.until > self._wall() else None


def _item(draft: Draft) -> dict[str, str]:
    item = {
        "path": draft.path,
        "form": json.dumps(form_without_keys(draft.form), ensure_ascii=False),
        "origin": draft.origin,
        "kept_at": moment_text(draft.kept_at),
        "beside": without_keys(draft.beside),
        "typed_by": draft.typed_by,
        "labels": json.dumps(dict(draft.labels), ensure_ascii=False),
    }
    return {**item, "saved": "yes"} if draft.saved else item


def _draft(item: dict[str, str]) -> Draft:
    kept_at = parse_moment(str(item["kept_at"]))
    # Those of earlier releases have no end of their own.
    until = (
        datetime.fromtimestamp(int(item[DELETE_AFTER]), UTC)
        if DELETE_AFTER in item
        else kept_at + LIFE
    )
    return Draft(
        str(item["SK"]),
        str(item["path"]),
        json.loads(str(item["form"])),
        str(item["origin"]),
        kept_at,
        str(item["beside"]),
        str(item.get("typed_by", "")),
        json.loads(str(item.get("labels", "{}"))),
        until,
        "saved" in item,
    )
