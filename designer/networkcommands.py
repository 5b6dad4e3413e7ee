"""What is done to whole networks of a project: a new one, another name, a copy, away with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from designer.canvas import edits
from engine import networks
from engine.networks import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.document import Document
    from engine.project import Project


class NetworkCommands(QObject):
    """Changes the networks of a document, one step of undo each.

    Signals
    -------
    refused(sentence)
        Why a network cannot be changed so.
    """

    refused = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document

    def new(self) -> None:
        """Make an empty network and show it."""
        title = networks.fresh_title(self._document.project, "Network 1")
        project, key = networks.new(self._document.project, title)
        self._document.push(f"New network {title}", project)
        self._document.show_network(key)

    def rename(self, key: str, title: str) -> None:
        """Call a network otherwise."""
        self._push(f"Rename to {title}", lambda p: edits.renamed(p, key, title))

    def duplicate(self, key: str) -> None:
        """Make a copy of a network and show it."""
        before = self._document.project
        after = networks.duplicate(before, key)
        self._document.push(f"Duplicate {before.title_of(key)}", after)
        for made in after.networks.keys() - before.networks.keys():
            self._document.show_network(made)

    def delete(self, key: str) -> None:
        """Remove a network that nothing uses."""
        title = self._document.project.title_of(key)
        self._push(f"Delete {title}", lambda p: networks.delete(p, key))

    def _push(self, text: str, make: Callable[[Project], Project]) -> None:
        try:
            project = make(self._document.project)
        except NetworkError as error:
            self.refused.emit(str(error))
            return
        self._document.push(text, project)
