"""What the indexes return: the rows of lists and trays, and which challenges have to wake.

An index may lag behind the table for a moment. Nothing here reads an event.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.errors import DamagedHeadError
from adapters.record.shown import (
    ENDED_LIST,
    OPEN_LIST,
    SUMMARY,
    invited_list,
    is_filled_in,
    list_of,
)
from adapters.record.table import challenge_key, reference_of, require
from domain.challenge import asked_in_words
from domain.rulebook import marks_named
from domain.rules.period import BEYOND_PERIOD
from domain.values import Value, value
from domain.vocabulary import ENDED, WAKES_ENDED, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from adapters.record.table import RecordTable
    from domain.part import Mark

__all__ = ["AT_MOST_OPEN", "SUMMARY_READS", "Lists", "Pulse", "Row", "ToDo", "together"]

#: How many open challenges are read at most to filter, sort or count them.
AT_MOST_OPEN = 2000

#: The attributes read to find challenges without a summary row: no child's details.
SUMMARY_READS = ("PK", "SK", "summary")


@value
class ToDo(Value):
    """One thing that a tray's owner has to do: by when, what it ``asks``, and the task's key.

    ``whom`` are the ids of the officers and posts that an IRO deals with in it.
    """

    due: str
    asks: str
    about: str
    whom: tuple[str, ...] = ()

    @property
    def is_power(self) -> bool:
        """Whether they may do it, and need not: it comes after everything that they have to do."""
        return self.asks == Purpose.STEP_IN

    @property
    def in_words(self) -> str:
        """What it is, after "please": ``confirm that action 2 was done``."""
        return (
            asked_in_words(Purpose(self.asks), self.about)
            if self.asks in tuple(Purpose)
            else self.asks
        )


@value
class Row(Value):
    """A row of a list: what HEAD or a tray holds, no more. ``due`` is the moment of a deadline.

    ``asks`` is what the tray's owner has to do; empty in HEAD, and in trays from before 2026-11.7:
    so a tray must never hold an empty one for anything else. ``about`` is the key of that task;
    empty as well in trays from before 2026-11.10.
    ``ended`` is its place among its IRO's ended challenges: the next page starts after it.
    ``marks`` are those that this release knows. ``themes``, ``team``, ``outcome`` and the moment
    ``formal_at`` are in HEAD alone; they are empty in one from before 2026-11.8. ``died`` is in
    HEAD alone too: the child has died (rule 19). No list shows it. ``due``, ``asks`` and ``about``
    are those of the earliest task; the others of a tray are ``beside``, the earliest first, and
    ``more`` counts those that the tray does not name. Trays from before 2026-11.12 name one task.
    ``whom`` are whom its IRO deals with in the earliest task. In the list of open challenges,
    ``posts`` are those whose holders may see it as responder or informed, ``answered`` the officers
    who replied, and ``asked`` the posts asked at its stage; all are ids.
    """

    reference: str
    standing: str
    stage: str
    due: str
    raised_at: str
    initials: str
    case_id: str
    iro: str
    marks: tuple[Mark, ...]
    asks: str = ""
    ended: str = ""
    about: str = ""
    themes: tuple[str, ...] = ()
    team: str = ""
    outcome: str = ""
    formal_at: str = ""
    beyond_period: bool = False
    died: bool = False
    beside: tuple[ToDo, ...] = ()
    more: int = 0
    whom: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def to_do(self) -> tuple[ToDo, ...]:
        """Everything that the tray's owner has to do, the earliest first, as far as it is named."""
        return (ToDo(self.due, self.asks, self.about, self.whom), *self.beside)


@value
class Pulse(Value):
    """What shows whether a challenge is on course: its stage, its leg, and when it wakes.

    ``due`` and ``wake_at`` are moments as they are kept; ``due`` is empty for a challenge that has
    ended but has emails to send or tasks left. ``found_asleep`` is how often in a row Sweep found
    it asleep. ``has_summary``: HEAD holds its summary row as this software writes it.
    """

    stage: str
    due: str
    wake_at: str
    found_asleep: int
    reference: str
    standing: str
    leg: int
    has_summary: bool


