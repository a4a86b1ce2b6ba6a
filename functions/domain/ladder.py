"""The ladder: who must reply at each stage, how soon, who hears about it, and what silence does.

Source: the council's guidance on QAP and PCE/DRP, "The 4 PCE/DRP stages"; rules 1 to 5. Each
version of the procedure has its ladder (``Procedure.ladder``), by default ``OF_THE_GUIDANCE``.

Guidance: G25, G31, G35, G37, G39, G61, G63.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FORMAL_STAGES",
    "OF_THE_GUIDANCE",
    "OVERSEERS",
    "Ladder",
    "LadderStage",
    "Role",
    "Stage",
    "either",
]


class Role(StrEnum):
    """A role in the procedure. The value is its name, as settings and the directory have it."""

    IRO = "Independent Reviewing Officer"
    SRSM = "Safeguarding & Review Service Manager"
    SENIOR_IRO_MANAGER = "Senior IRO Manager"
    SOCIAL_WORKER = "Social Worker"
    TEAM_MANAGER = "Team Manager"
    CHILDRENS_SERVICE_MANAGER = "Children's Service Manager"
    HEAD_OF_SERVICE = "Head of Service"
    ASSISTANT_DIRECTOR = "Assistant Director"
    PERFORMANCE_ANALYST = "Performance analyst"
    DIRECTOR = "Director of Children's Services"
    SAFER_PARTNERSHIPS = "Assistant Director for Safer & Partnerships"
    LEGAL_TEAM = "Legal team"
    NEIGHBOUR_LAWYER = "Neighbouring authority's lawyer"
    AUDITOR = "Auditor"
    DATA_PROTECTION_OFFICER = "Data protection officer"
    DIRECTORY_ADMINISTRATOR = "Directory administrator"

    @property
    def in_words(self) -> str:
        """Return the name as people read it, with a curly apostrophe."""
        return self.value.replace("'", "’")


#: Who oversees all challenges (rule 15).
OVERSEERS = frozenset({Role.SRSM, Role.SENIOR_IRO_MANAGER})


def either(roles: Iterable[Role]) -> str:
    """Return any one of these roles in words: ``Social Worker or Team Manager``."""
    return " or ".join(role.in_words for role in roles)


class Stage(StrEnum):
    """A stage of the ladder: informal (QAP), or one of up to four formal ones.

    The value is what is stored. The ladder says what the stage is called.
    """

    QAP = "QAP"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"

    @property
    def title(self) -> str:  # type: ignore[override]  # nobody title-cases a stage
        """``QAP`` or ``Stage 2``: in operators' lists, and unless its ladder says otherwise."""
        return self.value if self is Stage.QAP else f"Stage {self.value}"

    @property
    def formal(self) -> bool:
        """Whether this is a stage of the formal PCE/DRP."""
        return self is not Stage.QAP


#: Every formal stage that a ladder can have.
FORMAL_STAGES = tuple(stage for stage in Stage if stage.formal)


@dataclass(frozen=True)
class LadderStage:
    """A stage as one ladder defines it. ``working_days`` is the time to reply, in working days.

    ``responders`` are asked, and any one of them may reply; ``may_reply`` may reply without being
    asked. ``informed`` get an email, as the SRSM always does. ``climbs`` says whether the challenge
    moves to the next stage if nobody replies, or the IRO is asked; from QAP it never moves.
    ``called`` is its title, if that is not the stage's own.
    """

    stage: Stage
    responders: tuple[Role, ...]
    working_days: int
    informed: tuple[Role, ...]
    may_reply: tuple[Role, ...] = ()
    climbs: bool = True
    called: str = ""

    @property
    def title(self) -> str:
        """``QAP`` or ``Stage 2``."""
        return self.called or self.stage.title


@dataclass(frozen=True)
class Ladder:
    """The stages of one version of the procedure, in order; the first may be the informal QAP."""

    in_order: tuple[LadderStage, ...]

    def __getitem__(self, stage: Stage) -> LadderStage:
        """Return the stage of this ladder. Raise ``KeyError`` if the ladder does not have it."""
        for one in self.in_order:
            if one.stage is stage:
                return one
        raise KeyError(stage)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages, in order."""
        return tuple(one.stage for one in self.in_order)

    @property
    def last(self) -> LadderStage:
        """The last stage."""
        return self.in_order[-1]

    @property
    def responders(self) -> frozenset[Role]:
        """Every role that must reply at some stage."""
        return frozenset(role for one in self.in_order for role in one.responders)

    def from_stage_up(self, stage: Stage) -> frozenset[Role]:
        """Return the roles that may be asked to reply at ``stage`` instead (rule 15).

        That is the stage's role or above, and above them all the Director.
        """
        stages = (stage, *self.after(stage))
        roles = (role for one in stages for role in self[one].responders)
        return frozenset({*roles, Role.DIRECTOR})

    def title(self, stage: Stage) -> str:
        """Return the title of ``stage``: its own if this ladder does not have it."""
        return next((one.title for one in self.in_order if one.stage is stage), stage.title)

    def after(self, stage: Stage) -> tuple[Stage, ...]:
        """Return the stages after ``stage``, in order. From QAP these are all the formal ones."""
        stages = tuple(Stage)
        place = stages.index(stage)
        return tuple(one for one in self.stages if stages.index(one) > place)

    def next(self, stage: Stage) -> Stage | None:
        """Return the stage after ``stage``; ``None`` after the last."""
        later = self.after(stage)
        return later[0] if later else None

    def below(self, stage: Stage) -> tuple[Role, ...]:
        """Return who hears how a stage began and ended: the Social Worker and the posts below.

        Skipped stages count too ("shared with relevant parties").
        """
        later = self.after(stage)
        formal = [
            one for one in self.in_order if one.stage.formal and one.stage not in (stage, *later)
        ]
        roles = [Role.SOCIAL_WORKER, *(one.responders[0] for one in formal)]
        return tuple(role for role in roles if role not in self[stage].responders)


#: The ladder of the council's guidance.
OF_THE_GUIDANCE = Ladder(
    (
        LadderStage(
            Stage.QAP,
            (Role.SOCIAL_WORKER, Role.TEAM_MANAGER),
            1,
            (Role.CHILDRENS_SERVICE_MANAGER,),
            may_reply=(Role.CHILDRENS_SERVICE_MANAGER,),
            climbs=False,
        ),
        LadderStage(Stage.ONE, (Role.TEAM_MANAGER,), 5, (Role.CHILDRENS_SERVICE_MANAGER,)),
        LadderStage(Stage.TWO, (Role.CHILDRENS_SERVICE_MANAGER,), 5, (Role.HEAD_OF_SERVICE,)),
        LadderStage(
            Stage.THREE,
            (Role.HEAD_OF_SERVICE,),
            5,
            (Role.CHILDRENS_SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR),
        ),
        LadderStage(
            Stage.FOUR,
            (Role.ASSISTANT_DIRECTOR,),
            5,
            (Role.HEAD_OF_SERVICE, Role.CHILDRENS_SERVICE_MANAGER),
        ),
    )
)
