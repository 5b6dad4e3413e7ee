"""The tab Training by mouse and keys: one phase, several phases, picking on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QLineEdit

from engine.project import Phase
from tests.designer.training.conftest import adversarial, single

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.document import Document
    from designer.training.panel import TrainingPanel


def pick(combo: QComboBox, value: str) -> None:
    index = combo.findData(value)
    assert index >= 0
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def fill(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.selectAll()
    qtbot.keyClicks(line, text)


def names(document: Document) -> list[str]:
    return [phase.name for phase in document.project.training.phases]


def order(panel: TrainingPanel) -> list[str]:
    """Return the headings that can be seen, from top to bottom."""
    QApplication.processEvents()
    sections = [panel.column.itemAt(i).widget() for i in range(panel.column.count())]
    return [w.heading.text() for w in sections if w and w.isVisible() and hasattr(w, "heading")]


def test_a_beginner_sees_no_phases(panel: TrainingPanel, document: Document) -> None:
    document.new(single())
    assert order(panel) == [
        "Run",
        "Optimizer",
        "Learning-rate schedule",
        "Weights start from",
        "Gradients and weights",
        "Early stopping",
        "Checkpoints",
        "Metrics",
        "Watching",
    ]
    assert panel.add_phase.isVisible()
    assert panel.canvas.lit == []


def test_adding_a_phase_shows_the_list_and_undo_takes_it_back(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(single())
    qtbot.mouseClick(panel.add_phase, Qt.MouseButton.LeftButton)
    assert names(document) == ["train", "phase 2"]
    assert order(panel)[:4] == ["Phases", "phase 2", "Optimizer", "Learning-rate schedule"]
    assert order(panel)[5:7] == ["Run", "Weights start from"]
    assert panel.phases.tree.row() == 1
    assert panel.form.about.editor("name").value == "phase 2"
    document.undo_stack.undo()
    assert names(document) == ["train"]
    assert order(panel)[0] == "Run"
    document.undo_stack.redo()
    assert panel.phases.isVisible()


def test_each_phase_has_its_own_settings(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(adversarial())
    told: list[tuple[str, object]] = []
    panel.settingChanged.connect(lambda path, value: told.append((path, value)))
    panel.phases.tree.setCurrentItem(panel.phases.tree.topLevelItem(1))
    fill(qtbot, panel.optimizer.form.editor("lr").box.lineEdit(), "0.02")
    first, second = document.project.training.phases
    assert second.optimizer.params == {"lr": 0.02}
    assert first.optimizer.params == {}
    assert told[-1] == ("phases.1.optimizer.params.lr", 0.02)
    assert document.undo_stack.count() == 1
    panel.optimizer.committed.emit()
    pick(panel.schedule.combo, "cosine")
    fill(qtbot, panel.gradient.editor("clip_norm").box.lineEdit(), "2")
    fill(qtbot, panel.form.about.editor("steps").box.lineEdit(), "5")
    fill(qtbot, panel.form.about.editor("weight").box.lineEdit(), "-1")
    pick(panel.form.about.editor("split").combo, "validation")
    second = document.project.training.phases[1]
    assert (second.schedule.id, second.clip_norm) == ("cosine", 2.0)
    assert (second.steps, second.weight, second.split) == (5, -1.0, "validation")
    assert document.project.training.phases[0] == first
    panel.phases.tree.setCurrentItem(panel.phases.tree.topLevelItem(0))
    assert panel.form.about.editor("steps").value == 1
    assert panel.optimizer.form.editor("lr").value == 0.001
    assert "× 5" in panel.phases.tree.topLevelItem(1).text(3)


def test_a_rate_worked_out_from_a_variable_is_told_as_a_number(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(adversarial().but(variables={"rate": 0.5}))
    told: list[object] = []
    panel.settingChanged.connect(lambda _path, value: told.append(value))
    panel.form._set_optimizer("lr", "=rate / 10")
    assert document.project.training.phases[0].optimizer.params == {"lr": "=rate / 10"}
    assert told == [0.05]
    assert max(panel.form._resolved(document.project).optimizer.params.values()) == 0.05
    line = panel.optimizer.form.editor("lr").box.lineEdit()
    fill(qtbot, line, "=rate / 100")
    assert told[-1] == 0.005
    panel.form._set_optimizer("lr", "=nobody")
    assert told[-1] == 0.005


def test_names_are_checked(panel: TrainingPanel, document: Document, qtbot: QtBot) -> None:
    document.new(adversarial())
    line = panel.form.about.editor("name").line
    row = panel.form.about.rows["name"]
    fill(qtbot, line, "maker")
    assert "already a phase" in row.sentence.text()
    assert names(document)[0] == "make"
    qtbot.keyClicks(line, " two ")
    assert names(document)[0] == "maker two "
    assert line.text() == "maker two "
    line.editingFinished.emit()
    assert names(document)[0] == "maker two"
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert names(document)[0] == "judge"


def test_the_network_of_a_phase(panel: TrainingPanel, document: Document) -> None:
    document.new(adversarial().with_graph(single().graph.but(edges=()).remove(["n5"]), "bare"))
    combo = panel.form.about.editor("network").combo
    words = [combo.itemText(i) for i in range(combo.count())]
    assert words == ["Judge", "Maker", "bare  (no loss)"]
    pick(combo, "maker")
    phase = document.project.training.phases[0]
    assert (phase.network, phase.trains) == ("maker", ())


def test_order_by_buttons_and_keys(panel: TrainingPanel, document: Document, qtbot: QtBot) -> None:
    document.new(adversarial())
    buttons, tree = panel.phases.buttons, panel.phases.tree
    assert not buttons["up"].isEnabled()
    qtbot.mouseClick(buttons["down"], Qt.MouseButton.LeftButton)
    assert names(document) == ["maker", "judge"]
    assert tree.row() == 1
    assert panel.form.phase.name == "judge"
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert names(document) == ["judge", "maker"]
    qtbot.mouseClick(buttons["duplicate"], Qt.MouseButton.LeftButton)
    assert names(document) == ["judge", "judge 2", "maker"]
    assert panel.form.phase.name == "judge 2"
    qtbot.keyClick(tree, Qt.Key.Key_Down)
    assert panel.form.phase.name == "maker"
    qtbot.keyClick(tree, Qt.Key.Key_Delete)
    assert names(document) == ["judge", "judge 2"]
    assert document.undo_stack.count() == 4
    qtbot.mouseClick(buttons["delete"], Qt.MouseButton.LeftButton)
    assert names(document) == ["judge"]
    assert panel.form.who.isVisible()


def test_a_phase_can_be_dropped_elsewhere(panel: TrainingPanel, document: Document) -> None:
    document.new(adversarial())
    tree = panel.phases.tree
    assert tree.dragDropMode() == QAbstractItemView.DragDropMode.InternalMove
    below = QPointF(10, tree.viewport().height() - 1)
    no = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(below, Qt.DropAction.MoveAction, QMimeData(), Qt.MouseButton.LeftButton, no)
    tree.dropEvent(event)
    assert names(document) == ["maker", "judge"]
    assert tree.row() == 1
    tree.dropEvent(event)
    assert document.undo_stack.count() == 1


def test_opening_a_phase_shows_its_network(panel: TrainingPanel, document: Document) -> None:
    document.new(adversarial())
    tree = panel.phases.tree
    tree.itemActivated.emit(tree.topLevelItem(1), 0)
    assert document.network == "maker"


def test_what_the_phase_trains_is_lit_while_it_is_shown(
    panel: TrainingPanel, document: Document
) -> None:
    document.new(adversarial())
    assert panel.canvas.lit[-1] == {"n2"}
    panel.choose(1)
    assert panel.canvas.lit[-1] is None
    panel.choose(0)
    assert panel.canvas.lit[-1] == {"n2"}
    document.show_network("maker")
    assert panel.canvas.lit[-1] is None
    panel.choose(1)
    document.push_graph("Freeze", document.graph.change("n2", frozen=True))
    assert panel.canvas.lit[-1] == {"n1", "n3", "n4", "n5"}
    panel.hide()
    assert panel.canvas.lit[-1] is None
    panel.show()
    assert panel.canvas.lit[-1] == {"n1", "n3", "n4", "n5"}


def test_ticking_layers_in_the_list(panel: TrainingPanel, document: Document) -> None:
    document.new(adversarial())
    panel.choose(1)
    trains = panel.form.trains
    assert not trains.list.isVisible()
    pick(trains.mode, "chosen")
    assert document.project.training.phases[1].trains == ("n2", "n4")
    assert trains.list.isVisible()
    assert [trains.list.item(i).text() for i in range(2)] == ["dense", "dense_2"]
    trains.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert document.project.training.phases[1].trains == ("n4",)
    trains.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "at least one" in trains.sentence.text()
    assert trains.list.item(1).checkState() == Qt.CheckState.Checked
    assert document.project.training.phases[1].trains == ("n4",)
    pick(trains.mode, "everything")
    assert document.project.training.phases[1].trains == ()
    assert not trains.sentence.isVisible()


def test_picking_on_the_canvas_is_one_step_of_undo(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(adversarial())
    panel.choose(1)
    button, canvas = panel.form.trains.pick, panel.canvas
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert document.network == "maker"
    assert canvas.picking is not None
    assert canvas.picking[0] == ["n2", "n4"]
    assert button.text() == "Done picking"
    canvas.click("n4", "n3")
    canvas.click("n2")
    assert document.project.training.phases[1].trains == ("n2",)
    canvas.click()
    assert "at least one" in panel.form.trains.sentence.text()
    assert canvas.picking[0] == ["n2"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert canvas.picking is None
    assert canvas.lit[-1] == {"n2"}
    assert button.text() == "Pick on canvas"
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.project.training.phases[1].trains == ()


@pytest.mark.parametrize("way", ["choose", "leave", "hide", "canvas"])
def test_picking_ends_with_what_it_belongs_to(
    panel: TrainingPanel, document: Document, qtbot: QtBot, way: str
) -> None:
    document.new(adversarial())
    qtbot.mouseClick(panel.form.trains.pick, Qt.MouseButton.LeftButton)
    assert panel.canvas.picking is not None
    {
        "choose": lambda: panel.choose(1),
        "leave": lambda: document.show_network("maker"),
        "hide": panel.hide,
        "canvas": panel.end_pick,
    }[way]()
    assert panel.canvas.picking is None
    assert not panel.form.trains.pick.isChecked()


def test_a_network_that_waits_to_be_trained_brings_the_list_of_phases(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    project = single()
    twice = project.but(networks={**project.networks, "other": project.graph})
    document.new(twice)
    assert order(panel)[:2] == ["Phases", "Trained"]
    assert not panel.phases.buttons["delete"].isEnabled()
    assert panel.phases.tree.isColumnHidden(3)
    qtbot.mouseClick(panel.phases.buttons["add"], Qt.MouseButton.LeftButton)
    assert [phase.network for phase in document.project.training.phases] == ["main", "other"]
    assert panel.phases.buttons["delete"].isEnabled()


def test_one_phase_with_something_to_say_shows_it(panel: TrainingPanel, document: Document) -> None:
    document.new(single().with_training(phases=(Phase(network="main", trains=("n4",)),)))
    assert order(panel)[:3] == ["Run", "Trained", "Optimizer"]
    rows = panel.form.about.rows
    assert rows["network"].isVisible()
    assert not rows["name"].isVisible()
    assert not rows["steps"].isVisible()
    assert panel.canvas.lit[-1] == {"n4"}


def test_a_phase_without_its_network_does_no_harm(panel: TrainingPanel, document: Document) -> None:
    document.new(single().with_training(phases=(Phase(network="gone"), Phase(name="b"))))
    assert "missing" in panel.form.about.editor("network").combo.currentText()
    assert not panel.form.trains.isVisible()


def test_everything_fits_and_bears_a_name(panel: TrainingPanel, document: Document) -> None:
    document.new(adversarial())
    QApplication.processEvents()
    for kind in (QAbstractButton, QComboBox, QAbstractItemView):
        for widget in panel.findChildren(kind):
            inner = widget.objectName().startswith("qt_") or not widget.isVisible()
            if inner or isinstance(widget.parent(), QComboBox):
                continue
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()
            right = widget.mapTo(panel, QPoint(widget.width(), 0)).x()
            assert right <= panel.width(), widget.objectName()
