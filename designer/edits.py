"""Which changes of a form count as one undo step."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Turns(QObject):
    """Names the edit a change belongs to: the same until the user leaves the editor."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turn = 0

    def end(self) -> None:
        """Let the next change be another edit."""
        self._turn += 1

    def key(self, *parts: str) -> str:
        """Return the merge key of a change to what the parts name."""
        return "/".join((*parts, str(self._turn)))