class Lists:
    """The indexes of the record's table."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at
        self._all_filled_in = False

    # Rows ----------------------------------------------------------------------------------

    def of_iro(self, officer: str) -> list[Row]:
        """Return the open challenges of an IRO, newest first.

        This includes challenges that ended under a release before 2026-11.8, until Sweep has filled
        in their summary rows.
        """
        return self._rows("by_iro", "iro", officer, newest_first=True)

    def ended_of(self, officer: str, at_most: int, before: str = "") -> list[Row]:
        """Return ``at_most`` of an IRO's ended challenges, the latest first; no more are read.

        With ``before``, the ``ended`` of a row, the list starts after that row.
        """
        from boto3.dynamodb.conditions import Key

        own = Key("of_iro").eq(officer)
        condition = own & Key("ended").lt(before) if before else own
        items = self._at.index("by_ended", condition, newest_first=True, at_most=at_most)
        return [_row(item) for item in items]

    def of_child(self, case_id: str) -> list[Row]:
        """Return the challenges about the child with this Case ID, newest first."""
        return self._rows("by_child", "child", case_id, newest_first=True)

    def in_tray(self, party: str) -> list[Row]:
        """Return what is in the tray of a post or an officer, due soonest first."""
        return self._rows("by_tray", "tray", party)

    def with_mark(self, key: str) -> list[Row]:
        """Return every challenge with this mark, ended ones too, the latest marked first.

        ``due`` of a row is the moment of the mark.
        """
        return self._rows("by_tray", "tray", list_of(key), newest_first=True)

    def how_many(self, key: str, since: datetime) -> int:
        """Return how many challenges got this mark at ``since`` (a moment, UTC) or later.

        It reads those and no others.
        """
        from boto3.dynamodb.conditions import Key

        marked = Key("tray").eq(list_of(key)) & Key("due").gte(moment_text(since))
        return sum(1 for _ in self._at.index("by_tray", marked))

    def open_page(self, after: str, at_most: int) -> tuple[list[Row], str]:
        """Return ``at_most`` open challenges, due soonest first, and the place of the next page.

        ``after`` is such a place, empty for the first page; the place is empty if there are no
        more. It is one query, however many are open. Those whose rows an earlier release wrote, and
        Sweep has not filled in yet, come at the end of the last page.
        """
        return self._page(OPEN_LIST, after, at_most)

    def ended_page(self, after: str, at_most: int) -> tuple[list[Row], str]:
        """Return ``at_most`` ended challenges, the latest first, and the place of the next page.

        ``due`` of a row is the moment of its end.
        """
        return self._page(ENDED_LIST, after, at_most)

    def open_rows(self, at_most: int = AT_MOST_OPEN) -> tuple[list[Row], bool]:
        """Return the first ``at_most`` open challenges, and whether any were left out."""
        rows, left = self._some(OPEN_LIST, at_most)
        return (rows, left) if left else ([*rows, *self._not_filled_in()], False)

    def open_for(
        self,
        posts: Iterable[str],
        officer: str,
        at_most: int = AT_MOST_OPEN,
        iros: Iterable[str] = (),
    ) -> tuple[list[Row], bool]:
        """Return those open challenges that holders of ``posts`` may see, or ``officer`` answered.

        Those of ``iros`` are among them. They are looked for among the first ``at_most``. The
        second value is whether any were left out of the search.
        """
        return self._some(OPEN_LIST, at_most, (*posts,), officer, (*iros,))

    def all_in_lists(self) -> bool:
        """Whether Sweep has filled in every row, so that the lists of all lack none.

        It is read until it is true.
        """
        if not self._all_filled_in:
            noted = self._at.get("COUNCIL", "SUMMARIES") or {}
            self._all_filled_in = noted.get("done") == SUMMARY
        return self._all_filled_in

    def ended_for(
        self, posts: Iterable[str], officer: str = "", at_most: int = AT_MOST_OPEN
    ) -> tuple[list[Row], bool]:
        """Return the same of the ended challenges, the latest first."""
        return self._some(ENDED_LIST, at_most, (*posts,), officer)

    def ended_since(self, since: datetime, at_most: int = AT_MOST_OPEN) -> tuple[list[Row], bool]:
        """Return those that ended at ``since`` (a moment, UTC) or later, the latest first.

        The second value is whether any were left out, which are the earliest.
        """
        from boto3.dynamodb.conditions import Key

        ended = Key("tray").eq(ENDED_LIST) & Key("due").gte(moment_text(since))
        items, goes_on = self._at.first_of_index(
            "by_tray", ended, at_most, only=None, newest_first=True
        )
        return [_row(item) for item in items], goes_on

    def meetings_of(self, officer: str) -> list[Row]:
        """Return the challenges with meetings ahead to which ``officer`` is invited, soonest first.

        Each thing of a row's ``to_do`` is a meeting: ``due`` is when it begins, ``about`` its
        number and its minutes. They say nothing of the child.
        """
        return self._rows("by_tray", "tray", invited_list(officer))

    def _page(self, tray: str, after: str, at_most: int) -> tuple[list[Row], str]:
        from boto3.dynamodb.conditions import Key

        due, _, reference = after.partition(" ")
        start = {
            "PK": challenge_key(reference),
            "SK": f"TRAY#{tray}",
            "tray": tray,
            "due": due,
        }
        found = self._at.index(
            "by_tray",
            Key("tray").eq(tray),
            newest_first=tray == ENDED_LIST,
            at_most=at_most + 1,
            after=start if after else None,
        )
        rows = [_row(item) for item in found]
        if len(rows) > at_most:
            last = rows[at_most - 1]
            return rows[:at_most], f"{last.due} {last.reference}"
        return ([*rows, *self._not_filled_in()] if tray == OPEN_LIST else rows), ""

    def _some(
        self,
        tray: str,
        at_most: int,
        posts: tuple[str, ...] = (),
        officer: str = "",
        iros: tuple[str, ...] = (),
    ) -> tuple[list[Row], bool]:
        """Return what is among the first ``at_most`` of a list, and whether it goes on."""
        from boto3.dynamodb.conditions import Attr, Key

        ways = [
            *(Attr("of_iro").eq(iro) for iro in iros),
            *(Attr("posts").contains(post) for post in posts),
            *([Attr("answered").contains(officer)] if officer else []),
        ]
        only = reduce(or_, ways) if ways else None
        items, goes_on = self._at.first_of_index(
            "by_tray", Key("tray").eq(tray), at_most, only=only, newest_first=tray == ENDED_LIST
        )
        return [_row(item) for item in items], goes_on

    def _not_filled_in(self) -> list[Row]:
        """Return the open challenges that are in no list of all because an old release wrote them.

        Once Sweep has filled in every row, there are none, and nothing is read.
        """
        if self.all_in_lists():
            return []
        items = self._found("by_wake", "open", "OPEN")
        rows = (_row(item) for item in items if not is_filled_in(item))
        known = (row for row in rows if row.due and row.standing not in ENDED)
        return sorted(known, key=lambda row: row.due)

    def every_open(self) -> list[Row]:
        """Return every open challenge, for those who oversee all, due soonest first."""
        rows = self._rows("by_wake", "open", "OPEN")
        return sorted((row for row in rows if row.due), key=lambda row: row.due)

    def every_leg(self) -> list[Row]:
        """Return every challenge that needs a leg: open, or ended with a task left or to come."""
        rows = self._rows("by_wake", "open", "OPEN")
        needed = (row for row in rows if row.due or row.standing in WAKES_ENDED)
        return sorted(needed, key=lambda row: row.due)

    def _rows(self, index: str, name: str, value: str, *, newest_first: bool = False) -> list[Row]:
        return [_row(item) for item in self._found(index, name, value, newest_first=newest_first)]

    def _found(
        self, index: str, name: str, value: str, *, newest_first: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield the items in one partition of an index, in the order of its sort key."""
        from boto3.dynamodb.conditions import Key

        return self._at.index(index, Key(name).eq(value), newest_first=newest_first)

    # What has to wake ----------------------------------------------------------------------

    def wakeful(self) -> list[str]:
        """Return the references of the challenges that have to wake once more, from the index."""
        return [reference_of(item) for item in self._found("by_wake", "open", "OPEN")]

    def asleep_since(self, moment: datetime) -> list[str]:
        """Return the references of challenges that should have woken before ``moment``."""
        from boto3.dynamodb.conditions import Key

        condition = Key("open").eq("OPEN") & Key("wake_at").lt(moment_text(moment))
        return [reference_of(item) for item in self._at.index("by_wake", condition)]

    def behind(self, change: int) -> list[str]:
        """Return the references of challenges without the council's change number ``change``.

        A challenge whose HEAD names no change is among them.
        """
        items = self._found("by_wake", "open", "OPEN")
        return [reference_of(item) for item in items if int(item.get("council", 0)) < change]

    def without_summary(
        self, after: Mapping[str, str], at_most: int
    ) -> tuple[list[str], dict[str, str]]:
        """Return those of the next ``at_most`` challenges that have no up-to-date summary row.

        ``after`` is the key where the previous page ended, empty for the first; the second value
        is the key where this one ended. It goes through the index of the IROs' challenges, which
        also has the ended ones of releases before 2026-11.8, and then through that of the ended
        ones.
        """
        ended = "of_iro" in after
        index = "by_ended" if ended else "by_iro"
        items, end = self._at.page_of_index(index, SUMMARY_READS, after, at_most)
        if not end and not ended:
            left = at_most - len(items)
            more, end = self._at.page_of_index("by_ended", SUMMARY_READS, {}, max(1, left))
            items = [*items, *more]
        return [reference_of(item) for item in items if item.get("summary") != SUMMARY], end

    def pulses(self) -> Iterator[Pulse]:
        """Yield each challenge that has to wake once more, soonest first.

        After all others, raise ``DamagedHeadError`` if the HEAD of one lacks what a pulse needs.
        """
        damaged = None
        for item in self._found("by_wake", "open", "OPEN"):
            try:
                yield _pulse(item)
            except DamagedHeadError as error:
                damaged = damaged or error
        if damaged:
            raise damaged


