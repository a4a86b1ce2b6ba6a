"""What the counted usage costs in dollars: a challenge, a council's months, a year of England.

What is counted are calls, units, transitions, emails and bytes (``tests.performance.stories``), and
what is in the template. Everything else that is assumed is a constant below, with its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.metrics import RINGING, hourly
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
from infra.prices import prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.blueprint import Function
    from infra.prices import Price
    from tests.performance.stories import Usage

    Resources = Mapping[str, Mapping[str, Any]]

__all__ = [
    "FREE",
    "Line",
    "challenge_lines",
    "fixed_lines",
    "fixed_table",
    "run_lines",
    "runs_a_month",
    "standing_lines",
    "total",
    "without_a_price",
]

# What is assumed ---------------------------------------------------------------------------------

#: Seconds that a call is billed, as if each started a container: most do, because hours lie between
#: them. An upper bound; a start takes about one second at these sizes.
BILLED_SECONDS = {
    DECIDE: 3.0,
    SWEEP: 1.0,
    PAGES: 2.0,
    INTAKE: 3.0,
    API: 2.0,
    ADVICE: 2.0,
    DOCUMENTS: 2.0,
    DELIVERY: 3.0,
    # Once a day: the records of some years are read, or all open ones, and dozens of emails are
    # sent.
    SEAL: 30.0,
    AUDIT: 30.0,
    DAILY: 30.0,
    # Most questions are about one challenge; checking every chain takes as long as Audit.
    OPERATE: 5.0,
}
#: Bytes of log: Lambda's own lines and ours for each call, Step Functions' for each transition.
LOG_BYTES_A_CALL, LOG_BYTES_A_TRANSITION = 2_000, 1_500
#: Uses of the council's key by a call: to open the table, and to open a secret or an email.
KEY_REQUESTS_A_CALL = 2
#: What is in the vault at once, each a whole copy of the table: five weeks of nights, and the
#: firsts of thirteen months. A test checks it against the plan.
COPIES_IN_THE_VAULT = 35 + 14
#: AWS charges at least this size for an object in the vault.
BYTES_OF_AN_OBJECT_IN_THE_VAULT = 128_000
#: Read units of a Sweep in a council with dozens open, with a cold container: ``make bench`` prints
#: what it counted.
READS_OF_A_SWEEP = 30.0
#: What one scheduled call leaves in the trail on average, itself and the items and objects that it
#: touches: nearly all are Sweeps.
EVENTS_OF_A_RUN = 1 + 12
#: Bytes that the trail keeps of an event (compressed), and for how many months.
EVENT_BYTES, EVENT_MONTHS = 300, 14
#: The trail writes one file in five minutes, as often as Sweep runs, and one digest an hour.
TRAIL_FILES = 30 * 24 * (12 + 1)
#: Months of storage in a challenge's own year; later ones are listed separately.
MONTHS = 12
DAYS_A_MONTH = 30

GB = 10**9


# Bills -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of a bill: what, how much of it, and its price."""

    what: str
    quantity: float
    price: Price

    @property
    def usd(self) -> float:
        """Return its dollars."""
        return self.price.of(self.quantity)


def total(lines: Iterable[Line]) -> float:
    """Return the sum of a bill, in dollars."""
    return sum(line.usd for line in lines)


# A challenge -------------------------------------------------------------------------------------


def challenge_lines(usage: Usage, cold_reads: float) -> list[Line]:
    """Return the bill of one challenge with its first year of storage.

    ``cold_reads`` are the read units with which each call looks up the directory.
    """
    calls = sum(usage.calls.values())
    requests = sum(
        usage.calls.get(function.name, 0) for function in (PAGES, API, ADVICE, DOCUMENTS)
    )
    mails_in = usage.calls.get(INTAKE.name, 0)
    kept, table = (size / GB * MONTHS for size in (usage.kept, usage.table))
    return [
        # Counting the start of an execution as one more transition, to be safe.
        _use("transition", usage.transitions + usage.executions),
        *_call_lines(usage.calls),
        _use("read_unit", usage.reads + cold_reads * calls),
        _use("write_unit", usage.writes + usage.index_writes),
        _use("kept_gb_month", kept),
        # A backup has no copy of the indexes: a restore builds them again.
        _use("backup_gb_month", table),
        _use("vault_gb_month", table * COPIES_IN_THE_VAULT),
        _use("vault_object_gb_month", mails_in * BYTES_OF_AN_OBJECT_IN_THE_VAULT / GB * MONTHS),
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
        *_trail_lines(usage.recorded + mails_in + calls),
        _use("metric_hour", usage.metric_hours),
    ]


