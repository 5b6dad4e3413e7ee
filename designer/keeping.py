"""What a run has learned, kept while the network is edited: for going on after a pause or an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.networks.journal import composed
from engine.train.events import OVER, Edited, Event, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from designer.bridge import Bridge
    from designer.document import Document
    from engine.project import Project
    from engine.weights import WeightStore


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
        self._handed: tuple[Project, int] | None = None
        document.moved.connect(self._moved)
        document.replaced.connect(self.forget)
        bridge.received.connect(self._received)

    def began(self, project: Project) -> None:
        """Note the project a run has begun with."""
        self._project = project
        self._told = []
        self._handed = None

    def forget(self) -> None:
        """Drop everything: another project is on show."""
        self._project = None
        self._told = []
        self._handed = None

    @property
    def changed(self) -> bool:
        """Return whether the networks differ from those of the run."""
        run, now = self._project, self._document.project
        return run is not None and (
            run.networks != now.networks
            or run.variables != now.variables
            or run.training.phases != now.training.phases
        )

    @property
    def weights_wait(self) -> bool:
        """Return whether a run is over that left weights for this project."""
        return self._project is not None and self._bridge.state in OVER - {"failed"}

    def hand_over(self, text: str) -> None:
        """Give the paused run the project as it is now; it answers with `Edited` or a finding."""
        project = self._document.project
        moves, copies = composed(self._told)
        self._handed = (project, len(self._told))
        self._bridge.edit(project, moves, copies, text)

    def weights(self) -> WeightStore | None:
        """Return what the last run learned, at the places where the project has it now."""
        session = self._bridge.session
        if session is None or not self.weights_wait:
            return None
        store = session.weights()
        for moves, copies in self._told:
            store.follow(moves, copies)
        return store

    def _moved(self, moves: Mapping[str, str], copies: Mapping[str, str]) -> None:
        if self._project is not None:
            self._told.append((moves, copies))

    def _received(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Edited) and self._handed is not None:
                self._project, count = self._handed
                self._told = self._told[count:]
                self._handed = None
            elif isinstance(event, Finding) and event.kind == "edit":
                self._handed = None
