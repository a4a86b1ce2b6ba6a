"""How patient tests are: a slow machine makes them slow, never red.

A limit of time is there for what hangs, and for nothing else; so it is long, and the same
everywhere. What a test waits for is an event. Who imports this has hypothesis's patience as well:
no deadline for an example, and no complaint that examples are slow to draw.

``tests/unit/test_patience.py`` finds whoever is less patient.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

__all__ = ["LIMIT", "LONG_LIMIT"]

#: Seconds after which something counts as hung.
LIMIT = 600
#: Seconds, for a test that is minutes of work on a quick machine with nothing else to do.
LONG_LIMIT = 3600

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
