"""Who is this? Sign-in with the council’s OpenID Connect provider, and the session after it.

It uses the authorization code flow with PKCE (RFC 7636). What has to survive the way to the
provider and back is in a signed cookie. So is the session afterwards; ``adapters.sessions`` keeps
whether it is still open. A form carries, signed, who it was shown to: what is typed into it stays
theirs, whoever is signed in by the time it is sent.

Times here are the machine's own (``time.time``), not the service's clock (``adapters.clock``): the
local clock jumps weeks ahead to the next deadline, which must not sign people out, and the
provider's tokens carry real time.

Programs (a council's forms platform) are known by a token that the same provider gave them for
their client credentials.

A ``SignInError`` is a sentence for the person who is signing in; ``NoTokenError`` and
``WrongTokenError`` are for whoever set the program up (``adapters.errors`` has the tree).
"""

from __future__ import annotations

import hmac
import re
import secrets as random
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from adapters import one_meaning
from adapters.errors import AdapterError
from adapters.programs import AccessToken, doubt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from joserfc.jwk import KeySet
    from joserfc.jwt import Token

    from adapters.secrets import SecretValues

__all__ = [
    "CALLBACK_PATH",
    "DeclinedSignInError",
    "Identity",
    "NoEmailError",
    "NoTokenError",
    "ProviderUnavailableError",
    "Session",
    "Shown",
    "SignInError",
    "SignInStart",
    "SignedIn",
    "StaleSignInError",
    "UntrustedSignInError",
    "WrongTokenError",
]

#: Where the provider sends people back to. Register PUBLIC_URL followed by this with the provider.
CALLBACK_PATH = "/sign-in/callback"

#: Seconds until people have to sign in again, even if they are active. How long a session may be
#: idle is the council's setting: ``session_idle_minutes`` of ``procedure.toml``.
SESSION_SECONDS = 8 * 60 * 60
#: Seconds after which the cookie of a session in use is renewed, so that it does not become idle.
RENEW_SECONDS = 60
#: Seconds for which a form knows who it was shown to, so that whoever comes back to one left open
#: over a holiday keeps what they typed.
SHOWN_SECONDS = 14 * 24 * 60 * 60

#: How long a browser remembers what was just done, if no page says it meanwhile.
DONE_SECONDS = 10 * 60
#: How long a browser remembers which form was begun at a reply link: as long as it is kept.
BEGUN_SECONDS = 14 * 24 * 60 * 60
SIGN_IN_SECONDS = 10 * 60
#: Seconds for which the provider's addresses and keys are used without asking again.
PROVIDER_SECONDS = 60 * 60
#: Seconds between two reads of the keys caused by a token that names an unknown key. Otherwise
#: invented tokens could make us ask the provider each time.
KEYS_PAUSE_SECONDS = 30
#: Seconds the provider's clock may differ from ours.
LEEWAY = 60
#: Seconds for each request to the provider: three of them fit in one call of the function.
HTTP_TIMEOUT = 5

#: Signatures by public key only. No "none", and no HS256, to which a public key is a shared secret.
ID_TOKEN_ALGORITHMS = ("RS256", "ES256")
COOKIE_ALGORITHMS = ("HS256",)

#: A path and query in RFC 3986's own characters that a browser cannot take for another site's
#: address: one slash first, not two, and never a backslash, control or non-ASCII character.
LOCAL_PATH = re.compile(r"/(?!/)[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]{0,1000}")
EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+")


class SignInError(AdapterError):
    """Signing in failed. ``str()`` is for the person, ``reason`` for the log.

    ``reason`` holds no token, secret or personal data.
    """

    sentence = "You are not signed in. Sign in again."

    def __init__(self, reason: str) -> None:
        """Take the technical ``reason``; the person reads the class's own sentence."""
        super().__init__(self.sentence)
        self.reason = reason


class StaleSignInError(SignInError):
    """The answer does not belong to a sign-in that this browser has started."""

    sentence = (
        "You are not signed in yet: signing in took more than 10 minutes, or was begun again in "
        "another tab. Sign in again."
    )


