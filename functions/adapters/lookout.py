"""The lookout: which open challenges an operator should look at, each by its reference.

It holds the index of the open challenges against the executions that run. Both may lag behind by
a moment, so what seems to be missing is asked for by its name before it is told. What it tells
holds references and names of the software's own, and nothing of a child.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from adapters import clock
from adapters.codec import moment_text
from adapters.executions import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.executions import Executions
    from adapters.record.lists import Pulse

__all__ = ["Kind", "Lookout", "Noticed", "look_out", "stuck"]

#: A challenge that Sweep has found asleep so often in a row does not wake by itself any more.
_FOUND_ASLEEP = 2
#: Nor does one that Sweep could not even give a fresh leg for so long, by the wall.
_LEFT_ASLEEP = timedelta(minutes=15)
#: Executions that are asked for by name at most. If more are missing it is one fault, not many.
ASKED_AT_MOST = 20


class Kind(StrEnum):
    """Why a challenge is to be looked at: the message of its line in the log."""

    STUCK = "stuck"
    NOT_RUNNING = "not running"


@dataclass(frozen=True)
class Noticed:
    """A challenge to look at, as the log has it.

    ``rung`` is where it stands, ``wakes`` when HEAD says that it wakes, ``tries`` how often in a
    row Sweep found it asleep, ``became`` what is known of its execution.
    """

    kind: Kind
    reference: str
    rung: str
    wakes: str
    tries: int
    execution: str
    became: str

    def told(self) -> dict[str, str | int]:
        """The fields of its line."""
        return {
            "reference": self.reference,
            "rung": self.rung,
            "wakes": self.wakes,
            "tries": self.tries,
            "execution": self.execution,
            "became": self.became,
        }


@dataclass(frozen=True)
class Lookout:
    """How many are not running, and each challenge that is to be looked at."""

    not_running: int
    noticed: tuple[Noticed, ...]


def stuck(pulses: Iterable[Pulse]) -> list[Pulse]:
    """Those that have not woken when they should, though Sweep tried, or could not."""
    asleep = moment_text(clock.shown(clock.wall() - _LEFT_ASLEEP))
    return [one for one in pulses if one.wake_at < asleep or one.found_asleep >= _FOUND_ASLEEP]


def look_out(pulses: Iterable[Pulse], executions: Executions) -> Lookout:
    """Look at each open challenge: one list of what runs, and a question for each that does not.

    ``pulses`` were read before: what was begun since runs a later leg. Raises botocore's
    ``ClientError``, ``BotoCoreError``.
    """
    pulses = list(pulses)
    legs = executions.running()
    missing = [one for one in pulses if one.due and legs.get(one.reference, 0) < one.leg]
    fates = {
        one.reference: executions.fate(one.reference, one.leg)
        for one in islice(missing, ASKED_AT_MOST)
    }
    absent = [one for one in missing if fates.get(one.reference) is not Fate.RUNNING]

    def became(one: Pulse) -> Fate:
        runs = legs.get(one.reference, 0) >= one.leg
        return fates.get(one.reference, Fate.RUNNING if runs else Fate.NOT_ASKED)

    noticed = [
        *(_noticed(Kind.NOT_RUNNING, one, became(one)) for one in absent),
        *(_noticed(Kind.STUCK, one, became(one)) for one in stuck(pulses)),
    ]
    return Lookout(len(absent), tuple(noticed))


def _noticed(kind: Kind, pulse: Pulse, became: Fate) -> Noticed:
    return Noticed(
        kind,
        pulse.reference,
        pulse.standing,
        pulse.wake_at,
        pulse.found_asleep,
        f"{pulse.reference}_{pulse.leg}",
        str(became),
    )
