"""What one waking of a challenge has to tell in the daily emails, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.record.news import NewsLine
from domain.notices import request_of, told_in_the_morning
from domain.timeline import headline, reply_awaited

if TYPE_CHECKING:
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.notices import News

__all__ = ["news_lines"]


def news_lines(
    challenge: Challenge, now: datetime, council: Council, after: int
) -> tuple[NewsLine, ...]:
    """Return the lines about the events later than number ``after``.

    A line is the event's own in the timeline, which names no child and quotes nobody.
    """
    return tuple(
        _line(one, challenge, now, council)
        for one in told_in_the_morning(challenge, now, council, after)
    )


def _line(news: News, challenge: Challenge, now: datetime, council: Council) -> NewsLine:
    event = news.event
    about = challenge.request_number(request_of(challenge, event)) or challenge.request
    follows = reply_awaited(challenge, now, council, challenge.iro) if news.what_next else ()
    adds = (news.adds,) if news.adds else ()
    said = " ".join((f"{headline(event, challenge, council)}.", *adds, *follows))
    stage = council.ladder.title(about.stage)
    return NewsLine(challenge.reference, event.number, stage, said, news.officers)
