"""Words that are stored, or written into settings: they are read again for 75 years.

Whatever is written on a record is never changed, so neither is the word for it. Add a word here
with each that is new; never change one. What a page calls it may change, and stands elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.beside import LINKS, LOOKS
from domain.challenge import OWN, action_key
from domain.events import CLOCK, INTERFACE, UNANSWERED, Actor
from domain.form import Answered, RightsBreached, Way
from domain.ladder import Role, Stage
from domain.looks import Via
from domain.procedure import THEMES, OnNoReply, Procedure, ReplyLinks
from domain.retention import KEPT_FOR_YEARS
from domain.rules.appointing import Because
from domain.rules.cafcass import CafcassAnswer, CourtDocuments
from domain.rules.childs_rights import Right
from domain.rules.discussions import Means
from domain.rules.endings import ActionFate, ChildTold, Close, Resolve
from domain.rules.holidays import PERIOD_KEY, REQUEST_KEY
from domain.rules.impact import Impact
from domain.rules.life import LifeChange
from domain.rules.owners import OwnerCause
from domain.rules.replies import Answer
from domain.rules.serving import NotServedCause
from domain.rules.stages import Cause
from domain.vocabulary import Capacity, Letter, Outcome, Purpose, Standing
from tests.builders import IRA, council, raised

if TYPE_CHECKING:
    from enum import StrEnum

STORED: dict[type[StrEnum], dict[str, str]] = {
    Stage: {"QAP": "QAP", "ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4"},
    Standing: {standing: standing for standing in (
        *("QAP", "STAGE_1", "STAGE_2", "STAGE_3", "STAGE_4", "ON_HOLD", "ACTIONS_UNDER_WAY"),
        *("IRO_TO_DECIDE", "AT_CAFCASS", "TO_BE_REASSIGNED", "CLOSED", "ENDED_TO_DO"),
        "ENDED_TO_ASK",
    )},
    Capacity: {
        "IRO": "the IRO",
        "COVER": "who covers for the IRO",
        "SRSM": "the Safeguarding & Review Service Manager",
        "SENIOR_IRO_MANAGER": "the Senior IRO Manager",
        "RESPONDER": "asked to reply",
        "INFORMED": "kept informed",
        "INFORMED_BEFORE": "kept informed until the child moved",
        "IRO_BEFORE": "the IRO before",
        "OWNER": "the owner of an action",
        "LAWYER": "the legal team",
        "NEIGHBOUR_LAWYER": "the lawyer of a neighbouring authority",
        "BRIEFED": "the Assistant Director for Safer & Partnerships",
        "TOLD": "the Director, who was notified",
        "ASSISTANT_DIRECTOR": "the Assistant Director",
        "AUDITOR": "the Auditor",
        "DATA_PROTECTION_OFFICER": "the Data protection officer",
        "IRO_OF_CHILD": "the IRO of another challenge about the child",
        "CASE_SYSTEM": "the case system",
    },
    Purpose: {
        "REPLY": "reply",
        "DECIDE": "decide on the reply",
        "DECIDE_SILENCE": "decide what follows the silence",
        "REASSIGN": "say whose this is",
        "NAME_SOMEBODY": "name somebody to ask",
        "AGREE_HOLD": "agree to the proposed hold",
        "DO_ACTION": "do what was agreed, and report it",
        "CONFIRM_ACTION": "confirm that an action was done",
        "MISSED_ACTION": "decide about a missed action",
        "TELL_CHILD": "record whether the child was told",
        "NOTHING_DONE": "decide what follows the actions given up",
        "NAME_OWNER": "say who will do an action",
        "REPORT_FOR_OWNER": "report an action for its owner, who has no email",
        "RESOLVED_NOW": "decide whether the matter is resolved",
        "AFTER_LAST_STAGE": "decide how to go on after the last stage",
        "STEP_IN": "decide in the IRO's place if you think it right",
        "CONFIRM_DATE": "confirm a new date",
        "OUTCOME_MISSED": "decide about an outcome that was wanted by now",
        "STAGES_DO_NOT_FIT": "decide how to go on in the days that are left",
        "APPOINT_IRO": "appoint another IRO",
        "RECORD_CONTACT": "record who was contacted about the risk today",
        "DECIDE_OBJECTION": "decide about an objection to a new deadline",
        "SKIP_STAGE": "choose whether to skip the next stage",
        "NAME_COVER": "say who covers for somebody who seems to be away",
        "CONSIDER_CAFCASS": "decide whether to refer to Cafcass",
        "REFER_OR_SAY_WHY": "refer to Cafcass or say why not",
        "ASK_CAFCASS": "ask Cafcass for its answer",
        "AFTER_CAFCASS": "decide how to go on after Cafcass's answer",
        "SEAL": "decide whether to seal the record",
        "CHECK_LOOKS": "check who looked at a sealed record",
        "CHECK_TEXTS": "check the texts of the brothers and sisters",
        "SAY_CONFLICT": "say whether there is a conflict of interest",
        "NAME_LAWYER": "name a lawyer of a neighbouring authority",
        "GIVE_ADVICE": "give legal advice",
        "BRIEF": "brief the Assistant Director for Safer & Partnerships",
        "CONFIRM_DIRECTOR": "confirm that the Director was notified",
        "INFORM_DIRECTOR": "inform the Director",
        "CONSIDER_CHAIR": "say whether the Senior IRO Manager should chair a meeting",
        "SEND_ACTIONS": "send the actions that a meeting agreed",
        "RECORD_MEETING": "record a meeting that is over",
        "TELL_OF_CHALLENGE": "tell the child about the challenge",
        "OFFER_ADVOCATE": "offer the child an advocate",
        "EXPLAIN_COMPLAINTS": "tell the child how to complain",
        "FIND_ADVICE": "record who helps the child get advice",
        "PLACE_OUTCOME": "place the outcome on the child's file",
        "PLACE_DECISIONS": "place decisions and discussions on the child's file",
        "WHAT_CHANGED": "record what changed for the child",
        "HOW_TO_GO_ON": "say how to go on after a change in the child's life",
        "ACCEPT_BEYOND": "decide about actions after the 20-working-day limit",
    },
    Outcome: {
        "RESOLVED_INFORMALLY": "resolved informally",
        "RESOLVED_AT_STAGE": "resolved at a formal stage",
        "RESOLVED_BY_ACTIONS": "resolved by actions done",
        "CLOSED_AFTER_CAFCASS": "closed after Cafcass",
        "UNRESOLVED_NOT_REFERRED": "unresolved and not referred",
        "WITHDRAWN": "withdrawn",
        "RAISED_IN_ERROR": "raised in error",
        "DUPLICATE": "duplicate",
        "SEALED": "sealed",
        "GOOD_PRACTICE": "good practice",
    },
    Letter: {letter.upper(): letter for letter in (
        *("please_reply", "reminder", "decide", "thank_you", "raised", "noted", "at_risk"),
        "meeting",
        "told",
        *("your_action", "action_reminder", "action_ended"),
    )},
    Answer: {"RESOLVED": "resolved", "ACTIONS": "actions agreed", "CHALLENGED": "challenged"},
    Cause: {
        "RAISED": "raised",
        "NOT_RESOLVED": "not resolved",
        "ESCALATED": "escalated earlier",
        "NO_REPLY": "no reply",
        "SILENCE": "no reply, decided",
        "NOBODY_ASKED": "nobody could be asked",
        "NOT_THEIRS": "somebody else had to be asked",
        "NOBODY_NAMED": "nobody named in time",
        "NOT_SERVED": "nobody reached in time",
        "ACTION_MISSED": "action missed",
        "ACTIONS_ENDED": "not resolved by actions",
        "REOPENED": "reopened",
    },
    Because: {
        "LEFT": "the IRO has left",
        "AWAY": "the IRO is away",
        "AGREED": "the IRO agreed",
        "SENIOR": "the Senior IRO Manager decided it",
    },
    Via: {
        "PAGE": "page",
        "REPLY_LINK": "reply link",
        "ACTION_LINK": "action link",
        "LINK": "link",
        "ADVICE": "advice",
        "INTERFACE": "interface",
        "DOCUMENT": "document",
        "EXPORT": "export",
    },
    Means: {
        "PHONE": "by phone",
        "EMAIL": "by email",
        "VIDEO": "by video call",
        "IN_PERSON": "in person",
    },
    ActionFate: {
        "DROPPED": "dropped",
        "HANDED": "handed to a review",
        "TAKEN_OVER": "taken over",
    },
    Answered: {"NOT_ASKED": "not asked", "YES": "yes", "NOT_YET": "not yet", "NO": "no"},
    Right: {
        "KNOWS": "knows of the challenge",
        "ADVOCATE": "was offered an advocate",
        "COMPLAINTS": "knows how to complain",
        "COURT": "has help if they want to go to court",
    },
    RightsBreached: {"NOT_ASKED": "not asked", "YES": "yes", "NO": "no"},
    Way: {
        "CONCERN": "a concern that is not resolved",
        "RESOLVED": "resolved before the review",
        "ACTIONS": "actions from the review",
        "GOOD_PRACTICE": "good practice",
    },
    CafcassAnswer: {
        "TAKEN": "criteria met, taken for judicial review",
        "REFUSED": "criteria not met, not taken",
    },
    CourtDocuments: {"NONE": "none", "ALLOWED": "sent, as the court's rules allow"},
    ChildTold: {"YES": "yes", "NOT_YET": "not yet", "NO": "no", "NOT_ASKED": "not asked"},
    Impact: {
        "BETTER": "things are better for the child",
        "PARTLY": "some things are better for the child",
        "NOTHING": "nothing changed for the child",
        "WORSE": "things are worse for the child",
    },
    LifeChange: {
        "LEFT_CARE": "ceased to be looked after",
        "ADOPTED": "was adopted",
        "TURNED_18": "turned 18",
        "DIED": "died",
        "MISTAKE": "has not died: that was recorded by mistake",
    },
    NotServedCause: {
        "VACANT": "the post is vacant",
        "THEIR_OWN": (
            "only the IRO answers for the post, and nobody answers their own challenge"
        ),
        "REFUSED": "the address was refused",
        "NOT_SENT": "the request could not be sent before its deadline",
        "BOUNCED": "the letter came back",
    },
    OwnerCause: {
        "LEFT": "its owner has left",
        "VACANT": "nobody holds the post that was to do it",
        "REFUSED": "the email address of its owner was refused",
        "BOUNCED": "the email to its owner came back",
        "ONLY_WORDS": "the record has its owner only in words",
    },
    Role: {
        "IRO": "Independent Reviewing Officer",
        "SRSM": "Safeguarding & Review Service Manager",
        "SENIOR_IRO_MANAGER": "Senior IRO Manager",
        "SOCIAL_WORKER": "Social Worker",
        "TEAM_MANAGER": "Team Manager",
        "CHILDRENS_SERVICE_MANAGER": "Children's Service Manager",
        "HEAD_OF_SERVICE": "Head of Service",
        "ASSISTANT_DIRECTOR": "Assistant Director",
        "PERFORMANCE_ANALYST": "Performance analyst",
        "DIRECTOR": "Director of Children's Services",
        "SAFER_PARTNERSHIPS": "Assistant Director for Safer & Partnerships",
        "LEGAL_TEAM": "Legal team",
        "NEIGHBOUR_LAWYER": "Neighbouring authority's lawyer",
        "AUDITOR": "Auditor",
        "DATA_PROTECTION_OFFICER": "Data protection officer",
        "DIRECTORY_ADMINISTRATOR": "Directory administrator",
    },
    OnNoReply: {"ESCALATE": "escalate", "ASK": "ask"},
    ReplyLinks: {"LINK": "link", "LINK_AND_SIGN_IN": "link and sign-in"},
}  # fmt: skip


@pytest.mark.parametrize("words", STORED, ids=lambda words: words.__name__)
def test_what_was_written_is_read_as_it_was_meant(words: type[StrEnum]) -> None:
    assert {word.name: word.value for word in words} == STORED[words]


def test_what_the_clock_did_says_so_for_ever() -> None:
    assert Actor("", "The clock", "the procedure's deadlines", "clock", "") == CLOCK
    case = raised().until("2026-11-10 09:00")
    assert {event.actor for event in case.challenge.events} == {
        Actor(IRA, "Ira Sample-One", "the IRO", "page"),
        CLOCK,
    }


def test_the_ways_in_and_the_keys_that_events_name_are_as_they_were() -> None:
    assert UNANSWERED == "email without receipt"
    assert INTERFACE == "interface"
    assert (LOOKS, LINKS) == ("looks", "links")
    assert (OWN, action_key(2)) == ("question", "action-2")
    assert (PERIOD_KEY, REQUEST_KEY) == ("period", "request")
    case = raised().does(IRA, Resolve("It is done.", ChildTold.NOT_YET))
    keys = [question.key for question in case.challenge.questions]
    assert keys == ["tell-child", "file-outcome", "file-decisions"]
    assert KEPT_FOR_YEARS == 75


def test_a_council_whose_lists_were_never_loaded_is_at_change_none() -> None:
    assert council().change == 0


def test_the_themes_are_those_of_the_procedure_where_a_council_names_no_others() -> None:
    """Rule 21. The figures go by these words."""
    assert Procedure().themes == THEMES == (
        "drift in permanence",
        "care plan not implemented",
        "placement",
        "health",
        "education (PEP)",
        "visits and contact with the social worker",
        "reports late or missing",
        "pathway plan",
        "family time",
        "legal status",
        "participation of the child",
        "worker not allocated",
        "resources",
        "other",
    )  # fmt: skip


def test_the_spans_are_those_of_the_procedure_where_a_council_sets_no_others() -> None:
    """Each is a rule's number: in working days, but for the last two."""
    of = Procedure()
    assert of.version == "1"
    assert of.cut_off_hour is None
    assert of.closure_days_count is True
    assert (of.on_no_reply, of.reply_links) == (OnNoReply.ESCALATE, ReplyLinks.LINK)
    assert {
        name: value for name, value in vars(of).items() if type(value) is int
    } == {
        "resolution_period": 20,
        "decide_at_least": 2,
        "ask_again_at_most": 5,
        "reassign_within": 2,
        "waits_for_a_name_at_most": 4,
        "name_somebody_within": 1,
        "served_within": 5,
        "director_served_within": 2,
        "days_left_at_least": 2,
        "confirm_within": 2,
        "decide_objection_within": 1,
        "tell_child_within": 2,
        "childs_rights_within": 2,
        "file_within": 2,
        "go_on_within": 2,
        "impact_after": 20,
        "record_impact_within": 2,
        "appoint_within": 2,
        "say_conflict_within": 1,
        "name_lawyer_within": 2,
        "advise_within": 2,
        "brief_within": 2,
        "inform_director_within": 2,
        "consider_chair_within": 2,
        "send_actions_within": 1,
        "hold_at_most": 5,
        "agree_hold_within": 2,
        "manager_may_decide_after": 3,
        "senior_told_after": 5,
        "consider_cafcass_within": 2,
        "ask_cafcass_every": 10,
        "after_cafcass_within": 5,
        "link_lifetime_days": 365,
        "session_idle_minutes": 60,
    }  # fmt: skip


def test_only_an_outcome_that_resolved_the_matter_says_so() -> None:
    assert {outcome for outcome in Outcome if outcome.resolved} == {
        *(Outcome.RESOLVED_INFORMALLY, Outcome.RESOLVED_AT_STAGE, Outcome.RESOLVED_BY_ACTIONS),
    }


def test_only_an_email_that_asks_for_a_reply_carries_its_link() -> None:
    carry = {letter for letter in Letter if letter.carries_link}
    assert carry == {Letter.PLEASE_REPLY, Letter.REMINDER}


def test_the_end_is_kept_in_the_words_in_which_it_was_chosen() -> None:
    case = raised().does(IRA, Close(Outcome.WITHDRAWN, "Enough.", ChildTold.NO, "They knew not."))
    assert str(case.challenge.outcome) == "withdrawn"
