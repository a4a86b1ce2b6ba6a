"""What a challenge costs, counted. ``make ci`` prints the table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from tests.pages.visitor import Visitor
from tests.performance.costs import challenge_lines, total
from tests.performance.meter import metered
from tests.performance.stories import STORIES, counted, qap_by_email, qap_in_a_day, silent_ladder
from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.performance.stories import Story, Usage

#: What it costs to run the silent ladder, in dollars: transitions, calls, emails, writes, without
#: the copies in the backup vault and the hours of metrics, which challenges share.
RUNNING_AT_MOST = 0.0045
BESIDE = ("metric hour", "vault gb month")
#: And with them. The vault keeps 49 copies of each event, and nobody in this story does anything:
#: whether to refer to Cafcass, the outcome and the decisions on the child's file are asked for, and
#: chased nine times in all (rules 10, 20 and 15). That is 31 events instead of 21.
WHOLE_AT_MOST = 0.0078

#: The aim for the silent four-stage ladder: 18 decisions, of which five only chase. By rule 0 the
#: SRSM hears on the third working day also of what is not on the child's file.
TRANSITIONS_AT_MOST = 54


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


@pytest.fixture
def count(
    service: Service, record_property: Callable[[str, object], None]
) -> Callable[[Story], Usage]:
    """Play a story, and have its usage printed at the end."""
    names = {story: name for name, story in STORIES.items()}

    def counted_and_printed(story: Story) -> Usage:
        usage = counted(service, story)
        record_property(f"cost: {names[story]}", usage.rows())
        return usage

    return counted_and_printed


def test_qap_resolved_in_a_day(count: Callable[[Story], Usage]) -> None:
    usage = count(qap_in_a_day)
    assert usage.transitions <= 12
    assert usage.mails <= 9
    assert usage.calls["pages"] <= 25
    assert usage.reads <= 90
    # Each form that is sent notes that it was, so that Back does not offer it again. What was
    # resolved stays in the index of what has to wake: the IRO is asked what changed (rule 24). That
    # it was raised, answered and ended is said to the event bus, each in an item (rule 20).
    assert usage.writes + usage.index_writes <= 124


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
    assert usage.writes + usage.index_writes <= 126


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
    # said to the event bus, each time in an item (rule 20).
    assert usage.reads <= 117
    assert usage.writes + usage.index_writes <= 374
