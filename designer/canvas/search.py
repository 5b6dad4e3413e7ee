"""A small popup at the pointer: type a few letters, choose a layer, and it is placed there."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from designer import icons
from designer.theme import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from designer.canvas.trial import Outcome
    from designer.offers import Offer

_WIDTH, _ROWS, _ROW = 380, 8, 34
_ID = Qt.ItemDataRole.UserRole
_SHAPE = _ID + 1
_MISFIT = _ID + 2
_TEXT = _ID + 3
_SLICE = 0.006
"""Seconds at a time that shapes of hits are worked out, so that typing never waits."""


_STAYS = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Another window, or the field's own menu, has the keyboard for a while."""


class _Rows(QStyledItemDelegate):
    """Writes the shape that a layer would put out at the right of its row."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the row, then the shape."""
        super().paint(painter, option, index)
        shape = index.data(_SHAPE)
        if not shape:
            return
        look = theme()
        painter.save()
        painter.setFont(look.font("small"))
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        name = "warning" if index.data(_MISFIT) else "text_muted"
        highlighted = option.palette.color(QPalette.ColorRole.HighlightedText)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        painter.setPen(highlighted if chosen else look.color(name))  # pyright: ignore[reportUnknownArgumentType]
        room = option.rect.adjusted(0, 0, -10, 0)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, int(flags), str(shape))  # pyright: ignore[reportUnknownArgumentType]
        painter.restore()


class SearchPopup(QFrame):
    """Lies over the canvas, not in a window of its own, so that it goes where the canvas goes."""

    chosen = Signal(str)
    """The payload of what was picked."""
    dismissed = Signal()

    def __init__(
        self,
        parent: QWidget,
        find: Callable[[str], list[Offer]],
        hint: str = "",
        preview: Callable[[str], Outcome | None] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.search")
        self.setAccessibleName("Add a layer")
        self.setProperty("role", "popup")
        self._host = parent
        self._find = find
        self._preview = preview
        self._hint = hint
        self._ahead = QTimer(self)
        self._ahead.setInterval(0)
        self._ahead.timeout.connect(self._look_ahead)
        self._done = False
        self.forsaken = False
        """True: it went because something else got the keyboard."""
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
        self._list.setItemDelegate(_Rows(self._list))
        self._foot = QLabel(hint, self)
        self._foot.setObjectName("canvas.search.foot")
        self._foot.setProperty("role", "muted")
        self._foot.setWordWrap(True)
        self._foot.setVisible(bool(hint) or preview is not None)
        if preview is not None:
            self._foot.setFixedHeight(2 * self._foot.fontMetrics().lineSpacing() + 4)
            self._foot.setAlignment(Qt.AlignmentFlag.AlignTop)
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
        self._list.currentRowChanged.connect(self._on_row)
        self._list.verticalScrollBar().valueChanged.connect(self._wake)
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
            self._on_focus_out(cast("QFocusEvent", event))
        return super().eventFilter(watched, event)

    def _on_focus_out(self, event: QFocusEvent) -> None:
        if event.reason() not in _STAYS:
            self.forsaken = not self._done
            self.dismiss()

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

    # -- what would come of it

    def _on_row(self, row: int) -> None:
        """Say what the marked hit takes and puts out, or why it does not fit."""
        item = self._list.item(row) if row >= 0 else None
        self._say(str(item.data(_TEXT) or item.toolTip()) if item is not None else "")
        self._wake()

    def _wake(self, *_: object) -> None:
        if self._preview is not None and not self._done:
            self._ahead.start()

    def _look_ahead(self) -> None:
        """Work out a few more of the hits in view, the marked one first."""
        assert self._preview is not None
        until = perf_counter() + _SLICE
        for row in self._wanted():
            item = self._list.item(row)
            outcome = self._preview(str(item.data(_ID)))
            misfit = outcome is not None and bool(outcome.reason)
            shape = "" if outcome is None else "does not fit" if misfit else outcome.shape
            item.setData(_MISFIT, misfit)
            item.setData(_SHAPE, shape)
            item.setData(_TEXT, outcome.text if outcome is not None else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {shape}")
            if row == self._list.currentRow():
                self._on_row(row)
            if perf_counter() > until:
                return
        self._ahead.stop()

    def _wanted(self) -> list[int]:
        """Return the rows in view whose shape is not known yet."""
        first = self._list.indexAt(QPoint(4, 4)).row()
        now = self._list.currentRow()
        rows = [now, *range(max(first, 0), max(first, 0) + _ROWS + 1)]
        found = ((row, self._list.item(row)) for row in rows if 0 <= row < self._list.count())
        return [row for row, item in found if item.data(_ID) and item.data(_SHAPE) is None]

    def _say(self, text: str) -> None:
        if self._preview is not None:
            self._foot.setText(text or self._hint)

    def _take(self, item: QListWidgetItem) -> None:
        spec_id = item.data(_ID)
        if spec_id:
            self._finish(str(spec_id))

    def _finish(self, spec_id: str) -> None:
        if self._done:
            return
        self._done = True
        self._ahead.stop()
        self.hide()
        if spec_id:
            self.chosen.emit(spec_id)
        self.dismissed.emit()
        self.deleteLater()
