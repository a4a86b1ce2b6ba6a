"""Rule 22, the wrong child: a record that was raised about the wrong child is sealed.

The IRO asks for it with a reason, and says who the right child is. If the Senior IRO Manager
agrees, the ladder, links and emails stop, and the record is seen by auditors and the data
protection officer alone: nobody else has a capacity in it (``domain.people``). The right child's
challenge is raised in the same step, and keeps the first formal entry. On that day the data
protection officer has to check who looked at it. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from domain.challenge import (
    SEALED,
    ActionState,
    Challenge,
    Slot,
    as_raised,
    ask,
    settle,
    with_action,
)
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.form import Answered, Child, ChildsRights, Concern, GoodPractice, Urgency
from domain.ladder import Stage
from domain.moments import day_in_words, local_day
from domain.part import (
    Asked,
    Command,
    Hand,
    If,
    Mark,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Written,
)
from domain.rules.childs_rights import answers_written, check_rights, still_open
from domain.rules.entry import Raised
from domain.rules.good_practice import is_praise
from domain.rules.qap import first_facts
from domain.rules.stages import first_stage
from domain.rules.taking_over import check_child, formal_at, with_formal_at
from domain.rules.urgency import at_risk_today, risk_today
from domain.values import Value, value
from domain.vocabulary import Audience, Capacity, Letter, Outcome, Purpose, Standing

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "SEALED_MARK",
    "SEALING",
    "AgreeToSeal",
    "AskToSeal",
    "CheckLooks",
    "CheckTexts",
    "DeclineToSeal",
    "FormalEntryKept",
    "LooksChecked",
    "RecordSealed",
    "RightChild",
    "SealAsked",
    "SealDeclined",
    "TextsChecked",
    "TextsToCheck",
    "form_for",
    "had_it_sealed",
    "raised_instead",
    "right_child",
    "texts_to_check",
]

#: The keys of the questions whether it is sealed, who looked at it, and about siblings' texts.
_SEAL, _LOOKS, _TEXTS = "seal", "looks", "texts"

#: The mark, and the list, of all records that were sealed.
SEALED_MARK = "sealed"

#: Within how many working days the Senior IRO Manager decides, and the IRO has checked the texts of
#: siblings: the wrong people can read them.
_WITHIN = 1

#: Who reads why it should be sealed, and who the right child is: nobody who may be the wrong one's.
_ASKS_AND_DECIDES = frozenset({Capacity.IRO, Capacity.SENIOR_IRO_MANAGER})


@value
class RightChild(Value):
    """Whom the challenge should be about, and how it begins for them: at ``stage``, and why.

    ``concerns``, ``tried``, ``views`` and ``urgency`` are those of the record, without what was the
    wrong child's. ``social_worker`` is a post. ``childs_rights`` are the answers about this child
    (rule 19). What was not asked then is not done yet. In a record of good practice there are only
    the words about it, ``good_practice`` (rule 18).
    """

    child: Child
    social_worker: str
    stage: Stage
    stage_reason: str
    concerns: tuple[Concern, ...]
    tried: str
    views: str
    childs_rights: ChildsRights = field(default_factory=ChildsRights)
    urgency: Urgency = field(default_factory=Urgency)
    good_practice: GoodPractice | None = None


#: What the IRO asked for, until the Senior IRO Manager has decided.
_ASKED: Slot[RightChild | None] = Slot("seal-asked", None)

#: The challenge of the right child, raised when this one was sealed.
_RAISED: Slot[str] = Slot("raised-instead", "")


def right_child(challenge: Challenge) -> RightChild | None:
    """Return whom it should be about, if the IRO asks to have it sealed."""
    return challenge[_ASKED]


def raised_instead(challenge: Challenge) -> str:
    """Return the reference of the right child's challenge; empty if it is not sealed."""
    return challenge[_RAISED]


def had_it_sealed(challenge: Challenge) -> frozenset[str]:
    """Return the ids of those who asked to seal it and who agreed, once it is sealed."""
    kinds = (SealAsked, RecordSealed)
    return frozenset(
        event.actor.officer
        for event in challenge.events
        if challenge.sealed and isinstance(event.fact, kinds)
    )


# Asking ------------------------------------------------------------------------------------------


