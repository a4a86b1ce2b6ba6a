"""Who may do what: one table, role × standing × action. Pages, API, tests and docs read it.

Source: the procedure, "Who may do what"; rules 4, 6, 7, 8, 15 and 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Purpose, Standing
from domain.ladder import LADDER, Role, below

if TYPE_CHECKING:
    from datetime import date

    from domain.challenge import Challenge, Request
    from domain.council import Council
    from domain.directory import Officer

__all__ = [
    "PERMISSIONS",
    "Act",
    "Capacity",
    "Permission",
    "acts",
    "capacities",
    "may",
    "may_answer",
    "may_raise",
    "people_asked",
]


class Act(StrEnum):
    """What somebody may do with a challenge; the value is how a page calls it."""

    VIEW = "See the challenge"
    REPLY = "Reply"
    RESOLVE = "Record it as resolved"
    ESCALATE = "Move it to a later stage"
    ACCEPT_ACTIONS = "Accept the agreed actions"
    ASK_AGAIN = "Ask again at this stage"
    REASSIGN = "Name who is to reply"
    GIVE_VIEW = "Record your view as service manager"
    REPORT_ACTION = "Report an action done"
    CONFIRM_ACTION = "Confirm an action"
    GIVE_UP_ACTION = "Give an action up"
    REDATE_ACTION = "Give an action a new date"
    REVISE_DEADLINE = "Revise the deadline"
    OBJECT = "Object to the revised deadline"
    NOTE = "Write a note"
    APPOINT_IRO = "Appoint another IRO"
    CLOSE = "End it without resolution"


class Capacity(StrEnum):
    """What somebody is to one challenge."""

    IRO = "the IRO"
    SRSM = "the Safeguarding & Review Service Manager"
    SENIOR_IRO_MANAGER = "the Senior IRO Manager"
    RESPONDER = "asked to reply"
    INFORMED = "kept informed"


class If(StrEnum):
    """What else has to hold."""

    ALWAYS = ""
    IRO_IS_LATE = "the IRO is three working days late with a decision (rule 4)"
    NOT_REVISED_YET = "the deadline has not been revised before (rule 7)"
    REVISED = "the deadline has been revised (rule 7)"
    NOBODY_ASKED = "nobody could be asked, or the IRO has not said whose it is (rule 15)"
    ACTION_OPEN = "an action is under way or missed (rule 6)"
    ACTION_DONE = "an action is reported done (rule 6)"
    ACTION_FOLLOWED = "an action has not ended (rule 6)"
    REPLIED = "a reply is on the record (rule 4)"
    PROMISED = "the reply agreed actions (rule 6)"
    PROMISED_BEYOND = "an agreed action's date lies beyond the resolution period (rule 6)"
    PROMISED_AND_LATE = "the reply agreed actions, and the IRO is three working days late (rule 4)"


@dataclass(frozen=True)
class Permission:
    """``who`` may do ``act`` while the challenge stands at one of ``when``, if ``also`` holds."""

    act: Act
    who: Capacity
    when: tuple[Standing, ...]
    also: If = If.ALWAYS


_S, _C = Standing, Capacity
_AWAITING = (_S.QAP, _S.STAGE_1, _S.STAGE_2, _S.STAGE_3, _S.STAGE_4)
_ANY = tuple(_S)
_OPEN = tuple(s for s in _S if s is not _S.CLOSED)
_BALL_WITH_IRO = (_S.IRO_TO_DECIDE,)
_FOLLOWING = (_S.IRO_TO_DECIDE, _S.ACTIONS_UNDER_WAY)

PERMISSIONS = (
    *(Permission(Act.VIEW, who, _ANY) for who in (_C.IRO, _C.SRSM, _C.SENIOR_IRO_MANAGER)),
    Permission(Act.VIEW, _C.RESPONDER, _OPEN),
    Permission(Act.VIEW, _C.INFORMED, _ANY),
    Permission(Act.REPLY, _C.RESPONDER, _OPEN),
    Permission(Act.RESOLVE, _C.IRO, _OPEN),
    Permission(Act.RESOLVE, _C.SRSM, _BALL_WITH_IRO, If.IRO_IS_LATE),
    Permission(Act.ESCALATE, _C.IRO, _OPEN),
    Permission(Act.ESCALATE, _C.SRSM, _BALL_WITH_IRO, If.IRO_IS_LATE),
    Permission(Act.ACCEPT_ACTIONS, _C.IRO, _BALL_WITH_IRO, If.PROMISED),
    Permission(Act.ACCEPT_ACTIONS, _C.SRSM, _BALL_WITH_IRO, If.PROMISED_BEYOND),
    Permission(Act.ACCEPT_ACTIONS, _C.SRSM, _BALL_WITH_IRO, If.PROMISED_AND_LATE),
    Permission(Act.ASK_AGAIN, _C.IRO, _BALL_WITH_IRO),
    Permission(Act.ASK_AGAIN, _C.SRSM, _BALL_WITH_IRO),
    Permission(Act.REASSIGN, _C.IRO, (_S.TO_BE_REASSIGNED,)),
    Permission(Act.REASSIGN, _C.SRSM, (_S.TO_BE_REASSIGNED,), If.NOBODY_ASKED),
    Permission(Act.REASSIGN, _C.SENIOR_IRO_MANAGER, (_S.TO_BE_REASSIGNED,), If.NOBODY_ASKED),
    Permission(Act.GIVE_VIEW, _C.SRSM, _OPEN, If.REPLIED),
    Permission(Act.REPORT_ACTION, _C.RESPONDER, _FOLLOWING, If.ACTION_OPEN),
    Permission(Act.REPORT_ACTION, _C.INFORMED, _FOLLOWING, If.ACTION_OPEN),
    Permission(Act.CONFIRM_ACTION, _C.IRO, _FOLLOWING, If.ACTION_DONE),
    Permission(Act.CONFIRM_ACTION, _C.SRSM, _FOLLOWING, If.IRO_IS_LATE),
    Permission(Act.GIVE_UP_ACTION, _C.IRO, _FOLLOWING, If.ACTION_FOLLOWED),
    Permission(Act.REDATE_ACTION, _C.SRSM, _FOLLOWING, If.ACTION_OPEN),
    Permission(Act.REVISE_DEADLINE, _C.SRSM, (*_AWAITING, _S.IRO_TO_DECIDE), If.NOT_REVISED_YET),
    Permission(
        Act.REVISE_DEADLINE, _C.SENIOR_IRO_MANAGER, (*_AWAITING, _S.IRO_TO_DECIDE), If.REVISED
    ),
    Permission(Act.OBJECT, _C.IRO, _OPEN, If.REVISED),
    *(Permission(Act.NOTE, who, _OPEN) for who in _C),
    Permission(Act.APPOINT_IRO, _C.SRSM, _OPEN),
    Permission(Act.CLOSE, _C.IRO, _OPEN),
    Permission(Act.CLOSE, _C.SRSM, _BALL_WITH_IRO, If.IRO_IS_LATE),
)


def _holds(also: If, challenge: Challenge, council: Council) -> bool:
    request = challenge.request
    question = challenge.question
    actions = challenge.open_actions
    late = challenge.chased() >= council.procedure.manager_may_decide_after
    reply = request.reply.fact if request.reply else None
    purposes = {q.purpose for q in challenge.questions}
    told = question is not None and question.chased > 0
    agreed = () if challenge.stage_clock_stopped else getattr(reply, "actions", ())
    end = challenge.period.day if challenge.period else None
    answers = {
        If.ALWAYS: True,
        If.IRO_IS_LATE: late,
        If.NOT_REVISED_YET: request.revisions == 0,
        If.REVISED: request.revisions > 0,
        If.NOBODY_ASKED: Purpose.NAME_SOMEBODY in purposes or told,
        If.ACTION_OPEN: any(a.state.name in ("OPEN", "MISSED") for a in actions),
        If.ACTION_DONE: any(a.state.name == "DONE" for a in actions),
        If.ACTION_FOLLOWED: bool(actions),
        If.REPLIED: reply is not None,
        If.PROMISED: bool(agreed),
        If.PROMISED_BEYOND: end is not None and any(action.by > end for action in agreed),
        If.PROMISED_AND_LATE: bool(agreed) and late,
    }
    return answers[also]


def capacities(
    challenge: Challenge, officer: str, council: Council, today: date
) -> frozenset[Capacity]:
    """What ``officer`` is to ``challenge`` today, by the posts they hold or cover.

    Whoever is its IRO has no other capacity in it, and never answers it; where that is the SRSM,
    the Senior IRO Manager oversees it, in the SRSM's capacity as well (rule 15).
    """
    if officer == challenge.iro:
        return frozenset({Capacity.IRO})
    held = council.directory.posts_held(officer, today)
    found = set()
    for post in held:
        if post.role is Role.SRSM:
            found.add(Capacity.SRSM)
        elif post.role is Role.SENIOR_IRO_MANAGER:
            found.add(Capacity.SENIOR_IRO_MANAGER)
            if council.is_srsms_own(challenge):
                found.add(Capacity.SRSM)
        elif post.role is Role.IRO and post.holder == challenge.iro:
            found.add(Capacity.IRO)
    ids = {post.id for post in held}
    if _is_their_own(challenge, officer, council, today):
        return frozenset(found)
    if ids & _asked(challenge, council):
        found.add(Capacity.RESPONDER)
    if ids & _informed(challenge, council):
        found.add(Capacity.INFORMED)
    return frozenset(found)


def _is_their_own(challenge: Challenge, officer: str, council: Council, today: date) -> bool:
    """Rule 15: nobody answers their own: its IRO, whoever covers for the IRO, and who raised it."""
    held = council.directory.posts_held(officer, today)
    covers = any(post.role is Role.IRO and post.holder == challenge.iro for post in held)
    return covers or officer in (challenge.iro, challenge.raised.iro)


def people_asked(
    challenge: Challenge, post: str, council: Council, today: date
) -> tuple[Officer, ...]:
    """Who is asked when ``post`` is: whoever answers for it today, but nobody their own."""
    return tuple(
        person
        for person in council.directory.people(post, today)
        if not _is_their_own(challenge, person.id, council, today)
    )


def may_raise(officer: str, council: Council, today: date) -> bool:
    """Rule 1: the IRO raises a challenge, or somebody who covers for one today."""
    held = council.directory.posts_held(officer, today)
    return any(post.role is Role.IRO for post in held)


def _asked(challenge: Challenge, council: Council) -> set[str]:
    """The posts whose answer is or was asked for, or that may answer unasked, and may still."""
    asked = {p for r in challenge.requests if not r.superseded for p in r.posts}
    allowed = LADDER[challenge.stage].may_reply
    return asked | {p for role in allowed for p in council.posts(challenge, role)}


def may_answer(
    request: Request, challenge: Challenge, officer: str, council: Council, today: date
) -> bool:
    """Whether ``request`` is put to a post that ``officer`` holds or covers today.

    Where the ladder lets another role reply unasked, whoever has that role may as well (rule 2).
    """
    unasked = LADDER[request.stage].may_reply
    posts = {*request.posts, *(p for role in unasked for p in council.posts(challenge, role))}
    held = {post.id for post in council.directory.posts_held(officer, today)}
    return not request.superseded and bool(held & posts)


def _informed(challenge: Challenge, council: Council) -> set[str]:
    roles = {Role.SOCIAL_WORKER}
    for request in challenge.requests:
        roles |= {*LADDER[request.stage].informed, *below(request.stage)}
    return {p for role in roles for p in council.posts(challenge, role)}


def may(act: Act, who: frozenset[Capacity], challenge: Challenge, council: Council) -> bool:
    """Whether somebody in these capacities may do ``act`` now."""
    return any(
        p.act is act
        and p.who in who
        and challenge.standing in p.when
        and _holds(p.also, challenge, council)
        for p in PERMISSIONS
    )


def acts(who: frozenset[Capacity], challenge: Challenge, council: Council) -> tuple[Act, ...]:
    """Everything somebody in these capacities may do now, in the table's order."""
    return tuple(act for act in Act if may(act, who, challenge, council))
