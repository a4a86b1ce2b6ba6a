"""The composition root: builds the adapters, each when it is first used.

Importing a handler needs no environment and costs little; a container builds what it needs once.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from adapters import clock
from adapters.settings import environment, read_procedure, shipped_calendar, working_day

if TYPE_CHECKING:
    from types_boto3_lambda.client import LambdaClient

    from adapters.audit import Audit
    from adapters.calendars import Calendars
    from adapters.casebook import Casebook
    from adapters.council_store import CouncilStore
    from adapters.daily import DailyLetters
    from adapters.drafts import Drafts
    from adapters.executions import Executions
    from adapters.exports import Exports
    from adapters.identity import Identity
    from adapters.mailroom import Mailroom
    from adapters.operating.desk import Desk
    from adapters.outgoing import Outgoing
    from adapters.packs import Packs
    from adapters.privileged import Compartment
    from adapters.record import Record
    from adapters.seals import Sealing
    from adapters.sessions import Sessions
    from adapters.summaries import Summaries
    from adapters.sweep import Sweep
    from adapters.training_runs import TrainingRuns
    from adapters.typesetting import Typesetter
    from adapters.unsent import UnsentForms
    from adapters.views import Views
    from domain.procedure import Procedure
    from domain.training import TrainingRun

__all__ = [
    "audit",
    "calendars",
    "casebook",
    "council_store",
    "daily_letters",
    "desk",
    "drafts",
    "executions",
    "exports",
    "forget",
    "identity",
    "mailroom",
    "outgoing",
    "packs",
    "privileged",
    "procedure",
    "saved_views",
    "sealing",
    "sessions",
    "sweep",
    "training_runs",
    "typesetter",
    "unsent_forms",
    "waiting_client",
]


def _quick() -> Any:  # noqa: ANN401 - botocore's Config, which is not loaded here
    """Return how many seconds any call of AWS may take, and how often it is retried.

    A call that hangs must not use up the function's time: by default, botocore waits a minute for
    each answer, and asks DynamoDB ten more times. Whoever called the function tries again.
    """
    from botocore.config import Config

    return Config(connect_timeout=2, read_timeout=8, retries={"max_attempts": 3})


def _made(service: str, config: Any) -> Any:  # noqa: ANN401 - one of several typed clients
    import boto3

    make: Any = boto3.client
    return make(service, config=config)


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - one of several typed clients
    return _made(service, _quick())


@cache
def _table() -> Any:  # noqa: ANN401 - boto3's Table resource
    import boto3

    return boto3.resource("dynamodb", config=_quick()).Table(environment("TABLE_NAME"))


@cache
def _record() -> Record:
    from adapters.record import Record

    return Record(_table)


@cache
def outgoing() -> Outgoing:
    """Return the one way by which emails leave the service."""
    from adapters.mail import Mail
    from adapters.outgoing import Outgoing

    mail = Mail(
        lambda: _client("sesv2"),
        lambda: environment("MAIL_FROM"),
        lambda: environment("INTAKE_ADDRESS"),
        lambda: environment("MAIL_CONFIGURATION_SET"),
    )
    return Outgoing(_record().notices, mail)


@cache
def council_store() -> CouncilStore:
    """Return where the directory, cover and calendar are kept."""
    from adapters.council_store import CouncilStore

    return CouncilStore(_table, read_procedure)


@cache
def procedure() -> Procedure:
    """Return the council's settings. It takes no call, so the page of an error can read them."""
    return read_procedure()


@cache
def executions() -> Executions:
    """Return what starts and stops the legs of this council's challenges."""
    from adapters.executions import Executions

    return Executions(lambda: _client("stepfunctions"), lambda: environment("STATE_MACHINE_ARN"))


@cache
def casebook() -> Casebook:
    """Return the casebook of this container."""
    from adapters.casebook import Casebook
    from adapters.links import Links

    record = _record()
    public_url = environment("PUBLIC_URL")
    return Casebook(
        record=record,
        council=council_store(),
        executions=executions(),
        outgoing=outgoing(),
        links=Links(record.beside, public_url),
        public_url=public_url,
        council_name=environment("COUNCIL_NAME"),
        training=working_day() is not None,
    )


@cache
def sweep() -> Sweep:
    """Return what gives challenges their fresh legs."""
    from adapters.sweep import Sweep

    return Sweep(_record(), council_store(), executions())


@cache
def summaries() -> Summaries:
    """Return what fills in the summary rows that an earlier release did not write."""
    from adapters.summaries import Summaries

    return Summaries(_record(), council_store())


@cache
def training_runs() -> TrainingRuns:
    """Return the training runs of a training environment."""
    from adapters.training_runs import TrainingRuns

    return TrainingRuns(
        _record().beside,
        lambda: shipped_calendar(read_procedure()),
        lambda until: sweep().sweep(everything=True, until=until),
    )


def _run(*, reread: bool) -> TrainingRun | None:
    """Return the run that sets the service's clock. Outside training the table is not read."""
    return training_runs().latest(clock.wall(), reread=reread) if working_day() else None


# Code that asks for the time is built here, or is a handler, which imports this module.
clock.follow(_run)


@cache
def daily_letters() -> DailyLetters:
    """Return what sends each officer the daily email."""
    from adapters.daily import DailyLetters

    return DailyLetters(
        record=_record(),
        council=council_store(),
        outgoing=outgoing(),
        public_url=environment("PUBLIC_URL"),
        council_name=environment("COUNCIL_NAME"),
        training=working_day() is not None,
    )


