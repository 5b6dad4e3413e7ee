"""Changes of a project that mend what a run or a look at it found, as plain values.

A remedy is a kind and its settings, so that it can be written down and compared; `apply` makes the
changed project of it, `live` what a run under way can take over of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from engine.graph import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.graph import Graph
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that mends a finding: what it does in words, which kind it is, its settings."""

    kind: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"kind": self.kind, "text": self.text, "params": dict(self.params)}


def apply(project: Project, remedy: Remedy) -> Project:
    """Return the project with a remedy applied.

    Raises
    ------
    ValueError
        What it changes is no longer there.
    """
    make = _KINDS.get(remedy.kind)
    if make is None:
        raise ValueError(f"There is no change of the kind {remedy.kind!r}.")
    try:
        return make(project, **remedy.params)
    except (GraphError, KeyError, IndexError):
        raise ValueError(
            f"“{remedy.text}” cannot be done: the project has changed since it was offered."
        ) from None


def live(remedy: Remedy) -> tuple[tuple[str, Any], ...]:
    """Return (path, value) of all that a run under way can take over of a remedy."""
    given = remedy.params
    if remedy.kind == "optimizer":
        stem, names = f"phases.{given['phase']}.optimizer.params", tuple(given["values"])
    elif remedy.kind == "phase":
        stem, names = f"phases.{given['phase']}", _LIVE
    else:
        return ()
    return tuple((f"{stem}.{n}", value) for n, value in given["values"].items() if n in names)


def touched(remedy: Remedy) -> frozenset[tuple[Any, ...]]:
    """Return what tells two remedies apart: those that have one of these in common clash."""
    given = remedy.params
    stem = (remedy.kind, given.get("phase"), given.get("network"))
    nodes = given.get("nodes", (given.get("node", ""),))
    settings = given.get("settings") or {node: given.get("values") or ("",) for node in nodes}
    return frozenset((*stem, node, name) for node, names in settings.items() for name in names)


_LIVE = ("clip_norm", "clip_value", "l1", "l2", "max_norm")


def _optimizer(project: Project, phase: int, values: Mapping[str, Any]) -> Project:
    """Set settings of a phase's optimizer."""
    chosen = project.training.phases[phase].optimizer
    return project.with_phase(phase, optimizer=chosen.but(params={**chosen.params, **values}))


def _phase(project: Project, phase: int, values: Mapping[str, Any]) -> Project:
    """Set fields of a phase; `schedule` is the id of another one."""
    changes = dict(values)
    if "schedule" in changes:
        held = project.training.phases[phase].schedule
        changes["schedule"] = held.but(id=changes["schedule"], params={})
    return project.with_phase(phase, **changes)


def _training(project: Project, values: Mapping[str, Any]) -> Project:
    return project.with_training(**values)


def _stop_early(project: Project, patience: int) -> Project:
    held = project.training.early_stopping
    return project.with_training(early_stopping=held.but(enabled=True, patience=patience))


def _data(project: Project, values: Mapping[str, Any]) -> Project:
    return project.with_data(**values)


def _split(project: Project, values: Mapping[str, Any]) -> Project:
    return project.with_data(split=project.data.split.but(**values))


def _graph(edit: Callable[..., Graph]) -> Callable[..., Project]:
    """Return an edit of one network as one of the project."""

    def make(project: Project, network: str, **given: Any) -> Project:
        return project.with_graph(edit(project.networks[network], **given), network)

    return make


def _change(graph: Graph, nodes: Sequence[str], values: Mapping[str, Any]) -> Graph:
    """Set values of nodes that are no settings of their entries: frozen, initializer."""
    for node in nodes:
        graph = graph.change(node, **values)
    return graph


def _set(graph: Graph, settings: Mapping[str, Mapping[str, Any]]) -> Graph:
    """Set settings of nodes, by the id of the node."""
    for node, values in settings.items():
        graph = graph.set_params(node, values)
    return graph


def _swap(graph: Graph, nodes: Sequence[str], spec: str, params: Mapping[str, Any]) -> Graph:
    """Make nodes another layer; wires stay, as the ports of activations bear the same names."""
    for node in nodes:
        graph = graph.change(node, spec=spec, params=dict(params))
    return graph


def _behind(graph: Graph, nodes: Sequence[str], spec: str, params: Mapping[str, Any]) -> Graph:
    """Put a new layer behind each of some nodes: all that read the node read the new one."""
    for node in nodes:
        if node not in graph.nodes:
            raise KeyError(node)
        port = next((e.source_port for e in graph.edges if e.source == node), "out")
        graph, made = graph.add(spec, **params)
        moved = tuple(
            e.but(source=made, source_port="out")
            if (e.source, e.source_port) == (node, port)
            else e
            for e in graph.edges
        )
        graph = graph.but(edges=moved).connect(node, made, port)
    return graph


def _front(graph: Graph, node: str, layers: Sequence[tuple[str, Mapping[str, Any]]]) -> Graph:
    """Put layers in a row in front of a node's first input."""
    wire = graph.incoming(node)[0]
    last, port = wire.source, wire.source_port
    graph = graph.disconnect([wire])
    for spec, params in layers:
        graph, made = graph.add(spec, **params)
        graph = graph.connect(last, made, port)
        last, port = made, "out"
    return graph.connect(last, node, port, wire.target_port)


def _remove(graph: Graph, nodes: Sequence[str]) -> Graph:
    for node in nodes:
        if node not in graph.nodes:
            raise KeyError(node)
    return graph.remove(nodes, heal=True)


_KINDS = cast(
    "dict[str, Callable[..., Project]]",
    {
        "optimizer": _optimizer,
        "phase": _phase,
        "training": _training,
        "stop_early": _stop_early,
        "data": _data,
        "split": _split,
        "change": _graph(_change),
        "set": _graph(_set),
        "swap": _graph(_swap),
        "behind": _graph(_behind),
        "front": _graph(_front),
        "remove": _graph(_remove),
    },
)
