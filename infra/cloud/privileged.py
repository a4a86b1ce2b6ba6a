"""Who may open legal advice (rule 11): one function, and nobody else whatever their rights.

Its data keys are encrypted with the record's key under an encryption context that nothing else
uses. KMS opens them only for a call that names the same context, and the key's own policy refuses
such a call to everybody but the role of the function ``advice``. So it is as separate as under a
key of its own, which would cost each council another dollar a month, and three later on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from adapters.privileged import CONTEXT

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings

__all__ = ["let_open", "refused_to_others"]

#: What the function does: it gets a new data key for each piece, and opens one.
_USE = ("kms:Decrypt", "kms:GenerateDataKey")

#: Every call that takes an encryption context: to open data keys, or to make some.
_TAKE_A_CONTEXT = (
    *_USE,
    "kms:Encrypt",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

_OF_ADVICE = {f"kms:EncryptionContext:{name}": value for name, value in CONTEXT.items()}


def refused_to_others(settings: Settings) -> iam.PolicyStatement:
    """Return the statement of the key's policy. It knows the function by its role's own path.

    A refusal beats every right and every grant. The account may change the policy, as AWS requires;
    the alarm ``advice-key-changed`` says when it does.
    """
    role = f"arn:aws:iam::{settings.account}:role{settings.path_of_advice}*"
    return iam.PolicyStatement(
        sid="NobodyElseOpensAdvice",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=list(_TAKE_A_CONTEXT),
        resources=["*"],
        conditions={
            "StringEquals": _OF_ADVICE,
            "ArnNotLike": {"aws:PrincipalArn": [role]},
        },
    )


def let_open(function: lambda_.Function, key: kms.IKey) -> None:
    """Let the function use the key for legal advice, and name the key in its environment."""
    function.add_environment("PRIVILEGED_KEY", key.key_arn)
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=list(_USE),
            resources=[key.key_arn],
            conditions={"StringEquals": _OF_ADVICE},
        )
    )
