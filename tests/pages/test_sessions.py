"""A session ends on our side, at once for every copy of the cookie.

What somebody typed outlives it, and stays theirs: nobody who signs in after them sees it.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters import wiring
from adapters.identity import RENEW_SECONDS, SESSION_SECONDS
from domain.ladder import Stage
from handlers.pages.acts import ACT_PAGES
from tests.pages.attacks import load_without
from tests.pages.sections import at_once, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor
from tests.performance.meter import metered
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.identity import Session
    from tests.pages.visitor import Form, Page
    from tests.workflow.service import Service

CLOSING = {
    "outcome": "withdrawn",
    "reason": "Marigold wrote this with care.",
    "child_told": "not yet",
}


def _copy_of(visitor: Visitor) -> Visitor:
    """Return somebody else who has a copy of the cookie."""
    thief = Visitor(visitor.service)
    thief.cookies = dict(visitor.cookies)
    return thief


def _session(visitor: Visitor) -> Session:
    session = wiring.identity().read_session(visitor.cookies)
    assert session is not None
    return session


def _is_in(visitor: Visitor) -> bool:
    page = visitor.get("/", follow=False)
    assert page.status in (200, 303)
    return page.status == 200


def _wait(visitor: Visitor, seconds: int) -> None:
    """Make the cookie look last used so long ago: sessions go by the machine's own time."""
    identity = wiring.identity()
    now = identity._now
    identity._now = lambda: now() - seconds
    visitor.keep_cookie(identity.renew(_session(visitor)))
    identity._now = now


# The end -----------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    iro = Visitor(service, "iro-1")
    thief = _copy_of(iro)
    assert _is_in(thief)
    form = thief.get(f"/challenges/{reference}/close").form()
    iro.post("/sign-out", {})
    assert not _is_in(thief)
    page = form.fill(CLOSING).press()
    assert page.status == 401
    assert service.challenge(reference).open
    _wait(thief, 0)
    assert not _is_in(thief), "a renewed cookie is the same session's"


def test_signing_out_in_one_browser_leaves_the_others_signed_in(service: Service) -> None:
    office, home = Visitor(service, "iro-1"), Visitor(service, "iro-1")
    office.post("/sign-out", {})
    assert not _is_in(office)
    assert _is_in(home)


def test_a_session_that_nobody_opened_here_is_none(service: Service) -> None:
    """As after a restore to a time before it, or if the key was stolen."""
    session = wiring.identity().begin_session("ira.sample-one@sampleshire.example")
    visitor = Visitor(service)
    for cookie in wiring.identity().cookies_of(session):
        visitor.keep_cookie(cookie)
    assert not _is_in(visitor)
    wiring.sessions().begin("iro-1", session)
    assert _is_in(visitor)


def test_a_cookie_of_the_release_before_asks_for_a_sign_in(service: Service) -> None:
    identity, visitor = wiring.identity(), Visitor(service)
    claims = {"email": "ira.sample-one@sampleshire.example"}
    visitor.cookies[identity.session_cookie] = identity._signed("session", 3600, claims)
    assert not _is_in(visitor)


def test_a_session_that_was_idle_for_an_hour_is_over_and_one_that_is_used_is_not(
    service: Service,
) -> None:
    visitor = Visitor(service, "iro-1")
    _wait(visitor, 59 * 60)
    assert _is_in(visitor), "it was used now"
    assert _session(visitor).idle < RENEW_SECONDS
    _wait(visitor, 60 * 60)
    assert not _is_in(visitor)


def test_a_council_can_set_how_long_a_session_may_be_idle(tmp_path: Path) -> None:
    with running(tmp_path, procedure="session_idle_minutes = 5") as service:
        visitor = Visitor(service, "iro-1")
        _wait(visitor, 4 * 60)
        assert _is_in(visitor)
        _wait(visitor, 5 * 60)
        assert not _is_in(visitor)


def test_a_session_that_is_used_is_over_after_eight_hours_all_the_same(service: Service) -> None:
    visitor = Visitor(service, "iro-1")
    _wait(visitor, RENEW_SECONDS)
    until = _session(visitor).until
    assert _is_in(visitor)
    assert _session(visitor).until == until
    visitor.sign_in("iro-1", seconds=-1)
    assert not _is_in(visitor)


