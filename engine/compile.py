"""Graph -> `nn.Module` whose forward is generated source; the same network as readable Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from engine import emit
from engine.catalog.spec import load_target
from engine.plan import (
    CompileError,
    LossInfo,
    Plan,
    Step,
    apply_initializer,
    initial_weights,
    initializer_call,
    plan,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.catalog.spec import Field
    from engine.graph import Graph

__all__ = [
    "CompileError",
    "LossInfo",
    "Network",
    "Tap",
    "carried",
    "class_source",
    "compile_graph",
    "init_lines",
    "initialize",
]


@dataclass(frozen=True, slots=True)
class Tap:
    """A node whose output the tapped forward returns."""

    node: str
    name: str


class Network(nn.Module):
    """A compiled graph. Submodules carry the nodes' names, so keys read `conv1.weight`.

    `forward(*inputs)` returns the outputs; `train_forward(*fields)` returns
    `(total loss, losses, predictions)`; `tapped_forward(*fields)` adds the tapped nodes' outputs;
    `predict_forward(*fields)` returns the predictions the losses read. All are generated source
    with the submodules bound as locals.
    """

    train_forward: Callable[..., tuple[torch.Tensor, tuple[torch.Tensor, ...], tuple[Any, ...]]]
    tapped_forward: Callable[..., tuple[Any, ...]]
    predict_forward: Callable[..., tuple[torch.Tensor, ...]]

    def __init__(self, plan_: Plan) -> None:
        super().__init__()
        self._plan = plan_
        self.fields = plan_.fields
        self.input_fields = plan_.input_fields
        self.losses = plan_.losses
        layers = [s for s in plan_.steps if s not in plan_.loss_steps]
        self.taps = tuple(Tap(s.node.id, s.node.name) for s in layers)
        self.node_parameters: dict[str, list[tuple[str, nn.Parameter]]] = {}
        for step in plan_.steps:
            if step.has_module:
                module = load_target(step.spec.target)(**step.arguments())
                self.add_module(step.name, module)
                self.node_parameters[step.node.id] = list(module.named_parameters())
                if step.node.frozen:
                    module.requires_grad_(requires_grad=False)
        self.source = _source(plan_)
        self._bind()

    def forward(self, *inputs: torch.Tensor) -> Any:
        """Return the outputs for the input fields: a tensor if there is one, else a tuple."""
        return self._forward(*inputs)

    def _apply(self, fn: Any, recurse: bool = True) -> Network:
        super()._apply(fn, recurse)
        for step in self._plan.steps:
            if step.has_module:
                module = self.get_submodule(step.name)
                self.node_parameters[step.node.id] = list(module.named_parameters())
        self._bind()
        return self

    def _bind(self) -> None:
        """Run the generated source with the modules of now."""
        scope: dict[str, Any] = {"torch": torch, "nn": nn, "linear": functional.linear}
        bound: dict[str, Any] = {}
        for step in self._plan.steps:
            if not step.has_module:
                continue
            module = self.get_submodule(step.name)
            if type(module) is nn.Linear:
                bound[f"w_{step.name}"] = module.weight
                bound[f"b_{step.name}"] = module.bias
            bound[f"m_{step.name}"] = module if next(module.children(), None) else module.forward
        exec(compile(self.source, "<network>", "exec"), scope)
        made = scope["make"](**{k: v for k, v in bound.items() if k in scope["needs"]})
        self._forward, self.train_forward, self.tapped_forward, self.predict_forward = made


def _body(step: Step) -> list[str]:
    if step.spec.target == "torch.nn.Linear":
        (given,) = step.inputs["in"]
        return [f"{step.outputs['out']} = linear({given}, w_{step.name}, b_{step.name})"]
    return step.body(f"m_{step.name}")


def _source(plan_: Plan) -> str:
    """Return the text of `make(modules...)`, which returns the four forwards."""
    modules = [s for s in plan_.steps if s.has_module]
    needs: list[str] = []
    for step in modules:
        linear = step.spec.target == "torch.nn.Linear"
        needs += [f"w_{step.name}", f"b_{step.name}"] if linear else [f"m_{step.name}"]
    inputs = ", ".join(plan_.variables[f] for f in plan_.input_fields)
    fields = ", ".join(plan_.variables[f] for f in plan_.fields)
    layers = [s for s in plan_.steps if s not in plan_.loss_steps]
    losses = "".join(f"{s.outputs['out']}, " for s in plan_.loss_steps)
    predictions = "".join(f"{p}, " for p in plan_.predictions)
    taps = "".join(f"{next(iter(s.outputs.values()))}, " for s in layers)
    results = plan_.results[0] if len(plan_.results) == 1 else f"({', '.join(plan_.results)})"
    everything = [line for s in plan_.steps for line in _body(s)]
    end = f"return {plan_.total() or 'None'}, ({losses}), ({predictions})"
    blocks = (
        (
            "forward",
            inputs,
            [x for s in plan_.needed(plan_.results) for x in _body(s)],
            f"return {results}",
        ),
        ("train_forward", fields, everything, end),
        ("tapped_forward", fields, everything, f"{end}, ({taps})"),
        (
            "predict_forward",
            fields,
            [x for s in plan_.needed(plan_.predictions) for x in _body(s)],
            f"return ({predictions})",
        ),
    )
    text = [
        f"needs = {tuple(needs)!r}",
        f"def make({', '.join(needs)}):",
    ]
    for name, arguments, body, last in blocks:
        text.append(f"    def {name}({arguments}):")
        text += [f"        {line}" for line in (*body, last)]
    text.append("    return forward, train_forward, tapped_forward, predict_forward")
    return "\n".join(text)


def compile_graph(graph: Graph, fields: Mapping[str, Field], *, training: bool = True) -> Network:
    """Return the module of a graph, its weights as the modules' constructors drew them.

    Raises
    ------
    CompileError
        The graph has a problem, or (for training) no loss. The message is a sentence.
    """
    return Network(plan(graph, fields, training=training))


def initialize(network: Network, graph: Graph, default: str = "auto") -> None:
    """Apply the initializers node by node; `default` is for nodes that chose none."""
    with torch.no_grad():
        for step, name, chosen in initial_weights(network._plan, graph, default):  # pyright: ignore[reportPrivateUsage]
            apply_initializer(chosen, network.get_parameter(f"{step.name}.{name}"))


def init_lines(
    graph: Graph, fields: Mapping[str, Field], default: str, network: str = "network"
) -> list[str]:
    """Return the statements of `initialize` as exported code writes them."""
    made = plan(graph, fields)
    return [
        initializer_call(chosen, f"{network}.{step.name}.{name}")
        for step, name, chosen in initial_weights(made, graph, default)
    ]


def class_source(graph: Graph, fields: Mapping[str, Field]) -> str:
    """Return the network as a class a person would have written.

    `forward` returns what `Network.forward` returns; `losses` returns
    `(total loss, losses, predictions)` as `Network.train_forward` does.
    """
    made = plan(graph, fields)
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


def carried(graph: Graph, fields: Mapping[str, Field], default: str = "auto") -> list[str]:
    """Return the dotted names of our own modules and initializers that exported code must carry."""
    from engine.catalog import registry

    made = plan(graph, fields)
    targets = [s.spec.target for s in made.steps]
    targets += [
        registry.initializer(c).target
        for _, _, c in initial_weights(made, graph, default)
        if c != "bias"
    ]
    return list(dict.fromkeys(t for t in targets if t.startswith("engine.")))
