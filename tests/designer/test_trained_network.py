"""A trained network out of another file, placed by a command of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from engine import files
from engine.runs import new_run
from engine.session import run_headless
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def choose(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Let the next file dialog answer with this file."""
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", staticmethod(lambda *_args: (str(file), ""))
    )


def test_the_command_places_it_frozen_with_its_weights(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "moons.loom"
    project = files.template("moons-mlp").with_training(epochs=1, device="cpu")
    files.save(project, file)
    choose(monkeypatch, file)
    refusals: list[str] = []
    window.canvas.refused.connect(refusals.append)
    window.commands.actions["network.place_trained"].trigger()
    assert refusals == ["moons.loom has no runs yet; train it first."]
    run_headless(project, run_dir=new_run(file))
    window.commands.actions["network.place_trained"].trigger()
    settle(window, qtbot)
    (node,) = window.document.graph.nodes.values()
    assert node.frozen
    assert node.params["file"].endswith("moons.weights/moons.safetensors")
    assert window.document.undo_stack.count() == 1
    window.document.undo_stack.undo()
    assert not window.document.graph.nodes
