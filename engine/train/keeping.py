"""Checkpoints of a run by rule: when a moment is written, under which name, and what that costs."""

from __future__ import annotations

import platform
import time
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from engine.train import moment as moments
from engine.train import record as recording
from engine.train.failure import TrainingError
from engine.train.record import versions
from engine.train.resuming import FOLDER, moments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from engine.data.dataset import Dataset
    from engine.project import Checkpoints, Project
    from engine.train.course import Course
    from engine.train.record import Record

SHARE = 0.01
"""Share of the time that writing `last` may take; a slow disk is written to less often."""
MUCH = 0.1
"""Share beyond which it is said that writing holds the run up."""
LEAST = 1.0
"""Seconds of writing below which nothing is said."""
FIRST = 2.0
"""Seconds until `last` is written for the first time; then twice as long, up to `PERIOD`."""
_SOME = 1 << 20
"""Bytes of a field of the data that are looked at to know it again."""


class Keeper:
    """Writes the moments of a run, so that it can go on from there.

    Parameters
    ----------
    record
        Where they go; without a folder nothing is written.
    setting
        The rules.
    about
        Returns the project of now and the plain facts that go with a moment.
    tell
        Called with a sentence once, if writing holds the run up.
    """

    def __init__(
        self,
        record: Record,
        setting: Checkpoints,
        about: Callable[[], tuple[Project, dict[str, Any]]],
        tell: Callable[[str], None],
    ) -> None:
        self.spent = 0.0
        """Seconds that writing took, at rest left out."""
        self.facts: dict[str, Any] = {}
        """What the bits of the run depend on beside its project."""
        self._record = record
        self._setting = setting
        self._about = about
        self._tell, self._told = tell, False
        self._course: Course | None = None
        self._wait = FIRST
        self._due = time.monotonic() + FIRST
        self._written = -1

    def attach(self, course: Course) -> None:
        """Keep moments of this run from now on."""
        if self._record.folder is None:
            return
        self._course = course
        if self._setting.last:
            course.loop.on_look = self.look
            course.loop.steering.on_rest = partial(self.last, rests=True)
        if self._setting.every and self._setting.counts == "steps":
            course.mark = self._setting.every
            course.on_mark = self._marked

    def look(self) -> None:
        """Write `last` if that is due."""
        if time.monotonic() >= self._due:
            self.last()

    def last(self, *, anew: bool = False, rests: bool = False) -> None:
        """Write `last`, unless nothing has happened since.

        Parameters
        ----------
        anew
            Write it all the same.
        rests
            The run is paused, so that writing holds nothing up.
        """
        if self._setting.last and (anew or self._written != self._step()):
            cost = self._write("last", rests)
            self._written = self._step()
            self._wait = min(2 * self._wait, recording.PERIOD)
            self._due = time.monotonic() + max(self._wait, cost / SHARE)

    def changed(self) -> None:
        """Hear that the run is another one now, though it took no step."""
        self._written = -1

    def epoch(self, epoch: int, best: bool) -> None:
        """Write what is due at the end of an epoch."""
        setting = self._setting
        if best and setting.best:
            self._write("best")
        if setting.every and setting.counts == "epochs" and epoch % setting.every == 0:
            self._write(f"epoch-{epoch:06}")
            self._prune()
        if setting.last:
            self.look()

    def _marked(self) -> None:
        self._write(f"step-{self._step():09}")
        self._prune()

    def _step(self) -> int:
        return self._course.steps if self._course is not None else 0

    def _write(self, name: str, rests: bool = False) -> float:
        """Write a moment; return the seconds it took. One that is broken is not written."""
        course, folder = self._course, self._record.folder
        if course is None or folder is None:
            return 0.0
        begin = time.monotonic()
        course.loop.read_out()
        if sound(course):
            self._record.keep(lambda: self._take(course, place(folder, name)))
        cost = time.monotonic() - begin
        if not rests:
            self.spent += cost
            self._mind(course)
        return cost

    def _mind(self, course: Course) -> None:
        """Say once that writing takes too much of the time."""
        if not self._told and self.spent > max(MUCH * course.loop.seconds, LEAST):
            self._told = True
            share = self.spent / course.loop.seconds
            self._tell(
                f"Writing checkpoints takes {share:.0%} of the time of this run; let one be kept "
                "less often."
            )

    def _take(self, course: Course, path: Path) -> None:
        project, about = self._about()
        made = moments.capture(course, project, copy=False, **about, **self.facts)
        moments.write(path, made)

    def drop_after(self, step: int) -> None:
        """Let go of moments later than the one the run goes on from: they will come again."""
        folder = self._record.folder
        for name, facts in moments_of(folder).items() if folder is not None else ():
            if folder is not None and facts["step"] > step:
                self._record.keep(place(folder, name).unlink)
        for left in (folder / FOLDER).glob(".*.tmp") if folder is not None else ():
            # A process that was ended while it wrote.
            self._record.keep(left.unlink)

    def _prune(self) -> None:
        """Let go of the oldest of those that are written every so often."""
        folder = self._record.folder
        if folder is not None:
            held = sorted((folder / FOLDER).glob("epoch-*")) + sorted(
                (folder / FOLDER).glob("step-*")
            )
            for path in held[: -self._setting.keep]:
                self._record.keep(path.unlink)


def place(folder: Path, name: str) -> Path:
    """Return the file of a moment of the run in a folder."""
    return folder / FOLDER / f"{name}.safetensors"


def sound(course: Course) -> bool:
    """Return whether all weights are finite numbers: a run that is broken is not gone on with."""
    values: Mapping[str, torch.Tensor] = course.prepared.root.state_dict()
    return all(bool(torch.isfinite(v).all()) for v in values.values() if v.is_floating_point())


# -- what the bits depend on


def surroundings(device: torch.device, threads: int, data: Dataset) -> dict[str, Any]:
    """Return what the bits of a run depend on beside its project, as plain facts."""
    found = versions()
    return {
        "versions": {name: found[name] for name in ("torch", "layerloom") if name in found},
        "device": device.type,
        "machine": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "threads": threads,
        "data": known_by(data),
    }


def require_same(run: str, before: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raise TrainingError where a run would go on with other bits than it began with."""
    for name, what in (("device", "device"), ("machine", "kind of processor")):
        if before[name] != here[name]:
            raise TrainingError(
                f"The run {run} trained on another {what} ({before[name]}; here it is "
                f"{here[name]}), which would go on with other numbers; begin a new run with its "
                "weights."
            )
    for part, fields in here["data"].items():
        if before["data"].get(part) != fields:
            raise TrainingError(
                f"The {part} part of the data is not what the run {run} was trained on; bring the "
                "data back, or begin a new run with its weights."
            )


def known_by(data: Dataset) -> dict[str, dict[str, str]]:
    """Return by what data is known again: sizes, and sums of some of its numbers."""
    return {
        part: {name: _sum(values) for name, values in fields.items()}
        for part, fields in data.parts.items()
    }


def _sum(values: torch.Tensor) -> str:
    size = values.nbytes
    some = values[:: max(1, size // _SOME)] if values.dim() else values
    some = some.detach().cpu().contiguous().view(-1).view(torch.uint8)
    return f"{tuple(values.shape)} {zlib.crc32(some.numpy().data):08x}"
