"""The prices AWS charges, read from the one table ``infra/prices.toml``.

The dashboard uses them for the cost of a challenge, the bench for the cost of a council.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["Price", "Prices", "prices"]


@dataclass(frozen=True)
class Price:
    """``usd`` for each ``per`` units; ``seen`` and ``source`` as in ``prices.toml``."""

    usd: float
    per: int
    seen: bool
    source: str

    def of(self, quantity: float) -> float:
        """Return what this many units cost, in US dollars."""
        return quantity * self.usd / self.per


@dataclass(frozen=True)
class Prices:
    """The price table of one day."""

    as_of: date
    region: str
    per_use: Mapping[str, Price]
    per_month: Mapping[str, Price]


@cache
def prices() -> Prices:
    """Return the table in ``prices.toml``."""
    table = tomllib.loads(Path(__file__).with_name("prices.toml").read_text("utf-8"))
    uses, months = (
        {name: Price(**price) for name, price in table[kind].items()}
        for kind in ("per_use", "per_month")
    )
    return Prices(table["as_of"], table["region"], uses, months)
