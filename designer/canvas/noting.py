"""The canvas's comments and groups: shown, selected, made, written on, coloured and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QPointF, QRect, QRectF, QSize

from designer.canvas import layout, notes
from designer.canvas.arranging import Arranging
from designer.canvas.note_item import NoteItem
from designer.canvas.notes import HEAD
from designer.namefield import NameField, TextField
from engine.project import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.document import Document
    from engine.project import Project


class Noting(Arranging):
    """A canvas with comments and groups behind its nodes."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.notes: dict[str, NoteItem] = {}
        self.chosen_notes: set[str] = set()
        self._shown: tuple[str, Mapping[str, Note]] = ("", {})
        scene.emptied.connect(self._forget_notes)
        document.projectChanged.connect(self._follow_notes)
        scene.selectionMoved.connect(self._on_nodes_selected)
        self._follow_notes()

    def _forget_notes(self) -> None:
        """Let go of items that are about to be deleted."""
        self.notes.clear()
        self.chosen_notes.clear()
        self._shown = ("", {})

    def stand(self) -> None:
        """Show nodes and notes where the document has them, whatever a broken drag has left."""
        document = self.document
        known = document.project.layout.positions.get(document.network, {})
        self.canvas.put(layout.places(self.graph, known, document.project.networks))
        self._shown = (document.network, {})
        self._follow_notes()

    def _follow_notes(self, *_: object) -> None:
        network = self.document.network
        known = notes.of(self.document.project, network)
        if self._shown == (network, known):
            return
        if self._shown[0] != network:
            self.choose_notes(set())
        self._shown = (network, known)
        self._follow_items(known)
        self.chosen_notes &= known.keys()
        ground = QRectF()
        for item in self.notes.values():
            ground = ground.united(item.sceneBoundingRect())
        if ground != self.canvas.ground:
            self.canvas.lay_ground(ground)
            self.canvas.nodesMoved.emit([])
        self.viewport().update()

    def _follow_items(self, known: Mapping[str, Note]) -> None:
        for note_id in [i for i in self.notes if i not in known]:
            self.canvas.removeItem(self.notes.pop(note_id))
        for note_id, note in known.items():
            item = self.notes.get(note_id)
            if item is None or item.note.group != note.group:
                if item is not None:
                    self.canvas.removeItem(item)
                self.notes[note_id] = item = NoteItem(note)
                self.canvas.addItem(item)
                item.set_selected(note_id in self.chosen_notes)
            elif item.note != note or not item.stands():
                item.set_note(note)

    # -- selection

    def _on_nodes_selected(self) -> None:
        if self.canvas.selection or self.canvas.wire_selection:
            self.choose_notes(set())

    def choose_notes(self, note_ids: set[str]) -> None:
        """Select exactly these notes."""
        if note_ids == self.chosen_notes:
            return
        self.chosen_notes = set(note_ids)
        for note_id, item in self.notes.items():
            item.set_selected(note_id in self.chosen_notes)
        self.selectionChanged.emit(self.selected())

    def note_at(self, at: QPointF) -> str:
        """Return the note that is taken at a place of the scene, the smallest of several."""
        found = [i for i, item in self.notes.items() if item.takes(at)]
        size = {i: self.notes[i].size[0] * self.notes[i].size[1] for i in found}
        return min(found, key=lambda i: size[i], default="")

    def riders(self, note_id: str) -> tuple[list[str], list[str]]:
        """Return the nodes and the notes that move with a group."""
        note = self.notes[note_id].note
        if not note.group:
            return [], []
        heights = {i: item.outline.height for i, item in self.canvas.nodes.items()}
        known = notes.of(self.document.project, self.document.network)
        return notes.on(note, self.canvas.places, heights), notes.within(note_id, known)

    # -- making and changing

    def add_comment(self, at: QPointF | None = None) -> None:
        """Add a comment at a place, or in the middle of what is seen, and let it be written."""
        middle = at or self.seen().center()
        x, y = middle.x() - 120, middle.y() - 48
        self._add("Add a comment", Note(x=round(x / 8) * 8.0, y=round(y / 8) * 8.0, color=3))

    def group_selection(self) -> None:
        """Put a coloured group around the selected nodes, or notes, and let its title be written.

        Groups all of whose nodes are selected lie inside it.
        """
        chosen = self.selected()
        held = self.chosen_notes | {i for i in self.notes if self._holds_only(i, set(chosen))}
        if not chosen and not held:
            return
        rect = self.canvas.bounds(chosen).adjusted(10, 10, -10, -10) if chosen else QRectF()
        for note_id in held:
            rect = rect.united(self.notes[note_id].room.translated(self.notes[note_id].pos()))
        color = 1 + sum(item.note.group for item in self.notes.values()) % (notes.COLORS - 1)
        self._add("Group", notes.around(rect, "", color))

    def _holds_only(self, note_id: str, chosen: set[str]) -> bool:
        nodes = self.riders(note_id)[0]
        return bool(nodes) and chosen.issuperset(nodes)

    def _add(self, text: str, note: Note) -> None:
        project, note_id = notes.add(self.document.project, self.document.network, note)
        # Making it and writing on it is one step.
        step = uuid4().hex
        self.document.push(text, project, step)
        self.canvas.select([])
        self.choose_notes({note_id})
        self.edit_note(note_id, step)

    def edit_note(self, note_id: str, step: str = "") -> None:
        """Let the user write over a note's words.

        `step` is the step of undo that made it: a comment on which nothing is written goes again.
        """
        item = self.notes[note_id]
        if not self.seen().intersects(item.sceneBoundingRect()):
            self.centerOn(item.sceneBoundingRect().center())
        zoom = max(self.zoom, 0.5)
        corner = self.mapFromScene(item.pos())
        width, height = item.size

        def done(words: str) -> None:
            self._change("Write on the canvas", note_id, step, text=words)

        def given_up() -> None:
            network = self.document.network
            if step and note_id in notes.of(self.document.project, network):
                bare = notes.remove(self.document.project, network, {note_id})
                self.document.push("Delete a note", bare, step)

        if item.note.group:
            room = QRect(corner, QSize(round(width * zoom), round(HEAD * zoom)))
            NameField(self, room, item.note.text, self.here(done))
        else:
            room = QRect(corner, QSize(round(width * zoom), max(round(height * zoom), 60)))
            TextField(self, room, item.note.text, self.here(done), self.here(given_up))

    def next_color(self) -> None:
        """Give the selected notes their next colour."""
        project, network = self.document.project, self.document.network
        for note_id in sorted(self.chosen_notes):
            color = (self.notes[note_id].note.color + 1) % notes.COLORS
            project = notes.change(project, network, note_id, color=color)
        self.document.push("Change a colour", project)

    def _change(self, words: str, note_id: str, step: str = "", **changes: object) -> None:
        project, network = self.document.project, self.document.network
        if note_id in notes.of(project, network):
            project = notes.change(project, network, note_id, **changes)
            self.document.push(words, project, step)

    def resize_note(self, note_id: str, width: float, height: float) -> None:
        """Give a note another size."""
        self._change("Resize a note", note_id, width=width, height=height)

    def delete_selection(self) -> None:
        """Delete the selected notes; what lies on a group stays. Otherwise nodes and wires."""
        if not self.chosen_notes:
            super().delete_selection()
            return
        words = "Delete a note" if len(self.chosen_notes) == 1 else "Delete notes"
        project = self.document.project
        self.document.push(words, notes.remove(project, self.document.network, self.chosen_notes))

    def settle_notes(
        self, text: str, places: Mapping[str, tuple[float, float]], project: Project
    ) -> None:
        """Tell the document where notes are now, and whatever else `project` says."""
        self.document.push(text, notes.move(project, self.document.network, places))

    def paint_notes(self, painter: QPainter) -> None:
        """Draw the grounds of all groups, for the picture from afar."""
        for item in self.notes.values():
            item.paint_far(painter)
