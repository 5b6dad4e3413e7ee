"""A window that trains W1 while 1,000 nodes are panned: `python -m tests.bench.panning`.

It reads lines `pan SECONDS` or `rest SECONDS`, lets the run go on for so long with the window live,
and answers with the steps a second and the milliseconds of every frame, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import window as live

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

    from designer.canvas.view import CanvasView
    from designer.window import MainWindow

CASE = "W1"
COUNT = 1000
FRAME = 16
"""Milliseconds from one frame to the next."""

if __name__ != "tests.bench.panning" and live.CASE_OF in os.environ:
    live.stand_in(os.environ[live.CASE_OF])


class Panner:
    """Pans a canvas frame by frame and takes the time that each takes."""

    def __init__(self, canvas: CanvasView) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.frames: list[float] = []
        self._canvas = canvas
        self._steps = 0
        self.timer: QTimer = QTimer(canvas)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(FRAME)
        self.timer.timeout.connect(self._step)

    def _step(self) -> None:
        from PySide6.QtCore import QPointF

        sign = 1 if self._steps // 20 % 2 else -1
        begin = time.perf_counter()
        self._canvas.pan(QPointF(37.0 * sign, 23.0 * sign))
        self._canvas.viewport().repaint()
        self.frames.append((time.perf_counter() - begin) * 1000)
        self._steps += 1


def opened(window: MainWindow) -> CanvasView:
    """Show 1,000 nodes beside the network that is trained."""
    from tests.bench.canvas import project as large

    parts = window.workspace
    assert parts is not None
    made = large(COUNT)
    project = live.shown(CASE)
    places = made.layout.positions[made.main]
    parts.document.new(project.with_graph(made.graph, "large").place(places, "large"))
    window.show_work()
    live.wait(lambda: not parts.document.busy, 120)
    parts.document.show_network("large")
    live.wait(lambda: not parts.document.busy, 120)
    items = list(parts.canvas.canvas.nodes.values())
    parts.canvas.zoom_to(1.0)
    parts.canvas.centerOn(items[len(items) // 2].pos())
    return parts.canvas


def main() -> None:
    """Serve until standard input ends."""
    os.environ[live.CASE_OF] = CASE
    live.stand_in(CASE)
    from designer import theme
    from designer.app import make_application
    from designer.settings import Settings
    from designer.window import MainWindow

    theme.apply(make_application(), "light")
    with tempfile.TemporaryDirectory() as home:
        window = MainWindow(Settings(Path(home) / "settings.ini"))
        window.resize(1600, 1000)
        window.show()
        window.build_now()
        panner = Panner(opened(window))
        parts = window.workspace
        assert parts is not None
        watch = live.Watch(window)
        if not parts.bridge.start(parts.document.project):
            raise RuntimeError("The run did not begin.")
        live.wait(lambda: watch.steps > 50, 120)
        parts.bridge.pause()
        live.wait(lambda: parts.bridge.state == "paused", 60)
        print("[]", flush=True)
        for line in sys.stdin:
            what, seconds = line.split()
            panner.frames.clear()
            if what == "pan":
                panner.timer.start()
            rate, _ = watch.phase(float(seconds))
            panner.timer.stop()
            print(json.dumps((rate, panner.frames)), flush=True)
        parts.document.undo_stack.setClean()
        parts.bridge.close()
        window.close()


if __name__ == "__main__":
    main()
