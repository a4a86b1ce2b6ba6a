"""Convert events and other domain values to plain JSON shapes, and back."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from domain.chain import Link, canonical, link
from domain.errors import UnknownSchemaError
from domain.events import SCHEMA, Actor, Event
from domain.moments import parse_moment
from domain.rulebook import FACTS

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["event_of", "link_of", "moment_text", "plain", "value_of"]


def moment_text(moment: datetime) -> str:
    """Return ``moment`` as UTC ISO 8601 with microseconds, so that texts sort by time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter()
    converter.register_unstructure_hook(datetime, moment_text)
    converter.register_structure_hook(datetime, lambda text, _: parse_moment(text))
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    return converter


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON shape
    """Return a frozen dataclass of the domain as dicts, lists and strings."""
    return _converter().unstructure(value)


def value_of(shape: Any, kind: Any) -> Any:  # noqa: ANN401 - any JSON shape to any dataclass
    """Return the value of ``kind`` that :func:`plain` made ``shape`` of."""
    return _converter().structure(shape, kind)


def link_of(event: Event, previous_hash: str) -> Link:
    """Return ``event`` as the link of the chain that follows ``previous_hash``."""
    body = {
        "schema": SCHEMA,
        "number": event.number,
        "kind": type(event.fact).__name__,
        "fact": plain(event.fact),
        "actor": plain(event.actor),
        "effective": moment_text(event.effective),
        "recorded": moment_text(event.recorded),
        "command": event.command,
    }
    return link(event.number, canonical(body), previous_hash)


def event_of(text: str) -> Event:
    """Return the event with this canonical text.

    Raise ``UnknownSchemaError`` for a schema or kind that this software does not know.
    """
    import json

    body = json.loads(text)
    kind = FACTS.get(body["kind"])
    if body["schema"] > SCHEMA or kind is None:
        message = (
            f"An event of schema {body['schema']} and kind {body['kind']} was written by newer "
            "software than this. Deploy that version; nothing was changed."
        )
        raise UnknownSchemaError(message)
    return Event(
        body["number"],
        value_of(body["fact"], kind),
        value_of(body["actor"], Actor),
        parse_moment(body["effective"]),
        parse_moment(body["recorded"]),
        body["command"],
    )
