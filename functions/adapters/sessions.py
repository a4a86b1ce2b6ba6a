"""Which sessions are open: one item for each officer, read with every page that they open.

``PK=SESSIONS#<officer> SK=SESSIONS``. Its set ``begun`` has a line for each session, one for each
browser: the SHA-256 of the session's id, and the second since 1970 at which it ends in any case. A
session whose line is not there is over, whatever its cookie says. To sign out takes the line away,
and leaves those of other browsers; the next sign-in takes away those that ended by themselves.
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
    """Opens sessions, ends them, and knows those that are open."""

    def __init__(self, beside: Beside) -> None:
        """Take what stands beside the chains, where they are kept."""
        self._beside = beside

    def begin(self, officer: str, session: Session) -> None:
        """Open a session of ``officer`` (an id), who has just signed in."""
        lines = self._beside.add_line(_partition(officer), _SORT, _LINES, _line(session))
        begun = session.until - SESSION_SECONDS
        ended = {line for line in lines if int(line.partition(" ")[2]) <= begun}
        if ended:
            self._beside.take_lines(_partition(officer), _SORT, _LINES, ended)

    def is_open(self, officer: str, session: Session) -> bool:
        """Whether it was begun and not ended. Its own times are not asked here."""
        item = self._beside.kept(_partition(officer), _SORT) or {}
        return _line(session) in item.get(_LINES, ())

    def end(self, officer: str, session: Session) -> None:
        """End it at once, whoever else holds its cookie. To end it again changes nothing."""
        self._beside.take_lines(_partition(officer), _SORT, _LINES, {_line(session)})


def _partition(officer: str) -> str:
    return f"SESSIONS#{officer}"


def _line(session: Session) -> str:
    """Without the id itself: whoever reads the table learns nothing that stands in a cookie."""
    return f"{sha256(session.id.encode()).hexdigest()} {session.until}"
