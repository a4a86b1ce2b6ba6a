"""Several people, or one impatient person, act at the same instant: one of them is first.

Real clients in their own threads wait at a barrier, then call the running service. What must
happen once happens once; everybody else reads what happened; nothing that somebody typed is lost;
and the record verifies afterwards. Each race is run a few times.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from domain.rules.replies import Answer
from infra.local.emulator import MAIL_FROM, REGION, SECRET, TABLE
from infra.local.gateway import Request, answer_of, event_of
from tests.patience import LIMIT
from tests.service.running import IRA, ROOT, SAMPLE, TESSA, Client, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.xdist_group("service"),
]

WILLOW = "willow.sample-north@sampleshire.example"

ROUNDS = range(3)
TIMES = 5

CHALLENGED = {"answer": "challenged", "words": "Marigoldchallengedtext, and more."}
RESOLVED = {"answer": "resolved", "words": "Marigoldresolvedtext."}
NOT_MINE = {"answer": "not mine", "words": "Marigoldnotminetext, ask South."}


# Who acts, and where ----------------------------------------------------------------------------


class Page:
    """A page as a person reads it, after redirects."""

    def __init__(self, answer: requests.Response) -> None:
        self.status = answer.status_code
        self.url = answer.url
        main = BeautifulSoup(answer.text, "html.parser").select("main")[0]
        self.text = " ".join(main.get_text(" ").split())
        self.heading = " ".join(main.select("h1")[0].get_text(" ").split())


@dataclass(frozen=True)
class Act:
    """A form that somebody has filled in and only has to send."""

    client: Client
    url: str
    fields: dict[str, str]


class Container:
    """One more container of the pages' function, in its own process, on the same table.

    On one machine the service has one process for all functions, which takes one request after
    another. AWS starts another container for each request that comes while all are busy.
    """

    _SERVES = """
import json, sys
answers, sys.stdout = sys.stdout, sys.stderr  # before anything can take hold of it for a log
import botocore.config

class Patient(botocore.config.Config):
    '''On AWS an answer that takes seconds is lost; here it is the machine that is slow.'''

    def __init__(self, **wanted):
        super().__init__(**wanted | {"connect_timeout": 600, "read_timeout": 600})

botocore.config.Config = Patient  # before the adapters make a client
from handlers.pages import handler
from infra.local.lambda_seam import LambdaContext

print("ready", file=answers, flush=True)
for line in sys.stdin:
    answer = handler(json.loads(line), LambdaContext("pages", 512, "arn", 30))
    print(json.dumps(answer), file=answers, flush=True)
