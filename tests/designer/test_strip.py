"""The strip above the canvas: it counts what Findings lists, with a mark of the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import files
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def test_a_warning_is_told_and_marked(window: MainWindow, qtbot: QtBot) -> None:
    window.document.new(files.template("iris"))
    settle(window, qtbot)
    strip = window.parts.strip
    assert (strip.problems.text(), strip.mark.isHidden()) == ("No problems", True)
    graph = window.document.graph
    loss = next(i for i, node in graph.nodes.items() if node.spec == "cross_entropy")
    window.document.push("Delete", window.document.project.with_graph(graph.remove([loss]), "main"))
    settle(window, qtbot)
    assert [row.severity for row in window.parts.findings.rows] == ["warning"]
    assert strip.problems.text() == "1 warning"
    assert strip.problems.property("role") == "warning"
    assert not strip.mark.isHidden()
    window.document.undo_stack.undo()
    settle(window, qtbot)
    assert (strip.problems.text(), strip.mark.isHidden()) == ("No problems", True)
    window.document.undo_stack.setClean()


def test_errors_come_before_warnings_and_nothing_before_shapes_are_known(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.document.new(files.template("iris"))
    settle(window, qtbot)
    strip = window.parts.strip
    for found, words, role in (
        ((2, 1), "2 problems, 1 warning", "error"),
        ((0, 3), "3 warnings", "warning"),
        ((0, 0), "No problems", "muted"),
    ):
        strip.set_found(*found)
        assert (strip.problems.text(), strip.problems.property("role")) == (words, role)
    window.document.new(files.template("digits-mlp"))
    strip.set_found(0, 1)
    assert strip.problems.text() == "Working out the shapes…"
    assert strip.mark.isHidden()
    settle(window, qtbot)
