"""The key that signs exports and the packs that were made: one function has them, and no other."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from adapters.packs import PACKS
from infra.blueprint import DOCUMENTS
from infra.cloud.mails import LOCK_AT_LEAST
from tests.infra.template import listed, sample_settings

if TYPE_CHECKING:
    from tests.infra.template import Properties, Synthesized

ENVIRONMENT, ACCOUNT = sample_settings()["environment"], sample_settings()["account"]
SIGNER = f"arn:aws:iam::{ACCOUNT}:role/positive-challenge-{ENVIRONMENT}/functions/documents/*"


def _key(stack: Synthesized) -> Properties:
    return stack.of_type("AWS::KMS::Key")[stack.id_of_key("Signing")]


def test_it_is_a_key_whose_signatures_anybody_can_check(stack: Synthesized) -> None:
    key = _key(stack)
    assert (key["KeySpec"], key["KeyUsage"]) == ("RSA_3072", "SIGN_VERIFY")
    assert not key.get("EnableKeyRotation"), "its fingerprint is printed in documents"


def test_it_refuses_to_sign_for_everybody_else_whatever_their_rights(stack: Synthesized) -> None:
    (refusal,) = (one for one in _key(stack)["KeyPolicy"]["Statement"] if one["Effect"] == "Deny")
    assert refusal["Principal"] == {"AWS": "*"}
    assert set(refusal["Action"]) == {"kms:Sign", "kms:CreateGrant"}
    assert refusal["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [SIGNER]}}


def test_whoever_deploys_can_still_change_its_policy(stack: Synthesized) -> None:
    """If it shut them out, nobody could correct it; the alarm says when somebody does."""
    (refusal,) = (one for one in _key(stack)["KeyPolicy"]["Statement"] if one["Effect"] == "Deny")
    assert "kms:PutKeyPolicy" not in refusal["Action"]


def test_the_function_that_makes_documents_signs_and_no_other_role_may(
    stack: Synthesized,
) -> None:
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(DOCUMENTS)]
    roles = stack.of_type("AWS::IAM::Role")
    signs = {
        name
        for name in roles
        if any("kms:Sign" in listed(one["Action"]) for one in stack.allowed_to(name))
    }
    known = {
        name
        for name, role in roles.items()
        if fnmatchcase(f"arn:aws:iam::{ACCOUNT}:role{role.get('Path', '/')}name", SIGNER)
    }
    assert signs == known == {deployed["Role"]["Fn::GetAtt"][0]}
    assert deployed["Environment"]["Variables"]["SIGNING_KEY"]


# Packs -------------------------------------------------------------------------------------------


def test_one_function_adds_packs_locked_and_reads_them_and_nobody_deletes_one(
    stack: Synthesized,
) -> None:
    packs = f"{PACKS}*"
    found = [
        (name, action, one.get("Condition", {}))
        for name in stack.of_type("AWS::IAM::Role")
        for one in stack.allowed_to(name)
        if packs in str(one["Resource"])
        for action in listed(one["Action"])
    ]
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(DOCUMENTS)]
    assert {name for name, _, _ in found} == {deployed["Role"]["Fn::GetAtt"][0]}
    conditions = {action: condition for _, action, condition in found}
    assert conditions.keys() == {"s3:PutObject", "s3:GetObject", "s3:PutObjectRetention"}
    locks = conditions["s3:PutObjectRetention"]
    assert locks["StringEquals"] == {"s3:object-lock-mode": "GOVERNANCE"}
    assert locks["NumericGreaterThan"] == {"s3:object-lock-remaining-retention-days": LOCK_AT_LEAST}
