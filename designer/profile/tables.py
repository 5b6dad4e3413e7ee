"""A table whose columns sort by value and show bars; a row leads to its node."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from designer import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPainter, QResizeEvent

VALUE = Qt.ItemDataRole.UserRole
SHARE = Qt.ItemDataRole.UserRole.value + 1
ADDRESS = Qt.ItemDataRole.UserRole.value + 2
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_EDGES = 12
_COLOURS = {"fail": "error", "wrong": "error", "warn": "warning", "pass": "success"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: how one reads, and whether a bar stands behind it."""

    title: str
    words: Callable[[float], str] | None = None
    """None: the column holds words."""
    bar: bool = False


class Row(QTreeWidgetItem):
    """A row that sorts figures by their size, and words by the alphabet."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        """Return whether it stands before another one."""
        column = max(self.treeWidget().sortColumn(), 0)
        mine, theirs = self.data(column, VALUE), other.data(column, VALUE)
        if isinstance(mine, float) and isinstance(theirs, float):
            return (math.inf if math.isnan(mine) else mine) < theirs
        return self.text(column).lower() < other.text(column).lower()


class CostTable(QTreeWidget):
    """Rows of a few words and figures.

    Signals
    -------
    nodePicked(address)
        A row was clicked, or Enter pressed on it.
    """

    nodePicked = Signal(str)

    def __init__(
        self, name: str, title: str, columns: Sequence[Column], *, wrap: bool = False
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(not wrap)
        self.setWordWrap(wrap)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels([column.title for column in columns])
        self.setSortingEnabled(True)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        for place, column in enumerate(columns):
            if column.words is not None:
                head = self.headerItem()
                head.setTextAlignment(place, _RIGHT)
        self._bars = Bars(self)
        for place, column in enumerate(columns):
            if column.bar:
                self.setItemDelegateForColumn(place, self._bars)
        self.itemClicked.connect(self._pick)
        self.itemActivated.connect(self._pick)

    def show_rows(
        self,
        rows: Sequence[tuple[str, Sequence[str | float]]],
        sort: int | None = None,
        marks: Sequence[str] = (),
        tips: Sequence[str] = (),
    ) -> None:
        """Show other rows.

        Parameters
        ----------
        rows
            (address of a node, what stands in each column).
        sort
            The column that is sorted by at first, largest first; None keeps the order.
        marks, tips
            For each row what colours its last column, and its tooltip.
        """
        self.setSortingEnabled(False)
        self.clear()
        tops = [_top([cells[n] for _, cells in rows]) for n in range(len(self.columns))]
        for number, (address, cells) in enumerate(rows):
            item = self._item(address, cells, tops)
            if number < len(marks) and marks[number] in _COLOURS:
                item.setForeground(0, theme.theme().color(_COLOURS[marks[number]]))
            for place in range(len(self.columns)):
                item.setToolTip(place, tips[number] if number < len(tips) else item.text(place))
            self.addTopLevelItem(item)
        self._fold()
        column = -1 if sort is None else sort
        self.header().setSortIndicator(column, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give rows the height that their words take at the new width."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Let words in the last column take as many lines as they need."""
        if not self.wordWrap():
            return
        last, words = len(self.columns) - 1, self.fontMetrics()
        room = QRect(0, 0, max(self.columnWidth(last) - _EDGES, 80), 10_000)
        for place in range(self.topLevelItemCount()):
            item = self.topLevelItem(place)
            if item is not None:
                flags = int(Qt.TextFlag.TextWordWrap)
                height = words.boundingRect(room, flags, item.text(last)).height()
                item.setSizeHint(last, QSize(room.width(), height + _EDGES))

    def _item(self, address: str, cells: Sequence[str | float], tops: Sequence[float]) -> Row:
        item = Row()
        item.setData(0, ADDRESS, address)
        for place, (column, value) in enumerate(zip(self.columns, cells, strict=True)):
            if column.words is None or isinstance(value, str):
                item.setText(place, str(value))
                continue
            item.setText(place, "–" if math.isnan(value) else column.words(value))
            item.setTextAlignment(place, _RIGHT)
            item.setData(place, VALUE, float(value))
            item.setData(place, SHARE, float(value) / tops[place])
        return item

    def _pick(self, item: QTreeWidgetItem, _column: int) -> None:
        address = item.data(0, ADDRESS)
        if address:
            self.nodePicked.emit(str(address))


def _top(values: Sequence[str | float]) -> float:
    """Return the largest of the figures in a column; 1 where none is above zero."""
    return max((v for v in values if isinstance(v, float) and v > 0), default=1.0)


class Bars(QStyledItemDelegate):
    """Paints a bar behind a figure, as long as its share of the largest in the column."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the bar, then the figure over it."""
        share = index.data(SHARE)
        if isinstance(share, float) and share > 0:
            colour = theme.theme().color("accent")
            colour.setAlphaF(0.28)
            area = QRectF(option.rect).adjusted(2, 3, -2, -3)  # type: ignore[attr-defined]
            width = max(area.width() * min(share, 1.0), 1.5)
            area.setLeft(area.right() - width)
            painter.fillRect(area, colour)
        super().paint(painter, option, index)
