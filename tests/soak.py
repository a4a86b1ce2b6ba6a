"""The soak: everything for longer, and a thousand open challenges at once.

    make soak                     five minutes of failures, races and crashes, then 1,000 challenges
    make soak MINUTES=60 COUNT=5000

First the property test of ``tests/property`` plays new examples for the given time. Then challenges
are raised in the emulator and left without a reply: its clock jumps from deadline to deadline, the
real state machine climbs each ladder, and every missed deadline has to take effect at exactly its
moment, stage after stage, twenty working days in all.

It prints its results, and ends with 1 if anything was out of order. A ladder takes a second to a
second and a half of one core, and keeps a megabyte until the end: its executions' threads and
histories in moto. The thousand take some twenty minutes and one gigabyte.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
import traceback
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import Phase
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from adapters import wiring
from domain.ladder import FORMAL_STAGES, Stage
from domain.moments import end_of_day, local_day
from domain.rules.silence import DeadlineMissed
from domain.vocabulary import Standing
from infra.local.emulator import REGION
from tests.performance.meter import metered
from tests.property.stage import standing_stage
from tests.property.test_nothing_is_lost import Trouble, play
from tests.workflow.service import MONDAY, running

if TYPE_CHECKING:
    from domain.challenge import Challenge
    from domain.working_days import WorkingDays
    from tests.workflow.service import Service

MINUTES = float(os.environ.get("MINUTES", "5"))
COUNT = int(os.environ.get("COUNT", "1000"))

#: Examples between two looks at the time.
_AT_ONCE = 20

#: Working days of one stage without a reply.
_A_STAGE = 5

#: They are raised evenly over this period, so that they do not all wake at one instant.
_WITHIN = timedelta(hours=8)


class OutOfOrderError(Exception):
    """Something is wrong; the message says which challenge, and what."""


def _say(text: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stderr.write(f"{text} (peak memory {peak:,.0f} MB)\n")
    sys.stderr.flush()


def play_for(minutes: float) -> None:
    """Play examples of the property test for this long; raise the first truth that breaks."""
    began = time.monotonic()
    with standing_stage() as stage:
        at_most = 1
        while time.monotonic() - began < minutes * 60:
            phases = (Phase.generate, Phase.shrink)
            play(Trouble, stage, at_most, max_examples=_AT_ONCE, database=None, phases=phases)
            at_most = at_most % 3 + 1
    seconds = time.monotonic() - began
    _say(
        f"Nothing was lost: {Trouble.examples:,} examples of {Trouble.steps:,} steps in "
        f"{seconds:,.0f} s, {Trouble.calls:,} calls of AWS."
    )


def climb(count: int) -> None:
    """Raise ``count`` challenges, leave them without a reply, and check every deadline.

    Raise ``OutOfOrderError``.
    """
    with TemporaryDirectory() as folder, running(Path(folder), start_at=MONDAY) as service:
        began = time.monotonic()
        with metered() as meter:
            references = _raised(service, count)
            _say(f"{count:,} challenges raised in {time.monotonic() - began:,.0f} s.")
            for stage in FORMAL_STAGES:
                deadline = service.challenge(references[0]).request.deadline.at
                service.jump_past(deadline)
                _throw_letters_away(service)
                _say(f"{stage.title} is over for all after {time.monotonic() - began:,.0f} s.")
        seconds = time.monotonic() - began
        calendar = wiring.casebook().council().calendar
        for reference in references:
            _check(service.challenge(reference), calendar)
        transitions = sum(service.transitions(reference) for reference in references[:10]) / 10
        _say(
            f"{count:,} silent ladders in order, in {seconds:,.0f} s. A second: "
            f"{count / seconds:.2f} challenges, {transitions * count / seconds:.1f} transitions, "
            f"{meter.calls['Invoke'] / seconds:.1f} Decide calls, "
            f"{meter.calls.total() / seconds:,.0f} calls of AWS."
        )


def _raised(service: Service, count: int) -> list[str]:
    references = []
    for number in range(count):
        service.jump(MONDAY + _WITHIN * number / count)
        references.append(service.raise_at(Stage.ONE))
    return references


def _throw_letters_away(service: Service) -> None:
    """Drop emails: nobody reads them here, and the memory figures would count them."""
    service.emulator.outbox._mails.clear()
    ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages.clear()


def _check(challenge: Challenge, calendar: WorkingDays) -> None:
    day = local_day(challenge.raised_at)
    ends = [end_of_day(calendar.add(day, _A_STAGE * n)) for n in range(1, len(FORMAL_STAGES) + 1)]
    missed = [e.effective for e in challenge.events if isinstance(e.fact, DeadlineMissed)]
    stages = [request.stage for request in challenge.requests]
    if missed != ends or stages != list(FORMAL_STAGES):
        message = f"{challenge.reference}: missed at {missed}, not {ends}; asked at {stages}."
        raise OutOfOrderError(message)
    if challenge.period is None or challenge.period.at != ends[-1]:
        message = f"{challenge.reference}: its period ends at {challenge.period}, not {ends[-1]}."
        raise OutOfOrderError(message)
    if challenge.standing is not Standing.IRO_TO_DECIDE:
        message = f"{challenge.reference} stands at {challenge.standing} after four stages."
        raise OutOfOrderError(message)


def main() -> int:
    """Return the exit code: 0 if all was in order."""
    logging.disable(logging.CRITICAL)  # its failures are deliberate
    _say(f"Soak: {MINUTES:g} minutes of trouble, then {COUNT:,} challenges.")
    try:
        # The functions print their metrics to the standard output, where they say nothing useful
        # here.
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            play_for(MINUTES)
            climb(COUNT)
    except (AssertionError, OutOfOrderError) as error:
        # Hypothesis has written the example, and how to repeat it, below the error.
        traceback.print_exception(error)
        _say("OUT OF ORDER. See the error above.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
