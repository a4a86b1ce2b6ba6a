"""Rule 17, siblings: one form may name several children, each with a challenge of their own.

The IRO edits and approves each child's text before anything is raised. The challenges are raised in
one step, all of them or none, and each names the others. From then on each goes its own way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.rules.entry import Raised

__all__ = ["MOST_CHILDREN", "linked"]

#: The most children on one form: what raises their challenges has to fit into one transaction.
MOST_CHILDREN = 8


def linked(forms: Sequence[Raised], references: Sequence[str]) -> tuple[Raised, ...]:
    """Return the forms of several children, each with the references of the others, in order.

    ``references`` are those of their challenges. A single child's form stays as it is.
    """
    return tuple(
        replace(form, siblings=tuple(other for other in references if other != own))
        for form, own in zip(forms, references, strict=True)
    )
