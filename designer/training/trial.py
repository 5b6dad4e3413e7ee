"""A window beside the window in which a copy of the network is tried out before it trains."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.background import Background
from designer.forms import text_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent

    from designer.document import Document
    from engine.project import Project


class TrialWindow(QWidget):
    """Works on the project as it is when `begin` is called; nothing of the document changes.

    A subclass names itself, adds its widgets to `column`, and says what to do in the thread
    (`work`) and with what comes of it (`show_result`).
    """

    def __init__(self, document: Document, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setWindowTitle(f"{title} — Layerloom")
        self.document = document
        self.place = 0
        self._background = Background(self)
        self._gone = threading.Event()
        self.state = text_label()
        self.state.setObjectName(f"{name}.state")
        self.again = self._button("Again", f"{name}.again", f"{title}: once more")
        self.again.clicked.connect(self._again)
        self.done = self._button("Close", f"{name}.close", "Close")
        self.done.clicked.connect(self.close)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        for button in (self.again, self.done):
            self.buttons.addWidget(button)
        self.column = QVBoxLayout()
        self.column.setSpacing(8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 14, 14, 14)
        whole.setSpacing(8)
        whole.addLayout(self.column, 1)
        whole.addWidget(self.state)
        whole.addLayout(self.buttons)

    @staticmethod
    def _button(text: str, name: str, title: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(title)
        return button

    @property
    def busy(self) -> bool:
        """Return whether something is being tried."""
        return self._background.busy

    def begin(self, place: int) -> None:
        """Try the phase at a place of the list."""
        if self.busy:
            if self._gone.is_set():
                self.place = place
            return
        self.place = min(place, len(self.document.project.training.phases) - 1)
        self._gone = threading.Event()
        self.again.setEnabled(False)
        self.state.setText("The data is being loaded…")
        self._background.run(
            self.work(self.document.project, self._gone), self._finished, self._failed
        )

    def work(self, project: Project, gone: threading.Event) -> Callable[[], object]:
        """Return what runs in the thread; it touches no Qt object and ends when `gone` is set."""
        raise NotImplementedError

    def show_result(self, result: object) -> None:
        """Show what came of it."""
        raise NotImplementedError

    def end(self) -> None:
        """Close for good: wait for the thread."""
        self._gone.set()
        self._background.close()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the thread end by itself."""
        self._gone.set()
        super().closeEvent(event)

    def _again(self) -> None:
        self.begin(self.place)

    def _finished(self, result: object) -> None:
        if not self._left():
            self.show_result(result)

    def _failed(self, error: Exception) -> None:
        if not self._left():
            self.state.setText(str(error))

    def _left(self) -> bool:
        """Return whether the window was closed meanwhile; open once more it begins anew."""
        self.again.setEnabled(True)
        if self._gone.is_set() and self.isVisible():
            self.begin(self.place)
        elif not self._gone.is_set():
            return False
        return True
