"""The record in DynamoDB: append on a condition, read whole, never change, never delete.

One table. A challenge's items share ``PK=CHALLENGE#<reference>``::

    EVENT#000007   one event: its canonical text and its two hashes    written once
    KIND#ended     the last event of this kind, for the event bus      with such an event
    HEAD           version, leg, wake_at, and the summary row:         with every event
                   what lists and figures need, keys of the indexes
    TRAY#<post>    whose tray the challenge is in, and until when      when that changes
    NOTICE#…       one email: claimed by a lease, sent, marked;
                   and what SES reported about it afterwards           beside the chain
    LOOK#…         one look at the challenge                           beside the chain

``EVENT#…`` and ``HEAD`` sort next to each other, so one query reads both.

How an append cannot lose or double anything::

    A reads version 7 ──────────── A writes event 8 if version = 7 ──► HEAD says 8
       B reads version 7 ──────────────── B writes event 8 if version = 7 ──► refused
                                                          B reads 8, decides again

A command also raises ``leg`` and sets ``wake_at`` to now, in the same transaction. If the
process dies before it starts the execution, Sweep finds ``wake_at`` in the past and starts it.

Its modules, each of which uses only those above it::

    table     access to the table: reads, guarded writes, how keys are written
    shown     what lists and trays show about a challenge, from its events and the directory
    head      HEAD as a value and as an item
    chain     ``record.chain``: read, raise and append to a challenge
    legs      ``record.legs``: change HEAD between two events, and rebuild it
    lists     ``record.lists``: what the indexes return, as HEAD and trays show it
    places    where each email is kept, and the tags by which SES names it
    notices   ``record.notices``: claim emails, and mark them with what happened to them
    beside    ``record.beside``: what else is kept beside the chains
    news      ``record.news``: what the daily emails have to tell
"""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from adapters.record.beside import Beside
from adapters.record.chain import Chain
from adapters.record.legs import Legs
from adapters.record.lists import Lists
from adapters.record.news import News
from adapters.record.notices import Notices
from adapters.record.table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_dynamodb.service_resource import Table

__all__ = ["Record"]


class Record:
    """The table, as the procedure sees it: one attribute for each of the modules above."""

    def __init__(
        self, table: Callable[[], Table], pause: Callable[[float], object] = sleep
    ) -> None:
        """Take the function that makes the table: it is called when first used, not on import.

        ``pause`` waits the given number of seconds between two tries of a write.
        """
        at = RecordTable(table, pause)
        self.chain = Chain(at)
        self.legs = Legs(at, self.chain)
        self.lists = Lists(at)
        self.notices = Notices(at)
        self.beside = Beside(at)
        self.news = News(self.beside)