"""

    def __init__(self, service: Running) -> None:
        self._service = service
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "POWERTOOLS_"))},
            "PYTHONPATH": "functions",
            "AWS_ENDPOINT_URL": service.aws_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "TABLE_NAME": TABLE,
            "SECRET_ID": SECRET,
            "MAIL_FROM": MAIL_FROM,
            "STATE_MACHINE_ARN": str(service.json("service")["state_machine"]),
            "PUBLIC_URL": service.url,
            "COUNCIL_NAME": "Sampleshire Council",
            "OIDC_ISSUER": "https://sign-in.example",
            "OIDC_CLIENT_ID": "test",
            "POWERTOOLS_SERVICE_NAME": "pages",
            "POWERTOOLS_METRICS_NAMESPACE": "PositiveChallenge",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._SERVES],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def wait_until_ready(self) -> None:
        assert self._line() == "ready\n"

    def answer(self, act: Act) -> Page:
        """Return the page after ``act`` in this container; redirects go to the service itself."""
        to, http = urlsplit(act.url), act.client.http
        headers = {
            "host": to.netloc,
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "same-origin",
            "cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items()),
        }
        body = urlencode(act.fields).encode()
        request = Request("POST", to.path, to.query, headers, body)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(event_of(request, datetime.now(UTC))) + "\n")
        self._process.stdin.flush()
        answer = answer_of(json.loads(self._line()))
        if "location" in answer.headers:
            return Page(act.client.get(urljoin(act.url, answer.headers["location"])))
        found = requests.Response()
        found.status_code, found.url, found._content = answer.status, act.url, answer.body
        return Page(found)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=LIMIT)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@dataclass(frozen=True)
class Instant:
    """The service and its extra containers, which can act at the same instant."""

    service: Running
    containers: list[Container]

    def __call__(self, *acts: Act) -> list[Page]:
        """Return the pages after all acts at once, each in a container; none is a server error."""
        barrier = threading.Barrier(len(acts))
        places = [*(one.answer for one in self.containers), self._by_the_service]

        def do(act: Act, place: Callable[[Act], Page]) -> Page:
            barrier.wait(LIMIT)
            return place(act)

        with ThreadPoolExecutor(len(acts)) as pool:
            pages = list(pool.map(do, acts, places))
        assert len(pages) == len(acts)
        faults = [page.text for page in pages if page.status >= requests.codes.server_error]
        assert faults == []
        return pages

    @staticmethod
    def _by_the_service(act: Act) -> Page:
        return Page(act.client.http.post(act.url, data=act.fields, timeout=LIMIT))


@pytest.fixture(scope="module")
def instant(service: Running) -> Iterator[Instant]:
    """Yield enough containers for all who act at once."""
    containers = [Container(service) for _ in range(TIMES - 1)]
    try:
        for container in containers:
            container.wait_until_ready()
        yield Instant(service, containers)
    finally:
        for container in containers:
            container.close()


@pytest.fixture(scope="module")
def ira(service: Running) -> Client:
    """Return the IRO's client."""
    return Client(service, IRA)


def ready(client: Client, page: requests.Response, answers: dict[str, str]) -> Act:
    """Return the page's form, filled in."""
    assert page.status_code < requests.codes.server_error, page.text
    form = BeautifulSoup(page.text, "html.parser").select("main form")[-1]
    hidden = {str(i["name"]): str(i["value"]) for i in form.select("input[type=hidden]")}
    return Act(client, urljoin(page.url, str(form["action"])), {**hidden, **answers})


def decided(client: Client, reference: str, slug: str) -> Act:
    """Return the form that does one of the decisions, from its check page."""
    form = client.get(f"/challenges/{reference}/{slug}")
    page = client.send(form, DECISIONS[slug], through=False)
    button = BeautifulSoup(page.text, "html.parser").select_one('main [name="as-it-is"]')
    assert button, page.text
    return ready(client, page, {"as-it-is": str(button["value"])})


def checked(service: Running, link: str, answers: dict[str, str]) -> Act:
    """Return the form that sends a reply, from the check page behind somebody's link."""
    client = Client(service)
    page = client.send(client.get(link), {**answers, "press": "check"})
    return ready(client, page, {"press": "send"})


def headlines(client: Client, reference: str) -> list[str]:
    """Return the headlines of the challenge's timeline, one for each event."""
    page = client.get(f"/challenges/{reference}")
    assert page.status_code == requests.codes.ok, page.text
    titles = BeautifulSoup(page.text, "html.parser").select(".pc-timeline__title")
    assert titles
    return [" ".join(title.get_text(" ").split()) for title in titles]


def the_record_fits(service: Running) -> int:
    """Check that ``verify --all`` finds nothing wrong; return how many challenges it walked."""
    said = service.verified()
    found = re.search(r"(\d+) challenges walked, 0 with an event that does not fit", said)
    assert found, said
    return int(found[1])


def split(pages: list[Page]) -> tuple[Page, Page]:
    """Return the page that took effect, then the one that came second."""
    won, lost = sorted(pages, key=lambda page: page.status)
    assert (won.status, lost.status) == (requests.codes.ok, requests.codes.conflict)
    return won, lost


# Replies -----------------------------------------------------------------------------------------


