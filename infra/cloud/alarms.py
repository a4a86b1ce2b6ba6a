"""The alarms. Each says what it means and names the runbook entry that says what to do."""

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

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sqs as sqs

    from infra.cloud.backup import Backups
    from infra.cloud.bus import Bus
    from infra.cloud.data import Data
    from infra.cloud.doors import Doors
    from infra.cloud.functions import Functions
    from infra.cloud.ladder import Ladder
    from infra.cloud.mail import Mail
    from infra.cloud.measured import Measured
    from infra.cloud.settings import Settings

#: The document whose headings the alarms name.
RUNBOOK = "docs/operations.md"

#: The bank holidays of a year are announced, and computed, long before it begins.
_CALENDAR_DAYS_AT_LEAST = 400
#: Sweep runs every five minutes, so the next run makes up for a missed one.
_SWEEP_AT_LEAST_EVERY = Duration.minutes(15)
#: The state machine retries a failed Decide six times, so a single failure corrects itself.
_DECIDE_ERRORS = 3
#: Scanners of the whole internet are soon gone; a council's own people stay.
_REFUSED = 100
#: AWS reviews an account when 5 in 100 emails bounce, and stops its sending at 10.
_BOUNCE_RATE = 0.05

#: The share of its timeout: what grows with the record warns months before it fails.
_NEAR_ITS_TIMEOUT = 0.8
#: The functions that read more as more is kept. Sweep may run long, as after a new directory, so
#: its alarm rings only when one long run follows another.
_GROWS_WITH_THE_RECORD = {SEAL: 1, AUDIT: 1, DAILY: 1, SWEEP: 3}

#: Amazon renews a certificate weeks before its end, and from 2029 public ones last 47 days: with a
#: limit of a month the alarm would ring for nothing.
_CERTIFICATE_DAYS = 14

#: Seal and Audit run once a day. This many windows without a run are more than a day; a day is one
#: hour longer than others when clocks go back.
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
    """One alarm: it rings when ``metric`` compares with ``threshold`` as ``compared`` says.

    It does so for ``periods`` in a row, or in ``breaching`` of them. ``meaning`` is a sentence;
    ``entry`` is the anchor of the runbook entry, if it is not ``name``. ``lean`` says whether a
    lean environment has the alarm too; if not, another one rings there for the same cause a little
    later.
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
    """One kind of call that rings as soon as the trail records it, whether or not AWS allowed it.

    ``calls`` are the calls to ``service``; ``of`` is their target, as CloudTrail writes it.
    ``name`` is the anchor of the runbook entry, ``meaning`` a sentence.
    """

    name: str
    meaning: str
    service: str
    calls: tuple[str, ...]
    of: Mapping[str, Any]


class Alarms(Construct):
    """Every alarm, and the topic they ring.

    A stopped execution rings nothing: each new leg stops the one before.
    """

    def __init__(
        self, scope: Construct, name: str, *, settings: Settings, key: kms.IKey | None
    ) -> None:
        """Make the topic, encrypted with ``key`` if given, and subscribe the council's address."""
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
        # AWS takes no condition here, because a rule does not identify itself when it publishes.
        # The key already lets EventBridge in, for the dead letters.
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
        """Add an alarm."""
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
        """Let ``grantee`` publish on the topic what a rule could not deliver."""
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
        """Ring when such a call is made, and say who made it; keep what cannot be delivered."""
        who, call, at = (
            events.EventField.from_path(f"$.detail.{field}")
            for field in ("userIdentity.arn", "eventName", "eventTime")
        )
        says = (
            f"{Stack.of(self).stack_name}-{feared.name}: {feared.meaning} {call}, by {who}, at"
            f" {at}. Runbook: {RUNBOOK}#{feared.name}"
        )
        # By its ARN only: the topic's policy already lets rules in, and CDK would add another
        # statement.
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
    """Alarms for whether challenges move on automatically."""
    machine = ladder.machine
    yield Watched(
        "executions-failed",
        "An execution reached its state Fault: Decide kept failing for a challenge.",
        machine.metric_failed(period=FIVE_MINUTES),
    )
    yield Watched(
        "executions-timed-out",
        "AWS ended an execution because it had run for a year; each should end within 300 days.",
        machine.metric_timed_out(period=FIVE_MINUTES),
    )
    yield Watched(
        "executions-throttled",
        "Step Functions holds executions back: more happens at once than the account allows.",
        machine.metric_throttled(period=FIVE_MINUTES),
        periods=3,
    )
    yield Watched(
        "challenges-stuck",
        "A challenge is past its time to wake, and Sweep could not start it again.",
        measured.one(CHALLENGES_STUCK, statistic="Maximum"),
        periods=2,
    )
    yield Watched(
        "challenges-not-running",
        "An open challenge has no running execution: it was stopped by hand, failed, or never "
        "started.",
        measured.one(CHALLENGES_NOT_RUNNING, statistic="Maximum"),
        periods=2,
    )
    yield Watched(
        "sweep-not-run",
        "Sweep has not run: nothing wakes a challenge that has stopped.",
        measured.one(CHALLENGES_SWEPT, statistic="SampleCount", period=_SWEEP_AT_LEAST_EVERY),
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )
    yield Watched(
        "calendar-ends",
        f"Bank holidays are known for fewer than {_CALENDAR_DAYS_AT_LEAST} more days: no "
        "deadline can be counted beyond them.",
        measured.one(CALENDAR_DAYS_LEFT, statistic="Minimum", period=HOUR),
        threshold=_CALENDAR_DAYS_AT_LEAST,
        compared=_BELOW,
    )


