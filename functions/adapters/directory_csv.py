"""The directory as CSV files: read with every row's error named, and written.

The files, with their columns::

    officers.csv  id,name,email,supervisor  supervisor: an officer's id; the column may be missing
    posts.csv     id,role,teams,holder      teams separated by ";", none: the whole council
    cover.csv     post,officer,first,last   days as 2026-12-24, both included

Whoever has no ``cover.csv`` leaves the cover as it is.
"""

from __future__ import annotations

import csv
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from adapters import clock
from domain.directory import Cover, Directory, Officer, Post
from domain.directory_checks import Kind, faults
from domain.errors import BadSubmissionError
from domain.ladder import Role
from domain.moments import local_day
from domain.writing import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["from_csv", "read", "to_csv", "written"]

T = TypeVar("T")

_COLUMNS = {
    Kind.OFFICERS: ("id", "name", "email", "supervisor"),
    Kind.POSTS: ("id", "role", "teams", "holder"),
    Kind.COVER: ("post", "officer", "first", "last"),
}

_UNREADABLE = "This row cannot be read. Check that each quotation mark has its second one."
_TWO_LINES = (
    "Write each value in one line, without tabs. If it is, check that each quotation mark has its "
    "second one."
)

#: A column that files of older releases do not have.
_MAY_BE_MISSING = {"supervisor"}


@dataclass(frozen=True)
class _Made(Generic[T]):
    """What a file holds: its values, and the line of each; ``problems`` name lines to correct."""

    values: tuple[T, ...]
    lines: tuple[int, ...]
    problems: tuple[tuple[int | None, str], ...]
    nameless: bool = False


def from_csv(folder: Path, cover: tuple[Cover, ...] = (), today: date | None = None) -> Directory:
    """Read the directory's files in ``folder``, as :func:`read` does."""
    found = [folder / kind for kind in Kind if (folder / kind).exists()]
    return read({file.name: file.read_text("utf-8-sig") for file in found}, cover, today)


def read(
    files: Mapping[str, str], cover: tuple[Cover, ...] = (), today: date | None = None
) -> Directory:
    """Return the directory in ``files``: name → text. ``cover`` counts if there is no cover.csv.

    Cover that was over by ``today``, by default the present day, breaks no rule any more. Raise
    ``BadSubmissionError``, which names file, line and what to correct, all at once.
    """
    officers = _made(Kind.OFFICERS, files, _officer)
    posts = _made(Kind.POSTS, files, _post)
    covers = _made(Kind.COVER, files, _cover)
    rows = covers.values if Kind.COVER in files else cover
    day = today or local_day(clock.now())
    problems: dict[str, list[str]] = {}
    parsed: dict[Kind, _Made[Any]] = {
        Kind.OFFICERS: officers,
        Kind.POSTS: posts,
        Kind.COVER: covers,
    }
    found = [(kind, *one) for kind, made in parsed.items() for one in made.problems]
    # What cannot be read at all would make everything that refers to it wrong as well.
    found += [
        (fault.kind, _line(parsed[fault.kind].lines, fault.row), fault.sentence)
        for fault in faults(officers.values, posts.values, rows, day)
        if not any(made.nameless for made in parsed.values())
    ]
    for kind, line, sentence in found:
        where = f"{kind} line {line}" if line else str(kind)
        problems.setdefault(where, []).append(sentence)
    if problems:
        raise BadSubmissionError(
            {where: f"{where}: {' '.join(all_of)}" for where, all_of in _in_order(problems)}
        )
    return Directory(
        {officer.id: officer for officer in officers.values},
        {post.id: post for post in posts.values},
        rows,
    )


def _line(lines: tuple[int, ...], row: int | None) -> int | None:
    # Cover that stays as it is has no line.
    return lines[row] if row is not None and row < len(lines) else None


