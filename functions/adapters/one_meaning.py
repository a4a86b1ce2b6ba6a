"""Read JSON from others, but only if it has a single meaning.

RFC 8259 leaves open what an object means in which a name is repeated: one reader takes the first
value, another the last. Whoever checks such a text and whoever acts on it could then see different
things, so it is refused. So are ``NaN`` and ``Infinity``, which are not JSON, and what readers
treat differently: lists and objects nested deeply, and very long numbers.

Each error is also a ``ValueError``, like those of ``json``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NoReturn

from adapters.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Callable

    _Way = tuple["_Way", str] | None

__all__ = ["OneMeaning", "RepeatedNameError", "TooDeepError", "TooLongNumberError", "read"]

#: How deeply lists and objects may be nested. Python's own limit depends on the caller's depth.
DEEPEST = 100

#: Digits of a whole number; Python itself stops at 4,300.
LONGEST_NUMBER = 1_000

#: A text, which may hold anything (without an end it goes on to the last character), or a bracket.
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|(?P<opens>[\[{])|[\]}]', re.DOTALL)

#: How many places an error names, and the characters of each, so that it never outgrows an answer.
_PLACES, _PLACE = 20, 200


class RepeatedNameError(AdapterError, ValueError):
    """A name appears more than once in one object.

    ``places`` are paths from the top of the text: names, and numbers for entries of a list.
    """

    def __init__(self, places: list[tuple[str, ...]]) -> None:
        """Take the places; the message names none of them, so that it can be logged."""
        super().__init__("a name appears more than once in one object")
        self.places = places


class TooDeepError(AdapterError, ValueError):
    """Lists and objects are nested too deeply."""

    def __init__(self) -> None:
        """Say how deep they may be."""
        super().__init__(f"its lists and objects are nested more than {DEEPEST} deep")


class TooLongNumberError(AdapterError, ValueError):
    """A whole number has too many digits."""

    def __init__(self) -> None:
        """Say how many it may have."""
        super().__init__(f"a number in it has more than {LONGEST_NUMBER:,} digits")


def read(text: str, names_checked: Callable[[list[str]], None] | None = None) -> Any:  # noqa: ANN401 - any JSON
    """Return the value of the JSON ``text``.

    ``names_checked`` is called with the names of each object and may raise what it likes. Raise
    ``RepeatedNameError``, ``TooDeepError``, ``TooLongNumberError``, and ``ValueError`` for anything
    that is not JSON.
    """
    if _depth(text) > DEEPEST:
        raise TooDeepError
    found: list[tuple[dict[str, Any], list[str]]] = []

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if names_checked:
            names_checked([name for name, _ in pairs])
        value = dict(pairs)
        if len(value) < len(pairs):
            counted = Counter(name for name, _ in pairs)
            found.append((value, [name for name, count in counted.items() if count > 1]))
        return value

    value = json.loads(
        text, parse_int=_whole_number, parse_constant=_no_number, object_pairs_hook=made
    )
    if found:
        raise RepeatedNameError(_places(value, {id(one): names for one, names in found}))
    return value


class OneMeaning(json.JSONDecoder):
    """The same, for a library that asks for a decoder."""

    def decode(self, s: str, *_: Any) -> Any:  # noqa: ANN401 - any JSON
        """Read ``s`` as :func:`read` does."""
        return read(s)


def _places(value: object, repeated: dict[int, list[str]]) -> list[tuple[str, ...]]:
    """Return where the objects with repeated names are, in the order of the text."""
    places: list[tuple[str, ...]] = []
    # What is still to be searched, with the way to it: its last step, and the way before that.
    waiting: list[tuple[_Way, object]] = [(None, value)]
    while waiting and len(places) < _PLACES:
        way, one = waiting.pop()
        places += [_place((way, name)) for name in repeated.get(id(one), ())]
        if isinstance(one, dict):
            waiting += [((way, name), part) for name, part in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [((way, str(at)), one[at]) for at in range(len(one) - 1, -1, -1)]
    return places[:_PLACES]


def _place(way: _Way) -> tuple[str, ...]:
    """Return the place at the end of ``way``, or one around it if its names are too long."""
    steps: list[str] = []
    while way:
        way, step = way
        steps.append(step)
    steps.reverse()
    lengths = accumulate(len(step) + 1 for step in steps)
    return tuple(step for step, length in zip(steps, lengths, strict=True) if length <= _PLACE)


def _depth(text: str) -> int:
    """Return how deeply the lists and objects of ``text`` are nested, even if it is not JSON."""
    depth = deepest = 0
    for match in _BRACKET.finditer(text):
        if match["opens"]:
            depth += 1
            deepest = max(deepest, depth)
        elif not match[0].startswith('"'):
            depth -= 1
    return deepest


def _whole_number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise TooLongNumberError
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
