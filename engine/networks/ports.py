"""The ports of any node; those of a placed network are its Inputs and Outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import Port
from engine.graph import NETWORK, PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph, Node

Ports = tuple[Port, ...]


class NetworkError(ValueError):
    """Something that cannot be done to networks, or not yet. The message is one sentence."""


def placed(node: Node) -> str:
    """Return the key of the network a node places; nothing for a layer."""
    return str(node.params.get("network", "")) if node.spec in PLACES else ""


def is_inlet(node: Node) -> bool:
    """Return whether a node is an input port of the network wherever that is placed."""
    return node.spec == "input" and not node.params.get("field")


def inputs_of(node: Node, networks: Mapping[str, Graph]) -> Ports:
    """Return the input ports of any node; a port of a place is named by the inner node's id."""
    if node.spec == NETWORK:
        return _sides(networks.get(placed(node)))[0]
    spec = registry.node(node.spec, node.params)
    return spec.inputs if spec else ()


def outputs_of(node: Node, networks: Mapping[str, Graph]) -> Ports:
    """Return the output ports of any node; a port of a place is named by the inner node's id."""
    if node.spec == NETWORK:
        return _sides(networks.get(placed(node)))[1]
    spec = registry.node(node.spec, node.params)
    return spec.outputs if spec else ()


_KNOWN: dict[int, tuple[Graph, Ports, Ports]] = {}
_MOST = 1_000


def _sides(graph: Graph | None) -> tuple[Ports, Ports]:
    """Return the ports of a network; those of graphs seen before are remembered."""
    if graph is None:
        return (), ()
    found = _KNOWN.get(id(graph))
    if found is None:
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        inlets = _ports(node for node in graph.nodes.values() if is_inlet(node))
        outlets = _ports(node for node in graph.nodes.values() if node.spec == "output")
        found = _KNOWN[id(graph)] = (graph, inlets, outlets)
    return found[1], found[2]


def _ports(nodes: Iterable[Node]) -> Ports:
    return tuple(Port(name=node.id, title=node.name, dtype="any") for node in nodes)
