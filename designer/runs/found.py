"""What was found in a kept run: a line each, with its severity, its layer and its sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.board import Board
from designer.theme import signals, theme
from designer.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from designer.board import Row
    from engine.project import Project
    from engine.train.events import Finding

_HINT = "Select one run to see what was found in it."
_NONE = "Nothing was found in this run."
_ADDRESS = Qt.ItemDataRole.UserRole
_SEVERITY = Qt.ItemDataRole.UserRole + 1
_SIGNS = {"error": ("✕", "Error"), "warning": ("▲", "Warning")}
"""Severity -> sign, word."""


class FoundView(QWidget):
    """The findings of one run, the worst first.

    Signals
    -------
    nodePicked(address)
        The layer of a finding is asked for.
    """

    nodePicked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs.found")
        self.words = QLabel(_HINT)
        self.words.setObjectName("runs.found.words")
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        self.words.setContentsMargins(8, 4, 8, 2)
        self.tree = QTreeWidget()
        self.tree.setObjectName("runs.found.tree")
        self.tree.setAccessibleName("What was found in the run")
        self.tree.setHeaderLabels(["Severity", "Layer", "Finding"])
        self.tree.setRootIsDecorated(False)
        self.tree.setWordWrap(True)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(True)
        self.tree.itemActivated.connect(self._picked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.words)
        layout.addWidget(self.tree, 1)
        signals.themeChanged.connect(self._restyle)
        self.forget()

    def show_findings(self, findings: Iterable[Finding], project: Project) -> None:
        """Show what was found in a run that trained a project."""
        board = Board()
        for finding in findings:
            board.take(replace(finding, news="new"), project)
            if finding.news == "gone":
                board.take(finding, project)
        rows = sorted(board.rows(), key=lambda row: (row.gone, row.severity != "error"))
        self.tree.clear()
        self.tree.addTopLevelItems([_item(row) for row in rows])
        gone = sum(row.gone for row in rows)
        words = count(len(rows), "finding") + (f", {gone} of them gone by the end" if gone else "")
        self.words.setText(words if rows else _NONE)
        self.tree.setVisible(bool(rows))
        self._restyle()

    def forget(self, sentence: str = _HINT) -> None:
        """Show no run, and why."""
        self.tree.clear()
        self.tree.hide()
        self.words.setText(sentence)

    def _picked(self, item: QTreeWidgetItem, _column: int) -> None:
        address = str(item.data(0, _ADDRESS) or "")
        if address:
            self.nodePicked.emit(address)

    def _restyle(self, *_: object) -> None:
        look = theme()
        for place in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(place)
            if item is not None:
                item.setForeground(0, look.color(str(item.data(0, _SEVERITY))))


def _item(row: Row) -> QTreeWidgetItem:
    sign, word = _SIGNS[row.severity]
    since = f" ({row.since})" if row.since else ""
    item = QTreeWidgetItem([f"{sign} {word}", row.name, f"{row.message}{since}"])
    item.setData(0, _ADDRESS, row.node)
    item.setData(0, _SEVERITY, "text_muted" if row.gone else row.severity)
    tip = "\n".join(part for part in (row.title, row.message, row.evidence, row.cause) if part)
    for column in range(3):
        item.setToolTip(column, tip)
    return item
