"""Emailed links for actions in the wrong hands, at the wrong time, or damaged on the way (rule 6).

By such a link somebody outside the council comes in, so it shows the words and the date of one
action, and can report that one action done: nothing else. As for reply links
(``tests.pages.test_links_under_attack``), the whole table is compared before and after.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.challenge import ActionState, AgreedAction, Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.actions import (
    ActionDone,
    ConfirmAction,
    GiveUpAction,
    ReportAction,
    SendBackAction,
)
from domain.rules.escalating import Escalate
from domain.rules.owners import NameOwner
from domain.rules.replies import Answer, Reply
from domain.rules.timescales import SetNewDate
from handlers.form_fields import FORM_BYTES
from tests.pages.attacks import (
    ADDED,
    NOT_FROM_OUR_PAGE,
    ODD,
    followed,
    kept,
    load_without,
    pressed,
    shows_nothing,
    stored,
)
from tests.pages.visitor import Visitor, action_link
from tests.workflow.service import CHILD, CONCERN, URL, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from domain.challenge import Challenge
    from domain.part import Command
    from tests.pages.visitor import Form, Page
    from tests.workflow.service import Service

JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")
#: An officer who has nothing else to do with the challenge.
ELSEWHERE = "sw-s1"
DONE = {"shown_by": "Marigold saw it on Friday."}
SENT = {"press": "send"}
BY = date(2026, 11, 12)
UNKNOWN = "This link does not work"

#: What the challenge says beside this one action.
BESIDE = (
    *(CHILD.name, CHILD.initials, CHILD.case_id, CONCERN.what, "Marigoldreply", "Stage"),
    *("Palmyra step 2", "Sasha", "Tessa", "Willow", "Sara", "20-working-day"),
)
#: What others write in the challenge, by how it begins.
OF_OTHERS = ("Marigoldre", "Marigoldc", "Marigoldt", "Marigolds")
#: The pages about the service, which its footer leads to. They explain the procedure to anybody.
ABOUT = ("/help", "/accessibility", "/privacy", "/contact")


@pytest.fixture
def reference(service: Service) -> str:
    """Return a challenge with two actions: one of somebody outside, one of an officer."""
    return accepted(service)


def accepted(service: Service) -> str:
    reference = service.raise_at(Stage.ONE)
    actions = tuple(
        AgreedAction(f"Palmyra step {number}", "", BY, owner)
        for number, owner in enumerate((JO, Owner(ELSEWHERE)), start=1)
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "Marigoldreply", actions))
    service.act(reference, "iro-1", AcceptActions())
    return reference


@pytest.fixture
def link(service: Service, reference: str) -> str:
    """Return the path of the link of the owner outside, to the first action."""
    assert reference
    return action_link(service, JO.email)


@pytest.fixture
def token(link: str) -> str:
    """Return the secret in the link."""
    return link.rpartition("/")[2]


@pytest.fixture
def nobody(service: Service) -> Visitor:
    """Return somebody who is not signed in: all they have is an address."""
    return Visitor(service)


@pytest.fixture
def double_locked(tmp_path: Path) -> Iterator[Service]:
    """Return the service of a council whose links ask officers for a sign-in as well."""
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        yield service


def attempts(visitor: Visitor, address: str) -> list[Page]:
    """Look at ``address``, check a report there, and send one unchecked."""
    return [
        visitor.get(address, follow=False),
        visitor.post(address, {**DONE, "press": "check"}),
        visitor.post(address, {**DONE, **SENT}),
    ]


def reports(service: Service, reference: str) -> list[tuple[int, str]]:
    """Return which actions were reported done, and with what words."""
    facts = [event.fact for event in service.challenge(reference).events]
    return [(fact.action, fact.shown_by) for fact in facts if isinstance(fact, ActionDone)]


def to_check(nobody: Visitor, link: str) -> Form:
    """Return the form of the page to check the report, all filled in."""
    return nobody.get(link).form().fill(DONE).press("check").form()


# Forged and damaged ----------------------------------------------------------------------------


def test_a_forged_or_damaged_token_opens_nothing_and_comes_back_nowhere(
    nobody: Visitor, reference: str, link: str, token: str
) -> None:
    digest = sha256(token.encode()).hexdigest()
    after_last = chr(ord(token[-1]) + 1)  # to a decoder of base64 this would be the same token
    wrong = ["A" * len(token), digest, reference, "1", "outside-1-1", JO.email, "tm-n", ""]
    wrong += [token[:-1], token[1:], token[0], token.swapcase(), token[::-1], token + token]
    wrong += [token[:-1] + after_last, *(f"{token}{added}" for added in ADDED)]
    wrong += [*ODD, *(f"{token}/{odd}" for odd in ODD)]
    before = kept(looks=True, forms=True)
    for address in wrong:
        for page in attempts(nobody, f"/action/{address}"):
            assert page.status == 404, address
            assert page.heading in (UNKNOWN, "Page not found")
            secrets = (reference, digest, "Palmyra", "alert(1)", "x" * 65, "é" * 64, "\x1b", "\x00")
            shows_nothing(page, token, *secrets)
    assert nobody.cookies == {}
    assert kept(looks=True, forms=True) == before
    assert nobody.get(link).heading == "Your action"


def test_only_the_digest_of_a_token_is_stored_and_no_operator_sees_it(
    service: Service, link: str, token: str
) -> None:
    everything = json.dumps(stored(), default=str)
    assert token not in everything
    assert everything.count(sha256(token.encode()).hexdigest()) == 1
    assert token not in service.everything_operators_see()
    (mail,) = [mail for mail in service.mails() if token in mail.text + mail.html]
    assert JO.email in str(mail.to)
    assert URL + link in mail.links


# For another action, another challenge, an earlier report ----------------------------------------


def test_a_link_reports_its_own_action_whatever_is_sent_with_it(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    """The form of another action's link, even with its id, is a report of this action only."""
    other, officers = accepted(service), action_link(service, ELSEWHERE)
    theirs = to_check(nobody, officers)
    named = {"action": "2", "reference": other, "officer": ELSEWHERE, "as_of": "0"}
    sent = {**dict(theirs.fields), **named, **SENT}
    before = kept()
    page = nobody.post(f"{link}?action=2&reference={other}&officer=iro-1&as_of=999", sent)

    assert page.heading == "The action is reported done"
    assert reports(service, reference) == [(1, DONE["shown_by"])]
    assert service.challenge(reference).events[-1].actor.officer.startswith("outside-1-")
    assert reports(service, other) == []
    assert {key for key, item in kept().items() if before.get(key) != item and other in key[0]} == (
        set()
    )
    assert theirs.press("send").heading == "The action is reported done", "its id is not used up"
    assert reports(service, other) == [(2, DONE["shown_by"])]


