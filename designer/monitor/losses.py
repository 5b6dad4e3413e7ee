"""Plots of what every step tells: the loss, each loss alone and summed, and the learning rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from designer.monitor.axes import Scale
from designer.monitor.curves import SeriesPlot, steps_axis
from designer.monitor.legend import Entry
from designer.monitor.marks import Marks
from designer.monitor.plot import Curve, Reading
from designer.monitor.series import smooth, zigzag
from designer.monitor.shapes import mix
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from PySide6.QtGui import QColor

    from designer.monitor.history import History
    from designer.monitor.series import Series, Singles
    from designer.monitor.style import Style

    Key: TypeAlias = tuple[int, str]

SMOOTHED = 0.02
"""Share of the shown steps that the smoothed loss averages over, until the user says otherwise."""
MOST_RAW = 4
"""With more losses than these only their running means are drawn."""
PALE = 0.62
EACH, MEAN = "each step", "mean"


class LossPlot(SeriesPlot):
    """Every step's loss, thin, and its running mean, strong.

    With several losses there is a curve for each and one for what they make together; with several
    phases such a set for each.
    """

    def __init__(self, history: History) -> None:
        super().__init__(
            "lossPlot", "Loss per step", steps_axis(), Scale("Loss"),
            "Press Train to see the loss here",
        )  # fmt: skip
        self.history = history
        self._keys: list[Key] = [(0, "")]
        self._names: list[str] = []
        self._hidden: set[object] = set()
        self._width = 0
        self._smoothed = SMOOTHED
        self._means: list[Singles] = []
        self._curves = [self._pair(bold=True)]
        self.marks = Marks(self)
        self.restyle()

    def set_smoothing(self, share: float) -> None:
        """Let the mean be over a share of the shown steps."""
        self._smoothed = share
        self.refresh()

    @property
    def single(self) -> bool:
        """Return whether there is one loss only."""
        return len(self._keys) == 1

    def _pair(self, *, bold: bool) -> tuple[Curve, Curve]:
        """Return the curve of every step and the one of the mean."""
        return Curve(self, self.look.muted), Curve(self, self.look.accent, z=1, bold=bold)

    def series(self) -> list[Series]:
        """Return the losses."""
        return [self.history.losses[key] for key in self._sorted()]

    def names(self, place: int) -> list[str]:
        """Return the name of a loss."""
        return ["loss" if self.single else self._name(self._keys[place])]

    def _sorted(self) -> list[Key]:
        keys = [key for key, held in self.history.losses.items() if len(held) or key == (0, "")]
        return sorted(keys, key=lambda key: (key[0], bool(key[1])))

    def columns(self, place: int) -> list[int]:
        """Return the one column, unless the loss is switched off."""
        return [] if not self.single and self._keys[place] in self._hidden else [0]

    def recolour(self, look: Style) -> None:
        """Take colours."""
        for place, (raw, mean) in enumerate(self._curves):
            colour = look.layer(place, len(self._curves))
            mean.set_colour(colour)
            raw.set_colour(mix(colour, look.paper, PALE))
        self.marks.restyle(look)
        self._entries()

    def _name(self, key: Key) -> str:
        phase, loss = key
        phases = {number for number, _ in self._keys}
        if len(phases) < 2:
            return loss or "total"
        name = self.history.phase_name(phase)
        return f"{name} · {loss}" if loss else name

    def _entries(self) -> None:
        self._names = [self._name(key) for key in self._keys]
        if not self.single:
            pairs = zip(self._keys, self._names, self._curves, strict=True)
            self.set_legend([Entry(n, c[1].colour, k not in self._hidden) for k, n, c in pairs])
            return
        raw, mean = self._curves[0]
        smoothed = f"mean of {self._width:,} steps" if self._width > 1 else "running mean"
        self.set_legend(
            [
                Entry(EACH, raw.colour, EACH not in self._hidden),
                Entry(smoothed, mean.colour, MEAN not in self._hidden),
            ]
        )

    def toggle(self, entry: int) -> None:
        """Show or hide one of the entries."""
        self._hidden ^= {(EACH, MEAN)[entry] if self.single else self._keys[entry]}
        self._entries()

    def fit(self) -> bool:
        """Make curves for each loss first."""
        keys = self._sorted()
        if keys != self._keys:
            self._remake(keys)
        elif self._names != [self._name(key) for key in keys]:
            self._entries()
        return super().fit()

    def _remake(self, keys: list[Key]) -> None:
        for curve in (curve for pair in self._curves for curve in pair):
            curve.remove()
        self._keys = keys
        self._curves = [self._pair(bold=not loss) for _, loss in keys]
        self.windows = ()
        self.legend.set([])
        self.recolour(self.look)

    def draw(self) -> None:
        """Draw the lines and the marks."""
        wide = self._smoothed * (self.x_axis.high - self.x_axis.low)
        width = 10 ** round(math.log10(max(wide, 1)), 1)
        width = round(width, -max(0, int(math.log10(max(width, 1)))))
        self._means = []
        for place, window in enumerate(self.windows):
            raw, mean = self._curves[place]
            shown = bool(self.columns(place))
            raw.set_shown(shown and self._raw_shown())
            mean.set_shown(shown and not (self.single and MEAN in self._hidden))
            held = self.history.losses[self._keys[place]]
            apart = 1.0 if self.single else held.span[1] / max(len(held), 1)
            middle = smooth(window, 0, width / apart)
            self._means.append(middle)
            raw.set_path(self.lines(*zigzag(window))[0])
            mean.set_path(self.line(window.x + (window.weight - 1) / 2, middle))
        self.marks.draw(self.history.edits)
        if int(width) != self._width:
            self._width = int(width)
            self._entries()

    def _raw_shown(self) -> bool:
        if self.single:
            return EACH not in self._hidden
        return len(self._keys) <= MOST_RAW

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the losses of the steps under the cursor, and the running mean of a single one."""
        words, found = self.buckets(x)
        readings = [self._reading(place, at) for place, at in found.items() if self.columns(place)]
        if self.single and found and found[0] < len(self._means[0]):
            readings.append(Reading("mean", float(self._means[0][found[0]])))
        return words, readings

    def _reading(self, place: int, at: int) -> Reading:
        window = self.windows[place]
        name = "loss" if self.single else self._names[place]
        low, high = float(window.low[0, at]), float(window.high[0, at])
        words = figure(low) if low == high else f"{figure(low)} to {figure(high)}"
        return Reading(name, low, words)


