"""Backups of what cannot be recreated: the table, the emails received, and the seals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack, TimeZone
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.cloud.keys import renewed_every
from infra.cloud.rules import accept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_s3 as s3

    from infra.cloud.settings import Settings

#: The table also has point-in-time recovery: every second of the last 35 days.
KEPT_DAILY = Duration.days(35)
KEPT_MONTHLY = Duration.days(400)

#: AWS's own policies: they list what AWS Backup itself does.
_BACK_UP = (
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "AWSBackupServiceRolePolicyForS3Backup",
)
_RESTORE = (
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Restore",
)


class Backups(Construct):
    """A vault that cannot be emptied by mistake, and a plan that fills it each night."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        settings: Settings,
        table: dynamodb.Table,
        buckets: Sequence[s3.Bucket],
    ) -> None:
        """Back up ``table`` and ``buckets``."""
        super().__init__(scope, name)
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the backups: they survive the loss of the record's key",
            enable_key_rotation=True,
            rotation_period=renewed_every(settings),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=f"positive-challenge-{settings.environment}",
            encryption_key=self.key,
            # Without a date after which it is fixed, the lock is governance mode, as for the
            # emails.
            lock_configuration=backup.LockConfiguration(min_retention=KEPT_DAILY),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        plan = backup.BackupPlan(self, "Plan", backup_vault=self.vault)
        # After the heads were sealed, so that a night's backup holds that night's seal.
        for rule, schedule, kept in (
            ("Daily", events.Schedule.cron(minute="0", hour="4"), KEPT_DAILY),
            ("Monthly", events.Schedule.cron(minute="0", hour="5", day="1"), KEPT_MONTHLY),
        ):
            plan.add_rule(
                backup.BackupPlanRule(
                    rule_name=rule,
                    schedule_expression=schedule,
                    schedule_expression_timezone=TimeZone.EUROPE_LONDON,
                    start_window=Duration.hours(1),
                    completion_window=Duration.hours(12),
                    delete_after=kept,
                )
            )
        #: What each night has to back up.
        self.resources = (
            backup.BackupResource.from_dynamo_db_table(table),
            *(backup.BackupResource.from_arn(bucket.bucket_arn) for bucket in buckets),
        )
        #: For a restore: whoever does it passes this role on.
        self.restore_role = self._role("RestoreRole", "Restores", _RESTORE)
        plan.add_selection(
            "Kept",
            role=self._role("Role", "Backs up", _BACK_UP),
            resources=[*self.resources],
        )

    def jobs(self, ended: str, *, period: Duration) -> cloudwatch.Metric:
        """Return the metric of jobs that ended in this state: ``Completed``, ``Failed``."""
        return cloudwatch.Metric(
            namespace="AWS/Backup",
            metric_name=f"NumberOfBackupJobs{ended}",
            dimensions_map={"BackupVaultName": self.vault.backup_vault_name},
            statistic="Sum",
            period=period,
        )

    def _role(self, name: str, does: str, policies: Sequence[str]) -> iam.Role:
        role = iam.Role(
            self,
            name,
            assumed_by=iam.ServicePrincipal(
                "backup.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description=f"{does} what cannot be recreated in this environment",
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in policies
            ],
        )
        for policy in policies:
            accept(
                role,
                f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]",
                "AWS's own policy for AWS Backup, which AWS keeps in step with what Backup needs; "
                "the plan's selection names what it is used on, and nobody holds the restoring one",
            )
        return role
