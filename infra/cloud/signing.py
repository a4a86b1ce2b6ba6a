"""The key that signs exports: one function may sign, and nobody else whatever their rights.

It is an RSA key, so anybody can check a signature with the public half, for as long as a record is
kept and without AWS. AWS does not rotate such a key, and must not: its fingerprint is printed in
every document. Nobody can take the private half out of KMS, so it has no backup either. If the key
is lost, what it signed can still be checked, and a new one signs from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings

__all__ = ["Signing"]

#: What makes a signature, or somebody who may make one.
_SIGNS = ("kms:Sign", "kms:CreateGrant")


class Signing(Construct):
    """The key, with its policy."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make the key."""
        super().__init__(scope, name)
        self.key = kms.Key(
            self,
            "Key",
            description="Signs exported records. Its fingerprint is in every document",
            key_spec=kms.KeySpec.RSA_3072,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        # A refusal beats every right. The account may change the policy, as AWS requires; the alarm
        # signing-key-changed says when it does.
        role = f"arn:aws:iam::{settings.account}:role{settings.path_of_documents}*"
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyElseSigns",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(_SIGNS),
                resources=["*"],
                conditions={"ArnNotLike": {"aws:PrincipalArn": [role]}},
            )
        )

    def let_sign(self, function: lambda_.Function) -> None:
        """Let the function sign and read the public key, and name the key in its environment."""
        self._let(function, "kms:Sign", "kms:GetPublicKey")

    def let_show(self, function: lambda_.Function) -> None:
        """Let the function read the public key, for its fingerprint."""
        self._let(function, "kms:GetPublicKey")

    def _let(self, function: lambda_.Function, *actions: str) -> None:
        function.add_environment("SIGNING_KEY", self.key.key_arn)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), resources=[self.key.key_arn])
        )
