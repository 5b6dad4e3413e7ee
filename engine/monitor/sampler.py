"""When to look: a controller that keeps watching under a share of the time and a rate."""

from __future__ import annotations

import math

RATE = 30.0
"""Samples a second at most."""
BURST = 10
"""The first samples of a run wait for the rate alone, so that a short run shows something too."""


class Sampler:
    """Says when the next sample is due.

    Whatever watching costs moves the next sample away by as many seconds over `share`; two samples
    are at least 1 / 30 s apart. The first `BURST` samples do not push the next one away (the very
    first is dear, as everything is new). `spent` is all the time watching has cost, those included.

    Parameters
    ----------
    share
        The part of the time that samples may take, 0 to 1.
    on
        False: nothing is ever due.
    """

    __slots__ = ("_on", "due", "share", "spent", "taken")

    def __init__(self, share: float, on: bool = True) -> None:
        self.share = share
        self.spent = 0.0
        self.taken = 0
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
        self.taken += 1
        if self.taken > BURST:
            self.charge(cost, now)
        else:
            self.spent += cost
        self.due = max(self.due, now + 1 / RATE)
