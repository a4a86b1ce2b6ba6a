"""A fresh service for each workflow test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workflow.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    """A Monday morning, ten o'clock.

    A file whose tests are about what comes after a few usual steps, and not about the steps, says
    ``REMEMBERS = True`` (``running``).
    """
    remembers = getattr(request.module, "REMEMBERS", False)
    with running(tmp_path, remembers=remembers) as service:
        yield service
