"""The assets as they are deployed, with the packages for this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.blueprint import DECIDE, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.blueprint import Function


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Function, Path]:
    """Make both once, function → its asset: tests that use them are in one ``xdist_group``."""
    # CDK takes a second to load.
    from infra.cloud import bundle  # noqa: PLC0415
    from infra.cloud.settings import PROCEDURE  # noqa: PLC0415

    made = {}
    for parts in bundle.ASSETS:
        made[parts] = tmp_path_factory.mktemp("asset")
        bundle.make(made[parts], PROCEDURE, bundle.HERE, parts)
    return {function: made[bundle.parts_of(function)] for function in FUNCTIONS}


@pytest.fixture(scope="session")
def asset(assets: Mapping[Function, Path]) -> Path:
    """Return the one that nearly all functions share."""
    return assets[DECIDE]
