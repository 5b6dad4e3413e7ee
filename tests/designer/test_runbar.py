"""The bar of a run: figures that change many times a second lay nothing out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from designer.runbar import _Figure

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Requests(QObject):
    """Counts how often a layout is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def holder(qtbot: QtBot) -> QWidget:
    from PySide6.QtWidgets import QHBoxLayout

    made = QWidget()
    QHBoxLayout(made)
    qtbot.addWidget(made)
    return made


def test_another_text_of_the_same_length_asks_for_no_layout(holder: QWidget) -> None:
    label = _Figure("loss", "Loss", 96)
    row = holder.layout()
    assert row is not None
    row.addWidget(label)
    holder.show()
    label.setText("Loss 0.5")
    QApplication.processEvents()
    seen = Requests()
    holder.installEventFilter(seen)
    for step in range(20):
        label.setText(f"Loss 0.{step:03}")
        QApplication.processEvents()
    assert seen.count == 0
    assert label.width() == 96


def test_a_long_text_is_shown_whole_and_the_width_comes_back(holder: QWidget) -> None:
    label = _Figure("left", "Time left", 40)
    row = holder.layout()
    assert row is not None
    row.addWidget(label)
    holder.show()
    label.setText("a text that needs far more room than it has")
    QApplication.processEvents()
    assert label.width() >= label.minimumSizeHint().width() > 100
    wide = label.width()
    label.setText("short")
    assert label.minimumWidth() == wide
    label.clear()
    assert label.minimumWidth() == 40
