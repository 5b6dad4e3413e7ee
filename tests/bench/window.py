"""The real window beside a run: `python -m tests.bench.window CASE ISOLATION`.

It reads a number of seconds and a number a line, shows the page of plots and the layer that the
number stands for, lets the run go on for so long with the window live, and answers with the steps
a second and the lateness of each 16 ms tick, as JSON. In between it is paused. A child process that
trains imports this module too, and so finds the same random data.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine.data
from engine.compile import Bundle
from engine.graph import Graph
from engine.shapes import analyse
from engine.steps import Blueprint, Plan
from engine.train import setup
from tests.bench import networks
from tests.bench.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtCore import QTimer

    from designer.window import MainWindow
    from engine.data import DataInfo, Dataset
    from engine.project import Project

CASE_OF = "LAYERLOOM_BENCH_CASE"
STEPS_PER_EPOCH = {"W3": 256}
TICK = 16.0
WARM = 0.5


def stand_in(case: str) -> None:
    """Let the engine find the workload's random data, and the network it cannot compile yet."""
    samples = STEPS_PER_EPOCH.get(case, 1024) * WORKLOADS[case].batch
    compiled = setup.build

    def describe(_recipe: object) -> DataInfo:
        return engine.data.DataInfo(WORKLOADS[case].fields, samples, "classes")

    def load_data(*_given: object) -> Dataset:
        return networks.dataset(case, samples)

    def build(project: Project, data: Dataset) -> Bundle:
        if WORKLOADS[case].graph is None:
            made = networks.network(case)
            fields = made.fields, made.losses
            plan = Plan((), {}, made.input_fields, *fields, (), (), (), analyse(Graph(), {}))
            return Bundle({"main": made}, made, Blueprint({"main": plan}, ()))
        return compiled(project, data)

    engine.data.describe = describe
    setup.load_data = load_data
    setup.build = build


if __name__ != "tests.bench.window" and CASE_OF in os.environ:
    stand_in(os.environ[CASE_OF])


class Watch:
    """Counts steps and takes the time of ticks while the window is live."""

    def __init__(self, window: MainWindow) -> None:
        from PySide6.QtCore import Qt, QTimer

        assert window.workspace is not None
        self.bridge = window.workspace.bridge
        self.steps = 0
        self.late: list[float] = []
        self._last = 0.0
        self.timer: QTimer = QTimer(window)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(round(TICK))
        self.timer.timeout.connect(self._tick)
        self.bridge.received.connect(self._received)

    def _received(self, events: Sequence[object]) -> None:
        from engine.train.events import Failed, Steps

        for event in events:
            if isinstance(event, Steps):
                self.steps = event.last_step + 1
            elif isinstance(event, Failed):
                raise RuntimeError(event.message)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, (now - self._last) * 1000 - TICK))
        self._last = now

    def phase(self, seconds: float) -> tuple[float, list[float]]:
        """Let the run go on; return steps a second and the lateness of the ticks."""
        self.bridge.resume()
        wait(lambda: self.bridge.state == "running", 60)
        rest(WARM)
        begin, first = self._next_steps()
        self.late.clear()
        self._last = time.perf_counter()
        self.timer.start()
        rest(seconds)
        self.timer.stop()
        end, last = self._next_steps()
        self.bridge.pause()
        wait(lambda: self.bridge.state == "paused", 60)
        return (last - first) / (end - begin), list(self.late)

    def _next_steps(self) -> tuple[float, int]:
        """Return the time at which the next count of steps arrives, and the count."""
        before = self.steps
        wait(lambda: self.steps > before, 60)
        return time.perf_counter(), self.steps


def rest(seconds: float) -> None:
    """Run the event loop for so long."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def wait(done: Any, seconds: float) -> None:
    """Run the event loop until `done()`."""
    deadline = time.perf_counter() + seconds
    while not done():
        if time.perf_counter() > deadline:
            raise RuntimeError("The run did not answer.")
        rest(0.002)


def shown(case: str) -> Project:
    """Return what the canvas shows: the workload's network, or a chain named like its taps."""
    project = networks.project(case).with_training(epochs=1_000_000)
    if WORKLOADS[case].graph is None:
        graph = project.graph
        for tap in networks.TransformerNetwork().taps:
            graph, _ = graph.add("dense", tap.name, tap.node)
        project = project.with_graph(graph)
    return project


@contextmanager
def opened(case: str, isolation: str) -> Iterator[tuple[MainWindow, Watch]]:
    """Open the window on a workload and begin its run; it is paused after a few steps."""
    os.environ[CASE_OF] = case
    stand_in(case)
    from designer import theme
    from designer.app import make_application
    from designer.settings import Settings
    from designer.window import MainWindow

    app = make_application()
    theme.apply(app, "light")
    with tempfile.TemporaryDirectory() as home:
        window = MainWindow(Settings(Path(home) / "settings.ini"))
        window.resize(1600, 1000)
        window.show()
        window.build_now()
        parts = window.workspace
        assert parts is not None
        project = shown(case).with_training(isolation=isolation)
        parts.document.new(project)
        window.show_work()
        wait(lambda: not parts.document.busy, 60)
        watch = Watch(window)
        if not parts.bridge.start(project):
            raise RuntimeError("The run did not begin.")
        wait(lambda: watch.steps > 50, 120)
        parts.bridge.pause()
        wait(lambda: parts.bridge.state == "paused", 60)
        yield window, watch
        parts.document.undo_stack.setClean()
        parts.bridge.close()
        window.close()


def look_at(window: MainWindow, number: int) -> None:
    """Show one page of plots after the other, and of those on one layer one layer after the other.

    A page is drawn only while it is seen; so a round has each of them.
    """
    parts = window.workspace
    assert parts is not None
    tabs = parts.monitor.tabs
    pages = [page for page in range(tabs.count()) if tabs.isTabVisible(page)]
    if WORKLOADS[os.environ[CASE_OF]].graph is None:
        # A network that was not compiled here cannot be looked into.
        pages = [page for page in pages if tabs.tabText(page) != "One layer"]
    else:
        nodes = list(parts.document.graph.nodes)
        parts.canvas.select([nodes[number % len(nodes)]])
    tabs.setCurrentIndex(pages[number % len(pages)])


def main(case: str, isolation: str) -> None:
    """Serve until standard input ends."""
    with opened(case, isolation) as (window, watch):
        print("[]", flush=True)
        for line in sys.stdin:
            seconds, number = line.split()
            look_at(window, int(number))
            print(json.dumps(watch.phase(float(seconds))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
