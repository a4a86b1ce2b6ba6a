"""What operators look at: challenges, one challenge, and everything that ever happened to it.

Each answer is lines to print, with the same as data if a program may ask for it. No line says
anything about the child, or quotes anybody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters import clock
from adapters.executions import Executions, Repair
from adapters.lookout import look_out
from adapters.record.notices import news_in
from adapters.settings import environment
from domain.events import CLOCK
from domain.ladder import Stage
from domain.moments import day_in_words, local_day, moment_in_words, parse_moment
from domain.tasks import tasks
from domain.timeline import headline, next_step, where_it_stands
from domain.vocabulary import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from types_boto3_stepfunctions.client import SFNClient

    from adapters.lookout import Noticed
    from adapters.record import Record
    from adapters.record.chain import Version
    from adapters.record.lists import Row
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event

__all__ = [
    "Happened",
    "challenge_lines",
    "execution_arn",
    "execution_lines",
    "is_local",
    "list_data",
    "list_lines",
    "noticed",
    "noticed_line",
    "open_rows",
    "timeline",
]


def is_local() -> bool:
    """Whether the commands work on the local service of this machine."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    return host in ("127.0.0.1", "localhost")


def machine() -> str:
    """Return the state machine's ARN from the environment; empty if it is not set."""
    return os.environ.get("STATE_MACHINE_ARN") or os.environ.get("MACHINE", "")


# Lists -------------------------------------------------------------------------------------------


def open_rows(rows: Iterable[Row], now: datetime, *, late: bool, stage: Stage | None) -> list[Row]:
    """Return open challenges, each once, the first due first.

    ``late`` leaves out those that are not late, and ``stage`` those at other stages.
    """
    return [
        row
        for row in sorted({row.reference: row for row in rows}.values(), key=lambda row: row.due)
        if row.due
        and (not late or parse_moment(row.due) < now)
        and (stage is None or row.stage == stage)
    ]


def list_lines(rows: Sequence[Row], now: datetime, council: Council) -> list[str]:
    """Return a line for each: stage, how late it is, its marks. The last line is their number."""
    return [*(_row(row, now, council) for row in rows), f"{len(rows)} challenges."]


def list_data(rows: Sequence[Row], now: datetime) -> list[dict[str, Any]]:
    """Return the same for a program."""
    return [
        {
            "reference": row.reference,
            "standing": row.standing,
            "stage": row.stage,
            "due": row.due,
            "late": parse_moment(row.due) < now,
            "iro": row.iro,
            "marks": [mark.key for mark in row.marks],
            "beyond_period": "beyond_period" in {mark.key for mark in row.marks},
        }
        for row in rows
    ]


def _row(row: Row, now: datetime, council: Council) -> str:
    stands = where_it_stands(Standing(row.standing), Stage(row.stage), council)
    due = parse_moment(row.due)
    late = f", {_lasting(now - due)} late" if due < now else ""
    marks = "".join(f"; {mark.called}" for mark in row.marks)
    return f"{row.reference}  {stands}; due {day_in_words(local_day(due))}{late}; {row.iro}{marks}"


def noticed(record: Record, client: Callable[[], SFNClient]) -> tuple[Noticed, ...]:
    """Return each open challenge that is stuck, or whose execution does not run.

    Raise ``SettingsError`` if no state machine is set, and botocore's errors.
    """
    executions = Executions(client, lambda: machine() or environment("STATE_MACHINE_ARN"))
    return look_out(record.lists.pulses(), executions).noticed


def noticed_line(one: Noticed) -> str:
    """Return it in one line."""
    return (
        f"{one.reference}  {one.kind}: at {one.rung}, wakes "
        f"{moment_in_words(parse_moment(one.wakes))}, tried {one.tries} times; "
        f"{one.execution}: {one.became}"
    )


def _lasting(span: timedelta) -> str:
    """Return ``3 days``; ``5 hours``; ``12 minutes``; ``under a minute``."""
    minutes = int(span.total_seconds()) // 60
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"1 {name}" if count == 1 else f"{count} {name}s"
    return "under a minute"


# One challenge -----------------------------------------------------------------------------------


def challenge_lines(challenge: Challenge, council: Council) -> list[str]:
    """Return its stage, what happens next, what happened, and the reasons for its deadlines."""
    council = council.under(challenge.raised.procedure)
    stands = where_it_stands(challenge.standing, challenge.stage, council)
    lines = [f"{challenge.reference}: {stands}", ""]
    lines += next_step(challenge, clock.now(), council)
    lines += ["", "What happened:"]
    for event in challenge.events:
        when = moment_in_words(event.effective)
        lines.append(f"{event.number:4}  {when}: {headline(event, challenge, council)}")
    sums = [(str(task.purpose), task.ledger) for task in tasks(challenge, council)]
    if challenge.open and challenge.period_ledger:
        sums.append(("resolution period", challenge.period_ledger))
    if sums:
        lines += ["", "Why these deadlines:"]
        lines += [f"  {what}, {day_in_words(due.deadline.day)}: {due.why}" for what, due in sums]
    return lines


