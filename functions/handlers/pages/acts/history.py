"""Rule 25: the child's other challenges, for whoever covers for the IRO."""

from __future__ import annotations

from domain.rules.history import OpenHistory, sees_history
from handlers.pages.acts.page import ActPage, asks, reason, said

__all__ = ["OPEN_HISTORY"]

OPEN_HISTORY = ActPage(
    OpenHistory,
    "open-history",
    "Open them",
    said(
        "You can then see every challenge about this child, whoever raised it, while you cover for "
        "the IRO.",
        "Your reason is put on the record, where the IRO can read it.",
    ),
    asks(reason("Why do you need to see them?")),
    lambda read, _: OpenHistory(read.words("reason")),
    offered=lambda scene: not sees_history(scene.capacities, scene.challenge, scene.officer.id),
)
