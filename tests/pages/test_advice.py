"""The pages of legal advice (rule 11), which are a function of their own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from adapters import wiring
from domain.directory import Cover
from domain.ladder import Stage
from domain.privileged import Sealed
from domain.rules.legal import AdviceAsked, AdviceGiven, OpenAdvice, SayConflict, pieces
from handlers.advice import app
from tests.pages.visitor import Visitor
from tests.workflow.test_operate import ask as operate

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

QUESTION = "May Marigoldcouncil move the child before the hearing?"
ADVICE = "No. Marigoldsection 20 does not allow it."


@pytest.fixture
def reference(service: Service) -> str:
    return service.raise_at(Stage.ONE)


def ask(service: Service, reference: str, question: str = QUESTION) -> Page:
    """Let the IRO ask on the page."""
    form = Visitor(service, "iro-1").get(f"/advice/{reference}/ask").form()
    return form.fill({"question": question}).press("Ask for legal advice")


def advise(service: Service, reference: str, advice: str = ADVICE) -> Page:
    """Let the council's lawyer say that there is no conflict, and advise on the page."""
    service.act(reference, "legal", SayConflict(conflict=False))
    form = Visitor(service, "legal").get(f"/advice/{reference}/give").form()
    return form.fill({"advice": advice}).press("Give this advice")


def harm(reference: str, how: str) -> None:
    """Change the first piece behind the service's back: it is gone, or another."""
    table = boto3.resource("dynamodb").Table("positive-challenge")
    key = {"PK": f"PRIVILEGED#{reference}", "SK": "WORDS#0001"}
    if how == "gone":
        table.delete_item(Key=key)
        return
    table.update_item(
        Key=key,
        UpdateExpression="SET ciphertext = :other",
        ExpressionAttributeValues={":other": "AAAA"},
    )


def everything_kept() -> list[dict[str, Any]]:
    """Return every item of the table."""
    return [*boto3.resource("dynamodb").Table("positive-challenge").scan()["Items"]]


def test_the_iro_asks_and_reads_what_was_asked(service: Service, reference: str) -> None:
    page = ask(service, reference)
    assert page.address == f"/advice/{reference}"
    said = "Your words were recorded. The challenge’s page shows only that this step took place."
    assert said in page.text
    assert QUESTION in page.text
    assert "Ira Sample-One" in page.text
    (asked,) = (event.fact for event in service.challenge(reference).events[-2:-1])
    assert isinstance(asked, AdviceAsked)
    assert asked.sealed.number == 1


def test_the_lawyer_reads_the_question_and_advises_and_the_iro_reads_it(
    service: Service, reference: str
) -> None:
    ask(service, reference)
    page = advise(service, reference)
    for text in (QUESTION, ADVICE, "Lena Sample-Law"):
        assert text in page.text
    assert isinstance(service.challenge(reference).events[-1].fact, AdviceGiven)
    for reader in ("iro-1", "srsm"):
        page = Visitor(service, reader).get(f"/advice/{reference}")
        assert page.text.index(ADVICE) < page.text.index(QUESTION), "the newest first"


def test_the_challenge_s_page_leads_there(service: Service, reference: str) -> None:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}")
    form = iro.get(page.link("Ask for legal advice"))
    assert form.address == f"/advice/{reference}/ask"
    reads = "Serena Sample-Safeguard can read the advice too, to support you"
    assert reads in form.text, "people are named"
    briefs = "brief Sandy Sample-Partner, the Assistant Director for Safer & Partnerships."
    assert briefs in form.text
    assert briefs in iro.get(f"/challenges/{reference}/no-advice-needed").text


def test_each_look_is_recorded_as_a_look_at_the_advice(service: Service, reference: str) -> None:
    ask(service, reference)
    service.jump(timedelta(seconds=1))
    Visitor(service, "srsm").get(f"/advice/{reference}")
    look = wiring.casebook().record.beside.looks(reference)[-1]
    assert (look["officer"], look["via"]) == ("srsm", "advice")


