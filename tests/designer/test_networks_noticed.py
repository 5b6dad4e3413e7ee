"""Small things of the window with several networks that a user notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QLabel

from tests.designer.conftest import settle
from tests.designer.nested import project

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.breadcrumb import Breadcrumb
    from designer.tabs import NetworkTabs
    from designer.window import MainWindow


@pytest.fixture
def nest(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with towers and blocks."""
    window.document.new(project())
    settle(window, qtbot)
    window.canvas.setFocus()
    return window


def tabs(window: MainWindow) -> NetworkTabs:
    return window.parts.tabs


def crumbs(window: MainWindow) -> Breadcrumb:
    return window.parts.breadcrumb


def labels(window: MainWindow) -> list[str]:
    return [tabs(window).bar.tabText(i) for i in range(tabs(window).bar.count())]


def test_saving_leaves_the_tabs_open_and_the_view_alone(nest: MainWindow, tmp_path: Path) -> None:
    nest.document.show_network("block")
    open_tabs = labels(nest)
    nest.canvas.zoom_to(0.7)
    nest.document.save(tmp_path / "nest.loom")
    assert labels(nest) == open_tabs
    assert nest.document.network == "block"
    assert nest.canvas.zoom == pytest.approx(0.7)


def test_escape_empties_the_search_of_the_palette(nest: MainWindow, qtbot: QtBot) -> None:
    search = nest.parts.palette.search
    qtbot.keyClicks(search, "dense")
    few = len(nest.parts.palette.titles())
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert not search.text()
    assert len(nest.parts.palette.titles()) > few


def test_a_network_with_a_loss_that_no_phase_trains_says_so(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.parts.networks.new()
    window.canvas.add_node("dense")
    settle(window, qtbot)
    assert window.parts.strip.problems.text() == "Nothing to train yet"
    (label,) = (w for w in crumbs(window).findChildren(QLabel) if w.isVisible())
    assert label.text().startswith("Not placed anywhere")
    window.canvas.add_node("mse")
    settle(window, qtbot)
    (label,) = (w for w in crumbs(window).findChildren(QLabel) if w.isVisible())
    assert label.text().startswith("Not trained yet")


def test_the_strip_leaves_out_what_has_no_room(nest: MainWindow, qtbot: QtBot) -> None:
    strip = nest.parts.strip
    assert strip.minimumSizeHint().width() < 300
    strip.resize(300, strip.height())
    qtbot.wait(1)
    assert strip.problems.isVisible()
    assert not strip.device.isVisible()
    strip.resize(1200, strip.height())
    assert strip.device.isVisible()


def test_no_place_stays_marked_once_the_mouse_is_gone(nest: MainWindow) -> None:
    nest.canvas.canvas.point_at("t2")
    assert nest.canvas.canvas.nodes["t1"].kin
    QCoreApplication.sendEvent(nest.canvas.viewport(), QEvent(QEvent.Type.Leave))
    assert not nest.canvas.canvas.nodes["t1"].kin
