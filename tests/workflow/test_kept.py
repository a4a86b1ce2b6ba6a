"""The emulator that tests share is like new for each, and repeats what another test did."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3

from adapters import clock, wiring
from domain.ladder import Stage
from domain.rules.replies import Answer, Reply
from infra.local.emulator import MAIL_BUCKET, TABLE
from tests.workflow import kept
from tests.workflow.service import MONDAY, Service, running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _everything(service: Service) -> dict[str, Any]:
    """Return everything that can be seen of it, whatever order the table lists it in."""
    table = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ID"])
    objects = boto3.client("s3").list_objects_v2(Bucket=MAIL_BUCKET)
    return {
        "table": sorted(json.dumps(item, sort_keys=True) for item in table),
        "mails": service.mails(),
        "objects": objects["KeyCount"],
        "executions": service.executions("PCE-"),
        "now": service.now,
        "secret": secret["SecretString"],
    }


def test_each_test_finds_it_as_new_whatever_one_before_did(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        new = _everything(service)
        reference = service.raise_at(Stage.ONE)
        service.jump(timedelta(days=9))
        service.receive(b"From: somebody@example.org\n\nHello")
        boto3.client("secretsmanager").put_secret_value(
            SecretId=os.environ["SECRET_ID"], SecretString="{}"
        )
        assert len(service.mails()) > 1
        assert service.executions(reference)
    with running(tmp_path) as service:
        again = _everything(service)
        assert again == new
        assert again["executions"] == []
        assert again["now"] == MONDAY


def test_the_process_is_left_as_it_was(tmp_path: Path) -> None:
    before = dict(os.environ)
    with running(tmp_path):
        assert clock.wall() == MONDAY
    assert dict(os.environ) == before
    assert clock.wall() != MONDAY


def test_what_another_test_did_first_is_put_back_as_if_it_had_been_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept._kept, "memory", {})

    def begins(service: Service) -> str:
        reference = service.raise_at(Stage.ONE)
        service.reply(reference, "tm-n", Answer.CHALLENGED)
        return reference

    with running(tmp_path, remembers=True) as service:
        reference = begins(service)
        done, rung = _everything(service), service.rung(reference)
    with running(tmp_path, remembers=True) as service, monkeypatch.context() as patch:
        patch.setattr(wiring.casebook(), "raise_challenge", None)  # nothing may be done again
        patch.setattr(wiring.casebook(), "act", None)
        assert begins(service) == reference
        back = _everything(service)
        assert service.rung(reference) == rung
    ended, running_now = done.pop("executions"), back.pop("executions")
    assert [e["name"] for e in running_now] == [
        e["name"] for e in ended if e["status"] == "RUNNING"
    ]
    assert back == done


def test_it_goes_on_from_what_was_put_back_to_the_end(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path, remembers=True) as service:
            reference = service.raise_at(Stage.THREE)
            for _ in range(2):
                service.jump_past(service.challenge(reference).request.deadline.at)
            assert service.rung(reference) == "IRO to decide"


def test_whoever_did_something_else_first_has_it_all_done(tmp_path: Path) -> None:
    with running(tmp_path, remembers=True) as service:
        usual = service.raise_at(Stage.ONE)
    with running(tmp_path, remembers=True) as service:
        service.jump(timedelta(hours=1))
        assert service.raise_at(Stage.ONE) != usual
    with running(tmp_path, remembers=True) as service:
        assert service.raise_at(Stage.ONE) == usual
        boto3.client("dynamodb").put_item(
            TableName=TABLE, Item={"PK": {"S": "SOMETHING"}, "SK": {"S": "ELSE"}}
        )
        service.act(usual, "tm-n", Reply(1, Answer.RESOLVED, "In a test."))
        assert "Replied" in service.kinds(usual)
        assert boto3.client("dynamodb").get_item(
            TableName=TABLE, Key={"PK": {"S": "SOMETHING"}, "SK": {"S": "ELSE"}}
        )["Item"]


def test_an_execution_that_pauses_before_it_tries_again_is_ended_with_its_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_event: object, _context: object) -> None:
        message = "in a test"
        raise LookupError(message)

    with running(tmp_path) as service, monkeypatch.context() as patch:
        patch.setitem(service.emulator._functions._handlers, "decide", fails)
        service.raise_at(Stage.ONE)
    with running(tmp_path) as service:
        assert service.executions("PCE-") == []
        assert service.rung(service.raise_at(Stage.ONE)) == "Stage 1"
