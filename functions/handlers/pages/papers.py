"""The documents that the challenge's page offers, which another function makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from domain.export import may_export
from domain.moments import day_in_words
from domain.pack import may_make_pack
from domain.rules.good_practice import is_praise
from domain.rules.meetings import meetings

if TYPE_CHECKING:
    from domain.ladder import Stage
    from handlers.pages.acts import Scene

__all__ = ["Offered", "address", "documents", "exported", "stages_reached"]


@dataclass(frozen=True)
class Offered:
    """A document: what it is called, and where it is."""

    called: str
    address: str


def address(reference: str, name: str) -> str:
    """Return the address of a document of a challenge: ``report.pdf``."""
    return f"/documents/{quote(reference)}/{name}"


def exported(scene: Scene) -> tuple[Offered, ...]:
    """Return where the record can be exported, if the person may, and the program that checks it.

    Of a sealed record too, for those who still see it (rule 22).
    """
    if not may_export(scene.capacities):
        return ()
    return (
        Offered("Download the signed record", address(scene.challenge.reference, "record.json")),
        Offered("Download the program that checks it", "/documents/verify_export.py"),
    )


def stages_reached(scene: Scene) -> tuple[Stage, ...]:
    """Return the stages at which the challenge was, in the ladder's order; none of good practice.

    A record of good practice has not begun the ladder (rule 18).
    """
    if is_praise(scene.challenge):
        return ()
    reached = {request.stage for request in scene.challenge.requests} | {scene.challenge.stage}
    return tuple(stage for stage in scene.council.ladder.stages if stage in reached)


def documents(scene: Scene) -> tuple[Offered, ...]:
    """Return the documents of the challenge. Of a sealed record there is none."""
    challenge, ladder = scene.challenge, scene.council.ladder
    if challenge.sealed:
        return ()
    in_print = ("Print of this page and the whole record", "print.pdf")
    if is_praise(challenge):
        # It was never at a stage, and is no challenge to report on or to refer.
        return (Offered(in_print[0], address(challenge.reference, in_print[1])),)
    return tuple(
        Offered(called, address(challenge.reference, name))
        for called, name in (
            ("Report of the whole challenge", "report.pdf"),
            *(
                (f"Report of {ladder.title(stage)}", f"stage-{stage.value}.pdf")
                for stage in stages_reached(scene)
            ),
            *(
                (f"Minutes of the meeting of {day_in_words(one.held)}", f"meeting-{one.number}.pdf")
                for one in meetings(challenge)
                if one.held
            ),
            in_print,
            # The page on which it is made (rule 10).
            *(
                (("The pack for Cafcass", "cafcass-pack"),)
                if may_make_pack(scene.capacities)
                else ()
            ),
        )
    )
