"""A story in which everything happens that can happen. A freeze plays it and keeps what it stores.

Nine weeks of a made-up council from :data:`BEGINS` on, played in the emulator by the real
functions. At the end there is an open challenge at every rung, and every kind of fact is on some
record.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import boto3

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.drafts import DISCARDED, FORM, PAGE, Draft
from adapters.identity import Session
from adapters.settings import read_procedure
from adapters.unsent import Unsent
from adapters.views import SavedView
from domain.challenge import OWN, ActionState, AgreedAction, Owner
from domain.events import Actor
from domain.form import Answered, Before, ChildsRights, FromReview, GoodPractice, Urgency, Way
from domain.ladder import Stage
from domain.looks import Via
from domain.rules.accepting import AcceptActions
from domain.rules.actions import (
    ConfirmAction,
    GiveUpAction,
    ReportAction,
    SayNotResolved,
    SendBackAction,
)
from domain.rules.appointing import AgreeToAnotherIro, AppointIro, ObjectToIro
from domain.rules.asking_to_accept import AskToAccept, DeclineToAccept
from domain.rules.briefing import Brief, ConfirmDirector
from domain.rules.childs_rights import RecordChildsRights
from domain.rules.corrections import Correct
from domain.rules.deciding import AskAgain, GiveView
from domain.rules.director import InformDirector
from domain.rules.discussions import Means, RecordConversation
from domain.rules.endings import ActionEnd, ActionFate, ChildTold, Close, RecordChildTold, Resolve
from domain.rules.entry import Raised
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, ProposeHold
from domain.rules.impact import Impact, RecordImpact
from domain.rules.legal import (
    AskForAdvice,
    GiveAdvice,
    NameLawyer,
    OpenAdvice,
    SayConflict,
    SayManagerConflict,
    SayNoAdviceNeeded,
)
from domain.rules.letters_to_child import WriteToChild
from domain.rules.life import LifeChange, RecordLifeChange, SayHowToGoOn
from domain.rules.meetings import (
    ArrangeMeeting,
    CancelMeeting,
    ChangeMeeting,
    ConsiderChair,
    RecordMeeting,
    SendActions,
)
from domain.rules.missed_actions import NoNewDate
from domain.rules.notes import WriteNote
from domain.rules.owners import NameOwner
from domain.rules.period import StayOnLadder
from domain.rules.posts import Reassign
from domain.rules.reopening import GoesOn, Reopen, reopened_as
from domain.rules.replies import Answer, Reply
from domain.rules.revising import DecideObjection, Object, ReviseDeadline
from domain.rules.sealing import (
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    CheckTexts,
    DeclineToSeal,
    RightChild,
    raised_instead,
)
from domain.rules.supervision import DiscussInSupervision
from domain.rules.timescales import (
    ConfirmDate,
    DeclineDate,
    ProposeDate,
    RecordDiscussion,
    SetNewDate,
)
from domain.rules.urgency import RecordContact
from domain.vocabulary import Outcome
from infra.local.emulator import HEADS_BUCKET, TABLE
from tests.doors.post import IRA, form, mail
from tests.upgrade.frozen import says
from tests.upgrade.samples import NEWS, delivery_event
from tests.upgrade.story_of_cafcass import answered, referred
from tests.upgrade.story_of_posts import of_october
from tests.workflow.service import CHILD, CONCERN, SAMPLE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.directory import Directory
    from tests.workflow.service import Service

__all__ = ["BEGINS", "items", "seals", "stands", "story", "what_came_of_it"]

#: When the clock has to stand as it begins: early enough for a resolution period to be long over.
BEGINS = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)

#: Owners of actions as the forms name them: in the directory, and outside with an email address.
_TESSA, _WILLOW, _HOLLIS = Owner("tm-north"), Owner("sw-n1"), Owner("hos")
_JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")
_PAT = Owner("", "Pat Sample", "Sample Health", "pat@health.example")
_BO = Owner("", "Bo Sample", "Sample Clinic")
_IN_WORDS = {
    _TESSA: "Team Manager, North Team",
    _WILLOW: "Willow Sample-North, Social Worker, North Team",
    _HOLLIS: "Head of Service",
    _JO: "Jo Sample, Sample School",
    _PAT: "Pat Sample, Sample Health",
    _BO: "Bo Sample, Sample Clinic",
}


#: How a matter was resolved before the review.
_BEFORE = Before("By phone.", *(True, True, False), "On holiday.", "yes", "By phone.")


def story(service: Service) -> dict[str, Any]:
    """Play it. Return the references by their names, and the tokens of live reply links."""
    told = {"long open": service.raise_at(Stage.THREE)}
    told |= of_october(service, lambda *when: _at(service, *when))
    _at(service, 11, 2, 10)
    told["answered by Cafcass"] = referred(service, early=True)
    told["meeting over"] = _met_at_two_stages(service)
    told |= _of_november(service)
    _at(service, 12, 2, 11)
    service.place_on_file(told["resolved before"])
    better = RecordImpact(Impact.PARTLY, "The school has a place from January.")
    service.act(told["resolved before"], "iro-1", better)
    told["asked later"] = service.raise_at(Stage.QAP, way=Way.RESOLVED, before=_BEFORE)
    service.place_on_file(told["asked later"])
    good = GoodPractice("She came weekly.", "They trust her.")
    told["good practice"] = service.raise_at(
        Stage.QAP, way=Way.GOOD_PRACTICE, concerns=(), good_practice=good
    )
    service.act(told["held"], "iro-1", StayOnLadder("The next manager knows the child."))
    told |= {f"waiting at {stage.title}": service.raise_at(stage) for stage in Stage}
    answered(service, told["answered by Cafcass"], told["waiting at Stage 1"])
    told["waiting for Cafcass"] = referred(service)
    told["met"] = _met(service)
    told["replied"] = service.raise_at(Stage.TWO, once="iro-1 a form sent once")
    tokens = {name: _token(service, told[name]) for name in ("waiting at Stage 1", "replied")}
    _reply_by_link(service, told["replied"], tokens["replied"])
    _post_and_drafts(service, told)
    told["came back"] = service.raise_at(Stage.ONE)
    service.emulator.invoke("daily", {})
    news = _news_of_letters(service, told["came back"])
    service.emulator.invoke("seal", {})
    return {"challenges": told, "links": tokens, "delivery": news}


def _met(service: Service) -> str:
    """Return a challenge with two meetings, of which one was held, and what was said beside."""
    act, reference = service.act, service.raise_at(Stage.THREE)
    soon = service.now + timedelta(days=1)
    of_meeting = (soon, 60, "Room 1", "srsm", ("hos", "csm"))
    act(reference, "iro-1", ArrangeMeeting(*of_meeting))
    act(reference, "srsm", ArrangeMeeting(*of_meeting))
    act(reference, "iro-1", ChangeMeeting(1, *of_meeting, "The room is taken."))
    act(reference, "srsm", ConsiderChair(1, senior=False, reason="No need."))
    act(reference, "srsm", CancelMeeting(2, "One is enough."))
    agreed = (_action("Visit", date(2026, 12, 18)),)
    held = (service.now.date(), "srsm", "All who were asked.", "The panel sits.", agreed)
    act(reference, "srsm", RecordMeeting(1, *held))
    act(reference, "srsm", SendActions(1))
    said = RecordConversation("The manager.", Means.PHONE, service.now.date(), "It is urgent.")
    act(reference, "hos", said)
    act(reference, "srsm", DiscussInSupervision("iro-1"))
    act(reference, "ad", InformDirector())
    return reference


def _met_at_two_stages(service: Service) -> str:
    """Return a challenge at stage 3 with a meeting of stage 2, which nobody will record."""
    act, reference = service.act, service.raise_at(Stage.TWO)
    soon = service.now + timedelta(days=1)
    act(reference, "iro-1", ArrangeMeeting(soon, 60, "Room 1", "srsm", ("hos", "csm")))
    act(reference, "iro-1", Escalate(Stage.THREE, "It cannot wait."))
    return reference


def _at(service: Service, month: int, day: int, hour: int) -> None:
    """Move to this hour (UTC) of a day in 2026, sweeping on the way as a schedule would."""
    service.jump(datetime(2026, month, day, hour, tzinfo=UTC))
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()


def _of_november(service: Service) -> dict[str, str]:
    act = service.act
    silent, promised = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    resolved, to_tell, told_late, late = (service.raise_at(Stage.QAP) for _ in range(4))
    urgency = Urgency(date(2026, 11, 21), "The placement ends.", at_risk=True)
    review = FromReview((_action("Visit", date(2026, 12, 18)),), "At the review, with both.")
    of_review = service.raise_at(Stage.QAP, way=Way.ACTIONS, from_review=review)
    informal = service.raise_at(Stage.QAP, way=Way.RESOLVED, before=_BEFORE)
    urgent, at_risk = (service.raise_at(Stage.ONE, urgency=urgency) for _ in range(2))
    act(urgent, "iro-1", RecordContact("The emergency duty team.", date(2026, 11, 2), "4pm"))
    beside = _of_childs(service)
    days_pass = _beside(service, beside)
    next(days_pass)

    _at(service, 11, 3, 10)
    service.reply(resolved, "tm-n")
    service.reply(late, "tm-n")
    act(resolved, "iro-1", Resolve("Seen at the visit.", ChildTold.YES, "By me, at the visit."))
    act(to_tell, "iro-1", Resolve("Settled on the phone.", ChildTold.NOT_YET))
    act(told_late, "iro-1", Resolve("Settled on the phone.", ChildTold.NOT_YET))
    act(told_late, "iro-1", RecordChildTold(ChildTold.YES, "By me, at the visit."))
    agreed = [("Apply to the panel", 6), ("Call the school", 6), ("Visit", 9), ("See a flat", 27)]
    actions = tuple(_action(what, date(2026, 11, day)) for what, day in agreed)
    act(promised, "tm-n", Reply(1, Answer.ACTIONS, "Four things.", actions))
    act(promised, "srsm", GiveView(resolved=False, words="Only promised, so far."))
    act(promised, "iro-1", AcceptActions("By these dates."))
    next(days_pass)

    service.emulator.invoke("seal", {})
    _at(service, 11, 5, 10)
    act(promised, "tm-n", ReportAction(1, "The panel's letter."))
    act(promised, "iro-1", SendBackAction(1, "The letter does not name the child."))
    act(promised, "tm-n", ReportAction(1, "The panel's second letter."))
    act(promised, "iro-1", ConfirmAction(1, "Seen."))
    act(promised, "iro-1", GiveUpAction(2, "The school has changed."))
    next(days_pass)

    _at(service, 11, 11, 10)
    act(promised, "tm-n", ProposeDate(3, date(2026, 12, 18), "The flat is not ready."))
    act(promised, "iro-1", SetNewDate("action-3", date(2026, 12, 18), "The flat is not ready."))
    act(promised, "srsm", ConfirmDate("action-3"))
    later = ReviseDeadline(date(2026, 12, 21), "The landlord asked for time.", "do-action-4")
    act(promised, "srsm", later)
    act(silent, "tm-n", Reply(1, Answer.RESOLVED, "It was done, only late."))
    act(silent, "csm", WriteNote("I am looking into it."))
    act(silent, "iro-1", Correct(1, "The date of birth is 6 April."))
    act(late, "srsm", Resolve("Seen by me.", ChildTold.YES, "By their social worker."))
    next(days_pass)
    told = {"silent": silent, "promised": promised, "resolved": resolved}
    told["advised"] = _advised(service)
    told |= {"urgent": urgent, "at risk": at_risk, "resolved before": informal}
    told |= {"actions from the review": of_review, "decided late": late}
    told |= {"child to be told": to_tell, "child told late": told_late}
    return told | beside | _of_its_last_week(service)


def _advised(service: Service) -> str:
    """Let lawyers of the council and of a neighbouring authority advise; return the reference."""
    act, reference = service.act, service.raise_at(Stage.ONE)
    keep = wiring.privileged().keep
    question = keep(reference, "question", {"question": "May the placement end now?"})
    advice = keep(reference, "advice", {"advice": "Not before the review."})
    act(reference, "iro-1", SayNoAdviceNeeded())
    act(reference, "iro-1", AskForAdvice(question))
    act(reference, "legal", SayConflict(conflict=False))
    act(reference, "legal", GiveAdvice(advice))
    act(reference, "srsm", Brief("The placement ends on Friday."))
    act(reference, "safer", ConfirmDirector())
    act(reference, "legal", SayConflict(conflict=True))
    act(reference, "legal", NameLawyer("neighbour"))
    act(reference, "iro-1", SayManagerConflict("srsm"))
    act(reference, "iro-1", OpenAdvice("iro-2"))
    return reference


def _of_childs(service: Service) -> dict[str, str]:
    """Tell what the IRO records about children, beside the ladder."""
    rights = ChildsRights(Answered.YES, *[Answered.NOT_YET] * 3)
    known = service.raise_at(Stage.TWO, childs_rights=rights)
    service.act(known, "iro-1", RecordChildsRights(replace(rights, advocate=Answered.YES)))
    changed = service.raise_at(Stage.TWO)
    service.act(changed, "iro-1", RecordLifeChange(LifeChange.ADOPTED, date(2026, 11, 1)))
    service.act(changed, "iro-1", SayHowToGoOn("Until the order is made."))
    service.act(changed, "srsm", RecordLifeChange(LifeChange.LEFT_CARE, date(2026, 11, 2)))
    written = service.raise_at(Stage.QAP)
    service.act(written, "iro-1", Resolve("Settled on the phone.", ChildTold.YES, "By letter."))
    service.act(written, "iro-1", WriteToChild("Dear Quillon,"))
    told = {"child written to": written}
    return told | {"child's rights": known, "child's life": changed}


def _beside(service: Service, told: dict[str, str]) -> Iterator[None]:
    """Tell what happens on the same days to actions and ends, and add to ``told``.

    It yields where days pass.
    """
    act = service.act
    climbing, owned, duplicate, reopened = (service.raise_at(Stage.ONE) for _ in range(4))
    last = service.raise_at(Stage.FOUR)
    wanted = (replace(CONCERN, by=date(2026, 11, 9)),)
    overdue = service.raise_at(Stage.QAP, concerns=wanted)
    told |= {"climbing": climbing, "last stage unresolved": last, "owners": owned}
    told |= {"overdue at QAP": overdue, "duplicate": duplicate, "reopened": reopened}
    names = ("asked to accept", "declined to accept")
    asked, declined = (service.raise_at(Stage.ONE) for _ in names)
    told |= dict(zip(names, (asked, declined), strict=True))
    yield

    _agree(service, climbing, "tm-n", _action("Visit", date(2026, 11, 20)))
    act(climbing, "iro-1", Escalate(Stage.TWO, "A visit is not enough."))
    _agree(service, last, "ad", _action("Visit", date(2026, 11, 6)))
    _agree(service, duplicate, "tm-n", _action("Visit", date(2026, 12, 18)))
    _agree(service, reopened, "tm-n", _action("Visit", date(2026, 12, 18)))
    dropped = (ActionEnd(1, ActionFate.DROPPED, "The child has moved."),)
    told_child = (ChildTold.YES, "By me, at the visit.")
    act(reopened, "iro-1", Resolve("A place was found.", *told_child, dropped))
    _owners(service, owned)
    late = Reply(1, Answer.ACTIONS, "As agreed.", (_action("Visit", date(2026, 12, 18)),))
    for one in (asked, declined):
        act(one, "tm-n", late)
        act(one, "iro-1", AskToAccept("The panel sits then."))
    act(declined, "srsm", DeclineToAccept("The child cannot wait."))
    yield

    act(climbing, "tm-n", ReportAction(1, "The notes of the visit."))
    act(climbing, "iro-1", ConfirmAction(1, "Seen."))
    act(climbing, "iro-1", SayNotResolved("The child is still without a school."))
    yield

    act(last, "iro-1", NoNewDate(1, "Nobody can say when."))
    act(overdue, "srsm", RecordDiscussion("On the phone today."))
    second = "The social worker is back on Monday."
    for what in (OWN, "outcome-1"):
        to = SetNewDate(what, date(2026, 12, 18), "The school has changed.", "", second)
        act(overdue, "iro-1", to)
    act(overdue, "srsm", DeclineDate(OWN, "It cannot wait."))
    told["takes over"] = goes_on = service.raise_at(Stage.ONE)
    end = Close(Outcome.DUPLICATE, "Raised twice.", ChildTold.NO, "Never knew.", (), goes_on)
    act(duplicate, "iro-1", end)
    on = (GoesOn(1, goes_on=True),)
    again = Reopen(Stage.TWO, "The place fell through.", CHILD, "sw-north-1", on)
    told["reopened, as new"] = reopened_as(act(reopened, "iro-1", again))
    _of_the_wrong_child(service, told)
    yield


def _with_a_sibling(service: Service, told: dict[str, str], name: str) -> None:
    """Raise two challenges with one form, as ``name`` and as its sibling."""
    form = service.challenge(told["not sealed"]).raised
    forms = [Raised(**vars(form)) for _ in range(2)]
    forms[1] = replace(forms[1], child=replace(CHILD, case_id="CASE-OF-a sibling"))
    book, actor = wiring.casebook(), service.actor("iro-1")
    told[name] = book.raise_together(forms, actor, f"iro-1 a form: {name}").reference
    (told[f"{name}: sibling"],) = service.challenge(told[name]).raised.siblings
    service.emulator.clock.settle()


def _of_the_wrong_child(service: Service, told: dict[str, str]) -> None:
    """Let one record be sealed and looked into, one wait for that, and one not be sealed."""
    names = ("not sealed", "to be sealed", "sealed", "sealed, to be checked")
    for name in names:
        if name in names[:2]:
            told[name] = service.raise_at(Stage.ONE)
        else:
            _with_a_sibling(service, told, name)
        form = service.challenge(told[name]).raised
        child = replace(CHILD, case_id=f"CASE-OF-{name}", team="South Team")
        words = "In a test.", form.concerns, form.tried, form.views
        right = RightChild(child, "sw-south-1", Stage.ONE, *words)
        service.act(told[name], "iro-1", AskToSeal("The wrong twin.", right))
    for name in names[2:]:
        sealed = service.act(told[name], "senior", AgreeToSeal())
        told[f"{name}: instead"] = raised_instead(sealed)
    service.act(told["sealed"], "dpo", CheckLooks("The team was told."))
    service.act(told["sealed: instead"], "iro-1", CheckTexts("All is right."))
    service.act(told["not sealed"], "senior", DeclineToSeal("It is this child."))


def _action(what: str, by: date, owner: Owner = _TESSA) -> AgreedAction:
    """Return an action as today's forms send it: with its owner, and the owner in words."""
    return AgreedAction(what, _IN_WORDS[owner], by, owner)


