"""A small picture of how the learning rate moves over a run, taken from the real schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from designer import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.project import Phase

_STEPS = 2000
"""Steps that are worked out at most, so that the window does not wait."""
_HEIGHT = 74


class SchedulePreview(QWidget):
    """The curve, with the highest and the lowest rate written beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("training.preview")
        self.setAccessibleName("Learning rate over the run")
        self.setFixedHeight(_HEIGHT)
        self._ready = False
        self._phase: Phase | None = None
        self._epochs = 1
        self._per_epoch = 0
        self.rates: Sequence[float] = ()
        self.note = ""

    def set_ready(self) -> None:
        """Say that PyTorch is loaded."""
        self._ready = True
        self._compute()

    def show_schedule(self, phase: Phase, epochs: int, per_epoch: int = 0) -> None:
        """Show the rate of a phase over so many epochs, of so many steps each if that is known."""
        known = self._phase is not None and self._key(self._phase) == self._key(phase)
        if known and (epochs, per_epoch) == (self._epochs, self._per_epoch):
            return
        self._phase, self._epochs, self._per_epoch = phase, epochs, per_epoch
        if self._ready:
            self._compute()

    @staticmethod
    def _key(phase: Phase) -> tuple[object, ...]:
        warmup = phase.warmup_steps, phase.warmup_start, phase.warmup_shape
        return phase.optimizer.id, phase.optimizer.params.get("lr"), phase.schedule, warmup

    def _compute(self) -> None:
        if self._phase is None:
            return
        self.rates, self.note = (), ""
        try:
            self.rates = rates(self._phase, self._epochs, self._per_epoch)
        except (ValueError, TypeError, ZeroDivisionError) as error:
            self.note = str(error)
        if self._phase.schedule.id == "plateau":
            self.rates, self.note = (), "Depends on how the validation loss goes."
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curve on a quiet ground."""
        look = theme.theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("border"), 1))
        painter.setBrush(look.color("window"))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, 6, 6)
        painter.setFont(look.font("small"))
        painter.setPen(look.color("text_muted"))
        if not self.rates:
            words = self.note or "…"
            painter.drawText(
                frame.adjusted(8, 4, -8, -4),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                words,
            )
            return
        top, low = max(self.rates), min(self.rates)
        plot = frame.adjusted(64, 12, -12, -18)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(4, plot.top() - 8, 54, 16), right, f"{top:.3g}")
        if low < top:
            painter.drawText(QRectF(4, plot.bottom() - 8, 54, 16), right, f"{low:.3g}")
        words = "1 epoch" if self._epochs == 1 else f"{self._epochs:,} epochs"
        painter.drawText(QRectF(plot.left(), plot.bottom() + 1, plot.width(), 16), right, words)
        painter.setPen(QPen(look.color("accent"), 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(self._points(plot, top, low)))

    def _points(self, plot: QRectF, top: float, low: float) -> list[QPointF]:
        span = (top - low) or 1.0
        last = max(len(self.rates) - 1, 1)
        return [
            QPointF(
                plot.left() + plot.width() * i / last,
                plot.top() + plot.height() * ((top - rate) / span if top > low else 0.0),
            )
            for i, rate in enumerate(self.rates)
        ]


def rates(phase: Phase, epochs: int, per_epoch: int = 0) -> list[float]:
    """Return the learning rate along a run, warm-up included, from torch itself.

    `per_epoch` is how many steps an epoch has, as far as that is known. A long run is drawn with
    fewer steps and a warm-up that is shorter by as much.
    """
    from engine.train.schedules import curve

    shrink = max(epochs * per_epoch / _STEPS, 1.0)
    if shrink > 1.0:
        per_epoch = max(round(per_epoch / shrink), 1)
        phase = phase.but(warmup_steps=round(phase.warmup_steps / shrink))
    return curve(phase, epochs, per_epoch)
