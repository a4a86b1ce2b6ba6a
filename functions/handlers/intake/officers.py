"""What an officer's email asks for: a challenge to be raised, a note to be kept, or an answer.

It is loaded with the first email that is believed, so that others need not wait for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from adapters.drafts import EMAIL, Draft, form_id
from adapters.errors import NoSuchChallengeError
from adapters.left_out import without_keys
from adapters.letters import MailAnswer, MailAnswerContext
from adapters.mailroom import Answered
from adapters.settings import environment
from adapters.wiring import casebook, drafts, mailroom
from domain.errors import NotAllowedError
from domain.events import UNANSWERED, Actor
from domain.ladder import Role
from domain.moments import local_day
from domain.people import may_raise
from domain.reference import tidied
from domain.rules.entry import as_raiser
from domain.rules.notes import Noted, WriteNote
from domain.writing import can_be_seen
from handlers.form_fields import (
    FIELD_LABELS,
    PAGES,
    Surroundings,
    WrongAnswersError,
    allowed,
    once_of,
)
from handlers.intake import labelled
from handlers.intake.became import Became, Outcome
from handlers.intake.filled import as_draft, checked, may_be_at_risk, meant, way_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.record.chain import IdempotencyRecord
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from handlers.intake.mail import Mail

__all__ = ["LONGEST_NOTE", "OfficersMail"]

#: The most problems, and the most unknown labels, that one answer names.
_PROBLEMS = 40
_UNKNOWN = 10

_NOT_WHOLE = (
    "The email could not be read to its end: {why}. Check what is on the form and add what is "
    "missing, or send a shorter email as plain text, without files."
)

_FILES = (
    "Your email has a file attached. We do not open attached files, so nothing in them has been "
    "read, and the email itself holds no form. Fill in the form behind the link, or copy the lines "
    "of your form into a new email, as plain words and not as a file. The file stays with your "
    "email as it came, but is not part of a challenge."
)

_FOR_YOU = (
    "This email is from you, but it was sent by {who}. Only what you send yourself counts as "
    "yours: check the draft, and send it if you agree. The record will then name you both."
)

_SAME_ID = (
    "Another email of yours with the same Message-ID has already raised {reference}. This one says "
    "something else, so we did not raise it by itself. If it is another challenge, open the draft "
    "and send it."
)

#: The most characters of the names of those who wrote an email for somebody else.
_LONGEST_NAMES = 400

#: The most characters of a note; the email keeps the rest.
LONGEST_NOTE = 20_000

_REFERENCE = re.compile(r"\bPCE[-\s]?[0-9A-Z]{4}[-\s]?[0-9A-Z]{4}\b", re.IGNORECASE)
#: The email that is sent as the answer, for each outcome.
_ANSWERS = {
    Became.DRAFT: MailAnswer.NOT_RAISED,
    Became.NOT_AN_IRO: MailAnswer.NOT_AN_IRO,
    Became.NO_CHALLENGE: MailAnswer.NO_CHALLENGE,
}

#: What happened to an email whose answer was not sent. What it asked for has been done.
_UNSENT = {Answered.TOO_MANY: Became.TOO_MANY, Answered.REFUSED: Became.REFUSED}


@dataclass(frozen=True)
class OfficersMail:
    """One email of an officer, received at ``received``.

    ``hands`` are the addresses of others who sent it in the officer's name. Their words become the
    officer's own when the officer has sent them, and not before.
    """

    mail: Mail
    officer: Officer
    council: Council
    received: datetime
    hands: tuple[str, ...] = ()

    @property
    def _around(self) -> Surroundings:
        return Surroundings(local_day(self.received), self.council, self.officer.id)

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
        """Return the challenge that the subject names, or else the quoted email.

        ``within``: or the words themselves. An IRO's words do not count, as a form may well name
        another challenge. If several are named, as in the daily email, none is certain.
        """
        own, answered = labelled.own_words(self.mail.text)
        for words in (self.mail.subject, answered, own if within else ""):
            named = {found for text in _REFERENCE.findall(words) if (found := tidied(text))}
            if named:
                return named.pop() if len(named) == 1 else ""
        return ""

    # Raising -------------------------------------------------------------------------------------

    def _raise(self, form: labelled.Labelled) -> Outcome:
        once, draft = f"mail-{self.mail.id}", self._draft_id
        earlier = casebook().record.chain.once(once)
        another = self._raised_by_another(earlier, form)
        if (another or not earlier) and drafts().was_kept(self.officer.id, draft):
            # The email and its draft are one form: sent from both, it raises one challenge.
            once = once_of(self.officer.id, form_id(draft))
            earlier = casebook().record.chain.once(once)
            another = "" if earlier else another
        if earlier and not another:
            # Delivered twice, or called again: the first call's receipt went out with the record.
            drafts().use_up(self.officer.id, draft)
            return Outcome(Became.RAISED, {"reference": earlier.reference})
        reasons = self._by_another_hand()
        if another:
            reasons.append(_SAME_ID.format(reference=another))
        if not self.mail.whole:
            why = ", and ".join(sorted(one.value for one in self.mail.missing))
            reasons.append(_NOT_WHOLE.format(why=why))
        if self.mail.files and not form.is_form:
            # Every field is missing: listing them all would hide what to do.
            return self._draft(form, [*reasons, _FILES])
        try:
            filled = checked(form, self._around)
        except WrongAnswersError as error:
            return self._draft(form, reasons, error.problems)
        if reasons:
            return self._draft(form, reasons)
        raised = filled.raised(self.council, self._around.today)
        taken = casebook().raise_challenge(
            raised,
            self._actor(as_raiser(raised.iro, self.officer.id, self.council)),
            once,
            received=self.received,
            fingerprint=self.mail.key,
        )
        by_mail = once == f"mail-{self.mail.id}"
        if by_mail and (another := self._raised_by_another(taken, form)):  # at the same time
            return self._draft(form, [_SAME_ID.format(reference=another)])
        drafts().use_up(self.officer.id, draft)
        return Outcome(Became.RAISED, {"reference": taken.reference})

    def _raised_by_another(self, earlier: IdempotencyRecord | None, form: labelled.Labelled) -> str:
        """Return the challenge that another form with this Message-ID raised; empty if none."""
        if earlier is None:
            return ""
        if earlier.fingerprint:
            return "" if earlier.fingerprint == self.mail.key else earlier.reference
        # It was raised before emails were told apart by their words.
        raised = casebook().record.chain.load(earlier.reference).challenge.raised
        same = _in_short(form.answers.get("case_id", "")) == _in_short(raised.child.case_id)
        return "" if same else earlier.reference

    @property
    def _draft_id(self) -> str:
        return self.mail.key[:32]

    def _draft(
        self,
        form: labelled.Labelled,
        reasons: Sequence[str],
        found: Mapping[str, str] = MappingProxyType({}),
    ) -> Outcome:
        """Keep what was written, and say why and what has to be corrected, without quoting it."""
        around = self._around
        fields, beside = as_draft(form, around)
        draft = Draft(
            *(self._draft_id, PAGES[way_of(form, around)], fields, EMAIL, self.received),
            *(beside, self._typed_by),
            FIELD_LABELS,
        )
        drafts().keep(self.officer.id, draft)
        lines = [
            _problem(
                labelled.label_of(path, form.numbers, form.action_numbers),
                sentence,
                allowed(path, around, fields.get("team", "")),
                meant(path, form, around),
            )
            for path, sentence in found.items()
        ]
        if len(lines) > _PROBLEMS:
            more = f"And {len(lines) - _PROBLEMS} more: the form says which."
            lines = [*lines[:_PROBLEMS], more]
        route = self.council.procedure.at_risk_route if may_be_at_risk(form) else ""
        return self._answered(
            *(Became.DRAFT, None),
            reasons=tuple(reasons),
            problems=tuple(lines),
            unknown=tuple(_unknown(*one) for one in form.unknown[:_UNKNOWN]),
            path=draft.address,
            route=route,
        )

    # For somebody else ---------------------------------------------------------------------------

    @property
    def _typed_by(self) -> str:
        """Return who wrote it for the officer: address, and name if the directory has one."""
        named = []
        for address in self.hands:
            officer = self.council.directory.by_email(address)
            named.append(f"{officer.name} ({address})" if officer else address)
        return " and ".join(named)[:_LONGEST_NAMES]

    def _by_another_hand(self) -> list[str]:
        """Return why it is a draft if somebody else sent it, without addresses of strangers."""
        if not self.hands:
            return []
        found = [self.council.directory.by_email(address) for address in self.hands]
        names = [officer.name if officer else "somebody else" for officer in found]
        return [_FOR_YOU.format(who=" and ".join(dict.fromkeys(names)))]

    # Notes ---------------------------------------------------------------------------------------

    def _note(self, reference: str) -> Outcome:
        """Keep a reply to one of our emails as a note for the IRO: it does not count as a reply."""
        words, _ = labelled.own_words(self.mail.text)
        try:
            challenge = casebook().record.chain.load(reference).challenge
            who = casebook().capacities(challenge, self.officer.id)
            note = _note_of(words, whole=self.mail.whole)
            command_id = self._command_of(note, challenge)
            if self.hands and command_id not in challenge.commands:
                return self._note_to_send(challenge, note)
            if command_id not in challenge.commands:
                # A note is always kept, but only so many are answered by email: two programs must
                # not go on for ever.
                answered = mailroom().may_answer(self.officer.id)
                challenge = casebook().act(
                    reference,
                    WriteNote(note),
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

    def _note_to_send(self, challenge: Challenge, note: str) -> Outcome:
        """Keep as a draft what somebody else wrote for the officer. Raise as ``act`` does."""
        council = self.council.under(challenge.raised.procedure)
        actor, reference = self._actor(""), challenge.reference
        casebook().rehearse(challenge, council, WriteNote(note), actor, self.received)
        id_ = self._draft_id
        typed = {"words": note, "command_id": form_id(id_)}
        path = f"/challenges/{reference}/note"
        draft = Draft(
            *(id_, path, typed, EMAIL, self.received),
            typed_by=self._typed_by,
            labels={"words": "Your note"},
        )
        drafts().keep(self.officer.id, draft)
        reasons = tuple(self._by_another_hand())
        outcome = self._answered(
            Became.DRAFT, MailAnswer.NOT_NOTED, reasons=reasons, path=draft.address
        )
        return Outcome(outcome.became, {"reference": reference})

    def _command_of(self, note: str, challenge: Challenge) -> str:
        """Return the command that puts this note on the record, or has done so.

        Before emails were told apart by their words, it was named after the Message-ID alone.
        """
        by_id = f"mail-{self.mail.id}"
        same = any(e.command == by_id and e.fact == Noted(note) for e in challenge.events)
        return by_id if same else f"mail-{self.mail.key}"

    # Answers -------------------------------------------------------------------------------------

    def _actor(self, capacity: str, via: str = "email") -> Actor:
        return Actor(self.officer.id, self.officer.name, str(capacity), via)

    def _answered(
        self,
        became: Became,
        letter: MailAnswer | None = None,
        *,
        reasons: tuple[str, ...] = (),
        problems: tuple[str, ...] = (),
        unknown: tuple[str, ...] = (),
        path: str = "/",
        route: str = "",
    ) -> Outcome:
        public_url = environment("PUBLIC_URL")
        context = MailAnswerContext(
            council=environment("COUNCIL_NAME"),
            link=f"{public_url}{path}",
            how_to=f"{public_url}/raise/by-email",
            problems=problems,
            reasons=reasons,
            unknown=unknown,
            route=route,
            turn_to=self.council.directory.contact(Role.SRSM, self._around.today),
        )
        answered = mailroom().answer(
            self.officer,
            letter or _ANSWERS[became],
            context,
            key=self.mail.key,
            answers=self.mail.message_id,
        )
        return Outcome(_UNSENT.get(answered, became), {})


def _in_short(text: str) -> str:
    return "".join(text.split()).casefold()


def _problem(label: str, sentence: str, may_stand: str, meant: str) -> str:
    """Return ``Concern 1 by: Enter by when you want the outcome. A date from today on, …``.

    If a choice was nearly named, ask whether it was ``meant``, and list no others.
    """
    if meant:
        return f"{label}: {sentence[0].upper()}{sentence[1:]}. Did you mean {meant}?"
    allowed_first, _, more = may_stand.partition(". ")
    said = sentence.casefold().endswith(allowed_first.casefold())
    parts = [part for part in (sentence, more if said else may_stand) if part]
    return f"{label}: {'. '.join(part[0].upper() + part[1:] for part in parts)}."


def _unknown(line: int, label: str) -> str:
    """Return which line begins with a label that the form does not have.

    The label itself only if all its words are the form's own: anything else may tell of the child.
    """
    return f"Line {line}: “{label}”" if labelled.is_of_our_words(label) else f"Line {line}"


def _note_of(words: str, *, whole: bool) -> str:
    """Return the words as kept on the record; ``whole``: the email was read to its end."""
    if len(words) > LONGEST_NOTE or (words and not whole):
        words = f"{words[:LONGEST_NOTE]} … (The rest is in the email as it was kept.)"
    words = without_keys(words)
    if can_be_seen(words):
        return words
    return "(The email held no words of its own. It is kept as it came.)"
