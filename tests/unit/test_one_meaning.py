"""JSON of others: what could be read in two ways is not read at all."""

from __future__ import annotations

import json

import pytest

from adapters.one_meaning import OneMeaning, RepeatedNameError, read


@pytest.mark.parametrize("text", ["{}", "[1, {}]", '{"a": {"a": [{"a": 1}, {"a": 2}]}}', "null"])
def test_what_has_one_meaning_is_read_as_it_stands(text: str) -> None:
    assert read(text) == json.loads(text) == json.loads(text, cls=OneMeaning)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('{"a": 1, "a": 1}', [("a",)]),
        ('{"a": 1, "\\u0061": 1}', [("a",)]),
        ('{"": 1, "": 2}', [("",)]),
        ('[0, {"b": {"a": 1, "a": 2}}, {"c": 1, "c": 2}]', [("1", "b", "a"), ("2", "c")]),
        ('{"a": {"b": 1, "b": 2}, "a": 3}', [("a",)]),
    ],
)
def test_a_name_that_stands_twice_is_refused_with_its_place(
    text: str, places: list[tuple[str, ...]]
) -> None:
    with pytest.raises(RepeatedNameError) as caught:
        read(text)
    assert caught.value.places == places
    with pytest.raises(RepeatedNameError):
        json.loads(text, cls=OneMeaning)


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a": Infinity}', "[-Infinity]", "1 2"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read(text)


def test_a_place_whose_names_are_too_long_to_tell_is_what_it_stands_in() -> None:
    with pytest.raises(RepeatedNameError) as caught:
        read('{"a": {"' + "n" * 1_000_000 + '": {"b": 1, "b": 2}}}')
    assert caught.value.places == [("a",)]
