"""The dock Runs: a table of the project's runs; beside it their curves and what differs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.runs.about import AboutView
from designer.runs.buttons import Buttons
from designer.runs.curves import MOST, CurvesView
from designer.runs.differs import DiffersView
from designer.runs.found import FoundView
from designer.runs.model import FIND, SORT, STARTED, RunsModel
from designer.runs.work import RunsWork
from designer.runsactions import do
from designer.words import count, size

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QKeyEvent, QShowEvent

    from designer.workspace import Workspace
    from engine.runs.summary import Run

_EVERY_MS = 1000
_NONE = "No run yet. Press Train; every run is kept here, to be compared and used again."
_UNSAVED = f"{_NONE} Once the project is saved they stand in a folder beside its file."
_FLAG = QItemSelectionModel.SelectionFlag


class RunsTable(QTableView):
    """The rows. Delete asks for them to go."""

    deleteWanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of Delete."""
        if event.key() == Qt.Key.Key_Delete:
            self.deleteWanted.emit()
        else:
            super().keyPressEvent(event)


class RunsPanel(QWidget):
    """The runs of the project. What is done with them is in `work`.

    Signals
    -------
    selectionChanged
        Other runs are selected.
    """

    selectionChanged = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("runsPanel")
        self.setAccessibleName("Runs")
        self._document, self._bridge = workspace.document, workspace.bridge
        self.work = RunsWork(workspace, self)
        self._stale = True
        self._loading = False
        self._kept: set[str] = set()
        """Runs that stay selected though their folders are others by now."""
        self._make_list()
        self._make_side()
        self._arrange()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._tick)
        self.filter.textChanged.connect(self.proxy.setFilterFixedString)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.about.written.connect(self.work.write)
        self.differs.nodePicked.connect(self.work.reveal)
        self.found.nodePicked.connect(workspace.reveal)
        self.work.changed.connect(self.reload)
        workspace.files.runsMoved.connect(self._moved)
        self.selectionChanged.connect(workspace.changed)
        self._document.pathChanged.connect(self._other_file)
        self._bridge.stateChanged.connect(self._state_changed)
        self._show_words()

    # -- building

    def _make_list(self) -> None:
        self.model = RunsModel()
        self.proxy = QSortFilterProxyModel(self)
        self.proxy.setSourceModel(self.model)
        self.proxy.setSortRole(SORT)
        self.proxy.setFilterRole(FIND)
        self.proxy.setFilterKeyColumn(0)
        self.proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter = QLineEdit()
        self.filter.setObjectName("runs.filter")
        self.filter.setAccessibleName("Filter the runs")
        self.filter.setPlaceholderText("Filter by name, tag or note")
        self.filter.setClearButtonEnabled(True)
        self.table = RunsTable()
        self.table.setObjectName("runs.table")
        self.table.setAccessibleName("Runs of the project")
        self.table.setModel(self.proxy)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSortingEnabled(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setResizeContentsPrecision(40)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.table.doubleClicked.connect(self.work.open_in_plots)
        self.table.deleteWanted.connect(self.work.delete)
        self.words = QLabel()
        self.words.setObjectName("runs.words")
        self.words.setProperty("role", "muted")

    def _make_side(self) -> None:
        self.curves, self.differs, self.about = CurvesView(), DiffersView(), AboutView()
        self.found = FoundView()
        self.side = QTabWidget()
        self.side.setObjectName("runs.side")
        self.side.setAccessibleName("About the selected runs")
        self.side.setDocumentMode(True)
        for view, title in (
            (self.curves, "Curves"),
            (self.differs, "What differs"),
            (self.found, "Findings"),
            (self.about, "Note"),
        ):
            self.side.addTab(view, title)
        self.side.currentChanged.connect(self._show_side)

    def _arrange(self) -> None:
        self.buttons = Buttons(self)
        top = QHBoxLayout()
        top.setContentsMargins(6, 4, 6, 2)
        top.setSpacing(4)
        top.addWidget(self.filter, 1)
        top.addWidget(self.buttons)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(8, 0, 4, 0)
        bottom.addWidget(self.words)
        bottom.addStretch(1)
        bottom.addWidget(self.work.notice)
        # The dock keeps its height when the notice comes.
        self.words.setMinimumHeight(self.work.notice.sizeHint().height())
        column.addLayout(bottom)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setObjectName("runs.split")
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.side)
        split.setSizes([700, 460])
        self.empty = QLabel(_NONE)
        self.empty.setObjectName("runs.empty")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(40, 8, 40, 8)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.stack, 1)

    # -- the list

    def reload(self) -> None:
        """Read the list of runs anew, now if it is looked at."""
        self._stale = True
        if self.isVisible():
            self._load()

    def _load(self) -> None:
        files = self._document.runs.files
        self._stale = False
        if not files:
            self._take(files, [])
            return
        if self._loading:
            self._stale = True
            return
        self._loading = True
        self.work.listed(files, self._take, self._gave_up)

    def _gave_up(self) -> None:
        self._loading = False

    def _take(self, files: tuple[Path, ...], found: list[Run]) -> None:
        """Show the runs of the project, if it is still the one that is open."""
        self._loading = False
        if files != self._document.runs.files or self._stale:
            self._load()
            return
        kept, self._kept = self._kept, set()
        chosen = {run.folder for run in self.selected()}
        chosen |= {run.folder for run in found if run.id in kept}
        fresh = len(self.model.columns), not self.model.runs
        self.model.show(found)
        self._select(chosen)
        if fresh != (len(self.model.columns), False):
            self._fit_columns()
        self._show_words()
        self._selected()

    def _fit_columns(self) -> None:
        self.table.sortByColumn(self.model.column(STARTED), Qt.SortOrder.DescendingOrder)
        self.table.resizeColumnsToContents()
        self.table.setColumnWidth(0, min(max(self.table.columnWidth(0), 130), 240))

    def _select(self, folders: set[Path]) -> None:
        model = self.table.selectionModel()
        model.blockSignals(True)
        for place, run in enumerate(self.model.runs):
            if run.folder in folders:
                index = self.proxy.mapFromSource(self.model.index(place, 0))
                model.select(index, _FLAG.Select | _FLAG.Rows)
        model.blockSignals(False)

    def _show_words(self) -> None:
        found = self.model.runs
        # Where the last runs were deleted, the list stays for the notice that brings them back.
        self.stack.setCurrentIndex(1 if found or not self.work.notice.isHidden() else 0)
        self.empty.setText(_UNSAVED if self._document.path is None else _NONE)
        total = sum(run.size for run in found)
        words = f"{count(len(found), 'run')}, {size(total)} on disk"
        saved = self._document.path is not None
        self.words.setText(words if saved else f"{words}, kept until the project is saved or left")

    def selected(self) -> list[Run]:
        """Return the selected runs, the oldest first."""
        rows = self.table.selectionModel().selectedRows()
        places = sorted(self.proxy.mapToSource(index).row() for index in rows)
        return [self.model.runs[place] for place in places]

    def do(self, command: str) -> None:
        """Carry out a command on the selected runs."""
        do(self, command)

    def select(self, names: set[str]) -> None:
        """Select runs by their ids."""
        self.table.clearSelection()
        self._select({run.folder for run in self.model.runs if run.id in names})
        self._selected()

    # -- what goes on

    def _other_file(self) -> None:
        self.work.forget()
        self._moved()

    def _moved(self) -> None:
        """Read the list anew; runs that moved to the project's file stay selected."""
        if not all(run.folder.exists() for run in self.model.runs):
            self._kept = {run.id for run in self.selected()}
        self.reload()

    def _state_changed(self, _state: str) -> None:
        if self._bridge.alive:
            self._timer.start()
        else:
            self._timer.stop()
        self.reload()

    def _tick(self) -> None:
        """Follow the run that is under way."""
        if not self.isVisible():
            return
        folder: Path | None = getattr(self._bridge.session, "run_dir", None)
        # A run keeps its folder when the project is saved to another file.
        if folder is not None and folder in self._document.runs.folders():
            self.work.follow(folder, self._followed)

    def _followed(self, run: Run) -> None:
        before = next((held for held in self.model.runs if held.folder == run.folder), run)
        if not self.model.update(run):
            self.reload()
            return
        if run.folder not in {held.folder for held in self.selected()}:
            return
        # A list stays as it was scrolled until there are other figures.
        listed = self.side.currentWidget() in (self.differs, self.found)
        if not listed or before.figures != run.figures:
            self.work.renew(run.folder, self._show_side)

    def _selected(self, *_: object) -> None:
        self._show_side()
        self.selectionChanged.emit()
        self.buttons.refresh()

    def _show_side(self, *_: object) -> None:
        """Show what the tab at the right tells of the selected runs."""
        found = self.selected()
        self.about.show_run(found[0] if len(found) == 1 else None)
        shown = self.side.currentWidget()
        if shown is self.curves:
            pairs = [(name, self.work.curves(run)) for name, run in named(found[-MOST:])]
            judged = found[-1].key_figure if found else None
            name = judged[0].replace("test.", "validation.") if judged else ""
            self.curves.show_runs(pairs, name)
        elif shown is self.differs:
            self.work.compare(found, self.differs)
        elif shown is self.found:
            self.work.find(found, self.found)

    def _menu(self, place: QPoint) -> None:
        if self.selected():
            self.buttons.menu().popup(self.table.viewport().mapToGlobal(place))

    def showEvent(self, event: QShowEvent) -> None:
        """Read what came while it was hidden."""
        super().showEvent(event)
        if self._stale:
            self._load()

    def close_down(self) -> None:
        """End what ticks and waits."""
        self._timer.stop()
        self.about.commit()
        self.work.close()


def named(found: list[Run]) -> list[tuple[str, Run]]:
    """Return runs with names that tell them apart."""
    often = Counter(run.title for run in found)
    return [
        (f"{run.title} · {run.id}" if often[run.title] > 1 else run.title, run) for run in found
    ]


def make(workspace: Workspace) -> QWidget:
    """Make the panel."""
    return RunsPanel(workspace)
