"""The bucket of emails as received, and of packs for Cafcass. It outlives the service.

Only SES adds emails, and only one function adds packs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from adapters.mailroom import KEYS, LET_GO, LOCK_MODE
from adapters.packs import PACKS
from domain.retention import KEPT_FOR_YEARS
from infra.cloud.evidence import bucket_of_evidence
from infra.cloud.rules import accept, exported

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from constructs import IConstruct

    from infra.cloud.settings import Settings

#: How long an email that is no evidence of anything is kept, in case someone asks about it.
LET_GO_AFTER = Duration.days(365)

#: The remaining lock when it is set, in days: an email may be some months old by then.
LOCK_AT_LEAST = KEPT_FOR_YEARS * 365 - 365
LOCK_AT_MOST = KEPT_FOR_YEARS * 366


#: For exactly as long as evidence is kept.
_AS_EVIDENCE = {
    "StringEquals": {"s3:object-lock-mode": LOCK_MODE},
    "NumericGreaterThan": {"s3:object-lock-remaining-retention-days": LOCK_AT_LEAST},
    "NumericLessThan": {"s3:object-lock-remaining-retention-days": LOCK_AT_MOST},
}


class Mails(Construct):
    """The bucket under the council's key, with permission for SES to store emails in it.

    The permission names SES's receipt rule. That rule belongs to the service
    (``infra.cloud.mail_in``), which this stack must not depend on, so its name follows from the
    settings.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings, key: kms.Key) -> None:
        """Make the bucket, encrypted with ``key``."""
        super().__init__(scope, name)
        self._key = key
        # No default lock: SES could not store an email in a bucket that has one.
        self.bucket = bucket_of_evidence(
            self,
            "Mails",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            lifecycle_rules=[
                # Emails not yet judged, and locked ones, have no tag and stay.
                s3.LifecycleRule(
                    tag_filters=dict([LET_GO]),
                    expiration=LET_GO_AFTER,
                    noncurrent_version_expiration=Duration.days(1),
                ),
                s3.LifecycleRule(expired_object_delete_marker=True),
            ],
        )
        ses = iam.ServicePrincipal("ses.amazonaws.com")
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetSesPutMails",
                principals=[ses],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{KEYS}*")],
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "aws:SourceArn": settings.receipt_rule_arn,
                    }
                },
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetSesEncryptMails",
                principals=[ses],
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com",
                    }
                },
            )
        )

    def let_read_and_keep(self, function: lambda_.Function) -> None:
        """Let ``function`` read an email, lock it, or mark it as one that need not be kept.

        It may not delete or unlock any.
        """
        function.add_environment("MAIL_BUCKET", self.bucket.bucket_name)
        mails = self._mails(function.role or function)
        tag, value = LET_GO
        for actions_, conditions in (
            (["s3:GetObject", "s3:GetObjectRetention"], {}),
            (["s3:PutObjectTagging"], {"StringEquals": {f"s3:RequestObjectTag/{tag}": value}}),
            (["s3:PutObjectRetention"], _AS_EVIDENCE),
        ):
            function.add_to_role_policy(
                iam.PolicyStatement(actions=actions_, resources=mails, conditions=conditions)
            )
        self._let_open(function)

    def let_keep_packs(self, function: lambda_.Function) -> None:
        """Let ``function`` add packs for Cafcass, locked, and read them. It may delete none."""
        function.add_environment("MAIL_BUCKET", self.bucket.bucket_name)
        packs = self._all(function.role or function, PACKS, "A pack's name is its digest")
        for actions_, conditions in (
            (["s3:PutObject", "s3:GetObject"], {}),
            (["s3:PutObjectRetention"], _AS_EVIDENCE),
        ):
            function.add_to_role_policy(
                iam.PolicyStatement(actions=actions_, resources=packs, conditions=conditions)
            )
        self._let_open(function, "kms:GenerateDataKey")

    def let_read(self, role: iam.Role) -> None:
        """Let people process a failed email again in an emergency, which includes reading it."""
        mails = self._mails(role)
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=mails))
        self._let_open(role)

    def _mails(self, holder: IConstruct) -> list[str]:
        """Accept that the policies of ``holder`` name all emails."""
        return self._all(holder, KEYS, "An email's name is the id that SES gives it")

    def _all(self, holder: IConstruct, keys: str, why: str) -> list[str]:
        """Accept that the policies of ``holder`` name all objects under ``keys``."""
        named = f"{exported(self.bucket, self.bucket.bucket_arn)}/{keys}*"
        accept(holder, f"IAM5[Resource::{named}]", why)
        return [self.bucket.arn_for_objects(f"{keys}*")]

    def _let_open(self, reader: iam.IGrantable, *besides: str) -> None:
        """Let ``reader`` decrypt with the key what S3 keeps under it."""
        reader.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", *besides],
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}
                },
            )
        )
