"""What every test gets: an off-screen platform, one torch thread, and a watch for leaks."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("PYTHONHASHSEED", "0")

ROOT = Path(__file__).resolve().parent.parent
GRACE = 3.0
"""Seconds a thread or a window that is on its way out may take."""


FIRST = ("test_claims.py", "test_special_claims.py", "test_demo.py", "test_gan_by_hand.py")
"""Files whose single tests take long: begun last, one of them would be waited for alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest; the others keep their order."""
    items.sort(key=lambda item: item.path.name not in FIRST)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets; without it the test is skipped, in CI it fails."""
    named = os.environ.get("LAYERLOOM_DATA", "").split(os.pathsep)
    for folder in (Path(name) for name in [*named, str(ROOT.parent / "shared" / "data")] if name):
        if folder.is_dir():
            return folder
    message = "no data folder: set LAYERLOOM_DATA to one that holds fashion-mnist, mnist and series"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def _private_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep settings, caches and recent files of the tests out of the user's home."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(folder / name.lower())


def _qt_loaded() -> bool:
    return "PySide6.QtWidgets" in sys.modules


def _windows() -> set[object]:
    if not _qt_loaded():
        return set()
    from PySide6.QtWidgets import QApplication

    return set(QApplication.topLevelWidgets()) if QApplication.instance() else set()


def _timers() -> set[object]:
    if not _qt_loaded():
        return set()
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    found = (o for o in gc.get_objects() if issubclass(type(o), QTimer))
    return {timer for timer in found if isValid(timer) and timer.isActive()}


def _threads() -> set[object]:
    return {t for t in threading.enumerate() if t.is_alive()}


def _finish() -> None:
    """Let Qt delete what was told to go, and Python what nobody holds."""
    if _qt_loaded():
        from PySide6.QtCore import QCoreApplication, QEvent

        if QCoreApplication.instance():
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            QCoreApplication.processEvents()
    gc.collect()


def _left(before: tuple[set[object], ...], now: tuple[set[object], ...]) -> list[str]:
    words = ("window", "timer", "thread")
    return [
        f"{word}: {thing!r}"
        for word, old, new in zip(words, before, now, strict=True)
        for thing in new - old
    ]


@pytest.fixture(scope="module", autouse=True)
def _old_set_aside() -> Iterator[None]:
    """Hide from the collector what a file leaves behind: to look through it takes half a second."""
    gc.freeze()
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that leaves a top-level widget, an active timer or a living thread."""
    # An autouse fixture is set up first, so this ends after qtbot has closed its widgets.
    uses_qt = "qapp" in request.fixturenames

    def alive() -> tuple[set[object], ...]:
        return (_windows(), _timers(), _threads()) if uses_qt else (set(), set(), _threads())

    before = alive()
    yield
    deadline = time.monotonic() + GRACE
    while True:
        if uses_qt:
            _finish()
        left = _left(before, alive())
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    if uses_qt:
        # All that is left is held by caches or modules; a run that ended has made it visible again.
        gc.freeze()
    if left:
        pytest.fail("The test left something behind:\n  " + "\n  ".join(left))
