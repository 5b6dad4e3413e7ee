"""Changes to the collection of networks: new, renamed, deleted, placed, taken over from a block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.graph import NETWORK, Graph, slug
from engine.networks.inventory import (
    bearer,
    below,
    check_place,
    check_recursion,
    closure,
    fresh_key,
    fresh_title,
    network_of,
    place_of,
    uses,
)
from engine.networks.mending import mended
from engine.networks.ports import NetworkError, inputs_of, outputs_of, placed
from engine.networks.whereabouts import Edited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.catalog.spec import Port
    from engine.project import Project


def new(project: Project, title: str) -> tuple[Project, str]:
    """Return the project with one more network, which is empty, and its key."""
    return added(project, Graph(title=fresh_title(project, title)))


def added(project: Project, graph: Graph) -> tuple[Project, str]:
    """Return the project with one more network, and its key."""
    key = fresh_key(project, graph.title)
    return project.with_graph(graph, key), key


def copied(project: Project, graph: Graph, source: Project, key: str) -> tuple[Project, str]:
    """Return the project with one more network, drawn as one of a project is, and its key."""
    project, new = added(project, graph)
    return project.but(layout=project.layout.alike(new, source.layout, key)), new


def rename(project: Project, network: str, title: str) -> Project:
    """Return the project with a network called otherwise; its key stays."""
    graph, title = network_of(project, network), " ".join(title.split())
    if not title:
        raise NetworkError(f"“{project.title_of(network)}” must be called something.")
    if bearer(project, title) not in ("", network):
        raise NetworkError(f"There is already a network called “{title}”.")
    if title == graph.title:
        return project
    return project.with_graph(graph.but(title=title), network)


def duplicate(project: Project, network: str) -> Project:
    """Return the project with a copy of a network that nothing uses yet."""
    title = fresh_title(project, project.title_of(network))
    return copied(project, network_of(project, network).but(title=title), project, network)[0]


def delete(project: Project, network: str) -> Project:
    """Return the project without a network; NetworkError names who uses it."""
    network_of(project, network)
    title = project.title_of(network)
    for phase in project.training.phases:
        if phase.network == network:
            raise NetworkError(
                f"“{title}” is what the phase “{phase.name}” trains. Let the phase train another "
                "network or remove it first."
            )
    places = uses(project, network)
    if places:
        names = list(dict.fromkeys(f"“{project.title_of(key)}”" for key, _ in places))
        raise NetworkError(f"“{title}” is placed in {_listed(names)}. Delete it there first.")
    return without(project, network)


def without(project: Project, network: str) -> Project:
    """Return the project without a network that nothing uses."""
    networks = {key: graph for key, graph in project.networks.items() if key != network}
    main = project.phase.network if project.main == network else project.main
    return project.but(networks=networks, main=main, layout=project.layout.without(network))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def place(
    project: Project,
    network: str,
    inner: str,
    x: float,
    y: float,
    weights: Literal["own", "shared"] = "own",
) -> Edited:
    """Return the project with `inner` placed in `network`, not wired yet."""
    graph = network_of(project, network)
    network_of(project, inner)
    check_place(project, network, inner)
    params = {"network": inner} | ({"weights": "shared"} if weights == "shared" else {})
    graph, node_id = graph.add(NETWORK, slug(project.title_of(inner)), **params)
    project = project.with_graph(graph, network).place({node_id: (x, y)}, network)
    return Edited(project, {}, node_id)


def exchange(project: Project, network: str, node_id: str, inner: str) -> Edited:
    """Return the project with a place showing another network; its wires keep their order."""
    graph, node = network_of(project, network), place_of(project, network, node_id)
    network_of(project, inner)
    check_place(project, network, inner)
    other = node.but(params={**node.params, "network": inner}, arguments={})
    networks = project.networks
    into = _renamed(inputs_of(node, networks), inputs_of(other, networks))
    out = _renamed(outputs_of(node, networks), outputs_of(other, networks))
    edges = tuple(
        edge.but(
            source_port=out.get(edge.source_port, "")
            if edge.source == node_id
            else edge.source_port,
            target_port=into.get(edge.target_port, "")
            if edge.target == node_id
            else edge.target_port,
        )
        for edge in graph.edges
    )
    graph = graph.but(nodes={**graph.nodes, node_id: other}, edges=edges)
    return Edited(mended(project.with_graph(graph, network)), {}, node_id)


def _renamed(before: Sequence[Port], after: Sequence[Port]) -> dict[str, str]:
    return {one.name: other.name for one, other in zip(before, after, strict=False)}


def adopt(project: Project, network: str, block: Project, x: float, y: float) -> Edited:
    """Return the project with a block's networks and its main one placed in `network`.

    A network the project has already, whatever it is called, is not copied again.
    """
    network_of(project, network)
    check_recursion(block)
    keys: dict[str, str] = {}
    variables = {**block.variables, **project.variables}
    if variables != project.variables:
        project = project.but(variables=variables)
    for key in _inner_first(block, block.main):
        graph = _pointed(block.networks[key], keys)
        known = next((k for k, g in project.networks.items() if _same(g, graph)), "")
        if known and network not in closure(project, [known]):
            keys[key] = known
            continue
        title = fresh_title(project, block.title_of(key))
        project, keys[key] = copied(project, graph.but(title=title), block, key)
    return place(project, network, keys[block.main], x, y)


def _inner_first(project: Project, start: str) -> list[str]:
    found: dict[str, None] = {}

    def visit(key: str) -> None:
        for inner in below(project, key):
            if inner not in found:
                visit(inner)
        found[key] = None

    visit(start)
    return list(found)


def _pointed(graph: Graph, keys: dict[str, str]) -> Graph:
    """Return a graph whose places point to networks under their keys here."""
    nodes = {
        node.id: node.but(params={**node.params, "network": keys[placed(node)]})
        if keys.get(placed(node), placed(node)) != placed(node)
        else node
        for node in graph.nodes.values()
    }
    return graph.but(nodes=nodes)


def _same(one: Graph, other: Graph) -> bool:
    return one is other or one.but(title="") == other.but(title="")
