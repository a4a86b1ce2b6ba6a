"""Whatever anybody sends, they get an answer, and never a fault. No half form is raised."""

from __future__ import annotations

import json
import string
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from werkzeug.wrappers import Request as WsgiRequest
from werkzeug.wrappers import Response as WsgiResponse

from adapters import wiring
from domain.ladder import Stage
from handlers.api import ROUTES
from handlers.form_fields import Surroundings, WrongAnswersError
from handlers.forms import RaiseForm, SentForm
from handlers.intake import Became, labelled
from handlers.intake.filled import as_draft
from handlers.intake.mail import read
from infra.local.gateway import Request, answer_of, event_of
from tests.builders import council
from tests.doors.post import IRA, LINES, form
from tests.doors.test_interface import FORM, Platform, case_system, let_in
from tests.pages.visitor import Visitor, reply_link
from tests.patience import LONG_LIMIT
from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = [pytest.mark.ci, pytest.mark.timeout(LONG_LIMIT)]

TODAY = date(2026, 11, 2)

MANY = settings(max_examples=200)
#: These go through the whole service, so a failing example is shown as found, not made smaller.
FEW = settings(MANY, max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return one service for all examples: what one leaves behind is there for the next."""
    with running(tmp_path_factory.mktemp("service")) as service:
        yield service


# What people type --------------------------------------------------------------------------------

ANY_TEXT = st.text(max_size=200) | st.text(string.printable, max_size=6_000)
ODD = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\u202e right to left",
        "a" * 5_001,
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "PCE-2222-2222",
        "' OR 1=1 --",
        "=cmd()",
        "\N{REPLACEMENT CHARACTER}",
        "👧🏾" * 100,
        "-1",
        "9" * 400,
        "31/2/2027",
    ]
)
GOOD = st.sampled_from([*LINES.values(), "QAP", "1", "Health", "2027-02-01"])
VALUES = ANY_TEXT | ODD | GOOD
LABELS = st.sampled_from([*LINES, "Concern 2", "Concern 99 by", "Theme", "End", "Unknown"])

HEADERS = st.sampled_from(
    [
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Type: text/plain; charset=utf-7",
        b"Content-Type: text/plain; format=flowed; delsp=yes",
        b"Content-Type: text/html",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/alternative; boundary=b",
        b"Content-Type: multipart/related; boundary=b",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/plain; charset=\xff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Transfer-Encoding: nonsense",
        b"Content-Disposition: attachment; filename=x",
        b"Subject: =?utf-8?b?////?=",
        b"Subject: Re: PCE-2222-2222",
        b"Message-ID: <x>",
        b"Message-ID:",
        b"From: two@x.example",
        b" folded",
        b"no colon",
        b"",
    ]
)
BODIES = st.sampled_from([b"--b", b"--b--", b"", b"> quoted", b"<p>a<br>b", b"=C3=B", b"AAAA="])


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Return an email from Ira, more or less whole."""
    lines = [f"{draw(LABELS)}: {draw(VALUES)}" for _ in range(draw(st.integers(0, 8)))]
    text = draw(st.sampled_from([form(), "", "Hello,\n"])) + "\n".join(lines)
    head = [b"From: " + IRA.encode(), *draw(st.lists(HEADERS, max_size=5))]
    id_ = draw(st.uuids())
    head.insert(1, f"Message-ID: <{id_}@x>".encode())
    body = [*draw(st.lists(BODIES | HEADERS, max_size=4)), text.encode("utf-8", "replace")]
    body += draw(st.lists(BODIES | HEADERS | st.binary(max_size=50), max_size=4))
    end = draw(st.sampled_from([b"\r\n", b"\n"]))
    return end.join([*head, b"", *body])


# Mail --------------------------------------------------------------------------------------------


@MANY
@given(st.binary(max_size=2_000) | mails())
def test_any_bytes_are_read_as_some_email(raw: bytes) -> None:
    found = read(raw)
    assert len(found.key) == 64
    assert found == read(raw), "the same bytes are the same mail"
    assert "\r" not in found.text


@MANY
@given(st.text(max_size=3_000) | mails().map(lambda raw: raw.decode("utf-8", "replace")))
def test_of_any_lines_no_word_is_lost(text: str) -> None:
    found = labelled.read(text)
    kept = [*found.answers.values(), *(v for c in found.concerns for v in c.values()), found.rest]
    letters = "".join("".join(kept).split())
    for line in text.split("\n"):
        value = line.rpartition(":")[2].strip(" \t*_")
        for word in value.split():
            assert word.strip("*_") in letters
    fields, beside = as_draft(found, Surroundings(TODAY, council()))
    assert len(json.dumps(fields).encode()) < 400_000
    assert len(beside) <= 20_000


@FEW
@given(mails())
def test_any_email_of_an_iro_is_raised_whole_or_not_at_all_and_answered(
    service: Service, raw: bytes
) -> None:
    before = set(service.open_challenges())
    became = service.receive(raw)
    raised = set(service.open_challenges()) - before
    assert became in set(Became)
    assert len(raised) <= 1
    if raised:
        assert became == Became.RAISED
        assert service.kinds(*raised)[:2] == ["Raised", "StageBegan"]
    if became == Became.DRAFT:
        assert wiring.drafts().find("iro-1", read(raw).key[:32])


# Forms -------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(VALUES, inner, max_size=3),
    max_leaves=8,
)


