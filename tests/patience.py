"""How patient tests are: a slow machine makes them slow, never red.

A time limit exists only to catch what hangs, so it is long, and the same everywhere. Tests wait for
events. Importing this also makes hypothesis patient: no deadline for an example, and no complaint
that examples are slow to draw.

``tests/unit/test_patience.py`` finds modules that are less patient.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

__all__ = ["LIMIT", "LONG_LIMIT"]

#: Seconds after which something counts as hung.
LIMIT = 600
#: Seconds for a test that takes minutes even on a fast idle machine.
LONG_LIMIT = 3600

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
