"""Events wait here until they are fetched. Only plot samples are ever thinned or dropped."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from engine.train.events import DISPLAYED, PLOTTED, Steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.train.events import Event, Floats, Pictures, Points, Text

    Waiting: TypeAlias = tuple[int, Event]

VALUES = 1 << 18
"""Losses that wait unthinned."""
SAMPLES = 256
"""Other plot samples that wait; older ones give way."""
SHOWN = 12
"""The same for what one display shows: pictures are large."""


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
        self._kept: deque[Waiting] = deque()
        self._steps: deque[tuple[int, Steps]] = deque()
        self._samples: deque[Waiting] = deque(maxlen=SAMPLES)
        self._displays: dict[tuple[type, str], deque[Waiting]] = {}
        self._values = 0
        self._count = 0

    def put(self, event: Event) -> None:
        """Add an event."""
        with self._lock:
            self._count += 1
            entry = (self._count, event)
            if isinstance(event, Steps):
                self._steps.append((self._count, event))
                self._values += _values(event)
                if self._values > VALUES:
                    self._thin()
            elif isinstance(event, DISPLAYED):
                self._display(event).append(entry)
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
            for shown in self._displays.values():
                waiting += shown
            self._kept.clear()
            self._steps.clear()
            self._samples.clear()
            self._displays.clear()
            self._values = self._count = 0
        waiting.sort(key=lambda entry: entry[0])
        return [event for _, event in waiting]

    def _display(self, event: Pictures | Points | Text) -> deque[Waiting]:
        return self._displays.setdefault((type(event), event.node), deque(maxlen=SHOWN))

    def _thin(self) -> None:
        """Join the waiting losses of each phase into one chunk of an eighth of the values."""
        groups: dict[object, list[tuple[int, Steps]]] = {}
        for entry in self._steps:
            event = entry[1]
            groups.setdefault((event.phase, tuple(event.losses or ())), []).append(entry)
        joined = sorted((_join(chunks) for chunks in groups.values()), key=lambda entry: entry[0])
        self._steps = deque(joined)
        self._values = sum(_values(event) for _, event in joined)


def _values(event: Steps) -> int:
    return len(event.loss) * (1 + len(event.losses or ()))


def _join(chunks: list[tuple[int, Steps]]) -> tuple[int, Steps]:
    """Return one chunk for several of the same phase with the same losses."""
    events = [event for _, event in chunks]
    number, last = chunks[-1]
    first = events[0].first_step
    loss = _thinned(event.loss for event in events)
    losses = None
    if last.losses is not None:
        every = [event.losses or {} for event in events]
        losses = {name: _thinned(held[name] for held in every) for name in last.losses}
    stride = (last.last_step + 1 - first) / len(loss)
    return number, replace(last, first_step=first, loss=loss, losses=losses, stride=stride)


def _thinned(parts: Iterable[Floats]) -> Floats:
    return thin(np.concatenate([*parts]), 8)
