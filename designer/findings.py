"""The list of what is wrong or worth knowing: problems of the network, and what the run found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer import navigation
from designer.board import Board, Row
from designer.cards import Card, badge
from designer.theme import signals, theme
from engine import remedies
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
_REST_MS = 400
"""How long the project rests before the rules look at it as it stands."""


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
    helpWanted = Signal(str)
    """The user wants to see the page of a rule."""
    settingChanged = Signal(str, object)
    """A fix set what a run can take over while it goes on: path and value."""
    refused = Signal(str)
    """A fix cannot be applied; the sentence says why."""
    marked = Signal(dict)
    """What was found by address, for the badges of nodes: severity and sentences."""

    def __init__(self, document: Document, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findingsPanel")
        self.setAccessibleName("Findings")
        self._document = document
        self._problems: tuple[Row, ...] = ()
        self._board = Board()
        self._data: tuple[Row, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._cards: dict[tuple[Any, ...], Card] = {}
        self._told: dict[str, tuple[str, ...]] = {}
        self._looked: tuple[object, object, object] | None = None
        """What the rules looked at last."""
        self._make()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REST_MS)
        self._later.timeout.connect(self._stand)
        self._sound = _EMPTY
        document.analysed.connect(self._on_analysed)
        document.projectChanged.connect(self._on_project)
        document.replaced.connect(self._wait)
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
        """Apply the fix of a row, as a step of undo; a run under way takes over what it can."""
        row = self._rows[index]
        if row.found is not None:
            self._document.apply_fix(row.found.problem, row.found.root)
        elif row.remedy is not None:
            try:
                project = remedies.apply(self._document.project, row.remedy)
            except ValueError as error:
                self.refused.emit(str(error))
                return
            self._document.push(row.remedy.text, project)
            self._follow_up([row])

    def offered(self) -> tuple[Finding, ...]:
        """Return what rules found and a change mends, as it is listed."""
        held = (row.told for row in self._rows if row.remedy is not None)
        return tuple(finding for finding in held if finding is not None)

    def take_over(self, findings: tuple[Finding, ...]) -> None:
        """Note that the remedies of findings have been applied, all of them at once."""
        self._follow_up([row for row in self._rows if row.told in findings])

    def _follow_up(self, rows: list[Row]) -> None:
        """Let what was mended go, and a run under way take over what it can."""
        for row in rows:
            if row.key is not None:
                self._board.mended(row.key)
            for path, value in remedies.live(row.remedy) if row.remedy is not None else ():
                self.settingChanged.emit(path, value)
        self._show()

    def dismiss(self, index: int) -> None:
        """Show a finding no more, until another project is opened."""
        key = self._rows[index].key
        if key is not None:
            self._board.dismissed.add(key)
            self._show()

    def forget_run(self) -> None:
        """Drop what a run found, and what was dismissed: another project is open now."""
        self._board.forget()
        self._looked = None
        self._later.start()
        self._show()

    def close_down(self) -> None:
        """Look at nothing any more."""
        self._later.stop()

    def _make(self) -> None:
        self.list = QScrollArea()
        self.list.setObjectName("findingsList")
        self.list.setAccessibleName("Problems and findings")
        self.list.setWidgetResizable(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        self._column = QVBoxLayout(holder)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(8)
        self.more = QLabel()
        self.more.setProperty("role", "muted")
        self.more.hide()
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        self.list.setWidget(holder)
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
        # First into the panel: what is put into a layout of no widget is shown as a window.
        column.addLayout(self._stack, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)

    # -- where the rows come from

    def _wait(self) -> None:
        """Say nothing of another project before its shapes are known."""
        self._sound = "Working out the shapes…"
        project = self._document.project
        self._on_project(project, project)

    def _on_analysed(self, *_: object) -> None:
        self._sound, project = _EMPTY, self._document.project
        self._on_project(project, project)
        self._problems = tuple(map(self._row, self._document.problems))
        self._board.network_changed(self._document.project)
        self._later.start()
        self._show()

    def _stand(self) -> None:
        """Let the rules look at the project as it stands."""
        from engine.diagnose.doctor import standing

        project = self._document.project
        looked = (project.networks, project.training, project.variables)
        if self._looked is None or any(
            a is not b for a, b in zip(looked, self._looked, strict=True)
        ):
            self._looked = looked
            self._board.stand(standing(project), project)
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
        self.empty.setText("Drag layers onto the canvas to begin." if empty else self._sound)
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
        board, project = self._board, self._document.project
        heard = False
        for event in events:
            match event:
                case StateChanged("preparing") | Started():
                    board.clear()
                case Finding():
                    board.take(event, project)
                case Failed():
                    board.fail(event, project)
                case _:
                    continue
            heard = True
        if heard:
            board.explain()
            self._show()

    # -- the list

    def _show(self) -> None:
        found = self._board.rows()
        said = {(row.node, row.fix) for row in found if row.fix}
        problems = [row for row in self._problems if (row.node, row.fix) not in said]
        rows = (*found, *self._data, *problems)
        order = {"error": 0, "warning": 1}
        every = dict.fromkeys(rows)
        rows = tuple(sorted(every, key=lambda row: (row.gone, order.get(row.severity, 2))))
        same = rows == self._rows
        # Even where nothing looks different, a fix belongs to the graph as it is now.
        self._rows = rows
        if same:
            return
        self.all.setVisible(any(row.fix for row in rows))
        self._fill()
        self._mark(found)
        held = [row for row in rows if not row.gone]
        errors = sum(row.severity == "error" for row in held)
        self.countChanged.emit(errors, len(held) - errors)

    def _mark(self, found: tuple[Row, ...]) -> None:
        """Tell what the rules found at which node, if that is not as before."""
        told: dict[str, tuple[str, ...]] = {}
        for row in found:
            if row.node and not row.gone:
                told[row.node] = (*told.get(row.node, ()), row.message)
        if told != self._told:
            self._told = told
            self.marked.emit(told)

    def _fill(self) -> None:
        """Put the cards in order; one that is there already stays and is written anew."""
        shown = self._rows[:MOST]
        wanted = {_identity(row): row for row in shown}
        for key in [key for key in self._cards if key not in wanted]:
            card = self._cards.pop(key)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        icons = {name: badge(theme().color(name)) for name in ("error", "warning")}
        for index, (key, row) in enumerate(wanted.items()):
            card = self._cards.get(key)
            if card is None:
                card = self._cards[key] = self._card(Card(row, index, icons[row.severity]))
            else:
                card.show_row(row, index)
            if self._column.indexOf(card) != index:
                self._column.insertWidget(index, card)
        left = len(self._rows) - len(shown)
        self.more.setText(f"… and {left:,} more")
        self.more.setVisible(left > 0)
        self._stack.setCurrentIndex(1 if self._rows else 0)

    def _card(self, card: Card) -> Card:
        card.activated.connect(self.nodeActivated)
        card.fixWanted.connect(self.fix)
        card.dismissed.connect(self.dismiss)
        card.helpWanted.connect(self.helpWanted)
        return card

    def _restyle(self, _theme: object) -> None:
        icons = {name: badge(theme().color(name)) for name in ("error", "warning")}
        for row in self._rows[:MOST]:
            card = self._cards.get(_identity(row))
            if card is not None:
                card.badge.setPixmap(icons[row.severity])


def _identity(row: Row) -> tuple[Any, ...]:
    """Return what a card is kept for: the same finding with the same buttons."""
    return (*row.identity, bool(row.fix or row.help), row.severity)
