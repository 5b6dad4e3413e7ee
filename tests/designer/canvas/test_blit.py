"""Pixmaps of what is drawn often: how many are kept, and that they show what they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSizeF
from PySide6.QtGui import QColor, QPixmap

from designer.canvas.blit import Kept, blank, kept
from designer.canvas.geometry import HEIGHT, LIP, MARGIN
from designer.theme import theme

if TYPE_CHECKING:
    from conftest import Bench
    from PySide6.QtGui import QImage

MEBI = 2**20


def square() -> QPixmap:
    """Return a pixmap of one mebibyte."""
    return blank(QSizeF(512, 512), 1.0, 1.0)


def test_the_least_recently_used_go_beyond_the_budget(bench: Bench) -> None:
    held = Kept(3 * MEBI)
    for key in "abc":
        held.put(key, square())
    assert held.get("a") is not None
    held.put("d", square())
    assert held.get("b") is None
    assert all(held.get(key) is not None for key in "acd")
    held.clear()
    assert held.get("a") is None


def test_one_that_is_larger_than_the_budget_is_kept_alone(bench: Bench) -> None:
    held = Kept(MEBI // 2)
    held.put("a", square())
    assert held.get("a") is not None
    held.put("b", square())
    assert held.get("a") is None
    assert held.get("b") is not None


def test_what_is_kept_is_drawn_once(bench: Bench) -> None:
    made: list[tuple[str, int]] = []

    @kept(8 * MEBI)
    def draw(name: str, size: int) -> QPixmap:
        made.append((name, size))
        return square()

    for name, size in (("a", 1), ("a", 2), ("a", 1), ("b", 1), ("a", 2)):
        assert isinstance(draw(name, size), QPixmap)
    assert made == [("a", 1), ("a", 2), ("b", 1)]


def shown(bench: Bench, at: QPoint) -> QColor:
    image: QImage = bench.view.viewport().grab().toImage()
    return image.pixelColor(at)


def near(found: QColor, wanted: QColor) -> bool:
    return (
        max(
            abs(found.red() - wanted.red()),
            abs(found.green() - wanted.green()),
            abs(found.blue() - wanted.blue()),
        )
        <= 12
    )


@pytest.mark.parametrize("zoom", [1.0, 0.9, 1.3, 2.0])
def test_a_figure_colours_the_line_and_a_bar_as_long_as_it(bench: Bench, zoom: float) -> None:
    (node,) = bench.chain("dense")
    bench.view.zoom_to(zoom)
    x, y = bench.view.canvas.places[node]
    edge = bench.place(x + 100, y)
    bar = y + HEIGHT + MARGIN + 3 + LIP - MARGIN - 2
    early, late = bench.place(x + 6 + 40, bar), bench.place(x + 6 + 190, bar)
    plain = [shown(bench, at) for at in (edge, early, late)]
    for heat in (0.0, 0.5, 1.0, 0.5):
        colour = theme().heat_color(heat)
        bench.view.set_live({node: ("∇ 1", heat)})
        assert near(shown(bench, edge), colour)
        assert near(shown(bench, early), colour) == (heat >= 0.5)
        assert near(shown(bench, late), colour) == (heat == 1.0)
    bench.view.set_live({node: ("∇ 1", None)})
    assert shown(bench, edge) == plain[0]
    assert near(shown(bench, early), theme().color("raised"))
    bench.view.set_live({})
    assert [shown(bench, at) for at in (edge, early, late)] == plain
