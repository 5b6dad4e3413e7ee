"""Where a run should take place: on a thread, or in a child process of its own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from engine.train.device import Precision, resolve_device
from engine.train.phase import PhaseRun
from engine.train.setup import build

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.project import Project

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
    phase = project.training.phases[0]
    network = build(project, data)[phase.network]
    run = PhaseRun(phase, project, network, data, Precision("float32", torch.device("cpu")))
    batch = run.batches.at(0, 0)
    taken: list[float] = []
    for _ in range(TRIALS):
        begin = time.perf_counter()
        total, _, _ = run.forward(*batch)
        grads = run.gradient(total, run.parameters)
        run.check_layout(list(grads))
        run.update(run.mended(grads))
        taken.append(time.perf_counter() - begin)
    step = sorted(taken)[TRIALS // 2]
    steps = len(run.batches) * project.training.epochs
    return step < SHORT_STEP and step * steps > WORTH_IT
