"""What the rules need from the council: its calendar, its procedure and its directory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.deadlines import Deadline, assigned_on, deadline_in
from domain.ladder import Ladder, Role, Stage

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.challenge import Area, Challenge
    from domain.directory import Directory, Officer
    from domain.procedure import Procedure
    from domain.working_days import WorkingDays

__all__ = ["Council"]


@dataclass(frozen=True)
class Council:
    """The calendar, the procedure's settings and the directory, as they are now.

    ``change`` counts the changes to calendar and directory that operators have loaded. Sweep
    applies each to every open challenge.
    """

    calendar: WorkingDays
    procedure: Procedure
    directory: Directory
    change: int = 0

    def under(self, version: str) -> Council:
        """Return the council for a challenge that was raised under ``version`` of its procedure.

        Raise ``UnknownProcedureError`` if the settings do not have it.
        """
        return replace(self, procedure=self.procedure.under(version))

    @property
    def ladder(self) -> Ladder:
        """The stages of the procedure."""
        return self.procedure.ladder

    def day_of(self, moment: datetime) -> date:
        """Return the local date from which something done at ``moment`` counts."""
        return assigned_on(moment, self.calendar, self.procedure)

    def within(self, days: int, moment: datetime) -> Deadline:
        """Return the deadline ``days`` working days after something done at ``moment``."""
        return deadline_in(days, self.day_of(moment), self.calendar)

    def posts(self, challenge: Challenge, role: Role, area: Area | None = None) -> tuple[str, ...]:
        """Return the ids of the posts that have ``role`` for this challenge's child.

        ``area`` is another one than the child's present one.
        """
        area = area or challenge.area
        if role is Role.SOCIAL_WORKER:
            return (area.social_worker,)
        found = self.directory.posts_of(role, area.team)
        return tuple(post.id for post in found)

    def people(self, challenge: Challenge, role: Role, day: date) -> tuple[Officer, ...]:
        """Return who acts on ``day`` for the posts with ``role`` for this challenge's child."""
        posts = self.posts(challenge, role)
        return tuple(one for post in posts for one in self.directory.people(post, day))

    def asked_at(self, challenge: Challenge, stage: Stage) -> tuple[str, ...]:
        """Return the posts that must reply at ``stage``; empty if the council has none."""
        return tuple(
            post for role in self.ladder[stage].responders for post in self.posts(challenge, role)
        )

    def later_of(self, one: Deadline, other: Deadline) -> Deadline:
        """Return the one that is due later."""
        return max(one, other, key=lambda deadline: deadline.day)
