"""The figures that nodes can be coloured by: a table of them, and their values at any moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, Signal

from designer.monitor.measure import FIRST, MEASURES, Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from designer.monitor.history import History

Values: TypeAlias = "dict[str, float]"

DECADES = 8
"""A logarithmic ramp reaches no farther down than this from its hot end."""
ROUND = 1e-6
"""How far beyond a power of ten the end of a ramp may lie, in decades."""


@dataclass(frozen=True, slots=True)
class Reach:
    """From the coldest value of a ramp to the hottest."""

    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def heat(self, value: float) -> float:
        """Return where a value lies, 0 to 1; what is not finite is hottest."""
        if not math.isfinite(value):
            return 1.0
        low, high = self.low, self.high
        if self.log:
            if value <= 0:
                return 0.0
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def heats(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where values lie; NaN stays."""
        low, high = self.low, self.high
        if self.log:
            low, high = math.log10(low), math.log10(high)
            with np.errstate(invalid="ignore", divide="ignore"):
                values = np.log10(np.maximum(values, 0.0))
        return np.clip((values - low) / (high - low), 0.0, 1.0)

    def value(self, share: float) -> float:
        """Return the value at a place of the ramp."""
        if self.log:
            return self.low ** (1 - share) * self.high**share
        return self.low + (self.high - self.low) * share


def reach(measure: Measure, least: float, low: float, high: float) -> Reach:
    """Return a ramp with round ends.

    Parameters
    ----------
    least
        The least value above zero.
    low, high
        The extremes. A ramp of shares is from 0 to 1 whatever they are.
    """
    if measure.share:
        return Reach()
    if measure.log:
        if not (math.isfinite(least) and math.isfinite(high)) or high <= 0:
            return Reach(0.1, 10.0, True)
        top = math.ceil(math.log10(high) - ROUND)
        bottom = max(math.floor(math.log10(least) + ROUND), top - DECADES)
        return Reach(10.0 ** min(bottom, top - 1), 10.0**top, True)
    if not (math.isfinite(low) and math.isfinite(high)):
        return Reach(-1.0 if measure.diverging else 0.0, 1.0)
    far = _round_up(max(abs(low), abs(high)))
    return Reach(-far if measure.diverging else 0.0, far)


def _round_up(value: float) -> float:
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= value * 0.999999)


class Measures(QObject):
    """The figures of all nodes by address, now or at an earlier moment of the run.

    Signals
    -------
    changed
        What nodes show is another: values came, or another figure or moment was chosen.
    told
        The run told of a later step, while an earlier one is looked at.
    """

    changed = Signal()
    told = Signal()

    def __init__(self, history: History, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = history
        self.chosen = FIRST
        """The id of the figure that nodes show."""
        self.moment: float | None = None
        """The step whose figures are shown, counted from 1; None is now."""
        self._put: dict[str, Values] = {}

    @property
    def measure(self) -> Measure:
        """Return the chosen figure."""
        return MEASURES[self.chosen]

    def refresh(self) -> None:
        """Take note that the run told something."""
        (self.changed if self.moment is None else self.told).emit()

    def choose(self, measure_id: str) -> None:
        """Show another figure."""
        if measure_id != self.chosen:
            self.chosen = measure_id
            self.changed.emit()

    def look_back(self, step: float | None) -> None:
        """Show the figures of a step; None follows the run."""
        if step != self.moment:
            self.moment = step
            self.changed.emit()

    def put(self, measure_id: str, values: Mapping[str, float]) -> None:
        """Set what a figure is that the history does not know; no values take it away."""
        assert not MEASURES[measure_id].source, f"{measure_id} comes from the history"
        self._put[measure_id] = dict(values)
        self.changed.emit()

    def forget(self) -> None:
        """Another project is open now."""
        self._put.clear()
        self.moment = None
        self.changed.emit()

    def known(self, measure_id: str) -> bool:
        """Return whether any node has the figure."""
        source = MEASURES[measure_id].source
        if source:
            return bool(getattr(self.history, source).sets(measure_id))
        return bool(self._put.get(measure_id))

    def span(self) -> tuple[int, int]:
        """Return the first and the last step there are figures of; zeros where there are none."""
        history = self.history
        held = [s for layers in (history.norms, history.activations) for s in layers.spans()]
        if not held:
            return 0, 0
        return round(min(low for low, _ in held)), round(max(high for _, high in held))

    def seen(self) -> tuple[int, int]:
        """Return which steps the shown moment stands for: one, or some that were joined.

        The figures of an old step of a long run are the means of a few samples.
        """
        if self.moment is None:
            last = self.span()[1]
            return last, last
        history = self.history
        held = [*history.norms.steps_at(self.moment), *history.activations.steps_at(self.moment)]
        if not held:
            return round(self.moment), round(self.moment)
        return round(min(low for low, _ in held)), round(max(high for _, high in held))

    def values(self, measure_id: str = "") -> Values:
        """Return a figure of every node that has it, by address, at the chosen moment."""
        found: Values = {}
        for nodes, row in self.rows(measure_id):
            found.update(zip(nodes, row.tolist(), strict=True))
        return found

    def rows(self, measure_id: str = "") -> list[tuple[tuple[str, ...], NDArray[Any]]]:
        """Return the same as lists of addresses with a row each; what comes later counts."""
        measure = MEASURES[measure_id or self.chosen]
        if not measure.source:
            held = self._put.get(measure.id, {})
            return [(tuple(held), np.array(list(held.values()), np.float64))] if held else []
        if self.moment is not None:
            return getattr(self.history, measure.source).rows_at(measure.id, self.moment)
        if measure.source == "norms":
            latest = self.history.latest_norms
            return [(nodes, getattr(event, measure.id)) for nodes, event in latest.items()]
        return self.history.latest_outputs(measure.id)

    def reach(self, measure_id: str = "") -> Reach:
        """Return the ramp of a figure: from the least to the greatest of the whole run so far."""
        measure = MEASURES[measure_id or self.chosen]
        if measure.source:
            return reach(measure, *getattr(self.history, measure.source).extremes(measure.id))
        held = [v for v in self._put.get(measure.id, {}).values() if math.isfinite(v)]
        least = min((v for v in held if v > 0), default=math.nan)
        return reach(measure, least, min(held, default=math.nan), max(held, default=math.nan))
