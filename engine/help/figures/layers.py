"""An activation's curve and gradient, and the piece of its input that a place of a map sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine import trace
from engine.catalog.spec import LossSpec, TensorSpec
from engine.help.drawing import Grid, Plot, curve
from engine.help.figures.apart import OwnRandomness, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.catalog.spec import LayerSpec
    from engine.help.drawing import Picture

_REACH = 4.0
_POINTS = 161
_SCORES = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, 0.0)
_SIDE, _LONG = 9, 15
_SIZED = frozenset({"Convolution", "Pooling"})
_EDGE = 1e-7


def pictures(spec: LayerSpec) -> list[Picture]:
    """Return the pictures of a layer; none for one that has no telling picture."""
    plain = len(spec.inputs) == len(spec.outputs) == 1 and not spec.random
    if not plain or isinstance(spec, LossSpec):
        return []
    if spec.group == "Activation":
        return activation(spec)
    return receptive_field(spec) if spec.group in _SIZED else []


def _made(
    spec: LayerSpec, shape: tuple[int, ...], given: Mapping[str, Any] | None = None
) -> Callable[[Any], torch.Tensor]:
    """Return the layer with some settings as a function of one tensor, in evaluation."""
    values = spec.values({}) if given is None else given
    received = TensorSpec((-1, *shape[1:]))
    trace.trace(spec, values, (received,), (1,))
    with OwnRandomness():
        module = trace.build(spec, values, (received,))
    if module is not None:
        module = module.eval().requires_grad_(requires_grad=False)
    run = trace.run_function(spec, values, (1,))
    return lambda x: run(module, x)[0]


def course(
    spec: LayerSpec, values: Mapping[str, Any], reach: float, points: int = 49
) -> tuple[float, ...]:
    """Return what an activation makes of numbers from -reach to reach, each taken by itself.

    Nothing comes back for one that takes several at once, draws by chance, or learns its curve.
    """
    if len(spec.inputs) != 1 or len(spec.outputs) != 1 or spec.random:
        return ()
    x = torch.linspace(-reach, reach, points)
    try:
        received = (TensorSpec((-1, points)),)
        if trace.trace(spec, values, received, (1,)).weights:
            return ()
        with torch.no_grad():
            alone = _made(spec, (1, 1), values)(x[:, None])
            together = _made(spec, (1, points), values)(x[None])
    except (trace.ShapeError, RuntimeError, ValueError, TypeError):
        return ()
    same = alone.shape == (points, 1) and torch.equal(alone[:, 0], together[0])
    return tuple(numbers(together[0])) if same and bool(together.isfinite().all()) else ()


def activation(spec: LayerSpec) -> list[Picture]:
    """Return the curve and its gradient where each number is taken by itself, else bars."""
    x = torch.linspace(-_REACH, _REACH, _POINTS)
    x = x + _EDGE * (x == 0)
    try:
        alone = _made(spec, (1, 1))(x[:, None])
        together = _made(spec, (1, _POINTS))(x[None])
        if alone.shape == (_POINTS, 1) and torch.equal(alone[:, 0], together[0]):
            return [_curve(spec, x)]
    except (trace.ShapeError, RuntimeError, ValueError):
        pass
    # With random weights, what comes out says nothing about the layer.
    return [] if _learns(spec) else [_bars(spec)]


def _learns(spec: LayerSpec) -> bool:
    received = (TensorSpec((-1, len(_SCORES))),)
    return bool(trace.trace(spec, spec.values({}), received, (1,)).weights)


def _curve(spec: LayerSpec, x: torch.Tensor) -> Plot:
    point = x[:, None].clone().requires_grad_()
    y = _made(spec, (1, 1))(point)
    slope = torch.zeros_like(x)
    if y.requires_grad:
        (found,) = torch.autograd.grad(y.sum(), point)
        slope = found[:, 0]
    along = numbers(x)
    return Plot(
        title=spec.title,
        series=(
            curve("y", along, numbers(y)),
            curve("gradient", along, numbers(slope), "dash"),
        ),
        x_label="x",
        caption="From the module itself, with its default settings.",
    )


def _bars(spec: LayerSpec) -> Plot:
    x = torch.tensor([_SCORES])
    with torch.no_grad():
        y = _made(spec, (1, len(_SCORES)))(x)[0]
    places = [float(i) for i in range(max(len(_SCORES), len(y)))]
    return Plot(
        title=f"{spec.title} of {len(_SCORES)} numbers",
        series=(
            curve("out", places[: len(y)], numbers(y), "bars"),
            curve("in", places[: len(_SCORES)], numbers(x), "dash"),
        ),
        x_label="place",
        caption="Each number that comes out depends on all that come in, or on several.",
    )


def receptive_field(spec: LayerSpec) -> list[Picture]:
    """Return which numbers of the input the middle of the output sees, tried one by one."""
    rank = next((len(shapes[0]) for shapes in spec.examples if shapes), 0)
    if rank not in (3, 4) or not spec.inputs[0].axes.startswith("N C"):
        return []
    sizes = (_SIDE, _SIDE) if rank == 4 else (_LONG,)
    channels = max(spec.examples[0][0][1], 1)
    try:
        return [_field(spec, channels, sizes)]
    except (trace.ShapeError, RuntimeError, ValueError, IndexError):
        return []


def _field(spec: LayerSpec, channels: int, sizes: tuple[int, ...]) -> Grid:
    run = _made(spec, (1, channels, *sizes))
    count = sizes[0] * (sizes[1] if len(sizes) == 2 else 1)
    probes = torch.zeros(count, channels, count)
    probes[torch.arange(count), :, torch.arange(count)] = 1.0
    with torch.no_grad():
        still = run(torch.zeros(1, channels, *sizes))
        moved = run(probes.reshape(count, channels, *sizes)) - still
    middle = tuple(n // 2 for n in moved.shape[2:])
    seen = moved[(slice(None), 0, *middle)]
    fixed = not trace.trace(
        spec, spec.values({}), (TensorSpec((-1, channels, *sizes)),), (1,)
    ).weights
    values = seen if fixed else (seen.abs() > 0).float()
    grid = values.reshape(sizes if len(sizes) == 2 else (1, *sizes))
    box = _box(grid.abs() > 0)
    out = " × ".join(str(n) for n in moved.shape[1:])
    size = " × ".join(str(n) for n in (channels, *sizes))
    written = fixed and 0 < box[2] * box[3] <= 49
    told = "; the number is what a 1 there makes of it" if written else ""
    return Grid(
        title=f"What the middle of the output sees of {size}",
        values=tuple(tuple(numbers(row)) for row in grid),
        numbers=written,
        frame=box if box[2] else None,
        caption=f"Each square is a number of the input; coloured is what counts{told}. "
        f"{size} in, {out} out with the default settings.",
    )


def _box(marked: torch.Tensor) -> tuple[int, int, int, int]:
    """Return row, column, height and width of the smallest box around what is marked."""
    rows, columns = (marked.any(dim=d).nonzero().flatten() for d in (1, 0))
    if not len(rows):
        return 0, 0, 0, 0
    top, left = int(rows[0]), int(columns[0])
    return top, left, int(rows[-1]) - top + 1, int(columns[-1]) - left + 1
