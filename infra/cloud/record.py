"""The record: one table, encrypted with the council's own key, that outlives the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from adapters.operating.verifying import READS as BESIDE
from adapters.privileged import PARTITION as PRIVILEGED
from adapters.record.beside import DELETE_AFTER, LOOK, PASSING
from adapters.record.lists import SUMMARY_READS
from adapters.seals import READS as HASHES
from infra.blueprint import (
    BY_ENDED,
    BY_IRO,
    INDEXES,
    ONLY_LOOKS,
    ONLY_UPDATE,
    PARTITION_KEY,
    READ_PRIVILEGED,
    READS_LISTS,
    SORT_KEY,
    WRITES,
    WRITES_WHERE_PEOPLE_TRAIN,
)
from infra.cloud.keys import renewed_every
from infra.cloud.privileged import refused_to_others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_lambda as lambda_

    from infra.blueprint import Function, Index
    from infra.cloud.functions import Functions
    from infra.cloud.settings import Settings

_READ = ("dynamodb:GetItem", "dynamodb:Query")

#: Append only. Nothing deletes a record (Privacy), so no function may: no DeleteItem, and no
#: BatchWriteItem or PartiQL, which can delete too. A transaction needs the actions of its parts.
_UPDATE = ("dynamodb:UpdateItem",)
_PUT = ("dynamodb:PutItem",)
_APPEND = (*_PUT, *_UPDATE)

#: What the table's own policy denies to everyone but the functions and the emergency role: every
#: way to write, and to delete the table. CloudFormation's changes to a table are not included, nor
#: is the policy itself: otherwise whoever deploys could neither go on nor go back.
_FOR_FEW = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)

#: What chooses the attribute by which items expire: the policy denies it to everyone but the role
#: by which CloudFormation makes the stacks.
_LET_EXPIRE = "dynamodb:UpdateTimeToLive"

#: The end of the emergency role's name: the whole name contains the service's.
_GLASS = "*-break-glass"

_READ_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)

#: What DynamoDB requires of its caller for a table under a customer's key.
_USE_KEY = (
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
)

#: The same for a reader.
_READ_BY_KEY = ("kms:DescribeKey", "kms:Decrypt")


class Record(Construct):
    """The table and its key."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make the table that ``infra.blueprint`` describes."""
        super().__init__(scope, name)
        self._trains = bool(settings.working_day_seconds)
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the record of challenges and the secrets of sign-in",
            enable_key_rotation=True,
            rotation_period=renewed_every(settings),
            # Without its key the retained table could not be read.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.key.add_to_resource_policy(refused_to_others(settings))
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_text(PARTITION_KEY),
            sort_key=_text(SORT_KEY),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            # Only what is PASSING may have it: see _nothing_else_ends.
            time_to_live_attribute=DELETE_AFTER,
            # Without an emergency role nobody could load a directory past this policy.
            resource_policy=_writers_alone(settings) if settings.break_glass else None,
            # The stream carries the keys of what is written, and none of its content.
            stream=dynamodb.StreamViewType.KEYS_ONLY,
            # CloudFormation cannot delete what is protected, not even after a failed deployment: it
            # leaves it, and makes another.
            removal_policy=RemovalPolicy.RETAIN,
        )
        for index in INDEXES:
            self.table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_text(index.partition_key),
                sort_key=_text(index.sort_key),
                projection_type=dynamodb.ProjectionType.ALL,
            )

    @property
    def stream(self) -> str:
        """Return the ARN of the table's stream."""
        stream = self.table.table_stream_arn
        if stream is None:
            message = "The table was made without a stream."
            raise RuntimeError(message)
        return stream

    def let_read_and_append(self, functions: Functions, function: Function) -> None:
        """Let a function read items, append them where it writes, and query its indexes."""
        self._let_read_and_append(
            functions[function],
            where=(
                *WRITES[function],
                *(WRITES_WHERE_PEOPLE_TRAIN.get(function, ()) if self._trains else ()),
            ),
            how=_how(function),
            what=LOOK if function in ONLY_LOOKS else (),
            indexes=READS_LISTS.get(function, ()),
        )
        if function not in READ_PRIVILEGED:
            functions[function].add_to_role_policy(self._nothing_privileged())

    def _let_read_and_append(
        self,
        function: lambda_.Function,
        *,
        where: Sequence[str],
        how: Sequence[str],
        what: Sequence[str],
        indexes: Sequence[Index],
    ) -> None:
        table = self.table.table_arn
        function.add_to_role_policy(iam.PolicyStatement(actions=list(_READ), resources=[table]))
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=list(how),
                resources=[table],
                conditions={
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(where)},
                    **(
                        {"ForAllValues:StringEquals": {"dynamodb:Attributes": list(what)}}
                        if what
                        else {}
                    ),
                },
            )
        )
        function.add_to_role_policy(self._nothing_else_ends())
        if indexes:
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["dynamodb:Query"],
                    resources=[f"{self.table.table_arn}/index/{index.name}" for index in indexes],
                )
            )
        self._let_use_key(function)

    def _nothing_else_ends(self) -> iam.PolicyStatement:
        """Refuse the attribute by which DynamoDB deletes an item, except to what is PASSING."""
        return iam.PolicyStatement(
            sid="OnlyFormsAndDraftsEnd",
            effect=iam.Effect.DENY,
            actions=list(_APPEND),
            resources=[self.table.table_arn],
            conditions={
                "ForAnyValue:StringEquals": {"dynamodb:Attributes": [DELETE_AFTER]},
                "ForAnyValue:StringNotLike": {
                    "dynamodb:LeadingKeys": [f"{begins}*" for begins in PASSING]
                },
            },
        )

    def _nothing_privileged(self) -> iam.PolicyStatement:
        """Refuse the partitions of legal advice, which a role could otherwise read (rule 11)."""
        return iam.PolicyStatement(
            sid="NoLegalAdvice",
            effect=iam.Effect.DENY,
            actions=list(_READ),
            resources=[self.table.table_arn],
            conditions={"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": [f"{PRIVILEGED}*"]}},
        )

    def let_read(self, function: lambda_.Function, *, indexes: Sequence[Index]) -> None:
        """Let a function read items and query these indexes, but not write."""
        table = self.table.table_arn
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=list(_READ),
                resources=[table, *(f"{table}/index/{index.name}" for index in indexes)],
            )
        )
        self._let_use_key(function, actions=_READ_BY_KEY)

    def let_read_hashes(self, function: lambda_.Function) -> None:
        """Let a function read the keys and hashes of all items, and nothing else of them."""
        self._let_scan(function, HASHES)
        self._let_use_key(function, actions=_READ_BY_KEY)

    def let_find_unsummarized(self, function: lambda_.Function) -> None:
        """Let a function find the challenges without a summary row, and read no word of any."""
        for index in (BY_IRO, BY_ENDED):
            self._let_scan(
                function,
                (*SUMMARY_READS, index.partition_key, index.sort_key),
                f"/index/{index.name}",
            )

    def let_find_all(self, function: lambda_.Function) -> None:
        """Let a function find every challenge, look and link, and read no other word of any."""
        self._let_scan(function, BESIDE)
        self._let_use_key(function, actions=_READ_BY_KEY)

    def _let_scan(
        self, function: lambda_.Function, attributes: Sequence[str], where: str = ""
    ) -> None:
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["dynamodb:Scan"],
                resources=[f"{self.table.table_arn}{where}"],
                conditions={
                    "ForAllValues:StringEquals": {"dynamodb:Attributes": list(attributes)},
                    # A request that names no attributes would otherwise get all of them.
                    "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
                },
            )
        )

    def let_mend(self, role: iam.Role) -> None:
        """Let people read and write this table in an emergency, and read one restored from it.

        They may not delete either: if something has to go, copy the rest into a restored table.
        """
        table = self.table.table_arn
        indexes = [f"{table}/index/{index.name}" for index in INDEXES]
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[*_READ, *_APPEND, "dynamodb:Scan"], resources=[table, *indexes]
            )
        )
        role.add_to_policy(self._nothing_else_ends())
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[*_READ, "dynamodb:Scan"],
                resources=[f"{table}-restored"],
            )
        )
        self._let_use_key(role)

    def let_read_stream(self, role: iam.Role) -> str:
        """Let a role read the table's stream, which carries only keys. Return its ARN."""
        role.add_to_policy(iam.PolicyStatement(actions=list(_READ_STREAM), resources=[self.stream]))
        self._let_use_key(role, actions=("kms:Decrypt",))
        return self.stream

    def _let_use_key(
        self, grantee: lambda_.Function | iam.Role, actions: Sequence[str] = _USE_KEY
    ) -> None:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(actions),
                resources=[self.key.key_arn],
                # The key opens the table, and nothing else that may be encrypted with it one day.
                conditions={
                    "StringEquals": {
                        "kms:ViaService": f"dynamodb.{Stack.of(self).region}.amazonaws.com"
                    }
                },
            )
        )


def _how(function: Function) -> tuple[str, ...]:
    """Return the actions by which a function writes."""
    if function in ONLY_LOOKS:
        return _PUT
    return _UPDATE if function in ONLY_UPDATE else _APPEND


def _writers_alone(settings: Settings) -> iam.PolicyDocument:
    """Set the table's own policy. It names roles by their paths, not the service itself."""
    roles = f"arn:aws:iam::{settings.account}:role"
    writers = [
        f"{roles}{settings.path_of_functions}*",
        f"{roles}{settings.path_of_people}{_GLASS}",
    ]
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="NobodyElseWrites",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(_FOR_FEW),
                # This table, without its name: a policy that names it would need it to exist first.
                resources=["*"],
                conditions={"ArnNotLike": {"aws:PrincipalArn": writers}},
            ),
            iam.PolicyStatement(
                sid="NobodyElseLetsExpire",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[_LET_EXPIRE],
                resources=["*"],
                conditions={
                    "ArnNotLike": {
                        # Only CloudFormation can take it on.
                        "aws:PrincipalArn": [
                            f"{roles}/cdk-*-cfn-exec-role-{settings.account}-{settings.region}"
                        ]
                    }
                },
            ),
        ]
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
