"""Everything that can be said of a project before it is trained, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.data import DataError, describe
from engine.shapes import Problem, analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.catalog.spec import Field, Spec
    from engine.graph import Graph
    from engine.project import Choice, Project


def review(project: Project) -> dict[str, Any]:
    """Return `ok`, `parameters`, `flops`, `memory`, `problems` and `nodes` of the main network.

    Shapes name the batch axis "N"; FLOPs are for one sample forward, memory is a forecast in bytes.
    """
    problems = list(_training_problems(project))
    fields, data_problems = _fields(project)
    analysis = analyse(project.graph, fields, project.training.batch_size)
    problems = [*data_problems, *problems, *analysis.problems]
    return {
        "ok": all(p.severity != "error" for p in problems),
        "parameters": analysis.parameters,
        "flops": analysis.flops,
        "memory": analysis.memory,
        "problems": [_row(p) for p in problems],
        "nodes": [
            _node(project.graph, key, analysis.nodes.get(key)) for key in project.graph.nodes
        ],
    }


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "node": problem.node,
        "kind": problem.kind,
        "message": problem.message,
        "fix": problem.fix.text if problem.fix else None,
        "severity": problem.severity,
    }


def _node(graph: Graph, key: str, info: Any) -> dict[str, Any]:
    node = graph.nodes[key]
    return {
        "id": key,
        "name": node.name,
        "spec": node.spec,
        "outputs": [spec.json() for spec in info.outputs.values()] if info else [],
        "parameters": info.parameters if info else 0,
    }


def _fields(project: Project) -> tuple[Mapping[str, Field], list[Problem]]:
    try:
        info = describe(project.data)
    except DataError as error:
        source = registry.entries().get(f"source/{project.data.source.id}")
        stated: tuple[Field, ...] = getattr(source, "fields", ())
        return {f.name: f for f in stated}, [Problem("", "data", str(error))]
    if not info.known:
        return info.fields, [Problem("", "data", "No data file is chosen; choose one.")]
    return info.fields, []


def _training_problems(project: Project) -> Iterable[Problem]:
    """Yield what is wrong with the choices of the training set-up."""
    for phase in project.training.phases:
        for find, choice in (
            (registry.optimizer, phase.optimizer),
            (registry.schedule, phase.schedule),
        ):
            yield from _choice_problems(find, choice)
    for metric in project.training.metrics:
        try:
            registry.metric(metric)
        except ValueError as error:
            yield Problem("", "param", str(error))
    try:
        registry.initializer(project.training.initializer)
    except ValueError as error:
        yield Problem("", "param", str(error))


def _choice_problems(find: Callable[[str], Spec], choice: Choice) -> Iterable[Problem]:
    try:
        find(choice.id).values(choice.params)
    except ValueError as error:
        yield Problem("", "param", str(error))
