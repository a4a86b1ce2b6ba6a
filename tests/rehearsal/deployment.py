"""Deploy the stacks into the emulator with the CDK's own command line, as a council does.

``cdk bootstrap``, ``cdk synth`` with the settings of a made-up council, and ``cdk deploy`` of what
was synthesized, after ``fitting`` has left out what the emulator lacks: once so that each stack
fails while it is made, and once as they are. Then the two things that an operator does by hand:
load the directory, and enter the sign-in secret.
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

from adapters.mailroom import KEYS
from infra.blueprint import INTAKE, ROOT
from infra.local.provider import CASE_SYSTEM, PROGRAM
from tests.patience import LONG_LIMIT
from tests.rehearsal.emulator import ACCOUNT, PYTHON, REGION
from tests.rehearsal.fitting import Fitted, fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from infra.blueprint import Function
    from tests.rehearsal.emulator import Emulator

__all__ = [
    "COUNCIL",
    "COUNCILS_HOST",
    "DATA_STACK",
    "PERSON",
    "SAMPLE_DIRECTORY",
    "STACK",
    "CommandError",
    "Deployment",
    "bootstrap",
    "deploy",
    "fail",
    "fit_all",
    "hand_over",
    "operate",
    "run_fast",
    "set_up_mail",
    "shell",
    "still_has_its_mail",
    "synthesize",
]

SAMPLE_DIRECTORY = ROOT / "infra" / "local" / "directory"

#: The people who may take on the roles for people.
PERSON = f"arn:aws:iam::{ACCOUNT}:user/ola"

#: The settings of the made-up council; ``oidc_issuer`` is where its provider listens.
COUNCIL = {
    # A training environment, so that its clock can run fast.
    "environment": "training-rehearsal",
    "account": ACCOUNT,
    "region": REGION,
    "working_day_seconds": "20",
    "object_lock": "governance",
    "lambda_quota": "1000",
    "domain": "mail.challenge.sampleshire.example",
    "public_url": "https://challenge.sampleshire.example",
    "mail_from": "positive-challenge@mail.challenge.sampleshire.example",
    "intake_address": "positive-challenge@mail.challenge.sampleshire.example",
    "council_name": "Sampleshire Council",
    "oidc_client_id": "positive-challenge",
    "api_audience": PROGRAM.audience,
    "api_clients": PROGRAM.client_id,
    "case_system_clients": CASE_SYSTEM.client_id,
    "operators": PERSON,
    "break_glass": PERSON,
}

STACK = f"PositiveChallenge-{COUNCIL['environment']}"
DATA_STACK = f"PositiveChallengeData-{COUNCIL['environment']}"
#: What SES puts into the bucket itself when it first gets it.
SES_SETUP = f"{KEYS}AMAZON_SES_SETUP_NOTIFICATION"
COUNCILS_HOST = urlsplit(COUNCIL["public_url"]).netloc

#: Asks the emulator which types of resources its CloudFormation can make.
_KNOWN = """\
import json
from ministack.services.cloudformation import provisioners
print(json.dumps(sorted(provisioners._RESOURCE_HANDLERS)))
"""

#: The operator's commands, for which a working day may be shorter than on the page.
_OPERATE_FAST = """\
import sys
from datetime import timedelta
from domain import training
training.SHORTEST_DAY = timedelta(seconds=1)
from infra.operate import main
sys.exit(main(sys.argv[1:]))
"""

#: The AWS command line has fixed addresses for some services, which no variable changes.
_AWS = """\
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
"""


class CommandError(Exception):
    """A command failed. The message holds what it wrote."""


@dataclass(frozen=True)
class Deployment:
    """Both stacks as they are in the emulator.

    ``fitted`` is what the emulator was given; ``outputs`` are those of both; ``resources`` map a
    logical id to the emulator's name of the resource.
    """

    emulator: Emulator
    fitted: Fitted
    outputs: Mapping[str, str]
    resources: Mapping[str, str]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the template properties of each resource of a kind, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.fitted.resources.items()
            if resource["Type"] == kind
        }

    def logical_id(self, function: Function) -> str:
        """Return the logical id of a function."""
        (found,) = [
            name
            for name, properties in self.of_type("AWS::Lambda::Function").items()
            if properties["Handler"] == function.handler
        ]
        return found

    def name(self, function: Function) -> str:
        """Return the emulator's name of a function."""
        return self.resources[self.logical_id(function)]

    def role(self, function: Function) -> str:
        """Return the name of the role that a function runs in."""
        properties = self.of_type("AWS::Lambda::Function")[self.logical_id(function)]
        return self.resources[properties["Role"]["Fn::GetAtt"][0]]

    def setting(self, function: Function, name: str) -> str:
        """Return a variable of a function's environment."""
        configuration = self.emulator.client("lambda").get_function_configuration(
            FunctionName=self.name(function)
        )
        return str(configuration["Environment"]["Variables"][name])

    @cached_property
    def bucket(self) -> str:
        """Return the name of the bucket of emails received."""
        return self.setting(INTAKE, "MAIL_BUCKET")

    @property
    def machine(self) -> str:
        """Return the ARN of the state machine."""
        return self.outputs["StateMachineArn"]

    @property
    def table(self) -> str:
        """Return the name of the table."""
        return self.outputs["TableName"]


