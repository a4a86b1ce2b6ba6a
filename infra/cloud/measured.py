"""The metrics of ``adapters.metrics``, as alarms and the dashboard read them from CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from adapters.metrics import SERVICE

if TYPE_CHECKING:
    from adapters.metrics import Metric

__all__ = ["FIVE_MINUTES", "HOUR", "Measured", "emails_sent"]

FIVE_MINUTES = Duration.minutes(5)
HOUR = Duration.hours(1)


@dataclass(frozen=True)
class Measured:
    """The metrics of one environment, which has a ``namespace`` of its own."""

    namespace: str

    def one(
        self,
        metric: Metric,
        *,
        of: str = "",
        statistic: str = "Sum",
        period: Duration = FIVE_MINUTES,
        label: str = "",
    ) -> cloudwatch.Metric:
        """Return a metric, or its part for the value ``of`` of its dimension.

        ``label`` is its name in a graph, if its own name is not clear there.

        Raise ``ValueError`` if the metric has no such part.
        """
        if of not in (metric.values or ("",)):
            message = f"{metric.name} has no part {of!r}. Choose one of {metric.values}."
            raise ValueError(message)
        dimensions = {"service": SERVICE} | ({metric.dimension: of} if of else {})
        return cloudwatch.Metric(
            namespace=self.namespace,
            metric_name=metric.name,
            dimensions_map=dimensions,
            statistic=statistic,
            period=period,
            label=label or None,
        )

    def parts(self, metric: Metric, *, statistic: str = "Sum") -> list[cloudwatch.IMetric]:
        """Return a metric for each value of its dimension, labelled with that value."""
        return [
            self.one(metric, of=value, statistic=statistic, label=value) for value in metric.values
        ]

    def named(self, *metrics: Metric) -> list[cloudwatch.IMetric]:
        """Return metrics labelled with their meaning."""
        return [self.one(metric, label=metric.meaning) for metric in metrics]


def emails_sent(period: Duration) -> cloudwatch.Metric:
    """Return how many emails Amazon SES accepted, which it counts by itself and for nothing.

    It counts all emails of the account in this region, also those of other systems.
    """
    return cloudwatch.Metric(
        namespace="AWS/SES",
        metric_name="Send",
        statistic="Sum",
        period=period,
        label="emails that Amazon SES accepted",
    )
