"""The service in the emulator, under a clock that jumps: what the workflow tests use."""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.mailroom import KEYS
from adapters.settings import read_procedure
from domain.events import Actor
from domain.form import Child, Concern
from domain.ladder import Stage
from domain.rules.endings import ActionEnd, ActionFate, ChildTold, Close
from domain.rules.entry import Raised
from domain.rules.filing import PlaceOnFile, to_place
from domain.rules.posts import SayNotMine
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Capacity, Outcome
from infra.blueprint import ROOT
from infra.local.emulator import MAIL_BUCKET
from infra.local.mail_in import ses_event
from infra.local.outbox import comes_back
from tests.roles import as_nobody, writes_are_watched
from tests.workflow.kept import Memory, as_new

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO

    import pytest

    from domain.challenge import Challenge
    from domain.part import Command
    from infra.local.emulator import Emulator
    from infra.local.outbox import SentMail

SAMPLE_DIRECTORY = ROOT / "infra" / "local" / "directory"
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
URL = "https://challenge.example"
INTAKE = "challenges@council.example"

#: The officers asked at each stage about a child of the North Team.
RESPONDERS = {
    Stage.QAP: "tm-n",
    Stage.ONE: "tm-n",
    Stage.TWO: "csm",
    Stage.THREE: "hos",
    Stage.FOUR: "ad",
}

#: None of this may appear in an email, a log line or an execution. The initials have dots because
#: a random reference, id or token never has one: it could hold two letters by chance.
CHILD = Child("CASE-98431", "Q.Z.", "Quillon Zephyrine", date(2013, 4, 5), "North Team")
CONCERN = Concern("placement", "Marigoldwrongtext", "Marigoldwantedtext", date(2027, 1, 4))

#: The functions: each has a logger of its own.
_LOGGING = (
    *("advice", "api", "audit", "daily", "decide", "delivery", "documents"),
    *("intake", "operate", "pages", "seal", "sweep"),
)


