"""The same run in a child process: events come over a pipe, commands go back over it.

The child shares no interpreter lock with the window. It runs the same loop with the same seed
and so gives the same bits.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engine.train.events import OVER, Edited, Failed, StateChanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from engine.project import Project
    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.resuming import Resumption
    from engine.weights import WeightStore

POLL = 0.02
GRACE = 10.0
"""Seconds a child gets to end by itself."""
PATIENCE = 20.0
"""Seconds after which one that was told to drop its run is ended: its network may never return."""


class Weights:
    """A message with the weights of now; not an event, never seen outside."""

    __slots__ = ("paths", "store")

    def __init__(self, paths: dict[str, str], store: WeightStore) -> None:
        self.paths = paths
        """Name in the `state_dict` -> weight path."""
        self.store = store


def serve(
    connection: Connection,
    project: Project,
    run_dir: Path | None,
    weights: WeightStore | None,
    resume: Resumption | None = None,
    staying: bool = False,
) -> None:
    """Run in the child: train, send every event, and the weights whenever the run rests."""
    from engine.custom import loading
    from engine.train.control import Control
    from engine.train.trainer import Trainer

    control = Control()
    control.staying = staying

    def emit(event: Event) -> None:
        rests = isinstance(event, StateChanged) and event.state in (OVER | {"paused"})
        if (rests or isinstance(event, Edited)) and trainer.prepared is not None:
            paths = trainer.prepared.bundle.weight_paths
            connection.send(Weights(paths, trainer.weights()))
        connection.send(event)

    trainer = Trainer(project, emit, control, run_dir, "process", weights, resume)
    threading.Thread(target=_listen, args=(connection, control), daemon=True).start()
    try:
        with loading.opened():
            trainer.run()
    except (BrokenPipeError, ConnectionResetError):
        return
    finally:
        connection.close()


def _listen(connection: Connection, control: Control) -> None:
    try:
        while True:
            control.send(*connection.recv())
    except (EOFError, OSError):
        control.send("quit")


def relay(
    project: Project,
    run_dir: Path | None,
    control: Control,
    emit: Callable[[Event], None],
    on_weights: Callable[[Weights], None],
    weights: WeightStore | None = None,
    resume: Resumption | None = None,
) -> None:
    """Run a project in a child process; returns when the child has ended.

    Parameters
    ----------
    control
        Its commands are passed on.
    emit
        Called with the child's events, on the calling thread.
    on_weights
        Called when the run pauses, changes and ends.
    weights
        What to begin with.
    resume
        The run to go on with.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=serve,
        args=(theirs, project, run_dir, weights, resume, control.staying),
        name="layerloom-training",
        daemon=True,
    )
    process.start()
    theirs.close()
    try:
        over = _pump(ours, control, emit, on_weights)
    finally:
        _end(process)
        ours.close()
    if not over:
        message = "The training process ended unexpectedly" + (
            f" (exit code {process.exitcode})." if process.exitcode else "."
        )
        emit(Failed(message))
        emit(StateChanged("failed", message))


def _pump(
    connection: Connection,
    control: Control,
    emit: Callable[[Event], None],
    on_weights: Callable[[Weights], None],
) -> bool:
    """Pass events and commands on until the run is over; False if the child went away before."""
    patience = float("inf")
    over = stays = False
    try:
        while time.monotonic() < patience:
            if _pass_on(connection, control):
                patience = time.monotonic() + PATIENCE
            if not connection.poll(POLL):
                continue
            message = connection.recv()
            if isinstance(message, Weights):
                on_weights(message)
                continue
            emit(message)
            stays = stays or (control.staying and isinstance(message, Failed) and message.again)
            over = over or (isinstance(message, StateChanged) and message.state in OVER)
            if over and not stays:
                return True
    except (EOFError, OSError):
        pass
    return over


def _pass_on(connection: Connection, control: Control) -> bool:
    """Send the commands that have arrived; return whether the child was told to quit."""
    quits = False
    while control.commands:
        command = control.commands.popleft()
        quits = quits or command[0] == "quit"
        # A child that has ended hears nothing, but what it said last is still to be read.
        with suppress(OSError):
            connection.send(command)
    return quits


def _end(process: Any) -> None:
    process.join(GRACE)
    if process.is_alive():
        process.terminate()
        process.join(1.0)
    if process.is_alive():
        process.kill()
        process.join()