def _agree(service: Service, reference: str, officer: str, *actions: AgreedAction) -> None:
    """Let ``officer`` reply with ``actions``, and the SRSM accept them if they take long."""
    service.act(reference, officer, Reply(1, Answer.ACTIONS, "As agreed.", actions))
    period = service.challenge(reference).period
    beyond = period is not None and any(action.by > period.day for action in actions)
    service.act(reference, "srsm" if beyond else "iro-1", AcceptActions("By these dates."))


def _owners(service: Service, reference: str) -> None:
    """Let actions be owned inside and outside; some emails come back, one link reports.

    At the end one action still needs somebody, and the others are under way.
    """
    owners = (_JO, _PAT, _PAT, _BO, _WILLOW, _HOLLIS, _JO)
    agreed = (_action("Write a letter", date(2026, 12, 18), owner) for owner in owners)
    _agree(service, reference, "tm-n", *agreed)
    for asked in [one for one in service.mails() if _PAT.email in one.to]:
        service.comes_back(asked)
    service.act(reference, "iro-1", NameOwner(2, _WILLOW))
    letter = next(one for one in service.mails() if _JO.email in one.to)
    token = next(link for link in letter.links if "/action/" in link).rpartition("/")[2]
    link = wiring.casebook().links.find_for_action(token)
    assert link is not None
    actor = Actor(link.officer, _JO.name, "owner of an action", "link")
    report = ReportAction(link.action, "A copy of the letter.")
    wiring.casebook().act(reference, report, actor, "form-of-an-owner", link=link.digest)
    service.emulator.clock.settle()


