"""The events of a run again, from the series it left, so that it can be looked at once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from engine.runs.stored import known, stored
from engine.train import events as ev

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.runs.stored import Stored, Table

    Timed = Iterator[tuple[float, ev.Event]]

MOST = 2000
"""Pieces into which losses are told because the learning rate changed."""

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "started": TypeAdapter(ev.Started),
    "state": TypeAdapter(ev.StateChanged),
    "edited": TypeAdapter(ev.Edited),
    "failed": TypeAdapter(ev.Failed),
}
"""Lines of the log that are events again."""


def events(folder: Path) -> Iterator[ev.Event]:
    """Yield what a run told, in the order it was told, as far as that was kept.

    Losses come in pieces of even steps; where they were thinned they are extremes. Pictures are
    not kept. Nothing comes from a run without series.
    """
    held = stored(folder)
    told = list(_told(held))
    first = next((event for _, event in told if isinstance(event, ev.Started)), None)
    if first is None:
        return
    yield first
    timed = [pair for pair in told if not isinstance(pair[1], ev.Started | ev.StateChanged)]
    for table in held.tables:
        make = _PLOTTED.get(table.header.kind)
        if make is not None and len(table.rows):
            timed += make(table)
    for _, event in sorted(timed, key=lambda pair: pair[0]):
        yield event
    yield from _epochs(held)
    yield from [event for _, event in told if isinstance(event, ev.StateChanged)][-1:]


def _told(held: Stored) -> Timed:
    rows = [row for row in held.told if isinstance(row.get("time"), int | float)]
    began = next((row["time"] for row in rows if row.get("event") == "started"), 0.0)
    for row in rows:
        adapter = _ADAPTERS.get(str(row.get("event")))
        if adapter is None:
            continue
        try:
            yield row["time"] - began, adapter.validate_python(row)
        except ValidationError:
            # A line of another version; the others still tell their part.
            continue


def _epochs(held: Stored) -> Iterator[ev.EpochEnd]:
    for row in held.epochs:
        train, validation = known(row.get("train")), known(row.get("validation"))
        yield ev.EpochEnd(row["epoch"], train, validation, float(row.get("seconds") or 0.0))


def _steps(table: Table) -> Timed:
    rows, header = table.rows, table.header
    starts = pieces(rows["step"], rows["lr"])
    for begin, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        part = rows[begin:end]
        steps = part["step"]
        stride = float(steps[-1] - steps[0]) / (len(steps) - 1) if len(steps) > 1 else 1.0
        losses = None
        if header.names:
            columns = np.ascontiguousarray(part["losses"].T)
            losses = dict(zip(header.names, columns, strict=True))
        event = ev.Steps(
            round(float(steps[0])),
            np.ascontiguousarray(part["loss"]),
            float(part["lr"][-1]),
            float(part["speed"][-1]),
            None,
            float(part["share"][-1]),
            stride or 1.0,
            header.phase,
            losses,
        )
        yield float(part["seconds"][0]), event


def pieces(steps: NDArray[np.float64], rates: NDArray[np.float32]) -> list[int]:
    """Return where to part rows so that each piece has even steps and, in the main, one rate."""
    apart = np.diff(steps)
    uneven = np.flatnonzero(np.abs(np.diff(apart)) > 1e-6) + 2
    turns = np.flatnonzero(np.diff(rates)) + 1
    if len(turns) > MOST:
        turns = turns[np.linspace(0, len(turns) - 1, MOST).astype(int)]
    return [0, *np.union1d(uneven, turns).tolist()]


def _norms(table: Table) -> Timed:
    for row in table.rows:
        treated = float(row["treated"])
        yield (
            float(row["seconds"]),
            ev.Norms(
                round(float(row["step"])),
                table.header.names,
                row["grad"],
                row["weight"],
                row["update"],
                float(row["total_grad"]),
                table.header.phase,
                None if np.isnan(treated) else treated,
            ),
        )


def _activations(table: Table) -> Timed:
    for row in table.rows:
        event = ev.Activations(
            round(float(row["step"])),
            table.header.names,
            row["mean"],
            row["std"],
            row["dead"],
            row["low"],
            row["high"],
            row["histogram"].astype(np.float32),
            table.header.phase,
        )
        yield float(row["seconds"]), event


_PLOTTED: Mapping[str, Callable[[Table], Timed]] = {
    "steps": _steps,
    "norms": _norms,
    "activations": _activations,
}