def bootstrap(emulator: Emulator, folder: Path) -> None:
    """Prepare the account for the CDK. ``folder`` holds no app, because it would be built too."""
    _cdk(emulator, folder, "bootstrap", f"aws://{ACCOUNT}/{REGION}", at=folder)


def synthesize(emulator: Emulator, folder: Path, issuer: str) -> Path:
    """Make the templates and the assets for this machine. Return the folder with all of it."""
    settings = {**COUNCIL, "oidc_issuer": issuer}
    file = folder / f"{COUNCIL['environment']}.toml"
    # A JSON string is a TOML string.
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    file.write_text("\n".join(lines), "utf-8")
    context = {"settings": str(file), "functions_run": "here"}
    given = [part for key, value in context.items() for part in ("--context", f"{key}={value}")]
    assembly = folder / "assembly"
    _cdk(emulator, folder, "synth", "--quiet", "--output", str(assembly), *given)
    return assembly


def fit_all(assembly: Path) -> Fitted:
    """Fit the templates of both stacks, in their files. Raise ``FittingError``."""
    known = json.loads(_run([str(PYTHON), "-c", _KNOWN], {"PATH": os.environ["PATH"]}))
    files = [_template(assembly, stack) for stack in (DATA_STACK, STACK)]
    fitted = fit([json.loads(file.read_text("utf-8")) for file in files], known)
    for file, template in zip(files, fitted.templates, strict=True):
        file.write_text(json.dumps(template), "utf-8")
    return fitted


def fail(emulator: Emulator, folder: Path, assembly: Path, stack: str) -> None:
    """Let a stack's first deployment fail as far along as it can.

    At the end it waits for something that never comes, like a deployment whose certificate nobody
    proved. Then the operator removes what is left of the stack's protection, as in the runbook.
    """
    file = _template(assembly, stack)
    whole = file.read_text("utf-8")
    broken = json.loads(whole)
    broken["Resources"] |= {
        "NobodyCalls": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "NeverComes": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "DependsOn": [*broken["Resources"]],
            "Properties": {"Handle": {"Ref": "NobodyCalls"}, "Timeout": "1"},
        },
    }
    file.write_text(json.dumps(broken), "utf-8")
    try:
        _deploy(emulator, folder, assembly)
    except CommandError as error:
        if "NeverComes" not in str(error):
            raise
    else:
        message = f"{stack} was to fail, and was deployed."
        raise CommandError(message)
    finally:
        file.write_text(whole, "utf-8")
        _forget_templates(emulator)
    formation = emulator.client("cloudformation")
    (left,) = formation.describe_stacks(StackName=stack)["Stacks"]
    if left["StackStatus"] != "ROLLBACK_COMPLETE":
        message = f"{stack} is left in {left['StackStatus']}: {left.get('StackStatusReason')}"
        raise CommandError(message)
    formation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)


def _forget_templates(emulator: Emulator) -> None:
    """Delete what the CDK uploaded: it does not upload a file again that exists under its name."""
    s3 = emulator.client("s3")
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    for one in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        if one["Key"].endswith(".json"):
            s3.delete_object(Bucket=bucket, Key=one["Key"])


def set_up_mail(emulator: Emulator) -> str:
    """Put into the mail bucket what SES adds when a rule is made. Return the bucket's name."""
    formation = emulator.client("cloudformation")
    (data,) = formation.describe_stacks(StackName=DATA_STACK)["Stacks"]
    (bucket,) = [one["OutputValue"] for one in data["Outputs"] if one["OutputKey"] == "MailBucket"]
    emulator.client("s3").put_object(Bucket=bucket, Key=SES_SETUP, Body=b"Set up by Amazon SES.")
    return str(bucket)


def still_has_its_mail(deployment: Deployment, bucket: str) -> None:
    """Check that the deployed service uses the failed one's bucket, with everything in it."""
    if deployment.bucket != bucket:
        message = f"The mails are in {bucket}, and the service looks into {deployment.bucket}."
        raise CommandError(message)
    deployment.emulator.client("s3").head_object(Bucket=bucket, Key=SES_SETUP)


