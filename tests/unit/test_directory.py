"""Rule 15, the directory: who holds which post, who covers whom, and whom to contact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.directory import Cover, Directory, Officer, Post
from domain.ladder import Role
from tests.builders import (
    IRA,
    IVO,
    NORTH,
    SARA,
    SENNA,
    SOUTH,
    TAM,
    TOM,
    WIN,
    WYN,
    day,
    directory,
)

if TYPE_CHECKING:
    from datetime import date

TODAY = day("2026-11-03")
BEFORE, FIRST, LAST, AFTER = (day(f"2026-11-0{n}") for n in (1, 2, 4, 5))


def ids(officers: tuple[Officer, ...]) -> list[str]:
    return [officer.id for officer in officers]


# Posts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("teams", "title"),
    [
        ((), "Team Manager"),
        ((NORTH,), "Team Manager, North Sample Team"),
        ((NORTH, SOUTH), "Team Manager, North Sample Team and South Sample Team"),
    ],
)
def test_a_posts_title_is_its_role_and_its_teams(teams: tuple[str, ...], title: str) -> None:
    post = Post("tm", Role.TEAM_MANAGER, teams, TAM)
    assert post.title == title
    people = directory()
    held = replace(people, posts={**people.posts, "tm": post})
    assert held.title("tm") == title
    assert held.title("gone") == "gone", "what the directory no longer has is said by its id"


def test_a_post_without_teams_serves_them_all_and_any_other_its_own() -> None:
    assert [p.id for p in directory().posts_of(Role.TEAM_MANAGER, NORTH)] == ["tm-north"]
    assert [p.id for p in directory().posts_of(Role.TEAM_MANAGER)] == ["tm-north", "tm-south"]
    assert [p.id for p in directory().posts_of(Role.HEAD_OF_SERVICE, NORTH)] == ["hos"]
    assert [p.id for p in directory().posts_of(Role.HEAD_OF_SERVICE)] == ["hos"]
    assert Post("hos", Role.HEAD_OF_SERVICE, (), None).serves(NORTH) is True
    assert Post("tm", Role.TEAM_MANAGER, (NORTH,), None).serves(SOUTH) is False


def test_the_teams_are_those_with_a_team_manager_by_name_and_each_once() -> None:
    people = directory()
    second = Post("tm-too", Role.TEAM_MANAGER, (SOUTH, "Another Sample Team"), None)
    no_manager = Post("sw-too", Role.SOCIAL_WORKER, ("Nobody's Sample Team",), WYN)
    posts = {"tm-too": second, **people.posts, "sw-too": no_manager}
    assert people.teams == (NORTH, SOUTH)
    assert replace(people, posts=posts).teams == ("Another Sample Team", NORTH, SOUTH)


def test_a_directory_of_nobody_is_one() -> None:
    nobody = Directory()
    assert nobody.teams == ()
    assert nobody.people("tm-north", TODAY) == ()
    assert nobody.posts_held(TAM, TODAY) == ()
    assert nobody.by_email("tam@council.example") is None
    assert nobody.contact(Role.SRSM, TODAY) == f"the {Role.SRSM}"


# Cover -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "covered"),
    [(BEFORE, False), (FIRST, True), (TODAY, True), (LAST, True), (AFTER, False)],
)
def test_cover_is_from_its_first_day_to_its_last_both_included(
    *, today: date, covered: bool
) -> None:
    people = directory(Cover("tm-north", TOM, FIRST, LAST))
    assert ids(people.people("tm-north", today)) == [TOM if covered else TAM]
    held = [post.id for post in people.posts_held(TOM, today)]
    assert held == (["tm-north", "tm-south"] if covered else ["tm-south"])


def test_whoever_covers_answers_for_that_post_alone() -> None:
    people = directory(Cover("tm-north", TOM, FIRST, LAST), Cover("srsm", IVO, FIRST, LAST))
    assert ids(people.people("tm-north", TODAY)) == [TOM]
    assert ids(people.people("csm", TODAY)) == ["cas"]
    assert [post.id for post in people.posts_held(IVO, TODAY)] == ["iro-two", "srsm"]
    assert [post.id for post in people.posts_held(TAM, TODAY)] == ["tm-north"]


def test_nobody_answers_for_a_vacant_post_nor_for_one_that_there_is_not() -> None:
    people = directory(Cover("tm-south", "gone", FIRST, LAST), tm_north=None)
    assert people.people("tm-north", TODAY) == ()
    assert people.people("nothing", TODAY) == ()
    assert people.people("tm-south", TODAY) == (), "whoever covers is no officer any more"


def test_whoever_covers_an_iro_has_the_trays_of_that_iro_before_their_own() -> None:
    covering = directory(Cover("iro-one", SARA, FIRST, LAST))
    assert covering.trays(SARA, TODAY) == (IRA, SARA, "iro-one", "srsm")
    assert covering.trays(SARA, AFTER) == (SARA, "srsm")
    assert covering.trays(IRA, TODAY) == (IRA, "iro-one")
    vacant = directory(Cover("iro-one", SARA, FIRST, LAST), iro_one=None)
    assert vacant.trays(SARA, TODAY) == (SARA, "iro-one", "srsm")


# Whom to contact ---------------------------------------------------------------------------------


def test_whom_to_contact_is_named_with_an_address_and_never_is_oneself() -> None:
    people = directory()
    srsm = "Sara Sample-Three, the Safeguarding & Review Service Manager (sara@council.example)"
    senior = "Senna Sample-Four, the Senior IRO Manager (senna@council.example)"
    assert people.contact(Role.SRSM, TODAY) == srsm
    assert people.contact(Role.SRSM, TODAY, besides=SARA) == senior
    assert people.contact(Role.SENIOR_IRO_MANAGER, TODAY, besides=SENNA) == "the Senior IRO Manager"
    covered = directory(Cover("srsm", SENNA, FIRST, LAST))
    assert covered.contact(Role.SRSM, TODAY).startswith("Senna Sample-Four, the Safeguarding")
    assert covered.contact(Role.SRSM, AFTER) == srsm


def test_whom_to_contact_is_of_the_childs_team() -> None:
    people = directory()
    assert people.contact(Role.SOCIAL_WORKER, TODAY, team=SOUTH).startswith("Win Sample-Six,")
    assert people.contact(Role.SOCIAL_WORKER, TODAY).startswith("Wyn Sample-Five,")
    assert people.contact(Role.SOCIAL_WORKER, TODAY, team=SOUTH, besides=WIN).startswith("Senna")


@pytest.mark.parametrize(
    "address", ["tam@council.example", "TAM@Council.Example", " tam@council.example\n"]
)
def test_an_officer_is_known_by_their_address_whatever_its_case(address: str) -> None:
    people = directory()
    capitals = replace(people.officers[TAM], email="Tam@council.example")
    for one in (people, replace(people, officers={TAM: capitals})):
        officer = one.by_email(address)
        assert officer is not None
        assert officer.id == TAM


@pytest.mark.parametrize("address", ["", "tam", "tam@council.example.org", "atam@council.example"])
def test_a_stranger_is_nobody(address: str) -> None:
    assert directory().by_email(address) is None
