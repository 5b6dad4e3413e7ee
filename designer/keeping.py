"""What a run has learned, kept while the network is edited: to go on after a pause or an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.networks.journal import composed
from engine.train.events import OVER, Edited, Event, Finding, Started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from designer.bridge import Bridge
    from designer.document import Document
    from engine.project import Project
    from engine.weights import WeightStore

NEXT_RUN = {
    "batch": "batch size",
    "batch_size": "batch size",
    "seed": "seed",
    "device": "device",
    "precision": "precision",
    "threads": "number of threads",
    "isolation": "place to run",
}
"""Settings that a run keeps to its end, and what they are called."""


class Keeping(QObject):
    """Follows the edits of the project since a run took it over.

    A paused run is handed the changed project; a run that is over gives its weights to the next.
    """

    def __init__(self, document: Document, bridge: Bridge) -> None:
        super().__init__()
        self._document = document
        self._bridge = bridge
        self._told: list[tuple[Mapping[str, str], Mapping[str, str]]] = []
        self._project: Project | None = None
        self._steps = 0
        """How many steps of undo there were when the run took the project over."""
        self._begun = False
        self._handed: tuple[Project, int, int] | None = None
        document.moved.connect(self._moved)
        document.replaced.connect(self.forget)
        bridge.received.connect(self._received)

    def began(self, project: Project) -> None:
        """Note the project a run has begun with."""
        self.forget()
        self._project = project
        self._steps = self._document.undo_stack.index()

    def forget(self) -> None:
        """Drop everything: another project is on show."""
        self._project = None
        self._told = []
        self._begun = False
        self._handed = None

    # -- a paused run

    @property
    def changed(self) -> bool:
        """Return whether the networks differ from those of the run, or what they learned moved."""
        run, now = self._project, self._document.project
        return run is not None and (
            run.networks != now.networks
            or run.variables != now.variables
            or run.training.phases != now.training.phases
            or any(composed(self._told))
        )

    @property
    def handing(self) -> bool:
        """Return whether the run has been handed an edit and has not answered yet."""
        return self._handed is not None

    @property
    def other_data(self) -> bool:
        """Return whether the project has come to learn from other data than the run."""
        return self._project is not None and self._project.data != self._document.project.data

    def waiting_settings(self) -> list[str]:
        """Return what only the next run can take over, in words."""
        if self._project is None:
            return []
        old, new = self._project.training, self._document.project.training
        words = [w for name, w in NEXT_RUN.items() if getattr(old, name) != getattr(new, name)]
        return list(dict.fromkeys(words))

    def hand_over(self) -> str:
        """Give the paused run the project as it is now; it answers with `Edited` or a finding.

        Settings that a run keeps to its end stay as the run has them. Returns why it cannot take
        anything over just now, or nothing.
        """
        if self._project is None:
            return ""
        now, run = self._document.project, self._project
        project = now.with_training(**{name: getattr(run.training, name) for name in NEXT_RUN})
        stack = self._document.undo_stack
        text = stack.undoText() if stack.index() == self._steps + 1 else ""
        moves, copies = composed(self._told)
        try:
            self._bridge.edit(project, moves, copies, text)
        except ValueError as error:
            return str(error)
        self._handed = (project, len(self._told), stack.index())
        return ""

    def took_settings(self) -> None:
        """Note that the run has taken over its optimizers' settings as they are now."""
        if self._project is None:
            return
        phases, now = self._project.training.phases, self._document.project.training.phases
        if len(phases) == len(now):
            pairs = zip(phases, now, strict=True)
            same = tuple(
                p.but(optimizer=new.optimizer) if p.optimizer.id == new.optimizer.id else p
                for p, new in pairs
            )
            self._project = self._project.with_training(phases=same)

    # -- a run that is over

    @property
    def weights_wait(self) -> bool:
        """Return whether a run is over that left weights for this project."""
        return self._begun and self._bridge.state in OVER - {"failed"}

    @property
    def holds(self) -> bool:
        """Return whether weights were learned that an edit would keep."""
        return self._begun and (self._bridge.state == "paused" or self.weights_wait)

    def weights(self) -> WeightStore | None:
        """Return what the last run learned, at the places where the project has it now."""
        session = self._bridge.session
        if session is None or not self.weights_wait:
            return None
        store = session.weights()
        store.follow(*composed(self._told))
        return store

    def at_rest(self) -> WeightStore | None:
        """Return what the run has learned so far, paused or over, at the places of now."""
        session = self._bridge.session
        if session is None or not self.holds:
            return None
        store = session.weights()
        store.follow(*composed(self._told))
        return store

    # -- following

    def _moved(self, moves: Mapping[str, str], copies: Mapping[str, str]) -> None:
        if self._project is not None:
            self._told.append((moves, copies))

    def _received(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Started):
                self._begun = self._project is not None
            elif isinstance(event, Edited) and self._handed is not None:
                self._project, count, self._steps = self._handed
                self._told = self._told[count:]
                self._handed = None
            elif isinstance(event, Finding) and event.kind == "edit":
                self._handed = None
