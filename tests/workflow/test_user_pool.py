"""A council without a provider: the pages read their client's secret from the user pool."""

from __future__ import annotations

import boto3
import pytest

from adapters import wiring


@pytest.mark.usefixtures("service")
def test_the_pages_have_their_clients_secret_of_the_user_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="officers")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="people", GenerateSecret=True
    )["UserPoolClient"]
    monkeypatch.setenv("USER_POOL_ID", pool)
    monkeypatch.setenv("OIDC_CLIENT_ID", client["ClientId"])
    wiring.identity.cache_clear()
    assert wiring.identity()._secrets.client_secret() == client["ClientSecret"]
