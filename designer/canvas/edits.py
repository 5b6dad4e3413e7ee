"""What the canvas's commands do to a project, as pure functions. The view only calls and pushes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from designer.canvas import bends, compat
from designer.canvas.compat import End, Ground
from engine import networks
from engine.catalog import registry
from engine.graph import Edge, Graph, slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.analysis import Analysis
    from engine.catalog.spec import Field
    from engine.project import Project

Places = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scope:
    """A project, which of its networks is meant, where its nodes are seen, and its shapes."""

    project: Project
    network: str
    places: Mapping[str, tuple[float, float]]
    analysis: Analysis | None = None
    fields: Mapping[str, Field] | None = None
    """The fields of the data, where they are known."""

    @property
    def graph(self) -> Graph:
        """Return the network that is meant."""
        return self.project.networks[self.network]

    def ground(self, graph: Graph | None = None) -> Ground:
        """Return the graph, or another one in its place, with all that its ports depend on."""
        known = self.project.scope(self.fields) if self.fields is not None else None
        graph = graph or self.graph
        return Ground(graph, self.analysis, self.project.networks, known, self.network)

    def result(self, graph: Graph, moved: Places | None = None) -> Project:
        """Return the project with another graph; places that were only seen are written down."""
        seen = {**self.places, **(moved or {})}
        kept = {i: seen[i] for i in graph.nodes if i in seen}
        project = self.project
        if graph is not self.graph:
            project = project.with_graph(graph, self.network)
        before = project.layout.positions.get(self.network, {})
        project = bends.followed(project, self.network, graph, before, kept)
        layout = project.layout
        if before == kept:
            return project
        return project.but(layout=layout.but(positions={**layout.positions, self.network: kept}))


def title(spec_id: str) -> str:
    """Return the words for an entry in the name of an undo step."""
    spec = registry.node(spec_id)
    return spec.title if spec else spec_id


def add(
    scope: Scope,
    spec_id: str,
    place: tuple[float, float],
    *,
    behind: str = "",
    wire: Edge | None = None,
    end: End | None = None,
) -> tuple[Project, str]:
    """Return the project with one more node, and its id; it is joined as by `join`."""
    graph, node_id = scope.graph.add(spec_id)
    graph = join(scope.ground(graph), node_id, behind=behind, wire=wire, end=end)
    return scope.result(graph, {node_id: place}), node_id


def join(
    ground: Ground,
    node_id: str,
    *,
    behind: str = "",
    wire: Edge | None = None,
    end: End | None = None,
) -> Graph:
    """Return the graph with a new node wired.

    It is inserted into `wire`, or joined to a wire's loose `end`, or wired behind a node.
    """
    if wire is not None:
        return _insert(ground, node_id, wire) or ground.graph
    if end is not None:
        return _join(ground, end, node_id)
    if behind and (found := free_output(ground, behind)) is not None:
        return _join(ground, found, node_id, exact=True)
    return ground.graph


def free_output(ground: Ground, node_id: str) -> End | None:
    """Return the first output of a node."""
    node = ground.graph.nodes.get(node_id)
    ports = compat.ports_of(ground, node, output=True) if node is not None else ()
    return End(node_id, ports[0].name, output=True) if ports else None


def _join(ground: Ground, end: End, node_id: str, *, exact: bool = False) -> Graph:
    """Return the graph with a wire from an end to the port of a node that suits it best."""
    found = compat.counterpart(ground, end, node_id)
    if found is None or not found[1].possible or (exact and not found[1].fits and not end.output):
        return ground.graph
    return connect(ground.graph, end, found[0])


def connect(graph: Graph, first: End, second: End) -> Graph:
    """Return the graph with a wire between two ports, given in any order.

    Raises
    ------
    engine.graph.GraphError
        The wire is not possible; the sentence says why.
    """
    source, target = (first, second) if first.output else (second, first)
    wire = Edge(
        source=source.node, source_port=source.port, target=target.node, target_port=target.port
    )
    if wire in graph.edges:
        return graph
    return graph.connect(source.node, target.node, source.port, target.port)


def insert(scope: Scope, node_id: str, wire: Edge, moved: Places) -> Project | None:
    """Return the project with a node put into a wire, or None if it has no ports for that."""
    graph = _insert(scope.ground(), node_id, wire)
    return None if graph is None else scope.result(graph, moved)


def _insert(ground: Ground, node_id: str, wire: Edge) -> Graph | None:
    graph = ground.graph
    node = graph.nodes[node_id]
    outputs = compat.ports_of(ground, node, output=True)
    if not outputs or not compat.ports_of(ground, node, output=False):
        return None
    start = End(wire.source, wire.source_port, output=True)
    finish = End(wire.target, wire.target_port, output=False)
    opened = graph.disconnect([wire])
    found = compat.counterpart(replace(ground, graph=opened), start, node_id)
    if found is None or not found[1].possible:
        return None
    opened = connect(opened, start, found[0])
    return connect(opened, finish, End(node_id, outputs[0].name, output=True))


def inserted(before: Graph, after: Graph) -> str:
    """Return the node that was put into a wire between two graphs; nothing if none was."""
    gone = {(e.source, e.target) for e in before.edges} - {
        (e.source, e.target) for e in after.edges
    }
    known = {e.target for e in before.edges} | {e.source for e in before.edges}
    for edge in after.edges:
        if edge.target in known:
            continue
        if any((edge.source, e.target) in gone for e in after.edges if e.source == edge.target):
            return edge.target
    return ""


def can_insert(ground: Ground, node_id: str) -> bool:
    """Return whether a node could be dropped on a wire: it has both sorts of port, all free."""
    node = ground.graph.nodes[node_id]
    if any(node_id in (e.source, e.target) for e in ground.graph.edges):
        return False
    return all(compat.ports_of(ground, node, output=side) for side in (True, False))


def delete(scope: Scope, node_ids: Iterable[str], wires: Iterable[Edge] = ()) -> Project:
    """Return the project without some nodes and wires; a chain that loses a link is closed."""
    graph = scope.graph.disconnect(wires).remove(node_ids, heal=True)
    edges = tuple(dict.fromkeys(graph.edges))
    return scope.result(graph if len(edges) == len(graph.edges) else graph.but(edges=edges))


def pulled(graph: Graph, node_id: str) -> Graph:
    """Return the graph with a node free of wires; what fed it feeds what it fed."""
    healed = graph.remove([node_id], heal=True)
    return graph.but(edges=tuple(dict.fromkeys(healed.edges)))


def pull(scope: Scope, node_id: str, moved: Places, wire: Edge | None = None) -> Project:
    """Return the project with a node taken out of its wires, and put into another if one is given.

    A wire that was only there to be healed is no place for it.
    """
    free = pulled(scope.graph, node_id)
    if wire is not None and wire in free.edges:
        loose = replace(scope, project=scope.project.with_graph(free, scope.network))
        found = insert(loose, node_id, wire, moved)
        if found is not None:
            return found
    return scope.result(free, moved)


def insert_copy(
    scope: Scope,
    part: Graph,
    places: Mapping[str, tuple[float, float]],
    shift: tuple[float, float],
    dots: bends.Dots = bends.NONE,
) -> tuple[Project, list[str]]:
    """Return the project with a copy of another graph's nodes and wires, and their new ids."""
    nodes = dict(scope.graph.nodes)
    taken = {slug(n.name) for n in nodes.values()}
    fresh: dict[str, str] = {}
    moved: Places = {}
    number = len(nodes) + 1
    for old, node in part.nodes.items():
        while f"n{number}" in nodes:
            number += 1
        node_id = fresh[old] = f"n{number}"
        nodes[node_id] = node.but(id=node_id, name=_fresh_name(node.name, taken))
        x, y = places.get(old, (0.0, 0.0))
        moved[node_id] = (x + shift[0], y + shift[1])
    edges = {
        e.key: e.but(source=fresh[e.source], target=fresh[e.target])
        for e in part.edges
        if e.source in fresh and e.target in fresh
    }
    graph = scope.graph.but(nodes=nodes, edges=(*scope.graph.edges, *edges.values()))
    led = {
        edge.key: [(x + shift[0], y + shift[1]) for x, y in dots.get(name, ())]
        for name, edge in edges.items()
    }
    project = bends.led(scope.result(graph, moved), scope.network, led)
    return project, list(fresh.values())


