"""Cutting wires, pulling nodes out of them, copying by a drag, guides, and bringing into line."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLineF, QPoint, QPointF, Qt
from PySide6.QtWidgets import QGraphicsLineItem, QGraphicsView

from designer.canvas import aligning
from designer.canvas.geometry import WIDTH

if TYPE_CHECKING:
    from conftest import Bench

CONTROL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
RIGHT = Qt.MouseButton.RightButton


# -- cutting


def test_a_line_with_ctrl_and_the_right_button_cuts_wires(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "dense")
    start, end = bench.place(272, -60), bench.place(272, 160)
    bench.drag(start, end, RIGHT, CONTROL)
    assert bench.wires() == {(b, c)}
    assert bench.undo_texts() == ["Cut a wire"]
    bench.document.undo_stack.undo()
    assert bench.wires() == {(a, b), (b, c)}


def test_one_line_cuts_several_wires_in_one_step(bench: Bench) -> None:
    bench.chain("dense", "relu", "dense")
    bench.press(bench.place(272, -60), RIGHT, CONTROL)
    for x, y in ((272, 160), (592, 160), (592, -60)):
        bench.move(bench.place(x, y))
    assert sum(w.faded for w in bench.view.canvas.wires.values()) == 2
    bench.release(bench.place(592, -60), RIGHT, CONTROL)
    assert not bench.wires()
    assert bench.undo_texts() == ["Cut 2 wires"]


def test_escape_leaves_the_wires(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.press(bench.place(272, -60), RIGHT, CONTROL)
    bench.move(bench.place(272, 160))
    bench.key(Qt.Key.Key_Escape)
    assert bench.wires() == {(a, b)}
    assert not any(w.faded for w in bench.view.canvas.wires.values())
    assert not bench.undo_texts()


# -- pulling out, copying


def test_alt_pulls_a_node_out_and_the_wire_heals(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "dense")
    bench.drag(bench.body(b), bench.body(b) + QPoint(0, 200), modifiers=ALT)
    assert bench.wires() == {(a, c)}
    assert bench.view.canvas.places[b][1] == 200
    assert bench.undo_texts() == ["Pull out of the wire"]
    bench.document.undo_stack.undo()
    assert bench.wires() == {(a, b), (b, c)}


def test_pulled_out_it_can_go_into_another_wire(bench: Bench) -> None:
    a, b, c, d = bench.chain("dense", "relu", "dense", "dense")
    bench.drag(bench.body(b), bench.body(b) + QPoint(480, 0), modifiers=ALT)
    assert bench.wires() == {(a, c), (c, b), (b, d)}
    assert len(bench.undo_texts()) == 1


def test_escape_puts_a_pulled_node_back(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "dense")
    place = bench.view.canvas.places[b]
    bench.press(bench.body(b), modifiers=ALT)
    bench.move(bench.body(b) + QPoint(0, 150))
    bench.key(Qt.Key.Key_Escape)
    assert bench.wires() == {(a, b), (b, c)}
    assert bench.view.canvas.places[b] == place
    assert not any(w.faded for w in bench.view.canvas.wires.values())


def test_alt_copies_a_free_node(bench: Bench) -> None:
    (a,) = bench.loose("dense")
    bench.drag(bench.body(a), bench.body(a) + QPoint(0, 200), modifiers=ALT)
    assert len(bench.graph.nodes) == 2
    (fresh,) = bench.view.selected()
    assert fresh != a
    assert bench.view.canvas.places[a] == (0.0, 0.0)
    assert bench.view.canvas.places[fresh] == (0.0, 200.0)
    assert bench.undo_texts() == ["Duplicate"]


def test_alt_copies_several_with_the_wires_between(bench: Bench) -> None:
    a, b, _ = bench.chain("dense", "relu", "dense")
    bench.view.select([a, b])
    bench.drag(bench.body(a), bench.body(a) + QPoint(40, 200), modifiers=ALT)
    fresh = bench.view.selected()
    assert len(bench.graph.nodes) == 5
    assert (fresh[0], fresh[1]) in bench.wires()


# -- guides


def test_a_dragged_node_snaps_to_the_side_of_another(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.show(bench.graph, {a: (3.0, 0.0), b: (400.0, 200.0)})
    bench.press(bench.body(b))
    target = bench.body(b) + QPoint(-402, 40)
    bench.move(bench.body(b) + QPoint(-100, 20))
    bench.move(target)
    lines = len(bench.view.canvas.items())
    bench.release(target)
    assert bench.view.canvas.places[b][0] == 3.0
    assert len(bench.view.canvas.items()) < lines
    assert bench.view.canvas.places[b][1] % 8 == 0


def test_a_guide_reaches_to_the_next_nodes_and_follows(bench: Bench) -> None:
    far, above, below, b = bench.loose("dense", "dense", "dense", "relu")
    column = {far: (3.0, -400.0), above: (3.0, -120.0), below: (3.0, 320.0)}
    bench.show(bench.graph, {**column, b: (400.0, 100.0)})

    def guides() -> list[QLineF]:
        return [i.line() for i in bench.view.canvas.items() if isinstance(i, QGraphicsLineItem)]

    def guide() -> QLineF:
        (line,) = guides()
        return line

    start = bench.body(b)
    bench.press(start)
    bench.move(start + QPoint(-100, 20))
    assert not guides()
    bench.move(start + QPoint(-402, 0))
    height = bench.view.canvas.nodes[b].outline.height
    assert (guide().x1(), guide().y1(), guide().y2()) == (3.0, -144.0, 344.0 + height)
    bench.move(start + QPoint(-400, 400))
    assert (guide().x1(), guide().y1(), guide().y2()) == (3.0, 296.0, 520.0 + height)
    bench.move(start + QPoint(-300, 400))
    assert not guides()
    bench.release(start)


def test_only_a_drag_repaints_as_one(bench: Bench) -> None:
    mode = QGraphicsView.ViewportUpdateMode
    (a,) = bench.loose("dense")
    start = bench.body(a)
    for end in ("release", "escape"):
        assert bench.view.viewportUpdateMode() == mode.MinimalViewportUpdate
        bench.press(start)
        bench.move(start + QPoint(40, 40))
        assert bench.view.viewportUpdateMode() == mode.BoundingRectViewportUpdate
        if end == "escape":
            bench.key(Qt.Key.Key_Escape)
            assert bench.view.viewportUpdateMode() == mode.MinimalViewportUpdate
        bench.release(start)
    assert bench.view.viewportUpdateMode() == mode.MinimalViewportUpdate


def test_a_dragged_node_snaps_so_that_its_wire_runs_level(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.show(bench.graph, {a: (0.0, 5.0), b: (400.0, 300.0)})
    bench.drag(bench.body(b), bench.body(b) - QPoint(0, 291))
    (wire,) = bench.view.canvas.wires.values()
    path = wire.path()
    assert path.pointAtPercent(0).y() == path.pointAtPercent(1).y()


# -- into line


@pytest.mark.parametrize(
    ("key", "axis", "expected"),
    [
        (Qt.Key.Key_Left, 0, 0.0),
        (Qt.Key.Key_Right, 0, 640.0),
        (Qt.Key.Key_Up, 1, -40.0),
    ],
)
def test_aligned(bench: Bench, key: Qt.Key, axis: int, expected: float) -> None:
    a, b, c = bench.loose("dense", "relu", "dense")
    bench.show(bench.graph, {a: (0.0, 0.0), b: (320.0, 90.0), c: (640.0, -40.0)})
    bench.view.select([a, b, c])
    side = {Qt.Key.Key_Left: "left", Qt.Key.Key_Right: "right", Qt.Key.Key_Up: "top"}[key]
    bench.view.align(side)
    assert {bench.view.canvas.places[i][axis] for i in (a, b, c)} == {expected}
    assert bench.undo_texts() == [f"Align {side}"]
    bench.view.align(side)
    assert len(bench.undo_texts()) == 1


def test_bottoms_are_aligned_whatever_the_heights(bench: Bench) -> None:
    a, b = bench.loose("dense", "lstm")
    bench.view.select([a, b])
    bench.view.motion = False
    bench.view.align("bottom")
    items = [bench.view.canvas.nodes[i] for i in (a, b)]
    assert len({i.pos().y() + i.outline.height for i in items}) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=3, max_size=7))
def test_gaps_are_equal_and_the_outermost_stay(spots: list[tuple[int, int]]) -> None:
    places = {f"n{k}": (float(x), float(y)) for k, (x, y) in enumerate(spots)}
    ids = list(places)
    found = aligning.distributed(places, dict.fromkeys(ids, 80.0), ids, "across")
    order = sorted(ids, key=lambda i: places[i][0])
    xs = [found[i][0] for i in order]
    gaps = [b - a - WIDTH for a, b in itertools.pairwise(xs)]
    assert max(gaps) - min(gaps) < 1e-6
    assert (xs[0], xs[-1]) == pytest.approx((places[order[0]][0], places[order[-1]][0]))
    assert all(found[i][1] == places[i][1] for i in ids)


# -- gliding


def test_nodes_glide_to_their_new_places(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.show(bench.graph, {a: (0.0, 0.0), b: (320.0, 96.0)})
    bench.view.select([a, b])
    bench.view.align("top")
    item = bench.view.canvas.nodes[b]
    assert bench.view.canvas.places[b] == (320.0, 0.0)
    assert item.pos() == QPointF(320.0, 96.0)
    assert bench.view.glide.running
    bench.document.undo_stack.undo()
    assert not bench.view.glide.running
    assert item.pos() == QPointF(320.0, 96.0)


def test_without_motion_they_jump(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.show(bench.graph, {a: (0.0, 0.0), b: (320.0, 96.0)})
    bench.view.motion = False
    bench.view.select([a, b])
    bench.view.align("top")
    assert bench.view.canvas.nodes[b].pos() == QPointF(320.0, 0.0)


# -- passing over


def test_nodes_are_passed_over_and_count_again(bench: Bench) -> None:
    _, b, c = bench.chain("dense", "relu", "dense")
    bench.view.select([b, c])
    bench.view.set_bypassed(True)
    assert bench.view.all_bypassed()
    assert bench.graph.nodes[b].bypassed
    assert "passed over" in bench.view.canvas.nodes[b].face.settings
    bench.view.set_bypassed(False)
    assert not bench.graph.nodes[b].bypassed
    assert bench.undo_texts() == ["Bypass", "Count again"]


def test_an_input_cannot_be_passed_over(bench: Bench) -> None:
    a, _ = bench.chain("input", "dense")
    bench.view.select([a])
    assert not bench.view.bypassable()


def test_going_elsewhere_in_the_middle_of_a_drag_ends_it(nest: Bench) -> None:
    view = nest.view
    node = next(i for i, n in nest.graph.nodes.items() if n.spec == "network")
    nest.press(nest.body(node))
    nest.move(nest.body(node) + QPoint(60, 3))
    assert view.document.enter(node)
    nest.release(QPoint(300, 300))
    assert set(view.canvas.nodes) == set(nest.graph.nodes)
    view.leave()
    nest.press(nest.port(node, next(f"<{p}" for p in view.canvas.nodes[node].outline.inputs)))
    nest.move(QPoint(200, 400))
    assert view.document.enter(node)
    nest.release(QPoint(320, 420))
    assert not view._verdict.isVisible()
