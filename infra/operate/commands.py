"""The operator's commands: ``python -m infra.operate``; ``--help`` lists them.

Commands that read, and those that make other functions act, are answered by the service's own desk
(``adapters.operating.desk``). If ``OPERATE_FUNCTION`` names the ``operate`` function, that function
answers and the caller needs no other right; otherwise they run here, on the table and the seals
named in the environment. The other commands change things that are not on the record (the
council's directory and calendar, a training run, and HEAD, which can be rebuilt from the events at
any time) and always run here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv, to_csv
from adapters.directory_preview import lines_of
from adapters.errors import AdapterError, NoSuchChallengeError, SettingsError
from adapters.operating.asked import read_day, read_question, read_reference, read_stage
from adapters.operating.desk import COULD_NOT, Clients, Desk
from adapters.operating.looking import is_local
from adapters.record import Record
from adapters.settings import environment, read_procedure, shipped_calendar, working_day
from adapters.wiring import training_runs, waiting_client
from domain.directory_changes import changes
from domain.errors import ProcedureError
from domain.moments import day_in_words, local_day, moment_in_words
from infra.blueprint import OPERATE
from infra.mail_event import NotFromSesError
from infra.restore import give_back
from infra.retake import FailedAgainError, retake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from types_boto3_dynamodb.service_resource import Table

__all__ = ["main"]

_LOCAL = """\
If OPERATE_FUNCTION names the service's operate function, that function answers the commands that
only read, and redrive, sweep and wake: you only need the right to call it. Without it, and for all
other commands, set TABLE_NAME (the table) and HEADS_BUCKET (the seals to check it against). Both
ways use the usual variables of AWS (AWS_PROFILE, AWS_REGION, ...); the names are among the stack's
outputs. For the service of `make run` on this machine:

  PYTHONPATH=functions TABLE_NAME=positive-challenge HEADS_BUCKET=positive-challenge-heads \\
    AWS_ENDPOINT_URL=http://127.0.0.1:4566 .venv/bin/python -m infra.operate verify --all

A change to the directory or the calendar reaches every open challenge with the next Sweep, within
minutes. training-run wakes them itself and works only in a training environment: it also needs
STATE_MACHINE_ARN and WORKING_DAY_SECONDS, with the values that environment's functions have. For
`make run`, whose clock may have been moved, start a training run on its page instead.
"""
#: A client needs some credentials; the local service accepts any.
_ANY = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "eu-west-2",
}

#: Who began or ended a training run from the command line, where nobody signs in.
_BY = "an operator"

_WHO = "Your role may not do this. See docs/operations.md#who-does-what for the role that may."

#: The arguments of a question, by the same names in the command line and in the request.
_QUESTION = ("reference", "all", "after", "late", "stuck", "person", "stage", "date")

_FAILURES = (
    AdapterError,
    BotoCoreError,
    ClientError,
    FailedAgainError,
    NotFromSesError,
    OSError,
    ProcedureError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Return 0 if all is well, 1 if the record is wrong, 2 if it failed."""
    asked = _parser().parse_args(arguments)
    try:
        if is_local():
            for name, value in _ANY.items():
                os.environ.setdefault(name, value)
            clock.use(_local_clock)
        if asked.command is None:
            function = asked.through_function or os.environ.get("OPERATE_FUNCTION", "")
            said = _by_function(function, asked) if function else _here(asked)
            return _told(said, as_json=asked.json)
        table = boto3.resource("dynamodb").Table(environment("TABLE_NAME"))
        result: int = asked.command(_Operator(table), asked)
    except _FAILURES as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        if isinstance(error, ClientError) and "AccessDenied" in error.response["Error"]["Code"]:
            print(_WHO, file=sys.stderr)
        return COULD_NOT
    return result


