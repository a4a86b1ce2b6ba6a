"""Rules 2 and 6, missed timescales: a new date, which the SRSM may have to confirm, or escalate.

At a missed date the IRO is asked. At QAP that is the date of a reply, of an action, or the one by
which the outcome of a concern was wanted: the IRO discusses it with the SRSM, which is recorded,
and sets a new date, which the SRSM confirms or declines, or the challenge goes formal (rule 8).
From the second missed one on the IRO records why it is still informal. The software asks, and
never goes formal by itself from QAP.

At a formal stage it is the date of an action (rule 6). There the SRSM confirms a new date only if
it lies beyond the resolution period. The owner of an action may propose a date at any time. Every
date stays in its ledger, and from the second on the Senior IRO Manager is told.

A question's key (``question`` for the reply, ``action-2``, ``outcome-1``) names the timescale.

Guidance: G24, G44, G69.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.challenge import (
    OWN,
    Action,
    ActionState,
    Challenge,
    Question,
    Slot,
    action_key,
    ask,
    called,
    settle,
    with_action,
    with_deadline,
    with_request,
)
from domain.deadlines import Deadline, How, Ledger, deadline_by_hand, deadline_in
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.events import Event, Fact
from domain.moments import day_in_words, local_day
from domain.part import (
    EVERYBODY,
    IN_CONFIDENCE,
    Asked,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Timer,
    Written,
    on,
)
from domain.people import does_action, does_outside
from domain.rules.missed_actions import ActionMissed, ActionRedated
from domain.rules.silence import DeadlineMissed
from domain.rules.stages import StageBegan
from domain.values import Value, value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose
from domain.writing import capitalised

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council

__all__ = [
    "TIMESCALES",
    "ConfirmDate",
    "DateProposed",
    "DeclineDate",
    "Discussed",
    "NewDateConfirmed",
    "NewDateDeclined",
    "NewDateSet",
    "OutcomeMissed",
    "ProposeDate",
    "RecordDiscussion",
    "SetNewDate",
    "discussion_missing",
    "due",
    "followed_outcomes",
    "in_words",
    "missed",
    "missed_at_qap",
    "outcome_date_key",
    "outcome_key",
    "outcomes",
    "proposed",
    "proposes",
    "says_why_informal",
    "to_propose",
    "unconfirmed",
    "with_outcome",
    "without_proposal",
]

#: From this missed timescale on the IRO records why the challenge is still informal.
_SECOND = 2


@value
class Proposed(Value):
    """A date that somebody proposed for the timescale of this key: ``by``, by ``who``, and why."""

    key: str
    by: date
    who: str
    officer: str
    reason: str


#: What the owners of actions proposed last, and what waits for the SRSM, one a timescale.
_PROPOSED: Slot[tuple[Proposed, ...]] = Slot("dates proposed", ())
_UNCONFIRMED: Slot[tuple[Proposed, ...]] = Slot("dates to confirm", ())
#: How many timescales were missed at QAP.
_MISSED: Slot[int] = Slot("timescales missed at QAP", 0)
#: The event that last recorded a discussion with the SRSM; 0 for none.
_DISCUSSED: Slot[int] = Slot("discussed with the SRSM", 0)
#: The dates by which outcomes were wanted, if any has changed since the form: concern → ledger.
_OUTCOMES: Slot[tuple[Ledger, ...]] = Slot("dates of outcomes", ())


# What was missed ---------------------------------------------------------------------------------


def outcome_key(concern: int) -> str:
    """Return the key of the question about the outcome of this concern, counted from 1."""
    return f"outcome-{concern}"


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def outcomes(challenge: Challenge) -> tuple[Ledger, ...]:
    """Return the dates by which the outcomes of the concerns are wanted, in their order."""
    who = challenge.events[0].actor.name
    return challenge[_OUTCOMES] or tuple(
        Ledger.opened(deadline_by_hand(concern.by, who), 1) for concern in challenge.raised.concerns
    )


def outcome_date_key(concern: int) -> str:
    """Return the key of the date by which the outcome of this concern is wanted."""
    return f"wanted-{concern}"


def followed_outcomes(challenge: Challenge) -> tuple[tuple[int, Ledger], ...]:
    """Return the outcomes whose dates are read: at QAP, until each is missed; concern → ledger."""
    if challenge.stage.formal:
        return ()
    return tuple(
        (concern, ledger)
        for concern, ledger in enumerate(outcomes(challenge), start=1)
        if challenge.question_by(outcome_key(concern)) is None
    )


def with_outcome(challenge: Challenge, concern: int, ledger: Ledger) -> Challenge:
    """Return ``challenge`` with the date of this concern's outcome changed."""
    ledgers = list(outcomes(challenge))
    ledgers[concern - 1] = ledger
    return challenge.keep(_OUTCOMES, tuple(ledgers))


