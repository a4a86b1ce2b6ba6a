"""Rule 7, timescales revised: the SRSM revises any deadline, with a reason, to a later working day.

That is the deadline of a reply, of an action that is under way, or of somebody's task. A reply's
does not go beyond the resolution period without the Senior IRO Manager. They also revise the same
deadline a second time, and the date of the SRSM's own task; a reply has no third revision. The
first date stays visible, and the resolution period does not move.

After a silence the responder has more time, and the IRO keeps the question what to do: it is asked
beside the ladder, with every decision that they had.

If the IRO objects, the earlier of the two dates holds until the Senior IRO Manager has decided. In
records from before 2026-11.10 an objection is a note, and a revision after a silence settled the
IRO's question.

Guidance: G53.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import (
    OWN,
    ActionState,
    Challenge,
    Slot,
    ask,
    objection_key,
    settle,
    with_deadline,
    with_question,
    with_request,
)
from domain.deadlines import (
    Deadline,
    Entry,
    How,
    Ledger,
    deadline_by_hand,
    moved_in_words,
    recounted,
)
from domain.errors import NotAllowedError
from domain.events import AboutRequest, Event
from domain.moments import day_in_words
from domain.part import (
    EVERYBODY,
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
from domain.rules.holds import ANSWER_KEY, proposal
from domain.rules.holidays import REQUEST_KEY, action_date_key, with_due
from domain.rules.timescales import without_proposal
from domain.values import Value, value
from domain.vocabulary import OPEN, Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from domain.council import Council

__all__ = [
    "REVISING",
    "Dated",
    "DeadlineRevised",
    "DecideObjection",
    "NotRevised",
    "Object",
    "Objected",
    "Objection",
    "ObjectionDecided",
    "ReviseDeadline",
    "earlier_date",
    "objectable",
    "objection_to",
    "objections",
    "revisable",
    "to_revise",
]

#: The key of the mark of challenges in which a person moved the same date a second time.
_MOVED_TWICE = "twice"

#: A reply's deadline is revised so often at most.
_A_REPLYS_MOST = 2


#: What is asked about Cafcass has the date that the procedure gives it (rule 10).
_NEVER_REVISED = (
    *(Purpose.DECIDE_OBJECTION, Purpose.CONSIDER_CAFCASS, Purpose.REFER_OR_SAY_WHY),
    *(Purpose.ASK_CAFCASS, Purpose.AFTER_CAFCASS),
)


# What can be revised -----------------------------------------------------------------------------


@value
class Dated(Value):
    """A deadline that can be revised: its key in the challenge, and its name in a sentence.

    ``whose`` has to act by it. ``revisions`` is how often it was revised.
    """

    key: str
    called: str
    ledger: Ledger
    whose: Capacity
    revisions: int

    @property
    def day(self) -> date:
        """The day by whose end it is due now."""
        return self.ledger.deadline.day

    @property
    def of_reply(self) -> bool:
        """Whether it is the deadline of the reply."""
        return self.key == REQUEST_KEY

    @property
    def turn(self) -> Capacity | None:
        """Whose its next revision is; ``None`` if it can be revised no more."""
        if self.of_reply and self.revisions >= _A_REPLYS_MOST:
            return None
        theirs = self.whose is Capacity.SRSM
        return Capacity.SENIOR_IRO_MANAGER if self.revisions or theirs else Capacity.SRSM


def _is_silent(challenge: Challenge) -> bool:
    question = challenge.decision
    return question is not None and question.purpose is Purpose.DECIDE_SILENCE


def revisable(challenge: Challenge) -> tuple[Dated, ...]:
    """Return the deadlines that run: the reply's, those of actions, and those of tasks.

    The reply's also while the IRO decides about its absence. After the end none is revised.
    """
    if not challenge.open:
        return ()
    found = []
    if challenge.awaiting_reply or _is_silent(challenge):
        request, responder = challenge.request, Capacity.RESPONDER
        called = "the deadline to reply"
        found.append(Dated(REQUEST_KEY, called, request.ledger, responder, request.revisions))
    for action in challenge.actions:
        if action.state is ActionState.OPEN:
            called = f"the date of action {action.number}"
            key, times = action_date_key(action), _times(action.ledger)
            found.append(Dated(key, called, action.ledger, Capacity.OWNER, times))
    for one in challenge.questions:
        if one.purpose not in _NEVER_REVISED:
            called = f"the date by which {one.whose} has to {one.in_words}"
            found.append(Dated(one.key, called, one.ledger, one.whose, _times(one.ledger)))
    hold, answer_by = proposal(challenge), challenge.clock(ANSWER_KEY)
    if hold and answer_by:
        called = f"the date by which {hold.other} has to agree to the proposed hold"
        found.append(Dated(ANSWER_KEY, called, answer_by, hold.other, _times(answer_by)))
    return tuple(found)


def _times(ledger: Ledger) -> int:
    """Return how often the dates of a ledger were revised in this challenge."""
    return sum(_is_revision(entry, ledger) for entry in ledger.entries)


def _is_revision(entry: Entry, ledger: Ledger) -> bool:
    """Whether it is a revision; the dates taken over from a duplicate came with the first one."""
    return entry.how is How.REVISED and entry.event != ledger.entries[0].event


def _moved_twice(challenge: Challenge) -> bool:
    """Whether a person moved the same date twice, and it still runs (rules 6 and 7)."""
    return any(_moved_by_hand(one.ledger) > 1 for one in revisable(challenge))


def _moved_by_hand(ledger: Ledger) -> int:
    by_hand = (How.REVISED, How.NEW_DATE)
    first = ledger.entries[0].event
    return sum(one.how in by_hand and one.event != first for one in ledger.entries)


def _dated(challenge: Challenge, key: str) -> Dated | None:
    return next((one for one in revisable(challenge) if one.key == key), None)


def to_revise(challenge: Challenge, who: frozenset[Capacity]) -> tuple[Dated, ...]:
    """Return the deadlines that somebody in the capacities ``who`` may revise now."""
    return tuple(
        one
        for one in revisable(challenge)
        if one.turn in who
        or (Capacity.SENIOR_IRO_MANAGER in who and _may_go_beyond(one, challenge))
    )


def _may_go_beyond(one: Dated, challenge: Challenge) -> bool:
    """Whether the Senior IRO Manager may revise it beyond the resolution period."""
    return one.of_reply and one.turn is not None and challenge.period is not None


# Revised -----------------------------------------------------------------------------------------


def _is_about_the_reply(_challenge: Challenge, event: Event) -> bool:
    return getattr(event.fact, "what", "") in ("", REQUEST_KEY)


def _is_about_an_action(_challenge: Challenge, event: Event) -> bool:
    return bool(event.fact.of_actions)


def _is_about_the_seniors_task(challenge: Challenge, event: Event) -> bool:
    one = _dated(challenge, getattr(event.fact, "what", ""))
    return one is not None and one.whose is Capacity.SENIOR_IRO_MANAGER


def _action_in(what: str) -> tuple[int, ...]:
    """Return the number of the action whose date has the key ``what``, if it is one's."""
    before, _, number = what.rpartition("-")
    return (int(number),) if before == "do-action" else ()


