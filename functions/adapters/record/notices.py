"""Emails are claimed before they are sent, and marked with what became of them.

A claim is a lease: whoever holds it may have died, and once it has run out another takes over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.codec import moment_text
from adapters.delivery import Fate, News
from adapters.record.table import challenge_key, condition_failed
from domain.moments import parse_moment

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.record.table import RecordTable

__all__ = ["Notices", "news_in"]


class Notices:
    """The emails in the record's table."""

    def __init__(self, at: RecordTable) -> None:
        """Take the table."""
        self._at = at

    def known_notices(self, reference: str, since: int) -> dict[str, dict[str, Any]]:
        """The letters about event ``since`` and later that were claimed or sent, by their key."""
        items = self._at.items(reference, f"NOTICE#{since:06d}", "NOTICE#~")
        return {item["SK"].removeprefix("NOTICE#"): item for item in items}

    def claim_notice(self, reference: str, key: str, now: datetime, until: datetime) -> bool:
        """Claim a letter by a lease; ``False`` if it was sent, or another holds the lease.

        Both moments are the wall's: they say how long a function may run, not what is due.
        """
        return self.claim(challenge_key(reference), f"NOTICE#{key}", now, until)

    def claim(self, partition: str, sort: str, now: datetime, until: datetime) -> bool:
        """Claim what has to be sent once, as a letter is; ``False`` if it was, or is claimed."""
        try:
            self._at.table.update_item(
                Key={"PK": partition, "SK": sort},
                UpdateExpression="SET lease = :until ADD tries :one",
                ConditionExpression="attribute_not_exists(sent_at) AND "
                "(attribute_not_exists(lease) OR lease <= :now)",
                ExpressionAttributeValues={
                    ":until": moment_text(until),
                    ":now": moment_text(now),
                    ":one": 1,
                },
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def mark_notice_sent(self, reference: str, key: str, now: datetime, message_id: str) -> None:
        """Mark a letter as accepted for delivery."""
        self._change_notice(reference, key, {"sent_at": moment_text(now), "message_id": message_id})

    def mark_notice_failed(
        self, reference: str, key: str, retry_at: datetime | None, why: str
    ) -> None:
        """A letter could not be sent: it is tried again at ``retry_at``, by the wall, or never."""
        changes = {"failure": why}
        changes |= {"lease": moment_text(retry_at)} if retry_at else {"sent_at": "never"}
        self._change_notice(reference, key, changes)

    def mark_notice_news(self, reference: str, key: str, news: News) -> None:
        """Note what became of a letter after it had been accepted for delivery."""
        self.mark_news(challenge_key(reference), f"NOTICE#{key}", news)

    def mark_news(self, partition: str, sort: str, news: News) -> None:
        """Note what became of what was sent: once, however often and in whatever order."""
        self._at.table.update_item(
            Key={"PK": partition, "SK": sort},
            UpdateExpression="ADD #fate :line",
            ExpressionAttributeNames={"#fate": str(news.fate)},
            ExpressionAttributeValues={":line": {_line_of(news)}},
        )

    def _change_notice(self, reference: str, key: str, changes: dict[str, str]) -> None:
        self._at.change(challenge_key(reference), f"NOTICE#{key}", changes)


def _line_of(news: News) -> str:
    return f"{news.message_id} {moment_text(news.at)} {news.said}"


def news_in(item: dict[str, Any]) -> list[News]:
    """What is known of a letter since it was accepted, by the moments at which it was said."""
    lines = ((fate, *line.split(" ", 2)) for fate in Fate for line in item.get(fate, ()))
    news = [News(fate, said, id_, parse_moment(at)) for fate, id_, at, said in lines]
    return sorted(news, key=lambda one: one.at)
