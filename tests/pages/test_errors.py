"""The page of an error has what was typed, even while nothing of AWS answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from adapters import wiring
from adapters.casebook import Casebook
from adapters.unsent import UnsentForms
from domain.errors import CalendarHorizonError
from domain.ladder import Stage
from handlers.pages import deciding, gate, replying
from infra.local.emulator import TABLE
from tests.pages.attacks import load_without
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, reply_link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.council import Council
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

WORDS = "We met on Tuesday, and found a place."
REPLY = {"answer": "resolved", "words": WORDS, "press": "send"}
REFUSED = ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "GetItem")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://dynamodb.example.org")


def raises(error: Exception) -> Callable[..., Any]:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


def kept() -> list[dict[str, Any]]:
    """Return every form that is kept."""
    forms = (
        boto3.resource("dynamodb")
        .Table(TABLE)
        .scan(FilterExpression=Attr("PK").begins_with("FORM#"))
    )
    return list(forms["Items"])


# Nothing answers ---------------------------------------------------------------------------------


def raising(service: Service) -> tuple[Visitor, str, dict[str, str]]:
    iro = Visitor(service, "iro-1")
    return iro, iro.get("/raise").address, {**ANSWERS, "press": "raise"}


def acting(service: Service) -> tuple[Visitor, str, dict[str, str]]:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{service.raise_at(Stage.ONE)}/note")
    return iro, page.address, {"words": WORDS, "press": "do"}


def replying_by_link(service: Service) -> tuple[Visitor, str, dict[str, str]]:
    service.raise_at(Stage.ONE)
    nobody = Visitor(service)
    return nobody, nobody.get(reply_link(service, "tm-n")).address, REPLY


@pytest.mark.parametrize("container", ["warm", "cold"])
@pytest.mark.parametrize("error", [REFUSED, UNREACHABLE], ids=["refused", "unreachable"])
@pytest.mark.parametrize("begun", [raising, acting, replying_by_link])
def test_while_nothing_answers_every_word_typed_is_on_the_page_to_be_sent_again(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    begun: Callable[[Service], tuple[Visitor, str, dict[str, str]]],
    error: ClientError | BotoCoreError,
    container: str,
) -> None:
    person, address, typed = begun(service)
    carried = person.get(address).forms[-1]
    typed = {**typed, "shown-to": carried["shown-to"]}
    if container == "cold":
        wiring.forget()
    with monkeypatch.context() as outage:
        outage.setattr(BaseClient, "_make_api_call", raises(error))
        page = person.post(address, typed)
    assert page.status == 503
    assert page.heading == "Sorry, this did not work"
    assert_to_send_again(page, typed)
    for words in (text for text in typed.values() if " " in text):
        assert " ".join(words.split()) in " ".join(page.text.split()), "it can be read and copied"
    again = page.form().press("Send it again")
    assert again.status == 200, "once AWS answers again"


def assert_to_send_again(page: Page, typed: Mapping[str, str]) -> None:
    form = page.form()
    assert {name: form[name] for name in typed} == typed


def test_a_stranger_is_told_whom_to_ask_even_if_nobody_can_be_looked_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    iro = Visitor(service, "iro-1")
    load_without("iro-1")
    answers = iter([Casebook.council])

    def answers_once(book: Casebook) -> Council:
        return next(answers, raises(REFUSED))(book)

    monkeypatch.setattr(Casebook, "council", answers_once)
    page = iro.get("/")
    assert (page.status, page.heading) == (403, "You are not in the directory")
    assert "Ask the Safeguarding & Review Service Manager to have it put right." in page.text


# A date beyond the calendar ----------------------------------------------------------------------

BEYOND = CalendarHorizonError("The bank holidays of 2031 are not known yet.")


@pytest.mark.parametrize("officer", [None, "tm-n"], ids=["nobody", "signed in"])
def test_a_link_that_cannot_be_opened_says_so(
    service: Service, monkeypatch: pytest.MonkeyPatch, officer: str | None
) -> None:
    service.raise_at(Stage.ONE)
    address = reply_link(service, "tm-n")
    monkeypatch.setattr(replying, "days_left", raises(BEYOND))
    page = Visitor(service, officer).get(address)
    assert "form=" in page.address
    assert (page.status, page.heading) == (503, "This did not work just now")
    assert str(BEYOND) in page.text


@pytest.mark.parametrize("officer", [None, "tm-n", "iro-1"], ids=["nobody", "its own", "another"])
def test_a_reply_by_link_is_on_the_page_and_not_kept_for_whoever_is_signed_in(
    service: Service, monkeypatch: pytest.MonkeyPatch, officer: str | None
) -> None:
    service.raise_at(Stage.ONE)
    browser = Visitor(service, officer)
    address = browser.get(reply_link(service, "tm-n")).address
    with monkeypatch.context() as beyond:
        beyond.setattr(Casebook, "act", raises(BEYOND))
        page = browser.post(address, REPLY)
    assert page.status == 503
    assert str(BEYOND) in page.text
    assert_to_send_again(page, REPLY)
    assert kept() == []


def test_a_search_that_failed_is_on_the_page_and_not_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    iro = Visitor(service, "iro-1")
    with monkeypatch.context() as beyond:
        beyond.setattr(gate, "found", raises(BEYOND))
        page = iro.post("/find", {"reference": "Ben Marks"})  # it reads like a reference
    assert page.status == 503
    assert_to_send_again(page, {"reference": "Ben Marks"})
    assert kept() == []


def test_an_act_leads_back_to_its_page_with_every_word(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{service.raise_at(Stage.ONE)}/note")
    with monkeypatch.context() as beyond:
        beyond.setattr(Casebook, "act", raises(BEYOND))
        page = page.forms[-1].fill({"words": WORDS}).press()
    assert page.status == 200
    assert page.forms[-1]["words"] == WORDS


def test_what_was_kept_is_not_read_while_the_table_is_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says what is wrong with the date, without what was typed, rather than nothing."""
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{service.raise_at(Stage.ONE)}/note")
    monkeypatch.setattr(deciding, "seen", raises(BEYOND))
    monkeypatch.setattr(UnsentForms, "find", raises(REFUSED))
    page = iro.get(page.address)
    assert page.status == 503
    assert str(BEYOND) in page.text
