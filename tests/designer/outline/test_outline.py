"""The outline through a real window: rows, filter, selection both ways, marks, speed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest

from designer.canvas import notes
from designer.outline import tree
from designer.outline.panel import OutlinePanel
from engine.graph import Edge, Graph, Node
from engine.project import Note, Project
from tests.designer.conftest import settle
from tests.designer.nested import project as nested

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

ROLE = Qt.ItemDataRole


def shown(window: MainWindow, qtbot: QtBot) -> OutlinePanel:
    """Bring the outline to the front with its shortcut's command."""
    window.show_work()
    assert window.docks is not None
    window.docks.bring("outline")
    panel = window.parts.panels["outline"]
    assert isinstance(panel, OutlinePanel)
    qtbot.waitUntil(lambda: panel.isVisible() and not panel._stale)
    return panel


def texts(panel: OutlinePanel, parent: QModelIndex | None = None, column: int = 0) -> list[str]:
    model, top = panel.model, parent or QModelIndex()
    return [str(model.index(i, column, top).data()) for i in range(model.rowCount(top))]


def at(panel: OutlinePanel, *names: str) -> QModelIndex:
    """Return the row that these names lead to, branches opened on the way."""
    here = QModelIndex()
    for name in names:
        panel.tree.expand(here)
        here = panel.model.index(texts(panel, here).index(name), 0, here)
    return here


def chain(count: int) -> Graph:
    nodes = [Node(id=f"n{k}", spec="relu", name=f"relu{k}") for k in range(count)]
    edges = tuple(Edge(source=f"n{k}", target=f"n{k + 1}") for k in range(count - 1))
    return Graph(nodes={n.id: n for n in reversed(nodes)}, edges=edges)


def test_nodes_follow_the_flow_not_the_order_of_adding() -> None:
    assert tree.flow_order(chain(6)) == [f"n{k}" for k in range(6)]
    loop = chain(3).but(edges=(*chain(3).edges, Edge(source="n2", target="n1")))
    assert sorted(tree.flow_order(loop)) == ["n0", "n1", "n2"]


def test_it_tells_names_layers_and_shapes(small: MainWindow, qtbot: QtBot) -> None:
    panel = shown(small, qtbot)
    main = at(panel, "main")
    assert texts(panel, main) == ["Input", "Dense", "Cross-entropy"]
    shapes = texts(panel, main, 1)
    assert shapes[1].replace("\u2009", "") == "N×10"
    spoken = panel.model.index(1, 0, main).data(ROLE.AccessibleTextRole)
    assert spoken.startswith("Dense, output")


def test_sub_networks_and_groups_are_branches(window: MainWindow, qtbot: QtBot) -> None:
    made = nested()
    window.document.new(made)
    settle(window, qtbot)
    panel = shown(window, qtbot)
    assert set(texts(panel)) == {made.title_of(key) for key in made.networks}
    place = next(i for i, n in made.graph.nodes.items() if n.params.get("network"))
    row = tree.Row(made.main, (place,), made.main)
    inside = row.inside(made)
    index = panel.model.index_of(row)
    assert index is not None
    panel.tree.expand(index)
    assert panel.model.rowCount(index) == len(made.networks[inside].nodes)
    # A layer inside: Enter goes there, through the place.
    panel.tree.setCurrentIndex(panel.model.index(0, 0, index))
    QTest.keyClick(panel.tree, Qt.Key.Key_Return)
    assert window.document.network == inside
    assert window.document.trail == ((made.main, place),)
    assert len(window.canvas.selected()) == 1
    # A group around a layer takes its row in.
    first = next(iter(made.graph.nodes))
    x, y = window.document.project.position(first)
    note = Note(text="Head", x=x - 20, y=y - 60, width=300, height=220, group=True)
    project, _ = notes.add(window.document.project, made.main, note)
    window.document.push("Group", project)
    window.document.show_network(made.main)
    qtbot.waitUntil(lambda: "Head" in texts(panel, at(panel, made.title_of(made.main))))
    group = at(panel, made.title_of(made.main), "Head")
    assert tree.name(made.graph.nodes[first], made) in texts(panel, group)
    window.document.undo_stack.undo()
    qtbot.waitUntil(lambda: "Head" not in texts(panel, at(panel, made.title_of(made.main))))


