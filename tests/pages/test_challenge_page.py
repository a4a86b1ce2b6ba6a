"""A challenge's page: what is asked first, then the reply, the choices, dates, concern, record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.challenge import AgreedAction, Owner
from domain.form import Urgency
from domain.ladder import Stage
from domain.rules.asking_to_accept import AskToAccept
from domain.rules.deciding import GiveView
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.notes import WriteNote
from domain.rules.replies import Answer, Reply
from handlers.pages.acts import ACT_PAGES, GROUPS
from tests.pages.visitor import Page, Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


def _headings(page: Page) -> list[str]:
    return [" ".join(tag.get_text(" ").split()) for tag in page.soup.select("main h2")]


@pytest.fixture
def replied(service: Service) -> str:
    """A challenge at stage 1 with a reply that disagrees."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "It was done on Friday."))
    return reference


def test_the_page_is_in_the_order_in_which_its_reader_decides(
    service: Service, replied: str
) -> None:
    page = Visitor(service, "iro-1").get(f"/challenges/{replied}")
    main = [one for one in _headings(page) if not one.startswith(("Documents", "Copy", "Other"))]
    assert main == [
        "What you need to do",
        "Tessa Sample-North replied: disagree",
        "Your choices",
        "Deadlines",
        "What is wrong",
        "The record",
    ]
    # What settles each task stands under its name, at the place to which the front page leads.
    settles = {
        box.h3.get_text(): (str(box.span["id"]), [a.get_text() for a in box.select("a")])
        for box in page.soup.select("main div:has(> span[id^=to-do-])")
        if box.h3 and box.span
    }
    assert settles["Decide whether to refer to Cafcass"] == (
        "to-do-consider-cafcass",
        ["Refer to Cafcass", "Record why you do not refer to Cafcass"],
    )
    place, acts = settles["Decide on the reply"]
    assert place == "to-do-question"
    assert "Record it as resolved" in acts


@pytest.mark.parametrize("officer", ["iro-1", "srsm", "tm-n", "sw-n1"])
def test_the_child_comes_first_with_what_cannot_wait(service: Service, officer: str) -> None:
    urgent = Urgency(service.now.date() + timedelta(days=14), "The placement ends.", at_risk=True)
    reference = service.raise_at(Stage.ONE, urgency=urgent)
    text = Visitor(service, officer).get(f"/challenges/{reference}").text
    order = [
        text.index(words)
        for words in ("Case ID", "may be at risk today", "it is too late", "What you need to do")
    ]
    assert order == sorted(order)


def test_whoever_has_nothing_to_do_reads_that_once_and_others_by_name(
    service: Service, replied: str
) -> None:
    text = Visitor(service, "srsm").get(f"/challenges/{replied}").text
    assert "You have nothing to do here now." in text
    decides = "Ira Sample-One, Independent Reviewing Officer, needs to decide on the reply"
    assert text.count(decides) >= 1


def test_what_is_due_is_said_once(service: Service, replied: str) -> None:
    page = Visitor(service, "iro-1").get(f"/challenges/{replied}")
    for details in page.soup.select("details"):
        details.decompose()
    assert page.text.count("You need to decide on the reply") == 1
    assert page.text.count("The 20-working-day limit ends") == 1


def test_how_the_dates_were_worked_out_is_folded(service: Service, replied: str) -> None:
    page = Visitor(service, "iro-1").get(f"/challenges/{replied}")
    (sums,) = [one for one in page.soup.select("details") if "How we worked" in one.get_text()]
    assert "20 working days from Monday 2 November 2026" in " ".join(sums.get_text().split())


def test_the_choices_are_grouped_and_rare_ones_are_folded(service: Service, replied: str) -> None:
    page = Visitor(service, "iro-1").get(f"/challenges/{replied}")
    (more,) = [
        one.find_parent("details")
        for one in page.soup.select("details > summary")
        if one.get_text(strip=True) == "More"
    ]
    assert more
    assert "Record a change in the child’s life" in more.get_text()
    assert "Write a note" not in more.get_text()


def test_each_act_stands_in_one_group() -> None:
    grouped = [page.slug for _, some in GROUPS for page in some]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) < {page.slug for page in ACT_PAGES}


# The page of an act ------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["resolve", "escalate", "ask-again"])
def test_an_act_shows_the_reply_that_it_judges_and_the_view_on_it(
    service: Service, replied: str, slug: str
) -> None:
    service.act(replied, "srsm", GiveView(resolved=False, words="Nobody rang the school."))
    page = Visitor(service, "iro-1").get(f"/challenges/{replied}/{slug}")
    (about,) = page.soup.select("#about")
    assert "It was done on Friday." in about.get_text()
    assert "Nobody rang the school." in about.get_text()


