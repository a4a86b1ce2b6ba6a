"""Signing in, sessions and their secrets, with a provider that takes notes and can lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aws_lambda_powertools.utilities.parameters import base
from botocore.exceptions import ClientError
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from adapters import identity as identity_module
from adapters.identity import (
    CALLBACK_PATH,
    DeclinedSignInError,
    Identity,
    NoEmailError,
    ProviderUnavailableError,
    Shown,
    SignedIn,
    SignInError,
    StaleSignInError,
    UntrustedSignInError,
)
from adapters.secrets import PoolClientSecret, Secrets, SecretsError, SecretValues
from tests.patience import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Sign = Callable[[dict[str, Any]], str]

CLIENT_ID = "positive-challenge"
CLIENT_SECRET = "a client secret"
PUBLIC_URL = "https://challenge.example"
KEY = b"k" * 32
OLD_KEY = b"o" * 32
EMAIL = "priya.shah@council.example"

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig"})
UNNAMED_RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})

#: A token whose header is not valid: {"alg": "RS256", "crit": 5}.
ODD_CRIT = "eyJhbGciOiJSUzI1NiIsImNyaXQiOjV9.e30.AAAA"

SigningKey = RSAKey | ECKey | OctKey


class Clock:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = time.time()

    def __call__(self) -> float:
        return self.seconds


@dataclass
class FakeSecrets:
    """Secrets, as if they had been read."""

    values: SecretValues = field(
        default_factory=lambda: SecretValues(KEY, None, CLIENT_SECRET),
    )

    def read(self) -> SecretValues:
        return self.values

    def client_secret(self) -> str:
        return self.values.oidc_client_secret


@dataclass
class FakeProvider:
    """An OpenID provider in this process: notes requests, and answers as the test tells it."""

    clock: Clock
    issuer: str = ""
    asked: list[str] = field(default_factory=list)
    token_requests: list[dict[str, str]] = field(default_factory=list)
    token_request_headers: list[dict[str, str]] = field(default_factory=list)
    published: list[SigningKey] = field(default_factory=lambda: [RSA, EC])
    extra_keys: list[dict[str, str]] = field(default_factory=list)
    jwks: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    sign: Sign | None = None
    token_answer: tuple[int, bytes] | None = None
    nonce: str = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            document = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                **self.discovery,
            }
            return 200, json.dumps(document).encode()
        if path == "/jwks":
            keys = [key.as_dict(private=False) for key in self.published]
            document = {"keys": keys + self.extra_keys, **self.jwks}
            return 200, json.dumps(document).encode()
        if self.token_answer:
            return self.token_answer
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "12345",
            "iat": int(self.clock()),
            "exp": int(self.clock()) + 300,
            "nonce": self.nonce,
            "email": EMAIL,
            "name": "Priya Shah",
            **self.claims,
        }
        for name in self.without:
            del claims[name]
        id_token = (self.sign or signed_by(RSA))(claims)
        answer = {"access_token": "x", "token_type": "Bearer", "id_token": id_token}
        return 200, json.dumps(answer).encode()

    def count(self, path: str) -> int:
        return self.asked.count(path)


def signed_by(
    key: SigningKey, alg: str = "RS256", kid: str | None = None, typ: str | None = None
) -> Sign:
    def sign(claims: dict[str, Any]) -> str:
        header = {"alg": alg} | ({"kid": kid or key.kid} if kid or key.kid else {})
        header |= {"typ": typ} if typ else {}
        return jwt.encode(header, claims, key, algorithms=[alg])

    return sign


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "kid": RSA.kid}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b""]).decode()


def signed_with_the_public_key_as_a_shared_secret(claims: dict[str, Any]) -> str:
    # By hand: joserfc rightly refuses to take a public key for an HMAC secret.
    parts = ({"alg": "HS256", "kid": RSA.kid}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    text = b".".join(encoded)
    mac = hmac.digest(RSA.as_pem(private=False), text, "sha256")
    return b".".join([text, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


@contextmanager
def serving(provider: FakeProvider) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*provider.answer(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.token_requests.append({k: v[0] for k, v in parse_qs(body).items()})
            provider.token_request_headers.append(dict(self.headers))
            self._send(*provider.answer(self.path))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the name it overrides)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer for the provider, which shares a machine that may be busy with these tests."""
    monkeypatch.setattr(identity_module, "HTTP_TIMEOUT", LIMIT)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Iterator[FakeProvider]:
    provider = FakeProvider(clock)
    with serving(provider):
        yield provider


@pytest.fixture
def secrets() -> FakeSecrets:
    return FakeSecrets()


@pytest.fixture
def identity(provider: FakeProvider, secrets: FakeSecrets, clock: Clock) -> Identity:
    return Identity(provider.issuer, CLIENT_ID, secrets, PUBLIC_URL, clock)


@pytest.fixture
def offline(secrets: FakeSecrets, clock: Clock) -> Identity:
    """Return a client of an address where nothing listens, for tests that need no provider."""
    return Identity("http://127.0.0.1:9", CLIENT_ID, secrets, PUBLIC_URL, clock)


