"""Pan, zoom, frame, minimap and what is drawn from afar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.graph import Graph

if TYPE_CHECKING:
    from conftest import Bench

NONE = Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def wheel(bench: Bench, at: QPoint, turn: int) -> None:
    target = bench.view.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(target.mapToGlobal(at)),
        QPoint(),
        QPoint(0, turn),
        NONE,
        PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(target, event)


def test_the_middle_button_pans(bench: Bench) -> None:
    bench.loose("dense")
    before = bench.view.mapToScene(QPoint(0, 0))
    bench.drag(QPoint(300, 300), QPoint(360, 340), Qt.MouseButton.MiddleButton)
    assert before - bench.view.mapToScene(QPoint(0, 0)) == QPointF(60, 40)
    assert bench.undo_texts() == []


def test_space_and_drag_pan(bench: Bench) -> None:
    (a,) = bench.loose("dense")
    before = bench.view.mapToScene(QPoint(0, 0))
    QTest.keyPress(bench.view, Qt.Key.Key_Space)
    bench.drag(bench.body(a), bench.body(a) + QPoint(-50, 20))
    QTest.keyRelease(bench.view, Qt.Key.Key_Space)
    assert before - bench.view.mapToScene(QPoint(0, 0)) == QPointF(-50, 20)
    assert bench.view.selected() == []
    bench.click(bench.body(a))
    assert bench.view.selected() == [a]


def test_the_wheel_zooms_at_the_pointer(bench: Bench) -> None:
    bench.loose("dense", "relu")
    at = QPoint(200, 150)
    held = bench.view.mapToScene(at)
    wheel(bench, at, 120)
    assert bench.view.zoom == pytest.approx(2**0.25)
    assert (bench.view.mapToScene(at) - held).manhattanLength() < 2
    wheel(bench, at, -120)
    assert bench.view.zoom == 1.0


def test_zoom_has_limits(bench: Bench) -> None:
    bench.loose("dense")
    for _ in range(40):
        wheel(bench, QPoint(100, 100), 120)
    assert bench.view.zoom == pytest.approx(4.0)
    for _ in range(60):
        wheel(bench, QPoint(100, 100), -120)
    assert bench.view.zoom == pytest.approx(0.05)


def test_zooming_out_of_a_huge_network_brings_it_no_nearer(bench: Bench) -> None:
    graph, first = Graph().add("relu")
    graph, last = graph.add("tanh")
    bench.show(graph, {first: (0.0, 0.0), last: (90_000.0, 0.0)})
    bench.view.frame_all()
    far = bench.view.zoom
    assert far < 0.02
    wheel(bench, QPoint(300, 300), -120)
    assert bench.view.zoom == far
    wheel(bench, QPoint(300, 300), 120)
    assert far < bench.view.zoom < 0.05
    bench.view.look_at(far, 0.0, 0.0)
    assert bench.view.zoom == pytest.approx(far, rel=0.01)


def test_home_frames_all_and_f_the_selection(bench: Bench) -> None:
    a, *_ = bench.loose("dense", "relu", "tanh", "gelu", "silu", "selu", "elu")
    bench.view.zoom_to(2.0)
    bench.key(Qt.Key.Key_Home)
    assert bench.view.seen().contains(bench.view.canvas.bounds())
    assert bench.view.zoom < 1
    bench.view.select([a])
    bench.key(Qt.Key.Key_F)
    assert bench.view.zoom == 1.0
    assert bench.view.seen().contains(bench.view.canvas.bounds([a]))


def test_all_stays_framed_until_the_user_looks_elsewhere(bench: Bench) -> None:
    bench.loose(*["dense"] * 6)
    bench.view.frame_all()
    bench.view.resize(700, 500)
    assert bench.view.seen().contains(bench.view.canvas.bounds())
    wheel(bench, QPoint(10, 10), 480)
    bench.view.resize(720, 500)
    assert not bench.view.seen().contains(bench.view.canvas.bounds())


def test_the_minimap_shows_when_there_is_more_than_is_seen(bench: Bench) -> None:
    ids = bench.loose(*["dense"] * 12)
    minimap = bench.view.minimap
    bench.view.zoom_to(1.0)
    assert minimap.isVisible()
    bench.view.centerOn(0, 0)
    QTest.mouseClick(
        minimap,
        Qt.MouseButton.LeftButton,
        PLAIN,
        QPoint(minimap.width() - 14, minimap.height() // 2),
    )
    assert bench.view.seen().contains(bench.view.canvas.bounds([ids[-1]]).center())
    bench.view.frame_all()
    assert not minimap.isVisible()


def test_from_afar_all_is_drawn_and_can_be_moved(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.view.zoom_to(0.2)
    assert bench.view.far
    bench.view.viewport().repaint()
    bench.drag(bench.body(a), bench.body(a) + QPoint(0, 40))
    assert bench.document.project.position(a) == (0.0, 200.0)
    bench.view.viewport().repaint()
    picture, at = bench.view.grab().toImage(), bench.body(b)
    assert picture.pixelColor(at) != picture.pixelColor(5, 5)


def test_a_far_away_place_is_brought_within_reach(bench: Bench) -> None:
    graph, a = Graph().add("dense")
    bench.show(graph, {a: (1e300, -1e300)})
    bench.view.frame_all()
    assert bench.view.seen().contains(bench.view.canvas.bounds([a]).center())


def test_tidy_is_one_step_and_covers_nothing(bench: Bench) -> None:
    ids = bench.chain("input", "conv2d", "relu", "flatten", "dense", "cross_entropy")
    bench.show(bench.graph, dict.fromkeys(ids, (0.0, 0.0)))
    bench.key(Qt.Key.Key_L)
    xs = [bench.document.project.position(i)[0] for i in ids]
    assert xs == sorted(set(xs))
    assert bench.undo_texts() == ["Tidy layout"]
    bench.document.undo_stack.undo()
    assert bench.document.project.position(ids[3]) == (0.0, 0.0)
