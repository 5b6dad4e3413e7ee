"""Commands from whoever holds the session to the loop that trains."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

Command = tuple[Any, ...]


class Control:
    """A mailbox for commands: `("pause",)`, `("step", n)`, `("set", path, value)` and so on.

    The loop looks at `commands` between steps, which costs nothing, and waits here while paused.
    """

    def __init__(self) -> None:
        self.commands: deque[Command] = deque()
        self._arrived = threading.Event()
        self.staying = False
        """A run that failed in a step it can run again stays at hand until it is told to quit."""
        self.ending = ""
        """Nothing, "stop" (finish with what there is) or "quit" (drop everything)."""

    def send(self, *command: Any) -> None:
        """Add a command."""
        if command[0] in ("stop", "quit"):
            self.ending = self.ending if self.ending == "quit" else str(command[0])
        self.commands.append(command)
        self._arrived.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is a command; return whether one came in time."""
        heard = self._arrived.wait(timeout)
        self._arrived.clear()
        return heard

    def quitting(self) -> bool:
        """Return whether everything is to be dropped."""
        return self.ending == "quit"

    def preparing_ended(self) -> bool:
        """Return whether preparation should be given up."""
        return bool(self.ending)
