"""Selecting, moving, deleting and walking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

if TYPE_CHECKING:
    from conftest import Bench

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def test_a_click_selects_one(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    heard: list[list[str]] = []
    bench.view.selectionChanged.connect(heard.append)
    bench.click(bench.body(a))
    bench.click(bench.body(b))
    assert heard == [[a], [b]]
    assert bench.view.canvas.nodes[b].selected
    assert not bench.view.canvas.nodes[a].selected
    assert "relu" in bench.view.accessibleDescription()


def test_shift_adds_and_ctrl_toggles(bench: Bench) -> None:
    a, b, c = bench.loose("dense", "relu", "tanh")
    bench.click(bench.body(a))
    bench.click(bench.body(b), modifiers=SHIFT)
    bench.click(bench.body(c), modifiers=CTRL)
    assert bench.view.selected() == [a, b, c]
    bench.click(bench.body(b), modifiers=CTRL)
    assert bench.view.selected() == [a, c]


def test_a_click_on_one_of_many_selects_it_alone(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.view.select_all()
    bench.click(bench.body(b))
    assert bench.view.selected() == [b]
    assert a in bench.graph.nodes


def test_a_frame_selects_what_it_touches(bench: Bench) -> None:
    a, b, _ = bench.loose("dense", "relu", "tanh")
    bench.drag(bench.place(-40, -60), bench.place(400, 200))
    assert bench.view.selected() == [a, b] or set(bench.view.selected()) == {a, b}
    bench.drag(bench.place(280, -60), bench.place(400, 200), modifiers=CTRL)
    assert bench.view.selected() == [a]
    bench.drag(bench.place(280, -60), bench.place(400, 200), modifiers=SHIFT)
    assert set(bench.view.selected()) == {a, b}


def test_a_click_on_empty_ground_selects_nothing(bench: Bench) -> None:
    bench.loose("dense", "relu")
    bench.view.select_all()
    bench.click(bench.place(100, 240))
    assert bench.view.selected() == []


def test_ctrl_a_and_escape(bench: Bench) -> None:
    ids = bench.loose("dense", "relu")
    bench.key(Qt.Key.Key_A, CTRL)
    assert bench.view.selected() == ids
    bench.key(Qt.Key.Key_Escape)
    assert bench.view.selected() == []


def test_a_move_is_one_step_of_undo(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.view.select_all()
    bench.drag(bench.body(a), bench.body(a) + QPoint(83, 121))
    assert bench.document.project.position(a) == (80.0, 120.0)
    assert bench.document.project.position(b) == (400.0, 120.0)
    assert bench.undo_texts() == ["Move 2 nodes"]
    bench.document.undo_stack.undo()
    assert bench.document.project.position(b) == (320.0, 0.0)
    assert bench.view.canvas.nodes[b].pos().toTuple() == (320.0, 0.0)


def test_escape_puts_a_moved_node_back(bench: Bench) -> None:
    a, _ = bench.loose("dense", "relu")
    bench.press(bench.body(a))
    bench.move(bench.body(a) + QPoint(50, 50))
    bench.move(bench.place(300, 300))
    bench.key(Qt.Key.Key_Escape)
    assert bench.view.canvas.nodes[a].pos().toTuple() == (0.0, 0.0)
    assert bench.undo_texts() == []


def test_wires_follow_a_move(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    wire = next(iter(bench.view.canvas.wires.values()))
    bench.drag(bench.body(b), bench.body(b) + QPoint(0, 160))
    assert wire.path().currentPosition() == wire.target.port_point("in", output=False)
    assert a in bench.graph.nodes


def test_delete_heals(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "tanh")
    bench.click(bench.body(b))
    bench.key(Qt.Key.Key_Delete)
    assert bench.wires() == {(a, c)}
    assert b not in bench.view.canvas.nodes
    assert bench.view.selected() == []
    bench.document.undo_stack.undo()
    assert bench.wires() == {(a, b), (b, c)}


def test_arrows_walk_along_wires(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "tanh")
    bench.click(bench.body(a))
    bench.key(Qt.Key.Key_Right)
    bench.key(Qt.Key.Key_Right)
    assert bench.view.selected() == [c]
    bench.key(Qt.Key.Key_Left)
    assert bench.view.selected() == [b]


def test_arrows_go_up_and_down(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.show(bench.graph, {a: (0, 0), b: (16, 200)})
    bench.click(bench.body(a))
    bench.key(Qt.Key.Key_Down)
    assert bench.view.selected() == [b]
    bench.key(Qt.Key.Key_Up)
    assert bench.view.selected() == [a]


def test_an_arrow_begins_at_the_left(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    bench.key(Qt.Key.Key_Right)
    assert bench.view.selected() == [a]


def test_enter_and_double_click_open_a_node(bench: Bench, qtbot: object) -> None:
    from PySide6.QtTest import QTest

    a, b = bench.loose("dense", "relu")
    opened: list[str] = []
    bench.view.nodeActivated.connect(opened.append)
    bench.click(bench.body(a))
    bench.key(Qt.Key.Key_Return)
    QTest.mouseDClick(
        bench.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0), bench.body(b)
    )
    assert opened == [a, b]
