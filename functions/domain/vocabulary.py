"""The procedure's words: what people are, where executions wait, what is asked, who gets emails.

Stored words (in events, items and payloads) are the enums' values or names.
"""

from __future__ import annotations

from enum import StrEnum

from domain.ladder import Stage

__all__ = [
    "AWAITING",
    "ENDED",
    "OPEN",
    "OWN_PAGES",
    "WAITS_AT",
    "WAKES_ENDED",
    "Audience",
    "Capacity",
    "Letter",
    "Outcome",
    "Purpose",
    "Standing",
]


class Capacity(StrEnum):
    """What somebody is to one challenge."""

    IRO = "the IRO"
    COVER = "who covers for the IRO"
    SRSM = "the Safeguarding & Review Service Manager"
    SENIOR_IRO_MANAGER = "the Senior IRO Manager"
    RESPONDER = "asked to reply"
    INFORMED = "kept informed"
    INFORMED_BEFORE = "kept informed until the child moved"
    IRO_BEFORE = "the IRO before"
    OWNER = "the owner of an action"
    LAWYER = "the legal team"
    NEIGHBOUR_LAWYER = "the lawyer of a neighbouring authority"
    BRIEFED = "the Assistant Director for Safer & Partnerships"
    TOLD = "the Director, who was notified"
    ASSISTANT_DIRECTOR = "the Assistant Director"
    AUDITOR = "the Auditor"
    DATA_PROTECTION_OFFICER = "the Data protection officer"
    IRO_OF_CHILD = "the IRO of another challenge about the child"
    CASE_SYSTEM = "the case system"


class Standing(StrEnum):
    """Where an execution waits: the rungs of the state machine, by the names Decide returns.

    Their order is their precedence: where several rungs hold, the last of them counts.
    """

    QAP = "QAP"
    STAGE_1 = "STAGE_1"
    STAGE_2 = "STAGE_2"
    STAGE_3 = "STAGE_3"
    STAGE_4 = "STAGE_4"
    ON_HOLD = "ON_HOLD"
    ACTIONS_UNDER_WAY = "ACTIONS_UNDER_WAY"
    IRO_TO_DECIDE = "IRO_TO_DECIDE"
    AT_CAFCASS = "AT_CAFCASS"
    TO_BE_REASSIGNED = "TO_BE_REASSIGNED"
    CLOSED = "CLOSED"
    ENDED_TO_ASK = "ENDED_TO_ASK"
    ENDED_TO_DO = "ENDED_TO_DO"


#: At each stage, the rung while the challenge waits for a reply.
WAITS_AT = {
    Stage.QAP: Standing.QAP,
    Stage.ONE: Standing.STAGE_1,
    Stage.TWO: Standing.STAGE_2,
    Stage.THREE: Standing.STAGE_3,
    Stage.FOUR: Standing.STAGE_4,
}

#: Waiting for a reply, at any stage, also on hold.
AWAITING = (*WAITS_AT.values(), Standing.ON_HOLD)

#: After its end: with nothing left to do, with something to ask later, or with something to do.
ENDED = (Standing.CLOSED, Standing.ENDED_TO_ASK, Standing.ENDED_TO_DO)

#: After its end, with an execution that waits.
WAKES_ENDED = (Standing.ENDED_TO_ASK, Standing.ENDED_TO_DO)

#: All rungs before its end.
OPEN = tuple(standing for standing in Standing if standing not in ENDED)


