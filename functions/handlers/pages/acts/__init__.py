"""The acts on a challenge, as pages: one table from each act to its address, form and command.

The domain's table of permissions says what somebody may do; this table says how the page asks for
it. ``offered`` leaves out what the rules would refuse whatever the person entered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.permissions import acts, may
from handlers.pages.acts.absence import SAY_NO_COVER_NEEDED
from handlers.pages.acts.actions import (
    ACCEPT_ACTIONS,
    ASK_TO_ACCEPT,
    CONFIRM_ACTION,
    DECLINE_TO_ACCEPT,
    GIVE_UP_ACTION,
    NO_NEW_DATE,
    REPORT_ACTION,
    SAY_NOT_RESOLVED,
    SEND_BACK_ACTION,
)
from handlers.pages.acts.appointing import AGREE_TO_ANOTHER_IRO, APPOINT_IRO, OBJECT_TO_IRO
from handlers.pages.acts.briefing import BRIEF, CONFIRM_DIRECTOR
from handlers.pages.acts.cafcass import (
    ASK_CAFCASS,
    DO_NOT_REFER,
    FIND_UNRESOLVED,
    RECORD_CAFCASS_ANSWER,
    RECORD_JUDICIAL_REVIEW,
    REFER_TO_CAFCASS,
)
from handlers.pages.acts.childs_rights import RECORD_CHILDS_RIGHTS
from handlers.pages.acts.corrections import CORRECT
from handlers.pages.acts.deciding import ASK_AGAIN, GIVE_VIEW
from handlers.pages.acts.director import INFORM_DIRECTOR
from handlers.pages.acts.discussions import RECORD_CONVERSATION
from handlers.pages.acts.endings import CLOSE, RECORD_CHILD_TOLD, RESOLVE
from handlers.pages.acts.escalating import ESCALATE
from handlers.pages.acts.filing import PLACE_ON_FILE
from handlers.pages.acts.history import OPEN_HISTORY
from handlers.pages.acts.holds import AGREE_HOLD, END_HOLD, PROPOSE_HOLD
from handlers.pages.acts.impact import RECORD_IMPACT
from handlers.pages.acts.legal import (
    ASK_FOR_ADVICE,
    GIVE_ADVICE,
    NAME_LAWYER,
    OPEN_ADVICE,
    SAY_CONFLICT,
    SAY_MANAGER_CONFLICT,
    SAY_NO_ADVICE_NEEDED,
)
from handlers.pages.acts.letters_to_child import WRITE_TO_CHILD
from handlers.pages.acts.life import RECORD_LIFE_CHANGE, SAY_HOW_TO_GO_ON
from handlers.pages.acts.meetings import (
    ARRANGE_MEETING,
    CANCEL_MEETING,
    CHANGE_MEETING,
    CONSIDER_CHAIR,
    RECORD_MEETING,
    SEND_ACTIONS,
)
from handlers.pages.acts.moving import MOVE_CHILD
from handlers.pages.acts.notes import WRITE_NOTE
from handlers.pages.acts.owners import NAME_OWNER
from handlers.pages.acts.page import ActPage, Scene
from handlers.pages.acts.period import STAY_ON_LADDER
from handlers.pages.acts.posts import REASSIGN
from handlers.pages.acts.reopening import ACCEPT_LATE_ACTIONS, REOPEN
from handlers.pages.acts.revising import DECIDE_OBJECTION, OBJECT, REVISE_DEADLINE
from handlers.pages.acts.sealing import (
    AGREE_TO_SEAL,
    ASK_TO_SEAL,
    CHECK_LOOKS,
    CHECK_TEXTS,
    DECLINE_TO_SEAL,
)
from handlers.pages.acts.skipping import CHOOSE_SKIP
from handlers.pages.acts.supervision import DISCUSS_IN_SUPERVISION
from handlers.pages.acts.timescales import (
    CONFIRM_DATE,
    DECLINE_DATE,
    PROPOSE_DATE,
    RECORD_DISCUSSION,
    SET_NEW_DATE,
)
from handlers.pages.acts.urgency import RECORD_CONTACT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ACT_PAGES",
    "MORE",
    "ActPage",
    "Scene",
    "by_purpose",
    "capacity",
    "offers",
    "page_at",
]

#: All acts, in the order in which a page offers them.
ACT_PAGES = (
    AGREE_TO_SEAL,
    DECLINE_TO_SEAL,
    CHECK_TEXTS,
    CHECK_LOOKS,
    RECORD_CONTACT,
    REASSIGN,
    DECIDE_OBJECTION,
    SAY_NO_COVER_NEEDED,
    CONFIRM_DATE,
    DECLINE_DATE,
    SET_NEW_DATE,
    ACCEPT_ACTIONS,
    ASK_TO_ACCEPT,
    DECLINE_TO_ACCEPT,
    CONFIRM_ACTION,
    SEND_BACK_ACTION,
    RESOLVE,
    SAY_NOT_RESOLVED,
    ESCALATE,
    FIND_UNRESOLVED,
    STAY_ON_LADDER,
    CHOOSE_SKIP,
    REFER_TO_CAFCASS,
    DO_NOT_REFER,
    RECORD_CAFCASS_ANSWER,
    ASK_CAFCASS,
    RECORD_JUDICIAL_REVIEW,
    ASK_AGAIN,
    GIVE_VIEW,
    REPORT_ACTION,
    PROPOSE_DATE,
    RECORD_DISCUSSION,
    NAME_OWNER,
    NO_NEW_DATE,
    GIVE_UP_ACTION,
    REVISE_DEADLINE,
    PROPOSE_HOLD,
    AGREE_HOLD,
    END_HOLD,
    OBJECT,
    INFORM_DIRECTOR,
    SEND_ACTIONS,
    CONSIDER_CHAIR,
    ARRANGE_MEETING,
    RECORD_MEETING,
    CHANGE_MEETING,
    CANCEL_MEETING,
    RECORD_CHILD_TOLD,
    RECORD_IMPACT,
    WRITE_TO_CHILD,
    RECORD_CHILDS_RIGHTS,
    PLACE_ON_FILE,
    ACCEPT_LATE_ACTIONS,
    SAY_CONFLICT,
    GIVE_ADVICE,
    NAME_LAWYER,
    BRIEF,
    CONFIRM_DIRECTOR,
    ASK_FOR_ADVICE,
    SAY_NO_ADVICE_NEEDED,
    OPEN_ADVICE,
    SAY_MANAGER_CONFLICT,
    SAY_HOW_TO_GO_ON,
    MOVE_CHILD,
    DISCUSS_IN_SUPERVISION,
    RECORD_LIFE_CHANGE,
    RECORD_CONVERSATION,
    WRITE_NOTE,
    OPEN_HISTORY,
    CORRECT,
    APPOINT_IRO,
    AGREE_TO_ANOTHER_IRO,
    OBJECT_TO_IRO,
    CLOSE,
    REOPEN,
    ASK_TO_SEAL,
)

#: What the acts are for, on the challenge's page: a heading, and its acts. All others are used
#: rarely, and stand under "More".
GROUPS: tuple[tuple[str, tuple[ActPage, ...]], ...] = (
    (
        "Decide",
        (
            *(RESOLVE, SAY_NOT_RESOLVED, ACCEPT_ACTIONS, ASK_TO_ACCEPT, DECLINE_TO_ACCEPT),
            *(ASK_AGAIN, ESCALATE, FIND_UNRESOLVED, STAY_ON_LADDER, CHOOSE_SKIP),
            *(CLOSE, REOPEN, ACCEPT_LATE_ACTIONS),
            *(AGREE_TO_SEAL, DECLINE_TO_SEAL, SAY_HOW_TO_GO_ON),
        ),
    ),
    (
        "Actions",
        (
            *(CONFIRM_ACTION, SEND_BACK_ACTION, REPORT_ACTION, PROPOSE_DATE, SET_NEW_DATE),
            *(CONFIRM_DATE, DECLINE_DATE, NO_NEW_DATE, NAME_OWNER, GIVE_UP_ACTION),
        ),
    ),
    (
        "Deadlines, holds and who replies",
        (
            *(REVISE_DEADLINE, OBJECT, DECIDE_OBJECTION, PROPOSE_HOLD, AGREE_HOLD, END_HOLD),
            *(REASSIGN, SAY_NO_COVER_NEEDED),
        ),
    ),
    (
        "Meetings, discussions and notes",
        (
            *(WRITE_NOTE, RECORD_CONVERSATION, RECORD_DISCUSSION, ARRANGE_MEETING, RECORD_MEETING),
            *(CHANGE_MEETING, CANCEL_MEETING, CONSIDER_CHAIR, SEND_ACTIONS, DISCUSS_IN_SUPERVISION),
            GIVE_VIEW,
        ),
    ),
    (
        "The child",
        (
            *(RECORD_CONTACT, RECORD_CHILD_TOLD, WRITE_TO_CHILD, RECORD_CHILDS_RIGHTS),
            *(RECORD_IMPACT, PLACE_ON_FILE),
        ),
    ),
    (
        "Cafcass and legal advice",
        (
            *(REFER_TO_CAFCASS, DO_NOT_REFER, ASK_CAFCASS, RECORD_CAFCASS_ANSWER),
            *(ASK_FOR_ADVICE, GIVE_ADVICE, SAY_CONFLICT, NAME_LAWYER, BRIEF, CONFIRM_DIRECTOR),
            INFORM_DIRECTOR,
        ),
    ),
)
MORE = "More"

_BY_SLUG = {page.slug: page for page in ACT_PAGES}
#: Addresses of earlier releases: the date of an action had a page of its own.
_BY_SLUG["redate-action"] = REVISE_DEADLINE


def by_purpose(pages: Sequence[ActPage]) -> list[tuple[str, list[ActPage]]]:
    """Return the pages under the headings of :data:`GROUPS`, and under "More" last."""
    known = {page for _, some in GROUPS for page in some}
    found = [(title, [page for page in pages if page in some]) for title, some in GROUPS]
    found.append((MORE, [page for page in pages if page not in known]))
    return [(title, some) for title, some in found if some]


def page_at(slug: str) -> ActPage | None:
    """Return the act's page with this ``slug``; ``None`` if there is none."""
    return _BY_SLUG.get(slug)


def capacity(scene: Scene, page: ActPage) -> str:
    """Return the first of the officer's capacities that allows the act of an offered page."""
    allowing = [
        who
        for who in sorted(scene.capacities)
        if may(page.act, frozenset({who}), scene.challenge, scene.council)
    ]
    return str(allowing[0])


def offers(scene: Scene) -> tuple[ActPage, ...]:
    """Return the pages of what the officer can do now, in the table's order."""
    allowed = acts(scene.capacities, scene.challenge, scene.council)
    return tuple(
        page
        for page in ACT_PAGES
        if page.act in allowed and page.offered(scene) and (not page.states or page.actions(scene))
    )
