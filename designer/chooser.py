"""A search field over a list, laid over the window: the command palette and the recent projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDTH = 660
_MAX_ROWS = 9
_ROW = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what it says, its hint at the right, and what picking it does."""

    text: str
    detail: str
    hint: str
    icon: QIcon
    pick: Callable[[], object]
    enabled: bool = True

    def matches(self, words: Sequence[str]) -> bool:
        """Return whether every word occurs in the row."""
        text = f"{self.text} {self.detail} {self.hint}".lower()
        return all(word in text for word in words)


class _Row(QWidget):
    """Text, detail and hint of one entry."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 3, 12, 3)
        layout.setSpacing(10)
        picture = QLabel()
        picture.setPixmap(entry.icon.pixmap(QSize(20, 20)))
        picture.setFixedWidth(22)
        words = QVBoxLayout()
        words.setSpacing(1)
        title = QLabel(entry.text)
        detail = QLabel(entry.detail)
        detail.setProperty("role", "muted")
        hint = QLabel(entry.hint)
        hint.setProperty("role", "muted")
        words.addWidget(title)
        words.addWidget(detail)
        layout.addWidget(picture)
        layout.addLayout(words, 1)
        layout.addWidget(hint)
        for label in (title, detail, hint):
            label.setEnabled(entry.enabled)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class Chooser(QFrame):
    """Type to filter, arrows to move, Enter to pick, Escape to leave. Nothing else is blocked."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setObjectName("chooser")
        self.setAccessibleName("Chooser")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._entries: Sequence[Entry] = ()
        self._shown: list[Entry] = []
        self.search = QLineEdit()
        self.search.setObjectName("chooser.search")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("chooser.list")
        self.list.setAccessibleName("Matches")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(self._clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(32)
        shadow.setOffset(0, 6)
        self.setGraphicsEffect(shadow)
        self.hide()

    @property
    def shown(self) -> list[Entry]:
        """Return the rows that match what was typed."""
        return self._shown

    def show_entries(self, entries: Sequence[Entry], placeholder: str) -> None:
        """Open over the window with these rows."""
        self._entries = entries
        self.search.setPlaceholderText(placeholder)
        self.search.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move and pick; leave when the keyboard goes elsewhere."""
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        rows = self.list.count()
        moves = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _MAX_ROWS,
            Qt.Key.Key_PageUp: -_MAX_ROWS,
        }
        if key in moves and rows:
            step = moves[Qt.Key(key)]
            row = self.list.currentRow() + step
            self.list.setCurrentRow(row % rows if abs(step) == 1 else min(max(row, 0), rows - 1))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.list.currentRow())
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            self.closed.emit()
            return True
        return False

    def _clicked(self, item: QListWidgetItem) -> None:
        self._pick(self.list.row(item))

    def _pick(self, row: int) -> None:
        if not 0 <= row < len(self._shown) or not self._shown[row].enabled:
            return
        entry = self._shown[row]
        self.hide()
        self.closed.emit()
        entry.pick()

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        self._shown = [e for e in self._entries if e.matches(words)]
        if words:
            self._shown.sort(key=lambda e: (not e.enabled, not e.text.lower().startswith(words[0])))
        self.list.clear()
        for entry in self._shown:
            item = QListWidgetItem()
            item.setSizeHint(QSize(100, _ROW))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.text}. {entry.detail}")
            self.list.addItem(item)
            self.list.setItemWidget(item, _Row(entry))
        self.list.setCurrentRow(0)
        self._place()

    def _place(self) -> None:
        window = self._window
        rows = min(max(len(self._shown), 1), _MAX_ROWS)
        width = min(_WIDTH, window.width() - 40)
        self.list.setFixedHeight(rows * _ROW + 4)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, max(60, window.height() // 9))
