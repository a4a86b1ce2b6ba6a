"""Rule 15, absence: what an automatic reply is evidence of, and what it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from domain.directory import Cover
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Stage
from domain.moments import local_day
from domain.rules.absence import (
    Absence,
    CoverFound,
    NoCoverNeeded,
    SayNoCoverNeeded,
    SeemedAway,
    Sign,
    facts_of_absence,
)
from domain.rules.escalating import Escalate
from domain.rules.moving import MoveChild
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.serving import Bounced, NotServed, NotServedCause
from domain.tasks import is_theirs, tasks
from domain.vocabulary import Letter, Purpose, Standing
from handlers.intake import Became
from handlers.pages.acts.absence import covers_to_set
from handlers.pages.acts.page import Scene
from tests.builders import (
    ADA,
    CAS,
    IRA,
    SARA,
    SOUTH,
    TAM,
    TOM,
    WYN,
    Case,
    council,
    day,
    directory,
    raised,
)
from tests.doors.post import mail
from tests.workflow.service import URL, Service

if TYPE_CHECKING:
    from collections.abc import Callable


DONE = Reply(1, Answer.RESOLVED, "The visit took place.")


def seems_away(case: Case, *absences: Absence) -> Case:
    """Let the challenge see these absences, as it does when it wakes."""
    seen = facts_of_absence(case.challenge, absences, case.now, case.council)
    for fact, _ in seen:
        case.records(fact)
    return case


def away(case: Case, officer: str = TAM, back_on: str | None = "2026-11-16") -> Absence:
    back = day(back_on) if back_on else None
    return Absence(officer, case.now, Sign.AUTOMATIC_REPLY, None, back, CAS)


def tam_is_away(back_on: str | None = "2026-11-16") -> Case:
    """Tam was asked at stage 1, and a program replied that he is away."""
    case = raised()
    return seems_away(case, away(case, TAM, back_on))


def whose(case: Case, purpose: Purpose) -> set[str]:
    found = [one for one in tasks(case.challenge, case.council) if one.purpose is purpose]
    at = (case.challenge, case.council, local_day(case.now))
    return {
        officer
        for task in found
        for officer in case.council.directory.officers
        if is_theirs(task, officer, *at)
    }


def automatic(subject: str, text: str, **headers: str) -> bytes:
    """Return an automatic reply of Tessa's mail program, as Exchange writes it."""
    said = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return mail(
        text,
        sender="Tessa Sample-North <tessa.sample-north@sampleshire.example>",
        subject=f"Automatic reply: {subject}",
        headers=said | {name.replace("_", "-"): value for name, value in headers.items()},
    )


TEXT = "I am on leave and back on Monday 16 November. Please contact Celia Sample-Service."


def seen_by(service: Service, reference: str) -> list[SeemedAway]:
    facts = (event.fact for event in service.challenge(reference).events)
    return [fact for fact in facts if isinstance(fact, SeemedAway)]


def asked(service: Service) -> str:
    """Raise a challenge at stage 1, of which Tessa is asked, and return its reference."""
    return service.raise_at(Stage.ONE)


# The evidence ------------------------------------------------------------------------------------


def test_an_automatic_reply_to_a_request_is_evidence_of_absence(service: Service) -> None:
    reference = asked(service)
    subject = service.mails("tm-n")[-1].subject
    assert service.receive(automatic(subject, TEXT)) == Became.AWAY
    (fact,) = seen_by(service, reference)
    assert (fact.officer, fact.back_on, fact.colleague) == ("tm-n", day("2026-11-16"), "csm")
    assert service.challenge(reference).awaiting_reply
    told = {to: service.mails(to)[-1].subject for to in ("srsm", "iro-1")}
    assert told["srsm"].startswith("Please say who covers for somebody who seems to be away")
    assert told["iro-1"].startswith("For information, somebody who was asked to reply seems")
    assert all(reference in line for line in told.values())


def test_a_request_lets_programs_reply_and_no_other_email_does(service: Service) -> None:
    asked(service)
    submitted = {
        mail.subject.split(" ")[0]: mail.headers.get("Auto-Submitted") for mail in service.mails()
    }
    assert submitted == {"Please": None, "For": "auto-generated"}


def test_it_counts_only_if_the_email_passed_dmarc(service: Service) -> None:
    reference = asked(service)
    reply = automatic(f"About {reference}", TEXT)
    for check in ("dmarc", "spam", "virus"):
        assert service.receive(reply, **{check: "FAIL"}) == Became.FAILED_CHECKS
    assert seen_by(service, reference) == []
    assert service.receive(reply, spf="GRAY") == Became.AWAY, "programs leave the envelope empty"


