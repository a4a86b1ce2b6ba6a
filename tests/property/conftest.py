"""The stage for the tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.property.stage import Stage, standing_stage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with standing_stage() as stage:
        yield stage
