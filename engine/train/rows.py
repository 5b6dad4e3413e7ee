"""Files of rows that only ever grow: a line of JSON that says what a row is, then the rows.

A row that was not written to its end does not count. A file past its room is thinned.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from engine import files

if TYPE_CHECKING:
    from pathlib import Path

Rows: TypeAlias = NDArray[np.void]

FORMAT = 1
ROOM = 8 << 20
"""Bytes of a file beyond which it is thinned."""
LEAST = 64
"""Rows that a file holds whatever room they take."""
HEAD = 1 << 22
"""Bytes that the first line may take."""
WHERE = frozenset({"step", "seconds", "taken"})
"""Fields that say where a row stands."""
_TYPES = ("<f8", "<f4", "<u2")
_EDGE = 1 << 20
"""Numbers that a field of a row may have."""


class RowsError(ValueError):
    """A file of rows that cannot be read; one sentence."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the rows of a file are."""

    kind: str
    phase: int
    names: tuple[str, ...]
    """What the numbers of a field with an axis belong to: nodes, or losses."""
    fields: tuple[tuple[str, str, tuple[int, ...]], ...]
    """(name, type, shape) of each number or array of a row; the first two are step and seconds."""
    thin: Literal["extremes", "every"] = "extremes"
    """How it is thinned: each number's least and greatest of a few rows, or whole rows dropped."""
    stride: int = 1
    """Of how many rows one is kept."""
    format: int = FORMAT

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Return a row's type."""
        return np.dtype([(name, kind, shape) for name, kind, shape in self.fields])

    def alike(self, other: Header) -> bool:
        """Return whether rows of the other may stand in the same file."""
        return replace(self, stride=1) == replace(other, stride=1)

    def line(self) -> bytes:
        """Return the first line of a file."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(values, separators=(",", ":")).encode() + b"\n"


_HEADER = TypeAdapter(Header)


def read_header(path: Path) -> tuple[Header, int]:
    """Return the header of a file and the bytes it takes.

    Raises
    ------
    RowsError
        The file cannot be read, or is no such file.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(HEAD)
        found = _HEADER.validate_json(line)
        known = all(kind in _TYPES for _, kind, _ in found.fields)
        small = all(0 <= math.prod(shape) <= _EDGE for _, _, shape in found.fields)
        heads = [name for name, _, _ in found.fields[:2]] == ["step", "seconds"]
        if not (line.endswith(b"\n") and found.format == FORMAT and known and small and heads):
            raise ValueError
        # A name that occurs twice is refused here.
        assert found.dtype.itemsize
    except OSError as error:
        raise RowsError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValidationError, ValueError):
        raise RowsError(
            f"{path.name} is damaged: its first line does not say what it holds."
        ) from None
    return found, len(line)


def read(path: Path) -> tuple[Header, Rows]:
    """Return what a file holds; what was not written to its end is left out.

    Raises
    ------
    RowsError
        The file cannot be read, or is no such file.
    """
    header, begin = read_header(path)
    try:
        size = max(0, path.stat().st_size - begin) // header.dtype.itemsize
        rows = np.fromfile(path, header.dtype, size, offset=begin)
    except OSError as error:
        raise RowsError(f"{path.name} cannot be read: {error.strerror}.") from None
    return header, rows[: _whole(rows)]


def _whole(rows: Rows) -> int:
    """Return how many rows are sound: time never goes back, and a lost end reads as zeros."""
    seconds = rows["seconds"]
    with np.errstate(invalid="ignore"):
        bad = ~np.isfinite(seconds) | ~np.isfinite(rows["step"])
        bad[1:] |= ~(seconds[1:] >= seconds[:-1])
    return int(bad.argmax()) if bad.any() else len(rows)


