"""The dock Evaluate in a real window: judging a run, its reports, folds, plain models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from designer import theme
from engine import files
from engine.project import Project
from engine.session import run_headless
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.evaluate.panel import EvaluatePanel
    from designer.window import MainWindow

WAIT = 60_000


def panel(window: MainWindow) -> EvaluatePanel:
    assert window.workspace is not None
    return window.workspace.evaluate


def show(window: MainWindow, qtbot: QtBot, template: str, epochs: int = 2) -> EvaluatePanel:
    """Open a template for a short run on a thread."""
    project = files.template(template)
    window.document.new(project.with_training(epochs=epochs, isolation="thread", threads=1))
    settle(window, qtbot)
    assert window.docks is not None
    window.docks.bring("evaluate")
    return panel(window)


def train(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.parts.bridge.finished, timeout=WAIT):
        assert window.run.train()
    qtbot.waitUntil(lambda: not window.parts.bridge.alive, timeout=WAIT)


def idle(where: EvaluatePanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not where.desk.kind, timeout=WAIT)


def judge(window: MainWindow, qtbot: QtBot, template: str, epochs: int = 2) -> EvaluatePanel:
    where = show(window, qtbot, template, epochs)
    train(window, qtbot)
    window.commands.actions["run.evaluate"].trigger()
    assert where.desk.kind == "judge"
    idle(where, qtbot)
    assert where.judged is not None, where.state.text()
    return where


def test_before_a_run_it_says_what_to_do(window: MainWindow, qtbot: QtBot) -> None:
    where = show(window, qtbot, "iris")
    assert not where.can_evaluate()
    assert where.stack.currentWidget() is where.empty
    assert "press Evaluate" in where.empty.text()
    assert [where.list.item(n).text() for n in range(where.list.count())] == [
        "Try it",
        "Cross-validation",
        "Baselines",
    ]


def test_classes_from_the_matrix_to_the_samples(window: MainWindow, qtbot: QtBot) -> None:
    where = judge(window, qtbot, "digits-mlp")
    assert where.state.text() == "270 samples, by the weights of the last run."
    assert window.run.state == "finished"
    view = where.stack.currentWidget()
    assert view is where.views["confusion_matrix"]
    heat = view.heat  # type: ignore[union-attr]
    right = int(heat._counts.trace())
    assert f"{right} of 270 right" in view.words.text()  # type: ignore[union-attr]
    place = next(
        QPoint(x, y)
        for x in range(heat.width())
        for y in range(heat.height())
        if heat.cell_at(QPointF(x, y)) == (3, 3)
    )
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=place)
    samples = view.samples  # type: ignore[union-attr]
    assert samples.list.count() == int(heat._counts[3, 3])
    assert not samples.list.item(0).icon().isNull()
    assert samples.list.item(0).text().startswith("3 ")
    qtbot.keyClick(heat, Qt.Key.Key_Right)
    assert heat.picked == (3, 4)
    assert samples.list.count() == int(heat._counts[3, 4])


@pytest.mark.parametrize("template", ["digits-mlp", "moons-mlp", "diabetes-regression"])
def test_every_report_that_suits_is_shown(template: str, window: MainWindow, qtbot: QtBot) -> None:
    where = judge(window, qtbot, template)
    assert where.answers is not None
    reports = [spec.id for spec in where.answers.reports]
    assert ("residuals" in reports) == (template == "diabetes-regression")
    for report in reports:
        where.choose(report)
        view = where.views[report]
        assert where.stack.currentWidget() is view
        qtbot.wait(20)
        assert view.words.text() or not view.words.isVisible()
    theme.use("dark")
    theme.use("light")


def test_the_slider_tells_of_its_threshold(window: MainWindow, qtbot: QtBot) -> None:
    where = judge(window, qtbot, "digits-mlp")
    where.choose("threshold_curve")
    view = where.views["threshold_curve"]
    view.of.setCurrentIndex(4)  # type: ignore[union-attr]
    view.slider.setValue(80)  # type: ignore[union-attr]
    assert "From 0.80 on yes" in view.words.text()
    assert where.answers is not None
    report = where.answers.report("threshold_curve", of=4)
    assert f"recall {report['recall'][80]:.3f}" in view.words.text()


def test_another_part_is_judged_at_once(window: MainWindow, qtbot: QtBot) -> None:
    where = judge(window, qtbot, "iris")
    where.part.setCurrentIndex(where.part.findData("train"))
    idle(where, qtbot)
    assert where.judged is not None
    assert where.judged.part == "train"


def test_cross_validation_keeps_training_away(window: MainWindow, qtbot: QtBot) -> None:
    where = show(window, qtbot, "iris", epochs=5)
    where.choose("cross_validation")
    where.folds.folds.setValue(3)
    where.folds.begin.click()
    assert where.desk.kind == "folds"
    assert not window.run.train()
    assert "under way" in window.notice.text.text()
    idle(where, qtbot)
    table = where.folds.table
    assert table.columnCount() == 5
    rows = [table.item(r, 0).text() for r in range(table.rowCount())]
    assert rows == ["Loss", "Accuracy"]
    assert "±" in table.item(1, 1).text()
    assert "test part was left out" in where.folds.words.text()
    assert where.folds.plot.has_data()
    assert window.run.train()


def test_cross_validation_can_be_cancelled(window: MainWindow, qtbot: QtBot) -> None:
    where = show(window, qtbot, "digits-mlp", epochs=50_000)
    where.choose("cross_validation")
    where.folds.begin.click()
    qtbot.waitUntil(lambda: "epoch" in where.folds.words.text(), timeout=WAIT)
    assert where.folds.cancel.isVisible()
    where.folds.cancel.click()
    idle(where, qtbot)
    assert where.folds.begin.isVisible()
    assert not where.folds.table.rowCount()


def test_plain_models_stand_beside_the_network(window: MainWindow, qtbot: QtBot) -> None:
    where = judge(window, qtbot, "iris")
    where.choose("baselines")
    where.plain.seconds.setValue(1)
    where.plain.begin.click()
    idle(where, qtbot)
    table = where.plain.table
    names = [table.item(r, 0).text() for r in range(table.rowCount())]
    assert names[0] == "This network"
    assert "Logistic regression" in names
    assert len(names) == 8
    assert where.judged is not None
    assert float(table.item(0, 1).text()) == pytest.approx(
        where.judged.metrics["accuracy"], abs=1e-3
    )


def test_another_project_starts_empty(window: MainWindow, qtbot: QtBot) -> None:
    where = judge(window, qtbot, "iris")
    window.document.new(Project())
    settle(window, qtbot)
    assert where.judged is None
    assert where.stack.currentWidget() is where.empty


def test_a_run_on_disk_is_judged(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    project = files.template("iris").with_training(epochs=2, threads=1)
    path = tmp_path / "flowers.loom"
    files.save(project, path)
    result = run_headless(project, run_dir=tmp_path / "flowers.runs" / "one")
    window.open(path)
    settle(window, qtbot)
    where = panel(window)
    assert where.can_evaluate()
    where.evaluate()
    idle(where, qtbot)
    assert where.judged is not None, where.state.text()
    assert "the run one" in where.state.text()
    assert where.judged.metrics["accuracy"] == pytest.approx(result["test"]["accuracy"])


def test_while_a_run_is_under_way_it_waits(window: MainWindow, qtbot: QtBot) -> None:
    where = show(window, qtbot, "digits-mlp", epochs=100_000)
    window.run.train()
    qtbot.waitUntil(lambda: window.run.state == "running", timeout=WAIT)
    assert not where.can_evaluate()
    assert "Pause or stop" in where.state.text()
    window.run.pause()
    qtbot.waitUntil(lambda: window.run.state == "paused", timeout=WAIT)
    where.evaluate()
    idle(where, qtbot)
    assert where.judged is not None
    assert "the paused run" in where.state.text()
    assert not where.folds.begin.isEnabled()