@value
class SealAsked(Fact):
    """The IRO asks to seal the record. The Senior IRO Manager decides by ``decide_by``."""

    reason: str
    right: RightChild
    decide_by: Deadline

    news = "the record may be about the wrong child"
    told = (Tell(Audience.SENIOR, Letter.DECIDE),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the Senior IRO Manager asked; the ladder goes on meanwhile."""
        return ask(
            *(challenge.keep(_ASKED, self.right), Purpose.SEAL, self.decide_by, event, _SEAL),
            outlives=True,
            whose=Capacity.SENIOR_IRO_MANAGER,
        )

    def line(self, seen: Seen) -> str:
        """Return who asked for it."""
        return f"{seen.who} asked to seal this record, because it is about the wrong child"

    def written(self) -> Iterator[Written]:
        """Yield why, who the right child is, and the sum behind the date."""
        right, to = self.right, _ASKS_AND_DECIDES
        named = f"{right.child.name} ({right.child.initials}), Case ID {right.child.case_id}"
        yield Written("Reason", self.reason, to)
        yield Written("The right child", named, to)
        yield Written("Their team", right.child.team, to)
        yield Written("Why at this stage", right.stage_reason, to)
        for number, one in enumerate(right.concerns, start=1):
            yield Written(f"Concern {number} for the right child", one.what, to)
            yield Written(f"Outcome wanted for concern {number}", one.outcome_wanted, to)
        yield Written("What was tried for the right child", right.tried, to)
        yield Written("The right child’s views", right.views, to)
        for answer in answers_written(right.childs_rights):
            yield replace(answer, to=to)
        if good := right.good_practice:
            yield Written("What was done well", good.what, to)
            yield Written("The difference it made", good.difference, to)
        if after := right.urgency.too_late_after:
            yield Written("Too late after", f"{day_in_words(after)}: {right.urgency.why}", to)
        yield Written("To be decided by", self.decide_by.why, to)


_NOT_ASKED = If(
    "it is not asked for already (rule 22)",
    lambda challenge, _council: challenge.question_by(_SEAL) is None,
)


@value
class AskToSeal(Command):
    """Ask to seal the record, because it is about the wrong child; ``right`` is the right one."""

    reason: str
    right: RightChild

    called = "Say that this is about the wrong child"
    who = (May(Capacity.IRO, tuple(Standing), _NOT_ASKED),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[SealAsked]:
        """Yield that it is asked for."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter how the record came to be about this child.")
        self._check(challenge, hand, problems)
        problems.check()
        yield SealAsked(self.reason, self.right, hand.council.within(_WITHIN, hand.now))

    def _check(self, challenge: Challenge, hand: Hand, problems: Problems) -> None:
        right = self.right
        child, wrong = right.child, challenge.raised.child
        same = child.has_case_id_of(wrong)
        problems.refuse_if(
            *("case_id", same, "Enter the right child’s Case ID: this is the wrong child’s.")
        )
        check_child(child, right.social_worker, hand, problems)
        if is_praise(challenge):
            _check_praise(right.good_practice, problems)
            return
        informal = challenge.period is not None and not right.stage.formal
        sentence = "Choose a formal stage: the challenge has gone formal already."
        problems.refuse_if("stage", informal, sentence)
        unknown = right.stage not in hand.council.ladder.stages
        problems.refuse_if("stage", unknown, "Choose the stage at which it goes on.")
        problems.need("stage_reason", right.stage_reason, "Enter why you choose this stage.")
        for number, one in enumerate(right.concerns, start=1):
            problems.need(f"what-{number}", one.what, f"Concern {number}: enter what is wrong.")
            outcome = f"Concern {number}: enter the outcome that you want."
            problems.need(f"outcome-{number}", one.outcome_wanted, outcome)
        problems.need("tried", right.tried, "Enter what was tried.")
        problems.need("views", right.views, "Enter the child’s views, or why you do not know them.")
        check_rights(right.childs_rights, problems)
        _check_urgency(right.urgency, hand, problems)


def _check_praise(good: GoodPractice | None, problems: Problems) -> None:
    what, difference = (good.what, good.difference) if good else ("", "")
    problems.need("well", what, "Enter what was done well.")
    problems.need("difference", difference, "Enter what difference it made to the child.")


def _check_urgency(urgency: Urgency, hand: Hand, problems: Problems) -> None:
    after = urgency.too_late_after
    if after is None:
        sentence = "Enter the date after which it is too late, or leave this blank."
        problems.refuse_if("too_late_after", bool(urgency.why), sentence)
        return
    passed = after < hand.today
    problems.refuse_if("too_late_after", passed, "The date must be today or in the future.")
    beyond = after.year >= hand.council.calendar.last_year
    problems.refuse_if("too_late_after", beyond, "Check the year: the date is too far away.")
    problems.need("too_late_why", urgency.why, "Enter why it is too late then.")


# Declining ---------------------------------------------------------------------------------------


