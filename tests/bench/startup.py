"""From starting the program to its first paint, over the time `python -c "import torch"` takes.

The real `main.py` runs off screen. From the first paint on, a 16 ms tick in the window tells how
late it comes while the rest loads behind the window.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time

from tests.bench.common import ROOT, Row, environment, row

CASES = ("warm",)

PROGRAM = """
import json, runpy, sys, threading, time
started = float(sys.argv[1])

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

TICK, REST, LIMIT = 16, 0.5, 30.0
real_exec = QApplication.exec


class Watch(QObject):
    def __init__(self, windows):
        super().__init__()
        self.painted = self.ready = 0.0
        self.late, self.last = [], 0.0
        self.windows = windows
        for window in windows:
            window.installEventFilter(self)
        self.timer = QTimer(self)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(TICK)
        self.timer.timeout.connect(self.tick)

    def eventFilter(self, watched, event):
        if not self.painted and event.type() == QEvent.Type.Paint:
            self.painted = -1.0
            QTimer.singleShot(0, self.first)
        return False

    def first(self):
        self.painted = time.monotonic() - started
        for window in self.windows:
            window.removeEventFilter(self)
        self.last = time.monotonic()
        self.timer.start()

    def tick(self):
        now = time.monotonic()
        self.late.append((now - self.last) * 1000 - TICK)
        self.last = now
        loaded = "torch" in sys.modules and threading.active_count() == 1
        if loaded and not self.ready:
            self.ready = now
        if (self.ready and now - self.ready > REST) or now - started - self.painted > LIMIT:
            self.timer.stop()
            print(json.dumps([self.painted, max(self.late), bool(self.ready)]), flush=True)
            QApplication.closeAllWindows()


def run(*arguments):
    watch = Watch(QApplication.topLevelWidgets())
    return real_exec()


QApplication.exec = run
sys.argv = ["main.py"]
runpy.run_path("main.py", run_name="__main__")
"""


def import_torch() -> float:
    """Return the seconds a fresh interpreter needs to import torch."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], env=environment(), check=True, cwd=ROOT)
    return time.perf_counter() - begin


def first_paint(home: str) -> tuple[float, float]:
    """Return seconds to the first paint and the latest tick in ms; settings are a new user's."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, repr(begin)],
        cwd=ROOT,
        env=environment(XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home),
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise RuntimeError(f"The program ended before it painted: {done.stderr[-2000:]}")
    painted, late, loaded = json.loads(lines[-1])
    if not loaded:
        raise RuntimeError("The program did not load torch behind its window.")
    return painted, late


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return the ratio, both times and the latest tick; the first pair only warms the caches."""
    ratios: list[float] = []
    paints: list[float] = []
    imports: list[float] = []
    latest: list[float] = []
    for _ in range(2 if quick else 12):
        imports.append(import_torch())
        with tempfile.TemporaryDirectory() as home:
            painted, late = first_paint(home)
        paints.append(painted)
        latest.append(late)
        ratios.append(painted / imports[-1])
    return [
        row(cases[0], "first_paint_over_import_torch", ratios[1:]),
        row(cases[0], "first_paint_s", paints[1:]),
        row(cases[0], "import_torch_s", imports[1:]),
        row(cases[0], "latest_tick_ms", latest[1:]),
    ]
