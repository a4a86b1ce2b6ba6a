"""The stacks as CloudFormation gets them, for tests that read the templates."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pytest

from infra.blueprint import ROOT

# Importing aws_cdk starts Node, which takes seconds, so only tests that need it do.
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from infra.blueprint import Function

Properties = dict[str, Any]


@dataclass(frozen=True)
class Synthesized:
    """An environment as it is deployed: the resources of both its stacks, ``data`` and ``service``.

    Where the service imports an export of the data stack, ``resources`` and ``outputs`` have the
    exported value, as if both were one stack.
    """

    data: Path
    service: Path
    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, Any]]

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

    def id_of_bucket(self, name: str) -> str:
        """Find the logical id of the bucket with this name in its construct."""
        (found,) = (id_ for id_ in self.of_type("AWS::S3::Bucket") if name in id_)
        return found

    def id_of_key(self, construct: str) -> str:
        """Find the logical id of a construct's key."""
        (found,) = (id_ for id_ in self.of_type("AWS::KMS::Key") if id_.startswith(construct))
        return found

    def allowed_to(self, role: str) -> list[Properties]:
        """Find what a role's policies allow, statement by statement."""
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        ]

    def refused_to(self, role: str) -> list[Properties]:
        """Find what a role's policies refuse, statement by statement."""
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
        ]

    def allowed_to_function(self, function: Function) -> list[Properties]:
        """Find what a function may do."""
        deployed = self.of_type("AWS::Lambda::Function")[self.id_of(function)]
        return self.allowed_to(deployed["Role"]["Fn::GetAtt"][0])


def synthesize(output: Path, *, bundle: bool = False, **changed: str) -> Synthesized:
    """Synthesize the stacks with the sample settings, some of them ``changed``."""
    with pytest.MonkeyPatch.context() as patch:
        # cfn-lint has a test of its own for the templates; CDK's checks take 4 seconds.
        patch.setenv("CDK_VALIDATION", "false")
        from aws_cdk import App  # noqa: PLC0415

        from infra.cloud.app import build  # noqa: PLC0415

        bundled = {"aws:cdk:bundling-stacks": ["**"] if bundle else []}
        context = {**flags(), **bundled, **settings_file(output, changed)}
        app = App(context=context, outdir=str(output), analytics_reporting=False)
        built = build(app)
        data, service = (
            output / f"{stack.stack_name}.template.json" for stack in (built.data, built.service)
        )
        app.synth()
    return Synthesized(data, service, *_joined(template_of(data), template_of(service)))


def template_of(file: Path) -> dict[str, Any]:
    """Read a template."""
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _joined(data: dict[str, Any], service: dict[str, Any]) -> tuple[Properties, Properties]:
    """Return the resources and outputs of both, with every import followed."""
    exported = {
        one["Export"]["Name"]: one["Value"] for one in data["Outputs"].values() if "Export" in one
    }

    def followed(value: Any) -> Any:  # noqa: ANN401 - any JSON
        match value:
            case {"Fn::ImportValue": str(name)}:
                return exported[name]
            case dict():
                return {key: followed(one) for key, one in value.items()}
            case list():
                return [followed(one) for one in value]
            case _:
                return value

    both = data["Resources"].keys() & service["Resources"].keys()
    assert not both, f"one name for two things: {both}"
    resources = data["Resources"] | followed(service["Resources"])
    return resources, data["Outputs"] | followed(service["Outputs"])


def flags() -> dict[str, Any]:
    """Return the context of cdk.json: the flags of CDK, and the file of sample settings."""
    found: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return found


def sample_settings() -> dict[str, str]:
    """Return the settings of the sample."""
    return tomllib.loads((ROOT / flags()["settings"]).read_text("utf-8"))


def settings_file(folder: Path, changed: Mapping[str, str]) -> dict[str, str]:
    """Write the sample's settings, some ``changed``, into ``folder``. Return CDK's context.

    What is ``changed`` and not a setting goes into the context itself.
    """
    from infra.cloud.settings import Settings  # noqa: PLC0415 - starts Node

    known = {field.name for field in fields(Settings)}
    settings = sample_settings() | {name: changed[name] for name in changed if name in known}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{settings['environment']}.toml"
    # A JSON string is also a TOML string.
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    file.write_text("\n".join(lines), "utf-8")
    return {"settings": str(file)} | {name: changed[name] for name in changed if name not in known}


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - a policy's own
    """Return what a policy names as a list, whether it is one thing or several."""
    return value if isinstance(value, list) else [value]


def actions_of(statements: Sequence[Properties]) -> set[str]:
    """Return everything that the statements allow."""
    return {action for statement in statements for action in listed(statement["Action"])}
