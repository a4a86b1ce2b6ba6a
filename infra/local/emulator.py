"""The service's part of AWS on one machine: moto, the real functions, the real state machine.

``Emulator`` brings up what ``infra.cloud`` brings up on AWS, from the same ``infra.blueprint``,
inside this process, where every use of boto3 reaches it. Unlike AWS it has a clock that can be
moved and an outbox that can be read::

    with Emulator(data_dir=None, aws_port=None, environment={}, virtual=True) as emulator:
        ...
        emulator.clock.move_to(emulator.clock.next_timer())

What ``data_dir`` keeps, synced before a request is answered (see disk)::

    journal.jsonl   every write to the table      (see journal)
    outbox/         every email sent              (see outbox)
    mail/           every email received          (see mail_in)
    clock.json      the clock's distance from real time
    heads/          what was sealed each night    (see duties)
    secret.json     the service's secret: sessions outlive a restart
    advice.json     the key of legal advice: without it no advice can be read
    signing.pem     the key that signs exports: its fingerprint outlives a restart

Executions are not kept. They are promises to wake up, and the record is the truth: after a start on
existing data the caller invokes Sweep with ``{"all": true}``, which gives every open challenge a
new leg.

moto belongs to the process, so only one emulator can run in it at a time.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import secrets
import sys
import time
import zipfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, ClassVar, Self

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends

from adapters.record.beside import DELETE_AFTER
from domain.retention import KEPT_FOR_YEARS
from infra.blueprint import (
    FUNCTION_PLACEHOLDERS,
    FUNCTIONS,
    FUNCTIONS_DIR,
    INDEXES,
    PARTITION_KEY,
    SORT_KEY,
    STATE_MACHINE_FILE,
    SWEEP,
)
from infra.errors import InfraError
from infra.local import interpreter
from infra.local.aws_port import HOST, AwsPort, PortTakenError
from infra.local.disk import DataError, Disk
from infra.local.interpreter import InterpreterThread, run_on_clock
from infra.local.journal import Journal, JournalError, keep_dynamodb_whole
from infra.local.lambda_seam import FunctionError, Functions, run_in_process
from infra.local.large_tables import keep_dynamodb_fast
from infra.local.outbox import Outbox, SentMail, keep_mail
from infra.local.quick_requests import keep_requests_quick
from infra.local.service_clock import ClockBackwardsError, ClockStuckError, ServiceClock
from infra.local.signing_key import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

__all__ = [
    "REGION",
    "ClockBackwardsError",
    "ClockStuckError",
    "DataError",
    "Emulator",
    "FunctionError",
    "JournalError",
    "PortTakenError",
    "SentMail",
]

REGION = "eu-west-2"
TABLE = "positive-challenge"
STATE_MACHINE = "escalation"
ADVICE_KEY = "2d0b9d0e-6f3a-4f0e-9c56-0a0000000011"
SIGNING_KEY = "2d0b9d0e-6f3a-4f0e-9c56-0a0000000017"
SECRET = "positive-challenge/secrets"  # noqa: S105 (a name)
INTAKE_ADDRESS = "positive-challenge@council.example"
MAIL_FROM = f"Positive Challenge <{INTAKE_ADDRESS}>"
MAIL_BUCKET = "positive-challenge-mail"
HEADS_BUCKET = "positive-challenge-heads"

#: Seconds a stop leaves a running function, in case one hangs: a function that runs on after AWS is
#: gone fails in many ways. `make run` waits less.
STOP_LIMIT = 600.0
_ROLE = "positive-challenge-local"
_TRUST = {"Version": "2012-10-17", "Statement": []}

_log = logging.getLogger(__name__)


class Emulator:
    """AWS for one service on one machine. Start it, or use it as a context manager."""

    #: Whether one runs in this process: moto belongs to the process.
    _running: ClassVar[bool] = False

    def __init__(
        self,
        *,
        data_dir: Path | None,
        aws_port: int | None,
        handlers: Mapping[str, Callable[[dict[str, Any], Any], Any]] | None = None,
        environment: Mapping[str, str],
        start_at: datetime | None = None,
        virtual: bool = False,
        oidc_client_secret: str = "local",  # noqa: S107 (the local provider's; no secret)
        disk: Disk | None = None,
    ) -> None:
        """Prepare; nothing happens before ``start``.

        Args:
            data_dir: where data is kept; None keeps nothing.
            aws_port: the port of 127.0.0.1 for the AWS CLI; 0 takes any free one, None opens none.
            handlers: stand-ins for functions, by their name in ``infra.blueprint``.
            environment: the functions' environment, beyond what the emulator knows itself.
            start_at: what the clock shows at first, aware; by default real time, or what a clock
                that is not virtual showed when the data was last used.
            virtual: whether the clock only moves when told to.
            oidc_client_secret: goes into the service's secret.
            disk: writes what is kept, and knows what to do when it cannot.
        """
        self._data_dir = data_dir
        self._disk = disk or Disk()
        self._port = aws_port
        self._handlers = handlers or {}
        self._given_environment = dict(environment)
        self._start_at = start_at
        self._virtual = virtual
        self._oidc_client_secret = oidc_client_secret
        self._until_stop: ExitStack | None = None
        self._living: set[InterpreterThread] = set()
        self._functions = Functions(FUNCTIONS, self._handlers, self.function_arn)
        self._clock: ServiceClock | None = None
        self._outbox: Outbox | None = None
        self._aws_port: AwsPort | None = None

    # --- what it offers -----------------------------------------------------------------------

    @property
    def clock(self) -> ServiceClock:
        """Return the service's clock; it exists from the first start on."""
        if self._clock is None:
            raise _NotStartedError
        return self._clock

    @property
    def outbox(self) -> Outbox:
        """Return the outbox of every email sent; it exists from the first start on."""
        if self._outbox is None:
            raise _NotStartedError
        return self._outbox

    @property
    def aws_url(self) -> str | None:
        """Return the AWS CLI's ``--endpoint-url``; None without a port."""
        return f"http://{HOST}:{self._aws_port.port}" if self._aws_port else None

    @property
    def state_machine_arn(self) -> str:
        """Return the state machine's ARN."""
        return f"arn:aws:states:{REGION}:{DEFAULT_ACCOUNT_ID}:stateMachine:{STATE_MACHINE}"

    @staticmethod
    def function_arn(name: str) -> str:
        """Return a function's ARN, by its name in ``infra.blueprint``."""
        return f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:{name}"

    def invoke(self, function: str, event: object) -> Any:  # noqa: ANN401 (any JSON)
        """Call a function by its name in ``infra.blueprint``. Return its answer as parsed JSON.

        Raise ``FunctionError`` if the handler raised.
        """
        return self._functions.invoke(function, event)

    # --- its life -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything, with the data there is.

        Raise ``PortTakenError``, ``DataError`` if the data cannot be read, ``DiskError``, or
        ``RuntimeError`` if another emulator runs in this process; then nothing runs.
        """
        if self._until_stop:
            return
        with ExitStack() as until:
            until.enter_context(self._alone())
            if self._data_dir:
                self._disk.folder(self._data_dir)
            # Each step is undone in reverse order: what started last stops first.
            environment = self._environment()
            self._set_environment(environment, until)
            mock = mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
            until.enter_context(mock)
            self._clock = self._make_clock()
            outbox = self._data_dir / "outbox" if self._data_dir else None
            self._outbox = Outbox(outbox, self._disk)
            self._use_functions(until)
            run_in_process(self._functions, until)
            keep_mail(self._outbox, self._clock.now, until)
            self._make_resources(environment)
            self._open_table(environment["TABLE_NAME"], until)
            self._living = run_on_clock(self._clock, until)
            until.callback(self._stop_executions)
            if self._port is not None:
                self._aws_port = AwsPort(self._port, self.clock.now)
                until.callback(self._close_port)
            self._clock.start()
            self._until_stop = until.pop_all()

    def stop(self) -> None:
        """End every execution, close the port, and leave the process as it was.

        All data is on disk already. Stopping twice is harmless.
        """
        until, self._until_stop = self._until_stop, None
        if until:
            until.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @classmethod
    @contextmanager
    def _alone(cls) -> Iterator[None]:
        if cls._running:
            raise _AnotherRunsError
        cls._running = True
        try:
            yield
        finally:
            cls._running = False

    # --- the process --------------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        known = {
            "TABLE_NAME": TABLE,
            "STATE_MACHINE_ARN": self.state_machine_arn,
            "SECRET_ID": SECRET,
            "MAIL_FROM": MAIL_FROM,
            "INTAKE_ADDRESS": INTAKE_ADDRESS,
            "MAIL_BUCKET": MAIL_BUCKET,
            "HEADS_BUCKET": HEADS_BUCKET,
            "PRIVILEGED_KEY": f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT_ID}:key/{ADVICE_KEY}",
            "SIGNING_KEY": f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT_ID}:key/{SIGNING_KEY}",
            "SWEEP_FUNCTION": SWEEP.name,
            "MAIL_CONFIGURATION_SET": "letters",
            "POWERTOOLS_SERVICE_NAME": "positive-challenge",
            "POWERTOOLS_METRICS_NAMESPACE": "PositiveChallenge",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",  # no secret: moto accepts anything
            "AWS_SESSION_TOKEN": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            # A developer's own profile must be neither needed nor used.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TZ": "UTC",
        }
        return known | self._given_environment

    def _set_environment(self, environment: Mapping[str, str], until: ExitStack) -> None:
        until.callback(time.tzset)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            until.callback(_put_environment, name, os.environ.pop(name, None))
        for name, value in environment.items():
            until.callback(_put_environment, name, os.environ.get(name))
            os.environ[name] = value
        time.tzset()

    def _use_functions(self, until: ExitStack) -> None:
        folder = str(FUNCTIONS_DIR)
        if folder not in sys.path:
            sys.path.insert(0, folder)
            until.callback(sys.path.remove, folder)
        functions_clock = importlib.import_module("adapters.clock")
        functions_clock.use(self.clock.now)
        until.callback(functions_clock.use, None)

    def _stop_executions(self) -> None:
        left = interpreter.stop_all(self.clock, self._living, STOP_LIMIT)
        if left:
            _log.warning(
                "%d thread(s) of executions still ran %d seconds after the stop: a function hangs.",
                left,
                STOP_LIMIT,
            )

    def _close_port(self) -> None:
        port, self._aws_port = self._aws_port, None
        if port:
            port.close()

    # --- the data -----------------------------------------------------------------------------

    def _make_clock(self) -> ServiceClock:
        real = datetime.now(UTC)
        start_at = self._start_at.astimezone(UTC) if self._start_at else real
        if self._virtual:
            return ServiceClock(stands_at=start_at)
        offset = start_at - real
        file = self._data_dir / "clock.json" if self._data_dir else None
        if file is None:
            return ServiceClock(offset=offset)
        if file.exists():
            instead = "To continue with real time, move it away"
            offset = timedelta(seconds=_kept(file, instead)["offset_seconds"])

        def keep_offset(offset: timedelta) -> None:
            content = json.dumps({"offset_seconds": offset.total_seconds()})
            self._disk.replace(file, content.encode())

        keep_offset(offset)
        return ServiceClock(offset=offset, keep_offset=keep_offset)

    def _open_table(self, table: str, until: ExitStack) -> None:
        file = self._data_dir / "journal.jsonl" if self._data_dir else None
        journal = Journal(file, self._disk)
        until.callback(journal.close)
        keep_requests_quick(until)
        keep_dynamodb_fast(until)  # first: repeating a long journal is many transactions
        journal.open(table=table, region=REGION)
        keep_dynamodb_whole(journal, table=table, region=REGION, until=until)

    def _secret(self) -> str:
        file = self._data_dir / "secret.json" if self._data_dir else None
        instead = "To continue with a new secret, with which everyone signs in again, move it away"
        kept = _kept(file, instead) if file and file.exists() else {}
        secret = json.dumps(
            {"session_key": secrets.token_urlsafe(32)}
            | kept
            | {"oidc_client_secret": self._oidc_client_secret}
        )
        if file:
            self._disk.replace(file, secret.encode())
        return secret

    def _advice_key(self) -> bytes:
        """Return the 32 bytes of the key of legal advice, kept from the first start on."""
        file = self._data_dir / "advice.json" if self._data_dir else None
        instead = "Without it no legal advice can be read: to go on without that, move it away"
        kept = _kept(file, instead) if file and file.exists() else {}
        material = kept.get("key") or secrets.token_hex(32)
        if file:
            self._disk.replace(file, json.dumps({"key": material}).encode())
        return bytes.fromhex(material)

    # --- the resources ------------------------------------------------------------------------

    def _make_resources(self, environment: Mapping[str, str]) -> None:
        _make_table(environment["TABLE_NAME"])
        boto3.client("secretsmanager").create_secret(
            Name=environment["SECRET_ID"], SecretString=self._secret()
        )
        _make_key(ADVICE_KEY, self._advice_key())
        _make_signing_key(SIGNING_KEY, SigningKey(self._data_dir, self._disk))
        _make_bucket(environment["MAIL_BUCKET"])
        _make_bucket(environment["HEADS_BUCKET"], locked_for=KEPT_FOR_YEARS)
        _, address = parseaddr(environment["MAIL_FROM"])
        boto3.client("sesv2").create_email_identity(EmailIdentity=address)
        iam = boto3.client("iam")
        role = iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
        role_arn = role["Role"]["Arn"]
        lambda_ = boto3.client("lambda")
        for function in FUNCTIONS:
            lambda_.create_function(
                FunctionName=function.name,
                Runtime="python3.11",
                Role=role_arn,
                Handler=function.handler,
                Code={"ZipFile": _empty_zip()},
                Timeout=function.timeout_seconds,
                MemorySize=function.memory_mb,
            )
        boto3.client("stepfunctions").create_state_machine(
            name=STATE_MACHINE, definition=self._definition(), roleArn=role_arn
        )

    def _definition(self) -> str:
        definition = STATE_MACHINE_FILE.read_text(encoding="utf-8")
        for placeholder, function in FUNCTION_PLACEHOLDERS.items():
            definition = definition.replace(f"${{{placeholder}}}", self.function_arn(function.name))
        return definition


class _NotStartedError(InfraError):
    def __init__(self) -> None:
        super().__init__("The emulator has not started yet. Call start(), or use it with `with`.")


class _AnotherRunsError(InfraError):
    def __init__(self) -> None:
        super().__init__(
            "Another emulator runs in this process, and moto supports only one. Stop it first."
        )


def _make_table(name: str) -> None:
    keys = {PARTITION_KEY, SORT_KEY}
    keys |= {key for index in INDEXES for key in (index.partition_key, index.sort_key)}
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
        KeySchema=[
            {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index.name,
                "KeySchema": [
                    {"AttributeName": index.partition_key, "KeyType": "HASH"},
                    {"AttributeName": index.sort_key, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in INDEXES
        ],
    )
    # moto deletes nothing by it: what has ended is not given back (adapters.drafts).
    boto3.client("dynamodb").update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": DELETE_AFTER},
    )


def _make_key(name: str, material: bytes) -> None:
    """Make a key of KMS with a name and material of ours, which moto does not offer."""
    backend = kms_backends[DEFAULT_ACCOUNT_ID][REGION]
    key = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", [])
    key.id, key.key_material = name, material
    key.arn = f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT_ID}:key/{name}"
    backend.keys[name] = key


def _make_signing_key(name: str, private: SigningKey) -> None:
    """Make a key of KMS that signs, with a name and a private half of ours."""
    backend = kms_backends[DEFAULT_ACCOUNT_ID][REGION]
    # moto makes a private half at once, and for this curve in no time.
    key = backend.create_key(None, "SIGN_VERIFY", "ECC_NIST_P256", "", [])
    key.id, key.key_spec, key.private_key = name, "RSA_3072", private
    key.arn = f"arn:aws:kms:{REGION}:{DEFAULT_ACCOUNT_ID}:key/{name}"
    backend.keys[name] = key


def _make_bucket(name: str, *, locked_for: int = 0) -> None:
    """Make a bucket that can lock; ``locked_for`` is the years it locks each object by default."""
    client = boto3.client("s3")
    client.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    if locked_for:
        client.put_object_lock_configuration(
            Bucket=name,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": locked_for}},
            },
        )


def _empty_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w"):
        pass
    return file.getvalue()


def _put_environment(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _kept(file: Path, instead: str) -> dict[str, Any]:
    """Return what a small file holds. Raise ``DataError``, which says what to do ``instead``."""
    try:
        found = json.loads(file.read_bytes())
        if isinstance(found, dict):
            return found
    except ValueError:
        pass
    message = f"{file} is damaged. {instead}, or put back an undamaged copy."
    raise DataError(message)
