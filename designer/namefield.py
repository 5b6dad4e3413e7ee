"""A field that lies over a name so that it can be written anew where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QKeyEvent


class NameField(QLineEdit):
    """Enter or leaving takes what was written; Escape does not.

    Parameters
    ----------
    parent
        Over which it lies and which gets the keyboard back.
    room
        Its place there.
    text
        The name so far.
    done
        Gets the new name, if it is another.
    """

    def __init__(
        self, parent: QWidget, room: QRect, text: str, done: Callable[[str], None]
    ) -> None:
        super().__init__(text, parent)
        self.setObjectName("name.field")
        self.setAccessibleName("New name")
        self.setMaxLength(64)
        self.setGeometry(room)
        self._host = parent
        self._before = text
        self._done: Callable[[str], None] | None = done
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take or drop what was written."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish(take=True)
        elif event.key() == Qt.Key.Key_Escape:
            self._finish(take=False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take what was written, unless only the menu of the field opens."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._finish(take=True)

    def _finish(self, *, take: bool) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        text = self.text().strip()
        had_focus = self.hasFocus()
        self.hide()
        self.deleteLater()
        if had_focus:
            self._host.setFocus()
        if take and text and text != self._before:
            done(text)
