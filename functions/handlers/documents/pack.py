"""The pack for Cafcass as a document (rule 10): every report, and how to check the record.

``handlers.documents.packing`` lets the IRO choose what goes in, and keeps what was made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.typesetting import Bullets, Document, Facts, Said, Section
from adapters.wiring import exports
from domain.moments import day_in_words, local_day, moment_in_words
from handlers.documents import report
from handlers.documents.record import CHECKER
from handlers.documents.way_in import as_recorded, fingerprint
from handlers.pages import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.typesetting import Attached
    from handlers.pages.acts import Scene

__all__ = ["cafcass_pack"]

_NONE: Mapping[str, int] = {}


def cafcass_pack(
    scenes: Sequence[Scene],
    left_out: Mapping[str, Mapping[int, str]],
    attached: tuple[Attached, ...],
    later: Mapping[str, int] = _NONE,
) -> Document:
    """Return the pack with the report of each challenge, the first is the one that is referred.

    ``left_out``: reference → number of an event → why it is left out. The signed records are
    ``attached``, and the last page tells a guardian how to check them. ``later``: reference → how
    many events were recorded after the IRO had looked, if any.
    """
    first = scenes[0]
    child = first.challenge.raised.child
    date = max(as_recorded(scene).now for scene in scenes)
    return Document(
        "Referral to Cafcass",
        f"About {child.initials} ({child.case_id})",
        first.officer.name,
        date,
        (
            f"{first.challenge.reference}. Made by {first.officer.name}.",
            f"The records up to {moment_in_words(date)}.",
            fingerprint(),
        ),
        (
            Section("Who makes this referral", (_from(first),)),
            Section("What is in this pack", _contents(scenes, left_out, attached, later)),
            *(part for scene in scenes for part in _report(scene, left_out, later)),
            _checking(tuple(scene.challenge.reference for scene in scenes)),
        ),
        attached,
    )


def _from(first: Scene) -> Facts:
    """Return whom a guardian can ask, and how to reach them."""
    iro = first.officer
    rows = [("Independent Reviewing Officer", iro.name), ("Email", iro.email)]
    rows += [("Child’s team", first.challenge.raised.child.team)]
    return Facts(tuple((label, text) for label, text in rows if text))


def _contents(
    scenes: Sequence[Scene],
    left_out: Mapping[str, Mapping[int, str]],
    attached: tuple[Attached, ...],
    later: Mapping[str, int],
) -> tuple[Said | Bullets, ...]:
    reports = tuple(
        f"{scene.challenge.reference}, raised on {_raised(scene)}: {whole.heading(scene)}"
        for scene in map(as_recorded, scenes)
    )
    files = tuple(f"{one.name}: {one.says}" for one in attached)
    missing = sum(len(events) for events in left_out.values())
    return (
        Said("The report of each challenge about the child:"),
        Bullets(reports),
        *((Said("Files attached to this PDF:"), Bullets(files)) if files else ()),
        Said(f"{report.NOT_IN_IT} The attached records have them."),
        Said(
            "Nothing else was left out."
            if not missing
            else f"Left out: {_events(missing)}. The report says where, and why."
        ),
        *(
            Said(f"In {reference} {_events(count)} came after the IRO had checked this pack.")
            for reference, count in later.items()
        ),
    )


def _events(count: int) -> str:
    return f"{count} {'event' if count == 1 else 'events'}"


def _raised(scene: Scene) -> str:
    return day_in_words(local_day(scene.challenge.raised_at))


def _report(
    scene: Scene, left_out: Mapping[str, Mapping[int, str]], later: Mapping[str, int]
) -> Iterator[Section]:
    """Yield one report below a heading of its own."""
    challenge = scene.challenge
    last = challenge.events[-1]
    goes_to = f"event {last.number}, {moment_in_words(last.recorded)}"
    count = later.get(challenge.reference, 0)
    after = (("Not in this pack", f"{_events(count)} recorded after that"),) if count else ()
    facts = Facts((("The record up to", goes_to), *after))
    yield Section(f"Report of {challenge.reference}", (facts,), apart=True)
    for section in report.sections(scene, left_out.get(challenge.reference, {})):
        yield replace(section, level=section.level + 1)


def _checking(references: Sequence[str]) -> Section:
    """Return the page that tells a guardian how to check the attached records, without us."""
    return Section(
        "How to check the attached record",
        (
            Said(
                "The record of each challenge is attached to this PDF as a file. You can check on "
                "your own computer that nothing in it was changed after the council’s service "
                "signed it. You need no connection, and nothing is sent anywhere."
            ),
            Bullets(_steps(references)),
            Facts((("Fingerprint of the council’s key", exports().fingerprint),)),
            Said(
                "Somebody who changed this PDF could also have changed the fingerprint in it. "
                "To be sure, ask the council for the fingerprint by telephone."
            ),
            Said(
                "If a record was changed, even by one character, the program names the first event "
                "that does not fit. If events were left out of this copy, it says which events "
                "they are, and why. It still checks all the others."
            ),
            Said(
                "This shows that the records are as the council’s service made them. It cannot "
                "show what was recorded later, or whether somebody at the council changed a record "
                "before it was attached. Ask the council for proof of that: its service seals "
                "every record each night."
            ),
            Said(
                "The program checks the attached records, not the pages of this PDF. If something "
                "matters to you, read it in the record too."
            ),
        ),
        apart=True,
    )


def _steps(references: Sequence[str]) -> tuple[str, ...]:
    """Return what to do, for somebody who has never opened a terminal."""
    line = f"{CHECKER} {references[0]}.json"
    files = (
        "Open this PDF in Adobe Acrobat Reader or Firefox: many other programs do not show "
        "attached files. Look for a paper clip, and save all files into one folder. Do not open a "
        "record in another program and save it from there. If the program cannot be saved, ask the "
        "council to send it to you."
    )
    python = "You need Python 3.9 or later. It is free, from python.org. Many computers have it."
    windows = (
        "On Windows: open the folder, click the bar at the top of the window that shows its name, "
        "type cmd and press Enter. A black window opens. In it, type this and press Enter:\n"
        f"py {line}"
    )
    mac = (
        "On a Mac: open Terminal, type cd and a space, drag the folder into the window and press "
        f"Enter. Then type this and press Enter:\npython3 {line}"
    )
    compare = (
        "It prints a fingerprint. Compare all of it with the one below. Or type --fingerprint and "
        "the fingerprint at the end of the line, and the program compares it for you."
    )
    again = "Do the same for each of the other records: type the name of its file instead."
    return (files, python, windows, mac, compare, *([again] if references[1:] else []))
