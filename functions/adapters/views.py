"""Saved views: the filters of a list that an officer keeps under a name.

``PK=VIEWS#<officer> SK=VIEWS``: one item for each officer. ``views`` is the list of them in JSON,
each with an ``id``, the ``name`` that the officer gave it, and the ``filters`` as the address of
the list has them: numbers and known keys. The name is in no address. A view that is deleted is
taken out of the list, so nothing of it is left.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from adapters.errors import TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.record.beside import Beside

__all__ = ["AT_MOST", "SavedView", "Views"]

#: How many views one officer can save.
AT_MOST = 30

_SORT = "VIEWS"
_ATTEMPTS = 5


@dataclass(frozen=True)
class SavedView:
    """A view under its name. ``filters`` is the query of the list's address."""

    id: str
    name: str
    filters: str


class Views:
    """Keeps each officer's saved views, and gives them back to nobody else."""

    def __init__(self, beside: Beside) -> None:
        """Take the part of the record where they are kept, beside the chains."""
        self._beside = beside

    def of(self, officer: str) -> tuple[SavedView, ...]:
        """Return the views of ``officer`` (an id), in the order in which they were saved."""
        return self._read(officer)[1]

    def save(self, officer: str, view: SavedView) -> bool:
        """Save a view; one with the same id is replaced. Return ``False`` if there are AT_MOST."""

        def saved(views: tuple[SavedView, ...]) -> tuple[SavedView, ...]:
            others = tuple(one for one in views if one.id != view.id)
            return (*others, view) if len(others) < AT_MOST else views

        return view in self._changed(officer, saved)

    def delete(self, officer: str, id_: str) -> None:
        """Delete a view. It is no error if there is none."""
        self._changed(officer, lambda views: tuple(one for one in views if one.id != id_))

    def _read(self, officer: str) -> tuple[str | None, tuple[SavedView, ...]]:
        item = self._beside.kept(f"VIEWS#{officer}", _SORT)
        text = str(item["views"]) if item else None
        views = (SavedView(**one) for one in json.loads(text)) if text else ()
        return text, tuple(views)

    def _changed(
        self, officer: str, change: Callable[[tuple[SavedView, ...]], tuple[SavedView, ...]]
    ) -> tuple[SavedView, ...]:
        """Change the views, as they are at the moment of writing. Raise ``TryAgainError``."""
        for _ in range(_ATTEMPTS):
            before, views = self._read(officer)
            after = change(views)
            if after == views:
                return views
            item = {"views": json.dumps([asdict(one) for one in after], ensure_ascii=False)}
            partition = f"VIEWS#{officer}"
            if before is None:
                written = self._beside.keep_new(partition, _SORT, item)
            else:
                written = self._beside.replace(partition, _SORT, item, {"views": before})
            if written:
                return after
        message = "Your views are being changed in another window. Try again in a moment."
        raise TryAgainError(message)
