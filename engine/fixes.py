"""Changes to a graph that mend a problem of shapes or of a placed network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.analysis import Fix
from engine.catalog import registry
from engine.catalog.spec import LayerSpec, LossSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.analysis import NodeInfo
    from engine.catalog.spec import TensorSpec, Value
    from engine.graph import Edge, Graph, Node


def source_of(graph: Graph, wires: Mapping[str, tuple[Edge, ...]], node_id: str) -> Node | None:
    """Return the node wired to the first input of a node."""
    found = wires.get(node_id, ())
    return graph.nodes.get(found[0].source) if found else None


def upstream(graph: Graph, wires: Mapping[str, tuple[Edge, ...]], node_id: str) -> set[str]:
    """Return a node and those it sends gradients to, at any distance."""
    seen: set[str] = set()
    stack = [node_id]
    while stack:
        key = stack.pop()
        if key in seen:
            continue
        seen.add(key)
        spec = registry.node(graph.nodes[key].spec)
        still = {port.name for port in spec.inputs if port.still} if spec else set[str]()
        stack.extend(e.source for e in wires.get(key, ()) if e.target_port not in still)
    return seen


def widen(
    graph: Graph, wires: Mapping[str, tuple[Edge, ...]], node_id: str, size: int
) -> Fix | None:
    """Return the fix that makes the nearest Dense layer above a loss put out `size` figures."""
    above = source_of(graph, wires, node_id)
    while above is not None and above.spec != "dense":
        entry = registry.node(above.spec)
        if entry is None or entry.initialize or len(wires.get(above.id, ())) != 1:
            return None
        above = source_of(graph, wires, above.id)
    if above is None:
        return None
    dense = above.id
    return Fix(
        f"Set the units of “{above.name}” to {size}",
        lambda g: g.set_params(dense, {"out_features": size}),
    )


def flatten(
    graph: Graph,
    wires: Mapping[str, tuple[Edge, ...]],
    node: Node,
    spec: LayerSpec,
    incoming: Sequence[TensorSpec],
    known: Mapping[str, NodeInfo],
) -> Fix | None:
    """Return a Flatten in front of the first Dense layer that receives more than two axes."""
    if not incoming or len(incoming[0].shape) <= 2:
        return None
    here = wires.get(node.id, ())
    edge = here[0] if spec.inputs and spec.inputs[0].ranks()[1] == 2 and here else None
    if edge is None and isinstance(spec, LossSpec):
        edge = _first_wide_dense(graph, wires, known)
    if edge is None:
        return None
    wire = edge

    def insert(g: Graph) -> Graph:
        g, flat = g.add("flatten")
        g = g.disconnect([wire]).connect(wire.source, flat, wire.source_port)
        return g.connect(flat, wire.target, target_port=wire.target_port)

    return Fix(f"Insert a Flatten in front of “{graph.nodes[wire.target].name}”", insert)


def _first_wide_dense(
    graph: Graph, wires: Mapping[str, tuple[Edge, ...]], known: Mapping[str, NodeInfo]
) -> Edge | None:
    for node_id, info in known.items():
        led = wires.get(node_id)
        wide = bool(info.inputs) and len(info.inputs[0].shape) > 2
        if led and wide and graph.nodes[node_id].spec == "dense":
            return led[0]
    return None


def remove(graph: Graph, node_id: str) -> Fix:
    """Return the fix that takes a node out and heals the wire."""
    name = graph.nodes[node_id].name
    return Fix(f"Remove “{name}”", lambda g: g.remove([node_id], heal=True))


class PlaceError(ValueError):
    """What stands in the way, as the rest of a sentence.

    `settings` of the place mend it, as `text` says; None for the place itself: it goes.
    """

    def __init__(
        self, message: str, text: str = "", settings: Mapping[str, Value] | None = None
    ) -> None:
        super().__init__(message)
        self.text = text
        self.settings = settings


def fix_of(node: Node, error: ValueError) -> Fix | None:
    """Return what mends the error of a place, if its sentence knows."""
    if not isinstance(error, PlaceError) or not error.text:
        return None
    text, settings = f"{error.text} “{node.name}”", error.settings
    if settings is None:
        return Fix(text, lambda g: g.remove([node.id], heal=True))
    return Fix(text, lambda g: g.set_params(node.id, settings))
