"""An offer over the canvas: a layer inserted into a trained network starts as the identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton

from designer.canvas import edits
from designer.icons import action_icon
from designer.nodefacts import can_pass_on
from designer.theme import signals, theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.canvas.view import CanvasView
    from engine.project import Project

IDENTITY = "identity"
_BELOW = 16
_TEXT = "“{name}” starts from random weights; as the identity it leaves the figures as they are."


class PassOn(QFrame):
    """Asks for nothing: it goes when the layer does, when a run begins, or when it is dismissed.

    Parameters
    ----------
    holds
        Whether there are learned weights that an edit would keep.
    """

    def __init__(self, view: CanvasView, holds: Callable[[], bool]) -> None:
        super().__init__(view)
        self.setObjectName("canvas.pass_on")
        self.setAccessibleName("Start as identity")
        self.setProperty("role", "popup")
        self._view = view
        self._document = view.document
        self._holds = holds
        self._node = ""
        self.text = QLabel()
        self.text.setObjectName("canvas.pass_on.text")
        self.accept = QPushButton("Start as identity")
        self.accept.setObjectName("canvas.pass_on.accept")
        self.accept.setToolTip(
            "The network keeps its figures: the layer passes on what it receives until it is "
            "trained."
        )
        self.accept.clicked.connect(self._accept)
        self.dismiss = QToolButton()
        self.dismiss.setObjectName("canvas.pass_on.dismiss")
        self.dismiss.setAccessibleName("Dismiss")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.setIconSize(QSize(14, 14))
        self.dismiss.clicked.connect(self.forget)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        for widget in (self.text, self.accept, self.dismiss):
            row.addWidget(widget)
        self.hide()
        view.installEventFilter(self)
        self._document.projectChanged.connect(self._on_project)
        self._document.analysed.connect(self.refresh)
        signals.themeChanged.connect(self._restyle)
        self._restyle()

    def forget(self) -> None:
        """Offer nothing."""
        self._node = ""
        self.hide()

    def refresh(self, *_: object) -> None:
        """Offer what can be offered now."""
        node = self._document.graph.nodes.get(self._node)
        if node is None or node.initializer or not self._holds():
            self.forget()
            return
        analysis = self._document.analysis
        offered = analysis is not None and can_pass_on(analysis.nodes.get(node.id))
        if offered:
            self.text.setText(_TEXT.format(name=node.name))
            self._place()
            self.raise_()
        self.setVisible(offered)

    def _on_project(self, before: Project, after: Project) -> None:
        key = self._document.network
        old, new = before.networks.get(key), after.networks.get(key)
        if old is not None and new is not None and old is not new and self._holds():
            self._node = edits.inserted(old, new) or self._node
        if self._node not in self._document.graph.nodes:
            self.forget()

    def _accept(self) -> None:
        node = self._document.graph.nodes[self._node]
        graph = self._document.graph.change(node.id, initializer=IDENTITY)
        self.forget()
        self._view.push_graph(f"Start {node.name} as identity", graph)

    def _place(self) -> None:
        self.adjustSize()
        room = self._view.size() - self.size()
        self.move(room.width() // 2, max(room.height() - _BELOW, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom of the canvas."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _restyle(self, *_: object) -> None:
        colour = theme().color("text")
        self.dismiss.setIcon(action_icon("close", colour, colour))
