"""Edits of a project that recipes are made of: one layer for another, a layer behind another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import slug
from engine.networks import placed
from engine.shapes import analyse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from engine.analysis import Analysis, NodeInfo
    from engine.catalog.spec import Field
    from engine.graph import Graph
    from engine.project import Project

_COLUMN = 180.0
"""How far what lies behind moves for a new layer, in pixels at 100 %."""


class RecipeError(ValueError):
    """The recipe does not suit the project. One sentence."""


def single_phase(project: Project) -> str:
    """Return the key of the network that is trained; RecipeError if there are several phases."""
    count = len(project.training.phases)
    if count != 1:
        raise RecipeError(
            f"A recipe is for a project that trains in one phase; this one has {count}. "
            "Set its phases one by one."
        )
    return project.phase.network


def reached(project: Project, root: str) -> list[str]:
    """Return the keys of a network and of those placed in it at any depth."""
    found: list[str] = []
    waiting = [root]
    while waiting:
        key = waiting.pop(0)
        if key in found or key not in project.networks:
            continue
        found.append(key)
        waiting += [inner for n in project.networks[key].nodes.values() if (inner := placed(n))]
    return found


def known(
    project: Project, fields: Mapping[str, Field], root: str
) -> dict[tuple[str, str], NodeInfo]:
    """Return what flows through each node of a network and of those in it: (network, node)."""
    found: dict[tuple[str, str], NodeInfo] = {}

    def walk(key: str, analysis: Analysis) -> None:
        graph = project.networks.get(key)
        for node_id, info in analysis.nodes.items():
            found.setdefault((key, node_id), info)
            node = graph.nodes.get(node_id) if graph else None
            inner = placed(node) if node is not None else ""
            if inner and info.copies:
                walk(inner, info.copies[0])

    walk(root, analyse(project.networks[root], project.scope(fields)))
    return found


def followers(graph: Graph, node_id: str) -> list[str]:
    """Return the nodes a node's outputs are wired to."""
    return [edge.target for edge in graph.edges if edge.source == node_id]


def hidden(graph: Graph, node_id: str, *, inner: bool) -> bool:
    """Return whether something that learns lies behind a node before any loss.

    In a network placed in others (`inner`), an Output leads on to layers outside.
    """
    for key in graph.downstream(node_id):
        node = graph.nodes[key]
        entry = registry.node(node.spec)
        if entry is None or isinstance(entry, LossSpec):
            continue
        if entry.initialize or placed(node) or (inner and node.spec == "output"):
            return True
    return False


def nodes(
    project: Project, keys: Iterable[str], specs: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Return (network, node) of all nodes that are of these entries."""
    for key in keys:
        for node in project.networks[key].nodes.values():
            if node.spec in specs:
                yield key, node.id


def swap(project: Project, key: str, node_id: str, spec_id: str, **params: Any) -> Project:
    """Return the project with one layer of another kind; a name made of the old kind follows."""
    graph = project.networks[key]
    node = graph.nodes[node_id]
    old, new = registry.node(node.spec), registry.node(spec_id)
    assert new is not None
    changes: dict[str, Any] = {"spec": spec_id, "params": params}
    number = re.fullmatch(rf"{slug(old.title)}(_?\d+)?", slug(node.name)) if old else None
    if number is not None:
        tail = re.search(r"[_ ]?\d+$", node.name) if number.group(1) else None
        base = new.title if node.name[:1].isupper() else slug(new.title)
        changes["name"] = base + (tail.group() if tail else "")
    return project.with_graph(graph.change(node_id, **changes), key)


def insert_behind(project: Project, key: str, node_id: str, spec_id: str, **params: Any) -> Project:
    """Return the project with a new layer behind another, which takes over all its wires."""
    graph = project.networks[key]
    entry = registry.node(spec_id)
    assert entry is not None
    first = min((e.target for e in graph.edges if e.source == node_id), default="")
    behind = {first, *graph.downstream(first)} if first else set[str]()
    title = entry.title if graph.nodes[node_id].name[:1].isupper() else slug(entry.title)
    outgoing = [edge for edge in graph.edges if edge.source == node_id]
    graph, made = graph.add(spec_id, name=title, **params)
    rest = tuple(e.but(source=made, source_port="out") if e in outgoing else e for e in graph.edges)
    graph = graph.but(edges=rest).connect(node_id, made)
    return _make_room(project.with_graph(graph, key), key, made, first, behind)


def _make_room(project: Project, key: str, made: str, first: str, behind: set[str]) -> Project:
    """Return the project with a new node where the next one stood, and what follows moved on."""
    standing = project.layout.positions.get(key, {})
    if first not in standing:
        return project
    x, y = standing[first]
    # Only what stands in the same row moves: a chain that is folded keeps its other rows.
    moved = {
        node: (left + _COLUMN, top)
        for node, (left, top) in standing.items()
        if node in behind and abs(top - y) < 60 and left >= x
    }
    return project.place({**moved, made: (x, y)}, key)


def remove(project: Project, key: str, node_ids: Iterable[str]) -> Project:
    """Return the project without these layers; wires heal."""
    return project.with_graph(project.networks[key].remove(node_ids, heal=True), key)


def plain_initializers(project: Project, keys: Iterable[str]) -> Project:
    """Return the project in which every layer starts as its network says."""
    for key in keys:
        graph = project.networks[key]
        for node in graph.nodes.values():
            entry = registry.node(node.spec)
            if entry is not None and entry.initialize and node.initializer:
                graph = graph.change(node.id, initializer="", initializer_params={})
        project = project.with_graph(graph, key)
    return project
