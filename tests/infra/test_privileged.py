"""Rule 11 on AWS: one function may open legal advice, and nobody else can be let in unheard."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from adapters.privileged import CONTEXT, PARTITION
from infra.blueprint import ADVICE, FUNCTIONS, READ_PRIVILEGED, WRITES
from tests.infra.template import listed, sample_settings

if TYPE_CHECKING:
    from infra.blueprint import Function
    from tests.infra.template import Properties, Synthesized

ENVIRONMENT, ACCOUNT = sample_settings()["environment"], sample_settings()["account"]
PATH = f"/positive-challenge-{ENVIRONMENT}/functions/advice/"
#: The calls of KMS that take an encryption context.
TAKE_A_CONTEXT = {
    *("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
}
OF_ADVICE = {"kms:EncryptionContext:compartment": "legal-advice"}


def _refusal(stack: Synthesized) -> Properties:
    key = stack.of_type("AWS::KMS::Key")[stack.id_of_key("Record")]
    statements = key["KeyPolicy"]["Statement"]
    (found,) = (one for one in statements if one["Effect"] == "Deny")
    return dict(found)


def test_each_piece_is_encrypted_under_the_context_that_the_key_s_policy_knows() -> None:
    assert {f"kms:EncryptionContext:{name}": text for name, text in CONTEXT.items()} == OF_ADVICE


def test_the_key_refuses_everybody_but_the_function_whatever_their_rights(
    stack: Synthesized,
) -> None:
    refusal = _refusal(stack)
    assert refusal["Principal"] == {"AWS": "*"}
    assert set(refusal["Action"]) == TAKE_A_CONTEXT
    but = f"arn:aws:iam::{ACCOUNT}:role{PATH}*"
    assert refusal["Condition"] == {
        "StringEquals": OF_ADVICE,
        "ArnNotLike": {"aws:PrincipalArn": [but]},
    }


def test_the_key_s_policy_knows_the_role_of_the_function_and_no_other(stack: Synthesized) -> None:
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(ADVICE)]
    of_the_function = deployed["Role"]["Fn::GetAtt"][0]
    (pattern,) = _refusal(stack)["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    known = {
        name
        for name, role in stack.of_type("AWS::IAM::Role").items()
        if fnmatchcase(f"arn:aws:iam::{ACCOUNT}:role{role.get('Path', '/')}name", pattern)
    }
    assert known == {of_the_function}


def test_no_other_role_is_even_allowed_to_call_kms_for_advice(stack: Synthesized) -> None:
    """Each other statement names the service through which alone it may use the key."""
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(ADVICE)]
    direct = [
        (name, one)
        for name in stack.of_type("AWS::IAM::Role")
        for one in stack.allowed_to(name)
        if TAKE_A_CONTEXT & set(listed(one["Action"]))
        and {"Fn::GetAtt": [stack.id_of_key("Record"), "Arn"]} in listed(one["Resource"])
        and "kms:ViaService" not in one["Condition"]["StringEquals"]
    ]
    ((name, statement),) = direct
    assert name == deployed["Role"]["Fn::GetAtt"][0]
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert statement["Condition"] == {"StringEquals": OF_ADVICE}


def test_whoever_deploys_can_still_change_the_key_s_policy(stack: Synthesized) -> None:
    """If it shut them out, nobody could correct it; the alarm says when somebody does."""
    assert "kms:PutKeyPolicy" not in _refusal(stack)["Action"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_only_who_shows_or_checks_advice_reads_its_items(
    stack: Synthesized, function: Function
) -> None:
    reads = any(
        "dynamodb:GetItem" in listed(one["Action"]) for one in stack.allowed_to_function(function)
    )
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(function)]
    refused = [
        one
        for one in stack.refused_to(deployed["Role"]["Fn::GetAtt"][0])
        if one.get("Sid") == "NoLegalAdvice"
    ]
    if function in READ_PRIVILEGED or not reads:
        assert refused == []
        return
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    (statement,) = refused
    assert set(statement["Action"]) == {"dynamodb:GetItem", "dynamodb:Query"}
    assert statement["Resource"] == {"Fn::GetAtt": [table, "Arn"]}
    assert statement["Condition"] == {
        "ForAnyValue:StringLike": {"dynamodb:LeadingKeys": [f"{PARTITION}*"]}
    }


def test_nobody_else_writes_there() -> None:
    writers = {
        function
        for function, where in WRITES.items()
        if any(fnmatchcase(f"{PARTITION}PCE-7K3M-9QXT", one) for one in where)
    }
    assert writers == {ADVICE}
