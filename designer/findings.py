"""The list of what is wrong or worth knowing: problems of the network, and what the run found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer import navigation
from designer.theme import signals, theme
from engine.train.events import Failed, Finding, Started, StateChanged

if TYPE_CHECKING:
    from designer.analyses import Located
    from designer.bridge import Bridge
    from designer.document import Document
    from engine.project import Project
    from engine.train.events import Event

MOST = 100
"""Rows that are shown; a broken network of thousands of nodes says the same thing often."""
_EMPTY = "Nothing to report: the network is sound."


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. Two are the same if they look the same."""

    severity: str
    node: str
    """The address of the node; nothing where none is meant."""
    name: str
    message: str
    fix: str = ""
    found: Located | None = field(default=None, compare=False)


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
    """The user wants to see the node at this address."""
    fixAllWanted = Signal()
    """The user wants to see what mending all problems would change."""
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
            self._on_analysed()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return what is listed, errors first."""
        return self._rows

    def fix(self, index: int) -> None:
        """Apply the fix of a row, as a step of undo."""
        found = self._rows[index].found
        if found is not None:
            self._document.apply_fix(found.problem, found.root)

    def forget_run(self) -> None:
        """Drop what a run found: another project is open now."""
        self._run = ()
        self._show()

    def _make(self) -> None:
        self.list = QScrollArea()
        self.list.setObjectName("findingsList")
        self.list.setAccessibleName("Problems and findings")
        self.list.setWidgetResizable(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = QLabel(_EMPTY)
        self.empty.setObjectName("findingsEmpty")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.all = QPushButton("Fix all…")
        self.all.setObjectName("findingsFixAll")
        self.all.setAccessibleName("Fix all")
        self.all.setToolTip("Show every change that mends a problem, and make them all at once.")
        self.all.clicked.connect(self.fixAllWanted)
        self.all.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(8, 0, 8, 0)
        top.addWidget(self.all)
        top.addStretch(1)
        column.addLayout(top)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        column.addLayout(self._stack, 1)

    # -- where the rows come from

    def _on_analysed(self, *_: object) -> None:
        self._problems = tuple(map(self._row, self._document.problems))
        self._show()

    def _row(self, found: Located) -> Row:
        """Return the line of a problem, named by the way from the root to its node."""
        problem, project = found.problem, self._document.project
        address = found.address(project)
        name = navigation.names(project, address) if address else ""
        root = project.title_of(found.root)
        if not name:
            name = root if len(project.networks) > 1 else "Training"
        elif found.root != self._document.spot.root:
            name = f"{root} › {name}"
        fix = problem.fix.text if problem.fix else ""
        return Row(problem.severity, address, name, problem.message, fix, found)

    def _on_project(self, _before: Project, after: Project) -> None:
        empty = not any(graph.nodes for graph in after.networks.values())
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
        return navigation.names(self._document.project, node) if node else "Training"

    # -- the list

    def _show(self) -> None:
        rows = (*self._run, *self._data, *self._problems)
        rows = tuple(sorted(dict.fromkeys(rows), key=lambda row: row.severity != "error"))
        same = rows == self._rows
        # Even where nothing looks different, a fix belongs to the graph as it is now.
        self._rows = rows
        if same:
            return
        self.all.setVisible(sum(bool(row.fix) for row in self._problems) > 1)
        self._fill()
        errors = sum(row.severity == "error" for row in rows)
        self.countChanged.emit(errors, len(rows) - errors)

    def _fill(self) -> None:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        icons = {name: _badge(theme().color(name)) for name in ("error", "warning")}
        for index, row in enumerate(self._rows[:MOST]):
            card = Card(row, index, icons[row.severity])
            card.activated.connect(self.nodeActivated)
            if card.fix is not None:
                card.fix.clicked.connect(self._on_fix)
            column.addWidget(card)
        if len(self._rows) > MOST:
            more = QLabel(f"… and {len(self._rows) - MOST:,} more")
            more.setProperty("role", "muted")
            column.addWidget(more)
        column.addStretch(1)
        self.list.setWidget(holder)
        self._stack.setCurrentIndex(1 if self._rows else 0)

    def _on_fix(self) -> None:
        self.fix(int(self.sender().property("row")))

    def _restyle(self, _theme: object) -> None:
        self._fill()


class Card(QFrame):
    """One finding: where, what in a sentence, and a button that says what the fix does."""

    activated = Signal(str)

    def __init__(self, row: Row, index: int, icon: QPixmap) -> None:
        super().__init__()
        self._node = row.node
        self.setObjectName(f"finding{index}")
        self.setAccessibleName(f"{row.severity}: {row.name}: {row.message}")
        self.setProperty("role", "card")
        if row.node:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Show this node on the canvas")
        badge = QLabel()
        badge.setPixmap(icon)
        self.where = QLabel(row.name)
        self.where.setProperty("role", "strong")
        self.sentence = QLabel(row.message)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.fix: QPushButton | None = None
        table = QGridLayout(self)
        table.setContentsMargins(10, 8, 10, 8)
        table.setColumnStretch(1, 1)
        table.addWidget(badge, 0, 0)
        table.addWidget(self.where, 0, 1)
        table.addWidget(self.sentence, 1, 0, 1, 2)
        if row.fix:
            self.fix = QPushButton(row.fix)
            self.fix.setObjectName(f"fix{index}")
            self.fix.setAccessibleName(f"Fix: {row.fix}")
            self.fix.setToolTip("Make this change; it can be undone.")
            self.fix.setProperty("row", index)
            table.addWidget(self.fix, 2, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the node to be shown."""
        super().mouseReleaseEvent(event)
        self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the node with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        if self._node:
            self.activated.emit(self._node)


def _badge(colour: QColor) -> QPixmap:
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
    return image
