"""The world of one example: stage, witness, executions and people; and how it comes to rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.moments import parse_moment
from tests.property.players import Executions, Person, sweeping
from tests.property.witness import BrokenTruthError, Truth, Witness

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.ladder import Stage as ProcedureStage
    from domain.part import Command
    from tests.property.stage import Stage

__all__ = ["World"]

#: How long after its moment Sweep finds a challenge asleep, and a little more.
_OVERSLEPT = timedelta(minutes=1, seconds=1)

#: After more rounds than this it will never rest. (An email that failed six times waits an hour.)
_ROUNDS = 60


@dataclass
class World:
    """Everything of one example. The stage is reset when it begins."""

    stage: Stage
    witness: Witness = field(init=False)
    executions: Executions = field(init=False)
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stage.reset()
        self.witness = Witness(self.stage)
        self.stage.watchers.append(self.witness)
        self.executions = Executions(self.stage)

    # Where all goes well ---------------------------------------------------------------------

    def sent(self, person: Person) -> str:
        """Let ``person`` send what they have to send, without trouble. Return the reference."""
        self.people.append(person)
        task = person.sends()
        self.stage.finish(task)
        return str(task.answer)

    def raised(self, entry: ProcedureStage, too_late_after: date | None = None) -> str:
        """Raise a challenge without trouble, and let it come to rest."""
        sent = f"form-{len(self.people)}"
        reference = self.sent(Person.who_raises(self.stage, sent, entry, too_late_after))
        self.rests()
        return reference

    def did(self, officer: str, reference: str, command: Command) -> None:
        """Let ``officer`` do this without trouble, and let all come to rest."""
        sent = f"act-{len(self.people)}"
        self.sent(Person.who_does(self.stage, sent, officer, reference, command))
        self.rests()

    def all_well_until(self, moment: datetime) -> None:
        """Let time pass until then, each execution deciding when it is due."""
        while (due := self.executions.next_due()) and due < moment:
            self.stage.pass_time(due)
            self.all_wake()
        self.stage.pass_time(moment)

    # How it comes to rest --------------------------------------------------------------------

    def drains(self) -> None:
        """Run everything under way to its end, let all come to rest, and check it."""
        for task in list(self.stage.tasks):
            self.stage.finish(task)
        self.rests()
        self.witness.at_rest(self.executions)

    def rests(self) -> None:
        """Wake executions and sweep, no call failing, until nothing is left to do now."""
        for _ in range(_ROUNDS):
            self.all_wake()
            unrest = self.witness.unrest(self.executions)
            if not unrest:
                return
            self.stage.finish(sweeping(self.stage))
            self.all_wake()
            self.witness.looks()
            unrest = self.witness.unrest(self.executions)
            if not unrest:
                return
            self.stage.pass_time(self._next_chance(unrest))
        raise BrokenTruthError(Truth.AT_REST, f"{unrest} did not after {_ROUNDS} rounds.")

    def all_wake(self) -> None:
        """Let every due execution decide."""
        while due := self.executions.due():
            for leg in due:
                if leg.task is None:
                    self.stage.finish(self.executions.decides(leg))

    def _next_chance(self, unrest: list[str]) -> datetime:
        """Return when someone next looks at one of these: its execution, or Sweep."""
        chances = []
        legs = self.executions.legs()
        for reference in unrest:
            head = self.stage.item(f"CHALLENGE#{reference}", "HEAD") or {}
            leg = legs.get(f"{reference}_{head.get('leg')}")
            if leg:
                chances.append(leg.due)
            elif "wake_at" in head:
                chances.append(parse_moment(head["wake_at"]) + _OVERSLEPT)
        later = [chance for chance in chances if chance > self.stage.now]
        return min(later, default=self.stage.now + _OVERSLEPT)
