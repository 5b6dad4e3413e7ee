"""The debugger's buttons: steps, inspecting, where to pause, and settings of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from designer.debug.menus import SettingsMenu, StopsMenu
from designer.icons import action_icon
from designer.numberbox import NumberBox
from designer.theme import signals, theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.debug.steps import Steps
    from designer.workspace import Workspace


class StepBar(QWidget):
    """Buttons; each is a command of the menu Run as well."""

    def __init__(self, workspace: Workspace, steps: Steps) -> None:
        super().__init__()
        self.setObjectName("debug.bar")
        self._workspace, self._steps = workspace, steps
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 2, 8, 0)
        self._row.setSpacing(2)
        running = workspace.running
        self._tests: list[tuple[QToolButton, Callable[[], bool]]] = []
        self._icons: list[tuple[QToolButton, str]] = []
        self.pause = self._button("pause", "Pause", "Halt after the step (F6)", running.can_pause)
        self.step = self._button("step", "Step", "Take one step, then wait (F10)", steps.can_go)
        self.go_on = self._button("continue", "Continue", "Go on (F5)", self._rests)
        self.epoch = self._button(
            "epoch", "To epoch's end", "Go on until the epoch is over, then wait (F8)", steps.can_go
        )
        self.to = self._button(
            "to", "To step", "Go on until so many steps are done, then wait (Ctrl+F8)", steps.can_go
        )
        self.number = NumberBox(whole=True)
        self.number.setObjectName("debug.number")
        self.number.setAccessibleName("The step to go to")
        self.number.setFixedWidth(100)
        self.number.show_number(100)
        self._row.addWidget(self.number)
        self.inspect = self._button(
            "inspect", "Inspect", "Look into the next step (F9)", steps.can_inspect
        )
        self.stops = StopsMenu(self)
        self.settings = SettingsMenu(workspace, self)
        self._menu("pause_when", "Pause when", "Where the run is to rest by itself", self.stops)
        self._menu("settings", "Settings", "Learning rate, optimizer, freezing", self.settings)
        self._row.addStretch(1)
        for button, icon in ((self.pause, "pause"), (self.step, "step"), (self.go_on, "train")):
            self._icons.append((button, icon))
        for button, slot in (
            (self.pause, running.pause),
            (self.step, running.step),
            (self.go_on, running.train),
            (self.epoch, self._to_epoch),
            (self.to, self.to_step),
            (self.inspect, self._inspect),
        ):
            button.clicked.connect(slot)
        self.stops.changed.connect(self._stops_changed)
        running.changed.connect(self.refresh)
        signals.themeChanged.connect(self._restyle)
        self._restyle()
        self.refresh()

    def _button(
        self, name: str, text: str, words: str, possible: Callable[[], bool]
    ) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(f"debug.{name}")
        button.setAccessibleName(text)
        button.setToolTip(words)
        self._tests.append((button, possible))
        self._row.addWidget(button)
        return button

    def _menu(self, name: str, text: str, words: str, menu: QMenu) -> None:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(f"debug.{name}")
        button.setAccessibleName(text)
        button.setToolTip(words)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._row.addWidget(button)

    def _restyle(self, *_: object) -> None:
        look = theme()
        for button, name in self._icons:
            button.setIcon(action_icon(name, look.color("text"), look.color("text_muted")))

    # -- what may be pressed

    def refresh(self) -> None:
        """Bring the buttons up to date with the run."""
        for button, possible in self._tests:
            button.setEnabled(possible())

    def _rests(self) -> bool:
        return self._workspace.running.state == "paused"

    # -- what they do

    def to_step(self) -> None:
        """Go on until as many steps are done as stand in the box."""
        number = self.number.number()
        if isinstance(number, int) and number > 0:
            self._steps.run_to(number)
        else:
            self._workspace.refused.emit(
                f"The step to go to must be a whole number from 1 on; received {number!r}."
            )

    def _to_epoch(self) -> None:
        self._steps.run_to()

    def _inspect(self) -> None:
        self._steps.inspect()

    def _stops_changed(self) -> None:
        self._steps.set_stops(self.stops.value())
