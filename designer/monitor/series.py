"""The history of a curve at several resolutions, in bounded memory. No Qt here.

The finest level holds the latest samples as they came; each level above joins `FACTOR` buckets of
the one below into a bucket that keeps their minimum, maximum and mean. Recent history can be read
sample by sample, and the whole of a run of millions of steps in a few thousand buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Singles: TypeAlias = NDArray[np.float32]

FACTOR = 4
LEVELS = 20


@dataclass(frozen=True, slots=True)
class Window:
    """What a plot draws of a part of a series: m buckets of k curves."""

    x: Floats
    """Where each bucket begins, rising [m]."""
    low: Singles
    """Least value of each bucket [k, m]; NaN where a bucket holds nothing but NaN."""
    high: Singles
    """Greatest value of each bucket [k, m]."""
    mean: Singles
    """Mean of each bucket [k, m]."""
    weight: Floats
    """Samples in each bucket [m]."""

    @property
    def exact(self) -> bool:
        """Return whether every bucket is a single sample."""
        return bool(self.weight.sum() == len(self.weight))


class _Level:
    """The latest buckets of one resolution, in a buffer of twice the capacity that slides."""

    __slots__ = ("capacity", "count", "end", "merged", "planes", "start", "stride", "x")

    def __init__(self, columns: int, capacity: int, stride: int) -> None:
        self.capacity = capacity
        self.stride = stride
        self.count = self.start = self.end = self.merged = 0
        self.x = np.empty(2 * capacity)
        planes = 1 if stride == 1 else 3
        self.planes = np.empty((planes, columns, 2 * capacity), np.float32)

    @property
    def first(self) -> int:
        """Return the absolute number of the oldest bucket still held."""
        return self.count - (self.end - self.start)

    def push(self, x: Floats, planes: Singles) -> None:
        """Append buckets: x [n], planes [1 or 3, k, n]; n is at most the capacity."""
        n = len(x)
        if self.end + n > 2 * self.capacity:
            keep = self.capacity - n
            old = slice(self.end - keep, self.end)
            self.x[:keep] = self.x[old]
            self.planes[..., :keep] = self.planes[..., old]
            self.end = keep
        new = slice(self.end, self.end + n)
        self.x[new] = x
        self.planes[..., new] = planes
        self.end += n
        self.count += n
        self.start = max(0, self.end - min(self.count, self.capacity))

    def take(self, begin: int, end: int) -> tuple[Floats, Singles]:
        """Return buckets by absolute number: x [n] and planes [3, k, n], as views."""
        shift = self.start - self.first
        part = slice(begin + shift, end + shift)
        planes = self.planes[..., part]
        return self.x[part], np.broadcast_to(planes, (3, *planes.shape[1:]))

    def join(self) -> tuple[Floats, Singles] | None:
        """Return the buckets of the level above that have become whole since the last call."""
        begin, end = self.merged * FACTOR, self.count // FACTOR * FACTOR
        if begin == end:
            return None
        self.merged = end // FACTOR
        x, planes = self.take(begin, end)
        low, high, mean = planes.reshape(3, planes.shape[1], -1, FACTOR)
        with np.errstate(invalid="ignore"):
            return x[::FACTOR], np.stack(
                [np.fmin.reduce(low, -1), np.fmax.reduce(high, -1), mean.mean(-1)]
            )


class Series:
    """One or more curves over a common, rising x.

    Parameters
    ----------
    columns
        How many curves.
    capacity
        Buckets held at each resolution. Memory grows with the logarithm of the number of samples.
    """

    __slots__ = ("_capacity", "_last", "_levels", "columns")

    def __init__(self, columns: int = 1, capacity: int = 8192) -> None:
        self.columns = columns
        self._capacity = capacity
        self._levels = [_Level(columns, capacity, 1)]
        self._last = np.full(columns, np.nan, np.float32)

    def __len__(self) -> int:
        """Return how many samples came, held or not."""
        return self._levels[0].count

    @property
    def nbytes(self) -> int:
        """Return the bytes held."""
        return sum(level.x.nbytes + level.planes.nbytes for level in self._levels)

    @property
    def last(self) -> Singles:
        """Return the latest sample of each curve [k]; NaN before the first."""
        return self._last

    @property
    def span(self) -> tuple[float, float]:
        """Return the first and the last x; (0, 0) when empty."""
        bottom, top = self._levels[0], self._levels[-1]
        if not bottom.count:
            return 0.0, 0.0
        return float(top.x[top.start]), float(bottom.x[bottom.end - 1])

    def append(self, x: ArrayLike, values: ArrayLike) -> None:
        """Add samples: x [n] rising, values [n] or [n, k]."""
        xs = np.asarray(x, np.float64).reshape(-1)
        rows = np.asarray(values, np.float32).reshape(len(xs), self.columns).T
        if not len(xs):
            return
        self._last = rows[:, -1].copy()
        chunk = self._capacity // 2
        for begin in range(0, len(xs), chunk):
            part = slice(begin, begin + chunk)
            self._push(xs[part], rows[None, :, part])

    def at(self, x: float) -> tuple[float, float, Singles]:
        """Return where the bucket at x begins and ends, and the mean of each curve there [k].

        A recent x has a bucket of its own sample, an older one stands for several. Before the
        first sample the values are empty.
        """
        for level in self._levels:
            xs = level.x[level.start : level.end]
            if len(xs) and xs[0] <= x:
                place = int(np.searchsorted(xs, x, "right")) - 1
                begin = float(xs[place])
                end = self._end(level, begin) if level.stride > 1 else begin
                return begin, end, level.planes[-1][:, level.start + place].copy()
        return x, x, np.empty(0, np.float32)

    def _end(self, level: _Level, begin: float) -> float:
        """Return the last x that a joined bucket stands for, as near as it is still known."""
        xs = level.x[level.start : level.end]
        after = int(np.searchsorted(xs, begin, "right"))
        return float(xs[after]) - 1 if after < len(xs) else self.span[1]

    def _push(self, x: Floats, planes: Singles) -> None:
        self._levels[0].push(x, planes)
        index = 0
        while index < len(self._levels):
            level = self._levels[index]
            index += 1
            if index == len(self._levels):
                if level.count < self._capacity // 2 or index == LEVELS:
                    break
                self._levels.append(_Level(self.columns, self._capacity, level.stride * FACTOR))
            joined = level.join()
            if joined is None:
                break
            self._levels[index].push(*joined)

    def view(self, x0: float, x1: float, buckets: int) -> Window:
        """Return x0 to x1 in at most twice `buckets` buckets, fewer where fewer samples lie.

        The extremes of all samples from x0 to x1 are within; one neighbour on each side is added,
        so that a curve runs to the edge.
        """
        x, planes, weight, first = self._collect(self._choose(x0, x1, buckets), x0)
        end = min(int(np.searchsorted(x, x1, "right")) + 1, len(x))
        return _thin(x[:end], planes[..., :end], weight[:end], first, buckets)

    def _choose(self, x0: float, x1: float, buckets: int) -> int:
        """Return the coarsest level that still has enough buckets and reaches back to x0."""
        chosen = len(self._levels) - 1
        for index in range(chosen, -1, -1):
            level = self._levels[index]
            xs = level.x[level.start : level.end]
            if level.first > 0 and xs[0] > x0:
                break
            chosen = index
            if np.searchsorted(xs, x1) - np.searchsorted(xs, x0) >= buckets:
                break
        return chosen

    def _collect(self, index: int, x0: float) -> tuple[Floats, Singles, Floats, int]:
        """Return a level from x0 on, and behind it what the finer ones have not handed up yet."""
        level = self._levels[index]
        held = level.x[level.start : level.end]
        first = level.first + max(int(np.searchsorted(held, x0, "right")) - 1, 0)
        parts = [level.take(first, level.count)]
        strides = [level.stride]
        for finer in reversed(self._levels[:index]):
            if finer.merged * FACTOR < finer.count:
                parts.append(finer.take(finer.merged * FACTOR, finer.count))
                strides.append(finer.stride)
        weight = np.repeat(np.array(strides, np.float64), [len(x) for x, _ in parts])
        if len(parts) == 1:
            return *parts[0], weight, first
        x = np.concatenate([x for x, _ in parts])
        return x, np.concatenate([p for _, p in parts], -1), weight, first


def _thin(x: Floats, planes: Singles, weight: Floats, first: int, buckets: int) -> Window:
    """Join neighbours, 2, 4, 8 at a time, counted from the start so that pictures do not swim."""
    step = 1
    while len(x) > 2 * buckets * step:
        step *= 2
    low, high, mean = planes
    if step == 1:
        return Window(x, low, high, mean, weight)
    starts = np.concatenate([[0], np.arange(step - first % step, len(x), step)])
    total = np.add.reduceat(weight, starts)
    with np.errstate(invalid="ignore"):
        joined = np.add.reduceat(mean * weight, starts, axis=1) / total
    return Window(
        x[starts],
        np.fmin.reduceat(low, starts, axis=1),
        np.fmax.reduceat(high, starts, axis=1),
        joined.astype(np.float32),
        total,
    )


def zigzag(window: Window) -> tuple[Floats, Singles]:
    """Return all curves as points, x [n] and y [k, n]: through each bucket's extremes."""
    if window.exact:
        return window.x, window.mean
    y = np.empty((len(window.low), 2 * len(window.x)), np.float32)
    y[:, 0::2] = window.low
    y[:, 1::2] = window.high
    return np.repeat(window.x, 2), y


def smooth(window: Window, column: int, samples: float) -> Singles:
    """Return the centred running mean of one curve over about `samples` samples [m].

    Buckets without a finite mean count for nothing; near an end the mean is over what is there.
    """
    mean = window.mean[column].astype(np.float64)
    weight = np.where(np.isfinite(mean), window.weight, 0.0)
    typical = float(window.weight.mean()) if len(window.weight) else 1.0
    half = max(round(samples / typical) // 2, 0)
    sums = np.concatenate([[0.0], np.cumsum(np.where(weight > 0, mean, 0.0) * weight)])
    counts = np.concatenate([[0.0], np.cumsum(weight)])
    place = np.arange(len(mean))
    left = np.maximum(place - half, 0)
    right = np.minimum(place + half + 1, len(mean))
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((sums[right] - sums[left]) / (counts[right] - counts[left])).astype(np.float32)
