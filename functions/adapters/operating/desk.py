"""The operators' desk: answers a question of ``asked``, in lines to print and as data.

It reads the record and the seals, lists executions, and asks other functions to act: it writes
nothing itself. Changes to the record or the council's directory are made elsewhere, by those who
may (``infra.operate``).
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters import clock
from adapters.audit import differences
from adapters.codec import event_of
from adapters.errors import NoSuchChallengeError, NoSuchOfficerError, TryAgainError
from adapters.exports import Signer
from adapters.mailroom import taken_on
from adapters.operating.dead_letters import dead_letters, redrive
from adapters.operating.looking import (
    challenge_lines,
    execution_arn,
    execution_lines,
    list_data,
    list_lines,
    noticed,
    noticed_line,
    open_rows,
    timeline,
)
from adapters.operating.verifying import READS, BesideChains, held_against, read_seals
from adapters.record.notices import news_in
from adapters.settings import environment
from adapters.summaries import all_filled_in
from domain.chain import START, verify
from domain.errors import BrokenChainError
from domain.fold import read
from domain.moments import day_in_words, local_day, moment_in_words, parse_moment, utc_text
from domain.seals import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date, datetime
    from typing import Any

    from types_boto3_dynamodb.service_resource import Table
    from types_boto3_lambda.client import LambdaClient
    from types_boto3_s3.client import S3Client
    from types_boto3_sqs.client import SQSClient
    from types_boto3_stepfunctions.client import SFNClient

    from adapters.council_store import CouncilStore
    from adapters.operating.asked import Asked
    from adapters.record import Record
    from adapters.record.lists import Row
    from domain.council import Council
    from domain.seals import Seals

__all__ = ["A_SWEEP", "COULD_NOT", "FOUND_WRONG", "WELL", "Answer", "Clients", "Desk"]

#: All is well; the record is not as it should be; it failed, or did not finish.
WELL, FOUND_WRONG, COULD_NOT = 0, 1, 2

#: How far the clock of an operator's machine may be behind the service's: what has just been done
#: must not look as if it were still to be done.
_BEHIND = timedelta(minutes=1)

#: Seconds to wait for a Sweep, which takes less.
A_SWEEP = 300


@dataclass(frozen=True)
class Answer:
    """The answer to an operator: ``lines`` to read, ``data`` for a program, and how it went."""

    lines: tuple[str, ...]
    data: Mapping[str, Any]
    code: int = WELL


@dataclass(frozen=True)
class Clients:
    """The clients of AWS that the desk uses, each made when it is needed.

    ``waits`` is a client of Lambda that waits ``A_SWEEP`` seconds for a function's answer. It asks
    only once, because a second try would sweep twice.
    """

    s3: Callable[[], S3Client]
    stepfunctions: Callable[[], SFNClient]
    sqs: Callable[[], SQSClient]
    sns: Callable[[], Any]
    lambda_: Callable[[], LambdaClient]
    kms: Callable[[], Any]
    waits: Callable[[], LambdaClient]


class Desk:
    """Answers one question at a time, about one table."""

    def __init__(
        self, table: Callable[[], Table], record: Record, council: CouncilStore, clients: Clients
    ) -> None:
        """Take the adapters it reads with. Anything else comes from the environment when needed."""
        self._table = table
        self._clients = clients
        self._record = record
        self._council = council

    def answer(self, asked: Asked, until: datetime | None = None) -> Answer:
        """Answer ``asked``. Long work starts nothing more after ``until``, by the wall clock.

        Raise errors of the trees of ``adapters.errors`` and ``domain.errors``, and botocore's.
        """
        return _COMMANDS[asked.command](self, asked, until)

    # Reading -----------------------------------------------------------------------------------

    def show(self, asked: Asked, _until: datetime | None) -> Answer:
        """Show the current stage of a challenge, and why it is there."""
        version = self._record.chain.load(asked.reference)
        challenge, head = version.challenge, version.head
        lines = challenge_lines(challenge, self._council.current())
        letters = list(self._letters_amiss(asked.reference))
        if letters:
            lines += ["", "Emails that did not go well:", *letters]
        lines += ["", *execution_lines(version)]
        data = {
            "reference": challenge.reference,
            "standing": str(challenge.standing),
            "stage": challenge.stage.title,
            "open": challenge.open,
            "events": head.version,
            "leg": head.leg,
            "because": str(head.began.because) if head.began else None,
            "wakes": utc_text(head.wake_at) if head.wake_at else None,
            "execution": execution_arn(version) or None,
            "letters": [letter.strip() for letter in letters],
        }
        return Answer(tuple(lines), data)

    def list_open(self, asked: Asked, _until: datetime | None) -> Answer:
        """List open challenges: all, or those that are late, stuck, somebody's, or at a stage."""
        if asked.stuck:
            found = noticed(self._record, self._clients.stepfunctions)
            lines = [*(noticed_line(one) for one in found), f"{len(found)} to look at."]
            told = [{"kind": str(one.kind), **one.told()} for one in found]
            return Answer(tuple(lines), {"noticed": told})
        rows = self._of_person(asked.person) if asked.person else self._record.lists.every_open()
        now = clock.now()
        listed = open_rows(rows, now, late=asked.late, stage=asked.stage)
        return Answer(
            tuple(list_lines(listed, now, self._council.current())),
            {"challenges": list_data(listed, now)},
        )

    def timeline(self, asked: Asked, _until: datetime | None) -> Answer:
        """List every leg, event and email of a challenge."""
        version = self._record.chain.load(asked.reference)
        notices = self._record.notices.known(asked.reference, 0)
        found = timeline(version, notices, self._council.current())
        told = [{"at": utc_text(one.at) if one.at else None, "what": one.what} for one in found]
        data = {"reference": asked.reference, "timeline": told}
        return Answer(tuple(one.line() for one in found), data)

    def mails(self, asked: Asked, _until: datetime | None) -> Answer:
        """List what happened to each email that came in on a day."""
        day: date = asked.date or local_day(clock.wall())
        noted = self._record.beside.all_kept(taken_on(day))
        told = []
        lines = []
        for one in noted:
            moment = str(one["SK"]).partition("#")[0]
            names = ("reference", "officer", "failed", "locked")
            about = {name: str(one[name]) for name in names if name in one}
            details = f" ({', '.join(about.values())})" if about else ""
            at = moment_in_words(parse_moment(moment))
            lines.append(f"{at}: {one['message_id']}: {one['became']}{details}")
            known = {"message_id": str(one["message_id"]), "became": str(one["became"])}
            told.append({"at": moment, **known, **about})
        lines.append(f"{len(noted)} emails on {day_in_words(day)}.")
        return Answer(tuple(lines), {"mails": told})

    def dead_letters(self, _asked: Asked, _until: datetime | None) -> Answer:
        """List what waits to be retried, without any of its content."""
        found = dead_letters(self._clients.sqs(), environment("DEAD_LETTERS"))
        lines = [*(one.line() for one in found), f"{len(found)} dead letters."]
        return Answer(tuple(lines), {"dead_letters": [vars(one) for one in found]})

    def fingerprint(self, _asked: Asked, _until: datetime | None) -> Answer:
        """Return the fingerprint of the key that signs exports, and the public key as a file."""
        signer = Signer(self._clients.kms, lambda: environment("SIGNING_KEY"))
        key = b64encode(signer.public_key).decode()
        lines = (key[at : at + 64] for at in range(0, len(key), 64))
        pem = ("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----")
        return Answer((signer.fingerprint, "", *pem), {"fingerprint": signer.fingerprint})

    # Checking ----------------------------------------------------------------------------------

    def verify(self, asked: Asked, until: datetime | None) -> Answer:
        """Check whether chains match what was sealed, and lists match the events."""
        seals = read_seals(self._clients.s3)
        beside = BesideChains(seals)
        references = [asked.reference]
        if asked.everything:
            # Including what was sealed once but is no longer in the table.
            found = sorted({*self._every_reference(beside), *seals.heads})
            references = [reference for reference in found if reference > asked.after]
        else:
            beside.read(self._record.beside.looks(asked.reference))
        broken: list[tuple[str, str]] = []
        otherwise: list[tuple[str, str]] = []
        lines: list[str] = []
        walked, council = 0, self._council.current()
        for reference in references:
            if until and clock.wall() >= until:
                break
            walked += 1
            try:
                count = self._verified(reference, seals)
            except BrokenChainError as error:
                broken.append((reference, str(error)))
                lines.append(f"{reference}: {error}")
                continue
            if not asked.everything:
                lines.append(f"{reference}: all {count} events fit.")
            told = [(reference, what) for what in self._differences(reference, council)]
            lines += [f"{one}: {what} See *not as recorded* in the runbook." for one, what in told]
            otherwise += told
        if asked.everything:
            listed = len({reference for reference, _ in otherwise})
            lines += [
                f"{walked} challenges walked, {len(broken)} with an event that does not fit.",
                f"{listed} with a HEAD or a tray that differs from the events.",
            ]
        changed = list(beside.wrong(None if asked.everything else asked.reference))
        lines += [f"{reference}: {what}" for reference, what in changed]
        lines += [*seals.faults, held_against(seals)]
        left = len(references) - walked
        after = references[walked - 1] if walked else asked.after
        if left:
            go_on = f" --after {after}" if after else ""
            lines.append(f"There was no time for {left} more. Go on with verify --all{go_on}.")
        wrong = [*broken, *otherwise, *changed]
        data = {
            "walked": walked,
            "left": left,
            "after": after if left else "",
            "wrong": [{"reference": reference, "what": what} for reference, what in wrong],
            "faults": list(seals.faults),
            "nights": seals.nights,
        }
        code = FOUND_WRONG if wrong or seals.faults else COULD_NOT if left else WELL
        return Answer(tuple(lines), data, code)

    def _verified(self, reference: str, seals: Seals) -> int:
        """Check one chain against its seals and HEAD. Return the number of its events.

        Raise ``BrokenChainError`` for the first event that does not fit, differs from its seal, or
        is missing though HEAD knows it; ``NoSuchChallengeError`` if there never was a challenge.
        """
        links = self._record.chain.links(reference)
        last_hash = verify(links) if links else START
        sealed = seals.heads.get(reference, ())
        compare(sealed, {link.number: link.hash for link in links})
        try:
            head, _ = self._record.legs.head(reference)
        except NoSuchChallengeError:
            if not links:
                raise
            what = "there is no HEAD. Run the command rebuild-head."
            raise BrokenChainError(len(links), what) from None
        if head.version > len(links):
            what = f"it is missing; HEAD knows of {head.version}."
            raise BrokenChainError(len(links) + 1, what)
        if head.version < len(links) or head.last_hash != last_hash:
            what = "HEAD does not know of it. Run the command rebuild-head."
            raise BrokenChainError(min(head.version + 1, len(links)), what)
        read(reference, [event_of(link.text) for link in links])
        return len(links)

    def _differences(self, reference: str, council: Council) -> Iterator[str]:
        """Yield how HEAD, the trays and legal advice differ from the events."""
        kept, applied = self._record.chain.as_kept(reference), self._record.beside.applied()
        now, filled_in = clock.now() + _BEHIND, all_filled_in(self._record)
        yield from differences(
            *(reference, kept, council, applied, now),
            filled_in=filled_in,
            beside=self._record.beside,
        )

    def _every_reference(self, beside: BesideChains) -> list[str]:
        """Return the references of all challenges, even if HEAD or the first event is lost.

        On the way ``beside`` reads all looks and links.
        """
        found: set[str] = set()
        start: dict[str, Any] = {
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": ", ".join(f"#{name}" for name in READS),
            "ExpressionAttributeNames": {f"#{name}": name for name in READS},
        }
        while True:
            answer = self._table().scan(**start)
            beside.read(answer["Items"])
            keys = (str(item["PK"]).partition("#") for item in answer["Items"])
            found |= {reference for kind, _, reference in keys if kind == "CHALLENGE"}
            if "LastEvaluatedKey" not in answer:
                return sorted(found)
            start["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    # Acting, through other functions -----------------------------------------------------------

    def redrive(self, _asked: Asked, _until: datetime | None) -> Answer:
        """Give every dead letter to its function, or the alarms' topic, again."""
        found = list(
            redrive(
                self._clients.sqs(),
                self._clients.lambda_(),
                lambda topic, message: self._clients.sns().publish(TopicArn=topic, Message=message),
                environment("DEAD_LETTERS"),
            )
        )
        given = [one for one in found if one.is_for_somebody]
        left = [one for one in found if not one.is_for_somebody]
        lines = [
            *(f"{one.id}: given to {one.target} again." for one in given),
            *(f"{one.id}: was for nobody known, and stays. The runbook says why." for one in left),
        ]
        lines.append(f"{len(given)} dead letters. Any that fails again comes back within minutes.")
        data = {"given": [vars(one) for one in given], "left": [vars(one) for one in left]}
        return Answer(tuple(lines), data, COULD_NOT if left else WELL)

    def sweep(self, asked: Asked, _until: datetime | None) -> Answer:
        """Run a Sweep now and say what it did; ``everything`` wakes every challenge."""
        after = {"after": asked.after} if asked.after else {}
        return self._swept({"all": True, **after} if asked.everything else {})

    def wake(self, asked: Asked, _until: datetime | None) -> Answer:
        """Give a fresh leg to one challenge; an ended one that still asks something has one too."""
        version = self._record.chain.load(asked.reference)
        if not version.challenge.open and version.head.wake_at is None:
            line = f"{asked.reference} has ended: there is nothing to wake."
            return Answer((line,), {"swept": 0, "failed": 0, "left": 0})
        return self._swept({"reference": asked.reference})

    def _swept(self, event: dict[str, Any]) -> Answer:
        answer = self._clients.waits().invoke(
            FunctionName=environment("SWEEP_FUNCTION"), Payload=json.dumps(event)
        )
        said = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            message = f"Sweep failed, with {said.get('errorType')}. Its log says why."
            raise TryAgainError(message)
        lines = [f"{said['swept']} given a fresh leg, {said['failed']} that could not be."]
        if said["left"]:
            go_on = f" --all --after '{said['after']}'" if "after" in said else ""
            lines.append(f"There was no time for {said['left']} more. Go on with sweep{go_on}.")
        return Answer(tuple(lines), said, COULD_NOT if said["failed"] or said["left"] else WELL)

    # Helpers -----------------------------------------------------------------------------------

    def _of_person(self, officer: str) -> Iterator[Row]:
        """Yield what waits for an officer, and what they raised.

        Raise ``NoSuchOfficerError``.
        """
        directory = self._council.current().directory
        if officer not in directory.officers:
            raise NoSuchOfficerError(officer)
        yield from self._record.lists.of_iro(officer)
        for tray in directory.trays(officer, local_day(clock.now())):
            yield from self._record.lists.in_tray(tray)

    def _letters_amiss(self, reference: str) -> Iterator[str]:
        """Yield the emails that were refused, wait for another try, or that SES reported on."""
        for key, item in self._record.notices.known(reference, 0).items():
            number, _, officer = key.partition("#")
            letter = f"  about event {int(number)}, to {officer}"
            if "failure" in item and "message_id" not in item:
                never = item.get("sent_at") == "never"
                what = "refused permanently" if never else f"tried again after {item['lease']}"
                yield f"{letter}: {item['failure']}, {what}"
            for news in news_in(item):
                fate = news.fate.replace("_", " ")
                yield f"{letter}: {fate}, {moment_in_words(news.at)} ({news.said})"


_COMMANDS: Mapping[str, Callable[[Desk, Asked, datetime | None], Answer]] = {
    "show": Desk.show,
    "list": Desk.list_open,
    "timeline": Desk.timeline,
    "verify": Desk.verify,
    "mails": Desk.mails,
    "dead-letters": Desk.dead_letters,
    "redrive": Desk.redrive,
    "sweep": Desk.sweep,
    "wake": Desk.wake,
    "fingerprint": Desk.fingerprint,
}
