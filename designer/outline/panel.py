"""The outline's panel: a tree, a field that filters it, one selection with the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from designer.outline.model import OutlineModel, address_of
from designer.outline.tree import Row
from designer.theme import signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent

    from designer.canvas.view import CanvasView
    from designer.document import Document
    from designer.workspace import Workspace
    from engine.project import Project

_DELAY_MS = 120
"""So long after the last change of the wires the rows are put in order."""
_FLAG = QItemSelectionModel.SelectionFlag


class Tree(QTreeView):
    """The rows. Enter and a double click go there."""

    chosen = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("outline.tree")
        self.setAccessibleName("Outline of the networks")
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(14)
        self.setIconSize(QSize(18, 18))
        self.doubleClicked.connect(self.chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the current row on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class OutlinePanel(QWidget):
    """All networks of the project as a tree; nothing is worked out while it is not in sight."""

    def __init__(self, document: Document, canvas: CanvasView) -> None:
        super().__init__()
        self.setObjectName("outline")
        self._document = document
        self._canvas = canvas
        self._stale = True
        self._leading = False
        """True: a selection is being carried over, and not to be carried back."""
        self.model = OutlineModel(document)
        self.model.setParent(self)
        self.filter = QLineEdit()
        self.filter.setObjectName("outline.filter")
        self.filter.setAccessibleName("Filter the outline")
        self.filter.setPlaceholderText("Filter by name or layer")
        self.filter.setClearButtonEnabled(True)
        self.tree = Tree()
        self.tree.setModel(self.model)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.resizeSection(0, 132)
        header.resizeSection(1, 112)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.filter)
        column.addWidget(self.tree, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_DELAY_MS)
        self._later.timeout.connect(self._follow)
        self._retelling = QTimer(self)
        self._retelling.setSingleShot(True)
        self._retelling.setInterval(_DELAY_MS)
        self._retelling.timeout.connect(self.model.retell)
        self.filter.textChanged.connect(self._search)
        self.tree.expanded.connect(self._expanded)
        self.tree.chosen.connect(self.reveal)
        self.tree.selectionModel().selectionChanged.connect(self._to_canvas)
        canvas.selectionChanged.connect(self.from_canvas)
        document.projectChanged.connect(self._on_project)
        document.trailChanged.connect(self._soon)
        document.replaced.connect(self._on_replaced)
        document.analysed.connect(self._on_analysed)
        signals.themeChanged.connect(self._on_theme)

    # -- following

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up."""
        super().showEvent(event)
        if self._stale:
            self._follow()
        else:
            self.from_canvas(self._canvas.selected())

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        self._later.stop()
        super().hideEvent(event)

    def _soon(self, *_: object) -> None:
        self._stale = True
        if self.isVisible():
            self._later.start()

    def _on_project(self, before: Project, after: Project) -> None:
        if _same_rows(before, after):
            if self.isVisible() and before.networks is not after.networks:
                self._retelling.start()
        else:
            self._soon()

    def _on_replaced(self) -> None:
        self.filter.clear()
        self._soon()

    def _on_analysed(self, _analysis: object) -> None:
        if self.isVisible():
            self.model.take_problems()
        else:
            self._stale = True

    def _on_theme(self, _theme: object) -> None:
        self.model.retell()

    def _follow(self) -> None:
        """Bring rows, texts and selection up to date."""
        self._stale = False
        self._leading = True
        self.model.places = self._canvas.canvas.places
        self.model.follow()
        self.model.take_problems()
        here = Row(self._document.network, (), self._document.network)
        if not self.model.wanted and not self.model.filled(here):
            self.model.fill(here)
            found = self.model.index_of(here)
            if found is not None:
                self.tree.expand(found)
        self._leading = False
        self.from_canvas(self._canvas.selected())

    def _search(self, text: str) -> None:
        self._leading = True
        self.model.search(text)
        if self.model.wanted:
            self.tree.expandAll()
        self._leading = False
        self._follow()

    def _expanded(self, index: QModelIndex) -> None:
        row = self.model.row(index)
        if row is not None and not self.model.filled(row):
            self.model.fill(row)

    # -- selection

    def from_canvas(self, node_ids: Sequence[str]) -> None:
        """Select the rows of the nodes that are selected on the canvas."""
        if self._leading or not self.isVisible() or self._stale:
            return
        self._leading = True
        picked = QItemSelection()
        found = [i for i in (self._index(node_id) for node_id in node_ids) if i is not None]
        runs: dict[QModelIndex, list[int]] = {}
        for index in found:
            runs.setdefault(index.parent(), []).append(index.row())
        for parent, rows in runs.items():
            for first, last in _stretches(sorted(rows)):
                ends = (self.model.index(k, 0, parent) for k in (first, last))
                picked.select(*ends)
        self.tree.selectionModel().select(picked, _FLAG.ClearAndSelect | _FLAG.Rows)
        if len(found) == 1:
            self.tree.selectionModel().setCurrentIndex(found[0], _FLAG.NoUpdate)
            self.tree.scrollTo(found[0])
        self._leading = False

    def _index(self, node_id: str) -> QModelIndex | None:
        """Return the row of a node: in the branch it was reached through, or in its network's."""
        spot = self._document.spot
        trail = tuple(place for _, place in spot.trail)
        for row in (
            Row(spot.root, (*trail, node_id), spot.network),
            Row(spot.network, (node_id,), spot.network),
        ):
            found = self.model.index_of(row)
            if found is not None:
                return found
        return None

    def _to_canvas(self, *_: object) -> None:
        if self._leading:
            return
        rows = (self.model.row(i) for i in self.tree.selectionModel().selectedRows())
        here = self._document.network
        ids = [r.node_id for r in rows if r is not None and r.node_id and r.network == here]
        self._leading = True
        self._canvas.select(ids)
        self._leading = False

    def reveal(self, index: QModelIndex) -> None:
        """Go to what a row stands for."""
        row = self.model.row(index)
        if row is None:
            return
        if row.group:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))
        elif not row.ids:
            self._document.show_network(row.network)
        else:
            node_id = self._document.walk(address_of(row, self._document))
            if node_id:
                self._canvas.reveal(node_id)
                self._canvas.setFocus()

    def close_down(self) -> None:
        """Stop the timers."""
        self._later.stop()
        self._retelling.stop()


def _same_rows(before: Project, after: Project) -> bool:
    """Return whether no row can have come, gone or moved: same nodes, wires, titles and groups."""
    if before.networks.keys() != after.networks.keys() or before.main != after.main:
        return False
    layout = (before.layout, after.layout)
    if any(any(n.group for n in held.values()) for part in layout for held in part.notes.values()):
        return before.networks is after.networks and layout[0] is layout[1]
    return all(
        graph is after.networks[key]
        or (
            graph.edges is after.networks[key].edges
            and graph.nodes.keys() == after.networks[key].nodes.keys()
        )
        for key, graph in before.networks.items()
    )


def _stretches(rows: list[int]) -> list[tuple[int, int]]:
    """Return sorted numbers as stretches without a gap."""
    result: list[tuple[int, int]] = []
    for row in rows:
        if result and row <= result[-1][1] + 1:
            result[-1] = (result[-1][0], row)
        else:
            result.append((row, row))
    return result


def make(workspace: Workspace) -> OutlinePanel:
    """Return the panel of a window."""
    return OutlinePanel(workspace.document, workspace.canvas)
