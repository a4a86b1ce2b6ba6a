"""What can go wrong between this service and AWS, the council's provider and other programs.

The tree also lists errors that only one module raises and defines itself::

    AdapterError
    ├── NoSuchChallengeError             no challenge has this reference
    │   ├── OnlyAPartError               they have one page of it, and this is another
    │   └── SealedError                  it is sealed, as they asked or agreed
    ├── NoSuchOfficerError               the directory has nobody of this id
    ├── DamagedHeadError                 HEAD or a tray of a challenge lacks something it needs
    ├── MovedOnError                     somebody else wrote first: read again, decide again
    ├── CouncilMovedOnError              somebody else changed directory or calendar first
    ├── TryAgainError                    AWS could not answer just now
    ├── LostWordsError                   words of legal advice are missing
    ├── ChangedWordsError                words of legal advice are not those that were written
    ├── TypesettingError                 a document could not be made
    ├── TooMuchAtOnceError               more than one transaction can write
    ├── QuestionError                    an operator's question cannot be understood
    ├── SettingsError                    the service is set up wrongly
    ├── SecretsError                     the secrets cannot be read
    ├── MailRefusedError                 SES refuses an address or a message permanently
    ├── MailUnavailableError             SES could not take an email just now
    ├── SignInError                      signing in failed: a sentence for the person
    │   ├── StaleSignInError             begun too long ago, in another tab, or not by this browser
    │   ├── DeclinedSignInError          the provider said no
    │   ├── NoEmailError                 the account has no confirmed email address
    │   ├── UntrustedSignInError         the provider's answer fails a check
    │   └── ProviderUnavailableError     the provider does not answer, or not correctly
    ├── NoTokenError                     a program sent no token
    ├── WrongTokenError                  a program's token does not open this door
    ├── RepeatedNameError                a name appears more than once in a JSON object
    ├── TooDeepError                     lists and objects of JSON are nested too deeply
    └── TooLongNumberError               a number in JSON has too many digits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AdapterError",
    "CouncilMovedOnError",
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
            f"There is no challenge {reference} that you can see. Check the reference."
        )


class OnlyAPartError(NoSuchChallengeError):
    """Somebody may not see the challenge, and has one page of it (rule 11), at ``address``."""

    def __init__(self, reference: str, page: str) -> None:
        """Take the reference that was asked for, and the name of the page that they may see."""
        super().__init__(reference)
        self.address = f"/challenges/{reference}/{page}"


class SealedError(NoSuchChallengeError):
    """The challenge is sealed, and the reader asked to seal it, or agreed (rule 22)."""

    def __init__(self, reference: str, instead: str) -> None:
        """Take the reference that was asked for, and the challenge that was raised instead.

        ``instead`` is empty if that is sealed as well.
        """
        super().__init__(reference)
        sealed = f"{reference} is sealed, because it was about the wrong child."
        led_on = f" {instead} was raised instead: open that one." if instead else ""
        self.args = (f"{sealed}{led_on}",)


class NoSuchOfficerError(AdapterError):
    """The directory has nobody of this id."""

    def __init__(self, officer: str) -> None:
        """Take the id that was asked for."""
        super().__init__(
            f"There is no officer {officer} in the directory. The command save-directory writes "
            "down who is."
        )


class DamagedHeadError(AdapterError):
    """HEAD of a challenge, or its item in a tray, lacks something it needs."""

    def __init__(self, reference: str, sort: str, missing: Iterable[str]) -> None:
        """Take the challenge, the item's sort key (``HEAD``, ``TRAY#…``), and what is missing."""
        super().__init__(
            f"{sort} of {reference} lacks {', '.join(missing)}. Run the command: rebuild-head "
            f"{reference}"
        )
        self.reference = reference


class MovedOnError(AdapterError):
    """The record changed between reading and writing: read again and decide again."""


class CouncilMovedOnError(AdapterError):
    """Somebody changed the directory, cover or bank holidays since it was looked at."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "Somebody else has changed the directory, cover or bank holidays in the meantime. "
            "Nothing of yours was loaded. Look at what would change now, then load it again."
        )


class TryAgainError(AdapterError):
    """AWS could not answer just now. Nothing was written, or the retry finds that it was."""


class TooMuchAtOnceError(AdapterError):
    """One step of a challenge would write more items than a transaction holds."""

    def __init__(self, reference: str) -> None:
        """Take the challenge's reference."""
        super().__init__(
            f"One step of {reference} would write more than a transaction can. Nothing was "
            "written. Too many posts are asked at one stage: load a directory in which fewer have "
            "that role for one team."
        )


class QuestionError(AdapterError):
    """An operator's question cannot be understood; the message names the field and the remedy."""


class SettingsError(AdapterError):
    """The service is set up wrongly; the message names the setting and what it has to be."""
