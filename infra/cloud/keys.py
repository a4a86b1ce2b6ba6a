"""How often AWS renews a key of the council's by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration

if TYPE_CHECKING:
    from infra.cloud.settings import Settings

#: The first and the second time, a key costs a dollar a month more from then on. In a lean
#: environment the first comes after seven years: AWS takes no longer time.
RENEWED_EVERY, RENEWED_IF_LEAN = Duration.days(365), Duration.days(2560)


def renewed_every(settings: Settings) -> Duration:
    """The time after which a key gets new material; what was encrypted before stays readable."""
    return RENEWED_IF_LEAN if settings.is_lean else RENEWED_EVERY
