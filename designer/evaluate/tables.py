"""A table of figures that is read, not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

if TYPE_CHECKING:
    from collections.abc import Sequence

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class FigureTable(QTableWidget):
    """Names at the left, figures at the right."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(0, 0)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(24)
        self.horizontalHeader().setDefaultAlignment(_RIGHT)
        self.horizontalHeader().setMinimumSectionSize(44)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)

    def show_rows(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], bold: Sequence[int] = ()
    ) -> None:
        """Show other rows; the first column holds names, `bold` numbers the rows that stand out."""
        self.setColumnCount(len(headings))
        self.setHorizontalHeaderLabels(list(headings))
        self.setRowCount(len(rows))
        for row, words in enumerate(rows):
            for column, word in enumerate(words):
                item = QTableWidgetItem(word)
                item.setTextAlignment(_RIGHT if column else _LEFT)
                item.setToolTip(word)
                font = item.font()
                font.setBold(row in bold)
                item.setFont(font)
                self.setItem(row, column, item)
        first = self.horizontalHeaderItem(0)
        if first is not None:
            first.setTextAlignment(_LEFT)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
