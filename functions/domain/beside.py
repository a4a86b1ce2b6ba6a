"""Evidence beside the chains: looks at a challenge, and the links for replying to it.

They are not in any chain. So each night seals, for each challenge that has more of them than
before, how many there were and one digest of them all. After that anything removed, changed or
added before that moment shows. What is both noted and removed between two nights does not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from domain.moments import day_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["LINKS", "LOOKS", "Beside", "Counted"]

LOOKS, LINKS = "looks", "links"

_SIZE = sha256().digest_size


@dataclass(frozen=True)
class Counted:
    """On ``day`` ``count`` of a kind had been noted before ``until``, with the digest of all."""

    day: date
    until: str
    count: int
    digest: str


class Beside:
    """All evidence beside the chains, added in any order, and compared with the seals.

    What was noted before ``until`` will be sealed. Moments are texts as they are stored, which sort
    in order of time.
    """

    def __init__(self, sealed: Mapping[tuple[str, str], Counted], until: str) -> None:
        """Take what was sealed last: (reference, kind) → how many there were, by when."""
        self._sealed = sealed
        self._until = until
        self._before: dict[tuple[str, str], bytearray] = defaultdict(bytearray)
        self._since: dict[tuple[str, str], bytearray] = defaultdict(bytearray)

    def add(self, reference: str, kind: str, moment: str, line: str) -> None:
        """Add one that was noted at ``moment``; ``line`` identifies it."""
        which, digest = (reference, kind), sha256(line.encode()).digest()
        if which in self._sealed and moment < self._sealed[which].until:
            self._before[which] += digest
        elif moment < self._until:
            self._since[which] += digest

    def changed(self, kinds: tuple[str, ...] = (LOOKS, LINKS)) -> dict[tuple[str, str], str]:
        """Return (reference, kind) → a sentence, where what was sealed has changed."""
        found: dict[tuple[str, str], str] = {}
        for which, noted in self._sealed.items():
            held, kind = self._before.get(which, bytearray()), which[1]
            if kind not in kinds or _digest(held) == noted.digest:
                continue
            was = f"there were {noted.count} {kind} when they were sealed on"
            now = len(held) // _SIZE
            other = "as many, but not the same" if now == noted.count else str(now)
            found[which] = f"{was} {day_in_words(noted.day)}; of that time there are {other} now."
        return found

    def to_seal(self) -> dict[str, dict[str, list[int | str]]]:
        """Return reference → kind → how many by ``until`` and their digest, where there are more.

        What has changed since it was sealed is not sealed again.
        """
        changed, new = self.changed(), defaultdict[str, dict[str, list[int | str]]](dict)
        for which, since in self._since.items():
            if which not in changed:
                all_of_them = self._before.get(which, bytearray()) + since
                reference, kind = which
                new[reference][kind] = [len(all_of_them) // _SIZE, _digest(all_of_them)]
        return dict(new)


def _digest(held: bytearray) -> str:
    each = sorted(bytes(held[at : at + _SIZE]) for at in range(0, len(held), _SIZE))
    return sha256(b"".join(each)).hexdigest()
