"""The line below the canvas: which figure colours the nodes, what the colours mean, and when.

Its slider looks back through the run; the nodes and the plots then show that step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from designer.monitor.axes import power
from designer.monitor.measures import FIRST, MEASURES
from designer.theme import signals, theme
from designer.words import figure

if TYPE_CHECKING:
    from designer.monitor.measures import Measure, Measures, Reach

WIDE, HIGH = 96, 10
STEPS = 24
"""Fields of the ramp."""
WIRES = "Wires: the gradient norm of the nearest layer behind them that has parameters, {} to {}."


class HeatBar(QWidget):
    """Chooser, legend, slider over the run, and the way back to now. Shown once there are figures.

    Signals
    -------
    moved
        Another figure or moment was chosen, or other figures can be.
    """

    moved = Signal()

    def __init__(self, measures: Measures) -> None:
        super().__init__()
        self.setObjectName("heatBar")
        self.setAccessibleName("Colours of the canvas")
        self._measures = measures
        self._reach: Reach | None = None
        self._known: tuple[bool, ...] = ()
        self.choice = QComboBox()
        self.choice.setObjectName("heatBar.figure")
        self.choice.setAccessibleName("Figure that colours the nodes")
        self.choice.setToolTip("Which figure colours the nodes")
        for measure in MEASURES.values():
            self.choice.addItem(measure.title, measure.id)
            place, role = self.choice.count() - 1, Qt.ItemDataRole.ToolTipRole
            self.choice.setItemData(place, measure.words, role)
        self.choice.activated.connect(self._choose)
        self.low, self.ramp, self.high = QLabel(), QLabel(), QLabel()
        for label, name in ((self.low, "low"), (self.ramp, "ramp"), (self.high, "high")):
            label.setObjectName(f"heatBar.{name}")
            label.setProperty("role", "muted")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("heatBar.slider")
        self.slider.setAccessibleName("Step of the run that the nodes show")
        self.slider.setToolTip("Look back through the run")
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderReleased.connect(self._released)
        self.step = QLabel()
        self.step.setObjectName("heatBar.step")
        self.step.setProperty("role", "muted")
        self.step.setMinimumWidth(self.fontMetrics().horizontalAdvance("steps 00,000 – 00,000"))
        self.live = QToolButton()
        self.live.setObjectName("heatBar.live")
        self.live.setText("Live")
        self.live.setAccessibleName("Follow the run again")
        self.live.setToolTip("Follow the run again")
        self.live.setCheckable(True)
        self.live.clicked.connect(self.follow)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 3)
        row.setSpacing(8)
        for part in (self.choice, self.low, self.ramp, self.high):
            row.addWidget(part)
        row.addSpacing(16)
        row.addWidget(self.slider, 1)
        row.addWidget(self.step)
        row.addWidget(self.live)
        measures.changed.connect(self.refresh)
        measures.told.connect(self._told)
        signals.themeChanged.connect(self._restyle)
        self.refresh()

    def choose(self, measure_id: str) -> None:
        """Show another figure."""
        self._measures.choose(measure_id)
        self.moved.emit()

    def follow(self) -> None:
        """Go back to now."""
        self._measures.look_back(None)
        self.refresh()
        self.moved.emit()

    def nudge(self, way: int) -> None:
        """Move the slider by a hundredth of the run, at least a step."""
        low, high = self.slider.minimum(), self.slider.maximum()
        self.slider.setValue(self.slider.value() + way * max(1, (high - low) // 100))

    def refresh(self) -> None:
        """Bring everything up to date."""
        measures = self._measures
        self._list()
        with QSignalBlocker(self.choice):
            self.choice.setCurrentIndex(list(MEASURES).index(measures.chosen))
        self.choice.setToolTip(measures.measure.words)
        self._tell_reach()
        self._tell_step()

    def _told(self) -> None:
        self._list()
        self._tell_reach()
        self._tell_step()

    def _list(self) -> None:
        """Offer what is known; the rest says how it becomes known."""
        known = tuple(self._measures.known(measure_id) for measure_id in MEASURES)
        self.setVisible(any(known))
        if known == self._known:
            return
        self._known = known
        model = cast("QStandardItemModel", self.choice.model())
        for place, (on, measure) in enumerate(zip(known, MEASURES.values(), strict=True)):
            model.item(place).setEnabled(on)
            words = measure.words if on or measure.source else f"{measure.words} Profile it first."
            self.choice.setItemData(place, words, Qt.ItemDataRole.ToolTipRole)
        self.moved.emit()

    def _tell_reach(self) -> None:
        reach = self._measures.reach()
        if reach != self._reach:
            self._reach = reach
            measure = self._measures.measure
            self.low.setText(_end(measure, reach, reach.low))
            self.high.setText(_end(measure, reach, reach.high) + (" log" if reach.log else ""))
            self._paint_ramp()

    def _paint_ramp(self) -> None:
        if self._reach is None:
            return
        measure, look, ratio = self._measures.measure, theme(), self.devicePixelRatioF()
        pixmap = QPixmap(round(WIDE * ratio), round(HIGH * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        for place in range(STEPS):
            left = place * WIDE / STEPS
            colour = look.heat_color(place / (STEPS - 1))
            painter.fillRect(round(left), 0, round(WIDE / STEPS) + 1, HIGH, colour)
        painter.end()
        self.ramp.setPixmap(pixmap)
        ends = f"{self.low.text()} to {self.high.text()}"
        middle = _end(measure, self._reach, self._reach.value(0.5))
        grad, far = MEASURES[FIRST], self._measures.reach(FIRST)
        wires = WIRES.format(*(_end(grad, far, end) for end in (far.low, far.high)))
        words = f"{measure.title}: {ends}, in the middle {middle}. {wires}"
        self.ramp.setToolTip(words)
        self.ramp.setAccessibleName(words)

    def _tell_step(self) -> None:
        measures = self._measures
        first, last = measures.span()
        live = measures.moment is None
        with QSignalBlocker(self.slider):
            self.slider.setRange(first, max(first, last))
            self.slider.setValue(last if measures.moment is None else round(measures.moment))
            self.slider.setPageStep(max(1, (last - first) // 20))
            self.slider.setEnabled(last > first)
        self.live.setChecked(live)
        low, high = measures.seen()
        self.step.setText(f"step {low:,}" if low == high else f"steps {low:,} – {high:,}")
        self.step.setToolTip(
            "" if low == high else "Of older steps the means of a few samples are kept"
        )

    def _choose(self, place: int) -> None:
        self.choose(str(self.choice.itemData(place)))

    def _slide(self, step: int) -> None:
        last = step == self.slider.maximum() and not self.slider.isSliderDown()
        self._measures.look_back(None if last else float(step))
        self.moved.emit()

    def _released(self) -> None:
        """At the right end it follows the run."""
        if self.slider.value() == self.slider.maximum():
            self.follow()

    def _restyle(self, _theme: object) -> None:
        self._paint_ramp()


def _end(measure: Measure, reach: Reach, value: float) -> str:
    if measure.share:
        return f"{value:.0%}"
    if measure.phrase is not figure:
        return measure.phrase(value)
    if reach.log:
        # The ends are powers of ten; the middle of an odd number of them is not.
        near = abs(value / 10 ** round(math.log10(value)) - 1) < 1e-6
        return power(value) if near else figure(value)
    return figure(value)
