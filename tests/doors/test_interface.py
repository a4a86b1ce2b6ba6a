"""The interface for a council's forms platform: the same form as JSON.

It is raised once, and the answer names each mistake.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from adapters import wiring
from adapters.left_out import LEFT_OUT
from domain.ladder import Stage
from handlers.api import LARGEST_BODY, ROUTES
from handlers.form_fields import CONCERNS, FORM_BYTES, WORDS
from infra.local.gateway import Request, answer_of, event_of
from tests.pages.visitor import reply_link
from tests.workflow.service import URL, write_logs_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.workflow.service import Service

ISSUER = "https://sign-in.example"
RSA = RSAKey.generate_key(2048)

FORM: dict[str, Any] = {
    "iro": "ira.sample-one@sampleshire.example",
    "case_id": "CASE-98431",
    "initials": "Q.Z.",
    "name": "Quillon Zephyrine",
    "date_of_birth": "2013-04-05",
    "team": "North Team",
    "social_worker": "sw-north-1",
    "stage": "1",
    "reason": "Marigoldreasontext",
    "concerns": [
        {
            "theme": "placement",
            "what": "Marigoldwrongtext",
            "outcome": "Marigoldwantedtext",
            "by": "2027-01-04",
        }
    ],
    "tried": "Marigoldtriedtext",
    "views": "Marigoldviewstext",
    "rights_breached": "yes",
}

#: The fields that few forms need.
SELDOM = {
    *("at_risk", "too_late_after", "too_late_why", "for_iro"),
    *("review_date", "decision_number", "next_hearing", "guardian"),
    *("way", "resolution", "file_checked", "documents_read", "child_consulted", "why_not"),
    *("child_told", "how_told", "actions", "confirmed"),
    *("child_knows", "advocate_offered", "knows_complaints", "rights_why"),
    *("wants_court", "legal_help"),
}


@dataclass
class Platform:
    """A council's forms platform, with one of the provider's tokens."""

    service: Service
    claims: Mapping[str, Any]

    def token(self, **changes: Any) -> str:  # noqa: ANN401 - any claim
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "challenges", "iat": now, "exp": now + 300, **self.claims}
        claims["sub"] = claims["client_id"]
        claims |= changes
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "typ": "at+jwt"}, present, RSA)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
    ) -> tuple[int, Mapping[str, str], Any]:
        """Send any request. Return the answer's status, headers and JSON."""
        sent = {"host": "challenge.example", "authorization": f"Bearer {self.token()}"}
        sent |= {name: value for name, value in (headers or {}).items() if value is not None}
        for name, value in (headers or {}).items():
            if value is None:
                sent.pop(name, None)
        path, _, query = path.partition("?")
        request = Request(method, path, query, sent, body)
        answer = answer_of(self.service.emulator.invoke("api", event_of(request, self.service.now)))
        self.service.emulator.clock.settle()
        return answer.status, answer.headers, json.loads(answer.body) if answer.body else None

    def send(
        self, form: object, *, key: str | None = "key-1", **headers: str | None
    ) -> tuple[int, Mapping[str, str], Any]:
        """Post a form. Return the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kinds = {"content-type": "application/json", "idempotency-key": key}
        body = form if isinstance(form, bytes) else json.dumps(form).encode()
        return self.ask("POST", "/api/challenges", body, {**kinds, **named})

    def problems(self, form: object) -> dict[str, str]:
        """Return the fields to correct: field → sentence."""
        status, headers, answer = self.send(form)
        assert status == 422, answer
        assert headers["content-type"] == "application/problem+json"
        assert self.service.open_challenges() == []
        return {one["field"]: one["detail"] for one in answer["errors"]}


def let_in(service: Service) -> Platform:
    """Return a platform that is let in. The provider's key is known already."""
    identity = wiring.identity()
    identity._keys = KeySet([RSA])
    identity._keys_read_at = time.time()
    return Platform(service, {"client_id": "forms-platform"})


def case_system(service: Service) -> Platform:
    """Return the council's case system, which has a client of its own (rule 20)."""
    return Platform(service, {**let_in(service).claims, "client_id": "case-system"})


