"""Rule 4: agreeing to another IRO, appointing one, and objecting to it."""

from __future__ import annotations

from domain.rules.appointing import (
    AgreeToAnotherIro,
    AnotherIroAgreed,
    AppointIro,
    Because,
    IroAppointed,
    ObjectToIro,
    iros_to_appoint,
    what_allows_it,
)
from handlers.pages.acts.page import ActPage, Scene, asks, reason, said, words
from handlers.pages.kit import Field, Kind, Option

__all__ = ["AGREE_TO_ANOTHER_IRO", "APPOINT_IRO", "OBJECT_TO_IRO"]


def _iros(scene: Scene) -> tuple[Field, ...]:
    found = iros_to_appoint(scene.challenge, scene.council, scene.today)
    options = tuple(Option(id_, name) for id_, name in found.items())
    return (
        Field("iro", Kind.SELECT, "Who is the IRO from now on?", options=options),
        reason("Why are you appointing another IRO?"),
    )


def _appointing(scene: Scene) -> tuple[str, ...]:
    """Return what happens, and what allows it or who can do it instead."""
    because = what_allows_it(scene.challenge, scene.capacities, scene.council, scene.today)
    iro = scene.officer_named(scene.challenge.iro)
    allowed = {
        Because.LEFT: f"You can do this because {iro} has left the post of IRO.",
        Because.AWAY: f"You can do this because somebody covers for {iro} today.",
        Because.AGREED: f"You can do this because {iro} has agreed.",
        Because.SENIOR: "You can do this as the Senior IRO Manager.",
        None: f"You cannot do this now: {iro} is not away and has not agreed. {iro} can agree on "
        "this challenge’s page, or the Senior IRO Manager can appoint another IRO.",
    }[because]
    if because is Because.LEFT:
        return (
            allowed,
            "The new IRO has the challenge from now on, and is told.",
            "They can object on the record.",
        )
    return (
        allowed,
        "The new IRO has the challenge from now on. Both IROs are told.",
        f"{iro} can still read it. Either of them can object on the record.",
    )


AGREE_TO_ANOTHER_IRO = ActPage(
    AgreeToAnotherIro,
    "agree-to-another-iro",
    "Agree to another IRO",
    said(
        "The Safeguarding & Review Service Manager is told, and can then appoint another IRO. "
        "Until they do, the challenge stays yours.",
    ),
    asks(words("Why should another IRO take over?")),
    lambda read, _: AgreeToAnotherIro(read.words("words")),
    offered=lambda scene: scene.officer.id == scene.challenge.iro,
)

APPOINT_IRO = ActPage(
    AppointIro,
    "appoint-iro",
    "Appoint this IRO",
    _appointing,
    _iros,
    lambda read, _: AppointIro(read.form.get("iro", ""), read.words("reason")),
    offered=lambda scene: bool(_iros(scene)[0].options),
    done="Another IRO was appointed.",
    checks=True,
    about=(AnotherIroAgreed,),
)

OBJECT_TO_IRO = ActPage(
    ObjectToIro,
    "object-to-iro",
    "Record your objection",
    said(
        "Your objection is put on the record, and the Safeguarding & Review Service Manager and "
        "the Senior IRO Manager are told. The appointment does not change.",
    ),
    asks(words("Why do you object?")),
    lambda read, _: ObjectToIro(read.words("words")),
    about=(IroAppointed,),
)
