"""Which initializer each weight takes, applied at once or written as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import LossSpec, load_target
from engine.graph import NETWORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.graph import Graph
    from engine.plan import Step


def initial_weights(modules: Sequence[Step], default: str) -> list[tuple[Step, str, str]]:
    """Return (step, parameter name, initializer id or "bias") for every parameter to initialise.

    `auto` is resolved by the activation that follows (the notes' table).
    """
    found: list[tuple[Step, str, str]] = []
    for step in modules:
        chosen = step.node.initializer or default
        if not step.spec.initialize or chosen == "pytorch":
            continue
        if chosen == "auto":
            chosen = automatic(step.graph, step.node.id)
        for name, shape in step.info.weights:
            if len(shape) >= 2:
                found.append((step, name, chosen))
            elif "bias" in name:
                found.append((step, name, "bias"))
    return found


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


def initializer_call(initializer: str, tensor: str) -> str:
    """Return the statement that initialises `tensor`, as exported code writes it."""
    if initializer == "bias":
        return f"nn.init.zeros_({tensor})"
    spec = registry.initializer(initializer)
    arguments = "".join(f", {k}={v!r}" for k, v in spec.arguments({}).items())
    name = spec.target.replace("torch.nn.", "nn.", 1)
    if spec.target.startswith("engine."):
        name = spec.target.rpartition(".")[2]
    return f"{name}({tensor}{arguments})"


def apply_initializer(initializer: str, tensor: object) -> None:
    """Initialise a tensor in place, drawing from torch's random numbers."""
    if initializer == "bias":
        load_target("torch.nn.init.zeros_")(tensor)
        return
    spec = registry.initializer(initializer)
    load_target(spec.target)(tensor, **spec.arguments({}))
