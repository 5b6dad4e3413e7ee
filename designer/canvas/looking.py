"""What of a network is looked at: each as it was left, and views that were given a name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, QTimer

from designer.canvas import bookmarks
from designer.canvas.hovering import Hovering
from designer.canvas.viewport import FLOOR, MOST
from designer.namefield import NameField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.document import Document

_FIELD = QSize(260, 32)
_SETTLING_MS = 500
Look = tuple[float, float, float]
"""Zoom, and the middle of what is seen."""


class Looking(Hovering):
    """A canvas that remembers how each of its networks was looked at."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self._framed = True
        """True: the user has not moved the view since all was framed."""
        self._network = document.network
        self._looks: dict[str, Look] = {}
        self._held: Look | None = None
        """What is to be seen however the window settles, just after a file was opened."""
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLING_MS)
        self._settling.timeout.connect(self._settle_look)
        document.replaced.connect(self._on_replaced)
        self.minimap.used.connect(self.let_go)

    def _on_replaced(self) -> None:
        self._looks.clear()
        self._network = self.document.network
        self._forget()
        self.frame_all()

    def _forget(self) -> None:
        """Let go of what was chosen and unfolded: the same ids stand for other nodes now."""
        self.dismiss_search()
        self.end_pick()
        if self.canvas.lit is not None:
            self.set_lit(None)
        self.canvas.select([])
        self.choose_notes(set())
        for network, node_id in list(self.canvas.unfolded):
            if network == self._network and node_id in self.canvas.nodes:
                self.canvas.fold(node_id)
        self.canvas.unfolded.clear()

    def looks(self) -> dict[str, Look]:
        """Return how each network that the user has moved about in is looked at."""
        now = {} if self._framed else {self._network: self._look()}
        return {**self._looks, **now}

    def take_looks(self, looks: Mapping[str, Look]) -> None:
        """Look at each network as it was looked at before, from now on."""
        self._looks = dict(looks)
        self._show_look()
        self._held = self._looks.get(self._network)
        self._settling.start()

    def _settle_look(self) -> None:
        self._held = None

    def keep_look(self) -> None:
        """Show the same after the size has changed: all of it, or what was opened."""
        if self._framed and self.canvas.nodes:
            self.frame_all()
        elif self._held is not None:
            self.look_at(*self._held)

    def let_go(self) -> None:
        """Note that the user moves the view from now on."""
        self._framed = False
        self._held = None

    def _look(self) -> Look:
        middle = self.seen().center()
        return self.zoom, middle.x(), middle.y()

    def look_elsewhere(self) -> None:
        """Look at another network as it was last looked at; all of it the first time."""
        self.end_pick()
        if not self._framed:
            self._looks[self._network] = self._look()
        self._network = self.document.network
        self._show_look()

    def _show_look(self) -> None:
        known = self._looks.get(self._network)
        if known is None:
            self.frame_all()
        else:
            self.look_at(*known)

    def zoom_by(self, factor: float, anchor: QPoint | None = None) -> None:
        """Zoom, and keep that when the size changes."""
        self.let_go()
        super().zoom_by(factor, anchor)

    def frame_selection(self) -> None:
        """Bring the selection into view, and keep it there; all if nothing is selected."""
        super().frame_selection()
        self._framed = not self.selected()
        self._held = None

    def reveal(self, node_id: str) -> None:
        """Select a node and bring it into view, and keep it there."""
        seen = self.seen()
        super().reveal(node_id)
        if self.seen() != seen:
            self.let_go()

    def look_at(self, zoom: float, x: float, y: float) -> None:
        """Bring a place into the middle at some zoom."""
        self._framed = False
        self.zoom_to(min(max(zoom, FLOOR), MOST))
        self.centerOn(QPointF(x, y))

    def frame_all(self) -> None:
        """Bring the whole network into view, and keep it so when the size changes."""
        super().frame_all()
        self._framed = True

    def showEvent(self, event: QShowEvent) -> None:
        """Frame all, unless the user has chosen what to see."""
        super().showEvent(event)
        if self._framed:
            self.frame_all()

    # -- bookmarks

    def add_bookmark(self) -> None:
        """Keep what is seen now as a bookmark, and let its name be written."""
        zoom, x, y = self._look()
        project = bookmarks.add(self.document.project, self.document.network, x, y, zoom)
        # Keeping it and naming it is one step.
        step = uuid4().hex
        self.document.push("Bookmark this view", project, step)
        self.rename_bookmark(len(project.layout.bookmarks) - 1, step)

    def go_to_bookmark(self, index: int) -> None:
        """Look at what a bookmark names, from the first on."""
        marks = self.document.project.layout.bookmarks
        if index < len(marks):
            mark = marks[index]
            if mark.network not in self.document.project.networks:
                self.message.emit(f"The network of the bookmark “{mark.name}” is gone.")
                return
            self.document.show_network(mark.network)
            self.look_at(mark.zoom, mark.x, mark.y)

    def rename_bookmark(self, index: int, step: str = "") -> None:
        """Let the user write over a bookmark's name; `step` is the step of undo that made it."""
        mark = self.document.project.layout.bookmarks[index]

        def done(text: str) -> None:
            marks = self.document.project.layout.bookmarks
            if index < len(marks) and text.strip():
                project = bookmarks.change(self.document.project, index, name=text.strip())
                self.document.push("Rename a bookmark", project, step)

        room = QRect(QPoint((self.width() - _FIELD.width()) // 2, 12), _FIELD)
        NameField(self, room, mark.name, self.here(done))

    def remove_bookmark(self, index: int) -> None:
        """Forget a bookmark."""
        self.document.push("Remove a bookmark", bookmarks.remove(self.document.project, index))
