"""A good learning rate, found by trying ever larger ones on a copy until the loss turns up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.train import threads
from engine.train.chance import disturbed, trying
from engine.train.device import resolve_device
from engine.train.editing import give
from engine.train.failure import TrainingError
from engine.train.setup import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from engine.data.dataset import Dataset
    from engine.project import Project
    from engine.train.phase import PhaseRun
    from engine.weights import WeightStore

LOWEST, HIGHEST, STEPS = 1e-5, 10.0, 500
FACTOR = math.exp(math.log(HIGHEST / LOWEST) / STEPS)
"""What the rate is multiplied by at each step."""
SMOOTHING = 0.9
DIVERGED = 4.0
"""The run ends when the smoothed loss is so many times its lowest."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the search saw."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    """Of each step, before it was taken at that rate."""
    smoothed: tuple[float, ...]
    turning: float | None
    """The rate at which the loss is lowest, before it turns up; None if it never fell."""
    suggestion: float | None
    """A tenth of that."""
    note: str = ""


def smooth(losses: list[float]) -> list[float]:
    """Return a moving average of losses, corrected for its start."""
    mean, found = 0.0, list[float]()
    for count, loss in enumerate(losses, 1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        found.append(mean / (1 - SMOOTHING**count))
    return found


def read(rates: list[float], losses: list[float]) -> Found:
    """Return what a curve of losses says."""
    smoothed = smooth(losses)
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__, default=0)
    turning = rates[lowest] if smoothed and smoothed[lowest] < smoothed[0] else None
    note = ""
    if turning is None:
        note = "The loss never fell: look at the data, the last layer and the loss first."
    elif lowest == len(smoothed) - 1:
        note = "The loss still fell at the largest rate, so the turning point lies beyond it."
    suggestion = None if turning is None else turning / 10
    return Found(tuple(rates), tuple(losses), tuple(smoothed), turning, suggestion, note)


def find_rate(
    project: Project,
    data: Dataset,
    place: int = 0,
    *,
    weights: WeightStore | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    told: Callable[[float, float], object] = lambda _rate, _loss: None,
) -> Found:
    """Return how the loss of a phase goes over ever larger learning rates.

    The networks are copies; torch's random numbers go on as if nothing had been drawn.

    Parameters
    ----------
    place
        Which phase.
    weights
        What to begin with; the rest is drawn from the project's seed.
    told
        Called with the rate and the loss of every step.

    Raises
    ------
    TrainingError, ValueError
        The project cannot be trained, or a run is under way.
    """
    phase = project.training.phases[place].but(warmup_steps=0, average="none", l1=0.0, l2=0.0)
    phases = list(project.training.phases)
    phases[place] = phase.but(schedule=phase.schedule.but(id="constant", params={}))
    project = project.with_training(phases=tuple(phases), watch=False, tolerance=None)
    count = project.training.threads or threads.default_threads()
    with trying(resolve_device(project.training.device)), threads.prepared(count):
        prepared = prepare(project, data)
        if weights is not None:
            give(weights, prepared)
        run = prepared.phases[place]
        return _search(run, cancelled, told)


def _search(
    run: PhaseRun, cancelled: Callable[[], bool], told: Callable[[float, float], object]
) -> Found:
    rates: list[float] = []
    losses: list[float] = []
    mean, lowest = 0.0, math.inf
    for step, batch in zip(range(STEPS + 1), _batches(run), strict=False):
        if cancelled() or disturbed():
            return replace(read(rates, losses), note="The search ended early: a run began.")
        rate = LOWEST * FACTOR**step
        loss = _step(run, batch, rate)
        if not math.isfinite(loss):
            break
        rates.append(rate)
        losses.append(loss)
        told(rate, loss)
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smoothed = mean / (1 - SMOOTHING ** (step + 1))
        lowest = min(lowest, smoothed)
        if smoothed - lowest > (DIVERGED - 1) * max(abs(lowest), 1e-12):
            break
    if len(rates) < 2:
        raise TrainingError("The loss is no number at the smallest rate; look at the data first.")
    return read(rates, losses)


def _batches(run: PhaseRun) -> Iterator[tuple[torch.Tensor, ...]]:
    epoch = 0
    while True:
        yield from run.batches.epoch(epoch)
        epoch += 1


def _step(run: PhaseRun, batch: tuple[Any, ...], rate: float) -> float:
    """Take a step at a rate; return the loss before it."""
    run.set("lr", rate)
    total, _, _ = run.forward(*batch)
    grads = run.gradient(total, run.parameters)
    if len(batch[0]) not in run.sizes:
        run.sizes.add(len(batch[0]))
        run.check_layout(grads)
    if run.mend:
        grads = run.mended(grads)
    if run.adjust is not None:
        run.adjust(grads)
    run.update(grads)
    return float(total.detach())
