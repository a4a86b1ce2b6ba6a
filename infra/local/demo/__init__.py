"""``make demo``: the local service with a year of a made-up council's challenges in it.

The stories (:mod:`infra.local.demo.stories`) are played once, by the rules and in the order of
their days (:mod:`infra.local.demo.play`), into a folder of their own. After that the service runs
there as ``make run`` does elsewhere (:mod:`infra.local.demo.__main__`).
"""

from __future__ import annotations

from pathlib import Path

#: The made-up council's settings: a page that says what nobody has entered yet would help nobody.
PROCEDURE = Path(__file__).parent / "procedure.toml"
