"""Intake: takes each mail that came in to the intake address, and does what it asks.

In: the event of Amazon SES (a receipt rule that has put the mail into S3), one mail a record. Out:
``{"mails": [{"message_id": "…", "became": "raised"}]}``; ``became`` is a value of :class:`Became`.

A mail is believed if it passed every check of SES and its sender is in the directory. Whatever
else it is, it stays in S3 as it came; operators see what became of it. AWS calls again after a
failure, and delivers twice now and then: everything here does its work once for a mail, however
often it is called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - pydantic reads it
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from adapters import clock
from adapters.drafts import EMAIL, Draft
from adapters.errors import NoSuchChallengeError
from adapters.letters import MailAnswer, MailFacts
from adapters.metrics import MAILS_TAKEN, emit
from adapters.settings import environment
from adapters.wiring import casebook, drafts, mailroom
from domain.commands import WriteNote
from domain.errors import NotAllowedError
from domain.events import Actor
from domain.ladder import Role
from domain.moments import local_day
from domain.permissions import Capacity, may_raise
from domain.reference import tidied
from handlers.forms import Surroundings, allowed, problems
from handlers.intake import labelled
from handlers.intake.filled import as_draft, checked
from handlers.intake.mail import Mail, read, read_head

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from domain.council import Council
    from domain.directory import Officer

__all__ = ["Became", "handler"]

_log = Logger()

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


class Became(StrEnum):
    """What became of a mail. The value is what operators see in logs, metrics and lists."""

    NOTHING_YET = "taken, and not finished"
    RAISED = "raised"
    DRAFT = "kept as a draft"
    NOTE = "kept as a note"
    NOT_AN_IRO = "answered: only an IRO can raise a challenge"
    NO_CHALLENGE = "answered: no challenge is meant"
    FAILED_CHECKS = "not answered: failed the checks"
    STRANGER = "not answered: sender unknown"
    AUTOMATIC = "not answered: sent by a program"
    TOO_MANY = "not answered: too many answers today"


# SES's event -------------------------------------------------------------------------------------
# Powertools' model of it insists on a subject and a date, which a mail may lack, and does not know
# the verdict on DKIM: a mail that it refuses would be lost.


class _Verdict(BaseModel):
    status: str = ""


class _Receipt(BaseModel):
    spam: _Verdict = Field(default=_Verdict(), alias="spamVerdict")
    virus: _Verdict = Field(default=_Verdict(), alias="virusVerdict")
    spf: _Verdict = Field(default=_Verdict(), alias="spfVerdict")
    dkim: _Verdict = Field(default=_Verdict(), alias="dkimVerdict")
    dmarc: _Verdict = Field(default=_Verdict(), alias="dmarcVerdict")

    def failed(self) -> list[str]:
        """The checks that the mail did not pass; doubt is no pass."""
        checks = {name: getattr(self, name) for name in type(self).model_fields}
        return [name for name, verdict in checks.items() if verdict.status != "PASS"]


class _CommonHeaders(BaseModel):
    senders: list[str] = Field(default=[], alias="from")


class _Envelope(BaseModel):
    message_id: str = Field(alias="messageId", min_length=1)
    timestamp: AwareDatetime
    common: _CommonHeaders = Field(default=_CommonHeaders(), alias="commonHeaders")

    def senders(self) -> list[str]:
        """The addresses of ``From`` as SES read them: for these it gave its verdicts."""
        named = (one.strip().rpartition("<")[2].rstrip("> ") for one in self.common.senders)
        return [address.lower() for address in named]


class _Ses(BaseModel):
    mail: _Envelope
    receipt: _Receipt


class _Record(BaseModel):
    ses: _Ses


class _Event(BaseModel):
    # A mail's subject is in the event: no error may quote it.
    model_config = ConfigDict(hide_input_in_errors=True)

    records: list[_Record] = Field(alias="Records", min_length=1)


# The handler -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """What became of a mail, with ids and references alone."""

    became: Became
    details: dict[str, str]


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take the mails of one event."""
    results = []
    for record in _Event.model_validate(event).records:
        message_id, received = record.ses.mail.message_id, record.ses.mail.timestamp
        _log.append_keys(message_id=message_id)
        # First: what fails below, however often, is seen by operators all the same.
        mailroom().note(message_id, received, Became.NOTHING_YET)
        outcome = _take(record.ses)
        mailroom().note(message_id, received, outcome.became, **outcome.details)
        _log.info("mail taken", extra={"became": str(outcome.became), **outcome.details})
        emit(MAILS_TAKEN, of=outcome.became.partition(":")[0])
        results.append({"message_id": message_id, "became": str(outcome.became)})
    return {"mails": results}


def _take(ses: _Ses) -> _Outcome:
    """Of a stranger's mail no more is read than its head: anybody can send anything."""
    if failed := ses.receipt.failed():
        return _Outcome(Became.FAILED_CHECKS, {"failed": ", ".join(failed)})
    raw = mailroom().fetch(ses.mail.message_id)
    head = read_head(raw)
    if head.automatic:
        return _Outcome(Became.AUTOMATIC, {})
    council = casebook().council()
    believed = head.sender and [head.sender] == ses.mail.senders()
    officer = council.directory.by_email(head.sender) if believed else None
    if officer is None:
        return _Outcome(Became.STRANGER, {})
    mail = read(raw)
    by_the_wall = min(ses.mail.timestamp, clock.wall())  # two computers never quite agree
    received = clock.shown(by_the_wall)
    outcome = _Intake(mail, officer, council, received).take()
    return _Outcome(outcome.became, {"officer": officer.id, **outcome.details})