def test_of_two_responders_who_reply_at_once_the_second_reads_who_did(
    service: Running, instant: Instant, ira: Client
) -> None:
    """Rule 2: at QAP both are asked, and one reply is enough."""
    answers = {"Willow Sample-North": RESOLVED, "Tessa Sample-North": CHALLENGED}
    for _ in ROUNDS:
        reference = ira.raise_challenge(stage="QAP")
        links = [service.reply_link(email, reference) for email in (WILLOW, TESSA)]
        acts = [checked(service, *one) for one in zip(links, answers.values(), strict=True)]
        pages = instant(*acts)
        won, lost = split(pages)
        first, second = answers if won is pages[0] else list(answers)[::-1]
        assert won.heading == "You have replied"
        assert lost.heading == f"{first} has replied"
        assert "What you typed was not sent" in lost.text
        assert answers[second]["words"] in lost.text
        on_record = ira.get(f"/challenges/{reference}").text
        assert answers[first]["words"] in on_record, "the reply that counts"
        assert answers[first]["words"] not in lost.text, "a link never shows what was written"
        assert answers[second]["words"] not in on_record
        replied = [line for line in headlines(ira, reference) if " replied: " in line]
        assert replied == [f"{first} replied: {Answer(answers[first]['answer']).in_words}"]
    the_record_fits(service)


@pytest.mark.parametrize(
    ("other", "forms"),
    [
        pytest.param(CHALLENGED, "two forms", id="challenged, two forms"),
        pytest.param(NOT_MINE, "one form", id="not mine, one form"),
        pytest.param(CHALLENGED, "one form", id="challenged, one form", marks=pytest.mark.night),
        pytest.param(NOT_MINE, "two forms", id="not mine, two forms", marks=pytest.mark.night),
    ],
)
def test_of_two_answers_by_one_link_at_once_one_counts_and_the_other_is_given_back(
    service: Running, instant: Instant, ira: Client, other: dict[str, str], forms: str
) -> None:
    """The link is opened twice, or the form changed and sent again before the first was done."""
    for _ in ROUNDS:
        reference = ira.raise_challenge()
        link = service.reply_link(TESSA, reference)
        if forms == "one form":
            opened = Client(service).get(link)
            checks = [
                ready(Client(service), opened, {**said, "press": "send"})
                for said in (RESOLVED, other)
            ]
        else:
            checks = [checked(service, link, said) for said in (RESOLVED, other)]
        pages = instant(*checks)
        won, lost = split(pages)
        took, gave_back = (RESOLVED, other) if won is pages[0] else (other, RESOLVED)
        on_record = ira.get(f"/challenges/{reference}").text
        assert took["words"] in on_record
        assert gave_back["words"] not in on_record
        assert took["words"] not in won.text, "a link never shows what was written"
        assert gave_back["words"] not in won.text
        assert lost.heading == won.heading
        assert "What you typed was not sent" in lost.text
        assert gave_back["words"] in lost.text
        said = [line for line in headlines(ira, reference) if line.startswith("Tessa")]
        assert len(said) == 1, said
        assert ("replied" in said[0]) == (took is not NOT_MINE)
        assert Page(Client(service).get(link)).heading == won.heading
    the_record_fits(service)


def test_the_same_form_sent_five_times_at_once_is_one_reply(
    service: Running, instant: Instant, ira: Client
) -> None:
    """A browser shows only the last answer, so each must be the good one."""
    for said in (RESOLVED, CHALLENGED, NOT_MINE):
        reference = ira.raise_challenge()
        page = Client(service).get(service.reply_link(TESSA, reference))
        forms = [ready(Client(service), page, {**said, "press": "send"}) for _ in range(TIMES)]
        answers = instant(*forms)
        assert {(one.status, one.heading) for one in answers} == {
            (
                requests.codes.ok,
                "You said that this is not yours to answer"
                if said is NOT_MINE
                else "You have replied",
            )
        }
        by_her = [line for line in headlines(ira, reference) if line.startswith("Tessa")]
        assert len(by_her) == 1
    the_record_fits(service)


