"""The lists of all open and of all ended challenges, and what each person was invited to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters import wiring
from adapters.directory_csv import from_csv
from adapters.record.lists import Lists
from adapters.record.shown import invited_list
from domain.directory import Post
from domain.ladder import Role, Stage
from domain.rules.meetings import ArrangeMeeting, CancelMeeting
from infra.blueprint import SWEEP
from tests.builders import NOT_REFERRED
from tests.workflow.service import CHILD, SAMPLE_DIRECTORY, Service
from tests.workflow.test_summaries import as_before, table
from tests.workflow.test_trays import load

if TYPE_CHECKING:
    from adapters.record.lists import Row


def lists() -> Lists:
    """The lists, as another process would read them."""
    return Lists(wiring.casebook().record.lists._at)


def listed() -> list[str]:
    """Every open challenge, from pages of two."""
    found: list[str] = []
    after, more = "", True
    while more:
        rows, after = lists().open_page(after, 2)
        found += [row.reference for row in rows]
        more = bool(after)
    return found


def row_of(reference: str) -> Row:
    """The row of one open challenge."""
    (row,) = (row for row in lists().open_rows()[0] if row.reference == reference)
    return row


def test_pages_list_every_open_challenge_by_its_next_date_and_no_other(service: Service) -> None:
    late = [service.raise_at(Stage.ONE) for _ in range(3)]
    soon = service.raise_at(Stage.QAP)
    gone = service.raise_at(Stage.ONE)
    service.withdraw(gone)
    for reference in late:
        service.act(reference, "iro-1", NOT_REFERRED)  # so that only the reply is due
    assert listed() == [soon, *sorted(late)]
    assert lists().open_rows(2) == (lists().open_page("", 2)[0], True)
    assert lists().open_rows(4) == (lists().open_page("", 9)[0], False)
    (ended,), after = lists().ended_page("", 1)
    assert (ended.reference, ended.outcome, after) == (gone, "withdrawn", "")


def test_a_row_names_its_team_and_themes_and_who_was_asked_and_who_replied(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.TWO)
    row, challenge = row_of(reference), service.challenge(reference)
    assert row.team == challenge.area.team
    assert row.themes == tuple(one.theme for one in challenge.raised.concerns)
    assert (row.iro, row.asked, row.answered) == ("iro-1", ("csm",), ())
    assert {"csm", "tm-north", "hos", challenge.area.social_worker} <= {*row.posts}
    assert "tm-south" not in row.posts
    service.reply(reference, "csm")
    assert row_of(reference).answered == ("csm",)


def test_only_the_rows_that_a_post_may_see_are_found_for_it(service: Service) -> None:
    child = replace(CHILD, team="South Team")
    north = service.raise_at(Stage.ONE)
    south = service.raise_at(Stage.ONE, child=child, social_worker="sw-south-1")
    assert north in [row.reference for row in lists().open_for(["tm-north"], "tm-n")[0]]
    assert south not in [row.reference for row in lists().open_for(["tm-north"], "tm-n")[0]]
    service.reply(north, "tm-n")
    assert [row.reference for row in lists().open_for([], "tm-n")[0]] == [north]
    service.withdraw(north)
    assert lists().open_for(["tm-north"], "tm-n") == ([], False)


def test_a_new_directory_changes_which_posts_may_see_a_challenge(service: Service) -> None:
    reference = service.raise_at(Stage.TWO)
    directory = from_csv(SAMPLE_DIRECTORY)
    new = Post("tm-north-2", Role.TEAM_MANAGER, ("North Team",), "tm-s")
    load(replace(directory, posts={**directory.posts, new.id: new}))
    assert new.id not in row_of(reference).posts
    service.emulator.invoke(SWEEP.name, {})
    service.emulator.clock.settle()
    assert new.id in row_of(reference).posts


def test_what_an_earlier_release_wrote_stands_at_the_end_until_sweep_has_filled_it_in(
    service: Service,
) -> None:
    older, newer = service.raise_at(Stage.QAP), service.raise_at(Stage.ONE)
    as_before(service, older)
    table().put_item(Item={"PK": f"CHALLENGE#{older}", "SK": "TRAY##open"})
    assert listed() == [newer, older]
    assert [row.reference for row in lists().open_rows()[0]] == [newer, older]
    service.emulator.invoke(SWEEP.name, {})
    assert listed() == [older, newer], "in its order"
    assert listed() == [older, newer]
    service.emulator.invoke(SWEEP.name, {})
    assert lists()._not_filled_in() == []


def test_those_invited_find_their_meetings_and_nothing_of_the_child(service: Service) -> None:
    reference = service.raise_at(Stage.TWO)
    first, second = (service.now + timedelta(days=days) for days in (2, 3))
    for at in (second, first):
        meeting = ArrangeMeeting(at, 60, "Room 2", "srsm", ("csm", "srsm"))
        service.act(reference, "iro-1", meeting)
    (row,) = lists().meetings_of("csm")
    assert [(one.due[:10], one.about) for one in row.to_do] == [
        (f"{first:%Y-%m-%d}", "2 60"),
        (f"{second:%Y-%m-%d}", "1 60"),
    ]
    assert (row.reference, row.case_id, row.initials) == (reference, "", "")
    service.act(reference, "iro-1", CancelMeeting(2, "Not needed."))
    assert [one.about for one in lists().meetings_of("srsm")[0].to_do] == ["1 60"]
    service.withdraw(reference)
    assert lists().meetings_of("srsm") == []


def test_meetings_that_an_earlier_release_wrote_are_found_once_somebody_acts(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.TWO)
    at = service.now + timedelta(days=2)
    service.act(reference, "iro-1", ArrangeMeeting(at, 60, "Room 2", "srsm", ("csm", "srsm")))
    as_before(service, reference)
    for list_ in ("#open", invited_list("csm"), invited_list("srsm")):
        table().put_item(Item={"PK": f"CHALLENGE#{reference}", "SK": f"TRAY#{list_}"})
    assert lists().meetings_of("csm") == []
    service.act(reference, "iro-1", NOT_REFERRED)
    assert [row.reference for row in lists().meetings_of("csm")] == [reference]
    assert service.emulator.invoke("audit", {})["wrong"] == []