@pytest.fixture
def platform(service: Service) -> Platform:
    return let_in(service)


# Raising -----------------------------------------------------------------------------------------


def test_a_form_raises_the_challenge_as_it_was_sent(platform: Platform) -> None:
    status, headers, answer = platform.send(FORM)
    assert status == 201
    (reference,) = platform.service.open_challenges()
    assert answer == {
        "reference": reference,
        "stage": "1",
        "reply_due": "2026-11-09",
        "url": f"{URL}/challenges/{reference}",
        "warnings": [],
    }
    assert headers["location"] == answer["url"]
    challenge = platform.service.challenge(reference)
    assert challenge.raised.entry is Stage.ONE
    assert challenge.raised.child.name == "Quillon Zephyrine"
    actor = challenge.events[0].actor
    assert (actor.officer, actor.via) == ("iro-1", "api")
    assert actor.capacity == "the IRO, through forms-platform"
    assert platform.service.rung(reference) == "Stage 1"


def test_the_same_key_and_form_answer_with_the_same_challenge(platform: Platform) -> None:
    first = platform.send(FORM)
    again = platform.send(dict(reversed(FORM.items())))
    assert again[0] == 201
    assert again[2] == first[2]
    assert again[1]["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first[1]
    assert len(platform.service.open_challenges()) == 1


def test_the_same_key_for_another_form_is_refused(platform: Platform) -> None:
    platform.send(FORM)
    status, _, answer = platform.send({**FORM, "case_id": "CASE-2"})
    assert status == 422
    assert "used for another form" in answer["detail"]
    assert len(platform.service.open_challenges()) == 1


def test_another_key_or_another_client_raises_another_challenge(platform: Platform) -> None:
    platform.send(FORM)
    platform.send(FORM, key="key-2")
    assert len(platform.service.open_challenges()) == 2
    assert platform.send(FORM, key='"key-2"')[1]["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", [None, "", " ", "two words", "x" * 256, "é"])
def test_a_form_without_a_key_is_refused(platform: Platform, key: str | None) -> None:
    status, headers, answer = platform.send(FORM, key=key)
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert "Send an Idempotency-Key" in answer["detail"]
    assert platform.service.open_challenges() == []


def test_the_key_of_a_reply_link_does_not_come_on_the_record(platform: Platform) -> None:
    platform.service.raise_at(Stage.ONE)
    key = reply_link(platform.service, "tm-n").removeprefix("/reply/")
    sent = {**FORM, "tried": f"He wrote {key}"}
    status, _, answer = platform.send(sent)
    assert status == 201
    raised = platform.service.challenge(answer["reference"]).raised
    assert raised.tried == f"He wrote {LEFT_OUT}"
    _, headers, again = platform.send(sent)
    assert again == answer
    assert headers["idempotency-replayed"] == "true"


def test_a_form_that_was_corrected_may_be_sent_with_the_same_key(platform: Platform) -> None:
    assert platform.send({**FORM, "views": ""})[0] == 422
    assert platform.send(FORM)[0] == 201


# What is wrong -----------------------------------------------------------------------------------


def test_an_empty_form_names_every_field_and_what_is_allowed_there(platform: Platform) -> None:
    status, _, answer = platform.send({"concerns": [{}]})
    assert status == 422
    named = {one["field"]: one for one in answer["errors"]}
    expected = {*FORM, *(f"concerns.0.{part}" for part in FORM["concerns"][0])}
    assert set(named) == expected - {"concerns", "reason", "rights_breached"}
    assert all(one["detail"] and one["allowed"] for one in named.values())
    assert named["concerns.0.by"]["pointer"] == "#/concerns/0/by"
    assert named["team"]["allowed"] == "One of: North Team, South Team"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("case_id", 5, "The Case ID must be text"),
        ("case_id", None, "Enter the child’s Case ID"),
        ("case_id", ["CASE"], "The Case ID must be text"),
        ("name", "x" * 201, "The child’s name must be 200 characters or fewer. You have 201"),
        ("tried", "a\x00b", "What was tried held something that cannot be kept"),
        ("tried", "\ud800", "What was tried held something that cannot be kept"),
        ("views", {"a": 1}, "The child’s views must be text"),
        ("date_of_birth", "5 Octember 2013", "Date of birth must be a real date"),
        ("date_of_birth", 20130405, "Date of birth must be a date as text, like 2013-03-27"),
        ("date_of_birth", True, "Date of birth must be a date as text, like 2013-03-27"),
        ("date_of_birth", "2030-01-01", "Date of birth must be in the past"),
        ("team", ["North Team"], "The team must be text"),
        ("team", "West Team", "Select the child’s team"),
        ("social_worker", "tm-north", "Select the child’s social worker"),
        ("stage", 1, "The stage must be text"),
        ("stage", "5", "Select the stage at which the challenge starts"),
        ("reason", "", "Enter why the challenge starts at Stage 1"),
        ("concerns", [], "Add at least one concern"),
        ("concerns", {}, "Give the concerns as a list"),
        ("concerns", "none", "Give the concerns as a list"),
        ("concerns", FORM["concerns"] * 21, "Put at most 20 concerns on one form"),
        ("iro", "nobody@x.example", "Give the IRO who raises the challenge, by email address"),
        ("iro", "tm-n", "Only an IRO, or somebody who covers for one today, can raise"),
        ("vews", "x", "There is no such field"),
    ],
)
def test_a_mistake_is_named_at_its_field(
    platform: Platform, field: str, value: object, sentence: str
) -> None:
    found = platform.problems({**FORM, field: value})
    assert list(found) == [field]
    assert found[field].startswith(sentence)


