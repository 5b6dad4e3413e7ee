"""The tab Training beside the real canvas: what is trained is lit, and picked by mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from tests.designer.conftest import settle
from tests.designer.training.conftest import adversarial

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def seen(window: MainWindow, node_id: str) -> QPoint:
    view = window.workspace.canvas
    return view.mapFromScene(view.canvas.nodes[node_id].pos() + QPointF(60, 16))


def spread(window: MainWindow) -> None:
    project = adversarial()
    for key in project.networks:
        project = project.place({f"n{i}": (200.0 * i, 0.0) for i in range(1, 6)}, key)
    window.document.new(project)


def test_phases_on_the_canvas(window: MainWindow, qtbot: QtBot) -> None:
    spread(window)
    settle(window, qtbot)
    workspace = window.workspace
    canvas, panel = workspace.canvas, workspace.training
    assert canvas.canvas.lit is None
    workspace.inspector.setCurrentWidget(panel)
    assert canvas.canvas.lit == {"n2"}
    panel.choose(1)
    assert canvas.canvas.lit is None
    qtbot.mouseClick(panel.form.trains.pick, Qt.MouseButton.LeftButton)
    assert window.document.network == "maker"
    settle(window, qtbot)
    assert canvas.canvas.lit == {"n2", "n4"}
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=seen(window, "n2"))
    assert window.document.project.training.phases[1].trains == ("n4",)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not panel.form.trains.pick.isChecked()
    assert canvas.canvas.lit == {"n4"}
    assert workspace.inspector.currentWidget() is panel
    workspace.inspector.setCurrentIndex(0)
    assert canvas.canvas.lit is None
    window.document.undo_stack.undo()
    assert window.document.project.training.phases[1].trains == ()
    assert not window.document.dirty
