"""References like ``PCE-7K3M-9QXT``: random, easy to read aloud, telling nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["new_reference", "tidied"]

#: No 0/O, 1/I/L or U/V pair that a phone line could confuse.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_PATTERN = re.compile(rf"PCE-[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}}")


def new_reference(choose: Callable[[str], str]) -> str:
    """A new reference; ``choose`` picks one letter of an alphabet, at random and unguessably."""
    letters = "".join(choose(_ALPHABET) for _ in range(8))
    return f"PCE-{letters[:4]}-{letters[4:]}"


def tidied(text: str) -> str | None:
    """The reference somebody meant, whatever its case and dashes; ``None`` if it is none."""
    letters = re.sub(r"[^0-9A-Z]", "", text.upper()).removeprefix("PCE")
    reference = f"PCE-{letters[:4]}-{letters[4:]}"
    return reference if _PATTERN.fullmatch(reference) else None
