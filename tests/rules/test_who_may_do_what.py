"""Who may do what: a test for each sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.directory import Cover
from domain.ladder import Stage
from domain.moments import local_day
from domain.part import May
from domain.people import capacities
from domain.permissions import (
    MAY_REPLY,
    MAY_SEE,
    MAY_SEE_LOOKS,
    acts,
    may,
    may_see,
    may_see_looks,
    may_see_to_reply,
)
from domain.rulebook import COMMANDS
from domain.rules.corrections import Correct
from domain.rules.discussions import RecordConversation
from domain.rules.endings import ChildTold, Close, Resolve
from domain.rules.escalating import Escalate
from domain.rules.notes import WriteNote
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Reply
from domain.rules.supervision import DiscussInSupervision
from domain.rules.timescales import Discussed
from domain.timeline import details
from domain.vocabulary import ENDED, Capacity, Outcome, Standing
from infra import tables
from tests.builders import (
    ADA,
    ANNIE,
    AUDLEY,
    CAS,
    DANA,
    HEDY,
    IRA,
    IVO,
    SARA,
    SENNA,
    TAM,
    TOM,
    WIN,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
)
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.part import Command
    from tests.workflow.service import Service

NOVEMBER = day("2026-11-01"), day("2026-11-30")
WITHDRAWN = Close(Outcome.WITHDRAWN, "Not needed any more.", ChildTold.NO, "They never knew.")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A Monday morning, ten o'clock."""
    with running(tmp_path, remembers=True) as service:
        yield service


def sees(case: Case, officer: str) -> bool:
    today = local_day(case.now)
    who = capacities(case.challenge, officer, case.council, today)
    return may_see(who, case.challenge, case.council)


def readers(case: Case) -> set[str]:
    return {officer for officer in case.council.directory.officers if sees(case, officer)}


def may_reply(case: Case, officer: str) -> bool:
    """Whether the officer may see the page on which they reply."""
    today = local_day(case.now)
    who = capacities(case.challenge, officer, case.council, today)
    return may_see_to_reply(officer, who, case.challenge, case.council, today)


# The table ---------------------------------------------------------------------------------------


def test_who_may_do_what_is_one_table_of_role_state_of_the_challenge_and_act() -> None:
    for command in COMMANDS:
        for row in command.who:
            if isinstance(row, May):
                assert row.who in Capacity
                assert {*row.at} <= {*Standing}
    for row in (*MAY_SEE, *MAY_SEE_LOOKS, *MAY_REPLY):
        assert {*row.at} <= {*Standing}


def test_the_pages_the_api_the_tests_and_the_documents_use_the_same_table(
    service: Service,
) -> None:
    """The interface raises challenges and does nothing else; whoever may raise one is an IRO."""
    documented = tables.page()
    for command in COMMANDS:
        assert command.called in documented, command.__name__
    for called in ("See who looked", "Export the whole record", "Make the pack for Cafcass"):
        assert f"**{called}" in documented, called
    reference = service.raise_at(Stage.ONE)
    challenge, of = service.challenge(reference), wiring.casebook().council()
    for officer in ("iro-1", "srsm", "senior", "csm", "tm-n"):
        who = capacities(challenge, officer, of, local_day(service.now))
        allowed = {act.called for act in acts(who, challenge, of)}
        page = Visitor(service, officer).get(f"/challenges/{reference}")
        links = page.soup.select(f'main li a[href^="/challenges/{reference}/"]')
        assert {link.text for link in links} <= allowed, officer
    case = raised()
    for officer in case.council.directory.officers:
        who = capacities(case.challenge, officer, case.council, local_day(case.now))
        assert case.acts(officer) == {*acts(who, case.challenge, case.council)}


def test_an_iro_sees_and_does_their_own_challenges() -> None:
    case = raised(Stage.FOUR)
    assert sees(case, IRA)
    assert case.acts(IRA) >= {Close, Resolve}
    assert not sees(case, IVO)
    assert case.acts(IVO) == set()
    case.does(IRA, WITHDRAWN)
    assert sees(case, IRA)


