"""Pictures of help pages as SVG text: one drawing for the window and for the site."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.help.drawing import Grid, Plot, plain, ticks

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.help.drawing import Picture, Series

WIDTH, HEIGHT = 300, 190
_LEFT, _TOP, _RIGHT, _BOTTOM = 42, 40, 10, 34
_FONT = 'font-family="sans-serif" font-size="10"'


@dataclass(frozen=True, slots=True)
class Colours:
    """What a picture is painted with; each is anything SVG takes for a colour."""

    ink: str
    muted: str
    grid: str
    ground: str
    negative: str
    series: tuple[str, ...]


VARIABLES = Colours(
    ink="var(--text)",
    muted="var(--muted)",
    grid="var(--line)",
    ground="var(--surface)",
    negative="var(--c1)",
    series=tuple(f"var(--c{i})" for i in range(7)),
)
"""Colours that a style sheet of the page gives."""


def svg(picture: Picture, colours: Colours = VARIABLES) -> str:
    """Return a picture as a whole SVG element."""
    if isinstance(picture, Plot):
        body, height = _plot(picture, colours), HEIGHT
    else:
        body, height = _grid(picture, colours)
    label = escape(f"{picture.title}. {picture.caption}".strip(), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{label}">{"".join(body)}</svg>'
    )


def _text(x: float, y: float, words: str, fill: str, anchor: str = "start", more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" {_FONT} {more}>'
        f"{escape(words)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{stroke}" stroke-width="1"/>'
    )


def _plot(plot: Plot, colours: Colours) -> list[str]:
    left, right = plot.span("x")
    low, high = plot.span("y")
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def across(x: float) -> float:
        return _LEFT + wide * (x - left) / (right - left)

    def up(y: float) -> float:
        return _TOP + tall * (high - y) / (high - low)

    parts = [_text(2, 12, plot.title, colours.ink, more='font-weight="bold"')]
    parts += _axes(plot, colours, across, up)
    parts += _legend(plot, colours)
    base = up(min(max(0.0, low), high))
    colour_of = _colour_of(plot, colours)
    for series in plot.series:
        parts.append(_series(series, colour_of[series.name], (across, up), base))
    return parts


def _colour_of(plot: Plot, colours: Colours) -> dict[str, str]:
    """Return each curve's colour; the faint ones share one and take none from the others."""
    found: dict[str, str] = {}
    number = 0
    for series in plot.series:
        if series.style == "faint":
            found[series.name] = colours.grid
        elif series.name not in found:
            found[series.name] = colours.series[number % len(colours.series)]
            number += 1
    return found


def _axes(
    plot: Plot,
    colours: Colours,
    across: Callable[[float], float],
    up: Callable[[float], float],
) -> list[str]:
    bottom = HEIGHT - _BOTTOM
    parts: list[str] = []
    for y in ticks(*plot.span("y"), 4):
        parts.append(_line(_LEFT, up(y), WIDTH - _RIGHT, up(y), colours.grid))
        parts.append(_text(_LEFT - 4, up(y) + 3.5, plain(y), colours.muted, "end"))
    for x in ticks(*plot.span("x"), 6):
        parts.append(_line(across(x), _TOP, across(x), bottom, colours.grid))
        parts.append(_text(across(x), bottom + 12, plain(x), colours.muted, "middle"))
    parts.append(_text(WIDTH - _RIGHT, HEIGHT - 7, plot.x_label, colours.muted, "end"))
    if plot.y_label:
        parts.append(_text(2, HEIGHT - 7, f"↑ {plot.y_label}", colours.muted))
    return parts


def _legend(plot: Plot, colours: Colours) -> list[str]:
    parts: list[str] = []
    place = 2.0
    for name, colour in _colour_of(plot, colours).items():
        style = next(s.style for s in plot.series if s.name == name)
        if not name or style == "faint":
            continue
        dash = ' stroke-dasharray="4 3"' if style == "dash" else ""
        parts.append(
            f'<line x1="{place:.1f}" y1="26" x2="{place + 14:.1f}" y2="26" '
            f'stroke="{colour}" stroke-width="2.5"{dash}/>'
        )
        parts.append(_text(place + 18, 29.5, name, colours.muted))
        place += 18 + 5.6 * len(name) + 12
    return parts


def _series(
    series: Series,
    colour: str,
    to: tuple[Callable[[float], float], Callable[[float], float]],
    base: float,
) -> str:
    across, up = to
    points = [(across(x), up(y)) for x, y in zip(series.x, series.y, strict=True)]
    if series.style == "bars":
        steps = (b[0] - a[0] for a, b in pairwise(points))
        width = 0.8 * min(steps, default=16.0)
        return "".join(
            f'<rect x="{x - width / 2:.1f}" y="{min(y, base):.1f}" width="{width:.1f}" '
            f'height="{abs(base - y):.1f}" fill="{colour}"/>'
            for x, y in points
        )
    dash = ' stroke-dasharray="5 3"' if series.style == "dash" else ""
    thick = 1 if series.style == "faint" else 1.8
    drawn = (
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" '
        f'stroke="{colour}" stroke-width="{thick}" stroke-linejoin="round"{dash}/>'
    )
    if series.style == "path" and points:
        x, y = points[-1]
        drawn += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    return drawn


def _grid(grid: Grid, colours: Colours) -> tuple[list[str], int]:
    rows, columns = len(grid.values), max(map(len, grid.values), default=1)
    side = min(26.0, (WIDTH - 4) / columns, 150 / rows) if rows else 10.0
    top = 22.0
    parts = [_text(2, 12, grid.title, colours.ink, more='font-weight="bold"')]
    for r, row in enumerate(grid.values):
        for c, value in enumerate(row):
            parts += _square(grid, colours, (2 + c * side, top + r * side, side), value)
            if grid.written(r, c):
                parts.append(_number(colours, (2 + c * side, top + r * side, side), value))
    if grid.frame is not None:
        r, c, tall, wide = grid.frame
        parts.append(
            f'<rect x="{2 + c * side:.1f}" y="{top + r * side:.1f}" width="{wide * side:.1f}" '
            f'height="{tall * side:.1f}" fill="none" stroke="{colours.ink}" stroke-width="1.5"/>'
        )
    return parts, round(top + rows * side + 4)


def _square(
    grid: Grid, colours: Colours, place: tuple[float, float, float], value: float
) -> list[str]:
    x, y, side = place
    share = abs(value) / grid.largest
    fill = colours.series[0] if value >= 0 else colours.negative
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{side - 1:.1f}" height="{side - 1:.1f}" '
    parts = [f'{box}fill="{colours.ground}" stroke="{colours.grid}" stroke-width="0.5"/>']
    if share > 0:
        parts.append(f'{box}fill="{fill}" fill-opacity="{0.15 + 0.6 * share:.2f}"/>')
    return parts


def _number(colours: Colours, place: tuple[float, float, float], value: float) -> str:
    x, y, side = place
    words = plain(value)
    size = f'style="font-size:{min(10.0, 1.5 * side / max(len(words), 2)):.1f}px"'
    return _text(x + side / 2, y + side / 2 + 3, words, colours.ink, "middle", size)
