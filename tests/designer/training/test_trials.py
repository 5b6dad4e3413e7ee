"""What can be tried out before a run: the finder, the deviations, the offer to scale the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from engine.train import chance
from engine.train.finder import Found
from tests.designer.training.conftest import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from designer.document import Document
    from designer.training.panel import TrainingPanel
    from engine.project import Project


@pytest.fixture(autouse=True)
def _ended(panel: TrainingPanel) -> Iterator[None]:
    yield
    panel.end()


def small() -> Project:
    return single().with_training(threads=1)


def rate(document: Document) -> object:
    return document.project.phase.optimizer.params.get("lr")


def test_the_finder_draws_the_curve_and_its_rate_can_be_taken(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(small())
    qtbot.mouseClick(panel.form.find, Qt.MouseButton.LeftButton)
    finder = panel.trials.finder
    assert finder is not None
    assert finder.isVisible()
    qtbot.waitUntil(lambda: finder.found is not None, timeout=60_000)
    assert finder.found is not None
    assert len(finder.found.rates) > 100
    assert finder.take.isEnabled()
    assert "turns up at" in finder.state.text()
    assert not finder.grab().isNull()
    before = document.undo_stack.count()
    qtbot.mouseClick(finder.take, Qt.MouseButton.LeftButton)
    assert rate(document) == pytest.approx(finder.found.suggestion, rel=0.05)
    assert document.undo_stack.count() == before + 1
    assert finder.isHidden()
    document.undo_stack.undo()
    assert rate(document) is None


def test_a_curve_that_never_falls_offers_nothing(panel: TrainingPanel, document: Document) -> None:
    document.new(small())
    panel.trials.finder = None
    panel.trials._open = lambda _window: None
    panel.trials.show_finder()
    finder = panel.trials.finder
    assert finder is not None
    finder.show_result(Found((0.1, 0.2), (1.0, 2.0), (1.0, 2.0), None, None, "Never fell."))
    assert not finder.take.isEnabled()
    assert finder.state.text() == "Never fell."


def test_the_finder_waits_for_no_run(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(small())
    with chance.running():
        panel.trials.show_finder()
        finder = panel.trials.finder
        assert finder is not None
        qtbot.waitUntil(lambda: not finder.busy, timeout=60_000)
    assert "A run is under way" in finder.state.text()
    assert finder.again.isEnabled()


def test_deviations_are_listed_with_what_speaks_against_a_choice(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(small().with_training(initializer="lecun_normal"))
    qtbot.mouseClick(panel.trials.look, Qt.MouseButton.LeftButton)
    spread = panel.trials.spread
    assert spread is not None
    qtbot.waitUntil(lambda: spread.list.topLevelItemCount() > 0, timeout=60_000)
    assert spread.list.topLevelItemCount() == 2
    item = spread.list.topLevelItem(0)
    assert item is not None
    assert item.text(1) == "LeCun normal"
    assert float(item.text(3)) > 0
    assert "He normal" in spread.remarks.text()
    assert not spread.grab().isNull()


def test_a_larger_batch_offers_a_larger_rate(
    panel: TrainingPanel, document: Document, qtbot: QtBot
) -> None:
    document.new(small())
    assert panel.scaling.isHidden()
    panel.run.editor("batch_size").offer(128)
    assert panel.scaling.isVisible()
    assert "4 times" in panel.scaling.words.text()
    told: list[tuple[str, object]] = []
    panel.settingChanged.connect(lambda path, value: told.append((path, value)))
    qtbot.mouseClick(panel.scaling.apply, Qt.MouseButton.LeftButton)
    assert rate(document) == 0.004
    assert told == [("phases.0.optimizer.params.lr", 0.004)]
    assert panel.scaling.isHidden()
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert panel.scaling.isHidden()
    assert (rate(document), document.project.training.batch_size) == (None, 32)


def test_settings_of_the_initializer_are_set_and_undone(
    panel: TrainingPanel, document: Document
) -> None:
    document.new(small())
    panel.initializer.picked.emit("normal")
    panel.initializer.form.editor("std").offer(0.2)
    training = document.project.training
    assert (training.initializer, training.initializer_params) == ("normal", {"std": 0.2})
    document.undo_stack.undo()
    assert document.project.training.initializer_params == {}
    panel.initializer.picked.emit("auto")
    assert document.project.training.initializer == "auto"


def test_averages_and_warm_up_have_their_settings(panel: TrainingPanel, document: Document) -> None:
    document.new(small())
    assert not panel.gradient.rows["average_decay"].isVisible()
    panel.gradient.editor("average").offer("ema")
    assert panel.gradient.rows["average_decay"].isVisible()
    panel.form.warmup.editor("warmup_steps").offer(20)
    panel.tolerance.editor("tolerance").offer(0.01)
    phase = document.project.phase
    assert (phase.average, phase.warmup_steps) == ("ema", 20)
    assert document.project.training.tolerance == 0.01
    for _ in range(3):
        document.undo_stack.undo()
    assert document.project.phase == small().phase
