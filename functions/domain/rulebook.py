"""All rules of the procedure that this software has, in one explicit tuple, and what they define.

``PARTS`` are roughly in the order of the procedure's text. Acts are listed in that order, and if
several things are due at the same moment the earlier part's comes first, on the record and in a
tray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from domain.rules.absence import ABSENCE
from domain.rules.accepting import ACCEPTING
from domain.rules.actions import ACTIONS
from domain.rules.appointing import APPOINTING
from domain.rules.asking_to_accept import ASKING_TO_ACCEPT
from domain.rules.briefing import BRIEFING
from domain.rules.cafcass import CAFCASS
from domain.rules.childs_rights import CHILDS_RIGHTS
from domain.rules.considering import CONSIDERING
from domain.rules.corrections import CORRECTIONS
from domain.rules.deciding import DECIDING
from domain.rules.director import DIRECTOR
from domain.rules.discussions import DISCUSSIONS
from domain.rules.endings import ENDINGS
from domain.rules.entry import ENTRY
from domain.rules.escalating import ESCALATING
from domain.rules.filing import FILING
from domain.rules.good_practice import GOOD_PRACTICE
from domain.rules.history import HISTORY
from domain.rules.holds import HOLDS
from domain.rules.holidays import HOLIDAYS
from domain.rules.impact import IMPACT
from domain.rules.lateness import LATENESS
from domain.rules.leaving import LEAVING
from domain.rules.legal import LEGAL_ADVICE
from domain.rules.letters_to_child import LETTERS_TO_CHILD
from domain.rules.life import LIFE
from domain.rules.meetings import MEETINGS
from domain.rules.missed_actions import MISSED_ACTIONS
from domain.rules.moving import MOVING
from domain.rules.naming import NAMING
from domain.rules.notes import NOTES
from domain.rules.owners import OWNERS
from domain.rules.period import PERIOD
from domain.rules.posts import POSTS
from domain.rules.qap import QAP
from domain.rules.reopening import REOPENING
from domain.rules.replies import REPLIES
from domain.rules.revising import REVISING
from domain.rules.sealing import SEALING
from domain.rules.serving import SERVING
from domain.rules.silence import SILENCE
from domain.rules.skipping import SKIPPING
from domain.rules.stages import STAGES
from domain.rules.stepping_in import STEPPING_IN
from domain.rules.supervision import SUPERVISION
from domain.rules.taking_over import TAKING_OVER
from domain.rules.timescales import TIMESCALES
from domain.rules.urgency import URGENCY
from domain.vocabulary import Standing

if TYPE_CHECKING:
    from collections.abc import Container

    from domain.challenge import Challenge
    from domain.events import Fact
    from domain.part import Change, Command, Mark, Part, Rung
    from domain.vocabulary import Purpose

__all__ = [
    "CHANGES",
    "COMMANDS",
    "FACTS",
    "LOOKED_FOR",
    "MARKS",
    "PARTS",
    "RUNGS",
    "TIDYING",
    "marks_named",
    "marks_of",
    "parts_of",
    "settled_by",
    "stands_at",
]

PARTS = (
    *(LATENESS, ENTRY, QAP, STAGES, REPLIES, DECIDING, STEPPING_IN, APPOINTING, SILENCE),
    *(ACCEPTING, ASKING_TO_ACCEPT, ACTIONS, MISSED_ACTIONS),
    *(OWNERS, TIMESCALES, REVISING, HOLDS, ESCALATING, PERIOD, NOTES, DISCUSSIONS, MEETINGS),
    *(SUPERVISION, DIRECTOR, SERVING, POSTS),
    *(NAMING, MOVING, LEAVING, SKIPPING, ABSENCE, LEGAL_ADVICE, BRIEFING),
    *(CAFCASS, CONSIDERING, GOOD_PRACTICE),
    *(ENDINGS, TAKING_OVER, REOPENING, SEALING, CORRECTIONS, CHILDS_RIGHTS, LIFE, FILING),
    LETTERS_TO_CHILD,
    *(URGENCY, IMPACT, HISTORY, HOLIDAYS),
)

#: What has tasks and timers in a sealed record.
OF_SEALED = tuple(part for part in PARTS if part.of_sealed)

#: Every kind of fact, by the name it is stored under.
FACTS = cast(
    "dict[str, type[Fact]]", {kind.__name__: kind for part in PARTS for kind in part.facts}
)

#: Every kind of command, in the order in which acts are listed.
COMMANDS: tuple[type[Command], ...] = tuple(act for part in PARTS for act in part.acts)

#: For each kind of fact, what other rules change when it happens.
CHANGES: dict[type[Fact], tuple[Change, ...]] = {
    kind: tuple(change for part in PARTS for change in part.changes if change.kind is kind)
    for kind in FACTS.values()
}

#: What rules do after every event.
TIDYING = tuple(part.tidies for part in PARTS if part.tidies)

#: Every rung, by precedence: where several hold, the first counts.
RUNGS: dict[Standing, Rung] = {
    rung.standing: rung
    for rung in sorted(
        (rung for part in PARTS for rung in part.rungs),
        key=lambda rung: list(Standing).index(rung.standing),
        reverse=True,
    )
}

#: Every mark by its key, in the order in which lists show them.
MARKS: dict[str, Mark] = {mark.key: mark for part in PARTS for mark in part.marks}

#: What those who oversee all challenges look for in their list: key → mark, in the same order.
LOOKED_FOR: dict[str, Mark] = {key: mark for key, mark in MARKS.items() if mark.quiet}


def stands_at(challenge: Challenge) -> Standing:
    """Return the rung where ``challenge`` waits."""
    return next(rung.standing for rung in RUNGS.values() if rung.holds(challenge))


def marks_of(challenge: Challenge) -> tuple[Mark, ...]:
    """Return the marks of ``challenge``, in the order of ``MARKS``."""
    return tuple(
        mark
        for mark in MARKS.values()
        if mark.holds(challenge) and (mark.of_sealed or not challenge.sealed)
    )


def parts_of(challenge: Challenge) -> tuple[Part, ...]:
    """Return the parts by which ``challenge`` goes on: few of a sealed record (rule 22)."""
    return OF_SEALED if challenge.sealed else PARTS


def marks_named(keys: Container[str]) -> tuple[Mark, ...]:
    """Return the marks with these keys, in the order of ``MARKS``, without unknown ones.

    A row that a newer release wrote may have the key of a mark that this release does not know.
    """
    return tuple(mark for key, mark in MARKS.items() if key in keys)


def settled_by(purpose: Purpose) -> tuple[type[Command], ...]:
    """Return the commands that can settle a task of this purpose."""
    return tuple(command for command in COMMANDS if purpose in command.settles)
