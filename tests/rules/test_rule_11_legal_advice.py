"""Rule 11: independent legal advice, conflicts of interest, and the briefing.

Guidance: G8, G9, G10, G11, G12, G15, G55.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.challenge import SEALED, AgreedAction, Owner
from domain.directory import Cover, Officer, Post
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Role, Stage
from domain.part import kind_of
from domain.people import capacities, overseers, parties
from domain.permissions import may_see, sees_only
from domain.privileged import Sealed
from domain.rules.accepting import AcceptActions
from domain.rules.appointing import AppointIro
from domain.rules.briefing import (
    Brief,
    Briefed,
    BriefingDue,
    ConfirmDirector,
    DirectorNotified,
)
from domain.rules.corrections import Correct, Corrected
from domain.rules.endings import ChildTold, Close
from domain.rules.legal import (
    AdviceAsked,
    AdviceGiven,
    AdviceOpened,
    AskForAdvice,
    ConflictSaid,
    GiveAdvice,
    ManagerConflicted,
    NameLawyer,
    NeighbourNamed,
    NoAdviceSought,
    OpenAdvice,
    SayConflict,
    SayManagerConflict,
    SayNoAdviceNeeded,
    pieces,
    pieces_for,
    reads_advice,
)
from domain.rules.notes import WriteNote
from domain.rules.replies import Answer, Reply
from domain.rules.sealing import AgreeToSeal, AskToSeal, RightChild
from domain.tasks import tasks, trays
from domain.timeline import details, headline
from domain.vocabulary import Capacity, Letter, Outcome, Purpose
from tests.builders import (
    ADA,
    DAILY,
    DELIA,
    HEDY,
    IRA,
    IVO,
    LENA,
    LEO,
    NEIL,
    NORTH,
    SANDY,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
    with_lawyers,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.council import Council
    from domain.events import Fact

QUESTION, ADVICE = Sealed(1, "a" * 64), Sealed(2, "b" * 64)
DAYS = day("2026-11-01"), day("2026-11-30")


def of(*cover: Cover, besides: Collection[str] = (), **holders: str | None) -> Council:
    """Return the council with its lawyers, and those who are briefed; ``besides`` some posts."""
    return council(people=with_lawyers(directory(*cover, **holders), besides=besides))


def asked(at: str = "2026-11-02 11:00", of_: Council | None = None) -> Case:
    """Return a challenge whose IRO has asked for legal advice."""
    return raised(of=of_ or of()).does(IRA, AskForAdvice(QUESTION), at)


def with_conflict() -> Case:
    """Return one where the legal team has a conflict of interest."""
    return asked().does(LENA, SayConflict(conflict=True))


def advised() -> Case:
    """Return one where Lena has no conflict, and has advised."""
    return asked().does(LENA, SayConflict(conflict=False)).does(LENA, GiveAdvice(ADVICE))


def by_the_neighbour() -> Case:
    """Return one where a neighbouring authority's lawyer has advised."""
    return with_conflict().does(LENA, NameLawyer(NEIL)).does(NEIL, GiveAdvice(ADVICE))


def who(case: Case, officer: str) -> frozenset[Capacity]:
    """Return the capacities of the officer."""
    return capacities(case.challenge, officer, case.council, case.today)


def sees(case: Case, officer: str) -> bool:
    """Whether the officer may see the challenge."""
    return may_see(who(case, officer), case.challenge, case.council)


def readers(case: Case) -> set[str]:
    """Return the ids of those who may read some legal advice."""
    return {
        officer
        for officer in case.council.directory.officers
        if pieces_for(case.challenge, officer, case.council, case.today)
    }


def task(case: Case, purpose: Purpose) -> str:
    """Return the tray that the task of this purpose is in."""
    (found,) = (
        party
        for party, (one, *_) in trays(case.challenge, case.council, case.today).items()
        if one.purpose is purpose
    )
    return found


def has_task(case: Case, purpose: Purpose) -> bool:
    """Whether somebody has a task of this purpose."""
    return purpose in [one.purpose for one in tasks(case.challenge, case.council)]


# The IRO asks ------------------------------------------------------------------------------------


def test_the_iro_asks_for_independent_legal_advice() -> None:
    case = asked()
    assert AskForAdvice in case.acts(IRA)
    assert case.the(AdviceAsked).sealed == QUESTION
    assert {officer for officer in case.council.directory.officers if _may_ask(case, officer)} == {
        IRA
    }


