"""Rule 15 on pages: the challenges of an IRO who has left go to another one in one step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3

from adapters import wiring
from adapters.errors import TryAgainError
from domain.ladder import Stage
from infra.local.emulator import TABLE
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    import pytest

    from tests.workflow.service import Service

AT = "/transfer?iro=iro-1"


def leaves(service: Service) -> None:
    """Let the first IRO leave their post, and Sweep carry that to the challenges."""
    store = wiring.council_store()
    people = store.current().directory
    gone = replace(people.posts["iro-post-1"], holder=None)
    store.load_directory(replace(people, posts={**people.posts, "iro-post-1": gone}))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()


def test_the_srsm_gets_the_list_at_once_and_transfers_all_in_one_step(service: Service) -> None:
    references = {service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)}
    srsm = Visitor(service, "srsm")
    assert "has left" not in srsm.get("/").text
    leaves(service)
    (email,) = [one for one in service.mails("srsm") if "an IRO has left" in one.subject]
    assert any(link.endswith(AT) for link in email.links)
    front = srsm.get("/")
    assert "Ira Sample-One has left: appoint another IRO for 2 challenges" in front.text
    page = srsm.get(AT)
    assert all(reference in page.text for reference in references)
    page = page.form().press("Continue")
    assert page.errors == {
        "#iro": "Choose who is the IRO from now on.",
        "#reason": "Enter why you are appointing them.",
    }
    page = page.form().fill({"iro": "iro-2", "reason": "Ira has left."}).press("Continue")
    assert page.heading == "Check before you transfer"
    assert all(service.challenge(reference).iro == "iro-1" for reference in references)
    page = page.form().press("Transfer")
    assert page.heading == "Challenges transferred"
    assert all(service.challenge(reference).iro == "iro-2" for reference in references)
    assert "has left" not in srsm.get("/").text
    service.emulator.clock.settle()
    told = [one for one in service.mails("iro-2") if one.tags.get("reference") in references]
    assert {one.tags["reference"] for one in told} == references


def test_what_was_sent_for_all_is_not_sent_again_by_a_try_after_midnight(service: Service) -> None:
    """Decide failed before it noted the email at the challenge, and is tried again next day."""
    reference = service.raise_at(Stage.ONE)
    leaves(service)
    service.jump(timedelta(hours=16))
    table = boto3.resource("dynamodb").Table(TABLE)
    key = {"PK": f"CHALLENGE#{reference}", "SK": "HEAD"}
    table.update_item(
        Key=key, UpdateExpression="SET told = :none", ExpressionAttributeValues={":none": 0}
    )
    wiring.casebook().wake(reference, int(str(table.get_item(Key=key)["Item"]["leg"])))
    assert len([one for one in service.mails("srsm") if "an IRO has left" in one.subject]) == 1


def test_only_the_chosen_ones_are_transferred(service: Service) -> None:
    goes, stays = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    leaves(service)
    srsm = Visitor(service, "srsm")
    answers = {"iro": "iro-2", "reason": "Ira has left.", f"take-{stays}": "no"}
    page = srsm.get(AT).form().fill(answers).press("Continue")
    assert stays not in page.text
    page.form().press("Transfer")
    assert (service.challenge(goes).iro, service.challenge(stays).iro) == ("iro-2", "iro-1")
    assert "appoint another IRO for 1 challenge" in srsm.get("/").text


def test_what_could_not_be_done_is_named_and_the_rest_is_done(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails, works = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    leaves(service)
    book = wiring.casebook()
    act = book.act

    def busy(reference: str, *of: object, **more: object) -> object:
        if reference == fails:
            message = "The record is very busy just now. Nothing was lost: try again."
            raise TryAgainError(message)
        return act(reference, *of, **more)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(book, "act", busy)
    answers = {"iro": "iro-2", "reason": "Ira has left."}
    page = Visitor(service, "srsm").get(AT).form().fill(answers).press("Continue")
    page = page.form().press("Transfer")
    assert page.heading == "Not all challenges were transferred"
    assert fails in page.text
    assert "These still need another IRO" in page.text
    assert (service.challenge(fails).iro, service.challenge(works).iro) == ("iro-1", "iro-2")


def test_nobody_else_transfers_anything(service: Service) -> None:
    service.raise_at(Stage.ONE)
    assert "no challenges of an IRO who has left" in Visitor(service, "srsm").get(AT).text
    leaves(service)
    for officer in ("iro-2", "tm-n", "admin"):
        page = Visitor(service, officer).get(AT)
        assert page.status == 403
        assert "no challenges of an IRO who has left" in page.text


def test_an_address_that_names_no_iro_is_answered(service: Service) -> None:
    srsm = Visitor(service, "srsm")
    assert srsm.get("/transfer").status == 403
    assert srsm.get("/transfer/done").status == 200
