"""The main window: menus, toolbar, docks and the start page. What is in them belongs to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.chooser import Chooser
from designer.docks import Docks
from designer.help.desk import HelpDesk
from designer.menus import Commands
from designer.notice import Notice
from designer.runbar import RunBar
from designer.start.page import StartPage
from designer.taking import dropped, take
from designer.windowlists import command_entries, recent_entries, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent

    from designer.canvas.view import CanvasView
    from designer.command import Action
    from designer.document import Document
    from designer.filing import Filing
    from designer.running import Running
    from designer.settings import Settings, ThemeName
    from designer.workspace import Workspace

_SIZE = (1280, 800)


class MainWindow(QMainWindow):
    """One window with one project. It paints before the project's parts are built.

    Signals
    -------
    painted
        The window was painted for the first time.
    built
        All parts are there.
    """

    painted = Signal()
    built = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.workspace: Workspace | None = None
        self.working = False
        self._painted = False
        self._closed = False
        self._waiting: list[Callable[[], object]] = []
        self._steps: Iterator[None] | None = None
        self.docks: Docks | None = None
        self.setObjectName("window")
        self.setWindowTitle("Layerloom")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.commands = Commands(self)
        self.commands.build_menus()
        self._build_toolbar()
        self._build_centre()
        self._build_status()
        self.chooser = Chooser(self)
        self.help_desk = HelpDesk(self)
        self._build_timer = QTimer(self)
        self._build_timer.setInterval(0)
        self._build_timer.timeout.connect(self._build_next)
        theme.signals.themeChanged.connect(self._restyle)
        self.commands.refresh_icons()
        self.refresh_actions()
        self._restore_geometry()

    # -- building

    def _build_toolbar(self) -> None:
        bar = QToolBar("Toolbar")
        bar.setObjectName("toolbar")
        bar.setAccessibleName("Toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(18, 18))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.commands.build_toolbar(bar)
        bar.addSeparator()
        self.runbar = RunBar(self.commands)
        bar.addWidget(self.runbar)
        self.addToolBar(bar)

    def _build_centre(self) -> None:
        self.start = StartPage(self.settings)
        self.start.newWanted.connect(self.commands.actions["file.new"].trigger)
        self.start.openWanted.connect(self.commands.actions["file.open"].trigger)
        self.start.backWanted.connect(self.show_work)
        self.start.fileChosen.connect(self.open)
        self.start.templateChosen.connect(self.begin)
        self.notice = Notice(self.commands.actions)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.start)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(centre)

    def _build_status(self) -> None:
        self.loading = QLabel("Loading PyTorch…")
        self.loading.setObjectName("status.loading")
        self.loading.hide()
        self.watching = QLabel()
        self.watching.setObjectName("status.watching")
        self.watching.setToolTip("Share of the training time that watching took so far.")
        for label in (self.loading, self.watching):
            label.setProperty("role", "muted")
            self.statusBar().addPermanentWidget(label)

    def build(self) -> None:
        """Begin to build the parts, in small pieces between other events."""
        if self._steps is None:
            self._steps = self._build_steps()
            self._build_timer.start()

    def build_now(self) -> None:
        """Build all parts before returning."""
        self.build()
        while self._steps is not None and self.workspace is None:
            self._build_next()

    def _build_next(self) -> None:
        assert self._steps is not None
        if next(self._steps, "end") == "end":
            self._build_timer.stop()

    def _build_steps(self) -> Iterator[None]:
        from designer.workspace import Workspace

        yield
        workspace = Workspace(self, self.settings, self.runbar)
        yield from workspace.build()
        self.start.fill()
        yield
        self._place(workspace)
        workspace.changed.connect(self.refresh_actions)
        workspace.titleChanged.connect(self._show_title)
        workspace.opened.connect(self.show_work)
        workspace.told.connect(self.tell)
        workspace.refused.connect(self.warn)
        workspace.offered.connect(self.notice.offer)
        workspace.watching.connect(self._show_watching)
        self.workspace = workspace
        self.refresh_actions()
        self.built.emit()
        waiting, self._waiting = self._waiting, []
        for run in waiting:
            run()

    def _place(self, workspace: Workspace) -> None:
        """Put the parts of the workspace into docks, hidden behind the start page."""
        self._stack.addWidget(workspace.centre)
        self.commands.attach_canvas(workspace.canvas)
        self.docks = Docks(self, workspace)
        self.docks.changed.connect(self.refresh_actions)
        workspace.panelWanted.connect(self.docks.bring)
        self.docks.restore(self.settings.bytes("docks"))

    @property
    def parts(self) -> Workspace:
        """Return the parts around the open project."""
        assert self.workspace is not None, "the window is not built yet"
        return self.workspace

    @property
    def document(self) -> Document:
        """Return the document of the open project."""
        return self.parts.document

    @property
    def canvas(self) -> CanvasView:
        """Return the canvas."""
        return self.parts.canvas

    @property
    def files(self) -> Filing:
        """Return what opens and saves."""
        return self.parts.files

    @property
    def run(self) -> Running:
        """Return the run's controls."""
        return self.parts.running

    def selected(self) -> list[str]:
        """Return the ids of the selected nodes."""
        return self.canvas.selected()

    def when_built(self, run: Callable[[], object]) -> None:
        """Do something now, or as soon as all parts are there."""
        if self.workspace is not None:
            run()
        else:
            self._waiting.append(run)

    def perform(self, command: Action) -> None:
        """Carry out a command, as soon as the parts it needs are there."""

        def run() -> None:
            command.run(self)
            if not self._closed:
                self.refresh_actions()

        if command.early:
            run()
        else:
            self.when_built(run)

    # -- commands

    def open(self, path: Path) -> None:
        """Open a project file."""
        self.when_built(lambda: self.files.open(path))

    def begin(self, template_id: str) -> None:
        """Begin with a template."""
        self.when_built(lambda: self.files.template(template_id))

    def show_start(self) -> None:
        """Show the start page; the project stays open behind it."""
        if self.working and self.docks is not None:
            self.docks.leave()
        self.working = False
        self._stack.setCurrentWidget(self.start)
        self._show_title()
        self.refresh_actions()

    def show_work(self) -> None:
        """Show the open project."""
        self.notice.hide()
        if not self.working:
            self.working = True
            self._stack.setCurrentWidget(self.parts.centre)
            if self.docks is not None:
                self.docks.enter()
            self.start.show_back(True)
            self.canvas.setFocus()
        self._show_title()
        self.refresh_actions()

    def toggle_panel(self, name: str) -> None:
        """Show or hide a panel."""
        if self.docks is not None:
            self.docks.toggle(name)

    def panel_shown(self, name: str) -> bool:
        """Return whether a panel is shown."""
        return self.docks is not None and self.docks.shown(name)

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or go back to a window."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def set_theme(self, name: ThemeName) -> None:
        """Use a theme, now and next time."""
        self.settings.theme = name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, name)
        self.refresh_actions()

    def zoom(self, factor: float | None) -> None:
        """Show the canvas larger or smaller; None is actual size."""
        self.canvas.zoom_by(factor if factor is not None else 1 / self.canvas.zoom)

    def find_layer(self) -> None:
        """Go to the search field of the palette."""
        if self.docks is not None:
            self.docks.bring("palette")
        search = self.parts.palette.search
        search.setFocus()
        search.selectAll()

    def choose_command(self) -> None:
        """Open the command palette."""
        self.refresh_actions()
        self.chooser.show_entries(command_entries(self.commands), "Type a command")

    def choose_recent(self) -> None:
        """Choose among the recent projects."""
        self.chooser.show_entries(recent_entries(self.settings, self.open), "Open a recent project")

    def help_here(self) -> None:
        """Open the help page of what has the keyboard or is selected, or else the catalogue."""
        self.help_desk.show(self.parts.help_key())

    def about(self) -> None:
        """Say which versions are at work."""
        self.notice.say(versions(), "muted")

    # -- saying things

    def tell(self, sentence: str) -> None:
        """Show a sentence in the status line for a while."""
        self.statusBar().showMessage(sentence, 8000)

    def warn(self, sentence: str) -> None:
        """Show what went wrong, until it is dismissed."""
        self.notice.say(sentence)
        self.statusBar().clearMessage()

    def _show_watching(self, share: float) -> None:
        self.watching.setText(f"Watching {share:.1%}")

    def show_loading(self, on: bool) -> None:
        """Say that libraries are being loaded."""
        self.loading.setVisible(on)

    def _show_title(self) -> None:
        workspace = self.workspace
        if workspace is None or not self.working:
            self.setWindowModified(False)
            self.setWindowTitle("Layerloom")
            return
        self.setWindowTitle(f"{workspace.title()}[*] — Layerloom")
        self.setWindowModified(workspace.document.dirty)

    def refresh_actions(self) -> None:
        """Bring menus and buttons up to date."""
        if not self._closed:
            self.commands.refresh()

    def _restyle(self, *_: object) -> None:
        self.commands.refresh_icons()

    # -- events

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell about the first paint."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a project file, or data."""
        if dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the project, or learn from the data."""
        path = dropped(event)
        if path is not None:
            event.acceptProposedAction()
            take(self, path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once where something would be lost, then end the run, timers and threads."""
        if self._closed:
            event.accept()
            return
        workspace = self.workspace
        if workspace is not None and not workspace.files.may_leave("close the window"):
            event.ignore()
            return
        self._closed = True
        self._build_timer.stop()
        self._save_geometry()
        self.help_desk.close()
        if workspace is not None:
            workspace.close()
        event.accept()

    def _restore_geometry(self) -> None:
        saved = self.settings.bytes("geometry")
        if saved is None or not self.restoreGeometry(saved):
            self.resize(*_SIZE)

    def _save_geometry(self) -> None:
        self.settings.set_bytes("geometry", self.saveGeometry())
        layout = self.docks.state(working=self.working) if self.docks is not None else None
        if layout is not None:
            self.settings.set_bytes("docks", layout)
        self.settings.sync()
