"""Nodes gliding to their new places, so that the eye can follow. The document is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from designer.canvas.scene import CanvasScene

DURATION = 180
"""Milliseconds."""
MOST = 400
"""More nodes than that jump: drawing them all the way would be slower than waiting."""


class Glide(QObject):
    """Shows nodes on their way from where they were to where the scene has them.

    Whatever happens to the document meanwhile ends it, with every node in its place.
    """

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self._from: dict[str, QPointF] = {}
        self._way = QVariantAnimation(self)
        self._way.setDuration(DURATION)
        self._way.setStartValue(0.0)
        self._way.setEndValue(1.0)
        self._way.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._way.valueChanged.connect(self._show)
        scene.document.projectChanged.connect(self._stop)

    @property
    def running(self) -> bool:
        """Return whether nodes are on their way."""
        return self._way.state() == QVariantAnimation.State.Running

    def start(self, before: Mapping[str, tuple[float, float]]) -> None:
        """Glide from these places to those of now."""
        now = self._scene.places
        away = {i: p for i, p in before.items() if i in now and now[i] != p}
        if not away or len(away) > MOST:
            return
        self._from = {i: QPointF(*p) for i, p in away.items()}
        self._show(0.0)
        self._way.start()

    def settle(self) -> None:
        """Put all nodes into their places at once."""
        self._stop()

    def _stop(self, *_: object) -> None:
        if self.running:
            self._way.stop()
            self._show(1.0)

    def _show(self, share: object) -> None:
        assert isinstance(share, float)
        touched: list[str] = []
        for node_id, start in self._from.items():
            item, place = self._scene.nodes.get(node_id), self._scene.places.get(node_id)
            if item is not None and place is not None:
                item.setPos(start + (QPointF(*place) - start) * share)
                touched.append(node_id)
        for wire in {w for i in touched for w in self._scene.nodes[i].wires}:
            wire.adjust()
