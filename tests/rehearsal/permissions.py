"""Whether IAM is enforced, and lets each function, and people, do exactly their work.

``CALLS`` is the table of what can be done, and who may. Each call is tried with the keys of each
function's role, as the function itself would have them, and with those of the roles that people
take on: what they may do is not refused, and everything else is. Then the functions are tried
themselves: with its role's policy removed, each fails.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters import clock
from adapters.mailroom import KEYS
from adapters.packs import PACKS
from adapters.record.places import NoticePlace
from adapters.seals import KEYS as SEALS
from infra.blueprint import (
    ADVICE,
    ADVICE_PATH,
    API,
    API_PATH,
    AUDIT,
    DAILY,
    DECIDE,
    DELIVERY,
    DOCUMENTS,
    DOCUMENTS_PATH,
    FUNCTIONS,
    INTAKE,
    OPERATE,
    PAGES,
    SEAL,
    SWEEP,
)
from infra.local.mail_in import ses_event
from infra.local.outbox import Envelope, comes_back
from tests.patience import LIMIT
from tests.rehearsal.council import InvocationError
from tests.rehearsal.deployment import COUNCIL, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import boto3

    from infra.blueprint import Function
    from tests.rehearsal.council import Council

__all__ = [
    "CALLS",
    "USES",
    "Call",
    "each_role_allows_its_work_and_no_more",
    "without_its_role_it_fails",
]

#: What AWS's services answer when they refuse something.
_REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError"})

#: The roles that people take on, by the outputs that name them.
OPERATOR, BREAK_GLASS = "OperatorRoleArn", "BreakGlassRoleArn"

#: An email that is there to be read.
_MAIL = f"{KEYS}of-the-rehearsal"
_PACK = f"{PACKS}of-the-rehearsal"


@dataclass(frozen=True)
class Call:
    """Something to try: a method of a service's client, its arguments, and who may call it.

    Whether it then succeeds does not matter: IAM decides first.
    """

    what: str
    service: str
    method: str
    arguments: Callable[[Council], Mapping[str, Any]]
    who: tuple[Function | str, ...] = ()


def _key(council: Council) -> dict[str, Any]:
    key = {"PK": {"S": "REHEARSAL"}, "SK": {"S": "NONE"}}
    return {"TableName": council.deployment.table, "Key": key}


def _by_tray(council: Council) -> dict[str, Any]:
    return {
        "TableName": council.deployment.table,
        "IndexName": "by_tray",
        "KeyConditionExpression": "tray = :nobody",
        "ExpressionAttributeValues": {":nobody": {"S": "nobody"}},
    }


def _by_ended(council: Council) -> dict[str, Any]:
    return {
        "TableName": council.deployment.table,
        "IndexName": "by_ended",
        "KeyConditionExpression": "of_iro = :nobody",
        "ExpressionAttributeValues": {":nobody": {"S": "nobody"}},
    }


def _by_wake(council: Council) -> dict[str, Any]:
    return {
        "TableName": council.deployment.table,
        "IndexName": "by_wake",
        "KeyConditionExpression": "#open = :nobody",
        "ExpressionAttributeNames": {"#open": "open"},
        "ExpressionAttributeValues": {":nobody": {"S": "nobody"}},
    }


#: Functions that work on challenges, and those that start legs.
_OF_THE_RECORD = (DECIDE, SWEEP, PAGES, INTAKE, API, ADVICE, DELIVERY, DAILY)
_OF_THE_RECORD_TO_PUT = (DECIDE, SWEEP, PAGES, INTAKE, API, ADVICE)
_OF_LEGS = (SWEEP, PAGES, INTAKE, API, ADVICE, DELIVERY)

CALLS = (
    Call(
        "read the record",
        "dynamodb",
        "get_item",
        _key,
        (*_OF_THE_RECORD, DOCUMENTS, AUDIT, OPERATE, BREAK_GLASS),
    ),
    Call(
        "write to the record",
        "dynamodb",
        "put_item",
        lambda council: {
            "TableName": council.deployment.table,
            "Item": _key(council)["Key"],
            # Never true of a missing item: nothing is written.
            "ConditionExpression": "attribute_exists(PK)",
        },
        (*_OF_THE_RECORD_TO_PUT, DOCUMENTS, BREAK_GLASS),
    ),
    Call(
        "change the record",
        "dynamodb",
        "update_item",
        lambda council: {
            **_key(council),
            "UpdateExpression": "SET nothing = :nothing",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":nothing": {"S": ""}},
        },
        (*_OF_THE_RECORD, BREAK_GLASS),
    ),
    Call(
        "query the index of trays",
        "dynamodb",
        "query",
        _by_tray,
        (PAGES, INTAKE, DAILY, OPERATE, BREAK_GLASS),
    ),
    Call(
        "query the index of what wakes",
        "dynamodb",
        "query",
        _by_wake,
        (SWEEP, PAGES, DOCUMENTS, AUDIT, OPERATE, BREAK_GLASS),
    ),
    Call(
        "query the index of what has ended",
        "dynamodb",
        "query",
        _by_ended,
        (PAGES, DOCUMENTS, BREAK_GLASS),
    ),
    Call("delete from the record", "dynamodb", "delete_item", _key),
    Call(
        "scan the record",
        "dynamodb",
        "scan",
        lambda council: {"TableName": council.deployment.table},
        (BREAK_GLASS,),
    ),
    Call(
        "start a leg",
        "stepfunctions",
        "start_execution",
        # One of this name exists: nothing is started.
        lambda council: {
            "stateMachineArn": council.deployment.machine,
            "name": council.executions("RUNNING")[0],
        },
        _OF_LEGS,
    ),
    Call(
        "stop a leg",
        "stepfunctions",
        "stop_execution",
        lambda council: {"executionArn": council.execution("there-is-none")},
        (*_OF_LEGS, BREAK_GLASS),
    ),
    Call(
        "list the legs",
        "stepfunctions",
        "list_executions",
        lambda council: {"stateMachineArn": council.deployment.machine},
        (SWEEP, OPERATE, OPERATOR, BREAK_GLASS),
    ),
    Call(
        "ask how a leg ended",
        "stepfunctions",
        "describe_execution",
        lambda council: {"executionArn": council.execution("there-is-none")},
        (SWEEP, OPERATE, OPERATOR, BREAK_GLASS),
    ),
    Call(
        "send a letter",
        "sesv2",
        "send_email",
        # It is empty: nothing is sent.
        lambda _council: {"FromEmailAddress": COUNCIL["mail_from"], "Content": {"Template": {}}},
        (DECIDE, INTAKE, DAILY),
    ),
    Call(
        "read the secret of sign-in",
        "secretsmanager",
        "get_secret_value",
        lambda council: {"SecretId": council.deployment.outputs["SecretId"]},
        (PAGES, ADVICE, DOCUMENTS),
    ),
    Call(
        "read a mail",
        "s3",
        "get_object",
        lambda council: {"Bucket": council.deployment.bucket, "Key": _MAIL},
        (INTAKE, BREAK_GLASS),
    ),
    Call(
        "change a mail",
        "s3",
        "put_object",
        lambda council: {"Bucket": council.deployment.bucket, "Key": _MAIL, "Body": b""},
    ),
    Call(
        "delete a mail",
        "s3",
        "delete_object",
        lambda council: {"Bucket": council.deployment.bucket, "Key": _MAIL},
    ),
    Call(
        "keep a pack for Cafcass",
        "s3",
        "put_object",
        lambda council: {"Bucket": council.deployment.bucket, "Key": _PACK, "Body": b""},
        (DOCUMENTS,),
    ),
    Call(
        "read a pack for Cafcass",
        "s3",
        "get_object",
        lambda council: {"Bucket": council.deployment.bucket, "Key": _PACK},
        (DOCUMENTS,),
    ),
    Call(
        "delete a pack for Cafcass",
        "s3",
        "delete_object",
        lambda council: {"Bucket": council.deployment.bucket, "Key": _PACK},
    ),
    Call(
        "sign an export",
        "kms",
        "sign",
        lambda council: {
            "KeyId": council.deployment.outputs["SigningKeyArn"],
            "Message": b"Record of PCE-7K3M-9QXT",
            "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
        },
        (DOCUMENTS,),
    ),
    Call(
        "read the hashes of the record",
        "dynamodb",
        "scan",
        lambda council: {
            "TableName": council.deployment.table,
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": "PK, SK, #hash",
            "ExpressionAttributeNames": {"#hash": "hash"},
        },
        (SEAL, OPERATE, BREAK_GLASS),
    ),
    Call(
        "list the seals",
        "s3",
        "list_object_versions",
        lambda council: {"Bucket": council.deployment.outputs["HeadsBucket"], "Prefix": SEALS},
        (SEAL, AUDIT, OPERATE, BREAK_GLASS),
    ),
    Call(
        "delete a seal",
        "s3",
        "delete_object",
        lambda council: {
            "Bucket": council.deployment.outputs["HeadsBucket"],
            "Key": f"{SEALS}there-is-none",
        },
    ),
    Call(
        "read a dead letter",
        "sqs",
        "receive_message",
        lambda council: {"QueueUrl": council.deployment.outputs["DeadLetters"]},
        (OPERATE, BREAK_GLASS),
    ),
    Call(
        "tell other systems of an event",
        "events",
        "put_events",
        lambda council: {
            "Entries": [
                {
                    "EventBusName": council.deployment.outputs["EventBusName"],
                    "Source": "rehearsal",
                    "DetailType": "None",
                    "Detail": "{}",
                }
            ]
        },
    ),
    Call(
        "call a function",
        "lambda",
        "invoke",
        lambda council: {"FunctionName": council.deployment.name(SWEEP), "Payload": b"{}"},
        (OPERATE, BREAK_GLASS),
    ),
    Call(
        "call the operators' function",
        "lambda",
        "invoke",
        lambda council: {"FunctionName": council.deployment.name(OPERATE), "Payload": b"{}"},
        (OPERATOR, BREAK_GLASS),
    ),
    Call(
        "ring an alarm",
        "sns",
        "publish",
        lambda council: {"TopicArn": council.deployment.outputs["AlarmTopic"], "Message": "None."},
        (OPERATE, BREAK_GLASS),
    ),
    Call("read the roles", "iam", "list_roles", lambda _council: {}),
)


def each_role_allows_its_work_and_no_more(council: Council) -> None:
    """Try every call of the table with the keys of every function's role, and of people's roles."""
    emulator = council.deployment.emulator
    emulator.client("s3").put_object(Bucket=council.deployment.bucket, Key=_MAIL, Body=b"A mail.")
    wrong: list[str] = []
    refused = 0
    everybody = (*FUNCTIONS, OPERATOR, BREAK_GLASS)
    somebody = _somebody_named(council)
    for who in everybody:
        name = who if isinstance(who, str) else who.name
        session = (
            _having_taken_on(council, who, somebody)
            if isinstance(who, str)
            else _as_function(council, who)
        )
        for call in CALLS:
            denied = _is_refused(council, call, session)
            refused += denied
            if denied == (who in call.who):
                answer = "may not" if denied else "may"
                wrong.append(f"{name} {answer} {call.what}")
    assert not wrong, "; ".join(wrong)
    tried = len(everybody) * len(CALLS)
    council.note(f"{tried} calls with the keys of {len(everybody)} roles: {refused} refused")


def without_its_role_it_fails(council: Council) -> None:
    """Check that each function works, and does not with its role's policy removed."""
    for function, use in USES.items():
        use(council)
        with _no_policy(council, function):
            try:
                use(council)
            except InvocationError:
                continue
        message = f"{function.name} works without the policy of its role"
        raise AssertionError(message)
    council.note(", ".join(function.name for function in USES))


