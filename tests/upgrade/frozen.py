"""What was frozen: what each release kept and sent at the time, in ``fixtures/<release>``.

No file in there ever changes: ``manifest.json`` holds each one's SHA-256. A release has those of
these files whose shape is in no earlier one (``docs/upgrades.md``)::

    events.json           every kind of fact as it was stored, and what it says
    words.json            the words that stand for choices on the record
    table.jsonl           the whole table after the story, one item a line, as DynamoDB keeps it
    seals.json            the nights' seals of its chains, as S3 keeps them
    table.json            what those records say: each challenge's stage, and what Decide returns
    cases.jsonl           the same of another story, in which single challenges wait (cases.json)
    escalation.asl.json   the definition of the state machine, with its placeholders
    procedure.json        each setting of the procedure as it was shipped, by version
    form.json             the form as the interface takes it, and what it raised
    intake.json           SES's event about an email, the email, and what it raised

What something *says* is plain JSON: a dataclass is an object of its fields,
``{"day": "2026-11-02"}`` a date, ``{"moment": …}`` a moment in UTC, ``{"choice": "resolved"}`` a
word of a list.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.chain import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "FIXTURES",
    "HOW_TO_FREEZE",
    "MANIFEST",
    "attributes",
    "behaviour",
    "differences",
    "digest",
    "item_kind",
    "load",
    "places",
    "releases",
    "says",
]

FIXTURES = Path(__file__).parent / "fixtures"
MANIFEST = FIXTURES / "manifest.json"
HOW_TO_FREEZE = "Freeze it with what brought it: make freeze RELEASE=2026-12.1 (docs/upgrades.md)."


def releases(file: str) -> list[str]:
    """Return the releases with this file, oldest first."""
    names = (path.parent.name for path in FIXTURES.glob(f"*/{file}"))
    return sorted(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def load(release: str, file: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what the file holds; for ``.jsonl`` a list with an element for each line."""
    text = (FIXTURES / release / file).read_text(encoding="utf-8")
    if file.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


def digest(path: Path) -> str:
    """Return the file's SHA-256, in hex."""
    return sha256(path.read_bytes()).hexdigest()


# What a value says ---------------------------------------------------------------------------


def says(value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return ``value`` in plain JSON that tells the kinds of values apart."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: says(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return {"choice": value.value}
    if isinstance(value, datetime):
        return {"moment": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, tuple | list):
        return [says(one) for one in value]
    return value


def differences(frozen: Any, value: object, at: str = "it") -> list[str]:  # noqa: ANN401 - any JSON
    """Return where ``value``, as it is read today, differs from what was frozen.

    A field that was added since then has its default.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return [*_of_fields(frozen, value, at)]
    if isinstance(value, tuple) and isinstance(frozen, list) and len(value) == len(frozen):
        pairs = enumerate(zip(frozen, value, strict=True))
        return [found for n, (then, now) in pairs for found in differences(then, now, f"{at}[{n}]")]
    return [] if says(value) == frozen else [f"{at} was {frozen}, and is read as {says(value)}"]


def _of_fields(frozen: Any, value: Any, at: str) -> Iterator[str]:  # noqa: ANN401 - JSON, dataclass
    if not isinstance(frozen, dict):
        yield f"{at} was {frozen}, and is read as {value}"
        return
    known = {field.name: field for field in fields(value)}
    yield from (f"{at}.{name} is not read any more" for name in frozen.keys() - known.keys())
    for name, field in known.items():
        read = getattr(value, name)
        if name in frozen:
            yield from differences(frozen[name], read, f"{at}.{name}")
        elif read != _default(field):
            yield f"{at}.{name} was added since, and is read as {read}, which is not its default"


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


# Shapes --------------------------------------------------------------------------------------


def places(shape: Any, at: str = "") -> set[str]:  # noqa: ANN401 - any JSON
    """Return every place in ``shape`` that can hold a value: ``fact.actions[].owner``."""
    if isinstance(shape, dict):
        below = [places(one, f"{at}.{name}".lstrip(".")) for name, one in shape.items()]
    elif isinstance(shape, list):
        below = [places(one, f"{at}[]") for one in shape]
    else:
        return {at}
    return {at}.union(*below)


def item_kind(item: Mapping[str, Mapping[str, Any]]) -> str:
    """Return which kind of thing an item is: ``CHALLENGE HEAD``, ``LINK``, ``DRAFT`` …"""
    partition, sort = (item[key]["S"].partition("#")[0] for key in ("PK", "SK"))
    return (
        f"{partition} {sort}" if partition in ("CHALLENGE", "COUNCIL", "DIRECTORY") else partition
    )


def attributes(item: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the names of an item's attributes, each with its type: ``leg N``."""
    return {f"{name} {type_}" for name, value in item.items() for type_ in value}


def behaviour(definition: Mapping[str, Any]) -> str:
    """Return a definition without its comments: what an execution does, as canonical JSON."""
    states = {
        name: {key: value for key, value in state.items() if key != "Comment"}
        for name, state in definition["States"].items()
    }
    return canonical({**definition, "States": states, "Comment": ""})
