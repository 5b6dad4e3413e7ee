"""The door to training: start, pause, step, stop, and fetch what happened.

Importing this loads no torch; the training thread does.
"""

from __future__ import annotations

import threading
from collections import deque
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from engine.networks import own_layers
from engine.train.control import Control
from engine.train.events import OVER, Done, Edited, Failed, Finding, StateChanged
from engine.train.mailbox import Mailbox
from engine.train.settable import SETTABLE as SETTABLE
from engine.train.settable import check_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import torch

    from engine.diagnose.chart import Chart
    from engine.project import Project
    from engine.train.child import Weights
    from engine.train.events import Event
    from engine.train.resuming import Resumption
    from engine.train.stops import Stops
    from engine.weights import WeightStore

JOIN = 30.0
"""Seconds that `close` waits for the thread."""


class Session:
    """One run of a project on a background thread or in a child process.

    Parameters
    ----------
    project
        What to train.
    run_dir
        Folder for the record of the run; None leaves none.
    live
        Whether a window is open beside it: short steps may then move to a child process.
    weights
        What to begin with, as `weights` of another session gave it; the rest starts from the seed.
    resume
        The run to go on with; its project and its folder are taken.
    """

    def __init__(
        self,
        project: Project,
        run_dir: Path | None = None,
        *,
        live: bool = False,
        weights: WeightStore | None = None,
        resume: Resumption | None = None,
    ) -> None:
        if resume is not None:
            project, run_dir = resume.project, resume.folder
        self.project = project
        """What is trained; another one after an edit that the run took over."""
        self.run_dir = run_dir
        self.state = "idle"
        self.isolation = ""
        """Where it runs: "thread" or "process"; empty until that is decided."""
        self.result: dict[str, Any] | None = None
        self.error: Failed | None = None
        self._live = live
        self._mailbox = Mailbox()
        self._control = Control()
        self._control.staying = live
        self._trainer: Any = None
        self._given = weights
        self._resume = resume
        self._sent: Weights | None = None
        """The weights that a child process sent last."""
        self._edits: deque[Project] = deque()
        self._chart: Chart | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin. A session runs once."""
        if self._thread is not None:
            raise ValueError("This run has been started before; make a new session.")
        self.state = "preparing"
        self._thread = threading.Thread(target=self._main, name="layerloom-training", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Stop after the step under way, until `resume` or `step`."""
        self._send("pause")

    def resume(self) -> None:
        """Go on after a pause."""
        self._send("resume")

    def step(self, n: int = 1) -> None:
        """Take `n` steps, each of them watched, then pause."""
        if n < 1:
            raise ValueError(f"Steps to take must be at least 1; received {n}.")
        self._send("step", n)

    def run_to(self, step: int | None = None) -> None:
        """Go on until so many steps of all phases are done, or to the end of the epoch, and pause.

        Raises
        ------
        ValueError
            The number is below 1.
        """
        if step is not None and step < 1:
            raise ValueError(f"The step to run to must be at least 1; received {step}.")
        self._send("until", step)

    def set_stops(self, stops: Stops) -> None:
        """Say what makes the run pause by itself."""
        self._send("stops", stops)

    def inspect(
        self,
        phase: int | None = None,
        batch: int | None = None,
        rows: Sequence[int] | None = None,
    ) -> None:
        """Ask for every tensor of the next step, while paused; an `Inspection` event brings them.

        Nothing of the run is changed by it.

        Parameters
        ----------
        phase
            The place of another phase than the one whose turn is next.
        batch
            The place in the epoch of another batch than the next one.
        rows
            Which rows of the batch to tell values of; by default the first ones.

        Raises
        ------
        ValueError
            The run is not paused.
        """
        told = None if rows is None else tuple(rows)
        if self.can_replay:
            self._control.send("inspect", phase, batch, told)
        elif self.state == "paused":
            self._send("inspect", phase, batch, told)
        else:
            raise ValueError(f"Only a paused run can be inspected; this one is {self.state}.")

    @property
    def can_replay(self) -> bool:
        """Return whether the run failed in a step that it can run again."""
        failed = self.state == "failed" and self.error is not None and self.error.again
        return failed and self._control.staying and not self._control.quitting()

    def replay(self) -> None:
        """Run the step that failed once more; an `Inspection` event tells what came of it.

        Raises
        ------
        ValueError
            There is no such step at hand.
        """
        if not self.can_replay:
            raise ValueError("There is no failed step to run again.")
        self._control.send("replay")

    def stop(self) -> None:
        """End the run with what it has: it is evaluated and gets a result."""
        self._send("stop")

    def set(self, path: str, value: float | None) -> None:
        """Change a setting between two steps.

        `path` is `lr`, `watch`, `watch_share`, `epochs`, `phases.<n>.optimizer.params.<name>`, or
        `phases.<n>.<name>` for penalties, clipping and the largest norm.
        """
        check_setting(path, self.project.training.phases, value)
        self._send("set", path, value)

    def watch_node(self, path: str, network: str = "", sample: int = 0) -> None:
        """Tell (`Watched`) what a node makes of a sample from now on; no path ends it."""
        self._send("watch_node", path, network, sample)

    def edit(
        self,
        project: Project,
        moves: Mapping[str, str] | None = None,
        copies: Mapping[str, str] | None = None,
        text: str = "",
    ) -> None:
        """Go on with a changed project, while paused; matching weights and moments stay.

        The run says `Edited` and stays paused; or it says why not (a finding of the kind `edit`)
        and stays as it was.

        Parameters
        ----------
        moves, copies
            Where weights went, as an edit of networks says it.
        text
            What was changed, in a few words.

        Raises
        ------
        ValueError
            The run is not paused.
        """
        if self.state != "paused":
            raise ValueError(
                f"Only a paused run takes over a changed network; this one is {self.state}."
            )
        self._edits.append(project)
        self._send("edit", project, dict(moves or {}), dict(copies or {}), text)

    def weights(self) -> WeightStore:
        """Return the weights and the optimizers' numbers by weight path, while the run rests.

        Raises
        ------
        ValueError
            The run is under way.
        """
        if self.state not in OVER | {"idle", "paused"}:
            raise ValueError("The weights can be had while the run is paused or over.")
        if self._sent is not None:
            return deepcopy(self._sent.store)
        from engine.weights import WeightStore

        return self._trainer.weights() if self._trainer else WeightStore()

    def drain(self) -> list[Event]:
        """Return what happened since the last call, in order, and what was found in it."""
        events = self._mailbox.drain()
        if not events:
            return events
        if self._chart is None:
            from engine.diagnose.chart import Chart

            self._chart = Chart(self.project, self.run_dir, self._resume)
        return [*events, *self._chart.take(events, self.project)]

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; return whether it came in time."""
        if self._thread is not None:
            self._thread.join(timeout)
            return not self._thread.is_alive()
        return True

    def close(self) -> None:
        """Drop the run if it is still under way, and wait until its thread is gone."""
        if self._thread is not None and self._thread.is_alive():
            self._control.send("quit")
            self.join(JOIN)
        if self._chart is not None:
            self._chart.close()

    @property
    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return a copy of the weights, while paused or after the end; nothing before the start."""
        if self._sent is not None:
            store = self._sent.store
            found = {name: store.latest(path) for name, path in self._sent.paths.items()}
            return {name: value.clone() for name, value in found.items() if value is not None}
        root = self._trainer.root if self._trainer else None
        if root is None:
            return {}
        return {k: v.detach().cpu().clone() for k, v in root.state_dict().items()}

    def _send(self, *command: Any) -> None:
        if self.state not in OVER:
            self._control.send(*command)

    def _main(self) -> None:
        try:
            self._train()
        except Exception as error:  # noqa: BLE001 - whatever it was, the window must hear of it
            message = f"The run stopped: {error}"
            self._put(Failed(message))
            self._put(StateChanged("failed", message))

    def _train(self) -> None:
        from engine.train.failure import Ended, explain
        from engine.train.setup import load_data
        from engine.train.trainer import Trainer

        data = None
        isolation = self.project.training.isolation
        if next(own_layers(self.project), None) is not None:
            # What the user wrote never runs in the process of a window.
            isolation = "process"
        if isolation == "auto" and self._live:
            isolation = "thread"
            try:
                self._put(StateChanged("preparing"))
                data = load_data(self.project, None, self._control.preparing_ended)
                isolation = self._choose(data)
            except Ended:
                self._put(StateChanged("stopped"))
                return
            except Exception as error:  # noqa: BLE001 - told as the run itself would tell it
                message, node, network = explain(error)
                self._put(Failed(message, node, network))
                self._put(StateChanged("failed", message))
                return
        self.isolation = "process" if isolation == "process" else "thread"
        if self.isolation == "process":
            from engine.train.child import relay

            given = self._given, self._resume
            relay(self.project, self.run_dir, self._control, self._put, self._keep, *given)
            return
        self._trainer = Trainer(
            self.project,
            self._put,
            self._control,
            self.run_dir,
            weights=self._given,
            resume=self._resume,
        )
        self._trainer.run(data)

    def _choose(self, data: Any) -> str:
        from engine.train import threads
        from engine.train.place import wants_process

        count = self._resume.threads if self._resume else self.project.training.threads
        with threads.prepared(count or threads.default_threads()):
            return "process" if wants_process(self.project, data, self._live) else "thread"

    def _keep(self, weights: Weights) -> None:
        self._sent = weights

    def _put(self, event: Event) -> None:
        if isinstance(event, Done):
            self.result = event.result
        elif isinstance(event, Failed):
            self.error = event
        elif isinstance(event, Edited):
            self.project = self._edits.popleft()
        elif isinstance(event, Finding) and event.kind == "edit":
            self._edits.popleft()
        self._mailbox.put(event)
        if isinstance(event, StateChanged):
            self.state = event.state


def run_headless(
    project: Project,
    *,
    device: str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    run_dir: Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    resume: Resumption | None = None,
) -> dict[str, Any]:
    """Train on the calling thread and return the result (design: fields of `train`).

    Parameters
    ----------
    resume
        The run to go on with, in its folder and with its project; nothing else counts then.

    Raises
    ------
    ValueError
        The run failed; the sentence says why.
    """
    from engine.diagnose.chart import Chart
    from engine.train.trainer import Trainer

    given = {"device": device, "epochs": epochs, "seed": seed}
    project = project.with_training(**{k: v for k, v in given.items() if v is not None})
    if resume is not None:
        project, run_dir = resume.project, resume.folder
    failures: list[str] = []
    chart = Chart(project, run_dir, resume)

    def emit(event: Event) -> None:
        if isinstance(event, Failed):
            failures.append(event.message)
        if on_event is not None:
            on_event(event)
            for finding in chart.take((event,)):
                on_event(finding)

    trainer = Trainer(project, emit, Control(), run_dir, resume=resume)
    trainer.run()
    if trainer.result is None:
        raise ValueError(failures[0] if failures else "The run was stopped.")
    return trainer.result
