"""Freeze what is new since the last release: ``make freeze RELEASE=2026-12.1``.

What is stored, sent or waited under today, in a shape that no release had, is written into
``fixtures/<release>``, and its SHA-256 into the manifest. What was frozen is never written again:
a release that exists is refused.

The tests say when something has to be frozen; they ask :func:`unfrozen`. The table is only checked
after a story (:func:`unfrozen_items`), which takes half a minute.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from dataclasses import fields
from datetime import date
from enum import Enum
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from adapters.codec import link_of
from adapters.directory_csv import from_csv
from adapters.settings import read_procedure, shipped_calendar
from domain.chain import START
from domain.council import Council
from domain.ladder import Role
from domain.procedure import OF_TODAY
from domain.rulebook import FACTS, MARKS
from handlers.form_fields import Surroundings
from handlers.forms import SentForm
from infra.blueprint import STATE_MACHINE_FILE
from tests.upgrade import samples
from tests.upgrade.frozen import (
    FIXTURES,
    MANIFEST,
    attributes,
    behaviour,
    digest,
    item_kind,
    load,
    places,
    releases,
    says,
)
from tests.upgrade.story import BEGINS, items, seals, story, what_came_of_it
from tests.workflow.service import SAMPLE_DIRECTORY, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["choices", "main", "raised_by_form", "unfrozen", "unfrozen_items"]

_RELEASE = re.compile(r"20\d\d-\d\d\.[1-9]\d*")
_DEFINITION = STATE_MACHINE_FILE.name

#: Settings that apply to every challenge today are not part of a version.
_NO_PART = (*OF_TODAY, "earlier")

#: The day on which the sample form is sent.
TODAY = date(2026, 11, 2)


def main(arguments: list[str]) -> int:
    """Freeze as the release in the arguments. Return 0 if done or nothing was new, 2 if refused."""
    if len(arguments) != 1 or not _RELEASE.fullmatch(arguments[0]):
        return _refused("Name the release by month and number: make freeze RELEASE=2026-12.1")
    folder = FIXTURES / arguments[0]
    if folder.exists():
        message = "is frozen already, and what is frozen is never changed: name the next release."
        return _refused(f"{arguments[0]} {message}")
    files = {**unfrozen(), **_of_the_story()}
    if not files:
        sys.stdout.write("Nothing is new: what is kept and sent has shapes that are frozen.\n")
        return 0
    folder.mkdir(parents=True)
    manifest = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        manifest[f"{folder.name}/{name}"] = digest(folder / name)
    MANIFEST.write_text(_text(dict(sorted(manifest.items()))))
    sys.stdout.write(f"Frozen in {folder}: {', '.join(files)}. Commit it with what brought it.\n")
    return 0


def _refused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2


def _text(shape: object) -> str:
    return json.dumps(shape, indent=1, ensure_ascii=False) + "\n"


def unfrozen() -> dict[str, str]:
    """Return what no release has frozen, by the file that would hold it; all but the table."""
    return {
        **_events(),
        **_words(),
        **_definition(),
        **_procedure(),
        **_form(),
        **_intake(),
    }


# Events ------------------------------------------------------------------------------------------


def _events() -> dict[str, str]:
    known: dict[str, set[str]] = defaultdict(set)
    for release in releases("events.json"):
        for one in load(release, "events.json"):
            known[one["kind"]] |= places(json.loads(one["text"]))
    new = []
    for kind, event in samples.event_samples().items():
        text = link_of(event, START).text
        if places(json.loads(text)) - known[kind.__name__]:
            new.append({"kind": kind.__name__, "text": text, "says": says(event)})
    return {"events.json": _text(new)} if new else {}


def choices() -> dict[str, set[str]]:
    """Return the words stored for a choice, by the name of their list, and the marks' keys."""
    lists: set[type[Enum]] = {Role}  # of the directory's posts
    seen: set[object] = set()

    def look(hint: Any) -> None:  # noqa: ANN401 - any annotation
        if hint in seen:
            return
        seen.add(hint)
        for inner in get_args(hint):
            look(inner)
        if isinstance(hint, type) and issubclass(hint, Enum):
            lists.add(hint)
        elif hasattr(hint, "__dataclass_fields__"):
            for inner in get_type_hints(hint).values():
                look(inner)

    for fact in FACTS.values():
        look(fact)
    return {of.__name__: {str(one.value) for one in of} for of in lists} | {"Mark": {*MARKS}}