@dataclass
class Service:
    """The running service, and the sentences that tests say to it."""

    emulator: Emulator
    machine: str
    memory: Memory | None = None

    @property
    def now(self) -> datetime:
        """Return the real time: also the service's own, except in a training run."""
        return self.emulator.clock.now()

    def raise_at(
        self,
        stage: Stage,
        *,
        once: str | None = None,
        procedure: str = "1",
        concerns: tuple[Concern, ...] = (CONCERN,),
        **form_says: object,
    ) -> str:
        """Let the IRO raise a challenge. Return its reference when all has settled.

        ``form_says`` are other fields of the form.
        """
        reason = "The placement ends next week." if stage.formal else ""
        raised = Raised(
            CHILD,
            "iro-1",
            "sw-north-1",
            stage,
            reason,
            concerns,
            "Marigoldtriedtext",
            "Marigoldviewstext",
            procedure,
        )
        raised = replace(raised, **form_says)  # type: ignore[arg-type]  # the names are the fields'

        def raises() -> str:
            actor, id_ = self.actor("iro-1"), once or str(uuid4())
            reference = wiring.casebook().raise_challenge(raised, actor, id_).reference
            self.emulator.clock.settle()
            return reference

        return self._once(f"{raised} {once}", raises)

    def actor(self, officer: str, via: str = "page") -> Actor:
        """Return an officer of the sample directory, acting."""
        person = wiring.casebook().council().directory.officers[officer]
        return Actor(officer, person.name, "in a test", via)

    def act(
        self,
        reference: str,
        officer: str,
        command: Command,
        *,
        command_id: str | None = None,
        received: datetime | None = None,
    ) -> Challenge:
        """Let ``officer`` do ``command``. Return the challenge when all has settled."""

        def acts() -> str:
            actor, id_ = self.actor(officer), command_id or str(uuid4())
            wiring.casebook().act(reference, command, actor, id_, received=received)
            self.emulator.clock.settle()
            return reference

        return self.challenge(
            self._once(f"{reference} {officer} {command} {command_id} {received}", acts)
        )

    @contextmanager
    def in_another_container(self) -> Iterator[None]:
        """Act within a function's call as other containers do, which share nothing with it.

        On this machine functions take turns, and theirs would never come.
        """
        turn = self.emulator._functions._one_at_a_time
        turn.release()
        try:
            with as_nobody():
                yield
        finally:
            turn.acquire()

    def _once(self, what: str, do: Callable[[], str]) -> str:
        return self.memory.once(what, do) if self.memory else do()

    def reply(self, reference: str, officer: str, answer: Answer = Answer.RESOLVED) -> Challenge:
        """Return a plain reply to the present request."""
        number = self.challenge(reference).request.number
        return self.act(reference, officer, Reply(number, answer, "In a test."))

    def not_mine(self, reference: str, officer: str) -> Challenge:
        """Let the responder say that it is not theirs."""
        number = self.challenge(reference).request.number
        return self.act(reference, officer, SayNotMine(number, "Ask the South Team."))

    def withdraw(self, reference: str) -> Challenge:
        """Let the IRO withdraw it, and drop its open actions."""
        ends = tuple(
            ActionEnd(action.number, ActionFate.DROPPED, "In a test.")
            for action in self.challenge(reference).open_actions
        )
        command = Close(Outcome.WITHDRAWN, "In a test.", ChildTold.NO, "They never knew.", ends)
        return self.act(reference, "iro-1", command)

    def place_on_file(self, reference: str) -> Challenge:
        """Let the IRO and the SRSM place on the child's file what they are asked to (rule 20)."""
        challenge = self.challenge(reference)
        for question in to_place(challenge):
            officer = challenge.iro if question.whose is Capacity.IRO else "srsm"
            self.act(reference, officer, PlaceOnFile())
        return self.challenge(reference)

    def challenge(self, reference: str) -> Challenge:
        """Return the challenge as in its record now, chain verified."""
        return wiring.casebook().record.chain.load(reference).challenge

    def kinds(self, reference: str) -> list[str]:
        """Return the kinds of its events, in order."""
        return [type(event.fact).__name__ for event in self.challenge(reference).events]

    def jump(self, to: datetime | timedelta) -> None:
        """Move the clock; everything on the way happens in order."""
        self.emulator.clock.move_to(to if isinstance(to, datetime) else self.now + to)

    def jump_past(self, moment: datetime) -> None:
        """Move the clock two minutes past ``moment``: past its lapse."""
        self.jump(moment + timedelta(minutes=2))

    def mails(self, to: str | None = None) -> list[Any]:
        """Return the emails sent so far, oldest first, to everyone or to one officer."""
        mails = list(reversed(self.emulator.outbox.mails()))
        if to is None:
            return mails
        address = wiring.casebook().council().directory.officers[to].email
        return [mail for mail in mails if address in str(mail.to)]

    def news(self, officer: str) -> list[str]:
        """Return what an officer's daily emails have to tell, from the first day on, in order."""
        mornings = (MONDAY.date() + timedelta(days=n) for n in range((self.now - MONDAY).days + 6))
        lines = (line for morning in mornings for line in wiring.casebook().record.news.of(morning))
        return [line.line for line in lines if officer in line.officers]

    def receive(self, raw: bytes, *, message_id: str = "", **verdicts: str) -> str:
        """Receive an email with SES's ``verdicts`` (default: PASS). Return what happened to it."""
        id_ = message_id or uuid4().hex
        boto3.client("s3").put_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}{id_}", Body=raw)
        event = ses_event(
            raw, message_id=id_, sender="envelope@example.org", recipients=[INTAKE], now=self.now
        )
        receipt = event["Records"][0]["ses"]["receipt"]
        receipt |= {f"{name}Verdict": {"status": status} for name, status in verdicts.items()}
        answer = self.emulator.invoke("intake", event)
        self.emulator.clock.settle()
        (mail,) = answer["mails"]
        return str(mail["became"])

    def comes_back(self, mail: SentMail, **how: str) -> str:
        """Let an email bounce. Return which email that was taken for."""
        answer = self.emulator.invoke("delivery", comes_back(mail, self.now, **how))
        self.emulator.clock.settle()
        return str(answer["letter"])

    def open_challenges(self) -> list[str]:
        """Return the references of all open challenges."""
        return [row.reference for row in wiring.casebook().record.lists.every_open()]

    def executions(self, reference: str) -> list[dict[str, Any]]:
        """Return its executions, each with name, status and history, by leg."""
        client = boto3.client("stepfunctions")
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        found = [{**e} for page in pages for e in page["executions"] if reference in e["name"]]
        return sorted(found, key=lambda e: int(e["name"].rpartition("_")[2]))

    def history(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the events of an execution's history."""
        client = boto3.client("stepfunctions")
        pages = client.get_paginator("get_execution_history").paginate(
            executionArn=execution["executionArn"]
        )
        return [{**event} for page in pages for event in page["events"]]

    def transitions(self, reference: str) -> int:
        """Return how many states were entered for it, over all its legs."""
        return sum(
            event["type"].endswith("StateEntered")
            for execution in self.executions(reference)
            for event in self.history(execution)
        )

    def rung(self, reference: str) -> str:
        """Return the state in which its running execution waits: what an operator sees lit."""
        (running,) = [e for e in self.executions(reference) if e["status"] == "RUNNING"]
        entered = [e for e in self.history(running) if e["type"].endswith("StateEntered")]
        return str(entered[-1]["stateEnteredEventDetails"]["name"])

    def everything_operators_see(self) -> str:
        """Return every execution's name, input, output and history, as text."""
        client = boto3.client("stepfunctions")
        text: list[object] = []
        for execution in client.list_executions(stateMachineArn=self.machine)["executions"]:
            arn = execution["executionArn"]
            text += [client.describe_execution(executionArn=arn), self.history({**execution})]
        return json.dumps(text, default=str)


def write_logs_to(stream: TextIO, patch: pytest.MonkeyPatch) -> None:
    """Let every function write its log lines to ``stream``, whenever it was first imported.

    A logger keeps the ``sys.stdout`` of the first import. Under ``capsys`` that belongs to one
    test, and no other test would see the log lines.
    """
    for name in _LOGGING:
        handler = importlib.import_module(f"handlers.{name}")._log.registered_handler
        handler.stream = sys.__stdout__  # afterwards: what pytest gave to one test is closed
        patch.setattr(handler, "stream", stream)


@contextmanager
def running(
    tmp_path: Path,
    *,
    start_at: datetime = MONDAY,
    procedure: str = "",
    working_day: str = "",
    remembers: bool = False,
) -> Iterator[Service]:
    """Run the service with the sample directory; ``procedure`` is TOML for the council's settings.

    With a ``working_day`` in seconds it is a training environment. One that ``remembers`` is for
    tests of what comes after: what another test first did in the same way is put back, not done
    again (``kept.Memory``).
    """
    file = tmp_path / "procedure.toml"
    file.write_text(procedure)
    environment = {
        "PUBLIC_URL": URL,
        "COUNCIL_NAME": "Sampleshire Council",
        "OIDC_ISSUER": "https://sign-in.example",
        "OIDC_CLIENT_ID": "test",
        "INTAKE_ADDRESS": INTAKE,
        "API_AUDIENCE": "challenges",
        "API_CLIENTS": "forms-platform",
        "CASE_SYSTEM_CLIENTS": "case-system",
        "PROCEDURE_FILE": str(file),
        "WORKING_DAY_SECONDS": working_day,
    }
    with (
        as_new(environment, start_at, _load_the_sample_directory) as emulator,
        writes_are_watched(trains=bool(working_day)),
    ):
        memory = Memory(emulator, (procedure, working_day)) if remembers else None
        yield Service(emulator, emulator.state_machine_arn, memory)


def _load_the_sample_directory() -> None:
    table = boto3.resource("dynamodb").Table("positive-challenge")
    CouncilStore(lambda: table, read_procedure).load_directory(from_csv(SAMPLE_DIRECTORY))
