"""The challenges whose cost is counted, played through their doors from beginning to end.

A QAP that is resolved within a day is about the least that a challenge can be. A ladder without
replies, from stage 1 until the IRO is asked what happens next, is about the most that the software
does automatically. People open the pages they need, with the style sheet and icon, once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from adapters import wiring
from domain.ladder import FORMAL_STAGES, Stage
from handlers.intake import Became
from infra.blueprint import INDEXES, PAGES
from infra.local.emulator import REGION, TABLE
from tests.doors.post import form, mail
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, reply_link
from tests.performance.meter import Meter, metered
from tests.performance.units import size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

    Story = Callable[[Service], str]

__all__ = ["STORIES", "Usage", "counted", "qap_by_email", "qap_in_a_day", "silent_ladder"]

#: Requests of one sign-in, to and from the council's provider. The stories begin after it.
SIGN_IN = 2

#: Bytes that DynamoDB adds to each item, in the table and in each index.
_ITEM_OVERHEAD = 100


@dataclass(frozen=True)
class Usage:
    """What a challenge uses, by what AWS charges for.

    ``transitions`` and ``executions`` of the state machine; ``calls`` of each function; the bytes
    that the pages ``answered``; ``reads`` (with those of lists, ``listed``), ``writes`` and
    ``index_writes`` in DynamoDB's units; ``mails`` sent; the bytes that are ``kept``, in the table
    and its indexes, and in the ``table`` alone; items and objects touched, each call of which the
    trail has ``recorded``; the hours in which a metric had a value that otherwise has none
    (``metric_hours``).
    """

    transitions: int
    executions: int
    calls: Mapping[str, int]
    answered: int
    reads: float
    listed: float
    writes: int
    index_writes: int
    mails: int
    kept: int
    table: int
    recorded: int
    metric_hours: int

    def rows(self) -> dict[str, float]:
        """Return it as lines of a table: what it is → how many."""
        return {
            "state transitions": self.transitions,
            "executions": self.executions,
            **{f"calls of {name}": calls for name, calls in sorted(self.calls.items())},
            "DynamoDB reads (units)": self.reads,
            "… of them by lists": self.listed,
            "DynamoDB writes (units)": self.writes + self.index_writes,
            "… of them by indexes": self.index_writes,
            "mails": self.mails,
            "kept (kB)": round(self.kept / 1000, 1),
            "… of them in the table alone": round(self.table / 1000, 1),
            "events of the trail": self.recorded,
            "hours of metrics": self.metric_hours,
        }


# The stories -------------------------------------------------------------------------------------


def qap_in_a_day(service: Service) -> str:
    """Raised at QAP, replied to two hours later by the link, resolved by the IRO after two more."""
    return _answered_and_resolved(service, _raised(service, Stage.QAP))


def qap_by_email(service: Service) -> str:
    """The same, but raised by email."""
    assert service.receive(mail(form(Stage="QAP", Reason_for_this_stage="-"))) == Became.RAISED
    (row,) = wiring.casebook().record.lists.of_iro("iro-1")
    return _answered_and_resolved(service, row.reference)


def _answered_and_resolved(service: Service, reference: str) -> str:
    service.jump(timedelta(hours=2))
    question = _opened(Visitor(service), reply_link(service, "tm-n"))
    details = question.form().fill({"answer": "resolved"}).press()
    check = details.form().fill({"words": "Visited on Friday."}).press()
    _done(check.form().press("Send your reply"))
    service.jump(timedelta(hours=2))
    iro = Visitor(service, "iro-1")
    _opened(iro, "/")
    _opened(iro, f"/challenges/{reference}")
    answers = {
        "reason": "The visit took place.",
        "child_told": "no",
        "how_told": "They never knew.",
    }
    _done(iro.get(f"/challenges/{reference}/resolve").form().fill(answers).press())
    assert not service.challenge(reference).open
    return reference


def silent_ladder(service: Service) -> str:
    """Raised at stage 1, without replies: after four stages the IRO is asked what happens next."""
    reference = _raised(service, Stage.ONE)
    for _ in FORMAL_STAGES:
        service.jump_past(service.challenge(reference).request.deadline.at)
    assert service.rung(reference) == "IRO to decide"
    return reference


STORIES: dict[str, Story] = {
    "QAP resolved in a day": qap_in_a_day,
    "QAP raised by email": qap_by_email,
    "silent four-stage ladder": silent_ladder,
}

#: How often someone signs in, in each of them.
SIGN_INS: dict[Story, int] = {qap_in_a_day: 2, qap_by_email: 1, silent_ladder: 1}


_children = count(100)


def _raised(service: Service, stage: Stage) -> str:
    """The IRO looks at the front page, fills in the form's sections, checks them, and sends it."""
    iro = Visitor(service, "iro-1")
    home = _opened(iro, "/")
    for tag in home.soup.select("link[href^='/assets/']"):
        assert iro.get(str(tag["href"])).status == 200
    reason = ANSWERS["reason"] if stage.formal else ""
    # Each is about a child of its own: the page looks at what there is about the same child.
    said = {**ANSWERS, "case-id": f"CASE-{next(_children)}", "stage": stage, "reason": reason}
    page = _opened(iro, "/raise")
    page = _opened(iro, str(page.soup.select(".govuk-task-list__link")[0]["href"]))
    while "step=" in page.address:  # each section leads to the next one, the last to the list
        form = page.form()
        own = {name: text for name, text in said.items() if name in form.names}
        page = _done(form.fill(own).press("Save and continue"))
    check = _opened(iro, page.link("Check your answers and send"))
    done = _done(check.form().press("Raise this challenge"))
    return done.address.removeprefix("/raised/")


def _opened(who: Visitor, address: str) -> Page:
    return _done(who.get(address))


def _done(page: Page) -> Page:
    assert page.status == 200, page.text
    return page


# What they use -----------------------------------------------------------------------------------


def counted(service: Service, story: Story, *, goes_on: str = "") -> Usage:
    """Play a story, and count what it uses, with its sign-ins.

    ``goes_on`` is the challenge it is about, if it does not raise one itself.
    """
    (kept, table), mails = _kept(), len(service.mails())
    transitions = service.transitions(goes_on) if goes_on else 0
    executions = len(service.executions(goes_on)) if goes_on else 0
    with metered(by_functions_alone=True) as meter:
        reference = story(service)
    kept_now, table_now = _kept()
    return Usage(
        transitions=service.transitions(reference) - transitions,
        executions=len(service.executions(reference)) - executions,
        calls=_calls(meter, story),
        answered=meter.answered[PAGES.name],
        reads=meter.reads,
        listed=meter.listed,
        writes=meter.writes,
        index_writes=meter.index_writes,
        mails=len(service.mails()) - mails,
        kept=kept_now - kept,
        table=table_now - table,
        recorded=meter.recorded,
        metric_hours=len(meter.metric_hours),
    )


def _calls(meter: Meter, story: Story) -> dict[str, int]:
    signed_in = Counter({PAGES.name: SIGN_IN * SIGN_INS.get(story, 0)})
    return dict(meter.functions + signed_in)


def _kept() -> tuple[int, int]:
    """Return the bytes of the whole table with its indexes, as they are charged, and without."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]
    items = [item.to_json()["Attributes"] for item in table.all_items()]
    sizes = [(size(item) + _ITEM_OVERHEAD, 1 + _indexes(item)) for item in items]
    return sum(bytes_ * times for bytes_, times in sizes), sum(bytes_ for bytes_, _ in sizes)


def _indexes(item: Mapping[str, object]) -> int:
    return sum(one.partition_key in item and one.sort_key in item for one in INDEXES)
