"""Rule 20: the case system takes the record by the interface, and says what is on the file."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.dynamodb.conditions import Key

from adapters import wiring
from adapters.record.chain import KIND
from domain.agreed import AgreedAction
from domain.announced import WORDS, announced
from domain.challenge import SEALED, Owner
from domain.errors import BadSubmissionError, NotAllowedError
from domain.form import Answered, ChildsRights
from domain.ladder import Stage
from domain.part import EVERYBODY, Written
from domain.rules.discussions import Means, RecordConversation
from domain.rules.endings import ChildTold, Close
from domain.rules.escalating import Escalate
from domain.rules.filing import PlacedOnFile, PlaceOnFile, all_placed, placed_up_to, to_place
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.stages import StageBegan
from domain.timeline import headline
from domain.vocabulary import Capacity, Outcome, Standing
from tests.builders import IRA, NOT_REFERRED, Case, day, raised
from tests.doors.test_interface import Platform, case_system, let_in
from tests.rules.test_rule_22_a_sealed_record import seal

if TYPE_CHECKING:
    from tests.workflow.service import Service

BOTH = ("PLACE_OUTCOME", "PLACE_DECISIONS")
TOLD = (ChildTold.YES, "By phone.")


def take(platform: Platform, reference: str) -> dict[str, Any]:
    """Take the record. Return it."""
    status, headers, record = platform.ask("GET", f"/api/challenges/{reference}")
    assert status == 200, record
    assert headers["cache-control"] == "no-store"
    assert isinstance(record, dict)
    return record


def place(platform: Platform, reference: str, sent: object) -> tuple[int, Any]:
    """Say up to which event it is on the file. Return the answer's status and JSON."""
    kind = {"content-type": "application/json"}
    status, _, answer = platform.ask(
        "POST", f"/api/challenges/{reference}/placed", json.dumps(sent).encode(), kind
    )
    return status, answer


def spoken(words: str, service: Service) -> RecordConversation:
    return RecordConversation("Tom", Means.PHONE, service.now.date(), words)


def events(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for stage in record["stages"] for event in stage["events"]]


def asked(case: Case) -> tuple[str, ...]:
    return tuple(purpose for purpose, _ in case.files)


def ended() -> Case:
    return (
        raised()
        .does(IRA, Escalate(Stage.TWO, "It is urgent."), "2026-11-03 10:00")
        .does(IRA, NOT_REFERRED)
        .does(IRA, Close(Outcome.WITHDRAWN, "Not needed.", *TOLD), "2026-11-04 10:00")
    )


# At the door -------------------------------------------------------------------------------------


def test_the_case_system_takes_what_belongs_on_the_child_s_file_by_an_interface(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", spoken("Marigoldsaidtext", service))
    service.reply(reference, "tm-n")
    record = take(case_system(service), reference)
    assert record["child"]["case_id"] == "CASE-98431"
    assert record["concerns"] == [
        {
            "theme": "placement",
            "what": "Marigoldwrongtext",
            "outcome": "Marigoldwantedtext",
            "by": "2027-01-04",
        }
    ]
    words = {one["text"] for event in events(record) for one in event["words"]}
    assert words >= {"Marigoldtriedtext", "Marigoldviewstext", "Marigoldsaidtext", "In a test."}
    assert record["open"] is True
    assert record["outcome"] is None


def test_it_gets_the_record_stage_by_stage_and_the_number_of_the_last_event(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.QAP)
    service.act(reference, "iro-1", Escalate(Stage.ONE, "It is urgent."))
    service.withdraw(reference)
    service.act(reference, "iro-1", spoken("It is over.", service))
    challenge = service.challenge(reference)
    record = take(case_system(service), reference)
    assert record["up_to"] == challenge.version
    assert [event["number"] for event in events(record)] == [*range(1, challenge.version + 1)]
    assert [(one["stage"], one["title"]) for one in record["stages"]] == [
        ("QAP", "QAP"),
        ("1", "Stage 1"),
        (None, "After the end"),
    ]
    *_, began = (one.number for one in challenge.events if isinstance(one.fact, StageBegan))
    second = record["stages"][1]
    assert second["events"][0]["number"] == began
    assert second["events"][-1]["what"] == "Ira Sample-One closed the challenge: withdrawn"
    assert record["outcome"] == "withdrawn"


def test_no_invisible_mark_is_in_what_it_gets(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    action = AgreedAction("Ring the school", "Tam", date(2026, 11, 12), Owner("tm-north"))
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (action,)))
    record = json.dumps(take(case_system(service), reference), ensure_ascii=False)
    assert "Ring the school" in record
    assert not {"\u2068", "\u2069"} & {*record}


