"""The colours of the plots, taken from the theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor

from designer.monitor.shapes import mix, ramp

try:
    from designer.theme import theme
except ImportError:
    theme = None


@dataclass(frozen=True, slots=True)
class Style:
    """What plots paint with."""

    dark: bool
    text: QColor
    muted: QColor
    faint: QColor
    axis: QColor
    grid: QColor
    paper: QColor
    panel: QColor
    accent: QColor
    series: tuple[QColor, ...]
    """Told apart with any kind of colour sight."""
    ramp: tuple[QColor, ...]
    """256 colours from the paper (nothing) to the strongest (most)."""

    def layer(self, index: int, count: int) -> QColor:
        """Return the colour of one of many layers: by name if few, by depth if many."""
        if count <= len(self.series):
            return self.series[index]
        place = 70 + round(185 * index / max(count - 1, 1))
        return self.ramp[place]


def style() -> Style:
    """Return the plots' colours in the current theme."""
    dark = False
    paper = QColor("#ffffff")
    text = QColor("#1c2430")
    return Style(
        dark=dark, text=text, muted=mix(text, paper, 0.25), faint=mix(text, paper, 0.4),
        axis=mix(text, paper, 0.6), grid=mix(text, paper, 0.9), paper=paper, panel=QColor("#f6f7f9"),
        accent=QColor("#2563eb"), series=_SERIES, ramp=tuple(ramp(_LIGHT)))


_SERIES: Sequence[QColor] = tuple(
    QColor(c) for c in ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#6a3d9a", "#444444")
)
_LIGHT = ("#ffffff", "#cfe3f1", "#6aaed6", "#2171b5", "#08306b")
_DARK = ("#161b22", "#1f3f66", "#2a7f8e", "#7cc576", "#fdf0a0")