def _pulse(item: dict[str, Any]) -> Pulse:
    require(item, "stage", "next_due", "wake_at", "standing", "leg")
    asleep = int(item.get("faults", 0))
    return Pulse(
        *(item["stage"], item["next_due"], item["wake_at"], asleep),
        *(reference_of(item), str(item["standing"]), int(item["leg"])),
        is_filled_in(item),
    )


def _row(item: dict[str, Any]) -> Row:
    due = () if item.get("due") else ("next_due",)
    require(item, "standing", "stage", *due, "raised_at", "initials", "beyond_period")
    first, *beside = _to_do(item)
    return Row(
        reference_of(item),
        item["standing"],
        item["stage"],
        first.due,
        item["raised_at"],
        item["initials"],
        item.get("child") or item.get("case_id", ""),
        item.get("iro") or item.get("of_iro", ""),
        _marks(item),
        first.asks,
        item.get("ended", ""),
        first.about,
        tuple(item.get("themes", ())),
        item.get("team", ""),
        item.get("outcome", ""),
        item.get("formal_at", ""),
        bool(item["beyond_period"]),
        bool(item.get("died")),
        tuple(beside),
        int(item.get("more", 0)),
        first.whom,
        tuple(item.get("posts", ())),
        tuple(item.get("answered", ())),
        tuple(item.get("asked", ())),
    )


