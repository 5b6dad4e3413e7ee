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

_POINTS = 120
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
        self.rates: Sequence[float] = ()
        self.note = ""

    def set_ready(self) -> None:
        """Say that PyTorch is loaded."""
        self._ready = True
        self._compute()

    def show_schedule(self, phase: Phase, epochs: int) -> None:
        """Show the rate of a phase over so many epochs."""
        known = self._phase is not None and self._key(self._phase) == self._key(phase)
        if known and epochs == self._epochs:
            return
        self._phase, self._epochs = phase, epochs
        if self._ready:
            self._compute()

    @staticmethod
    def _key(phase: Phase) -> tuple[object, ...]:
        return phase.optimizer.id, phase.optimizer.params.get("lr"), phase.schedule

    def _compute(self) -> None:
        if self._phase is None:
            return
        self.rates, self.note = (), ""
        try:
            self.rates = rates(self._phase, self._epochs)
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


def rates(phase: Phase, epochs: int) -> list[float]:
    """Return the learning rate along a run, at most some hundred points, from torch itself.

    A schedule by epochs is run over the epochs (the first 2,000 of them); one by steps is run over
    as many steps as there are points.
    """
    import warnings

    import torch

    from engine.catalog import registry
    from engine.train.schedules import Schedule

    spec = registry.schedule(phase.schedule.id)
    settings = registry.optimizer(phase.optimizer.id).values(phase.optimizer.params)
    lr = float(str(settings["lr"]))
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=0.9)
    count = _POINTS if spec.per == "step" else min(epochs, 2000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schedule = Schedule(phase.schedule, optimizer, epochs, count)
        found: list[float] = []
        for _ in range(count):
            found.append(float(optimizer.param_groups[0]["lr"]))
            schedule.after_step()
            schedule.after_epoch(0.0)
    if len(found) == 1:
        found *= 2
    return found[:: max(1, len(found) // (2 * _POINTS))]
