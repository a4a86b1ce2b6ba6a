"""Mail in: SES takes it at the intake address, puts it into S3, and calls the intake function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from aws_cdk import aws_ses_actions as actions
from constructs import Construct

from adapters.mailroom import KEYS

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings


class MailIn(Construct):
    """The bucket of mails as they came in, and SES's rules for the intake address.

    An account and region has one active rule set, which CloudFormation does not activate: an
    operator does, once (``aws ses set-active-receipt-rule-set``).
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings, key: kms.Key) -> None:
        """Make the bucket under the council's key, and an empty rule set."""
        super().__init__(scope, name)
        self._address = settings.intake_address
        self._key = key
        self.bucket = s3.Bucket(
            self,
            "Mails",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # A mail is evidence: whoever writes over it leaves the one before.
            versioned=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.rules = ses.ReceiptRuleSet(self, "Rules")
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetSesEncryptMails",
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
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

    def give_to(self, function: lambda_.Function) -> None:
        """Let SES call ``function`` for each mail, once it lies in the bucket; let that read it."""
        self.rules.add_rule(
            "Intake",
            recipients=[self._address],
            scan_enabled=True,  # without it there are no verdicts on spam and viruses
            tls_policy=ses.TlsPolicy.REQUIRE,
            actions=[
                actions.S3(bucket=self.bucket, object_key_prefix=KEYS),
                actions.Lambda(
                    function=function, invocation_type=actions.LambdaInvocationType.EVENT
                ),
            ],
        )
        function.add_environment("MAIL_BUCKET", self.bucket.bucket_name)
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[self.bucket.arn_for_objects(f"{KEYS}*")]
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}
                },
            )
        )