# Decisions ---------------------------------------------------------------------------------------


DECISIONS = {
    "resolve": {
        "reason": "Marigoldreasontext, seen.",
        "child_told": "no",
        "how_told": "They never knew.",
    },
    "escalate": {"to": "2", "reason": "Marigoldurgenttext, now."},
}
ON_RECORD = {"resolve": "Ira Sample-One closed the challenge", "escalate": "Stage 2 began"}


@pytest.mark.parametrize(
    "slugs",
    [
        pytest.param(("resolve", "escalate"), id="resolve-escalate"),
        pytest.param(("escalate", "escalate"), id="escalate-escalate", marks=pytest.mark.night),
    ],
)
def test_of_two_decisions_made_at_once_one_counts_and_the_other_is_given_back(
    service: Running, instant: Instant, ira: Client, slugs: tuple[str, str]
) -> None:
    """The IRO has the challenge open twice, and cannot decide on what they have not seen."""
    desks = [Client(service, IRA), Client(service, IRA)]
    for turn in ROUNDS:
        reference = ira.raise_challenge()
        Client(service).reply(service.reply_link(TESSA, reference))
        service.settle()
        wanted = list(slugs)[:: -1 if turn % 2 else 1]
        acts = [decided(desk, reference, slug) for desk, slug in zip(desks, wanted, strict=True)]
        pages = instant(*acts)
        at = f"/challenges/{reference}"
        won, lost = sorted(pages, key=lambda page: not page.url.endswith(at))
        assert not lost.url.endswith(at)
        slug, other = wanted[pages.index(won)], wanted[pages.index(lost)]
        assert won.url.endswith(at)
        assert DECISIONS[other]["reason"] in lost.text
        assert "since you opened this page" in lost.text or "has ended" in lost.text
        record = headlines(ira, reference)
        on_it = [line for line in record if line.startswith(tuple(ON_RECORD.values()))]
        assert len(on_it) == 1, on_it
        assert on_it[0].startswith(ON_RECORD[slug])
    the_record_fits(service)


def test_the_same_decision_sent_five_times_at_once_is_one(
    service: Running, instant: Instant, ira: Client
) -> None:
    for slug in DECISIONS:
        reference = ira.raise_challenge()
        service.settle()
        pages = instant(*[decided(ira, reference, slug)] * TIMES)
        assert {page.url.endswith(f"/challenges/{reference}") for page in pages} == {True}
        record = headlines(ira, reference)
        assert len([line for line in record if line.startswith(ON_RECORD[slug])]) == 1
    the_record_fits(service)


# Raising -----------------------------------------------------------------------------------------


def raising(client: Client, **answers: str) -> requests.Response:
    """Return the page on which the IRO checks a challenge before raising it."""
    return client.check(**answers)


def test_the_same_challenge_sent_five_times_at_once_is_raised_once(
    service: Running, instant: Instant, ira: Client
) -> None:
    before = the_record_fits(service)
    for _ in ROUNDS:
        check = raising(ira)
        pages = instant(*[ready(ira, check, {"press": "raise"})] * TIMES)
        assert {page.status for page in pages} == {requests.codes.ok}
        (address,) = {page.url for page in pages}
        reference = address.rpartition("/")[2]
        raised = [line for line in headlines(ira, reference) if "raised the challenge" in line]
        assert len(raised) == 1
        asked = [m for m in service.mails(TESSA, reference) if "/reply/" in m["text"]]
        assert len(asked) == 1, "nobody is asked twice"
    assert the_record_fits(service) == before + len(ROUNDS)


