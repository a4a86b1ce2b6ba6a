"""``make run``: the whole service on one machine, its addresses and local tools."""

from __future__ import annotations

import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from bs4 import BeautifulSoup

from tests.patience import LIMIT
from tests.service.running import IRA, TESSA, Client, Running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.xdist_group("service")]


def test_the_line_ready_and_service_json_give_the_addresses(service: Running) -> None:
    found = service.json("service")
    assert found["pages"] == service.url
    assert found["aws"] == service.aws_url
    for address in (found["pages"], found["aws"], found["provider"], found["outbox"]):
        assert address in service.ready


def test_the_sample_officers_hold_every_post_of_the_ladder(service: Running) -> None:
    officers = service.json("officers")
    assert all(set(one) == {"name", "email", "role", "post", "team"} for one in officers)
    roles = {one["role"] for one in officers}
    assert {"Social Worker", "Team Manager", "Children's Service Manager"} <= roles
    assert {"Head of Service", "Assistant Director", "Senior IRO Manager"} <= roles
    assert len({one["team"] for one in officers if one["role"] == "Team Manager"}) == 2


def _silent_to_the_end(clock: dict[str, Any], reference: str) -> bool:
    """Whether nobody replied at any stage, and the IRO has to decide."""
    own = [d["purpose"] for d in clock["deadlines"] if d["reference"] == reference]
    return any("decide what follows the silence" in purpose for purpose in own)


def test_a_silent_ladder_over_http_fires_every_deadline_in_its_order(service: Running) -> None:
    reference = Client(service, IRA).raise_challenge(stage="1")
    clock = service.settle()
    seen: list[str] = []
    for _ in range(100):  # the service's other challenges have deadlines too
        first = clock["deadlines"][0]
        assert set(first) == {"reference", "purpose", "at"}
        assert [d["at"] for d in clock["deadlines"]] == sorted(d["at"] for d in clock["deadlines"])
        before, clock = clock, service.next_deadline()
        assert clock["now"] >= first["at"] > before["now"]
        over = [d for d in before["deadlines"] if d["at"] <= clock["now"]]
        assert first in over
        assert [d for d in over if d in clock["deadlines"]] == [], "each was done at its time"
        seen += [d["purpose"] for d in over if d["reference"] == reference]
        if _silent_to_the_end(clock, reference):
            break
    due = [purpose for purpose in seen if purpose.endswith("reply due")]
    assert due == [f"Stage {n}: reply due" for n in (1, 2, 3, 4)]
    assert seen.count("reminder") == 4
    page = Client(service, IRA).get(f"/challenges/{reference}").text
    assert "Stage 4: you need to decide" in page
    assert "0 with an event that does not fit" in service.verified(), (
        "by the service's clock, not the real one"
    )


def test_the_outbox_shows_each_mail_newest_first(service: Running) -> None:
    reference = Client(service, IRA).raise_challenge()
    service.settle()
    mails = service.json("outbox")
    assert set(mails[0]) == {"to", "subject", "text", "html", "headers", "sent_at", "links"}
    sent = [datetime.fromisoformat(mail["sent_at"]) for mail in mails]
    assert sent == sorted(sent, reverse=True)
    (asked,) = [mail for mail in service.mails(TESSA, reference) if "reply" in mail["subject"]]
    assert service.reply_link(TESSA, reference) in asked["text"]
    assert reference in requests.get(f"{service.url}/local/outbox", timeout=LIMIT).text


def test_a_letter_of_the_outbox_can_be_let_come_back(service: Running) -> None:
    reference = Client(service, IRA).raise_challenge()
    service.settle()
    outbox = BeautifulSoup(
        requests.get(f"{service.url}/local/outbox", timeout=LIMIT).text, "html.parser"
    )
    (asked,) = (
        one
        for one in outbox.find_all("article")
        if "Please reply" in one.get_text() and reference in one.get_text()
    )
    assert asked.form
    address = f"{service.url}{asked.form['action']}"
    elsewhere = requests.post(address, headers={"Sec-Fetch-Site": "cross-site"}, timeout=LIMIT)
    assert elsewhere.status_code == requests.codes.forbidden
    came_back = "Nobody could be asked to reply: the email came back"
    assert came_back not in Client(service, IRA).get(f"/challenges/{reference}").text
    from_its_page = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    answer = requests.post(address, headers=from_its_page, timeout=LIMIT)
    assert answer.url == f"{service.url}/local/outbox"
    assert came_back in Client(service, IRA).get(f"/challenges/{reference}").text
    missing = requests.post(f"{service.url}/local/outbox/99999/comes-back", timeout=LIMIT)
    assert missing.status_code == requests.codes.not_found