def test_an_email_that_another_hand_sent_for_them_is_no_evidence(service: Service) -> None:
    reference = asked(service)
    iro = "Ira Sample-One <ira.sample-one@sampleshire.example>"
    assert service.receive(automatic(reference, TEXT, Sender=iro)) == Became.AUTOMATIC
    assert seen_by(service, reference) == []


def test_a_passing_bounce_of_a_request_is_evidence_as_well(service: Service) -> None:
    reference = asked(service)
    (request,) = (one for one in service.mails("tm-n") if "Please reply" in one.subject)
    for _ in range(2):
        service.comes_back(request, kind="Transient", subtype="General")
    (fact,) = seen_by(service, reference)
    assert fact.sign is Sign.PASSING_BOUNCE
    assert service.rung(reference) == "Stage 1", "it is no bounce"


def test_an_automatic_reply_is_about_the_challenge_that_its_subject_names(
    service: Service,
) -> None:
    one, other = asked(service), service.raise_at(Stage.ONE, once="another")
    assert service.receive(automatic(f"{one}, Stage 1", TEXT)) == Became.AWAY
    assert [len(seen_by(service, reference)) for reference in (one, other)] == [1, 0]


def test_an_automatic_reply_that_names_no_challenge_is_about_each_open_request_to_its_sender(
    service: Service,
) -> None:
    one, other = asked(service), service.raise_at(Stage.ONE, once="another")
    assert service.receive(automatic("Out of office", TEXT)) == Became.AWAY
    assert [len(seen_by(service, reference)) for reference in (one, other)] == [1, 1]


def test_an_automatic_reply_is_about_the_email_that_it_replies_to(service: Service) -> None:
    one, other = asked(service), service.raise_at(Stage.ONE, once="another")
    (request,) = (m for m in service.mails("tm-n") if f"{one}," in m.subject)
    reply = automatic("Out of office", TEXT, In_Reply_To=f"<{request.id}@eu-west-2.amazonses.com>")
    assert service.receive(reply) == Became.AWAY
    assert [len(seen_by(service, reference)) for reference in (one, other)] == [1, 0]


# What follows ------------------------------------------------------------------------------------


def test_the_iro_and_the_srsm_hear_about_an_absence_at_once() -> None:
    case = tam_is_away()
    assert case.hears(SeemedAway) == {SARA: Letter.DECIDE, IRA: Letter.TOLD}
    assert case.letters_go_out(SeemedAway) == case.now


def test_the_srsm_is_asked_who_covers_by_the_next_working_day() -> None:
    case = tam_is_away()
    assert case.asks == (("NAME_COVER", day("2026-11-03")),)
    assert whose(case, Purpose.NAME_COVER) == {SARA}
    assert whose(case, Purpose.REPLY) == {TAM}, "it stops nothing"


def test_the_same_absence_is_told_once() -> None:
    case = tam_is_away()
    for again in ("2026-11-16", None, "2026-11-13"):
        seems_away(case, away(case, TAM, again))
    case.the(SeemedAway)
    seems_away(case, away(case, TAM, "2026-11-23"))
    assert [fact.back_on for fact in case.facts(SeemedAway)] == [
        day("2026-11-16"),
        day("2026-11-23"),
    ], "a longer one is another"


def test_an_automatic_reply_is_no_reply() -> None:
    case = tam_is_away()
    assert not case.request.answered
    assert case.standing is Standing.STAGE_1
    before = case.due
    assert case.until("2026-11-10 10:00").challenge.stage is Stage.TWO
    assert raised().due == before, "and moves no deadline"


def test_an_automatic_reply_is_no_bounce() -> None:
    case = tam_is_away()
    assert case.request.served == {TAM}
    assert not case.facts(Bounced)
    assert not case.facts(NotServed)


def test_cover_is_one_press_away_from_the_email_and_the_page(service: Service) -> None:
    reference = asked(service)
    service.receive(automatic(f"{reference}, Stage 1", TEXT))
    form = "/cover?post=tm-north&officer=csm&first=2026-11-02&last=2026-11-15"
    assert f"Set cover:\n{URL}{form}" in service.mails("srsm")[-1].text
    assert "/cover" not in service.mails("iro-1")[-1].text
    challenge, council = service.challenge(reference), wiring.casebook().council()
    officers = council.directory.officers
    srsm, iro = (
        Scene(challenge, council, officers[who], frozenset(), service.now)
        for who in ("srsm", "iro-1")
    )
    assert covers_to_set(srsm) == (("Tessa Sample-North", form),)
    assert covers_to_set(iro) == ()


def test_cover_that_is_set_settles_who_covers() -> None:
    case = tam_is_away()
    cover = Cover("tm-north", CAS, day("2026-11-02"), day("2026-11-13"))
    case.council = replace(case.council, directory=directory(cover))
    case.until("2026-11-02 11:00").sleep_until("2026-11-02 11:05")
    assert case.the(CoverFound).officer == TAM
    asks = [purpose for purpose, _ in case.asks]
    assert asks == ["SKIP_STAGE"], "she would answer stage 2 too"
    assert whose(case, Purpose.REPLY) == {CAS}


