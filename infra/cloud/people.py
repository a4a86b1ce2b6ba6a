"""The roles people take on: one that looks, and one for an emergency, which rings an alarm.

Looking needs no administrator's rights: in the console executions, figures, alarms, logs and the
size of queues, and about a record what the ``operate`` function says. None of it tells anything
about a child. Anything close to a child's details, or that changes a record outside the service,
needs the emergency role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.blueprint import OPERATE
from infra.cloud.alarms import RUNBOOK
from infra.cloud.rules import accept, exported
from infra.cloud.settings import is_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.data import Data
    from infra.cloud.doors import Doors
    from infra.cloud.functions import Functions
    from infra.cloud.ladder import Ladder
    from infra.cloud.settings import Settings
    from infra.cloud.watch import Watch

#: The shortest that AWS allows. A session started from another role lasts an hour in any case.
_A_SESSION = Duration.hours(1)
#: How long ago the second factor may have been used, in seconds.
_FACTOR_SHOWN = 3600

#: What the console reads before it shows anything, and for which AWS has no resource to name.
_OF_NO_RESOURCE = (
    "backup:DescribeRegionSettings",
    "backup:ListBackupJobs",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "logs:DescribeLogGroups",
    "logs:DescribeQueries",
    "logs:GetQueryResults",
    "logs:StopQuery",
    "scheduler:ListScheduleGroups",
    "scheduler:ListSchedules",
    "servicequotas:ListServiceQuotas",
    "ses:GetAccount",
    "ses:GetSuppressedDestination",
    "states:ListStateMachines",
)


class People(Construct):
    """Both roles, each if the settings name someone for it, and the alarm of the second."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        settings: Settings,
        data: Data,
        functions: Functions,
        ladder: Ladder,
        doors: Doors,
        watch: Watch,
    ) -> None:
        """Make the roles for the people in ``settings``."""
        super().__init__(scope, name)
        self._data, self._functions, self._ladder = data, functions, ladder
        self._doors, self._watch = doors, watch
        roles = []
        if settings.operators:
            roles.append(self._operator(settings))
        #: The rule that rings when someone takes on the emergency role, if there is that role.
        self.bell: events.CfnRule | None = None
        self.emergency: iam.Role | None = None
        if settings.break_glass:
            self.emergency = self._break_glass(settings)
            self.bell = self._ring(settings)
            roles.append(self.emergency)
        if roles:
            self._let_look(settings, roles)
        self.outputs = {
            what: role.role_arn
            for what, role in zip(
                ("OperatorRoleArn", "BreakGlassRoleArn"),
                (roles[0] if settings.operators else None, self.emergency),
                strict=True,
            )
            if role
        }

    def let_mend(self, called: Sequence[lambda_.Function]) -> None:
        """Let the emergency role do the runbook's repairs, and call these functions."""
        role = self.emergency
        if role is None:
            return
        self._data.record.let_mend(role)
        self._data.heads.let_look(role)
        self._data.mails.let_read(role)
        self._watch.let_give_again(role)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[function.function_arn for function in called],
            )
        )
        self._ladder.accept_any_leg(role)
        role.add_to_policy(
            iam.PolicyStatement(actions=["states:StopExecution"], resources=[self._ladder.legs])
        )

    # Who takes them on ---------------------------------------------------------------------------

    def _operator(self, settings: Settings) -> iam.Role:
        return iam.Role(
            self,
            "Operator",
            role_name=settings.operator_role,
            path=settings.path_of_people,
            description="Looks at the service and calls the function operate: no child's details",
            assumed_by=_those(settings.operator_arns),
            max_session_duration=_A_SESSION,
        )

    def _break_glass(self, settings: Settings) -> iam.Role:
        """Allow it only through this region's endpoint: the alarm hears no other."""
        here = {"StringEquals": {"aws:RequestedRegion": settings.region}}
        users = [arn for arn in settings.break_glass_arns if is_user(arn)]
        others = [arn for arn in settings.break_glass_arns if not is_user(arn)]
        factor = {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": str(_FACTOR_SHOWN)},
        }
        who: list[iam.PrincipalBase] = []
        if users:
            who.append(_those(users, here | factor))
        if others:
            who.append(_those(others, here))
        return iam.Role(
            self,
            "BreakGlass",
            role_name=settings.break_glass_role,
            path=settings.path_of_people,
            description="Corrects the record in an emergency. Taking it on rings an alarm",
            assumed_by=iam.CompositePrincipal(*who),
            max_session_duration=_A_SESSION,
        )

    def _ring(self, settings: Settings) -> events.CfnRule:
        """Tell the alarms' topic each time someone takes on the emergency role, and who it is.

        CloudTrail tells EventBridge, because the trail records it (infra.cloud.trail). AWS counts
        AssumeRole as a read, which a rule only gets if its state says so.
        """
        topic, queue = self._watch.alarms.topic, self._watch.dead_letters.queue
        name = f"{settings.path_of_people}{settings.break_glass_role}"
        bell = events.CfnRule(
            self,
            "Bell",
            description="Someone took on the emergency role",
            state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            event_pattern={
                "source": ["aws.sts"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": ["sts.amazonaws.com"],
                    "eventName": ["AssumeRole"],
                    "requestParameters": {
                        "roleArn": [f"arn:aws:iam::{settings.account}:role{name}"]
                    },
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    arn=topic.topic_arn,
                    id="Topic",
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=queue.queue_arn),
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={
                            "who": "$.detail.userIdentity.arn",
                            "when": "$.detail.eventTime",
                            "from": "$.detail.sourceIPAddress",
                            "session": "$.detail.requestParameters.roleSessionName",
                        },
                        input_template=(
                            f'"<who> took on the role {settings.break_glass_role} at <when>, from'
                            f' <from>, as <session>. Runbook: {RUNBOOK}#break-glass-used"'
                        ),
                    ),
                )
            ],
        )
        # The topic already lets rules ring (infra.cloud.alarms).
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": bell.attr_arn}},
            )
        )
        return bell

    # What both may look at -----------------------------------------------------------------------

    def _let_look(self, settings: Settings, roles: Sequence[iam.Role]) -> None:
        machine = self._ladder.machine.state_machine_arn
        alarms = f"arn:aws:cloudwatch:{settings.region}:{settings.account}:alarm:*"
        schedules = self._arn("scheduler", "schedule", f"{settings.service_stack}/*")
        stacks = [
            self._arn("cloudformation", "stack", f"{stack}/*")
            for stack in (settings.service_stack, settings.data_stack)
        ]
        looks = iam.Policy(
            self,
            "Looks",
            roles=list(roles),
            statements=[
                _let(["lambda:InvokeFunction"], self._functions[OPERATE].function_arn),
                _let(
                    ["states:DescribeStateMachine", "states:ListExecutions"],
                    machine,
                ),
                _let(
                    [
                        "states:DescribeExecution",
                        "states:DescribeStateMachineForExecution",
                        "states:GetExecutionHistory",
                    ],
                    self._ladder.legs,
                ),
                _let(
                    [
                        "logs:DescribeLogStreams",
                        "logs:FilterLogEvents",
                        "logs:GetLogEvents",
                        "logs:GetLogGroupFields",
                        "logs:StartQuery",
                    ],
                    *self._logs(),
                ),
                _let(["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], *self._queues()),
                _let(["cloudformation:DescribeStacks"], *stacks),
                _let(["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"], alarms),
                _let(
                    ["cloudwatch:GetDashboard"],
                    f"arn:aws:cloudwatch::{settings.account}:dashboard/{settings.service_stack}",
                ),
                _let(["scheduler:GetSchedule"], schedules),
                _let(
                    ["pipes:DescribePipe"],
                    *(
                        self._arn("pipes", "pipe", f"{settings.data_stack}{which}")
                        for which in ("", "-kinds")
                    ),
                ),
                _let(
                    ["backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault"],
                    self._arn(
                        "backup",
                        "backup-vault",
                        self._data.backups.vault.backup_vault_name,
                        ArnFormat.COLON_RESOURCE_NAME,
                    ),
                ),
                _let(_OF_NO_RESOURCE, "*"),
            ],
        )
        refused = self._data.logs.refused
        refused_name = exported(refused, refused.log_group_name)
        for resource, reason in (
            ("*", "AWS has no resource to name here"),
            (alarms, "The console lists all of them before it shows one"),
            (schedules, "This environment's own group"),
            *((stack, "A stack's ARN ends with an id") for stack in stacks),
            (
                f"arn:aws:logs:{settings.region}:{settings.account}:log-group:{refused_name}:*",
                "The streams of one log",
            ),
        ):
            accept(looks, f"IAM5[Resource::{resource}]", reason)
        self._ladder.accept_any_leg(looks)

    def _logs(self) -> list[str]:
        """Allow reading this environment's logs, which hold references and ids only."""
        kept = self._data.logs
        groups = [
            *(self._functions.logs),
            self._doors.access_log.log_group_arn,
            kept.executions.log_group_arn,
        ]
        refused = self._arn(
            "logs", "log-group", f"{kept.refused.log_group_name}:*", ArnFormat.COLON_RESOURCE_NAME
        )
        return [*groups, refused]

    def _queues(self) -> list[str]:
        """Allow reading the size of the queues of failures, but not their content."""
        told = self._data.bus.dead_letters.queue_name
        return [
            self._watch.dead_letters.queue.queue_arn,
            f"arn:aws:sqs:{Stack.of(self).region}:{Stack.of(self).account}:{told}",
        ]

    def _arn(
        self,
        service: str,
        resource: str,
        name: str,
        format_: ArnFormat = ArnFormat.SLASH_RESOURCE_NAME,
    ) -> str:
        return Stack.of(self).format_arn(
            service=service, resource=resource, resource_name=name, arn_format=format_
        )


def _those(
    arns: Sequence[str], conditions: dict[str, dict[str, str]] | None = None
) -> iam.PrincipalBase:
    """Return the condition for the people of this account named by ``arns``.

    A trust policy accepts no name that ends with ``*``, and one that names a missing user cannot be
    deployed. So it names the account, and a condition names the people.
    """
    named: dict[str, dict[str, object]] = {"ArnLike": {"aws:PrincipalArn": list(arns)}}
    return iam.PrincipalWithConditions(iam.AccountRootPrincipal(), {**named, **(conditions or {})})


def _let(actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))