class DeclinedSignInError(SignInError):
    """The provider, or the person there, declined."""

    sentence = (
        "You are not signed in: the council’s sign-in service did not let you through. Sign in "
        "again, or ask your IT service desk for access to this service."
    )


class NoEmailError(SignInError):
    """Without a confirmed email address, nobody can be found in the directory."""

    sentence = (
        "You are not signed in: your council account has no confirmed email address. Ask your IT "
        "service desk to add one, then sign in again."
    )


class UntrustedSignInError(SignInError):
    """The provider's answer fails a check, so it may come from someone else."""

    sentence = (
        "You are not signed in: we could not be sure who you are. Sign in again. If this happens "
        "twice, tell your IT service desk."
    )


class ProviderUnavailableError(SignInError):
    """The provider cannot be reached, or its answer is not what OpenID Connect allows."""

    sentence = (
        "You are not signed in: the council’s sign-in service is not working. Try again in a few "
        "minutes. If it goes on, tell your IT service desk."
    )


class NoTokenError(AdapterError):
    """A program sent no token."""

    def __init__(self) -> None:
        """Say what to send."""
        super().__init__(
            "Send an access token of the council’s OpenID provider: Authorization: Bearer …"
        )


class WrongTokenError(AdapterError):
    """A program's token does not open this door. ``reason``, for the log, contains no token."""

    def __init__(self, reason: str) -> None:
        """Take what is wrong with the token."""
        super().__init__(
            "The access token is not accepted. It has to be a current one, by client credentials, "
            "for this service’s audience alone, of a client that its operators have let in. If "
            "it is all that, ask them what their log says of it."
        )
        self.reason = reason


class SecretsProvider(Protocol):
    """What Identity needs from ``adapters.secrets.Secrets``."""

    def read(self) -> SecretValues:
        """Return the current secrets."""
        ...

    def client_secret(self) -> str:
        """Return the secret of our client at the provider."""
        ...


