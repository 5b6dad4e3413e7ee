"""A place opened up again: what it holds stands in its stead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import NETWORK, free_name, slug
from engine.networks.collection import without
from engine.networks.expressions import names_used, with_names
from engine.networks.inventory import homes, network_of, place_of, uses
from engine.networks.ports import NetworkError, is_inlet, placed
from engine.networks.spots import centre, without_positions
from engine.networks.whereabouts import Edited, names_in, regrouped, roots, times_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Edge, Graph, Node
    from engine.networks.whereabouts import Parts
    from engine.project import Project

End = tuple[str, str]
"""A node and one of its output ports."""


def dissolve(project: Project, network: str, node_id: str) -> Edited:
    """Return the project with what a place holds put in its stead.

    The network it placed goes too, if nothing else uses it.

    Raises
    ------
    NetworkError
        It is repeated, runs for each item, or shares its weights with another place.
    """
    graph, node = network_of(project, network), place_of(project, network, node_id)
    key = placed(node)
    _check_single(project, graph, node)
    _check_alone(project, node)
    opened = _Opened(graph, node, project.networks[key])
    ids = opened.ids
    after = project.with_graph(opened.graph(), network)
    after = without_positions(after, network, [node_id])
    after = _drawn(project, after, network, node_id, ids)
    if key not in roots(after) and not uses(after, key):
        after = without(after, key)
    learning = tuple(ids[i] for i, n in opened.moved.items() if _learns(n)) or tuple(ids.values())

    def rewrite(parts: Parts) -> tuple[Parts, ...]:
        if parts[0].partition("#")[0] != node_id:
            return (parts,)
        if len(parts) == 1:
            return tuple((new,) for new in learning)
        inner, mark, copy = parts[1].partition("#")
        return ((f"{ids.get(inner, inner)}{mark}{copy}", *parts[2:]),)

    edited = regrouped(project, after, network, rewrite, next(iter(ids.values()), ""))
    if edited.copies:
        raise NetworkError(_sharing(project, node))
    return edited


def _check_single(project: Project, graph: Graph, node: Node) -> None:
    if node.params.get("each"):
        raise NetworkError(
            f"“{node.name}” runs for each item along axis 1, which its layers alone would not. "
            "Turn off Apply to each item first."
        )
    times = times_of(node, names_in(project, graph))
    if times > 1:
        raise NetworkError(f"“{node.name}” stands for {times} copies in a row. Unroll it first.")


def _check_alone(project: Project, node: Node) -> None:
    key = placed(node)
    if node.params.get("weights") != "shared":
        return
    if homes(project)[key].shared > 1 or key in roots(project):
        raise NetworkError(_sharing(project, node))


def _sharing(project: Project, node: Node) -> str:
    title = project.title_of(placed(node))
    return (
        f"“{node.name}” shares the weights of “{title}” with other places. Give it its own "
        "weights or detach a copy first."
    )


def _learns(node: Node) -> bool:
    entry = registry.node(node.spec)
    return (
        entry is None
        or node.spec == NETWORK
        or bool(entry.target and not isinstance(entry, LossSpec))
    )


@dataclass(slots=True)
class _Opened:
    """A network with what one of its places holds in the place's stead."""

    outer: Graph
    place: Node
    inner: Graph
    moved: dict[str, Node] = field(default_factory=dict[str, "Node"])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """Ids inside -> ids outside, for all but the ports."""

    def __post_init__(self) -> None:
        taken = set(self.outer.nodes)
        for node in self.inner.nodes.values():
            if is_inlet(node) or node.spec == "output":
                continue
            self.moved[node.id] = node
            number = len(taken) + 1
            new = node.id
            while new in taken:
                new, number = f"n{number}", number + 1
            self.ids[node.id] = new
            taken.add(new)

    def graph(self) -> Graph:
        """Return the network."""
        edges = tuple(self._edges())
        seen: set[tuple[str, str, str, str]] = set()
        for edge in edges:
            ends = (edge.source, edge.source_port, edge.target, edge.target_port)
            if ends in seen:
                raise NetworkError(self._twice(edge))
            seen.add(ends)
        return self.outer.but(nodes=self._nodes(), edges=edges)

    def _twice(self, edge: Edge) -> str:
        names = {self.ids[i]: n.name for i, n in self.moved.items()}
        names |= {n.id: n.name for n in self.outer.nodes.values()}
        return (
            f"Without “{self.place.name}”, “{names[edge.source]}” would be wired twice to "
            f"“{names[edge.target]}”, which cannot be drawn. Remove one of the two wires first."
        )

    def _nodes(self) -> dict[str, Node]:
        meaning = self._meaning()
        taken = {slug(n.name) for k, n in self.outer.nodes.items() if k != self.place.id}
        here: dict[str, Node] = {}
        for node_id, node in self.moved.items():
            name = free_name(node.name, taken)
            taken.add(slug(name))
            here[self.ids[node_id]] = with_names(node, meaning).but(
                id=self.ids[node_id], name=name, frozen=node.frozen or self.place.frozen
            )
        nodes: dict[str, Node] = {}
        for node_id, node in self.outer.nodes.items():
            nodes.update(here if node_id == self.place.id else {node_id: node})
        return nodes

    def _meaning(self) -> dict[str, str | int | float]:
        """Return what the names used inside are outside."""
        settings = {**self.inner.settings, **self._arguments()}
        for node in self.moved.values():
            for name in sorted(names_used(node)):
                if name not in settings and name in self.outer.settings:
                    raise NetworkError(
                        f"“{node.name}” uses the project's number “{name}”, but the network around "
                        "it has a setting of that name. Rename the setting first."
                    )
        return {k: v for k, v in settings.items() if v != f"={k}"}

    def _arguments(self) -> dict[str, str | int | float]:
        return {k: v for k, v in self.place.arguments.items() if k in self.inner.settings}

    def _edges(self) -> Iterable[Edge]:
        feeds = {
            e.target_port: (e.source, e.source_port)
            for e in self.outer.edges
            if e.target == self.place.id
        }
        gives = {e.target: self._source(e, feeds) for e in self.inner.edges}
        for edge in self.outer.edges:
            if edge.source == self.place.id:
                end = gives.get(edge.source_port)
                if end:
                    yield edge.but(source=end[0], source_port=end[1])
            elif edge.target != self.place.id:
                yield edge
        for edge in self.inner.edges:
            end = self._source(edge, feeds)
            if end and edge.target in self.ids:
                yield edge.but(source=end[0], source_port=end[1], target=self.ids[edge.target])

    def _source(self, edge: Edge, feeds: Mapping[str, End]) -> End | None:
        """Return where an inner wire comes from, seen from outside; None from an unwired port."""
        if edge.source in self.ids:
            return self.ids[edge.source], edge.source_port
        return feeds.get(edge.source)


