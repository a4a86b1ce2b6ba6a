"""Forms that somebody is filling in: what they typed, from one page to the next, until it is sent.

``PK=FORM#<whose> SK=<the form's id>``. Whose it is: an officer's id, or ``LINK#`` and the digest of
a reply link, of which nothing else is ever kept. Nobody else's page finds it. It is given back for
:data:`LIFE`; once it was sent, its words stand on the record, and here it is emptied.

A form of which somebody has to be told, because they are not at its page any more, is a draft
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
    from datetime import datetime

    from adapters.record.beside import Beside

__all__ = ["LIFE", "Unsent", "UnsentForms", "of_link"]

#: For so long what was typed is given back, by the computers' clock.
LIFE = timedelta(days=14)


@dataclass(frozen=True)
class Unsent:
    """A form as it was typed last: field → text. ``labels`` are those that stood beside its fields.

    ``sent``: it was sent since, and nothing of it is left here.
    """

    form: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    sent: bool = False

    @property
    def mark(self) -> str:
        """What stands for these words, in a page that shows them."""
        words = json.dumps(sorted(self.form.items()), ensure_ascii=False)
        return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def of_link(digest: str) -> str:
    """Return whose a form is that a reply link opened, by the link's ``digest`` alone."""
    return f"LINK#{digest}"


class UnsentForms:
    """Keeps what was typed, and gives it back to whose it is."""

    def __init__(self, beside: Beside) -> None:
        """Take the record, beside whose chains they are kept."""
        self._beside = beside

    def keep(self, whose: str, id_: str, unsent: Unsent, at: datetime) -> None:
        """Keep it as it was typed at ``at`` (by the wall), without the keys of links.

        It takes the place of what was typed into the same form before.
        """
        item = {
            "form": json.dumps(form_without_keys(unsent.form), ensure_ascii=False),
            "labels": json.dumps(dict(unsent.labels), ensure_ascii=False),
            "kept_at": moment_text(at),
        }
        self._beside.keep(f"FORM#{whose}", id_, item)

    def find(self, whose: str, id_: str, at: datetime) -> Unsent | None:
        """Return what was typed into it last, unless it is somebody else's, or older than LIFE."""
        item = self._beside.kept(f"FORM#{whose}", id_)
        if item is None or parse_moment(str(item["kept_at"])) + LIFE < at:
            return None
        form, labels = (json.loads(str(item[name])) for name in ("form", "labels"))
        return Unsent(form, labels, "sent" in item)

    def use_up(self, whose: str, id_: str, mark: str, at: datetime) -> None:
        """Empty it: it has been sent. Other words than those of ``mark`` stay.

        Whoever changed something and sent that as well has not lost it.
        """
        found = self.find(whose, id_, at) if mark else None
        if found and not found.sent and found.mark == mark:
            item = {"form": "{}", "labels": "{}", "kept_at": moment_text(at), "sent": "yes"}
            self._beside.keep(f"FORM#{whose}", id_, item)