def missed(challenge: Challenge) -> tuple[Question, ...]:
    """Return the questions to the IRO about missed dates for which a new one can be set."""
    informal = not challenge.stage.formal
    return tuple(
        question
        for question in challenge.questions
        if question.purpose in (Purpose.MISSED_ACTION, Purpose.OUTCOME_MISSED)
        or (question.purpose is Purpose.DECIDE_SILENCE and informal)
    )


def missed_at_qap(challenge: Challenge) -> int:
    """Return how many timescales were missed while the challenge was at QAP."""
    return challenge[_MISSED]


def discussion_missing(challenge: Challenge, question: Question) -> bool:
    """Whether the IRO has yet to record the discussion with the SRSM about this missed date."""
    return not challenge.stage.formal and challenge[_DISCUSSED] < question.since


def says_why_informal(challenge: Challenge) -> bool:
    """Whether the IRO has to record why the challenge is still informal (rule 2)."""
    return not challenge.stage.formal and challenge[_MISSED] >= _SECOND


def proposed(challenge: Challenge, key: str) -> Proposed | None:
    """Return the date that the owner of this action proposed last, if any."""
    return _of(challenge[_PROPOSED], key)


def unconfirmed(challenge: Challenge) -> tuple[Proposed, ...]:
    """Return the new dates that somebody has to confirm."""
    return tuple(one for one in challenge[_UNCONFIRMED] if _is_asked(challenge, one))


def _is_asked(challenge: Challenge, one: Proposed) -> bool:
    question = challenge.question_by(one.key)
    return question is not None and question.purpose is Purpose.CONFIRM_DATE


def _of(those: tuple[Proposed, ...], key: str) -> Proposed | None:
    return next((one for one in those if one.key == key), None)


def _with(those: tuple[Proposed, ...], one: Proposed) -> tuple[Proposed, ...]:
    return (*_without(those, one.key), one)


def _without(those: tuple[Proposed, ...], key: str) -> tuple[Proposed, ...]:
    return tuple(other for other in those if other.key != key)


