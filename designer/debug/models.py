"""Tables of the debugger: the nodes with their figures, and the values of one tensor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from designer.debug.pictures import flags, flat, place, shape_words, share_words
from designer.monitor.shapes import mix
from designer.monitor.style import style
from designer.theme import theme
from designer.words import figure

if TYPE_CHECKING:
    from typing import TypeAlias

    from PySide6.QtGui import QColor

    from engine.train.inspection import Inspection, NodeView, TensorView

    Index: TypeAlias = QModelIndex | QPersistentModelIndex

HEADINGS = ("Node", "Output", "Least", "Greatest", "Mean", "Std", "Zero", "Remarks")
_NONE = QModelIndex()
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_STRONGEST = 0.75
"""How far the ground of the greatest value goes to its colour."""


class NodesModel(QAbstractTableModel):
    """A row for every node, in the order of computation."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: tuple[NodeView, ...] = ()
        self._words: list[tuple[str, ...]] = []
        self._bad: list[bool] = []

    def show(self, inspection: Inspection | None) -> None:
        """Show another inspection."""
        self.beginResetModel()
        self.nodes = inspection.nodes if inspection is not None else ()
        self._words = [_node_words(node) for node in self.nodes]
        self._bad = [any(view.bad for view in node.tensors) for node in self.nodes]
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:
        """Return how many nodes there are."""
        return 0 if parent.isValid() else len(self.nodes)

    def columnCount(self, parent: Index = _NONE) -> int:
        """Return how many figures are told of each."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return what stands above a column."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if section in (0, 1, len(HEADINGS) - 1) else _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words of a cell; a node with a value that is not finite is red."""
        row, column = index.row(), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._words[row][column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if column in (0, 1, len(HEADINGS) - 1) else _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole and self._bad[row]:
            return theme().color("error")
        return None


def _node_words(node: NodeView) -> tuple[str, ...]:
    outputs = node.of("output")
    if not outputs:
        return (node.name, "", "", "", "", "", "", flags(node))
    view = outputs[0]
    shape = shape_words(view.shape) + (f" (+{len(outputs) - 1})" if outputs[1:] else "")
    numbers = (view.low, view.high, view.mean, view.std)
    return (node.name, shape, *map(number_words, numbers), share_words(view.zeros), flags(node))


def number_words(value: float) -> str:
    """Return a number in four digits; what is not finite by its name."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return figure(value)


class ValuesModel(QAbstractTableModel):
    """The told values of one tensor: on a warm ground above zero, on a cool one below."""

    def __init__(self) -> None:
        super().__init__()
        self.view: TensorView | None = None
        self._values = np.zeros((0, 0), np.float32)
        self._names: tuple[str, ...] = ()
        self._most = 1.0
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        look = style()
        self._paper, self._text = look.paper, look.text
        self._warm, self._cool = look.series[1], look.series[0]
        self._bad = theme().color("error")
        self._on_bad = theme().color("surface")
        if self.view is not None:
            self.beginResetModel()
            self.endResetModel()

    def show(self, view: TensorView | None, names: tuple[str, ...] = ()) -> None:
        """Show another tensor; `names` are those of its rows, by default their places."""
        self.beginResetModel()
        self.view, self._names = view, names
        self._values = flat(view) if view is not None else np.zeros((0, 0), np.float32)
        finite = self._values[np.isfinite(self._values)]
        self._most = float(np.abs(finite).max()) if finite.size else 1.0
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:
        """Return how many rows are told."""
        return 0 if parent.isValid() else len(self._values)

    def columnCount(self, parent: Index = _NONE) -> int:
        """Return how many values each has."""
        return 0 if parent.isValid() else self._values.shape[1]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the place of a column in the tensor, or the name of a row."""
        if role != Qt.ItemDataRole.DisplayRole or self.view is None:
            return None
        if orientation is Qt.Orientation.Horizontal:
            return place(self.view, section)
        return self._names[section] if section < len(self._names) else str(section)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a value, or its colours."""
        value = float(self._values[index.row(), index.column()])
        if role == Qt.ItemDataRole.DisplayRole:
            return number_words(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return repr(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._ground(value)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._text if math.isfinite(value) else self._on_bad
        return None

    def _ground(self, value: float) -> QColor:
        if not math.isfinite(value):
            return self._bad
        share = _STRONGEST * min(abs(value) / (self._most or 1.0), 1.0)
        return mix(self._paper, self._warm if value > 0 else self._cool, share)
