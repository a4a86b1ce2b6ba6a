"""Make moto's tables as fast when they are large as when they are small.

To answer a query, moto walks through every item of a table; before a transaction it copies every
item, in case it fails; it keeps everything it ever made and copies that too; and it looks for ten
types under forty names in each value that it returns. Here a query looks only into its own
partition, only what a transaction touches is copied, what nobody needs is dropped, and the type of
a value is read once, as is what each check of an update looks at. The first two rely on one request
at a time (see ``journal``).
"""

from __future__ import annotations

import copy
import functools
import inspect
from typing import TYPE_CHECKING, Any

from moto.core import responses
from moto.core.serialize import ResponseSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb import models as moto_models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import ast_nodes
from moto.ses.models import RawMessage

from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import ExitStack


__all__ = ["keep_dynamodb_fast"]

#: Lists of everything ever made, filled by requests and emails.
_MADE_OFTEN = (Item, Table, RawMessage)


def keep_dynamodb_fast(until: ExitStack) -> None:
    """Make the cost of a request depend on what it touches, not on the size of the table."""
    for kind in _MADE_OFTEN:
        rebind(until, kind, "__new__", _made_and_let_go)
    _look_only_into_the_partition_that_is_asked_for(until)
    _copy_only_what_a_transaction_touches(until)
    _look_only_for_the_types_that_a_value_has(until)
    _list_the_nodes_of_a_check_once(until)
    # Every request looks for its action in a list of all of them.
    names = functools.cache(method_names_from_class)
    rebind(until, responses, "method_names_from_class", names)


def _made_and_let_go(kind: type, *_given: Any, **_named: Any) -> Any:  # noqa: ANN401 (any model)
    """Make one of moto's models without adding it to its list of all that were ever made."""
    return object.__new__(kind)


def _look_only_into_the_partition_that_is_asked_for(until: ExitStack) -> None:
    asked: list[DynamoType] = []
    query_all, all_items = Table.query, Table.all_items
    signature = inspect.signature(query_all)

    def query(self: Table, hash_key: DynamoType | None, *more: Any, **named: Any) -> Any:  # noqa: ANN401 (moto's own)
        given = signature.bind(self, hash_key, *more, **named).arguments
        if hash_key is not None and not given.get("index_name") and self.has_range_key:
            asked.append(hash_key)
        try:
            return query_all(self, hash_key, *more, **named)
        finally:
            asked.clear()

    def items(self: Table) -> list[Item]:
        if not asked:
            return all_items(self)
        partition: Mapping[DynamoType, Item] = self.items.get(asked[0], {})
        return list(partition.values())

    rebind(until, Table, "query", query)
    rebind(until, Table, "all_items", items)


def _copy_only_what_a_transaction_touches(until: ExitStack) -> None:
    touched: list[tuple[DynamoType, DynamoType]] = []  # guarded by the one lock
    transact = DynamoDBBackend.transact_write_items

    def deepcopy(original: Any, memo: Any = None) -> Any:  # noqa: ANN401 (any copy.deepcopy)
        if not (touched and isinstance(original, Table) and original.has_range_key):
            return copy.deepcopy(original, memo)
        backup = copy.copy(original)
        backup.items = copy.copy(original.items)
        for partition in {partition for partition, _ in touched} & original.items.keys():
            backup.items[partition] = copy.copy(original.items[partition])
        for partition, sort in touched:
            items: Any = backup.items.get(partition, {})
            if sort in items:
                items[sort] = copy.deepcopy(items[sort])
        return backup

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        touched.extend(_keys(self, transact_items))
        try:
            transact(self, transact_items)
        finally:
            touched.clear()

    rebind(until, moto_models, "copy", _Copying(deepcopy))
    rebind(until, DynamoDBBackend, "transact_write_items", transact_write_items)


def _look_only_for_the_types_that_a_value_has(until: ExitStack) -> None:
    serialize = ResponseSerializer._serialize_structure_member  # noqa: SLF001 (moto's own)

    def serialize_member(self: ResponseSerializer, *given: Any) -> None:  # noqa: ANN401 (moto's own)
        _, value, shape, key = given
        if shape.parent.name != "AttributeValue" or not isinstance(value, dict) or key in value:
            serialize(self, *given)

    rebind(until, ResponseSerializer, "_serialize_structure_member", serialize_member)


def _list_the_nodes_of_a_check_once(until: ExitStack) -> None:
    """Ask each kind of check of an update once which nodes it looks at, and not at every node."""
    listed: dict[type, tuple[type, ...]] = {}
    traverser: Any = vars(ast_nodes)["DepthFirstTraverser"]  # moto's module has no types
    nodes = traverser.nodes_to_be_processed

    def nodes_of(self: Any) -> tuple[type, ...]:  # noqa: ANN401 (moto's own)
        kind = type(self)
        if kind not in listed:
            listed[kind] = nodes(self)
        return listed[kind]

    rebind(until, traverser, "nodes_to_be_processed", nodes_of)


class _Copying:
    """The module ``copy``, as far as moto's DynamoDB uses it."""

    def __init__(self, deepcopy: Any) -> None:  # noqa: ANN401 (copy.deepcopy's own type)
        self.deepcopy = deepcopy
        self.copy = copy.copy


def _keys(
    backend: DynamoDBBackend, transact_items: Iterable[Mapping[str, Any]]
) -> Iterable[tuple[DynamoType, DynamoType]]:
    for item in transact_items:
        for operation in item.values():
            table = backend.tables.get(operation.get("TableName"))
            key = operation.get("Key") or operation.get("Item") or {}
            if table and table.hash_key_attr in key and table.range_key_attr in key:
                yield DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
