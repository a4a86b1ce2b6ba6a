"""A sample of each thing whose shape is frozen, with every optional part filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from domain.challenge import AgreedAction, Owner
from domain.deadlines import Deadline
from domain.events import Actor, Event, Fact
from domain.form import (
    Answered,
    Before,
    Child,
    ChildsRights,
    Concern,
    Court,
    FromReview,
    GoodPractice,
    Review,
    RightsBreached,
    Urgency,
    Way,
)
from domain.ladder import Stage
from domain.privileged import Sealed
from domain.rulebook import FACTS
from domain.rules.absence import CoverFound, NoCoverNeeded, SeemedAway, Sign
from domain.rules.accepting import ActionsAccepted
from domain.rules.actions import (
    ActionConfirmed,
    ActionDone,
    ActionGivenUp,
    ActionSentBack,
    NotResolvedYet,
)
from domain.rules.appointing import AnotherIroAgreed, Because, IroAppointed, ObjectedToIro
from domain.rules.asking_to_accept import AcceptanceAsked, AcceptanceDeclined
from domain.rules.briefing import Briefed, BriefingDue, DirectorNotified
from domain.rules.cafcass import (
    CafcassAnswer,
    CafcassAnswered,
    CafcassAsked,
    CafcassToBeAsked,
    CourtDocuments,
    JudicialReview,
    Referred,
)
from domain.rules.childs_rights import ChildNotYet, ChildsRightsRecorded, Right
from domain.rules.considering import FoundUnresolved, NotReferred, ReferralDue
from domain.rules.corrections import Corrected
from domain.rules.deciding import AskedAgain, ManagerView
from domain.rules.director import DirectorInformed, DirectorToBeInformed
from domain.rules.discussions import ConversationRecorded, Means
from domain.rules.endings import ActionEnd, ActionFate, ChildTold, ChildWasTold, Closed
from domain.rules.entry import Raised
from domain.rules.filing import PlacedOnFile
from domain.rules.good_practice import GoodPracticeRecorded
from domain.rules.history import HistoryOpened
from domain.rules.holds import HoldBegan, HoldEnded, HoldLapsed, HoldProposed
from domain.rules.holidays import DeadlineMoved
from domain.rules.impact import Impact, ImpactAsked, ImpactRecorded
from domain.rules.lateness import Chased
from domain.rules.leaving import IroIsBack, IroLeft
from domain.rules.legal import (
    AdviceAsked,
    AdviceGiven,
    AdviceOpened,
    ConflictSaid,
    ManagerConflicted,
    NeighbourNamed,
    NoAdviceSought,
)
from domain.rules.letters_to_child import ChildWrittenTo
from domain.rules.life import HowToGoOn, LifeChange, LifeChanged
from domain.rules.meetings import (
    ActionsSent,
    ChairConsidered,
    ChairToBeConsidered,
    MeetingArranged,
    MeetingCancelled,
    MeetingChanged,
    MeetingHeld,
    MeetingOver,
)
from domain.rules.missed_actions import ActionMissed, ActionRedated, LastStageUnresolved
from domain.rules.moving import ChildMoved
from domain.rules.naming import LastStageNotServed, NamingPassedOn, WentToDirector
from domain.rules.notes import Noted
from domain.rules.owners import ActionReminded, OwnerCause, OwnerNamed, OwnerNeeded
from domain.rules.period import (
    ResolutionPeriodEnding,
    ResolutionPeriodLongOver,
    ResolutionPeriodOver,
    StagesDoNotFit,
    StaysOnLadder,
)
from domain.rules.posts import NotMine, Reassigned
from domain.rules.qap import RecordedAtQap
from domain.rules.reopening import Reopened
from domain.rules.replies import Answer, Replied
from domain.rules.revising import DeadlineRevised, Objected, ObjectionDecided
from domain.rules.sealing import (
    FormalEntryKept,
    LooksChecked,
    RecordSealed,
    RightChild,
    SealAsked,
    SealDeclined,
    TextsChecked,
    TextsToCheck,
)
from domain.rules.serving import Bounced, NotServed, NotServedCause, Served
from domain.rules.silence import DeadlineMissed
from domain.rules.skipping import SamePersonNext, SkipChosen
from domain.rules.stages import Cause, Reminded, StageBegan
from domain.rules.stepping_in import InIrosPlace
from domain.rules.supervision import DiscussedInSupervision
from domain.rules.taking_over import Carried, TookOver
from domain.rules.timescales import (
    DateProposed,
    Discussed,
    NewDateConfirmed,
    NewDateDeclined,
    NewDateSet,
    OutcomeMissed,
)
from domain.rules.urgency import ContactRecorded, RiskToday, StagesEndTooLate
from domain.vocabulary import Capacity, Outcome, Purpose
from tests.doors.post import form, mail
from tests.workflow.service import INTAKE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.emulator import SentMail

__all__ = [
    "FACT_SAMPLES",
    "FORM",
    "MAIL",
    "MAIL_ID",
    "NEWS",
    "delivery_event",
    "event_samples",
    "ses_event",
]

_DUE = Deadline(
    date(2026, 11, 9),
    "5 working days from Monday 2 November 2026 is Monday 9 November 2026.",
    date(2026, 11, 2),
    5,
)
_OUTSIDE = Owner("", "Jo Sample", "Sample School", "jo@school.example")
_ACTIONS = (
    AgreedAction("Apply to the panel", "Tessa Sample-North", date(2026, 11, 12), Owner("tm-n")),
    AgreedAction(
        "Call the school – “twice”, as agreed",
        "Pat Sample, Sample School",
        date(2026, 11, 13),
        Owner(name="Pat Sample", organisation="Sample School", email="pat@school.example"),
    ),
)

_RIGHTS = ChildsRights(
    *(Answered.YES, Answered.NOT_YET, Answered.NO, Answered.YES),
    legal_help="Her advocate.",
    why="Too young to understand it.",
)

_RIGHT = RightChild(
    Child("CASE-44112", "R.C.", "Robin Sample", date(2014, 5, 6), "South Team"),
    "sw-south-1",
    Stage.ONE,
    "The placement ends next week.",
    (Concern("placement", "It ends.", "Another one.", date(2027, 1, 4)),),
    "Spoke with the team.",
    "Wants to stay.",
    _RIGHTS,
    Urgency(date(2027, 1, 4), "The placement ends."),
    GoodPractice("She came every week.", "They trust somebody."),
)

_BEGINS = datetime(2026, 11, 6, 14, 30, tzinfo=UTC)

_FACTS: tuple[Fact, ...] = (
    Raised(
        Child("CASE-98431", "Q.Z.", "Quillon Zéphyrine", date(2013, 4, 5), "North Team"),
        "iro-1",
        "sw-north-1",
        Stage.ONE,
        "The placement ends next week.",
        (Concern("placement", "It ends.", "Another one.\nNear by.", date(2027, 1, 4)),),
        "Spoke with the team.",
        "Wants to stay.",
        "1",
        RightsBreached.YES,
        Review(date(2026, 10, 20), "7b"),
        Court(date(2026, 12, 1), "Gwen Guardian"),
        Urgency(date(2027, 1, 9), "The placement ends.", at_risk=True),
        Way.RESOLVED,
        Before(
            "By phone, with the social worker.",
            *(True, True, True),
            why_not="The child was on holiday.",
            child_told=ChildTold.YES.value,
            how_told="By phone.",
        ),
        "PCE-7K3M-9QXT",
        date(2026, 10, 1),
        FromReview(_ACTIONS, "At the review, with both."),
        _RIGHTS,
        siblings=("PCE-8M4N-2RWX",),
        good_practice=GoodPractice("She came every week.", "They trust somebody."),
    ),
    GoodPracticeRecorded(),
    StageBegan(
        Stage.THREE,
        Cause.ESCALATED,
        "Only the head of service can decide.",
        2,
        ("hos", "ad"),
        _DUE,
        Deadline(date(2026, 11, 30), "20 working days.", date(2026, 11, 2), 20),
        (Stage.ONE, Stage.TWO),
        actions_go_on=True,
        file_by=_DUE,
        consider_by=_DUE,
    ),
    RecordedAtQap(1, Way.RESOLVED, ("sw-north-1", "tm-north"), _DUE),
    Served(2, "hos", _DUE),
    Bounced(2, "hos"),
    NotServed(2, NotServedCause.VACANT, _DUE, _DUE),
    Reminded(2),
    NamingPassedOn("question", Capacity.SRSM, _DUE),
    WentToDirector(3, ("dcs",), _DUE, _DUE),
    LastStageNotServed(3, _DUE, _DUE),
    SamePersonNext(Stage.TWO, ("csm-1",), _DUE),
    SkipChosen(Stage.TWO, skip=True, reason="She has just been asked."),
    DeadlineMissed(2, _DUE, unnamed=True, file_by=_DUE),
    Replied(2, Answer.ACTIONS, "Two things.", _ACTIONS, late=True, decide_by=_DUE),
    NotMine(2, "Ask the South Team.", _DUE, _DUE, ("sw-north-1",)),
    Reassigned(3, "tm-south", "The child has moved.", _DUE, ("sw-north-1",)),
    IroLeft("iro-1", _DUE),
    IroIsBack("iro-1"),
    ChildMoved("South Team", "sw-south-1", 3, ("tm-south",), _DUE),
    AskedAgain(3, "What was looked for?", _DUE),
    HoldProposed(2, 3, "The panel meets on Thursday.", Capacity.SRSM, _DUE),
    HoldBegan(2, _DUE, _DUE),
    HoldEnded(2, _DUE),
    HoldLapsed(2),
    ManagerView(2, resolved=True, words="Seen by myself."),
    ActionsAccepted(2, 1, _ACTIONS, "By these dates."),
    AcceptanceAsked(2, "The panel sits then.", _DUE),
    AcceptanceDeclined(2, "The child cannot wait.", _DUE),
    ActionDone(1, "The panel's letter.", _DUE, srsm_confirms=True),
    ActionConfirmed(1, "Seen.", _DUE),
    ActionSentBack(1, "The letter does not name the child.", _DUE),
    ActionGivenUp(2, "The school has changed.", _DUE, _DUE),
    NotResolvedYet("The child is still without a school."),
    LastStageUnresolved(2, "Nobody can say when.", _DUE, _DUE),
    ActionMissed(2, _DUE, _DUE),
    ActionRedated(2, date(2026, 11, 20), "The flat is not ready."),
    OutcomeMissed(1, _DUE),
    Discussed("On the phone on Monday."),
    DateProposed(2, date(2026, 11, 20), "The flat is not ready."),
    NewDateSet(
        "action-2",
        date(2026, 11, 20),
        "The flat is not ready.",
        _DUE,
        Capacity.SENIOR_IRO_MANAGER,
        "The panel has promised a place.",
    ),
    NewDateConfirmed("action-2", date(2026, 11, 20)),
    NewDateDeclined("action-2", date(2026, 11, 20), "It cannot wait.", _DUE),
    ActionReminded((1, 2)),
    OwnerNeeded(2, OwnerCause.BOUNCED, _DUE),
    OwnerNamed(2, _OUTSIDE, "Jo Sample, Sample School", "The first owner has moved."),
    SeemedAway(
        *(2, "hos", Sign.PASSING_BOUNCE, _DUE),
        *(date(2026, 11, 6), date(2026, 11, 16), "csm"),
    ),
    CoverFound("hos"),
    NoCoverNeeded("hos", "Back tomorrow."),
    DeadlineRevised(
        *(2, Deadline(date(2026, 11, 12), "Set by Serena."), "The manager is away.", "do-action-2"),
    ),
    Objected(2, "The child waits already.", "do-action-2", _DUE, _DUE, date(2026, 11, 12)),
    ObjectionDecided(2, "request", True, "A few days.", _DUE, date(2026, 11, 12)),  # noqa: FBT003
    Noted("I am looking into it."),
    ConversationRecorded(
        "The manager.", Means.PHONE, date(2026, 11, 2), "The panel sits on Thursday."
    ),
    MeetingArranged(1, _BEGINS, 60, "Room 1", "srsm", ("srsm", "hos"), _DUE),
    MeetingChanged(1, _BEGINS, 90, "Room 2", "srsm", ("srsm", "hos"), "The room is taken."),
    MeetingCancelled(1, "The manager is ill."),
    ChairConsidered(1, senior=True, reason="It is grave.", chair="senior"),
    MeetingOver(1, _DUE),
    ChairToBeConsidered(1, _DUE),
    MeetingHeld(
        *(1, date(2026, 11, 6), "senior", "All who were asked.", "The panel sits.", 3),
        *(_ACTIONS, _DUE, Capacity.SENIOR_IRO_MANAGER),
    ),
    ActionsSent(1),
    DiscussedInSupervision("iro-1"),
    DirectorToBeInformed(_DUE),
    DirectorInformed(),
    DeadlineMoved("action-2", _DUE, "The bank holidays changed."),
    Chased("question", 5, "decide on the reply", tell_senior=True),
    InIrosPlace("iro-1", "decide on the reply", "Escalate", 3),
    AnotherIroAgreed("I am on leave from Monday."),
    IroAppointed("iro-2", "Ira is away.", Because.AWAY),
    ObjectedToIro("The child knows me."),
    ResolutionPeriodEnding(),
    ResolutionPeriodOver(_DUE),
    ResolutionPeriodLongOver(20, _DUE),
    StagesDoNotFit(Stage.TWO, _DUE, Stage.FOUR),
    StaysOnLadder("The next manager knows the child."),
    Referred(
        "The plan has drifted for a year.",
        "The Head of Service, since May.",
        date(2026, 11, 2),
        "Secure email",
        "Cafcass Intake, intake@cafcass.example",
        ("PCE-7K3M-9QXT", "PCE-4T6W-8YZ2"),
        _DUE,
        "A chronology.",
        CourtDocuments.ALLOWED,
        after_last=True,
        pack="9f" * 32,
    ),
    CafcassToBeAsked(_DUE, waits=True),
    CafcassAsked("They are on it.", _DUE),
    CafcassAnswered(CafcassAnswer.REFUSED, date(2026, 11, 9), "It can wait.", _DUE),
    JudicialReview(date(2026, 11, 9), "A claim was issued."),
    ReferralDue(_DUE),
    FoundUnresolved("The child still waits.", _DUE, _DUE),
    NotReferred("None so far.", "Nobody.", "The manager can decide it.", after_last=True),
    Closed(
        Outcome.RESOLVED_AT_STAGE,
        Stage.THREE,
        "Seen at the visit.",
        ChildTold.YES,
        "By me, at the visit.",
        _DUE,
        (2, 3),
        (
            ActionEnd(1, ActionFate.DROPPED, "The school has changed."),
            ActionEnd(2, ActionFate.HANDED, "For the IRO.", date(2026, 12, 1)),
        ),
        "PCE-7K3M-9QXT",
        _DUE,
        _DUE,
        _DUE,
    ),
    HistoryOpened("I chair the next review."),
    PlacedOnFile((Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS), 7),
    ChildWasTold(ChildTold.YES, "By me, at the visit.", _DUE),
    TookOver(
        "PCE-7K3M-9QXT",
        (
            Carried(
                *(2, _ACTIONS[1], (_DUE, _DUE), "The minutes.", _DUE),
                missed=(date(2026, 11, 9),),
                srsm_confirms=True,
            ),
        ),
        _DUE,
        datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
    ),
    Reopened("PCE-4T6W-8YZ2", Stage.TWO, "The placement broke down."),
    SealAsked("The wrong twin was chosen.", _RIGHT, _DUE),
    SealDeclined("It is this child."),
    RecordSealed("PCE-4T6W-8YZ2", _DUE),
    FormalEntryKept(datetime(2026, 11, 2, 10, 0, tzinfo=UTC), date(2026, 11, 2)),
    TextsToCheck(("PCE-4T6W-8YZ2", "PCE-2B3C-4D5E"), _DUE),
    TextsChecked("One name was corrected."),
    LooksChecked("The team was told."),
    Corrected(1, "The date of birth is 5 April.", (Capacity.IRO, Capacity.SRSM)),
    AdviceAsked(Sealed(1, "a1" * 32), _DUE, _DUE, _DUE),
    NoAdviceSought(),
    ConflictSaid(conflict=True, by=_DUE),
    NeighbourNamed("neighbour-1", "Nia Sample-Neighbour", _DUE),
    AdviceGiven(Sealed(2, "b2" * 32)),
    ManagerConflicted("srsm"),
    AdviceOpened("iro-2"),
    BriefingDue(_DUE),
    Briefed("The placement ends on Friday.", ("safer",), _DUE),
    DirectorNotified(),
    ChildNotYet((Right.KNOWS, Right.COURT), _DUE),
    ChildsRightsRecorded(_RIGHTS, _DUE),
    LifeChanged(LifeChange.DIED, date(2026, 11, 2), _DUE, "PCE-4T6W-8YZ2"),
    HowToGoOn("Until the review."),
    ImpactAsked(_DUE),
    ImpactRecorded(Impact.PARTLY, "She has a school."),
    ChildWrittenTo("Dear Quillon,"),
    StagesEndTooLate(Stage.FOUR, date(2027, 1, 11), Stage.THREE),
    RiskToday(Deadline(date(2026, 11, 2), "By the end of that day.", date(2026, 11, 2))),
    ContactRecorded("The emergency duty team.", date(2026, 11, 2), "4:15pm"),
)

#: A fact of every kind, with no field left at its default.
FACT_SAMPLES: dict[type[Fact], Fact] = {type(fact): fact for fact in _FACTS}

#: The form as the interface takes it.
FORM: dict[str, Any] = {
    "iro": "ira.sample-one@sampleshire.example",
    "case_id": "CASE-98431",
    "initials": "Q.Z.",
    "name": "Quillon Zéphyrine",
    "date_of_birth": "2013-04-05",
    "team": "North Team",
    "social_worker": "willow.sample-north@sampleshire.example",
    "stage": "1",
    "reason": "The placement ends next week.",
    "concerns": [
        {
            "theme": "placement",
            "what": "It ends.",
            "outcome": "Another one.\nNear by.",
            "by": "2027-01-04",
        }
    ],
    "tried": "Spoke with the team.",
    "views": "Wants to stay.",
    "rights_breached": "yes",
    "child_knows": "yes",
    "advocate_offered": "not yet",
    "knows_complaints": "no",
    "rights_why": "Too young to understand it.",
    "wants_court": "yes",
    "legal_help": "Her advocate.",
    "at_risk": "yes",
    "too_late_after": "2027-01-09",
    "too_late_why": "The placement ends.",
    "review_date": "2026-10-20",
    "decision_number": "7b",
    "next_hearing": "2026-12-01",
    "guardian": "Gwen Guardian",
    "for_iro": "ira.sample-one@sampleshire.example",
}

#: The same form as an email, and the name under which SES put it into S3.
MAIL = mail(
    form(
        Name="Quillon Zéphyrine",
        Reason_for_this_stage="The placement ends next week.",
        Concern_1="It ends.",
        Concern_1_outcome="Another one.\nNear by.",
        Already_tried="Spoke with the team.",
        At_risk_today="yes",
        Too_late_after="9 January 2027",
        Too_late_because="The placement ends.",
        Review_date="20 October 2026",
        Decision_number="7b",
        Next_hearing="1 December 2026",
        Guardian="Gwen Guardian",
        For_IRO="Ira Sample-One",
        Child_knows="yes",
        Advocate_offered="not yet",
        Knows_how_to_complain="no",
        Wants_to_go_to_court="yes",
        Legal_help="Her advocate.",
    )
    .replace("Legal help:", "If no, why not: Too young to understand it.\nLegal help:")
    .replace("Marigoldviewstext", "Wants to stay.")
)
MAIL_ID = "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"


def event_samples() -> Mapping[type[Fact], Event]:
    """Return an event of every kind that has a sample, one after the other."""
    typed_by = "Tessa Sample-North (tessa.sample-north@sampleshire.example)"
    actor = Actor("iro-1", "Ira Sample-One", "the IRO", "page", typed_by)
    effective = datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC)
    recorded = datetime(2026, 11, 3, 0, 1, 0, 250_000, tzinfo=UTC)
    return {
        kind: Event(number, FACT_SAMPLES[kind], actor, effective, recorded, "form-1")
        for number, kind in enumerate(FACTS.values(), start=1)
        if kind in FACT_SAMPLES
    }


def ses_event() -> dict[str, Any]:
    """Return SES's event about :data:`MAIL`, with everything in it that AWS documents."""
    passed = {"status": "PASS"}
    sender, sent = "ira.sample-one@sampleshire.example", "Mon, 02 Nov 2026 10:00:00 +0000"
    named = f"Ira Sample-One <{sender}>"
    return {
        "Records": [
            {
                "eventSource": "aws:ses",
                "eventVersion": "1.0",
                "ses": {
                    "mail": {
                        "timestamp": "2026-11-02T10:00:01.123Z",
                        "source": sender,
                        "messageId": MAIL_ID,
                        "destination": [INTAKE],
                        "headersTruncated": False,
                        "headers": [
                            {"name": "Return-Path", "value": f"<{sender}>"},
                            {"name": "From", "value": named},
                            {"name": "To", "value": INTAKE},
                            {"name": "Subject", "value": "A challenge"},
                            {"name": "Date", "value": sent},
                            {"name": "Message-ID", "value": "<one@sampleshire.example>"},
                        ],
                        "commonHeaders": {
                            "returnPath": sender,
                            "from": [named],
                            "date": sent,
                            "to": [INTAKE],
                            "messageId": "<one@sampleshire.example>",
                            "subject": "A challenge",
                        },
                    },
                    "receipt": {
                        "timestamp": "2026-11-02T10:00:01.123Z",
                        "processingTimeMillis": 574,
                        "recipients": [INTAKE],
                        "spamVerdict": passed,
                        "virusVerdict": passed,
                        "spfVerdict": passed,
                        "dkimVerdict": passed,
                        "dmarcVerdict": passed,
                        "dmarcPolicy": "reject",
                        "action": {
                            "type": "Lambda",
                            "functionArn": "arn:aws:lambda:eu-west-2:123456789012:function:intake",
                            "invocationType": "Event",
                        },
                    },
                },
            }
        ]
    }


