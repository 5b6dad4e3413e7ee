"""One run in a list: how it ended, what it reached, how long it took, what room it takes.

Everything is read from small files, so that hundreds of runs can be listed at once. A damaged run
is listed with a sentence that says so.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from engine import strictjson
from engine.files import FileError
from engine.runs.folders import run_folders
from engine.runs.notes import NONE, Notes, read_notes
from engine.train.events import OVER
from engine.train.lock import held
from engine.train.series import LOG, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TAIL = 1 << 16
"""Bytes at the end of metrics.jsonl that are read for the last epoch."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a list shows of a run."""

    folder: Path
    state: str
    """One of running, paused, finished, stopped, failed, cut, damaged; `cut`: its process ended."""
    notes: Notes = NONE
    started: datetime | None = None
    seconds: float = 0.0
    """How long it trained, pauses left out."""
    epochs: int = 0
    of: int = 0
    """How many epochs were asked for; 0 where that is not known."""
    device: str = ""
    parameters: int = 0
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """`test.accuracy` and so on: of the result, or else of the last epoch."""
    checkpoints: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    """Checkpoints from which it can go on bit for bit."""
    size: int = 0
    """Bytes on disk."""
    message: str = ""
    """Why it failed, or what is damaged."""

    @property
    def id(self) -> str:
        """Return the name of its folder."""
        return self.folder.name

    @property
    def title(self) -> str:
        """Return its own name, or else its id."""
        return self.notes.name or self.id

    @property
    def key_figure(self) -> tuple[str, float] | None:
        """Return the figure a run is judged by: a metric of the test part, or of validation."""
        for part in ("test.", "validation."):
            names = [name for name in self.figures if name.startswith(part)]
            metrics = (name for name in names if not _is_loss(name))
            name = next(metrics, next(iter(names), ""))
            if name:
                return name, self.figures[name]
        return None

    def plain(self) -> dict[str, Any]:
        """Return it as the command line prints it."""
        return {
            "run": self.id,
            "state": self.state,
            "name": self.notes.name,
            "note": self.notes.note,
            "tags": self.notes.tags,
            "started": self.started.isoformat(timespec="seconds") if self.started else None,
            "seconds": self.seconds,
            "epochs": self.epochs,
            "of": self.of,
            "device": self.device,
            "parameters": self.parameters,
            "figures": dict(self.figures),
            "checkpoints": self.checkpoints,
            "moments": self.moments,
            "bytes": self.size,
            "message": self.message,
        }


def _is_loss(figure: str) -> bool:
    return any(part == "loss" for part in figure.split(".")[1:])


def runs(file: Path) -> list[Run]:
    """Return the runs of a project file, the oldest first."""
    return [run_in(folder) for folder in run_folders(file)]


def run_in(folder: Path) -> Run:
    """Return what a list shows of the run in a folder."""
    notes = read_notes(folder)
    size, held_files = _sizes(folder)
    common: dict[str, Any] = {
        "notes": notes,
        "size": size,
        "checkpoints": _stems(held_files, "checkpoints"),
        "moments": _stems(held_files, "moments"),
    }
    try:
        told = list(lines(folder / LOG))
        result = _json(folder / "result.json")
        begun = _begun(folder, told, result)
        last = last_epoch(folder)
    except FileError as error:
        return Run(folder, "damaged", message=str(error), **common)
    seconds = result.get("seconds") if result else None
    return Run(
        folder,
        _state(folder, told, result),
        seconds=_number(seconds) if result else _trained(told, last),
        epochs=int(_number((result or last or {}).get("epochs" if result else "epoch"))),
        device=str((result or {}).get("device") or begun.get("device", "")),
        figures=dict(_figures(result or last or {})),
        message=next((str(row.get("message")) for row in told if row.get("event") == "failed"), ""),
        started=_moment(begun.get("time")),
        of=int(_number(begun.get("epochs"))),
        parameters=int(_number(begun.get("parameters"))),
        **common,
    )


