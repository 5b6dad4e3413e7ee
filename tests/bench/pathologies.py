"""Templates with one thing made wrong each, and what a run of them must be told to have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import files
from engine.graph import Graph
from engine.project import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted case: a template, what is done to it, and where the finding must stand."""

    name: str
    kind: str
    template: str
    spoil: Callable[[Project], Project]
    nodes: tuple[str, ...]
    """Path ids of which any is right."""
    within: int
    """Steps a person would wait; 0 is before the first one."""
    network: str = ""


WATCHED = 0.05
"""The share that watching may cost: a run of seconds then has the samples that one of a minute has
at the usual share, planted or sound."""


def plain(template: str) -> Project:
    """Return a template as it runs here: in one thread, on the processor, watched closely."""
    project = files.template(template)
    return project.with_training(threads=1, device="cpu", watch_share=WATCHED)


def spoilt(case: Planted) -> Project:
    """Return the project of a case; it runs longer where the case waits."""
    project = plain(case.template)
    if case.within > 2000:
        project = project.with_training(epochs=5 * project.training.epochs)
    return case.spoil(project)


# -- ways to spoil a project


def every(*changes: Callable[[Project], Project]) -> Callable[[Project], Project]:
    """Do several things."""

    def spoil(project: Project) -> Project:
        for change in changes:
            project = change(project)
        return project

    return spoil


def training(**changes: Any) -> Callable[[Project], Project]:
    return lambda project: project.with_training(**changes)


def data(**changes: Any) -> Callable[[Project], Project]:
    return lambda project: project.with_data(**changes)


def optimizer(name: str, phase: int = 0, **params: Any) -> Callable[[Project], Project]:
    return lambda project: project.with_phase(phase, optimizer=Choice(id=name, params=params))


def schedule(name: str, **params: Any) -> Callable[[Project], Project]:
    return lambda project: project.with_phase(0, schedule=Choice(id=name, params=params))


def node(*ids: str, network: str = "main", **changes: Any) -> Callable[[Project], Project]:
    """Change values of nodes."""

    def spoil(project: Project) -> Project:
        graph = project.networks[network]
        for key in ids:
            graph = graph.change(key, **changes)
        return project.with_graph(graph, network)

    return spoil


def params(node_id: str, network: str = "main", **values: Any) -> Callable[[Project], Project]:
    """Set settings of a node."""
    return lambda project: project.with_graph(
        project.networks[network].set_params(node_id, values), network
    )


def without(*ids: str) -> Callable[[Project], Project]:
    """Take nodes out and heal the wires."""
    return lambda project: project.with_graph(project.graph.remove(ids, heal=True))


def front(node_id: str, *layers: tuple[str, dict[str, Any]]) -> Callable[[Project], Project]:
    """Put layers in front of a node; they are called x1, x2, ..."""

    def spoil(project: Project) -> Project:
        graph = project.graph
        wire = graph.incoming(node_id)[0]
        last, port = wire.source, wire.source_port
        graph = graph.disconnect([wire])
        for number, (spec, values) in enumerate(layers):
            graph, made = graph.add(spec, node_id=f"x{number + 1}", **values)
            graph = graph.connect(last, made, port)
            last, port = made, "out"
        return project.with_graph(graph.connect(last, node_id, port, wire.target_port))

    return spoil


def chain(
    field: str, layers: Iterable[tuple[str, dict[str, Any]]], loss: str, **values: Any
) -> Callable[[Project], Project]:
    """Make the network a row of layers n2, n3, ... from a field to a loss."""

    def spoil(project: Project) -> Project:
        graph, last = Graph().add("input", field=field)
        for spec, settings in layers:
            graph, made = graph.add(spec, **settings)
            graph, last = graph.connect(last, made), made
        graph, made = graph.add(loss, **values)
        return project.with_graph(graph.connect(last, made, target_port="prediction"))

    return spoil


def stack(
    width: int, depth: int, activation: str, outputs: int
) -> list[tuple[str, dict[str, Any]]]:
    """Return a row of dense layers with activations, and a last one without."""
    pair: list[tuple[str, dict[str, Any]]] = [
        ("dense", {"out_features": width}),
        (activation, {}),
    ]
    return [*(pair * depth), ("dense", {"out_features": outputs})]


def table(shares: tuple[int, ...], seed: int = 0) -> Callable[[Project], Project]:
    """Learn from a table of points around a centre for each class, so many of each."""

    def spoil(project: Project) -> Project:
        draw = np.random.default_rng(seed)
        rows: list[str] = []
        for label, count in enumerate(shares):
            points = draw.normal(0, 1, (count, 4)) + 2.0 * (np.arange(4) == label)
            rows += [",".join(f"{v:.4f}" for v in point) + f",kind{label}" for point in points]
        draw.shuffle(rows)
        text = "a,b,c,d,answer\n" + "\n".join(rows) + "\n"
        path = Path(gettempdir()) / f"layerloom-bench-{len(rows)}-{len(shares)}.csv"
        path.write_text(text)
        source = Choice(id="csv", params={"path": str(path), "target": "answer"})
        return project.with_data(source=source)

    return spoil


def seeded(initializer: str, **values: Any) -> Callable[[Project], Project]:
    return training(initializer=initializer, initializer_params=values)


def formula(before: str, text: str) -> Callable[[Project], Project]:
    """Put an expression of one input in front of a node; it is called x1."""

    def spoil(project: Project) -> Project:
        wire = project.graph.incoming(before)[0]
        graph = project.graph.disconnect([wire])
        graph, made = graph.add("expression", node_id="x1", expression=text)
        graph = graph.connect(wire.source, made, wire.source_port, "a")
        return project.with_graph(graph.connect(made, before, "out", wire.target_port))

    return spoil


def unstopped(project: Project) -> Project:
    """Run all epochs."""
    return project.with_training(early_stopping=project.training.early_stopping.but(enabled=False))
