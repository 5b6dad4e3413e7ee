"""Which steps of training leave nothing behind, so that exported code may leave them out.

A layer that leads to an output but to no loss still counts where it draws random numbers or keeps
running statistics: everything after it would be other numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.graph import PLACES
from engine.trace import build, run_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.analysis import NodeInfo
    from engine.catalog.spec import LayerSpec
    from engine.graph import Edge, Graph
    from engine.steps import Step

LARGE = 1_000_000
"""Parameters from which on a layer is not tried out."""


def without_idle(
    graph: Graph, infos: Mapping[str, NodeInfo], order: Sequence[str], losses: Iterable[str]
) -> set[str]:
    """Return the nodes of `order` that a training step needs for what it leaves behind."""
    keep = set(order)
    wires = graph.wires_in()
    readers: dict[str, set[str]] = {}
    for node_id in order:
        for edge in wires.get(node_id, ()):
            readers.setdefault(edge.source, set()).add(node_id)
    wanted = _upward(wires, losses)
    for node_id in reversed(order):
        if node_id in wanted or readers.get(node_id, set()) & keep:
            continue
        node = graph.nodes[node_id]
        spec = registry.node(node.spec, node.params)
        if spec is None or (spec.id not in PLACES and is_idle(spec, infos[node_id])):
            keep.discard(node_id)
    return keep


def _upward(wires: Mapping[str, tuple[Edge, ...]], ends: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    stack = list(ends)
    while stack:
        node_id = stack.pop()
        if node_id not in seen:
            seen.add(node_id)
            stack.extend(edge.source for edge in wires.get(node_id, ()))
    return seen


def needed_steps(steps: Sequence[Step], wanted: Iterable[str]) -> list[Step]:
    """Return steps that these variables depend on, or that leave something behind."""
    read = set(wanted)
    kept: list[Step] = []
    for step in reversed(steps):
        if read.isdisjoint(step.outputs.values()) and is_idle(step.spec, step.info):
            continue
        kept.append(step)
        read.update(name for names in step.inputs.values() for name in names)
        read.add(step.like)
    return kept[::-1]


def is_idle(spec: LayerSpec, info: NodeInfo) -> bool:
    """Return whether running a layer in training draws nothing and keeps nothing."""
    if spec.random or spec.id in PLACES or spec.own is not None or info.parameters > LARGE:
        return False
    return not spec.target or _tried(spec, info)


def _tried(spec: LayerSpec, info: NodeInfo) -> bool:
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        module = build(spec, info.values, info.inputs)
        assert module is not None
        given = [torch.zeros(s.with_batch(2), dtype=getattr(torch, s.dtype)) for s in info.inputs]
        held = {name: value.clone() for name, value in module.named_buffers()}
        before = torch.get_rng_state()
        run_function(spec, info.values, info.ports)(module.train(), *given)
        same = all(torch.equal(value, held[name]) for name, value in module.named_buffers())
        return same and torch.equal(before, torch.get_rng_state())
