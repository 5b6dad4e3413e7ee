"""A field for several lines that lies over a text so that it can be written where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QKeyEvent


class TextField(QPlainTextEdit):
    """Ctrl+Enter or leaving takes what was written; Escape does not.

    Parameters
    ----------
    parent
        Over which it lies and which gets the keyboard back.
    room
        Its place there.
    text
        The words so far.
    done
        Gets the new words, if they are others.
    """

    def __init__(
        self, parent: QWidget, room: QRect, text: str, done: Callable[[str], None]
    ) -> None:
        super().__init__(text, parent)
        self.setObjectName("text.field")
        self.setAccessibleName("Words of the comment")
        self.setPlaceholderText("Write; Ctrl+Enter ends")
        self.setGeometry(room)
        self._host = parent
        self._before = text
        self._done: Callable[[str], None] | None = done
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self.selectAll()

    def keyPressEvent(self, e: QKeyEvent) -> None:
        """Take or drop what was written."""
        ends = e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if ends and e.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._finish(take=True)
        elif e.key() == Qt.Key.Key_Escape:
            self._finish(take=False)
        else:
            super().keyPressEvent(e)

    def focusOutEvent(self, e: QFocusEvent) -> None:
        """Take what was written, unless only the menu of the field opens."""
        super().focusOutEvent(e)
        if e.reason() != Qt.FocusReason.PopupFocusReason:
            self._finish(take=True)

    def _finish(self, *, take: bool) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        text = self.toPlainText().rstrip()
        had_focus = self.hasFocus()
        self.hide()
        self.deleteLater()
        if had_focus:
            self._host.setFocus()
        if take and text != self._before:
            done(text)
