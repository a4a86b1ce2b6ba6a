"""AWS's own security rules (cdk-nag, AwsSolutions), checked whenever the app is synthesized.

A finding stops the synthesis. If it is right as it is, accept it on its construct, with the reason:
:func:`accept`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Stack, Validations
from cdk_nag import AwsSolutionsChecks

if TYPE_CHECKING:
    from aws_cdk import App, CfnElement
    from constructs import IConstruct

__all__ = ["accept", "check", "exported", "logical_id"]


def check(app: App) -> None:
    """Check every stack of ``app`` against the rules."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept a finding on ``construct`` and below: ``L1``, or one of a rule, ``IAM5[Resource::*]``.

    ``reason`` says why it is right here.
    """
    finding = Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
    Validations.of(construct).acknowledge(finding)


def logical_id(construct: IConstruct) -> str:
    """Return a construct's resource name in the template, which some findings contain."""
    resource = cast("CfnElement", construct.node.default_child)
    return Stack.of(construct).get_logical_id(resource)


def exported(construct: IConstruct, value: str) -> str:
    """Return the name by which another stack imports a construct's ``value``, as in findings."""
    stack = Stack.of(construct)
    return cast("str", stack.resolve(stack.export_value(value))["Fn::ImportValue"])
