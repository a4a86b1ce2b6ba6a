"""What changes from one directory to the next: said before it happens."""

from __future__ import annotations

from dataclasses import replace

from domain.directory import Cover, Officer
from domain.directory_changes import changes
from domain.ladder import Role
from tests.builders import IRA, IVO, SARA, TAM, TOM, day, directory

TODAY = day("2026-11-03")
WEEK = day("2026-11-02"), day("2026-11-06")
NEXT_WEEK = day("2026-11-09"), day("2026-11-13")


def test_the_same_directory_changes_nothing() -> None:
    assert changes(directory(), directory(), TODAY).none


def test_who_joins_and_who_leaves_is_said_by_name() -> None:
    old = directory()
    new = replace(
        old,
        officers={
            **{id_: one for id_, one in old.officers.items() if id_ != TOM},
            "ann": Officer("ann", "Ann Sample-New", "ann@council.example"),
        },
        posts={**old.posts, "tm-south": replace(old.posts["tm-south"], holder="ann")},
    )
    found = changes(old, new, TODAY)
    assert found.joins == ("Ann Sample-New (ann@council.example) joins",)
    assert found.leaves == ("Tom Sample-Eight (tom@council.example) leaves",)
    assert found.posts == (
        (
            "Team Manager, South Sample Team (tm-south): Ann Sample-New holds it, instead of Tom "
            "Sample-Eight"
        ),
    )
    [moved] = found.handed_over
    assert (moved.party, moved.before, moved.after) == (
        "tm-south",
        ("Tom Sample-Eight",),
        ("Ann Sample-New",),
    )


def test_a_corrected_address_and_a_new_supervisor_are_said() -> None:
    old = directory()
    ira = replace(old.officers[IRA], email="ira.new@council.example", supervisor=SARA)
    found = changes(old, replace(old, officers={**old.officers, IRA: ira}), TODAY)
    assert found.corrected == (
        (
            "Ira Sample-One (ira@council.example) is now Ira Sample-One (ira.new@council.example), "
            "supervised by Sara Sample-Three"
        ),
    )
    assert not found.handed_over, "nobody else does anything"


def test_a_post_that_is_new_ends_or_gets_another_title() -> None:
    old = directory()
    posts = {id_: post for id_, post in old.posts.items() if id_ != "analyst"}
    posts["legal"] = replace(old.posts["hos"], id="legal", role=Role.LEGAL_TEAM, holder=None)
    posts["csm"] = replace(posts["csm"], teams=())
    found = changes(old, replace(old, posts=posts), TODAY)
    assert set(found.posts) == {
        "The post Performance analyst (analyst) ends",
        "The post Legal team (legal) is new, held by nobody",
        (
            "The post Children’s Service Manager, North Sample Team and South Sample Team (csm) "
            "becomes Children’s Service Manager"
        ),
    }


def test_cover_that_begins_now_moves_what_is_asked_of_the_post() -> None:
    new = directory(Cover("tm-north", TOM, *WEEK))
    found = changes(directory(), new, TODAY)
    assert found.cover_begins == (
        (
            "Tom Sample-Eight covers Team Manager, North Sample Team from Monday 2 November 2026 "
            "to Friday 6 November 2026"
        ),
    )
    [moved] = found.handed_over
    assert (moved.before, moved.after) == (("Tam Sample-Seven",), ("Tom Sample-Eight",))
    back = changes(new, directory(), TODAY)
    assert back.cover_ends == found.cover_begins


def test_cover_of_later_moves_nothing_today_and_cover_that_is_over_does_not_end() -> None:
    found = changes(directory(), directory(Cover("tm-north", TOM, *NEXT_WEEK)), TODAY)
    assert found.cover_begins
    assert not found.handed_over
    assert changes(directory(Cover("tm-north", TOM, *WEEK)), directory(), day("2026-11-09")).none


def test_the_challenges_of_an_iro_who_leaves_need_another_one() -> None:
    old = directory()
    found = changes(old, directory(iro_one=None), TODAY)
    [moved] = found.handed_over
    assert (moved.party, moved.called, moved.iro_left) == (IRA, "Ira Sample-One", True)
    assert moved.after == ()
    other = changes(old, directory(iro_one=TAM), TODAY).handed_over
    assert [(one.party, one.iro_left) for one in other] == [(IRA, True)]


def test_who_covers_an_iro_shares_what_is_theirs() -> None:
    found = changes(directory(), directory(Cover("iro-one", IVO, *WEEK)), TODAY)
    [moved] = found.handed_over
    assert (moved.party, moved.iro_left) == (IRA, False)
    assert moved.after == ("Ira Sample-One", "Ivo Sample-Two")
