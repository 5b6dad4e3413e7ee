"""Nodes that are passed over: what a graph computes while some of its nodes are switched off."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import NETWORK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.graph import Edge, Graph, Node

IDENTITY = "identity"
_known: dict[int, tuple[weakref.ref[Graph], Graph]] = {}
"""What was worked out for graphs that are still in use, so that one graph has one answer."""


def awake(graph: Graph) -> Graph:
    """Return what a graph computes: nodes passed over hand their first input on, losses go.

    A graph without such nodes is returned itself; the same graph gets the same answer.
    """
    if not any(node.bypassed for node in graph.nodes.values()):
        return graph
    held = _known.get(id(graph))
    if held is not None and held[0]() is graph:
        return held[1]
    made = graph.but(nodes=dict(_nodes(graph)), edges=tuple(_edges(graph)))
    key = id(graph)
    _known[key] = (weakref.ref(graph, lambda _: _known.pop(key, None)), made)
    return made


def can_bypass(graph: Graph, node: Node) -> bool:
    """Return whether a node can be passed over: it passes something on, or is a loss."""
    if node.spec == NETWORK:
        return any(e.target == node.id for e in graph.edges)
    spec = registry.node(node.spec, node.params)
    return spec is not None and bool(spec.inputs) and (bool(spec.outputs) or _is_loss(node))


def _is_loss(node: Node) -> bool:
    return isinstance(registry.node(node.spec, node.params), LossSpec)


def _nodes(graph: Graph) -> Iterator[tuple[str, Node]]:
    for node_id, node in graph.nodes.items():
        if not node.bypassed:
            yield node_id, node
        elif not _is_loss(node):
            yield node_id, node.but(spec=IDENTITY, params={}, arguments={}, bypassed=False)


def _edges(graph: Graph) -> Iterator[Edge]:
    """Yield the wires that still carry something: one into each such node, one port out of it."""
    off = {i for i, node in graph.nodes.items() if node.bypassed}
    gone = {i for i in off if _is_loss(graph.nodes[i])}
    fed: set[str] = set()
    leaves = {i: _first_output(graph, i) for i in off}
    for edge in _in_order(graph):
        if gone & {edge.source, edge.target}:
            continue
        if edge.source in off:
            if edge.source_port != leaves[edge.source]:
                continue
            edge = edge.but(source_port="out")
        if edge.target in off:
            if edge.target in fed:
                continue
            fed.add(edge.target)
            edge = edge.but(target_port="in")
        yield edge


def _in_order(graph: Graph) -> list[Edge]:
    """Return the wires, those into a layer passed over in the order of its ports."""

    def place(edge: Edge) -> int:
        node = graph.nodes[edge.target]
        spec = registry.node(node.spec, node.params) if node.bypassed else None
        names = [port.name for port in spec.inputs] if spec is not None else []
        return names.index(edge.target_port) if edge.target_port in names else 0

    return sorted(graph.edges, key=place)


def _first_output(graph: Graph, node_id: str) -> str:
    """Return the output that goes on: the first; of a placed network the first with a wire."""
    node = graph.nodes[node_id]
    spec = registry.node(node.spec, node.params)
    if spec is not None and spec.outputs:
        return spec.outputs[0].name
    return next((e.source_port for e in graph.edges if e.source == node_id), "out")
