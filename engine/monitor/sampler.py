"""When to look: a controller that keeps watching under a share of the time and a rate."""

from __future__ import annotations

import math

RATE = 30.0
"""Samples a second at most."""


class Sampler:
    """Says when the next sample is due.

    Whatever watching costs moves the next sample away by as many seconds over `share`; two samples
    are at least 1 / 30 s apart. `spent` is all the time watching has cost.

    Parameters
    ----------
    share
        The part of the time that samples may take, 0 to 1.
    on
        False: nothing is ever due.
    """

    __slots__ = ("_on", "due", "share", "spent")

    def __init__(self, share: float, on: bool = True) -> None:
        self.share = share
        self.spent = 0.0
        self._on = on
        self.due = 0.0 if on else math.inf

    @property
    def on(self) -> bool:
        """Whether samples are taken."""
        return self._on

    @on.setter
    def on(self, value: bool) -> None:
        self._on = value
        self.due = 0.0 if value else math.inf

    def charge(self, cost: float, now: float) -> None:
        """Account for watching that ended at `now` and took `cost` seconds."""
        self.spent += cost
        if self._on:
            self.due = max(self.due, now) + cost / self.share

    def sampled(self, cost: float, now: float) -> None:
        """Account for a sample: as `charge`, and the next one keeps to the rate."""
        self.charge(cost, now)
        self.due = max(self.due, now + 1 / RATE)
