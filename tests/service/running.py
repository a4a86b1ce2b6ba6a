"""The whole service as a process of its own, as ``make run`` starts it, and people who use it.

with Running(tmp_path / "data") as service:
    ira = Client(service, "ira.sample-one@sampleshire.example")
    reference = ira.raise_challenge(stage="1")
    service.next_deadline()
    service.kill()
    service.start()          # on the same data
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup

from tests.patience import LIMIT

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["IRA", "ROOT", "SAMPLE", "TESSA", "Client", "Running", "free_port"]

ROOT = Path(__file__).parents[2]
IRA = "ira.sample-one@sampleshire.example"
TESSA = "tessa.sample-north@sampleshire.example"

#: The answers of the form, by its field names. The child's may not appear elsewhere.
SAMPLE = {
    "case-id": "CASE-55512",
    "initials": "QZ",
    "name": "Quillon Zephyrine",
    "date-of-birth-day": "9",
    "date-of-birth-month": "3",
    "date-of-birth-year": "2014",
    "team": "North Team",
    "social-worker": "sw-north-1",
    "stage": "1",
    "reason": "It cannot wait.",
    "concern-1-theme": "placement",
    "concern-1-what": "Marigoldwrongtext",
    "concern-1-outcome": "Marigoldwantedtext",
    "concern-1-by-day": "1",
    "concern-1-by-month": "2",
    "concern-1-by-year": "2028",
    "tried": "Spoke with the social worker.",
    "views": "Wants to stay.",
    "rights-breached": "yes",
}


def free_port() -> int:
    """Return a free port that no connection is given before a server takes it.

    It is below those that the system gives to connections, and drawn by the system, because the
    tests' own random numbers are the same in each worker.
    """
    by_chance = random.SystemRandom()
    while True:
        port = by_chance.randrange(10_000, 32_768)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Running:
    """The service on ``data``, with ports of its own; ``log`` is what it wrote to stderr.

    With a ``working_day`` in seconds it is a training environment. ``module`` is what is started.
    """

    def __init__(self, data: Path, *, working_day: str = "", module: str = "infra.local") -> None:
        self.data = data
        self.module = module
        self.working_day = working_day
        #: The file size in bytes that the system is to refuse: what a full disk does.
        self.largest_file: int | None = None
        self.ports = {name: free_port() for name in ("PORT", "AWS_PORT", "OIDC_PORT", "SMTP_PORT")}
        self._url = f"http://127.0.0.1:{self.ports['PORT']}"
        self.aws_url = f"http://127.0.0.1:{self.ports['AWS_PORT']}"
        self.ready = ""
        self._process: subprocess.Popen[str] | None = None
        self._log = data.parent / "service.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process and self._process.poll() is None:
            self.kill()

    @property
    def url(self) -> str:
        """Return where the pages are."""
        return self._url

    def connections(self) -> requests.Session:
        """Return new connections, without cookies."""
        return requests.Session()

    @property
    def log(self) -> str:
        """Return what it has written to stderr, over all its starts."""
        return self._log.read_text()

    def spawn(self) -> subprocess.Popen[str]:
        """Start the process, and wait for nothing."""
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "POWERTOOLS_"))},
            **{name: str(port) for name, port in self.ports.items()},
            "DATA_DIR": str(self.data),
            "PYTHONPATH": "functions",
            "WORKING_DAY_SECONDS": self.working_day,
        }
        with self._log.open("a") as log:
            return subprocess.Popen(
                [*self._limit(), sys.executable, "-m", self.module],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def _limit(self) -> list[str]:
        if self.largest_file is None:
            return []
        blocks = self.largest_file // 512
        return ["/bin/sh", "-c", f'ulimit -f {blocks} && exec "$@"', "limited"]

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        self._process = self.spawn()
        # A start that hangs is ended, and its line stays empty.
        limit = threading.Timer(LIMIT, self.kill)
        limit.start()
        assert self._process.stdout is not None
        self.ready = self._process.stdout.readline()
        limit.cancel()
        assert self.ready.startswith("ready"), f"It did not start:\n{self.log[-3000:]}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop. Return its exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.communicate(timeout=LIMIT)
        return self._process.returncode

    def ended(self) -> int:
        """Return its exit code, once it has ended by itself."""
        assert self._process is not None
        self._process.communicate(timeout=LIMIT)
        return self._process.returncode

    def kill(self) -> None:
        """Kill it at once (``kill -9``), with everything that it started."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=LIMIT)

    def verified(self) -> str:
        """Return the output of the operator's ``verify --all``; it has found nothing wrong."""
        own = {
            "PYTHONPATH": "functions",
            "TABLE_NAME": "positive-challenge",
            "HEADS_BUCKET": "positive-challenge-heads",
            "AWS_ENDPOINT_URL": self.aws_url,
        }
        run = subprocess.run(
            [sys.executable, "-m", "infra.operate", "verify", "--all"],
            cwd=ROOT,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    # The local tools ---------------------------------------------------------------------------

    def json(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return ``/local/<name>.json``."""
        answer = requests.get(f"{self.url}/local/{name}.json", timeout=LIMIT)
        answer.raise_for_status()
        return answer.json()

    def clock(self, wanted: dict[str, object]) -> requests.Response:
        """POST to the clock."""
        return requests.post(f"{self.url}/local/clock", json=wanted, timeout=LIMIT)

    def next_deadline(self) -> Any:  # noqa: ANN401 - any JSON
        """Jump to the next deadline. Return the clock once all has come to rest."""
        answer = self.clock({"next": True})
        assert answer.status_code == requests.codes.ok, answer.text
        return self.settle()

    def settle(self) -> Any:  # noqa: ANN401 - any JSON
        """Wait until what was just done has finished: its leg waits, its emails are sent.

        Return the clock then. The service itself waits a while before it says that it is not
        settled yet.
        """
        while not (clock := self.json("clock"))["settled"]:
            pass
        return clock

    def mails(self, to: str, reference: str = "") -> list[dict[str, Any]]:
        """Return the emails sent to an address, oldest first."""
        self.settle()
        mails = [m for m in self.json("outbox") if m["to"] == to and reference in m["subject"]]
        return mails[::-1]

    def reply_link(self, to: str, reference: str) -> str:
        """Return the last reply link that was sent to an address."""
        links: list[str] = [link for mail in self.mails(to, reference) for link in mail["links"]]
        return next(link for link in reversed(links) if "/reply/" in link)


class Service(Protocol):
    """Where a service is, and by what connections a browser reaches it."""

    @property
    def url(self) -> str: ...

    def connections(self) -> requests.Session: ...


class Client:
    """Someone with a browser without scripts, signed in with the sample provider, or not."""

    def __init__(self, service: Service, email: str = "") -> None:
        self.service = service
        self.http = service.connections()
        self.http.headers["Sec-Fetch-Site"] = "same-origin"
        if email:
            self.sign_in(email)

    def sign_in(self, email: str) -> None:
        """Sign in through the provider, as a browser does."""
        page = self.http.get(f"{self.service.url}/sign-in", timeout=LIMIT)
        back = self.http.post(page.url, data={"sub": email}, timeout=LIMIT)
        assert back.url == f"{self.service.url}/", back.text

    def get(self, address: str) -> requests.Response:
        """Open a page: a path, or a whole address."""
        url = address if address.startswith("http") else self.service.url + address
        return self.http.get(url, timeout=LIMIT)

    def send(
        self, page: requests.Response, answers: dict[str, str], *, through: bool = True
    ) -> requests.Response:
        """Fill in the page's form (the last in it), and send it with its hidden fields.

        On a page to check an act its button is pressed too, if that goes ``through``.
        """
        assert page.status_code < requests.codes.server_error, page.text
        form = BeautifulSoup(page.text, "html.parser").select("main form")[-1]
        hidden = {str(i["name"]): str(i["value"]) for i in form.select("input[type=hidden]")}
        url = urljoin(page.url, str(form["action"]))
        answer = self.http.post(url, data={**hidden, **answers}, timeout=LIMIT)
        button = BeautifulSoup(answer.text, "html.parser").select_one('main [name="as-it-is"]')
        if through and button and "step=check" in answer.url:
            return self.send(answer, {"as-it-is": str(button["value"])}, through=False)
        return answer

    def check(self, **answers: str) -> requests.Response:
        """Return the page to check a challenge before it is raised, with all answers on it.

        They are sent at once, as from the one page of releases up to 2026-11.12.
        """
        form = self.get("/raise").url
        return self.http.post(form, data={**SAMPLE, **answers, "press": "check"}, timeout=LIMIT)

    def raise_challenge(self, **answers: str) -> str:
        """Raise a challenge, checked on its page. Return the reference once it is answered."""
        check = self.check(**answers)
        done = self.send(check, {"press": "raise"})
        assert "/raised/PCE-" in done.url, done.text
        return done.url.rpartition("/")[2]

    def reply(self, link: str, answer: str = "challenged") -> requests.Response:
        """Reply by the emailed link. Return the page that confirms it."""
        words = {"answer": answer, "words": "These are my reasons.", "press": "check"}
        return self.send(self.send(self.get(link), words), {"press": "send"})

    def act(self, reference: str, slug: str, **answers: str) -> requests.Response:
        """Do an act on its page."""
        return self.send(self.get(f"/challenges/{reference}/{slug}"), answers)
