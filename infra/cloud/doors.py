"""The way in for people: an HTTP API, all of whose routes are those of the pages' own router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_


class Doors(Construct):
    """The HTTP API in front of the pages."""

    def __init__(self, scope: Construct, name: str, *, pages: lambda_.Function) -> None:
        """Give every request to ``pages``: who may do what is decided there, in one table."""
        super().__init__(scope, name)
        self.api = apigateway.HttpApi(
            self, "Api", default_integration=HttpLambdaIntegration("Pages", pages)
        )
