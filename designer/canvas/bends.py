"""The dots through which a wire is led, as pure edits of a project. They are part of the layout."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.graph import Edge, Graph
    from engine.project import Project

Place = tuple[float, float]
Dots = Mapping[str, tuple[Place, ...]]
"""The name of a wire -> the dots through which it runs, from its source on."""
NONE: Dots = MappingProxyType({})


def of(project: Project, network: str) -> Dots:
    """Return the dots of a network's wires."""
    return project.layout.bends.get(network, {})


def put(project: Project, network: str, edge: Edge, dots: Sequence[Place]) -> Project:
    """Return the project with a wire led through these dots, from its source on."""
    known = dict(of(project, network))
    known.pop(edge.key, None)
    if dots:
        known[edge.key] = tuple(dots)
    return _with(project, network, known)


def within(project: Project, network: str, graph: Graph) -> Dots:
    """Return the dots of those wires that some of a network's nodes have between them."""
    known = of(project, network)
    return {edge.key: known[edge.key] for edge in graph.edges if edge.key in known}


def taken_along(project: Project, network: str, inner: str) -> Project:
    """Return the project with the dots of wires that went into a network of their own there too."""
    dots = within(project, network, project.networks[inner])
    return led(led(project, inner, dots), network, dict.fromkeys(dots, ()))


def led(project: Project, network: str, dots: Mapping[str, Sequence[Place]]) -> Project:
    """Return the project with wires, by their names, led through these dots or straight."""
    known = of(project, network)
    kept = {name: held for name, held in known.items() if name not in dots}
    kept |= {name: tuple(new) for name, new in dots.items() if new}
    return project if kept == known else _with(project, network, kept)


def followed(
    project: Project,
    network: str,
    graph: Graph,
    before: Mapping[str, Place],
    after: Mapping[str, Place],
) -> Project:
    """Return the project with its dots where they belong once nodes have moved.

    The dots of a wire both of whose ends moved alike move too; where they moved apart, as when
    the layout is made anew, and where the wire is gone, they go.
    """
    known = of(project, network)
    if not known:
        return project
    kept: dict[str, tuple[Place, ...]] = {}
    for edge in graph.edges:
        dots = known.get(edge.key)
        if dots is None:
            continue
        first, second = (_shift(i, before, after) for i in (edge.source, edge.target))
        if first == second:
            kept[edge.key] = tuple((x + first[0], y + first[1]) for x, y in dots)
        elif (0.0, 0.0) in (first, second):
            kept[edge.key] = dots
    return project if kept == known else _with(project, network, kept)


def _shift(node_id: str, before: Mapping[str, Place], after: Mapping[str, Place]) -> Place:
    old, new = before.get(node_id), after.get(node_id)
    if old is None or new is None:
        return 0.0, 0.0
    return new[0] - old[0], new[1] - old[1]


def _with(project: Project, network: str, dots: Mapping[str, tuple[Place, ...]]) -> Project:
    return project.but(layout=project.layout.held(network, bends=dots))
