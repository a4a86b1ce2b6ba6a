"""How often AWS rotates one of the council's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration

if TYPE_CHECKING:
    from infra.cloud.settings import Settings

#: The first and second rotation each raise the cost of a key by a dollar a month. In a lean
#: environment the first comes after seven years, the longest AWS allows.
RENEWED_EVERY, RENEWED_IF_LEAN = Duration.days(365), Duration.days(2560)


def renewed_every(settings: Settings) -> Duration:
    """Return the rotation period of a key; data encrypted before stays readable."""
    return RENEWED_IF_LEAN if settings.is_lean else RENEWED_EVERY