def _of_its_last_week(service: Service) -> dict[str, str]:
    act = service.act
    _at(service, 11, 23, 10)
    _council().load_directory(_nobody_is_head_of_service())
    unserved = service.raise_at(Stage.THREE)
    stray, revised, earlier, held = (service.raise_at(Stage.ONE) for _ in range(4))
    service.not_mine(stray, "tm-n")
    act(stray, "iro-1", Reassign("tm-south", "The child has moved."))
    service.not_mine(stray, "tm-s")
    act(revised, "srsm", ReviseDeadline(date(2026, 12, 10), "The manager is away."))
    act(revised, "iro-1", Object("The child waits already."))
    act(revised, "senior", DecideObjection("request", upheld=False, reason="It is a few days."))
    act(revised, "iro-1", AgreeToAnotherIro("I am on leave from Monday."))
    act(revised, "srsm", AppointIro("iro-2", "Ira is away."))
    act(revised, "iro-1", ObjectToIro("I am back in two weeks."))
    act(held, "srsm", ProposeHold(2, "Nobody agrees to this."))
    act(earlier, "iro-1", ProposeHold(1, "The panel meets tomorrow."))
    act(earlier, "srsm", AgreeHold())

    _at(service, 11, 26, 10)
    _council().load_directory(from_csv(SAMPLE_DIRECTORY))
    _council().proclaim(date(2026, 11, 27), "A day proclaimed late")
    act(earlier, "iro-1", Escalate(Stage.THREE, "Only the head of service can decide."))
    _at(service, 11, 26, 11)
    act(earlier, "hos", Reply(2, Answer.CHALLENGED, "There is no other placement."))
    act(earlier, "iro-1", AskAgain("What was looked for?", 3))
    act(held, "srsm", ProposeHold(5, "The panel meets next week."))
    act(held, "iro-1", AgreeHold())
    return {
        "held": held,
        "stray": stray,
        "revised": revised,
        "earlier": earlier,
        "unserved": unserved,
    }


