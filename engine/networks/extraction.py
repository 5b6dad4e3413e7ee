"""A sub-network made from a selection: its ports follow from the wires that are cut."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine.graph import NETWORK, Edge, Graph, slug
from engine.networks.collection import added
from engine.networks.expressions import names_used
from engine.networks.inventory import fresh_title, network_of
from engine.networks.ports import NetworkError, is_inlet
from engine.networks.spots import STEP_X, STEP_Y, centre, without_positions
from engine.networks.whereabouts import Edited, regrouped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from engine.graph import Node
    from engine.networks.spots import Spots
    from engine.networks.whereabouts import Parts
    from engine.project import Project

End = tuple[str, str]
"""A node and one of its output ports."""


def extract(project: Project, network: str, node_ids: Iterable[str], title: str = "") -> Edited:
    """Return the project with some nodes of a network moved into one of their own, placed there.

    Its ports follow from the wires that are cut. Inputs that read no field of their own and Outputs
    stay outside: they are ports, or would become some.

    Raises
    ------
    NetworkError
        Nothing is left to move, or what is outside would stand both behind and in front of it.
    """
    graph = network_of(project, network)
    moved = _movable(graph, node_ids)
    _check_no_loop(graph, moved)
    inside = _Inside(graph, moved, fresh_title(project, title))
    where = project.layout.positions.get(network, {})
    after, key = added(project, inside.graph())
    after = after.place(inside.layout(where), key)
    place_id = graph.fresh_id()
    after = after.with_graph(inside.outer(place_id, key), network)
    after = without_positions(after, network, moved)
    after = after.place({place_id: centre(where, moved)}, network)

    def rewrite(parts: Parts) -> tuple[Parts, ...]:
        return ((place_id, *parts),) if parts[0].partition("#")[0] in moved else (parts,)

    return regrouped(project, after, network, rewrite, place_id)


def _movable(graph: Graph, node_ids: Iterable[str]) -> dict[str, Node]:
    """Return the nodes to move, in the order of the graph."""
    wanted = set(node_ids)
    moved = {
        node.id: node
        for node in graph.nodes.values()
        if node.id in wanted and node.spec != "output" and not is_inlet(node)
    }
    if not moved:
        raise NetworkError(
            "A sub-network is made from layers; select at least one. Inputs and Outputs stay "
            "outside."
        )
    return moved


def _check_no_loop(graph: Graph, moved: Collection[str]) -> None:
    after = _reached(moved, [(e.source, e.target) for e in graph.edges])
    before = _reached(moved, [(e.target, e.source) for e in graph.edges])
    between = after & before - set(moved)
    if between:
        name = next(graph.nodes[i].name for i in graph.nodes if i in between)
        raise NetworkError(
            f"“{name}” takes from the selection and feeds it again, so the sub-network would "
            f"stand in a loop with it. Select “{name}” too, or leave out what it feeds."
        )


def _reached(start: Iterable[str], steps: Iterable[tuple[str, str]]) -> set[str]:
    """Return what these steps lead to."""
    following: defaultdict[str, list[str]] = defaultdict(list)
    for here, there in steps:
        following[here].append(there)
    seen: set[str] = set()
    stack = list(start)
    while stack:
        new = [node for node in following[stack.pop()] if node not in seen]
        seen.update(new)
        stack.extend(new)
    return seen


class _Inside:
    """What a selection becomes: a graph with an Input or Output for each end of a cut wire."""

    def __init__(self, graph: Graph, moved: Mapping[str, Node], title: str) -> None:
        self._graph = graph
        self._moved = moved
        used = {name for node in moved.values() for name in names_used(node)}
        self._settings = {k: v for k, v in graph.settings.items() if k in used}
        self._inner = Graph(title=title, settings=self._settings, nodes=dict(moved))
        self._inlets: dict[End, str] = {}
        self._outlets: dict[End, str] = {}
        self._beside: dict[str, str] = {}
        for edge in graph.edges:
            self._cut(edge)

    def _cut(self, edge: Edge) -> None:
        end = (edge.source, edge.source_port)
        into, out = edge.target in self._moved, edge.source in self._moved
        if into and not out and end not in self._inlets:
            self._inlets[end] = self._port("input", self._name(end), edge.target)
        elif out and not into and end not in self._outlets:
            self._outlets[end] = self._port("output", f"{self._name(end)}_out", edge.source)

    def _name(self, end: End) -> str:
        """Return what to call the port that carries what comes from here."""
        node = self._graph.nodes[end[0]]
        return node.name if end[1] == "out" or node.spec == NETWORK else f"{node.name}_{end[1]}"

    def _port(self, spec: str, name: str, beside: str) -> str:
        self._inner, node_id = self._inner.add(spec, name)
        self._beside[node_id] = beside
        return node_id

    def graph(self) -> Graph:
        """Return the sub-network: Inputs, then the nodes as they followed each other, Outputs."""
        edges: list[Edge] = []
        for edge in self._graph.edges:
            if edge.target in self._moved:
                inlet = self._inlets.get((edge.source, edge.source_port))
                edges.append(edge.but(source=inlet, source_port="out") if inlet else edge)
        for (source, port), outlet in self._outlets.items():
            edges.append(Edge(source=source, source_port=port, target=outlet))
        order = (*self._inlets.values(), *self._moved, *self._outlets.values())
        nodes = {node_id: self._inner.nodes[node_id] for node_id in order}
        return self._inner.but(nodes=nodes, edges=tuple(edges))

    def outer(self, place_id: str, key: str) -> Graph:
        """Return the network the nodes were taken from, with a place where the first one stood."""
        graph = self._graph.but(
            nodes={k: n for k, n in self._graph.nodes.items() if k not in self._moved}
        )
        graph, _ = graph.add(NETWORK, slug(self._inner.title), place_id, network=key)
        place = graph.nodes[place_id].but(arguments={k: f"={k}" for k in self._settings})
        first = next(iter(self._moved))
        nodes: dict[str, Node] = {}
        for node in self._graph.nodes.values():
            if node.id == first:
                nodes[place_id] = place
            if node.id not in self._moved:
                nodes[node.id] = node
        return graph.but(nodes=nodes, edges=tuple(self._outer_edges(place_id)))

    def _outer_edges(self, place_id: str) -> Iterable[Edge]:
        fed: set[End] = set()
        for edge in self._graph.edges:
            end = (edge.source, edge.source_port)
            into, out = edge.target in self._moved, edge.source in self._moved
            if out and not into:
                yield edge.but(source=place_id, source_port=self._outlets[end])
            elif into and not out and end not in fed:
                fed.add(end)
                yield edge.but(target=place_id, target_port=self._inlets[end])
            elif not into and not out:
                yield edge

    def layout(self, where: Spots) -> Spots:
        """Return where everything inside stands: ports to the left and to the right."""
        found = {node_id: where.get(node_id, (0.0, 0.0)) for node_id in self._moved}
        left = min(x for x, _ in found.values()) - STEP_X
        right = max(x for x, _ in found.values()) + STEP_X
        return (
            found
            | self._column(self._inlets, left, found)
            | self._column(self._outlets, right, found)
        )

    def _column(self, ports: Mapping[End, str], x: float, known: Spots) -> Spots:
        """Return a column of ports, each beside the node it belongs to or below the last."""
        found: Spots = {}
        least = float("-inf")
        for node_id in sorted(ports.values(), key=lambda port: known[self._beside[port]][1]):
            y = max(known[self._beside[node_id]][1], least)
            found[node_id] = (x, y)
            least = y + STEP_Y
        return found
