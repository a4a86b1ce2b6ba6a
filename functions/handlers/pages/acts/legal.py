"""Rule 11: asking for legal advice, conflicts of interest, and to whom the advice is opened.

The pages on which a question or advice is written are the function ``advice``'s, which alone can
keep the words: ``elsewhere`` leads there.
"""

from __future__ import annotations

from enum import StrEnum

from domain.ladder import Role
from domain.lawyers import LEGAL, briefed_posts
from domain.moments import day_in_words
from domain.people import supporters
from domain.privileged import Sealed
from domain.rules.lateness import days_in_words
from domain.rules.legal import (
    AskForAdvice,
    GiveAdvice,
    NameLawyer,
    OpenAdvice,
    SayConflict,
    SayManagerConflict,
    SayNoAdviceNeeded,
    decides_after_advice,
    lawyers_to_name,
    managers_to_name,
    reads_advice,
    to_open_to,
    why_opens,
)
from domain.vocabulary import Capacity
from domain.writing import capitalised
from handlers.pages.acts.page import ActPage, Scene, asks, said, you_or
from handlers.pages.kit import Field, Kind, Option, Reading

__all__ = [
    "ASK_FOR_ADVICE",
    "GIVE_ADVICE",
    "NAME_LAWYER",
    "OPEN_ADVICE",
    "SAY_CONFLICT",
    "SAY_MANAGER_CONFLICT",
    "SAY_NO_ADVICE_NEEDED",
]

#: Who reads what is written to a lawyer, or by one.
_PRIVILEGED = (
    "Legal advice is privileged. Only the IRO, the manager who supports the IRO and the lawyer "
    "acting can read it, signed in. It is in no email, list, export or search."
)

#: What stands in a command until the words are kept.
_UNSEALED = Sealed(0, "")


def _options(people: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(id_, name) for id_, name in people.items())


def _only(options: tuple[Option, ...]) -> str:
    return options[0].value if len(options) == 1 else ""


# The IRO -----------------------------------------------------------------------------------------


def _asking(scene: Scene) -> tuple[str, ...]:
    """Return who answers, who reads it, and what it changes."""
    legal, council = scene.challenge[LEGAL], scene.council
    if legal.conflict is not True:
        who = (
            f"The legal team says within {days_in_words(council.procedure.say_conflict_within)} "
            "whether it has a conflict of interest. If it has, it names a lawyer of a neighbouring "
            "authority."
        )
    elif legal.neighbour:
        who = f"{scene.officer_named(legal.neighbour)} gets your question, and advises you."
    else:
        who = "The lawyer of a neighbouring authority gets your question once they are named."
    by = decides_after_advice(scene.challenge, scene.now, council)
    changes = "No deadline changes."
    if by:
        changes = (
            f"You then have until {day_in_words(by.day)} to decide how to go on after Cafcass’s "
            "answer. No other deadline changes."
        )
    return (
        who,
        f"The lawyers can read this challenge. {changes}",
        (
            f"{capitalised(_supporters(scene))} can read the advice too, to support you. They also "
            f"brief {_briefed(scene)}. Your question is not in the briefing."
        ),
    )


def _supporters(scene: Scene) -> str:
    """Return who supports the IRO with legal advice, by name; their role if nobody has it."""
    names = [one.name for one in supporters(scene.challenge, scene.council, scene.today)]
    return " and ".join(names) or f"the {Role.SRSM}"


def _briefed(scene: Scene) -> str:
    """Return who is briefed, by name and role."""
    directory, role = scene.council.directory, "the Assistant Director for Safer & Partnerships"
    posts = briefed_posts(scene.challenge, scene.council, scene.today)
    names = [one.name for post in posts for one in directory.people(post, scene.today)]
    return f"{' and '.join(dict.fromkeys(names))}, {role}" if names else role


def _without_advice(scene: Scene) -> tuple[str, ...]:
    """Return what the record says then, and who is asked to brief whom."""
    return (
        (
            "The record says that you considered independent legal advice, and do not seek it now. "
            "You can still ask for it at any time."
        ),
        f"We ask {_supporters(scene)} to brief {_briefed(scene)}.",
    )


ASK_FOR_ADVICE = ActPage(
    AskForAdvice,
    "ask-for-advice",
    "Ask for legal advice",
    _asking,
    asks(Field("question", Kind.WORDS, "What is your question?", readers=_PRIVILEGED, lines=10)),
    lambda _read, _scene: AskForAdvice(_UNSEALED),
    elsewhere="ask",
)

SAY_NO_ADVICE_NEEDED = ActPage(
    SayNoAdviceNeeded,
    "no-advice-needed",
    "Record that you do not need legal advice",
    _without_advice,
    asks(),
    lambda _read, _scene: SayNoAdviceNeeded(),
    done="Your decision not to seek legal advice was recorded.",
)


# Lawyers -----------------------------------------------------------------------------------------


class _Conflict(StrEnum):
    """Whether there is a conflict of interest."""

    NO = "no"
    YES = "yes"


