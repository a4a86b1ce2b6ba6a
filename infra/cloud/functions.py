"""The Lambda functions of ``infra.blueprint.FUNCTIONS``, each with a role and a log of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.blueprint import ADVICE, DECIDE, DOCUMENTS, FUNCTIONS
from infra.cloud import bundle
from infra.cloud.rules import accept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra import blueprint
    from infra.cloud.settings import Settings


class Functions(Construct):
    """Every function, from its asset. Each resource grants what they may do with it."""

    def __init__(
        self, scope: Construct, name: str, *, settings: Settings, environment: Mapping[str, str]
    ) -> None:
        """Make the functions, each with ``environment`` and a service name of its own.

        They use the council's procedure and hold compiled code, which may only be missing where no
        child is real.
        """
        super().__init__(scope, name)
        self._target = bundle.target(self.node)
        self._path = settings.path_of_functions
        self._paths = {
            ADVICE: settings.path_of_advice,
            DOCUMENTS: settings.path_of_documents,
        }
        self._reserved = {DECIDE: settings.concurrency.reserved}
        codes = {
            parts: bundle.code(
                settings.procedure_path, self._target, live=settings.is_live, parts=parts
            )
            for parts in bundle.ASSETS
        }
        self._deployed = {
            function: self._deploy(function, codes[bundle.parts_of(function)], environment)
            for function in FUNCTIONS
        }

    def __getitem__(self, function: blueprint.Function) -> lambda_.Function:
        """Return the deployed function."""
        return self._deployed[function]

    @property
    def logs(self) -> list[str]:
        """Return the ARN of each function's log."""
        return [deployed.log_group.log_group_arn for deployed in self._deployed.values()]

    def _deploy(
        self, function: blueprint.Function, code: lambda_.Code, environment: Mapping[str, str]
    ) -> lambda_.Function:
        name = function.name.capitalize()
        log = logs.LogGroup(
            self,
            f"{name}Log",
            # A log line holds only references and ids, so a year of it is no second record of a
            # child.
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        # Lambda's ready-made role may write to every log of the account; this role only to its own.
        role = iam.Role(
            self,
            f"{name}Role",
            path=self._paths.get(function, self._path),
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What only the function {function.name} may do",
        )
        log.grant_write(role)
        accept(role, "IAM5[Resource::*]", "X-Ray has no resources to name")
        deployed = lambda_.Function(
            self,
            name,
            code=code,
            handler=function.handler,
            runtime=self._target.runtime,
            architecture=self._target.processor,
            timeout=Duration.seconds(function.timeout_seconds),
            memory_size=function.memory_mb,
            role=role,
            log_group=log,
            reserved_concurrent_executions=self._reserved.get(function),
            # Adds PutTraceSegments and PutTelemetryRecords on "*": X-Ray has no resources to name.
            tracing=lambda_.Tracing.ACTIVE,
            environment={**environment, "POWERTOOLS_SERVICE_NAME": function.name},
        )
        accept(
            deployed,
            "L1",
            "Python 3.13 is supported for years, and every package has wheels for it. The "
            "deploying machine needs the same version, to ship compiled code",
        )
        return deployed
