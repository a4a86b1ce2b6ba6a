"""The composition root: builds the adapters, each when it is first used.

Importing a handler needs no environment and costs little; a container builds what it needs once.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from adapters import clock
from adapters.settings import environment, read_procedure

if TYPE_CHECKING:
    from adapters.casebook import Casebook
    from adapters.identity import Identity

__all__ = ["casebook", "forget", "identity"]


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - one of several typed clients
    import boto3
    from botocore.config import Config

    # A letter that hangs must not eat the function's time: the ladder goes on, it is tried again.
    quick = Config(connect_timeout=2, read_timeout=8, retries={"max_attempts": 3})
    make: Any = boto3.client
    return make(service, config=quick)


@cache
def _table() -> Any:  # noqa: ANN401 - boto3's Table resource
    import boto3

    return boto3.resource("dynamodb").Table(environment("TABLE_NAME"))


@cache
def casebook() -> Casebook:
    """The casebook of this container."""
    from adapters.casebook import Casebook
    from adapters.council_store import CouncilStore
    from adapters.executions import Executions
    from adapters.links import Links
    from adapters.mail import Mail
    from adapters.record import Record

    record = Record(_table)
    public_url = environment("PUBLIC_URL")
    return Casebook(
        record=record,
        council=CouncilStore(_table, read_procedure),
        executions=Executions(
            lambda: _client("stepfunctions"), lambda: environment("STATE_MACHINE_ARN")
        ),
        mail=Mail(lambda: _client("sesv2"), lambda: environment("MAIL_FROM")),
        links=Links(record, public_url),
        clock=clock.now,
        public_url=public_url,
        council_name=environment("COUNCIL_NAME"),
    )


@cache
def identity() -> Identity:
    """Sign-in and sessions, of this container."""
    from adapters.identity import Identity
    from adapters.secrets import Secrets

    return Identity(
        issuer=environment("OIDC_ISSUER"),
        client_id=environment("OIDC_CLIENT_ID"),
        secrets=Secrets(environment("SECRET_ID")),
        public_url=environment("PUBLIC_URL"),
    )


def forget() -> None:
    """Forget what was built: for a process whose environment changed."""
    for built in (_client, _table, casebook, identity):
        built.cache_clear()
