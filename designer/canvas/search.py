"""A small popup at the pointer: type a few letters, choose a layer, and it is placed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from designer import icons
from designer.theme import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from designer.offers import Offer

_WIDTH, _ROWS, _ROW = 320, 8, 34
_ID = Qt.ItemDataRole.UserRole


class SearchPopup(QFrame):
    """Lies over the canvas, not in a window of its own, so that it goes where the canvas goes."""

    chosen = Signal(str)
    """The payload of what was picked."""
    dismissed = Signal()

    def __init__(self, parent: QWidget, find: Callable[[str], list[Offer]], hint: str = "") -> None:
        super().__init__(parent)
        self.setObjectName("canvas.search")
        self.setAccessibleName("Add a layer")
        self.setProperty("role", "popup")
        self._host = parent
        self._find = find
        self._done = False
        self._field = QLineEdit(self)
        self._field.setObjectName("canvas.search.field")
        self._field.setAccessibleName("Search layers")
        self._field.setPlaceholderText("Search layers, blocks and networks")
        self._field.setClearButtonEnabled(True)
        self._list = QListWidget(self)
        self._list.setObjectName("canvas.search.list")
        self._list.setAccessibleName("Matching layers")
        self._list.setIconSize(QSize(22, 22))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFixedHeight(_ROWS * _ROW + 10)
        self._foot = QLabel(hint, self)
        self._foot.setProperty("role", "muted")
        self._foot.setVisible(bool(hint))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._field)
        column.addWidget(self._list)
        column.addWidget(self._foot)
        self.setFixedWidth(_WIDTH)
        # A click beside the field must not hand the focus to the canvas below.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self._field)
        self._field.textChanged.connect(self._fill)
        self._field.installEventFilter(self)
        self._list.itemClicked.connect(self._take)
        self._fill("")

    def open_at(self, place: QPoint) -> None:
        """Show the popup with its corner near a place in the parent, wholly inside it."""
        self.adjustSize()
        room = self._host.size() - self.size()
        x = max(4, min(place.x(), room.width() - 4))
        y = max(4, min(place.y(), room.height() - 4))
        self.move(x, y)
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def titles(self) -> list[str]:
        """Return what the list offers now."""
        return [self._list.item(i).text() for i in range(self._list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Steer the list with the keys of the text field, and go when it loses the focus."""
        if watched is self._field and event.type() == QEvent.Type.KeyPress:
            return self._on_key(cast("QKeyEvent", event))
        if watched is self._field and event.type() == QEvent.Type.FocusOut:
            left = cast("QFocusEvent", event).reason() != Qt.FocusReason.ActiveWindowFocusReason
            if left:
                self.dismiss()
        return super().eventFilter(watched, event)

    def dismiss(self) -> None:
        """Go without a choice."""
        self._finish("")

    def _on_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _ROWS,
            Qt.Key.Key_PageUp: -_ROWS,
        }
        if key in moves:
            row = self._list.currentRow() + moves[key]
            self._list.setCurrentRow(max(0, min(row, self._list.count() - 1)))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            item = self._list.currentItem()
            if item is not None:  # pyright: ignore[reportUnnecessaryComparison]
                self._take(item)
            return True
        if key == Qt.Key.Key_Escape:
            self.dismiss()
            return True
        return False

    def _fill(self, text: str) -> None:
        found = self._find(text)
        self._list.clear()
        look = theme()
        for offer in found:
            tile = icons.tile(offer.icon, offer.title, look.family(offer.group).name())
            item = QListWidgetItem(QIcon(tile), offer.title)
            item.setData(_ID, offer.payload)
            item.setToolTip(offer.summary)
            item.setSizeHint(QSize(0, _ROW))
            self._list.addItem(item)
        if not found:
            item = QListWidgetItem("Nothing matches")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _take(self, item: QListWidgetItem) -> None:
        spec_id = item.data(_ID)
        if spec_id:
            self._finish(str(spec_id))

    def _finish(self, spec_id: str) -> None:
        if self._done:
            return
        self._done = True
        self.hide()
        if spec_id:
            self.chosen.emit(spec_id)
        self.dismissed.emit()
        self.deleteLater()
