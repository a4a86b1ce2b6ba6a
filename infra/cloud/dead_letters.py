"""Dead letters: tasks a function failed at every try, kept so that they can be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_destinations import SqsDestination
from constructs import Construct

from infra.cloud.rules import accept

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

#: SQS keeps nothing longer.
KEPT_FOR = Duration.days(14)

#: Lambda tries twice more, after one minute and after two.
_RETRIES = 2


class DeadLetters(Construct):
    """One queue for all of them: each message says which function it was for.

    It also holds emails received, so it is encrypted with the operators' own key; in a lean
    environment with SQS's, which is free and checks nobody's right to read.
    """

    def __init__(self, scope: Construct, name: str, *, key: kms.IKey | None) -> None:
        """Make the queue, encrypted with ``key`` or with SQS's own."""
        super().__init__(scope, name)
        self._key = key
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=KEPT_FOR,
        )
        accept(self.queue, "SQS3", "It is itself the queue of failures")
        # EventBridge names neither the rule nor the account when it uses the key: with a condition
        # on either, the dead letter itself would be lost.
        if key:
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="LetEventBridgeEncryptDeadLetters",
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=["kms:GenerateDataKey", "kms:Decrypt"],
                    resources=["*"],
                )
            )

    def take_from(self, function: lambda_.Function) -> None:
        """Keep failed asynchronous calls of a function, which nobody waits for."""
        # Without its key CDK knows the queue only by its address and adds no rights to the key: the
        # ones it would add are wildcards.
        queue = sqs.Queue.from_queue_arn(self, f"For{function.node.id}", self.queue.queue_arn)
        function.configure_async_invoke(
            on_failure=SqsDestination(queue),
            retry_attempts=_RETRIES,
            max_event_age=Duration.hours(6),
        )
        self.let_use_key(function)

    def let_give_again(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` take dead letters out of the queue, and decrypt them for that."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["sqs:ReceiveMessage", "sqs:DeleteMessage"],
                resources=[self.queue.queue_arn],
            )
        )
        self._let_key(grantee, ["kms:Decrypt"])

    def let_use_key(self, sender: iam.IGrantable) -> None:
        """Let a sender use the queue's key."""
        self._let_key(sender, ["kms:GenerateDataKey", "kms:Decrypt"])

    def _let_key(self, user: iam.IGrantable, actions: list[str]) -> None:
        """Allow ``user`` these actions with the queue's key, if it has one of ours."""
        if self._key is None:
            return
        user.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=actions,
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"sqs.{Stack.of(self).region}.amazonaws.com"}
                },
            )
        )
