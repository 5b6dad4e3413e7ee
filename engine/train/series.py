"""The series of a run on disk: every loss, norm and sample, and what was told beside them.

Rows go to `series/`, one file for what has the same columns; the rest to `log.jsonl`, a line each.
Both only grow while a run goes on, so a run that is cut off keeps all but its last second.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from engine import files
from engine.train import events as ev
from engine.train.lock import hold
from engine.train.rows import Header, RowFile, RowsError, fields, read_header, truncate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from engine.train.rows import Rows

FOLDER, LOG = "series", "log.jsonl"
PERIOD = 1.0
"""Seconds between two times of writing."""
MOST_TOLD = 10_000
"""Findings of a run that are written down."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How events of one type become rows."""

    name: str
    names: Callable[[Any], tuple[str, ...]]
    header: Callable[[Any, tuple[str, ...]], Header]
    fill: Callable[[Any, Rows], None]
    count: Callable[[Any], int] = lambda _event: 1


def _steps_header(event: ev.Steps, names: tuple[str, ...]) -> Header:
    given = [("taken", "<f8"), ("lr", "<f4"), ("speed", "<f4"), ("share", "<f4"), ("loss", "<f4")]
    parts = [("losses", "<f4", len(names))] if names else []
    return Header("steps", event.phase, names, fields(*given, *parts))


def _steps(event: ev.Steps, rows: Rows) -> None:
    rows["step"] = event.first_step + event.stride * np.arange(len(event.loss))
    rows["lr"], rows["speed"] = event.lr, event.samples_per_second
    rows["share"], rows["loss"] = event.watch_share, event.loss
    if event.losses:
        rows["losses"] = np.stack([*event.losses.values()], 1)


def _norms_header(event: ev.Norms, names: tuple[str, ...]) -> Header:
    each = [(name, "<f4", len(names)) for name in ("grad", "weight", "update")]
    whole = [(name, "<f4") for name in ("total_grad", "treated")]
    return Header("norms", event.phase, names, fields(*each, *whole))


def _norms(event: ev.Norms, rows: Rows) -> None:
    rows["step"] = event.step
    for name in ("grad", "weight", "update", "total_grad"):
        rows[name] = getattr(event, name)
    rows["treated"] = np.nan if event.treated is None else event.treated


_SPREAD = ("mean", "std", "dead", "low", "high")


def _activations_header(event: ev.Activations, names: tuple[str, ...]) -> Header:
    each = [(name, "<f4", len(names)) for name in _SPREAD]
    held = ("histogram", "<u2", *event.histogram.shape)
    return Header("activations", event.phase, names, fields(*each, held), "every")


def _activations(event: ev.Activations, rows: Rows) -> None:
    rows["step"] = event.step
    for name in _SPREAD:
        rows[name] = getattr(event, name)
    rows["histogram"] = event.histogram.clip(0, 65535)


KINDS: dict[type, Kind] = {
    ev.Steps: Kind(
        "steps",
        lambda e: tuple(e.losses or ()),
        _steps_header,
        _steps,
        lambda e: len(e.loss),
    ),
    ev.Norms: Kind("norms", lambda e: e.names, _norms_header, _norms),
    ev.Activations: Kind("activations", lambda e: e.nodes, _activations_header, _activations),
}
"""Events that become rows."""

TOLD: dict[type, str] = {
    ev.DataSeen: "data",
    ev.Started: "started",
    ev.StateChanged: "state",
    ev.Edited: "edited",
    ev.Finding: "finding",
    ev.Failed: "failed",
}
"""Events that become lines of the log."""