# The end -----------------------------------------------------------------------------------------


def test_an_ended_challenge_says_when_and_how_and_no_clock_runs(
    service: Service, replied: str
) -> None:
    service.act(replied, "iro-1", Resolve("It was put right.", ChildTold.NO, "They knew nothing."))
    page = Visitor(service, "iro-1").get(f"/challenges/{replied}")
    how = "closed the challenge: resolved at a formal stage. It ended on Monday 2 November 2026."
    assert how in page.text
    assert "What was wrong" in _headings(page)
    assert "What is wrong" not in page.text
    assert "Deadlines" not in _headings(page)
    assert "The 20-working-day limit ends" not in page.text


# The record --------------------------------------------------------------------------------------


@pytest.fixture
def late(service: Service) -> str:
    """A challenge at QAP that nobody answered, nor decided on for three weeks."""
    reference = service.raise_at(Stage.QAP)
    service.jump(timedelta(days=21))
    return reference


def test_reminders_are_one_line_that_opens(service: Service, late: str) -> None:
    page = Visitor(service, "iro-1").get(f"/challenges/{late}")
    (group,) = page.soup.select(".pc-timeline__group summary")
    assert group.get_text(strip=True).startswith("3 reminders, 10 to 19 November 2026")
    (printed,) = page.soup.select("li.pc-print-only")
    assert printed.get_text(" ", strip=True).startswith(group.get_text(strip=True)), "on one line"
    assert len(page.soup.select(".pc-timeline__event")) == service.challenge(late).version


def test_the_record_can_show_decisions_only_by_its_address(service: Service, replied: str) -> None:
    service.act(replied, "iro-1", WriteNote("I rang them."))
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{replied}")
    assert "I rang them." in page.text
    page = iro.get(page.link("Show decisions only"))
    assert "I rang them." not in page.text
    assert "replied: disagree" in page.text
    shown, whole = len(page.soup.select(".pc-timeline__event")), service.challenge(replied).version
    assert f"decisions only: {whole - shown} entries are left out" in page.text
    page = iro.get(page.link("Show the whole record"))
    assert len(page.soup.select(".pc-timeline__event")) == whole


def test_an_entry_names_who_did_it_with_their_role(service: Service) -> None:
    reference = service.raise_at(Stage.QAP)
    page = Visitor(service, "sw-n1").get(f"/challenges/{reference}/reply")
    form = page.form().whole({"answer": "resolved", "words": "It was done."})
    form.press("Check your reply").form().press("Send your reply")
    text = Visitor(service, "iro-1").get(f"/challenges/{reference}").text
    assert "Willow Sample-North, Social Worker, North Team." in text
    assert "asked to reply." not in text


def test_the_child_s_views_stand_there_once(service: Service, replied: str) -> None:
    text = Visitor(service, "iro-1").get(f"/challenges/{replied}").text
    for words in ("Marigoldviewstext", "Marigoldtriedtext"):
        assert text.count(words) == 1


# Actions after the 20-working-day limit ----------------------------------------------------------


LATE = AgreedAction("Visit Alex", "Tessa", date(2026, 12, 11), Owner("tm-n"))


def test_actions_after_the_limit_are_offered_to_whoever_can_accept_them(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (LATE,)))
    at, limit = f"/challenges/{reference}", "after the 20-working-day limit, Monday 30 November"
    page = Visitor(service, "iro-1").get(at)
    assert "Only Serena Sample-Safeguard, Safeguarding & Review Service Manager, can" in page.text
    assert "You can ask them to." in page.text
    assert limit in page.text
    assert not page.soup.select('a[href$="/accept-actions"]'), "it would be refused"
    srsm = Visitor(service, "srsm")
    page = srsm.get(at)
    assert "Only you can accept it." in page.text
    assert "You have nothing to do here now." not in page.text
    act, past = f"{at}/accept-actions", "after the 20-working-day limit, Monday 30 November 2026."
    page = srsm.get(page.link("Accept the agreed actions"))
    assert f"Action 1 is due by Friday 11 December 2026. That is 9 working days {past}" in page.text
    assert "Why do you accept a date after the 20-working-day limit?" in page.text
    assert page.text.count("Visit Alex") == 1, "the reply says it already"
    assert "the IRO confirms it, or drops it." in page.text
    page = page.form(act).press(through=False)
    assert f"by Friday 11 December 2026. That is {past}" in page.text
    page.form(act).press()
    assert service.challenge(reference).open_actions


