"""Fix all: shown before it is done, done as one step, worked out beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.graph import Graph
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.mending import MendingWindow
    from designer.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


def broken(window: MainWindow, qtbot: QtBot) -> None:
    """Leave a network with a wrong setting, a row into a convolution, and too few scores."""
    graph = window.document.graph
    graph = graph.set_params("n2", {"out_features": 7}).disconnect(graph.edges[:1])
    graph, conv = graph.add("conv2d", out_channels=-4)
    graph = graph.connect("n1", conv).connect(conv, "n2")
    window.document.push_graph("Break", graph)
    settle(window, qtbot)


def opened(window: MainWindow, qtbot: QtBot) -> MendingWindow:
    button = window.workspace.findings.all
    assert not button.isHidden()
    button.click()
    shown = window.workspace.mending
    assert shown is not None
    qtbot.waitUntil(lambda: shown.chain is not None, timeout=10_000)
    return shown


def test_all_is_fixed_as_one_step_after_a_look(small: MainWindow, qtbot: QtBot) -> None:
    broken(small, qtbot)
    graph = small.document.graph
    assert small.commands.actions["network.fix_all"].isEnabled()
    shown = opened(small, qtbot)
    fixes = [shown.list.topLevelItem(i).text(1) for i in range(shown.list.topLevelItemCount())]
    assert any("the default" in fix for fix in fixes)
    assert any("to 10" in fix for fix in fixes)
    assert shown.state.text() == f"{len(fixes)} changes, one step of undo."
    assert small.document.graph is graph, "nothing has been done yet"
    QTest.mouseClick(shown.apply, LEFT)
    settle(small, qtbot)
    assert not shown.isVisible()
    assert small.document.analyse_now().ok
    assert small.document.undo_stack.undoText() == "Fix all"
    small.document.undo_stack.undo()
    assert small.document.graph == graph


def test_what_is_shown_follows_an_edit_and_escape_leaves(small: MainWindow, qtbot: QtBot) -> None:
    broken(small, qtbot)
    shown = opened(small, qtbot)
    before = shown.list.topLevelItemCount()
    small.document.push_graph("Mend", small.document.graph.set_params("n2", {"out_features": 10}))
    settle(small, qtbot)
    qtbot.waitUntil(lambda: shown.chain is not None, timeout=10_000)
    assert 0 < shown.list.topLevelItemCount() < before
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()
    assert small.document.undo_stack.undoText() == "Mend"
    small.document.undo_stack.setClean()


def test_what_cannot_be_mended_is_left_to_the_user(window: MainWindow, qtbot: QtBot) -> None:
    graph, node = Graph().add("conv2d")
    graph, other = graph.add("neural_ode")
    graph = graph.connect(node, other)
    window.document.push_graph("Odd", graph)
    settle(window, qtbot)
    window.workspace.show_mending()
    shown = window.workspace.mending
    assert shown is not None
    qtbot.waitUntil(lambda: shown.chain is not None, timeout=10_000)
    assert shown.left.text().startswith("Left to you:")
    window.document.undo_stack.setClean()