def jar(*set_cookies: str) -> dict[str, str]:
    """Return the cookies that a browser would send back."""
    cookies = SimpleCookie()
    for set_cookie in set_cookies:
        cookies.load(set_cookie)
    return {name: morsel.value for name, morsel in cookies.items() if morsel["max-age"] != "0"}


def begin(
    identity: Identity, provider: FakeProvider, return_to: str = "/"
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Start signing in; return the query, the provider's answer and the browser's cookies."""
    start = identity.start_sign_in(return_to)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(start.redirect_url).query).items()}
    provider.nonce = asked["nonce"]
    return asked, {"code": "a-code", "state": asked["state"]}, jar(start.cookie)


def sign_in(identity: Identity, provider: FakeProvider, return_to: str = "/") -> SignedIn:
    _, answer, cookies = begin(identity, provider, return_to)
    return identity.finish_sign_in(answer, cookies)


# The way there and back


def test_signing_in_tells_who_it_is_and_where_they_wanted_to_go(
    identity: Identity, provider: FakeProvider
) -> None:
    signed_in = sign_in(identity, provider, "/challenges/PCE-7K3M-9QXT?tab=timeline")

    assert (signed_in.email, signed_in.name) == (EMAIL, "Priya Shah")
    assert signed_in.return_to == "/challenges/PCE-7K3M-9QXT?tab=timeline"
    session = identity.read_session(jar(*signed_in.cookies))
    assert session is not None
    assert (session.email, session.expired) == (EMAIL, False)


def test_the_request_is_a_code_flow_for_our_client_and_callback(
    identity: Identity, provider: FakeProvider
) -> None:
    start = identity.start_sign_in("/")

    assert start.redirect_url.startswith(f"{provider.issuer}/authorize?")
    asked, _, _ = begin(identity, provider)
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == PUBLIC_URL + CALLBACK_PATH
    assert asked["scope"].split() == ["openid", "email", "profile"]


def test_the_challenge_sent_is_the_s256_of_the_verifier_sent_later(
    identity: Identity, provider: FakeProvider
) -> None:
    asked, answer, cookies = begin(identity, provider)
    identity.finish_sign_in(answer, cookies)

    (request,) = provider.token_requests
    digest = hashlib.sha256(request["code_verifier"].encode()).digest()
    assert asked["code_challenge_method"] == "S256"
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert len(request["code_verifier"]) >= 43
    assert "code_verifier" not in asked
    assert request["code"] == "a-code"
    assert request["grant_type"] == "authorization_code"
    assert request["redirect_uri"] == asked["redirect_uri"]


def test_each_sign_in_has_its_own_state_nonce_and_challenge(
    identity: Identity, provider: FakeProvider
) -> None:
    first, _, _ = begin(identity, provider)
    second, _, _ = begin(identity, provider)

    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


def test_the_client_secret_goes_in_the_header_unless_the_provider_only_takes_it_in_the_body(
    identity: Identity, provider: FakeProvider, secrets: FakeSecrets, clock: Clock
) -> None:
    sign_in(identity, provider)
    provider.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    sign_in(Identity(provider.issuer, CLIENT_ID, secrets, PUBLIC_URL, clock), provider)

    assert provider.token_request_headers[0]["Authorization"].startswith("Basic ")
    assert "client_secret" not in provider.token_requests[0]
    assert "Authorization" not in provider.token_request_headers[1]
    assert provider.token_requests[1]["client_secret"] == CLIENT_SECRET


def test_a_token_signed_with_es256_is_accepted(identity: Identity, provider: FakeProvider) -> None:
    provider.sign = signed_by(EC, "ES256")

    assert sign_in(identity, provider).email == EMAIL


def test_the_email_is_lower_case_and_stands_in_for_a_missing_name(
    identity: Identity, provider: FakeProvider
) -> None:
    provider.claims["email"] = "Priya.Shah@Council.Example"
    provider.without = ("name",)

    signed_in = sign_in(identity, provider)

    assert (signed_in.email, signed_in.name) == (EMAIL, EMAIL)


# Open redirects


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/challenges/new",
        "/a?b=c&d=%2F%2Fevil.example",
        "/a/b;c=1,2:3@4",
        "/a//b",
        "/~x!$'()*+",
    ],
)
def test_a_path_of_ours_is_returned_to(
    identity: Identity, provider: FakeProvider, path: str
) -> None:
    assert sign_in(identity, provider, path).return_to == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/a\\b",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        " /",
        "/ a",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nSet-Cookie: session=x",
        "/a\n",
        "/\x00",
        "/a\x7f",
        "/a\x85",
        "/\u2028",
        "/é",
        "/a#b",
        "/" + "a" * 2000,
    ],
)
def test_anything_that_is_not_a_path_of_ours_becomes_the_front_page(
    identity: Identity, provider: FakeProvider, elsewhere: str
) -> None:
    assert sign_in(identity, provider, elsewhere).return_to == "/"


# Answers that are not ours


@pytest.mark.parametrize("state", ["forged", "", None])
def test_an_answer_with_another_state_is_refused_before_the_code_is_used(
    identity: Identity, provider: FakeProvider, state: str | None
) -> None:
    _, answer, cookies = begin(identity, provider)
    forged = {"code": answer["code"]} | ({} if state is None else {"state": state})

    with pytest.raises(StaleSignInError, match="Sign in again"):
        identity.finish_sign_in(forged, cookies)
    assert provider.token_requests == []


def test_an_answer_to_a_sign_in_begun_in_another_browser_is_refused(
    identity: Identity, provider: FakeProvider
) -> None:
    _, strangers_answer, _ = begin(identity, provider)
    _, _, cookies = begin(identity, provider)

    with pytest.raises(StaleSignInError):
        identity.finish_sign_in(strangers_answer, cookies)


def test_an_answer_without_the_sign_in_cookie_is_refused(
    identity: Identity, provider: FakeProvider
) -> None:
    _, answer, _ = begin(identity, provider)

    with pytest.raises(StaleSignInError):
        identity.finish_sign_in(answer, {})


def test_a_sign_in_cookie_signed_with_another_key_is_refused(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    theirs = FakeSecrets(SecretValues(b"x" * 32, None, CLIENT_SECRET))
    forger = Identity(provider.issuer, CLIENT_ID, theirs, PUBLIC_URL, clock)
    _, answer, cookies = begin(forger, provider)

    with pytest.raises(StaleSignInError):
        identity.finish_sign_in(answer, cookies)


def test_a_sign_in_can_be_finished_for_ten_minutes(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    clock.seconds = float(int(clock.seconds))
    _, answer, cookies = begin(identity, provider)
    clock.seconds += 599
    assert identity.finish_sign_in(answer, cookies).email == EMAIL

    clock.seconds += 1
    with pytest.raises(StaleSignInError, match="10 minutes"):
        identity.finish_sign_in(answer, cookies)


def test_an_answer_that_names_another_issuer_is_refused(
    identity: Identity, provider: FakeProvider
) -> None:
    _, answer, cookies = begin(identity, provider)

    with pytest.raises(UntrustedSignInError):
        identity.finish_sign_in({**answer, "iss": "https://evil.example"}, cookies)
    assert provider.token_requests == []
    assert identity.finish_sign_in({**answer, "iss": provider.issuer}, cookies).email == EMAIL


def test_a_refusal_by_the_provider_says_so_once_the_state_fits(
    identity: Identity, provider: FakeProvider
) -> None:
    _, answer, cookies = begin(identity, provider)

    with pytest.raises(DeclinedSignInError, match="did not let you through") as caught:
        identity.finish_sign_in({"error": "access_denied", "state": answer["state"]}, cookies)
    assert "access_denied" in caught.value.reason
    with pytest.raises(StaleSignInError):
        identity.finish_sign_in({"error": "access_denied", "state": "forged"}, cookies)


# ID tokens that are not ours


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": ""},
        {"aud": "another-client"},
        {"aud": []},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID},
        {"aud": [CLIENT_ID, CLIENT_ID]},
        {"aud": [CLIENT_ID, {}]},
        {"azp": [CLIENT_ID]},
        {"token_use": "access"},
        {"typ": "Bearer"},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"iss": "https://evil.example"},
        {"iss": ["a list"]},
        {"exp": 0},
        {"exp": "never"},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    identity: Identity, provider: FakeProvider, wrong: dict[str, Any]
) -> None:
    provider.claims.update(wrong)

    with pytest.raises(UntrustedSignInError, match="could not be sure who you are"):
        sign_in(identity, provider)


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "iat", "nonce"])
def test_a_token_without_a_required_claim_is_refused(
    identity: Identity, provider: FakeProvider, missing: str
) -> None:
    provider.without = (missing,)

    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)


@pytest.mark.parametrize(
    "more", [{"aud": [CLIENT_ID]}, {"azp": CLIENT_ID}, {"token_use": "id"}, {"typ": "ID"}], ids=str
)
def test_a_token_for_us_alone_is_accepted_however_its_provider_writes_that(
    identity: Identity, provider: FakeProvider, more: dict[str, Any]
) -> None:
    provider.claims.update(more)

    assert sign_in(identity, provider).email == EMAIL


@pytest.mark.parametrize("kind", ["at+jwt", "application/at+JWT", "logout+jwt", "secevent+jwt"])
def test_another_kind_of_token_is_no_id_token(
    identity: Identity, provider: FakeProvider, kind: str
) -> None:
    provider.sign = signed_by(RSA, typ=kind)

    with pytest.raises(UntrustedSignInError) as caught:
        sign_in(identity, provider)
    assert "another kind of token" in caught.value.reason


@pytest.mark.parametrize("kind", ["JWT", "jwt", "application/jwt"])
def test_a_token_that_says_to_be_a_jwt_is_accepted(
    identity: Identity, provider: FakeProvider, kind: str
) -> None:
    provider.sign = signed_by(RSA, typ=kind)

    assert sign_in(identity, provider).email == EMAIL


@pytest.mark.parametrize(
    "more", ['"email": "chief@council.example"', '"address": {"a": 1, "a": 2}', '"x": NaN'], ids=str
)
def test_a_token_whose_claims_can_be_read_in_two_ways_is_refused(
    identity: Identity, provider: FakeProvider, more: str
) -> None:
    def twice(claims: dict[str, Any]) -> str:
        text = json.dumps(claims)[:-1] + f", {more}}}"
        return jws.serialize_compact({"alg": "RS256", "kid": RSA.kid}, text.encode(), RSA)

    provider.sign = twice

    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)


def test_a_token_is_expired_a_minute_after_its_end(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    provider.claims["exp"] = int(clock()) - 59
    assert sign_in(identity, provider).email == EMAIL
    provider.claims["exp"] = int(clock()) - 60

    with pytest.raises(UntrustedSignInError) as caught:
        sign_in(identity, provider)
    assert "expired" in caught.value.reason


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(unsigned, id="alg none"),
        pytest.param(signed_with_the_public_key_as_a_shared_secret, id="public key as secret"),
        pytest.param(
            signed_by(OctKey.import_key(CLIENT_SECRET.encode().ljust(32)), "HS256", "rsa-1"),
            id="client secret as key",
        ),
        pytest.param(signed_by(OTHER_RSA, kid="rsa-1"), id="another key under a known name"),
        pytest.param(signed_by(OTHER_RSA), id="unknown key"),
        pytest.param(signed_by(RSA, "PS256"), id="an algorithm we do not take"),
        pytest.param(signed_by(RSA, kid="ec-1"), id="the wrong kind of key"),
        pytest.param(lambda _claims: "rubbish", id="not a token"),
        pytest.param(lambda _claims: ODD_CRIT, id="a crit that is no list"),
        pytest.param(lambda _claims: "a.b.c", id="three parts of nothing"),
        pytest.param(lambda _claims: "é.é.é", id="not even ASCII"),
    ],
)
def test_a_token_not_signed_by_the_provider_is_refused(
    identity: Identity, provider: FakeProvider, sign: Sign
) -> None:
    provider.sign = sign

    with pytest.raises(UntrustedSignInError) as caught:
        sign_in(identity, provider)
    assert "not signed by the provider" in caught.value.reason


def test_a_shared_secret_that_the_provider_publishes_is_no_key(
    identity: Identity, provider: FakeProvider
) -> None:
    published = OctKey.import_key(b"s" * 32, {"kid": "oct-1"})
    provider.extra_keys = [{**published.as_dict(private=True), "kid": "oct-1"}]  # type: ignore[dict-item]
    provider.sign = signed_by(published, "HS256", "oct-1")

    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)


def test_a_token_altered_after_signing_is_refused(
    identity: Identity, provider: FakeProvider
) -> None:
    def altered(claims: dict[str, Any]) -> str:
        header, _, signature = signed_by(RSA)(claims).split(".")
        other = json.dumps({**claims, "email": "chief@council.example"}).encode()
        return f"{header}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}.{signature}"

    provider.sign = altered

    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)


@pytest.mark.parametrize("claims", [{"email": None}, {"email": ""}, {"email": "no address"}])
def test_an_account_without_an_email_is_told_to_have_one_added(
    identity: Identity, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    provider.claims.update(claims)

    with pytest.raises(NoEmailError, match="Ask your IT service desk to add one"):
        sign_in(identity, provider)


@pytest.mark.parametrize("unverified", [False, "false"])
def test_an_email_that_the_provider_has_not_verified_is_refused(
    identity: Identity, provider: FakeProvider, unverified: object
) -> None:
    provider.claims["email_verified"] = unverified

    with pytest.raises(NoEmailError):
        sign_in(identity, provider)


def test_an_email_that_the_provider_has_verified_is_accepted(
    identity: Identity, provider: FakeProvider
) -> None:
    provider.claims["email_verified"] = True

    assert sign_in(identity, provider).email == EMAIL


# The provider's keys and addresses


def test_addresses_and_keys_are_fetched_once_an_hour(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    sign_in(identity, provider)
    sign_in(identity, provider)
    assert provider.count("/jwks") == provider.count("/.well-known/openid-configuration") == 1

    clock.seconds += 3601
    sign_in(identity, provider)
    assert provider.count("/jwks") == provider.count("/.well-known/openid-configuration") == 2


def test_a_key_published_since_is_found_by_asking_once_more(
    identity: Identity, provider: FakeProvider
) -> None:
    sign_in(identity, provider)
    provider.published = [OTHER_RSA]
    provider.sign = signed_by(OTHER_RSA)

    assert sign_in(identity, provider).email == EMAIL
    assert provider.count("/jwks") == 2


def test_a_provider_with_one_unnamed_key_may_change_it(
    identity: Identity, provider: FakeProvider
) -> None:
    provider.published = [UNNAMED_RSA]
    provider.sign = signed_by(UNNAMED_RSA)
    sign_in(identity, provider)
    provider.published = [OTHER_RSA]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256"}, claims, OTHER_RSA)

    assert sign_in(identity, provider).email == EMAIL


def test_an_unknown_key_is_asked_for_once_and_not_for_ever(
    identity: Identity, provider: FakeProvider
) -> None:
    sign_in(identity, provider)
    provider.sign = signed_by(OTHER_RSA)

    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)
    assert provider.count("/jwks") == 2


def test_who_makes_keys_up_has_the_provider_asked_once_in_half_a_minute(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    sign_in(identity, provider)
    for made_up in (OTHER_RSA, UNNAMED_RSA):
        for number in range(10):
            provider.sign = signed_by(made_up, kid=f"made-up-{number}")
            with pytest.raises(UntrustedSignInError):
                sign_in(identity, provider)
    provider.sign = signed_by(OTHER_RSA, kid=RSA.kid)
    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)
    clock.seconds += 29
    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)
    assert provider.count("/jwks") == 2

    provider.sign = signed_by(RSA)
    assert sign_in(identity, provider).email == EMAIL, "the good key serves all along"
    assert provider.count("/jwks") == 2


def test_a_key_that_is_new_is_known_half_a_minute_later_whoever_makes_others_up(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    sign_in(identity, provider)
    provider.sign = signed_by(OTHER_RSA, kid="made-up")
    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)
    provider.published = [OTHER_RSA]
    provider.sign = signed_by(OTHER_RSA)
    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)

    clock.seconds += 30
    assert sign_in(identity, provider).email == EMAIL
    assert provider.count("/jwks") == 3


@pytest.mark.parametrize("jwks", [{"keys": "none"}, {"keys": []}, {"keys": [{"kty": "?"}]}])
def test_good_keys_are_kept_while_the_provider_has_none_to_give(
    identity: Identity, provider: FakeProvider, jwks: dict[str, Any]
) -> None:
    sign_in(identity, provider)
    provider.jwks = jwks
    provider.sign = signed_by(OTHER_RSA, kid="made-up")
    with pytest.raises(SignInError):
        sign_in(identity, provider)

    provider.sign = signed_by(RSA)
    assert sign_in(identity, provider).email == EMAIL


def test_a_clock_that_was_set_back_does_not_keep_a_new_key_out(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    sign_in(identity, provider)
    provider.sign = signed_by(OTHER_RSA, kid="made-up")
    with pytest.raises(UntrustedSignInError):
        sign_in(identity, provider)
    clock.seconds -= 600
    provider.published = [OTHER_RSA]
    provider.sign = signed_by(OTHER_RSA)
    assert sign_in(identity, provider).email == EMAIL


def test_keys_of_kinds_not_yet_invented_are_passed_over(
    identity: Identity, provider: FakeProvider
) -> None:
    provider.extra_keys = [{"kty": "QUANTUM", "kid": "q"}]

    assert sign_in(identity, provider).email == EMAIL


@pytest.mark.parametrize("keys", [None, [], {}, 7, ["x"], [{}], [{"kty": "RSA", "n": 1}]], ids=str)
def test_a_provider_without_a_key_that_can_be_read_is_said_to_be_down(
    identity: Identity, provider: FakeProvider, keys: object
) -> None:
    provider.jwks = {"keys": keys}

    with pytest.raises(ProviderUnavailableError):
        sign_in(identity, provider)


def test_a_provider_that_does_not_answer_is_said_to_be_down(offline: Identity) -> None:
    with pytest.raises(ProviderUnavailableError, match="Try again in a few minutes"):
        offline.start_sign_in("/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
    ids=str,
)
def test_a_discovery_document_that_is_not_this_providers_is_refused(
    identity: Identity, provider: FakeProvider, wrong: dict[str, Any]
) -> None:
    provider.discovery.update(wrong)

    with pytest.raises(ProviderUnavailableError):
        identity.start_sign_in("/")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
@pytest.mark.parametrize(
    "more", [b'"keys": [], "issuer": "https://evil.example"', b'"x": NaN', b"x"]
)
def test_a_document_of_the_providers_that_can_be_read_in_two_ways_is_refused(
    identity: Identity,
    provider: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    more: bytes,
) -> None:
    answer = provider.answer

    def twice(asked: str) -> tuple[int, bytes]:
        status, body = answer(asked)
        return status, body[:-1] + b', "x": 1, ' + more + b"}" if asked == path else body

    monkeypatch.setattr(provider, "answer", twice)

    with pytest.raises(ProviderUnavailableError):
        sign_in(identity, provider)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, b'{"error": "invalid_grant"}'), StaleSignInError),
        ((401, b'{"error": "invalid_client"}'), ProviderUnavailableError),
        ((503, b"busy"), ProviderUnavailableError),
        ((200, b"<html>"), ProviderUnavailableError),
        ((200, b"[]"), ProviderUnavailableError),
        ((200, b'{"access_token": "x", "token_type": "Bearer"}'), ProviderUnavailableError),
    ],
)
def test_a_token_endpoint_that_fails_becomes_a_sentence_to_act_on(
    identity: Identity,
    provider: FakeProvider,
    answer: tuple[int, bytes],
    error: type[SignInError],
) -> None:
    provider.token_answer = answer

    with pytest.raises(error):
        sign_in(identity, provider)


def test_neither_code_nor_error_is_no_answer(identity: Identity, provider: FakeProvider) -> None:
    _, answer, cookies = begin(identity, provider)

    with pytest.raises(ProviderUnavailableError):
        identity.finish_sign_in({"state": answer["state"]}, cookies)


# Cookies


def test_over_https_cookies_are_secure_and_bound_to_the_host(
    identity: Identity, provider: FakeProvider
) -> None:
    start = identity.start_sign_in("/")
    session, used, cleared = sign_in(identity, provider).cookies

    for cookie in (start.cookie, session, used, cleared, *identity.sign_out()):
        name, _, rest = cookie.partition("=")
        assert name in ("__Host-session", "__Host-used", "__Host-sign-in")
        assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(rest.split("; "))
        assert "Domain" not in rest
    assert "Max-Age=600" in start.cookie
    assert "Max-Age" not in session + used


def test_over_plain_http_on_one_machine_cookies_can_be_kept(
    provider: FakeProvider, secrets: FakeSecrets, clock: Clock
) -> None:
    local = Identity(provider.issuer, CLIENT_ID, secrets, "http://127.0.0.1:8000", clock)

    session, used, cleared = sign_in(local, provider).cookies

    assert session.startswith("session=")
    assert used.startswith("used=")
    assert cleared.startswith("sign-in=;")
    assert "Secure" not in session + cleared
    assert {"HttpOnly", "SameSite=Lax"} <= set(session.split("; "))


def test_a_finished_sign_in_clears_its_cookie(identity: Identity, provider: FakeProvider) -> None:
    start = identity.start_sign_in("/")
    assert list(jar(start.cookie)) == ["__Host-sign-in"]

    assert list(jar(*sign_in(identity, provider).cookies)) == ["__Host-session", "__Host-used"]


def test_signing_out_clears_the_session(identity: Identity, provider: FakeProvider) -> None:
    cookies = sign_in(identity, provider).cookies

    assert jar(*cookies, *identity.sign_out()) == {}
    assert identity.sign_out() == [
        f"{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure"
        for name in ("__Host-session", "__Host-used")
    ]


# Sessions


def test_nobody_is_signed_in_without_a_cookie(offline: Identity) -> None:
    assert offline.read_session({}) is None


def test_a_session_lasts_eight_hours_and_is_then_known_to_have_expired(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    clock.seconds = float(int(clock.seconds))
    cookies = jar(*sign_in(identity, provider).cookies)

    clock.seconds += 8 * 3600 - 1
    session = identity.read_session(cookies)
    assert session is not None
    assert not session.expired

    clock.seconds += 1
    session = identity.read_session(cookies)
    assert session is not None
    assert session.expired
    assert session.email == EMAIL


def test_a_tampered_session_is_none(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    cookies = jar(*sign_in(identity, provider).cookies)
    name, value = next(iter(cookies.items()))
    header, payload, signature = value.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["email"] = "chief@council.example"
    other = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()

    tampered = {**cookies, name: f"{header}.{other}.{signature}"}
    assert identity.read_session(cookies) is not None
    assert identity.read_session(tampered) is None
    clock.seconds += 9 * 3600
    assert identity.read_session(tampered) is None


def test_a_session_is_none_without_its_own_mark_of_when_it_was_used(
    identity: Identity, provider: FakeProvider, clock: Clock
) -> None:
    own = jar(*sign_in(identity, provider).cookies)
    other = jar(*sign_in(identity, provider).cookies)
    clock.seconds += 60
    session = identity.read_session(own)
    assert session is not None
    assert 59 < session.idle < 62
    for used in ("", other["__Host-used"], own["__Host-session"]):
        assert identity.read_session({**own, "__Host-used": used}) is None
    renewed = identity.read_session({**own, **jar(identity.renew(session))})
    assert renewed is not None
    assert renewed.idle < 1
    assert renewed.until == session.until


def test_a_form_knows_whom_it_was_shown_to_for_a_fortnight(offline: Identity, clock: Clock) -> None:
    shown = Shown("iro-1", {"reason": "Why?"})
    carried = offline.show(shown)
    clock.seconds += 14 * 24 * 3600 - 2
    assert offline.was_shown(carried) == shown
    clock.seconds += 3
    assert offline.was_shown(carried) is None
    assert offline.was_shown("") is None


def test_an_unsigned_session_is_none(offline: Identity, clock: Clock) -> None:
    claims = {"email": EMAIL, "aud": "session", "iat": int(clock()), "exp": int(clock()) + 60}

    assert offline.read_session({"__Host-session": unsigned(claims)}) is None


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_a_session_in_an_algorithm_we_do_not_write_is_none(
    offline: Identity, clock: Clock, alg: str
) -> None:
    claims = {"email": EMAIL, "aud": "session", "iat": int(clock()), "exp": int(clock()) + 60}
    value = signed_by(OctKey.import_key(KEY * 2), alg)(claims)

    assert offline.read_session({"__Host-session": value}) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.é.é",
        "\x00",
        "e30.e30.",
        "W10.W10.",
        "eyJhbGciOjF9..",
        b".".join([base64.urlsafe_b64encode(b'{"alg":"HS256","crit":5}'), b"e30", b""]).decode(),
        "e30" * 5000,
    ],
)
def test_rubbish_for_a_session_is_none(offline: Identity, value: str) -> None:
    assert offline.read_session({"__Host-session": value}) is None


def test_a_sign_in_cookie_is_no_session(identity: Identity, provider: FakeProvider) -> None:
    _, _, cookies = begin(identity, provider)
    own = jar(*sign_in(identity, provider).cookies)

    assert identity.read_session({**own, "__Host-session": cookies["__Host-sign-in"]}) is None


def test_a_session_is_no_sign_in_cookie(identity: Identity, provider: FakeProvider) -> None:
    _, answer, _ = begin(identity, provider)
    session = jar(*sign_in(identity, provider).cookies)["__Host-session"]

    with pytest.raises(StaleSignInError):
        identity.finish_sign_in(answer, {"__Host-sign-in": session})


def test_a_session_under_the_plain_name_is_not_read_over_https(
    identity: Identity, provider: FakeProvider
) -> None:
    cookies = jar(*sign_in(identity, provider).cookies)
    plain = {name.removeprefix("__Host-"): value for name, value in cookies.items()}

    assert identity.read_session(cookies) is not None
    assert identity.read_session(plain) is None


def test_a_session_signed_with_the_previous_key_still_counts_and_with_the_one_before_does_not(
    identity: Identity, provider: FakeProvider, secrets: FakeSecrets
) -> None:
    secrets.values = SecretValues(OLD_KEY, None, CLIENT_SECRET)
    old = jar(*sign_in(identity, provider).cookies)

    secrets.values = SecretValues(KEY, OLD_KEY, CLIENT_SECRET)
    session = identity.read_session(old)
    assert session is not None
    assert session.email == EMAIL

    secrets.values = SecretValues(b"n" * 32, KEY, CLIENT_SECRET)
    assert identity.read_session(old) is None


def test_new_sessions_are_signed_with_the_new_key(
    identity: Identity, provider: FakeProvider, secrets: FakeSecrets
) -> None:
    secrets.values = SecretValues(KEY, OLD_KEY, CLIENT_SECRET)
    cookies = jar(*sign_in(identity, provider).cookies)

    secrets.values = SecretValues(KEY, None, CLIENT_SECRET)
    assert identity.read_session(cookies) is not None


# Cold starts


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("", ("authlib", "joserfc", "requests", "boto3", "cryptography")),
        (
            "identity.Identity('i', 'c', S(), 'http://p').read_session({'session': 'a.b.c'})",
            ("authlib", "requests", "boto3"),
        ),
    ],
    ids=["importing", "reading a session"],
)
def test_loads_no_library_before_it_is_wanted(code: str, unwanted: tuple[str, ...]) -> None:
    script = f"""
import sys
sys.path.insert(0, "functions")
from adapters import identity, secrets
class S:
    def read(self):
        return secrets.SecretValues(b"k" * 32, None, "c")
{code}
print(*(name for name in {unwanted!r} if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []


# Secrets


@pytest.fixture
def age(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that Powertools uses to tell how old a value is."""

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Moved:
            return cls.fromtimestamp(clock.seconds, tz)

    monkeypatch.setattr(base, "datetime", Moved)
    return clock


class FakeSecretsManager:
    """Secrets Manager with these texts as answers; an exception among them is raised."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (as AWS names it)
        assert SecretId == "the-secret"
        self.calls += 1
        answer = self.answers[min(self.calls, len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return {"SecretString": answer}


DENIED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue")


def secret_text(**changes: object) -> str:
    encoded = base64.urlsafe_b64encode(KEY).rstrip(b"=").decode()
    return json.dumps({"session_key": encoded, "oidc_client_secret": "hush-hush", **changes})


def secrets_of(manager: FakeSecretsManager) -> Secrets:
    return Secrets("the-secret", lambda: manager)  # type: ignore[arg-type, return-value]


def test_secrets_are_read_when_first_wanted_and_again_when_ten_minutes_old(age: Clock) -> None:
    manager = FakeSecretsManager(secret_text(), secret_text(oidc_client_secret="changed"))
    secrets = secrets_of(manager)
    assert manager.calls == 0

    assert secrets.read() == SecretValues(KEY, None, "hush-hush")
    age.seconds += 599
    assert secrets.read().oidc_client_secret == "hush-hush"
    assert manager.calls == 1

    age.seconds += 2
    assert secrets.read().oidc_client_secret == "changed"
    assert manager.calls == 2


def test_the_previous_session_key_is_read() -> None:
    previous = base64.urlsafe_b64encode(OLD_KEY).decode()
    manager = FakeSecretsManager(secret_text(session_key_previous=previous))

    assert secrets_of(manager).read().session_key_previous == OLD_KEY


def test_while_secrets_manager_fails_the_old_copy_serves_and_it_is_asked_once_a_minute(
    age: Clock,
) -> None:
    manager = FakeSecretsManager(secret_text(), DENIED, secret_text(oidc_client_secret="changed"))
    secrets = secrets_of(manager)
    secrets.read()
    age.seconds += 601

    assert secrets.read().oidc_client_secret == "hush-hush"
    age.seconds += 59
    assert secrets.read().oidc_client_secret == "hush-hush"
    assert manager.calls == 2

    age.seconds += 2
    assert secrets.read().oidc_client_secret == "changed"


@pytest.mark.parametrize("text", ["hush-hush", secret_text(session_key="c2hvcnQ")])
def test_a_secret_that_was_stored_wrong_does_not_replace_the_good_one(
    age: Clock, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    secrets = secrets_of(FakeSecretsManager(secret_text(), text, secret_text()))
    good = secrets.read()
    age.seconds += 601

    assert [secrets.read() for _ in range(3)] == [good] * 3
    (line,) = caplog.messages
    assert "Going on with what was read before" in line
    assert "hush" not in line
    assert "c2hvcnQ" not in line


def test_without_any_copy_the_error_says_what_an_operator_can_do() -> None:
    with pytest.raises(SecretsError, match=r"Check SECRET_ID.*GetSecretValue"):
        secrets_of(FakeSecretsManager(DENIED)).read()


@pytest.mark.parametrize(
    ("text", "what_to_do"),
    [
        ("hush-hush", "Store it as"),
        ('["hush-hush"]', "Store it as"),
        ('{"session_key": "hush-hush", ' + secret_text()[1:], "with each name once"),
        (secret_text(session_key=None), "session_key .* Make one with"),
        (secret_text(session_key="c2hvcnQ"), "session_key .* Make one with"),
        (secret_text(session_key="!" * 60), "session_key .* Make one with"),
        (secret_text(session_key="é" * 60), "session_key .* Make one with"),
        (secret_text(session_key_previous="c2hvcnQ"), "session_key_previous .* Make one with"),
    ],
)
def test_a_secret_that_cannot_serve_says_what_to_put_right_and_nothing_of_itself(
    text: str, what_to_do: str
) -> None:
    with pytest.raises(SecretsError, match=what_to_do) as caught:
        secrets_of(FakeSecretsManager(text)).read()

    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("missing", ["", None])
def test_without_a_clients_secret_sessions_go_on_and_signing_in_says_what_to_add(
    missing: str | None,
) -> None:
    secrets = secrets_of(FakeSecretsManager(secret_text(oidc_client_secret=missing)))

    assert secrets.read().session_key == KEY
    with pytest.raises(SecretsError, match="Add the one the provider gave"):
        secrets.client_secret()


@dataclass
class FakePool:
    """Cognito with one client and its secret; ``answer`` may be an error."""

    answer: str | Exception = "of-the-pool"
    calls: int = 0

    def describe_user_pool_client(self, **asked: str) -> dict[str, dict[str, str]]:
        assert asked == {"UserPoolId": "the-pool", "ClientId": "the-client"}
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"UserPoolClient": {"ClientSecret": self.answer} if self.answer else {}}


def secrets_with(pool: FakePool) -> Secrets:
    manager = FakeSecretsManager(secret_text(oidc_client_secret=""))
    kept = PoolClientSecret("the-pool", "the-client", lambda: pool)  # type: ignore[arg-type, return-value]
    return Secrets("the-secret", lambda: manager, kept)  # type: ignore[arg-type, return-value]


def test_a_user_pool_is_asked_for_our_clients_secret_when_somebody_signs_in(age: Clock) -> None:
    pool = FakePool()
    secrets = secrets_with(pool)
    secrets.read()
    assert pool.calls == 0, "a session does not need it"

    assert [secrets.client_secret() for _ in range(3)] == ["of-the-pool"] * 3
    assert pool.calls == 1
    pool.answer = "changed"
    age.seconds += 601
    assert secrets.client_secret() == "changed"


def test_while_the_user_pool_fails_the_old_copy_serves_and_it_is_asked_once_a_minute(
    age: Clock,
) -> None:
    pool = FakePool()
    secrets = secrets_with(pool)
    secrets.client_secret()
    pool.answer = DENIED
    age.seconds += 601
    assert [secrets.client_secret() for _ in range(3)] == ["of-the-pool"] * 3
    assert pool.calls == 2


@pytest.mark.parametrize("answer", [DENIED, ""])
def test_a_user_pool_that_does_not_tell_is_an_error_that_says_what_to_check(
    answer: str | Exception,
) -> None:
    with pytest.raises(SecretsError, match="DescribeUserPoolClient"):
        secrets_with(FakePool(answer)).client_secret()


def test_secrets_do_not_show_in_logs() -> None:
    shown = repr(secrets_of(FakeSecretsManager(secret_text())).read())

    assert "hush" not in shown
    assert "kkkk" not in shown
