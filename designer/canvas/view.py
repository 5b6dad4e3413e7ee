"""The canvas as a widget: what mouse and keyboard do. Each change is one `push` to the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QToolTip

from designer.canvas import compat, heat
from designer.canvas.blit import bucket
from designer.canvas.carrying import Carry
from designer.canvas.compat import End
from designer.canvas.cutting import Cut
from designer.canvas.faces import PLAIN_BELOW
from designer.canvas.gestures import Gesture, Marquee, Move, Pan
from designer.canvas.items import key_of
from designer.canvas.leading import MoveDot
from designer.canvas.looking import Looking
from designer.canvas.note_gestures import taken_note
from designer.canvas.pulling import taken_by_alt
from designer.canvas.scene import CanvasScene
from designer.canvas.wire_item import HIT
from designer.canvas.wiring import Wiring
from designer.theme import signals

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QFocusEvent,
        QHelpEvent,
        QHideEvent,
        QKeyEvent,
        QMouseEvent,
        QNativeGestureEvent,
        QResizeEvent,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from designer.canvas.node_item import NodeItem
    from designer.canvas.wire_item import WireItem
    from designer.document import Document
    from engine.project import Project

_MODIFIER = Qt.KeyboardModifier
_NOTCH = 480.0
"""Wheel delta that doubles the zoom: four notches, so that the steps meet the faces' buckets."""


