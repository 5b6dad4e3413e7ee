"""The learning-rate finder: the loss over ever larger rates, and a rate to take from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from designer import theme
from designer.training.trial import TrialWindow

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from designer.document import Document
    from engine.project import Project
    from engine.train.finder import Found

_SIZE = (620, 420)
_TICK_MS = 100
_LOW, _HIGH = -5, 1
"""Powers of ten at the ends of the axis."""
_Points = list[tuple[float, float]]


class FinderWindow(TrialWindow):
    """Shows the curve while it grows.

    Signals
    -------
    rateChosen(place, rate)
        The user takes the suggested rate for the phase at a place of the list.
    """

    rateChosen = Signal(int, float)

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, "training.finder", "Find a learning rate", parent)
        self.resize(*_SIZE)
        self.plot = RatePlot()
        self.column.addWidget(self.plot, 1)
        self.found: Found | None = None
        self.take = self._button("Use it", "training.finder.apply", "Use the suggested rate")
        self.take.setProperty("primary", True)
        self.take.setEnabled(False)
        self.take.clicked.connect(self._take)
        self.buttons.addWidget(self.take)
        self._seen: _Points = []
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._grow)

    def work(self, project: Project, gone: threading.Event) -> Callable[[], object]:
        """Return the search."""
        place = self.place
        seen: _Points = []
        self._seen, self.found = seen, None
        self.take.setEnabled(False)
        self.take.setText("Use it")
        self._timer.start()

        def search() -> object:
            from engine.train.finder import find_rate
            from engine.train.setup import load_data

            return find_rate(
                project,
                load_data(project, cancelled=gone.is_set),
                place,
                cancelled=gone.is_set,
                told=lambda rate, loss: seen.append((rate, loss)),
            )

        return search

    def _grow(self) -> None:
        if not self.busy:
            self._timer.stop()
        if self._seen and self.found is None:
            rate, loss = self._seen[-1]
            if self.busy:
                self.state.setText(f"Rate {rate:.2g}: loss {loss:.4g}")
            self.plot.show_points(self._seen)

    def show_result(self, result: object) -> None:
        """Show the whole curve and what it suggests."""
        found: Found = result  # type: ignore[assignment]
        self.found = found
        points = list(zip(found.rates, found.losses, strict=True))
        self.plot.show_points(points, found.smoothed, found.turning, found.suggestion)
        words = found.note
        if found.turning is not None and found.suggestion is not None:
            words = (
                f"The loss turns up at {found.turning:.2g}; a tenth of that is "
                f"{found.suggestion:.2g}. {words}"
            )
            self.take.setEnabled(True)
            self.take.setText(f"Use {found.suggestion:.2g}")
        self.state.setText(words.strip())

    def _take(self) -> None:
        if self.found is not None and self.found.suggestion is not None:
            self.rateChosen.emit(self.place, float(f"{self.found.suggestion:.2g}"))
            self.close()


class RatePlot(QWidget):
    """Losses over learning rates; the axis of rates is logarithmic."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("training.finder.plot")
        self.setAccessibleName("Loss over learning rate")
        self.setMinimumHeight(180)
        self._points: Sequence[tuple[float, float]] = ()
        self._smoothed: Sequence[float] = ()
        self._turning: float | None = None
        self._suggestion: float | None = None

    def show_points(
        self,
        points: Sequence[tuple[float, float]],
        smoothed: Sequence[float] = (),
        turning: float | None = None,
        suggestion: float | None = None,
    ) -> None:
        """Show losses by rate, a smoothed line through them, and two rates of note."""
        self._points, self._smoothed = tuple(points), tuple(smoothed)
        self._turning, self._suggestion = turning, suggestion
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, losses, line and marks."""
        look = theme.theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("border"), 1))
        painter.setBrush(look.color("window"))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, 6, 6)
        painter.setFont(look.font("small"))
        plot = frame.adjusted(60, 14, -16, -28)
        self._axis(painter, plot)
        if len(self._points) < 2:
            return
        low, high = self._range()
        for rate, name in ((self._turning, "text_muted"), (self._suggestion, "accent")):
            if rate is not None:
                x = _across(plot, rate)
                painter.setPen(QPen(look.color(name), 1.4, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rates = [rate for rate, _ in self._points]
        thin = [loss for _, loss in self._points]
        for losses, name, width in ((thin, "text_muted", 0.8), (self._smoothed, "accent", 2.0)):
            line = [
                QPointF(_across(plot, rate), _down(plot, loss, low, high))
                for rate, loss in zip(rates, losses, strict=False)
            ]
            painter.setPen(QPen(look.color(name), width))
            painter.drawPolyline(QPolygonF(line))
        painter.setPen(look.color("text_muted"))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for loss, y in ((high, plot.top()), (low, plot.bottom())):
            painter.drawText(QRectF(4, y - 8, 50, 16), right, f"{loss:.3g}")

    def _axis(self, painter: QPainter, plot: QRectF) -> None:
        look = theme.theme()
        middle = int(Qt.AlignmentFlag.AlignCenter)
        for power in range(_LOW, _HIGH + 1):
            x = _across(plot, 10.0**power)
            painter.setPen(QPen(look.color("border"), 1))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            painter.setPen(look.color("text_muted"))
            painter.drawText(QRectF(x - 30, plot.bottom() + 4, 60, 16), middle, f"{10.0**power:g}")

    def _range(self) -> tuple[float, float]:
        """Return which losses are shown; what leaps far above the start is cut off."""
        losses = [loss for _, loss in self._points]
        low, first = min(losses), losses[0]
        return low, max(first + 0.5 * (first - low), min(max(losses), first + 2 * abs(first - low)))


def _across(plot: QRectF, rate: float) -> float:
    return plot.left() + plot.width() * (math.log10(rate) - _LOW) / (_HIGH - _LOW)


def _down(plot: QRectF, loss: float, low: float, high: float) -> float:
    share = (loss - low) / ((high - low) or 1.0)
    return plot.bottom() - plot.height() * min(max(share, 0.0), 1.05)