def _question(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the command line as the request the function expects."""
    given = {name: getattr(asked, name, None) for name in _QUESTION}
    return {
        "command": asked.question,
        **{name: v if v is True else str(v) for name, v in given.items() if v},
    }


def _here(asked: argparse.Namespace) -> Mapping[str, Any]:
    """Ask the desk on this machine."""
    table = boto3.resource("dynamodb").Table(environment("TABLE_NAME"))
    council = CouncilStore(lambda: table, read_procedure)
    clients = Clients(
        s3=lambda: boto3.client("s3"),
        stepfunctions=lambda: boto3.client("stepfunctions"),
        sqs=lambda: boto3.client("sqs"),
        sns=lambda: boto3.client("sns"),
        lambda_=lambda: boto3.client("lambda"),
        kms=lambda: boto3.client("kms"),
        waits=waiting_client,
    )
    desk = Desk(lambda: table, Record(lambda: table), council, clients)
    answer = desk.answer(read_question(_question(asked)))
    return {"code": answer.code, "lines": answer.lines, "data": answer.data}


def _by_function(function: str, asked: argparse.Namespace) -> Mapping[str, Any]:
    """Ask the ``operate`` function. Raise ``FailedAgainError`` if it failed."""
    patient = Config(read_timeout=OPERATE.timeout_seconds + 10, retries={"total_max_attempts": 1})
    by = boto3.client("sts").get_caller_identity()["Arn"]
    answer = boto3.client("lambda", config=patient).invoke(
        FunctionName=function, Payload=json.dumps({**_question(asked), "by": by})
    )
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        message = f"The function {function} failed: {said['errorMessage']}"
        raise FailedAgainError(message)
    return said


def _told(said: Mapping[str, Any], *, as_json: bool) -> int:
    """Print an answer. Return its exit code."""
    if said.get("error"):
        print(said["error"], file=sys.stderr)
    elif as_json:
        print(json.dumps(said["data"], indent=2, default=str))
    else:
        for line in said["lines"]:
            print(line)
    return int(said["code"])


@cache
def _local_clock() -> datetime:
    """Return the time of the local service's clock, which can be moved, when first asked."""
    answer = boto3.client("dynamodb").list_tables(Limit=1)
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.operate",
        description="Operate the Positive Challenge service.",
        epilog=_LOCAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=None)
    parser.add_argument(
        "--through-function",
        metavar="NAME",
        help="call this function of the service, for commands it can answer; default: "
        "OPERATE_FUNCTION",
    )
    parser.add_argument(
        "--json", action="store_true", help="answer as JSON (reading commands only)"
    )
    commands = parser.add_subparsers(title="commands", required=True)

    one = commands.add_parser("rebuild-head", help="rebuild HEAD from the challenge's events")
    one.add_argument("reference", type=_typed(read_reference))
    one.set_defaults(command=_Operator.rebuild_head)

    one = commands.add_parser(
        "load-directory", help="load officers.csv, posts.csv and cover.csv from a folder"
    )
    one.add_argument("folder", type=Path)
    one.add_argument(
        "--dry-run", action="store_true", help="show what would change, and load nothing"
    )
    one.set_defaults(command=_Operator.load_directory)

    one = commands.add_parser(
        "save-directory", help="write the current directory into a folder, so that you can edit it"
    )
    one.add_argument("folder", type=Path)
    one.set_defaults(command=_Operator.save_directory)

    one = commands.add_parser(
        "give-back", help="copy back from a restored table what the service's table has lost"
    )
    one.add_argument("restored", help="the name of the restored table")
    one.add_argument(
        "--write", action="store_true", help="copy the items; otherwise only list them"
    )
    one.set_defaults(command=_Operator.give_back)

    one = commands.add_parser(
        "retake",
        help="process a failed email again, from MAIL_BUCKET, with INTAKE_FUNCTION",
    )
    one.add_argument("message_id", help="the id that the command mails lists")
    one.set_defaults(command=_Operator.retake)

    one = commands.add_parser("proclaim", help="add a newly proclaimed bank holiday")
    one.add_argument("date", type=_typed(read_day), help="such as 2026-12-24")
    one.add_argument("name", help='such as "Day of the coronation"')
    one.set_defaults(command=_Operator.proclaim)

    one = commands.add_parser(
        "recount", help="count all open deadlines again after a change to the procedure file"
    )
    one.set_defaults(command=_Operator.recount)

    one = commands.add_parser(
        "training-run", help="in a training environment: make the clock run fast for a while"
    )
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--minutes", type=int, help="how long, for example 15")
    which.add_argument("--stop", action="store_true", help="end the current training run")
    one.add_argument(
        "--working-day", type=int, metavar="SECONDS", help="default: WORKING_DAY_SECONDS"
    )
    one.set_defaults(command=_Operator.training_run)

    _add_questions(commands)
    return parser


def _add_questions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that the service's own desk answers."""

    def add(name: str, what: str, *, about_one: bool = False) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=what)
        one.set_defaults(question=name)
        if about_one:
            one.add_argument("reference", type=_typed(read_reference))
        return one

    add(
        "show",
        "show a challenge's current stage and why, without the child's details",
        about_one=True,
    )
    one = add("list", "list open challenges: all, or those late, stuck, or of one officer")
    which = one.add_mutually_exclusive_group()
    which.add_argument("--late", action="store_true", help="a deadline was missed")
    which.add_argument(
        "--stuck",
        action="store_true",
        help="not woken, or without a running execution (MACHINE names the state machine)",
    )
    which.add_argument(
        "--person", metavar="OFFICER", help="this officer raised it or has to act, such as tm-n"
    )
    one.add_argument("--stage", type=_typed(read_stage), help="QAP, 1, 2, 3 or 4")
    add(
        "timeline",
        "list every leg, event and email of a challenge in order, and how late each was",
        about_one=True,
    )
    one = add(
        "verify",
        "check a challenge's chain against its nightly seals and name the first event that does "
        "not fit; also name what HEAD or a tray says that differs from the events",
    )
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "reference", nargs="?", type=_typed(read_reference), help="such as PCE-7K3M-9QXT"
    )
    which.add_argument("--all", action="store_true", help="every challenge, open or closed")
    one.add_argument("--after", help="with --all: continue where an earlier answer stopped")
    one = add("mails", "list what happened to each email received on a day, without its content")
    one.add_argument("date", type=_typed(read_day), help="the local date, such as 2026-12-24")
    add("dead-letters", "list what failed and will not be retried, and for whom (DEAD_LETTERS)")
    add("redrive", "send every dead letter to its function again (DEAD_LETTERS names the queue)")
    one = add("sweep", "start a Sweep now and say what it did (SWEEP_FUNCTION)")
    one.add_argument("--all", action="store_true", help="wake every open challenge again")
    one.add_argument("--after", help="with --all: continue where an earlier answer stopped")
    add("wake", "start a new leg for one challenge, whatever it waits for", about_one=True)
    add("fingerprint", "show the fingerprint of the key that signs exports (SIGNING_KEY)")


