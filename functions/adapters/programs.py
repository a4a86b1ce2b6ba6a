"""Was an access token given to a program, or to a person who uses one?

Both name the program's client, its audience and the provider, so these do not tell them apart. What
does is a mark that the provider adds when a client asks with its own credentials (RFC 6749, 4.4). A
token without such a mark is refused, whatever else it contains:

============  ==================================================================================
Entra ID      ``idtyp`` is ``app``: an optional claim, which has to be requested
Cognito       ``token_use`` is ``access``, and ``sub`` is the client
Auth0         ``gty`` is ``client-credentials``, and ``sub`` is the client with ``@clients``
Keycloak      ``preferred_username`` is the client's service account; ``typ`` is ``Bearer``
others        RFC 9068: the header's ``typ`` is ``at+jwt``, and ``sub`` is ``client_id``
============  ==================================================================================

A person may have the marks of Cognito and Keycloak as a name elsewhere, so these count only under
those providers' own issuers. What RFC 9068 says is weaker than a mark: a provider *should* name the
client as the subject, and *should not* give a person the same name (its section 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FILE_SCOPE", "RAISE_SCOPE", "AccessToken", "doubt"]

#: What a program may do, as the last part of a scope's name: raise challenges, or take them for the
#: child's file.
RAISE_SCOPE, FILE_SCOPE = "raise", "file"

#: Claims that only a person's token has: how, when and in which session they signed in, their
#: names, what they allowed, and on whose behalf somebody acts.
_OF_PERSON = frozenset(
    {
        *("acr", "amr", "auth_time", "nonce", "at_hash", "session_state", "sid"),
        *("email", "family_name", "given_name", "preferred_username", "unique_name", "upn"),
        *("username", "scp", "act"),
    }
)
_COGNITO = re.compile(
    r"https://[a-z0-9-]*cognito-idp[a-z0-9-]*\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w-]+"
)
_KEYCLOAK = re.compile(r"https?://[^/]+(/[^/]+)*/realms/[^/]+")


@dataclass(frozen=True)
class AccessToken:
    """A token of the provider ``issuer`` whose signature, issuer and age have been checked.

    ``kind`` is the ``typ`` of its header, in lower case and without ``application/``; or empty.
    """

    issuer: str
    kind: str
    claims: Mapping[str, Any]

    @property
    def client(self) -> str:
        """Return the client it was issued to; empty if it names none, or more than one."""
        named = [self.claims[name] for name in ("azp", "appid", "client_id") if name in self.claims]
        first = named[0] if named else ""
        return first if isinstance(first, str) and all(one == first for one in named) else ""


def doubt(token: AccessToken, audience: str, scope: str) -> str:
    """Return why the token is not a program's for ``audience`` alone; empty if it is.

    ``scope`` is what the program wants to do: Cognito's tokens have to name it. The reason is for
    the log: it names claims and what to set, never a claim's value.
    """
    if not token.client:
        return "it names no client (azp, appid, client_id), or more than one"
    if (
        token.kind not in ("", "jwt", "at+jwt")
        or token.claims.get("token_use", "access") != "access"  # how Cognito marks its tokens
    ):
        return "its typ or token_use is not that of an access token"
    mark = next((one for one in _MARKS if one.holds(token, token.client)), None)
    if mark is None:
        return (
            "nothing in it proves client credentials: see docs/environments.md, Sign-in, for what "
            "the provider has to write into it"
        )
    of_person = _OF_PERSON.intersection(token.claims) - mark.although
    if of_person:
        return f"it holds what a person's token holds: {', '.join(sorted(of_person))}"
    return _not_for(token, audience, scope)


def _not_for(token: AccessToken, audience: str, scope: str) -> str:
    """Return why it is not for ``audience`` alone, or not for ``scope``; empty if it is."""
    if not _is_for(token, audience):
        return "it is not for this service's audience, or not for that alone"
    if _by_cognito(token, token.client) and f"{audience}/{scope}" not in _scopes(token):
        return f"its scopes do not include {scope}, which this address is for"
    return ""


def _scopes(token: AccessToken) -> list[str]:
    return str(token.claims.get("scope", "")).split()


def _is_for(token: AccessToken, audience: str) -> bool:
    """Whether it is for ``audience`` only: another service that accepted it could replay it here.

    Cognito names the audience, the resource server, only as the prefix of each scope.
    """
    if "aud" in token.claims:
        return token.claims["aud"] in (audience, [audience])
    scopes = _scopes(token)
    named = bool(scopes) and all(scope.startswith(f"{audience}/") for scope in scopes)
    return named and _by_cognito(token, token.client)


# The marks ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Mark:
    """How a provider marks a program's token; ``although`` are a person's claims it also has."""

    holds: Callable[[AccessToken, str], bool]
    although: frozenset[str] = frozenset()


def _by_entra(token: AccessToken, _client: str) -> bool:
    return token.claims.get("idtyp") == "app"


def _by_cognito(token: AccessToken, client: str) -> bool:
    claims = token.claims
    named = claims.get("token_use") == "access" and claims.get("sub") == client
    return named and _COGNITO.fullmatch(token.issuer) is not None


def _by_auth0(token: AccessToken, client: str) -> bool:
    claims = token.claims
    return claims.get("gty") == "client-credentials" and claims.get("sub") == f"{client}@clients"


def _by_keycloak(token: AccessToken, client: str) -> bool:
    claims = token.claims
    # Keycloak keeps user names in lower case.
    account = f"service-account-{client}".lower()
    named = claims.get("typ") == "Bearer" and claims.get("preferred_username") == account
    return named and _KEYCLOAK.fullmatch(token.issuer) is not None


def _by_rfc_9068(token: AccessToken, client: str) -> bool:
    claims = token.claims
    return token.kind == "at+jwt" and claims.get("client_id") == claims.get("sub") == client


_MARKS = (
    _Mark(_by_entra),
    _Mark(_by_cognito, frozenset({"auth_time"})),
    _Mark(_by_auth0),
    _Mark(_by_keycloak, frozenset({"acr", "preferred_username"})),
    _Mark(_by_rfc_9068),
)