def _build_conflict(read: Reading, _scene: Scene) -> SayConflict:
    if not read.form.get("conflict", "").strip():
        return SayConflict(None)
    ask = "Choose whether there is a conflict of interest."
    return SayConflict(read.choice("conflict", _Conflict, _Conflict.YES, ask) is _Conflict.YES)


SAY_CONFLICT = ActPage(
    SayConflict,
    "conflict",
    "Say whether there is a conflict of interest",
    said(
        "For example, the legal team advises the managers whom this challenge is about.",
        "The IRO and the manager who supports the IRO are told.",
    ),
    asks(
        Field(
            "conflict",
            Kind.RADIOS,
            "Is there a conflict of interest?",
            options=(
                Option(_Conflict.NO, "No", "You then read the question and give the advice."),
                Option(
                    _Conflict.YES,
                    "Yes",
                    "The council’s lawyers no longer see the challenge or the advice. You are "
                    "asked to name a lawyer of a neighbouring authority.",
                ),
            ),
        )
    ),
    _build_conflict,
)


def _naming(scene: Scene) -> tuple[str, ...]:
    """Return what happens, and who acts already."""
    found, acts = lawyers_to_name(scene.council), scene.challenge[LEGAL].neighbour
    conflict = (
        "There is a conflict of interest, so you can see neither the challenge nor the advice."
    )
    none = "Nobody holds a post of the legal team, so this is yours to do."
    return (
        none if scene.sees_all else conflict,
        *((f"{scene.officer_named(acts)} acts now. You can name another.",) if acts else ()),
        "Ask a neighbouring authority for a lawyer, then name them here.",
        "They are told by email, and can then see the challenge and the IRO’s question.",
        *(
            ()
            if found
            else (
                (
                    "The directory has no such lawyer yet. Ask a directory administrator to add "
                    "them, with the post “Neighbouring authority’s lawyer”."
                ),
            )
        ),
    )


def _lawyers(scene: Scene) -> tuple[Field, ...]:
    acts = scene.challenge[LEGAL].neighbour
    found = {id_: name for id_, name in lawyers_to_name(scene.council).items() if id_ != acts}
    return (Field("officer", Kind.SELECT, "Who is the lawyer?", options=_options(found)),)


NAME_LAWYER = ActPage(
    NameLawyer,
    "name-lawyer",
    "Name this lawyer",
    _naming,
    _lawyers,
    lambda read, _: NameLawyer(read.form.get("officer", "")),
    alone="name-lawyer",
)

GIVE_ADVICE = ActPage(
    GiveAdvice,
    "give-advice",
    "Give this advice",
    said("The IRO is told at once that there is advice, and reads it here. It is in no email."),
    asks(Field("advice", Kind.WORDS, "Your advice", readers=_PRIVILEGED, lines=15)),
    lambda _read, _scene: GiveAdvice(_UNSEALED),
    offered=lambda scene: reads_advice(
        scene.challenge, scene.officer.id, scene.council, scene.today
    ),
    elsewhere="give",
)


# Managers, covers and new IROs -------------------------------------------------------------------


def _managers(scene: Scene) -> tuple[Field, ...]:
    options = _options(managers_to_name(scene.challenge, scene.council, scene.today))
    label = "Who has the conflict of interest?"
    return (Field("manager", Kind.RADIOS, label, options=options, value=_only(options)),)


def _who_supports_instead(scene: Scene) -> str:
    iro = you_or(Capacity.IRO, scene)
    if Capacity.SENIOR_IRO_MANAGER in scene.capacities:
        return f"You support {iro} with it instead, and are told at once."
    return f"The Senior IRO Manager supports {iro} with it instead, and is told at once."


SAY_MANAGER_CONFLICT = ActPage(
    SayManagerConflict,
    "manager-conflict",
    "Record the conflict",
    lambda scene: (
        "From now on they can never see the legal advice. This cannot be undone.",
        _who_supports_instead(scene),
        "The record does not say why.",
    ),
    _managers,
    lambda read, _: SayManagerConflict(read.form.get("manager", "")),
    offered=lambda scene: bool(managers_to_name(scene.challenge, scene.council, scene.today)),
)


def _opening(scene: Scene) -> tuple[str, ...]:
    why = why_opens(scene.challenge, scene.officer.id, scene.council, scene.today)
    return (
        f"You can do this because {why}.",
        (
            "They can then read the questions and the advice while they act for the IRO or the "
            "Safeguarding & Review Service Manager. The record says that you opened it."
        ),
    )


def _to_open_to(scene: Scene) -> tuple[Field, ...]:
    options = _options(to_open_to(scene.challenge, scene.council, scene.today))
    return (Field("officer", Kind.RADIOS, "Who may read it?", options=options),)


OPEN_ADVICE = ActPage(
    OpenAdvice,
    "open-advice",
    "Open the advice to them",
    _opening,
    _to_open_to,
    lambda read, _: OpenAdvice(read.form.get("officer", "")),
    offered=lambda scene: bool(
        why_opens(scene.challenge, scene.officer.id, scene.council, scene.today)
        and to_open_to(scene.challenge, scene.council, scene.today)
    ),
)
