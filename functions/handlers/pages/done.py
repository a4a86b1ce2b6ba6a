"""What somebody has just done, said once: on the page that they are led to, in the past tense.

After an act the answer (303) carries a signed cookie that names it. The next page that is about it
reads the cookie, looks the act up on the record, says it, and lets the browser forget it::

    web.see_other(address, [note(challenge.reference, command_id, page.slug)])
    ...
    web.render(..., done=said(router, scene))

So no address can say it, nothing is said that is not on the record, and a reload does not say it
again. What is done to several challenges at once, or to none, is noted with :func:`note_many`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.wiring import identity
from domain.rulebook import PARTS
from domain.timeline import headline
from handlers.pages import web
from handlers.pages.acts import page_at
from handlers.request import cookies

if TYPE_CHECKING:
    from domain.events import Event
    from handlers.pages.acts import ActPage, Scene
    from handlers.request import App

__all__ = ["MANY", "note", "note_many", "note_of", "noted", "said", "said_of_many"]

#: What :func:`note_many` can say of 1, and of several.
MANY = {
    "advice": (
        "Your words were recorded. The challenge’s page shows only that this step took place.",
    )
    * 2,
    "directory": ("The directory was changed.",) * 2,
    "transferred": ("1 challenge was transferred.", "{count} challenges were transferred."),
    "reassigned": ("1 challenge was reassigned.", "{count} challenges were reassigned."),
    "noted": ("1 note was recorded.", "Your note was recorded on {count} challenges."),
    "discarded": ("1 draft was discarded.", "{count} drafts were discarded."),
    "calendar-stopped": ("The address was stopped. No calendar can read it any more.",) * 2,
    "view-saved": ("Your view was saved.",) * 2,
    "view-deleted": ("Your view was deleted.",) * 2,
}


def note(reference: str, command_id: str, act: str = "") -> str:
    """Return the Set-Cookie value by which the challenge's page says that this was done.

    ``act`` is the slug of the act's page, if it has one.
    """
    return identity().note_done({"to": reference, "command": command_id, "act": act})


def note_many(key: str, count: int = 1) -> str:
    """Return the Set-Cookie value by which the next page says one of :data:`MANY`."""
    return identity().note_done({"many": key, "count": count})


def note_of(what: str, key: str) -> str:
    """Return the Set-Cookie value by which the next page about ``what`` can say it itself.

    ``key`` says of what, as :func:`noted` gives it back.
    """
    return identity().note_done({"what": what, "key": key})


def noted(app: App, what: str) -> str:
    """Return the key that was noted about ``what``; empty if none was. The browser forgets it."""
    found = identity().read_done(cookies(app))
    if found.get("what") != what:
        return ""
    web.send_cookie(identity().forget_done())
    return str(found["key"])


def said(app: App, scene: Scene) -> str:
    """Return what the reader has just done in this challenge, in a sentence; empty if nothing.

    The browser forgets it then.
    """
    found = identity().read_done(cookies(app))
    challenge, command = scene.challenge, str(found.get("command", ""))
    if not command or found.get("to") != challenge.reference:
        return ""
    web.send_cookie(identity().forget_done())
    # An act on two records has the other challenge's reference after its id on one of them.
    mine = [
        event
        for event in challenge.events
        if event.command.partition("@")[0] == command and event.actor.officer == scene.officer.id
    ]
    return _in_words(mine, page_at(str(found["act"])), scene) if mine else ""


def said_of_many(app: App, *keys: str) -> str:
    """Return what was noted with one of these ``keys``, in a sentence; empty if nothing was.

    The browser forgets it then.
    """
    found = identity().read_done(cookies(app))
    if found.get("many") not in keys:
        return ""
    web.send_cookie(identity().forget_done())
    one, several = MANY[str(found["many"])]
    count = int(found["count"])
    return one if count == 1 else several.format(count=f"{count:,}")


def _in_words(mine: list[Event], page: ActPage | None, scene: Scene) -> str:
    """Return the sentence about these events of one act: what its page says, or else its line."""
    if page and page.done:
        return page.done.format(stage=scene.council.ladder.title(scene.challenge.stage))
    own = next((part.facts for part in PARTS if page and page.act in part.acts), ())
    event = next((one for one in mine if isinstance(one.fact, own)), mine[0])
    line = headline(event, scene.challenge, scene.council)
    me = f"{event.actor.name} "
    return f"You {line.removeprefix(me)}." if line.startswith(me) else f"{line}."