def test_an_outcome_is_wanted_by_a_working_day(platform: Platform) -> None:
    concern = {**FORM["concerns"][0], "by": "2027-01-03"}
    status, _, answer = platform.send({**FORM, "concerns": [concern]})
    assert status == 422
    (one,) = answer["errors"]
    assert one["field"] == "concerns.0.by"
    assert one["detail"].endswith(
        "must be a working day. The nearest are Thursday 31 December 2026 and Monday 4 January 2027"
    )
    assert one["allowed"] == "A working day from today on, like Monday 16 November 2026"


def test_a_concern_that_is_none_is_named_by_its_place(platform: Platform) -> None:
    found = platform.problems({**FORM, "concerns": [*FORM["concerns"], 7]})
    assert found == {"concerns.1": "Give each concern with theme, what, outcome and by"}


def test_other_scripts_are_kept_as_they_were_sent(platform: Platform) -> None:
    name = "Zoë Ωμέγα محمد 李雷 👧🏾"
    assert platform.send({**FORM, "name": name})[0] == 201
    (reference,) = platform.service.open_challenges()
    assert platform.service.challenge(reference).raised.child.name == name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": NaN}',
        b"1" * 5_000,
        b"[]",
        b'"form"',
        b"null",
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_object_is_refused(platform: Platform, body: bytes) -> None:
    status, headers, answer = platform.send(body)
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert "Send one JSON object." in answer["detail"]


@pytest.mark.parametrize("field", ["views", "concerns", "no_such_field", ""])
def test_a_body_that_is_nested_too_deep_is_refused_and_the_answer_says_so(
    platform: Platform, field: str
) -> None:
    """At some depth Python can still read a body but no longer write it, so all are tried."""
    for deep in (100, *range(800, 1_000), 50_000):
        nested = "[" * deep + "]" * deep
        body = json.dumps({**FORM, field: "@"}).replace('"@"', nested) if field else f"[{nested}]"
        status, _, answer = platform.send(body.encode())
        assert status == 400
        assert answer["detail"] == (
            "The body cannot be read: its lists and objects are nested more than 100 deep. Send "
            "one JSON object."
        )


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        ("1" * 1_001, 400, "a number in it has more than 1,000 digits"),
        ("1" * 5_000, 400, "a number in it has more than 1,000 digits"),
        ("1e999", 422, "must be text"),
        ("-1e999", 422, "must be text"),
        ("1" * 1_000, 422, "must be text"),
    ],
)
def test_a_number_that_no_one_can_mean_is_refused_and_the_answer_says_so(
    platform: Platform, number: str, status: int, said: str
) -> None:
    body = json.dumps({**FORM, "views": "@"}).replace('"@"', number)
    answered, _, answer = platform.send(body.encode())
    assert answered == status
    assert said in json.dumps(answer)


