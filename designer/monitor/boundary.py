"""Which class the network gives each point of a plane, for problems with two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale
from designer.monitor.legend import Entry
from designer.monitor.pictures import PicturePlot
from designer.monitor.plot import Reading
from designer.monitor.saving import Table
from designer.monitor.shapes import mix
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from designer.monitor.history import History
    from designer.monitor.style import Style
    from engine.train.events import Boundary


class BoundaryPlot(PicturePlot):
    """The plane in the colours of the classes."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "boundaryPlot", "Decision boundary", Scale("First input", unit="scaled"),
            Scale("Second input", unit="scaled"),
            "A problem with two inputs shows its decision boundary here", column=True,
        )  # fmt: skip
        self.history = history
        self._classes: Sequence[str] = ()
        self._known = 0
        self.make_picture()
        self.restyle()

    def name_classes(self, names: Sequence[str]) -> None:
        """Call the classes by name."""
        self._classes = names
        self._entries()

    def forget(self) -> None:
        """Know no classes any more: another project is open."""
        self._known = 0
        self._entries()

    def has_data(self) -> bool:
        """Return whether there is a boundary."""
        return self.history.boundary is not None

    def recolour(self, look: Style) -> None:
        """Take colours."""
        self._entries()

    def _name(self, number: int) -> str:
        name = self._classes[number] if number < len(self._classes) else str(number)
        return f"class {name}" if name.isdecimal() else name

    def _entries(self) -> None:
        series = self.look.series
        self.set_legend([Entry(self._name(i), series[i % len(series)]) for i in range(self._known)])

    def fit(self) -> bool:
        """Show the whole plane."""
        boundary = self.history.boundary
        if boundary is None:
            return False
        moved = False
        for axis, low, high in (
            (self.x_axis, boundary.x0, boundary.x1),
            (self.y_axis, boundary.y0, boundary.y1),
        ):
            if axis.auto and (axis.low, axis.high) != (low, high) and low < high:
                axis.low, axis.high = low, high
                moved = True
        known = max(self._known, int(boundary.grid.max()) + 1)
        if known != self._known:
            self._known = known
            self._entries()
        return moved

    def draw(self) -> None:
        """Colour the plane."""
        boundary = self.history.boundary
        if boundary is None:
            return
        look = self.look
        table = [mix(colour, look.paper, 0.5) for colour in look.series]
        numbers = (boundary.grid % len(table)).astype(np.uint8)
        left, right = self.x_axis.place(np.array([boundary.x0, boundary.x1])).tolist()
        bottom, top = self.y_axis.place(np.array([boundary.y0, boundary.y1])).tolist()
        self.set_picture_at(numbers, table, (left, bottom, right, top))

    def table(self) -> Table | None:
        """Return the class at the middle of each field of the grid."""
        boundary = self.history.boundary
        if boundary is None:
            return None
        rows, across = boundary.grid.shape
        wide, high = boundary.x1 - boundary.x0, boundary.y1 - boundary.y0
        xs = boundary.x0 + (np.arange(across, dtype=np.float64) + 0.5) / across * wide
        ys = boundary.y0 + (np.arange(rows, dtype=np.float64) + 0.5) / rows * high
        held = np.empty((rows * across, 3))
        held[:, 0], held[:, 1] = np.tile(xs, rows), np.repeat(ys, across)
        held[:, 2] = boundary.grid.reshape(-1)
        return Table(("x", "y", "class"), held)

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the class under the cursor."""
        boundary = self.history.boundary
        heading = f"({figure(x)}, {figure(y)})"
        number = None if boundary is None else _class_at(boundary, x, y)
        return heading, () if number is None else [Reading("class", number, self._name(number))]


def _class_at(boundary: Boundary, x: float, y: float) -> int | None:
    rows, across = boundary.grid.shape
    i = int((y - boundary.y0) / (boundary.y1 - boundary.y0) * rows)
    j = int((x - boundary.x0) / (boundary.x1 - boundary.x0) * across)
    if 0 <= i < rows and 0 <= j < across:
        return int(boundary.grid[i, j])
    return None
