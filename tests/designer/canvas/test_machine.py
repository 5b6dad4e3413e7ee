"""Random actions on the canvas: after each the view shows the model; undo leads back to the start.

`LAYERLOOM_ACTIONS` asks for more of them: 100,000 take some minutes.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from designer.canvas import bends
from designer.canvas.items import key_of
from engine import networks

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench

ACTIONS = int(os.environ.get("LAYERLOOM_ACTIONS", "1200"))
SEEDS = range(4)
SPECS = (
    "dense",
    "relu",
    "conv2d",
    "lstm",
    "add",
    "concatenate",
    "input",
    "output",
    "cross_entropy",
)
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
MOST = 24


class Hand:
    """Somebody who does anything, anywhere."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.view = bench.view
        self.random = random.Random(seed)
        self.done: list[str] = []
        names = [name for name in dir(self) if name.startswith("do_")]
        self.deeds: list[Callable[[], None]] = [getattr(self, name) for name in names]

    def act(self) -> None:
        deed = self.random.choice(self.deeds)
        self.done.append(deed.__name__[3:])
        deed()
        self.view.glide.settle()

    # -- whom and where

    def node(self) -> str | None:
        nodes = list(self.bench.graph.nodes)
        return self.random.choice(nodes) if nodes else None

    def place(self) -> QPoint:
        return QPoint(self.random.randrange(20, 1180), self.random.randrange(20, 680))

    def seen(self, node: str) -> bool:
        rect = self.view.viewport().rect()
        return rect.contains(self.bench.body(node)) and not self.view.far

    # -- what a hand does

    def do_add(self) -> None:
        if len(self.bench.graph.nodes) < MOST:
            self.view.add_node(self.random.choice(SPECS), self.view.at(self.place()))

    def do_add_behind(self) -> None:
        if len(self.bench.graph.nodes) < MOST:
            self.view.add_node(self.random.choice(SPECS))

    def do_select(self) -> None:
        nodes = list(self.bench.graph.nodes)
        self.view.select(self.random.sample(nodes, self.random.randint(0, min(4, len(nodes)))))

    def do_click(self) -> None:
        self.bench.click(self.place())

    def do_frame(self) -> None:
        self.bench.drag(self.place(), self.place())

    def do_delete(self) -> None:
        self.bench.key(Qt.Key.Key_Delete)

    def do_duplicate(self) -> None:
        if len(self.bench.graph.nodes) < MOST:
            self.view.duplicate()

    def do_copy_and_paste(self) -> None:
        if len(self.bench.graph.nodes) < MOST:
            self.view.copy()
            self.view.paste()

    def do_move(self) -> None:
        node = self.node()
        if node and self.seen(node):
            self.bench.drag(self.bench.body(node), self.place())

    def do_pull(self) -> None:
        node = self.node()
        if node and self.seen(node) and len(self.bench.graph.nodes) < MOST:
            self.bench.drag(self.bench.body(node), self.place(), modifiers=ALT)

    def do_wire(self) -> None:
        first, second = self.node(), self.node()
        if not first or not second or self.view.far:
            return
        starts = self.view.canvas.nodes[first].outline.outputs
        if starts and self.seen(first) and self.seen(second):
            start = self.bench.port(first, f">{self.random.choice(list(starts))}")
            self.bench.drag(start, self.bench.body(second))
            self.view.dismiss_search()

    def do_cut(self) -> None:
        self.bench.drag(self.place(), self.place(), Qt.MouseButton.RightButton, CONTROL)

    def do_double_click(self) -> None:
        QTest.mouseDClick(self.view.viewport(), Qt.MouseButton.LeftButton, pos=self.place())
        self.view.dismiss_search()
        for kind in (QLineEdit, QPlainTextEdit):
            for field in self.view.findChildren(kind):
                if field.isVisible() and field.objectName() in ("name.field", "text.field"):
                    QTest.keyClick(field, Qt.Key.Key_Escape)

    def do_bend(self) -> None:
        wires = list(self.view.canvas.wires.values())
        if wires:
            self.view.bend(self.random.choice(wires), self.view.at(self.place()))

    def do_group(self) -> None:
        if len(self.view.notes) < 5:
            self.view.group_selection()
            self._write("A group")

    def do_comment(self) -> None:
        if len(self.view.notes) < 5:
            self.view.add_comment(self.view.at(self.place()))
            self._write("Look")

    def _write(self, words: str) -> None:
        for kind in (QLineEdit, QPlainTextEdit):
            for field in self.view.findChildren(kind):
                if field.isVisible() and field.objectName() in ("name.field", "text.field"):
                    QTest.keyClicks(field, words)
                    QTest.keyClick(field, Qt.Key.Key_Return, CONTROL)

    def do_drag_note(self) -> None:
        if self.view.notes and not self.view.far:
            item = self.random.choice(list(self.view.notes.values()))
            at = self.view.mapFromScene(item.pos() + QPointF(30, 10))
            self.bench.drag(at, self.place())

    def do_color(self) -> None:
        self.view.next_color()

    def do_align(self) -> None:
        self.view.align(self.random.choice(("left", "right", "top", "bottom")))

    def do_distribute(self) -> None:
        self.view.distribute(self.random.choice(("across", "down")))

    def do_tidy(self) -> None:
        self.view.tidy()

    def do_bypass(self) -> None:
        self.view.set_bypassed(not self.view.all_bypassed())

    def do_freeze(self) -> None:
        self.view.set_frozen(not self.view.all_frozen())

    def do_subnetwork(self) -> None:
        if len(self.bench.document.project.networks) < 6:
            self.view.make_subnetwork()

    def do_dissolve(self) -> None:
        self.view.dissolve()

    def do_enter(self) -> None:
        self.view.open_place()

    def do_leave(self) -> None:
        self.bench.key(Qt.Key.Key_Backspace)

    def do_walk(self) -> None:
        key = self.random.choice((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up))
        self.bench.key(key)

    def do_frame_all(self) -> None:
        self.view.frame_all()

    def do_zoom(self) -> None:
        self.view.zoom_by(self.random.choice((0.7, 1.4)), self.place())
        if not 0.3 < self.view.zoom < 2:
            self.view.zoom_to(1.0)

    def do_escape(self) -> None:
        self.bench.press(self.place())
        self.bench.move(self.place())
        self.bench.key(Qt.Key.Key_Escape)

    def do_break_in(self) -> None:
        """Begin to drag anything, and change the project before it is let go."""
        node, at = self.node(), self.place()
        if node and self.seen(node) and self.random.random() < 0.7:
            at = self.bench.body(node)
        self.bench.press(at)
        self.bench.move(self.place())
        deed = self.random.choice((self.do_undo, self.do_redo, self.do_delete, self.do_add))
        deed()
        self.bench.move(self.place())
        self.bench.release(self.place())

    def do_undo(self) -> None:
        self.bench.document.undo_stack.undo()

    def do_redo(self) -> None:
        self.bench.document.undo_stack.redo()


