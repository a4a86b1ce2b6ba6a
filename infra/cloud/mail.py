"""The sending identity of the council's emails, and what SES reports about them afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from aws_cdk.aws_events_targets import LambdaFunction
from constructs import Construct

from infra.cloud.rules import accept

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

    from infra.cloud.settings import Settings

#: What the service needs to know about an email after SES accepted it. Delivery is not included: it
#: does not tell whether anybody reads the email.
_NEWS = (
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.DELIVERY_DELAY,
    ses.EmailSendingEvent.RENDERING_FAILURE,
)


class Mail(Construct):
    """The domain that SES signs emails for with DKIM, and how every email is sent."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make the identity. SES sends once its DKIM records are in the domain's DNS."""
        super().__init__(scope, name)
        self._mail_from = settings.mail_from
        self.letters = ses.ConfigurationSet(
            self,
            "Letters",
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
            reputation_metrics=True,
            # Someone who marks one email as junk must still get the next.
            suppression_reasons=ses.SuppressionReasons.BOUNCES_ONLY,
        )
        self.letters.add_event_destination(
            "News",
            # SES can only report to the default bus.
            destination=ses.EventDestination.event_bus(
                events.EventBus.from_event_bus_name(self, "Bus", "default")
            ),
            events=list(_NEWS),
        )
        self.identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(settings.domain),
            configuration_set=self.letters,
        )
        #: The DNS records that prove to receivers that an email is the council's.
        self.outputs = {
            f"Dkim{number}": f"{record.name} CNAME {record.value}"
            for number, record in enumerate(self.identity.dkim_records, start=1)
        }

    def let_send(self, function: lambda_.Function) -> None:
        """Let a function send emails from the one address the council chose."""
        stack = Stack.of(self)
        letters = stack.format_arn(
            service="ses",
            resource="configuration-set",
            resource_name=self.letters.configuration_set_name,
        )
        # SES also requires a right to the recipient's identity if it belongs to the account: an
        # address verified in the sandbox, or the council's own domain.
        any_identity = stack.format_arn(service="ses", resource="identity", resource_name="*")
        accept(
            function.role or function,
            f"IAM5[Resource::{any_identity}]",
            "Recipients are not known in advance; the sender is a condition",
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                # An email is raw MIME, for which SES checks SendRawEmail when SendEmail is called.
                actions=["ses:SendEmail", "ses:SendRawEmail"],
                resources=[any_identity, letters],
                conditions={"StringEquals": {"ses:FromAddress": self._mail_from}},
            )
        )
        function.add_environment("MAIL_CONFIGURATION_SET", self.letters.configuration_set_name)

    def tell(self, function: lambda_.Function, *, dead_letters: sqs.IQueue) -> None:
        """Call a function with each report about an email; keep calls that fail."""
        ours = {"mail": {"tags": {"ses:configuration-set": [self.letters.configuration_set_name]}}}
        events.Rule(
            self,
            "Rule",
            description="What happened to an email after SES accepted it",
            event_pattern=events.EventPattern(source=["aws.ses"], detail=ours),
            targets=[LambdaFunction(function, dead_letter_queue=dead_letters)],
        )
