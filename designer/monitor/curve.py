"""What stands on a plot: a line of C++ items, and a line of the readout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from designer.words import figure

if TYPE_CHECKING:
    from designer.monitor.plot import Plot


@dataclass(frozen=True, slots=True)
class Reading:
    """A line of the readout under the cursor."""

    name: str
    value: float = math.nan
    words: str = ""

    def __str__(self) -> str:
        """Return the line as shown."""
        return f"{self.name}  {self.words or figure(self.value)}"


class Curve:
    """One line on a plot. A bold one is two thin lines a pixel apart, which paint fast."""

    def __init__(self, parent: Plot, colour: QColor, *, z: float = 0.0, bold: bool = False) -> None:
        self._parent = parent
        self._z = z
        self.colour = colour
        self.items = [QGraphicsPathItem(parent.frame.area)]
        self.set_bold(bold)
        self.set_colour(colour)

    def set_bold(self, bold: bool) -> None:
        """Paint it twice, or once; a bold one lies above the others."""
        if bold and len(self.items) == 1:
            self.items.append(QGraphicsPathItem(self.items[0].path(), self._parent.frame.area))
            self.items[1].setPos(0.0, 1.0)
            self.set_colour(self.colour)
        elif not bold and len(self.items) == 2:
            self._parent.scene().removeItem(self.items.pop())
        for item in self.items:
            item.setZValue(self._z + bold)

    def set_colour(self, colour: QColor) -> None:
        """Paint it in another colour."""
        self.colour = colour
        for item in self.items:
            item.setPen(QPen(colour, 0))

    def set_shown(self, shown: bool) -> None:
        """Show it or hide it."""
        for item in self.items:
            item.setVisible(shown)

    def set_path(self, path: QPainterPath) -> None:
        """Show a path, in pixels of the scene."""
        for item in self.items:
            item.setPath(path)

    def remove(self) -> None:
        """Take it off the plot."""
        for item in self.items:
            self._parent.scene().removeItem(item)