@pytest.mark.parametrize(
    ("was", "twice", "pointers"),
    [
        ('"stage": "1"', '"stage": "1", "stage": "4"', ["#/stage"]),
        ('"stage": "1"', '"stage": "1", "\\u0073tage": "1"', ["#/stage"]),
        ('"theme": "placement"', '"theme": "placement", "theme": "x"', ["#/concerns/0/theme"]),
        ('"views": "', '"a/b~c": {"x": [{"y": 1, "y": 1}], "z": 1, "z": 2}, "views": "',
         ["#/a~1b~0c/z", "#/a~1b~0c/x/0/y"]),
        ('"stage": "1"', '"stage": "1", "stage": "1", "stage": "1", "team": "South Team"',
         ["#/team", "#/stage"]),
        ('"concerns": [', '"concerns": [{"by": "x", "by": "y"}], "concerns": [', ["#/concerns"]),
    ],
)  # fmt: skip
def test_a_field_that_stands_twice_is_refused_and_named_by_its_place(
    platform: Platform, was: str, twice: str, pointers: list[str]
) -> None:
    text = json.dumps(FORM)
    assert was in text
    status, headers, answer = platform.send(text.replace(was, twice).encode())
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert [one["pointer"] for one in answer["errors"]] == pointers
    assert all(one["detail"] and one["allowed"] for one in answer["errors"])
    assert platform.service.open_challenges() == []
    assert platform.send(FORM)[0] == 201, "the key is still free"


def test_an_error_about_fields_that_stand_twice_stays_short(platform: Platform) -> None:
    deep = '{"' + "n" * 150 + '": ' + '{"' + "m" * 150 + '": {"a": 1, "a": 1}}}'
    many = ", ".join(f'"{number}": 1, "{number}": 2' for number in range(1_000))
    _, _, answer = platform.send(f'{{"deep": {deep}, {many}}}'.encode())
    assert len(answer["errors"]) == 20
    assert max(len(one["pointer"]) for one in answer["errors"]) <= 201
    _, _, answer = platform.send(f'{{"deep": {deep}}}'.encode())
    assert [one["pointer"] for one in answer["errors"]] == ["#/deep/" + "n" * 150]


def test_a_byte_order_mark_before_the_form_is_skipped(platform: Platform) -> None:
    assert platform.send(json.dumps(FORM).encode("utf-8-sig"))[0] == 201


@pytest.mark.parametrize(
    "form",
    [
        {**FORM, "na\ud800me": "x"},
        {**FORM, "concerns": [{**FORM["concerns"][0], "\udfff": "x"}]},
    ],
)
def test_a_field_s_name_that_is_no_text_is_refused(platform: Platform, form: object) -> None:
    status, headers, answer = platform.send(form)
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert answer["detail"].startswith("The name of a field holds half a character")
    assert platform.service.open_challenges() == []


def test_a_form_that_is_too_large_or_of_another_kind_is_refused(platform: Platform) -> None:
    assert platform.send({**FORM, "views": "x" * FORM_BYTES})[0] == 413
    assert platform.send(b" " * LARGEST_BODY + b"{}")[0] == 413
    assert platform.send(FORM, content_type="text/plain")[0] == 415
    assert platform.send(FORM, content_type=None)[0] == 415
    assert platform.send(FORM, content_type="application/json; charset=utf-8")[0] == 201


def test_a_form_with_every_answer_at_its_limit_in_any_script_is_taken(platform: Platform) -> None:
    longest = "\N{MUSICAL SYMBOL G CLEF}" * WORDS
    concerns = [{**FORM["concerns"][0], "what": longest[:2_400]}] * CONCERNS
    form = {**FORM, "concerns": concerns, "reason": longest, "tried": longest, "views": longest}
    assert platform.send(json.dumps(form, ensure_ascii=True).encode())[0] == 201


