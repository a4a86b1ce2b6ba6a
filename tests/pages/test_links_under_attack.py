"""Emailed reply links in the wrong hands, at the wrong time, or damaged on the way.

A link that is no longer good, or never was, changes nothing of the record and shows nothing,
whatever is sent by it. Each test compares the whole table before and after, except the notes of who
looked and, where a link once was good, what was typed by it. Of that only so much is kept a day.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

import adapters.unsent
from adapters import clock, wiring
from adapters.unsent import LINK_KEEPS_A_DAY
from domain.ladder import Stage
from domain.rules.deciding import AskAgain
from domain.rules.escalating import Escalate
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
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
from tests.pages.visitor import Visitor, reply_link, reply_links
from tests.workflow.service import CHILD, URL, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from domain.challenge import Challenge
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

RESOLVED = {"answer": "resolved", "words": "Visited on Friday."}
CHALLENGED = {"answer": "challenged", "words": "Marigold disagrees."}
SENT = {"press": "send"}


@pytest.fixture
def reference(service: Service) -> str:
    """Return a challenge at stage 1, which the Team Manager is asked about."""
    return service.raise_at(Stage.ONE)


@pytest.fixture
def link(service: Service, reference: str) -> str:
    """Return the path of the Team Manager's link."""
    assert reference
    return reply_link(service, "tm-n")


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
    """Return the service of a council whose links ask for a sign-in as well."""
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        yield service


def used_by(token: str) -> int | None:
    """Return the event that used the link up, if one did."""
    item = kept()[(f"LINK#{sha256(token.encode()).hexdigest()}", "LINK")]
    return int(item["used_by"]) if "used_by" in item else None


def replies(service: Service, reference: str) -> list[Replied]:
    facts = [event.fact for event in service.challenge(reference).events]
    return [fact for fact in facts if isinstance(fact, Replied)]


def attempts(visitor: Visitor, address: str) -> list[Page]:
    """Look at ``address``, check a reply there, and send one unchecked."""
    return [
        visitor.get(address, follow=False),
        visitor.post(address, {**RESOLVED, "press": "check"}),
        visitor.post(address, {**RESOLVED, **SENT}),
        visitor.post(address, {"answer": "not mine", "words": "Not mine.", **SENT}),
    ]


# Forged and damaged ----------------------------------------------------------------------------


def test_a_forged_token_opens_nothing(
    nobody: Visitor, reference: str, link: str, token: str
) -> None:
    digest = sha256(token.encode()).hexdigest()
    before = kept(looks=True, forms=True)
    for forged in ("A" * len(token), digest, f"LINK#{digest}", reference, "1", "tm-n", ""):
        for page in attempts(nobody, f"/reply/{forged.replace('#', '%23')}"):
            assert page.status == 404, forged
            shows_nothing(page, token, link, digest)
    assert kept(looks=True, forms=True) == before


def test_a_token_that_lost_or_changed_a_single_character_opens_nothing(
    nobody: Visitor, reference: str, token: str
) -> None:
    last = "AEIMQUYcgkosw048"  # these come last: their last two bits say nothing
    after_last = chr(ord(token[-1]) + 1)  # so to a decoder this would be the same token
    assert token[-1] in last
    damaged = [token[:-1], token[1:], token[:20], token[0], token.swapcase(), token[::-1]]
    damaged += [token[:-1] + after_last, token + token]
    damaged += [f"{token[:n]}{'a' if token[n] != 'a' else 'b'}{token[n + 1 :]}" for n in (0, 21)]
    before = kept(looks=True, forms=True)
    for address in damaged:
        for page in attempts(nobody, f"/reply/{address}"):
            assert page.status == 404, address
            assert "copied all of it" in page.text
            shows_nothing(page, token, reference)
    assert kept(looks=True, forms=True) == before


def test_what_a_mail_program_adds_to_a_link_is_never_guessed_away(
    nobody: Visitor, reference: str, link: str, token: str
) -> None:
    """The page says what to do. The link itself goes on working."""
    before = kept(looks=True, forms=True)
    for added in ADDED:
        for address in (f"{link}{added}", f"/reply/{added}{token}"):
            for page in attempts(nobody, address):
                assert page.status == 404, address
                assert "copied all of it" in page.text
                shows_nothing(page, token, reference)
    assert kept(looks=True, forms=True) == before
    assert nobody.get(link).status == 200


