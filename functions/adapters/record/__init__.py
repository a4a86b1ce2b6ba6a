"""The record in DynamoDB: append on condition, read whole, never change, never delete.

One table. A challenge's items share ``PK=CHALLENGE#<reference>``::

    EVENT#000007   one event: its canonical text and its two hashes    written once
    HEAD           version, leg, wake_at, and the summary row:         with every event
                   what lists and figures need, keys of the indexes
    TRAY#<post>    whose tray the challenge lies in, and until when    when that changes
    NOTICE#…       one letter: claimed by a lease, sent, marked;
                   and what SES said of it afterwards                  beside the chain
    LOOK#…         one look at the challenge                           beside the chain

``EVENT#…`` and ``HEAD`` sort next to each other, so one query reads both.

How an append cannot lose or double anything::

    A reads version 7 ──────────── A writes event 8 if version = 7 ──► HEAD says 8
       B reads version 7 ──────────────── B writes event 8 if version = 7 ──► refused
                                                          B reads 8, decides anew

A command also raises ``leg`` and sets ``wake_at`` to now, in the same transaction. If the
process dies before it starts the execution, Sweep finds ``wake_at`` in the past and does.

Its rooms, each of which uses only those above it::

    table     access to the table: reads, guarded writes, how keys are written
    shown     what lists and trays show of a challenge, by its events and the directory
    head      HEAD as a value and as an item
    chain     ``record.chain``: a challenge is read, raised and appended to
    legs      ``record.legs``: HEAD between two events, and made anew
    lists     ``record.lists``: what the indexes answer, by what HEAD and trays show
    places    where each email is kept, and the tags by which SES names it
    notices   ``record.notices``: emails are claimed, and marked with what became of them
    beside    ``record.beside``: what else stands beside the chains
"""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from adapters.record.beside import Beside
from adapters.record.chain import Chain
from adapters.record.legs import Legs
from adapters.record.lists import Lists
from adapters.record.notices import Notices
from adapters.record.table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_dynamodb.service_resource import Table

__all__ = ["Record"]


class Record:
    """The table, as the procedure sees it: its rooms."""

    def __init__(
        self, table: Callable[[], Table], pause: Callable[[float], object] = sleep
    ) -> None:
        """Take what makes the table: it is made when first used, not on import.

        ``pause`` waits so many seconds between two tries of a write.
        """
        at = RecordTable(table, pause)
        self.chain = Chain(at)
        self.legs = Legs(at, self.chain)
        self.lists = Lists(at)
        self.notices = Notices(at)
        self.beside = Beside(at)
