"""The stacks, synthesized once for each worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.template import synthesize

if TYPE_CHECKING:
    from tests.infra.template import Synthesized


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesize the stacks without their asset."""
    return synthesize(tmp_path_factory.mktemp("cdk"))
