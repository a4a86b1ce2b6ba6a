"""The made-up council whose service is rehearsed: its people, its programs, its emails.

Everything uses the doors that a council's own people use: pages and interface over HTTPS at the
council's address, email as SES hands it on, and the operator's commands. It reads the table, the
executions and the sent emails only to look at results.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import requests
import urllib3
from requests.adapters import HTTPAdapter

from adapters import clock
from adapters.mailroom import KEYS
from adapters.record import Record
from infra.blueprint import API_PATH, INTAKE
from infra.local.mail_in import ses_event
from infra.local.provider import PROGRAM, Program
from tests.patience import LIMIT
from tests.rehearsal.deployment import COUNCIL, COUNCILS_HOST
from tests.rehearsal.emulator import HOST
from tests.service.running import IRA, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from domain.challenge import Challenge
    from infra.blueprint import Function
    from infra.local.provider import Provider
    from tests.rehearsal.deployment import Deployment

__all__ = ["Council", "InvocationError", "NotYetError"]

Found = TypeVar("Found")


class NotYetError(AssertionError):
    """What was waited for has not happened. The message says what it was."""


class InvocationError(Exception):
    """A function failed. The message is what it said."""


class _ByLoopback(HTTPAdapter):
    """Sends requests for the council's address to the emulator, as the council's DNS would."""

    def __init__(self, port: int, trusted: str) -> None:
        super().__init__()
        self._pool = urllib3.HTTPSConnectionPool(
            HOST,
            port,
            ca_certs=trusted,
            server_hostname=COUNCILS_HOST,
            assert_hostname=COUNCILS_HOST,
        )

    def get_connection_with_tls_context(self, *_args: object, **_kwargs: object) -> Any:  # noqa: ANN401 - requests' own
        return self._pool

    def add_headers(self, request: requests.PreparedRequest, **_kwargs: object) -> None:
        """Add the address's name: otherwise the request would name the loopback address."""
        request.headers["Host"] = COUNCILS_HOST


