"""Rule 4, another IRO: the SRSM or the Senior IRO Manager appoints one, with a reason.

The SRSM may do so only where the IRO is away, has left, or agreed on the record; otherwise it is
the Senior IRO Manager's to do. Both IROs are told, and either may object on the record. The one
before reads on while they are an IRO of this council (rule 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.challenge import Challenge, Slot
from domain.directory import why_not_iro
from domain.errors import NotAllowedError
from domain.events import Event, Fact
from domain.part import EVERYBODY, Command, Hand, If, May, Part, Problems, Seen, Tell, Written
from domain.people import IROS_BEFORE, IroBefore
from domain.values import value
from domain.vocabulary import OPEN, WAKES_ENDED, Audience, Capacity, Letter, Purpose

if TYPE_CHECKING:
    from datetime import date

    from domain.council import Council

__all__ = [
    "APPOINTING",
    "AgreeToAnotherIro",
    "AnotherIroAgreed",
    "AppointIro",
    "Because",
    "IroAppointed",
    "ObjectToIro",
    "ObjectedToIro",
    "absence_of_iro",
    "iros_to_appoint",
    "what_allows_it",
]

#: Whether the present IRO has agreed on the record that another one takes over.
_AGREED = Slot("another_iro_agreed", empty=False)


class Because(StrEnum):
    """What allowed the appointment of another IRO."""

    LEFT = "the IRO has left"
    AWAY = "the IRO is away"
    AGREED = "the IRO agreed"
    SENIOR = "the Senior IRO Manager decided it"


# The IRO agrees ----------------------------------------------------------------------------------


@value
class AnotherIroAgreed(Fact):
    """The IRO agreed that another one takes over."""

    words: str

    news = "the IRO agrees to another IRO"
    told = (Tell(Audience.SRSM),)

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the agreement, which ends with the next appointment."""
        return challenge.keep(_AGREED, value=True)

    def line(self, seen: Seen) -> str:
        """Return who agreed."""
        return f"{seen.who} agreed that another IRO takes over this challenge"

    def written(self) -> Iterator[Written]:
        """Yield their reason."""
        yield Written("In their words", self.words, EVERYBODY)


_NOT_AGREED = If(
    "they have not agreed yet (rule 4)", lambda challenge, _council: not challenge[_AGREED]
)


@value
class AgreeToAnotherIro(Command):
    """Agree, as the IRO, that another one takes over, so that the SRSM can appoint one."""

    words: str

    called = "Agree to another IRO"
    who = (May(Capacity.IRO, OPEN, _NOT_AGREED),)
    settles = ()

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[AnotherIroAgreed]:
        """Yield the agreement, which only the IRO can give: nobody gives it as their cover."""
        if hand.actor.officer != challenge.iro:
            message = (
                "Only the IRO can agree to another IRO. You cover for them, so the Safeguarding & "
                "Review Service Manager can appoint one without it."
            )
            raise NotAllowedError(message)
        problems = Problems()
        problems.need("words", self.words, "Enter why another IRO should take over.")
        problems.check()
        yield AnotherIroAgreed(self.words)


# The appointment ---------------------------------------------------------------------------------


@value
class IroAppointed(Fact):
    """Another IRO was appointed (rules 4 and 15).

    ``because`` says what allowed it; ``None`` in records from before 2026-11.9.
    """

    iro: str
    reason: str
    because: Because | None = None

    news = "another IRO is appointed"
    told = (
        Tell(Audience.IRO, Letter.DECIDE),
        Tell(Audience.IRO_BEFORE),
        Tell(Audience.SRSM),
        Tell(Audience.SENIOR),
    )

    def changes(self, challenge: Challenge, event: Event) -> Challenge:
        """Return it with the new IRO, who also has the old one's tasks."""
        before = IroBefore(challenge.iro, event.number)
        after = challenge.keep(IROS_BEFORE, (*challenge[IROS_BEFORE], before))
        return replace(after.keep(_AGREED, value=False), iro=self.iro)

    def line(self, seen: Seen) -> str:
        """Return who the IRO is."""
        return f"{seen.officer(self.iro)} is the IRO of this challenge from now on"

    def written(self) -> Iterator[Written]:
        """Yield the reason, and what allowed it."""
        yield Written("Reason", self.reason, EVERYBODY)
        yield Written("This was possible because", self.because or "", EVERYBODY)


