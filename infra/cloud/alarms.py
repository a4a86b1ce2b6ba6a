"""The alarms: each says what it means, and where the runbook says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_events_targets import SnsTopic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from constructs import Construct

from adapters.metrics import (
    CALENDAR_DAYS_LEFT,
    CHALLENGES_NOT_RUNNING,
    CHALLENGES_STUCK,
    CHALLENGES_SWEPT,
    COMPLAINTS,
    LETTERS_BARRED,
    LETTERS_IN_DOUBT,
    LETTERS_PUT_OFF,
    LETTERS_REFUSED,
    LETTERS_RETURNED,
    NOT_AS_RECORDED,
    NOT_AS_SEALED,
)
from infra.blueprint import AUDIT, DAILY, DECIDE, FUNCTIONS, SEAL, SWEEP
from infra.cloud.measured import FIVE_MINUTES, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sqs as sqs

    from infra.cloud.backup import Backups
    from infra.cloud.bus import Bus
    from infra.cloud.doors import Doors
    from infra.cloud.functions import Functions
    from infra.cloud.ladder import Ladder
    from infra.cloud.mail import Mail
    from infra.cloud.measured import Measured
    from infra.cloud.settings import Settings
    from infra.cloud.trail import Trail

#: The page whose headings the alarms name.
RUNBOOK = "docs/operations.md"

#: The bank holidays of a year are announced, and computed, long before it begins.
_CALENDAR_DAYS_AT_LEAST = 400
#: Sweep runs every five minutes: one that is missed is made up for by the next.
_SWEEP_AT_LEAST_EVERY = Duration.minutes(15)
#: The state machine tries a Decide that failed six times more: a single failure mends itself.
_DECIDE_ERRORS = 3
#: Whoever tries doors on the whole internet is soon gone; a council's own people stay.
_REFUSED = 100
#: AWS looks at an account's sending from a share of 5 in 100 that bounce, and stops it at 10.
_BOUNCE_RATE = 0.05

#: So much of the time that it may take: what grows with the record warns months before it fails.
_NEAR_ITS_TIMEOUT = 0.8
#: Those that read more the more is kept. Sweep is allowed long turns, as after a new directory: it
#: rings when one turn follows the other.
_GROWS_WITH_THE_RECORD = {SEAL: 1, AUDIT: 1, DAILY: 1, SWEEP: 3}

#: Amazon renews a certificate weeks before its end, and public ones last 47 days from 2029: a limit
#: of a month would then ring for nothing.
_CERTIFICATE_DAYS = 14

#: Seal and Audit run once a day. So many of these windows without one are more than a day, and a
#: day is one hour longer than others when clocks are put back.
_NIGHT_WINDOW = Duration.hours(6)
_NIGHT_WINDOWS = 5

_QUIET, _SILENCE_IS_BAD = (
    cloudwatch.TreatMissingData.NOT_BREACHING,
    cloudwatch.TreatMissingData.BREACHING,
)
_AT_LEAST, _BELOW = (
    cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
)


@dataclass(frozen=True)
class Watched:
    """One alarm: it rings when ``metric`` compares so with ``threshold``.

    For ``periods`` in a row, or in ``breaching`` of so many. ``meaning`` is a sentence; ``entry``
    the anchor of the runbook's entry, if not ``name``. A ``lean`` environment has it too: where it
    does not, another alarm rings for the same a little later.
    """

    name: str
    meaning: str
    metric: cloudwatch.IMetric
    threshold: float = 1
    periods: int = 1
    compared: cloudwatch.ComparisonOperator = _AT_LEAST
    missing: cloudwatch.TreatMissingData = _QUIET
    entry: str = ""
    breaching: int | None = None
    lean: bool = True


@dataclass(frozen=True)
class Feared:
    """One kind of act that rings as soon as the trail has it, whether AWS allowed it or not.

    Somebody asked ``service`` for one of ``calls``; ``of`` is what the call is about, as CloudTrail
    writes it. ``name`` is the anchor of the runbook's entry, ``meaning`` a sentence.
    """

    name: str
    meaning: str
    service: str
    calls: tuple[str, ...]
    of: Mapping[str, Any]


class Alarms(Construct):
    """Everything that rings, and the topic through which it does.

    An execution that was stopped rings nothing: each leg that another took over from was.
    """

    def __init__(
        self, scope: Construct, name: str, *, settings: Settings, key: kms.IKey | None
    ) -> None:
        """Make the topic, under ``key`` if there is one, with the council's address if given."""
        super().__init__(scope, name)
        self._key = key
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        if settings.alarm_address:
            self.topic.add_subscription(EmailSubscription(settings.alarm_address))
        stack = Stack.of(self)
        alarms = stack.format_arn(service="cloudwatch", resource="alarm", resource_name="*")
        self._of_this_account = {
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {"aws:SourceArn": alarms.replace(":alarm/", ":alarm:")},
        }
        cloud_watch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetAlarmsRing",
                principals=[cloud_watch],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=self._of_this_account,
            )
        )
        if key:
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="LetAlarmsEncrypt",
                    principals=[cloud_watch],
                    actions=["kms:GenerateDataKey", "kms:Decrypt"],
                    resources=["*"],
                    conditions=self._of_this_account,
                )
            )
        # AWS takes no condition here: a rule says nothing of itself when it publishes. The key lets
        # EventBridge in already, for the dead letters.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LetRulesRing",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        self.all: list[cloudwatch.Alarm] = []

    def add(self, watched: Watched) -> None:
        """Let one more ring."""
        entry = watched.entry or watched.name
        alarm = cloudwatch.Alarm(
            self,
            watched.name,
            alarm_name=f"{Stack.of(self).stack_name}-{watched.name}",
            alarm_description=f"{watched.meaning} Runbook: {RUNBOOK}#{entry}",
            metric=watched.metric,
            threshold=watched.threshold,
            evaluation_periods=watched.periods,
            datapoints_to_alarm=watched.breaching,
            comparison_operator=watched.compared,
            treat_missing_data=watched.missing,
        )
        alarm.add_alarm_action(SnsAction(self.topic))
        self.all.append(alarm)

    def let_ring(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` tell the topic what a rule could not."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn])
        )
        if self._key is None:
            return
        region = Stack.of(self).region
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"sns.{region}.amazonaws.com"}},
            )
        )

    def fear(self, feared: Feared, *, dead_letters: sqs.IQueue) -> None:
        """Let such an act ring, with who did it; what cannot be told is kept."""
        who, call, at = (
            events.EventField.from_path(f"$.detail.{field}")
            for field in ("userIdentity.arn", "eventName", "eventTime")
        )
        says = (
            f"{Stack.of(self).stack_name}-{feared.name}: {feared.meaning} {call}, by {who}, at"
            f" {at}. Runbook: {RUNBOOK}#{feared.name}"
        )
        # By its ARN alone: the topic's policy lets rules in already, and CDK would add another.
        topic = sns.Topic.from_topic_arn(self, f"For-{feared.name}", self.topic.topic_arn)
        rule = events.Rule(
            self,
            f"Rule-{feared.name}",
            description=feared.meaning,
            event_pattern=events.EventPattern(
                source=[f"aws.{feared.service}"],
                detail_type=["AWS API Call via CloudTrail"],
                detail={
                    "eventSource": [f"{feared.service}.amazonaws.com"],
                    "eventName": [*feared.calls],
                    **feared.of,
                },
            ),
            targets=[
                SnsTopic(
                    topic,
                    message=events.RuleTargetInput.from_text(says),
                    dead_letter_queue=dead_letters,
                )
            ],
        )
        Annotations.of(rule).acknowledge_warning(
            "@aws-cdk/aws-events:ruleUnresolvedEnvironment", "The topic is this stack's own"
        )


def of_the_ladder(ladder: Ladder, measured: Measured) -> Iterator[Watched]:
    """Whether challenges go on by themselves."""
    machine = ladder.machine
    yield Watched(
        "executions-failed",
        "An execution reached its state Fault: Decide kept failing for a challenge.",
        machine.metric_failed(period=FIVE_MINUTES),
    )
    yield Watched(
        "executions-timed-out",
        "AWS ended an execution because it had run for a year, though each ends within 300 days.",
        machine.metric_timed_out(period=FIVE_MINUTES),
    )
    yield Watched(
        "executions-throttled",
        "Step Functions holds executions back: more happens at once than the account may do.",
        machine.metric_throttled(period=FIVE_MINUTES),
        periods=3,
    )
    yield Watched(
        "challenges-stuck",
        "A challenge is past its moment to wake, and Sweep could not bring it back.",
        measured.one(CHALLENGES_STUCK, statistic="Maximum"),
        periods=2,
    )
    yield Watched(
        "challenges-not-running",
        "An open challenge has no running execution: it was stopped by hand, failed, or never"
        " began.",
        measured.one(CHALLENGES_NOT_RUNNING, statistic="Maximum"),
        periods=2,
    )
    yield Watched(
        "sweep-not-run",
        "Sweep has not run: what falls asleep is not woken.",
        measured.one(CHALLENGES_SWEPT, statistic="SampleCount", period=_SWEEP_AT_LEAST_EVERY),
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )
    yield Watched(
        "calendar-ends",
        f"Bank holidays are known for less than {_CALENDAR_DAYS_AT_LEAST} days more: beyond them"
        " no deadline can be counted.",
        measured.one(CALENDAR_DAYS_LEFT, statistic="Minimum", period=HOUR),
        threshold=_CALENDAR_DAYS_AT_LEAST,
        compared=_BELOW,
    )


def of_the_functions(
    functions: Functions, doors: Doors, dead_letters: sqs.IQueue
) -> Iterator[Watched]:
    """Whether what is asked of the service is done."""
    for function in FUNCTIONS:
        yield Watched(
            f"errors-{function.name}",
            f"The function {function.name} failed.",
            functions[function].metric_errors(period=FIVE_MINUTES),
            threshold=_DECIDE_ERRORS if function == DECIDE else 1,
            entry="errors-of-a-function",
            # What fails for good is a dead letter, a server's error or a failed execution.
            lean=False,
        )
    yield Watched(
        "functions-throttled",
        "AWS put off or refused calls of functions: as many run as the account may run at once.",
        # Without a dimension it is of all functions of the account and region, which share one
        # pool: one metric, where a sum of those of each function is charged as so many.
        cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Throttles",
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
        # A call that was refused for good is a dead letter or a server's error.
        lean=False,
    )
    yield Watched(
        "dead-letters",
        "What a function was asked to do failed for good, and waits to be done again.",
        dead_letters.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=FIVE_MINUTES
        ),
    )
    yield Watched(
        "server-errors",
        "Somebody who opened a page, or a program, was answered with a server's error.",
        doors.api.metric_server_error(statistic="Sum", period=FIVE_MINUTES),
    )
    yield Watched(
        "requests-refused",
        "The firewall keeps refusing requests: an attack, or a limit that holds people up.",
        doors.firewall.refused,
        threshold=_REFUSED,
        periods=3,
    )


def of_the_time(functions: Functions) -> Iterator[Watched]:
    """Whether what reads more each year still ends in time.

    One each, not one sum of all: AWS charges an alarm by its metrics, and each names its function.
    """
    for function, periods in _GROWS_WITH_THE_RECORD.items():
        yield Watched(
            f"slow-{function.name}",
            f"The function {function.name} took more than {_NEAR_ITS_TIMEOUT:.0%} of the"
            f" {function.timeout_seconds} seconds after which AWS ends it.",
            functions[function].metric_duration(statistic="Maximum", period=FIVE_MINUTES),
            threshold=function.timeout_seconds * 1_000 * _NEAR_ITS_TIMEOUT,
            periods=periods,
            entry="slow-function",
        )


def of_the_address(doors: Doors) -> Iterator[Watched]:
    """Whether browsers will go on believing that the address is the council's."""
    yield Watched(
        "certificate-ends",
        f"The certificate of the pages' address ends in less than {_CERTIFICATE_DAYS} days, or has"
        " ended: nobody renewed it.",
        doors.address.certificate.metric_days_to_expiry(
            statistic="Minimum", period=Duration.days(1)
        ),
        threshold=_CERTIFICATE_DAYS,
        periods=2,
        compared=_BELOW,
        # Of one that has ended nothing is said any more.
        missing=_SILENCE_IS_BAD,
    )


def of_the_letters(mail: Mail, measured: Measured) -> Iterator[Watched]:
    """Whether letters reach people."""
    for name, meaning, metric in (
        (
            "letters-barred",
            "Amazon SES takes no letter until somebody mends a right, the domain or the account.",
            LETTERS_BARRED,
        ),
        ("letters-refused", "Amazon SES refused a letter.", LETTERS_REFUSED),
        (
            "letters-returned",
            "A letter came back after it had been accepted.",
            LETTERS_RETURNED,
        ),
        (
            "letters-in-doubt",
            "It was not said clearly whether a letter arrived.",
            LETTERS_IN_DOUBT,
        ),
        ("complaint", "Somebody marked a letter as junk.", COMPLAINTS),
    ):
        yield Watched(name, meaning, measured.one(metric))
    yield Watched(
        "mail-is-out",
        "For hours letters could not be sent. They are tried again by themselves.",
        measured.one(LETTERS_PUT_OFF, period=HOUR),
        # The pauses between tries grow to an hour: in one of three there may be no try.
        periods=3,
        breaching=2,
    )
    yield Watched(
        "bounce-rate",
        "So many letters come back that AWS may stop the account from sending any.",
        cloudwatch.Metric(
            namespace="AWS/SES",
            metric_name="Reputation.BounceRate",
            dimensions_map={"ses:configuration-set": mail.letters.configuration_set_name},
            statistic="Maximum",
            period=HOUR,
        ),
        threshold=_BOUNCE_RATE,
    )


def of_the_keeping(
    functions: Functions, measured: Measured, bus: Bus, backups: Backups
) -> Iterator[Watched]:
    """Whether the record is what it was, and would be there again if it were lost."""
    yield Watched(
        "not-as-sealed",
        "A challenge is not what was sealed of it, or a seal is not what the next one follows.",
        measured.one(NOT_AS_SEALED, statistic="Maximum"),
    )
    yield Watched(
        "seal-not-run",
        "For more than a day the heads have not been sealed.",
        functions[SEAL].metric_invocations(period=_NIGHT_WINDOW),
        periods=_NIGHT_WINDOWS,
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )
    yield Watched(
        "not-as-recorded",
        "A challenge's HEAD or a tray says otherwise than its events: it may stand still unseen.",
        measured.one(NOT_AS_RECORDED, statistic="Maximum"),
    )
    yield Watched(
        "audit-not-run",
        "For more than a day HEAD and trays have not been held against the events.",
        functions[AUDIT].metric_invocations(period=_NIGHT_WINDOW),
        periods=_NIGHT_WINDOWS,
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )
    yield Watched(
        "events-not-published",
        "The council's other systems were not told of an event.",
        bus.dead_letters.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=FIVE_MINUTES
        ),
    )
    yield Watched(
        "backup-failed",
        "A backup of the table, of mails or of seals could not be made.",
        backups.jobs("Failed", period=HOUR),
    )
    # What never began, or ran out of time, has not failed.
    yield Watched(
        "backup-not-made",
        "Two days in a row, table, mails and seals have not all been backed up.",
        backups.jobs("Completed", period=Duration.days(1)),
        threshold=len(backups.resources),
        periods=2,
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )


def of_tampering(keys: Sequence[kms.IKey], table: dynamodb.Table, trail: Trail) -> Iterator[Feared]:
    """Whether somebody takes away what everything else rests on.

    A key that is gone takes all with it that is under it: there is a week at least to say no.
    """
    yield Feared(
        "key-in-danger",
        "Somebody asked AWS to delete or to disable a key of this environment: what is under it can"
        " then be read by nobody.",
        "kms",
        ("ScheduleKeyDeletion", "DisableKey"),
        {"resources": {"ARN": [key.key_arn for key in keys]}},
    )
    # Of a table that is deleted AWS forgets every moment but the last: it has to be heard of when
    # the protection goes, not when the table does.
    yield Feared(
        "table-in-danger",
        "Somebody asked AWS to delete or to change the table of the record, to change who may write"
        " to it, or to keep its older states no longer.",
        "dynamodb",
        (
            "UpdateTable",
            "UpdateContinuousBackups",
            "DeleteTable",
            "PutResourcePolicy",
            "DeleteResourcePolicy",
        ),
        {
            "$or": [
                {"requestParameters": {"tableName": [table.table_name, table.table_arn]}},
                {"requestParameters": {"resourceArn": [table.table_arn]}},
            ]
        },
    )
    named = [trail.name, trail.arn]
    yield Feared(
        "trail-stopped",
        "Somebody stopped, changed or deleted the trail: what is done from now on may be recorded"
        " nowhere.",
        "cloudtrail",
        ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
        {
            "$or": [
                {"requestParameters": {"name": named}},
                {"requestParameters": {"trailName": named}},
            ]
        },
    )


def of_the_people(bell: events.CfnRule | None) -> Iterator[Watched]:
    """Whether somebody took on the role for an emergency, if there is one.

    The rule itself tells the topic who it was, at once. The alarm shows it on the dashboard.
    """
    if bell is None:
        return
    yield Watched(
        "break-glass-used",
        "Somebody took on the role for an emergency, which reads and writes records.",
        cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": bell.ref},
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
        # The rule itself has told, and there is no dashboard.
        lean=False,
    )
