"""A run's series as TensorBoard event files: figures and histograms of activations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.runs.stored import Table, known
from engine.train.rows import thinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from engine.runs.stored import Stored
    from engine.train.rows import Rows

MOST = 20_000
"""Points of a series; beyond, extremes are kept. TensorBoard itself shows a thousand."""
MOST_HISTOGRAMS = 500


def write_run(held: Stored, folder: Path) -> None:
    """Write an event file into a folder of its own.

    Raises
    ------
    OSError
        The disk does not take it.
    """
    from tensorboardX.event_file_writer import EventsWriter
    from tensorboardX.proto import event_pb2, summary_pb2

    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    begun = next((r["time"] for r in held.told if r.get("event") == "started"), 0.0)
    writer: Any = EventsWriter(str(folder / "events"))
    # Their classes are made when they are imported: a checker sees none.
    protos: Any = summary_pb2
    summary, shape = protos.Summary, protos.HistogramProto
    make: Any = cast("Any", event_pb2).Event
    try:
        for step, seconds, scalars, histograms in _events(held):
            values: list[Any] = [
                summary.Value(tag=tag, simple_value=x) for tag, x in scalars.items()
            ]
            values += [summary.Value(tag=tag, histo=shape(**h)) for tag, h in histograms.items()]
            held_values = summary(value=values)
            writer.write_event(make(wall_time=begun + seconds, step=step, summary=held_values))
    finally:
        writer.close()


Event = tuple[int, float, dict[str, float], dict[str, dict[str, Any]]]


def _events(held: Stored) -> Iterator[Event]:
    """Yield step, seconds, figures and histograms, sorted by step."""
    found: list[Event] = []
    for table in held.tables:
        found += _table(table, held.phase_name(table.header.phase), held.names(table.header.phase))
    last = max((event[1] for event in found), default=0.0)
    for row in held.epochs:
        figures = {
            f"epoch/{part}/{name}": number
            for part in ("train", "validation")
            for name, number in known(row.get(part)).items()
        }
        found.append((int(row.get("step") or row["epoch"]), last, figures, {}))
    yield from sorted(found, key=lambda event: event[0])


def _table(table: Table, phase: str, known_names: Mapping[str, str]) -> Iterator[Event]:
    most = MOST_HISTOGRAMS if table.header.kind == "activations" else MOST
    rows = _few(table.rows, most, table.header.thin)
    head = f"{phase}/" if phase else ""
    names = tuple(known_names.get(name, name) for name in table.header.names)
    make = _ROWS.get(table.header.kind)
    for row in rows if make is not None else ():
        assert make is not None
        figures, histograms = make(row, names, head)
        kept = {tag: number for tag, number in figures.items() if number == number}
        yield round(float(row["step"])) + 1, float(row["seconds"]), kept, histograms


def _few(rows: Rows, most: int, thin: str) -> Rows:
    factor = -(-len(rows) // most)
    kept, left = thinned(rows, factor, thin)
    return np.concatenate([kept, left[-1:]]) if factor > 1 else rows


Row = tuple[dict[str, float], dict[str, dict[str, Any]]]


def _steps(row: Any, names: tuple[str, ...], head: str) -> Row:
    figures = {f"{head}loss": float(row["loss"]), f"{head}learning_rate": float(row["lr"])}
    for place, name in enumerate(names):
        figures[f"{head}loss/{name}"] = float(row["losses"][place])
    return figures, {}


def _norms(row: Any, names: tuple[str, ...], head: str) -> Row:
    figures = {f"{head}gradient_norm": float(row["total_grad"])}
    for place, name in enumerate(names):
        figures[f"{head}gradient_norm/{name}"] = float(row["grad"][place])
        figures[f"{head}weight_norm/{name}"] = float(row["weight"][place])
        figures[f"{head}update_ratio/{name}"] = float(row["update"][place])
    return figures, {}


def _activations(row: Any, names: tuple[str, ...], head: str) -> Row:
    return {}, {
        f"{head}activations/{name}": _histogram(row, place) for place, name in enumerate(names)
    }


def _histogram(row: Any, place: int) -> dict[str, Any]:
    """Return what TensorBoard keeps of a histogram; counts are of the sampled values."""
    low, high = float(row["low"][place]), float(row["high"][place])
    mean, std = float(row["mean"][place]), float(row["std"][place])
    counts = row["histogram"][place].astype(float)
    total = float(counts.sum())
    return {
        "min": low,
        "max": high,
        "num": total,
        "sum": mean * total,
        "sum_squares": (std * std + mean * mean) * total,
        "bucket_limit": np.linspace(low, high, len(counts) + 1)[1:].tolist(),
        "bucket": counts.tolist(),
    }


_ROWS = {"steps": _steps, "norms": _norms, "activations": _activations}
