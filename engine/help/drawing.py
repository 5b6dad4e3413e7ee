"""What a picture of a help page is made of: curves or a grid of numbers, not how it looks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Style: TypeAlias = Literal["line", "dash", "bars", "faint", "path"]


@dataclass(frozen=True, slots=True)
class Series:
    """One curve. `faint` is the ground of others; `path` has a mark at its end."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: Style = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Curves over two axes."""

    title: str
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    caption: str = ""

    @property
    def barred(self) -> bool:
        """Return whether it has bars, which stand on zero."""
        return any(s.style == "bars" for s in self.series)

    def span(self, axis: Literal["x", "y"]) -> tuple[float, float]:
        """Return the least and the greatest number along an axis, a little apart."""
        numbers = [n for s in self.series for n in getattr(s, axis)]
        if self.barred and axis == "y":
            numbers.append(0.0)
        low, high = min(numbers), max(numbers)
        room = 0.06 * (high - low) if axis == "y" or self.barred else 0.0
        if high - low < 1e-12 * max(1.0, abs(high)):
            room = 0.5 * abs(high) or 0.5
        return low - room, high + room


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Numbers in rows and columns, each a square whose colour says how much and which sign."""

    title: str
    values: tuple[tuple[float, ...], ...]
    caption: str = ""
    numbers: bool = False
    """Write the numbers into the squares, within the frame if there is one."""
    frame: tuple[int, int, int, int] | None = None
    """Row, column, height and width of what is framed."""

    def written(self, row: int, column: int) -> bool:
        """Return whether the number of a square is written into it."""
        if not self.numbers or self.frame is None:
            return self.numbers
        top, left, tall, wide = self.frame
        return top <= row < top + tall and left <= column < left + wide

    @property
    def largest(self) -> float:
        """Return the greatest size of a number; 1 where all are zero."""
        return max((abs(v) for row in self.values for v in row), default=0.0) or 1.0


Picture: TypeAlias = Plot | Grid


def curve(name: str, x: Iterable[float], y: Iterable[float], style: Style = "line") -> Series:
    """Return a curve through the points whose numbers are finite."""
    pairs = [
        (float(a), float(b))
        for a, b in zip(x, y, strict=True)
        if math.isfinite(a) and math.isfinite(b)
    ]
    return Series(name, tuple(a for a, _ in pairs), tuple(b for _, b in pairs), style)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers between two, at most so many."""
    span = high - low
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * f for f in (1, 2, 2.5, 5, 10) if span / (power * f) <= most)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def plain(number: float) -> str:
    """Return a number in few characters."""
    if abs(number) < 1e-12:
        return "0"
    text = f"{number:.3g}"
    return text.replace("-", "−").replace("e+0", "e").replace("e−0", "e−")
