"""A real window with settings of its own, built at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from designer import theme
from designer.settings import Settings
from designer.window import MainWindow
from engine.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings nobody else reads."""
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def make_window(qtbot: QtBot, settings: Settings) -> Iterator[Callable[[], MainWindow]]:
    """Make windows that are closed without a question at the end."""
    app = qtbot.wait  # the application must exist before a window
    assert app
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(settings)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.build_now()
        return window

    yield make
    for window in windows:
        if window.workspace is not None:
            window.workspace.close()
            window.workspace.document.undo_stack.clear()
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: Callable[[], MainWindow], qtbot: QtBot) -> MainWindow:
    """A window with an empty project."""
    made = make_window()
    made.commands.actions["file.new"].trigger()
    settle(made, qtbot)
    return made


@pytest.fixture
def small(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with input, dense and a loss, wired."""
    graph, first = Project().graph.add("input")
    graph, second = graph.add("dense", out_features=10)
    graph, third = graph.add("cross_entropy")
    graph = graph.connect(first, second)
    graph = graph.connect(second, third, target_port="prediction")
    window.document.new(Project().with_graph(graph).with_training(epochs=2))
    settle(window, qtbot)
    return window


@pytest.fixture(autouse=True)
def _light_again(qapp: object) -> Iterator[None]:
    """Leave the theme as it was found."""
    before = theme.theme().name
    yield
    theme.use(before)


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until shapes and data are known."""
    qtbot.waitUntil(lambda: not window.document.busy, timeout=20_000)
