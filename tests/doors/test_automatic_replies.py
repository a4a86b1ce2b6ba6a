"""Automatic replies as programs and people write them, and ordinary emails beside them.

The emails are files in ``away/``: what programs sent because somebody is away (``replies``, with
what each says in ``replies.csv``), and what people and other programs sent (``people``).
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from adapters.directory_csv import from_csv
from handlers.intake.away import Away, is_automatic_reply, read_away
from handlers.intake.mail import read, read_head
from tests.builders import calendar
from tests.workflow.service import SAMPLE_DIRECTORY

AWAY = Path(__file__).parent / "away"
REPLIES = sorted((AWAY / "replies").glob("*.eml"))
PEOPLES = sorted((AWAY / "people").glob("*.eml"))
DIRECTORY = from_csv(SAMPLE_DIRECTORY)
CALENDAR = calendar()
TODAY = date(2026, 11, 2)

#: Replies that nothing tells from what a person writes.
NOT_FOUND = {"apple-mail-rule-bare"}


def is_away(file: Path) -> bool:
    raw = file.read_bytes()
    return is_automatic_reply(read(raw), read_head(raw).marks)


def said() -> dict[str, Away]:
    with (AWAY / "replies.csv").open(encoding="utf-8") as rows:
        return {
            row["file"]: Away(_day(row["first"]), _day(row["back_on"]), row["colleague"])
            for row in csv.DictReader(rows)
        }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def test_there_are_enough_of_each() -> None:
    assert len(REPLIES) >= 60
    assert len(PEOPLES) >= 60
    assert said().keys() == {file.stem for file in REPLIES}


def test_no_more_than_three_automatic_replies_are_missed() -> None:
    missed = {file.stem for file in REPLIES if not is_away(file)}
    assert missed == NOT_FOUND
    assert len(missed) <= 3


@pytest.mark.parametrize("file", PEOPLES, ids=lambda file: file.stem)
def test_no_ordinary_email_is_taken_for_one(file: Path) -> None:
    assert not is_away(file)


@pytest.mark.parametrize("file", REPLIES, ids=lambda file: file.stem)
def test_the_days_and_the_colleague_are_read(file: Path) -> None:
    mail = read(file.read_bytes())
    sender = DIRECTORY.by_email(mail.sender)
    assert sender is not None
    assert read_away(mail, sender, DIRECTORY, TODAY, CALENDAR) == said()[file.stem]
