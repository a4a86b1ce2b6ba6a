"""The page of tables, ``docs/rules.md``: made from the rules, and of all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.form import Form
from domain.part import Asked
from domain.rulebook import COMMANDS, FACTS, MARKS, PARTS
from domain.rules.absence import SayNoCoverNeeded
from domain.rules.asking_to_accept import DeclineToAccept
from domain.rules.briefing import Brief, ConfirmDirector
from domain.rules.childs_rights import RecordChildsRights
from domain.rules.entry import Raised
from domain.rules.filing import PlaceOnFile
from domain.rules.holds import AgreeHold
from domain.rules.impact import RecordImpact
from domain.rules.life import SayHowToGoOn
from domain.rules.meetings import ConsiderChair
from domain.rules.period import StayOnLadder
from domain.rules.posts import Reassign
from domain.rules.revising import DecideObjection
from domain.rules.sealing import AgreeToSeal, CheckLooks, CheckTexts, DeclineToSeal
from domain.rules.silence import DeadlineMissed
from domain.rules.skipping import ChooseSkip
from domain.rules.stages import StageBegan
from domain.rules.timescales import ConfirmDate, DeclineDate
from domain.rules.urgency import RecordContact
from infra import tables

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = tables.FILE.read_text()
TESTS = tables.TESTS


def test_the_page_of_tables_is_up_to_date() -> None:
    assert tables.page() == PAGE, "run `make tables`"


def test_make_tables_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "FILE", tmp_path / "rules.md")
    assert tables.main() == 0
    assert (tmp_path / "rules.md").read_text() == tables.page()


def test_every_act_fact_module_and_test_of_a_rule_is_in_it() -> None:
    may, told, rules = tables.page().split("\n## ")[1:]
    assert {command.called for command in COMMANDS} < set(re.findall(r"\*\*(.+?)\*\*", may))
    assert set(re.findall(r"\(`(\w+)`\) \|", told)) >= FACTS.keys()
    named = re.findall(r"`(\w+)`", rules)
    kinds = [kind.__name__ for part in PARTS for kind in (*part.facts, *part.acts)]
    assert sorted(named) == sorted(kinds)
    assert re.findall(r"“(.+?)”", rules) == [mark.called for mark in MARKS.values()]
    assert rules.count("`domain/rules/") == len(PARTS)
    files = [file for one in ("rules", "unit") for file in (TESTS / one).glob("test_rule_*.py")]
    assert [file for file in files if f"{file.parent.name}/{file.name}" not in rules] == []


def test_no_row_of_who_may_do_what_leaves_out_who_or_where() -> None:
    may = PAGE.split("\n## ")[1]
    rows = [line.strip("| ").split(" | ") for line in may.splitlines() if line.startswith("| **")]
    assert len(rows) > len(COMMANDS)
    assert all(row[1] and row[2] for row in rows)
    assert [c for c in COMMANDS if any(isinstance(who, Asked) for who in c.who)] == [
        DeclineToAccept,
        ConfirmDate,
        DeclineDate,
        DecideObjection,
        AgreeHold,
        StayOnLadder,
        ConsiderChair,
        Reassign,
        ChooseSkip,
        SayNoCoverNeeded,
        Brief,
        ConfirmDirector,
        AgreeToSeal,
        DeclineToSeal,
        CheckTexts,
        CheckLooks,
        RecordChildsRights,
        SayHowToGoOn,
        PlaceOnFile,
        RecordContact,
        RecordImpact,
    ]
    assert (
        "| **Agree to the hold** | the person with the task “agree to the proposed hold” |" in may
    )


def test_what_facts_a_command_or_the_clock_makes_is_read_from_its_code() -> None:
    silence = next(part for part in PARTS if DeadlineMissed in part.facts)
    assert {DeadlineMissed, StageBegan} <= tables.made_by(silence.timers)
    for command in COMMANDS:
        assert tables.made_by(command.follows), command.__name__
    made = {kind for command in COMMANDS for kind in tables.made_by(command.follows)}
    assert issubclass(Raised, Form)
    assert Raised not in made