def execution_lines(version: Version) -> Iterator[str]:
    """Yield its leg, why it was started, when it wakes, and where the console shows it."""
    head = version.head
    wake = moment_in_words(head.wake_at) if head.wake_at else "never"
    yield f"Its leg {head.leg} wakes: {wake}."
    if head.began:
        yield f"This leg was started because of: {head.began.because}, at {head.began.stage.title}."
    if not machine():
        yield "Set MACHINE to the state machine's ARN to have a link to its execution."
        return
    arn = execution_arn(version)
    yield f"Its execution: {arn}"
    if not is_local():
        region = arn.split(":")[3]
        yield (
            f"In the console: https://{region}.console.aws.amazon.com/states/home?region={region}"
            f"#/v2/executions/details/{arn}"
        )


def execution_arn(version: Version) -> str:
    """Return the ARN of its leg's execution; empty if the environment names no machine."""
    leg = f"{version.challenge.reference}_{version.head.leg}"
    return f"{machine().replace(':stateMachine:', ':execution:')}:{leg}" if machine() else ""


# All that happened -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """What happened at a moment; ``order`` sorts what happened at the same one."""

    at: datetime
    order: tuple[int, int]
    what: str


@dataclass(frozen=True)
class Happened:
    """What happened, and when (``None``: that was not recorded)."""

    at: datetime | None
    what: str

    def line(self) -> str:
        """Return it in one line."""
        return f"{moment_in_words(self.at)}  {self.what}" if self.at else self.what


def timeline(
    version: Version, notices: Mapping[str, Mapping[str, Any]], council: Council
) -> list[Happened]:
    """Return legs, events and emails in the order they were written, with how late they were.

    An event is late by the time between when it took effect and when it was recorded; an email, by
    the time between its event's recording and its sending. Everything comes from the record, which
    is kept much longer than executions: AWS forgets those after 90 days.
    """
    challenge = version.challenge
    council = council.under(challenge.raised.procedure)
    lines = [
        *_of_events(challenge, council, version.head.leg),
        *_of_letters(challenge, notices),
    ]
    in_order = sorted(lines, key=lambda line: (line.at, line.order))
    told = [Happened(line.at, line.what) for line in in_order]
    began = version.head.began
    if began and began.because in tuple(Repair):  # when it started was not recorded
        told.append(Happened(None, f"No event began its leg {version.head.leg}: {began.because}."))
    return told


def _of_events(challenge: Challenge, council: Council, leg: int) -> Iterator[_Line]:
    legs = _legs(challenge.events, leg)
    for event in challenge.events:
        late = event.recorded - event.effective
        recorded = f" (recorded {_lasting(late)} late)" if late >= timedelta(minutes=1) else ""
        of = f"leg {legs[event.number]}: {event.number}."
        what = f"{of} {headline(event, challenge, council)}{recorded}"
        yield _Line(event.recorded, (event.number, 0), what)


def _legs(events: Sequence[Event], current: int) -> dict[int, str]:
    """Return each event's leg, by its number: ``3``; ``3 or later`` if that is not certain.

    Events of the clock name theirs. An act starts the next leg; Sweep may have started others
    before or after it, which no event says. The last leg is at most the ``current`` one.
    """
    least: dict[int, int] = {}
    leg, command = 0, ""
    for event in events:
        named = _named(event)
        if named is None and event.command != command:
            leg, command = leg + 1, event.command
        leg = leg if named is None else named
        least[event.number] = leg
    most: dict[int, int] = {}
    leg, after = current, None
    for event in reversed(events):
        if after is not None and _named(after) is None and after.command != event.command:
            leg -= 1  # the event after it was another act, which started its own leg
        named = _named(event)
        leg = leg if named is None else named
        most[event.number], after = leg, event
    return {
        number: str(leg) if most[number] == leg else f"{leg} or later"
        for number, leg in least.items()
    }


def _named(event: Event) -> int | None:
    """Return the leg that an event of the clock names; ``None`` for a person's act."""
    named = event.command.partition("@")[0].rpartition("_")[2]
    return int(named) if event.actor == CLOCK and named.isdecimal() else None


def _of_letters(challenge: Challenge, notices: Mapping[str, Mapping[str, Any]]) -> Iterator[_Line]:
    for key, item in notices.items():
        number, _, officer = key.partition("#")
        about = challenge.events[int(number) - 1]
        letter = f"email about event {int(number)}, to {officer}"
        order = (int(number), 1)
        sent = str(item.get("sent_at", ""))
        if sent and sent != "never":
            at = parse_moment(sent)
            late = at - about.recorded
            waited = f" ({_lasting(late)} after it)" if late >= timedelta(minutes=1) else ""
            yield _Line(at, order, f"{letter}: sent{waited}")
        else:
            fate = "refused permanently" if sent else f"waits, tried {item.get('tries', 0)} times"
            yield _Line(about.recorded, order, f"{letter}: {fate}")
        for news in news_in(dict(item)):
            yield _Line(news.at, order, f"{letter}: {str(news.fate).replace('_', ' ')}")
