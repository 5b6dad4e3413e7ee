"""The one figure that each node shows on the canvas while the network trains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from designer.monitor.axes import figure

if TYPE_CHECKING:
    from designer.monitor.history import History

Live: TypeAlias = "dict[str, tuple[str, float | None]]"

DECADES = 4.0
"""From coldest to hottest: a hundredth to a hundred times the typical gradient."""


def live_figures(history: History) -> Live:
    """Return a text and a heat from 0 to 1 by the address of the node.

    A layer that learns shows its gradient norm; 0.5 is the typical layer's of its phase, 0 a
    hundredth of it or less, 1 a hundred times or more. Any other shows how much of its output is
    zero, or its spread.
    """
    result: Live = {}
    for nodes, seen in history.latest_activations.items():
        for index, node in enumerate(nodes):
            dead = float(seen.dead[index])
            words = f"{dead:.0%} zero" if dead >= 0.005 else f"σ {figure(float(seen.std[index]))}"
            result[node] = (words, dead if dead >= 0.005 else None)
    for nodes, norms in history.latest_norms.items():
        grad = np.asarray(norms.grad, float)
        good = grad[np.isfinite(grad) & (grad > 0)]
        typical = float(np.median(good)) if len(good) else 1.0
        for node, norm in zip(nodes, grad.tolist(), strict=True):
            result[node] = (f"∇ {figure(norm)}", heat(norm, typical))
    return result


def heat(norm: float, typical: float) -> float:
    """Return how hot a gradient norm is, from 0 to 1, beside the typical layer's."""
    if not math.isfinite(norm):
        return 1.0
    if norm <= 0:
        return 0.0
    return min(1.0, max(0.0, 0.5 + math.log10(norm / typical) / DECADES))
