"""Where a run should take place: on a thread, or in a child process of its own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.train.device import resolve_device
from engine.train.setup import prepare

if TYPE_CHECKING:
    import torch

    from engine.data.dataset import Dataset
    from engine.project import Project
    from engine.train.phase import PhaseRun

SHORT_STEP = 1e-3
"""Seconds; below, sharing the interpreter lock with a window costs more than a fifth."""
WORTH_IT = 8.0
"""Seconds of training below which starting a process costs more than it saves."""
TRIALS = 10


def wants_process(project: Project, data: Dataset, live: bool) -> bool:
    """Return whether to train in a child process.

    `auto` times a few steps on a network that is thrown away: a child pays where a window is
    live, steps are short and there are many of them.
    """
    wanted = project.training.isolation
    if wanted != "auto":
        return wanted == "process"
    if not live or resolve_device(project.training.device).type != "cpu":
        return False
    run = prepare(project.with_training(watch=False), data)
    batches = [phase.batches.at(0, 0) for phase in run.phases]
    taken: list[float] = []
    for _ in range(TRIALS):
        begin = time.perf_counter()
        for phase, batch in zip(run.phases, batches, strict=True):
            for _ in range(run.turns.steps[phase.index]):
                _step(phase, batch)
        taken.append(time.perf_counter() - begin)
    step = sorted(taken)[TRIALS // 2] / run.turns.all
    steps = run.turns.steps_per_epoch * project.training.epochs
    return step < SHORT_STEP and step * steps > WORTH_IT


def _step(phase: PhaseRun, batch: tuple[torch.Tensor, ...]) -> None:
    total, _, _ = phase.forward(*batch)
    grads = phase.gradient(total, phase.parameters)
    phase.check_layout(list(grads))
    phase.update(phase.mended(grads))
