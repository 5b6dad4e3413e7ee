"""The last sound moments of a run, kept in memory so that a step that fails can be run again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.train.blame import finite
from engine.train.moment import put, state_of
from engine.train.packing import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from engine.monitor.sampler import Sampler
    from engine.train.setup import Prepared

SECONDS = 0.5
"""At least so long after one moment the next is kept."""
PART = 0.25
"""Of the share for watching: what keeping moments may take."""
MOST = 2 << 30
"""Bytes of a moment beyond which none is kept."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A run between two steps: weights, optimizers, schedules, random numbers."""

    taken: tuple[int, ...]
    """Steps that each phase had taken."""
    epoch: int
    """Epochs that were over."""
    document: Any
    tensors: Mapping[str, torch.Tensor]

    def put(self, prepared: Prepared) -> None:
        """Bring it back."""
        put(prepared, unpack(self.document, self.tensors, prepared.device))


def shoot(prepared: Prepared, taken: tuple[int, ...], epoch: int) -> Shot:
    """Return the run as it is now."""
    return Shot(taken, epoch, *pack(state_of(prepared)))


class Reel:
    """Keeps the last two moments at which all weights were finite.

    A moment is taken at a look, within a share of what watching may take, so it may be some time
    old; a large network's is rarer.

    Parameters
    ----------
    sampler
        Whose budget it is.
    """

    def __init__(self, sampler: Sampler) -> None:
        self.shots: deque[Shot] = deque(maxlen=2)
        self.due = 0.0
        self.epoch = 0
        """Epochs that are over."""
        self.moves: dict[int, tuple[float, ...]] = {}
        """Epoch -> what moved each phase's schedule after it."""
        self.size = 0
        """Bytes of the last moment."""
        self._sampler = sampler

    def forget(self) -> None:
        """Keep another moment soon: the run was changed from outside."""
        self.shots.clear()
        self.moves.clear()
        self.due = 0.0

    def ended(self, figures: tuple[float, ...]) -> None:
        """Note that an epoch is over, and what its end moved the schedules by."""
        self.moves[self.epoch] = figures
        self.epoch += 1
        first = min((shot.epoch for shot in self.shots), default=self.epoch)
        for epoch in [e for e in self.moves if e < first]:
            del self.moves[epoch]

    def keep(self, prepared: Prepared, taken: tuple[int, ...], clock: Callable[[], float]) -> bool:
        """Keep the moment of now; return whether all weights are finite, else nothing is kept."""
        if not self._sampler.on:
            return True
        now = clock()
        sound = finite(list(prepared.root.parameters()))
        self.size = _bytes(prepared)
        if sound and self.size <= MOST:
            self.shots.append(shoot(prepared, taken, self.epoch))
        self._account(now, clock())
        return sound

    def _account(self, now: float, end: float) -> None:
        if self.due:
            self._sampler.charge(end - now, end)
        else:
            # The first is dear, as everything is new; it pushes no sample away.
            self._sampler.spent += end - now
        self.due = end + max(SECONDS, (end - now) / (PART * self._sampler.share))

    def soon(self) -> None:
        """Look at the weights at the next look: something that was sampled is not finite."""
        self.due = min(self.due, 1e-9)

    def absence(self, shots: Sequence[Shot]) -> str:
        """Return why a step could not be run again, as a sentence."""
        if not self._sampler.on and not self.shots:
            return "Watching is off, so no moment was kept to run the step again from."
        if self.size > MOST:
            return "The network is too large for a moment to be kept to run the step again from."
        if not shots:
            return "No moment from before it was kept, so the step cannot be run again."
        return "Run again from the last moment that was kept, the step came out finite."

    def before(self, phase: int, taken: int) -> list[Shot]:
        """Return the moments not behind a step of a phase, latest first."""
        return [shot for shot in reversed(self.shots) if shot.taken[phase] <= taken]


def _bytes(prepared: Prepared) -> int:
    held = [*prepared.root.parameters(), *prepared.root.buffers()]
    for run in prepared.phases:
        for state in run.stepper.optimizer.state.values():
            held += [value for value in state.values() if hasattr(value, "element_size")]
    return sum(tensor.numel() * tensor.element_size() for tensor in held)
