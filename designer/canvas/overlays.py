"""What lies over the canvas: welcome, banner, a wire's verdict, the search, a name being edited."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QLabel

from designer import offers
from designer.analyses import trained_roots
from designer.canvas import compat
from designer.canvas.geometry import HEAD, WIDTH
from designer.canvas.minimap import Minimap
from designer.canvas.nesting import Nesting
from designer.canvas.search import SearchPopup
from designer.canvas.trial import Spot, Trial
from designer.canvas.welcome import Welcome
from designer.namefield import NameField

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from designer.canvas.compat import End
    from designer.canvas.scene import CanvasScene
    from designer.canvas.trial import Outcome
    from designer.document import Document
    from designer.offers import Offer

_TYPE = QEvent.Type
_FALLING = (
    *(_TYPE.MouseButtonPress, _TYPE.MouseButtonRelease, _TYPE.MouseButtonDblClick),
    *(_TYPE.MouseMove, _TYPE.Wheel, _TYPE.ContextMenu),
    *(_TYPE.DragEnter, _TYPE.DragMove, _TYPE.DragLeave, _TYPE.Drop),
)
_LINE = 64
"""Letters in a line of a verdict."""


def _asked_by_key(event: QEvent) -> bool:
    key = QContextMenuEvent.Reason.Keyboard
    return isinstance(event, QContextMenuEvent) and event.reason() == key


class Overlays(Nesting):
    """A canvas with the small widgets that lie over it."""

    commandWanted = Signal(str)
    """A command of the window is wanted, by its id."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self._popup: SearchPopup | None = None
        self.minimap = Minimap(self, self.overview)
        self._welcome: Welcome | None = None
        self._verdict = self._overlay("canvas.verdict", "verdict", "")
        self._banner = self._overlay("canvas.banner", "banner", "")

    def _overlay(self, name: str, role: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setProperty("role", role)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label.hide()
        return label

    def event(self, event: QEvent) -> bool:
        """Let what falls through the words of the empty canvas reach the ground below."""
        # There is neither frame nor scroll bar: the view's places are those of its ground.
        falls = event.type() in _FALLING and not _asked_by_key(event)
        return self.viewportEvent(event) if falls else super().event(event)

    def place_overlays(self) -> None:
        """Put what lies over the canvas in its place again."""
        if self._welcome is not None:
            self._welcome.adjustSize()
            room = self.size() - self._welcome.size()
            self._welcome.move(room.width() // 2, room.height() // 2)
        self._banner.adjustSize()
        self._banner.move((self.width() - self._banner.width()) // 2, 12)

    def show_welcome(self, on: bool) -> None:
        """Say what to do with an empty canvas."""
        if on and self._welcome is None:
            self._welcome = Welcome(self)
            self._welcome.wanted.connect(self._begin_by)
        if self._welcome is None:
            return
        self._welcome.setVisible(on)
        if on:
            trained = self.document.network in trained_roots(self.document.project)
            self._welcome.tell(trained=trained)
            self.place_overlays()

    def _begin_by(self, name: str) -> None:
        """Do what a button of the empty canvas says."""
        if name == "search":
            self.open_search(self.viewport().rect().center() + QPoint(-160, -120))
        else:
            self.commandWanted.emit(name)

    def show_banner(self, text: str) -> None:
        """Show a sentence at the top of the canvas; an empty one takes it away."""
        self._banner.setText(text)
        self._banner.setVisible(bool(text))
        self.place_overlays()
        self._banner.raise_()

    def open_search(self, place: QPoint, end: End | None = None) -> SearchPopup:
        """Open the search popup at a place of the viewport, filtered to what fits a wire's end."""
        if self._popup is not None:
            self._popup.dismiss()

        def find(text: str) -> list[Offer]:
            found = offers.find(text, self.document.project)
            return found if end is None else [o for o in found if self._fits(o, end)]

        hint = "Only what fits the wire is listed" if end is not None else ""
        at = self.at(place)
        spot, trial = self._spot_at(at, end), Trial(self.scope())

        def preview(payload: str) -> Outcome | None:
            return trial.of(payload, spot) if spot is not None else None

        popup = SearchPopup(self, find, hint, preview if spot is not None else None)

        def take(payload: str) -> None:
            # Where a node lies already, as when Tab is pressed again, there is no room for another.
            free = self.canvas.node_at(at) is None
            self.add_node(payload, at if free else None, end=end)

        popup.chosen.connect(take)
        popup.dismissed.connect(self._on_dismissed)
        self._popup = popup
        popup.open_at(place)
        return popup

    def _spot_at(self, at: QPointF, end: End | None) -> Spot | None:
        """Return what a node that is added at a place is joined to; None if to nothing."""
        free = self.canvas.node_at(at) is None
        wire = self.wire_meant(at if free else None, end)
        chosen = self.selected()
        behind = chosen[0] if len(chosen) == 1 else ""
        spot = Spot(end, wire, "" if end is not None or wire is not None else behind)
        return spot if spot != Spot() and self.document.analysis is not None else None

    def _fits(self, offer: Offer, end: End) -> bool:
        ports = offer.inputs if end.output else offer.outputs
        return ports is None or compat.accepts(self.scope().ground(), end, ports, offer.title)

    def dismiss_search(self) -> bool:
        """Take the search away; return whether it was open."""
        if self._popup is None:
            return False
        self._popup.dismiss()
        return True

    def _on_dismissed(self) -> None:
        popup, self._popup = self._popup, None
        if popup is not None and not popup.forsaken:
            self.setFocus()

    def show_verdict(self, text: str, place: QPoint) -> None:
        """Show a sentence beside the pointer; an empty one takes it away."""
        self._verdict.setVisible(bool(text))
        if not text:
            return
        lines = (textwrap.fill(line, _LINE) for line in text.split("\n"))
        self._verdict.setText("\n".join(lines))
        self._verdict.adjustSize()
        room: QSize = self.size() - self._verdict.size()
        self._verdict.move(
            max(0, min(place.x() + 18, room.width())), max(0, min(place.y() + 18, room.height()))
        )
        self._verdict.raise_()

    # -- a name being edited

    def edit_name(self, node_id: str, text: str, done: Callable[[str], None]) -> None:
        """Let the user write over a node's name; `done` gets what was written, if it is another."""
        item = self.canvas.nodes[node_id]
        self.reveal(node_id)
        corner = self.mapFromScene(item.pos())
        zoom = max(self.zoom, 0.5)
        room = QRect(corner, QSize(round(WIDTH * zoom), round(HEAD * zoom)))
        NameField(self, room.adjusted(0, -2, 0, 2), text, self.here(done))