def test_the_srsm_may_say_that_no_cover_is_needed() -> None:
    case = tam_is_away().does(SARA, SayNoCoverNeeded(TAM, "He is back tomorrow."))
    assert case.the(NoCoverNeeded).reason == "He is back tomorrow."
    assert case.asks == ()
    seems_away(case, away(case))
    case.the(SeemedAway)


# Around it ---------------------------------------------------------------------------------------


def test_only_those_who_oversee_it_say_so_and_they_say_why() -> None:
    case = tam_is_away()
    with pytest.raises(NotAllowedError):
        case.does(IRA, SayNoCoverNeeded(TAM, "He is back tomorrow."))
    with pytest.raises(BadSubmissionError) as wrong:
        case.does(SARA, SayNoCoverNeeded(TOM, " "))
    assert wrong.value.fields.keys() == {"officer", "reason"}


OVER: dict[str, Callable[[Case], Case]] = {
    "a reply": lambda case: case.does(TAM, DONE),
    "not mine": lambda case: case.does(TAM, SayNotMine(1, "Not my team.")),
    "the next stage": lambda case: case.does(IRA, Escalate(Stage.TWO, "It is urgent.")),
    "not served": lambda case: case.records(
        NotServed(1, NotServedCause.BOUNCED, case.request.deadline)
    ),
    "a move": lambda case: case.does(IRA, MoveChild(SOUTH, "sw-south", question_goes=True)),
    "silence": lambda case: case.until("2026-11-10 10:00"),
}


@pytest.mark.parametrize("over", OVER.values(), ids=OVER)
def test_nobody_is_asked_who_covers_once_the_request_is_over(over: Callable[[Case], Case]) -> None:
    case = over(tam_is_away())
    assert "NAME_COVER" not in [purpose for purpose, _ in case.asks]


def test_nobody_is_asked_who_covers_after_the_silence_of_the_last_stage() -> None:
    case = raised(Stage.FOUR)
    seems_away(case, away(case, ADA))
    assert case.asks == (("NAME_COVER", day("2026-11-03")),)
    case.until("2026-11-10 10:00")
    asked = [purpose for purpose, _ in case.asks]
    assert asked == ["DECIDE_SILENCE", "INFORM_DIRECTOR"], "the last is rule 14's"


def test_somebody_who_is_back_or_not_asked_or_covered_for_is_not_away() -> None:
    case = raised()
    seems_away(case, away(case, TAM, "2026-11-02"), away(case, CAS))
    cover = Cover("tm-north", CAS, day("2026-11-03"), day("2026-11-13"))
    case.council = replace(case.council, directory=directory(cover))
    seems_away(case, away(case))
    assert case.facts(SeemedAway) == []


def test_cover_of_another_leave_is_no_cover() -> None:
    christmas = Cover("tm-north", CAS, day("2026-12-21"), day("2027-01-01"))
    before = Cover("tm-north", CAS, day("2026-11-03"), day("2026-11-04"))
    for back_on in ("2026-11-16", None):
        case = raised(of=council(people=directory(christmas)))
        case = seems_away(case, away(case, TAM, back_on)).until("2026-11-02 11:00")
        assert case.the(SeemedAway).officer == TAM
        assert case.facts(CoverFound) == []
        assert "NAME_COVER" in [purpose for purpose, _ in case.asks]
    case = raised(of=council(people=directory(before)))
    later = replace(away(case), first=day("2026-11-09"))
    assert len(seems_away(case, later).facts(SeemedAway)) == 1, "it ends before they are away"


def test_at_qap_who_covers_for_the_other_is_still_asked() -> None:
    case = raised(Stage.QAP)
    seems_away(case, away(case, TAM), away(case, WYN))
    case.does(WYN, SayNotMine(1, "Not mine."))
    assert case.does(IRA, Reassign("csm", "She knows.")).request.to_reply
    assert whose(case, Purpose.REPLY) >= {TAM}
    assert [one for one, _ in case.asks] == ["NAME_COVER"], "of the one who still has to reply"
    with pytest.raises(BadSubmissionError):
        case.does(SARA, SayNoCoverNeeded(WYN, "Not hers."))
    case.does(SARA, SayNoCoverNeeded(TAM, "He reads his emails."))
    assert case.asks == ()


def test_at_qap_the_other_is_still_asked() -> None:
    case = raised(Stage.QAP)
    seems_away(case, away(case, WYN, None))
    assert whose(case, Purpose.REPLY) == {TAM, WYN}
    assert case.does(TAM, DONE).asks[0][0] == "DECIDE"
    assert len(case.facts(Replied)) == 1
