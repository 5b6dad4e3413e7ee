"""What display nodes show: pages that appear, pictures laid out crisply, leafing back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.monitor.album import MOST
from designer.monitor.classes import classes_of
from designer.monitor.gallery import GAP, mosaic, tiling
from engine.catalog.spec import Field
from engine.graph import Graph
from engine.project import Project
from tests.designer.monitor import story

FIXED = ["Training", "Weights", "Activations", "By layer", "One layer", "Landscape"]


def titles(panel):
    bar = panel.tabs
    return [bar.tabText(i) for i in range(bar.count()) if bar.isTabVisible(i)]


def open_page(panel, words):
    bar = panel.tabs
    (place,) = [i for i in range(bar.count()) if bar.tabText(i) == words]
    bar.setCurrentIndex(place)
    QApplication.processEvents()


def test_pages_appear_with_their_first_event(panel, source):
    assert titles(panel) == FIXED
    source.received.emit([story.started(), story.pictures(0)])
    assert titles(panel)[len(FIXED) :] == ["Pictures"]
    source.received.emit([story.text(3), story.points(3)])
    assert titles(panel)[len(FIXED) :] == ["Pictures", "Points", "Text"]


def test_another_run_takes_them_away_but_for_the_one_in_view(panel, source):
    source.received.emit([story.started(), story.pictures(0), story.text(0)])
    open_page(panel, "Pictures")
    page = panel.displays["pictures"]
    assert len(page.cards) == 1
    source.received.emit([story.started()])
    assert titles(panel)[len(FIXED) :] == ["Pictures"]
    assert page.words.isVisible()
    assert "appear here" in page.words.text()
    source.received.emit([story.pictures(5)])
    page.refresh()
    assert page.cards["d1"].isVisible()
    panel.forget()
    assert titles(panel) == FIXED
    assert panel.tabs.currentIndex() == 0


def test_pictures_are_shown_with_their_step_and_can_be_leafed_through(panel, source, qtbot):
    started = story.started()
    source.received.emit([started])
    open_page(panel, "Pictures")
    for step in (0, 10, 20):
        source.received.emit([story.pictures(step), story.pictures(step, 4, True, "d9", 40)])
    page = panel.displays["pictures"]
    open_page(panel, "Pictures")
    page.refresh()
    assert list(page.cards) == ["d1", "d9"]
    card = page.cards["d1"]
    assert card.step.text() == "step 21"
    assert card.slider.maximum() == 2
    card.slider.setFocus()
    qtbot.keyClick(card.slider, Qt.Key.Key_Left)
    assert card.step.text() == "step 11"
    source.received.emit([story.pictures(30)])
    page.refresh()
    assert card.step.text() == "step 11"
    qtbot.keyClick(card.slider, Qt.Key.Key_End)
    assert card.step.text() == "step 31"
    source.received.emit([story.pictures(40)])
    page.refresh()
    assert card.step.text() == "step 41"
    assert page.cards["d9"].step.text() == "step 21"
    assert card.slider.accessibleName()


def test_a_long_run_stays_within_bounds_and_keeps_the_page_in_view(panel, source):
    source.received.emit([story.started(), story.text(0)])
    open_page(panel, "Text")
    for step in range(1, 50):
        source.received.emit([story.text(step)])
    page = panel.displays["texts"]
    page.refresh()
    card = page.cards["d3"]
    card.slider.setValue(32)
    for step in range(50, 3 * MOST):
        source.received.emit([story.text(step)])
    page.refresh()
    assert card.slider.maximum() < MOST
    assert abs(int(card.step.text().split()[1]) - 33) < 8
    assert "What light" in card.view.toPlainText()


@pytest.mark.parametrize(
    ("count", "rows", "columns", "width", "height", "expected"),
    [
        (1, 28, 28, 300, 100, (1, 3.0)),
        (16, 28, 28, 1000, 130, (8, 2.0)),
        (4, 8, 8, 100, 100, (2, 6.0)),
        (1, 400, 400, 100, 100, (1, 0.25)),
    ],
)
def test_pixels_are_whole_unless_the_picture_is_too_large(
    count, rows, columns, width, height, expected
):
    assert tiling(count, rows, columns, width, height) == expected


@pytest.mark.parametrize("colour", [False, True])
def test_a_mosaic_holds_every_pixel(colour):
    images = story.pictures(0, 5, colour, size=4).images
    sheet = mosaic(images, 3, 2, GAP, theme.theme().color("surface"))
    assert sheet.shape == (2 * 8 + GAP, 3 * 8 + 2 * GAP, 3)
    last = sheet[8 + GAP :: 2, 8 + GAP : 16 + GAP : 2]
    grey = images[4] if colour else np.repeat(images[4][..., None], 3, 2)
    assert (last == grey).all()


def test_points_in_the_colours_of_their_classes(panel, source, qtbot):
    source.received.emit([story.started(), story.points(0)])
    open_page(panel, "Points")
    plot = panel.displays["points"].cards["d2"].view
    assert plot.legend.names == ["class 0", "class 1", "class 2"]
    plot.name_classes(("ant", "bee", "cat"))
    assert plot.legend.names == ["ant", "bee", "cat"]
    xy = story.points(0).xy
    where = plot.pixels(xy[:1, 0], xy[:1, 1])
    plot._cursor = QPointF(where[0][0] + 1, where[1][0])
    plot._hover()
    assert "point  ant" in plot.readout.text
    plot.toggle(0)
    plot._hover()
    assert "point  ant" not in plot.readout.text


def test_displays_in_both_themes(panel, source):
    before = theme.theme().name
    source.received.emit([story.started(), story.pictures(0), story.points(0), story.text(0)])
    try:
        for words, kind in (("Pictures", "pictures"), ("Points", "points")):
            open_page(panel, words)
            shades = []
            for name in ("light", "dark"):
                theme.use(name)
                QApplication.processEvents()
                view = next(iter(panel.displays[kind].cards.values())).view
                shades.append(view.grab().toImage().pixelColor(1, 1).lightness())
            assert shades[0] > 200 > 80 > shades[1]
    finally:
        theme.use(before)


def test_classes_come_from_the_field_the_display_reads():
    inner, shown = Graph().add("show_points", field="kind")
    outer, place = Graph().add("network", network="inner")
    project = Project(networks={"main": outer, "inner": inner})
    fields = {
        "label": Field(name="label", shape=(), role="target", classes=("a", "b")),
        "kind": Field(name="kind", shape=(), role="target", classes=("x", "y")),
    }
    info = FakeInfo(fields)
    assert classes_of(project, info, f"{place}#2/{shown}") == ("x", "y")
    assert classes_of(project, info, f"inner:{shown}") == ("x", "y")
    assert classes_of(project, info, "gone") == ("a", "b")
    assert classes_of(project, None, shown) == ()


class FakeInfo:
    def __init__(self, fields):
        self.fields = fields
