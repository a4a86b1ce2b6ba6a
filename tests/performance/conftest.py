"""The asset as it is deployed, with the packages for this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make it once: tests that use it are in one ``xdist_group``."""
    # CDK takes a second to load.
    from infra.cloud import bundle  # noqa: PLC0415
    from infra.cloud.settings import PROCEDURE  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("asset")
    bundle.make(folder, PROCEDURE, bundle.HERE)
    return folder
