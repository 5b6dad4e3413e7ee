"""A whole network brought into order: nodes, the groups around them, and how long wires are led."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from designer.canvas import bends, columns, layout, notes
from designer.canvas.columns import Box
from designer.canvas.detours import Detours
from designer.canvas.geometry import HEIGHT, WIDTH, snapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from designer.canvas.columns import Pair
    from designer.canvas.edits import Scope
    from designer.canvas.layout import Places
    from engine.graph import Edge, Graph
    from engine.project import Note, Project

_BESIDE = 160.0
"""How far from a node a comment may stand and still go along with it."""

Place = tuple[float, float]


@dataclass(slots=True)
class Order:
    """Where nodes and notes belong, and the dots of wires that are led."""

    places: Places = field(default_factory=dict[str, Place])
    groups: dict[str, tuple[float, float, float, float]] = field(
        default_factory=dict[str, tuple[float, float, float, float]]
    )
    """Group -> its place and size."""
    dots: dict[str, tuple[Place, ...]] = field(default_factory=dict[str, tuple[Place, ...]])
    """Wire, by its name in the layout -> dots."""

    def moved(self, x: float, y: float) -> Order:
        """Return the same elsewhere."""
        return Order(
            {i: (px + x, py + y) for i, (px, py) in self.places.items()},
            {i: (px + x, py + y, w, h) for i, (px, py, w, h) in self.groups.items()},
            {i: tuple((px + x, py + y) for px, py in d) for i, d in self.dots.items()},
        )

    def take(self, other: Order) -> None:
        """Take over what another order says."""
        self.places.update(other.places)
        self.groups.update(other.groups)
        self.dots.update(other.dots)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Which nodes and which groups lie on each group; nothing stands for the canvas itself."""

    nodes: Mapping[str, list[str]]
    groups: Mapping[str, list[str]]


class Tidying:
    """Works out an order from values alone, so that any thread can do it.

    Parameters
    ----------
    graph, networks
        The network, and those that its nodes may place.
    known
        The notes on its canvas.
    places
        Where its nodes stand now; what lies on a group follows from it.
    """

    def __init__(
        self,
        graph: Graph,
        networks: Mapping[str, Graph],
        known: Mapping[str, Note],
        places: Mapping[str, Place],
    ) -> None:
        self._graph = graph
        self._networks = networks
        self._known = known
        self._places = places

    def order(self, chosen: Sequence[str], origin: Place) -> Order:
        """Return the order of some nodes from a place on.

        Groups all of whose nodes are among them stay together, as blocks along the flow.
        """
        wanted = set(chosen)
        edges = [e for e in self._graph.edges if e.source in wanted and e.target in wanted]
        tree = self._tree(chosen)
        made, _, _ = self._laid("", tree, edges)
        made = made.moved(*origin)
        made.places = {i: snapped(x, y) for i, (x, y) in made.places.items()}
        outlines = {i: layout.outline_of(self._graph.nodes[i], self._networks) for i in chosen}
        straight = (e for e in edges if e.key not in made.dots)
        around = Detours(made.places, outlines).dots(straight)
        made.dots.update({e.key: dots for e, dots in around.items()})
        made.groups = {i: (*snapped(g[0], g[1]), g[2], g[3]) for i, g in made.groups.items()}
        made.dots = {i: tuple(snapped(x, y) for x, y in d) for i, d in made.dots.items()}
        return made

    # -- what lies on what

    def _tree(self, chosen: Sequence[str]) -> _Tree:
        heights = {i: layout.node_height(n, self._networks) for i, n in self._graph.nodes.items()}
        here = {i: p for i, p in self._places.items() if i in heights}
        wanted = set(chosen)
        members: dict[str, set[str]] = {}
        for key, note in self._known.items():
            found = set(notes.on(note, here, heights)) if note.group else set[str]()
            if found and found <= wanted:
                members[key] = found
        # From the outside in: what lies on the smallest group last of all stays there.
        ordered = sorted(members, key=lambda k: -self._known[k].width * self._known[k].height)
        around: dict[str, str] = {}
        parent: dict[str, str] = {}
        for key in ordered:
            owners = {around.get(i, "") for i in members[key]}
            if len(owners) > 1:
                continue  # It lies across another group's edge.
            parent[key] = owners.pop()
            around.update(dict.fromkeys(members[key], key))
        nodes: dict[str, list[str]] = {}
        groups: dict[str, list[str]] = {}
        for node_id in chosen:
            nodes.setdefault(around.get(node_id, ""), []).append(node_id)
        for key, outer in parent.items():
            groups.setdefault(outer, []).append(key)
        return _Tree(nodes, groups)

    # -- one level

    def _laid(self, key: str, tree: _Tree, edges: Sequence[Edge]) -> tuple[Order, float, float]:
        """Return the order of what lies on a group, its size, from its top left corner on."""
        parts: dict[str, Order] = {}
        boxes: dict[str, Box] = {}
        owner: dict[str, str] = {}
        for node_id in tree.nodes.get(key, ()):
            name = f"n:{node_id}"
            boxes[name] = layout.box(self._graph.nodes[node_id], self._networks)
            parts[name] = Order({node_id: (0.0, 0.0)})
            owner[node_id] = name
        for group in tree.groups.get(key, ()):
            name = f"g:{group}"
            parts[name], boxes[name] = self._group(group, tree, edges)
            owner.update(dict.fromkeys(parts[name].places, name))
        pairs, wires = _between(owner, edges)
        made = Order()
        found = columns.flow(boxes, pairs)
        for name, (x, y) in found.places.items():
            made.take(parts[name].moved(x, y))
        for pair, (start, end, height) in found.lanes.items():
            made.dots.update({e.key: ((start, height), (end, height)) for e in wires[pair]})
        return made, found.width, found.height

    def _group(self, key: str, tree: _Tree, edges: Sequence[Edge]) -> tuple[Order, Box]:
        inner, width, height = self._laid(key, tree, edges)
        pad, top = notes.PAD, notes.PAD + notes.HEAD
        made = inner.moved(pad, top)
        width, height = width + 2 * pad, height + top + pad
        made.groups[key] = (0.0, 0.0, width, height)
        first = min(made.places.values(), default=(0.0, top))
        return made, Box(width, height, anchor=first[1])


