"""What can go wrong between this service and AWS.

::

    AdapterError
    ├── NoSuchChallengeError   no challenge has this reference
    ├── MovedOnError           somebody else wrote first: read again, decide anew
    ├── TryAgainError          AWS could not answer just now
    └── SettingsError          the service is set up wrongly
"""

from __future__ import annotations

__all__ = [
    "AdapterError",
    "MovedOnError",
    "NoSuchChallengeError",
    "SettingsError",
    "TryAgainError",
]


class AdapterError(Exception):
    """The root of the tree."""


class NoSuchChallengeError(AdapterError):
    """No challenge has this reference."""

    def __init__(self, reference: str) -> None:
        """Take the reference that was asked for."""
        super().__init__(f"There is no challenge {reference}. Check the reference and try again.")


class MovedOnError(AdapterError):
    """The record moved between reading and writing: read again and decide anew."""


class TryAgainError(AdapterError):
    """AWS could not answer just now; nothing was written, or the retry will find that it was."""


class SettingsError(AdapterError):
    """The service is set up wrongly; the message says which setting, and what it has to be."""
