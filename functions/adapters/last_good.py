"""A value of another service, by Powertools' Parameters, that outlives a failure of that service.

Powertools keeps a value for as long as it is told, and asks again after that. If it cannot, it
raises, and asks again at each call, although it still holds what it had. Here what it holds serves
on, and the service is asked again after a pause.

Importing this imports boto3, as Powertools' Parameters do: it is imported when first needed.
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

#: The one value of a provider, among those that it could have.
_ONE = "value"

_log = logging.getLogger(__name__)

T = TypeVar("T")


class LastGood(BaseProvider, Generic[T]):
    """The value that ``ask`` returns, at most ten minutes old, or older while ``ask`` raises.

    ``ask`` says in its errors what an operator can do, and nothing of the value: they are logged.
    What it refuses is not kept, so a wrong value does not replace a good one.
    """

    def __init__(self, ask: Callable[[], T], fails_as: type[Exception]) -> None:
        """Ask nothing yet. ``fails_as`` is the error to raise when there is no value at all."""
        super().__init__()  # type: ignore[no-untyped-call] # Powertools'
        self._ask = ask
        self._fails_as = fails_as

    def value(self) -> T:
        """Return the value. Raise ``fails_as``, in the words of the error of ``ask``."""
        try:
            value: T = self.get(_ONE, max_age=MAX_AGE)  # type: ignore[assignment] # as _get has it
        except GetParameterError as error:
            said = str(error)
        else:
            return value
        key = self._build_cache_key(_ONE)
        if key not in self.store:
            # Raised out here: an error below this one might quote what was read.
            raise self._fails_as(said)
        _log.warning("Going on with what was read before. %s", said)
        held: T = self.fetch_from_cache(key)
        self.add_to_cache(key, held, PAUSE_AFTER_FAILURE)
        return held

    def _get(self, name: str, **sdk_options: object) -> Any:  # noqa: ANN401, ARG002 (Powertools')
        return self._ask()

    def _get_multiple(self, path: str, **sdk_options: object) -> dict[str, str]:
        raise NotImplementedError
