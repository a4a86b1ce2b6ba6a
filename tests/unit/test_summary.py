"""The summary row of a challenge: what lists and figures need of it, derived from its events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from adapters.codec import moment_text
from adapters.executions import Began
from adapters.record.head import Head, head_item
from adapters.record.shown import MAY_LACK, list_of, listed
from domain.deadlines import How
from domain.form import Concern, GoodPractice, Urgency, Way
from domain.ladder import Stage
from domain.moments import utc_text
from domain.rulebook import MARKS
from domain.rules.cafcass import _REFERRALS, Referral
from domain.rules.considering import ReferralDue
from domain.rules.deciding import GiveView
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.good_practice import GOOD_PRACTICE_MARK
from domain.rules.impact import BETTER, NOTHING_CHANGED, PARTLY, WORSE, Impact, ImpactRecorded
from domain.rules.period import BEYOND_PERIOD
from domain.rules.replies import Answer, Reply
from domain.rules.stepping_in import IN_IROS_PLACE, InIrosPlace
from domain.rules.urgency import StagesEndTooLate, risk_today
from domain.summary import Summary, summary
from domain.tasks import tasks
from domain.vocabulary import Outcome, Standing
from tests.builders import IRA, SARA, TAM, Case, day, moment, raised
from tests.performance.units import size

WITHDRAWN = Close(
    Outcome.WITHDRAWN, "The plan was carried out.", ChildTold.YES, "By me, at the visit."
)


def row(case: Case) -> Summary:
    """The row of a case as it is now."""
    return summary(case.challenge, case.council)


def test_an_open_one_says_where_it_is_since_when_and_until_when() -> None:
    case = raised(Stage.ONE)
    child = case.challenge.raised.child
    found = row(case)
    assert (found.reference, found.iro) == (case.challenge.reference, case.challenge.iro)
    assert (found.case_id, found.initials, found.team) == (
        child.case_id,
        child.initials,
        child.team,
    )
    assert (found.entry, found.stage, found.standing) == (Stage.ONE, Stage.ONE, Standing.STAGE_1)
    assert found.formal_at == found.raised_at
    assert found.next_due == case.request.deadline.at
    assert (found.outcome, found.ended_at, found.beyond_period) == (None, None, False)


def test_its_date_is_that_of_what_its_standing_names() -> None:
    """What else somebody has to do before that is in their own list."""
    case = raised(Stage.ONE, urgency=Urgency(at_risk=True))
    first = tasks(case.challenge, case.council)[0]
    assert first.deadline.at < case.request.deadline.at
    assert row(case).standing is Standing.STAGE_1
    assert row(case).next_due == case.request.deadline.at


def test_each_stage_says_when_it_began_and_ended_and_whether_it_was_answered_or_silent() -> None:
    case = raised(Stage.ONE).until("2026-11-11 10:00")
    replied = case.now
    case.does(TAM, Reply(1, Answer.RESOLVED, "The visit took place."))
    one, two = row(case).stages
    assert (one.stage, two.stage) == (Stage.ONE, Stage.TWO)
    assert one.ended == two.began == case.challenge.requests[1].opened
    assert (one.silent, one.answered) == (True, replied), "late"
    assert (two.silent, two.answered, two.ended) == (False, None, None)


def test_the_first_formal_entry_is_that_of_the_first_formal_stage() -> None:
    case = raised(Stage.QAP)
    assert row(case).formal_at is None
    case.does(IRA, Escalate(Stage.TWO, "It cannot wait."), at="2026-11-04 11:00")
    formal_at = case.now
    case.does(IRA, Escalate(Stage.THREE, "It cannot wait."), at="2026-11-05 11:00")
    assert [one.stage for one in row(case).stages] == [Stage.QAP, Stage.TWO, Stage.THREE]
    assert row(case).formal_at == formal_at


def test_one_that_has_ended_says_how_and_when_and_nothing_is_due() -> None:
    case = raised(Stage.ONE).until("2026-11-04 11:00")
    ended = case.now
    case.does(IRA, WITHDRAWN)
    found = row(case)
    assert (found.outcome, found.ended_at) == (Outcome.WITHDRAWN, ended)
    assert found.next_due is None
    assert found.stages[-1].ended == ended


def test_a_theme_that_two_concerns_have_is_one() -> None:
    case = raised(Stage.ONE)
    two = [Concern(theme, "It drifts.", "A plan.", day("2026-12-01")) for theme in ("b", "a", "b")]
    form = replace(case.challenge.raised, concerns=tuple(two))
    assert summary(replace(case.challenge, raised=form), case.council).themes == ("b", "a")


# As HEAD holds it --------------------------------------------------------------------------------


def test_an_open_one_is_listed_with_its_iro_and_one_that_has_ended_with_the_ended_ones() -> None:
    case = raised(Stage.ONE).until("2026-11-04 11:00")
    open_ = listed(case.challenge, case.council)
    case.does(IRA, WITHDRAWN)
    ended = listed(case.challenge, case.council)
    iro, reference = case.challenge.iro, case.challenge.reference
    assert open_["iro"] == iro
    assert not {"of_iro", "ended", "outcome"} & open_.keys()
    assert "iro" not in ended
    assert (ended["of_iro"], ended["outcome"]) == (iro, "withdrawn")
    assert ended["ended"] == f"{moment_text(moment('2026-11-04 11:00'))} {reference}"
    assert {*open_} ^ {*ended} <= {*MAY_LACK}


def test_it_holds_no_word_that_anybody_wrote() -> None:
    case = raised(Stage.ONE).until("2026-11-11 10:00")
    case.does(TAM, Reply(1, Answer.RESOLVED, "Zinnia was seen at school."))
    held = str(listed(case.challenge, case.council))
    said: Raised = case.the(Raised)
    private = [said.child.name, str(said.child.date_of_birth), said.tried, said.views]
    private += [text for one in said.concerns for text in (one.what, one.outcome_wanted)]
    for words in (*filter(None, private), "Zinnia"):
        assert words not in held


@pytest.mark.parametrize("entry", list(Stage))
def test_each_stage_is_a_line_of_its_own(entry: Stage) -> None:
    case = raised(entry)
    (line,) = listed(case.challenge, case.council)["stages"]
    assert line == f"{entry} 2026-11-02T10:00:00Z -"


def test_a_line_says_when_the_stage_was_answered_and_that_it_was_silent() -> None:
    case = raised(Stage.ONE).until("2026-11-11 10:00")
    case.does(TAM, Reply(1, Answer.RESOLVED, "The visit took place."))
    lines = listed(case.challenge, case.council)["stages"]
    assert lines == [
        "1 2026-11-02T10:00:00Z 2026-11-11T10:00:00Z silent",
        "2 2026-11-09T23:59:59Z -",
    ]


def longest() -> Case:
    """Return one through all stages, each answered late, in a council of long names."""
    case = raised(Stage.QAP)
    case.does(SARA, GiveView(resolved=True, words="It was done."))
    for stage in (Stage.ONE, Stage.TWO, Stage.THREE, Stage.FOUR):
        case.does(IRA, Escalate(stage, "It cannot wait."))
    late = case.challenge.events[-1]
    answered = [replace(one, missed=True, late_replies=(late,)) for one in case.challenge.requests]
    themes = ("care plan not implemented", "visits and contact with the social worker", "legal")
    concerns = [Concern(one, "It drifts.", "A plan.", day("2026-12-01")) for one in themes]
    child = replace(case.challenge.raised.child, team="Children Looked After, Leaving Care North")
    form = replace(case.challenge.raised, child=child, concerns=tuple(concerns))
    urgent = risk_today(case.now).changes(case.challenge, late)
    urgent = StagesEndTooLate(Stage.FOUR, day("2026-12-01")).changes(urgent, late)
    due = ReferralDue(urgent.request.deadline)
    urgent = due.changes(urgent.keep(_REFERRALS, (Referral(1, case.today, after_last=True),)), late)
    marked = replace(
        urgent,
        requests=tuple(answered),
        raised=form,
        beyond_period=True,
        period_ending=True,
    )
    moved = answered[-1].ledger
    for event in (98, 99):
        moved = moved.entered(How.REVISED, moved.deadline, event)
    marked = replace(
        marked,
        requests=(*answered[:-1], replace(answered[-1], ledger=moved)),
        asked=tuple(replace(one, chased=3) for one in marked.asked),
    )
    by_the_srsm = InIrosPlace(case.challenge.iro, "decide on the reply", "Escalate", 3)
    case.challenge = by_the_srsm.changes(marked, case.challenge.events[-1])
    return case


def head_of(case: Case, *trays: str) -> dict[str, Any]:
    """Return HEAD as it is at its longest: it wakes once more, and did so before for nothing."""
    began = Began("StageBegan", case.challenge.stage, case.now)
    head = Head(40, 30, case.now, "f" * 64, 40, 12, 3, case.now, trays, began)
    item = head_item(case.challenge, head, case.council)
    return item | {"idle": 3, "idle_since": utc_text(case.now), "faults": 1}


def test_head_stays_below_a_kilobyte_beyond_which_each_write_costs_twice() -> None:
    """The longest that is open, the longest that has ended, and good practice, which is neither."""
    by_the_srsm = list_of(IN_IROS_PLACE)
    open_, ended = longest(), longest()
    ended.does(IRA, Resolve("It is done.", ChildTold.NOT_YET))
    praise = raised(
        Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), good_practice=GoodPractice("", "")
    )
    heads = [
        head_of(open_, "post-of-an-assistant-director", "post-of-a-manager", by_the_srsm),
        *(
            head_of(ended.records(ImpactRecorded(impact, "")), IRA, SARA, by_the_srsm, list_of(key))
            for impact, key in (
                (Impact.NOTHING, NOTHING_CHANGED),
                (Impact.WORSE, WORSE),
                (Impact.BETTER, BETTER),
                (Impact.PARTLY, PARTLY),
            )
        ),
        head_of(praise, list_of(GOOD_PRACTICE_MARK)),
    ]
    marks = {key for key, mark in MARKS.items() if not mark.of_sealed}
    shown = {mark for head in heads for mark in head.get("marks", ())}
    assert shown == marks - {BEYOND_PERIOD}, "each that there is; that one is said beside them"
    assert heads[0]["beyond_period"]
    assert [len(head["stages"]) for head in heads] == [5, 5, 5, 5, 5, 1]
    for head in heads:
        wire = {name: TypeSerializer().serialize(value) for name, value in head.items()}
        assert size(wire) <= 1024, head.get("marks")
