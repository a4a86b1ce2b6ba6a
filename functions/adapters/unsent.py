"""Forms that somebody is filling in: what they typed, from one page to the next, until it is sent.

``PK=FORM#<whose> SK=<the form's id>``. ``whose`` is an officer's id, or ``LINK#`` and the digest of
a reply link, which is all we ever keep of a link. Nobody else's page finds the form. It is given
back for :data:`LIFE`; then DynamoDB deletes it. Once it has been sent it is emptied, because the
record has its words.

If somebody has left the page of a form and has to hear that it was kept, it is a draft instead
(:mod:`adapters.drafts`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from adapters.codec import moment_text
from adapters.left_out import form_without_keys
from domain.moments import parse_moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from adapters.record.beside import Beside

__all__ = ["LIFE", "LINK_KEEPS_A_DAY", "Unsent", "UnsentForms", "of_link"]

#: How long what was typed is given back, by the computers' clock.
LIFE = timedelta(days=14)
#: How often a day a form is kept for one reply link: whoever has the link can send it forms.
LINK_KEEPS_A_DAY = 50


@dataclass(frozen=True)
class Unsent:
    """A form as it was typed last: field → text. ``labels`` are the labels of its fields.

    ``sent``: it has been sent since, and nothing of it is left here.
    """

    form: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    sent: bool = False

    @property
    def mark(self) -> str:
        """Return a short hash of the form's words, for the page that shows them to carry."""
        words = json.dumps(sorted(self.form.items()), ensure_ascii=False)
        return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def of_link(digest: str) -> str:
    """Return the owner (``whose``) of forms opened by the reply link with this ``digest``."""
    return f"LINK#{digest}"


class UnsentForms:
    """Keeps what was typed, and gives it back to the person who typed it."""

    def __init__(self, beside: Beside) -> None:
        """Take the part of the record where they are kept, beside the chains."""
        self._beside = beside

    def keep(self, whose: str, id_: str, unsent: Unsent, at: datetime) -> None:
        """Keep a form as typed at ``at`` (the computers' clock), without the keys of links.

        It replaces what was typed into the same form before.
        """
        item = {
            "form": json.dumps(form_without_keys(unsent.form), ensure_ascii=False),
            "labels": json.dumps(dict(unsent.labels), ensure_ascii=False),
            "kept_at": moment_text(at),
        }
        self._beside.keep(f"FORM#{whose}", id_, item, at + LIFE)

    def count(self, whose: str, day: date) -> bool:
        """Count one more form that is kept for a link; ``False`` after LINK_KEEPS_A_DAY on a day.

        The count is at ``SK=KEPT#<local day>``, which is no form's id.
        """
        return self._beside.counted(f"FORM#{whose}", f"KEPT#{day}", LINK_KEEPS_A_DAY)

    def find(self, whose: str, id_: str, at: datetime) -> Unsent | None:
        """Return what was typed last; ``None`` if it is somebody else's, or older than LIFE."""
        item = self._beside.kept(f"FORM#{whose}", id_)
        return _given_back(item, at) if item else None

    def use_up(self, whose: str, id_: str, mark: str, at: datetime) -> None:
        """Empty a form that has been sent, if its words are still those of ``mark``.

        Words that somebody typed since then stay, so that nothing is lost.
        """
        partition = f"FORM#{whose}"
        item = self._beside.kept(partition, id_) if mark else None
        found = _given_back(item, at) if item else None
        if item and found and not found.sent and found.mark == mark:
            was = {"form": str(item["form"])}
            self._beside.replace(partition, id_, _sent(at), was, at + LIFE)

    def note_sent(self, whose: str, id_: str, at: datetime) -> None:
        """Note that a form has been sent of which nothing was kept; words kept since then stay."""
        self._beside.keep_new(f"FORM#{whose}", id_, _sent(at), at + LIFE)


def _sent(at: datetime) -> dict[str, str]:
    return {"form": "{}", "labels": "{}", "kept_at": moment_text(at), "sent": "yes"}


def _given_back(item: Mapping[str, object], at: datetime) -> Unsent | None:
    """Return the form as it was kept; ``None`` if that is longer ago than LIFE."""
    if parse_moment(str(item["kept_at"])) + LIFE < at:
        return None
    form, labels = (json.loads(str(item[name])) for name in ("form", "labels"))
    return Unsent(form, labels, "sent" in item)
