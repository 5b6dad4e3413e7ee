"""Tidy layout: long flows in rows, blocks and groups in one piece, wires clear of layers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPathStroker
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from designer.canvas import columns, layout, notes
from designer.canvas.geometry import HEIGHT, WIDTH
from engine.graph import Edge, Graph, Node

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.designer.canvas.conftest import Bench


class Build:
    """A network written down node by node."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.blocks: list[list[str]] = []

    def add(self, spec: str, *sources: str) -> str:
        node_id = f"n{len(self.nodes)}"
        self.nodes[node_id] = Node(id=node_id, spec=spec, name=f"{spec}{len(self.nodes)}")
        self.edges += [Edge(source=s, target=node_id) for s in sources]
        return node_id

    def graph(self) -> Graph:
        return Graph(nodes=self.nodes, edges=tuple(self.edges))


def residual(blocks: int) -> Build:
    """Blocks of convolution, activation, convolution beside a shortcut."""
    made = Build()
    x = made.add("input")
    for _ in range(blocks):
        y = x
        for spec in ("conv2d", "relu", "conv2d", "batch_norm2d"):
            y = made.add(spec, y)
        x = made.add("add", y, x)
        made.blocks.append(list(made.nodes)[-5:])
    made.add("output", x)
    return made


def unet(depth: int) -> Build:
    made = Build()
    x, skips = made.add("input"), []
    for _ in range(depth):
        x = made.add("relu", made.add("conv2d", made.add("relu", made.add("conv2d", x))))
        skips.append(x)
        x = made.add("max_pool2d", x)
    for skip in reversed(skips):
        x = made.add("concat", skip, made.add("conv_transpose2d", x))
        x = made.add("relu", made.add("conv2d", made.add("relu", made.add("conv2d", x))))
    made.add("output", x)
    return made


def rows_of(placed: dict[str, tuple[float, float]]) -> dict[str, int]:
    """Return the row of each node: a row ends where no node stands at some height."""
    row, end, found = -1, float("-inf"), {}
    for node_id, (_, y) in sorted(placed.items(), key=lambda item: item[1][1]):
        row += y > end
        end = max(end, y + HEIGHT + 40)
        found[node_id] = row
    return found


def test_a_long_network_stands_in_rows_of_whole_blocks() -> None:
    made = residual(40)
    graph = made.graph()
    placed = layout.arrange(graph, list(graph.nodes))
    assert placed == layout.arrange(graph, list(graph.nodes))
    xs, ys = zip(*placed.values(), strict=True)
    wide, high = max(xs) - min(xs) + WIDTH, max(ys) - min(ys) + HEIGHT
    assert 1.0 < wide / high < 3.0
    assert wide < 10_000
    row = rows_of(placed)
    assert max(row.values()) >= 5
    for block in made.blocks:
        assert len({row[i] for i in block}) == 1
    for edge in graph.edges:
        same = row[edge.source] == row[edge.target]
        assert placed[edge.source][0] < placed[edge.target][0] if same else True
        assert row[edge.source] <= row[edge.target]
    spots = sorted(placed.values())
    for i, (x, y) in enumerate(spots):
        assert all(abs(x - px) >= WIDTH or abs(y - py) >= HEIGHT for px, py in spots[:i])


@pytest.mark.parametrize("count", [3, columns.WRAP_FROM])
def test_a_short_chain_stays_in_one_line(count: int) -> None:
    made = Build()
    x = made.add("input")
    for _ in range(count - 1):
        x = made.add("relu", x)
    placed = layout.arrange(made.graph(), list(made.nodes))
    assert {y for _, y in placed.values()} == {0.0}


def test_a_row_does_not_begin_with_what_belongs_to_the_one_before() -> None:
    made = Build()
    x = made.add("input")
    for _ in range(30):
        x = made.add("relu", made.add("batch_norm2d", made.add("conv2d", x)))
    placed = layout.arrange(made.graph(), list(made.nodes))
    starts = [i for i, (x, _) in placed.items() if x == 0.0]
    assert len(starts) > 3
    assert {made.nodes[i].spec for i in starts} == {"input", "conv2d"}


def inception() -> Build:
    """Branches of different length that meet again, and a wire past the middle."""
    made = Build()
    x = made.add("input")
    ends = [x]
    for length in (1, 3, 5):
        y = x
        for _ in range(length):
            y = made.add("conv2d", y)
        ends.append(y)
    made.add("output", made.add("concat", *ends))
    return made


@pytest.mark.parametrize(
    ("made", "rows"),
    [(residual(20), 3), (unet(6), 3), (inception(), 1)],
    ids=["residual", "unet", "inception"],
)
def test_no_wire_runs_behind_a_layer(bench: Bench, made: Build, rows: int) -> None:
    graph = made.graph()
    bench.show(graph, dict.fromkeys(graph.nodes, (0.0, 0.0)))
    bench.view.canvas.select([])
    bench.key(Qt.Key.Key_L)
    bench.view.glide.settle()
    scene = bench.view.canvas
    assert len(set(rows_of(scene.places).values())) >= rows
    inset, pen = 4.0, QPainterPathStroker()
    pen.setWidth(1.0)
    bodies = {
        i: item.outline.body.translated(item.pos()).adjusted(inset, inset, -inset, -inset)
        for i, item in scene.nodes.items()
    }
    for wire in scene.wires.values():
        line, ends = pen.createStroke(wire.path()), (wire.edge.source, wire.edge.target)
        hidden = [i for i, body in bodies.items() if i not in ends and line.intersects(body)]
        assert not hidden, (wire.edge, hidden)
    assert bench.undo_texts() == ["Tidy layout"]
    bench.document.undo_stack.undo()
    assert not bench.document.project.layout.bends.get("main")
    assert set(scene.places.values()) == {(0.0, 0.0)}


