"""Rule 7: revising a deadline, objecting to that, and deciding about the objection."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from domain.moments import day_in_words
from domain.people import posts_in_words
from domain.rules.revising import (
    DeadlineRevised,
    DecideObjection,
    Object,
    Objected,
    ReviseDeadline,
    earlier_date,
    objectable,
    objection_to,
    objections,
    revisable,
    to_revise,
)
from domain.vocabulary import Capacity, Purpose
from domain.writing import capitalised
from handlers.pages.acts.page import ActPage, Confirm, Scene, reason, words
from handlers.pages.kit import Field, Kind, Option, working_day

if TYPE_CHECKING:
    from domain.part import Command
    from domain.rules.revising import Dated
    from handlers.pages.kit import Reading

__all__ = ["DECIDE_OBJECTION", "OBJECT", "REVISE_DEADLINE"]


def _which(found: tuple[Dated, ...], label: str, hints: dict[str, str]) -> Field:
    options = tuple(
        Option(one.key, capitalised(one.called), hints.get(one.key, _due(one))) for one in found
    )
    only = options[0].value if len(options) == 1 else ""
    return Field("what", Kind.RADIOS, label, options=options, value=only)


def _due(one: Dated) -> str:
    now = f"It is the end of {day_in_words(one.day)}."
    if one.day == one.ledger.first.day:
        return now
    return f"{now} The first date was {day_in_words(one.ledger.first.day)}."


def _iros(scene: Scene) -> str:
    return scene.officer_named(scene.challenge.iro)


# Revise ------------------------------------------------------------------------------------------


def _after_silence(scene: Scene) -> tuple[str, ...]:
    """Return what follows if a deadline is revised that has passed without a reply."""
    challenge = scene.challenge
    question = challenge.decision
    silent = question is not None and question.purpose is Purpose.DECIDE_SILENCE
    if not silent:
        return ()
    asked = posts_in_words(challenge.request.posts, scene.council)
    return (
        (
            f"No reply came by the deadline, and {_iros(scene)} has to decide what happens next. "
            f"If you revise it, {asked} can reply until the new date, and hears of it at once."
        ),
        (
            f"{_iros(scene)} can still decide before then: move the challenge up, ask again or "
            "end it. If no reply comes by the new date, they have to decide then."
        ),
    )


def _revising(scene: Scene) -> tuple[str, ...]:
    end = scene.challenge.period
    whose = [one.turn for one in to_revise(scene.challenge, scene.capacities)]
    senior = Capacity.SENIOR_IRO_MANAGER in scene.capacities
    who = "Only you, as the Senior IRO Manager," if senior else "Only the Senior IRO Manager"
    beyond = f"{who} can move a reply beyond the 20-working-day limit"
    limit = (f"{beyond}, {day_in_words(end.day)}. That limit does not move.",) if end else ()
    first = (
        ("A second revision of the same deadline is for the Senior IRO Manager.",)
        if Capacity.SRSM in whose and not senior
        else ()
    )
    decided = "you have decided" if senior else "the Senior IRO Manager has decided"
    return (
        *_after_silence(scene),
        "The record also keeps the first date.",
        *limit,
        *first,
        f"{_iros(scene)} is told and can object. Then the earlier date holds until {decided}.",
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    found = to_revise(scene.challenge, scene.capacities)
    return (
        _which(found, "Which deadline?", {}),
        working_day(
            *("day", "What is the new date?"),
            *(scene.council.calendar.add(scene.today, 1), scene.council.calendar),
        ),
        reason("Why is the deadline revised?", by_link=any(one.of_reply for one in found)),
    )


def _build(read: Reading, scene: Scene) -> Command:
    what = read.key("what", "Choose which deadline to revise.")
    return ReviseDeadline(read.day("day", scene.today), read.words("reason"), what)


def _shortening(command: Command, scene: Scene) -> Confirm | None:
    """Return what to confirm if the deadline becomes shorter; ``None`` otherwise."""
    found = revisable(scene.challenge)
    one = next((one for one in found if one.key == getattr(command, "what", "")), None)
    if not isinstance(command, ReviseDeadline) or one is None or command.day >= one.day:
        return None
    return Confirm(f"This makes {one.called} earlier", (), "Make it earlier")


REVISE_DEADLINE = ActPage(
    ReviseDeadline,
    "revise-deadline",
    "Revise the deadline",
    _revising,
    _fields,
    _build,
    offered=lambda scene: bool(to_revise(scene.challenge, scene.capacities)),
    confirms=_shortening,
    checks=True,
)


# Object ------------------------------------------------------------------------------------------


def _objecting(scene: Scene) -> tuple[str, ...]:
    return (
        "Until the Senior IRO Manager has decided, the earlier of the two dates holds.",
        (
            "They have 1 working day to decide. The Safeguarding & Review Service Manager is told, "
            "and so is whoever is due by the date, if it moves."
        ),
        *(
            ("If no reply comes by the earlier date, the challenge goes on as after silence.",)
            if any(one.of_reply for one in objectable(scene.challenge))
            else ()
        ),
    )


def _to_object(scene: Scene) -> tuple[Field, ...]:
    found = objectable(scene.challenge)
    hints = {
        one.key: f"It was revised to the end of {day_in_words(one.day)}. The end of "
        f"{day_in_words(earlier_date(one, scene.council).day)} would hold."
        for one in found
    }
    return (
        _which(found, "Which revised deadline?", hints),
        words("Why do you object to the revised deadline?"),
    )


OBJECT = ActPage(
    Object,
    "object",
    "Record your objection",
    _objecting,
    _to_object,
    lambda read, _: Object(
        read.words("words"), read.key("what", "Choose the deadline that you object to.")
    ),
    offered=lambda scene: bool(objectable(scene.challenge)),
    about=(DeadlineRevised,),
)


# Decide ------------------------------------------------------------------------------------------


class _Decision(StrEnum):
    """What the Senior IRO Manager can decide."""

    UPHELD = "upheld"
    STANDS = "stands"


def _deciding(scene: Scene) -> tuple[str, ...]:
    challenge, said = scene.challenge, []
    for one in revisable(challenge):
        objection = objection_to(challenge, one.key)
        if objection:
            said.append(
                f"{capitalised(one.called)} was the end of {day_in_words(objection.before.day)}, "
                f"and was revised to the end of {day_in_words(objection.revised.day)}. "
                f"{_iros(scene)} objected. The end of {day_in_words(one.day)} holds until you "
                "decide."
            )
    return (*said, "The reasons of both are on the record, on the challenge’s page.")


def _to_decide(scene: Scene) -> tuple[Field, ...]:
    challenge = scene.challenge
    open_ = {one.what for one in objections(challenge)}
    found = tuple(one for one in revisable(challenge) if one.key in open_)
    return (
        _which(found, "Which deadline?", {}),
        Field(
            "decision",
            Kind.RADIOS,
            "What do you decide?",
            options=(
                Option(_Decision.UPHELD, "The objection is upheld", "The date before counts."),
                Option(_Decision.STANDS, "The revision stands", "The revised date counts."),
            ),
        ),
        reason("What are your reasons?"),
    )


def _decided(read: Reading, _scene: Scene) -> Command:
    what = read.key("what", "Choose the deadline.")
    ask = "Choose whether the objection is upheld."
    decision = read.choice("decision", _Decision, _Decision.UPHELD, ask)
    return DecideObjection(what, decision is _Decision.UPHELD, read.words("reason"))


DECIDE_OBJECTION = ActPage(
    DecideObjection,
    "decide-objection",
    "Record your decision",
    _deciding,
    _to_decide,
    _decided,
    offered=lambda scene: bool(objections(scene.challenge)),
    checks=True,
    about=(DeadlineRevised, Objected),
)
