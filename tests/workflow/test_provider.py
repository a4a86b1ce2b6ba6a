"""A whole sign-in through the local OpenID provider, as a browser does it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from adapters.identity import CALLBACK_PATH, Identity, SignedIn, WrongTokenError
from adapters.secrets import SecretValues
from infra.local.provider import (
    HOST,
    PROGRAM,
    ProviderPortTakenError,
    SampleOfficer,
    running_provider,
)
from tests.patience import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC_URL = "http://127.0.0.1:8000"
PRIYA = SampleOfficer("priya.shah@council.example", "Priya Shah", "Independent Reviewing Officer")
TOM = SampleOfficer("tom.o'neill@council.example", "Tom <O'Neill>")


class FixedSecrets:
    """Secrets that never change."""

    def read(self) -> SecretValues:
        return SecretValues(b"k" * 32, None, "")

    def client_secret(self) -> str:
        return "any: the local provider takes every secret"


@pytest.fixture
def issuer() -> Iterator[str]:
    with running_provider([PRIYA, TOM]) as provider:
        yield provider.issuer


@pytest.fixture
def identity(issuer: str) -> Identity:
    return Identity(issuer, "positive-challenge", FixedSecrets(), PUBLIC_URL)


def sign_in(identity: Identity, button: str, return_to: str = "/") -> SignedIn:
    """Do what a browser would: open the provider's page, click the button, take its redirect."""
    start = identity.start_sign_in(return_to)
    page = requests.get(start.redirect_url, timeout=LIMIT)
    assert page.status_code == requests.codes.ok
    found = next(
        tag for tag in BeautifulSoup(page.text, "html.parser")("button") if button in tag.text
    )
    answer = requests.post(
        start.redirect_url,
        data={str(found["name"]): str(found["value"])},
        allow_redirects=False,
        timeout=LIMIT,
    )
    target = urlsplit(answer.headers["Location"])
    assert f"{target.scheme}://{target.netloc}" == PUBLIC_URL
    assert target.path == CALLBACK_PATH
    name, _, rest = start.cookie.partition("=")
    return identity.finish_sign_in(dict(parse_qsl(target.query)), {name: rest.partition(";")[0]})


@pytest.mark.parametrize("officer", [PRIYA, TOM], ids=lambda officer: officer.email)
def test_one_click_signs_in_as_a_sample_officer(identity: Identity, officer: SampleOfficer) -> None:
    signed_in = sign_in(identity, officer.email, "/challenges/new")

    assert (signed_in.email, signed_in.name) == (officer.email, officer.name)
    assert signed_in.return_to == "/challenges/new"
    pairs = (cookie.partition(";")[0].partition("=") for cookie in signed_in.cookies)
    session = identity.read_session({name: value for name, _, value in pairs})
    assert session is not None
    assert (session.email, session.expired) == (officer.email, False)


def access_token(issuer: str, secret: str = PROGRAM.client_secret) -> requests.Response:
    """Ask for a token like the forms platform."""
    return requests.post(
        f"{issuer}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(PROGRAM.client_id, secret),
        timeout=LIMIT,
    )


def test_the_forms_platform_gets_a_token_that_opens_the_door_for_programs() -> None:
    with running_provider([PRIYA], programs=[PROGRAM]) as provider:
        identity = Identity(provider.issuer, "positive-challenge", FixedSecrets(), PUBLIC_URL)
        token = access_token(provider.issuer).json()["access_token"]
        client = identity.client_of(
            f"Bearer {token}",
            audience=PROGRAM.audience,
            scope="raise",
            clients=[PROGRAM.client_id],
        )
        assert client == PROGRAM.client_id
        assert access_token(provider.issuer, "another secret").status_code == 401


def test_a_person_s_tokens_do_not_open_the_door_for_programs() -> None:
    """Not even tokens that an officer got for the very client and audience of the door."""
    with running_provider([PRIYA], programs=[PROGRAM]) as provider:
        identity = Identity(provider.issuer, PROGRAM.client_id, FixedSecrets(), PUBLIC_URL)
        given: list[str] = []
        exchanged = identity._exchanged

        def kept(code: str, verifier: str) -> str:
            given.append(exchanged(code, verifier))
            return given[0]

        identity._exchanged = kept  # type: ignore[method-assign]
        sign_in(identity, PRIYA.email)
        with pytest.raises(WrongTokenError):
            identity.client_of(
                f"Bearer {given[0]}",
                audience=PROGRAM.client_id,
                scope="raise",
                clients=[PROGRAM.client_id],
            )


def test_signing_in_twice_works_and_each_time_as_whom_one_chose(identity: Identity) -> None:
    assert sign_in(identity, PRIYA.email).email == PRIYA.email
    assert sign_in(identity, TOM.email).email == TOM.email


def test_the_page_shows_each_officer_by_name_and_needs_nothing_from_elsewhere(
    identity: Identity, issuer: str
) -> None:
    page = BeautifulSoup(
        requests.get(identity.start_sign_in("/").redirect_url, timeout=LIMIT).text, "html.parser"
    )

    shown = [" ".join(button.text.split()) for button in page("button")]
    assert shown == [
        "Priya Shah, Independent Reviewing Officer priya.shah@council.example",
        "Tom <O'Neill> tom.o'neill@council.example",
    ]
    fetched = [
        tag for tag in page(["link", "script", "img", "iframe"]) if tag.get("href") != "data:,"
    ]
    assert fetched == []
    wrong = requests.get(
        f"{issuer}/oauth2/authorize?response_type=token&client_id=x", timeout=LIMIT
    )
    assert "cdn" not in wrong.text


def test_a_provider_started_again_has_new_keys_and_people_can_still_sign_in() -> None:
    with running_provider([PRIYA]) as first:
        port = urlsplit(first.issuer).port
        assert port is not None
        identity = Identity(first.issuer, "positive-challenge", FixedSecrets(), PUBLIC_URL)
        sign_in(identity, PRIYA.email)

    with running_provider([PRIYA], port) as second:
        assert second.issuer == first.issuer
        assert sign_in(identity, PRIYA.email).email == PRIYA.email


def test_it_listens_on_this_machine_alone(issuer: str) -> None:
    address = urlsplit(issuer)

    assert address.hostname == HOST == "127.0.0.1"
    assert address.port is not None
    # Another address of this machine: a server bound to all of them would answer here too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", address.port), timeout=LIMIT)


def test_it_stops_when_its_context_ends() -> None:
    with running_provider([PRIYA]) as provider:
        port = urlsplit(provider.issuer).port

    assert port is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=LIMIT)


def test_a_taken_port_is_a_clear_error(issuer: str) -> None:
    port = urlsplit(issuer).port
    assert port is not None

    with (
        pytest.raises(ProviderPortTakenError, match=rf"Port {port} .* is in use"),
        running_provider([PRIYA], port),
    ):
        pass
