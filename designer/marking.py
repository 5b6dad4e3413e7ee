"""From what was found at addresses to the badges of the nodes on show."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject

from designer import navigation
from designer.help.near import desk_of
from engine.analysis import Problem

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView
    from designer.document import Document
    from designer.findings import FindingsPanel

Told: TypeAlias = "dict[str, tuple[str, ...]]"


class Marking(QObject):
    """Puts what the findings panel tells of nodes on the canvas, and opens pages of rules."""

    def __init__(self, document: Document, canvas: CanvasView, panel: FindingsPanel) -> None:
        super().__init__(panel)
        self._document, self._canvas, self._panel = document, canvas, panel
        self._told: Told = {}
        panel.marked.connect(self._take)
        panel.helpWanted.connect(self._help)
        document.analysed.connect(self._show)

    def _take(self, told: Told) -> None:
        self._told = told
        self._show()

    def _show(self, *_: object) -> None:
        self._canvas.canvas.mark(
            {
                node_id: tuple(Problem(node_id, "finding", m, severity="warning") for m in messages)
                for node_id, messages in on_show(self._document, self._told).items()
            }
        )

    def _help(self, key: str) -> None:
        desk = desk_of(self._panel)
        if desk is not None:
            desk.show(key)


def on_show(document: Document, told: Told) -> Told:
    """Return what was found by node on show; a place shows what was found inside it."""
    if not told:
        return {}
    spot, project = document.spot, document.project
    stem = navigation.address(project, spot.root, navigation.prefix(spot, document.copies))
    found: Told = {}
    for address, messages in told.items():
        if not address.startswith(stem) or (not stem and ":" in address):
            continue
        node_id = address[len(stem) :].partition("/")[0].partition("#")[0]
        found[node_id] = (*found.get(node_id, ()), *messages)
    return found
