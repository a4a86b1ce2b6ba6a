"""The pack for Cafcass (rule 10): what is in it, and what is left out of it with its reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from adapters.typesetting import Attached, Typesetter
from domain.directory import Officer
from domain.ladder import Stage
from domain.pack import kept_back
from domain.privileged import Sealed
from domain.rules.corrections import Correct
from domain.rules.lateness import Chased
from domain.rules.legal import AdviceAsked, AskForAdvice
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Capacity
from handlers.documents.pack import cafcass_pack
from handlers.pages.acts import Scene
from tests.builders import IRA, TAM, Case, council, directory, raised, with_lawyers
from tests.papers import Paper, findings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = Attached("record.json", "{}", "application/json", "The record, to be checked.")
WORDS, REASON = "Marigoldreply", "It has another child’s words."


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The council's key is in KMS."""
    key = SimpleNamespace(fingerprint="0000 1111")
    for module in ("pack", "way_in"):
        monkeypatch.setattr(f"handlers.documents.{module}.exports", lambda: key)


def a_case() -> Case:
    return raised(Stage.ONE).does(TAM, Reply(1, Answer.CHALLENGED, WORDS))


def pack(typesetter: Typesetter, *cases: Case, without: Mapping[int, str] | None = None) -> Paper:
    """Return the pack of these challenges, with events of the first left out."""
    iro = Officer(IRA, "Ira", "ira@sampleshire.example")
    scenes = [
        Scene(case.challenge, case.council, iro, frozenset({Capacity.IRO}), case.now)
        for case in cases
    ]
    left_out = {cases[0].challenge.reference: without or {}}
    return Paper(typesetter.pdf(cafcass_pack(scenes, left_out, (FILE,))))


def test_it_has_each_report_and_how_to_check_the_record_that_is_attached(
    typesetter: Typesetter, tmp_path: Path
) -> None:
    case = a_case()
    found = pack(typesetter, case, a_case())
    titles = [title for _, title in found.headings]
    assert titles[:2] == ["Who makes this referral", "What is in this pack"]
    assert found.has("ira@sampleshire.example"), "a guardian can ask"
    assert titles.count(f"Report of {case.challenge.reference}") == 2
    assert titles[-1] == "How to check the attached record"
    assert found.page_has(found.pages - 1, "save all files into one folder")
    assert found.page_has(found.pages - 1, f"py verify_export.py {case.challenge.reference}.json")
    assert found.has(WORDS)
    assert found.has("Nothing else was left out.")
    assert found.attached == {"record.json": b"{}"}
    assert findings(found, tmp_path) == []


def test_of_an_event_that_is_left_out_only_the_reason_stands_there(
    typesetter: Typesetter,
) -> None:
    case = a_case()
    (reply,) = (one for one in case.challenge.events if WORDS in str(one.fact))
    found = pack(typesetter, case, without={reply.number: REASON})
    assert not found.has(WORDS)
    assert found.has(REASON)
    assert found.has("Left out: 1 event. The report says where, and why.")


def test_without_the_form_no_word_of_it_is_in_the_pack(typesetter: Typesetter) -> None:
    case = a_case()
    raised_with = case.challenge.raised
    found = pack(typesetter, case, without={1: REASON})
    for words in (raised_with.views, raised_with.tried, raised_with.concerns[0].what):
        assert words
        assert not found.has(words), words
    assert found.has(REASON)


def test_that_a_step_about_legal_advice_is_late_is_kept_back_as_well() -> None:
    case = raised(of=council(people=with_lawyers(directory())))
    case.does(IRA, AskForAdvice(Sealed(1, "a")))
    case.until("2026-12-31 10:00")
    of_advice = ("conflict of interest", "brief the Assistant")
    late = [
        event.number
        for event in case.challenge.events
        if isinstance(event.fact, Chased) and any(one in event.fact.about for one in of_advice)
    ]
    assert late
    back = {one.number for one in kept_back(case.challenge, frozenset({Capacity.IRO}))}
    assert back >= {*late}


def test_a_correction_of_what_is_privileged_is_kept_back_as_well() -> None:
    """Whoever corrects it may write what is privileged."""
    case = raised(of=council(people=with_lawyers(directory())))
    case.does(IRA, AskForAdvice(Sealed(1, "a")))
    asked = case.events(AdviceAsked)[-1].number
    case.does(IRA, Correct(asked, "I asked whether the plan is lawful."))
    correction = case.challenge.version
    case.does(IRA, Correct(correction, "I asked whether the move is lawful."))
    case.does(IRA, Correct(1, "It is the other school."))
    back = {one.number: one.reason for one in kept_back(case.challenge, frozenset({Capacity.IRO}))}
    assert back.keys() >= {asked, correction, correction + 1}
    assert correction + 2 not in back
    assert set(back.values()) == {"It is about legal advice, which is privileged."}
