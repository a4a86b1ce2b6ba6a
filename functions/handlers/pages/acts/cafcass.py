"""Rule 10: refer to Cafcass or say why not, ask for its answer, and record it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.wiring import casebook
from domain.moments import day_in_words
from domain.people import covers_as_manager
from domain.rules.cafcass import (
    AskCafcass,
    CafcassAnswer,
    CourtDocuments,
    RecordCafcassAnswer,
    RecordJudicialReview,
    Referred,
    ReferToCafcass,
    awaits_cafcass,
    last_stage_ended,
    referrals,
    reports_known,
)
from domain.rules.considering import DoNotRefer, FindUnresolved, considered
from domain.rules.good_practice import GOOD_PRACTICE_MARK
from domain.rules.history import sees_history
from domain.rules.lateness import days_in_words
from domain.writing import capitalised
from handlers import dates
from handlers.form_fields import IN_CONFIDENCE
from handlers.pages.acts.page import ActPage, Confirm, Scene, asks, reason, said
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from domain.part import Command

__all__ = [
    "ASK_CAFCASS",
    "DO_NOT_REFER",
    "FIND_UNRESOLVED",
    "RECORD_CAFCASS_ANSWER",
    "RECORD_JUDICIAL_REVIEW",
    "REFER_TO_CAFCASS",
    "other_reports",
]

_FAILURE = "What significant failure is there?"
_ATTENTION = "Who have you told about it, and since when have they known?"


def _words(name: str, label: str, hint: str = "", value: str = "", lines: int = 5) -> Field:
    return Field(name, Kind.WORDS, label, hint, value=value, readers=IN_CONFIDENCE, lines=lines)


def _day(name: str, label: str, scene: Scene, *, today: bool = False) -> Field:
    value = scene.today.isoformat() if today else ""
    return Field(name, Kind.DAY, label, dates.like(scene.today), value=value)


# Refer -------------------------------------------------------------------------------------------


def _goes_on(scene: Scene) -> str:
    """Return how the challenge goes on once it is referred."""
    if not scene.challenge.open:
        return "The challenge stays ended."
    if last_stage_ended(scene.challenge, scene.council):
        every = days_in_words(scene.council.procedure.ask_cafcass_every)
        return (
            "The challenge then waits for Cafcass’s answer, and you are not late. Ask Cafcass for "
            f"it every {every}."
        )
    return "The challenge goes on as before: no deadline or reminder changes."


def _referring(scene: Scene) -> tuple[str, ...]:
    procedure = scene.council.procedure
    to = f", to {procedure.cafcass_address}" if procedure.cafcass_address else ""
    way = (
        f"Use the secure route: {procedure.cafcass_route}{to}. Never send a report as an email "
        "attachment, or by a link that opens without signing in."
    )
    again = (
        (
            (
                "You have already referred it, and Cafcass has not answered. Both referrals stay "
                "on the record."
            ),
        )
        if awaits_cafcass(scene.challenge)
        else ()
    )
    return (
        *again,
        (
            "First make the pack for Cafcass: on the challenge’s page, under “Documents”. It is "
            "all reports in one PDF, with records that can be checked."
        ),
        f"Then send it, or every PCE/DRP report about this child. {way}",
        (
            "Leave out legal advice and other children’s words. Leave out court documents, unless "
            "the court’s rules allow you to send them."
        ),
        f"Last, record it here. {_goes_on(scene)}",
        (
            "The Safeguarding & Review Service Manager and the managers kept informed are told at "
            "once that you referred it, but not what you wrote."
        ),
    )


def other_reports(scene: Scene) -> tuple[str, ...]:
    """Return the other challenges about the child, oldest first, for whoever may see them.

    Good practice challenges nobody, so there is no report of it (rule 18).
    """
    challenge = scene.challenge
    if not sees_history(scene.capacities, challenge, scene.officer.id):
        return ()
    rows = casebook().record.lists.of_child(challenge.raised.child.case_id)
    return tuple(
        row.reference
        for row in reversed(rows)
        if row.reference != challenge.reference
        if GOOD_PRACTICE_MARK not in {mark.key for mark in row.marks}
    )


def _refer_fields(scene: Scene) -> tuple[Field, ...]:
    procedure, (failure, attention) = scene.council.procedure, considered(scene.challenge)
    reports = reports_known(scene.challenge)
    known = " and ".join(reports)
    others = [one for one in other_reports(scene) if one not in reports]
    filled = (
        "These are all other challenges with this Case ID. Take out those you did not send. "
        if others
        else ""
    )
    return (
        _words("failure", _FAILURE, value=failure),
        _words("attention", _ATTENTION, value=attention, lines=3),
        _words(
            "others",
            "Which other reports about this child did you send?",
            f"Besides {known}. {filled}References like PCE-7K3M-9QXT, with a space between them. "
            "Leave blank if there are none.",
            " ".join(others),
            2,
        ),
        Field(
            "pack",
            Kind.LINE,
            "Which pack did you send?",
            "The link from the page where you made it fills this in: 64 letters and digits. Leave "
            "blank if you sent the reports in another way.",
        ),
        _words("documents", "What else did you send?", "Leave blank if nothing.", lines=2),
        Field(
            "court_documents",
            Kind.RADIOS,
            "Did you send any court documents?",
            options=(
                Option(CourtDocuments.NONE, "No"),
                Option(CourtDocuments.ALLOWED, "Yes: I confirm that the court’s rules allow it"),
            ),
            value=CourtDocuments.NONE,
        ),
        Field("route", Kind.LINE, "How did you send it?", value=procedure.cafcass_route),
        Field(
            "address",
            Kind.LINE,
            "Who at Cafcass did you send it to?",
            "A named person or team, and their address on the secure route.",
            value=procedure.cafcass_address,
        ),
        _day("sent_on", "When did you send it?", scene, today=True),
    )


def _refer(read: Reading, scene: Scene) -> ReferToCafcass:
    court = "Choose whether you sent court documents."
    return ReferToCafcass(
        read.words("failure"),
        read.words("attention"),
        read.day("sent_on", scene.today, "For the day you sent it, enter"),
        read.words("route"),
        read.words("address"),
        read.words("others"),
        read.words("documents"),
        read.choice("court_documents", CourtDocuments, CourtDocuments.NONE, court),
        read.words("pack"),
    )


def _checked(command: Command, scene: Scene) -> Confirm | None:
    """Return what was sent, for the IRO to confirm."""
    if not isinstance(command, ReferToCafcass):
        return None
    reports = " ".join((*reports_known(scene.challenge), command.others)).strip()
    rows = [
        (_FAILURE, command.failure),
        (_ATTENTION, command.attention),
        ("Reports", reports),
        ("Pack", command.pack or "None"),
        ("Also sent", command.documents or "Nothing"),
        (
            "Court documents",
            "None"
            if command.court_documents is CourtDocuments.NONE
            else "Sent, as the court’s rules allow",
        ),
        ("How", command.route),
        ("To", command.address),
        ("On", day_in_words(command.sent_on)),
    ]
    return Confirm("Check what was sent to Cafcass", tuple(rows), "Refer to Cafcass")


REFER_TO_CAFCASS = ActPage(
    ReferToCafcass,
    "refer-to-cafcass",
    "Refer to Cafcass",
    _referring,
    _refer_fields,
    _refer,
    confirms=_checked,
    link_fills=("pack",),
    checks=True,
)


# Whether to refer --------------------------------------------------------------------------------


def _not_refer_fields(scene: Scene) -> tuple[Field, ...]:
    failure, attention = considered(scene.challenge)
    return (
        _words("failure", _FAILURE, "If there is none, say so.", failure),
        _words("attention", _ATTENTION, "Leave blank if there is no failure.", attention, lines=3),
        _words("reason", "Why do you not refer to Cafcass now?"),
    )


DO_NOT_REFER = ActPage(
    DoNotRefer,
    "do-not-refer",
    "Record why you do not refer to Cafcass",
    said(
        "You can change your mind at any time, even after the challenge has ended: refer it then.",
        "You will be asked again when another stage begins, when an action of a formal challenge "
        "is missed, and when the 20 working days are over.",
    ),
    _not_refer_fields,
    lambda read, _: DoNotRefer(
        read.words("failure"), read.words("reason"), read.words("attention")
    ),
    offered=lambda scene: (
        not covers_as_manager(scene.officer.id, scene.challenge, scene.council, scene.today)
    ),
    done="Your decision not to refer to Cafcass was recorded.",
    checks=True,
)

FIND_UNRESOLVED = ActPage(
    FindUnresolved,
    "unresolved",
    "Record as not resolved",
    lambda scene: (
        f"{scene.council.ladder.title(scene.challenge.stage)} ends unresolved.",
        "You then refer to Cafcass, or say why not.",
    ),
    asks(reason("What is still wrong for the child?")),
    lambda read, _: FindUnresolved(read.words("reason")),
    done="{stage} was recorded as not resolved.",
    checks=True,
)


# The answer --------------------------------------------------------------------------------------


def _sent(scene: Scene) -> str:
    sent = referrals(scene.challenge)[-1].sent_on
    return f"The referral was sent on {day_in_words(sent)}."


ASK_CAFCASS = ActPage(
    AskCafcass,
    "ask-cafcass",
    "Record that you asked Cafcass",
    lambda scene: (
        _sent(scene),
        f"You will be asked again in {scene.council.procedure.ask_cafcass_every} working days.",
    ),
    lambda _: (_words("words", "Who did you ask, and what did they say?"),),
    lambda read, _: AskCafcass(read.words("words")),
)


def _answer_fields(scene: Scene) -> tuple[Field, ...]:
    return (
        Field(
            "answer",
            Kind.RADIOS,
            "What did Cafcass decide?",
            options=tuple(Option(one, capitalised(one)) for one in CafcassAnswer),
        ),
        _day("day", "When did they answer?", scene),
        _words("words", "What did they say?"),
    )


RECORD_CAFCASS_ANSWER = ActPage(
    RecordCafcassAnswer,
    "cafcass-answer",
    "Record the answer",
    lambda scene: (
        _sent(scene),
        "If Cafcass refuses, that does not end the challenge.",
        "If the last stage has ended unresolved, you then decide what happens next.",
    ),
    _answer_fields,
    lambda read, scene: RecordCafcassAnswer(
        read.choice("answer", CafcassAnswer, CafcassAnswer.REFUSED, "Choose what Cafcass decided."),
        read.day("day", scene.today, "For the day of the answer, enter"),
        read.words("words"),
    ),
    about=(Referred,),
)

RECORD_JUDICIAL_REVIEW = ActPage(
    RecordJudicialReview,
    "judicial-review",
    "Record a judicial review",
    said("Record each step: a claim, a hearing, what the court decided."),
    lambda scene: (
        _day("day", "When did it happen?", scene),
        _words("words", "What happened?"),
    ),
    lambda read, scene: RecordJudicialReview(
        read.day("day", scene.today, "For the day it happened, enter"), read.words("words")
    ),
)
