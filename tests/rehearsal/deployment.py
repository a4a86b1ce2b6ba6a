"""The stack, deployed into the emulator by the CDK's own command line, as a council deploys it.

``cdk bootstrap``, ``cdk synth`` with the settings of a made-up council, and ``cdk deploy`` of what
was synthesized, after ``fitting`` left out what the emulator lacks. Then the two things that an
operator does by hand: the directory is loaded, and the secret of sign-in put in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.local.provider import PROGRAM
from infra.shape import INTAKE, ROOT
from tests.patience import LONG_LIMIT
from tests.rehearsal.emulator import ACCOUNT, PYTHON, REGION
from tests.rehearsal.fitting import Fitted, fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from infra.shape import Function
    from tests.rehearsal.emulator import Emulator

__all__ = [
    "COUNCIL",
    "COUNCILS_HOST",
    "SAMPLE_DIRECTORY",
    "STACK",
    "CommandError",
    "Deployment",
    "bootstrap",
    "deploy",
    "hand_over",
    "operate",
    "run_fast",
    "shell",
    "synthesize",
]

SAMPLE_DIRECTORY = ROOT / "infra" / "local" / "directory"

#: The settings of the made-up council; ``oidc_issuer`` is where its provider listens.
COUNCIL = {
    # One for training, so that its clock can run fast.
    "environment": "training-rehearsal",
    "working_day_seconds": "20",
    "domain": "mail.challenge.sampleshire.example",
    "public_url": "https://challenge.sampleshire.example",
    "mail_from": "positive-challenge@mail.challenge.sampleshire.example",
    "intake_address": "positive-challenge@mail.challenge.sampleshire.example",
    "council_name": "Sampleshire Council",
    "oidc_client_id": "positive-challenge",
    "api_audience": PROGRAM.audience,
    "api_clients": PROGRAM.client_id,
}

STACK = f"PositiveChallenge-{COUNCIL['environment']}"
COUNCILS_HOST = urlsplit(COUNCIL["public_url"]).netloc

#: Asks the emulator which types of resources its CloudFormation can make.
_KNOWN = """\
import json
from ministack.services.cloudformation import provisioners
print(json.dumps(sorted(provisioners._RESOURCE_HANDLERS)))
"""

#: The operator's commands, for whom a working day may be shorter than people can practise in.
_OPERATE_FAST = """\
import sys
from datetime import timedelta
from domain import practice
practice.SHORTEST_DAY = timedelta(seconds=1)
from infra.operate import main
sys.exit(main(sys.argv[1:]))
"""

#: For some services the command line of AWS has addresses of its own, which no variable changes.
_AWS = """\
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
"""


class CommandError(Exception):
    """A command failed. The message holds what it wrote."""


@dataclass(frozen=True)
class Deployment:
    """The stack as it stands in the emulator.

    ``template`` is what the emulator was given; ``outputs`` are the stack's; ``resources`` map a
    logical id to what the emulator calls the resource.
    """

    emulator: Emulator
    fitted: Fitted
    outputs: Mapping[str, str]
    resources: Mapping[str, str]

    def of_type(self, kind: str) -> dict[str, Any]:
        """The properties in the template of each resource of a kind, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.fitted.template["Resources"].items()
            if resource["Type"] == kind
        }

    def logical_id(self, function: Function) -> str:
        """The logical id of a function."""
        (found,) = [
            name
            for name, properties in self.of_type("AWS::Lambda::Function").items()
            if properties["Handler"] == function.handler
        ]
        return found

    def name(self, function: Function) -> str:
        """What the emulator calls a function."""
        return self.resources[self.logical_id(function)]

    def role(self, function: Function) -> str:
        """The name of the role that a function runs in."""
        properties = self.of_type("AWS::Lambda::Function")[self.logical_id(function)]
        return self.resources[properties["Role"]["Fn::GetAtt"][0]]

    def setting(self, function: Function, name: str) -> str:
        """What a function finds in its environment."""
        configuration = self.emulator.client("lambda").get_function_configuration(
            FunctionName=self.name(function)
        )
        return str(configuration["Environment"]["Variables"][name])

    @cached_property
    def bucket(self) -> str:
        """The name of the bucket of mails that came in."""
        return self.setting(INTAKE, "MAIL_BUCKET")

    @property
    def machine(self) -> str:
        """The ARN of the state machine."""
        return self.outputs["StateMachineArn"]

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.outputs["TableName"]


def bootstrap(emulator: Emulator, folder: Path) -> None:
    """Prepare the account for the CDK. In ``folder`` there is no app, which would be built too."""
    _cdk(emulator, folder, "bootstrap", f"aws://{ACCOUNT}/{REGION}", at=folder)


def synthesize(emulator: Emulator, folder: Path, issuer: str) -> Path:
    """Make the template and the asset that this machine can run; the template's file."""
    context = {
        **COUNCIL,
        "oidc_issuer": issuer,
        "functions_run": "here",
    }
    given = [part for key, value in context.items() for part in ("--context", f"{key}={value}")]
    assembly = folder / "assembly"
    _cdk(emulator, folder, "synth", "--quiet", "--output", str(assembly), *given)
    return assembly / f"{STACK}.template.json"