@pytest.mark.parametrize(
    "wanted",
    [{"to": "2020-01-01T09:00:00Z"}, {"to": "tomorrow"}, {"to": "2099-01-01T09:00:00Z"}, {}],
)
def test_the_clock_refuses_to_go_back_or_nowhere(
    service: Running, wanted: dict[str, object]
) -> None:
    before = service.json("clock")["now"]
    answer = service.clock(wanted)
    assert answer.status_code == requests.codes.bad_request
    assert answer.json()["error"]
    assert service.json("clock")["now"] >= before


def test_the_clock_refuses_a_moment_that_is_given_twice(service: Running) -> None:
    twice = b'{"next": true, "next": false, "to": "2020-01-01T09:00:00Z"}'
    answer = requests.post(f"{service.url}/local/clock", data=twice, timeout=LIMIT)
    assert answer.status_code == requests.codes.bad_request
    assert answer.json()["error"].startswith("Say where to")


def test_every_page_has_the_bar_of_the_local_tools(service: Running) -> None:
    page = Client(service, IRA).get("/").text
    for address in ("/local/outbox", "/local/officers", "/local/clock"):
        assert f'href="{address}"' in page


def test_it_listens_on_this_machine_alone(service: Running) -> None:
    for port in service.ports.values():
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT).close()
        # This machine's other address, at which a server on 0.0.0.0 would answer.
        with pytest.raises(OSError, match=r"refused|unreachable|assign"):
            socket.create_connection(("127.0.0.2", port), timeout=LIMIT)


def test_what_is_typed_as_the_address_of_another_service_is_not_answered(service: Running) -> None:
    answer = requests.get(f"{service.url}/", headers={"Host": "evil.example"}, timeout=LIMIT)
    assert answer.status_code == requests.codes.misdirected_request


def test_in_training_a_working_day_passes_in_seconds_and_the_clock_jumps_as_it_does_otherwise(
    tmp_path: Path,
) -> None:
    # Stage 2 takes five of these days and the run an hour: enough for a slow machine.
    with Running(tmp_path / "data", working_day="240") as service:
        ira = Client(service, IRA)
        reference = ira.raise_challenge(stage="1")
        answers = {"working_day": "240", "minutes": "60", "press": "begin"}
        training = ira.send(ira.get("/practice"), answers)
        assert "A working day lasts 4 minutes until" in training.text
        due = service.settle()["deadlines"]
        reply_due = next(d for d in due if d["purpose"] == "Stage 1: reply due")
        for _ in due:
            if service.next_deadline()["now"] >= reply_due["at"]:
                break
        page = ira.get("/").text
        assert reference in page
        assert "Stage 2: waiting for a reply" in page
        assert "Training – nothing here is about a real child." in page
        assert "A working day lasts 4 minutes until" in page, "five days are less than the hour"
        assert service.stop() == 0
        service.start()
        assert service.json("clock")["now"] >= reply_due["at"], "the training run is kept"


def test_what_is_answered_while_it_is_told_to_stop_is_kept(tmp_path: Path) -> None:
    answered: list[str] = []
    is_busy = threading.Event()

    def raise_challenges() -> None:
        ira = Client(service, IRA)
        with suppress(requests.RequestException):
            while True:
                answered.append(ira.raise_challenge())
                is_busy.set()

    with Running(tmp_path / "data") as service:
        for _ in range(3):
            is_busy.clear()
            with ThreadPoolExecutor(3) as pool:
                busy = [pool.submit(raise_challenges) for _ in range(3)]
                is_busy.wait(LIMIT)
                assert service.stop() == 0
            for one in busy:
                one.result()
            service.start()
        ira = Client(service, IRA)
        pages = [ira.get(f"/challenges/{one}") for one in answered]
        assert {page.status_code for page in pages} == {requests.codes.ok}


def test_a_working_day_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    service = Running(tmp_path / "data", working_day="5")
    process = service.spawn()
    process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert "WORKING_DAY_SECONDS is '5'. Set it to a whole number from 20 to 3600" in service.log


@pytest.mark.parametrize("name", ["PORT", "AWS_PORT", "OIDC_PORT"])
def test_a_taken_port_is_a_clear_error(tmp_path: Path, name: str) -> None:
    service = Running(tmp_path / "data")
    with socket.create_server(("127.0.0.1", service.ports[name])):
        process = service.spawn()
        process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert f"Port {service.ports[name]} ({name}) on 127.0.0.1 cannot be used" in service.log


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_finds_everything_again(tmp_path: Path, how: signal.Signals) -> None:
    with Running(tmp_path / "data") as service:
        reference = Client(service, IRA).raise_challenge()
        link = service.reply_link(TESSA, reference)
        service.next_deadline()
        before = service.settle()
        mails = len(service.json("outbox"))
        assert service.stop(how) == 0
        service.start()
        after = service.settle()
        assert after["deadlines"] == before["deadlines"]
        assert after["now"] >= before["now"], "the clock's offset is kept"
        assert len(service.json("outbox")) == mails, "nobody gets an email twice"
        Client(service).reply(link)
        page = Client(service, IRA).get(f"/challenges/{reference}").text
        assert "Tessa Sample-North replied" in page
