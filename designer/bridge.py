"""The only file that meets the training thread. It pulls events; nothing is ever pushed into Qt.

The session's thread never sees a Qt object: a timer fetches what waits and emits it here.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.train.events import OVER, Done, Event, Failed, Started, StateChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from engine.project import Project
    from engine.train.resuming import Resumption
    from engine.train.stops import Stops
    from engine.weights import WeightStore

INTERVAL_MS = 33


class Run(Protocol):
    """What the bridge needs of a session."""

    @property
    def state(self) -> str:
        """Return where the run stands."""
        ...

    @property
    def result(self) -> dict[str, Any] | None:
        """Return the figures of a run that is over."""
        ...

    def start(self) -> None:
        """Begin."""

    def pause(self) -> None:
        """Rest after the step under way."""

    def resume(self) -> None:
        """Go on."""

    def step(self, n: int = 1) -> None:
        """Take n steps and rest."""

    def stop(self) -> None:
        """End after the step under way."""

    def set(self, path: str, value: Any) -> None:
        """Change a setting of the running training."""

    def watch_node(self, path: str, network: str = "", sample: int = 0) -> None:
        """Look into a node from now on; no path ends it."""

    def edit(
        self, project: Project, moves: Mapping[str, str], copies: Mapping[str, str], text: str
    ) -> None:
        """Take over a changed project while paused."""

    def weights(self) -> WeightStore:
        """Return what was learned, while the run rests."""
        ...

    def drain(self) -> list[Event]:
        """Return what waits."""
        ...

    def run_to(self, step: int | None = None) -> None:
        """Go on until so many steps are done, or to the end of the epoch, and rest."""

    def set_stops(self, stops: Stops) -> None:
        """Say where the run is to rest by itself."""

    @property
    def can_replay(self) -> bool:
        """Return whether the run failed in a step that it can run again."""
        ...

    def inspect(
        self, phase: int | None = None, batch: int | None = None, rows: Sequence[int] | None = None
    ) -> None:
        """Ask for every tensor of the next step."""

    def replay(self) -> None:
        """Run the failed step again."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of the thread; return whether it came in time."""
        ...

    def close(self) -> None:
        """Drop the run if it is still under way, and wait for its thread."""

    @property
    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the learned tensors, while paused or after the end."""
        ...


def _resumed(resume: Resumption) -> Run:
    from engine.session import Session

    return Session(resume.project, resume=resume, live=True)


def _session(project: Project, run_dir: Path | None, weights: WeightStore | None) -> Run:
    from engine.session import Session

    return Session(project, run_dir, live=True, weights=weights)


class Bridge(QObject):
    """Owns the session of the current run and tells the window what it says, 30 times a second.

    Parameters
    ----------
    make
        Makes a session from a project, a folder for the run's record and the weights to begin with.
    make_again
        Makes one that goes on with an earlier run.
    """

    received = Signal(list)
    """Events, in the order they came."""
    stateChanged = Signal(str)
    finished = Signal(dict)
    failed = Signal(str, str)
    """A sentence and the node's id, or nothing."""

    def __init__(
        self,
        parent: QObject | None = None,
        make: Callable[[Project, Path | None, WeightStore | None], Run] = _session,
        make_again: Callable[[Resumption], Run] = _resumed,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._make_again = make_again
        self._past: list[Event] = []
        """What a run that goes on told before; it follows on its `Started`."""
        self._session: Run | None = None
        self._state = "idle"
        self._spared = False
        """Whether the collector leaves old objects alone because of this run."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def state(self) -> str:
        """Return the last state that was told: idle, preparing, running, paused, finished, ..."""
        return self._state

    @property
    def alive(self) -> bool:
        """Return whether a run is being prepared, under way or paused."""
        return self._session is not None and self._state not in OVER

    def folder(self) -> Path | None:
        """Return the folder that the run under way writes into."""
        return getattr(self._session, "run_dir", None) if self.alive else None

    @property
    def session(self) -> Run | None:
        """Return the session of the current or the last run."""
        return self._session

    @property
    def result(self) -> dict[str, Any] | None:
        """Return the figures of the last run, once it is over."""
        return self._session.result if self._session is not None else None

    def start(
        self, project: Project, run_dir: Path | None = None, weights: WeightStore | None = None
    ) -> bool:
        """Begin a run, from given weights if there are; return False while another is alive."""
        return self._begin(lambda: self._make(project, run_dir, weights))

    def go_on(self, resume: Resumption, past: list[Event]) -> bool:
        """Go on with an earlier run; what it told before is told again. False if one is alive."""
        return self._begin(lambda: self._make_again(resume), past)

    def _begin(self, make: Callable[[], Run], past: Sequence[Event] = ()) -> bool:
        if self.alive:
            return False
        self._drop()
        self._state, self._past = "preparing", [*past]
        try:
            self._session = make()
            self._session.start()
        except (ValueError, RuntimeError, OSError) as error:
            self._drop()
            self._tell([Failed(str(error)), StateChanged("failed", str(error))])
            return False
        self._timer.start()
        self.poll()
        return True

    def pause(self) -> None:
        """Rest after the step under way."""
        if self._session is not None and self.alive:
            self._session.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._session is not None and self.alive:
            self._session.resume()

    def step(self, n: int = 1) -> None:
        """Take n steps and rest."""
        if self._session is not None and self.alive:
            self._session.step(n)

    def run_to(self, step: int | None) -> None:
        """Go on until so many steps are done, or to the end of the epoch, and rest."""
        if self._session is not None and self.alive:
            self._session.run_to(step)

    def set_stops(self, stops: Stops) -> None:
        """Say where the run is to rest by itself."""
        if self._session is not None and self.alive:
            self._session.set_stops(stops)

    @property
    def can_replay(self) -> bool:
        """Return whether the run failed in a step that it can run again."""
        return self._session is not None and self._session.can_replay

    def inspect(self, phase: int | None = None, rows: Sequence[int] | None = None) -> None:
        """Ask for every tensor of the next step; ValueError where the run does not rest."""
        if self._session is not None:
            self._session.inspect(phase, None, rows)

    def replay(self) -> None:
        """Run the failed step again; ValueError where there is none."""
        if self._session is not None:
            self._session.replay()

    def stop(self) -> None:
        """End the run with what it has; `stateChanged` tells when it is over."""
        if self._session is not None and self.alive:
            self._session.stop()

    def set(self, path: str, value: Any) -> None:
        """Change a setting of the running training."""
        if self._session is not None and self.alive:
            self._session.set(path, value)

    def watch_node(self, address: str, sample: int = 0) -> None:
        """Look into a node of the run from now on; nothing ends it."""
        if self._session is not None and self.alive:
            network, _, path = address.rpartition(":")
            self._session.watch_node(path, network, sample)

    def edit(
        self, project: Project, moves: Mapping[str, str], copies: Mapping[str, str], text: str
    ) -> None:
        """Give a paused run a changed project."""
        if self._session is not None and self.alive:
            self._session.edit(project, moves, copies, text)

    def close(self) -> None:
        """Drop the run, wait for its thread, and tell that there is none: the state is idle."""
        before = self._state
        self._drop()
        if before != "idle":
            self.stateChanged.emit("idle")

    def _drop(self) -> None:
        self._timer.stop()
        session, self._session = self._session, None
        self._state, self._past = "idle", []
        self._spare_collector(on=False, over=True)
        if session is not None:
            session.close()

    def _spare_collector(self, *, on: bool, over: bool) -> None:
        """Let the garbage collector leave alone what is there already, as long as a run goes on.

        There are some hundred thousand objects of libraries and window; to look through them all
        takes a fifth of a second, in which neither the window moves nor the network learns.
        """
        if on:
            gc.freeze()
        elif over and self._spared:
            gc.unfreeze()
        if on or over:
            self._spared = on

    def poll(self) -> None:
        """Fetch what waits and tell it."""
        session = self._session
        if session is None:
            return
        # Ask first and fetch then, so that a thread's last words are never missed.
        gone = session.join(0)
        events = session.drain()
        if gone:
            self._timer.stop()
        if events:
            self._tell(events)

    def _tell(self, events: list[Event]) -> None:
        place = next((i for i, e in enumerate(events) if isinstance(e, Started)), None)
        if self._past and place is not None:
            past, self._past = self._past, []
            events = [*events[: place + 1], *past, *events[place + 1 :]]
        self.received.emit(events)
        for event in events:
            match event:
                case StateChanged():
                    self._state = event.state
                    self._spare_collector(on=event.state == "running", over=event.state in OVER)
                    self.stateChanged.emit(event.state)
                case Failed():
                    self.failed.emit(event.message, event.node)
                case Done():
                    self.finished.emit(event.result)
                case _:
                    pass
