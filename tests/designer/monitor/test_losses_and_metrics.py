"""Several losses and phases on the plots: curves, names, legends, marks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication, QGraphicsScene

from designer.monitor.keys import group, parse
from designer.monitor.legend import ROW, Entry, Legend
from designer.monitor.style import style
from engine.train import events as ev
from tests.designer.monitor import story
from tests.designer.monitor.test_live_panel import middle


def test_a_single_loss_stays_as_it_was(panel, source):
    source.received.emit([story.started(), story.steps(0, [4.0, 3.0, 2.0])])
    assert panel.loss.legend.names[0] == "each step"
    one = {"loss": np.ones(3, np.float32)}
    source.received.emit([ev.Steps(3, one["loss"], 0.1, 1.0, None, 0.0, losses=one)])
    assert panel.loss.legend.names[0] == "each step"


def test_each_loss_alone_and_the_total(panel, source):
    loss = np.linspace(3, 1, 50, dtype=np.float32)
    parts = {"rebuild": loss * 0.75, "kl": loss * 0.25}
    source.received.emit([story.started(), ev.Steps(0, loss, 0.1, 1.0, None, 0.0, losses=parts)])
    assert panel.loss.legend.names == ["total", "rebuild", "kl"]
    tops = [float(window.high.max()) for window in panel.loss.windows]
    assert tops == pytest.approx([3.0, 2.25, 0.75])
    assert panel.loss.y_axis.high > 3


def test_a_set_of_curves_for_each_phase(panel, source):
    source.received.emit([story.started_two(), *story.two_phases(20)])
    names = ["discriminator", "generator", "generator · fool", "generator · match"]
    assert panel.loss.legend.names == names
    panel.tabs.setCurrentIndex(1)
    QApplication.processEvents()
    assert panel.rate.legend.names == ["discriminator", "generator"]
    panel.tabs.setCurrentIndex(0)
    assert "generator 0.5" in panel.summary.text()
    assert panel.norms.legend.names == ["dense", "relu", "generator.dense"]
    panel.loss._cursor = middle(panel.loss)
    panel.loss._hover()
    assert "generator · fool  0.25" in panel.loss.readout.text


def test_a_curve_can_be_switched_off_and_the_axis_follows(panel, source, qtbot):
    source.received.emit([story.started_two(), *story.two_phases(20)])
    plot = panel.loss
    before = plot.y_axis.high
    place = plot.legend._places[0].center().toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    plot.reset()
    assert plot.columns(0) == []
    assert plot.columns(1) == [0]
    assert plot.y_axis.high < before


def test_an_edit_is_marked_on_the_loss(panel, source):
    source.received.emit([story.started(), story.steps(0, np.ones(100))])
    source.received.emit([ev.Edited(100, "Insert Dense 2"), story.steps(100, np.ones(100))])
    panel.loss.refresh()
    assert panel.loss.marks.texts == ["Insert Dense 2"]
    panel.loss.x_axis.set_ends(150, 180)
    panel.loss.x_axis.auto = False
    panel.loss.refresh()
    assert panel.loss.marks.texts == []


def test_keys_of_figures():
    assert parse("loss").kind == "loss"
    told = parse("generator.accuracy.adversary")
    assert (told.phase, told.kind, told.loss) == ("generator", "accuracy", "adversary")
    assert parse("who.knows").kind == "who.knows"


def test_figures_of_one_kind_share_a_plot():
    keys = ["loss", "loss.kl", "accuracy", "generator.loss", "generator.loss.fool"]
    found = group(keys, ["discriminator", "generator"])
    assert list(found) == ["loss", "accuracy"]
    assert [name for _, name in found["loss"]] == [
        "discriminator",
        "discriminator · kl",
        "generator",
        "generator · fool",
    ]
    assert group(["accuracy", "accuracy.side"], [])["accuracy"][1] == ("accuracy.side", "side")
    assert group(["loss"], [])["loss"] == [("loss", "loss")]


def test_the_metrics_plot_shows_all_figures_of_a_kind(panel, source):
    figures = {"loss": 1.0, "generator.loss": 2.0, "accuracy": 0.5}
    source.received.emit([story.started_two()])
    for number in (1, 2, 3):
        source.received.emit([ev.EpochEnd(number, figures, {**figures, "loss": 3.0}, 1.0)])
    panel.metrics.refresh()
    assert panel.metric_choice.count() == 2
    names = ["discriminator", "generator", "train", "validation"]
    assert panel.metrics.legend.names == names
    panel.metrics._cursor = middle(panel.metrics)
    panel.metrics._hover()
    lines = panel.metrics.readout.text.splitlines()
    assert "generator validation  2" in lines
    panel.metrics.toggle(2)
    assert panel.metrics.columns(0) == [1]
    panel.metric_choice.setCurrentIndex(panel.metric_choice.findData("accuracy"))
    assert panel.metrics.legend.names == ["train", "validation"]


@pytest.mark.parametrize(("width", "rows"), [(230, 2), (500, 1)])
def test_names_above_a_plot_wrap_and_stay_inside(qapp: QApplication, width: int, rows: int):
    scene = QGraphicsScene()
    legend = Legend(scene, QFont(), column=True)
    names = ("hidden layer 1", "hidden layer 2", "a third one") if width < 300 else ("a", "b")
    legend.set([Entry(name, QColor("red")) for name in names])
    above, beside = legend.fit(width, 160)
    if width < 300:
        assert (above, beside) == (rows * ROW, 0.0)
    else:
        assert above == 0
        assert beside > 0
    legend.arrange(QRectF(46, 8 + above, width - 60 - beside, 80), width, style())
    assert len(legend._places) == len(names) if width > 300 else legend._places
    assert all(place.right() <= width for place in legend._places)


def test_names_without_room_are_counted_and_scroll(qapp: QApplication):
    scene = QGraphicsScene()
    legend = Legend(scene, QFont(), column=False)
    legend.set([Entry(f"quite a long name {i}", QColor("red")) for i in range(40)])
    above, _ = legend.fit(300, 200)
    area = QRectF(46, 8 + above, 240, 100)
    legend.arrange(area, 300, style())
    seen = len(legend._places)
    assert 0 < seen < 40
    assert legend._items[seen][1].text() == f"+ {40 - seen} more"
    place = legend._places[0].center()
    assert legend.covers(place)
    legend.scroll(5)
    legend.arrange(area, 300, style())
    assert legend.find(place) == 5
