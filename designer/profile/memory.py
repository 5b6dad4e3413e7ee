"""The memory that training will take, worked out beside the window once nothing has changed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Signal

from designer.background import Background
from engine.networks import own_layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.document import Document
    from engine.profile.rehearsal import Rehearsal
    from engine.project import Project

REST_MS = 1500
"""How long nothing must change before it is worked out."""


class MemoryForecast(QObject):
    """Goes through a step on stand-ins, again after every change that matters.

    Signals
    -------
    changed
        `found` is another one, or gone.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.idle: Callable[[], bool] = lambda: True
        """Whether nothing trains, so that the processor is free."""
        self.found: Rehearsal | None = None
        self._of: Project | None = None
        self._gone = threading.Event()
        self._background = Background(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._go)
        document.analysed.connect(self._changed)

    def _changed(self, *_: object) -> None:
        project = self._document.project
        if self._of is not None and _alike(self._of, project):
            return
        self._of = None
        self._gone.set()
        if self.found is not None:
            self.found = None
            self.changed.emit()
        self._timer.start()

    def _go(self) -> None:
        """Work it out, if it can be and the processor is free; else try again later."""
        document = self._document
        project, info, analysis = document.project, document.info, document.analysis
        if analysis is None or info is None or not info.known or not analysis.ok:
            return
        if not any(graph.nodes for graph in project.networks.values()):
            return
        if next(own_layers(project), None) is not None:
            return
        if document.busy or self._background.busy or not self.idle():
            self._timer.start()
            return
        self._of, fields = project, info.fields
        self._gone = gone = threading.Event()

        def work() -> object:
            from engine.profile.rehearsal import rehearse

            return rehearse(project, fields, cancelled=gone.is_set)

        self._background.run(work, self._take, self._lost)

    def _take(self, result: object) -> None:
        if self._of is not None:
            self.found = cast("Rehearsal", result)
            self.changed.emit()

    def _lost(self, _error: Exception) -> None:
        """Do without: the problems of the network are told elsewhere."""

    def close_down(self) -> None:
        """End what runs."""
        self._timer.stop()
        self._gone.set()
        self._background.close()


def _alike(before: Project, after: Project) -> bool:
    """Return whether two projects take the same memory."""
    old, new = before.training, after.training
    same = ("phases", "batch", "batch_size", "device", "precision")
    return (
        before.networks == after.networks
        and before.data == after.data
        and before.variables == after.variables
        and all(getattr(old, name) == getattr(new, name) for name in same)
    )
