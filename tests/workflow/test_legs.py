"""What an execution says about itself in the console: why it was started, and at which stage."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.errors import TryAgainError
from adapters.executions import BECAUSE, Began, Executions
from adapters.record import Record
from adapters.settings import read_procedure
from domain.ladder import Stage
from domain.moments import utc_text
from domain.rules.escalating import Escalate
from domain.rules.notes import WriteNote
from domain.rules.replies import Answer, Reply

if TYPE_CHECKING:
    from domain.chain import Link
    from tests.workflow.service import Service


def inputs(service: Service, reference: str) -> list[dict[str, Any]]:
    """Return the inputs of its executions, by leg."""
    client = boto3.client("stepfunctions")
    found = [
        client.describe_execution(executionArn=one["executionArn"])
        for one in service.executions(reference)
    ]
    return [json.loads(one["input"]) for one in found]


def reasons(service: Service, reference: str) -> list[str]:
    return [one["because"] for one in inputs(service, reference)]


def sweep(service: Service, **payload: object) -> None:
    service.emulator.invoke("sweep", payload)
    service.emulator.clock.settle()


def stop_by_hand(service: Service, reference: str) -> None:
    """Press *Stop* in the console."""
    (*_, last) = service.executions(reference)
    boto3.client("stepfunctions").stop_execution(executionArn=last["executionArn"])


def test_a_leg_says_which_event_began_it_at_what_stage_and_when_it_wakes(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    service.act(reference, "iro-1", Escalate(Stage.TWO, "It cannot wait."))
    first, second, third = inputs(service, reference)
    assert first == {
        "reference": reference,
        "leg": 1,
        "because": "Raised",
        "stage": "Stage 1",
        "wakes": "2026-11-09T09:00:00Z",  # three working days after the IRO was to consider Cafcass
    }
    assert (second["because"], second["stage"]) == ("Replied", "Stage 1")
    assert (third["because"], third["stage"]) == ("StageBegan", "Stage 2")


def test_a_leg_that_ends_the_challenge_waits_for_nothing(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.withdraw(reference)
    assert reasons(service, reference) == ["Raised", "Closed"]


@pytest.mark.parametrize("stage", Stage)
def test_nothing_of_it_is_anybodys_own_words(service: Service, stage: Stage) -> None:
    reference = service.raise_at(stage)
    service.act(reference, "iro-1", WriteNote("Marigoldnote."))
    for one in inputs(service, reference):
        assert one.keys() == {"reference", "leg", "because", "stage", "wakes"}
        assert one["because"] in BECAUSE
        assert one["stage"] == stage.title


def test_no_other_word_is_let_through() -> None:
    with pytest.raises(ValueError, match="no kind of fact"):
        Began("Marigold", Stage.ONE, None)


def test_each_repair_says_what_it_is_for(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    mail = next(mail for mail in service.mails("tm-n") if reference in mail.subject)
    sweep(service, all=True)
    service.comes_back(mail)
    assert reasons(service, reference)[1:3] == ["AllWoken", "LetterReturned"]
    overslept = wiring.casebook().record.chain.load(reference).head.wake_at
    assert overslept
    stop_by_hand(service, reference)
    service.jump(overslept + timedelta(minutes=2))
    sweep(service)
    *_, last = inputs(service, reference)
    assert (last["because"], last["wakes"]) == ("Overslept", utc_text(overslept))
    book = wiring.casebook()
    book.record.legs.rebuild_head(reference, service.now, book.council())
    version = wiring.casebook().record.chain.load(reference)
    assert version.head.began
    assert version.head.began.because == "HeadRebuilt"


def test_a_changed_council_says_so(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    table = boto3.resource("dynamodb").Table("positive-challenge")
    store = CouncilStore(lambda: table, read_procedure)
    store.proclaim(service.challenge(reference).request.deadline.day, "A day of celebration")
    sweep(service)
    assert reasons(service, reference) == ["Raised", "CouncilChanged"]


def test_what_is_sent_again_starts_the_same_leg_with_the_same_input(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record has moved on by then; for Step Functions it has to be the same execution."""
    reference = service.raise_at(Stage.ONE)
    command = Escalate(Stage.TWO, "It cannot wait.")
    service.act(reference, "iro-1", command, command_id="same")
    leg = wiring.casebook().record.chain.load(reference).head.leg
    service.jump_past(service.challenge(reference).request.deadline.at)
    assert service.challenge(reference).stage is Stage.THREE
    assert wiring.casebook().record.chain.load(reference).head.leg == leg, (
        "the ladder climbs in one leg"
    )
    started = []
    start = Executions.start

    def noted(self: Executions, *args: Any) -> bool:  # noqa: ANN401
        started.append(start(self, *args))
        return started[-1]

    monkeypatch.setattr(Executions, "start", noted)
    service.act(reference, "iro-1", command, command_id="same")
    assert started == [True], "it runs by the call before, and no other stands in its way"
    assert inputs(service, reference)[-1]["stage"] == "Stage 2"


