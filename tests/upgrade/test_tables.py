"""The table that a release left is read today as it was meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.delivery import Fate
from adapters.links import LinkState
from adapters.mailroom import taken_on
from domain.moments import local_day, parse_moment
from domain.vocabulary import ENDED
from tests.upgrade.frozen import differences, load, releases
from tests.upgrade.restored import Upgraded, upgraded
from tests.upgrade.story import A_SESSION, A_VIEW, stands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = releases("table.jsonl")

#: The first release took no email, and kept no drafts.
WITH_MAIL = [one for one in TABLES if "by email" in load(one, "table.json")["challenges"]]


#: The first releases got no news of their emails, sent no daily email, and sealed nothing.
WITH_SEALS = releases("seals.json")

#: The table takes seconds to set up, so it is done once, in one process.
pytestmark = pytest.mark.xdist_group("tables")


@pytest.fixture(scope="module", params=TABLES)
def table(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    """Return one table for all tests: none of them changes what another reads."""
    with upgraded(request.param, tmp_path_factory.mktemp("upgraded")) as upgraded_:
        yield upgraded_


def test_every_challenge_stands_where_it_stood(table: Upgraded) -> None:
    """Its chain verifies, and its events fold to the same challenge as then."""
    for name, stood in table.frozen["challenges"].items():
        now = stands(table.service, stood["reference"])
        assert {key: now[key] for key in stood} == stood, name


def test_every_tray_holds_what_it_held(table: Upgraded) -> None:
    record = wiring.casebook().record
    council = wiring.casebook().council()
    parties = [*council.directory.posts, *council.directory.officers]
    trays = {
        party: sorted(row.reference for row in record.lists.in_tray(party)) for party in parties
    }
    assert {party: held for party, held in trays.items() if held} == table.frozen["trays"]


def test_every_list_shows_what_it_showed(table: Upgraded) -> None:
    stood = [
        one
        for one in table.frozen["challenges"].values()
        if not table.service.challenge(one["reference"]).sealed  # it is in no list
    ]
    record = wiring.casebook().record
    rows = {row.reference: row.standing for row in record.lists.every_open()}
    assert rows == {
        one["reference"]: one["standing"] for one in stood if one["standing"] not in ENDED
    }
    listed = [*record.lists.of_iro("iro-1"), *record.lists.ended_of("iro-1", len(stood))]
    of_iro = {row.reference for row in listed}
    assert of_iro == {one["reference"] for one in stood if one["iro"] == "iro-1"}
    children = [table.service.challenge(one["reference"]).raised.child for one in stood]
    of_child = [child for child in children if child.case_id == "CASE-98431"]
    assert len(record.lists.of_child("CASE-98431")) == len(of_child)


def test_the_council_is_who_it_was_and_works_when_it_worked(table: Upgraded) -> None:
    council = wiring.casebook().council()
    assert council.change == table.frozen["change"]
    assert council.directory.officers.keys() == table.frozen["officers"].keys()
    assert council.directory.posts.keys() == table.frozen["posts"].keys()
    found = [
        finding
        for id_, frozen in table.frozen["officers"].items()
        for finding in differences(frozen, council.directory.officers[id_], id_)
    ] + [
        finding
        for id_, frozen in table.frozen["posts"].items()
        for finding in differences(frozen, council.directory.posts[id_], id_)
    ]
    assert found == []
    assert not council.calendar.is_working_day(local_day(datetime(2026, 11, 27, 12, tzinfo=UTC)))


@pytest.mark.parametrize("release", TABLES)
def test_decide_answers_what_it_answered(release: str, tmp_path: Path) -> None:
    """In and out are a contract that only grows; a Wait needs a time in the future.

    On a table of its own: a rule of a later release may ask something when a challenge wakes.
    """
    with upgraded(release, tmp_path) as woken:
        for call in woken.frozen["decide"]:
            answer = woken.service.emulator.invoke("decide", call["in"])
            assert answer.keys() >= call["out"].keys()
            assert answer["where"] == call["out"]["where"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["wake_at"])
            assert answer["where"] == "CLOSED" or answer["wake_at"] > woken.service.now.isoformat()


def test_a_leg_that_was_superseded_is_told_so(table: Upgraded) -> None:
    sent = {**table.frozen["decide"][0]["in"], "leg": 0}
    assert table.service.emulator.invoke("decide", sent)["where"] == "SUPERSEDED"


def test_a_link_opens_what_it_opened(table: Upgraded) -> None:
    states = {}
    for name, token in table.frozen["links"].items():
        link = wiring.casebook().links.find(token)
        assert link is not None
        assert link.reference == table.reference(name)
        challenge = table.service.challenge(link.reference)
        states[name] = link.state(challenge, table.service.now, 365)
    assert states == {"waiting at Stage 1": LinkState.LIVE, "replied": LinkState.ANSWERED}


@pytest.mark.usefixtures("table")
def test_a_session_that_was_open_is_open() -> None:
    """Earlier releases kept none: whoever was signed in then signs in again."""
    kept = wiring.casebook().record.beside.kept("SESSIONS#iro-1", "SESSIONS") is not None
    assert wiring.sessions().is_open("iro-1", A_SESSION) is kept


@pytest.mark.usefixtures("table")
def test_a_view_that_was_saved_is_there() -> None:
    """Earlier releases kept none."""
    kept = wiring.casebook().record.beside.kept("VIEWS#iro-1", "VIEWS") is not None
    assert wiring.saved_views().of("iro-1") == ((A_VIEW,) if kept else ())


@pytest.mark.usefixtures("table")
def test_a_calendar_that_was_read_is_known_and_one_that_was_stopped_is_not() -> None:
    """Earlier releases had none."""
    kept = wiring.casebook().record.beside.kept("CALENDAR#iro-1", "CALENDAR") or {}
    feed = wiring.calendars().of("iro-1")
    assert (feed is not None) == bool(kept)
    if feed:
        assert feed.used_at == feed.made_at == parse_moment(kept["made_at"])
    assert wiring.calendars().of("srsm") is None


def test_a_look_is_on_the_list_of_looks(table: Upgraded) -> None:
    (look,) = wiring.casebook().record.beside.looks(table.reference("replied"))
    # At the same moment the story looks at a document, since 2026-11.13: that look took its place.
    ways = ("link", "document: report")
    assert (look["officer"], look["via"]) in [("csm", way) for way in ways]


def test_a_form_that_is_sent_again_finds_the_challenge_it_raised(table: Upgraded) -> None:
    once = wiring.casebook().record.chain.once("iro-1 a form sent once")
    assert once is not None
    assert once.reference == table.reference("replied")


@pytest.mark.parametrize("table", WITH_MAIL, indirect=True)
def test_a_draft_is_found_until_it_is_sent(table: Upgraded) -> None:
    drafts = {draft.id: draft for draft in wiring.drafts().of("iro-1")}
    of_mail = {id_ for id_, draft in drafts.items() if draft.origin == "email"}
    # Since 2026-11.13 the story saves a form too; the one that was discarded is not among them.
    assert drafts.keys() - {"a-saved-form"} == {"a-draft", *of_mail}
    assert len(of_mail) == 1
    assert drafts["a-draft"].form == {"initials": "Q.Z."}
    assert drafts[of_mail.pop()].form["initials"] == "Q.Z."
    assert table.frozen["challenges"]["by email"]["kinds"][0] == "Raised"


@pytest.mark.parametrize("table", WITH_SEALS, indirect=True)
def test_what_ses_says_of_a_letter_that_was_sent_before_is_heard(table: Upgraded) -> None:
    """SES may repeat what it said before."""
    for call in table.frozen["delivery"]:
        assert table.service.emulator.invoke("delivery", call["in"]) == call["out"]
    assert {call["out"]["fate"] for call in table.frozen["delivery"]} == set(Fate)


@pytest.mark.parametrize("table", WITH_SEALS, indirect=True)
def test_nobody_is_told_again_on_the_same_day_what_waits_for_them(table: Upgraded) -> None:
    record, day = wiring.casebook().record, str(local_day(table.service.now))
    told = {
        officer: item["message_id"]
        for officer in table.frozen["officers"]
        if (item := record.beside.kept(f"DAILY#{officer}", day))
    }
    assert told
    table.service.emulator.invoke("daily", {})
    again = {
        officer: (record.beside.kept(f"DAILY#{officer}", day) or {})["message_id"]
        for officer in told
    }
    assert again == told


@pytest.mark.parametrize("table", WITH_MAIL, indirect=True)
def test_what_became_of_each_mail_is_listed(table: Upgraded) -> None:
    noted = wiring.casebook().record.beside.all_kept(taken_on(local_day(table.service.now)))
    became = {one["became"] for one in noted}
    assert became == {"raised", "kept as a draft", "kept as a note"}
