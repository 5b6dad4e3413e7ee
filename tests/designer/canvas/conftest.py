"""A canvas on a document whose data is known, driven by real events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas.view import CanvasView
from designer.document import Document
from engine.catalog.spec import Field
from engine.data import DataInfo
from engine.graph import Graph
from engine.project import Project
from tests.designer.nested import project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
FIELDS = {
    "image": Field(name="image", shape=(1, 8, 8)),
    "target": Field(
        name="target", shape=(), dtype="int64", role="target", classes=tuple("0123456789")
    ),
}


class Known:
    """What a description of the data would say."""

    fields = FIELDS
    samples = 100
    task = "classes"
    known = True


@dataclass
class Bench:
    """A view with hands: presses, drags and keys go through Qt's own event delivery."""

    view: CanvasView
    document: Document

    @property
    def graph(self) -> Graph:
        return self.document.graph

    def show(self, graph: Graph, places: dict[str, tuple[float, float]] | None = None) -> None:
        """Show a graph at 100 %, its first node at the left."""
        made = Project(networks={"main": graph})
        self.document.new(made.place(places) if places else made)
        self.document.analyse_now()
        self.view.zoom_to(1.0)
        self.view.centerOn(self.view.canvas.bounds().center())

    def chain(self, *specs: str, **params: Any) -> list[str]:
        """Show layers in a row, each wired to the one before, 320 pixels apart."""
        graph, ids = Graph(), []
        for spec in specs:
            graph, node_id = graph.add(spec, **params.get(spec, {}))
            if ids:
                port = "prediction" if spec == "cross_entropy" else "in"
                graph = graph.connect(ids[-1], node_id, target_port=port)
            ids.append(node_id)
        self.show(graph, {i: (320.0 * n, 0.0) for n, i in enumerate(ids)})
        return ids

    def loose(self, *specs: str) -> list[str]:
        """Show layers in a row without wires."""
        graph, ids = Graph(), []
        for spec in specs:
            graph, node_id = graph.add(spec)
            ids.append(node_id)
        self.show(graph, {i: (320.0 * n, 0.0) for n, i in enumerate(ids)})
        return ids

    def port(self, node_id: str, name: str = "") -> QPoint:
        """Return where a port is on the viewport: `>out` or `<in`."""
        item = self.view.canvas.nodes[node_id]
        return self.view.mapFromScene(item.port_point(name[1:], output=name[0] == ">"))

    def body(self, node_id: str) -> QPoint:
        """Return a place on a node's head."""
        item = self.view.canvas.nodes[node_id]
        return self.view.mapFromScene(item.pos() + QPointF(100, 16))

    def place(self, x: float, y: float) -> QPoint:
        """Return the viewport's place of a place in the scene."""
        return self.view.mapFromScene(QPointF(x, y))

    def press(self, at: QPoint, button: Any = LEFT, modifiers: Any = PLAIN) -> None:
        QTest.mousePress(self.view.viewport(), button, modifiers, at)

    def move(self, at: QPoint) -> None:
        QTest.mouseMove(self.view.viewport(), at)

    def release(self, at: QPoint, button: Any = LEFT, modifiers: Any = PLAIN) -> None:
        QTest.mouseRelease(self.view.viewport(), button, modifiers, at)

    def click(self, at: QPoint, button: Any = LEFT, modifiers: Any = PLAIN) -> None:
        QTest.mouseClick(self.view.viewport(), button, modifiers, at)

    def drag(self, start: QPoint, end: QPoint, button: Any = LEFT, modifiers: Any = PLAIN) -> None:
        """Press, move in five steps, let go."""
        self.press(start, button, modifiers)
        for step in range(1, 6):
            self.move(start + (end - start) * step / 5)
        self.release(end, button, modifiers)

    def key(self, key: Any, modifiers: Any = PLAIN) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def wires(self) -> set[tuple[str, str]]:
        """Return the wires as pairs of node ids."""
        return {(e.source, e.target) for e in self.graph.edges}

    def undo_texts(self) -> list[str]:
        stack = self.document.undo_stack
        return [stack.text(i) for i in range(stack.count())]


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    document = Document()
    document._described = document.project.data
    document.info = Known()  # pyright: ignore[reportAttributeAccessIssue]
    document._engine_ready = True
    view = CanvasView(document)
    qtbot.addWidget(view)
    view.resize(1200, 700)
    view.show()
    qtbot.waitExposed(view)
    view.setFocus()
    yield Bench(view, document)
    view.canvas.detach()
    document.close()


@pytest.fixture
def nest(bench: Bench) -> Bench:
    """A bench with towers and blocks on show."""

    pixels = Field(name="pixels", shape=(64,))
    bench.document.info = DataInfo({"pixels": pixels, "target": FIELDS["target"]})
    bench.document.new(project())
    bench.document.analyse_now()
    bench.view.zoom_to(1.0)
    bench.view.centerOn(600.0, 100.0)
    return bench