class Series:
    """Writes a run's series. A disk that fails does not stop the run; it is told once.

    Parameters
    ----------
    folder
        The run's own folder; None writes nothing.
    trouble
        Called with what went wrong the first time writing fails.
    start
        The first step that comes, counted from 0: what is there of later ones is dropped.
    """

    def __init__(
        self, folder: Path | None, trouble: Callable[[Exception], None], start: int = 0
    ) -> None:
        self._folder = folder
        self._trouble = trouble
        self.start = start
        self._begun = self._before = 0.0
        self._files: dict[tuple[str, int, tuple[str, ...]], RowFile] = {}
        self._waiting: list[tuple[float, ev.Event]] = []
        self._early: list[ev.Event] = []
        """What was told before the first step."""
        self._due = 0.0
        self._step = start
        self.places: dict[int, tuple[int, int]] = {}
        """Of a run that goes on: by phase, how many steps it took and which number comes next."""
        self.trained = 0.0
        """Seconds that were trained for before a run that goes on."""
        self._taken = defaultdict[int, int](int)
        self._told = 0
        self._held: IO[bytes] | None = None

    def tee(self, emit: Callable[[ev.Event], None]) -> Callable[[ev.Event], None]:
        """Return what takes an event and then passes it on."""

        def both(event: ev.Event) -> None:
            self.take(event)
            emit(event)

        return both

    def take(self, event: ev.Event) -> None:
        """Add what an event tells; it is written within a second or at the run's next rest."""
        if self._folder is None:
            return
        kind = type(event)
        if kind in KINDS:
            now = time.time()
            self._waiting.append((now, event))
            if now >= self._due and self._begun:
                self.flush()
        elif kind in TOLD:
            self._tell(event)

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        self._due = time.time() + PERIOD
        if waiting and self._folder is not None:
            self._try(lambda: self._write(waiting))

    def close(self) -> None:
        """Write what waits, and end."""
        self.flush()
        self._close_files()
        if self._held is not None:
            self._held.close()
            self._held = None

    def hold(self) -> bool:
        """Mark the folder as that of a run under way; return whether no other run is there."""
        if self._folder is not None and self._held is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._held = hold(self._folder)
            except OSError as error:
                self._fail(error)
                return True
            return self._held is not None
        return True

    def _close_files(self) -> None:
        """Write what waits in each file; more rows open them again."""
        held, self._files = self._files, {}
        for file in held.values():
            try:
                file.close()
            except OSError as error:
                self._fail(error)

    # -- rows

    def _write(self, waiting: Sequence[tuple[float, ev.Event]]) -> None:
        groups = defaultdict[tuple[str, int, tuple[str, ...]], list[tuple[float, Any]]](list)
        for now, event in waiting:
            kind = KINDS[type(event)]
            key = kind.name, getattr(event, "phase", 0), kind.names(event)
            groups[key].append((now, event))
        for key, held in groups.items():
            kind = KINDS[type(held[0][1])]
            file = self._file(key, kind, held[0][1])
            rows = np.empty(sum(kind.count(event) for _, event in held), file.header.dtype)
            end = 0
            for now, event in held:
                begin, end = end, end + kind.count(event)
                part = rows[begin:end]
                self._before = max(self._before, now - self._begun)
                part["seconds"] = self._before
                kind.fill(event, part)
                if key[0] == "steps":
                    part["taken"] = self._taken[key[1]] + np.arange(len(part))
                    self._taken[key[1]] += len(part)
            file.add(rows)
            if len(rows):
                self._step = max(self._step, int(rows["step"][-1]) + 1)

    def _file(self, key: tuple[str, int, tuple[str, ...]], kind: Kind, event: Any) -> RowFile:
        if key not in self._files:
            header = kind.header(event, key[2])
            self._files[key] = file = RowFile(self._place(header), header)
            # A clock that was set back must not bring rows out of order.
            self._before = max(self._before, file.last)
        return self._files[key]

    def _place(self, header: Header) -> Path:
        """Return the file for rows of this kind: one that is there, or the next in order."""
        assert self._folder is not None
        folder = self._folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        number = 0
        while True:
            number += 1
            path = folder / f"{header.kind}-{header.phase}-{number}.rows"
            if not path.exists():
                return path
            # A damaged file stays as it is.
            with suppress(RowsError):
                if read_header(path)[0].alike(header):
                    return path

    # -- the log

    def _tell(self, event: ev.Event) -> None:
        if isinstance(event, ev.Started):
            self._try(self._begin)
            early, self._early = self._early, []
            self._line(event)
            for held in early:
                self._line(held)
        elif self._begun:
            self._line(event)
        else:
            self._early.append(event)
            if isinstance(event, ev.StateChanged) and event.state in ev.OVER:
                self._end_early()

    def _end_early(self) -> None:
        """Write what was told of a new run that never came to its first step."""
        if self._held is not None and not self.start:
            self._try(self._begin)
            for held in self._early:
                self._line(held)
        self.close()

    def _begin(self) -> None:
        if not self.hold() or self._folder is None:
            return
        cut(self._folder, self.start, self.places)
        self._taken.update({phase: taken for phase, (taken, _) in self.places.items()})
        now = time.time()
        log = self._folder / LOG
        began = next((row["time"] for row in lines(log) if row.get("event") == "started"), now)
        self._begun = began if isinstance(began, float) and began <= now else now
        self._before = 0.0

    def _line(self, event: ev.Event) -> None:
        rests = isinstance(event, ev.StateChanged) and event.state not in ("preparing", "running")
        if rests or isinstance(event, ev.Edited):
            self.flush()
        if isinstance(event, ev.Edited):
            # What has other columns now goes to other files.
            self._close_files()
        self._told += isinstance(event, ev.Finding)
        if isinstance(event, ev.Finding) and self._told > MOST_TOLD:
            return
        row = {"event": TOLD[type(event)], "time": time.time(), "at": self._step, **asdict(event)}
        if isinstance(event, ev.Started):
            row["trained"] = self.trained
        self._try(lambda: self._append(row))
        if isinstance(event, ev.StateChanged) and event.state in ev.OVER:
            self.close()

    def _append(self, row: dict[str, Any]) -> None:
        assert self._folder is not None
        with (self._folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, default=str) + "\n")

    def _try(self, write: Callable[[], None]) -> None:
        if self._folder is None:
            return
        try:
            write()
        except (OSError, RowsError, ValueError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Write no more; say why, the first time."""
        told, self._folder = self._folder is None, None
        if not told:
            self.close()
            self._trouble(error)


def cut(folder: Path, step: int, places: Mapping[int, tuple[int, int]] | None = None) -> None:
    """Drop what a run's series hold from a step on, so that it can be taken again.

    Parameters
    ----------
    step
        The first step to go, counted from 0 over all phases; 0 drops everything.
    places
        By phase, how many steps it has taken then and the number of its next one; needed where
        several phases take turns, as their steps may bear the same numbers.
    """
    for path in sorted((folder / FOLDER).glob("*.rows")):
        if step == 0:
            path.unlink()
            continue
        try:
            header, _ = read_header(path)
        except RowsError:
            # Nothing can be added to it; whoever reads it is told.
            continue
        taken, number = (places or {}).get(header.phase, (-1, step))
        if header.kind == "steps" and taken >= 0:
            truncate(path, taken, "taken")
        else:
            truncate(path, number)
    log = folder / LOG
    if not log.exists():
        return
    kept = [row for row in lines(log) if step and row.get("at", 0) <= step and not _over(row)]
    text = "".join(json.dumps(row) + "\n" for row in kept)
    files.write_atomic(log, text.encode())


def _over(row: dict[str, Any]) -> bool:
    return row.get("state") in ev.OVER or row.get("event") == "failed"


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a log that are whole."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            found: object = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield cast("dict[str, Any]", found)