def frame(bench: Bench, ids: list[str]) -> str:
    """Put a group around nodes with the key for it, and leave its title empty."""
    before = set(bench.view.notes)
    bench.view.canvas.select(ids)
    bench.view.group_selection()
    bench.view.setFocus()
    (made,) = set(bench.view.notes) - before
    return made


def test_groups_stay_around_their_layers_and_in_each_other(bench: Bench) -> None:
    made = residual(3)
    graph = made.graph()
    where = {i: (320.0 * k, 200.0 * (k % 2)) for k, i in enumerate(graph.nodes)}
    bench.show(graph, where)
    inner = frame(bench, made.blocks[0][:3])
    outer = frame(bench, made.blocks[0])
    bench.view.choose_notes(set())
    steps = bench.document.undo_stack.count()
    before = bench.document.project
    bench.view.canvas.select([])
    bench.view.tidy()
    bench.view.glide.settle()
    assert bench.document.undo_stack.count() == steps + 1
    scene, view = bench.view.canvas, bench.view
    known = notes.of(bench.document.project, "main")
    heights = {i: item.outline.height for i, item in scene.nodes.items()}
    assert set(notes.on(known[inner], scene.places, heights)) == set(made.blocks[0][:3])
    assert set(notes.on(known[outer], scene.places, heights)) == set(made.blocks[0])
    assert notes.within(outer, known) == [inner]
    room = QRectF(known[outer].x, known[outer].y, known[outer].width, known[outer].height)
    for node_id, item in scene.nodes.items():
        if node_id not in made.blocks[0]:
            assert not room.intersects(item.outline.body.translated(item.pos()))
    # The outer lies behind the inner, so that both can be seen and taken.
    assert view.notes[outer].zValue() < view.notes[inner].zValue()
    bench.document.undo_stack.undo()
    assert bench.document.project == before


def test_moving_the_outer_group_moves_the_inner_as_one_step(bench: Bench) -> None:
    ids = bench.chain("dense", "relu", "dense")
    inner, outer = frame(bench, ids[:1]), frame(bench, ids[:2])
    before = {i: bench.view.canvas.places[i] for i in ids}
    note = notes.of(bench.document.project, "main")[inner]
    steps = bench.document.undo_stack.count()
    grip = bench.view.notes[outer].pos()
    start = bench.place(grip.x() + 60, grip.y() + 8)
    bench.drag(start, start + bench.place(0, 160) - bench.place(0, 0))
    after = notes.of(bench.document.project, "main")[inner]
    assert (after.x - note.x, after.y - note.y) == (0.0, 160.0)
    shift = {i: bench.view.canvas.places[i][1] - before[i][1] for i in ids}
    assert shift == {ids[0]: 160.0, ids[1]: 160.0, ids[2]: 0.0}
    assert bench.document.undo_stack.count() == steps + 1
    bench.document.undo_stack.undo()
    assert notes.of(bench.document.project, "main")[inner] == note


def test_a_comment_goes_along_with_the_layer_beside_it(bench: Bench) -> None:
    ids = bench.chain("dense", "relu", "dense")
    bench.document.push("Place", bench.document.project.place({ids[2]: (2000.0, 900.0)}))
    bench.view.add_comment(bench.view.canvas.nodes[ids[2]].pos())
    QTest.keyClicks(bench.view.findChild(QPlainTextEdit, "text.field"), "why?")
    bench.view.setFocus()
    (note,) = notes.of(bench.document.project, "main").values()
    bench.view.canvas.select([])
    bench.view.tidy()
    (after,) = notes.of(bench.document.project, "main").values()
    x, y = bench.view.canvas.places[ids[2]]
    assert (after.x - x, after.y - y) == (note.x - 2000.0, note.y - 900.0)


def test_a_large_network_is_arranged_beside_the_window(bench: Bench, qtbot: QtBot) -> None:
    graph = residual(100).graph()
    bench.show(graph, dict.fromkeys(graph.nodes, (0.0, 0.0)))
    bench.view.tidy()
    assert set(bench.view.canvas.places.values()) == {(0.0, 0.0)}
    qtbot.waitUntil(lambda: not bench.view.beside.busy, timeout=10_000)
    lines: defaultdict[float, int] = defaultdict(int)
    for _, y in bench.view.canvas.places.values():
        lines[y] += 1
    assert len(set(bench.view.canvas.places.values())) == len(graph.nodes)
    # What was edited meanwhile is not overwritten.
    bench.document.undo_stack.undo()
    said: list[str] = []
    bench.view.message.connect(said.append)
    bench.view.tidy()
    bench.document.push_graph("Rename", graph.change("n3", name="other"))
    qtbot.waitUntil(lambda: not bench.view.beside.busy, timeout=10_000)
    assert set(bench.view.canvas.places.values()) == {(0.0, 0.0)}
    assert "changed while it was being arranged" in said[-1]