def _begun(
    folder: Path, told: list[dict[str, Any]], result: dict[str, Any] | None
) -> dict[str, Any]:
    """Return what is known from the start of a run; run.json is read where the log is missing."""
    rows = [row for row in told if row.get("event") == "started"]
    if rows:
        return {**rows[-1], "time": rows[0].get("time")}
    about = _json(folder / "run.json") or {}
    project = about.get("project")
    training = project.get("training", {}) if isinstance(project, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if training is None:
        raise FileError(f"{folder.name}/run.json is damaged: it holds no project.")
    stamp: float | None = None
    with suppress(ValueError):
        stamp = datetime.fromisoformat(str(about.get("started"))).timestamp()
    epochs = cast("dict[str, Any]", training).get("epochs", 10)
    return {"time": stamp, "device": about.get("device", ""), "epochs": epochs}


def _state(folder: Path, told: list[dict[str, Any]], result: dict[str, Any] | None) -> str:
    states = [str(row.get("state")) for row in told if row.get("event") == "state"]
    last = states[-1] if states else ""
    if last in OVER:
        return last
    if held(folder):
        return "paused" if last == "paused" else "running"
    return "finished" if result is not None else "cut"


def _trained(told: list[dict[str, Any]], last: dict[str, Any] | None) -> float:
    """Return how long a run without a result trained: from start to end, pauses left out.

    Where it was gone on with, its log says how long it had trained until then.
    """
    ends = [_number(row.get("time")) for row in told]
    total = 0.0
    since: float | None = None
    for row, when in zip(told, ends, strict=True):
        state = row.get("state")
        if row.get("event") == "started":
            total, since = _number(row.get("trained")), None
        elif state == "running":
            since = when
        elif state and since is not None:
            total, since = total + when - since, None
    if since is not None:
        # Nobody said when it ended: the last epoch's line is the last that is known.
        total += max(0.0, max(ends, default=since) - since, _number((last or {}).get("at")) - since)
    return total


def _figures(found: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for part in ("train", "validation", "test"):
        held_part: object = found.get(part)
        if isinstance(held_part, dict):
            for name, value in cast("dict[str, Any]", held_part).items():
                if isinstance(value, int | float):
                    yield f"{part}.{name}", float(value)


def epochs(folder: Path) -> list[dict[str, Any]]:
    """Return the figures of a run's epochs, as metrics.jsonl has them."""
    rows: dict[int, dict[str, Any]] = {}
    for row in lines(folder / "metrics.jsonl"):
        if isinstance(row.get("epoch"), int):
            rows[row["epoch"]] = row
    return [rows[epoch] for epoch in sorted(rows)]


def last_epoch(folder: Path) -> dict[str, Any] | None:
    """Return the figures of a run's last epoch, and `at`, when they were written."""
    path = folder / "metrics.jsonl"
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            text = file.read()
        written = path.stat().st_mtime
    except OSError:
        return None
    for line in reversed(text.splitlines()):
        try:
            row: object = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            return {**cast("dict[str, Any]", row), "at": written}
    return None


def _sizes(folder: Path) -> tuple[int, list[str]]:
    """Return the bytes in a folder, and its files with the folder each is in."""
    total, names = 0, list[str]()
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    inner, deeper = _sizes(folder / entry.name)
                    total += inner
                    names += deeper
                else:
                    total += entry.stat(follow_symlinks=False).st_size
                    names.append(f"{folder.name}/{entry.name}")
    except OSError:
        # What goes while it is counted counts no more.
        return total, names
    return total, names


def _stems(names: Iterable[str], folder: str) -> tuple[str, ...]:
    head, tail = f"{folder}/", ".safetensors"
    found = (n[len(head) : -len(tail)] for n in names if n.startswith(head) and n.endswith(tail))
    return tuple(sorted(found))


def _json(path: Path) -> dict[str, Any] | None:
    """Return what a file holds, or None where there is none."""
    try:
        found: object = strictjson.parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        return None
    except strictjson.JSONError as error:
        raise FileError(f"{path.parent.name}: {error}") from None
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror}.") from None
    if not isinstance(found, dict):
        raise FileError(f"{path.parent.name}/{path.name} is damaged: it is no record.")
    return cast("dict[str, Any]", found)


def _number(value: object) -> float:
    with suppress(OverflowError):
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0
    return 0.0


def _moment(stamp: object) -> datetime | None:
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int | float) else None
