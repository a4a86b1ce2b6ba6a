"""The settings of the procedure: what a council may want to change, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.errors import UnknownProcedureError
from domain.ladder import OF_THE_GUIDANCE, Ladder
from domain.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OF_TODAY", "THEMES", "OnNoReply", "Procedure", "ReplyLinks"]


class OnNoReply(StrEnum):
    """What happens when there is no reply at stages 1 to 3 by the deadline (rule 5)."""

    ESCALATE = "escalate"
    ASK = "ask"


class ReplyLinks(StrEnum):
    """Whether an emailed link alone opens the question, or a sign-in is needed as well."""

    LINK = "link"
    LINK_AND_SIGN_IN = "link and sign-in"


#: Rule 21: what a concern is about, for figures.
THEMES = (
    "drift in permanence",
    "care plan not implemented",
    "placement",
    "health",
    "education (PEP)",
    "visits and contact with the social worker",
    "reports late or missing",
    "pathway plan",
    "family time",
    "legal status",
    "participation of the child",
    "worker not allocated",
    "resources",
    "other",
)


#: Rule 23: whom to contact when a child may be at risk today.
AT_RISK_ROUTE = (
    "If a child is in immediate danger, call 999. Otherwise call the council’s children’s social "
    "care front door now. Outside office hours, call the emergency duty team."
)

#: Rule 10: by which secure route a referral goes to Cafcass.
CAFCASS_ROUTE = "The council’s secure email"

#: Settings of today that apply to every challenge, whatever its version: how safe sign-in and links
#: are, what the form offers, and which days the council does not work.
OF_TODAY = (
    "reply_links",
    "link_lifetime_days",
    "session_idle_minutes",
    "themes",
    "at_risk_route",
    "cafcass_route",
    "cafcass_address",
    "words",
    "bank_holidays",
    "closure_days",
    "closure_days_count",
)


@dataclass(frozen=True)
class Procedure:
    """One version of the council's procedure. Spans are in working days.

    Each challenge records the ``version`` it was raised under and keeps to it; once there is a
    newer one, the old one is in ``earlier``. ``ladder`` are its stages; if ``on_no_reply`` is
    ``ask``, no challenge moves up by itself. ``cut_off_hour`` is the local hour from which an
    assignment counts as made on the next working day (``None``: no such hour).
    ``at_risk_route`` says whom to contact when a child may be at risk today, in whole sentences.
    ``impact_after`` is how long after *resolved* the IRO is asked what changed; 0: never.
    ``cafcass_route`` and ``cafcass_address`` are how a referral goes to Cafcass, and to whom there.
    ``words`` are what the council says in its own words, and whom people contact.
    ``session_idle_minutes`` is how long somebody stays signed in without opening a page.
    ``bank_holidays`` and ``closure_days`` are extra days of this council, each with its name;
    closure days are left out of the count only if ``closure_days_count`` is false.
    """

    version: str = "1"
    ladder: Ladder = OF_THE_GUIDANCE
    on_no_reply: OnNoReply = OnNoReply.ESCALATE
    reply_links: ReplyLinks = ReplyLinks.LINK
    cut_off_hour: int | None = None
    resolution_period: int = 20
    decide_at_least: int = 2
    ask_again_at_most: int = 5
    reassign_within: int = 2
    waits_for_a_name_at_most: int = 4
    name_somebody_within: int = 1
    served_within: int = 5
    director_served_within: int = 2
    days_left_at_least: int = 2
    confirm_within: int = 2
    decide_objection_within: int = 1
    tell_child_within: int = 2
    childs_rights_within: int = 2
    file_within: int = 2
    go_on_within: int = 2
    impact_after: int = 20
    record_impact_within: int = 2
    appoint_within: int = 2
    say_conflict_within: int = 1
    name_lawyer_within: int = 2
    advise_within: int = 2
    brief_within: int = 2
    inform_director_within: int = 2
    consider_chair_within: int = 2
    send_actions_within: int = 1
    hold_at_most: int = 5
    agree_hold_within: int = 2
    manager_may_decide_after: int = 3
    consider_cafcass_within: int = 2
    ask_cafcass_every: int = 10
    after_cafcass_within: int = 5
    senior_told_after: int = 5
    link_lifetime_days: int = 365
    session_idle_minutes: int = 60
    themes: tuple[str, ...] = THEMES
    at_risk_route: str = AT_RISK_ROUTE
    cafcass_route: str = CAFCASS_ROUTE
    cafcass_address: str = ""
    words: Words = field(default_factory=Words)
    bank_holidays: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    closure_days: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    closure_days_count: bool = True
    earlier: Mapping[str, Procedure] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def not_worked(self) -> Mapping[date, str]:
        """The days that this council's settings add to those that are not worked."""
        closed = {} if self.closure_days_count else self.closure_days
        return {**self.bank_holidays, **closed}

    def under(self, version: str) -> Procedure:
        """Return the procedure of a challenge raised under ``version``, with ``OF_TODAY`` of today.

        Raise ``UnknownProcedureError`` so that no challenge silently continues under other rules.
        """
        if version == self.version:
            return self
        if version not in self.earlier:
            raise UnknownProcedureError(version, (self.version, *self.earlier))
        today = {name: getattr(self, name) for name in OF_TODAY}
        return replace(self.earlier[version], **today)
