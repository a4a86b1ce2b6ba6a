"""Each sentence of the guidance is done by some file and shown by some test."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import guidance
from infra.blueprint import ROOT

PAGE = """\
| | the guidance says | done by | shown by |
| --- | --- | --- | --- |
| G1 | What it is for. | context |  |
| G2 | The IRO may refer. |  |  |
"""
#: Apart, so that this file bears nothing itself.
MARK = "Guidance" + ":"
DOES, SHOWS = Path("functions/domain/rules/cafcass.py"), Path("tests/through/test_it.py")


def test_a_sentence_that_nothing_does_or_shows_is_a_fault() -> None:
    assert guidance.faults(PAGE, {}) == [
        "nothing does G2: The IRO may refer.",
        "no test shows G2: The IRO may refer.",
    ]
    assert guidance.faults(PAGE, {"G2": [DOES]}) == ["no test shows G2: The IRO may refer."]
    assert guidance.faults(PAGE, {"G2": [DOES, SHOWS]}) == []


def test_context_is_borne_by_nothing_and_a_number_that_is_none_is_a_fault() -> None:
    both = [DOES, SHOWS]
    assert guidance.faults(PAGE, {"G1": [DOES], "G2": both}) == [
        f"G1 is context, but {DOES} bears it"
    ]
    assert guidance.faults(PAGE, {"G2": both, "G9": [SHOWS]}) == [f"G9 in {SHOWS} is no sentence"]


def test_the_table_links_what_bears_a_sentence() -> None:
    filled = guidance.filled_in(PAGE, {"G2": [DOES, SHOWS]})
    row = f"| [cafcass.py](../{DOES}) | [test_it.py](../{SHOWS}) |"
    assert row in filled
    assert guidance.filled_in(filled, {"G2": [DOES, SHOWS]}) == filled
    assert "| context |  |" in filled


@pytest.mark.parametrize(
    "text",
    [
        f'"""Refers.\n\n{MARK} G2, G7,\nG40.\n"""',
        f"# {MARK} G2, G7,\n#   G40",
        "{#" + f" {MARK} G2, G7, G40 " + "#}",
    ],
)
def test_a_file_says_what_it_bears_in_its_docstring_or_in_a_comment(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "one.py").write_text(text)
    assert set(guidance.borne(tmp_path)) == {"G2", "G7", "G40"}


def test_the_guidance_has_82_sentences_4_of_them_context() -> None:
    found = guidance.sentences(guidance.FILE.read_text("utf-8"))
    assert [one.id for one in found] == [f"G{number}" for number in range(1, 83)]
    assert sum(one.context for one in found) == 4


def test_every_sentence_is_done_by_some_file_and_shown_by_some_test() -> None:
    page = guidance.FILE.read_text("utf-8")
    assert guidance.faults(page, guidance.borne(ROOT)) == []


def test_the_table_is_fresh() -> None:
    page = guidance.FILE.read_text("utf-8")
    found = guidance.borne(ROOT)
    assert guidance.filled_in(page, found) == page, "make it again: `make guidance`"
