"""What a custom layer makes of its inputs, asked of a child process and remembered.

The child is started when it is first needed, has a few seconds for an answer, and is killed when
it takes longer. A process that is opened for custom layers answers by itself.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.custom import loading, trust, worker
from engine.custom.probing import Found, Wanted, probe

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.connection import Connection

LIMIT = 10.0
"""Seconds for one answer."""
START = 60.0
"""Seconds for the child to start."""
MOST = 2_000


class NotTrusted(ValueError):
    """The text may not run: nobody has trusted it on this machine."""


class Later(ValueError):
    """The answer is not known yet."""


class _Gone(OSError):
    """The child ended without an answer."""


class _Child:
    """The process that tries layers out."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._ready = False
        self._process: Any = context.Process(
            target=worker.serve, args=(theirs,), name="layerloom-custom", daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.is_alive()

    def ask(self, wanted: Wanted) -> Found:
        """Return the answer; a child that takes too long is ended. `_Gone` without one."""
        pipe: Connection = self._pipe
        try:
            if not self._ready:
                if not pipe.poll(START) or pipe.recv_bytes() != worker.READY:
                    raise EOFError
                self._ready = True
            question = {"wanted": wanted.json(), "trust": str(trust.trust_file())}
            pipe.send_bytes(json.dumps(question).encode())
            if pipe.poll(LIMIT):
                return Found.read(json.loads(pipe.recv_bytes()))
        except (EOFError, OSError, ValueError):
            self._process.join(1.0)
            code = self._process.exitcode
            self.end()
            how = f" (exit code {code})" if code else ""
            raise _Gone(f"The process it was tried out in ended{how}.") from None
        self.end()
        return Found(
            problem=f"It gave no answer within {LIMIT:g} seconds and was stopped; "
            "look for a loop that never ends."
        )

    def end(self) -> None:
        """End the process; whoever waits for its answer gets none."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()


_answers: OrderedDict[Wanted, Found] = OrderedDict()
_waiting: dict[Wanted, None] = {}
_lock = threading.Lock()
_child: list[_Child] = []
_count = [0]
_ended = [0]
_mode = threading.local()


@contextmanager
def patient() -> Generator[None]:
    """Within, an answer that is not known yet raises `Later` instead of being waited for."""
    before = getattr(_mode, "patient", False)
    _mode.patient = True
    try:
        yield
    finally:
        _mode.patient = before


def ask(wanted: Wanted) -> Found:
    """Return what a custom layer makes of its inputs, or what is wrong with it.

    Raises
    ------
    NotTrusted
        The text may not run on this machine.
    Later
        Within `patient`, or `close` came first.
    """
    if not trust.trusted(wanted.code):
        raise NotTrusted
    known = _answers.get(wanted)
    if known is not None:
        return known
    if loading.is_open():
        return _keep(wanted, probe(wanted))
    if getattr(_mode, "patient", False):
        _waiting[wanted] = None
        raise Later
    return _keep(wanted, _asked(wanted))


def try_out(wanted: Wanted) -> Found:
    """Return the answer to a question asked anew, even if it is known. NotTrusted as `ask`."""
    if not trust.trusted(wanted.code):
        raise NotTrusted
    return _keep(wanted, _asked(wanted))


def questions() -> tuple[Wanted, ...]:
    """Return what was asked within `patient` and has no answer yet; it is asked no more."""
    found = tuple(_waiting)
    _waiting.clear()
    return tuple(w for w in found if w not in _answers)


def answer(wanted: tuple[Wanted, ...]) -> None:
    """Find the answers to questions, for the next time they are asked."""
    for one in wanted:
        if trust.trusted(one.code) and one not in _answers:
            try:
                _keep(one, _asked(one))
            except Later:
                return


def stamp() -> tuple[object, ...]:
    """Return something that changes whenever an answer may be another than before."""
    return (*trust.stamp(), _count[0])


def busy() -> bool:
    """Return whether somebody waits for an answer."""
    return _lock.locked()


def close() -> None:
    """End the child, if there is one; the next question starts another."""
    _ended[0] += 1
    while _child:
        _child.pop().end()


def _keep(wanted: Wanted, found: Found) -> Found:
    _answers[wanted] = found
    _count[0] += 1
    while len(_answers) > MOST:
        _answers.popitem(last=False)
    return found


def _asked(wanted: Wanted) -> Found:
    with _lock:
        ended = _ended[0]
        for last in (False, True):
            try:
                if not _child or not _child[0].alive:
                    _child[:] = [_Child()]
                return _child[0].ask(wanted)
            except OSError as error:
                if ended != _ended[0]:
                    raise Later from None
                if last:
                    return Found(problem=str(error))
        raise AssertionError


atexit.register(close)
