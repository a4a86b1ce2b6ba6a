"""A value of another service, by Powertools' Parameters, that survives a failure of that service.

Powertools keeps a value for as long as it is told, then asks for it again. If that fails, it raises
at each call, although it still holds the old value. Here the old value stays in use, and the
service is asked again after a pause.

Importing this imports boto3, as Powertools' Parameters do, so import it when it is first needed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aws_lambda_powertools.utilities.parameters import BaseProvider, GetParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LastGood"]

#: Seconds after which a value is asked for again.
MAX_AGE = 10 * 60
#: Seconds to go on with an old value before asking a failing service again.
PAUSE_AFTER_FAILURE = 60

#: The only value that a provider has here; Powertools would keep several by name.
_ONE = "value"

_log = logging.getLogger(__name__)

T = TypeVar("T")


class LastGood(BaseProvider, Generic[T]):
    """The value that ``ask`` returns, at most ten minutes old, or older while ``ask`` raises.

    The errors of ``ask`` say what an operator can do, and nothing about the value: they are logged.
    A value that ``ask`` refuses is not kept, so a wrong value never replaces a good one.
    """

    def __init__(self, ask: Callable[[], T], fails_as: type[Exception]) -> None:
        """Ask for nothing yet. ``fails_as`` is the error to raise when there is no value at all."""
        super().__init__()  # type: ignore[no-untyped-call] # Powertools'
        self._ask = ask
        self._fails_as = fails_as

    def value(self) -> T:
        """Return the value. Raise ``fails_as``, with the message of the error from ``ask``."""
        try:
            value: T = self.get(_ONE, max_age=MAX_AGE)  # type: ignore[assignment] # as _get has it
        except GetParameterError as error:
            said = str(error)
        else:
            return value
        key = self._build_cache_key(_ONE)
        if key not in self.store:
            # Raised outside the except block: a chained error might quote what was read.
            raise self._fails_as(said)
        _log.warning("Going on with what was read before. %s", said)
        held: T = self.fetch_from_cache(key)
        self.add_to_cache(key, held, PAUSE_AFTER_FAILURE)
        return held

    def _get(self, name: str, **sdk_options: object) -> Any:  # noqa: ANN401, ARG002 (Powertools')
        return self._ask()

    def _get_multiple(self, path: str, **sdk_options: object) -> dict[str, str]:
        raise NotImplementedError
