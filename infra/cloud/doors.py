"""The HTTP entrance: people's requests go to the pages, programs' to the interface.

The pages of legal advice are a function of their own (rule 11), and so are the documents.

A regional REST API on the council's own address, behind the firewall. There is no other way in: the
address that AWS gives to every API is turned off.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import RemovalPolicy, Size, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import refusals
from infra.blueprint import (
    ADVICE_PATH,
    API_PATH,
    COMPRESSED_FROM,
    DOCUMENTS_PATH,
    METHODS,
    ONLY_BELOW,
    STAGE,
)
from infra.cloud.firewall import Firewall
from infra.cloud.rules import accept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.concurrency import Bucket, Concurrency
    from infra.cloud.settings import Settings
    from infra.refusals import Refusal

#: TLS 1.2 and 1.3 with forward secrecy only, for the address and for the API behind it (an API
#: accepts TLS 1.0 by default). STRICT: a connection made for one name may ask for no other.
TLS = apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09
ENDPOINT_ACCESS = apigateway.EndpointAccessMode.STRICT

#: A line of the access log. Nothing in it comes from a path, query, header or body, because the
#: path of a reply link holds its token. ``route`` is a pattern (``/api/{proxy+}``), ``error`` a
#: kind. (API Gateway's own error message can quote a header, and so an access token.)
ACCESS_LOG = {
    "at": "$context.requestTime",
    "requestId": "$context.requestId",
    "lambdaRequestId": "$context.integration.requestId",
    "sourceIp": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "latency": "$context.responseLatency",
    "lambdaStatus": "$context.integration.integrationStatus",
    "lambdaLatency": "$context.integration.latency",
    "lambdaError": "$context.integration.error",
    "error": "$context.error.responseType",
    "firewall": "$context.wafResponseCode",
    "tls": "$context.tlsVersion",
}

_Kind = apigateway.ResponseType
#: API Gateway's own answers: kind → status, if it is to differ, and text.
_ITS_OWN: dict[str, tuple[apigateway.ResponseType, str | None, Refusal]] = {
    "NotUnderstood": (_Kind.DEFAULT_4_XX, None, refusals.NOT_UNDERSTOOD),
    "TooLarge": (_Kind.REQUEST_TOO_LARGE, "413", refusals.TOO_LARGE),
    "TooMany": (_Kind.THROTTLED, "429", refusals.BUSY),
    "Firewall": (_Kind.WAF_FILTERED, "403", refusals.FIREWALL),
    "Fault": (_Kind.DEFAULT_5_XX, None, refusals.FAULT),
}


def _lets_in(bucket: Bucket) -> dict[str, Any]:
    """Return a method's throttling and logging settings."""
    return {
        "throttling_rate_limit": bucket.rate,
        "throttling_burst_limit": bucket.burst,
        # INFO would log paths, and a data trace everything that was typed.
        "logging_level": apigateway.MethodLoggingLevel.ERROR,
        "data_trace_enabled": False,
    }


