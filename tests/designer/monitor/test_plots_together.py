"""Plots over one run: one cursor, one range, one moment; their files; layers that are picked."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog

from designer.monitor import saving
from designer.theme import theme
from tests.designer.monitor import story
from tests.designer.monitor.test_live_panel import middle, tell, wheel


def rows(view) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(saving.content(view, "csv").decode())))


def test_the_cursor_on_one_plot_reads_all_others(panel, source, qtbot):
    tell(source)
    panel.history.started = replace(story.started(), steps_per_epoch=200)
    x = panel.loss.frame.rect.left() + panel.loss.frame.rect.width() * 0.5
    spot = QPoint(round(x), round(middle(panel.loss).y()))
    qtbot.mouseMove(panel.loss.viewport(), spot + QPoint(1, 0))
    qtbot.mouseMove(panel.loss.viewport(), spot)
    step = panel.loss.at(spot.toPointF())[0]
    heading = panel.norms.readout.text.split("\n")[0]
    shown = int(heading.split()[1].replace(",", ""))
    assert abs(shown - step) <= 40
    assert "dense  " in panel.norms.readout.text
    epoch = int(panel.metrics.readout.text.split("\n")[0].split()[1])
    assert abs(epoch - step / 200) <= 1
    qtbot.mouseMove(panel.tabs, QPoint(3, 3))
    QApplication.sendEvent(panel.loss, leave())
    assert panel.norms.readout.text == ""


def leave():
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.Leave)


def test_a_zoom_is_for_all_until_they_are_let_go(panel, source):
    tell(source)
    wheel(panel.loss, middle(panel.loss), 3)
    low, high = panel.loss.x_axis.low, panel.loss.x_axis.high
    assert (panel.norms.x_axis.low, panel.norms.x_axis.high) == (low, high)
    per_epoch = story.started().steps_per_epoch
    assert panel.metrics.x_axis.high == pytest.approx(high / per_epoch)
    assert (panel.updates.x_axis.low, panel.updates.x_axis.high) == (low, high)
    panel.norms.reset()
    assert panel.loss.x_axis.auto
    panel.link.click()
    wheel(panel.loss, middle(panel.loss), 3)
    assert panel.norms.x_axis.auto
    assert not panel.loss.x_axis.auto


def test_the_moment_is_marked_on_all(panel, source):
    tell(source)
    panel.measures.look_back(600)
    for plot in (panel.loss, panel.norms):
        line = plot.moment._line
        share = plot.x_axis.place(np.array([600.0]))[0]
        assert line.isVisible()
        assert line.line().x1() == pytest.approx(
            plot.frame.rect.left() + share * plot.frame.rect.width()
        )
    panel.measures.look_back(None)
    assert not panel.loss.moment._line.isVisible()


def test_a_table_holds_the_series_to_the_last_bit(panel, source):
    tell(source)
    read = rows(panel.loss)
    assert [int(row["step"]) for row in read] == list(range(1, 1201))
    wanted = (np.exp(-np.arange(1200) / 500) + 0.01).astype(np.float32)
    assert np.array_equal(np.array([np.float32(row["loss"]) for row in read]), wanted)
    read = rows(panel.norms)
    assert [float(row["relu"]) for row in read] == [float(np.float32(0.2))] * 30
    read = rows(panel.metrics)
    assert [float(row["Loss train"]) for row in read] == pytest.approx([1 / n for n in range(1, 7)])


def test_a_long_series_says_what_was_joined(panel, source):
    source.received.emit([story.started()])
    loss = np.random.default_rng(0).random(60_000).astype(np.float32)
    for first in range(0, len(loss), 2000):
        source.received.emit([story.steps(first, loss[first : first + 2000])])
    read = rows(panel.loss)
    least = min(float(row["loss (least)"]) for row in read)
    assert least == float(loss.min())
    assert max(float(row["loss (greatest)"]) for row in read) == float(loss.max())


@pytest.mark.parametrize("page", [0, 1, 2, 3])
def test_every_plot_in_view_becomes_a_file(panel, source, tmp_path, page):
    tell(source)
    source.received.emit([spread(step, name) for step in (0, 9) for name in ("weight", "grad")])
    panel.tabs.setCurrentIndex(page)
    QApplication.processEvents()
    views = [v for v in (*panel.plots, panel.views.multiples) if v.isVisible()]
    assert views
    for view in views:
        for kind in saving.KINDS:
            path = tmp_path / f"{view.objectName()}.{kind}"
            saving.save(view, path)
            if kind == "png":
                image = QImage(str(path))
                assert image.width() == 2 * view.viewport().width()
                places = range(0, image.height(), 7)
                colours = {image.pixel(x, y) for x in range(image.width()) for y in places}
                assert len(colours) > 3
            elif kind == "svg":
                drawn = ET.parse(path).getroot()
                assert len(list(drawn.iter())) > 20
            else:
                assert len(path.read_text().splitlines()) > 5


def spread(step: int, quantity: str):
    from engine.train import events as ev

    one = np.ones(len(story.NODES), np.float32)
    counts = story.activations(step).histogram
    return ev.Spread(step, quantity, story.NODES, -one, one, counts)


def test_the_menu_asks_for_a_file(panel, source, tmp_path, monkeypatch, qtbot):
    tell(source)
    path = tmp_path / "norms.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    menu = saving.Menu(panel.norms)
    qtbot.addWidget(menu)
    next(a for a in menu.actions() if a.objectName() == "plotMenu.csv").trigger()
    assert path.read_text().startswith("step,dense,relu,dense_2\n")


def test_another_kind_of_file_is_refused_in_words(panel, source, tmp_path):
    tell(source)
    with pytest.raises(ValueError, match=r"received “a\.gif”"):
        saving.save(panel.loss, tmp_path / "a.gif")
    with pytest.raises(ValueError, match="no figures"):
        saving.save(panel.views.landscape.plot, tmp_path / "a.csv")


def test_several_picked_layers_stand_out(panel, source):
    tell(source)
    panel.show_nodes(("n1", "n3"))
    look = theme()
    colours = [curve.colour.name() for curve in panel.norms._lines]
    own = list(look.series[:3])
    assert [colours[0], colours[2]] == [own[0], own[2]]
    assert colours[1] != own[1]
    assert [len(curve.items) for curve in panel.norms._lines] == [2, 1, 2]
    assert "relu" not in panel.norms.read(500, 0.1)[1].__str__()
    panel.show_nodes(())
    assert [curve.colour.name() for curve in panel.norms._lines] == own


def test_smoothing_is_a_slider(panel, source, qtbot):
    noise = np.random.default_rng(0).random(1200)
    source.received.emit([story.started(), story.steps(0, noise)])
    slider = panel.findChild(object, "lossPlotSmoothing")
    narrow = panel.loss.legend.names[1]
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_End)
    wide = panel.loss.legend.names[1]
    assert (narrow, wide) == ("mean of 30 steps", "mean of 300 steps")
    means = panel.loss._means[0]
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert 5 * means.std() < panel.loss._means[0].std()
    assert panel.loss.legend.names[1] == "running mean"
