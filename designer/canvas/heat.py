"""Figures of a run on the canvas: each node in the colour of its own, each wire in its gradient's.

Only what changed is drawn anew: colours come in steps, so that most of them rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from designer.canvas.node_item import Live
    from designer.canvas.scene import CanvasScene

STEPS = 24
"""Steps of colour between the coldest and the hottest."""


def level(heat: float | None) -> float | None:
    """Return a heat rounded to a step of colour."""
    return None if heat is None else round(heat * STEPS) / STEPS


def show(
    scene: CanvasScene, values: Mapping[str, Live], flows: Mapping[str, float] | None = None
) -> None:
    """Show these figures and no others.

    Parameters
    ----------
    values
        Node id -> (text, heat from 0 to 1 or None); `id#2` is the third copy of a repeat.
    flows
        Node id -> heat of the gradient that comes back through the wires from it.
    """
    copies: dict[str, dict[int, Live]] = {}
    for name, live in values.items():
        bare, _, copy = name.partition("#")
        if copy:
            copies.setdefault(bare, {})[int(copy)] = live
    for node_id, item in scene.nodes.items():
        item.set_live(values.get(node_id))
        if item.copies_live or node_id in copies:
            item.set_copies_live(copies.get(node_id, {}))
    known = flows or {}
    for wire in scene.wires.values():
        wire.set_flow(level(known.get(wire.edge.source)))
