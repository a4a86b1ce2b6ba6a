"""Privacy, as the stacks have it: what is kept how long, and what AWS notes of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.template import actions_of, synthesize

if TYPE_CHECKING:
    from tests.infra.template import Synthesized

#: The stacks take half a minute to make.
pytestmark = [pytest.mark.ci, pytest.mark.xdist_group("cloud")]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesize the stacks without their asset."""
    return synthesize(tmp_path_factory.mktemp("cdk"))


def test_nothing_deletes_a_record(stack: Synthesized) -> None:
    allowed = {
        action
        for policy in stack.of_type("AWS::IAM::Policy").values()
        for action in actions_of(policy["PolicyDocument"]["Statement"])
        if action.startswith("dynamodb:")
    }
    # Batches and PartiQL can delete too, so only what is listed here is allowed.
    assert allowed == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    }


def test_incoming_email_of_strangers_has_a_stated_life(stack: Synthesized) -> None:
    bucket = stack.of_type("AWS::S3::Bucket")[stack.id_of_bucket("Mails")]
    rules = bucket["LifecycleConfiguration"]["Rules"]
    ending = [rule for rule in rules if "ExpirationInDays" in rule]
    assert [rule["TagFilters"] for rule in ending] == [[{"Key": "kept", "Value": "no"}]]
    assert [rule["ExpirationInDays"] for rule in ending] == [365]
    for rule in rules:
        assert rule in ending or set(rule) <= {"ExpiredObjectDeleteMarker", "Status"}


def test_a_log_has_a_stated_life(stack: Synthesized) -> None:
    for log in stack.of_type("AWS::Logs::LogGroup").values():
        assert log["RetentionInDays"]


def test_a_trace_carries_the_reference_and_ids_only(stack: Synthesized) -> None:
    machine = stack.only("AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}
    # A link's token is in its path, which INFO, a data trace and a gateway's trace would show.
    stage = stack.only("AWS::ApiGateway::Stage")
    for settings in stage["MethodSettings"]:
        assert settings["LoggingLevel"] == "ERROR"
        assert settings["DataTraceEnabled"] is False
    assert stage["TracingEnabled"] is False