def test_nothing_that_was_sent_comes_back_in_an_error(platform: Platform) -> None:
    _, _, answer = platform.send({**FORM, "stage": "Marigoldstage", "by": "x"})
    assert "Marigold" not in json.dumps(answer)
    assert "Quillon" not in json.dumps(answer)


# Who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, 'Bearer realm="challenges"'),
        ("", 'Bearer realm="challenges"'),
        ("Basic eDp5", 'Bearer realm="challenges"'),
        ("Bearer", 'Bearer realm="challenges"'),
        ("Bearer nonsense", 'Bearer realm="challenges", error="invalid_token"'),
        # A header of {"alg": "RS256", "crit": 5}: nobody can make it ring the alarm for a fault.
        (
            "Bearer eyJhbGciOiJSUzI1NiIsImNyaXQiOjV9.e30.AAAA",
            'Bearer realm="challenges", error="invalid_token"',
        ),
    ],
)
def test_without_a_token_nobody_is_let_in(
    platform: Platform, header: str | None, challenge: str
) -> None:
    status, headers, _ = platform.send(FORM, authorization=header)
    assert status == 401
    # API Gateway renames it, so that no browser asks for a password.
    assert headers["x-amzn-remapped-www-authenticate"] == challenge
    assert platform.service.open_challenges() == []


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"client_id": "another-program"},
        {"client_id": "another-program", "sub": "another-program"},
        {"azp": "another-program"},
        {"sub": "a person"},
        {"sub": None},
        {"auth_time": 1},
        {"email": "ira.sample-one@sampleshire.example"},
        {"aud": ["x", "challenges"]},
        {"aud": ["challenges", "challenges"]},
        {"aud": []},
        {"client_id": None},
        {"nonce": "of a person's ID token"},
        {"token_use": "id"},
        {"scp": "user_impersonation"},
        {"username": "somebody"},
        {"client_id": ["forms-platform"]},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(platform: Platform, claims: dict[str, Any]) -> None:
    token = platform.token(**claims)
    assert platform.send(FORM, authorization=f"Bearer {token}")[0] == 401
    assert platform.service.open_challenges() == []


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": ["challenges"]},
        {"client_id": None, "azp": "forms-platform", "idtyp": "app", "sub": "an id of its own"},
    ],
    ids=["RFC 9068", "its one audience in a list", "Entra ID"],
)
def test_a_token_that_proves_to_be_a_program_s_is_accepted(
    platform: Platform, claims: dict[str, Any]
) -> None:
    token = platform.token(**claims)
    assert platform.send(FORM, authorization=f"Bearer {token}")[0] == 201


