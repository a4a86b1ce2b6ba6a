"""Emails that go out, beside the chains: claimed before they are sent, and marked afterwards.

An email's item is where its place says. Its attributes::

    lease        nobody else may try before this moment, by the wall
    tries        how often it was claimed
    sent_at      when SES accepted it, by the service's clock; "never": it refuses it for good
    message_id   SES's name for the sending that counts, which is the last
    failure      why the last try that failed did so
    came_back …  what SES said of it afterwards, by fate: a set of lines

A claim is a lease: whoever holds it may have died, and once it has run out another takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.codec import moment_text
from adapters.delivery import Fate, Held, News, PutOff, Refused, Sent
from adapters.record.table import condition_failed
from domain.moments import parse_moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.record.places import Place
    from adapters.record.table import RecordTable

__all__ = ["NEVER", "Claim", "Notices", "news_in"]

#: What stands as ``sent_at`` of an email that was refused for good.
NEVER = "never"


@dataclass(frozen=True)
class Claim:
    """An email is ours to send ``until`` then, by the wall. ``tries`` counts this one as well."""

    until: datetime
    tries: int


class Notices:
    """The emails in the record's table."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at

    def known(self, reference: str, since: int) -> dict[str, dict[str, Any]]:
        """Return the emails about event ``since`` and later that were ever claimed, by notice."""
        items = self._at.items(reference, f"NOTICE#{since:06d}", "NOTICE#~")
        return {item["SK"].removeprefix("NOTICE#"): item for item in items}

    def earlier(self, place: Place) -> Sent | Refused | None:
        """Return what became of an email for good, if anything has."""
        return _for_good(self._at.get(place.partition, place.sort) or {})

    def claim(self, place: Place, now: datetime, until: datetime) -> Claim | Sent | Refused | Held:
        """Claim an email, or say why nobody may: in one call, which also reads how it stands.

        Both moments are the wall's: they say how long a function may run, not what is due.
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
            if condition_failed(error):
                return _stood(error)
            raise
        tries: Any = answer["Attributes"]["tries"]
        return Claim(until, int(tries))

    def mark(
        self, place: Place, claim: Claim, outcome: Sent | Refused | PutOff
    ) -> Sent | Refused | PutOff | Held:
        """Note what became of an email that was claimed so; return what counts.

        What was sent was sent, however late. A try that failed counts only while its claim holds:
        after that another may have taken over, and must lose neither its lease nor its sending.
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
            # botocore tries a call again whose answer was lost: then it is our own mark.
            ours = isinstance(outcome, PutOff) and stands == Held(outcome.until)
            return outcome if ours else stands
        return outcome

    def mark_news(self, place: Place, news: News) -> None:
        """Note what became of an email that SES accepted: once, in whatever order it is told."""
        self._at.table.update_item(
            Key={"PK": place.partition, "SK": place.sort},
            UpdateExpression="ADD #fate :line",
            ExpressionAttributeNames={"#fate": str(news.fate)},
            ExpressionAttributeValues={":line": {_line_of(news)}},
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
    """How an email stands, by the item that a failed condition came back with."""
    response: Any = error.response  # the item in DynamoDB's own form: boto3 leaves errors alone
    texts = {name: value["S"] for name, value in response["Item"].items() if "S" in value}
    return _for_good(texts) or Held(parse_moment(texts["lease"]))


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
    """What is known of a letter since it was accepted, by the moments at which it was said."""
    lines = ((fate, *line.split(" ", 2)) for fate in Fate for line in item.get(fate, ()))
    news = [News(fate, said, id_, parse_moment(at)) for fate, id_, at, said in lines]
    return sorted(news, key=lambda one: one.at)