@value
class SealDeclined(Fact):
    """The Senior IRO Manager declined to seal the record."""

    reason: str

    news = "the record is not sealed"
    told = (Tell(Audience.IRO),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled. The IRO can ask again."""
        return settle(challenge, _SEAL).keep(_ASKED, None)

    def line(self, seen: Seen) -> str:
        """Return who declined it."""
        return f"{seen.who} decided not to seal this record"

    def written(self) -> Iterator[Written]:
        """Yield the reason."""
        yield Written("Reason", self.reason, _ASKS_AND_DECIDES)


@value
class DeclineToSeal(Command):
    """Decline to seal the record."""

    reason: str

    called = "Decline to seal the record"
    who = (Asked(),)
    settles = (Purpose.SEAL,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[SealDeclined]:
        """Yield that it is declined."""
        problems = Problems()
        problems.need("reason", self.reason, "Enter why the record is not sealed.")
        problems.check()
        yield SealDeclined(self.reason)


# Sealing -----------------------------------------------------------------------------------------


@value
class RecordSealed(Fact):
    """The Senior IRO Manager agreed, and the record is sealed. ``reference`` is raised instead.

    The data protection officer checks by ``check_by`` who looked at it.
    """

    reference: str
    check_by: Deadline

    news = "a record is sealed"
    told = (Tell(Audience.DATA_PROTECTION, Letter.DECIDE, at_once=True),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it sealed: ended if it was open, and nothing in it is anybody's to do any more."""
        after = challenge
        for action in challenge.open_actions:
            after = with_action(after, action.number, state=ActionState.UNSETTLED)
        after = replace(
            after,
            outcome=challenge.outcome or Outcome.SEALED,
            ended_at=challenge.ended_at or event.effective,
            asked=(),
            clocks=(),
        )
        after = after.keep(SEALED, event.effective).keep(_RAISED, self.reference)
        return ask(
            *(after, Purpose.CHECK_LOOKS, self.check_by, event, _LOOKS),
            outlives=True,
            whose=Capacity.DATA_PROTECTION_OFFICER,
        )

    def line(self, seen: Seen) -> str:
        """Return who sealed it, and what was raised instead."""
        return f"{seen.who} sealed this record. {self.reference} was raised instead"

    def written(self) -> Iterator[Written]:
        """Yield by when somebody checks who looked."""
        yield Written("To be checked by", self.check_by.why)


@value
class AgreeToSeal(Command):
    """Seal the record, and raise the right child's challenge in the same step."""

    called = "Agree, and seal the record"
    who = (Asked(),)
    settles = (Purpose.SEAL,)
    raises = True

    def follows(self, _challenge: Challenge, hand: Hand) -> Iterator[RecordSealed]:
        """Yield that it is sealed."""
        day = hand.today
        why = f"The end of {day_in_words(day)}, because the record was sealed that day."
        reference = hand.other.reference if hand.other else ""
        yield RecordSealed(reference, Deadline(day, why, counted_from=day))

    def there(self, challenge: Challenge, hand: Hand) -> Iterator[Fact]:
        """Yield how the right child's challenge begins, with the first formal entry."""
        right = right_child(challenge)
        if hand.other is None or right is None:
            return
        council = hand.other.council
        raised = form_for(right, challenge, council)
        yield raised
        new = as_raised(hand.other.reference, raised, hand.now)
        if is_praise(challenge):
            yield from first_facts(new, replace(hand, council=council))
            return
        began = first_stage(new, hand.now, council)
        yield replace(began, period=challenge.period or began.period)
        since = formal_at(challenge)
        if challenge.period and since:
            yield FormalEntryKept(since, challenge.period.counted_from or local_day(since))
        if at_risk_today(challenge):
            yield risk_today(hand.now)
        yield from still_open(raised.childs_rights, hand.now, council)
        if challenge.raised.siblings:
            by = council.within(_WITHIN, hand.now)
            yield TextsToCheck(challenge.raised.siblings, by)


def form_for(right: RightChild, challenge: Challenge, council: Council) -> Raised:
    """Return the form of the right child's challenge, which names the sealed one nowhere.

    What was said of the wrong child is not said of this one. If nobody has recorded yet who was
    contacted about a risk, it goes over: the risk may be this child's.
    """
    old = challenge.raised
    if is_praise(challenge):
        return Raised(
            child=right.child,
            iro=challenge.iro,
            social_worker=right.social_worker,
            entry=Stage.QAP,
            entry_reason="",
            concerns=(),
            tried="",
            views="",
            procedure=council.procedure.version,
            way=old.way,
            good_practice=right.good_practice,
        )
    return Raised(
        child=right.child,
        iro=challenge.iro,
        social_worker=right.social_worker,
        entry=right.stage,
        entry_reason=right.stage_reason,
        concerns=right.concerns,
        tried=right.tried,
        views=right.views,
        procedure=council.procedure.version,
        rights_breached=old.rights_breached,
        formal_before=old.formal_before,
        childs_rights=_with_not_yet(right.childs_rights),
        urgency=replace(right.urgency, at_risk=at_risk_today(challenge)),
    )


def _with_not_yet(rights: ChildsRights) -> ChildsRights:
    """Return the answers with *not yet* for those that were not asked."""
    asked = {name: getattr(rights, name) for name in ("knows", "advocate", "complaints", "court")}
    left = [name for name, answer in asked.items() if answer is Answered.NOT_ASKED]
    return replace(rights, **dict.fromkeys(left, Answered.NOT_YET))


@value
class FormalEntryKept(Fact):
    """It keeps an earlier formal entry, at ``formal_at``: its period counts from day ``since``."""

    formal_at: datetime
    since: date

    news = "it keeps an earlier formal entry"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the earlier formal entry. The period is the stage's."""
        return with_formal_at(challenge, self.formal_at)

    def line(self, seen: Seen) -> str:
        """Return from which day its 20 working days count."""
        days = seen.council.procedure.resolution_period
        since = day_in_words(self.since)
        return f"The {days} working days count from its first formal entry, on {since}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


# Siblings' texts ---------------------------------------------------------------------------------


#: The challenges of the form with which the sealed record was raised, until they are checked.
_TO_CHECK: Slot[tuple[str, ...]] = Slot("texts-to-check", ())


def texts_to_check(challenge: Challenge) -> tuple[str, ...]:
    """Return the references of the challenges whose texts the IRO has to check."""
    return challenge[_TO_CHECK]


@value
class TextsToCheck(Fact):
    """The form with the wrong child raised ``references`` too: the IRO checks them by ``by``.

    Their texts may speak of the wrong child, or be about a brother or sister who is none.
    """

    references: tuple[str, ...]
    by: Deadline

    news = "the texts of other children are to be checked"
    told = (Tell(Audience.IRO, Letter.DECIDE),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the IRO asked to check them; the ladder goes on meanwhile."""
        after = challenge.keep(_TO_CHECK, self.references)
        return ask(
            after, Purpose.CHECK_TEXTS, self.by, event, _TEXTS, outlives=True, whose=Capacity.IRO
        )

    def line(self, _seen: Seen) -> str:
        """Return that there is something to check; who is asked to reply does not learn what."""
        return "The IRO has something to check in other challenges"

    def written(self) -> Iterator[Written]:
        """Yield which, and by when."""
        yield Written("Challenges to check", ", ".join(self.references), _ASKS_AND_DECIDES)
        yield Written("To be checked by", self.by.why, _ASKS_AND_DECIDES)


@value
class TextsChecked(Fact):
    """The IRO checked the texts of the other children, and what followed."""

    words: str

    news = "the texts of other children were checked"
    told = (Tell(Audience.SENIOR),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, _TEXTS).keep(_TO_CHECK, ())

    def line(self, seen: Seen) -> str:
        """Return who checked them."""
        return f"{seen.who} checked what there was to check in other challenges"

    def written(self) -> Iterator[Written]:
        """Yield what followed."""
        yield Written("What was corrected", self.words, _ASKS_AND_DECIDES)


@value
class CheckTexts(Command):
    """Record that the texts of the other children were checked."""

    words: str

    called = "Record that you checked the other texts"
    who = (Asked(),)
    settles = (Purpose.CHECK_TEXTS,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[TextsChecked]:
        """Yield what is recorded."""
        problems = Problems()
        problems.need("words", self.words, "Enter what you corrected, or that all is right.")
        problems.check()
        yield TextsChecked(self.words)


# Who looked --------------------------------------------------------------------------------------


@value
class LooksChecked(Fact):
    """The data protection officer checked who looked at the record, and what follows."""

    words: str

    news = "it was checked who looked at a sealed record"
    told = ()

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with that question settled."""
        return settle(challenge, _LOOKS)

    def line(self, seen: Seen) -> str:
        """Return who checked it."""
        return f"{seen.who} checked who looked at this record"

    def written(self) -> Iterator[Written]:
        """Yield what follows."""
        yield Written("What was found, and what will be done", self.words)


@value
class CheckLooks(Command):
    """Record what follows from who looked at the sealed record."""

    words: str

    called = "Record that you checked who looked"
    who = (Asked(),)
    settles = (Purpose.CHECK_LOOKS,)

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[LooksChecked]:
        """Yield what is recorded."""
        problems = Problems()
        problems.need("words", self.words, "Enter what you found, and what will be done.")
        problems.check()
        yield LooksChecked(self.words)


SEALING = Part(
    22,
    "The wrong child",
    facts=(
        *(SealAsked, SealDeclined, RecordSealed, FormalEntryKept, TextsToCheck, TextsChecked),
        LooksChecked,
    ),
    acts=(AskToSeal, AgreeToSeal, DeclineToSeal, CheckTexts, CheckLooks),
    marks=(
        Mark(
            SEALED_MARK,
            "Sealed",
            lambda challenge: challenge.sealed,
            listed_at=lambda challenge: challenge[SEALED],
            of_sealed=True,
        ),
    ),
)
