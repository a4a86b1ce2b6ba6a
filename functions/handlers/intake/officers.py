"""What an officer's mail asks for: a challenge to be raised, a note to be kept, or an answer.

Loaded with the first mail that is believed: whoever sends any other does not wait for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.drafts import EMAIL, Draft, form_id
from adapters.errors import NoSuchChallengeError
from adapters.letters import MailAnswer, MailFacts
from adapters.mailroom import Answered
from adapters.settings import environment
from adapters.wiring import casebook, drafts, mailroom
from domain.commands import WriteNote
from domain.errors import NotAllowedError
from domain.events import UNANSWERED, Actor
from domain.ladder import Role
from domain.moments import local_day
from domain.permissions import Capacity, may_raise
from domain.reference import tidied
from domain.writing import can_be_seen
from handlers.answers import Surroundings, WrongAnswersError, allowed, once_of
from handlers.intake import labelled
from handlers.intake.became import Became, Outcome
from handlers.intake.filled import as_draft, checked

if TYPE_CHECKING:
    from datetime import datetime

    from domain.council import Council
    from domain.directory import Officer
    from handlers.intake.mail import Mail

__all__ = ["LONGEST_NOTE", "OfficersMail"]

#: Problems that one answer names.
_PROBLEMS = 40

_NOT_WHOLE = (
    "The email could not be read to its end: it is very long, or made of very many parts. Check "
    "what is on the form and add what is missing, or send a shorter email as plain text, without "
    "files."
)

#: Characters of a note; what is longer stands in the mail as it was kept.
LONGEST_NOTE = 20_000

_REFERENCE = re.compile(r"\bPCE[-\s]?[0-9A-Z]{4}[-\s]?[0-9A-Z]{4}\b", re.IGNORECASE)
#: Whoever answers a letter quotes it, and with it perhaps the link that is for them alone.
_REPLY_LINK = re.compile(
    # As it stands, as a mail gateway wraps it into a link of its own, and broken over two lines.
    r"(?:/|%2F)reply(?:/|%2F)[\w-]{8,}(?:=?\n[\w-]+)?",
    re.IGNORECASE,
)

#: What is answered, and by which letter.
_ANSWERS = {
    Became.DRAFT: MailAnswer.NOT_RAISED,
    Became.NOT_AN_IRO: MailAnswer.NOT_AN_IRO,
    Became.NO_CHALLENGE: MailAnswer.NO_CHALLENGE,
}

#: What became of a mail whose answer did not go out. Whatever it asked for has been done.
_UNSENT = {Answered.TOO_MANY: Became.TOO_MANY, Answered.REFUSED: Became.REFUSED}


@dataclass(frozen=True)
class OfficersMail:
    """One mail of an officer, received at ``received``."""

    mail: Mail
    officer: Officer
    council: Council
    received: datetime

    @property
    def _around(self) -> Surroundings:
        return Surroundings(local_day(self.received), self.council)

    def take(self) -> Outcome:
        """Raise a challenge, keep a note, or say what to do instead."""
        form = labelled.read(self.mail.text)
        is_iro = may_raise(self.officer.id, self.council, self._around.today)
        reference = self._reference(within=not is_iro)
        if form.is_form and is_iro:
            return self._raise(form)
        if reference:
            return self._note(reference)
        if is_iro:
            return self._raise(form)
        if form.is_form:
            return self._answered(Became.NOT_AN_IRO)
        return self._answered(Became.NO_CHALLENGE)

    def _reference(self, *, within: bool) -> str:
        """The challenge that the subject names, or else the mail that was answered.

        ``within``: or the words themselves. Not an IRO's: a form may well name another challenge.
        Where several are named, as in the letter of what waits, nobody can tell which is meant.
        """
        own, answered = labelled.own_words(self.mail.text)
        for words in (self.mail.subject, answered, own if within else ""):
            named = {found for text in _REFERENCE.findall(words) if (found := tidied(text))}
            if named:
                return named.pop() if len(named) == 1 else ""
        return ""

    # Raising -------------------------------------------------------------------------------------

    def _raise(self, form: labelled.Labelled) -> Outcome:
        once, draft = f"mail-{self.mail.key}", self._draft_id
        earlier = casebook().record.once(once)
        if not earlier and drafts().was_kept(self.officer.id, draft):
            # It is one form with its draft: raised from both, it is one challenge.
            once = once_of(self.officer.id, form_id(draft))
            earlier = casebook().record.once(once)
        if earlier:  # delivered twice, or called again: the receipt is the record's own letter
            drafts().use_up(self.officer.id, draft)
            return Outcome(Became.RAISED, {"reference": earlier.reference})
        try:
            filled = checked(form, self._around)
        except WrongAnswersError as error:
            return self._draft(form, error.problems)
        if not self.mail.whole:
            return self._draft(form, {})
        raised = filled.raised(self.officer.id, self.council)
        taken = casebook().raise_challenge(
            raised, self._actor(Capacity.IRO), once, received=self.received
        )
        drafts().use_up(self.officer.id, draft)
        return Outcome(Became.RAISED, {"reference": taken.reference})

    @property
    def _draft_id(self) -> str:
        return self.mail.key[:32]

    def _draft(self, form: labelled.Labelled, found: dict[str, str]) -> Outcome:
        """Keep what was written, and say what has to be mended, quoting none of it."""
        around = self._around
        fields, beside = as_draft(form, around)
        draft = Draft(self._draft_id, "/raise", fields, EMAIL, self.received, beside)
        drafts().keep(self.officer.id, draft)
        lines = [
            _problem(
                labelled.label_of(path, form.numbers),
                sentence,
                allowed(path, around, fields.get("team", "")),
            )
            for path, sentence in found.items()
        ]
        if len(lines) > _PROBLEMS:
            more = f"And {len(lines) - _PROBLEMS} more: the form says which."
            lines = [*lines[:_PROBLEMS], more]
        if not self.mail.whole:
            lines.insert(0, _NOT_WHOLE)
        return self._answered(Became.DRAFT, problems=tuple(lines), path=draft.address)

    # Notes ---------------------------------------------------------------------------------------

    def _note(self, reference: str) -> Outcome:
        """Keep what somebody answered to a letter as a note for the IRO: it is no reply."""
        words, _ = labelled.own_words(self.mail.text)
        try:
            challenge = casebook().record.load(reference).challenge
            who = casebook().capacities(challenge, self.officer.id)
            command_id = f"mail-{self.mail.key}"
            if command_id not in challenge.commands:
                # A note is kept always, and answered by a letter so often: two programs must not
                # go on for ever.
                answered = mailroom().may_answer(self.officer.id)
                challenge = casebook().act(
                    reference,
                    WriteNote(_note_of(words)),
                    self._actor(", ".join(sorted(who)), "email" if answered else UNANSWERED),
                    command_id,
                    received=self.received,
                )
                if answered:
                    mailroom().count_answer(self.officer.id)
        except (NoSuchChallengeError, NotAllowedError):
            return self._answered(Became.NO_CHALLENGE)
        ways = {event.actor.via for event in challenge.events if event.command == command_id}
        became = Became.NOTE_ALONE if UNANSWERED in ways else Became.NOTE
        return Outcome(became, {"reference": reference})

    # Answers -------------------------------------------------------------------------------------

    def _actor(self, capacity: str, via: str = "email") -> Actor:
        return Actor(self.officer.id, self.officer.name, str(capacity), via)

    def _answered(
        self, became: Became, *, problems: tuple[str, ...] = (), path: str = "/"
    ) -> Outcome:
        public_url = environment("PUBLIC_URL")
        facts = MailFacts(
            council=environment("COUNCIL_NAME"),
            link=f"{public_url}{path}",
            how_to=f"{public_url}/raise/by-email",
            problems=problems,
            turn_to=self.council.directory.contact(Role.SRSM, self._around.today),
        )
        answered = mailroom().answer(
            self.officer.id,
            self.officer.email,
            _ANSWERS[became],
            facts,
            key=self.mail.key,
            answers=self.mail.message_id,
        )
        return Outcome(_UNSENT.get(answered, became), {})


def _problem(label: str, sentence: str, may_stand: str) -> str:
    """``Concern 1 by: Enter by when you want the outcome. A date from today on, …``."""
    parts = [part for part in (sentence, may_stand) if part]
    return f"{label}: {'. '.join(parts)}."


def _note_of(words: str) -> str:
    """The words as they are kept: without a link that opens the reply for whoever reads it."""
    words = _REPLY_LINK.sub("/reply/…", words)
    if len(words) > LONGEST_NOTE:
        return f"{words[:LONGEST_NOTE]} … (The rest is in the email as it was kept.)"
    if can_be_seen(words):
        return words
    return "(The email held no words of its own. It is kept as it came.)"