def together(rows: Iterable[Row]) -> list[Row]:
    """Return one row for each challenge, with the tasks of all its rows, due soonest first.

    Rows without a date come last. The row shown is the one that is due first, of those that name
    the child if any does.
    """
    of_each: dict[str, list[Row]] = {}
    for row in sorted(rows, key=_soonest):
        of_each.setdefault(row.reference, []).append(row)
    return sorted(map(_merged, of_each.values()), key=_soonest)


def _merged(rows: list[Row]) -> Row:
    """Return one row for several rows of one challenge, which differ in their trays."""
    if len(rows) == 1:
        return rows[0]
    shown = next((row for row in rows if row.case_id), rows[0])
    every = {(one.asks, one.about): one for row in rows for one in row.to_do}
    first, *beside = sorted(every.values(), key=_urgency)
    return replace(
        shown,
        due=first.due,
        asks=first.asks,
        about=first.about,
        whom=first.whom,
        beside=tuple(beside),
        more=max(row.more for row in rows),
    )


def _soonest(row: Row) -> tuple[bool, str, str]:
    return not row.due, row.due, row.reference


def _urgency(one: ToDo) -> tuple[bool, bool, str]:
    return one.is_power, not one.due, one.due


def _to_do(item: dict[str, Any]) -> list[ToDo]:
    """Return the tasks of a tray's item, the earliest first; of a HEAD its date alone."""
    due = item.get("due") or item["next_due"]
    also = item.get("also", ())
    whom = [tuple(ids) for ids in item.get("whom", ())] or [()] * (1 + len(also))
    first = ToDo(due, item.get("asks", ""), item.get("about", ""), whom[0])
    others = []
    for text, ids in zip(also, whom[1:], strict=True):
        at, asks, about = text.split("|", 2)
        others.append(ToDo(at, asks, about, ids))
    return sorted((first, *others), key=_urgency)


def _marks(item: dict[str, Any]) -> tuple[Mark, ...]:
    """Return the row's marks. That it is past its limit is an attribute of its own."""
    beyond = (BEYOND_PERIOD,) if item["beyond_period"] else ()
    return marks_named((*item.get("marks", ()), *beyond))
