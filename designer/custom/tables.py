"""Tables for what a custom layer declares: ports with their axes, numbers of its constructor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.custom import declared

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS = 3
"""Rows that are shown without scrolling."""


class RowsTable(QWidget):
    """A table whose rows are texts in parts; the parts go into columns.

    Signals
    -------
    changed
        The user changed, added or removed a row.
    """

    changed = Signal()
    columns: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    """What a new row says."""

    def __init__(self, name: str, title: str, help_: str) -> None:
        super().__init__()
        self.table = QTableWidget(0, len(self.columns))
        self.table.setObjectName(f"custom.{name}")
        self.table.setAccessibleName(title)
        self.table.setToolTip(help_)
        self.table.setHorizontalHeaderLabels(list(self.columns))
        self.table.verticalHeader().hide()
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        row = self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(row * _ROWS + head.sizeHint().height() + 4)
        self.table.cellChanged.connect(self._edited)
        label = QLabel(title)
        label.setProperty("role", "heading")
        top = QHBoxLayout()
        top.addWidget(label, 1)
        self.add = self._button(f"{name}.add", "+", f"Add to {title.lower()}")
        self.remove = self._button(f"{name}.remove", "−", f"Remove the selected of {title.lower()}")
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        top.addWidget(self.add)
        top.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.table)

    def _button(self, name: str, sign: str, words: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"custom.{name}")
        button.setText(sign)
        button.setAccessibleName(words)
        button.setToolTip(words)
        return button

    def parts(self, text: str) -> tuple[str, ...]:
        """Return what a text puts into the columns."""
        raise NotImplementedError

    def text(self, cells: Sequence[str]) -> str:
        """Return the text of a row."""
        raise NotImplementedError

    def show_texts(self, texts: Sequence[str]) -> None:
        """Show these rows; nothing is reported."""
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for text in texts:
            self._append(self.parts(text))
        self.table.blockSignals(False)

    def texts(self) -> tuple[str, ...]:
        """Return the rows as texts; empty ones are left out."""
        found: list[str] = []
        for row in range(self.table.rowCount()):
            items = [self.table.item(row, column) for column in range(len(self.columns))]
            cells = [item.text().strip() if item is not None else "" for item in items]  # pyright: ignore[reportUnnecessaryComparison]
            if any(cells):
                found.append(self.text(cells))
        return tuple(found)

    def _append(self, cells: Sequence[str]) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, cell in enumerate(cells):
            self.table.setItem(row, column, QTableWidgetItem(cell))

    def _add(self) -> None:
        taken = {self.parts(text)[0] for text in self.texts()}
        stem, *rest = self.fresh
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}{number}", number + 1
        self._append((name, *rest))
        self.table.setCurrentCell(self.table.rowCount() - 1, 0)
        self.changed.emit()

    def _remove(self) -> None:
        row = self.table.currentRow()
        if row >= 0:
            self.table.removeRow(row)
            self.changed.emit()

    def _edited(self, *_: object) -> None:
        self.changed.emit()


class PortsTable(RowsTable):
    """Ports: name, axes, and what they carry: float, int or any."""

    columns = ("Name", "Axes", "Type")
    fresh = ("x", "", "float")

    def parts(self, text: str) -> tuple[str, ...]:
        """Part a port's text; one that cannot be read stands in the first column."""
        try:
            port = declared.place(text)
        except declared.DeclaredError:
            return text, "", ""
        return port.name, " ".join(port.axes), port.dtype

    def text(self, cells: Sequence[str]) -> str:
        """Return a port's text."""
        name, axes, dtype = cells
        words = f"{axes} {'' if dtype == 'float' else dtype}".strip()
        return f"{name}: {words}" if words else name


class NumbersTable(RowsTable):
    """Arguments of the constructor: name and number, or an axis of an input."""

    columns = ("Name", "Number or axis")
    fresh = ("size", "1")

    def parts(self, text: str) -> tuple[str, ...]:
        """Part at the sign of equality."""
        name, equals, value = text.partition("=")
        return (name.strip(), value.strip()) if equals else (text, "")

    def text(self, cells: Sequence[str]) -> str:
        """Return the text of an argument."""
        name, value = cells
        return f"{name} = {value}" if value else name
