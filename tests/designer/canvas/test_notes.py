"""Comments and groups on the canvas: made, written on, moved with what lies on them, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from engine import files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

    from engine.project import Note

CONTROL = Qt.KeyboardModifier.ControlModifier


def notes(bench: Bench) -> dict[str, Note]:
    return bench.document.project.layout.notes.get("main", {})


def head(bench: Bench, note_id: str) -> QPoint:
    """Return a place on a note's title."""
    note = notes(bench)[note_id]
    return bench.place(note.x + 40, note.y + 12)


def title_field(bench: Bench) -> QLineEdit:
    """Return the field in which a title is written just now."""
    return next(f for f in bench.view.findChildren(QLineEdit, "name.field") if f.isVisible())


def grouped(bench: Bench, title: str = "Stem") -> list[str]:
    ids = bench.chain("dense", "relu", "dense")
    bench.view.select(ids[:2])
    bench.view.group_selection()
    field = title_field(bench)
    QTest.keyClicks(field, title)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return ids


def test_a_group_stands_around_the_selection(bench: Bench) -> None:
    a, b, c = grouped(bench)
    (note,) = notes(bench).values()
    places = bench.view.canvas.places
    assert note.group
    assert note.text == "Stem"
    for node in (a, b):
        assert note.x < places[node][0]
        assert places[node][0] + 224 < note.x + note.width
        assert note.y + 32 <= places[node][1]
    assert places[c][0] > note.x + note.width
    assert bench.undo_texts() == ["Group"]


def test_a_group_takes_along_what_lies_on_it(bench: Bench) -> None:
    a, b, c = grouped(bench)
    before = dict(bench.view.canvas.places)
    (note_id,) = notes(bench)
    x = notes(bench)[note_id].x
    bench.drag(head(bench, note_id), head(bench, note_id) + QPoint(0, 80))
    after = bench.view.canvas.places
    assert [after[i][1] - before[i][1] for i in (a, b, c)] == [80, 80, 0]
    assert notes(bench)[note_id].x == x
    bench.document.undo_stack.undo()
    assert bench.view.canvas.places == before
    assert bench.view.notes[note_id].pos().y() == notes(bench)[note_id].y


def test_escape_puts_a_group_back(bench: Bench) -> None:
    grouped(bench)
    before = dict(bench.view.canvas.places)
    (note_id,) = notes(bench)
    bench.press(head(bench, note_id))
    bench.move(head(bench, note_id) + QPoint(70, 70))
    assert bench.view.canvas.places != before
    bench.key(Qt.Key.Key_Escape)
    assert bench.view.canvas.places == before
    assert len(bench.undo_texts()) == 1


def test_inside_a_group_a_frame_still_selects(bench: Bench) -> None:
    a, _, _ = grouped(bench)
    bench.click(bench.place(-600, -300))
    note = next(iter(notes(bench).values()))
    bench.drag(bench.place(note.x + 4, note.y + 40), bench.place(60, 60))
    assert bench.view.selected() == [a]


def test_a_comment_is_written_where_it_stands(bench: Bench) -> None:
    bench.loose("dense")
    bench.view.add_comment(bench.view.at(QPoint(700, 500)))
    field = bench.view.findChild(QPlainTextEdit, "text.field")
    QTest.keyClicks(field, "why tanh?")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "try relu")
    QTest.keyClick(field, Qt.Key.Key_Return, CONTROL)
    (note,) = notes(bench).values()
    assert note.text == "why tanh?\ntry relu"
    assert not note.group


def test_a_double_click_writes_anew(bench: Bench) -> None:
    grouped(bench, "Old")
    (note_id,) = notes(bench)
    QTest.mouseDClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=head(bench, note_id))
    field = title_field(bench)
    field.clear()
    QTest.keyClicks(field, "New")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert notes(bench)[note_id].text == "New"


def test_the_corner_changes_the_size(bench: Bench) -> None:
    grouped(bench)
    (note_id,) = notes(bench)
    note = notes(bench)[note_id]
    bench.click(head(bench, note_id))
    corner = bench.place(note.x + note.width - 5, note.y + note.height - 5)
    bench.drag(corner, corner + QPoint(40, 24))
    assert notes(bench)[note_id].width > note.width + 30
    bench.document.undo_stack.undo()
    assert bench.view.notes[note_id].size == (note.width, note.height)


def test_deleting_a_group_leaves_its_nodes(bench: Bench) -> None:
    grouped(bench)
    (note_id,) = notes(bench)
    bench.click(head(bench, note_id))
    bench.key(Qt.Key.Key_Delete)
    assert not notes(bench)
    assert not bench.view.notes
    assert len(bench.graph.nodes) == 3
    bench.document.undo_stack.undo()
    assert set(bench.view.notes) == {note_id}


def test_the_colour_goes_round(bench: Bench) -> None:
    grouped(bench)
    (note_id,) = notes(bench)
    bench.click(head(bench, note_id))
    seen = {notes(bench)[note_id].color}
    for _ in range(5):
        bench.view.next_color()
        seen.add(notes(bench)[note_id].color)
    assert len(seen) == 6


def test_selecting_nodes_lets_go_of_notes(bench: Bench) -> None:
    a, _, _ = grouped(bench)
    (note_id,) = notes(bench)
    bench.click(head(bench, note_id))
    assert bench.view.chosen_notes == {note_id}
    bench.click(bench.body(a))
    assert not bench.view.chosen_notes
    bench.key(Qt.Key.Key_Delete)
    assert set(notes(bench)) == {note_id}


def test_notes_are_saved(bench: Bench, tmp_path: Path) -> None:
    grouped(bench)
    path = tmp_path / "a.loom"
    files.save(bench.document.project, path)
    assert files.load(path).layout.notes == bench.document.project.layout.notes


def test_notes_go_with_their_network_and_come_back(nest: Bench) -> None:
    view, document = nest.view, nest.document
    first = document.network
    node = next(i for i, n in nest.graph.nodes.items() if n.spec == "network")
    view.select([node])
    view.group_selection()
    QTest.keyClick(title_field(nest), Qt.Key.Key_Escape)
    assert len(view.notes) == 1
    view.select([node])
    assert view.open_place()
    assert not view.notes
    assert document.network != first
    view.leave()
    assert len(view.notes) == 1
    document.undo_stack.undo()
    assert not view.notes