def deploy(emulator: Emulator, folder: Path, template: Path) -> Deployment:
    """Fit the template, and deploy it. Raises ``FittingError`` or ``CommandError``."""
    known = json.loads(_run([str(PYTHON), "-c", _KNOWN], {"PATH": os.environ["PATH"]}))
    fitted = fit(json.loads(template.read_text("utf-8")), known)
    template.write_text(json.dumps(fitted.template), "utf-8")
    outputs = folder / "outputs.json"
    _cdk(
        emulator, folder,
        "deploy", "--app", str(template.parent), "--require-approval", "never",
        "--outputs-file", str(outputs),
    )  # fmt: skip
    resources = _resources(emulator, fitted)
    _lock_buckets(emulator, fitted, resources)
    return Deployment(emulator, fitted, json.loads(outputs.read_text("utf-8"))[STACK], resources)


def _lock_buckets(emulator: Emulator, fitted: Fitted, resources: Mapping[str, str]) -> None:
    """Lock the objects of the buckets that want it: the emulator's CloudFormation does not."""
    s3 = emulator.client("s3")
    for name, resource in fitted.template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::S3::Bucket" and properties.get("ObjectLockEnabled"):
            s3.put_object_lock_configuration(
                Bucket=resources[name],
                ObjectLockConfiguration=properties.get(
                    "ObjectLockConfiguration", {"ObjectLockEnabled": "Enabled"}
                ),
            )


def _resources(emulator: Emulator, fitted: Fitted) -> dict[str, str]:
    """What the emulator says it made: logical id → its name there."""
    pages = emulator.client("cloudformation").get_paginator("list_stack_resources")
    made = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages.paginate(StackName=STACK)
        for one in page["StackResourceSummaries"]
        if one["ResourceStatus"] == "CREATE_COMPLETE"
    }
    if missing := sorted(fitted.template["Resources"].keys() - made.keys()):
        message = f"The emulator did not make {', '.join(missing)}."
        raise CommandError(message)
    return made


def hand_over(deployment: Deployment, provider_secret: str) -> None:
    """What an operator does by hand after the first deployment."""
    operate(deployment, "load-directory", str(SAMPLE_DIRECTORY))
    secrets = deployment.emulator.client("secretsmanager")
    secret = deployment.outputs["SecretId"]
    held = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
    held["oidc_client_secret"] = provider_secret
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(held))


def operate(deployment: Deployment, *arguments: str) -> str:
    """Run one of the operator's commands; what it says. Raises ``CommandError``."""
    return _operate(deployment, "-m", "infra.operate", *arguments)


def shell(deployment: Deployment, commands: str, desk: Path) -> str:
    """Type these commands into a shell at ``desk``, which is made to look like the checkout.

    Answers what they print; raises ``CommandError`` at the first that fails.
    """
    desk.mkdir(exist_ok=True)
    for name in (".venv", "functions", "infra"):
        if not (desk / name).exists():
            (desk / name).symlink_to(ROOT / name)
    # As the functions have it: what is due is due by the clock of the practice.
    training = {"WORKING_DAY_SECONDS": COUNCIL["working_day_seconds"]}
    environment = {**_clean(), **deployment.emulator.environment, **training}
    return _run(["bash", "-euo", "pipefail", "-c", _AWS + commands], environment, desk)


def run_fast(deployment: Deployment, *, working_day: int, minutes: int) -> None:
    """The operator lets the clock run fast: ``working_day`` seconds for each day, for so long.

    The command is the real one, but for its lower bound: nobody has to read a letter here.
    """
    how = ("practise", "--minutes", str(minutes), "--working-day", str(working_day))
    _operate(deployment, "-c", _OPERATE_FAST, *how)


def _operate(deployment: Deployment, *arguments: str) -> str:
    environment = {
        **_clean(),
        **deployment.emulator.environment,
        "TABLE_NAME": deployment.table,
        "STATE_MACHINE_ARN": deployment.machine,
        "HEADS_BUCKET": deployment.outputs["HeadsBucket"],
        "WORKING_DAY_SECONDS": COUNCIL["working_day_seconds"],
        "PYTHONPATH": "functions",
    }
    return _run([sys.executable, *arguments], environment)


def _cdk(emulator: Emulator, folder: Path, *arguments: str, at: Path = ROOT) -> str:
    environment = {
        **_clean(),
        **emulator.environment,
        "CDK_HOME": str(folder / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        # The rules of security are checked by a test of their own.
        "CDK_VALIDATION": "false",
    }
    tool = ROOT / "node_modules" / ".bin" / "cdk"
    return _run([str(tool), *arguments, "--no-notices", "--ci"], environment, at)


def _clean() -> dict[str, str]:
    """This process's environment, without what would lead to a real account."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CDK_"))
        and name.lower() not in ("https_proxy", "all_proxy")
    }


def _run(command: Sequence[str], environment: Mapping[str, str], at: Path = ROOT) -> str:
    done = subprocess.run(
        command,
        cwd=at,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=LONG_LIMIT,
        check=False,
    )
    if done.returncode:
        wrote = done.stdout + done.stderr
        # What failed stands far above what was then taken back.
        failed = [line for line in wrote.splitlines() if "_FAILED" in line]
        wrote = "\n".join([*failed, wrote[-4000:]])
        message = f"{' '.join(command[:4])[:200]} … ended with {done.returncode}:\n{wrote}"
        raise CommandError(message)
    return done.stdout