def test_the_srsm_and_the_senior_iro_manager_see_all_challenges() -> None:
    for entry in Stage:
        case = raised(entry)
        assert {SARA, SENNA} <= readers(case)
        case.does(IRA, WITHDRAWN)
        assert {SARA, SENNA} <= readers(case)


# Inspectors --------------------------------------------------------------------------------------


def test_an_auditor_sees_every_challenge_and_does_nothing_in_it() -> None:
    for entry in Stage:
        case = raised(entry)
        assert sees(case, AUDLEY)
        assert case.acts(AUDLEY) == set()
        case.does(IRA, WITHDRAWN)
        assert sees(case, AUDLEY)
        assert case.acts(AUDLEY) == set()
    also_iro = raised(of=council(people=directory(auditor=IRA)))
    assert also_iro.acts(IRA) == raised().acts(IRA), "nor does it take anything from anybody"


def test_the_data_protection_officer_sees_every_challenge() -> None:
    for entry in Stage:
        case = raised(entry)
        assert sees(case, DANA)
        case.does(IRA, WITHDRAWN)
        assert sees(case, DANA)
    away = raised(of=council(people=directory(Cover("dpo", TOM, *NOVEMBER))))
    assert sees(away, TOM), "whoever covers for them, too"


def test_auditor_and_data_protection_officer_read_every_word_on_the_record_but_no_legal_advice(
    service: Service,
) -> None:
    secret = Discussed("Agreed with the manager alone.")
    for who in (Capacity.AUDITOR, Capacity.DATA_PROTECTION_OFFICER):
        assert [text for _, text in details(secret, frozenset({who}))] == [secret.words]
    reference = service.raise_at(Stage.ONE)
    for officer in ("auditor", "dpo"):
        reader = Visitor(service, officer)
        page = reader.get(f"/challenges/{reference}")
        assert page.status == 200
        assert page.soup.select(f'main li a[href^="/challenges/{reference}/"]') == []
        front = reader.get("/")
        assert "All open challenges" in front.text
        assert reference in front.text
        assert reader.get(f"/challenges/{reference}/note").status == 403


