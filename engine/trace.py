"""One node run on the meta device: the shapes it puts out, its parameters and its FLOPs.

The module itself answers, so there are no shape rules here. Results are cached by
(entry, settings, what comes in), so that an edit runs only what lies downstream of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine import emit
from engine.catalog import registry
from engine.catalog.spec import BATCH, LayerSpec, LossSpec, TensorSpec, Value, load_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor, nn

_SIZES = (2, 3)


class ShapeError(ValueError):
    """What comes in does not suit the node. The message says why, without the node's name."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one node makes of what it receives."""

    outputs: tuple[tuple[str, TensorSpec], ...]
    weights: tuple[tuple[str, tuple[int, ...]], ...]
    """Name and shape of each parameter."""
    flops: int
    """Floating-point operations for one sample, forward."""

    @property
    def parameters(self) -> int:
        """Return how many numbers the node learns."""
        total = 0
        for _, shape in self.weights:
            count = 1
            for size in shape:
                count *= size
            total += count
        return total


def module_arguments(
    spec: LayerSpec, values: Mapping[str, Value], incoming: Sequence[TensorSpec]
) -> dict[str, object]:
    """Return the constructor arguments of a node's module, inferred ones first."""
    inferred: dict[str, object] = {k: rule(*incoming) for k, rule in spec.inferred.items()}
    known = {p.name: values[p.name] for p in spec.params if p.argument}
    return inferred | known | dict(spec.fixed)


def build(
    spec: LayerSpec, values: Mapping[str, Value], incoming: Sequence[TensorSpec]
) -> nn.Module | None:
    """Return a node's module on the current default device, or None for a plain function."""
    if not spec.target:
        return None
    return load_target(spec.target)(**module_arguments(spec, values, incoming))


def run_function(spec: LayerSpec, values: Mapping[str, Value], ports: tuple[int, ...]) -> Any:
    """Return `f(module, *inputs) -> tuple of outputs`, made of the entry's forward lines.

    `ports` says how many wires end in each input port. For a layer that must know the batch,
    some tensor of it comes in front of the inputs. A display gives back what it is shown.
    """
    names = [f"x{i}" for i in range(sum(ports))]
    inputs: dict[str, list[str]] = {}
    place = 0
    for port, count in zip(spec.inputs, ports, strict=True):
        inputs[port.name] = names[place : place + count]
        place += count
    outputs = {p.name: f"y{i}" for i, p in enumerate(spec.outputs)}
    if not outputs:
        outputs = {"out": "y0"}
    body = emit.lines(spec, values, module="module", inputs=inputs, outputs=outputs, like="like")
    if spec.shows:
        body = [f"y0 = {names[0]}"]
    like = ["like"] if emit.asks_like(spec) else []
    source = "\n    ".join(
        [
            f"def run({', '.join(['module', *like, *names])}):",
            *body,
            f"return ({', '.join(outputs.values())},)",
        ]
    )
    scope: dict[str, Any] = {}
    import torch

    exec(compile(source, f"<{spec.id}>", "exec"), {"torch": torch, "nn": torch.nn}, scope)
    return scope["run"]


def trace(
    spec: LayerSpec,
    values: Mapping[str, Value],
    incoming: Sequence[TensorSpec],
    ports: tuple[int, ...],
) -> Trace:
    """Return what a node makes of `incoming`.

    Raises
    ------
    ShapeError
        The node cannot take what comes in; the message is a sentence.
    """
    found = _trace(spec.id, tuple(values.items()), tuple(incoming), ports)
    if isinstance(found, str):
        raise ShapeError(found)
    return found


@lru_cache(maxsize=20_000)
def _trace(
    spec_id: str,
    items: tuple[tuple[str, Value], ...],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> Trace | str:
    spec = registry.node(spec_id)
    assert spec is not None
    values = dict(items)
    problem = _check(spec, values, incoming, ports)
    if problem:
        return problem
    try:
        return _run(spec, values, incoming, ports)
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError) as error:
        received = ", ".join(str(s) for s in incoming)
        reason = str(error).strip().split("\n")[0].rstrip(".")
        return f"It cannot take {received}: {reason}."


def _check(
    spec: LayerSpec,
    values: Mapping[str, Value],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> str | None:
    place = 0
    for port, count in zip(spec.inputs, ports, strict=True):
        for received in incoming[place : place + count]:
            least, most = port.ranks()
            rank = len(received.shape)
            if rank < least or (most is not None and rank > most):
                axes = port.axes if most is not None else f"{port.axes} ({least} axes or more)"
                return f"Its input must have the axes {axes}; it receives {received}."
            if port.dtype == "float" and received.dtype.startswith("int"):
                return f"It needs decimal numbers; it receives whole numbers ({received})."
            if port.dtype == "int" and not received.dtype.startswith("int"):
                return (
                    f"It needs whole numbers (indices); it receives {received.dtype} ({received})."
                )
        place += count
    return spec.check(values, *incoming) if spec.check else None


def _run(
    spec: LayerSpec,
    values: Mapping[str, Value],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> Trace:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    run: Callable[..., tuple[Tensor, ...]] = run_function(spec, values, ports)
    shapes: list[list[tuple[tuple[int, ...], str]]] = []
    flops = 0
    with torch.device("meta"), torch.no_grad():
        module = build(spec, values, incoming)
        # A loss is one number whatever the batch.
        for size in _SIZES[:1] if isinstance(spec, LossSpec) else _SIZES:
            given = [
                torch.empty(s.with_batch(size), dtype=getattr(torch, s.dtype)) for s in incoming
            ]
            if emit.asks_like(spec):
                given.insert(0, torch.empty(size))
            if size == _SIZES[0]:
                with FlopCounterMode(display=False) as counter:
                    results = run(module, *given)
                flops = counter.get_total_flops() // size
            else:
                results = run(module, *given)
            shapes.append([(tuple(r.shape), str(r.dtype).removeprefix("torch.")) for r in results])
    first, last = shapes[0], shapes[-1]
    outputs = tuple(
        (port, TensorSpec(_merge(a[0], b[0]), a[1]))
        for port, a, b in zip([p.name for p in spec.outputs] or ["out"], first, last, strict=True)
    )
    weights = tuple((n, tuple(p.shape)) for n, p in module.named_parameters()) if module else ()
    return Trace(outputs, weights, flops)


def _merge(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape with the batch axis marked; ValueError if it is mixed with another."""
    merged: list[int] = []
    for a, b in zip(first, second, strict=True):
        if a == b:
            merged.append(a)
        elif (a, b) == _SIZES:
            merged.append(BATCH)
        else:
            raise ValueError("its output mixes the samples of a batch with another axis")
    return tuple(merged)