def delivery_event(mail: SentMail, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return SES's event about an email it accepted, as EventBridge delivers it.

    ``said`` is the news itself: its ``eventType``, and what belongs to that type.
    """
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Email Bounced",
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-12-01T10:00:00Z",
        "region": "eu-west-2",
        "resources": ["arn:aws:ses:eu-west-2:123456789012:configuration-set/letters"],
        "detail": {
            "mail": {
                "timestamp": "2026-12-01T09:59:58.123Z",
                "source": "positive-challenge@council.example",
                "sendingAccountId": "123456789012",
                "messageId": mail.id,
                "destination": list(mail.to),
                "headersTruncated": False,
                "headers": [{"name": "Subject", "value": mail.subject}],
                "commonHeaders": {"subject": mail.subject, "to": list(mail.to)},
                "tags": {name: [value] for name, value in mail.tags.items()},
            },
            **said,
        },
    }


_AT = {"timestamp": "2026-12-01T10:00:00.000Z"}
_BOUNCED = {
    **_AT,
    "feedbackId": "0100018d0ea0a9a5",
    "bouncedRecipients": [{"emailAddress": "tessa.sample-north@sampleshire.example"}],
    "reportingMTA": "dns; mail.council.example",
}

#: What SES may report about an email, one for each thing that it may mean.
NEWS: tuple[Mapping[str, Any], ...] = (
    {
        "eventType": "Bounce",
        "bounce": {**_BOUNCED, "bounceType": "Permanent", "bounceSubType": "NoEmail"},
    },
    {
        "eventType": "Bounce",
        "bounce": {**_BOUNCED, "bounceType": "Transient", "bounceSubType": "General"},
    },
    {"eventType": "DeliveryDelay", "deliveryDelay": {**_AT, "delayType": "MailboxFull"}},
    {"eventType": "Complaint", "complaint": {**_AT, "feedbackId": "0100018d0ea0a9a6"}},
)