@value
class OutcomeMissed(Fact):
    """At QAP, the date by which the outcome of a concern (from 1) was wanted has passed."""

    concern: int
    decide_by: Deadline

    news = "an outcome was wanted by now"
    told = (Tell(Audience.IRO, Letter.DECIDE), Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to decide."""
        key = outcome_key(self.concern)
        after = ask(challenge, Purpose.OUTCOME_MISSED, self.decide_by, event, key)
        return after.keep(_MISSED, after[_MISSED] + 1)

    def line(self, _seen: Seen) -> str:
        """Return which outcome was wanted by then."""
        return f"The date by which the outcome of concern {self.concern} was wanted has passed"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the IRO's deadline."""
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


def _missed_at_qap(_fact: Fact, challenge: Challenge, _event: Event) -> Challenge:
    """Return it with one more missed timescale, if it is at QAP."""
    more = 0 if challenge.stage.formal else 1
    return challenge.keep(_MISSED, challenge[_MISSED] + more)


def _has_another_date(fact: ActionRedated, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without the date that the action's owner proposed: the SRSM set another."""
    return without_proposal(challenge, fact.action)


def without_proposal(challenge: Challenge, action: int) -> Challenge:
    """Return ``challenge`` without the date that the owner of action ``action`` proposed."""
    key = action_key(action)
    return challenge.keep(_PROPOSED, _without(challenge[_PROPOSED], key))


def _formal(_fact: StageBegan, challenge: Challenge, _event: Event) -> Challenge:
    """Return it without questions about wanted outcomes: they are read at QAP only."""
    after = challenge
    for concern, _ in enumerate(after.raised.concerns, start=1):
        after = settle(after, outcome_key(concern))
    return after


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield, at QAP, when the date by which each outcome is wanted has passed.

    The IRO has the full time to decide, also in a challenge of an older release, whose wanted dates
    nobody read.
    """
    for concern, ledger in followed_outcomes(challenge):
        wanted = ledger.deadline
        asked = max(wanted.day, local_day(now) - timedelta(days=1))
        by = deadline_in(council.procedure.decide_at_least, asked, council.calendar)
        what = f"outcome of concern {concern} wanted"
        yield Timer(wanted.lapses_at, what, wanted.at, (OutcomeMissed(concern, by),))


# Discussed ---------------------------------------------------------------------------------------


@value
class Discussed(Fact):
    """IRO and SRSM discussed a missed timescale; one of them recorded it."""

    words: str

    news = "a missed timescale was discussed"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the discussion recorded."""
        return challenge.keep(_DISCUSSED, event.number)

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return (
            f"{seen.who} recorded what the IRO and the service manager said about the missed date"
        )

    def written(self) -> Iterator[Written]:
        """Yield what was discussed."""
        yield Written("What was discussed", self.words, IN_CONFIDENCE)


_MISSED_AT_QAP = If(
    "a timescale was missed at QAP (rule 2)",
    lambda challenge, _council: not challenge.stage.formal and bool(missed(challenge)),
)


@value
class RecordDiscussion(Command):
    """Record what IRO and SRSM discussed about a missed timescale."""

    words: str

    called = "Record your discussion of the missed date"
    who = (May(Capacity.IRO, OPEN, _MISSED_AT_QAP), May(Capacity.SRSM, OPEN, _MISSED_AT_QAP))
    settles = ()

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[Discussed]:
        """Yield the discussion."""
        problems = Problems()
        problems.need("words", self.words, "Enter what you discussed, and when.")
        problems.check()
        yield Discussed(self.words)


# Proposed by an action's owner -------------------------------------------------------------------


def _the_iro_has_to_decide(challenge: Challenge, event: Event) -> bool:
    fact = event.fact
    asked = (
        challenge.question_by(action_key(fact.action)) if isinstance(fact, DateProposed) else None
    )
    return asked is not None and asked.purpose is Purpose.MISSED_ACTION


@value
class DateProposed(Fact):
    """The owner of an action proposed a new date for it. The IRO sets dates."""

    action: int
    by: date
    reason: str

    news = "a new date is proposed for an action"
    told = (Tell(Audience.IRO, Letter.DECIDE, _the_iro_has_to_decide), Tell(Audience.IRO))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the proposal, which changes no date."""
        who = event.actor
        one = Proposed(action_key(self.action), self.by, who.name, who.officer, self.reason)
        return challenge.keep(_PROPOSED, _with(challenge[_PROPOSED], one))

    def line(self, seen: Seen) -> str:
        """Return who proposed which date.

        Emails have this line, so it does not name somebody outside.
        """
        outside = does_outside(seen.event.actor.officer, seen.challenge)
        who = f"The owner of action {self.action}" if outside else seen.who
        what = "it" if outside else f"action {self.action}"
        return f"{who} proposed {day_in_words(self.by)} for {what}"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, EVERYBODY)


_RUNNING = (ActionState.OPEN, ActionState.MISSED)


def proposes(action: Action, challenge: Challenge, hand: Hand) -> bool:
    """Whether ``hand`` proposes dates of ``action``: its owner does.

    In older records whoever promised it does.
    """
    if action.who is None and hand.capacities & {Capacity.RESPONDER, Capacity.INFORMED}:
        return True
    return does_action(hand.actor.officer, action, challenge, hand.council, hand.today)


def to_propose(challenge: Challenge) -> tuple[Action, ...]:
    """Return the actions for which their owners can propose a date."""
    waiting = [one.key for one in unconfirmed(challenge)]
    return tuple(a for a in challenge.actions if a.state in _RUNNING and a.key not in waiting)


_UNDER_WAY = If(
    "an action is under way or missed (rule 6)",
    lambda challenge, _council: bool(to_propose(challenge)),
)
_ONLY_WORDS = If(
    "an action whose owner is only words is under way or missed (rule 6)",
    lambda challenge, _council: any(action.who is None for action in to_propose(challenge)),
)


#: So often can somebody propose dates in one challenge in a day: each is an email to its IRO.
_PROPOSALS_A_DAY = 5


def _proposed_today(challenge: Challenge, hand: Hand) -> int:
    """Return how often ``hand`` has proposed dates today."""
    return sum(
        isinstance(event.fact, DateProposed)
        and event.actor.officer == hand.actor.officer
        and local_day(event.effective) == hand.today
        for event in challenge.events
    )


@value
class ProposeDate(Command):
    """Propose a new date for an action, as its owner."""

    action: int
    by: date
    reason: str

    called = "Propose a new date for an action"
    who = (
        May(Capacity.OWNER, OPEN, _UNDER_WAY),
        May(Capacity.RESPONDER, OPEN, _ONLY_WORDS),
        May(Capacity.INFORMED, OPEN, _ONLY_WORDS),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[DateProposed]:
        """Yield the proposal."""
        action = challenge.action_number(self.action)
        if action is None or action not in to_propose(challenge):
            message = (
                f"Action {self.action} is not under way, so it needs no new date. Open the "
                "challenge’s page to see it."
            )
            raise NotAllowedError(message)
        if not proposes(action, challenge, hand):
            message = f"Only its owner proposes a date for action {self.action}."
            raise NotAllowedError(message)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why the date is changing.")
        problems.need_working_day("by", self.by, hand)
        same = self.by == action.deadline.day
        problems.refuse_if("by", same, "This is its date already. Enter another date.")
        often = "You proposed dates often enough today. Try again tomorrow, or contact the IRO."
        problems.refuse_if("by", _proposed_today(challenge, hand) >= _PROPOSALS_A_DAY, often)
        problems.check()
        yield DateProposed(self.action, self.by, self.reason)


# Set by the IRO ----------------------------------------------------------------------------------


def _ledger(challenge: Challenge, key: str) -> Ledger | None:
    if key == OWN:
        return challenge.request.ledger
    number = _number(key)
    if key == outcome_key(number):
        return outcomes(challenge)[number - 1]
    action = challenge.action_number(number)
    return action.ledger if action else None


def due(challenge: Challenge, key: str) -> date:
    """Return the day by whose end the timescale of this key is due."""
    ledger = _ledger(challenge, key)
    return ledger.deadline.day if ledger else challenge.request.deadline.day


def in_words(challenge: Challenge, key: str) -> str:
    """Return what people wrote about it: the action, or the outcome; nothing about a reply."""
    if key == OWN:
        return ""
    number = _number(key)
    if key == outcome_key(number):
        return challenge.raised.concerns[number - 1].outcome_wanted
    action = challenge.action_number(number)
    return action.agreed.what if action else ""


def _in_force(challenge: Challenge, key: str, by: date, who: str, event: Event) -> Challenge:
    """Return it with the timescale of ``key`` due at the end of ``by``, which ``who`` set."""
    deadline = deadline_by_hand(by, who)
    after = settle(challenge, key)
    after = after.keep(_PROPOSED, _without(after[_PROPOSED], key))
    after = after.keep(_UNCONFIRMED, _without(after[_UNCONFIRMED], key))
    if key == OWN:
        number = after.request.number
        after = with_deadline(after, number, How.NEW_DATE, deadline, event)
        return with_request(after, number, missed=False)
    ledger = _ledger(after, key)
    if ledger is None:
        return after
    ledger = ledger.entered(How.NEW_DATE, deadline, event.number)
    number = _number(key)
    if key == outcome_key(number):
        return with_outcome(after, number, ledger)
    return with_action(after, number, state=ActionState.OPEN, ledger=ledger)


def _action_of(key: str) -> tuple[int, ...]:
    """Return the number of the action whose timescale has this key; empty for another."""
    return (_number(key),) if key.startswith("action-") else ()


def _timescale(fact: Fact) -> str:
    return fact.what if isinstance(fact, NewDateSet | NewDateConfirmed) else ""


def _it_is_the_second_new_date(challenge: Challenge, event: Event) -> bool:
    """Whether this timescale had a new date before."""
    ledger = _ledger(challenge, _timescale(event.fact))
    entries = ledger.entries if ledger else ()
    set_by_people = [e for e in entries if e.how in (How.NEW_DATE, How.REVISED)]
    return len([e for e in set_by_people if e.event <= event.number]) >= _SECOND


def _it_is_the_date_of_the_reply(challenge: Challenge, event: Event) -> bool:
    return _timescale(event.fact) == OWN and not challenge.stage.formal


def _it_is_the_date_of_an_action(_challenge: Challenge, event: Event) -> bool:
    return bool(_action_of(_timescale(event.fact)))


def _the_srsm_has_to_confirm(challenge: Challenge, event: Event) -> bool:
    return _has_to_confirm(Capacity.SRSM, challenge, event)


def _the_senior_has_to_confirm(challenge: Challenge, event: Event) -> bool:
    return _has_to_confirm(Capacity.SENIOR_IRO_MANAGER, challenge, event)


def _has_to_confirm(who: Capacity, challenge: Challenge, event: Event) -> bool:
    question = challenge.question_by(_timescale(event.fact))
    return question is not None and question.since == event.number and question.whose is who


def _it_counts_at_once(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, NewDateSet) and event.fact.confirm_by is None


@value
class NewDateSet(Fact):
    """The IRO set a new date for the timescale ``what`` (a question's key).

    It counts at once, or once ``whose`` has confirmed it, until the end of ``confirm_by``.
    ``still_informal`` is why the challenge has not gone formal.
    """

    what: str
    by: date
    reason: str
    confirm_by: Deadline | None = None
    whose: Capacity = Capacity.SRSM
    still_informal: str = ""

    news = "a missed date has a new one"
    told = (
        Tell(Audience.SRSM, Letter.DECIDE, _the_srsm_has_to_confirm),
        Tell(Audience.SENIOR, Letter.DECIDE, _the_senior_has_to_confirm),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_it_is_the_second_new_date),
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _it_counts_at_once),
        Tell(Audience.ASKED, when=_it_counts_at_once),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The number of the action, if the date is one's."""
        return _action_of(self.what)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the date in force, or with somebody asked to confirm it."""
        who = event.actor
        if self.confirm_by is None:
            return _in_force(challenge, self.what, self.by, who.name, event)
        one = Proposed(self.what, self.by, who.name, who.officer, self.reason)
        after = challenge.keep(_UNCONFIRMED, _with(challenge[_UNCONFIRMED], one))
        by = self.confirm_by
        return ask(after, Purpose.CONFIRM_DATE, by, event, self.what, whose=self.whose)

    def line(self, seen: Seen) -> str:
        """Return who set which date for what."""
        day = day_in_words(self.by)
        to_confirm = f". {capitalised(self.whose)} has to confirm it" if self.confirm_by else ""
        return f"{seen.who} set a new date for {called(self.what)}: {day}{to_confirm}"

    def written(self) -> Iterator[Written]:
        """Yield the reasons, and the sum behind the date to confirm."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("Why it is still informal", self.still_informal, EVERYBODY)
        if self.confirm_by:
            yield Written("To be confirmed by", self.confirm_by.why, EVERYBODY)


_MISSED_DATE = If(
    "an action’s date was missed (rule 6), or any timescale at QAP (rule 2)",
    lambda challenge, _council: bool(missed(challenge)),
)


@value
class SetNewDate(Command):
    """Set a new date for the missed timescale ``what``, as the IRO.

    At QAP with what was ``discussed`` with the SRSM, unless that is recorded already, and from the
    second missed timescale on with why the challenge is ``still_informal``.
    """

    what: str
    by: date
    reason: str
    discussed: str = ""
    still_informal: str = ""

    called = "Set a new date for what was missed"
    who = (May(Capacity.IRO, OPEN, _MISSED_DATE),)
    settles = (Purpose.DECIDE_SILENCE, Purpose.MISSED_ACTION, Purpose.OUTCOME_MISSED)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
        """Yield the discussion, if it is new, and the date."""
        question = next((one for one in missed(challenge) if one.key == self.what), None)
        if question is None:
            message = "This date was not missed. Open the challenge’s page to see what was."
            raise NotAllowedError(message)
        problems = Problems()
        problems.need_working_day("by", self.by, hand)
        problems.need("reason", self.reason, "Enter why there is a new date.")
        if discussion_missing(challenge, question):
            problems.need(
                "discussed",
                self.discussed,
                "Enter what you discussed with the Safeguarding & Review Service Manager, and "
                "when.",
            )
        if says_why_informal(challenge):
            problems.need(
                "still_informal",
                self.still_informal,
                "Enter why the challenge is still informal although dates were missed.",
            )
        problems.check()
        if self.discussed and not challenge.stage.formal:
            yield Discussed(self.discussed)
        why = self.still_informal if says_why_informal(challenge) else ""
        yield NewDateSet(self.what, self.by, self.reason, *self._confirmed(challenge, hand), why)

    def _confirmed(self, challenge: Challenge, hand: Hand) -> tuple[Deadline | None, Capacity]:
        """Return by when the new date has to be confirmed, and by whom."""
        if not needs_confirming(challenge, self.by):
            return None, Capacity.SRSM
        within = hand.council.procedure.confirm_within
        return hand.council.within(within, hand.now), Capacity.SRSM


def needs_confirming(challenge: Challenge, by: date) -> bool:
    """Whether the SRSM has to confirm this date: at QAP, and beyond the resolution period."""
    end = challenge.period
    return not challenge.stage.formal or (end is not None and by > end.day)


# Confirmed or declined ---------------------------------------------------------------------------


@value
class NewDateConfirmed(Fact):
    """The SRSM confirmed the new date of ``what``, which counts from now on."""

    what: str
    by: date

    news = "a new date is confirmed"
    told = (
        Tell(Audience.IRO),
        Tell(Audience.SENIOR, when=_it_is_the_second_new_date),
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _it_is_the_date_of_an_action),
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _it_is_the_date_of_the_reply),
        Tell(Audience.ASKED),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The number of the action, if the date is one's."""
        return _action_of(self.what)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the date in force."""
        one = _of(challenge[_UNCONFIRMED], self.what)
        setter = f"{one.who}, and confirmed by " if one else ""
        who = f"{setter}{event.actor.name}"
        return _in_force(challenge, self.what, self.by, who, event)

    def line(self, seen: Seen) -> str:
        """Return who confirmed which date."""
        day = day_in_words(self.by)
        return f"{seen.who} confirmed the new date for {called(self.what)}: {day}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def _to_confirm(challenge: Challenge, what: str) -> Proposed:
    """Return the date of ``what`` that has to be confirmed.

    Raise ``AlreadyAnsweredError`` if there is none.
    """
    found = _of(unconfirmed(challenge), what)
    if found is None:
        message = "There is no new date to confirm any more. Open the challenge’s page to see why."
        raise AlreadyAnsweredError(message)
    return found


@value
class ConfirmDate(Command):
    """Confirm the new date that the IRO set for ``what``."""

    what: str

    called = "Confirm a new date"
    who = (Asked(),)
    settles = (Purpose.CONFIRM_DATE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[NewDateConfirmed]:
        """Yield the confirmation, unless the date has passed meanwhile."""
        one = _to_confirm(challenge, self.what)
        if one.officer == hand.actor.officer:
            message = "You set this date, so somebody else has to confirm it."
            raise NotAllowedError(message)
        if one.by < hand.today:
            said = f"{day_in_words(one.by)} has passed. Decline it, so that {one.who} sets another."
            raise BadSubmissionError({"what": said})
        yield NewDateConfirmed(self.what, one.by)


@value
class NewDateDeclined(Fact):
    """The SRSM declined the new date of ``what``. The IRO decides again by ``decide_by``."""

    what: str
    by: date
    reason: str
    decide_by: Deadline

    news = "a new date is declined"
    told = (Tell(Audience.IRO, Letter.DECIDE),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked again about the missed date."""
        after = challenge.keep(_UNCONFIRMED, _without(challenge[_UNCONFIRMED], self.what))
        # With the reason on the record, this is discussed.
        after = after.keep(_DISCUSSED, event.number)
        kind = self.what.rpartition("-")[0]
        purpose = {
            "action": Purpose.MISSED_ACTION,
            "outcome": Purpose.OUTCOME_MISSED,
        }.get(kind, Purpose.DECIDE_SILENCE)
        return ask(after, purpose, self.decide_by, event, self.what)

    def line(self, seen: Seen) -> str:
        """Return who declined which date."""
        day = day_in_words(self.by)
        return f"{seen.who} declined the new date for {called(self.what)}: {day}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum behind the IRO's deadline."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


@value
class DeclineDate(Command):
    """Decline the new date that the IRO set for ``what``, with a reason."""

    what: str
    reason: str

    called = "Decline a new date"
    who = (Asked(),)
    settles = (Purpose.CONFIRM_DATE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[NewDateDeclined]:
        """Yield it, with a date for the IRO to decide again."""
        one = _to_confirm(challenge, self.what)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you decline this date.")
        problems.check()
        by = hand.council.within(hand.council.procedure.decide_at_least, hand.now)
        yield NewDateDeclined(self.what, one.by, self.reason, by)


TIMESCALES = Part(
    2,
    "Missed timescales",
    facts=(
        OutcomeMissed,
        Discussed,
        DateProposed,
        NewDateSet,
        NewDateConfirmed,
        NewDateDeclined,
    ),
    acts=(SetNewDate, ConfirmDate, DeclineDate, ProposeDate, RecordDiscussion),
    changes=(
        on(DeadlineMissed, _missed_at_qap),
        on(ActionMissed, _missed_at_qap),
        on(ActionRedated, _has_another_date),
        on(StageBegan, _formal),
    ),
    timers=_timers,
)