@dataclass(frozen=True)
class SignInStart:
    """Where to send the browser, and the Set-Cookie value to send with it."""

    redirect_url: str
    cookie: str


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, the local path they wanted, and the Set-Cookie values to send.

    ``email`` is in lower case; ``name`` is the email if the provider gives no name.
    """

    email: str
    name: str
    return_to: str
    cookies: list[str]
    session: Session


@dataclass(frozen=True)
class Session:
    """A session that we signed: its person, its own id, and when it ends (seconds since 1970).

    ``idle`` is how many seconds it had been unused when it was read; ``expired`` is whether it has
    ended. It may also have been ended earlier: ``adapters.sessions`` knows.
    """

    email: str
    id: str
    until: int
    idle: float = 0.0
    expired: bool = False


@dataclass(frozen=True)
class Shown:
    """Who a form was shown to (an officer's id), and its fields' labels: name → label."""

    officer: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class _Provider:
    """What the provider's discovery document says, and when it was read."""

    authorization_endpoint: str
    token_endpoint: str
    token_endpoint_auth_method: str
    jwks_uri: str
    read_at: float


class Identity:
    """Signs people in, and recognises them afterwards.

    Libraries are imported where they are used: a cold Lambda function that shows one page to a
    signed-in person needs only joserfc, not the half second of authlib and requests.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secrets: SecretsProvider,
        public_url: str,
        now: Callable[[], float] = time.time,  # noqa: TID251 (sessions use wall time, see the top)
    ) -> None:
        """Take the settings; nothing is asked of the provider yet.

        ``issuer`` is the provider's address exactly as in its tokens; ``public_url`` is ours,
        without a trailing slash; ``now`` returns seconds since 1970.
        """
        self._issuer = issuer
        self._client_id = client_id
        self._secrets = secrets
        self._redirect_uri = public_url + CALLBACK_PATH
        self._now = now
        self._https = public_url.startswith("https://")
        # A browser accepts a __Host- cookie only over HTTPS and from this very host, so no
        # neighbour on the council’s domain can plant one.
        prefix = "__Host-" if self._https else ""
        self.session_cookie = prefix + "session"
        self.used_cookie = prefix + "used"
        self.sign_in_cookie = prefix + "sign-in"
        self.done_cookie = prefix + "done"
        # It is sent to one path only, which a name with __Host- rules out.
        self._begun_cookie = "__Secure-begun-" if self._https else "begun-"
        self._provider: _Provider | None = None
        self._keys: KeySet | None = None
        self._keys_read_at = 0.0
        self._keys_doubted_at = 0.0

    def start_sign_in(self, return_to: str) -> SignInStart:
        """Start a sign-in that ends at ``return_to``, a path of ours with its query.

        Anything else, such as another site's address, is replaced by ``/``. A second sign-in in
        the same browser replaces the first. Raise ``ProviderUnavailableError``.
        """
        provider = self._discovered()
        state, nonce, verifier = (random.token_urlsafe(32) for _ in range(3))
        with self._client(provider) as client:
            redirect_url, _ = client.create_authorization_url(
                provider.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        claims = {
            "state": state,
            "nonce": nonce,
            "code_verifier": verifier,
            "return_to": return_to if LOCAL_PATH.fullmatch(return_to) else "/",
        }
        value = self._signed("sign-in", SIGN_IN_SECONDS, claims)
        cookie = self._set_cookie(self.sign_in_cookie, value, SIGN_IN_SECONDS)
        return SignInStart(redirect_url, cookie)

    def finish_sign_in(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> SignedIn:
        """Take the provider's answer at CALLBACK_PATH: its query and the request's cookies.

        Raise ``SignInError``.
        """
        begun = self._verified("sign-in", cookies.get(self.sign_in_cookie))
        if begun is None or begun["exp"] <= self._now():
            reason = "no sign-in is under way: its cookie is missing, forged or expired"
            raise StaleSignInError(reason)
        # Check the state first: until it matches, the answer, even an error, may be a stranger's.
        if not hmac.compare_digest(query.get("state", "").encode(), begun["state"].encode()):
            reason = "state is not that of the sign-in under way"
            raise StaleSignInError(reason)
        if query.get("iss", self._issuer) != self._issuer:
            reason = "the answer names another issuer"  # RFC 9207
            raise UntrustedSignInError(reason)
        if "error" in query:
            reason = f"the provider answered {query['error'][:80]!r}"
            raise DeclinedSignInError(reason)
        if not query.get("code"):
            reason = "the answer has neither code nor error"
            raise ProviderUnavailableError(reason)

        id_token = self._exchanged(query["code"], begun["code_verifier"])
        claims = self._validated(id_token, begun["nonce"])
        email = _email(claims)
        name = claims.get("name")
        session = self.begin_session(email)
        return SignedIn(
            email=email,
            name=name if isinstance(name, str) and name.strip() else email,
            return_to=begun["return_to"],
            cookies=[
                *self.cookies_of(session),
                self._set_cookie(self.sign_in_cookie, "", 0),
            ],
            session=session,
        )

    # Sessions

    def begin_session(self, email: str) -> Session:
        """Return a new session, to be opened in ``adapters.sessions``."""
        return Session(email, random.token_urlsafe(32), int(self._now()) + SESSION_SECONDS)

    def cookies_of(self, session: Session) -> list[str]:
        """Return the Set-Cookie values of a session that is used now.

        One cookie never changes, so that the firewall can count by it; the other is renewed.
        """
        claims = {"email": session.email, "sid": session.id, "exp": session.until}
        # Without Max-Age a browser forgets it when it is closed.
        value = self._signed("session", SESSION_SECONDS, claims)
        return [self._set_cookie(self.session_cookie, value), self.renew(session)]

    def renew(self, session: Session) -> str:
        """Return the Set-Cookie value that says it is used now. Its end does not change."""
        claims = {"sid": session.id, "at": int(self._now()), "exp": session.until}
        value = self._signed("used", SESSION_SECONDS, claims)
        return self._set_cookie(self.used_cookie, value)

    def read_session(self, cookies: Mapping[str, str]) -> Session | None:
        """Return the session in a request's cookies; ``None`` if there is none, or it is not ours.

        A cookie from a release that did not end sessions on our side has no id and is ignored.
        """
        claims = self._verified("session", cookies.get(self.session_cookie))
        used = self._verified("used", cookies.get(self.used_cookie))
        if claims is None or used is None or claims.get("sid") != used["sid"]:
            return None
        now, until = self._now(), int(claims["exp"])
        idle = now - int(used["at"])
        return Session(claims["email"], claims["sid"], until, idle, expired=until <= now)

    def sign_out(self) -> list[str]:
        """Return the Set-Cookie values that make this browser forget the session."""
        return [self._set_cookie(name, "", 0) for name in (self.session_cookie, self.used_cookie)]

    # Forms

    def show(self, shown: Shown) -> str:
        """Return what a form carries so that :meth:`was_shown` recognises it."""
        claims = {"officer": shown.officer, "labels": dict(shown.labels)}
        return self._signed("form", SHOWN_SECONDS, claims)

    def was_shown(self, carried: str) -> Shown | None:
        """Return who the form with ``carried`` was shown to; ``None`` if no longer known."""
        claims = self._verified("form", carried)
        if claims is None or claims["exp"] <= self._now():
            return None
        return Shown(claims["officer"], claims["labels"])

    # What was done

    def note_done(self, done: Mapping[str, object]) -> str:
        """Return the Set-Cookie value by which the next page says what was done."""
        value = self._signed("done", DONE_SECONDS, done)
        return self._set_cookie(self.done_cookie, value, DONE_SECONDS)

    def read_done(self, cookies: Mapping[str, str]) -> Mapping[str, Any]:
        """Return what :meth:`note_done` noted; empty if nothing, or if it is too old."""
        claims = self._verified("done", cookies.get(self.done_cookie))
        return claims if claims and claims["exp"] > self._now() else {}

    def forget_done(self) -> str:
        """Return the Set-Cookie value that makes this browser forget it: it is said once."""
        return self._set_cookie(self.done_cookie, "", 0)

    def note_begun(self, address: str, form: str) -> str:
        """Return the Set-Cookie value by which this browser finds a form again at ``address``.

        The browser sends it to that path alone. The id of a ``form`` is no key, and the browser's
        history has it too, so it is not signed.
        """
        path = address.partition("?")[0]
        return self._set_cookie(self._begun_at(address), form, BEGUN_SECONDS, path)

    def read_begun(self, cookies: Mapping[str, str], address: str) -> str:
        """Return the id of the form that was begun at ``address`` in this browser, or empty."""
        return cookies.get(self._begun_at(address), "")

    def _begun_at(self, address: str) -> str:
        """Return the cookie's name. A path may have several forms, by its query."""
        return self._begun_cookie + sha256(address.encode()).hexdigest()[:8]

    # Programs

    def client_of(
        self, authorization: str, *, audience: str, scope: str, clients: Collection[str]
    ) -> str:
        """Return the id of the client whose access token is in the Authorization header.

        The token is a JWT that the provider signed for ``audience`` alone and gave to one of
        ``clients`` for its own credentials (``adapters.programs``), and for ``scope`` where the
        provider writes scopes into it instead of an audience. A person's token is never
        accepted, whichever client they used.

        Raise ``NoTokenError``, ``WrongTokenError``, ``ProviderUnavailableError``.
        """
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NoTokenError
        try:
            signed = self._signed_by_provider(token)
        except UntrustedSignInError as error:
            raise WrongTokenError(error.reason) from error
        given = AccessToken(self._issuer, _kind(signed), signed.claims)
        self._check_age(given)
        reason = doubt(given, audience, scope)
        if not reason and given.client not in clients:
            reason = "the client is not one that was let in"
        if reason:
            raise WrongTokenError(reason)
        return given.client

    def _check_age(self, token: AccessToken) -> None:
        from joserfc import jwt
        from joserfc.errors import JoseError

        rules = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            exp={"essential": True},
        )
        try:
            rules.validate(dict(token.claims))
        except JoseError as error:
            reason = f"the access token fails a check: {error}"
            raise WrongTokenError(reason) from error

    # Cookies

    def _set_cookie(
        self, name: str, value: str, max_age: int | None = None, path: str = "/"
    ) -> str:
        parts = [f"{name}={value}", f"Path={path}", "HttpOnly", "SameSite=Lax"]
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        if self._https:
            parts.append("Secure")
        return "; ".join(parts)

    def _signed(self, purpose: str, seconds: int, claims: Mapping[str, object]) -> str:
        from joserfc import jwt
        from joserfc.jwk import OctKey

        issued = int(self._now())
        return jwt.encode(
            {"alg": "HS256"},
            # The audience is the purpose, so that one kind of cookie never passes for another.
            {"exp": issued + seconds, **claims, "aud": purpose, "iat": issued},
            OctKey.import_key(self._secrets.read().session_key),
            algorithms=COOKIE_ALGORITHMS,
        )

    def _verified(self, purpose: str, value: str | None) -> dict[str, Any] | None:
        """Return the claims of a cookie that we signed for ``purpose``, expired or not."""
        if not value:
            return None
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        held = self._secrets.read()
        for key in (held.session_key, held.session_key_previous):
            if key is None:
                continue
            try:
                token = jwt.decode(value, OctKey.import_key(key), algorithms=COOKIE_ALGORITHMS)
            except (JoseError, ValueError, TypeError):
                continue
            return token.claims if token.claims.get("aud") == purpose else None
        return None

    # The provider

    def _client(self, provider: _Provider) -> Any:  # noqa: ANN401 (authlib has no types)
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            client_id=self._client_id,
            client_secret=self._secrets.client_secret(),
            token_endpoint_auth_method=provider.token_endpoint_auth_method,
            code_challenge_method="S256",
            scope="openid email profile",
            redirect_uri=self._redirect_uri,
            default_timeout=HTTP_TIMEOUT,
        )

    def _exchanged(self, code: str, verifier: str) -> str:
        """Exchange the code for the ID token, as the provider wrote it."""
        provider = self._discovered()
        # _client loads these anyway.
        from authlib.integrations.base_client import OAuthError
        from requests import RequestException

        try:
            with self._client(provider) as client:
                token = client.fetch_token(
                    provider.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
        except OAuthError as error:
            reason = f"the token endpoint answered {str(error.error)[:80]!r}"
            if error.error == "invalid_grant":
                raise StaleSignInError(reason) from error
            raise ProviderUnavailableError(reason) from error
        except (RequestException, ValueError) as error:
            reason = f"the token endpoint failed: {type(error).__name__}"
            raise ProviderUnavailableError(reason) from error
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            reason = "the token endpoint gave no id_token"
            raise ProviderUnavailableError(reason)
        return id_token

    def _validated(self, id_token: str, nonce: str) -> dict[str, Any]:
        """Check the ID token as OpenID Connect Core 3.1.3.7 asks, and return its claims."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        signed = self._signed_by_provider(id_token)
        claims = signed.claims
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            rules.validate(claims)
        except JoseError as error:
            # The error names the claim, not its value.
            reason = f"the ID token fails a check: {error}"
            raise UntrustedSignInError(reason) from error
        # Another party that the token is for could hold it too, so none is accepted (point 3).
        if claims["aud"] not in (self._client_id, [self._client_id]):
            reason = "the ID token is for another client as well: let the provider name ours alone"
            raise UntrustedSignInError(reason)
        if claims.get("azp", self._client_id) != self._client_id:
            reason = "the ID token was issued to another client"
            raise UntrustedSignInError(reason)
        if (
            _kind(signed) not in ("", "jwt")
            or claims.get("token_use", "id") != "id"  # how Cognito marks its tokens
            or claims.get("typ") == "Bearer"  # and Keycloak
        ):
            reason = "it is another kind of token than an ID token"
            raise UntrustedSignInError(reason)
        return claims

    def _signed_by_provider(self, text: str) -> Token:
        from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError

        held = self._keys
        try:
            try:
                return self._decoded(text)
            except (InvalidKeyIdError, BadSignatureError):
                # The provider may have changed its keys. A bad signature can mean that too, as a
                # provider with one key need not name it. Keys just read are not read again.
                if self._keys is not held or not self._may_doubt_keys():
                    raise
                self._read_keys()
                return self._decoded(text)
        # joserfc raises TypeError for a "crit" header that is not a list.
        except (JoseError, ValueError, TypeError) as error:
            reason = f"the token is not signed by the provider: {type(error).__name__}"
            raise UntrustedSignInError(reason) from error

    def _decoded(self, text: str) -> Token:
        from joserfc import jwt

        return jwt.decode(
            text,
            self._key_set(),
            algorithms=ID_TOKEN_ALGORITHMS,
            decoder_cls=one_meaning.OneMeaning,
        )

    def _may_doubt_keys(self) -> bool:
        """Whether the keys may be read again early; then not again for a pause."""
        now = self._now()
        if 0 <= now - self._keys_doubted_at < KEYS_PAUSE_SECONDS:
            return False
        self._keys_doubted_at = now
        return True

    def _key_set(self) -> KeySet:
        if self._keys is None or self._now() - self._keys_read_at > PROVIDER_SECONDS:
            return self._read_keys()
        return self._keys

    def _read_keys(self) -> KeySet:
        """Return the provider's present keys. If they cannot be read, the old ones stay."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        document = self._fetched_json(self._discovered().jwks_uri)
        listed: Any = document.get("keys")
        try:
            keys = KeySet.import_key_set({"keys": listed})
        except (JoseError, ValueError, KeyError, TypeError) as error:
            reason = f"the provider's keys cannot be read: {type(error).__name__}"
            raise ProviderUnavailableError(reason) from error
        self._keys, self._keys_read_at = keys, self._now()
        return keys

    def _discovered(self) -> _Provider:
        held = self._provider
        if held is not None and self._now() - held.read_at <= PROVIDER_SECONDS:
            return held
        document = self._fetched_json(
            self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        )
        if document.get("issuer") != self._issuer:
            reason = "the discovery document is another issuer's: check OIDC_ISSUER to the letter"
            raise ProviderUnavailableError(reason)
        methods = document.get("token_endpoint_auth_methods_supported")
        self._provider = _Provider(
            authorization_endpoint=self._endpoint(document, "authorization_endpoint"),
            token_endpoint=self._endpoint(document, "token_endpoint"),
            token_endpoint_auth_method=_auth_method(methods if isinstance(methods, list) else ()),
            jwks_uri=self._endpoint(document, "jwks_uri"),
            read_at=self._now(),
        )
        return self._provider

    def _endpoint(self, document: Mapping[str, Any], name: str) -> str:
        address = document.get(name)
        allowed = ("https",) if self._issuer.startswith("https://") else ("http", "https")
        if not isinstance(address, str) or urlsplit(address).scheme not in allowed:
            reason = f"the discovery document has no {name} over {' or '.join(allowed)}"
            raise ProviderUnavailableError(reason)
        return address

    def _fetched_json(self, url: str) -> dict[str, Any]:
        import requests

        try:
            response = requests.get(url, timeout=HTTP_TIMEOUT)
            response.raise_for_status()
            document = one_meaning.read(response.content.decode("utf-8-sig"))
        except (requests.RequestException, ValueError) as error:
            reason = f"{urlsplit(url).path} failed: {type(error).__name__}"
            raise ProviderUnavailableError(reason) from error
        if not isinstance(document, dict):
            reason = f"{urlsplit(url).path} is not a JSON object"
            raise ProviderUnavailableError(reason)
        return document


def _auth_method(supported: Collection[object]) -> str:
    # OpenID Connect assumes Basic if a provider says nothing.
    only_post = "client_secret_post" in supported and "client_secret_basic" not in supported
    return "client_secret_post" if only_post else "client_secret_basic"


def _kind(token: Token) -> str:
    """Return the ``typ`` of its header, in lower case and without ``application/``; or empty."""
    return str(token.header.get("typ", "")).lower().removeprefix("application/")


def _email(claims: Mapping[str, Any]) -> str:
    """Return the email in lower case, as the directory has it, however it was typed."""
    email = claims.get("email")
    if not isinstance(email, str) or not EMAIL.fullmatch(email):
        reason = "the ID token has no email: let the provider give the email claim to this client"
        raise NoEmailError(reason)
    # Some providers write the word instead of the boolean. Entra ID sends neither.
    if claims.get("email_verified") in (False, "false"):
        reason = "the provider has not verified the email"
        raise NoEmailError(reason)
    return email.lower()
