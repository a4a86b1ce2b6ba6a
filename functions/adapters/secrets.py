"""The service's secrets, read from AWS Secrets Manager when first needed.

One secret holds them all, as JSON::

    {"session_key": "<at least 32 random bytes, base64url>",
     "session_key_previous": "<the same; may be absent>",
     "oidc_client_secret": "<what the provider gave; empty if a user pool keeps it>"}

``session_key_previous`` is accepted for reading and never used for signing. To change the key
without signing anyone out, put the new key there first, wait ten minutes until every container
has read it, then swap the two.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from adapters import one_meaning
from adapters.errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from types_boto3_secretsmanager.client import SecretsManagerClient

    from adapters.last_good import LastGood

__all__ = ["PoolClientSecret", "SecretValues", "Secrets", "SecretsError"]

#: In bytes; an HS256 key shorter than its hash would be weaker than the hash (RFC 7518, 3.2).
SHORTEST_KEY = 32


class SecretsError(AdapterError):
    """The secrets cannot be read. The message says what an operator can do and holds no secret."""


@dataclass(frozen=True)
class SecretValues:
    """What the secret holds. Its repr shows nothing, so that no log line can."""

    session_key: bytes = field(repr=False)
    session_key_previous: bytes | None = field(repr=False)
    oidc_client_secret: str = field(repr=False)


class Secrets:
    """The secrets of one container: read at first use, read again when ten minutes old."""

    def __init__(
        self,
        secret_id: str,
        client: Callable[[], SecretsManagerClient],
        pool: PoolClientSecret | None = None,
    ) -> None:
        """Read nothing yet: importing and building a handler must not call AWS.

        ``secret_id`` is the secret's name or ARN; ``client`` makes a client of Secrets Manager;
        ``pool`` keeps our client's secret, if the provider is a user pool.
        """
        self._secret_id = secret_id
        self._client = client
        self._pool = pool

    def read(self) -> SecretValues:
        """Return the secrets, at most ten minutes old.

        While Secrets Manager fails, the old copy stays in use: an outage signs nobody out.
        Raise ``SecretsError`` if there is no copy at all.
        """
        return self._kept.value()

    def client_secret(self) -> str:
        """Return the secret of our OpenID client. Only signing in needs it, not a session.

        Raise ``SecretsError``.
        """
        if self._pool is not None:
            return self._pool.read()
        held = self.read().oidc_client_secret
        if not held:
            message = (
                f"Secret {self._secret_id} has no oidc_client_secret. Add the one the provider "
                "gave."
            )
            raise SecretsError(message)
        return held

    @cached_property
    def _kept(self) -> LastGood[SecretValues]:
        from adapters.last_good import LastGood

        return LastGood(self._asked, SecretsError)

    def _asked(self) -> SecretValues:
        # boto3 costs most of a second of a cold start, and is often loaded by now.
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            text = self._client().get_secret_value(SecretId=self._secret_id)["SecretString"]
        except (BotoCoreError, ClientError, KeyError) as error:
            message = (
                f"Secret {self._secret_id} could not be read ({type(error).__name__}: {error}). "
                "Check SECRET_ID, that the secret holds text, and that this function may call "
                "secretsmanager:GetSecretValue."
            )
            raise SecretsError(message) from error
        return _parsed(text, self._secret_id)


class PoolClientSecret:
    """The secret of our client in a Cognito user pool, read from there so that nobody copies it."""

    def __init__(
        self, pool_id: str, client_id: str, client: Callable[[], CognitoIdentityProviderClient]
    ) -> None:
        """Ask for nothing yet. ``client`` makes a client of Cognito."""
        self._pool_id = pool_id
        self._client_id = client_id
        self._client = client

    def read(self) -> str:
        """Return the secret, at most ten minutes old, or older while Cognito fails.

        Raise ``SecretsError`` if it was never read.
        """
        return self._kept.value()

    @cached_property
    def _kept(self) -> LastGood[str]:
        from adapters.last_good import LastGood

        return LastGood(self._asked, SecretsError)

    def _asked(self) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client().describe_user_pool_client(
                UserPoolId=self._pool_id, ClientId=self._client_id
            )
            return answer["UserPoolClient"]["ClientSecret"]
        except (BotoCoreError, ClientError, KeyError) as error:
            message = (
                f"The secret of the client {self._client_id} could not be read from the user pool "
                f"{self._pool_id} ({type(error).__name__}). Check that this function may call "
                "cognito-idp:DescribeUserPoolClient, and that the client has a secret."
            )
            raise SecretsError(message) from error


def _parsed(text: str, secret_id: str) -> SecretValues:
    repeated = False
    try:
        held = one_meaning.read(text)
    except one_meaning.RepeatedNameError:
        held, repeated = None, True
    except ValueError:
        # Not raised here: the JSON error would carry the whole text into a traceback.
        held = None
    if repeated:
        message = (
            f"Secret {secret_id} has a name twice, so it is not clear which value is meant. Store "
            "it with each name once, as adapters/secrets.py shows."
        )
        raise SecretsError(message)
    if not isinstance(held, dict):
        message = f"Secret {secret_id} is not a JSON object. Store it as adapters/secrets.py shows."
        raise SecretsError(message)
    client_secret = held.get("oidc_client_secret")
    previous = held.get("session_key_previous")
    return SecretValues(
        session_key=_key(held.get("session_key"), "session_key", secret_id),
        session_key_previous=_key(previous, "session_key_previous", secret_id)
        if previous
        else None,
        oidc_client_secret=client_secret if isinstance(client_secret, str) else "",
    )


def _key(text: object, name: str, secret_id: str) -> bytes:
    encoded = text if isinstance(text, str) else ""
    try:
        # Without validate, foreign characters are skipped silently and would change the key.
        padding = "=" * (-len(encoded) % 4)
        key = base64.b64decode(encoded + padding, altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) < SHORTEST_KEY:
        message = (
            f"{name} in secret {secret_id} is not at least {SHORTEST_KEY} bytes in base64url. "
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
        raise SecretsError(message)
    return key