def deploy(emulator: Emulator, folder: Path, assembly: Path, fitted: Fitted) -> Deployment:
    """Deploy both stacks. Raise ``CommandError``."""
    outputs = _deploy(emulator, folder, assembly)
    resources = {
        logical_id: name
        for stack, template in zip((DATA_STACK, STACK), fitted.templates, strict=True)
        for logical_id, name in _resources(emulator, stack, template).items()
    }
    _lock_buckets(emulator, fitted, resources)
    return Deployment(emulator, fitted, outputs[DATA_STACK] | outputs[STACK], resources)


def _deploy(emulator: Emulator, folder: Path, assembly: Path) -> dict[str, dict[str, str]]:
    """Run the command that deploys both. Return the outputs of each stack."""
    outputs = folder / "outputs.json"
    _cdk(
        emulator, folder,
        "deploy", "--all", "--app", str(assembly), "--require-approval", "never",
        "--outputs-file", str(outputs),
    )  # fmt: skip
    told: dict[str, dict[str, str]] = json.loads(outputs.read_text("utf-8"))
    return told


def _template(assembly: Path, stack: str) -> Path:
    return assembly / f"{stack}.template.json"


def _lock_buckets(emulator: Emulator, fitted: Fitted, resources: Mapping[str, str]) -> None:
    """Lock the objects of the buckets that ask for it: the emulator's CloudFormation does not."""
    s3 = emulator.client("s3")
    for name, resource in fitted.resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::S3::Bucket" and properties.get("ObjectLockEnabled"):
            s3.put_object_lock_configuration(
                Bucket=resources[name],
                ObjectLockConfiguration=properties.get(
                    "ObjectLockConfiguration", {"ObjectLockEnabled": "Enabled"}
                ),
            )


def _resources(emulator: Emulator, stack: str, template: Mapping[str, Any]) -> dict[str, str]:
    """Return what the emulator made of a stack: logical id → its name there."""
    pages = emulator.client("cloudformation").get_paginator("list_stack_resources")
    made = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages.paginate(StackName=stack)
        for one in page["StackResourceSummaries"]
        if one["ResourceStatus"] == "CREATE_COMPLETE"
    }
    if missing := sorted(template["Resources"].keys() - made.keys()):
        message = f"The emulator did not make {', '.join(missing)}."
        raise CommandError(message)
    return made


def hand_over(deployment: Deployment, provider_secret: str) -> None:
    """Do what an operator does by hand after the first deployment."""
    operate(deployment, "load-directory", str(SAMPLE_DIRECTORY))
    secrets = deployment.emulator.client("secretsmanager")
    secret = deployment.outputs["SecretId"]
    held = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
    held["oidc_client_secret"] = provider_secret
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(held))


def operate(deployment: Deployment, *arguments: str) -> str:
    """Run one of the operator's commands. Return its output. Raise ``CommandError``."""
    return _operate(deployment, "-m", "infra.operate", *arguments)


def shell(deployment: Deployment, commands: str, desk: Path) -> str:
    """Run these commands in a shell at ``desk``, which looks like the checkout.

    Return their output; raise ``CommandError`` at the first that fails.
    """
    desk.mkdir(exist_ok=True)
    for name in (".venv", "functions", "infra"):
        if not (desk / name).exists():
            (desk / name).symlink_to(ROOT / name)
    # As the functions do: what is due depends on the clock of the training run.
    training = {"WORKING_DAY_SECONDS": COUNCIL["working_day_seconds"]}
    environment = {**_clean(), **deployment.emulator.environment, **training}
    return _run(["bash", "-euo", "pipefail", "-c", _AWS + commands], environment, desk)


def run_fast(deployment: Deployment, *, working_day: int, minutes: int) -> None:
    """Let the operator run the clock fast: ``working_day`` seconds for each day, for this long.

    It is the real command without its lower bound: nobody has to read an email here.
    """
    how = ("training-run", "--minutes", str(minutes), "--working-day", str(working_day))
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
        # A test of its own checks the security rules.
        "CDK_VALIDATION": "false",
    }
    tool = ROOT / "node_modules" / ".bin" / "cdk"
    return _run([str(tool), *arguments, "--no-notices", "--ci"], environment, at)


def _clean() -> dict[str, str]:
    """Return this process's environment without anything that would lead to a real account."""
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
        # The failure is far above what was then rolled back.
        failed = [line for line in wrote.splitlines() if "_FAILED" in line]
        wrote = "\n".join([*failed, wrote[-4000:]])
        message = f"{' '.join(command[:4])[:200]} … ended with {done.returncode}:\n{wrote}"
        raise CommandError(message)
    return done.stdout
