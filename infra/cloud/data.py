"""The data that outlives everything: a stack of its own, which does not depend on the service.

The service (``infra.cloud.stack``) can fail, be deleted and be deployed again beside it. It imports
what it uses from here, so CloudFormation lets nobody remove or replace anything in use. Its rights
are on its own roles: no policy, notification or trigger here names anything that the service makes.
What has to be known about it here (the path of its roles, SES's rule, two logs) has a name that
follows from the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Environment, Stack, Tags

from infra.cloud.backup import Backups
from infra.cloud.bus import Bus
from infra.cloud.credentials import Credentials
from infra.cloud.heads import Heads
from infra.cloud.kept_logs import KeptLogs
from infra.cloud.mails import Mails
from infra.cloud.record import Record
from infra.cloud.sign_in import SignIn
from infra.cloud.signing import Signing
from infra.cloud.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct

    from infra.cloud.settings import Settings


class Data(Stack):
    """The record and its bus, keys, secrets, emails, seals, backups, trail, logs, and sign-in."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        """Make all of it, and export it for the service."""
        super().__init__(
            scope,
            settings.data_stack,
            env=Environment(account=settings.account, region=settings.region),
            description="What Positive Challenge keeps: it outlives the service",
            termination_protection=True,
        )
        Tags.of(self).add("service", "positive-challenge")
        Tags.of(self).add("environment", settings.environment)

        self.record = Record(self, "Record", settings=settings)
        self.credentials = Credentials(self, "Credentials", key=self.record.key)
        self.sign_in = SignIn(self, "SignIn", settings=settings)
        self.signing = Signing(self, "Signing", settings=settings)
        self.mails = Mails(self, "Mails", settings=settings, key=self.record.key)
        self.heads = Heads(self, "Heads", settings=settings)
        self.backups = Backups(
            self,
            "Backups",
            settings=settings,
            table=self.record.table,
            buckets=[self.mails.bucket, self.heads.bucket],
        )
        self.trail = Trail(
            self,
            "Trail",
            settings=settings,
            table=self.record.table,
            buckets=[self.mails.bucket, self.heads.bucket],
        )
        self.bus = Bus(self, "Bus", settings=settings, record=self.record)
        self.logs = KeptLogs(self, "Logs", settings=settings)
        # Exported whether or not the service uses them. CDK would export only what is used, and
        # drop it here before the service that still uses it is deployed, which CloudFormation
        # refuses.
        for value in self._offered():
            self.export_value(value)
        for name, value in self._told().items():
            CfnOutput(self, name, value=value)

    def _offered(self) -> Iterator[str]:
        """Return what the service may import from here."""
        yield self.record.key.key_arn
        yield self.signing.key.key_arn
        yield self.record.table.table_name
        yield self.record.table.table_arn
        yield self.credentials.secret.secret_arn
        for bucket in (self.mails.bucket, self.heads.bucket):
            yield bucket.bucket_name
            yield bucket.bucket_arn
        yield self.backups.vault.backup_vault_name
        yield self.backups.key.key_arn
        yield self.backups.restore_role.role_arn
        yield self.bus.dead_letters.queue_name
        yield self.logs.executions.log_group_arn
        yield self.logs.refused.log_group_name
        yield from self.sign_in.offered

    def _told(self) -> dict[str, str]:
        """Make the outputs that operators and their commands read from the stack."""
        return {
            "TableName": self.record.table.table_name,
            "KeyArn": self.record.key.key_arn,
            "SigningKeyArn": self.signing.key.key_arn,
            "SecretId": self.credentials.secret.secret_arn,
            "MailBucket": self.mails.bucket.bucket_name,
            "HeadsBucket": self.heads.bucket.bucket_name,
            "TrailBucket": self.trail.bucket.bucket_name,
            "BackupVault": self.backups.vault.backup_vault_name,
            "EventBusName": self.bus.bus.event_bus_name,
            "RestoreRoleArn": self.backups.restore_role.role_arn,
            **self.sign_in.outputs,
        }
