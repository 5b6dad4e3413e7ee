"""How a form shows a text of code: what it defines, and a button that opens its editor."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy

from designer.editor import Editor
from engine.custom.source import outline


class CodeField(Editor):
    """The class that a text defines, beside the button that opens the text.

    Signals
    -------
    editWanted
        The text is to be looked at or changed.
    """

    editWanted = Signal()

    def build(self) -> None:
        """Make label and button."""
        self.first = QLabel()
        self.first.setTextFormat(Qt.TextFormat.PlainText)
        self.first.setProperty("role", "muted")
        self.first.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.edit = QPushButton("Edit …")
        self.adopt(self.first, "first")
        self.adopt(self.edit, "", 0)
        self.edit.clicked.connect(self.editWanted)

    def display(self, value: object) -> None:
        """Show the line that matters most."""
        self.first.setText(first_line(str(value or "")))


def first_line(text: str) -> str:
    """Return the line in which a text's last module begins, or its first line."""
    wanted = outline(text).chosen()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    heads = [line for line in lines if wanted and line.startswith(f"class {wanted}")]
    return (heads or lines or ["no text"])[0]
