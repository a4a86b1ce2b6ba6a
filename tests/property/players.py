"""Who acts on the stage: the executions, as the state machine plays them; people; and Sweep.

The executions are those that Step Functions (moto) lists as running. Each is played as in the
definition: Decide, retried as often as its Retry says, then either a fault or a Wait until the
moment that Decide returned. The code that drives the stage invokes Sweep.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3

from adapters import wiring
from domain.events import INTERFACE, Actor
from domain.form import Answered, Child, ChildsRights, Concern, Urgency
from domain.moments import parse_moment
from domain.rules.entry import Raised
from infra.blueprint import DECIDE, PAGES, STATE_MACHINE_FILE, SWEEP
from infra.local.lambda_seam import LambdaContext
from tests.property.stage import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.ladder import Stage as ProcedureStage
    from domain.part import Command
    from infra.blueprint import Function
    from tests.property.stage import Stage, Task

__all__ = [
    "CASE_SYSTEM",
    "ENDED",
    "Executions",
    "Leg",
    "Person",
    "actor",
    "challenge_of",
    "form",
    "handling",
    "invoking",
    "sweeping",
]

_DECIDE = json.loads(STATE_MACHINE_FILE.read_text(encoding="utf-8"))["States"]["Decide"]
_TRIES = 1 + sum(retry["MaxAttempts"] for retry in _DECIDE["Retry"])

#: Decide's value for an execution that has to end.
ENDED = ("CLOSED", "SUPERSEDED")

#: In the place of an officer: the council's case system, which is none (rule 20).
CASE_SYSTEM = ""

CHILD = Child("CASE-98431", "Q.Z.", "Quillon Zephyrine", date(2013, 4, 5), "North Team")
SIBLING = Child("CASE-98432", "S.Z.", "Sorrel Zephyrine", date(2015, 8, 9), "North Team")
CONCERN = Concern("placement", "The placement ends.", "A placement that lasts.", date(2027, 1, 4))


def form(entry: ProcedureStage, procedure: str = "1", too_late_after: date | None = None) -> Raised:
    """Return the form of a challenge of ``iro-1`` that enters at this stage.

    If it can be ``too_late_after`` a day, the child is at risk today as well (rule 23), and nothing
    is done yet for the child (rule 19).
    """
    reason = "The placement ends next week." if entry.formal else ""
    return Raised(
        *(CHILD, "iro-1", "sw-north-1", entry, reason, (CONCERN,), "Asked.", "Stay.", procedure),
        urgency=Urgency(too_late_after, "The placement ends.", at_risk=True)
        if too_late_after
        else Urgency(),
        childs_rights=ChildsRights(*(Answered.NOT_YET,) * 4) if too_late_after else ChildsRights(),
    )


def challenge_of(reference: str) -> Challenge:
    """Return the challenge as in its record now, chain verified."""
    return wiring.casebook().record.chain.load(reference).challenge


def _handler(function: Function) -> Callable[[dict[str, Any], LambdaContext], Any]:
    """Return the function's handler, imported when first needed, as in a cold start."""
    module, _, name = function.handler.rpartition(".")
    handler: Callable[[dict[str, Any], LambdaContext], Any] = getattr(
        importlib.import_module(module), name
    )
    return handler


def invoking(stage: Stage, function: Function, event: dict[str, Any], name: str = "") -> Task:
    """Return a task in which a function of ``infra.blueprint`` handles ``event`` in time."""
    work = partial(handling, function, event)
    return stage.begin(name or function.name, work, function.timeout_seconds)


