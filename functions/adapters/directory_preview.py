"""What a new directory would change, in lines to read before it is loaded.

The domain says who joins, leaves and acts for whom; the trays say which challenges that moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.record import Record
    from domain.directory_changes import Changes, HandedOver

__all__ = ["grouped", "lines_of"]


def grouped(found: Changes, record: Record) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what changes: each heading with its sentences, without headings that have none.

    This reads the tray of everybody whose challenges move, and the challenges of IROs who leave.
    """
    moves = tuple(_moved(one, record) for one in found.handed_over)
    groups = (
        ("Joining", found.joins),
        ("Leaving", found.leaves),
        ("Corrected", found.corrected),
        ("Posts", found.posts),
        ("Cover that begins", found.cover_begins),
        ("Cover that ends", found.cover_ends),
        ("Challenges that move", tuple(line for line in moves if line)),
    )
    return tuple((heading, lines) for heading, lines in groups if lines)


def lines_of(found: Changes, record: Record) -> Iterator[str]:
    """Yield the lines of :func:`grouped`, or one that says that nothing changes."""
    if found.none:
        yield "Nothing changes: the directory already says all of this."
    for heading, sentences in grouped(found, record):
        yield f"{heading}:"
        yield from (f"  {sentence}" for sentence in sentences)


def _moved(one: HandedOver, record: Record) -> str:
    """Return what moves, with the references; empty if nothing is there to move."""
    rows = record.lists.of_iro(one.party) if one.iro_left else record.lists.in_tray(one.party)
    references = ", ".join(sorted({row.reference for row in rows}))
    if not references:
        return ""
    if one.iro_left:
        return f"{one.called} is no longer an IRO. These need another one: {references}"
    before, after = (" and ".join(names) or "nobody" for names in (one.before, one.after))
    return f"{one.called}, from {before} to {after}: {references}"