def of_the_functions(
    functions: Functions, doors: Doors, dead_letters: sqs.IQueue
) -> Iterator[Watched]:
    """Alarms for whether the functions do what they are called for."""
    for function in FUNCTIONS:
        yield Watched(
            f"errors-{function.name}",
            f"The function {function.name} failed.",
            functions[function].metric_errors(period=FIVE_MINUTES),
            threshold=_DECIDE_ERRORS if function == DECIDE else 1,
            entry="errors-of-a-function",
            # A failure that retries did not cure is a dead letter, a server error or a failed
            # execution.
            lean=False,
        )
    yield Watched(
        "functions-throttled",
        "AWS delayed or refused calls of functions: as many run as the account allows at once.",
        # Without a dimension it covers all functions of the account and region, which share one
        # pool. AWS charges one metric; a sum over functions is charged as one for each.
        cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Throttles",
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
        # A call that was refused in the end is a dead letter or a server error.
        lean=False,
    )
    yield Watched(
        "dead-letters",
        "A function failed every try at a task. The task waits to be run again.",
        dead_letters.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=FIVE_MINUTES
        ),
    )
    yield Watched(
        "server-errors",
        "Someone who opened a page, or a program, got a server error.",
        doors.api.metric_server_error(statistic="Sum", period=FIVE_MINUTES),
    )
    yield Watched(
        "requests-refused",
        "The firewall keeps refusing requests: an attack, or a limit that is too low.",
        doors.firewall.refused,
        threshold=_REFUSED,
        periods=3,
    )


def of_the_time(functions: Functions) -> Iterator[Watched]:
    """Alarms for whether functions that read more each year still finish in time.

    One for each function: AWS charges an alarm by its metrics, and each names its function.
    """
    for function, periods in _GROWS_WITH_THE_RECORD.items():
        yield Watched(
            f"slow-{function.name}",
            f"The function {function.name} took more than {_NEAR_ITS_TIMEOUT:.0%} of the "
            f"{function.timeout_seconds} seconds after which AWS ends it.",
            functions[function].metric_duration(statistic="Maximum", period=FIVE_MINUTES),
            threshold=function.timeout_seconds * 1_000 * _NEAR_ITS_TIMEOUT,
            periods=periods,
            entry="slow-function",
        )


def of_the_address(doors: Doors) -> Iterator[Watched]:
    """The alarm for whether browsers will keep trusting the council's address."""
    yield Watched(
        "certificate-ends",
        f"The certificate of the pages' address ends in fewer than {_CERTIFICATE_DAYS} days, "
        "or has ended: it was not renewed.",
        doors.address.certificate.metric_days_to_expiry(
            statistic="Minimum", period=Duration.days(1)
        ),
        threshold=_CERTIFICATE_DAYS,
        periods=2,
        compared=_BELOW,
        # AWS reports nothing about a certificate that has ended.
        missing=_SILENCE_IS_BAD,
    )


