"""Networks as the classes a person would have written, for exported code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import emit
from engine.catalog import registry
from engine.initial import initial_weights, initializer_call
from engine.plan import blueprint, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import Field
    from engine.graph import Graph
    from engine.scope import Scope


def init_lines(
    graph: Graph, scope: Scope | Mapping[str, Field], default: str, network: str = "network"
) -> list[str]:
    """Return the statements of `initialize` as exported code writes them."""
    made = blueprint({"main": graph}, scope)
    return [
        initializer_call(chosen, f"{network}.{emit.attribute(step.home)}.{name}")
        for step, name, chosen in initial_weights(made.modules, default)
    ]


def class_source(graph: Graph, scope: Scope | Mapping[str, Field]) -> str:
    """Return the network as a class a person would have written.

    `forward` returns what `Network.forward` returns; `losses` returns
    `(total loss, losses, predictions)` as `Network.train_forward` does.
    """
    made = plan(graph, scope)
    inputs = ", ".join(made.variables[f] for f in made.input_fields)
    arguments = ", ".join(made.variables[f] for f in made.fields)
    text = ["class Network(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    text += [
        f"        self.{s.name} = {emit.constructor(s.spec.target, s.arguments())}"
        for s in made.steps
        if s.has_module
    ]
    body = [x for s in made.needed(made.results) for x in s.body(f"self.{s.name}")]
    text += ["", f"    def forward(self, {inputs}):", *(f"        {x}" for x in body)]
    text += [f"        return {', '.join(made.results)}"]
    text += ["", f"    def losses(self, {arguments}):"]
    if made.results == made.predictions:
        text += [f"        {', '.join(made.results)} = self({inputs})"]
        rest = made.loss_steps
    else:
        rest = list(made.steps)
    text += [f"        {x}" for s in rest for x in s.body(f"self.{s.name}")]
    values = "".join(f"{s.outputs['out']}, " for s in made.loss_steps)
    predictions = "".join(f"{p}, " for p in made.predictions)
    text += [f"        return {made.total()}, ({values.rstrip()}), ({predictions.rstrip()})"]
    return "\n".join(text)


def carried(graph: Graph, scope: Scope | Mapping[str, Field], default: str = "auto") -> list[str]:
    """Return the dotted names of our own modules and initializers that exported code must carry."""
    made = blueprint({"main": graph}, scope)
    targets = [s.spec.target for plan_ in made.plans.values() for s in plan_.steps]
    targets += [
        registry.initializer(c).target
        for _, _, c in initial_weights(made.modules, default)
        if c != "bias"
    ]
    return list(dict.fromkeys(t for t in targets if t.startswith("engine.")))