def test_the_iro_asks_the_service_manager_whose_front_page_shows_it(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreplytext", (LATE,)))
    at, needs = f"/challenges/{reference}", "decide about actions after the 20-working-day limit"
    iro, srsm = Visitor(service, "iro-1"), Visitor(service, "srsm")
    page = iro.get(iro.get(at).link("Ask the service manager to accept the actions"))
    assert "Visit Alex" in page.text
    assert "They have 2 working days to accept the actions or to decline." in page.text
    assert "Marigoldreplytext" in page.text, "the reply is read beside the form"
    form = page.form(f"{at}/ask-to-accept").fill({"reason": "Marigoldreasontext"})
    page = form.press(through=False)
    assert "Check before you ask the service manager to accept the actions" in page.text
    asks = f"Safeguarding & Review Service Manager, needs to {needs} by Wednesday 4 November 2026."
    assert asks in page.text
    page = page.form().press()
    assert "You asked the service manager to accept actions" in page.text
    assert "You can ask them to." not in page.text
    front = srsm.get("/")
    assert reference in front.text
    assert needs in front.text.casefold()
    page = srsm.get(at)
    assert f"You need to {needs}" in page.text
    (reply,) = page.soup.select("#reply")
    assert "Marigoldreplytext" in reply.get_text()
    page = srsm.get(page.link("Accept the agreed actions"))
    assert "asks you to accept the actions:" in page.text
    assert "Marigoldreasontext" in page.text
    page.form(f"{at}/accept-actions").press()
    assert service.challenge(reference).open_actions


def test_who_declines_leads_the_iro_back_to_the_decision(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (LATE,)))
    service.act(reference, "iro-1", AskToAccept("Marigoldreasontext"))
    at, srsm = f"/challenges/{reference}", Visitor(service, "srsm")
    page = srsm.get(srsm.get(at).link("Decline to accept the actions"))
    assert "Marigoldreasontext" in page.text
    page = page.form(f"{at}/decline-to-accept").fill({"reason": "It cannot wait."}).press()
    assert "You declined to accept actions" in page.text
    page = Visitor(service, "iro-1").get(at)
    assert "You need to decide on the reply" in page.text
    assert not page.soup.select('a[href$="/ask-to-accept"]'), "it is asked once"


def test_the_page_to_accept_leads_to_asking_whoever_can(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (LATE,)))
    iro, accept = Visitor(service, "iro-1"), f"/challenges/{reference}/accept-actions"
    assert "Why should these actions be accepted?" in iro.get(accept).text
    service.act(reference, "iro-1", AskToAccept("The panel sits then."))
    page = iro.get(accept)
    assert page.status == 403
    assert "cannot be done now" in page.text


def test_the_page_to_accept_says_whose_actions_it_leaves_out(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (LATE,)))
    service.act(reference, "iro-1", Escalate(Stage.TWO))
    soon = replace(LATE, by=date(2026, 11, 20))
    service.act(reference, "csm", Reply(2, Answer.ACTIONS, "We will.", (soon,)))
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}/accept-actions")
    assert "only the Safeguarding & Review Service Manager can accept actions after" in page.text


def test_a_reply_that_is_late_is_said_to_be_taken_still(service: Service) -> None:
    reference, worker = service.raise_at(Stage.QAP), Visitor(service, "sw-n1")
    at = f"/challenges/{reference}"
    assert "You can still reply" not in worker.get(at).text
    service.jump(datetime(2026, 11, 4, 9, 5, tzinfo=UTC))
    said = "Your reply was due by Tuesday 3 November 2026. You can still reply: it goes on the"
    assert said in worker.get(at).text


def test_filing_stands_below_what_decides(service: Service) -> None:
    """Rule 20 stops nothing, however late it is."""
    reference = service.raise_at(Stage.ONE)
    service.jump(datetime(2026, 11, 12, 9, 5, tzinfo=UTC))
    service.reply(reference, "csm")
    service.jump(datetime(2026, 11, 20, 9, 5, tzinfo=UTC))
    page = Visitor(service, "srsm").get(f"/challenges/{reference}")
    boxes = [" ".join(one.get_text(" ").split()) for one in page.soup.select(".pc-deadline h3")]
    files = "You need to put decisions and discussions on the child’s file"
    assert boxes == ["You may decide in the IRO’s place", files]
    headings = [one.get_text() for one in page.soup.select(".pc-screen h3")]
    assert headings[0] == "Decide in the IRO’s place if you think it right"
    assert headings[1] == "Put decisions and discussions on the child’s file"
    assert "Decide" not in headings, "nothing is left there but a view"