def handling(function: Function, event: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return what a function of ``infra.blueprint`` answers to ``event``."""
    context = LambdaContext(
        function.name, function.memory_mb, f"arn:{function.name}", function.timeout_seconds
    )
    return _handler(function)(event, context)


def sweeping(stage: Stage) -> Task:
    """Return a task in which Sweep runs."""
    return invoking(stage, SWEEP, {}, "Sweep")


@dataclass
class Person:
    """Someone who sends something, and sends it again with the same id if needed.

    ``sent`` is the id; ``send`` does it, and returns the challenge's reference.
    """

    stage: Stage
    sent: str
    send: Callable[[], str]
    answered: bool = False

    @classmethod
    def who_raises(
        cls, stage: Stage, sent: str, entry: ProcedureStage, too_late_after: date | None = None
    ) -> Person:
        """Let Ira raise a challenge."""

        def send() -> str:
            filled = form(entry, too_late_after=too_late_after)
            raised = wiring.casebook().raise_challenge(filled, actor("iro-1", "page"), sent)
            return raised.reference

        return cls(stage, sent, send)

    @classmethod
    def who_raises_for_two(cls, stage: Stage, sent: str, entry: ProcedureStage) -> Person:
        """Let Ira raise a challenge for a child, and one for a sibling, with one form (rule 17)."""

        def send() -> str:
            filled = form(entry)
            both = (filled, replace(filled, child=SIBLING))
            return wiring.casebook().raise_together(both, actor("iro-1", "page"), sent).reference

        return cls(stage, sent, send)

    @classmethod
    def who_does(
        cls,
        stage: Stage,
        sent: str,
        officer: str,
        reference: str,
        command: Command,
        link: str | None = None,
    ) -> Person:
        """Let ``officer`` do ``command``, by a reply link or on a page; or the case system."""
        by = actor(officer, "link" if link else "page")

        def send() -> str:
            wiring.casebook().act(reference, command, by, sent, link=link)
            return reference

        return cls(stage, sent, send)

    def sends(self) -> Task:
        """Return a task in which it is sent, once more."""
        task = self.stage.begin(f"{self.sent} by a person", self.send, PAGES.timeout_seconds)
        task.notes["person"] = self
        if task.over:
            self._over(task)
        else:
            task.on_end = self._over
        return task

    def _over(self, task: Task) -> None:
        self.answered = self.answered or task.state is State.DONE


def actor(officer: str, via: str) -> Actor:
    """Return who this is, by this way in; the case system has a way of its own."""
    if officer == CASE_SYSTEM:
        return Actor(CASE_SYSTEM, "The case system", "in a test", INTERFACE)
    return Actor(officer, officer, "in a test", via)


@dataclass(eq=False)
class Leg:
    """One execution: until when it waits, how often its Decide was tried, and that Decide."""

    reference: str
    number: int
    due: datetime
    tries: int = 0
    task: Task | None = None


@dataclass
class Executions:
    """The running executions, each played as in the state machine's definition."""

    stage: Stage
    _legs: dict[str, Leg] = field(default_factory=dict)

    def legs(self) -> dict[str, Leg]:
        """Return those running, by name."""
        now = {execution.name: execution for execution in self.stage.running()}
        for name in now:
            if name not in self._legs:
                reference, _, number = name.rpartition("_")
                self._legs[name] = Leg(reference, int(number), self.stage.now)
        return {name: self._legs[name] for name in now}

    def due(self) -> list[Leg]:
        """Return those that have to decide now, and have not begun."""
        legs = self.legs().values()
        return [leg for leg in legs if leg.task is None and leg.due <= self.stage.now]

    def next_due(self) -> datetime | None:
        """Return when the next of those that wait is due."""
        waits = (leg.due for leg in self.legs().values() if leg.due > self.stage.now)
        return min(waits, default=None)

    def decides(self, leg: Leg) -> Task:
        """Return a task in which this leg decides."""
        event = {"reference": leg.reference, "leg": leg.number}
        leg.tries += 1
        leg.task = invoking(self.stage, DECIDE, event, f"Decide {_name(leg)}")
        leg.task.notes["leg"] = (leg.reference, leg.number)
        if leg.task.over:
            self._over(leg, leg.task)
        else:
            leg.task.on_end = partial(self._over, leg)
        return leg.task

    def killed(self, leg: Leg) -> None:
        """Stop this execution as if by hand. A Decide under way goes on, without a listener."""
        arn = next(e.execution_arn for e in self.stage.running() if e.name == _name(leg))
        boto3.client("stepfunctions").stop_execution(executionArn=arn)

    def _over(self, leg: Leg, task: Task) -> None:
        leg.task = None
        if task.state is State.DONE:
            leg.tries = 0
            leg.due = parse_moment(task.answer["wake_at"])
            if task.answer["where"] in ENDED:
                self._ends(leg, "SUCCEEDED")
        elif leg.tries >= _TRIES:
            self._ends(leg, "FAILED")  # Fault: Sweep goes on later
        else:
            leg.due = self.stage.now  # the shortest of its random pauses

    def _ends(self, leg: Leg, status: str) -> None:
        for execution in self.stage.running():
            if execution.name == _name(leg):
                execution.status = status


def _name(leg: Leg) -> str:
    return f"{leg.reference}_{leg.number}"
