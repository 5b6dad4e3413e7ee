"""Settings that are expressions, worked out: of nodes, of data sources, of optimizers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine.catalog import registry
from engine.variables.expressions import VariableError, evaluate, has_expression, is_expression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.catalog.spec import Param, Spec
    from engine.project import Choice, DataRecipe, Project
    from engine.variables.expressions import Names, Number

NUMERIC = frozenset({"int", "float", "ints", "floats"})
"""Kinds of settings that may be expressions."""


def environment(variables: Names, settings: Names, arguments: Names) -> dict[str, Number]:
    """Return the names seen inside a network.

    Parameters
    ----------
    variables
        The project's.
    settings
        The network's own; they hide variables of the same name.
    arguments
        What its settings are at the place it is seen at.
    """
    return {**variables, **settings, **arguments}


def resolve_value(param: Param, value: Any, names: Names) -> Any:
    """Return the value of one setting, worked out where it is an expression, else as it is.

    Raises
    ------
    VariableError
        A sentence that begins with the setting's name.
    """
    if param.type not in NUMERIC or not has_expression(value):
        return value
    try:
        if isinstance(value, str):
            return evaluate(value, names)
        items = cast("Sequence[object]", value)
        return tuple(evaluate(i, names) if is_expression(i) else i for i in items)
    except VariableError as error:
        raise VariableError(f"{param.label}: {error}") from None


def resolve_params(spec: Spec, params: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    """Return settings with every expression worked out; `params` itself if there is none.

    Raises
    ------
    VariableError
        A sentence that begins with the setting's name.
    """
    if not any(map(has_expression, params.values())):
        return params
    known = {p.name: p for p in spec.params}
    return {k: resolve_value(known[k], v, names) if k in known else v for k, v in params.items()}


def resolve(project: Project) -> Project:
    """Return the project with data source, optimizers and schedules worked out.

    Settings of nodes stay as written: what they come to depends on the place of their network.

    Raises
    ------
    VariableError
        A sentence that names the entry and the setting.
    """
    names = project.variables
    data = resolve_data(project)
    if data is not project.data:
        project = project.but(data=data)
    for number, phase in enumerate(project.training.phases):
        optimizer = _chosen("optimizer", phase.optimizer, names)
        schedule = _chosen("schedule", phase.schedule, names)
        if optimizer is not phase.optimizer or schedule is not phase.schedule:
            project = project.with_phase(number, optimizer=optimizer, schedule=schedule)
    return _with_initializers(project)


def _with_initializers(project: Project) -> Project:
    """Return the project with the settings of its initializers worked out."""
    names, training = project.variables, project.training
    params = _initial(training.initializer, training.initializer_params, names)
    if params is not training.initializer_params:
        project = project.with_training(initializer_params=params)
    for key, graph in project.networks.items():
        for node in graph.nodes.values():
            params = _initial(node.initializer, node.initializer_params, names)
            if params is not node.initializer_params:
                graph = graph.change(node.id, initializer_params=params)
        if graph is not project.networks[key]:
            project = project.with_graph(graph, key)
    return project


def _initial(spec_id: str, params: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    spec = registry.entries().get(f"initializer/{spec_id}")
    if spec is None or not params:
        return params
    try:
        return resolve_params(spec, params, names)
    except VariableError as error:
        raise VariableError(f"{spec.title}: {error}") from None


def resolve_data(project: Project) -> DataRecipe:
    """Return the data recipe with the source's settings worked out; VariableError as `resolve`."""
    source = _chosen("source", project.data.source, project.variables)
    return project.data if source is project.data.source else project.data.but(source=source)


def _chosen(kind: str, choice: Choice, names: Names) -> Choice:
    spec = registry.entries().get(f"{kind}/{choice.id}")
    if spec is None:
        return choice
    try:
        params = resolve_params(spec, choice.params, names)
    except VariableError as error:
        raise VariableError(f"{spec.title}: {error}") from None
    return choice if params is choice.params else choice.but(params=params)
