"""The operator's commands: ``python -m infra.operate``; ``--help`` lists them.

``commands`` reads what was asked and does it; ``looking`` says what there is, in lines without a
child's details; ``verifying`` walks chains.
"""

from __future__ import annotations

from infra.operate.commands import main

__all__ = ["main"]