def _may_ask(case: Case, officer: str) -> bool:
    return AskForAdvice in case.acts(officer)


def test_the_srsm_supports_the_iro_and_cannot_refuse() -> None:
    case = asked()
    assert case.hears(BriefingDue) == {SARA: Letter.DECIDE}
    assert case.hears(AdviceAsked) == {LENA: Letter.DECIDE, LEO: Letter.DECIDE}
    case.does(SARA, Brief("The placement ends."))
    assert has_task(case, Purpose.SAY_CONFLICT)
    assert {act.__name__ for act in case.acts(SARA)} & _OF_ADVICE == {"SayManagerConflict"}


_OF_ADVICE = {
    *("AskForAdvice", "SayNoAdviceNeeded", "SayConflict", "NameLawyer", "GiveAdvice"),
    *("SayManagerConflict", "OpenAdvice"),
}


def test_legal_advice_delays_nothing() -> None:
    with_advice, without = asked().until("2026-11-10 09:00"), raised().until("2026-11-10 09:00")
    assert with_advice.challenge.stage == without.challenge.stage
    assert with_advice.due == without.due


def test_advice_can_be_asked_for_after_the_end() -> None:
    case = raised(of=of()).does(IRA, Close(Outcome.WITHDRAWN, "An error.", ChildTold.YES, "So."))
    case.does(IRA, AskForAdvice(QUESTION))
    case.does(LENA, SayConflict(conflict=False)).does(LENA, GiveAdvice(ADVICE))
    assert readers(case) == {IRA, SARA, LENA}


# Conflicts of interest ---------------------------------------------------------------------------


def test_the_legal_team_records_within_1_working_day_whether_there_is_a_conflict() -> None:
    case = asked("2026-11-06 17:00")
    assert ("SAY_CONFLICT", day("2026-11-09")) in case.asks
    assert {"legal", "legal-2"} <= trays(case.challenge, case.council, case.today).keys()
    with pytest.raises(BadSubmissionError, match="Choose whether there is a conflict"):
        case.does(LENA, SayConflict(None))
    case.does(LENA, SayConflict(conflict=False))
    assert not has_task(case, Purpose.SAY_CONFLICT)
    assert ("GIVE_ADVICE", day("2026-11-10")) in case.asks


def test_with_a_conflict_the_legal_team_names_a_lawyer_of_a_neighbouring_authority_within_2() -> (
    None
):
    case = with_conflict()
    assert ("NAME_LAWYER", day("2026-11-04")) in case.asks
    assert not has_task(case, Purpose.GIVE_ADVICE)
    assert case.hears(ConflictSaid)[LEO] == Letter.DECIDE
    with pytest.raises(BadSubmissionError, match="Choose a lawyer from the list"):
        case.does(LEO, NameLawyer(TAM))
    case.does(LEO, NameLawyer(NEIL))
    assert case.hears(NeighbourNamed)[NEIL] == Letter.DECIDE
    assert task(case, Purpose.GIVE_ADVICE) == NEIL
    assert not has_task(case, Purpose.NAME_LAWYER)


def test_from_then_on_the_lawyers_of_the_council_see_neither_the_advice_nor_the_challenge() -> None:
    case = asked().does(LENA, SayConflict(conflict=False))
    assert (sees(case, LENA), LENA in readers(case)) == (True, True)
    case.does(LEO, SayConflict(conflict=True))
    for lawyer in (LENA, LEO):
        assert not sees(case, lawyer)
        assert lawyer not in readers(case)
        assert sees_only(who(case, lawyer), case.challenge, case.council) == "name-lawyer"
        assert case.acts(lawyer) == {NameLawyer}
    case.does(IRA, AskForAdvice(Sealed(2, "c" * 64)))
    assert not sees(case, LENA)
    assert LENA not in case.hears(AdviceAsked)


def test_the_legal_team_sees_challenges_with_a_request_until_a_conflict_is_recorded() -> None:
    assert not sees(raised(of=of()), LENA)
    case = asked()
    assert sees(case, LENA)
    assert WriteNote not in case.acts(LENA)
    case.does(LENA, SayConflict(conflict=True))
    assert not sees(case, LENA)


