"""Each sentence of ``docs/procedure.md`` is the name of a test in ``tests/rules``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra import sentences
from infra.sentences import Sentence

if TYPE_CHECKING:
    from pathlib import Path

PAGE = sentences.FILE.read_text()
TESTS = sentences.tests(sentences.FOLDER)
MISSING = [one.text for one in sentences.without_test(PAGE, set(TESTS))]

SMALL = """\
# The procedure

- Not a sentence of a rule.

## Rules

### Rule 6: A promise is not a resolution
In code: [rules/actions.py](../functions/domain/rules/actions.py).

- An action has an owner.
- The child's owner has it in [their tray](pages.md),
  every day.

### Rule 7: Holds
A paragraph. It proves nothing.

## Deadlines

- A person can set only a working day.

## Not built yet

- **Cafcass**: later.
"""


# The repository ----------------------------------------------------------------------------------


def test_every_sentence_of_the_procedure_has_a_test_of_its_name() -> None:
    assert MISSING == [], "write a test for it in tests/rules: `make sentences` has its name"


def test_every_bullet_is_one_sentence_that_can_be_a_name() -> None:
    assert sentences.faults(PAGE) == []


def test_no_two_tests_have_the_name_of_one_sentence() -> None:
    assert sentences.twins(sentences.FOLDER) == [], "leave one of them"


def test_every_rule_and_every_section_says_what_it_asks() -> None:
    found = {one.section.partition(":")[0] for one in sentences.sentences(PAGE)}
    rules = {f"Rule {number}" for number in range(26)}
    assert found == rules | {"Deadlines", "Emails", "Who may do what", "Privacy"}


# How it is found ---------------------------------------------------------------------------------


def test_the_bullets_under_the_rules_and_sections_are_the_sentences() -> None:
    assert sentences.sentences(SMALL) == [
        Sentence("Rule 6: A promise is not a resolution", "An action has an owner."),
        Sentence(
            "Rule 6: A promise is not a resolution",
            "The child's owner has it in [their tray](pages.md), every day.",
        ),
        Sentence("Deadlines", "A person can set only a working day."),
    ]


def test_the_name_of_a_test_is_its_sentence_in_small_letters() -> None:
    names = [one.name for one in sentences.sentences(SMALL)]
    assert names == [
        "test_an_action_has_an_owner",
        "test_the_child_s_owner_has_it_in_their_tray_every_day",
        "test_a_person_can_set_only_a_working_day",
    ]
    assert Sentence("Emails", "A reply goes at 09:00.").name == "test_a_reply_goes_at_09_00"


@pytest.mark.parametrize(
    ("bullet", "fault"),
    [
        ("An owner reports. The IRO confirms.", "make it one sentence"),
        ("An owner reports", "make it one sentence"),
        (f"An owner reports {'again and ' * 10}again.", "make it shorter"),
        ("An action has an owner.", "it stands under Rule 6"),
    ],
)
def test_a_bullet_that_is_no_short_sentence_or_said_twice_is_named(bullet: str, fault: str) -> None:
    (found,) = sentences.faults(SMALL.replace("- A person can", f"- {bullet}\n- A person can"))
    assert found.startswith(fault)
    assert bullet in found


def written(folder: Path) -> dict[str, Path]:
    """Return what is found where one sentence has its test, and one test has no sentence."""
    (folder / "test_rule_6.py").write_text(
        "def test_an_action_has_an_owner(): ...\n"
        "def test_nothing_of_the_page(): ...\n"
        "def helper(): ...\n"
    )
    return sentences.tests(folder)


def test_sentences_without_a_test_and_tests_without_a_sentence_are_found(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert [one.section for one in sentences.without_test(SMALL, set(found))] == [
        "Rule 6: A promise is not a resolution",
        "Deadlines",
    ]
    assert sentences.without_sentence(SMALL, found) == ["test_rule_6.py::test_nothing_of_the_page"]


def test_two_tests_of_one_name_are_found(tmp_path: Path) -> None:
    assert sentences.twins(tmp_path) == []
    written(tmp_path)
    (tmp_path / "test_again.py").write_text("def test_an_action_has_an_owner(): ...\n")
    assert sentences.twins(tmp_path) == ["test_an_action_has_an_owner"]


def test_the_command_fails_until_each_sentence_has_its_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path)
    page = tmp_path / "procedure.md"
    page.write_text(SMALL)
    monkeypatch.setattr(sentences, "FILE", page)
    monkeypatch.setattr(sentences, "FOLDER", tmp_path)
    assert sentences.main() == 1
    said = capsys.readouterr().out
    assert "1 of 3 sentences have a test" in said
    assert "def test_a_person_can_set_only_a_working_day" in said
    assert "test_rule_6.py::test_nothing_of_the_page" in said
    small = SMALL.replace("- The child's owner", "\nThe child's owner")
    page.write_text(small.replace("- A person can", "\nA person can"))
    assert sentences.main() == 0
    page.write_text(SMALL.replace("an owner.", "an owner. Or two."))
    assert sentences.main() == 1
    assert "These have to change" in capsys.readouterr().out
