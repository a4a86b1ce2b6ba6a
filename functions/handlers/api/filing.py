"""Rule 20 for the council's case system: the record for the child's file, and up to where it is.

It gets what everybody who reads the challenge may read, stage by stage: the child's file has other
readers than the IRO and those who oversee the challenge. Legal advice is in no record. What is only
for some is marked as kept back, so that people can place it where it belongs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from adapters import clock
from adapters.codec import moment_text
from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.errors import BadSubmissionError, NotAllowedError
from domain.events import INTERFACE, Actor
from domain.looks import Via
from domain.moments import local_day
from domain.part import kind_of
from domain.reference import tidied
from domain.rules.corrections import corrections_of
from domain.rules.endings import Closed
from domain.rules.filing import PlaceOnFile, all_placed, placed_up_to
from domain.rules.stages import StageBegan
from domain.rules.timescales import outcomes
from domain.timeline import details_of, headline
from domain.vocabulary import Capacity
from domain.writing import unisolated
from handlers.api.errors import ApiError
from handlers.form_in_words import form_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.events import Event

__all__ = ["ALLOWED", "NoSuchRecordError", "place", "record_of"]

#: What each field of ``placed`` may hold.
ALLOWED = {"up_to": "The number of an event on the record: the one up to which it is on the file"}

#: The number of an event in an address.
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)

#: As whom the case system reads.
_WHO = frozenset({Capacity.CASE_SYSTEM})


class NoSuchRecordError(ApiError):
    """There is no challenge with this reference, or it is sealed: nobody learns which."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        """Say what to check."""
        super().__init__(
            "There is no challenge with this reference. Check it. If it is right, contact the "
            "Safeguarding & Review Service Manager."
        )


def record_of(
    reference: str, client: str, query: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return what belongs on the child's file, for ``client``; the look is recorded.

    If ``query`` says ``after``, it has only the events after the one of that number, under their
    stages. Everything else is as it is now. Raise ``NoSuchRecordError``, and ``BadSubmissionError``
    with one field if the query cannot be read.
    """
    after = _after(query or {})
    challenge = _found(reference)
    council = casebook().council_for(challenge)
    casebook().record.beside.note_look(
        challenge.reference, _name(client), Via.INTERFACE, clock.now()
    )
    raised, ended = challenge.raised, challenge.ended_at
    iro = council.directory.officers.get(challenge.iro)
    child = raised.child
    return {
        **_state(challenge),
        "open": challenge.open,
        "stage": str(challenge.stage),
        "outcome": str(challenge.outcome) if challenge.outcome else None,
        "raised": local_day(challenge.raised_at).isoformat(),
        "ended": local_day(ended).isoformat() if ended else None,
        "iro": iro.name if iro else challenge.name_on_record(challenge.iro),
        "child": {
            "case_id": child.case_id,
            "initials": child.initials,
            "name": child.name,
            "date_of_birth": child.date_of_birth.isoformat(),
            "team": challenge.area.team,
        },
        "concerns": [
            {
                "theme": concern.theme,
                "what": concern.what,
                "outcome": concern.outcome_wanted,
                "by": wanted.deadline.day.isoformat(),
            }
            for concern, wanted in zip(raised.concerns, outcomes(challenge), strict=True)
        ],
        "form": [{"label": label, "text": text} for label, text in form_in_words(challenge, _WHO)],
        "actions": [
            {
                "number": action.number,
                "what": action.agreed.what,
                "owner": action.owner,
                "by": action.deadline.day.isoformat(),
                "state": unisolated(action.became or str(action.state)),
            }
            for action in challenge.actions
        ],
        "after": after,
        "stages": [one.shown for one in _stages(challenge, council, after) if one.events],
    }


def _after(query: Mapping[str, list[str]]) -> int:
    """Return after which event the events are wanted; 0: all. Raise ``BadSubmissionError``."""
    if unknown := sorted({*query} - {"after"}):
        sentence = f"There is no parameter {unknown[0]} here. Leave it out."
        raise BadSubmissionError({unknown[0]: sentence})
    said, *again = query.get("after") or ["0"]
    if again or not _NUMBER.fullmatch(said):
        sentence = (
            "Send “after” once, with the number of an event, such as 7: you get the later ones."
        )
        raise BadSubmissionError({"after": sentence})
    return int(said)