class Doors(Construct):
    """The API, the firewall before it, and the address at which both are reached."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        settings: Settings,
        pages: lambda_.Function,
        api: lambda_.Function,
        advice: lambda_.Function,
        documents: lambda_.Function,
        refused: logs.ILogGroup,
    ) -> None:
        """Send requests at ``API_PATH`` to ``api``, and below ``ONLY_BELOW`` to the other two.

        All others go to ``pages``.

        ``refused`` is the log of requests the firewall refuses.
        """
        super().__init__(scope, name)
        functions = {"": pages, API_PATH: api, ADVICE_PATH: advice, DOCUMENTS_PATH: documents}
        gateway = _Gateway(self, "Gateway", functions=functions, lets_in=settings.concurrency)
        self.api, self.access_log = gateway.api, gateway.access_log
        stage = gateway.api.deployment_stage
        self.firewall = Firewall(self, "Firewall", stage=stage, log=refused, lean=settings.is_lean)
        self.address = _Address(self, "Address", settings=settings)
        mapping = self.address.lead_to(gateway.api)
        # Nobody gets in before the firewall is in place.
        mapping.node.add_dependency(self.firewall)


class _Gateway(Construct):
    """The REST API with its one stage. Each function's own router knows the addresses below."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        functions: Mapping[str, lambda_.Function],
        lets_in: Concurrency,
    ) -> None:
        super().__init__(scope, name)
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=Stack.of(self).stack_name,
            description="The pages and the interface of Positive Challenge",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            disable_execute_api_endpoint=True,
            # Bodies pass as bytes: as text, anything that is not valid UTF-8 would be altered.
            binary_media_types=["*/*"],
            # Compressed, a page is a fifth of its length, and a phone waits that much less.
            min_compression_size=Size.bytes(COMPRESSED_FROM),
            # API Gateway writes logs with one role per account and region; each environment sets it
            # to its own role with the same rights. Role and setting outlive the environment.
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=self._stage(lets_in),
        )
        accept(
            self.api,
            "APIG2",
            "The functions check what they are sent, and name each field that needs correcting",
        )
        for rule in ("APIG4", "COG4"):
            accept(
                self.api,
                rule,
                "Pages require the council's own sign-in, links hold a token, programs send "
                "one: each function's routes check it, and a test names the public ones",
            )
        accept(
            self.api,
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AmazonAPIGatewayPushToCloudWatchLogs]",
            "AWS's own policy for the one role that writes every API's log in the account",
        )
        # CDK outputs the address that is turned off.
        self.api.node.try_remove_child("Endpoint")
        resource = cast("apigateway.CfnRestApi", self.api.node.default_child)
        resource.security_policy = f"SecurityPolicy_{TLS.value}"
        resource.endpoint_access_mode = ENDPOINT_ACCESS.value

        root = self.api.root
        for path, deployed in functions.items():
            function = apigateway.LambdaIntegration(deployed, allow_test_invoke=False)
            place = root.add_resource(path.removeprefix("/")) if path else root
            below = place.add_proxy(any_method=False)
            for method in METHODS:
                if path not in ONLY_BELOW:
                    place.add_method(method, function)
                below.add_method(method, function)
        self._answer_for_itself()
        self._keep_its_errors()

    def _stage(self, lets_in: Concurrency) -> apigateway.StageOptions:
        #: One line for each request, without its path, its query or what was typed.
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        return apigateway.StageOptions(
            stage_name=STAGE,
            **_lets_in(lets_in.default),
            method_options={
                f"{resource}/{method}": apigateway.MethodDeploymentOptions(**_lets_in(bucket))
                for (resource, method), bucket in lets_in.buckets.items()
            },
            access_log_destination=apigateway.LogGroupLogDestination(self.access_log),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
            # A gateway trace holds each request's whole address, with the token of a reply link.
            # The functions are traced (infra.cloud.functions), and their traces hold none.
            tracing_enabled=False,
        )

    def _answer_for_itself(self) -> None:
        """Give API Gateway's own answers our texts and headers.

        Clients that prefer HTML, as browsers do, get a page; all others get JSON.
        """
        quoted = {name: f"'{value}'" for name, value in refusals.HEADERS.items()}
        for name, (kind, status, refusal) in _ITS_OWN.items():
            later = {"Retry-After": f"'{refusals.BUSY_FOR}'"} if status == "429" else {}
            self.api.add_gateway_response(
                name,
                type=kind,
                status_code=status,
                response_headers={**quoted, **later},
                templates={"text/html": refusal.page, "application/json": refusal.problem},
            )

    def _keep_its_errors(self) -> None:
        """Expire the log of the gateway's own errors like the others: AWS would keep it forever."""
        log = logs.LogGroup(
            self,
            "ErrorLog",
            log_group_name=f"API-Gateway-Execution-Logs_{self.api.rest_api_id}/{STAGE}",
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        # Created before the first error; otherwise API Gateway creates it.
        self.api.deployment_stage.node.add_dependency(log)


class _Address(Construct):
    """The council's own address, with its certificate.

    The council's DNS is not ours: at the first deployment CloudFormation waits until its operators
    have made the record that proves the name is theirs (``docs/operations.md``). It does not wait
    if they give an existing certificate.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        super().__init__(scope, name)
        self.certificate: acm.ICertificate = (
            acm.Certificate.from_certificate_arn(self, "Certificate", settings.certificate_arn)
            if settings.certificate_arn
            else acm.Certificate(
                self,
                "Certificate",
                domain_name=settings.host,
                validation=acm.CertificateValidation.from_dns(),
            )
        )
        self._domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=settings.host,
            certificate=self.certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=TLS,
            endpoint_access_mode=ENDPOINT_ACCESS,
        )

    @property
    def target(self) -> str:
        """Return the name that the council's CNAME record points to."""
        return self._domain.domain_name_alias_domain_name

    def lead_to(self, api: apigateway.RestApi) -> apigateway.BasePathMapping:
        """Point the address at an API, with nothing in front of the paths."""
        return self._domain.add_base_path_mapping(api)
