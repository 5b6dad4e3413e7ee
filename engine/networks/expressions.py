"""Named numbers in a node's settings, when the node goes to where other names are known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, cast

from engine.catalog import registry
from engine.variables import NUMERIC, is_expression, names_in
from engine.variables.expressions import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.graph import Node

    Meaning = str | int | float
    """An expression, `=a + 1`, or a number."""


def names_used(node: Node) -> set[str]:
    """Return the names that expressions in a node's settings and arguments use."""
    found: set[str] = set()

    def note(text: str) -> str:
        found.update(names_in(text))
        return text

    _rewritten(node, note)
    return found


def with_names(node: Node, meaning: Mapping[str, Meaning]) -> Node:
    """Return the node with names replaced by what they mean."""
    return _rewritten(node, lambda text: _replaced(text, meaning)) if meaning else node


def _rewritten(node: Node, change: Callable[[str], Meaning]) -> Node:
    """Return the node with every expression changed; the very same if none comes out otherwise."""
    spec = registry.node(node.spec)
    numeric = {p.name for p in spec.params if p.type in NUMERIC} if spec else set[str]()

    def one(value: object) -> object:
        return change(value) if is_expression(value) else value

    def entry(value: object) -> object:
        if isinstance(value, tuple | list):
            return tuple(one(item) for item in cast("tuple[object, ...]", value))
        return one(value)

    params = {k: entry(v) if k in numeric else v for k, v in node.params.items()}
    arguments: dict[str, Any] = {k: one(v) for k, v in node.arguments.items()}
    if params == node.params and arguments == node.arguments:
        return node
    return node.but(params=params, arguments=arguments)


def _replaced(text: str, meaning: Mapping[str, Meaning]) -> Meaning:
    wanted = names_in(text) & meaning.keys()
    source = plain(text)
    if source in wanted:
        return meaning[source]
    if not wanted:
        return text
    tree = ast.parse(source, mode="eval")
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
    raw = source.encode()
    for name in sorted(names, key=lambda n: -n.col_offset):
        if name.id in wanted and name.end_col_offset is not None:
            inner = _part(meaning[name.id]).encode()
            raw = raw[: name.col_offset] + inner + raw[name.end_col_offset :]
    return f"={raw.decode()}"


def _part(value: Meaning) -> str:
    """Return a value as a part of an expression."""
    text = plain(value) if isinstance(value, str) else repr(value)
    return text if text.isidentifier() or text.replace(".", "", 1).isdigit() else f"({text})"
