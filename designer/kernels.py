"""What the convolutions on show have learned, put on their nodes while a run rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.canvas.emblems import sheet
from designer.live import weight_paths
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.bridge import Bridge
    from designer.canvas.emblems import Sheet
    from designer.canvas.view import CanvasView
    from designer.keeping import Keeping
    from designer.live import Sight
    from engine.weights import WeightStore


class Kernels(QObject):
    """Shows kernels when asked: after a run and while it is paused, since then they hold still.

    Parameters
    ----------
    sight
        Returns what is on show and what is known of it; None while nothing is.
    """

    def __init__(
        self,
        canvas: CanvasView,
        bridge: Bridge,
        keeping: Keeping,
        sight: Callable[[], Sight | None],
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._bridge = bridge
        self._keeping = keeping
        self._sight = sight
        self._store: WeightStore | None = None
        self.on = False
        bridge.stateChanged.connect(self._state_changed)
        canvas.document.analysed.connect(self._show)
        canvas.document.replaced.connect(self._forget)

    def set_on(self, on: bool) -> None:
        """Show kernels from now on, or no longer."""
        self.on = on
        self._store = None
        self._show()

    def _forget(self) -> None:
        self._store = None
        self._show()

    def _state_changed(self, _state: str) -> None:
        self._store = None
        self._show()

    def _show(self, *_: object) -> None:
        sight = self._sight() if self.on else None
        if sight is not None and self._store is None:
            self._store = self._keeping.at_rest()
        found: dict[str, Sheet] = {}
        if sight is not None and self._store is not None:
            found = _sheets(self._store, sight)
        self._canvas.canvas.set_kernels(found)


def _sheets(store: WeightStore, sight: Sight) -> dict[str, Sheet]:
    graph = sight.project.networks[sight.spot.network]
    made: dict[str, Sheet] = {}
    for node_id, path in weight_paths(sight).items():
        spec = registry.node(graph.nodes[node_id].spec)
        tensor = store.latest(f"{path}/weight") if spec and spec.group == "Convolution" else None
        found = sheet(tensor.detach().float().cpu().numpy()) if tensor is not None else None
        if found is not None:
            made[node_id] = found
    return made
