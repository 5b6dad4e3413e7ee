"""What an empty canvas says: how to begin, with the commands for it as buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_TEXT = (
    "Drag a layer here from the palette, or search for one.<br>"
    "Then drag from its port to another's: the wire shows the tensor's shape at once."
)
_PORTS = (
    "<br><br>Where this network is placed, its <b>Input</b> and <b>Output</b> nodes are its ports."
)


class Welcome(QFrame):
    """Lies over the middle of the canvas; beside its buttons the mouse goes through to it.

    Signals
    -------
    wanted(name)
        `search`, or the id of a command.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.welcome")
        self.setAccessibleName("An empty canvas")
        self.title = QLabel("An empty canvas")
        self.title.setProperty("role", "title")
        self.text = QLabel()
        self.text.setProperty("role", "hint")
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.buttons = [
            _Button("search", "Search layers", "Tab", "Open the search at the middle"),
            _Button("view.start", "Begin with a template", "", "Show the start page"),
            _Button("file.open", "Open a project…", "Ctrl+O", "Choose a file"),
        ]
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in self.buttons:
            button.wanted.connect(self.wanted)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(row)
        self.hide()

    def tell(self, *, trained: bool) -> None:
        """Say what suits a network that is trained, or one that is placed in others."""
        self.text.setText(_TEXT if trained else _TEXT + _PORTS)
        for button in self.buttons[1:]:
            button.setVisible(trained)


class _Button(QPushButton):
    wanted = Signal(str)

    def __init__(self, name: str, text: str, key: str, tip: str) -> None:
        super().__init__(f"{text}  {key}" if key else text)
        self._name = name
        self.setObjectName(f"canvas.welcome.{name}")
        self.setAccessibleName(text)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.clicked.connect(self._ask)

    def _ask(self) -> None:
        self.wanted.emit(self._name)
