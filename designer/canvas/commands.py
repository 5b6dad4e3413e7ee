"""The canvas's commands: add, delete, copy, arrange, walk. Each is a method a menu can call too."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec
from uuid import uuid4

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent

from designer.canvas import bends, clipboard, compat, edits, heat, layout
from designer.canvas.edits import Scope
from designer.canvas.geometry import HEIGHT, WIDTH
from designer.canvas.viewport import Viewport
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from designer.canvas.compat import End
    from designer.canvas.node_item import Live
    from designer.canvas.scene import CanvasScene
    from designer.canvas.wire_item import WireItem
    from designer.document import Document
    from engine.graph import Edge, Graph

P = ParamSpec("P")
_SHIFT = 32.0
_DROP = 14.0
"""How near to a wire, in scene pixels, a dropped node is inserted into it."""


class Commands(Viewport):
    """A viewport with commands on the document's network and on the selection."""

    selectionChanged = Signal(list)
    """The ids of the selected nodes."""
    nodeActivated = Signal(str)
    """A node was double-clicked, or Enter was pressed on it."""
    message = Signal(str)
    """A sentence for the status bar."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(scene, parent)
        self.document = document
        self._pasted = 0
        self.keys_by_actions = False
        """True: a window's commands hold the shortcuts, which the user may have changed."""
        self._origin = ""
        document.replaced.connect(self._renew_origin)
        self._renew_origin()

    def _renew_origin(self) -> None:
        """Let what was copied so far count as from another project."""
        self._origin = uuid4().hex

    def here(self, act: Callable[P, object]) -> Callable[P, None]:
        """Return an act that is done no more once another project is open."""
        origin = self._origin

        def done(*args: P.args, **named: P.kwargs) -> None:
            if self._origin == origin:
                act(*args, **named)

        return done

    @property
    def graph(self) -> Graph:
        """Return the network on show."""
        return self.document.graph

    def scope(self) -> Scope:
        """Return what an edit works on."""
        document = self.document
        return Scope(
            document.project,
            document.network,
            self.canvas.places,
            document.analysis,
            document.info.fields if document.info is not None else {},
        )

    def push_graph(self, text: str, graph: Graph) -> None:
        """Replace the network as one step of undo, places as they are seen."""
        self.document.push(text, self.scope().result(graph))

    # -- selection

    def selected(self) -> list[str]:
        """Return the ids of the selected nodes."""
        return list(self.canvas.selection)

    def select(self, node_ids: list[str]) -> None:
        """Select exactly these nodes."""
        self.canvas.select(node_ids)

    def select_all(self) -> None:
        """Select every node."""
        self.canvas.select(self.graph.nodes)

    def reveal(self, node_id: str) -> None:
        """Select a node and bring it into view, as when a finding about it is clicked."""
        if node_id in self.canvas.nodes:
            self.canvas.select([node_id])
            if not self.seen().contains(self.canvas.bounds([node_id])):
                self.centerOn(self.canvas.bounds([node_id]).center())

    # -- adding and removing

    def add_node(
        self,
        spec_id: str,
        scene_pos: QPointF | None = None,
        *,
        end: End | None = None,
        wire: Edge | None = None,
    ) -> str | None:
        """Add a layer with its middle at a place, or beside the selection; return its id.

        On a wire, or into the one that is named, it is inserted; `end` is the loose end of a wire
        to join it to; otherwise a single selected node is wired to it.
        """
        spec = registry.node(spec_id)
        if spec is None:
            self.message.emit(f"There is no layer called “{spec_id}”.")
            return None
        chosen = self.selected()
        behind = chosen[0] if len(chosen) == 1 else ""
        wire = self.wire_meant(scene_pos, end, wire)
        if wire is not None and not (spec.inputs and spec.outputs):
            wire = None
        place = self.place_for(scene_pos, behind)
        project, node_id = edits.add(
            self.scope(),
            spec_id,
            place,
            behind=behind,
            wire=wire,
            end=end,
        )
        self.document.push(f"Add {spec.title}", project)
        self.shown_after_adding(node_id, scene_pos)
        return node_id

    def shown_after_adding(self, node_id: str, scene_pos: QPointF | None) -> None:
        """Select a new node; bring it into view unless the user chose its place."""
        self.canvas.select([node_id])
        if scene_pos is None and not self.seen().contains(self.canvas.bounds([node_id])):
            self.centerOn(self.canvas.bounds([node_id]).center())

    def wire_meant(
        self, at: QPointF | None, end: End | None = None, wire: Edge | None = None
    ) -> Edge | None:
        """Return the wire into which a new node goes: a named one, or the one where it is put."""
        if wire is not None or at is None or end is not None:
            return wire
        found = self.wire_for(at)
        return found.edge if found is not None else None

    def wire_for(self, at: QPointF) -> WireItem | None:
        """Return the wire into which a node dropped at a place would be inserted."""
        if self.canvas.node_at(at) is not None:
            return None
        return self.canvas.wire_at(at, _DROP)

    def place_for(self, at: QPointF | None, behind: str) -> tuple[float, float]:
        """Return where a new node goes: with its middle at `at`, or beside what is there."""
        places = self.canvas.places
        if at is not None:
            return layout.snapped(at.x() - WIDTH / 2, at.y() - HEIGHT / 2)
        if behind:
            return layout.behind(self.graph, places, behind, self.document.project.networks)
        middle = self.seen().center()
        return layout.free_place(places.values(), middle.x() - WIDTH / 2, middle.y() - HEIGHT / 2)

    def delete_selection(self) -> None:
        """Delete the selected nodes and wires; a node with one wire in leaves its source behind."""
        nodes = self.selected()
        wires = [self.canvas.wires[k].edge for k in self.canvas.wire_selection]
        if not nodes and not wires:
            return
        count = len(nodes)
        text = (
            "Delete wires"
            if not nodes
            else "Delete a node"
            if count == 1
            else f"Delete {count} nodes"
        )
        self.document.push(text, edits.delete(self.scope(), nodes, wires))

    # -- wiring without a mouse

    def connect_selection(self) -> None:
        """Wire the selected nodes one behind the other, from left to right."""
        places = self.canvas.places
        chosen = sorted(self.selected(), key=lambda i: places[i])
        graph = self.graph
        for source, target in itertools.pairwise(chosen):
            ground = self.scope().ground(graph)
            end = edits.free_output(ground, source)
            found = compat.counterpart(ground, end, target) if end is not None else None
            if end is None or found is None or not found[1].possible:
                names = f"“{graph.nodes[source].name}” to “{graph.nodes[target].name}”"
                why = found[1].text if found is not None else "There is no port for it."
                self.message.emit(f"No wire can go from {names}. {why}")
                return
            graph = edits.connect(graph, end, found[0])
        if graph is not self.graph:
            self.push_graph("Wire", graph)

    def wires_of_selection(self) -> list[Edge]:
        """Return the wires between the selected nodes; of a single one, all of its wires."""
        chosen = set(self.selected())
        least = min(len(chosen), 2)
        ends = ((e, len({e.source, e.target} & chosen)) for e in self.graph.edges)
        return [edge for edge, count in ends if count and count >= least]

    def disconnect_selection(self) -> None:
        """Remove the wires between the selected nodes; of a single one, all of its wires."""
        wires = self.wires_of_selection()
        if wires:
            text = "Cut a wire" if len(wires) == 1 else f"Cut {len(wires)} wires"
            self.push_graph(text, self.graph.disconnect(wires))

    # -- clipboard

    def copy(self) -> None:
        """Put the selected nodes and the wires between them on the clipboard, as text."""
        nodes = self.selected()
        if nodes:
            part = edits.part(self.graph, nodes)
            project = self.document.project
            dots = bends.within(project, self.document.network, part)
            text = clipboard.to_text(part, self.canvas.places, project, self._origin, dots)
            QGuiApplication.clipboard().setText(text)
            self._pasted = 0

    def cut(self) -> None:
        """Copy the selected nodes and delete them."""
        if self.selected():
            self.copy()
            self.document.push("Cut", edits.delete(self.scope(), self.selected()))

    def paste(self) -> None:
        """Add the nodes that the clipboard's text holds, and select them."""
        scope = self.scope()
        try:
            part = clipboard.from_text(QGuiApplication.clipboard().text())
            known = part.origin == self._origin
            project, graph = clipboard.settle(scope.project, scope.network, part, known=known)
        except ValueError as error:
            self.message.emit(str(error))
            return
        if not graph.nodes:
            return
        full = layout.places(graph, part.places, project.networks)
        self._pasted += 1
        area = QRectF()
        for x, y in full.values():
            area = area.united(QRectF(x, y, WIDTH, HEIGHT))
        shift = QPointF(_SHIFT * self._pasted, _SHIFT * self._pasted)
        if not self.seen().intersects(area.translated(shift)):
            shift = self.seen().center() - area.center()
        scope = replace(scope, project=clipboard.with_names(project, part))
        spot = layout.snapped(shift.x(), shift.y())
        self._insert("Paste", scope, graph, full, spot, part.dots)

    def duplicate(self) -> None:
        """Add a copy of the selected nodes with the wires between them, and select it."""
        nodes = self.selected()
        if nodes:
            below = self.canvas.bounds(nodes).height() if len(nodes) == 1 else 0.0
            self.copy_selection((_SHIFT, _SHIFT + below))

    def copy_selection(self, shift: tuple[float, float]) -> None:
        """Add a copy of the selected nodes, so far from them, and select it."""
        part = edits.part(self.graph, self.selected())
        dots = bends.within(self.document.project, self.document.network, part)
        self._insert("Duplicate", self.scope(), part, self.canvas.places, shift, dots)

    def _insert(
        self,
        text: str,
        scope: Scope,
        part: Graph,
        places: Mapping[str, tuple[float, float]],
        shift: tuple[float, float],
        dots: bends.Dots,
    ) -> None:
        project, fresh = edits.insert_copy(scope, part, places, shift, dots)
        self.document.push(text, project)
        self.canvas.select(fresh)

    # -- looking and arranging

    def frame_all(self) -> None:
        """Bring the whole network into view."""
        self.frame()

    def frame_selection(self) -> None:
        """Bring the selection into view; all of the network if nothing is selected."""
        self.frame(self.selected() or None)

    def walk(self, way: str, *, more: bool = False) -> None:
        """Select the node that an arrow key leads to, beside those that are selected if `more`."""
        chosen = self.selected()
        if not chosen:
            first = min(self.canvas.places, key=lambda i: self.canvas.places[i], default=None)
        else:
            first = edits.step(self.graph, self.canvas.places, chosen[-1], way)
        if first is not None:
            self.reveal(first)
        if first is not None and more:
            self.canvas.select([*(i for i in chosen if i != first), first])

    def activate(self) -> None:
        """Say that the selected node is to be edited."""
        if len(self.selected()) == 1:
            self.nodeActivated.emit(self.selected()[0])

    def set_live(
        self,
        values: Mapping[str, Live],
        flows: Mapping[str, float] | None = None,
        dry: frozenset[str] = frozenset(),
    ) -> None:
        """Show live figures at nodes, id -> (text, heat between 0 and 1 or None), and no others.

        `id#2` is the third copy of a repeat. `flows` has by node the heat of its wires;
        those to nodes in `dry` have none.
        """
        if self.far:
            heat.put(self.canvas, values, flows, dry)
            self.overview.invalidate_live()
            self.viewport().update()
        else:
            heat.show(self.canvas, values, flows, self.seen(), dry)

    # -- keys

    def command_key(self, event: QKeyEvent) -> bool:
        """Run the command of a key; return whether there is one."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift = modifiers == Qt.KeyboardModifier.ShiftModifier
        plain = modifiers == Qt.KeyboardModifier.NoModifier
        way = _WALK.get(event.key()) if plain or shift else None
        if way is not None:
            self.walk(way, more=shift)
            return True
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activate()
            return True
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        name = _KEYS.get((control, event.key())) if plain or control else None
        if name is None or self.keys_by_actions:
            return False
        getattr(self, name)()
        return True


_WALK = {
    Qt.Key.Key_Left.value: "left",
    Qt.Key.Key_Right.value: "right",
    Qt.Key.Key_Up.value: "up",
    Qt.Key.Key_Down.value: "down",
}
_KEYS: dict[tuple[bool, int], str] = {
    (False, Qt.Key.Key_Delete.value): "delete_selection",
    (False, Qt.Key.Key_Backspace.value): "leave",
    (False, Qt.Key.Key_Home.value): "frame_all",
    (False, Qt.Key.Key_F.value): "frame_selection",
    (False, Qt.Key.Key_L.value): "tidy",
    (True, Qt.Key.Key_A.value): "select_all",
    (True, Qt.Key.Key_C.value): "copy",
    (True, Qt.Key.Key_X.value): "cut",
    (True, Qt.Key.Key_V.value): "paste",
    (True, Qt.Key.Key_D.value): "duplicate",
}
