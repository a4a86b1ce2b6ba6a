"""The stack as a template: synthesized once for each worker, without its asset."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from infra.shape import ROOT

# aws_cdk starts Node when it is imported, which takes seconds: only the tests that need it do.
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from infra.shape import Function

Properties = dict[str, Any]


@dataclass(frozen=True)
class Synthesized:
    """The template as it is deployed."""

    file: Path
    resources: Mapping[str, Mapping[str, Any]]

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Find the properties of each resource of a kind, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> Properties:
        """Find the one resource of a kind."""
        (properties,) = self.of_type(kind).values()
        return properties

    def id_of(self, function: Function) -> str:
        """Find the logical id of a deployed function."""
        (name,) = (
            name
            for name, properties in self.of_type("AWS::Lambda::Function").items()
            if properties["Handler"] == function.handler
        )
        return name

    def id_of_key(self, name: str) -> str:
        """Find the logical id of the key of the construct that is called so."""
        (found,) = (id_ for id_ in self.of_type("AWS::KMS::Key") if id_.startswith(name))
        return found

    def allowed_to(self, role: str) -> list[Properties]:
        """Find what a role's policies allow, statement by statement."""
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def allowed_to_function(self, function: Function) -> list[Properties]:
        """Find what a function may do."""
        deployed = self.of_type("AWS::Lambda::Function")[self.id_of(function)]
        return self.allowed_to(deployed["Role"]["Fn::GetAtt"][0])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesized]:
    """Synthesize the stack without its asset."""
    yield from synthesize(tmp_path_factory.mktemp("cdk"), bundle=False)


def synthesize(output: Path, *, bundle: bool, **settings: str) -> Iterator[Synthesized]:
    with pytest.MonkeyPatch.context() as patch:
        # cfn-lint checks the template in a test of its own; CDK's checks take 4 seconds.
        patch.setenv("CDK_VALIDATION", "false")
        from aws_cdk import App  # noqa: PLC0415

        from infra.cloud.app import build  # noqa: PLC0415

        bundled = {"aws:cdk:bundling-stacks": ["**"] if bundle else []}
        context = sample_context() | settings | bundled
        app = App(context=context, outdir=str(output), analytics_reporting=False)
        name = build(app).stack_name
        app.synth()
    file = output / f"{name}.template.json"
    yield Synthesized(file, json.loads(file.read_text("utf-8"))["Resources"])


def sample_context() -> dict[str, Any]:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return context
