"""Hands for networks in networks on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from designer.canvas.dropping import MIME
from tests.designer.canvas.conftest import LEFT, PLAIN

if TYPE_CHECKING:
    from conftest import Bench

    from designer.canvas.node_item import NodeItem

SHIFT = Qt.KeyboardModifier.ShiftModifier


def item(bench: Bench, node_id: str) -> NodeItem:
    return bench.view.canvas.nodes[node_id]


def double_click(bench: Bench, at: QPoint) -> None:
    QTest.mouseDClick(bench.view.viewport(), LEFT, PLAIN, at)


def drop(bench: Bench, payload: str, at: QPoint, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    data = QMimeData()
    data.setData(MIME, payload.encode())
    target, copy = bench.view.viewport(), Qt.DropAction.CopyAction
    QApplication.sendEvent(target, QDragEnterEvent(at, copy, data, LEFT, modifiers))
    QApplication.sendEvent(target, QDragMoveEvent(at, copy, data, LEFT, modifiers))
    event = QDropEvent(QPointF(at), copy, data, LEFT, modifiers)
    QApplication.sendEvent(target, event)
    assert event.isAccepted()


def name_field(bench: Bench) -> QLineEdit:
    (field,) = (f for f in bench.view.findChildren(QLineEdit, "name.field") if f.isVisible())
    assert isinstance(field, QLineEdit)
    return field


# -- how a place looks
