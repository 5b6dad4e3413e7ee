"""Where nodes stand: a layered arrangement from left to right, and places for new ones."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, cast

from designer.canvas import geometry
from designer.canvas.geometry import GAP_X, GAP_Y, HEIGHT, WIDTH, snapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph, Node

Places = dict[str, tuple[float, float]]
PITCH_X = WIDTH + GAP_X
_FAR = 1e6


def node_height(node: Node, networks: Mapping[str, Graph]) -> float:
    """Return the height of a node's body."""
    found = geometry.ports(node, networks)
    return geometry.outline(found.inputs, found.outputs).height


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
        _fill(graph, missing, result)
    return result


def _near(place: tuple[float, float]) -> tuple[float, float]:
    """Return a place that a canvas can reach."""
    x, y = place
    return min(max(x, -_FAR), _FAR), min(max(y, -_FAR), _FAR)


def _fill(graph: Graph, missing: list[str], result: Places) -> None:
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
            y = max((y for _, y in result.values()), default=0.0) + HEIGHT + GAP_Y
        result[node_id] = free_place(result.values(), x, y)


def free_place(
    taken: Iterable[tuple[float, float]], x: float, y: float, height: float = HEIGHT
) -> tuple[float, float]:
    """Return the place nearest below (x, y) where a node covers no other."""
    x, y = snapped(x, y)
    rivals = sorted(py for px, py in taken if abs(px - x) < WIDTH + 16)
    for other in rivals:
        if other < y + height + 16 and y < other + HEIGHT + 16:
            y = snapped(x, other + HEIGHT + GAP_Y)[1]
    return x, y


def behind(
    graph: Graph, where: Mapping[str, tuple[float, float]], node_id: str
) -> tuple[float, float]:
    """Return a free place to the right of a node."""
    x, y = where[node_id]
    return free_place((p for i, p in where.items() if i in graph.nodes), x + PITCH_X, y)


def arrange(
    graph: Graph,
    node_ids: list[str],
    origin: tuple[float, float] = (0.0, 0.0),
    networks: Mapping[str, Graph] | None = None,
) -> Places:
    """Return a layered arrangement of some nodes, data flowing to the right, from `origin` on.

    Layers and their order come from fast-sugiyama (Sugiyama, Tagawa, Toda 1981); parts that no wire
    joins stand below each other, and nodes without a wire stand in rows at the end.
    """
    chosen = set(node_ids)
    edges = list(
        dict.fromkeys((e.source, e.target) for e in graph.edges if {e.source, e.target} <= chosen)
    )
    placed: Places = {}
    top = 0.0
    for component in _components(edges):
        heights = {i: node_height(graph.nodes[i], networks or {}) for i in component}
        bottom = top
        for node_id, (column, row) in _apart(component, heights).items():
            placed[node_id] = (column * PITCH_X, top + row)
            bottom = max(bottom, top + row + heights[node_id])
        top = bottom + GAP_Y
    alone = [i for i in node_ids if i not in placed]
    columns = max(1, math.ceil(math.sqrt(len(alone))))
    for number, node_id in enumerate(alone):
        row, column = divmod(number, columns)
        placed[node_id] = (column * PITCH_X, top + row * (HEIGHT + 28 + GAP_Y))
    return {i: snapped(x + origin[0], y + origin[1]) for i, (x, y) in placed.items()}


def _apart(
    component: Mapping[str, tuple[int, float]], heights: Mapping[str, float]
) -> dict[str, tuple[int, float]]:
    """Return the same places, moved down where a tall node would cover the next of its layer."""
    result: dict[str, tuple[int, float]] = {}
    ends: dict[int, float] = {}
    for node_id, (column, row) in sorted(component.items(), key=lambda item: item[1]):
        y = max(row, ends.get(column, row))
        result[node_id] = (column, y)
        ends[column] = y + heights[node_id] + GAP_Y / 2
    return result


def _components(edges: list[tuple[str, str]]) -> list[dict[str, tuple[int, float]]]:
    """Return, for each part that hangs together, node -> (layer, distance from the part's top)."""
    if not edges:
        return []
    import fast_sugiyama

    pitch = HEIGHT + 28 + GAP_Y
    names = list(dict.fromkeys(node_id for edge in edges for node_id in edge))
    number = {node_id: i for i, node_id in enumerate(names)}
    result: list[dict[str, tuple[int, float]]] = []
    numbered = [(number[a], number[b]) for a, b in edges]
    for found in fast_sugiyama.from_edges(numbered, vertex_spacing=pitch):
        # Numbers past the nodes' are waypoints of long wires.
        drawn = {
            names[int(i)]: (float(xy[0]), float(xy[1]))
            for i, xy in cast("Iterable[tuple[int, tuple[float, float]]]", found[0])
            if int(i) < len(names)
        }
        levels = sorted({round(y, 3) for _, y in drawn.values()}, reverse=True)
        layer = {y: i for i, y in enumerate(levels)}
        least = min(x for x, _ in drawn.values())
        result.append({i: (layer[round(y, 3)], x - least) for i, (x, y) in drawn.items()})
    return sorted(result, key=len, reverse=True)
