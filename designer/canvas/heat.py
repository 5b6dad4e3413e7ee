"""Figures of a run on the canvas: each node in the colour of its own, each wire in its gradient's.

Only what is in view and has changed is drawn anew: colours come in steps, so most of them rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.canvas.geometry import WIDTH
from designer.livevalues import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QRectF

    from designer.canvas.scene import CanvasScene
    from designer.livevalues import Live

STEPS = 16
"""Steps of colour between the coldest and the hottest."""


def level(heat: float | None) -> float | None:
    """Return a heat rounded to a step of colour."""
    return None if heat is None else round(heat * STEPS) / STEPS


class Board:
    """What all nodes and wires of a scene are to show; items read it when they are drawn."""

    def __init__(self) -> None:
        self.values: Mapping[str, Live] = {}
        self.flows: dict[str, float | None] = {}
        self.dry: frozenset[str] = frozenset()
        self.shown: tuple[dict[str, float | None], frozenset[str]] | None = None
        """Flows and ends without one that all wires show by now; None when a wire is new."""

    def heats(self) -> Mapping[str, float]:
        """Return the heat of everything that has one."""
        if isinstance(self.values, Shown):
            return self.values.heats()
        return {name: heat for name, (_, heat) in self.values.items() if heat is not None}


def show(
    scene: CanvasScene,
    values: Mapping[str, Live],
    flows: Mapping[str, float] | None = None,
    seen: QRectF | None = None,
    dry: frozenset[str] = frozenset(),
) -> None:
    """Show these figures and no others.

    Parameters
    ----------
    values
        Node id -> (text, heat from 0 to 1 or None); `id#2` is the third copy of a repeat.
    flows
        Node id -> heat of the gradient that comes back through the wires from it.
    seen
        What is in view; the rest is drawn when it comes into view (`refresh`). None: everything.
    dry
        Nodes that no gradient comes back from, such as displays.
    """
    put(scene, values, flows, dry)
    refresh(scene, seen)


def put(
    scene: CanvasScene,
    values: Mapping[str, Live],
    flows: Mapping[str, float] | None = None,
    dry: frozenset[str] = frozenset(),
) -> None:
    """Set what is to be shown, and draw nothing yet."""
    scene.board.values = values
    scene.board.flows = {node: level(heat) for node, heat in (flows or {}).items()}
    scene.board.dry = dry


def refresh(scene: CanvasScene, seen: QRectF | None = None) -> None:
    """Draw what is in view and has changed; None is everything."""
    nodes = scene.nodes
    for node_id in nodes if seen is None else _near(scene, seen):
        nodes[node_id].show_live()
    flows, dry = scene.board.flows, scene.board.dry
    if scene.board.shown == (flows, dry):
        return
    scene.board.shown = flows, dry
    for wire in scene.wires.values():
        flow = None if wire.edge.target in dry else flows.get(wire.edge.source)
        if flow != wire.flow:
            wire.set_flow(flow)


def _near(scene: CanvasScene, seen: QRectF) -> list[str]:
    """Return the nodes that may be in view; cheaper than to ask the scene's index."""
    left, right, top, bottom = seen.left() - WIDTH, seen.right(), seen.top(), seen.bottom()
    near = ((i, y) for i, (x, y) in scene.places.items() if left <= x <= right and y <= bottom)
    nodes = scene.nodes
    return [i for i, y in near if y >= top or y + nodes[i].outline.height >= top]
