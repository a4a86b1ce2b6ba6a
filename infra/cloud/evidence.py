"""Buckets of possible evidence: emails as received, nightly seals, and the trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3

from infra.cloud.rules import accept

if TYPE_CHECKING:
    from aws_cdk import Duration
    from constructs import Construct

    from infra.cloud.settings import Settings


def lock(settings: Settings, time: Duration) -> s3.ObjectLockRetention:
    """Return how long each object is locked when written, and against whom, from the settings."""
    if settings.object_lock == "compliance":
        return s3.ObjectLockRetention.compliance(time)
    return s3.ObjectLockRetention.governance(time)


def bucket_of_evidence(scope: Construct, name: str, **how: Any) -> s3.Bucket:  # noqa: ANN401 - as s3.Bucket takes them
    """Return a bucket of lockable objects that outlives the stack, with the settings in ``how``."""
    bucket = s3.Bucket(
        scope,
        name,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        # Overwriting an object keeps the earlier version.
        versioned=True,
        object_lock_enabled=True,
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        **how,
    )
    accept(
        bucket,
        "S1",
        "The trail records who read or wrote an object (infra.cloud.trail), and the "
        "function's log what happened to it. An access log would be one more place to guard",
    )
    return bucket
