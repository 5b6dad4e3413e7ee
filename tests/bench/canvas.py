"""The canvas at 100 to 5,000 nodes: building, painting all, panning, dragging, badges, tidying.

At 1,000 nodes NodeGraphQt does the same in the same process, if it is installed; and a window pans
them while it trains.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.app import make_application
from designer.canvas.geometry import GAP_X, GAP_Y, HEIGHT, WIDTH
from designer.canvas.tidying import Tidying
from designer.canvas.view import CanvasView
from designer.document import Document
from engine.data import DataInfo
from engine.graph import Edge, Graph, Node
from engine.project import Project
from tests.bench import rival
from tests.bench.common import Row, percentile, row, worker
from tests.bench.compile import fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.canvas.node_item import NodeItem

TRAINING = "training"
CASES = ("100", "1000", "5000", TRAINING)
RIVALLED = "1000"
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
        built = time.perf_counter()
        self.view.canvas.settle()
        drawn = time.perf_counter()
        self.build_ms = (built - begin) * 1000
        self.drawn_ms = (drawn - begin) * 1000
        """With the curves of all wires, which otherwise are drawn while nothing else goes on."""
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

    def badges(self) -> Callable[[], None]:
        """Return a refresh of all live figures in view: each text, every third colour."""
        self._middle()
        seen = self.view.canvas.nodes_in(self.view.seen())
        steps = 0

        def step() -> None:
            nonlocal steps
            self.view.set_live(
                {
                    node_id: (
                        f"∇ {steps + 1}.{place}",
                        (place + steps * (place % 3 == 0)) % 10 / 10,
                    )
                    for place, node_id in enumerate(seen)
                }
            )
            QApplication.processEvents()
            steps += 1

        return step

    def quiet(self) -> None:
        """Take the live figures away."""
        self.view.set_live({})

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


def tidied(made: Project, rounds: int) -> list[float]:
    """Return the milliseconds of working out a tidy layout."""
    graph, found = made.graph, list[float]()
    where = made.layout.positions[made.main]
    for _ in range(rounds + 1):
        begin = time.perf_counter()
        Tidying(graph, made.networks, {}, where).order(list(graph.nodes), (0.0, 0.0))
        found.append((time.perf_counter() - begin) * 1000)
    return found[1:]


def rivalled(case: str, made: Project, document: Document, rounds: int) -> list[Row]:
    """Return how NodeGraphQt compares, the two in turn; nothing if it is not installed."""
    if rival.missing():
        print("NodeGraphQt is not installed: pip install -e .[bench]", file=sys.stderr)
        return []
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        gc.collect()
        scene = Scene(document)
        fits = rival.repainted(scene.fit())
        builds = (scene.build_ms, scene.drawn_ms)
        scene.close()
        gc.collect()
        theirs = rival.Rival(made)
        for ratio in rival.ratios(case, theirs, builds, fits):
            found.setdefault(ratio.metric, []).append(ratio.value)
        theirs.close()
    return [row(case, metric, values) for metric, values in found.items()]


def training(*, quick: bool) -> list[Row]:
    """Return frames and steps while W1 trains and 1,000 nodes are panned, over the same at rest."""
    rounds, seconds = (2, 0.5) if quick else (9, 2.0)
    frames: list[float] = []
    shares: list[float] = []
    with worker("", "", module="tests.bench.panning") as window:
        for number in range(rounds):
            rest = window.ask(f"rest {seconds}")[0] if number % 2 else 0.0
            rate, drawn = window.ask(f"pan {seconds}")
            frames.append(percentile(drawn, 0.95))
            shares.append(rate / (rest or window.ask(f"rest {seconds}")[0]))
    return [
        row(TRAINING, "pan_p95_ms", frames),
        row(TRAINING, "steps_ratio_to_rest", shares),
    ]


def sized(case: str, *, quick: bool) -> list[Row]:
    """Return the figures of one size."""
    blocks, builds = (1, 2) if quick else (7, 7)
    given = project(int(case))
    document = Document()
    document.new(given)
    document.info = DataInfo(fields())
    document.analyse_now()
    made: list[float] = []
    drawn: list[float] = []
    for _ in range(builds):
        gc.collect()
        scene = Scene(document)
        made.append(scene.build_ms)
        drawn.append(scene.drawn_ms)
        scene.close()
    scene = Scene(document)
    found = [
        row(case, "build_ms", made),
        row(case, "drawn_ms", drawn),
        row(case, "fit_p95_ms", late(scene.fit(), blocks)),
        row(case, "pan_p95_ms", late(scene.pan(), blocks)),
        row(case, "badges_p95_ms", late(scene.badges(), blocks)),
    ]
    scene.quiet()
    found.append(row(case, "drag_p95_ms", late(scene.drag(), blocks)))
    scene.drop()
    scene.close()
    found.append(row(case, "tidy_ms", tidied(given, builds)))
    if case == RIVALLED:
        found += rivalled(case, given, document, 1 if quick else 3)
    document.close()
    return found


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return the figures of each size, and of a window that trains."""
    theme.apply(make_application(), "light")
    found: list[Row] = []
    for case in cases:
        found += training(quick=quick) if case == TRAINING else sized(case, quick=quick)
    return found
