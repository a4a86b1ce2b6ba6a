"""One running service for the tests that leave it running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service, on data of its own."""
    with Running(tmp_path_factory.mktemp("service") / "data") as running:
        yield running