def test_a_cookie_is_renewed_once_a_minute_at_most_and_for_nobody_else(service: Service) -> None:
    visitor = Visitor(service, "iro-1")
    assert "set-cookie" not in visitor.get("/").headers
    _wait(visitor, RENEW_SECONDS)
    before, name = dict(visitor.cookies), wiring.identity().used_cookie
    visitor.get("/")
    changed = {one for one, value in visitor.cookies.items() if before[one] != value}
    assert changed == {name}, "the firewall counts by the other"
    nobody = Visitor(service)
    nobody.get("/signed-out")
    assert nobody.cookies == {}


def test_who_leaves_the_directory_is_out_at_once_and_what_they_typed_is_not_kept(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    leaver = Visitor(service, "tm-n")
    form = leaver.get(f"/challenges/{reference}/reply").form()
    load_without("tm-n")
    assert leaver.get("/").heading == "You are not in the directory"
    assert leaver.get(f"/challenges/{reference}").status == 403
    page = form.whole({"answer": "resolved", "words": "Done."}).press("check")
    assert page.status == 403
    assert not service.challenge(reference).request.answered


def test_sessions_that_ended_by_themselves_are_taken_away_by_the_next_sign_in(
    service: Service,
) -> None:
    visitor = Visitor(service)
    visitor.sign_in("iro-1", seconds=-SESSION_SECONDS)
    visitor.sign_in("iro-1")
    visitor.sign_in("iro-1")
    item = wiring.sessions()._beside.kept("SESSIONS#iro-1", "SESSIONS")
    assert item is not None
    assert len(item["begun"]) == 2
    assert _session(visitor).id not in json.dumps(item, default=list), "of the id, the hash alone"


def test_a_page_takes_one_read_more_for_its_session_and_no_write(service: Service) -> None:
    visitor = Visitor(service, "analyst")
    visitor.get("/practice")
    _wait(visitor, RENEW_SECONDS)
    with metered() as meter:
        assert Visitor(service).get("/nothing-here").status == 404
    assert meter.calls == Counter(), "nobody who is not signed in makes us read"
    with metered() as meter:
        assert visitor.get("/raise").status == 403
    assert meter.calls == Counter({"GetItem": 2}), "the council, and the session"


# What was typed ----------------------------------------------------------------------------------


def _ended(form: Form, how: str) -> Page:
    """Send ``form`` after the session has ended in this way."""
    visitor = form.page.visitor
    if how == "signed out":
        another_tab = visitor
        another_tab.post("/sign-out", {})
    elif how == "idle":
        _wait(visitor, 2 * 60 * 60)
    elif how == "browser was closed":
        visitor.cookies.clear()
    else:
        visitor.sign_in("iro-1", seconds=-1)
    page = form.press()
    assert page.status == 401
    assert page.heading == "You have been signed out"
    return page


def _return_to(page: Page) -> str:
    return parse_qs(urlsplit(page.link("Sign in and continue")).query)["return_to"][0]


WAYS = ("signed out", "idle", "eight hours", "browser was closed")


@pytest.fixture
def reference(service: Service) -> str:
    """Return a challenge at stage 1."""
    return service.raise_at(Stage.ONE)


@pytest.mark.parametrize("how", WAYS)
def test_what_was_typed_is_kept_and_comes_back_after_the_sign_in(
    service: Service, reference: str, how: str
) -> None:
    iro = Visitor(service, "iro-1")
    page = _ended(iro.get(f"/challenges/{reference}/close").form().fill(CLOSING), how)
    assert "Marigold" not in page.body, "nobody is signed in who could see it"
    assert "Marigold" not in _return_to(page)
    iro.sign_in("iro-1")
    back = iro.get(_return_to(page)).form()
    assert {name: back[name] for name in CLOSING} == CLOSING
    assert back.press().status == 200
    assert not service.challenge(reference).open


def test_the_form_that_raises_a_challenge_comes_back_as_well_and_its_page_to_check(
    service: Service,
) -> None:
    iro = Visitor(service, "iro-1")
    check = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    for sent in (section(check, "before").form(), check.form()):
        page = _ended(sent, "signed out")
        iro.sign_in("iro-1")
        back = whole(iro.get(_return_to(page)))
        assert {name: back[name] for name in ANSWERS} == ANSWERS


def test_the_same_form_sent_twice_after_the_end_is_kept_once(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/close").form().fill(CLOSING)
    assert _return_to(_ended(form, "signed out")) == _return_to(form.press())
    assert len(wiring.drafts().of("iro-1")) == 1


@pytest.mark.parametrize("how", WAYS)
def test_nothing_that_was_typed_is_shown_to_who_signs_in_next(
    service: Service, reference: str, how: str
) -> None:
    browser = Visitor(service, "iro-1")
    form = browser.get(f"/challenges/{reference}/close").form().fill(CLOSING)
    page = _ended(form, how)
    browser.sign_in("srsm")
    for address in (_return_to(page), "/"):
        assert "Marigold" not in browser.get(address).body
    sent = form.press()
    assert sent.status == 409
    assert sent.heading == "This form was opened by somebody else"
    assert "Marigold" not in sent.body
    assert service.challenge(reference).open


def test_a_form_that_somebody_else_left_open_is_not_sent_in_ones_own_name(
    service: Service, reference: str
) -> None:
    browser = Visitor(service, "tm-n")
    form = browser.get(f"/challenges/{reference}/note").form()
    form = form.whole({"words": "Marigold wrote this."})
    version = service.challenge(reference).version
    browser.sign_in("iro-1")
    assert form.press().status == 409
    assert service.challenge(reference).version == version
    browser.sign_in("tm-n")
    (kept,) = wiring.drafts().of("tm-n")
    page = browser.get(kept.address)
    assert page.form()["words"] == "Marigold wrote this."


def test_what_was_typed_is_shown_where_it_cannot_be_recorded_any_more(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/close").form().fill(CLOSING)
    page = _ended(form, "idle")
    service.withdraw(reference)
    iro.sign_in("iro-1")
    back = iro.get(_return_to(page))
    assert back.status == 409
    assert f"Why are you ending it? {CLOSING['reason']}" in back.text


def test_every_form_says_whom_it_was_shown_to(service: Service, reference: str) -> None:
    iro, manager = Visitor(service, "iro-1"), Visitor(service, "tm-n")
    reply = manager.get(f"/challenges/{reference}/reply")
    pages = [reply, reply.form().whole({"answer": "resolved", "words": "Done."}).press("check")]
    pages += [iro.get(f"/challenges/{reference}/{act.slug}") for act in ACT_PAGES]
    check = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    pages += [check, *(section(check, key) for key in ("child", "concern", "earlier"))]
    forms = [page.form() for page in pages if page.status == 200]
    assert len(forms) > 6
    whose = {"iro-1": iro, "tm-n": manager}
    for form in forms:
        shown = wiring.identity().was_shown(form["shown-to"])
        assert shown is not None, form.page.address
        assert whose[shown.officer] is form.page.visitor
        for label in form.page.soup.select("main form label.govuk-label--s"):
            assert label.get_text(strip=True) in shown.labels.values(), "it was not noted"


def test_what_a_form_carries_is_nothing_that_signs_in_and_no_cookie_is_taken_for_it(
    service: Service,
) -> None:
    identity, iro = wiring.identity(), Visitor(service, "iro-1")
    carried = section(iro.get("/raise"), "child").form()["shown-to"]
    thief = Visitor(service)
    thief.cookies = dict(iro.cookies)
    assert _is_in(thief)
    for name in iro.cookies:
        thief.cookies = {**iro.cookies, name: carried}
        assert not _is_in(thief)
        thief.cookies = dict.fromkeys(iro.cookies, iro.cookies[name])
        assert not _is_in(thief)
    assert [identity.was_shown(cookie) for cookie in iro.cookies.values()] == [None, None]
    assert identity.was_shown(carried[:-2]) is None
