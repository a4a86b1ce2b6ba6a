"""The tags that connect SES's events to the email they are about."""

from __future__ import annotations

import re

import pytest

from adapters.delivery import letter_of, tags_of

#: What SES allows in a tag's name and value, and how long.
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


@pytest.mark.parametrize("officer", ["tm-n", "a", "o'sample@council.example", "Zoë Sample, 1st"])
def test_the_tags_name_the_letter_whatever_an_officers_id_is_made_of(officer: str) -> None:
    tags = tags_of("PCE-7K3M-9QXT", f"000002#{officer}")
    assert all(TAG.fullmatch(text) for pair in tags.items() for text in pair)
    assert letter_of(tags) == ("PCE-7K3M-9QXT", f"000002#{officer}")


def test_the_tags_of_letters_that_are_under_way_are_read_by_every_later_release() -> None:
    sent = {"reference": "PCE-7K3M-9QXT", "notice": "MDAwMDAyI3RtLW4", "ses:operation": "SendEmail"}
    assert letter_of(sent) == ("PCE-7K3M-9QXT", "000002#tm-n")


@pytest.mark.parametrize("tags", [{}, {"reference": "PCE-7K3M-9QXT"}, {"answers": "5f2a"}])
def test_another_mail_is_no_letter_of_a_challenge(tags: dict[str, str]) -> None:
    assert letter_of(tags) is None
