"""Who confirms people's identity: the council's OpenID provider, or a user pool if it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from constructs import Construct

from adapters.identity import CALLBACK_PATH
from adapters.programs import FILE_SCOPE, RAISE_SCOPE
from infra.cloud.rules import accept

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from infra.cloud.settings import Settings

#: Shown after signing out. The page says so, and offers to sign in again.
SIGNED_OUT_PATH = "/signed-out"

_INVITATION = """\
Please sign in to Positive Challenge at {council}: {url}

Your user name is {{username}} and your first password is {{####}}. It works for three days. We will
ask you to choose a password of your own and to set up an authenticator app on your phone.
"""


class SignIn(Construct):
    """``issuer`` and ``client_id`` for people; ``programs`` and ``case_systems`` for programs.

    ``programs`` are the clients that may raise challenges, ``case_systems`` those that may take
    records for the child's file.
    A client's secret is in no template and no output. The function that needs ours gets it from
    Cognito; whoever sets up a program reads that program's.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Use the council's own provider, or make a user pool."""
        super().__init__(scope, name)
        self.pool: cognito.UserPool | None = None
        self.issuer = settings.oidc_issuer
        self.client_id = settings.oidc_client_id
        self.programs = settings.api_clients
        self.case_systems = settings.case_system_clients
        #: What the operators of a user pool need to know; empty without one.
        self.outputs: dict[str, str] = {}
        #: What the service needs from a user pool; empty without one.
        self.offered: tuple[str, ...] = ()
        if not settings.oidc_issuer:
            self._make_pool(settings)

    def let_sign_in(self, function: lambda_.Function) -> None:
        """Let a function get its client's secret from the user pool, if there is one."""
        if self.pool is None:
            return
        function.add_environment("USER_POOL_ID", self.pool.user_pool_id)
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["cognito-idp:DescribeUserPoolClient"],
                resources=[self.pool.user_pool_arn],
            )
        )

    def _make_pool(self, settings: Settings) -> None:
        pool = cognito.UserPool(
            self,
            "Pool",
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            keep_original=cognito.KeepOriginalAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True),
                fullname=cognito.StandardAttribute(required=False, mutable=True),
            ),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=14,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                password_history_size=5,
                temp_password_validity=Duration.days(3),
            ),
            user_invitation=cognito.UserInvitationConfig(
                email_subject=f"Please sign in to Positive Challenge, {settings.council_name}",
                email_body=_INVITATION.format(
                    council=settings.council_name, url=settings.public_url
                ),
            ),
            deletion_protection=True,
            # CloudFormation cannot delete what is protected, not even after a failed deployment: it
            # leaves it, and makes another.
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(
            pool,
            "COG8",
            "Threat protection is charged by the user; accounts are made by hand, only for "
            "people of the council, and each needs a second factor",
        )
        stack = Stack.of(self)
        domain = pool.add_domain(
            "Domain",
            # Unique among all pools of the region, whoever has them.
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"positive-challenge-{settings.environment}-{stack.account}"
            ),
            managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )
        people = self._client_of_people(pool, settings)
        scopes = self._scopes(pool, settings)
        programs = [
            self._client_of_program(pool, f"Program-{name}", scopes[RAISE_SCOPE])
            for name in settings.program_names
        ]
        case_systems = [
            self._client_of_program(pool, f"CaseSystem-{name}", scopes[FILE_SCOPE])
            for name in settings.case_system_names
        ]
        self.pool = pool
        self.issuer = f"https://cognito-idp.{stack.region}.amazonaws.com/{pool.user_pool_id}"
        self.client_id = people.user_pool_client_id
        self.programs = _ids(programs)
        self.case_systems = _ids(case_systems)
        self.outputs = {"UserPoolId": pool.user_pool_id}
        self.offered = (
            pool.user_pool_id,
            pool.user_pool_arn,
            domain.domain_name,
            *(client.user_pool_client_id for client in (people, *programs, *case_systems)),
        )
        if programs:
            self.outputs["ProgramClientIds"] = self.programs
        if case_systems:
            self.outputs["CaseSystemClientIds"] = self.case_systems
        if scopes:
            self.outputs["TokenEndpoint"] = f"{domain.base_url()}/oauth2/token"

    def _client_of_people(
        self, pool: cognito.UserPool, settings: Settings
    ) -> cognito.UserPoolClient:
        client = pool.add_client(
            "People",
            generate_secret=True,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[
                    cognito.OAuthScope.OPENID,
                    cognito.OAuthScope.EMAIL,
                    cognito.OAuthScope.PROFILE,
                ],
                callback_urls=[settings.public_url + CALLBACK_PATH],
                logout_urls=[settings.public_url + SIGNED_OUT_PATH],
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            prevent_user_existence_errors=True,
            # Our own session is the lasting one. These are used once, at sign-in.
            id_token_validity=Duration.minutes(5),
            access_token_validity=Duration.minutes(5),
            refresh_token_validity=Duration.hours(1),
        )
        _only_by_page(client)
        # Without a style the pages of the newer managed login are not shown.
        cognito.CfnManagedLoginBranding(
            self,
            "Style",
            user_pool_id=pool.user_pool_id,
            client_id=client.user_pool_client_id,
            use_cognito_provided_values=True,
        )
        return client

    def _scopes(self, pool: cognito.UserPool, settings: Settings) -> dict[str, cognito.OAuthScope]:
        """Make what a program's token can be for, if there is a program."""
        if not (settings.program_names or settings.case_system_names):
            return {}
        made = [
            cognito.ResourceServerScope(
                scope_name=RAISE_SCOPE, scope_description="Raise challenges by the JSON interface"
            ),
            cognito.ResourceServerScope(
                scope_name=FILE_SCOPE, scope_description="Take records for the child's file"
            ),
        ]
        # Cognito puts no audience in a token: it puts the interface's name before each scope.
        server = pool.add_resource_server(
            "Interface", identifier=settings.api_audience, scopes=made
        )
        return {one.scope_name: cognito.OAuthScope.resource_server(server, one) for one in made}

    def _client_of_program(
        self, pool: cognito.UserPool, name: str, scope: cognito.OAuthScope
    ) -> cognito.UserPoolClient:
        """Make a client that can do what ``scope`` says and nothing else: a monthly fee each."""
        client = pool.add_client(
            name,
            generate_secret=True,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True), scopes=[scope]
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=Duration.hours(1),
        )
        _only_by_page(client)
        return client


def _ids(clients: list[cognito.UserPoolClient]) -> str:
    return ",".join(one.user_pool_client_id for one in clients) or "none"


def _only_by_page(client: cognito.UserPoolClient) -> None:
    """Prevent sign-in past the pages, by Cognito's own API, which allows it by default."""
    made = client.node.default_child
    if isinstance(made, cognito.CfnUserPoolClient):
        made.explicit_auth_flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