def _as_function(council: Council, function: Function) -> boto3.Session:
    """Return the keys of a function."""
    emulator = council.deployment.emulator
    # Its path is in its ARN, and not in its name.
    role = emulator.client("iam").get_role(RoleName=council.deployment.role(function))["Role"]
    return _assumed(council, role["Arn"], emulator.session())


def _somebody_named(council: Council) -> boto3.Session:
    """Return the keys of the user named in the settings for both roles."""
    emulator = council.deployment.emulator
    iam = emulator.client("iam")
    user = PERSON.rpartition("/")[2]
    iam.create_user(UserName=user)
    take_on = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [take_on]})
    iam.put_user_policy(UserName=user, PolicyName="TakeOn", PolicyDocument=document)
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    return emulator.session(keys["AccessKeyId"], keys["SecretAccessKey"])


def _having_taken_on(council: Council, output: str, somebody: boto3.Session) -> boto3.Session:
    """Return the keys of a role for people that ``somebody`` may take on, not the administrator."""
    arn = council.deployment.outputs[output]
    try:
        _assumed(council, arn, council.deployment.emulator.session())
    except ClientError as error:
        if error.response["Error"]["Code"] not in _REFUSALS:
            raise
    else:
        message = f"somebody whom the settings do not name takes on {arn}"
        raise AssertionError(message)
    return _assumed(council, arn, somebody)