def _drawn(
    project: Project, after: Project, network: str, node_id: str, ids: Mapping[str, str]
) -> Project:
    """Return the project with what came out of a place around it, drawn as it was inside."""
    key, layout = placed(project.networks[network].nodes[node_id]), project.layout
    dx, dy = _shift(project, network, node_id, key, ids)
    where = layout.positions.get(key, {})
    spots = {new: where.get(old, (0.0, 0.0)) for old, new in ids.items()}
    wires = {edge.key for edge in after.networks[network].edges}
    dots = {k: held for k, held in layout.bends.get(network, {}).items() if k in wires}
    for edge in project.networks[key].edges:
        held = layout.bends.get(key, {}).get(edge.key, ())
        if held and edge.source in ids and edge.target in ids:
            outside = edge.but(source=ids[edge.source], target=ids[edge.target])
            dots[outside.key] = tuple((x + dx, y + dy) for x, y in held)
    notes, number = dict(layout.notes.get(network, {})), 1
    for note in layout.notes.get(key, {}).values():
        while f"c{number}" in notes:
            number += 1
        notes[f"c{number}"] = note.but(x=note.x + dx, y=note.y + dy)
    after = after.place({i: (x + dx, y + dy) for i, (x, y) in spots.items()}, network)
    return after.but(layout=after.layout.held(network, bends=dots, notes=notes))


def _shift(
    project: Project, network: str, node_id: str, key: str, ids: Mapping[str, str]
) -> tuple[float, float]:
    """Return how far what is inside moves, for its middle to be where the place was."""
    if not ids:
        return 0.0, 0.0
    (x, y) = project.position(node_id, network)
    cx, cy = centre(project.layout.positions.get(key, {}), ids)
    return x - cx, y - cy
