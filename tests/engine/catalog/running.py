"""One node run for a test, and what it answers to a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.catalog import registry
from engine.catalog.spec import BATCH, LayerSpec, TensorSpec
from engine.emit import asks_like
from engine.trace import ShapeError, build, run_function, trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


def ports_of(spec: LayerSpec, wired: Sequence[bool]) -> tuple[int, ...]:
    """Return how many wires end in each port; ports that are not mentioned have none."""
    if len(spec.inputs) == 1 and spec.inputs[0].many:
        return (len(wired),)
    return tuple(map(int, wired)) + (0,) * (len(spec.inputs) - len(wired))


def run(
    spec_id: str,
    *given: torch.Tensor | None,
    module: nn.Module | None = None,
    batch: int = 2,
    **params: Any,
) -> Any:
    """Return what a node puts out for real tensors: one tensor, or a tuple.

    None is a port without a wire; `batch` is for a layer that has no inputs.
    """
    spec = registry.nodes()[spec_id]
    values = spec.values(params)
    tensors = [x for x in given if x is not None]
    kinds = [str(x.dtype).removeprefix("torch.") for x in tensors]
    shapes = [(BATCH, *x.shape[1:]) for x in tensors]
    specs = [TensorSpec(shape, kind) for shape, kind in zip(shapes, kinds, strict=True)]
    ports = ports_of(spec, [x is not None for x in given])
    trace(spec, values, specs, ports)
    module = module or build(spec, values, specs)
    like = [torch.zeros(batch)] if asks_like(spec) else []
    results = run_function(spec, values, ports)(module, *like, *tensors)
    return results[0] if len(results) == 1 else results


def complaint(
    spec_id: str, *shapes: tuple[int, ...], dtypes: tuple[str, ...] = (), **params: Any
) -> str:
    """Return the sentence with which a node refuses what comes in."""
    spec = registry.nodes()[spec_id]
    kinds = dtypes or ("float32",) * len(shapes)
    specs = [TensorSpec(s, d) for s, d in zip(shapes, kinds, strict=True)]
    with pytest.raises(ShapeError) as caught:
        trace(spec, spec.values(params), specs, ports_of(spec, [True] * len(shapes)))
    return str(caught.value)
