"""The logs whose names AWS prescribes, and so the same for every service of an environment.

Logs outlive the service. These would bar the way of one that is made again under the same name, so
they are of the stack that stays. All others are named by CloudFormation, each time anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

if TYPE_CHECKING:
    from infra.cloud.settings import Settings


class KeptLogs(Construct):
    """``executions``: the steps of the state machine. ``refused``: whom the firewall refused."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make both, for the service that ``settings`` name."""
        super().__init__(scope, name)
        # Step Functions adds to an account-wide policy of limited length for each log that is not
        # under this prefix.
        self.executions = self._log(
            "Executions", f"/aws/vendedlogs/states/{settings.service_stack}"
        )
        # WAF writes to no log of another name.
        self.refused = self._log("Refused", f"aws-waf-logs-{settings.service_stack}")

    def _log(self, name: str, full_name: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            name,
            log_group_name=full_name,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
