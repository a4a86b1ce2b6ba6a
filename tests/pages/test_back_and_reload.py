"""Back and reload never ask whether to send a form again, and every field is still there.

A browser asks that of a page that came as the answer to a POST. So every POST is answered by a
redirect, whatever is sent; and what was typed is found at the address it leads to, and at those
that the browser was at before.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.challenge import AgreedAction, Owner
from domain.directory import Cover
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.replies import Answer, Reply
from handlers.form_fields import FORM_BYTES
from handlers.pages import app
from handlers.pages.acts import ACT_PAGES
from tests.pages.attacks import kept, load_without
from tests.pages.sections import answers_of, at_once, section
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, action_link, reply_link
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.pages.visitor import Form, Page
    from tests.workflow.service import Service

#: (Powertools takes the last slash from each rule.)
POSTS = {
    str(route.path)
    for route in [*app._static_routes, *app._dynamic_routes]
    if "POST" in str(route.method)
}
#: What people and programs send: nothing, every button, every field, none that we know.
BUTTONS = (
    *("check", "add", "remove-1", "remove-999", "change", "change-name", "raise", "send"),
    *("next", "change-1", "save-1", "save-99", "add-child-1", "change-child-1-1", "save-child-9-1"),
    *(
        "raise-as-it-is",
        "approve-0",
        "approve-as-it-is-7",
        "approve-x",
        "begin",
        "end",
        "",
        "\x00",
        "../send",
    ),
)
ROW = {"what": "Find a place", "by-day": "5", "by-month": "1", "by-year": "2027"}
ROW["owner"] = "Tessa Sample-North, Team Manager, North Team"
ACTIONS = {f"action-{n}-{part}": text for n in (1, 2) for part, text in ROW.items()}
REPLY = {"answer": "actions agreed", "words": "We met."} | ACTIONS
ACT = {
    "reason": "Because.",
    "words": "Because.",
    "days": "3",
    "to": "2",
    "outcome": "withdrawn",
    "child_told": "yes",
    "how_told": "By me.",
    "post": "tm-south",
    "iro": "iro-2",
    "day-day": "12",
    "day-month": "11",
    "day-year": "2026",
    "action": "1",
    "seen": "1",
}
WHATEVER: tuple[dict[str, str], ...] = (
    {},
    {"concern-999-what": "Far down.", "action-999-what": "Far down.", "seen": "-1", "draft": "x"},
    {"sibling-999-name": "Far down.", "child-9-views": "Far down.", "edits": "1", "approved": "x"},
    {"words": "\x00", "reason": "\ud800".encode("utf-8", "replace").decode(), "name": "\x07"},
    {"by-day": "31", "by-month": "12", "by-year": "9999", "reason": "Far off.", "action": "1"},
    {"day-day": "31", "day-month": "12", "day-year": "9999", "reason": "Far off."},
    ANSWERS,
    REPLY,
    ACT,
    *({**ANSWERS, **REPLY, **ACT, "press": button} for button in BUTTONS),
)


#: It takes files and no typed answers: ``test_directory_page.py`` sends them.
UPLOAD = "/directory/upload"

#: Cover that can be ended, as an address names it.
COVER = "tm-north~tm-s~2026-11-02~2027-11-02"

#: Who may send what is not everybody's to send.
WHOSE = {
    "/cover/end": ("tm-n",),
    "/cover/set": ("tm-n",),
    "/directory/change": ("admin",),
    "/transfer": ("srsm",),
}


def _somebody_leaves_and_is_covered() -> None:
    """Let the IRO leave, and somebody cover the Team Manager."""
    store = wiring.council_store()
    people = store.current().directory
    posts = {**people.posts, "iro-post-1": replace(people.posts["iro-post-1"], holder=None)}
    cover = Cover("tm-north", "tm-s", date(2026, 11, 2), date(2027, 11, 2))
    store.load_directory(replace(people, posts=posts, cover=(cover,)))


@pytest.fixture
def reference(service: Service) -> str:
    """A challenge at stage 1."""
    return service.raise_at(Stage.ONE)


def _addresses(reference: str, token: str) -> dict[str, list[str]]:
    """Each route by POST, and the addresses that lead there."""
    acts = [f"/challenges/{reference}/{page.slug}" for page in ACT_PAGES]
    return {
        "/action/<token>": [token],
        "/calendar": ["/calendar"],
        "/challenges/<reference>/<slug>": acts,
        "/challenges/<reference>/action": [f"/challenges/{reference}/action"],
        "/challenges/<reference>/reply": [f"/challenges/{reference}/reply"],
        "/challenges/<reference>/reply-together": [f"/challenges/{reference}/reply-together"],
        "/challenges": ["/challenges"],
        "/challenges/selected": ["/challenges/selected"],
        "/cover/end": [f"/cover/end?cover={COVER}"],
        "/cover/set": ["/cover/set"],
        "/drafts/<id_>/discard": ["/drafts/no-draft/discard"],
        "/directory/change": ["/directory/change"],
        "/find": ["/find"],
        "/practice": ["/practice"],
        "/raise": ["/raise"],
        "/raise/actions": ["/raise/actions"],
        "/raise/good-practice": ["/raise/good-practice"],
        "/raise/resolved": ["/raise/resolved"],
        "/reply/<token>": [token],
        "/sign-out": ["/sign-out"],
        "/transfer": ["/transfer?iro=iro-1"],
        "/views": ["/views?stage=1", "/views"],
        "/views/delete": ["/views/delete?view=x"],
    }


def test_every_way_to_send_something_is_known_here() -> None:
    assert {*_addresses("", ""), UPLOAD} == POSTS


@pytest.mark.ci
@pytest.mark.parametrize(
    "by_each",
    [pytest.param(False, id="by one"), pytest.param(True, id="by each", marks=pytest.mark.night)],
)
@pytest.mark.parametrize("path", sorted(POSTS - {UPLOAD}))
def test_whatever_is_sent_is_answered_by_a_redirect_to_a_page(
    tmp_path: Path, path: str, *, by_each: bool
) -> None:
    """In a training environment, so that a practice can be begun.

    At night each sends everything. Else they take turns.
    """
    with running(tmp_path, working_day="30") as service:
        reference = service.raise_at(Stage.ONE)
        link = reply_link(service, "tm-n")
        if "/action" in path:
            mine = AgreedAction("Visit", "Tessa", date(2026, 11, 12), Owner("tm-n"))
            service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will.", (mine,)))
            service.act(reference, "iro-1", AcceptActions())
            link = action_link(service, "tm-n")
        addresses = _addresses(reference, link)[path]
        whose = (None,) if path.endswith("/<token>") else WHOSE.get(path, ("iro-1", "tm-n"))
        if path in WHOSE:
            _somebody_leaves_and_is_covered()
        for number, typed in enumerate(WHATEVER):
            for officer in whose if by_each else [whose[number % len(whose)]]:
                who = Visitor(service, officer)
                address = addresses[number % len(addresses)]
                page = who.post(address, typed, follow=False)
                if path in WHOSE and page.status == 403:
                    continue  # it has been done, and there is nothing more to do
                assert page.status == 303, (address, typed)
                shown = who.get(page.headers["location"])
                assert shown.html
                assert shown.status < 500 or "9999" in typed.values(), (address, typed)


# What is refused before it is read as a form of anybody's ----------------------------------------


def test_what_nobody_s_form_can_be_made_of_is_answered_at_once(
    service: Service, reference: str
) -> None:
    """There is nothing to keep, or nobody to keep it for; no page of ours sends such a thing."""
    iro, link = Visitor(service, "iro-1"), reply_link(service, "tm-n")
    close, typed = f"/challenges/{reference}/close", {"reason": "Because."}
    refused = {
        "from another site": iro.post(close, typed, headers={"sec-fetch-site": "cross-site"}),
        "no form at all": iro.post(close, typed, headers={"content-type": "text/plain"}),
        "a question answered twice": iro.post(close, [*typed.items(), *typed.items()]),
        "an address that says something twice": iro.post(f"{close}?form=1&form=2", typed),
        "more than can be kept": iro.post(close, {"reason": "x" * (FORM_BYTES + 1)}),
        "no such act": iro.post(f"/challenges/{reference}/abolish", typed),
        "no such link": Visitor(service).post(f"{link}x", REPLY),
        "nobody's form": Visitor(service).post(close, typed),
    }
    assert {why: page.status for why, page in refused.items()} == {
        "from another site": 403,
        "no form at all": 400,
        "a question answered twice": 400,
        "an address that says something twice": 400,
        "more than can be kept": 413,
        "no such act": 404,
        "no such link": 404,
        "nobody's form": 401,
    }
    assert iro.post(close, typed, follow=False).redirects
    load_without("iro-1")
    assert iro.post(close, typed).status == 403, "nobody of the directory"


# There and back ----------------------------------------------------------------------------------


def _sent(form: Form, button: str | None = None) -> tuple[str, Page]:
    """Where the answer to the form leads, and that page."""
    answer = form.press(button, follow=False)
    assert answer.status == 303
    address = answer.headers["location"]
    return address, form.page.visitor.get(address)


def _holds(page: Page, typed: Mapping[str, str]) -> None:
    form = page.form()
    assert {name: form[name] for name in typed} == typed, page.address


MORE_CONCERNS = {
    **{f"concern-2-{part}": ANSWERS[f"concern-1-{part}"] for part in ("theme", "outcome")},
    "concern-2-what": "A second one.",
}


def test_a_challenge_that_is_raised(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    first = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    concerns = section(first, "concern")
    more, second = _sent(concerns.form(), "add")
    wrong, page = _sent(second.form().fill(MORE_CONCERNS), "save")
    assert list(page.errors) == ["#concern-2-by-day"], "the second has no date"
    for address in (wrong, more, concerns.address):
        _holds(iro.get(address), MORE_CONCERNS)
        assert iro.get(address).errors == page.errors, "it is worked out anew"
    date = {f"concern-2-by-{box}": ANSWERS[f"concern-1-by-{box}"] for box in ("day", "month")}
    right = {**date, "concern-2-by-year": "2027"}
    _, page = _sent(page.form().fill(right), "list")
    check = section(page, "check")
    assert check.heading == "Check the challenge before you raise it"
    assert iro.get(check.address).heading == check.heading
    _holds(iro.get(more), {**MORE_CONCERNS, **right})
    done, _ = _sent(check.form(), "raise")
    assert iro.get(done).heading == "The challenge is raised"
    for address in (check.address, more, first.address):
        back = iro.get(address)
        assert back.heading == "You have sent this form"
        assert ANSWERS["tried"] not in back.body
    assert len(service.open_challenges()) == 1
    rest = json.dumps([*kept(forms=True).values()], default=str)
    assert rest.count(ANSWERS["tried"]) == 1, "on the record, and nowhere else"


def test_a_row_is_removed_and_the_others_stay_also_after_a_reload(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    first = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    _, two = _sent(section(first, "concern").form(), "add")
    address, one = _sent(two.form().fill(MORE_CONCERNS), "remove-1")
    for page in (one, iro.get(address)):
        assert page.form()["concern-1-what"] == "A second one."
        assert "concern-2-what" not in page.form().names


def test_a_concern_that_was_left_blank_does_not_count(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    first = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    _, two = _sent(section(first, "concern").form(), "add")
    check = section(two.form().press("list"), "check")
    assert check.heading == "Check the challenge before you raise it"
    check.form().press("raise")
    (reference,) = service.open_challenges()
    assert len(service.challenge(reference).raised.concerns) == 1


@pytest.mark.parametrize("way", ["link", "page"])
def test_a_reply(service: Service, reference: str, way: str) -> None:
    who = Visitor(service, None if way == "link" else "tm-n")
    own = reply_link(service, "tm-n") if way == "link" else f"/challenges/{reference}/reply"
    first = who.get(own)
    third = {f"action-3-{part}": text for part, text in ROW.items()}
    chosen, page = _sent(first.form().fill({"answer": "actions agreed"}), "next")
    for number in (1, 2):
        row = {f"action-{number}-{part}": text for part, text in ROW.items()}
        _, page = _sent(page.form().fill(row), f"save-{number}")
        page = who.get(page.form().press("add").address)
    typed = {**third, "action-3-owner": ""}
    wrong, page = _sent(page.form().fill(typed), "save-3")
    assert list(page.errors) == ["#action-3-owner"]
    for address in (wrong, chosen, first.address):
        _holds(who.get(address), {**ACTIONS, **typed})
    assert who.get(wrong).errors == page.errors
    listed, page = _sent(page.form().fill(third), "save-3")
    check, page = _sent(page.form().fill({"words": "We met."}), "check")
    assert page.heading == who.get(check).heading == "Check your reply before you send it"
    for address in (wrong, listed, chosen, first.address):
        _holds(who.get(address), {**REPLY, **third})
    done, page = _sent(page.form(), "send")
    assert page.heading == who.get(done).heading == "You have replied"
    for address in (check, listed, wrong, first.address):
        assert who.get(address).heading == "You have replied"
        assert "was not sent" not in who.get(address).text


def test_an_act_with_what_happened_since_and_with_telling_words(
    service: Service, reference: str
) -> None:
    iro, address = Visitor(service, "iro-1"), f"/challenges/{reference}/escalate"
    first = iro.get(address)
    typed = {"to": "3", "reason": "Quillon cannot wait."}
    wrong, page = _sent(first.form().fill({**typed, "reason": ""}))
    assert list(page.errors) == ["#reason"]
    service.reply(reference, "tm-n")
    since, page = _sent(page.form().fill(typed))
    back = iro.get(first.address)
    for again in (page, iro.get(since), back):
        assert "Something has happened since you opened this page." in again.text
        _holds(again, typed)
    check, page = _sent(page.form(), "Continue")
    for again in (page, iro.get(check)):
        assert "Your words may tell who the child is." in again.text
        assert "Check before you move" in again.heading
    done, page = _sent(page.form())
    assert done == f"/challenges/{reference}"
    assert service.challenge(reference).stage is Stage.THREE
    for was in (wrong, first.address):
        assert iro.get(was).heading == "You have sent this form"


def test_an_act_that_can_be_done_no_more_shows_what_was_typed_also_after_a_reload(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/close").form()
    service.withdraw(reference)
    address, page = _sent(form.fill({"reason": "Marigold wrote this."}))
    for again in (page, iro.get(address)):
        assert again.status == 409
        assert "Why are you ending it? Marigold wrote this." in again.text


def test_a_session_that_ended_and_a_form_of_somebody_else_s(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/close").form().fill({"reason": "Marigold."})
    iro.sign_in("iro-1", seconds=-1)
    _, page = _sent(form)
    assert (page.status, page.heading) == (401, "You have been signed out")
    iro.sign_in("srsm")
    _, page = _sent(form)
    assert (page.status, page.heading) == (409, "This form was opened by somebody else")


# Whose it is, and for how long -------------------------------------------------------------------


def test_a_form_is_given_back_to_nobody_else(service: Service, reference: str) -> None:
    """Not to who knows its address, nor by another link to the same question."""
    reference = service.raise_at(Stage.QAP)
    link, other = reply_link(service, "sw-n1"), reply_link(service, "tm-n")
    address, page = _sent(Visitor(service).get(link).form().whole(REPLY), "check")
    assert "We met." in page.text
    query = address.partition("?")[2]
    assert "We met." not in Visitor(service).get(f"{other}?{query}").body
    assert "We met." not in Visitor(service).get(link).body, "nor to a scanner that follows it"
    for officer in ("sw-n1", "tm-n", "iro-1"):
        signed_in = Visitor(service, officer).get(f"/challenges/{reference}/reply?{query}")
        assert "We met." not in signed_in.body

    first = at_once(Visitor(service, "iro-1").get("/raise")).fill(ANSWERS).press("Continue")
    assert ANSWERS["tried"] in first.text
    others = Visitor(service, "iro-2").get(first.address)
    assert ANSWERS["tried"] not in others.body
    assert ANSWERS["tried"] not in answers_of(others).values()


def test_no_key_of_a_link_is_kept_with_what_was_typed_by_it(
    service: Service, reference: str
) -> None:
    assert reference
    link = reply_link(service, "tm-n")
    typed = {**REPLY, "words": f"See {link}"}
    _, page = _sent(Visitor(service).get(link).form().whole(typed), "check")
    assert "We met." not in page.text
    everything = json.dumps([*kept(forms=True).values()], default=str)
    assert "Find a place" in everything
    assert link.rpartition("/")[2] not in everything


def test_a_form_without_an_address_of_its_own_is_known_by_its_words(service: Service) -> None:
    """A form of the release before; two of them do not take each other's place."""
    iro = Visitor(service, "iro-1")
    pages = [iro.post("/raise", {**ANSWERS, "case-id": f"CASE-{n}"}) for n in (1, 2)]
    for number, page in enumerate(pages, start=1):
        assert answers_of(iro.get(page.address))["case-id"] == f"CASE-{number}"
