"""The service on AWS: what there is, and who may touch what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Stack, Tags

from infra.cloud.backup import Backups
from infra.cloud.bus import Bus
from infra.cloud.credentials import Credentials
from infra.cloud.doors import Doors
from infra.cloud.functions import Functions
from infra.cloud.heads import Heads
from infra.cloud.ladder import Ladder
from infra.cloud.mail import Mail
from infra.cloud.mail_in import MailIn
from infra.cloud.record import Record
from infra.cloud.schedule import Schedule
from infra.cloud.sign_in import SignIn
from infra.shape import API, BY_TRAY, DAILY, DECIDE, INDEXES, INTAKE, PAGES, SEAL, SWEEP

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
        bus = Bus(self, "Bus", settings=settings, record=record)
        credentials = Credentials(self, "Credentials", key=record.key)
        sign_in = SignIn(self, "SignIn", settings=settings)
        mail = Mail(self, "Mail", settings=settings)
        heads = Heads(self, "Heads", settings=settings)
        mail_in = MailIn(self, "MailIn", settings=settings, key=record.key)
        training = {"WORKING_DAY_SECONDS": settings.working_day_seconds}
        backups = Backups(
            self,
            "Backups",
            settings=settings,
            table=record.table,
            buckets=[mail_in.bucket, heads.bucket],
        )
        functions = Functions(
            self,
            "Functions",
            procedure=settings.procedure_path,
            environment={
                "TABLE_NAME": record.table.table_name,
                "SECRET_ID": credentials.secret.secret_arn,
                "MAIL_FROM": settings.mail_from,
                "INTAKE_ADDRESS": settings.intake_address,
                "PUBLIC_URL": settings.public_url,
                "COUNCIL_NAME": settings.council_name,
                "OIDC_ISSUER": sign_in.issuer,
                "OIDC_CLIENT_ID": sign_in.client_id,
                "API_AUDIENCE": settings.api_audience,
                "API_CLIENTS": sign_in.programs,
                "POWERTOOLS_METRICS_NAMESPACE": "PositiveChallenge",
                "POWERTOOLS_LOG_LEVEL": "INFO",
                # Where it is missing, as in a live environment, no clock can run fast.
                **(training if settings.working_day_seconds else {}),
            },
        )
        ladder = Ladder(self, "Ladder", functions=functions)
        doors = Doors(self, "Doors", settings=settings, pages=functions[PAGES], api=functions[API])
        mail_in.give_to(functions[INTAKE])
        Schedule(self, "Schedule", functions=functions)

        record.let_read_and_append(functions[DECIDE])
        record.let_read_and_append(functions[SWEEP], indexes=INDEXES)
        record.let_read_and_append(functions[PAGES], indexes=INDEXES)
        record.let_read_and_append(functions[INTAKE])
        record.let_read_and_append(functions[API])
        record.let_read_and_append(functions[DAILY], indexes=[BY_TRAY])
        record.let_read_hashes(functions[SEAL])
        heads.let_seal(functions[SEAL])
        mail.let_send(functions[DECIDE])
        mail.let_send(functions[INTAKE])
        mail.let_send(functions[DAILY])
        # Not Decide: it starts no leg, and the machine that names it cannot be named by it too.
        ladder.let_start_and_stop(functions[SWEEP])
        for door in (PAGES, INTAKE, API):
            ladder.let_start_and_stop(functions[door])
        credentials.let_read(functions[PAGES])
        sign_in.let_sign_in(functions[PAGES])

        CfnOutput(self, "CnameTarget", value=doors.address.target)
        CfnOutput(self, "TableName", value=record.table.table_name)
        CfnOutput(self, "RestoreRoleArn", value=backups.restore_role.role_arn)
        CfnOutput(self, "EventBusName", value=bus.bus.event_bus_name)
        CfnOutput(self, "HeadsBucket", value=heads.bucket.bucket_name)
        CfnOutput(self, "StateMachineArn", value=ladder.machine.state_machine_arn)
        CfnOutput(self, "SecretId", value=credentials.secret.secret_arn)
        CfnOutput(self, "KeyArn", value=record.key.key_arn)
        CfnOutput(self, "SweepFunction", value=functions[SWEEP].function_name)
        for name, value in {**mail_in.outputs, **sign_in.outputs}.items():
            CfnOutput(self, name, value=value)