@cache
def drafts() -> Drafts:
    """Return the drafts of this council's officers."""
    from adapters.drafts import Drafts

    return Drafts(_record().beside, clock.wall)


@cache
def unsent_forms() -> UnsentForms:
    """The forms that somebody is filling in."""
    from adapters.unsent import UnsentForms

    return UnsentForms(_record().beside)


@cache
def saved_views() -> Views:
    """Return the views that officers have saved."""
    from adapters.views import Views

    return Views(_record().beside)


@cache
def sessions() -> Sessions:
    """Return the sessions of this council's officers."""
    from adapters.sessions import Sessions

    return Sessions(_record().beside)


@cache
def calendars() -> Calendars:
    """Return the calendar feeds of this council's officers."""
    from adapters.calendars import Calendars

    return Calendars(_record().beside, environment("PUBLIC_URL"))


@cache
def mailroom() -> Mailroom:
    """Return the mailroom, for emails that come in."""
    from adapters.mailroom import Mailroom

    bucket = lambda: environment("MAIL_BUCKET")  # noqa: E731 - read when first used
    training = working_day() is not None
    return Mailroom(lambda: _client("s3"), bucket, _record(), outgoing(), training=training)


@cache
def privileged() -> Compartment:
    """Return where the words of legal advice are kept. On AWS only one function has its key."""
    from adapters.privileged import Compartment

    key = lambda: environment("PRIVILEGED_KEY")  # noqa: E731 - read when first used
    return Compartment(_record().beside, lambda: _client("kms"), key)


@cache
def typesetter() -> Typesetter:
    """Return what makes PDFs. Only the function ``documents`` has its library."""
    from adapters.typesetting import Typesetter

    return Typesetter()


@cache
def exports() -> Exports:
    """Return what makes signed exports. On AWS only one function may sign with the key."""
    from adapters.exports import Exports, Signer

    signer = Signer(lambda: _client("kms"), lambda: environment("SIGNING_KEY"))
    return Exports(_record(), signer, environment("COUNCIL_NAME"))


@cache
def packs() -> Packs:
    """Return where the packs for Cafcass are kept: beside the emails, in the same bucket."""
    from adapters.packs import Packs

    return Packs(lambda: _client("s3"), lambda: environment("MAIL_BUCKET"))


@cache
def sealing() -> Sealing:
    """Return the nightly sealing of the chains."""
    from adapters.seals import SealBucket, Sealing

    bucket = SealBucket(lambda: _client("s3"), lambda: environment("HEADS_BUCKET"))
    return Sealing(_table, bucket)


@cache
def audit() -> Audit:
    """Return the nightly comparison of lists and trays with what is recorded."""
    from adapters.audit import Audit
    from adapters.seals import ENDED, SealBucket

    client, bucket = lambda: _client("s3"), lambda: environment("HEADS_BUCKET")
    seals, ended = SealBucket(client, bucket), SealBucket(client, bucket, ENDED)
    return Audit(_record(), council_store(), seals, ended)


@cache
def desk() -> Desk:
    """Return the desk that answers operators."""
    from adapters.operating.desk import Clients, Desk

    clients = Clients(
        s3=lambda: _client("s3"),
        stepfunctions=lambda: _client("stepfunctions"),
        sqs=lambda: _client("sqs"),
        sns=lambda: _client("sns"),
        lambda_=lambda: _client("lambda"),
        kms=lambda: _client("kms"),
        waits=waiting_client,
    )
    return Desk(_table, _record(), council_store(), clients)


@cache
def waiting_client() -> LambdaClient:
    """Return a client of Lambda that waits for a function's answer and asks only once.

    It waits far longer than the others: only for code that has time for a whole Sweep.
    """
    from botocore.config import Config

    from adapters.operating.desk import A_SWEEP

    patient = Config(connect_timeout=2, read_timeout=A_SWEEP, retries={"total_max_attempts": 1})
    client: LambdaClient = _made("lambda", patient)
    return client


@cache
def identity() -> Identity:
    """Return what handles sign-in and sessions in this container."""
    from adapters.identity import Identity
    from adapters.secrets import PoolClientSecret, Secrets

    client_id, pool_id = environment("OIDC_CLIENT_ID"), os.environ.get("USER_POOL_ID")
    cognito = lambda: _client("cognito-idp")  # noqa: E731 - made when first used
    pool = PoolClientSecret(pool_id, client_id, cognito) if pool_id else None
    return Identity(
        issuer=environment("OIDC_ISSUER"),
        client_id=client_id,
        secrets=Secrets(environment("SECRET_ID"), lambda: _client("secretsmanager"), pool=pool),
        public_url=environment("PUBLIC_URL"),
    )


def forget() -> None:
    """Forget what was built: for a process whose environment changed."""
    adapters: tuple[Any, ...] = (
        *(_client, _table, _record, council_store, executions, procedure),
        *(audit, casebook, daily_letters, desk, drafts, exports, identity, mailroom, outgoing),
        *(
            packs,
            privileged,
            saved_views,
            sealing,
            sessions,
            summaries,
            sweep,
            training_runs,
            typesetter,
            unsent_forms,
            waiting_client,
        ),
    )
    for built in adapters:
        built.cache_clear()
