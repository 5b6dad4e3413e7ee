"""The bar at the top: Train, Pause, Step, Stop, and how far the run is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from designer.words import amount, duration

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QLayoutItem

    from designer.menus import Commands

BUTTONS = ("run.train", "run.continue", "run.pause", "run.step", "run.stop")
WORDS = {
    "idle": "Ready",
    "preparing": "Preparing…",
    "running": "Training",
    "paused": "Paused",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
}
_LEAST = 640
"""What the bar asks for, in pixels: its buttons and the state of the run."""


class RunBar(QWidget):
    """Buttons of the run's commands and figures of the run. It decides nothing."""

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.setObjectName("runbar")
        self.setAccessibleName("Run")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(6)
        for name in BUTTONS:
            row.addWidget(_RunButton(commands, name))
        self.state = _Figure("runbar.state", "State of the run", 92)
        self.state.setProperty("role", "strong")
        self.progress = QProgressBar()
        self.progress.setObjectName("runbar.progress")
        self.progress.setAccessibleName("Progress of the run")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setMinimumWidth(90)
        self.progress.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.progress.setFixedHeight(6)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.epoch = _Figure("runbar.epoch", "Epoch", 96)
        self.loss = _Figure("runbar.loss", "Loss", 96)
        self.speed = _Figure("runbar.speed", "Speed", 118)
        self.left = _Figure("runbar.left", "Time left", 84)
        row.addSpacing(8)
        for widget in (self.state, self.progress, self.epoch, self.loss, self.speed, self.left):
            row.addWidget(widget, 1 if widget is self.progress else 0)
        self.show_state("idle")

    def minimumSizeHint(self) -> QSize:
        """Ask for little: a toolbar hides what it has no room for, and nobody could press Train."""
        size = super().minimumSizeHint()
        return QSize(min(size.width(), _LEAST), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out figures that there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Look at the room again when something has become wider."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Hide speed, loss and epoch, in this order, as far as the rest needs the room."""
        row = self.layout()
        if row is None:
            return
        spare = (self.speed, self.loss, self.epoch)
        items = [row.itemAt(n) for n in range(row.count())]
        kept = [item for item in items if item is not None and item.widget() not in spare]
        edges = row.contentsMargins()
        needed = edges.left() + edges.right()
        needed += sum(_least(item) + row.spacing() for item in kept)
        for label in reversed(spare):
            needed += max(label.minimumWidth(), label.minimumSizeHint().width()) + row.spacing()
            if label.isHidden() == (needed <= self.width()):
                label.setVisible(needed <= self.width())

    def show_state(self, state: str) -> None:
        """Say where the run stands; figures of an earlier run go when a new one prepares."""
        self.state.setText(WORDS.get(state, state.capitalize()))
        self.state.setToolTip("")
        self.progress.setVisible(state != "idle")
        if state in ("idle", "preparing"):
            for label in (self.epoch, self.loss, self.speed, self.left):
                label.clear()
            self.progress.setRange(0, 1000)
            self.progress.setValue(0)
        if state in ("paused", "finished", "stopped", "failed"):
            self.left.clear()
            self.progress.setRange(0, 1000)
        if state == "finished":
            self.progress.setValue(1000)

    def show_preparing(self, text: str, fraction: float | None) -> None:
        """Say what is being prepared; without a known share the bar only moves."""
        self.state.setToolTip(text)
        if fraction is None:
            self.progress.setRange(0, 0)
        else:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * fraction))

    def show_progress(self, step: int, per_epoch: int, epochs: int) -> None:
        """Show how many steps are done, of how many."""
        total = max(per_epoch * epochs, 1)
        self.progress.setRange(0, 1000)
        self.progress.setValue(min(round(1000 * step / total), 1000))
        epoch = min((max(step, 1) - 1) // max(per_epoch, 1) + 1, epochs)
        self.epoch.setText(f"Epoch {epoch} of {epochs}")
        self.epoch.setToolTip(f"Step {step:,} of {total:,}")

    def show_result(self, words: str) -> None:
        """Show the figure a run that is over is judged by."""
        self.left.setText(words)

    def show_figures(self, loss: float, speed: float, left: float | None) -> None:
        """Show the latest loss, the speed and the time left."""
        self.loss.setText(f"Loss {loss:.4g}")
        self.speed.setText(f"{amount(speed)} samples/s" if speed else "")
        self.left.setText(f"{duration(left)} left" if left is not None else "")


class _Figure(QLabel):
    """A text that changes many times a second: its size stays, so that nothing jumps.

    It grows where a text needs more. Qt lays out anew whatever holds a label with another text,
    unless the label's size is fixed.
    """

    def __init__(self, name: str, words: str, width: int) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setContentsMargins(6, 0, 0, 0)
        self._width = width
        self._fix(width)

    def setText(self, text: str) -> None:
        """Show a text; an empty one brings the width back that the label began with."""
        if text == self.text():
            return
        super().setText(text)
        self._fix(self.minimumWidth() if text else self._width)

    def clear(self) -> None:
        """Show nothing."""
        self.setText("")

    def changeEvent(self, event: QEvent) -> None:
        """Measure again in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fix(self._width)

    def _fix(self, least: int) -> None:
        letters, edges = self.fontMetrics(), self.contentsMargins()
        needed = letters.horizontalAdvance(self.text()) + edges.left() + edges.right() + 1
        size = QSize(max(least, needed), letters.height() + edges.top() + edges.bottom())
        if size != self.minimumSize():
            self.setFixedSize(size)


class _RunButton(QToolButton):
    """The button of a run's command; gone while the command is not to be seen."""

    def __init__(self, commands: Commands, name: str) -> None:
        super().__init__()
        action = commands.actions[name]
        action.setIconText(action.text().partition(" ")[0])
        action.setToolTip(f"{action.toolTip()}\n{action.command.help}")
        self.setDefaultAction(action)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        commands.name_button(self, name)
        self.setIconSize(QSize(16, 16))
        self.setProperty("primary", name == BUTTONS[0])
        self.setVisible(action.isVisible())
        action.visibleChanged.connect(self._follow)

    def _follow(self) -> None:
        self.setVisible(self.defaultAction().isVisible())


def _least(item: QLayoutItem) -> int:
    """Return the room that a part of the bar needs, whatever least width was set for it."""
    widget = item.widget()
    least = item.minimumSize().width()
    return least if widget is None else max(least, widget.minimumSizeHint().width())
