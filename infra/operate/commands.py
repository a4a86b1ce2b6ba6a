"""The operator's commands: ``python -m infra.operate``; ``--help`` lists them.

They work on the table and the seals that the environment names, on AWS or on this machine, and
change nothing that people recorded: what they write is the council's directory and calendar, a
practice, and HEAD, which can be made anew from the events at any time. What failed can be given to
its function again.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.audit import differences
from adapters.codec import event_of
from adapters.council_store import CouncilStore, from_csv, to_csv
from adapters.errors import AdapterError, NoSuchChallengeError, NoSuchOfficerError, SettingsError
from adapters.mailroom import taken_on
from adapters.record import Record, news_in
from adapters.settings import environment, read_procedure, shipped_calendar, working_day
from adapters.wiring import practices
from domain.chain import START, verify
from domain.errors import BrokenChainError, ProcedureError
from domain.fold import read
from domain.ladder import Stage
from domain.moments import day_in_words, local_day, moment_in_words, parse_moment
from domain.reference import tidied
from domain.seals import compare
from infra.again import FailedAgainError, redrive, retake
from infra.mail_event import NotFromSesError
from infra.operate.looking import (
    challenge_lines,
    execution_lines,
    is_local,
    list_lines,
    stuck_lines,
    timeline_lines,
)
from infra.operate.verifying import BesideChains, held_against, read_seals
from infra.restore import give_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from types_boto3_dynamodb.service_resource import Table

    from adapters.record import Row
    from domain.council import Council
    from domain.seals import Seals

__all__ = ["main"]

_LOCAL = """\
The environment says which table: TABLE_NAME, which seals it is held against: HEADS_BUCKET, and
the usual variables of AWS (AWS_PROFILE, AWS_REGION, ...); the names are among the stack's outputs.
For the service of `make run` on this machine:

  PYTHONPATH=functions TABLE_NAME=positive-challenge HEADS_BUCKET=positive-challenge-heads \\
    AWS_ENDPOINT_URL=http://127.0.0.1:4566 .venv/bin/python -m infra.operate verify --all

What changes the directory or the calendar reaches every open challenge with the next Sweep: within
minutes. practise wakes them itself, in a training environment alone: it needs STATE_MACHINE_ARN and
WORKING_DAY_SECONDS too, as that environment's functions have them. For `make run`, whose clock may
have been moved, begin a practice on its page instead.
"""
#: What a client must have to speak with the local service, which takes any.
_ANY = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "eu-west-2",
}

#: By whose will a practice was begun or ended, where nobody signed in.
_BY = "an operator"

#: How far the clock of an operator's machine may be behind the service's: what has just been done
#: must not look as if it were still to be done.
_BEHIND = timedelta(minutes=1)

_FAILURES = (
    AdapterError,
    BotoCoreError,
    ClientError,
    FailedAgainError,
    NotFromSesError,
    OSError,
    ProcedureError,
)

_FOUND_WRONG = 1
_COULD_NOT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command. 0: done and well; 1: the record is not as it should be; 2: it failed."""
    asked = _parser().parse_args(arguments)
    try:
        if is_local():
            for name, value in _ANY.items():
                os.environ.setdefault(name, value)
            clock.use(_local_clock)
        table = boto3.resource("dynamodb").Table(environment("TABLE_NAME"))
        result: int = asked.command(_Operator(table), asked)
    except _FAILURES as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return _COULD_NOT
    return result


