"""Rule 15: who may set cover for leave, for which posts, and what can be set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.covering import (
    AT_MOST,
    Because,
    cover_news,
    cover_problems,
    may_set_cover,
    posts_to_cover,
    with_cover,
    without_cover,
)
from domain.directory import Cover, Directory, Officer, Post
from domain.ladder import Role
from tests.builders import (
    ADA,
    ANNIE,
    CAS,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    TOM,
    WIN,
    WYN,
    calendar,
    council,
    day,
    directory,
)

TODAY = day("2026-11-03")
FIRST, LAST = day("2026-11-09"), day("2026-11-13")
CLERK = Officer("clerk", "Clem Sample-Clerk", "clerk@council.example")


def people(*cover: Cover, **changed: str | None) -> Directory:
    """Return the directory with a Directory administrator, the clerk."""
    found = directory(*cover, **changed)
    administrator = Post("admin", Role.DIRECTORY_ADMINISTRATOR, (), CLERK.id)
    return replace(
        found,
        officers={**found.officers, CLERK.id: CLERK},
        posts={**found.posts, "admin": administrator},
    )


def may(officer: str, post: str, found: Directory | None = None) -> Because | None:
    found = found or people()
    return may_set_cover(officer, found.posts[post], council(people=found), TODAY)


def test_cover_for_leave_is_set_by_the_person_themself_for_their_own_posts() -> None:
    assert may(TAM, "tm-north") is Because.OWN
    assert may(IRA, "iro-one") is Because.OWN
    assert may(TAM, "tm-south") is None
    assert may(IVO, "iro-one") is None
    covered = people(Cover("tm-north", TOM, TODAY, LAST))
    assert may(TAM, "tm-north", covered) is Because.OWN
    assert may(TOM, "tm-north", covered) is None, "who covers a post sets no cover for it"


def test_cover_is_set_by_whoever_supervises_the_person() -> None:
    found = people()
    ira = replace(found.officers[IRA], supervisor=ANNIE)
    found = replace(found, officers={**found.officers, IRA: ira})
    assert may(ANNIE, "iro-one", found) is Because.MANAGES
    assert may(ANNIE, "iro-two", found) is None


@pytest.mark.parametrize(
    ("officer", "post", "because"),
    [
        (TAM, "sw-north", Because.MANAGES),
        (TOM, "sw-north", None),
        (CAS, "tm-north", Because.MANAGES),
        (CAS, "sw-north", None),
        (ADA, "hos", Because.MANAGES),
        (ADA, "ad", Because.OWN),
        (WYN, "tm-north", None),
        (SENNA, "srsm", Because.MANAGES),
        (TAM, "analyst", None),
    ],
)
def test_cover_is_set_by_who_holds_the_next_post_above_for_that_team(
    officer: str, post: str, because: Because | None
) -> None:
    assert may(officer, post) is because


def test_a_vacant_post_above_passes_this_on_to_the_one_above_it() -> None:
    vacant = people(tm_north=None)
    assert may(CAS, "sw-north", vacant) is Because.MANAGES
    covered = replace(vacant, cover=(Cover("tm-north", TOM, TODAY, LAST),))
    assert may(TOM, "sw-north", covered) is Because.MANAGES
    assert may(CAS, "sw-north", covered) is None


@pytest.mark.parametrize("officer", [SARA, SENNA])
def test_the_srsm_and_the_senior_iro_manager_set_cover_for_iros_and_whoever_is_asked(
    officer: str,
) -> None:
    for post in ("iro-two", "sw-north", "tm-north", "csm", "hos", "ad"):
        assert may(officer, post), post
    assert may(officer, "analyst") is None
    assert may(officer, "admin") is None


def test_the_directory_administrator_sets_cover_for_everybody() -> None:
    found = people()
    assert all(may(CLERK.id, post, found) for post in found.posts)
    assert [because for because, _ in posts_to_cover(CLERK.id, council(people=found), TODAY)] == [
        Because.OWN,
        Because.ADMINISTERS,
    ]


def test_nobody_else_sets_cover() -> None:
    assert not posts_to_cover("stranger", council(people=people()), TODAY)
    assert [posts for _, posts in posts_to_cover(WIN, council(people=people()), TODAY)] == [
        (people().posts["sw-south"],)
    ]


# What can be set ---------------------------------------------------------------------------------


def wrong(new: Cover, *cover: Cover, old: Cover | None = None) -> dict[str, str]:
    return cover_problems(new, people(*cover), TODAY, old)


def test_for_an_iro_only_another_iro_or_the_srsm_can_be_set() -> None:
    assert not wrong(Cover("iro-one", IVO, FIRST, LAST))
    assert not wrong(Cover("iro-one", SARA, FIRST, LAST))
    assert "they hold the post Team Manager" in wrong(Cover("iro-one", TAM, FIRST, LAST))["officer"]
    assert "may not cover" in wrong(Cover("iro-one", ANNIE, FIRST, LAST))["officer"]
    assert "cannot cover it" in wrong(Cover("iro-one", IRA, FIRST, LAST))["officer"]


def test_the_days_of_cover_are_in_order_not_past_and_within_two_years() -> None:
    def days(first: str, last: str) -> dict[str, str]:
        return wrong(Cover("tm-north", TOM, day(first), day(last)))

    assert not days("2026-11-03", "2026-11-03")
    assert days("2026-11-02", "2026-11-03") == {
        "first": "The first day must be today or in the future."
    }
    assert days("2026-11-09", "2026-11-05") == {
        "last": "The last day must not be before the first, Monday 9 November 2026."
    }
    assert "today or in the future" in days("2026-11-03", "2026-11-02")["last"]
    assert "two years" in days("2026-11-03", "2029-11-03")["last"]
    assert not wrong(Cover("tm-north", TOM, TODAY, TODAY + AT_MOST))


def test_the_same_person_is_not_set_twice_for_the_same_days() -> None:
    there = Cover("tm-north", TOM, FIRST, LAST)
    again = replace(there, first=LAST, last=day("2026-11-20"))
    assert wrong(again, there) == {
        "officer": "Tom Sample-Eight already covers this post from Monday 9 November 2026 to "
        "Friday 13 November 2026. Change that."
    }
    assert not wrong(again, there, old=there)
    assert not wrong(replace(again, officer=CAS), there)
    assert not wrong(replace(again, post="sw-north"), there)


def test_cover_that_has_begun_keeps_the_days_until_yesterday_for_who_covered_then() -> None:
    old = Cover("tm-north", TOM, day("2026-11-02"), LAST)
    longer = replace(old, last=day("2026-11-20"))
    assert with_cover((old,), longer, TODAY, old) == (longer,)
    assert not wrong(longer, old, old=old)
    other = replace(old, officer=CAS)
    assert with_cover((old,), other, TODAY, old) == (
        replace(old, last=day("2026-11-02")),
        Cover("tm-north", CAS, TODAY, LAST),
    )


def test_cover_that_is_ended_ended_yesterday_or_never_began() -> None:
    other = Cover("tm-south", TAM, FIRST, LAST)
    running, coming = (
        Cover("tm-north", TOM, day("2026-11-02"), LAST),
        Cover("csm", ADA, FIRST, LAST),
    )
    today_first = replace(running, first=TODAY)
    assert without_cover((other, running), running, TODAY) == (
        other,
        replace(running, last=day("2026-11-02")),
    )
    assert without_cover((coming, other), coming, TODAY) == (other,)
    assert without_cover((today_first,), today_first, TODAY) == ()


def test_cover_that_has_been_over_for_a_year_is_left_out() -> None:
    old = Cover("tm-south", TAM, day("2025-10-01"), day("2025-10-31"))
    recent = replace(old, last=day("2026-01-05"))
    new = Cover("tm-north", TOM, FIRST, LAST)
    assert with_cover((old, recent), new, TODAY) == (recent, new)


# Who is told -------------------------------------------------------------------------------------

WEEK = Cover("tm-north", TOM, FIRST, LAST)


def told(officer: str, morning: str) -> tuple[tuple[str, ...], bool]:
    """Return what the daily email says of the cover from Monday 9 to Friday 13 November."""
    found = cover_news(officer, people(WEEK), day(morning), calendar())
    return found.lines, found.new


def test_who_covers_and_who_is_covered_read_it_in_the_daily_email_before_it_begins() -> None:
    days = "from Monday 9 November 2026 to Friday 13 November 2026."
    covers = (f"You cover Team Manager, North Sample Team for Tam Sample-Seven {days}",)
    covered = (f"Tom Sample-Eight covers Team Manager, North Sample Team for you {days}",)
    assert told(TOM, "2026-11-05") == ((), False)
    for morning in ("2026-11-06", "2026-11-09", "2026-11-10"):
        assert told(TOM, morning) == (covers, True)
        assert told(TAM, morning) == (covered, True)
    assert told(TOM, "2026-11-11") == (covers, False), "no email goes out for it alone"
    assert told(WIN, "2026-11-09") == ((), False)


def test_they_read_in_the_daily_email_that_it_has_ended() -> None:
    over = "Team Manager, North Sample Team: the last day was Friday 13 November 2026."
    assert told(TOM, "2026-11-16") == ((f"You no longer cover {over}",), True)
    lines, new = told(TAM, "2026-11-16")
    assert new
    assert lines[0].startswith("Tom Sample-Eight no longer covers Team Manager, North Sample Team")
    assert not told(TOM, "2026-11-17")[1]
    assert told(TOM, "2026-11-18") == ((), False)
