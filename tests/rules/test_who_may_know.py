"""If you may not see a challenge, you cannot learn that it exists; if you see it, a look is kept.

Each test walks all the routes of the pages, so that the next route is tested as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.ladder import Stage
from handlers import api
from handlers.pages import app
from handlers.pages.acts import ACT_PAGES
from tests.pages.visitor import Visitor, reply_link
from tests.performance.meter import metered
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

#: A reference and a token that were never given out.
NO_REFERENCE, NO_TOKEN = "PCE-2222-2222", "A" * 43

SLUGS = tuple(page.slug for page in ACT_PAGES)
ROUTES = {(route.method, route.path) for route in [*app._static_routes, *app._dynamic_routes]}

#: What can be in the routes, and whether it leads to a challenge.
PARTS = {
    **dict.fromkeys(("<reference>", "<token>", "<slug>"), True),
    **dict.fromkeys(("<name>", "<key>", "<id_>"), False),
}


def _in_ci(value: str) -> ParameterSet:
    """Return a parameter of a test that opens every page: `make test` plays one of each."""
    return pytest.param(value, marks=pytest.mark.ci)


FORM = {"reason": "Some careful words.", "answer": "resolved", "words": "Done.", "press": "check"}


def _addresses(part: str, value: str, method: str) -> list[str]:
    """Return the address of each route that has ``part`` in it, one for each act."""
    patterns = sorted(path for kind, path in ROUTES if part in path and kind == method)
    filled = [path.replace(part, value) for path in patterns]
    return [path.replace("<slug>", slug) for path in filled for slug in _slugs(path)]


def _slugs(path: str) -> tuple[str, ...]:
    return (*SLUGS, "no-such-act") if "<slug>" in path else ("",)


def test_every_part_of_a_route_is_known_here() -> None:
    found = {f"<{part.partition('>')[0]}" for _, path in ROUTES for part in path.split("<")[1:]}
    assert {f"{part}>" for part in found} == set(PARTS)
    assert {path for path in api.ROUTES if "{" in path} == {
        "/api/challenges/{reference}",
        "/api/challenges/{reference}/placed",
    }, "only the case system names a challenge: tests/doors/test_case_system.py"


def _asked(who: Visitor, method: str, address: str) -> tuple[Page, dict[str, int]]:
    """Return the answer, and the calls to AWS that it took."""
    with metered() as meter:
        follow = bool(who.cookies) and not address.startswith("/find")
        if method == "GET":
            page = who.get(address, follow=follow)
        else:
            page = who.post(address, FORM, follow=follow)
    return page, dict(meter.calls)


def _without(text: str, *names: str) -> str:
    for name in names:
        text = text.replace(name, "…")
    return text


def _same(who: Visitor, method: str, address: str, made_up: str, *names: str) -> int:
    """Check that both get the same status, words and work. Return the status.

    Before the first of them, let ``who`` get any page: what a container reads only once is read.
    """
    (page, calls), (other, others) = _asked(who, method, address), _asked(who, method, made_up)
    assert page.status == other.status, address
    assert calls == others, address
    assert _without(page.body, *names) == _without(other.body, *names), address
    told, otherwise = (_without(str(sorted(p.headers.items())), *names) for p in (page, other))
    assert told == otherwise, address
    return page.status


@pytest.mark.parametrize("method", ["GET", _in_ci("POST")])
def test_somebody_who_is_not_involved_in_a_challenge_is_not_told_that_it_exists(
    service: Service, method: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    stranger, nobody = Visitor(service, "tm-s"), Visitor(service)
    found = _addresses("<reference>", reference, method)
    assert found
    for who in (stranger, nobody):
        who.get("/")
    for address in (*found, *([f"/find?reference={reference}"] if method == "GET" else [])):
        made_up = address.replace(reference, NO_REFERENCE)
        status = _same(stranger, method, address, made_up, reference, NO_REFERENCE)
        assert status == (303 if address.startswith("/find") else 404)
        _same(nobody, method, address, made_up, reference, NO_REFERENCE)
    assert wiring.casebook().record.beside.looks(reference) == [], "they saw nothing"


@pytest.fixture
def double_locked(tmp_path: Path) -> Iterator[Service]:
    """Return the service of a council whose links ask for a sign-in as well."""
    with running(tmp_path, procedure='reply_links = "link and sign-in"') as service:
        yield service


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_signs_in_as_another_is_not_told_whether_a_link_was_ever_made(
    double_locked: Service, method: str
) -> None:
    reference = double_locked.raise_at(Stage.ONE)
    token = reply_link(double_locked, "tm-n").rpartition("/")[2]
    for who in (Visitor(double_locked, "tm-s"), Visitor(double_locked)):
        who.get("/")
        for address in _addresses("<token>", token, method):
            made_up = address.replace(token, NO_TOKEN)
            status = _same(who, method, address, made_up, token, NO_TOKEN)
            # The link of an owner outside works without a sign-in: a wrong one leads nowhere.
            signs_in = not who.cookies and address.startswith("/reply/")
            assert status == ((303 if method == "GET" else 401) if signs_in else 404)
    assert wiring.casebook().record.beside.looks(reference) == []


# Looks -------------------------------------------------------------------------------------------


def _looks(reference: str) -> list[tuple[str, str]]:
    looks = wiring.casebook().record.beside.looks(reference)
    return [(str(look["officer"]), str(look["via"])) for look in looks]


@pytest.mark.parametrize("officer", ["iro-1", *map(_in_ci, ["srsm", "tm-n"])])
def test_every_look_at_a_challenge_is_recorded(service: Service, officer: str) -> None:
    reference = service.raise_at(Stage.ONE)
    who, shown = Visitor(service, officer), 0
    for address in _addresses("<reference>", reference, "GET"):
        service.jump(timedelta(seconds=1))  # a look is known by its moment
        before = _looks(reference)
        page = who.get(address)
        assert page.status in (200, 403, 404), "not for them, or no such act"
        # Who owns no action is only told so.
        owns_none = address.endswith("/action") and page.status != 200
        looked = [] if owns_none else [(officer, "page")]
        assert _looks(reference)[len(before) :] == looked, address
        shown += page.status == 200
    assert shown > 1


def test_a_form_that_is_shown_again_leaves_a_look_too(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    iro = Visitor(service, "iro-1")
    page = iro.post(f"/challenges/{reference}/close", {})
    assert page.status == 200
    assert _looks(reference) == [("iro-1", "page")]
    manager = Visitor(service, "tm-n")
    page = manager.post(f"/challenges/{reference}/reply", {"press": "add"})
    assert page.status == 200
    assert _looks(reference)[1:] == [("tm-n", "page")]


def test_a_look_by_link_is_recorded_too(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    token, nobody = reply_link(service, "tm-n").rpartition("/")[2], Visitor(service)
    (address,) = (one for one in _addresses("<token>", token, "GET") if one.startswith("/reply/"))
    question = nobody.get(address)
    assert _looks(reference) == [("tm-n", "reply link")]
    service.jump(timedelta(seconds=1))
    question.form().whole({"answer": "resolved", "words": "Done."}).press("check")
    assert _looks(reference) == [("tm-n", "reply link")] * 2
    service.withdraw(reference)
    service.jump(timedelta(seconds=1))
    ended = nobody.get(address)
    assert ended.status == 410
    assert reference in ended.text
    assert _looks(reference) == [("tm-n", "reply link")] * 3, "it says how it ended"
