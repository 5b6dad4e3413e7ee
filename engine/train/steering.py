"""What commands do to a run: when it rests, how far it goes before it rests again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from engine.train.events import Finding, StateChanged
from engine.train.stops import Stops, epoch_goal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.train.control import Control
    from engine.train.events import Event

    Goal = tuple[int, str]

_AT_REST = {
    "edit": "Pause the run first; then its network can be changed.",
    "inspect": "Pause the run first; then its tensors can be inspected.",
}
"""Commands that a run under way refuses, and what it says."""


class Steering:
    """Carries commands out between two steps.

    Parameters
    ----------
    control
        Where commands arrive.
    emit
        Called with every event.
    read_out
        Tells the losses that wait, before the run rests.
    taken
        Returns how many steps of all phases were taken.
    """

    def __init__(
        self,
        control: Control,
        emit: Callable[[Event], None],
        read_out: Callable[[], None],
        taken: Callable[[], int],
    ) -> None:
        self.control = control
        self.paused = False
        self.stepping = 0
        """Steps still to take, each of them watched."""
        self.goal: Goal | None = None
        """Steps of all phases after which the run rests, and the sentence that says so."""
        self.per_epoch = 1
        self.stops = Stops()
        self.idle = 0.0
        """Seconds spent at rest."""
        self.turned = False
        """The goal is another one; who counts steps must begin again."""
        self.on: dict[str, Callable[..., None]] = {}
        """Who carries out `set`, `edit` and `inspect`."""
        self.on_rest: Callable[[], None] = lambda: None
        """Called in a pause when nothing was asked for a moment, once after each command."""
        self._emit, self._read_out, self._taken = emit, read_out, taken
        self._reason = ""
        self._until: Goal | None = None
        self._own: dict[str, Callable[..., None]] = {
            "pause": self._on_pause,
            "resume": self._on_resume,
            "step": self._on_step,
            "until": self._on_until,
            "stops": self._on_stops,
            "stop": self._nothing,
            "quit": self._nothing,
        }

    def obey(self) -> None:
        """Carry out the commands that have arrived; stay here while the run is paused."""
        commands = self.control.commands
        if self.paused:
            self._rest()
        while commands and not self.control.ending:
            self._carry_out(*commands.popleft())

    def halt(self, reason: str) -> None:
        """Rest at the next look, and say why."""
        if reason and not self.paused:
            self.paused, self.stepping, self._reason = True, 0, reason

    def counted(self, batches: Iterable[Any]) -> Iterable[Any]:
        """Return batches; before the one behind the goal is reached, a pause is asked for."""
        return batches if self.goal is None else self._counted(batches, *self.goal)

    def _counted(self, batches: Iterable[Any], goal: int, reason: str) -> Iterator[Any]:
        left = goal - self._taken()
        for batch in batches:
            if left == 0:
                self.control.commands.appendleft(("pause", reason))
            left -= 1
            yield batch

    def _carry_out(self, name: str, *arguments: Any) -> None:
        if name in self._own:
            self._own[name](*arguments)
        elif name in _AT_REST and not self.paused:
            self._emit(Finding(name, "", _AT_REST[name]))
        else:
            self.on[name](*arguments)

    def _nothing(self, *_: object) -> None:
        """Do nothing: the control itself knows that the run is to end."""

    def _on_pause(self, reason: str = "") -> None:
        if not self.paused:
            self.paused, self.stepping, self._reason = True, 0, reason
            self._rest()

    def _on_resume(self) -> None:
        self._go(0)

    def _on_step(self, count: int) -> None:
        self._go(count)

    def _on_until(self, step: int | None) -> None:
        """Go on until so many steps are done; None means until the epoch is over."""
        if step is None:
            self._until = epoch_goal(self._taken(), self.per_epoch)
        else:
            self._until = (step, f"Step {step:,} is done.") if step > self._taken() else None
        self._go(0)

    def _on_stops(self, stops: Stops) -> None:
        self.stops = stops
        self._aim()

    def _go(self, count: int) -> None:
        self.paused, self.stepping = False, count
        self._aim()

    def _aim(self) -> None:
        """Find out where to rest next."""
        taken = self._taken()
        if self._until is not None and self._until[0] <= taken:
            self._until = None
        goals = (self._until, self.stops.goal(taken, self.per_epoch))
        goal = min((g for g in goals if g is not None), default=None)
        self.turned = self.turned or goal != self.goal
        self.goal = goal

    def _rest(self) -> None:
        """Say that the run is paused and wait until it no longer is."""
        self._read_out()
        begin = time.perf_counter()
        reason, self._reason = self._reason, ""
        self._emit(StateChanged("paused", reason))
        rested = False
        while self.paused and not self.control.ending:
            if not self.control.wait(0.5) and not rested:
                rested = True
                self.on_rest()
            while self.control.commands and self.paused and not self.control.ending:
                self._carry_out(*self.control.commands.popleft())
                rested = False
        self.idle += time.perf_counter() - begin
        if not self.control.ending:
            self._emit(StateChanged("running"))
