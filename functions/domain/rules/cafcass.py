"""Rule 10, Cafcass: the IRO refers, asks for the answer, and records it.

The IRO may refer at any time, after the end too. A referral runs beside the ladder: it changes no
deadline, reminder or task there, and nobody hears less. Only if the last stage has ended unresolved
does the challenge then wait for Cafcass: the IRO has to ask every ten working days, and to decide
how to go on within five of the answer. Whether to refer is ``domain.rules.considering``.

The software sends nothing to Cafcass. The record keeps what the IRO says was sent: which reports,
by which secure route, to which named address, on which day.

Guidance: G7, G40, G41, G42, G43, G51.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import OWN, Challenge, Slot, ask, settle
from domain.deadlines import Deadline
from domain.events import Event, Fact
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
    IN_CONFIDENCE,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Rung,
    Seen,
    Tell,
    Timer,
    Written,
)
from domain.reference import tidied
from domain.rules.period import FIT_KEY
from domain.values import Value, value
from domain.vocabulary import ENDED, OPEN, Audience, Capacity, Outcome, Purpose, Standing

if TYPE_CHECKING:
    from domain.challenge import Question
    from domain.council import Council

__all__ = [
    "AFTER_KEY",
    "CAFCASS",
    "OVERSIGHT",
    "AskCafcass",
    "CafcassAnswer",
    "CafcassAnswered",
    "CafcassAsked",
    "CafcassToBeAsked",
    "CourtDocuments",
    "JudicialReview",
    "RecordCafcassAnswer",
    "RecordJudicialReview",
    "ReferToCafcass",
    "Referral",
    "Referred",
    "awaits_cafcass",
    "last_stage_ended",
    "referrals",
    "reports_known",
    "still_asked_after_the_end",
]

#: Who reads what is written to and about Cafcass. All others see only that it happened.
OVERSIGHT = IN_CONFIDENCE | {Capacity.IRO_BEFORE}

#: The key of the question for Cafcass's answer while the challenge does not wait for it.
_ASK = "cafcass"
#: The key of the question how to go on after an answer that came after the end.
AFTER_KEY = "after-cafcass"


class CourtDocuments(StrEnum):
    """Whether documents of a court were sent; only the IRO can say that it is allowed."""

    NONE = "none"
    ALLOWED = "sent, as the court's rules allow"


class CafcassAnswer(StrEnum):
    """What Cafcass decided: whether the criteria for a breach of human rights are met."""

    TAKEN = "criteria met, taken for judicial review"
    REFUSED = "criteria not met, not taken"


@value
class Referral(Value):
    """A referral, made by event number ``event``, sent on ``sent_on``.

    ``after_last`` says that the last stage had ended unresolved. ``answer`` is Cafcass's, ``None``
    until there is one.
    """

    event: int
    sent_on: date
    after_last: bool
    answer: CafcassAnswer | None = None


_REFERRALS: Slot[tuple[Referral, ...]] = Slot("referrals", ())


def referrals(challenge: Challenge) -> tuple[Referral, ...]:
    """Return its referrals to Cafcass, in order."""
    return challenge[_REFERRALS]


def awaits_cafcass(challenge: Challenge) -> bool:
    """Whether it was referred, and Cafcass has not answered."""
    made = referrals(challenge)
    return bool(made) and made[-1].answer is None


def last_stage_ended(challenge: Challenge, council: Council) -> bool:
    """Whether the last stage has ended unresolved, and nothing has followed from that yet.

    It was silent, could not be served, lost an action without a new date, or the IRO found the
    reply wanting. A reply on which the IRO has not decided does not end it.
    """
    at_last = challenge.stage is council.ladder.last.stage and challenge.stage.formal
    return challenge.open and at_last and bool(_left_open_by_it(challenge))


def _left_open_by_it(challenge: Challenge) -> tuple[Question, ...]:
    """Return the questions how to go on that an unresolved last stage has left."""
    return tuple(
        one
        for one in challenge.asked
        if one.purpose is Purpose.AFTER_LAST_STAGE
        or (one == challenge.question and one.purpose is Purpose.DECIDE_SILENCE)
    )


def _asked_for_answer(challenge: Challenge) -> Question | None:
    """Return the question for Cafcass's answer, if it is asked."""
    return next((one for one in challenge.asked if one.purpose is Purpose.ASK_CAFCASS), None)


def _waits_for_cafcass(challenge: Challenge) -> bool:
    own = challenge.question
    return own is not None and own.purpose is Purpose.ASK_CAFCASS


