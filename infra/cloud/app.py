"""The CDK app: ``cdk synth`` and ``cdk deploy`` run this file, as ``cdk.json`` says."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import App

from infra.cloud import rules, settings
from infra.cloud.data import Data
from infra.cloud.stack import PositiveChallenge


@dataclass(frozen=True)
class Environment:
    """The two stacks of an environment: the data that outlives everything, and the service."""

    data: Data
    service: PositiveChallenge


def build(app: App) -> Environment:
    """Put the stacks into an app, with the settings of its context, and check them by AWS's rules.

    Raise ``DeploymentSettingsError`` if a setting is missing or wrong.
    """
    rules.check(app)
    given = settings.read(app.node)
    data = Data(app, settings=given)
    return Environment(data, PositiveChallenge(app, settings=given, data=data))


if __name__ == "__main__":
    # analytics_reporting: nothing about what a council runs is reported to AWS.
    app = App(analytics_reporting=False)
    build(app)
    app.synth()
