"""Long words on a page: their beginning, and the whole to be unfolded."""

from __future__ import annotations

from domain.values import Value, value

__all__ = ["Shortened", "shortened"]

#: The most characters that a page shows before it folds the rest: about seven lines on a phone.
_SHOWN = 300


@value
class Shortened(Value):
    """What somebody wrote. ``start`` is its beginning, empty if the ``whole`` is short enough."""

    whole: str
    start: str = ""


def shortened(text: str, at_most: int = _SHOWN) -> Shortened:
    """Return the text with its first ``at_most`` characters or fewer, cut between two words."""
    if len(text) <= at_most:
        return Shortened(text)
    start = text[:at_most]
    cut = max(start.rfind(" "), start.rfind("\n"))
    return Shortened(text, (start[:cut] if cut > at_most // 2 else start).rstrip() + " …")
