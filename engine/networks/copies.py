"""Repeats laid out in a row, copies detached, weights shared or made a place's own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from engine.graph import free_name, slug
from engine.networks.collection import copied
from engine.networks.inventory import fresh_title, homes, network_of, place_of
from engine.networks.ports import NetworkError, inputs_of, outputs_of, placed
from engine.networks.spots import STEP_X
from engine.networks.whereabouts import (
    Edited,
    names_in,
    regrouped,
    resettled,
    roots,
    times_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.graph import Edge, Graph, Node
    from engine.networks.spots import Spots
    from engine.networks.whereabouts import Parts
    from engine.project import Project


def unroll(project: Project, network: str, node_id: str) -> Edited:
    """Return the project with a repeat laid out as so many places in a row.

    Raises
    ------
    NetworkError
        It stands there only once, its copies are one network, or they could not stand in a row.
    """
    graph, node = network_of(project, network), place_of(project, network, node_id)
    times = times_of(node, names_in(project, graph))
    _check_row(project, node, times)
    ids = _row_ids(graph, node_id, times)
    after = project.with_graph(_row(project, graph, node, ids), network)
    after = after.place(_row_spots(project, network, graph, ids), network)

    def rewrite(parts: Parts) -> tuple[Parts, ...]:
        place, _, copy = parts[0].partition("#")
        if place != node_id:
            return (parts,)
        chosen = ids[int(copy) : int(copy) + 1] if copy.isdecimal() else ids
        return tuple((new, *parts[1:]) for new in chosen) or (parts,)

    return regrouped(project, after, network, rewrite, node_id)


def _check_row(project: Project, node: Node, times: int) -> None:
    if times == 1:
        raise NetworkError(f"“{node.name}” stands there only once.")
    if node.params.get("tied") and node.params.get("weights") != "shared":
        raise NetworkError(
            f"The copies of “{node.name}” are one and the same network. Turn off Copies share "
            "weights, or share its weights with other places, first."
        )
    inlets, outlets = inputs_of(node, project.networks), outputs_of(node, project.networks)
    if not 1 <= len(outlets) <= len(inlets):
        raise NetworkError(
            f"“{node.name}” cannot stand in a row: it has {len(inlets)} inputs and "
            f"{len(outlets)} outputs, and each output must go into an input of the next copy."
        )


def _row_ids(graph: Graph, node_id: str, times: int) -> list[str]:
    """Return the ids of the copies; the first keeps its own."""
    ids, number = [node_id], len(graph.nodes) + 1
    while len(ids) < times:
        if f"n{number}" not in graph.nodes:
            ids.append(f"n{number}")
        number += 1
    return ids


def _row(project: Project, graph: Graph, node: Node, ids: list[str]) -> Graph:
    params = {k: v for k, v in node.params.items() if k not in ("times", "tied")}
    row = {node.id: node.but(params=params)}
    taken = {slug(other.name) for other in graph.nodes.values()}
    for new in ids[1:]:
        name = free_name(node.name, taken)
        taken.add(slug(name))
        row[new] = node.but(id=new, params=params, name=name)
    nodes: dict[str, Node] = {}
    for key, other in graph.nodes.items():
        nodes.update(row if key == node.id else {key: other})
    edges = [e.but(source=ids[-1]) if e.source == node.id else e for e in graph.edges]
    edges.extend(_row_edges(project, graph, node, ids))
    return graph.but(nodes=nodes, edges=tuple(edges))


def _row_edges(project: Project, graph: Graph, node: Node, ids: list[str]) -> Iterable[Edge]:
    """Yield the wires into the later copies: from the copy before, or from what all receive."""
    outlets = outputs_of(node, project.networks)
    order = {port.name: i for i, port in enumerate(inputs_of(node, project.networks))}
    arriving = [e for e in graph.edges if e.target == node.id and e.target_port in order]
    for before, new in pairwise(ids):
        for edge in sorted(arriving, key=lambda e: order[e.target_port]):
            number = order[edge.target_port]
            if number < len(outlets):
                port = outlets[number].name
                yield edge.but(source=before, source_port=port, target=new)
            else:
                yield edge.but(target=new)


def _row_spots(project: Project, network: str, graph: Graph, ids: list[str]) -> Spots:
    """Return where the copies stand, and where what stood to their right goes."""
    x, y = project.position(ids[0], network)
    known = project.layout.positions.get(network, {})
    wide = STEP_X * (len(ids) - 1)
    found = {k: (a + wide, b) for k, (a, b) in known.items() if a > x and k in graph.nodes}
    return found | {new: (x + STEP_X * i, y) for i, new in enumerate(ids)}


def detach(project: Project, network: str, node_id: str) -> Edited:
    """Return the project with a place showing a copy of its network, which others do not use.

    Raises
    ------
    NetworkError
        Nothing else uses the network.
    """
    graph, node = network_of(project, network), place_of(project, network, node_id)
    key = placed(node)
    title = project.title_of(key)
    if sum(homes(project)[key]) == 1 and key not in roots(project):
        raise NetworkError(f"“{title}” stands nowhere else, so “{node.name}” has it for itself.")
    copy = project.networks[key].but(title=fresh_title(project, title))
    after, new = copied(project, copy, project, key)
    after = after.with_graph(graph.set_params(node_id, {"network": new}), network)
    return resettled(project, after, node_id)


def set_weights(
    project: Project, network: str, node_id: str, weights: Literal["own", "shared"]
) -> Edited:
    """Return the project with a place sharing its network's weights, or having its own.

    Its own start as those it shared. The first to share brings its own along; whoever joins takes
    those that are there.
    """
    graph = network_of(project, network)
    place_of(project, network, node_id)
    after = project.with_graph(graph.set_params(node_id, {"weights": weights}), network)
    return resettled(project, after, node_id)
