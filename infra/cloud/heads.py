"""The locked seals of the heads: they show if anybody ever rewrote the record."""

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
    from constructs import IConstruct

    from infra.cloud.settings import Settings

#: No record is kept longer than its seals: a child is born before anything about them is sealed.
LOCKED_FOR = Duration.days(KEPT_FOR_YEARS * 366)


class Heads(Construct):
    """The bucket of nightly seals. Each object is locked as it is written."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make the bucket, locked as the settings say.

        It uses S3's own key, not the council's: seals name nobody, and destroying the record's key
        must not make its seals unreadable too.
        """
        super().__init__(scope, name)
        self.bucket = bucket_of_evidence(
            self,
            "Heads",
            encryption=s3.BucketEncryption.S3_MANAGED,
            object_lock_default_retention=lock(settings, LOCKED_FOR),
        )

    def let_seal(self, function: lambda_.Function) -> None:
        """Let a function add a night and read them all, but not delete, unlock or shorten any."""
        self._let_read(function, KEYS, "s3:PutObject")

    def let_audit(self, function: lambda_.Function) -> None:
        """Let a function read the seals, and add and read the nightly lists of ended challenges."""
        self._let_read(function, KEYS)
        self._let_read(function, ENDED, "s3:PutObject")

    def let_verify(self, function: lambda_.Function) -> None:
        """Let a function read the seals."""
        self._let_read(function, KEYS)

    def let_look(self, role: iam.Role) -> None:
        """Let people read the seals in an emergency."""
        self._let_read_seals(role, role, KEYS)

    def _let_read(self, function: lambda_.Function, keys: str, *besides: str) -> None:
        function.add_environment("HEADS_BUCKET", self.bucket.bucket_name)
        self._let_read_seals(function, function.role or function, keys, *besides)

    def _let_read_seals(
        self, grantee: iam.IGrantable, holder: IConstruct, keys: str, *besides: str
    ) -> None:
        """Let ``grantee`` read the objects under ``keys``; ``holder`` has its policies."""
        accept(
            holder,
            f"IAM5[Resource::{exported(self.bucket, self.bucket.bucket_arn)}/{keys}*]",
            "A seal's name is its night's",
        )
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucketVersions"],
                resources=[self.bucket.bucket_arn],
                conditions={"StringEquals": {"s3:prefix": keys}},
            )
        )
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:GetObjectVersion", *besides],
                resources=[self.bucket.arn_for_objects(f"{keys}*")],
            )
        )
