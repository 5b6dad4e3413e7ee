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
    """Return a text and a heat from 0 to 1 by node id.

    A layer that learns shows its gradient norm; 0.5 is the typical layer's, 0 a hundredth of it or
    less, 1 a hundred times or more. Any other shows how much of its output is zero, or its spread.
    """
    result: Live = {}
    seen = history.latest_activations
    if seen is not None:
        for index, node in enumerate(seen.nodes):
            dead = float(seen.dead[index])
            words = f"{dead:.0%} zero" if dead >= 0.005 else f"σ {figure(float(seen.std[index]))}"
            result[node] = (words, dead if dead >= 0.005 else None)
    norms = history.latest_norms
    if norms is not None and len(norms.grad):
        grad = np.asarray(norms.grad, float)
        good = grad[np.isfinite(grad) & (grad > 0)]
        typical = float(np.median(good)) if len(good) else 1.0
        for node, norm in zip(norms.names, grad.tolist(), strict=True):
            result[node] = (f"∇ {figure(norm)}", _heat(norm, typical))
    return result


def _heat(norm: float, typical: float) -> float:
    if not math.isfinite(norm):
        return 1.0
    if norm <= 0:
        return 0.0
    return min(1.0, max(0.0, 0.5 + math.log10(norm / typical) / DECADES))
