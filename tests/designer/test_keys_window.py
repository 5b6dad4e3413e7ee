"""Keys: what they do on the canvas, how they are listed, and how a command gets others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer import keys
from designer.actions import ACTIONS
from designer.canvas.conventions import CONVENTIONS
from designer.keys import KeysWindow
from engine.graph import Graph
from engine.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

Key = Qt.Key
PLAIN, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def press(window: MainWindow, key: Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.keyClick(QApplication.focusWidget() or window.canvas, key, modifiers)


@pytest.fixture
def rows(window: MainWindow) -> list[str]:
    """Three layers, apart, all selected."""
    graph = Graph()
    for spec in ("dense", "relu", "tanh"):
        graph, _ = graph.add(spec)
    places = {"n1": (0.0, 0.0), "n2": (320.0, 90.0), "n3": (900.0, -40.0)}
    window.document.new(Project(networks={"main": graph}).place(places))
    window.canvas.motion = False
    window.canvas.setFocus()
    window.canvas.select(list(graph.nodes))
    return list(graph.nodes)


def test_the_keys_of_the_canvas_do_what_they_say(window: MainWindow, rows: list[str]) -> None:
    canvas, document = window.canvas, window.document
    a, b, c = rows

    def at(axis: int) -> list[float]:
        return [canvas.canvas.places[i][axis] for i in rows]

    press(window, Key.Key_H, CTRL | ALT)
    assert at(0) == [0.0, 450.0, 900.0]
    for key, axis, value in (
        (Key.Key_Up, 1, -40.0),
        (Key.Key_Left, 0, 0.0),
    ):
        press(window, key, CTRL | SHIFT)
        assert set(at(axis)) == {value}
        document.undo_stack.undo()
    press(window, Key.Key_Right, CTRL | SHIFT)
    assert set(at(0)) == {900.0}
    document.undo_stack.undo()
    press(window, Key.Key_Down, CTRL | SHIFT)
    assert len(set(at(1))) == 1
    press(window, Key.Key_M)
    assert all(document.graph.nodes[i].bypassed for i in rows)
    press(window, Key.Key_Z)
    assert all(document.graph.nodes[i].frozen for i in rows)
    press(window, Key.Key_W)
    assert {(e.source, e.target) for e in document.graph.edges} == {(a, b), (b, c)}
    press(window, Key.Key_W, SHIFT)
    assert not document.graph.edges
    for key, modifiers, group in ((Key.Key_G, CTRL, True), (Key.Key_C, PLAIN, False)):
        canvas.select(rows)
        press(window, key, modifiers)
        press(window, Key.Key_X)
        press(window, Key.Key_Return, CTRL)
        canvas.setFocus()
        notes = document.project.layout.notes["main"].values()
        assert group in [note.group for note in notes]


def test_a_sub_network_by_keys(window: MainWindow, rows: list[str]) -> None:
    press(window, Key.Key_G, CTRL | SHIFT)
    assert len(window.document.project.networks) == 2
    (place,) = window.document.graph.nodes
    window.canvas.select([place])
    press(window, Key.Key_Return)
    assert window.document.trail
    press(window, Key.Key_Backspace)
    assert not window.document.trail
    assert window.canvas.selected() == [place]


def test_shift_and_a_search_like_tab(window: MainWindow, rows: list[str]) -> None:
    press(window, Key.Key_A, SHIFT)
    assert window.canvas.dismiss_search()
    window.canvas.setFocus()
    press(window, Key.Key_Tab)
    assert window.canvas.dismiss_search()


def test_tab_goes_from_pane_to_pane_and_back(window: MainWindow, qtbot: QtBot) -> None:
    parts = window.workspace
    panes = {"palette": parts.palette, "inspector": parts.inspector, "plots": parts.monitor}
    window.canvas.setFocus()
    met: list[str] = []
    for step in range(160):
        found = QApplication.focusWidget()
        assert found is not None
        met += [name for name, pane in panes.items() if pane.isAncestorOf(found)]
        if step and found is window.canvas:
            break
        press(window, Key.Key_Backtab, SHIFT)
    assert set(met) == set(panes)
    assert QApplication.focusWidget() is window.canvas, "and round again"


def opened(window: MainWindow) -> KeysWindow:
    window.commands.actions["help.keys"].trigger()
    found = window.findChild(KeysWindow, keys.NAME)
    assert isinstance(found, KeysWindow)
    assert found.isVisible()
    return found


def lines(shown: KeysWindow) -> dict[str, str]:
    """Return what is listed and not hidden."""
    tree, found = shown.list, {}
    for number in range(tree.topLevelItemCount()):
        group = tree.topLevelItem(number)
        rows = [group.child(i) for i in range(group.childCount())]
        found |= {row.text(0): row.text(1) for row in rows if not row.isHidden()}
    return found


def test_everything_is_listed_with_its_keys(window: MainWindow) -> None:
    shown = opened(window)
    listed = lines(shown)
    assert {c.does for c in CONVENTIONS} <= listed.keys()
    assert {a.text for a in ACTIONS.values()} <= listed.keys()
    assert listed["Tidy the layout"] == listed["Tidy layout"] == "L"
    assert listed["Wire"] == "Drag from a port to another, W"
    QTest.keyClicks(shown.search, "ctrl+g")
    assert set(lines(shown)) >= {"Group", "Put a group around layers"}
    assert "Tidy layout" not in lines(shown)
    QTest.keyClick(shown.search, Key.Key_Escape)
    assert not shown.isVisible()


def choose(shown: KeysWindow, text: str) -> None:
    (row, *_) = shown.list.findItems(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    shown.list.setCurrentItem(row)


def test_a_command_gets_other_keys_and_keeps_them(
    window: MainWindow, rows: list[str], make_window: Callable[[], MainWindow]
) -> None:
    shown = opened(window)
    choose(shown, "Tidy layout")
    shown.keys.setKeySequence(QKeySequence("T"))
    QTest.mouseClick(shown.set, Qt.MouseButton.LeftButton)
    assert lines(shown)["Tidy the layout"] == "T"
    shown.close()
    window.canvas.setFocus()
    press(window, Key.Key_L)
    assert window.document.undo_stack.count() == 0, "the old key does nothing now"
    press(window, Key.Key_T)
    assert window.document.undo_stack.undoText() == "Tidy layout"
    again = make_window()
    assert again.commands.actions["network.tidy"].shortcut() == QKeySequence("T")
    shown = opened(again)
    choose(shown, "Tidy layout")
    QTest.mouseClick(shown.default, Qt.MouseButton.LeftButton)
    assert again.settings.shortcut("network.tidy", "L") == "L"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("Ctrl+G", "stands for “Group”"), ("Tab", "can stand for nothing else")],
)
def test_keys_that_are_taken_are_refused(window: MainWindow, wanted: str, words: str) -> None:
    shown = opened(window)
    choose(shown, "Tidy layout")
    shown.keys.setKeySequence(QKeySequence(wanted))
    QTest.mouseClick(shown.set, Qt.MouseButton.LeftButton)
    assert words in shown.state.text()
    assert window.commands.actions["network.tidy"].shortcut() == QKeySequence("L")
    shown.close()
