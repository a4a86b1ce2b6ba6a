"""Sign-in on AWS: the council's own provider, or a user pool if it has none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.blueprint import API, FUNCTIONS, PAGES
from tests.infra.template import Properties, Synthesized, sample_settings, synthesize

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = sample_settings()["public_url"]


@pytest.fixture(scope="module")
def with_pool(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesize the stack of a council without a provider, with three programs."""
    return synthesize(
        tmp_path_factory.mktemp("pool"),
        oidc_issuer="",
        oidc_client_id="",
        api_clients="forms-platform, school-forms",
        case_system_clients="case-system",
    )


def _clients(stack: Synthesized) -> Mapping[str, Properties]:
    return stack.of_type("AWS::Cognito::UserPoolClient")


def _of_people(stack: Synthesized) -> tuple[str, Properties]:
    """Find the one client that people sign in with."""
    ((name, client),) = (
        (name, client)
        for name, client in _clients(stack).items()
        if client["AllowedOAuthFlows"] == ["code"]
    )
    return name, client


def _given(stack: Synthesized, function: Any) -> Properties:  # noqa: ANN401 - a Function
    deployed = stack.of_type("AWS::Lambda::Function")[stack.id_of(function)]
    variables: Properties = deployed["Environment"]["Variables"]
    return variables


def test_a_council_with_a_provider_of_its_own_gets_no_user_pool(stack: Synthesized) -> None:
    assert not [one["Type"] for one in stack.resources.values() if "Cognito" in one["Type"]]
    assert "USER_POOL_ID" not in _given(stack, PAGES)


def test_nobody_can_sign_themselves_up_and_everybody_needs_a_second_factor(
    with_pool: Synthesized,
) -> None:
    pool = with_pool.only("AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    rules = pool["Policies"]["PasswordPolicy"]
    assert rules["MinimumLength"] >= 14
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [
        {"Name": "verified_email", "Priority": 1}
    ]


def test_the_user_pool_is_not_deleted_by_mistake_and_outlives_the_stack(
    with_pool: Synthesized,
) -> None:
    ((_, pool),) = (
        (name, one)
        for name, one in with_pool.resources.items()
        if one["Type"] == "AWS::Cognito::UserPool"
    )
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"
    assert pool["DeletionPolicy"] == "Retain", "CloudFormation cannot delete what is protected"
    assert pool["UpdateReplacePolicy"] == "Retain"


def test_people_come_back_to_this_service_alone_with_a_code(with_pool: Synthesized) -> None:
    _, client = _of_people(with_pool)
    assert client["CallbackURLs"] == [f"{URL}/sign-in/callback"]
    assert client["LogoutURLs"] == [f"{URL}/signed-out"]
    assert set(client["AllowedOAuthScopes"]) == {"openid", "email", "profile"}
    assert client["GenerateSecret"] is True
    assert client["SupportedIdentityProviders"] == ["COGNITO"]


def test_no_client_can_be_signed_in_with_past_the_pages(with_pool: Synthesized) -> None:
    """By default, Cognito lets anybody with a password in through its own API."""
    for client in _clients(with_pool).values():
        assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]


def test_the_functions_know_the_pool_as_issuer_and_its_client(with_pool: Synthesized) -> None:
    name, _ = _of_people(with_pool)
    (pool,) = with_pool.of_type("AWS::Cognito::UserPool")
    for function in FUNCTIONS:
        given = _given(with_pool, function)
        assert given["OIDC_CLIENT_ID"] == {"Ref": name}
        assert given["OIDC_ISSUER"]["Fn::Join"][1] == [
            "https://cognito-idp.eu-west-2.amazonaws.com/",
            {"Ref": pool},
        ]


def test_only_the_pages_may_ask_for_a_clients_secret_and_nobody_else_learns_one(
    with_pool: Synthesized,
) -> None:
    (pool,) = with_pool.of_type("AWS::Cognito::UserPool")
    allowed = {
        function.name: statement["Resource"]
        for function in FUNCTIONS
        for statement in with_pool.allowed_to_function(function)
        if "cognito-idp:" in str(statement["Action"])
    }
    assert allowed == {PAGES.name: {"Fn::GetAtt": [pool, "Arn"]}}
    assert _given(with_pool, PAGES)["USER_POOL_ID"] == {"Ref": pool}
    for file in (with_pool.data, with_pool.service):
        template = file.read_text("utf-8")
        assert "ClientSecret" not in template
        assert "Custom::" not in template, "a resource of CDK's own could carry a secret about"


def test_each_program_has_a_client_for_one_scope_to_raise_challenges_or_to_take_records(
    with_pool: Synthesized,
) -> None:
    server = with_pool.only("AWS::Cognito::UserPoolResourceServer")
    assert server["Identifier"] == sample_settings()["api_audience"]
    programs = {
        name: client
        for name, client in _clients(with_pool).items()
        if client["AllowedOAuthFlows"] == ["client_credentials"]
    }
    assert [one["ScopeName"] for one in server["Scopes"]] == ["raise", "file"]
    may: dict[str, list[str]] = {"/raise": [], "/file": []}
    for name, client in programs.items():
        assert client["GenerateSecret"] is True
        (scope,) = client["AllowedOAuthScopes"]
        may[scope["Fn::Join"][1][-1]].append(name)
        assert "CallbackURLs" not in client
    assert [len(clients) for clients in may.values()] == [2, 1]
    given = _given(with_pool, API)
    let_in = given["API_CLIENTS"]["Fn::Join"][1]
    assert [part["Ref"] for part in let_in if part != ","] == may["/raise"]
    assert [given["CASE_SYSTEM_CLIENTS"]["Ref"]] == may["/file"]


def test_without_programs_no_client_is_made_that_would_cost_a_fee(tmp_path: Path) -> None:
    stack = synthesize(tmp_path, oidc_issuer="", oidc_client_id="", api_clients="none")
    assert len(_clients(stack)) == 1
    assert _given(stack, API)["API_CLIENTS"] == "none"
    assert not stack.of_type("AWS::Cognito::UserPoolResourceServer")


def test_the_sign_in_page_has_a_style_without_which_it_is_not_shown(
    with_pool: Synthesized,
) -> None:
    name, _ = _of_people(with_pool)
    assert with_pool.only("AWS::Cognito::UserPoolDomain")["ManagedLoginVersion"] == 2
    style = with_pool.only("AWS::Cognito::ManagedLoginBranding")
    assert style["ClientId"] == {"Ref": name}
    assert style["UseCognitoProvidedValues"] is True


def test_the_invitation_says_where_to_sign_in_and_has_what_cognito_fills_in(
    with_pool: Synthesized,
) -> None:
    pool = with_pool.only("AWS::Cognito::UserPool")
    letter = pool["AdminCreateUserConfig"]["InviteMessageTemplate"]
    assert URL in letter["EmailMessage"]
    assert sample_settings()["council_name"] in letter["EmailMessage"]
    assert "{username}" in letter["EmailMessage"]
    assert "{####}" in letter["EmailMessage"]


def test_cfn_lint_accepts_the_template_with_a_pool(with_pool: Synthesized) -> None:
    tool = Path(sys.executable).parent / "cfn-lint"
    files = [str(with_pool.data), str(with_pool.service)]
    command = [str(tool), "--ignore-checks", "W3005", "--", *files]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert with_pool.of_type("AWS::Cognito::UserPool")
