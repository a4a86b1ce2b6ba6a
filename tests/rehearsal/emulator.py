"""The emulator of AWS: `ministack`_, a process of its own, only on this machine's loopback.

It has nothing in common with moto, in which ``make run`` and the tests run. It enforces IAM
(``AUTH``), so that each function may do exactly what its role allows, and it is called over TLS,
because the buckets' policies refuse everything else. Nothing in it outlives it.

.. _ministack: https://github.com/ministackorg/ministack
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import requests
import trustme

from infra.blueprint import ROOT
from tests.patience import LIMIT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ACCOUNT", "HOST", "REGION", "Certificates", "Emulator", "EmulatorError", "running"]

HOST = "127.0.0.1"
REGION = "eu-west-2"
#: The account number that AWS's own documentation uses.
ACCOUNT = "111122223333"

PYTHON = ROOT / ".venv-rehearse" / "bin" / "python"


class EmulatorError(Exception):
    """The emulator did not start. The message holds what it wrote."""


class Certificates:
    """A certificate authority for this one rehearsal, which signs for servers on loopback."""

    def __init__(self, folder: Path, *names: str) -> None:
        """Make it, and put into ``folder`` what clients and servers read.

        ``names`` also lead to loopback, for clients that map them there.
        """
        self._authority = trustme.CA()
        self._server = self._authority.issue_cert(HOST, *names)
        self.trusted = folder / "authority.pem"
        self.chain = folder / "server.pem"
        self.key = folder / "server-key.pem"
        self._authority.cert_pem.write_to_path(str(self.trusted))
        self.key.touch(0o600)
        self._server.private_key_pem.write_to_path(str(self.key))
        self.chain.write_bytes(b"".join(blob.bytes() for blob in self._server.cert_chain_pems))

    def serve(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """Give a server's context the certificate."""
        self._server.configure_cert(context)
        return context


@dataclass(frozen=True)
class Emulator:
    """A running emulator. ``log`` is what it writes."""

    port: int
    trusted: Path
    log: Path

    @property
    def url(self) -> str:
        """Return the address of every AWS service."""
        return f"https://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment for AWS programs that work here as the account's administrator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": ACCOUNT,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CA_BUNDLE": str(self.trusted),
            "NODE_EXTRA_CA_CERTS": str(self.trusted),
            # Whatever this machine knows of real accounts is not read.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": HOST,
        }

    def session(
        self, key: str = ACCOUNT, secret: str = ACCOUNT, token: str | None = None
    ) -> boto3.Session:
        """Return a session of the account's administrator, or with these keys."""
        return boto3.Session(key, secret, token, REGION)

    def client(self, service: Any, session: boto3.Session | None = None) -> Any:  # noqa: ANN401 - any
        """Return a client of a service, the administrator's unless a session is given."""
        make: Any = (session or self.session()).client
        return make(service, endpoint_url=self.url, verify=str(self.trusted))

    def sent(self) -> list[dict[str, Any]]:
        """Return every email SES has sent, oldest first: ``To, Subject, BodyText`` and more."""
        answer = requests.get(
            f"{self.url}/_ministack/ses/messages",
            params={"account": ACCOUNT},
            verify=str(self.trusted),
            timeout=LIMIT,
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["messages"].get(ACCOUNT, [])
        return found


@contextmanager
def running(folder: Path, certificates: Certificates) -> Iterator[Emulator]:
    """Run the emulator until the context ends, with all its data in ``folder``.

    Raise ``EmulatorError``.
    """
    emulator = Emulator(_free_port(), certificates.trusted, folder / "emulator.log")
    place = folder / "emulator"
    place.mkdir()
    with emulator.log.open("w") as log:
        process = subprocess.Popen(
            [
                str(PYTHON), "-m", "hypercorn", "ministack.app:app",
                "--bind", f"{HOST}:{emulator.port}",
                "--certfile", str(certificates.chain),
                "--keyfile", str(certificates.key),
            ],
            cwd=place,
            env=_environment(emulator, certificates, place),
            stdout=log,
            stderr=subprocess.STDOUT,
            # A process group of its own: the functions run in processes that it starts.
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, emulator)
        yield emulator
    finally:
        _end(process)


def _environment(emulator: Emulator, certificates: Certificates, place: Path) -> dict[str, str]:
    """Return the environment of the emulator, and so of each function."""
    trusted = str(certificates.trusted)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "TMPDIR": str(place),
        "STATE_DIR": str(place),
        "S3_DATA_DIR": str(place),
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificates.chain),
        "MINISTACK_SSL_KEY": str(certificates.key),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(emulator.port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        # It would listen on a port that everybody knows, for devices that there are none of.
        "IOT_MTLS_ENABLED": "0",
        # Functions find AWS, and the council's sign-in, at addresses that this authority signs for.
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_CA_BUNDLE": trusted,
        "REQUESTS_CA_BUNDLE": trusted,
        "SSL_CERT_FILE": trusted,
    }


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], emulator: Emulator) -> None:
    until = time.monotonic() + LIMIT
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.get(
                f"{emulator.url}/_ministack/health", verify=str(emulator.trusted), timeout=LIMIT
            )
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    message = f"The emulator did not start:\n{emulator.log.read_text()[-3000:]}"
    raise EmulatorError(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it with everything that it started: there is nothing to keep."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=LIMIT)