def _assumed(council: Council, role: str, session: boto3.Session) -> boto3.Session:
    emulator = council.deployment.emulator
    sts = emulator.client("sts", session)
    keys = sts.assume_role(RoleArn=role, RoleSessionName="rehearsal")["Credentials"]
    return emulator.session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def _is_refused(council: Council, call: Call, session: boto3.Session) -> bool:
    client = council.deployment.emulator.client(call.service, session)
    try:
        getattr(client, call.method)(**call.arguments(council))
    except ClientError as error:
        return error.response["Error"]["Code"] in _REFUSALS
    return False


@contextmanager
def _no_policy(council: Council, function: Function) -> Iterator[None]:
    """Remove what its role allows, for a while."""
    iam = council.deployment.emulator.client("iam")
    role = council.deployment.role(function)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    held = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in names
    }
    for name in held:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for name, document in held.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


# A call of each function that shows whether it works. Each raises InvocationError if not.


def _use_decide(council: Council) -> None:
    reference = council.record.lists.every_open()[0].reference
    council.invoke(DECIDE, {"reference": reference, "leg": 0})


def _use_sweep(council: Council) -> None:
    council.invoke(SWEEP, {})


def _use_intake(council: Council) -> None:
    event = ses_event(
        b"",
        message_id=_MAIL.removeprefix(KEYS),
        sender="nobody@elsewhere.example",
        recipients=[COUNCIL["intake_address"]],
        now=clock.now(),
    )
    council.invoke(INTAKE, event)