def place(reference: str, sent: Mapping[str, Any], client: str) -> dict[str, Any]:
    """Record up to which event ``client`` has placed it on the file; return where that is.

    What is there already is not recorded again. Raise ``NoSuchRecordError``,
    ``BadSubmissionError``, ``TryAgainError``.
    """
    up_to = _number(sent)
    challenge = _found(reference)
    is_there = 1 <= up_to <= challenge.version and all_placed(challenge, up_to)
    if not is_there:
        actor = Actor("", "The case system", f"through {client}", INTERFACE)
        try:
            challenge = casebook().act(
                challenge.reference, PlaceOnFile(up_to), actor, f"placed-{client}-{up_to}"
            )
        except NotAllowedError as error:
            # It was sealed in the meantime.
            raise NoSuchRecordError from error
    return _state(challenge)


def _number(sent: Mapping[str, Any]) -> int:
    """Return the number that was sent. Raise ``BadSubmissionError``."""
    wrong = {name: "There is no such field. Leave it out." for name in sent if name not in ALLOWED}
    up_to = sent.get("up_to")
    if not isinstance(up_to, int) or isinstance(up_to, bool):
        wrong["up_to"] = "Send the number of an event on the record, such as 7."
    if wrong or not isinstance(up_to, int):
        raise BadSubmissionError(wrong)
    return up_to


def _found(reference: str) -> Challenge:
    try:
        found = casebook().record.chain.load(tidied(reference) or reference).challenge
    except NoSuchChallengeError as error:
        raise NoSuchRecordError from error
    if found.sealed:
        raise NoSuchRecordError
    return casebook().for_others(found)


def _name(client: str) -> str:
    """Return what the list of looks calls it: never the id of an officer."""
    return f"the case system ({client})"


def _state(challenge: Challenge) -> dict[str, Any]:
    return {
        "reference": challenge.reference,
        "up_to": challenge.version,
        "placed_up_to": placed_up_to(challenge),
        "to_place": not all_placed(challenge, challenge.version),
    }


# Stage by stage ----------------------------------------------------------------------------------


@dataclass
class _Part:
    """The events of one stage; ``stage`` is empty for what came after the end."""

    stage: str
    title: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, Any]:
        return {"stage": self.stage or None, "title": self.title, "events": self.events}


def _stages(challenge: Challenge, council: Council, after: int) -> Iterator[_Part]:
    """Yield the events of each stage that the challenge was at, and of the time after its end.

    Only those after event number ``after``, so a part can have none.
    """
    entry, corrected = challenge.raised.entry, corrections_of(challenge)
    part = _Part(str(entry), council.ladder.title(entry))
    for event in challenge.events:
        fact = event.fact
        if isinstance(fact, StageBegan) and str(fact.stage) != part.stage:
            yield part
            part = _Part(str(fact.stage), council.ladder.title(fact.stage))
        if event.number > after:
            by = [one.number for one in corrected.get(event.number, ())]
            part.events.append(_in_words(event, challenge, council, by))
        if isinstance(fact, Closed):
            yield part
            part = _Part("", "After the end")
    yield part


def _in_words(
    event: Event, challenge: Challenge, council: Council, corrected_by: list[int]
) -> dict[str, Any]:
    written = [one for one in kind_of(event.fact).written() if one.text]
    return {
        "number": event.number,
        "at": moment_text(event.effective),
        "recorded": moment_text(event.recorded),
        "automatic": event.automatic,
        "who": "" if event.automatic else event.actor.name,
        "capacity": "" if event.automatic else event.actor.capacity,
        "what": unisolated(headline(event, challenge, council)),
        "words": [
            {"label": label, "text": unisolated(text)}
            for label, text in details_of(event, challenge, _WHO)
        ],
        "kept_back": any(not one.is_for(_WHO) for one in written),
        "corrected_by": corrected_by,
    }
