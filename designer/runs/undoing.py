"""A line that says what was deleted, as long as it can be taken back."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton


class UndoNotice(QFrame):
    """A sentence, Undo, and a button that lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs.notice")
        self.setAccessibleName("Deleted runs")
        self.text = QLabel()
        self.text.setObjectName("runs.notice.text")
        self.undo = _button("Undo", "runs.undo", "Bring the deleted runs back.")
        self.dismiss = _button("Dismiss", "runs.dismiss", "Delete them for good now.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.undo)
        row.addWidget(self.dismiss)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence."""
        self.text.setText(sentence)
        self.show()


def _button(text: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setAccessibleName(f"{text}: {tip}")
    button.setToolTip(tip)
    button.setAutoRaise(True)
    return button
