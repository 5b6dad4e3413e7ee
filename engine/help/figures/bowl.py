"""Paths of optimizers down a bowl f = ½(a·θ₁² + b·θ₂²), taken by the optimizers themselves."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

from engine.catalog import registry
from engine.help.drawing import Plot, Series, curve
from engine.help.figures.apart import numbers
from engine.project import Choice
from engine.train.optimizers import make_optimizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import OptimizerSpec
    from engine.help.drawing import Picture

STEEP = (1.0, 12.0)
"""The bowl's a and b: twelve times as steep across as along."""
START = (-2.0, 1.0)
STEPS = 40
_RATES = tuple(10 ** (-3 + i / 3) for i in range(11))
BESIDE = ("sgd", "rmsprop", "adam")
"""Whose paths are shown beside an optimizer's own."""
_WIDE = 2.6


def height(x: float, y: float) -> float:
    """Return the height of the bowl at a place."""
    return 0.5 * (STEEP[0] * x * x + STEEP[1] * y * y)


def walk(spec_id: str, params: Mapping[str, Any], steps: int = STEPS) -> list[tuple[float, float]]:
    """Return the places an optimizer passes from the start on, the start first."""
    place = torch.nn.Parameter(torch.tensor([START]))
    steep = torch.tensor([STEEP])
    optimizer: Any = make_optimizer(Choice(id=spec_id, params=dict(params)), [place])

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        with torch.enable_grad():
            value = 0.5 * (steep * place.square()).sum()
            value.backward()
        return value

    path = [START]
    for _ in range(steps):
        optimizer.step(closure)
        x, y = numbers(place)
        if not (math.isfinite(x) and math.isfinite(y)):
            break
        path.append((x, y))
    return path


def best(spec_id: str, params: Mapping[str, Any]) -> tuple[float, list[tuple[float, float]]]:
    """Return the learning rate, of eleven from 0.001 to 2, that gets lowest, and its path."""
    key = tuple((k, v) for k, v in sorted(params.items()) if k != "lr")
    return _best(spec_id, repr(key), key)


@lru_cache(maxsize=64)
def _best(
    spec_id: str, _text: str, items: tuple[tuple[str, Any], ...]
) -> tuple[float, list[tuple[float, float]]]:
    found: list[tuple[float, float, list[tuple[float, float]]]] = []
    for lr in _RATES:
        path = walk(spec_id, {**dict(items), "lr": lr})
        # What counts is how low the last steps lie, not one lucky pass over the middle.
        worst = max(height(*place) for place in path[-5:])
        if len(path) == STEPS + 1:
            found.append((worst, lr, path))
    if not found:
        return _RATES[0], [START]
    _, lr, path = min(found, key=lambda row: row[0])
    return lr, path


def optimizer(spec: OptimizerSpec) -> list[Picture]:
    """Return the path of an optimizer with its defaults, beside those of the usual ones."""
    return [paths(spec.id, {})]


def paths(spec_id: str, params: Mapping[str, Any]) -> Plot:
    """Return the path of an optimizer with these settings on the bowl, beside the usual ones.

    Each has the learning rate that brings it lowest in these steps, so that what differs is the
    way it goes.
    """
    others = [name for name in BESIDE if name != spec_id]
    lr, path = best(spec_id, params)
    series = _levels()
    for name, places in [(spec_id, path)] + [(n, best(n, {})[1]) for n in others]:
        title = registry.optimizer(name).title
        kept = [(x, y) for x, y in places if abs(x) <= 3 * _WIDE and abs(y) <= _WIDE]
        series.append(curve(title, [x for x, _ in kept], [y for _, y in kept], "path"))
    end = height(*path[-1])
    return Plot(
        title=f"{STEPS} steps down a bowl, {STEEP[1]:g} times as steep across",
        series=tuple(series),
        x_label="θ₁",
        y_label="θ₂",
        caption=f"From height {height(*START):.3g} to {end:.2g} at η = {lr:.2g}; each at the "
        "learning rate, of eleven tried, that brings it lowest.",
    )


def _levels() -> list[Series]:
    found: list[Series] = []
    for level in (0.1, 1.0, 3.0, 8.0):
        reach = math.sqrt(2 * level / STEEP[0]), math.sqrt(2 * level / STEEP[1])
        turns = [2 * math.pi * i / 60 for i in range(61)]
        ring = [(reach[0] * math.cos(t), reach[1] * math.sin(t)) for t in turns]
        kept = [(x, y) for x, y in ring if abs(x) <= _WIDE]
        for side in (1, -1):
            half = [(x, y) for x, y in kept if y * side >= -1e-9]
            half.sort()
            found.append(curve("", [x for x, _ in half], [y for _, y in half], "faint"))
    return found
