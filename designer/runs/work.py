"""What can be done with runs: read, compared, noted, restored, gone on with, exported, deleted.

Reading and writing many or large files runs beside the window.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from designer.background import Background
from designer.runs.undoing import UndoNotice
from designer.words import count, size
from engine.files import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from designer.runs.differs import DiffersView
    from designer.runs.found import FoundView
    from designer.runs.panel import RunsPanel
    from designer.workspace import Workspace
    from engine.runs.notes import Notes
    from engine.runs.stored import Curve
    from engine.runs.summary import Run
    from engine.train.events import Event
    from engine.weights import WeightStore

_BUSY = "A run is under way or paused; stop it first."
_NOT_YET = "Nothing has been found in this run so far."
_NOT_KEPT = "What was found in this run was not written down."
_ENDS = "between the first and the last of the {} selected runs"
_SUFFIXES = {"csv": ".csv", "parquet": ".parquet", "tensorboard": ""}


class RunsWork(QObject):
    """Does what the panel's buttons and the commands ask for, with the selected runs.

    Signals
    -------
    changed
        The list has to be read anew.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace, panel: RunsPanel) -> None:
        super().__init__(panel)
        self._workspace, self._panel = workspace, panel
        self._background = Background(self)
        self._curves: dict[Path, Mapping[str, Curve]] = {}
        self.notice = UndoNotice()
        self.notice.undo.clicked.connect(self.take_back)
        self.notice.dismiss.clicked.connect(self.empty)
        self._laid: list[Path] = []
        self._runs: Path | None = None
        """The folder in which runs were laid aside."""

    # -- reading

    def listed(
        self,
        files: tuple[Path, ...],
        done: Callable[[tuple[Path, ...], list[Run]], None],
        failed: Callable[[], None],
    ) -> None:
        """Read the list of the runs beside some files; what keeps it from being read is told."""

        def work() -> object:
            from engine.runs import run_folders
            from engine.runs.summary import run_in

            return [run_in(folder) for folder in run_folders(*files)]

        def found(runs: object) -> None:
            done(files, cast("list[Run]", runs))

        def fail(error: Exception) -> None:
            self._failed(error)
            failed()

        self._background.run(work, found, fail)

    def follow(self, folder: Path, done: Callable[[Run], None]) -> None:
        """Read how far one run is."""

        def work() -> object:
            from engine.runs.summary import run_in

            return run_in(folder) if (folder / "run.json").exists() else None

        def found(run: object) -> None:
            if run is not None:
                done(cast("Run", run))

        self._background.run(work, found, self._failed)

    def curves(self, run: Run) -> Mapping[str, Curve]:
        """Return the figures of a run over its epochs and steps."""
        if run.folder not in self._curves:
            from engine.runs.stored import curves

            self._curves[run.folder] = curves(run.folder)
        return self._curves[run.folder]

    def renew(self, folder: Path, done: Callable[[], None]) -> None:
        """Read the curves of a run anew, beside the window: they grow while it goes on."""

        def work() -> object:
            from engine.runs.stored import curves

            return curves(folder)

        def found(curves: object) -> None:
            self._curves[folder] = cast("Mapping[str, Curve]", curves)
            done()

        self._background.run(work, found, self._failed)

    def compare(self, found: Sequence[Run], view: DiffersView) -> None:
        """Show what differs: between the first and the last of these runs, or from the project."""
        from engine.runs.compare import against, compare

        try:
            if len(found) > 1:
                where = "" if len(found) == 2 else _ENDS.format(len(found))
                view.show_comparison(compare(found[0].folder, found[-1].folder), where)
            elif found:
                view.show_comparison(against(found[0].folder, self._workspace.document.project))
            else:
                view.forget()
        except (FileError, OSError) as error:
            view.forget(str(error))

    def find(self, found: Sequence[Run], view: FoundView) -> None:
        """Show what was found in a run, if it is one alone."""
        from engine.runs.weights import project_of
        from engine.train.findings import kept, read

        if len(found) != 1:
            view.forget()
            return
        folder = found[0].folder
        try:
            if kept(folder):
                view.show_findings(read(folder), project_of(folder))
            else:
                going = found[0].state in ("running", "paused")
                view.forget(_NOT_YET if going else _NOT_KEPT)
        except (FileError, OSError) as error:
            view.forget(str(error))

    def reveal(self, network: str, node: str) -> None:
        """Show a node on the canvas, if the project still has it."""
        graph = self._workspace.document.project.networks.get(network)
        if graph is None or node not in graph.nodes:
            self._workspace.told.emit("The project as it is now has no such layer.")
            return
        self._workspace.document.show_network(network)
        self._workspace.canvas.reveal(node)

    # -- one run

    def one(self) -> Run | None:
        """Return the selected run, if it is one alone."""
        found = self._panel.selected()
        return found[0] if len(found) == 1 else None

    def idle(self) -> bool:
        """Return whether no run is under way in this window."""
        return not self._workspace.bridge.alive

    def restore(self) -> None:
        """Make the project of the run the current one, as a step of undo."""
        run = self.one()
        if run is None:
            return
        from engine.runs.weights import project_of

        try:
            project = project_of(run.folder)
        except (FileError, OSError) as error:
            self._workspace.refused.emit(str(error))
            return
        document = self._workspace.document
        before = document.project
        document.push(f"Restore the project of {run.title}", project)
        same = document.project is before
        words = "The project is that of {} already." if same else "The project is that of {} now."
        self._workspace.told.emit(words.format(run.title))

    def open_in_plots(self, *_: object) -> None:
        """Show the series of the run as if it had just been trained."""
        run = self.one()
        if run is None:
            return
        if not self.idle():
            self._workspace.refused.emit("The plots show the run that is under way; stop it first.")
            return

        def work() -> object:
            from engine.runs.replay import events

            return list(events(run.folder))

        def show(found: object) -> None:
            events = cast("list[Event]", found)
            if not events:
                self._workspace.refused.emit(f"The run {run.title} keeps no series to show.")
            elif self.idle():
                self._workspace.monitor.feed(events)
                self._workspace.panelWanted.emit("plots")
                self._workspace.told.emit(f"The plots show {run.title}.")

        self._background.run(work, show, self._failed)

    def use_weights(self) -> None:
        """Begin a run of the current project with the weights of the run, where they fit."""
        run = self.one()
        if run is None:
            return
        if not self.idle():
            self._workspace.refused.emit(_BUSY)
            return

        def work() -> object:
            from engine.runs.weights import store_of

            return store_of(run.folder)

        def begin(store: object) -> None:
            self._workspace.running.begin_with(cast("WeightStore", store))

        self._workspace.told.emit(f"Reading the weights of {run.title}.")
        self._background.run(work, begin, self._failed)

    def resume(self) -> None:
        """Go on with the run where it ended."""
        run = self.one()
        if run is not None:
            self._workspace.resuming.resume(run.folder)

    def show_folder(self) -> None:
        """Show the folder of the run, outside."""
        run = self.one()
        if run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder)))

    def edit(self, field: str) -> None:
        """Go to the name, the tags or the note of the run."""
        panel = self._panel
        if self.one() is None:
            return
        self._workspace.panelWanted.emit("runs")
        panel.side.setCurrentWidget(panel.about)
        widget: QWidget = getattr(panel.about, field)
        widget.setFocus()

    def write(self, folder: Path, notes: Notes) -> None:
        """Write what is said about a run."""
        from engine.runs.notes import write_notes

        if not folder.exists():
            # It moved to the project's file while the words were typed.
            moved = (f for f in self._workspace.document.runs.folders() if f.name == folder.name)
            folder = next(moved, folder)
        try:
            write_notes(folder, notes)
        except OSError as error:
            self._workspace.refused.emit(f"The note cannot be written: {error.strerror}.")
        self.changed.emit()

    # -- several runs

    def export(self) -> None:
        """Ask for a file and write the series of the selected runs to it."""
        from engine.runs.exporting import KINDS

        found = self._panel.selected()
        if not found:
            return
        kinds = {f"{title} (*{_SUFFIXES[kind] or ''})": kind for kind, title in KINDS.items()}
        start = self._workspace.files.place(found[0].title)
        name, chosen = QFileDialog.getSaveFileName(
            self._panel, "Export series", str(start), ";;".join(kinds)
        )
        if name:
            kind = kinds.get(chosen, "csv")
            out = Path(name)
            suffix = _SUFFIXES[kind]
            self.export_to(kind, out if out.suffix == suffix else Path(name + suffix))

    def export_to(self, kind: str, out: Path) -> None:
        """Write the series of the selected runs."""
        folders = [run.folder for run in self._panel.selected()]

        def work() -> object:
            from engine.runs.exporting import export_runs

            return export_runs(folders, kind, out)

        def done(troubles: object) -> None:
            told = cast("list[str]", troubles)
            if told:
                self._workspace.refused.emit(" ".join(told))
            else:
                self._workspace.told.emit(f"Exported {out.name}.")

        self._background.run(work, done, self._failed)

    def delete(self) -> None:
        """Lay the selected runs aside; they go for good when the notice goes."""
        from engine.runs.trash import lay_aside

        laid = list[Path]()
        room = 0
        for run in self._panel.selected():
            try:
                laid.append(lay_aside(run.folder))
                room += run.size
            except FileError as error:
                self._workspace.refused.emit(str(error))
        if laid:
            self._laid = laid
            self._runs = laid[0].parent.parent
            self.notice.say(f"Deleted {count(len(laid), 'run')}, {size(room)}.")
        self.changed.emit()

    def take_back(self) -> None:
        """Bring back the runs that were deleted last."""
        from engine.runs.trash import take_back

        laid, self._laid = self._laid, []
        for where in laid:
            try:
                take_back(where)
            except FileError as error:
                self._workspace.refused.emit(str(error))
        self.notice.hide()
        self.changed.emit()

    def empty(self) -> None:
        """Delete for good what was laid aside."""
        from engine.runs.trash import empty

        self.notice.hide()
        self._laid = []
        if self._runs is not None:
            empty(self._runs)
            self._runs = None

    # -- ending

    def forget(self) -> None:
        """Drop what is known: another project is open."""
        self._curves.clear()
        self.empty()

    def close(self) -> None:
        """Wait for what runs."""
        self._background.close()
        self.empty()

    def _failed(self, error: Exception) -> None:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        self._workspace.refused.emit(lines[0])
