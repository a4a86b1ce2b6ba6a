"""The state machine: the same file that runs on one machine, with its placeholders filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.blueprint import FUNCTION_PLACEHOLDERS, STATE_MACHINE_FILE
from infra.cloud.rules import accept, logical_id

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from constructs import IConstruct

    from infra.cloud.functions import Functions


class Ladder(Construct):
    """The machine whose executions are the legs of challenges."""

    def __init__(
        self, scope: Construct, name: str, *, functions: Functions, log: logs.ILogGroup
    ) -> None:
        """Make the machine, which writes to ``log``, and let it call the functions it names."""
        super().__init__(scope, name)
        arns = {
            placeholder: functions[function].function_arn
            for placeholder, function in FUNCTION_PLACEHOLDERS.items()
        }
        self.machine = sfn.StateMachine(
            self,
            "Escalation",
            # A leg can last 300 days: an Express execution ends after five minutes.
            state_machine_type=sfn.StateMachineType.STANDARD,
            # from_file would hide the definition in an asset, where no linter sees it.
            definition_body=sfn.DefinitionBody.from_string(STATE_MACHINE_FILE.read_text("utf-8")),
            definition_substitutions=arns,
            # Adds actions on "*": log deliveries have no resources to name.
            logs=sfn.LogOptions(
                destination=log,
                level=sfn.LogLevel.ALL,
                # People who watch executions need not know any child (Privacy).
                include_execution_data=False,
            ),
            # Adds actions on "*": X-Ray has no resources to name.
            tracing_enabled=True,
        )
        accept(
            self.machine.role,
            "IAM5[Resource::*]",
            "Log deliveries and X-Ray have no resources to name",
        )
        self.machine.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(arns.values()))
        )

    def let_start_and_stop(self, function: lambda_.Function) -> None:
        """Let a function start a leg and stop the one before; give it the machine's ARN."""
        self.machine.grant_start_execution(function)
        self._let_with_any_leg(function, "Stops", "states:StopExecution")
        function.add_environment("STATE_MACHINE_ARN", self.machine.state_machine_arn)

    def let_look(self, function: lambda_.Function) -> None:
        """Let a function list running legs and read how one ended."""
        self.machine.grant(function, "states:ListExecutions")
        self._let_with_any_leg(function, "Looks", "states:DescribeExecution")
        function.add_environment("STATE_MACHINE_ARN", self.machine.state_machine_arn)

    @property
    def legs(self) -> str:
        """Return the ARN of any execution of the machine."""
        return Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self.machine.state_machine_name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def accept_any_leg(self, holder: IConstruct) -> None:
        """Accept that the policies of ``holder`` name any execution."""
        stack = Stack.of(self)
        accept(
            holder,
            f"IAM5[Resource::arn:aws:states:{stack.region}:{stack.account}:execution:"
            f"<{logical_id(self.machine)}.Name>:*]",
            "Only executions of this machine: a leg's name is not known in advance",
        )

    def _let_with_any_leg(self, function: lambda_.Function, what: str, action: str) -> None:
        policy = iam.Policy(
            self,
            f"{function.node.id}{what}",
            statements=[iam.PolicyStatement(actions=[action], resources=[self.legs])],
            roles=[function.role] if function.role else [],
        )
        self.accept_any_leg(policy)
