"""The dashboard an operator looks at first, from what to do down to what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from adapters.lookout import Kind
from adapters.metrics import (
    CALENDAR_DAYS_LEFT,
    CHALLENGES_NOT_RUNNING,
    CHALLENGES_OPEN,
    CHALLENGES_RAISED,
    CHALLENGES_STUCK,
    CHALLENGES_SWEPT,
    COMPLAINTS,
    LETTERS_BARRED,
    LETTERS_DELAYED,
    LETTERS_IN_DOUBT,
    LETTERS_PUT_OFF,
    LETTERS_REFUSED,
    LETTERS_RETURNED,
    MAILS_TAKEN,
    NOT_AS_RECORDED,
    NOT_AS_SEALED,
    OLDEST_UNMET_HOURS,
    REPLIES_RECEIVED,
)
from infra.blueprint import FUNCTIONS, SWEEP
from infra.cloud.alarms import RUNBOOK
from infra.cloud.costs import Costs
from infra.cloud.measured import FIVE_MINUTES, emails_sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb

    from adapters.metrics import Metric
    from infra.cloud.alarms import Alarms
    from infra.cloud.doors import Doors
    from infra.cloud.functions import Functions
    from infra.cloud.ladder import Ladder
    from infra.cloud.measured import Measured

#: Widths on the dashboard's grid.
_WHOLE, _HALF, _THIRD, _SIXTH = 24, 12, 8, 4

_FIRST = f"""\
## What to do first
1. A red alarm names its entry in `{RUNBOOK}`: start there.
2. *Stuck* above 0: a challenge has stopped. Deal with it before anything else.
   *To look at* names each one, and each open challenge without a running execution.
3. Emails refused or returned: a manager may not know that they have to reply.
4. A stopped execution (*aborted*) is normal: each new leg stops the one before.
   One stopped in another way is named in *To look at*; its input says why it was there.

The record is the truth, not an execution: `python -m infra.operate show PCE-…` shows a
challenge's current stage and why.
"""


class Dashboard(Construct):
    """One page for one environment."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        measured: Measured,
        alarms: Alarms,
        functions: Functions,
        ladder: Ladder,
        doors: Doors,
        table: dynamodb.Table,
    ) -> None:
        """Put it together, most urgent first."""
        super().__init__(scope, name)
        self._measured = measured
        board = cloudwatch.Dashboard(
            self,
            "Board",
            dashboard_name=Stack.of(self).stack_name,
            default_interval=Duration.days(7),
        )
        board.add_widgets(
            cloudwatch.TextWidget(markdown=_FIRST, width=_HALF, height=7),
            cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.all, width=_HALF, height=7),
        )
        board.add_widgets(
            cloudwatch.GraphWidget(
                title="Open challenges, by stage",
                left=measured.parts(CHALLENGES_OPEN, statistic="Maximum"),
                stacked=True,
                width=_HALF,
            ),
            self._now("Oldest unmet deadline, in hours", OLDEST_UNMET_HOURS),
            self._now(
                "Stuck, not running, and corrected by Sweep",
                *(CHALLENGES_STUCK, CHALLENGES_NOT_RUNNING, CHALLENGES_SWEPT),
            ),
            self._now("Days of the calendar left", CALENDAR_DAYS_LEFT),
            self._now("Different from the seal or the events", NOT_AS_SEALED, NOT_AS_RECORDED),
        )
        board.add_widgets(_to_look_at(functions))
        replies = measured.one(REPLIES_RECEIVED, period=Duration.days(1), label="replies")
        board.add_widgets(
            _graph("Challenges raised, by door", measured.parts(CHALLENGES_RAISED)),
            _graph("Replies received, a day", [replies]),
            _graph("Emails received", measured.parts(MAILS_TAKEN)),
        )
        board.add_widgets(
            _graph("Emails sent, by the whole account", [emails_sent(FIVE_MINUTES)]),
            _graph(
                "Emails that failed",
                measured.named(LETTERS_REFUSED, LETTERS_PUT_OFF, LETTERS_BARRED),
            ),
            _graph(
                "Delivery reports",
                measured.named(LETTERS_RETURNED, LETTERS_IN_DOUBT, LETTERS_DELAYED, COMPLAINTS),
            ),
        )
        machine = ladder.machine
        board.add_widgets(
            _graph(
                "Executions",
                [
                    machine.metric_started(label="started"),
                    machine.metric_aborted(label="stopped: another leg took over"),
                    machine.metric_failed(label="failed"),
                    machine.metric_timed_out(label="timed out"),
                ],
            ),
            _graph(
                "Function errors",
                [functions[one].metric_errors(label=one.name) for one in FUNCTIONS],
            ),
            _graph(
                "Pages and interface",
                [
                    doors.api.metric_count(label="requests", statistic="Sum"),
                    doors.api.metric_client_error(label="refused (4xx)", statistic="Sum"),
                    doors.api.metric_server_error(label="failed (5xx)", statistic="Sum"),
                ],
            ),
        )
        costs = Costs(measured=measured, functions=functions, table=table)
        board.add_widgets(
            cloudwatch.SingleValueWidget(
                title="Cost per challenge raised, in US dollars, over the time shown",
                metrics=[costs.per_challenge()],
                set_period_to_time_range=True,
                full_precision=True,
                width=_THIRD,
                height=8,
            ),
            cloudwatch.TextWidget(markdown=costs.explained(), width=_WHOLE - _THIRD, height=8),
        )

    def _now(self, title: str, *metrics: Metric) -> cloudwatch.IWidget:
        return cloudwatch.SingleValueWidget(
            title=title,
            metrics=[self._measured.one(metric, statistic="Maximum") for metric in metrics],
            width=_SIXTH,
            height=6,
        )


def _to_look_at(functions: Functions) -> cloudwatch.IWidget:
    """Return the log query for each challenge Sweep named, as it was when last named."""
    kinds = ", ".join(f'"{kind}"' for kind in Kind)
    latest = ("rung", "wakes", "tries", "execution", "became")
    return cloudwatch.LogQueryWidget(
        title="To look at: challenges that are stuck, or whose execution does not run",
        log_group_names=[functions[SWEEP].log_group.log_group_name],
        query_lines=[
            f"filter message in [{kinds}]",
            "stats max(@timestamp) as seen, "
            + ", ".join(f"latest({field}) as last_{field}" for field in latest)
            + " by message, reference",
            "sort seen desc",
            "limit 50",
        ],
        width=_WHOLE,
        height=6,
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_THIRD)
