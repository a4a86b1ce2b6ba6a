"""Sealing in S3, and the operator who checks the record against the seals."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from adapters import clock as functions_clock
from adapters import wiring
from adapters.record import Record
from adapters.record.beside import sealable
from adapters.seals import KEYS
from domain.chain import START, link
from domain.ladder import Stage
from domain.rules.replies import Answer, Reply
from infra.blueprint import AUDIT, DAILY, SEAL
from infra.local import emulator
from infra.local.disk import Disk
from infra.local.duties import Duties, keep_seals
from infra.local.emulator import HEADS_BUCKET, TABLE
from infra.operate import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflow.service import Service

A_DAY = timedelta(days=1)


def seal(service: Service) -> Any:  # noqa: ANN401 - the function's answer
    """Seal once. Return the function's answer."""
    return service.emulator.invoke(SEAL.name, {})


def verify(capsys: pytest.CaptureFixture[str], which: str = "--all") -> tuple[int, str]:
    """Return the exit code of the operator's command, and what it says."""
    capsys.readouterr()  # what the functions printed before
    code = main(["verify", which])
    return code, capsys.readouterr().out


def table() -> Any:  # noqa: ANN401 - boto3's Table
    """Return the table, to write past the service."""
    return boto3.resource("dynamodb").Table(TABLE)


def write_anew(reference: str) -> None:
    """Rewrite the whole chain, and HEAD, with one word changed: nothing in it is broken."""
    key = f"CHALLENGE#{reference}"
    links = Record(table).chain.links(reference)
    previous = START
    for one in links:
        text = one.text.replace("Marigoldwrongtext", "Nothing was wrong")
        made = link(one.number, text, previous)
        changes = {":t": made.text, ":p": previous, ":h": made.hash}
        table().update_item(
            Key={"PK": key, "SK": f"EVENT#{one.number:06d}"},
            UpdateExpression="SET #text = :t, previous_hash = :p, #hash = :h",
            ExpressionAttributeNames={"#text": "text", "#hash": "hash"},
            ExpressionAttributeValues=changes,
        )
        previous = made.hash
    table().update_item(
        Key={"PK": key, "SK": "HEAD"},
        UpdateExpression="SET last_hash = :h",
        ExpressionAttributeValues={":h": previous},
    )


def nights() -> list[str]:
    """Return the keys in the bucket."""
    listed = boto3.client("s3").list_objects_v2(Bucket=HEADS_BUCKET).get("Contents", [])
    return [entry["Key"] for entry in listed]


# Each night --------------------------------------------------------------------------------------


def test_each_night_the_heads_that_are_new_are_sealed(service: Service) -> None:
    one, _ = service.raise_at(Stage.ONE), service.raise_at(Stage.QAP)
    assert seal(service) == {"sealed": 2, "rewritten": [], "faults": 0}
    service.jump(A_DAY)
    service.withdraw(one)
    assert seal(service)["sealed"] == 1
    assert nights() == ["heads/2026-11-02.json", "heads/2026-11-03.json"]
    body = boto3.client("s3").get_object(Bucket=HEADS_BUCKET, Key=nights()[1])["Body"].read()
    heads = json.loads(body)["heads"]
    assert set(heads) == {one}, "nothing is new of the other"
    last = Record(table).chain.links(one)[-1]
    assert heads[one] == [last.number, last.hash]
    assert "CASE-98431" not in body.decode()
    assert "Zephyrine" not in body.decode()


