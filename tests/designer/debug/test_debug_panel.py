"""The dock Debug in a real window: steps, tensors, both ways to the canvas, a step run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from designer.debug.panel import DebugPanel
from designer.debug.pictures import pictures, sample_picture
from engine.project import Choice
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


@pytest.fixture
def panel(small: MainWindow, qtbot: QtBot) -> DebugPanel:
    """The panel in front, of a window with input, dense and loss on digits."""
    made = small.document.project.with_training(epochs=200, isolation="thread", threads=1)
    small.document.new(made)
    settle(small, qtbot)
    small.commands.actions["view.panel_debug"].trigger()
    small.docks.bring("debug")
    found = small.workspace.panels["debug"]
    assert isinstance(found, DebugPanel)
    qtbot.waitUntil(found.isVisible)
    return found


def press(qtbot: QtBot, button: object) -> None:
    qtbot.waitUntil(button.isEnabled, timeout=20_000)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def rests(qtbot: QtBot, small: MainWindow, panel: DebugPanel, step: int) -> None:
    """Wait until the run rests before a step (from 0), and its tensors are there."""

    def there() -> bool:
        found = panel.inspection
        return small.run.state == "paused" and found is not None and found.step == step

    qtbot.waitUntil(there, timeout=60_000)


def test_step_by_step(small: MainWindow, panel: DebugPanel, qtbot: QtBot) -> None:
    assert panel.empty.isVisible()
    press(qtbot, panel.bar.step)
    rests(qtbot, small, panel, 1)
    assert "Step 2 is next: epoch 1, batch 2 of 32" in panel.state.text()
    names = [node.name for node in panel.model.nodes]
    assert names == ["input", "target", "dense", "cross_entropy"]
    # A click on a node shows it on the canvas, and its tensors here.
    index = panel.model.index(2, 0)
    place = panel.nodes.visualRect(index).center()
    qtbot.mouseClick(panel.nodes.viewport(), Qt.MouseButton.LeftButton, pos=place)
    (chosen,) = small.canvas.selected()
    assert small.document.graph.nodes[chosen].name == "dense"
    detail = panel.detail
    roles = [detail.tabs.tabText(k) for k in range(detail.tabs.count())]
    assert roles == ["Output", "Gradient", "Weights", "Weights' gradient"]
    assert detail.shown.shape == (32, 10)
    detail.tabs.setCurrentIndex(2)
    assert [detail.tensor.itemText(k) for k in range(2)] == ["weight", "bias"]
    weight = small.run._bridge.session.state_dict["dense.weight"].numpy()
    assert detail.model.data(detail.model.index(3, 5), Qt.ItemDataRole.ToolTipRole) == repr(
        float(weight[3, 5])
    )
    # The canvas leads as well.
    first = next(n for n in small.document.graph.nodes.values() if n.spec == "input")
    small.canvas.select([first.id])
    assert panel.nodes.currentIndex().row() == 0
    # Behind another panel it rests, and follows when it comes forward again.
    dense = next(n for n in small.document.graph.nodes.values() if n.spec == "dense")
    small.docks.bring("plots")
    qtbot.waitUntil(lambda: panel.visibleRegion().isEmpty())
    small.canvas.select([dense.id])
    assert panel.nodes.currentIndex().row() == 0
    small.docks.bring("debug")
    qtbot.waitUntil(lambda: panel.nodes.currentIndex().row() == 2)
    # Another row of the batch is another sample.
    panel.row.setCurrentIndex(3)
    assert f"sample {panel.inspection.samples[3] + 1:,}" in panel.row.currentText()
    # To a step, and to the epoch's end.
    panel.bar.number.lineEdit().setText("12")
    press(qtbot, panel.bar.to)
    rests(qtbot, small, panel, 12)
    assert "Step 12 is done." in panel.state.text()
    press(qtbot, panel.bar.epoch)
    rests(qtbot, small, panel, 40)
    assert "Epoch 1 is done." in panel.state.text()
    small.commands.actions["run.stop"].trigger()
    qtbot.waitUntil(lambda: small.run.state == "stopped", timeout=60_000)


def test_settings_while_the_run_rests(small: MainWindow, panel: DebugPanel, qtbot: QtBot) -> None:
    small.commands.actions["run.step"].trigger()
    rests(qtbot, small, panel, 1)
    menu = panel.bar.settings
    menu.refresh()
    line = menu.rate.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0.125")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert small.document.project.phase.optimizer.params["lr"] == 0.125
    dense = next(n.id for n in small.document.graph.nodes.values() if n.spec == "dense")
    small.canvas.select([dense])
    loss_before = panel.inspection.loss
    box = panel.bar.stops.boxes["step"].lineEdit()
    qtbot.keyClicks(box, "9")
    press(qtbot, panel.bar.go_on)
    rests(qtbot, small, panel, 9)
    assert panel.inspection.loss != loss_before
    assert small.run._bridge.session._trainer.prepared.phases[0].lr == 0.125
    small.commands.actions["run.stop"].trigger()
    qtbot.waitUntil(lambda: small.run.state == "stopped", timeout=60_000)
    small.document.undo_stack.setClean()


def test_a_step_that_fails_is_run_again(small: MainWindow, panel: DebugPanel, qtbot: QtBot) -> None:
    made = small.document.project
    rate = Choice(id="sgd", params={"lr": 1e38})
    small.document.new(made.with_training(phases=(made.phase.but(optimizer=rate),)))
    settle(small, qtbot)
    small.commands.actions["run.train"].trigger()
    qtbot.waitUntil(lambda: small.run.state == "failed", timeout=60_000)
    banner = panel.banner
    qtbot.waitUntil(banner.isVisible)
    assert "forward: dense" in banner.words.text()
    assert panel.inspection.kind == "replay"
    row = panel.nodes.currentIndex().row()
    assert panel.model.nodes[row].name == "dense"
    assert "not finite" in panel.model.data(panel.model.index(row, 7))
    assert "not finite" in panel.row.currentText()
    assert small.commands.actions["run.replay"].isEnabled()
    qtbot.mouseClick(banner.replay, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: banner.outcome.text() == "Run again: the same.", timeout=20_000)
    qtbot.mouseClick(banner.show_node, Qt.MouseButton.LeftButton)
    (chosen,) = small.canvas.selected()
    assert small.document.graph.nodes[chosen].name == "dense"
    small.document.undo_stack.setClean()


def test_pictures_are_grey_from_the_least_to_the_greatest_and_mark_what_is_not_finite() -> None:
    import torch

    from engine.train.figures import view

    values = torch.linspace(-1, 1, 2 * 1 * 4 * 4).reshape(2, 1, 4, 4)
    values[1, 0, 3, 3] = torch.nan
    told = view("out", "output", values, 2, 4096)
    made = pictures(told, 0)
    assert made.shape == (2, 4, 4, 3)
    assert made[0, 0, 0].tolist() == [0, 0, 0]
    assert made[1, 3, 3].tolist() == [255, 0, 200]
    assert int(made[1, 3, 2, 0]) == 255
    assert (np.diff(made[0, ..., 0].ravel().astype(int)) >= 0).all()
    picture = sample_picture(told, 1)
    assert picture is not None
    assert picture.shape == (4, 4, 3)
