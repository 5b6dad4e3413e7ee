"""Events of a run that never was, for the rules: each figure is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.diagnose.doctor import Doctor
from engine.diagnose.structure import Body
from engine.train import events as ev

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.project import Project

BINS = 64


def started(project: Project, epochs: int = 40) -> ev.Started:
    """The beginning of a run of the only phase."""
    parts = Body(project, project.phase.network).parts
    nodes = [(p.path, p.node.name) for p in parts.values() if p.loss is None]
    nodes = [row for row in nodes if parts[row[0]].spec.id != "input"]
    losses = [(p.path, p.node.name) for p in parts.values() if p.loss is not None]
    bounds = {p.path: p.spec.bounds for p in parts.values() if p.spec.bounds is not None}
    return ev.Started(tuple(nodes), tuple(losses), 50, epochs, 1, "cpu", bounds=bounds)


def weighted(project: Project) -> tuple[str, ...]:
    """The layers with weights, in order."""
    parts = Body(project, project.phase.network).parts
    return tuple(p.path for p in parts.values() if p.weighted)


def steps(loss: Iterable[float], first: int = 0, lr: float = 0.01) -> ev.Steps:
    return ev.Steps(first, np.array([*loss], np.float32), lr, 1e4, None, 0.01)


def norms(
    names: tuple[str, ...],
    step: int,
    grad: float | list[float] = 0.1,
    update: float | list[float] = 1e-3,
    weight: float | list[float] = 5.0,
    treated: float | None = None,
) -> ev.Norms:
    row = {
        name: np.broadcast_to(np.array(value, np.float32), (len(names),)).copy()
        for name, value in (("grad", grad), ("update", update), ("weight", weight))
    }
    total = float(np.sqrt((row["grad"] ** 2).sum()))
    return ev.Norms(step, names, row["grad"], row["weight"], row["update"], total, treated=treated)


def outputs(nodes: tuple[str, ...], step: int, **rows: dict[str, Any]) -> ev.Activations:
    """Sound activations, but for the nodes named in `dead`, `low`, `high` and `ends`."""

    def row(name: str, usual: float) -> np.ndarray:
        return np.array([rows.get(name, {}).get(n, usual) for n in nodes], np.float32)

    counts = np.full((len(nodes), BINS), 16.0, np.float32)
    for node in rows.get("ends", ()):
        at = nodes.index(node)
        counts[at] = 0
        counts[at, 0] = counts[at, -1] = 512
    low, high = row("low", -1.0), row("high", 1.0)
    figures = row("mean", 0.0), row("std", 0.5), row("dead", 0.5)
    return ev.Activations(step, nodes, *figures, low, high, counts)


def epoch(number: int, train: float, held: float) -> ev.EpochEnd:
    return ev.EpochEnd(number, {"loss": train}, {"loss": held}, 0.1)


def field(name: str = "features", role: str = "input", **changes: Any) -> ev.FieldSeen:
    given: dict[str, Any] = {
        "shape": (8,),
        "whole": False,
        "low": -3.0,
        "high": 3.0,
        "mean": 0.0,
        "std": 1.0,
        "spread": (0.9, 1.0, 1.1),
    }
    return ev.FieldSeen(name, role, **{**given, **changes})


def classes(*counts: int) -> ev.FieldSeen:
    names = tuple(f"kind {i}" for i in range(len(counts)))
    return field(
        "target", "target", shape=(), whole=True, low=0, high=len(counts) - 1, counts=counts,
        classes=names,
    )  # fmt: skip


def data(*fields: ev.FieldSeen) -> ev.DataSeen:
    return ev.DataSeen(fields, {"train": 700, "validation": 150, "test": 150})


def told(project: Project, events: Iterable[ev.Event], epochs: int = 40) -> list[ev.Finding]:
    """What a doctor makes of a run: all that it tells, in order."""
    doctor = Doctor(project)
    events = list(events)
    before = [event for event in events if isinstance(event, ev.DataSeen)]
    found: list[ev.Finding] = []
    for event in (*before, started(project, epochs), *events):
        found += doctor.take((event,))
    return found


def kinds(project: Project, events: Iterable[ev.Event], epochs: int = 40) -> list[str]:
    """The kinds of what is told, each once."""
    return list(dict.fromkeys(f.kind for f in told(project, events, epochs)))