@pytest.mark.parametrize(
    ("officer", "status"),
    [
        ("tm-n", 403),  # asked at stage 1: sees the challenge, and not the advice
        ("sw-n1", 403),
        ("senior", 403),
        ("safer", 404),  # has had no briefing
        ("iro-2", 404),
        ("auditor", 403),
        ("dpo", 403),
        ("analyst", 404),
        ("admin", 404),
    ],
)
def test_nobody_else_gets_to_the_page(
    service: Service, reference: str, officer: str, status: int
) -> None:
    ask(service, reference)
    advise(service, reference)
    who = Visitor(service, officer)
    for address in (f"/advice/{reference}", f"/advice/{reference}/give"):
        page = who.get(address)
        assert page.status == status, address
        assert "Marigold" not in page.body
    page = who.post(f"/advice/{reference}/give", {"advice": "Do as you like."})
    assert page.status == status
    seen = wiring.casebook().record.beside.looks(reference)
    assert not [look for look in seen if (look["officer"], look["via"]) == (officer, "advice")]
    assert len(pieces(service.challenge(reference))) == 2


def test_the_lawyer_reads_nothing_before_saying_whether_there_is_a_conflict(
    service: Service, reference: str
) -> None:
    ask(service, reference)
    lawyer = Visitor(service, "legal")
    assert "Marigold" not in lawyer.get(f"/challenges/{reference}").body.replace(
        "Marigoldwrongtext", ""
    ).replace("Marigoldwantedtext", "").replace("Marigoldtriedtext", "").replace(
        "Marigoldviewstext", ""
    )
    assert lawyer.get(f"/advice/{reference}").status == 403


@pytest.mark.parametrize("slug", ["ask", "give"])
def test_every_page_needs_a_sign_in_and_keeps_what_was_typed_on_the_page_alone(
    service: Service, reference: str, slug: str
) -> None:
    nobody = Visitor(service)
    for address in (f"/advice/{reference}", f"/advice/{reference}/{slug}"):
        page = nobody.get(address, follow=False)
        assert page.status == 303
        assert page.headers["location"] == f"/sign-in?return_to={address}"
    name = {"ask": "question", "give": "advice"}[slug]
    page = nobody.post(f"/advice/{reference}/{slug}", {name: QUESTION})
    assert page.status == 401
    assert QUESTION in page.text


def test_every_route_is_of_a_challenge() -> None:
    routes = {(route.method, route.path) for route in [*app._static_routes, *app._dynamic_routes]}
    assert routes == {
        ("GET", "/advice/<reference>"),
        ("GET", "/advice/<reference>/<slug>"),
        ("POST", "/advice/<reference>/<slug>"),
    }


