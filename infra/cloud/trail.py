"""The trail: who used the record outside the service, and who tampered with its protection.

By default CloudTrail keeps 90 days of what was done *to* resources, and nothing of what was done
*in* them: who read, wrote or deleted an item or an object, or called a function. Those are data
events, recorded only by a trail that asks for them. This one does, and locks what it records. It is
the only record of who called the function ``operate``, because Lambda tells no function who calls
it.

It also lets EventBridge hear what is done to keys (``infra.cloud.alarms``), and who takes on the
emergency role (``infra.cloud.people``): without a trail in the region no rule hears of a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cloud.backup import KEPT_MONTHLY
from infra.cloud.evidence import bucket_of_evidence, lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb

    from infra.cloud.settings import Settings

#: As long as the oldest backup: whoever finds a difference from it can still ask who made it.
KEPT_FOR = KEPT_MONTHLY

#: Services whose reads are left out: the only two that AWS lets a trail leave out.
_USES = ("kms.amazonaws.com", "rdsdata.amazonaws.com")

_Trail = cloudtrail.CfnTrail


class Trail(Construct):
    """One trail of the region, and the bucket that it writes to.

    The bucket itself is not recorded: each delivery would be an event to deliver.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        settings: Settings,
        table: dynamodb.Table,
        buckets: Sequence[s3.Bucket],
    ) -> None:
        """Record what is done in ``table`` and ``buckets``, and calls to the account.

        Calls of functions are recorded for the whole account and region, so that nothing here names
        one of the service.

        It uses S3's own key: a key of the council's would cost a dollar a month and more, and
        destroying it would make the trail unreadable too. The trail holds references, officers' ids
        and callers, never the content of an item.
        """
        super().__init__(scope, name)
        self.bucket = bucket_of_evidence(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            object_lock_default_retention=lock(settings, KEPT_FOR),
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=KEPT_FOR, noncurrent_version_expiration=Duration.days(1)
                ),
                s3.LifecycleRule(expired_object_delete_marker=True),
            ],
        )
        # CloudTrail writes to it at once, and what it wrote is locked: CloudFormation could not
        # delete it after a failed deployment. It leaves it, and makes another.
        self.bucket.apply_removal_policy(RemovalPolicy.RETAIN)
        #: Fixed, because the bucket's policy has to name the trail before it exists. It goes with
        #: its stack, so it blocks nothing.
        self.name = f"positive-challenge-{settings.environment}"
        stack = Stack.of(self)
        self.arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name=self.name)
        self._let_cloudtrail_write(stack.account)
        trail = _Trail(
            self,
            "Trail",
            trail_name=self.name,
            is_logging=True,
            s3_bucket_name=self.bucket.bucket_name,
            enable_log_file_validation=True,
            is_multi_region_trail=False,
            include_global_service_events=False,
            advanced_event_selectors=[
                _selector("Changes", {"eventCategory": "Management", "readOnly": "false"}),
                # AWS counts taking on a role as a read. Each use of a key is a read as well:
                # hundreds of thousands a month, of no interest.
                _selector("Looks", {"eventCategory": "Management", "readOnly": "true"}, but=_USES),
                _selector(
                    "Items",
                    {"eventCategory": "Data", "resources.type": "AWS::DynamoDB::Table"},
                    within=[table.table_arn],
                ),
                _selector(
                    "Objects",
                    {"eventCategory": "Data", "resources.type": "AWS::S3::Object"},
                    within=[bucket.arn_for_objects("") for bucket in buckets],
                ),
                _selector(
                    "Calls", {"eventCategory": "Data", "resources.type": "AWS::Lambda::Function"}
                ),
            ],
        )
        # Otherwise CloudTrail would get a bucket that it may not write to yet, and refuse it.
        if policy := self.bucket.policy:
            trail.node.add_dependency(policy)

    def _let_cloudtrail_write(self, account: str) -> None:
        """Let CloudTrail write, for this trail alone."""
        principal = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        ours = {"aws:SourceArn": self.arn}
        for sid, action, resource, conditions in (
            ("LetCloudTrailLook", "s3:GetBucketAcl", self.bucket.bucket_arn, ours),
            (
                "LetCloudTrailWrite",
                "s3:PutObject",
                self.bucket.arn_for_objects(f"AWSLogs/{account}/*"),
                {**ours, "s3:x-amz-acl": "bucket-owner-full-control"},
            ),
        ):
            self.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=sid,
                    principals=[principal],
                    actions=[action],
                    resources=[resource],
                    conditions={"StringEquals": conditions},
                )
            )


def _selector(
    name: str, fields: dict[str, str], *, within: Sequence[str] = (), but: Sequence[str] = ()
) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    """Return what is recorded: events with these fields.

    Of resources whose ARNs begin as in ``within``, and of all services ``but`` these.
    """
    chosen = [
        _Trail.AdvancedFieldSelectorProperty(field=field, equal_to=[value])
        for field, value in fields.items()
    ]
    if within:
        begins = _Trail.AdvancedFieldSelectorProperty(field="resources.ARN", starts_with=[*within])
        chosen.append(begins)
    if but:
        others = _Trail.AdvancedFieldSelectorProperty(field="eventSource", not_equals=[*but])
        chosen.append(others)
    return _Trail.AdvancedEventSelectorProperty(name=name, field_selectors=chosen)
