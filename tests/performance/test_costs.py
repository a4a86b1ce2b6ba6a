"""What a challenge costs, counted. ``make ci`` prints the table at the end."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from infra.blueprint import ROOT
from tests.pages.visitor import Visitor
from tests.performance import year
from tests.performance.costs import challenge_lines, total
from tests.performance.growth import carried, cold_reads, load_directory
from tests.performance.meter import metered
from tests.performance.stories import STORIES, counted, qap_by_email, qap_in_a_day, silent_ladder
from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.performance.stories import Story, Usage

#: One worker plays each story, once.
pytestmark = pytest.mark.xdist_group("costs")

#: What it costs to run the silent ladder, in dollars: transitions, calls, emails, writes, without
#: the copies in the backup vault and the hours of metrics, which challenges share. A quarter is the
#: form that raises it: 27 calls of pages for its nine sections and the page to check them.
RUNNING_AT_MOST = 0.0055
BESIDE = ("metric hour", "vault gb month")
#: And with them. The vault keeps 49 copies of each event, and nobody in this story does anything:
#: whether to refer to Cafcass, the outcome and the decisions on the child's file are asked for, and
#: chased ten times in all (rules 10, 20 and 15). That is 31 events instead of 21.
WHOLE_AT_MOST = 0.0088

#: The aim for the silent four-stage ladder: 18 decisions, of which five only chase. By rule 0 the
#: SRSM hears on the third working day also of what is not on the child's file.
TRANSITIONS_AT_MOST = 54


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Story], Usage]:
    """Play a story, if no test has before."""

    @cache
    def play(story: Story) -> Usage:
        with running(tmp_path_factory.mktemp("played")) as service:
            return counted(service, story)

    return play


@pytest.fixture
def count(
    played: Callable[[Story], Usage], record_property: Callable[[str, object], None]
) -> Callable[[Story], Usage]:
    """Play a story, and have its usage printed at the end."""
    names = {story: name for name, story in STORIES.items()}

    def counted_and_printed(story: Story) -> Usage:
        usage = played(story)
        record_property(f"cost: {names[story]}", usage.rows())
        return usage

    return counted_and_printed


def test_qap_resolved_in_a_day(count: Callable[[Story], Usage]) -> None:
    usage = count(qap_in_a_day)
    assert usage.transitions <= 12
    assert usage.mails <= 9
    # Raising it takes 27: each of nine sections is sent, which leads to the next one. Then there
    # are the two pages of a reply, and the pages to check it and what the IRO does.
    assert usage.calls["pages"] <= 47
    assert usage.reads <= 170
    # Each form that is sent notes that it was, so that Back does not offer it again. What was
    # resolved stays in the index of what has to wake: the IRO is asked what changed (rule 24). That
    # it was raised, answered and ended is said to the event bus, each in an item (rule 20).
    # It is in the list of all open challenges, and then in that of the ended ones. Each section of
    # the form that was filled in is saved, and so is each page of a reply.
    assert usage.writes + usage.index_writes <= 151


def test_a_form_that_is_sent_with_a_mistake_costs_one_write_and_one_read(service: Service) -> None:
    """And what a page costs: an act is tried on what was read, and nothing is read twice."""
    reference = service.raise_at(Stage.ONE)
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/close").form()
    with metered() as opened:
        iro.get(form.page.address)
    with metered() as sent:
        answer = form.press(follow=False)
    with metered() as shown:
        assert iro.get(answer.headers["location"]).errors
    assert opened.calls == {"GetItem": 3, "Query": 1, "PutItem": 1}
    assert sent.calls == {"GetItem": 2, "Query": 1, "PutItem": 1}, "it is kept, and no look noted"
    assert shown.calls == {"GetItem": 3, "Query": 1, "PutItem": 1}, "it is found, and looked over"


def test_qap_raised_by_email(count: Callable[[Story], Usage]) -> None:
    usage = count(qap_by_email)
    assert usage.transitions <= 12
    assert usage.calls["intake"] == 1
    assert usage.writes + usage.index_writes <= 144


def test_the_silent_ladder(count: Callable[[Story], Usage]) -> None:
    usage = count(silent_ladder)
    assert usage.transitions <= TRANSITIONS_AT_MOST
    assert usage.mails <= 11
    lines = challenge_lines(usage, cold_reads=15)
    assert sum(line.usd for line in lines if line.what not in BESIDE) < RUNNING_AT_MOST
    assert total(lines) < WHOLE_AT_MOST
    assert usage.calls["decide"] <= 20
    # Each time someone is chased, the record is read once, and the head and its rows in the indexes
    # are written; each event that chases is one more. That it was raised and that a stage ended is
    # said to the event bus, each time in an item (rule 20). Its row in the list of all open
    # challenges is written whenever the next date, the stage or the marks change: 22 units. The
    # draft of its form is written section by section: 15 units.
    assert usage.reads <= 177
    assert usage.writes + usage.index_writes <= 409


# The page ----------------------------------------------------------------------------------------

#: How far a number on the page may be from what is computed, apart from its rounding. A longer
#: sentence in an event changes the last digits, and nobody has to write the page again for that.
NEAR = 0.02
#: Two rounded numbers and their rounded sum, in dollars. (A cent and a little: floats.)
CENT = 0.0101


def _dollars(page: str, row: str) -> list[float]:
    """Return the dollars in the row of a table of the page that begins with these words."""
    (cells,) = re.findall(rf"^\| {re.escape(row)} \|(.*)\|$", page, re.MULTILINE)
    return [float(cell.strip(" $").replace(",", "")) for cell in cells.split("|")]


def test_the_page_of_costs_says_what_challenges_and_years_of_them_cost(
    played: Callable[[Story], Usage], tmp_path: Path
) -> None:
    """If it fails: ``make bench`` prints the tables of the page. ``test_prices`` has the others."""
    usages = [played(story) for story in (qap_in_a_day, qap_by_email, silent_ladder)]
    with running(tmp_path) as service:
        load_directory(year.PEOPLE)
        reads = cold_reads()
        usages.append(carried(service))
    qap, by_email, ladder, change = (total(challenge_lines(usage, reads)) for usage in usages)
    rates = year.Rates(qap, ladder, change, month=0)
    page = (ROOT / "docs" / "costs.md").read_text("utf-8")
    for row, cost in (
        ("QAP, answered and resolved in a day, 9 emails", qap),
        ("the same, raised by email, 10 emails", by_email),
        ("ladder of four stages without a reply, 10 emails", ladder),
        ("one new directory, carried to one open challenge", change),
    ):
        assert _dollars(page, row) == [pytest.approx(cost, rel=NEAR, abs=0.00005)], row
    for row, challenges in (
        ("a council with 600 looked-after children", year.CHILDREN),
        ("the same, lean", year.CHILDREN),
        ("England: 153 councils, each in an account of its own", year.ENGLAND),
    ):
        many, used, fixed, together = _dollars(page, row)
        assert many == challenges
        assert used == pytest.approx(year.year(rates, challenges).used, rel=NEAR, abs=0.005), row
        assert together == pytest.approx(used + fixed, abs=CENT), row
    for challenges in (100, 1_000, 10_000, 100_000):
        used, each, fixed, together = _dollars(page, f"{challenges:,}")
        assert each == pytest.approx(rates.challenge, rel=NEAR, abs=0.00005)
        assert used == pytest.approx(year.year(rates, challenges).used, rel=NEAR, abs=0.005)
        assert together == pytest.approx(used + fixed, abs=CENT)
