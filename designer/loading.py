"""Imports the slow libraries behind the painted window, and measures how late its ticks get."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

PRELOAD = "preload torch"

STAGES = (
    ("pydantic", "networkx", "engine.project", "engine.files", "designer.start.thumbnail"),
    (
        "numpy",
        "engine.train.events",
        "designer.canvas.view",
        "designer.monitor.panel",
        "designer.workspace",
        PRELOAD,
    ),
    ("torch", "engine.shapes", "engine.session", "sklearn.datasets", "pandas", "torch._dynamo"),
)
"""What the start page needs; what the project's parts need; what analysis and runs need.

Importing makes no Qt object. torch asks for `torch._dynamo` with the first optimizer.
"""

_TICK = 0.016
_GAP = 0.01


class Loader(QObject):
    """Runs the imports in a thread. The thread touches no Qt object: a timer here looks at it.

    Signals
    -------
    staged(number)
        The modules of a stage are there; stages count from 1.
    ready
        Everything is there, or failed (`error` says how).
    """

    staged = Signal(int)
    ready = Signal()

    def __init__(
        self, parent: QObject | None = None, stages: Sequence[Sequence[str]] = STAGES
    ) -> None:
        super().__init__(parent)
        self._stages = tuple(stages)
        self._stage = 0
        self._told = 0
        self._ending = threading.Event()
        self._go_on = threading.Event()
        self.error = ""
        self.worst = 0.0
        """The latest a tick came, in seconds, while loading."""
        self._due = 0.0
        self._thread = threading.Thread(target=self._work, name="layerloom-imports", daemon=True)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(_TICK * 1000))
        self._timer.timeout.connect(self._tick)

    @property
    def done(self) -> bool:
        """Return whether `ready` was told."""
        return self._told == len(self._stages)

    def start(self) -> None:
        """Begin."""
        self._due = time.perf_counter() + _TICK
        self._timer.start()
        self._thread.start()

    def go_on(self) -> None:
        """Let the last stage begin: the window no longer needs the interpreter for itself."""
        self._go_on.set()

    def close(self) -> None:
        """Give up after the import under way, and wait for that."""
        self._timer.stop()
        self._ending.set()
        self._go_on.set()
        if self._thread.is_alive():
            self._thread.join()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._due)
        self._due = now + _TICK
        while self._told < self._stage:
            self._told += 1
            self.staged.emit(self._told)
        if self.done:
            self._timer.stop()
            self.ready.emit()

    def _work(self) -> None:
        try:
            for number, names in enumerate(self._stages, 1):
                if number == len(self._stages):
                    self._go_on.wait()
                for name in names:
                    if self._ending.is_set():
                        return
                    self._import(name)
                self._stage = number
        except Exception as error:  # noqa: BLE001 - told in the window, whatever it is
            self.error = f"{type(error).__name__}: {error}"
            self._stage = len(self._stages)

    def _import(self, name: str) -> None:
        if name == PRELOAD:
            preload_torch()
        else:
            importlib.import_module(name)
        time.sleep(_GAP)


def preload_torch() -> None:
    """Load torch's biggest library without the interpreter's lock, which its import would hold.

    `import torch` then finds the library in memory. `dlopen` is called as a foreign function,
    because ctypes lets go of the lock for those, but not for its own loading. No import may run at
    the same time: it would hold the lock while it waits for the system's loader. Linux only.
    """
    if not sys.platform.startswith("linux") or "torch" in sys.modules:
        return
    spec = importlib.util.find_spec("torch")
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("libtorch_cpu.so", "libtorch_python.so"):
            library = Path(place) / "lib" / name
            if library.is_file():
                dlopen(str(library).encode(), os.RTLD_NOW)