def test_what_is_wrong_with_a_token_is_in_the_log_and_not_in_the_answer(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    answers = []
    for claims in ({"sub": "a person"}, {"aud": "x"}, {"client_id": "x", "sub": "x"}, {"exp": 1}):
        token = platform.token(**claims)
        answers.append(platform.send(FORM, authorization=f"Bearer {token}")[2])
    assert all(answer == answers[0] for answer in answers)
    assert "by client credentials, for this service’s audience alone" in answers[0]["detail"]
    logged = [one.__dict__["reason"] for one in caplog.records if one.msg == "token refused"]
    for reason in ("proves client credentials", "audience", "was let in", "expired"):
        assert sum(reason in one for one in logged) == 1, logged


def test_where_no_program_is_let_in_none_is_let_in_by_the_word_for_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_CLIENTS", "none")
    token = platform.token(client_id="none", sub="none")
    assert platform.send(FORM, authorization=f"Bearer {token}")[0] == 401


def test_a_token_that_somebody_else_signed_is_refused(platform: Platform) -> None:
    forged = jwt.encode(
        {"alg": "RS256"},
        {"iss": ISSUER, "aud": "challenges", "exp": 9e9, "client_id": "forms-platform"},
        RSAKey.generate_key(2048),
    )
    # The provider cannot be reached for its new keys. That is not the sender's fault.
    assert platform.send(FORM, authorization=f"Bearer {forged}")[0] in (401, 503)
    assert platform.service.open_challenges() == []


# What programs read ------------------------------------------------------------------------------


def test_what_can_be_chosen_is_listed_for_somebody_who_has_a_token(platform: Platform) -> None:
    status, _, answer = platform.ask("GET", "/api/choices")
    assert status == 200
    assert [team["name"] for team in answer["teams"]] == ["North Team", "South Team"]
    assert {"id": "sw-north-1", "name": "Willow Sample-North"} in answer["teams"][0][
        "social_workers"
    ]
    assert "placement" in answer["themes"]
    assert platform.ask("GET", "/api/choices", headers={"authorization": None})[0] == 401


def test_the_document_describes_every_address_and_the_form_as_it_is_checked(
    platform: Platform,
) -> None:
    status, _, document = platform.ask("GET", "/api/openapi.json", headers={"authorization": None})
    assert status == 200
    methods = {path: tuple(m.upper() for m in one) for path, one in document["paths"].items()}
    assert methods == ROUTES
    form = document["components"]["schemas"]["Form"]
    assert set(form["properties"]) == set(FORM) | SELDOM
    assert set(form["required"]) == set(FORM) - {"reason", "rights_breached"}
    assert form["properties"]["name"]["maxLength"] == 200
    assert document["servers"] == [{"url": URL}]


def test_its_example_is_a_form_that_can_be_raised(platform: Platform) -> None:
    _, _, document = platform.ask("GET", "/api/openapi.json")
    (example,) = document["components"]["schemas"]["Form"]["examples"]
    known = {"iro": FORM["iro"], "social_worker": FORM["social_worker"]}
    assert platform.send({**example, **known})[0] == 201


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_a_method_that_an_address_does_not_take_is_said(
    platform: Platform, path: str, method: str
) -> None:
    if method in ROUTES[path]:
        return
    status, headers, answer = platform.ask(method, path)
    assert status == 405
    assert ROUTES[path][0] in headers["allow"]
    assert answer["status"] == 405


def test_an_address_that_is_none_and_a_look_before_sending(platform: Platform) -> None:
    status, headers, _ = platform.ask("GET", "/api/elsewhere")
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    status, headers, answer = platform.ask("OPTIONS", "/api/challenges")
    assert (status, answer) == (204, None)
    assert headers["allow"] == "POST, HEAD, OPTIONS"


@pytest.mark.parametrize("path", [path for path, taken in ROUTES.items() if "GET" in taken])
@pytest.mark.parametrize("token", [True, False])
def test_head_is_answered_as_get_is_without_the_body(
    platform: Platform, path: str, *, token: bool
) -> None:
    sent = {} if token else {"authorization": None}
    status, headers, _ = platform.ask("GET", path, headers=sent)
    assert platform.ask("HEAD", path, headers=sent) == (status, headers, None)


def test_an_escaped_address_is_the_same_and_one_with_a_slash_added_is_not(
    platform: Platform,
) -> None:
    assert platform.ask("GET", "/api/choi%63es")[0] == 200
    assert platform.ask("GET", "/api/choices/")[0] == 404


def test_when_aws_fails_the_sender_is_told_to_send_the_same_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.errors import TryAgainError  # noqa: PLC0415 - only here

    def fails(*_: object) -> None:
        message = "The record is very busy just now. Nothing was lost: try again."
        raise TryAgainError(message)

    monkeypatch.setattr(wiring.casebook().record.chain, "create", fails)
    status, headers, answer = platform.send(FORM)
    assert status == 503
    assert headers["retry-after"] == "30"
    assert "try again" in answer["detail"]
    monkeypatch.undo()
    assert platform.send(FORM)[0] == 201


def test_a_fault_says_nothing_of_what_was_sent(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(FORM["name"])

    write_logs_to(sys.stdout, monkeypatch)
    monkeypatch.setattr(wiring.casebook().record.chain, "create", fails)
    status, _, answer = platform.send(FORM)
    assert status == 500
    printed = capsys.readouterr().out
    assert '"level":"ERROR"' in printed, "the log lines are searched"
    assert "Quillon" not in json.dumps(answer) + printed
