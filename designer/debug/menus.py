"""Small forms that open from a button: where the run rests by itself, and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
    QWidgetAction,
)

from designer.numberbox import NumberBox
from engine.catalog import registry
from engine.train.stops import Stops

if TYPE_CHECKING:
    from designer.workspace import Workspace

_HINT = (
    "Epochs and steps are met exactly. Losses are read and gradients sampled some times a second, "
    "so the run rests some steps behind. A value that is not finite always stops it."
)


class StopsMenu(QMenu):
    """The form, as a menu that stays open while it is filled in.

    Signals
    -------
    changed
        The run is to rest elsewhere.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Pause when", parent)
        self.setObjectName("debug.stops")
        self.setAccessibleName("Pause when")
        holder = QWidget()
        table = QFormLayout(holder)
        table.setContentsMargins(12, 10, 12, 10)
        self.epochs = QCheckBox("an epoch is over")
        self.epochs.setObjectName("debug.stops.epochs")
        self.epochs.setAccessibleName("Pause after every epoch")
        self.epochs.toggled.connect(self._tell)
        table.addRow(self.epochs)
        self.boxes = {
            "step": self._row(table, "step", "so many steps are done", whole=True),
            "loss": self._row(table, "loss", "the loss is above", whole=None),
            "gradient": self._row(table, "gradient", "the gradient norm is above", whole=None),
        }
        hint = QLabel(_HINT)
        hint.setWordWrap(True)
        hint.setProperty("role", "muted")
        hint.setMaximumWidth(320)
        table.addRow(hint)
        action = QWidgetAction(self)
        action.setDefaultWidget(holder)
        self.addAction(action)

    def _row(self, table: QFormLayout, name: str, words: str, *, whole: bool | None) -> NumberBox:
        box = NumberBox(whole)
        box.setObjectName(f"debug.stops.{name}")
        box.setAccessibleName(f"Pause when {words}")
        box.setMinimumWidth(110)
        box.edited.connect(self._tell)
        table.addRow(words, box)
        return box

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def value(self) -> Stops:
        """Return what was asked for; what is no number above 0 counts as nothing."""
        found = {name: box.number() for name, box in self.boxes.items()}
        good = {n: v for n, v in found.items() if isinstance(v, int | float) and v > 0}
        step = good.get("step")
        return Stops(
            loss=good.get("loss"),
            gradient=good.get("gradient"),
            step=None if step is None else int(step),
            epochs=self.epochs.checkState() == Qt.CheckState.Checked,
        )


class SettingsMenu(QMenu):
    """The learning rate, the way to the optimizer's other settings, and freezing."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Settings", parent)
        self.setObjectName("debug.settings_menu")
        self.setAccessibleName("Settings of the run")
        self._workspace = workspace
        holder = QWidget()
        table = QFormLayout(holder)
        table.setContentsMargins(12, 10, 12, 10)
        self.rate = NumberBox(whole=None)
        self.rate.setObjectName("debug.rate")
        self.rate.setAccessibleName("Learning rate of the first phase")
        self.rate.setToolTip("Press Enter to let the run take it over")
        self.rate.setMinimumWidth(120)
        self.rate.editingFinished.connect(self._set_rate)
        table.addRow("Learning rate", self.rate)
        self.more = self._button("optimizer", "All settings of the optimizer…")
        self.more.clicked.connect(self._show_settings)
        self.freeze = self._button("freeze", "Freeze the selected layers")
        self.freeze.clicked.connect(self._freeze)
        table.addRow(self.more)
        table.addRow(self.freeze)
        hint = QLabel("A paused run takes changed layers over when it goes on.")
        hint.setWordWrap(True)
        hint.setProperty("role", "muted")
        hint.setMaximumWidth(300)
        table.addRow(hint)
        action = QWidgetAction(self)
        action.setDefaultWidget(holder)
        self.addAction(action)
        self.aboutToShow.connect(self.refresh)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"debug.{name}")
        button.setAccessibleName(text.rstrip("…"))
        return button

    def refresh(self) -> None:
        """Show what holds now."""
        canvas = self._workspace.canvas
        self.rate.show_number(self._rate())
        self.freeze.setEnabled(bool(canvas.selected()))
        frozen = bool(canvas.selected()) and canvas.all_frozen()
        verb = "Let the selected layers learn" if frozen else "Freeze the selected layers"
        self.freeze.setText(verb)

    def _rate(self) -> float:
        choice = self._workspace.document.project.phase.optimizer
        value = registry.optimizer(choice.id).values(choice.params)["lr"]
        return float(value) if isinstance(value, int | float) else 0.0

    def _set_rate(self) -> None:
        rate = self.rate.number()
        if isinstance(rate, int | float) and rate > 0:
            if rate != self._rate():
                self._workspace.training.form.take_rate(0, float(rate))
            return
        self._workspace.refused.emit(
            f"The learning rate must be a number above 0; received {self.rate.text()!r}."
        )
        self.rate.show_number(self._rate())

    def _show_settings(self) -> None:
        self.close()
        self._workspace.inspector.setCurrentWidget(self._workspace.training)
        self._workspace.training.setFocus()

    def _freeze(self) -> None:
        canvas = self._workspace.canvas
        canvas.set_frozen(not canvas.all_frozen())
        self.refresh()
