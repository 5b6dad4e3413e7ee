"""Fields that lie over words so that they can be written anew where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QKeyEvent

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _Turn:
    """One time that words are written over.

    Parameters
    ----------
    field
        What is written in.
    host
        Over which it lies and which gets the keyboard back.
    text
        The words so far.
    done
        Gets the new words, if they are others.
    given_up
        Is called if they are not.
    """

    def __init__(
        self,
        field: QWidget,
        host: QWidget,
        text: str,
        done: Callable[[str], None],
        given_up: Callable[[], None] | None = None,
    ) -> None:
        self._field = field
        self._host = host
        self._before = text
        self._done: Callable[[str], None] | None = done
        self._given_up = given_up

    def begin(self, room: QRect) -> None:
        """Show the field and give it the keyboard."""
        self._field.setGeometry(room)
        self._field.show()
        self._field.raise_()
        # Not as a popup: what is still open elsewhere shall take what was written, and go.
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self, text: str, *, take: bool) -> None:
        """Take the field away; `take` says whether what was written counts."""
        done, self._done = self._done, None
        if done is None:
            return
        had_focus = self._field.hasFocus()
        self._field.hide()
        self._field.deleteLater()
        if had_focus:
            self._host.setFocus()
        if take and text != self._before:
            done(text)
        elif self._given_up is not None:
            self._given_up()


class NameField(QLineEdit):
    """One line. Enter or leaving takes what was written, unless it is empty; Escape does not."""

    def __init__(
        self, parent: QWidget, room: QRect, text: str, done: Callable[[str], None]
    ) -> None:
        super().__init__(text, parent)
        self.setObjectName("name.field")
        self.setAccessibleName("New name")
        self.setMaxLength(64)
        self._turn = _Turn(self, parent, text, done)
        self._turn.begin(room)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take or drop what was written."""
        if event.key() in _ENDS:
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
        text = self.text().strip()
        self._turn.end(text, take=take and bool(text))


class TextField(QPlainTextEdit):
    """Several lines. Ctrl+Enter or leaving takes what was written; Escape does not."""

    def __init__(
        self,
        parent: QWidget,
        room: QRect,
        text: str,
        done: Callable[[str], None],
        given_up: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setObjectName("text.field")
        self.setAccessibleName("Words of the comment")
        self.setPlaceholderText("Write; Ctrl+Enter ends")
        self._turn = _Turn(self, parent, text, done, given_up)
        self._turn.begin(room)
        self.selectAll()

    def keyPressEvent(self, e: QKeyEvent) -> None:
        """Take or drop what was written."""
        if e.key() in _ENDS and e.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._turn.end(self.toPlainText().rstrip(), take=True)
        elif e.key() == Qt.Key.Key_Escape:
            self._turn.end("", take=False)
        else:
            super().keyPressEvent(e)

    def focusOutEvent(self, e: QFocusEvent) -> None:
        """Take what was written, unless only the menu of the field opens."""
        super().focusOutEvent(e)
        if e.reason() != Qt.FocusReason.PopupFocusReason:
            self._turn.end(self.toPlainText().rstrip(), take=True)
