"""Outgoing emails, beside the chains: claimed before they are sent, and marked afterwards.

An email's ``Place`` says where its item is. Its attributes::

    lease        nobody else may try before this moment, in real time
    tries        how often it was claimed
    sent_at      when SES accepted it, by the service's clock; "never": SES will never accept it
    message_id   SES's id of the sending that counts, which is the last
    failure      why the last failed try failed
    came_back …  what SES reported about it afterwards, by fate: a set of lines
    away         what showed that its reader is away (rule 15): a set of lines

A claim is a lease: its holder may have died, so another may take over once it has run out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.codec import moment_text
from adapters.delivery import Fate, Held, News, PutOff, Refused, Sent
from adapters.record.table import condition_failed
from domain.moments import parse_moment
from domain.rules.absence import Absence, Sign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.record.places import Place
    from adapters.record.table import RecordTable

__all__ = ["NEVER", "Claim", "Notices", "absences_in", "news_in"]

#: Stands for a day that is not known, in a line about an absence.
_NO_DAY = "-"

#: The ``sent_at`` of an email that SES will never accept.
NEVER = "never"


@dataclass(frozen=True)
class Claim:
    """An email is ours to send ``until`` this real time. ``tries`` counts this one as well."""

    until: datetime
    tries: int


class Notices:
    """The emails in the record's table."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at

    def known(self, reference: str, since: int) -> dict[str, dict[str, Any]]:
        """Return the items of emails claimed about event ``since`` and later, by notice key."""
        items = self._at.items(reference, f"NOTICE#{since:06d}", "NOTICE#~")
        return {item["SK"].removeprefix("NOTICE#"): item for item in items}

    def earlier(self, place: Place) -> Sent | Refused | None:
        """Return the final outcome of an email; ``None`` if it has none yet."""
        return _for_good(self._at.get(place.partition, place.sort) or {})

    def claim(self, place: Place, now: datetime, until: datetime) -> Claim | Sent | Refused | Held:
        """Claim an email; return the claim, or the state that rules one out. One call of DynamoDB.

        Both moments are in real time: they bound how long a function may run, not what is due.
        botocore repeats a call whose answer was lost; then our own lease stands in the way. So, to
        a call that was repeated, a lease until exactly ``until`` is its own: ``until`` is kept to
        the microsecond, and each call reads the clock again for it. Should another have read the
        same microsecond, and an answer be lost as well, both send the email: it arrives twice, as
        it can after a crash, but is not lost.
        """
        try:
            answer = self._at.table.update_item(
                Key={"PK": place.partition, "SK": place.sort},
                UpdateExpression="SET lease = :until ADD tries :one",
                ConditionExpression="attribute_not_exists(sent_at) AND "
                "(attribute_not_exists(lease) OR lease <= :now)",
                ExpressionAttributeValues={
                    ":until": moment_text(until),
                    ":now": moment_text(now),
                    ":one": 1,
                },
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            stands = _stood(error)
            ours = _was_repeated(error) and stands == Held(until)
            return Claim(until, _tries(error)) if ours else stands
        tries: Any = answer["Attributes"]["tries"]
        return Claim(until, int(tries))

    def mark(
        self, place: Place, claim: Claim, outcome: Sent | Refused | PutOff
    ) -> Sent | Refused | PutOff | Held:
        """Note the outcome of an email that was claimed; return the outcome that counts.

        An email that was sent counts as sent, however late. A failed try counts only while its
        claim holds: after that another may have taken over, and must not lose its lease or its
        sending.
        """
        changes = _attributes(outcome)
        if isinstance(outcome, Sent):
            self._at.change(place.partition, place.sort, changes)
            return outcome
        try:
            self._at.table.update_item(
                Key={"PK": place.partition, "SK": place.sort},
                UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in changes),
                ConditionExpression="attribute_not_exists(sent_at) AND lease = :claimed",
                ExpressionAttributeValues={
                    ":claimed": moment_text(claim.until),
                    **{f":{name}": value for name, value in changes.items()},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            stands = _stood(error)
            # botocore repeats a call whose answer was lost: then this is our own mark.
            ours = isinstance(outcome, PutOff) and stands == Held(outcome.until)
            return outcome if ours else stands
        return outcome

    def mark_news(self, place: Place, news: News) -> None:
        """Note what happened to an email after SES accepted it, once, in any order."""
        self._add(place, str(news.fate), _line_of(news))

    def mark_away(self, place: Place, absence: Absence) -> None:
        """Note what showed that the reader of an email is away, once, in any order."""
        days = [str(day or _NO_DAY) for day in (absence.first, absence.back_on)]
        line = [absence.sign.name, moment_text(absence.at), *days, absence.colleague]
        self._add(place, "away", " ".join(line))

    def _add(self, place: Place, name: str, line: str) -> None:
        """Add a line to the set of this name; the same line again changes nothing."""
        self._at.table.update_item(
            Key={"PK": place.partition, "SK": place.sort},
            UpdateExpression="ADD #name :line",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":line": {line}},
        )


def _attributes(outcome: Sent | Refused | PutOff) -> dict[str, str]:
    match outcome:
        case Sent(at, message_id):
            return {"sent_at": moment_text(at), "message_id": message_id}
        case Refused(why):
            return {"sent_at": NEVER, "failure": why}
        case PutOff(until, why):
            return {"lease": moment_text(until), "failure": why}


def _stood(error: ClientError) -> Sent | Refused | Held:
    """Return the state of an email from the item that a failed condition returned."""
    response: Any = error.response  # boto3 leaves the item of an error in DynamoDB's own form
    texts = {name: value["S"] for name, value in response["Item"].items() if "S" in value}
    return _for_good(texts) or Held(parse_moment(texts["lease"]))


def _was_repeated(error: ClientError) -> bool:
    """Whether botocore had made the call before, and got no answer."""
    return error.response["ResponseMetadata"]["RetryAttempts"] > 0


def _tries(error: ClientError) -> int:
    """Return how often an email was claimed, from the item that a failed condition returned."""
    response: Any = error.response
    return int(response["Item"]["tries"]["N"])


def _for_good(item: Mapping[str, Any]) -> Sent | Refused | None:
    sent_at = item.get("sent_at")
    if sent_at == NEVER:
        return Refused(item.get("failure", ""), earlier=True)
    if sent_at:
        return Sent(parse_moment(sent_at), item.get("message_id", ""), earlier=True)
    return None


def _line_of(news: News) -> str:
    return f"{news.message_id} {moment_text(news.at)} {news.said}"


def news_in(item: dict[str, Any]) -> list[News]:
    """Return what SES reported about an email since it accepted it, in order of time."""
    lines = ((fate, *line.split(" ", 2)) for fate in Fate for line in item.get(fate, ()))
    news = [News(fate, said, id_, parse_moment(at)) for fate, id_, at, said in lines]
    return sorted(news, key=lambda one: one.at)


def absences_in(item: dict[str, Any], officer: str) -> list[Absence]:
    """Return what showed that ``officer``, who got the email of this item, is away."""
    lines = (line.split(" ", 4) for line in item.get("away", ()))
    return [
        Absence(officer, parse_moment(at), Sign[sign], _day(first), _day(back_on), colleague)
        for sign, at, first, back_on, colleague in lines
    ]


def _day(text: str) -> date | None:
    return None if text == _NO_DAY else date.fromisoformat(text)
