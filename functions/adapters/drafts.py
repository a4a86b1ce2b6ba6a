"""Drafts: forms that somebody filled in and that raised or answered nothing yet.

``PK=DRAFT#<officer> SK=<id>``: only their owner finds them. A draft that was sent after all is
emptied: its words stand on the record then.
"""

from __future__ import annotations

import json
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

__all__ = ["EMAIL", "PAGE", "Draft", "Drafts", "form_id"]

#: Where a draft came from: a page whose session had ended, or an email that could not be raised.
PAGE, EMAIL = "page", "email"


@dataclass(frozen=True)
class Draft:
    """A form as it was typed: field → text, as the page at ``path`` names its fields.

    ``beside`` is what belongs to none of its fields, to be shown with it. ``typed_by`` names who
    wrote it for its owner, as :class:`domain.events.Actor` has it. ``labels`` are those that stood
    beside its fields, as :class:`adapters.identity.Shown` has them.
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
        """Where it is given back, without the host."""
        return f"{self.path}{'&' if '?' in self.path else '?'}draft={self.id}"


def form_id(draft_id: str) -> str:
    """The id of the form that a draft is given back in: sent from two tabs, it acts once."""
    return str(uuid5(NAMESPACE_OID, draft_id))


class Drafts:
    """Keeps drafts and finds them again."""

    def __init__(self, beside: Beside) -> None:
        """Take what stands beside the chains, where they are kept."""
        self._beside = beside

    def keep(self, owner: str, draft: Draft) -> None:
        """Keep it for ``owner`` (an officer's id), without the keys of links.

        One that was kept before stays as it is.
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

    def find(self, owner: str, draft_id: str) -> Draft | None:
        """The draft, unless it is somebody else's, or was sent."""
        item = self._beside.kept(f"DRAFT#{owner}", draft_id) if draft_id else None
        return _draft(item) if item and "used" not in item else None

    def was_kept(self, owner: str, draft_id: str) -> bool:
        """Whether there is or was such a draft of ``owner``'s: also one that was sent."""
        return self._beside.kept(f"DRAFT#{owner}", draft_id) is not None

    def of(self, owner: str) -> list[Draft]:
        """All that ``owner`` has not sent, newest first."""
        items = self._beside.all_kept(f"DRAFT#{owner}")
        found = [_draft(item) for item in items if "used" not in item]
        return sorted(found, key=lambda draft: draft.kept_at, reverse=True)

    def use_up(self, owner: str, draft_id: str) -> None:
        """Empty it, and those that it came from: its words stand on the record now."""
        while found := self.find(owner, draft_id):
            emptied = {"used": "yes", "form": "{}", "beside": ""}
            self._beside.change(f"DRAFT#{owner}", draft_id, emptied)
            draft_id = found.form.get("draft", "")


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