def test_a_lawyer_reads_the_question_once_they_have_said_that_there_is_no_conflict() -> None:
    case = asked()
    assert not readers(case) & {LENA, LEO}
    with pytest.raises(NotAllowedError):
        case.does(LENA, GiveAdvice(ADVICE))
    case.does(LENA, SayConflict(conflict=False))
    assert readers(case) & {LENA, LEO} == {LENA}
    with pytest.raises(NotAllowedError, match="Say first whether you have a conflict"):
        case.does(LEO, GiveAdvice(ADVICE))
    with pytest.raises(BadSubmissionError, match="said already"):
        case.does(LENA, SayConflict(conflict=False))
    case.does(LEO, SayConflict(conflict=False)).does(LEO, GiveAdvice(ADVICE))
    assert readers(case) & {LENA, LEO} == {LENA, LEO}


def test_the_neighbouring_lawyer_sees_the_challenges_for_which_they_were_named() -> None:
    case = with_conflict()
    assert not sees(case, NEIL)
    case.does(LENA, NameLawyer(NEIL))
    assert sees(case, NEIL)
    assert NEIL in readers(case)
    assert not sees(asked(), NEIL)
    case.council = of(besides=["neighbour"])
    assert not sees(case, NEIL)
    assert NEIL not in readers(case)


def test_nobody_reads_the_advice_by_covering_for_the_neighbouring_lawyer() -> None:
    case = by_the_neighbour()
    case.council = of(Cover("neighbour", HEDY, *DAYS))
    assert HEDY not in readers(case)


def test_a_neighbouring_lawyer_who_has_left_is_replaced_by_the_legal_team() -> None:
    case = with_conflict().does(LENA, NameLawyer(NEIL))
    case.council = of(besides=["neighbour"])
    assert {"legal", "legal-2"} <= trays(case.challenge, case.council, case.today).keys()
    other = Post("neighbour-2", Role.NEIGHBOUR_LAWYER, (), HEDY)
    people = case.council.directory
    posts = {**people.posts, other.id: other}
    case.council = replace(case.council, directory=replace(people, posts=posts))
    case.does(LENA, NameLawyer(HEDY))
    assert HEDY in readers(case)


def test_a_question_asked_after_that_goes_to_the_neighbouring_lawyer() -> None:
    case = by_the_neighbour().does(IRA, AskForAdvice(Sealed(3, "c" * 64)))
    assert task(case, Purpose.GIVE_ADVICE) == NEIL
    assert set(case.letters(AdviceAsked)) == {NEIL}


def test_without_a_legal_team_the_srsm_names_a_lawyer_of_a_neighbouring_authority() -> None:
    case = asked(of_=of(besides=["legal", "legal-2"]))
    assert {party for party, _ in _parties(case, Purpose.SAY_CONFLICT)} == {"srsm"}
    case.does(SARA, NameLawyer(NEIL))
    assert not has_task(case, Purpose.SAY_CONFLICT)
    assert NEIL in readers(case)
    assert NameLawyer not in asked().acts(SARA)


def _parties(case: Case, purpose: Purpose) -> set[tuple[str, Purpose]]:
    return {
        (party, purpose)
        for one in tasks(case.challenge, case.council)
        if one.purpose is purpose
        for party in parties(one, case.challenge, case.council, case.today)
    }


# The briefing ------------------------------------------------------------------------------------


def test_whether_or_not_advice_is_sought_the_srsm_briefs_the_assistant_director() -> None:
    for first in (AskForAdvice(QUESTION), SayNoAdviceNeeded()):
        case = raised(of=of()).does(IRA, first, "2026-11-02 11:00")
        assert ("BRIEF", day("2026-11-04")) in case.asks
        assert task(case, Purpose.BRIEF) == "srsm"
        with pytest.raises(BadSubmissionError, match="Enter what they need to know"):
            case.does(SARA, Brief(" "))
        case.does(SARA, Brief("The placement ends."))
        assert case.the(Briefed).officers == (SANDY,)
        assert case.hears(Briefed) == {SANDY: Letter.DECIDE}
    assert case.the(NoAdviceSought) == NoAdviceSought()


