"""The whole service on this machine, without AWS: ``python -m infra.local`` (``make run``).

It reads these environment variables, all with a default::

    PORT       8000     the pages             http://127.0.0.1:8000
    AWS_PORT   4566     for the AWS CLI       aws --endpoint-url http://127.0.0.1:4566 …
    OIDC_PORT  9400     the sign-in provider
    SMTP_PORT  8025     mail in
    DATA_DIR   .local   what is kept between runs
    WORKING_DAY_SECONDS  if set, a training environment: how long a working day lasts in a run

Once everything works it prints one line on stdout that begins with ``ready``; the log goes to
stderr. Ctrl-C or SIGTERM stops it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.errors import SettingsError
from adapters.settings import environment, read_procedure, working_day
from adapters.wiring import casebook, forget
from infra.errors import InfraError
from infra.local.disk import Disk, DiskError
from infra.local.duties import Duties, keep_seals
from infra.local.emulator import ClockStuckError, DataError, Emulator, PortTakenError
from infra.local.front import HOST, Front, FrontPortTakenError
from infra.local.mail_in import MailIn, Received, SmtpPortTakenError
from infra.local.provider import (
    CASE_SYSTEM,
    PROGRAM,
    ProviderPortTakenError,
    SampleOfficer,
    running_provider,
)
from infra.local.tools import Addresses, ClockHands, Tools, officers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from types import FrameType
    from typing import NoReturn


COUNCIL = "Sampleshire Council"
CLIENT_ID = "positive-challenge"
MARKER = "positive-challenge-data"
DIRECTORY = Path(__file__).parent / "directory"

#: Seconds of real time between two Sweeps, the same as Scheduler's on AWS. The next one starts this
#: long after a Sweep that takes longer.
SWEEP_EVERY = 60.0

_PORTS = {"PORT": 8000, "AWS_PORT": 4566, "OIDC_PORT": 9400, "SMTP_PORT": 8025}

_log = logging.getLogger("infra.local")


class CannotStartError(InfraError):
    """The service cannot start; the message says what to do about it."""


def main() -> int:
    """Run until stopped. Return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for noisy in (
        "botocore",
        "boto3",
        "werkzeug",
        "moto",
        "urllib3",
        "authlib",
        "mail.log",
        "mail.debug",
        "mail.error",
    ):
        logging.getLogger(noisy).setLevel(logging.CRITICAL if noisy == "moto" else logging.WARNING)
    # What the functions print (logs and metrics, for CloudWatch) must not hide the line "ready".
    answers, sys.stdout = sys.stdout, sys.stderr
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with ExitStack() as until_stop:
            ready = start(until_stop)
            print(ready, file=answers, flush=True)
            threading.Event().wait()
    except CannotStartError as error:
        print(f"The local service cannot start. {error}", file=sys.stderr)
        return 1
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Stop at once, as ``kill -9`` would: everything that was answered is on disk.

    An orderly shutdown would leave moments in which a request is answered but its writes are not
    kept.
    """
    _log.info("stopped; the data is kept")
    os._exit(0)


def _disk_failed(error: DiskError) -> NoReturn:
    """Stop at once: anything later could answer with data that is not on disk."""
    print(f"The local service has stopped. {error}", file=sys.stderr, flush=True)
    os._exit(1)


def start(until_stop: ExitStack) -> str:
    """Start everything until the stack is closed, and print the line ``ready`` with the addresses.

    Raise ``CannotStartError``.
    """
    ports = ports_asked_for()
    _check_ports(ports)
    try:
        working_day()
    except SettingsError as error:
        raise CannotStartError(str(error)) from error
    data = Path(os.environ.get("DATA_DIR") or ".local").absolute()
    disk = Disk(_disk_failed)
    until_stop.enter_context(own_folder(data, disk))
    emulator = emulator_in(data, disk, ports)
    issuer, public_url = _addresses(ports)
    try:
        emulator.start()
        until_stop.callback(emulator.stop)
        forget()
        load_sample_directory()
        sample = _sample_officers()
        until_stop.enter_context(
            running_provider(sample, ports["OIDC_PORT"], (PROGRAM, CASE_SYSTEM))
        )
        addresses = Addresses(
            pages=public_url,
            aws=str(emulator.aws_url),
            provider=issuer,
            smtp=f"{HOST}:{ports['SMTP_PORT']}",
            intake=environment("INTAKE_ADDRESS"),
        )
        heads = environment("HEADS_BUCKET")
        keep_seals(data / "heads", bucket=heads, disk=disk, until=until_stop)
        duties = Duties(invoke=emulator.invoke, now=emulator.clock.now())
        hands = ClockHands(emulator, duties)
        received = Received(
            data / "mail",
            bucket=environment("MAIL_BUCKET"),
            invoke=emulator.invoke,
            now=emulator.clock.now,
            disk=disk,
        )
        mail_in = MailIn(ports["SMTP_PORT"], received, addresses.intake)
        tools = Tools(emulator, hands, addresses)
        front = Front(
            ports["PORT"],
            invoke=emulator.invoke,
            tools=tools,
            now=emulator.clock.now,
        )
    except (PortTakenError, ProviderPortTakenError, FrontPortTakenError) as error:
        # The port was free a moment ago: another program was quicker.
        message = f"{error} The ports are set by {', '.join(_PORTS)}."
        raise CannotStartError(message) from error
    except DataError as error:
        raise CannotStartError(str(error)) from error
    until_stop.callback(front.close)
    # Executions are not kept: each open challenge gets a new one, which does what is due.
    hands.sweep(everything=True)
    try:
        emulator.clock.settle()
    except ClockStuckError:
        _log.exception("not everything has come to rest")
    received.give_again()
    try:
        mail_in.start()
    except SmtpPortTakenError as error:
        raise CannotStartError(str(error)) from error
    until_stop.callback(mail_in.close)
    _every_minute((hands.do_duties, hands.sweep, received.give_again), until_stop)
    front.start()
    return (
        f"ready  pages {addresses.pages}  AWS {addresses.aws}  sign-in {addresses.provider}  "
        f"mail in {addresses.smtp}  outbox {addresses.pages}/local/outbox"
    )


def _addresses(ports: Mapping[str, int]) -> tuple[str, str]:
    """Return the addresses of the sign-in provider and of the pages."""
    return f"http://{HOST}:{ports['OIDC_PORT']}", f"http://{HOST}:{ports['PORT']}"


def emulator_in(
    data: Path, disk: Disk, ports: Mapping[str, int], *, stands_at: datetime | None = None
) -> Emulator:
    """Return the emulator of the service whose data is in the folder ``data``.

    With ``stands_at`` its clock begins there and only moves when told to, and no port is open.
    """
    issuer, public_url = _addresses(ports)
    return Emulator(
        data_dir=data,
        aws_port=None if stands_at else ports["AWS_PORT"],
        start_at=stands_at,
        virtual=stands_at is not None,
        environment={
            "PUBLIC_URL": public_url,
            "COUNCIL_NAME": COUNCIL,
            "OIDC_ISSUER": issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "API_AUDIENCE": PROGRAM.audience,
            "API_CLIENTS": PROGRAM.client_id,
            "CASE_SYSTEM_CLIENTS": CASE_SYSTEM.client_id,
            "POWERTOOLS_LOG_LEVEL": os.environ.get("POWERTOOLS_LOG_LEVEL", "WARNING"),
            "POWERTOOLS_METRICS_DISABLED": "true",
            "WORKING_DAY_SECONDS": os.environ.get("WORKING_DAY_SECONDS", ""),
        },
        disk=disk,
    )


def ports_asked_for() -> dict[str, int]:
    """Return the ports that the environment asks for. Raise ``CannotStartError``."""
    return {name: _port(name, default) for name, default in _PORTS.items()}


# --- the ports --------------------------------------------------------------------------------


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**16):
        message = f"{name} is {text!r}. Set it to a port: a number from 1 to 65535."
        raise CannotStartError(message)
    return int(text)


def _check_ports(ports: dict[str, int]) -> None:
    if len(set(ports.values())) < len(ports):
        named = ", ".join(f"{name}={port}" for name, port in ports.items())
        message = f"{named}: give each a port of its own."
        raise CannotStartError(message)
    for name, port in ports.items():
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
                trial.listen(1)
            except OSError as error:
                message = (
                    f"Port {port} ({name}) on {HOST} cannot be used: {error.strerror}. Stop what "
                    f"uses it, perhaps another run of this service, or choose another port, as in "
                    f"{name}={port + 10 if port + 10 < 2**16 else port - 10} make run"
                )
                raise CannotStartError(message) from error


# --- the data ---------------------------------------------------------------------------------


@contextmanager
def own_folder(data: Path, disk: Disk) -> Iterator[None]:
    """Make ``data`` this run's folder: marked, locked, and readable by nobody else."""
    marker = data / MARKER
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not marker.exists() and any(data.iterdir()):
            message = (
                f"DATA_DIR is {data}, which holds other files than this service's data. Choose "
                "an empty folder, or one that does not exist yet."
            )
            raise CannotStartError(message)
        data.chmod(0o700)
        held = marker.open("a", encoding="utf-8")
    except OSError as error:
        message = (
            f"DATA_DIR is {data}, which cannot be used: {error.strerror}. Choose another folder."
        )
        raise CannotStartError(message) from error
    with held:
        try:
            # The lock ends with this process, however it ends.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                f"Another run of the service uses {data}. Stop it, or choose another DATA_DIR."
            )
            raise CannotStartError(message) from error
        if held.tell() == 0:
            words = "Data of the local service; `make reset` removes this folder.\n"
            disk.append(marker, held.fileno(), words.encode())
            disk.keep_names(data.parent, data)
        yield


