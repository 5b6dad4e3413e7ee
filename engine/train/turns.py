"""In which order phases take steps, and the numbers those steps bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Turns:
    """Phases take turns, each with so many steps. Numbers count the steps of all of them.

    Parameters
    ----------
    steps
        Steps of each phase in a turn. A single phase has no turns to take: its number is 1.
    batches
        Batches of the first phase's part of the data. An epoch has turns enough to use each once.
    """

    def __init__(self, steps: Sequence[int], batches: int) -> None:
        self.steps = tuple(steps) if len(steps) > 1 else (1,)
        self.all = sum(self.steps)
        self.per_epoch = -(-batches // self.steps[0])

    @property
    def steps_per_epoch(self) -> int:
        """Return the steps of all phases in an epoch."""
        return self.all * self.per_epoch

    def number(self, phase: int, count: int) -> int:
        """Return the number of a phase's step, from how many it took before.

        A phase's steps are spread evenly over its turns, so that those of several phases may bear
        the same number.
        """
        return count * self.all // self.steps[phase]

    def stride(self, phase: int, first: int, count: int) -> float:
        """Return how far apart the numbers of so many steps of a phase are, after `first` steps.

        On average they are as many as the phases take while this one takes one. Rounding is such
        that numbers of one stretch of steps end where those of the next begin.
        """
        return (self.number(phase, first + count) - self.number(phase, first)) / count

    def left(self, phase: int, turn: int, count: int) -> int:
        """Return how many steps a phase still has to take in a turn, from how many it took."""
        return max(0, (turn + 1) * self.steps[phase] - count)