class Purpose(StrEnum):
    """What a task asks for. The value is stored with each chase."""

    REPLY = "reply"
    DECIDE = "decide on the reply"
    DECIDE_SILENCE = "decide what follows the silence"
    REASSIGN = "say whose this is"
    NAME_SOMEBODY = "name somebody to ask"
    AGREE_HOLD = "agree to the proposed hold"
    DO_ACTION = "do what was agreed, and report it"
    CONFIRM_ACTION = "confirm that an action was done"
    MISSED_ACTION = "decide about a missed action"
    TELL_CHILD = "record whether the child was told"
    NOTHING_DONE = "decide what follows the actions given up"
    NAME_OWNER = "say who will do an action"
    REPORT_FOR_OWNER = "report an action for its owner, who has no email"
    RESOLVED_NOW = "decide whether the matter is resolved"
    AFTER_LAST_STAGE = "decide how to go on after the last stage"
    STEP_IN = "decide in the IRO's place if you think it right"
    CONFIRM_DATE = "confirm a new date"
    OUTCOME_MISSED = "decide about an outcome that was wanted by now"
    STAGES_DO_NOT_FIT = "decide how to go on in the days that are left"
    APPOINT_IRO = "appoint another IRO"
    RECORD_CONTACT = "record who was contacted about the risk today"
    DECIDE_OBJECTION = "decide about an objection to a new deadline"
    SKIP_STAGE = "choose whether to skip the next stage"
    NAME_COVER = "say who covers for somebody who seems to be away"
    CONSIDER_CAFCASS = "decide whether to refer to Cafcass"
    REFER_OR_SAY_WHY = "refer to Cafcass or say why not"
    ASK_CAFCASS = "ask Cafcass for its answer"
    AFTER_CAFCASS = "decide how to go on after Cafcass's answer"
    SEAL = "decide whether to seal the record"
    CHECK_LOOKS = "check who looked at a sealed record"
    CHECK_TEXTS = "check the texts of the brothers and sisters"
    SAY_CONFLICT = "say whether there is a conflict of interest"
    NAME_LAWYER = "name a lawyer of a neighbouring authority"
    GIVE_ADVICE = "give legal advice"
    BRIEF = "brief the Assistant Director for Safer & Partnerships"
    CONFIRM_DIRECTOR = "confirm that the Director was notified"
    INFORM_DIRECTOR = "inform the Director"
    CONSIDER_CHAIR = "say whether the Senior IRO Manager should chair a meeting"
    SEND_ACTIONS = "send the actions that a meeting agreed"
    RECORD_MEETING = "record a meeting that is over"
    TELL_OF_CHALLENGE = "tell the child about the challenge"
    OFFER_ADVOCATE = "offer the child an advocate"
    EXPLAIN_COMPLAINTS = "tell the child how to complain"
    FIND_ADVICE = "record who helps the child get advice"
    PLACE_OUTCOME = "place the outcome on the child's file"
    PLACE_DECISIONS = "place decisions and discussions on the child's file"
    WHAT_CHANGED = "record what changed for the child"
    HOW_TO_GO_ON = "say how to go on after a change in the child's life"
    ACCEPT_BEYOND = "decide about actions after the 20-working-day limit"

    @property
    def in_words(self) -> str:
        """Return it as people read it; some stored values are older than today's words."""
        return _PURPOSES_IN_WORDS.get(self, str(self))


#: What people read where the stored value says something else.
_PURPOSES_IN_WORDS = {
    Purpose.DECIDE_SILENCE: "decide about the missing reply",
    Purpose.REASSIGN: "say who should reply",
    Purpose.NAME_SOMEBODY: "say who should reply",
    Purpose.NOTHING_DONE: "decide about the dropped actions",
    Purpose.HOW_TO_GO_ON: "say how to go on after a change in the child’s life",
    Purpose.STEP_IN: "decide in the IRO’s place if you think it right",
    Purpose.OUTCOME_MISSED: "decide about a missed outcome",
    Purpose.RECORD_CONTACT: "record who was contacted about the risk",
    Purpose.AFTER_CAFCASS: "decide how to go on after Cafcass’s answer",
    # At the end of a stage the challenge itself may have no outcome yet.
    Purpose.PLACE_OUTCOME: "put how each stage ended on the child’s file",
    Purpose.PLACE_DECISIONS: "put decisions and discussions on the child’s file",
    Purpose.STAGES_DO_NOT_FIT: "decide how to go on before the 20-working-day limit",
}


