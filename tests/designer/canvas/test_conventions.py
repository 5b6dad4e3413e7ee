"""Every convention of the canvas has a test with real events; Escape ends every gesture.

The table says which test holds which convention; one without a test, or one that is gone, fails.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from designer.actions import ACTIONS
from designer.canvas.conventions import CONVENTIONS
from designer.canvas.dropping import MIME
from designer.canvas.view import CanvasView
from designer.document import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench
    from pytestqt.qtbot import QtBot

    from engine.project import Project

HERE = Path(__file__).parent
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier

TABLE = {
    "pan": "test_looking test_the_middle_button_pans test_space_and_drag_pan",
    "zoom": "test_looking test_the_wheel_zooms_at_the_pointer",
    "frame_all": "test_looking test_home_frames_all_and_f_the_selection",
    "frame_selection": "test_looking test_home_frames_all_and_f_the_selection",
    "select": "test_selecting test_a_click_selects_one test_a_frame_selects_what_it_touches",
    "select_more": "test_selecting test_shift_adds_and_ctrl_toggles",
    "toggle": "test_selecting test_shift_adds_and_ctrl_toggles",
    "add_by_drag": "test_adding test_drop_from_the_palette",
    "search": "test_adding test_tab_opens_the_search test_a_double_click_opens_the_search_there",
    "filter": "test_adding test_tab_opens_the_search",
    "wire": "test_wiring test_from_an_output_to_an_input test_backwards_from_an_input",
    "wire_to_space": "test_wiring test_let_go_on_empty_ground_opens_a_filtered_search",
    "wire_verdict": "test_trying test_what_a_wire_would_give_stands_beside_the_pointer",
    "wire_fix": "test_trying test_a_wire_that_does_not_fit_names_its_fix_and_takes_it",
    "insert": "test_adding test_drop_on_a_wire_inserts test_a_moved_node_is_inserted_too",
    "pull": "test_gestures test_alt_pulls_a_node_out_and_the_wire_heals",
    "heal": "test_selecting test_delete_heals",
    "auto_connect": "test_adding test_adding_wires_it_behind_the_selection",
    "duplicate": "test_clipboard test_duplicate_keeps_the_wires_within",
    "copy": "test_clipboard test_copy_and_paste test_the_text_is_json_a_person_can_read",
    "paste": "test_conventions test_what_is_copied_here_is_pasted_in_another_window",
    "cut_wires": "test_gestures test_a_line_with_ctrl_and_the_right_button_cuts_wires",
    "delete_wire": "test_wiring test_a_wire_is_hit_along_its_line_only",
    "bypass": "test_keys_window test_the_keys_of_the_canvas_do_what_they_say",
    "freeze": "test_keys_window test_the_keys_of_the_canvas_do_what_they_say",
    "group": "test_keys_window test_the_keys_of_the_canvas_do_what_they_say",
    "subnetwork": "test_keys_window test_a_sub_network_by_keys",
    "open": "test_nesting test_enter_opens_a_place_and_edits_a_layer",
    "leave": "test_nesting test_a_double_click_opens_a_place_and_backspace_goes_out",
    "align": "test_keys_window test_the_keys_of_the_canvas_do_what_they_say",
    "distribute": "test_keys_window test_the_keys_of_the_canvas_do_what_they_say",
    "snap": "test_gestures test_a_dragged_node_snaps_to_the_side_of_another",
    "tidy": "test_looking test_tidy_is_one_step_and_covers_nothing",
    "tidy_selection": "test_conventions test_l_tidies_the_selection_alone",
    "comment": "test_keys_window test_the_keys_of_the_canvas_do_what_they_say",
    "dot": "test_leading test_a_double_click_adds_a_dot_and_a_drag_moves_it",
    "walk": "test_selecting test_arrows_walk_along_wires",
    "panes": "test_keys_window test_tab_goes_from_pane_to_pane_and_back",
    "edit": "test_nesting test_enter_opens_a_place_and_edits_a_layer",
    "undo": "test_conventions test_one_gesture_is_one_step_of_undo",
    "cancel": "test_conventions test_escape_ends_every_gesture",
    "fix": "test_mending test_all_is_fixed_as_one_step_after_a_look",
}


@cache
def _tests(module: str) -> set[str]:
    found = next(HERE.parent.rglob(f"{module}.py"))
    tree = ast.parse(found.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_names_every_convention() -> None:
    assert list(TABLE) == [convention.id for convention in CONVENTIONS]


def test_every_convention_has_its_tests() -> None:
    for name, line in TABLE.items():
        module, *tests = line.split()
        assert tests, name
        assert set(tests) <= _tests(module), name


def test_conventions_name_commands_that_there_are() -> None:
    for convention in CONVENTIONS:
        assert set(convention.actions) <= ACTIONS.keys()
        assert convention.keys or any(ACTIONS[name].shortcut for name in convention.actions)


# -- Escape


def _three(bench: Bench) -> list[str]:
    ids = bench.chain("dense", "relu", "dense")
    bench.view.motion = False
    return ids


def _grouped(bench: Bench) -> str:
    ids = _three(bench)
    bench.view.select(ids[:2])
    bench.view.group_selection()
    field = next(f for f in bench.view.findChildren(QLineEdit, "name.field") if f.isVisible())
    QTest.keyClick(field, Qt.Key.Key_Return)
    bench.view.setFocus()
    (note_id,) = bench.view.notes
    return note_id


def begin_wire(bench: Bench) -> None:
    _, _, c = _three(bench)
    bench.press(bench.port(c, ">out"))


def begin_picked_up_wire(bench: Bench) -> None:
    _, b, _ = _three(bench)
    bench.press(bench.port(b, "<in"))


def begin_frame(bench: Bench) -> None:
    a, *_ = _three(bench)
    bench.view.select([a])
    bench.press(bench.place(300, -120))


def begin_move(bench: Bench) -> None:
    _, b, _ = _three(bench)
    bench.press(bench.body(b))


def begin_pull(bench: Bench) -> None:
    _, b, _ = _three(bench)
    bench.press(bench.body(b), modifiers=ALT)


def begin_copy(bench: Bench) -> None:
    (a,) = bench.loose("dense")
    bench.press(bench.body(a), modifiers=ALT)


def begin_cut(bench: Bench) -> None:
    _three(bench)
    bench.press(bench.place(272, -60), RIGHT, CONTROL)


def begin_dot(bench: Bench) -> None:
    _three(bench)
    at = bench.place(272, 40)
    QTest.mouseDClick(bench.view.viewport(), LEFT, PLAIN, at)
    bench.press(at)


def begin_note(bench: Bench) -> None:
    note = bench.view.notes[_grouped(bench)].note
    bench.press(bench.place(note.x + 40, note.y + 12))


def begin_size(bench: Bench) -> None:
    note_id = _grouped(bench)
    note = bench.view.notes[note_id].note
    bench.click(bench.place(note.x + 40, note.y + 12))
    bench.press(bench.place(note.x + note.width - 5, note.y + note.height - 5))


GESTURES: dict[str, Callable[[Bench], None]] = {
    "wire": begin_wire,
    "wire picked up": begin_picked_up_wire,
    "rubber band": begin_frame,
    "move": begin_move,
    "pull": begin_pull,
    "copy": begin_copy,
    "cut": begin_cut,
    "dot": begin_dot,
    "group": begin_note,
    "resize": begin_size,
}


def _look(bench: Bench) -> tuple[object, ...]:
    """Return all that can be seen: what there is, where, in which state."""
    canvas = bench.view.canvas
    nodes = {
        key: (i.pos().toTuple(), i.selected, i.faded, i.lit, i.offered)
        for key, i in canvas.nodes.items()
    }
    wires = {key: (w.faded, w.marked, w.selected, w.bends) for key, w in canvas.wires.items()}
    notes = {key: (i.pos().toTuple(), i.size) for key, i in bench.view.notes.items()}
    verdict = bench.view._verdict.isVisible()
    return nodes, wires, notes, len(canvas.items()), dict(canvas.places), verdict


@pytest.mark.parametrize("gesture", GESTURES)
def test_escape_ends_every_gesture(bench: Bench, gesture: str) -> None:
    GESTURES[gesture](bench)
    before, project = _look(bench), bench.document.project
    steps = bench.undo_texts()
    for shift in (QPoint(30, 40), QPoint(70, 90), QPoint(110, 150)):
        bench.move(bench.place(272, 40) + shift)
    assert _look(bench) != before, "the gesture shows itself"
    bench.key(Qt.Key.Key_Escape)
    assert _look(bench) == before
    bench.move(QPoint(500, 500))
    bench.release(QPoint(500, 500), RIGHT if gesture == "cut" else LEFT)
    bench.view.unpoint()
    assert bench.document.project is project
    assert bench.undo_texts() == steps
    assert not bench.view.dismiss_search()


def test_escape_ends_the_drag_of_a_card(bench: Bench) -> None:
    _, _, c = _three(bench)
    bench.view.select([c])
    before, project = _look(bench), bench.document.project
    data = QMimeData()
    data.setData(MIME, QByteArray(b"relu"))
    at, target = bench.place(900, 200), bench.view.viewport()
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(target, QDragEnterEvent(at, copy, data, LEFT, PLAIN))
    QApplication.sendEvent(target, QDragMoveEvent(at, copy, data, LEFT, PLAIN))
    assert _look(bench) != before
    # The system ends its drag on Escape and tells the widget that it has left.
    QApplication.sendEvent(target, QDragLeaveEvent())
    assert _look(bench) == before
    assert bench.document.project is project


# -- one gesture, one step


def _moved(bench: Bench) -> None:
    _, b, _ = _three(bench)
    bench.drag(bench.body(b), bench.body(b) + QPoint(40, 160))


def _wired(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.drag(bench.port(a, ">out"), bench.port(b, "<in"))


def _cut(bench: Bench) -> None:
    _three(bench)
    bench.press(bench.place(272, -60), RIGHT, CONTROL)
    for x, y in ((272, 160), (592, 160), (592, -60)):
        bench.move(bench.place(x, y))
    bench.release(bench.place(592, -60), RIGHT, CONTROL)


def _pulled(bench: Bench) -> None:
    _, b, _ = _three(bench)
    bench.drag(bench.body(b), bench.body(b) + QPoint(0, 200), modifiers=ALT)


def _deleted(bench: Bench) -> None:
    _, b, c = _three(bench)
    bench.view.select([b, c])
    bench.key(Qt.Key.Key_Delete)


def _duplicated(bench: Bench) -> None:
    ids = _three(bench)
    bench.view.select(ids)
    bench.key(Qt.Key.Key_D, CONTROL)


def _tidied(bench: Bench) -> None:
    ids = _three(bench)
    bench.show(bench.graph, {key: (0.0, 30.0 * k) for k, key in enumerate(ids)})
    bench.key(Qt.Key.Key_L)


STEPS = {f.__name__: f for f in (_moved, _wired, _cut, _pulled, _deleted, _duplicated, _tidied)}


@pytest.mark.parametrize("name", STEPS)
def test_one_gesture_is_one_step_of_undo(bench: Bench, name: str) -> None:
    bench.view.motion = False
    STEPS[name](bench)
    after: Project = bench.document.project
    stack = bench.document.undo_stack
    assert stack.count() == 1
    stack.undo()
    before = bench.document.project
    assert before != after
    stack.redo()
    assert bench.document.project == after
    stack.undo()
    assert bench.document.project == before


# -- the rest


def test_what_is_copied_here_is_pasted_in_another_window(bench: Bench, qtbot: QtBot) -> None:
    bench.chain("dense", "relu", dense={"out_features": 7})
    bench.key(Qt.Key.Key_A, CONTROL)
    bench.key(Qt.Key.Key_C, CONTROL)
    other = Document()
    view = CanvasView(other)
    qtbot.addWidget(view)
    view.show()
    QTest.keyClick(view, Qt.Key.Key_V, CONTROL)
    assert [n.spec for n in other.graph.nodes.values()] == ["dense", "relu"]
    assert [n.params for n in other.graph.nodes.values()] == [{"out_features": 7}, {}]
    assert len(other.graph.edges) == 1
    assert other.undo_stack.count() == 1
    view.canvas.detach()
    other.close()


def test_l_tidies_the_selection_alone(bench: Bench) -> None:
    bench.view.motion = False
    ids = bench.chain("dense", "relu", "dense", "tanh")
    piled = {key: (0.0, 24.0 * k) for k, key in enumerate(ids)}
    bench.show(bench.graph, piled)
    bench.view.select(ids[2:])
    bench.key(Qt.Key.Key_L)
    places = bench.view.canvas.places
    assert [places[key] for key in ids[:2]] == [piled[key] for key in ids[:2]]
    assert places[ids[2]][0] + 224 < places[ids[3]][0]


def test_shift_and_arrows_select_on_the_way_and_w_wires(bench: Bench) -> None:
    a, b, c = bench.loose("dense", "relu", "tanh")
    bench.view.select([a, b, c])
    bench.view.connect_selection()
    assert bench.wires() == {(a, b), (b, c)}
    assert bench.undo_texts() == ["Wire"]
    bench.view.select([a])
    bench.key(Qt.Key.Key_Right, SHIFT)
    assert bench.view.selected() == [a, b]
    bench.view.disconnect_selection()
    assert bench.wires() == {(b, c)}
    bench.view.select([c])
    bench.view.disconnect_selection()
    assert not bench.wires()


def test_a_wire_that_cannot_be_is_told_in_a_sentence(bench: Bench) -> None:
    a, b = bench.loose("dense", "input")
    said: list[str] = []
    bench.view.message.connect(said.append)
    bench.view.select([a, b])
    bench.view.connect_selection()
    assert "There is no port" in said[0]
    assert not bench.graph.edges
