"""How the template is fitted to the emulator of ``make rehearse``: nothing is left out unsaid."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal import fitting
from tests.rehearsal.fitting import FittingError, fit

KNOWN = {"Known", "AWS::SecretsManager::Secret", "AWS::IAM::Policy"}


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of a smaller world than ours."""
    monkeypatch.setattr(fitting, "LACKING", {"Lacking": "it is not there"})
    monkeypatch.setattr(fitting, "NOT_SHOWN", {"Known": "it does less"})


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    declared = {"One": {"Type": "Known"}, "Missing": {"Type": "Lacking"}}
    return {"Resources": declared | resources, "Outputs": {}}


def test_what_is_listed_is_left_out_and_said() -> None:
    fitted = fit(template(), KNOWN)
    assert fitted.template["Resources"] == {"One": {"Type": "Known"}}
    assert fitted.left_out == {"Lacking": "it is not there"}


def test_outputs_and_the_order_of_making_forget_what_is_left_out() -> None:
    given = template(Two={"Type": "Known", "DependsOn": ["Missing", "One"]})
    given["Outputs"] = {
        "Gone": {"Value": {"Ref": "Missing"}},
        "Here": {"Value": {"Fn::GetAtt": ["One", "Arn"]}},
    }
    fitted = fit(given, KNOWN).template
    assert fitted["Resources"]["Two"]["DependsOn"] == ["One"]
    assert fitted["Outputs"].keys() == {"Here"}


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
        fit(given, KNOWN)


def test_a_type_that_the_emulator_cannot_make_has_to_be_listed() -> None:
    with pytest.raises(FittingError, match="cannot make Strange: list it"):
        fit(template(Two={"Type": "Strange"}), KNOWN)


def test_a_type_that_the_emulator_has_learnt_to_make_is_rehearsed() -> None:
    with pytest.raises(FittingError, match="has learnt to make Lacking"):
        fit(template(), KNOWN | {"Lacking"})


@pytest.mark.parametrize("name", ["One", "Missing"])
def test_a_type_that_is_in_no_template_is_listed_nowhere(name: str) -> None:
    given = template()
    kind = given["Resources"].pop(name)["Type"]
    with pytest.raises(FittingError, match=f"no {kind} in the template any more"):
        fit(given, KNOWN)


def test_a_secret_is_named_by_its_arn_and_made_of_letters_and_digits() -> None:
    made = {"ExcludePunctuation": True, "PasswordLength": 64}
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"GenerateSecretString": made},
    }
    user = {"Type": "Known", "Properties": {"Secret": [{"Ref": "Key"}, {"Ref": "One"}]}}
    fitted = fit(template(Key=secret, Two=user), KNOWN)
    resources = fitted.template["Resources"]
    assert resources["Two"]["Properties"]["Secret"] == [
        {"Fn::GetAtt": ["Key", "Id"]},
        {"Ref": "One"},
    ]
    signs = resources["Key"]["Properties"]["GenerateSecretString"]["ExcludeCharacters"]
    assert not any(sign.isalnum() for sign in signs)
    assert len(fitted.changes) == 2


def test_leave_to_send_letters_is_widened_and_no_other() -> None:
    statements = [
        {"Action": ["ses:SendEmail"], "Resource": "one", "Condition": {"StringEquals": {}}},
        {"Action": "s3:GetObject", "Resource": "one", "Condition": {"StringEquals": {}}},
    ]
    policy = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyDocument": {"Statement": statements}},
    }
    fitted = fit(template(May=policy), KNOWN)
    widened, kept = fitted.template["Resources"]["May"]["Properties"]["PolicyDocument"]["Statement"]
    assert widened == {"Action": ["ses:SendEmail"], "Resource": "*"}
    assert kept == statements[1]
    (change,) = fitted.changes
    assert "(1 places)" in change
