"""What comes in by the doors, to be crashed everywhere: forms on pages, emails, programs' forms.

Each scenario invokes the function as AWS does, with the whole event. A failed email, or a delivery
report, is given to the function again after a minute, as Lambda does; a person, and a program, send
theirs again.
"""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
from joserfc.jwk import KeySet

from adapters import wiring
from adapters.mailroom import KEYS
from adapters.record.places import NoticePlace
from domain.ladder import Stage as ProcedureStage
from infra.blueprint import API, DELIVERY, INTAKE, PAGES
from infra.local import emulator
from infra.local.emulator import MAIL_BUCKET, SECRET
from infra.local.gateway import Request, event_of
from infra.local.mail_in import ses_event
from infra.local.outbox import Envelope, comes_back
from tests.doors.post import form, mail
from tests.doors.test_interface import FORM, RSA, Platform
from tests.property.players import challenge_of, handling, invoking
from tests.property.scenario import Attempt, scenario
from tests.property.stage import NotDoneError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.blueprint import Function
    from tests.property.stage import Task
    from tests.property.world import World

ADDRESS = "challenges@council.example"
HOST = "challenge.example"

#: Lambda waits a minute before it gives an event to a function again.
A_MINUTE = timedelta(minutes=1)


# Mail --------------------------------------------------------------------------------------------


def _comes_in(world: World, raw: bytes) -> Attempt:
    s3 = boto3.client("s3")
    if MAIL_BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        emulator._make_bucket(MAIL_BUCKET)
    s3.put_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}mail", Body=raw)
    event = ses_event(
        raw, message_id="mail", sender="x@y.example", recipients=[ADDRESS], now=world.stage.now
    )
    return Attempt(partial(invoking, world.stage, INTAKE, event), again=True, pause=A_MINUTE)


@scenario
def a_good_mail_comes_in(world: World) -> Attempt:
    return _comes_in(world, mail(form()))


@scenario
def a_mail_comes_in_that_cannot_be_raised(world: World) -> Attempt:
    return _comes_in(world, mail(form(Stage="-")))


@scenario
def an_answer_to_a_letter_comes_in(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    sender = "tessa.sample-north@sampleshire.example"
    return _comes_in(world, mail("All sorted.", sender=sender, subject=f"Re: {reference}"))


# News of letters ---------------------------------------------------------------------------------


def _came_back(world: World, reference: str) -> Attempt:
    key = "000002#tm-n"
    letter = world.stage.item(f"CHALLENGE#{reference}", f"NOTICE#{key}") or {}
    now = world.stage.now
    envelope = Envelope(
        letter["message_id"], ("x@y.example",), NoticePlace(reference, key).tags, now
    )
    event = comes_back(envelope, now)
    return Attempt(partial(invoking, world.stage, DELIVERY, event), again=True, pause=A_MINUTE)


@scenario
def the_request_comes_back(world: World) -> Attempt:
    return _came_back(world, world.raised(ProcedureStage.ONE))


@scenario
def a_leg_decides_that_the_request_came_back(world: World) -> Attempt:
    world.stage.finish(_came_back(world, world.raised(ProcedureStage.ONE)).begin())
    (leg,) = world.executions.due()
    return Attempt(lambda: world.executions.decides(leg), again=False)


# Forms -------------------------------------------------------------------------------------------


@scenario
def a_form_comes_by_the_interface(world: World) -> Attempt:
    identity = wiring.identity()
    identity._keys, identity._keys_read_at = KeySet([RSA]), time.time()
    token = Platform(None, {"client_id": "forms-platform"}).token()  # type: ignore[arg-type]  # asks nothing
    headers = {
        "host": HOST,
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "idempotency-key": "key-1",
    }
    request = Request("POST", "/api/challenges", "", headers, json.dumps(FORM).encode())
    event = event_of(request, world.stage.now)
    return Attempt(partial(_answered, world, API, event), again=True)


@scenario
def a_form_on_a_page_raises_a_challenge(world: World) -> Attempt:
    concern = {
        f"concern-1-{part}": FORM["concerns"][0][part] for part in ("theme", "what", "outcome")
    }
    dates = {"date-of-birth": ("5", "4", "2013"), "concern-1-by": ("4", "1", "2027")}
    boxes = {
        f"{name}-{box}": figure
        for name, figures in dates.items()
        for box, figure in zip(("day", "month", "year"), figures, strict=True)
    }
    same = ("initials", "name", "team", "stage", "reason", "tried", "views")
    typed = {name: FORM[name] for name in same} | concern | boxes
    typed |= {"case-id": FORM["case_id"], "social-worker": FORM["social_worker"]}
    typed |= {"rights-breached": "yes"}
    typed |= {"once": "7f0c8d0e-3b0e-4d53-8c48-3f7f1f6a1d11", "press": "raise"}
    return _posted(world, "iro-1", "/raise", typed)


@scenario
def a_form_on_a_page_moves_it_up(world: World) -> Attempt:
    reference = world.raised(ProcedureStage.ONE)
    typed = {
        "to": "2",
        "reason": "It is urgent.",
        "command_id": "7f0c8d0e-3b0e-4d53-8c48-3f7f1f6a1d12",
        "seen": str(challenge_of(reference).version),
    }
    path = f"/challenges/{reference}/escalate"
    kept = handling(PAGES, _event(world, "iro-1", "POST", path, typed))
    (at,) = kept["multiValueHeaders"]["Location"]
    check = handling(PAGES, _event(world, "iro-1", "GET", at, {}))["body"]
    (button,) = re.findall(r"<button[^>]*as-it-is[^>]*>", check)
    (seen_as,) = re.findall('value="([0-9a-f]+)"', button)
    return _posted(world, "iro-1", path, {**typed, "as-it-is": seen_as})


def _posted(world: World, officer: str, path: str, typed: Mapping[str, str]) -> Attempt:
    event = _event(world, officer, "POST", path, typed)
    return Attempt(partial(_answered, world, PAGES, event), again=True)


def _event(
    world: World, officer: str, method: str, address: str, typed: Mapping[str, str]
) -> dict[str, Any]:
    secrets = boto3.client("secretsmanager")
    if not secrets.list_secrets()["SecretList"]:
        value = json.dumps({"session_key": "k" * 64, "oidc_client_secret": "x"})
        secrets.create_secret(Name=SECRET, SecretString=value)
    identity = wiring.identity()
    email = wiring.casebook().council().directory.officers[officer].email
    session = identity.begin_session(email)
    wiring.sessions().begin(officer, session)
    headers = {
        "host": HOST,
        "origin": f"https://{HOST}",
        "content-type": "application/x-www-form-urlencoded",
        "cookie": "; ".join(one.partition(";")[0] for one in identity.cookies_of(session)),
    }
    path, _, query = address.partition("?")
    request = Request(method, path, query, headers, urlencode(typed).encode())
    return event_of(request, world.stage.now)


def _answered(world: World, function: Function, event: dict[str, Any]) -> Task:
    """Return a task in which it is answered. An answer of "try again" is not the end of it."""

    def work() -> Any:  # noqa: ANN401 - the answer
        answer = handling(function, event)
        if answer["statusCode"] >= 500:
            raise NotDoneError(answer["statusCode"])
        return answer

    return world.stage.begin(function.name, work, function.timeout_seconds)
