"""How far values and gradients spread in each layer before training, as a table with bars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from designer import theme
from designer.forms import text_label
from designer.training.trial import TrialWindow

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from PySide6.QtGui import QPainter

    from designer.document import Document
    from engine.project import Project
    from engine.train.variances import Spread, Spreads

_SIZE = (680, 420)
_HEADINGS = ("Layer", "Starts from", "Weights σ", "Output σ", "Gradient σ")
_NUMBERS = (2, 3, 4)
_VALUE = Qt.ItemDataRole.UserRole
_DECADES = 3.0
"""A bar is full at the largest of its column and empty at so many powers of ten below it."""


class SpreadWindow(TrialWindow):
    """One row for each layer with weights, on the first batch."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, "training.spread", "Deviations before training", parent)
        self.resize(*_SIZE)
        about = "The first batch, forward and backward, with the weights a run would start from."
        self.column.addWidget(text_label(about, "muted"))
        self.list = QTreeWidget()
        self.list.setObjectName("training.spread.list")
        self.list.setAccessibleName("Deviations layer by layer")
        self.list.setHeaderLabels(list(_HEADINGS))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self._bars = BarDelegate(self.list)
        for column in _NUMBERS:
            self.list.setItemDelegateForColumn(column, self._bars)
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.column.addWidget(self.list, 1)
        self.remarks = text_label("", "warning")
        self.remarks.setObjectName("training.spread.remarks")
        self.remarks.hide()
        self.column.addWidget(self.remarks)

    def work(self, project: Project, gone: threading.Event) -> Callable[[], object]:
        """Return the measurement."""
        place = self.place

        def measure() -> object:
            from engine.train.setup import load_data
            from engine.train.variances import spreads

            return spreads(project, load_data(project, cancelled=gone.is_set), place)

        return measure

    def show_result(self, result: object) -> None:
        """Show the rows, and what they say."""
        found: Spreads = result  # type: ignore[assignment]
        self.list.clear()
        for row in found.rows:
            self.list.addTopLevelItem(_item(row))
        for column in _NUMBERS:
            self._bars.tops[column] = max(
                (value for row in found.rows if (value := _figures(row)[column - 2]) > 0),
                default=1.0,
            )
        warnings = [f"{row.name}: {row.warning}" for row in found.rows if row.warning]
        self.remarks.setText("\n".join(warnings))
        self.remarks.setVisible(bool(warnings))
        self.state.setText(found.note)


def _figures(row: Spread) -> tuple[float, float, float]:
    return row.weight, row.output, row.gradient


def _item(row: Spread) -> QTreeWidgetItem:
    figures = ["—" if math.isnan(value) else f"{value:.3g}" for value in _figures(row)]
    item = QTreeWidgetItem([row.name, row.initializer or "its own way", *figures])
    for column, value in zip(_NUMBERS, _figures(row), strict=True):
        item.setData(column, _VALUE, value)
    if row.warning:
        item.setForeground(1, theme.theme().color("warning"))
        item.setToolTip(1, row.warning)
    return item


class BarDelegate(QStyledItemDelegate):
    """Paints a bar behind a number; its length goes by the number's order of magnitude."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.tops: dict[int, float] = {}
        """The largest number of each column."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the bar, then the number over it."""
        value, top = index.data(_VALUE), self.tops.get(index.column(), 1.0)
        if isinstance(value, float) and value > 0:
            share = 1 + math.log10(value / top) / _DECADES
            look = theme.theme()
            colour = look.color("accent" if share > 0 else "border")
            colour.setAlphaF(0.3)
            area = QRectF(option.rect).adjusted(2, 3, -2, -3)  # type: ignore[attr-defined]
            area.setWidth(max(area.width() * min(max(share, 0.02), 1.0), 2.0))
            painter.fillRect(area, colour)
        super().paint(painter, option, index)
