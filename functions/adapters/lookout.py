"""The lookout: which open challenges an operator should look at, each by its reference.

It compares the index of open challenges with the running executions. Both may lag by a moment, so
what seems to be missing is looked up by name before it is reported. Reports contain references and
the software's own names, and nothing about a child.
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

#: A challenge that Sweep has found asleep this often in a row no longer wakes by itself.
_FOUND_ASLEEP = 2
#: Nor does one that Sweep could not give a fresh leg for this long, by the wall clock.
_LEFT_ASLEEP = timedelta(minutes=15)
#: The most executions that are looked up by name. If more are missing, they share one fault.
ASKED_AT_MOST = 20


class Kind(StrEnum):
    """Why a challenge needs a look: the message of its log line."""

    STUCK = "stuck"
    NOT_RUNNING = "not running"


@dataclass(frozen=True)
class Noticed:
    """A challenge to look at, as the log shows it.

    ``rung`` is where it waits, ``wakes`` when HEAD says that it wakes, ``tries`` how often in a row
    Sweep found it asleep, ``became`` what is known about its execution.
    """

    kind: Kind
    reference: str
    rung: str
    wakes: str
    tries: int
    execution: str
    became: str

    def told(self) -> dict[str, str | int]:
        """Return the fields of its log line."""
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
    """How many challenges are not running, and each challenge that needs a look."""

    not_running: int
    noticed: tuple[Noticed, ...]


def stuck(pulses: Iterable[Pulse]) -> list[Pulse]:
    """Return those that did not wake when they should, though Sweep tried, or could not try."""
    asleep = moment_text(clock.shown(clock.wall() - _LEFT_ASLEEP))
    return [one for one in pulses if one.wake_at < asleep or one.found_asleep >= _FOUND_ASLEEP]


def look_out(pulses: Iterable[Pulse], executions: Executions) -> Lookout:
    """Look at each open challenge: one list of what runs, and a lookup for each that does not.

    ``pulses`` have to be read before: what started since then runs a later leg. Raise botocore's
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
