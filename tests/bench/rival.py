"""NodeGraphQt with the same network, for comparison. A dependency of the bench alone.

It is built as its documentation shows, `create_node` and `connect_to` with their defaults, and by
`deserialize_session`, its way to open a file. What is drawn is a plain node with one input and one
output; ours bears settings, shapes and counts.
"""

from __future__ import annotations

import importlib.util
import os
import time
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_PREFERRED_BINDING", "PySide6")

from PySide6.QtWidgets import QApplication

from tests.bench.common import row

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.project import Project
    from tests.bench.common import Row

SIZE = (1600, 1000)
REPAINTS = 8


def missing() -> bool:
    """Return whether NodeGraphQt is not installed."""
    return importlib.util.find_spec("NodeGraphQt") is None


def _fresh() -> Any:
    from NodeGraphQt import BaseNode, NodeGraph

    class Layer(BaseNode):
        """A node with one input that takes many wires, and one output."""

        __identifier__ = "bench"
        NODE_NAME = "Layer"

        def __init__(self) -> None:
            super().__init__()
            self.add_input("in", multi_input=True)
            self.add_output("out")

    graph = NodeGraph()
    graph.register_node(Layer)
    return graph


class Rival:
    """NodeGraphQt's canvas with a network of ours, and how long it took to build."""

    def __init__(self, project: Project) -> None:
        places = project.layout.positions[project.main]
        begin = time.perf_counter()
        graph = self.graph = _fresh()
        nodes = {
            i: graph.create_node("bench.Layer", name=n.name, pos=list(places[i]), selected=False)
            for i, n in project.graph.nodes.items()
        }
        for edge in project.graph.edges:
            nodes[edge.source].output(0).connect_to(nodes[edge.target].input(0))
        self.build_ms = (time.perf_counter() - begin) * 1000
        self._saved = graph.serialize_session()

    def opened_ms(self) -> float:
        """Return how long the same takes by opening what was saved."""
        begin = time.perf_counter()
        _fresh().deserialize_session(self._saved)
        return (time.perf_counter() - begin) * 1000

    def fit(self) -> Callable[[], None]:
        """Return a repaint of everything, all in view."""
        self.graph.widget.resize(*SIZE)
        self.graph.widget.show()
        self.graph.select_all()
        self.graph.fit_to_selection()
        self.graph.clear_selection()
        QApplication.processEvents()
        return self.graph.viewer().viewport().repaint

    def close(self) -> None:
        """Let it go."""
        self.graph.widget.close()
        QApplication.processEvents()


def repainted(repaint: Callable[[], None]) -> list[float]:
    """Return the milliseconds of some repaints."""
    repaint()
    found: list[float] = []
    for _ in range(REPAINTS):
        begin = time.perf_counter()
        repaint()
        found.append((time.perf_counter() - begin) * 1000)
    return found


def ratios(case: str, theirs: Rival, builds: tuple[float, float], fits: list[float]) -> list[Row]:
    """Return how many times longer NodeGraphQt takes, from our times of the same round.

    `builds` is how long the network takes until it can be shown, and until the curves of all wires
    are drawn too.
    """
    built, drawn = builds
    fit = sorted(fits)[len(fits) // 2]
    return [
        row(case, "build_ratio_to_nodegraphqt", [theirs.build_ms / built]),
        row(case, "drawn_ratio_to_nodegraphqt", [theirs.build_ms / drawn]),
        row(case, "open_ratio_to_nodegraphqt", [theirs.opened_ms() / drawn]),
        row(case, "fit_ratio_to_nodegraphqt", [t / fit for t in repainted(theirs.fit())]),
    ]
