"""Gestures that something breaks into: undo, a deletion, another project, the loss of the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from designer.canvas import bends, notes
from engine.graph import Graph
from engine.project import Choice, DataRecipe, Note, Project

if TYPE_CHECKING:
    from conftest import Bench

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


def with_note(bench: Bench, **values: object) -> str:
    """Put a note on the canvas of what is shown."""
    note = Note(x=-60, y=-100, width=300, height=240, **values)
    project, note_id = notes.add(bench.document.project, "main", note)
    bench.document.push("Note", project)
    return note_id


def places_agree(bench: Bench) -> bool:
    """Return whether every node is seen where the document has it."""
    known = bench.document.project.layout.positions["main"]
    items = bench.view.canvas.nodes
    return all((items[i].pos().x(), items[i].pos().y()) == p for i, p in known.items())


def test_undo_during_a_drag_leaves_nodes_where_the_document_has_them(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    bench.drag(bench.body(a), bench.body(a) + QPoint(0, 160))
    bench.press(bench.body(a))
    bench.move(bench.body(a) + QPoint(80, 80))
    bench.document.undo_stack.undo()
    assert places_agree(bench)


@pytest.mark.parametrize("at", [(0.0, -80.0), (236.0, 136.0)])
def test_a_note_that_is_deleted_while_it_is_dragged(bench: Bench, at: tuple[float, float]) -> None:
    bench.chain("dense", "relu")
    note_id = with_note(bench, group=True)
    start = bench.place(*at)
    bench.press(start)
    bench.move(start + QPoint(24, 24))
    bench.key(Qt.Key.Key_Delete)
    bench.release(start)
    assert note_id not in bench.view.notes
    assert places_agree(bench)


def test_undo_during_the_drag_of_a_group(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    with_note(bench, group=True)
    bench.drag(bench.place(0, -80), bench.place(160, -80))
    start = bench.place(160, -80)
    bench.press(start)
    bench.move(start + QPoint(0, 160))
    bench.document.undo_stack.undo()
    assert places_agree(bench)
    (item,) = bench.view.notes.values()
    assert (item.pos().x(), item.pos().y()) == (item.note.x, item.note.y) == (-60, -100)
    assert bench.view.canvas.places[a] == (0, 0)


def test_undo_during_the_drag_of_a_dot(bench: Bench) -> None:
    bench.chain("dense", "relu")
    (edge,) = bench.graph.edges
    for y in (200.0, 300.0):
        project = bends.put(bench.document.project, "main", edge, [(272.0, y)])
        bench.document.push("Dot", project)
    bench.press(bench.place(272, 300))
    bench.move(bench.place(272, 380))
    bench.document.undo_stack.undo()
    (wire,) = bench.view.canvas.wires.values()
    assert wire.bends == (QPointF(272, 200),)


def test_a_click_on_a_dot_that_shakes_moves_nothing(bench: Bench) -> None:
    bench.chain("dense", "relu")
    (edge,) = bench.graph.edges
    bench.document.push("Dot", bends.put(bench.document.project, "main", edge, [(272.0, 200.0)]))
    at = bench.place(272, 200) + QPoint(5, 2)
    bench.drag(at, at + QPoint(1, 1))
    assert bench.undo_texts() == ["Dot"]


def test_a_click_on_the_grip_of_a_note_that_shakes_resizes_nothing(bench: Bench) -> None:
    bench.chain("dense", "relu")
    note_id = with_note(bench)
    bench.document.push("Size", notes.change(bench.document.project, "main", note_id, width=301.0))
    at = bench.place(236, 136)
    bench.drag(at, at + QPoint(1, 1))
    assert bench.undo_texts() == ["Note", "Size"]


def test_a_drag_that_ends_where_it_began_is_no_step(bench: Bench) -> None:
    graph, a = Graph().add("dense")
    bench.show(graph)
    bench.press(bench.body(a))
    bench.move(bench.body(a) + QPoint(80, 80))
    bench.move(bench.place(100, 16))
    bench.release(bench.place(100, 16))
    assert not bench.undo_texts()


def test_escape_gives_notes_back_to_the_selection(bench: Bench) -> None:
    bench.chain("dense", "relu")
    note_id = with_note(bench)
    bench.view.choose_notes({note_id})
    bench.press(bench.place(-150, 200))
    bench.move(bench.place(60, 40))
    assert bench.view.selected()
    bench.key(Qt.Key.Key_Escape)
    assert bench.view.chosen_notes == {note_id}
    assert not bench.view.selected()


def test_wires_stay_selected_when_nodes_are_added(bench: Bench) -> None:
    a, b, _ = bench.chain("dense", "relu", "dense")
    wires = set(bench.view.canvas.wires)
    bench.view.canvas.select([a], wires)
    bench.click(bench.body(b), modifiers=CONTROL)
    assert bench.view.canvas.wire_selection == wires
    bench.drag(bench.place(-100, -100), bench.place(20, 20), modifiers=SHIFT)
    assert bench.view.canvas.wire_selection == wires


def test_space_is_let_go_with_the_focus(bench: Bench) -> None:
    bench.chain("dense", "relu")
    QTest.keyPress(bench.view, Qt.Key.Key_Space)
    assert bench.view.space
    reason = Qt.FocusReason.ActiveWindowFocusReason
    QApplication.sendEvent(bench.view, QFocusEvent(QEvent.Type.FocusOut, reason))
    assert not bench.view.space


def test_a_second_quick_middle_drag_pans_too(bench: Bench) -> None:
    bench.chain("dense", "relu")
    before = bench.view.seen()
    at = QPoint(300, 300)
    bench.press(at, MIDDLE)
    bench.release(at, MIDDLE)
    double(bench, at, MIDDLE)
    bench.move(at + QPoint(50, 0))
    bench.release(at + QPoint(50, 0), MIDDLE)
    assert bench.view.seen().left() == before.left() - 50


def double(bench: Bench, at: QPoint, button: Qt.MouseButton) -> None:
    """Press a second time, quickly, and hold."""
    kind = QEvent.Type.MouseButtonDblClick
    none = Qt.KeyboardModifier.NoModifier
    place, screen = QPointF(at), QPointF(bench.view.viewport().mapToGlobal(at))
    event = QMouseEvent(kind, place, screen, button, button, none)
    QApplication.sendEvent(bench.view.viewport(), event)


def test_a_second_quick_press_on_a_port_draws_a_wire(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    at = bench.port(a, ">out")
    bench.click(at)
    double(bench, at, LEFT)
    bench.move(bench.port(b, "<in"))
    bench.release(bench.port(b, "<in"))
    assert bench.wires() == {(a, b)}


def menu(bench: Bench, at: QPoint, reason: QContextMenuEvent.Reason) -> None:
    port = bench.view.viewport()
    QApplication.sendEvent(port, QContextMenuEvent(reason, at, port.mapToGlobal(at)))


def test_the_menu_is_for_the_wire_under_the_pointer(bench: Bench) -> None:
    a, _, _ = bench.chain("dense", "relu", "dense")
    bench.view.select([a])
    (wire, _) = bench.view.canvas.wires.values()
    menu(bench, bench.view.mapFromScene(wire.middle), QContextMenuEvent.Reason.Mouse)
    assert not bench.view.selected()
    assert bench.view.canvas.wire_selection


def test_the_menu_is_for_the_note_under_the_pointer(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    note_id = with_note(bench)
    bench.view.select([a])
    menu(bench, bench.place(-40, 130), QContextMenuEvent.Reason.Mouse)
    assert bench.view.chosen_notes == {note_id}


def test_the_menu_key_keeps_the_selection(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.view.select([a])
    menu(bench, bench.body(b), QContextMenuEvent.Reason.Keyboard)
    assert bench.view.selected() == [a]


def test_a_second_button_that_ends_a_drag_asks_for_no_menu(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    asked: list[QPoint] = []
    bench.view.menuWanted.connect(asked.append)
    at = bench.body(a) + QPoint(60, 60)
    bench.press(bench.body(a))
    bench.move(at)
    for count in (0, 1):
        bench.press(at, Qt.MouseButton.RightButton)
        menu(bench, at, QContextMenuEvent.Reason.Mouse)
        assert len(asked) == count
        assert places_agree(bench)


def test_another_project_begins_without_a_selection(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.view.select([a, b])
    told: list[tuple[str, ...]] = []
    bench.view.pick([a], told.append)
    bench.document.new(Project(networks={"main": bench.graph}).with_graph(bench.graph))
    assert not bench.view.selected()
    assert bench.view.picking is None


def comment(bench: Bench, words: str, key: Qt.Key) -> None:
    """Add a comment, type, and end with a key."""
    bench.view.add_comment(bench.view.at(QPoint(600, 500)))
    field = bench.view.findChild(QPlainTextEdit, "text.field")
    QTest.keyClicks(field, words)
    QTest.keyClick(field, key, CONTROL)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_comment_with_its_words_is_one_step(bench: Bench) -> None:
    bench.chain("dense")
    comment(bench, "why?", Qt.Key.Key_Return)
    comment(bench, "because", Qt.Key.Key_Return)
    assert bench.undo_texts() == ["Add a comment", "Add a comment"]
    bench.document.undo_stack.undo()
    (item,) = bench.view.notes.values()
    assert item.note.text == "why?"


def test_escape_leaves_no_empty_comment_behind(bench: Bench) -> None:
    bench.chain("dense")
    comment(bench, "", Qt.Key.Key_Escape)
    assert not bench.view.notes
    assert not bench.undo_texts()


def test_a_node_that_was_carried_out_needs_no_release(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = bench.chain("dense", "relu")
    gone: list[list[str]] = []
    monkeypatch.setattr(bench.view, "carry", gone.append)
    alt = Qt.KeyboardModifier.AltModifier
    bench.press(bench.body(a), modifiers=alt | CONTROL)
    bench.move(bench.body(a) + QPoint(30, 30))
    assert gone == [[a]]
    # The desktop has taken the release; the next click counts.
    bench.click(bench.body(b))
    assert bench.view.selected() == [b]


def test_another_project_is_analysed_before_its_problems_are_told(bench: Bench) -> None:
    bench.chain("dense", "relu")
    assert bench.document.problems
    bench.document.new(Project(networks={"main": Graph().add("conv2d")[0]}))
    assert bench.document.analysis is None
    assert not bench.document.problems
    # The data is the same, so what is known of it holds; of other data nothing is known yet.
    assert bench.document.info is not None
    other = DataRecipe(source=Choice(id="iris"))
    bench.document.new(Project(networks={"main": bench.graph}, data=other))
    assert bench.document.info is None


def test_words_begun_in_one_project_are_not_written_in_another(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    bench.view.select([a])
    bench.view.rename_chosen()
    name = bench.view.findChild(QLineEdit, "name.field")
    QTest.keyClicks(name, "stem")
    bench.view.add_comment()
    field = bench.view.findChild(QPlainTextEdit, "text.field")
    other, _ = notes.add(Project(networks={"main": bench.graph}), "main", Note(x=0, y=0, text="Hi"))
    bench.document.new(other)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert bench.document.project == other
