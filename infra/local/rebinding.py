"""Rebind a name in another project's module, in a way that can be undone.

moto has few hooks. Where it has none, a name in its modules is bound to our own object for as long
as the emulator runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import ExitStack

__all__ = ["rebind"]


def rebind(until: ExitStack, owner: object, name: str, value: object) -> None:
    """Bind ``owner.name`` to ``value`` until the stack is closed."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    until.callback(setattr, owner, name, before)
