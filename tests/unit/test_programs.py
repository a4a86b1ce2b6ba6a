"""Each provider's access tokens: a program's opens the door, a person's does not.

Their shapes come from the providers' documents and from real tokens. In each pair the client, the
audience and the provider are the same: the forms platform asked for both, once with its own
credentials, and once for a person who signed in to it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from adapters.identity import Identity, WrongTokenError

if TYPE_CHECKING:
    from adapters.secrets import SecretValues

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
CLIENT = "3f8e6c1a-forms-platform"
AUDIENCE = "positive-challenge-api"
PERSON = "9b0d7f52-aaaa-4a1b-9d6e-0123456789ab"
EMAIL = "ira.sample-one@council.example"


@dataclass(frozen=True)
class Shape:
    """What a provider writes: in every token, in a program's, and in a person's."""

    issuer: str
    all: dict[str, Any]
    program: dict[str, Any]
    person: dict[str, Any]
    typ: str | None = "JWT"


ENTRA = "https://login.microsoftonline.com/63122682-bd96-47fd-97ab-95a76ce699a6/v2.0"
COGNITO = "https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_Sample1"
AUTH0 = "https://council.eu.auth0.com/"
KEYCLOAK = "https://sign-in.council.example/realms/council"

SHAPES = {
    "Entra ID v2": Shape(
        ENTRA,
        {
            "aud": AUDIENCE,
            "azp": CLIENT,
            "azpacr": "1",
            "tid": "63122682",
            "uti": "x",
            "ver": "2.0",
        },
        {"idtyp": "app", "oid": "72243241", "sub": "72243241", "roles": ["Challenges.Raise"]},
        {
            "scp": "access_as_user",
            "oid": PERSON,
            "sub": "pairwise",
            "name": "Ira Sample-One",
            "preferred_username": EMAIL,
        },
    ),
    "Entra ID v1": Shape(
        "https://sts.windows.net/63122682-bd96-47fd-97ab-95a76ce699a6/",
        {"aud": AUDIENCE, "appid": CLIENT, "appidacr": "1", "tid": "63122682", "ver": "1.0"},
        {"idtyp": "app", "oid": "72243241", "sub": "72243241", "app_displayname": "Forms"},
        {
            "scp": "user_impersonation",
            "amr": ["pwd", "mfa"],
            "acr": "1",
            "oid": PERSON,
            "sub": "pairwise",
            "upn": EMAIL,
            "unique_name": EMAIL,
            "family_name": "Sample-One",
        },
    ),
    "Cognito": Shape(
        COGNITO,
        {"token_use": "access", "client_id": CLIENT, "auth_time": 1, "version": 2, "jti": "x"},
        {"sub": CLIENT, "scope": f"{AUDIENCE}/raise"},
        {
            "sub": PERSON,
            "username": PERSON,
            "scope": f"openid {AUDIENCE}/raise",
            "origin_jti": "x",
            "cognito:groups": ["officers"],
        },
        typ=None,
    ),
    "Auth0": Shape(
        AUTH0,
        {"azp": CLIENT, "aud": AUDIENCE, "scope": "raise:challenges"},
        {"gty": "client-credentials", "sub": f"{CLIENT}@clients"},
        {"sub": "auth0|5f7c8ec7c33c6c004bbafe82", "permissions": []},
    ),
    "Keycloak": Shape(
        KEYCLOAK,
        {
            "aud": AUDIENCE,
            "azp": CLIENT,
            "typ": "Bearer",
            "acr": "1",
            "allowed-origins": ["/*"],
            "realm_access": {"roles": ["default-roles-council"]},
            "scope": "email profile",
            "jti": "x",
        },
        {
            "sub": "b6cc7aa0-1af0-460e-9174-e05c881fb6d4",
            "preferred_username": f"service-account-{CLIENT}",
            "email_verified": False,
            "clientHost": "10.89.0.2",
            "clientAddress": "10.89.0.2",
            "client_id": CLIENT,
        },
        {
            "sub": PERSON,
            "sid": "2a88c258",
            "auth_time": 1,
            "preferred_username": "ira.sample-one",
            "email_verified": True,
            "email": EMAIL,
            "name": "Ira Sample-One",
            "given_name": "Ira",
            "family_name": "Sample-One",
        },
    ),
    "RFC 9068": Shape(
        "https://sign-in.council.example",
        {"aud": AUDIENCE, "client_id": CLIENT, "jti": "x", "scope": "raise"},
        {"sub": CLIENT},
        {"sub": PERSON, "auth_time": 1, "acr": "0", "amr": ["pwd"]},
        typ="at+jwt",
    ),
}


class NoSecrets:
    """The door for programs needs none."""

    def read(self) -> SecretValues:
        raise AssertionError

    def client_secret(self) -> str:
        raise AssertionError


def who(shape: Shape, claims: dict[str, Any], typ: str | None = None, scope: str = "raise") -> str:
    """Return the client that the door recognises by the token. Raise ``WrongTokenError``."""
    identity = Identity(
        shape.issuer, "positive-challenge", NoSecrets(), "https://challenge.example"
    )
    # The provider's keys are already known, so there is no request to it.
    identity._keys = KeySet([RSA])
    identity._keys_read_at = time.time()
    now = int(time.time())
    written = {"iss": shape.issuer, "iat": now, "exp": now + 300, **shape.all, **claims}
    present = {name: value for name, value in written.items() if value is not None}
    kind = typ or shape.typ
    header = {"alg": "RS256", "kid": "rsa-1"} | ({"typ": kind} if kind else {})
    token = jwt.encode(header, present, RSA, default_type=None)
    return identity.client_of(f"Bearer {token}", audience=AUDIENCE, scope=scope, clients=[CLIENT])


def test_where_cognito_names_scopes_they_include_what_the_program_wants_to_do() -> None:
    """A client that may raise challenges reads none, whatever list it stands in by mistake."""
    cognito = SHAPES["Cognito"]
    both = cognito.program | {"scope": f"{AUDIENCE}/raise {AUDIENCE}/file"}
    assert who(cognito, cognito.program) == who(cognito, both, scope="file") == CLIENT
    for more in ({}, {"aud": AUDIENCE}):
        with pytest.raises(WrongTokenError) as caught:
            who(cognito, cognito.program | more, scope="file")
        assert caught.value.reason == "its scopes do not include file, which this address is for"


def refused(shape: Shape, claims: dict[str, Any], typ: str | None = None) -> str:
    """Return the reason in the log why the token does not open the door."""
    with pytest.raises(WrongTokenError) as caught:
        who(shape, claims, typ)
    assert "by client credentials, for this service’s audience alone" in str(caught.value)
    return caught.value.reason


each = pytest.mark.parametrize("name", SHAPES)


@each
def test_a_program_s_token_opens_the_door(name: str) -> None:
    assert who(SHAPES[name], SHAPES[name].program) == CLIENT


@each
def test_a_person_s_token_of_the_same_client_does_not(name: str) -> None:
    reason = refused(SHAPES[name], SHAPES[name].person)
    assert "proves client credentials" in reason
    assert PERSON not in reason
    assert EMAIL not in reason


@each
def test_a_person_s_token_does_not_open_it_by_being_silent(name: str) -> None:
    """It says nothing about a person or a program: a provider may say little."""
    assert refused(SHAPES[name], {"sub": PERSON})
    assert refused(SHAPES[name], {})


@each
@pytest.mark.parametrize(
    "of_person",
    [
        {"email": EMAIL},
        {"sid": "2a88c258"},
        {"session_state": "2a88c258"},
        {"nonce": "x"},
        {"amr": ["pwd"]},
        {"scp": "access_as_user"},
        {"username": "ira"},
        {"given_name": "Ira"},
        {"act": {"sub": "another-program"}},
    ],
    ids=str,
)
def test_a_mark_with_what_only_a_person_has_is_not_believed(
    name: str, of_person: dict[str, Any]
) -> None:
    reason = refused(SHAPES[name], SHAPES[name].program | of_person)
    assert f"a person's token holds: {next(iter(of_person))}" in reason


@each
@pytest.mark.parametrize(
    "named",
    [
        {"azp": CLIENT, "appid": "other"},
        {"azp": "other", "client_id": CLIENT},
        {"azp": [CLIENT], "client_id": CLIENT},
        {"azp": None, "appid": None, "client_id": None},
    ],
    ids=str,
)
def test_a_token_that_names_two_clients_or_none_is_refused(
    name: str, named: dict[str, Any]
) -> None:
    assert "names no client" in refused(SHAPES[name], SHAPES[name].program | named)


@each
def test_a_token_for_more_than_this_service_is_refused(name: str) -> None:
    program = SHAPES[name].program
    assert who(SHAPES[name], program | {"aud": [AUDIENCE]}) == CLIENT
    for aud in ([AUDIENCE, "account"], ["account"], "account", [], f"{AUDIENCE} account"):
        assert "audience" in refused(SHAPES[name], program | {"aud": aud})


@pytest.mark.parametrize(
    "scope",
    [
        None,
        "",
        "another-api/raise",
        f"{AUDIENCE}/raise another-api/read",
        AUDIENCE,
        f"{AUDIENCE}-2/raise",
    ],
)
def test_where_cognito_names_no_audience_its_scopes_are_all_this_service_s(
    scope: str | None,
) -> None:
    program = SHAPES["Cognito"].program
    assert "audience" in refused(SHAPES["Cognito"], program | {"scope": scope})


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "Cognito"])
def test_no_other_provider_may_leave_the_audience_out(name: str) -> None:
    without = {"aud": None, "scope": f"{AUDIENCE}/raise"}
    assert "audience" in refused(SHAPES[name], SHAPES[name].program | without)


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("Entra ID v2", {"idtyp": "user"}),
        ("Entra ID v2", {"idtyp": None}),
        ("Cognito", {"token_use": None}),
        ("Cognito", {"sub": f"{CLIENT}x"}),
        ("Auth0", {"gty": None}),
        ("Auth0", {"gty": "password"}),
        ("Auth0", {"gty": ["client-credentials"]}),
        ("Auth0", {"sub": "another-client@clients"}),
        ("Keycloak", {"preferred_username": "service-account-another"}),
        ("Keycloak", {"typ": "ID"}),
        ("Keycloak", {"typ": "Refresh"}),
        ("RFC 9068", {"client_id": None, "azp": CLIENT}),
    ],
)
def test_half_a_mark_is_none(name: str, claims: dict[str, Any]) -> None:
    assert "proves client credentials" in refused(SHAPES[name], SHAPES[name].program | claims)


@pytest.mark.parametrize("name", ["Cognito", "Keycloak"])
@pytest.mark.parametrize(
    "issuer",
    [
        AUTH0,
        "https://sign-in.council.example",
        "https://evil.example/cognito-idp.eu-west-2.amazonaws.com/pool",
        "https://evil.example/realms/council/more",
        "https://evil.example/?/realms",
    ],
)
def test_a_name_that_people_may_bear_elsewhere_is_a_mark_under_its_own_issuer_alone(
    name: str, issuer: str
) -> None:
    shape = SHAPES[name]
    elsewhere = Shape(issuer, shape.all, shape.program, shape.person, shape.typ)
    assert "proves client credentials" in refused(elsewhere, {"aud": AUDIENCE, **shape.program})


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT"])
def test_an_access_token_of_rfc_9068_says_so_in_its_header(typ: str) -> None:
    assert who(SHAPES["RFC 9068"], SHAPES["RFC 9068"].program, typ) == CLIENT
    assert "proves client credentials" in refused(
        SHAPES["RFC 9068"], SHAPES["RFC 9068"].program, "JWT"
    )


@each
@pytest.mark.parametrize("typ", ["logout+jwt", "secevent+jwt", "dpop+jwt", "id+jwt"])
def test_another_kind_of_token_is_refused(name: str, typ: str) -> None:
    program = SHAPES[name].program
    assert "not that of an access token" in refused(SHAPES[name], program, typ)
    assert "not that of an access token" in refused(SHAPES[name], program | {"token_use": "id"})


def test_keycloak_writes_a_service_account_in_small_letters() -> None:
    """Its client's id is written as it was typed."""
    shape = SHAPES["Keycloak"]
    named = {"azp": "Forms", "client_id": "Forms", "preferred_username": "service-account-forms"}
    assert "was let in" in refused(shape, shape.program | named)


@each
@pytest.mark.parametrize(
    "wrong",
    [{"exp": 1}, {"exp": None}, {"iss": "https://evil.example"}, {"nbf": 9e9}, {"iat": 9e9}],
)
def test_a_mark_does_not_make_up_for_anything_else(name: str, wrong: dict[str, Any]) -> None:
    assert "fails a check" in refused(SHAPES[name], SHAPES[name].program | wrong)
