"""The stacks' templates, without their asset: what exists on AWS after deployment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["resources"]


def resources(**changed: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the resources of both stacks by logical id, with the sample's settings ``changed``."""
    os.environ.setdefault("CDK_VALIDATION", "false")  # a test of its own lints the template
    from aws_cdk import App  # noqa: PLC0415 - CDK takes a second to load

    from infra.cloud.app import build  # noqa: PLC0415
    from tests.infra.template import flags, settings_file  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        context = flags() | settings_file(Path(folder) / "settings", changed)
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
