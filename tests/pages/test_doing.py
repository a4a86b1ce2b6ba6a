"""Rule 6 on the page: the owner of an action reports it done, by an emailed link or signed in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.unsent import LINK_KEEPS_A_DAY
from domain.challenge import ActionState, AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.actions import ConfirmAction, GiveUpAction, SendBackAction
from domain.rules.owners import NameOwner
from domain.rules.replies import Answer, Reply
from domain.rules.timescales import DateProposed, SetNewDate
from tests.pages.visitor import Visitor, action_link, look_over, reply_link
from tests.workflow.service import CHILD, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")
#: An officer who has nothing else to do with the challenge.
ELSEWHERE = "sw-s1"
DONE = {"shown_by": "Seen in the minutes of Friday."}
BY = date(2026, 11, 12)


def accepted(service: Service, *owners: Owner) -> str:
    """Return the reference of a challenge in which each owner has an action under way."""
    reference = service.raise_at(Stage.ONE)
    actions = tuple(
        AgreedAction(f"Palmyra step {number}", f"Owner {number}", BY, owner)
        for number, owner in enumerate(owners, start=1)
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreply", actions))
    service.act(reference, "iro-1", AcceptActions())
    return reference


def states(service: Service, reference: str) -> list[ActionState]:
    return [action.state for action in service.challenge(reference).actions]


def looks(reference: str) -> list[tuple[str, str]]:
    found = wiring.casebook().record.beside.looks(reference)
    return [(str(look["officer"]), str(look["via"])) for look in found]


@pytest.fixture
def nobody(service: Service) -> Visitor:
    """Return somebody who is not signed in: all they have is the email."""
    return Visitor(service)


@pytest.fixture
def double_locked(tmp_path: Path) -> Iterator[Service]:
    """Return the service of a council whose links ask for a sign-in as well."""
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        yield service


# By the link -------------------------------------------------------------------------------------


def test_by_the_link_an_owner_outside_sees_one_action_and_whom_to_contact(
    service: Service, nobody: Visitor
) -> None:
    reference = accepted(service, JO, Owner(ELSEWHERE))
    page = nobody.get(action_link(service, JO.email))
    look_over(page)
    assert page.status == 200
    for text in (reference, "Palmyra step 1", "Thursday 12 November 2026", "Ira Sample-One"):
        assert text in page.text
    for text in (
        *("Palmyra step 2", "Marigold", "Stage 1", "Owner 2", "Willow", "Tessa"),
        *(CHILD.name, CHILD.initials, CHILD.case_id, "20-working-day"),
    ):
        assert text not in page.text, text
    assert page.soup.find("a", href=f"/challenges/{reference}") is None


def test_an_owner_puts_the_date_into_their_calendar(service: Service, nobody: Visitor) -> None:
    """With nothing of the child, and without the link: calendars are shared."""
    reference = accepted(service, JO, Owner(ELSEWHERE))
    link = action_link(service, JO.email)
    signed_in = Visitor(service, ELSEWHERE).get(f"/challenges/{reference}/action")
    for page, number in ((nobody.get(link), 1), (signed_in, 2)):
        entry = page.visitor.get(page.link("Add the date to your calendar"))
        assert entry.headers["content-type"].startswith("text/calendar")
        lines = entry.body.split("\r\n")
        assert f"SUMMARY:Action {number} of {reference}" in lines
        assert {"DTSTART;VALUE=DATE:20261112", "DTEND;VALUE=DATE:20261113"} <= {*lines}
        assert f"UID:Action-{number}-of-{reference}@positive-challenge" in lines
        for secret in (link, "Palmyra", CHILD.name, CHILD.initials, CHILD.case_id):
            assert secret not in entry.body
    page.form().fill(DONE).press("check").form().press("send")
    over = page.visitor.get(page.link("Add the date to your calendar"))
    assert over.html, "there is nothing to put into it any more"


@pytest.mark.parametrize("owner", [JO, Owner(ELSEWHERE), Owner("sw-north-1")])
def test_a_report_is_checked_then_sent_and_goes_to_the_iro(
    service: Service, nobody: Visitor, owner: Owner
) -> None:
    reference = accepted(service, owner)
    page = nobody.get(action_link(service, owner.email or _holder(owner.party)))
    check = page.form().fill(DONE).press("Check your report")
    look_over(check)
    assert check.heading == "Check your report before you send it"
    assert DONE["shown_by"] in check.text
    assert states(service, reference) == [ActionState.OPEN], "nothing is sent yet"
    done = check.form().press("Report it done")
    look_over(done)
    assert done.heading == "The action is reported done"
    assert states(service, reference) == [ActionState.DONE]
    event = service.challenge(reference).events[-1]
    assert event.actor.via == "link"
    if owner is JO:
        assert event.actor.officer.startswith("outside-1-")
        assert (event.actor.name, event.actor.capacity) == (
            "Jo Sample",
            "the owner of action 1, Sample School",
        )
    iro = wiring.casebook().council().directory.officers["iro-1"].email
    assert any(reference in mail.subject for mail in service.mails() if iro in str(mail.to))


def _holder(party: str) -> str:
    post = wiring.casebook().council().directory.posts.get(party)
    return (post.holder or "") if post else party


def test_what_shows_it_is_needed(service: Service, nobody: Visitor) -> None:
    reference = accepted(service, JO)
    page = nobody.get(action_link(service, JO.email)).form().fill({"shown_by": " "}).press("check")
    look_over(page)
    assert "Enter what shows that it was done." in page.text
    page = nobody.post(page.form().action, {**page.form().fields, "press": "send"})
    assert "Enter what shows that it was done." in page.text
    assert states(service, reference) == [ActionState.OPEN]


def test_opening_the_link_changes_nothing_but_that_the_look_is_recorded(
    service: Service, nobody: Visitor
) -> None:
    reference = accepted(service, JO)
    link, before = action_link(service, JO.email), service.kinds(reference)
    nobody.get(link)
    assert service.kinds(reference) == before
    assert service.challenge(reference).actions[0].state is ActionState.OPEN
    (outside,) = {who for who, via in looks(reference) if via == "action link"}
    assert outside.startswith("outside-1-")
    assert "Jo" not in outside


def test_a_forged_link_or_a_reply_link_opens_no_action(service: Service, nobody: Visitor) -> None:
    reference = accepted(service, JO)
    token = action_link(service, JO.email).removeprefix("/action/")
    reply = reply_link(service, "tm-n").removeprefix("/reply/")
    for address in (f"/action/{token[:-1]}", f"/action/{token}x", f"/action/{reply}"):
        page = nobody.get(address)
        assert (page.status, page.heading) == (404, "This link does not work")
        assert reference not in page.text
    assert nobody.get(f"/reply/{token}").status == 404
    posted = nobody.post(f"/action/{token}x", {**DONE, "press": "send"})
    assert posted.status == 404
    assert states(service, reference) == [ActionState.OPEN]


def test_the_link_dies_by_the_report_and_a_report_that_is_sent_back_makes_another(
    service: Service, nobody: Visitor
) -> None:
    reference = accepted(service, JO)
    first = action_link(service, JO.email)
    nobody.get(first).form().fill(DONE).press("check").form().press("send")
    again = nobody.get(first)
    assert (again.status, again.heading) == (200, "The action is reported done")
    service.act(reference, "iro-1", SendBackAction(1, "Marigoldreason"))
    page = nobody.get(first)
    assert (page.status, page.heading) == (410, "Please use the newest email")
    second = action_link(service, JO.email)
    assert second != first
    page = nobody.get(second)
    assert page.heading == "Your action"
    assert "Marigoldreason" not in page.text
    page.form().fill({"shown_by": "The letter itself."}).press("check").form().press("send")
    assert states(service, reference) == [ActionState.DONE]
    service.act(reference, "iro-1", ConfirmAction(1, "Seen."))
    page = nobody.get(second)
    assert (page.status, page.heading) == (410, "This action is no longer needed")


def test_the_link_dies_when_the_owner_changes(service: Service, nobody: Visitor) -> None:
    reference = accepted(service, JO)
    first = action_link(service, JO.email)
    form = nobody.get(first).form().fill(DONE)
    service.act(reference, "iro-1", NameOwner(1, Owner(ELSEWHERE), "Jo has moved."))
    page = nobody.get(first)
    look_over(page)
    assert (page.status, page.heading) == (410, "Somebody else does this action now")
    assert "Palmyra" not in page.text
    page = form.press("check")
    assert states(service, reference) == [ActionState.OPEN]
    assert DONE["shown_by"] in page.text, "what was typed is not lost"
    assert action_link(service, ELSEWHERE)


def test_the_link_dies_when_the_action_or_the_challenge_ends(
    service: Service, nobody: Visitor
) -> None:
    reference = accepted(service, JO, Owner(ELSEWHERE))
    jo, other = action_link(service, JO.email), action_link(service, ELSEWHERE)
    service.act(reference, "iro-1", GiveUpAction(1, "It is not needed."))
    assert nobody.get(jo).heading == "This action is no longer needed"
    assert "not need to do anything more" in service.mails()[-1].text or any(
        "no longer needed" in mail.subject for mail in service.mails() if JO.email in str(mail.to)
    )
    assert nobody.get(other).heading == "Your action"
    service.act(reference, "iro-1", GiveUpAction(2, "It is not needed either."))
    service.withdraw(reference)
    assert nobody.get(other).status == 410


def test_the_link_dies_when_it_is_too_old(tmp_path: Path) -> None:
    with running(tmp_path, procedure="link_lifetime_days = 30") as service:
        accepted(service, JO)
        nobody, link = Visitor(service), action_link(service, JO.email)
        service.jump(timedelta(days=29))
        assert nobody.get(link).heading == "Your action"
        service.jump(timedelta(days=2))
        page = nobody.get(link)
    assert (page.status, page.heading) == (410, "This link is too old")


def test_the_same_report_sent_twice_is_recorded_once(service: Service, nobody: Visitor) -> None:
    reference = accepted(service, JO)
    form = nobody.get(action_link(service, JO.email)).form().fill(DONE).press("check").form()
    form.press("send")
    assert form.press("send").heading == "The action is reported done"
    assert service.kinds(reference).count("ActionDone") == 1


def test_words_that_may_tell_who_the_child_is_are_marked(service: Service, nobody: Visitor) -> None:
    reference = accepted(service, JO)
    told = {"shown_by": "Born on 3 March 2014, at 12 Sample Street."}
    check = nobody.get(action_link(service, JO.email)).form().fill(told).press("check")
    look_over(check)
    assert check.soup.select("mark")
    assert check.form().press("Change your report").heading == "Your action"
    assert states(service, reference) == [ActionState.OPEN]


def test_a_link_keeps_only_so_many_forms_a_day(service: Service, nobody: Visitor) -> None:
    accepted(service, JO)
    link = action_link(service, JO.email)
    form = nobody.get(link).form().fill(DONE)
    for _ in range(LINK_KEEPS_A_DAY):
        assert form.press("check", follow=False).status == 303
    page = form.press("check", follow=False)
    assert page.status == 429
    assert DONE["shown_by"] in page.text


# Where links ask for a sign-in -------------------------------------------------------------------


def test_an_owner_outside_keeps_the_link_where_officers_have_to_sign_in(
    double_locked: Service,
) -> None:
    reference = accepted(double_locked, JO, Owner(ELSEWHERE))
    nobody = Visitor(double_locked)
    page = nobody.get(action_link(double_locked, JO.email))
    assert page.heading == "Your action"
    page.form().fill(DONE).press("check").form().press("send")
    assert states(double_locked, reference) == [ActionState.DONE, ActionState.OPEN]
    officers = action_link(double_locked, ELSEWHERE)
    asked = nobody.get(officers, follow=False)
    assert asked.headers["location"].startswith("/sign-in?return_to=/action/")
    page = Visitor(double_locked, "tm-n").get(officers)
    assert (page.status, page.heading) == (404, "You cannot open this link")
    page = Visitor(double_locked, ELSEWHERE).get(officers)
    assert page.heading == "Your action"
    page.form().fill(DONE).press("check").form().press("send")
    assert states(double_locked, reference) == [ActionState.DONE, ActionState.DONE]


# Signed in ---------------------------------------------------------------------------------------


def test_an_owner_who_may_not_see_the_challenge_has_a_page_of_just_their_action(
    service: Service,
) -> None:
    reference = accepted(service, Owner(ELSEWHERE), JO)
    owner = Visitor(service, ELSEWHERE)
    assert owner.get(f"/challenges/{reference}").status == 404
    page = owner.get(f"/challenges/{reference}/action")
    look_over(page)
    assert "Palmyra step 1" in page.text
    for text in ("Palmyra step 2", "Marigold", CHILD.name, CHILD.initials, CHILD.case_id):
        assert text not in page.text
    assert (ELSEWHERE, "page") in looks(reference)
    page.form().fill(DONE).press("check")
    page = owner.get(f"/challenges/{reference}/action")
    assert "You began this before, and have not sent it" in page.text
    assert page.form()["shown_by"] == DONE["shown_by"]
    done = page.form().fill(DONE).press("check").form().press("send")
    assert done.heading == "The action is reported done"
    assert states(service, reference) == [ActionState.DONE, ActionState.OPEN]
    assert service.challenge(reference).events[-1].actor.via == "page"


def test_nobody_else_learns_that_there_is_an_action(service: Service) -> None:
    reference = accepted(service, Owner(ELSEWHERE))
    stranger = Visitor(service, "sw-s2" if _has("sw-s2") else "tm-s")
    page = stranger.get(f"/challenges/{reference}/action")
    assert page.status == 404
    assert stranger.post(f"/challenges/{reference}/action", {**DONE, "press": "send"}).status in (
        *(303, 404),
    )
    assert states(service, reference) == [ActionState.OPEN]


def _has(officer: str) -> bool:
    return officer in wiring.casebook().council().directory.officers


def test_somebody_who_sees_the_challenge_but_owns_nothing_is_told_so(service: Service) -> None:
    reference = accepted(service, Owner(ELSEWHERE))
    page = Visitor(service, "srsm").get(f"/challenges/{reference}/action")
    assert page.status == 403
    assert "No open action of this challenge is yours" in page.text


def test_an_owner_of_two_finds_the_other_one(service: Service) -> None:
    reference = accepted(service, Owner(ELSEWHERE), Owner(ELSEWHERE))
    page = Visitor(service, ELSEWHERE).get(f"/challenges/{reference}/action")
    other: Page = page.visitor.get(f"/challenges/{reference}/action?action=2")
    assert "Palmyra step 1" in page.text
    assert "Palmyra step 2" in other.text
    assert page.soup.find("a", href=f"/challenges/{reference}/action?action=2")


def test_the_front_page_leads_an_owner_to_their_action_and_shows_nothing_of_the_child(
    service: Service,
) -> None:
    reference = accepted(service, Owner(ELSEWHERE), Owner("tm-north"))
    page = Visitor(service, ELSEWHERE).get("/")
    look_over(page)
    assert page.soup.find("a", href=f"/challenges/{reference}/action")
    assert "Do action 1 and report it" in page.text
    for text in (CHILD.initials, CHILD.case_id):
        assert text not in page.text
    page = Visitor(service, "tm-n").get("/")
    assert page.soup.find("a", href=f"/challenges/{reference}/action")
    assert CHILD.case_id in page.text, "they were asked to reply"


def test_the_iro_names_another_owner_on_a_page(service: Service) -> None:
    reference = accepted(service, Owner(ELSEWHERE), JO, Owner("tm-north"))
    iro = Visitor(service, "iro-1")
    record = iro.get(f"/challenges/{reference}").text
    assert "Team Manager, North Team (Tessa Sample-North)" in record, "who does it now, by name"
    form = iro.get(f"/challenges/{reference}/name-owner").form()
    both = {"action": "1", "owner": "sw-n2", "owner-name": "Jo", "reason": "Wanda has moved."}
    page = form.fill(both).press()
    look_over(page)
    assert "Choose from the list, or enter somebody outside: not both." in page.text
    page = page.form().fill({"owner": "", "owner-organisation": "Sample School"}).press()
    assert f"/challenges/{reference}" in page.address
    action = service.challenge(reference).actions[0]
    assert action.who == Owner("", "Jo", "Sample School")
    assert action.owner == "Jo, Sample School"
    table = page.soup.select_one(".pc-list tbody")
    assert table
    assert "Jo, Sample School" in table.text, "and who has it now"


# Another date ------------------------------------------------------------------------------------

LATER = {"by-day": "20", "by-month": "11", "by-year": "2026", "reason": "The panel is ill."}


@pytest.mark.parametrize("owner", [JO, Owner(ELSEWHERE)])
def test_the_owner_proposes_another_date_by_their_own_link(
    service: Service, nobody: Visitor, owner: Owner
) -> None:
    reference = accepted(service, owner, Owner("tm-n"))
    link = action_link(service, owner.email or ELSEWHERE)
    page = nobody.get(nobody.get(link).link("Propose another date"))
    look_over(page)
    assert "Palmyra step 1" in page.text
    for text in ("Palmyra step 2", "Marigold", "Stage 1", CHILD.initials, CHILD.case_id, "Owner 2"):
        assert text not in page.text, text
    check = page.form().fill(LATER).press("Check the date")
    look_over(check)
    assert check.heading == "Check the date before you propose it"
    assert "Friday 20 November 2026" in check.text
    assert service.kinds(reference)[-1] != "DateProposed", "nothing is sent yet"
    after = check.form().press("Propose this date")
    look_over(after)
    assert after.heading == "Your action"
    assert "You proposed Friday 20 November 2026. The IRO decides." in after.text
    event = service.challenge(reference).events[-1]
    assert event.fact == DateProposed(1, date(2026, 11, 20), "The panel is ill.")
    assert event.actor.via == "link"
    assert service.challenge(reference).actions[0].deadline.day == BY, "the IRO sets dates"
    after.form().fill(DONE).press("check").form().press("send")
    assert states(service, reference)[0] is ActionState.DONE, "the link still takes the report"


def test_by_link_a_date_is_checked_as_it_is_signed_in(service: Service, nobody: Visitor) -> None:
    reference = accepted(service, JO)
    address = f"{action_link(service, JO.email)}?about=date"
    for wrong, says in (
        ({"by-day": "21"}, "Enter a working day: Saturday 21 November 2026 is not one."),
        ({"by-day": "12"}, "This is its date already. Enter another date."),
        ({"by-year": "2025"}, "Enter a date that is today or in the future."),
        ({"by-day": ""}, "Enter a date that includes a day."),
        ({"reason": " "}, "Enter why the date is changing."),
    ):
        page = nobody.get(address).form().fill({**LATER, **wrong}).press("Check the date")
        look_over(page)
        assert says in page.text
        kept = page.form().fields
        assert {name: kept[name] for name in wrong} == wrong or wrong == {"reason": " "}
        sent = nobody.post(page.form().action, {**kept, "press": "send"})
        assert says in sent.text
    assert DateProposed.__name__ not in service.kinds(reference)


def test_no_date_is_proposed_by_a_link_that_is_dead_or_while_another_is_being_confirmed(
    service: Service, nobody: Visitor
) -> None:
    reference = accepted(service, JO)
    address = f"{action_link(service, JO.email)}?about=date"
    form = nobody.get(address).form().fill(LATER)
    service.jump_past(service.challenge(reference).actions[0].deadline.at)
    far = SetNewDate("action-1", date(2026, 12, 30), "Marigoldreason")
    service.act(reference, "iro-1", far)
    page = form.press("Check the date")
    look_over(page)
    assert page.heading == "A new date is being decided"
    assert LATER["reason"] in page.text, "what was typed is not lost"
    for text in ("Marigold", "30 December"):
        assert text not in page.text
    service.act(reference, "iro-1", GiveUpAction(1, "Marigoldreason"))
    assert nobody.get(address).heading == "This action is no longer needed"
    assert DateProposed.__name__ not in service.kinds(reference)


def test_an_owner_who_may_not_see_the_challenge_proposes_a_date_signed_in(service: Service) -> None:
    reference = accepted(service, Owner(ELSEWHERE))
    owner = Visitor(service, ELSEWHERE)
    page = owner.get(f"/challenges/{reference}/action")
    page = owner.get(page.link("Propose another date"))
    after = page.form().fill(LATER).press("Check the date").form().press("Propose this date")
    assert "You proposed Friday 20 November 2026." in after.text
    assert service.challenge(reference).events[-1].actor.via == "page"


def test_where_the_iro_is_the_owner_the_page_says_who_confirms(service: Service) -> None:
    reference = accepted(service, Owner("iro-1"))
    iro = Visitor(service, "iro-1")
    check = iro.get(f"/challenges/{reference}/action").form().fill(DONE).press("check")
    says = "The Safeguarding & Review Service Manager is asked to confirm that it was done."
    assert says in check.text
    assert says in check.form().press("send").text
