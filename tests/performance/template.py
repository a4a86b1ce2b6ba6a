"""The stacks' templates, without their asset: what stands on AWS once they are deployed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from infra.shape import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["resources"]


def resources() -> Mapping[str, Mapping[str, Any]]:
    """The resources of both stacks by their logical ids."""
    os.environ.setdefault("CDK_VALIDATION", "false")  # a test of its own lints the template
    from aws_cdk import App  # noqa: PLC0415 - CDK takes a second to load

    from infra.cloud.app import build  # noqa: PLC0415

    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    with TemporaryDirectory() as folder:
        app = App(
            context=context | {"aws:cdk:bundling-stacks": []},
            outdir=folder,
            analytics_reporting=False,
        )
        built = build(app)
        names = [stack.stack_name for stack in (built.data, built.service)]
        app.synth()
        templates = [
            json.loads((Path(folder) / f"{name}.template.json").read_text("utf-8"))
            for name in names
        ]
    return {
        name: resource for template in templates for name, resource in template["Resources"].items()
    }
