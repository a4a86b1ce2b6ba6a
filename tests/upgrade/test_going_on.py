"""What a release left open goes on today, under today's definition and with today's functions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import clock, wiring
from adapters.record.chain import IdempotencyRecord
from adapters.record.shown import lists
from domain.errors import AlreadyAnsweredError
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.vocabulary import Outcome
from infra import operate
from tests.upgrade.frozen import releases
from tests.upgrade.restored import Upgraded, upgraded

if TYPE_CHECKING:
    from collections.abc import Iterator


#: The first releases sealed nothing.
WITH_SEALS = releases("seals.json")

#: The table takes seconds to set up, so it is done once, in one process.
pytestmark = pytest.mark.xdist_group("going on")


@pytest.fixture(scope="module", params=releases("table.jsonl"))
def table(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    """Give each open challenge its fresh leg, as after a deployment (docs/upgrades.md).

    All tests share the table: none of them changes what another looks at.
    """
    with upgraded(request.param, tmp_path_factory.mktemp("upgraded")) as upgraded_:
        answer = upgraded_.service.emulator.invoke("sweep", {"all": True})
        upgraded_.service.emulator.clock.settle()
        # A challenge that has ended with a task left gets a leg as well.
        still_open = [
            one for one in upgraded_.frozen["challenges"].values() if one["standing"] != "CLOSED"
        ]
        answer.pop("summaries", 0)
        assert answer == {"swept": len(still_open), "failed": 0, "left": 0}
        yield upgraded_


def test_every_chain_is_verified_by_the_operators_command(
    table: Upgraded, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operate.main(["verify", "--all"]) == 0
    count = len(table.frozen["challenges"])
    assert f"{count} challenges walked, 0 with an event" in capsys.readouterr().out


@pytest.mark.parametrize("table", WITH_SEALS, indirect=True)
def test_every_chain_is_what_was_sealed_of_it(
    table: Upgraded, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = table.service.emulator.invoke("seal", {})
    assert (answer["rewritten"], answer["faults"]) == ([], 0)
    audited = table.service.emulator.invoke("audit", {})
    assert (audited["wrong"], audited["faults"]) == ([], 0)
    assert operate.main(["verify", table.reference("silent")]) == 0
    assert "seal" in capsys.readouterr().out


def test_every_challenge_has_its_summary_row_and_those_that_ended_are_listed_as_such(
    table: Upgraded,
) -> None:
    book = wiring.casebook()
    found = [table.reference(name) for name in table.frozen["challenges"]]
    for reference in found:
        kept, challenge = book.record.chain.as_kept(reference), table.service.challenge(reference)
        row, _ = lists(challenge, book.council_for(challenge), local_day(clock.now()))
        assert kept.head is not None
        # Releases before 2026-11.12 repeated this attribute among the marks.
        marks = [mark for mark in kept.head.get("marks", ()) if mark != "beyond_period"]
        assert {name: kept.head.get(name) for name in row} | {"marks": marks} == {
            "marks": [],
            **row,
        }
        if challenge.sealed:
            continue  # it is in no list
        ended = [one.reference for one in book.record.lists.ended_of(challenge.iro, 100)]
        still_open = [one.reference for one in book.record.lists.of_iro(challenge.iro)]
        assert [reference in ended, reference in still_open] == [not challenge.open, challenge.open]


def test_every_open_challenge_has_its_rung_lit(table: Upgraded) -> None:
    names = {
        "QAP": "QAP",
        "IRO_TO_DECIDE": "IRO to decide",
        "TO_BE_REASSIGNED": "To be reassigned",
        "ACTIONS_UNDER_WAY": "Actions under way",
    }
    later = {
        "AT_CAFCASS": "Waiting for Cafcass",
        "ON_HOLD": "On hold",
        "ENDED_TO_DO": "Ended: something left to do",
        "ENDED_TO_ASK": "Ended: one question to come",
    }
    lit = {}
    for name, stood in table.frozen["challenges"].items():
        if stood["standing"] != "CLOSED":
            rung = table.service.rung(stood["reference"])
            lit[name] = (rung, {**names, **later}.get(stood["standing"], f"Stage {stood['stage']}"))
    assert {name: pair for name, pair in lit.items() if pair[0] != pair[1]} == {}
    assert {rung for rung, _ in lit.values()} >= {*names.values(), "Stage 1", "Stage 4"}


def test_what_was_closed_takes_nothing_more(table: Upgraded) -> None:
    with pytest.raises(AlreadyAnsweredError):
        table.service.act(table.reference("resolved"), "iro-1", Escalate(Stage.ONE, "Again."))
    assert table.service.challenge(table.reference("resolved")).outcome is Outcome(
        "resolved informally"
    )


def test_a_form_that_raised_before_raises_nothing_when_it_is_sent_again(table: Upgraded) -> None:
    before = set(table.service.open_challenges())
    raised = table.service.challenge(table.reference("replied")).events[0].fact
    assert isinstance(raised, Raised)
    actor = table.service.actor("iro-1")
    taken = wiring.casebook().raise_challenge(raised, actor, "iro-1 a form sent once")
    assert isinstance(taken, IdempotencyRecord)
    assert taken.reference == table.reference("replied")
    assert set(table.service.open_challenges()) == before


def test_a_head_that_is_made_anew_lights_the_same_rung(table: Upgraded) -> None:
    reference = table.reference("stray")
    before, rung = table.service.challenge(reference), table.service.rung(reference)
    book = wiring.casebook()
    book.record.legs.rebuild_head(reference, table.service.now, book.council())
    table.service.jump(timedelta(minutes=2))
    table.service.emulator.invoke("sweep", {})
    table.service.emulator.clock.settle()
    assert table.service.challenge(reference) == before
    assert table.service.rung(reference) == rung


def test_nobody_is_told_again_what_they_were_told_before(table: Upgraded) -> None:
    """Emails that were marked as sent are not sent again by another release.

    New is only what today's rules ask: who will do an action that had its owner in words (rule 6),
    and how to go on where the stages no longer fit (rule 9).
    """
    asks = (
        *("say who will do action", "Please do your action"),
        "decide how to go on before the 20-working-day limit",
    )
    told = [mail.subject for mail in table.service.mails()]
    assert [subject for subject in told if not any(one in subject for one in asks)] == []