def _between(
    owner: Mapping[str, str], edges: Iterable[Edge]
) -> tuple[list[Pair], dict[Pair, list[Edge]]]:
    """Return the pairs of boxes that wires join, and those wires."""
    wires: dict[Pair, list[Edge]] = {}
    for edge in edges:
        pair = owner.get(edge.source, ""), owner.get(edge.target, "")
        if pair[0] != pair[1] and all(pair):
            wires.setdefault(pair, []).append(edge)
    return list(wires), wires


def settled(scope: Scope, made: Order) -> Project:
    """Return the project with an order in force; comments go along with the nearest node."""
    project, network = scope.project, scope.network
    result = scope.result(scope.graph, made.places)
    within = (e for e in scope.graph.edges if {e.source, e.target} <= made.places.keys())
    result = bends.led(result, network, {e.key: () for e in within} | made.dots)
    known = notes.of(project, network)
    changed = {
        key: known[key].but(x=x, y=y, width=w, height=h)
        for key, (x, y, w, h) in made.groups.items()
    }
    for key, note in known.items():
        nearest = _nearest(note, scope.places)
        if not note.group and nearest in made.places:
            (x, y), (to_x, to_y) = scope.places[nearest], made.places[nearest]
            changed[key] = note.but(x=note.x + to_x - x, y=note.y + to_y - y)
    return notes.changed(result, network, changed)


def _nearest(note: Note, places: Mapping[str, Place]) -> str:
    """Return the node beside which a comment stands; nothing if none is near."""
    best, nearest = _BESIDE, ""
    for node_id, (x, y) in places.items():
        across = max(note.x - x - WIDTH, x - note.x - note.width, 0.0)
        down = max(note.y - y - HEIGHT, y - note.y - note.height, 0.0)
        if across + down < best:
            best, nearest = across + down, node_id
    return nearest
