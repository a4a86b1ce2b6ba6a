"""The mutation tests themselves: what they draw, and what counts as noticed (tests/mutate)."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.mutate.draw import Mutant, draw
from tests.mutate.relevance import distances, importers
from tests.mutate.told import table
from tests.mutate.trial import Copy, NotGreenError, Outcome, Relevant, Verdict, copy_tree

if TYPE_CHECKING:
    from pathlib import Path


# The draw ----------------------------------------------------------------------------------------


def some(module: str, places: int, ways: int = 1) -> list[Mutant]:
    """Return ``ways`` mutants of each of the first ``places`` lines."""
    return [Mutant(module, line, 0, f"way-{n}", n) for line in range(places) for n in range(ways)]


MANY = [*some("large", 100), *some("middling", 10), *some("small", 2)]


def everything(_: Mutant) -> bool:
    return True


def modules_of(drawn: list[Mutant]) -> Counter[str]:
    return Counter(mutant.module for mutant in drawn)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, {"large": 1, "middling": 1, "small": 1}),
        (6, {"large": 2, "middling": 2, "small": 2}),
        (20, {"large": 9, "middling": 9, "small": 2}),
        (40, {"large": 28, "middling": 10, "small": 2}),
        (112, {"large": 100, "middling": 10, "small": 2}),
    ],
)
def test_each_module_gives_as_many_as_the_others_or_all_it_has(
    count: int, expected: dict[str, int]
) -> None:
    for seed in ("2026-W48", "2026-W49", "2026-W50"):
        drawn = draw(MANY, count, seed, everything)
        assert modules_of(drawn).total() == count
        assert all(abs(modules_of(drawn)[name] - many) <= 1 for name, many in expected.items())
        assert len(set(drawn)) == count


def test_there_are_never_more_than_there_are() -> None:
    assert sorted(draw(MANY, 1_000, "seed", everything)) == sorted(MANY)
    assert draw([], 10, "seed", everything) == []
    assert draw(MANY, 0, "seed", everything) == []


def test_the_same_seed_draws_the_same_in_whatever_order_they_were_found() -> None:
    assert draw(MANY, 30, "seed", everything) == draw(MANY[::-1], 30, "seed", everything)
    assert draw(MANY, 30, "seed", everything) != draw(MANY, 30, "another", everything)


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    larger = draw(MANY, 60, "seed", everything)
    for count in range(60):
        assert draw(MANY, count, "seed", everything) == larger[:count]


def test_every_place_has_its_turn_before_one_has_its_second() -> None:
    drawn = draw(some("module", places=20, ways=11), 20, "seed", everything)
    assert {mutant.line for mutant in drawn} == set(range(20))
    assert len({mutant.operator for mutant in drawn}) > 1


def test_another_of_the_module_stands_in_for_what_is_not_usable() -> None:
    drawn = draw(MANY, 20, "seed", lambda mutant: mutant.line % 2 == 1)
    assert all(mutant.line % 2 == 1 for mutant in drawn)
    assert modules_of(drawn) == {"large": 14, "middling": 5, "small": 1}


# Which tests ------------------------------------------------------------------------------------


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text))


def test_the_nearest_tests_run_first_and_of_these_the_quickest(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "functions/domain/days.py": "",
            "functions/domain/rules.py": "from domain.days import add\n",
            "functions/domain/other.py": "",
            "tests/unit/test_days.py": "from domain import days\n",
            "tests/unit/test_days_slowly.py": "import domain.days\n",
            "tests/unit/test_rules.py": "def test():\n    from domain.rules import rule\n",
            "functions/domain/all.py": "from domain import rules\n",
            "tests/unit/test_all.py": "from domain import all\n",
            "tests/unit/test_other.py": "from domain.other import other\n",
        },
    )
    who = importers(tmp_path, ("functions", "tests"))
    seconds = {f"tests/unit/test_{name}.py": 1.0 for name in ("days", "rules", "other")}
    seconds |= {"tests/unit/test_days_slowly.py": 9.0, "tests/unit/test_all.py": 0.1}
    assert Relevant.of(distances("functions/domain/days.py", who), seconds) == Relevant(
        ("tests/unit/test_days.py", "tests/unit/test_days_slowly.py"),
        ("tests/unit/test_all.py", "tests/unit/test_rules.py"),
    )
    assert Relevant.of({}, seconds) == Relevant((), ())


def test_who_imports_a_whole_package_can_notice_what_is_broken_anywhere_in_it(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        {
            "functions/domain/__init__.py": "",
            "functions/domain/rules/__init__.py": "",
            "functions/domain/rules/days.py": "",
            "functions/other.py": "",
            "tests/unit/test_all.py": "import domain\n",
            "tests/unit/test_none.py": "import domain.other\n",
        },
    )
    who = importers(tmp_path, ("functions", "tests"))
    assert who["functions/domain/rules/days.py"] == {"tests/unit/test_all.py"}
    assert who["functions/other.py"] == set()


# A trial -----------------------------------------------------------------------------------------

CODE = """\
DAYS = 5


