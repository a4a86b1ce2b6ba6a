"""Make the demonstration in a folder, and print what its lists hold as JSON: in its own process.

    python -m tests.workflow.demonstration FOLDER

moto belongs to the process: in one with other tests, an emulator of theirs may still run.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from adapters.wiring import casebook, forget
from infra.local.__main__ import emulator_in, ports_asked_for
from infra.local.demo.__main__ import make
from infra.local.disk import Disk


def main(folder: Path) -> None:
    """Make it, start it again as ``make demo`` does the next day, and print what its lists hold."""
    make(folder)
    now = datetime.now(UTC)
    with emulator_in(folder, Disk(), ports_asked_for(), stands_at=now):
        forget()
        lists = casebook().record.lists
        ended = [row for iro in ("iro-1", "iro-2") for row in lists.ended_of(iro, 100)]
        rows = {
            name: [
                {
                    "standing": row.standing,
                    "outcome": row.outcome,
                    "beyond": row.beyond_period,
                    "raised_at": row.raised_at,
                }
                for row in found
            ]
            for name, found in (("open", lists.every_open()), ("ended", ended))
        }
    sys.stdout.write(json.dumps({**rows, "now": now.isoformat()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
