"""A new service for each test of the ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return a service on a Monday morning, ten o'clock."""
    with running(tmp_path, remembers=True) as service:
        yield service
