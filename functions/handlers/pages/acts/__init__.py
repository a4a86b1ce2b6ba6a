"""The acts on a challenge, as pages: one table from each act to its address, form and command.

What somebody may do is the domain's table of permissions; this table says how it is asked for.
``offered`` leaves out what the rules would refuse in any case as the challenge stands.
"""

from __future__ import annotations

from domain.permissions import acts
from handlers.pages.acts.actions import (
    ACCEPT_ACTIONS,
    CONFIRM_ACTION,
    GIVE_UP_ACTION,
    REDATE_ACTION,
    REPORT_ACTION,
)
from handlers.pages.acts.deciding import APPOINT_IRO, ASK_AGAIN, GIVE_VIEW
from handlers.pages.acts.endings import CLOSE, RECORD_CHILD_TOLD, RESOLVE
from handlers.pages.acts.escalating import ESCALATE
from handlers.pages.acts.holds import AGREE_HOLD, END_HOLD, PROPOSE_HOLD
from handlers.pages.acts.notes import WRITE_NOTE
from handlers.pages.acts.page import ActPage, Scene
from handlers.pages.acts.posts import REASSIGN
from handlers.pages.acts.revising import OBJECT, REVISE_DEADLINE

__all__ = ["ACT_PAGES", "ActPage", "Scene", "offers", "page_at"]

#: In the order in which a page offers them.
ACT_PAGES = (
    REASSIGN,
    ACCEPT_ACTIONS,
    CONFIRM_ACTION,
    RESOLVE,
    ESCALATE,
    ASK_AGAIN,
    GIVE_VIEW,
    REPORT_ACTION,
    REDATE_ACTION,
    GIVE_UP_ACTION,
    REVISE_DEADLINE,
    PROPOSE_HOLD,
    AGREE_HOLD,
    END_HOLD,
    OBJECT,
    WRITE_NOTE,
    APPOINT_IRO,
    CLOSE,
    RECORD_CHILD_TOLD,
)

_BY_SLUG = {page.slug: page for page in ACT_PAGES}


def page_at(slug: str) -> ActPage | None:
    """The page with this address; ``None`` if there is none."""
    return _BY_SLUG.get(slug)


def offers(scene: Scene) -> tuple[ActPage, ...]:
    """What ``scene``'s officer can do now, in the table's order."""
    allowed = acts(scene.capacities, scene.challenge, scene.council)
    return tuple(
        page
        for page in ACT_PAGES
        if page.act in allowed and page.offered(scene) and (not page.states or page.actions(scene))
    )
