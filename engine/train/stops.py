"""Where a run rests by itself: at a step, after each epoch, when a figure passes a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.train.events import Floats


@dataclass(frozen=True, slots=True)
class Stops:
    """What makes a run pause.

    Steps and epochs are met exactly. Losses are read some times a second and gradients on sampled
    steps alone, so a run pauses some steps behind one that passed a bound.
    """

    loss: float | None = None
    """Pause when the loss of a phase is above this."""
    gradient: float | None = None
    """Pause when the norm of all gradients of a sampled step is above this."""
    step: int | None = None
    """Pause when so many steps of all phases are done."""
    epochs: bool = False
    """Pause after every epoch, once its figures are there."""

    def loss_reason(self, first: int, stride: float, totals: Floats) -> str:
        """Return why losses that were read make the run pause, or nothing."""
        if self.loss is None:
            return ""
        above = np.flatnonzero(totals > self.loss)
        if not len(above):
            return ""
        step = first + round(int(above[0]) * stride) + 1
        return f"The loss of step {step:,} was {totals[above[0]]:.4g}, above {self.loss:g}."

    def gradient_reason(self, step: int, norm: float) -> str:
        """Return why the gradients of a step make the run pause, or nothing."""
        if self.gradient is None or not norm > self.gradient:
            return ""
        return f"The gradient norm of step {step + 1:,} was {norm:.4g}, above {self.gradient:g}."

    def goal(self, taken: int, per_epoch: int) -> tuple[int, str] | None:
        """Return at how many steps to rest next, and why; None where nothing says so."""
        goals: list[tuple[int, str]] = []
        if self.step is not None and self.step > taken:
            goals.append((self.step, f"Step {self.step:,} is done."))
        if self.epochs:
            goals.append(epoch_goal(taken, per_epoch))
        return min(goals, default=None)


def epoch_goal(taken: int, per_epoch: int) -> tuple[int, str]:
    """Return the steps after which the epoch under way is over, and its words."""
    epoch = taken // per_epoch + 1
    return epoch * per_epoch, f"Epoch {epoch:,} is done."
