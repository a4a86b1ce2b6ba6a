"""What is broken, and what is known of it: for these tests cosmic-ray is there (`make mutate`)."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.mutate import __main__ as run
from tests.mutate.again import among, survivors
from tests.mutate.draw import Mutant
from tests.mutate.known import Known
from tests.mutate.operators import mutants, mutated
from tests.mutate.told import difference, listed
from tests.mutate.trial import Outcome, Verdict

if TYPE_CHECKING:
    from pathlib import Path

# What is broken ----------------------------------------------------------------------------------


def broken(code: str) -> set[str]:
    """Every text that mutation makes of the code."""
    code = dedent(code)
    made = {mutated(code, mutant) for mutant in mutants(code, "module.py")}
    return {text for text in made if text is not None}


@pytest.mark.parametrize(
    ("code", "one"),
    [
        ("DAYS = 5\n", "DAYS = 6\n"),
        ("DAYS = 5\n", "DAYS = 4\n"),
        ("OPEN = (QAP, ONE, TWO)\n", "OPEN = (QAP, TWO,)\n"),
        ("OPEN = (QAP, ONE)\n", "OPEN = (QAP,)\n"),
        ("OPEN = (QAP,)\n", "OPEN = ()\n"),
        ("OPEN = [QAP, ONE]\n", "OPEN = [QAP,]\n"),
        ("NEXT = {QAP: ONE, ONE: TWO}\n", "NEXT = {QAP: ONE,}\n"),
        ("NEXT = {**FIRST, ONE: TWO}\n", "NEXT = {**FIRST,}\n"),
        ('class Stage(Enum):\n    ONE = "one"\n', "class Stage(Enum):\n    ONE = 'one~'\n"),
        ("@dataclass(frozen=True)\nclass A: ...\n", "@dataclass(frozen=False)\nclass A: ...\n"),
        ("@apply.register\ndef _(a): ...\n", "def _(a): ...\n"),
        ("@cache\ndef f(a):\n    return a < 3\n", "@cache\ndef f(a):\n    return a <= 3\n"),
    ],
)
def test_tables_and_what_is_decorated_are_broken_too(code: str, one: str) -> None:
    assert one in broken(code)


@pytest.mark.parametrize(
    "code",
    [
        '"""Words about the module."""\n',
        'class A:\n    """Words about it,"""\n    """and more."""\n',
        "def f(a: int | None, *, b: list[int] | None = None) -> int | None: ...\n",
        "class A:\n    b: int | None\n",
        "if TYPE_CHECKING:\n    from a import b\n",
        '__all__ = ["a", "b"]\n',
        "f(*a, **b)\n",
        'def f():\n    return "words"\n',
        "A = {one for one in B}\n",
        'T = TypeVar("T", bound="Value")\n',
        'T = typing.NewType("T", str)\n',
        "@dataclass_transform(frozen_default=True, eq_default=False)\ndef f(a): ...\n",
        "@typing.final\nclass A: ...\n",
        'A = cast("dict[str, int]", a)\n',
    ],
)
def test_nothing_is_broken_that_no_test_could_notice(code: str) -> None:
    assert broken(code) == set()


def test_what_is_cast_is_broken_and_the_type_to_which_it_is_cast_is_not() -> None:
    made = broken('A = cast("dict[str, int]", {"a": 1, "b": f(1)})\n')
    assert 'A = cast("dict[str, int]", {"a": 1,})\n' in made
    assert 'A = cast("dict[str, int]", {"a": 1, \'b~\': f(1)})\n' in made
    assert all("dict[str, int]" in text for text in made)


def test_what_python_refuses_or_warns_of_is_none() -> None:
    code = 'def f(a):\n    return a == "b"\n'
    made = broken(code)
    assert 'def f(a):\n    return a != "b"\n' in made
    assert not any(" is " in text for text in made)


def test_each_mutant_has_a_name_of_its_own() -> None:
    found = mutants("A = (1, 2)\nB = 3 < 4 + 5\n", "module.py")
    assert len(found) == len({mutant.name for mutant in found}) > 20


# What an earlier run left ------------------------------------------------------------------------

BEFORE = """\
@cache
def late(a):
    return a > DAYS and a > DAYS


