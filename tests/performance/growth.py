"""How a challenge's usage depends on how many others there are: counted among few and many.

The crowd is raised by one IRO and lies in one manager's tray, so that every list is as long as it
can be. Its executions are not started: it sleeps until its reminders, as it would with them.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import boto3

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.executions import Executions
from adapters.settings import read_procedure
from domain.directory import Directory, Officer, Post
from domain.ladder import Role, Stage
from infra.blueprint import SWEEP
from infra.local.emulator import TABLE
from infra.local.rebinding import rebind
from tests.pages.visitor import Visitor
from tests.performance.meter import metered
from tests.performance.stories import counted, qap_in_a_day
from tests.workflow.service import SAMPLE_DIRECTORY

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from tests.performance.stories import Usage
    from tests.workflow.service import Service

__all__ = [
    "Among",
    "EndedPages",
    "among",
    "carried",
    "cold_reads",
    "crowd",
    "load_directory",
    "with_ended",
    "with_open",
]


@dataclass(frozen=True)
class Among:
    """Usage while ``others`` are open: by one more challenge, and by reads that cover many.

    The rest is in DynamoDB's read units: of the IRO's front page, of the front page of someone who
    oversees all, of a sweep that finds nothing to do, and of the extra reads of a sweep after a
    change of directory or calendar, which it carries to each challenge.
    """

    others: int
    one_more: Usage
    own_list: float
    whole_list: float
    sweep: float
    sweep_after_a_change: float


def among(service: Service, others: int) -> Among:
    """Fill the service up to this many open challenges, and count."""
    crowd(service, others - len(service.open_challenges()))
    service.emulator.invoke(SWEEP.name, {})  # carries the directory to all, once
    wiring.casebook().record.lists.all_in_lists()  # that it is so is read once
    return Among(
        others,
        counted(service, qap_in_a_day),
        _reads(lambda: Visitor(service, "iro-1").get("/")),
        _reads(lambda: Visitor(service, "srsm").get("/")),
        _reads(lambda: service.emulator.invoke(SWEEP.name, {})),
        _reads(lambda: wiring.casebook().record.lists.behind(1)),
    )


@dataclass(frozen=True)
class EndedPages:
    """What an IRO's pages use of AWS: DynamoDB's read units, and its calls by operation."""

    front_page: float
    next_page: float
    calls: Counter[str]


@dataclass(frozen=True)
class OpenPages:
    """What pages of the list of open challenges use: calls and read units of the first and second.

    ``some`` are the calls that read the rows to filter. ``rows`` are those of a page, those that
    were read to filter, and whether any were left out.
    """

    calls: tuple[Counter[str], Counter[str]]
    reads: tuple[float, float]
    some: Counter[str]
    rows: tuple[int, int, bool]


def with_ended(service: Service, count: int) -> EndedPages:
    """Fill an IRO's ended challenges up to so many, and count what their pages use.

    The last is ended as challenges are. Those before it are HEADs like its own: lists read nothing
    else.
    """
    reference = service.raise_at(Stage.ONE)
    service.withdraw(reference)
    table = boto3.resource("dynamodb").Table(TABLE)
    item = table.get_item(Key={"PK": f"CHALLENGE#{reference}", "SK": "HEAD"})["Item"]
    with table.batch_writer() as batch:
        for number in range(count - len(_places())):
            moment, name = f"2026-01-01T00:00:00.{number:06d}Z", f"PCE-0000-{number:04d}"
            named = {"PK": f"CHALLENGE#{name}", "reference": name, "ended": f"{moment} {name}"}
            batch.put_item(Item={**item, **named})
    before = urlencode({"before": _places()[0]})
    service.emulator.invoke(SWEEP.name, {})  # it notes that no row of an older release is left
    iro = Visitor(service, "iro-1")
    iro.get("/")
    with metered() as meter:
        iro.get("/")
    return EndedPages(
        meter.reads,
        _reads(lambda: iro.get(f"/ended?{before}")),
        meter.calls,
    )


def with_open(service: Service, counts: Sequence[int]) -> list[OpenPages]:
    """Fill the list of open challenges up to each of these counts, and count what pages of it use.

    One is raised; the others are rows like its own, which is all that lists read.
    """
    reference = service.raise_at(Stage.ONE)
    for _ in range(2):
        service.emulator.invoke(SWEEP.name, {})  # every row is filled in
    table = boto3.resource("dynamodb").Table(TABLE)
    key = {"PK": f"CHALLENGE#{reference}", "SK": "TRAY##open"}
    item, there, found = table.get_item(Key=key)["Item"], 1, []
    for count in counts:
        with table.batch_writer() as batch:
            for number in range(there, count):
                name = f"PCE-0000-{number:05d}"
                named = {"PK": f"CHALLENGE#{name}", "reference": name}
                due = f"2027-01-01T00:00:00.{number:06d}Z"
                batch.put_item(Item={**item, **named, "due": due, "next_due": due})
        there = count
        lists = wiring.casebook().record.lists
        lists.open_page("", 25)  # whether all are filled in is read once
        with metered() as page:
            rows, after = lists.open_page("", 25)
        with metered() as next_page:
            lists.open_page(after, 25)
        with metered() as some:
            read, left = lists.open_rows()
        found.append(
            OpenPages(
                (page.calls, next_page.calls),
                (page.reads, next_page.reads),
                some.calls,
                (len(rows), len(read), left),
            )
        )
    return found


def _places() -> list[str]:
    """The places of all that has ended, the latest first."""
    return [row.ended for row in wiring.casebook().record.lists.ended_of("iro-1", 1000)]


def crowd(service: Service, count: int) -> None:
    """Raise so many challenges, whose executions are not started."""
    with ExitStack() as until:
        rebind(until, Executions, "start", lambda *_: True)
        for _ in range(count):
            reference = service.raise_at(Stage.ONE)
            wiring.casebook().wake(reference, 1)


def _reads(use: Callable[[], object]) -> float:
    with metered() as meter:
        use()
    return meter.reads


def carried(service: Service) -> Usage:
    """Return the usage of carrying one directory change to one open challenge: a new leg."""
    reference = service.raise_at(Stage.ONE)
    service.emulator.invoke(SWEEP.name, {})
    load_directory(len(wiring.casebook().council().directory.officers))

    def swept(service: Service) -> str:
        service.emulator.invoke(SWEEP.name, {})
        service.emulator.clock.settle()
        return reference

    return counted(service, swept, goes_on=reference)


# The directory -----------------------------------------------------------------------------------


def _store() -> CouncilStore:
    return CouncilStore(lambda: boto3.resource("dynamodb").Table(TABLE), read_procedure)


def load_directory(people: int) -> None:
    """Load the sample directory, with social workers added until it has this many people."""
    sample = from_csv(SAMPLE_DIRECTORY)
    ids = [f"sw-sample-{number}" for number in range(people - len(sample.officers))]
    officers = [Officer(id_, f"Sam {id_.title()}", f"{id_}@sampleshire.example") for id_ in ids]
    posts = [Post(f"post-{id_}", Role.SOCIAL_WORKER, ("North Team",), id_) for id_ in ids]
    _store().load_directory(
        Directory(
            {**sample.officers, **{officer.id: officer for officer in officers}},
            {**sample.posts, **{post.id: post for post in posts}},
            sample.cover,
        )
    )


def cold_reads() -> float:
    """Return the read units with which a cold container reads the whole directory."""
    store = _store()
    return _reads(store.current) - _reads(store.current)