@value
class DeadlineRevised(AboutRequest):
    """A manager revised a deadline, with a reason. ``what`` is its key in the challenge.

    Without ``what`` a release up to 2026-11.9 recorded it, and it is about the reply.
    """

    request: int
    deadline: Deadline
    reason: str
    what: str = ""

    news = "the deadline has changed"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _is_about_the_reply),
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _is_about_an_action),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR, when=_is_about_the_seniors_task),
        Tell(Audience.INFORMED, when=_is_about_the_reply),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The number of the action whose date was revised, if it is one's."""
        return _action_in(self.what)

    @property
    def of_another(self) -> bool:
        """Whether it is about another deadline than the reply's."""
        return self.what not in ("", REQUEST_KEY)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the new deadline; a question about a silence goes on beside the reply."""
        if self.of_another:
            after = with_due(challenge, self.what, How.REVISED, self.deadline, event)
            for action in self.of_actions:
                after = without_proposal(after, action)
            return with_question(after, self.what, chased=0)
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        after = with_deadline(challenge, self.request, How.REVISED, self.deadline, event)
        after = with_request(after, self.request, missed=False, revisions=request.revisions + 1)
        if not _is_silent(challenge):
            return after
        return _goes_on_beside(after, self.deadline, event) if self.what else settle(after)

    def line(self, seen: Seen) -> str:
        """Return who moved which, from when to when."""
        before = seen.before()
        one = _dated(before, self.what or REQUEST_KEY)
        called = one.called if one else "the deadline to reply"
        moved = moved_in_words(one.ledger.deadline if one else None, self.deadline)
        return f"{seen.who} revised {called}: {moved}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and who set the date."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


def _goes_on_beside(challenge: Challenge, deadline: Deadline, event: Event) -> Challenge:
    """Return it with the IRO's question beside the ladder, due when the reply is (rule 4)."""
    question = challenge.decision
    if question is None:
        return challenge
    ledger = question.ledger
    if deadline.day > ledger.deadline.day:
        ledger = ledger.entered(How.WITH_REPLY, deadline, event.number)
    return with_question(challenge, OWN, beside=True, ledger=ledger, chased=0)


