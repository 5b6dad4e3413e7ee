"""When to look: a controller that keeps watching under a share of the time and a rate."""

from __future__ import annotations

import math

RATE = 30.0
"""Samples a second at most."""


class Sampler:
    """Says when the next sample is due.

    After a sample that cost `c` seconds the next is due no sooner than `c / share` seconds later,
    and no sooner than 1 / 30 s. `spent` is all the time watching has cost.

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
        """Account for a sample that ended at `now` and took `cost` seconds."""
        self.spent += cost
        if self._on:
            self.due = now + max(1 / RATE, cost / self.share)

    def resume(self, now: float) -> None:
        """Make up for a pause that ended at `now`: the next sample is due at once."""
        if self._on:
            self.due = min(self.due, now)
