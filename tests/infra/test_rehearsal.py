"""How the template is adapted to the emulator of ``make rehearse``: each omission is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.blueprint import FUNCTIONS
from tests.rehearsal import fitting
from tests.rehearsal.fitting import LACKING, NOT_SHOWN, FittingError, fit
from tests.rehearsal.permissions import USES
from tests.rehearsal.runbook import blocks_for_a_deployed_stack

if TYPE_CHECKING:
    from tests.infra.template import Synthesized

KNOWN = {"Known", "AWS::SecretsManager::Secret", "AWS::IAM::Policy"}


@pytest.fixture
def smaller_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use tables with one line each."""
    monkeypatch.setattr(fitting, "LACKING", {"Lacking": "it is not there"})
    monkeypatch.setattr(fitting, "NOT_SHOWN", {"Known": "it does less"})


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    declared = {"One": {"Type": "Known"}, "Missing": {"Type": "Lacking"}}
    return {"Resources": declared | resources, "Outputs": {}}


@pytest.mark.usefixtures("smaller_world")
def test_what_is_listed_is_left_out_and_said() -> None:
    fitted = fit([template()], KNOWN)
    assert fitted.templates[0]["Resources"] == {"One": {"Type": "Known"}}
    assert fitted.left_out == {"Lacking": "it is not there"}


@pytest.mark.usefixtures("smaller_world")
def test_outputs_and_the_order_of_making_forget_what_is_left_out() -> None:
    given = template(Two={"Type": "Known", "DependsOn": ["Missing", "One"]})
    given["Outputs"] = {
        "Gone": {"Value": {"Ref": "Missing"}},
        "Here": {"Value": {"Fn::GetAtt": ["One", "Arn"]}},
    }
    fitted = fit([given], KNOWN).templates[0]
    assert fitted["Resources"]["Two"]["DependsOn"] == ["One"]
    assert fitted["Outputs"].keys() == {"Here"}


@pytest.mark.usefixtures("smaller_world")
@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Missing"},
        {"Fn::GetAtt": ["Missing", "Arn"]},
        {"Fn::GetAtt": "Missing.Arn"},
        {"Fn::Sub": "arn:${Missing.Arn}/*"},
        {"Fn::Join": ["", ["a", {"Fn::Sub": ["${Missing}", {}]}]]},
    ],
)
def test_what_needs_a_resource_that_is_left_out_is_an_error(reference: object) -> None:
    given = template(Two={"Type": "Known", "Properties": {"Of": reference}})
    with pytest.raises(FittingError, match=r"Two \(Known\) needs Missing"):
        fit([given], KNOWN)


@pytest.mark.usefixtures("smaller_world")
def test_a_type_that_the_emulator_cannot_make_has_to_be_listed() -> None:
    with pytest.raises(FittingError, match="cannot make Strange: list it"):
        fit([template(Two={"Type": "Strange"})], KNOWN)


@pytest.mark.usefixtures("smaller_world")
def test_a_type_that_the_emulator_has_learnt_to_make_is_rehearsed() -> None:
    with pytest.raises(FittingError, match="has learnt to make Lacking"):
        fit([template()], KNOWN | {"Lacking"})


@pytest.mark.usefixtures("smaller_world")
@pytest.mark.parametrize("name", ["One", "Missing"])
def test_a_type_that_is_in_no_template_is_listed_nowhere(name: str) -> None:
    given = template()
    kind = given["Resources"].pop(name)["Type"]
    with pytest.raises(FittingError, match=f"no {kind} in the template any more"):
        fit([given], KNOWN)


@pytest.mark.usefixtures("smaller_world")
def test_a_secret_is_named_by_its_arn_and_made_of_letters_and_digits() -> None:
    made = {"ExcludePunctuation": True, "PasswordLength": 64}
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"GenerateSecretString": made},
    }
    user = {"Type": "Known", "Properties": {"Secret": [{"Ref": "Key"}, {"Ref": "One"}]}}
    fitted = fit([template(Key=secret, Two=user)], KNOWN)
    resources = fitted.templates[0]["Resources"]
    assert resources["Two"]["Properties"]["Secret"] == [
        {"Fn::GetAtt": ["Key", "Id"]},
        {"Ref": "One"},
    ]
    signs = resources["Key"]["Properties"]["GenerateSecretString"]["ExcludeCharacters"]
    assert not any(sign.isalnum() for sign in signs)
    assert len(fitted.changes) == 2


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyDocument": {"Statement": list(statements)}},
    }


def statements(fitted: fitting.Fitted) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fitted.templates[0]["Resources"]["May"]["Properties"][
        "PolicyDocument"
    ]["Statement"]
    return found


@pytest.mark.usefixtures("smaller_world")
def test_leave_to_send_letters_is_widened_and_no_other() -> None:
    other = {"Action": "s3:GetObject", "Resource": "one"}
    fitted = fit(
        [template(May=policy({"Action": ["ses:SendEmail"], "Resource": "one"}, other))], KNOWN
    )
    assert statements(fitted) == [{"Action": ["ses:SendEmail"], "Resource": "*"}, other]
    (change,) = fitted.changes
    assert "(1 times)" in change


@pytest.mark.usefixtures("smaller_world")
def test_a_condition_that_cannot_be_judged_is_left_out_and_no_other() -> None:
    given = {
        "Action": "s3:PutObjectRetention",
        "Resource": "one",
        "Condition": {
            "StringEquals": {"s3:object-lock-mode": "GOVERNANCE", "s3:prefix": "mail/"},
            "NumericLessThan": {"s3:object-lock-remaining-retention-days": 9},
        },
    }
    (fitted,) = statements(fit([template(May=policy(given))], KNOWN))
    assert fitted["Condition"] == {"StringEquals": {"s3:prefix": "mail/"}}


@pytest.mark.usefixtures("smaller_world")
def test_a_refusal_by_what_cannot_be_judged_is_left_out_and_no_other() -> None:
    """Without its condition it would refuse everything."""
    where = {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["PRIVILEGED#*"]}}
    what = {"ForAnyValue:StringEquals": {"dynamodb:Attributes": ["delete_after"]}}
    refusals = [
        {"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "one", "Condition": condition}
        for condition in (where, {**where, **what})
    ]
    (fitted,) = statements(fit([template(May=policy(*refusals))], KNOWN))
    assert fitted["Effect"] == "Deny"
    assert fitted["Condition"] == what


@pytest.mark.usefixtures("smaller_world")
def test_a_log_without_a_name_is_named_by_the_stack_as_on_aws() -> None:
    logs: dict[str, dict[str, Any]] = {
        "Nameless": {"Type": "AWS::Logs::LogGroup"},
        "Named": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "one"}},
    }
    resources = fit([template(**logs)], KNOWN | {"AWS::Logs::LogGroup"}).resources
    name = resources["Nameless"]["Properties"]["LogGroupName"]
    assert name == {"Fn::Sub": "${AWS::StackName}-Nameless-Rehearsal"}
    assert resources["Named"]["Properties"] == {"LogGroupName": "one"}


# Our own tables, before minutes are spent on the rehearsal


def test_the_tables_speak_of_what_is_in_the_template(stack: Synthesized) -> None:
    types = {resource["Type"] for resource in stack.resources.values()}
    assert LACKING.keys() | NOT_SHOWN.keys() <= types


def test_every_function_is_tried() -> None:
    assert USES.keys() == set(FUNCTIONS)


def test_every_command_of_the_runbook_is_run_or_says_why_not() -> None:
    assert blocks_for_a_deployed_stack()