def test_a_leg_whose_start_was_lost_says_the_same_when_it_is_sent_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)

    def fails(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://states.example")

    reply = Reply(1, Answer.RESOLVED, "Done.")
    with monkeypatch.context() as outage:
        outage.setattr(Executions, "start", fails)
        service.act(reference, "tm-n", reply, command_id="same")
    service.act(reference, "tm-n", reply, command_id="same")
    assert reasons(service, reference) == ["Raised", "Replied"]


def test_a_head_of_before_starts_its_leg_with_what_it_had_then(service: Service) -> None:
    """Older software started legs without a reason, and left an older leg's reason in HEAD."""
    reference = service.raise_at(Stage.ONE)
    table = boto3.resource("dynamodb").Table("positive-challenge")
    key = {"PK": f"CHALLENGE#{reference}", "SK": "HEAD"}
    head = table.get_item(Key=key)["Item"]
    table.put_item(Item={**head, "leg": 2})
    assert wiring.casebook().record.chain.load(reference).head.began is None
    table.put_item(Item={name: value for name, value in head.items() if name != "began"})
    assert wiring.casebook().record.chain.load(reference).head.began is None
    wiring.casebook()._executions.start(reference, 9, None)
    *_, old = inputs(service, reference)
    assert old == {"reference": reference, "leg": 9}


def moved_on(service: Service, reference: str, what: str) -> None:
    """Write something to the challenge, as another call would."""
    if what == "an event":
        service.act(reference, "iro-1", WriteNote("It must not be lost."))
    elif what == "a leg":
        sweep(service, all=True)
    else:
        table = boto3.resource("dynamodb").Table("positive-challenge")
        CouncilStore(lambda: table, read_procedure).proclaim(date(2027, 6, 4), "A day off")
        sweep(service)


@pytest.mark.parametrize("what", ["an event", "a leg", "a change of the council"])
@pytest.mark.parametrize("after", ["links", "get", "write"])
def test_what_is_written_while_head_is_made_anew_is_not_undone(
    service: Service, monkeypatch: pytest.MonkeyPatch, after: str, what: str
) -> None:
    """``after`` the events were read, after HEAD was, or just before both are written."""
    reference = service.raise_at(Stage.ONE)
    record = Record(lambda: boto3.resource("dynamodb").Table("positive-challenge"))
    room = record.chain if after == "links" else record.legs._at
    real, met = getattr(room, after), list[str]()

    def meets(*arguments: object) -> object:
        early = None if after == "write" else real(*arguments)
        if not met:
            met.append(what)
            moved_on(service, reference, what)
        return real(*arguments) if after == "write" else early

    monkeypatch.setattr(room, after, meets)
    before = service.challenge(reference).version
    legs = len(service.executions(reference))
    record.legs.rebuild_head(reference, service.now, wiring.casebook().council())
    monkeypatch.undo()
    version = wiring.casebook().record.chain.load(reference)
    assert version.challenge.version == before + (what == "an event")
    assert version.head.leg == legs + 2, "the other's leg, and its own"
    assert version.head.began
    assert version.head.began.because == "HeadRebuilt"


def test_who_never_comes_to_make_head_anew_is_told_to_do_it_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    before = service.challenge(reference).version
    record = wiring.casebook().record
    links = record.chain.links

    def meets(asked: str) -> list[Link]:
        found = links(asked)
        service.act(asked, "iro-1", WriteNote(f"Number {len(found)}."))
        return found

    monkeypatch.setattr(record.chain, "links", meets)
    with pytest.raises(TryAgainError, match="run the command rebuild-head again"):
        record.legs.rebuild_head(reference, service.now, wiring.casebook().council())
    monkeypatch.undo()
    assert record.chain.load(reference).challenge.version == before + 5, "and all the notes stand"


def test_head_is_made_anew_where_there_is_none_but_an_event_more_is_not_passed_over(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no HEAD; another call restores both after this one has read the events."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", WriteNote("It must not be lost."))
    version = service.challenge(reference).version
    table = boto3.resource("dynamodb").Table("positive-challenge")
    key = {"PK": f"CHALLENGE#{reference}", "SK": f"EVENT#{version:06d}"}
    last = table.get_item(Key=key)["Item"]
    table.delete_item(Key=key)
    table.delete_item(Key={**key, "SK": "HEAD"})
    record = Record(lambda: table)
    links = record.chain.links

    def given_back(asked: str) -> list[Link]:
        found = links(asked)
        table.put_item(Item=last)
        return found

    monkeypatch.setattr(record.chain, "links", given_back)
    assert (
        record.legs.rebuild_head(
            reference, service.now, wiring.casebook().council()
        ).challenge.version
        == version
    )
    monkeypatch.undo()
    assert record.chain.load(reference).head.leg == 1
