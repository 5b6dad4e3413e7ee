"""The learning rate over a run from the real schedulers, and a loss over what it is given."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeAlias

import torch

from engine import trace
from engine.catalog import registry
from engine.catalog.spec import TensorSpec
from engine.help.drawing import Plot, Series, curve
from engine.help.figures.apart import numbers
from engine.project import Choice, Phase
from engine.train.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.catalog.spec import LossSpec, ScheduleSpec
    from engine.help.drawing import Picture

    Given: TypeAlias = Callable[[float], tuple[torch.Tensor, ...]]

POINTS = 120
_EPOCHS = 60
_LINES = frozenset({"classes", "binary", "regression", ""})


def _run(
    phase: Phase, epochs: int, losses: Sequence[float] = ()
) -> tuple[list[float], list[float], int]:
    """Return the rate and the momentum along a run, and how many steps or epochs it had."""
    spec = registry.schedule(phase.schedule.id)
    settings = registry.optimizer(phase.optimizer.id).values(phase.optimizer.params)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=float(str(settings["lr"])), momentum=0.9)
    count = epochs
    if spec.per == "step":
        # Long enough for a rhythm that is counted in steps to be seen.
        rhythm = [p.default for p in spec.params if p.unit == "steps"]
        count = max([POINTS, *(6 * n for n in rhythm if isinstance(n, int))])
    found: list[float] = []
    momentum: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schedule = Schedule(phase.schedule, optimizer, epochs, count)
        for i in range(count):
            found.append(float(optimizer.param_groups[0]["lr"]))
            momentum.append(float(optimizer.param_groups[0]["momentum"]))
            schedule.after_step()
            schedule.after_epoch(losses[i] if i < len(losses) else 0.0)
    stride = max(1, len(found) // (2 * POINTS))
    return found[::stride], momentum[::stride], count


def schedule(spec: ScheduleSpec) -> list[Picture]:
    """Return the rate over a run with the default settings, as a share of the optimizer's own."""
    phase = Phase(optimizer=Choice(id="sgd", params={"lr": 1.0}), schedule=Choice(id=spec.id))
    losses: list[float] = []
    caption = "From the scheduler itself, with its default settings."
    if spec.monitored:
        losses = [max(1.0 - 0.03 * i, 0.4) for i in range(_EPOCHS)]
        caption = "For a validation loss that falls for 20 epochs and then no more."
    found, momentum, steps = _run(phase, _EPOCHS, losses)
    share = [100 * i / (len(found) - 1) for i in range(len(found))]
    series = [curve("learning rate ÷ η₀", share, found)]
    if losses:
        series.append(curve("validation loss", share, losses, "dash"))
    if max(momentum) > min(momentum):
        series.append(curve("momentum", share, momentum, "dash"))
    length = f"{_EPOCHS} epochs" if spec.per == "epoch" else f"{steps:,} steps"
    title = f"{spec.title} over a run of {length}"
    return [Plot(title=title, series=tuple(series), x_label="% of the run", caption=caption)]


def loss(spec: LossSpec) -> list[Picture]:
    """Return the curve of a loss where one number decides; else nothing."""
    try:
        series, label = _loss_series(spec)
    except (trace.ShapeError, RuntimeError, ValueError, IndexError, TypeError):
        return []
    if not any(s.y and max(s.y) - min(s.y) > 1e-9 for s in series):
        return []
    return [
        Plot(
            title=spec.title,
            series=tuple(series),
            x_label=label,
            y_label="loss",
            caption="From the loss itself, with its default settings.",
        )
    ]


def _loss_series(spec: LossSpec) -> tuple[list[Series], str]:
    ports = [p for p in spec.inputs if not p.optional or p.name == "target"]
    if len(ports) == 1:
        low, high = spec.example_range or (-3.0, 3.0)
        return [_values(spec, lambda x: (_one(x),), low, high, "")], "value"
    if len(ports) != 2 or spec.task not in _LINES:
        return [], ""
    if ports[1].name != "target":
        return _each(spec)
    if spec.task == "classes":
        return [_values(spec, _margin(spec), -4.0, 4.0, "")], "score of the right class − the other"
    if spec.task == "binary":
        return _answers(spec, -4.0, 4.0, "score")
    if spec.example_range is not None:
        return _answers(spec, *spec.example_range, "prediction")
    if not spec.task:
        return _answers(spec, 0.0, 2.0, ports[0].name.replace("_", " "))
    found = _values(spec, lambda x: (_one(x), _one(0.0)), -3.0, 3.0, "")
    return [found], "prediction − target, target 0"


def _each(spec: LossSpec) -> tuple[list[Series], str]:
    """Return the loss over each of two inputs while the other is 0."""
    first, second = (p.name.replace("_", " ") for p in spec.inputs[:2])
    found = [
        _values(spec, lambda x: (_one(x), _one(0.0)), -2.0, 2.0, f"over {first}"),
        _values(spec, lambda x: (_one(0.0), _one(x)), -2.0, 2.0, f"over {second}"),
    ]
    return [s for s in found if s.y and max(s.y) > min(s.y)], "one of the two, the other is 0"


def _one(x: float) -> torch.Tensor:
    return torch.full((1, 1), x)


def _margin(spec: LossSpec) -> Given:
    if spec.class_axis == -1:
        return lambda x: (torch.tensor([[[x, 0.0]]]), torch.zeros(1, 1, dtype=torch.int64))
    return lambda x: (torch.tensor([[x, 0.0]]), torch.zeros(1, dtype=torch.int64))


def _answers(spec: LossSpec, low: float, high: float, label: str) -> tuple[list[Series], str]:
    yes = _values(spec, lambda x: (_one(x), _one(1.0)), low, high, "target 1")
    no = _values(spec, lambda x: (_one(x), _one(0.0)), low, high, "target 0")
    return [yes, no], label


def _values(
    spec: LossSpec, given: Given, low: float, high: float, name: str, points: int = 81
) -> Series:
    """Return the loss along a line of inputs, each worked out by itself."""
    first = given(0.5 * (low + high))
    values = spec.values({})
    incoming = tuple(
        TensorSpec((-1, *x.shape[1:]), str(x.dtype).removeprefix("torch.")) for x in first
    )
    counts = [0] * len(spec.inputs)
    required = [i for i, p in enumerate(spec.inputs) if not p.optional or p.name == "target"]
    for i in required[: len(first)]:
        counts[i] = 1
    trace.trace(spec, values, incoming, tuple(counts))
    module = trace.build(spec, values, incoming)
    run = trace.run_function(spec, values, tuple(counts))
    xs = numbers(torch.linspace(low, high, points))
    inside = 0.01 if spec.example_range is not None else 0.0
    xs = [min(max(x, low + inside), high - inside) for x in xs]
    with torch.no_grad():
        ys = [float(run(module, *given(x))[0]) for x in xs]
    return curve(name or "loss", xs, ys)
