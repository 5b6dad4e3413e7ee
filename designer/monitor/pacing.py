"""Which plots are drawn now: only visible ones with news, within a budget, slow ones less often."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BUDGET = 0.008
"""Seconds of the window's thread that one turn may take."""
SHARE = 8.0
"""A plot that takes t seconds is drawn no more often than every `SHARE * t`."""


class Drawn(Protocol):
    """What can be drawn."""

    dirty: bool

    def isVisible(self) -> bool:
        """Return whether it can be seen."""
        ...

    def refresh(self) -> None:
        """Draw it."""


@dataclass(slots=True)
class _Entry:
    view: Drawn
    topics: frozenset[str]
    every: float
    last: float = -1e9
    cost: float = 0.0

    def due(self, now: float) -> float:
        """Return for how long it has been due; negative when it is not yet."""
        return now - self.last - max(self.every, SHARE * self.cost)


class Pace:
    """Draws views that are marked, the one that waited longest first."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._entries: list[_Entry] = []

    def add(self, view: Drawn, topics: Iterable[str], every: float) -> None:
        """Draw a view when one of the topics has news, at most once in `every` seconds."""
        self._entries.append(_Entry(view, frozenset(topics), every))

    def mark(self, topics: set[str]) -> None:
        """Note that topics have news; `all` is every topic."""
        for entry in self._entries:
            if "all" in topics or not entry.topics.isdisjoint(topics):
                entry.view.dirty = True

    def turn(self, *, everything: bool = False) -> bool:
        """Draw what is due; return whether a visible view still waits."""
        begin = now = self._clock()
        waiting = [e for e in self._entries if e.view.dirty and e.view.isVisible()]
        waiting.sort(key=lambda e: e.due(begin), reverse=True)
        left = False
        for entry in waiting:
            if not everything and (entry.due(now) < 0 or now - begin > BUDGET):
                left = True
                continue
            entry.view.refresh()
            after = self._clock()
            entry.cost = 0.8 * entry.cost + 0.2 * (after - now)
            entry.last = now = after
        return left