def test_a_link_from_before_a_report_stays_dead_whatever_number_is_sent_with_it(
    service: Service, nobody: Visitor, reference: str, link: str, token: str
) -> None:
    """Which event a link was made after is kept with it, and is not the sender's to say."""
    form = to_check(nobody, link)
    form.press("send")
    service.act(reference, "iro-1", SendBackAction(1, "Marigoldreason"))
    now = service.challenge(reference).version
    before = kept()
    for as_of in (now, now + 1, 0, -1):
        address = f"{link}?as_of={as_of}"
        again = nobody.post(address, {**dict(form.fields), "as_of": str(as_of), **SENT})
        for page in (*attempts(nobody, address), again):
            assert page.status in (200, 410), "the report that was sent back is not taken again"
            assert page.heading == "Please use the newest email"
            shows_nothing(page, token, "Palmyra", "Marigoldreason", *BESIDE)
    assert kept() == before
    assert service.challenge(reference).actions[0].state is ActionState.OPEN
    assert nobody.get(action_link(service, JO.email)).heading == "Your action"


# Replayed, and after the end ---------------------------------------------------------------------


def test_a_link_that_was_used_takes_no_other_report_and_shows_none(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    opened, form = nobody.get(link).form(), to_check(nobody, link)
    form.press("send")
    before = kept()
    assert form.press("send").heading == "The action is reported done"
    other = {"shown_by": "Nobody saw it."}
    for again in (
        opened.fill(other).press("check"),
        nobody.post(link, {**dict(form.fields), **other, **SENT}),
        nobody.post(link, {**other, **SENT}),
    ):
        assert again.status == 409
        assert other["shown_by"] in again.text, "what was typed is not lost"
        assert DONE["shown_by"] not in again.text, "the report needs a sign-in to be read"
        assert not again.soup.select("main form")
    assert DONE["shown_by"] not in nobody.get(link).text
    assert kept() == before
    assert reports(service, reference) == [(1, DONE["shown_by"])]


#: What makes a link for the first action dead, and what its page then says.
ENDS: dict[str, tuple[Callable[[Service, str], object], str]] = {
    "dropped": (
        lambda service, reference: service.act(reference, "iro-1", GiveUpAction(1, "Not needed.")),
        "This action is no longer needed",
    ),
    "another owner": (
        lambda service, reference: service.act(
            reference, "iro-1", NameOwner(1, Owner(ELSEWHERE), "Jo has moved.")
        ),
        "Somebody else does this action now",
    ),
    "closed": (
        lambda service, reference: service.withdraw(reference),
        "This action is no longer needed",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_dead_link_takes_nothing_and_shows_nothing_but_what_was_typed_by_it(
    service: Service, nobody: Visitor, reference: str, link: str, token: str, end: str
) -> None:
    happens, heading = ENDS[end]
    check = to_check(nobody, link)
    happens(service, reference)
    before = kept()
    for page in (*attempts(nobody, link), check.press("send"), check.press("change")):
        assert page.status == 410
        assert page.heading == heading
        assert not page.soup.select("main form")
        shows_nothing(page, token, "Palmyra", *BESIDE)
    assert DONE["shown_by"] in check.press("send").text, "to copy"
    assert kept() == before
    assert reports(service, reference) == []


def test_a_report_that_is_overtaken_by_the_iro_is_given_back(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    """The action is dropped after the sender's page has read the challenge, before it writes."""
    check, book = to_check(nobody, link), wiring.casebook()
    act = book.act

    def after_it(*arguments: Any, **named: Any) -> Challenge:  # noqa: ANN401 - handed on
        patch.undo()
        with service.in_another_container():
            service.act(reference, "iro-1", GiveUpAction(1, "Not needed."))
        return act(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "act", after_it)
        page = check.press("send")
    assert (page.status, page.heading) == (410, "This action is no longer needed")
    assert DONE["shown_by"] in page.text
    assert reports(service, reference) == []


def test_the_link_of_an_officer_who_has_left_is_dead(
    service: Service, nobody: Visitor, reference: str
) -> None:
    officers = action_link(service, ELSEWHERE)
    check = to_check(nobody, officers)
    load_without(ELSEWHERE)
    before = kept()
    for page in (*attempts(nobody, officers), check.press("send")):
        assert (page.status, page.heading) == (404, UNKNOWN)
        shows_nothing(page, officers, reference, "Palmyra")
    assert kept() == before


# An owner outside --------------------------------------------------------------------------------


def test_an_owner_outside_sees_the_words_and_date_of_their_action_and_nothing_else(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    """Whatever happens to the challenge, and wherever the pages of the link lead."""
    happens: tuple[tuple[str, Command], ...] = (
        ("iro-1", Escalate(Stage.TWO, "Marigoldreason")),
        ("csm", Reply(2, Answer.CHALLENGED, "Marigoldreply")),
        ("sw-s1", ReportAction(2, "Marigoldreport")),
        ("iro-1", ConfirmAction(2, "Marigoldconfirms")),
    )
    before = _all_that_leads_from(nobody, link)
    for officer, command in happens:
        service.act(reference, officer, command)
        assert _all_that_leads_from(nobody, link) == before, command
    service.jump_past(service.challenge(reference).actions[0].deadline.at)
    later = date(2026, 11, 20)
    moved = SetNewDate("action-1", later, "Marigoldreason", "Marigoldtalk", "Marigoldstill")
    service.act(reference, "iro-1", moved)
    seen = _all_that_leads_from(nobody, link)
    assert "Friday 20 November 2026" in seen
    to_check(nobody, link).press("send")
    _all_that_leads_from(nobody, link)
    service.act(reference, "iro-1", ConfirmAction(1, "Marigoldconfirms"))
    _all_that_leads_from(nobody, link)


def _all_that_leads_from(nobody: Visitor, link: str) -> str:
    """Follow all that leads on from the link, look at each page, and return the first one's text.

    Nothing of it can be kept, found by a search engine, or tell others where the reader was.
    """
    first = nobody.get(link)
    assert first.soup.select_one('meta[name=robots][content~="noindex,"]')
    assert "default-src 'none'" in first.headers["content-security-policy"]
    shows_nothing(first, *BESIDE, *OF_OTHERS)
    found, seen = followed(first), {link}
    while found:
        address = found.pop()
        if address not in seen:
            seen.add(address)
            page = nobody.get(address)
            found += followed(page) if page.html else []
            if address in ABOUT:
                assert page.body == Visitor(nobody.service).get(address).body, "it is for anybody"
            else:
                assert [text for text in (*BESIDE, *OF_OTHERS) if text in page.body] == [], address
    return first.text


def test_an_owner_outside_gets_to_no_other_page_of_the_challenge(
    nobody: Visitor, reference: str, link: str
) -> None:
    nobody.get(link)
    before = kept(looks=True)
    for path in ("", "/action", "/reply", "/name-owner", "/close", "/escalate"):
        address = f"/challenges/{reference}{path}"
        page = nobody.get(address, follow=False)
        assert page.headers.get("location", "").startswith("/sign-in") or page.status == 404
        posted = nobody.post(address, {**DONE, **SENT}, follow=False)
        assert posted.status in (303, 401, 404, 405)
        for one in (page, posted):
            shows_nothing(one, "Palmyra", *BESIDE)
    assert kept(looks=True) == before


# With a sign-in as well --------------------------------------------------------------------------


def test_with_a_sign_in_asked_for_nobody_but_the_owner_gets_past_the_link(
    double_locked: Service,
) -> None:
    """Not even the IRO, who may see the challenge: the link belongs to somebody else."""
    reference = accepted(double_locked)
    link = action_link(double_locked, ELSEWHERE)
    form = to_check(Visitor(double_locked, ELSEWHERE), link)
    thieves = [Visitor(double_locked, officer) for officer in ("iro-1", "tm-n", "analyst")]
    before = kept(looks=True, forms=True)
    bare = {**form.fields, **SENT, "shown-to": ""}
    for thief in thieves:
        for page in (*attempts(thief, link), thief.post(link, bare)):
            assert (page.status, page.heading) == (404, "You cannot open this link")
            shows_nothing(replace(page, visitor=Visitor(double_locked)), link, reference, "Palmyra")
    assert kept(looks=True, forms=True) == before
    assert reports(double_locked, reference) == []


# Other methods, scanners, garbage ---------------------------------------------------------------


def test_no_method_but_post_changes_anything_and_none_tells_a_good_link_from_a_bad_one(
    nobody: Visitor, reference: str, link: str, token: str
) -> None:
    body = b"shown_by=Seen.&press=send"
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    before = kept(looks=True, forms=True)
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"):
        told = []
        for address in (link, f"{link}x", "/action/x"):
            page = nobody.request(method, address, body, headers=headers)
            assert page.status == (200 if method in ("HEAD", "OPTIONS") else 404), method
            shows_nothing(page, token, reference, "Palmyra")
            told.append((page.status, page.body, page.headers))
        assert told == [told[0]] * len(told), method
    assert kept(looks=True, forms=True) == before
    assert nobody.request("GET", link, body, headers=headers).heading == "Your action"
    assert kept() == {key: item for key, item in before.items() if key in kept()}


def test_a_scanner_that_opens_the_link_and_posts_each_form_reports_nothing(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    before = kept()
    page = nobody.get(link)
    for answer in pressed(page.form(), {}):
        assert answer.heading == "Your action", "what shows it is missing"
        for deeper in answer.forms:
            assert {one.status for one in pressed(deeper, {})} == {200}
    check = to_check(nobody, link)
    for headers in NOT_FROM_OUR_PAGE:
        forms = (*pressed(page.form(), headers), *pressed(check, headers))
        for answer in (*forms, nobody.post(link, DONE | SENT, headers=headers)):
            assert answer.status == 403
            shows_nothing(answer, link, reference, "Palmyra", DONE["shown_by"])
    assert kept() == before
    assert reports(service, reference) == []


def test_garbage_and_what_is_too_long_are_refused_as_the_check_would(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    before = kept()
    for words in ("", " \n\t ", "a\x00b", "\x1b[31m", "x" * 20_001):
        for command_id in ("x", "' OR 1=1"):
            page = nobody.post(link, {"command_id": command_id, "shown_by": words, **SENT})
            assert (page.status, page.heading) == (200, "Your action")
            assert page.errors.keys() == {"#shown_by"}
    for press in ("SEND", "send ", "", "delete"):
        page = nobody.post(link, {**DONE, "press": press})
        assert page.heading == "Check your report before you send it", "any other only checks"
    assert kept() == before
    assert reports(service, reference) == []


#: What is sent as a form and is none of ours: its content type, its body, and the answer's status.
BODIES = (
    ("application/json", b'{"shown_by": "x", "press": "send"}', 400),
    ("text/plain", b"shown_by=x&press=send", 400),
    ("application/x-www-form-urlencoded", b"press=send&" + b"shown_by=x&" * 1_001, 400),
    ("application/x-www-form-urlencoded", b"press=send&shown_by=" + b"x" * FORM_BYTES, 413),
    ("application/x-www-form-urlencoded", b"shown_by=%FF%00&press=send", 200),
)


def test_a_body_that_no_form_of_ours_sends_reports_nothing(nobody: Visitor, link: str) -> None:
    before = kept()
    for kind, body, status in BODIES:
        headers = {"content-type": kind, "origin": URL, "sec-fetch-site": "same-origin"}
        assert nobody.request("POST", link, body, headers=headers).status == status
    assert kept() == before