def _council() -> CouncilStore:
    table = lambda: boto3.resource("dynamodb").Table(TABLE)  # noqa: E731
    return CouncilStore(table, read_procedure)


def _nobody_is_head_of_service() -> Directory:
    people = from_csv(SAMPLE_DIRECTORY)
    vacant = replace(people.posts["hos"], holder=None)
    return replace(people, posts={**people.posts, "hos": vacant})


def _token(service: Service, reference: str) -> str:
    """Return the token of the reply link in the newest email about this challenge with one."""
    links = (
        link
        for one in reversed(service.mails())
        if reference in one.text
        for link in one.links
        if "/reply/" in link
    )
    return str(next(links)).rpartition("/")[2]


def _reply_by_link(service: Service, reference: str, token: str) -> None:
    digest = sha256(token.encode()).hexdigest()
    command = Reply(1, Answer.RESOLVED, "By the link.")
    wiring.casebook().act(reference, command, service.actor("csm", "link"), "form-2", link=digest)
    beside = wiring.casebook().record.beside
    beside.note_look(reference, "csm", "link", service.now)
    beside.note_look(reference, "csm", Via.DOCUMENT, service.now, "report")
    service.emulator.clock.settle()


def _post_and_drafts(service: Service, told: dict[str, str]) -> None:
    """Send emails that raise, lack a line, or belong to a challenge; save and send forms.

    And begin a session, save a view, and make the addresses of two calendars and stop one.
    """
    wiring.sessions().begin("iro-1", A_SESSION)
    wiring.saved_views().save("iro-1", A_VIEW)
    feeds = wiring.calendars()
    for officer in ("iro-1", "srsm"):
        address = feeds.address(officer, feeds.make(officer, service.now))
        assert feeds.read(address.rpartition("/")[2], service.now) == officer
    feeds.stop("srsm")
    initials, labels = {"initials": "Q.Z."}, {"initials": "Initials"}
    kept = Draft("a-draft", "/raise", initials, PAGE, service.now, labels=labels)
    wiring.drafts().keep("iro-1", kept)
    wiring.drafts().keep("iro-1", replace(kept, id="a-sent-draft"))
    wiring.drafts().use_up("iro-1", "a-sent-draft")
    for id_ in ("a-saved-form", "a-discarded-form"):
        wiring.drafts().save("iro-1", replace(kept, id=id_, origin=FORM, saved=True))
    wiring.drafts().use_up("iro-1", "a-discarded-form", DISCARDED)
    forms, unsent = wiring.unsent_forms(), Unsent(initials, labels)
    for id_ in ("a-form", "a-sent-form"):
        forms.keep("iro-1", id_, unsent, service.now)
    forms.use_up("iro-1", "a-sent-form", unsent.mark, service.now)
    service.receive(mail(form(Stage="4")), message_id="mail-that-raises")
    service.receive(mail(form(Team="-"), message_id="<two@x.example>"), message_id="lacks-a-line")
    answer = mail("My words.", sender=IRA, subject=f"Re: {told['silent']}", message_id="<3@x>")
    service.receive(answer, message_id="mail-that-answers")
    (by_mail,) = set(service.open_challenges()) - set(told.values())
    told["by email"] = by_mail


