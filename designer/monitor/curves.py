"""Plots of lines: loss per step, metrics per epoch, a quantity per layer, the learning rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale, figure
from designer.monitor.legend import Entry
from designer.monitor.plot import Curve, Plot, Reading
from designer.monitor.series import Series, Window, smooth, zigzag
from designer.monitor.shapes import mix, squares

if TYPE_CHECKING:
    from collections.abc import Iterable

    from designer.monitor.history import History, Layers
    from designer.monitor.style import Style

SMOOTHED = 0.02
"""Share of the shown steps that the smoothed loss averages over."""
PARTS = ("train", "validation")
MOST_DOTS = 60
"""More samples than these are drawn as a line without dots."""


def extent(low: np.ndarray, high: np.ndarray, *, log: bool) -> tuple[float, float]:
    """Return the finite extremes; on a logarithmic axis those above zero.

    NaN when there are none.
    """
    if low.size and high.size:
        least, most = float(low.min()), float(high.max())
        if math.isfinite(least) and math.isfinite(most) and (least > 0 or not log):
            return least, most
    good_low = low[np.isfinite(low) & ((low > 0) | (not log))]
    good_high = high[np.isfinite(high) & ((high > 0) | (not log))]
    if not len(good_low) or not len(good_high):
        return math.nan, math.nan
    return float(good_low.min()), float(good_high.max())


class SeriesPlot(Plot):
    """A plot over the steps of a run; reads a `Series` at as many places as there are pixels."""

    seen: Window | None = None

    def series(self) -> Series | None:
        """Return what is shown; None while there is nothing."""
        return None

    def visible(self) -> list[int]:
        """Return the columns of the series that are shown."""
        return [0]

    def has_data(self) -> bool:
        """Return whether a sample came."""
        series = self.series()
        return series is not None and len(series) > 0

    def fit(self) -> bool:
        """Follow the data: all steps, and the values of those shown."""
        series = self.series()
        if series is None:
            return False
        moved = self.x_axis.fit(0.0, series.span[1], pinned=True)
        buckets = max(32, int(self.frame.rect.width() // 2))
        self.seen = series.view(self.x_axis.low, self.x_axis.high, buckets)
        columns = self.visible()
        every = len(columns) == series.columns
        low = self.seen.low if every else self.seen.low[columns]
        high = self.seen.high if every else self.seen.high[columns]
        ends = extent(low, high, log=self.y_axis.log)
        return self.y_axis.fit(*ends) or moved

    def bucket(self, x: float) -> int | None:
        """Return the shown bucket that holds x."""
        if self.seen is None or not len(self.seen.x):
            return None
        return max(0, int(np.searchsorted(self.seen.x, x, "right")) - 1)

    def heading(self, bucket: int) -> str:
        """Return the steps of a bucket in words."""
        assert self.seen is not None
        first = round(float(self.seen.x[bucket]))
        last = first
        if self.seen.weight[bucket] > 1 and bucket + 1 < len(self.seen.x):
            last = round(float(self.seen.x[bucket + 1])) - 1
        return f"step {first:,}" if last <= first else f"steps {first:,} – {last:,}"


def _steps_axis() -> Scale:
    return Scale("Step", whole=True)


class LossPlot(SeriesPlot):
    """Every step's loss, thin, and its running mean, strong."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "lossPlot", "Loss per step", _steps_axis(), Scale("Loss"),
            "Press Train to see the loss here",
        )  # fmt: skip
        self.history = history
        self._shown = [True, True]
        self._width = 0
        self._raw = Curve(self, self.look.muted)
        self._mean = Curve(self, self.look.accent, z=1, bold=True)
        self.restyle()

    def series(self) -> Series:
        """Return the loss."""
        return self.history.loss

    def recolour(self, look: Style) -> None:
        """Take colours."""
        self._raw.set_colour(mix(look.series[0], look.paper, 0.62))
        self._mean.set_colour(look.series[0])
        self._entries()

    def _entries(self) -> None:
        smoothed = f"mean of {self._width:,} steps" if self._width > 1 else "running mean"
        self.set_legend(
            [
                Entry("each step", self._raw.colour, self._shown[0]),
                Entry(smoothed, self._mean.colour, self._shown[1]),
            ]
        )

    def toggle(self, entry: int) -> None:
        """Show or hide one of the two."""
        self._shown[entry] = not self._shown[entry]
        self._entries()

    def draw(self) -> None:
        """Draw both lines."""
        window = self.seen
        if window is None:
            return
        wide = SMOOTHED * (self.x_axis.high - self.x_axis.low)
        width = 10 ** round(math.log10(max(wide, 1)), 1)
        width = round(width, -max(0, int(math.log10(max(width, 1)))))
        for curve, shown in zip((self._raw, self._mean), self._shown, strict=True):
            curve.set_shown(shown)
        self._raw.set_path(self.lines(*zigzag(window))[0])
        self._middle = smooth(window, 0, width)
        self._mean.set_path(self.line(window.x + (window.weight - 1) / 2, self._middle))
        if int(width) != self._width:
            self._width = int(width)
            self._entries()

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the loss of the steps under the cursor, and the running mean."""
        bucket = self.bucket(x)
        window = self.seen
        if bucket is None or window is None:
            return "", ()
        low, high = float(window.low[0, bucket]), float(window.high[0, bucket])
        words = figure(low) if low == high else f"{figure(low)} to {figure(high)}"
        readings = [Reading("loss", low, words)]
        if bucket < len(self._middle):
            readings.append(Reading("mean", float(self._middle[bucket])))
        return self.heading(bucket), readings


class RatePlot(SeriesPlot):
    """The learning rate."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "ratePlot", "Learning rate", _steps_axis(), Scale("Learning rate"),
            "Press Train to see the learning rate here",
        )  # fmt: skip
        self.history = history
        self._curve = Curve(self, self.look.accent, bold=True)
        self.restyle()

    def series(self) -> Series:
        """Return the learning rate."""
        return self.history.rate

    def recolour(self, look: Style) -> None:
        """Take colours."""
        self._curve.set_colour(look.series[2])

    def draw(self) -> None:
        """Draw the line."""
        if self.seen is not None:
            self._curve.set_path(self.lines(*zigzag(self.seen))[0])

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the rate under the cursor."""
        bucket = self.bucket(x)
        if bucket is None or self.seen is None:
            return "", ()
        return self.heading(bucket), [Reading("rate", float(self.seen.mean[0, bucket]))]


class LayerPlot(SeriesPlot):
    """One quantity of every layer over the steps, with a legend to switch layers off.

    Parameters
    ----------
    source
        The name of the history's attribute that holds the curves.
    quantity
        Which of its curves is shown.
    """

    def __init__(
        self,
        history: History,
        name: str,
        title: str,
        source: str,
        quantity: str,
        y: Scale,
        empty: str,
    ) -> None:
        super().__init__(name, title, _steps_axis(), y, empty, column=True)
        self.history, self.source, self.quantity = history, source, quantity
        self._lines: list[Curve] = []
        self._nodes: tuple[str, ...] = ()
        self._hidden: set[str] = set()
        self._picked = ""
        self.restyle()

    @property
    def layers(self) -> Layers:
        """Return the curves per layer."""
        return getattr(self.history, self.source)

    def series(self) -> Series | None:
        """Return the curves of the shown quantity."""
        return self.layers.curves.get(self.quantity)

    def show_quantity(self, quantity: str, label: str) -> None:
        """Show another quantity of the same layers."""
        self.quantity, self.y_axis.title = quantity, label
        self.y_axis.release()
        self.invalidate()

    def visible(self) -> list[int]:
        """Return the layers that are not switched off."""
        return [i for i, node in enumerate(self.layers.nodes) if node not in self._hidden]

    def show_node(self, node: str) -> None:
        """Make one layer's curve stand out."""
        for key, curve in zip(self._nodes, self._lines, strict=True):
            if key in (node, self._picked):
                curve.set_bold(key == node)
        self._picked = node

    def recolour(self, look: Style) -> None:
        """Take colours."""
        for index, curve in enumerate(self._lines):
            curve.set_colour(look.layer(index, len(self._lines)))
        self._entries()

    def toggle(self, entry: int) -> None:
        """Show or hide one layer."""
        self._hidden ^= {self._nodes[entry]}
        self._entries()

    def _entries(self) -> None:
        self.set_legend(
            [
                Entry(self.history.name(node), curve.colour, node not in self._hidden)
                for node, curve in zip(self._nodes, self._lines, strict=True)
            ]
        )

    def fit(self) -> bool:
        """Make a line for each layer first."""
        nodes = self.layers.nodes
        if nodes != self._nodes:
            for curve in self._lines:
                curve.remove()
            self._nodes = nodes
            self._lines = [Curve(self, self.look.layer(i, len(nodes))) for i in range(len(nodes))]
            self.show_node(self._picked)
            self.legend.set([])
            self._entries()
        return super().fit()

    def draw(self) -> None:
        """Draw the layers that are shown."""
        if self.seen is None:
            return
        shown = set(self.visible())
        few = self.seen.exact and len(self.seen.x) <= MOST_DOTS
        paths = self.lines(*zigzag(self.seen))
        for index, (curve, path) in enumerate(zip(self._lines, paths, strict=True)):
            curve.set_shown(index in shown)
            if index in shown:
                if few:
                    where = self.pixels(self.seen.x, self.seen.mean[index])
                    path.addPath(squares(*where, 3.0))
                curve.set_path(path)

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the figures of the layers nearest to the cursor."""
        bucket = self.bucket(x)
        window = self.seen
        if bucket is None or window is None:
            return "", ()
        names = [self.history.name(node) for node in self._nodes]
        return self.heading(bucket), [
            Reading(names[i], float(window.mean[i, bucket])) for i in self.visible()
        ]


class MetricsPlot(SeriesPlot):
    """One figure of merit after every epoch, on the training and on the validation part."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "metricsPlot", "Metrics per epoch", Scale("Epoch", whole=True), Scale("Loss"),
            "The first epoch's figures appear here",
        )  # fmt: skip
        self.history = history
        self.figure_id = "loss"
        self._curves = [Curve(self, self.look.accent, z=i, bold=True) for i in range(2)]
        self._dots = [Curve(self, self.look.accent, z=i) for i in range(2)]
        self._shown = [True, True]
        self.restyle()

    def show_metric(self, metric: str, label: str) -> None:
        """Show another figure."""
        self.figure_id, self.y_axis.title = metric, label
        self.y_axis.release()
        self.invalidate()

    def series(self) -> Series | None:
        """Return the shown figure."""
        return self.history.metrics.get(self.figure_id)

    def visible(self) -> list[int]:
        """Return the parts that are not switched off."""
        return [i for i in range(2) if self._shown[i]]

    def recolour(self, look: Style) -> None:
        """Take colours."""
        for curve, dots, colour in zip(self._curves, self._dots, look.series[:2], strict=True):
            curve.set_colour(colour)
            dots.set_colour(colour)
            dots.items[0].setBrush(colour)
        self._entries()

    def _entries(self) -> None:
        names = zip(PARTS, self._curves, self._shown, strict=True)
        self.set_legend([Entry(name, curve.colour, shown) for name, curve, shown in names])

    def toggle(self, entry: int) -> None:
        """Show or hide a part."""
        self._shown[entry] = not self._shown[entry]
        self._entries()

    def draw(self) -> None:
        """Draw both parts, with a dot for each epoch while they are few."""
        seen = self.seen
        if seen is None:
            return
        few = seen.exact and len(seen.x) <= MOST_DOTS
        paths = self.lines(*zigzag(seen))
        for index, shown in enumerate(self._shown):
            self._curves[index].set_shown(shown)
            self._dots[index].set_shown(shown and few)
            self._curves[index].set_path(paths[index])
            if few:
                where = self.pixels(seen.x, seen.mean[index])
                self._dots[index].set_path(squares(*where, 5.0))

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return both figures of the epoch nearest to the cursor."""
        bucket = self.bucket(x + 0.5)
        if bucket is None or self.seen is None:
            return "", ()
        values = self.seen.mean[:, bucket].tolist()
        pairs = [pair for pair in zip(PARTS, values, strict=True) if math.isfinite(pair[1])]
        heading = self.heading(bucket).replace("step", "epoch")
        return heading, [Reading(name, value) for name, value in pairs]
