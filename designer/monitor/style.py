"""The colours of the plots, derived from the theme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QColor

from designer.monitor.shapes import mix, ramp
from designer.theme import Theme, theme


@dataclass(frozen=True, slots=True)
class Style:
    """What plots paint with."""

    text: QColor
    muted: QColor
    axis: QColor
    grid: QColor
    paper: QColor
    panel: QColor
    accent: QColor
    series: tuple[QColor, ...]
    depth: tuple[QColor, ...]
    """Colours from the first layer to the last, where there are more than `series` has."""
    ramp: tuple[QColor, ...]
    """256 colours from the paper (nothing) to the strongest (most)."""

    def layer(self, index: int, count: int) -> QColor:
        """Return the colour of one of several layers: all different if few, by depth if many."""
        if count <= len(self.series):
            return self.series[index]
        return self.depth[round((len(self.depth) - 1) * index / max(count - 1, 1))]


def style() -> Style:
    """Return the plots' colours in the current theme."""
    return _style(theme().name)


@lru_cache(maxsize=4)
def _style(_name: str) -> Style:
    look: Theme = theme()
    paper, text = look.color("canvas" if look.dark else "surface"), look.color("text")
    stops = [look.series[0], look.series[2], look.series[1]]
    return Style(
        text=text,
        muted=look.color("text_muted"),
        axis=look.color("border_strong"),
        grid=mix(paper, text, 0.08),
        paper=paper,
        panel=look.color("surface"),
        accent=look.color("accent"),
        series=tuple(QColor(c) for c in look.series),
        depth=tuple(ramp(stops, 64)),
        ramp=tuple(ramp([paper.name(), *look.heat])),
    )
