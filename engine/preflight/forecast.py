"""What a run will take, worked out before it: memory to the byte, time roughly, the largest batch.

Memory follows from a rehearsal of the step on stand-ins. Time is that of each operation at the
figures of this machine, which is right within a factor of two or so until the first steps of a real
run tell better (`Forecast.calibrated`).
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.profile.machine import machine
from engine.profile.rehearsal import rehearse
from engine.train import threads
from engine.train.device import resolve_device
from engine.train.turns import Turns
from engine.variables import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.catalog.spec import Field
    from engine.profile.machine import Machine
    from engine.profile.rehearsal import Rehearsal
    from engine.project import Project, Training

MARGIN = 0.9
"""The share of the free memory that a batch may fill."""
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Share:
    """What one node of one phase takes."""

    node: str
    """Path id."""
    name: str
    network: str
    phase: int
    seconds: float
    """Of a step, forward and backward."""
    saved: int
    """Bytes kept for the backward."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that training holds at most, by what they are for."""

    weights: int
    state: int
    """Of the optimizers."""
    saved: int
    """What forwards keep for their backwards."""
    rest: int
    """Gradients, and what is only held for a moment when most is held."""
    batch: int
    data: int
    """The data set, where it stays on the device."""

    @property
    def total(self) -> int:
        """Return all of it."""
        return self.weights + self.state + self.saved + self.rest + self.batch + self.data


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run will take."""

    samples: int
    """In a batch."""
    shares: tuple[Share, ...]
    memory: Memory
    step: float
    """Seconds of a step, the mean over phases."""
    steps_per_epoch: int
    epochs: int
    limit: int
    """Bytes that are free for it on the device."""
    largest: int
    """The largest batch that fits; 0 where not even one sample does."""
    device: str
    tried: bool
    """True: drawn out from a few real samples, because the network must see its numbers."""
    measured: float = math.nan
    """Seconds of a step of a real run, once there are any."""
    held: int = 0
    """Bytes that a real run held at most, where the device tells."""

    @property
    def epoch(self) -> float:
        """Return the seconds of an epoch, by what was measured if anything was."""
        step = self.step if math.isnan(self.measured) else self.measured
        return step * self.steps_per_epoch

    @property
    def run(self) -> float:
        """Return the seconds of the run, without evaluations."""
        return self.epoch * self.epochs

    def calibrated(self, measured: float, held: int = 0) -> Forecast:
        """Return the forecast beside what a real run tells: nodes take their share of that."""
        factor = measured / self.step if self.step > 0 else 1.0
        shares = tuple(replace(share, seconds=share.seconds * factor) for share in self.shares)
        return replace(self, shares=shares, measured=measured, held=held or self.held)


def forecast(
    project: Project,
    fields: Mapping[str, Field],
    sizes: Mapping[str, int],
    *,
    limit: int | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Forecast:
    """Return what a run of a project will take.

    Parameters
    ----------
    fields, sizes
        What the data holds, and how many samples each of its parts has.
    limit
        Bytes that may be used; None is what is free on the device.

    Raises
    ------
    ValueError
        The project cannot be trained.
    Ended
        The user gave up waiting.
    """
    project = resolve(project)
    training, device = project.training, resolve_device(project.training.device)
    samples = sizes.get(project.phase.split, 0)
    size = batch_of(training, samples)
    data = 0 if device.type == "cpu" else _bytes_of(fields, sum(sizes.values()))
    made = rehearse(project, fields, size, device=device, cancelled=cancelled)
    free = free_memory(device) if limit is None else limit
    largest = largest_batch(
        project, fields, free - data, most=samples, known=made, device=device, cancelled=cancelled
    )
    with threads.prepared(training.threads or threads.default_threads()):
        figures = machine(device)
    turns = Turns([phase.steps for phase in training.phases], -(-samples // size) if size else 1)
    taken = zip(_steps(made, figures), turns.steps, strict=True)
    return Forecast(
        size,
        tuple(_shares(made, figures)),
        _memory(made, data),
        sum(seconds * count for seconds, count in taken) / turns.all,
        turns.steps_per_epoch,
        training.epochs,
        free,
        largest,
        str(device),
        made.tried,
    )


def batch_of(training: Training, samples: int) -> int:
    """Return how many samples a batch of so many holds; at least one."""
    sizes = {"mini": min(training.batch_size, samples), "one": 1, "all": samples}
    return max(sizes[training.batch], 1)


def _steps(made: Rehearsal, figures: Machine) -> list[float]:
    """Return the seconds of a step of each phase."""
    return [
        sum(figures.seconds(c.forward) + figures.seconds(c.backward) for c in step.costs)
        + figures.seconds(step.rest)
        + figures.seconds(step.update)
        for step in made.steps
    ]


def _shares(made: Rehearsal, figures: Machine) -> list[Share]:
    return [
        Share(
            cost.node,
            cost.name,
            cost.network,
            cost.phase,
            figures.seconds(cost.forward) + figures.seconds(cost.backward),
            cost.saved,
        )
        for step in made.steps
        for cost in step.costs
    ]


def _memory(made: Rehearsal, data: int) -> Memory:
    fullest = max(made.steps, key=lambda step: step.work)
    saved = sum(cost.saved for cost in fullest.costs)
    saved = min(saved, fullest.work - fullest.batch)
    rest = fullest.work - fullest.batch - saved
    return Memory(made.weights, made.state, saved, rest, fullest.batch, data)


def _bytes_of(fields: Mapping[str, Field], samples: int) -> int:
    wide = {"int64": 8, "float64": 8}
    held = sum(math.prod(field.shape) * wide.get(field.dtype, 4) for field in fields.values())
    return held * samples


def largest_batch(
    project: Project,
    fields: Mapping[str, Field],
    limit: int,
    *,
    most: int,
    known: Rehearsal | None = None,
    device: torch.device | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Return the largest batch whose training holds at most so many bytes; 0 if none does.

    Parameters
    ----------
    most
        No batch is larger: the samples of the training part.
    known
        A rehearsal that has been made.
    """
    totals: dict[int, int] = {} if known is None else {known.samples: known.total}

    def total(samples: int) -> int:
        if samples not in totals:
            made = rehearse(project, fields, samples, device=device, cancelled=cancelled)
            totals[samples] = made.total
        return totals[samples]

    if most < 1 or total(most) <= limit:
        return max(most, 0)
    # What is held grows with the batch, mostly along a line: each guess is drawn from two others.
    low, high = 0, most
    guess = min(known.samples if known else 2, most - 1)
    rounds = 0
    # None is said to fit only where a single sample was tried.
    while rounds < _ROUNDS or not low:
        rounds += 1
        if high - low <= max(low // 100, 1) or guess <= low or guess >= high:
            break
        low, high = (guess, high) if total(guess) <= limit else (low, guess)
        guess = _between(low, high, totals, limit)
    return low


def _between(low: int, high: int, totals: Mapping[int, int], limit: int) -> int:
    """Return the next guess between two batch sizes."""
    if low not in totals:
        return (low + high) // 2
    slope = (totals[high] - totals[low]) / (high - low)
    guess = low + int((limit - totals[low]) / slope) if slope > 0 else (low + high) // 2
    return min(max(guess, low + 1), high - 1)


def free_memory(device: torch.device) -> int:
    """Return the bytes that training may fill on a device: of what is free, a little less."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        mine = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(MARGIN * (free + mine))
    if device.type == "mps":
        recommended: Any = torch.mps.recommended_max_memory()
        return int(MARGIN * recommended)
    return int(MARGIN * min(_free_here(), _free_in_group()))


def _free_here() -> int:
    """Return the bytes that this computer has to spare."""
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 8 << 30


def _free_in_group() -> int:
    """Return the bytes that a container leaves to us; very many where there is no limit."""
    folder = Path("/sys/fs/cgroup")
    try:
        most = (folder / "memory.max").read_text("ascii").strip()
        used = (folder / "memory.current").read_text("ascii").strip()
        return 1 << 60 if most == "max" else int(most) - int(used)
    except (OSError, ValueError):
        return 1 << 60
