"""Rule 8, escalating earlier: the IRO may move the challenge up at any time, to any later stage.

They need a reason, unless a formal stage was answered (rule 4) or missed and they move to the next.
In the place of an IRO who is late the SRSM may move it to the next stage (rule 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from domain.challenge import Challenge
from domain.ladder import Ladder, Stage
from domain.part import Command, Hand, May, Part, Problems
from domain.rules.lateness import IRO_IS_LATE, ON_A_REPLY
from domain.rules.skipping import next_stage
from domain.rules.stages import Cause, StageBegan, begin
from domain.rules.timescales import Discussed, missed
from domain.values import value
from domain.vocabulary import OPEN, Capacity, Purpose, Standing

__all__ = ["ESCALATING", "Escalate", "NotThisStage", "needs_a_reason", "stages_to_move_to"]


class NotThisStage(StrEnum):
    """Why a challenge cannot move to a stage."""

    NOT_LATER = "Choose a stage after {stage}."
    NOT_THE_NEXT = "In the IRO’s place you can only move it to the next stage. Choose {next}."
    NONE_LEFT = "{stage} is the last stage. Ask again, record a resolution, or end the challenge."


@value
class Escalate(Command):
    """Move to a later stage: the next after a reply, or any with a reason (rules 2, 4 and 8).

    At a missed timescale of QAP, with what was ``discussed`` with the SRSM, if the IRO says so.
    """

    to: Stage
    reason: str = ""
    discussed: str = ""

    called = "Move it to a later stage"
    who = (
        May(Capacity.IRO, OPEN),
        May(Capacity.SRSM, (Standing.IRO_TO_DECIDE,), IRO_IS_LATE),
    )
    settles = (
        Purpose.DECIDE,
        Purpose.DECIDE_SILENCE,
        Purpose.MISSED_ACTION,
        Purpose.OUTCOME_MISSED,
        Purpose.NOTHING_DONE,
        Purpose.STEP_IN,
        Purpose.RESOLVED_NOW,
        Purpose.STAGES_DO_NOT_FIT,
    )

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Discussed | StageBegan]:
        """Yield the stage, which begins at once."""
        problems = Problems()
        ladder = hand.council.ladder
        later = ladder.after(challenge.stage)
        refusal = NotThisStage.NOT_LATER if later else NotThisStage.NONE_LEFT
        said = refusal.format(stage=ladder.title(challenge.stage))
        problems.refuse_if("to", self.to not in later, said)
        if self.to in later and self.to not in stages_to_move_to(
            challenge, hand.capacities, ladder
        ):
            up = next_stage(challenge, ladder) or later[0]
            said = NotThisStage.NOT_THE_NEXT.format(next=ladder.title(up))
            problems.refuse_if("to", wrong=True, sentence=said)
        if needs_a_reason(challenge, self.to, ladder):
            problems.need("reason", self.reason, "Enter why you are moving it to this stage now.")
        problems.check()
        cause = _cause(challenge)
        start = hand.council.day_of(hand.now)
        if self.discussed and not challenge.stage.formal and missed(challenge):
            yield Discussed(self.discussed)
        yield begin(challenge, self.to, cause, self.reason, start, hand.council)


#: What happened, by the challenge's own question that the move settles.
_CAUSES = {
    Purpose.DECIDE: Cause.NOT_RESOLVED,
    Purpose.ACCEPT_BEYOND: Cause.NOT_RESOLVED,
    Purpose.RESOLVED_NOW: Cause.ACTIONS_ENDED,
    Purpose.NOTHING_DONE: Cause.ACTIONS_ENDED,
    Purpose.DECIDE_SILENCE: Cause.SILENCE,
    Purpose.NAME_SOMEBODY: Cause.NOBODY_ASKED,
    Purpose.REASSIGN: Cause.NOT_THEIRS,
}


def _cause(challenge: Challenge) -> Cause:
    """Return why the next stage begins: that the matter is not resolved only if it was judged."""
    question = challenge.decision
    if question:
        return _CAUSES.get(question.purpose, Cause.ESCALATED)
    missed = any(one.purpose is Purpose.MISSED_ACTION for one in challenge.questions)
    return Cause.ACTION_MISSED if missed else Cause.ESCALATED


def needs_a_reason(challenge: Challenge, to: Stage, ladder: Ladder) -> bool:
    """Whether moving to stage ``to`` needs a reason.

    It needs none if a formal stage was answered, or was silent, and ``to`` is the next one.
    """
    question = challenge.decision
    ended = question and question.purpose in (*ON_A_REPLY, Purpose.ACCEPT_BEYOND)
    following = (ladder.next(challenge.stage), next_stage(challenge, ladder))
    return not (challenge.stage.formal and ended and to in following)


def stages_to_move_to(
    challenge: Challenge, who: frozenset[Capacity], ladder: Ladder
) -> tuple[Stage, ...]:
    """Return the stages to which somebody in the capacities ``who`` may move the challenge."""
    later = ladder.after(challenge.stage)
    up = next_stage(challenge, ladder)
    return later if Capacity.IRO in who else tuple(stage for stage in later if stage is up)


ESCALATING = Part(8, "Escalating earlier", acts=(Escalate,))