def _ask_for_answer(challenge: Challenge, by: Deadline, event: Event, *, waits: bool) -> Challenge:
    """Return it with the IRO to ask Cafcass ``by`` then; if it ``waits``, nothing else goes on."""
    after = settle(challenge, _ASK)
    if not waits:
        return ask(
            *(after, Purpose.ASK_CAFCASS, by, event, _ASK), outlives=True, whose=Capacity.IRO
        )
    for one in _left_open_by_it(challenge):
        after = settle(after, one.key)
    return ask(after, Purpose.ASK_CAFCASS, by, event, OWN)


def still_asked_after_the_end(challenge: Challenge) -> Challenge:
    """Return a challenge that ends now, with the question for Cafcass's answer to outlive it."""
    if not _waits_for_cafcass(challenge):
        return challenge
    asked = tuple(
        replace(one, key=_ASK, outlives=True) if one.key == OWN else one for one in challenge.asked
    )
    return replace(challenge, asked=asked)


# Referred ----------------------------------------------------------------------------------------


@value
class Referred(Fact):
    """The IRO referred the child's case to Cafcass; ``ask_by`` they ask for an answer.

    ``failure`` is what significant failure there is, ``attention`` to whom it was drawn to
    attention and since when. ``reports`` are the references of the challenges whose reports were
    sent, ``documents`` names anything else. They went by ``route`` to ``address`` on ``sent_on``.
    ``after_last``: the last stage has ended unresolved, or the challenge with it. ``pack`` is the
    SHA-256 (hex) of the pack that was sent, as it is kept; empty if none was made.
    """

    failure: str
    attention: str
    sent_on: date
    route: str
    address: str
    reports: tuple[str, ...]
    ask_by: Deadline
    documents: str = ""
    court_documents: CourtDocuments = CourtDocuments.NONE
    after_last: bool = False
    pack: str = ""

    key_point = True
    news = "the case was referred to Cafcass"
    told = (
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.INFORMED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the referral; it waits for the answer only after the last stage."""
        made = Referral(event.number, self.sent_on, self.after_last)
        after = settle(challenge, FIT_KEY).keep(_REFERRALS, (*challenge[_REFERRALS], made))
        after = settle(after, AFTER_KEY)
        waits = challenge.open and self.after_last
        return _ask_for_answer(after, self.ask_by, event, waits=waits)

    def line(self, seen: Seen) -> str:
        """Return who referred it, and when it was sent."""
        return (
            f"{seen.who} referred the case to Cafcass. It was sent on {day_in_words(self.sent_on)}"
        )

    def written(self) -> Iterator[Written]:
        """Yield what the IRO wrote, and what was sent where."""
        yield Written("What significant failure there is", self.failure, OVERSIGHT)
        yield Written("Who was told about it, since when", self.attention, OVERSIGHT)
        yield Written("Reports sent", ", ".join(self.reports), OVERSIGHT)
        yield Written("Pack sent (its SHA-256)", self.pack, OVERSIGHT)
        yield Written("Also sent", self.documents, OVERSIGHT)
        yield Written("Court documents", self.court_documents, OVERSIGHT)
        yield Written("How it was sent", self.route, OVERSIGHT)
        yield Written("Sent to", self.address, OVERSIGHT)
        yield Written("IRO to ask Cafcass by", self.ask_by.why, EVERYBODY)


def reports_known(challenge: Challenge) -> tuple[str, ...]:
    """Return the references of the challenges about this child that its record names.

    One that the reader must not learn of is not among them (rule 22).
    """
    before = challenge.raised.continues
    before = "" if before in challenge.unnamed else before
    return (challenge.reference, *([before] if before else []))


_SEPARATORS = re.compile(r"[\s,;]+")
_SHA_256 = re.compile(r"[0-9a-f]{64}")


@value
class ReferToCafcass(Command):
    """Refer to Cafcass: record why, and what was sent. It cannot be refused to the IRO.

    ``others`` are the references of other challenges about this child, as typed. ``pack`` is the
    SHA-256 of the pack that was sent; empty if none was made.
    """

    failure: str
    attention: str
    sent_on: date
    route: str
    address: str
    others: str = ""
    documents: str = ""
    court_documents: CourtDocuments = CourtDocuments.NONE
    pack: str = ""

    called = "Refer to Cafcass"
    who = (May(Capacity.IRO, (*OPEN, *ENDED)),)
    settles = (
        *(Purpose.CONSIDER_CAFCASS, Purpose.REFER_OR_SAY_WHY, Purpose.AFTER_LAST_STAGE),
        *(Purpose.AFTER_CAFCASS, Purpose.STAGES_DO_NOT_FIT),
    )

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Referred]:
        """Yield the referral."""
        problems, council = Problems(), hand.council
        problems.need("failure", self.failure, "Enter what significant failure there is.")
        sentence = "Enter who you have told about it, and since when."
        problems.need("attention", self.attention, sentence)
        ahead = self.sent_on > hand.today
        problems.refuse_if("sent_on", ahead, "The day it was sent must be today or earlier.")
        problems.need("route", self.route, "Enter how you sent it.")
        problems.need("address", self.address, "Enter who at Cafcass you sent it to.")
        typed = [tidied(one) for one in _SEPARATORS.split(self.others) if one]
        others = [one for one in typed if one]
        sentence = "Enter references like PCE-7K3M-9QXT, with a space between them."
        problems.refuse_if("others", len(others) < len(typed), sentence)
        pack = "".join(self.pack.split()).lower()
        sentence = (
            "Copy the 64 letters and digits from the page where you made the pack, or leave this "
            "blank."
        )
        problems.refuse_if("pack", bool(pack) and not _SHA_256.fullmatch(pack), sentence)
        problems.check()
        reports = tuple(dict.fromkeys((*reports_known(challenge), *others)))
        by = council.within(council.procedure.ask_cafcass_every, hand.now)
        yield Referred(
            *(self.failure, self.attention, self.sent_on, self.route, self.address),
            *(reports, by, self.documents, self.court_documents),
            after_last=_is_after_the_last(challenge, council),
            pack=pack,
        )


def _is_after_the_last(challenge: Challenge, council: Council) -> bool:
    """Whether a referral now follows a last stage that ended unresolved."""
    if not challenge.open:
        ended_so = (Outcome.UNRESOLVED_NOT_REFERRED, Outcome.CLOSED_AFTER_CAFCASS)
        return challenge.outcome in ended_so
    own = challenge.question
    waits = own is not None and own.purpose in (Purpose.ASK_CAFCASS, Purpose.AFTER_CAFCASS)
    return waits or last_stage_ended(challenge, council)


# Asking for the answer ---------------------------------------------------------------------------


@value
class CafcassToBeAsked(Fact):
    """A referral still has no answer: the IRO asks Cafcass by ``ask_by``.

    If it ``waits``, the last stage ended unresolved meanwhile, and nothing else goes on.
    """

    ask_by: Deadline
    waits: bool

    news = "Cafcass has not answered yet"
    told = (Tell(Audience.IRO), Tell(Audience.SRSM))

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with that question asked."""
        return _ask_for_answer(challenge, self.ask_by, event, waits=self.waits)

    def line(self, seen: Seen) -> str:
        """Return what it waits for."""
        if not self.waits:
            return "Cafcass has not answered the referral yet"
        stage = seen.stage(seen.before().stage)
        return f"{stage} has ended unresolved. The challenge waits for Cafcass’s answer"

    def written(self) -> Iterator[Written]:
        """Yield the sum behind the date."""
        yield Written("IRO to ask Cafcass by", self.ask_by.why, EVERYBODY)


def _timers(challenge: Challenge, now: datetime, council: Council) -> Iterator[Timer]:
    """Yield at once that Cafcass is to be asked, where nothing asks that as it should."""
    if not awaits_cafcass(challenge):
        return
    asked, waits = _asked_for_answer(challenge), last_stage_ended(challenge, council)
    if asked is None or waits:
        at = challenge.events[-1].effective
        by = council.within(council.procedure.ask_cafcass_every, now)
        fact = CafcassToBeAsked(asked.deadline if asked else by, waits)
        yield Timer(at, "Cafcass has not answered", at, (fact,))


_AWAITS = If("a referral awaits its answer", lambda challenge, _: awaits_cafcass(challenge))


@value
class CafcassAsked(Fact):
    """The IRO asked Cafcass for its answer. They ask again by ``ask_by``."""

    words: str
    ask_by: Deadline

    news = "Cafcass was asked for its answer"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the question asked again, with its new date."""
        waits = _waits_for_cafcass(challenge)
        return _ask_for_answer(challenge, self.ask_by, event, waits=waits)

    def line(self, seen: Seen) -> str:
        """Return who asked."""
        return f"{seen.who} asked Cafcass for its answer"

    def written(self) -> Iterator[Written]:
        """Yield what was said, and the sum."""
        yield Written("In their words", self.words, OVERSIGHT)
        yield Written("IRO to ask Cafcass by", self.ask_by.why, EVERYBODY)


@value
class AskCafcass(Command):
    """Record that you asked Cafcass for its answer, and what was said."""

    words: str

    called = "Record that you asked Cafcass"
    who = (May(Capacity.IRO, (*OPEN, *ENDED), _AWAITS),)
    settles = (Purpose.ASK_CAFCASS,)

    def follows(self, _challenge: Challenge, hand: Hand) -> Iterator[CafcassAsked]:
        """Yield what is recorded, with the date by which to ask again."""
        problems = Problems()
        problems.need("words", self.words, "Enter who you asked, and what they said.")
        problems.check()
        by = hand.council.within(hand.council.procedure.ask_cafcass_every, hand.now)
        yield CafcassAsked(self.words, by)


# The answer --------------------------------------------------------------------------------------


@value
class CafcassAnswered(Fact):
    """Cafcass answered on ``day``. By ``decide_by`` the IRO decides how to go on, if they have to.

    A refusal closes nothing.
    """

    answer: CafcassAnswer
    day: date
    words: str
    decide_by: Deadline | None = None

    key_point = True
    news = "Cafcass has answered"
    told = (
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.INFORMED),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the answer; if it waited for it, the IRO is asked how to go on."""
        *earlier, last = challenge[_REFERRALS]
        answered = replace(last, answer=self.answer)
        after = settle(challenge, _ASK).keep(_REFERRALS, (*earlier, answered))
        if _waits_for_cafcass(challenge):
            return ask(after, Purpose.AFTER_CAFCASS, self.decide_by, event)
        return ask(
            *(after, Purpose.AFTER_CAFCASS, self.decide_by, event, AFTER_KEY),
            outlives=True,
            whose=Capacity.IRO,
        )

    def line(self, _seen: Seen) -> str:
        """Return what Cafcass decided."""
        return f"Cafcass answered: {self.answer}"

    def written(self) -> Iterator[Written]:
        """Yield what it said, when, and the sum behind the IRO's date."""
        yield Written("What Cafcass said", self.words, OVERSIGHT)
        yield Written("When", day_in_words(self.day), OVERSIGHT)
        if self.decide_by:
            yield Written("The IRO decides by", self.decide_by.why, EVERYBODY)


@value
class RecordCafcassAnswer(Command):
    """Record what Cafcass answered, and when."""

    answer: CafcassAnswer
    day: date
    words: str

    called = "Record Cafcass’s answer"
    who = (May(Capacity.IRO, (*OPEN, *ENDED), _AWAITS),)
    settles = (Purpose.ASK_CAFCASS,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[CafcassAnswered]:
        """Yield the answer, with the IRO's date if the last stage had ended unresolved."""
        problems = Problems()
        ahead = self.day > hand.today
        problems.refuse_if("day", ahead, "The day of the answer must be today or earlier.")
        problems.need("words", self.words, "Enter what Cafcass said.")
        problems.check()
        refused_after_the_end = (
            not challenge.open
            and self.answer is CafcassAnswer.REFUSED
            and referrals(challenge)[-1].after_last
        )
        council, by = hand.council, None
        if _waits_for_cafcass(challenge) or refused_after_the_end:
            by = council.within(council.procedure.after_cafcass_within, hand.now)
        yield CafcassAnswered(self.answer, self.day, self.words, by)


# Judicial review ---------------------------------------------------------------------------------


@value
class JudicialReview(Fact):
    """What happened in a judicial review on ``day``."""

    day: date
    words: str

    news = "something about a judicial review is recorded"
    told = (Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is: it stands on the record."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who recorded it."""
        return f"{seen.who} recorded something about a judicial review"

    def written(self) -> Iterator[Written]:
        """Yield what happened, and when."""
        yield Written("What happened", self.words, OVERSIGHT)
        yield Written("When", day_in_words(self.day), OVERSIGHT)


_REFERRED = If("it was referred to Cafcass", lambda challenge, _: bool(referrals(challenge)))


@value
class RecordJudicialReview(Command):
    """Record what happened in a judicial review."""

    day: date
    words: str

    called = "Record a judicial review"
    who = (May(Capacity.IRO, (*OPEN, *ENDED), _REFERRED),)
    settles = ()

    def follows(self, _challenge: Challenge, hand: Hand) -> Iterator[JudicialReview]:
        """Yield what is recorded."""
        problems = Problems()
        ahead = self.day > hand.today
        problems.refuse_if("day", ahead, "The day it happened must be today or earlier.")
        problems.need("words", self.words, "Enter what happened.")
        problems.check()
        yield JudicialReview(self.day, self.words)


CAFCASS = Part(
    10,
    "Cafcass",
    facts=(Referred, CafcassToBeAsked, CafcassAsked, CafcassAnswered, JudicialReview),
    acts=(ReferToCafcass, AskCafcass, RecordCafcassAnswer, RecordJudicialReview),
    timers=_timers,
    rungs=(
        Rung(
            Standing.AT_CAFCASS,
            "Waiting for Cafcass",
            "waiting for Cafcass",
            _waits_for_cafcass,
        ),
    ),
)
