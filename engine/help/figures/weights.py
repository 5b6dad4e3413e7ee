"""What an initializer draws, and what becomes of a signal in a deep chain of such layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.help.drawing import Plot, curve
from engine.help.figures.apart import OwnRandomness, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import InitializerSpec
    from engine.help.drawing import Picture, Series

_FAN_IN, _FAN_OUT = 256, 256
_BARS = 31
_DEPTH = 12
_CHAINS = {"ReLU": torch.relu, "tanh": torch.tanh, "SELU": torch.selu}
LSUV = "lsuv"
"""The one that scales each layer by what it puts out on data."""
_AUTO = {"ReLU": "he_normal", "tanh": "glorot_uniform", "SELU": "lecun_normal"}
"""What the automatic choice takes in front of each."""


def initializer(spec: InitializerSpec) -> list[Picture]:
    """Return the histogram of a layer's weights, and the signal's deviation layer by layer."""
    try:
        with OwnRandomness():
            if spec.id == "auto":
                return [_chain({name: registry.initializer(i) for name, i in _AUTO.items()})]
            chain = _chain(dict.fromkeys(_CHAINS, spec))
            return [chain] if spec.id == LSUV else [_histogram(spec), chain]
    except (RuntimeError, ValueError, TypeError):
        return []


def _draw(spec: InitializerSpec, rows: int, columns: int) -> torch.Tensor:
    if not spec.target:
        return torch.nn.Linear(columns, rows).weight.detach()
    weight = torch.empty(rows, columns)
    with torch.no_grad():
        load_target(spec.target)(weight, **spec.arguments({}))
    return weight


def _histogram(spec: InitializerSpec) -> Plot:
    weight = _draw(spec, _FAN_OUT, _FAN_IN)
    reach = max(float(weight.abs().max()), 1e-3)
    counts = torch.histc(weight, _BARS, -reach, reach) / weight.numel()
    centres = [reach * (2 * (i + 0.5) / _BARS - 1) for i in range(_BARS)]
    variance = float(weight.var())
    return Plot(
        title=f"Weights of a layer, {_FAN_IN} in and {_FAN_OUT} out",
        series=(curve("share of the weights", centres, numbers(counts), "bars"),),
        x_label="weight",
        caption=f"Variance {variance:.3g}, deviation {variance**0.5:.3g}; drawn as in a run.",
    )


def _chain(specs: Mapping[str, InitializerSpec]) -> Plot:
    signal = torch.randn(256, _FAN_IN)
    series: list[Series] = []
    for name, act in _CHAINS.items():
        x = signal
        deviations = [1.0]
        for _ in range(_DEPTH):
            z = x @ _draw(specs[name], _FAN_IN, _FAN_IN).T
            x = act(z / z.std() if specs[name].id == LSUV else z)
            deviations.append(min(float(x.square().mean().sqrt()), 4.0))
        series.append(curve(name, [float(i) for i in range(_DEPTH + 1)], deviations))
    return Plot(
        title=f"Size of the signal through {_DEPTH} layers",
        series=tuple(series),
        x_label="layer",
        y_label="root mean square",
        caption="Flat is good; cut off at 4. Standardised inputs, 256 units a layer, no bias.",
    )
