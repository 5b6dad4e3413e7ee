"""Where nodes stand: a layered arrangement from left to right, and places for new ones."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from designer.canvas import columns, geometry
from designer.canvas.columns import Box
from designer.canvas.geometry import GAP_X, GAP_Y, HEIGHT, WIDTH, snapped
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph, Node

Places = dict[str, tuple[float, float]]
PITCH_X = WIDTH + GAP_X
_FAR = 1e6
_FOLLOWERS = {"activation", "normalization", "pooling"}
"""Groups of layers that belong to the one before them."""


def node_height(node: Node, networks: Mapping[str, Graph]) -> float:
    """Return the height of a node's body."""
    return outline_of(node, networks).height


def outline_of(node: Node, networks: Mapping[str, Graph]) -> geometry.Outline:
    """Return the body of a node and its ports."""
    found = geometry.ports(node, networks)
    return geometry.outline(found.inputs, found.outputs)


def places(
    graph: Graph,
    known: Mapping[str, tuple[float, float]],
    networks: Mapping[str, Graph] | None = None,
) -> Places:
    """Return a place for every node: the known one, or one beside its neighbours.

    A graph of which no node has a place is arranged as a whole. `networks` are those that its
    nodes may place.
    """
    missing = [i for i in graph.nodes if i not in known]
    if graph.nodes and len(missing) == len(graph.nodes):
        return arrange(graph, list(graph.nodes), networks=networks)
    result = {i: _near(known[i]) for i in graph.nodes if i in known}
    if missing:
        heights = {i: node_height(n, networks or {}) for i, n in graph.nodes.items()}
        _fill(graph, missing, result, heights)
    return result


def _near(place: tuple[float, float]) -> tuple[float, float]:
    """Return a place that a canvas can reach."""
    x, y = place
    if -_FAR <= x <= _FAR and -_FAR <= y <= _FAR:
        return place
    return min(max(x, -_FAR), _FAR), min(max(y, -_FAR), _FAR)


def _fill(graph: Graph, missing: list[str], result: Places, heights: Mapping[str, float]) -> None:
    before: defaultdict[str, list[str]] = defaultdict(list)
    after: defaultdict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    for node_id in missing:
        sources = [result[i] for i in before[node_id] if i in result]
        targets = [result[i] for i in after[node_id] if i in result]
        if sources:
            x, y = max(x for x, _ in sources) + PITCH_X, min(y for _, y in sources)
        elif targets:
            x, y = min(x for x, _ in targets) - PITCH_X, min(y for _, y in targets)
        else:
            x = min((x for x, _ in result.values()), default=0.0)
            y = max((y + heights[i] for i, (_, y) in result.items()), default=HEIGHT) + GAP_Y
        taken = ((*place, heights[i]) for i, place in result.items())
        result[node_id] = _free(taken, x, y, heights[node_id])


def free_place(
    taken: Iterable[tuple[float, float]], x: float, y: float, height: float = HEIGHT
) -> tuple[float, float]:
    """Return the place nearest below (x, y) where a node covers no other of the usual height."""
    return _free(((*place, HEIGHT) for place in taken), x, y, height)


def _free(
    taken: Iterable[tuple[float, float, float]], x: float, y: float, height: float
) -> tuple[float, float]:
    """Return a free place among nodes of which corner and height are given."""
    x, y = snapped(x, y)
    rivals = sorted((py, tall) for px, py, tall in taken if abs(px - x) < WIDTH + 16)
    for other, tall in rivals:
        if other < y + height + 16 and y < other + tall + 16:
            y = snapped(x, other + tall + GAP_Y)[1]
    return x, y


def behind(
    graph: Graph,
    where: Mapping[str, tuple[float, float]],
    node_id: str,
    networks: Mapping[str, Graph] | None = None,
) -> tuple[float, float]:
    """Return a free place to the right of a node."""
    x, y = where[node_id]
    here = {i: node for i, node in graph.nodes.items() if i in where}
    taken = ((*where[i], node_height(node, networks or {})) for i, node in here.items())
    return _free(taken, x + PITCH_X, y, HEIGHT)


def arrange(
    graph: Graph,
    node_ids: list[str],
    origin: tuple[float, float] = (0.0, 0.0),
    networks: Mapping[str, Graph] | None = None,
) -> Places:
    """Return a layered arrangement of some nodes, data flowing to the right, from `origin` on.

    A flow of many layers goes on in rows below each other.
    """
    chosen = {i: graph.nodes[i] for i in node_ids}
    boxes = {i: box(node, networks or {}) for i, node in chosen.items()}
    pairs = dict.fromkeys(
        (e.source, e.target) for e in graph.edges if e.source in chosen and e.target in chosen
    )
    made = columns.flow(boxes, list(pairs))
    return {i: snapped(x + origin[0], y + origin[1]) for i, (x, y) in made.places.items()}


def box(node: Node, networks: Mapping[str, Graph]) -> Box:
    """Return the room that a node takes in a column."""
    spec = registry.node(node.spec)
    follows = spec is not None and spec.group.lower() in _FOLLOWERS
    return Box(WIDTH, node_height(node, networks), follows=follows)