def test_the_selection_is_one_with_the_canvas(small: MainWindow, qtbot: QtBot) -> None:
    panel = shown(small, qtbot)
    first, second, third = small.document.graph.nodes
    small.canvas.select([second, third])
    rows = [panel.model.row(i) for i in panel.tree.selectionModel().selectedRows()]
    assert [r.node_id for r in rows if r] == [second, third]
    spot = panel.tree.visualRect(at(panel, "main", "Input")).center()
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot))
    assert small.canvas.selected() == [first]
    small.canvas.centerOn(5000, 5000)
    QTest.keyClick(panel.tree, Qt.Key.Key_Down)
    assert small.canvas.selected() == [second]
    QTest.keyClick(panel.tree, Qt.Key.Key_Return)
    assert small.canvas.seen().contains(small.canvas.canvas.bounds([second]))


def test_the_filter_leaves_what_bears_the_words(small: MainWindow, qtbot: QtBot) -> None:
    panel = shown(small, qtbot)
    qtbot.keyClicks(panel.filter, "dense")
    assert texts(panel, at(panel, "main")) == ["Dense"]
    assert small.canvas.selected() == []
    panel.filter.clear()
    assert len(texts(panel, at(panel, "main"))) == 3


def test_a_row_tells_what_is_wrong(small: MainWindow, qtbot: QtBot) -> None:
    panel = shown(small, qtbot)
    graph = small.document.graph
    loss = list(graph.nodes)[2]
    small.document.push_graph("Cut", graph.disconnect([e for e in graph.edges if e.target == loss]))
    settle(small, qtbot)
    qtbot.waitUntil(lambda: not panel._stale)
    qtbot.waitUntil(
        lambda: "error" in str(at(panel, "main", "Cross-entropy").data(ROLE.AccessibleTextRole))
    )
    small.document.undo_stack.undo()
    settle(small, qtbot)
    qtbot.waitUntil(
        lambda: "error" not in str(at(panel, "main", "Cross-entropy").data(ROLE.AccessibleTextRole))
    )


@pytest.mark.parametrize("count", [5000])
def test_an_edit_of_a_large_network_costs_little(
    window: MainWindow, qtbot: QtBot, count: int
) -> None:
    def top() -> QModelIndex:
        return panel.model.index(0, 0)

    graph = chain(count)
    panel = shown(window, qtbot)
    window.document._later.stop()
    window.document.new(Project().with_graph(graph).place(dict.fromkeys(graph.nodes, (0.0, 0.0))))
    window.document._later.stop()
    qtbot.waitUntil(lambda: panel.model.rowCount(top()) == count)
    panel.tree.grab()
    before = window.document.project
    after = before.with_graph(graph.change("n7", name="renamed"))
    cost: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        panel._on_project(before, after)
        cost.append(time.perf_counter() - begin)
    assert min(cost) < 0.005
    # A node that comes is a row that comes: the rest of the tree stays.
    held = panel.model.index_of(tree.Row("main", ("n9",), "main"))
    assert held is not None
    panel.tree.selectionModel().setCurrentIndex(held, QItemSelectionModel.SelectionFlag.NoUpdate)
    more, fresh = graph.add("relu", node_id="fresh")
    more = more.connect("n4", fresh)
    window.document.push("Add", before.with_graph(more))
    window.document._later.stop()
    qtbot.waitUntil(lambda: panel.model.rowCount(top()) == count + 1)
    kept = panel.model.row(panel.tree.currentIndex())
    assert kept is not None
    assert kept.node_id == "n9"
