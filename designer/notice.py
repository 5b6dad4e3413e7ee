"""One sentence across the top of the window, until it is dismissed. Blocks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from designer.icons import action_icon
from designer.theme import signals, theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction


class Notice(QFrame):
    """Says what went wrong, or what was asked for. Hidden while there is nothing to say.

    Parameters
    ----------
    commands
        What can be offered with a sentence, by id.
    """

    def __init__(self, commands: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self.setObjectName("notice")
        self.setAccessibleName("Notice")
        self.text = QLabel()
        self.text.setObjectName("notice.text")
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._offered = ""
        self.act = QPushButton()
        self.act.setObjectName("notice.act")
        self.act.clicked.connect(self._act)
        self.dismiss = QToolButton()
        self.dismiss.setObjectName("notice.dismiss")
        self.dismiss.setAccessibleName("Dismiss")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.addWidget(self.text, 1)
        row.addWidget(self.act)
        row.addWidget(self.dismiss)
        signals.themeChanged.connect(self._restyle)
        self._restyle()
        self.hide()

    def say(self, sentence: str, kind: str = "error") -> None:
        """Show a sentence; `kind` is error, warning or muted."""
        self.act.hide()
        self.text.setText(sentence)
        self.text.setProperty("role", kind)
        self.text.style().polish(self.text)
        self.setVisible(bool(sentence))

    def offer(self, sentence: str, command: str) -> None:
        """Show a sentence with a button that carries a command out."""
        self.say(sentence, "muted")
        self._offered = command
        self.act.setText(self._commands[command].text())
        self.act.setAccessibleName(self._commands[command].text())
        self.act.setToolTip(self._commands[command].toolTip())
        self.act.show()

    def _act(self) -> None:
        self.hide()
        self._commands[self._offered].trigger()

    def _restyle(self, *_: object) -> None:
        look = theme()
        colour = look.color("text")
        self.dismiss.setIcon(action_icon("close", colour, colour))
