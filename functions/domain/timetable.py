"""The dates of a challenge that has not been raised yet: who would be asked, and by when.

Source: the ladder of the procedure, and rules 5 and 9. Each stage lasts its working days if nobody
replies. From QAP a challenge never moves up by itself, so only its own date is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Role, Stage
from domain.procedure import OnNoReply
from domain.values import Value, value

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council

__all__ = ["Ahead", "StageAhead", "ahead"]


@value
class StageAhead(Value):
    """A stage to come: ``last`` is its last day if nobody replies before, ``asked`` who replies.

    ``asked`` are names with their posts, as they are on the day on which this was worked out.
    """

    stage: Stage
    title: str
    last: date
    asked: tuple[str, ...]


@value
class Ahead(Value):
    """The stages to come, in order, and the last day of the 20-working-day limit.

    ``limit`` is ``None`` at QAP. ``climbs``: the challenge moves up by itself when nobody replies.
    """

    stages: tuple[StageAhead, ...]
    limit: date | None
    climbs: bool

    def at(self, day: date) -> StageAhead | None:
        """Return the stage in which ``day`` falls; ``None`` if all have ended by then."""
        return next((one for one in self.stages if day <= one.last), None)


def ahead(entry: Stage, team: str, social_worker: str, start: date, council: Council) -> Ahead:
    """Return what would follow if a challenge began at ``entry`` on ``start``, a local date.

    It is about a child of ``team`` with this ``social_worker`` (the id of a post).
    """
    calendar, ladder = council.calendar, council.ladder
    stages = [entry, *ladder.after(entry)] if entry.formal else [entry]
    found, last = [], start
    for one in (ladder[stage] for stage in stages):
        last = calendar.add(last, one.working_days)
        posts = (
            post
            for role in one.responders
            for post in council.directory.posts_of(role, team)
            if role is not Role.SOCIAL_WORKER or post.id == social_worker
        )
        asked = tuple(_named(post.id, start, council) for post in posts)
        found.append(StageAhead(one.stage, one.title, last, asked))
    period = council.procedure.resolution_period
    limit = calendar.add(start, period) if entry.formal else None
    by_itself = council.procedure.on_no_reply is OnNoReply.ESCALATE and ladder[entry].climbs
    return Ahead(tuple(found), limit, entry.formal and by_itself)


def _named(post: str, day: date, council: Council) -> str:
    people = " and ".join(one.name for one in council.directory.people(post, day))
    title = council.directory.title(post)
    return f"{people}, {title}" if people else f"{title} (nobody holds this post today)"
