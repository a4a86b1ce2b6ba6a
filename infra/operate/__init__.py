"""The operator's commands: ``python -m infra.operate``; ``--help`` lists them.

``commands`` reads what was asked, and asks the service's function ``operate``, or does it here.
"""

from __future__ import annotations

from infra.operate.commands import main

__all__ = ["main"]
