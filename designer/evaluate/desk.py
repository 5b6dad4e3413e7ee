"""One piece of slow work at a time, with its progress and a way to cancel it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from designer.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

    Told = Callable[[str, float], None]
    Cancelled = Callable[[], bool]
    Work = Callable[[Told, Cancelled], object]

_POLL_MS = 80


class Desk(QObject):
    """Does work in a thread; what it tells is fetched by a timer.

    Signals
    -------
    told(text, share)
        How far the work is.
    changed
        Work began or ended.
    """

    told = Signal(str, float)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._stop = threading.Event()
        self._last: tuple[str, float] = ("", 0.0)
        self.kind = ""
        """What is being done; nothing while nothing is."""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    def run(
        self,
        kind: str,
        work: Work,
        done: Callable[[object], None],
        failed: Callable[[str], None],
    ) -> bool:
        """Begin; return False while something else is being done.

        `done` gets the result; `failed` a sentence, or nothing if it was cancelled.
        """
        if self.kind:
            return False
        self._stop = stop = threading.Event()
        self.kind, self._last = kind, ("", 0.0)

        def tell(text: str, share: float) -> None:
            self._last = (text, share)

        def finish(result: object) -> None:
            self._end()
            if stop.is_set():
                failed("")
            else:
                done(result)

        def fail(error: Exception) -> None:
            self._end()
            cancelled = stop.is_set() or type(error).__name__ == "Ended"
            failed("" if cancelled else _sentence(error))

        self._background.run(lambda: work(tell, stop.is_set), finish, fail)
        self._timer.start()
        self.changed.emit()
        return True

    def cancel(self) -> None:
        """Ask what is being done to end."""
        self._stop.set()

    def close(self) -> None:
        """End everything."""
        self._stop.set()
        self._timer.stop()
        self._background.close()

    def _end(self) -> None:
        self.kind = ""
        self._timer.stop()
        self.changed.emit()

    def _poll(self) -> None:
        self.told.emit(*self._last)


def _sentence(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    text = lines[0].strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
