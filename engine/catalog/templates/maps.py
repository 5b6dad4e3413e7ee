"""Templates of special layers: maps, capsules, differential equations. Words only."""

from __future__ import annotations

from engine.catalog.spec import TemplateSpec

SOM_DIGITS = TemplateSpec(
    id="som-digits",
    title="Map of the digits",
    group="Special layers",
    summary="A self-organising map lays digits out on a grid by likeness, without being told them.",
    data="digits",
    keywords=("som", "kohonen", "clustering", "unsupervised", "u-matrix"),
)
CAPSULES_MNIST = TemplateSpec(
    id="capsules-mnist",
    title="Capsules read digits",
    group="Special layers",
    summary="Vectors agree on what a digit is by dynamic routing, and redraw it from their answer.",
    data="mnist",
    keywords=("capsnet", "dynamic routing", "reconstruction", "images"),
)
NEURAL_ODE_SPIRALS = TemplateSpec(
    id="neural-ode-spirals",
    title="Spirals flow apart",
    group="Special layers",
    summary="Points drift along a learned differential equation until a line can part two spirals.",
    data="spirals",
    keywords=("neural ode", "continuous", "differential equation", "flow"),
)
