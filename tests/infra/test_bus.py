"""The event bus: each event of a challenge is published, with nothing but where to find it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.infra.template import actions_of

if TYPE_CHECKING:
    from tests.infra.template import Properties, Synthesized


def _pipes(stack: Synthesized) -> dict[str, Properties]:
    """Return the pipes by what their messages are called."""
    return {
        _bus_of(pipe)["DetailType"]: pipe for pipe in stack.of_type("AWS::Pipes::Pipe").values()
    }


def _bus_of(pipe: Properties) -> Properties:
    parameters: Properties = pipe["TargetParameters"]["EventBridgeEventBusParameters"]
    return parameters


def _pipe(stack: Synthesized) -> Properties:
    return _pipes(stack)["Event recorded"]


both = pytest.mark.parametrize(
    ("detail_type", "called"), [("Event recorded", "event"), ("Kind recorded", "kind")]
)


def test_the_stream_carries_keys_alone_so_that_no_text_can_leave_by_it(
    stack: Synthesized,
) -> None:
    assert stack.only("AWS::DynamoDB::Table")["StreamSpecification"] == {
        "StreamViewType": "KEYS_ONLY"
    }


@both
def test_only_keys_and_the_moment_leave(stack: Synthesized, detail_type: str, called: str) -> None:
    template = _pipes(stack)[detail_type]["TargetParameters"]["InputTemplate"]
    assert set(re.findall(r"<([^>]+)>", template)) == {
        "$.dynamodb.Keys.PK.S",
        "$.dynamodb.Keys.SK.S",
        "$.dynamodb.ApproximateCreationDateTime",
    }
    filled = json.loads(re.sub(r"<[^>]+>", "1", template))
    assert set(filled) == {"challenge", called, "recorded"}


def test_only_new_events_of_challenges_are_published(stack: Synthesized) -> None:
    """Not emails, looks, links or drafts, which are written beside the chains."""
    (one,) = _pipe(stack)["SourceParameters"]["FilterCriteria"]["Filters"]
    assert json.loads(one["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "EVENT#"}]}}},
    }
    (one,) = _pipes(stack)["Kind recorded"]["SourceParameters"]["FilterCriteria"]["Filters"]
    assert json.loads(one["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "KIND#"}]}}},
    }


@both
def test_what_cannot_be_published_is_tried_for_as_long_as_the_stream_keeps_it_and_then_told_of(
    stack: Synthesized, detail_type: str, called: str
) -> None:
    assert called
    source = _pipes(stack)[detail_type]["SourceParameters"]["DynamoDBStreamParameters"]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["MaximumRetryAttempts"] == -1
    assert 20 * 3600 < source["MaximumRecordAgeInSeconds"] < 24 * 3600
    queue = source["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
    assert stack.of_type("AWS::SQS::Queue")[queue]["SqsManagedSseEnabled"] is True


def test_the_pipes_may_read_the_stream_and_put_events_and_no_more(stack: Synthesized) -> None:
    (role,) = {pipe["RoleArn"]["Fn::GetAtt"][0] for pipe in _pipes(stack).values()}
    statements = stack.allowed_to(role)
    assert actions_of(statements) == {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "kms:Decrypt",
        "events:PutEvents",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:SendMessage",
    }
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    for statement in statements:
        if any(action.startswith("dynamodb:") for action in actions_of([statement])):
            assert statement["Resource"] == {"Fn::GetAtt": [table, "StreamArn"]}


def test_the_bus_is_the_environments_own_and_its_events_can_be_played_again(
    stack: Synthesized,
) -> None:
    assert stack.only("AWS::Events::EventBus")["Name"] == "positive-challenge-test"
    for pipe in _pipes(stack).values():
        assert pipe["Target"]["Fn::GetAtt"][0] in stack.of_type("AWS::Events::EventBus")
        assert _bus_of(pipe)["Source"] == "positive-challenge"
    assert stack.only("AWS::Events::Archive")["RetentionDays"] == 30
