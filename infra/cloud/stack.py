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
from infra.cloud.watch import Watch
from infra.shape import (
    API,
    BY_TRAY,
    DAILY,
    DECIDE,
    DELIVERY,
    INDEXES,
    INTAKE,
    PAGES,
    SEAL,
    SWEEP,
)

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
        watch = Watch(self, "Watch", settings=settings)
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
                "POWERTOOLS_METRICS_NAMESPACE": watch.namespace,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                # Where it is missing, as in a live environment, no clock can run fast.
                **(training if settings.working_day_seconds else {}),
            },
        )
        ladder = Ladder(self, "Ladder", functions=functions)
        doors = Doors(self, "Doors", settings=settings, pages=functions[PAGES], api=functions[API])
        mail_in.give_to(functions[INTAKE])
        mail.tell(functions[DELIVERY], dead_letters=watch.dead_letters.queue)
        Schedule(self, "Schedule", functions=functions, dead_letters=watch.dead_letters)
        for unattended in (INTAKE, DELIVERY, SWEEP, SEAL, DAILY):
            watch.dead_letters.take_from(functions[unattended])

        record.let_read_and_append(functions[DECIDE])
        record.let_read_and_append(functions[SWEEP], indexes=INDEXES)
        record.let_read_and_append(functions[PAGES], indexes=INDEXES)
        record.let_read_and_append(functions[INTAKE])
        record.let_read_and_append(functions[API])
        record.let_read_and_append(functions[DELIVERY])
        record.let_read_and_append(functions[DAILY], indexes=[BY_TRAY])
        record.let_read_hashes(functions[SEAL])
        heads.let_seal(functions[SEAL])
        mail.let_send(functions[DECIDE])
        mail.let_send(functions[INTAKE])
        mail.let_send(functions[DAILY])
        # Not Decide: it starts no leg, and the machine that names it cannot be named by it too.
        ladder.let_start_and_stop(functions[SWEEP])
        for starts in (PAGES, INTAKE, API, DELIVERY):
            ladder.let_start_and_stop(functions[starts])
        credentials.let_read(functions[PAGES])
        sign_in.let_sign_in(functions[PAGES])
        watch.over(
            functions=functions,
            ladder=ladder,
            doors=doors,
            mail=mail,
            table=record.table,
            bus=bus,
            backups=backups,
        )

        outputs = {
            "CnameTarget": doors.address.target,
            "TableName": record.table.table_name,
            "RestoreRoleArn": backups.restore_role.role_arn,
            "EventBusName": bus.bus.event_bus_name,
            "HeadsBucket": heads.bucket.bucket_name,
            "StateMachineArn": ladder.machine.state_machine_arn,
            "SecretId": credentials.secret.secret_arn,
            "MailBucket": mail_in.bucket.bucket_name,
            "SweepFunction": functions[SWEEP].function_name,
            "IntakeFunction": functions[INTAKE].function_name,
            "DeadLetters": watch.dead_letters.queue.queue_url,
            "AlarmTopic": watch.alarms.topic.topic_arn,
            "KeyArn": record.key.key_arn,
            **mail_in.outputs,
            **sign_in.outputs,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
