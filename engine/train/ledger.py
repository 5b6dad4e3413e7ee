"""The losses of a run, counted: what waits to be read out, and what an epoch comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.monitor.ring import LossRing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from engine.train.events import Floats
    from engine.train.phase import PhaseRun
    from engine.train.turns import Turns


@dataclass(frozen=True, slots=True)
class Chunk:
    """The losses of some steps of one phase."""

    phase: PhaseRun
    first: int
    """Number of its first step."""
    stride: float
    """How far apart the numbers are."""
    bad: int | None
    """Number of the first step whose loss is not finite."""
    before_bad: int
    """How many steps the phase had taken before that one."""
    totals: Floats
    losses: dict[str, Floats] | None
    """Each loss alone by its name, where there are several."""


class Ledger:
    """Collects the losses of all phases, one ring each.

    Parameters
    ----------
    phases
        What is trained.
    device
        Where the losses come from.
    turns
        How the steps of several phases are numbered.
    """

    def __init__(self, phases: Sequence[PhaseRun], device: torch.device, turns: Turns) -> None:
        self._device = device
        self._turns = turns
        self._told = [0] * len(phases)
        self._epoch: list[list[Floats]] = [[] for _ in phases]
        self.take_on(phases)

    def take_on(self, phases: Sequence[PhaseRun]) -> None:
        """Go on with other networks. What was put away must have been read."""
        self._phases = phases
        self.rings = [LossRing(self._device, len(phase.losses)) for phase in phases]

    def state_dict(self) -> dict[str, Any]:
        """Return how many steps were taken, and the losses of the epoch so far."""
        waiting = [ring.waiting() for ring in self.rings]
        epoch = [
            [*told, rows] if len(rows) else [*told]
            for told, rows in zip(self._epoch, waiting, strict=True)
        ]
        return {"taken": [self.taken(place) for place in range(len(waiting))], "epoch": epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; what was put away counts as told."""
        for ring in self.rings:
            ring.take()
        self._told = [*state["taken"]]
        self._epoch = [[*rows] for rows in state["epoch"]]

    @property
    def steps(self) -> int:
        """Return the steps of all phases that were read."""
        return sum(self._told)

    def taken(self, phase: int) -> int:
        """Return how many steps a phase has taken."""
        return self._told[phase] + len(self.rings[phase])

    def number(self, phase: int) -> int:
        """Return the number of a phase's next step."""
        return self._turns.number(phase, self.taken(phase))

    def read(self) -> list[Chunk]:
        """Return what was put away since the last call, by phase."""
        found = zip(self._phases, [ring.take() for ring in self.rings], strict=True)
        return [self._chunk(phase, rows) for phase, rows in found if len(rows)]

    def _chunk(self, phase: PhaseRun, rows: Floats) -> Chunk:
        place, turns = phase.index, self._turns
        told = self._told[place]
        self._told[place] += len(rows)
        self._epoch[place].append(rows)
        totals, losses = rows, None
        if rows.ndim == 2:
            columns = np.ascontiguousarray(rows.T)
            totals, losses = columns[0], dict(zip(phase.losses, columns[1:], strict=True))
        bad, before = None, 0
        if not np.isfinite(totals).all():
            before = told + int(np.flatnonzero(~np.isfinite(totals))[0])
            bad = turns.number(place, before)
        first, stride = turns.number(place, told), turns.stride(place, told, len(rows))
        return Chunk(phase, first, stride, bad, before, totals, losses)

    def end_epoch(self) -> list[dict[str, float]]:
        """Return each phase's mean losses over the samples since the last call."""
        return [self._means(phase) for phase in self._phases]

    def _means(self, phase: PhaseRun) -> dict[str, float]:
        chunks, self._epoch[phase.index] = self._epoch[phase.index], []
        count = sum(map(len, chunks))
        if not count:
            return {"loss": float("nan")}
        sizes = phase.sizes_of(self._told[phase.index] - count, count)
        totals = [chunk if chunk.ndim == 1 else chunk[:, 0] for chunk in chunks]
        means = {"loss": _mean(np.concatenate(totals), sizes)}
        # An edit may have changed the number of losses; those of now are told.
        width = 1 + len(phase.losses)
        rows = [c for c in chunks if c.ndim == 2 and c.shape[1] == width]
        if rows:
            latest = np.concatenate(rows)
            for column, name in enumerate(phase.losses, start=1):
                means[f"loss.{name}"] = _mean(latest[:, column], sizes[count - len(latest) :])
        return means


def _mean(values: Floats, sizes: Sequence[int]) -> float:
    """Return the mean over samples from one figure a step."""
    total = sum(v * n for v, n in zip(values.tolist(), sizes, strict=True))
    return total / sum(sizes)
