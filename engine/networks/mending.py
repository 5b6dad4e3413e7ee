"""A project without loose ends: wires to ports, and trained nodes, that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.graph import NETWORK
from engine.networks.ports import inputs_of, outputs_of, placed

if TYPE_CHECKING:
    from engine.graph import Edge, Graph, Node
    from engine.project import Phase, Project


def mended(project: Project) -> Project:
    """Return the project without wires to ports, trained nodes and places that are gone.

    The very same project if there is nothing to do. A phase none of whose nodes is left keeps
    naming them, for naming none would mean all.
    """
    networks = {key: _wired(graph, project) for key, graph in project.networks.items()}
    if any(networks[key] is not graph for key, graph in project.networks.items()):
        project = project.but(networks=networks)
    phases = tuple(_phase(phase, project) for phase in project.training.phases)
    if any(one is not other for one, other in zip(phases, project.training.phases, strict=True)):
        project = project.with_training(phases=phases)
    return _unplaced(project)


def _unplaced(project: Project) -> Project:
    """Return the project without places of nodes that are gone: a new node may bear such an id."""
    known = project.layout.positions
    kept = {key: _standing(graph, known.get(key, {})) for key, graph in project.networks.items()}
    if all(places is known.get(key, places) for key, places in kept.items()):
        return project
    positions = {**known, **{key: places for key, places in kept.items() if key in known}}
    return project.but(layout=project.layout.but(positions=positions))


def _standing(
    graph: Graph, places: dict[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    if places.keys() <= graph.nodes.keys():
        return places
    return {key: place for key, place in places.items() if key in graph.nodes}


def _wired(graph: Graph, project: Project) -> Graph:
    places = {
        node.id: node
        for node in graph.nodes.values()
        if (placed(node) in ("", *project.networks) if node.spec == NETWORK else _varies(node))
    }
    if not places:
        return graph
    inlets = {i: {p.name for p in inputs_of(n, project.networks)} for i, n in places.items()}
    outlets = {i: {p.name for p in outputs_of(n, project.networks)} for i, n in places.items()}

    def gone(edge: Edge) -> bool:
        return (edge.target in places and edge.target_port not in inlets[edge.target]) or (
            edge.source in places and edge.source_port not in outlets[edge.source]
        )

    kept = tuple(edge for edge in graph.edges if not gone(edge))
    return graph if len(kept) == len(graph.edges) else graph.but(edges=kept)


def _varies(node: Node) -> bool:
    """Return whether the ports of a layer depend on its settings."""
    spec = registry.node(node.spec)
    return spec is not None and spec.ports is not None


def _phase(phase: Phase, project: Project) -> Phase:
    trains = tuple(path for path in phase.trains if _leads(project, phase.network, path))
    return phase.but(trains=trains) if trains and trains != phase.trains else phase


def _leads(project: Project, key: str, path: str) -> bool:
    """Return whether there is a node at the end of a path."""
    *places, last = (part.partition("#")[0] for part in path.split("/"))
    graph = project.networks.get(key)
    for node_id in places:
        node = graph.nodes.get(node_id) if graph else None
        graph = project.networks.get(placed(node)) if node else None
    return graph is not None and last in graph.nodes
