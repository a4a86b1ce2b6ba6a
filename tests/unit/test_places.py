"""Where emails are stored, and the tags that connect SES's events to them."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, get_args

import pytest

from adapters.record.places import (
    AnswerPlace,
    DailyPlace,
    NoticePlace,
    Place,
    SharedPlace,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: What SES allows in a tag's name and value, and how long.
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")

#: A place of each kind, for an officer of this id.
KINDS: dict[type[Place], Callable[[str], Place]] = {
    NoticePlace: lambda officer: NoticePlace("PCE-7K3M-9QXT", f"000002#{officer}"),
    DailyPlace: lambda officer: DailyPlace(officer, "2026-12-24"),
    AnswerPlace: lambda _: AnswerPlace("5f2a"),
    SharedPlace: lambda officer: SharedPlace(officer, date(2026, 12, 24), f"left-{officer}"),
}


def test_every_kind_of_place_is_known_here() -> None:
    assert set(KINDS) == set(get_args(Place))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("officer", ["tm-n", "a", "o'sample@council.example", "Zoë Sample, 1st"])
def test_the_tags_name_the_place_whatever_an_officers_id_is_made_of(
    kind: type[Place], officer: str
) -> None:
    place = KINDS[kind](officer)
    assert all(TAG.fullmatch(text) for pair in place.tags.items() for text in pair)
    assert place_of(place.tags) == place


@pytest.mark.parametrize(
    ("tags", "place"),
    [
        (
            {"reference": "PCE-7K3M-9QXT", "notice": "MDAwMDAyI3RtLW4"},
            NoticePlace("PCE-7K3M-9QXT", "000002#tm-n"),
        ),
        ({"day": "2026-12-24", "officer": "dG0tbg"}, DailyPlace("tm-n", "2026-12-24")),
        ({"answers": "5f2a"}, AnswerPlace("5f2a")),
        (
            {"day": "2026-12-24", "officer": "dG0tbg", "about": "bGVmdC1pcm8tMQ"},
            SharedPlace("tm-n", date(2026, 12, 24), "left-iro-1"),
        ),
    ],
    ids=["notice", "daily", "answer", "shared"],
)
def test_the_tags_of_emails_that_are_under_way_are_read_by_every_later_release(
    tags: dict[str, str], place: Place
) -> None:
    assert place_of({**tags, "ses:operation": "SendEmail"}) == place


@pytest.mark.parametrize("tags", [{}, {"reference": "PCE-7K3M-9QXT"}, {"day": "2026-12-24"}])
def test_another_mail_is_no_email_of_the_service(tags: dict[str, str]) -> None:
    assert place_of(tags) is None


def test_items_stay_where_every_release_kept_them() -> None:
    keys = [(place.partition, place.sort) for place in (kind("tm-n") for kind in KINDS.values())]
    assert keys == [
        ("CHALLENGE#PCE-7K3M-9QXT", "NOTICE#000002#tm-n"),
        ("DAILY#tm-n", "2026-12-24"),
        ("MAIL#5f2a", "ANSWER"),
        ("SHARED#tm-n", "2026-12-24#left-tm-n"),
    ]
