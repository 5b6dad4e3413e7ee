"""The series a run left on disk: as arrays, as curves to lay over each other, as events again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.runs.summary import epochs
from engine.train.rows import RowsError, read
from engine.train.series import FOLDER, LOG, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.train.rows import Header, Rows


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file."""

    header: Header
    rows: Rows


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure over the steps or the epochs of a run."""

    x: NDArray[np.float64]
    """Steps or epochs, counted from 1."""
    y: NDArray[np.float64]
    over: str
    """`step` or `epoch`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything a run's folder tells of its course."""

    tables: tuple[Table, ...]
    told: tuple[dict[str, Any], ...]
    epochs: tuple[dict[str, Any], ...]
    troubles: tuple[str, ...] = ()
    """A sentence for each file that cannot be read."""

    def phase_name(self, phase: int) -> str:
        """Return what a phase is called; nothing where there is only one."""
        known = self._phases()
        return str(known[phase].get("name", "")) if len(known) > 1 and phase < len(known) else ""

    def names(self, phase: int) -> dict[str, str]:
        """Return the names of a phase's nodes by path id."""
        found: dict[str, str] = {}
        for row in self.told:
            parts = _phases_in(row)
            if phase < len(parts):
                found |= {str(node): str(name) for node, name in parts[phase].get("nodes", ())}
        return found

    def _phases(self) -> list[dict[str, Any]]:
        known = [_phases_in(row) for row in self.told if row.get("event") == "started"]
        return known[-1] if known else []


def _phases_in(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a line tells of each phase."""
    named = row.get("phases")
    if isinstance(named, list) and named:
        return [p for p in cast("list[Any]", named) if isinstance(p, dict)]
    return [row] if row.get("event") == "started" else []


def stored(folder: Path, *kinds: str) -> Stored:
    """Return what a run's folder holds, or only some kinds; a damaged file is a sentence."""
    tables: list[Table] = []
    troubles: list[str] = []
    for path in sorted((folder / FOLDER).glob("*.rows"), key=_order):
        if kinds and path.stem.partition("-")[0] not in kinds:
            continue
        try:
            tables.append(Table(*read(path)))
        except RowsError as error:
            troubles.append(f"{folder.name}: {error}")
    return Stored(tuple(tables), tuple(lines(folder / LOG)), tuple(epochs(folder)), tuple(troubles))


def _order(path: Path) -> tuple[str, ...]:
    return tuple(part.rjust(12, "0") for part in path.stem.split("-"))


# -- curves


def curves(folder: Path) -> dict[str, Curve]:
    """Return the figures of a run by name: `validation.accuracy` by epoch, `loss` by step."""
    return curves_of(stored(folder, "steps", "norms"))


def curves_of(held: Stored) -> dict[str, Curve]:
    """Return the figures of a run that are one number each time."""
    parts: dict[str, list[tuple[NDArray[Any], NDArray[Any]]]] = {}
    for table in held.tables:
        label = held.phase_name(table.header.phase) if table.header.phase else ""
        for name, values in _columns(table):
            full = f"{label}.{name}" if label else name
            parts.setdefault(full, []).append((table.rows["step"] + 1, values))
    found = {name: _joined(pairs) for name, pairs in parts.items()}
    return {**_by_epoch(held.epochs), **found}


def _joined(pairs: list[tuple[NDArray[Any], NDArray[Any]]]) -> Curve:
    x = np.concatenate([steps for steps, _ in pairs]).astype(float)
    return Curve(x, np.concatenate([values for _, values in pairs]).astype(float), "step")


def _columns(table: Table) -> Iterator[tuple[str, NDArray[Any]]]:
    rows, names = table.rows, table.header.names
    if table.header.kind == "steps":
        yield "loss", rows["loss"]
        for place, name in enumerate(names):
            yield f"loss.{name}", rows["losses"][:, place]
        yield "learning_rate", rows["lr"]
    elif table.header.kind == "norms":
        yield "gradient_norm", rows["total_grad"]


def _by_epoch(rows: tuple[dict[str, Any], ...]) -> dict[str, Curve]:
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        for part in ("train", "validation"):
            for name, value in known(row.get(part)).items():
                points.setdefault(f"{part}.{name}", []).append((row["epoch"], value))
    return {
        name: Curve(np.array([x for x, _ in held], float), np.array([y for _, y in held]), "epoch")
        for name, held in points.items()
    }


def known(figures: object) -> dict[str, float]:
    """Return the figures of a line as numbers; one that was not finite is NaN."""
    given = cast("dict[str, Any]", figures) if isinstance(figures, dict) else {}
    return {
        name: float(value) if isinstance(value, int | float) else np.nan
        for name, value in given.items()
    }
