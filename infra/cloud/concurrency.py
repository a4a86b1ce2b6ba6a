"""How many function calls run at once: the limit for requests, and the share reserved for Decide.

All functions of an account and region share one pool, the account's quota. Someone who requests
enough pages would fill it, and no challenge would be decided. So API Gateway admits at most what
half of it can serve and, where the quota is large enough, Decide has a reserved share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.blueprint import (
    ADVICE_PATH,
    API_PATH,
    DOCUMENTS_PATH,
    FUNCTIONS,
    METHODS,
    ONLY_BELOW,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LEAST", "Bucket", "Concurrency"]

#: With less, requests could take everything, and real children's challenges would wait for them.
LEAST = 100

#: AWS refuses a reservation that leaves the functions without one fewer than this.
_UNRESERVED = 100
#: A reservation is a ceiling as well: with fewer, a morning with many deadlines would be slower
#: than without one.
_RESERVED_AT_LEAST = 20
_RESERVED, _FOR_REQUESTS = 1 / 4, 1 / 2

#: Seconds that a request for a page or the interface takes if it starts a container: the longest
#: assumed for a call (docs/costs.md). HEAD and OPTIONS, which scanners send, read nothing.
_A_REQUEST, _A_LOOK = 3, 1

#: The share of all requests that reaches each resource of the gateway by each method. A page opened
#: for the first time also requests its style sheet and pictures. Together they are a little less
#: than one: the least quota has to leave room for every function.
_PARTS = {
    ("/{proxy+}", "GET"): 0.36,
    ("/{proxy+}", "POST"): 0.15,
    ("/", "GET"): 0.15,
    (f"{API_PATH}/{{proxy+}}", "GET"): 0.10,
    (f"{API_PATH}/{{proxy+}}", "POST"): 0.10,
    (f"{ADVICE_PATH}/{{proxy+}}", "GET"): 0.04,
    (f"{ADVICE_PATH}/{{proxy+}}", "POST"): 0.02,
    (f"{DOCUMENTS_PATH}/{{proxy+}}", "GET"): 0.04,
    (f"{DOCUMENTS_PATH}/{{proxy+}}", "POST"): 0.02,
}
#: The gateway's resources. Each takes all of ``METHODS``. (Nothing is at ``ONLY_BELOW`` itself.)
_RESOURCES = (
    *("/", "/{proxy+}", API_PATH, f"{API_PATH}/{{proxy+}}"),
    *(f"{path}/{{proxy+}}" for path in ONLY_BELOW),
)


@dataclass(frozen=True)
class Bucket:
    """The requests the gateway admits by one method of one resource.

    ``rate`` requests a second continuously, and ``burst`` at one moment.
    """

    rate: float
    burst: int

    def at_once(self, seconds: float) -> float:
        """Return how many run at once at most, if each takes this many ``seconds``."""
        return self.burst + self.rate * seconds


#: For HEAD and OPTIONS, and for anything without a page. No email has a link to legal advice or to
#: a document, so no scanner asks for one.
_LOOKS, _LOOKS_BELOW = Bucket(1, 2), Bucket(0.1, 1)


@dataclass(frozen=True)
class Concurrency:
    """The limits that follow from an account's ``quota`` of concurrent calls."""

    quota: int

    @property
    def reserved(self) -> int | None:
        """Return how many calls are reserved for Decide; ``None`` if AWS would refuse enough."""
        kept = min(int(self.quota * _RESERVED), self.quota - _UNRESERVED)
        return kept if kept >= _RESERVED_AT_LEAST else None

    @property
    def requests(self) -> int:
        """Return how many requests of pages and interface may run at once."""
        return int((self.quota - (self.reserved or 0)) * _FOR_REQUESTS)

    @property
    def buckets(self) -> Mapping[tuple[str, str], Bucket]:
        """Return the limit for each method of each resource."""
        every = [(resource, method) for resource in _RESOURCES for method in METHODS]
        looks = {one: _LOOKS_BELOW for one in every if one[0].startswith(ONLY_BELOW)}
        return {door: self._used.get(door, looks.get(door, _LOOKS)) for door in every}

    @property
    def default(self) -> Bucket:
        """Return the limit for a method without a bucket of its own. There is none.

        If API Gateway ever matched a name differently, pages would be slow but not gone.
        """
        return self._used["/{proxy+}", "GET"]

    @property
    def _used(self) -> Mapping[tuple[str, str], Bucket]:
        """Return the limits for all that people and programs use.

        Two fifths of ``requests`` may arrive at one moment. The others follow one after another.
        """
        return {
            door: Bucket(
                round(self.requests * part * 3 / 5 / _A_REQUEST, 2),
                max(1, int(self.requests * part * 2 / 5)),
            )
            for door, part in _PARTS.items()
        }

    @property
    def at_once(self) -> float:
        """Return how many calls the gateway can cause at once, at most."""
        return sum(
            bucket.at_once(_A_REQUEST if door in _PARTS else _A_LOOK)
            for door, bucket in self.buckets.items()
        )

    @property
    def left(self) -> float:
        """Return how many calls are left for the functions that no request calls."""
        return self.quota - (self.reserved or 0) - self.at_once

    @property
    def said(self) -> str:
        """Return all of it in words, for whoever deploys."""
        rate = sum(bucket.rate for bucket in self._used.values())
        burst = sum(bucket.burst for bucket in self._used.values())
        return (
            f"lambda_quota is {self.quota} calls of functions at once. Requests take at most "
            f"{self.at_once:.0f} of them ({rate:.0f} a second, and {burst} at one moment). "
            f"{self.reserved or 'None'} are reserved for Decide. {max(0, self.left):.0f} are "
            "left for everything else."
        )

    def concerns(self) -> Iterator[str]:
        """Yield warnings for whoever deploys, each with what to do."""
        ask = (
            "Ask AWS for 1000: Service Quotas, AWS Lambda, Concurrent executions. It costs nothing."
        )
        if self.left < len(FUNCTIONS):
            yield (
                f"lambda_quota is {self.quota}: requests can take all of it, and then no "
                f"challenge is decided. {ask}"
            )
        if self.reserved is None:
            yield (
                f"lambda_quota is {self.quota}: nothing is reserved for Decide, because AWS "
                f"requires at least {_UNRESERVED} unreserved. {ask}"
            )
