"""A fresh service for the few sentences that need one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A Monday morning, ten o'clock."""
    with running(tmp_path, remembers=True) as service:
        yield service
