"""Where things stand on the canvas when nodes come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.project import Project

Spots = dict[str, tuple[float, float]]
"""Node -> (x, y)."""

STEP_X, STEP_Y = 288.0, 160.0
"""Distance between nodes that are put side by side, or one above the other."""


def centre(where: Spots, nodes: Collection[str]) -> tuple[float, float]:
    """Return the middle of the rectangle around some nodes."""
    xs = [where.get(node, (0.0, 0.0))[0] for node in nodes]
    ys = [where.get(node, (0.0, 0.0))[1] for node in nodes]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def without_positions(project: Project, network: str, nodes: Collection[str]) -> Project:
    """Return the project with the spots of nodes that are gone forgotten."""
    known = project.layout.positions.get(network)
    if known is None:
        return project
    kept = {k: xy for k, xy in known.items() if k not in nodes}
    positions = {**project.layout.positions, network: kept}
    return project.but(layout=project.layout.but(positions=positions))