def test_what_is_added_behind_the_token_changes_nothing_of_what_it_opens(
    nobody: Visitor, link: str
) -> None:
    """The token is whole despite a line end, or what trackers add to an address."""
    before = kept()
    for added in ("%0a", "?utm_source=mail", "?request=2&officer=csm", "?step=send", "#answer"):
        page = nobody.get(link + added)
        assert page.heading == "Reply to a challenge", added
        assert page.form().action.partition("?")[0] == link
    assert kept() == before


@pytest.mark.parametrize("place", ["alone", "before", "behind"])
def test_odd_paths_open_nothing_and_come_back_nowhere(
    nobody: Visitor, reference: str, token: str, place: str
) -> None:
    before = kept(looks=True, forms=True)
    for odd in ODD:
        address = {"alone": odd, "before": f"{odd}/{token}", "behind": f"{token}/{odd}"}[place]
        for page in attempts(nobody, f"/reply/{address}"):
            assert page.status == 404, address
            assert page.heading in ("This link does not work", "Page not found")
            shows_nothing(page, token, reference, "alert(1)", "x" * 65, "é" * 64, "\x1b", "\x00")
    assert nobody.cookies == {}
    assert kept(looks=True, forms=True) == before


def test_only_the_digest_of_a_token_is_stored(service: Service, link: str, token: str) -> None:
    """Nor does an execution hold it. Only the email does."""
    assert len(token) == 43, "32 bytes of chance"
    everything = json.dumps(stored(), default=str)
    for written in (token, base64.urlsafe_b64decode(f"{token}=").hex(), "/reply/"):
        assert written not in everything
    assert everything.count(sha256(token.encode()).hexdigest()) == 1
    assert token not in service.everything_operators_see()
    assert [mail for mail in service.mails() if token in mail.text + mail.html] == [
        mail for mail in service.mails("tm-n") if URL + link in mail.links
    ]


# Replayed --------------------------------------------------------------------------------------


def test_a_link_that_was_used_shows_the_reply_and_takes_no_other(
    service: Service, nobody: Visitor, reference: str, link: str, token: str
) -> None:
    opened = nobody.get(link).form()
    check = opened.whole(RESOLVED).press("check").form()
    assert used_by(token) is None
    assert check.press("send").heading == "You have replied"
    before, used = kept(), used_by(token)
    assert used == service.challenge(reference).request.reply.number  # type: ignore[union-attr]

    assert check.press("send").heading == "You have replied"
    for again in (
        opened.whole(CHALLENGED).press("check"),
        nobody.post(link, {**dict(check.fields), **CHALLENGED, **SENT}),
        nobody.post(link, {**CHALLENGED, **SENT}),
        nobody.post(link, {"answer": "not mine", **SENT, "words": CHALLENGED["words"]}),
    ):
        assert again.status == 409
        assert again.soup.select("#not-sent")[0].get_text() == CHALLENGED["words"]
        assert "Resolved" in again.text, "the reply that stands"
        assert RESOLVED["words"] not in again.text, "which needs a sign-in to be read"
        assert not again.soup.select("main form")
    assert nobody.get(link).heading == "You have replied"
    assert (kept(), used_by(token)) == (before, used)


def test_a_link_by_which_somebody_said_not_mine_takes_no_reply_after_it(
    nobody: Visitor, link: str, token: str
) -> None:
    said = {"answer": "not mine", "words": "Ask the South Team.", **SENT}
    assert nobody.post(link, said).status == 200
    before = kept()
    assert used_by(token)
    for again in ({**RESOLVED, **SENT}, {**said, "words": "Never mine."}, {**RESOLVED}):
        page = nobody.post(link, again)
        assert page.status == 409
        assert again["words"] in page.text
    assert kept() == before


# Between the look and the writing ---------------------------------------------------------------


NOT_MINE = {"answer": "not mine", "words": "Ask the South Team."}


