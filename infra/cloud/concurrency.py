"""How many calls of functions run at once: what of that requests may take, and what Decide is kept.

All functions of an account and region share one pool, the account's quota. Somebody who asks for
enough pages would fill it, and then no challenge is decided. So API Gateway lets in no more than
half of it takes, and Decide has a part that nobody else gets, where the quota is large enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.blueprint import API_PATH, FUNCTIONS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LEAST", "Bucket", "Concurrency"]

#: With less, requests could take everything: real children's challenges would wait for them.
LEAST = 100

#: AWS refuses a reservation that leaves fewer than these for the functions without one.
_UNRESERVED = 100
#: A reservation is a ceiling as well. Fewer than these, and a morning on which many deadlines pass
#: would be slower with it than without.
_RESERVED_AT_LEAST = 20
_RESERVED, _FOR_REQUESTS = 1 / 4, 1 / 2

#: Seconds that a request of a page or the interface takes, if it starts a container: the most that
#: a call is reckoned with (docs/costs.md). HEAD and OPTIONS, which scanners send, read nothing.
_A_REQUEST, _A_LOOK = 3, 1

#: What of all requests comes to which resource of the gateway, by which method. A page that is
#: opened for the first time asks for its style sheet and pictures too.
_PARTS = {
    ("/{proxy+}", "GET"): 0.50,
    ("/{proxy+}", "POST"): 0.15,
    ("/", "GET"): 0.15,
    (f"{API_PATH}/{{proxy+}}", "GET"): 0.10,
    (f"{API_PATH}/{{proxy+}}", "POST"): 0.10,
}
#: The gateway's resources, each of which takes all of ``METHODS``.
_RESOURCES = ("/", "/{proxy+}", API_PATH, f"{API_PATH}/{{proxy+}}")


@dataclass(frozen=True)
class Bucket:
    """What the gateway lets in by one method of one resource.

    ``rate`` requests a second for as long as they come, and ``burst`` at one moment.
    """

    rate: float
    burst: int

    def at_once(self, seconds: float) -> float:
        """How many are under way at most, if each takes so many ``seconds``."""
        return self.burst + self.rate * seconds


#: Of HEAD and OPTIONS, and of what has no page.
_LOOKS = Bucket(1, 2)


@dataclass(frozen=True)
class Concurrency:
    """What follows from an account's ``quota`` of calls that run at once."""

    quota: int

    @property
    def reserved(self) -> int | None:
        """How many calls are kept for Decide; ``None`` where AWS would refuse any of use."""
        kept = min(int(self.quota * _RESERVED), self.quota - _UNRESERVED)
        return kept if kept >= _RESERVED_AT_LEAST else None

    @property
    def requests(self) -> int:
        """How many requests of pages and interface may be under way together."""
        return int((self.quota - (self.reserved or 0)) * _FOR_REQUESTS)

    @property
    def buckets(self) -> Mapping[tuple[str, str], Bucket]:
        """What is let in by each method of each resource."""
        every = [(resource, method) for resource in _RESOURCES for method in METHODS]
        return {door: self._used.get(door, _LOOKS) for door in every}

    @property
    def default(self) -> Bucket:
        """What would be let in by a method that has no bucket of its own. There is none.

        If API Gateway ever took a name for another, pages would be slow to come, and not gone.
        """
        return self._used["/{proxy+}", "GET"]

    @property
    def _used(self) -> Mapping[tuple[str, str], Bucket]:
        """What is let in of all that people and programs use.

        Two fifths of ``requests`` may come at one moment. The others come one after the other.
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
        """How many calls the gateway can cause at most that are under way together."""
        return sum(
            bucket.at_once(_A_REQUEST if door in _PARTS else _A_LOOK)
            for door, bucket in self.buckets.items()
        )

    @property
    def left(self) -> float:
        """How many calls are left for the functions that no request calls."""
        return self.quota - (self.reserved or 0) - self.at_once

    @property
    def said(self) -> str:
        """All of it in words, for whoever deploys."""
        rate = sum(bucket.rate for bucket in self._used.values())
        burst = sum(bucket.burst for bucket in self._used.values())
        return (
            f"lambda_quota is {self.quota} calls of functions at once. Requests take at most"
            f" {self.at_once:.0f} of them ({rate:.0f} a second, and {burst} at one moment)."
            f" {self.reserved or 'None'} are reserved for Decide."
            f" {max(0, self.left):.0f} are left for all else."
        )

    def concerns(self) -> Iterator[str]:
        """What whoever deploys should know, each with what to do."""
        ask = (
            "Ask AWS for 1000: Service Quotas, AWS Lambda, Concurrent executions. It costs nothing."
        )
        if self.left < len(FUNCTIONS):
            yield (
                f"lambda_quota is {self.quota}: requests can take all of it, and no challenge is"
                f" decided meanwhile. {ask}"
            )
        if self.reserved is None:
            yield (
                f"lambda_quota is {self.quota}: nothing is reserved for Decide, because AWS lets"
                f" nobody leave fewer than {_UNRESERVED} unreserved. {ask}"
            )