def _fresh_name(base: str, taken: set[str]) -> str:
    """Return a name nobody has, as `Graph.fresh_name` does, but for many nodes at a time."""
    name = base
    stem = re.sub(r"[_ ]?\d+$", "", base) or base
    number = 2
    while slug(name) in taken:
        name = f"{stem}_{number}"
        number += 1
    taken.add(slug(name))
    return name


def part(graph: Graph, node_ids: Iterable[str]) -> Graph:
    """Return some nodes and the wires within."""
    chosen = {i: graph.nodes[i] for i in node_ids if i in graph.nodes}
    edges = tuple(e for e in graph.edges if e.source in chosen and e.target in chosen)
    return Graph(nodes=chosen, edges=edges)


def renamed(project: Project, network: str, title: str) -> Project:
    """Return the project with a network called otherwise.

    Places that were called like it follow.

    Raises
    ------
    engine.networks.NetworkError
        It cannot be called so.
    """
    before = slug(project.title_of(network))
    project = networks.rename(project, network, title)
    for key, node_id in networks.uses(project, network):
        graph = project.networks[key]
        if re.fullmatch(rf"{before}(_\d+)?", slug(graph.nodes[node_id].name)):
            project = project.with_graph(graph.change(node_id, name=slug(title)), key)
    return project


def step(
    graph: Graph, places: Mapping[str, tuple[float, float]], node_id: str, way: str
) -> str | None:
    """Return the node that an arrow key leads to: along wires, or the next above or below."""
    if way in ("left", "right"):
        found = [
            e.source if way == "left" else e.target
            for e in graph.edges
            if (e.target if way == "left" else e.source) == node_id
        ]
        height = places[node_id][1]
        return min(found, key=lambda i: abs(places[i][1] - height), default=None)
    x, y = places[node_id]
    sign = 1 if way == "down" else -1
    rest = ((i, p) for i, p in places.items() if i != node_id and (p[1] - y) * sign > 0)
    return min(rest, key=lambda r: abs(r[1][1] - y) + 2 * abs(r[1][0] - x), default=(None,))[0]