def test_it_can_take_only_what_is_new_after_an_event(service: Service) -> None:
    reference = service.raise_at(Stage.QAP)
    seen = service.challenge(reference).version
    service.act(reference, "iro-1", Escalate(Stage.ONE, "It is urgent."))
    platform = case_system(service)
    whole, new = take(platform, reference), take(platform, f"{reference}?after={seen}")
    assert (whole["after"], new["after"]) == (0, seen)
    assert [one["number"] for one in events(new)] == [*range(seen + 1, whole["up_to"] + 1)]
    assert [one for one in events(whole) if one["number"] > seen] == events(new)
    for name in ("child", "concerns", "actions", "form", "up_to"):
        assert new[name] == whole[name]
    last = take(platform, f"{reference}?after={whole['up_to']}")
    assert last["stages"] == []
    for wrong in ("after=", "after=-1", "after=x", "after=1234567", "befor=1", "after=1&after=2"):
        status, _, answer = platform.ask("GET", f"/api/challenges/{reference}?{wrong}")
        assert status == 400
        assert answer["detail"]
        assert reference not in str(answer)


def test_it_gets_what_everybody_who_reads_the_challenge_may_read() -> None:
    """The child's file has other readers than the IRO and those who oversee the challenge."""
    file = frozenset({Capacity.CASE_SYSTEM})
    assert Written("Reason", "…", EVERYBODY).is_for(file)
    for one in EVERYBODY:
        assert not Written("Reason", "…", EVERYBODY - {one}).is_for(file)


def test_it_gets_no_legal_advice_and_nothing_that_is_kept_in_confidence(service: Service) -> None:
    """That no word of legal advice is given out is tested with the compartment (rule 11)."""
    rights = ChildsRights(court=Answered.YES, legal_help="Marigoldsolicitor")
    reference = service.raise_at(Stage.ONE, childs_rights=rights)
    service.act(reference, "iro-1", NOT_REFERRED)
    record = take(case_system(service), reference)
    whole = json.dumps(record, ensure_ascii=False)
    for kept in ("Marigoldsolicitor", "to go to court", "The manager can decide it."):
        assert kept not in whole
    assert {event["what"] for event in events(record) if event["kept_back"]} == {
        event["what"] for event in (events(record)[0], events(record)[-1])
    }, "what is not given out is marked"