def _in_order(problems: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    def place(where: str) -> tuple[int, int]:
        name, _, line = where.partition(" line ")
        return list(Kind).index(Kind(name)), int(line or 0)

    return sorted(problems.items(), key=lambda one: place(one[0]))


def _made(kind: Kind, files: Mapping[str, str], make: Callable[[Mapping[str, str]], T]) -> _Made[T]:
    # Line ends of any system: a lone carriage return is one as well.
    text = StringIO(files.get(kind, ""), newline=None)
    rows = csv.DictReader(text, restval="", skipinitialspace=True)
    columns = [(name or "").strip() for name in rows.fieldnames or ()]
    rows.fieldnames = columns
    missing = [n for n in _COLUMNS[kind] if n not in columns and n not in _MAY_BE_MISSING]
    if missing and kind in files:
        called = ", ".join(_COLUMNS[kind])
        sentence = f"The first line has to name the columns: {called}."
        return _Made((), (), ((1, sentence),), nameless=True)
    values, lines, problems = [], [], []
    try:
        for row in rows:
            line = rows.line_num
            cells = {
                name: kept(str(cell or "")).strip()
                for name, cell in row.items()
                if name is not None
            }
            if not any(cells.values()):
                continue
            try:
                _check(row, cells)
                values.append(make(cells))
                lines.append(line)
            except ValueError as error:
                problems.append((line, str(error)))
    except csv.Error:
        problems.append((rows.line_num or 1, _UNREADABLE))
    return _Made(tuple(values), tuple(lines), tuple(problems))


def _check(row: Mapping[str | None, Any], cells: Mapping[str, str]) -> None:
    """Raise ``ValueError`` if the row has more values than columns, or a value in two lines."""
    if None in row:
        message = f"There are more than {len(row) - 1} values."
        raise ValueError(message)
    if any(unicodedata.category(one) == "Cc" for cell in cells.values() for one in cell):
        raise ValueError(_TWO_LINES)


def _officer(row: Mapping[str, str]) -> Officer:
    return Officer(row["id"], row["name"], row["email"], row.get("supervisor", ""))


def _post(row: Mapping[str, str]) -> Post:
    if row["role"] not in set(Role):
        message = f"No such role: {row['role']}. The roles are: {', '.join(Role)}."
        raise ValueError(message)
    teams = [team.strip() for team in row["teams"].split(";") if team.strip()]
    return Post(row["id"], Role(row["role"]), tuple(teams), row["holder"] or None)


def _cover(row: Mapping[str, str]) -> Cover:
    return Cover(row["post"], row["officer"], *(_day(row[name]) for name in ("first", "last")))


def _day(text: str) -> date:
    with suppress(ValueError):
        return date.fromisoformat(text)
    message = f"Enter the days like 2026-12-24, not “{text}”."
    raise ValueError(message)


# Written -----------------------------------------------------------------------------------------


def to_csv(directory: Directory, folder: Path) -> None:
    """Write ``directory`` into ``folder`` in the form that :func:`from_csv` reads."""
    for name, text in written(directory).items():
        (folder / name).write_text(text, "utf-8", newline="")


def written(directory: Directory) -> dict[str, str]:
    """Return the files that :func:`read` reads: name → text."""
    return {kind: _text(kind, directory) for kind in Kind}


def _text(kind: Kind, directory: Directory) -> str:
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS[kind])
    lines.writerows(_rows(kind, directory))
    return text.getvalue()


def _rows(kind: Kind, directory: Directory) -> Iterator[tuple[str, ...]]:
    match kind:
        case Kind.OFFICERS:
            for officer in directory.officers.values():
                yield officer.id, officer.name, officer.email, officer.supervisor
        case Kind.POSTS:
            for post in directory.posts.values():
                yield post.id, str(post.role), ";".join(post.teams), post.holder or ""
        case Kind.COVER:
            for one in directory.cover:
                yield one.post, one.officer, one.first.isoformat(), one.last.isoformat()
