"""The ladder, as data: who must reply at each stage, within how long, and who is told.

Source: the council's guidance on QAP and PCE/DRP, "The 4 PCE/DRP stages"; rules 1 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["FORMAL_STAGES", "LADDER", "Role", "Rung", "Stage", "below", "later_stages"]


class Role(StrEnum):
    """A part somebody has in the procedure. The value is its name as people say it."""

    IRO = "Independent Reviewing Officer"
    SRSM = "Safeguarding & Review Service Manager"
    SENIOR_IRO_MANAGER = "Senior IRO Manager"
    SOCIAL_WORKER = "Social Worker"
    TEAM_MANAGER = "Team Manager"
    CHILDRENS_SERVICE_MANAGER = "Children's Service Manager"
    HEAD_OF_SERVICE = "Head of Service"
    ASSISTANT_DIRECTOR = "Assistant Director"
    PERFORMANCE_ANALYST = "Performance analyst"


class Stage(StrEnum):
    """Where a challenge stands: informal (QAP), or at one of the four formal stages."""

    QAP = "QAP"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"

    @property
    def title(self) -> str:  # type: ignore[override]  # nobody title-cases a stage
        """``QAP`` or ``Stage 2``."""
        return self.value if self is Stage.QAP else f"Stage {self.value}"

    @property
    def formal(self) -> bool:
        """Whether this is a stage of the formal PCE/DRP."""
        return self is not Stage.QAP


@dataclass(frozen=True)
class Rung:
    """One stage of the ladder. ``working_days`` is the time to reply, in working days.

    ``responders`` are asked, and any one of them may reply; ``may_reply`` may as well, unasked.
    ``informed`` are told, with the SRSM, who always is.
    """

    stage: Stage
    responders: tuple[Role, ...]
    working_days: int
    informed: tuple[Role, ...]
    may_reply: tuple[Role, ...] = ()

    @property
    def next(self) -> Stage | None:
        """The stage after this one; ``None`` after stage 4."""
        later = later_stages(self.stage)
        return later[0] if later else None


_RUNGS = (
    Rung(
        Stage.QAP,
        (Role.SOCIAL_WORKER, Role.TEAM_MANAGER),
        1,
        (Role.CHILDRENS_SERVICE_MANAGER,),
        may_reply=(Role.CHILDRENS_SERVICE_MANAGER,),
    ),
    Rung(Stage.ONE, (Role.TEAM_MANAGER,), 5, (Role.CHILDRENS_SERVICE_MANAGER,)),
    Rung(Stage.TWO, (Role.CHILDRENS_SERVICE_MANAGER,), 5, (Role.HEAD_OF_SERVICE,)),
    Rung(
        Stage.THREE,
        (Role.HEAD_OF_SERVICE,),
        5,
        (Role.CHILDRENS_SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR),
    ),
    Rung(
        Stage.FOUR,
        (Role.ASSISTANT_DIRECTOR,),
        5,
        (Role.HEAD_OF_SERVICE, Role.CHILDRENS_SERVICE_MANAGER),
    ),
)

#: Each stage's rung, in order.
LADDER = MappingProxyType({rung.stage: rung for rung in _RUNGS})

FORMAL_STAGES = tuple(stage for stage in Stage if stage.formal)


def later_stages(stage: Stage) -> tuple[Stage, ...]:
    """The stages after ``stage``, in order. From QAP these are all four formal ones (rule 2)."""
    stages = tuple(Stage)
    return stages[stages.index(stage) + 1 :]


def below(stage: Stage) -> tuple[Role, ...]:
    """Those told how a stage began and ended: the Social Worker, and the posts below its own.

    Stages that were skipped are in it too ("shared with relevant parties").
    """
    formal = [s for s in FORMAL_STAGES if s not in (stage, *later_stages(stage))]
    roles = [Role.SOCIAL_WORKER, *(LADDER[s].responders[0] for s in formal)]
    return tuple(role for role in roles if role not in LADDER[stage].responders)