def test_a_challenge_sent_at_once_with_two_answers_is_raised_once_and_asked_about(
    service: Running, instant: Instant, ira: Client
) -> None:
    """The form is changed and sent again before the first sending is done."""
    before = the_record_fits(service)
    for _ in ROUNDS:
        check = raising(ira)
        tried = ("Marigoldfirsttext.", "Marigoldsecondtext.")
        acts = [ready(ira, check, {"press": "raise", "tried": text}) for text in tried]
        pages = instant(*acts)
        won, lost = sorted(pages, key=lambda page: "/raised/" not in page.url)
        reference = won.url.rpartition("/")[2]
        assert "The challenge is raised" in won.text
        assert f"This form has already raised {reference}" in lost.text
        assert tried[pages.index(lost)] in lost.text
        assert tried[pages.index(won)] in ira.get(f"/challenges/{reference}").text
    assert the_record_fits(service) == before + len(ROUNDS)


def test_two_challenges_raised_at_once_are_two(
    service: Running, instant: Instant, ira: Client
) -> None:
    before = the_record_fits(service)
    for _ in ROUNDS:
        tried = ("Marigoldfirsttext.", "Marigoldsecondtext.")
        acts = [ready(ira, raising(ira, tried=text), {"press": "raise"}) for text in tried]
        pages = instant(*acts)
        assert ["The challenge is raised" in page.text for page in pages] == [True, True]
        references = [page.url.rpartition("/")[2] for page in pages]
        assert len(set(references)) == 2
        for reference, text in zip(references, tried, strict=True):
            assert text in ira.get(f"/challenges/{reference}").text
    assert the_record_fits(service) == before + 2 * len(ROUNDS)


# Pages and the interface -------------------------------------------------------------------------


def form_of(initials: str) -> dict[str, object]:
    """Return a form as a program sends it."""
    concern = {
        "theme": "placement",
        "what": "Marigoldwrongtext",
        "outcome": "Marigoldwantedtext",
        "by": "2028-02-01",
    }
    return {
        "iro": IRA,
        "case_id": SAMPLE["case-id"],
        "initials": initials,
        "name": SAMPLE["name"],
        "date_of_birth": "2014-03-09",
        "team": SAMPLE["team"],
        "social_worker": SAMPLE["social-worker"],
        "stage": "1",
        "reason": SAMPLE["reason"],
        "concerns": [concern],
        "tried": SAMPLE["tried"],
        "views": SAMPLE["views"],
    }


def test_people_and_programs_at_once_are_each_answered_what_they_asked(
    service: Running, ira: Client
) -> None:
    """Pages and interface are two functions: neither may read the other's request."""
    found = service.json("service")
    token = requests.post(
        found["token_endpoint"],
        data={"grant_type": "client_credentials"},
        auth=(found["client_id"], found["client_secret"]),
        timeout=LIMIT,
    ).json()["access_token"]
    reference = ira.raise_challenge()
    forms = 12
    barrier = threading.Barrier(4)

    def program(first: int) -> list[str]:
        raised = []
        barrier.wait(LIMIT)
        for number in range(first, first + forms):
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"at-once-{number}"}
            form = form_of(f"Q{number}")
            answer = requests.post(found["api"], json=form, headers=headers, timeout=LIMIT)
            assert answer.status_code == requests.codes.created, answer.text
            raised.append(str(answer.json()["reference"]))
        return raised

    def person(first: int) -> list[str]:
        own = Client(service, IRA)
        barrier.wait(LIMIT)
        raised = []
        for number in range(first, first + forms):
            page = own.get(f"/challenges/{reference}")
            assert page.status_code == requests.codes.ok, page.text
            assert reference in Page(page).text
            if number % 3 == 0:
                raised.append(own.raise_challenge(initials=f"Q{number}"))
        return raised

    with ThreadPoolExecutor(4) as pool:
        programs = [pool.submit(program, first) for first in (0, 100)]
        people = [pool.submit(person, first) for first in (200, 300)]
        raised = [one for part in (*programs, *people) for one in part.result()]
    assert len(set(raised)) == len(raised) == 2 * forms + 2 * forms // 3
    assert all(ira.get(f"/challenges/{one}").status_code == requests.codes.ok for one in raised)
    the_record_fits(service)
