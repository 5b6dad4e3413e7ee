"""Dots that lead a wire: added, moved and removed with the mouse, and kept with the layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas import bends
from engine import files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

    from designer.canvas.wire_item import WireItem


def double(bench: Bench, at: QPoint) -> None:
    QTest.mouseDClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def wire(bench: Bench) -> WireItem:
    return next(iter(bench.view.canvas.wires.values()))


def led(bench: Bench) -> tuple[str, str]:
    """Show two layers whose wire runs through a dot below them."""
    a, b = bench.chain("dense", "relu")
    double(bench, bench.place(272, 40))
    bench.drag(bench.place(272, 40), bench.place(272, 200))
    return a, b


def test_a_double_click_adds_a_dot_and_a_drag_moves_it(bench: Bench) -> None:
    led(bench)
    assert wire(bench).bends == (QPointF(272, 200),)
    path = wire(bench).path()
    assert (
        min(
            (path.pointAtPercent(k / 200) - QPointF(272, 200)).manhattanLength() for k in range(201)
        )
        < 8
    )
    assert bench.undo_texts() == ["Add a dot to a wire", "Move a dot"]
    bench.document.undo_stack.undo()
    assert wire(bench).bends == (QPointF(272, 40),)
    bench.document.undo_stack.undo()
    assert not wire(bench).bends
    assert not wire(bench).childItems()


def test_a_double_click_on_a_dot_removes_it(bench: Bench) -> None:
    led(bench)
    double(bench, bench.place(272, 200))
    assert not wire(bench).bends
    assert not bench.document.project.layout.bends


def test_a_second_dot_comes_where_it_was_clicked(bench: Bench) -> None:
    led(bench)
    path = wire(bench).path()
    spot = path.pointAtPercent(0.25)
    double(bench, bench.place(spot.x(), spot.y()))
    assert len(wire(bench).bends) == 2
    assert wire(bench).bends[1] == QPointF(272, 200)


def test_escape_puts_a_dot_back(bench: Bench) -> None:
    led(bench)
    bench.press(bench.place(272, 200))
    bench.move(bench.place(300, 260))
    bench.key(Qt.Key.Key_Escape)
    assert wire(bench).bends == (QPointF(272, 200),)


def test_dots_follow_when_both_ends_move(bench: Bench) -> None:
    a, b = led(bench)
    bench.view.select([a, b])
    bench.drag(bench.body(a), bench.body(a) + QPoint(0, 80))
    assert wire(bench).bends == (QPointF(272, 280),)


def test_dots_stay_when_one_end_moves(bench: Bench) -> None:
    _, b = led(bench)
    bench.drag(bench.body(b), bench.body(b) + QPoint(40, 80))
    assert wire(bench).bends == (QPointF(272, 200),)


def test_a_wire_that_is_gone_leaves_no_dots(bench: Bench) -> None:
    a, _ = led(bench)
    bench.view.select([a])
    bench.key(Qt.Key.Key_Delete)
    assert not bench.document.project.layout.bends
    bench.document.undo_stack.undo()
    assert wire(bench).bends == (QPointF(272, 200),)


def test_dots_are_saved(bench: Bench, tmp_path: Path) -> None:
    led(bench)
    path = tmp_path / "a.loom"
    files.save(bench.document.project, path)
    again = files.load(path)
    (edge,) = again.graph.edges
    assert bends.of(again, "main")[bends.name_of(edge)] == ((272.0, 200.0),)
