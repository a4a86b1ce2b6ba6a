"""How the code is broken: cosmic-ray's operators, and two for what stands in tables.

cosmic-ray changes operators, comparisons, conditions, numbers, truth values, loops and decorators
wherever they stand. It leaves alone what the rules' tables are made of, names and texts; so there
are two more operators, which it applies as it does its own: one takes an entry out of a literal,
the other changes a text that is data.

Left out is what no test could notice, because it is not run or means the same.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutate.draw import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OPERATORS", "DropEntry", "ReplaceText", "mutants", "mutated"]

#: A node of parso's tree. Which attributes it has depends on its ``type``.
Node = Any

#: Calls whose arguments only a type checker reads, decorators as well: all, or the first alone.
_FOR_TYPES = {"TypeVar", "ParamSpec", "NewType", "dataclass_transform", "final", "override"}
_FIRST_FOR_TYPES = {"cast"}
#: The parents of what is really a binary operator; elsewhere `*` marks parameters or arguments.
_BINARY = {"and_expr", "arith_expr", "expr", "power", "shift_expr", "term", "xor_expr"}
_BETWEEN_EQUALS = {"Eq_Is", "Is_Eq", "NotEq_IsNot", "IsNot_NotEq"}


class DropEntry:
    """Take one entry out of a tuple, list, set or dict that is written out."""

    def mutation_positions(self, node: Node) -> Iterator[tuple[Any, Any]]:
        """Return where each entry that can be taken out begins and ends."""
        for entry in _entries(node):
            yield entry[0].start_pos, entry[-1].end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return the node without that entry. What stays ends in a comma: a tuple stays one."""
        held = node.children[1]
        comma = next(child for child in held.children if _is_comma(child))
        kept = [entry for number, entry in enumerate(_entries(node)) if number != index]
        held.children = [child for entry in kept for child in (*entry, comma)]
        return node


class ReplaceText:
    """Change a text that is data: of a module or a class, not of a function or a docstring."""

    def mutation_positions(self, node: Node) -> Iterator[tuple[Any, Any]]:
        """Return where the text begins and ends."""
        if node.type == "string" and _is_data(node) and isinstance(_value(node), str):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return the node with another text."""
        assert index == 0
        node.value = repr(f"{_value(node)}~")
        return node


#: Each operator by its name.
OPERATORS: dict[str, Any] = {
    **{
        name: get_operator(name)()
        for name in operator_names()
        if not get_operator(name).arguments()
    },
    "tables/DropEntry": DropEntry(),
    "tables/ReplaceText": ReplaceText(),
}


def mutants(code: str, module: str) -> list[Mutant]:
    """Return each way in which the code of ``module`` is broken."""
    nodes = list(ast_nodes(get_ast(code)))
    found = []
    for name, operator in OPERATORS.items():
        if name.partition("Operator_")[2] in _BETWEEN_EQUALS:
            continue  # what is compared here are members of enums and None: both say the same
        places = [(node, start) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (node, (line, column)) in enumerate(places):
            if not _is_silent(node, name):
                found.append(Mutant(module, line, column, name, occurrence))
    return found


def mutated(code: str, mutant: Mutant) -> str | None:
    """Return the code that is broken so; ``None`` if it is no Python, or says the same.

    Code that Python warns of is none either: the warning would be what the tests notice.
    """
    broken = mutate_code(code, OPERATORS[mutant.operator], mutant.occurrence)
    with warnings.catch_warnings(action="error"):
        try:
            compile(broken, mutant.module, "exec", dont_inherit=True)
        except SyntaxError:
            return None
    return None if ast.dump(ast.parse(broken)) == ast.dump(ast.parse(code)) else str(broken)


def _is_silent(node: Node, operator: str) -> bool:
    """Whether what is there is not run, or read by type checkers alone.

    Annotations, imports for types, names of type variables; and marks of parameters.
    """
    if "BinaryOperator" in operator and node.parent.type not in _BINARY:
        return True
    if node.type == "if_stmt" and _is_for_types(node):
        return True
    if node.type == "decorator" and _called(node.children[1]) in _FOR_TYPES:
        return True
    inner, outer = node, node.parent
    while outer is not None:
        if _silences(outer, inner):
            return True
        inner, outer = outer, outer.parent
    return False


def _silences(outer: Node, inner: Node) -> bool:
    """Whether this child of the node is not run."""
    match outer.type:
        case "annassign":  # `: type = value`
            return inner is outer.children[1]
        case "tfpdef":  # `name: type`
            return inner is outer.children[2]
        case "funcdef":
            return inner is outer.annotation
        case "if_stmt":
            return _is_for_types(outer)
        case "expr_stmt":
            return bool(outer.children[0].get_code().strip() == "__all__")
        case _:
            return _is_argument_for_types(outer, inner)


def _is_argument_for_types(outer: Node, inner: Node) -> bool:
    """Whether only a type checker reads this child: what a call is given for it."""
    if outer.type == "trailer":  # `(arguments)`
        return _called(outer.parent) in _FOR_TYPES
    first = outer.type == "arglist" and inner is outer.children[0]
    return first and _called(outer.parent.parent) in _FIRST_FOR_TYPES


def _is_for_types(node: Node) -> bool:
    return bool(node.children[1].get_code().strip() == "TYPE_CHECKING")


def _called(node: Node) -> str:
    """The last name before the arguments: that of ``typing.cast(…)`` is ``cast``."""
    return str(node.get_code().partition("(")[0].strip().rpartition(".")[2])


def _entries(node: Node) -> list[list[Node]]:
    """Return the nodes of each entry; none where none can be taken out."""
    if node.type != "atom" or node.children[1].type not in {"testlist_comp", "dictorsetmaker"}:
        return []
    children = node.children[1].children
    if not any(_is_comma(child) for child in children):
        return []  # a comprehension, or all there is
    entries: list[list[Node]] = [[]]
    for child in children:
        if _is_comma(child):
            entries.append([])
        else:
            entries[-1].append(child)
    entries = [entry for entry in entries if entry]
    # A set without entries would be a dict.
    return entries if len(entries) > 1 or node.children[0].value == "(" else []


def _is_comma(node: Node) -> bool:
    return bool(node.type == "operator" and node.value == ",")


def _is_data(node: Node) -> bool:
    outer = node.parent
    if outer.type == "strings":  # several that follow one another
        outer = outer.parent
    if outer.type == "simple_stmt":
        return False  # a docstring
    while outer is not None and outer.type not in {"funcdef", "lambdef"}:
        outer = outer.parent
    return outer is None


def _value(node: Node) -> object:
    return ast.literal_eval(node.value)
