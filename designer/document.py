"""The project in the window: its value, its undo stack, its file, and what is known about it."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from designer import navigation
from designer.analyses import NOTHING, Analyses, Located
from designer.background import Background
from designer.navigation import Spot
from designer.undo import Edit
from engine import files, networks
from engine.custom import asking
from engine.project import Project
from engine.runs.shelf import Shelf
from engine.variables import VariableError, resolve_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis, Problem
    from engine.data import DataInfo
    from engine.graph import Graph
    from engine.networks import Edited
    from engine.project import DataRecipe

_UNDO_LIMIT = 1000


class Document(QObject):
    """Owns the current project. Views read it, change it with `push`, and listen to its signals."""

    projectChanged = Signal(object, object)
    """The project before and the project after."""
    pathChanged = Signal()
    replaced = Signal()
    """Another project is on show, not a changed one."""
    dirtyChanged = Signal(bool)
    moved = Signal(object, object)
    """Weights live elsewhere: path before -> after; and copies, after -> before, to make first.

    Comes before `projectChanged`.
    """
    networkChanged = Signal(str)
    trailChanged = Signal()
    """The network on show, or the places it is seen through, are others."""
    analysed = Signal(object)
    """The `Analysis` of the network on show, as it stands at the place it is seen through."""
    dataChanged = Signal(object)
    """The `DataInfo` of the project's data, or None while it is not known."""
    dataFailed = Signal(str)
    """Why the data cannot be described."""

    def __init__(self, parent: QObject | None = None, shelves: Path | None = None) -> None:
        super().__init__(parent)
        self._project = Project()
        self._path: Path | None = None
        self.runs = Shelf(shelves)
        self._spot = Spot(self._project.main)
        self.info: DataInfo | None = None
        self.data_error = ""
        self._analyses = Analyses()
        self._analysis: Analysis | None = None
        self.problems: tuple[Located, ...] = ()
        """Those of all networks that are trained, and of the one on show."""
        self.copies: tuple[int, ...] = ()
        """How many copies stand at each place of the trail."""
        self._engine_ready = self._engine_asked = False
        self._described: DataRecipe | None = None
        self._edits = 0
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_UNDO_LIMIT)
        self.undo_stack.cleanChanged.connect(self._on_clean)
        self._background = Background(self)
        self._later = QTimer(self, singleShot=True, interval=0)
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
        """Return the key of the network on show."""
        return self._spot.network

    @property
    def spot(self) -> Spot:
        """Return the network on show and the places it is seen through."""
        return self._spot

    @property
    def trail(self) -> navigation.Trail:
        """Return (network, place in it) from the root down to the network on show."""
        return self._spot.trail

    @property
    def graph(self) -> Graph:
        """Return the network on show."""
        return self._project.networks[self.network]

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
        """Make `project` the current one as a step of undo; nothing happens if it is the same.

        Wires to ports that are gone go with them.
        """
        project = networks.mended(project)
        if project is not self._project and project != self._project:
            self._push(text, networks.resettled(self._project, project), merge)

    def push_edited(self, text: str, edited: Edited) -> None:
        """Take over the result of an operation on networks, as a step of undo."""
        project = networks.mended(edited.project)
        if project != self._project:
            self._push(text, replace(edited, project=project))

    def _push(self, text: str, edited: Edited, merge: str = "") -> None:
        self._edits += 1
        edited = networks.laid_aside(self._project, edited, str(self._edits))
        self.undo_stack.push(Edit(self, text, self._project, edited, merge))

    def push_graph(self, text: str, graph: Graph, merge: str = "") -> None:
        """Replace the network on show, as a step of undo."""
        self.push(text, self._project.with_graph(graph, self.network), merge)

    def apply_fix(self, problem: Problem, root: str = "") -> None:
        """Apply the fix of a problem, if it has one, as a step of undo.

        `root` is the network in whose analysis it was found; nothing means the one on show.
        """
        fix = problem.fix
        if fix is not None and fix.whole is not None:
            self.push(fix.text, fix.whole(self._project))
        elif fix is not None:
            key = fix.network or root or self.network
            graph = fix.edit(self._project.networks[key])
            self.push(fix.text, self._project.with_graph(graph, key))

    def show(
        self,
        project: Project,
        moves: Mapping[str, str] | None = None,
        copies: Mapping[str, str] | None = None,
    ) -> None:
        """Make a project the current one without a step of undo; for undo itself."""
        before, self._project = self._project, project
        if moves or copies:
            self.moved.emit(moves or {}, copies or {})
        spot = navigation.mend(self._spot, project)
        elsewhere = spot.network != self.network
        changed, self._spot = spot != self._spot, spot
        if elsewhere:
            self._analysis = None
            self.networkChanged.emit(spot.network)
        self.projectChanged.emit(before, project)
        if changed:
            self.trailChanged.emit()
        parts = ("networks", "data", "training", "variables")
        if any(getattr(before, part) is not getattr(project, part) for part in parts):
            self._later.start()

    # -- going from network to network

    def go(self, spot: Spot) -> None:
        """Bring a network on show as it stands at a place."""
        if spot == self._spot or spot.network not in self._project.networks:
            return
        elsewhere = spot.network != self.network
        self._spot = spot
        if elsewhere:
            self._analysis = None
            self.networkChanged.emit(spot.network)
            self.projectChanged.emit(self._project, self._project)
        self.trailChanged.emit()
        if self._engine_ready:
            self.analyse_now()
        else:
            self._later.start()

    def show_network(self, key: str) -> None:
        """Bring a network on show, as it stands at the first place that is trained."""
        if key in self._project.networks:
            self.go(navigation.find(self._project, key))

    def enter(self, node_id: str, copy: int = 0) -> bool:
        """Go into a place of the network on show; return whether the node is one."""
        spot = navigation.enter(self._spot, self._project, node_id, copy)
        if spot is not None:
            self.go(spot)
        return spot is not None

    def leave(self, levels: int = 1) -> str:
        """Go out; return the place that was left, or nothing at the top."""
        if not self.trail:
            return ""
        spot = navigation.leave(self._spot, levels)
        place = self.trail[len(spot.trail)][1]
        self.go(spot)
        return place

    def look_at_copy(self, level: int, copy: int) -> None:
        """Look at another copy of a repeat; `level` counts the places of the trail."""
        self.go(navigation.with_copy(self._spot, level, copy))

    def walk(self, address: str) -> str:
        """Go to the network in which a node lies; return the node's id there, or nothing."""
        found = navigation.walk(self._project, address)
        if found is None:
            return ""
        self.go(found[0])
        return found[1]

    def address(self, node_id: str) -> str:
        """Return the address of a node of the network on show."""
        path = navigation.prefix(self._spot, self.copies) + node_id
        return navigation.address(self._project, self._spot.root, path)

    # -- files

    def new(self, project: Project | None = None, shelf: Path | None = None) -> None:
        """Begin with a fresh project, or a given one that no file holds yet; `shelf` its runs."""
        self._replace(project or Project(), None, shelf)

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
        self.runs.saved(target)
        if target != self._path:
            self._path = target
            self.pathChanged.emit()

    def close(self) -> None:
        """Stop timers and wait for threads. The document is of no use afterwards."""
        self._later.stop()
        if asking.busy():
            asking.close()
        self._background.close()
        self.runs.close()

    def _replace(self, project: Project, path: Path | None, shelf: Path | None = None) -> None:
        self.undo_stack.clear()
        self._path = path
        self.runs.use(path, shelf)
        self._analysis, self.problems, self.copies = None, (), ()
        if project.data != self._project.data:
            self.info, self.data_error, self._described = None, "", None
        before, self._spot = self.network, navigation.find(project, project.main)
        self.show(project)
        if before != self.network:
            self.networkChanged.emit(self.network)
        self.trailChanged.emit()
        self.replaced.emit()
        self.pathChanged.emit()
        self._later.start()

    def _on_clean(self, clean: bool) -> None:
        self.dirtyChanged.emit(not clean)

    # -- what is known about it

    def analyse_now(self) -> Analysis:
        """Work out the shapes at once, whatever that takes, and return them."""
        self._later.stop()
        fields = self.info.fields if self.info is not None else {}
        root = self._analyses.of(self._project, fields, self._spot.root)
        self.problems = self._analyses.problems(self._project, fields, self._spot.root)
        self.copies = navigation.copies_of(root, self._spot)
        self._analysis = navigation.inner(root, self._spot) or NOTHING
        self.analysed.emit(self._analysis)
        self._try_out()
        return self._analysis

    def _try_out(self) -> None:
        """Have layers of the user's own tried out, in a process of their own."""
        asked = asking.questions()
        if asked:
            self._background.run(
                lambda: asking.answer(asked), self._on_answers, self._on_no_answers
            )

    def _on_answers(self, _result: object) -> None:
        self._later.start()

    def _on_no_answers(self, error: Exception) -> None:
        self.dataFailed.emit(f"A custom layer could not be tried out: {error}")

    def known(self, root: str) -> Analysis | None:
        """Return what is known of a network by itself; None until PyTorch is loaded."""
        if not self._engine_ready or root not in self._project.networks:
            return None
        fields = self.info.fields if self.info is not None else {}
        return self._analyses.of(self._project, fields, root)

    def _refresh(self) -> None:
        self._describe()
        if self._engine_ready or not any(g.nodes for g in self._project.networks.values()):
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
        try:
            recipe = resolve_data(self._project)
        except VariableError as error:
            self._described = None
            if str(error) != self.data_error:
                self._take_info(None, str(error))
            return
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
