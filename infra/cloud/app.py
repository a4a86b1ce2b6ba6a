"""The CDK app: ``cdk synth`` and ``cdk deploy`` run this file, as ``cdk.json`` says."""

from __future__ import annotations

from aws_cdk import App

from infra.cloud import rules, settings
from infra.cloud.stack import PositiveChallenge


def build(app: App) -> PositiveChallenge:
    """Put the stack into an app, with the settings of the app's context, and the rules it keeps.

    Raises:
        SettingsError: a setting is missing or cannot be right.

    """
    rules.check(app)
    return PositiveChallenge(app, settings=settings.read(app.node))


if __name__ == "__main__":
    # analytics_reporting: what a council runs is told to nobody.
    app = App(analytics_reporting=False)
    build(app)
    app.synth()