def load_sample_directory() -> None:
    """Load the sample directory, unless an operator or an earlier run has loaded one."""
    if casebook().council().change:
        return
    table = boto3.resource("dynamodb").Table(environment("TABLE_NAME"))
    CouncilStore(lambda: table, read_procedure).load_directory(from_csv(DIRECTORY))


def _sample_officers() -> list[SampleOfficer]:
    """Return everyone who can sign in, each once, with their posts."""
    directory = casebook().council().directory
    posts: dict[str, list[str]] = {}
    for officer in officers(directory):
        title = f"{officer['role']}, {officer['team']}" if officer["team"] else officer["role"]
        posts.setdefault(officer["email"], []).append(title)
    return [
        SampleOfficer(officer.email, officer.name, "; ".join(posts[officer.email]))
        for officer in directory.officers.values()
    ]


# --- the schedule -----------------------------------------------------------------------------


def _every_minute(duties: tuple[Callable[[], None], ...], until_stop: ExitStack) -> None:
    stopping = threading.Event()

    def tick() -> None:
        while not stopping.wait(SWEEP_EVERY):
            for duty in duties:
                try:
                    duty()
                except Exception:  # noqa: BLE001 - the other duties, and the next minute, must come
                    _log.exception("the work of every minute failed")

    threading.Thread(target=tick, name="schedule", daemon=True).start()
    until_stop.callback(stopping.set)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # Everything is closed. Python would take another second or more to free moto's objects.
    os._exit(code)