@cache
def _local_clock() -> datetime:
    """What the local service's clock, which can be moved, showed when it was first asked."""
    answer = boto3.client("dynamodb").list_tables(Limit=1)
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.operate",
        description="Operate the Positive Challenge service.",
        epilog=_LOCAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True)

    one = commands.add_parser(
        "verify",
        help="walk a challenge's chain, hold it against what was sealed of it each night, and name "
        "the first event that does not fit; and what HEAD or a tray says otherwise than the events",
    )
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("reference", nargs="?", type=_reference, help="such as PCE-7K3M-9QXT")
    which.add_argument("--all", action="store_true", help="every challenge, open or closed")
    one.set_defaults(command=_Operator.verify)

    one = commands.add_parser("rebuild-head", help="make HEAD anew from the challenge's events")
    one.add_argument("reference", type=_reference)
    one.set_defaults(command=_Operator.rebuild_head)

    one = commands.add_parser(
        "load-directory", help="load officers.csv, posts.csv and cover.csv of a folder"
    )
    one.add_argument("folder", type=Path)
    one.set_defaults(command=_Operator.load_directory)

    one = commands.add_parser(
        "save-directory", help="write the directory, as it stands, into a folder, to be changed"
    )
    one.add_argument("folder", type=Path)
    one.set_defaults(command=_Operator.save_directory)

    one = commands.add_parser(
        "mails", help="what became of each mail that came in on a day, without a word of it"
    )
    one.add_argument("date", type=_day, help="the local date, such as 2026-12-24")
    one.set_defaults(command=_Operator.mails)

    one = commands.add_parser(
        "give-back", help="give back what a restored table has and the service's own has lost"
    )
    one.add_argument("restored", help="the name of the restored table")
    one.add_argument("--write", action="store_true", help="do it; otherwise it is only listed")
    one.set_defaults(command=_Operator.give_back)

    one = commands.add_parser(
        "retake",
        help="take a mail that failed once more, from MAIL_BUCKET, by INTAKE_FUNCTION",
    )
    one.add_argument("message_id", help="as the command mails lists it")
    one.set_defaults(command=_Operator.retake)

    one = commands.add_parser(
        "redrive", help="give every dead letter of a queue to its function again"
    )
    one.add_argument("queue", help="the queue's address (URL)")
    one.set_defaults(command=_Operator.redrive)

    one = commands.add_parser("proclaim", help="enter a newly proclaimed bank holiday")
    one.add_argument("date", type=_day, help="such as 2026-12-24")
    one.add_argument("name", help='such as "Day of the coronation"')
    one.set_defaults(command=_Operator.proclaim)

    one = commands.add_parser(
        "recount", help="count all open deadlines anew, after a change of the procedure file"
    )
    one.set_defaults(command=_Operator.recount)

    one = commands.add_parser(
        "practise", help="in a training environment: let the clock run fast for a while"
    )
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--minutes", type=int, help="for how long, such as 15")
    which.add_argument("--stop", action="store_true", help="end the practice that goes on")
    one.add_argument(
        "--working-day", type=int, metavar="SECONDS", help="default: WORKING_DAY_SECONDS"
    )
    one.set_defaults(command=_Operator.practise)

    _add_looking(commands)
    return parser


