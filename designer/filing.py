"""New, open, save, export, and the one question asked before work would be lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from designer.words import count
from engine import files

if TYPE_CHECKING:
    from designer.bridge import Bridge
    from designer.canvas.view import CanvasView
    from designer.document import Document
    from designer.settings import Settings
    from engine.project import Project

LOOM = "Layerloom projects (*.loom)"
PYTHON = "Python (*.py)"
SVG = "SVG picture (*.svg)"
PNG = "PNG picture (*.png)"
_BUTTONS = QMessageBox.StandardButton


class Filing(QObject):
    """Moves projects between the document and the disk, on behalf of one window.

    Signals
    -------
    opened
        Another project is in the document.
    told(sentence)
        Something went well.
    failed(sentence)
        Something did not; nothing was lost.
    leaving
        The project is about to be left for another one, or for good.
    offered(sentence, command)
        There is something that a command would bring back.
    runsMoved
        Runs of the project are in another folder now.
    """

    opened = Signal()
    leaving = Signal()
    told = Signal(str)
    failed = Signal(str)
    offered = Signal(str, str)
    runsMoved = Signal()

    def __init__(
        self, window: QWidget, document: Document, bridge: Bridge, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._bridge = bridge
        self._settings = settings
        self._left: list[Path] = []
        bridge.stateChanged.connect(self._state_changed)

    # -- into the document

    def new(self) -> bool:
        """Begin with an empty project."""
        return self._begin(None)

    def template(self, template_id: str) -> bool:
        """Begin with a copy of a template."""
        try:
            return self._begin(files.template(template_id))
        except (ValueError, OSError) as error:
            self.failed.emit(str(error))
            return False

    def _begin(self, project: Project | None) -> bool:
        if not self.may_leave("begin another project"):
            return False
        self._document.new(project)
        self.opened.emit()
        return True

    def ask_open(self) -> bool:
        """Let the user choose a file, then open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a project", self._settings.folder(), LOOM
        )
        return bool(name) and self.open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a file; a file that cannot be read leaves everything as it is."""
        try:
            project = files.load(path)
        except (ValueError, OSError) as error:
            self.failed.emit(str(error))
            return False
        if not self.may_leave(f"open {path.name}"):
            return False
        del project
        try:
            self._document.open(path)
        except (ValueError, OSError) as error:
            self.failed.emit(str(error))
            return False
        self._keep(path)
        self.opened.emit()
        self._tell_trouble()
        return True

    # -- what a window that was cut off has left

    def can_recover(self) -> bool:
        """Return whether runs of a project that was never saved are there; see `offer_left`."""
        return bool(self._left)

    def offer_left(self) -> None:
        """Look for runs of projects that were never saved, left by a window that was cut off."""
        from engine.runs import shelf as shelves

        trouble = shelves.sweep(self._settings.shelves)
        if trouble:
            self.failed.emit(trouble)
        self._left = shelves.left(self._settings.shelves)
        if self._left:
            runs = count(len(shelves.runs_on(self._left[-1])), "run")
            self.offered.emit(
                f"A project with {runs} was never saved before its window ended; it is still here.",
                "file.recover",
            )

    def recover(self) -> bool:
        """Bring back the project of runs that were left, as it was for the latest of them."""
        from engine.runs import project_of
        from engine.runs import shelf as shelves

        self._left = shelves.left(self._settings.shelves)
        if not self._left:
            return False
        own = self._left[-1]
        try:
            project = project_of(shelves.runs_on(own)[-1])
        except (ValueError, OSError) as error:
            self.failed.emit(str(error))
            return False
        if not self.may_leave("bring back the unsaved project"):
            return False
        self._document.new(project, own)
        self._left.remove(own)
        self.opened.emit()
        return True

    # -- out of the document

    def save(self) -> bool:
        """Write the project to its file; ask for one if it has none."""
        path = self._document.path
        return self._write(path) if path else self.save_as()

    def save_as(self) -> bool:
        """Ask for a file and write the project to it."""
        start = self._document.path or Path(self._settings.folder()) / self._file_name(".loom")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the project", str(start), LOOM)
        return bool(name) and self._write(_with_suffix(Path(name), ".loom"))

    def _write(self, path: Path) -> bool:
        try:
            self._document.save(path)
        except (ValueError, OSError) as error:
            self.failed.emit(str(error))
            return False
        self._keep(path)
        self.told.emit(f"Saved {path.name}.")
        self._tell_trouble()
        return True

    def _tell_trouble(self) -> None:
        if self._document.runs.trouble:
            self.failed.emit(self._document.runs.trouble)

    def _state_changed(self, _state: str) -> None:
        """Let a run that is over follow the project to the file it was saved in meanwhile."""
        if not self._bridge.alive:
            if self._document.runs.settle():
                self.runsMoved.emit()
            self._tell_trouble()

    def export_python(self) -> bool:
        """Ask for a file and write the project to it as a plain PyTorch script."""
        from engine.export.python import export

        try:
            text = export(self._document.project)
        except (ValueError, OSError) as error:
            self.failed.emit(str(error))
            return False
        start = Path(self._settings.folder()) / self._file_name(".py")
        name, _ = QFileDialog.getSaveFileName(self._window, "Export Python", str(start), PYTHON)
        if not name:
            return False
        return self._export(_with_suffix(Path(name), ".py"), text.encode("utf-8"))

    def export_picture(self, canvas: CanvasView) -> bool:
        """Ask for a file and write the network on show to it as a picture."""
        from designer.canvas import picture

        start = Path(self._settings.folder()) / self._file_name(".svg")
        name, kind = QFileDialog.getSaveFileName(
            self._window, "Export a picture", str(start), f"{SVG};;{PNG}"
        )
        if not name:
            return False
        path = Path(name)
        if path.suffix.lower() not in (".svg", ".png"):
            path = _with_suffix(path, ".png" if kind == PNG else ".svg")
        notes = list(canvas.notes.values())
        if path.suffix.lower() == ".png":
            data = picture.png(canvas.canvas, notes)
        else:
            data = picture.svg(canvas.canvas, notes, self._document.project.title)
        return self._export(path, data)

    def _export(self, path: Path, data: bytes) -> bool:
        try:
            files.write_atomic(path, data)
        except (ValueError, OSError) as error:
            self.failed.emit(f"{path.name} could not be written: {error}")
            return False
        self.told.emit(f"Exported {path.name}.")
        return True

    def _keep(self, path: Path) -> None:
        self._settings.remember(path)
        self._settings.set_folder(path.absolute().parent)

    def place(self, name: str) -> Path:
        """Return where a dialog begins that asks for a file of the project: beside it, if saved."""
        path = self._document.path
        folder = path.parent if path else Path(self._settings.folder())
        return folder / self._file_name(" " + re.sub(r"[^\w\- ]+", "", name))

    def _file_name(self, suffix: str) -> str:
        title = self._document.path.stem if self._document.path else self._document.project.title
        return (re.sub(r"[^\w\- ]+", "", title).strip() or "network") + suffix

    # -- the question

    def may_leave(self, what: str) -> bool:
        """Ask, once, where work would be lost or a run would end; return whether to go on.

        The run is stopped when the answer is yes; runs of a project that is not saved go with it.
        """
        runs = self._document.runs
        unsaved, training = len(runs.unsaved()), self._bridge.alive
        answer = _BUTTONS.Ok
        if self._document.dirty or unsaved or training:
            answer = self._ask(what, unsaved=unsaved, training=training)
        if answer == _BUTTONS.Cancel:
            return False
        if training:
            self._bridge.close()
        if answer == _BUTTONS.Discard:
            runs.discard()
        elif runs.settle() or runs.trouble:
            self.runsMoved.emit()
            self._tell_trouble()
        if runs.trouble and answer == _BUTTONS.Save and unsaved:
            return False
        # What a run that is over has learned is of this project too.
        self._bridge.close()
        self.leaving.emit()
        return True

    def _ask(self, what: str, *, unsaved: int, training: bool) -> QMessageBox.StandardButton:
        """Return Save once that is done, Discard, Cancel, or Ok where a run is to be stopped."""
        dirty = self._document.dirty
        name = self._document.path.stem if self._document.path else "this project"
        box = QMessageBox(self._window)
        box.setObjectName("guard")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Layerloom")
        lost: list[str] = []
        if training:
            lost.append("A run is under way; it will be stopped.")
        if unsaved:
            box.setText(f"Save {name} with its runs?")
            lost.append(f"Otherwise {count(unsaved, 'run')} will be deleted.")
        elif dirty:
            box.setText(f"Save the changes to {name}?")
            lost += [] if training else ["Otherwise they are lost."]
        else:
            box.setText(f"Stop training and {what}?")
        box.setInformativeText(" ".join(lost))
        if dirty or unsaved:
            box.setStandardButtons(_BUTTONS.Save | _BUTTONS.Discard | _BUTTONS.Cancel)
            box.setDefaultButton(_BUTTONS.Save)
        else:
            stop = box.addButton("Stop training", QMessageBox.ButtonRole.AcceptRole)
            stop.setObjectName("guard.stop")
            box.addButton(_BUTTONS.Cancel)
        box.setEscapeButton(_BUTTONS.Cancel)
        box.exec()
        clicked = box.clickedButton()
        answer = box.standardButton(clicked) if clicked else _BUTTONS.Cancel
        box.deleteLater()
        if answer == _BUTTONS.Save:
            return answer if self.save() else _BUTTONS.Cancel
        return _BUTTONS.Ok if answer == _BUTTONS.NoButton else answer


def _with_suffix(path: Path, suffix: str) -> Path:
    return path if path.suffix == suffix else path.with_name(path.name + suffix)
