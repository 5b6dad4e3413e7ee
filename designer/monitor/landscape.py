"""The loss around the learned weights, computed when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from designer.evaluate.desk import Desk
from designer.monitor.axes import Scale
from designer.monitor.legend import Entry
from designer.monitor.pictures import PicturePlot
from designer.monitor.plot import Reading
from designer.monitor.saving import Table
from designer.words import figure
from engine.train.events import OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from designer.bridge import Bridge
    from designer.monitor.style import Style
    from engine.judge.landscape import Landscape
    from engine.project import Project

_WAIT = "The loss around the weights, along two random directions"


class LandscapePlot(PicturePlot):
    """Losses on a plane through the weights, coloured by their logarithm."""

    def __init__(self) -> None:
        super().__init__(
            "landscapePlot", "Loss landscape",
            Scale("First direction", unit="lengths of the weights"),
            Scale("Second direction"), _WAIT, column=True,
        )  # fmt: skip
        self.found: Landscape | None = None
        self.make_picture()
        self.restyle()

    def show_found(self, found: Landscape | None) -> None:
        """Show another landscape."""
        self.found = found
        self.follow()
        self.recolour(self.look)
        self.relayout()

    def has_data(self) -> bool:
        """Return whether there is a landscape."""
        return self.found is not None

    def recolour(self, look: Style) -> None:
        """Take colours."""
        if self.found is None:
            self.set_legend([])
            return
        good = self.found.loss[np.isfinite(self.found.loss)]
        low, high = float(good.min()), float(good.max())
        self.set_legend(
            [
                Entry(f"loss {figure(low)}", look.ramp[0]),
                Entry(f"loss {figure(high)}", look.ramp[255]),
            ]
        )

    def toggle(self, entry: int) -> None:
        """Leave the key alone: there is nothing to switch."""

    def _half(self) -> float:
        assert self.found is not None
        ends = self.found.ends
        return float(ends[-1] + (ends[1] - ends[0]) / 2)

    def fit(self) -> bool:
        """Show the whole plane."""
        half, moved = self._half(), False
        for axis in (self.x_axis, self.y_axis):
            if axis.auto and (axis.low, axis.high) != (-half, half):
                axis.low, axis.high = -half, half
                moved = True
        return moved

    def draw(self) -> None:
        """Colour the plane."""
        assert self.found is not None
        loss = self.found.loss
        good = loss[np.isfinite(loss)]
        base = min(float(good.min()), 0.0)
        heights = np.log10(np.where(np.isfinite(loss), loss, good.max()) - base + 1e-12)
        low, high = float(heights.min()), float(heights.max())
        numbers = (heights - low) / max(high - low, 1e-12) * 255
        half = self._half()
        left, right = self.x_axis.place(np.array([-half, half])).tolist()
        bottom, top = self.y_axis.place(np.array([-half, half])).tolist()
        self.set_picture_at(numbers.astype(np.uint8), self.look.ramp, (left, bottom, right, top))

    def table(self) -> Table | None:
        """Return both distances and the loss of every point."""
        if self.found is None:
            return None
        down, across = np.meshgrid(self.found.ends, self.found.ends, indexing="ij")
        rows = np.stack([across.reshape(-1), down.reshape(-1), self.found.loss.reshape(-1)], 1)
        return Table(("first", "second", "loss"), rows)

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the loss under the cursor."""
        found = self.found
        heading = f"({figure(x)}, {figure(y)})"
        if found is None or max(abs(x), abs(y)) > self._half():
            return heading, ()
        i, j = (int(np.abs(found.ends - v).argmin()) for v in (y, x))
        middle = Reading("at the weights", found.middle)
        return heading, [Reading("loss", float(found.loss[i, j])), middle]


class LandscapePage(QWidget):
    """The plot, a button that computes it, and one that ends that.

    Computing rests while the network trains: it wants the weights to stand still.
    """

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("landscape")
        self.setAccessibleName("Loss landscape")
        self._bridge = bridge
        self.plot = LandscapePlot()
        self.desk = Desk(self)
        self.button = QPushButton("Compute")
        self.button.setObjectName("landscape.compute")
        self.button.setAccessibleName("Compute the loss landscape")
        self.button.clicked.connect(self.compute)
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("landscape.cancel")
        self.cancel.setAccessibleName("Cancel computing the loss landscape")
        self.cancel.clicked.connect(self.desk.cancel)
        self.progress = QProgressBar()
        self.progress.setObjectName("landscape.progress")
        self.progress.setAccessibleName("How far the loss landscape is")
        self.progress.setTextVisible(False)
        self.progress.setMaximumSize(QSize(140, 8))
        self.words = QLabel()
        self.words.setObjectName("landscape.words")
        self.words.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setContentsMargins(10, 4, 10, 2)
        row.setSpacing(10)
        for part in (self.button, self.cancel, self.progress):
            row.addWidget(part)
        row.addWidget(self.words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.plot, 1)
        self.desk.told.connect(self._told)
        self.desk.changed.connect(self.refresh)
        bridge.stateChanged.connect(self.refresh)
        self.refresh()

    def compute(self) -> None:
        """Begin, from the weights of the run that rests or is over."""
        session = self._bridge.session
        if session is None or not self._rests():
            return
        project: Project = cast("Any", session).project
        weights = session.state_dict
        if not weights:
            self.words.setText("The run has no weights yet.")
            return

        def work(told: Callable[[str, float], None], cancelled: Callable[[], bool]) -> object:
            from engine.judge.landscape import landscape

            return landscape(project, weights, told=told, cancelled=cancelled)

        self.words.setText("")
        self.desk.run("landscape", work, self._done, self._failed)

    def _rests(self) -> bool:
        return self._bridge.state in OVER or self._bridge.state == "paused"

    def hindrance(self) -> str:
        """Return why no step may be taken just now, or nothing."""
        if not self.desk.kind:
            return ""
        return "The loss landscape is being computed; wait, or cancel it, and train then."

    def refresh(self, *_: object) -> None:
        """Show what can be done now."""
        busy = bool(self.desk.kind)
        self.button.setEnabled(self._bridge.session is not None and self._rests() and not busy)
        self.button.setToolTip("" if self._rests() else "Pause the run, or let it end, first")
        self.cancel.setVisible(busy)
        self.progress.setVisible(busy)

    def forget(self) -> None:
        """Another project is open now."""
        self.desk.cancel()
        self.words.setText("")
        self.plot.show_found(None)

    def close_down(self) -> None:
        """End what is being computed."""
        self.desk.close()

    def _told(self, text: str, share: float) -> None:
        self.progress.setValue(round(100 * share))
        self.words.setText(text)

    def _done(self, result: object) -> None:
        found = cast("Landscape", result)
        if not np.isfinite(found.loss).any():
            self.words.setText("No loss around the weights is a finite number: nothing to draw.")
            return
        self.plot.show_found(found)
        self.words.setText(
            f"{found.samples:,} samples of the {found.part} part; loss {figure(found.middle)} at "
            "the weights, which lie in the middle. Biases and scales stay."
        )

    def _failed(self, sentence: str) -> None:
        self.words.setText(sentence or "Cancelled.")
