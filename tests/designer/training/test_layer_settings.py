"""What a layer has of its own for training: where it starts, how fast it learns, its penalties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from designer.inspector import NodePanel
from engine import files
from engine.assign import assign
from tests.designer.training.conftest import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from designer.document import Document
    from designer.nodeweights import NodeWeights
    from engine.graph import Node


@pytest.fixture
def weights(document: Document, qtbot: QtBot) -> Iterator[NodeWeights]:
    document.new(single())
    panel = NodePanel(document)
    qtbot.addWidget(panel)
    panel.resize(340, 700)
    panel.show()
    panel.show_selection(["n2"])
    assert panel.weights is not None
    yield panel.weights
    panel.close()


def node(document: Document) -> Node:
    return document.graph.nodes["n2"]


def test_a_layer_has_a_rate_penalties_and_a_start_of_its_own(
    weights: NodeWeights, document: Document
) -> None:
    for name, value in (("lr_factor", 0.1), ("l1", 0.5), ("max_norm", 2.0), ("initial_bias", 0.3)):
        weights.form.editor(name).offer(value)
        weights.form.committed.emit()
        assert getattr(node(document), name) == value
    assert document.undo_stack.count() == 4
    assert document.undo_stack.undoText() == "Change initial bias of dense"
    for _ in range(4):
        document.undo_stack.undo()
    assert node(document) == single().graph.nodes["n2"]


def test_settings_of_its_initializer_are_set_and_forgotten_with_it(
    weights: NodeWeights, document: Document
) -> None:
    assert weights.initializer is not None
    weights.initializer.setCurrentIndex(weights.initializer.findData("normal"))
    weights.initializer.activated.emit(weights.initializer.currentIndex())
    assert node(document).initializer == "normal"
    assert weights.start is not None
    weights.start.editor("std").offer(0.3)
    weights.start.editor("mean").offer(0.1)
    assert node(document).initializer_params == {"std": 0.3, "mean": 0.1}
    again = files.loads(files.dumps(document.project))
    assert again.graph.nodes["n2"] == node(document)
    weights.initializer.setCurrentIndex(weights.initializer.findData(""))
    weights.initializer.activated.emit(weights.initializer.currentIndex())
    assert node(document).initializer_params == {}


def test_the_command_line_sets_them_too() -> None:
    project = single().with_training(initializer="normal")
    project = assign(project, "dense.lr_factor", "0.5")
    project = assign(project, "dense.initializer", "sparse")
    project = assign(project, "dense.initializer_params.sparsity", "0.5")
    project = assign(project, "initializer_params.std", "0.2")
    project = assign(project, "warmup_steps", "100")
    project = assign(project, "tolerance", "0.001")
    first = project.graph.nodes["n2"]
    assert (first.lr_factor, first.initializer_params) == (0.5, {"sparsity": 0.5})
    assert project.training.initializer_params == {"std": 0.2}
    assert (project.phase.warmup_steps, project.training.tolerance) == (100, 0.001)
    with pytest.raises(ValueError, match="Zeros must be less than 1"):
        assign(project, "dense.initializer_params.sparsity", "2")
    with pytest.raises(ValueError, match="must be at least 0"):
        assign(project, "dense.lr_factor", "-1")


def test_what_is_left_alone_is_not_written() -> None:
    text = files.dumps(single())
    for word in ("lr_factor", "initializer_params", "warmup", "average", "tolerance", "clip_each"):
        assert word not in text
