"""Rule 15, one person on two rungs: the IRO chooses whether to skip the second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.moments import local_day
from domain.people import people_asked
from domain.procedure import OnNoReply, Procedure
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.revising import ReviseDeadline
from domain.rules.skipping import ChooseSkip, SamePersonNext, SkipChosen
from domain.rules.stages import StageBegan
from domain.tasks import tasks
from domain.vocabulary import Letter, Purpose, Standing
from tests.builders import (
    CAS,
    HEDY,
    IRA,
    IVO,
    SARA,
    TAM,
    TOM,
    Case,
    council,
    day,
    directory,
    raised,
)

SKIP = ChooseSkip(skip=True, reason="She has just been asked.")
KEEP = ChooseSkip(skip=False)


def twice(stage: Stage = Stage.ONE) -> Case:
    """Cas holds the posts of stages 1 and 2; asked on Monday 2 November, due by Monday 9."""
    return raised(stage, of=council(people=directory(tm_north=CAS)))


def test_if_one_person_would_answer_two_stages_running_the_iro_chooses() -> None:
    case = twice()
    asked = case.the(SamePersonNext)
    assert (asked.stage, asked.officers) == (Stage.TWO, (CAS,))
    assert ("SKIP_STAGE", day("2026-11-09")) in case.asks
    assert case.letters(SamePersonNext)[IRA] is Letter.DECIDE
    with pytest.raises(NotAllowedError):
        case.does(SARA, SKIP)
    assert raised().facts(SamePersonNext) == []


def test_the_iro_chooses_before_the_second_stage_begins() -> None:
    case = twice().does(IRA, SKIP, "2026-11-04 10:00")
    assert case.the(SkipChosen).skip
    assert case.asks == ()
    began = twice().until("2026-11-10 00:05")
    assert began.challenge.stage is Stage.TWO
    assert ChooseSkip not in began.acts(IRA), "it has begun"


def test_the_stage_that_the_iro_chose_to_skip_is_left_out() -> None:
    case = twice().does(IRA, SKIP, "2026-11-04 10:00").until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.THREE
    assert case.facts(StageBegan)[-1].skipped == (Stage.TWO,)
    assert case.until("2026-11-10 09:00").request.served == {HEDY}


def test_if_the_iro_does_not_choose_the_second_stage_begins() -> None:
    assert twice().until("2026-11-10 00:05").challenge.stage is Stage.TWO
    kept = twice().does(IRA, KEEP, "2026-11-04 10:00").until("2026-11-10 00:05")
    assert kept.challenge.stage is Stage.TWO


def test_cover_that_ends_before_the_second_stage_begins_makes_nobody_answer_both() -> None:
    ends = Cover("tm-north", CAS, day("2026-11-02"), day("2026-11-06"))
    assert raised(of=council(people=directory(ends))).facts(SamePersonNext) == []
    goes_on = Cover("tm-north", CAS, day("2026-11-02"), day("2026-11-10"))
    assert raised(of=council(people=directory(goes_on))).the(SamePersonNext).officers == (CAS,)


def test_a_stage_is_not_left_out_if_somebody_else_would_answer_it_by_then() -> None:
    case = twice().does(IRA, SKIP, "2026-11-04 10:00")
    case.council = council(people=directory(tm_north=TAM))
    assert case.until("2026-11-10 00:05").challenge.stage is Stage.TWO


def test_the_choice_is_due_when_the_reply_is() -> None:
    case = twice().does(IRA, ProposeHold(5, "Tam asks the school.")).does(SARA, AgreeHold())
    assert ("SKIP_STAGE", case.due) in case.asks
    assert case.due == day("2026-11-16"), "nobody is late before that"
    case.does(SARA, EndHold()).until("2026-11-02 11:00")
    assert ("SKIP_STAGE", case.due) in case.asks
    revised = twice().does(SARA, ReviseDeadline(day("2026-11-12"), "She is ill."))
    assert ("SKIP_STAGE", day("2026-11-12")) in revised.asks


def test_choosing_stops_nothing() -> None:
    case = twice()
    (task,) = (
        task for task in tasks(case.challenge, case.council) if task.purpose is Purpose.SKIP_STAGE
    )
    assert not task.stops
    assert task.then == ("If nobody chooses by then, the next stage begins without a reply.",)
    assert case.standing is Standing.STAGE_1
    case.does(CAS, Reply(1, Answer.RESOLVED, "Done."))
    assert [purpose for purpose, _ in case.asks] == ["DECIDE"], "the IRO decides on the reply now"


def test_skipping_needs_a_reason() -> None:
    with pytest.raises(BadSubmissionError, match="Enter why Stage 2 should be skipped"):
        twice().does(IRA, ChooseSkip(skip=True))
    with pytest.raises(BadSubmissionError, match="Choose whether to skip Stage 2"):
        twice().does(IRA, ChooseSkip(skip=None))


def test_the_last_stage_is_never_skipped() -> None:
    same = directory(hos=HEDY, ad=HEDY)
    assert raised(Stage.THREE, of=council(people=same)).facts(SamePersonNext) == []


def test_at_qap_it_is_not_asked() -> None:
    """There the ladder itself asks the Team Manager, who is asked at stage 1 too."""
    assert raised(Stage.QAP).facts(SamePersonNext) == []
    asks = council(Procedure(on_no_reply=OnNoReply.ASK), directory(tm_north=CAS))
    assert raised(of=asks).facts(SamePersonNext) == [], "the IRO is asked where it goes anyway"


def test_who_is_asked_instead_is_looked_at_anew() -> None:
    case = twice().does(IRA, SKIP).does(CAS, SayNotMine(1, "Not my team."))
    case.does(IRA, Reassign("tm-south", "Theirs."))
    assert case.request.served == {TOM}
    case.until("2026-11-10 00:05")
    assert case.challenge.stage is Stage.TWO, "she is not asked twice any more"


def test_with_the_choice_the_next_stage_after_a_reply_is_the_one_after_it() -> None:
    case = twice().does(IRA, SKIP).does(CAS, Reply(1, Answer.CHALLENGED, "No."))
    case.does(IRA, Escalate(Stage.THREE))
    assert case.challenge.stage is Stage.THREE


def test_cover_counts_where_one_person_answers_two_stages() -> None:
    cover = Cover("csm", TAM, day("2026-11-01"), day("2026-11-30"))
    case = raised(of=council(people=directory(cover)))
    assert case.the(SamePersonNext).officers == (TAM,)


def test_nobody_answers_a_challenge_that_they_raised_nor_as_cover_for_its_iro() -> None:
    own = raised(of=council(people=directory(tm_north=IRA)))
    november = day("2026-11-01"), day("2026-11-30")
    cover = Cover("iro-one", SARA, *november)
    both = directory(cover, Cover("tm-north", SARA, *november))
    covers = raised(of=council(people=both))
    ivo = raised(by=IVO, of=council(people=directory(cover, tm_north=IVO)))
    for case, officer in ((own, IRA), (covers, SARA), (ivo, IVO)):
        at = (case.challenge, "tm-north", case.council, local_day(case.now))
        assert officer not in {one.id for one in people_asked(*at)}
        with pytest.raises(NotAllowedError):
            case.does(officer, Reply(1, Answer.RESOLVED, "All is well."))


def test_nobody_is_named_to_answer_a_challenge_that_they_raised() -> None:
    case = raised().does(TAM, SayNotMine(1, "Not my team."))
    people = directory(tm_south=IRA)
    case.council = replace(case.council, directory=people)
    with pytest.raises(BadSubmissionError, match="Nobody can reply to a challenge"):
        case.does(IRA, Reassign("tm-south", "Theirs."))
