"""The program with a window: starts Qt, paints, loads slow libraries behind it, catches errors."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if sys.platform == "win32":  # there torch's libraries must be loaded before Qt's
    import torch  # noqa: F401

from PySide6.QtCore import QObject, QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.loading import Loader
from designer.settings import Settings
from designer.window import MainWindow

if TYPE_CHECKING:
    from types import TracebackType

_LOG = logging.getLogger("layerloom")
_STARTED = time.monotonic()


def process_age() -> float:
    """Return seconds since the process began; where the system does not tell, since this import."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, AttributeError, ValueError, IndexError):
        return time.monotonic() - _STARTED


class Program(QObject):
    """One window, and what begins after its first paint.

    With `LAYERLOOM_STARTUP=1` in the environment it prints `first_paint SECONDS` and
    `worst_tick_ms MILLISECONDS`, and ends once everything is loaded.
    """

    def __init__(self, window: MainWindow, path: Path | None) -> None:
        super().__init__()
        self.window = window
        self.loader = Loader(self)
        self._measure = os.environ.get("LAYERLOOM_STARTUP") == "1"
        window.painted.connect(self._painted)
        self.loader.staged.connect(self._staged)
        window.built.connect(self.loader.go_on)
        self.loader.ready.connect(self._ready)
        if path is not None:
            window.open(path)
            window.tell(f"Opening {path.name}…")

    def _painted(self) -> None:
        if self._measure:
            sys.stdout.write(f"first_paint {process_age():.3f}\n")
        # Imports make millions of objects: looking through them for garbage stalls the window.
        gc.disable()
        self.window.show_loading(True)
        self.loader.start()

    def _staged(self, number: int) -> None:
        (self.window.start.fill if number == 1 else self.window.build)()

    def _ready(self) -> None:
        gc.freeze()
        gc.enable()
        self.window.show_loading(False)
        if self.loader.error:
            _LOG.error("loading failed: %s", self.loader.error)
            self.window.warn(f"A library could not be loaded: {self.loader.error}")
        else:
            self.window.when_built(self._tell_ready)
        if self._measure:
            QTimer.singleShot(300, self._report)

    def _tell_ready(self) -> None:
        if self.window.workspace is not None:
            self.window.workspace.set_ready()
            self.window.workspace.files.offer_left()

    def _report(self) -> None:
        sys.stdout.write(f"worst_tick_ms {self.loader.worst * 1000:.1f}\n")
        sys.stdout.flush()
        self.window.close()

    def close(self) -> None:
        """Wait for the import under way."""
        self.loader.close()
        gc.enable()


def install_hook(window: MainWindow, log: Path) -> None:
    """Log every error that nobody caught and say so in the window, which lives on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _LOG.error("uncaught error\n%s", text)
        window.warn(
            f"Something went wrong ({kind.__name__}: {error}). Your work is still here; "
            f"the details are in {log}."
        )

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        trace = args.exc_traceback
        text = "".join(traceback.format_exception(args.exc_type, args.exc_value, trace))
        _LOG.error("uncaught error in a thread\n%s", text)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def start_log() -> Path:
    """Return the file errors are written to; begin to write there."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    path = Path(place) / "layerloom.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    return path


def make_application() -> QApplication:
    """Return the application, named so that settings and logs find their places."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    # A training thread that wants the interpreter back from the window gets it ten times sooner.
    sys.setswitchinterval(0.0005)
    app.setApplicationName("Layerloom")
    app.setOrganizationName("Layerloom")
    return app


def main(path: str | Path | None = None) -> int:
    """Show the window, with a project in it if a path is given; return when it is closed."""
    app = make_application()
    settings = Settings()
    theme.apply(app, settings.theme)
    window = MainWindow(settings)
    install_hook(window, start_log())
    program = Program(window, Path(path) if path else None)
    follower = SystemTheme(window)
    app.styleHints().colorSchemeChanged.connect(follower.follow)
    window.show()
    code = app.exec()
    program.close()
    return code


class SystemTheme(QObject):
    """Follows the desktop from light to dark while the theme is left to the system."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def follow(self, *_: object) -> None:
        """Take over the desktop's colours."""
        if self._window.settings.theme == "system":
            self._window.set_theme("system")
