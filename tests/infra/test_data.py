"""What outlives everything has its own stack, beside which the service can fail and come back.

A first deployment that failed can be repeated, and a deleted service can be deployed again:
nothing with a fixed name is left in the way, and nothing that holds data depends on the service.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.template import flags, sample_settings, settings_file, synthesize, template_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.template import Synthesized

DATA = f"PositiveChallengeData-{sample_settings()['environment']}"
SERVICE = f"PositiveChallenge-{sample_settings()['environment']}"

#: The logical ids of what holds data, and what each is. CloudFormation makes a new, empty resource
#: when an id changes, so changing one here means losing what it held.
PINNED = {
    "RecordTableDC0C661A": "AWS::DynamoDB::Table",
    "RecordKey4C215353": "AWS::KMS::Key",
    "SigningKey70710D41": "AWS::KMS::Key",
    "CredentialsSignIn22C24D1E": "AWS::SecretsManager::Secret",
    "MailsA12F992C": "AWS::S3::Bucket",
    "Heads73EA331F": "AWS::S3::Bucket",
    "TrailBucket6C1E344E": "AWS::S3::Bucket",
    "BackupsVault1F11AFCC": "AWS::Backup::BackupVault",
    "BackupsKeyC696F888": "AWS::KMS::Key",
    "SignInPoolFD298EFA": "AWS::Cognito::UserPool",
    "SignInPoolPeopleE8066075": "AWS::Cognito::UserPoolClient",
    "SignInPoolProgramforms2CEAA005": "AWS::Cognito::UserPoolClient",
    "Bus95A03305": "AWS::Events::EventBus",
    "BusArchiveDBBF46CD": "AWS::Events::Archive",
    "LogsExecutionsAAD5C90E": "AWS::Logs::LogGroup",
    "LogsRefusedE55086E4": "AWS::Logs::LogGroup",
}

#: What counts as data, wherever it is. The service's key holds what waits to be retried, and goes.
KINDS_OF_DATA = {
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}


@pytest.fixture(scope="module")
def with_pool(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesize all that a data stack can hold: no council provider, and a program."""
    return synthesize(
        tmp_path_factory.mktemp("pool"), oidc_issuer="", oidc_client_id="", api_clients="forms"
    )


def test_what_holds_data_keeps_its_name(with_pool: Synthesized) -> None:
    made = template_of(with_pool.data)["Resources"]
    kinds = set(PINNED.values())
    assert {
        name: one["Type"] for name, one in made.items() if one["Type"] in kinds | KINDS_OF_DATA
    } == PINNED


def test_the_service_holds_no_data(with_pool: Synthesized) -> None:
    made = template_of(with_pool.service)["Resources"].values()
    assert not {one["Type"] for one in made} & KINDS_OF_DATA


def test_the_data_stack_is_the_same_without_the_service(
    with_pool: Synthesized, tmp_path: Path
) -> None:
    """So no policy, notification or trigger of it can depend on the service, and no export either.

    Otherwise each stack would need the other first, and an export that the service stops using
    would be deleted too early.
    """
    from aws_cdk import App  # noqa: PLC0415 - starts Node

    from infra.cloud.data import Data  # noqa: PLC0415
    from infra.cloud.settings import read  # noqa: PLC0415

    changed = {"oidc_issuer": "", "oidc_client_id": "", "api_clients": "forms"}
    context = {**flags(), **settings_file(tmp_path, changed)}
    app = App(context=context, outdir=str(tmp_path), analytics_reporting=False)
    Data(app, settings=read(app.node))
    app.synth()
    alone = template_of(tmp_path / f"{DATA}.template.json")
    assert alone == template_of(with_pool.data)


def test_the_data_stack_takes_nothing_from_another(with_pool: Synthesized) -> None:
    written = with_pool.data.read_text("utf-8")
    assert "Fn::ImportValue" not in written
    assert "Fn::GetStackOutput" not in written


def test_policies_and_triggers_of_the_data_stack_name_nothing_that_the_service_makes(
    with_pool: Synthesized,
) -> None:
    """Their principals are the account and AWS's own services, and what they let in is data."""
    made = template_of(with_pool.data)["Resources"]
    for resource in made.values():
        properties = resource.get("Properties", {})
        assert not {"NotificationConfiguration", "LambdaConfig", "Triggers"} & properties.keys()
        # The service names its logs, which it writes to. SES's rule and the functions' roles have
        # names that follow from the settings. Nothing else may be named.
        if resource["Type"] != "AWS::Logs::LogGroup":
            assert SERVICE not in json.dumps(properties).replace(DATA, "")
            assert "arn:aws:lambda" not in json.dumps(properties)
            assert ":function:" not in json.dumps(properties)


@pytest.mark.parametrize("which", ["data", "service"])
def test_nothing_with_a_fixed_name_is_kept_by_a_first_deployment_that_failed(
    with_pool: Synthesized, which: str
) -> None:
    """``Retain`` keeps it, and then the second attempt finds the name taken."""
    made = template_of(getattr(with_pool, which))["Resources"]
    kept = {name: one for name, one in made.items() if one.get("DeletionPolicy") == "Retain"}
    assert kept, "the test looks at nothing"
    assert {name: list(_names(one)) for name, one in kept.items() if [*_names(one)]} == {}


def test_nothing_with_a_fixed_name_is_left_by_a_service_that_was_deleted(
    with_pool: Synthesized,
) -> None:
    made = template_of(with_pool.service)["Resources"]
    kept = {
        name: one for name, one in made.items() if one.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert kept, "the test looks at nothing"
    assert {name: list(_names(one)) for name, one in kept.items() if [*_names(one)]} == {}


def test_what_is_protected_from_deletion_is_left_alone_by_cloudformation(
    with_pool: Synthesized,
) -> None:
    """It could not delete it, and the stack would be stuck in ``ROLLBACK_FAILED``."""
    made = template_of(with_pool.data)["Resources"]
    protected = [
        one
        for one in made.values()
        if one.get("Properties", {}).get("DeletionProtectionEnabled") is True
        or one.get("Properties", {}).get("DeletionProtection") == "ACTIVE"
    ]
    assert {one["Type"] for one in protected} == {"AWS::DynamoDB::Table", "AWS::Cognito::UserPool"}
    assert {one["DeletionPolicy"] for one in protected} == {"Retain"}


def _names(resource: dict[str, Any]) -> Iterator[str]:
    """Yield the names that a resource has in every deployment, without those with another's id."""
    for key, value in resource.get("Properties", {}).items():
        if key.endswith("Name") and '"Ref"' not in json.dumps(value):
            yield str(value)
