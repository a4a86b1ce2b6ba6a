"""Values: whoever holds one cannot change it, and two are equal if all they hold is equal."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, is_dataclass, replace
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import domain
from domain.part import Problems
from domain.rulebook import COMMANDS, FACTS
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ActionConfirmed, ReportAction
from domain.rules.holds import AgreeHold, EndHold
from domain.rules.period import ResolutionPeriodEnding, ResolutionPeriodOver

if TYPE_CHECKING:
    from domain.values import Value

KINDS = (*FACTS.values(), *COMMANDS)


def classes_of_the_domain() -> list[type]:
    """Each class that stands in ``functions/domain``."""
    (folder,) = map(Path, domain.__path__)
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.py"))
    names = [".".join(("domain", *file.parts)) for file in files if file.name != "__init__"]
    found = [cls for name in names for _, cls in getmembers(import_module(name), isclass)]
    return sorted({cls for cls in found if cls.__module__ in names}, key=str)


# Nobody changes them -----------------------------------------------------------------------------


def can_be_changed(cls: type) -> bool:
    """Whether something can be set on what is made by ``cls``."""
    one: Any = object.__new__(cls)
    try:
        one.anything = 1
    except FrozenInstanceError:
        return False
    return True


def test_nothing_that_the_record_is_made_of_can_be_changed_by_whoever_holds_it() -> None:
    assert [kind for kind in KINDS if can_be_changed(kind)] == []


def test_no_value_of_the_domain_can_be_changed_but_the_list_of_what_is_wrong() -> None:
    made = [cls for cls in classes_of_the_domain() if "__dataclass_params__" in vars(cls)]
    assert all(map(is_dataclass, made))
    assert len(made) > len(KINDS)
    assert [cls for cls in made if can_be_changed(cls)] == [Problems]


# How one is made ---------------------------------------------------------------------------------


def test_one_is_made_of_its_fields_in_order_or_by_name() -> None:
    assert ReportAction(1, "A photo.") == ReportAction(shown_by="A photo.", action=1)
    assert vars(AcceptActions(request=2)) == {"words": "", "request": 2}
    assert list(vars(AcceptActions(request=2))) == ["words", "request"], "in the order of the kind"
    assert replace(ReportAction(1, "A photo."), action=2) == ReportAction(2, "A photo.")


@pytest.mark.parametrize(
    ("in_order", "by_name"),
    [
        ((1,), {}),
        ((1, "A photo.", "A letter."), {}),
        ((1,), {"action": 1}),
        ((1, "A photo."), {"by": "me"}),
    ],
    ids=["too few", "too many", "one twice", "an unknown one"],
)
def test_none_is_made_of_too_few_or_too_many(
    in_order: tuple[Any, ...], by_name: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="ReportAction"):
        ReportAction(*in_order, **by_name)


# How two compare ---------------------------------------------------------------------------------


def test_two_are_equal_if_they_are_of_one_kind_and_hold_the_same() -> None:
    assert ReportAction(1, "A photo.") == ReportAction(1, "A photo.")
    assert ReportAction(1, "A photo.") != ReportAction(2, "A photo.")
    assert ReportAction(1, "A photo.") != ReportAction(1, "A letter.")


def test_two_kinds_are_never_equal_although_they_hold_the_same() -> None:
    assert ResolutionPeriodEnding() != ResolutionPeriodOver()
    assert ActionConfirmed(1, "Seen.") != AcceptActions("Seen.")
    assert vars(AgreeHold()) == vars(EndHold())
    assert AgreeHold() != EndHold()
    assert EndHold() != object()
    assert (EndHold() == ...) is False


def test_in_a_set_they_are_told_apart_by_kind_and_by_what_they_hold() -> None:
    assert {ReportAction(1, "A photo."), ReportAction(1, "A photo.")} == {
        ReportAction(1, "A photo.")
    }
    many = [ReportAction(number, "A photo.") for number in range(100)]
    assert len(set(map(hash, many))) == 100
    assert hash(ResolutionPeriodEnding()) != hash(ResolutionPeriodOver())


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (EndHold(), "EndHold()"),
        (ReportAction(3, "It's done."), """ReportAction(action=3, shown_by="It's done.")"""),
        (AcceptActions(), "AcceptActions(words='', request=0)"),
    ],
)
def test_one_is_printed_by_its_kind_and_what_it_holds(one: Value, shown: str) -> None:
    assert repr(one) == shown