def _news_of_letters(service: Service, reference: str) -> list[dict[str, Any]]:
    """Let a request come back, and report each kind of news about other emails.

    Return each event that the function got, and its answer.
    """
    asked, informed = (
        next(one for one in service.mails(who) if one.tags.get("reference") == reference)
        for who in ("tm-n", "csm")
    )
    answer = next(one for one in service.mails() if "answers" in one.tags)
    daily = next(one for one in service.mails() if "day" in one.tags)
    of_letters = ((asked, NEWS[0]), *((informed, said) for said in NEWS[1:]), (answer, NEWS[0]))
    calls = []
    for letter, said in (*of_letters, *((daily, said) for said in NEWS)):
        event = delivery_event(letter, said)
        calls.append({"in": event, "out": service.emulator.invoke("delivery", event)})
        service.emulator.clock.settle()
    return calls


#: The session of the IRO, begun in the story and not ended.
A_SESSION = Session("ira.sample-one@sampleshire.example", "a-session", 1_800_000_000)

#: The view of the IRO, saved in the story and not deleted.
A_VIEW = SavedView("a-view", "Stage 1, late", "stage=1&late=yes")


# The result ---------------------------------------------------------------------------------------


def items() -> list[dict[str, Any]]:
    """Return every item of the table as DynamoDB keeps it, in the order of the keys."""
    found: list[dict[str, Any]] = []
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    for page in pages:
        found += page["Items"]
    return sorted(found, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))


