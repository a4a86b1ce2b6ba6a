"""Rule 11, independent legal advice: the IRO asks, a lawyer without a conflict advises.

The words of the question and of the advice are in no fact: facts hold a ``Sealed`` in their place,
and the record shows only that a step took place. :func:`reads_advice` is the one rule of who reads
them. Nothing here stops or moves the ladder, and all of it can be done after the end too. Only the
IRO's decision after Cafcass's answer waits for the advice, once (rule 10).

::

    AdviceAsked ── the legal team says whether it has a conflict, within 1 working day
      ├─ none ──── the lawyer who said so reads the question, and advises
      └─ conflict ─ the legal team names a neighbouring authority's lawyer, within 2, and from now
                    on sees neither the advice nor the challenge

Guidance: G8, G9, G10, G11, G15, G55.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.challenge import Challenge, ask, settle, with_question
from domain.deadlines import Deadline
from domain.errors import NotAllowedError
from domain.events import Event, Fact
from domain.ladder import Role
from domain.lawyers import LEGAL, nobody_holds
from domain.part import (
    EVERYBODY,
    IN_CONFIDENCE,
    Command,
    Hand,
    If,
    May,
    Part,
    Problems,
    Seen,
    Tell,
    Written,
)
from domain.people import IROS_BEFORE, capacities, overseeing_posts, supporters
from domain.privileged import Sealed
from domain.rules.appointing import absence_of_iro, iros_to_appoint
from domain.rules.briefing import BRIEF_KEY, BriefingDue, briefing_due
from domain.values import Value, value
from domain.vocabulary import Audience, Capacity, Letter, Purpose, Standing

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.challenge import Question
    from domain.council import Council

__all__ = [
    "LEGAL_ADVICE",
    "NO_CONFLICT",
    "AdviceAsked",
    "AdviceGiven",
    "AdviceOpened",
    "AskForAdvice",
    "ConflictSaid",
    "GiveAdvice",
    "ManagerConflicted",
    "NameLawyer",
    "NeighbourNamed",
    "NoAdviceSought",
    "OpenAdvice",
    "Piece",
    "SayConflict",
    "SayManagerConflict",
    "SayNoAdviceNeeded",
    "decides_after_advice",
    "lawyers_to_name",
    "managers_to_name",
    "pieces",
    "pieces_for",
    "reads_advice",
    "to_open_to",
    "why_opens",
]

#: The keys of the questions: is there a conflict, who is the neighbour's lawyer, what is advised.
_CONFLICT_KEY, _LAWYER_KEY, _ADVICE_KEY = "legal-conflict", "legal-lawyer", "legal-advice"

_ANY = tuple(Standing)

#: Who reads what lawyers and managers say about conflicts of interest.
_READ_CONFLICTS = IN_CONFIDENCE | {Capacity.LAWYER, Capacity.NEIGHBOUR_LAWYER}

NO_CONFLICT = If(
    "the legal team has not recorded a conflict of interest (rule 11)",
    lambda challenge, _council: challenge[LEGAL].conflict is not True,
)
_CONFLICT = If(
    "the legal team has recorded a conflict of interest (rule 11)",
    lambda challenge, _council: challenge[LEGAL].conflict is True,
)
_SAID_NONE = If(
    "they said that they have no conflict of interest (rule 11)",
    lambda challenge, _council: challenge[LEGAL].conflict is False,
)
_NO_LEGAL_TEAM = If(
    "advice was asked for, and nobody holds a post of the legal team (rule 11)",
    lambda challenge, council: (
        challenge[LEGAL].asked > 0 and nobody_holds(Role.LEGAL_TEAM)(challenge, council)
    ),
)
_ASKED_FOR = If(
    "legal advice was asked for (rule 11)", lambda challenge, _council: challenge[LEGAL].asked > 0
)


# Who reads it ------------------------------------------------------------------------------------


@value
class Piece(Value):
    """A question or a piece of advice: ``what`` it is, who wrote it (an id) and when (UTC).

    ``event`` is the number of the event that says so. Its words are in the compartment.
    """

    event: int
    what: str
    sealed: Sealed
    officer: str
    at: datetime


def pieces(challenge: Challenge) -> tuple[Piece, ...]:
    """Return the questions to lawyers and the pieces of advice of ``challenge``, oldest first."""
    return tuple(
        Piece(
            *(event.number, _WHAT[type(event.fact)], event.fact.sealed),
            *(event.actor.officer, event.effective),
        )
        for event in challenge.events
        if isinstance(event.fact, (AdviceAsked, AdviceGiven))
    )


def pieces_for(
    challenge: Challenge, officer: str, council: Council, today: date
) -> tuple[Piece, ...]:
    """Return the pieces whose words ``officer`` (an id) may read today, oldest first."""
    return tuple(
        piece
        for piece in pieces(challenge)
        if reads_advice(challenge, officer, council, today, piece)
    )


def reads_advice(
    challenge: Challenge, officer: str, council: Council, today: date, piece: Piece | None = None
) -> bool:
    """Whether ``officer`` (an id) may read the words of ``piece`` today; without one, of any.

    This is the one rule of who reads legal advice (rule 11). They are the IRO; the SRSM, or who
    supports the IRO instead; and the lawyer acting: of the council one who said that there is no
    conflict of interest, until somebody records one, or the neighbouring authority's lawyer who was
    named. Whoever covers for the IRO or the SRSM reads it only if it was opened to them, and so
    does a new IRO what is older than their appointment. A manager with a conflict never reads it,
    and nobody that of a sealed record (rule 22).
    """
    legal = challenge[LEGAL]
    if challenge.sealed or officer in legal.conflicted:
        return False
    who = capacities(challenge, officer, council, today)
    opened = officer in legal.opened
    of_the_council = Capacity.LAWYER in who and legal.conflict is False and officer in legal.acting
    if of_the_council or (Capacity.NEIGHBOUR_LAWYER in who and legal.conflict is True):
        return True
    if Capacity.IRO in who:
        theirs = officer == challenge.iro and _is_of_their_time(challenge, piece)
        return (opened or theirs) and not council.directory.has_left(officer)
    overseeing = {Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER} & who
    supporting = overseeing and officer in {
        person.id for person in supporters(challenge, council, today)
    }
    return bool(supporting) and (opened or _oversees_themselves(challenge, officer, council, today))


def _is_of_their_time(challenge: Challenge, piece: Piece | None) -> bool:
    """Whether ``piece`` is not older than the present IRO's appointment; if ``None``, any is."""
    since = max((one.until for one in challenge[IROS_BEFORE]), default=0)
    found = (piece,) if piece else pieces(challenge)
    return not found or any(one.event > since for one in found)


