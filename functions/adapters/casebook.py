"""The casebook: read a challenge, let the domain say what follows, write it and move the leg on.

Everything that happens to a challenge happens here, in one of three ways: it is raised, somebody
acts, or its leg wakes (Decide).
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters import clock
from adapters.challenge_emails import ChallengeEmails
from adapters.errors import (
    DamagedHeadError,
    MovedOnError,
    NoSuchChallengeError,
    TryAgainError,
)
from adapters.executions import Began, Repair
from adapters.left_out import fact_without_keys
from adapters.metrics import CHALLENGES_RAISED, REPLIES_RECEIVED, emit
from adapters.outgoing import LETS_PROGRAMS_REPLY, WOKEN_AGAIN
from adapters.record.chain import IdempotencyRecord, Step
from adapters.record.places import NoticePlace, SharedPlace
from domain.decide import decide, due, wake_at
from domain.errors import AlreadyAnsweredError, ProcedureError
from domain.events import CLOCK, Actor, Event, Fact
from domain.fold import apply, read
from domain.moments import local_day
from domain.named import hiding, named_in
from domain.notices import next_morning, notices
from domain.people import capacities, capacities_of
from domain.reference import new_reference, tidied
from domain.rules.absence import facts_of_absence
from domain.rules.life import also_here, said_here, taken_back
from domain.rules.owners import facts_of_owners_emails, matters_to_owners
from domain.rules.replies import Replied
from domain.rules.sealing import RecordSealed
from domain.rules.serving import facts_of_delivery, matters_if_back
from domain.siblings import linked
from domain.vocabulary import Capacity, Letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from adapters.council_store import CouncilStore
    from adapters.delivery import News
    from adapters.executions import Executions
    from adapters.links import Links
    from adapters.mail import Written
    from adapters.outgoing import Outgoing
    from adapters.record import Record
    from adapters.record.chain import Version
    from adapters.record.places import Place
    from domain.challenge import Challenge
    from domain.council import Council
    from domain.decide import Decision
    from domain.notices import Notice
    from domain.part import Command, Hand, Other
    from domain.rules.absence import Absence
    from domain.rules.entry import Raised

__all__ = ["Casebook", "Foreseen", "NextState"]

_log = logging.getLogger(__name__)

_ATTEMPTS = 6

SUPERSEDED = "SUPERSEDED"

#: The command of events that are only rehearsed, and never written.
_REHEARSED = "rehearsed"


@dataclass(frozen=True)
class Foreseen:
    """A challenge as it would be ``after`` an act, with its council.

    ``before`` is as it was; ``None`` if the act would raise it, under a reference that is not kept.
    """

    before: Challenge | None
    after: Challenge
    council: Council


@dataclass(frozen=True)
class NextState:
    """Which state an execution goes to after Decide, and until when it waits there.

    ``name`` is what the state machine's Choice looks at: a ``Standing``, or ``SUPERSEDED``.
    """

    name: str
    wake_at: datetime


class Casebook:
    """The challenges of one council."""

    def __init__(
        self,
        *,
        record: Record,
        council: CouncilStore,
        executions: Executions,
        outgoing: Outgoing,
        links: Links,
        public_url: str,
        council_name: str,
        training: bool,
    ) -> None:
        """Take the adapters it works with. In ``training`` its emails say so."""
        self.record = record
        self.links = links
        self._council = council
        self._executions = executions
        self._outgoing = outgoing
        self._public_url = public_url
        self._council_name = council_name
        self._training = training

    def council(self) -> Council:
        """Return the council as it is now."""
        return self._council.current()

    def council_for(self, challenge: Challenge) -> Council:
        """Return the council as it is now, with the procedure ``challenge`` was raised under.

        Raise ``UnknownProcedureError``.
        """
        return self.council().under(challenge.raised.procedure)

    def for_others(self, challenge: Challenge) -> Challenge:
        """Return it for readers who must not learn of the sealed records that it names (rule 22).

        A damaged record hides nothing: Audit finds it.
        """
        sealed = []
        for reference in named_in(challenge):
            with suppress(NoSuchChallengeError, DamagedHeadError):
                if self.record.chain.load(reference).challenge.sealed:
                    sealed.append(reference)
        return hiding(challenge, sealed)

    # People ----------------------------------------------------------------------------------

    def raise_challenge(
        self,
        raised: Raised,
        actor: Actor,
        once: str,
        *,
        received: datetime | None = None,
        fingerprint: str = "",
    ) -> IdempotencyRecord:
        """Raise a challenge and return its record. The same ``once`` raises only one, the first.

        Rule 1. Its days count from ``received`` (default: now). A ``fingerprint`` of what was sent
        is kept with ``once``. Raise ``CalendarHorizonError``, ``TryAgainError``.
        """
        return self.raise_together(
            [raised], actor, once, received=received, fingerprint=fingerprint
        )

    def raise_together(
        self,
        forms: Sequence[Raised],
        actor: Actor,
        once: str,
        *,
        received: datetime | None = None,
        fingerprint: str = "",
    ) -> IdempotencyRecord:
        """Raise the challenges of one form, a child each: all of them, or none (rule 17).

        All run under the same procedure, and each names the others. The rest is as in
        :meth:`raise_challenge`; the record that it returns has the reference of the first. Raise
        ``TooMuchAtOnceError`` too.
        """
        forms = tuple(map(fact_without_keys, forms))
        council, now = self.council().under(forms[0].procedure), clock.now()
        for _ in range(_ATTEMPTS):
            references = [new_reference(secrets.choice) for _ in forms]
            mine = IdempotencyRecord(once, references[0], fingerprint)
            events = _Events(actor, received or now, now, once)
            steps = [
                _first_step(reference, form, events, council)
                for reference, form in zip(references, linked(forms, references), strict=True)
            ]
            try:
                taken = self.record.chain.create(steps, mine, now)
            except MovedOnError:
                continue
            if taken.reference == mine.reference:
                for step in steps:
                    self._take_over(step.after.reference, 1, step.began, None)
                    emit(CHALLENGES_RAISED, of=actor.via)
            return taken
        message = "The challenge could not be raised just now. Nothing was lost: try again."
        raise TryAgainError(message)

    def capacities(self, challenge: Challenge, officer: str) -> frozenset[Capacity]:
        """Return the capacities ``officer`` has in ``challenge`` today."""
        return capacities(challenge, officer, self.council_for(challenge), local_day(clock.now()))

    def act(
        self,
        reference: str,
        command: Command,
        actor: Actor,
        command_id: str,
        *,
        received: datetime | None = None,
        link: str | None = None,
        seen: int | None = None,
    ) -> Challenge:
        """Carry out ``command`` and return the challenge after it. A ``command_id`` acts only once.

        What was due before ``received`` (default: now) goes on the record first. Raise what
        ``carry_out`` raises, ``NoSuchChallengeError`` and ``TryAgainError``; and ``MovedOnError``
        if the challenge is no longer at the version ``seen``: people only decide on what they have
        seen.
        """
        received = received or clock.now()
        for attempt in range(_ATTEMPTS):
            before = self.record.chain.load(reference)
            if command_id in before.challenge.commands:
                # The first call may have died before its leg started. Starting it twice is safe.
                self._take_over(reference, before.head.leg, before.head.began, None)
                return before.challenge
            _check_seen(before, seen)
            council = self.council_for(before.challenge)
            if command.raises or command.names():
                try:
                    return self._act_on_two(before, command, actor, command_id, received)
                except MovedOnError:
                    continue
            slept = _slept(before, received, council)
            after = slept.challenge
            seen_as = self.for_others(after)
            facts = _facts(command, seen_as, _hand(after, actor, received, council))
            if attempt and link and "used_by" in (self.record.beside.link(link) or {}):
                # The rules would accept it, but the link can be used only once.
                message = "This link has been used already. What was sent by it first stands."
                raise AlreadyAnsweredError(message)
            now = clock.now()
            after = _Events(actor, received, now, command_id).after(after, facts)
            began = _begins(after.events[-1], after, now, council)
            try:
                written = self.record.chain.append(
                    before,
                    after,
                    council,
                    now,
                    new_leg=began,
                    uses_link=link,
                    whole_at=slept.whole_at,
                )
            except MovedOnError:
                continue
            cause = f"Event {after.version}, {began.because}, took over."
            self._take_over(reference, written.head.leg, began, cause)
            if any(isinstance(fact, Replied) for fact in facts):
                emit(REPLIES_RECEIVED)
            return after
        message = (
            f"{reference} is being changed by several people at once. Nothing of yours was lost: "
            "try again in a moment."
        )
        raise TryAgainError(message)

    def rehearse(
        self,
        challenge: Challenge,
        council: Council,
        command: Command,
        actor: Actor,
        received: datetime,
    ) -> tuple[Foreseen, ...]:
        """Return what would be so after :meth:`act` now, so that a page can check and show it.

        The first is the challenge itself; another is one that the act would raise.

        The page has just read the ``challenge``, and the ``council`` under its procedure: they are
        not read again, because :meth:`act` reads what it acts on itself. Nothing is written.

        Raise what ``carry_out`` raises.
        """
        challenge = decide(challenge, received, council, challenge.reference).challenge
        other, _ = self._other(command, received)
        hand = _hand(challenge, actor, received, council, other)
        facts = _facts(command, challenge, hand)
        there = _facts_there(command, challenge, hand)
        events = _Events(actor, received, received, _REHEARSED)
        foreseen = Foreseen(challenge, events.after(challenge, facts), council)
        if other is None or other.challenge or not there:
            return (foreseen,)
        raised = events.after(events.raised(other.reference, there[0]), there[1:])
        return foreseen, Foreseen(None, raised, other.council)

    def _act_on_two(
        self, before: Version, command: Command, actor: Actor, command_id: str, received: datetime
    ) -> Challenge:
        """Carry out a command that also acts on another challenge's record: both, or neither.

        What was due before ``received`` goes on each record first, in a write of its own. Return
        the first challenge. Raise ``MovedOnError`` if somebody else changed one of them, and
        whatever :meth:`act` raises.
        """
        council = self.council_for(before.challenge)
        slept = _slept(before, received, council)
        other, named = self._other(command, received)
        hand = _hand(slept.challenge, actor, received, council, other)
        facts = _facts(command, slept.challenge, hand)
        there = _facts_there(command, slept.challenge, hand)
        before = self._caught_up(before, slept, council)
        now = clock.now()
        events = _Events(actor, received, now, command_id)
        steps = [_step_of(before, events.after(before.challenge, facts), council, now)]
        if other and there:
            # The id of the command is on the record of the first challenge alone: a retry looks
            # there, and finds that both were written.
            events = replace(events, command=f"{command_id}@{before.challenge.reference}")
            found = self._caught_up(*named, other.council) if named else None
            began = found.challenge if found else events.raised(other.reference, there[0])
            after = events.after(began, there if found else there[1:])
            steps.append(_step_of(found, after, other.council, now))
        written = self.record.chain.append_together(steps, now)
        for step, version in zip(steps, written, strict=True):
            after, cause = version.challenge, None
            if step.before:
                cause = f"Event {after.version}, {step.began.because}, took over."
            else:
                emit(CHALLENGES_RAISED, of=actor.via)
            self._take_over(after.reference, version.head.leg, step.began, cause)
        return written[0].challenge

    def _other(
        self, command: Command, received: datetime
    ) -> tuple[Other | None, tuple[Version, Decision] | None]:
        """Return the other challenge that the command raises or names, if it does either.

        One that it names also comes as it was read, and with what was due before ``received``.
        """
        from domain.part import Other

        if command.raises:
            return Other(new_reference(secrets.choice), self.council()), None
        named = tidied(command.names())
        if named is None:
            return None, None
        try:
            version = self.record.chain.load(named)
        except NoSuchChallengeError:
            return None, None
        if version.challenge.sealed:
            return None, None  # nobody may learn that it exists
        council = self.council_for(version.challenge)
        slept = _slept(version, received, council)
        return Other(named, council, slept.challenge), (version, slept)

    def _caught_up(self, before: Version, slept: Decision, council: Council) -> Version:
        """Put on the record what was due, if anything; return the challenge with it.

        After a crash HEAD says to wake now. Raise ``MovedOnError``.
        """
        if not slept.events:
            return before
        return self.record.chain.append(
            before, slept.challenge, council, clock.now(), new_leg=None, whole_at=slept.whole_at
        )

    def _take_over(self, reference: str, leg: int, began: Began | None, cause: str | None) -> None:
        """Start this leg, then stop the one before. If either fails, Sweep and Decide correct it.

        If the leg's name was used before, Sweep takes the next free one.
        """
        try:
            self._executions.start(reference, leg, began)
        except (ClientError, BotoCoreError):
            _log.exception("leg not started", extra={"reference": reference})
        if cause:
            try:
                self._executions.stop(reference, leg - 1, cause)
            except (ClientError, BotoCoreError):
                _log.exception("leg not stopped", extra={"reference": reference})

    # The clock -------------------------------------------------------------------------------

    def wake(self, reference: str, leg: int) -> NextState:
        """Decide: record what is due by now, and send the emails that are due.

        If SES is out, the ladder goes on: an unsent email is a reason to wake again.
        """
        for _ in range(_ATTEMPTS):
            version = self.record.chain.load(reference)
            if version.head.leg != leg:
                return NextState(SUPERSEDED, clock.now())
            try:
                return self._wake(version)
            except MovedOnError:
                continue
        message = f"{reference} keeps changing, so it could not be decided. Sweep wakes it again."
        raise TryAgainError(message)

    def _wake(self, version: Version) -> NextState:
        council = self.council_for(version.challenge)
        read_at = version.challenge.version
        version = self._with_the_childs_others(version, council)
        emails = ChallengeEmails(version, self.record.notices)
        version = self._settled(version, emails, council, clock.now())
        self._deliver(version, emails, council)
        now = clock.now()
        for _ in range(_ATTEMPTS):
            later = self._settled(version, emails, council, now)
            if later is version:
                break
            # An email's fate may itself need an email (rule 15): send that one now as well.
            version = later
            self._deliver(version, emails, council)
            now = clock.now()
        self._keep_news(version, council)
        wake = wake_at(version.challenge, now, council)
        retry_at = clock.shown(emails.retry_at) if emails.retry_at else None
        next_wake = min((m for m in (wake, retry_at) if m), default=None)
        emailed = emails.emailed_up_to(version.challenge, now, council)
        idle = version.challenge.version == read_at
        today, wall = local_day(now), clock.wall()
        settle = self.record.legs.settle
        settle(version, next_wake, emailed, council, wall, today=today, idle=idle)
        # A closed challenge ends its execution; Sweep sends the emails that wait for SES.
        return NextState(version.challenge.standing, next_wake or now)

    def _with_the_childs_others(self, version: Version, council: Council) -> Version:
        """Make what is said of a death count in every challenge about the child (rule 19).

        What somebody said here since the last wake goes on the records of the others, which Sweep
        wakes. A new challenge learns it from them. What was said in a record that is
        sealed now is taken back there (rule 22). After a crash in between all is done again.
        """
        challenge = version.challenge
        new = challenge.events[version.head.news_up_to :]
        if any(isinstance(event.fact, RecordSealed) for event in new):
            self._take_back(challenge)
        said = any(map(said_here, new))
        if challenge.sealed or not (said or any(one.number == 1 for one in new)):
            return version
        rows = self.record.lists.of_child(challenge.raised.child.case_id)
        others = [
            other
            for row in rows
            if row.reference != challenge.reference and (said or row.died)
            if (other := self._also(row.reference, challenge))
        ]
        now = clock.now()
        found = also_here(challenge, others, now, council)
        if found is None:
            return version
        return self._with_automatic(version, *found, now, council)

    def _take_back(self, sealed: Challenge) -> None:
        """Take back a death that others of the child know only from the ``sealed`` record."""
        for row in self.record.lists.of_child(sealed.raised.child.case_id):
            if row.died and row.reference != sealed.reference:
                self._also(row.reference, sealed)

    def _also(self, reference: str, said_in: Challenge) -> Challenge | None:
        """Put what ``said_in`` says of a death on this record too; return the challenge.

        If ``said_in`` is sealed, it says nothing any more, and that goes on this record.

        ``None`` if its record is damaged: that must not stop others, and Audit finds it. Raise
        ``TryAgainError``.
        """
        for _ in range(_ATTEMPTS):
            try:
                before = self.record.chain.load(reference)
                now, council = clock.now(), self.council_for(before.challenge)
                if said_in.sealed:
                    back = taken_back(before.challenge, said_in, now, council)
                    found = (back, now) if back else None
                else:
                    found = also_here(before.challenge, [said_in], now, council)
                if found:
                    due_first = self._caught_up(before, _slept(before, now, council), council)
                    return self._with_automatic(due_first, *found, now, council).challenge
            except MovedOnError:
                continue
            except (ProcedureError, DamagedHeadError):
                _log.exception("record could not be read", extra={"reference": reference})
                return None
            else:
                return before.challenge
        message = f"{reference} keeps changing, so a change in the child's life waits. Try again."
        raise TryAgainError(message)

    def _with_automatic(
        self, version: Version, fact: Fact, effective: datetime, now: datetime, council: Council
    ) -> Version:
        """Append a fact that nobody recorded here. HEAD then says to wake now."""
        before = version.challenge
        command = f"{before.reference}_{version.head.leg}@{before.version}"
        after = apply(before, Event(before.version + 1, fact, CLOCK, effective, now, command))
        return self.record.chain.append(version, after, council, now, new_leg=None)

    def _settled(
        self, version: Version, emails: ChallengeEmails, council: Council, now: datetime
    ) -> Version:
        """Append what follows from the emails' delivery and from the time, if anything.

        HEAD then says to wake now, until everything that follows is done.
        """
        before = version.challenge
        command = f"{before.reference}_{version.head.leg}@{before.version}"
        after, whole_at = before, []
        deliveries = emails.deliveries(before, now, council)
        for fact, effective in facts_of_delivery(before, deliveries, now, council):
            after = apply(after, Event(after.version + 1, fact, CLOCK, effective, now, command))
            whole_at.append(after.version)
        latest = emails.to_owners(before, now, council)
        for fact, effective in facts_of_owners_emails(before, latest, now, council):
            after = apply(after, Event(after.version + 1, fact, CLOCK, effective, now, command))
            whole_at.append(after.version)
        for fact, effective in facts_of_absence(after, emails.absences(after), now, council):
            after = apply(after, Event(after.version + 1, fact, CLOCK, effective, now, command))
            whole_at.append(after.version)
        decision = decide(after, now, council, command)
        after = decision.challenge
        if after.version == before.version:
            return version
        whole_at += decision.whole_at
        return self.record.chain.append(
            version, after, council, now, new_leg=None, whole_at=whole_at
        )

    def _deliver(self, version: Version, emails: ChallengeEmails, council: Council) -> None:
        """Send every email that is due and unsent.

        While SES is out, only one email of the challenge is tried at a time, with growing pauses:
        the emails do not each have a rhythm of their own.
        """
        challenge = self.for_others(version.challenge)
        of_all = {"X-Challenge-Reference": challenge.reference}
        for notice in notices(challenge, clock.now(), council, version.head.emailed_up_to):
            if notice.not_before > clock.now() or emails.done(notice):
                continue
            if emails.mail_is_out:
                return  # one try shows whether SES is back; the rest waits with it
            place: Place = NoticePlace(challenge.reference, notice.key)
            if notice.asks_once:
                place = SharedPlace(notice.officer.id, notice.day, notice.asks_once)
            write = partial(self._write, notice, challenge, council, clock.now())
            headers = of_all | (LETS_PROGRAMS_REPLY if notice.letter.carries_link else {})
            outcome = self._outgoing.once(place, WOKEN_AGAIN, write, notice.officer, headers)
            emails.note(notice, outcome)

    def _keep_news(self, version: Version, council: Council) -> None:
        """Keep what the daily emails have to tell of the new events.

        Once this is done ``settle`` notes it. After a crash in between the same is written again.
        """
        challenge, told = version.challenge, version.head.news_up_to
        if challenge.version <= told:
            return
        from adapters.challenge_news import news_lines

        challenge, now = self.for_others(challenge), clock.now()
        lines = news_lines(challenge, now, council, told)
        morning = next_morning(now, council.calendar)
        if challenge.sealed:
            for day in {local_day(now), morning}:
                self.record.news.take_back(day, challenge.reference)
        if lines:
            self.record.news.keep(morning, challenge.reference, told + 1, lines)

    def _write(
        self, notice: Notice, challenge: Challenge, council: Council, now: datetime
    ) -> Written:
        from adapters.letters import asked_about, context_for, form_path, takes_link, write

        if notice.letter.is_owners:
            return self._write_to_owner(notice, challenge, council, now)
        link = f"{self._public_url}/challenges/{challenge.reference}"
        if takes_link(notice, challenge, council, now):
            number = asked_about(challenge, notice.event).number
            link = self.links.make(challenge.reference, number, notice.officer.id, now)
        elif path := form_path(notice, challenge, council, now):
            link = f"{self._public_url}{path}"
        context = context_for(
            notice, challenge, council, now, link=link, council_name=self._council_name
        )
        written = write(notice.letter, context, training=self._training)
        if notice.letter is not Letter.MEETING:
            return written
        from adapters.invitations import invitations_for

        page = f"{self._public_url}/challenges/{challenge.reference}"
        of = (notice, challenge, council, page)
        return replace(written, invitations=invitations_for(*of, training=self._training))

    def _write_to_owner(
        self, notice: Notice, challenge: Challenge, council: Council, now: datetime
    ) -> Written:
        from adapters.letters import write
        from adapters.owner_letters import owner_context

        def link_to(action: int, owner: str) -> str:
            return self.links.make_for_action(challenge, action, owner, now)

        context = owner_context(
            notice, challenge, council, now, link_to=link_to, council_name=self._council_name
        )
        return write(notice.letter, context, training=self._training)

    def hear_of_email(self, place: NoticePlace, news: News) -> None:
        """Note what happened to a challenge's email after SES accepted it.

        If a request for the present reply came back (rule 15), or an email to the owner of an
        action (rule 6), the challenge decides at once what to do. The same news again changes
        nothing. Raise ``NoSuchChallengeError``, ``TryAgainError``.
        """
        self._outgoing.hear(place, news)

        def matters(challenge: Challenge) -> bool:
            return self._matters(news, place.notice, challenge)

        self._look_again(place.reference, matters, Repair.LETTER_RETURNED, "The email came back.")

    def hear_of_absence(self, place: NoticePlace, absence: Absence) -> None:
        """Note that the reader of a challenge's email seems to be away (rule 15).

        If a reply is due from them, and this is new, the challenge says so at once. Raise
        ``NoSuchChallengeError``, ``TryAgainError``.
        """
        self._outgoing.hear_away(place, absence)

        def matters(challenge: Challenge) -> bool:
            council = self.council_for(challenge)
            return any(facts_of_absence(challenge, [absence], clock.now(), council))

        because = Repair.SIGN_OF_ABSENCE
        self._look_again(place.reference, matters, because, "Somebody seems to be away.")

    def _look_again(
        self,
        reference: str,
        matters: Callable[[Challenge], bool],
        because: Repair,
        cause: str,
    ) -> None:
        """Let the challenge decide at once, if what is noted at its emails ``matters`` to it.

        Raise ``NoSuchChallengeError``, ``TryAgainError``.
        """
        for _ in range(_ATTEMPTS):
            version = self.record.chain.load(reference)
            if not matters(version.challenge):
                return
            try:
                head = self.record.legs.fresh_leg(reference, version.head, clock.now(), 0, because)
            except MovedOnError:
                continue
            self._take_over(reference, head.leg, head.began, cause)
            return
        message = f"{reference} keeps changing, so the news of its email could not be recorded."
        raise TryAgainError(message)

    def _matters(self, news: News, key: str, challenge: Challenge) -> bool:
        """Whether the news, not recorded yet, says that a request or an owner was not reached."""
        if not news.fate.means_not_served:
            return False
        event, _, officer = key.partition("#")
        if matters_if_back(challenge, int(event), officer):
            return True
        today, council = local_day(clock.now()), self.council_for(challenge)
        return matters_to_owners(challenge, int(event), officer, council, today)


def _begins(event: Event, after: Challenge, now: datetime, council: Council) -> Began:
    """Return what a leg that ``event`` starts says about itself."""
    return Began(type(event.fact).__name__, after.stage, due(after, now, council))


def _check_seen(before: Version, seen: int | None) -> None:
    if seen is not None and before.challenge.version != seen:
        message = "Something has happened to the challenge since it was looked at."
        raise MovedOnError(message)


def _slept(before: Version, received: datetime, council: Council) -> Decision:
    """Return what was due before ``received`` and is not on the record yet."""
    clock_command = f"{before.challenge.reference}_{before.head.leg}@{before.challenge.version}"
    return decide(before.challenge, received, council, clock_command)


def _hand(
    challenge: Challenge,
    actor: Actor,
    received: datetime,
    council: Council,
    other: Other | None = None,
) -> Hand:
    from domain.part import Hand

    who = capacities_of(challenge, actor, council, local_day(received))
    return Hand(actor, who, received, council, other)


def _facts(command: Command, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    """Return the facts that follow from ``command``. Raise what ``carry_out`` raises."""
    from domain.acting import carry_out

    return tuple(map(fact_without_keys, carry_out(command, challenge, hand)))


def _facts_there(command: Command, challenge: Challenge, hand: Hand) -> tuple[Fact, ...]:
    """Return the facts that follow on the record of the other challenge, if there is one."""
    return tuple(map(fact_without_keys, command.there(challenge, hand))) if hand.other else ()


@dataclass(frozen=True)
class _Events:
    """What the events of one command on one record have in common."""

    actor: Actor
    effective: datetime
    recorded: datetime
    command: str

    def raised(self, reference: str, fact: Fact) -> Challenge:
        """Return a challenge that begins with ``fact``."""
        return read(reference, [self._event(1, fact)])

    def after(self, challenge: Challenge, facts: Iterable[Fact]) -> Challenge:
        """Return ``challenge`` after ``facts``."""
        for fact in facts:
            challenge = apply(challenge, self._event(challenge.version + 1, fact))
        return challenge

    def _event(self, number: int, fact: Fact) -> Event:
        return Event(number, fact, self.actor, self.effective, self.recorded, self.command)


def _first_step(reference: str, raised: Raised, events: _Events, council: Council) -> Step:
    """Return the step that raises a challenge with this form, and what follows at once."""
    from domain.part import Hand
    from domain.rules.qap import first_facts

    challenge = events.raised(reference, raised)
    hand = Hand(events.actor, frozenset({Capacity.IRO}), events.effective, council)
    after = events.after(challenge, first_facts(challenge, hand))
    return Step(None, after, council, _begins(challenge.events[0], after, events.recorded, council))


def _step_of(before: Version | None, after: Challenge, council: Council, now: datetime) -> Step:
    return Step(before, after, council, _begins(after.events[-1], after, now, council))
