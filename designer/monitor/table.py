"""The latest activation figures of every layer, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from designer.monitor.history import History
    from engine.train.events import Activations

HEADINGS = ("Layer", "Mean", "Std", "Zero", "Lowest", "Highest")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_NAMES, _WIDE = 92, 68
"""Least width of the names, and that of a figure."""


class ActivationTable(QTableWidget):
    """Mean, standard deviation, share of zeros and range of each layer's output."""

    nodePicked = Signal(str)

    def __init__(self, history: History) -> None:
        super().__init__(0, len(HEADINGS))
        self.history = history
        self.dirty = True
        self._nodes: tuple[str, ...] = ()
        self.setObjectName("activationTable")
        self.setAccessibleName("Activation figures of every layer")
        self.setHorizontalHeaderLabels(list(HEADINGS))
        first = self.horizontalHeaderItem(0)
        if first is not None:
            first.setTextAlignment(_LEFT)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setDefaultSectionSize(_WIDE)
        header.setDefaultAlignment(_RIGHT)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.cellClicked.connect(self._picked)
        self.verticalScrollBar().valueChanged.connect(self._write)

    def refresh(self) -> None:
        """Show the latest figures; only rows in view are written."""
        self.dirty = False
        nodes = tuple(self._rows())
        if nodes != self._nodes:
            self._rebuild(nodes)
        self._write()

    def _write(self, *_: object) -> None:
        rows, nodes = self._rows(), self._nodes
        if not nodes or tuple(rows) != nodes:
            return
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height() - 1)
        for row in range(first, (last if last >= 0 else len(nodes) - 1) + 1):
            latest, at = rows[nodes[row]]
            self._say(row, 0, self.history.name(nodes[row]))
            values = (latest.mean[at], latest.std[at], latest.low[at], latest.high[at])
            mean, std, low, high = (f"{float(v):.3g}" for v in values)
            words = (mean, std, f"{float(latest.dead[at]):.0%}", low, high)
            for column, word in enumerate(words, 1):
                self._say(row, column, word)

    def _say(self, row: int, column: int, word: str) -> None:
        cell = self.item(row, column)
        if cell is not None:
            cell.setText(word)

    def _rows(self) -> dict[str, tuple[Activations, int]]:
        """Return where the latest figures of each layer are."""
        latest = self.history.latest_activations
        return {
            node: (event, at)
            for nodes, event in sorted(latest.items(), key=lambda pair: pair[1].phase)
            for at, node in enumerate(nodes)
        }

    def show_node(self, node: str) -> None:
        """Mark a layer's row."""
        if node in self._nodes:
            self.selectRow(self._nodes.index(node))
        else:
            self.clearSelection()

    def _rebuild(self, nodes: tuple[str, ...]) -> None:
        self._nodes = nodes
        self.setRowCount(len(nodes))
        for row, node in enumerate(nodes):
            self.setItem(row, 0, QTableWidgetItem(self.history.name(node)))
            for column in range(1, len(HEADINGS)):
                item = QTableWidgetItem("")
                item.setTextAlignment(_RIGHT)
                self.setItem(row, column, item)

    def _picked(self, row: int, _column: int) -> None:
        self.nodePicked.emit(self._nodes[row])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names what room the figures leave, and write the rows that come into view."""
        super().resizeEvent(event)
        rest = self.viewport().width() - _WIDE * (len(HEADINGS) - 1)
        self.setColumnWidth(0, max(_NAMES, rest))
        self._write()

    def showEvent(self, event: QShowEvent) -> None:
        """Fill in what came while hidden."""
        super().showEvent(event)
        if self.dirty:
            self.refresh()