def test_each_look_of_theirs_is_recorded(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    for officer in ("auditor", "dpo"):
        Visitor(service, officer).get(f"/challenges/{reference}")
    assert looks(reference) == [("auditor", "page"), ("dpo", "page")]


# Responders --------------------------------------------------------------------------------------


def test_a_responder_sees_the_challenges_that_were_served_on_a_post_they_hold_or_cover() -> None:
    of = council(people=directory(Cover("hos", TOM, *NOVEMBER)))
    case = raised(Stage.THREE, of=of)
    assert sees(case, TOM)
    assert sees(case, HEDY), "who is covered still holds the post"
    assert not sees(raised(Stage.ONE), HEDY)


def test_a_responder_sees_the_challenges_that_were_served_on_them() -> None:
    for entry, asked in {Stage.ONE: TAM, Stage.THREE: HEDY, Stage.FOUR: ADA}.items():
        case = raised(entry)
        assert asked in case.request.served
        assert sees(case, asked)
        assert Reply in case.acts(asked)


def test_who_was_asked_before_somebody_else_reads_on_until_closure() -> None:
    case = raised(Stage.TWO).does(CAS, SayNotMine(1, "It is for the Head of Service."))
    case.does(IRA, Reassign("hos", "She holds the money."))
    assert sees(case, CAS)
    assert Reply not in case.acts(CAS)
    case.does(IRA, WITHDRAWN, "2026-11-04 10:00")
    assert not case.challenge.open


def test_after_the_end_a_responder_sees_a_challenge_only_to_send_a_late_reply() -> None:
    case = raised(Stage.THREE, of=council(people=directory(tm_north=TAM)))
    assert sees(case, HEDY)
    case.does(IRA, WITHDRAWN, "2026-11-04 10:00")
    assert case.standing in ENDED
    assert not sees(case, HEDY)
    assert may_reply(case, HEDY)
    assert case.acts(HEDY) == {Reply}
    case.does(HEDY, Reply(1, Answer.RESOLVED, "It was done on Friday."), "2026-11-06 10:00")
    assert may_reply(case, HEDY), "and sees that it is recorded"
    assert not sees(case, HEDY)


def test_after_closure_who_has_replied_before_sees_nothing_more() -> None:
    case = raised(Stage.THREE).does(HEDY, Reply(1, Answer.RESOLVED, "Done."))
    case.does(IRA, Resolve("Seen at the visit.", ChildTold.YES, "By me."), "2026-11-04 10:00")
    assert not sees(case, HEDY)
    assert not may_reply(case, HEDY)


def test_a_responder_sees_nothing_after_they_leave_the_post() -> None:
    case = raised(Stage.THREE)
    for holder in (None, ADA):
        case.council = council(people=directory(hos=holder))
        assert not sees(case, HEDY)
        assert not may_reply(case, HEDY)
        assert case.acts(HEDY) == set()
    covered = raised(Stage.THREE, of=council(people=directory(Cover("hos", TOM, *NOVEMBER))))
    assert Reply in covered.acts(TOM)
    covered.until("2026-11-06 10:00")
    covered.council = council(
        people=directory(Cover("hos", TOM, day("2026-11-01"), day("2026-11-05")))
    )
    assert covered.acts(TOM) == set()
    assert not sees(covered, TOM)


def test_informed_managers_read_while_they_are_in_the_post() -> None:
    case = raised(Stage.ONE)
    assert sees(case, CAS)
    assert case.acts(CAS) == {*(WriteNote, RecordConversation, DiscussInSupervision, Correct)}, (
        "of their own words only"
    )
    case.council = council(people=directory(csm=TOM))
    assert not sees(case, CAS)
    assert case.acts(CAS) == set()


def test_the_social_worker_reads_the_challenges_about_their_children() -> None:
    for entry in Stage:
        case = raised(entry)
        assert sees(case, WYN), entry
        assert not sees(case, WIN), "the other team's"
        case.does(IRA, WITHDRAWN)
        assert sees(case, WYN), entry
    gone = raised(Stage.TWO)
    gone.council = council(people=directory(sw_north=None))
    assert not sees(gone, WYN)


def test_the_performance_analyst_sees_no_challenge() -> None:
    for entry in Stage:
        assert not sees(raised(entry), ANNIE)
        assert raised(entry).acts(ANNIE) == set()


def test_what_may_be_done_is_the_same_asked_for_one_act_and_for_all() -> None:
    case = raised().does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    today = local_day(case.now)
    for officer in case.council.directory.officers:
        who = capacities(case.challenge, officer, case.council, today)
        each = {act for act in COMMANDS if may(act, who, case.challenge, case.council)}
        assert each == {*acts(who, case.challenge, case.council)}, officer


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_without_a_part_in_it_does_anything(command: type[Command]) -> None:
    case = raised()
    for stranger in (IVO, TOM, WIN, ANNIE, HEDY, ADA):
        assert command not in case.acts(stranger)


# Looks -------------------------------------------------------------------------------------------


def looks(reference: str) -> list[tuple[str, str]]:
    found = wiring.casebook().record.beside.looks(reference)
    return [(str(look["officer"]), str(look["via"])) for look in found]


def see_looks(case: Case) -> set[str]:
    """Return who of the directory sees who looked."""
    today, (challenge, council) = local_day(case.now), (case.challenge, case.council)
    officers = council.directory.officers
    return {
        officer
        for officer in officers
        if may_see_looks(capacities(challenge, officer, council, today), challenge, council)
    }


@pytest.mark.parametrize("entry", [Stage.QAP, Stage.FOUR])
def test_the_iro_and_those_who_oversee_the_challenge_see_who_looked_when_and_in_which_way(
    entry: Stage,
) -> None:
    """The page itself is in ``tests/pages/test_who_looked.py``."""
    case = raised(entry)
    assert see_looks(case) >= {IRA, SARA, SENNA}
    case.does(IRA, WITHDRAWN)
    assert see_looks(case) >= {IRA, SARA, SENNA}, "after the end too"
    covered = raised(entry, of=council(people=directory(Cover("iro-one", IVO, *NOVEMBER))))
    assert IVO in see_looks(covered), "whoever covers for the IRO"
    covered = raised(entry, of=council(people=directory(Cover("iro-one", SARA, *NOVEMBER))))
    assert SARA in see_looks(covered)


def test_an_auditor_and_the_data_protection_officer_see_who_looked_too() -> None:
    case = raised()
    assert see_looks(case) >= {AUDLEY, DANA}
    assert see_looks(case.does(IRA, WITHDRAWN)) >= {AUDLEY, DANA}


def test_nobody_else_sees_who_looked(service: Service) -> None:
    assert see_looks(raised(Stage.FOUR)) == {IRA, SARA, SENNA, AUDLEY, DANA}
    assert see_looks(raised(of=council(people=directory(srsm=TAM)))) == {IRA, SENNA, AUDLEY, DANA}
    reference = service.raise_at(Stage.ONE)
    made_up = "PCE-2222-2222"
    for officer, link in (("srsm", True), ("tm-n", False)):
        who = Visitor(service, officer)
        page = who.get(f"/challenges/{reference}")
        assert page.status == 200
        assert ("Who looked at this challenge" in page.text) is link
        status = who.get(f"/challenges/{reference}/who-looked").status
        assert status == (200 if link else 404), officer
    refused, other = (who.get(f"/challenges/{one}/who-looked") for one in (reference, made_up))
    assert refused.body.replace(reference, made_up) == other.body


def test_after_the_end_a_late_reply_is_accepted_from_somebody_who_is_signed_in(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.THREE)
    service.withdraw(reference)
    service.jump(timedelta(hours=1))
    manager = Visitor(service, "hos")
    assert manager.get(f"/challenges/{reference}").status == 404
    page = manager.get(f"/challenges/{reference}/reply")
    assert page.status == 200
    assert "The challenge has ended. You can still reply" in page.text
    assert "Marigoldwrongtext" in page.text
    assert "not mine" not in page.form().choices["answer"]
    assert looks(reference) == [("hos", "page")]
    page = page.form().whole({"answer": "resolved", "words": "Visited on Friday."}).press("check")
    page = page.form().press("send")
    assert page.heading == "You have replied"
    assert "Visited on Friday." in page.text
    challenge = service.challenge(reference)
    assert not challenge.open
    assert [one.fact.words for one in challenge.requests[0].late_replies] == ["Visited on Friday."]  # type: ignore[attr-defined]  # a reply
    assert any("a reply has come" in mail.subject for mail in service.mails("srsm"))


def test_by_link_nothing_can_be_sent_after_the_end(service: Service) -> None:
    reference = service.raise_at(Stage.THREE)
    link = reply_link(service, "hos")
    service.withdraw(reference)
    page = Visitor(service).get(link)
    assert page.status == 410
    assert page.link("sign in to send a late reply") == f"/challenges/{reference}/reply?request=1"


@pytest.mark.parametrize("officer", ["tm-n", "csm", "sw-n1"])
def test_a_stranger_to_the_stage_is_not_let_in_to_reply_after_the_end(
    service: Service, officer: str
) -> None:
    reference = service.raise_at(Stage.FOUR)
    service.withdraw(reference)
    page = Visitor(service, officer).get(f"/challenges/{reference}/reply")
    assert page.status in (403, 404)


def test_after_early_escalation_both_may_send_late_replies_after_the_end() -> None:
    case = raised().does(IRA, Escalate(Stage.TWO, "It is urgent.")).does(IRA, WITHDRAWN)
    assert case.acts(TAM) >= {Reply}
    assert case.acts(CAS) >= {Reply}
    case.does(TAM, Reply(1, Answer.RESOLVED, "Done."))
    assert SayNotMine not in case.acts(CAS)