#: The pages of those who may not see the challenge: what a row asks → the rest of its address.
OWN_PAGES: dict[str, str] = {
    Purpose.DO_ACTION: "/action",
    Purpose.NAME_LAWYER: "/name-lawyer",
    Purpose.CONFIRM_DIRECTOR: "/briefing",
}


class Outcome(StrEnum):
    """How a challenge ended (rule 16)."""

    RESOLVED_INFORMALLY = "resolved informally"
    RESOLVED_AT_STAGE = "resolved at a formal stage"
    RESOLVED_BY_ACTIONS = "resolved by actions done"
    CLOSED_AFTER_CAFCASS = "closed after Cafcass"
    UNRESOLVED_NOT_REFERRED = "unresolved and not referred"
    WITHDRAWN = "withdrawn"
    RAISED_IN_ERROR = "raised in error"
    DUPLICATE = "duplicate"
    SEALED = "sealed"
    GOOD_PRACTICE = "good practice"

    @property
    def resolved(self) -> bool:
        """Whether the matter was resolved."""
        return self.value.startswith("resolved")


class Letter(StrEnum):
    """The emails of the procedure, the most urgent first. The value is the template's name."""

    PLEASE_REPLY = "please_reply"
    REMINDER = "reminder"
    YOUR_ACTION = "your_action"
    ACTION_REMINDER = "action_reminder"
    DECIDE = "decide"
    THANK_YOU = "thank_you"
    RAISED = "raised"
    NOTED = "noted"
    AT_RISK = "at_risk"
    MEETING = "meeting"
    ACTION_ENDED = "action_ended"
    TOLD = "told"

    @property
    def urgency(self) -> int:
        """Its place among all of them: 0 is the most urgent."""
        return list(Letter).index(self)

    @property
    def reminds(self) -> bool:
        """Whether it reminds somebody of what they have to do."""
        return self in (Letter.REMINDER, Letter.ACTION_REMINDER)

    @property
    def for_information(self) -> bool:
        """Whether it asks nothing of its reader."""
        return self in (Letter.ACTION_ENDED, Letter.TOLD)

    @property
    def receipt(self) -> bool:
        """Whether it says that what came by email has arrived: all that tells of one's own act."""
        return self in (Letter.THANK_YOU, Letter.RAISED, Letter.NOTED)

    @property
    def carries_link(self) -> bool:
        """Whether it has a reply link, for its recipient only."""
        return self in (Letter.PLEASE_REPLY, Letter.REMINDER)

    @property
    def is_owners(self) -> bool:
        """Whether it is for the owner of an action, who may be somebody outside the council."""
        return self in (Letter.YOUR_ACTION, Letter.ACTION_REMINDER, Letter.ACTION_ENDED)


class Audience(StrEnum):
    """A part in the challenge, resolved to posts and people when something is sent."""

    ASKED = "those asked to reply"
    ASKED_NOW = "those asked to reply now"
    OWNER = "the owner of the action"
    EVERYONE_ASKED = "those asked to reply at this stage, now or before"
    WHO_DID_IT = "the officer whose act it was"
    IRO = "the IRO"
    IRO_BEFORE = "the IRO before, when another is appointed"
    SRSM = "the Safeguarding & Review Service Manager"
    SENIOR = "the Senior IRO Manager"
    DATA_PROTECTION = "the Data protection officer"
    INFORMED = "those the ladder names as informed at the stage"
    AREA_BEFORE = "those informed until the child moved, when it does"
    BELOW = "the Social Worker and the posts below the stage"
    LEGAL_TEAM = "the legal team"
    NEIGHBOUR_LAWYER = "the lawyer of a neighbouring authority"
    LEGAL_SUPPORT = "who supports the IRO with legal advice"
    BRIEFED = "the Assistant Director for Safer & Partnerships"
    DIRECTOR = "the Director of Children’s Services"
    INVITED = "those asked to attend the meeting, or who no longer have to"