def _oversees_themselves(challenge: Challenge, officer: str, council: Council, today: date) -> bool:
    """Whether ``officer`` holds the post by which they oversee it, and does not only cover it."""
    overseeing = (Capacity.SRSM, Capacity.SENIOR_IRO_MANAGER)
    posts = (
        post for one in overseeing for post in overseeing_posts(one, challenge, council, today)
    )
    return any(council.directory.posts[post].holder == officer for post in posts)


# The IRO asks ------------------------------------------------------------------------------------


def _no_conflict_is_recorded(challenge: Challenge, _event: Event) -> bool:
    return challenge[LEGAL].conflict is not True


@value
class AdviceAsked(Fact):
    """The IRO asked for independent legal advice; the question is ``sealed``.

    The legal team says by ``conflict_by`` whether it has a conflict of interest. If a neighbouring
    authority's lawyer acts already, they advise by ``advise_by``. Both are ``None`` while the legal
    team still has to name that lawyer. If Cafcass has answered, and the IRO asks before they decide
    how to go on, they decide by ``decide_by`` (rule 10).
    """

    sealed: Sealed
    conflict_by: Deadline | None = None
    advise_by: Deadline | None = None
    decide_by: Deadline | None = None

    news = "legal advice was asked for"
    told = (
        Tell(Audience.LEGAL_TEAM, Letter.DECIDE, _no_conflict_is_recorded),
        Tell(Audience.NEIGHBOUR_LAWYER, Letter.DECIDE),
        Tell(Audience.IRO),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the legal team asked, or the neighbouring authority's lawyer."""
        legal = challenge[LEGAL]
        considered, asked = legal.considered or event.number, legal.asked or event.number
        after = challenge.keep(LEGAL, replace(legal, considered=considered, asked=asked))
        for one in _after_cafcass(challenge) if self.decide_by else ():
            after = ask(
                *(after, one.purpose, self.decide_by, event, one.key),
                outlives=one.outlives,
                whose=one.whose,
            )
        if self.conflict_by:
            return ask(
                *(after, Purpose.SAY_CONFLICT, self.conflict_by, event, _CONFLICT_KEY),
                outlives=True,
                whose=Capacity.LAWYER,
            )
        if self.advise_by:
            return _asked_to_advise(after, self.advise_by, event, Capacity.NEIGHBOUR_LAWYER)
        return after

    def line(self, seen: Seen) -> str:
        """Return who asked."""
        return f"{seen.who} asked for independent legal advice"

    def written(self) -> Iterator[Written]:
        """Yield the sums behind the dates; the question itself is not here."""
        for label, by in (
            ("Conflict of interest to be recorded by", self.conflict_by),
            ("Advice to be given by", self.advise_by),
            ("IRO to decide how to go on after Cafcass’s answer by", self.decide_by),
        ):
            # Only for these: whoever corrects it may write what is privileged.
            yield Written(label, by.why if by else "", _READ_CONFLICTS)


def _after_cafcass(challenge: Challenge) -> tuple[Question, ...]:
    """Return the question how to go on after Cafcass's answer, if the IRO has it.

    Asking for legal advice first moves its date once: what moved already stays.
    """
    return tuple(
        one
        for one in challenge.asked
        if one.purpose is Purpose.AFTER_CAFCASS
        if not isinstance(challenge.events[one.since - 1].fact, AdviceAsked)
    )


def decides_after_advice(challenge: Challenge, now: datetime, council: Council) -> Deadline | None:
    """Return by when the IRO decides how to go on after Cafcass, if they ask a lawyer first.

    These are the days in which a lawyer can be found and advise, and those in which the IRO decides
    after Cafcass's answer. ``None`` if it does not wait for that decision, or was moved already.
    """
    procedure = council.procedure
    days = procedure.say_conflict_within + procedure.name_lawyer_within + procedure.advise_within
    if not _after_cafcass(challenge):
        return None
    return council.within(days + procedure.after_cafcass_within, now)


def _asked_to_advise(
    challenge: Challenge, by: Deadline, event: Event, whose: Capacity
) -> Challenge:
    """Return it with a lawyer asked to advise ``by`` then, unless they are asked already."""
    if challenge.question_by(_ADVICE_KEY):
        return challenge
    return ask(
        *(challenge, Purpose.GIVE_ADVICE, by, event, _ADVICE_KEY), outlives=True, whose=whose
    )


@value
class AskForAdvice(Command):
    """Ask for independent legal advice, as the IRO; the question is ``sealed`` already."""

    sealed: Sealed

    called = "Ask for legal advice"
    who = (May(Capacity.IRO, _ANY),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AdviceAsked | BriefingDue]:
        """Yield the request, and that a briefing is due. Nobody can refuse it."""
        legal, council = challenge[LEGAL], hand.council
        procedure = council.procedure
        conflict_by = advise_by = None
        if legal.conflict is not True:
            conflict_by = council.within(procedure.say_conflict_within, hand.now)
        elif legal.neighbour:
            advise_by = council.within(procedure.advise_within, hand.now)
        decide_by = decides_after_advice(challenge, hand.now, council)
        yield AdviceAsked(self.sealed, conflict_by, advise_by, decide_by)
        yield from briefing_due(challenge, hand.now, council)


@value
class NoAdviceSought(Fact):
    """The IRO considered independent legal advice, and does not seek it."""

    news = "legal advice was considered"
    told = ()

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it as considered."""
        legal = challenge[LEGAL]
        return challenge.keep(LEGAL, replace(legal, considered=legal.considered or event.number))

    def line(self, seen: Seen) -> str:
        """Return who considered it."""
        return f"{seen.who} considered independent legal advice, and does not seek it now"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


@value
class SayNoAdviceNeeded(Command):
    """Record, as the IRO, that you considered legal advice and do not need it now."""

    called = "Record that you do not need legal advice"
    who = (May(Capacity.IRO, _ANY),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[NoAdviceSought | BriefingDue]:
        """Yield that it was considered, and that a briefing is due all the same."""
        yield NoAdviceSought()
        yield from briefing_due(challenge, hand.now, hand.council)


# Conflicts of interest ---------------------------------------------------------------------------


def _there_is_a_conflict(_challenge: Challenge, event: Event) -> bool:
    return isinstance(event.fact, ConflictSaid) and event.fact.conflict


@value
class ConflictSaid(Fact):
    """A lawyer of the council said whether there is a conflict of interest.

    By ``by`` the legal team names a neighbouring authority's lawyer if there is one, and otherwise
    whoever said so gives the advice; ``None`` if nobody waits for it.
    """

    conflict: bool
    by: Deadline | None = None

    news = "it is recorded whether there is a conflict of interest"
    told = (
        Tell(Audience.LEGAL_TEAM, Letter.DECIDE, _there_is_a_conflict),
        Tell(Audience.IRO),
        Tell(Audience.LEGAL_SUPPORT),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the advice asked of whoever may give it, or their name."""
        legal, after = challenge[LEGAL], settle(challenge, _CONFLICT_KEY)
        if self.conflict:
            after = after.keep(LEGAL, replace(legal, conflict=True, acting=()))
            return ask(
                *(settle(after, _ADVICE_KEY), Purpose.NAME_LAWYER, self.by, event, _LAWYER_KEY),
                outlives=True,
                whose=Capacity.LAWYER,
            )
        acting = tuple(dict.fromkeys([*legal.acting, event.actor.officer]))
        after = after.keep(LEGAL, replace(legal, conflict=False, acting=acting))
        return _asked_to_advise(after, self.by, event, Capacity.LAWYER) if self.by else after

    def line(self, seen: Seen) -> str:
        """Return who said so, and not what."""
        return f"{seen.who} said whether there is a conflict of interest"

    def written(self) -> Iterator[Written]:
        """Yield what they said, and the sum behind the date."""
        yield Written("Conflict of interest", "Yes" if self.conflict else "No", _READ_CONFLICTS)
        yield Written("The next step is due by", self.by.why if self.by else "", _READ_CONFLICTS)


@value
class SayConflict(Command):
    """Say, as a lawyer of the council, whether there is a conflict of interest."""

    conflict: bool | None

    called = "Say whether there is a conflict of interest"
    who = (May(Capacity.LAWYER, _ANY, NO_CONFLICT),)
    settles = (Purpose.SAY_CONFLICT,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ConflictSaid]:
        """Yield what was said."""
        problems, procedure = Problems(), hand.council.procedure
        asked = challenge.question_by(_CONFLICT_KEY) is not None
        said = not asked and hand.actor.officer in challenge[LEGAL].acting
        choose = "Choose whether there is a conflict of interest."
        problems.refuse_if("conflict", self.conflict is None, choose)
        already = "You have said already that there is none. You can still say that there is one."
        problems.refuse_if("conflict", self.conflict is False and said, already)
        problems.check()
        if self.conflict:
            by = hand.council.within(procedure.name_lawyer_within, hand.now)
            yield ConflictSaid(conflict=True, by=by)
            return
        advise_by = hand.council.within(procedure.advise_within, hand.now) if asked else None
        yield ConflictSaid(conflict=False, by=advise_by)


@value
class NeighbourNamed(Fact):
    """``officer`` (an id), called ``name``, is the neighbouring authority's lawyer who acts.

    They advise by ``advise_by``. From now on no lawyer of the council does.
    """

    officer: str
    name: str
    advise_by: Deadline

    news = "a lawyer of a neighbouring authority was named"
    told = (
        Tell(Audience.NEIGHBOUR_LAWYER, Letter.DECIDE),
        Tell(Audience.IRO),
        Tell(Audience.LEGAL_SUPPORT),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with that lawyer asked to advise."""
        after = challenge
        for key in (_CONFLICT_KEY, _LAWYER_KEY, _ADVICE_KEY):
            after = settle(after, key)
        legal = replace(challenge[LEGAL], conflict=True, acting=(), neighbour=self.officer)
        after = after.keep(LEGAL, legal)
        return _asked_to_advise(after, self.advise_by, event, Capacity.NEIGHBOUR_LAWYER)

    def line(self, _seen: Seen) -> str:
        """Return that one was named."""
        return "A lawyer of a neighbouring authority was named"

    def written(self) -> Iterator[Written]:
        """Yield the lawyer's name, and the sum behind the date."""
        yield Written("Lawyer", self.name, _READ_CONFLICTS)
        yield Written("Advice to be given by", self.advise_by.why, EVERYBODY)


def lawyers_to_name(council: Council) -> dict[str, str]:
    """Return the lawyers of neighbouring authorities in the directory: id → name, by name."""
    directory = council.directory
    holders = {post.holder for post in directory.posts_of(Role.NEIGHBOUR_LAWYER)}
    lawyers = [one for one in directory.officers.values() if one.id in holders]
    return {one.id: one.name for one in sorted(lawyers, key=lambda one: one.name)}


@value
class NameLawyer(Command):
    """Name a neighbouring authority's lawyer (an officer's id), as the legal team.

    Where the council has no lawyer, the SRSM does it.
    """

    officer: str

    called = "Name a lawyer of a neighbouring authority"
    who = (
        May(Capacity.LAWYER, _ANY, _CONFLICT),
        May(Capacity.SRSM, _ANY, _NO_LEGAL_TEAM),
    )
    settles = (Purpose.NAME_LAWYER, Purpose.SAY_CONFLICT, Purpose.GIVE_ADVICE)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[NeighbourNamed]:
        """Yield whom they named."""
        problems, found = Problems(), lawyers_to_name(hand.council)
        sentence = "Choose a lawyer from the list. A directory administrator can add one."
        problems.refuse_if("officer", self.officer not in found, sentence)
        same = bool(self.officer) and self.officer == challenge[LEGAL].neighbour
        problems.refuse_if("officer", same, "They act already. Choose another lawyer.")
        problems.check()
        by = hand.council.within(hand.council.procedure.advise_within, hand.now)
        yield NeighbourNamed(self.officer, found[self.officer], by)


# The advice --------------------------------------------------------------------------------------


@value
class AdviceGiven(Fact):
    """The lawyer acting gave legal advice, which is ``sealed``."""

    sealed: Sealed

    news = "legal advice was given"
    told = (Tell(Audience.IRO, at_once=True), Tell(Audience.LEGAL_SUPPORT))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with nobody asked to advise."""
        return settle(challenge, _ADVICE_KEY)

    def line(self, _seen: Seen) -> str:
        """Return that it was given."""
        return "Independent legal advice was given"

    def written(self) -> Iterator[Written]:
        """Yield nothing: the advice itself is not here."""
        yield from ()


_WHAT: dict[type[Fact], str] = {AdviceAsked: "Question to the lawyer", AdviceGiven: "Advice"}


@value
class GiveAdvice(Command):
    """Give legal advice, as the lawyer acting; it is ``sealed`` already."""

    sealed: Sealed

    called = "Give legal advice"
    who = (
        May(Capacity.LAWYER, _ANY, _SAID_NONE),
        May(Capacity.NEIGHBOUR_LAWYER, _ANY, _CONFLICT),
    )
    settles = (Purpose.GIVE_ADVICE,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AdviceGiven]:
        """Yield that it was given: of the council only by one who said there is no conflict."""
        if not reads_advice(challenge, hand.actor.officer, hand.council, hand.today):
            message = (
                "Say first whether you have a conflict of interest, on the challenge’s page. If "
                "you have none, you can read the question and give your advice."
            )
            raise NotAllowedError(message)
        yield AdviceGiven(self.sealed)


# An SRSM with a conflict -------------------------------------------------------------------------


@value
class ManagerConflicted(Fact):
    """``manager`` (an officer's id), who is the SRSM, has a conflict of interest.

    They never see the advice. The Senior IRO Manager supports the IRO instead.
    """

    manager: str

    news = "the Senior IRO Manager now supports the IRO with legal advice"
    told = (
        Tell(Audience.LEGAL_SUPPORT, at_once=True),
        Tell(Audience.IRO),
        Tell(Audience.SRSM),
    )

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it without the advice for that manager; the briefing is the Senior's to give."""
        legal = challenge[LEGAL]
        after = challenge.keep(LEGAL, replace(legal, conflicted=legal.conflicted | {self.manager}))
        return with_question(after, BRIEF_KEY, whose=Capacity.SENIOR_IRO_MANAGER)

    def line(self, seen: Seen) -> str:
        """Return who recorded it, and not why."""
        return f"{seen.who} recorded that the Senior IRO Manager supports the IRO with legal advice"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def managers_to_name(challenge: Challenge, council: Council, today: date) -> dict[str, str]:
    """Return who is or covers the SRSM today, without those recorded: id → name."""
    conflicted = challenge[LEGAL].conflicted
    posts = [council.directory.posts[post] for post in council.posts(challenge, Role.SRSM)]
    people = council.people(challenge, Role.SRSM, today)
    holders = [council.directory.officers.get(post.holder or "") for post in posts]
    found = {one.id: one.name for one in (*people, *holders) if one}
    return {id_: name for id_, name in found.items() if id_ not in conflicted}


@value
class SayManagerConflict(Command):
    """Record that the SRSM (``manager``, an officer's id) has a conflict of interest."""

    manager: str

    called = "Record a manager’s conflict of interest"
    who = (
        May(Capacity.IRO, _ANY),
        May(Capacity.SRSM, _ANY),
        May(Capacity.LAWYER, _ANY, NO_CONFLICT),
        May(Capacity.NEIGHBOUR_LAWYER, _ANY),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[ManagerConflicted]:
        """Yield who never sees the advice."""
        problems = Problems()
        known = managers_to_name(challenge, hand.council, hand.today)
        problems.refuse_if("manager", self.manager not in known, "Choose who has the conflict.")
        problems.check()
        yield ManagerConflicted(self.manager)


# Opening it to a cover or a new IRO --------------------------------------------------------------


@value
class AdviceOpened(Fact):
    """The legal advice was opened to ``officer`` (an id), a cover or a new IRO."""

    officer: str

    news = "the legal advice was opened to somebody"
    told = (Tell(Audience.IRO), Tell(Audience.LEGAL_SUPPORT))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the advice open to them."""
        legal = challenge[LEGAL]
        return challenge.keep(LEGAL, replace(legal, opened=legal.opened | {self.officer}))

    def line(self, seen: Seen) -> str:
        """Return who opened it to whom."""
        return f"{seen.who} opened the legal advice to {seen.officer(self.officer)}"

    def written(self) -> Iterator[Written]:
        """Yield nothing: nobody wrote any words."""
        yield from ()


def to_open_to(challenge: Challenge, council: Council, today: date) -> dict[str, str]:
    """Return to whom the advice can be opened today: id → name.

    They cover for the IRO or the SRSM, are the new IRO, or may be appointed as one.
    """
    directory, legal = council.directory, challenge[LEGAL]
    covers = [
        person
        for post in overseeing_posts(Capacity.SRSM, challenge, council, today)
        for person in directory.people(post, today)
        if person.id != directory.posts[post].holder
    ]
    iros = directory.acting_for_iro(challenge.iro, today)
    found = {one.id: one.name for one in (*iros, *covers)}
    found |= iros_to_appoint(challenge, council, today)
    return {
        id_: name
        for id_, name in found.items()
        if id_ not in legal.opened | legal.conflicted
        if any(
            not reads_advice(challenge, id_, council, today, piece) for piece in pieces(challenge)
        )
    }


def why_opens(challenge: Challenge, officer: str, council: Council, today: date) -> str:
    """Return by what right ``officer`` may open the advice today, in words; empty if by none.

    The IRO may, for what they read themselves. The Senior IRO Manager may in the absence of the
    IRO: who is away, has left, or is new and cannot read what is older.
    """
    iro = challenge.iro
    if officer == iro:
        return "you are the IRO" if _reads_all(challenge, iro, council, today) else ""
    senior = Capacity.SENIOR_IRO_MANAGER in capacities(challenge, officer, council, today)
    if not senior:
        return ""
    absence = absence_of_iro(challenge, council, today)
    if absence:
        return str(absence)
    return "" if _reads_all(challenge, iro, council, today) else "the IRO is new"


def _reads_all(challenge: Challenge, officer: str, council: Council, today: date) -> bool:
    return all(
        reads_advice(challenge, officer, council, today, piece) for piece in pieces(challenge)
    )


@value
class OpenAdvice(Command):
    """Open the legal advice to ``officer`` (an id), who covers for the IRO or is the new one."""

    officer: str

    called = "Open the legal advice to somebody"
    who = (
        May(Capacity.IRO, _ANY, _ASKED_FOR),
        May(Capacity.SENIOR_IRO_MANAGER, _ANY, _ASKED_FOR),
    )
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AdviceOpened]:
        """Yield to whom it was opened."""
        council, today = hand.council, hand.today
        if not why_opens(challenge, hand.actor.officer, council, today):
            message = (
                "Only the IRO can open the legal advice to somebody, or the Senior IRO Manager "
                "while the IRO is away. Ask one of them."
            )
            raise NotAllowedError(message)
        problems = Problems()
        known = self.officer in to_open_to(challenge, council, today)
        problems.refuse_if("officer", not known, "Choose who may read the advice.")
        problems.check()
        yield AdviceOpened(self.officer)


LEGAL_ADVICE = Part(
    11,
    "Legal advice",
    facts=(
        *(AdviceAsked, NoAdviceSought, ConflictSaid, NeighbourNamed, AdviceGiven),
        *(ManagerConflicted, AdviceOpened),
    ),
    acts=(
        *(AskForAdvice, SayNoAdviceNeeded, SayConflict, NameLawyer, GiveAdvice),
        *(SayManagerConflict, OpenAdvice),
    ),
)