def test_the_assistant_director_confirms_that_the_director_was_notified() -> None:
    case = asked().does(SARA, Brief("The placement ends."), "2026-11-03 10:00")
    assert ("CONFIRM_DIRECTOR", day("2026-11-05")) in case.asks
    assert task(case, Purpose.CONFIRM_DIRECTOR) == "safer"
    assert case.acts(SANDY) == {ConfirmDirector}
    case.does(SANDY, ConfirmDirector())
    assert not has_task(case, Purpose.CONFIRM_DIRECTOR)
    assert case.hears(DirectorNotified) == {DELIA: Letter.TOLD, IRA: DAILY, SARA: DAILY}


def test_a_briefing_that_is_due_covers_what_is_considered_meanwhile() -> None:
    case = raised(of=of()).does(IRA, SayNoAdviceNeeded()).does(IRA, AskForAdvice(QUESTION))
    assert len(case.facts(BriefingDue)) == 1
    case.does(SARA, Brief("The placement ends.")).does(IRA, SayNoAdviceNeeded())
    assert len(case.facts(BriefingDue)) == 2


def test_the_assistant_director_for_safer_and_partnerships_sees_the_briefing() -> None:
    case = asked()
    assert not who(case, SANDY)
    case.does(SARA, Brief("The placement ends."))
    assert not sees(case, SANDY)
    assert sees_only(who(case, SANDY), case.challenge, case.council) == "briefing"
    shown = dict(details(case.the(Briefed), who(case, SANDY)))
    assert shown["Briefing"] == "The placement ends."
    assert "Briefing" not in dict(details(case.the(Briefed), who(case, TAM)))


def test_the_director_sees_what_they_heard_about() -> None:
    case = asked().does(SARA, Brief("The placement ends."))
    assert not who(case, DELIA)
    case.does(SANDY, ConfirmDirector())
    assert not sees(case, DELIA)
    assert sees_only(who(case, DELIA), case.challenge, case.council) == "briefing"
    assert "Briefing" in dict(details(case.the(Briefed), who(case, DELIA)))


def test_without_that_assistant_director_the_director_is_briefed() -> None:
    case = asked(of_=of(besides=["safer"])).does(SARA, Brief("The placement ends."))
    assert case.the(Briefed).officers == (DELIA,)
    case.does(DELIA, ConfirmDirector())
    nobody = asked(of_=of(besides=["safer", "director"]))
    with pytest.raises(BadSubmissionError, match="Nobody holds the post"):
        nobody.does(SARA, Brief("The placement ends."))


def test_whoever_was_briefed_does_not_oversee_the_challenge() -> None:
    both = of(besides=["safer"], safer=SENNA)
    people = both.directory
    posts = {**people.posts, "safer": Post("safer", Role.SAFER_PARTNERSHIPS, (), SENNA)}
    case = asked(of_=replace(both, directory=replace(people, posts=posts)))
    as_senior = Capacity.SENIOR_IRO_MANAGER
    assert [one.id for one in _acting(case, as_senior)] == [SENNA]
    case.does(SARA, Brief("The placement ends."))
    assert as_senior not in who(case, SENNA)
    assert [one.id for one in _acting(case, as_senior)] == [DELIA]


def _acting(case: Case, whose: Capacity) -> tuple[Officer, ...]:
    return overseers(whose, case.challenge, case.council, case.today)


def test_legal_advice_and_the_briefing_are_tasks() -> None:
    case = asked()
    assert {"SAY_CONFLICT", "BRIEF"} <= {name for name, _ in case.asks}
    case.until("2026-11-09 10:00")
    late = {question.purpose: question.chased for question in case.challenge.questions}
    assert late[Purpose.BRIEF] == 3
    assert late[Purpose.SAY_CONFLICT] >= 3


# Who reads the advice ----------------------------------------------------------------------------


def test_only_the_iro_the_srsm_and_the_lawyer_acting_see_the_advice() -> None:
    assert readers(advised()) == {IRA, SARA, LENA}
    assert readers(by_the_neighbour()) == {IRA, SARA, NEIL}
    assert not readers(raised(of=of()))
    assert [piece.what for piece in pieces(advised().challenge)] == [
        "Question to the lawyer",
        "Advice",
    ]


def test_the_senior_iro_manager_who_steps_in_for_a_late_task_does_not_see_the_advice() -> None:
    case = advised().until("2026-11-18 10:00")
    assert Capacity.SRSM in who(case, SENNA)
    assert readers(case) == {IRA, SARA, LENA}


