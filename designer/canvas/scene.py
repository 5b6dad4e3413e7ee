"""The graph as items: a disposable projection that changes only what changed in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Signal

from designer.canvas import geometry, layout, words
from designer.canvas.faces import FaceCache
from designer.canvas.geometry import WIDTH
from designer.canvas.heat import Board
from designer.canvas.items import AT_ONCE, Items, Key, key_of
from designer.canvas.node_item import NodeItem
from designer.canvas.reading import field_read
from designer.canvas.wire_item import LABEL, WireItem
from designer.collector import spared
from designer.theme import signals
from engine.analysis import placed
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from designer.canvas.emblems import Sheet
    from designer.document import Document
    from engine.analysis import Analysis, Problem
    from engine.graph import Edge, Graph, Node
    from engine.project import Project

_ROOM = 2000.0


class CanvasScene(Items):
    """Items for every node and wire of the network on show, and what is selected."""

    emptied = Signal()
    """Every item is about to go; nobody may touch one afterwards."""
    selectionMoved = Signal()
    contentMoved = Signal()
    """Something was added, removed or looks different; pictures made of the whole are stale."""
    nodesMoved = Signal(list)
    """Only the places of these nodes have changed."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.selection: list[str] = []
        self.wire_selection: set[Key] = set()
        self.cache = FaceCache()
        self.board = Board()
        self.unfolded: set[tuple[str, str]] = set()
        """(network, node) of every repeat whose copies are shown one by one."""
        self.marks: dict[str, tuple[Problem, ...]] = {}
        """What the rules found, by node."""
        self._wrong: set[str] = set()
        """Nodes that do not take what arrives."""
        self.lit: frozenset[str] | None = None
        """The nodes that are pointed out, all others dimmed; None points out nobody."""
        self._network = document.network
        self._graph: Graph | None = None
        self._networks: Mapping[str, Graph] | None = None
        self._pointed = ""
        self._kin: set[str] = set()
        self._order: tuple[tuple[Edge, ...], layout.Places] = ((), {})
        """The order of the last network without places, and the wires it was made for."""
        self._new: set[str] = set()
        """Nodes whose items were made last; until they have a place they are not in the scene."""
        self.contentMoved.connect(self._forget_bounds)
        self.nodesMoved.connect(self._forget_bounds)
        document.projectChanged.connect(self._on_project)
        document.analysed.connect(self._on_analysed)
        signals.themeChanged.connect(self._on_theme)
        self.rebuild()

    # -- following the document

    def rebuild(self) -> None:
        """Show the document's network from nothing."""
        self._clear()
        self._follow(self.document.project)
        if self.document.analysis is not None:
            self._on_analysed(self.document.analysis)

    def _on_project(self, _before: Project, after: Project) -> None:
        if self.document.network != self._network:
            self._clear()
        self._follow(after)

    def _clear(self) -> None:
        self.emptied.emit()
        self._loose.clear()
        self.clear()
        self.nodes, self.wires, self.places = {}, {}, {}
        self.wire_selection.clear()
        self._graph = self._networks = None
        self._network = self.document.network
        self.lit = None
        self.select([])

    @spared()
    def _follow(self, project: Project) -> None:
        before, graph = self._graph, project.networks[self._network]
        changed = before is not graph
        self._new.clear()
        if changed or self._networks is not project.networks:
            self._graph = graph
            changed |= self._follow_nodes(graph, project)
            self._networks = project.networks
        moved = self._follow_places(project)
        if changed:
            self._follow_wires(graph)
        if changed or moved:
            self.contentMoved.emit()
        if changed and before is not None:
            self._drop_gone(graph)

    def _follow_nodes(self, graph: Graph, project: Project) -> bool:
        """Make, change and drop items; return whether any changed."""
        for node_id in [i for i in self.nodes if i not in graph.nodes]:
            self.removeItem(self.nodes.pop(node_id))
        fresh = [i for i in graph.nodes if i not in self.nodes]
        changed = bool(fresh)
        for node_id, item in self.nodes.items():
            node = graph.nodes[node_id]
            if (item.node is not node and item.node != node) or self._placed_anew(node, project):
                changed |= self._change_node(item, node, graph, project)
            else:
                item.node = node
        self._add_nodes(fresh, graph, project)
        return changed

    def _placed_anew(self, node: Node, project: Project) -> bool:
        """Return whether the network that a node places has changed since it was last shown."""
        key, known = placed(node), self._networks or {}
        return bool(key) and known.get(key) is not project.networks.get(key)

    def _add_nodes(self, fresh: list[str], graph: Graph, project: Project) -> None:
        """Make items; thousands at once when a network is opened."""
        nodes, cache, board, edges = self.nodes, self.cache, self.board, graph.edges
        made, networks = graph.nodes, project.networks
        for node_id in fresh:
            node = made[node_id]
            item = NodeItem(node, geometry.ports(node, networks, edges), _title(node, project))
            item.cache, item.board = cache, board
            nodes[node_id] = item
            self.places.pop(node_id, None)
        self._new.update(fresh)
        for network, node_id in self.unfolded:
            if network == self._network and node_id in self._new:
                nodes[node_id].set_unfolded(True)
        if self.lit is not None:
            for node_id in fresh:
                nodes[node_id].set_state(dimmed=node_id not in self.lit)

    def _change_node(self, item: NodeItem, node: Node, graph: Graph, project: Project) -> bool:
        """Show another state of a node; what a place shows depends on the network it places."""
        ports, title = geometry.ports(node, project.networks, graph.edges), _title(node, project)
        if item.node == node and (item.ports, item.title) == (ports, title):
            item.node = node
            return False
        item.set_node(node, ports, title)
        for wire in item.wires:
            wire.adjust()
        return True

    def _follow_places(self, project: Project) -> list[str]:
        """Move what moved and add what is new; return the nodes whose place changed."""
        places = self._find_places(project)
        moved = [i for i, place in places.items() if self.places.get(i) != place]
        self.places = places
        self._grow(moved)
        for node_id in moved:
            item = self.nodes[node_id]
            item.setPos(*places[node_id])
            if node_id in self._new:
                self.addItem(item)
            for wire in item.wires:
                wire.adjust()
        return moved

    def _find_places(self, project: Project) -> layout.Places:
        """Return where nodes stand; where nobody has placed one yet, the last order holds."""
        graph = project.networks[self._network]
        known = project.layout.positions.get(self._network, {})
        if known:
            return layout.places(graph, known, project.networks)
        edges, order = self._order
        if edges is not graph.edges or order.keys() != graph.nodes.keys():
            order = layout.places(graph, known, project.networks)
            self._order = (graph.edges, order)
        return dict(order)

    def _grow(self, moved: Iterable[str]) -> None:
        """Keep the scene's rectangle, which the index divides, tight but never too small."""
        points = [self.places[i] for i in moved if i in self.places]
        if not points:
            return
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        rect = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs) + WIDTH, max(ys) + WIDTH))
        now = self.sceneRect()
        if not now.contains(rect):
            rect = rect.adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM)
            everything = len(points) == len(self.places)
            self.setSceneRect(rect if everything else now.united(rect))

    def _follow_wires(self, graph: Graph) -> None:
        wanted = {key_of(e): e for e in graph.edges}
        touched: set[str] = set()
        for key in [k for k in self.wires if k not in wanted]:
            wire = self.wires.pop(key)
            if self._loose.pop(key, None) is None:
                self.update(LABEL.translated(wire.middle))
                self.removeItem(wire)
            for end in (wire.source, wire.target):
                end.wires.remove(wire)
                touched.add(end.node.id)
            self.wire_selection.discard(key)
        touched |= self._add_wires(wanted)
        if len(self._loose) > AT_ONCE:
            self._idle.start()
        else:
            self.settle()
        # What was made together with its wires knows its ports.
        self._rewired(graph, touched - self._new)

    def _add_wires(self, wanted: Mapping[Key, Edge]) -> set[str]:
        """Make items of the wires that have none yet; return the nodes at their ends."""
        nodes, wires, loose = self.nodes, self.wires, self._loose
        touched: set[str] = set()
        for key, edge in wanted.items():
            known = wires.get(key)
            if known is not None:
                known.edge = edge
                continue
            source, target = nodes.get(edge.source), nodes.get(edge.target)
            if source is not None and target is not None:
                wire = wires[key] = loose[key] = WireItem(edge, source, target)
                source.wires.append(wire)
                target.wires.append(wire)
                touched.update((edge.source, edge.target))
        if touched:
            self.board.shown = None
        return touched

    def _rewired(self, graph: Graph, node_ids: set[str]) -> None:
        """Let nodes see which ports are in use; an unknown layer gets those that it needs."""
        for node_id in node_ids:
            item = self.nodes.get(node_id)
            if item is None:
                continue
            if not registry.node(item.node.spec):
                item.set_ports(geometry.ports(item.node, {}, graph.edges))
                for wire in item.wires:
                    wire.adjust()
            item.refresh()

    def _drop_gone(self, graph: Graph) -> None:
        kept = [i for i in self.selection if i in graph.nodes]
        if kept != self.selection:
            self.select(kept)
        else:
            self._show_selection()

    def _on_analysed(self, analysis: Analysis) -> None:
        problems: dict[str, list[Problem]] = {}
        for problem in analysis.problems:
            problems.setdefault(problem.here, []).append(problem)
        document = self.document
        for node_id, item in self.nodes.items():
            found = (*problems.get(node_id, ()), *self.marks.get(node_id, ()))
            item.set_findings(analysis.nodes.get(node_id), found, field_read(document, item.node))
        self._wrong = {
            node_id
            for node_id, found in problems.items()
            if any(p.kind == "shape" and not p.path for p in found)
        }
        for key, wire in self.wires.items():
            if key not in self._loose:
                self._tell(wire)
        self.contentMoved.emit()

    def _tell(self, wire: WireItem) -> None:
        """Write the shape of the tensor that flows through a wire on it."""
        info = self.nodes[wire.edge.source].info
        tensor = info.outputs.get(wire.edge.source_port) if info else None
        label = words.shape(tensor, batch=False) if tensor else ""
        wire.set_label(label, wrong=tensor is not None and wire.edge.target in self._wrong)

    def mark(self, marks: Mapping[str, tuple[Problem, ...]]) -> None:
        """Put badges on nodes beside those of their problems, in place of the last such ones."""
        before, self.marks = self.marks, dict(marks)
        for node_id in before.keys() | marks.keys():
            item = self.nodes.get(node_id)
            if item is not None:
                left = [p for p in item.problems if p not in before.get(node_id, ())]
                item.set_findings(item.info, (*left, *marks.get(node_id, ())), item.field)

    def _on_theme(self, _theme: object) -> None:
        self.cache.clear()
        for wire in self.wires.values():
            wire.dress()
        for item in self.nodes.values():
            item.update()
        self.contentMoved.emit()

    def detach(self) -> None:
        """Stop listening; the scene is about to go."""
        self.document.projectChanged.disconnect(self._on_project)
        self.document.analysed.disconnect(self._on_analysed)
        signals.themeChanged.disconnect(self._on_theme)

    # -- selection

    def select(self, node_ids: Iterable[str], wires: Iterable[Key] = ()) -> None:
        """Select exactly these nodes and wires."""
        chosen = [i for i in dict.fromkeys(node_ids) if i in self.nodes]
        keys = {k for k in wires if k in self.wires}
        if chosen == self.selection and keys == self.wire_selection:
            return
        before = self.selection
        self.selection, self.wire_selection = chosen, keys
        self._show_selection(before)
        self.selectionMoved.emit()

    def _show_selection(self, before: Iterable[str] = ()) -> None:
        chosen = set(self.selection)
        for node_id in {*before, *chosen}:
            item = self.nodes.get(node_id)
            if item is not None:
                item.set_state(selected=node_id in chosen)
        self._show_kin()
        for key, wire in self.wires.items():
            near = key[0] in chosen or key[2] in chosen
            if near != wire.near or (key in self.wire_selection) != wire.selected:
                wire.set_state(near=near, selected=key in self.wire_selection)

    def point_at(self, node_id: str) -> None:
        """Note the node under the pointer; places that share its weights are marked."""
        if node_id != self._pointed:
            self._pointed = node_id
            self._show_kin()

    def _show_kin(self) -> None:
        """Mark the places that share weights with one that is selected or pointed at."""
        shared = {i: item.shared for i, item in self.nodes.items() if item.shared}
        if not shared and not self._kin:
            return
        wanted = {shared[i] for i in (*self.selection, self._pointed) if i in shared}
        kin = {i for i, key in shared.items() if key in wanted} if len(shared) > 1 else set[str]()
        for node_id in self._kin ^ kin:
            item = self.nodes.get(node_id)
            if item is not None:
                item.set_state(kin=node_id in kin)
        self._kin = kin

    def set_lit(self, node_ids: Iterable[str] | None) -> None:
        """Point out some nodes by dimming all others; None dims nobody."""
        self.lit = frozenset(node_ids) if node_ids is not None else None
        for node_id, item in self.nodes.items():
            item.set_state(dimmed=self.lit is not None and node_id not in self.lit)
        self.contentMoved.emit()

    def fold(self, node_id: str) -> None:
        """Show the copies of a repeat one by one, or no longer."""
        item, key = self.nodes[node_id], (self._network, node_id)
        self.unfolded ^= {key}
        item.set_unfolded(key in self.unfolded)
        # What is open lies over its neighbours.
        item.setZValue(item.Z + 0.5 * item.unfolded)
        self.contentMoved.emit()

    # -- what changes often

    def put(self, where: Mapping[str, tuple[float, float]]) -> None:
        """Show nodes in other places, as a drag goes on; the document is not told."""
        for node_id, place in where.items():
            item = self.nodes.get(node_id)
            if item is not None:
                self.places[node_id] = place
                item.setPos(*place)
        self._grow(where)
        for wire in {w for i in where if i in self.nodes for w in self.nodes[i].wires}:
            wire.adjust()
        self.nodesMoved.emit(list(where))

    def set_kernels(self, kernels: Mapping[str, Sheet]) -> None:
        """Show what convolutions have learned; what is not named shows nothing."""
        for node_id, item in self.nodes.items():
            item.set_kernels(kernels.get(node_id))


def _title(node: Node, project: Project) -> str:
    """Return what the network that a node places is called; nothing for any other node."""
    key = placed(node)
    return project.title_of(key) if key in project.networks else ""
