"""The list of runs after a disk that failed, and curves that grow beside others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from designer.runs.curves import RunsPlot
from designer.runs.panel import RunsPanel
from engine import files, runs
from engine.runs.stored import Curve
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def test_a_list_that_could_not_be_read_is_read_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = window.parts.panels["runs"]
    assert isinstance(panel, RunsPanel)
    files.save(window.document.project, tmp_path / "plain.loom")

    def refuse(*_files: Path) -> list[Path]:
        raise OSError("The disk is gone.")

    told: list[str] = []
    window.parts.refused.connect(told.append)
    assert window.files.open(tmp_path / "plain.loom")
    settle(window, qtbot)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "run_folders", refuse)
        window.docks.bring("runs")
        panel.reload()
        qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert told[0] == "The disk is gone."
    assert not panel._loading
    taken: list[object] = []
    monkeypatch.setattr(panel.model, "show", taken.append)
    panel.reload()
    qtbot.waitUntil(lambda: bool(taken), timeout=10_000)


def test_only_the_curve_that_grew_is_made_anew(qtbot: QtBot) -> None:
    plot = RunsPlot()
    qtbot.addWidget(plot)
    steps = np.arange(1.0, 5.0)
    done, going = Curve(steps, steps / 2, "step"), Curve(steps, steps / 3, "step")
    plot.show_curves("loss", [("done", done), ("going", going)])
    before = plot.series()
    longer = np.arange(1.0, 9.0)
    plot.show_curves("loss", [("done", done), ("going", replace(going, x=longer, y=longer))])
    after = plot.series()
    assert after[0] is before[0]
    assert [len(series) for series in after] == [4, 8]