NAMES = (
    "one",
    "two",
)
DAYS = 5
"""


def everything_broken(code: str) -> dict[Mutant, str]:
    """Each usable mutant of ``module.py``, and its difference."""
    made = {one: mutated(code, one) for one in mutants(code, "module.py")}
    return {
        one: difference(code, text, "module.py") for one, text in made.items() if text is not None
    }


def report_of(shown: dict[Mutant, str]) -> str:
    """What a run tells, in which none of them was killed."""
    told = list(listed(list(shown), dict.fromkeys(shown, Verdict(Outcome.SURVIVED)), shown))
    return "\n".join(["Mutation of functions/domain", "", "0.0 % of 9 were noticed.", *told])


def test_each_that_a_report_lists_is_found_again_by_what_it_changes() -> None:
    shown = everything_broken(BEFORE)
    left = survivors(report_of(shown))
    again = among(left, shown, shown.get)
    assert len(left) == len(shown) > 20
    assert {one for found in again.values() for one in found} == set(shown)
    assert sum(len(found) for found in again.values()) == len(shown)


def test_those_that_were_killed_are_not_tried_again() -> None:
    shown = everything_broken(BEFORE)
    one, other, hung, *killed = shown
    verdicts = {
        one: Verdict(Outcome.SURVIVED),
        other: Verdict(Outcome.UNCLEAR, output="Exit code 7.\nsurvived: not/this.py:1 a/b"),
        hung: Verdict(Outcome.TIMED_OUT),
        **dict.fromkeys(killed, Verdict(Outcome.KILLED)),
    }
    report = "\n".join(listed(list(shown), verdicts, shown))
    again = among(survivors(report), shown, shown.get)
    assert {one for found in again.values() for one in found} == {one, other, hung}


def test_it_is_found_where_it_stands_now_and_not_where_its_code_has_changed() -> None:
    left = survivors(report_of(everything_broken(BEFORE)))
    shown = everything_broken('"""Words."""\n\n' + BEFORE.replace("DAYS = 5", "DAYS = 6"))
    again = among(left, shown, shown.get)
    gone = [one for one, found in again.items() if not found]
    assert gone
    assert all("-DAYS = 5" in one.changed for one in gone)
    assert all(found[0].line > 2 for one, found in again.items() if one not in gone)


def test_what_is_not_usable_any_more_is_not_found() -> None:
    shown = everything_broken(BEFORE)
    again = among(survivors(report_of(shown)), shown, lambda _: None)
    assert list(again.values()) == [[]] * len(shown)


def test_a_report_of_a_run_that_killed_them_all_lists_none() -> None:
    assert survivors("Mutation of functions/domain\n\n100.0 % of 9 were noticed.\n") == []


def test_it_is_read_from_the_report_that_the_last_run_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = everything_broken(BEFORE)
    monkeypatch.setattr(run, "BUILD", tmp_path)
    monkeypatch.setattr(run, "ONLY", "survivors")
    with pytest.raises(run.CannotBeginError, match="Run `make mutate` first"):
        run._left(list(shown), shown.get)
    (tmp_path / "mutation.txt").write_text(report_of(shown))
    assert set(run._left(list(shown), shown.get)) == set(shown)
    assert "The code of 0 of them has changed since" in capsys.readouterr().out
    assert run._left([], shown.get) == []
    assert "module.py core/RemoveDecorator -@cache" in capsys.readouterr().out
    monkeypatch.setattr(run, "ONLY", "killed")
    with pytest.raises(run.CannotBeginError, match="ONLY=killed is unknown"):
        run._left(list(shown), shown.get)


# What is known ---------------------------------------------------------------------------------


def test_what_is_known_is_kept_until_the_code_changes(tmp_path: Path) -> None:
    killed, survived, hung, unclear = (Mutant("module", line, 0, "way", 0) for line in range(4))
    outcomes = {
        killed: Outcome.KILLED,
        survived: Outcome.SURVIVED,
        hung: Outcome.TIMED_OUT,
        unclear: Outcome.UNCLEAR,
    }
    known = Known.of(tmp_path / "mutation", "code")
    for mutant, outcome in outcomes.items():
        assert known.of_mutant(mutant) is None
        known.keep(mutant, Verdict(outcome), "-old\n+new")
    known.close()
    again = Known.of(tmp_path / "mutation", "code")
    for mutant in (killed, survived, hung):
        assert again.of_mutant(mutant) == Verdict(outcomes[mutant])
    assert again.of_mutant(unclear) is None
    again.close()
    other = Known.of(tmp_path / "mutation", "other code")
    assert other.of_mutant(killed) is None
    other.close()
    assert [path.name for path in (tmp_path / "mutation").iterdir()] == ["other code.sqlite"]
