"""The exported record as somebody gets it: who may, that it verifies, and that the look is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from data import verify_export
from domain.ladder import Stage
from tests.pages.test_advice import advise, ask
from tests.pages.visitor import Visitor
from tests.papers import Paper

if TYPE_CHECKING:
    from tests.workflow.service import Service


@pytest.fixture
def reference(service: Service) -> str:
    return service.raise_at(Stage.ONE)


def test_the_iro_gets_the_record_in_one_click_and_it_verifies(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}")
    got = iro.get(page.link("Download the signed record"))
    assert got.headers["content-type"] == "application/json"
    assert got.headers["content-disposition"] == f'attachment; filename="{reference}.json"'
    fingerprint = wiring.exports().fingerprint
    code, said = verify_export.check(got.body.encode(), fingerprint)
    assert (code, said[-1][:3]) == (0, "ALL"), said
    export = json.loads(got.body)["export"]
    assert export["made_by"] == {
        "officer": "iro-1",
        "name": "Ira Sample-One",
        "capacity": "the IRO",
    }
    assert len(export["events"]) == service.challenge(reference).version
    assert export["emails"], "Tessa was asked to reply"
    program = iro.get(page.link("Download the program that checks it"))
    assert "def check_chain" in program.body
    report = Paper(iro.get(f"/documents/{reference}/report.pdf").pdf)
    assert report.has(fingerprint), "the foot of every document has it"


def test_each_export_is_a_recorded_look(service: Service, reference: str) -> None:
    service.jump(timedelta(seconds=1))
    Visitor(service, "auditor").get(f"/documents/{reference}/record.json")
    look = wiring.casebook().record.beside.looks(reference)[-1]
    assert (look["officer"], look["via"]) == ("auditor", "export")


@pytest.mark.parametrize(
    ("officer", "status"),
    [
        *(("srsm", 200), ("senior", 200), ("dpo", 200)),
        *(("tm-n", 403), ("csm", 403), ("iro-2", 404), ("admin", 404)),
    ],
)
def test_only_those_who_may_read_every_word_get_it(
    service: Service, reference: str, officer: str, status: int
) -> None:
    visitor = Visitor(service, officer)
    got = visitor.get(f"/documents/{reference}/record.json")
    assert got.status == status
    looks = wiring.casebook().record.beside.looks(reference)
    assert ((officer, "export") in {(one["officer"], one["via"]) for one in looks}) == (
        status == 200
    )
    if status == 403:
        assert "may read every word" in got.text
        assert "Download the signed record" not in visitor.get(f"/challenges/{reference}").text


def test_nobody_gets_the_program_or_the_record_signed_out(service: Service, reference: str) -> None:
    for address in (f"/documents/{reference}/record.json", "/documents/verify_export.py"):
        assert Visitor(service).get(address, follow=False).status == 303


def test_no_word_of_legal_advice_is_in_it(service: Service, reference: str) -> None:
    ask(service, reference)
    advise(service, reference)
    for officer in ("iro-1", "srsm", "auditor"):
        got = Visitor(service, officer).get(f"/documents/{reference}/record.json")
        assert (got.status, "Marigoldcouncil" in got.body) == (200, False)
        assert "Marigoldsection" not in got.body
        assert "AdviceGiven" in got.body, "that there was advice is on the record"