def test_the_case_system_gets_no_sealed_record(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    platform = case_system(service)
    take(platform, reference)
    seal(service, reference)
    looks = wiring.casebook().record.beside.looks(reference)
    for one in (reference, "PCE-2222-2222", "elsewhere"):
        status, headers, answer = platform.ask("GET", f"/api/challenges/{one}")
        assert (status, headers["content-type"]) == (404, "application/problem+json")
        assert place(platform, one, {"up_to": 1}) == (404, answer), "both are answered the same"
    assert wiring.casebook().record.beside.looks(reference) == looks
    assert PlacedOnFile.__name__ not in service.kinds(reference)


def test_each_time_it_takes_a_record_is_a_recorded_look(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    take(case_system(service), reference)
    (look,) = wiring.casebook().record.beside.looks(reference)
    assert (look["officer"], look["via"]) == ("the case system (case-system)", "interface")


def test_it_has_a_client_of_its_own_which_can_do_nothing_else(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = service.raise_at(Stage.ONE)
    forms, files = let_in(service), case_system(service)
    address = f"/api/challenges/{reference}"
    assert files.send({})[0] == files.ask("GET", "/api/choices")[0] == 401
    assert forms.ask("GET", address)[0] == place(forms, reference, {"up_to": 1})[0] == 401
    assert files.ask("GET", address, headers={"authorization": None})[0] == 401
    assert wiring.casebook().record.beside.looks(reference) == []
    monkeypatch.setenv("CASE_SYSTEM_CLIENTS", "none")
    files.claims = {"client_id": "none"}
    assert files.ask("GET", address)[0] == 401


def test_it_says_up_to_which_event_the_record_is_on_the_child_s_file(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    platform = case_system(service)
    before = take(platform, reference)
    assert (before["placed_up_to"], before["to_place"]) == (0, True)
    status, answer = place(platform, reference, {"up_to": before["up_to"]})
    assert status == 200
    assert answer == {
        "reference": reference,
        "up_to": before["up_to"] + 1,
        "placed_up_to": before["up_to"],
        "to_place": False,
    }
    assert answer.items() <= take(platform, reference).items()
    wrong: list[dict[str, object]] = [
        {},
        {"up_to": "7"},
        {"up_to": True},
        {"up_to": 0},
        {"up_to": 99},
        {"up_to": 1, "x": 1},
    ]
    for sent in wrong:
        status, answer = place(platform, reference, sent)
        assert (status, answer["errors"][0]["field"]) == (422, "x" if "x" in sent else "up_to")
    assert service.kinds(reference).count(PlacedOnFile.__name__) == 1


def test_when_it_says_the_same_again_nothing_more_is_recorded(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    platform = case_system(service)
    up_to = take(platform, reference)["up_to"]
    answers = [place(platform, reference, {"up_to": one}) for one in (up_to, up_to, 1, up_to + 1)]
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert service.kinds(reference).count(PlacedOnFile.__name__) == 1
    assert take(platform, reference)["to_place"] is False, "its own words are not to be placed"


# On the record -----------------------------------------------------------------------------------


def test_that_settles_what_the_iro_and_the_srsm_have_to_place_there() -> None:
    case = ended()
    assert asked(case) == BOTH
    last = case.challenge.version
    case.case_system_places(last)
    assert asked(case) == ()
    assert case.standing is Standing.CLOSED
    assert placed_up_to(case.challenge) == last
    assert all_placed(case.challenge, case.challenge.version)
    with pytest.raises(BadSubmissionError, match=f"from 1 to {last + 1}"):
        case.case_system_places(last + 2)
    with pytest.raises(NotAllowedError):
        case.does(IRA, PlaceOnFile())


def test_what_a_stage_that_ended_after_that_event_leaves_to_place_stays_a_task() -> None:
    case = ended()
    one, two = case.events(StageBegan)
    before = case.until("2026-11-13 10:00").challenge
    assert all(question.chased for question in to_place(before))
    case.case_system_places(one.number)
    assert to_place(case.challenge) == to_place(before), "nothing had ended by then"
    assert case.challenge.version == before.version + 1, "nobody is chased for it again"
    case.case_system_places(two.number)
    assert case.files == tuple((name, day("2026-11-06")) for name in BOTH), "the end is to place"
    case.case_system_places(case.challenge.version)
    assert case.files == ()


def test_the_record_says_that_the_case_system_placed_it() -> None:
    case = ended()
    last = case.challenge.version
    case.case_system_places(last)
    (event,) = case.events(PlacedOnFile)
    assert headline(event, case.challenge, case.council) == (
        f"The case system put everything up to event {last} on the child’s file"
    )
    assert not event.automatic
    assert event.actor.capacity == "through case-system"
    assert case.hears(PlacedOnFile) == {}
    assert not case.facts(Replied)


# What other systems hear -------------------------------------------------------------------------


def test_other_systems_hear_what_kind_of_thing_happened_in_words_that_tell_nothing_of_a_child(
    service: Service,
) -> None:
    """A word of a list: what is no word there, such as a death, has none."""
    assert WORDS == ("raised", "reply", "stage ended", "ended", "placed on the file")
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", spoken("Marigoldsaidtext", service))
    service.act(reference, "iro-1", NOT_REFERRED)
    assert kinds(reference) == {"raised": 1}
    service.reply(reference, "tm-n")
    service.act(reference, "iro-1", Escalate(Stage.TWO, "It is urgent."))
    began = service.challenge(reference).version
    assert kinds(reference).keys() == {"raised", "reply", "stage ended"}
    service.act(reference, "iro-1", Escalate(Stage.THREE, "It is urgent."))
    service.withdraw(reference)
    service.place_on_file(reference)
    found = kinds(reference)
    assert found.keys() == {*WORDS}
    assert began < found["stage ended"] < found["ended"] < found["placed on the file"], (
        "a later event of the kind changes it, so that the stream shows it again"
    )


def kinds(reference: str) -> dict[str, int]:
    """Return what other systems can hear of a challenge: each kind, and its last event."""
    table = boto3.resource("dynamodb").Table("positive-challenge")
    partition = Key("PK").eq(f"CHALLENGE#{reference}") & Key("SK").begins_with(KIND)
    items = table.query(KeyConditionExpression=partition)["Items"]
    assert all(item.keys() == {"PK", "SK", "number"} for item in items)
    return {str(item["SK"]).removeprefix(KIND): int(str(item["number"])) for item in items}


def test_of_a_sealed_record_other_systems_hear_no_kind() -> None:
    case = ended()
    assert announced(case.challenge, case.challenge.events)
    sealed = case.challenge.keep(SEALED, case.now)
    assert announced(sealed, sealed.events) == {}
