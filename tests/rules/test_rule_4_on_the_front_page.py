"""Rule 4, on the front page: late decisions, and those made in the IRO's place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from bs4 import Tag

from adapters import wiring
from adapters.audit import differences
from adapters.record.shown import list_of
from domain.ladder import Stage
from domain.rules.endings import ChildTold, Resolve
from domain.rules.escalating import Escalate
from domain.rules.stepping_in import IN_IROS_PLACE
from tests.pages.visitor import Visitor
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

#: Three working days after the IRO had to decide, in the morning.
LATE = datetime(2026, 11, 12, 9, 5, tzinfo=UTC)
MAY_TAKE = "Late: you can step in"
IN_PLACE = "Decided in the IRO’s place"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A Monday morning, ten o'clock."""
    with running(tmp_path, remembers=True) as service:
        yield service


def listed(page: Page, title: str) -> list[str]:
    """Return the references under the heading ``title``, in order."""
    found = [one for one in page.soup.select("main h2") if one.get_text(strip=True) == title]
    after = found[0].find_next_sibling() if found else None
    links = after.select(".pc-reference") if isinstance(after, Tag) else []
    return [a.get_text(strip=True) for a in links]


def home(service: Service, officer: str) -> Page:
    return Visitor(service, officer).get("/")


def late(service: Service) -> str:
    """Return a challenge whose reply waits for the IRO."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    return reference


def test_the_srsm_s_front_page_shows_the_late_decisions_they_may_take(service: Service) -> None:
    reference = late(service)
    assert listed(home(service, "srsm"), MAY_TAKE) == []
    service.jump(LATE)
    page = home(service, "srsm")
    assert listed(page, MAY_TAKE) == [reference]
    assert "Monday 9 November 2026: 3 working days late" in page.text, "how late the IRO is"
    power = Visitor(service, "srsm").get(f"/challenges/{reference}").text
    assert (
        "Ira Sample-One was due to decide by Monday 9 November 2026: 3 working days late" in power
    )
    assert listed(home(service, "senior"), MAY_TAKE) == []
    assert reference in listed(home(service, "iro-1"), "Mine to do")
    service.jump(LATE.replace(day=16))
    above = Visitor(service, "senior").get(f"/challenges/{reference}")
    assert "You may decide in their place too." in above.text
    first = [a.get_text(strip=True) for a in above.soup.select("main a[class*='-bold']")]
    assert "Record it as resolved" in first
    service.act(reference, "srsm", Escalate(Stage.TWO))
    assert listed(home(service, "srsm"), MAY_TAKE) == []


def test_the_acts_in_the_iro_s_place_are_listed(service: Service) -> None:
    moved, resolved = late(service), late(service)
    service.jump(LATE)
    assert listed(home(service, "senior"), IN_PLACE) == []
    service.act(moved, "srsm", Escalate(Stage.TWO))
    service.jump(LATE.replace(hour=11))
    service.act(resolved, "srsm", Resolve("Seen at the visit.", ChildTold.YES, "By me."))
    page = home(service, "senior")
    assert listed(page, IN_PLACE) == [resolved, moved], "ended ones too, the latest first"
    assert "Thursday 12 November 2026" in page.text
    assert listed(home(service, "srsm"), IN_PLACE) == []
    rows = wiring.casebook().record.lists.with_mark(IN_IROS_PLACE)
    assert [mark.called for mark in rows[0].marks] == [IN_PLACE]


def test_the_email_about_it_goes_to_the_senior_iro_manager_at_once(service: Service) -> None:
    reference = late(service)
    service.jump(LATE)
    service.act(reference, "srsm", Escalate(Stage.TWO))
    told = [mail for mail in service.mails("senior") if mail.sent_at >= LATE]
    assert any("decided in the place of" in " ".join(mail.text.split()) for mail in told)


def test_the_audit_finds_nothing_wrong_with_the_list(service: Service) -> None:
    reference = late(service)
    service.jump(LATE)
    service.act(reference, "srsm", Escalate(Stage.TWO))
    kept = wiring.casebook().record.chain.as_kept(reference)
    assert kept.trays[list_of(IN_IROS_PLACE)]["tray"] == list_of(IN_IROS_PLACE)
    council, beside = wiring.casebook().council(), wiring.casebook().record.beside
    found = differences(*(reference, kept, council, 0, service.now), filled_in=True, beside=beside)
    assert [*found] == []
