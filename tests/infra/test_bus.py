"""The event bus: each event of a challenge is published, with nothing but where to find it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.infra.template import actions_of

if TYPE_CHECKING:
    from tests.infra.template import Properties, Synthesized


def _pipe(stack: Synthesized) -> Properties:
    return stack.only("AWS::Pipes::Pipe")


def test_the_stream_carries_keys_alone_so_that_no_text_can_leave_by_it(
    stack: Synthesized,
) -> None:
    assert stack.only("AWS::DynamoDB::Table")["StreamSpecification"] == {
        "StreamViewType": "KEYS_ONLY"
    }


def test_only_reference_number_and_moment_leave(stack: Synthesized) -> None:
    template = _pipe(stack)["TargetParameters"]["InputTemplate"]
    assert set(re.findall(r"<([^>]+)>", template)) == {
        "$.dynamodb.Keys.PK.S",
        "$.dynamodb.Keys.SK.S",
        "$.dynamodb.ApproximateCreationDateTime",
    }
    filled = json.loads(re.sub(r"<[^>]+>", "1", template))
    assert set(filled) == {"challenge", "event", "recorded"}


def test_only_new_events_of_challenges_are_published(stack: Synthesized) -> None:
    """Not emails, looks, links or drafts, which are written beside the chains."""
    (one,) = _pipe(stack)["SourceParameters"]["FilterCriteria"]["Filters"]
    assert json.loads(one["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "EVENT#"}]}}},
    }


def test_what_cannot_be_published_is_tried_for_as_long_as_the_stream_keeps_it_and_then_told_of(
    stack: Synthesized,
) -> None:
    source = _pipe(stack)["SourceParameters"]["DynamoDBStreamParameters"]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["MaximumRetryAttempts"] == -1
    assert 20 * 3600 < source["MaximumRecordAgeInSeconds"] < 24 * 3600
    queue = source["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
    assert stack.of_type("AWS::SQS::Queue")[queue]["SqsManagedSseEnabled"] is True


def test_the_pipe_may_read_the_stream_and_put_events_and_no_more(stack: Synthesized) -> None:
    role = _pipe(stack)["RoleArn"]["Fn::GetAtt"][0]
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
    assert _pipe(stack)["Target"]["Fn::GetAtt"][0] in stack.of_type("AWS::Events::EventBus")
    assert stack.only("AWS::Events::Archive")["RetentionDays"] == 30
