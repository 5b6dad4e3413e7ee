"""What the debugger tells a run to do, and when it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.train.stops import Stops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.bridge import Bridge
    from designer.running import Running


class Steps(QObject):
    """Pause, steps, inspecting and running a failed step again.

    Signals
    -------
    refused(sentence)
        Something was asked for that cannot be.
    """

    refused = Signal(str)

    def __init__(self, bridge: Bridge, running: Running, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._running = bridge, running
        self.stops = Stops()
        bridge.stateChanged.connect(self._state_changed)

    def can_inspect(self) -> bool:
        """Return whether there is a step to look into."""
        return self._bridge.state == "paused" or self.can_replay()

    def can_replay(self) -> bool:
        """Return whether a step failed that can be run again."""
        return self._bridge.can_replay

    def can_go(self) -> bool:
        """Return whether the run can go on to some step, or begin."""
        return self._running.can_step()

    def inspect(self, phase: int | None = None, rows: Sequence[int] | None = None) -> None:
        """Ask for every tensor of the next step."""
        self._try(lambda: self._bridge.inspect(phase, rows))

    def replay(self) -> None:
        """Run the failed step again."""
        self._try(self._bridge.replay)

    def run_to(self, step: int | None = None) -> None:
        """Go on until so many steps are done, or to the end of the epoch."""
        self._running.run_to(step)

    def set_stops(self, stops: Stops) -> None:
        """Say where the run is to rest by itself, from now on and in later runs."""
        self.stops = stops
        self._bridge.set_stops(stops)

    def _state_changed(self, state: str) -> None:
        if state == "preparing" and self.stops != Stops():
            self._bridge.set_stops(self.stops)

    def _try(self, what: object) -> None:
        assert callable(what)
        try:
            what()
        except ValueError as error:
            self.refused.emit(str(error))
