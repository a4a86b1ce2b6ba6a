"""What a function loads when it starts cold, and how long that takes.

Each measurement is a process of its own that runs the asset as it is deployed (its compiled code,
its packages, nothing else: no ``site``, no environment of the developer's), with the packages for
this machine. It looks at three moments of a start::

    imported   the handler's module
    ready      and what nearly every call needs: its adapters, and the table with its client
    form       and the form that raises a challenge, for calls that bring one

The bare function is the minimum of any function that logs, counts and reads a table: Powertools'
Logger and Metrics, and boto3's DynamoDB client.

Time is processor time of this process, not the clock's, so other work on the machine counts little.
"""

from __future__ import annotations

import json
import subprocess
import sys
from enum import StrEnum
from statistics import fmean, median
from typing import TYPE_CHECKING

from infra.blueprint import (
    ADVICE,
    API,
    AUDIT,
    DAILY,
    DECIDE,
    DELIVERY,
    DOCUMENTS,
    FUNCTIONS,
    INTAKE,
    OPERATE,
    PAGES,
    SEAL,
    SWEEP,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.blueprint import Function

__all__ = ["BUDGETS", "Moment", "collections", "loaded", "ratios"]

#: How many times the bare function's start a function may take until it is ready.
BUDGETS = {
    **dict.fromkeys((DECIDE, SWEEP, INTAKE, SEAL, AUDIT, DAILY, OPERATE), 1.25),
    # Every call of Delivery checks SES's event.
    **dict.fromkeys((PAGES, API, ADVICE, DOCUMENTS, DELIVERY), 1.6),
}

#: The adapters that a function's call needs, by their names in ``adapters.wiring``.
_ADAPTERS = {
    DECIDE: ("casebook",),
    SWEEP: ("sweep",),
    INTAKE: ("mailroom", "casebook"),
    PAGES: ("identity", "casebook"),
    API: ("identity", "casebook"),
    ADVICE: ("identity", "casebook", "privileged"),
    DOCUMENTS: ("identity", "casebook", "typesetter"),
    DELIVERY: ("casebook", "outgoing"),
    SEAL: ("sealing",),
    AUDIT: ("audit",),
    DAILY: ("daily_letters",),
    OPERATE: ("desk",),
}

#: Functions that accept the form that raises a challenge.
_TAKE_A_FORM = (PAGES, INTAKE, API)

_BARE = """
from aws_lambda_powertools import Logger, Metrics
Logger()
Metrics()
import boto3
boto3.client("dynamodb")
"""

_ENVIRONMENT = {
    "AWS_REGION": "eu-west-2",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",  # no secret: no call is made
    "COUNCIL_NAME": "Sampleshire Council",
    "OIDC_CLIENT_ID": "measured",
    "OIDC_ISSUER": "https://sign-in.example",
    "POWERTOOLS_METRICS_NAMESPACE": "PositiveChallenge",
    "POWERTOOLS_SERVICE_NAME": "measured",
    "PUBLIC_URL": "https://challenge.example",
    "SECRET_ID": "measured",
    "TABLE_NAME": "positive-challenge",
}

_TIMED = """
import sys, time
sys.path.insert(0, {asset!r})
began = time.process_time()
{code}
sys.stdout.write(str(time.process_time() - began))
"""

_COLLECTED = """
import gc, sys
sys.path.insert(0, {asset!r})
import handlers
before = [generation["collections"] for generation in gc.get_stats()]
{code}
after = [generation["collections"] for generation in gc.get_stats()]
sys.stdout.write(str(sum(after) - sum(before)))
"""

_LISTED = """
import json, sys
sys.path.insert(0, {asset!r})
{code}
sys.stdout.write(json.dumps(sorted(sys.modules)))
"""


class Moment(StrEnum):
    """A moment of a start, as above. Each includes the one before."""

    IMPORTED = "imported"
    READY = "ready"
    FORM = "form"


def _code(function: Function, moment: Moment) -> str:
    module = function.handler.rpartition(".")[0]
    lines = [f"import {module}"]
    if moment is not Moment.IMPORTED:
        lines += ["from adapters import wiring", "wiring._table()"]
        lines += [f"wiring.{adapter}()" for adapter in _ADAPTERS[function]]
    if moment is Moment.FORM:
        lines += ["import handlers.forms"]
    return "\n".join(lines)


def _run(asset: Path, program: str, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program.format(asset=str(asset), code=code)],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def loaded(asset: Path, function: Function, moment: Moment) -> set[str]:
    """Return the names of all modules that are loaded by then."""
    return set(json.loads(_run(asset, _LISTED, _code(function, moment))))


def collections(asset: Path, function: Function) -> int:
    """Return how often Python collects garbage until the function is ready."""
    return int(_run(asset, _COLLECTED, _code(function, Moment.READY)))


def _seconds(asset: Path, code: str) -> float:
    return float(_run(asset, _TIMED, code))


def ratios(
    assets: Mapping[Function, Path], rounds: int
) -> tuple[float, dict[tuple[Function, Moment], float]]:
    """Return the bare function's start in seconds, and each function's moments as its multiple.

    Each round starts everything once, the bare function before and after each function, so that a
    ratio compares neighbours in time. Results are the median of the rounds.
    """
    found: dict[tuple[Function, Moment], list[float]] = {}
    bare = [_seconds(assets[DECIDE], _BARE)]
    for _ in range(rounds):
        for function in FUNCTIONS:
            asset = assets[function]
            moments = [m for m in Moment if m is not Moment.FORM or function in _TAKE_A_FORM]
            took = [_seconds(asset, _code(function, moment)) for moment in moments]
            bare.append(_seconds(asset, _BARE))
            for moment, seconds in zip(moments, took, strict=True):
                found.setdefault((function, moment), []).append(seconds / fmean(bare[-2:]))
    return median(bare), {which: median(all_of_it) for which, all_of_it in found.items()}