class Meanwhile:
    """Let something happen after a reply by the link has read the challenge, before it writes."""

    def __init__(self, service: Service, reference: str, link: str) -> None:
        self.service = service
        self.reference = reference
        self.link = link
        self.form = Visitor(service).get(link).form()

    def by_the_link(self, command: Reply | SayNotMine, id_: str) -> Callable[[], object]:
        """Send another request by the same link, in another container."""
        digest = sha256(self.link.rpartition("/")[2].encode()).hexdigest()
        actor, book = self.service.actor("tm-n", "link"), wiring.casebook()
        return lambda: book.act(self.reference, command, actor, id_, link=digest)

    def sent(self, said: dict[str, str], happens: Callable[[], object]) -> Page:
        """Check ``said`` and send it, and let what happens overtake it."""
        check, book = self.form.whole(said).press("check").form(), wiring.casebook()
        act = book.act

        def after_it(*arguments: Any, **named: Any) -> Challenge:  # noqa: ANN401 - handed on
            patch.undo()
            with self.service.in_another_container():
                happens()
            return act(*arguments, **named)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(book, "act", after_it)
            return check.press("send")


@pytest.fixture
def meanwhile(service: Service, reference: str, link: str) -> Meanwhile:
    """Return what happens meanwhile. The form is open already."""
    return Meanwhile(service, reference, link)


@pytest.mark.parametrize("same_form", [True, False], ids=["one form", "two forms"])
@pytest.mark.parametrize("said", [RESOLVED, NOT_MINE], ids=lambda said: said["answer"])
@pytest.mark.parametrize(
    ("first", "heading"),
    [
        (Reply(1, Answer.CHALLENGED, "Marigold was first."), "You have replied"),
        (SayNotMine(1, "Marigold was first."), "You said that this is not yours to answer"),
    ],
    ids=["after a reply", "after not mine"],
)
def test_an_answer_that_is_overtaken_by_another_of_its_link_is_given_back(
    meanwhile: Meanwhile,
    token: str,
    said: dict[str, str],
    first: Reply | SayNotMine,
    heading: str,
    *,
    same_form: bool,
) -> None:
    id_ = meanwhile.form["command_id"] if same_form else str(uuid4())
    page = meanwhile.sent(said, meanwhile.by_the_link(first, id_))

    assert page.status == 409
    assert page.heading == heading
    assert page.soup.select("#not-sent")[0].get_text() == said["words"]
    assert "Marigold was first." not in page.text, "the words need a sign-in"
    whole = Visitor(meanwhile.service, "tm-n").get(f"/challenges/{meanwhile.reference}")
    assert "Marigold was first." in whole.text
    events = meanwhile.service.challenge(meanwhile.reference).events
    (by_her,) = [event for event in events if event.actor.officer == "tm-n"]
    assert used_by(token) == by_her.number


def test_a_form_that_is_overtaken_by_itself_has_been_sent(meanwhile: Meanwhile) -> None:
    """A double click, in two containers at once."""
    twice = Reply(1, Answer.RESOLVED, RESOLVED["words"])
    id_ = meanwhile.form["command_id"]
    page = meanwhile.sent(RESOLVED, meanwhile.by_the_link(twice, id_))

    assert (page.status, page.heading) == (200, "You have replied")
    assert len(replies(meanwhile.service, meanwhile.reference)) == 1


def test_an_answer_that_is_overtaken_by_the_end_is_given_back(meanwhile: Meanwhile) -> None:
    service, reference = meanwhile.service, meanwhile.reference
    page = meanwhile.sent(RESOLVED, lambda: service.withdraw(reference))

    assert (page.status, page.heading) == (410, "The challenge has ended")
    assert page.soup.select("#not-sent")[0].get_text() == RESOLVED["words"]
    assert replies(service, reference) == []


def test_an_answer_that_is_overtaken_by_the_next_stage_is_taken_as_late(
    meanwhile: Meanwhile,
) -> None:
    service, reference = meanwhile.service, meanwhile.reference
    escalate = Escalate(Stage.TWO, "It is urgent.")
    page = meanwhile.sent(RESOLVED, lambda: service.act(reference, "iro-1", escalate))

    assert (page.status, page.heading) == (200, "You have replied")
    assert "as a late reply" in page.text
    assert [reply.late for reply in replies(service, reference)] == [True]