def thinned(rows: Rows, factor: int, thin: str) -> tuple[Rows, Rows]:
    """Return a `factor`-th of the rows, and the last few that do not make up a whole group.

    Thinned to extremes, each number's least and greatest of a group stay, in the order they came;
    where they stand is where the group and its second half begin.
    """
    if factor == 1:
        return rows, rows[:0]
    width = 2 * factor if thin == "extremes" else factor
    whole = len(rows) - len(rows) % width
    groups, left = rows[:whole].reshape(-1, width), rows[whole:]
    if thin == "every":
        return np.ascontiguousarray(groups[:, 0]), left
    kept = np.ascontiguousarray(groups[:, [0, factor]])
    for name in set(rows.dtype.names or ()) - WHERE:
        values = groups[name]
        pair = np.sort(np.stack([values.argmin(1), values.argmax(1)], 1), 1)
        kept[name] = np.take_along_axis(values, pair, 1)
    return kept.reshape(-1), left


class RowFile:
    """One file that rows are added to.

    Parameters
    ----------
    path
        Where it is; a file of the same kind there is gone on with.
    header
        What the rows are.
    room
        Bytes beyond which it is thinned.
    """

    def __init__(self, path: Path, header: Header, room: int = ROOM) -> None:
        self._path, self._room = path, room
        self.header = header
        self._count = 0
        self._left: list[Rows] = []
        """What waits to be thinned."""
        self.last = 0.0
        """Seconds of the last row that was there."""
        if path.exists():
            self.header, rows = read(path)
            self._count = len(rows)
            self.last = float(rows["seconds"][-1]) if len(rows) else 0.0
            _cut(path, self.header, self._count)
        else:
            path.write_bytes(header.line())
        self._file = path.open("ab")

    def add(self, rows: Rows) -> None:
        """Write rows behind the others."""
        if self.header.stride > 1:
            rows = np.concatenate([*self._left, rows])
            rows, left = thinned(rows, self.header.stride, self.header.thin)
            self._left = [left]
        if not len(rows):
            return
        self._file.write(rows.tobytes())
        self._file.flush()
        self._count += len(rows)
        while self._count > max(LEAST, self._room // rows.dtype.itemsize):
            self._halve()

    def _halve(self) -> None:
        self._file.close()
        header, rows = read(self._path)
        rows, left = thinned(rows, 2, header.thin)
        self.header = replace(header, stride=2 * header.stride)
        rows = np.concatenate([rows, left])
        files.write_atomic(self._path, self.header.line() + rows.tobytes())
        self._count = len(rows)
        self._file = self._path.open("ab")

    def close(self) -> None:
        """Write what waits, and end."""
        rest, self._left = [rows for rows in self._left if len(rows)], []
        with self._file:
            if rest:
                rows = np.concatenate(rest)
                rows = np.concatenate([rows, rows[len(rows) - len(rows) % 2 :]])
                kept, _ = thinned(rows, len(rows) // 2, "extremes")
                kept = rows[:1] if self.header.thin == "every" else kept
                self._file.write(kept.tobytes())


def truncate(path: Path, least: int, by: str = "step") -> None:
    """Drop the rows from a step on, counted from 0, and whatever lies behind them.

    Parameters
    ----------
    by
        The field that is looked at: `step`, or the `taken` of a phase.

    Raises
    ------
    RowsError
        The file cannot be read, or is no such file.
    OSError
        It cannot be written to.
    """
    header, rows = read(path)
    late = rows[by] >= least
    _cut(path, header, int(late.argmax()) if late.any() else len(rows))


def _cut(path: Path, header: Header, count: int) -> None:
    begin = read_header(path)[1]
    with path.open("r+b") as file:
        file.truncate(begin + count * header.dtype.itemsize)


def fields(*named: tuple[Any, ...]) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Return the fields of a row: step and seconds, then (name, type, *shape) of the others."""
    both = (("step", "<f8", ()), ("seconds", "<f8", ()))
    return (*both, *((name, kind, tuple(shape)) for name, kind, *shape in named))
