"""Everything that can be said of a project before it is trained, as plain values."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from engine import amends, remedies, selfnormal
from engine.analysis import placed
from engine.catalog import registry
from engine.data import DataError, describe
from engine.diagnose.doctor import standing
from engine.project import Choice
from engine.shapes import Problem, analyse
from engine.variables import VariableError, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.catalog.spec import Field, Spec
    from engine.project import Phase, Project
    from engine.shapes import Analysis


def review(project: Project) -> dict[str, Any]:
    """Return `ok`, `parameters`, `flops`, `memory`, `problems` and `nodes`.

    They are of all networks that the phases train; what they share counts once. Shapes name the
    batch axis "N"; FLOPs are for one sample forward, memory is a forecast in bytes.
    """
    problems = of_training(project)
    with suppress(VariableError):
        project = resolve(project)
    fields, data_problems = _fields(project)
    scope, size = project.scope(fields), project.training.batch_size
    keys = [k for k in _trained(project) if k in project.networks]
    analyses = {key: analyse(project.networks[key], scope, size) for key in keys}
    inside = [
        replace(problem, network=problem.network or key)
        for key, analysis in analyses.items()
        for problem in analysis.problems
    ]
    problems = [*data_problems, *problems, *inside]
    problems += _standing(project, problems)
    parameters = _parameters(analyses)
    activations = max((a.activations for a in analyses.values()), default=0)
    ok = all(p.severity != "error" for p in problems)
    crude = 4 * (4 * parameters + 2 * activations)
    return {
        "ok": ok,
        "parameters": parameters,
        "flops": sum(a.flops for a in analyses.values()),
        "memory": (_memory(project, fields) if ok else 0) or crude,
        "problems": [_row(p) for p in problems],
        "nodes": [row for key, found in analyses.items() for row in _nodes(project, key, found)],
    }


def _memory(project: Project, fields: Mapping[str, Field]) -> int:
    """Return the bytes that training holds at most; 0 where a step cannot be gone through."""
    from engine.profile.rehearsal import rehearse

    with suppress(ValueError):
        return rehearse(project, fields).total
    return 0


def _standing(project: Project, known: Iterable[Problem]) -> list[Problem]:
    """Return what the rules find of the network as it stands, but for what is known already."""
    said = {(problem.node, problem.fix.text if problem.fix else "") for problem in known}
    found: list[Problem] = []
    for one in standing(project):
        *places, node = one.node.split("/")
        fix = one.fix and amends.of_project(one.fix.text, partial(remedies.apply, remedy=one.fix))
        if (node, fix.text if fix else "") not in said:
            found.append(
                Problem(
                    node,
                    one.kind,
                    one.message,
                    fix=fix,
                    severity="warning",
                    path=tuple(places),
                    network=one.network or project.phase.network,
                )
            )
    return found


def of_training(project: Project) -> list[Problem]:
    """Return what is wrong with the choices of training and data; the shapes are left out."""
    problems: list[Problem] = []
    try:
        project = resolve(project)
    except VariableError as error:
        problems.append(Problem("", "param", str(error)))
    problems += _training_problems(project)
    problems += selfnormal.of_project(project, _trained(project))
    return problems


def _trained(project: Project) -> list[str]:
    """Return the networks that phases train, in their order; the main one if there is no phase."""
    keys = [phase.network for phase in project.training.phases] or [project.main]
    return list(dict.fromkeys(keys))


def _parameters(analyses: Mapping[str, Analysis]) -> int:
    """Return how many parameters networks have together."""
    own = {key: analysis.own for key, analysis in analyses.items()}
    for analysis in analyses.values():
        for key, shared in analysis.shared.items():
            own.setdefault(key, shared.own)
    return sum(own.values())


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "node": problem.node,
        "kind": problem.kind,
        "message": problem.message,
        "fix": problem.fix.text if problem.fix else None,
        "severity": problem.severity,
        "network": problem.network,
        "path": list(problem.path),
    }


def _nodes(project: Project, network: str, analysis: Analysis) -> Iterable[dict[str, Any]]:
    for key, node in project.networks[network].nodes.items():
        info = analysis.nodes.get(key)
        yield {
            "id": key,
            "name": node.name,
            "spec": node.spec,
            "outputs": [spec.json() for spec in info.outputs.values()] if info else [],
            "parameters": info.parameters if info else 0,
            "network": network,
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
    phases = project.training.phases
    if not phases:
        words = "There is no phase of training; add one."
        yield Problem("", "structure", words, fix=amends.add_phase(project))
    for index, phase in enumerate(phases):
        yield from _phase_problems(project, phase, index)
        for find, choice, name, plain in (
            (registry.optimizer, phase.optimizer, "optimizer", "adam"),
            (registry.schedule, phase.schedule, "schedule", "constant"),
        ):
            yield from _choice_problems(find, choice, plain, amends.phase_choice(index, name))
    for metric in project.training.metrics:
        try:
            registry.metric(metric)
        except ValueError as error:
            yield Problem("", "param", str(error), fix=amends.drop_metric(metric))
    start = Choice(id=project.training.initializer, params=project.training.initializer_params)
    yield from _choice_problems(registry.initializer, start, "auto", amends.initializer)
    yield from _initializer_problems(project)


def _initializer_problems(project: Project) -> Iterable[Problem]:
    """Yield what is wrong with the initializers that layers chose for themselves."""
    for key in _trained(project):
        for node in project.networks[key].nodes.values() if key in project.networks else ():
            if node.initializer:
                chosen = Choice(id=node.initializer, params=node.initializer_params)
                put = amends.node_initializer(key, node.id)
                for problem in _choice_problems(registry.initializer, chosen, "auto", put):
                    message = f"“{node.name}”: {problem.message}"
                    yield replace(problem, node=node.id, network=key, message=message)


def _phase_problems(project: Project, phase: Phase, index: int) -> Iterable[Problem]:
    """Yield what a phase names that is not there."""
    title = phase.name or phase.network
    if phase.network not in project.networks:
        known = ", ".join(f"“{project.title_of(key)}”" for key in project.networks)
        yield Problem(
            "",
            "structure",
            f"The phase “{title}” trains the network {phase.network!r}, which the project does "
            f"not have. It has: {known}.",
            fix=amends.train_main(project, index),
        )
        return
    gone = [path for path in phase.trains if not _leads(project, phase.network, path)]
    if gone:
        left = tuple(path for path in phase.trains if path not in gone)
        yield Problem(
            "",
            "structure",
            f"The phase “{title}” trains the node {gone[0]!r}, which "
            f"“{project.title_of(phase.network)}” does not have; choose again what it trains.",
            fix=amends.train_known(index, left),
            severity="warning" if left else "error",
            network=phase.network,
        )


def _leads(project: Project, network: str, path: str) -> bool:
    """Return whether there is a node at the end of a path id."""
    graph = project.networks.get(network)
    node = None
    for part in path.split("/"):
        node = graph.nodes.get(part.partition("#")[0]) if graph else None
        graph = project.networks.get(placed(node)) if node else None
    return node is not None


def _choice_problems(
    find: Callable[[str], Spec],
    choice: Choice,
    instead: str,
    put: Callable[[Project, Choice], Project],
) -> Iterable[Problem]:
    try:
        find(choice.id).values(choice.params)
    except ValueError as error:
        fix = amends.choice(find, choice, instead, put)
        yield Problem("", "param", str(error), fix=fix)
