"""Nodes carried out of the window as a file, and files of nodes dropped into it.

A fragment is a whole project file that says of itself that it is one: it can be opened too.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDrag

from designer.canvas import bends, clipboard, edits, layout, picture
from designer.canvas.dropping import Dropping
from designer.canvas.geometry import HEIGHT, WIDTH
from designer.canvas.gestures import SLACK, Gesture
from engine import files, networks, strictjson
from engine.analysis import placed
from engine.graph import slug
from engine.project import Phase, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.canvas.view import CanvasView
    from designer.document import Document

_MARK = "fragment"
_MOST_BYTES = 8 * 2**20
_MAIN = "fragment"


def fragment(scope: edits.Scope, node_ids: Sequence[str]) -> str:
    """Return a project file that holds some nodes, the wires between them and what they place."""
    part = edits.part(scope.graph, node_ids)
    below = {placed(node) for node in part.nodes.values()} & scope.project.networks.keys()
    keys = networks.closure(scope.project, below) if below else set[str]()
    main = _MAIN
    while main in keys:
        main += "_"
    positions = {i: scope.places[i] for i in part.nodes if i in scope.places}
    dots = bends.within(scope.project, scope.network, part)
    project = Project(
        networks={main: part, **{key: scope.project.networks[key] for key in sorted(keys)}},
        main=main,
        variables=scope.project.variables,
        layout=scope.project.layout.of(keys).held(main, positions=positions, bends=dots),
    ).with_training(phases=(Phase(network=main),))
    return files.dumps(project.but(**{_MARK: True}))


def fragment_file(mime: QMimeData) -> Path | None:
    """Return the file of nodes that a drag carries; None for a project, which is to be opened."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    try:
        if path.suffix != files.SUFFIX or path.stat().st_size > _MOST_BYTES:
            return None
        content = strictjson.parse(path.read_bytes(), path.name)
    except (OSError, ValueError):
        return None
    known = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    return path if known.get(_MARK) is True else None


class Carrying(Dropping):
    """A canvas whose nodes can be dragged to a folder of the desktop, and from there to another."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    # -- out

    def carried(self, node_ids: Sequence[str]) -> QMimeData:
        """Return some nodes as a file, and as the text that the clipboard takes."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="layerloom-")
        first = self.graph.nodes[node_ids[0]].name
        name = slug(first) if len(node_ids) == 1 else f"{slug(first)}_and_{len(node_ids) - 1}_more"
        path = Path(self._folder.name) / f"{name}{files.SUFFIX}"
        path.write_text(fragment(self.scope(), node_ids), encoding="utf-8")
        part = edits.part(self.graph, node_ids)
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        project = self.document.project
        dots = bends.within(project, self.document.network, part)
        mime.setText(clipboard.to_text(part, self.canvas.places, project, dots=dots))
        return mime

    def carry(self, node_ids: Sequence[str]) -> None:
        """Let the pointer take some nodes out of the window."""
        drag = QDrag(self)
        drag.setMimeData(self.carried(node_ids))
        drag.setPixmap(picture.of_node(self.canvas.nodes[node_ids[0]], self.devicePixelRatioF()))
        drag.exec(Qt.DropAction.CopyAction)

    def close_down(self) -> None:
        """Take the files away that were carried out."""
        super().close_down()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # -- in

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file of nodes too."""
        if fragment_file(event.mimeData()) is not None:
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take a file of nodes anywhere."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragMoveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Insert the nodes of a file, their middle where they were dropped."""
        path = fragment_file(event.mimeData())
        if path is None:
            super().dropEvent(event)
            return
        event.acceptProposedAction()
        self.insert_file(path, self.at(event.position().toPoint()))
        self.setFocus()

    def insert_file(self, path: Path, at: QPointF) -> None:
        """Add the nodes of a project file's main network around a place, and select them."""
        scope = self.scope()
        try:
            part = clipboard.from_text(path.read_text(encoding="utf-8"))
            project, graph = clipboard.settle(scope.project, scope.network, part, known=False)
        except (OSError, ValueError) as error:
            self.message.emit(f"{path.name} was not inserted: {error}")
            return
        full = layout.places(graph, part.places, project.networks)
        area = QRectF()
        for x, y in full.values():
            area = area.united(QRectF(x, y, WIDTH, HEIGHT))
        shift = at - area.center()
        project = clipboard.with_names(project, part)
        words = f"Insert {path.stem}"
        spot = layout.snapped(shift.x(), shift.y())
        self._insert(words, replace(scope, project=project), graph, full, spot, part.dots)


class Carry(Gesture):
    """Nodes leave the window with the pointer; on the canvas itself nothing moves."""

    def __init__(self, view: CanvasView, place: QPoint) -> None:
        self._view = view
        self._start = place

    def move(self, place: QPoint) -> None:
        """Hand the nodes over to the desktop once the pointer has moved."""
        if not self.over and (place - self._start).manhattanLength() >= SLACK:
            self.over = True
            self._view.carry(self._view.selected())