def _trail_lines(events: float) -> list[Line]:
    """Return what the trail costs for this many events, without the files it always writes.

    An event is an item or object that is touched, or a call of a function.
    """
    return [
        _use("data_event", events),
        _use("object_gb_month", events * EVENT_BYTES / GB * EVENT_MONTHS),
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

#: Types of resources whose existence costs nothing; their use is counted.
FREE = (
    r"AWS::ApiGateway(V2)?::.*",
    r"AWS::Backup::.*",
    r"AWS::CDK::Metadata",
    r"AWS::CertificateManager::.*",
    r"AWS::CloudTrail::Trail",
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


#: Types that are paid for by their content.
BY_THEIR_PARTS = {"AWS::CloudWatch::Alarm"}


def without_a_price(resources: Resources) -> set[str]:
    """Return the types that are neither free nor in the price table."""
    types = {str(resource["Type"]) for resource in resources.values()}
    known = re.compile("|".join(FREE))
    return (
        {one for one in types if not known.fullmatch(one)}
        - prices().per_month.keys()
        - BY_THEIR_PARTS
    )


def standing_lines(resources: Resources, *, years: int = 0) -> list[Line]:
    """Return the monthly bill of a template's resources, used or not, after so many ``years``."""
    found = Counter(str(resource["Type"]) for resource in resources.values())
    for resource in resources.values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::WAFv2::WebACL":
                found["rule of AWS::WAFv2::WebACL"] += len(properties.get("Rules", []))
            case "AWS::CloudWatch::Alarm":
                parts = [one for one in properties.get("Metrics", []) if "MetricStat" in one]
                found["metric of AWS::CloudWatch::Alarm"] += len(parts) or 1
            case "AWS::KMS::Key":
                found["rotation of AWS::KMS::Key"] += _paid_rotations(properties, years)
            case _:
                pass
    found["metric"] = hourly(lean=_is_lean(resources))
    priced = prices().per_month
    return [Line(what, found[what], price) for what, price in priced.items() if found[what]]


#: Only the first and the second rotation of a key cost something each month.
ROTATIONS_PAID_FOR = 2


def _paid_rotations(key: Mapping[str, Any], years: int) -> int:
    if not key.get("EnableKeyRotation"):
        return 0
    rotations = years * 365 // int(key.get("RotationPeriodInDays", 365))
    return min(rotations, ROTATIONS_PAID_FOR)


def _is_lean(resources: Resources) -> bool:
    """Whether its functions write only the metrics that an alarm looks at."""
    return any(
        resource.get("Properties", {})
        .get("Environment", {})
        .get("Variables", {})
        .get("METRICS_WRITTEN")
        == RINGING
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Function"
    )


def run_lines(resources: Resources, reads: Mapping[Function, float]) -> list[Line]:
    """Return the monthly bill of scheduled runs, with the read units of one run, and the trail."""
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
        *_trail_lines(sum(calls.values()) * EVENTS_OF_A_RUN),
        _use("object_put", TRAIL_FILES),
    ]


def fixed_lines(resources: Resources, *, years: int = 0) -> list[Line]:
    """Return the monthly bill of a council whether anybody uses the service or not."""
    return [
        *standing_lines(resources, years=years),
        *run_lines(resources, {SWEEP: READS_OF_A_SWEEP}),
    ]


#: The lines of the fixed bill on the page: the name there, and which lines it adds up.
_ON_THE_PAGE = (
    ("the firewall and its rules", r"(rule of )?AWS::WAFv2::WebACL"),
    ("alarms, by the metrics that they look at", "metric of AWS::CloudWatch::Alarm"),
    ("metrics that are written in every hour", "metric"),
    ("the dashboard", "AWS::CloudWatch::Dashboard"),
    ("keys, with the rotations that are paid for", r"(rotation of )?AWS::KMS::Key"),
    ("the secret", "AWS::SecretsManager::Secret"),
    ("sweeps, nights, mornings and the trail", r"[a-z ]+"),
)


def fixed_table(full: Resources, lean: Resources) -> str:
    """Return the fixed bill as in ``docs/costs.md``, for a full and a lean environment."""
    bills = {
        "full": fixed_lines(full),
        "full, from the third year": fixed_lines(full, years=2),
        "lean": fixed_lines(lean),
        "lean, from the eighth year": fixed_lines(lean, years=8),
    }
    left = {name: list(lines) for name, lines in bills.items()}
    rows = [["dollars a month", *bills], ["---"] * (1 + len(bills))]
    for words, what in _ON_THE_PAGE:
        taken = {
            name: [line for line in lines if re.fullmatch(what, line.what)]
            for name, lines in left.items()
        }
        for name, lines in taken.items():
            left[name] = [line for line in left[name] if line not in lines]
        rows.append([words, *(f"{total(lines):.2f}" for lines in taken.values())])
    if any(left.values()):
        message = f"On no line of the page: {left}"
        raise ValueError(message)
    rows.append(["**together**", *(f"**{total(lines):.2f}**" for lines in bills.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


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
    """Return how often a schedule runs in a month of 30 days.

    ``rate(5 minutes)`` or ``cron(30 2 * * ? *)``. Raise ``ValueError`` for a cron that is not of
    one minute and one hour; its days are ignored, and every day counts.
    """
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return DAYS_A_MONTH * _MINUTES["day"] // (int(rate[1]) * _MINUTES[rate[2]])
    if re.fullmatch(r"cron\(\d+ \d+ .*\)", expression):
        return DAYS_A_MONTH
    message = f"How often is {expression}?"
    raise ValueError(message)