def check(bench: Bench) -> None:
    """Fail unless the view shows exactly what the model says."""
    project, network = bench.document.project, bench.document.network
    graph, canvas = project.networks[network], bench.view.canvas
    assert networks.mended(project) is project
    assert set(canvas.nodes) == set(graph.nodes)
    assert set(canvas.wires) == {key_of(edge) for edge in graph.edges}
    for node_id, item in canvas.nodes.items():
        assert item.node == graph.nodes[node_id]
        assert (item.pos().x(), item.pos().y()) == pytest.approx(canvas.places[node_id])
        assert len(item.wires) == sum(
            (e.source == node_id) + (e.target == node_id) for e in graph.edges
        )
    known = project.layout.positions.get(network, {})
    assert all(canvas.places[i] == pytest.approx(known[i]) for i in graph.nodes if i in known)
    notes = project.layout.notes.get(network, {})
    assert {i: item.note for i, item in bench.view.notes.items()} == notes
    for item in bench.view.notes.values():
        # Qt leaves an item where it is that is moved by a rounding error.
        assert (item.pos().x(), item.pos().y()) == pytest.approx((item.note.x, item.note.y))
        assert item.size == (item.note.width, item.note.height)
    dots = bends.of(project, network)
    for wire in canvas.wires.values():
        assert [(p.x(), p.y()) for p in wire.bends] == list(dots.get(wire.edge.key, ()))
    assert set(canvas.selection) <= set(graph.nodes)
    assert not any(item.faded for item in canvas.nodes.values())
    assert not bench.view._verdict.isVisible()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_done_the_view_shows_the_model(bench: Bench, seed: int) -> None:
    stack = bench.document.undo_stack
    stack.setUndoLimit(0)
    bench.chain("input", "flatten", "dense", "relu", "dense", "cross_entropy")
    start = bench.document.project
    hand = Hand(bench, seed)
    for _ in range(ACTIONS // len(SEEDS)):
        try:
            hand.act()
            check(bench)
        except Exception as error:
            error.add_note(f"after {hand.done[-12:]}")
            raise
    end = bench.document.project
    count = stack.index()
    while stack.canUndo():
        stack.undo()
        check(bench)
    assert bench.document.project == start
    while stack.index() < count:
        stack.redo()
        check(bench)
    assert bench.document.project == end
