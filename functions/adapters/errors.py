"""What can go wrong between this service and the world: AWS, the council's provider, programs.

Those that only one module raises are defined there, and stand in this tree as well::

    AdapterError
    ├── NoSuchChallengeError             no challenge has this reference
    ├── NoSuchOfficerError               the directory has nobody of this id
    ├── DamagedHeadError                 HEAD or a tray of a challenge lacks what it has to hold
    ├── MovedOnError                     somebody else wrote first: read again, decide anew
    ├── TryAgainError                    AWS could not answer just now
    ├── TooMuchAtOnceError               more than one transaction can write
    ├── QuestionError                    an operator's question cannot be understood
    ├── SettingsError                    the service is set up wrongly
    ├── SecretsError                     the secrets cannot be had
    ├── MailRefusedError                 SES refuses an address or a message for good
    ├── MailUnavailableError             SES could not take an email just now
    ├── SignInError                      signing in failed: a sentence for the person
    │   ├── StaleSignInError             begun too long ago, in another tab, or not by this browser
    │   ├── DeclinedSignInError          the provider said no
    │   ├── NoEmailError                 the account has no confirmed email address
    │   ├── UntrustedSignInError         the provider's answer fails a check
    │   └── ProviderUnavailableError     the provider does not answer, or not as it should
    ├── NoTokenError                     a program sent no token
    ├── WrongTokenError                  a program's token does not open this door
    ├── RepeatedNameError                a name stands more than once in an object of JSON
    ├── TooDeepError                     lists and objects of JSON are nested too deep
    └── TooLongNumberError               a number in JSON has too many digits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AdapterError",
    "DamagedHeadError",
    "MovedOnError",
    "NoSuchChallengeError",
    "NoSuchOfficerError",
    "QuestionError",
    "SettingsError",
    "TooMuchAtOnceError",
    "TryAgainError",
]


class AdapterError(Exception):
    """The root of the tree."""


class NoSuchChallengeError(AdapterError):
    """No challenge has this reference."""

    def __init__(self, reference: str) -> None:
        """Take the reference that was asked for."""
        super().__init__(
            f"There is no challenge {reference} that you can see. Check it and try again."
        )


class NoSuchOfficerError(AdapterError):
    """The directory has nobody of this id."""

    def __init__(self, officer: str) -> None:
        """Take the id that was asked for."""
        super().__init__(
            f"There is no officer {officer} in the directory. The command save-directory writes "
            "down who is."
        )


class DamagedHeadError(AdapterError):
    """HEAD of a challenge, or its item in a tray, lacks what it has to hold."""

    def __init__(self, reference: str, sort: str, missing: Iterable[str]) -> None:
        """Take the challenge, the item's sort key (``HEAD``, ``TRAY#…``), and what is missing."""
        super().__init__(
            f"{sort} of {reference} lacks {', '.join(missing)}. Run the command: rebuild-head "
            f"{reference}"
        )
        self.reference = reference


class MovedOnError(AdapterError):
    """The record moved between reading and writing: read again and decide anew."""


class TryAgainError(AdapterError):
    """AWS could not answer just now; nothing was written, or the retry will find that it was."""


class TooMuchAtOnceError(AdapterError):
    """One step of a challenge would write more items than a transaction holds."""

    def __init__(self, reference: str) -> None:
        """Take the challenge that it is a step of."""
        super().__init__(
            f"One step of {reference} would write more than a transaction can. Nothing was "
            "written. Too many posts are asked at one stage: load a directory in which fewer have "
            "that role for one team."
        )


class QuestionError(AdapterError):
    """An operator asked what cannot be understood; the message names the field, and its remedy."""


class SettingsError(AdapterError):
    """The service is set up wrongly; the message says which setting, and what it has to be."""