@MANY
@given(st.dictionaries(st.sampled_from([*FORM, "unknown"]) | st.text(max_size=10), JSON))
def test_any_answers_are_a_form_or_a_sentence_at_each_field(changes: dict[str, Any]) -> None:
    around = Surroundings(TODAY, council())
    for kind in (RaiseForm, SentForm):
        try:
            kind.checked({**FORM, **changes}, around)
        except WrongAnswersError as error:
            found = error.problems
            assert found
            assert all(sentence and "Input should" not in sentence for sentence in found.values())


FIELDS = st.sampled_from(
    [
        *("case-id", "initials", "name", "team", "social-worker", "stage", "reason", "tried"),
        *("date-of-birth-day", "date-of-birth-month", "date-of-birth-year", "views", "press"),
        *("concern-1-theme", "concern-1-what", "concern-1-by-day", "concern-999-what", "once"),
        *("draft", "answer", "words", "press", "action-1-what", "action-1-by-day", "seen", "to"),
        *("kept", "as-it-is", "earlier"),
        *("command_id", "days", "post", "child_told", "how_told", "outcome", "offered", "iro"),
    ]
)
TYPED = st.dictionaries(FIELDS | st.text(max_size=20), VALUES, max_size=8)


@FEW
@given(TYPED, st.sampled_from(["check", "raise", "add", "remove-1", "change", "", "remove-x"]))
def test_any_form_that_raises_a_challenge_gets_a_page(
    service: Service, typed: dict[str, str], press: str
) -> None:
    before = len(service.open_challenges())
    page = Visitor(service, "iro-1").post("/raise", {**typed, "press": press})
    assert page.status < 500
    assert len(service.open_challenges()) - before <= (press == "raise")


@FEW
@given(typed=TYPED, press=st.sampled_from(["check", "send", "", "more"]))
def test_any_form_sent_by_a_reply_link_gets_a_page(
    service: Service, typed: dict[str, str], press: str
) -> None:
    service.raise_at(Stage.ONE)
    link = reply_link(service, "tm-n")
    page = Visitor(service).post(link, {**typed, "press": press})
    assert page.status < 500


@FEW
@given(
    typed=TYPED,
    act=st.sampled_from(["resolve", "escalate", "ask-again", "close", "note", "revise-deadline"]),
    officer=st.sampled_from(["iro-1", "srsm", "tm-n"]),
)
def test_any_form_of_an_act_gets_a_page(
    service: Service, typed: dict[str, str], act: str, officer: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = Visitor(service, officer).post(f"/challenges/{reference}/{act}", typed)
    assert page.status < 500


@FEW
@given(
    path=st.text(max_size=60) | st.sampled_from(["/challenges/", "/reply/", "/raise?draft="]),
    rest=ANY_TEXT | ODD,
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    body=st.binary(max_size=200),
)
def test_any_request_gets_an_answer(
    service: Service, path: str, rest: str, method: str, body: bytes
) -> None:
    address = "/" + (path + rest).lstrip("/")
    address = address.encode("utf-8", "replace").decode()
    page, _, query = address.partition("?")
    headers = {"host": "challenge.example", "content-type": "application/x-www-form-urlencoded"}
    event = event_of(Request(method, quote(page), query, headers, body), service.now)
    assert answer_of(service.emulator.invoke("pages", event)).status < 500


# The interface, by its own document --------------------------------------------------------------


#: All paths except the document itself.
OPERATIONS = [
    f"{method} {path}"
    for path, methods in ROUTES.items()
    for method in methods
    if path != "/api/openapi.json"
]


class _Front:
    """The interface as a WSGI application, which schemathesis can call."""

    def __init__(self) -> None:
        self.platform: Platform | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:  # noqa: ANN401 - WSGI's own
        assert self.platform is not None
        asked = WsgiRequest(environ)
        request = Request(
            asked.method,
            quote(asked.path),
            asked.query_string.decode("latin-1"),
            {name.lower(): value for name, value in asked.headers.items()},
            asked.get_data(),
        )
        service = self.platform.service
        answer = answer_of(service.emulator.invoke("api", event_of(request, service.now)))
        return WsgiResponse(answer.body, answer.status, dict(answer.headers))(
            environ, start_response
        )


def _operation(found: Any) -> Any:  # noqa: ANN401 - schemathesis's own
    return found.ok()


FRONT = _Front()
load_all_checks()


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_the_interface_answers_as_its_document_says(
    service: Service, label: str, mode: GenerationMode
) -> None:
    """Cases made from the document, allowed and not allowed, with all checks but one."""
    caller = case_system if "{reference}" in label else let_in
    FRONT.platform = platform = caller(service)
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", FRONT)
    operations = {one.label: one for one in map(_operation, document.get_all_operations())}
    # A team or an officer that does not exist fits the schema, and is refused all the same.
    semantic: Any = CHECKS.get_one("positive_data_acceptance")

    @FEW
    @given(operations[label].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        headers = {"Authorization": f"Bearer {platform.token()}"}
        case.call_and_validate(headers=headers, excluded_checks=[semantic])

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
        assert label.startswith("GET"), "what takes nothing cannot be sent wrongly"
