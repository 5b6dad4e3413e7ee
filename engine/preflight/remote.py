"""The same work here, or in a child process where a network holds layers of the user's own.

What the user wrote never runs in the process of a window.
"""

from __future__ import annotations

import multiprocessing
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from engine.custom import loading
from engine.networks import own_layers
from engine.train.failure import Ended, explain
from engine.train.setup import load_data

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from engine.data.dataset import Dataset
    from engine.project import Project

    Told = Callable[[str, float], None]
    Seen = Callable[[int, float], None]
    Cancelled = Callable[[], bool]

Kind: TypeAlias = Literal["check", "gradients", "profile", "forecast"]
POLL = 0.05
PATIENCE = 5.0
"""Seconds a child gets to end by itself."""


def do(
    kind: Kind,
    project: Project,
    names: Sequence[str] = (),
    *,
    told: Told = lambda _text, _share: None,
    seen: Seen = lambda _step, _loss: None,
    cancelled: Cancelled = lambda: False,
) -> Any:
    """Return what `check`, `gradients`, `profile` or `forecast` returns for a project.

    Parameters
    ----------
    names
        Ids of checks, or path ids of nodes, where not all are meant.
    told, seen
        As for `check`.

    Raises
    ------
    Ended
        The user gave up waiting.
    ValueError
        What stands in the way, as a sentence.
    """
    own = next(own_layers(project), None) is not None
    if own and not loading.is_open():
        return _elsewhere(kind, project, names, told, seen, cancelled)
    told("Loading the data", 0.0)
    return _work(kind, project, load_data(project, None, cancelled), names, told, seen, cancelled)


def _work(
    kind: Kind,
    project: Project,
    data: Dataset,
    names: Sequence[str],
    told: Told,
    seen: Seen,
    cancelled: Cancelled,
) -> Any:
    if kind == "check":
        from engine.preflight.checkup import check

        return check(project, data, names, cancelled=cancelled, told=told, seen=seen)
    if kind == "gradients":
        from engine.preflight.checkup import gradients

        return gradients(project, data, names, cancelled=cancelled, told=told)
    if kind == "profile":
        from engine.profile.measure import profile

        return profile(project, data, cancelled=cancelled, told=told)
    from engine.preflight.forecast import forecast

    told("Going through a step beforehand", 0.1)
    return forecast(project, data.fields, data.sizes, cancelled=cancelled)


def serve(connection: Connection, kind: Kind, project: Project, names: Sequence[str]) -> None:
    """Run in the child: do the work, tell about it, send what comes of it."""
    gone = threading.Event()
    threading.Thread(target=_listen, args=(connection, gone), daemon=True).start()

    def told(text: str, share: float) -> None:
        connection.send(("told", text, share))

    def seen(step: int, loss: float) -> None:
        connection.send(("seen", step, loss))

    try:
        with loading.opened():
            data = load_data(project, None, gone.is_set)
            made = _work(kind, project, data, names, told, seen, gone.is_set)
        connection.send(("done", made))
    except Ended:
        connection.send(("ended",))
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # noqa: BLE001 - whatever it was, the window must hear of it
        connection.send(("failed", explain(error)[0]))
    finally:
        connection.close()


def _listen(connection: Connection, gone: threading.Event) -> None:
    with suppress(EOFError, OSError):
        connection.recv()
    gone.set()


def _elsewhere(
    kind: Kind,
    project: Project,
    names: Sequence[str],
    told: Told,
    seen: Seen,
    cancelled: Cancelled,
) -> Any:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=serve,
        args=(theirs, kind, project, tuple(names)),
        name="layerloom-preflight",
        daemon=True,
    )
    told("Starting a process of its own", 0.0)
    process.start()
    theirs.close()
    try:
        return _answer(ours, told, seen, cancelled)
    finally:
        ours.close()
        process.join(0.2 if cancelled() else PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _answer(connection: Connection, told: Told, seen: Seen, cancelled: Cancelled) -> Any:
    try:
        while True:
            if cancelled():
                raise Ended
            if not connection.poll(POLL):
                continue
            word, *rest = connection.recv()
            if word == "done":
                return rest[0]
            if word == "ended":
                raise Ended
            if word == "failed":
                raise ValueError(rest[0])
            (told if word == "told" else seen)(*rest)
    except (EOFError, OSError):
        raise ValueError("The process that tried the network out ended unexpectedly.") from None
