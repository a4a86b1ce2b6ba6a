"""The pack for Cafcass (rule 10): the IRO chooses what stays out, makes it, and checks it.

It is one PDF: the report of every challenge about the child, with the signed record of each
attached, the program that checks a record, and a page that tells a guardian how. The software sends
it nowhere: the IRO does, by the council's secure route. What was made is kept as it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.errors import NoSuchChallengeError
from adapters.packs import Pack
from adapters.typesetting import Attached
from adapters.wiring import exports, packs, typesetter
from domain.errors import NotAllowedError
from domain.export import LeftOut, may_export
from domain.moments import date_in_words
from domain.named import as_of
from domain.pack import Why, for_few, has_words, kept_back, may_make_pack, suggested
from domain.rules.entry import THE_FORM
from domain.rules.good_practice import is_praise
from domain.writing import isolated
from handlers.documents.pack import cafcass_pack
from handlers.documents.record import CHECKER, checker, maker
from handlers.documents.way_in import answered, opened
from handlers.pages import kit, web
from handlers.pages.acts.cafcass import other_reports
from handlers.pages.gate import siblings
from handlers.pages.lines import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_lambda_powertools.event_handler import Response

    from adapters.typesetting import Document
    from domain.challenge import Challenge
    from domain.events import Event
    from domain.export import Maker
    from domain.form import Child
    from handlers.pages.acts import Scene

__all__ = ["router"]

router = APIGatewayRouter()

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: The choice for an event that goes into the pack. There is none for an event without an answer.
_IN = "in"
_COURT = "court"


@dataclass(frozen=True)
class _Part:
    """A challenge in the pack, up to the event that the IRO saw last, and what is kept back.

    ``later`` is how many events were recorded since.
    """

    scene: Scene
    back: Mapping[int, str]
    later: int

    @property
    def reference(self) -> str:
        return self.scene.challenge.reference


# Choosing ----------------------------------------------------------------------------------------


@router.get("/documents/<reference>/cafcass-pack")
def choose(reference: str) -> Response[str]:
    """Show what the pack would hold, and let the IRO choose what to leave out."""
    parts = _parts(reference, {})
    return _page(parts, {}, {})


@router.post("/documents/<reference>/cafcass-pack")
def make(reference: str) -> Response[str]:
    """Make the pack and keep it, or show what to correct."""
    typed = web.form(router)
    parts = _parts(reference, typed)
    form = _form(parts, typed)
    problems: dict[str, str] = {}
    reading = kit.Reading(typed, problems)
    left_out = {part.reference: _left_out(part, reading) for part in parts}
    if typed.get(_COURT) not in {"none", "allowed"}:
        problems[_COURT] = "Choose whether anything from a court document is left in the pack."
    if problems:
        return _page(parts, typed, problems)
    scene = parts[0].scene
    pdf = typesetter().pdf(_document(parts, left_out))
    answered(pdf, form.id)  # refuses what no answer could carry, before it is kept
    holds = {part.reference: may_export(part.scene.capacities) for part in parts}
    digest = packs().keep(scene.challenge.reference, Pack(pdf, holds), scene.now)
    return web.see_other(f"{_address(scene.challenge)}/{digest}")


def _parts(reference: str, typed: Mapping[str, str]) -> tuple[_Part, ...]:
    """Return the challenges of the pack: this one, and the child's others that the IRO may see.

    Each goes up to the event that the page showed last (``typed``): nothing goes into a pack that
    nobody has checked. Every one is a recorded look.
    Raise ``NotAllowedError`` for everybody but the IRO, and ``NotFoundError`` of good practice.
    """
    first = opened(router, reference, "pack")
    challenge = first.challenge
    if is_praise(challenge):
        raise NotFoundError
    if not may_make_pack(first.capacities):
        message = (
            f"Only the IRO of {challenge.reference} can make the pack for Cafcass. The challenge’s "
            "page shows what you can do."
        )
        raise NotAllowedError(message)
    scenes = [first]
    for one in other_reports(first):
        # One may have been sealed since the list was read.
        with suppress(NoSuchChallengeError):
            scenes.append(opened(router, one, "pack"))
    return tuple(_part(scene, typed) for scene in scenes)


def _part(scene: Scene, typed: Mapping[str, str]) -> _Part:
    challenge, now = scene.challenge, scene.challenge.version
    seen = typed.get(_seen(challenge), "")
    if seen.isascii() and seen.isdecimal() and 0 < int(seen[:9]) < challenge.version:
        challenge = as_of(challenge, int(seen[:9]))
    back = {one.number: one.reason for one in kept_back(challenge, scene.capacities)}
    return _Part(replace(scene, challenge=challenge), back, now - challenge.version)


def _form(parts: Sequence[_Part], typed: Mapping[str, str]) -> kit.Form:
    scene = parts[0].scene
    found = siblings(scene.challenge, scene.officer, scene.council, scene.now)
    children = tuple(one.raised.child for one in found)
    fields: list[kit.Part] = []
    for part in parts:
        fields += _choices(part, children, scene.challenge.raised.child)
    fields.append(
        kit.Field(
            _COURT,
            kit.Kind.RADIOS,
            "Is anything from a court document left in the pack?",
            options=(
                kit.Option("none", "No"),
                kit.Option("allowed", "Yes: I confirm that the court’s rules allow it"),
            ),
        )
    )
    seen = {_seen(part.scene.challenge): str(part.scene.challenge.version) for part in parts}
    return kit.Form(tuple(fields), _address(scene.challenge), typed, hidden=seen)


def _choices(part: _Part, others: Sequence[Child], child: Child) -> Iterator[kit.Part]:
    """Yield one choice for each event with words, below the challenge that it belongs to.

    ``child`` is whom the pack is about. One mistyped Case ID brings another child's challenge here.
    """
    scene, its = part.scene, part.scene.challenge.raised.child
    different = (
        f"Check that this is the same child. {part.reference} is about {isolated(its.name)}, born "
        f"on {date_in_words(its.date_of_birth)}. This pack is about {isolated(child.name)}, born "
        f"on {date_in_words(child.date_of_birth)}. If they are two children, do not make the pack: "
        f"open {part.reference} and say on its page that it is about the wrong child."
        if not its.seems_to_be(child)
        else ""
    )
    marked = suggested(scene.challenge, _names_another(scene.challenge.raised.child, others))
    back = (
        f"{len(part.back)} more events are always left out, each with its reason: legal advice, "
        "another child’s details, or words that you may not read."
        if part.back
        else ""
    )
    said = tuple(one for one in (different, back) if one)
    yield kit.Section(f"What goes in from {part.reference}", said)
    options = (kit.Option(_IN, "Goes into the pack"), *(kit.Option(one, one) for one in Why))
    for event in scene.challenge.events:
        if event.number in part.back or not _is_asked(event):
            continue
        entry = line(event, scene.challenge, scene.council, scene.capacities)
        concerns = scene.challenge.raised.concerns if event.number == THE_FORM else ()
        asked = (
            pair
            for one in concerns
            for pair in (("What is wrong", one.what), ("Outcome wanted", one.outcome_wanted))
        )
        why = marked.get(event.number, "")
        few = "Not everybody who sees the challenge can read all of it." if for_few(event) else ""
        yield kit.Field(
            f"{part.reference}-{event.number}",
            kit.Kind.SELECT,
            f"Event {event.number}: {entry.headline}",
            f"Check this one: we think that you may need to leave it out. {few}".strip()
            if why
            else "",
            options,
            # Without the form there is hardly a report, so that is for the IRO to choose.
            str(why) if why and event.number != THE_FORM else _IN,
            about=(*asked, *entry.details),
        )


def _names_another(child: Child, others: Sequence[Child]) -> Callable[[str], bool]:
    """Return what finds, in a text about ``child``, who ``others`` are, or another child."""
    from domain.identifying import Detail, passages

    def names(text: str) -> bool:
        found = {one for some in passages(text, child, others) for one in some.details}
        return bool(found & {Detail.SIBLING, Detail.CASE, Detail.INITIALS})

    return names


def _is_asked(event: Event) -> bool:
    """Whether the IRO chooses about the event: somebody wrote in it, and not the service alone."""
    return has_words(event) and not event.automatic


def _left_out(part: _Part, reading: kit.Reading) -> dict[int, str]:
    """Return what stays out of the pack of one challenge: number → reason."""
    chosen = dict(part.back)
    for event in part.scene.challenge.events:
        name = f"{part.reference}-{event.number}"
        if event.number in chosen or not _is_asked(event) or reading.form.get(name) == _IN:
            continue
        sentence = f"Choose whether event {event.number} goes into the pack."
        chosen[event.number] = str(reading.choice(name, Why, Why.NOT_ABOUT, sentence))
    return dict(sorted(chosen.items()))


def _seen(challenge: Challenge) -> str:
    return f"seen-{challenge.reference}"


def _address(challenge: Challenge) -> str:
    return f"/documents/{quote(challenge.reference)}/cafcass-pack"


def _page(
    parts: Sequence[_Part], typed: Mapping[str, str], problems: Mapping[str, str]
) -> Response[str]:
    scene = parts[0].scene
    form = replace(_form(parts, typed), problems=problems)
    return web.render(
        "cafcass_pack.html",
        422 if problems else 200,
        officer=scene.officer,
        challenge=scene.challenge,
        address=f"/challenges/{quote(scene.challenge.reference)}",
        form=form,
        errors=form.errors,
    )


# The document ------------------------------------------------------------------------------------


def _document(parts: Sequence[_Part], left_out: Mapping[str, Mapping[int, str]]) -> Document:
    attached = tuple(
        Attached(
            f"{part.reference}.json",
            _record(part, left_out[part.reference], maker(parts[0].scene)),
            "application/json",
            f"the signed record of {part.reference}",
        )
        for part in parts
    )
    program = Attached(CHECKER, checker(), "text/x-python", "a program that checks a record")
    return cafcass_pack(
        [part.scene for part in parts],
        left_out,
        (*attached, program),
        {part.reference: part.later for part in parts if part.later},
    )


def _record(part: _Part, left_out: Mapping[int, str], by: Maker) -> str:
    """Return the signed record of one challenge, without what is left out and what is beside it."""
    out = [LeftOut(number, reason) for number, reason in left_out.items()]
    scene = part.scene
    return exports().make(scene.challenge, by, scene.now, out, beside=False).decode()


# What was made -----------------------------------------------------------------------------------


@router.get("/documents/<reference>/cafcass-pack/<digest>.pdf")
def pack(reference: str, digest: str) -> Response[bytes]:
    """Return a pack as it was made, to whoever may read all that is in it on the pages too.

    Raise ``NotFoundError`` if there is none with this digest.
    """
    scene = _kept_for(reference)
    first, kept = scene.challenge.reference, _kept(scene, digest)
    for one, every_word in kept.holds.items():
        if one != first:
            _reads(one, every_word=every_word)
    return answered(kept.pdf, f"{first}-cafcass")


@router.get("/documents/<reference>/cafcass-pack/<digest>")
def made(reference: str, digest: str) -> Response[str]:
    """Tell the IRO what to do with a pack that was made: check it, send it, record that.

    Raise ``NotFoundError`` if there is none with this digest.
    """
    scene = _kept_for(reference)
    _kept(scene, digest)
    procedure = scene.council.procedure
    return web.render(
        "cafcass_pack_made.html",
        officer=scene.officer,
        challenge=scene.challenge,
        address=f"/challenges/{quote(scene.challenge.reference)}",
        pack=f"{_address(scene.challenge)}/{digest}.pdf",
        digest=digest,
        route=procedure.cafcass_route,
        to=procedure.cafcass_address,
    )


def _kept_for(reference: str) -> Scene:
    """Return the scene for those who may see what was sent. Raise ``NotAllowedError``."""
    scene = opened(router, reference, "pack")
    if not may_export(scene.capacities):
        message = (
            f"The pack for Cafcass of {scene.challenge.reference} is for the IRO and those who "
            "oversee the challenge."
        )
        raise NotAllowedError(message)
    return scene


def _kept(scene: Scene, digest: str) -> Pack:
    """Return the pack of this challenge with this digest. Raise ``NotFoundError``."""
    reference = scene.challenge.reference
    kept = packs().kept(reference, digest) if _DIGEST.fullmatch(digest) else None
    if kept is None:
        raise NotFoundError
    return kept


def _reads(reference: str, *, every_word: bool) -> None:
    """Check that the person may read another challenge in a pack of this child; record the look.

    It may have been sealed since, or they may only be asked to reply in it. Raise
    ``NotAllowedError``, which does not name it.
    """
    with suppress(NoSuchChallengeError, NotAllowedError):
        scene = _kept_for(reference) if every_word else opened(router, reference, "pack")
        if not scene.until:
            return
    message = (
        "This pack holds the record of another challenge about the child, which you may not read, "
        "or which has been sealed since. Ask your IT service desk if you need what was sent."
    )
    raise NotAllowedError(message)
