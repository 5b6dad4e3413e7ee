"""Points of a plane in the colours of their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale
from designer.monitor.legend import Entry
from designer.monitor.plot import Curve, Plot, Reading
from designer.monitor.saving import Table
from designer.monitor.shapes import squares
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QColor

    from designer.monitor.style import Style
    from engine.train.events import Points

SIDE, SMALL_SIDE, MANY = 5.0, 3.0, 600
"""Side of a point in pixels; the smaller one where there are many."""
NEAR = 12.0
"""The readout tells of a point no farther than this from the cursor, in pixels."""


class ScatterPlot(Plot):
    """The points of one page."""

    both_axes = True

    def __init__(self, name: str, title: str) -> None:
        super().__init__(
            name, title, Scale("First value"), Scale("Second value"),
            "The points appear here", column=True,
        )  # fmt: skip
        self._page: Points | None = None
        self._classes: Sequence[str] = ()
        self._labels: list[int] = []
        self._hidden: set[int] = set()
        self._clouds: list[Curve] = []
        self.restyle()

    def name_classes(self, names: Sequence[str]) -> None:
        """Call the classes by name."""
        if tuple(names) != tuple(self._classes):
            self._classes = names
            self._entries()

    def show_page(self, page: Points) -> None:
        """Show the points of a step."""
        self._page = page
        self.refresh()

    def has_data(self) -> bool:
        """Return whether there are points."""
        return self._page is not None and len(self._page.xy) > 0

    def _colour(self, look: Style, label: int) -> QColor:
        if label < 0:
            return look.muted
        count = max(self._labels) + 1
        return look.layer(label, count)

    def recolour(self, look: Style) -> None:
        """Take colours."""
        for label, cloud in zip(self._labels, self._clouds, strict=True):
            colour = self._colour(look, label)
            cloud.set_colour(colour)
            cloud.items[0].setBrush(colour)
        self._entries()

    def _name(self, label: int) -> str:
        if label < 0:
            return "no class"
        name = self._classes[label] if label < len(self._classes) else str(label)
        return f"class {name}" if name.isdecimal() else name

    def _entries(self) -> None:
        self.set_legend(
            [
                Entry(self._name(label), cloud.colour, label not in self._hidden)
                for label, cloud in zip(self._labels, self._clouds, strict=True)
                if label >= 0
            ]
        )

    def toggle(self, entry: int) -> None:
        """Show or hide a class."""
        self._hidden ^= {[label for label in self._labels if label >= 0][entry]}
        self._entries()

    def fit(self) -> bool:
        """Follow the points; make a cloud for each class first."""
        page = self._page
        if page is None:
            return False
        labels = sorted(set(self._labels) | set(np.unique(page.labels).tolist()))
        if labels != self._labels:
            for cloud in self._clouds:
                cloud.remove()
            self._labels = labels
            self._clouds = [Curve(self, self.look.accent, z=label) for label in labels]
            self.legend.set([])
            self.recolour(self.look)
        xy = page.xy[np.isfinite(page.xy).all(1)]
        if not len(xy):
            return False
        low, high = xy.min(0).tolist(), xy.max(0).tolist()
        moved = self.x_axis.fit(low[0], high[0])
        return self.y_axis.fit(low[1], high[1]) or moved

    def draw(self) -> None:
        """Draw the points of the classes that are shown."""
        page = self._page
        if page is None:
            return
        side = SIDE if len(page.xy) <= MANY else SMALL_SIDE
        across, down = self.pixels(page.xy[:, 0], page.xy[:, 1])
        for label, cloud in zip(self._labels, self._clouds, strict=True):
            mine = (page.labels == label) & np.isfinite(across)
            cloud.set_shown(label not in self._hidden)
            cloud.set_path(squares(across[mine], down[mine], side))

    def table(self) -> Table | None:
        """Return the points and their classes; a point without a class has a negative one."""
        page = self._page
        if page is None:
            return None
        return Table(("x", "y", "class"), np.column_stack([page.xy, page.labels]).astype(float))

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the place under the cursor and the class of the point nearest to it."""
        page, words = self._page, f"({figure(x)}, {figure(y)})"
        if page is None:
            return words, ()
        shown = np.array([label not in self._hidden for label in page.labels.tolist()])
        points, labels = page.xy[shown], page.labels[shown]
        ends = self.pixels(np.append(points[:, 0], x), np.append(points[:, 1], y))
        far = np.hypot(ends[0][:-1] - ends[0][-1], ends[1][:-1] - ends[1][-1])
        if not len(far) or not np.nanmin(far, initial=np.inf) <= NEAR:
            return words, ()
        label = int(labels[int(np.nanargmin(far))])
        return words, [Reading("point", label, self._name(label))]