@dataclass
class Council:
    """The deployed service, and the sentences that scenes say to it.

    ``desk`` is a folder where an operator may leave files; ``notes`` are printed beside the scene's
    name.
    """

    deployment: Deployment
    provider: Provider
    desk: Path
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the address of the pages, as officers know it."""
        return COUNCIL["public_url"]

    def connections(self) -> requests.Session:
        """Return new connections, without cookies."""
        emulator = self.deployment.emulator
        session = requests.Session()
        session.verify = str(emulator.trusted)
        session.trust_env = False  # no proxy is between this machine and itself
        session.mount(self.url, _ByLoopback(emulator.port, str(emulator.trusted)))
        return session

    @cached_property
    def ira(self) -> Client:
        """Return the IRO, signed in."""
        return Client(self, IRA)

    def token(self, program: Program = PROGRAM) -> str:
        """Return an access token for a program of the council, by client credentials."""
        answer = self.connections().post(
            self.provider.token_endpoint,
            data={"grant_type": "client_credentials"},
            auth=(program.client_id, program.client_secret),
            timeout=LIMIT,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def of_record(self, path: str, token: str, placed: int = 0) -> requests.Response:
        """Take a record as the case system, or say up to which event it is ``placed``."""
        return self.connections().request(
            "POST" if placed else "GET",
            f"{self.url}{API_PATH}/challenges/{path}",
            json={"up_to": placed} if placed else None,
            headers={"Authorization": f"Bearer {token}"},
            timeout=LIMIT,
        )

    def send_form(self, form: Mapping[str, Any], token: str, key: str) -> requests.Response:
        """Send a form as the forms platform."""
        return self.connections().post(
            f"{self.url}{API_PATH}/challenges",
            json=form,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
            timeout=LIMIT,
        )

    def invoke(self, function: Function, event: object) -> Any:  # noqa: ANN401 - any JSON
        """Call a function as AWS does. Return its answer. Raise InvocationError."""
        answer = self.deployment.emulator.client("lambda").invoke(
            FunctionName=self.deployment.name(function), Payload=json.dumps(event)
        )
        said = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise InvocationError(said)
        return json.loads(said)

    def mail_comes_in(self, raw: bytes, sender: str) -> None:
        """Do what SES does with an email: put it into the bucket, and call the function."""
        message_id = uuid4().hex
        self.put_mail(message_id, raw)
        self.invoke(INTAKE, self.mail_event(message_id, raw, sender))

    def put_mail(self, message_id: str, raw: bytes) -> None:
        """Put an email where SES puts it."""
        self.deployment.emulator.client("s3").put_object(
            Bucket=self.deployment.bucket, Key=f"{KEYS}{message_id}", Body=raw
        )

    def mail_event(self, message_id: str, raw: bytes, sender: str) -> dict[str, Any]:
        """Return the event with which SES tells the function of an email."""
        recipients = [COUNCIL["intake_address"]]
        return ses_event(
            raw, message_id=message_id, sender=sender, recipients=recipients, now=clock.now()
        )

    def call_and_go_on(self, function: Function, event: object) -> None:
        """Call a function as AWS's services do, without waiting for an answer."""
        self.deployment.emulator.client("lambda").invoke(
            FunctionName=self.deployment.name(function),
            InvocationType="Event",
            Payload=json.dumps(event),
        )

    def dead_letters(self) -> int:
        """Return how many dead letters wait in their queue."""
        answer = self.deployment.emulator.client("sqs").get_queue_attributes(
            QueueUrl=self.deployment.outputs["DeadLetters"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    # To look on

    def challenge(self, reference: str) -> Challenge:
        """Return the challenge in the record."""
        return self.record.chain.load(reference).challenge

    def leg(self, reference: str) -> int:
        """Return the number of its present leg."""
        return self.record.chain.load(reference).head.leg

    @cached_property
    def record(self) -> Record:
        """Return the record, read as the account's administrator."""
        emulator = self.deployment.emulator
        resource = emulator.session().resource(
            "dynamodb", endpoint_url=emulator.url, verify=str(emulator.trusted)
        )
        table = resource.Table(self.deployment.table)
        return Record(lambda: table)

    def executions(self, status: str) -> list[str]:
        """Return the names of all executions of a status."""
        machine = self.deployment.emulator.client("stepfunctions")
        pages = machine.get_paginator("list_executions")
        listed = pages.paginate(stateMachineArn=self.deployment.machine, statusFilter=status)
        return [one["name"] for page in listed for one in page["executions"]]

    def rung(self, name: str) -> str:
        """Return the state in which an execution is."""
        machine = self.deployment.emulator.client("stepfunctions")
        history = machine.get_execution_history(
            executionArn=self.execution(name), reverseOrder=True
        )["events"]
        entered = (event.get("stateEnteredEventDetails", {}).get("name") for event in history)
        return next((str(one) for one in entered if one), "")

    def execution(self, name: str) -> str:
        """Return the ARN of an execution."""
        return f"{self.deployment.machine.replace(':stateMachine:', ':execution:')}:{name}"

    def at_rest(self, reference: str, rung: str) -> str:
        """Wait until its present leg waits on ``rung``. Return the name of that execution."""

        def rests() -> str | None:
            name = f"{reference}_{self.leg(reference)}"
            running = name in self.executions("RUNNING")
            return name if running and self.rung(name) == rung else None

        return self.until(rests, f"{reference} waits on the rung {rung}")

    def letters(self, to: str, reference: str) -> list[dict[str, Any]]:
        """Return the emails about a challenge to an address, oldest first."""
        return [
            mail
            for mail in self.deployment.emulator.sent()
            if mail["To"] == [to] and reference in mail["Subject"]
        ]

    def reply_link(self, to: str, reference: str) -> str:
        """Wait for the email that asks for a reply. Return the link in it."""
        return self._link("reply", to, reference)

    def action_link(self, to: str, reference: str) -> str:
        """Wait for the email to the owner of an action. Return the link in it."""
        return self._link("action", to, reference)

    def _link(self, path: str, to: str, reference: str) -> str:
        def link() -> str | None:
            begins = f"{self.url}/{path}/"
            words = " ".join(m["BodyText"] for m in self.letters(to, reference)).split()
            return next((word for word in reversed(words) if word.startswith(begins)), None)

        return self.until(link, f"{to} gets a link of {reference}: {path}")

    def until(self, look: Callable[[], Found | None], what: str) -> Found:
        """Look again and again until there is something. Raise NotYetError."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(0.2)
        raise NotYetError(f"not within {LIMIT} s: {what}")

    def note(self, text: str) -> None:
        """Print something on the scene's line."""
        self.notes.append(text)
