"""What an operator sees with the AWS command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.patience import LIMIT
from tests.service.running import IRA, SAMPLE, Client, Running

pytestmark = [pytest.mark.xdist_group("service")]

AWS = Path(sys.executable).with_name("aws")


def aws(service: Running, *words: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON that ``aws --endpoint-url … <words>`` prints."""
    own = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    run = subprocess.run(
        [
            *(str(AWS), "--endpoint-url", service.aws_url, "--cli-read-timeout", str(LIMIT)),
            *("--output", "json", *words),
        ],
        env={**os.environ, **own, "AWS_DEFAULT_REGION": "eu-west-2"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_an_open_challenge_is_one_running_execution_its_rung_lit_and_tells_of_no_child(
    service: Running,
) -> None:
    reference = Client(service, IRA).raise_challenge()
    service.settle()
    machine = service.json("service")["state_machine"]
    listed = aws(service, "stepfunctions", "list-executions", "--state-machine-arn", machine)
    (execution,) = [e for e in listed["executions"] if e["name"].startswith(reference)]
    assert (execution["name"], execution["status"]) == (f"{reference}_1", "RUNNING")

    arn = ("--execution-arn", execution["executionArn"])
    described = aws(service, "stepfunctions", "describe-execution", *arn)
    told = json.loads(described["input"])
    assert told.keys() == {"reference", "leg", "because", "stage", "wakes"}
    assert (told["reference"], told["leg"]) == (reference, 1)
    assert (told["because"], told["stage"]) == ("Raised", "Stage 1")

    history = aws(service, "stepfunctions", "get-execution-history", *arn)
    entered = [
        event["stateEnteredEventDetails"]
        for event in history["events"]
        if event["type"].endswith("StateEntered")
    ]
    assert [state["name"] for state in entered] == ["Decide", "Where does it stand?", "Stage 1"]
    waits = json.loads(entered[-1]["input"])["now"]["wake_at"]
    deadlines = [d["at"] for d in service.settle()["deadlines"] if d["reference"] == reference]
    assert waits == deadlines[0]

    seen = json.dumps([listed, described, history])
    typed = (SAMPLE["name"], SAMPLE["case-id"], "Marigold", SAMPLE["tried"], SAMPLE["views"])
    assert [words for words in typed if words in seen] == []


def test_the_table_holds_the_record(service: Running) -> None:
    reference = Client(service, IRA).raise_challenge()
    service.settle()
    items = aws(service, "dynamodb", "scan", "--table-name", "positive-challenge")["Items"]
    own = [i for i in items if i["PK"]["S"] == f"CHALLENGE#{reference}"]
    kinds = {item["SK"]["S"].partition("#")[0] for item in own}
    assert {"EVENT", "HEAD", "TRAY", "NOTICE"} <= kinds
    assert not [item for item in items if "/reply/" in json.dumps(item)], (
        "a link by its digest only"
    )