def _words() -> dict[str, str]:
    known: dict[str, set[str]] = defaultdict(set)
    for release in releases("words.json"):
        for name, words in load(release, "words.json").items():
            known[name] |= set(words)
    new = {name: sorted(words - known[name]) for name, words in sorted(choices().items())}
    new = {name: words for name, words in new.items() if words}
    return {"words.json": _text(new)} if new else {}


# What runs ---------------------------------------------------------------------------------------


def _definition() -> dict[str, str]:
    text = STATE_MACHINE_FILE.read_text(encoding="utf-8")
    known = [behaviour(load(release, _DEFINITION)) for release in releases(_DEFINITION)]
    return {} if behaviour(json.loads(text)) in known else {_DEFINITION: text}


def _procedure() -> dict[str, str]:
    """Return the version in force with every setting: its defaults may not change either."""
    procedure = read_procedure()
    known: dict[str, set[str]] = defaultdict(set)
    for release in releases("procedure.json"):
        frozen = load(release, "procedure.json")
        known[frozen["version"]] |= set(frozen)
    told = {
        field.name: says(getattr(procedure, field.name))
        for field in fields(procedure)
        if field.name not in _NO_PART
    }
    return {} if set(told) <= known[procedure.version] else {"procedure.json": _text(told)}


# What comes in -----------------------------------------------------------------------------------


def raised_by_form(body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return what the interface's form with this ``body`` puts on the record."""
    procedure = read_procedure()
    council = Council(shipped_calendar(procedure), procedure, from_csv(SAMPLE_DIRECTORY))
    form = SentForm.checked(body, Surroundings(TODAY, council))
    return form.raised(council, TODAY)


def _form() -> dict[str, str]:
    if not _is_new("form.json", "body", samples.FORM):
        return {}
    told = {"body": samples.FORM, "raised": says(raised_by_form(samples.FORM))}
    return {"form.json": _text(told)}


def _intake() -> dict[str, str]:
    event = samples.ses_event()
    if not _is_new("intake.json", "event", event):
        return {}
    told = {"event": event, "mail": samples.MAIL.decode()}
    return {"intake.json": _text(told | {"raised": says(raised_by_form(samples.FORM))})}


def _is_new(file: str, key: str, shape: object) -> bool:
    known = [places(load(release, file)[key]) for release in releases(file)]
    return bool(places(shape) - set().union(*known))


# The table ---------------------------------------------------------------------------------------


def unfrozen_items(found: Iterable[Mapping[str, Mapping[str, Any]]]) -> dict[str, set[str]]:
    """Return attributes, with their types, that no release's table has, by the kind of item."""
    known: dict[str, set[str]] = defaultdict(set)
    for release in releases("table.jsonl"):
        for item in load(release, "table.jsonl"):
            known[item_kind(item)] |= attributes(item)
    new: dict[str, set[str]] = defaultdict(set)
    for item in found:
        new[item_kind(item)] |= attributes(item) - known[item_kind(item)]
    return {kind: names for kind, names in new.items() if names}


def _of_the_story() -> dict[str, str]:
    logging.disable(logging.CRITICAL)
    with (
        TemporaryDirectory() as folder,
        redirect_stdout(StringIO()),
        running(Path(folder), start_at=BEGINS) as service,
    ):
        told = story(service)
        found = items()
        if not unfrozen_items(found):
            return {}
        nights = seals()
        came = what_came_of_it(service, told)
    lines = "".join(json.dumps(one, sort_keys=True, ensure_ascii=False) + "\n" for one in found)
    return {"table.jsonl": lines, "seals.json": _text(nights), "table.json": _text(came)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