def iros_to_appoint(challenge: Challenge, council: Council, today: date) -> dict[str, str]:
    """Return the officers who may be appointed: id → name, sorted by name.

    That is another IRO or the SRSM, and nobody who manages the case or the resources (rule 15).
    """
    directory = council.directory
    found = {
        person.id: person.name
        for post in directory.posts_of_iros
        for person in directory.people(post.id, today)
        if person.id != challenge.iro and not why_not_iro(person.id, directory.posts.values())
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def absence_of_iro(challenge: Challenge, council: Council, today: date) -> Because | None:
    """Return whether the IRO has left or is away today, as the directory says; ``None`` if not."""
    directory, iro = council.directory, challenge.iro
    if directory.has_left(iro):
        return Because.LEFT
    posts = directory.posts_of_iros
    acts = any(one.id == iro for post in posts for one in directory.people(post.id, today))
    return None if acts else Because.AWAY


def what_allows_it(
    challenge: Challenge, who: frozenset[Capacity], council: Council, today: date
) -> Because | None:
    """Return what allows somebody in the capacities ``who`` to appoint another IRO today."""
    absence = absence_of_iro(challenge, council, today)
    if absence:
        return absence
    if challenge[_AGREED]:
        return Because.AGREED
    return Because.SENIOR if Capacity.SENIOR_IRO_MANAGER in who else None


#: While it is open, or while something is left to do, or to be asked, after its end.
_AT = (*OPEN, *WAKES_ENDED)


@value
class AppointIro(Command):
    """Appoint another IRO (an officer's id), as the SRSM or the Senior IRO Manager."""

    iro: str
    reason: str

    called = "Appoint another IRO"
    who = (May(Capacity.SRSM, _AT), May(Capacity.SENIOR_IRO_MANAGER, _AT))
    settles = (Purpose.APPOINT_IRO,)

    def follows(self, challenge: Challenge, hand: Hand) -> Iterator[IroAppointed]:
        """Yield the appointment, if the IRO is away, has left or agreed, or by the Senior."""
        problems = Problems()
        because = what_allows_it(challenge, hand.capacities, hand.council, hand.today)
        known = self.iro in iros_to_appoint(challenge, hand.council, hand.today)
        problems.refuse_if("iro", not known, "Choose another officer who is an IRO.")
        problems.refuse_if(
            "iro",
            because is None,
            "The IRO is not away and has not agreed. Ask them to agree on this challenge’s page, "
            "or ask the Senior IRO Manager to appoint another IRO.",
        )
        problems.need("reason", self.reason, "Enter why you are appointing another IRO.")
        problems.check()
        yield IroAppointed(self.iro, self.reason, because)


# Objections --------------------------------------------------------------------------------------


@value
class ObjectedToIro(Fact):
    """One of the two IROs objected to the appointment. It stands all the same."""

    words: str

    news = "an IRO objects to the appointment"
    told = (Tell(Audience.SRSM), Tell(Audience.SENIOR))

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it as it is."""
        return challenge

    def line(self, seen: Seen) -> str:
        """Return who objected."""
        return f"{seen.who} objected to the appointment of another IRO"

    def written(self) -> Iterator[Written]:
        """Yield their reasons."""
        yield Written("In their words", self.words, EVERYBODY)


_APPOINTED = If(
    "another IRO was appointed (rule 4)", lambda challenge, _council: bool(challenge[IROS_BEFORE])
)


@value
class ObjectToIro(Command):
    """Object, as one of the two IROs, to the appointment of another IRO."""

    words: str

    called = "Object to the appointment of another IRO"
    who = (May(Capacity.IRO_BEFORE, OPEN), May(Capacity.IRO, OPEN, _APPOINTED))
    settles = ()

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[ObjectedToIro]:
        """Yield the objection."""
        problems = Problems()
        problems.need("words", self.words, "Enter why you object.")
        problems.check()
        yield ObjectedToIro(self.words)


APPOINTING = Part(
    4,
    "Another IRO",
    facts=(AnotherIroAgreed, IroAppointed, ObjectedToIro),
    acts=(AgreeToAnotherIro, AppointIro, ObjectToIro),
)
