"""The logs whose names AWS prescribes, so that they are the same for every service here.

Logs outlive the service. A service deployed again could not create these under the same name, so
they belong to the stack that stays. CloudFormation gives all others a new name each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

if TYPE_CHECKING:
    from infra.cloud.settings import Settings


class KeptLogs(Construct):
    """``executions``: steps of the state machine. ``refused``: requests the firewall refused."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make both for the service of ``settings``."""
        super().__init__(scope, name)
        # For each log outside this prefix, Step Functions extends an account-wide policy of limited
        # length.
        self.executions = self._log(
            "Executions", f"/aws/vendedlogs/states/{settings.service_stack}"
        )
        # WAF writes only to logs with this prefix.
        self.refused = self._log("Refused", f"aws-waf-logs-{settings.service_stack}")

    def _log(self, name: str, full_name: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            name,
            log_group_name=full_name,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