def _use_pages(council: Council) -> None:
    _open(council, "/reply/there-is-no-such-link")


def _use_api(council: Council) -> None:
    _open(council, f"{API_PATH}/openapi.json")


def _use_advice(council: Council) -> None:
    _open(council, f"{ADVICE_PATH}/PCE-2222-2222")


def _use_documents(council: Council) -> None:
    _open(council, f"{DOCUMENTS_PATH}/PCE-2222-2222/report.pdf")


def _use_delivery(council: Council) -> None:
    reference = council.record.lists.every_open()[0].reference
    tags = NoticePlace(reference, "000001#nobody").tags
    mail = Envelope("none", ("nobody@elsewhere.example",), tags, clock.wall())
    council.invoke(DELIVERY, comes_back(mail, clock.wall(), kind="Transient", subtype="General"))


def _use_operate(council: Council) -> None:
    answer = council.invoke(OPERATE, {"command": "list"})
    if answer["code"]:
        raise InvocationError(answer["error"])


def _open(council: Council, path: str) -> None:
    answer = council.connections().get(council.url + path, timeout=LIMIT)
    if answer.status_code >= 500:
        raise InvocationError(answer.text)


USES: dict[Function, Callable[[Council], None]] = {
    DECIDE: _use_decide,
    SWEEP: _use_sweep,
    PAGES: _use_pages,
    INTAKE: _use_intake,
    API: _use_api,
    ADVICE: _use_advice,
    DOCUMENTS: _use_documents,
    DELIVERY: _use_delivery,
    SEAL: lambda council: council.invoke(SEAL, {}),
    AUDIT: lambda council: council.invoke(AUDIT, {}),
    DAILY: lambda council: council.invoke(DAILY, {}),
    OPERATE: _use_operate,
}
