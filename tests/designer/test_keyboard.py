"""The whole way without a mouse: build, wire, set, train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

Key = Qt.Key


def focused():
    """Return the widget that has the keyboard."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def press(key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, modifiers)


def add(window: MainWindow, words: str) -> str:
    """Search for a layer and add it behind the selected one; return its id."""
    press(Key.Key_Tab)
    QTest.keyClicks(focused(), words)
    press(Key.Key_Return)
    (node,) = window.canvas.selected()
    return node


def test_a_network_is_built_wired_set_and_trained_by_keys(window: MainWindow, qtbot: QtBot) -> None:
    window.canvas.setFocus()
    picture = add(window, "input")
    hidden = add(window, "dense")
    press(Key.Key_Return)  # to the first setting
    press(Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(focused(), "64")
    press(Key.Key_Return)
    press(Key.Key_Escape)
    assert window.document.graph.nodes[hidden].params["out_features"] == 64
    assert focused() is window.canvas
    bend = add(window, "relu")
    digit = add(window, "dense")
    press(Key.Key_Return)
    press(Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(focused(), "10")
    press(Key.Key_Return)
    press(Key.Key_Escape)
    loss = add(window, "cross-entropy")
    wires = [(e.source, e.target) for e in window.document.graph.edges]
    assert wires == [(picture, hidden), (hidden, bend), (bend, digit), (digit, loss)]
    press(Key.Key_Left)
    assert window.canvas.selected() == [digit]
    press(Key.Key_Left)
    press(Key.Key_Left)
    assert window.canvas.selected() == [hidden]
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert loss not in window.document.graph.nodes
    press(Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert loss in window.document.graph.nodes
    press(Key.Key_F5)
    qtbot.waitUntil(lambda: window.workspace.bridge.state == "finished", timeout=60_000)
    assert window.workspace.bridge.result["test"]["accuracy"] > 0.9


def test_the_letters_of_the_canvas(window: MainWindow, qtbot: QtBot) -> None:
    canvas = window.canvas
    canvas.setFocus()
    first = add(window, "dense")
    second = add(window, "relu")
    canvas.motion = False
    canvas.select([first, second])
    press(Key.Key_Left, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert canvas.canvas.places[first][0] == canvas.canvas.places[second][0]
    press(Key.Key_M)
    assert all(window.document.graph.nodes[i].bypassed for i in (first, second))
    press(Key.Key_Z)
    assert window.document.graph.nodes[first].frozen
    press(Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    press(Key.Key_Escape)
    canvas.setFocus()
    press(Key.Key_C)
    press(Key.Key_Escape)
    press(Key.Key_C)
    press(Key.Key_X)
    press(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    notes = window.document.project.layout.notes["main"].values()
    assert sorted(note.group for note in notes) == [False, True]


def test_the_picture_is_written_where_the_dialog_says(
    small: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, head in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        path = tmp_path / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, p=path: (str(p), ""))
        small.commands.actions["file.export_picture"].trigger()
        assert path.read_bytes().startswith(head)
