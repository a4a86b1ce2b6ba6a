"""The sending identity of the council's letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings


class Mail(Construct):
    """The domain that SES signs letters for, with DKIM."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make the identity. SES sends once its DKIM records are in the domain's DNS."""
        super().__init__(scope, name)
        self._mail_from = settings.mail_from
        self.identity = ses.EmailIdentity(
            self, "Identity", identity=ses.Identity.domain(settings.domain)
        )

    def let_send(self, function: lambda_.Function) -> None:
        """Let a function send letters from the one address the council chose."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                # A letter is raw MIME, for which SES checks SendRawEmail when SendEmail is called.
                actions=["ses:SendEmail", "ses:SendRawEmail"],
                resources=[self.identity.email_identity_arn],
                conditions={"StringEquals": {"ses:FromAddress": self._mail_from}},
            )
        )