_FOR_THE_SRSM = If(
    "a deadline is revised for the first time (rule 7)",
    lambda challenge, _council: bool(to_revise(challenge, frozenset({Capacity.SRSM}))),
)
_FOR_THE_SENIOR = If(
    "a deadline was revised before, is the SRSM’s own, or a reply’s may go beyond the "
    "20-working-day limit (rule 7)",
    lambda challenge, _council: bool(
        to_revise(challenge, frozenset({Capacity.SENIOR_IRO_MANAGER}))
    ),
)


@value
class ReviseDeadline(Command):
    """Revise the deadline ``what``, a key of the challenge, to the end of ``day``."""

    day: date
    reason: str
    what: str = REQUEST_KEY

    called = "Revise the deadline"
    who = (
        May(Capacity.SRSM, OPEN, _FOR_THE_SRSM),
        May(Capacity.SENIOR_IRO_MANAGER, OPEN, _FOR_THE_SENIOR),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[DeadlineRevised]:
        """Yield the new deadline."""
        one = _dated(challenge, self.what)
        if one is None:
            message = (
                "This deadline no longer runs, so it cannot be revised. Open the challenge’s page "
                "to see those that do."
            )
            raise NotAllowedError(message)
        problems = Problems()
        problems.need("reason", self.reason, "Enter why you are revising the deadline.")
        problems.need_working_day("day", self.day, hand)
        problems.refuse_if("day", self.day == hand.today, "Enter a date that is later than today.")
        same = self.day == one.day
        problems.refuse_if("day", same, "This is the deadline already. Enter another date.")
        field, refusal = _refused(one, self.day, challenge, hand)
        problems.refuse_if(field, bool(refusal) and field not in problems.fields, refusal)
        problems.check()
        deadline = deadline_by_hand(self.day, hand.actor.name)
        yield DeadlineRevised(challenge.request.number, deadline, self.reason, self.what)


class NotRevised(StrEnum):
    """Why somebody cannot revise a deadline, or not to that day."""

    NO_THIRD = "A reply’s deadline can be revised twice. It cannot be moved again."
    OBJECTED = (
        "The IRO has objected to the last revision. The Senior IRO Manager has to decide about "
        "that first."
    )
    BEYOND = (
        "That is after the 20-working-day limit, {end}. Enter an earlier date, or ask the Senior "
        "IRO Manager to revise it on this challenge’s page."
    )
    THE_SRSMS = (
        "A first revision within the 20-working-day limit is for the Safeguarding & Review Service "
        "Manager."
    )
    SECOND = (
        "This deadline has been revised before. Ask the Senior IRO Manager to revise it on this "
        "challenge’s page."
    )
    OWN = (
        "This is your own task. Ask the Senior IRO Manager to revise its date on this challenge’s "
        "page."
    )


def _refused(one: Dated, day: date, challenge: Challenge, hand: Hand) -> tuple[str, str]:
    """Return the field and why it is not theirs to revise, or not to that day; empty if it is."""
    end = challenge.period
    if one.turn is None:
        return "what", NotRevised.NO_THIRD
    if objection_to(challenge, one.key):
        return "what", NotRevised.OBJECTED
    if one.of_reply and end and day > end.day:
        allowed = Capacity.SENIOR_IRO_MANAGER in hand.capacities
        return "day", "" if allowed else NotRevised.BEYOND.format(end=day_in_words(end.day))
    if one.turn in hand.capacities:
        return "what", ""
    if one.turn is Capacity.SRSM:
        return "day", NotRevised.THE_SRSMS
    return "what", NotRevised.SECOND if one.revisions else NotRevised.OWN


# Objected ----------------------------------------------------------------------------------------


@value
class Objection(Value):
    """An objection to a revision of ``what``, which event number ``since`` put on the record.

    ``opened`` names the deadline itself: another one may have the same key later. ``before`` and
    ``revised`` are its dates before and after the revision.
    """

    what: str
    opened: int
    before: Deadline
    revised: Deadline
    since: int


_OBJECTIONS: Slot[tuple[Objection, ...]] = Slot("objections", ())


def objections(challenge: Challenge) -> tuple[Objection, ...]:
    """Return the objections about which the Senior IRO Manager has to decide."""
    return challenge[_OBJECTIONS]


def objection_to(challenge: Challenge, what: str) -> Objection | None:
    """Return the open objection to the last revision of ``what``, if there is one."""
    return next((one for one in challenge[_OBJECTIONS] if one.what == what), None)


def _opened(challenge: Challenge, one: Dated) -> int:
    """Return the event that names the deadline: a question asked again has another."""
    return challenge.request.event if one.of_reply else one.ledger.entries[0].event


def _revision(one: Dated) -> tuple[Deadline, Deadline] | None:
    """Return the dates before and after its last revision, unless people moved it since."""
    entries = list(one.ledger.entries)
    while entries and entries[-1].how is How.HOLIDAY:
        entries.pop()
    if len(entries) < _A_REPLYS_MOST or not _is_revision(entries[-1], one.ledger):
        return None
    return entries[-2].deadline, one.ledger.deadline


def objectable(challenge: Challenge) -> tuple[Dated, ...]:
    """Return the deadlines to whose last revision the IRO can object."""
    return tuple(
        one
        for one in revisable(challenge)
        if _revision(one) and not objection_to(challenge, one.key)
    )


def earlier_date(one: Dated, council: Council) -> Deadline:
    """Return the earlier of the dates before and after its last revision."""
    before, revised = _revision(one) or (one.ledger.deadline, one.ledger.deadline)
    return min(recounted(before, council.calendar), revised, key=lambda due: due.day)


def _because(deadline: Deadline, sentence: str) -> Deadline:
    """Return the deadline with one more sentence of its sum."""
    return replace(deadline, why=f"{deadline.why} {sentence}")


def _set(challenge: Challenge, what: str, how: How, deadline: Deadline, event: Event) -> Challenge:
    """Return it with ``what`` due at ``deadline``, by an objection or the decision about one."""
    after = with_due(challenge, what, how, deadline, event)
    return with_question(after, what, chased=0)


def _moves(event: Event) -> bool:
    fact = event.fact
    if not isinstance(fact, Objected | ObjectionDecided) or fact.deadline is None:
        return False
    return fact.was != fact.deadline.day


def _the_reply_is_due_on_another_day(challenge: Challenge, event: Event) -> bool:
    return _is_about_the_reply(challenge, event) and _moves(event)


def _the_action_is_due_on_another_day(challenge: Challenge, event: Event) -> bool:
    return _is_about_an_action(challenge, event) and _moves(event)


def _the_senior_decides(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, Objected) and event.fact.decide_by is not None


@value
class Objected(AboutRequest):
    """The IRO objected to the revision of ``what``. The earlier date, ``deadline``, holds.

    The Senior IRO Manager decides by ``decide_by``. ``was`` is the day that was in force. Without
    ``what`` a release up to 2026-11.9 recorded it: a note, and the revision stands.
    """

    request: int
    words: str
    what: str = ""
    deadline: Deadline | None = None
    decide_by: Deadline | None = None
    was: date | None = None

    news = "the IRO objects to the new deadline"
    told = (
        Tell(Audience.SENIOR, Letter.DECIDE, _the_senior_decides),
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _the_reply_is_due_on_another_day),
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _the_action_is_due_on_another_day),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
        Tell(Audience.INFORMED, when=_the_reply_is_due_on_another_day),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The number of the action whose date it is about, if it is one's."""
        return _action_in(self.what)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the earlier date in force, and the Senior IRO Manager asked."""
        request = challenge.request_number(self.request)
        if request is None:
            return challenge
        after = challenge
        if self.what in ("", REQUEST_KEY):
            noted = (*request.objections, self.words)
            after = with_request(challenge, self.request, objections=noted)
        one = _dated(challenge, self.what)
        dates = _revision(one) if one else None
        if self.deadline is None or one is None or dates is None:
            return after
        kept = Objection(self.what, _opened(challenge, one), *dates, event.number)
        after = after.keep(_OBJECTIONS, (*after[_OBJECTIONS], kept))
        after = _set(after, self.what, How.OBJECTED, self.deadline, event)
        key, purpose = objection_key(self.what), Purpose.DECIDE_OBJECTION
        after = ask(after, purpose, self.decide_by, event, key)
        if one.of_reply and _is_silent(challenge):
            after = with_request(after, self.request, missed=True)
            return with_question(after, OWN, beside=False)
        return after

    def line(self, seen: Seen) -> str:
        """Return who objected to what, and which date holds."""
        one = _dated(seen.before(), self.what) if self.what else None
        if one is None or self.deadline is None:
            return f"{seen.who} objected to the revised deadline"
        return (
            f"{seen.who} objected to the revision of {one.called}. Until the Senior IRO Manager "
            f"decides, the earlier date holds: the end of {day_in_words(self.deadline.day)}"
        )

    def written(self) -> Iterator[Written]:
        """Yield their words, and the sum behind the date to decide."""
        yield Written("In their words", self.words, EVERYBODY)
        if self.decide_by:
            yield Written("To be decided by", self.decide_by.why, EVERYBODY)


_REVISED = If(
    "a deadline was revised, and nobody has objected to that yet (rule 7)",
    lambda challenge, _council: bool(objectable(challenge)),
)


@value
class Object(Command):  # the procedure's word
    """Object to the last revision of ``what``, as the IRO."""

    words: str
    what: str = REQUEST_KEY

    called = "Object to the revised deadline"
    who = (May(Capacity.IRO, OPEN, _REVISED),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[Objected]:
        """Yield the objection, with the date that holds meanwhile."""
        one = next((one for one in objectable(challenge) if one.key == self.what), None)
        if one is None:
            message = (
                "There is no revision of this deadline to object to. Open the challenge’s page to "
                "see which dates were revised."
            )
            raise NotAllowedError(message)
        problems, council = Problems(), hand.council
        problems.need("words", self.words, "Enter why you object.")
        earlier = earlier_date(one, council)
        over = earlier.passed_by(hand.now) and not (one.of_reply and _is_silent(challenge))
        gone = (
            f"The earlier date, {day_in_words(earlier.day)}, has passed, so it cannot hold any "
            "more. If the child cannot wait, move the challenge to a later stage."
        )
        problems.refuse_if("what", over, gone)
        problems.check()
        holds = _because(earlier, f"{hand.actor.name} objected to the revision.")
        by = council.within(council.procedure.decide_objection_within, hand.now)
        number = challenge.request.number
        yield Objected(number, self.words, self.what, holds, by, one.day)


@value
class ObjectionDecided(AboutRequest):
    """The Senior IRO Manager decided about the objection: ``upheld``, or the revision stands.

    ``deadline`` is in force from now on; ``was`` is the day that held meanwhile.
    """

    request: int
    what: str
    upheld: bool
    reason: str
    deadline: Deadline
    was: date

    news = "it is decided which deadline counts"
    told = (
        Tell(Audience.ASKED, Letter.PLEASE_REPLY, _the_reply_is_due_on_another_day),
        Tell(Audience.OWNER, Letter.YOUR_ACTION, _the_action_is_due_on_another_day),
        Tell(Audience.IRO, at_once=True),
        Tell(Audience.SRSM),
        Tell(Audience.INFORMED, when=_the_reply_is_due_on_another_day),
    )

    @property
    def of_actions(self) -> tuple[int, ...]:
        """The number of the action whose date it is about, if it is one's."""
        return _action_in(self.what)

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the date in force, and the question settled."""
        after = _without_objection(challenge, self.what)
        after = _set(after, self.what, How.UPHELD, self.deadline, event)
        more_time = self.deadline.day > self.was and self.what == REQUEST_KEY
        if more_time and _is_silent(challenge):
            after = with_request(after, self.request, missed=False)
            return _goes_on_beside(after, self.deadline, event)
        return after

    def line(self, seen: Seen) -> str:
        """Return what was decided, and which date counts."""
        decided = "upheld the objection" if self.upheld else "decided that the revision stands"
        one = _dated(seen.before(), self.what)
        called = one.called if one else "the deadline"
        return f"{seen.who} {decided}: {called} is the end of {day_in_words(self.deadline.day)}"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and the sum."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("How the deadline was counted", self.deadline.why, EVERYBODY)


@value
class DecideObjection(Command):
    """Decide about the IRO's objection to the revision of ``what``."""

    what: str
    upheld: bool
    reason: str

    called = "Decide about the objection"
    who = (Asked(),)
    settles = (Purpose.DECIDE_OBJECTION,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ObjectionDecided]:
        """Yield the decision, with the date that counts from now on."""
        objection, one = objection_to(challenge, self.what), _dated(challenge, self.what)
        if objection is None or one is None:
            message = (
                "There is no objection to decide about any more. Open the challenge’s page to see "
                "why."
            )
            raise NotAllowedError(message)
        chosen = self._chosen(objection, one.ledger.deadline, hand.council)
        problems = Problems()
        problems.need("reason", self.reason, "Enter the reasons for your decision.")
        over = chosen.passed_by(hand.now) and chosen.day != one.day
        gone = f"{day_in_words(chosen.day)} has passed, so it cannot count any more."
        problems.refuse_if("decision", over, gone)
        problems.check()
        decided = "upheld the objection" if self.upheld else "decided that the revision stands"
        counts = _because(chosen, f"{hand.actor.name} {decided}.")
        number = challenge.request.number
        yield ObjectionDecided(number, self.what, self.upheld, self.reason, counts, one.day)

    def _chosen(self, objection: Objection, holds: Deadline, council: Council) -> Deadline:
        """Return the date that counts: the one that ``holds``, or the later of the two.

        A holiday or a hold may have moved the one that holds meanwhile.
        """
        dates = (objection.before, objection.revised)
        chosen = dates[0] if self.upheld else dates[1]
        if chosen.day == min(one.day for one in dates):
            return holds
        return council.later_of(recounted(chosen, council.calendar), holds)


def _without_objection(challenge: Challenge, what: str) -> Challenge:
    left = tuple(one for one in challenge[_OBJECTIONS] if one.what != what)
    return settle(challenge, objection_key(what)).keep(_OBJECTIONS, left)


def _tidied(challenge: Challenge) -> Challenge:
    """Return it without objections to deadlines that no longer run: they are settled by then."""
    after = challenge
    for objection in challenge[_OBJECTIONS]:
        one = _dated(challenge, objection.what)
        if one is None or _opened(challenge, one) != objection.opened:
            after = _without_objection(after, objection.what)
    return after


REVISING = Part(
    7,
    "Timescales revised",
    facts=(DeadlineRevised, Objected, ObjectionDecided),
    acts=(ReviseDeadline, Object, DecideObjection),
    tidies=_tidied,
    marks=(Mark(_MOVED_TWICE, "A date was moved twice", _moved_twice, quiet=True),),
)
