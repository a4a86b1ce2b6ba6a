"""All functions share one pool: requests may not use it all, and Decide has its own part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from infra.blueprint import DECIDE, FUNCTIONS
from infra.cloud.concurrency import LEAST, Bucket, Concurrency
from tests.infra.template import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.template import Synthesized

#: AWS refuses a reservation that leaves fewer than this to the other functions.
UNRESERVED = 100

#: From a new account's to what AWS gives on request, and on both sides of each number where
#: something changes.
QUOTAS = [10, 50, 82, 83, 99, 100, 101, 119, 120, 121, 133, 134, 200, 399, 1000, 3000, 10_000]


@pytest.mark.parametrize("quota", [one for one in QUOTAS if one >= LEAST])
def test_requests_leave_room_for_every_function_that_no_request_calls(quota: int) -> None:
    """Both for calls at the same moment and for those that come while a request runs."""
    concurrency = Concurrency(quota)
    assert concurrency.at_once + (concurrency.reserved or 0) + len(FUNCTIONS) <= quota
    used = [
        one
        for (_, method), one in concurrency.buckets.items()
        if method in ("GET", "POST") and one != Bucket(1, 2)
    ]
    assert sum(one.at_once(3) for one in used) <= concurrency.requests + 5


@pytest.mark.parametrize("quota", QUOTAS)
def test_what_is_reserved_is_what_aws_allows_and_enough_to_be_of_use(quota: int) -> None:
    reserved = Concurrency(quota).reserved
    assert reserved is None or 20 <= reserved <= quota - UNRESERVED


@pytest.mark.parametrize("quota", QUOTAS)
def test_every_door_stays_open(quota: int) -> None:
    buckets = Concurrency(quota).buckets
    assert all(bucket.rate > 0 and bucket.burst >= 1 for bucket in buckets.values())
    assert Concurrency(quota).default == buckets["/{proxy+}", "GET"]


@pytest.mark.parametrize("quota", QUOTAS)
def test_whoever_deploys_is_told_what_is_too_small_and_what_to_do(quota: int) -> None:
    concurrency = Concurrency(quota)
    concerns = [*concurrency.concerns()]
    said = " ".join(concerns)
    assert ("nothing is reserved for Decide" in said) == (concurrency.reserved is None)
    assert ("requests can take all of it" in said) == (concurrency.left < len(FUNCTIONS))
    assert all("Ask AWS for 1000: Service Quotas" in concern for concern in concerns)


def test_the_usual_quota_is_of_no_concern() -> None:
    concurrency = Concurrency(1000)
    assert [*concurrency.concerns()] == []
    assert concurrency.said == (
        "lambda_quota is 1000 calls of functions at once. Requests take at most 404 of them (74 a"
        " second, and 146 at one moment). 250 are reserved for Decide. 346 are left for everything"
        " else."
    )


def _reserved(stack: Synthesized) -> dict[str, int]:
    return {
        function["Handler"]: function["ReservedConcurrentExecutions"]
        for function in stack.of_type("AWS::Lambda::Function").values()
        if "ReservedConcurrentExecutions" in function
    }


def _told(stack: Synthesized, level: str) -> list[str]:
    """Return what the synthesis says to whoever deploys the service."""
    file = stack.service.parent / stack.service.name.replace(".template.", ".metadata.")
    told = json.loads(file.read_text("utf-8")).values()
    return [one["data"] for entries in told for one in entries if one["type"] == level]


def test_decide_has_a_part_of_its_own_where_the_quota_is_large_enough(
    stack: Synthesized, tmp_path: Path
) -> None:
    assert _reserved(stack) == {DECIDE.handler: 250}
    assert _told(stack, "aws:cdk:info") == [Concurrency(1000).said]
    assert not [one for one in _told(stack, "aws:cdk:warning") if "lambda_quota" in one]
    small = synthesize(tmp_path, lambda_quota="100")
    assert _reserved(small) == {}
    (warned,) = [one for one in _told(small, "aws:cdk:warning") if "lambda_quota" in one]
    assert "nothing is reserved for Decide" in warned
