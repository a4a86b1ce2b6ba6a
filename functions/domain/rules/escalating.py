"""Rule 8, escalating earlier: the IRO may move the challenge up at any time, to any later stage.

They need a reason, unless a formal stage was answered (rule 4) or missed and they move to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from domain.challenge import Challenge
from domain.ladder import Stage
from domain.part import Command, Hand, May, Part, Problems
from domain.rules.lateness import IRO_IS_LATE
from domain.rules.stages import Cause, StageBegan, begin
from domain.rules.timescales import Discussed, missed
from domain.values import value
from domain.vocabulary import OPEN, Capacity, Purpose, Standing

__all__ = ["ESCALATING", "Escalate", "NotThisStage"]


class NotThisStage(StrEnum):
    """Why a challenge cannot move to a stage."""

    NOT_LATER = "Choose a stage after {stage}."
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
        question = challenge.question
        ended = question and question.purpose in (Purpose.DECIDE, Purpose.DECIDE_SILENCE)
        next_after_it = ended and self.to is ladder.next(challenge.stage)
        if not next_after_it or not challenge.stage.formal:
            problems.need("reason", self.reason, "Enter why you are moving it to this stage now.")
        problems.check()
        cause = Cause.NOT_RESOLVED if challenge.questions else Cause.ESCALATED
        start = hand.council.day_of(hand.now)
        if self.discussed and not challenge.stage.formal and missed(challenge):
            yield Discussed(self.discussed)
        yield begin(challenge, self.to, cause, self.reason, start, hand.council)


ESCALATING = Part(8, "Escalating earlier", acts=(Escalate,))
