"""The live panel with a run's events fed to it: values shown, interaction, looks, and no leaks."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.monitor.panel import MonitorPanel
from designer.monitor.plot import Plot
from engine.train import events as ev
from tests.designer.monitor import story


def tell(source, count=30):
    for events in story.run(count):
        source.received.emit(events)


def middle(plot: Plot) -> QPointF:
    return plot.frame.rect.center()


def wheel(plot: Plot, where: QPointF, notches: int, keys=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        where,
        plot.viewport().mapToGlobal(where),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def test_before_a_run_words_say_what_to_do(panel):
    assert panel.loss.frame.empty.isVisible()
    assert panel.loss.frame.empty.text() == "Press Train to see the loss here"
    assert panel.summary.text() == "No run yet"


def test_a_run_is_shown(panel, source):
    tell(source)
    assert not panel.loss.frame.empty.isVisible()
    seen = panel.loss.seen
    assert seen.weight.sum() == 30 * 40
    assert seen.high.max() == pytest.approx(1.01)
    assert "step 1,200" in panel.summary.text()
    assert panel.metric_choice.findData("accuracy") >= 0
    assert panel.norms.legend.names == ["dense", "relu", "dense_2"]
    assert not panel.views.boundary_card.isHidden()
    for plot in panel.plots:
        assert plot.x_axis.label
        assert plot.y_axis.label


@pytest.mark.parametrize("page", [0, 1, 2])
def test_every_plot_reads_the_value_under_the_cursor(panel, source, qtbot, page):
    tell(source)
    panel.tabs.setCurrentIndex(page)
    QApplication.processEvents()
    visible = [plot for plot in panel.plots if plot.isVisible()]
    assert visible
    for plot in visible:
        qtbot.mouseMove(plot.viewport(), middle(plot).toPoint())
        QApplication.processEvents()
        plot._cursor = middle(plot)
        plot.refresh()
        lines = plot.readout.text.splitlines()
        assert len(lines) >= 2, plot.title
        qtbot.mouseMove(panel.tabs, QPoint(2, 2))


def test_the_readout_tells_the_exact_loss_of_a_step(panel, source):
    source.received.emit([story.started(), story.steps(0, [4.0, 3.0, 2.0])])
    rect = panel.loss.frame.rect
    x, _ = panel.loss.pixels(np.array([2.0]), np.array([3.0]))
    panel.loss._cursor = QPointF(x[0] + 0.5, rect.center().y())
    panel.loss._hover()
    assert panel.loss.readout.text.startswith("step 2\nloss  3")


def test_wheel_drag_and_double_click(panel, source, qtbot):
    tell(source)
    plot = panel.loss
    # Where the axis ends depends on when it was drawn last: it grows ahead of the curve.
    plot.reset()
    whole = plot.x_axis.ends()
    wheel(plot, middle(plot), 2)
    zoomed = plot.x_axis.ends()
    assert zoomed[1] - zoomed[0] == pytest.approx((whole[1] - whole[0]) * 0.64)
    assert not plot.x_axis.auto
    assert plot.y_axis.auto
    wheel(plot, middle(plot), 1, Qt.KeyboardModifier.ControlModifier)
    assert not plot.y_axis.auto
    start = middle(plot).toPoint()
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(plot.viewport(), start + QPoint(40, 0))
    QApplication.processEvents()
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert plot.x_axis.ends()[0] < zoomed[0]
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=start)
    assert plot.x_axis.auto
    assert plot.y_axis.auto
    assert plot.x_axis.ends() == pytest.approx(whole)


def test_keys_zoom_pan_and_go_home(panel, source, qtbot):
    tell(source)
    plot = panel.loss
    # Where the axis ends depends on when it was drawn last: it grows ahead of the curve.
    plot.reset()
    whole = plot.x_axis.ends()
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Minus):
        qtbot.keyClick(plot, key)
    assert not plot.x_axis.auto
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.x_axis.ends() == pytest.approx(whole)


def test_a_click_in_the_legend_hides_a_layer(panel, source, qtbot):
    tell(source)
    plot = panel.norms
    place = plot.legend._places[2].center().toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert plot.visible() == [0, 1]
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert plot.visible() == [0, 1, 2]


def test_the_panel_follows_the_canvas(panel, source):
    tell(source)
    picked = []
    panel.nodePicked.connect(picked.append)
    panel.show_node("n2")
    assert panel.histograms.node == "n2"
    assert panel.layer_choice.currentData() == "n2"
    panel.show_node("nobody")
    panel.show_node("")
    assert panel.histograms.node == "n2"
    assert picked == []
    panel.layer_choice.activated.emit(2)
    assert picked == ["n3"]


def test_logarithmic_and_linear(panel, source):
    tell(source)
    for plot in (panel.loss, panel.norms):
        for on in (True, False):
            plot.set_log(on)
            low, high = plot.y_axis.low, plot.y_axis.high
            assert np.isfinite([low, high]).all()
            assert low < high < 1e6


def test_other_figures_can_be_chosen(panel, source):
    tell(source)
    panel.metric_choice.setCurrentIndex(panel.metric_choice.findData("accuracy"))
    assert panel.metrics.seen.mean[:, -1].tolist() == pytest.approx([0.9, 0.8])
    panel.tabs.setCurrentIndex(2)
    panel.quantity_choice.setCurrentIndex(panel.quantity_choice.findData("dead"))
    assert panel.spread.seen.high.max() == 0


def test_the_table_shows_the_latest_activations(panel, source):
    panel.tabs.setCurrentIndex(2)
    tell(source)
    QApplication.processEvents()
    panel.table.refresh()
    row = [panel.table.item(1, column).text() for column in range(6)]
    assert row == ["relu", "0", "1", "0%", "-3", "3"]


def test_live_figures_go_to_the_canvas_now_and_then(panel, source):
    told = []
    panel.measures.changed.connect(lambda: told.append(panel.measures.values()))
    tell(source, count=60)
    assert told[0] == {}
    assert 2 <= len(told) <= 9
    assert set(told[-1]) == set(story.NODES)


def test_hidden_plots_are_not_drawn_until_they_are_seen(panel, source):
    tell(source)
    assert panel.updates.dirty
    panel.tabs.setCurrentIndex(1)
    QApplication.processEvents()
    assert not panel.updates.dirty
    assert panel.updates.has_data()


def test_a_second_run_starts_with_empty_plots(panel, source):
    tell(source)
    wheel(panel.loss, middle(panel.loss), 3)
    source.received.emit([story.started()])
    panel.loss.refresh()
    assert panel.loss.x_axis.auto
    assert panel.loss.frame.empty.isVisible()


def test_values_that_are_not_finite_do_no_harm(panel, source):
    source.received.emit([story.started(), story.steps(0, [1.0, np.nan, np.inf, 2.0])])
    nan = np.full(3, np.nan, np.float32)
    source.received.emit([ev.Norms(1, story.NODES, nan, nan, nan, np.nan)])
    source.received.emit([ev.StateChanged("failed")])
    assert panel.loss.y_axis.high < 3


def test_colours_follow_the_theme(panel, source):
    tell(source)
    before = theme.theme().name
    try:
        shots = []
        for name in ("light", "dark"):
            theme.use(name)
            QApplication.processEvents()
            shots.append(panel.loss.grab().toImage().pixelColor(5, 5).lightness())
        assert shots[0] > 200 > 80 > shots[1]
    finally:
        theme.use(before)


def test_every_control_has_a_name(panel):
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QTabBar

    for kind in (QAbstractButton, QComboBox, QTabBar, Plot):
        for widget in panel.findChildren(kind):
            if widget.objectName().startswith("qt_") or type(widget.parent()).__name__ in (
                "QTabBar",
                "ActivationTable",
            ):
                continue
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()


def test_opening_and_closing_leaves_nothing_behind(qtbot, source):
    held = []
    for _ in range(5):
        panel = MonitorPanel(source, source)
        panel.show()
        tell(source, count=10)
        held += [weakref.ref(panel), *(weakref.ref(plot) for plot in panel.plots)]
        panel.close()
        panel.deleteLater()
        QApplication.sendPostedEvents(None, 52)
        QApplication.processEvents()
        del panel
    gc.collect()
    assert [ref() for ref in held if ref() is not None] == []
