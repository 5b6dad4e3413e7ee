"""The buttons of the dock Runs, and the menu of its rows: the commands, while they are possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from designer.runsactions import DIRECT, RUNS, can

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from designer.command import Action
    from designer.runs.panel import RunsPanel


class Buttons(QWidget):
    """The most used commands as buttons; all of them in a menu."""

    def __init__(self, panel: RunsPanel) -> None:
        super().__init__()
        self._panel = panel
        self._buttons: dict[QToolButton, Action] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for command in RUNS:
            if command.id in DIRECT:
                row.addWidget(self._button(command))
        self.more = QToolButton()
        self.more.setText("More")
        self.more.setObjectName("runs.more")
        self.more.setAccessibleName("More that can be done with the selected runs")
        self.more.setToolTip("More that can be done with the selected runs.")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setObjectName("runs.menu")
        self._menu.aboutToShow.connect(self._fill)
        self._menu.triggered.connect(self._triggered)
        self.more.setMenu(self._menu)
        row.addWidget(self.more)
        self.refresh()

    def _button(self, command: Action) -> QToolButton:
        button = QToolButton()
        button.setText(DIRECT[command.id])
        button.setObjectName(f"button.{command.id}")
        button.setAccessibleName(command.text.rstrip("…"))
        button.setToolTip(command.help)
        button.setAutoRaise(True)
        button.clicked.connect(self._clicked)
        self._buttons[button] = command
        return button

    def refresh(self) -> None:
        """Show what can be done with the selected runs."""
        for button, command in self._buttons.items():
            button.setEnabled(can(self._panel, command.id))
        self.more.setEnabled(bool(self._panel.selected()))

    def menu(self) -> QMenu:
        """Return the menu of the selected runs."""
        return self._menu

    def _fill(self) -> None:
        self._menu.clear()
        section = RUNS[0].section
        for command in RUNS:
            if command.section != section:
                self._menu.addSeparator()
                section = command.section
            action = self._menu.addAction(command.text)
            action.setObjectName(f"menu.{command.id}")
            action.setToolTip(command.help)
            action.setData(command.id)
            action.setEnabled(can(self._panel, command.id))

    def _triggered(self, action: QAction) -> None:
        self._panel.do(str(action.data()))

    def _clicked(self) -> None:
        command = self._buttons.get(self.sender())  # pyright: ignore[reportArgumentType, reportCallIssue]
        if command is not None:
            self._panel.do(command.id)
