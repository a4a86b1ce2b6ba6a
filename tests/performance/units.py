"""DynamoDB's request units, as AWS's documentation counts them for an on-demand table.

Items are in DynamoDB's wire format: ``{"PK": {"S": "…"}, "version": {"N": "7"}}``.

=====================  =========================================================================
what                   units
=====================  =========================================================================
a read                 one for each 4 KB begun, strongly consistent; half of that if not; twice in
                       a transaction. A query counts the sum of what it read, page by page;
                       finding nothing counts as one item
a write                one for each 1 KB begun of the larger of the item before and after, even if
                       a condition failed; twice in a transaction, even for a check only
an index's write       when an item enters or leaves an index: its size. When its key there changes:
                       both sizes. When anything else in it changes: the larger of the two. When
                       nothing changes, or it is in no index: none. Never twice for a transaction,
                       because indexes are updated afterwards
=====================  =========================================================================

Sources: *Read and write operations*, *Item sizes and formats*, *Using Global Secondary Indexes*
(write capacity units) and *Transactions: how it works*, all in the Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

import base64
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from infra.blueprint import Index

    Item = Mapping[str, Mapping[str, Any]]

__all__ = ["index_writes", "read_units", "size", "write_units"]

_READ_BYTES, _WRITE_BYTES = 4096, 1024
#: Bytes of a list or map itself, and of each thing in it.
_NESTED, _EACH = 3, 1


def size(item: Item | None) -> int:
    """Return the bytes of an item: its attributes' names and values; 0 for none."""
    return sum(len(name.encode()) + _value(value) for name, value in (item or {}).items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, what),) = value.items()
    return _SIZES[kind](what)


def _number(text: str) -> int:
    """Return a byte for each two significant digits, one more, and one for a minus sign."""
    digits = text.lstrip("-").partition("E")[0].replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number,
    "B": lambda text: len(base64.b64decode(text)),
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": lambda values: _NESTED + sum(_EACH + _value(one) for one in values),
    "M": lambda map_: _NESTED + sum(_EACH + size({name: map_[name]}) for name in map_),
    "SS": lambda values: sum(len(text.encode()) for text in values),
    "NS": lambda values: sum(map(_number, values)),
    "BS": lambda values: sum(len(base64.b64decode(text)) for text in values),
}


def read_units(bytes_read: int, *, consistent: bool, transactional: bool = False) -> float:
    """Return the units of one item that was read, or of one page of a query."""
    units = max(1, ceil(bytes_read / _READ_BYTES))
    if transactional:
        return 2 * units
    return units if consistent else units / 2


def write_units(before: Item | None, after: Item | None, *, transactional: bool = False) -> int:
    """Return the units of one item's write in the table itself."""
    return _kilobytes(max(size(before), size(after))) * (2 if transactional else 1)


def index_writes(before: Item | None, after: Item | None, indexes: Iterable[Index]) -> int:
    """Return the units of one item's write in ``indexes``, which project all of it."""
    if before == after:
        return 0
    return sum(_in_index(_key(before, one), _key(after, one), before, after) for one in indexes)


def _in_index(
    old: tuple[Any, ...], new: tuple[Any, ...], before: Item | None, after: Item | None
) -> int:
    if old and old == new:
        return _kilobytes(max(size(before), size(after)))
    return (_kilobytes(size(before)) if old else 0) + (_kilobytes(size(after)) if new else 0)


def _key(item: Item | None, index: Index) -> tuple[Any, ...]:
    """Return an item's key in an index; empty if it is not in it."""
    names = (index.partition_key, index.sort_key)
    return tuple(item[name] for name in names) if item and all(n in item for n in names) else ()


def _kilobytes(bytes_: int) -> int:
    return max(1, ceil(bytes_ / _WRITE_BYTES))
