"""The locked heads: what makes it show if somebody ever wrote the record anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from adapters.seals import ENDED, KEYS
from domain.retention import KEPT_FOR_YEARS
from infra.cloud.evidence import bucket_of_evidence, lock
from infra.cloud.rules import accept, exported

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings

#: Whoever a record is about was born before it was sealed: none is kept for longer than its seals.
LOCKED_FOR = Duration.days(KEPT_FOR_YEARS * 366)


class Heads(Construct):
    """The bucket of the nightly seals. Each object is locked as it is written."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make the bucket, locked as the settings say.

        Under S3's own key, not the council's: seals tell of nobody, and whoever could destroy the
        record's key must not blind its seals with it.
        """
        super().__init__(scope, name)
        self.bucket = bucket_of_evidence(
            self,
            "Heads",
            encryption=s3.BucketEncryption.S3_MANAGED,
            object_lock_default_retention=lock(settings, LOCKED_FOR),
        )

    def let_seal(self, function: lambda_.Function) -> None:
        """Let a function add a night and read them all; not delete, unlock or shorten any."""
        self._let_read(function, KEYS, "s3:PutObject")

    def let_audit(self, function: lambda_.Function) -> None:
        """Let a function read the seals, and add a night to what had ended, and read those."""
        self._let_read(function, KEYS)
        self._let_read(function, ENDED, "s3:PutObject")

    def _let_read(self, function: lambda_.Function, keys: str, *besides: str) -> None:
        accept(
            function.role or function,
            f"IAM5[Resource::{exported(self.bucket, self.bucket.bucket_arn)}/{keys}*]",
            "A seal's name is its night's",
        )
        function.add_environment("HEADS_BUCKET", self.bucket.bucket_name)
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucketVersions"],
                resources=[self.bucket.bucket_arn],
                conditions={"StringEquals": {"s3:prefix": keys}},
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:GetObjectVersion", *besides],
                resources=[self.bucket.arn_for_objects(f"{keys}*")],
            )
        )
