"""Incoming mail: SES accepts it, stores it in S3 and calls the intake function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from aws_cdk import aws_ses_actions as actions
from constructs import Construct

from adapters.mailroom import KEYS

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import IDependable

    from infra.cloud.mails import Mails
    from infra.cloud.settings import Settings


class MailIn(Construct):
    """SES's rules for the intake address.

    An account and region has one active rule set, which CloudFormation does not activate: an
    operator does, once. Environments that share an account and region therefore share one set: the
    first makes it, and the others name it in their settings. ``outputs`` say what to do.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings, mails: Mails) -> None:
        """Store emails in ``mails``, with a rule set of our own if the settings name none."""
        super().__init__(scope, name)
        self._settings = settings
        # By name only: CDK would write into the policies of a bucket and key that it knows, but
        # those belong to a stack that must know nothing of this one. They already let SES in.
        self._bucket = s3.Bucket.from_bucket_name(self, "Mails", mails.bucket.bucket_name)
        region = Stack.of(self).region
        name = settings.rule_set
        if settings.receipt_rule_set:
            self._rules = ses.ReceiptRuleSet.from_receipt_rule_set_name(self, "Rules", name)
            self.outputs = {"ReceiptRuleSet": name}
        else:
            self._rules = ses.ReceiptRuleSet(self, "Rules", receipt_rule_set_name=name)
            activate = (
                f"aws ses set-active-receipt-rule-set --region {region} --rule-set-name {name}"
            )
            self.outputs = {"ReceiptRuleSet": name, "ActivateMailIn": activate}
        self.outputs["MailExchange"] = (
            f"{settings.domain} MX 10 inbound-smtp.{region}.amazonaws.com"
        )

    def give_to(self, function: lambda_.Function, *, after: IDependable) -> None:
        """Let SES call ``function`` for each email once it is in the bucket.

        The rule is made after ``after``.
        """
        # CDK's own permission, added if none of this name exists, would cover any rule.
        function.add_permission(
            "AllowSes",
            principal=iam.ServicePrincipal("ses.amazonaws.com"),
            source_account=self._settings.account,
            source_arn=self._settings.receipt_rule_arn,
        )
        rule = self._rules.add_rule(
            "Intake",
            receipt_rule_name=self._settings.receipt_rule,
            recipients=[self._settings.intake_address],
            scan_enabled=True,  # otherwise there are no verdicts on spam and viruses
            tls_policy=ses.TlsPolicy.REQUIRE,
            actions=[
                actions.S3(bucket=self._bucket, object_key_prefix=KEYS),
                actions.Lambda(
                    function=function, invocation_type=actions.LambdaInvocationType.EVENT
                ),
            ],
        )
        rule.node.add_dependency(after)
        Annotations.of(rule).acknowledge_warning(
            "@aws-cdk/s3:AddBucketPermissions", "The bucket's own stack lets SES store emails in it"
        )
