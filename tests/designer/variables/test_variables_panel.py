"""Named numbers by hand: added, changed, renamed, removed, and used in number boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from designer.forms import SpecForm
from engine.catalog.spec import Param
from engine.graph import NETWORK, Graph
from engine.project import Choice, Project
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.variables.table import NumberTable
    from designer.window import MainWindow


def write(qtbot: QtBot, line: Any, text: str) -> None:
    """Replace what stands in a line, key by key."""
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)


def project() -> Project:
    """A dense layer of twice the width, and a block with a setting."""
    block, first = Graph(title="Block", settings={"channels": 4}).add("input")
    block, dense = block.add("dense", "inner", out_features="=channels * 2")
    block, end = block.add("output")
    block = block.connect(first, dense).connect(dense, end)
    graph, first = Graph().add("input", field="pixels")
    graph, dense = graph.add("dense", "wide", out_features="=width * 2")
    graph, place = graph.add(NETWORK, "placed", network="block")
    graph, head = graph.add("dense", "head", out_features=10)
    graph, loss = graph.add("cross_entropy")
    graph = graph.connect(first, dense).connect(dense, place, target_port="n1")
    graph = graph.connect(place, head, source_port="n3")
    graph = graph.connect(head, loss, target_port="prediction")
    return Project(networks={"main": graph, "block": block}, variables={"width": 8, "depth": 3})


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.document.new(project())
    settle(window, qtbot)
    window.show_work()
    window.commands.actions["view.variables"].trigger()
    yield window
    window.document.undo_stack.clear()


def table(window: MainWindow) -> NumberTable:
    return window.workspace.variables.table


def test_the_action_shows_the_tab(shown: MainWindow) -> None:
    assert shown.workspace.inspector.currentWidget() is shown.workspace.variables
    shown.toggle_panel("inspector")
    shown.commands.actions["view.variables"].trigger()
    assert shown.panel_shown("inspector")
    assert shown.workspace.variables.isVisible()
    assert table(shown).names() == ["width", "depth"]


def test_a_value_reshapes_the_network_in_one_step_of_undo(shown: MainWindow, qtbot: QtBot) -> None:
    box = table(shown).row("width").box
    write(qtbot, box.lineEdit(), "128")
    settle(shown, qtbot)
    assert shown.document.project.variables["width"] == 128
    assert shown.document.analysis.nodes["n2"].outputs["out"].shape[-1] == 256
    assert shown.document.undo_stack.count() == 1
    qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert shown.document.project.variables["width"] == 129
    assert shown.document.undo_stack.count() == 2
    shown.document.undo_stack.undo()
    shown.document.undo_stack.undo()
    assert shown.document.project.variables["width"] == 8
    assert box.text() == "8"
    write(qtbot, table(shown).row("depth").box.lineEdit(), "0.5")
    assert shown.document.project.variables["depth"] == 0.5


def test_what_is_no_number_is_refused_in_place(shown: MainWindow, qtbot: QtBot) -> None:
    row = table(shown).row("width")
    write(qtbot, row.box.lineEdit(), "x")
    assert "“width” must be a number; received “x”" in table(shown).sentence.text()
    assert shown.document.project.variables["width"] == 8
    qtbot.keyClick(row.box.lineEdit(), Qt.Key.Key_Return)
    assert row.box.text() == "8"
    assert table(shown).sentence.isHidden()


def test_adding(shown: MainWindow, qtbot: QtBot) -> None:
    new = table(shown).new
    write(qtbot, new.title, "heads")
    write(qtbot, new.box.lineEdit(), "4")
    qtbot.keyClick(new.box.lineEdit(), Qt.Key.Key_Return)
    assert list(shown.document.project.variables) == ["width", "depth", "heads"]
    assert new.title.text() == ""
    write(qtbot, new.title, "width")
    write(qtbot, new.box.lineEdit(), "4")
    qtbot.mouseClick(new.button, Qt.MouseButton.LeftButton)
    assert "has a variable “width” already" in table(shown).sentence.text()
    write(qtbot, new.title, "2a")
    qtbot.keyClick(new.title, Qt.Key.Key_Return)
    assert "cannot be a name" in table(shown).sentence.text()
    assert len(shown.document.project.variables) == 3


def test_renaming_changes_the_expressions(shown: MainWindow, qtbot: QtBot) -> None:
    title = table(shown).row("width").title
    write(qtbot, title, "size")
    qtbot.keyClick(title, Qt.Key.Key_Return)
    assert shown.document.graph.nodes["n2"].params["out_features"] == "=size * 2"
    assert table(shown).names() == ["size", "depth"]
    assert shown.document.undo_stack.count() == 1
    write(qtbot, title, "depth")
    qtbot.keyClick(title, Qt.Key.Key_Return)
    assert "already" in table(shown).sentence.text()
    assert title.text() == "size"


def test_removing_names_the_users(shown: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(table(shown).row("width").bin, Qt.MouseButton.LeftButton)
    assert "“width” is used by wide (main), Units" in table(shown).sentence.text()
    qtbot.mouseClick(table(shown).row("depth").bin, Qt.MouseButton.LeftButton)
    assert shown.document.project.variables == {"width": 8}
    assert table(shown).sentence.isHidden()


def test_a_use_is_shown_on_the_canvas(shown: MainWindow, qtbot: QtBot) -> None:
    row = table(shown).row("width")
    assert row.uses.text() == "1 use"
    assert table(shown).row("depth").uses.text() == "unused"
    shown.document.show_network("block")
    row.menu.aboutToShow.emit()
    (action,) = row.menu.actions()
    assert action.text() == "wide (main), Units"
    action.trigger()
    assert shown.document.network == "main"
    assert shown.selected() == ["n2"]


def test_uses_follow_edits(shown: MainWindow, qtbot: QtBot) -> None:
    graph = shown.document.graph.set_params("n4", {"out_features": "=width + 2"})
    shown.document.push_graph("Change", graph)
    row = table(shown).row("width")
    qtbot.waitUntil(lambda: row.uses.text() == "2 uses")


def test_an_expression_in_the_inspector(shown: MainWindow, qtbot: QtBot) -> None:
    shown.canvas.select(["n4"])
    form = shown.workspace.node.form
    editor, row = form.editor("out_features"), form.rows["out_features"]
    write(qtbot, editor.box.lineEdit(), "= width + 2")
    settle(shown, qtbot)
    assert shown.document.graph.nodes["n4"].params["out_features"] == "=width + 2"
    assert editor.result.text() == "= 10"
    assert editor.result.isVisible()
    assert shown.document.undo_stack.count() == 1
    write(qtbot, editor.box.lineEdit(), "=widht")
    assert "There is no variable “widht”. Do you mean “width”?" in row.sentence.text()
    assert shown.document.graph.nodes["n4"].params["out_features"] == "=width + 2"
    write(qtbot, editor.box.lineEdit(), "=width - 20")
    assert "must be at least 1; received -12" in row.sentence.text()
    shown.document.push("Change", shown.document.project.but(variables={"width": 30}))
    settle(shown, qtbot)
    assert editor.box.text() == shown.document.graph.nodes["n4"].params["out_features"]
    assert editor.result.text() == "= 28"
    assert row.sentence.isHidden()
    shown.document.push("Change", shown.document.project.but(variables={}))
    settle(shown, qtbot)
    assert "no variable “width”" in row.sentence.text()
    assert editor.result.isHidden()


def test_expressions_side_by_side_and_in_lists(qtbot: QtBot) -> None:
    params = (
        Param(name="k", default=(3, 3), length=2, ge=1, doc="K."),
        Param(name="s", default=(1, 8), doc="S."),
        Param(name="text", default="", doc="T."),
    )
    form = SpecForm(params, {})
    qtbot.addWidget(form)
    seen: list[tuple[str, object]] = []
    form.valueChanged.connect(lambda name, value: seen.append((name, value)))
    write(qtbot, form.editor("k").boxes[0].lineEdit(), "=n")
    assert "whole number" in form.rows["k"].sentence.text()
    form.set_names({"n": 5})
    write(qtbot, form.editor("k").boxes[0].lineEdit(), "=n")
    assert seen == [("k", ("=n", 3))]
    assert form.editor("k").result.text() == "= 5 × 3"
    write(qtbot, form.editor("s").line, "=max(n, 2), 4")
    assert seen[-1] == ("s", ("=max(n, 2)", 4))
    assert form.editor("s").result.text() == "= 5 × 4"
    write(qtbot, form.editor("text").line, "=n")
    assert seen[-1] == ("text", "=n")
    form.set_values({"k": "=n", "s": (2, 3)})
    assert [box.text() for box in form.editor("k").boxes] == ["=n", "=n"]
    assert form.editor("k").result.text() == "= 5 × 5"
    assert form.editor("s").result.isHidden()
    form.set_values({"k": (1, 2)})
    assert form.editor("k").result.isHidden()


def test_arrows_leave_an_expression_alone(shown: MainWindow, qtbot: QtBot) -> None:
    shown.canvas.select(["n2"])
    box = shown.workspace.node.form.editor("out_features").box
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.text() == "=width * 2"
    assert not shown.document.dirty


def test_a_place_sets_what_its_network_offers(shown: MainWindow, qtbot: QtBot) -> None:
    shown.canvas.select(["n3"])
    arguments = shown.workspace.node.arguments
    qtbot.waitUntil(arguments.isVisible)
    assert arguments.reset.isHidden()
    line = arguments.form.editor("channels").box.lineEdit()
    assert line.text() == "4"
    write(qtbot, line, "=width // 2 + 1")
    settle(shown, qtbot)
    assert shown.document.graph.nodes["n3"].arguments == {"channels": "=width // 2 + 1"}
    assert arguments.form.editor("channels").result.text() == "= 5"
    assert shown.document.analysis.nodes["n3"].outputs["n3"].shape[-1] == 10
    assert shown.document.undo_stack.count() == 1
    write(qtbot, line, "6")
    assert shown.document.graph.nodes["n3"].arguments == {"channels": 6}
    assert type(shown.document.graph.nodes["n3"].arguments["channels"]) is int
    qtbot.mouseClick(arguments.reset, Qt.MouseButton.LeftButton)
    assert shown.document.graph.nodes["n3"].arguments == {}
    assert line.text() == "4"


def test_a_network_has_settings_of_its_own(shown: MainWindow, qtbot: QtBot) -> None:
    shown.canvas.select([])
    node = shown.workspace.node
    shown.workspace.inspector.setCurrentWidget(node)
    assert node.settings.isHidden()
    shown.document.show_network("block")
    settle(shown, qtbot)
    numbers = node.settings.table
    qtbot.waitUntil(numbers.isVisible)
    assert numbers.names() == ["channels"]
    write(qtbot, numbers.row("channels").box.lineEdit(), "16")
    assert node.settings.table is numbers
    settle(shown, qtbot)
    assert shown.document.project.networks["block"].settings == {"channels": 16}
    assert shown.document.analysis.nodes["n2"].outputs["out"].shape[-1] == 32
    qtbot.mouseClick(numbers.row("channels").bin, Qt.MouseButton.LeftButton)
    assert "inner (Block), Units" in numbers.sentence.text()
    write(qtbot, numbers.new.title, "rate")
    write(qtbot, numbers.new.box.lineEdit(), "0.5")
    qtbot.keyClick(numbers.new.title, Qt.Key.Key_Return)
    assert shown.document.project.networks["block"].settings == {"channels": 16, "rate": 0.5}
    shown.canvas.select(["n2"])
    assert node.form.editor("out_features").result.text() == "= 32"


def test_the_optimizer_and_the_data_take_expressions(shown: MainWindow, qtbot: QtBot) -> None:
    training = shown.workspace.training
    line = training.form.optimizer.form.editor("lr").box.lineEdit()
    write(qtbot, line, "=width / 1000")
    assert shown.document.project.phase.optimizer.params["lr"] == "=width / 1000"
    source = Choice(id="moons", params={"samples": "=width * 10"})
    shown.document.push("Data", shown.document.project.with_data(source=source))
    settle(shown, qtbot)
    assert shown.workspace.data.source.form.editor("samples").result.text() == "= 80"
    assert shown.document.info.samples == 80
    shown.document.push("Change", shown.document.project.but(variables={}))
    settle(shown, qtbot)
    assert "There is no variable “width”" in shown.document.data_error


def test_a_layer_of_equal_size_can_start_as_the_identity(shown: MainWindow, qtbot: QtBot) -> None:
    shown.document.push_graph("Change", shown.document.graph.set_params("n2", {"out_features": 64}))
    shown.canvas.select(["n2"])
    settle(shown, qtbot)
    weights = shown.workspace.node.weights
    qtbot.waitUntil(weights.pass_on.isVisible)
    qtbot.mouseClick(weights.pass_on, Qt.MouseButton.LeftButton)
    assert shown.document.graph.nodes["n2"].initializer == "identity"
    assert weights.initializer.currentText() == "Identity"
    settle(shown, qtbot)
    assert weights.pass_on.isHidden()
    shown.canvas.select(["n4"])
    settle(shown, qtbot)
    assert shown.workspace.node.weights.pass_on.isHidden()
