"""An empty canvas tells how to begin, and its buttons do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def press(window: MainWindow, qtbot: QtBot, name: str) -> None:
    button = window.canvas.findChild(QPushButton, f"canvas.welcome.{name}")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_buttons_of_an_empty_canvas(window: MainWindow, qtbot: QtBot) -> None:
    welcome = window.canvas.findChild(QWidget, "canvas.welcome")
    assert welcome.isVisible()
    press(window, qtbot, "search")
    popup = window.canvas._popup
    assert popup is not None
    assert window.canvas.rect().contains(popup.geometry())
    field = popup.findChild(QLineEdit, "canvas.search.field")
    qtbot.keyClicks(field, "dense")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert [n.spec for n in window.document.graph.nodes.values()] == ["dense"]
    assert not welcome.isVisible()
    window.document.undo_stack.undo()
    assert welcome.isVisible()
    press(window, qtbot, "view.start")
    assert not window.working
    assert window.start.isVisible()


def test_a_network_that_is_placed_has_its_ports_told(window: MainWindow, qtbot: QtBot) -> None:
    window.parts.networks.new()
    welcome = window.canvas.findChild(QWidget, "canvas.welcome")
    assert "ports" in welcome.text.text()
    button = window.canvas.findChild(QPushButton, "canvas.welcome.file.open")
    assert not button.isVisible()
