"""A box for Python: coloured, with numbers beside its lines and a mark at the one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontDatabase, QPainter, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from designer import theme
from designer.custom.highlight import Highlighter

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent

INDENT = 4


class CodeBox(QPlainTextEdit):
    """The text, with the manners of a code editor."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("custom.code")
        self.setAccessibleName("Text of the layer")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme.theme().base)
        self.setFont(font)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabStopDistance(INDENT * self.fontMetrics().horizontalAdvance(" "))
        self.error_line = 0
        self.numbers = _Numbers(self)
        self.highlighter = Highlighter(self.document())
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scrolled)
        self.cursorPositionChanged.connect(self._mark)
        self._make_room()
        self._mark()

    def show_error(self, line: int) -> None:
        """Mark a line, counted from 1; 0 marks none."""
        self.error_line = line
        self._mark()
        self.numbers.update()

    def go_to(self, line: int) -> None:
        """Put the cursor at the beginning of a line."""
        block = self.document().findBlockByNumber(max(line - 1, 0))
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.centerCursor()

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        self.highlighter.restyle()
        self._mark()
        self.numbers.update()

    def numbers_width(self) -> int:
        """Return how wide the column of line numbers is."""
        digits = max(2, len(str(self.blockCount())))
        return 14 + self.fontMetrics().horizontalAdvance("9") * digits

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Draw the numbers of the lines in view."""
        look = theme.theme()
        painter = QPainter(self.numbers)
        painter.fillRect(event.rect(), look.color("window"))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        current = self.textCursor().blockNumber()
        while block.isValid():
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if place.top() > event.rect().bottom():
                break
            number = block.blockNumber()
            ink = "text" if number == current else "text_muted"
            painter.setPen(look.color("error" if number + 1 == self.error_line else ink))
            room = QRect(0, round(place.top()), self.numbers.width() - 7, round(place.height()))
            painter.drawText(room, Qt.AlignmentFlag.AlignRight, str(number + 1))
            block = block.next()
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the numbers at the left edge."""
        super().resizeEvent(event)
        room = self.contentsRect()
        self.numbers.setGeometry(room.left(), room.top(), self.numbers_width(), room.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Indent with Tab, outdent with Shift+Tab, and keep the indent in a new line."""
        key = event.key()
        if key == Qt.Key.Key_Tab:
            self._indent()
        elif key == Qt.Key.Key_Backtab:
            self._outdent()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._new_line()
        else:
            super().keyPressEvent(event)

    def _new_line(self) -> None:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        indent = before[: len(before) - len(before.lstrip(" "))]
        if before.rstrip().endswith(":"):
            indent += " " * INDENT
        cursor.insertText("\n" + indent)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _indent(self) -> None:
        cursor = self.textCursor()
        if not cursor.hasSelection():
            cursor.insertText(" " * (INDENT - cursor.positionInBlock() % INDENT))
            return
        for start in self._line_starts(cursor):
            QTextCursor(self.document().findBlockByNumber(start)).insertText(" " * INDENT)

    def _outdent(self) -> None:
        for number in self._line_starts(self.textCursor()):
            block = self.document().findBlockByNumber(number)
            spaces = len(block.text()) - len(block.text().lstrip(" "))
            cursor = QTextCursor(block)
            keep = QTextCursor.MoveMode.KeepAnchor
            cursor.movePosition(QTextCursor.MoveOperation.Right, keep, min(spaces, INDENT))
            cursor.removeSelectedText()

    def _line_starts(self, cursor: QTextCursor) -> range:
        document = self.document()
        first = document.findBlock(cursor.selectionStart()).blockNumber()
        last = document.findBlock(cursor.selectionEnd()).blockNumber()
        return range(first, last + 1)

    def _make_room(self, *_: object) -> None:
        self.setViewportMargins(self.numbers_width(), 0, 0, 0)

    def _scrolled(self, room: QRect, by: int) -> None:
        if by:
            self.numbers.scroll(0, by)
        else:
            self.numbers.update(0, room.y(), self.numbers.width(), room.height())

    def _mark(self) -> None:
        look = theme.theme()
        marks: list[QTextEdit.ExtraSelection] = []
        for line, name in (
            (self.textCursor().blockNumber() + 1, "hover"),
            (self.error_line, "error"),
        ):
            block = self.document().findBlockByNumber(line - 1)
            if line < 1 or not block.isValid():
                continue
            mark = QTextEdit.ExtraSelection()
            colour = look.color(name)
            colour.setAlphaF(0.22 if name == "error" else 0.55)
            mark.format.setBackground(colour)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            mark.cursor = QTextCursor(block)  # pyright: ignore[reportAttributeAccessIssue]
            marks.append(mark)
        self.setExtraSelections(marks)


class _Numbers(QWidget):
    """The column beside the text."""

    def __init__(self, box: CodeBox) -> None:
        super().__init__(box)
        self._box = box

    def sizeHint(self) -> QSize:
        """Return the width of the numbers."""
        return QSize(self._box.numbers_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let the box draw, which knows its lines."""
        self._box.paint_numbers(event)