def seals() -> list[dict[str, str]]:
    """Return the nights as they are kept in S3, oldest first: each object's key and text."""
    client = boto3.client("s3")
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=HEADS_BUCKET)["Contents"]]
    objects = {key: client.get_object(Bucket=HEADS_BUCKET, Key=key)["Body"].read() for key in keys}
    return [{"key": key, "text": text.decode()} for key, text in sorted(objects.items())]


def what_came_of_it(service: Service, told: dict[str, Any]) -> dict[str, Any]:
    """Return what the records say now, and what Decide returns: ``told`` is from :func:`story`."""
    record, council = wiring.casebook().record, wiring.casebook().council()
    parties = [*council.directory.posts, *council.directory.officers]
    trays = {
        party: sorted(row.reference for row in record.lists.in_tray(party)) for party in parties
    }
    return {
        "moment": service.now.isoformat(),
        "links": told["links"],
        "delivery": told["delivery"],
        "challenges": {name: stands(service, one) for name, one in told["challenges"].items()},
        "trays": {party: references for party, references in trays.items() if references},
        "change": council.change,
        "officers": {one.id: says(one) for one in council.directory.officers.values()},
        "posts": {one.id: says(one) for one in council.directory.posts.values()},
        "decide": [_decides(service, one) for one in told["challenges"].values()],
    }


