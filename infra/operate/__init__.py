"""The operator's commands: ``python -m infra.operate``; ``--help`` lists them.

``commands`` reads the command line, then calls the service's ``operate`` function or runs the
command here.
"""

from __future__ import annotations

from infra.operate.commands import main

__all__ = ["main"]
