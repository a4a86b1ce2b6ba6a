"""Rule 11 on the pages: what lawyers, the Assistant Director and the Director see, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ladder import Stage
from domain.privileged import Sealed
from domain.rules.briefing import DirectorNotified
from domain.rules.legal import AskForAdvice, NeighbourNamed
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

BRIEFING = "Marigold: no placement after Friday."
#: What is on the page of the challenge, and on no page of those who may not see it.
OF_THE_CHALLENGE = ("CASE-98431", "Q.Z.", "Quillon", "Stage 1", "Tessa", "20-working-day")


def _asked(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", AskForAdvice(Sealed(1, "a1" * 32)))
    return reference


def _shows_nothing_of_it(page: Page) -> None:
    assert page.status == 200
    assert [one for one in OF_THE_CHALLENGE if one in page.text] == []


def test_the_question_and_the_advice_are_written_where_they_are_kept(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}")
    assert page.link("Ask for legal advice") == f"/advice/{reference}/ask"
    answer = iro.get(f"/challenges/{reference}/ask-for-advice", follow=False)
    assert (answer.status, answer.headers["location"]) == (303, f"/advice/{reference}/ask")
    service.act(reference, "iro-1", AskForAdvice(Sealed(1, "a1" * 32)))
    page = iro.get(f"/challenges/{reference}")
    assert page.link("Read the legal advice, and what was asked") == f"/advice/{reference}"
    assert f"/advice/{reference}" not in Visitor(service, "tm-n").get(page.address).body


def test_after_a_conflict_the_legal_team_sees_one_page_and_names_a_lawyer(service: Service) -> None:
    reference = _asked(service)
    lawyer, at = Visitor(service, "legal"), f"/challenges/{reference}"
    (letter,) = (mail for mail in service.mails("legal") if reference in mail.subject)
    assert "say whether there is a conflict of interest" in letter.subject
    assert at in lawyer.get("/").body
    assert "CASE-98431" in lawyer.get(at).text
    assert "give-advice" not in lawyer.get(at).body
    act = f"{at}/conflict"
    problem = lawyer.get(act).form(act).press()
    assert problem.errors["#conflict"] == "Choose whether there is a conflict of interest."
    page = problem.form(act).fill({"conflict": "yes"}).press()
    assert page.address.partition("?")[0] == f"{at}/name-lawyer"
    _shows_nothing_of_it(page)
    assert lawyer.get(at).address.partition("?")[0] == f"{at}/name-lawyer"
    front = lawyer.get("/")
    assert f"{at}/name-lawyer" in front.body
    _shows_nothing_of_it(front)
    page = page.form(f"{at}/name-lawyer").fill({"officer": "neighbour"}).press()
    _shows_nothing_of_it(page)
    assert "Nia Sample-Neighbour acts now" in page.text
    done = page.soup.select_one(".govuk-notification-banner__content")
    assert done
    said = "A lawyer of a neighbouring authority was named."
    assert done.get_text(strip=True) == said
    assert isinstance(service.challenge(reference).events[-1].fact, NeighbourNamed)
    for other in ("reply", "note", "conflict", "briefing"):
        assert lawyer.get(f"{at}/{other}").status in (403, 404), other

    neighbour = Visitor(service, "neighbour").get(at)
    assert neighbour.link("Give legal advice") == f"/advice/{reference}/give"
    assert neighbour.link("Read the legal advice, and what was asked") == f"/advice/{reference}"
    assert "Write a note" not in neighbour.text


def test_whoever_was_briefed_sees_the_briefing_alone(service: Service) -> None:
    reference = _asked(service)
    at = f"/challenges/{reference}"
    safer, director, manager = (Visitor(service, one) for one in ("safer", "director", "tm-n"))
    assert safer.get(f"{at}/briefing").status == 404
    srsm, act = Visitor(service, "srsm"), f"{at}/brief"
    page = srsm.get(act)
    assert "Sandy Sample-Partner gets an email" in page.text
    page.form(act).fill({"words": BRIEFING}).press()

    assert f"{at}/briefing" in safer.get("/").body
    page = safer.get(at)
    assert page.address == f"{at}/briefing"
    assert BRIEFING in page.text
    _shows_nothing_of_it(page)
    (letter,) = (mail for mail in service.mails("safer") if reference in mail.subject)
    assert any(link.endswith(f"{at}/briefing") for link in letter.links)
    assert "What happens next" not in letter.text
    assert "Nobody reads what you write back" in " ".join(letter.text.split())
    assert director.get(f"{at}/briefing").status == 404
    assert manager.get(f"{at}/briefing").status == 404
    assert BRIEFING not in manager.get(at).text
    assert BRIEFING in Visitor(service, "iro-1").get(at).text

    act = f"{at}/director-notified"
    page = safer.get(page.link("Confirm that the Director was notified")).form(act).press()
    assert page.address == f"{at}/briefing"
    assert "Sandy Sample-Partner confirmed that the Director was notified" in page.text
    assert isinstance(service.challenge(reference).events[-1].fact, DirectorNotified)
    assert safer.get(act).status == 403
    found = director.get("/").form("/find").fill({"reference": reference}).press("Find")
    assert found.address == f"{at}/briefing"
    _shows_nothing_of_it(found)