#: The word of a state that people read has changed since; a state is on no record.
_AS_FROZEN = {ActionState.GIVEN_UP: "given up"}


def stands(service: Service, reference: str) -> dict[str, Any]:
    """Return the challenge's current state in plain JSON."""
    challenge = service.challenge(reference)
    head, _ = wiring.casebook().record.legs.head(reference)
    return {
        "reference": reference,
        "standing": str(challenge.standing),
        "stage": str(challenge.stage),
        "iro": challenge.iro,
        "outcome": str(challenge.outcome or ""),
        "reply_by": str(challenge.request.deadline.day) if challenge.awaiting_reply else "",
        "questions": [[str(q.purpose), str(q.deadline.day)] for q in challenge.questions],
        "actions": [
            [_AS_FROZEN.get(a.state, str(a.state)), str(a.deadline.day)] for a in challenge.actions
        ],
        "period_ends": str(challenge.period.day) if challenge.period else "",
        "kinds": service.kinds(reference),
        "last_hash": head.last_hash,
        "leg": head.leg,
    }


def _decides(service: Service, reference: str) -> dict[str, Any]:
    head, _ = wiring.casebook().record.legs.head(reference)
    sent = {"reference": reference, "leg": head.leg}
    return {"in": sent, "out": service.emulator.invoke("decide", sent)}