def test_whoever_is_signed_out_meanwhile_loses_nothing_and_nothing_is_kept(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/advice/{reference}/ask").form().fill({"question": QUESTION})
    iro.cookies.clear()
    page = form.press()
    assert page.status == 401
    assert QUESTION in page.text
    assert "Marigoldcouncil" not in str(everything_kept())
    iro.sign_in("iro-1")
    again = page.form(f"/advice/{reference}/ask").press()
    assert QUESTION in again.text
    assert again.address == f"/advice/{reference}"


def test_a_form_with_nothing_in_it_says_what_to_enter(service: Service, reference: str) -> None:
    page = ask(service, reference, question=" ")
    assert page.status == 422
    assert page.errors == {"#question": "Enter your question."}
    assert page.form().fill({"question": QUESTION}).press().status == 200


def test_too_long_a_question_stays_on_the_page(service: Service, reference: str) -> None:
    page = ask(service, reference, question=QUESTION + "!" * 20_000)
    assert page.status == 422
    assert "Shorten this to 20,000 characters" in page.errors["#question"]
    assert page.form()["question"].startswith(QUESTION)
    assert "Marigoldcouncil" not in str(everything_kept())


def test_the_same_form_sent_twice_asks_once(service: Service, reference: str) -> None:
    form = Visitor(service, "iro-1").get(f"/advice/{reference}/ask").form()
    form = form.fill({"question": QUESTION})
    assert form.press().address == form.press().address
    assert len(pieces(service.challenge(reference))) == 1
    kept = [item for item in everything_kept() if item["PK"] == f"PRIVILEGED#{reference}"]
    assert len(kept) == 1


def test_a_question_that_came_meanwhile_is_shown_first(service: Service, reference: str) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/advice/{reference}/ask").form().fill({"question": QUESTION})
    ask(service, reference, question="Another question.")
    page = form.press()
    assert page.status == 422
    assert "Something has happened since you opened this page." in page.text
    assert page.form()["question"] == QUESTION
    assert QUESTION in page.form().press().text


def test_no_word_of_it_is_kept_anywhere_as_it_was_written(service: Service, reference: str) -> None:
    ask(service, reference)
    advise(service, reference)
    kept = json.dumps(everything_kept(), default=str)
    assert "Marigoldcouncil" not in kept
    assert "Marigoldsection" not in kept
    partitions = {item["PK"] for item in everything_kept() if "ciphertext" in item}
    assert partitions == {f"PRIVILEGED#{reference}"}


@pytest.mark.parametrize(
    ("change", "says"), [("gone", "is missing"), ("other", "was changed after it was written")]
)
def test_words_that_are_lost_or_were_changed_are_said_to_be_so(
    service: Service, reference: str, change: str, says: str
) -> None:
    ask(service, reference)
    advise(service, reference)
    harm(reference, change)
    page = Visitor(service, "iro-1").get(f"/advice/{reference}")
    assert f"Piece 1 of the legal advice on {reference} {says}" in page.text
    assert ADVICE in page.text, "the other piece is shown"


def test_a_cover_who_asks_is_led_to_the_challenge_until_it_is_opened_to_them(
    service: Service, reference: str
) -> None:
    today, store = service.now.date(), wiring.council_store()
    covers = Cover("iro-post-1", "iro-2", today, today)
    store.set_cover((covers,), who="admin", after=store.current().change, said=["Iris covers."])
    cover = Visitor(service, "iro-2")
    form = cover.get(f"/advice/{reference}/ask").form().fill({"question": QUESTION})
    page = form.press()
    assert page.address == f"/challenges/{reference}"
    assert "You asked for independent legal advice" in page.text
    assert cover.get(f"/advice/{reference}").status == 403
    service.act(reference, "iro-1", OpenAdvice("iro-2"))
    assert QUESTION in cover.get(f"/advice/{reference}").text


@pytest.mark.parametrize("how", ["gone", "other"])
def test_words_that_are_lost_or_were_changed_are_found_at_night_and_by_verify(
    service: Service, reference: str, how: str
) -> None:
    ask(service, reference)
    advise(service, reference)
    assert operate(service, "verify", reference=reference)["code"] == 0
    assert service.emulator.invoke("audit", {})["wrong"] == []
    harm(reference, how)
    answer = operate(service, "verify", reference=reference)
    assert answer["code"] == 1
    says = {"gone": "is missing", "other": "is not what was written"}[how]
    assert f"Piece 1 of its legal advice {says}." in str(answer)
    assert service.emulator.invoke("audit", {})["wrong"] == [reference]


def test_words_without_an_event_can_be_found_by_nobody(service: Service, reference: str) -> None:
    """They are written first, so a refused command leaves them: no page shows them."""
    sealed = wiring.privileged().keep(reference, str(uuid4()), {"question": "Marigoldorphan"})
    assert sealed == Sealed(1, sealed.digest)
    ask(service, reference)
    page = Visitor(service, "iro-1").get(f"/advice/{reference}")
    assert "Marigoldorphan" not in page.text
    assert QUESTION in page.text