def within(days):
    while days > DAYS + 1 - 1:
        days -= 1
    return days
"""
PROJECT = {
    "functions/domain/days.py": CODE,
    "pyproject.toml": '[tool.pytest]\npythonpath = ["functions"]\ntimeout = "600"\n',
    "tests/unit/test_days.py": """
        from domain.days import within

        def test_what_is_more_becomes_five():
            assert within(9) == 5
        """,
    "tests/unit/test_more.py": """
        from domain import days

        def test_the_text():
            assert days.within(2) == 2
        """,
    ".git/config": "",
}
FILES = ["tests/unit/test_days.py", "tests/unit/test_more.py"]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    write(tmp_path / "checkout", PROJECT)
    copy_tree(tmp_path / "checkout", tmp_path / "copy")
    assert not (tmp_path / "copy" / ".git").exists()
    return Copy(tmp_path / "copy", "seed")


def trial(copy: Copy, old: str, new: str) -> Verdict:
    """Return the result of trying this change."""
    mutant = Mutant("functions/domain/days.py", 1, 0, "by hand", 0)
    assert old in CODE
    verdict = copy.judge(mutant, CODE.replace(old, new), Relevant((FILES[0],), (FILES[1],)))
    assert (copy.root / mutant.module).read_text() == CODE
    return verdict


@pytest.mark.ci  # each starts pytest several times
def test_a_mutant_is_killed_by_near_tests_or_far_ones_or_survives(copy: Copy) -> None:
    assert copy.unmutated(FILES).keys() == set(FILES)
    assert trial(copy, "DAYS = 5", "DAYS = 6").outcome is Outcome.KILLED
    assert trial(copy, "return days", "return max(days, 5)").outcome is Outcome.KILLED
    assert trial(copy, "DAYS = 5", "import nothing_of_this_name").outcome is Outcome.KILLED
    assert trial(copy, "+ 1 - 1", "+ 2 - 2").outcome is Outcome.SURVIVED
    ends = trial(copy, "DAYS = 5", "import os; os._exit(7)")
    assert ends.outcome is Outcome.UNCLEAR
    assert ends.output.startswith("Exit code 7.")


@pytest.mark.ci
def test_a_mutant_that_never_ends_is_stopped(copy: Copy) -> None:
    impatient = Copy(copy.root, "seed", limit=0)
    assert trial(impatient, "days -= 1", "pass").outcome is Outcome.TIMED_OUT


@pytest.mark.ci
def test_tests_that_fail_unmutated_prove_nothing(copy: Copy) -> None:
    (copy.root / "functions/domain/days.py").write_text(CODE.replace("5", "6"))
    with pytest.raises(NotGreenError, match=r"nothing is mutated[^$]*test_days\.py"):
        copy.unmutated(FILES)


# What is told ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hangs", "share"), [(True, "75.0 % of 4"), (False, "50.0 % of 4")])
def test_what_timed_out_counts_only_where_the_tests_are_far_quicker(
    *, hangs: bool, share: str
) -> None:
    every = some("module", 10)
    outcomes = [Outcome.KILLED, Outcome.KILLED, Outcome.TIMED_OUT, Outcome.SURVIVED]
    outcomes.append(Outcome.UNCLEAR)
    found = {one: Verdict(outcome) for one, outcome in zip(every, outcomes, strict=False)}
    *lines, last = table(every, found, hangs=hangs)
    assert last.startswith(f"{share} were noticed")
    assert lines[-2].split() == ["in", "all", "10", "5", "2", "1", "1", "1"]
