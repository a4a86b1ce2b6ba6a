"""Rule 22: a record about the wrong child is sealed, and raised for the right child."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.wiring import casebook
from domain.form import Answered, Child, ChildsRights, GoodPractice, Urgency
from domain.ladder import Stage, either
from domain.looks import looker
from domain.moments import day_in_words, local_day, moment_in_words
from domain.named import of_the_same_child, without_sealed
from domain.rules.cafcass import Referred
from domain.rules.endings import same_child
from domain.rules.filing import PlacedOnFile
from domain.rules.good_practice import is_praise
from domain.rules.lateness import days_in_words
from domain.rules.letters_to_child import ChildWrittenTo
from domain.rules.sealing import (
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    CheckTexts,
    DeclineToSeal,
    RightChild,
    SealAsked,
    form_for,
    raised_instead,
    right_child,
    texts_to_check,
)
from domain.timeline import details, headline
from domain.writing import isolated
from handlers import dates
from handlers.pages.acts.childs_rights import read_rights, rights_fields
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    asks,
    read_child,
    reason,
    said,
    team_options,
    words,
)
from handlers.pages.acts.page import worker_options as workers
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from domain.identifying import Part as Piece
    from domain.looks import Look
    from domain.part import Command

__all__ = [
    "AGREE_TO_SEAL",
    "ASK_TO_SEAL",
    "CHECK_LOOKS",
    "CHECK_TEXTS",
    "DECLINE_TO_SEAL",
    "elsewhere",
]

#: Who reads why a record should be sealed, and what was corrected beside it.
_READERS = (
    "Only the IRO, the Senior IRO Manager, auditors and the data protection officer can read it."
)

#: Who reads what goes over to the right child's record.
_READ_THERE = "If the record is sealed, people who work with the right child can read it."

#: What its reply links will show, besides the concerns.
_BY_LINK = ("stage_reason", "tried")

#: What is done for the right child, until somebody says otherwise.
_NOTHING_YET = ChildsRights(*(Answered.NOT_YET,) * 4)

_CHECK_IT = "This is copied from the record. Take out what is about the wrong child."


def _no_email(scene: Scene) -> tuple[str, ...]:
    """Return what happens once it is sealed."""
    people = "you have" if scene.is_iro else "the IRO has"
    if is_praise(scene.challenge):
        return (
            (
                "The sealed record no longer shows in lists or searches. Figures say only how many "
                "records were sealed. Nothing is deleted: an auditor and the data protection "
                "officer can still see it. The data protection officer is told at once, with the "
                "list of who looked at it."
            ),
            (
                "Those who were told of it are not told that it is sealed. Speak to them if they "
                "should know."
            ),
            (
                "The good practice is recorded for the right child in the same step, and does not "
                "mention this record. Their social worker and team manager are told."
            ),
        )
    return (
        (
            "Sealing stops the challenge. Its links stop working, and it no longer shows in lists "
            "or searches. Figures say only how many records were sealed. Nothing is deleted: an "
            "auditor and the data protection officer can still see it. The data protection officer "
            "is told at once, with the list of who looked at it."
        ),
        (
            "Nobody else gets an email, except to say that a meeting still to come is cancelled. "
            f"If {people} asked anybody to do something for the wrong child, speak to them."
        ),
        (
            "The right child’s challenge is raised in the same step, and does not mention this "
            "one. If this one was formal, its 20 working days keep counting there. Agreed "
            "actions do not move across."
        ),
    )


# Others about the same child ---------------------------------------------------------------------


def _also(scene: Scene) -> tuple[str, ...]:
    """Return the references of linked challenges about the same child that are not sealed yet.

    Reopening, and ending as a duplicate, link them: if one is about the wrong child, so are they.
    """
    found = []
    for reference in of_the_same_child(scene.challenge):
        other = casebook().record.chain.load(reference).challenge
        if not other.sealed and same_child(scene.challenge, other):
            found.append(reference)
    return tuple(found)


def _said_of_also(scene: Scene) -> tuple[str, ...]:
    """Return that the others have to be sealed too, if there are any."""
    if not _also(scene):
        return ()
    who = "Ask to seal each of them too" if scene.is_iro else "Make sure each of them is sealed too"
    return (
        (
            "The challenges below are about the same child, and are not sealed. If they are about "
            f"the wrong child as well, this does not seal them. {who}:"
        ),
    )


# Asking ------------------------------------------------------------------------------------------


def _asking(scene: Scene) -> tuple[str, ...]:
    goes_on = "the record stays" if is_praise(scene.challenge) else "the challenge goes on"
    return (
        f"The Senior IRO Manager decides within one working day. Until then {goes_on}.",
        *_no_email(scene),
        *_said_of_also(scene),
    )


def _fields(scene: Scene) -> tuple[Field, ...]:
    """Return the fields: why, the right child, where it begins, and the words that go over."""
    ladder, formal = scene.council.ladder, scene.challenge.period is not None
    stages = tuple(
        Option(
            one.stage,
            one.title if one.stage.formal else f"{one.title} (informal)",
            f"{either(one.responders)} to reply within {days_in_words(one.working_days)}",
        )
        for one in ladder.in_order
        if one.stage.formal or not formal
    )
    child = (
        reason("How did the record come to be about the wrong child?"),
        Field("case_id", Kind.LINE, "Case ID of the right child", width=20),
        Field("initials", Kind.LINE, "Initials", width=5),
        Field("name", Kind.LINE, "Name"),
        Field("date_of_birth", Kind.DAY, "Date of birth"),
        Field("team", Kind.SELECT, "Team", options=team_options(scene)),
        Field("social_worker", Kind.SELECT, "Social worker", options=workers(scene)),
    )
    if good := scene.challenge.raised.good_practice:
        return tuple(map(_with_readers, (*child, *_of_praise(good))))
    fields = (
        *child,
        Field(
            *("stage", Kind.RADIOS, "At which stage should it begin for the right child?"),
            options=stages,
        ),
        Field("stage_reason", Kind.WORDS, "Why at this stage?", lines=3),
        *_of_concerns(scene),
    )
    return tuple(map(_with_readers, fields))


def _with_readers(one: Field) -> Field:
    """Return the field with who will read it, if it takes words."""
    if one.name in _BY_LINK or one.name.startswith(("what-", "outcome-")):
        return replace(one, by_link=True)
    if one.kind is not Kind.WORDS:
        return one
    return replace(one, readers=_READERS if one.name == "reason" else _READ_THERE)


def _of_praise(good: GoodPractice) -> tuple[Field, ...]:
    """Return the words about good practice, to be checked before they go over (rule 18)."""
    difference = "What difference did it make to the child?"
    return (
        Field("well", Kind.WORDS, "What was done well?", _CHECK_IT, value=good.what),
        Field("difference", Kind.WORDS, difference, _CHECK_IT, value=good.difference),
    )


def _of_concerns(scene: Scene) -> tuple[Field, ...]:
    """Return the words of the record, to be checked before they go over."""
    raised = scene.challenge.raised
    urgency = raised.urgency
    found = []
    for number, one in enumerate(raised.concerns, start=1):
        what, outcome = f"Concern {number}: what is wrong?", f"Concern {number}: outcome wanted"
        found += [
            Field(f"what-{number}", Kind.WORDS, what, _CHECK_IT, value=one.what),
            Field(
                *(f"outcome-{number}", Kind.WORDS, outcome, _CHECK_IT),
                value=one.outcome_wanted,
                lines=3,
            ),
        ]
    tried = Field("tried", Kind.WORDS, "What was tried", _CHECK_IT, value=raised.tried)
    views = "What are the right child’s views?"
    after = urgency.too_late_after.isoformat() if urgency.too_late_after else ""
    blank = f"{dates.like(scene.today)} Leave this blank if there is none."
    return (
        *found,
        tried,
        Field("views", Kind.WORDS, views, "In their own words, if you can."),
        *rights_fields(_NOTHING_YET),
        Field("too_late_after", Kind.DAY, "After which date is it too late?", blank, value=after),
        Field(
            *("too_late_why", Kind.WORDS, "Why is it too late then?", _CHECK_IT),
            value=urgency.why,
            lines=2,
        ),
    )


def _ask(read: Reading, scene: Scene) -> AskToSeal:
    old = scene.challenge.raised
    if old.good_practice:
        right = RightChild(
            _child(read, scene),
            read.form.get("social_worker", ""),
            Stage.QAP,
            *("", (), "", ""),
            good_practice=GoodPractice(read.words("well"), read.words("difference")),
        )
        return AskToSeal(read.words("reason"), right)
    concerns = tuple(
        replace(
            one,
            what=read.words(f"what-{number}"),
            outcome_wanted=read.words(f"outcome-{number}"),
        )
        for number, one in enumerate(old.concerns, start=1)
    )
    ask = "Choose the stage at which it begins."
    right = RightChild(
        _child(read, scene),
        read.form.get("social_worker", ""),
        read.choice("stage", Stage, scene.challenge.stage, ask),
        read.words("stage_reason"),
        concerns,
        read.words("tried"),
        read.words("views"),
        read_rights(read),
        Urgency(
            read.day_if_any("too_late_after", scene.today),
            read.words("too_late_why"),
        ),
    )
    return AskToSeal(read.words("reason"), right)


def _child(read: Reading, scene: Scene) -> Child:
    """Return the right child. If any detail has to be corrected, a harmless one takes its place."""
    born = scene.challenge.raised.child.date_of_birth
    return read_child(read, scene, Child("-", "-", "-", born, ""))


def _marks(command: Command, scene: Scene) -> dict[str, tuple[Piece, ...]]:
    """Return the words for the right child, marked where they tell who that or the wrong child is.

    They are marked as on the form that raises a challenge.
    """
    if not isinstance(command, AskToSeal):
        return {}
    from domain.identifying import found_in, names_others, parts, read_by_link, signed_in_only

    raised = form_for(command.right, scene.challenge, scene.council)
    wrong = (scene.challenge.raised.child,)
    texts = dict([*read_by_link(raised), *signed_in_only(raised)])
    found = {**names_others(raised, wrong), **found_in(raised, wrong)}
    return {
        _NAMED.get(one, _of_concern(one)): parts(texts[one], some) for one, some in found.items()
    }


#: The fields of the form that raises a challenge, and what they are called on this page. The others
#: have the same name, or are a concern's.
_NAMED = {"reason": "stage_reason", "rights_why": "why"}


def _of_concern(field: str) -> str:
    """Return the name on this page of a field like ``concerns.0.what``; of others their own."""
    kind, _, rest = field.partition(".")
    number, _, name = rest.partition(".")
    return f"{name}-{int(number) + 1}" if kind == "concerns" else field


ASK_TO_SEAL = ActPage(
    AskToSeal,
    "wrong-child",
    "Ask to seal the record",
    _asking,
    _fields,
    _ask,
    marks=_marks,
    also=_also,
    checks=True,
)


# Deciding ----------------------------------------------------------------------------------------


def _deciding(scene: Scene) -> tuple[str, ...]:
    """Return who the right child is, and what happens."""
    right = right_child(scene.challenge)
    if right is None:
        return _no_email(scene)
    child, title = right.child, scene.council.ladder.title(right.stage)
    begins = f" Their challenge begins at {title}."
    named = (
        f"The right child is {child.name} ({child.initials}), Case ID {child.case_id}, of "
        f"{child.team}.{'' if right.good_practice else begins}"
    )
    asked = _asked_last(scene)
    why = (f"Why the IRO asks: {asked.reason}",) if asked else ()
    read = (
        "Read the words below before you agree: they go on the right child’s record. We marked "
        "what may tell who the wrong child is. If anything is still about the wrong child, "
        "decline, and say what to change."
    )
    return (*why, named, *_no_email(scene), read, *_said_of_also(scene))


def _asked_last(scene: Scene) -> SealAsked | None:
    asked = [one.fact for one in scene.challenge.events if isinstance(one.fact, SealAsked)]
    return asked[-1] if asked else None


#: What the page says already of what was asked, and what does not go over.
_SAID_ABOVE = ("Reason", "The right child", "Their team", "To be decided by")


def _goes_over(scene: Scene) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
    """Return all words that go on the right child's record, the wrong child's details marked."""
    asked = _asked_last(scene)
    if asked is None:
        return ()
    from domain.identifying import parts, passages

    right, wrong = asked.right.child, scene.challenge.raised.child
    return tuple(
        (label, parts(text, passages(text, right, (wrong,))))
        for label, text in details(asked, scene.capacities)
        if label not in _SAID_ABOVE
    )


AGREE_TO_SEAL = ActPage(
    AgreeToSeal,
    "seal",
    "Seal the record",
    _deciding,
    asks(),
    lambda _read, _scene: AgreeToSeal(),
    leads_to=raised_instead,
    also=_also,
    shows=_goes_over,
    done="The record was sealed, and this challenge was raised instead.",
    checks=True,
)

DECLINE_TO_SEAL = ActPage(
    DeclineToSeal,
    "do-not-seal",
    "Decline",
    said("The record stays as it is. The IRO is told, and can ask again."),
    asks(replace(reason("Why is the record not sealed?"), readers="The IRO reads it.")),
    lambda read, _: DeclineToSeal(read.words("reason")),
)


# Siblings' texts ---------------------------------------------------------------------------------


def _texts(scene: Scene) -> tuple[str, ...]:
    named = without_sealed(", ".join(texts_to_check(scene.challenge)), scene.challenge)
    return (
        f"The form about the wrong child raised these challenges too: {named}.",
        (
            "Open each one: the page of this challenge links to it. If its text mentions the wrong "
            "child, correct it there. If its child is not a brother or sister of this one, say so "
            "there too."
        ),
    )


CHECK_TEXTS = ActPage(
    CheckTexts,
    "other-texts",
    "Record that you checked the other texts",
    _texts,
    asks(replace(words("What did you correct?", "If all is right, say so."), readers=_READERS)),
    lambda read, _: CheckTexts(read.words("words")),
)


# Who looked --------------------------------------------------------------------------------------


def _who_looked(scene: Scene) -> tuple[str, ...]:
    """Return a sentence for each person who looked at it: how often, first and last, and how."""
    found: dict[str, list[Look]] = defaultdict(list)
    for look in casebook().record.beside.every_look(scene.challenge.reference):
        found[look.officer].append(look)
    return tuple(_looked(looks, scene) for looks in found.values())


def _looked(looks: list[Look], scene: Scene) -> str:
    name = looker(looks[0].officer, scene.challenge, scene.council, scene.today).name
    ways = " and ".join(dict.fromkeys(look.in_words for look in looks))
    first, last = (moment_in_words(look.at) for look in (looks[0], looks[-1]))
    if len(looks) == 1:
        return f"{name}: once, {first}, {ways}."
    return f"{name}: {len(looks)} times, first {first}, last {last}, {ways}."


def _checking(scene: Scene) -> tuple[str, ...]:
    return (
        "These people looked at the record of the wrong child. Each look is recorded.",
        *_who_looked(scene),
        *elsewhere(scene),
        *_said_of_also(scene),
    )


def elsewhere(scene: Scene) -> tuple[str, ...]:
    """Return what of the record is elsewhere too, as sentences: sealing it does not reach there."""
    challenge, council = scene.challenge, scene.council
    found = [
        f"{headline(event, challenge, council)}, {day_in_words(local_day(event.effective))}."
        for event in challenge.events
        if isinstance(event.fact, ChildWrittenTo | PlacedOnFile | Referred)
    ]
    outside = (isolated(one.owner) for one in challenge.actions if one.who and not one.who.party)
    if named := ", ".join(dict.fromkeys(outside)):
        found.append(f"Told of an action, outside the council: {named}.")
    if not found:
        return ()
    return (
        "Sealing does not reach what is elsewhere. Make sure that it is taken out or sent back:",
        *found,
    )


CHECK_LOOKS = ActPage(
    CheckLooks,
    "looks",
    "Record that you checked who looked",
    _checking,
    asks(
        replace(
            words(
                "What did you find, and what will be done?",
                "For example, who was told, and whether it is reported.",
            ),
            readers="Only auditors and the data protection officer can read it.",
        )
    ),
    lambda read, _: CheckLooks(read.words("words")),
    also=_also,
)
