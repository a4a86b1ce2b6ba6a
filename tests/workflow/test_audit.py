"""HEAD cannot be silenced unseen: each night it and the trays are compared with the events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest

from adapters import audit as audit_module
from adapters import clock, wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.record.shown import SUMMARY
from adapters.seals import ENDED
from adapters.settings import read_procedure
from domain.ladder import Stage
from domain.rules.replies import Answer
from infra.blueprint import AUDIT, SEAL
from infra.local.emulator import HEADS_BUCKET, TABLE
from infra.local.lambda_seam import FunctionError
from infra.operate import main
from tests.workflow.service import SAMPLE_DIRECTORY

if TYPE_CHECKING:
    from tests.workflow.service import Service

A_DAY = timedelta(days=1)


def night(service: Service) -> Any:  # noqa: ANN401 - the function's answer
    """Do what is done each night: seal, then audit. Return the audit's answer."""
    service.emulator.invoke(SEAL.name, {})
    return service.emulator.invoke(AUDIT.name, {})


def table() -> Any:  # noqa: ANN401 - boto3's Table
    """Return the table, to write past the service."""
    return boto3.resource("dynamodb").Table(TABLE)


def change(reference: str, sort: str, expression: str, **values: object) -> None:
    """Change an item past the service. ``#`` marks names: DynamoDB reserves many words."""
    names = {f"#{name}": name for name in ("open", "wake_at", "council", "stage", "tray", "due")}
    table().update_item(
        Key={"PK": f"CHALLENGE#{reference}", "SK": sort},
        UpdateExpression=expression,
        ExpressionAttributeNames={key: one for key, one in names.items() if key in expression},
        **(
            {"ExpressionAttributeValues": {f":{n}": v for n, v in values.items()}} if values else {}
        ),
    )


def silence(service: Service, reference: str) -> None:
    """Take the challenge out of every list of what has to wake, and stop its execution."""
    change(reference, "HEAD", "REMOVE #open, #wake_at")
    client = boto3.client("stepfunctions")
    for execution in service.executions(reference):
        client.stop_execution(executionArn=execution["executionArn"])


def said(capsys: pytest.CaptureFixture[str], *which: str) -> tuple[int, str]:
    """Return the exit code of the operator's command, and what it says."""
    capsys.readouterr()
    code = main(["verify", *(which or ("--all",))])
    return code, capsys.readouterr().out


def ladders(service: Service) -> list[str]:
    """Return challenges at every kind of rung: asked, replied, returned, at the IRO's decision."""
    found = [service.raise_at(Stage.ONE) for _ in range(4)]
    found.append(service.raise_at(Stage.QAP))
    service.reply(found[1], "tm-n", Answer.CHALLENGED)
    service.not_mine(found[2], "tm-n")
    return found


# What is in order -------------------------------------------------------------------------------


def is_over(service: Service, reference: str) -> None:
    """Let the challenge end, with nothing left to do."""
    service.withdraw(reference)
    service.place_on_file(reference)


def test_what_is_in_order_is_in_order_on_every_night_of_a_ladder(service: Service) -> None:
    references = ladders(service)
    for passed in range(40):
        answer = night(service)
        assert (answer["wrong"], answer["faults"]) == ([], 0), f"after {passed} days"
        if passed == 30:
            is_over(service, references[0])
        service.jump(A_DAY)
    assert answer["looked_at"] == len(references) - 1


def test_a_directory_that_moves_trays_leaves_nothing_that_is_wrong(service: Service) -> None:
    ladders(service)
    CouncilStore(table, read_procedure).load_directory(from_csv(SAMPLE_DIRECTORY))
    assert night(service)["wrong"] == [], "Sweep has not carried it to them yet"
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert night(service)["wrong"] == []


def test_whom_a_change_of_the_council_never_reached_is_found(service: Service) -> None:
    reference, _ = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert night(service)["wrong"] == []
    change(reference, "HEAD", "SET #council = :c", c=0)
    assert night(service)["wrong"] == [reference], "Sweep has carried it to all, it says"


# What an insider does ---------------------------------------------------------------------------


