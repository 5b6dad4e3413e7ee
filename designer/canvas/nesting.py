"""The canvas's commands on sub-networks: make, open, leave, dissolve, detach, unroll, share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal

from designer.canvas import bends, edits
from designer.canvas.noting import Noting
from designer.offers import BLOCK, SHARED
from engine import networks
from engine.analysis import placed
from engine.bypass import can_bypass
from engine.networks import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QPointF

    from designer.canvas.compat import End
    from engine.graph import Edge, Node
    from engine.networks import Edited
    from engine.project import Project


class Nesting(Noting):
    """A canvas whose networks can be placed in each other."""

    refused = Signal(str)
    """Why something that was asked for is not possible."""

    # -- what is possible

    def chosen_place(self) -> Node | None:
        """Return the placed network that is selected alone."""
        chosen = self.selected()
        node = self.graph.nodes.get(chosen[0]) if len(chosen) == 1 else None
        return node if node is not None and placed(node) in self.document.project.networks else None

    def chosen_repeat(self) -> Node | None:
        """Return the repeated network that is selected alone."""
        node = self.chosen_place()
        return node if node is not None and node.params.get("times", 1) != 1 else None

    # -- going in and out

    def activate(self) -> None:
        """Open the selected place, or edit the selected node."""
        if not self.open_place():
            super().activate()

    def open_place(self, copy: int = 0) -> bool:
        """Go into the selected place; return whether there is one."""
        node = self.chosen_place()
        return node is not None and self.document.enter(node.id, copy)

    def leave(self, levels: int = 1) -> None:
        """Go out to the network around, or further, with the place that was left selected."""
        place = self.document.leave(levels)
        if place:
            self.canvas.select([place])
        else:
            self.message.emit("This network stands in no other. Press Delete to remove layers.")

    # -- making and taking apart

    def make_subnetwork(self) -> None:
        """Put the selected nodes into a network of their own and place it instead."""
        chosen = self.selected()
        if not chosen:
            self.refused.emit("Select the layers that the sub-network should hold first.")
            return
        title = networks.fresh_title(self.document.project, "Block 1")
        network = self.document.network

        def extracted(project: Project) -> Edited:
            edited = networks.extract(project, network, chosen, title)
            inner = placed(edited.project.networks[network].nodes[edited.node])
            return replace(edited, project=bends.taken_along(edited.project, network, inner))

        self._edit(f"Make {title}", extracted)

    def dissolve(self) -> None:
        """Put what the selected place holds in its stead."""
        node = self.chosen_place()
        if node is not None:
            before = set(self.graph.nodes)
            key = self.document.network
            if self._edit(f"Ungroup {node.name}", lambda p: networks.dissolve(p, key, node.id)):
                self.canvas.select([i for i in self.graph.nodes if i not in before])

    def detach(self) -> None:
        """Give the selected place a network of its own, a copy of the one it places."""
        node = self.chosen_place()
        if node is not None:
            key = self.document.network
            self._edit(f"Detach {node.name}", lambda p: networks.detach(p, key, node.id))

    def unroll(self) -> None:
        """Put so many places in a row for the selected repeat."""
        node = self.chosen_repeat()
        if node is not None:
            before = set(self.graph.nodes)
            key = self.document.network
            if self._edit(f"Unroll {node.name}", lambda p: networks.unroll(p, key, node.id)):
                self.canvas.select([i for i in self.graph.nodes if i not in before])

    def set_shared(self, shared: bool) -> None:
        """Let the selected place share its network's weights, or have its own."""
        node = self.chosen_place()
        if node is not None:
            how: Literal["own", "shared"] = "shared" if shared else "own"
            key = self.document.network
            text = f"{'Share' if shared else 'Separate'} the weights of {node.name}"
            self._edit(text, lambda p: networks.set_weights(p, key, node.id, how))

    def set_frozen(self, frozen: bool) -> None:
        """Keep the weights of the selected nodes while training, or let them learn."""
        graph = self.graph
        for node_id in self.selected():
            graph = graph.change(node_id, frozen=frozen)
        self.push_graph("Freeze" if frozen else "Unfreeze", graph)

    def bypassable(self) -> list[str]:
        """Return the selected nodes that can be passed over."""
        nodes = self.graph.nodes
        return [i for i in self.selected() if i in nodes and can_bypass(self.graph, nodes[i])]

    def all_bypassed(self) -> bool:
        """Return whether all selected nodes that can be passed over are."""
        chosen = self.bypassable()
        return bool(chosen) and all(self.graph.nodes[i].bypassed for i in chosen)

    def set_bypassed(self, on: bool) -> None:
        """Let the selected nodes be passed over, or count again."""
        graph = self.graph
        for node_id in self.bypassable():
            graph = graph.change(node_id, bypassed=on)
        self.push_graph("Bypass" if on else "Count again", graph)

    def all_frozen(self) -> bool:
        """Return whether every selected node keeps its weights."""
        nodes = [self.graph.nodes[i] for i in self.selected()]
        return bool(nodes) and all(n.frozen for n in nodes)

    def is_unfolded(self) -> bool:
        """Return whether the copies of the selected repeat are shown one by one."""
        node = self.chosen_repeat()
        return node is not None and self.canvas.nodes[node.id].unfolded

    def toggle_fold(self) -> None:
        """Show the copies of the selected repeat one by one, or no longer."""
        node = self.chosen_repeat()
        if node is not None:
            self.canvas.fold(node.id)

    # -- adding

    def add_node(
        self,
        spec_id: str,
        scene_pos: QPointF | None = None,
        *,
        end: End | None = None,
        wire: Edge | None = None,
        shared: bool = False,
    ) -> str | None:
        """Add a layer, or by `network:key`, `shared:key`, `block:id` a network; return its id."""
        kind, colon, name = spec_id.partition(":")
        if not colon:
            return super().add_node(spec_id, scene_pos, end=end, wire=wire)
        project = self.document.project
        how: Literal["own", "shared"] = "shared" if shared or kind == SHARED else "own"

        def put(before: Project, x: float, y: float) -> Edited:
            key = self.document.network
            if kind == BLOCK:
                from engine import blocks

                return networks.adopt(before, key, blocks.load(name), x, y)
            return networks.place(before, key, name, x, y, how)

        title = name if kind == BLOCK else project.title_of(name)
        return self._add_placed(title, put, scene_pos, end, wire)

    def add_trained(self, source: Path) -> str | None:
        """Place the main network of another project file with the weights of its last run."""
        from engine import pretrained

        def put(before: Project, x: float, y: float) -> Edited:
            key = self.document.network
            return pretrained.place(before, key, source, self.document.path, x, y)

        return self._add_placed(source.stem, put, None, None)

    def _add_placed(
        self,
        title: str,
        put: Callable[[Project, float, float], Edited],
        scene_pos: QPointF | None,
        end: End | None,
        wire: Edge | None = None,
    ) -> str | None:
        chosen = self.selected()
        behind = chosen[0] if len(chosen) == 1 else ""
        wire = self.wire_meant(scene_pos, end, wire)
        spot = self.place_for(scene_pos, behind)
        scope = self.scope()
        try:
            made = put(scope.result(scope.graph), *spot)
        except (ValueError, OSError) as error:
            self.refused.emit(str(error))
            return None
        key = self.document.network
        ground = edits.Scope(made.project, key, {}, self.document.analysis).ground()
        graph = edits.join(ground, made.node, behind=behind, wire=wire, end=end)
        placed_there = replace(made, project=made.project.with_graph(graph, key))
        self.document.push_edited(f"Place {title}", placed_there)
        self.shown_after_adding(made.node, scene_pos)
        return made.node

    # -- names

    def rename_chosen(self) -> None:
        """Let the user write over the name of the selected node, or of the network it places."""
        chosen = self.selected()
        if len(chosen) != 1:
            return
        node = self.graph.nodes[chosen[0]]
        project = self.document.project
        if self.chosen_place() is not None:
            key = placed(node)
            self.edit_name(node.id, project.title_of(key), lambda text: self.rename(key, text))
        else:
            self.edit_name(node.id, node.name, lambda text: self._rename_node(node.id, text))

    def edit_name(self, node_id: str, text: str, done: Callable[[str], None]) -> None:
        """Let the user write over a name; a view that can show a field does."""

    def rename(self, key: str, title: str) -> None:
        """Call a network otherwise."""
        self._edit(f"Rename to {title}", lambda p: edits.renamed(p, key, title))

    def _rename_node(self, node_id: str, name: str) -> None:
        if node_id in self.graph.nodes:
            self.push_graph(f"Rename to {name}", self.graph.change(node_id, name=name))

    def _edit(self, text: str, make: Callable[[Project], Edited | Project]) -> bool:
        """Take over the result of an operation, or say why there is none."""
        scope = self.scope()
        try:
            made = make(scope.result(scope.graph))
        except NetworkError as error:
            self.refused.emit(str(error))
            return False
        if isinstance(made, networks.Edited):
            self.document.push_edited(text, made)
            if made.node:
                self.canvas.select([made.node])
        else:
            self.document.push(text, made)
        return True
