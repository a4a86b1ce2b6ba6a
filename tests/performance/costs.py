"""What the counted comes to in dollars: a challenge, the months of a council, a year of England.

Counted are calls, units, transitions, mails and bytes (``tests.performance.stories``), and what
stands in the template. Everything that is assumed beside them is a constant below, with its reason.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.shape import (
    API,
    AUDIT,
    DAILY,
    DECIDE,
    DELIVERY,
    FUNCTIONS,
    INTAKE,
    OPERATE,
    PAGES,
    SEAL,
    SWEEP,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from infra.shape import Function
    from tests.performance.stories import Usage

    Resources = Mapping[str, Mapping[str, Any]]

__all__ = [
    "FREE",
    "Line",
    "Price",
    "Prices",
    "challenge_lines",
    "prices",
    "run_lines",
    "runs_a_month",
    "standing_lines",
    "total",
    "without_a_price",
]

# What is assumed ---------------------------------------------------------------------------------

#: Seconds that a call is billed, as if each one started a container: most do, because hours lie
#: between them. At most; a start takes about one second at these sizes.
BILLED_SECONDS = {
    DECIDE: 3.0,
    SWEEP: 1.0,
    PAGES: 2.0,
    INTAKE: 3.0,
    API: 2.0,
    DELIVERY: 3.0,
    # Once a day: all records of some years are read, or all that are open, and a letter is sent to
    # each of dozens.
    SEAL: 30.0,
    AUDIT: 30.0,
    DAILY: 30.0,
    # Most questions are about one challenge; to walk every chain takes as long as Audit.
    OPERATE: 5.0,
}
#: Bytes of log: Lambda's own lines and ours for each call, Step Functions' for each transition.
LOG_BYTES_A_CALL, LOG_BYTES_A_TRANSITION = 2_000, 1_500
#: Requests of the council's key by a call: to open the table, and to open a secret or a mail.
KEY_REQUESTS_A_CALL = 2
#: Metrics of our own that are written in a month: at most, as a test of theirs holds.
METRICS = 28
#: Months of keeping that belong to a challenge's own year; the others are told apart.
MONTHS = 12
DAYS_A_MONTH = 30

GB = 10**9


# Prices ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Price:
    """``usd`` for ``per`` of something; ``seen`` and ``source`` as in ``prices.toml``."""

    usd: float
    per: int
    seen: bool
    source: str

    def of(self, quantity: float) -> float:
        """What so many cost."""
        return quantity * self.usd / self.per


@dataclass(frozen=True)
class Prices:
    """The price table, as of a day."""

    as_of: date
    region: str
    per_use: Mapping[str, Price]
    per_month: Mapping[str, Price]


@cache
def prices() -> Prices:
    """The table in ``prices.toml``."""
    table = tomllib.loads(Path(__file__).with_name("prices.toml").read_text("utf-8"))
    uses, months = (
        {name: Price(**price) for name, price in table[kind].items()}
        for kind in ("per_use", "per_month")
    )
    return Prices(table["as_of"], table["region"], uses, months)


@dataclass(frozen=True)
class Line:
    """A line of a bill: what, how much of it, its price, and what they come to."""

    what: str
    quantity: float
    price: Price

    @property
    def usd(self) -> float:
        """In dollars."""
        return self.price.of(self.quantity)


def total(lines: Iterable[Line]) -> float:
    """The sum of a bill, in dollars."""
    return sum(line.usd for line in lines)


# A challenge -------------------------------------------------------------------------------------


def challenge_lines(usage: Usage, cold_reads: float) -> list[Line]:
    """The bill of one challenge with its first year of keeping.

    ``cold_reads`` are the read units by which each call finds out who is who.
    """
    calls = sum(usage.calls.values())
    requests = sum(usage.calls.get(function.name, 0) for function in (PAGES, API))
    mails_in = usage.calls.get(INTAKE.name, 0)
    kept = usage.kept / GB * MONTHS
    return [
        # That an execution starts counts as one more transition, to be safe.
        _use("transition", usage.transitions + usage.executions),
        *_call_lines(usage.calls),
        _use("read_unit", usage.reads + cold_reads * calls),
        _use("write_unit", usage.writes + usage.index_writes),
        _use("kept_gb_month", kept),
        _use("backup_gb_month", kept),
        _use("mail_out", usage.mails),
        _use("mail_in", mails_in),
        _use("mail_in_chunk", mails_in),
        _use("object_put", mails_in),
        _use("object_get", mails_in),
        _use("request", requests),
        _use("inspected_request", requests),
        _use("secret_request", requests),
        _use("key_request", calls * KEY_REQUESTS_A_CALL),
        _use("gb_out", usage.answered / GB),
        _use("log_gb", _log_bytes(calls, usage.transitions) / GB),
        _use("trace", calls + usage.executions),
    ]


def _use(name: str, quantity: float) -> Line:
    return Line(name.replace("_", " "), quantity, prices().per_use[name])


def _log_bytes(calls: float, transitions: float) -> float:
    return calls * LOG_BYTES_A_CALL + transitions * LOG_BYTES_A_TRANSITION


def _call_lines(calls: Mapping[str, float]) -> list[Line]:
    by_name = {function.name: function for function in FUNCTIONS}
    seconds = sum(_gb_seconds(by_name[name]) * times for name, times in calls.items())
    return [_use("function_call", sum(calls.values())), _use("function_gb_second", seconds)]


def _gb_seconds(function: Function) -> float:
    return BILLED_SECONDS[function] * function.memory_mb / 1024


# What stands -------------------------------------------------------------------------------------

#: Types of resources that cost nothing by being there; what they are used for is counted.
FREE = (
    r"AWS::ApiGateway(V2)?::.*",
    r"AWS::Backup::.*",
    r"AWS::CDK::Metadata",
    r"AWS::CertificateManager::.*",
    r"AWS::DynamoDB::Table",
    r"AWS::Events::(Archive|EventBus|Rule)",
    r"AWS::IAM::.*",
    r"AWS::KMS::Alias",
    r"AWS::Lambda::.*",
    r"AWS::Logs::.*",
    r"AWS::Pipes::Pipe",
    r"AWS::S3::(Bucket|BucketPolicy)",
    r"AWS::SES::(EmailIdentity|ReceiptRule|ReceiptRuleSet|ConfigurationSet.*)",
    r"AWS::SNS::.*",
    r"AWS::SQS::.*",
    r"AWS::Scheduler::.*",
    r"AWS::StepFunctions::.*",
    r"AWS::WAFv2::(WebACLAssociation|IPSet|LoggingConfiguration)",
    r"Custom::.*",
)


def without_a_price(resources: Resources) -> set[str]:
    """The types that are neither free nor in the price table."""
    types = {str(resource["Type"]) for resource in resources.values()}
    known = re.compile("|".join(FREE))
    return {one for one in types if not known.fullmatch(one)} - set(prices().per_month)


def standing_lines(resources: Resources) -> list[Line]:
    """The monthly bill of what stands in a template, used or not."""
    found = Counter(str(resource["Type"]) for resource in resources.values())
    found["rule of AWS::WAFv2::WebACL"] = sum(
        len(resource["Properties"].get("Rules", []))
        for resource in resources.values()
        if resource["Type"] == "AWS::WAFv2::WebACL"
    )
    found["metric"] = METRICS
    priced = prices().per_month
    return [Line(what, found[what], price) for what, price in priced.items() if found[what]]


def run_lines(resources: Resources, reads: Mapping[Function, float]) -> list[Line]:
    """The monthly bill of what runs by the clock, with the read units of one run."""
    runs: Counter[Function] = Counter()
    for schedule in resources.values():
        if "ScheduleExpression" in schedule.get("Properties", {}):
            for function in _targets(schedule["Properties"], resources):
                runs[function] += runs_a_month(schedule["Properties"]["ScheduleExpression"])
    calls = {function.name: float(times) for function, times in runs.items()}
    return [
        _use("scheduled_call", sum(calls.values())),
        *_call_lines(calls),
        _use("read_unit", sum(reads.get(f, 0) * times for f, times in runs.items())),
        _use("log_gb", _log_bytes(sum(calls.values()), 0) / GB),
        _use("trace", sum(calls.values())),
        _use("key_request", sum(calls.values()) * KEY_REQUESTS_A_CALL),
    ]


def _targets(schedule: Mapping[str, Any], resources: Resources) -> list[Function]:
    by_handler = {function.handler: function for function in FUNCTIONS}
    targets = [schedule["Target"]] if "Target" in schedule else schedule.get("Targets", [])
    found = (resources.get(target["Arn"]["Fn::GetAtt"][0], {}) for target in targets)
    return [
        by_handler[resource["Properties"]["Handler"]]
        for resource in found
        if resource.get("Type") == "AWS::Lambda::Function"
    ]


_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


def runs_a_month(expression: str) -> int:
    """How often a schedule runs in a month of 30 days.

    ``rate(5 minutes)`` or ``cron(30 2 * * ? *)``. Raises ``ValueError`` for a cron that is not of
    one minute and one hour; whatever days it names, every day is taken.
    """
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return DAYS_A_MONTH * _MINUTES["day"] // (int(rate[1]) * _MINUTES[rate[2]])
    if re.fullmatch(r"cron\(\d+ \d+ .*\)", expression):
        return DAYS_A_MONTH
    message = f"How often is {expression}?"
    raise ValueError(message)