def test_a_second_call_on_a_day_seals_nothing_and_compares_again(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    seal(service)
    service.withdraw(reference)
    assert seal(service) == {"sealed": 0, "rewritten": [], "faults": 0}
    service.jump(A_DAY)
    assert seal(service)["sealed"] == 1, "what came after the first call is the next night's"


def test_of_two_thatseal_one_keeps_the_night(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.raise_at(Stage.ONE)
    from adapters.seals import SealBucket  # noqa: PLC0415 - as the function has it

    write = SealBucket.write

    def another_first(self: SealBucket, night: Any) -> bool:  # noqa: ANN401
        assert write(self, night)
        return write(self, night)

    monkeypatch.setattr(SealBucket, "write", another_first)
    assert seal(service)["sealed"] == 0
    assert len(nights()) == 1


def test_what_was_sealed_cannot_be_deleted(service: Service) -> None:
    service.raise_at(Stage.ONE)
    seal(service)
    client = boto3.client("s3")
    head = client.head_object(Bucket=HEADS_BUCKET, Key=nights()[0])
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"].year > datetime.now(UTC).year + 70
    with pytest.raises(ClientError, match="Access Denied"):
        client.delete_object(Bucket=HEADS_BUCKET, Key=nights()[0], VersionId=head["VersionId"])


def test_a_chain_written_anew_is_found_the_next_night(service: Service) -> None:
    reference, other = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    seal(service)
    write_anew(reference)
    service.challenge(reference)  # the record itself finds nothing: its chain is whole
    service.jump(A_DAY)
    assert seal(service)["rewritten"] == [reference]
    service.withdraw(reference)
    service.jump(A_DAY)
    answer = seal(service)
    assert answer["rewritten"] == [reference], "and each night after"
    assert other not in answer["rewritten"]


def test_a_night_that_was_written_over_or_deleted_still_counts_and_is_a_fault(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    seal(service)
    client = boto3.client("s3")
    client.put_object(Bucket=HEADS_BUCKET, Key=nights()[0], Body=b"{}")
    write_anew(reference)
    service.jump(A_DAY)
    assert seal(service) == {"sealed": 0, "rewritten": [reference], "faults": 1}
    client.delete_object(Bucket=HEADS_BUCKET, Key=f"{KEYS}2026-11-03.json")
    service.jump(A_DAY)
    assert seal(service) == {"sealed": 0, "rewritten": [reference], "faults": 2}


def test_nights_that_s3_lists_over_several_pages_are_all_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")  # S3 lists a thousand at a time
    reference = service.raise_at(Stage.ONE)
    seal(service)
    for number in range(1, 8):
        key = f"{KEYS}2027-01-0{number}.json"
        boto3.client("s3").put_object(Bucket=HEADS_BUCKET, Key=key, Body=b"x")
    write_anew(reference)
    answer = seal(service)
    assert answer["rewritten"] == [reference]
    assert answer["faults"] == 7


def test_it_asks_aws_for_nothing_that_its_role_does_not_have_not_even_in_training(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its role cannot read items, and so no training run: nights go by the wall clock."""
    service.raise_at(Stage.ONE)
    monkeypatch.setenv("WORKING_DAY_SECONDS", "30")
    asked: set[str] = set()
    client: Any = botocore.client.BaseClient
    original = client._make_api_call

    def noted(self: Any, operation: str, request: Any) -> Any:  # noqa: ANN401 - botocore's own
        asked.add(operation)
        return original(self, operation, request)

    monkeypatch.setattr(client, "_make_api_call", noted)
    for _ in range(2):
        seal(service)
        service.jump(A_DAY)
    assert asked == {"Scan", "ListObjectVersions", "GetObject", "PutObject"}


# The operator ------------------------------------------------------------------------------------


def test_verify_holds_every_chain_against_its_seals(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    assert verify(capsys) == (
        0,
        (
            "1 challenges walked, 0 with an event that does not fit.\n"
            "0 with a HEAD or a tray that differs from the events.\n"
            "No night has been sealed yet.\n"
        ),
    )
    seal(service)
    service.withdraw(reference)
    code, said = verify(capsys, reference)
    assert code == 0
    assert said.endswith(
        "Checked against the seals of 1 nights, the last Monday 2 November 2026.\n"
    )


def test_verify_names_the_event_of_a_chain_that_was_written_anew(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    seal(service)
    write_anew(reference)
    number = service.challenge(reference).version
    for which in ("--all", reference):
        code, said = verify(capsys, which)
        assert code == 1
        assert (
            f"{reference}: Event {number} does not fit: it, or one before it, is not what was "
            "sealed on Monday 2 November 2026." in said
        )


def test_verify_misses_a_challenge_that_is_gone_altogether(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    number = service.challenge(reference).version
    seal(service)
    service.withdraw(reference)
    for item in table().scan()["Items"]:
        if item["PK"] == f"CHALLENGE#{reference}":
            table().delete_item(Key={"PK": item["PK"], "SK": item["SK"]})
    code, said = verify(capsys)
    assert code == 1
    assert f"{reference}: Event {number} does not fit: it is missing, and was sealed on" in said


def test_verify_walks_on_past_a_challenge_without_head(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, other = sorted([service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)])
    table().delete_item(Key={"PK": f"CHALLENGE#{lost}", "SK": "HEAD"})
    write_anew(other)
    code, said = verify(capsys)
    assert code == 1
    assert f"{lost}: Event" in said
    assert "there is no HEAD. Run the command rebuild-head" in said
    assert "2 challenges walked, 1 with an event" in said


def test_verify_tells_of_a_seal_that_does_not_fit(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.raise_at(Stage.ONE)
    seal(service)
    boto3.client("s3").delete_object(Bucket=HEADS_BUCKET, Key=nights()[0])
    code, said = verify(capsys)
    assert code == 1
    assert "The seal of 2026-11-02 was written again, or deleted, after its night." in said


def test_verify_goes_by_a_clock_that_may_be_a_little_behind(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = service.raise_at(Stage.ONE)
    seal(service)
    functions_clock.use(lambda: service.now - timedelta(seconds=40))
    code, said = verify(capsys, reference)
    assert code == 0, said


def test_verify_does_not_pass_without_the_seals(
    service: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service.raise_at(Stage.ONE)
    monkeypatch.delenv("HEADS_BUCKET")
    code = main(["verify", "--all"])
    assert code != 0
    assert "HEADS_BUCKET" in capsys.readouterr().err


# Looks and links --------------------------------------------------------------------------------


def beside_the_chain(service: Service) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return a sealed challenge at which somebody looked: its reference, the look, and a link."""
    reference = service.raise_at(Stage.ONE)
    record = wiring.casebook().record
    for number in range(3):
        moment = service.now + timedelta(minutes=number)
        record.beside.note_look(reference, "tm-n", "link", moment)
    service.jump(A_DAY)
    assert seal(service)["rewritten"] == []
    items = table().scan()["Items"]
    (link_,) = (one for one in items if one["SK"] == "LINK" and one["reference"] == reference)
    return reference, record.beside.looks(reference)[0], link_


def test_looks_and_links_are_sealed_by_their_number_and_a_digest(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference, _, _ = beside_the_chain(service)
    body = boto3.client("s3").get_object(Bucket=HEADS_BUCKET, Key=nights()[0])["Body"].read()
    found = json.loads(body)["beside"][reference]
    assert {kind: count for kind, (count, _) in found.items()} == {"looks": 3, "links": 1}
    assert "tm-n" not in body.decode(), "who looked is nobody's who reads the seals"
    service.withdraw(reference)
    service.jump(A_DAY)
    assert seal(service) == {"sealed": 1, "rewritten": [], "faults": 0}
    assert verify(capsys)[0] == 0
    assert verify(capsys, reference)[0] == 0


def test_a_link_that_was_used_is_what_it_was(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference, _, link_ = beside_the_chain(service)
    digest = str(link_["PK"]).partition("#")[2]
    casebook = wiring.casebook()
    reply = Reply(1, Answer.RESOLVED, "It was done.")
    casebook.act(reference, reply, service.actor("tm-n", "link"), "once", link=digest)
    service.emulator.clock.settle()
    assert casebook.record.beside.link(digest)["used_by"]  # type: ignore[index]
    service.jump(A_DAY)
    assert seal(service)["rewritten"] == []
    assert verify(capsys)[0] == 0


@pytest.mark.parametrize("which", ["look", "link"])
def test_a_look_or_a_link_that_was_taken_away_is_found(
    service: Service, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    reference, look, link_ = beside_the_chain(service)
    gone = look if which == "look" else link_
    table().delete_item(Key={"PK": gone["PK"], "SK": gone["SK"]})
    code, said = verify(capsys)
    assert code == 1
    count = {"look": 3, "link": 1}[which]
    assert f"{reference}: there were {count} {which}s when they were sealed on" in said
    for _ in range(2):  # that night, and each night after
        service.jump(A_DAY)
        assert seal(service)["rewritten"] == [reference]


@pytest.mark.parametrize("which", ["look", "link"])
@pytest.mark.parametrize("hides", [False, True])
def test_a_look_or_a_link_that_was_changed_is_found(
    service: Service, capsys: pytest.CaptureFixture[str], which: str, *, hides: bool
) -> None:
    """Even if its hash is rebuilt: then it differs from the sealed one."""
    reference, look, link_ = beside_the_chain(service)
    item = {**(look if which == "look" else link_), "officer": "somebody-else"}
    if hides:
        item["hash"] = sealable(item)
    table().put_item(Item=item)
    code, said = verify(capsys)
    assert code == 1
    other = "there were" if hides else f"A {which}"
    assert f"{reference}: {other}" in said
    if hides:
        service.jump(A_DAY)
        assert seal(service)["rewritten"] == [reference]


def test_a_look_that_is_dated_back_is_found(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference, _, _ = beside_the_chain(service)
    wiring.casebook().record.beside.note_look(reference, "tm-n", "link", service.now - 2 * A_DAY)
    code, said = verify(capsys, reference)
    assert code == 1
    assert "of that time there are 4 now" in said


def test_what_was_noted_before_things_had_hashes_is_sealed_where_its_key_tells_enough(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    reference, look, link_ = beside_the_chain(service)
    old = {name: value for name, value in link_.items() if name != "hash"}
    table().put_item(Item={**old, "PK": "LINK#before"})
    old = {name: value for name, value in look.items() if name != "hash"}
    sort = str(look["SK"]).replace("#tm-n", "#csm")
    service.jump(A_DAY)
    earlier = {**old, "SK": sort.replace("2026-11-02", "2026-11-03")}
    table().put_item(Item=earlier)
    assert seal(service)["rewritten"] == []
    assert verify(capsys)[0] == 0
    table().delete_item(Key={"PK": earlier["PK"], "SK": earlier["SK"]})
    assert f"{reference}: there were 4 looks" in verify(capsys)[1]


# On one machine ----------------------------------------------------------------------------------


def test_a_duty_is_due_once_its_hour_has_come_and_once_for_a_jump(service: Service) -> None:
    called: list[str] = []
    duties = Duties(invoke=lambda name, _event: called.append(name), now=service.now)
    assert duties.due(service.now + timedelta(hours=1)) == []
    due = duties.due(service.now + 3 * A_DAY)
    assert [(duty.function, moment) for moment, duty in due] == [
        (SEAL, datetime(2026, 11, 5, 3, tzinfo=UTC)),
        (AUDIT, datetime(2026, 11, 5, 3, 30, tzinfo=UTC)),
        (DAILY, datetime(2026, 11, 5, 9, 30, tzinfo=UTC)),
    ]
    for moment, duty in due:
        duties.do(duty, moment)
    assert called == [SEAL.name, AUDIT.name, DAILY.name]
    assert duties.due(service.now + 3 * A_DAY) == []


@pytest.mark.usefixtures("service")
def test_a_duty_of_weekdays_waits_for_monday() -> None:
    saturday = datetime(2026, 11, 7, 10, tzinfo=UTC)
    duties = Duties(invoke=lambda *_: None, now=saturday)
    due = duties.due(saturday + A_DAY)
    assert [duty.function for _, duty in due] == [SEAL, AUDIT]
    due = duties.due(saturday + 2 * A_DAY)
    assert [duty.function for _, duty in due] == [SEAL, AUDIT, DAILY]


def test_what_was_sealed_outlives_a_restart_on_one_machine(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    heads = tmp_path / "heads"
    with ExitStack() as until_stop:
        keep_seals(heads, bucket=HEADS_BUCKET, disk=Disk(), until=until_stop)
        # Also if an operator calls it, by the AWS command line.
        seal(service)
        emulator._make_bucket("anew")  # S3 is in memory: what is on disk is put there again
    monkeypatch.setenv("HEADS_BUCKET", "anew")
    with ExitStack() as until_stop:
        keep_seals(heads, bucket="anew", disk=Disk(), until=until_stop)
    write_anew(reference)
    service.jump(A_DAY)
    assert seal(service)["rewritten"] == [reference]
