"""The list of what is wrong or worth knowing: problems of the network, and what the run found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from designer.theme import signals, theme
from engine.train.events import Failed, Finding, Started, StateChanged

if TYPE_CHECKING:
    from designer.bridge import Bridge
    from designer.document import Document
    from engine.project import Project
    from engine.shapes import Analysis, Problem
    from engine.train.events import Event

MOST = 300
"""Rows that are shown; a broken network of thousands of nodes says the same thing often."""
FIX_WIDTH, FIX_HEIGHT, PADDING = 76, 36, 12
_NODE = Qt.ItemDataRole.UserRole
_EMPTY = "Nothing to report: the network is sound."


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. Two are the same if they look the same."""

    severity: str
    node: str
    name: str
    message: str
    fix: str = ""
    problem: Problem | None = field(default=None, compare=False)


class FindingsPanel(QWidget):
    """Problems with a sentence each, and a button where the fix is known.

    Parameters
    ----------
    document
        Whose analysis is shown and to which fixes are applied.
    bridge
        Tells what a run found and why it failed.
    """

    nodeActivated = Signal(str)
    """The user wants to see this node."""
    countChanged = Signal(int, int)
    """How many errors and warnings are listed."""

    def __init__(self, document: Document, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findingsPanel")
        self.setAccessibleName("Findings")
        self._document = document
        self._problems: tuple[Row, ...] = ()
        self._run: tuple[Row, ...] = ()
        self._data: tuple[Row, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._make()
        document.analysed.connect(self._on_analysed)
        document.projectChanged.connect(self._on_project)
        document.dataFailed.connect(self._on_data_failed)
        document.dataChanged.connect(self._on_data)
        bridge.received.connect(self._on_events)
        signals.themeChanged.connect(self._restyle)
        if document.analysis is not None:
            self._on_analysed(document.analysis)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return what is listed, errors first."""
        return self._rows

    def fix(self, index: int) -> None:
        """Apply the fix of a row, as a step of undo."""
        problem = self._rows[index].problem
        if problem is not None:
            self._document.apply_fix(problem)

    def forget_run(self) -> None:
        """Drop what a run found: another project is open now."""
        self._run = ()
        self._show()

    def _make(self) -> None:
        self.list = QTreeWidget()
        self.list.setObjectName("findingsList")
        self.list.setAccessibleName("Problems and findings")
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(2, FIX_WIDTH)
        header.sectionResized.connect(self._wrap)
        self.list.itemClicked.connect(self._activate)
        self.list.itemActivated.connect(self._activate)
        self.empty = QLabel(_EMPTY)
        self.empty.setObjectName("findingsEmpty")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)

    # -- where the rows come from

    def _on_analysed(self, analysis: Analysis) -> None:
        self._problems = tuple(
            Row(p.severity, p.node, self._name(p.node), p.message, p.fix.text if p.fix else "", p)
            for p in analysis.problems
        )
        self._show()

    def _on_project(self, _before: Project, after: Project) -> None:
        empty = not self._document.graph.nodes
        self.empty.setText("Drag layers onto the canvas to begin." if empty else _EMPTY)
        if empty and self._problems:
            self._problems = ()
            self._show()

    def _on_data_failed(self, message: str) -> None:
        self._data = (Row("error", "", "Data", message),)
        self._show()

    def _on_data(self, info: object) -> None:
        if info is not None and self._data:
            self._data = ()
            self._show()

    def _on_events(self, events: list[Event]) -> None:
        run = self._run
        for event in events:
            match event:
                case StateChanged("preparing") | Started():
                    run = ()
                case Finding():
                    run = (*run, Row("warning", event.node, self._name(event.node), event.message))
                case Failed():
                    run = (*run, Row("error", event.node, self._name(event.node), event.message))
                case _:
                    pass
        if run != self._run:
            self._run = run[-MOST:]
            self._show()

    def _name(self, node: str) -> str:
        if not node:
            return "Training"
        known = self._document.graph.nodes.get(node)
        return known.name if known is not None else node

    # -- the list

    def _show(self) -> None:
        rows = (*self._run, *self._data, *self._problems)
        rows = tuple(sorted(dict.fromkeys(rows), key=lambda row: row.severity != "error"))
        same = rows == self._rows
        # Even where nothing looks different, a fix belongs to the graph as it is now.
        self._rows = rows
        if same:
            return
        self._fill()
        errors = sum(row.severity == "error" for row in rows)
        self.countChanged.emit(errors, len(rows) - errors)

    def _fill(self) -> None:
        self.list.clear()
        icons = {name: _badge(theme().color(name)) for name in ("error", "warning")}
        for index, row in enumerate(self._rows[:MOST]):
            item = QTreeWidgetItem([row.name, row.message, ""])
            item.setIcon(0, icons[row.severity])
            item.setToolTip(1, row.message)
            item.setData(0, _NODE, row.node)
            described = f"{row.severity}: {row.name}: {row.message}"
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, described)
            self.list.addTopLevelItem(item)
            if row.fix:
                self.list.setItemWidget(item, 2, self._button(index, row.fix))
        if len(self._rows) > MOST:
            more = QTreeWidgetItem(["", f"… and {len(self._rows) - MOST:,} more", ""])
            more.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addTopLevelItem(more)
        self._stack.setCurrentIndex(1 if self._rows else 0)
        self._wrap()

    def _wrap(self, *_: int) -> None:
        """Give every row the height that its sentence needs at the present width."""
        width = self.list.columnWidth(1) - 2 * PADDING
        room, words = QRect(0, 0, max(width, 60), 10_000), int(Qt.TextFlag.TextWordWrap)
        metrics = QFontMetrics(self.list.font())
        for index in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(index)
            if item is None:
                continue
            height = metrics.boundingRect(room, words, item.text(1)).height() + PADDING
            mends = index < len(self._rows) and bool(self._rows[index].fix)
            size = QSize(0, max(height, FIX_HEIGHT if mends else 0))
            if item.sizeHint(1) != size:
                item.setSizeHint(1, size)

    def _button(self, index: int, text: str) -> QPushButton:
        button = QPushButton("Fix")
        button.setObjectName(f"fix{index}")
        button.setAccessibleName(f"Fix: {text}")
        button.setToolTip(text)
        button.setMaximumHeight(FIX_HEIGHT - 4)
        button.setProperty("row", index)
        button.clicked.connect(self._on_fix)
        return button

    def _on_fix(self) -> None:
        self.fix(int(self.sender().property("row")))

    def _activate(self, item: QTreeWidgetItem) -> None:
        node = item.data(0, _NODE)
        if node:
            self.nodeActivated.emit(str(node))

    def _restyle(self, _theme: object) -> None:
        self._fill()


def _badge(colour: QColor) -> QIcon:
    """Return a disc with an exclamation mark."""
    size, ratio = 16, 2
    image = QPixmap(size * ratio, size * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(1, 1, size - 2, size - 2)
    painter.setPen(QPen(theme().color("surface"), 2))
    painter.drawLine(8, 4, 8, 9)
    painter.drawPoint(8, 12)
    painter.end()
    return QIcon(image)