def _typed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return ``read`` with its errors as argparse prints them."""

    def typed(text: str) -> Any:  # noqa: ANN401 - whatever it reads
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return typed


class _Operator:
    """The commands that change something here, on one table. Each returns the exit code."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._record = Record(lambda: table)
        self._council = CouncilStore(lambda: table, read_procedure)

    def rebuild_head(self, asked: argparse.Namespace) -> int:
        if not self._record.chain.links(asked.reference):
            raise NoSuchChallengeError(asked.reference)
        made = self._record.legs.rebuild_head(asked.reference, clock.now(), self._council.current())
        print(
            f"{asked.reference}: HEAD is rebuilt, at event {made.head.version}, leg "
            f"{made.head.leg}. Sweep wakes it within minutes."
        )
        return 0

    def load_directory(self, asked: argparse.Namespace) -> int:
        before = self._council.current()
        today = local_day(clock.now())
        directory = from_csv(asked.folder, before.directory.cover, today)
        found = changes(before.directory, directory, today)
        for line in lines_of(found, self._record):
            print(line)
        if asked.dry_run:
            print("Nothing was loaded: this was a dry run.")
            return 0
        change = self._council.load_directory(directory, after=before.change, said=found.in_words)
        print(
            f"Loaded {len(directory.officers)} officers, {len(directory.posts)} posts and "
            f"{len(directory.cover)} covers, as change {change}."
        )
        return 0

    def save_directory(self, asked: argparse.Namespace) -> int:
        asked.folder.mkdir(parents=True, exist_ok=True)
        to_csv(self._council.current().directory, asked.folder)
        print(
            f"Wrote officers.csv, posts.csv and cover.csv into {asked.folder}. Edit them there, "
            "then load them with load-directory."
        )
        return 0

    def give_back(self, asked: argparse.Namespace) -> int:
        restored = boto3.resource("dynamodb").Table(asked.restored)
        count = 0
        council = self._council.current()
        for line in give_back(restored, self._table, self._record, council, write=asked.write):
            count += 1
            print(line)
        done = "copied back" if asked.write else "to copy back. Add --write to copy them"
        print(f"{count} items {done}.")
        return 0

    def retake(self, asked: argparse.Namespace) -> int:
        print(f"{asked.message_id}: {retake(self._record, asked.message_id)}")
        return 0

    def proclaim(self, asked: argparse.Namespace) -> int:
        # Raises if the bank holidays of that year are unknown.
        if not shipped_calendar(read_procedure()).is_working_day(asked.date):
            print(f"{day_in_words(asked.date)} is already not a working day. Nothing was changed.")
            return 0
        change = self._council.proclaim(asked.date, asked.name)
        print(f"{day_in_words(asked.date)} is {asked.name}, as change {change}.")
        return 0

    def recount(self, _asked: argparse.Namespace) -> int:
        change = self._council.recount()
        print(f"The next Sweep counts every open deadline again, as change {change}.")
        return 0

    def training_run(self, asked: argparse.Namespace) -> int:
        usual = working_day()
        if usual is None:
            message = (
                "Only a training environment has training runs: one deployed with "
                "WORKING_DAY_SECONDS. Set it here to the same value. Nothing was changed."
            )
            raise SettingsError(message)
        environment("STATE_MACHINE_ARN")  # raises before anything is written
        if asked.stop:
            ended = training_runs().end(clock.wall(), _BY)
            print(
                "The training run ends now. The clock continues from "
                f"{moment_in_words(ended.ends_at)}."
            )
            return 0
        lasts, day = timedelta(minutes=asked.minutes), asked.working_day
        length = usual if day is None else timedelta(seconds=day)
        begun = training_runs().begin(lasts, length, clock.wall(), _BY)
        print(
            f"A working day lasts {length.seconds} seconds until {moment_in_words(begun.until)}. "
            f"The clock runs from {moment_in_words(begun.shows)} to "
            f"{moment_in_words(begun.ends_at)}."
        )
        return 0