class CanvasView(Looking):
    """The canvas of a document's network. Selection lives here, everything else in the document."""

    menuWanted = Signal(QPoint)
    """The menu for the selection is wanted at this place of the screen."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, CanvasScene(document), parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.canvas.setParent(self)
        self._gesture: Gesture | None = None
        self._broken_off = False
        """True: the latest press only ended a gesture, and asks for no menu."""
        self.viewMoved.connect(self._on_moved)
        self.canvas.emptied.connect(self._on_emptied)
        self.canvas.selectionMoved.connect(self._on_selection)
        self.canvas.contentMoved.connect(self._on_content)
        self.canvas.nodesMoved.connect(self._on_content)
        document.projectChanged.connect(self._on_project)
        signals.themeChanged.connect(self._on_theme)
        self._on_content()

    # -- following

    def _on_selection(self) -> None:
        chosen = self.selected()
        names = [self.graph.nodes[i].name for i in chosen if i in self.graph.nodes]
        self.setAccessibleDescription(f"Selected: {', '.join(names)}" if names else "")
        if self.far:
            self.viewport().update()
        self.selectionChanged.emit(chosen)

    def _on_content(self) -> None:
        self.show_welcome(not self.canvas.nodes)
        if self.far:
            self.viewport().update()

    def _on_project(self, _before: Project, _after: Project) -> None:
        if self._gesture is not None:
            self._end_gesture(cancel=True)
            self.stand()
        if self.document.network != self._network:
            self.look_elsewhere()

    def _on_emptied(self) -> None:
        """End what is going on while its items are still there."""
        if self._gesture is not None:
            self._end_gesture(cancel=True)
        self.unpoint()

    def _on_theme(self, _theme: object) -> None:
        self.viewport().update()

    def _on_moved(self) -> None:
        if self.canvas.board.values and not self.far:
            heat.refresh(self.canvas, self.seen())
        if self._gesture is not None:
            self._gesture.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """End what was going on."""
        self._end_gesture(cancel=True)
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies over the canvas in its place."""
        super().resizeEvent(event)
        self.place_overlays()
        self.keep_look()
        self.minimap.follow()

    # -- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture; a second button cancels the one going on."""
        place = event.position().toPoint()
        self.let_go()
        self.glide.settle()
        self._broken_off = self._gesture is not None
        if self._broken_off:
            self._end_gesture(cancel=True)
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._begin(Pan(self, place))
        elif event.button() == Qt.MouseButton.LeftButton:
            self._begin(Pan(self, place) if self.space else self._left(place, event.modifiers()))
        elif _cuts(event.button(), event.modifiers()) and not self.far:
            self._begin(Cut(self, place))
        event.accept()

    def _left(self, place: QPoint, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        """Return what a left press begins: a wire, a move, a frame, or only a selection."""
        at = self.at(place)
        near = self.port_near(at)
        if near is not None:
            return self._pick_port(place, End(near[0].node.id, near[1], near[2]))
        item = self.canvas.node_at(at)
        if self.picking is not None:
            if item is not None:
                self.toggle_picked(item.node.id)
            return Pan(self, place) if item is None else None
        if item is not None and self._on_fold(item, at):
            self.canvas.fold(item.node.id)
            return None
        if item is not None:
            return self._pick_node(place, item.node.id, modifiers)
        return self._left_on_ground(place, at, modifiers)

    def _on_fold(self, item: NodeItem, at: QPointF) -> bool:
        """Return whether the switch of a repeat is there; from afar it is not drawn."""
        return bucket(self.zoom) >= PLAIN_BELOW and item.on_fold(at)

    def _left_on_ground(
        self, place: QPoint, at: QPointF, modifiers: Qt.KeyboardModifier
    ) -> Gesture | None:
        """Return what a press beside all nodes begins: on a dot, a wire, a note, or on nothing."""
        dot = None if self.far else self.dot_at(at)
        if dot is not None:
            return MoveDot(self, place, *dot)
        wire = None if self.far else self.canvas.wire_at(at, HIT / 2 / self.zoom)
        if wire is not None:
            self._pick_wire(wire, modifiers)
            return None
        note = "" if self.far else self.note_at(at)
        if note:
            return taken_note(self, place, note)
        return Marquee(self, place, modifiers)

    def _pick_port(self, place: QPoint, end: End) -> Gesture:
        """Return a wire from a port; at an input that is taken, its wire is picked up instead."""
        port = compat.port_of(self.scope().ground(), end)
        if not end.output and port is not None and not port.many:
            for edge in self.graph.edges:
                if (edge.target, edge.target_port) == (end.node, end.port):
                    return Wiring(self, place, End(edge.source, edge.source_port, True), edge)
        return Wiring(self, place, end)

    def _pick_node(
        self, place: QPoint, node_id: str, modifiers: Qt.KeyboardModifier
    ) -> Gesture | None:
        chosen = self.selected()
        if modifiers & _MODIFIER.AltModifier:
            if node_id not in chosen:
                self.canvas.select([node_id])
            if modifiers & _MODIFIER.ControlModifier:
                return Carry(self, place)
            return taken_by_alt(self, place, node_id)
        wires = self.canvas.wire_selection
        if modifiers & _MODIFIER.ControlModifier:
            rest = [i for i in chosen if i != node_id]
            self.canvas.select(rest if node_id in chosen else [*chosen, node_id], wires)
            return None if node_id in chosen else Move(self, place, node_id, sole=False)
        if modifiers & _MODIFIER.ShiftModifier:
            self.canvas.select([*chosen, node_id], wires)
            return Move(self, place, node_id, sole=False)
        if node_id not in chosen:
            self.canvas.select([node_id])
        return Move(self, place, node_id, sole=True)

    def _pick_wire(self, wire: WireItem, modifiers: Qt.KeyboardModifier) -> None:
        key = key_of(wire.edge)
        more = modifiers & (_MODIFIER.ShiftModifier | _MODIFIER.ControlModifier)
        if more:
            self.canvas.select(self.selected(), self.canvas.wire_selection ^ {key})
        else:
            self.canvas.select([], {key})

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Lead the gesture, or mark the port under the pointer."""
        place = event.position().toPoint()
        self.held = event.modifiers()
        gesture = self._gesture
        if gesture is not None:
            gesture.move(place)
            if gesture.over and gesture is self._gesture:
                self._end_gesture(cancel=True)
        else:
            self.show_hover(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self.held = event.modifiers()
        if self._gesture is not None:
            self._end_gesture(place=event.position().toPoint())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a node, or the search on empty ground; a quick second drag is like the first."""
        place = event.position().toPoint()
        item = self.canvas.node_at(self.at(place))
        left = event.button() == Qt.MouseButton.LeftButton and not self.space
        if not left or self.port_near(self.at(place)) is not None:
            self.mousePressEvent(event)
            return
        if item is not None:
            self._open(item, self.at(place))
        else:
            self._open_ground(place, self.at(place))

    def _open_ground(self, place: QPoint, at: QPointF) -> None:
        """Lead a wire through a dot or no longer, write on a note, or search for a layer."""
        dot = None if self.far else self.dot_at(at)
        wire = None if self.far else self.canvas.wire_at(at, HIT / 2 / self.zoom)
        note = "" if self.far else self.note_at(at)
        if dot is not None:
            self.straighten(*dot)
        elif wire is not None:
            self.bend(wire, at)
        elif note:
            self.edit_note(note)
        else:
            self.open_search(place)

    def _open(self, item: NodeItem, at: QPointF) -> None:
        """Open a node: go into a place, at the copy that lies there, or edit a layer."""
        if self._on_fold(item, at) or self.picking is not None:
            return
        copy = item.outline.copy_at(at - item.pos())
        if not self.document.enter(item.node.id, copy or 0):
            self.nodeActivated.emit(item.node.id)

    def _begin(self, gesture: Gesture | None) -> None:
        self._gesture = gesture
        self.repaint_as_one(gesture is not None)
        if isinstance(gesture, Pan):
            self.viewport().setCursor(gesture.cursor)

    def _end_gesture(self, place: QPoint | None = None, *, cancel: bool = False) -> None:
        gesture, self._gesture = self._gesture, None
        self.repaint_as_one(False)
        if gesture is not None:
            if cancel or place is None:
                gesture.cancel()
            else:
                gesture.release(place)
        self.viewport().setCursor(
            Qt.CursorShape.OpenHandCursor if self.space else Qt.CursorShape.ArrowCursor
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.let_go()
        turn = event.angleDelta().y() or event.angleDelta().x()
        self.zoom_by(2.0 ** (turn / _NOTCH), event.position().toPoint())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu; a right click on a node, a wire or a note selects it first."""
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        cutting = isinstance(self._gesture, Cut) or event.modifiers() & _MODIFIER.ControlModifier
        if not keyboard and (cutting or self._broken_off):
            event.accept()
            return
        if keyboard:
            self.menuWanted.emit(self.viewport().mapToGlobal(self.menu_place()))
        else:
            self.take_for_menu(self.at(event.pos()))
            self.menuWanted.emit(event.globalPos())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a tooltip for what is there, zoom by pinching, unmark what the mouse has left."""
        if event.type() == QEvent.Type.Leave and self._gesture is None:
            self.unpoint()
        if event.type() == QEvent.Type.ToolTip:
            help_event = cast("QHelpEvent", event)
            QToolTip.showText(help_event.globalPos(), self.tooltip(help_event.pos()), self)
            return True
        if event.type() == QEvent.Type.NativeGesture:
            gesture = cast("QNativeGestureEvent", event)
            if gesture.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + gesture.value(), gesture.position().toPoint())
                return True
        return super().viewportEvent(event)

    # -- keyboard

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab for the search; Shift+Tab leaves the canvas."""
        return False if forward else super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Run the command of a key."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._hold_space(event, held=True)
        elif key == Qt.Key.Key_Shift:
            self._hold(event.modifiers() | _MODIFIER.ShiftModifier)
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif self.picking is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.end_pick()
        elif key == Qt.Key.Key_Tab:
            self.open_search(self.pointer())
        elif not self.command_key(event):
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of Space: nobody will tell when it is."""
        super().focusOutEvent(event)
        if self.space:
            self._set_space(held=False)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End panning by Space."""
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(event, held=False)
        elif event.key() == Qt.Key.Key_Shift:
            self._hold(event.modifiers() & ~_MODIFIER.ShiftModifier)
        else:
            super().keyReleaseEvent(event)

    def _hold(self, modifiers: Qt.KeyboardModifier) -> None:
        self.held = modifiers
        if self._gesture is not None:
            self._gesture.refresh()

    def _hold_space(self, event: QKeyEvent, *, held: bool) -> None:
        if not event.isAutoRepeat():
            self._set_space(held=held)

    def _set_space(self, *, held: bool) -> None:
        self.space = held
        if not isinstance(self._gesture, Pan):
            shape = Qt.CursorShape.OpenHandCursor if held else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)

    def _escape(self) -> None:
        if self._gesture is not None:
            self._end_gesture(cancel=True)
        elif self.picking is not None:
            self.end_pick()
        elif not self.dismiss_search():
            self.canvas.select([])
            self.choose_notes(set())

    def pointer(self) -> QPoint:
        """Return where the pointer is in the viewport; its middle if it is elsewhere."""
        place = self.viewport().mapFromGlobal(self.cursor().pos())
        rect = self.viewport().rect()
        return place if rect.contains(place) else rect.center()


def _cuts(button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> bool:
    return button == Qt.MouseButton.RightButton and bool(modifiers & _MODIFIER.ControlModifier)
