"""Events wait here until they are fetched. Only plot samples are ever thinned or dropped."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.train.events import PLOTTED, Steps

if TYPE_CHECKING:
    from engine.train.events import Event, Floats

VALUES = 1 << 18
"""Losses that wait unthinned."""
SAMPLES = 256
"""Other plot samples that wait; older ones give way."""


def thin(loss: Floats, factor: int) -> Floats:
    """Return the minimum and maximum of each `2 * factor` values, in the order they came."""
    width = 2 * factor
    whole = len(loss) - len(loss) % width
    rows = loss[:whole].reshape(-1, width)
    pair = np.sort(np.stack([rows.argmin(1), rows.argmax(1)], 1), 1)
    kept = np.take_along_axis(rows, pair, 1).reshape(-1)
    return np.concatenate([kept, loss[whole:][:: max(1, factor)]]).astype(np.float32)


class Mailbox:
    """A buffer between the thread that trains and whoever watches.

    `put` is called by one side, `drain` by the other. Its memory is bounded: losses are thinned
    (minima and maxima stay), other samples are dropped oldest first, everything else is kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[tuple[int, Event]] = deque()
        self._steps: deque[tuple[int, Steps]] = deque()
        self._samples: deque[tuple[int, Event]] = deque(maxlen=SAMPLES)
        self._values = 0
        self._count = 0

    def put(self, event: Event) -> None:
        """Add an event."""
        with self._lock:
            self._count += 1
            entry = (self._count, event)
            if isinstance(event, Steps):
                self._steps.append((self._count, event))
                self._values += len(event.loss)
                if self._values > VALUES:
                    self._thin()
            elif isinstance(event, PLOTTED):
                self._samples.append(entry)
            else:
                self._kept.append(entry)

    def drain(self) -> list[Event]:
        """Return all waiting events in the order they came, and forget them."""
        if not self._count:
            return []
        with self._lock:
            waiting = [*self._kept, *self._steps, *self._samples]
            self._kept.clear()
            self._steps.clear()
            self._samples.clear()
            self._values = self._count = 0
        waiting.sort(key=lambda entry: entry[0])
        return [event for _, event in waiting]

    def _thin(self) -> None:
        """Join all waiting losses into one chunk of an eighth of the values."""
        chunks = [event for _, event in self._steps]
        number, last = self._steps[-1]
        first = chunks[0].first_step
        steps = last.last_step + 1 - first
        loss = thin(np.concatenate([c.loss for c in chunks]), 8)
        self._steps.clear()
        stride = steps / len(loss)
        self._steps.append((number, replace(last, first_step=first, loss=loss, stride=stride)))
        self._values = len(loss)
