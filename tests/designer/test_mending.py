"""Fix all: shown before it is done, done as one step, worked out beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.graph import Graph
from engine.remedies import Remedy
from engine.train.events import Finding
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


def test_what_a_run_found_is_mended_with_the_rest(small: MainWindow, qtbot: QtBot) -> None:
    broken(small, qtbot)
    given = {"network": "main", "nodes": ["n2"], "spec": "relu", "params": {}}
    activate = Remedy("behind", "Put a ReLU behind “dense”", given)
    lower = Remedy("optimizer", "Lower the rate", {"phase": 0, "values": {"lr": 1e-5}})
    told = [
        Finding("saturation", "n2", "“dense” is odd.", fix=activate),
        Finding("lr_too_high", "n2", "The rate is too high.", fix=lower),
        Finding("exploding_gradients", "n2", "They explode.", fix=lower),
    ]
    small.workspace.bridge.received.emit(told)
    taken: list[tuple[str, object]] = []
    small.workspace.findings.settingChanged.connect(lambda *pair: taken.append(pair))
    shown = opened(small, qtbot)
    rows = [shown.list.topLevelItem(i).text(1) for i in range(shown.list.topLevelItemCount())]
    assert rows[-2:] == [activate.text, lower.text]
    assert "They explode." in shown.left.text()
    QTest.mouseClick(shown.apply, LEFT)
    settle(small, qtbot)
    graph, phase = small.document.graph, small.document.project.phase
    assert [graph.nodes[e.target].spec for e in graph.edges if e.source == "n2"] == ["relu"]
    assert phase.optimizer.params["lr"] == 1e-5
    assert taken == [("phases.0.optimizer.params.lr", 1e-5)]
    gone = {row.message: row.gone for row in small.workspace.findings.rows}
    assert gone["The rate is too high."]
    assert not gone["They explode."]
    small.document.undo_stack.undo()
    small.document.undo_stack.setClean()


def test_a_finding_alone_opens_the_way_to_fix_all(small: MainWindow, qtbot: QtBot) -> None:
    lower = Remedy("optimizer", "Lower the rate", {"phase": 0, "values": {"lr": 1e-5}})
    action = small.commands.actions["network.fix_all"]
    assert not action.isEnabled()
    small.workspace.bridge.received.emit([Finding("lr_too_high", "n2", "Too high.", fix=lower)])
    assert action.isEnabled()
    shown = opened(small, qtbot)
    assert shown.list.topLevelItemCount() == 1
    small.workspace.bridge.received.emit([Finding("lr_too_high", "n2", "Too high.", news="gone")])
    qtbot.waitUntil(lambda: shown.chain is not None, timeout=10_000)
    assert shown.list.topLevelItemCount() == 0
    assert not shown.apply.isEnabled()
    shown.close()