def test_a_head_that_was_silenced_is_found_the_next_night(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    silenced, other = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    silence(service, silenced)
    service.jump(30 * A_DAY)
    service.emulator.invoke("sweep", {"all": True})
    service.emulator.clock.settle()
    assert silenced not in service.open_challenges(), "it is in no list"
    assert service.challenge(silenced).stage is Stage.ONE, "and stands still for ever"
    assert night(service)["wrong"] == [silenced]
    assert "NotAsRecorded" in capsys.readouterr().out
    code, text = said(capsys)
    assert code == 1
    assert f"{silenced}: HEAD is in no list of what is to wake, and it is due on Friday 6" in text
    assert f"{other}:" not in text
    assert said(capsys, silenced)[0] == 1

    assert main(["rebuild-head", silenced]) == 0
    service.jump(timedelta(minutes=2))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert night(service)["wrong"] == []
    assert service.challenge(silenced).stage is not Stage.ONE


@pytest.mark.parametrize(
    ("sort", "expression", "values", "sentence"),
    [
        ("HEAD", "REMOVE #open", {}, "HEAD is in no list of what is to wake, and it is due on"),
        (
            "HEAD",
            "SET #wake_at = :late",
            {"late": "2031-01-01T00:00:00.000000Z"},
            "HEAD wakes it on Wednesday 1 January 2031",
        ),
        ("HEAD", "SET #stage = :s", {"s": "4"}, "HEAD holds another stage than its events say."),
        ("HEAD", "SET standing = :s", {"s": "CLOSED"}, "HEAD holds another standing than"),
        ("HEAD", "SET iro = :i", {"i": "iro-2"}, "HEAD holds another iro than its events say."),
        ("HEAD", "SET next_due = :n", {"n": ""}, "HEAD holds another next_due than"),
        ("HEAD", "SET themes = :t", {"t": []}, "HEAD holds another themes than its events say."),
        ("HEAD", "SET ended = :e", {"e": "2026"}, "HEAD holds another ended than its events"),
        (
            "HEAD",
            "SET marks = :m",
            {"m": ["beyond_period"]},
            "HEAD holds another marks than its events say.",
        ),
        ("HEAD", "REMOVE stages", {}, "HEAD holds another stages than its events say."),
        ("HEAD", "SET #council = :c", {"c": 9999}, "HEAD does not go by the present council."),
        ("HEAD", "SET trays = :t", {"t": []}, "HEAD names other trays than it belongs in."),
        ("HEAD", "SET last_hash = :h", {"h": "0" * 64}, "HEAD does not name its last event."),
        ("TRAY#tm-north", "REMOVE #tray, #due", {}, "It is missing in the tray of tm-north."),
        (
            "TRAY#tm-north",
            "SET #due = :d",
            {"d": "2031-01-01T00:00:00.000000Z"},
            "The tray of tm-north holds another due than its events say.",
        ),
        (
            "TRAY#tm-north",
            "SET marks = :m",
            {"m": ["beyond_period"]},
            "The tray of tm-north holds another marks than its events say.",
        ),
        (
            "TRAY#csm",
            "SET #tray = :p, #due = :d",
            {"p": "csm", "d": "2026-12-01T00:00:00.000000Z"},
            "It lies in the tray of csm, and does not belong there.",
        ),
    ],
)
def test_whatever_head_or_a_tray_says_otherwise_is_found_and_put_right_by_rebuild_head(
    service: Service,
    capsys: pytest.CaptureFixture[str],
    sort: str,
    expression: str,
    values: dict[str, object],
    sentence: str,
) -> None:
    reference = service.raise_at(Stage.ONE)
    change(reference, sort, expression, **values)
    assert night(service)["wrong"] == [reference]
    text = said(capsys, reference)[1]
    assert sentence in text or "HEAD does not know of it" in text
    for private in ("CASE-98431", "Zephyrine", "Marigold"):
        assert private not in text
    main(["rebuild-head", reference])
    service.jump(timedelta(minutes=2))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert night(service)["wrong"] == []


def test_a_head_without_its_summary_row_is_wrong_once_sweep_has_filled_in_all(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    change(reference, "HEAD", "REMOVE summary, team, themes, stages, entry, formal_at")
    assert night(service)["wrong"] == [], "a release before may have written it"
    change(reference, "HEAD", "SET iro = :i", i="iro-2")
    assert night(service)["wrong"] == [reference], "what that held is held against the events"
    change(reference, "HEAD", "SET iro = :i", i="iro-1")
    wiring.casebook().record.beside.keep("COUNCIL", "SUMMARIES", {"done": SUMMARY})
    assert night(service)["wrong"] == [reference]
    assert "HEAD has no summary row." in said(capsys, reference)[1]


def test_a_challenge_without_head_or_with_a_broken_chain_is_wrong_and_stops_nothing(
    service: Service,
) -> None:
    headless, broken, odd, silenced = (service.raise_at(Stage.ONE) for _ in range(4))
    service.emulator.invoke(SEAL.name, {})
    table().delete_item(Key={"PK": f"CHALLENGE#{headless}", "SK": "HEAD"})
    change(broken, "EVENT#000001", "SET previous_hash = :h", h="f" * 64)
    change(odd, "HEAD", "REMOVE #council")
    silence(service, silenced)
    wrong = service.emulator.invoke(AUDIT.name, {})["wrong"]
    assert wrong == sorted([headless, broken, odd, silenced])


@pytest.mark.parametrize("part", ["number", "text", "previous_hash", "hash"])
def test_an_event_that_a_part_was_taken_out_of_stops_neither_the_audit_nor_verify(
    service: Service, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    torn, silenced = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    service.emulator.invoke(SEAL.name, {})
    table().update_item(
        Key={"PK": f"CHALLENGE#{torn}", "SK": "EVENT#000002"},
        UpdateExpression="REMOVE #part",
        ExpressionAttributeNames={"#part": part},
    )
    silence(service, silenced)
    assert service.emulator.invoke(AUDIT.name, {})["wrong"] == sorted([torn, silenced])
    code, text = said(capsys)
    assert code == 1
    assert f"{torn}: " in text
    assert f"{silenced}: HEAD is in no list of what is to wake" in text


def test_a_challenge_that_nothing_wakes_is_found_though_head_says_the_right_thing(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    client = boto3.client("stepfunctions")
    for execution in service.executions(reference):
        client.stop_execution(executionArn=execution["executionArn"])
    service.jump(20 * A_DAY)
    assert night(service)["wrong"] == [reference]


def test_one_that_is_read_in_the_middle_of_a_write_is_looked_at_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.raise_at(Stage.ONE)
    compared, looks = audit_module.differences, []

    def torn(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function itself
        looks.append(args)
        found = ["HEAD does not name its last event."]
        yield from found if len(looks) == 1 else compared(*args, **named)

    monkeypatch.setattr(audit_module, "differences", torn)
    assert night(service)["wrong"] == []
    assert len(looks) == 2


def test_a_council_that_changes_while_it_looks_makes_nothing_wrong(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = [service.raise_at(Stage.ONE) for _ in range(3)]
    service.emulator.invoke(SEAL.name, {})
    record = wiring.audit()._record
    looked_at: list[str] = []
    as_kept = record.chain.as_kept

    def amid_a_change(reference: str) -> Any:  # noqa: ANN401 - as the record itself
        if not looked_at:
            with service.in_another_container():
                CouncilStore(table, read_procedure).load_directory(from_csv(SAMPLE_DIRECTORY))
                for one in references:
                    wiring.casebook().wake(one, record.legs.head(one)[0].leg)
        looked_at.append(reference)
        return as_kept(reference)

    monkeypatch.setattr(record.chain, "as_kept", amid_a_change)
    assert service.emulator.invoke(AUDIT.name, {})["wrong"] == []
    assert len(looked_at) == 2 * len(references), "each was held against the old one first"


# What has ended ---------------------------------------------------------------------------------


def test_what_has_ended_is_looked_at_once_and_again_when_it_changes(service: Service) -> None:
    ended, goes_on = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    is_over(service, ended)
    service.jump(A_DAY)  # by then its emails have gone
    assert night(service)["looked_at"] == 2
    listed = boto3.client("s3").list_objects_v2(Bucket=HEADS_BUCKET, Prefix=ENDED)["Contents"]
    assert len(listed) == 1
    service.jump(A_DAY)
    assert night(service)["looked_at"] == 1, "of one it is known that it ended"
    change(ended, "HEAD", "SET #open = :o, #wake_at = :w", o="OPEN", w="2026-11-01T00:00:00Z")
    assert night(service)["looked_at"] == 2, "what is listed as open is looked at"
    is_over(service, goes_on)
    service.jump(A_DAY)
    assert night(service)["wrong"] == []


def test_a_night_of_what_had_ended_that_was_written_over_is_a_fault(service: Service) -> None:
    is_over(service, service.raise_at(Stage.ONE))
    service.jump(A_DAY)
    assert night(service)["faults"] == 0
    (key,) = (
        one["Key"]
        for one in boto3.client("s3").list_objects_v2(Bucket=HEADS_BUCKET, Prefix=ENDED)["Contents"]
    )
    boto3.client("s3").put_object(Bucket=HEADS_BUCKET, Key=key, Body=b"{}")
    service.jump(A_DAY)
    assert night(service)["faults"] == 1


def test_where_time_does_not_suffice_it_fails_and_the_rest_is_left(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ladders(service)
    looked_at: list[str] = []
    as_kept = wiring.casebook().record.chain.as_kept

    def slowly(reference: str) -> Any:  # noqa: ANN401 - as the record itself
        looked_at.append(reference)
        return as_kept(reference)

    shown = clock.wall
    late = timedelta(seconds=AUDIT.timeout_seconds / 2)
    monkeypatch.setattr(wiring.audit()._record.chain, "as_kept", slowly)
    monkeypatch.setattr(clock, "wall", lambda: shown() + len(looked_at) * late)
    with pytest.raises(FunctionError, match="3 challenges are left"):
        night(service)


def test_it_asks_aws_for_nothing_that_its_role_does_not_have(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over(service, service.raise_at(Stage.ONE))
    service.raise_at(Stage.QAP)
    service.jump(A_DAY)
    service.emulator.invoke(SEAL.name, {})
    asked: set[str] = set()
    client: Any = botocore.client.BaseClient
    original = client._make_api_call

    def noted(self: Any, operation: str, request: Any) -> Any:  # noqa: ANN401 - botocore's own
        asked.add(operation)
        return original(self, operation, request)

    wiring.forget()
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(client, "_make_api_call", noted)
            service.emulator.invoke(AUDIT.name, {})
        service.jump(A_DAY)
    assert asked == {"Query", "GetItem", "ListObjectVersions", "GetObject", "PutObject"}
