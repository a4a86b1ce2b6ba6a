"""Mail in: SES takes it at the intake address, puts it into S3, and calls the intake function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from aws_cdk import aws_ses_actions as actions
from constructs import Construct

from adapters.mailroom import KEYS, LET_GO, LOCK_MODE
from domain.retention import KEPT_FOR_YEARS
from infra.cloud.evidence import bucket_of_evidence
from infra.cloud.rules import accept, logical_id

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings

#: How long a mail that is no evidence of anything is kept, for whoever asks after it.
LET_GO_AFTER = Duration.days(365)

#: What is left of a lock when it is set, in days: a mail may be some months old by then.
LOCK_AT_LEAST = KEPT_FOR_YEARS * 365 - 365
LOCK_AT_MOST = KEPT_FOR_YEARS * 366


class MailIn(Construct):
    """The bucket of mails as they came in, and SES's rules for the intake address.

    An account and region has one active rule set, which CloudFormation does not activate: an
    operator does, once. So environments that share an account and region share one set: the first
    makes it, and the others name it in their settings. ``outputs`` say what is to be done.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings, key: kms.Key) -> None:
        """Make the bucket under the council's key, and an empty rule set if none is named."""
        super().__init__(scope, name)
        self._address = settings.intake_address
        self._key = key
        # It locks nothing by itself: SES could not put a mail into a bucket that did.
        self.bucket = bucket_of_evidence(
            self,
            "Mails",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            lifecycle_rules=[
                # What nobody has judged yet, and what is locked, has no tag and stays.
                s3.LifecycleRule(
                    tag_filters=dict([LET_GO]),
                    expiration=LET_GO_AFTER,
                    noncurrent_version_expiration=Duration.days(1),
                ),
                s3.LifecycleRule(expired_object_delete_marker=True),
            ],
        )
        region = Stack.of(self).region
        if settings.receipt_rule_set:
            self._rules = ses.ReceiptRuleSet.from_receipt_rule_set_name(
                self, "Rules", settings.receipt_rule_set
            )
            self.outputs = {"ReceiptRuleSet": settings.receipt_rule_set}
        else:
            name = f"positive-challenge-{settings.environment}"
            self._rules = ses.ReceiptRuleSet(self, "Rules", receipt_rule_set_name=name)
            activate = (
                f"aws ses set-active-receipt-rule-set --region {region} --rule-set-name {name}"
            )
            self.outputs = {"ReceiptRuleSet": name, "ActivateMailIn": activate}
        self.outputs["MailExchange"] = (
            f"{settings.domain} MX 10 inbound-smtp.{region}.amazonaws.com"
        )
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
        """Let SES call ``function`` for each mail, once it lies in the bucket.

        That may read it, lock it, or mark it as one that need not be kept; not delete or unlock it.
        """
        self._rules.add_rule(
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
        mails = [self.bucket.arn_for_objects(f"{KEYS}*")]
        accept(
            function.role or function,
            f"IAM5[Resource::<{logical_id(self.bucket)}.Arn>/{KEYS}*]",
            "A mail's name is the id that SES gives it",
        )
        tag, value = LET_GO
        for actions_, conditions in (
            (["s3:GetObject", "s3:GetObjectRetention"], {}),
            (["s3:PutObjectTagging"], {"StringEquals": {f"s3:RequestObjectTag/{tag}": value}}),
            (
                ["s3:PutObjectRetention"],
                # For as long as evidence is kept, and for no less.
                {
                    "StringEquals": {"s3:object-lock-mode": LOCK_MODE},
                    "NumericGreaterThan": {
                        "s3:object-lock-remaining-retention-days": LOCK_AT_LEAST
                    },
                    "NumericLessThan": {"s3:object-lock-remaining-retention-days": LOCK_AT_MOST},
                },
            ),
        ):
            function.add_to_role_policy(
                iam.PolicyStatement(actions=actions_, resources=mails, conditions=conditions)
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