@dataclass(frozen=True)
class _Intake:
    """One mail of an officer, received at ``received``."""

    mail: Mail
    officer: Officer
    council: Council
    received: datetime

    @property
    def _around(self) -> Surroundings:
        return Surroundings(local_day(self.received), self.council)

    def take(self) -> _Outcome:
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
            return self._answered(MailAnswer.NOT_AN_IRO, Became.NOT_AN_IRO)
        return self._answered(MailAnswer.NO_CHALLENGE, Became.NO_CHALLENGE)

    def _reference(self, *, within: bool) -> str:
        """The challenge that the subject names, or else the mail that was answered.

        ``within``: or the words themselves. Not an IRO's: a form may well name another challenge.
        """
        own, answered = labelled.own_words(self.mail.text)
        found = _REFERENCE.findall("\n".join((self.mail.subject, answered, own if within else "")))
        return next((reference for text in found if (reference := tidied(text))), "")

    # Raising -------------------------------------------------------------------------------------

    def _raise(self, form: labelled.Labelled) -> _Outcome:
        once = f"mail-{self.mail.key}"
        earlier = casebook().record.once(once)
        if earlier:  # delivered twice, or called again: the receipt is the record's own letter
            return _Outcome(Became.RAISED, {"reference": earlier.reference})
        try:
            filled = checked(form, self._around)
        except ValidationError as error:
            return self._draft(form, problems(error))
        if not self.mail.whole:
            return self._draft(form, {})
        raised = filled.raised(self.officer.id, self.council)
        taken = casebook().raise_challenge(
            raised, self._actor(Capacity.IRO), once, received=self.received
        )
        return _Outcome(Became.RAISED, {"reference": taken.reference})

    def _draft(self, form: labelled.Labelled, found: dict[str, str]) -> _Outcome:
        """Keep what was written, and say what has to be mended, quoting none of it."""
        around = self._around
        fields, beside = as_draft(form, around)
        draft = Draft(self.mail.key[:32], "/raise", fields, EMAIL, self.received, beside)
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
        return self._answered(
            MailAnswer.NOT_RAISED, Became.DRAFT, problems=tuple(lines), path=draft.address
        )

    # Notes ---------------------------------------------------------------------------------------

    def _note(self, reference: str) -> _Outcome:
        """Keep what somebody answered to a letter as a note for the IRO: it is no reply."""
        words, _ = labelled.own_words(self.mail.text)
        try:
            challenge = casebook().record.load(reference).challenge
            who = casebook().capacities(challenge, self.officer.id)
            command_id = f"mail-{self.mail.key}"
            if command_id not in challenge.commands:
                # A note is answered by a letter: two programs must not go on so for ever.
                if not mailroom().counted(self.officer.id):
                    return _Outcome(Became.TOO_MANY, {"reference": reference})
                casebook().act(
                    reference,
                    WriteNote(_note_of(words)),
                    self._actor(", ".join(sorted(who))),
                    command_id,
                    received=self.received,
                )
        except (NoSuchChallengeError, NotAllowedError):
            return self._answered(MailAnswer.NO_CHALLENGE, Became.NO_CHALLENGE)
        return _Outcome(Became.NOTE, {"reference": reference})

    # Answers -------------------------------------------------------------------------------------

    def _actor(self, capacity: str) -> Actor:
        return Actor(self.officer.id, self.officer.name, str(capacity), "email")

    def _answered(
        self, letter: MailAnswer, became: Became, *, problems: tuple[str, ...] = (), path: str = "/"
    ) -> _Outcome:
        public_url = environment("PUBLIC_URL")
        facts = MailFacts(
            officer=self.officer.name,
            council=environment("COUNCIL_NAME"),
            link=f"{public_url}{path}",
            how_to=f"{public_url}/raise/by-email",
            problems=problems,
            turn_to=self._turn_to(),
        )
        answered = mailroom().answer(
            self.officer.id,
            self.officer.email,
            letter,
            facts,
            key=self.mail.key,
            answers=self.mail.message_id,
        )
        return _Outcome(became if answered else Became.TOO_MANY, {})

    def _turn_to(self) -> str:
        directory, today = self.council.directory, self._around.today
        posts = directory.posts_of(Role.SRSM)
        people = [person for post in posts for person in directory.people(post.id, today)]
        title = f"the {Role.SRSM}"
        return f"{people[0].name}, {title} ({people[0].email})" if people else title


def _problem(label: str, sentence: str, may_stand: str) -> str:
    """``Concern 1 by: Enter by when you want the outcome. A date from today on, …``."""
    parts = [part for part in (sentence, may_stand) if part]
    return f"{label}: {'. '.join(parts)}."


def _note_of(words: str) -> str:
    """The words as they are kept: without a link that opens the reply for whoever reads it."""
    words = _REPLY_LINK.sub("/reply/…", words)
    if len(words) > LONGEST_NOTE:
        return f"{words[:LONGEST_NOTE]} … (The rest is in the email as it was kept.)"
    return words or "(The email held no words of its own. It is kept as it came.)"
