"""Somebody who was asked seems to be away: what the SRSM is offered on the challenge's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Stage
from domain.rules.absence import NoCoverNeeded, absences
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


def test_the_srsm_sets_cover_or_says_that_none_is_needed(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    (request,) = (one for one in service.mails("tm-n") if "Please reply" in one.subject)
    service.comes_back(request, kind="Transient", subtype="General")
    srsm, at = Visitor(service, "srsm"), f"/challenges/{reference}"
    page = srsm.get(at)
    assert "Tessa Sample-North seems to be away" in page.text
    form = "/cover?post=tm-north&first=2026-11-02"
    assert page.link("Set cover for Tessa Sample-North") == form
    assert "Team Manager, North Team" in srsm.get(form).text
    assert "Set cover for" not in Visitor(service, "iro-1").get(at).text
    act = f"{at}/no-cover-needed"
    srsm.get(act).form(act).fill({"officer": "tm-n", "reason": "Back at noon."}).press()
    challenge = service.challenge(reference)
    assert challenge.events[-1].fact == NoCoverNeeded("tm-n", "Back at noon.")
    assert absences(challenge) == {}
    assert "Set cover for" not in srsm.get(at).text
