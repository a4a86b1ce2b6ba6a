"""The service as new for each test, and the property test's stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.property.stage import Stage, standing_stage
from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A Monday morning, ten o'clock."""
    with running(tmp_path) as service:
        yield service


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with standing_stage() as stage:
        yield stage
