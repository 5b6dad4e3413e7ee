"""What stands in the window before shapes are known, and what a narrow button says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from designer.cards import FixButton
from engine import files
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def test_nothing_is_said_of_a_network_before_its_shapes_are_known(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.document.new(files.template("iris"))
    settle(window, qtbot)
    assert window.parts.strip.problems.text() == "No problems"
    window.document.new(files.template("digits-mlp"))
    assert window.parts.strip.problems.text() == "Working out the shapes…"
    assert window.parts.strip.parameters.text() == ""
    assert window.parts.findings.empty.text() == "Working out the shapes…"
    settle(window, qtbot)
    assert window.parts.strip.problems.text() == "No problems"
    assert window.parts.findings.empty.text() == "Nothing to report: the network is sound."


def test_a_wire_from_the_row_above_runs_over_its_node_not_behind_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.document.new(files.template("fashion-cnn"))
    settle(window, qtbot)
    canvas = window.parts.canvas.canvas
    loss = next(item for item in canvas.nodes.values() if item.node.spec == "cross_entropy")
    below = window.document.project.place({loss.node.id: (0.0, 640.0)})
    window.document.push("Place", below)
    (wire,) = [w for w in canvas.wires.values() if w.target is loss]
    body = QRectF(loss.outline.body).translated(loss.pos()).adjusted(2, 2, -2, -2)
    assert wire.source.pos().y() < loss.pos().y()
    assert wire.source.pos().x() > loss.pos().x()
    path = wire.path()
    assert not any(body.contains(path.pointAtPercent(n / 400)) for n in range(401))


def test_a_narrow_button_says_the_beginning(qtbot: QtBot) -> None:
    button = FixButton("Add a cross-entropy loss behind the last layer of the network")
    qtbot.addWidget(button)
    button.resize(180, 30)
    button.show()
    qtbot.waitUntil(lambda: button.text().endswith("…"))
    assert button.text().startswith("Add a cross")
    assert button.fontMetrics().horizontalAdvance(button.text()) < 180
    button.resize(900, 30)
    qtbot.waitUntil(lambda: button.text().endswith("the network"))
