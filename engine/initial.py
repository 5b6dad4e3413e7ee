"""Which initializer each weight takes, applied at once or written as code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import LossSpec, load_target
from engine.graph import NETWORK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.graph import Graph
    from engine.plan import Step


BIAS = "bias"
UNIT_VARIANCE = "lsuv"
"""Weights that are scaled on the first batch."""
_PLAIN = ("{out} = {self}({inputs})",)


@dataclass(frozen=True, slots=True)
class Initial:
    """What one parameter starts from."""

    step: Step
    name: str
    chosen: str
    """An initializer's id, or "bias"."""
    target: str
    arguments: Mapping[str, object]

    @property
    def scaled(self) -> bool:
        """Return whether the first batch decides how large the weight is."""
        return self.chosen == UNIT_VARIANCE and self.step.spec.forward == _PLAIN

    def call(self, tensor: str) -> str:
        """Return the statement that initialises `tensor`, as exported code writes it."""
        words = "".join(f", {k}={v!r}" for k, v in self.arguments.items())
        name = self.target.replace("torch.nn.", "nn.", 1)
        if self.target.startswith("engine."):
            name = self.target.rpartition(".")[2]
        return f"{name}({tensor}{words})"

    def apply(self, tensor: object) -> None:
        """Initialise a tensor in place, drawing from torch's random numbers."""
        load_target(self.target)(tensor, **self.arguments)


def initial_weights(
    modules: Sequence[Step], default: str, params: Mapping[str, Any] | None = None
) -> list[Initial]:
    """Return what every parameter starts from that is not left as PyTorch makes it.

    `auto` is resolved by the activation that follows (the notes' table). `default` and `params`
    are for nodes that chose none.

    Raises
    ------
    ValueError
        An initializer is unknown or a setting of it is wrong.
    """
    found: list[Initial] = []
    for step in modules:
        if step.spec.initialize:
            found += _of(step, default, params or {})
    return found


def _of(step: Step, default: str, params: Mapping[str, Any]) -> list[Initial]:
    node = step.node
    chosen, given = default, params
    if node.initializer:
        chosen, given = node.initializer, node.initializer_params
    if chosen == "auto":
        chosen, given = automatic(step.graph, node.id), {}
    found: list[Initial] = []
    for name, shape in step.info.weights:
        if len(shape) >= 2:
            if chosen != "pytorch":
                spec = registry.initializer(chosen)
                found.append(Initial(step, name, chosen, spec.target, spec.arguments(given)))
        elif "bias" in name:
            found += _bias(step, name, kept=chosen == "pytorch")
    return found


def _bias(step: Step, name: str, *, kept: bool) -> list[Initial]:
    value = step.node.initial_bias
    if value is not None:
        return [Initial(step, name, BIAS, "torch.nn.init.constant_", {"val": value})]
    return [] if kept else [Initial(step, name, BIAS, "torch.nn.init.zeros_", {})]


_BY_FAMILY = {"relu": "he_normal", "selu": "lecun_normal"}


def automatic(graph: Graph, node_id: str) -> str:
    """Return the initializer that suits what follows a node.

    He before ReLU and its kin, LeCun before SELU, Glorot before tanh, sigmoid, softmax or nothing.
    """
    following: dict[str, str] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, edge.target)
    current = following.get(node_id)
    while current is not None:
        spec = registry.node(graph.nodes[current].spec)
        if spec is None or spec.initialize or spec.id == NETWORK or isinstance(spec, LossSpec):
            break
        if spec.activation:
            return _BY_FAMILY.get(spec.activation, "glorot_uniform")
        current = following.get(current)
    return "glorot_uniform"
