"""The canvas at 100 to 5,000 nodes: building it, painting all of it, panning, dragging one node."""

from __future__ import annotations

import gc
import math
import os
import time
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.app import make_application
from designer.canvas.geometry import GAP_X, GAP_Y, HEIGHT, WIDTH
from designer.canvas.view import CanvasView
from designer.document import Document
from engine.data import DataInfo
from engine.graph import Edge, Graph, Node
from engine.project import Project
from tests.bench.common import Row, percentile, row
from tests.bench.compile import fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.canvas.node_item import NodeItem

CASES = ("100", "1000", "5000")
SIZE = (1600, 1000)
BLOCK = 20
LEFT, NONE, PLAIN = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier(0)


def project(count: int) -> Project:
    """Return a network in rows: dense, ReLU, and a sum with the node three before."""
    specs = ("dense", "relu", "add")
    nodes = [Node(id="n0", spec="input", name="input")]
    edges: list[Edge] = []
    for number in range(1, count):
        spec = specs[(number - 1) % 3]
        nodes.append(Node(id=f"n{number}", spec=spec, name=f"{spec}{number}"))
        sources = [number - 1] + ([number - 3] if spec == "add" else [])
        edges += [Edge(source=f"n{s}", target=f"n{number}") for s in sources]
    across = math.ceil(math.sqrt(count / 2))
    places = {
        node.id: (index % across * (WIDTH + GAP_X), index // across * (HEIGHT + GAP_Y))
        for index, node in enumerate(nodes)
    }
    graph = Graph(nodes={n.id: n for n in nodes}, edges=tuple(edges))
    return Project().with_graph(graph).place(places)


class Scene:
    """A canvas with so many nodes on show, and what is timed on it."""

    def __init__(self, document: Document) -> None:
        begin = time.perf_counter()
        self.view = CanvasView(document)
        self.build_ms = (time.perf_counter() - begin) * 1000
        self.view.resize(*SIZE)
        self.view.show()
        QApplication.processEvents()

    def close(self) -> None:
        """Let it go."""
        self.view.canvas.detach()
        self.view.close()
        self.view.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()

    def fit(self) -> Callable[[], None]:
        """Return a repaint of everything, all in view."""
        self.view.frame_all()
        QApplication.processEvents()
        return self.view.viewport().repaint

    def pan(self) -> Callable[[], None]:
        """Return a step of a pan at 100 % over the middle of the network."""
        self._middle()
        steps = 0

        def step() -> None:
            nonlocal steps
            sign = 1 if steps // BLOCK % 2 else -1
            self.view.pan(QPointF(37.0 * sign, 23.0 * sign))
            self.view.viewport().repaint()
            steps += 1

        return step

    def drag(self) -> Callable[[], None]:
        """Return a mouse move of a drag of one node, with all that it repaints."""
        item = self._middle()
        at = self.view.mapFromScene(item.pos() + QPointF(60, 16))
        self._mouse(QEvent.Type.MouseButtonPress, at, LEFT)
        steps = 0

        def step() -> None:
            nonlocal steps, at
            at = at + QPoint(8, 8) * (1 if steps // BLOCK % 2 == 0 else -1)
            self._mouse(QEvent.Type.MouseMove, at, LEFT)
            QApplication.processEvents()
            steps += 1

        return step

    def drop(self) -> None:
        """End the drag."""
        self._mouse(QEvent.Type.MouseButtonRelease, QPoint(SIZE[0] // 2, SIZE[1] // 2), NONE)

    def _middle(self) -> NodeItem:
        items = list(self.view.canvas.nodes.values())
        item = items[len(items) // 2]
        self.view.zoom_to(1.0)
        self.view.centerOn(item.pos())
        QApplication.processEvents()
        return item

    def _mouse(self, kind: QEvent.Type, at: QPoint, held: Qt.MouseButton) -> None:
        viewport = self.view.viewport()
        button = NONE if kind == QEvent.Type.MouseMove else LEFT
        place = viewport.mapToGlobal(at)
        event = QMouseEvent(kind, QPointF(at), QPointF(place), button, held, PLAIN)
        QApplication.sendEvent(viewport, event)


def late(step: Callable[[], None], blocks: int) -> list[float]:
    """Return, for each block of steps, the 95th percentile of their milliseconds."""
    found: list[float] = []
    for _ in range(3):
        step()
    for _ in range(blocks):
        taken: list[float] = []
        for _ in range(BLOCK):
            begin = time.perf_counter()
            step()
            taken.append((time.perf_counter() - begin) * 1000)
        found.append(percentile(taken, 0.95))
    return found


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return the four figures of each size."""
    theme.apply(make_application(), "light")
    blocks, builds = (1, 2) if quick else (7, 7)
    found: list[Row] = []
    for case in cases:
        document = Document()
        document.new(project(int(case)))
        document.info = DataInfo(fields())
        document.analyse_now()
        made: list[float] = []
        for _ in range(builds):
            gc.collect()
            scene = Scene(document)
            made.append(scene.build_ms)
            scene.close()
        scene = Scene(document)
        found.append(row(case, "build_ms", made))
        found.append(row(case, "fit_p95_ms", late(scene.fit(), blocks)))
        found.append(row(case, "pan_p95_ms", late(scene.pan(), blocks)))
        found.append(row(case, "drag_p95_ms", late(scene.drag(), blocks)))
        scene.drop()
        scene.close()
        document.close()
    return found
