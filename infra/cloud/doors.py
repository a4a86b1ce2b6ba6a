"""The way in over HTTP: people's requests go to the pages, programs' to the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.shape import API_PATH

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_


class Doors(Construct):
    """The HTTP API. Its only routes are these two: each function's own router knows the rest."""

    def __init__(
        self, scope: Construct, name: str, *, pages: lambda_.Function, api: lambda_.Function
    ) -> None:
        """Give what is below ``API_PATH`` to ``api``, and every other request to ``pages``."""
        super().__init__(scope, name)
        self.api = apigateway.HttpApi(
            self, "Api", default_integration=HttpLambdaIntegration("Pages", pages)
        )
        self.api.add_routes(
            path=f"{API_PATH}{{proxy+}}", integration=HttpLambdaIntegration("Programs", api)
        )