class RatePlot(SeriesPlot):
    """The learning rate of each phase."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "ratePlot", "Learning rate", steps_axis(), Scale("Learning rate"),
            "Press Train to see the learning rate here",
        )  # fmt: skip
        self.history = history
        self._phases: list[int] = [0]
        self._hidden: set[int] = set()
        self._curves = [Curve(self, self.look.accent, bold=True)]
        self.restyle()

    def series(self) -> list[Series]:
        """Return the learning rates."""
        return [self.history.rates[phase] for phase in sorted(self.history.rates)]

    def columns(self, place: int) -> list[int]:
        """Return the one column, unless the phase is switched off."""
        return [] if self._phases[place] in self._hidden else [0]

    def names(self, place: int) -> list[str]:
        """Return the name of a phase's rate."""
        many = len(self._phases) > 1
        return [self.history.phase_name(self._phases[place]) if many else "learning rate"]

    def _colour(self, look: Style, place: int) -> QColor:
        return look.series[2] if len(self._curves) == 1 else look.layer(place, len(self._curves))

    def recolour(self, look: Style) -> None:
        """Take colours."""
        for place, curve in enumerate(self._curves):
            curve.set_colour(self._colour(look, place))
        self._entries()

    def _entries(self) -> None:
        pairs = list(zip(self._phases, self._curves, strict=True))
        if len(pairs) == 1:
            self._hidden.clear()
            pairs = []
        name = self.history.phase_name
        self.set_legend([Entry(name(p), c.colour, p not in self._hidden) for p, c in pairs])

    def toggle(self, entry: int) -> None:
        """Show or hide a phase."""
        self._hidden ^= {self._phases[entry]}
        self._entries()

    def fit(self) -> bool:
        """Make a curve for each phase first."""
        phases = sorted(self.history.rates)
        if phases != self._phases:
            for curve in self._curves:
                curve.remove()
            self._phases = phases
            self._curves = [Curve(self, self.look.accent, bold=True) for _ in phases]
            self.windows = ()
            self.legend.set([])
            self.recolour(self.look)
        elif self.legend.names not in ([], [self.history.phase_name(p) for p in phases]):
            self._entries()
        return super().fit()

    def draw(self) -> None:
        """Draw the lines."""
        for place, window in enumerate(self.windows):
            self._curves[place].set_shown(bool(self.columns(place)))
            self._curves[place].set_path(self.lines(*zigzag(window))[0])

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the rates under the cursor."""
        words, found = self.buckets(x)
        many = len(self._phases) > 1
        return words, [
            Reading(
                self.history.phase_name(self._phases[place]) if many else "rate",
                float(self.windows[place].mean[0, at]),
            )
            for place, at in found.items()
            if self.columns(place)
        ]
