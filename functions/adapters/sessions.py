"""Which sessions are open: one item for each officer, read with every page they open.

``PK=SESSIONS#<officer> SK=SESSIONS``. Its set ``begun`` has a line for each session, and so for
each browser: the SHA-256 of the session's id, and when it ends in any case (seconds since 1970). A
session without a line is over, whatever its cookie says. Signing out removes its line and leaves
those of other browsers; the next sign-in removes the lines of sessions that have run out.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from adapters.identity import SESSION_SECONDS

if TYPE_CHECKING:
    from adapters.identity import Session
    from adapters.record.beside import Beside

__all__ = ["Sessions"]

_SORT, _LINES = "SESSIONS", "begun"


class Sessions:
    """Opens and ends sessions, and knows which are open."""

    def __init__(self, beside: Beside) -> None:
        """Take the part of the record where they are kept."""
        self._beside = beside

    def begin(self, officer: str, session: Session) -> None:
        """Open a session of ``officer`` (an id), who has just signed in."""
        lines = self._beside.add_line(_partition(officer), _SORT, _LINES, _line(session))
        begun = session.until - SESSION_SECONDS
        ended = {line for line in lines if int(line.partition(" ")[2]) <= begun}
        if ended:
            self._beside.take_lines(_partition(officer), _SORT, _LINES, ended)

    def is_open(self, officer: str, session: Session) -> bool:
        """Whether it was begun and not ended. Its own times are not checked here."""
        item = self._beside.kept(_partition(officer), _SORT) or {}
        return _line(session) in item.get(_LINES, ())

    def end(self, officer: str, session: Session) -> None:
        """End it at once, whoever else holds its cookie. Ending it again changes nothing."""
        self._beside.take_lines(_partition(officer), _SORT, _LINES, {_line(session)})


def _partition(officer: str) -> str:
    return f"SESSIONS#{officer}"


def _line(session: Session) -> str:
    """Return the session's line, without its id: reading the table must not reveal a cookie."""
    return f"{sha256(session.id.encode()).hexdigest()} {session.until}"
