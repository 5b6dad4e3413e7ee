"""Slow work in a Python thread, its result fetched by a timer. No Qt object enters the thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_MS = 10
_PATIENCE = 10.0
"""Seconds that closing waits for a thread on its way out."""


@dataclass(slots=True)
class _Job:
    work: Callable[[], object]
    done: Callable[[object], None]
    failed: Callable[[Exception], None]
    result: object = None
    error: Exception | None = None
    thread: threading.Thread = field(init=False)

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in the window
            self.error = error


class Background(QObject):
    """Runs functions beside the window, each in a thread; what follows runs in the window's."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[_Job] = []
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        """Return whether anything still runs."""
        return bool(self._jobs)

    def run(
        self,
        work: Callable[[], object],
        done: Callable[[object], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Start `work` in a thread; then call `done` with its result or `failed` with its error."""
        if self._closed:
            return
        job = _Job(work, done, failed)
        job.thread = threading.Thread(target=job.run, name="layerloom-background", daemon=True)
        self._jobs.append(job)
        job.thread.start()
        self._timer.start()

    def close(self) -> None:
        """Wait for what runs and forget its results."""
        self._closed = True
        self._timer.stop()
        for job in self._jobs:
            job.thread.join(_PATIENCE)
        self._jobs.clear()

    def _poll(self) -> None:
        for job in [j for j in self._jobs if not j.thread.is_alive()]:
            if job not in self._jobs:
                continue
            self._jobs.remove(job)
            if job.error is not None:
                job.failed(job.error)
            else:
                job.done(job.result)
        if not self._jobs:
            self._timer.stop()