# For another challenge, another question, another person -----------------------------------------


def test_a_link_answers_its_own_challenge_whatever_is_sent_to_it(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    """The form of another challenge, even with its id, is a reply to this one only."""
    other = service.raise_at(Stage.TWO)
    of_other = nobody.get(reply_link(service, "csm")).form().whole(RESOLVED).press("check").form()
    named = {"reference": other, "request": "2", "officer": "csm", "link": of_other.action}
    before = service.challenge(other)
    sent = {**dict(of_other.fields), **named, **SENT}
    done = nobody.post(f"{link}?request=2&reference={other}", sent)

    assert done.heading == "You have replied"
    reply = service.challenge(reference).request.reply
    assert reply is not None
    assert reply.actor.officer == "tm-n"
    assert service.challenge(other) == before
    assert of_other.press("send").heading == "You have replied"
    reply = service.challenge(other).request.reply
    assert reply is not None
    assert reply.actor.officer == "csm"


def test_a_form_that_was_used_for_one_challenge_acts_once_on_each(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    """A command's id belongs to its challenge: nobody can use up the id of another one's form."""
    other = service.raise_at(Stage.TWO)
    form = nobody.get(link).form().whole(RESOLVED).press("check").form()
    for address in (link, reply_link(service, "csm")) * 2:
        assert nobody.post(address, {**dict(form.fields), **SENT}).heading == "You have replied"
    assert [len(replies(service, one)) for one in (reference, other)] == [1, 1]


def test_the_link_of_a_question_that_was_asked_again_does_not_answer_the_new_one(
    service: Service, nobody: Visitor, reference: str, link: str, token: str
) -> None:
    service.reply(reference, "tm-n", Answer.CHALLENGED)
    service.act(reference, "iro-1", AskAgain("In more detail, please.", 3))
    old, new = dict.fromkeys(reply_links(service, "tm-n"))
    assert old == link
    form = nobody.get(new).form().whole(RESOLVED).press("check").form()
    before = kept()
    for page in (*attempts(nobody, old), nobody.post(old, {**dict(form.fields), **SENT})):
        assert page.status == 410
        shows_nothing(page, token)
    assert kept() == before


def test_after_reassignment_the_former_responders_link_is_dead(
    service: Service, nobody: Visitor, reference: str, link: str, token: str
) -> None:
    opened = nobody.get(link).form().whole(RESOLVED)
    check = opened.press("check").form()
    service.not_mine(reference, "tm-n")
    service.act(reference, "iro-1", Reassign("tm-south", "Their child."))
    before = kept()
    for page in (*attempts(nobody, link), opened.press("check"), check.press("send")):
        assert page.status == 410
        assert page.heading == "Somebody else is asked instead"
        assert not page.soup.select("main form")
        shows_nothing(page, token)
    assert kept() == before
    assert used_by(token) is None


def test_after_closure_the_link_is_dead(
    service: Service, nobody: Visitor, reference: str, link: str, token: str
) -> None:
    check = nobody.get(link).form().whole(RESOLVED).press("check").form()
    service.withdraw(reference)
    before = kept()
    for page in (*attempts(nobody, link), check.press("send"), check.press("change")):
        assert page.status == 410
        assert page.heading == "The challenge has ended"
        assert not page.soup.select("main form")
        shows_nothing(page, token)
    assert kept() == before


def test_after_the_deadline_lapsed_the_link_takes_one_late_reply(
    service: Service, nobody: Visitor, reference: str, link: str, token: str
) -> None:
    """Rule 5: the reply is marked late, and the challenge stays at its new stage."""
    service.jump_past(service.challenge(reference).request.deadline.at)
    assert service.challenge(reference).stage is Stage.TWO
    for _ in range(2):
        page = nobody.post(link, {**RESOLVED, **SENT})
    assert page.status == 409
    assert "as a late reply" in page.text
    (reply,) = replies(service, reference)
    assert reply.late
    assert used_by(token)
    assert service.challenge(reference).stage is Stage.TWO
    assert service.challenge(reference).awaiting_reply, "stage 2 has its own responder"


@pytest.mark.parametrize("when", ["before the reply", "after the reply", "after the deadline"])
def test_the_link_of_an_officer_who_has_left_is_dead(
    service: Service, nobody: Visitor, reference: str, link: str, token: str, when: str
) -> None:
    check = nobody.get(link).form().whole(RESOLVED).press("check").form()
    if when == "after the reply":
        check.press("send")
    if when == "after the deadline":
        service.jump_past(service.challenge(reference).request.deadline.at)
    load_without("tm-n")
    before = kept()
    for page in (*attempts(nobody, link), check.press("send")):
        assert page.status == 404
        assert page.heading == "This link does not work"
        shows_nothing(page, token, reference, CHILD.case_id, "Tessa")
    assert kept() == before


@pytest.mark.parametrize("over", [False, True])
def test_a_link_writes_only_so_much_a_day_and_then_shows_the_words_at_once(
    service: Service, nobody: Visitor, reference: str, link: str, *, over: bool
) -> None:
    """Whether it is still good, and whatever ids of forms are made up."""
    if over:
        service.withdraw(reference)
    for number in range(LINK_KEEPS_A_DAY):
        address = f"{link}?form={number:032x}" if number % 2 else link
        typed = {**RESOLVED, "words": f"Number {number}.", "press": "check"}
        assert nobody.post(address, typed, follow=False).redirects
    before = kept(forms=True)
    looks = len(kept(looks=True))
    for button in ("check", "change", "add"):
        page = nobody.post(f"{link}?form={uuid4()}", {**RESOLVED, "press": button}, follow=False)
        assert page.status == (410 if over else 429)
        assert RESOLVED["words"] in page.body
        said = "stay on this page and send your reply from here" in page.text
        assert said is not over
    assert kept(forms=True) == before
    assert len(kept(looks=True)) == looks + 1, "it shows something, each time at this moment"
    checked = nobody.post(link, {**RESOLVED, "press": "check"}, follow=False)
    if not over:
        assert checked.form().press("send").heading == "You have replied"
        late = nobody.post(link, {**CHALLENGED, **SENT}, follow=False)
        assert (late.status, CHALLENGED["words"] in late.text) == (409, True)
    with pytest.MonkeyPatch.context() as patch:
        tomorrow = clock.wall() + timedelta(days=1)
        patch.setattr(clock, "wall", lambda: tomorrow)
        assert nobody.post(link, {**RESOLVED, "press": "check"}, follow=False).redirects


# With a sign-in as well --------------------------------------------------------------------------


@pytest.mark.parametrize("officer", ["iro-1", "srsm", "tm-s", "csm", "analyst"])
def test_with_a_sign_in_asked_for_nobody_but_the_recipient_gets_past_the_link(
    double_locked: Service, officer: str
) -> None:
    """Not even the IRO, who may see the challenge: the link belongs to somebody else."""
    reference = double_locked.raise_at(Stage.ONE)
    link = reply_link(double_locked, "tm-n")
    form = Visitor(double_locked, "tm-n").get(link).form().whole(RESOLVED).press("check").form()
    thief, bare = Visitor(double_locked, officer), {**form.fields, **SENT, "shown-to": ""}
    before, nothing = kept(looks=True, forms=True), (link, reference, CHILD.case_id, "Tessa")
    for page in (*attempts(thief, link), thief.post(link, bare)):
        assert page.status == 404
        assert page.heading == "You cannot open this link"
        shows_nothing(replace(page, visitor=Visitor(double_locked)), *nothing)
    assert kept(looks=True, forms=True) == before
    page = thief.post(link, {**form.fields, **SENT})
    assert page.status == 409, "the manager’s own form: what is in it stays the manager’s"
    shows_nothing(replace(page, visitor=Visitor(double_locked)), *nothing)
    new = kept(looks=True, forms=True).keys() - before.keys()
    assert {partition for partition, _ in new} == {"DRAFT#tm-n"}


def test_with_a_sign_in_asked_for_a_session_that_ends_keeps_the_words_and_not_the_token(
    double_locked: Service,
) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    link = reply_link(double_locked, "tm-n")
    manager = Visitor(double_locked, "tm-n")
    form = manager.get(link).form().whole(RESOLVED)
    manager.sign_in("tm-n", seconds=-1)
    ended = form.press("check")
    assert ended.status == 401
    assert link.rpartition("/")[2] not in json.dumps(stored(), default=str)
    manager.sign_in("tm-n")
    (waits,) = manager.get("/").soup.select(f"a[href^='/challenges/{reference}/reply?request=1&']")
    page = manager.get(str(waits["href"]))
    assert page.form()["words"] == RESOLVED["words"]


def test_with_a_sign_in_asked_for_nobody_but_the_recipient_leaves_a_draft(
    double_locked: Service,
) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    link = reply_link(double_locked, "tm-n")
    thief = Visitor(double_locked, "tm-s")
    thief.sign_in("tm-s", seconds=-1)
    before = kept(looks=True, forms=True)
    page = thief.post(link, RESOLVED)
    assert page.status == 401
    assert reference not in page.text + page.body
    assert kept(looks=True, forms=True) == before


def test_with_a_sign_in_asked_for_a_leaver_is_a_stranger(double_locked: Service) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    link = reply_link(double_locked, "tm-n")
    leaver = Visitor(double_locked, "tm-n")
    load_without("tm-n")
    before = kept(looks=True, forms=True)
    for page in attempts(leaver, link):
        assert page.status == 403
        shows_nothing(replace(page, visitor=Visitor(double_locked)), link, reference)
    assert kept(looks=True, forms=True) == before


# Other methods, scanners, garbage ---------------------------------------------------------------


def test_no_method_but_post_changes_anything_and_none_but_get_shows_anything(
    nobody: Visitor, reference: str, link: str, token: str
) -> None:
    body = b"answer=resolved&words=Visited+on+Friday.&press=send"
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    before = kept(looks=True, forms=True)
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"):
        for sent in (b"", body):
            page = nobody.request(method, link, sent, headers=headers)
            assert page.status == (200 if method in ("HEAD", "OPTIONS") else 404), method
            shows_nothing(page, token, reference, CHILD.case_id)
    assert kept(looks=True, forms=True) == before

    page = nobody.request("GET", link, body, headers=headers)
    assert page.heading == "Reply to a challenge"
    assert kept() == before
    assert len(kept(looks=True)) == len(before) + 1, "the look is noted"


def test_head_and_options_do_not_tell_a_good_link_from_a_bad_one(
    service: Service, nobody: Visitor, reference: str, link: str
) -> None:
    addresses = (link, f"{link}x", "/reply/x", "/nowhere")
    for method in ("HEAD", "OPTIONS"):
        told = [nobody.request(method, address) for address in addresses]
        if service.challenge(reference).open:
            service.withdraw(reference)
        told.append(nobody.request(method, link))
        assert [(page.status, page.body) for page in told] == [(200, "")] * len(told)
        assert [page.headers for page in told] == [told[0].headers] * len(told)


@pytest.mark.ci
@pytest.mark.parametrize("late", [False, True])
def test_a_scanner_that_follows_each_link_and_posts_each_form_does_no_harm(
    service: Service, nobody: Visitor, reference: str, link: str, *, late: bool
) -> None:
    """It opens every email's links and what they lead to, and sends every form it finds."""
    if late:
        service.jump_past(service.challenge(reference).request.deadline.at)
    before, start = kept(), [str(one) for mail in service.mails() for one in mail.links]
    assert URL + link in start
    found, seen, forms = list(dict.fromkeys(start)), set[str](), 0
    while found:
        address = found.pop()
        if address in seen:
            continue
        seen.add(address)
        page = nobody.get(address, follow=False)
        found += followed(page) if page.html else []
        found += [page.headers["location"]] if page.redirects and "/reply/" in address else []
        for form in page.forms if page.html else []:
            forms += 1
            for answer in pressed(form, {}):
                assert answer.status == 200, "more rows, or what is missing"
                for deeper in answer.forms:
                    assert {one.status for one in pressed(deeper, {})} == {200}
            for headers in NOT_FROM_OUR_PAGE:
                for answer in pressed(form, headers):
                    assert answer.status == 403
                    shows_nothing(answer, link, reference)
    assert forms >= 1, "the scanner found the reply's form"
    assert len(seen) >= 3
    assert kept() == before
    assert nobody.get(link).heading == ("Your late reply" if late else "Reply to a challenge")


def test_no_form_that_was_filled_in_is_taken_from_another_page(
    nobody: Visitor, reference: str, link: str
) -> None:
    """Not even from the page to check, where every field is good."""
    check = nobody.get(link).form().whole(RESOLVED).press("check").form()
    before = kept(looks=True, forms=True)
    for headers in NOT_FROM_OUR_PAGE:
        for page in (*pressed(check, headers), nobody.post(link, RESOLVED | SENT, headers=headers)):
            assert page.status == 403
            shows_nothing(page, link, reference, RESOLVED["words"])
    assert kept(looks=True, forms=True) == before


ACTION = {
    "action-1-what": "Find a place",
    "action-1-owner": "tm-n",
    "action-1-by-day": "5",
    "action-1-by-month": "1",
    "action-1-by-year": "2027",
}
AGREED = {"answer": "actions agreed", "words": "We met."} | ACTION

#: Answers that do not count, sent at once as if they had been checked.
GARBAGE: tuple[dict[str, str], ...] = (
    *({}, {"answer": "resolved"}, {"words": "Done."}, {"answer": "resolved", "words": " \n\t "}),
    *({"answer": answer, "words": "Done."} for answer in ("", "RESOLVED", "yes", "resolved\x00")),
    *({"answer": "resolved", "words": words} for words in ("a\x00b", "\x1b[31m", "x" * 20_001)),
    {"answer": "not mine", "words": ""},
    {"answer": "not mine", "words": "South’s."} | ACTION,
    {"answer": "resolved", "words": "Done."} | ACTION,
    {"answer": "actions agreed", "words": "We met."},
    *(
        AGREED | {"action-1-by-day": day}
        for day in ("", "0", "31.0", "\u0665", "99999999999", "-1")
    ),
    *(AGREED | {"action-1-by-year": year} for year in ("1", "2020", "9999", "12027", "1e4")),
    *(AGREED | {"action-1-owner": owner} for owner in ("", " ", "a\x00b", "x" * 20_001)),
    AGREED | {"action-20-what": "Half an action"},
)


@pytest.mark.ci
def test_garbage_that_skips_the_check_is_refused_as_the_check_would(
    nobody: Visitor, reference: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.unsent, "LINK_KEEPS_A_DAY", 1_000)  # it is more than a day's
    before = kept()
    for fields in GARBAGE:
        for command_id in ("", "x", "00000000-0000-0000-0000-000000000000", "' OR 1=1"):
            page = nobody.post(link, {"command_id": command_id, **fields, **SENT})
            assert page.status == 200, fields
            assert page.errors
    for step in ("SEND", "send ", "send\x00", "", "delete", "../send"):
        page = nobody.post(link, {**RESOLVED, "press": step})
        assert page.heading == "Check your reply before you send it", "any other step only checks"
    assert reference in page.text
    assert kept() == before


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"answer": "resolved", "words": "x", "press": "send"}', 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nanswer=resolved\r\n--x--", 400),
        ("text/plain", b"answer=resolved&words=x&press=send", 400),
        ("", b"answer=resolved&words=x&press=send", 400),
        ("application/x-www-form-urlencoded", b"press=send&" + b"words=x&" * 1_001, 400),
        ("application/x-www-form-urlencoded", b"press=send&words=" + b"x" * FORM_BYTES, 413),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00press=send", 200),
        ("application/x-www-form-urlencoded", b"answer=resolved&words=%FF%00&press=send", 200),
    ],
)
def test_a_body_that_no_form_of_ours_sends_changes_nothing(
    nobody: Visitor, link: str, kind: str, body: bytes, status: int
) -> None:
    headers = {"content-type": kind, "origin": URL, "sec-fetch-site": "same-origin"}
    before = kept()
    assert nobody.request("POST", link, body, headers=headers).status == status
    assert kept() == before