def test_the_timeline_shows_only_that_a_step_took_place() -> None:
    case = by_the_neighbour()
    case.does(SARA, Brief("The placement ends.")).does(SANDY, ConfirmDirector())
    case.does(IRA, SayManagerConflict(SARA))
    steps = (AdviceAsked, ConflictSaid, NeighbourNamed, AdviceGiven, ManagerConflicted)
    lines = [
        headline(event, case.challenge, case.council)
        for event in case.challenge.events
        if isinstance(event.fact, steps)
    ]
    assert lines == [
        "Ira Sample-One asked for independent legal advice",
        "Lena Sample said whether there is a conflict of interest",
        "A lawyer of a neighbouring authority was named",
        "Independent legal advice was given",
        ("Ira Sample-One recorded that the Senior IRO Manager supports the IRO with legal advice"),
    ]
    for event in case.challenge.events:
        if isinstance(event.fact, (*steps, Briefed)):
            shown = dict(details(event.fact, who(case, TAM)))
            assert not {"Conflict of interest", "Lawyer", "Briefing"} & shown.keys()


def test_no_fact_holds_the_words_of_a_question_or_of_advice() -> None:
    case = advised()
    kinds: tuple[type[Fact], ...] = (AdviceAsked, AdviceGiven)
    for event in case.challenge.events:
        if isinstance(event.fact, kinds):
            words = [one.text for one in kind_of(event.fact).written()]
            assert all("working day" in text for text in words if text)
    assert [piece.sealed for piece in pieces(case.challenge)] == [QUESTION, ADVICE]


def test_an_srsm_with_a_conflict_never_sees_the_advice() -> None:
    case = advised().does(IRA, SayManagerConflict(SARA))
    assert readers(case) == {IRA, SENNA, LENA}
    case.council = of(Cover("iro-one", SARA, *DAYS))
    assert SARA not in readers(case)
    with pytest.raises(BadSubmissionError, match="Choose who may read"):
        case.does(IRA, OpenAdvice(SARA))


def test_a_conflict_of_the_srsm_is_recorded_by_herself_the_iro_or_the_lawyer() -> None:
    for officer in (SARA, IRA, LENA):
        case = advised().does(officer, SayManagerConflict(SARA))
        assert SARA not in readers(case)
        assert case.hears(ManagerConflicted)[SENNA] == Letter.TOLD
    case = by_the_neighbour().does(NEIL, SayManagerConflict(SARA))
    assert SARA not in readers(case)
    for officer in (TAM, SENNA, SANDY):
        assert SayManagerConflict not in advised().acts(officer)
    with pytest.raises(BadSubmissionError, match="Choose who has the conflict"):
        advised().does(IRA, SayManagerConflict(TAM))


def test_the_senior_iro_manager_then_supports_the_iro_instead() -> None:
    case = asked().does(SARA, SayManagerConflict(SARA))
    assert task(case, Purpose.BRIEF) == "senior"
    assert Brief not in case.acts(SARA)
    case.does(SENNA, Brief("The placement ends."))
    case.does(LENA, SayConflict(conflict=False)).does(LENA, GiveAdvice(ADVICE))
    assert case.hears(AdviceGiven) == {IRA: Letter.TOLD, SENNA: DAILY}
    case.does(IRA, SayNoAdviceNeeded())
    assert case.hears(BriefingDue) == {SENNA: Letter.DECIDE}


def test_a_manager_who_is_a_party_to_the_challenge_does_not_see_the_advice() -> None:
    case = advised()
    by = day("2026-11-12")
    action = AgreedAction("Visit", f"Wyn Sample-Five, Social Worker, {NORTH}", by, Owner(SARA))
    case.does(TAM, Reply(1, Answer.ACTIONS, "So.", (action,))).does(IRA, AcceptActions())
    assert readers(case) == {IRA, SENNA, LENA}


# Covers and new IROs -----------------------------------------------------------------------------


def test_a_cover_sees_the_advice_when_the_iro_opens_it_to_them() -> None:
    case = advised()
    case.council = of(Cover("iro-one", IVO, *DAYS))
    assert Capacity.IRO in who(case, IVO)
    assert IVO not in readers(case)
    with pytest.raises(NotAllowedError, match="Only the IRO can open"):
        case.does(IVO, OpenAdvice(IVO))
    case.does(IRA, OpenAdvice(IVO))
    assert len(pieces_for(case.challenge, IVO, case.council, case.today)) == 2
    case.council = of()
    assert IVO not in readers(case)


