"""The banner of a training environment, on top of every page: what time it is, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.settings import working_day
from adapters.wiring import training_runs
from domain.moments import moment_in_words, time_in_words

if TYPE_CHECKING:
    from domain.training import TrainingRun

__all__ = ["Banner", "banner", "pace"]

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Banner:
    """``now`` by the service's clock, and its ``pace``, a sentence; both empty if not known."""

    now: str = ""
    pace: str = ""


def banner() -> Banner | None:
    """The banner as it is now; None in a live environment."""
    if working_day() is None:
        return None
    try:
        latest = training_runs().latest(clock.wall())
        return Banner(moment_in_words(clock.now()), pace(latest))
    except (ClientError, BotoCoreError):
        return Banner()  # the page that says what went wrong has to be shown as well


def pace(latest: TrainingRun | None) -> str:
    """How fast the service's clock runs now, and until when by the reader's own: a sentence."""
    if latest is None or clock.wall() >= latest.until:
        return "The clock runs at its usual speed."
    until = time_in_words(latest.until)
    return f"A working day lasts {_in_words(latest.working_day)} until {until} by your own clock."


def _in_words(span: timedelta) -> str:
    """``30 seconds``, ``1 minute``, ``90 seconds``, ``60 minutes``."""
    if span % _MINUTE:
        return f"{span.seconds} seconds"
    minutes = span // _MINUTE
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
