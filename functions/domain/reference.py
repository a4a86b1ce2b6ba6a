"""References like ``PCE-7K3M-9QXT``: random, easy to read aloud, and revealing nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["new_reference", "tidied"]

#: Without 0, O, 1, I, L, U and V, which sound or look like others on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_PATTERN = re.compile(rf"PCE-[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}}")


def new_reference(choose: Callable[[str], str]) -> str:
    """Return a new reference; ``choose`` picks a random letter that nobody can guess."""
    letters = "".join(choose(_ALPHABET) for _ in range(8))
    return f"PCE-{letters[:4]}-{letters[4:]}"


def tidied(text: str) -> str | None:
    """Return the reference somebody meant, in any case and with any dashes, or ``None``."""
    letters = re.sub(r"[^0-9A-Z]", "", text.upper()).removeprefix("PCE")
    reference = f"PCE-{letters[:4]}-{letters[4:]}"
    return reference if _PATTERN.fullmatch(reference) else None
