"""JSON from others: what could be read in two ways is refused."""

from __future__ import annotations

import json

import pytest

from adapters.one_meaning import (
    DEEPEST,
    LONGEST_NUMBER,
    OneMeaning,
    RepeatedNameError,
    TooDeepError,
    TooLongNumberError,
    read,
)


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


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_what_is_nested_too_deep_is_refused_however_deep_the_caller_is(
    opens: str, closes: str
) -> None:
    pairs = DEEPEST // (opens.count("[") + opens.count("{"))
    deep = opens * pairs + "1" + closes * pairs
    assert read(deep) == json.loads(deep)
    for more in ("[" + deep + "]", opens * 10_000, '{"a": ' + deep + "}"):
        with pytest.raises(TooDeepError):
            read(more)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps("[" * 500),
        json.dumps('"' + "{" * 500 + "\\"),
        json.dumps({"[" * 500: '\\"' + "[" * 500}),
        json.dumps([[], {}] * 500),
    ],
)
def test_what_stands_in_a_text_or_beside_it_is_not_deep(text: str) -> None:
    assert read(text) == json.loads(text)


@pytest.mark.parametrize("text", ['"' + "[" * 500, '"\\"' * 100_000, "]" * 500, '"' + "\\" * 500])
def test_a_text_without_an_end_is_no_json_and_is_read_but_once(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        read(text)


def test_a_number_of_too_many_digits_is_refused() -> None:
    most = "9" * LONGEST_NUMBER
    assert read(f"[{most}, 1e999, 0.{most}9]")[0] == int(most)
    for longer in (f"{most}9", "9" * 1_000_000):
        with pytest.raises(TooLongNumberError):
            read(longer)
