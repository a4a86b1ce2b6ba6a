"""The cost of a challenge: what AWS services were used, at their prices, per challenge raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch

from adapters.metrics import CHALLENGES_RAISED
from infra.blueprint import DECIDE, FUNCTIONS, INDEXES, TRANSITIONS_A_DECIDE
from infra.cloud.measured import HOUR, emails_sent
from infra.prices import prices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_dynamodb as dynamodb

    from infra.cloud.functions import Functions
    from infra.cloud.measured import Measured

__all__ = ["PRICED", "Costs"]

#: What a challenge uses, and its name in the table of prices (``infra/prices.toml``).
PRICED = {
    "state transition": "transition",
    "Lambda request": "function_call",
    "Lambda GB-second": "function_gb_second",
    "DynamoDB write unit": "write_unit",
    "DynamoDB read unit": "read_unit",
    "letter": "mail_out",
}

_BYTES_A_GB = 1024
_MILLISECONDS = 1_000


def _price(what: str) -> float:
    """Return the price of one unit, in dollars."""
    return prices().per_use[PRICED[what]].of(1)


@dataclass(frozen=True)
class _Item:
    """One part of the bill: the sum of ``metric``, each unit at ``price`` dollars."""

    metric: cloudwatch.IMetric
    price: float


@dataclass(frozen=True)
class Costs:
    """The costs of one environment that grow with its challenges."""

    measured: Measured
    functions: Functions
    table: dynamodb.Table

    def per_challenge(self) -> cloudwatch.MathExpression:
        """Return the whole cost, divided by the challenges raised in the same time."""
        items = {f"c{number}": item for number, item in enumerate(self._items())}
        raised = {
            f"r{number}": self.measured.one(CHALLENGES_RAISED, of=door, period=HOUR)
            for number, door in enumerate(CHALLENGES_RAISED.values)
        }
        # A metric without use has no value, and would leave the whole sum without one.
        spent = " + ".join(f"FILL({name}, 0) * {item.price:.12f}" for name, item in items.items())
        count = " + ".join(f"FILL({name}, 0)" for name in raised)
        return cloudwatch.MathExpression(
            expression=f"({spent}) / ({count})",
            using_metrics={**{name: item.metric for name, item in items.items()}, **raised},
            label="dollars a challenge",
            period=HOUR,
        )

    def explained(self) -> str:
        """Return how it is computed, for the dashboard."""
        table = "\n".join(f"| {what} | {_price(what):.10f} |" for what in PRICED)
        return (
            "**How we work out the cost per challenge.** What was used in the time shown, at the"
            " prices below, divided by the challenges raised in that time. A challenge costs most"
            " while it is new, so choose a time longer than most challenges take. Step Functions"
            " does not count state transitions by machine, so we count"
            f" {TRANSITIONS_A_DECIDE} for each call of Decide. Not included: storage, logs, traces,"
            " metrics and alarms, keys, the trail, and requests to the pages' gateway. Emails are"
            " all that SES sent for the account.\n\n"
            f"| in US dollars, London | each |\n| --- | --- |\n{table}"
        )

    def _items(self) -> Iterator[_Item]:
        decides = self.functions[DECIDE].metric_invocations(period=HOUR)
        yield _Item(decides, TRANSITIONS_A_DECIDE * _price("state transition"))
        for function in FUNCTIONS:
            deployed = self.functions[function]
            yield _Item(deployed.metric_invocations(period=HOUR), _price("Lambda request"))
            gigabytes = function.memory_mb / _BYTES_A_GB
            yield _Item(
                deployed.metric_duration(statistic="Sum", period=HOUR),
                gigabytes * _price("Lambda GB-second") / _MILLISECONDS,
            )
        for index in ("", *(index.name for index in INDEXES)):
            yield _Item(self._units("Write", index), _price("DynamoDB write unit"))
            yield _Item(self._units("Read", index), _price("DynamoDB read unit"))
        yield _Item(emails_sent(HOUR), _price("letter"))

    def _units(self, kind: str, index: str) -> cloudwatch.Metric:
        """Return the units that the table, or one of its indexes, used."""
        of = {"TableName": self.table.table_name}
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=f"Consumed{kind}CapacityUnits",
            dimensions_map=of | ({"GlobalSecondaryIndexName": index} if index else {}),
            statistic="Sum",
            period=HOUR,
        )
