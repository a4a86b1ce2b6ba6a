"""Emails: how many a silent ladder, nine challenges and an SRSM's month come to.

``make test`` prints the table.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.rules.endings import ChildTold, Resolve
from domain.rules.replies import Answer, Reply
from domain.vocabulary import Letter
from tests.builders import IRA, SARA, TAM, calendar, raised
from tests.rules.mornings import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

RESOLVED = Resolve("The visit took place.", ChildTold.YES, "By their social worker.")


@pytest.fixture
def prints(record_property: Callable[[str, object], None]) -> Callable[[str, Mailbox], None]:
    """Print a story's emails at the end."""

    def printed(name: str, box: Mailbox) -> None:
        rows = {
            "challenges": len(box.cases),
            "emails of their own": len(box.own),
            "daily emails": len(box.daily),
            "together": len(box.own) + len(box.daily),
            "of them to the SRSM": box.to(SARA),
            "of them to the IRO": box.to(IRA),
        }
        record_property(f"emails: {name}", rows)

    return printed


def silent_ladder() -> Mailbox:
    """Four stages without a reply, until the morning on which the IRO is asked."""
    box = Mailbox()
    box.add(raised(Stage.ONE, "2026-11-02 10:00"))
    return box.until("2026-12-01")


def days_from(first: str, many: int) -> list[date]:
    """Return ``many`` working days, the first after ``first``."""
    return [calendar().add(date.fromisoformat(first), n) for n in range(1, many + 1)]


def test_a_silent_ladder_of_four_stages_sends_at_most_20_emails_of_its_own(
    prints: Callable[[str, Mailbox], None],
) -> None:
    box = silent_ladder()
    prints("silent four-stage ladder", box)
    assert Counter(one.letter for one in box.own) == {
        Letter.PLEASE_REPLY: 4,
        Letter.REMINDER: 4,
        Letter.TOLD: 2,
        Letter.DECIDE: 1,
    }
    assert len(box.own) <= 20
    assert len(set(box.daily)) == len(box.daily)


def test_nine_challenges_in_fifteen_working_days_do_not_bury_anybody(
    prints: Callable[[str, Mailbox], None],
) -> None:
    """Three are answered on the second day and resolved on the third; six are silent."""
    box, mornings = Mailbox(), days_from("2026-10-30", 15)
    for n, day in enumerate(mornings):
        if n:
            box.until(str(day))
        if n < 9:
            box.add(raised(Stage.ONE, f"{day} 10:00"))
        for case in box.cases[:7:3]:
            if case.challenge.open and (case.now - case.challenge.raised_at).days >= 2:
                case.does(TAM, Reply(1, Answer.RESOLVED, "Done.")).does(IRA, RESOLVED)
    prints("nine in fifteen working days", box)
    assert len(box.own) <= 9 * 8
    assert max(Counter(officer for _, officer in box.daily).values()) <= 15
    assert box.to(SARA) <= 9 + 3 * 2 + 15


def test_the_srsms_month_is_a_daily_email_and_what_people_did(
    prints: Callable[[str, Mailbox], None],
) -> None:
    """One raised on each of twenty working days; every other one is answered and resolved."""
    box = Mailbox()
    for n, day in enumerate(days_from("2026-10-30", 20)):
        if n:
            box.until(str(day))
        box.add(raised(Stage.ONE, f"{day} 10:00"))
        for case in box.cases[: n - 1 : 2]:
            if case.challenge.open:
                case.does(TAM, Reply(1, Answer.RESOLVED, "Done.")).does(IRA, RESOLVED)
    prints("the SRSM's month, twenty raised", box)
    to_srsm = Counter(one.letter for one in box.own if one.officer == SARA)
    assert set(to_srsm) == {Letter.TOLD}
    ended = sum(not case.challenge.open for case in box.cases)
    assert to_srsm[Letter.TOLD] == len(box.cases) + 2 * ended, "began; answered and ended"
    assert sum(officer == SARA for _, officer in box.daily) <= 20
