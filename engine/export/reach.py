"""Which layers the gradients of a network's losses come to, found out on the meta device."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

from engine import emit
from engine.catalog import registry
from engine.steps import every
from engine.trace import build, run_function

if TYPE_CHECKING:
    from engine.catalog.spec import TensorSpec, Value
    from engine.steps import Plan, Step


def reached(plan: Plan) -> list[Step]:
    """Return the steps of a network that its losses send gradients to."""
    wanted: set[str] = set()
    found: list[Step] = []
    losses = set(map(id, plan.loss_steps))
    for step in reversed(plan.steps):
        if id(step) not in losses and wanted.isdisjoint(step.outputs.values()):
            continue
        found += every([step])
        names = [name for names in step.inputs.values() for name in names]
        wanted.update(name for name, on in zip(names, _passes(step), strict=True) if on)
    return found


def _passes(step: Step) -> tuple[bool, ...]:
    """Return for each input whether gradients pass on to it."""
    count = sum(map(len, step.inputs.values()))
    info = step.info
    unknown = registry.node(step.spec.id) is None or step.spec.own is not None
    unknown = unknown or step.flow is not None
    if unknown or len(info.inputs) != count:
        return (True,) * count
    return _tried(step.spec.id, tuple(info.values.items()), info.inputs, info.ports)


@lru_cache(maxsize=4096)
def _tried(
    spec_id: str,
    items: tuple[tuple[str, Value], ...],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> tuple[bool, ...]:
    spec = registry.node(spec_id)
    assert spec is not None
    values = dict(items)
    floating = [s.dtype.startswith("float") for s in incoming]
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        given = [
            torch.empty(s.with_batch(2), dtype=getattr(torch, s.dtype), requires_grad=on)
            for s, on in zip(incoming, floating, strict=True)
        ]
        like = [torch.empty(2)] if emit.asks_like(spec) else []
        run: Any = run_function(spec, values, ports)
        results = run(build(spec, values, incoming), *like, *given)
        ends = [r.sum() for r in results if r.requires_grad]
        sources = [g for g, on in zip(given, floating, strict=True) if on]
        if not ends or not sources:
            return (False,) * len(incoming)
        grads: Any = iter(torch.autograd.grad(ends, sources, allow_unused=True))
        return tuple(on and next(grads) is not None for on in floating)