def test_a_cover_of_the_srsm_sees_it_only_when_it_is_opened_to_them() -> None:
    case = advised()
    case.council = of(Cover("srsm", HEDY, *DAYS))
    assert readers(case) == {IRA, LENA}
    case.does(IRA, OpenAdvice(HEDY))
    assert readers(case) == {IRA, LENA, HEDY}


def test_in_the_absence_of_the_iro_the_senior_iro_manager_opens_it() -> None:
    case = advised()
    assert OpenAdvice in case.acts(SENNA)
    with pytest.raises(NotAllowedError, match="Only the IRO can open"):
        case.does(SENNA, OpenAdvice(IVO))
    case.council = of(Cover("iro-one", IVO, *DAYS))
    case.does(SENNA, OpenAdvice(IVO))
    assert IVO in readers(case)
    with pytest.raises(BadSubmissionError, match="Choose who may read the advice"):
        case.does(SENNA, OpenAdvice(TAM))


def test_a_new_iro_sees_earlier_advice_when_it_is_opened_to_them() -> None:
    case = advised().does(SENNA, AppointIro(IVO, "Ira has too many children."))
    assert not reads_advice(case.challenge, IVO, case.council, case.today)
    case.does(IVO, AskForAdvice(Sealed(3, "c" * 64)))
    mine = pieces_for(case.challenge, IVO, case.council, case.today)
    assert [piece.sealed.number for piece in mine] == [3]
    case.does(SENNA, OpenAdvice(IVO))
    assert len(pieces_for(case.challenge, IVO, case.council, case.today)) == 3


def test_the_iro_before_never_sees_the_advice() -> None:
    case = advised().does(SENNA, AppointIro(IVO, "Ira has too many children."))
    assert Capacity.IRO_BEFORE in who(case, IRA)
    assert IRA not in readers(case)


def test_an_iro_who_has_left_reads_it_no_more() -> None:
    case = advised()
    case.council = of(iro_one=None, tm_north=IRA)
    assert Capacity.IRO in who(case, IRA)
    assert IRA not in readers(case)


def test_nobody_reads_the_advice_of_a_sealed_record() -> None:
    case = advised()
    case.challenge = case.challenge.keep(SEALED, case.now)
    assert not readers(case)


def test_that_the_advice_was_opened_is_recorded() -> None:
    case = advised().does(IRA, OpenAdvice(IVO))
    event = case.events(AdviceOpened)[-1]
    line = "Ira Sample-One opened the legal advice to Ivo Sample-Two"
    assert headline(event, case.challenge, case.council) == line


def test_nobody_else_reads_it_whatever_they_are_to_the_challenge() -> None:
    case = advised().does(SARA, Brief("The placement ends.")).does(SANDY, ConfirmDirector())
    for officer in (SENNA, IVO, WYN, TAM, HEDY, ADA, LEO, NEIL, SANDY, DELIA):
        assert not reads_advice(case.challenge, officer, case.council, case.today)


def test_nobody_reads_the_legal_advice_of_a_sealed_record() -> None:
    case = advised()
    form, child = case.challenge.raised, replace(case.challenge.raised.child, case_id="CASE-7")
    words = "It is urgent.", form.concerns, form.tried, form.views
    right = RightChild(child, form.social_worker, Stage.ONE, *words)
    case.does(IRA, AskToSeal("The wrong twin.", right))
    assert readers(case)
    case.does(SENNA, AgreeToSeal())
    assert readers(case) == set()


def test_a_correction_tells_nobody_what_they_could_not_read() -> None:
    case = asked().does(SARA, Brief("The placement ends."))
    case.does(SARA, Correct(case.events(Briefed)[-1].number, "It ends on Monday."))
    fact = case.facts(Corrected)[-1]
    assert details(fact, who(case, SANDY)) == (("What is right", "It ends on Monday."),)
    assert not details(fact, who(case, TAM))
    case.does(IRA, Correct(case.events(AdviceAsked)[-1].number, "I meant the other lawyer."))
    assert not details(case.facts(Corrected)[-1], who(case, TAM))
    case.does(SARA, Correct(1, "It is the other school."))
    assert details(case.facts(Corrected)[-1], who(case, TAM))
