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
from engine.custom import asking, declared, source
from engine.custom.probing import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor, nn

    from engine.catalog.spec import Own

_SIZES = (2, 3)


class ShapeError(ValueError):
    """What comes in does not suit the node. The message says why, without the node's name.

    `kind` is that of the problem, `outputs` what is known all the same, because it is declared.
    """

    def __init__(
        self, message: str, kind: str = "shape", outputs: Mapping[str, TensorSpec] | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.outputs = outputs


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
    derived: dict[str, object] = {k: rule(values, *incoming) for k, rule in spec.derived.items()}
    known = {p.name: values[p.name] for p in spec.params if p.argument}
    return inferred | derived | known | dict(spec.fixed)


def build(
    spec: LayerSpec,
    values: Mapping[str, Value],
    incoming: Sequence[TensorSpec],
    *,
    outline: bool = False,
) -> nn.Module | None:
    """Return a node's module on the current default device, or None for a plain function.

    With `outline` a stand-in will do that tells shapes alone.
    """
    target = (outline and spec.outline) or spec.target
    return load_target(target)(**module_arguments(spec, values, incoming)) if target else None


def run_function(
    spec: LayerSpec, values: Mapping[str, Value], ports: tuple[int, ...], *, lazy: bool = True
) -> Any:
    """Return `f(module, *inputs) -> tuple of outputs`, made of the entry's forward lines.

    `ports` says how many wires end in each input port. For a layer that must know the batch,
    some tensor of it comes in front of the inputs. A display gives back what it is shown. Lazy
    outputs can be left out.
    """
    names = [f"x{i}" for i in range(sum(ports))]
    inputs: dict[str, list[str]] = {}
    place = 0
    for port, count in zip(spec.inputs, ports, strict=True):
        inputs[port.name] = names[place : place + count]
        place += count
    outputs = {p.name: f"y{i}" for i, p in enumerate(spec.outputs) if lazy or not p.lazy}
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
    if spec.own is not None:
        return _trace_own(spec, spec.own(values), values, tuple(incoming), ports)
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


def _trace_own(
    spec: LayerSpec,
    own: Own,
    values: Mapping[str, Value],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> Trace:
    """Return what a layer of the user's own makes; its text runs elsewhere, and only if trusted."""
    problem, _ = source.problem_of(own.code, own.name)
    if problem:
        raise ShapeError(problem, "custom")
    problem = _check(spec.at(values), dict(values), incoming, ports)
    if problem:
        raise ShapeError(problem)
    made = module_arguments(spec, values, incoming)
    sides = [tuple(str(text) for text in made_of(values[side])) for side in ("inputs", "outputs")]
    flows = tuple((s.shape, s.dtype) for s in incoming)
    arguments: Any = made["arguments"]
    try:
        found = asking.ask(Wanted(own.code, own.name, arguments, sides[0], sides[1], flows))
    except asking.NotTrusted:
        text = (
            "Its text has not been trusted on this machine. Look at it, then choose Trust and use."
        )
        raise _unseen(text, "trust", sides, flows) from None
    except asking.Later:
        text = "It is being tried out in a process of its own."
        raise _unseen(text, "waiting", sides, flows) from None
    if found.problem:
        raise ShapeError(found.problem, "custom")
    names = [port.name for port in declared.places(sides[1], "output")]
    outputs = [TensorSpec(*flow) for flow in found.outputs]
    return Trace(tuple(zip(names, outputs, strict=True)), found.weights, found.flops)


def made_of(value: Value) -> tuple[object, ...]:
    """Return a setting that is a list as its items."""
    return tuple(value) if isinstance(value, tuple) else ()


def _unseen(
    text: str, kind: str, sides: Sequence[tuple[str, ...]], flows: tuple[declared.Flow, ...]
) -> ShapeError:
    """Return why a layer was not run, with the outputs that its declaration tells, if it does."""
    sizes = declared.bound(declared.places(sides[0], "input"), flows)
    told: dict[str, TensorSpec] = {}
    for port in declared.places(sides[1], "output"):
        flow = declared.stated(port, sizes)
        if flow is None:
            return ShapeError(text, "custom")
        told[port.name] = TensorSpec(*flow)
    return ShapeError(text, kind, told)


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
            if port.dtype == "float" and "float" not in received.dtype:
                words = "true or false" if received.dtype == "bool" else "whole numbers"
                return f"It needs decimal numbers; it receives {words} ({received})."
            if port.dtype == "int" and not received.dtype.startswith("int"):
                return (
                    f"It needs whole numbers (indices); it receives {received.dtype} ({received})."
                )
        place += count
    if spec.check is None:
        return None
    return spec.check(values, *(_with_gaps(incoming, ports) if spec.gaps else incoming))


def _with_gaps(
    incoming: tuple[TensorSpec, ...], ports: tuple[int, ...]
) -> tuple[TensorSpec | None, ...]:
    """Return what comes in, with None for each port without a wire."""
    left = iter(incoming)
    return tuple(next(left) if i else None for n in ports for i in (range(1, n + 1) or (0,)))


def _run(
    spec: LayerSpec,
    values: Mapping[str, Value],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> Trace:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    run: Callable[..., tuple[Tensor, ...]] = run_function(spec, values, ports)
    lazy = any(p.lazy for p in spec.outputs)
    plain = run_function(spec, values, ports, lazy=False) if lazy else run
    shapes: list[list[tuple[tuple[int, ...], str]]] = []
    flops = 0
    with torch.device("meta"), torch.no_grad():
        module = build(spec, values, incoming, outline=True)
        # A loss is one number whatever the batch.
        for size in _SIZES[:1] if isinstance(spec, LossSpec) else _SIZES:
            given = [
                torch.empty(s.with_batch(size), dtype=getattr(torch, s.dtype)) for s in incoming
            ]
            if emit.asks_like(spec):
                given.insert(0, torch.empty(size))
            if size == _SIZES[0]:
                with FlopCounterMode(display=False) as counter:
                    results = plain(module, *given)
                flops = counter.get_total_flops() // size
                if lazy:
                    results = run(module, *given)
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
