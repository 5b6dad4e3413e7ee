"""Networks placed in networks: their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import Port
from engine.graph import NETWORK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.graph import Graph, Node


def inputs_of(node: Node, networks: Mapping[str, Graph]) -> tuple[Port, ...]:
    """Return the input ports of any node."""
    if node.spec == NETWORK:
        graph = networks.get(str(node.params.get("network", "")))
        return tuple(
            Port(name=n.id, title=n.name, dtype="any")
            for n in (graph.nodes.values() if graph else ())
            if n.spec == "input" and not n.params.get("field")
        )
    spec = registry.node(node.spec)
    return spec.inputs if spec else ()


def outputs_of(node: Node, networks: Mapping[str, Graph]) -> tuple[Port, ...]:
    """Return the output ports of any node."""
    if node.spec == NETWORK:
        graph = networks.get(str(node.params.get("network", "")))
        return tuple(
            Port(name=n.id, title=n.name, dtype="any")
            for n in (graph.nodes.values() if graph else ())
            if n.spec == "output"
        )
    spec = registry.node(node.spec)
    return spec.outputs if spec else ()