def _add_looking(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that only look."""
    one = commands.add_parser(
        "show", help="say where a challenge stands and why, without the child's details"
    )
    one.add_argument("reference", type=_reference)
    one.set_defaults(command=_Operator.show)

    one = commands.add_parser(
        "list", help="list the open challenges: all, or those that are late, stuck, or of somebody"
    )
    which = one.add_mutually_exclusive_group()
    which.add_argument("--late", action="store_true", help="a deadline has passed, and is unmet")
    which.add_argument(
        "--stuck",
        action="store_true",
        help="they do not wake, or their execution does not run (MACHINE names the state machine)",
    )
    which.add_argument(
        "--person", metavar="OFFICER", help="they raised it, or it waits for them: such as tm-n"
    )
    one.add_argument("--stage", type=_stage, help="QAP, 1, 2, 3 or 4")
    one.set_defaults(command=_Operator.list_open)

    one = commands.add_parser(
        "timeline", help="every leg, event and letter of a challenge in one order, and how late"
    )
    one.add_argument("reference", type=_reference)
    one.set_defaults(command=_Operator.timeline)


def _reference(text: str) -> str:
    reference = tidied(text)
    if reference is None:
        message = f"{text!r} is no reference; they look like PCE-7K3M-9QXT"
        raise argparse.ArgumentTypeError(message)
    return reference


def _stage(text: str) -> Stage:
    try:
        return Stage(text.upper())
    except ValueError as error:
        message = f"{text!r} is no stage; write QAP, 1, 2, 3 or 4"
        raise argparse.ArgumentTypeError(message) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no date; write it as 2026-12-24"
        raise argparse.ArgumentTypeError(message) from error


class _Operator:
    """The commands, on one table. Each answers the exit code."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._record = Record(lambda: table)
        self._council = CouncilStore(lambda: table, read_procedure)

    def verify(self, asked: argparse.Namespace) -> int:
        seals = read_seals()
        beside = BesideChains(seals)
        references = [asked.reference]
        if asked.all:
            # Also what was sealed once, and of which the table knows nothing any more.
            references = sorted({*self._every_reference(beside), *seals.heads})
        else:
            beside.read(self._record.looks(asked.reference))
        wrong, listed, council = 0, 0, self._council.current()
        for reference in references:
            try:
                count = self._verified(reference, seals)
            except BrokenChainError as error:
                wrong += 1
                print(f"{reference}: {error}")
                continue
            if not asked.all:
                print(f"{reference}: all {count} events fit.")
            if self._tell_differences(reference, council):
                listed += 1
        if asked.all:
            print(f"{len(references)} challenges walked, {wrong} with an event that does not fit.")
            print(f"{listed} with a HEAD or a tray that says otherwise than the events.")
        wrong += listed
        for reference, what in beside.wrong(None if asked.all else asked.reference):
            wrong += 1
            print(f"{reference}: {what}")
        for fault in seals.faults:
            wrong += 1
            print(fault)
        print(held_against(seals))
        return _FOUND_WRONG if wrong else 0

    def rebuild_head(self, asked: argparse.Namespace) -> int:
        if not self._record.links(asked.reference):
            raise NoSuchChallengeError(asked.reference)
        made = self._record.rebuild_head(asked.reference, clock.now(), self._council.current())
        print(
            f"{asked.reference}: HEAD is made anew, at event {made.head.version}, leg "
            f"{made.head.leg}. Sweep wakes it within minutes."
        )
        return 0

    def load_directory(self, asked: argparse.Namespace) -> int:
        directory = from_csv(asked.folder)
        change = self._council.load_directory(directory)
        print(
            f"Loaded {len(directory.officers)} officers, {len(directory.posts)} posts and "
            f"{len(directory.cover)} covers, as change {change}."
        )
        return 0

    def save_directory(self, asked: argparse.Namespace) -> int:
        asked.folder.mkdir(parents=True, exist_ok=True)
        to_csv(self._council.current().directory, asked.folder)
        print(
            f"Wrote officers.csv, posts.csv and cover.csv into {asked.folder}. Change them there, "
            "and load them with load-directory."
        )
        return 0

    def mails(self, asked: argparse.Namespace) -> int:
        noted = self._record.all_kept(taken_on(asked.date))
        for one in noted:
            moment = moment_in_words(parse_moment(str(one["SK"]).partition("#")[0]))
            names = ("reference", "officer", "failed", "locked")
            about = [str(one[name]) for name in names if name in one]
            details = f" ({', '.join(about)})" if about else ""
            print(f"{moment}: {one['message_id']}: {one['became']}{details}")
        print(f"{len(noted)} mails on {day_in_words(asked.date)}.")
        return 0

    def give_back(self, asked: argparse.Namespace) -> int:
        restored = boto3.resource("dynamodb").Table(asked.restored)
        count = 0
        council = self._council.current()
        for line in give_back(restored, self._table, self._record, council, write=asked.write):
            count += 1
            print(line)
        done = "given back" if asked.write else "to be given back; with --write they are"
        print(f"{count} items {done}.")
        return 0

    def retake(self, asked: argparse.Namespace) -> int:
        print(f"{asked.message_id}: {retake(self._record, asked.message_id)}")
        return 0

    def redrive(self, asked: argparse.Namespace) -> int:
        count = 0
        for line in redrive(asked.queue):
            count += 1
            print(line)
        print(f"{count} dead letters. Any that fails again comes back within minutes.")
        return 0

    def proclaim(self, asked: argparse.Namespace) -> int:
        # Raises where the year's bank holidays are not known, or the day is not worked anyway.
        if not shipped_calendar(read_procedure()).is_working_day(asked.date):
            print(f"{day_in_words(asked.date)} is no working day already. Nothing was changed.")
            return 0
        change = self._council.proclaim(asked.date, asked.name)
        print(f"{day_in_words(asked.date)} is {asked.name}, as change {change}.")
        return 0

    def recount(self, _asked: argparse.Namespace) -> int:
        change = self._council.recount()
        print(f"Every open deadline is counted anew by the next Sweep, as change {change}.")
        return 0

    def practise(self, asked: argparse.Namespace) -> int:
        usual = working_day()
        if usual is None:
            message = (
                "Only a training environment can practise: one whose functions were deployed with "
                "WORKING_DAY_SECONDS. Set it here as it is set there. Nothing was changed."
            )
            raise SettingsError(message)
        environment("STATE_MACHINE_ARN")  # raises before anything is written
        if asked.stop:
            ended = practices().end(clock.wall(), _BY)
            print(
                f"The practice ends now. The clock goes on from {moment_in_words(ended.ends_at)}."
            )
            return 0
        lasts, day = timedelta(minutes=asked.minutes), asked.working_day
        length = usual if day is None else timedelta(seconds=day)
        begun = practices().begin(lasts, length, clock.wall(), _BY)
        print(
            f"A working day lasts {length.seconds} seconds until {moment_in_words(begun.until)}. "
            f"The clock runs from {moment_in_words(begun.shows)} to "
            f"{moment_in_words(begun.ends_at)}."
        )
        return 0

    def show(self, asked: argparse.Namespace) -> int:
        version = self._record.load(asked.reference)
        for line in challenge_lines(version.challenge, self._council.current()):
            print(line)
        if letters := list(self._letters_amiss(asked.reference)):
            print("\nLetters that did not go well:")
            print("\n".join(letters))
        print()
        for line in execution_lines(version):
            print(line)
        return 0

    def list_open(self, asked: argparse.Namespace) -> int:
        if asked.stuck:
            lines = stuck_lines(self._record)
        else:
            rows = self._of_person(asked.person) if asked.person else self._record.every_open()
            lines = list_lines(
                rows, clock.now(), self._council.current(), late=asked.late, stage=asked.stage
            )
        for line in lines:
            print(line)
        return 0

    def timeline(self, asked: argparse.Namespace) -> int:
        version = self._record.load(asked.reference)
        notices = self._record.known_notices(asked.reference, 0)
        for line in timeline_lines(version, notices, self._council.current()):
            print(line)
        return 0

    def _of_person(self, officer: str) -> Iterator[Row]:
        """What waits for somebody, and what they raised.

        Raises ``NoSuchOfficerError``.
        """
        directory = self._council.current().directory
        if officer not in directory.officers:
            raise NoSuchOfficerError(officer)
        yield from self._record.of_iro(officer)
        for tray in directory.trays(officer, local_day(clock.now())):
            yield from self._record.in_tray(tray)

    def _letters_amiss(self, reference: str) -> Iterator[str]:
        """The letters that were refused, wait to be tried again, or of which SES had news."""
        for key, item in self._record.known_notices(reference, 0).items():
            number, _, officer = key.partition("#")
            letter = f"  about event {int(number)}, to {officer}"
            if "failure" in item and "message_id" not in item:
                never = item.get("sent_at") == "never"
                what = "refused for good" if never else f"tried again after {item['lease']}"
                yield f"{letter}: {item['failure']}, {what}"
            for news in news_in(item):
                fate = news.fate.replace("_", " ")
                yield f"{letter}: {fate}, {moment_in_words(news.at)} ({news.said})"

    def _verified(self, reference: str, seals: Seals) -> int:
        """Walk one chain, hold it against its seals, and compare HEAD; the number of its events.

        Raises ``BrokenChainError`` for the first that does not fit, that was sealed otherwise, or
        that HEAD knows and the chain lacks; ``NoSuchChallengeError`` where there never was one.
        """
        links = self._record.links(reference)
        last_hash = verify(links) if links else START
        sealed = seals.heads.get(reference, ())
        compare(sealed, {link.number: link.hash for link in links})
        try:
            head, _ = self._record.head(reference)
        except NoSuchChallengeError:
            if not links:
                raise
            what = "there is no HEAD. Run the command rebuild-head."
            raise BrokenChainError(len(links), what) from None
        if head.version > len(links):
            what = f"it is missing; HEAD knows of {head.version}."
            raise BrokenChainError(len(links) + 1, what)
        if head.version < len(links) or head.last_hash != last_hash:
            what = "HEAD does not know of it. Run the command rebuild-head."
            raise BrokenChainError(min(head.version + 1, len(links)), what)
        read(reference, [event_of(link.text) for link in links])
        return len(links)

    def _tell_differences(self, reference: str, council: Council) -> bool:
        """Say what HEAD and the trays hold otherwise than the events; whether there was any."""
        kept = self._record.as_kept(reference)
        now = clock.now() + _BEHIND
        found = list(differences(reference, kept, council, self._record.applied(), now))
        for what in found:
            print(f"{reference}: {what} See *not as recorded* in the runbook.")
        return bool(found)

    def _every_reference(self, beside: BesideChains) -> list[str]:
        """The references of all challenges, also of one whose HEAD or first event is lost.

        On the way ``beside`` reads all looks and links.
        """
        names = ("PK", "SK", "hash", "officer", "via", "reference", "request", "made_at")
        found: set[str] = set()
        start: dict[str, Any] = {
            "ProjectionExpression": ", ".join(f"#{name}" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
        }
        while True:
            answer = self._table.scan(**start)
            beside.read(answer["Items"])
            keys = (str(item["PK"]).partition("#") for item in answer["Items"])
            found |= {reference for kind, _, reference in keys if kind == "CHALLENGE"}
            if "LastEvaluatedKey" not in answer:
                return sorted(found)
            start["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
