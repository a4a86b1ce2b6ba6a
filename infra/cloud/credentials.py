"""The sign-in secret: the key that signs sessions, and the password of our OpenID client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.cloud.rules import accept

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_


class Credentials(Construct):
    """One secret, JSON: ``{"session_key": …, "oidc_client_secret": …}``.

    The session key is made at the first deployment. The client's secret comes from the council's
    OpenID provider and is entered by hand afterwards; until then it is empty and nobody can sign
    in. With a user pool it stays empty, because Cognito keeps that secret itself
    (``infra.cloud.sign_in``).
    """

    def __init__(self, scope: Construct, name: str, *, key: kms.IKey) -> None:
        """Make the secret, encrypted with the council's key."""
        super().__init__(scope, name)
        self._key = key
        self.secret = secretsmanager.Secret(
            self,
            "SignIn",
            description="The session key, and the OpenID client's secret (entered by hand)",
            encryption_key=key,
            # Changing any of these four makes a new secret: the client's secret is lost and
            # everyone is signed out. 64 letters and digits are base64url of 48 bytes.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"oidc_client_secret": ""}),
                generate_string_key="session_key",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

        accept(
            self.secret,
            "SMG4",
            "The OpenID provider changes the client's secret, and a session key that rotates "
            "automatically would sign everyone out: operators rotate both, as the runbook "
            "says",
        )

    def let_read(self, function: lambda_.Function) -> None:
        """Let a function read the secret."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"], resources=[self.secret.secret_arn]
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {
                        "kms:ViaService": f"secretsmanager.{Stack.of(self).region}.amazonaws.com"
                    }
                },
            )
        )
