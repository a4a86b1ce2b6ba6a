"""The asset as it is deployed, with the packages for this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: tests that use it are of one ``xdist_group``."""
    from infra.cloud import bundle  # noqa: PLC0415 - CDK takes a second to load

    folder = tmp_path_factory.mktemp("asset")
    bundle.make(folder, PROCEDURE, here=True)
    return folder
