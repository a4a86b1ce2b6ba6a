"""Which challenges somebody's list has: a row is listed if its reader could open the challenge.

The SRSM, the Senior IRO Manager, auditors and the data protection officer see all of them, an IRO
their own and those of the IROs they cover, and others those that their posts are asked about or
told of. A Head of Service or an Assistant Director also gets the counts of their services, without
a child (rule 21), and the Performance analyst the counts of all, small ones hidden. What is sealed
is in no list of open challenges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import OVERSEERS, Role
from domain.moments import parse_moment
from domain.people import iros_for_whom
from domain.rules.lateness import LATE_IRO, days_in_words
from domain.values import Value, value
from domain.vocabulary import ENDED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from adapters.record.lists import Lists, Row
    from domain.council import Council

__all__ = ["INSPECTORS", "IRO_LATE_TOO", "Reach", "reach_of", "step_is_late"]

#: Who reads every challenge, and does nothing in it.
INSPECTORS = frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})

#: What a line says if its next step is not late, but its IRO is with something else.
IRO_LATE_TOO = "The IRO is late with something"

_ALL = OVERSEERS | INSPECTORS
_SERVICE = frozenset({Role.HEAD_OF_SERVICE, Role.ASSISTANT_DIRECTOR})

#: The roles that have a page of challenges: who takes part in them, watches over or counts them.
_HAVE_A_LIST = (
    *(*_ALL, *_SERVICE, Role.IRO, Role.SOCIAL_WORKER, Role.TEAM_MANAGER),
    *(Role.CHILDRENS_SERVICE_MANAGER, Role.DIRECTOR, Role.PERFORMANCE_ANALYST),
)


@value
class Reach(Value):
    """What somebody's list may have: ``roles`` they hold or cover today.

    ``everything``: all challenges. Otherwise those of ``iros`` (officers' ids), and those that
    holders of ``posts`` (ids) may see. ``services`` are the teams of which they get the counts,
    ``None`` if they get none, and empty for all teams.
    """

    roles: frozenset[Role]
    everything: bool
    iros: frozenset[str]
    posts: frozenset[str]
    services: frozenset[str] | None

    @property
    def has_a_list(self) -> bool:
        """Whether there is a page of challenges for them at all."""
        return not self.roles.isdisjoint(_HAVE_A_LIST)

    @property
    def counts_alone(self) -> bool:
        """Whether they get figures, and no challenge (the Performance analyst)."""
        return Role.PERFORMANCE_ANALYST in self.roles and self.roles.isdisjoint(
            {*_HAVE_A_LIST} - {Role.PERFORMANCE_ANALYST}
        )

    @property
    def watches(self) -> bool:
        """Whether they watch over what the IROs and the service manager do."""
        return self.everything

    def opens(self, row: Row) -> bool:
        """Whether they could open the challenge of this row."""
        return self.everything or row.iro in self.iros or not self.posts.isdisjoint(row.posts)

    def counts(self, row: Row) -> bool:
        """Whether the counts above their list have this row."""
        if self.counts_alone or self.opens(row):
            return True
        return self.services is not None and (not self.services or row.team in self.services)

    def knows_iro_is_late(self, row: Row) -> bool:
        """Whether its IRO was said to be late with something, and the reader may know.

        Those who are asked to reply do not learn how the IRO works.
        """
        watched = self.everything or self.counts_alone or row.iro in self.iros
        return watched and any(mark.key == LATE_IRO for mark in row.marks)

    def is_late(self, row: Row, now: datetime) -> bool:
        """Whether a challenge counts as late for this reader, at ``now`` (UTC).

        Its next step is past its date, or its IRO was said to be late with something. Counts,
        filters and lists all go by this.
        """
        return step_is_late(row, now) or self.knows_iro_is_late(row)

    def late_means(self, council: Council) -> str:
        """Return what counts as late for this reader, in words."""
        step = "Late: the reply, decision or agreed action that is next is past its date."
        if not (self.everything or self.counts_alone or self.iros):
            return f"{step} What else an IRO is late with is not counted here."
        procedure = council.procedure
        days = min(procedure.manager_may_decide_after, procedure.senior_told_after)
        return f"{step} Or the IRO is late with something else, by {days_in_words(days)} or more."

    def rows(self, lists: Lists) -> tuple[list[Row], bool]:
        """Return the open challenges that they may list or count, and whether any were left out.

        An IRO's own are all read; what is wider is read up to ``AT_MOST_OPEN``.
        """
        if self.everything or self.counts_alone or self.services is not None:
            rows, left = lists.open_rows()
            return [row for row in rows if self.counts(row)], left
        own = {
            row.reference: row
            for iro in sorted(self.iros)
            for row in lists.of_iro(iro)
            if row.standing not in ENDED and row.due
        }
        left = False
        if posts := self._posts_of_others():
            found, left = lists.open_for(sorted(posts), "")
            own |= {row.reference: row for row in found if self.opens(row)}
        return sorted(own.values(), key=lambda row: (row.due, row.reference)), left

    def _posts_of_others(self) -> frozenset[str]:
        """Return the posts by which they may see challenges whose IRO they are not."""
        return self.posts if self.roles - {Role.IRO} else frozenset()


def step_is_late(row: Row, now: datetime) -> bool:
    """Whether the reply, decision or action for which an open challenge waits is past its date."""
    return bool(row.due) and row.standing not in ENDED and parse_moment(row.due) < now


def reach_of(officer: str, council: Council, today: date) -> Reach:
    """Return what the list of ``officer`` (an id) may have today."""
    held = council.directory.posts_held(officer, today)
    roles = frozenset(post.role for post in held)
    wide = [post for post in held if post.role in _SERVICE]
    return Reach(
        roles,
        everything=not roles.isdisjoint(_ALL),
        iros=frozenset(iros_for_whom(officer, council, today)),
        posts=frozenset(post.id for post in held),
        services=_teams(post.teams for post in wide) if wide else None,
    )


def _teams(of_each: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """Return the teams of several posts; empty if one of them has all."""
    every = [*of_each]
    return frozenset() if () in every else frozenset(team for teams in every for team in teams)
