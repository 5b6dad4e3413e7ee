"""The project in the window: its value, its undo stack, its file, and what is known about it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from designer.background import Background
from engine import files
from engine.project import Project

if TYPE_CHECKING:
    from engine.data import DataInfo
    from engine.graph import Graph
    from engine.project import DataRecipe
    from engine.shapes import Analysis, Problem

_MERGE = 1
_UNDO_LIMIT = 1000


class Edit(QUndoCommand):
    """One step of undo: a project before and after. Steps with the same `merge` key become one."""

    def __init__(
        self, document: Document, text: str, before: Project, after: Project, merge: str = ""
    ) -> None:
        super().__init__(text)
        self._document = document
        self.before = before
        self.after = after
        self.merge = merge

    def id(self) -> int:
        """Return Qt's kind of command; only those of one kind are asked to merge."""
        return _MERGE if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later step of the same gesture; both drop out if nothing is left of them."""
        if not isinstance(other, Edit) or other.merge != self.merge:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True

    def redo(self) -> None:
        """Make the later project the current one."""
        self._document.show(self.after)

    def undo(self) -> None:
        """Make the earlier project the current one."""
        self._document.show(self.before)


class Document(QObject):
    """Owns the current project. Views read it, change it with `push`, and listen to its signals."""

    projectChanged = Signal(object, object)
    """The project before and the project after."""
    pathChanged = Signal()
    dirtyChanged = Signal(bool)
    networkChanged = Signal(str)
    analysed = Signal(object)
    """The `Analysis` of the network on show."""
    dataChanged = Signal(object)
    """The `DataInfo` of the project's data, or None while it is not known."""
    dataFailed = Signal(str)
    """Why the data cannot be described."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = Project()
        self._path: Path | None = None
        self._network = self._project.main
        self.info: DataInfo | None = None
        self.data_error = ""
        self._analysis: Analysis | None = None
        self._engine_ready = False
        self._engine_asked = False
        self._described: DataRecipe | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_UNDO_LIMIT)
        self.undo_stack.cleanChanged.connect(self._on_clean)
        self._background = Background(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._refresh)
        self._later.start()

    # -- what it holds

    @property
    def project(self) -> Project:
        """Return the current project."""
        return self._project

    @property
    def path(self) -> Path | None:
        """Return the file the project lives in, or None before the first save."""
        return self._path

    @property
    def dirty(self) -> bool:
        """Return whether there is something to save."""
        return not self.undo_stack.isClean()

    @property
    def network(self) -> str:
        """Return the name of the network on show."""
        return self._network

    @property
    def graph(self) -> Graph:
        """Return the network on show."""
        return self._project.networks[self._network]

    @property
    def analysis(self) -> Analysis | None:
        """Return the latest analysis; None until the first is done."""
        return self._analysis

    @property
    def busy(self) -> bool:
        """Return whether data or shapes are still being worked out."""
        return self._later.isActive() or self._background.busy

    # -- changing it

    def push(self, text: str, project: Project, merge: str = "") -> None:
        """Make `project` the current one as a step of undo; nothing happens if it is the same."""
        if project is not self._project and project != self._project:
            self.undo_stack.push(Edit(self, text, self._project, project, merge))

    def push_graph(self, text: str, graph: Graph, merge: str = "") -> None:
        """Replace the network on show, as a step of undo."""
        self.push(text, self._project.with_graph(graph, self._network), merge)

    def apply_fix(self, problem: Problem) -> None:
        """Apply the fix of a problem, if it has one, as a step of undo."""
        if problem.fix is not None:
            self.push_graph(problem.fix.text, problem.fix.graph)

    def show_network(self, name: str) -> None:
        """Bring another network of the project on show."""
        if name != self._network and name in self._project.networks:
            self._network = name
            self.networkChanged.emit(name)
            self.projectChanged.emit(self._project, self._project)
            self._later.start()

    def show(self, project: Project) -> None:
        """Make a project the current one without a step of undo; for undo itself."""
        before, self._project = self._project, project
        if self._network not in project.networks:
            self._network = project.main
        self.projectChanged.emit(before, project)
        if (
            before.networks is not project.networks
            or before.data is not project.data
            or before.training is not project.training
        ):
            self._later.start()

    # -- files

    def new(self, project: Project | None = None) -> None:
        """Begin with a fresh project, or with a given one that no file holds yet."""
        self._replace(project or Project(), None)

    def open(self, path: Path | str) -> None:
        """Read a project from a file; `engine.files.FileError` says why it cannot be."""
        self._replace(files.load(path), Path(path))

    def save(self, path: Path | str | None = None) -> None:
        """Write the project, to a new place if one is given.

        Raises
        ------
        engine.files.FileError
            Nothing was saved; the sentence says why.
        ValueError
            There is no place to save it to.
        """
        target = Path(path) if path is not None else self._path
        if target is None:
            raise ValueError("The project has no file yet; choose one with Save as.")
        files.save(self._project, target)
        self.undo_stack.setClean()
        if target != self._path:
            self._path = target
            self.pathChanged.emit()

    def close(self) -> None:
        """Stop timers and wait for threads. The document is of no use afterwards."""
        self._later.stop()
        self._background.close()

    def _replace(self, project: Project, path: Path | None) -> None:
        self.undo_stack.clear()
        self._path = path
        self._network = project.main
        self.show(project)
        self.pathChanged.emit()
        self._later.start()

    def _on_clean(self, clean: bool) -> None:
        self.dirtyChanged.emit(not clean)

    # -- what is known about it

    def analyse_now(self) -> Analysis:
        """Work out the shapes at once, whatever that takes, and return them."""
        from engine.shapes import analyse

        self._later.stop()
        fields = self.info.fields if self.info is not None else {}
        self._analysis = analyse(self.graph, fields, self._project.training.batch_size)
        self.analysed.emit(self._analysis)
        return self._analysis

    def _refresh(self) -> None:
        self._describe()
        if self._engine_ready or not self.graph.nodes:
            self.analyse_now()
        elif not self._engine_asked:
            self._engine_asked = True
            self._background.run(_load_engine, self._on_engine, self._on_no_engine)

    def _on_engine(self, _result: object) -> None:
        self._engine_ready = True
        self._later.start()

    def _on_no_engine(self, error: Exception) -> None:
        self.dataFailed.emit(f"PyTorch could not be loaded: {error}")

    def _describe(self) -> None:
        recipe = self._project.data
        if recipe == self._described:
            return
        self._described = recipe

        def work() -> object:
            from engine.data import describe

            return recipe, describe(recipe)

        def failed(error: Exception) -> None:
            if recipe == self._described:
                self._take_info(None, str(error))

        self._background.run(work, self._on_described, failed)

    def _on_described(self, result: object) -> None:
        recipe, info = result  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        if recipe == self._described:
            self._take_info(info)  # pyright: ignore[reportUnknownArgumentType]

    def _take_info(self, info: DataInfo | None, error: str = "") -> None:
        self.info = info
        self.data_error = error
        self.dataChanged.emit(info)
        if error:
            self.dataFailed.emit(error)
        self._later.start()


def _load_engine() -> None:
    """Import what the analysis needs; torch alone takes a second."""
    for name in ("torch", "engine.shapes"):
        importlib.import_module(name)
