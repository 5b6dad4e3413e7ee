"""Pixmaps of what is drawn often: how many are kept, and that they show what they should."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSizeF
from PySide6.QtGui import QColor, QFontMetricsF, QPixmap

from designer import theme
from designer.canvas.blit import Kept, blank, drawn, kept
from designer.canvas.faces import Face, render
from designer.canvas.geometry import HEIGHT, LIP, MARGIN, WIDTH
from designer.canvas.strip_item import SHORT

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
        colour = theme.theme().heat_color(heat)
        bench.view.set_live({node: ("∇ 1", heat)})
        assert near(shown(bench, edge), colour)
        assert near(shown(bench, early), colour) == (heat >= 0.5)
        assert near(shown(bench, late), colour) == (heat == 1.0)
    bench.view.set_live({node: ("∇ 1", None)})
    assert shown(bench, edge) == plain[0]
    assert near(shown(bench, early), theme.theme().color("raised"))
    bench.view.set_live({})
    assert [shown(bench, at) for at in (edge, early, late)] == plain


def test_a_short_text_fits_into_its_strip_whatever_it_says() -> None:
    for look in (theme.LIGHT, theme.DARK):
        letters = QFontMetricsF(look.font("small"))
        assert letters.horizontalAdvance("W" * SHORT) <= WIDTH - 12 - 16


@pytest.mark.parametrize("badge", ["", "error"])
def test_how_often_a_network_is_repeated_is_not_read_into_its_shape(
    bench: Bench, badge: str
) -> None:
    """Seen from afar, what stands in the row of the shape is the shape alone."""
    once = Face("network", "Structure", "stage3", "", "1024 × 14 × 14", "", badge)
    scale, look = 0.5, theme.theme()
    plain, often = (
        render(face, look, scale, 1.0).toImage() for face in (once, replace(once, times="×5"))
    )
    middle = round((MARGIN + HEIGHT / 2 + 4) * scale)
    below = (0, middle, plain.width(), plain.height() - middle)
    assert plain.copy(*below) == often.copy(*below)
    assert plain != often


def test_a_drawing_that_fails_ends(bench: Bench) -> None:
    pixmap = square()
    with pytest.raises(ValueError, match="no"), drawn(pixmap, 1.0):
        raise ValueError("no")
    assert not pixmap.paintingActive()