def of_the_letters(mail: Mail, measured: Measured) -> Iterator[Watched]:
    """Alarms for whether emails reach people."""
    for name, meaning, metric in (
        (
            "letters-barred",
            "Amazon SES accepts no email until a right, the domain or the account is corrected.",
            LETTERS_BARRED,
        ),
        ("letters-refused", "Amazon SES refused an email.", LETTERS_REFUSED),
        (
            "letters-returned",
            "An email was accepted and then came back.",
            LETTERS_RETURNED,
        ),
        (
            "letters-in-doubt",
            "It is not clear whether an email arrived.",
            LETTERS_IN_DOUBT,
        ),
        ("complaint", "Someone marked an email as junk.", COMPLAINTS),
    ):
        yield Watched(name, meaning, measured.one(metric))
    yield Watched(
        "mail-is-out",
        "Emails could not be sent for hours. They are retried automatically.",
        measured.one(LETTERS_PUT_OFF, period=HOUR),
        # The pauses between tries grow to an hour, so one window in three may have no try.
        periods=3,
        breaching=2,
    )
    yield Watched(
        "bounce-rate",
        "So many emails come back that AWS may stop the account from sending any.",
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
    """Alarms for whether the record is intact and could be restored if it were lost."""
    yield Watched(
        "not-as-sealed",
        "A challenge differs from its seal, or a seal does not follow from the one before.",
        measured.one(NOT_AS_SEALED, statistic="Maximum"),
    )
    yield Watched(
        "seal-not-run",
        "The heads have not been sealed for more than a day.",
        functions[SEAL].metric_invocations(period=_NIGHT_WINDOW),
        periods=_NIGHT_WINDOWS,
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )
    yield Watched(
        "not-as-recorded",
        "A challenge's HEAD or a tray differs from its events: the challenge may have stopped "
        "unseen.",
        measured.one(NOT_AS_RECORDED, statistic="Maximum"),
    )
    yield Watched(
        "audit-not-run",
        "HEAD and trays have not been checked against the events for more than a day.",
        functions[AUDIT].metric_invocations(period=_NIGHT_WINDOW),
        periods=_NIGHT_WINDOWS,
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )
    yield Watched(
        "events-not-published",
        "The council's other systems did not get an event.",
        bus.dead_letters.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=FIVE_MINUTES
        ),
    )
    yield Watched(
        "backup-failed",
        "A backup of the table, of emails or of seals could not be made.",
        backups.jobs("Failed", period=HOUR),
    )
    # A backup that never began, or ran out of time, does not count as failed.
    yield Watched(
        "backup-not-made",
        "The table, emails and seals have not all been backed up for two days in a row.",
        backups.jobs("Completed", period=Duration.days(1)),
        threshold=len(backups.resources),
        periods=2,
        compared=_BELOW,
        missing=_SILENCE_IS_BAD,
    )


def of_tampering(keys: Sequence[kms.IKey], data: Data) -> Iterator[Feared]:
    """Alarms for tampering with what protects the record.

    A deleted key takes all data under it along, but only after a week, in which it can be
    cancelled.
    """
    yield Feared(
        "key-in-danger",
        "Someone asked AWS to delete or disable a key of this environment: nobody could then "
        "read the data under it, or sign exports with it.",
        "kms",
        ("ScheduleKeyDeletion", "DisableKey"),
        {"resources": {"ARN": [key.key_arn for key in keys]}},
    )
    # Only this could let anybody else open legal advice (infra.cloud.privileged).
    yield Feared(
        "advice-key-changed",
        "Someone asked AWS to change the policy of the record's key, which lets only one function "
        "open legal advice.",
        "kms",
        ("PutKeyPolicy",),
        {"resources": {"ARN": [data.record.key.key_arn]}},
    )
    # Only this could let anybody else sign exports (infra.cloud.signing).
    yield Feared(
        "signing-key-changed",
        "Someone asked AWS to change the policy of the key that signs exports, which lets only one "
        "function sign.",
        "kms",
        ("PutKeyPolicy",),
        {"resources": {"ARN": [data.signing.key.key_arn]}},
    )
    table, trail = data.record.table, data.trail
    # Of a deleted table AWS keeps only the last moment, so the alarm rings when the protection is
    # removed, not when the table is.
    yield Feared(
        "table-in-danger",
        "Someone asked AWS to delete or change the table of the record, to change who may "
        "write to it, or to stop keeping its older states.",
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
        "Someone stopped, changed or deleted the trail: what is done from now on may not be "
        "recorded.",
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
    """The alarm for use of the emergency role, if there is one.

    The rule itself tells the topic at once who it was. The alarm shows it on the dashboard.
    """
    if bell is None:
        return
    yield Watched(
        "break-glass-used",
        "Someone took on the emergency role, which reads and writes records.",
        cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": bell.ref},
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
        # The rule itself has sent the alarm, and there is no dashboard.
        lean=False,
    )
