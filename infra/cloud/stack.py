"""The service on AWS: what there is, and who may touch what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Stack, Tags

from infra.cloud.credentials import Credentials
from infra.cloud.doors import Doors
from infra.cloud.functions import Functions
from infra.cloud.ladder import Ladder
from infra.cloud.mail import Mail
from infra.cloud.record import Record
from infra.cloud.schedule import Schedule
from infra.shape import DECIDE, INDEXES, PAGES, SWEEP

if TYPE_CHECKING:
    from constructs import Construct

    from infra.cloud.settings import Settings


class PositiveChallenge(Stack):
    """One environment of the service."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        """Compose the service, and name it after its environment."""
        super().__init__(
            scope,
            f"PositiveChallenge-{settings.environment}",
            description="Positive Challenge and Escalation for Independent Reviewing Officers",
            termination_protection=True,
        )
        Tags.of(self).add("service", "positive-challenge")
        Tags.of(self).add("environment", settings.environment)

        record = Record(self, "Record")
        credentials = Credentials(self, "Credentials", key=record.key)
        mail = Mail(self, "Mail", settings=settings)
        functions = Functions(
            self,
            "Functions",
            environment={
                "TABLE_NAME": record.table.table_name,
                "SECRET_ID": credentials.secret.secret_arn,
                "MAIL_FROM": settings.mail_from,
                "PUBLIC_URL": settings.public_url,
                "COUNCIL_NAME": settings.council_name,
                "OIDC_ISSUER": settings.oidc_issuer,
                "OIDC_CLIENT_ID": settings.oidc_client_id,
                "PROCEDURE_FILE": "/var/task/procedure.toml",  # functions/procedure.toml, deployed
                "POWERTOOLS_METRICS_NAMESPACE": "PositiveChallenge",
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
        )
        ladder = Ladder(self, "Ladder", functions=functions)
        doors = Doors(self, "Doors", pages=functions[PAGES])
        Schedule(self, "Schedule", sweep=functions[SWEEP])

        record.let_read_and_append(functions[DECIDE])
        record.let_read_and_append(functions[SWEEP], indexes=INDEXES)
        record.let_read_and_append(functions[PAGES], indexes=INDEXES)
        mail.let_send(functions[DECIDE])
        # Not Decide: it starts no leg, and the machine that names it cannot be named by it too.
        ladder.let_start_and_stop(functions[SWEEP])
        ladder.let_start_and_stop(functions[PAGES])
        credentials.let_read(functions[PAGES])

        CfnOutput(self, "ApiAddress", value=doors.api.api_endpoint)
        CfnOutput(self, "TableName", value=record.table.table_name)
        CfnOutput(self, "StateMachineArn", value=ladder.machine.state_machine_arn)
        CfnOutput(self, "SecretId", value=credentials.secret.secret_arn)
