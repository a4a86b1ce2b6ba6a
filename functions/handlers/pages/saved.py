"""A form that is saved section by section is a draft: its owner finds it listed (``draft_list``).

Its address is that of any form (``handlers.pages.unsent``), and what was saved is in
:mod:`adapters.drafts`, under the id of the draft it came from or under its own. So it is given back
for 90 days after its owner last saved it, from any computer.

A form that a release up to 2026-11.12 kept is found where that release kept it, until it is saved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters import clock
from adapters.drafts import DISCARDED, FORM, LIFE, SENT, Draft
from adapters.unsent import Unsent
from adapters.wiring import drafts, unsent_forms
from handlers.pages import unsent, web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from handlers.pages.unsent import Found, Place

__all__ = ["apart", "found", "keep", "use_up"]


def found(at: Place) -> Found:
    """Return what was saved of the form, or the draft that it starts from."""
    draft, used = drafts().look_for(at.whose, _key(at))
    if draft and draft.saved:
        web.give_back(draft.form, draft.labels, draft.beside)
        return unsent.Found(draft.form, draft=draft, mark=Unsent(draft.form).mark)
    if used:
        return unsent.Found({}, sent=used == SENT, gone=used == DISCARDED)
    return unsent.found(at)


def keep(at: Place, typed: Mapping[str, str], before: Found) -> None:
    """Save what was typed, in place of what was there ``before``; the draft stays what it was.

    What was saved the same way today is not written again: it would end on the same day.
    """
    own = Draft(_key(at), at.page, {}, FORM, clock.now())
    was = before.draft or own
    came_from = {"draft": was.form.get("draft", "")}  # the one that is emptied with it
    form = {**typed, **came_from}
    labels = web.labels_needed(form, {**was.labels, **web.labels_sent()})
    saved = replace(was, path=at.page, form=form, labels=labels, saved=True)
    if saved != was or not _ends_as_if_saved_now(was):
        drafts().save(at.whose, saved)
    if before.mark and not was.saved:  # it was kept in the other place
        unsent_forms().use_up(at.whose, at.id, before.mark, clock.wall())


def use_up(at: Place, typed: Mapping[str, str]) -> None:
    """Empty a form that has been sent, because the record has its words now.

    If it was saved again after its page was opened, it stays as it is. The draft comes first:
    should this fail, sending the form again does this again.
    """
    draft = drafts().find(at.whose, _key(at))
    mark = typed.get(unsent.KEPT, "")
    # What was kept of it when a session had ended is a draft of its own, made from the first one.
    once = typed.get("once", "")
    first = drafts().find(at.whose, once) if draft and once != draft.id else None
    if first and draft and _ends(first) <= _ends(draft):
        drafts().use_up(at.whose, first.id)
    if draft and (not draft.saved or Unsent(draft.form).mark == mark):
        drafts().use_up(at.whose, draft.id)
    if mark and not (draft and draft.saved):
        unsent_forms().use_up(at.whose, at.id, mark, clock.wall())
    elif not draft:
        unsent_forms().note_sent(at.whose, at.id, clock.wall())


def apart(at: Place, typed: Mapping[str, str]) -> Place:
    """Return a separate place for a form that was changed after it had been sent."""
    return replace(unsent.apart(at, typed), draft="")


def _ends(draft: Draft) -> datetime:
    """Return its end, which is as long after it was saved last for every draft."""
    return draft.until or draft.kept_at


def _ends_as_if_saved_now(draft: Draft) -> bool:
    return draft.until is not None and draft.until.date() == (clock.wall() + LIFE).date()


def _key(at: Place) -> str:
    return at.draft or at.id
